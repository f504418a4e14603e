#!/bin/sh
# Starts the whole system on a data directory of its own, marked demo, loads the
# shipped catalogue with the exercise, the figures that the documents print, and
# shows what comes out. With --serve it then goes on until Ctrl-C.
#
#   deploy/demo/demo.sh [--serve]      BIN=build/bin  DEMO_DATA=build/demo
set -eu

cd "$(dirname -- "$0")/../.."
here=deploy/demo
bin=${BIN:-build/bin}
data=${DEMO_DATA:-build/demo}
catalogue=$data.catalogue
today=2026-06-30
tiendo="$bin/tiendo --data $data --lang en -o table"
up=

stop() {
	[ -z "$up" ] || kill "$up" 2>/dev/null || true
	[ -z "$up" ] || wait "$up" 2>/dev/null || true
	up=
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

say() { printf '\n%s\n' "$*"; }

# A demo that only prints needs no ports, so that two may run at a time.
if [ "${1:-}" != --serve ]; then
	export TIENDO_INGEST_ADMIN='' TIENDO_AGGREGATE_ADMIN='' TIENDO_ALERT_ADMIN=''
fi

rm -rf "$data" "$catalogue"
mkdir -p "$data"
"$bin/tiendo" --data "$data" up --demo "$today" >"$data/up.log" 2>&1 &
up=$!
n=0
until $tiendo health >/dev/null 2>&1; do
	n=$((n + 1))
	if [ "$n" -gt 100 ] || ! kill -0 "$up" 2>/dev/null; then
		cat "$data/up.log" >&2
		exit 1
	fi
	sleep 0.1
done

say "The catalogue: nation, old and new provinces, regions, indicators, targets"
"$here/catalogue.sh" "$catalogue"
$tiendo catalogue apply "$catalogue"

say "The figures that the documents print"
for file in "$here"/documents/*.csv; do
	$tiendo send --source documents "$file"
done

say "The exercise: an invented country, eight provinces, ten years"
$tiendo send --source ex-office "$here/exercise/observations.csv"

say "Verdicts (today is $today)"
$tiendo status

say "Tuyên Quang as it was is judged; as it is, the figure cannot be formed"
$tiendo series pov-hh tuyen-quang-2025 --map 2025

say "Zero is a value: poor households of Quảng Ninh by the central standard"
$tiendo series pov-hh-n quang-ninh

say "Open alerts"
$tiendo alerts

say "One verdict in words, with its arithmetic"
$tiendo explain poverty-2026 ex.bang

if [ "${1:-}" = --serve ]; then
	say "Serving from $data until Ctrl-C. In another terminal:"
	echo "  $bin/tiendo --data $data status"
	wait "$up"
fi
