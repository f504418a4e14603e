/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/catalogue.h"
#include "services/aggregate/agg_place.h"
#include "tests/lib/agg_case.h"

#define DEEP_MAX 40

static uint8_t
depth(const struct place *place, const char *map, const char *unit)
{
	const struct catalogue *c = place->catalogue;

	return place_depth(place, catalogue_map(c, span_str(map)),
	                   catalogue_unit(c, span_str(unit)));
}

static bool
has_children(const struct place *place, const char *map, const char *unit)
{
	const struct catalogue *c = place->catalogue;

	return place_has_children(place, catalogue_map(c, span_str(map)),
	                          catalogue_unit(c, span_str(unit)));
}

static void
a_depth_is_the_longest_way_to_the_root_over_all_dates(void **state)
{
	struct catalogue *c = cat_lines_build(fold_country, fold_country_n);
	struct place place;

	(void)state;
	assert_int_equal(place_init(&place, c), ERR_OK);
	assert_int_equal(depth(&place, "old", "land"), 0);
	assert_int_equal(depth(&place, "old", "west"), 2);
	assert_int_equal(depth(&place, "old", "c4"), 3);
	assert_int_equal(depth(&place, "new", "c5"), 2);
	assert_int_equal(depth(&place, "poor", "list"), 0);
	place_fini(&place);
	place_fini(&place);
	catalogue_free(&c);
}

static bool
parts_only(const struct place *place, const char *map, const char *unit)
{
	const struct catalogue *c = place->catalogue;

	return place_parts_only(place, catalogue_map(c, span_str(map)),
	                        catalogue_unit(c, span_str(unit)),
	                        day_of_civil(2025, 12, 31));
}

static void
where_all_parts_of_a_unit_meet_again_nothing_is_derived(void **state)
{
	struct catalogue *c = cat_lines_build(fold_country, fold_country_n);
	struct place place;

	(void)state;
	assert_int_equal(place_init(&place, c), ERR_OK);
	assert_true(parts_only(&place, "new", "far"));
	assert_true(parts_only(&place, "new", "gulf"));
	assert_false(parts_only(&place, "new", "land"));
	assert_false(parts_only(&place, "old", "gulf"));
	place_fini(&place);
	catalogue_free(&c);
}

static void
a_unit_without_a_membership_is_nowhere(void **state)
{
	struct catalogue *c = cat_lines_build(fold_country, fold_country_n);
	struct place place;

	(void)state;
	assert_int_equal(place_init(&place, c), ERR_OK);
	assert_int_equal(depth(&place, "old", "far"), PLACE_NOWHERE);
	assert_int_equal(depth(&place, "new", "north"), PLACE_NOWHERE);
	assert_int_equal(depth(&place, "poor", "land"), PLACE_NOWHERE);
	place_fini(&place);
	catalogue_free(&c);
}

static void
who_has_children_on_any_date_has_children(void **state)
{
	struct catalogue *c = cat_lines_build(fold_country, fold_country_n);
	struct place place;

	(void)state;
	assert_int_equal(place_init(&place, c), ERR_OK);
	assert_true(has_children(&place, "old", "gulf"));
	assert_true(has_children(&place, "old", "west"));
	assert_false(has_children(&place, "new", "west"));
	assert_false(has_children(&place, "old", "c1"));
	place_fini(&place);
	catalogue_free(&c);
}

/* A chain of units beneath a root: u00, u01, ...; numbered downwards or upwards. */
struct chain {
	struct cat_line lines[2 * DEEP_MAX + 4];
	char texts[2 * DEEP_MAX][32];
	size_t n;
};

static void
chain_make(struct chain *k, int depth, bool downwards)
{
	*k = (struct chain){.n = 0};
	for (int i = 0; i <= depth; i++) {
		int at = downwards ? i : depth - i;

		snprintf(k->texts[i], sizeof(k->texts[i]), "u%02d||U|||x", at);
		k->lines[k->n++] = (struct cat_line){CAT_UNIT, k->texts[i]};
	}
	k->lines[k->n++] = (struct cat_line){CAT_MAP, "m|M||u00|grouping"};
	for (int i = 1; i <= depth; i++) {
		char *text = k->texts[DEEP_MAX + i];

		snprintf(text, sizeof(k->texts[0]), "m|u%02d|u%02d", i, i - 1);
		k->lines[k->n++] = (struct cat_line){CAT_MEMBER, text};
	}
}

