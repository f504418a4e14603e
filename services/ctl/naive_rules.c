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
 * bound is asked (T3). A count is asked from nothing. */
static i128
short_by(const struct task *t, i128 from, i128 to, bool *whole)
{
	i128 asked = (i128)t->v->value * FINE_ONE;
	i128 room;

	*whole = true;
	if (t->v->kind == TARGET_COUNT)
		return naive_better(t, asked, to);
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

static struct found
year_find(const struct task *t, struct period p, i128 now)
{
	struct found f = naive_find(t, p);

	if (p.code == t->p.code) {
		f.fine = now;
		return f;
	}
	if (f.usable && !f.exact) {
		f.usable = false;
		f.reason = REASON_INEXACT;
	}
	return f;
}

/* The period before the first that is asked for. */
static struct period
years_begin(const struct task *t)
{
	struct period p = t->p;

	if (t->v->base_period.code != 0)
		return t->v->base_period;
	while (p.code != 0 && target_version(t->target, p) != NULL)
		p = period_shift(p, -1);
	return p;
}

/* Every year up to t->p, which says `now`. */
static struct years
years_of(const struct task *t, i128 from, i128 now)
{
	bool count = t->v->kind == TARGET_COUNT;
	struct years y = {.failed = false};
	struct period p = years_begin(t);
	bool known = true;

	while (period_compare(p, t->p) < 0) {
		struct found f;

		p = period_shift(p, 1);
		f = year_find(t, p, now);
		if (!f.usable && y.missing == REASON_NONE)
			y.missing = f.reason;
		y.has_path = (known || count) && f.usable;
		if (y.has_path)
			year_weigh(t, &y, from, f.fine);
		known = f.usable;
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
stays_met(const struct task *t, struct found *by)
{
	struct period p = t->p;

	if (naive_never_early(t))
		return false;
	if (t->v->kind != TARGET_COMPLETE &&
	    t->d->accumulation != ACCUMULATION_PROGRAMME &&
	    !(t->v->kind == TARGET_COUNT && t->v->per_programme && t->up))
		return false;
	for (; p.code != 0 && naive_in_force(t, p) &&
	       period_last_day(p).n >= t->s->first.n;
	     p = period_shift(p, -1)) {
		*by = naive_find(t, p);
		if (by->usable && naive_meets(t, by, by->worst))
			return true;
		if (by->usable && !naive_meets(t, by, by->best))
			return false;
		by->usable = false;
		if (t->v->kind == TARGET_COMPLETE && naive_completed(t, p))
			return true;
	}
	return false;
}

static bool
has_plan_figure(const struct task *t)
{
	enum target_kind kind = t->v->kind;

	if (kind == TARGET_PLAN)
		return naive_level(t, t->p).given;
	return t->v->has_value || kind == TARGET_COMPLETE ||
	       kind == TARGET_MULTIPLE || kind == TARGET_HALVING ||
	       kind == TARGET_RELATIVE || kind == TARGET_MAINTAIN;
}

/* T5: another target took over, from the unit's end on. */
static bool
taken_over(const struct task *t)
{
	struct day end = t->s->c->units[t->unit].validity.to;

	for (uint32_t i = 0; i < t->target->n_successors; i++) {
		if (t->target->successors[i].unit == t->unit)
			return period_last_day(t->p).n > end.n;
	}
	return false;
}

static bool
abolished(const struct task *t)
{
	return t->s->c->units[t->unit].validity.to.n < period_last_day(t->p).n;
}

static struct naive_verdict
judge_each(const struct task *t, i128 base, i128 now, struct naive_verdict v)
{
	bool due = t->p.code == t->due.code;
	struct years y = years_of(t, base, now);
	i128 path = now;

	if (y.has_path)
		path += t->up ? y.short_by : -y.short_by;
	v.any_reason = !y.failed && y.missing != REASON_NONE;
	if (v.any_reason)
		return undecided(v, y.missing);
	if (due)
		return decided(v, y.failed ? VERDICT_MISSED : VERDICT_ACHIEVED);
	if (t->v->path == PATH_NONE)
		return undecided(v, REASON_NO_PATH);
	v.kind = naive_against_path(t, now, path);
	if (v.kind == VERDICT_REVERSING || !y.failed)
		return v;
	return decided(v, y.worst > (i128)t->v->margin * FINE_ONE
	                      ? VERDICT_BEHIND
	                      : VERDICT_AT_RISK);
}

/* Published ratio of the growth made to the growth required (Eurostat): 95 %, 60 %
 * and nothing are its thresholds, after rounding to six decimals. */
static struct naive_verdict
judge_ratio(const struct task *t, i128 now, i128 level, struct naive_verdict v)
{
	struct ratio r = {.now = now, .level = level};

	if (!naive_base(t, &r.base))
		return undecided(v, REASON_NO_BASE);
	if (!naive_ratio_of(t, &r))
		return undecided(v, REASON_NO_PATH);
	if (r.millionths >= 950000)
		return decided(v, VERDICT_ON_TRACK);
	if (r.millionths >= 600000)
		return decided(v, VERDICT_AT_RISK);
	return decided(v,
	               r.millionths >= 0 ? VERDICT_BEHIND : VERDICT_REVERSING);
}

/* If the figure says `now`. */
static struct naive_verdict
judge_as(const struct task *t, const struct found *f, i128 now,
         struct naive_verdict v)
{
	bool due = t->p.code == t->due.code || t->v->kind == TARGET_PLAN;
	struct level level = naive_level(t, t->p);
	enum verdict_reason reason;
	i128 path = 0;
	i128 base = 0;

	if (!level.given && level.reason == REASON_NO_BASE)
		return undecided(v, REASON_NO_BASE);
	if (naive_each(t) && t->v->kind == TARGET_STEP && !naive_base(t, &base))
		return undecided(v, REASON_NO_BASE);
	if (naive_each(t))
		return judge_each(t, base, now, v);
	if (due)
		return decided(v, naive_meets(t, f, now) ? VERDICT_ACHIEVED
		                                         : VERDICT_MISSED);
	if (!naive_never_early(t) && naive_meets(t, f, now))
		return decided(v, VERDICT_ACHIEVED);
	reason = naive_path(t, &path);
	if (reason == REASON_NO_PATH && t->v->kind == TARGET_COUNT && !t->up &&
	    t->v->path == PATH_NONE && naive_better(t, now, level.fine) < 0) {
		path = level.fine;
		reason = REASON_NONE;
	}
	if (naive_ratio(t))
		return judge_ratio(t, now, level.fine, v);
	if (reason != REASON_NONE)
		return undecided(v, reason);
	return decided(v, naive_against_path(t, now, path));
}

static bool
is_good(const struct naive_verdict *v)
{
	return v->kind == VERDICT_ACHIEVED || v->kind == VERDICT_ON_TRACK;
}

static bool
is_bad(const struct naive_verdict *v)
{
	return v->kind == VERDICT_MISSED || v->kind == VERDICT_BEHIND ||
	       v->kind == VERDICT_REVERSING;
}

/* F5: at the worst and at the best that its bound allows. */
static struct naive_verdict
judge_figure(const struct task *t, const struct found *f,
             struct naive_verdict v)
{
	struct naive_verdict worst = judge_as(t, f, f->worst, v);
	struct naive_verdict best;

	if (f->exact || is_good(&worst))
		return worst;
	best = judge_as(t, f, f->best, v);
	if (is_bad(&best) ||
	    (best.kind == worst.kind && best.reason == worst.reason))
		return best;
	/* which of the two a sum lacks first, is not settled */
	v.any_reason =
	    f->lacks != REASON_NONE || worst.any_reason || best.any_reason;
	return undecided(v,
	                 f->lacks != REASON_NONE ? f->lacks : REASON_INEXACT);
}

static struct naive_verdict
judge_table(const struct task *t)
{
	struct naive_verdict v = {.row = true, .judged = t->p, .due = t->due};
	struct found now = naive_find(t, t->p);
	struct found by;
	bool due = t->p.code == t->due.code;

	v.released = now.released;
	v.released_on = now.day;
	if (stays_met(t, &by)) {
		v.has_value = by.usable;
		v.value = by.value;
		return decided(v, VERDICT_ACHIEVED);
	}
	v.has_value = now.usable || now.total;
	v.value = now.value;
	v.has_total = now.usable && now.total;
	v.total = now.fine;
	if (t->v->kind == TARGET_PLAN)
		v.due = t->p;
	if (!has_plan_figure(t))
		return undecided(v, REASON_NO_PLAN_FIGURE);
	if (abolished(t) && (!due || !now.usable))
		return undecided(v, REASON_UNIT_ABOLISHED);
	if (!now.usable)
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

static bool
good_side(const struct task *t)
{
	bool up = t->d->direction == DIRECTION_UP;

	switch ((int)t->v->kind) {
	case TARGET_STEP: return naive_change(t) || up;
	case TARGET_MULTIPLE:
	case TARGET_HALVING:
		return t->v->factor == FACTOR_ONE ? up
		                                  : t->v->factor > FACTOR_ONE;
	default: break;
	}
	if (t->v->sense == SENSE_NONE)
		return t->v->kind != TARGET_ZERO &&
		       (t->v->kind == TARGET_ALL || up);
	return t->v->sense == SENSE_AT_LEAST || t->v->sense == SENSE_ABOVE;
}

/* Counts are judged by years. */
static enum frequency
frequency_of(const struct cat_definition *d, const struct cat_target_version *v)
{
	return v->kind == TARGET_COUNT ? FREQ_ANNUAL : d->frequency;
}

/* The year of a quarterly indicator is due with its last quarter. */
static struct period
due_of(const struct cat_definition *d, const struct cat_target_version *v)
{
	static const uint32_t months[] = {12, 6, 3, 1};
	enum frequency f = frequency_of(d, v);

	if (f == FREQ_SPAN || (int)months[f] >= period_months(v->due))
		return v->due;
	return (struct period){(v->due.code >> 11) << 11 | (months[f] - 1)};
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
	t->up = good_side(t);
	t->due = due_of(t->d, t->v);
	return period_frequency(p) == frequency_of(t->d, t->v) &&
	       period_compare(p, t->v->base_period) > 0 &&
	       period_compare(p, t->due) <= 0 && !taken_over(t) &&
	       s->c->units[unit].validity.from.n <= period_last_day(p).n;
}

struct period
naive_due(const struct naive_series *series, const struct cat_target_version *v)
{
	return due_of(&series->c->definitions[v->definition], v);
}

/* The last one that has ended, at most the due one; code 0: none. */
static struct period
period_ended(const struct naive_series *s, const struct cat_target_version *v)
{
	const struct cat_definition *d = &s->c->definitions[v->definition];
	enum frequency f = frequency_of(d, v);
	struct period due = due_of(d, v);
	struct day yesterday;
	struct period p = {0};

	if (s->today.n == DAY_NONE)
		return p;
	/* a date that has begun has not ended */
	yesterday.n = s->today.n - 1;
	if (f == FREQ_SPAN)
		return period_last_day(due).n <= yesterday.n ? due : p;
	p = period_last_ended(f, yesterday);
	return p.code != 0 && period_compare(p, due) > 0 ? due : p;
}

/* Its figure is not there, and is owed, but not yet late. */
static bool
still_due(const struct task *t)
{
	const struct figure *f =
	    naive_figure(t->s, t->v->definition, t->unit, t->p);
	struct found rolled = naive_find_rolled(t, t->p);
	struct expected e;

	if (f != NULL && status_observed((enum obs_status)f->status))
		return false;
	if (rolled.usable || rolled.reason == REASON_TOO_FEW)
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
	struct task t;

	if (asked.code == 0)
		asked = period_judged(series, target, unit);
	if (!task_open(&t, series, target, unit, asked))
		return (struct naive_verdict){.row = false};
	return judge_table(&t);
}
