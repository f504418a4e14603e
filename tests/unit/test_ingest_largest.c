/* links: services/ingest/ingest_largest.c services/ingest/ingest_state.c common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c common/base/map.c common/domain/decimal.c common/domain/arena.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/kv.h"
#include "services/ingest/ingest_largest.h"

struct fixture {
	struct cat_definition definitions[2];
	struct catalogue c;
	struct largest largest;
	struct kv_mem *mem;
	struct kv *kv;
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.largest = {.n = 0}};
	f.definitions[0] = (struct cat_definition){
	    .factor = 100, .decimals = 2, .place = PLACE_RATIO};
	f.definitions[1] = (struct cat_definition){
	    .factor = 1, .decimals = 0, .place = PLACE_WMEAN};
	f.c.definitions = f.definitions;
	f.c.n_definitions = 2;
	assert_int_equal(kv_mem_new(&f.mem), ERR_OK);
	f.kv = kv_mem_kv(f.mem);
	assert_int_equal(largest_resize(&f.largest, &f.c), ERR_OK);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	largest_fini(&f->largest);
	kv_mem_free(&f->mem);
	return 0;
}

static bool
fits(struct fixture *f, uint32_t definition, uint8_t decimals)
{
	struct cat_definition is = f->definitions[definition];

	is.decimals = decimals;
	return largest_fits(&f->largest, definition,
	                    &f->definitions[definition], &is);
}

static void
parts_count_by_their_quotient(void **state)
{
	struct fixture *f = *state;
	/* 900719925.46 %: with a unit more 90071992547 at two decimals */
	struct figure row = {.has = FIGURE_PARTS,
	                     .numerator = INT64_C(-90071992546),
	                     .denominator = 10000};

	largest_take(&f->largest, f->kv, &f->c, &row, 1);
	assert_int_equal(f->largest.sizes[0], INT64_C(90071992547));
	assert_true(fits(f, 0, 2));
	assert_true(fits(f, 0, 6));
	assert_true(fits(f, 0, 1));
	assert_true(fits(f, 0, 7));
	assert_false(fits(f, 0, 8));
}

static void
nothing_was_counted_is_no_size(void **state)
{
	struct fixture *f = *state;
	struct figure row = {.has = FIGURE_PARTS};

	largest_take(&f->largest, f->kv, &f->c, &row, 1);
	assert_int_equal(f->largest.sizes[0], 0);
	assert_true(fits(f, 0, 9));
}

static void
a_weighted_mean_stays_below_10_to_the_12(void **state)
{
	struct fixture *f = *state;
	struct figure rows[] = {
	    {.definition = 1,
	     .has = FIGURE_VALUE | FIGURE_PARTS,
	     .value = 99999999999,
	     .denominator = 7},
	    {.definition = 1, .has = FIGURE_VALUE, .value = -100000000001}};

	largest_take(&f->largest, f->kv, &f->c, rows, 1);
	assert_true(fits(f, 1, 1));
	assert_false(fits(f, 1, 2));
	largest_take(&f->largest, f->kv, &f->c, rows, 2);
	assert_false(fits(f, 1, 1));
}

static void
what_was_seen_is_stored(void **state)
{
	struct fixture *f = *state;
	struct figure row = {.has = FIGURE_VALUE, .value = -4711};

	largest_take(&f->largest, f->kv, &f->c, &row, 1);
	largest_grow(&f->largest, f->kv, 0, 2);
	largest_fini(&f->largest);
	assert_int_equal(largest_resize(&f->largest, &f->c), ERR_OK);
	assert_int_equal(largest_load(&f->largest, f->kv), ERR_OK);
	assert_int_equal(f->largest.sizes[0], 471100);
	assert_int_equal(f->largest.sizes[1], 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(parts_count_by_their_quotient),
	    CASE(nothing_was_counted_is_no_size),
	    CASE(a_weighted_mean_stays_below_10_to_the_12),
	    CASE(what_was_seen_is_stored),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
