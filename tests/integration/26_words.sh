#!/bin/sh
# What stands beside the numbers: whether reported and rolled-up figures give
# different verdicts, why a roll-up is open, what people noted, which years leave a
# verdict open, and all of it in Vietnamese.
set -eu
. tests/lib/services.sh
begin words
has() { # TEXT FILE
	grep -qF -- "$1" "$2" && echo yes || echo "no: $(cat "$2")"
}

services_up

cp -r tests/data/catalogue-small "$dir/catalogue"
cat >"$dir/catalogue/programmes/water.yaml" <<'EOF'
programme: water
name: {vi: "Nước sạch", en: "Clean water"}
period: {from: 2020, to: 2024}
targets:
- target: half
  text: "50% số hộ"
  document: congress-17
  in_force_from: 2021
  indicator: clean-water
  units: [ha-son]
  kind: level
  at_least: "50.0"
  base: {period: 2020, value: "30.0", document: congress-17}
  due: 2024
- target: half-north
  text: "50% số hộ"
  document: congress-17
  in_force_from: 2021
  indicator: clean-water
  units: [reg.north]
  kind: level
  at_least: "50.0"
  base: {period: 2020, value: "30.0", document: congress-17}
  due: 2024
  alerts:
  - {when: [behind, reversing, missed], severity: warning}
- target: three-a-year
  text: "mỗi năm 3%"
  document: congress-17
  in_force_from: 2021
  indicator: clean-water
  units: [nam-hai]
  kind: step
  at_least: "3.0"
  steps: each
  base: {period: 2020, value: "30.0", document: congress-17}
  due: 2024
EOF
$tiendo catalogue apply "$dir/catalogue" >/dev/null
cat >"$dir/figures.csv" <<'EOF'
indicator,unit,period,value,numerator,denominator,status
clean-water,ha-son,2022,60.0,,,A
clean-water,commune-00700,2022,,60,100,A
clean-water,ha-son,2023,40.0,,,A
clean-water,commune-00700,2023,,60,100,A
clean-water,commune-00701,2023,,60,100,A
clean-water,nam-hai,2021,33.0,,,A
clean-water,nam-hai,2023,40.0,,,A
clean-water,commune-00700,2024,,10,100,A
clean-water,commune-00701,2024,,10,100,A
clean-water,commune-00800,2024,,10,100,A
EOF
$tiendo send --source office "$dir/figures.csv" >"$dir/sent" 2>&1

field() { # NAME FILE: of each row in JSON
	sed "s/.*\"$1\":\"\{0,1\}\([^,}\"]*\).*/\1/; t; s/.*/-/" "$2" | tr '\n' ' '
}
series="series clean-water ha-son --map 2021 --to 2023"
$tiendo -o json $series >"$dir/row"
same "both are there" "60.0 60.0 40.0 60.0 " \
	"$(awk '{ print }' "$dir/row" | sed 's/.*"reported":\([0-9.]*\),"rolled_up":\([0-9.]*\).*/\1 \2/' | tr '\n' ' ')"
same "only where they differ alert is asked" "- true " "$(field contested "$dir/row")"
same "one commune is missing" "under_floor - " "$(field open "$dir/row")"
$tiendo -o table $series >"$dir/table"
same "a mark in the table" "1 1" "$(grep -c '  contested' "$dir/table") $(
	grep -c ' 2023 .* yes' "$dir/table")"
$tiendo -o csv $series >"$dir/csv"
same "a column in CSV" ":true:" "$(awk -F, '
	NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ printf "%s:", $at["contested"] }' "$dir/csv")"
$tiendo -o json $series --as-of commit:3 >"$dir/row"
same "of the past nothing is known" "- - " "$(field contested "$dir/row")"
$tiendo -o json alerts --target water/half-north >"$dir/row"
same "a roll-up that everybody reported fires" "firing " \
	"$(field state "$dir/row")"
cat >"$dir/delete.csv" <<'EOF'
indicator,unit,period,status,action
clean-water,commune-00701,2024,A,delete
EOF
$tiendo send --source office "$dir/delete.csv" >"$dir/sent" 2>&1
n=0
while $tiendo -o json alerts --target water/half-north | grep -q firing; do
	n=$((n + 1))
	[ "$n" -lt 100 ] || break
	sleep 0.1
done
$tiendo -o json alerts --history --target water/half-north >"$dir/row"
same "one that is no longer whole was revised, not withdrawn" \
	"revised 2024 10.0 - " "$(for name in reason revised_period value_old value_new; do
	field $name "$dir/row"; done)"
same "the summary tells the number that was" yes \
	"$(has 'revised (2024: 10.0 percent counts no longer: incomplete' "$dir/row")"

$tiendo -o json series clean-water nam-hai --map 2021 >"$dir/row"
same "without a roll-up there is nothing to ask" "- - " \
	"$(field contested "$dir/row")"

$tiendo -o table status --target water/half --at 2023 >"$dir/table"
same "status says contested" "1 1" "$(grep -c '  contested' "$dir/table") $(
	grep -c ' 2023 .* yes' "$dir/table")"
long=$(printf 'mưa lũ %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)
$tiendo note water/half ha-son "$long" --document congress-17 >/dev/null
n=0
until $tiendo -o json status --target water/half --at 2023 |
	grep -q '"notes"'; do
	n=$((n + 1))
	[ "$n" -lt 100 ] || break
	sleep 0.1
done
$tiendo -o json status --target water/half --at 2023 >"$dir/row"
same "a note keeps its document" yes "$(has ' (congress-17)"' "$dir/row")"
$tiendo -o table status --target water/half --at 2023 >"$dir/table"
same "a note stands below the table" yes "$(has '[1] mưa lũ' "$dir/table")"

$tiendo explain water/three-a-year nam-hai --at 2023 -o table >"$dir/table"
same "the year that is missing is named" yes \
	"$(has 'Periods without an exact figure: 2022: there is no figure' "$dir/table")"
$B/bin/tiendo --lang vi -o table explain water/three-a-year nam-hai \
	--at 2023 >"$dir/table"
same "in Vietnamese, too" yes \
	"$(has 'Các kỳ còn thiếu số liệu chính xác: 2022: không có số liệu' "$dir/table")"
$B/bin/tiendo --lang vi -o table status --target water/three-a-year \
	--at 2023 --methods all >"$dir/table"
same "verdicts are counted in Vietnamese" "1 chưa kết luận" \
	"$(head -n 1 "$dir/table")"
same "what is refused alike stands in one line" \
	"path, step, required-rate, eurostat, opensdg không có số liệu" \
	"$(sed -n 's/^ *\(path, .*\)/\1/p' "$dir/table" | tr -s ' ')"
$B/bin/tiendo --lang vi -o table series clean-water nobody >/dev/null \
	2>"$dir/err" || true
same "errors are told in Vietnamese" yes \
	"$(has 'unknown_unit: đơn vị chưa được khai báo (unit)' "$dir/err")"

told
