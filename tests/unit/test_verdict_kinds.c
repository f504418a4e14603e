/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"

/* Kinds of targets beside level, step, zero, all and complete; each table was
 * worked by hand. */

/* --- multiple and halving ------------------------------------------------- */

static void
a_multiple_asks_for_the_base_times_its_factor(void **state)
{
	static const struct case_row rows[] = {
	    {"45.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"44.99", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"37.50", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"37.49", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"36.99", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"29.49", VERDICT_REVERSING, RULE_UNDER_BASE},
	    {"-", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	static const struct case_row due[] = {
	    {"45.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"44.99", VERDICT_MISSED, RULE_DUE},
	    {"-", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	k.versions[0].kind = TARGET_MULTIPLE;
	k.versions[0].has_value = false;
	k.versions[0].factor = 15000;
	CASE_ROWS(k, 2021, rows);
	CASE_ROWS(k, 2026, due);
}

static void
a_multiple_is_told_rounded_and_judged_exactly(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_upward(&k);
	k.versions[0].kind = TARGET_MULTIPLE;
	k.versions[0].has_value = false;
	k.versions[0].factor = 13333;
	case_base(&k, "2016", "27.81");
	(void)case_point(&k, POINT_OWN, "2026", "37.07");
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	assert_fine(v.target_level, "37.079073");
	assert_true(v.has_target);
	assert_int_equal(v.target_value, 3708);
	k.points[0].figure.value = 3708;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_fine(v.gap, "0.000927");
}

static void
halving_asks_for_half_the_base(void **state)
{
	static const struct case_row rows[] = {
	    {"22.00 15.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"22.00 15.01", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"25.00 22.50", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"23.00 22.50", VERDICT_AT_RISK, RULE_SLOW},
	    {"25.00 22.51", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"25.00 23.01", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"14.00 15.51", VERDICT_REVERSING, RULE_LOST},
	};
	static const struct case_row due[] = {
	    {"15.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"15.01", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row no_base[] = {
	    {"15.00", VERDICT_UNDECIDED, REASON_NO_BASE},
	    {"-", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_HALVING;
	k.versions[0].has_value = false;
	k.versions[0].factor = 5000;
	CASE_ROWS(k, 2020, rows);
	CASE_ROWS(k, 2026, due);
	k.versions[0].base_series = true;
	k.versions[0].has_base = false;
	CASE_ROWS(k, 2026, no_base);
	(void)case_point(&k, POINT_OWN, "2016", "30.00");
	CASE_ROWS(k, 2026, due);
	k.points[0].figure.bound = BOUND_LE;
	CASE_ROWS(k, 2026, no_base);
}

static void
an_inexact_figure_decides_a_multiple_in_its_direction_only(void **state)
{
	static const struct {
		enum bound bound;
		const char *value;
		enum verdict_kind kind;
	} rows[] = {
	    {BOUND_LE, "15.00", VERDICT_ACHIEVED},
	    {BOUND_LT, "15.01", VERDICT_UNDECIDED},
	    {BOUND_GT, "15.00", VERDICT_MISSED},
	    {BOUND_GE, "15.00", VERDICT_UNDECIDED},
	    {BOUND_ABOUT, "14.49", VERDICT_ACHIEVED},
	    {BOUND_ABOUT, "14.50", VERDICT_UNDECIDED},
	    {BOUND_ABOUT, "15.51", VERDICT_MISSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_case k;
		struct verdict v;

		case_init(&k);
		k.versions[0].kind = TARGET_HALVING;
		k.versions[0].factor = 5000;
		case_point(&k, POINT_OWN, "2026", rows[i].value)->figure.bound =
		    (uint8_t)rows[i].bound;
		v = case_judge(&k, "2026");
		assert_int_equal(v.kind, rows[i].kind);
	}
}

/* --- share ---------------------------------------------------------------- */

static void
a_share_of_units_is_a_level_from_below(void **state)
{
	static const struct case_row rows[] = {
	    {"85.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"84.99", VERDICT_MISSED, RULE_DUE},
	};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	k.definitions[CASE_RATE].place = PLACE_SHARE;
	k.versions[0].kind = TARGET_SHARE;
	k.versions[0].value = 8500;
	CASE_ROWS(k, 2026, rows);
	k.versions[0].has_value = false;
	(void)case_point(&k, POINT_OWN, "2026", "85.00");
	struct verdict v = case_judge(&k, "2026");

	assert_undecided(&v, REASON_NO_PLAN_FIGURE);
}

/* --- relative ------------------------------------------------------------- */

static void
relative_init(struct verdict_case *k)
{
	case_init(k);
	case_base(k, NULL, NULL);
	k->versions[0].kind = TARGET_RELATIVE;
	k->versions[0].has_value = false;
	k->versions[0].factor = 15000;
	k->versions[0].relative_unit = 1;
	k->versions[0].path = PATH_NONE;
}

static void
a_relation_is_asked_in_the_period_itself(void **state)
{
	static const struct case_row rows[] = {
	    {"30.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"30.01", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"- 20.00", VERDICT_UNDECIDED, REASON_NO_BASE},
	    {"- -", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	static const struct case_row due[] = {
	    {"15.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"15.01", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row below[] = {
	    {"15.00", VERDICT_MISSED, RULE_DUE},
	    {"14.99", VERDICT_ACHIEVED, RULE_DUE},
	};
	struct verdict_case k;

	(void)state;
	relative_init(&k);
	(void)case_reference(&k, "2021", "20.00");
	(void)case_reference(&k, "2026", "10.00");
	CASE_ROWS(k, 2021, rows);
	CASE_ROWS(k, 2026, due);
	k.versions[0].sense = SENSE_BELOW;
	CASE_ROWS(k, 2026, below);
}

static void
a_measure_that_is_not_usable_is_none(void **state)
{
	static const struct {
		enum obs_status status;
		enum bound bound;
		bool partial;
		enum verdict_reason reason;
	} rows[] = {
	    {STATUS_P, BOUND_EQ, false, REASON_NONE},
	    {STATUS_F, BOUND_EQ, false, REASON_NO_BASE},
	    {STATUS_M, BOUND_EQ, false, REASON_NO_BASE},
	    {STATUS_A, BOUND_GE, false, REASON_NO_BASE},
	    {STATUS_A, BOUND_EQ, true, REASON_NO_BASE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_case k;
		struct verdict_point *pt;
		struct verdict v;

		relative_init(&k);
		(void)case_point(&k, POINT_OWN, "2026", "15.00");
		pt = case_reference(&k, "2026", "10.00");
		pt->figure.status = (uint8_t)rows[i].status;
		pt->figure.bound = (uint8_t)rows[i].bound;
		pt->which = rows[i].partial ? POINT_ROLLUP : POINT_OWN;
		v = case_judge(&k, "2026");
		assert_int_equal(v.reason, rows[i].reason);
		assert_int_equal(v.has_reference,
		                 rows[i].reason == REASON_NONE);
	}
}

static void
a_measure_has_decimals_of_its_own(void **state)
{
	struct verdict_case k;
	struct verdict_point *pt;
	struct verdict v;

	(void)state;
	relative_init(&k);
	k.versions[0].relative_definition = CASE_RATE_B;
	k.versions[0].factor = 3333;
	k.definitions[CASE_RATE_B].decimals = 3;
	(void)case_point(&k, POINT_OWN, "2026", "6.67");
	pt = case_reference(&k, "2026", NULL);
	pt->figure.has = FIGURE_VALUE;
	pt->figure.value = 20015; /* 20.015 */
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	/* 0.3333 x 20.015 = 6.6709995 */
	assert_fine(v.target_level, "6.671000");
	assert_int_equal(v.target_value, 667);
	assert_int_equal(v.reference, 20015);
	assert_int_equal(v.reference_places, 3);
}

static void
what_was_met_before_is_asked_with_the_measure_of_then(void **state)
{
	static const struct case_row rows[] = {
	    {"29.00 20.00", VERDICT_REVERSING, RULE_LOST},
	    {"31.00 20.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"31.00 35.00", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"31.00 36.00", VERDICT_REVERSING, RULE_TURNED},
	};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	relative_init(&k);
	(void)case_reference(&k, "2021", "20.00");
	(void)case_reference(&k, "2022", "10.00");
	k.milestones[0] = (struct cat_milestone){period_of("2022"), 3499};
	k.versions[0].path = PATH_MILESTONES;
	k.versions[0].milestones = k.milestones;
	k.versions[0].n_milestones = 1;
	CASE_ROWS(k, 2021, rows);
	(void)case_point(&k, POINT_OWN, "2021", "30.00");
	(void)case_point(&k, POINT_OWN, "2022", "15.00");
	v = case_judge(&k, "2022");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
	assert_period(v.achieved_period, "2021");
	assert_false(v.has_pace);
	assert_false(v.has_required_pace);
}

/* --- maintain ------------------------------------------------------------- */

static void
what_is_maintained_is_asked_in_every_period(void **state)
{
	static const struct case_row rows[] = {
	    {"- 10.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"- 1.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"9.00 5.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"10.00 10.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"5.00 9.00", VERDICT_AT_RISK, RULE_SLOW},
	    {"11.00 10.50", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"11.00 10.51", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"5.00 10.51", VERDICT_REVERSING, RULE_TURNED},
	    {"5.00 -", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	static const struct case_row due[] = {
	    {"10.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"10.01", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row base[] = {
	    {"30.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"30.50", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"30.51", VERDICT_REVERSING, RULE_UNDER_BASE},
	};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_MAINTAIN;
	k.versions[0].path = PATH_STEPS;
	CASE_ROWS(k, 2020, rows);
	CASE_ROWS(k, 2026, due);
	k.versions[0].has_value = false;
	k.versions[0].value = 0;
	CASE_ROWS(k, 2021, base);
	(void)case_point(&k, POINT_OWN, "2021", "30.00");
	v = case_judge(&k, "2021");
	assert_true(v.has_target);
	assert_int_equal(v.target_value, 3000);
	k.versions[0].has_base = false;
	v = case_judge(&k, "2021");
	assert_undecided(&v, REASON_NO_BASE);
}

/* --- plan ----------------------------------------------------------------- */

static void
each_period_of_a_plan_is_judged_alone(void **state)
{
	static const struct case_row rows[] = {
	    {"90.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"89.99", VERDICT_MISSED, RULE_DUE},
	    {"90.00 99.99", VERDICT_MISSED, RULE_DUE},
	    {"0.00 100.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"- - 100.00", VERDICT_UNDECIDED, REASON_NO_PLAN_FIGURE},
	    {"-", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	static const struct case_row most[] = {
	    {"85.50", VERDICT_ACHIEVED, RULE_DUE},
	    {"85.49", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row above[] = {
	    {"85.50", VERDICT_MISSED, RULE_DUE},
	    {"85.51", VERDICT_ACHIEVED, RULE_DUE},
	};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_upward(&k);
	case_base(&k, NULL, NULL);
	k.plan[0] = (struct cat_milestone){period_of("2020"), 9000};
	k.plan[1] = (struct cat_milestone){period_of("2021"), 10000};
	k.versions[0].kind = TARGET_PLAN;
	k.versions[0].has_value = false;
	k.versions[0].factor = FACTOR_ONE;
	k.versions[0].plan = k.plan;
	k.versions[0].n_plan = 2;
	k.versions[0].path = PATH_STEPS;
	CASE_ROWS(k, 2020, rows);
	k.versions[0].factor = 9500;
	CASE_ROWS(k, 2020, most);
	k.versions[0].sense = SENSE_ABOVE;
	CASE_ROWS(k, 2020, above);
	(void)case_point(&k, POINT_OWN, "2020", "86.00");
	(void)case_point(&k, POINT_OWN, "2021", "96.00");
	v = case_judge(&k, "2021");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_true(v.final);
	assert_int_equal(v.target_value, 9500);
	assert_period(v.achieved_period, "2020");
	assert_false(v.has_pace);
	assert_false(v.has_previous);
}

static void
a_degree_of_fulfilment_may_be_the_indicator_itself(void **state)
{
	static const struct case_row rows[] = {
	    {"100.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"99.99", VERDICT_MISSED, RULE_DUE},
	    {"0.00 100.00", VERDICT_ACHIEVED, RULE_DUE},
	};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	k.versions[0].kind = TARGET_PLAN;
	k.versions[0].value = 10000;
	k.versions[0].path = PATH_STEPS;
	CASE_ROWS(k, 2020, rows);
}

/* --- ratio methods -------------------------------------------------------- */

static void
a_ratio_method_stands_in_place_of_the_path(void **state)
{
	/* R = ((y/30)^(1/5) - 1) / |(15/30)^(1/10) - 1|, downward. */
	static const struct {
		const char *value;
		enum verdict_kind kind;
		int64_t ratio; /* millionths */
	} rows[] = {
	    {"20.00", VERDICT_ON_TRACK, 1163141},
	    {"21.50", VERDICT_ON_TRACK, 962529},
	    {"22.00", VERDICT_AT_RISK, 898147},
	    {"25.00", VERDICT_BEHIND, 534704},
	    {"31.00", VERDICT_REVERSING, -98250},
	};
	static const struct case_row more[] = {
	    {"15.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"-", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	static const struct case_row due[] = {
	    {"15.01", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row refused[] = {
	    {"20.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	};
	static const struct case_row no_base[] = {
	    {"20.00", VERDICT_UNDECIDED, REASON_NO_BASE},
	};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	k.versions[0].value = 1500;
	k.versions[0].method = "eurostat";
	CASE_ROWS(k, 2021, more);
	CASE_ROWS(k, 2026, due);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict v;

		k.in.n = 0;
		(void)case_point(&k, POINT_OWN, "2021", rows[i].value);
		v = case_judge(&k, "2021");
		assert_verdict(&v, rows[i].kind, RULE_RATIO);
		assert_true(v.has_ratio);
		assert_int_equal(v.ratio, rows[i].ratio);
		k.versions[0].method = i % 2 ? "eurostat" : "opensdg";
	}
	k.in.n = 0;
	k.versions[0].value = 0;
	CASE_ROWS(k, 2021, refused);
	k.versions[0].value = 1500;
	k.versions[0].has_base = false;
	CASE_ROWS(k, 2021, no_base);
}

static void
a_ratio_of_an_inexact_figure_is_asked_at_both_ends(void **state)
{
	static const struct {
		enum bound bound;
		const char *value;
		enum verdict_kind kind;
	} rows[] = {
	    {BOUND_GE, "31.00", VERDICT_REVERSING},
	    {BOUND_GE, "20.00", VERDICT_UNDECIDED},
	    {BOUND_LE, "20.00", VERDICT_ON_TRACK},
	    {BOUND_ABOUT, "22.50", VERDICT_AT_RISK},
	    {BOUND_ABOUT, "21.50", VERDICT_UNDECIDED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_case k;
		struct verdict v;

		case_init(&k);
		k.versions[0].value = 1500;
		k.versions[0].method = "opensdg";
		case_point(&k, POINT_OWN, "2021", rows[i].value)->figure.bound =
		    (uint8_t)rows[i].bound;
		v = case_judge(&k, "2021");
		assert_int_equal(v.kind, rows[i].kind);
	}
}

/* --- successors ----------------------------------------------------------- */

static void
with_a_successor_an_abolished_unit_has_no_more_rows(void **state)
{
	static const struct cat_successor by = {0, 1};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.unit.validity.to = day_of("2025-06-30");
	(void)case_point(&k, POINT_OWN, "2024", "12.00");
	(void)case_point(&k, POINT_OWN, "2026", "9.00");
	v = case_judge(&k, "2025");
	assert_undecided(&v, REASON_UNIT_ABOLISHED);
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	k.target.successors = &by;
	k.target.n_successors = 1;
	for (int year = 2025; year <= 2026; year++) {
		k.in.asked = period_of_year(year);
		assert_false(verdict_judge(&k.in, &v));
	}
	v = case_judge(&k, "2024");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	k.in.asked.code = 0;
	assert_false(verdict_judge(&k.in, &v));
	k.unit.validity.to.n = DAY_LAST;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
}

static void
a_plan_of_an_abolished_unit_is_judged_when_it_is_due_only(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_upward(&k);
	k.versions[0].kind = TARGET_PLAN;
	k.versions[0].value = 10000;
	k.unit.validity.to = day_of("2024-06-30");
	(void)case_point(&k, POINT_OWN, "2025", "100.00");
	(void)case_point(&k, POINT_OWN, "2026", "100.00");
	v = case_judge(&k, "2025");
	assert_undecided(&v, REASON_UNIT_ABOLISHED);
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_multiple_asks_for_the_base_times_its_factor),
	    cmocka_unit_test(a_multiple_is_told_rounded_and_judged_exactly),
	    cmocka_unit_test(halving_asks_for_half_the_base),
	    cmocka_unit_test(
	        an_inexact_figure_decides_a_multiple_in_its_direction_only),
	    cmocka_unit_test(a_share_of_units_is_a_level_from_below),
	    cmocka_unit_test(a_relation_is_asked_in_the_period_itself),
	    cmocka_unit_test(a_measure_that_is_not_usable_is_none),
	    cmocka_unit_test(a_measure_has_decimals_of_its_own),
	    cmocka_unit_test(
	        what_was_met_before_is_asked_with_the_measure_of_then),
	    cmocka_unit_test(what_is_maintained_is_asked_in_every_period),
	    cmocka_unit_test(each_period_of_a_plan_is_judged_alone),
	    cmocka_unit_test(
	        a_degree_of_fulfilment_may_be_the_indicator_itself),
	    cmocka_unit_test(a_ratio_method_stands_in_place_of_the_path),
	    cmocka_unit_test(
	        a_ratio_of_an_inexact_figure_is_asked_at_both_ends),
	    cmocka_unit_test(
	        with_a_successor_an_abolished_unit_has_no_more_rows),
	    cmocka_unit_test(
	        a_plan_of_an_abolished_unit_is_judged_when_it_is_due_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