static void
as_deep_as_may_be_is_folded_whatever_the_order(void **state)
{
	(void)state;
	for (int downwards = 0; downwards < 2; downwards++) {
		struct chain *k = malloc(sizeof(*k));
		struct catalogue *c;
		struct place place;

		assert_non_null(k);
		chain_make(k, MAP_DEPTH_MAX, downwards == 1);
		c = cat_lines_build(k->lines, k->n);
		assert_int_equal(place_init(&place, c), ERR_OK);
		assert_int_equal(depth(&place, "m", "u16"), MAP_DEPTH_MAX);
		place_fini(&place);
		catalogue_free(&c);
		free(k);
	}
}

static enum err
build(const struct cat_line *lines, size_t n, enum err *code)
{
	struct catalogue *c = NULL;
	struct cat_errors errors;
	struct cat_rows rows;
	enum err err;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	cat_lines_rows(&rows, lines, n);
	err = catalogue_build(&c, &rows, NULL, &errors);
	*code = errors.n > 0 ? errors.list[0].code : ERR_OK;
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	catalogue_free(&c);
	return err;
}

static void
deeper_is_refused_where_the_catalogue_is_checked(void **state)
{
	(void)state;
	for (int downwards = 0; downwards < 2; downwards++) {
		struct chain *k = malloc(sizeof(*k));
		enum err code;

		assert_non_null(k);
		chain_make(k, MAP_DEPTH_MAX + 1, downwards == 1);
		assert_int_equal(build(k->lines, k->n, &code), ERR_REFUSED);
		assert_int_equal(code, ERR_TOO_LARGE);
		free(k);
	}
}

/* Each day for itself is in order; together no order of adding up would do. */
static void
over_and_under_on_different_days_is_refused(void **state)
{
	static const struct cat_line lines[] = {
	    {CAT_UNIT, "root||R|||x"},
	    {CAT_UNIT, "a||A|||x"},
	    {CAT_UNIT, "b||B|||x"},
	    {CAT_MAP, "m|M||root|grouping"},
	    {CAT_MEMBER, "m|a|root|||2019-12-31"},
	    {CAT_MEMBER, "m|b|a|||2019-12-31"},
	    {CAT_MEMBER, "m|b|root||2020-01-01|"},
	    {CAT_MEMBER, "m|a|b||2020-01-01|"},
	};
	enum err code;

	(void)state;
	assert_int_equal(build(lines, 8, &code), ERR_REFUSED);
	assert_int_equal(code, ERR_TOO_LARGE);
	assert_int_equal(build(lines, 6, &code), ERR_OK);
}

/* What aggregate would do with one all the same. */
static void
a_place_that_is_too_deep_is_not_made(void **state)
{
	struct cat_unit units[2] = {{.id = "a"}, {.id = "b"}};
	struct cat_map map = {.id = "m", .declared = true};
	struct cat_member members[2] = {{.unit = 1, .parent = 1},
	                                {.unit = 1, .parent = 0}};
	struct catalogue c = {.units = units,
	                      .n_units = 2,
	                      .maps = &map,
	                      .n_maps = 1,
	                      .members = members,
	                      .n_members = 2};
	struct place place;

	(void)state;
	assert_int_equal(place_init(&place, &c), ERR_TOO_LARGE);
	assert_null(place.depth);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_depth_is_the_longest_way_to_the_root_over_all_dates),
	    cmocka_unit_test(
	        where_all_parts_of_a_unit_meet_again_nothing_is_derived),
	    cmocka_unit_test(a_unit_without_a_membership_is_nowhere),
	    cmocka_unit_test(who_has_children_on_any_date_has_children),
	    cmocka_unit_test(as_deep_as_may_be_is_folded_whatever_the_order),
	    cmocka_unit_test(deeper_is_refused_where_the_catalogue_is_checked),
	    cmocka_unit_test(over_and_under_on_different_days_is_refused),
	    cmocka_unit_test(a_place_that_is_too_deep_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
