/*
 * projection - when a target would be reached if things went on as they have.
 *
 * SEMANTICS J4. Two straight lines through the figures of one series: by least
 * squares, and by Theil-Sen, which a single odd year can't bend. It says what the
 * trend says and nothing else: no verdict rests on it, no figure comes from it.
 * Pure and exact: sums, slopes and comparisons are whole numbers and fractions of
 * them, so a line that meets the target in a period meets it in that period.
 * Called by alert for `status`.
 *
 * Least squares: slope = (n S ty - S t S y) / (n S tt - (S t)^2), through the means.
 * Theil-Sen: slope = median of (yj - yi) / (tj - ti), i < j; the line goes through
 * (median t, median y). Sources: H. Theil, "A rank-invariant method of linear and
 * polynomial regression analysis", 1950; P. K. Sen, "Estimates of the regression
 * coefficient based on Kendall's tau", JASA 63 (1968) 1379-1389; R. O. Gilbert,
 * "Statistical Methods for Environmental Pollution Monitoring", 1987, 16.5.
 * Interval of the slope (Sen): of the N = n (n - 1) / 2 slopes in order, the
 * (k + 1)-th and the (N - k)-th, k the largest number with P(at most k of the pairs
 * run against the trend) <= 5 %, from the exact distribution of Kendall's tau for
 * figures without order: at least 90 % between them. Four figures are the fewest
 * for which there is such a k. Equal figures make the interval wider, not narrower.
 */
#ifndef COMMON_DOMAIN_PROJECTION_H
#define COMMON_DOMAIN_PROJECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/decimal.h"
#include "common/domain/period.h"

#define PROJECTION_POINTS_MAX 32 /* the latest of a longer series are used */
#define PROJECTION_POINTS_MIN 3  /* J4 */
#define PROJECTION_RANGE_MIN  4  /* J4 */
#define PROJECTION_YEARS_MAX  50 /* after the last figure; later is never */

struct projection_point {
	struct period period;
	int64_t value; /* mantissa at the declared decimals */
};

/* Points: of one definition and unit, released, exact, no forecasts (the caller
 * sees to that), ascending, one a period, all of one length of at most a year. */
struct projection_input {
	const struct projection_point *points;
	uint32_t n;
	i128 target; /* fine: DECIMAL_EXTRA more digits */
	bool up;     /* the target is reached from below */
	/* Nothing is told of this period and earlier ones, though no figure may say
	 * what they were; code 0: of all after the last figure. */
	struct period past;
};

struct projection_line {
	i128
	    slope; /* fine, a year, rounded half away; in the value's own sense */
	struct period reached; /* first period after the last figure, and
	                        * after in->past, at whose end
	                        * the line is at the target; code 0: never */
};

struct projection {
	uint32_t n; /* figures used */
	struct projection_line ols;
	struct projection_line theil_sen;
	bool has_range;
	struct projection_line low;  /* with the end of the interval that is */
	struct projection_line high; /* better (earliest), and with the worse */
};

/*
 * projection_make - both lines.
 *
 * returns  false: fewer than PROJECTION_POINTS_MIN figures, or they are of spans;
 *          *out is untouched
 * cost     O(n^2 log n), n at most PROJECTION_POINTS_MAX
 */
bool projection_make(const struct projection_input *in, struct projection *out);

/* k above for n figures; -1: there is none (n < 4). n <= PROJECTION_POINTS_MAX. */
int projection_rank(uint32_t n);

#endif
