#include <stdio.h>
#include <string.h>

#include "common/domain/explain_parts.h"
#include "common/domain/verdict_judge.h"

#define YEAR      12
#define YEARS_MAX 40

/* --- numbers -------------------------------------------------------------- */

i128
verdict_fine(int64_t mantissa)
{
	return (i128)mantissa * FINE;
}

/* Numbers with a point inside print as the reader expects them. */
static struct number
spoken(const struct telling *t, struct number n)
{
	char *point = strchr(n.text, '.');

	if (point != NULL && t->lang == LANG_VI)
		*point = ',';
	return n;
}

struct number
number_fine(const struct telling *t, i128 fine)
{
	struct number n = {""};

	verdict_number(fine, t->v->places, n.text);
	return spoken(t, n);
}

struct number
number_of(const struct telling *t, int64_t mantissa)
{
	return number_fine(t, verdict_fine(mantissa));
}

struct number
number_at(const struct telling *t, int64_t mantissa, uint8_t places)
{
	struct number n = {""};

	decimal_format(mantissa, places, n.text);
	return spoken(t, n);
}

i128
measured(const struct verdict *v)
{
	return v->has_total ? v->total : verdict_fine(v->value);
}

int
months_between(struct period from, struct period to)
{
	return month_end(to) - month_end(from);
}

/* --- what the target is --------------------------------------------------- */

bool
names_change(const struct telling *t)
{
	return t->version->kind == TARGET_STEP && t->d->change != CHANGE_NONE;
}

bool
steps_level(const struct telling *t)
{
	return t->version->kind == TARGET_STEP && t->d->change == CHANGE_NONE;
}

bool
counts_each(const struct telling *t)
{
	return t->version->kind == TARGET_COUNT && !t->version->per_programme;
}

bool
steps_each(const struct telling *t)
{
	bool each =
	    t->version->kind == TARGET_STEP && t->version->steps == STEPS_EACH;

	return (each || counts_each(t)) && t->d->frequency != FREQ_SPAN;
}

bool
early(const struct telling *t)
{
	bool never = t->version->kind == TARGET_MAINTAIN ||
	             t->version->kind == TARGET_PLAN ||
	             (t->version->kind == TARGET_COUNT && !t->v->up);

	return !never && !steps_each(t) && !names_change(t);
}

bool
counts_parts(const struct telling *t)
{
	const struct figure *f = &t->v->figure;
	bool counted = t->version->kind == TARGET_ZERO ||
	               t->version->kind == TARGET_ALL ||
	               t->version->kind == TARGET_COMPLETE;

	return counted && (f->has & FIGURE_PARTS) && f->bound == BOUND_EQ &&
	       t->d->place != PLACE_WMEAN;
}

bool
at_due(const struct telling *t)
{
	return t->version->kind == TARGET_PLAN ||
	       month_end(t->v->judged) == month_end(t->v->due);
}

bool
strict(const struct telling *t)
{
	return t->version->sense == SENSE_ABOVE ||
	       t->version->sense == SENSE_BELOW;
}

static bool
at_bound(const struct telling *t, i128 level)
{
	i128 bound;

	return steps_level(t) && natural_bound(t->d, t->v->up, &bound) &&
	       level == bound;
}

bool
level_clipped(const struct telling *t)
{
	return at_bound(t, steps_each(t) ? t->v->path : t->v->target_level);
}

bool
was_met(const struct telling *t)
{
	return t->v->has_other && t->v->has_target_level && !steps_each(t);
}

int64_t
step_before(const struct verdict *v)
{
	bool base = months_between(v->base_period, v->judged) == YEAR;

	return base ? v->base : v->previous;
}

/* --- formulas ------------------------------------------------------------- */

void
put_sum(const struct telling *t, const char *name, const struct expr *e,
        i128 result)
{
	struct number n = number_fine(t, result);

	buf_printf(t->out, "  %s = %s = %s\n", name, e->text, n.text);
}

static void
put_check(const struct telling *t, const char *name, const struct expr *e,
          bool result)
{
	buf_printf(t->out, "  %s = %s = %s\n", name, e->text,
	           result ? "true" : "false");
}

