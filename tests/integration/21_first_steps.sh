#!/bin/sh
# What somebody meets who tries the system for the first time: a second up, an empty
# file, a dry run, a configuration that is reloaded with a mistake in it.
set -eu

B=${B:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tiendo-first.XXXXXX")
up=
ingest=
finish() {
	for pid in $up $ingest; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap finish EXIT
failed=0
passed=0
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
until_true() { # COMMAND...
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ "$n" -lt 100 ] || return 1
		sleep 0.1
	done
}

export TIENDO_INGEST_ADMIN='' TIENDO_AGGREGATE_ADMIN='' TIENDO_ALERT_ADMIN=''
export TIENDO_DATA="$dir/data"
tiendo="$B/bin/tiendo --lang en"
"$B"/bin/tiendo up >"$dir/up.log" 2>&1 &
up=$!
check "the services come up" until_true $tiendo health

code=0
$tiendo up 2>"$dir/second" || code=$?
check "a second up is refused with 75: $code" test "$code" -eq 75
check "in one line, with the pid of the first" \
	grep -q "another process has this data directory (pid $up)" "$dir/second"
check "and no other" test "$(wc -l <"$dir/second")" -eq 1

$tiendo catalogue apply tests/data/catalogue-small >/dev/null
: >"$dir/empty.csv"
code=0
$tiendo -o csv send "$dir/empty.csv" >"$dir/empty.out" 2>/dev/null || code=$?
check "a file without even a header is refused: $code" test "$code" -eq 65
check "with the field that is missing" \
	grep -q 'empty.csv,1,1,missing_field,indicator' "$dir/empty.out"

echo indicator,unit,period,value >"$dir/header.csv"
check "a file without rows is none of that" \
	$tiendo -o table send "$dir/header.csv" >/dev/null
$tiendo -o table send --dry-run "$dir/header.csv" >"$dir/dry.out"
check "a dry run says that it kept nothing" \
	grep -q 'a dry run, nothing kept' "$dir/dry.out"

echo 'log-level: info' >"$dir/ingest.yaml"
"$B/bin/tiendo-ingest" --data "$dir/other" --config "$dir/ingest.yaml" \
	2>"$dir/ingest.log" &
ingest=$!
check "ingest starts alone" until_true grep -q event=started "$dir/ingest.log"
kill -HUP "$ingest"
check "a good file is taken" \
	until_true grep -q 'event=reloaded code=ok' "$dir/ingest.log"
echo 'log-level: loud' >"$dir/ingest.yaml"
kill -HUP "$ingest"
check "a bad one is refused right behind it, saying why" \
	until_true grep -q 'event=reloaded code=config.*loud' "$dir/ingest.log"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
