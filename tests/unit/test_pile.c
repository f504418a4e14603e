/* links: services/ctl/pile.c common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/pile.h"
#include "tests/lib/random.h"

static void
what_is_put_last_stands(void **state)
{
	struct pile *p = NULL;
	struct kv *kv;
	struct span value;
	uint64_t n = 0;

	(void)state;
	assert_int_equal(pile_new(&p), ERR_OK);
	kv = pile_kv(p);
	kv_put(kv, span_str("b"), span_str("1"));
	kv_put(kv, span_str("a"), span_str("2"));
	kv_put(kv, span_str("b"), span_str("3"));
	kv_put(kv, span_str("c"), span_str("4"));
	kv_del(kv, span_str("c"));
	kv_del(kv, span_str("d"));
	assert_int_equal(kv_get(kv, span_str("a"), &value), ERR_AGAIN);
	kv->err = ERR_OK;
	assert_int_equal(pile_settle(p), ERR_OK);
	assert_int_equal(kv_count(kv, &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(kv_get(kv, span_str("b"), &value), ERR_OK);
	assert_true(span_equal(value, span_str("3")));
	assert_int_equal(kv_get(kv, span_str("c"), &value), ERR_NOT_FOUND);
	kv_put(kv, span_str("c"), span_str(""));
	kv_del(kv, span_str("b"));
	assert_int_equal(pile_settle(p), ERR_OK);
	assert_int_equal(kv_get(kv, span_str("c"), &value), ERR_OK);
	assert_int_equal(value.len, 0);
	assert_int_equal(kv_get(kv, span_str("b"), &value), ERR_NOT_FOUND);
	pile_free(&p);
	assert_null(p);
}

static void
a_table_is_cleared_alone(void **state)
{
	struct pile *p = NULL;
	struct span value;

	(void)state;
	assert_int_equal(pile_new(&p), ERR_OK);
	kv_put(pile_kv(p), span_str("F1"), span_str("1"));
	kv_put(pile_kv(p), span_str("D1"), span_str("2"));
	pile_clear(p, 'F');
	kv_put(pile_kv(p), span_str("F2"), span_str("3"));
	assert_int_equal(pile_settle(p), ERR_OK);
	assert_int_equal(kv_get(pile_kv(p), span_str("F1"), &value),
	                 ERR_NOT_FOUND);
	assert_int_equal(kv_get(pile_kv(p), span_str("F2"), &value), ERR_OK);
	assert_int_equal(kv_get(pile_kv(p), span_str("D1"), &value), ERR_OK);
	pile_free(&p);
}

static void
keys_are_bounded(void **state)
{
	uint8_t key[PILE_KEY_MAX + 1] = {0};
	struct pile *p = NULL;
	struct kv *kv;

	(void)state;
	assert_int_equal(pile_new(&p), ERR_OK);
	kv = pile_kv(p);
	kv_put(kv, span_of(key, PILE_KEY_MAX), span_str("x"));
	assert_int_equal(kv_err(kv), ERR_OK);
	kv_put(kv, span_of(key, PILE_KEY_MAX + 1), span_str("x"));
	assert_int_equal(kv_err(kv), ERR_TOO_LARGE);
	assert_int_equal(pile_settle(p), ERR_TOO_LARGE);
	pile_free(&p);
}

/* Whatever is written: the same as a sorted array says. */
static void
it_reads_as_any_other_kv(void **state)
{
	uint64_t seed = 20;
	struct kv_mem *mem = NULL;
	struct pile *p = NULL;
	struct span from = span_str("");
	uint8_t last[3];

	(void)state;
	printf("seed %llu\n", (unsigned long long)seed);
	assert_int_equal(kv_mem_new(&mem), ERR_OK);
	assert_int_equal(pile_new(&p), ERR_OK);
	for (int i = 0; i < 5000; i++) {
		uint8_t key[2] = {(uint8_t)below(&seed, 8),
		                  (uint8_t)below(&seed, 256)};
		uint8_t value[4];
		size_t len = below(&seed, 5);

		memset(value, i & 0xff, sizeof(value));
		if (below(&seed, 3) == 0) {
			kv_del(kv_mem_kv(mem), span_of(key, 2));
			kv_del(pile_kv(p), span_of(key, 2));
		} else {
			kv_put(kv_mem_kv(mem), span_of(key, 2),
			       span_of(value, len));
			kv_put(pile_kv(p), span_of(key, 2),
			       span_of(value, len));
		}
	}
	assert_int_equal(pile_settle(p), ERR_OK);
	for (;;) {
		struct span key[2], value[2];
		enum err err =
		    kv_next(kv_mem_kv(mem), from, &key[0], &value[0]);

		assert_int_equal(kv_next(pile_kv(p), from, &key[1], &value[1]),
		                 err);
		if (err != ERR_OK)
			break;
		assert_true(span_equal(key[0], key[1]));
		assert_true(span_equal(value[0], value[1]));
		memcpy(last, key[0].ptr, 2);
		last[2] = 0;
		from = span_of(last, 3);
	}
	kv_mem_free(&mem);
	pile_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_put_last_stands),
	    cmocka_unit_test(a_table_is_cleared_alone),
	    cmocka_unit_test(keys_are_bounded),
	    cmocka_unit_test(it_reads_as_any_other_kv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
