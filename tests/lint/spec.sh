#!/bin/sh
# WIRE.md says what the code does: messages, fields, limits, codes and vectors in
# it are compared with the tables of proto, block by block; every field has its
# sentence; and scan, which everything else trusts, allocates nothing.
# spec.sh BUILD_DIR compares, spec.sh --write puts the blocks in. Run at the root.
set -eu

page=proto/WIRE.md
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

${CC:-gcc} -std=c17 -D_GNU_SOURCE -I. -o "$tmp/dump" tests/lint/spec_dump.c \
	proto/schema.c common/base/err.c

limits() {
	echo '| limit | value | of |'
	echo '|---|---|---|'
	sed -n 's|^#define \(WIRE_[A-Z_]*_MAX\) *\([0-9]*\) */\* \(.*\) \*/$|\| `\1` \| \2 \| \3 \||p' \
		proto/wire.h
}

vectors() {
	for v in hello ready batch ack fetch commits; do
		printf '`%s`: %s\n\n```\n' $v "$(sed 1d proto/vectors/good/$v.txt)"
		cat proto/vectors/good/$v.hex
		printf '```\n\n'
	done
}

block() { # block NAME: what should stand there
	case $1 in
	limits | vectors) $1 ;;
	*) "$tmp/dump" "$1" ;;
	esac
}

if [ "${1-}" = --write ]; then
	for name in messages row codes limits vectors; do
		block $name >"$tmp/block"
		awk -v name=$name -v file="$tmp/block" '
		$0 == "<!-- end " name " -->" { skip = 0 }
		!skip { print }
		$0 == "<!-- begin " name " -->" {
			skip = 1
			while ((getline line <file) > 0)
				print line
		}' $page >"$tmp/page"
		cp "$tmp/page" $page
	done
fi

for name in messages row codes limits vectors; do
	block $name >"$tmp/code"
	awk -v name=$name '
	$0 == "<!-- end " name " -->" { inside = 0 }
	inside { print }
	$0 == "<!-- begin " name " -->" { inside = 1 }' $page >"$tmp/text"
	diff -u "$tmp/text" "$tmp/code" >"$tmp/diff" || {
		echo "$page: $name differs from the code (tests/lint/spec.sh --write)"
		sed 1,2d "$tmp/diff"
		bad=1
	}
done

# Each message has a section, and each of its fields a word there in backticks.
"$tmp/dump" messages | awk -v page=$page '
BEGIN {
	while ((getline line <page) > 0) {
		if (line ~ /^#+ /) {
			section = line
			sub(/^#+ /, "", section)
		}
		text[section] = text[section] "\n" line
	}
}
/^[A-Z]+ = / { type = $1 }
/^[A-Z]+ = / && !(type in text) {
	print page ": no section " type
	bad = 1
}
/^\t(\? )?[a-z_]+: / {
	field = $0
	sub(/^\t(\? )?/, "", field)
	sub(/:.*/, "", field)
	if (index(text[type], "`" field "`") == 0) {
		print page ": " type " says nothing of `" field "`"
		bad = 1
	}
}
END { exit bad }' || bad=1

scan=${1-}/proto/scan.o
if [ -e "$scan" ]; then
	nm -u "$scan" | awk '$2 !~ /^(mp_|span_of$|memcmp$|memcpy$|memset$|__stack_chk_fail$|_GLOBAL_OFFSET_TABLE_$|__mem[a-z]+_chk$)/ {
		print "proto/scan.c: uses " $2; bad = 1 } END { exit bad }' || bad=1
fi
exit $bad
