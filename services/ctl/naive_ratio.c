/*
 * The published ratio of two growth rates a year (Eurostat's method with a target;
 * Open SDG names the same): in double, six decimals.
 */
#include <math.h>
#include <string.h>

#include "services/ctl/naive_task.h"

bool
naive_ratio(const struct task *t)
{
	return t->v->method != NULL && (strcmp(t->v->method, "eurostat") == 0 ||
	                                strcmp(t->v->method, "opensdg") == 0);
}

static bool
same_sign(i128 a, i128 b)
{
	return (a > 0 && b > 0) || (a < 0 && b < 0);
}

static double
growth(i128 to, i128 from, int months)
{
	return pow((double)to / (double)from, (double)YEAR / months) - 1.0;
}

bool
naive_ratio_of(const struct task *t, struct ratio *r)
{
	int gone = naive_month(t->p) - naive_month(t->v->base_period);
	int whole = naive_month(t->v->due) - naive_month(t->v->base_period);
	double made, needed, ratio;

	if (!same_sign(r->base, r->now) || !same_sign(r->base, r->level) ||
	    r->base == r->level)
		return false;
	made = growth(r->now, r->base, gone);
	needed = growth(r->level, r->base, whole);
	ratio = made / fabs(needed);
	/* growth of what lies below zero leads downward */
	if (t->up != (r->base > 0))
		ratio = -ratio;
	if (!(fabs(ratio) < 1e9))
		ratio = ratio > 0 ? 1e9 : -1e9;
	r->millionths = llround(ratio * 1e6);
	return true;
}
