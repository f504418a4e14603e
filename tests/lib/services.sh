# services.sh - for shell tests of the real services: sourced, at the root of the tree.
#
#   B      the build; set here if it isn't
#   dir    a directory of the test, removed at its end; the data is in $dir/data
#   up     the pid of `tiendo up`
#   pids   daemons that the test started, ended with it
# shellcheck shell=sh

# begin NAME
begin() {
	B=${B:-build}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tiendo-$1.XXXXXX")
	up='' pids='' passed=0 failed=0
	trap finish EXIT
	export TIENDO_INGEST_ADMIN='' TIENDO_AGGREGATE_ADMIN='' \
		TIENDO_ALERT_ADMIN=''
	export TIENDO_DATA="$dir/data"
	tiendo="$B/bin/tiendo --lang en"
}

finish() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$dir"
}

check() { # NAME COMMAND...
	checked=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $checked" >&2
	fi
}

same() { # NAME WANT GOT
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n  want: %s\n  got:  %s\n' "$1" "$2" "$3" >&2
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

# All three, and none of them silent; without them there is no test.
services_up() { # OPTION...
	"$B/bin/tiendo" up "$@" >"$dir/up.log" 2>&1 &
	up=$!
	pids="$pids $up"
	# shellcheck disable=SC2086
	until_true $tiendo health || {
		cat "$dir/up.log" >&2
		exit 1
	}
	passed=$((passed + 1))
}

# The last line of a test, and its exit code.
told() {
	echo "$passed passed, $failed failed${skipped:+, $skipped skipped}"
	[ "$failed" -eq 0 ]
}