struct years {
	char text[YEARS_MAX];
};

/* "(2025 - 2016)" of years; the number of months of shorter periods. */
static bool
put_years(struct period from, struct period to, struct years *y)
{
	bool years =
	    period_months(from) % YEAR == 0 && period_months(to) % YEAR == 0;

	if (years)
		(void)snprintf(y->text, sizeof y->text, "(%d - %d)",
		               period_year(to), period_year(from));
	else
		(void)snprintf(y->text, sizeof y->text, "%d",
		               months_between(from, to));
	return years;
}

/* A distance in the good direction. */
static void
put_distance(const struct telling *t, i128 from, i128 to, struct expr *e)
{
	struct number a = number_fine(t, t->v->up ? to : from);
	struct number b = number_fine(t, t->v->up ? from : to);

	(void)snprintf(e->text, sizeof e->text, "%s - %s", a.text, b.text);
}

struct stretch { /* from one figure to another */
	i128 from, to;
	struct period start, end;
};

static void
put_pace(const struct telling *t, const char *name, const struct stretch *s,
         i128 result)
{
	struct expr distance = {""};
	struct expr e = {""};
	struct years y;
	bool years = put_years(s->start, s->end, &y);

	put_distance(t, s->from, s->to, &distance);
	(void)snprintf(e.text, sizeof e.text, "(%.*s)%s / %s", EXPR_MAX / 2,
	               distance.text, years ? "" : " * 12", y.text);
	put_sum(t, name, &e, result);
}

/* An expression moved to the natural bound where it would lie beyond it. */
static void
put_clipped(const struct telling *t, struct expr *e, i128 raw)
{
	i128 bound;
	struct number n;
	struct expr plain = *e;

	if (!natural_bound(t->d, t->v->up, &bound) ||
	    (t->v->up ? raw <= bound : raw >= bound))
		return;
	n = number_fine(t, bound);
	(void)snprintf(e->text, sizeof e->text, "%s(%.*s%c %s)",
	               t->v->up ? "min" : "max", EXPR_MAX / 2, plain.text,
	               t->lang == LANG_VI ? ';' : ',', n.text);
}

static i128
clipped(const struct telling *t, i128 raw)
{
	i128 bound;

	if (!natural_bound(t->d, t->v->up, &bound))
		return raw;
	if (t->v->up)
		return raw < bound ? raw : bound;
	return raw > bound ? raw : bound;
}

static i128
step_wanted(const struct telling *t)
{
	i128 step = verdict_fine(t->v->target_value);

	return t->v->up ? step : -step;
}

static void
sum_value(const struct telling *t)
{
	const struct figure *f = &t->v->figure;
	struct expr e = {""};

	if (!t->v->has_value || (f->has & FIGURE_VALUE) ||
	    !(f->has & FIGURE_PARTS))
		return;
	(void)snprintf(e.text, sizeof e.text, "%lld * %lld / %lld",
	               (long long)f->numerator, (long long)t->d->factor,
	               (long long)f->denominator);
	put_sum(t, "value", &e, verdict_fine(t->v->value));
}

static void
sum_level(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number base = number_of(t, v->base);
	struct number step = number_of(t, v->target_value);
	struct expr e = {""};
	struct years y;
	bool years;
	i128 raw;

	if (!steps_level(t) || steps_each(t) || !v->has_target_level)
		return;
	raw = fine_quotient(verdict_fine(v->base) * YEAR +
	                        step_wanted(t) *
	                            months_between(v->base_period, v->due),
	                    YEAR);
	years = put_years(v->base_period, v->due, &y);
	(void)snprintf(e.text, sizeof e.text, "%s %c %s * %s%s", base.text,
	               v->up ? '+' : '-', step.text, y.text,
	               years ? "" : " / 12");
	put_clipped(t, &e, raw);
	put_sum(t, "target_level", &e, v->target_level);
}

static void
sum_path_each(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number before = number_of(t, step_before(v));
	struct number step = number_of(t, v->target_value);
	struct expr e = {""};

	(void)snprintf(e.text, sizeof e.text, "%s %c %s", before.text,
	               v->up ? '+' : '-', step.text);
	put_clipped(t, &e, verdict_fine(step_before(v)) + step_wanted(t));
	put_sum(t, "path", &e, v->path);
}

