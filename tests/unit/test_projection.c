/* links: common/domain/projection.c common/domain/period.c common/domain/decimal.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/projection.h"

#define FINE 10000

enum { SERIES_MAX = PROJECTION_POINTS_MAX + 1 };

struct given {
	struct projection_point points[SERIES_MAX];
	struct projection_input in;
	struct projection out;
};

static struct period
period(const char *text)
{
	struct period p;

	assert_int_equal(period_parse(span_str(text), &p), ERR_OK);
	return p;
}

static struct given *
given(struct given *g, const int *years, const int *values, uint32_t n)
{
	memset(g, 0, sizeof(*g));
	for (uint32_t i = 0; i < n; i++)
		g->points[i] = (struct projection_point){
		    period_of_year(years[i]), values[i]};
	g->in = (struct projection_input){.points = g->points, .n = n};
	return g;
}

/* Rounded from the four more digits to whole mantissas with one more digit. */
static void
slope_is(const struct projection_line *line, int64_t fine)
{
	assert_true(line->slope == fine);
}

static void
reached_in(const struct projection_line *line, const char *text)
{
	char got[PERIOD_TEXT_MAX];

	assert_string_equal(period_format(line->reached, got), text);
}

/*
 * F. J. Anscombe, "Graphs in statistical analysis", The American Statistician 27
 * (1973): the first and third of his four sets. Least squares gives y = 3 + 0.5 x
 * for both (0.500 to three decimals); in the third all points but one lie on
 * y = 4 + 0.346 x. The years are 2000 + x; values in hundredths.
 */
static const int anscombe_x[] = {2004, 2005, 2006, 2007, 2008, 2009,
                                 2010, 2011, 2012, 2013, 2014};
static const int anscombe_1[] = {426, 568, 724,  482, 695, 881,
                                 804, 833, 1084, 758, 996};
static const int anscombe_3[] = {539, 573, 608, 642,  677, 711,
                                 746, 781, 815, 1274, 884};

static void
least_squares_gives_anscombes_line(void **state)
{
	struct given g;

	(void)state;
	given(&g, anscombe_x, anscombe_1, 11);
	g.in.up = true;
	g.in.target =
	    1300 * FINE; /* 3 + 0.5 x: at x = 20, 2020 (3.0001 + ...) */
	assert_true(projection_make(&g.in, &g.out));
	assert_int_equal(g.out.n, 11);
	slope_is(&g.out.ols, 500091); /* 55.01 / 110 = 0.500090909... */
	reached_in(&g.out.ols, "2020");
	g.in.target = 1301 * FINE; /* 13.0019 there: not yet */
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.ols, "2021");
}

static void
theil_sen_is_not_bent_by_anscombes_odd_point(void **state)
{
	struct given g;

	(void)state;
	given(&g, anscombe_x, anscombe_3, 11);
	assert_true(projection_make(&g.in, &g.out));
	/* 54.97 / 110 against 0.346 for all but one. */
	slope_is(&g.out.ols, 499727);
	assert_true(g.out.theil_sen.slope > 345 * FINE / 10);
	assert_true(g.out.theil_sen.slope < 347 * FINE / 10);
	assert_true(g.out.low.slope < g.out.theil_sen.slope);
	assert_true(g.out.high.slope > g.out.theil_sen.slope);
}

/*
 * M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods", example 9.1
 * (the effect of cloud seeding in five years, from E. J. Smith, 1967): double ratios
 * 1.26 1.27 1.12 1.16 1.03. The ten slopes in order: -0.15 -0.13 -0.08 -0.07 -0.0575
 * -0.055 -0.045 -0.0333 0.01 0.04; the estimate is the mean of the fifth and the
 * sixth, -0.05625, the interval of at least 90 % from the second to the ninth.
 */
static void
theil_sen_gives_the_textbook_slope_and_interval(void **state)
{
	static const int years[] = {1951, 1952, 1953, 1954, 1955};
	static const int ratios[] = {126, 127, 112, 116, 103};
	struct given g;

	(void)state;
	given(&g, years, ratios, 5);
	g.in.target = 90 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	slope_is(&g.out.theil_sen, -56250);
	assert_true(g.out.has_range);
	slope_is(&g.out.low, -130000);
	slope_is(&g.out.high, 10000);
	/* Through (1953, 1.16): 0.26 lie below it, 4.6 years at the estimate,
	 * 2 at -0.13; the other end leads away. Least squares: through (1953,
	 * 1.168) with -0.057, 4.7 years. */
	reached_in(&g.out.theil_sen, "1958");
	reached_in(&g.out.low, "1956");
	assert_int_equal(g.out.high.reached.code, 0);
	slope_is(&g.out.ols, -57000);
	reached_in(&g.out.ols, "1958");
}

