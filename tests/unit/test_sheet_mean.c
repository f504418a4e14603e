/* links: tests/lib/sheet_case.c common/domain/sheet.c common/domain/rollup.c common/domain/figure.c */
/* links: common/domain/catalogue_lookup.c common/domain/decimal.c common/domain/period.c */
/* links: common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/sheet_case.h"

/* (1 + 1 + 2) / 3 = 1.33 -> 1; with -2: -(0.67) -> -1 */
static void
a_mean_divides_once_by_the_periods_that_are_there(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_MEAN, FREQ_QUARTER);
	says(&y, "2024-Q1", 1);
	says(&y, "2024-Q2", 1);
	says(&y, "2024-Q4", 2);
	assert_true(result(&y, "2024")->contribution.sum == 1 * M);
	/* the half is 1, and 2; a mean of halves would be 1.5 -> 2 */
	assert_true(result(&y, "2024-S1")->contribution.sum == 1 * M);
	assert_true(result(&y, "2024-S2")->contribution.sum == 2 * M);
	says(&y, "2024-Q4", -4);
	assert_true(result(&y, "2024")->contribution.sum == -1 * M);
	/* half away from zero: (1 + 0) / 2, (-1 + 0) / 2 */
	says(&y, "2024-Q2", 0);
	assert_true(result(&y, "2024-S1")->contribution.sum == 1 * M);
	says(&y, "2024-Q1", -1);
	assert_true(result(&y, "2024-S1")->contribution.sum == -1 * M);
}

/* A half said for itself is two quarters: (10 + 20 + 2 * 40) / 4 = 27.5 -> 28.
 * The children's half, too: (10 + 20 + 2 * 5) / 4 = 10. */
static void
in_a_mean_a_half_stands_for_two_quarters(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_MEAN, FREQ_QUARTER);
	says(&y, "2024-Q1", 10);
	says(&y, "2024-Q2", 20);
	says(&y, "2024-S2", 40);
	assert_true(result(&y, "2024")->contribution.sum == 28 * M);
	y.own[slot(&y, "2024-S2")].has = 0;
	add_up(&y, "2024-S2", 5, 0);
	assert_true(result(&y, "2024")->contribution.sum == 10 * M);
	/* a third quarter alone weighs one: (10 + 20 + 4) / 3 = 11.33 */
	says(&y, "2024-Q3", 4);
	assert_true(result(&y, "2024")->contribution.sum == 11 * M);
}

/* 1/2 and 2/3, then 4/4: numerators 7/3, denominators 9/3 = 3. */
static void
a_mean_of_ratios_is_one_of_the_parts(void **state)
{
	struct year y;
	struct rollup row;
	int64_t value = 0;

	(void)state;
	begin(&y, PLACE_RATIO, TIME_MEAN, FREQ_MONTH);
	y.d.factor = 100;
	y.d.decimals = 1;
	says_parts(&y, "2024-01", 1, 2);
	says_parts(&y, "2024-05", 2, 3);
	says_parts(&y, "2024-12", 4, 4);
	says(&y, "2024-07", 90); /* without parts: not there */
	assert_true(result(&y, "2024")->contribution.sum == 2333333);
	assert_true(result(&y, "2024")->contribution.weight == 3 * M);
	row = rolled_row(&(struct rollup){.map = 1, .unit = 2},
	                 &result(&y, "2024")->rolled);
	assert_int_equal(row.map, 1);
	assert_int_equal(row.unit, 2);
	assert_int_equal(rollup_value(&y.d, &row, &value), ERR_OK);
	assert_int_equal(value, 778);
	assert_int_equal(row.n_by_status[STATUS_A], 1);
	/* told as parts only where both are whole */
	assert_int_equal(rollup_figure(&y.d, &row).has, FIGURE_VALUE);
	says_parts(&y, "2024-12", 3, 4);
	row = rolled_row(&row, &result(&y, "2024")->rolled);
	assert_int_equal(rollup_figure(&y.d, &row).has,
	                 FIGURE_VALUE | FIGURE_PARTS);
	assert_int_equal(rollup_figure(&y.d, &row).numerator, 2);
}

/* What is rolled up for the year, of parts; false: no value. */
static bool
value_of(struct year *y, const char *period, int64_t *value)
{
	struct rollup row =
	    rolled_row(&(struct rollup){0}, &result(y, period)->rolled);

	return rollup_value(&y->d, &row, value) == ERR_OK;
}

