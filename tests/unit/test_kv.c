/* links: common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/kv.h"

static int
setup(void **state)
{
	struct kv_mem *mem = NULL;

	if (kv_mem_new(&mem) != ERR_OK)
		return -1;
	*state = mem;
	return 0;
}

static int
teardown(void **state)
{
	struct kv_mem *mem = *state;

	kv_mem_free(&mem);
	kv_mem_free(&mem);
	return mem ? -1 : 0;
}

static void
put(struct kv *kv, const char *key, const char *value)
{
	kv_put(kv, span_str(key), span_str(value));
}

static void
assert_value(struct kv *kv, const char *key, const char *value)
{
	struct span got = {0};

	assert_int_equal(kv_get(kv, span_str(key), &got), ERR_OK);
	assert_true(span_equal(got, span_str(value)));
}

static void
what_was_put_is_got_and_the_last_put_counts(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	uint64_t n = 9;

	put(kv, "b", "2");
	put(kv, "a", "1");
	put(kv, "c", "");
	put(kv, "b", "longer than before");
	assert_value(kv, "a", "1");
	assert_value(kv, "b", "longer than before");
	assert_value(kv, "c", "");
	assert_int_equal(kv_count(kv, &n), ERR_OK);
	assert_int_equal(n, 3);
	assert_int_equal(kv_err(kv), ERR_OK);
}

static void
an_absent_key_is_not_found_and_nothing_sticks(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct span value = span_str("before");

	put(kv, "a", "1");
	assert_int_equal(kv_get(kv, span_str("b"), &value), ERR_NOT_FOUND);
	assert_int_equal(kv_get(kv, span_str(""), &value), ERR_NOT_FOUND);
	assert_true(span_equal(value, span_str("before")));
	kv_del(kv, span_str("b"));
	assert_int_equal(kv_err(kv), ERR_OK);
	assert_value(kv, "a", "1");
}

static void
a_deleted_key_is_gone_and_its_neighbours_stay(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct span value;
	uint64_t n = 0;

	put(kv, "a", "1");
	put(kv, "b", "2");
	put(kv, "c", "3");
	kv_del(kv, span_str("b"));
	assert_int_equal(kv_get(kv, span_str("b"), &value), ERR_NOT_FOUND);
	assert_value(kv, "a", "1");
	assert_value(kv, "c", "3");
	assert_int_equal(kv_count(kv, &n), ERR_OK);
	assert_int_equal(n, 2);
}

static void
next_walks_all_keys_in_order_of_their_bytes(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct span from = span_of(NULL, 0);
	struct span key;
	struct span value;
	struct buf walk;
	struct buf at;

	put(kv, "b", "3");
	put(kv, "\xc3\xa9", "5");
	put(kv, "a", "1");
	put(kv, "ab", "2");
	put(kv, "c", "4");
	buf_init(&walk, 100);
	buf_init(&at, 100);
	while (kv_next(kv, from, &key, &value) == ERR_OK) {
		buf_put(&walk, value.ptr, value.len);
		buf_reset(&at);
		buf_put(&at, key.ptr, key.len);
		buf_put_u8(&at, 0);
		from = buf_span(&at);
	}
	assert_string_equal(buf_cstr(&walk), "12345");
	assert_int_equal(kv_err(kv), ERR_OK);
	buf_fini(&walk);
	buf_fini(&at);
}

static void
next_from_between_two_keys_gives_the_later(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct span key;
	struct span value;

	put(kv, "a", "1");
	put(kv, "c", "3");
	assert_int_equal(kv_next(kv, span_str("b"), &key, &value), ERR_OK);
	assert_true(span_equal(key, span_str("c")));
	assert_int_equal(kv_next(kv, span_str("c"), &key, &value), ERR_OK);
	assert_true(span_equal(key, span_str("c")));
	assert_int_equal(kv_next(kv, span_str("d"), &key, &value),
	                 ERR_NOT_FOUND);
}

static void
a_key_at_its_bound_is_kept_and_one_past_it_is_too_large(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	uint8_t key[KV_KEY_MAX + 2];
	struct span got;
	struct span value;

	memset(key, 'k', sizeof(key));
	kv_put(kv, span_of(key, KV_KEY_MAX), span_str("v"));
	assert_int_equal(kv_err(kv), ERR_OK);
	assert_int_equal(kv_get(kv, span_of(key, KV_KEY_MAX), &value), ERR_OK);
	assert_int_equal(kv_get(kv, span_of(key, KV_KEY_MAX + 1), &value),
	                 ERR_NOT_FOUND);
	assert_int_equal(
	    kv_next(kv, span_of(key, KV_KEY_MAX + 2), &got, &value),
	    ERR_NOT_FOUND);
	kv_put(kv, span_of(key, KV_KEY_MAX + 1), span_str("v"));
	assert_int_equal(kv_err(kv), ERR_TOO_LARGE);
}

static void
a_value_at_its_bound_is_kept_and_one_past_it_is_too_large(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	uint8_t *bytes = calloc(1, KV_VALUE_MAX + 1);

	assert_non_null(bytes);
	kv_put(kv, span_str("a"), span_of(bytes, KV_VALUE_MAX));
	assert_int_equal(kv_err(kv), ERR_OK);
	kv_put(kv, span_str("b"), span_of(bytes, KV_VALUE_MAX + 1));
	assert_int_equal(kv_err(kv), ERR_TOO_LARGE);
	free(bytes);
}

static void
after_a_failure_nothing_is_done_and_the_first_error_is_kept(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct span value;
	struct span key;
	uint64_t n;

	put(kv, "a", "1");
	kv->err = ERR_STORAGE_FULL;
	put(kv, "a", "2");
	put(kv, "b", "2");
	kv_del(kv, span_str("a"));
	assert_int_equal(kv_get(kv, span_str("a"), &value), ERR_STORAGE_FULL);
	assert_int_equal(kv_next(kv, span_str("a"), &key, &value),
	                 ERR_STORAGE_FULL);
	assert_int_equal(kv_count(kv, &n), ERR_STORAGE_FULL);
	kv->err = ERR_OK;
	assert_value(kv, "a", "1");
	assert_int_equal(kv_count(kv, &n), ERR_OK);
	assert_int_equal(n, 1);
}

static enum err
corrupt_get(struct kv *kv, struct span key, struct span *value)
{
	(void)kv;
	(void)key;
	(void)value;
	return ERR_CORRUPT;
}

static void
a_corrupt_get_sticks(void **state)
{
	static const struct kv_ops ops = {.get = corrupt_get};
	struct kv kv = {.ops = &ops};
	struct span value;

	(void)state;
	assert_int_equal(kv_get(&kv, span_str("a"), &value), ERR_CORRUPT);
	assert_int_equal(kv_err(&kv), ERR_CORRUPT);
	put(&kv, "b", "1");
	assert_int_equal(kv_err(&kv), ERR_CORRUPT);
}

static void
a_value_may_be_put_back_under_its_own_key(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct span value;

	put(kv, "a", "some value");
	assert_int_equal(kv_get(kv, span_str("a"), &value), ERR_OK);
	kv_put(kv, span_str("a"), span_of(value.ptr + 5, value.len - 5));
	assert_value(kv, "a", "value");
}

/* The sorted array does what a plain table of 256 slots does. */
static void
random_steps_agree_with_a_plain_table(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	uint64_t seed = 20240229;
	bool present[256] = {false};
	uint8_t values[256] = {0};
	uint64_t n = 0;
	uint64_t expected = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 5000; i++) {
		uint8_t key;
		uint8_t value;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		key = (uint8_t)(seed >> 56);
		value = (uint8_t)(seed >> 48);
		present[key] = value % 4 != 0;
		values[key] = value;
		if (present[key])
			kv_put(kv, span_of(&key, 1), span_of(&value, 1));
		else
			kv_del(kv, span_of(&key, 1));
	}
	for (unsigned i = 0; i < 256; i++) {
		uint8_t key = (uint8_t)i;
		struct span got;
		enum err err = kv_get(kv, span_of(&key, 1), &got);

		assert_int_equal(err, present[i] ? ERR_OK : ERR_NOT_FOUND);
		if (present[i])
			assert_int_equal(got.ptr[0], values[i]);
		expected += present[i];
	}
	assert_int_equal(kv_count(kv, &n), ERR_OK);
	assert_int_equal(n, expected);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_was_put_is_got_and_the_last_put_counts),
	    CASE(an_absent_key_is_not_found_and_nothing_sticks),
	    CASE(a_deleted_key_is_gone_and_its_neighbours_stay),
	    CASE(next_walks_all_keys_in_order_of_their_bytes),
	    CASE(next_from_between_two_keys_gives_the_later),
	    CASE(a_key_at_its_bound_is_kept_and_one_past_it_is_too_large),
	    CASE(a_value_at_its_bound_is_kept_and_one_past_it_is_too_large),
	    CASE(after_a_failure_nothing_is_done_and_the_first_error_is_kept),
	    CASE(a_corrupt_get_sticks),
	    CASE(a_value_may_be_put_back_under_its_own_key),
	    CASE(random_steps_agree_with_a_plain_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
