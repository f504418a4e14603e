#!/bin/sh
# Every source is as clang-format writes it. Run at the root of the tree.
set -eu

find common proto services tests -name '*.[ch]' 2>/dev/null | sort |
	xargs -r -n 16 -P 2 clang-format --dry-run -Werror --style=file
