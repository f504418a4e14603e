# One flat file. Everything is found by folder; a unit test names in its first
# lines the files it links ("links: a.c b.c"), so a growing list shows in review.

SHELL := /bin/bash
ifeq ($(origin CC),default)
CC := gcc
endif
B ?= build

STD := -std=c17 -D_GNU_SOURCE -I.
WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
	-Wwrite-strings -Wformat=2 -Wconversion -Wsign-conversion \
	-Wdouble-promotion -Wfloat-equal -Wundef -Wvla -Wswitch-enum \
	-Wnull-dereference -Wredundant-decls -Wunused-macros -Wdate-time
WARN_GCC := -Wcast-align=strict -Wformat-signedness -Walloca \
	-Wimplicit-fallthrough=5 -Wduplicated-cond -Wduplicated-branches \
	-Wlogical-op -Wjump-misses-init -Wstack-usage=16384
WARN_CLANG := -Wcast-align -Wcomma -Wassign-enum -Wunreachable-code
IS_CLANG := $(shell $(CC) --version 2>/dev/null | grep -c clang)
WARN += $(if $(filter 0,$(IS_CLANG)),$(WARN_GCC),$(WARN_CLANG))
HARDEN ?= -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection
CFLAGS ?= -O2 -g
ALL_CFLAGS := $(STD) $(CFLAGS) $(WARN) $(HARDEN) -fPIE -fno-common
LDFLAGS += -Wl,-z,relro,-z,now,--as-needed -pie
LIBS := -lzmq -llmdb -lmsgpackc -lyaml -lcsv -ljansson -lmicrohttpd -lxxhash \
	-lcurl -lsodium -lz -lm
TEST_LIBS := -lcmocka $(LIBS)

# One short line a file; V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)  $@')

# What there is, by folder. Every service has a main.c; ctl is the command.
PRODUCT := $(wildcard common/*/*.c proto/*.c services/*/*.c)
COMMON := $(wildcard common/*/*.c proto/*.c)
MAINS := $(patsubst services/%/main.c,%,$(wildcard services/*/main.c))
BINS := $(patsubst %,$B/bin/tiendo-%,$(filter-out ctl,$(MAINS))) \
	$(patsubst ctl,$B/bin/tiendo,$(filter ctl,$(MAINS)))
TESTS := $(wildcard tests/unit/test_*.c tests/integration/test_*.c)
FUZZERS := $(wildcard tests/fuzz/fuzz_*.c)
UNITS := $(patsubst tests/%.c,$B/%,$(filter tests/unit/%,$(TESTS)))
INTEGRATION := $(patsubst tests/%.c,$B/%,$(filter tests/integration/%,$(TESTS)))
objects_of = $(patsubst %.c,$B/%.o,$(1))

.PHONY: all product objects units unit integration
all: $(BINS)
units: $(UNITS)
product: $(call objects_of,$(PRODUCT))
objects: product $(call objects_of,$(wildcard tests/*/*.c))

$B/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A static library, so that a binary takes only what it uses.
$B/libcommon.a: $(call objects_of,$(COMMON))
	@rm -f $@
	$(call say,AR)
	$Qar rcs $@ $^

# What-if folds and judges with the steps of aggregate and alert, without their edges.
BORROWED_ctl := $(filter-out %/main.c %_io.c,$(wildcard services/aggregate/*.c \
	services/alert/*.c))
define BIN_RULE
$B/bin/$(2): $(call objects_of,$(wildcard services/$(1)/*.c) \
	$(BORROWED_$(1))) $B/libcommon.a
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$Q$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach s,$(filter-out ctl,$(MAINS)),$(eval $(call BIN_RULE,$(s),tiendo-$(s))))
$(eval $(call BIN_RULE,ctl,tiendo))

# What a test links is read from its own first lines.
define TEST_RULE
$B/$(1): $B/tests/$(1).o $(patsubst %.c,$B/%.o,$(shell \
	sed -n '1,20s/^.*links: *\(.*[^ */]\).*$$/\1/p' tests/$(1).c))
	@mkdir -p $$(@D)
	$$(call say,LD)
	$$Q$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $(2)
endef
$(foreach t,$(UNITS:$B/%=%),$(eval $(call TEST_RULE,$(t),$(TEST_LIBS))))
$(foreach t,$(FUZZERS:tests/%.c=%),$(eval $(call TEST_RULE,$(t),$(LIBS))))