/* Critical values of Kendall's S, as tables of his tau print them (one side, 5 %):
 * k is half of what is left of the N pairs. */
static void
ranks_of_the_interval_are_those_of_kendalls_table(void **state)
{
	static const int critical[] = {[4] = 6,  [5] = 8,  [6] = 11, [7] = 13,
	                               [8] = 16, [9] = 18, [10] = 21};

	(void)state;
	assert_int_equal(projection_rank(1), -1);
	assert_int_equal(projection_rank(2), -1);
	assert_int_equal(projection_rank(3), -1);
	for (int n = 4; n <= 10; n++)
		assert_int_equal(projection_rank((uint32_t)n),
		                 (n * (n - 1) / 2 - critical[n]) / 2);
}

/* For many figures: (N - 1.645 sqrt(n (n - 1) (2n + 5) / 18)) / 2, within one. */
static void
ranks_of_long_series_are_those_of_the_normal_curve(void **state)
{
	int k = projection_rank(PROJECTION_POINTS_MAX);

	(void)state;
	/* n = 32: N = 496, variance 3802.67, root 61.666: 197.28, less one */
	assert_in_range(k, 196, 197);
	/* n = 20: N = 190, variance 950, root 30.82: 69.65 */
	assert_in_range(projection_rank(20), 68, 69);
}

static void
three_figures_give_a_line_and_four_a_range(void **state)
{
	static const int years[] = {2016, 2017, 2018, 2019};
	static const int values[] = {3000, 2700, 2400, 2100};
	struct given g;

	(void)state;
	given(&g, years, values, 2);
	assert_false(projection_make(&g.in, &g.out));
	given(&g, years, values, 3);
	g.in.target = 1500 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	assert_false(g.out.has_range);
	/* The line meets the target exactly at the end of 2021. */
	reached_in(&g.out.ols, "2021");
	reached_in(&g.out.theil_sen, "2021");
	g.in.target = 1500 * FINE - 1;
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.ols, "2022");
	reached_in(&g.out.theil_sen, "2022");
	given(&g, years, values, 4);
	g.in.target = 1500 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	assert_true(g.out.has_range);
	reached_in(&g.out.low, "2021");
	reached_in(&g.out.high, "2021");
}

static void
thirds_do_not_round_a_line_past_its_target(void **state)
{
	/* A third of a hundredth a month: 7 hundredths in 21 months. */
	static const char *const months[] = {"2020-03", "2020-06", "2020-09",
	                                     "2020-12"};
	struct given g;

	(void)state;
	memset(&g, 0, sizeof(g));
	for (int i = 0; i < 4; i++)
		g.points[i] =
		    (struct projection_point){period(months[i]), 100 + i};
	g.in = (struct projection_input){
	    .points = g.points, .n = 4, .target = 107 * FINE, .up = true};
	assert_true(projection_make(&g.in, &g.out));
	slope_is(&g.out.theil_sen, 4 * FINE);
	reached_in(&g.out.theil_sen, "2021-12");
	reached_in(&g.out.ols, "2021-12");
	g.in.target = 107 * FINE + 1;
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.theil_sen, "2022-01");
}

static void
gaps_in_a_series_count_by_their_length(void **state)
{
	static const int years[] = {2010, 2012, 2016};
	static const int values[] = {100, 120, 160};
	struct given g;

	(void)state;
	given(&g, years, values, 3);
	g.in.up = true;
	g.in.target = 200 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	slope_is(&g.out.ols, 10 * FINE);
	slope_is(&g.out.theil_sen, 10 * FINE);
	reached_in(&g.out.theil_sen, "2020");
}

static void
a_trend_that_leads_away_never_arrives(void **state)
{
	static const int years[] = {2016, 2017, 2018, 2019};
	static const int values[] = {1000, 1010, 1020, 1030};
	static const int flat[] = {1000, 1000, 1000, 1000};
	struct given g;

	(void)state;
	given(&g, years, values, 4);
	g.in.target = 900 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	assert_int_equal(g.out.ols.reached.code, 0);
	assert_int_equal(g.out.theil_sen.reached.code, 0);
	assert_int_equal(g.out.low.reached.code, 0);
	assert_int_equal(g.out.high.reached.code, 0);
	given(&g, years, flat, 4);
	g.in.target = 900 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	slope_is(&g.out.theil_sen, 0);
	assert_int_equal(g.out.theil_sen.reached.code, 0);
}

