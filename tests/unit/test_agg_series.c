/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/ask_agg.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/ask_agg.h"

enum { FOLD_LINES_MAX = 128 };

static void
a_reported_series_tells_all_of_its_figures(void **state)
{
	struct ask_agg *f = *state;

	fold_parts(&f->k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 8})
	    ->document = 0;
	fold_parts(&f->k->in, "pov@b", "c1", "2018", (struct fold_ratio){1, 3})
	    ->status = STATUS_P;
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "pov", "unit", "c1"));
	assert_string_equal(
	    ask_text(&f->ask),
	    "indicator=pov@a unit=c1 unit_name=C1 map=old period=2018 "
	    "value=12.50 reported=12.50 numerator=1 denominator=8 bound== "
	    "status=A source=office state=released document=plan "
	    "released=2019-02-14 received_ms=1000 commit=2\n"
	    "indicator=pov@b unit=c1 unit_name=C1 map=old period=2018 "
	    "value=33.33 reported=33.33 numerator=1 denominator=3 bound== "
	    "status=P source=office state=provisional "
	    "released=2019-02-14 received_ms=1000 commit=2\n");
	ask_rows(&f->ask, "series", ARGS("indicator", "pov@b", "unit", "c1"));
	assert_string_equal(ask_column(&f->ask, "indicator"), "pov@b ");
}

static void
reported_and_rolled_up_stand_side_by_side(void **state)
{
	struct ask_agg *f = *state;

	fold_parts(&f->k->in, "pov@a", "c1", "2018",
	           (struct fold_ratio){1, 10});
	fold_parts(&f->k->in, "pov@a", "west", "2018",
	           (struct fold_ratio){2, 10});
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "pov@a", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "value"), "20.00 ");
	assert_string_equal(ask_column(&f->ask, "rolled_up"), "10.00 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "pov@a", "unit", "land", "map", "old"));
	assert_string_equal(ask_column(&f->ask, "value"), "20.00 ");
	assert_string_equal(ask_column(&f->ask, "state"), "open ");
	assert_string_equal(ask_column(&f->ask, "reported"), " ");
}

/* R6 */
static void
the_map_is_that_of_today_or_of_the_units_last_day(void **state)
{
	struct ask_agg *f = *state;

	fold_tick(&f->k->in, "2022-05-01");
	fold_value(&f->k->in, "road", "c5", "2022", 4);
	fold_value(&f->k->in, "road", "c1", "2018", 4);
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "gulf"));
	assert_string_equal(ask_column(&f->ask, "map"), "new ");
	assert_string_equal(ask_column(&f->ask, "value"), "0.3 ");
	assert_string_equal(ask_column(&f->ask, "derived"), "true ");
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "map"), "old ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "gulf", "map", "old"));
	assert_string_equal(ask_column(&f->ask, "value"), "0.4 ");
}

/* K5, R6a: what was said then, with no map named, is what is said as of then. */
static void
the_map_as_of_a_commit_is_that_of_its_day(void **state)
{
	struct ask_agg *f = *state;

	fold_tick(&f->k->in, "2020-12-31");
	fold_value(&f->k->in, "road", "c5", "2022", 4);
	agg_case_step(f->k); /* 2 */
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "gulf"));
	assert_string_equal(ask_column(&f->ask, "map"), "old ");
	fold_tick(&f->k->in, "2021-01-01");
	agg_case_step(f->k); /* 3 */
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "gulf"));
	assert_string_equal(ask_column(&f->ask, "map"), "new ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "gulf", "as_of", "3"));
	assert_string_equal(ask_column(&f->ask, "map"), "new ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "gulf", "as_of", "2"));
	assert_string_equal(ask_column(&f->ask, "map"), "old ");
}

static void
from_and_to_take_in_the_whole_of_their_periods(void **state)
{
	static const char *const months[] = {"2018-12", "2019-01", "2019-06",
	                                     "2019-12", "2020-01"};
	struct ask_agg *f = *state;

	for (size_t i = 0; i < 5; i++)
		fold_value(&f->k->in, "work", "c1", months[i], 1);
	agg_case_step(f->k);
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "work", "unit", "c1", "from", "2019", "to",
	              "2019"));
	assert_string_equal(ask_column(&f->ask, "period"),
	                    "2019-01 2019-Q1 2019-06 2019-Q2 2019-S1 "
	                    "2019-12 2019-Q4 2019-S2 2019 ");
	assert_string_equal(ask_column(&f->ask, "value"), "1 1 1 1 2 1 1 1 3 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "work", "unit", "c1", "from", "2019-Q4"));
	assert_string_equal(ask_column(&f->ask, "period"),
	                    "2019-12 2019-Q4 2019-S2 2019 2020-01 2020-Q1 "
	                    "2020-S1 2020 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "work", "unit", "c1", "to", "2018"));
	assert_string_equal(ask_column(&f->ask, "period"),
	                    "2018-12 2018-Q4 2018-S2 2018 ");
}

static void
what_could_not_be_formed_says_why(void **state)
{
	struct ask_agg *f = *state;

	fold_value(&f->k->in, "pov@a", "c1", "2018", 700);
	fold_value(&f->k->in, "road", "c1", "2019", 7)->status = STATUS_F;
	fold_row(&f->k->in, "road", "c1", "2020")->status = STATUS_M;
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "pov@a", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "not_formed"),
	                    "c1: no numerator and denominator; c2: no figure ");
	assert_string_equal(ask_column(&f->ask, "value"), "- ");
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "not_formed"),
	                    "c1: forecast only; c2: no figure "
	                    "c1: known to be missing; c2: no figure ");
	/* nobody beneath it reported: no row */
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "east"));
	assert_int_equal(f->ask.q.rows.n_rows, 0);
}

