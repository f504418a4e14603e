/*
 * The table of J2 in its order, and the period that it is asked for.
 */
#include <stdlib.h>

#include "services/ctl/naive_task.h"

/* --- each year on its own ---------------------------------------------------- */

struct years {
	bool failed;                 /* some year falls short */
	i128 worst;                  /* by how much at most */
	enum verdict_reason missing; /* of the first year without a figure */
	bool has_path;               /* the step of p itself is known */
	i128 short_by;               /* of it; negative: more than asked */
};

/* What was asked of a year, less what it gave; at most the way to the natural
 * bound is asked (T3). */
static i128
short_by(const struct task *t, i128 from, i128 to, bool *whole)
{
	i128 asked = (i128)t->v->value * FINE_ONE;
	i128 room;

	*whole = true;
	if (naive_limit(t, &room)) {
		room = naive_better(t, room, from);
		*whole = asked <= room;
		asked = *whole ? asked : room;
	}
	return asked - naive_better(t, to, from);
}

static void
year_weigh(const struct task *t, struct years *y, i128 from, i128 to)
{
	bool strict = t->v->sense == SENSE_ABOVE || t->v->sense == SENSE_BELOW;
	bool whole;

	y->short_by = short_by(t, from, to, &whole);
	if (y->short_by < 0 || (y->short_by == 0 && !(strict && whole)))
		return;
	y->failed = true;
	y->worst = y->short_by > y->worst ? y->short_by : y->worst;
}

static struct years
years_of(struct task *t, i128 from)
{
	struct years y = {.failed = false};
	struct period p = t->v->base_period;
	bool known = true;

	while (period_compare(p, t->p) < 0) {
		struct found f;

		p = period_shift(p, 1);
		f = naive_find(t, p);
		if (f.f == NULL && y.missing == REASON_NONE)
			y.missing = f.reason;
		y.has_path = known && f.f != NULL;
		if (y.has_path)
			year_weigh(t, &y, from, f.fine);
		known = f.f != NULL;
		from = f.fine;
	}
	return y;
}

/* --- the table ----------------------------------------------------------------- */

static struct naive_verdict
undecided(struct naive_verdict v, enum verdict_reason reason)
{
	v.kind = VERDICT_UNDECIDED;
	v.reason = reason;
	return v;
}

static struct naive_verdict
decided(struct naive_verdict v, enum verdict_kind kind)
{
	v.kind = kind;
	v.reason = REASON_NONE;
	return v;
}

/* Complete, or accumulated over a programme: what was met stays so until a figure
 * says otherwise. *by: the figure that says so. */
static bool
stays_met(struct task *t, struct found *by)
{
	struct period p = t->p;

	if (t->v->kind != TARGET_COMPLETE &&
	    t->d->accumulation != ACCUMULATION_PROGRAMME)
		return false;
	*by = naive_find(t, p);
	if (by->f == NULL)
		*by = naive_before(t, p, &p);
	return by->f != NULL && naive_in_force(t, p) && naive_meets(t, by);
}

static bool
has_plan_figure(const struct task *t)
{
	return t->v->has_value || t->v->kind == TARGET_COMPLETE;
}

static bool
abolished(const struct task *t)
{
	return t->s->c->units[t->unit].validity.to.n < period_last_day(t->p).n;
}

static struct naive_verdict
judge_each(struct task *t, i128 base, struct naive_verdict v)
{
	bool due = t->p.code == t->v->due.code;
	struct years y = years_of(t, base);
	struct found now = {.fine = (i128)v.value * FINE_ONE};
	i128 path = now.fine;

	if (y.has_path)
		path += t->up ? y.short_by : -y.short_by;
	v.any_reason = !y.failed && y.missing != REASON_NONE;
	if (v.any_reason)
		return undecided(v, y.missing);
	if (due)
		return decided(v, y.failed ? VERDICT_MISSED : VERDICT_ACHIEVED);
	if (t->v->path == PATH_NONE)
		return undecided(v, REASON_NO_PATH);
	v.kind = naive_against_path(t, &now, path);
	if (v.kind == VERDICT_REVERSING || !y.failed)
		return v;
	return decided(v, y.worst > (i128)t->v->margin * FINE_ONE
	                      ? VERDICT_BEHIND
	                      : VERDICT_AT_RISK);
}

static struct naive_verdict
judge_figure(struct task *t, const struct found *now, struct naive_verdict v)
{
	enum verdict_reason reason;
	i128 path = 0;
	i128 base = 0;

	if ((naive_mean(t) || naive_each(t)) && !naive_base(t, &base))
		return undecided(v, REASON_NO_BASE);
	if (naive_each(t))
		return judge_each(t, base, v);
	if (t->p.code == t->v->due.code)
		return decided(v, naive_meets(t, now) ? VERDICT_ACHIEVED
		                                      : VERDICT_MISSED);
	if (naive_meets(t, now))
		return decided(v, VERDICT_ACHIEVED);
	reason = naive_path(t, &path);
	if (reason != REASON_NONE)
		return undecided(v, reason);
	return decided(v, naive_against_path(t, now, path));
}

