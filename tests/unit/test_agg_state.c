/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/record.h"
#include "services/aggregate/agg_state.h"
#include "tests/lib/agg_case.h"

struct table {
	struct kv_mem *mem;
	struct kv *kv;
	struct buf scratch;
};

static int
setup(void **state)
{
	struct table *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_int_equal(kv_mem_new(&t->mem), ERR_OK);
	t->kv = kv_mem_kv(t->mem);
	buf_init(&t->scratch, KV_VALUE_MAX);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct table *t = *state;

	kv_mem_free(&t->mem);
	buf_fini(&t->scratch);
	free(t);
	return 0;
}

static struct figure
a_figure(uint32_t definition)
{
	return (struct figure){.definition = definition,
	                       .unit = 7,
	                       .period = period_of_year(2020),
	                       .has = FIGURE_VALUE,
	                       .value = 100 + (int64_t)definition,
	                       .document = NUMBER_NONE,
	                       .commit = 3};
}

static struct rollup
a_rollup(uint32_t definition)
{
	return (struct rollup){.map = 2,
	                       .definition = definition,
	                       .unit = 7,
	                       .period = period_of_year(2020),
	                       .sum = WEIGHT_ONE,
	                       .n_by_status = {1, 0, 0}};
}

static struct agg_key
figures_key(uint32_t block)
{
	return agg_key_page((struct agg_gens){0}, period_of_year(2020), 7,
	                    block);
}

static struct agg_key
rollups_key(void)
{
	return agg_key_rollups((struct agg_gens){0}, 2, period_of_year(2020), 7,
	                       0);
}

static void
keys_sort_as_their_numbers(void **state)
{
	struct agg_key low =
	    agg_key_page((struct agg_gens){0}, period_of_year(2019), 900, 9);
	struct agg_key high =
	    agg_key_page((struct agg_gens){0}, period_of_year(2020), 1, 0);
	struct agg_key table = agg_key_single(AGG_FIGURES);

	(void)state;
	assert_true(span_compare(agg_key_span(&low), agg_key_span(&high)) < 0);
	assert_true(span_compare(agg_key_span(&table), agg_key_span(&low)) < 0);
	low = agg_key_rollups((struct agg_gens){0}, 1, period_of_year(2020),
	                      255, 1);
	high = agg_key_rollups((struct agg_gens){0}, 1, period_of_year(2020),
	                       256, 0);
	assert_true(span_compare(agg_key_span(&low), agg_key_span(&high)) < 0);
}

static void
receipts_of_one_commit_stand_together(void **state)
{
	struct batch_id id = {.producer = span_str("a"), .epoch = 1};
	struct batch_id other = {.producer = span_str("b"), .epoch = 1};
	struct agg_key a = agg_key_receipt(5, &id);
	struct agg_key b = agg_key_receipt(5, &other);
	struct agg_key next = agg_key_receipt(6, &id);

	(void)state;
	assert_false(span_equal(agg_key_span(&a), agg_key_span(&b)));
	assert_memory_equal(a.bytes, b.bytes, 9);
	assert_true(span_compare(agg_key_span(&b), agg_key_span(&next)) < 0);
}

static void
an_absent_page_is_empty(void **state)
{
	struct agg_key key = figures_key(0);
	struct table *t = *state;
	struct figure_page page;
	struct rollup_page rollups;

	assert_int_equal(figure_page_load(t->kv, &key, &page), ERR_OK);
	assert_int_equal(page.n, 0);
	key = rollups_key();
	assert_int_equal(rollup_page_load(t->kv, &key, &rollups), ERR_OK);
	assert_int_equal(rollups.n, 0);
}

