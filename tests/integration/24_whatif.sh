#!/bin/sh
# What a changed target would change is what it changes once applied; notes,
# completions, switches and the clock by their commands; wrong calls.
set -eu
. tests/lib/services.sh
begin whatif
applied() { # COMMIT: alert has it
	$tiendo -o csv health 2>/dev/null | grep -q "^alert,true,,$1,"
}

mkdir "$dir/data" "$dir/all" "$dir/all/programmes"
services_up

# the templates are a catalogue
for kind in units maps membership indicators reporting calendar sources \
	documents mappings; do
	$tiendo catalogue template $kind >"$dir/all/$kind.csv"
done
$tiendo catalogue template programmes >"$dir/all/programmes/p.yaml"
check "the templates together are a catalogue" \
	code_is 0 $tiendo catalogue check "$dir/all"
# before there is one, all of it is new
check "the first verdicts are foretold" \
	code_is 0 $tiendo whatif "$dir/all" -o csv
grep '^verdict,' "$dir/out" | cut -d, -f5,6,10,12,14 | sort >"$dir/foretold"
check "some" test -s "$dir/foretold"
check "a first dry run says that it would be applied" \
	code_is 0 $tiendo catalogue apply "$dir/all" --dry-run -o csv
for id in units,commune-00700 maps,2025 membership,2021/ha-giang \
	indicators,pov-hh@c2022 sources,office targets,pov-2021-2025/share; do
	check "and lists what is added: $id" \
		grep -q "^catalogue,added,$id," "$dir/out"
done
commit=$($tiendo catalogue apply "$dir/all" -o json |
	sed 's/.*"commit":\([0-9]*\).*/\1/')
check "the first one reaches alert" until_true applied "$commit"
$tiendo status -o csv | awk -F, -v OFS=, \
	'NR > 1 { print $1 "/" $2, $4, $20, $21, $7 }' | sort >"$dir/said"
check "what was foretold of the first is said" \
	cmp "$dir/foretold" "$dir/said"
for kind in units maps membership indicators reporting calendar sources \
	documents mappings programmes targets rules; do
	check "rows of a kind are shown: $kind" \
		code_is 0 $tiendo catalogue show $kind -o table
done
cat >"$dir/f.csv" <<'C'
indicator,unit,period,value
pov-hh@c2022,vn,2021,8.00
pov-hh@c2022,vn,2022,7.00
pov-hh@c2022,vn,2023,6.00
pov-hh@c2022,vn,2024,4.50
pov-hh@c2022,vn,2025,4.00
C
$tiendo send --source statistics "$dir/f.csv" >/dev/null

cp -r "$dir/all" "$dir/other"
sed -i 's/below: "3.00"/below: "4.25"/' "$dir/other/programmes/p.yaml"
check "a dry run lists what changes" \
	code_is 0 $tiendo catalogue apply "$dir/other" --dry-run -o csv
check "the target" grep -q \
	'^catalogue,changed,targets,pov-2021-2025/vn-level,' "$dir/out"
check "and its verdict" grep -q \
	'^verdict,,,,pov-2021-2025/vn-level,vn,' "$dir/out"
check "whatif says the same of verdicts" \
	code_is 0 $tiendo whatif "$dir/other" -o csv
check "of one alone" test "$(grep -c '^verdict,' "$dir/out")" -eq 1
is=$(awk -F, '/^verdict,/ { print $10 }' "$dir/out")
value=$(awk -F, '/^verdict,/ { print $17 }' "$dir/out")
check "with the number it asks for" test "$value" = 4.25
$tiendo status --target vn-level -o json >"$dir/before"
check "which meets it" test "$is" = achieved
check "nothing was kept" grep -q '"target_value":3.00' "$dir/before"
commit=$($tiendo catalogue apply "$dir/other" -o json |
	sed 's/.*"commit":\([0-9]*\).*/\1/')
check "alert takes it in" until_true applied "$commit"
$tiendo status --target vn-level -o json >"$dir/after"
check "what was foretold came true" grep -q "\"verdict\":\"$is\"" "$dir/after"
check "nothing more would change" code_is 0 $tiendo whatif "$dir/other" -o csv
check "at all" test "$(grep -c '^verdict,' "$dir/out")" -eq 0
sed -i 's/^2021,commune-00700,ha-giang/2021,commune-00700,tuyen-quang/' \
	"$dir/other/membership.csv"
check "other places are foretold" code_is 0 $tiendo whatif "$dir/other" -o csv
check "though nothing comes of it" \
	test "$(grep -c '^verdict,' "$dir/out")" -eq 0
check "and leave nothing behind" \
	test -z "$(find "$dir/data/run" -name 'scratch*')"
cp -r "$dir/all" "$dir/fewer"
sed -i 's/^\(pov-hh,c2022,.*,%,\)2,/\11,/; s/0\.05/0.1/' "$dir/fewer/indicators.csv"
sed -i 's/"\([0-9]*\.[0-9]\)[0-9]"/"\1"/; s/margin: .*/margin: "0.1"/' \
	"$dir/fewer/programmes/p.yaml"
check "what can't be applied can't be foretold" \
	code_is 65 $tiendo whatif "$dir/fewer"
check "for this reason" grep -q 'in_force.*indicators.pov-hh@c2022..decimals' "$dir/err"

check "a figure is completed" code_is 0 \
	$tiendo complete pov-hh@c2022 ha-giang 2024
check "a programme is switched" code_is 0 \
	$tiendo programme enable pov-2021-2025
check "only on or off" code_is 64 $tiendo programme maybe pov-2021-2025
check "a note is taken" code_is 0 \
	$tiendo note ha-giang-step ha-giang "lũ lớn" --document decision-1
check "of one line" code_is 65 $tiendo note ha-giang-step ha-giang "a
b"
check "the clock is shown" code_is 0 $tiendo clock -o json
check "and fine" grep -q '"state":"fine"' "$dir/out"
check "there is nothing to accept" code_is 0 $tiendo clock accept
for wrong in "status --at 2020-Q5" "status --today 2020-02-30" \
	"status --as-of yesterday" "series pov-hh ha-giang --from 20"; do
	# shellcheck disable=SC2086 # words
	check "a wrong call: $wrong" code_is 64 $tiendo $wrong
done
# what a catalogue refused another one may take, the same file as it was
cat >"$dir/new.csv" <<'C'
indicator,unit,period,value,document
pov-hh@c2022,vn,2020,9.00,decision-1
pov-hh@c2022,new,2024,9.00,decision-1
C
check "an unknown unit is refused" code_is 65 \
	$tiendo send --source statistics "$dir/new.csv"
sed -i 's/^2021,commune-00700,tuyen-quang/2021,commune-00700,ha-giang/' \
	"$dir/other/membership.csv"
echo 'new,,New,New,group,group,,' >>"$dir/other/units.csv"
$tiendo catalogue apply "$dir/other" >/dev/null
check "the file goes through once it is declared" code_is 0 \
	$tiendo send --source statistics "$dir/new.csv" -o csv
check "counted once" code_is 0 $tiendo send --source statistics "$dir/new.csv"
check "by its document" code_is 0 $tiendo series pov-hh@c2022 new -o csv
check "not as released today" grep -q ',2021-01-04,' "$dir/out"
for command in status "series pov-hh ha-giang"; do
	# shellcheck disable=SC2086 # words
	check "as of a commit to come nothing is said: $command" \
		code_is 64 $tiendo $command --as-of commit:999999
done
check "every record is known to the second implementation" \
	code_is 0 $tiendo verify

told
