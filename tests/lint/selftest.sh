#!/bin/sh
# A rule that catches nothing is worse than none. Here every rule of lint is
# broken in a small tree of its own, and must say where; before and after, the
# same tree must pass. Prints "N passed, M failed".
set -eu

lint=$(cd "$(dirname "$0")" && pwd)
repo=$lint/../..
tree=$(mktemp -d)
results=$(mktemp)
trap 'rm -rf "$tree" "$results"' EXIT
cd "$tree"
export B=build CC=gcc STD='-std=c17 -D_GNU_SOURCE -I.'
export WARN='-Wall -Wextra -Werror'

put() { # put FILE: standard input becomes FILE
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

clean_tree() {
	rm -rf common proto services tests/*
	put common/base/err.h <<-'C'
	#ifndef ERR_H
	#define ERR_H
	int err_twice(int n);
	#endif
	C
	printf '%s\n' '#include "common/base/err.h"' '' 'int' \
		'err_twice(int n)' '{' '	return 2 * n;' '}' |
		put common/base/err.c
	printf '%s\n' '#include "common/base/err.h"' '#include <string.h>' '' \
		'int sum_four(const char *text);' '' 'int' \
		'sum_four(const char *text)' '{' \
		'	static const char *const names[] = {"a", "time(0)"};' '' \
		'	/* time(0) in a comment is no call */' \
		'	return strcmp(text, names[1]) == err_twice(0);' '}' |
		put common/domain/sum.c
	cp common/domain/sum.c services_sum
	sed 's/sum_four/pure_four/' services_sum | put services/alert/pure.c
	printf '%s\n' '#include "services/alert/alert_io.h"' |
		put services/alert/main.c
	printf '%s\n' 'int alert_take(int n);' | put services/alert/alert_io.h
	printf '%s\n' 'int log_write(int n);' | put common/base/log.h
	printf '%s\n' 'int ctl(int n);' | put services/ctl/ctl.h
	printf '%s\n' 'int wire(int n);' | put proto/wire.h
	rm services_sum
}

compile() {
	rm -rf build
	for f in $(find common proto services -name '*.c'); do
		mkdir -p "build/$(dirname "$f")"
		gcc $STD -O1 -fPIE -c -o "build/${f%.c}.o" "$f" 2>/dev/null ||
			echo "selftest: $f does not compile"
	done
}

rule() { # rule NAME: runs it as run.sh does
	case $1 in
	purity | sections)
		compile
		"$lint/$1.sh" build
		;;
	*) "$lint/$1.sh" ;;
	esac
}

count() { # count OK WHAT; a file, since most callers stand in a pipe
	echo "$1" >>"$results"
	[ "$1" = 0 ] || echo "selftest: $2"
}

all_pass() {
	clean_tree
	for r in layers banned sizes format headers purity sections cppcheck \
	    tidy; do
		ok=0
		out=$(rule $r 2>&1) || ok=1
		count $ok "$r refuses a clean tree: $out"
	done
}

# caught RULE FILE TEXT: with standard input added to FILE, RULE fails and its
# output has TEXT.
caught() {
	clean_tree
	mkdir -p "$(dirname "$2")"
	cat >>"$2"
	ok=1
	out=$(rule "$1" 2>&1) || ok=0
	case $out in *"$3"*) ;; *) ok=1 ;; esac
	count $ok "$1 does not see $3 in $2: $out"
}

arrow() { # arrow FILE HEADER
	printf '#include %s\n' "$2" |
		caught layers "$1" "$(printf '%s' "$2" | tr -d '<>"')"
}

lines() { # lines N: a function body of N lines
	printf 'int long_one(int n);\n\nint\nlong_one(int n)\n{\n'
	awk -v n="$1" 'BEGIN { while (n-- > 1) print "\tn++;"; print "\treturn n;" }'
	echo '}'
}

cp "$repo/.clang-format" "$repo/.clang-tidy" .
mkdir tests && cp "$repo/tests/.clang-tidy" tests/
all_pass

arrow common/base/err.c '"proto/wire.h"'
arrow common/base/err.c '<lmdb.h>'
arrow common/base/err.c '<xxhash.h>'
arrow common/base/store.c '<zmq.h>'
arrow common/base/store.h '<lmdb.h>'
arrow common/base/journal.c '"common/base/store_file.h"'
arrow common/base/err.c '"err.h"'
arrow proto/wire.c '"common/base/log.h"'
arrow proto/wire.c '<msgpack/pack.h>'
arrow common/domain/sum.c '"common/base/log.h"'
arrow common/domain/sum.c '"common/formats/table.h"'
arrow common/domain/sum.c '<jansson.h>'
arrow common/formats/table.c '"services/ctl/ctl.h"'
arrow common/serve/serve.c '"common/domain/sum.h"'
arrow common/client/client.c '"common/serve/serve.h"'
arrow services/alert/pure.c '"common/base/log.h"'
arrow services/alert/pure.c '"services/alert/alert_io.h"'
arrow services/alert/main.c '"services/ctl/ctl.h"'
arrow services/alert/alert_io.c '<zmq.h>'
arrow services/ctl/main.c '<microhttpd.h>'
arrow services/ctl/main.c '"tests/lib/fake.h"'

