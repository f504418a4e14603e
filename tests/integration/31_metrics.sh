#!/bin/sh
# What Prometheus reads: the daemons' metrics, the verdict gauges and the text of verify
# are in order (promtool); every name that the shipped rules and the dashboard ask for is
# exported; rules and routes are right; each alert has its page for who is called at night.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/services.sh

begin metrics
export TIENDO_INGEST_ADMIN=127.0.0.1:0 TIENDO_AGGREGATE_ADMIN=127.0.0.1:0 \
	TIENDO_ALERT_ADMIN=127.0.0.1:0 TIENDO_ALERT_WEBHOOK=http://127.0.0.1:1/x
services_up

quiet() { # TOOL ARGUMENT...: says nothing and ends with 0
	"$@" >"$dir/said" 2>&1 && [ ! -s "$dir/said" ] && return
	cat "$dir/said" >&2
	return 1
}

$tiendo -o json stats >"$dir/stats.json"
port_of() { # SERVICE
	sed -n "s/.*\"service\":\"$1\".*\"admin_port\":\([0-9]*\).*/\1/p" \
		"$dir/stats.json"
}

get() { # SERVICE PATH
	curl -fsS "http://127.0.0.1:$(port_of "$1")$2"
}

# Something of everything: verdicts, an alert, rows taken and refused.
$tiendo catalogue apply tests/data/catalogue-small >/dev/null
cat >"$dir/figures.csv" <<'CSV'
indicator,unit,period,value,status,released
pov-hh,ha-son,2019,20.50,A,2020-01-10
pov-hh,ha-son,2020,19.50,A,2021-01-10
pov-hh,ha-son,2018,101,A,2019-01-10
CSV
$tiendo send --source office "$dir/figures.csv" >/dev/null 2>&1 || true
head -n 2 "$dir/figures.csv" >"$dir/refused.csv"
$tiendo send --source press "$dir/refused.csv" >/dev/null 2>&1 || true
all_caught_up() {
	$tiendo -o csv health |
		awk -F, 'NR > 1 && $5 != 0 { bad = 1 } END { exit bad }'
}
check "the services catch up" until_true all_caught_up
check "verify says the services are right" \
	$tiendo verify --textfile "$dir/verify.prom" >/dev/null

for s in ingest aggregate alert; do
	get $s /metrics >"$dir/$s.prom"
	check "promtool has nothing to say of $s" \
		quiet promtool check metrics <"$dir/$s.prom"
done
get alert /metrics/targets >"$dir/targets.prom"
check "promtool has nothing to say of the verdict gauges" \
	quiet promtool check metrics <"$dir/targets.prom"
check "promtool has nothing to say of verify's text" \
	quiet promtool check metrics <"$dir/verify.prom"

check "a province's verdict is there, once" test 1 -eq "$(grep -c \
	'^tiendo_target_verdict{.*target="ha-son-step".*unit="ha-son",level="province",verdict="' \
	"$dir/targets.prom")"
check "its figure is the exact decimal" grep -q \
	'^tiendo_target_value{.*target="ha-son-step".*} 19.50$' "$dir/targets.prom"
check "no commune is" sh -c "! grep -q 'level=\"commune\"' '$dir/targets.prom'"
check "nothing is left out" grep -q '^tiendo_target_left_out 0$' \
	"$dir/targets.prom"
check "the open alert is counted" grep -q \
	'^tiendo_alerts{state="firing",severity="warning"} [1-9]' "$dir/alert.prom"
check "verify found no difference" grep -q '^tiendo_verify_differences 0$' \
	"$dir/verify.prom"
for s in aggregate alert; do
	check "the turns of $s are timed" grep -q \
		'^tiendo_turn_duration_seconds_count [1-9]' "$dir/$s.prom"
done
check "the other daemons know of no verdicts" sh -c \
	"! curl -fsS http://127.0.0.1:$(port_of ingest)/metrics/targets 2>/dev/null"

# --- what the rules and the dashboard ask for -------------------------------------
cat "$dir"/*.prom | sed -n 's/^\([a-z_0-9]*\)[{ ].*/\1/p' | sort -u >"$dir/have"
wanted() {
	grep -ohE '(tiendo|process)_[a-z0-9_]+' deploy/grafana/tiendo.json
	grep -hvE '^ *#' deploy/prometheus/tiendo.rules.yml |
		grep -oE '(tiendo|process)_[a-z0-9_]+'
}
wanted | sort -u >"$dir/want"
check "the rules and the dashboard name metrics" test 15 -lt "$(wc -l <"$dir/want")"
missing=$(comm -23 "$dir/want" "$dir/have" | tr '\n' ' ')
same "every metric they name is exported" "" "$missing"
grep -hoE 'tiendo_[a-z0-9_]+' README.md | grep -v '_$' | sort -u >"$dir/readme"
missing=$(comm -23 "$dir/readme" "$dir/have" | tr '\n' ' ')
same "so is every metric that README names" "" "$missing"

# --- files ------------------------------------------------------------------------
check "the rules are right" promtool check rules \
	deploy/prometheus/tiendo.rules.yml >/dev/null
check "they cry when they should" promtool test rules \
	deploy/prometheus/tiendo.rules.test.yml >/dev/null
check "Prometheus takes the configuration" promtool check config \
	deploy/prometheus/prometheus.yml >/dev/null
check "Alertmanager takes the routes" amtool check-config \
	deploy/alertmanager/alertmanager.yml >/dev/null 2>&1
sed -n 's/^ *- alert: //p' deploy/prometheus/tiendo.rules.yml |
	sort >"$dir/alerts"
echo TiendoWatchdog | sort - "$dir/alerts" >"$dir/crying"
ls deploy/runbooks | sed 's/\.md$//' | sort >"$dir/pages"
same "each alert has a page, each page its alert" "" \
	"$(diff "$dir/crying" "$dir/pages" || true)"
for alert in $(cat "$dir/crying"); do
	check "its title is $alert" \
		grep -q "^# $alert\$" "deploy/runbooks/$alert.md"
done
told
