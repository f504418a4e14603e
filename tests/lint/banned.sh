#!/bin/sh
# Calls and words that may not stand in the sources: calls that overflow, hide
# state, read a clock or start threads, and notes about work left undone.
# Comments are not searched for calls. Run at the root of the tree.
set -eu

# files it holds for | pattern | what to do instead
table() {
	cat <<'T'
. (v?sprintf|strn?cpy|strn?cat|gets)	write through a buffer with a ceiling
. (strtok|strtok_r)	walk the text with a span
. (ato[ifl]|atoll|scanf|sscanf|fscanf)	the strict number readers of common/base
. (s?rand|random|drand48)	randomness is an argument
. (system|popen|alloca)	not at all
. (setjmp|longjmp|pthread_[a-z_]+|thrd_[a-z_]+)	one thread, one loop
. (localtime|gmtime|ctime|asctime|strerror)	the re-entrant form
!^common/base/clock\.c$|^tests/ (time|clock_gettime|gettimeofday|clock)	common/base/clock.h
T
}

list=$(find common proto services tests -name '*.[ch]' 2>/dev/null | sort)
bad=0

# Comments go, strings become empty, line numbers stay.
code=$(mktemp)
trap 'rm -f "$code"' EXIT
for f in $list; do
	gcc -fpreprocessed -dD -E "$f" 2>/dev/null | awk -v f="$f" '
	/^# [0-9]+ "/ { n = $2 - 1; next }
	{
		n++
		gsub(/\\\\/, "")
		gsub(/\\"/, "")
		gsub(/"[^"]*"/, "\"\"")
		print f ":" n ":" $0
	}'
done >"$code"

table | {
	while read -r where pattern instead; do
		hits=$(grep -E "^[^:]*:[0-9]+:(.*[^a-zA-Z0-9_.>])?$pattern *\(" \
			"$code" || true)
		case $where in
		!*) hits=$(printf '%s\n' "$hits" | awk -F: -v skip="${where#!}" \
			'$0 != "" && $1 !~ skip') ;;
		esac
		[ -z "$hits" ] || {
			printf '%s\n' "$hits" | sed "s|\$|  <- $instead|"
			bad=1
		}
	done
	[ $bad = 0 ]
} || bad=1

# Words, comments included; and nothing may lean on what lies outside.
words='\b(TODO|FIXME|XXX|HACK)\b|^[[:space:]]*#[[:space:]]*if 0\b'
grep -nE "$words" $list /dev/null && bad=1
outside='[.][.]/share[d]|/wor[k]/'
find . \( -path ./.git -o -path ./build -o -path ./.ci \) -prune -o \
	-type f -print |
	xargs grep -nIE "$outside" /dev/null && bad=1
exit $bad
