#!/bin/sh
# The simulator must find each of the bugs in tests/sim/bugs: a bug is a patch of
# the product; only the files that it touches are compiled again. Prints for each
# how many of the first seeds found it (it stops at 10 of each half); exits 1 if one was not found, or its patch
# does not fit any more. Called by make sim-bugs, which sets the variables.
#
#   BUILD COMPILE LINK LIBS OBJECTS   as the Makefile has them
#   SEEDS   that each bug is tried with; BUGS: only these
set -u
cd "$(dirname "$0")/../.."

seeds=${SEEDS:-400}
least=${LEAST:-1}
passed=0 failed=0
. tests/lib/plant.sh

# Seeds as two halves at a time: there are two cores.
found_by() {
	half=$((seeds / 2))
	"$1" --count $half >"$1.1" 2>&1 &
	"$1" --count $half --first $((half + 1)) >"$1.2" 2>&1
	last=$?
	wait $!
	cat "$1.1" "$1.2" >"$1.log"
	# a run that died on an assertion has found it as well
	grep -qs 'Assertion' "$1.log" && echo "1 $seeds" && return
	[ $last -le 1 ] || { echo "0 $seeds"; return; }
	awk '/seeds caught it/ { n += $1; of += $3 }
		END { print n + 0, of + 0 }' "$1.log"
}

for patch in tests/sim/bugs/*.patch; do
	name=$(basename "$patch" .patch)
	case " ${BUGS:-$name} " in *" $name "*) ;; *) continue ;; esac
	if ! plant "$patch" "$BUILD/sim/bugs/$name" sim \
		>"$BUILD/sim/$name.log" 2>&1; then
		cat "$BUILD/sim/$name.log"
		echo "$name: the patch does not fit or does not build"
		failed=$((failed + 1))
		continue
	fi
	found=$(found_by "$BUILD/sim/bugs/$name/sim")
	n=${found% *}
	printf '%-34s found by %3d of %d seeds: %s\n' "$name" "$n" "${found#* }" \
		"$(grep -m1 '^seed ' "$BUILD/sim/bugs/$name/sim.log" |
			sed 's/^seed [0-9]*, step [0-9]*: //')"
	if [ "$n" -ge "$least" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
