/*
 * The figure that a period is judged by (R2, J2), and why there is none.
 */
#include <stdlib.h>
#include <string.h>

#include "services/ctl/naive_task.h"

#define ENDLESS ((i128)1 << 100) /* beyond every number there is */

i128
naive_rounded(i128 a, i128 b)
{
	return a < 0 ? -((-2 * a + b) / (2 * b)) : (2 * a + b) / (2 * b);
}

/* The number that is printed of a quotient. */
static bool
quotient(const struct cat_definition *d, i128 numerator, i128 denominator,
         int64_t *value)
{
	i128 q;

	if (denominator == 0 ||
	    decimal_quotient(numerator, denominator, d->factor, d->decimals,
	                     &q) != ERR_OK ||
	    q > DECIMAL_MANTISSA_MAX || q < -DECIMAL_MANTISSA_MAX)
		return false;
	*value = (int64_t)q;
	return true;
}

/* What a bound allows, around the stated number (F5). */
void
naive_ends(const struct task *t, struct found *f, enum bound bound)
{
	i128 good = t->up ? 1 : -1;
	i128 margin = (i128)t->v->margin * FINE_ONE;

	f->exact = bound == BOUND_EQ;
	f->worst = f->best = f->fine;
	switch ((int)bound) {
	case BOUND_GT:
	case BOUND_GE:
		f->worst = f->best = f->fine + (bound == BOUND_GT);
		*(t->up ? &f->best : &f->worst) = ENDLESS;
		return;
	case BOUND_LT:
	case BOUND_LE:
		f->worst = f->best = f->fine - (bound == BOUND_LT);
		*(t->up ? &f->worst : &f->best) = -ENDLESS;
		return;
	case BOUND_ABOUT:
		f->worst -= good * (margin + 1);
		f->best += good * (margin + 1);
		return;
	default: return;
	}
}

bool
naive_completed(const struct task *t, struct period p)
{
	const struct naive *n = t->s->n;

	for (uint32_t i = 0; i < n->n_completions; i++) {
		const struct completion *c = &n->completions[i];

		if (c->definition == t->v->definition && c->unit == t->unit &&
		    c->period.code == p.code)
			return true;
	}
	return false;
}

struct found
naive_find_own(const struct task *t, struct period p)
{
	const struct figure *f =
	    naive_figure(t->s, t->v->definition, t->unit, p);
	struct found found = {.p = p};
	bool value = f != NULL && (f->has & FIGURE_VALUE) != 0;

	if (f == NULL || !status_observed((enum obs_status)f->status))
		return found;
	found.reason = REASON_TOO_FEW;
	found.parts = (f->has & FIGURE_PARTS) != 0;
	found.numerator = (i128)f->numerator * WEIGHT_ONE;
	found.denominator = (i128)f->denominator * WEIGHT_ONE;
	found.released = f->status == STATUS_A || naive_completed(t, p);
	found.day = f->released;
	found.value = f->value;
	if (found.parts &&
	    (f->denominator == 0 || f->denominator < t->d->min_denominator))
		return found;
	if (!value &&
	    (t->d->place == PLACE_WMEAN ||
	     !quotient(t->d, f->numerator, f->denominator, &found.value)))
		return found;
	found.usable = true;
	found.bound = (enum bound)f->bound;
	found.fine = (i128)found.value * FINE_ONE;
	naive_ends(t, &found, (enum bound)f->bound);
	return found;
}

/* --- rolled up ------------------------------------------------------------------ */

/* The target's own map; else the territory's of that day, or of the unit's last
 * one, if it is no more. */
static uint32_t
map_of(const struct task *t, struct period p)
{
	const struct catalogue *c = t->s->c;
	struct day day = period_last_day(p);
	struct day end = c->units[t->unit].validity.to;

	if (t->v->map != NUMBER_NONE)
		return t->v->map;
	if (end.n < day.n)
		day = end;
	for (uint32_t m = 0; m < c->n_maps; m++) {
		if (c->maps[m].declared && c->maps[m].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[m].validity, day))
			return m;
	}
	return NUMBER_NONE;
}

