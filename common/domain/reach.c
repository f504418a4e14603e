#include "common/domain/reach.h"

#include <stdlib.h>
#include <string.h>

enum {
	MONTHS = 12,
	MONTH_SHIFT = 11, /* of the end month in a period's code */
	LENGTHS = 4,      /* month, quarter, half, year */
	GROUP_LOOKS = 64, /* memberships of one unit held against each other */
	PENDING_FIRST = 1024
};

static const uint32_t lengths[LENGTHS] = {1, 3, 6, MONTHS};

/* --- ways ------------------------------------------------------------------ */

static uint32_t
add_saturated(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* The parent stands in an earlier membership of the same unit, too. */
static bool
parent_again(const struct catalogue *c, uint32_t group, uint32_t at)
{
	uint32_t end = at - group < GROUP_LOOKS ? at : group + GROUP_LOOKS;

	for (uint32_t i = group; i < end; i++)
		if (c->members[i].parent == c->members[at].parent)
			return true;
	return false;
}

/* The memberships from first on that are of one unit in one map; up: ways of the
 * units of that map as far as they are known. */
static uint32_t
group_ways(const struct catalogue *c, uint32_t first, const uint32_t *up,
           uint32_t *end)
{
	const struct cat_member *m = &c->members[first];
	uint32_t ways = 0;
	uint32_t i = first;

	for (; i < c->n_members && c->members[i].map == m->map &&
	       c->members[i].unit == m->unit;
	     i++) {
		if (parent_again(c, first, i))
			continue;
		ways = add_saturated(ways, up[c->members[i].parent]);
		ways = add_saturated(ways, 1);
	}
	*end = i;
	return ways;
}

/* Memberships first..end are those of one map. Each pass is right for one more level
 * beneath the root. */
static void
map_ways(const struct catalogue *c, uint32_t first, uint32_t end, uint32_t *up)
{
	bool grew = true;

	memset(up, 0, c->n_units * sizeof(*up));
	for (int pass = 0; pass < MAP_DEPTH_MAX && grew; pass++) {
		grew = false;
		for (uint32_t i = first, next; i < end; i = next) {
			uint32_t unit = c->members[i].unit;
			uint32_t ways = group_ways(c, i, up, &next);

			grew = grew || ways != up[unit];
			up[unit] = ways;
		}
	}
}

static void
parents_mark(struct reach *r)
{
	const struct catalogue *c = r->catalogue;

	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *m = &c->members[i];
		uint8_t *parent =
		    &r->parent[(size_t)m->map * c->n_units + m->parent];

		if (*parent == 0 && c->maps[m->map].declared)
			r->parent_in[m->parent]++;
		*parent = 1;
	}
}

static void
ways_fill(struct reach *r, uint32_t *up)
{
	const struct catalogue *c = r->catalogue;
	uint32_t end;

	for (uint32_t first = 0; first < c->n_members; first = end) {
		uint32_t map = c->members[first].map;

		for (end = first;
		     end < c->n_members && c->members[end].map == map;)
			end++;
		if (!c->maps[map].declared)
			continue;
		map_ways(c, first, end, up);
		for (uint32_t i = 0; i < c->n_units; i++)
			r->ways[i] = add_saturated(r->ways[i], up[i]);
	}
	for (uint32_t i = 0; i < c->n_units; i++)
		r->ways[i] = add_saturated(r->ways[i], r->parent_in[i]);
}

_Static_assert(CATALOGUE_MAPS_MAX <= UINT8_MAX, "maps are counted in a byte");

enum err
reach_init(struct reach *r, const struct catalogue *c)
{
	size_t n = c->n_units + (size_t)1;
	uint32_t *up = malloc(n * sizeof(*up));

	*r = (struct reach){.catalogue = c};
	r->ways = calloc(n, sizeof(*r->ways));
	r->parent_in = calloc(n, 1);
	r->parent = calloc((size_t)c->n_maps * c->n_units + 1, 1);
	if (up == NULL || r->ways == NULL || r->parent_in == NULL ||
	    r->parent == NULL) {
		free(up);
		reach_fini(r);
		return ERR_NOMEM;
	}
	parents_mark(r);
	ways_fill(r, up);
	free(up);
	return ERR_OK;
}

void
reach_fini(struct reach *r)
{
	free(r->ways);
	free(r->parent_in);
	free(r->parent);
	*r = (struct reach){.catalogue = NULL};
}

uint32_t
reach_too_far(const struct reach *r)
{
	for (uint32_t i = 0; i < r->catalogue->n_units; i++)
		if (r->ways[i] > REACH_UNIT_MAX)
			return i;
	return NUMBER_NONE;
}

/* --- periods that change with one ------------------------------------------ */