static struct naive_verdict
judge_table(struct task *t)
{
	struct naive_verdict v = {.row = true, .judged = t->p};
	struct found now = naive_find(t, t->p);
	struct found by;
	bool due = t->p.code == t->v->due.code;

	if (stays_met(t, &by)) {
		v.has_value = true;
		v.value = by.value;
		return decided(v, VERDICT_ACHIEVED);
	}
	v.has_value = now.f != NULL;
	v.value = now.value;
	if (!has_plan_figure(t))
		return undecided(v, REASON_NO_PLAN_FIGURE);
	if (abolished(t) && (!due || now.f == NULL))
		return undecided(v, REASON_UNIT_ABOLISHED);
	if (now.f == NULL)
		return undecided(v, now.reason);
	return judge_figure(t, &now, v);
}

/* --- the period ------------------------------------------------------------------ */

static bool
bound_here(const struct catalogue *c, const struct cat_target_version *v,
           uint32_t unit)
{
	uint32_t *units = malloc(TARGET_UNITS_MAX * sizeof(*units));
	uint32_t n = 0;
	bool found = false;

	if (units == NULL)
		abort();
	n = target_units(c, v, units, TARGET_UNITS_MAX);
	for (uint32_t i = 0; i < n && !found; i++)
		found = units[i] == unit;
	free(units);
	return found;
}

/* false: no row. */
static bool
task_open(struct task *t, const struct naive_series *s,
          const struct cat_target *target, uint32_t unit, struct period p)
{
	*t = (struct task){.s = s, .target = target, .unit = unit, .p = p};
	t->v = p.code == 0 ? NULL : target_version(target, p);
	if (t->v == NULL || t->v->reference || !bound_here(s->c, t->v, unit))
		return false;
	t->d = &s->c->definitions[t->v->definition];
	t->up = t->v->kind == TARGET_STEP ? t->d->direction == DIRECTION_UP
	                                  : t->v->sense == SENSE_AT_LEAST ||
	                                        t->v->sense == SENSE_ABOVE;
	return period_frequency(p) == t->d->frequency &&
	       period_compare(p, t->v->base_period) > 0 &&
	       period_compare(p, t->v->due) <= 0 &&
	       s->c->units[unit].validity.from.n <= period_last_day(p).n;
}

/* The last one that has ended, at most the due one; code 0: none. */
static struct period
period_ended(const struct naive_series *s, const struct cat_target_version *v)
{
	enum frequency f = s->c->definitions[v->definition].frequency;
	struct day yesterday;
	struct period p = {0};

	if (s->today.n == DAY_NONE)
		return p;
	/* a date that has begun has not ended */
	yesterday.n = s->today.n - 1;
	if (f == FREQ_SPAN)
		return period_last_day(v->due).n <= yesterday.n ? v->due : p;
	p = period_last_ended(f, yesterday);
	return p.code != 0 && period_compare(p, v->due) > 0 ? v->due : p;
}

/* Its figure is not there, and is owed, but not yet late. */
static bool
still_due(const struct task *t)
{
	const struct figure *f =
	    naive_figure(t->s, t->v->definition, t->unit, t->p);
	struct expected e;

	if (f != NULL && status_observed((enum obs_status)f->status))
		return false;
	return figure_expected(t->s->c, t->v->definition, t->unit, t->p, &e) &&
	       t->s->today.n <= e.late.n;
}

/* J2; earlier while the figure is still due, as far as there is a row. */
static struct period
period_judged(const struct naive_series *s, const struct cat_target *target,
              uint32_t unit)
{
	struct period p =
	    period_ended(s, &target->versions[target->n_versions - 1]);
	struct task t, earlier;

	if (!task_open(&t, s, target, unit, p))
		return (struct period){0};
	while (t.d->frequency != FREQ_SPAN && still_due(&t)) {
		p = period_shift(t.p, -1);
		if (!task_open(&earlier, s, target, unit, p))
			break;
		t = earlier;
	}
	return t.p;
}

struct naive_verdict
naive_judge(const struct naive_series *series, const struct cat_target *target,
            uint32_t unit, struct period asked)
{
	struct naive_verdict v = {.row = false};
	struct task t;

	if (asked.code == 0)
		asked = period_judged(series, target, unit);
	if (!task_open(&t, series, target, unit, asked))
		return v;
	v = judge_table(&t);
	v.inexact = t.inexact;
	return v;
}