/* Whole years elapsed, where the path goes by steps. */
static void
put_elapsed(const struct telling *t, struct years *y, struct years *whole)
{
	const struct verdict *v = t->v;
	int months = months_between(v->base_period, v->judged);

	(void)put_years(v->base_period, v->judged, y);
	if (put_years(v->base_period, v->due, whole) && y->text[0] == '(')
		return;
	if (t->version->path == PATH_STEPS)
		months = months / YEAR * YEAR;
	(void)snprintf(y->text, sizeof y->text, "%d", months);
	(void)snprintf(whole->text, sizeof whole->text, "%d",
	               months_between(v->base_period, v->due));
}

static void
sum_path_line(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number base = number_of(t, v->base);
	struct number level = number_fine(t, v->target_level);
	struct expr e = {""};
	struct years elapsed, whole;

	put_elapsed(t, &elapsed, &whole);
	(void)snprintf(e.text, sizeof e.text, "%s + (%s - %s) * %s / %s",
	               base.text, level.text, base.text, elapsed.text,
	               whole.text);
	put_sum(t, "path", &e, v->path);
}

static void
sum_path(const struct telling *t)
{
	if (!t->v->has_path || names_change(t))
		return;
	if (t->version->kind == TARGET_COUNT)
		sum_path_zero(t);
	else if (steps_each(t))
		sum_path_each(t);
	else if (!at_due(t) && t->version->kind != TARGET_MAINTAIN &&
	         t->version->path != PATH_MILESTONES)
		sum_path_line(t);
}

static void
sum_gap(const struct telling *t)
{
	struct expr e = {""};

	if (!t->v->has_gap)
		return;
	put_distance(t, t->v->path, measured(t->v), &e);
	put_sum(t, "gap", &e, t->v->gap);
}

static void
sum_paces(const struct telling *t)
{
	const struct verdict *v = t->v;
	i128 value = measured(v);
	bool mean = at_due(t) && steps_level(t) && !steps_each(t);
	struct stretch from_base = {verdict_fine(v->base), value,
	                            v->base_period, v->judged};
	struct stretch last = {verdict_fine(v->previous), value,
	                       v->previous_period, v->judged};
	struct stretch left = {value, v->target_level, v->judged, v->due};

	if (v->has_pace)
		put_pace(t, mean ? "pace" : "step", mean ? &from_base : &last,
		         v->pace);
	if (v->has_required_pace)
		put_pace(t, "required_pace", &left, v->required_pace);
}

/* --- comparisons ---------------------------------------------------------- */

static void
put_compare(struct expr *e, const char *left, const char *op, const char *right)
{
	(void)snprintf(e->text, sizeof e->text, "%s %s %s", left, op, right);
}

/* "value <= goal", as the document has it. */
static void
check_goal(const struct telling *t, const char *name, i128 value, i128 goal)
{
	static const char *const ops[2][2] = {{"<=", "<"}, {">=", ">"}};
	bool sharp = strict(t) && !at_bound(t, goal);
	struct number left = number_fine(t, value);
	struct number right = number_fine(t, goal);
	struct expr e = {""};
	i128 ahead = t->v->up ? value - goal : goal - value;

	put_compare(&e, left.text, ops[t->v->up][sharp], right.text);
	put_check(t, name, &e, ahead > 0 || (ahead == 0 && !sharp));
}

static void
check_count(const struct telling *t)
{
	const struct figure *f = &t->v->figure;
	bool zero = t->version->kind == TARGET_ZERO;
	long long most = zero ? 0 : (long long)f->denominator;
	struct expr e = {""};

	(void)snprintf(e.text, sizeof e.text, "%lld %s %lld",
	               (long long)f->numerator, zero ? "<=" : ">=", most);
	put_check(t, "met", &e,
	          zero ? f->numerator == 0 : f->numerator >= f->denominator);
}

