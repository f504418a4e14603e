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

static void
status_tells_every_pair(void **state)
{
	struct ask_alert *f = *state;

	alert_case_value(f->k, "pov@a", "c1", "2018", 2900);
	assert_string_equal(ask_column_of(&f->ask, "status", "unit", NO_ARGS),
	                    "west c1 c2 c1 c3 ");
	assert_string_equal(ask_column(&f->ask, "verdict"),
	                    "undecided behind undecided undecided undecided ");
	assert_string_equal(ask_column(&f->ask, "value"), "- 29.00 - - - ");
	assert_string_equal(ask_column(&f->ask, "gap"), " -5.00    ");
	assert_string_equal(ask_column(&f->ask, "period"),
	                    "2018 2018 2018 2018 2018 ");
}

static void
status_is_filtered(void **state)
{
	struct ask_alert *f = *state;

	assert_string_equal(ask_column_of(&f->ask, "status", "unit",
	                                  ARGS("programme", "other")),
	                    "c3 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit", ARGS("target", "fall")),
	    "west c1 c2 c3 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit",
	                  ARGS("target", "prog/fall", "unit", "c2")),
	    "c2 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit", ARGS("indicator", "road")),
	    "c1 ");
	assert_string_equal(ask_column_of(&f->ask, "status", "unit",
	                                  ARGS("indicator", "pov@b")),
	                    "c3 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit", ARGS("level", "province")),
	    "west ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit", ARGS("map", "old")), "");
}

static void
status_is_of_the_period_and_day_that_are_asked(void **state)
{
	struct ask_alert *f = *state;

	fold_value(&f->k->up->in, "pov@a", "c1", "2017", 2000);
	alert_case_value(f->k, "pov@a", "c1", "2018", 2900);
	assert_string_equal(ask_column_of(&f->ask, "status", "verdict",
	                                  ARGS("unit", "c1", "at", "2017")),
	                    "on-track undecided ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "period",
	                  ARGS("unit", "c1", "target", "prog/fall", "today",
	                       "2018-03-01")),
	    "2017 ");
	/* nobody is judged before the base */
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit",
	                  ARGS("target", "prog/fall", "at", "2015")),
	    "");
}

static void
a_wrong_argument_is_named(void **state)
{
	struct ask_alert *f = *state;

	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("programme", "none"));
	assert_string_equal(f->ask.q.field, "programme");
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("unit", "nobody"));
	assert_string_equal(f->ask.q.field, "unit");
	/* none of these may read as "nothing is behind" */
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("target", "fal"));
	assert_string_equal(f->ask.q.field, "target");
	ask_refused(&f->ask, "alerts",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("target", "prog/fal"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("indicator", "pvo"));
	assert_string_equal(f->ask.q.field, "indicator");
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("level", "comune"));
	assert_string_equal(f->ask.q.field, "level");
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_PERIOD, NULL},
	            ARGS("at", "soon"));
	ask_refused(&f->ask, "status", (struct ask_refusal){ERR_BAD_DATE, NULL},
	            ARGS("today", "2019"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, NULL},
	            ARGS("units", "c1"));
	ask_refused(&f->ask, "alerts",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, NULL},
	            ARGS("at", "2018"));
	ask_refused(&f->ask, "explain",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, NULL},
	            ARGS("level", "x"));
	ask_refused(&f->ask, "everything",
	            (struct ask_refusal){ERR_NOT_FOUND, NULL}, NO_ARGS);
	assert_string_equal(f->ask.q.field, "what");
}

static void
without_a_catalogue_there_is_no_answer(void **state)
{
	struct ask_alert *f = *state;
	struct alert_service a;
	struct alert_ask ask = {.a = &a,
	                        .state = fold_node_state(&f->k->node),
	                        .journal = fold_node_journal(&f->k->node),
	                        .q = &f->ask.q};

	alert_init(&a, false);
	ask_begin(&f->ask, 0, NO_ARGS);
	assert_int_equal(alert_query(&ask, span_str("status")),
	                 ERR_NO_CATALOGUE);
	alert_fini(&a);
}

