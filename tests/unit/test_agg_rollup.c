/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/rollup.h"
#include "tests/lib/agg_case.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"

#define NORTH_2018 ((struct agg_place_of){"old", "north", "2018"})
#define LAND_2018  ((struct agg_place_of){"old", "land", "2018"})

static void
adds_up(struct agg_case *k)
{
	same_as_added_up(&k->in, fold_node_state(&k->node));
}

static void
assert_parts(struct agg_case *k, const char *definition, struct agg_place_of of,
             int64_t numerator, int64_t denominator)
{
	struct rollup r;

	assert_true(agg_case_rollup(k, definition, of, &r));
	assert_true(r.sum == (i128)numerator * WEIGHT_ONE);
	assert_true(r.sum_weight == (i128)denominator * WEIGHT_ONE);
}

static unsigned
rollups_emitted(struct agg_case *k)
{
	struct rollups_reader reader;
	struct span record;

	if (!fold_node_record(&k->node, RECORD_ROLLUPS, 0, &record))
		return 0;
	assert_int_equal(rollups_open(record, &reader), ERR_OK);
	return reader.left;
}

/* R1 */
static void
a_commune_counts_in_all_that_contain_it_on_the_last_day(void **state)
{
	struct agg_case *k = *state;
	struct rollup r;

	fold_parts(&k->in, "pov@a", "c4", "2019", (struct fold_ratio){1, 10});
	fold_parts(&k->in, "pov@a", "c4", "2020", (struct fold_ratio){2, 20});
	agg_case_step(k);
	assert_parts(k, "pov@a", (struct agg_place_of){"old", "gulf", "2019"},
	             1, 10);
	assert_parts(k, "pov@a", (struct agg_place_of){"old", "east", "2020"},
	             2, 20);
	assert_parts(k, "pov@a", (struct agg_place_of){"poor", "list", "2020"},
	             2, 20);
	assert_false(agg_case_rollup(
	    k, "pov@a", (struct agg_place_of){"old", "east", "2019"}, &r));
	adds_up(k);
}

static void
a_province_that_reports_hides_its_communes_once(void **state)
{
	struct agg_case *k = *state;

	fold_parts(&k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 10});
	fold_parts(&k->in, "pov@a", "c2", "2018", (struct fold_ratio){2, 10});
	fold_parts(&k->in, "pov@a", "c3", "2018", (struct fold_ratio){4, 10});
	agg_case_step(k);
	assert_parts(k, "pov@a", NORTH_2018, 7, 30);
	fold_parts(&k->in, "pov@a", "west", "2018", (struct fold_ratio){5, 25});
	agg_case_step(k);
	assert_parts(k, "pov@a", NORTH_2018, 9, 35);
	assert_parts(k, "pov@a", LAND_2018, 9, 35);
	assert_parts(k, "pov@a", (struct agg_place_of){"old", "west", "2018"},
	             3, 20);
	/* a commune beneath it changes nothing above it */
	fold_parts(&k->in, "pov@a", "c1", "2018", (struct fold_ratio){3, 10});
	agg_case_step(k);
	assert_int_equal(rollups_emitted(k), 2); /* west, and the list */
	assert_parts(k, "pov@a", NORTH_2018, 9, 35);
	fold_delete(&k->in, "pov@a", "west", "2018");
	agg_case_step(k);
	assert_parts(k, "pov@a", NORTH_2018, 9, 30);
	adds_up(k);
}

/* R2 */
static void
a_figure_without_the_parts_hides_nothing(void **state)
{
	struct agg_case *k = *state;

	fold_parts(&k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 10});
	fold_value(&k->in, "pov@a", "west", "2018", 9999);
	agg_case_step(k);
	assert_parts(k, "pov@a", NORTH_2018, 1, 10);
	adds_up(k);
}

static void
a_forecast_never_contributes(void **state)
{
	struct agg_case *k = *state;
	struct rollup r;

	fold_parts(&k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 10})
	    ->status = STATUS_F;
	fold_row(&k->in, "pov@a", "c2", "2018")->status = STATUS_M;
	agg_case_step(k);
	assert_false(agg_case_rollup(k, "pov@a", NORTH_2018, &r));
	assert_int_equal(k->a.digest.n_rollups, 0);
	assert_int_equal(k->a.digest.n_figures, 2);
}

static void
the_worst_status_goes_up(void **state)
{
	struct agg_case *k = *state;
	struct rollup r;

	fold_parts(&k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 10});
	fold_parts(&k->in, "pov@a", "c2", "2018", (struct fold_ratio){1, 10})
	    ->status = STATUS_E;
	fold_parts(&k->in, "pov@a", "c3", "2018", (struct fold_ratio){1, 10})
	    ->status = STATUS_P;
	agg_case_step(k);
	assert_true(agg_case_rollup(k, "pov@a", NORTH_2018, &r));
	assert_int_equal(r.n_by_status[STATUS_A], 0);
	assert_int_equal(r.n_by_status[STATUS_P], 1);
	assert_int_equal(r.n_by_status[STATUS_E], 1);
	assert_int_equal(rollup_status(&r), STATUS_E);
}

