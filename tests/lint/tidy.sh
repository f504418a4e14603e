#!/bin/sh
# clang-tidy with .clang-tidy over every source. A file that passed is not read
# again until it, a header of ours it includes, the flags, the checks or the
# tool change: what passed is remembered in build/lint/tidy by a hash of all
# these. Run at the root of the tree; STD comes from the Makefile.
set -eu

cache=${B:-build}/lint/tidy
flags=${STD:--std=c17 -D_GNU_SOURCE -I.}

key() {
	{
		echo "$tool $flags"
		cat .clang-tidy tests/.clang-tidy
		${CC:-gcc} $flags -MM "$1" | tr -d '\\' | tr ' ' '\n' |
			grep '\.[ch]$' | sort | xargs sha256sum
	} | sha256sum | cut -c 1-40
}

if [ "${1-}" = --one ]; then
	k=$(key "$2")
	[ ! -e "$cache/$k" ] || exit 0
	if out=$(clang-tidy --quiet "$2" -- $flags 2>/dev/null); then
		: >"$cache/$k"
	else
		printf '%s\n' "$out" | sed "s|$PWD/||g"
		exit 1
	fi
	exit 0
fi

mkdir -p "$cache"
find "$cache" -type f -mtime +30 -delete
tool=$(clang-tidy --version | tr '\n' ' ')
export tool
find common proto services tests -name '*.c' 2>/dev/null | sort |
	xargs -r -n 1 -P 2 "$0" --one
