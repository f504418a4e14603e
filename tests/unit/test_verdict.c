/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"

#define FINE(text) ((i128)mantissa_of(text, 2 + DECIMAL_EXTRA))

static void
assert_verdict(const struct verdict *v, enum verdict_kind kind,
               enum verdict_rule rule)
{
	assert_string_equal(verdict_kind_name(v->kind),
	                    verdict_kind_name(kind));
	assert_int_equal(v->rule, rule);
	assert_int_equal(v->reason == REASON_NONE, kind != VERDICT_UNDECIDED);
}

static void
assert_undecided(const struct verdict *v, enum verdict_reason reason)
{
	assert_string_equal(verdict_reason_name(v->reason),
	                    verdict_reason_name(reason));
	assert_int_equal(v->kind, VERDICT_UNDECIDED);
	assert_int_equal(v->rule, RULE_UNDECIDED);
	assert_false(v->final);
}

static void
assert_fine(i128 value, const char *text)
{
	assert_true(value == FINE(text));
}

static void
assert_period(struct period p, const char *text)
{
	assert_int_equal(p.code, text ? period_of(text).code : 0);
}

/* One year's figure, the year before, and what they come to in 2021, half way
 * from 30.00 to 10.00: the path is 20.00. */
static struct verdict
half_way(const char *before, const char *value)
{
	struct verdict_case k;

	case_init(&k);
	if (before != NULL)
		(void)case_point(&k, POINT_OWN, "2020", before);
	(void)case_point(&k, POINT_OWN, "2021", value);
	return case_judge(&k, "2021");
}

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
		struct verdict v = half_way(rows[i].before, rows[i].value);

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

/* --- every reason --------------------------------------------------------- */

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
	v = case_judge(&k, "2025");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
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

/* --- names, numbers, records ---------------------------------------------- */

static void
names_are_stable_and_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_KINDS; i++) {
		enum verdict_kind k = (enum verdict_kind)i;

		assert_int_equal(
		    verdict_kind_parse(span_str(verdict_kind_name(k))), k);
	}
	assert_int_equal(verdict_kind_parse(span_str("late")), VERDICT_KINDS);
	assert_string_equal(verdict_kind_name(VERDICT_KINDS), "?");
	assert_string_equal(verdict_reason_name(REASON_UNDER_FLOOR),
	                    "under_floor");
	assert_string_equal(timeliness_name(TIMELINESS_NOT_EXPECTED),
	                    "not-expected");
}

static void
a_number_keeps_the_declared_decimals_and_what_it_needs_of_more(void **state)
{
	char out[DECIMAL_TEXT_MAX];

	(void)state;
	assert_string_equal(verdict_number(12000000, 2, out), "12.00");
	assert_string_equal(verdict_number(-4500000, 2, out), "-4.50");
	assert_string_equal(verdict_number(3756000, 2, out), "3.756");
	assert_string_equal(verdict_number(23333333, 2, out), "23.333333");
	assert_string_equal(verdict_number(0, 0, out), "0");
}

static void
assert_round_trip(const struct verdict *v)
{
	struct buf b;
	struct verdict back;
	bool gone = true;

	buf_init(&b, VERDICT_RECORD_MAX);
	verdict_record_write(&b, v);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_OK);
	assert_false(gone);
	assert_true(verdict_equal(v, &back));
	for (size_t n = 0; n < b.len; n++)
		assert_int_not_equal(
		    verdict_record_read(span_of(b.ptr, n), &back, &gone),
		    ERR_OK);
	buf_put_u8(&b, 0);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_BAD_MESSAGE);
	buf_fini(&b);
}

static void
a_verdict_is_read_back_as_it_was_written(void **state)
{
	struct verdict v = half_way("25.00", "20.51");

	(void)state;
	assert_round_trip(&v);
	v.last_kind = VERDICT_BEHIND;
	v.path = -((i128)1 << 90);
	v.gap = (i128)1 << 90;
	v.value = -DECIMAL_MANTISSA_MAX;
	v.figure.commit = UINT64_MAX;
	v.figure.source = NUMBER_NONE;
	assert_round_trip(&v);
}

static void
wrong_bytes_of_a_verdict_are_refused(void **state)
{
	struct verdict v = half_way("25.00", "20.51");
	struct verdict back;
	struct buf b;
	bool gone;

	(void)state;
	buf_init(&b, VERDICT_RECORD_MAX);
	verdict_record_write(&b, &v);
	for (size_t i = 0; i < b.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			b.ptr[i] ^= (uint8_t)(1 << bit);
			/* whatever it says, it says something in range */
			if (verdict_record_read(buf_span(&b), &back, &gone) ==
			        ERR_OK &&
			    !gone) {
				assert_in_range(back.kind, 0,
				                VERDICT_KINDS - 1);
				assert_in_range(back.places, 0,
				                DECIMAL_PLACES_MAX);
				assert_round_trip(&back);
			}
			b.ptr[i] ^= (uint8_t)(1 << bit);
		}
	}
	buf_reset(&b);
	v.path = ((i128)1 << 90) + 1;
	verdict_record_write(&b, &v);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_BAD_MESSAGE);
	buf_fini(&b);
}

static void
a_verdict_that_is_gone_says_so(void **state)
{
	struct verdict back;
	struct buf b;
	bool gone = false;

	(void)state;
	buf_init(&b, VERDICT_RECORD_MAX);
	verdict_gone_write(&b, 7, 300);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_OK);
	assert_true(gone);
	assert_int_equal(back.target, 7);
	assert_int_equal(back.unit, 300);
	buf_fini(&b);
}

static void
verdicts_differ_in_any_number(void **state)
{
	struct verdict a = half_way("25.00", "20.51");
	struct verdict b = half_way("25.00", "20.51");

	(void)state;
	assert_true(verdict_equal(&a, &b));
	b.gap++;
	assert_false(verdict_equal(&a, &b));
	b = a;
	b.unit++;
	assert_false(verdict_equal(&a, &b));
	b = a;
	b.final = !b.final;
	assert_false(verdict_equal(&a, &b));
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
	    cmocka_unit_test(what_accumulates_over_a_programme_stays_achieved),
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
	    cmocka_unit_test(names_are_stable_and_read_back),
	    cmocka_unit_test(
	        a_number_keeps_the_declared_decimals_and_what_it_needs_of_more),
	    cmocka_unit_test(a_verdict_is_read_back_as_it_was_written),
	    cmocka_unit_test(wrong_bytes_of_a_verdict_are_refused),
	    cmocka_unit_test(a_verdict_that_is_gone_says_so),
	    cmocka_unit_test(verdicts_differ_in_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
