/* links: common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c tests/lib/store_case.c tests/lib/tmpdir.c */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/store.h"
#include "tests/lib/store_case.h"

static void
put_text(struct store *store, const char *key, const char *value)
{
	kv_put(store_kv(store, STORE_STATE), span_str(key), span_str(value));
}

static bool
has_text(struct store *store, const char *key, const char *value)
{
	struct span got = {0};
	bool has;

	assert_int_equal(store_read(store), ERR_OK);
	has = kv_get(store_kv(store, STORE_STATE), span_str(key), &got) ==
	          ERR_OK &&
	      span_equal(got, span_str(value));
	store_read_end(store);
	return has;
}

static void
committed_values_are_there_after_reopening(void **state)
{
	struct store_case *f = *state;
	uint64_t n = 0;

	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "a", "one");
	put_text(f->store, "b", "");
	assert_int_equal(store_commit(f->store), ERR_OK);
	store_case_open_ok(f);
	assert_true(has_text(f->store, "a", "one"));
	assert_true(has_text(f->store, "b", ""));
	assert_int_equal(store_read(f->store), ERR_OK);
	assert_int_equal(kv_count(store_kv(f->store, STORE_STATE), &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(kv_count(store_kv(f->store, STORE_JOURNAL), &n),
	                 ERR_OK);
	assert_int_equal(n, 0);
	store_read_end(f->store);
}

static void
aborted_values_are_not_kept(void **state)
{
	struct store_case *f = *state;

	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "a", "one");
	store_abort(f->store);
	store_abort(f->store);
	assert_false(has_text(f->store, "a", "one"));
}

static void
closing_with_an_open_transaction_keeps_nothing(void **state)
{
	struct store_case *f = *state;

	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "a", "one");
	store_case_open_ok(f);
	assert_false(has_text(f->store, "a", "one"));
}

