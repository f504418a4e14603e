/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"

/* --- steps ---------------------------------------------------------------- */

static void
step_case(struct verdict_case *k, enum target_steps steps, const char *at_least)
{
	case_init(k);
	k->versions[0].kind = TARGET_STEP;
	k->versions[0].sense = SENSE_AT_LEAST;
	k->versions[0].value = mantissa_of(at_least, 2);
	k->versions[0].steps = steps;
	k->versions[0].due = period_of("2020");
}

static void
a_mean_step_is_counted_from_the_base_over_the_years(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_MEAN, "3.00");
	case_base(&k, "2015", "27.81");
	(void)case_point(&k, POINT_OWN, "2018", "18.81");
	(void)case_point(&k, POINT_OWN, "2020", "12.81");
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	assert_fine(v.path, "18.81");
	assert_fine(v.target_level, "12.81");
	assert_fine(v.required_pace, "3.00");
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_fine(v.pace, "3.00");
	k.versions[0].sense = SENSE_ABOVE;
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	k.versions[0].has_base = false;
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_BASE);
}

static void
a_mean_step_asks_at_most_for_the_natural_bound(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_MEAN, "3.00");
	k.versions[0].sense = SENSE_ABOVE;
	case_base(&k, "2015", "5.00");
	(void)case_point(&k, POINT_OWN, "2017", "3.00");
	(void)case_point(&k, POINT_OWN, "2020", "0.00");
	v = case_judge(&k, "2017");
	assert_fine(v.target_level, "0.00");
	assert_fine(v.path, "3.00");
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
}

static void
each_step_is_counted_from_the_year_before(void **state)
{
	static const char *const values[] = {"27.00", "24.00", "21.00"};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_EACH, "3.00");
	case_years(&k, 2017, values, 3);
	(void)case_point(&k, POINT_OWN, "2020", "18.01");
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	assert_fine(v.path, "24.00");
	assert_false(v.has_target_level);
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	k.points[k.in.n - 1].figure.value = 1800;
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	k.points[0].figure.value = 2701;
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	assert_period(v.other_period, "2017");
	assert_int_equal(v.other, 2701);
	assert_int_equal(v.other_before, 3000);
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_AT_RISK, RULE_NEAR_PATH);
	k.points[0].figure.value = 2751;
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_BEHIND, RULE_STEP_FAILED);
	k.versions[0].path = PATH_NONE;
	v = case_judge(&k, "2018");
	assert_undecided(&v, REASON_NO_PATH);
}

static void
each_with_a_year_without_a_figure_is_undecided_unless_another_fails(
    void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_EACH, "3.00");
	(void)case_point(&k, POINT_OWN, "2017", "27.00");
	(void)case_point(&k, POINT_OTHER_SCOPE, "2018", "24.00");
	(void)case_point(&k, POINT_OWN, "2019", "21.00");
	(void)case_point(&k, POINT_OWN, "2020", "18.00");
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_OTHER_SCOPE);
	v = case_judge(&k, "2019");
	assert_undecided(&v, REASON_OTHER_SCOPE);
	k.points[k.in.n - 1].figure.value = 1900;
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	k.points[k.in.n - 1].figure.value = 1800;
	k.points[0].figure.value = 2800;
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	v = case_judge(&k, "2019");
	assert_verdict(&v, VERDICT_BEHIND, RULE_STEP_FAILED);
}

static void
each_step_asks_at_most_for_the_natural_bound(void **state)
{
	static const char *const values[] = {"3.00", "1.00", "0.00", "0.00"};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_EACH, "2.00");
	case_base(&k, "2016", "5.00");
	case_years(&k, 2017, values, 4);
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
}

static void
a_step_that_names_the_change_needs_no_base(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_MEAN, "3.00");
	case_base(&k, NULL, NULL);
	k.versions[0].definition = CASE_CHANGE;
	(void)case_point(&k, POINT_OWN, "2019", "9.00");
	(void)case_point(&k, POINT_OWN, "2020", "3.00");
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_fine(v.gap, "0.00");
	assert_false(v.has_base);
	assert_false(v.has_pace);
	v = case_judge(&k, "2019");
	assert_undecided(&v, REASON_NO_PATH);
}

static void
each_change_is_judged_in_its_own_year(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_EACH, "3.00");
	case_base(&k, NULL, NULL);
	k.versions[0].definition = CASE_CHANGE;
	k.versions[0].in_force_from = period_of("2017");
	(void)case_point(&k, POINT_OWN, "2017", "3.00");
	(void)case_point(&k, POINT_OWN, "2018", "-0.51");
	(void)case_point(&k, POINT_OWN, "2019", "3.00");
	v = case_judge(&k, "2017");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_REVERSING, RULE_TURNED);
	v = case_judge(&k, "2019");
	assert_verdict(&v, VERDICT_BEHIND, RULE_STEP_FAILED);
	k.points[1].figure.value = -50;
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_BEHIND, RULE_OFF_PATH);
}

