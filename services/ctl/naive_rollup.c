/*
 * R1: one indicator definition and period, added up in every map from the
 * deepest unit to the root.
 */
#include <stdlib.h>
#include <string.h>

#include "services/ctl/naive.h"

#define NOWHERE UINT32_MAX

/* What one unit's children give together, or it gives itself. */
struct amount {
	i128 sum;
	i128 weight;
	uint32_t n[STATUS_F];
	uint32_t n_derived;
};

struct sheet {
	const struct catalogue *c;
	const struct cat_definition *d;
	uint32_t map;
	struct day day;            /* the period's last */
	const struct figure **own; /* by unit; NULL: nothing of use */
	struct amount *children;   /* by unit */
	uint32_t *depth;           /* by unit: longest way to the root */
	uint32_t deepest;
};

/* R1: observed, with the parts that the rule needs. */
static bool
of_use(const struct cat_definition *d, const struct figure *f)
{
	bool value = (f->has & FIGURE_VALUE) != 0;
	bool parts = (f->has & FIGURE_PARTS) != 0;

	if (!status_observed((enum obs_status)f->status))
		return false;
	switch ((int)d->place) {
	case PLACE_SUM: return value;
	case PLACE_RATIO: return parts;
	case PLACE_WMEAN: return value && parts;
	default: return false;
	}
}

static bool
holds(const struct sheet *s, const struct cat_member *m)
{
	return m->map == s->map && m->validity.from.n <= s->day.n &&
	       s->day.n <= m->validity.to.n;
}

/* Longest ways to the root, by going over all memberships until none grows. */
static void
depths_find(struct sheet *s)
{
	bool grew = true;

	for (uint32_t u = 0; u < s->c->n_units; u++)
		s->depth[u] = NOWHERE;
	s->depth[s->c->maps[s->map].root] = 0;
	s->deepest = 0;
	while (grew && s->deepest <= s->c->n_units) {
		grew = false;
		for (uint32_t i = 0; i < s->c->n_members; i++) {
			const struct cat_member *m = &s->c->members[i];
			uint32_t above = s->depth[m->parent];

			if (!holds(s, m) || above == NOWHERE ||
			    (s->depth[m->unit] != NOWHERE &&
			     s->depth[m->unit] > above))
				continue;
			s->depth[m->unit] = above + 1;
			if (s->deepest < above + 1)
				s->deepest = above + 1;
			grew = true;
		}
	}
}

/* A roll-up is as good as the worst that is in it (R2). */
static int
worst_status(const struct amount *a)
{
	for (int s = STATUS_F - 1; s >= 0; s--) {
		if (a->n[s] > 0)
			return s;
	}
	return -1;
}

static i128
own_sum(const struct cat_definition *d, const struct figure *f)
{
	i128 sum = d->place == PLACE_RATIO ? f->numerator : f->value;

	return d->place == PLACE_WMEAN ? sum * f->denominator : sum;
}

/* c(u, p) times the membership's share, added to the parent. */
static void
contribute(struct sheet *s, const struct cat_member *m)
{
	const struct figure *own = s->own[m->unit];
	const struct amount *below = &s->children[m->unit];
	struct amount *above = &s->children[m->parent];
	i128 share = m->weight;
	int status;

	if (own != NULL) {
		above->sum += own_sum(s->d, own) * share;
		if (s->d->place != PLACE_SUM)
			above->weight += own->denominator * share;
		above->n[own->status]++;
		above->n_derived += m->weight != WEIGHT_ONE;
		return;
	}
	status = worst_status(below);
	if (status < 0)
		return;
	/* at most one share on any way is not the whole: so this is exact */
	above->sum += below->sum * share / WEIGHT_ONE;
	above->weight += below->weight * share / WEIGHT_ONE;
	above->n[status]++;
	above->n_derived += m->weight != WEIGHT_ONE || below->n_derived > 0;
}

static enum err
sheet_keep(const struct sheet *s, const struct figure *any, uint32_t unit,
           struct naive_state *state)
{
	const struct amount *a = &s->children[unit];
	struct rollup r = {.map = s->map,
	                   .definition = any->definition,
	                   .unit = unit,
	                   .period = any->period,
	                   .sum = a->sum,
	                   .sum_weight = a->weight,
	                   .n_derived = a->n_derived};
	enum err err;

	if (worst_status(a) < 0)
		return ERR_OK;
	memcpy(r.n_by_status, a->n, sizeof(r.n_by_status));
	err = naive_room(&state->rollups, state->n_rollups,
	                 &state->n_rollups_cap, sizeof(*state->rollups));
	if (err == ERR_OK)
		state->rollups[state->n_rollups++] = r;
	return err;
}

static enum err
map_add_up(struct sheet *s, const struct figure *any, struct naive_state *state)
{
	enum err err = ERR_OK;

	memset(s->children, 0, s->c->n_units * sizeof(*s->children));
	depths_find(s);
	for (uint32_t depth = s->deepest; depth > 0; depth--) {
		for (uint32_t i = 0; i < s->c->n_members; i++) {
			const struct cat_member *m = &s->c->members[i];

			if (holds(s, m) && s->depth[m->unit] == depth)
				contribute(s, m);
		}
	}
	for (uint32_t u = 0; u < s->c->n_units && err == ERR_OK; u++)
		err = sheet_keep(s, any, u, state);
	return err;
}

static enum err
sheet_open(struct sheet *s)
{
	size_t n = s->c->n_units;

	s->own = calloc(n, sizeof(const struct figure *));
	s->children = calloc(n, sizeof(*s->children));
	s->depth = calloc(n, sizeof(*s->depth));
	return s->own == NULL || s->children == NULL || s->depth == NULL
	           ? ERR_NOMEM
	           : ERR_OK;
}

static void
sheet_close(struct sheet *s)
{
	free(s->own);
	free(s->children);
	free(s->depth);
}

enum err
naive_rollup(const struct catalogue *c, struct naive_state *state,
             uint32_t from, uint32_t to)
{
	const struct figure *any = &state->figures[from];
	struct sheet s = {.c = c,
	                  .d = &c->definitions[any->definition],
	                  .day = period_last_day(any->period)};
	enum err err = sheet_open(&s);

	for (uint32_t i = from; i < to && err == ERR_OK; i++) {
		const struct figure *f = &state->figures[i];

		s.own[f->unit] = of_use(s.d, f) ? f : NULL;
	}
	for (s.map = 0; s.map < c->n_maps && err == ERR_OK; s.map++) {
		if (c->maps[s.map].declared)
			err = map_add_up(&s, any, state);
	}
	sheet_close(&s);
	return err;
}