static void
fifty_years_on_is_told_and_later_is_never(void **state)
{
	static const int years[] = {2016, 2017, 2018};
	static const int values[] = {0, 1, 2};
	struct given g;

	(void)state;
	given(&g, years, values, 3);
	g.in.up = true;
	g.in.target = 52 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.ols, "2068");
	reached_in(&g.out.theil_sen, "2068");
	g.in.target = 52 * FINE + 1;
	assert_true(projection_make(&g.in, &g.out));
	assert_int_equal(g.out.ols.reached.code, 0);
	assert_int_equal(g.out.theil_sen.reached.code, 0);
}

static void
a_line_already_past_the_target_arrives_in_the_next_period(void **state)
{
	static const int years[] = {2016, 2017, 2018};
	static const int values[] = {100, 160, 140};
	struct given g;

	(void)state;
	given(&g, years, values, 3);
	g.in.up = true;
	g.in.target = 150 * FINE;
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.ols, "2019");
}

static void
nothing_is_told_of_what_is_past(void **state)
{
	static const int years[] = {2016, 2017, 2018};
	static const int values[] = {100, 120, 140};
	struct given g;

	(void)state;
	given(&g, years, values, 3);
	g.in.up = true;
	g.in.target = 160 * FINE;
	g.in.past = period_of_year(2018);
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.ols, "2019");
	g.in.past = period_of_year(2021);
	assert_true(projection_make(&g.in, &g.out));
	reached_in(&g.out.ols, "2022");
	reached_in(&g.out.theil_sen, "2022");
}

static void
of_a_long_series_the_latest_are_used(void **state)
{
	struct given g;

	(void)state;
	memset(&g, 0, sizeof(g));
	for (int i = 0; i < SERIES_MAX; i++)
		g.points[i] = (struct projection_point){
		    period_of_year(1980 + i), i == 0 ? 100000 : i};
	g.in = (struct projection_input){.points = g.points, .n = SERIES_MAX};
	assert_true(projection_make(&g.in, &g.out));
	assert_int_equal(g.out.n, PROJECTION_POINTS_MAX);
	slope_is(&g.out.ols, FINE);
	g.in.n = PROJECTION_POINTS_MAX; /* one less: the odd one is in */
	assert_true(projection_make(&g.in, &g.out));
	assert_int_equal(g.out.n, PROJECTION_POINTS_MAX);
	assert_true(g.out.ols.slope < 0);
	slope_is(&g.out.theil_sen, FINE);
}

static void
spans_have_no_trend(void **state)
{
	static const char *const spans[] = {"2001/2005", "2006/2010",
	                                    "2011/2015"};
	struct given g;

	(void)state;
	memset(&g, 0, sizeof(g));
	for (int i = 0; i < 3; i++)
		g.points[i] = (struct projection_point){period(spans[i]), i};
	g.in = (struct projection_input){.points = g.points, .n = 3};
	assert_false(projection_make(&g.in, &g.out));
}

static void
the_largest_numbers_do_not_overflow(void **state)
{
	struct given g;

	(void)state;
	memset(&g, 0, sizeof(g));
	for (int i = 0; i < PROJECTION_POINTS_MAX; i++)
		g.points[i] = (struct projection_point){
		    period_shift(period("1900-01"), i * 115),
		    (int64_t)(i % 2 ? 1 : -1) * DECIMAL_MANTISSA_MAX};
	g.in = (struct projection_input){.points = g.points,
	                                 .n = PROJECTION_POINTS_MAX,
	                                 .target =
	                                     (i128)DECIMAL_MANTISSA_MAX * FINE,
	                                 .up = true};
	assert_true(projection_make(&g.in, &g.out));
	assert_true(g.out.ols.slope > 0); /* it ends on a high one */
	assert_int_equal(g.out.ols.reached.code, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(least_squares_gives_anscombes_line),
	    cmocka_unit_test(theil_sen_is_not_bent_by_anscombes_odd_point),
	    cmocka_unit_test(theil_sen_gives_the_textbook_slope_and_interval),
	    cmocka_unit_test(ranks_of_the_interval_are_those_of_kendalls_table),
	    cmocka_unit_test(
	        ranks_of_long_series_are_those_of_the_normal_curve),
	    cmocka_unit_test(three_figures_give_a_line_and_four_a_range),
	    cmocka_unit_test(thirds_do_not_round_a_line_past_its_target),
	    cmocka_unit_test(gaps_in_a_series_count_by_their_length),
	    cmocka_unit_test(a_trend_that_leads_away_never_arrives),
	    cmocka_unit_test(fifty_years_on_is_told_and_later_is_never),
	    cmocka_unit_test(
	        a_line_already_past_the_target_arrives_in_the_next_period),
	    cmocka_unit_test(nothing_is_told_of_what_is_past),
	    cmocka_unit_test(of_a_long_series_the_latest_are_used),
	    cmocka_unit_test(spans_have_no_trend),
	    cmocka_unit_test(the_largest_numbers_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