/* As many rows as definitions of a block, put in from both ends. */
static void
a_full_page_is_read_back_in_order(void **state)
{
	struct agg_key key = figures_key(1);
	struct table *t = *state;
	struct figure_page page = {.n = 0};

	for (uint32_t i = 0; i < PAGE_DEFINITIONS; i++) {
		uint32_t definition =
		    PAGE_DEFINITIONS + (i % 2 == 0 ? i / 2 : 63 - i / 2);
		struct figure f = a_figure(definition);

		*figure_page_make(&page, &f) = f;
		assert_ptr_equal(figure_page_make(&page, &f),
		                 figure_page_find(&page, definition));
	}
	assert_int_equal(page.n, PAGE_DEFINITIONS);
	page.rows[5].flags = AGG_HISTORY;
	page.rows[6].action = ACTION_DELETE;
	page.rows[6].has = 0;
	figure_page_store(t->kv, &key, &page, &t->scratch);
	assert_int_equal(figure_page_load(t->kv, &key, &page), ERR_OK);
	assert_int_equal(page.n, PAGE_DEFINITIONS);
	for (uint32_t i = 0; i < page.n; i++)
		assert_int_equal(page.rows[i].definition, PAGE_DEFINITIONS + i);
	assert_int_equal(page.rows[5].flags, AGG_HISTORY);
	assert_int_equal(page.rows[6].action, ACTION_DELETE);
	assert_null(figure_page_find(&page, PAGE_DEFINITIONS - 1));
	assert_null(figure_page_find(&page, 2 * PAGE_DEFINITIONS));
}

static void
a_page_of_too_many_rows_is_damage(void **state)
{
	struct agg_key key = figures_key(0);
	struct table *t = *state;
	struct figures_writer w;
	struct figure_page page;

	for (uint32_t n = PAGE_DEFINITIONS; n <= PAGE_DEFINITIONS + 1; n++) {
		buf_reset(&t->scratch);
		figures_write_begin(&w, &t->scratch, n);
		for (uint32_t i = 0; i < n; i++) {
			struct figure f = a_figure(i);

			figures_write_row(&w, &f);
		}
		kv_put(t->kv, agg_key_span(&key), buf_span(&t->scratch));
		assert_int_equal(figure_page_load(t->kv, &key, &page),
		                 n <= PAGE_DEFINITIONS ? ERR_OK : ERR_CORRUPT);
	}
}

static void
bytes_that_are_no_page_are_damage(void **state)
{
	struct agg_key key = figures_key(0);
	struct table *t = *state;
	struct rollup_page rollups;
	struct figure_page page;
	struct figure f;
	bool found;

	kv_put(t->kv, agg_key_span(&key), span_str("x"));
	assert_int_equal(figure_page_load(t->kv, &key, &page), ERR_CORRUPT);
	assert_int_equal(
	    agg_figure_get(t->kv,
	                   (struct agg_at){.definition = 3,
	                                   .unit = 7,
	                                   .period = period_of_year(2020)},
	                   &f, &found),
	    ERR_CORRUPT);
	kv_put(t->kv, agg_key_span(&key), span_of("\006\001\002\020", 4));
	assert_int_equal(figure_page_load(t->kv, &key, &page), ERR_CORRUPT);
	key = rollups_key();
	kv_put(t->kv, agg_key_span(&key), span_str("\007\001"));
	assert_int_equal(rollup_page_load(t->kv, &key, &rollups), ERR_CORRUPT);
}

static void
a_rollup_without_contributions_is_left_out(void **state)
{
	struct agg_key key = rollups_key();
	struct table *t = *state;
	struct rollup_page page = {.n = 0};
	struct rollup a = a_rollup(1), b = a_rollup(2), got;
	bool found;

	*rollup_page_make(&page, &b) = b;
	*rollup_page_make(&page, &a) = a;
	assert_int_equal(page.rows[0].definition, 1);
	rollup_page_make(&page, &a)->n_by_status[STATUS_A] = 0;
	assert_true(rollup_empty(rollup_page_find(&page, 1)));
	rollup_page_store(t->kv, &key, &page, &t->scratch);
	assert_int_equal(
	    agg_rollup_get(t->kv,
	                   (struct agg_at){.map = 2,
	                                   .definition = 1,
	                                   .unit = 7,
	                                   .period = period_of_year(2020)},
	                   &got, &found),
	    ERR_OK);
	assert_false(found);
	assert_int_equal(
	    agg_rollup_get(t->kv,
	                   (struct agg_at){.map = 2,
	                                   .definition = 2,
	                                   .unit = 7,
	                                   .period = period_of_year(2020)},
	                   &got, &found),
	    ERR_OK);
	assert_true(found && got.sum == WEIGHT_ONE);
}

