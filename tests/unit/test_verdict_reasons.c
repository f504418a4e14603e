/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"

static void
without_a_printed_number_there_is_no_plan_figure(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].has_value = false;
	k.versions[0].sense = SENSE_NONE;
	(void)case_point(&k, POINT_OWN, "2020", "1.00");
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_PLAN_FIGURE);
	k.versions[0].kind = TARGET_STEP;
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_PLAN_FIGURE);
}

static void
all_of_what_has_no_bound_and_no_count_has_no_plan_figure(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_ALL;
	k.definitions[CASE_RATE].has_max = false;
	k.definitions[CASE_RATE].place = PLACE_NONE;
	(void)case_point(&k, POINT_OWN, "2026", "100.00");
	(void)case_parts(&k, "2025", 15, 15);
	v = case_judge(&k, "2026");
	assert_undecided(&v, REASON_NO_PLAN_FIGURE);
	v = case_judge(&k, "2025");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
	v = case_judge(&k, "2024");
	assert_undecided(&v, REASON_NO_FIGURE);
}

static void
an_abolished_unit_is_judged_at_the_due_period_only(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2024", "12.00");
	(void)case_point(&k, POINT_OWN, "2025", "11.00");
	k.unit.validity.to = day_of("2025-06-30");
	v = case_judge(&k, NULL);
	assert_undecided(&v, REASON_UNIT_ABOLISHED);
	assert_period(v.judged, "2025");
	assert_int_equal(v.last_kind, VERDICT_ON_TRACK);
	assert_period(v.last_period, "2024");
	v = case_judge(&k, "2026");
	assert_undecided(&v, REASON_UNIT_ABOLISHED);
	case_point(&k, POINT_ROLLUP, "2026", "9.00")->complete = true;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	k.unit.validity = (struct validity){day_of("2030-01-01"), {DAY_LAST}};
	k.in.asked = period_of("2025");
	assert_false(verdict_judge(&k.in, &v)); /* not yet a unit: not bound */
}

struct lone {
	enum point_which which;
	enum obs_status status;
	bool complete, under_floor;
	enum verdict_reason reason;
};

static void
assert_lone(const struct lone *l)
{
	struct verdict_case k;
	struct verdict_point *pt;
	struct verdict v;

	case_init(&k);
	pt = case_point(&k, l->which, "2020", "5.00");
	pt->figure.status = (uint8_t)l->status;
	pt->complete = l->complete;
	pt->under_floor = l->under_floor;
	v = case_judge(&k, "2020");
	if (l->reason == REASON_NONE)
		assert_int_equal(v.kind, VERDICT_ACHIEVED);
	else
		assert_undecided(&v, l->reason);
}

static void
an_unusable_figure_says_why(void **state)
{
	static const struct lone lone[] = {
	    {POINT_OWN, STATUS_A, false, false, REASON_NONE},
	    {POINT_OWN, STATUS_P, false, false, REASON_NONE},
	    {POINT_OWN, STATUS_E, false, false, REASON_NONE},
	    {POINT_OWN, STATUS_F, false, false, REASON_FORECAST_ONLY},
	    {POINT_OWN, STATUS_M, false, false, REASON_NO_FIGURE},
	    {POINT_ROLLUP, STATUS_A, true, false, REASON_NONE},
	    {POINT_ROLLUP, STATUS_A, false, false, REASON_PARTIAL},
	    {POINT_ROLLUP, STATUS_A, false, true, REASON_UNDER_FLOOR},
	    {POINT_OTHER_DEFINITION, STATUS_A, false, false,
	     REASON_OTHER_DEFINITION},
	    {POINT_OTHER_DEFINITION, STATUS_F, false, false,
	     REASON_OTHER_DEFINITION},
	    {POINT_OTHER_SCOPE, STATUS_A, false, false, REASON_OTHER_SCOPE},
	    {POINT_OTHER_SCOPE, STATUS_M, false, false, REASON_NO_FIGURE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof lone / sizeof *lone; i++)
		assert_lone(&lone[i]);
}

static void
of_several_unusable_figures_the_targets_own_says_why(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OTHER_SCOPE, "2020", "5.00");
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_OTHER_SCOPE);
	(void)case_point(&k, POINT_OTHER_DEFINITION, "2020", "5.00");
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_OTHER_DEFINITION);
	case_point(&k, POINT_OWN, "2020", "5.00")->figure.status = STATUS_F;
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_FORECAST_ONLY);
	(void)case_point(&k, POINT_ROLLUP, "2020", "5.00");
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_PARTIAL);
}

static void
a_denominator_under_the_least_is_too_few(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.definitions[CASE_RATE].min_denominator = 50;
	(void)case_parts(&k, "2020", 1, 49);
	(void)case_parts(&k, "2021", 1, 50);
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_TOO_FEW);
	assert_int_equal(v.timeliness, TIMELINESS_CURRENT);
	v = case_judge(&k, "2021");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
	assert_int_equal(v.value, 200);
}