static void
directory_and_files_are_private(void **state)
{
	struct store_case *f = *state;
	struct stat st;
	char path[256];

	store_case_open_ok(f);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(path, sizeof(path), "%s/data.mdb", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/new.mdb", f->dir);
	assert_int_not_equal(stat(path, &st), 0);
}

static void
second_owner_is_refused_and_told_the_pid(void **state)
{
	struct store_case *f = *state;
	struct store *second = NULL;
	struct store_refusal why;
	char pid[32];

	store_case_open_ok(f);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	assert_int_equal(store_open(&second, &f->conf, &why), ERR_IN_USE);
	assert_null(second);
	assert_int_equal(why.code, ERR_IN_USE);
	assert_non_null(strstr(why.text, pid));
	assert_non_null(strstr(why.text, f->dir));
	store_close(&f->store);
	assert_int_equal(store_open(&second, &f->conf, &why), ERR_OK);
	store_close(&second);
}

static void
lock_of_a_killed_owner_is_free(void **state)
{
	struct store_case *f = *state;
	int ends[2];
	char ready = 0;
	pid_t pid;

	store_case_open_ok(f);
	store_close(&f->store);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (store_case_reopen(f) == ERR_OK &&
		    store_begin(f->store) == ERR_OK &&
		    write(ends[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	assert_int_equal(store_case_reopen(f), ERR_IN_USE);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "a", "one");
	assert_int_equal(store_commit(f->store), ERR_OK);
}

static void
journal_keys_only_grow(void **state)
{
	struct store_case *f = *state;
	struct kv *journal;

	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	journal = store_kv(f->store, STORE_JOURNAL);
	kv_put(journal, span_str("b"), span_str("1"));
	kv_put(journal, span_str("c"), span_str("2"));
	assert_int_equal(kv_err(journal), ERR_OK);
	kv_put(journal, span_str("c"), span_str("3"));
	assert_int_equal(kv_err(journal), ERR_BAD_VALUE);
	assert_int_equal(store_commit(f->store), ERR_BAD_VALUE);
	assert_int_equal(store_begin(f->store), ERR_OK);
	journal = store_kv(f->store, STORE_JOURNAL);
	assert_int_equal(kv_err(journal), ERR_OK);
	kv_put(journal, span_str("a"), span_str("1"));
	kv_put(journal, span_str("b"), span_str("1"));
	assert_int_equal(store_commit(f->store), ERR_OK);
}

static void
key_and_value_bounds_hold(void **state)
{
	struct store_case *f = *state;
	uint8_t *big = calloc(1, KV_VALUE_MAX + 1);
	uint8_t key[KV_KEY_MAX + 1] = {1};
	struct span got = {0};
	struct kv *kv;

	assert_non_null(big);
	f->conf.map_bytes = 64u << 20;
	store_case_open_ok(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	kv = store_kv(f->store, STORE_STATE);
	kv_put(kv, span_of(key, KV_KEY_MAX), span_of(big, KV_VALUE_MAX));
	assert_int_equal(kv_err(kv), ERR_OK);
	assert_int_equal(kv_get(kv, span_of(key, KV_KEY_MAX), &got), ERR_OK);
	assert_int_equal(got.len, KV_VALUE_MAX);
	assert_int_equal(store_commit(f->store), ERR_OK);
	assert_int_equal(store_begin(f->store), ERR_OK);
	kv = store_kv(f->store, STORE_STATE);
	kv_put(kv, span_of(key, 1), span_of(big, KV_VALUE_MAX + 1));
	assert_int_equal(store_commit(f->store), ERR_TOO_LARGE);
	assert_int_equal(store_begin(f->store), ERR_OK);
	kv = store_kv(f->store, STORE_STATE);
	kv_put(kv, span_of(key, KV_KEY_MAX + 1), span_of(big, 1));
	assert_int_equal(store_commit(f->store), ERR_TOO_LARGE);
	free(big);
}

static void
full_map_keeps_what_is_committed_and_stays_usable(void **state)
{
	struct store_case *f = *state;
	static const uint8_t large[100000];
	uint64_t before;
	enum err err;

	f->conf.map_bytes = 1u << 20;
	store_case_open_ok(f);
	store_case_fill(f, 20);
	before = store_case_contents(f);
	assert_int_equal(store_begin(f->store), ERR_OK);
	for (unsigned i = 0; i < 20; i++)
		store_case_put_number(store_kv(f->store, STORE_STATE), i,
		                      span_of(large, sizeof(large)));
	err = kv_err(store_kv(f->store, STORE_STATE));
	assert_int_equal(err, ERR_STORAGE_FULL);
	assert_int_equal(store_commit(f->store), ERR_STORAGE_FULL);
	assert_int_equal(store_case_contents(f), before);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "a", "one");
	assert_int_equal(store_commit(f->store), ERR_OK);
	store_case_open_ok(f);
	assert_true(has_text(f->store, "a", "one"));
}

static void
forbidden_growth_keeps_what_is_committed_and_stays_usable(void **state)
{
	struct store_case *f = *state;
	struct rlimit old;
	struct rlimit tight;
	struct store_usage usage;
	static const uint8_t large[100000];
	void (*handler)(int);
	uint64_t before;
	enum err err;

	store_case_open_ok(f);
	store_case_fill(f, 50);
	before = store_case_contents(f);
	assert_int_equal(store_usage(f->store, &usage), ERR_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = usage.file_bytes;
	handler = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_int_equal(store_begin(f->store), ERR_OK);
	for (unsigned i = 0; i < 20; i++)
		store_case_put_number(store_kv(f->store, STORE_STATE), i,
		                      span_of(large, sizeof(large)));
	err = store_commit(f->store);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, handler);
	assert_true(err == ERR_STORAGE_FULL || err == ERR_IO);
	assert_int_equal(store_case_contents(f), before);
	assert_int_equal(store_begin(f->store), ERR_OK);
	put_text(f->store, "a", "one");
	assert_int_equal(store_commit(f->store), ERR_OK);
	store_case_open_ok(f);
	assert_true(has_text(f->store, "a", "one"));
}

static enum err
commit_large(struct store *store, unsigned n)
{
	static const uint8_t large[100000];
	enum err err = store_begin(store);

	if (err != ERR_OK)
		return err;
	for (unsigned i = 0; i < n; i++)
		store_case_put_number(store_kv(store, STORE_STATE), i,
		                      span_of(large, sizeof(large)));
	return store_commit(store);
}

/* In a mount namespace of its own: exit 77 = not allowed here. */
static int
full_disk_child(struct store_case *f)
{
	uint64_t before;
	enum err err;

	if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return 77;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", f->tmp.path, "tmpfs", 0, "size=1m") != 0)
		return 77;
	if (store_case_reopen(f) != ERR_OK)
		return 1;
	store_case_fill(f, 20);
	before = store_case_contents(f);
	for (unsigned i = 0; i < 3; i++) {
		err = commit_large(f->store, 20);
		if (err != ERR_STORAGE_FULL)
			return 2;
		if (store_case_contents(f) != before)
			return 3;
	}
	if (commit_large(f->store, 2) != ERR_OK)
		return 4;
	before = store_case_contents(f);
	if (store_case_reopen(f) != ERR_OK || store_case_contents(f) != before)
		return 5;
	store_close(&f->store);
	return 0;
}

static void
full_disk_keeps_what_is_committed_and_stays_usable(void **state)
{
	struct store_case *f = *state;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(full_disk_child(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
usage_tells_file_map_and_disk(void **state)
{
	struct store_case *f = *state;
	struct store_usage a;
	struct store_usage b;

	store_case_open_ok(f);
	assert_int_equal(store_usage(f->store, &a), ERR_OK);
	store_case_fill(f, 200);
	assert_int_equal(store_usage(f->store, &b), ERR_OK);
	assert_true(b.file_bytes > a.file_bytes);
	assert_int_equal(b.map_bytes, f->conf.map_bytes);
	assert_true(b.disk_free_bytes > 0);
}

static void
both_equal(struct kv *a, struct kv *b)
{
	uint8_t from[KV_KEY_MAX + 1];
	size_t len = 0;
	struct span ka;
	struct span va;
	struct span kb;
	struct span vb;
	uint64_t na = 0;
	uint64_t nb = 0;
	enum err err;

	assert_int_equal(kv_count(a, &na), ERR_OK);
	assert_int_equal(kv_count(b, &nb), ERR_OK);
	assert_int_equal(na, nb);
	do {
		err = kv_next(a, span_of(from, len), &ka, &va);
		assert_int_equal(kv_next(b, span_of(from, len), &kb, &vb), err);
		if (err != ERR_OK)
			break;
		assert_true(span_equal(ka, kb));
		assert_true(span_equal(va, vb));
		memcpy(from, ka.ptr, ka.len);
		from[ka.len] = 0;
		len = ka.len + 1;
	} while (err == ERR_OK);
	assert_int_equal(err, ERR_NOT_FOUND);
}

static void
random_step(struct kv *kv, struct kv *model, uint32_t r)
{
	char key[16];
	uint8_t value[3000];
	struct span got;
	struct span want;
	enum err err;

	snprintf(key, sizeof(key), "k%u", r >> 8 & 0xff);
	memset(value, (int)(r >> 16), sizeof(value));
	if (r % 4 == 0) {
		kv_del(kv, span_str(key));
		kv_del(model, span_str(key));
	} else if (r % 4 == 1) {
		err = kv_get(kv, span_str(key), &got);
		assert_int_equal(kv_get(model, span_str(key), &want), err);
		if (err == ERR_OK)
			assert_true(span_equal(got, want));
	} else {
		size_t len = (r >> 20) % sizeof(value);

		kv_put(kv, span_str(key), span_of(value, len));
		kv_put(model, span_str(key), span_of(value, len));
	}
}

static void
behaves_as_the_table_in_memory(void **state)
{
	struct store_case *f = *state;
	struct kv_mem *mem = NULL;
	uint32_t seed = 7;

	print_message("seed %u\n", seed);
	f->conf.sync = false;
	store_case_open_ok(f);
	assert_int_equal(kv_mem_new(&mem), ERR_OK);
	for (unsigned round = 0; round < 30; round++) {
		struct kv *kv;

		assert_int_equal(store_begin(f->store), ERR_OK);
		kv = store_kv(f->store, STORE_STATE);
		for (unsigned i = 0; i < 100; i++) {
			seed = seed * 1664525u + 1013904223u;
			random_step(kv, kv_mem_kv(mem), seed >> 3);
			if (i % 25 == 0)
				both_equal(kv, kv_mem_kv(mem));
		}
		assert_int_equal(store_commit(f->store), ERR_OK);
		store_case_open_ok(f);
		assert_int_equal(store_read(f->store), ERR_OK);
		both_equal(store_kv(f->store, STORE_STATE), kv_mem_kv(mem));
		store_read_end(f->store);
	}
	kv_mem_free(&mem);
}

#define CASE(name)                                              \
	cmocka_unit_test_setup_teardown(name, store_case_setup, \
	                                store_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(committed_values_are_there_after_reopening),
	    CASE(aborted_values_are_not_kept),
	    CASE(closing_with_an_open_transaction_keeps_nothing),
	    CASE(directory_and_files_are_private),
	    CASE(second_owner_is_refused_and_told_the_pid),
	    CASE(lock_of_a_killed_owner_is_free),
	    CASE(journal_keys_only_grow),
	    CASE(key_and_value_bounds_hold),
	    CASE(full_map_keeps_what_is_committed_and_stays_usable),
	    CASE(forbidden_growth_keeps_what_is_committed_and_stays_usable),
	    CASE(full_disk_keeps_what_is_committed_and_stays_usable),
	    CASE(usage_tells_file_map_and_disk),
	    CASE(behaves_as_the_table_in_memory),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
