/*
 * The table of J2, row by row, for one target, unit and period.
 *
 * Distances count in the good direction. "Fine" numbers have four more digits
 * than the indicator declares (A2).
 */
#include "services/ctl/naive_task.h"

#include <stdlib.h>
#include <string.h>

static int
month_of(struct period p)
{
	return (int)(p.code >> 11);
}

/* a / b, half away from zero; b positive. */
static i128
rounded(i128 a, i128 b)
{
	return a < 0 ? -((-2 * a + b) / (2 * b)) : (2 * a + b) / (2 * b);
}

/* The number that is printed: the value, else the quotient of the parts. */
static bool
published(const struct cat_definition *d, const struct figure *f,
          int64_t *value)
{
	i128 scaled = (i128)f->numerator * d->factor;

	*value = f->value;
	if ((f->has & FIGURE_VALUE) != 0)
		return true;
	if ((f->has & FIGURE_PARTS) == 0 || f->denominator == 0 ||
	    d->place == PLACE_WMEAN)
		return false;
	for (uint8_t i = 0; i < d->decimals; i++)
		scaled *= 10;
	*value = (int64_t)rounded(scaled, f->denominator);
	return true;
}

static int
rollup_compare(const void *a, const void *b)
{
	const struct rollup *x = a;
	const struct rollup *y = b;

	if (x->period.code != y->period.code)
		return x->period.code < y->period.code ? -1 : 1;
	if (x->definition != y->definition)
		return x->definition < y->definition ? -1 : 1;
	if (x->map != y->map)
		return x->map < y->map ? -1 : 1;
	return (x->unit > y->unit) - (x->unit < y->unit);
}

/* In the target's map, or else in the territory of that day (R6). */
static bool
rolled_up(const struct task *t, struct period p)
{
	const struct naive_state *state = t->s->state;
	struct rollup key = {
	    .period = p, .definition = t->v->definition, .unit = t->unit};

	for (key.map = 0; key.map < t->s->c->n_maps; key.map++) {
		const struct cat_map *map = &t->s->c->maps[key.map];
		bool here = map->kind == MAP_TERRITORY &&
		            validity_holds(map->validity, period_last_day(p));

		if (t->v->map != NUMBER_NONE)
			here = key.map == t->v->map;
		if (here && state->n_rollups > 0 &&
		    bsearch(&key, state->rollups, state->n_rollups, sizeof(key),
		            rollup_compare) != NULL)
			return true;
	}
	return false;
}

/* Some figure of another definition, or else of another scope. */
static enum verdict_reason
elsewhere(const struct task *t, struct period p)
{
	const struct catalogue *c = t->s->c;
	enum verdict_reason reason = REASON_NO_FIGURE;

	for (uint32_t i = 0; i < c->n_definitions; i++) {
		const struct cat_definition *d = &c->definitions[i];
		const struct figure *f;

		if (!d->declared || d == t->d || d->family != t->d->family)
			continue;
		f = naive_figure(t->s, i, t->unit, p);
		if (f == NULL)
			continue;
		if (strcmp(d->indicator, t->d->indicator) == 0)
			return REASON_OTHER_DEFINITION;
		reason = REASON_OTHER_SCOPE;
	}
	return reason;
}

/* Roll-ups are judged by nobody until coverage is counted (R4): partial. */
static enum verdict_reason
why_none(const struct task *t, const struct figure *f, struct period p)
{
	bool observed =
	    f != NULL && status_observed((enum obs_status)f->status);

	if (rolled_up(t, p))
		return REASON_PARTIAL;
	if (observed)
		return REASON_TOO_FEW;
	return f != NULL ? REASON_FORECAST_ONLY : elsewhere(t, p);
}