static void
a_change_over_a_span_is_due_in_that_span(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	step_case(&k, STEPS_MEAN, "3.00");
	case_base(&k, NULL, NULL);
	k.versions[0].definition = CASE_SPAN;
	k.versions[0].due = period_of("2016/2020");
	(void)case_point(&k, POINT_OWN, "2016/2020", "5.17");
	v = case_judge(&k, NULL);
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_period(v.judged, "2016/2020");
	assert_fine(v.gap, "2.17");
	v = case_judge(&k, "2020");
	assert_period(v.judged, "2016/2020");
	k.in.asked = period_of("2019");
	assert_false(verdict_judge(&k.in, &v));
	k.in.asked.code = 0;
	k.in.today = day_of("2020-12-31");
	assert_false(verdict_judge(&k.in, &v));
	k.in.today = day_of("2021-01-01");
	assert_true(verdict_judge(&k.in, &v));
}

/* --- zero, all ------------------------------------------------------------ */

static void
zero_is_judged_on_the_numerator_where_parts_are_known(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_ZERO;
	k.versions[0].has_value = false;
	(void)case_parts(&k, "2026", 1, 100000);
	v = case_judge(&k, "2026");
	assert_int_equal(v.value, 0);
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	k.points[0].figure.numerator = 0;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	(void)case_point(&k, POINT_OWN, "2021", "15.00");
	v = case_judge(&k, "2021");
	assert_fine(v.path, "15.00");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
}

static void
all_is_the_numerator_equal_to_the_denominator_or_the_bound(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_ALL;
	k.versions[0].has_value = false;
	case_base(&k, "2016", "50.00");
	(void)case_parts(&k, "2024", 99999, 100000);
	(void)case_parts(&k, "2025", 15, 15);
	(void)case_point(&k, POINT_OWN, "2026", "100.00");
	v = case_judge(&k, "2024");
	assert_int_equal(v.value, 10000);
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	v = case_judge(&k, "2025");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_period(v.achieved_period, "2025");
	k.points[2].figure.value = 9999;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
}

/* --- paths ---------------------------------------------------------------- */

static void
milestones_hold_until_the_next_one(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.milestones[0] = (struct cat_milestone){period_of("2018"), 2500};
	k.milestones[1] = (struct cat_milestone){period_of("2022"), 1500};
	k.versions[0].path = PATH_MILESTONES;
	k.versions[0].milestones = k.milestones;
	k.versions[0].n_milestones = 2;
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	(void)case_point(&k, POINT_OWN, "2021", "25.51");
	(void)case_point(&k, POINT_OWN, "2022", "14.00");
	v = case_judge(&k, "2017");
	assert_undecided(&v, REASON_NO_PATH);
	v = case_judge(&k, "2021");
	assert_verdict(&v, VERDICT_BEHIND, RULE_OFF_PATH);
	assert_fine(v.path, "25.00");
	assert_period(v.path_period, "2018");
	v = case_judge(&k, "2022");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	assert_fine(v.gap, "1.00");
}

static void
quarters_follow_the_line_by_months_and_steps_by_whole_years(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.definitions[CASE_RATE].frequency = FREQ_QUARTER;
	(void)case_point(&k, POINT_OWN, "2017-Q4", "28.00");
	(void)case_point(&k, POINT_OWN, "2018-Q3", "26.50");
	v = case_judge(&k, "2018-Q3");
	assert_fine(v.path, "26.50");
	assert_fine(v.pace, "2.00");
	assert_fine(v.required_pace, "2.00");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	k.versions[0].path = PATH_STEPS;
	v = case_judge(&k, "2018-Q3");
	assert_fine(v.path, "28.00");
	(void)case_point(&k, POINT_OWN, "2026-Q4", "9.00");
	v = case_judge(&k, "2026-Q4");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
}

static void
paths_round_half_away_at_four_more_digits(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].due = period_of("2019");
	(void)case_point(&k, POINT_OWN, "2017", "23.33");
	v = case_judge(&k, "2017");
	assert_fine(v.path, "23.333333");
	assert_fine(v.gap, "0.003333");
	assert_fine(v.required_pace, "6.665000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_mean_step_is_counted_from_the_base_over_the_years),
	    cmocka_unit_test(a_mean_step_asks_at_most_for_the_natural_bound),
	    cmocka_unit_test(each_step_is_counted_from_the_year_before),
	    cmocka_unit_test(
	        each_with_a_year_without_a_figure_is_undecided_unless_another_fails),
	    cmocka_unit_test(each_step_asks_at_most_for_the_natural_bound),
	    cmocka_unit_test(a_step_that_names_the_change_needs_no_base),
	    cmocka_unit_test(each_change_is_judged_in_its_own_year),
	    cmocka_unit_test(a_change_over_a_span_is_due_in_that_span),
	    cmocka_unit_test(
	        zero_is_judged_on_the_numerator_where_parts_are_known),
	    cmocka_unit_test(
	        all_is_the_numerator_equal_to_the_denominator_or_the_bound),
	    cmocka_unit_test(milestones_hold_until_the_next_one),
	    cmocka_unit_test(
	        quarters_follow_the_line_by_months_and_steps_by_whole_years),
	    cmocka_unit_test(paths_round_half_away_at_four_more_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
