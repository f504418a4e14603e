/* links: common/domain/method.c common/domain/decimal.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/method.h"

#define FINE 10000

/* Whole years from 0; values in hundredths. */
static struct method_input
input(int base, int value, int target, int year, int due)
{
	return (struct method_input){
	    .base = (i128)base * FINE,
	    .value = (i128)value * FINE,
	    .target = (i128)target * FINE,
	    .base_month = 24000,
	    .month = 24000 + 12 * year,
	    .target_month = 24000 + 12 * due,
	    .places = 2,
	    .up = target > base,
	};
}

static struct method_result
apply(enum method method, const struct method_input *in)
{
	struct method_result r;

	method_apply(method, in, &r);
	return r;
}

static void
gives(enum method method, const struct method_input *in, int64_t value,
      const char *category, enum verdict_kind verdict)
{
	struct method_result r = apply(method, in);

	assert_int_equal(r.refused, METHOD_ACCEPTED);
	assert_true(r.has_value);
	assert_int_equal(r.value, value);
	assert_string_equal(r.category, category);
	assert_int_equal(r.verdict, verdict);
}

static void
refuses(enum method method, const struct method_input *in,
        enum method_refusal why)
{
	struct method_result r = apply(method, in);

	assert_string_equal(method_refusal_name(r.refused),
	                    method_refusal_name(why));
	assert_false(r.has_value);
	assert_null(r.category);
	assert_int_equal(r.verdict, VERDICT_UNDECIDED);
}

/* To two decimals, as published tables print it. */
static void
prints(enum method method, const struct method_input *in, const char *text)
{
	struct method_result r = apply(method, in);
	char got[DECIMAL_TEXT_MAX];

	assert_int_equal(r.refused, METHOD_ACCEPTED);
	decimal_format(decimal_round(r.value, r.value_places, 2), 2, got);
	assert_string_equal(got, text);
}

/*
 * Four cases worked out elsewhere: share of the way over share of the time, and
 * R, as printed there; six decimals from 40-digit arithmetic.
 */

static void
falling_30_to_21_is_on_the_line_and_too_slow_by_ratio(void **state)
{
	struct method_input in = input(3000, 2100, 1500, 3, 5);

	(void)state;
	gives(METHOD_PATH, &in, 1000000, "on_path", VERDICT_ON_TRACK);
	gives(METHOD_EUROSTAT, &in, 865944, "moderate_progress",
	      VERDICT_AT_RISK);
	gives(METHOD_OPENSDG, &in, 865944, "progress_needs_acceleration",
	      VERDICT_AT_RISK);
	gives(METHOD_REQUIRED_RATE, &in, 1000000, "rate_suffices",
	      VERDICT_ON_TRACK);
	gives(METHOD_STEP, &in, 3000000, "step_made", VERDICT_ON_TRACK);
}

static void
rising_40_to_70_is_behind_the_line_and_fast_enough_by_ratio(void **state)
{
	struct method_input in = input(4000, 7000, 10000, 3, 5);

	(void)state;
	prints(METHOD_PATH, &in, "0.83");
	gives(METHOD_PATH, &in, 833333, "off_path", VERDICT_BEHIND);
	prints(METHOD_EUROSTAT, &in, "1.02");
	gives(METHOD_EUROSTAT, &in, 1019623, "significant_progress",
	      VERDICT_ON_TRACK);
	gives(METHOD_OPENSDG, &in, 1019623, "on_track", VERDICT_ON_TRACK);
	/* 15 a year are left to do, 10 a year were done. */
	gives(METHOD_REQUIRED_RATE, &in, 1500000, "acceleration_needed",
	      VERDICT_BEHIND);
	gives(METHOD_STEP, &in, 10000000, "step_short", VERDICT_BEHIND);
}

static void
tuyen_quang_passes_by_both(void **state)
{
	struct method_input in = input(2781, 903, 1281, 5, 5);

	(void)state;
	in.met = true;
	prints(METHOD_PATH, &in, "1.25");
	prints(METHOD_EUROSTAT, &in, "1.40");
	gives(METHOD_PATH, &in, 1252000, "on_path", VERDICT_ACHIEVED);
	gives(METHOD_EUROSTAT, &in, 1402781, "significant_progress",
	      VERDICT_ACHIEVED);
	/* 18.78 points in five years: 3.756 a year of 3. */
	in.step = 300 * FINE;
	gives(METHOD_STEP, &in, 3756000, "step_made", VERDICT_ACHIEVED);
}