for call in 'strcpy(a, b)' 'sprintf(a, b)' 'strtok(a, b)' 'atoi(a)' 'rand()' \
    'system(a)' 'time(0)' 'clock_gettime(0, 0)' 'pthread_create(0)'; do
	echo "int x = $call;" | caught banned common/domain/sum.c "${call%%(*}"
done
echo '/* TO''DO: later */' | caught banned proto/wire.h 'wire.h:2'
echo '# see ..''/shared' | caught banned tests/note.sh 'note.sh:1'

lines 81 | caught sizes common/domain/long.c 'long_one has 81 lines'
awk 'BEGIN { for (i = 0; i < 601; i++) print "" }' |
	caught sizes common/domain/long.c '601 lines'
for i in 1 2 3 4 5 6; do lines 16; done |
	caught sizes common/domain/long.c 'median'

echo 'int  two_blanks;' | caught format common/domain/sum.c 'sum.c: not as'
echo 'size_t more(void);' | caught headers proto/wire.h 'wire.h: does not'
echo 'struct twice { int n; };' | caught headers proto/wire.h 'wire.h: does not'

for call in 'clock()' 'getenv("A") != 0' 'printf("a")' 'fopen("a", "b") != 0' \
    'rand()' 'zmq_errno()' 'strerror(1) != 0'; do
	printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' \
		'#include <time.h>' 'int zmq_errno(void);' 'int way_out(void);' \
		"int way_out(void) { return (int)($call); }" |
		caught purity services/alert/pure.c 'pure.c: pure, but uses'
done

echo 'int shared_state = 1;' |
	caught sections common/base/err.c 'writable shared_state in .data'
echo 'int zeroed_state;' |
	caught sections common/base/err.c 'writable zeroed_state in .bss'
echo 'int f(void); int f(void) { static int calls; return calls++; }' |
	caught sections services/alert/pure.c 'writable calls in .bss'
echo 'const char *names[] = { "a" };' |
	caught sections common/domain/sum.c 'writable names in .data.rel'
echo '_Thread_local int mine = 1;' |
	caught sections common/base/err.c 'writable mine in .tdata'

caught cppcheck common/domain/bad.c bad.c:5 <<'C'
int past(void);
int past(void)
{
	int four[4] = {0};
	return four[4];
}
C

lines 81 | caught tidy common/domain/long.c readability-function-size
caught tidy common/domain/bad.c readability-function-size <<'C'
int six(int a, int b, int c, int d, int e, int f);
int six(int a, int b, int c, int d, int e, int f)
{
	return a + b + c + d + e + f;
}
C
caught tidy common/domain/bad.c misc-no-recursion <<'C'
int down(int n);
int down(int n)
{
	return n > 0 ? down(n - 1) : 0;
}
C
caught tidy common/base/bad.c cert-err33-c <<'C'
#include <stdio.h>
void move(void);
void move(void)
{
	rename("a", "b");
}
C
caught tidy common/domain/bad.c clang-analyzer <<'C'
int zero(int n);
int zero(int n)
{
	int *p = 0;
	return n > 3 ? *p : 0;
}
C

all_pass

# The runner: what fails is counted, whatever it printed before.
sums() { # sums EXPECTED: standard input are parts
	ok=0
	out=$("$lint/../parts.sh" | tail -n 1) || true
	[ "$out" = "$1" ] || ok=1
	count $ok "parts.sh says $out, not $1"
}
printf 'a true\nb false\n' | sums '1 passed, 1 failed'
echo 'a echo 5 passed, 0 failed, 2 skipped' | sums '5 passed, 0 failed, 2 skipped'
echo 'a echo "[  PASSED  ] 7 test(s)."; exit 1' | sums '7 passed, 1 failed'
echo 'a echo "[  FAILED  ] 2 test(s), listed below:"' | sums '0 passed, 2 failed'
echo 'a kill -9 $$' | sums '0 passed, 1 failed'
failed=$(grep -c 1 "$results" || true)
echo "$(($(wc -l <"$results") - failed)) passed, $failed failed"
[ "$failed" = 0 ]