/* "value > than + margin": worse by more than the margin. */
static bool
check_worse(const struct telling *t, const char *name, i128 than, bool margin)
{
	const struct verdict *v = t->v;
	i128 value = verdict_decided_on(v);
	i128 room = margin ? verdict_fine(v->margin) : 0;
	bool worse = v->up ? value < than - room : value > than + room;
	struct number left = number_fine(t, value);
	struct number right = number_fine(t, than);
	struct number by = number_of(t, v->margin);
	struct expr e = {""};

	(void)snprintf(e.text, sizeof e.text, "%s %c %s%s%s", left.text,
	               v->up ? '<' : '>', right.text,
	               !margin ? ""
	               : v->up ? " - "
	                       : " + ",
	               margin ? by.text : "");
	put_check(t, name, &e, worse);
	return worse;
}

/* The earlier year of steps: each that fell short most. */
static void
check_other_step(const struct telling *t)
{
	const struct verdict *v = t->v;
	char year[PERIOD_TEXT_MAX];
	char name[PERIOD_TEXT_MAX + 8];
	struct number before = number_of(t, v->other_before);
	struct number step = number_of(t, v->target_value);
	i128 raw = verdict_fine(v->other_before) + step_wanted(t);
	struct expr e = {""};

	period_format(v->other_period, year);
	if (counts_each(t)) {
		raw = verdict_fine(v->target_value);
	} else if (names_change(t)) {
		raw = step_wanted(t);
	} else {
		(void)snprintf(name, sizeof name, "asked_%s", year);
		(void)snprintf(e.text, sizeof e.text, "%s %c %s", before.text,
		               v->up ? '+' : '-', step.text);
		put_clipped(t, &e, raw);
		raw = clipped(t, raw);
		put_sum(t, name, &e, raw);
	}
	(void)snprintf(name, sizeof name, "met_%s", year);
	check_goal(t, name, verdict_fine(v->other), raw);
}

static void
check_met(const struct telling *t)
{
	const struct verdict *v = t->v;

	/* met by a completion record: no number says so */
	if (v->rule == RULE_STAYS && !v->has_figure)
		return;
	if (counts_parts(t))
		check_count(t);
	else if (steps_each(t) && v->has_path)
		check_goal(t, "met", verdict_decided_on(v), v->path);
	else if (v->has_target_level)
		check_goal(t, "met", verdict_decided_on(v), v->target_level);
	if (steps_each(t) && v->has_other)
		check_other_step(t);
}

static void
check_slow(const struct telling *t)
{
	const struct verdict *v = t->v;
	struct number step = number_fine(t, v->pace);
	struct number required = number_fine(t, v->required_pace);
	struct expr e = {""};

	if (!v->has_pace || !v->has_required_pace)
		return;
	put_compare(&e, step.text, "<", required.text);
	put_check(t, "slow", &e, v->pace < v->required_pace);
}

/* The rows of J2 before the due period, down to the one that decided. */
static void
check_rows(const struct telling *t)
{
	const struct verdict *v = t->v;
	bool off;

	if (was_met(t) && check_worse(t, "lost", v->target_level, true))
		return;
	if (v->has_base &&
	    check_worse(t, "worse_than_base", verdict_fine(v->base), true))
		return;
	off = v->has_path && check_worse(t, "off_path", v->path, true);
	if (off && names_change(t))
		(void)check_worse(t, "turned", 0, true);
	else if (off && v->has_previous)
		(void)check_worse(t, "worse_than_previous",
		                  verdict_fine(v->previous), true);
	if (steps_each(t) && v->has_other)
		check_other_step(t);
	if (!off && v->has_path &&
	    !check_worse(t, "worse_than_path", v->path, false))
		check_slow(t);
}

static void
tell_checks(const struct telling *t)
{
	const uint32_t whole =
	    1u << RULE_STAYS | 1u << RULE_DUE | 1u << RULE_MET_EARLY;

	if ((whole | 1u << RULE_RATIO) & (1u << t->v->rule))
		check_met(t);
	else if (t->v->rule != RULE_UNDECIDED)
		check_rows(t);
}

void
tell_sums(const struct telling *t)
{
	sum_value(t);
	sum_total(t);
	sum_level(t);
	sum_formed(t);
	sum_path(t);
	sum_gap(t);
	sum_paces(t);
	tell_checks(t);
	sum_ratio(t);
}