/* A province of 60 communes: the text is cut, not lost. */
static void
why_is_as_long_as_a_text_may_be(void **state)
{
	struct ask_agg *f = *state;
	struct cat_line lines[300];
	char texts[120][40];
	size_t n = fold_country_n;

	memcpy(lines, fold_country, n * sizeof(*lines));
	for (int i = 0; i < 60; i++) {
		snprintf(texts[i], sizeof(texts[i]), "x%02d||X%02d|||commune",
		         i, i);
		lines[n++] = (struct cat_line){CAT_UNIT, texts[i]};
		snprintf(texts[60 + i], sizeof(texts[0]), "old|x%02d|west", i);
		lines[n++] = (struct cat_line){CAT_MEMBER, texts[60 + i]};
	}
	agg_case_apply(f->k, lines, n);
	fold_value(&f->k->in, "pov@a", "x59", "2018", 700);
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "pov@a", "unit", "west"));
	assert_int_equal(strlen(ask_column(&f->ask, "not_formed")),
	                 WIRE_TEXT_MAX + 1);
}

static void
pages_follow_each_other_without_gap_or_repeat(void **state)
{
	struct ask_agg *f = *state;
	unsigned n = 0;
	char seen[600] = "";
	size_t len = 0;

	for (int year = 1990; year < 2020; year++)
		for (int d = 0; d < 2; d++)
			fold_parts(&f->k->in, d == 0 ? "pov@a" : "pov@b", "c1",
			           "2018", (struct fold_ratio){1, 10})
			    ->period = period_of_year(year);
	agg_case_step(f->k);
	ask_begin(&f->ask, 7, ARGS("indicator", "pov", "unit", "c1"));
	do {
		assert_int_equal(ask_page(&f->ask, "series"), ERR_OK);
		assert_in_range(f->ask.q.rows.n_rows, 1, 7);
		n += f->ask.q.rows.n_rows;
		len += (size_t)snprintf(seen + len, sizeof(seen) - len, "%s",
		                        ask_column(&f->ask, "period"));
	} while (ask_next(&f->ask));
	assert_int_equal(n, 60);
	assert_memory_equal(seen, "1990 1990 1991 1991 ", 20);
	assert_string_equal(seen + strlen(seen) - 10, "2019 2019 ");
	/* a page smaller than a period still goes on */
	ask_begin(&f->ask, 1, ARGS("indicator", "pov", "unit", "c1"));
	for (n = 0; n < 30; n++) {
		assert_int_equal(ask_page(&f->ask, "series"), ERR_OK);
		assert_int_equal(f->ask.q.rows.n_rows, 2);
		assert_int_equal(ask_next(&f->ask), n < 29);
	}
}

/* Little to tell of much: what one page looks at is bounded. */
static void
a_page_may_be_empty_and_have_a_next_one(void **state)
{
	struct ask_agg *f = *state;
	unsigned n_pages = 1;

	for (int i = 0; i < 1200; i++)
		fold_value(&f->k->in, "work", "c3", "2018-01", 1)->period =
		    period_shift(fold_period("1990-01"), i);
	agg_case_step(f->k);
	ask_begin(&f->ask, 0, ARGS("indicator", "work", "unit", "west"));
	while (ask_page(&f->ask, "series") == ERR_OK && ask_next(&f->ask)) {
		assert_int_equal(f->ask.q.rows.n_rows, 0);
		n_pages++;
	}
	assert_in_range(n_pages, 2, 4);
}

static void
day_of(struct figure *f, const char *text)
{
	assert_int_equal(day_parse(span_str(text), false, &f->released),
	                 ERR_OK);
}

