#!/bin/sh
# Runs the parts that standard input names, one a line: NAME COMMAND. Prints for
# each a line with its seconds and counts, after the output of one that failed
# (indented, so that nothing in it is counted twice), and at the end
# "N passed, M failed". Counted are cmocka's cases and lines of this very form;
# a part that prints neither counts as one. Exits 1 if anything failed.
set -u

limit_s=${PART_LIMIT_S:-900}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0
quiet='^\[( RUN      |       OK |  PASSED  |==========)\]'

count() {
	awk '
	/^\[  PASSED  \] [0-9]+ test/ { p += $4 }
	/^\[  FAILED  \] [0-9]+ test/ { f += $4 }
	/^\[  SKIPPED \] [0-9]+ test/ { s += $4 }
	/^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ {
		p += $1; f += $3; s += $5
	}
	END { print p + 0, f + 0, s + 0 }'
}

sum_line() {
	printf '%d passed, %d failed' "$1" "$2"
	[ "$3" = 0 ] || printf ', %d skipped' "$3"
}

while read -r name command; do
	case $name in '' | '#'*) continue ;; esac
	start=$(date +%s%N)
	timeout -k 10 "$limit_s" sh -c "$command" >"$log" 2>&1 </dev/null
	code=$?
	ms=$((($(date +%s%N) - start) / 1000000))
	read -r p f s <<-C
		$(count <"$log")
	C
	[ $code = 0 ] || [ "$f" != 0 ] || f=1
	[ $((p + f + s)) != 0 ] || p=1
	[ "$f" = 0 ] || grep -vE "$quiet" "$log" | tail -n 300 | sed 's/^/    /'
	[ $code != 124 ] || echo "    stopped after $limit_s s"
	printf '%-14s %4d.%d s  %s\n' "$name" $((ms / 1000)) \
		$((ms % 1000 / 100)) "$(sum_line "$p" "$f" "$s")"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
sum_line $passed $failed $skipped
echo
[ $failed = 0 ]