static const struct naive_rolled *
rolled_at(const struct task *t, struct period p)
{
	const struct naive_state *state = t->s->state;
	struct naive_rolled key = {.definition = t->v->definition,
	                           .period = p,
	                           .map = map_of(t, p),
	                           .unit = t->unit};

	return state->n_rolled == 0
	           ? NULL
	           : bsearch(&key, state->rolled, state->n_rolled, sizeof(key),
	                     naive_rolled_compare);
}

static bool
rolled_value(const struct cat_definition *d, const struct naive_rolled *r,
             int64_t *value)
{
	i128 v;

	if (d->place == PLACE_RATIO || d->place == PLACE_SHARE)
		return quotient(d, r->sum, r->weight, value);
	if (d->place == PLACE_WMEAN && r->weight == 0)
		return false;
	v = naive_rounded(r->sum,
	                  d->place == PLACE_WMEAN ? r->weight : WEIGHT_ONE);
	*value = (int64_t)v;
	return v <= DECIMAL_MANTISSA_MAX && v >= -DECIMAL_MANTISSA_MAX;
}

struct found
naive_find_rolled(const struct task *t, struct period p)
{
	const struct naive_rolled *r = rolled_at(t, p);
	struct found found = {.p = p, .rolled = true, .day = {DAY_NONE}};

	if (r == NULL)
		return found;
	found.reason = r->partial       ? REASON_PARTIAL
	               : r->under_floor ? REASON_UNDER_FLOOR
	                                : REASON_TOO_FEW;
	if (r->partial || r->under_floor)
		return found;
	found.parts = t->d->place != PLACE_SUM;
	found.numerator = r->sum;
	found.denominator = r->weight;
	found.released = naive_completed(t, p) ||
	                 (r->reporting >= r->expected && r->status == STATUS_A);
	if (found.parts &&
	    (r->weight == 0 ||
	     r->weight < (i128)t->d->min_denominator * WEIGHT_ONE))
		return found;
	found.usable = rolled_value(t->d, r, &found.value);
	found.fine = (i128)found.value * FINE_ONE;
	naive_ends(t, &found, BOUND_EQ);
	return found;
}

/* --- which of them --------------------------------------------------------------- */

/* Some figure of another definition, or else of another scope. */
static enum verdict_reason
elsewhere(const struct task *t, struct period p)
{
	const struct catalogue *c = t->s->c;
	enum verdict_reason reason = REASON_NO_FIGURE;

	for (uint32_t i = 0; i < c->n_definitions; i++) {
		const struct cat_definition *d = &c->definitions[i];

		if (!d->declared || d == t->d || d->family != t->d->family ||
		    naive_figure(t->s, i, t->unit, p) == NULL)
			continue;
		if (strcmp(d->indicator, t->d->indicator) == 0)
			return REASON_OTHER_DEFINITION;
		reason = REASON_OTHER_SCOPE;
	}
	return reason;
}

static enum verdict_reason
why_none(const struct task *t, const struct found *own,
         const struct found *rolled, struct period p)
{
	if (rolled->reason != REASON_NONE &&
	    (own->reason == REASON_NONE || rolled->reason < own->reason))
		return rolled->reason;
	if (own->reason != REASON_NONE)
		return own->reason;
	return naive_figure(t->s, t->v->definition, t->unit, p) != NULL
	           ? REASON_FORECAST_ONLY
	           : elsewhere(t, p);
}

/* R2: reported first, unless the roll-up is complete and of better status. */
struct found
naive_find_one(const struct task *t, struct period p)
{
	struct found own = naive_find_own(t, p);
	struct found rolled = naive_find_rolled(t, p);
	const struct figure *f =
	    naive_figure(t->s, t->v->definition, t->unit, p);
	struct found none = {.p = p};

	if (rolled.usable &&
	    (!own.usable || (uint8_t)rolled_at(t, p)->status < f->status))
		return rolled;
	if (own.usable)
		return own;
	none.reason = why_none(t, &own, &rolled, p);
	return none;
}

struct found
naive_find(const struct task *t, struct period p)
{
	bool total = t->v->kind == TARGET_COUNT && t->v->per_programme &&
	             t->d->accumulation != ACCUMULATION_PROGRAMME;

	return total ? naive_find_total(t, p) : naive_find_one(t, p);
}
