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

/* prog is enabled, and c1 is behind in 2018, released on 2019-02-14. */
static void
fire(struct alert_case *k)
{
	alert_case_enable(k, "prog", true);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
}

/* --- fresh ------------------------------------------------------------------------- */

static void
fires_on(struct alert_case *k, const char *today, unsigned told)
{
	alert_case_enable(k, "prog", true);
	alert_case_tick(k, today);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), told);
}

static void
one_period_after_the_release_it_is_told(void **state)
{
	fires_on(*state, "2020-02-14", 1);
}

static void
a_day_past_it_is_journaled_and_not_told(void **state)
{
	fires_on(*state, "2020-02-15", 0);
}

static void
once_told_it_stays_told_whatever_the_date(void **state)
{
	struct alert_case *k = *state;

	fire(k);
	alert_case_tick(k, "2021-12-31");
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
	alert_case_value(k, "pov@a", "c1", "2018", 2950);
	assert_true(told_one(k, "prog").firing);
	alert_case_value(k, "pov@a", "c1", "2018", 1900);
	assert_false(told_one(k, "prog").firing);
}

/* The last period that counts, not the one since which it fires. */
static void
a_fresh_figure_tells_what_has_fired_for_long(void **state)
{
	struct alert_case *k = *state;

	alert_case_enable(k, "prog", true);
	alert_case_value(k, "pov@a", "c1", "2017", 2900);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	assert_true(told_one(k, "prog").firing);
}

static struct alert
alert_of(const struct alert_case *k, const char *target, const char *period)
{
	return (struct alert){.target = fold_target(&k->up->in, target),
	                      .state = ALERT_FIRING,
	                      .period = fold_period(period),
	                      .released = {DAY_NONE},
	                      .rolled = true};
}

/* The last day on which it is fresh is this one. */
static void
assert_fresh_until(const struct alert_case *k, const struct alert *a,
                   const char *date)
{
	struct day day;

	assert_int_equal(day_parse(span_str(date), false, &day), ERR_OK);
	assert_true(alert_fresh(k->a.catalogue, a, day));
	day.n++;
	assert_false(alert_fresh(k->a.catalogue, a, day));
}

static void
a_roll_up_counts_as_released_when_its_figures_are_expected(void **state)
{
	struct alert_case *k = *state;
	struct alert a = alert_of(k, "prog/fall", "2018");

	/* nobody owes any */
	assert_fresh_until(k, &a, "2019-12-31");
	alert_case_add(k, CAT_REPORTING, "pov|province|poor|30||");
	alert_case_add(k, CAT_REPORTING, "pov|commune|old|90|10|");
	alert_case_apply(k);
	a = alert_of(k, "prog/fall", "2018");
	assert_fresh_until(k, &a, "2020-03-31"); /* 2019-03-31 */
	alert_case_add(k, CAT_CALENDAR, "pov|2018|2019-06-15|");
	alert_case_apply(k);
	assert_fresh_until(k, &a, "2020-06-15");
	/* a duty that nobody owes */
	alert_case_line(k, "office|Office|||*|A|A|1|yes",
	                "office|Office|||*|A|A|1|no");
	alert_case_apply(k);
	assert_fresh_until(k, &a, "2019-12-31");
}

static void
a_month_is_a_period_and_ends_with_its_month(void **state)
{
	struct alert_case *k = *state;
	struct alert a = alert_of(k, "prog/fall", "2018-12");

	a.rolled = false;
	assert_int_equal(day_parse(span_str("2019-01-31"), false, &a.released),
	                 ERR_OK);
	assert_fresh_until(k, &a, "2019-02-28");
	a.period = fold_period("2018-Q4");
	assert_fresh_until(k, &a, "2019-04-30");
	a.period = fold_period("2018");
	assert_fresh_until(k, &a, "2020-01-31");
	assert_int_equal(day_parse(span_str("2018-12-31"), false, &a.released),
	                 ERR_OK);
	a.period = fold_period("2018-11");
	assert_fresh_until(k, &a, "2019-01-31");
}

static void
before_any_tick_or_figure_nothing_is_fresh(void **state)
{
	struct alert_case *k = *state;
	struct alert a = alert_of(k, "prog/fall", "2018");

	assert_false(alert_fresh(k->a.catalogue, &a, (struct day){DAY_NONE}));
	a.period.code = 0;
	assert_false(alert_fresh(k->a.catalogue, &a, (struct day){0}));
}

/* --- backfill ------------------------------------------------------------------------ */

static void
ten_years_of_backfill_tell_where_they_end(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_enable(k, "prog", true);
	alert_case_value(k, "pov@a", "c2", "2018", 2900);
	assert_true(told_one(k, "prog").firing);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2016", 2950);
	alert_case_value(k, "pov@a", "c1", "2017", 1900);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_value(k, "pov@a", "c2", "2018", 1900);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_OUTBOX), 1);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 2);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
	/* what comes behind a held one waits with it */
	k->node.flags = 0;
	alert_case_value(k, "pov@a", "c1", "2018", 2960);
	assert_int_equal(told_count(k, "prog"), 0);
	k->node.flags = COMMIT_FLAG_BACKFILL | COMMIT_FLAG_BACKFILL_END;
	alert_case_value(k, "pov@a", "west", "2018", 2900);
	k->node.flags = 0;
	assert_int_equal(told_count(k, "prog"), 3);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 2);
	alert_case_value(k, "pov@a", "c1", "2018", 2970);
	n = told_one(k, "prog");
	assert_true(told_is(n.annotations, "value", "29.70"));
}