/* K5 */
static void
as_published_leaves_out_what_was_released_later(void **state)
{
	struct ask_agg *f = *state;

	day_of(fold_value(&f->k->in, "road", "c1", "2019", 7), "2020-02-01");
	day_of(fold_value(&f->k->in, "road", "c2", "2019", 5), "2020-03-01");
	agg_case_step(f->k);
	day_of(fold_value(&f->k->in, "road", "c1", "2019", 9), "2020-06-30");
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "value"), "1.4 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "west", "as_published",
	              "2020-06-29"));
	assert_string_equal(ask_column(&f->ask, "value"), "1.2 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "west", "as_published",
	              "2020-02"));
	assert_string_equal(ask_column(&f->ask, "value"), "0.7 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "west", "as_published",
	              "2020-01-31"));
	assert_string_equal(ask_column(&f->ask, "value"), "");
}

static void
versions_tell_every_assertion_in_order_of_arrival(void **state)
{
	struct ask_agg *f = *state;

	fold_value(&f->k->in, "road", "c1", "2019", 7);
	agg_case_step(f->k);
	fold_value(&f->k->in, "road", "c1", "2019", 8)->status = STATUS_P;
	agg_case_step(f->k);
	fold_delete(&f->k->in, "road", "c1", "2019");
	agg_case_step(f->k);
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "c1", "versions", "yes"));
	assert_string_equal(ask_column(&f->ask, "value"), "0.7 0.8 - ");
	assert_string_equal(ask_column(&f->ask, "version"), "1 2 3 ");
	assert_string_equal(ask_column(&f->ask, "action"), "  delete ");
	assert_string_equal(ask_column(&f->ask, "commit"), "2 3 4 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "c1", "versions", "yes",
	              "as_of", "3"));
	assert_string_equal(ask_column(&f->ask, "version"), "1 2 ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "road", "unit", "c1", "as_of", "3"));
	assert_string_equal(ask_column(&f->ask, "value"), "0.7 ");
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "c1"));
	assert_string_equal(ask_column(&f->ask, "value"), "");
}

static void
a_weighted_mean_has_a_weight_and_no_numerator(void **state)
{
	struct ask_agg *f = *state;
	struct figure *row = fold_value(&f->k->in, "wage", "c1", "2019", 7);

	row->has |= FIGURE_PARTS;
	row->denominator = 3;
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "wage", "unit", "c1"));
	assert_string_equal(ask_column(&f->ask, "value"), "0.7 ");
	assert_string_equal(ask_column(&f->ask, "numerator"), " ");
	assert_string_equal(ask_column(&f->ask, "denominator"), "3 ");
}

/* More versions than a page has rows. */
static void
versions_go_on_from_page_to_page(void **state)
{
	struct ask_agg *f = *state;
	unsigned n = 0;

	for (int i = 0; i < 7; i++) {
		fold_value(&f->k->in, "road", "c1", "2019", i);
		agg_case_step(f->k);
	}
	ask_begin(&f->ask, 3,
	          ARGS("indicator", "road", "unit", "c1", "versions", "yes"));
	do {
		assert_int_equal(ask_page(&f->ask, "series"), ERR_OK);
		n += f->ask.q.rows.n_rows;
		assert_in_range(f->ask.q.rows.n_rows, 1, 3);
	} while (ask_next(&f->ask));
	assert_int_equal(n, 7);
}

static void
before_the_first_catalogue_nothing_was_known(void **state)
{
	struct ask_agg *f = *state;

	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov", "unit", "c1", "as_of", "0"));
	assert_int_equal(ask_page(&f->ask, "series"), ERR_NO_CATALOGUE);
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_BAD_NUMBER, "as_of"},
	            ARGS("indicator", "pov", "unit", "c1", "as_of", "x"));
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_UNKNOWN_POSITION, "as_of"},
	            ARGS("indicator", "pov", "unit", "c1", "as_of", "2"));
	ask_refused(
	    &f->ask, "series",
	    (struct ask_refusal){ERR_BAD_DATE, "as_published"},
	    ARGS("indicator", "pov", "unit", "c1", "as_published", "x"));
}

/* Eighteen months of another definition lie between the denominators. */
static void
a_weight_looks_back_past_the_periods_of_others(void **state)
{
	struct ask_agg *f = *state;
	struct cat_line lines[FOLD_LINES_MAX];
	char month[PERIOD_TEXT_MAX];

	assert_in_range(fold_country_n, 1, FOLD_LINES_MAX - 1);
	memcpy(lines, fold_country, fold_country_n * sizeof(*lines));
	lines[fold_country_n] =
	    (struct cat_line){CAT_REPORTING, "pov@a|commune|old|9|9|1"};
	agg_case_apply(f->k, lines, fold_country_n + 1);
	fold_parts(&f->k->in, "pov@a", "c2", "2018",
	           (struct fold_ratio){1, 50});
	for (int i = 0; i < 18; i++) {
		(void)snprintf(month, sizeof(month), "%d-%02d", 2019 + i / 12,
		               1 + i % 12);
		fold_value(&f->k->in, "work", "c1", month, 7);
	}
	fold_parts(&f->k->in, "pov@a", "c1", "2020",
	           (struct fold_ratio){1, 100});
	agg_case_step(f->k);
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "pov@a", "unit", "west", "map", "old",
	              "from", "2020"));
	assert_string_equal(ask_column(&f->ask, "coverage.weight"),
	                    "0.666667 ");
}

