#!/bin/sh
# What is wrong with a call, and what is wrong with rows or a catalogue: the exit code
# tells them apart, and the words say where and why.
set -eu

B=${B:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/tiendo-calls.XXXXXX")
up=
finish() {
	for pid in $up; do
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
code_is() { # CODE COMMAND...
	want=$1
	shift
	got=0
	"$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" -eq "$want" ]
}

export TIENDO_INGEST_ADMIN='' TIENDO_AGGREGATE_ADMIN='' TIENDO_ALERT_ADMIN=''
export TIENDO_DATA="$dir/data"
tiendo="$B/bin/tiendo --lang en"
mkdir "$dir/data" "$dir/all" "$dir/all/programmes"
check "nobody is there" code_is 69 $tiendo status
"$B"/bin/tiendo up >"$dir/up.log" 2>&1 &
up=$!
check "the services come up" until_true $tiendo health

# the templates are a catalogue
for kind in units maps membership indicators reporting calendar sources \
	documents mappings; do
	$tiendo catalogue template $kind >"$dir/all/$kind.csv"
done
$tiendo catalogue template programmes >"$dir/all/programmes/p.yaml"
$tiendo catalogue apply "$dir/all" >/dev/null
cat >"$dir/f.csv" <<'C'
indicator,unit,period,value
pov-hh@c2022,vn,2023,6.00
pov-hh@c2022,vn,2024,4.50
C
check "figures are taken" code_is 0 \
	$tiendo send --source statistics "$dir/f.csv"
long=$(printf '%0300d' 0)

# CODE and a call; an operand with a blank is none of them
cat >"$dir/calls" <<C
64 nothing
64 status --nothing
64 status -o xml
64 status --lang fr
64 status --unit
64 status --unit=
64 status --unit $long
64 status --programme nobody
64 status --target nobody
64 status --indicator nobody
64 status --unit nobody
64 status --level nobody
64 status --map nobody
64 status --at 2020-Q5
64 status --at 2025-13
64 status --today 2020-02-30
64 status --as-of yesterday
64 status --as-of commit:0
64 status --as-of commit:x
64 status --as-of commit:999999
64 status --as-of commit:1 --at 2024
64 status --methods nobody
64 status --methods path,nobody
64 status --methods ,
64 status --ranks
64 status --ranks --target nobody
64 series
64 series nobody vn
64 series pov-hh@nobody vn
64 series pov-hh@c2022 nobody
64 series pov-hh@c2022 $long
64 series pov-hh@c2022 vn --map nobody
64 series pov-hh@c2022 vn --from 20
64 series pov-hh@c2022 vn --to 2020-M1
64 series pov-hh@c2022 vn --as-of tomorrow
64 series pov-hh@c2022 vn --as-of commit:999999
64 series pov-hh@c2022 vn --as-published 2020-02-30
64 alerts --programme nobody
64 alerts --target nobody
64 alerts --unit nobody
64 alerts --as-of commit:999999
64 alerts --as-of 2020-02-30
64 explain vn-level
64 explain vn-level nobody
64 explain vn-level $long
64 explain nobody vn
64 explain vn-level vn --at 2020-Q5
64 explain vn-level vn --at 20
64 catalogue
64 catalogue show nobody
64 catalogue show units $long
64 catalogue template nobody
64 catalogue check $dir/nowhere
64 catalogue apply $dir/nowhere
64 catalogue apply
64 whatif $dir/nowhere
64 send
64 send $dir/nowhere.csv
64 send --decimal none $dir/f.csv
64 send --format xml $dir/f.csv
64 send --source= $dir/f.csv
64 send --source $long $dir/f.csv
64 send --units-as-of 2020-02-30 $dir/f.csv
65 send --source nobody $dir/f.csv
65 send --source statistics $dir/all/maps.csv
64 complete pov-hh@c2022 vn 2024-Q5
65 complete nobody vn 2024
65 complete pov-hh@c2022 nobody 2024
65 complete pov-hh@c2022 vn 2024-Q1
64 programme maybe pov-2021-2025
65 programme enable nobody
64 note vn-level vn text --document nobody
65 note nobody vn text
65 note vn-level nobody text
64 clock refuse
64 up --demo 2020-02-30
75 up
69 status --data $dir/nowhere
0 status --as-of commit:1
0 status --target vn-level --ranks
0 status --methods all
0 alerts --history
0 explain vn-level vn
0 series pov-hh@c2022 vn --versions
C
while read -r code call; do
	# shellcheck disable=SC2086 # words
	check "$code: $call" code_is "$code" $tiendo $call </dev/null
done <"$dir/calls"

check "a near name is told" code_is 64 $tiendo explain vn-levle vn
check "of a target" grep -q '(target): vn-level?' "$dir/err"
check "where there is no verdict" code_is 0 $tiendo explain vn-level vn --at 2015
check "it is said why" grep -q "no verdict, for " "$dir/out"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