static void
pages_of_status_follow_each_other(void **state)
{
	struct ask_alert *f = *state;
	char seen[100] = "";

	ask_begin(&f->ask, 2, NO_ARGS);
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
		snprintf(seen + n, sizeof(seen) - n, "%s|",
		         ask_column(&f->ask, "unit"));
	} while (ask_next(&f->ask));
	assert_string_equal(seen, "west c1 |c2 c1 |c3 |");
}

/* 600 pairs without a row: a page looks at 500, and is empty. */
static void
a_page_may_be_empty_and_have_a_next_one(void **state)
{
	enum { UNITS = 600 };
	struct ask_alert *f = *state;
	struct cat_line *lines =
	    calloc(f->k->n_lines + 2 * UNITS + 1, sizeof(*lines));
	char(*texts)[40] = calloc(2 * (size_t)UNITS, sizeof(*texts));
	size_t n = f->k->n_lines;

	assert_true(lines != NULL && texts != NULL);
	memcpy(lines, f->k->lines, n * sizeof(*lines));
	for (int i = 0; i < UNITS; i++) {
		snprintf(texts[i], sizeof(*texts), "v%03d||V%03d|||village", i,
		         i);
		lines[n++] = (struct cat_line){CAT_UNIT, texts[i]};
		snprintf(texts[UNITS + i], sizeof(*texts), "old|v%03d|west", i);
		lines[n++] = (struct cat_line){CAT_MEMBER, texts[UNITS + i]};
	}
	lines[n++] = (struct cat_line){
	    CAT_TARGET, "prog|all|x|plan|2016|road||village|old||level|1.0||"
	                "at_least|||||2025"};
	fold_catalogue(&f->k->up->in, lines, n);
	alert_case_step(f->k);
	ask_begin(&f->ask, 0, ARGS("target", "prog/all", "at", "2026"));
	assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
	assert_int_equal(f->ask.q.rows.n_rows, 0);
	assert_true(ask_next(&f->ask));
	assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
	assert_false(ask_next(&f->ask));
	/* 500 rows are a page, the rest is another */
	ask_begin(&f->ask, 0, ARGS("target", "prog/all", "at", "2018"));
	assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
	assert_int_equal(f->ask.q.rows.n_rows, QUERY_ROWS_MAX);
	assert_true(ask_next(&f->ask));
	assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
	assert_int_equal(f->ask.q.rows.n_rows, UNITS - QUERY_ROWS_MAX);
	free(lines);
	free(texts);
}

static void
fire_three(struct ask_alert *f)
{
	fold_value(&f->k->up->in, "pov@a", "c1", "2018", 2900);
	fold_value(&f->k->up->in, "pov@a", "c2", "2018", 2900);
	fold_value(&f->k->up->in, "pov@a", "west", "2018", 2900);
	alert_case_step(f->k);
}

static void
open_alerts_are_told_and_ended_ones_when_asked(void **state)
{
	struct ask_alert *f = *state;

	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit", NO_ARGS),
	                    "");
	fire_three(f);
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit", NO_ARGS),
	                    "west c1 c2 ");
	assert_string_equal(ask_column(&f->ask, "state"),
	                    "firing firing firing ");
	assert_string_equal(ask_column(&f->ask, "severity"),
	                    "warning warning warning ");
	assert_string_equal(ask_column(&f->ask, "audience"),
	                    "programme programme programme ");
	alert_case_tick(f->k, "2020-06-01");
	alert_case_value(f->k, "pov@a", "c1", "2019", 1500);
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit", NO_ARGS),
	                    "west c2 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "reason", ARGS("all", "yes")),
	    " recovered  ");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit",
	                                  ARGS("all", "yes", "unit", "c1")),
	                    "c1 ");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit",
	                                  ARGS("programme", "other")),
	                    "");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "unit",
	                  ARGS("target", "prog/fall", "unit", "c2")),
	    "c2 ");
	assert_non_null(strstr(ask_column_of(&f->ask, "alerts", "summary",
	                                     ARGS("unit", "c2", "lang", "vi")),
	                       ", kỳ "));
}