struct found
naive_find(struct task *t, struct period p)
{
	const struct figure *f =
	    naive_figure(t->s, t->v->definition, t->unit, p);
	struct found found = {.f = NULL};
	bool parts = f != NULL && (f->has & FIGURE_PARTS) != 0;

	if (f != NULL && status_observed((enum obs_status)f->status) &&
	    published(t->d, f, &found.value) &&
	    (!parts ||
	     (f->denominator > 0 && f->denominator >= t->d->min_denominator))) {
		found.f = f;
		found.fine = (i128)found.value * FINE_ONE;
		t->inexact = t->inexact || f->bound != BOUND_EQ;
		return found;
	}
	found.reason = why_none(t, f, p);
	return found;
}

/* --- the target ---------------------------------------------------------- */

i128
naive_better(const struct task *t, i128 a, i128 than)
{
	return t->up ? a - than : than - a;
}

/* The number of the base: the document's, or the series'. */
bool
naive_base(struct task *t, i128 *fine)
{
	struct found f;

	if (t->v->base_period.code == 0)
		return false;
	if (!t->v->base_series) {
		*fine = (i128)t->v->base_value * FINE_ONE;
		return t->v->has_base;
	}
	f = naive_find(t, t->v->base_period);
	*fine = f.fine;
	return f.f != NULL;
}

bool
naive_limit(const struct task *t, i128 *fine)
{
	const struct cat_definition *d = t->d;
	bool declared = t->up ? d->has_max : d->has_min;

	*fine = t->up ? d->max : d->min;
	if (!declared)
		*fine = t->up ? d->factor : 0;
	for (uint8_t i = 0; i < d->decimals && !declared; i++)
		*fine *= 10;
	*fine *= FINE_ONE;
	return declared || d->place == PLACE_RATIO;
}

/* Reaching the natural bound is always enough (T3). */
static i128
within_bounds(const struct task *t, i128 level)
{
	i128 limit;

	return naive_limit(t, &limit) && naive_better(t, level, limit) > 0
	           ? limit
	           : level;
}

static bool
is_change(const struct task *t)
{
	return t->d->change != CHANGE_NONE;
}

bool
naive_each(const struct task *t)
{
	return t->v->kind == TARGET_STEP && t->v->steps == STEPS_EACH &&
	       !is_change(t);
}

bool
naive_mean(const struct task *t)
{
	return t->v->kind == TARGET_STEP && t->v->steps == STEPS_MEAN &&
	       !is_change(t);
}

/* A step from the base on: what is due after so many months. */
static i128
stepped(const struct task *t, i128 base, int months)
{
	i128 way = rounded((i128)t->v->value * FINE_ONE * months, YEAR);

	return t->up ? base + way : base - way;
}

/* What is due at the end, as a level. *bound: it is the natural bound, which is
 * always enough (T3). */
static bool
level_of(struct task *t, i128 *level, bool *bound)
{
	i128 base;

	*bound = false;
	if (!naive_mean(t)) {
		*level = (i128)t->v->value * FINE_ONE;
		return t->v->has_value;
	}
	if (!naive_base(t, &base))
		return false;
	base =
	    stepped(t, base, month_of(t->v->due) - month_of(t->v->base_period));
	*level = within_bounds(t, base);
	*bound = *level != base;
	return true;
}

static bool
strict(const struct task *t)
{
	return t->v->sense == SENSE_ABOVE || t->v->sense == SENSE_BELOW;
}

/* By their parts, where they have them: zero and all (A2, T3). */
static bool
counted(const struct task *t, const struct figure *f, bool *met)
{
	bool zero = t->v->kind == TARGET_ZERO;
	bool all = t->v->kind == TARGET_ALL || t->v->kind == TARGET_COMPLETE;

	if ((!zero && !all) || (f->has & FIGURE_PARTS) == 0 ||
	    t->d->place == PLACE_WMEAN)
		return false;
	*met = zero ? f->numerator == 0 : f->numerator == f->denominator;
	return true;
}

/* Is the whole target met by this figure? */
bool
naive_meets(struct task *t, const struct found *found)
{
	i128 level;
	bool met, bound;

	if (naive_each(t))
		return false;
	if (counted(t, found->f, &met))
		return met;
	if (!level_of(t, &level, &bound))
		return false;
	return strict(t) && !bound ? naive_better(t, found->fine, level) > 0
	                           : naive_better(t, found->fine, level) >= 0;
}

