/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c tests/lib/verdict_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"
#include "tests/lib/verdict_random.h"

/* Counts, of each year and over the programme, and what is due in a longer period;
 * each table was worked by hand. */

/* --- count ---------------------------------------------------------------- */

static void
count_init(struct verdict_case *k, bool per_programme)
{
	case_init(k);
	case_upward(k);
	case_base(k, NULL, NULL);
	k->definitions[CASE_RATE].place = PLACE_SUM;
	k->definitions[CASE_RATE].time = TIME_SUM;
	k->definitions[CASE_RATE].has_max = false;
	k->versions[0].kind = TARGET_COUNT;
	k->versions[0].per_programme = per_programme;
	k->versions[0].path = per_programme ? PATH_NONE : PATH_STEPS;
	k->versions[0].due = period_of("2020");
}

static void
every_year_of_a_count_is_held_against_the_number(void **state)
{
	static const struct case_row rows[] = {
	    {"12.00 11.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"12.00 99.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"12.00 10.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"12.00 9.50", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"12.00 9.49", VERDICT_REVERSING, RULE_TURNED},
	    {"9.80 9.49", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"8.00 12.00", VERDICT_BEHIND, RULE_STEP_FAILED},
	    {"9.60 12.00", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"- 12.00", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"- 8.00", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"8.00 - 12.00", VERDICT_BEHIND, RULE_STEP_FAILED},
	    {"8.00 -", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"10.00 10.00 10.00 10.00 10.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"10.00 9.99 10.00 10.00 10.00", VERDICT_MISSED, RULE_DUE},
	    {"10.00 10.00 10.00 10.00 9.99", VERDICT_MISSED, RULE_DUE},
	    {"10.00 - 10.00 10.00 10.00", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"10.00 - 9.00 10.00 10.00", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row above[] = {
	    {"10.01", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"10.00 12.00", VERDICT_AT_RISK, RULE_NEAR_PATH},
	};
	static const struct case_row at_most[] = {
	    {"9.00 10.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"0.00 0.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"10.51 9.00", VERDICT_BEHIND, RULE_STEP_FAILED},
	};
	static const struct case_row none[] = {
	    {"8.00 12.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	};
	struct verdict_case k;

	(void)state;
	count_init(&k, false);
	CASE_ROWS(k, 2016, rows);
	k.versions[0].sense = SENSE_ABOVE;
	CASE_ROWS(k, 2016, above);
	k.versions[0].sense = SENSE_AT_MOST;
	CASE_ROWS(k, 2016, at_most);
	k.versions[0].path = PATH_NONE;
	CASE_ROWS(k, 2016, none);
}

static void
a_year_known_by_a_bound_decides_its_own_year_only(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	count_init(&k, false);
	case_point(&k, POINT_OWN, "2016", "12.00")->figure.bound = BOUND_GE;
	v = case_judge(&k, "2016");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	(void)case_point(&k, POINT_OWN, "2017", "12.00");
	v = case_judge(&k, "2017");
	assert_undecided(&v, REASON_INEXACT);
}

static void
a_count_over_the_programme_adds_up_its_years(void **state)
{
	static const struct case_row rows[] = {
	    {"10.00 10.00 30.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"10.00 10.00 29.99", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"10.00 - 40.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"10.00 - 39.00", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"50.00 - -", VERDICT_ACHIEVED, RULE_STAYS},
	    {"49.00 - -", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"10.00 10.00 10.00 10.00 10.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"10.00 10.00 10.00 10.00 9.99", VERDICT_MISSED, RULE_DUE},
	    {"10.00 - 10.00 10.00 30.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"10.00 - 10.00 10.00 10.00", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"0.00 0.00 0.00 0.00 0.00", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row line[] = {
	    {"20.00 5.00 15.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"20.00 5.00 4.99", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"20.00 5.00 4.49", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"20.00 9.00 1.00", VERDICT_AT_RISK, RULE_SLOW},
	    {"20.00 - 15.00", VERDICT_ON_TRACK, RULE_ON_PATH},
	    {"20.00 - 9.00", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	};
	struct verdict_case k;

	(void)state;
	count_init(&k, true);
	k.versions[0].value = 5000;
	CASE_ROWS(k, 2016, rows);
	k.versions[0].path = PATH_LINE;
	CASE_ROWS(k, 2016, line);
}

static void
too_many_over_the_programme_are_too_many_at_once(void **state)
{
	static const struct case_row rows[] = {
	    {"10.00 10.00 30.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"0.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"10.00 10.00 30.01", VERDICT_AT_RISK, RULE_NEAR_PATH},
	    {"10.00 10.00 30.51", VERDICT_REVERSING, RULE_TURNED},
	    {"50.51", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"- 50.51", VERDICT_BEHIND, RULE_OFF_PATH},
	    {"- 49.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"60.00 -", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"10.00 10.00 10.00 10.00 10.00", VERDICT_ACHIEVED, RULE_DUE},
	    {"10.00 10.00 10.00 10.00 10.01", VERDICT_MISSED, RULE_DUE},
	    {"- 10.00 10.00 10.00 10.00", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"- 10.00 10.00 10.00 20.01", VERDICT_MISSED, RULE_DUE},
	};
	struct verdict_case k;

	(void)state;
	count_init(&k, true);
	k.versions[0].value = 5000;
	k.versions[0].sense = SENSE_AT_MOST;
	CASE_ROWS(k, 2016, rows);
}

static void
what_is_known_of_the_years_is_known_of_their_sum(void **state)
{
	static const struct {
		enum bound before, now;
		const char *value; /* beside 40.00 in the year before */
		enum verdict_kind kind;
		enum verdict_reason reason;
		enum bound sum;
	} rows[] = {
	    {BOUND_EQ, BOUND_EQ, "10.00", VERDICT_ACHIEVED, REASON_NONE,
	     BOUND_EQ},
	    {BOUND_GT, BOUND_EQ, "10.00", VERDICT_ACHIEVED, REASON_NONE,
	     BOUND_GE},
	    {BOUND_GE, BOUND_GT, "9.00", VERDICT_UNDECIDED, REASON_INEXACT,
	     BOUND_GE},
	    {BOUND_LE, BOUND_EQ, "9.00", VERDICT_MISSED, REASON_NONE, BOUND_LE},
	    {BOUND_LE, BOUND_LT, "10.00", VERDICT_UNDECIDED, REASON_INEXACT,
	     BOUND_LE},
	    {BOUND_LE, BOUND_GE, "90.00", VERDICT_UNDECIDED, REASON_INEXACT,
	     BOUND_ABOUT},
	    {BOUND_ABOUT, BOUND_EQ, "90.00", VERDICT_UNDECIDED, REASON_INEXACT,
	     BOUND_ABOUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct verdict_case k;
		struct verdict v;

		count_init(&k, true);
		k.versions[0].value = 5000;
		k.programme.from = period_of("2019");
		case_point(&k, POINT_OWN, "2019", "40.00")->figure.bound =
		    (uint8_t)rows[i].before;
		case_point(&k, POINT_OWN, "2020", rows[i].value)->figure.bound =
		    (uint8_t)rows[i].now;
		v = case_judge(&k, "2020");
		assert_int_equal(v.kind, rows[i].kind);
		assert_int_equal(v.reason, rows[i].reason);
		assert_true(v.has_total);
		assert_int_equal(v.total_bound, rows[i].sum);
	}
}

static void
a_sum_tells_its_steps_and_paces(void **state)
{
	static const char *const years[] = {"10.00", "12.00", "14.00"};
	struct verdict_case k;
	struct verdict v;

	(void)state;
	count_init(&k, true);
	k.versions[0].value = 5000;
	k.versions[0].path = PATH_LINE;
	case_years(&k, 2016, years, 3);
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	assert_int_equal(v.value, 1400);
	assert_fine(v.total, "36.00");
	assert_fine(v.path, "30.00");
	assert_fine(v.gap, "6.00");
	assert_int_equal(v.previous, 2200);
	assert_fine(v.pace, "14.00");
	assert_fine(v.required_pace, "7.00");
	k.versions[0].value = 3600;
	v = case_judge(&k, "2018");
	assert_verdict(&v, VERDICT_ACHIEVED, RULE_MET_EARLY);
	assert_period(v.achieved_period, "2018");
}

static void
an_indicator_that_adds_up_itself_is_the_sum(void **state)
{
	static const struct case_row rows[] = {
	    {"20.00 49.99", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"20.00 50.00", VERDICT_ACHIEVED, RULE_MET_EARLY},
	    {"50.00 -", VERDICT_ACHIEVED, RULE_STAYS},
	    {"50.00 49.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"- - - - 49.99", VERDICT_MISSED, RULE_DUE},
	};
	static const struct case_row at_most[] = {
	    {"20.00 30.00", VERDICT_UNDECIDED, REASON_NO_PATH},
	    {"20.00 -", VERDICT_UNDECIDED, REASON_NO_FIGURE},
	    {"20.00 50.51", VERDICT_REVERSING, RULE_TURNED},
	};
	struct verdict_case k;

	(void)state;
	count_init(&k, true);
	k.versions[0].value = 5000;
	k.definitions[CASE_RATE].accumulation = ACCUMULATION_PROGRAMME;
	CASE_ROWS(k, 2016, rows);
	k.versions[0].sense = SENSE_AT_MOST;
	CASE_ROWS(k, 2016, at_most);
}

/* --- shorter frequencies -------------------------------------------------- */

static void
a_year_due_is_the_last_quarter_of_it(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	k.definitions[CASE_RATE].frequency = FREQ_QUARTER;
	k.definitions[CASE_RATE].time = TIME_LAST;
	k.versions[0].due = period_of("2020");
	k.versions[0].base_period = period_of("2016-Q4");
	(void)case_point(&k, POINT_OWN, "2020-Q4", "10.01");
	(void)case_point(&k, POINT_OWN, "2020", "9.00");
	v = case_judge(&k, "2020-Q4");
	assert_verdict(&v, VERDICT_MISSED, RULE_DUE);
	assert_true(v.final);
	k.in.asked = period_of("2020");
	assert_false(verdict_judge(&k.in, &v));
	k.in.asked = period_of("2021-Q1");
	assert_false(verdict_judge(&k.in, &v));
	k.in.asked.code = 0;
	assert_true(verdict_judge(&k.in, &v));
	assert_period(v.judged, "2020-Q4");
}

static void
a_count_of_quarters_is_judged_by_years(void **state)
{
	struct verdict_case k;
	struct verdict_point *pt;
	struct verdict v;

	(void)state;
	count_init(&k, false);
	k.definitions[CASE_RATE].frequency = FREQ_QUARTER;
	k.versions[0].value = 1000;
	(void)case_point(&k, POINT_OWN, "2016-Q4", "99.00");
	pt = case_point(&k, POINT_ROLLUP, "2016", "10.00");
	pt->complete = true;
	v = case_judge(&k, "2016");
	assert_verdict(&v, VERDICT_ON_TRACK, RULE_ON_PATH);
	assert_int_equal(v.value, 1000);
	assert_int_equal(v.timeliness, TIMELINESS_CURRENT);
	pt->complete = false;
	v = case_judge(&k, "2016");
	assert_undecided(&v, REASON_PARTIAL);
	assert_int_equal(v.timeliness, TIMELINESS_LATE);
	assert_true(v.expected_by.n == day_of("2017-03-01").n);
	k.in.today = day_of("2017-03-16");
	v = case_judge(&k, "2016");
	assert_int_equal(v.timeliness, TIMELINESS_DUE);
	k.in.asked = period_of("2016-Q4");
	assert_false(verdict_judge(&k.in, &v));
	k.definitions[CASE_RATE].time = TIME_NONE;
	v = case_judge(&k, "2016");
	assert_int_equal(v.timeliness, TIMELINESS_NOT_EXPECTED);
}

/* --- what holds for every kind -------------------------------------------- */

/* J3: whoever withholds the figure of a period gets nothing for it, but what was met
 * before and stays. */
static void
a_withheld_figure_decides_nothing(void **state)
{
	uint64_t seed = UINT64_C(0x717);
	int stayed = 0;

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)seed);
	for (int round = 0; round < 10000; round++) {
		struct verdict_case k;
		struct verdict with, without;
		int year;

		(void)random_case(&k, &seed, &year);
		k.in.asked = period_of_year(year);
		assert_true(verdict_judge_period(&k.in, &with));
		k.in.n--;
		assert_true(verdict_judge_period(&k.in, &without));
		if (without.kind == VERDICT_UNDECIDED)
			continue;
		stayed++;
		assert_verdict(&without, VERDICT_ACHIEVED, RULE_STAYS);
	}
	assert_in_range(stayed, 20, 2000);
}

/* An exact year of a count that is withheld never makes good what was not. */
static void
a_withheld_year_never_makes_a_count_good(void **state)
{
	const uint32_t good = 1u << VERDICT_ACHIEVED | 1u << VERDICT_ON_TRACK;
	/* without the year before there is no last step to be too slow */
	const uint32_t was = good | 1u << VERDICT_AT_RISK;
	uint64_t seed = UINT64_C(0x718);
	int counts = 0;

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)seed);
	for (int round = 0; round < 30000; round++) {
		struct verdict_case k;
		struct verdict with, without;
		int year;

		(void)random_case(&k, &seed, &year);
		if (k.versions[0].kind != TARGET_COUNT || k.in.n < 2 ||
		    k.definitions[CASE_RATE].accumulation != ACCUMULATION_NONE)
			continue;
		counts++;
		for (uint32_t i = 0; i < k.in.n; i++)
			k.points[i].figure.bound = BOUND_EQ;
		k.in.asked = period_of_year(year);
		assert_true(verdict_judge_period(&k.in, &with));
		k.points[k.in.n - 2] = k.points[k.in.n - 1];
		k.in.n--;
		assert_true(verdict_judge_period(&k.in, &without));
		if (good & (1u << without.kind))
			assert_true(was & (1u << with.kind));
	}
	assert_in_range(counts, 1000, 30000);
}

static void
tenfold(struct verdict_case *k)
{
	struct cat_target_version *v = &k->versions[0];

	v->value *= 10;
	v->base_value *= 10;
	v->margin *= 10;
	k->milestones[0].value *= 10;
	k->definitions[CASE_RATE].max *= 10;
	k->definitions[CASE_RATE].factor *= 10;
	for (int i = 0; i < CASE_PLAN; i++)
		k->plan[i].value *= 10;
	for (uint32_t i = 0; i < k->in.n; i++)
		k->points[i].figure.value *= 10;
	for (uint32_t i = 0; i < k->in.n_reference; i++)
		k->reference[i].figure.value *= 10;
}

/* Except where a quotient was rounded: parts, and the paces of J2. */
static void
ten_times_as_much_of_everything_is_the_same(void **state)
{
	uint64_t seed = UINT64_C(0x10);
	int decided = 0;

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)seed);
	for (int round = 0; round < 10000; round++) {
		struct verdict_case k;
		struct verdict once, ten;
		bool parts = false;
		int year;

		(void)random_case(&k, &seed, &year);
		for (uint32_t i = 0; i < k.in.n; i++)
			parts =
			    parts || (k.points[i].figure.has & FIGURE_PARTS);
		if (parts)
			continue;
		k.in.asked = period_of_year(year);
		assert_true(verdict_judge_period(&k.in, &once));
		tenfold(&k);
		assert_true(verdict_judge_period(&k.in, &ten));
		assert_int_equal(once.kind, ten.kind);
		assert_int_equal(once.rule, ten.rule);
		decided += once.kind != VERDICT_UNDECIDED;
	}
	assert_in_range(decided, 1000, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_year_of_a_count_is_held_against_the_number),
	    cmocka_unit_test(a_year_known_by_a_bound_decides_its_own_year_only),
	    cmocka_unit_test(a_count_over_the_programme_adds_up_its_years),
	    cmocka_unit_test(too_many_over_the_programme_are_too_many_at_once),
	    cmocka_unit_test(what_is_known_of_the_years_is_known_of_their_sum),
	    cmocka_unit_test(a_sum_tells_its_steps_and_paces),
	    cmocka_unit_test(an_indicator_that_adds_up_itself_is_the_sum),
	    cmocka_unit_test(a_year_due_is_the_last_quarter_of_it),
	    cmocka_unit_test(a_count_of_quarters_is_judged_by_years),
	    cmocka_unit_test(a_withheld_figure_decides_nothing),
	    cmocka_unit_test(a_withheld_year_never_makes_a_count_good),
	    cmocka_unit_test(ten_times_as_much_of_everything_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
