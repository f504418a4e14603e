#include "common/domain/verdict_judge.h"

#include <stddef.h>
#include <string.h>

/* Farther from any mantissa than any distance between two of them. */
#define FAR ((i128)1 << 80)

enum { YEAR = 12 }; /* months */

/* When several figures of one period are unusable: an observed one of the
 * target's own definition says more than a forecast, and that more than one of
 * another definition; within these, J2's order. */
static const enum verdict_reason reason_order[] = {
    REASON_PARTIAL,       REASON_UNDER_FLOOR,      REASON_TOO_FEW,
    REASON_FORECAST_ONLY, REASON_OTHER_DEFINITION, REASON_OTHER_SCOPE,
};

const struct verdict_parts *
countable_parts(const struct judge *j, const struct reading *r)
{
	bool countable = r->has_parts && r->point->figure.bound == BOUND_EQ &&
	                 j->d->place != PLACE_WMEAN;

	return countable ? &r->parts : NULL;
}

/* Those of a roll-up need not be whole, nor fit a figure. */
static bool
point_parts(const struct verdict_point *pt, struct verdict_parts *parts)
{
	const struct figure *f = &pt->figure;

	parts->numerator = (i128)f->numerator * WEIGHT_ONE;
	parts->denominator = (i128)f->denominator * WEIGHT_ONE;
	if (pt->has_parts)
		*parts = pt->parts;
	return pt->has_parts || (f->has & FIGURE_PARTS) != 0;
}

/* A1, A2: the value as published, or the quotient formed once. */
static bool
published_value(const struct judge *j, const struct figure *f, int64_t *value)
{
	i128 quotient;

	if (f->has & FIGURE_VALUE) {
		*value = f->value;
		return true;
	}
	if (j->d->place == PLACE_WMEAN ||
	    decimal_quotient(f->numerator, f->denominator, j->d->factor,
	                     j->d->decimals, &quotient) != ERR_OK)
		return false;
	if (quotient > DECIMAL_MANTISSA_MAX || quotient < -DECIMAL_MANTISSA_MAX)
		return false;
	*value = (int64_t)quotient;
	return true;
}

/* A roll-up is there also if no value can be formed of it. */
static bool
point_absent(const struct verdict_point *pt)
{
	return pt->figure.action == ACTION_DELETE ||
	       pt->figure.status == STATUS_M ||
	       (pt->figure.has == 0 && pt->which != POINT_ROLLUP);
}

static bool
point_observed(const struct verdict_point *pt)
{
	return !point_absent(pt) &&
	       status_observed((enum obs_status)pt->figure.status);
}

static enum verdict_reason
check_counts(const struct judge *j, const struct verdict_point *pt,
             int64_t *value)
{
	i128 least = (i128)j->d->min_denominator * WEIGHT_ONE;
	struct verdict_parts parts;

	if (point_parts(pt, &parts) &&
	    (parts.denominator < least || parts.denominator <= 0))
		return REASON_TOO_FEW;
	return published_value(j, &pt->figure, value) ? REASON_NONE
	                                              : REASON_TOO_FEW;
}

/* J1: what a point is to the version that judges, whose definition and map may
 * be others than those of the target's last one. */
static enum verdict_reason
other_reason(const struct judge *j, const struct verdict_point *pt)
{
	const struct cat_definition *d;

	if (pt->figure.definition == j->v->definition)
		return REASON_NONE;
	d = &j->in->c->definitions[pt->figure.definition];
	return strcmp(d->indicator, j->d->indicator) == 0
	           ? REASON_OTHER_DEFINITION
	           : REASON_OTHER_SCOPE;
}

/* No answer mixes maps (R6): the version's, else the territory of that day, or of
 * the unit's last. */
static bool
other_map(const struct judge *j, const struct verdict_point *pt)
{
	const struct catalogue *c = j->in->c;

	if (pt->which != POINT_ROLLUP || pt->map >= c->n_maps)
		return false;
	if (j->v->map != NUMBER_NONE)
		return pt->map != j->v->map;
	return !map_is_read(c, pt->map, pt->figure.unit, pt->period);
}

