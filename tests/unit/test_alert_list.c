/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_alert.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/notice.h"
#include "tests/lib/ask_alert.h"

/* Roads of 2018 are late in both programmes, and c1 is behind. */
static int
setup(void **state)
{
	struct ask_alert *f;

	assert_int_equal(ask_alert_setup(state), 0);
	f = *state;
	alert_case_add(f->k, CAT_REPORTING, "road|commune|old|30|10|");
	alert_case_add(f->k, CAT_TARGET,
	               "other|road|road|plan|2016|road|c3 c4||||level|5.0||"
	               "at_least|||||2025");
	alert_case_apply(f->k);
	alert_case_enable(f->k, "prog", true);
	alert_case_value(f->k, "pov@a", "c1", "2018", 2900);
	return 0;
}

static void
groups_stand_behind_the_alerts_of_targets(void **state)
{
	struct ask_alert *f = *state;

	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "alertname", NO_ARGS),
	    "TiendoTarget TiendoFigureLate TiendoFigureLate ");
	assert_string_equal(ask_column(&f->ask, "programme"),
	                    "prog prog other ");
	assert_string_equal(ask_column(&f->ask, "indicator"),
	                    "pov@a road road ");
	assert_string_equal(ask_column(&f->ask, "severity"),
	                    "warning warning warning ");
	assert_string_equal(ask_column(&f->ask, "audience"),
	                    "programme data data ");
	assert_string_equal(ask_column(&f->ask, "target"), "fall   ");
	assert_string_equal(ask_column(&f->ask, "unit"), "c1   ");
	assert_string_equal(ask_column(&f->ask, "units"), " 1 2 ");
	assert_string_equal(ask_column(&f->ask, "state"),
	                    "firing firing firing ");
	/* what the label set says */
	assert_string_equal(ask_column(&f->ask, "delivered"),
	                    "true true false ");
}

static void
a_group_has_the_fingerprint_of_its_labels(void **state)
{
	struct ask_alert *f = *state;
	struct notice_group g = {.kind = NOTICE_GROUP_LATE, .n_units = 1};
	const struct catalogue *c = f->k->a.catalogue;
	char text[ALERT_FINGERPRINT_TEXT];
	struct buf labels;

	g.programme = catalogue_programme(c, span_str("prog"));
	g.family = catalogue_indicator(c, span_str("road"));
	buf_init(&labels, 1000);
	notice_group_labels(c, &g, false, &labels);
	alert_fingerprint_text(notice_fingerprint(buf_span(&labels)), text);
	assert_non_null(strstr(
	    ask_column_of(&f->ask, "alerts", "fingerprint", NO_ARGS), text));
	buf_fini(&labels);
}

static void
a_summary_is_said_in_the_language_asked(void **state)
{
	struct ask_alert *f = *state;

	assert_non_null(
	    strstr(ask_column_of(&f->ask, "alerts", "summary", NO_ARGS),
	           "Late figures: Roads, O; units: 2"));
	assert_non_null(strstr(
	    ask_column_of(&f->ask, "alerts", "summary", ARGS("lang", "vi")),
	    "Số liệu chậm: Roads, O; số đơn vị: 2"));
}

static void
who_asks_for_a_target_or_unit_sees_no_group(void **state)
{
	struct ask_alert *f = *state;

	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "alertname", ARGS("unit", "c3")),
	    "");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "alertname",
	                                  ARGS("target", "other/road")),
	                    "");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "units",
	                                  ARGS("programme", "other")),
	                    "2 ");
}

static void
a_group_that_ended_is_shown_with_all(void **state)
{
	struct ask_alert *f = *state;

	alert_case_value(f->k, "road", "c1", "2018", 99);
	assert_string_equal(ask_column_of(&f->ask, "alerts", "units",
	                                  ARGS("programme", "prog")),
	                    " ");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "state",
	                  ARGS("all", "yes", "programme", "prog")),
	    "firing resolved ");
	assert_string_equal(ask_column(&f->ask, "reason"), " recovered ");
	assert_string_equal(ask_column(&f->ask, "delivered"), "true false ");
	assert_string_equal(ask_column(&f->ask, "units"), " 0 ");
}

static void
pages_go_on_into_the_groups(void **state)
{
	struct ask_alert *f = *state;
	char seen[200] = "";

	ask_begin(&f->ask, 1, NO_ARGS);
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
		(void)snprintf(seen + n, sizeof(seen) - n, "%s|",
		               ask_column(&f->ask, "programme"));
	} while (ask_next(&f->ask));
	assert_string_equal(seen, "prog |prog |other |");
}

static void
as_of_a_commit_groups_are_what_was_said_then(void **state)
{
	struct ask_alert *f = *state;
	char then[24], seen[200] = "";

	(void)snprintf(then, sizeof(then), "%llu",
	               (unsigned long long)f->k->node.head.number);
	alert_case_value(f->k, "road", "c3", "2018", 99);
	alert_case_value(f->k, "road", "c4", "2018", 99);
	assert_string_equal(ask_column_of(&f->ask, "alerts", "units",
	                                  ARGS("programme", "other")),
	                    "");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "units",
	                  ARGS("programme", "other", "as_of", then)),
	    "2 ");
	assert_string_equal(ask_column(&f->ask, "delivered"), " ");
	ask_begin(&f->ask, 1, ARGS("as_of", then));
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
		(void)snprintf(seen + n, sizeof(seen) - n, "%s|",
		               ask_column(&f->ask, "alertname"));
	} while (ask_next(&f->ask));
	assert_string_equal(
	    seen, "TiendoTarget |TiendoFigureLate |TiendoFigureLate |");
}

static void
any_bytes_behind_the_letter_of_groups_are_only_a_place(void **state)
{
	static const char *const tokens[] = {"G", "Q", "Gzzzzzzzzzzzzz",
	                                     "Qzzzzzzzzzzzz"};
	struct ask_alert *f = *state;

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		ask_begin(&f->ask, 0, NO_ARGS);
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
		ask_begin(&f->ask, 0, ARGS("as_of", "2"));
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, ask_alert_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(groups_stand_behind_the_alerts_of_targets),
	    T(a_group_has_the_fingerprint_of_its_labels),
	    T(a_summary_is_said_in_the_language_asked),
	    T(who_asks_for_a_target_or_unit_sees_no_group),
	    T(a_group_that_ended_is_shown_with_all),
	    T(pages_go_on_into_the_groups),
	    T(as_of_a_commit_groups_are_what_was_said_then),
	    T(any_bytes_behind_the_letter_of_groups_are_only_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
