#!/bin/sh
# What the include table promises, the symbols prove: a pure object reaches for
# nothing but memory, text and other pure objects: no file, socket, store,
# clock, environment or randomness. Judged by an allow list, so that a new way
# out is refused too. Usage: purity.sh BUILD_DIR, at the root of the tree, after
# the objects are built.
set -eu

build=$1
bad=0

# Everything in domain and proto, and the services' files that are no edges.
pure() {
	find common/domain proto services/ingest services/aggregate \
		services/alert -name '*.c' 2>/dev/null |
		grep -vE '/(main|tables)\.c$|_io\.c$' | sort
}

# libc that computes and touches nothing, and what compilers add by themselves.
libc='^(mem[a-z]+|inet_pton|str[a-z]+|malloc|calloc|realloc|free|qsort|qsort_r|bsearch|abs|labs'
libc="$libc"'|expm1|log1p'
libc="$libc"'|u?abs|v?snprintf|__(v?snprintf|mem[a-z]+|str[a-z]+)_chk'
libc="$libc"'|__assert_fail|__stack_chk_fail|__explicit_bzero_chk|abort'
libc="$libc"'|__[a-z]+(di|ti|si)([0-9]|df)|__isoc[0-9]+_strto[a-z]+'
libc="$libc"'|_GLOBAL_OFFSET_TABLE_)$'
not_libc='^(strtok|strerror|strsignal|strftime|strptime|strcoll|strxfrm)'

sources=$(pure)
[ -n "$sources" ] || exit 0
ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
for f in $sources common/base/err.c common/base/buf.c common/base/map.c \
    common/base/kv.c common/base/journal.c common/base/turn.c \
    common/base/escape.c; do
	o=$build/${f%.c}.o
	[ -e "$o" ] && nm --defined-only -g "$o" | awk 'NF == 3 { print $3 }'
done >"$ours"

for f in $sources; do
	o=$build/${f%.c}.o
	[ -e "$o" ] || {
		echo "$f: not built"
		bad=1
		continue
	}
	nm -u "$o" | awk -v f="$f" -v libc="$libc" -v not_libc="$not_libc" '
	NR == FNR { ours[$1] = 1; next }
	$2 in ours { next }
	$2 ~ libc && $2 !~ not_libc { next }
	f == "proto/codec.c" && $2 ~ /^msgpack_/ { next }
	{ print f ": pure, but uses " $2 " (of no pure file)"; bad = 1 }
	END { exit bad }' "$ours" - || bad=1
done
exit $bad