static void
dien_bien_passes_by_both(void **state)
{
	struct method_input in = input(3490, 2568, 2290, 2, 4);

	(void)state;
	prints(METHOD_PATH, &in, "1.54");
	prints(METHOD_EUROSTAT, &in, "1.42");
	gives(METHOD_PATH, &in, 1536667, "on_path", VERDICT_ON_TRACK);
	gives(METHOD_EUROSTAT, &in, 1422319, "significant_progress",
	      VERDICT_ON_TRACK);
}

static void
a_target_of_zero_is_refused_because_what_replaces_it_decides(void **state)
{
	struct method_input in = input(1000, 500, 0, 2, 5);

	(void)state;
	refuses(METHOD_EUROSTAT, &in, METHOD_ZERO);
	refuses(METHOD_OPENSDG, &in, METHOD_ZERO);
	gives(METHOD_PATH, &in, 1250000, "on_path", VERDICT_ON_TRACK);
	/* What a stand-in would have given, in the published working. */
	in.target = 10 * FINE;
	prints(METHOD_EUROSTAT, &in, "0.49");
	in.target = 100 * FINE;
	prints(METHOD_EUROSTAT, &in, "0.79");
	in.target = FINE;
	prints(METHOD_EUROSTAT, &in, "0.39");
	in.target = FINE / 10;
	prints(METHOD_EUROSTAT, &in, "0.35");
}

/* 100 to 144 in two years asks for 20 % a year; a year's growth in hundredths of a
 * per cent over 2,000 is R. */
