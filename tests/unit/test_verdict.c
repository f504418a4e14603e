/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"

/* --- the rows of J2 ------------------------------------------------------- */

static void
the_rows_before_the_due_period_apply_in_order(void **state)
{
	static const struct {
		const char *before, *value;
		enum verdict_kind kind;
		enum verdict_rule rule;
	} rows[] = {
	    {"22.00", "10.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"22.00", "10.01", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"9.00", "10.51", VERDICT_REVERSING, RULE_LOST},
	    {"9.00", "10.50", VERDICT_AT_RISK, RULE_SLOW},
	    {NULL, "30.51", VERDICT_REVERSING, RULE_UNDER_BASE},
	    {NULL, "30.50", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"20.00", "20.51", VERDICT_REVERSING, RULE_TURNED},
	    {"20.01", "20.51", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"20.00", "20.50", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"25.00", "20.51", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"25.00", "20.50", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"25.00", "20.01", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"22.00", "20.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"21.99", "20.00", VERDICT_AT_RISK, RULE_SLOW},
	    {NULL, "20.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict v = case_half_way(rows[i].before, rows[i].value);

		assert_verdict(&v, rows[i].kind, rows[i].rule);
		assert_false(v.final);
		assert_fine(v.path, "20.00");
	}
}

static void
a_target_that_is_not_in_force_has_no_row(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2016", "30.00");
	for (int year = 2014; year <= 2028; year++) {
		bool judged = year >= 2017 && year <= 2026;

		k.in.asked = period_of_year(year);
		assert_int_equal(verdict_judge(&k.in, &v), judged);
	}
	k.in.asked = period_of("2020-S1");
	assert_false(verdict_judge(&k.in, &v));
	k.versions[0].reference = true;
	k.in.asked = period_of("2020");
	assert_false(verdict_judge(&k.in, &v));
}

static void
before_the_first_tick_nothing_has_ended(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.in.today.n = DAY_NONE;
	assert_false(verdict_judge(&k.in, &v));
}

static void
at_the_due_period_the_margin_does_not_help(void **state)
{
	static const struct {
		const char *value;
		enum target_sense sense;
		enum verdict_kind kind;
	} rows[] = {
	    {"10.00", SENSE_AT_MOST, VERDICT_ACHIEVED},
	    {"10.01", SENSE_AT_MOST, VERDICT_MISSED},
	    {"10.00", SENSE_BELOW, VERDICT_MISSED},
	    {"9.99", SENSE_BELOW, VERDICT_ACHIEVED},
	    {"10.00", SENSE_AT_LEAST, VERDICT_ACHIEVED},
	    {"9.99", SENSE_AT_LEAST, VERDICT_MISSED},
	    {"10.00", SENSE_ABOVE, VERDICT_MISSED},
	    {"10.01", SENSE_ABOVE, VERDICT_ACHIEVED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_case k;
		struct verdict v;

		case_init(&k);
		k.versions[0].sense = rows[i].sense;
		(void)case_point(&k, POINT_OWN, "2026", rows[i].value);
		v = case_judge(&k, "2026");
		assert_verdict(&v, rows[i].kind, RULE_DUE);
		assert_true(v.final);
	}
}

static void
a_verdict_at_the_due_period_is_final_only_if_released(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_point(&k, POINT_OWN, "2026", "9.00")->released = false;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_false(v.final);
}

static void
an_achievement_names_the_first_period_of_its_unbroken_run(void **state)
{
	static const char *const values[] = {"9.00", "11.00", "9.80", "9.70",
	                                     NULL,   "9.50",  "9.40"};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_years(&k, 2017, values, 7);
	v = case_judge(&k, "2020");
	assert_period(v.achieved_period, "2019");
	v = case_judge(&k, "2023");
	assert_period(v.achieved_period, "2022");
	v = case_judge(&k, "2018");
	assert_period(v.achieved_period, NULL);
	assert_verdict(&v, VERDICT_REVERSING, RULE_LOST);
	assert_period(v.other_period, "2017");
	assert_int_equal(v.other, 900);
}

static void
what_is_complete_stays_achieved_until_a_figure_says_otherwise(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_COMPLETE;
	k.versions[0].path = PATH_NONE;
	case_base(&k, NULL, NULL);
	(void)case_parts(&k, "2018", 8, 8);
	(void)case_parts(&k, "2020", 8, 8);
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_STAYS);
	assert_period(v.achieved_period, "2018");
	assert_false(v.final);
	assert_int_equal(v.timeliness, TIMELINESS_DUE);
	(void)case_point(&k, POINT_OTHER_SCOPE, "2022", "1.00");
	case_parts(&k, "2022", 7, 8)->figure.status = STATUS_F;
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_STAYS);
	(void)case_parts(&k, "2023", 7, 8);
	v = case_judge(&k, "2026");
	assert_undecided(&v, REASON_NO_FIGURE);
	v = case_judge(&k, "2022");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_STAYS);
	(void)case_parts(&k, "2026", 8, 8);
	v = case_judge(&k, "2026");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_DUE);
	assert_period(v.achieved_period, "2026");
}