static void
an_alert_that_a_revision_unmade_is_told_as_resolved(void **state)
{
	struct ask_alert *f = *state;

	fire_three(f);
	alert_case_value(f->k, "pov@a", "c1", "2018", 1000);
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit", NO_ARGS),
	                    "west c2 ");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "state",
	                                  ARGS("all", "yes", "unit", "c1")),
	                    "resolved ");
	assert_string_equal(ask_column(&f->ask, "reason"), "revised ");
}

static void
pages_of_alerts_follow_each_other(void **state)
{
	struct ask_alert *f = *state;
	char seen[100] = "";

	fire_three(f);
	ask_begin(&f->ask, 1, NO_ARGS);
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
		snprintf(seen + n, sizeof(seen) - n, "%s|",
		         ask_column(&f->ask, "unit"));
	} while (ask_next(&f->ask));
	/* the last page saw that there is no more only by looking */
	assert_string_equal(seen, "west |c1 |c2 |");
}

static void
a_token_of_any_bytes_is_only_a_place(void **state)
{
	static const char *const tokens[] = {
	    "A", "zzzz", "AAAAAAAAAAAAAAAAAAAAAAA",
	    "a token that is longer than any key could ever be"};
	struct ask_alert *f = *state;

	fire_three(f);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		ask_begin(&f->ask, 0, NO_ARGS);
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
		ask_begin(&f->ask, 0, NO_ARGS);
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
	}
}

static void
an_explanation_is_lines_of_text(void **state)
{
	struct ask_alert *f = *state;

	alert_case_value(f->k, "pov@a", "c1", "2018", 2900);
	ask_begin(&f->ask, 1,
	          ARGS("target", "prog/fall", "unit", "c1", "lang", "en"));
	assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
	assert_true(f->ask.q.rows.n_rows > 5);
	assert_non_null(strstr(ask_column(&f->ask, "line"), "behind"));
	ask_begin(&f->ask, 0,
	          ARGS("target", "prog/fall", "unit", "c1", "lang", "vi"));
	assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
	assert_non_null(strstr(ask_column(&f->ask, "line"), "chậm"));
}

static void
one_explanation_needs_one_target_and_unit(void **state)
{
	struct ask_alert *f = *state;

	ask_refused(&f->ask, "explain",
	            (struct ask_refusal){ERR_MISSING_FIELD, NULL},
	            ARGS("unit", "c1"));
	ask_refused(&f->ask, "explain",
	            (struct ask_refusal){ERR_MISSING_FIELD, NULL},
	            ARGS("target", "fall"));
	alert_case_add(f->k, CAT_TARGET,
	               "other|build|x|plan|2016|wage|c1||||level|1.0||at_least|"
	               "||||2020");
	alert_case_apply(f->k);
	ask_refused(&f->ask, "explain",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("target", "build", "unit", "c1"));
	assert_string_equal(f->ask.q.hint, "prog/build or other/build?");
	ask_begin(&f->ask, 0, ARGS("target", "other/build", "unit", "c1"));
	assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
}

