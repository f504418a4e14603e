#!/bin/sh
# `make demo` prints the verdicts that the documents' figures give and those of the
# exercise, to the letter; asked year by year, the exercise answers as its table of
# expectations says; and a second run of the same files changes nothing.
set -eu

B=${B:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tiendo-demo.XXXXXX")
up=
finish() {
	[ -z "$up" ] || kill "$up" 2>/dev/null || true
	[ -z "$up" ] || wait "$up" 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT
failed=0
passed=0
matches() { # TEXT EXPRESSION
	expr "$1" : "$2" >/dev/null
}
check() { # NAME COMMAND...
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name" >&2
	fi
}

BIN=$B/bin DEMO_DATA=$dir/data deploy/demo/demo.sh >"$dir/out" 2>"$dir/err"
check "make demo prints what deploy/demo/expected.txt says" \
	diff -u deploy/demo/expected.txt "$dir/out"

# The same data directory again: nothing is lost by stopping.
export TIENDO_INGEST_ADMIN='' TIENDO_AGGREGATE_ADMIN='' TIENDO_ALERT_ADMIN=''
tiendo="$B/bin/tiendo --data $dir/data --lang en"
$B/bin/tiendo --data "$dir/data" up >"$dir/up.log" 2>&1 &
up=$!
n=0
until $tiendo health >/dev/null 2>&1; do
	n=$((n + 1))
	[ "$n" -lt 100 ] || { cat "$dir/up.log" >&2; exit 1; }
	sleep 0.1
done

# unit,period,verdict of every year.
tail -n +2 deploy/demo/exercise/expected.csv | cut -d, -f1-3 | sort >"$dir/want"
for year in 2017 2018 2019 2020 2021 2022 2023 2024 2025; do
	$tiendo -o csv status --programme ex-2026 --at "$year" >"$dir/year.csv"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print $at["unit"] "," $at["period"] "," $at["verdict"] }' \
		"$dir/year.csv"
done | sort >"$dir/got"
check "the exercise, eight units by nine years" diff -u "$dir/want" "$dir/got"
check "72 verdicts were compared" test "$(wc -l <"$dir/got")" -eq 72

again=$($tiendo -o json send --source ex-office \
	deploy/demo/exercise/observations.csv)
check "sent again, all rows are duplicates: $again" \
	matches "$again" '.*"accepted":0,"duplicate":80,"rejected":0'
again=$($tiendo -o json send --again --source ex-office \
	deploy/demo/exercise/observations.csv)
check "declared a new submission, all are unchanged: $again" \
	matches "$again" '.*"accepted":80,.*"unchanged":80'
applied=$($tiendo -o json catalogue apply "$dir/data.catalogue")
check "applied again, the catalogue does not change: $applied" \
	matches "$applied" '.*"changed":false'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
