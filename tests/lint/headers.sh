#!/bin/sh
# Every header compiles alone, and twice. Run at the root of the tree; CC, STD
# and WARN come from the Makefile.
set -eu

if [ "${1-}" = --one ]; then
	printf '#include "%s"\n#include "%s"\n' "$2" "$2" |
		${CC:-gcc} ${STD:--std=c17 -D_GNU_SOURCE -I.} ${WARN-} \
			-fsyntax-only -x c - || {
		echo "$2: does not compile alone"
		exit 1
	}
	exit 0
fi
find common proto services tests -name '*.h' 2>/dev/null | sort |
	xargs -r -n 1 -P 2 "$0" --one