/* R4, R4b: everybody counted may be there, and yet it is open. */
static void
an_open_roll_up_says_why(void **state)
{
	struct ask_agg *f = *state;
	struct cat_line lines[FOLD_LINES_MAX];
	size_t n = fold_country_n;
	unsigned n_open = 0;
	char last[64];

	fold_value(&f->k->in, "road", "c1", "2018", 4);
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "road", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "open"), "nobody_expected ");

	memcpy(lines, fold_country, n * sizeof(*lines));
	lines[n++] =
	    (struct cat_line){CAT_REPORTING, "pov@a|commune|old|9|9|1"};
	lines[n++] = (struct cat_line){CAT_REPORTING, "work|commune|old|9|9|1"};
	agg_case_apply(f->k, lines, n);
	fold_parts(&f->k->in, "pov@a", "c1", "2018",
	           (struct fold_ratio){1, 10});
	fold_parts(&f->k->in, "pov@a", "c5", "2018",
	           (struct fold_ratio){1, 10});
	fold_value(&f->k->in, "work", "c1", "2018-02", 4);
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "pov@a", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "open"), "under_floor ");
	ask_rows(&f->ask, "series",
	         ARGS("indicator", "pov@a", "unit", "land", "map", "new"));
	assert_string_equal(ask_column(&f->ask, "open"), "no_place ");
	ask_begin(&f->ask, 0, ARGS("indicator", "work", "unit", "west"));
	do {
		assert_int_equal(ask_page(&f->ask, "series"), ERR_OK);
		n_open += f->ask.q.rows.n_rows;
		(void)snprintf(last, sizeof(last), "%s",
		               ask_column(&f->ask, "open"));
	} while (ask_next(&f->ask));
	assert_int_equal(n_open, 4); /* a month, and all that hold it */
	assert_non_null(strstr(last, "partial "));

	fold_parts(&f->k->in, "pov@a", "c2", "2018",
	           (struct fold_ratio){1, 10});
	agg_case_step(f->k);
	ask_rows(&f->ask, "series", ARGS("indicator", "pov@a", "unit", "west"));
	assert_string_equal(ask_column(&f->ask, "state"), "released ");
	assert_string_equal(ask_column(&f->ask, "open"), " ");
}

static void
a_wrong_argument_is_named(void **state)
{
	struct ask_agg *f = *state;

	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_UNKNOWN_INDICATOR, "indicator"},
	            ARGS("indicator", "nothing", "unit", "c1"));
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_UNKNOWN_UNIT, "unit"},
	            ARGS("indicator", "pov", "unit", "nobody"));
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, "map"},
	            ARGS("indicator", "pov", "unit", "c1", "map", "none"));
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_BAD_PERIOD, "from"},
	            ARGS("indicator", "pov", "unit", "c1", "from", "soon"));
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_BAD_PERIOD, "to"},
	            ARGS("indicator", "pov", "unit", "c1", "to", "2019-Q5"));
	ask_refused(&f->ask, "series",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, "args"},
	            ARGS("indicator", "pov", "unit", "c1", "form", "2019"));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, ask_agg_setup, ask_agg_teardown)
	const struct CMUnitTest tests[] = {
	    T(a_reported_series_tells_all_of_its_figures),
	    T(reported_and_rolled_up_stand_side_by_side),
	    T(the_map_is_that_of_today_or_of_the_units_last_day),
	    T(the_map_as_of_a_commit_is_that_of_its_day),
	    T(from_and_to_take_in_the_whole_of_their_periods),
	    T(what_could_not_be_formed_says_why),
	    T(why_is_as_long_as_a_text_may_be),
	    T(pages_follow_each_other_without_gap_or_repeat),
	    T(a_page_may_be_empty_and_have_a_next_one),
	    T(as_published_leaves_out_what_was_released_later),
	    T(versions_tell_every_assertion_in_order_of_arrival),
	    T(a_weighted_mean_has_a_weight_and_no_numerator),
	    T(versions_go_on_from_page_to_page),
	    T(before_the_first_catalogue_nothing_was_known),
	    T(a_weight_looks_back_past_the_periods_of_others),
	    T(an_open_roll_up_says_why),
	    T(a_wrong_argument_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
