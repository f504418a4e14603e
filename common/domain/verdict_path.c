#include "common/domain/verdict_judge.h"

#include <stddef.h>

#define YEAR      12 /* months */
/* Nearer than what an open bound stands for (verdict_pick.c). */
#define LEVEL_MAX ((i128)1 << 79)

/* --- the natural bound, the base, the level due --------------------------- */

bool
natural_bound(const struct cat_definition *d, bool up, i128 *bound)
{
	i128 whole = d->factor;

	if (up ? d->has_max : d->has_min) {
		*bound = (i128)(up ? d->max : d->min) * FINE;
		return true;
	}
	for (int i = 0; i < d->decimals; i++)
		whole *= 10;
	*bound = up ? whole * FINE : 0;
	return d->place == PLACE_RATIO;
}

/* True if it was moved to the bound. */
static bool
clip(const struct judge *j, i128 *level)
{
	i128 bound;

	if (!natural_bound(j->d, j->up, &bound) ||
	    ahead_by(j, *level, bound) < 0)
		return false;
	*level = bound;
	return true;
}

static void
find_base(const struct judge *j, struct demand *q)
{
	struct reading r;

	if (j->v->base_period.code == 0 || j->names_change)
		return;
	if (!j->v->base_series) {
		q->has_base = j->v->has_base;
		q->base = (i128)j->v->base_value * FINE;
		return;
	}
	r = judge_read(j, j->v->base_period);
	q->has_base = reading_exact(&r);
	q->base = q->has_base ? r.fine : 0;
}

static i128
step_down_or_up(const struct judge *j)
{
	i128 step = (i128)j->v->value * FINE;

	return j->up ? step : -step;
}

static void
level_due(const struct judge *j, struct demand *q)
{
	q->has_level = j->v->has_value;
	q->level = (i128)j->v->value * FINE;
}

static void
step_due(const struct judge *j, struct demand *q)
{
	int months = month_end(j->due) - month_end(j->v->base_period);

	if (j->names_change) {
		level_due(j, q);
		return;
	}
	if (is_each(j) || !q->has_base || !j->v->has_value)
		return;
	q->has_level = true;
	q->level =
	    fine_quotient(q->base * YEAR + step_down_or_up(j) * months, YEAR);
	q->clipped = clip(j, &q->level);
}

static void
zero_due(const struct judge *j, struct demand *q)
{
	(void)j;
	q->has_level = true;
	q->level = 0;
}

static void
all_due(const struct judge *j, struct demand *q)
{
	q->has_level = natural_bound(j->d, j->up, &q->level);
}

/* A factor has as many decimals as a fine mantissa more than the value. */
_Static_assert(FACTOR_ONE == FINE, "so that these products are exact");

static void
multiple_due(const struct judge *j, struct demand *q)
{
	q->has_level = q->has_base;
	q->level = q->base / FINE * j->v->factor;
}

/* The factor times the published figure of the measure, at fine places. */
static void
relative_due(const struct judge *j, struct demand *q)
{
	uint8_t places;
	struct reading r = judge_reference(j, j->p, &places);
	i128 divisor = 1;

	q->has_reference = reading_exact(&r);
	if (!q->has_reference)
		return;
	q->reference = r.value;
	q->reference_places = places;
	q->level = (i128)j->v->factor * r.value;
	for (int i = 0; i < j->d->decimals; i++)
		q->level *= 10;
	for (int i = 0; i < places; i++)
		divisor *= 10;
	q->level = fine_quotient(q->level, divisor);
	q->has_level = q->level <= LEVEL_MAX && q->level >= -LEVEL_MAX;
}

static void
maintain_due(const struct judge *j, struct demand *q)
{
	if (j->v->has_value) {
		level_due(j, q);
		return;
	}
	q->has_level = q->has_base;
	q->level = q->base;
}

static void
plan_due(const struct judge *j, struct demand *q)
{
	if (j->v->n_plan == 0) {
		level_due(j, q);
		return;
	}
	for (uint32_t i = 0; i < j->v->n_plan; i++) {
		const struct cat_milestone *m = &j->v->plan[i];

		if (m->period.code != j->p.code)
			continue;
		q->has_level = true;
		q->level = (i128)m->value * j->v->factor;
	}
}

static void (*const find_level[TARGET_KINDS])(const struct judge *,
                                              struct demand *) = {
    [TARGET_LEVEL] = level_due,       [TARGET_STEP] = step_due,
    [TARGET_ZERO] = zero_due,         [TARGET_ALL] = all_due,
    [TARGET_COMPLETE] = all_due,      [TARGET_MULTIPLE] = multiple_due,
    [TARGET_HALVING] = multiple_due,  [TARGET_SHARE] = level_due,
    [TARGET_COUNT] = level_due,       [TARGET_RELATIVE] = relative_due,
    [TARGET_MAINTAIN] = maintain_due, [TARGET_PLAN] = plan_due,
};

/* What is asked in one period is not what is asked in another. */
static bool
changes_level(const struct judge *j)
{
	return j->v->kind == TARGET_RELATIVE || j->v->kind == TARGET_PLAN;
}