static void
ratio_thresholds_hold_at_the_line_and_not_below_it(void **state)
{
	static const struct {
		int value;
		int64_t ratio;
		const char *eurostat, *opensdg;
		enum verdict_kind verdict;
	} rows[] = {
	    {11900, 950000, "significant_progress", "on_track",
	     VERDICT_ON_TRACK},
	    {11899, 949500, "moderate_progress", "progress_needs_acceleration",
	     VERDICT_AT_RISK},
	    {11200, 600000, "moderate_progress", "progress_needs_acceleration",
	     VERDICT_AT_RISK},
	    {11199, 599500, "insufficient_progress", "limited_progress",
	     VERDICT_BEHIND},
	    {10000, 0, "insufficient_progress", "limited_progress",
	     VERDICT_BEHIND},
	    {9999, -500, "movement_away", "deterioration", VERDICT_REVERSING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct method_input in =
		    input(10000, rows[i].value, 14400, 1, 2);

		gives(METHOD_EUROSTAT, &in, rows[i].ratio, rows[i].eurostat,
		      rows[i].verdict);
		gives(METHOD_OPENSDG, &in, rows[i].ratio, rows[i].opensdg,
		      rows[i].verdict);
	}
}

static void
a_ratio_a_millionth_under_a_threshold_is_under_it(void **state)
{
	/* R falls by 5 in a hundred million for each millionth of the value. */
	struct method_input in = input(10000, 11900, 14400, 1, 2);

	(void)state;
	in.value -= 8;
	gives(METHOD_EUROSTAT, &in, 950000, "significant_progress",
	      VERDICT_ON_TRACK);
	in.value -= 8;
	gives(METHOD_EUROSTAT, &in, 949999, "moderate_progress",
	      VERDICT_AT_RISK);
}

static void
simple_methods_hold_at_their_line_and_not_below_it(void **state)
{
	struct method_input in = input(0, 600, 1000, 3, 5);

	(void)state;
	gives(METHOD_PATH, &in, 1000000, "on_path", VERDICT_ON_TRACK);
	gives(METHOD_STEP, &in, 2000000, "step_made", VERDICT_ON_TRACK);
	in.value = 599 * FINE;
	gives(METHOD_PATH, &in, 998333, "off_path", VERDICT_BEHIND);
	gives(METHOD_STEP, &in, 1996667, "step_short", VERDICT_BEHIND);
	gives(METHOD_REQUIRED_RATE, &in, 1004174, "acceleration_needed",
	      VERDICT_BEHIND);
	in.value = 0;
	gives(METHOD_PATH, &in, 0, "off_path", VERDICT_BEHIND);
	gives(METHOD_STEP, &in, 0, "step_short", VERDICT_BEHIND);
	refuses(METHOD_REQUIRED_RATE, &in, METHOD_NO_PROGRESS);
	in.value = -1 * FINE;
	gives(METHOD_PATH, &in, -1667, "moving_away", VERDICT_REVERSING);
	gives(METHOD_STEP, &in, -3333, "moving_away", VERDICT_REVERSING);
	gives(METHOD_REQUIRED_RATE, &in, -1501500000, "moving_away",
	      VERDICT_REVERSING);
}

static void
at_the_due_period_it_is_achieved_or_missed(void **state)
{
	struct method_input in = input(3000, 1510, 1500, 5, 5);

	(void)state;
	gives(METHOD_EUROSTAT, &in, 991057, "significant_progress",
	      VERDICT_MISSED);
	gives(METHOD_PATH, &in, 993333, "off_path", VERDICT_MISSED);
	refuses(METHOD_REQUIRED_RATE, &in, METHOD_NO_TIME_LEFT);
	in.met = true; /* "about 15" */
	gives(METHOD_PATH, &in, 993333, "off_path", VERDICT_ACHIEVED);
}

static void
open_sdg_asks_for_achieved_before_any_rate(void **state)
{
	struct method_input in = input(1000, 0, 0, 2, 5);
	struct method_result r;

	(void)state;
	in.met = true;
	r = apply(METHOD_OPENSDG, &in);
	assert_int_equal(r.refused, METHOD_ACCEPTED);
	assert_false(r.has_value);
	assert_string_equal(r.category, "target_achieved");
	assert_int_equal(r.verdict, VERDICT_ACHIEVED);
	refuses(METHOD_EUROSTAT, &in, METHOD_ZERO);
}

static void
zero_and_changes_of_sign_are_refused_by_ratios_alone(void **state)
{
	struct method_input in = input(0, 500, 1000, 2, 5);

	(void)state;
	refuses(METHOD_EUROSTAT, &in, METHOD_ZERO);
	in = input(1000, 0, 500, 2, 5);
	refuses(METHOD_EUROSTAT, &in, METHOD_ZERO);
	in = input(-1000, 500, 1000, 2, 5);
	refuses(METHOD_OPENSDG, &in, METHOD_SIGN_CHANGE);
	gives(METHOD_PATH, &in, 1875000, "on_path", VERDICT_ON_TRACK);
	in = input(1000, 500, -1000, 2, 5);
	refuses(METHOD_OPENSDG, &in, METHOD_SIGN_CHANGE);
	in = input(1000, -500, 100, 2, 5);
	refuses(METHOD_EUROSTAT, &in, METHOD_SIGN_CHANGE);
}

/* A deficit of 10 that is to fall to 5: the mirror image of a rate. */
static void
below_zero_good_is_still_good(void **state)
{
	struct method_input deficit = input(-1000, -800, -500, 2, 5);
	struct method_input rate = input(1000, 800, 500, 2, 5);

	(void)state;
	assert_true(deficit.up);
	assert_false(rate.up);
	assert_int_equal(apply(METHOD_EUROSTAT, &deficit).value,
	                 apply(METHOD_EUROSTAT, &rate).value);
	deficit.value = -1100 * FINE;
	assert_int_equal(apply(METHOD_EUROSTAT, &deficit).verdict,
	                 VERDICT_REVERSING);
	/* One that is wanted to grow below zero. */
	deficit = input(-1000, -1100, -1500, 2, 5);
	assert_false(deficit.up);
	assert_true(apply(METHOD_EUROSTAT, &deficit).value > 0);
}

static void
without_time_or_distance_nothing_is_said(void **state)
{
	struct method_input in = input(3000, 2100, 1500, 0, 5);

	(void)state;
	for (int m = 0; m < METHODS; m++)
		refuses((enum method)m, &in, METHOD_NO_TIME);
	in = input(3000, 2100, 1500, 3, 0);
	for (int m = 0; m < METHODS; m++)
		refuses((enum method)m, &in, METHOD_NO_TIME);
	in = input(3000, 2100, 3000, 3, 5);
	for (int m = 0; m < METHODS; m++)
		refuses((enum method)m, &in, METHOD_NO_DISTANCE);
}

/* A base that was past its target when it was set. */
static void
a_target_on_the_bad_side_of_the_base_is_judged_by_ratio_alone(void **state)
{
	struct method_input in = input(1000, 700, 800, 2, 5);

	(void)state;
	in.up = true;
	refuses(METHOD_PATH, &in, METHOD_NO_DISTANCE);
	refuses(METHOD_STEP, &in, METHOD_NO_DISTANCE);
	refuses(METHOD_REQUIRED_RATE, &in, METHOD_NO_DISTANCE);
	assert_int_equal(apply(METHOD_OPENSDG, &in).verdict, VERDICT_REVERSING);
	in.value = 1100 * FINE;
	assert_int_equal(apply(METHOD_OPENSDG, &in).verdict, VERDICT_ON_TRACK);
}

static void
parts_of_a_year_count_by_months(void **state)
{
	/* 21 months of 60: 35 %, and 35 % of the way. */
	struct method_input in = input(0, 3500, 10000, 1, 5);

	(void)state;
	in.month = in.base_month + 21;
	gives(METHOD_PATH, &in, 1000000, "on_path", VERDICT_ON_TRACK);
	in = input(10000, 11000, 14400, 1, 2);
	in.month = in.base_month + 6; /* 10 % in half a year: 21 % a year */
	gives(METHOD_EUROSTAT, &in, 1050000, "significant_progress",
	      VERDICT_ON_TRACK);
}

static void
numbers_that_cannot_be_written_are_refused(void **state)
{
	struct method_input in = input(0, 0, 1, 1, 100);

	(void)state;
	in.value = (i128)DECIMAL_MANTISSA_MAX * FINE;
	in.target = 1;
	refuses(METHOD_PATH, &in, METHOD_OUT_OF_RANGE);
	refuses(METHOD_STEP, &in, METHOD_OUT_OF_RANGE);
	in.base = 1;
	in.target = 2;
	refuses(METHOD_EUROSTAT, &in, METHOD_OUT_OF_RANGE);
}

static void
names_are_stable_and_parse_back(void **state)
{
	static const char *const names[METHODS] = {
	    "path", "step", "required-rate", "eurostat", "opensdg"};

	(void)state;
	for (int m = 0; m < METHODS; m++) {
		assert_string_equal(method_name((enum method)m), names[m]);
		assert_int_equal(method_parse(span_str(names[m])), m);
		assert_int_equal(method_is_ratio((enum method)m),
		                 m >= METHOD_EUROSTAT);
	}
	assert_int_equal(method_parse(span_str("Eurostat")), METHODS);
	assert_int_equal(method_parse(span_str("")), METHODS);
	assert_string_equal(method_name(METHODS), "?");
	assert_false(method_is_ratio(METHODS));
	assert_string_equal(method_refusal_name(METHOD_REFUSALS), "?");
	assert_string_equal(method_refusal_name(METHOD_ACCEPTED), "");
}

static void
tables_of_thresholds_fall_and_end_at_the_lowest(void **state)
{
	(void)state;
	for (int m = 0; m < METHODS; m++) {
		int n;
		const struct method_threshold *t =
		    method_thresholds((enum method)m, &n);

		assert_true(n == (method_is_ratio((enum method)m) ? 4 : 3));
		for (int i = 1; i < n; i++)
			assert_true(t[i].at_least < t[i - 1].at_least);
		assert_int_equal(t[n - 2].at_least, 0);
		assert_int_equal(t[n - 1].verdict, VERDICT_REVERSING);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        falling_30_to_21_is_on_the_line_and_too_slow_by_ratio),
	    cmocka_unit_test(
	        rising_40_to_70_is_behind_the_line_and_fast_enough_by_ratio),
	    cmocka_unit_test(tuyen_quang_passes_by_both),
	    cmocka_unit_test(dien_bien_passes_by_both),
	    cmocka_unit_test(
	        a_target_of_zero_is_refused_because_what_replaces_it_decides),
	    cmocka_unit_test(
	        ratio_thresholds_hold_at_the_line_and_not_below_it),
	    cmocka_unit_test(a_ratio_a_millionth_under_a_threshold_is_under_it),
	    cmocka_unit_test(
	        simple_methods_hold_at_their_line_and_not_below_it),
	    cmocka_unit_test(at_the_due_period_it_is_achieved_or_missed),
	    cmocka_unit_test(open_sdg_asks_for_achieved_before_any_rate),
	    cmocka_unit_test(
	        zero_and_changes_of_sign_are_refused_by_ratios_alone),
	    cmocka_unit_test(below_zero_good_is_still_good),
	    cmocka_unit_test(without_time_or_distance_nothing_is_said),
	    cmocka_unit_test(
	        a_target_on_the_bad_side_of_the_base_is_judged_by_ratio_alone),
	    cmocka_unit_test(parts_of_a_year_count_by_months),
	    cmocka_unit_test(numbers_that_cannot_be_written_are_refused),
	    cmocka_unit_test(names_are_stable_and_parse_back),
	    cmocka_unit_test(tables_of_thresholds_fall_and_end_at_the_lowest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
