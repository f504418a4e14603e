#!/bin/sh
# Every source is as clang-format writes it. Run at the root of the tree.
set -eu

if [ "${1-}" = --some ]; then
	shift
	bad=0
	for f; do
		clang-format --style=file "$f" | cmp -s - "$f" || {
			echo "$f: not as clang-format writes it; clang-format -i $f"
			bad=1
		}
	done
	exit $bad
fi
find common proto services tests -name '*.[ch]' 2>/dev/null | sort |
	xargs -r -n 16 -P 2 "$0" --some
