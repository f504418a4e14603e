#!/bin/sh
# What is wrong with a call, and what is wrong with rows or a catalogue: the exit code
# tells them apart, and the words say where and why.
set -eu
. tests/lib/services.sh
begin calls

mkdir "$dir/data" "$dir/all" "$dir/all/programmes"
check "nobody is there" code_is 69 $tiendo status
services_up

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

# What figures depend on is told where it stands, and what to do.
refused_at() { # PLACE WORDS: of the changed catalogue
	code_is 65 $tiendo catalogue apply "$dir/changed" &&
		grep "^$dir/changed/$1: in_force: figures depend on it as it was " "$dir/err" |
		grep -q "$2"
}
cp -r "$dir/all" "$dir/changed"
sed -i 's/^\(pov-hh,c2022,.*,down\),all,/\1,rural,/' "$dir/changed/indicators.csv"
line=$(grep -n '^pov-hh,c2022,' "$dir/changed/indicators.csv" | cut -d: -f1)
column=$(sed -n 's/,rural,.*/,/p' "$dir/changed/indicators.csv" | wc -c)
check "a definition that has figures stays" \
	refused_at "indicators.csv:$line:$column" \
	'(indicators.pov-hh@c2022..scope): .* make a new one'
cp "$dir/all/indicators.csv" "$dir/changed/"
sed -i '/^statistics,/d' "$dir/changed/sources.csv"
check "a source too" refused_at "sources.csv:1:1" \
	'(sources.statistics.): it is left out; leave its row'

# A unit closed before figures it has is told, and taken.
printf 'indicator,unit,period,value\npov-hh@c2022,ha-giang,2024,9.00\n' \
	>"$dir/g.csv"
check "a figure of a unit" code_is 0 $tiendo send --source statistics "$dir/g.csv"
cp "$dir/all/sources.csv" "$dir/changed/"
sed -i '/^ha-giang,/s/2025-06-30/2023-12-31/' "$dir/changed/units.csv"
warned() {
	grep -q "^$dir/changed/units.csv:3:.*units.ha-giang..valid_to: warning:.* 2024-12-31" "$dir/err"
}
check "a dry run" code_is 0 $tiendo catalogue apply "$dir/changed" --dry-run
check "tells of figures behind the end of their unit" warned
check "it is applied" code_is 0 $tiendo catalogue apply "$dir/changed"
check "and told" warned
check "once" code_is 0 $tiendo catalogue apply "$dir/changed"
check "no more" test ! -s "$dir/err"

# Refused here and by ingest, in order of lines; who contradicts whom.
cat >"$dir/bad.csv" <<'C'
indicator,unit,period,value,status
pov-hh@c2022,vn,2022,7.00,A
pov-hh@c2022,vn,2021,x,A
pov-hh@c2022,nobody,2021,7.00,A
pov-hh@c2022,vn,2022,7.50,A
pov-hh@c2022,vn,2020,7.00,M
C
check "rows are refused" code_is 65 \
	$tiendo -o table send --source statistics "$dir/bad.csv"
grep -o 'bad.csv:[0-9]*:[0-9]*: .*' "$dir/out" >"$dir/got"
cat >"$dir/want" <<'C'
bad.csv:2:22: conflict: two different values for one key and status in one block: value "7.00" (line 5: "7.50")
bad.csv:3:22: bad_number: not a decimal number: value "x"
bad.csv:4:14: unknown_unit: unit not declared: unit "nobody"
bad.csv:5:22: conflict: two different values for one key and status in one block: value "7.50" (line 2: "7.00")
bad.csv:6:22: missing_with_number: status M says that there is no figure, so it has no number: value "7.00"
C
check "in order of lines, both of a conflict" diff -u "$dir/want" "$dir/got"
check "for programs, too" code_is 65 \
	$tiendo -o json send --source statistics "$dir/bad.csv"
check "with the other line" grep -q \
	'"line":2,.*"value":"7.00","other_line":5,"other_value":"7.50"' "$dir/out"
awk 'BEGIN { print "indicator,unit,period,value"
	print "pov-hh@c2022,vn,2021,8.00"
	for (i = 0; i < 70000; i++) print "pov-hh@c2022,vn,2021," \
		(i % 2 ? "x" : "9.5.5") }' >"$dir/many.csv"
check "more than are kept waiting" code_is 65 \
	$tiendo -o csv send --source statistics "$dir/many.csv"
check "are all told" test "$(grep -c ',bad_number,' "$dir/out")" -eq 70000
check "in order" awk -F, '/,bad_number,/ { if ($2 + 0 <= last) exit 1
	last = $2 + 0 }' "$dir/out"

told
