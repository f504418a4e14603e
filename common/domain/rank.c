#include "common/domain/rank.h"

#include <stdlib.h>

/* What does not hinder a rank: the figure is there, and as good as any. */
static const uint32_t harmless = 1u << REASON_NONE | 1u << REASON_NO_BASE |
                                 1u << REASON_NO_PATH |
                                 1u << REASON_NO_PLAN_FIGURE;

const char *
rank_why(const struct catalogue *c, const struct verdict *v,
         struct period period, uint32_t version)
{
	const struct cat_unit *u = &c->units[v->unit];

	if (v->version != version)
		return "other_version";
	if (v->judged.code != period.code)
		return "other_period";
	if (!validity_holds(u->validity, period_last_day(period)))
		return verdict_reason_name(REASON_UNIT_ABOLISHED);
	if (!(harmless & (1u << v->reason)))
		return verdict_reason_name(v->reason);
	if (!v->has_figure || !v->has_value ||
	    v->figure.period.code != period.code)
		return verdict_reason_name(REASON_NO_FIGURE);
	if (v->figure.bound != BOUND_EQ)
		return verdict_reason_name(REASON_INEXACT);
	return v->released ? NULL : "not_released";
}

/* Worse values are larger numbers, so that one comparison serves both ways. */
static int
entry_compare(const void *a, const void *b)
{
	const struct rank_entry *x = a, *y = b;
	bool below = x->why != NULL;

	if (below != (y->why != NULL))
		return below ? 1 : -1;
	if (!below && x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->who > y->who) - (x->who < y->who);
}

static void
turn_values(struct rank_entry *entries, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		entries[i].value = -entries[i].value;
}

uint32_t
rank_assign(struct rank_entry *entries, uint32_t n, bool up)
{
	uint32_t ranked = 0;

	if (up)
		turn_values(entries, n);
	if (n > 0)
		qsort(entries, n, sizeof(*entries), entry_compare);
	for (uint32_t i = 0; i < n; i++) {
		struct rank_entry *e = &entries[i];
		bool same =
		    i > 0 && e[-1].why == NULL && e[-1].value == e->value;

		e->rank = 0;
		if (e->why != NULL)
			continue;
		e->rank = same ? e[-1].rank : i + 1;
		ranked++;
	}
	if (up)
		turn_values(entries, n);
	return ranked;
}
