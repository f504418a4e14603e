/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/alert_case.h"

static void
assert_alert(const struct alert *a, enum alert_state state,
             enum alert_reason reason)
{
	assert_string_equal(alert_state_name(a->state),
	                    alert_state_name(state));
	assert_string_equal(alert_reason_name(a->reason),
	                    alert_reason_name(reason));
}

/* One alert in the last commit, and nothing else said of alerts. */
static struct alert
the_alert(const struct alert_case *k)
{
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	return alert_case_alert(k, 0);
}

static void
every_pair_has_a_verdict_from_the_beginning(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;
	bool gone;

	/* fall of west c1 c2, build of c1, the other fall of c3 */
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 5);
	for (unsigned i = 0; i < 5; i++) {
		v = alert_case_verdict(k, i, &gone);
		assert_false(gone);
		assert_int_equal(v.kind, VERDICT_UNDECIDED);
		assert_int_equal(v.judged.code, fold_period("2018").code);
	}
}

/* K5 */
static void
a_verdict_is_said_when_it_changes_and_only_then(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;
	bool gone;

	alert_case_value(k, "pov@a", "c1", "2018", 2000);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 1);
	v = alert_case_verdict(k, 0, &gone);
	assert_int_equal(v.kind, VERDICT_ON_TRACK);
	assert_int_equal(v.unit, fold_unit(&k->up->in, "c1"));
	alert_case_value(k, "pov@a", "c1", "2018", 2000);
	assert_int_equal(k->node.head.n_records, 0);
	alert_case_tick(k, "2019-06-02");
	assert_int_equal(k->node.head.n_records, 0);
	/* a series that no target reads */
	alert_case_value(k, "pov@a", "c6", "2018", 1);
	assert_int_equal(k->node.head.n_records, 0);
	alert_case_tick(k, "2020-01-02");
	assert_true(alert_case_count(k, RECORD_VERDICT) >= 4);
}

static void
what_is_behind_fires_and_what_recovers_resolves(void **state)
{
	struct alert_case *k = *state;
	struct alert a;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	a = the_alert(k);
	assert_alert(&a, ALERT_FIRING, ALERT_REASON_NONE);
	assert_int_equal(a.severity, SEVERITY_WARNING);
	assert_int_equal(a.commit, k->node.head.number);
	alert_case_tick(k, "2020-06-01");
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 0);
	alert_case_value(k, "pov@a", "c1", "2019", 1500);
	a = the_alert(k);
	assert_alert(&a, ALERT_RESOLVED, ALERT_RECOVERED);
}

static void
a_corrected_figure_resolves_as_revised(void **state)
{
	struct alert_case *k = *state;
	struct alert a;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_value(k, "pov@a", "c1", "2018", 1900);
	a = the_alert(k);
	assert_int_equal(a.reason, ALERT_REVISED);
	assert_int_equal(a.value_old, 2900);
	assert_int_equal(a.value_new, 1900);
}

static void
a_withdrawn_figure_resolves_as_such(void **state)
{
	struct alert_case *k = *state;
	struct alert a;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	fold_delete(&k->up->in, "pov@a", "c1", "2018");
	alert_case_step(k);
	a = the_alert(k);
	assert_int_equal(a.reason, ALERT_SOURCE_WITHDREW);
}

static void
a_figure_that_is_not_released_fires_nothing(void **state)
{
	struct alert_case *k = *state;

	fold_value(&k->up->in, "pov@a", "c1", "2018", 2900)->status = STATUS_P;
	alert_case_step(k);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 1);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 0);
}

/* L2: the rule goes, the target goes, the unit is no more bound. */
static void
a_rule_that_is_removed_ends_its_alert(void **state)
{
	struct alert_case *k = *state;
	struct alert a;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_line(k, alert_case_rule, NULL);
	alert_case_apply(k);
	a = the_alert(k);
	assert_alert(&a, ALERT_RESOLVED, ALERT_RULE_CHANGED);
	alert_case_apply(k);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 0);
	/* it comes back: what is behind fires again */
	alert_case_add(k, CAT_RULE, alert_case_rule);
	alert_case_apply(k);
	a = the_alert(k);
	assert_alert(&a, ALERT_FIRING, ALERT_REASON_NONE);
}

static void
a_rule_that_no_more_matches_says_so(void **state)
{
	struct alert_case *k = *state;
	struct alert a;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_line(k, alert_case_rule,
	                "prog|fall|2016|missed|warning|programme|1|1");
	alert_case_apply(k);
	a = the_alert(k);
	assert_int_equal(a.reason, ALERT_RULE_CHANGED);
}

static void
another_number_resolves_as_target_changed(void **state)
{
	struct alert_case *k = *state;
	struct alert a;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a|c1 c2 west||||level|"
	                "29.00||at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	a = the_alert(k);
	assert_int_equal(a.reason, ALERT_TARGET_CHANGED);
}

static void
a_unit_that_is_no_more_bound_ends(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;
	struct alert a;
	bool gone;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_line(
	    k, alert_case_fall,
	    "prog|fall|fall|plan|2016|pov@a|c2 west||||level|10.00||"
	    "at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	a = the_alert(k);
	assert_alert(&a, ALERT_RESOLVED, ALERT_TARGET_CHANGED);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 1);
	v = alert_case_verdict(k, 0, &gone);
	assert_true(gone);
	assert_int_equal(v.unit, fold_unit(&k->up->in, "c1"));
	alert_case_apply(k);
	assert_int_equal(k->node.head.n_records, 0);
}

