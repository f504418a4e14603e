#include "common/domain/projection.h"

#include <stdlib.h>

#define FINE      10000 /* 10^DECIMAL_EXTRA */
#define PAIRS_MAX (PROJECTION_POINTS_MAX * (PROJECTION_POINTS_MAX - 1) / 2)
#define ONE_SIDE  20 /* one in 20 on either side leaves 90 % */
#define SPAN_MAX  (12 * (PERIOD_YEAR_MAX - PERIOD_YEAR_MIN + 1))

/* Largest terms: (a t + b) FINE and target q, see line_at; under 2^120. */
_Static_assert(PROJECTION_POINTS_MAX <= 64 && SPAN_MAX < 4096,
               "sums of products stay within 128 bits");

/* value = (a t + b) / q at the declared decimals, q > 0; t in periods since the
 * first point. */
struct line {
	i128 a, b, q;
};

struct slope {
	int64_t rise;
	int32_t run; /* > 0 */
};

/* The points that are used, their times, and the step from one period to the
 * next. */
struct series {
	const struct projection_point *points;
	int n;
	int t[PROJECTION_POINTS_MAX];
	int months;
};

static void
series_open(struct series *s, const struct projection_input *in)
{
	uint32_t skip = 0;

	if (in->n > PROJECTION_POINTS_MAX)
		skip = in->n - PROJECTION_POINTS_MAX;
	s->points = in->points + skip;
	s->n = (int)(in->n - skip);
	s->months = period_months(s->points[0].period);
	for (int i = 0; i < s->n; i++)
		s->t[i] =
		    period_distance(s->points[0].period, s->points[i].period);
}

static struct line
line_ols(const struct series *s)
{
	i128 t = 0, y = 0, tt = 0, ty = 0, n = s->n;
	i128 rise, run;

	for (int i = 0; i < s->n; i++) {
		t += s->t[i];
		y += s->points[i].value;
		tt += (i128)s->t[i] * s->t[i];
		ty += (i128)s->t[i] * s->points[i].value;
	}
	rise = n * ty - t * y;
	run = n * tt - t * t;
	return (struct line){
	    .a = rise * n, .b = y * run - rise * t, .q = n * run};
}

static int
slope_compare(const void *a, const void *b)
{
	const struct slope *x = a, *y = b;
	i128 left = (i128)x->rise * y->run;
	i128 right = (i128)y->rise * x->run;

	return (left > right) - (left < right);
}

/* All slopes in order; returns how many. */
static int
slopes_sorted(const struct series *s, struct slope slopes[PAIRS_MAX])
{
	int n = 0;

	for (int i = 0; i < s->n; i++)
		for (int j = i + 1; j < s->n; j++)
			slopes[n++] = (struct slope){
			    .rise = s->points[j].value - s->points[i].value,
			    .run = s->t[j] - s->t[i],
			};
	qsort(slopes, (size_t)n, sizeof(*slopes), slope_compare);
	return n;
}

static int
value_compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Twice the median, so that it is whole. */
static int64_t
twice_median(const int64_t *sorted, int n)
{
	return sorted[(n - 1) / 2] + sorted[n / 2];
}

/* Through (median t, median y) with the mean of two slopes. */
static struct line
line_through_medians(const struct series *s, struct slope x, struct slope y)
{
	int64_t values[PROJECTION_POINTS_MAX] = {0};
	i128 rise = (i128)x.rise * y.run + (i128)y.rise * x.run;
	i128 run = (i128)2 * x.run * y.run;
	i128 mid_t = s->t[(s->n - 1) / 2] + s->t[s->n / 2];

	for (int i = 0; i < s->n; i++)
		values[i] = s->points[i].value;
	qsort(values, (size_t)s->n, sizeof(*values), value_compare);
	return (struct line){
	    .a = 2 * rise,
	    .b = twice_median(values, s->n) * run - rise * mid_t,
	    .q = 2 * run,
	};
}

static bool
line_reaches(const struct line *line, int t, const struct projection_input *in)
{
	i128 fitted = (line->a * t + line->b) * FINE;
	i128 target = in->target * line->q;

	return in->up ? fitted >= target : fitted <= target;
}

static struct projection_line
line_told(const struct series *s, const struct line *line,
          const struct projection_input *in)
{
	struct projection_line told = {.slope = 0};
	struct period last = s->points[s->n - 1].period;
	int per_year = 12 / s->months;

	if (decimal_quotient(line->a, line->q, (int64_t)per_year * FINE, 0,
	                     &told.slope) != ERR_OK)
		return told;
	for (int k = 1; k <= PROJECTION_YEARS_MAX * per_year; k++) {
		struct period p = period_shift(last, k);

		if (p.code == 0)
			break;
		if (p.code <= in->past.code ||
		    !line_reaches(line, s->t[s->n - 1] + k, in))
			continue;
		told.reached = p;
		break;
	}
	return told;
}

int
projection_rank(uint32_t n)
{
	/* Of n! orders, those in which so many pairs run the other way:
	 * putting in the m-th value adds 0 to m - 1 of them. */
	i128 orders[PAIRS_MAX + 1] = {1};
	i128 all = 1, sum = 0;
	int k = 0;

	for (int m = 2; m <= (int)n; m++) {
		int pairs = m * (m - 1) / 2;

		all *= m;
		for (int i = 1; i <= pairs; i++)
			orders[i] += orders[i - 1];
		for (int i = pairs; i >= m; i--)
			orders[i] -= orders[i - m];
	}
	while (k <= PAIRS_MAX && (sum + orders[k]) * ONE_SIDE <= all)
		sum += orders[k++];
	return k - 1;
}

static void
range_told(const struct series *s, const struct slope *slopes, int n_slopes,
           const struct projection_input *in, struct projection *out)
{
	int k = projection_rank((uint32_t)s->n);
	const struct slope *least = &slopes[k];
	const struct slope *most = &slopes[n_slopes - 1 - k];
	const struct slope *best = in->up ? most : least;
	const struct slope *worst = in->up ? least : most;
	struct line low = line_through_medians(s, *best, *best);
	struct line high = line_through_medians(s, *worst, *worst);

	out->has_range = true;
	out->low = line_told(s, &low, in);
	out->high = line_told(s, &high, in);
}

bool
projection_make(const struct projection_input *in, struct projection *out)
{
	struct slope slopes[PAIRS_MAX];
	struct series s = {.n = 0};
	struct line line;
	int n;

	if (in->n < PROJECTION_POINTS_MIN ||
	    period_months(in->points[0].period) > 12)
		return false;
	series_open(&s, in);
	*out = (struct projection){.n = (uint32_t)s.n};
	line = line_ols(&s);
	out->ols = line_told(&s, &line, in);
	n = slopes_sorted(&s, slopes);
	line = line_through_medians(&s, slopes[(n - 1) / 2], slopes[n / 2]);
	out->theil_sen = line_told(&s, &line, in);
	if (s.n >= PROJECTION_RANGE_MIN)
		range_told(&s, slopes, n, in, out);
	return true;
}