/* Itself and the longer ones it is a part of; by the time rule `last`, that it ends.
 * Shorter than the definition's frequency: admission lets none through. */
static uint32_t
periods_changed(const struct cat_definition *d, struct period p,
                struct period out[LENGTHS])
{
	uint32_t months = (uint32_t)period_months(p);
	uint32_t end = p.code >> MONTH_SHIFT;
	uint32_t n = 0;

	out[n++] = p;
	if (d->time == TIME_NONE)
		return n;
	for (uint32_t i = 1; i < LENGTHS; i++) {
		uint32_t last = end - end % lengths[i] + lengths[i] - 1;

		if (lengths[i] > months &&
		    (d->time != TIME_LAST || last == end))
			out[n++].code = last << MONTH_SHIFT | (lengths[i] - 1);
	}
	return n;
}

uint64_t
reach_rows(const struct reach *r, const struct figure *figures, uint32_t n)
{
	const struct cat_definition *all = r->catalogue->definitions;
	uint64_t cells = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct cat_definition *d = &all[figures[i].definition];

		if (d->place == PLACE_NONE)
			continue;
		cells += (uint64_t)r->ways[figures[i].unit] *
		         (d->time == TIME_NONE || d->frequency == FREQ_ANNUAL ||
		                  d->frequency == FREQ_SPAN
		              ? 1
		              : LENGTHS);
	}
	return cells;
}

/* --- cells ----------------------------------------------------------------- */

void
cells_init(struct cells *cells, const struct reach *reach, size_t max)
{
	*cells = (struct cells){.reach = reach};
	map_init(&cells->seen, max);
}

void
cells_fini(struct cells *cells)
{
	map_fini(&cells->seen);
	free(cells->pending);
	*cells = (struct cells){.reach = NULL};
}

static enum err
pending_add(struct cells *cells, const struct cell *cell)
{
	if (cells->n_pending == cells->n_pending_cap) {
		uint32_t cap = cells->n_pending_cap == 0
		                   ? PENDING_FIRST
		                   : cells->n_pending_cap * 2;
		struct cell *pending =
		    realloc(cells->pending, cap * sizeof(*pending));

		if (pending == NULL)
			return ERR_NOMEM;
		cells->pending = pending;
		cells->n_pending_cap = cap;
	}
	cells->pending[cells->n_pending++] = *cell;
	return ERR_OK;
}

static enum err
cell_see(struct cells *cells, const struct cell *cell)
{
	size_t before = cells->seen.n;
	uint32_t rank;
	enum err err =
	    map_intern(&cells->seen, span_of(cell, sizeof(*cell)), &rank);

	if (err != ERR_OK || cells->seen.n == before)
		return err;
	return pending_add(cells, cell);
}

/* What changes directly above, in the periods that change. */
static enum err
cell_above(struct cells *cells, const struct cell *cell)
{
	const struct catalogue *c = cells->reach->catalogue;
	const struct cat_definition *d = &c->definitions[cell->definition];
	struct period periods[LENGTHS];
	uint32_t n = periods_changed(d, cell->period, periods);
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		const struct cat_member *parents[MEMBERS_MAX];
		uint32_t n_parents =
		    members_of(c, cell->map, cell->unit,
		               period_last_day(periods[i]), parents);

		for (uint32_t j = 0; j < n_parents && err == ERR_OK; j++) {
			struct cell above = *cell;

			above.unit = parents[j]->parent;
			above.period = periods[i];
			err = cell_see(cells, &above);
		}
	}
	return err;
}

static enum err
figure_count(struct cells *cells, const struct figure *f)
{
	const struct reach *r = cells->reach;
	const struct catalogue *c = r->catalogue;
	struct cell own = {
	    .unit = f->unit, .definition = f->definition, .period = f->period};
	enum err err = ERR_OK;

	for (own.map = 0; own.map < c->n_maps && err == ERR_OK; own.map++) {
		if (!c->maps[own.map].declared)
			continue;
		/* own figures of a parent wait in its roll-up for its level */
		if (r->parent[(size_t)own.map * c->n_units + f->unit] != 0)
			err = cell_see(cells, &own);
		else
			err = cell_above(cells, &own);
		while (cells->n_pending > 0 && err == ERR_OK) {
			struct cell next = cells->pending[--cells->n_pending];

			err = cell_above(cells, &next);
		}
	}
	return err;
}

enum err
cells_add(struct cells *cells, const struct figure *figures, uint32_t n)
{
	const struct reach *r = cells->reach;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		const struct figure *f = &figures[i];

		if (r->catalogue->definitions[f->definition].place !=
		        PLACE_NONE &&
		    r->ways[f->unit] > 0)
			err = figure_count(cells, f);
	}
	return err;
}
