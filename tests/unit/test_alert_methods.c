/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_alert.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/alert_query.h"
#include "tests/lib/ask_alert.h"

/* prog/fall: from 30.00 in 2015 to at most 10.00 by 2025; today 2019-06-01. */

static void
asked(struct ask_alert *f, uint64_t max, const char *const *args)
{
	ask_begin(&f->ask, max, args);
	assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
}

static void
column_is(struct ask_alert *f, const char *name, const char *text)
{
	assert_string_equal(ask_column(&f->ask, name), text);
}

static void
series(struct ask_alert *f, const char *unit, int64_t y16, int64_t y17,
       int64_t y18)
{
	alert_case_value(f->k, "pov@a", unit, "2016", y16);
	alert_case_value(f->k, "pov@a", unit, "2017", y17);
	alert_case_value(f->k, "pov@a", unit, "2018", y18);
}

static void
all_methods_stand_beside_a_verdict(void **state)
{
	struct ask_alert *f = *state;

	series(f, "c1", 2800, 2600, 2400);
	asked(f, 0,
	      ARGS("target", "prog/fall", "unit", "c1", "methods", "all"));
	column_is(f, "verdict", "on-track ");
	column_is(f, "methods.path.value", "1.000000 ");
	column_is(f, "methods.path.category", "on_path ");
	column_is(f, "methods.path.verdict", "on-track ");
	column_is(f, "methods.step.value", "2.000000 ");
	column_is(f, "methods.step.verdict", "on-track ");
	column_is(f, "methods.required-rate.value", "1.000000 ");
	column_is(f, "methods.required-rate.category", "rate_suffices ");
	/* (24/30)^(1/3) - 1 = -0.0716822, (10/30)^(1/10) - 1 = -0.1040420 */
	column_is(f, "methods.eurostat.value", "0.688977 ");
	column_is(f, "methods.eurostat.category", "moderate_progress ");
	column_is(f, "methods.eurostat.verdict", "at-risk ");
	column_is(f, "methods.opensdg.value", "0.688977 ");
	column_is(f, "methods.opensdg.category",
	          "progress_needs_acceleration ");
	column_is(f, "methods.opensdg.verdict", "at-risk ");
	column_is(f, "methods.opensdg.refused", " ");
	column_is(f, "projected_period", "2025 ");
	column_is(f, "projection.ols", "2025 ");
	column_is(f, "projection.theil_sen", "2025 ");
	column_is(f, "projection.low", " "); /* a range needs four */
}

static void
the_methods_asked_for_and_no_others(void **state)
{
	struct ask_alert *f = *state;

	series(f, "c1", 2800, 2600, 2400);
	asked(f, 0,
	      ARGS("target", "prog/fall", "unit", "c1", "methods",
	           "opensdg,path"));
	column_is(f, "methods.path.verdict", "on-track ");
	column_is(f, "methods.opensdg.verdict", "at-risk ");
	column_is(f, "methods.eurostat.verdict", " ");
	column_is(f, "methods.step.verdict", " ");
	asked(f, 0, ARGS("target", "prog/fall", "unit", "c1"));
	column_is(f, "methods.path.verdict", " ");
	column_is(f, "projected_period", "2025 ");
	column_is(f, "projection.ols", " ");
}

static void
four_figures_give_a_range(void **state)
{
	struct ask_alert *f = *state;

	alert_case_value(f->k, "pov@a", "c1", "2015", 3000);
	series(f, "c1", 2700, 2700, 2400);
	asked(f, 0,
	      ARGS("target", "prog/fall", "unit", "c1", "methods", "path"));
	/* Slopes 0, -1.5, -1.5, -2, -3, -3: through (2016.5, 27.00). Median
	 * -1.75: 10.00 after 9.7 years; -3: after 5.7; 0: never. */
	column_is(f, "projected_period", "2027 ");
	column_is(f, "projection.theil_sen", "2027 ");
	column_is(f, "projection.low", "2023 ");
	column_is(f, "projection.high", " ");
	/* -1.8 a year through (2016.5, 27.00): 9.4 years */
	column_is(f, "projection.ols", "2026 ");
}

static void
forecasts_are_no_part_of_a_projection(void **state)
{
	struct ask_alert *f = *state;
	struct figure *row;

	alert_case_value(f->k, "pov@a", "c1", "2016", 2800);
	alert_case_value(f->k, "pov@a", "c1", "2018", 2400);
	row = fold_value(&f->k->up->in, "pov@a", "c1", "2017", 2600);
	row->status = STATUS_F;
	alert_case_step(f->k);
	asked(f, 0, ARGS("target", "prog/fall", "unit", "c1"));
	column_is(f, "projected_period", " ");
}

