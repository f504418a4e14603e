/*
 * The target of J2: what is due, the path to it, and what came before.
 *
 * Distances count in the good direction. "Fine" numbers have four more digits
 * than the indicator declares (A2).
 */
#include <string.h>

#include "services/ctl/naive_task.h"

int
naive_month(struct period p)
{
	return (int)(p.code >> 11);
}

i128
naive_better(const struct task *t, i128 a, i128 than)
{
	return t->up ? a - than : than - a;
}

/* The number of the base: the document's, or the series'. */
bool
naive_base(const struct task *t, i128 *fine)
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
	return f.usable && f.exact;
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
	return declared || d->place == PLACE_RATIO || d->place == PLACE_SHARE;
}

bool
naive_change(const struct task *t)
{
	return t->v->kind == TARGET_STEP && t->d->change != CHANGE_NONE;
}

bool
naive_each(const struct task *t)
{
	if (t->v->kind == TARGET_COUNT)
		return !t->v->per_programme;
	return t->v->kind == TARGET_STEP && t->v->steps == STEPS_EACH &&
	       !naive_change(t);
}

bool
naive_mean(const struct task *t)
{
	return t->v->kind == TARGET_STEP && t->v->steps == STEPS_MEAN &&
	       !naive_change(t);
}

/* Steps from the base on; reaching the natural bound is always enough (T3). */
static struct level
level_of_steps(const struct task *t, i128 base)
{
	int months = naive_month(t->due) - naive_month(t->v->base_period);
	i128 way = naive_rounded((i128)t->v->value * FINE_ONE * months, YEAR);
	struct level level = {.given = true};
	i128 limit;

	level.fine = t->up ? base + way : base - way;
	level.enough =
	    naive_limit(t, &limit) && naive_better(t, level.fine, limit) >= 0;
	if (level.enough)
		level.fine = limit;
	return level;
}

/* What needs the base to be a number. */
static struct level
level_of_base(const struct task *t)
{
	struct level level = {.reason = REASON_NO_BASE};
	i128 base;

	if (!naive_base(t, &base))
		return level;
	if (naive_mean(t))
		return level_of_steps(t, base);
	level.given = true;
	level.fine = base;
	if (t->v->kind != TARGET_MAINTAIN)
		level.fine = naive_rounded(base * t->v->factor, FACTOR_ONE);
	return level;
}

/* The same period of another series, times the factor. */
static struct level
level_of_other(const struct task *t, struct period p)
{
	struct level level = {.reason = REASON_NO_BASE};
	struct cat_target_version v = *t->v;
	struct task other = *t;
	i128 one = FACTOR_ONE;
	struct found f;

	if (v.relative_definition != NUMBER_NONE)
		v.definition = v.relative_definition;
	if (v.relative_unit != NUMBER_NONE)
		other.unit = v.relative_unit;
	other.v = &v;
	other.d = &t->s->c->definitions[v.definition];
	f = naive_find(&other, p);
	if (!f.usable || !f.exact)
		return level;
	for (uint8_t i = other.d->decimals; i < t->d->decimals; i++)
		f.fine *= 10;
	for (uint8_t i = t->d->decimals; i < other.d->decimals; i++)
		one *= 10;
	level.given = true;
	level.fine = naive_rounded(f.fine * v.factor, one);
	return level;
}

static struct level
level_of_plan(const struct task *t, struct period p)
{
	struct level level = {.reason = REASON_NO_PLAN_FIGURE};

	for (uint32_t i = 0; i < t->v->n_plan; i++) {
		if (t->v->plan[i].period.code != p.code)
			continue;
		level.given = true;
		level.fine = naive_rounded((i128)t->v->plan[i].value *
		                               FINE_ONE * t->v->factor,
		                           FACTOR_ONE);
	}
	return level;
}

struct level
naive_level(const struct task *t, struct period p)
{
	const struct cat_target_version *v = t->v;
	struct level level = {.given = v->has_value,
	                      .fine = (i128)v->value * FINE_ONE,
	                      .reason = REASON_NO_PLAN_FIGURE};

	switch ((int)v->kind) {
	case TARGET_MULTIPLE:
	case TARGET_HALVING: return level_of_base(t);
	case TARGET_MAINTAIN: return v->has_value ? level : level_of_base(t);
	case TARGET_STEP: return naive_mean(t) ? level_of_base(t) : level;
	case TARGET_RELATIVE: return level_of_other(t, p);
	case TARGET_PLAN: return v->n_plan > 0 ? level_of_plan(t, p) : level;
	default: return level;
	}
}

static bool
strict(const struct task *t)
{
	return t->v->sense == SENSE_ABOVE || t->v->sense == SENSE_BELOW;
}

/* By their parts, where they have them: zero and all (A2, T3). */
static bool
counted(const struct task *t, const struct found *f, bool *met)
{
	bool zero = t->v->kind == TARGET_ZERO;
	bool all = t->v->kind == TARGET_ALL || t->v->kind == TARGET_COMPLETE;

	if ((!zero && !all) || !f->parts || !f->exact ||
	    t->d->place == PLACE_WMEAN)
		return false;
	*met = zero ? f->numerator == 0 : f->numerator >= f->denominator;
	return true;
}