static void
an_explanation_of_no_verdict_says_why(void **state)
{
	static const char *const cases[][4] = {
	    {"prog/fall", "c6", "",
	     "does not bind this unit, but west, c1, c2"},
	    {"fall", "c1", "2015", "not behind its base period, 2015"},
	    {"build", "c1", "2014", "it is in force from 2016"},
	    {"fall", "c1", "2026",
	     "behind the period in which it is due, 2025"},
	    {"fall", "c1", "2020-Q1",
	     "not a period as it is judged in, such as "
	     "2025"},
	    {"other/fall", "c3", "2016", "not behind its base period, 2016"},
	    {"late", "c1", "", "has ended yet; the first ends on 2021-12-31"},
	    {"build", "c3", "2017",
	     "does not bind this unit; it is in force "
	     "from 2016 and binds c1"},
	    {"seen", "c1", "2017", "for reference only"},
	};
	struct ask_alert *f = *state;

	alert_case_add(f->k, CAT_TARGET,
	               "prog|late|late|plan|2021|wage|c1||||level|1.0||at_least"
	               "|||||2025");
	alert_case_add(f->k, CAT_TARGET,
	               "prog|seen|seen|plan|2016|wage|c1||||level|1.0||at_least"
	               "|||||2025|||||yes");
	alert_case_apply(f->k);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *line;

		ask_begin(&f->ask, 0,
		          ARGS("target", cases[i][0], "unit", cases[i][1], "at",
		               cases[i][2]));
		assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
		line = ask_column(&f->ask, "line");
		if (strstr(line, cases[i][3]) == NULL)
			fail_msg("%s %s: %s", cases[i][0], cases[i][2], line);
		ask_begin(&f->ask, 0,
		          ARGS("target", cases[i][0], "unit", cases[i][1], "at",
		               cases[i][2], "lang", "vi"));
		assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
		assert_non_null(strstr(ask_column(&f->ask, "line"),
		                       "không có đánh giá, vì "));
	}
}

static void
a_name_that_nobody_has_is_told_with_a_near_one(void **state)
{
	static const char *const cases[][3] = {
	    {"target", "fal", "fall?"},
	    {"target", "prog/biuld", "prog/build?"},
	    {"unit", "wets", "west?"},
	    {"programme", "progg", "prog?"},
	    {"map", "odl", "old?"},
	    {"indicator", "raod", "road?"},
	    {"unit", "somebody-else", ""},
	};
	struct ask_alert *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_refused(&f->ask, "status",
		            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
		            ARGS(cases[i][0], cases[i][1]));
		assert_string_equal(f->ask.q.field, cases[i][0]);
		assert_string_equal(f->ask.q.hint, cases[i][2]);
	}
}

/* The document's words may be longer than one text of an answer. */
static void
a_long_line_is_told_in_parts(void **state)
{
	struct ask_alert *f = *state;
	char text[900] = "prog|fall|";
	size_t n = strlen(text);

	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "giảm ");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "hết");
	snprintf(
	    text + n, sizeof(text) - n,
	    "|plan|2016|pov@a|c1||||level|10.00||at_most||2015|30.00||2025|"
	    "line");
	alert_case_line(f->k, alert_case_fall, text);
	alert_case_apply(f->k);
	ask_begin(&f->ask, 0, ARGS("target", "prog/fall", "unit", "c1"));
	assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
	assert_non_null(strstr(ask_column(&f->ask, "line"), "giảm hết"));
}

int
main(void)
{
#define T(name)                                                \
	cmocka_unit_test_setup_teardown(name, ask_alert_setup, \
	                                ask_alert_teardown)
	const struct CMUnitTest tests[] = {
	    T(status_tells_every_pair),
	    T(status_is_filtered),
	    T(status_is_of_the_period_and_day_that_are_asked),
	    T(a_wrong_argument_is_named),
	    T(without_a_catalogue_there_is_no_answer),
	    T(pages_of_status_follow_each_other),
	    T(a_page_may_be_empty_and_have_a_next_one),
	    T(open_alerts_are_told_and_ended_ones_when_asked),
	    T(an_alert_that_a_revision_unmade_is_told_as_resolved),
	    T(pages_of_alerts_follow_each_other),
	    T(a_token_of_any_bytes_is_only_a_place),
	    T(an_explanation_is_lines_of_text),
	    T(one_explanation_needs_one_target_and_unit),
	    T(an_explanation_of_no_verdict_says_why),
	    T(a_name_that_nobody_has_is_told_with_a_near_one),
	    T(a_long_line_is_told_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