/* T3: n of n by a date, or a completion record. */
static void
a_completion_record_meets_what_is_to_be_complete(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_COMPLETE;
	k.versions[0].path = PATH_NONE;
	case_base(&k, NULL, NULL);
	case_point(&k, POINT_COMPLETION, "2019", "1.00")->figure.has = 0;
	v = case_judge(&k, "2018");
	assert_undecided(&v, REASON_NO_FIGURE);
	for (int year = 2019; year < 2023; year++) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%d", year);
		v = case_judge(&k, text);
		assert_verdict(&v, VERDICT_ACHIEVED, RULE_STAYS);
		assert_period(v.achieved_period, "2019");
		assert_false(v.has_figure);
		assert_false(v.has_value);
	}
	/* a figure says otherwise: later, and then of the very period */
	(void)case_parts(&k, "2021", 7, 8);
	v = case_judge(&k, "2022");
	assert_undecided(&v, REASON_NO_FIGURE);
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_STAYS);
	(void)case_parts(&k, "2019", 7, 8);
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_FIGURE);
	/* other kinds look at figures alone */
	k.versions[0].kind = TARGET_ALL;
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_FIGURE);
}

static void
what_accumulates_over_a_programme_stays_achieved(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.definitions[CASE_RATE].accumulation = ACCUMULATION_PROGRAMME;
	(void)case_point(&k, POINT_OWN, "2018", "10.00");
	v = case_judge(&k, "2020");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_STAYS);
	k.definitions[CASE_RATE].accumulation = ACCUMULATION_YEAR;
	v = case_judge(&k, "2020");
	assert_undecided(&v, REASON_NO_FIGURE);
}

/* --- the judged period and timeliness ------------------------------------- */

static void
assert_judged(struct verdict_case *k, const char *today, const char *judged,
              enum timeliness timeliness)
{
	struct verdict v;

	k->in.today = day_of(today);
	v = case_judge(k, NULL);
	assert_period(v.judged, judged);
	assert_string_equal(timeliness_name(v.timeliness),
	                    timeliness_name(timeliness));
}

static void
the_judged_period_waits_for_an_owed_figure_until_it_is_late(void **state)
{
	struct verdict_case k;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2023", "15.00");
	assert_judged(&k, "2024-12-31", "2023", TIMELINESS_CURRENT);
	assert_judged(&k, "2025-01-01", "2023", TIMELINESS_CURRENT);
	assert_judged(&k, "2025-03-16", "2023", TIMELINESS_CURRENT);
	assert_judged(&k, "2025-03-17", "2024", TIMELINESS_LATE);
	case_point(&k, POINT_OWN, "2024", "12.00")->figure.status = STATUS_F;
	assert_judged(&k, "2025-01-01", "2023", TIMELINESS_CURRENT);
	(void)case_point(&k, POINT_OTHER_DEFINITION, "2024", "12.00");
	(void)case_point(&k, POINT_ROLLUP, "2024", "12.00");
	assert_judged(&k, "2025-01-01", "2023", TIMELINESS_CURRENT);
	k.points[1].figure.status = STATUS_P;
	assert_judged(&k, "2025-01-01", "2024", TIMELINESS_CURRENT);
	assert_judged(&k, "2029-01-01", "2026", TIMELINESS_LATE);
}

static void
what_nobody_owes_is_not_waited_for(void **state)
{
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_not_owed(&k);
	(void)case_point(&k, POINT_OWN, "2023", "15.00");
	assert_judged(&k, "2025-01-01", "2024", TIMELINESS_NOT_EXPECTED);
	assert_judged(&k, "2024-01-01", "2023", TIMELINESS_CURRENT);
}

static void
the_first_period_is_judged_even_while_its_figure_is_due(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2016", "30.00");
	assert_judged(&k, "2018-01-01", "2017", TIMELINESS_DUE);
	k.in.today = day_of("2017-12-31");
	assert_false(verdict_judge(&k.in, &v));
}

