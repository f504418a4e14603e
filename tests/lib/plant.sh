# plant.sh - for scripts that plant bugs: sourced, at the root of the tree. A bug is
# a patch of the product; only the files that it touches are compiled again.
#
#   BUILD COMPILE LINK LIBS OBJECTS   as the Makefile has them
# shellcheck shell=sh

# plant PATCH DIR PROGRAM: the program with that bug, as DIR/PROGRAM.
plant() {
	patch=$1
	dir=$2
	files=$(sed -n 's,^+++ b/,,p' "$patch")
	rm -rf "$dir"
	for f in $files; do
		mkdir -p "$dir/$(dirname "$f")"
		cp "$f" "$dir/$f" || return 1
	done
	patch -s -p1 -F0 -d "$dir" <"$patch" || return 1
	own='' others=$OBJECTS
	for f in $files; do
		case $f in *.h) continue ;; esac
		$COMPILE -I"$dir" -c -o "$dir/${f%.c}.o" "$dir/$f" || return 1
		own="$own $dir/${f%.c}.o"
		others=$(echo " $others " | sed "s, $BUILD/${f%.c}.o , ,")
	done
	# shellcheck disable=SC2086
	$LINK -o "$dir/$3" $own $others $LIBS
}
