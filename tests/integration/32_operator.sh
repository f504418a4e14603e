#!/bin/sh
# What an operator is given: stats on one screen, also with a service down; logs that
# tell what happened and no figure; a support bundle with neither figures nor secrets.
set -eu
cd "$(dirname "$0")/../.."
. tests/lib/services.sh

begin operator
secret=s3cr3t-of-the-office path=s3cr3t-path
value='(^|[^0-9])(73[.,]19|7319731|10001000)([^0-9]|$)'
echo "office $secret" >"$dir/secrets"
chmod 600 "$dir/secrets"
export TIENDO_INGEST_ADMIN=127.0.0.1:0 TIENDO_AGGREGATE_ADMIN=127.0.0.1:0 \
	TIENDO_ALERT_ADMIN=127.0.0.1:0 \
	TIENDO_ALERT_WEBHOOK="office=http://127.0.0.1:1/$path" \
	TIENDO_ALERT_SINK_SECRETS="$dir/secrets"

# --- nobody there, one there ------------------------------------------------------
check "stats of no system is 69" code_is 69 $tiendo -o table stats
check "and says that nobody answers" test 3 -eq "$(grep -c 'no answer' "$dir/out")"
mkdir -p "$dir/one"
"$B/bin/tiendo-ingest" --data "$dir/one" --log-format=json 2>"$dir/one.log" &
one=$!
pids="$pids $one"
one_answers() {
	$tiendo --data "$dir/one" -o json stats | grep -q '"service":"ingest","ready":true'
}
check "a service alone is asked" until_true one_answers
check "stats with one of three is 0" code_is 0 $tiendo --data "$dir/one" -o table stats
check "it says who is ready" grep -q '^ingest  *ready' "$dir/out"
check "and who does not answer" grep -q '^alert  *no answer' "$dir/out"
code_is 0 $tiendo --data "$dir/one" -o csv stats || true
check "a record a service" test 4 -eq "$(wc -l <"$dir/out")"
check "health is 69" code_is 69 $tiendo --data "$dir/one" health
kill "$one"
wait "$one" || true
check "a log in JSON is one object a line" /usr/bin/python3 -c '
import json, sys
events = [json.loads(line)["event"] for line in sys.stdin]
sys.exit(events[0] != "started" or events[-1] != "stopped")' <"$dir/one.log"

# --- figures that would be known again --------------------------------------------
services_up
$tiendo catalogue apply tests/data/catalogue-small >/dev/null
{
	echo indicator,unit,period,value,numerator,denominator,status,released
	echo pov-hh,ha-son,2019,73.19,7319731,10001000,A,2020-01-10
	echo pov-hh,ha-son,2020,73.19,7319731,10001000,A,2021-01-10
	n=0
	while [ $((n += 1)) -le 300 ]; do
		echo pov-hh,nowhere-$n,2020,73.19,7319731,10001000,A,2021-01-10
	done
} >"$dir/figures.csv"
check "bad rows are 65" code_is 65 $tiendo send --source office "$dir/figures.csv"
known() {
	$tiendo -o csv status --target ha-son-step | grep -qE "$value"
}
check "the figure is judged" until_true known

# --- stats --------------------------------------------------------------------------
check "stats is 0" code_is 0 $tiendo -o table stats
check "it tells what ingest took and refused" \
	grep -q '^ingest: 2 rows accepted, 0 duplicate, 300 rejected' "$dir/out"
check "and the open alerts" grep -q '^alert: .*firing 0 critical, [1-9]' "$dir/out"
check "and the sink" grep -q '^office ' "$dir/out"
check "on one screen" test 24 -ge "$(wc -l <"$dir/out")"
$tiendo --lang vi -o table stats >"$dir/out"
check "and in Vietnamese" grep -q '^ingest  *sẵn sàng' "$dir/out"
$tiendo -o json stats >"$dir/stats"
check "as JSON with numbers" /usr/bin/python3 -c '
import json, sys
s = {r["service"]: r for r in map(json.loads, sys.stdin)}
a = s["alert"]
assert a["lag"] == 0 and a["lag_seconds"] == 0 and a["alerts"]["firing"]["warning"] >= 1
assert a["sinks"][0]["sink"] == "office" and a["sinks"][0]["dead"] == 0
assert s["ingest"]["version"] == a["version"] and s["ingest"]["rows_per_second"] >= 0
assert 0 < s["aggregate"]["store_used_bytes"] < s["aggregate"]["store_limit_bytes"]
' <"$dir/stats"

# --- the bundle -----------------------------------------------------------------------
bundle=$dir/bundle.tar.gz
check "a bundle is made" code_is 0 $tiendo support-bundle "$bundle"
same "its name is printed" "$bundle" "$(cat "$dir/out")"
same "only its owner reads it" 600 "$(stat -c %a "$bundle")"
sum=$(cksum <"$bundle")
check "a file that is there is refused" code_is 64 $tiendo support-bundle "$bundle"
same "and stays" "$sum" "$(cksum <"$bundle")"
mkdir "$dir/unpacked"
check "tar unpacks it" tar -xzf "$bundle" -C "$dir/unpacked"
in="$dir/unpacked/tiendo-support"
same "with all its files" \
	"README.txt catalogue.json config files.txt metrics stats.json system.txt versions.txt " \
	"$(ls "$in" | tr '\n' ' ')"
for s in ingest aggregate alert; do
	check "metrics of $s" grep -q '^tiendo_ready 1$' "$in/metrics/$s.txt"
	check "configuration of $s" grep -q '^map-size: ' "$in/config/$s.txt"
	check "states of $s" grep -q "\"service\":\"$s\",\"ready\":true" "$in/stats.json"
done
check "counts of the catalogue" grep -q '"kind":"targets","rows":' "$in/catalogue.json"
check "sizes of files" grep -q ' ingest/data.mdb$' "$in/files.txt"
nowhere() { # EXPRESSION FILE...
	! grep -rqE "$@"
}
check "no figure" nowhere "$value" "$in"
check "no secret" nowhere "$secret|$path" "$in"
check "no name of a target or unit" nowhere 'ha-son(-step|[^-]|$)' "$in"
check "figures and secrets would have been found" \
	grep -qE "$value|$secret" "$dir/figures.csv"

# --- logs -------------------------------------------------------------------------------
$tiendo catalogue apply tests/data/catalogue-small >/dev/null
kill "$up"
wait "$up" || true
log=$dir/up.log
for s in ingest aggregate alert; do
	for e in "started version=[0-9.]* data=$TIENDO_DATA admin_port=" \
		ready 'catalogue_applied version=1 commit=' stopping stopped; do
		same "$s: $e, once" 1 "$(grep -cE \
			"level=info svc=$s event=$e" "$log")"
	done
	same "$s: started comes first" started "$(sed -n \
		"s/.* svc=$s event=\([a-z_]*\).*/\1/p" "$log" | head -n 1)"
done
for s in aggregate alert; do
	check "$s: has caught up" grep -q \
		"svc=$s event=caught_up commit=[0-9]* behind=" "$log"
done
check "rejected rows are a count of their producer" grep -q \
	'svc=ingest event=rows_rejected producer=[^ ]* rows=300 source=office' "$log"
check "the sink fails by name" grep -q 'svc=alert event=sink_fails sink=office' "$log"
check "no line a row" test 40 -gt "$(wc -l <"$log")"
check "no figure in the log" nowhere "$value" "$log"
check "no secret in the log" nowhere "$secret|$path" "$log"
told
