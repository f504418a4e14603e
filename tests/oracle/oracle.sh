#!/bin/sh
# oracle.sh SEEDS OPS [FIRST]: as many random workloads of OPS rows each, from seed
# FIRST (1) on, two at a time; each goes through Tiendo's code (oracle) and, as
# plain rows, into a database of a private PostgreSQL, whose answers must be the
# same. A difference prints key and both sides, and how to see it again. Prints
# "N passed, M failed", one for each seed.
#
#   ORACLE   the program (build/oracle/oracle)
#   KEEP=1   leaves the databases running and says how to look into them
set -u
here=$(cd "$(dirname "$0")" && pwd)
seeds=$1 ops=$2 first=${3:-1}
oracle=${ORACLE:-build/oracle/oracle}

cannot() {
	echo "oracle: $1" >&2
	if [ "${CI-}" = true ]; then
		echo "0 passed, 1 failed"
		exit 1
	fi
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

# Debian keeps them out of the PATH.
bin=
for d in /usr/lib/postgresql/*/bin; do
	[ ! -x "$d/initdb" ] || bin=$d
done
[ -n "$bin" ] || cannot "no initdb: install the package postgresql"

# In memory, if there is a gigabyte of room.
base=${TMPDIR:-/tmp}
free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ ! -w /dev/shm ] || [ "${free:-0}" -lt 1000000 ] || base=/dev/shm
dir=$(mktemp -d "$base/tiendo-oracle.XXXXXX") || exit 1
chmod 755 "$dir"

# The server refuses to be root; its user owns its directory alone.
as=
if [ "$(id -u)" = 0 ]; then
	getent passwd postgres >/dev/null || cannot "no user postgres"
	as="runuser -u postgres --"
fi
mkdir "$dir/pg"
[ -z "$as" ] || chown postgres "$dir/pg"

stop() {
	$as "$bin/pg_ctl" -D "$dir/pg/data" -m immediate -s stop 2>/dev/null
	rm -rf "$dir"
}
[ -n "${KEEP-}" ] || trap stop EXIT
trap 'exit 130' INT TERM

cd /
start() {
	$as "$bin/initdb" -D "$dir/pg/data" -A trust -U postgres -E UTF8 \
		--locale=C --no-sync >"$dir/pg.log" 2>&1 &&
		$as "$bin/pg_ctl" -D "$dir/pg/data" -w -s -l "$dir/pg/log" \
			-o "-k $dir/pg -c listen_addresses= -c fsync=off \
			-c synchronous_commit=off -c full_page_writes=off \
			-c shared_buffers=128MB -c autovacuum=off -c jit=off \
			-c max_wal_size=256MB -c wal_level=minimal \
			-c max_wal_senders=0 -c max_parallel_workers_per_gather=0" \
			start >>"$dir/pg.log" 2>&1
}
if ! start; then
	cat "$dir/pg.log" "$dir/pg/log" >&2
	cannot "PostgreSQL does not start"
fi
cd "$here/../.." || exit 1
sql="psql -X -q -h $dir/pg -U postgres"

# Everything of one seed; its log is the answer.
seed() {
	out=$dir/$1
	mkdir "$out"
	"$oracle" --seed "$1" --ops "$ops" --out "$out" >"$out/log" 2>&1 || {
		echo "oracle ended with $?" >>"$out/log"
		return 1
	}
	$sql -c "CREATE DATABASE o$1" || return 1
	{
		echo "\\set dir '$out'"
		cat "$here/schema.sql" "$here/history.sql"
		while read -r shot commit day dumped; do
			echo "\\set shot $shot"
			echo "\\set commit $commit"
			echo "\\set published $day"
			echo "\\set dumped $dumped"
			cat "$here/rules.sql"
		done <"$out/shots.tsv"
		cat "$here/compare.sql"
	} >"$out/all.sql"
	$sql -d "o$1" -f "$out/all.sql" >>"$out/log" 2>&1 || return 1
	if grep -q ' says ' "$out/log" || ! grep -q '^compared: ' "$out/log"; then
		return 1
	fi
	[ -n "${KEEP-}" ] || $sql -c "DROP DATABASE o$1"
	rm -rf "$out/ingest" "$out/aggregate" "$out"/*.tsv
}

passed=0 failed=0
tell() { # tell SEED CODE
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	sed "/^\$/d; s/^/seed $1: /" "$dir/$1/log"
	[ "$2" = 0 ] || echo "again, to look into it:" \
		"KEEP=1 tests/oracle/oracle.sh 1 $ops $1"
}

at=$first
last=$((first + seeds - 1))
while [ "$at" -le "$last" ]; do
	next=$((at + 1))
	seed "$at" &
	if [ $next -le "$last" ]; then
		seed $next
		code=$?
		wait $!
		tell "$at" $?
		tell $next $code
	else
		wait $!
		tell "$at" $?
	fi
	at=$((at + 2))
done
[ -z "${KEEP-}" ] || echo "$sql -d o$first   (stop: $as $bin/pg_ctl -D" \
	"$dir/pg/data stop; rm -rf $dir)"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