static void
a_target_that_is_removed_ends_with_all_of_its_units(void **state)
{
	struct alert_case *k = *state;
	struct alert a;
	bool gone;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_line(k, alert_case_fall, NULL);
	alert_case_line(k, alert_case_rule, NULL);
	alert_case_line(k, "prog|fall|2016|at-risk|info|data|2|1", NULL);
	alert_case_apply(k);
	a = the_alert(k);
	assert_int_equal(a.reason, ALERT_TARGET_CHANGED);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 3);
	for (unsigned i = 0; i < 3; i++) {
		(void)alert_case_verdict(k, i, &gone);
		assert_true(gone);
	}
	assert_int_equal(
	    table_count(fold_node_state(&k->node), ALERT_TABLE_ALERTS), 0);
}

/* T1: c3 is bound from 2019 on only, c1 always. */
static void
a_version_judges_the_units_that_it_binds(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	fold_value(&k->up->in, "road", "c3", "2018", 70);
	fold_value(&k->up->in, "road", "c3", "2019", 70);
	fold_value(&k->up->in, "road", "c1", "2018", 70);
	alert_case_step(k);
	assert_true(alert_case_judge(k, "prog/build", "c1", "2018", &v));
	assert_int_equal(v.kind, VERDICT_ACHIEVED);
	assert_int_equal(v.version, 0);
	assert_false(alert_case_judge(k, "prog/build", "c3", "2018", &v));
	assert_true(alert_case_judge(k, "prog/build", "c3", "2019", &v));
	assert_int_equal(v.version, 1);
	assert_int_equal(v.target_first_value, 50);
}

/* J1: each period by the definition of its own version. */
static void
a_target_whose_definition_changed_judges_each_period_by_its_own(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	alert_case_add(k, CAT_TARGET,
	               "prog|fall|fall|book|2020|pov@b|c1 c2 west||||level|5.00"
	               "||at_most||2019|20.00||2025|line");
	alert_case_apply(k);
	fold_value(&k->up->in, "pov@a", "c1", "2018", 1000);
	fold_value(&k->up->in, "pov@b", "c1", "2021", 500);
	fold_value(&k->up->in, "pov@a", "c2", "2021", 500);
	alert_case_step(k);
	assert_true(alert_case_judge(k, "prog/fall", "c1", "2018", &v));
	assert_int_equal(v.kind, VERDICT_ACHIEVED);
	assert_int_equal(v.definition, fold_definition(&k->up->in, "pov@a"));
	assert_true(alert_case_judge(k, "prog/fall", "c1", "2021", &v));
	assert_int_equal(v.kind, VERDICT_ACHIEVED);
	assert_int_equal(v.definition, fold_definition(&k->up->in, "pov@b"));
	assert_false(v.has_previous); /* that of 2018 is of another one */
	assert_true(alert_case_judge(k, "prog/fall", "c2", "2021", &v));
	assert_int_equal(v.kind, VERDICT_UNDECIDED);
	assert_int_equal(v.reason, REASON_OTHER_DEFINITION);
}

/* R3: nobody is bound before there is anybody. */
static void
a_unit_has_no_row_before_it_exists(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a|c1 far||||level|10.00||"
	                "at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	assert_false(alert_case_judge(k, "prog/fall", "far", "2020", &v));
	assert_true(alert_case_judge(k, "prog/fall", "far", "2021", &v));
	/* west is abolished then, and stays bound (T5) */
	assert_true(alert_case_judge(k, "prog/fall", "c1", "2020", &v));
}

static void
figures_of_the_family_are_told_apart(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	alert_case_value(k, "pov-em@b", "c2", "2018", 100);
	assert_true(alert_case_judge(k, "prog/fall", "c2", "2018", &v));
	assert_int_equal(v.reason, REASON_OTHER_SCOPE);
	alert_case_value(k, "pov@b", "c2", "2018", 100);
	assert_true(alert_case_judge(k, "prog/fall", "c2", "2018", &v));
	assert_int_equal(v.reason, REASON_OTHER_DEFINITION);
	fold_value(&k->up->in, "pov@a", "c2", "2018", 100)->status = STATUS_F;
	alert_case_step(k);
	assert_true(alert_case_judge(k, "prog/fall", "c2", "2018", &v));
	assert_int_equal(v.reason, REASON_FORECAST_ONLY);
}

static void
a_rollup_alone_is_partial(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;

	fold_parts(&k->up->in, "pov@a", "c1", "2018",
	           (struct fold_ratio){1, 10});
	alert_case_step(k);
	assert_true(alert_case_judge(k, "prog/fall", "west", "2018", &v));
	assert_int_equal(v.kind, VERDICT_UNDECIDED);
	assert_int_equal(v.reason, REASON_PARTIAL);
}

int
main(void)
{
#define T(name)                                                 \
	cmocka_unit_test_setup_teardown(name, alert_case_setup, \
	                                alert_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(every_pair_has_a_verdict_from_the_beginning),
	    T(a_verdict_is_said_when_it_changes_and_only_then),
	    T(what_is_behind_fires_and_what_recovers_resolves),
	    T(a_corrected_figure_resolves_as_revised),
	    T(a_withdrawn_figure_resolves_as_such),
	    T(a_figure_that_is_not_released_fires_nothing),
	    T(a_rule_that_is_removed_ends_its_alert),
	    T(a_rule_that_no_more_matches_says_so),
	    T(another_number_resolves_as_target_changed),
	    T(a_unit_that_is_no_more_bound_ends),
	    T(a_target_that_is_removed_ends_with_all_of_its_units),
	    T(a_version_judges_the_units_that_it_binds),
	    T(a_target_whose_definition_changed_judges_each_period_by_its_own),
	    T(a_unit_has_no_row_before_it_exists),
	    T(figures_of_the_family_are_told_apart),
	    T(a_rollup_alone_is_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
