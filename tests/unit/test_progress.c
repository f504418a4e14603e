/* links: common/domain/progress.c common/domain/method.c common/domain/projection.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/progress.h"
#include "tests/lib/verdict_case.h"

/* Base 30.00 at 2016, at most 10.00 by 2026, line. */

static struct method_result
measured(struct verdict_case *k, const char *at, enum method method)
{
	struct verdict v = case_judge(k, at);
	struct method_result r;

	progress_method(&k->in, &v, method, &r);
	return r;
}

static void
refused(struct verdict_case *k, const char *at, enum method_refusal why)
{
	for (int m = 0; m < METHODS; m++) {
		struct method_result r = measured(k, at, (enum method)m);

		assert_string_equal(method_refusal_name(r.refused),
		                    method_refusal_name(why));
		assert_null(r.category);
	}
}

static void
methods_see_the_verdicts_own_figure_base_and_target(void **state)
{
	struct verdict_case k;
	struct method_result r;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2020", "21.00");
	(void)case_point(&k, POINT_OWN, "2021", "20.00");
	r = measured(&k, "2021", METHOD_PATH);
	assert_int_equal(r.refused, METHOD_ACCEPTED);
	assert_int_equal(r.value, 1000000); /* half the way, half the time */
	r = measured(&k, "2020", METHOD_PATH);
	assert_int_equal(r.value, 1125000); /* 9 of 20 in 4 of 10 */
	assert_int_equal(r.verdict, VERDICT_ON_TRACK);
	/* (20/30)^(1/5) - 1 over (10/30)^(1/10) - 1: -0.077892 / -0.104042 */
	r = measured(&k, "2021", METHOD_EUROSTAT);
	assert_in_range(r.value, 748600, 748700);
	assert_string_equal(r.category, "moderate_progress");
	r = measured(&k, "2021", METHOD_STEP);
	assert_int_equal(r.value, 2000000);
}

static void
a_step_is_held_against_the_printed_one(void **state)
{
	struct verdict_case k;
	struct method_result r;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_STEP;
	k.versions[0].sense = SENSE_AT_LEAST;
	k.versions[0].value = 300; /* 3.00 a year */
	(void)case_point(&k, POINT_OWN, "2018", "24.00");
	r = measured(&k, "2018", METHOD_STEP);
	assert_int_equal(r.value, 3000000);
	assert_string_equal(r.category, "step_made");
	(void)case_point(&k, POINT_OWN, "2019", "21.03");
	r = measured(&k, "2019", METHOD_STEP);
	assert_int_equal(r.value, 2990000);
	assert_string_equal(r.category, "step_short");
}

static void
what_is_met_is_achieved_by_every_method(void **state)
{
	struct verdict_case k;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2021", "9.00");
	for (int m = 0; m < METHODS; m++)
		assert_int_equal(measured(&k, "2021", (enum method)m).verdict,
		                 VERDICT_ACHIEVED);
}

static void
without_a_figure_a_base_or_a_level_no_method_speaks(void **state)
{
	struct verdict_case k;

	(void)state;
	case_init(&k);
	refused(&k, "2021", METHOD_NO_FIGURE);
	case_point(&k, POINT_OWN, "2021", "20.00")->figure.status = STATUS_F;
	refused(&k, "2021", METHOD_NO_FIGURE);
	case_point(&k, POINT_OWN, "2022", "20.00")->figure.bound = BOUND_LE;
	refused(&k, "2022", METHOD_NO_FIGURE);
	(void)case_point(&k, POINT_OWN, "2023", "20.00");
	k.versions[0].has_base = false;
	refused(&k, "2023", METHOD_NO_BASE);
	k.versions[0].has_base = true;
	k.versions[0].has_value = false;
	k.versions[0].sense = SENSE_NONE;
	refused(&k, "2023", METHOD_NO_TARGET);
}

static void
a_target_without_a_path_is_still_measured(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].path = PATH_NONE;
	(void)case_point(&k, POINT_OWN, "2021", "20.00");
	v = case_judge(&k, "2021");
	assert_undecided(&v, REASON_NO_PATH);
	assert_int_equal(measured(&k, "2021", METHOD_PATH).value, 1000000);
}