/* The usable figure before p, at or after the base; of the latest period. */
struct found
naive_before(struct task *t, struct period p, struct period *where)
{
	struct found found = {.f = NULL};

	for (*where = period_shift(p, -1); where->code != 0;
	     *where = period_shift(*where, -1)) {
		if (period_compare(*where, t->v->base_period) < 0)
			break;
		found = naive_find(t, *where);
		if (found.f != NULL)
			break;
	}
	return found;
}

/* --- before it is due ------------------------------------------------------ */

/* The path of a target of level or of steps on average, at p. */
enum verdict_reason
naive_path(struct task *t, i128 *path)
{
	i128 base, level;
	int gone, whole;
	bool bound;

	switch ((int)t->v->path) {
	case PATH_NONE: return REASON_NO_PATH;
	case PATH_MILESTONES:
		for (uint32_t i = t->v->n_milestones; i-- > 0;) {
			const struct cat_milestone *m = &t->v->milestones[i];

			*path = (i128)m->value * FINE_ONE;
			if (period_compare(m->period, t->p) <= 0)
				return REASON_NONE;
		}
		return REASON_NO_PATH;
	default: break;
	}
	if (!naive_base(t, &base))
		return REASON_NO_BASE;
	if (!level_of(t, &level, &bound))
		return REASON_NO_PATH;
	gone = month_of(t->p) - month_of(t->v->base_period);
	whole = month_of(t->v->due) - month_of(t->v->base_period);
	*path = rounded(base * whole + (level - base) * gone, whole);
	return REASON_NONE;
}

bool
naive_in_force(const struct task *t, struct period p)
{
	if (t->v->base_period.code != 0)
		return period_compare(p, t->v->base_period) > 0;
	return target_version(t->target, p) != NULL;
}

/* Met in some earlier period, by the figures now in force. */
static bool
was_met(struct task *t)
{
	struct period p = t->p;
	struct found f;

	for (;;) {
		f = naive_before(t, p, &p);
		if (f.f == NULL || period_compare(p, t->v->base_period) <= 0)
			return false;
		if (naive_meets(t, &f))
			return true;
	}
}

/* The last step, a year, against the pace that is needed from here on. */
static bool
too_slow(struct task *t, const struct found *now)
{
	struct period when;
	struct found last = naive_before(t, t->p, &when);
	int left = month_of(t->v->due) - month_of(t->p);
	i128 level, step, needed;
	bool bound;

	if (naive_each(t) || last.f == NULL || !level_of(t, &level, &bound))
		return false;
	step = rounded(naive_better(t, now->fine, last.fine) * YEAR,
	               month_of(t->p) - month_of(when));
	needed = rounded(naive_better(t, level, now->fine) * YEAR, left);
	return step < needed;
}

/* By more than the margin, as all of this row of the table. */
static bool
no_longer(struct task *t, const struct found *now, i128 margin)
{
	i128 level;
	bool bound;

	return !level_of(t, &level, &bound) ||
	       naive_better(t, now->fine, level) < -margin;
}

enum verdict_kind
naive_against_path(struct task *t, const struct found *now, i128 path)
{
	i128 margin = (i128)t->v->margin * FINE_ONE;
	i128 ahead = naive_better(t, now->fine, path);
	struct period when;
	struct found last = naive_before(t, t->p, &when);
	i128 base;

	if (was_met(t) && no_longer(t, now, margin))
		return VERDICT_REVERSING;
	if (naive_base(t, &base) && naive_better(t, now->fine, base) < -margin)
		return VERDICT_REVERSING;
	if (ahead < -margin && last.f != NULL &&
	    naive_better(t, now->fine, last.fine) < -margin)
		return VERDICT_REVERSING;
	if (ahead < -margin)
		return VERDICT_BEHIND;
	if (ahead < 0 || too_slow(t, now))
		return VERDICT_AT_RISK;
	return VERDICT_ON_TRACK;
}