static void
a_page_without_rollups_is_no_more(void **state)
{
	struct agg_key key = rollups_key();
	struct table *t = *state;
	struct rollup_page page = {.n = 0};
	struct rollup a = a_rollup(1);
	uint64_t n;

	*rollup_page_make(&page, &a) = a;
	rollup_page_store(t->kv, &key, &page, &t->scratch);
	assert_int_equal(kv_count(t->kv, &n), ERR_OK);
	assert_int_equal(n, 1);
	page.rows[0].n_by_status[STATUS_A] = 0;
	rollup_page_store(t->kv, &key, &page, &t->scratch);
	assert_int_equal(kv_count(t->kv, &n), ERR_OK);
	assert_int_equal(n, 0);
}

static void
a_withdrawn_figure_is_not_found(void **state)
{
	struct agg_key key = figures_key(0);
	struct table *t = *state;
	struct figure_page page = {.n = 0};
	struct figure f = a_figure(3), got;
	bool found;

	f.action = ACTION_DELETE;
	f.has = 0;
	*figure_page_make(&page, &f) = f;
	figure_page_store(t->kv, &key, &page, &t->scratch);
	assert_int_equal(
	    agg_figure_get(t->kv,
	                   (struct agg_at){.definition = 3,
	                                   .unit = 7,
	                                   .period = period_of_year(2020)},
	                   &got, &found),
	    ERR_OK);
	assert_false(found);
}

static void
versions_are_as_many_as_may_be_and_no_more(void **state)
{
	struct table *t = *state;
	struct version_list list = {0};
	struct figure f = a_figure(3);

	for (uint32_t i = 0; i < VERSIONS_MAX; i++) {
		f.row = i;
		assert_int_equal(version_list_add(&list, &f), ERR_OK);
	}
	assert_int_equal(version_list_add(&list, &f), ERR_TOO_LARGE);
	version_list_store(t->kv, (struct agg_gens){0}, &list, &t->scratch);
	list.n = 0;
	f.flags = AGG_HISTORY;
	assert_int_equal(
	    version_list_load(t->kv, (struct agg_gens){0}, &f, &list), ERR_OK);
	assert_int_equal(list.n, VERSIONS_MAX);
	assert_int_equal(list.rows[VERSIONS_MAX - 1].row, VERSIONS_MAX - 1);
	assert_int_equal(list.rows[0].flags, 0);
	version_list_fini(&list);
}

static void
a_figure_without_older_versions_is_its_own_list(void **state)
{
	struct table *t = *state;
	struct version_list list = {0};
	struct figure f = a_figure(3);

	assert_int_equal(
	    version_list_load(t->kv, (struct agg_gens){0}, &f, &list), ERR_OK);
	assert_int_equal(list.n, 1);
	f.flags = AGG_HISTORY; /* but there is no list */
	assert_int_equal(
	    version_list_load(t->kv, (struct agg_gens){0}, &f, &list),
	    ERR_CORRUPT);
	version_list_fini(&list);
}

static void
periods_are_walked_in_order(void **state)
{
	static const int years[] = {2021, 2019, 2020};
	struct table *t = *state;
	struct period at = {0};

	for (int i = 0; i < 3; i++) {
		struct agg_key key = agg_key_period(period_of_year(years[i]));

		kv_put(t->kv, agg_key_span(&key), span_of("", 0));
	}
	kv_put(t->kv, span_str("Q"), span_of("", 0));
	for (int year = 2019; year <= 2021; year++) {
		assert_int_equal(
		    agg_period_next(t->kv, (struct period){at.code + 1}, &at),
		    ERR_OK);
		assert_int_equal(at.code, period_of_year(year).code);
	}
	assert_int_equal(
	    agg_period_next(t->kv, (struct period){at.code + 1}, &at), ERR_OK);
	assert_int_equal(at.code, 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(keys_sort_as_their_numbers),
	    T(receipts_of_one_commit_stand_together),
	    T(an_absent_page_is_empty),
	    T(a_full_page_is_read_back_in_order),
	    T(a_page_of_too_many_rows_is_damage),
	    T(bytes_that_are_no_page_are_damage),
	    T(a_rollup_without_contributions_is_left_out),
	    T(a_page_without_rollups_is_no_more),
	    T(a_withdrawn_figure_is_not_found),
	    T(versions_are_as_many_as_may_be_and_no_more),
	    T(a_figure_without_older_versions_is_its_own_list),
	    T(periods_are_walked_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