static struct demand
demand_of(const struct judge *j, const struct demand *q,
          const struct reading *r)
{
	struct demand at = *q;
	struct judge then = *j;

	if (!changes_level(j) || r->point == NULL ||
	    r->point->period.code == j->p.code)
		return at;
	then.p = r->point->period;
	at.has_level = false;
	find_level[j->v->kind](&then, &at);
	return at;
}

/* --- what a value or a figure meets --------------------------------------- */

static bool
is_strict(const struct judge *j)
{
	return j->v->sense == SENSE_ABOVE || j->v->sense == SENSE_BELOW;
}

bool
judge_meets(const struct judge *j, const struct demand *q, i128 value,
            const struct verdict_parts *parts)
{
	bool counted =
	    j->v->kind == TARGET_ALL || j->v->kind == TARGET_COMPLETE;
	i128 ahead;

	if (parts != NULL && j->v->kind == TARGET_ZERO)
		return parts->numerator == 0;
	if (parts != NULL && counted)
		return parts->numerator >= parts->denominator;
	if (!q->has_level)
		return false;
	ahead = ahead_by(j, value, q->level);
	return ahead > 0 || (ahead == 0 && (!is_strict(j) || q->clipped));
}

bool
reading_meets(const struct judge *j, const struct demand *q,
              const struct reading *r)
{
	struct demand at = demand_of(j, q, r);

	return r->point != NULL &&
	       judge_meets(j, &at, r->worst, countable_parts(j, r));
}

bool
reading_fails(const struct judge *j, const struct demand *q,
              const struct reading *r)
{
	struct demand at = demand_of(j, q, r);

	if (r->point == NULL || (changes_level(j) && !at.has_level))
		return false;
	return !judge_meets(j, &at, r->best, countable_parts(j, r));
}

/* --- earlier figures ------------------------------------------------------ */

/* The next earlier period with a figure, of j's length; false: none. */
static bool
step_back(const struct judge *j, uint32_t *i, struct period *p)
{
	const struct verdict_point *points = j->in->points;

	while (*i > 0) {
		struct period q = points[--*i].period;

		if (q.code < p->code && period_months(q) == period_months(*p)) {
			*p = q;
			return true;
		}
	}
	return false;
}

static void
find_previous(const struct judge *j, struct demand *q)
{
	struct period p = j->p;
	uint32_t i = j->in->n;
	struct period base = j->v->base_period;

	while (step_back(j, &i, &p)) {
		struct reading r;

		if (base.code != 0 && month_end(p) < month_end(base))
			return;
		r = judge_read(j, p);
		if (!reading_exact(&r))
			continue;
		q->previous = r;
		return;
	}
}

static void
find_met(const struct judge *j, struct demand *q)
{
	struct period p = j->p;
	uint32_t i = j->in->n;

	if (!meets_early(j))
		return;
	while (step_back(j, &i, &p) && month_end(p) > month_start(j)) {
		struct reading r = judge_read(j, p);

		if (!reading_meets(j, q, &r))
			continue;
		q->was_met = true;
		q->met_period = p;
		q->met_value = (int64_t)(r.fine / FINE);
		return;
	}
}

/* --- steps: each ---------------------------------------------------------- */

struct floor { /* what a step asks of the figure of one year */
	bool known;
	bool clipped;
	i128 level;
	struct reading before;
	enum verdict_reason missing;
};

static enum verdict_reason
why_not_exact(const struct reading *r)
{
	if (r->point == NULL)
		return r->reason;
	return reading_exact(r) ? REASON_NONE : REASON_INEXACT;
}

static struct floor
floor_of(const struct judge *j, const struct demand *q, struct period p)
{
	struct floor f = {.level = step_down_or_up(j)};
	struct period before = period_shift(p, -(YEAR / period_months(p)));

	if (j->names_change || counts_years(j)) {
		f.level = q->level;
		f.known = true;
		return f;
	}
	if (month_end(before) == month_end(j->v->base_period)) {
		f.known = q->has_base;
		f.before.fine = q->base;
		f.before.value = (int64_t)(q->base / FINE);
	} else {
		f.before = judge_read(j, before);
		f.missing = why_not_exact(&f.before);
		f.known = f.missing == REASON_NONE;
	}
	f.level += f.before.fine;
	f.clipped = clip(j, &f.level);
	return f;
}

static void
weigh_step(const struct judge *j, struct demand *q, const struct floor *f,
           const struct reading *r)
{
	i128 short_by = -ahead_by(j, r->fine, f->level);
	bool failed =
	    short_by > 0 || (short_by == 0 && is_strict(j) && !f->clipped);

	if (!failed || (q->failed && short_by <= q->failed_by))
		return;
	q->failed = true;
	q->failed_by = short_by;
	q->failed_period = r->point->period;
	q->failed_value = r->value;
	q->failed_before = f->before.value;
}

/* The first year's step is counted from the base. */
static bool
has_step(const struct judge *j, struct period p)
{
	int before = month_end(p) - YEAR;

	return !needs_base(j) ? month_end(p) > month_start(j)
	                      : before >= month_end(j->v->base_period);
}