/* A1, R6 */
static void
a_divided_unit_is_derived_and_its_parts_add_up(void **state)
{
	struct agg_case *k = *state;
	struct rollup far, gulf, land;

	fold_value(&k->in, "road", "c5", "2022", 7);
	agg_case_step(k);
	assert_true(agg_case_rollup(
	    k, "road", (struct agg_place_of){"new", "far", "2022"}, &far));
	assert_true(agg_case_rollup(
	    k, "road", (struct agg_place_of){"new", "gulf", "2022"}, &gulf));
	assert_true(agg_case_rollup(
	    k, "road", (struct agg_place_of){"new", "land", "2022"}, &land));
	assert_true(far.sum == 1750000 && gulf.sum == 5250000);
	assert_true(land.sum == 7 * WEIGHT_ONE);
	assert_int_equal(far.n_derived, 1);
	assert_int_equal(land.n_derived, 2);
	adds_up(k);
}

static void
definitions_of_two_pages_do_not_meet(void **state)
{
	struct agg_case *k = *state;
	struct cat_line lines[200];
	char texts[130][64];
	size_t n = fold_country_n;
	struct rollup r;

	memcpy(lines, fold_country, n * sizeof(*lines));
	for (int i = 0; i < 130; i++) {
		snprintf(texts[i], sizeof(texts[i]),
		         "more-%03d||More||km|0||up|||||||sum|sum||A", i);
		lines[n++] = (struct cat_line){CAT_INDICATOR, texts[i]};
	}
	agg_case_apply(k, lines, n);
	for (uint32_t d = 0; d < k->in.catalogue->n_definitions; d++)
		fold_value(&k->in, "road", "c1", "2018", 1 + d)->definition = d;
	agg_case_step(k);
	for (uint32_t d = 60; d < 70; d++) {
		const char *id = k->in.catalogue->definitions[d].id;

		assert_true(agg_case_rollup(k, id, LAND_2018, &r));
		assert_true(r.sum == (i128)(1 + d) * WEIGHT_ONE);
	}
	assert_int_equal(agg_block(PAGE_DEFINITIONS - 1), 0);
	assert_int_equal(agg_block(PAGE_DEFINITIONS), 1);
	adds_up(k);
	/* the last of the first page and the first of the second, alone */
	for (uint32_t d = 63; d <= 64; d++)
		fold_delete(&k->in, "road", "c1", "2018")->definition = d;
	agg_case_step(k);
	assert_false(agg_case_rollup(k, k->in.catalogue->definitions[63].id,
	                             LAND_2018, &r));
	assert_false(agg_case_rollup(k, k->in.catalogue->definitions[64].id,
	                             LAND_2018, &r));
	adds_up(k);
}

/* G3, after every commit. */
static void
what_is_kept_up_to_date_is_what_is_added_up_anew(void **state)
{
	struct agg_case *k = *state;
	uint64_t seed = 42;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 60; i++) {
		assert_int_equal(
		    fold_node_step(&k->node, fold_random(&k->in, &seed, 30)),
		    ERR_OK);
		adds_up(k);
	}
	assert_int_equal(fold_node_step(&k->node, fold_withdraw(&k->in)),
	                 ERR_OK);
	adds_up(k);
	assert_int_equal(k->a.digest.n_rollups, 0);
}

/* c6 is divided where zone comes first, but for its id; rate is a monthly mean. */
static const struct cat_line divided[] = {
    {CAT_UNIT, "zone||Zone|||group"},
    {CAT_UNIT, "area||Area|||group"},
    {CAT_MEMBER, "poor|zone|list"},
    {CAT_MEMBER, "poor|area|list"},
    {CAT_MEMBER, "poor|c6|zone|400000"},
    {CAT_MEMBER, "poor|c6|area|600000"},
    {CAT_INDICATOR, "rate||Rate||%|2|100|down|||||||ratio|mean||M"},
};
enum { DIVIDED = sizeof(divided) / sizeof(*divided) };

static void
apply_divided(struct agg_case *k)
{
	size_t n = fold_country_n;
	struct cat_line *lines = calloc(n + DIVIDED, sizeof(*lines));

	assert_non_null(lines);
	memcpy(lines, fold_country, n * sizeof(*lines));
	memcpy(lines + n, divided, sizeof(divided));
	agg_case_apply(k, lines, n + DIVIDED);
	free(lines);
}

static void
assert_millionths(struct agg_case *k, const char *unit, int64_t sum,
                  int64_t weight)
{
	struct rollup r;

	assert_true(agg_case_rollup(
	    k, "rate", (struct agg_place_of){"poor", unit, "2019-Q1"}, &r));
	assert_true(r.sum == sum);
	assert_true(r.sum_weight == weight);
}