/* 1 of 100 in one month and 0/0 in eleven; 2/3 in one of a quarter. */
static void
what_is_rare_is_not_lost_in_a_mean(void **state)
{
	static const char *const months[] = {
	    "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06",
	    "2024-07", "2024-08", "2024-09", "2024-10", "2024-11", "2024-12"};
	const struct contribution *c;
	struct year y;
	int64_t value = 0;

	(void)state;
	begin(&y, PLACE_RATIO, TIME_MEAN, FREQ_MONTH);
	y.d.factor = 100;
	y.d.decimals = 2;
	for (int i = 0; i < 12; i++)
		says_parts(&y, months[i], 0, 0);
	assert_false(value_of(&y, "2024", &value));
	says_parts(&y, "2024-05", 1, 100);
	c = &result(&y, "2024")->contribution;
	assert_true(c->sum == 83333 && c->weight == 8333333);
	assert_true(value_of(&y, "2024", &value));
	assert_int_equal(value, 100);
	says_parts(&y, "2024-01", 2, 3);
	c = &result(&y, "2024-Q1")->contribution;
	assert_true(c->sum == 666667 && c->weight == 1000000);
	assert_true(value_of(&y, "2024-Q1", &value));
	assert_int_equal(value, 6667);
	/* the half from the months again: 3/6 and 103/6 */
	c = &result(&y, "2024-S1")->contribution;
	assert_true(c->sum == 500000 && c->weight == 17166667);
	/* shares alike */
	y.d.place = PLACE_SHARE;
	assert_true(result(&y, "2024-Q1")->contribution.sum == 666667);
}

/* 2.0 with 3 and 4.0 with 1: (60 + 40) / 2 = 50 over 4 / 2 = 2. */
static void
a_mean_of_weighted_means_is_one_of_value_times_weight(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_WMEAN, TIME_MEAN, FREQ_HALF);
	says(&y, "2024-S1", 20);
	says_parts(&y, "2024-S1", 0, 3);
	says(&y, "2024-S2", 40);
	says_parts(&y, "2024-S2", 0, 1);
	assert_true(result(&y, "2024")->contribution.sum == 50 * M);
	assert_true(result(&y, "2024")->contribution.weight == 2 * M);
	/* -0.7 with 3: (-21 + 40) / 2; -21 alone with 1 and 0 */
	says(&y, "2024-S1", -7);
	says_parts(&y, "2024-S1", 0, 3);
	assert_true(result(&y, "2024")->contribution.sum == 9500000);
	says_parts(&y, "2024-S2", 0, 0);
	assert_true(result(&y, "2024")->contribution.sum == -10500000);
	assert_true(result(&y, "2024")->contribution.weight == 1500000);
}

/* Months of its own beside a half of its children that is as great as a sum may be. */
static void
a_mean_of_the_largest_sums_has_room(void **state)
{
	const i128 most = (i128)1 << ROLLUP_SUM_BITS;
	const int64_t own = INT64_C(999999999999); /* A1 */
	struct year y;

	(void)state;
	begin(&y, PLACE_WMEAN, TIME_MEAN, FREQ_MONTH);
	says(&y, "2024-01", own);
	says_parts(&y, "2024-01", 0, own);
	for (int half = 0; half < 2; half++) {
		struct rollup *r =
		    add_up(&y, half == 0 ? "2024-S2" : "2024-Q2", 0, 0);

		r->sum = r->sum_weight = most;
	}
	/* one month, three, six: (x + 9 y) / 10 */
	assert_true(result(&y, "2024")->contribution.sum ==
	            ((i128)own * own * M + 9 * most + 5) / 10);
	assert_true(result(&y, "2024")->contribution.weight ==
	            ((i128)own * M + 9 * most + 5) / 10);
	y.place[slot(&y, "2024-S2")].sum = -most;
	y.place[slot(&y, "2024-Q2")].sum = -most;
	assert_true(result(&y, "2024")->contribution.sum ==
	            -((9 * most - (i128)own * own * M + 5) / 10));
}

/* What a divided unit left is a fraction; a mean of values is whole again. */
static void
a_mean_of_fractions_is_a_whole_number(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_MEAN, FREQ_HALF);
	says(&y, "2024-S1", 0);
	add_up(&y, "2024-S2", 0, 0)->sum = 2999999;
	assert_true(result(&y, "2024")->contribution.sum == 1 * M);
	y.place[slot(&y, "2024-S2")].sum = 3000000;
	assert_true(result(&y, "2024")->contribution.sum == 2 * M);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_mean_divides_once_by_the_periods_that_are_there),
	    cmocka_unit_test(in_a_mean_a_half_stands_for_two_quarters),
	    cmocka_unit_test(a_mean_of_ratios_is_one_of_the_parts),
	    cmocka_unit_test(what_is_rare_is_not_lost_in_a_mean),
	    cmocka_unit_test(
	        a_mean_of_weighted_means_is_one_of_value_times_weight),
	    cmocka_unit_test(a_mean_of_the_largest_sums_has_room),
	    cmocka_unit_test(a_mean_of_fractions_is_a_whole_number),
	};

	return cmocka_run_group_tests_name("sheet_mean", tests, NULL, NULL);
}
