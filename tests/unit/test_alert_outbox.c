/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/tell_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/tell_case.h"

static struct alert
alert_of(const struct alert_case *k, const char *target, const char *period)
{
	return (struct alert){.target = fold_target(&k->up->in, target),
	                      .state = ALERT_FIRING,
	                      .period = fold_period(period),
	                      .released = {DAY_NONE},
	                      .rolled = true};
}

/* --- rows of the outbox ---------------------------------------------------------------- */

/* So many notices in one commit: one alert that fires and ends in turn. */
static void
tell_often(struct alert_case *k, unsigned n)
{
	struct kv *state = fold_node_state(&k->node);
	const struct turn_input in = {.number = k->node.head.number};
	struct alert a = alert_of(k, "prog/fall", "2018");
	struct verdict_input of;

	assert_int_equal(alert_input(&k->a, state, &k->a.bindings[0], &of),
	                 ERR_OK);
	a.target = k->a.bindings[0].target;
	a.unit = k->a.bindings[0].unit;
	a.severity = SEVERITY_WARNING;
	alert_tell_begin(&k->a, &in);
	for (unsigned i = 0; i < n; i++) {
		const struct cat_alert_rule *rule =
		    &of.target->versions[0].rules[0];

		a.state = i % 2 == 0 ? ALERT_FIRING : ALERT_RESOLVED;
		a.reason = i % 2 == 0 ? ALERT_REASON_NONE : ALERT_RECOVERED;
		assert_int_equal(alert_tell(&k->a, state, &of, rule, &a),
		                 ERR_OK);
	}
	assert_int_equal(alert_tell_end(&k->a, state), ERR_OK);
}

static void
rows_are(struct alert_case *k, unsigned n, unsigned first, unsigned rest)
{
	struct told_list *told = calloc(1, sizeof(*told));

	assert_non_null(told);
	alert_case_enable(k, "prog", true);
	k->node.head.time_ms = 0; /* that of tell_often */
	tell_often(k, n);
	told_now(k, "prog", told);
	assert_int_equal(told->n, n);
	assert_int_equal(told->rows, rest > 0 ? 2 : 1);
	assert_int_equal(told->in_row[0], first);
	assert_int_equal(rest, rest > 0 ? told->in_row[1] : 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(told->list[i].firing, i % 2 == 0);
	free(told);
}

static void
a_row_holds_so_many(void **state)
{
	rows_are(*state, TELL_CHUNK_MAX, TELL_CHUNK_MAX, 0);
}

static void
one_more_begins_another_row(void **state)
{
	rows_are(*state, TELL_CHUNK_MAX + 1, TELL_CHUNK_MAX, 1);
}

static void
long_words_begin_another_row_before(void **state)
{
	struct alert_case *k = *state;
	struct told_list *told = calloc(1, sizeof(*told));
	char line[4096] = "prog|fall|";
	size_t len = strlen(line);

	assert_non_null(told);
	memset(line + len, 'a', 2200);
	(void)snprintf(line + len + 2200, sizeof(line) - len - 2200, "%s",
	               alert_case_fall + strlen("prog|fall|fall"));
	alert_case_line(k, alert_case_fall, line);
	alert_case_apply(k);
	alert_case_enable(k, "prog", true);
	k->node.head.time_ms = 0;
	tell_often(k, TELL_CHUNK_MAX);
	told_now(k, "prog", told);
	assert_int_equal(told->n, TELL_CHUNK_MAX);
	assert_int_equal(told->rows, 2);
	for (unsigned i = 0; i < told->n; i++)
		assert_in_range(
		    told_text(told->list[i].annotations, "description").len, 1,
		    2048);
	free(told);
}

#define DAY_UNITS   34
#define DAY_TARGETS 6

struct day_lines {
	char units[DAY_UNITS][40];
	char targets[DAY_TARGETS][400];
	char rules[DAY_TARGETS][60];
};

static void
day_catalogue(struct alert_case *k, struct day_lines *d)
{
	char all[DAY_UNITS * 4 + 1] = "";

	for (unsigned i = 0; i < DAY_UNITS; i++) {
		(void)snprintf(d->units[i], sizeof(d->units[i]),
		               "p%02u|9%02u|P%02u|||province", i, i, i);
		(void)snprintf(all + strlen(all), 5, "p%02u ", i);
		alert_case_add(k, CAT_UNIT, d->units[i]);
	}
	for (unsigned i = 0; i < DAY_TARGETS; i++) {
		(void)snprintf(d->targets[i], sizeof(d->targets[i]),
		               "prog|day%u|day|plan|2016|pov@a|%s||||level|"
		               "10.00||at_most||2015|30.00||2025|line",
		               i, all);
		(void)snprintf(d->rules[i], sizeof(d->rules[i]),
		               "prog|day%u|2016|behind|warning|programme|1|1",
		               i);
		alert_case_add(k, CAT_TARGET, d->targets[i]);
		alert_case_add(k, CAT_RULE, d->rules[i]);
	}
	alert_case_apply(k);
}

static void
a_publication_day_is_one_row(void **state)
{
	struct alert_case *k = *state;
	struct told_list *told = calloc(1, sizeof(*told));
	struct day_lines *lines = calloc(1, sizeof(*lines));
	char unit[8];

	assert_non_null(told);
	assert_non_null(lines);
	day_catalogue(k, lines);
	alert_case_enable(k, "prog", true);
	alert_case_enable(k, "other", true);
	for (unsigned i = 0; i < DAY_UNITS; i++) {
		(void)snprintf(unit, sizeof(unit), "p%02u", i);
		fold_value(&k->up->in, "pov@a", unit, "2018", 2900);
	}
	alert_case_step(k);
	told_now(k, "prog", told);
	assert_int_equal(told->n, DAY_UNITS * DAY_TARGETS);
	assert_int_equal(told->rows, 1);
	assert_int_equal(table_of(k, ALERT_TABLE_OUTBOX), 1);
	assert_int_equal(told_count(k, "other"), 0);
	free(lines);
	free(told);
}

static void
each_programme_has_a_row_of_its_own(void **state)
{
	struct alert_case *k = *state;

	alert_case_add(k, CAT_RULE, "other|fall|2017|behind|info|data|1|1");
	alert_case_apply(k);
	alert_case_enable(k, "prog", true);
	alert_case_enable(k, "other", true);
	fold_value(&k->up->in, "pov@b", "c3", "2018", 2900);
	fold_value(&k->up->in, "pov@a", "c1", "2018", 2900);
	fold_value(&k->up->in, "pov@a", "c2", "2018", 2900);
	alert_case_step(k);
	assert_int_equal(told_count(k, "prog"), 2);
	assert_int_equal(told_count(k, "other"), 1);
	assert_int_equal(table_of(k, ALERT_TABLE_OUTBOX), 2);
}

#define T(f)                                                 \
	cmocka_unit_test_setup_teardown(f, alert_case_setup, \
	                                alert_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_row_holds_so_many),
	    T(one_more_begins_another_row),
	    T(long_words_begin_another_row_before),
	    T(a_publication_day_is_one_row),
	    T(each_programme_has_a_row_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
