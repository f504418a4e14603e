#!/bin/sh
# Puts the demo's catalogue together in an empty or new directory: the catalogue
# as shipped, and under it the invented country of the exercise.
#
#   deploy/demo/catalogue.sh OUT && tiendo catalogue apply OUT
set -eu

[ $# -eq 1 ] || { echo "usage: $0 OUT" >&2; exit 64; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
shipped=$here/../catalogue
exercise=$here/exercise/catalogue
out=$1

mkdir -p "$out/programmes"
for file in "$shipped"/*.csv; do
	name=${file##*/}
	cat "$file" >"$out/$name"
	if [ -f "$exercise/$name" ]; then
		tail -n +2 "$exercise/$name" >>"$out/$name"
	fi
done
cp "$shipped"/programmes/*.yaml "$exercise"/programmes/*.yaml \
	"$out/programmes/"
