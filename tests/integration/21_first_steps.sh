#!/bin/sh
# What somebody meets who tries the system for the first time: a second up, an empty
# file, a dry run, a configuration that is reloaded with a mistake in it.
set -eu
. tests/lib/services.sh
begin first

services_up

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
pids="$pids $ingest"
check "ingest starts alone" until_true grep -q event=started "$dir/ingest.log"
kill -HUP "$ingest"
check "a good file is taken" \
	until_true grep -q 'event=reloaded code=ok' "$dir/ingest.log"
echo 'log-level: loud' >"$dir/ingest.yaml"
kill -HUP "$ingest"
check "a bad one is refused right behind it, saying why" \
	until_true grep -q 'event=reloaded code=config.*loud' "$dir/ingest.log"

told
