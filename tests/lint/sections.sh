#!/bin/sh
# No writable globals: no object of the product has data in .data, .bss or
# COMMON. Judged by section, since const tables of pointers are "d" for nm under
# -fPIE (.data.rel.ro). Usage: sections.sh BUILD_DIR, after the objects are built.
set -eu

build=$1
bad=0

# source | symbol | why it may be written
allowed() {
	cat <<'T'
common/base/log.c log_sink where the lines of this process go
common/base/daemon.c daemon_stop set by a signal, read by the loop
T
}

for f in $(find common proto services -name '*.c' 2>/dev/null | sort); do
	o=$build/${f%.c}.o
	[ -e "$o" ] || {
		echo "$f: not built"
		bad=1
		continue
	}
	objdump -t "$o" | awk -v f="$f" -v allowed="$(allowed)" '
	BEGIN {
		n = split(allowed, line, "\n")
		for (i = 1; i <= n; i++) {
			split(line[i], part, " ")
			ok[part[1] " " part[2]] = 1
		}
	}
	{ section = symbol = "" }
	match($0, /[ \t](\.data|\.bss|\.tdata|\.tbss|\*COM\*)[^ \t]*\t/) {
		section = substr($0, RSTART + 1, RLENGTH - 2)
		symbol = $NF
		sub(/\.[0-9]+$/, "", symbol)
	}
	section == "" || section ~ /^\.data\.rel\.ro/ || symbol ~ /^\./ { next }
	(f " " symbol) in ok { next }
	{ print f ": writable " symbol " in " section; bad = 1 }
	END { exit bad }' || bad=1
done
exit $bad