static void
nothing_of_nothing_is_too_few(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_ZERO;
	(void)case_parts(&k, "2020", 0, 0);
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_TOO_FEW);
}

static void
assert_bound(enum bound bound, const char *value, enum verdict_kind kind)
{
	struct verdict_case k;
	struct verdict v;

	case_init(&k);
	case_point(&k, POINT_OWN, "2021", value)->figure.bound = (uint8_t)bound;
	v = case_judge(&k, "2021");
	assert_string_equal(verdict_kind_name(v.kind), verdict_kind_name(kind));
	if (kind == VERDICT_UNDECIDED)
		assert_undecided(&v, REASON_INEXACT);
}

static void
an_inexact_figure_decides_only_in_the_direction_it_supports(void **state)
{
	(void)state;
	/* the path is 20.00, margin 0.50, target at most 10.00 */
	assert_bound(BOUND_LE, "20.00", VERDICT_ON_TRACK);
	assert_bound(BOUND_LT, "20.00", VERDICT_ON_TRACK);
	assert_bound(BOUND_LE, "20.01", VERDICT_UNDECIDED);
	assert_bound(BOUND_LT, "20.01", VERDICT_UNDECIDED);
	assert_bound(BOUND_LE, "10.00", VERDICT_ACHIEVED);
	assert_bound(BOUND_GE, "20.51", VERDICT_BEHIND);
	assert_bound(BOUND_GE, "20.50", VERDICT_UNDECIDED);
	assert_bound(BOUND_GT, "20.50", VERDICT_BEHIND);
	assert_bound(BOUND_GE, "9.00", VERDICT_UNDECIDED);
	assert_bound(BOUND_GE, "30.51", VERDICT_REVERSING);
	assert_bound(BOUND_ABOUT, "19.49", VERDICT_ON_TRACK);
	assert_bound(BOUND_ABOUT, "19.50", VERDICT_UNDECIDED);
	assert_bound(BOUND_ABOUT, "21.01", VERDICT_BEHIND);
	assert_bound(BOUND_ABOUT, "21.00", VERDICT_UNDECIDED);
}

static void
an_inexact_figure_is_no_previous_one_and_no_base(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2019", "22.00");
	case_point(&k, POINT_OWN, "2020", "20.00")->figure.bound = BOUND_LE;
	(void)case_point(&k, POINT_OWN, "2021", "20.00");
	v = case_judge(&k, "2021");
	assert_period(v.previous_period, "2019");
	assert_fine(v.pace, "1.00");
	assert_verdict(&v, VERDICT_AT_RISK, RULE_SLOW);
	k.versions[0].base_series = true;
	case_point(&k, POINT_OWN, "2016", "30.00")->figure.bound = BOUND_ABOUT;
	v = case_judge(&k, "2021");
	assert_undecided(&v, REASON_NO_BASE);
}

static void
a_path_without_a_base_or_none_at_all_is_undecided_until_it_is_due(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2020", "11.00");
	(void)case_point(&k, POINT_OWN, "2021", "10.00");
	(void)case_point(&k, POINT_OWN, "2026", "10.00");
	case_base(&k, NULL, NULL);
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_BASE);
	k.versions[0].path = PATH_NONE;
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_PATH);
	v = case_judge(&k, "2021");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
}

static void
a_base_of_the_series_is_the_figure_now_in_force(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].base_series = true;
	(void)case_point(&k, POINT_OWN, "2021", "20.00");
	v = case_judge(&k, "2021");
	assert_undecided(&v, REASON_NO_BASE);
	(void)case_point(&k, POINT_OWN, "2016", "40.00");
	v = case_judge(&k, "2021");
	assert_fine(v.path, "25.00");
	assert_period(v.previous_period, "2016");
	assert_fine(v.pace, "4.00");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_printed_number_there_is_no_plan_figure),
	    cmocka_unit_test(
	        all_of_what_has_no_bound_and_no_count_has_no_plan_figure),
	    cmocka_unit_test(
	        an_abolished_unit_is_judged_at_the_due_period_only),
	    cmocka_unit_test(an_unusable_figure_says_why),
	    cmocka_unit_test(
	        of_several_unusable_figures_the_targets_own_says_why),
	    cmocka_unit_test(a_denominator_under_the_least_is_too_few),
	    cmocka_unit_test(nothing_of_nothing_is_too_few),
	    cmocka_unit_test(
	        an_inexact_figure_decides_only_in_the_direction_it_supports),
	    cmocka_unit_test(an_inexact_figure_is_no_previous_one_and_no_base),
	    cmocka_unit_test(
	        a_path_without_a_base_or_none_at_all_is_undecided_until_it_is_due),
	    cmocka_unit_test(a_base_of_the_series_is_the_figure_now_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