static void
without_a_figure_every_method_says_so(void **state)
{
	struct ask_alert *f = *state;

	asked(f, 0,
	      ARGS("target", "prog/fall", "unit", "c1", "methods", "all"));
	column_is(f, "methods.path.refused", "no_figure ");
	column_is(f, "methods.opensdg.refused", "no_figure ");
	column_is(f, "methods.eurostat.verdict", " ");
}

static void
units_are_ranked_by_released_figures_and_the_rest_stands_below(void **state)
{
	struct ask_alert *f = *state;
	struct figure *row;

	alert_case_value(f->k, "pov@a", "c1", "2018", 2600);
	alert_case_value(f->k, "pov@a", "west", "2018", 2500);
	asked(f, 0, ARGS("target", "prog/fall", "ranks", "yes"));
	column_is(f, "unit", "west c1 c2 ");
	column_is(f, "rank", "1 2  ");
	column_is(f, "rank_of", "2 2  ");
	column_is(f, "unranked", "  no_figure ");
	row = fold_value(&f->k->up->in, "pov@a", "c2", "2018", 100);
	row->status = STATUS_P;
	alert_case_step(f->k);
	asked(f, 0, ARGS("target", "prog/fall", "ranks", "yes"));
	column_is(f, "unit", "west c1 c2 ");
	column_is(f, "unranked", "  not_released ");
	alert_case_value(f->k, "pov@a", "c2", "2018", 2500);
	asked(f, 0, ARGS("target", "prog/fall", "ranks", "yes"));
	column_is(f, "unit", "west c2 c1 ");
	column_is(f, "rank", "1 1 3 ");
	column_is(f, "rank_of", "3 3 3 ");
}

static void
a_filtered_unit_keeps_its_rank_among_all(void **state)
{
	struct ask_alert *f = *state;

	alert_case_value(f->k, "pov@a", "c1", "2018", 2600);
	alert_case_value(f->k, "pov@a", "c2", "2018", 2500);
	asked(f, 0, ARGS("target", "prog/fall", "unit", "c1", "ranks", "yes"));
	column_is(f, "rank", "2 ");
	/* the roll-up of west is no report of all: no rank, whatever it is */
	asked(f, 0, ARGS("target", "prog/fall", "ranks", "yes", "at", "2017"));
	column_is(f, "rank", "   ");
	column_is(f, "unranked", "no_figure no_figure no_figure ");
}

static void
pages_of_ranks_follow_each_other(void **state)
{
	struct ask_alert *f = *state;
	char seen[100] = "";

	alert_case_value(f->k, "pov@a", "c1", "2018", 2600);
	alert_case_value(f->k, "pov@a", "c2", "2018", 2500);
	ask_begin(&f->ask, 1, ARGS("target", "prog/fall", "ranks", "yes"));
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
		(void)snprintf(seen + n, sizeof(seen) - n, "%s",
		               ask_column(&f->ask, "unit"));
	} while (ask_next(&f->ask));
	assert_string_equal(seen, "c2 c1 west ");
}

static void
what_cannot_be_asked_is_named(void **state)
{
	struct ask_alert *f = *state;

	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "methods"},
	            ARGS("methods", "escap"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "methods"},
	            ARGS("methods", "path,,step"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "methods"},
	            ARGS("methods", "path,all"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_MISSING_FIELD, "target"},
	            ARGS("ranks", "yes"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "ranks"},
	            ARGS("ranks", "no", "target", "prog/fall"));
	/* prog/fall and other/fall: ranks are of one target */
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "target"},
	            ARGS("ranks", "yes", "target", "fall"));
	asked(f, 0,
	      ARGS("ranks", "yes", "target", "fall", "programme", "other"));
	column_is(f, "unit", "c3 ");
	/* neither was ever said */
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "methods"},
	            ARGS("methods", "all", "as_of", "1"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, "ranks"},
	            ARGS("ranks", "yes", "target", "prog/fall", "as_of", "1"));
}

#define CASE(name)                                             \
	cmocka_unit_test_setup_teardown(name, ask_alert_setup, \
	                                ask_alert_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(all_methods_stand_beside_a_verdict),
	    CASE(the_methods_asked_for_and_no_others),
	    CASE(four_figures_give_a_range),
	    CASE(forecasts_are_no_part_of_a_projection),
	    CASE(without_a_figure_every_method_says_so),
	    CASE(
	        units_are_ranked_by_released_figures_and_the_rest_stands_below),
	    CASE(a_filtered_unit_keeps_its_rank_among_all),
	    CASE(pages_of_ranks_follow_each_other),
	    CASE(what_cannot_be_asked_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
