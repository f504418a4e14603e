/* links: common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c tests/lib/store_case.c tests/lib/tmpdir.c */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/store_case.h"

static void
put_text(struct store *store, const char *key, const char *value)
{
	kv_put(store_kv(store, STORE_STATE), span_str(key), span_str(value));
}

static void
newer_format_is_refused_and_untouched(void **state)
{
	struct store_case *f = *state;
	struct stat before;
	struct stat after;
	char path[256];

	store_case_open_ok(f);
	store_close(&f->store);
	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	assert_int_equal(stat(path, &before), 0);
	f->conf.format = 2;
	assert_int_equal(store_case_reopen(f), ERR_VERSION);
	assert_non_null(strstr(f->why.text, "format 3"));
	f->conf.check = false;
	assert_int_equal(store_case_reopen(f), ERR_VERSION);
	assert_int_equal(stat(path, &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim,
	                    sizeof(before.st_mtim));
	f->conf.format = 4;
	store_case_open_ok(f);
}

static void
file_of_another_service_is_refused(void **state)
{
	struct store_case *f = *state;

	store_case_open_ok(f);
	f->conf.kind = "alert";
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
	assert_non_null(strstr(f->why.text, "belongs to ingest"));
	f->conf.kind = "inges";
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
}

static void
empty_or_foreign_file_is_corrupt_not_made_anew(void **state)
{
	struct store_case *f = *state;
	static const char foreign[20000] = "SQLite format 3";
	struct stat st;
	char path[256];

	assert_int_equal(mkdir(f->dir, 0700), 0);
	store_case_write_file(f, "", 0);
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	store_case_write_file(f, foreign, sizeof(foreign));
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
	assert_non_null(strstr(f->why.text, "not written by this program"));
	f->conf.check = false;
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
}

static void
half_made_file_of_a_crash_is_made_again(void **state)
{
	struct store_case *f = *state;
	char path[256];
	int fd;

	assert_int_equal(mkdir(f->dir, 0700), 0);
	snprintf(path, sizeof(path), "%s/new.mdb", f->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	store_case_open_ok(f);
}

static void
truncated_file_is_refused_at_every_page(void **state)
{
	struct store_case *f = *state;
	size_t len;
	uint8_t *bytes;
	uint64_t before;
	unsigned refused = 0;
	unsigned tried = 0;

	store_case_open_ok(f);
	store_case_fill(f, 300);
	before = store_case_contents(f);
	store_close(&f->store);
	bytes = store_case_read_file(f, &len);
	for (size_t cut = 0; cut < len; cut += 4096 * 7 + 100) {
		enum err err;

		store_case_write_file(f, bytes, cut);
		err = store_case_reopen(f);
		tried++;
		refused += err == ERR_CORRUPT;
		/* Only pages that are free may be missed without harm. */
		if (err == ERR_OK)
			assert_int_equal(store_case_contents(f), before);
		else
			assert_int_equal(err, ERR_CORRUPT);
	}
	assert_true(refused > tried / 2);
	free(bytes);
}

/* Damage is refused, or lies where nothing is kept: contents are the same. */
static void
flipped_bits_are_refused_or_harmless(void **state)
{
	struct store_case *f = *state;
	unsigned seed = 20260722;
	unsigned refused = 0;
	uint8_t *bytes;
	uint64_t before;
	size_t len;

	print_message("seed %u\n", seed);
	store_case_open_ok(f);
	store_case_fill(f, 120);
	before = store_case_contents(f);
	store_close(&f->store);
	bytes = store_case_read_file(f, &len);
	for (unsigned i = 0; i < 300; i++) {
		size_t at;
		uint8_t bit;
		enum err err;

		seed = seed * 1103515245u + 12345u;
		at = ((size_t)seed << 4 | seed >> 28) % len;
		if (i < 150)
			at %= 16384; /* first pages: more is at stake */
		bit = (uint8_t)(1u << (seed >> 24 & 7));
		bytes[at] ^= bit;
		store_case_write_file(f, bytes, len);
		err = store_case_reopen(f);
		if (err == ERR_OK && store_case_contents(f) != before)
			fail_msg("flip at %zu changed what is read", at);
		refused += err != ERR_OK;
		store_close(&f->store);
		bytes[at] ^= bit;
	}
	print_message("%u of 300 refused\n", refused);
	assert_true(refused > 30);
	free(bytes);
}

static void
older_first_page_is_not_taken_for_the_newer(void **state)
{
	struct store_case *f = *state;
	uint8_t *bytes;
	size_t len;

	store_case_open_ok(f);
	store_case_fill(f, 10);
	store_close(&f->store);
	bytes = store_case_read_file(f, &len);
	for (unsigned page = 0; page < 2; page++) {
		/* transaction number: byte 144 of each of the two pages */
		bytes[page * 4096 + 144] ^= 16;
		store_case_write_file(f, bytes, len);
		assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
		assert_non_null(strstr(f->why.text, "neighbours"));
		bytes[page * 4096 + 144] ^= 16;
	}
	store_case_write_file(f, bytes, len);
	store_case_open_ok(f);
	free(bytes);
}

static void
damaged_value_is_never_handed_out(void **state)
{
	struct store_case *f = *state;
	struct span value = {.ptr = NULL, .len = 77};
	struct kv *kv;
	uint8_t *bytes;
	uint8_t *at;
	size_t len;

	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "key", "a value to find");
	put_text(f->store, "other", "sound");
	assert_int_equal(store_commit(f->store), ERR_OK);
	store_close(&f->store);
	bytes = store_case_read_file(f, &len);
	at = memmem(bytes, len, "a value to find", 15);
	assert_non_null(at);
	at[3] ^= 1;
	store_case_write_file(f, bytes, len);
	free(bytes);
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
	assert_non_null(strstr(f->why.text, "table state, entry 1"));
	f->conf.check = false;
	store_case_open_ok(f);
	assert_int_equal(store_read(f->store), ERR_OK);
	kv = store_kv(f->store, STORE_STATE);
	assert_int_equal(kv_get(kv, span_str("other"), &value), ERR_OK);
	value = span_of(NULL, 77);
	assert_int_equal(kv_get(kv, span_str("key"), &value), ERR_CORRUPT);
	assert_int_equal(value.len, 77);
	assert_int_equal(kv_err(kv), ERR_CORRUPT);
	assert_int_equal(kv_get(kv, span_str("other"), &value), ERR_CORRUPT);
	store_read_end(f->store);
}

static void
on_signal(int sig)
{
	(void)sig;
	_exit(0); /* would look like a sound file to the parent */
}

static void
check_is_not_fooled_by_inherited_handlers(void **state)
{
	struct store_case *f = *state;
	uint8_t *bytes;
	size_t len;
	void (*bus)(int);
	void (*segv)(int);

	store_case_open_ok(f);
	store_case_fill(f, 300);
	store_close(&f->store);
	bytes = store_case_read_file(f, &len);
	store_case_write_file(f, bytes, len / 2);
	free(bytes);
	bus = signal(SIGBUS, on_signal);
	segv = signal(SIGSEGV, on_signal);
	assert_int_equal(store_case_reopen(f), ERR_CORRUPT);
	signal(SIGBUS, bus);
	signal(SIGSEGV, segv);
}

#define CASE(name)                                              \
	cmocka_unit_test_setup_teardown(name, store_case_setup, \
	                                store_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(newer_format_is_refused_and_untouched),
	    CASE(file_of_another_service_is_refused),
	    CASE(empty_or_foreign_file_is_corrupt_not_made_anew),
	    CASE(half_made_file_of_a_crash_is_made_again),
	    CASE(truncated_file_is_refused_at_every_page),
	    CASE(flipped_bits_are_refused_or_harmless),
	    CASE(older_first_page_is_not_taken_for_the_newer),
	    CASE(damaged_value_is_never_handed_out),
	    CASE(check_is_not_fooled_by_inherited_handlers),
	};

	return cmocka_run_group_tests_name("store_damage", tests, NULL, NULL);
}