bool
naive_meets(const struct task *t, const struct found *f, i128 fine)
{
	struct level level;
	bool met;

	if (counted(t, f, &met))
		return met;
	level = naive_level(t, f->p);
	if (!level.given)
		return false;
	return strict(t) && !level.enough
	           ? naive_better(t, fine, level.fine) > 0
	           : naive_better(t, fine, level.fine) >= 0;
}

bool
naive_never_early(const struct task *t)
{
	return naive_each(t) || naive_change(t) ||
	       t->v->kind == TARGET_MAINTAIN || t->v->kind == TARGET_PLAN ||
	       (t->v->kind == TARGET_COUNT && !t->up);
}

struct found
naive_before(const struct task *t, struct period p)
{
	for (p = period_shift(p, -1); p.code != 0; p = period_shift(p, -1)) {
		struct found found;

		if (period_compare(p, t->v->base_period) < 0 ||
		    period_last_day(p).n < t->s->first.n)
			break;
		found = naive_find(t, p);
		if (found.usable && found.exact)
			return found;
	}
	return (struct found){.usable = false};
}

/* --- before it is due ------------------------------------------------------ */

static enum verdict_reason
path_of_milestones(const struct task *t, i128 *path)
{
	for (uint32_t i = t->v->n_milestones; i-- > 0;) {
		const struct cat_milestone *m = &t->v->milestones[i];

		*path = (i128)m->value * FINE_ONE;
		if (period_compare(m->period, t->p) <= 0)
			return REASON_NONE;
	}
	return REASON_NO_PATH;
}

enum verdict_reason
naive_path(const struct task *t, i128 *path)
{
	struct level level = naive_level(t, t->p);
	int from = naive_month(t->v->base_period);
	i128 base;
	int gone, whole;

	if (t->v->kind == TARGET_MAINTAIN ||
	    (naive_change(t) && t->v->steps == STEPS_EACH)) {
		*path = level.fine;
		return REASON_NONE;
	}
	if (naive_change(t))
		return REASON_NO_PATH;
	if (t->v->path == PATH_NONE)
		return REASON_NO_PATH;
	if (t->v->path == PATH_MILESTONES)
		return path_of_milestones(t, path);
	if (t->v->kind == TARGET_COUNT) {
		base = 0;
		from = naive_month(naive_programme_start(t)) - YEAR;
	} else if (!naive_base(t, &base)) {
		return REASON_NO_BASE;
	}
	if (!level.given)
		return REASON_NO_PATH;
	gone = naive_month(t->p) - from;
	whole = naive_month(t->due) - from;
	*path = naive_rounded(base * whole + (level.fine - base) * gone, whole);
	return REASON_NONE;
}

bool
naive_in_force(const struct task *t, struct period p)
{
	if (t->v->base_period.code != 0)
		return period_compare(p, t->v->base_period) > 0;
	return target_version(t->target, p) != NULL;
}

/* Met in some earlier period, whatever its bound allows, by the figures now in
 * force. */
static bool
was_met(const struct task *t)
{
	struct period p = period_shift(t->p, -1);

	for (; p.code != 0; p = period_shift(p, -1)) {
		struct found f;

		if (naive_never_early(t) || !naive_in_force(t, p) ||
		    period_last_day(p).n < t->s->first.n)
			return false;
		f = naive_find(t, p);
		if (f.usable && naive_meets(t, &f, f.worst))
			return true;
	}
	return false;
}

/* The last step, a year, against the pace that is needed from here on. */
static bool
too_slow(const struct task *t, i128 now)
{
	struct found last = naive_before(t, t->p);
	struct level level = naive_level(t, t->p);
	int left = naive_month(t->due) - naive_month(t->p);
	i128 step, needed;

	if (naive_each(t) || naive_change(t) || !last.usable || !level.given ||
	    t->v->kind == TARGET_RELATIVE)
		return false;
	step = naive_rounded(naive_better(t, now, last.fine) * YEAR,
	                     naive_month(t->p) - naive_month(last.p));
	needed = naive_rounded(naive_better(t, level.fine, now) * YEAR, left);
	return step < needed;
}

/* By more than the margin, as all of this row of the table. */
static bool
no_longer(const struct task *t, i128 now, i128 margin)
{
	struct level level = naive_level(t, t->p);

	return !level.given || naive_better(t, now, level.fine) < -margin;
}

enum verdict_kind
naive_against_path(const struct task *t, i128 now, i128 path)
{
	i128 margin = (i128)t->v->margin * FINE_ONE;
	i128 ahead = naive_better(t, now, path);
	struct found last = naive_before(t, t->p);
	i128 base;

	if (was_met(t) && no_longer(t, now, margin))
		return VERDICT_REVERSING;
	if (naive_base(t, &base) && naive_better(t, now, base) < -margin)
		return VERDICT_REVERSING;
	/* of a change the figure before is no measure, but no change at all */
	if (naive_change(t))
		last = (struct found){.usable = true};
	if (ahead < -margin && last.usable &&
	    naive_better(t, now, last.fine) < -margin)
		return VERDICT_REVERSING;
	if (ahead < -margin)
		return VERDICT_BEHIND;
	if (ahead < 0 || too_slow(t, now))
		return VERDICT_AT_RISK;
	return VERDICT_ON_TRACK;
}