static void
several_owed_periods_are_stepped_over(void **state)
{
	struct verdict_case k;

	(void)state;
	case_init(&k);
	k.definitions[CASE_RATE].frequency = FREQ_MONTH;
	(void)case_point(&k, POINT_OWN, "2025-01", "15.00");
	assert_judged(&k, "2025-04-01", "2025-01", TIMELINESS_CURRENT);
	assert_judged(&k, "2025-05-15", "2025-02", TIMELINESS_LATE);
}

static void
the_last_decided_verdict_stands_beside_an_undecided_one(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2022", "18.00");
	(void)case_point(&k, POINT_OTHER_DEFINITION, "2023", "18.00");
	v = case_judge(&k, "2024");
	assert_undecided(&v, REASON_NO_FIGURE);
	assert_int_equal(v.last_kind, VERDICT_ON_TRACK);
	assert_period(v.last_period, "2022");
	v = case_judge(&k, "2022");
	assert_int_equal(v.last_kind, VERDICT_ON_TRACK);
	assert_period(v.last_period, "2022");
	v = case_judge(&k, "2021");
	assert_period(v.last_period, NULL);
}

/* --- versions, roll-ups --------------------------------------------------- */

static void
a_period_is_judged_by_the_version_in_force_in_it(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.versions[1] = k.versions[0];
	k.versions[1].in_force_from = period_of("2020");
	k.versions[1].value = 2000;
	k.target.n_versions = 2;
	(void)case_point(&k, POINT_OWN, "2019", "20.00");
	(void)case_point(&k, POINT_OWN, "2020", "20.00");
	v = case_judge(&k, "2019");
	assert_int_equal(v.version, 0);
	assert_int_equal(v.target_value, 1000);
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	v = case_judge(&k, "2020");
	assert_int_equal(v.version, 1);
	assert_int_equal(v.target_value, 2000);
	assert_true(v.has_target_first);
	assert_int_equal(v.target_first_value, 1000);
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
}

static void
a_complete_rollup_of_better_status_is_judged_before_the_report(void **state)
{
	struct verdict_case k;
	struct verdict_point *rollup;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_point(&k, POINT_OWN, "2021", "20.00")->figure.status = STATUS_P;
	rollup = case_point(&k, POINT_ROLLUP, "2021", "25.00");
	rollup->map = 3;
	v = case_judge(&k, "2021");
	assert_int_equal(v.kind, VERDICT_ON_TRACK);
	assert_false(v.contested);
	rollup->complete = true;
	v = case_judge(&k, "2021");
	assert_int_equal(v.kind, VERDICT_BEHIND);
	assert_int_equal(v.map, 3);
	assert_true(v.contested);
	rollup->figure.status = STATUS_P;
	v = case_judge(&k, "2021");
	assert_int_equal(v.kind, VERDICT_ON_TRACK);
	assert_int_equal(v.map, NUMBER_NONE);
	assert_true(v.contested);
	rollup->figure.value = 2000;
	v = case_judge(&k, "2021");
	assert_false(v.contested);
}

static void
a_withdrawn_figure_is_absent(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	case_point(&k, POINT_OWN, "2021", "5.00")->figure.action =
	    ACTION_DELETE;
	v = case_judge(&k, "2021");
	assert_undecided(&v, REASON_NO_FIGURE);
	assert_false(v.has_figure);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_before_the_due_period_apply_in_order),
	    cmocka_unit_test(a_target_that_is_not_in_force_has_no_row),
	    cmocka_unit_test(before_the_first_tick_nothing_has_ended),
	    cmocka_unit_test(at_the_due_period_the_margin_does_not_help),
	    cmocka_unit_test(
	        a_verdict_at_the_due_period_is_final_only_if_released),
	    cmocka_unit_test(
	        an_achievement_names_the_first_period_of_its_unbroken_run),
	    cmocka_unit_test(
	        what_is_complete_stays_achieved_until_a_figure_says_otherwise),
	    cmocka_unit_test(a_completion_record_meets_what_is_to_be_complete),
	    cmocka_unit_test(what_accumulates_over_a_programme_stays_achieved),
	    cmocka_unit_test(
	        the_judged_period_waits_for_an_owed_figure_until_it_is_late),
	    cmocka_unit_test(what_nobody_owes_is_not_waited_for),
	    cmocka_unit_test(
	        the_first_period_is_judged_even_while_its_figure_is_due),
	    cmocka_unit_test(several_owed_periods_are_stepped_over),
	    cmocka_unit_test(
	        the_last_decided_verdict_stands_beside_an_undecided_one),
	    cmocka_unit_test(a_period_is_judged_by_the_version_in_force_in_it),
	    cmocka_unit_test(
	        a_complete_rollup_of_better_status_is_judged_before_the_report),
	    cmocka_unit_test(a_withdrawn_figure_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