static void
what_fires_and_ends_within_a_backfill_is_never_told(void **state)
{
	struct alert_case *k = *state;

	alert_case_enable(k, "prog", true);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_value(k, "pov@a", "c1", "2018", 1900);
	k->node.flags = COMMIT_FLAG_BACKFILL_END;
	alert_case_value(k, "pov@a", "c2", "2017", 1900);
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_OUTBOX), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 0);
}

static void
a_tick_ends_a_backfill(void **state)
{
	struct alert_case *k = *state;

	alert_case_enable(k, "prog", true);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 1);
	k->node.flags = 0;
	alert_case_tick(k, "2019-06-02");
	assert_true(told_one(k, "prog").firing);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 0);
}

/* What was told and ended while it was held. */
static void
a_resolve_that_was_held_is_told_at_the_end(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	fire(k);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	fold_delete(&k->up->in, "pov@a", "c1", "2018");
	alert_case_step(k);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), 0);
	k->node.flags = COMMIT_FLAG_BACKFILL_END;
	alert_case_value(k, "pov@a", "c6", "2018", 1);
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "source_withdrew"));
}

/* The rule goes while what it told is held: that is not held. */
static void
what_is_taken_away_while_it_is_held_is_resolved_at_once(void **state)
{
	struct alert_case *k = *state;

	fire(k);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2018", 1900);
	k->node.flags = 0;
	alert_case_line(k, alert_case_rule, NULL);
	alert_case_apply(k);
	assert_false(told_one(k, "prog").firing);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
	alert_case_tick(k, "2019-06-02");
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 0);
}

static void
disabled_while_held_resolves_at_the_end(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	fire(k);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2018", 2950);
	k->node.flags = 0;
	alert_case_enable(k, "prog", false);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_tick(k, "2019-06-02");
	n = told_one(k, "prog");
	assert_true(told_is(n.annotations, "reason", "programme_disabled"));
}

/* A figure of a backfill moves the judged period into a version without the rule: that
 * waits, too, and is told although the alert is no more. */
static void
a_rule_that_ends_within_a_backfill_is_resolved_at_its_end(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_add(k, CAT_REPORTING, "pov|commune|old|200|10|");
	alert_case_add(k, CAT_TARGET,
	               "prog|fall|fall|plan|2019|pov@a|c1 c2 west||||level|"
	               "10.00||at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	alert_case_value(k, "pov@a", "c2", "2018", 1900); /* not late */
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_enable(k, "prog", true);
	assert_true(told_one(k, "prog").firing);
	alert_case_tick(k, "2020-01-02");
	assert_int_equal(told_count(k, "prog"), 0);
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2019", 2900);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(alert_case_alert(k, 0).reason, ALERT_RULE_CHANGED);
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
	k->node.flags = COMMIT_FLAG_BACKFILL_END;
	alert_case_value(k, "pov@a", "c6", "2018", 1);
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "rule_changed"));
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
}

/* The same, and then the target goes before the end. */
static void
a_target_that_goes_behind_it_leaves_nothing_told(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_add(k, CAT_REPORTING, "pov|commune|old|200|10|");
	alert_case_add(k, CAT_TARGET,
	               "prog|fall|fall|plan|2019|pov@a|c1 c2 west||||level|"
	               "10.00||at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	alert_case_value(k, "pov@a", "c2", "2018", 1900); /* not late */
	fire(k);
	alert_case_tick(k, "2020-01-02");
	k->node.flags = COMMIT_FLAG_BACKFILL;
	alert_case_value(k, "pov@a", "c1", "2019", 2900);
	k->node.flags = 0;
	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a|c2 west||||level|10.00|"
	                "|at_most||2015|30.00||2025|line");
	alert_case_line(k,
	                "prog|fall|fall|plan|2019|pov@a|c1 c2 west||||level|"
	                "10.00||at_most||2015|30.00||2025|line",
	                NULL);
	alert_case_apply(k);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_tick(k, "2020-01-03");
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "target_changed"));
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
}

#define T(f)                                                 \
	cmocka_unit_test_setup_teardown(f, alert_case_setup, \
	                                alert_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(one_period_after_the_release_it_is_told),
	    T(a_day_past_it_is_journaled_and_not_told),
	    T(once_told_it_stays_told_whatever_the_date),
	    T(a_fresh_figure_tells_what_has_fired_for_long),
	    T(a_roll_up_counts_as_released_when_its_figures_are_expected),
	    T(a_month_is_a_period_and_ends_with_its_month),
	    T(before_any_tick_or_figure_nothing_is_fresh),
	    T(ten_years_of_backfill_tell_where_they_end),
	    T(what_fires_and_ends_within_a_backfill_is_never_told),
	    T(a_tick_ends_a_backfill),
	    T(a_resolve_that_was_held_is_told_at_the_end),
	    T(what_is_taken_away_while_it_is_held_is_resolved_at_once),
	    T(disabled_while_held_resolves_at_the_end),
	    T(a_rule_that_ends_within_a_backfill_is_resolved_at_its_end),
	    T(a_target_that_goes_behind_it_leaves_nothing_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
