# One flat file. Everything is found by folder; a unit test names in its first
# lines the files it links ("links: a.c b.c"), so a growing list shows in review.

SHELL := /bin/bash
CC ?= gcc
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
LDFLAGS += -Wl,-z,relro,-z,now -pie
LIBS := -lzmq -llmdb -lmsgpackc -lyaml -lcsv -ljansson -lmicrohttpd -lxxhash
TEST_LIBS := -lcmocka $(LIBS)

COMMON := $(wildcard common/*/*.c proto/*.c)
COMMON_OBJ := $(COMMON:%.c=$B/%.o)
SERVICES := ingest aggregate alert
BINS := $(SERVICES:%=$B/bin/tiendo-%) $B/bin/tiendo
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNITS := $(UNIT_SRC:tests/unit/%.c=$B/unit/%)
HARNESS := $(wildcard tests/lib/*.c)

.PHONY: all clean
all: $(BINS)

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# A static library, so that a binary takes only what it uses.
$B/libcommon.a: $(COMMON_OBJ)
	@rm -f $@
	ar rcs $@ $^

service_obj = $(patsubst %.c,$B/%.o,$(wildcard services/$(1)/*.c))

define SERVICE_RULE
$B/bin/tiendo-$(1): $(call service_obj,$(1)) $B/libcommon.a
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach s,$(SERVICES),$(eval $(call SERVICE_RULE,$(s))))

$B/bin/tiendo: $(call service_obj,ctl) $B/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# What each unit test links is read from its own first lines.
define UNIT_RULE
$B/unit/$(1): $B/tests/unit/$(1).o $(patsubst %.c,$B/%.o,$(shell \
	sed -n '1,20s/^.*links: *\(.*[^ */]\).*$$/\1/p' tests/unit/$(1).c))
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(TEST_LIBS)
endef
$(foreach t,$(notdir $(basename $(UNIT_SRC))),$(eval $(call UNIT_RULE,$(t))))

.PHONY: units unit
units: $(UNITS)
unit: $(UNITS)
	@fail=0; for t in $(UNITS); do $$t || fail=1; done; exit $$fail

clean:
	rm -rf build

-include $(shell [ -d $B ] && find $B -name '*.d')