static void
scan_steps(const struct judge *j, struct demand *q)
{
	int a_year = YEAR / period_months(j->p);
	struct period p = period_shift(j->p, -a_year);

	if (needs_base(j) && !q->has_base)
		return;
	while (has_step(j, p)) {
		struct reading r = judge_read(j, p);
		struct floor f = floor_of(j, q, p);

		if (why_not_exact(&r) != REASON_NONE)
			q->missing = why_not_exact(&r);
		else if (!f.known)
			q->missing = f.missing;
		else
			weigh_step(j, q, &f, &r);
		p = period_shift(p, -a_year);
	}
}

/* --- the path ------------------------------------------------------------- */

static void
path_each(const struct judge *j, struct demand *q)
{
	struct floor f = floor_of(j, q, j->p);

	q->has_path = f.known;
	q->path = f.level;
	q->path_clipped = f.clipped;
	if (!f.known)
		q->missing = f.missing;
}

static void
path_between(const struct judge *j, struct demand *q, int elapsed)
{
	int whole = month_end(j->due) - month_end(j->v->base_period);

	q->no_path = q->has_base ? REASON_NO_PATH : REASON_NO_BASE;
	q->has_path = q->has_base && q->has_level;
	if (q->has_path)
		q->path = fine_quotient(
		    q->base * whole + (q->level - q->base) * elapsed, whole);
}

static void
path_line(const struct judge *j, struct demand *q)
{
	path_between(j, q, month_end(j->p) - month_end(j->v->base_period));
}

static void
path_steps(const struct judge *j, struct demand *q)
{
	int elapsed = month_end(j->p) - month_end(j->v->base_period);

	path_between(j, q, elapsed / YEAR * YEAR);
}

static void
path_milestones(const struct judge *j, struct demand *q)
{
	q->no_path = REASON_NO_PATH;
	for (uint32_t i = 0; i < j->v->n_milestones; i++) {
		const struct cat_milestone *m = &j->v->milestones[i];

		if (month_end(m->period) > month_end(j->p) ||
		    (q->has_path &&
		     month_end(m->period) < month_end(q->path_period)))
			continue;
		q->has_path = true;
		q->path = (i128)m->value * FINE;
		q->path_period = m->period;
	}
}

static int
month_programme(const struct judge *j)
{
	struct period from = j->in->c->programmes[j->v->programme].from;

	return month_end(period_of_year(period_year_first(from))) - YEAR;
}

/* T3: a sum begins with nothing at the programme's start. */
static void
path_from_zero(const struct judge *j, struct demand *q)
{
	int from = month_programme(j);

	q->no_path = REASON_NO_PATH;
	q->has_path = q->has_level;
	q->path = fine_quotient(q->level * (month_end(j->p) - from),
	                        month_end(j->due) - from);
}

/* No path is needed to see that too many are too many. */
static void
path_exceeded(const struct judge *j, struct demand *q)
{
	struct reading r = judge_read(j, j->p);

	q->no_path = REASON_NO_PATH;
	q->has_path = !j->up && q->has_level && r.point != NULL &&
	              ahead_by(j, r.best, q->level) < 0;
	q->path = q->has_path ? q->level : 0;
}

static void
path_count(const struct judge *j, struct demand *q)
{
	static void (*const find[PATHS])(const struct judge *,
	                                 struct demand *) = {
	    [PATH_DEFAULT] = path_exceeded,      [PATH_LINE] = path_from_zero,
	    [PATH_STEPS] = path_from_zero,       [PATH_NONE] = path_exceeded,
	    [PATH_MILESTONES] = path_milestones,
	};

	find[j->v->path](j, q);
}

static void
path_level(struct demand *q)
{
	q->has_path = q->has_level;
	q->path = q->level;
}

static void
path_none(const struct judge *j, struct demand *q)
{
	(void)j;
	q->no_path = REASON_NO_PATH;
}

static void (*const find_path[PATHS])(const struct judge *, struct demand *) = {
    [PATH_DEFAULT] = path_line,          [PATH_LINE] = path_line,
    [PATH_STEPS] = path_steps,           [PATH_NONE] = path_none,
    [PATH_MILESTONES] = path_milestones,
};

static void
path_of(const struct judge *j, struct demand *q)
{
	bool due = judge_at_due(j);

	if (is_each(j) && (due || j->v->path != PATH_NONE)) {
		path_each(j, q);
	} else if (due || j->v->kind == TARGET_MAINTAIN) {
		path_level(q);
	} else if (j->names_change || is_each(j)) {
		path_none(j, q);
	} else if (j->v->kind == TARGET_COUNT) {
		path_count(j, q);
	} else {
		find_path[j->v->path](j, q);
	}
}

void
judge_demand(const struct judge *j, struct demand *q)
{
	*q = (struct demand){.no_path = REASON_NO_PATH};
	find_base(j, q);
	find_level[j->v->kind](j, q);
	find_previous(j, q);
	find_met(j, q);
	if (is_each(j))
		scan_steps(j, q);
	path_of(j, q);
}
