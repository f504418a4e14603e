/* links: common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/map.h"

static struct span
key_of(char text[static 24], uint32_t i)
{
	int len = snprintf(text, 24, "key-%u", i);

	return span_of(text, (size_t)len);
}

static void
an_empty_map_has_no_key(void **state)
{
	struct map m;

	(void)state;
	map_init(&m, 10);
	assert_int_equal(map_get(&m, span_str("a")), MAP_NONE);
	assert_int_equal(map_get(&m, span_of(NULL, 0)), MAP_NONE);
	map_reset(&m);
	map_fini(&m);
}

static void
a_second_put_replaces_the_value_and_adds_nothing(void **state)
{
	struct map m;

	(void)state;
	map_init(&m, 10);
	assert_int_equal(map_put(&m, span_str("a"), 7), ERR_OK);
	assert_int_equal(map_put(&m, span_str("a"), 8), ERR_OK);
	assert_int_equal(map_get(&m, span_str("a")), 8);
	assert_int_equal(m.n, 1);
	map_fini(&m);
}

static void
the_empty_key_and_zero_bytes_are_keys_like_others(void **state)
{
	struct map m;

	(void)state;
	map_init(&m, 10);
	assert_int_equal(map_put(&m, span_of(NULL, 0), 1), ERR_OK);
	assert_int_equal(map_put(&m, span_of("\0", 1), 2), ERR_OK);
	assert_int_equal(map_put(&m, span_of("\0\0", 2), 3), ERR_OK);
	assert_int_equal(map_get(&m, span_str("")), 1);
	assert_int_equal(map_get(&m, span_of("\0", 1)), 2);
	assert_int_equal(map_get(&m, span_of("\0\0", 2)), 3);
	map_fini(&m);
}

static void
many_keys_are_found_and_come_in_order_of_insertion(void **state)
{
	enum { N = 10000 };
	struct map m;
	char text[24];

	(void)state;
	map_init(&m, N);
	for (uint32_t i = 0; i < N; i++)
		assert_int_equal(map_put(&m, key_of(text, i * 7 % N), i),
		                 ERR_OK);
	assert_int_equal(m.n, N);
	for (uint32_t i = 0; i < N; i++) {
		struct span key = key_of(text, i * 7 % N);

		assert_int_equal(map_get(&m, key), i);
		assert_true(span_equal(map_key(&m, i), key));
		assert_int_equal(map_value(&m, i), i);
	}
	assert_int_equal(map_get(&m, key_of(text, N)), MAP_NONE);
	map_fini(&m);
}

static void
the_ceiling_holds_and_a_known_key_may_still_change(void **state)
{
	struct map m;
	uint32_t value = 77;

	(void)state;
	map_init(&m, 2);
	assert_int_equal(map_put(&m, span_str("a"), 1), ERR_OK);
	assert_int_equal(map_put(&m, span_str("b"), 2), ERR_OK);
	assert_int_equal(map_put(&m, span_str("c"), 3), ERR_TOO_LARGE);
	assert_int_equal(map_intern(&m, span_str("c"), &value), ERR_TOO_LARGE);
	assert_int_equal(value, 77);
	assert_int_equal(m.n, 2);
	assert_int_equal(map_get(&m, span_str("c")), MAP_NONE);
	assert_int_equal(map_put(&m, span_str("b"), 4), ERR_OK);
	assert_int_equal(map_get(&m, span_str("b")), 4);
	map_fini(&m);
}

static void
interning_numbers_keys_by_first_appearance(void **state)
{
	static const char *const words[] = {"x", "y", "x", "z", "y"};
	static const uint32_t ranks[] = {0, 1, 0, 2, 1};
	struct map m;

	(void)state;
	map_init(&m, 10);
	for (size_t i = 0; i < 5; i++) {
		uint32_t value = MAP_NONE;

		assert_int_equal(map_intern(&m, span_str(words[i]), &value),
		                 ERR_OK);
		assert_int_equal(value, ranks[i]);
	}
	assert_int_equal(m.n, 3);
	map_fini(&m);
}

static void
after_reset_it_is_empty_and_usable(void **state)
{
	struct map m;
	uint32_t value = MAP_NONE;
	char text[24];

	(void)state;
	map_init(&m, 100);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(map_put(&m, key_of(text, i), i), ERR_OK);
	map_reset(&m);
	assert_int_equal(m.n, 0);
	assert_int_equal(map_get(&m, key_of(text, 3)), MAP_NONE);
	assert_int_equal(map_intern(&m, key_of(text, 3), &value), ERR_OK);
	assert_int_equal(value, 0);
	assert_int_equal(map_get(&m, key_of(text, 4)), MAP_NONE);
	map_fini(&m);
}

static void
keys_are_copied(void **state)
{
	char text[] = "abc";
	struct map m;

	(void)state;
	map_init(&m, 10);
	assert_int_equal(map_put(&m, span_str(text), 1), ERR_OK);
	text[0] = 'x';
	assert_int_equal(map_get(&m, span_str("abc")), 1);
	assert_int_equal(map_get(&m, span_str("xbc")), MAP_NONE);
	map_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_map_has_no_key),
	    cmocka_unit_test(a_second_put_replaces_the_value_and_adds_nothing),
	    cmocka_unit_test(the_empty_key_and_zero_bytes_are_keys_like_others),
	    cmocka_unit_test(
	        many_keys_are_found_and_come_in_order_of_insertion),
	    cmocka_unit_test(
	        the_ceiling_holds_and_a_known_key_may_still_change),
	    cmocka_unit_test(interning_numbers_keys_by_first_appearance),
	    cmocka_unit_test(after_reset_it_is_empty_and_usable),
	    cmocka_unit_test(keys_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