/* REASON_NONE: usable but for its bound; *value is then set. */
static enum verdict_reason
check_point(const struct judge *j, const struct verdict_point *pt,
            int64_t *value)
{
	enum verdict_reason other = other_reason(j, pt);

	if (point_absent(pt) || other_map(j, pt))
		return REASON_NO_FIGURE;
	if (other != REASON_NONE)
		return other;
	if (!point_observed(pt))
		return REASON_FORECAST_ONLY;
	if (pt->which == POINT_ROLLUP && !pt->complete)
		return pt->under_floor ? REASON_UNDER_FLOOR : REASON_PARTIAL;
	return check_counts(j, pt, value);
}

/* Points of one period lie together. */
static uint32_t
first_in(const struct verdict_input *in, struct period p)
{
	uint32_t low = 0;
	uint32_t high = in->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (in->points[mid].period.code < p.code)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct candidates {
	const struct verdict_point *own;
	const struct verdict_point *rollup;
	uint32_t reasons; /* bits */
};

static struct candidates
candidates_in(const struct judge *j, struct period p)
{
	const struct verdict_input *in = j->in;
	struct candidates c = {NULL, NULL, 0};

	for (uint32_t i = first_in(in, p);
	     i < in->n && in->points[i].period.code == p.code; i++) {
		const struct verdict_point *pt = &in->points[i];
		int64_t value;
		enum verdict_reason why = check_point(j, pt, &value);

		c.reasons |= 1u << why;
		if (why != REASON_NONE)
			continue;
		if (pt->which == POINT_ROLLUP)
			c.rollup = pt;
		else
			c.own = pt;
	}
	return c;
}

/* R2: reported first, unless the complete roll-up is of better status. */
static const struct verdict_point *
choose(const struct candidates *c, bool other)
{
	bool rollup;

	if (c->own == NULL || c->rollup == NULL)
		return c->own != NULL ? c->own : c->rollup;
	rollup = c->rollup->figure.status < c->own->figure.status;
	return rollup != other ? c->rollup : c->own;
}

static enum verdict_reason
first_reason(uint32_t reasons)
{
	for (size_t i = 0; i < sizeof reason_order / sizeof *reason_order; i++)
		if (reasons & (1u << reason_order[i]))
			return reason_order[i];
	return REASON_NO_FIGURE;
}

/* F5. A strict bound is the next fine step; `~` decides only what lies farther
 * than the margin, so its ends are one fine step beyond it. */
struct ends
bound_ends(enum bound bound, i128 fine, i128 margin, bool up)
{
	const struct {
		i128 low, high;
	} ends[BOUND_COUNT] = {
	    [BOUND_EQ] = {0, 0},    [BOUND_GT] = {1, FAR},
	    [BOUND_GE] = {0, FAR},  [BOUND_LT] = {-FAR, -1},
	    [BOUND_LE] = {-FAR, 0}, [BOUND_ABOUT] = {-margin - 1, margin + 1},
	};
	i128 low = fine + ends[bound].low;
	i128 high = fine + ends[bound].high;

	return up ? (struct ends){low, high} : (struct ends){high, low};
}

static void
set_ends(const struct judge *j, struct reading *r)
{
	struct ends ends =
	    bound_ends(r->bound, r->fine, (i128)j->v->margin * FINE, j->up);

	r->worst = ends.worst;
	r->best = ends.best;
}

static struct reading
read_one(const struct judge *j, struct period p)
{
	struct candidates c = candidates_in(j, p);
	struct reading r = {
	    .point = choose(&c, j->other_first && p.code == j->p.code)};

	if (r.point == NULL) {
		r.reason = first_reason(c.reasons);
		return r;
	}
	r.reason = check_point(j, r.point, &r.value);
	r.has_parts = point_parts(r.point, &r.parts);
	r.fine = (i128)r.value * FINE;
	r.bound = (enum bound)r.point->figure.bound;
	set_ends(j, &r);
	return r;
}

/* --- sums over the programme ---------------------------------------------- */

bool
judge_sums(const struct judge *j)
{
	return j->v->kind == TARGET_COUNT && j->v->per_programme &&
	       j->d->accumulation != ACCUMULATION_PROGRAMME;
}

/* What is known of a sum by its parts: at least, at most, or nothing (~). */
static enum bound
bound_with(enum bound sum, enum bound part)
{
	static const enum bound sides[BOUND_COUNT] = {
	    [BOUND_EQ] = BOUND_EQ, [BOUND_GT] = BOUND_GE,
	    [BOUND_GE] = BOUND_GE, [BOUND_LT] = BOUND_LE,
	    [BOUND_LE] = BOUND_LE, [BOUND_ABOUT] = BOUND_ABOUT};
	enum bound side = sides[part];

	if (side == BOUND_EQ)
		return sum;
	return sum == BOUND_EQ || sum == side ? side : BOUND_ABOUT;
}

static void
sum_add(struct reading *sum, const struct reading *year)
{
	bool none = year->point == NULL;
	enum bound bound = none ? BOUND_GE : year->bound;

	sum->bound = bound_with(sum->bound, bound);
	sum->fine += none ? 0 : year->fine;
	if (none &&
	    (sum->missing == REASON_NONE || sum->missing == REASON_INEXACT))
		sum->missing = year->reason;
	if (!none && bound != BOUND_EQ && sum->missing == REASON_NONE)
		sum->missing = REASON_INEXACT;
}

static struct reading
read_sum(const struct judge *j, struct period p)
{
	struct reading sum = read_one(j, p);
	struct reading year = sum;
	const i128 most = (i128)DECIMAL_MANTISSA_MAX * FINE;
	int first =
	    period_year_first(j->in->c->programmes[j->v->programme].from);

	if (sum.point == NULL || period_year(p) < first)
		return (struct reading){.reason = sum.reason != REASON_NONE
		                                      ? sum.reason
		                                      : REASON_NO_FIGURE};
	sum.fine = 0;
	sum.bound = BOUND_EQ;
	for (int y = first; y < period_year(p); y++) {
		struct reading before = read_one(j, period_of_year(y));

		sum_add(&sum, &before);
	}
	sum_add(&sum, &year);
	if (sum.fine > most || sum.fine < -most) {
		sum.fine = sum.fine > 0 ? most : -most;
		sum.bound = BOUND_ABOUT;
		sum.missing = REASON_INEXACT;
	}
	set_ends(j, &sum);
	if (sum.bound == BOUND_ABOUT) {
		sum.worst = j->up ? -FAR : FAR;
		sum.best = -sum.worst;
	}
	return sum;
}

struct reading
judge_read(const struct judge *j, struct period p)
{
	return judge_sums(j) ? read_sum(j, p) : read_one(j, p);
}

/* --- the years that leave it open ------------------------------------------ */

static void
gap_add(struct verdict_gaps *gaps, const struct judge *j, struct period p)
{
	struct reading r = read_one(j, p);
	struct verdict_gap gap = {p, REASON_INEXACT};

	if (reading_exact(&r))
		return;
	if (r.point == NULL)
		gap.reason = r.reason;
	if (gaps->n < VERDICT_GAPS_MAX)
		gaps->list[gaps->n] = gap;
	gaps->n++;
}

static void
gaps_of_each(const struct judge *j, struct verdict_gaps *gaps)
{
	int months = period_months(j->p);

	for (int n = (month_end(j->p) - month_start(j) - 1) / YEAR; n >= 0; n--)
		gap_add(gaps, j, period_shift(j->p, -n * (YEAR / months)));
}

static void
gaps_of_sum(const struct judge *j, struct verdict_gaps *gaps)
{
	struct period from = j->in->c->programmes[j->v->programme].from;

	for (int y = period_year_first(from); y <= period_year(j->p); y++)
		gap_add(gaps, j, period_of_year(y));
}

void
verdict_gaps_find(const struct verdict_input *in, const struct verdict *v,
                  struct verdict_gaps *out)
{
	struct judge j;
	bool by_figures =
	    v->reason >= REASON_OTHER_DEFINITION && v->reason <= REASON_INEXACT;

	out->n = 0;
	if (v->kind != VERDICT_UNDECIDED || !by_figures ||
	    !judge_init(&j, in, v->judged))
		return;
	if (is_each(&j))
		gaps_of_each(&j, out);
	else if (judge_sums(&j))
		gaps_of_sum(&j, out);
}

struct reading
judge_reference(const struct judge *j, struct period p, uint8_t *places)
{
	struct verdict_input in = *j->in;
	struct cat_target_version v = *j->v;
	struct judge other = *j;

	if (v.relative_definition != NUMBER_NONE)
		v.definition = v.relative_definition;
	in.points = in.reference;
	in.n = in.n_reference;
	other.in = &in;
	other.v = &v;
	other.d = &in.c->definitions[v.definition];
	other.other_first = false;
	*places = other.d->decimals;
	return read_one(&other, p);
}

bool
judge_has_both(const struct judge *j)
{
	struct candidates c = candidates_in(j, j->p);

	return c.own != NULL && c.rollup != NULL;
}

bool
verdict_weighed_map(const struct verdict_input *in, const struct verdict *v,
                    uint32_t *map)
{
	struct candidates c;
	struct judge j;

	if (!judge_init(&j, in, v->judged))
		return false;
	c = candidates_in(&j, j.p);
	if (c.own == NULL || c.rollup == NULL)
		return false;
	*map = c.rollup->map;
	return true;
}

const struct verdict_point *
judge_own_figure(const struct judge *j, struct period p)
{
	const struct verdict_input *in = j->in;
	const struct verdict_point *found = NULL;

	for (uint32_t i = first_in(in, p);
	     i < in->n && in->points[i].period.code == p.code; i++) {
		const struct verdict_point *pt = &in->points[i];

		if (point_absent(pt) || other_map(j, pt) ||
		    other_reason(j, pt) != REASON_NONE)
			continue;
		if (found == NULL || pt->which != POINT_ROLLUP)
			found = pt;
	}
	return found;
}

bool
judge_has_figure(const struct judge *j, struct period p)
{
	const struct verdict_input *in = j->in;

	for (uint32_t i = first_in(in, p);
	     i < in->n && in->points[i].period.code == p.code; i++) {
		const struct verdict_point *pt = &in->points[i];

		if (!point_observed(pt) || other_map(j, pt) ||
		    other_reason(j, pt) != REASON_NONE)
			continue;
		if (pt->which != POINT_ROLLUP || pt->complete)
			return true;
	}
	return false;
}

bool
reading_exact(const struct reading *r)
{
	return r->point != NULL && r->bound == BOUND_EQ;
}

/* More than judge_read would use, never less: no version is asked. */
static bool
may_be_used(const struct verdict_point *pt)
{
	return point_observed(pt) &&
	       (pt->which != POINT_ROLLUP || pt->complete);
}

uint32_t
judge_first_usable(const struct verdict_input *in)
{
	uint32_t i = 0;

	while (i < in->n && !may_be_used(&in->points[i]))
		i++;
	return i;
}

bool
verdict_may_count(const struct verdict_input *in, uint32_t at)
{
	int end = month_end(in->points[at].period);
	uint32_t first = at;

	while (first > 0 && month_end(in->points[first - 1].period) == end)
		first--;
	for (uint32_t i = first;
	     i < in->n && month_end(in->points[i].period) == end; i++) {
		if (may_be_used(&in->points[i]))
			return true;
	}
	return false;
}
