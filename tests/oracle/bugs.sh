#!/bin/sh
# The comparison with PostgreSQL must find each of the bugs in tests/oracle/bugs.
# Exits 1 if one was not found, or its patch does not fit any more. Called by make
# oracle-bugs, which sets the variables of tests/lib/plant.sh.
#
#   BUGS   only these
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/plant.sh

# A small one will do: these are wrong everywhere.
seeds=1 ops=4000
passed=0 failed=0

for patch in tests/oracle/bugs/*.patch; do
	name=$(basename "$patch" .patch)
	case " ${BUGS:-$name} " in *" $name "*) ;; *) continue ;; esac
	dir=$BUILD/oracle/bugs/$name
	if ! plant "$patch" "$dir" oracle >"$BUILD/oracle/$name.log" 2>&1; then
		cat "$BUILD/oracle/$name.log"
		echo "$name: the patch does not fit or does not build"
		failed=$((failed + 1))
		continue
	fi
	ORACLE=$dir/oracle tests/oracle/oracle.sh $seeds $ops >"$dir/log" 2>&1
	if tail -n 1 "$dir/log" | grep -q skipped; then
		tail -n 1 "$dir/log"
		exit 0
	fi
	# found by a difference, not by the program's end
	if grep -q ' says ' "$dir/log"; then
		passed=$((passed + 1))
	else
		cat "$dir/log"
		failed=$((failed + 1))
	fi
	printf '%-28s %s: %s\n' "$name" \
		"$(tail -n 1 "$dir/log" | sed 's/^[0-9]* passed, //')" \
		"$(grep -m1 ' says ' "$dir/log" | cut -c 1-90)"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