/* R1d, R1f: 2/3 and two 0/0; area has the first 600,000 millionths. Then with 1/4
 * and 0/0: a part of the new, not of what it is more. */
static void
parts_of_a_mean_add_up_beneath_a_divided_unit(void **state)
{
	struct agg_case *k = *state;

	apply_divided(k);
	fold_parts(&k->in, "rate", "c6", "2019-01", (struct fold_ratio){2, 3});
	fold_parts(&k->in, "rate", "c6", "2019-02", (struct fold_ratio){0, 0});
	fold_parts(&k->in, "rate", "c6", "2019-03", (struct fold_ratio){0, 0});
	agg_case_step(k);
	assert_millionths(k, "area", 400000, 600000);
	assert_millionths(k, "zone", 266667, 400000);
	assert_millionths(k, "list", 666667, 1000000);
	adds_up(k);
	fold_parts(&k->in, "rate", "c6", "2019-02", (struct fold_ratio){1, 4});
	agg_case_step(k);
	assert_millionths(k, "area", 600000, 1399999);
	assert_millionths(k, "zone", 400000, 933334);
	assert_millionths(k, "list", 1000000, 2333333);
	/* 5/3 of 9/3 */
	fold_parts(&k->in, "rate", "c6", "2019-01", (struct fold_ratio){2, 2});
	fold_parts(&k->in, "rate", "c6", "2019-03", (struct fold_ratio){2, 3});
	agg_case_step(k);
	assert_millionths(k, "area", 1000000, 1800000);
	assert_millionths(k, "zone", 666667, 1200000);
	assert_millionths(k, "list", 1666667, 3000000);
	adds_up(k);
}

/* R1, R4: months, quarters, halves and years of one series, in any order. */
static void
years_kept_up_to_date_are_those_added_up_anew(void **state)
{
	struct agg_case *k = *state;
	struct cat_line *lines =
	    calloc(fold_country_n + fold_timed_n, sizeof(*lines));
	uint64_t seed = 4711;

	print_message("seed %llu\n", (unsigned long long)seed);
	assert_non_null(lines);
	memcpy(lines, fold_country, fold_country_n * sizeof(*lines));
	memcpy(lines + fold_country_n, fold_timed,
	       fold_timed_n * sizeof(*lines));
	agg_case_apply(k, lines, fold_country_n + fold_timed_n);
	free(lines);
	for (int i = 0; i < 80; i++) {
		assert_int_equal(
		    fold_node_step(&k->node, fold_random(&k->in, &seed,
		                                         i % 4 == 0 ? 80 : 12)),
		    ERR_OK);
		adds_up(k);
	}
	assert_int_equal(fold_node_step(&k->node, fold_withdraw(&k->in)),
	                 ERR_OK);
	adds_up(k);
	assert_int_equal(k->a.digest.n_rollups, 0);
	assert_true(k->a.digest.rollups == 0);
}

/* What goes out is what lies there: a reader of the journal knows every row. */
static void
the_journal_says_every_change_of_a_rollup(void **state)
{
	struct agg_case *k = *state;
	struct rollups_reader reader;
	struct rollup row, kept;
	struct span record;
	uint64_t seed = 7;
	bool found;

	for (int i = 0; i < 20; i++) {
		uint64_t before = k->a.digest.rollups;

		assert_int_equal(
		    fold_node_step(&k->node, fold_random(&k->in, &seed, 30)),
		    ERR_OK);
		if (!fold_node_record(&k->node, RECORD_ROLLUPS, 0, &record)) {
			assert_true(k->a.digest.rollups == before);
			continue;
		}
		assert_int_equal(rollups_open(record, &reader), ERR_OK);
		while (reader.left > 0) {
			assert_int_equal(rollups_next(&reader, &row), ERR_OK);
			assert_int_equal(
			    agg_rollup_get(
			        fold_node_state(&k->node),
			        (struct agg_at){.map = row.map,
			                        .definition = row.definition,
			                        .unit = row.unit,
			                        .period = row.period},
			        &kept, &found),
			    ERR_OK);
			assert_int_equal(found, !rollup_empty(&row));
			if (found)
				assert_true(rollup_hash(&row) ==
				            rollup_hash(&kept));
		}
	}
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, agg_case_setup, agg_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_commune_counts_in_all_that_contain_it_on_the_last_day),
	    T(a_province_that_reports_hides_its_communes_once),
	    T(a_figure_without_the_parts_hides_nothing),
	    T(a_forecast_never_contributes),
	    T(the_worst_status_goes_up),
	    T(a_divided_unit_is_derived_and_its_parts_add_up),
	    T(definitions_of_two_pages_do_not_meet),
	    T(what_is_kept_up_to_date_is_what_is_added_up_anew),
	    T(parts_of_a_mean_add_up_beneath_a_divided_unit),
	    T(years_kept_up_to_date_are_those_added_up_anew),
	    T(the_journal_says_every_change_of_a_rollup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
