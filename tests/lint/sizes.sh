#!/bin/sh
# Sizes: a file has at most 600 lines, a function at most 80, and half of the
# functions at most 15. Counts on the format that clang-format keeps: a body
# opens and closes in column 0. Run at the root of the tree. Parameters,
# nesting and complexity are clang-tidy's.
set -eu

list=$(find common proto services tests -name '*.[ch]' 2>/dev/null | sort)
[ -n "$list" ] || exit 0
lengths=$(mktemp)
trap 'rm -f "$lengths"' EXIT
bad=0

awk -v out="$lengths" '
function end_file()
{
	if (file != "" && lines > 600) {
		print file ": " lines " lines; at most 600"
		bad = 1
	}
}
FNR == 1 { end_file(); file = FILENAME; inside = 0 }
{ lines = FNR }
!inside && /^[a-z_][a-zA-Z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name) }
/^\{$/ { inside = 1; start = FNR; next }
inside && /^\}/ {
	inside = 0
	n = FNR - start - 1
	if (file !~ /^tests\//)
		print n >out
	if (n > 80) {
		print file ":" start ": " name " has " n " lines; at most 80"
		bad = 1
	}
}
END { end_file(); exit bad }
' $list || bad=1

sort -n "$lengths" | awk '
{ n[NR] = $1 }
END {
	if (!NR)
		exit 0
	median = n[int((NR + 1) / 2)]
	printf "%d functions; lines: median %d, p90 %d, longest %d\n", NR,
		median, n[int((NR * 9 + 9) / 10)], n[NR]
	exit median > 15
}' || {
	echo "the median function has more than 15 lines"
	bad=1
}
exit $bad
