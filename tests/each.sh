#!/bin/sh
# Runs each of the named programs, as many at a time as there are processors, and
# prints what each wrote, whole and behind one another. Exits 1 if one failed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export dir
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" sh -c '
	log=$(mktemp "$dir/log.XXXXXX")
	code=0
	"$1" >"$log" 2>&1 </dev/null || code=$?
	exec 9>>"$dir/lock"
	flock 9
	cat "$log"
	[ "$code" = 0 ] || echo "$1: exit $code"
	exit $((code != 0))' each
