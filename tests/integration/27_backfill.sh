#!/bin/sh
# Old figures loaded with --backfill: their commits say so and hold nothing else, the
# one behind which none is under way says that, and several files are one submission.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/services.sh
begin backfill

"$B/bin/tiendo-ingest" --data "$dir/data" --admin '' >"$dir/log" 2>&1 &
pids=$!
until_true $tiendo catalogue apply tests/data/catalogue-load

figures() { # FILE YEAR VALUE...
	file=$dir/$1.csv
	year=$2
	shift 2
	echo indicator,unit,period,numerator,denominator,source >"$file"
	for value; do
		echo "water,p1,$year,$value,100,office" >>"$file"
		year=$((year + 1))
	done
}

# Flags of the commits behind number $1, one after the other; `+` behind one without
# records.
flags_behind() {
	/usr/bin/python3 - "$dir/data/run/ingest.sock" "$1" <<'PY'
import sys
import msgpack
import zmq

dealer = zmq.Context().socket(zmq.DEALER)
dealer.linger = 0
dealer.connect("ipc://" + sys.argv[1])
dealer.send(msgpack.packb([1, "FETCH", 1, {
    "log": 0, "generation": 0, "from": 1, "max_bytes": 1 << 20, "wait_ms": 0}]))
if not dealer.poll(10000):
    sys.exit("no answer")


def numbers(data, n, at=0):
    for _ in range(n):
        value = shift = 0
        more = True
        while more:
            value |= (data[at] & 127) << shift
            more, at, shift = data[at] > 127, at + 1, shift + 7
        yield value


for packed in dealer.recv_multipart()[1:]:
    number, _, flags, n_records = numbers(packed, 4)
    if number > int(sys.argv[2]):
        print("%d%s" % (flags, "" if n_records else "+"), end=" ")
PY
}

figures now 2020 11
figures old 2010 10 11 12
figures older 2000 10 11
figures oldest 1995 10 nonsense
$tiendo send "$dir/now.csv" >/dev/null
behind=$(flags_behind 0 | wc -w)
sent() { # FLAGS-WANTED NAME OPTION... : what `send` of these makes of the journal
	want=$1
	name=$2
	shift 2
	$tiendo send "$@" >/dev/null 2>"$dir/err" || true
	same "$name" "$want" "$(flags_behind "$behind")"
	behind=$(flags_behind 0 | wc -w)
}
sent '6 ' 'one file is a backfill of its own' --backfill "$dir/old.csv"
sent '' 'sent again it is nothing new' --backfill "$dir/old.csv"
sent '2 2 6+ ' 'several files end together' \
	--backfill "$dir/older.csv" "$dir/oldest.csv"
sent '6+ ' 'sent again they only end' \
	--backfill "$dir/older.csv" "$dir/oldest.csv"
figures now 2021 12
sent '0 ' 'what follows is not marked' "$dir/now.csv"
figures strict 1990 10 11
sent '6 ' 'a strict one too' --strict --backfill "$dir/strict.csv"
figures dry 1985 10 11
sent '' 'a dry run is none' --dry-run --backfill "$dir/dry.csv" "$dir/old.csv"
told