# Tests of whole daemons are clients: they link the library and the rig.
DAEMON_TESTS := $(INTEGRATION) $(patsubst tests/%.c,$B/%,$(wildcard tests/fault/*.c))
RIG := $(call objects_of,$(addprefix tests/lib/,rig.c load.c port.c tmpdir.c))
$(DAEMON_TESTS): $B/%: $B/tests/%.o $(RIG) $B/libcommon.a
	@mkdir -p $(@D)
	$(call say,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TEST_LIBS)

unit: $(UNITS)
	@tests/each.sh $(UNITS)

# Whole daemons: compiled tests, and scripts, which find the binaries in $$B.
integration: all $(INTEGRATION)
	@B=$B tests/each.sh $(INTEGRATION) $(wildcard tests/integration/*.sh)

# Random kill -9 of random services under load; KILLS of them.
.PHONY: kill9
KILLS ?= 200
kill9: all $B/fault/kill9
	@B=$B $B/fault/kill9 $(KILLS)

# --- simulator ---------------------------------------------------------------
# The steps of all services and the naive oracle, without their edges.
SIM := $(wildcard tests/sim/*.c) $(wildcard services/ctl/naive*.c) \
	$(filter-out %/main.c %_io.c,$(wildcard services/ingest/*.c \
	services/aggregate/*.c services/alert/*.c))
SIM_WRAP := -Wl,--wrap=mdb_put,--wrap=mdb_txn_begin,--wrap=mdb_txn_commit
$B/sim/sim: $(call objects_of,$(SIM)) $B/libcommon.a
	@mkdir -p $(@D)
	$(call say,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) $(SIM_WRAP) -o $@ $^ $(LIBS)

.PHONY: sim sim-bugs
sim: $B/sim/sim
	@$< --seeds 30000 --jobs 2
sim-bugs: $B/sim/sim
	@BUILD=$B COMPILE='$(CC) $(ALL_CFLAGS) -Wno-error' LIBS='$(LIBS)' \
		LINK='$(CC) $(CFLAGS) $(LDFLAGS) $(SIM_WRAP)' \
		OBJECTS='$(call objects_of,$(SIM)) $B/libcommon.a' \
		tests/sim/bugs.sh

# --- the other oracle: PostgreSQL ----------------------------------------------
# The same workload through ingest and aggregate, and worked out again in SQL.
ORACLE_OBJECTS := $(call objects_of,$(wildcard tests/oracle/*.c) \
	$(filter-out %/main.c %_io.c,$(wildcard services/ingest/*.c \
	services/aggregate/*.c)))
$B/oracle/oracle: $(ORACLE_OBJECTS) $B/libcommon.a
	@mkdir -p $(@D)
	$(call say,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
# 100,000 rows in make check, 1,000,000 here.
.PHONY: oracle oracle-bugs
ORACLE_SEEDS ?= 20
oracle: $B/oracle/oracle
	@ORACLE=$< tests/oracle/oracle.sh $(ORACLE_SEEDS) 50000
oracle-bugs: $B/oracle/oracle
	@BUILD=$B COMPILE='$(CC) $(ALL_CFLAGS) -Wno-error' LIBS='$(LIBS)' \
		LINK='$(CC) $(CFLAGS) $(LDFLAGS)' \
		OBJECTS='$(ORACLE_OBJECTS) $B/libcommon.a' tests/oracle/bugs.sh

# --- on a fresh machine ------------------------------------------------------
# Targets that must work there (demo, run) depend on ready, not on all.
.PHONY: deps ready
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
deps:
	@deploy/install-deps.sh --build
ready: deps
	@$(MAKE) --no-print-directory $(PARALLEL) all

# --- the system on this machine ----------------------------------------------
# demo prints and ends; run prints and serves until Ctrl-C.
.PHONY: demo run
demo: ready
	@BIN=$B/bin DEMO_DATA=$B/demo deploy/demo/demo.sh
run: ready
	@BIN=$B/bin DEMO_DATA=$B/demo deploy/demo/demo.sh --serve

# --- gates -------------------------------------------------------------------
.PHONY: check check-fresh lint lint-quick asan fuzz
check:
	@tests/check.sh
check-fresh:
	@tests/check-fresh.sh

lint lint-quick:
	@$(MAKE) --no-print-directory -s -k product || true
	@CC='$(CC)' STD='$(STD)' WARN='$(WARN)' tests/lint/run.sh $@ $B

SANITIZE := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
asan:
	@$(MAKE) --no-print-directory $(PARALLEL) B=$B/asan HARDEN= WARN= \
		CFLAGS='$(SANITIZE) -fsanitize=address,undefined' unit

# Every target for FUZZ_S seconds, from the corpus of its own name.
FUZZ_S ?= 60
FUZZ_B = $B/fuzzing
fuzz:
	@$(MAKE) --no-print-directory $(PARALLEL) B=$(FUZZ_B) HARDEN= WARN= \
		CC=clang CFLAGS='$(SANITIZE) -fsanitize=fuzzer,address,undefined' \
		$(FUZZERS:tests/%.c=$(FUZZ_B)/%)
	@for t in $(FUZZERS:tests/fuzz/fuzz_%.c=%); do \
		mkdir -p $(FUZZ_B)/corpus/$$t; \
		$(FUZZ_B)/fuzz/fuzz_$$t -max_total_time=$(FUZZ_S) \
			-timeout=5 -rss_limit_mb=2048 -malloc_limit_mb=64 \
			-artifact_prefix=$(FUZZ_B)/ $(FUZZ_B)/corpus/$$t \
			$$(ls -d tests/fuzz/corpus/$$t 2>/dev/null) || exit 1; done

# --- figures -----------------------------------------------------------------
# BENCH="--scale 10 pipeline" runs that alone, with a tenth of the months. JSON
# Lines on stdout; a figure counts on a machine that does nothing else.
.PHONY: bench
BENCH ?=
BENCH_OBJECTS := $(call objects_of,$(wildcard tests/bench/*.c) \
	tests/lib/tmpdir.c $(filter-out %/main.c %_io.c, \
	$(wildcard services/aggregate/*.c)))
$B/bench/bench: $(BENCH_OBJECTS) $B/libcommon.a
	@mkdir -p $(@D)
	$(call say,LD)
	$Q$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
bench:
	@$(MAKE) --no-print-directory $(PARALLEL) all $B/bench/bench >&2
	@$B/bench/bench --bin $B/bin \
		--commit "$$(git rev-parse --short HEAD 2>&-)" $(BENCH)

# --- installing --------------------------------------------------------------
PREFIX ?= /usr/local
.PHONY: install clean
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/tiendo \
		$(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	cp -R deploy/catalogue $(DESTDIR)$(PREFIX)/share/tiendo

clean:
	rm -rf build

-include $(shell [ -d $B ] && find $B -name '*.d')
