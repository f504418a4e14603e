#!/bin/sh
# `tiendo status --methods` and `--ranks` on the exercise of the demo, from the
# daemons to the printed line; every number here was worked out by hand from the
# exercise's table.
set -eu
. tests/lib/services.sh
begin methods

BIN=$B/bin DEMO_DATA=$dir/data deploy/demo/demo.sh >"$dir/out" 2>"$dir/err"
services_up
status="$tiendo status --target ex-2026/poverty-2026"

# 30.00 in 2016, 16.50 in 2025, at most 10.00 by 2026. Share of the way 13.5/20, of
# the time 9/10; a step of 13.5/9; 6.5 are left for one year.
row=$($status -o json --unit ex.bang --methods all)
part() { # the object of a name in the row
	printf '%s\n' "$row" | sed "s/.*\"$1\":{\\([^{}]*\\)}.*/\\1/"
}
same "share of the way over share of the time" \
	'"value":0.750000,"category":"off_path","verdict":"behind"' \
	"$(part path)"
same "step a year" \
	'"value":1.500000,"category":"step_short","verdict":"behind"' \
	"$(part step)"
same "required rate over rate so far" \
	'"value":4.333333,"category":"acceleration_needed","verdict":"behind"' \
	"$(part required-rate)"
same "ratio of growth rates, Eurostat's words" \
	'"value":0.617716,"category":"moderate_progress","verdict":"at-risk"' \
	"$(part eurostat)"
same "the same, Open SDG's words" \
	'"value":0.617716,"category":"progress_needs_acceleration","verdict":"at-risk"' \
	"$(part opensdg)"
same "a step of 1.5 a year from 16.50 arrives in 2030" 2030 \
	"$(printf '%s\n' "$row" | sed 's/.*"projected_period":"\([^"]*\)".*/\1/')"

same "only what is asked for" 'eurostat' \
	"$($status -o json --unit ex.bang --methods eurostat |
		grep -o '"methods":{[^}]*' | sed 's/.*{"\(.*\)":{.*/\1/')"
same "a method as a line below the row" '0.617716 at-risk moderate_progress' \
	"$($status -o table --unit ex.bang --methods eurostat |
		awk '$1 == "eurostat" { print $2, $3, $4 }')"

same "ranks: least first, the rest below with the reason" \
	'ex.hoe:1/5 ex.mit:2/5 ex.dua:3/5 ex.cau:4/5 ex.bang:5/5 ex.lim:no_figure ex.phuong:other_definition' \
	"$($status -o csv --ranks | awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ printf "%s%s:%s", sep, $at["unit"], $at["rank"] == "" ? \
			$at["unranked"] : $at["rank"] "/" $at["rank_of"]
			sep = " " }')"
same "a unit keeps its rank when it is asked for alone" 3 \
	"$($status -o json --unit ex.dua --ranks |
		sed 's/.*"rank":\([0-9]*\).*/\1/')"

code=0
$tiendo status --ranks >/dev/null 2>"$dir/err" || code=$?
same "ranks are of one target" 64 "$code"
code=0
$tiendo status --methods escap >/dev/null 2>"$dir/err" || code=$?
same "a method that nobody knows is refused" 64 "$code"

told