static void
the_trend_of_released_figures_says_when(void **state)
{
	static const char *const values[] = {"28.00", "26.00", "24.00",
	                                     "22.00"};
	struct verdict_case k;
	struct projection p;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_years(&k, 2017, values, 4);
	v = case_judge(&k, "2020");
	assert_true(progress_project(&k.in, &v, &p));
	assert_int_equal(p.n, 4);
	assert_true(p.has_range);
	assert_period(p.theil_sen.reached, "2026");
	assert_period(p.ols.reached, "2026");
	/* asked for an earlier year, later figures are not known of */
	v = case_judge(&k, "2019");
	assert_true(progress_project(&k.in, &v, &p));
	assert_int_equal(p.n, 3);
	assert_false(p.has_range);
	v = case_judge(&k, "2018");
	assert_false(progress_project(&k.in, &v, &p));
}

static void
a_trend_that_no_figure_confirmed_tells_of_the_judged_period_at_best(
    void **state)
{
	static const char *const values[] = {"25.00", "20.00", "15.00"};
	struct verdict_case k;
	struct projection p;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_years(&k, 2017, values, 3); /* the line is at 10.00 in 2020 */
	v = case_judge(&k, "2019");
	assert_true(progress_project(&k.in, &v, &p));
	assert_period(p.theil_sen.reached, "2020");
	v = case_judge(&k, "2023");
	assert_true(progress_project(&k.in, &v, &p));
	assert_period(p.theil_sen.reached, "2023");
}

static void
only_released_exact_observed_figures_make_a_trend(void **state)
{
	static const char *const values[] = {"28.00", "26.00", "24.00",
	                                     "22.00"};
	struct verdict_case k;
	struct projection p;
	struct verdict v;

	(void)state;
	for (int i = 0; i < 4; i++) {
		case_init(&k);
		case_years(&k, 2017, values, 4);
		if (i == 0)
			k.points[1].released = false;
		else if (i == 1)
			k.points[1].figure.bound = BOUND_ABOUT;
		else if (i == 2)
			k.points[1].figure.status = STATUS_F;
		else
			k.points[1].figure.definition = CASE_RATE_B;
		v = case_judge(&k, "2020");
		assert_true(progress_project(&k.in, &v, &p));
		assert_int_equal(p.n, 3);
		k.points[2].released = false;
		assert_false(progress_project(&k.in, &v, &p));
	}
}

static void
there_is_nothing_to_project_once_achieved_or_year_by_year(void **state)
{
	static const char *const values[] = {"28.00", "26.00", "24.00", "9.00"};
	struct verdict_case k;
	struct projection p;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_years(&k, 2017, values, 4);
	v = case_judge(&k, "2020");
	assert_false(progress_project(&k.in, &v, &p));
	v = case_judge(&k, "2019");
	assert_true(progress_project(&k.in, &v, &p));
	k.versions[0].kind = TARGET_MAINTAIN;
	assert_false(progress_project(&k.in, &v, &p));
	k.versions[0].kind = TARGET_STEP;
	k.versions[0].sense = SENSE_AT_LEAST;
	k.versions[0].steps = STEPS_EACH;
	v = case_judge(&k, "2019");
	assert_false(progress_project(&k.in, &v, &p));
}

static void
figures_from_before_the_base_are_part_of_the_trend(void **state)
{
	static const char *const values[] = {"34.00", "32.00", "30.00",
	                                     "28.00"};
	struct verdict_case k;
	struct projection p;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_years(&k, 2014, values, 4);
	v = case_judge(&k, "2017");
	assert_true(progress_project(&k.in, &v, &p));
	assert_int_equal(p.n, 4);
	assert_period(p.theil_sen.reached, "2026");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        methods_see_the_verdicts_own_figure_base_and_target),
	    cmocka_unit_test(a_step_is_held_against_the_printed_one),
	    cmocka_unit_test(what_is_met_is_achieved_by_every_method),
	    cmocka_unit_test(
	        without_a_figure_a_base_or_a_level_no_method_speaks),
	    cmocka_unit_test(a_target_without_a_path_is_still_measured),
	    cmocka_unit_test(the_trend_of_released_figures_says_when),
	    cmocka_unit_test(
	        a_trend_that_no_figure_confirmed_tells_of_the_judged_period_at_best),
	    cmocka_unit_test(only_released_exact_observed_figures_make_a_trend),
	    cmocka_unit_test(
	        there_is_nothing_to_project_once_achieved_or_year_by_year),
	    cmocka_unit_test(
	        figures_from_before_the_base_are_part_of_the_trend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
