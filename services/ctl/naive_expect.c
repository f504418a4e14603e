/*
 * R4: who is expected to report, counted beneath every unit of a map.
 */
#include <string.h>

#include "services/ctl/naive_year.h"

const struct cat_member *
naive_member(const struct year *y, uint32_t unit, struct day day, uint32_t *at)
{
	uint32_t i = *at == 0 ? y->first[unit] : *at;

	for (; i < y->first[unit + 1]; i++) {
		const struct cat_member *m = &y->c->members[i];

		if (m->validity.from.n <= day.n && day.n <= m->validity.to.n) {
			*at = i + 1;
			return m;
		}
	}
	return NULL;
}

static bool
has_place(const struct year *y, uint32_t unit, struct day day)
{
	uint32_t at = 0;

	return y->c->maps[y->map].root == unit ||
	       naive_member(y, unit, day, &at) != NULL;
}

/* Stands in any map on a day. */
static bool
stands_in(const struct catalogue *c, uint32_t map, uint32_t unit,
          struct day day)
{
	const struct cat_member *found[MEMBERS_MAX];

	return c->maps[map].root == unit ||
	       members_of(c, map, unit, day, found) > 0;
}

static bool
names_definition(const struct catalogue *c, const struct cat_reporting *r,
                 uint32_t definition)
{
	for (uint32_t i = 0; i < r->n_definitions; i++) {
		if (c->reporting_definitions[r->definition_first + i] ==
		    definition)
			return true;
	}
	return false;
}

/* The map whose row counts on a day: the map itself, or the territory's. */
static uint32_t
map_of_row(const struct year *y, struct day day)
{
	const struct catalogue *c = y->c;

	if (validity_holds(c->maps[y->map].validity, day))
		return y->map;
	for (uint32_t m = 0; m < c->n_maps; m++) {
		if (c->maps[m].declared && c->maps[m].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[m].validity, day))
			return m;
	}
	return NUMBER_NONE;
}

static const struct cat_reporting *
row_of(const struct year *y, struct day day)
{
	uint32_t map = map_of_row(y, day);

	for (uint32_t i = 0; i < y->c->n_reporting; i++) {
		const struct cat_reporting *r = &y->c->reporting[i];

		if (r->map == map && validity_holds(r->validity, day) &&
		    names_definition(y->c, r, y->definition))
			return r;
	}
	return NULL;
}

static bool
unit_named(const struct year *y, const struct cat_reporting *r, uint32_t unit,
           struct day day)
{
	const struct cat_unit *u = &y->c->units[unit];

	if (!u->declared || !validity_holds(u->validity, day))
		return false;
	if (r->level == NULL
	        ? unit != r->unit
	        : strcmp(unit_name_on(u, day)->level, r->level) != 0)
		return false;
	if (y->d->units != NUMBER_NONE &&
	    !unit_beneath_any(y->c, unit, y->d->units, day))
		return false;
	return stands_in(y->c, r->map, unit, day);
}

/* Who is named by the row of this very period. */
static void
slot_name(struct year *y, uint32_t at)
{
	struct slot *s = &y->slots[at];
	const struct cat_reporting *r = row_of(y, s->day);
	uint8_t *named = y->named + (size_t)at * y->c->n_units;

	memset(named, 0, y->c->n_units);
	s->floor = r != NULL ? r->floor_millionths : 0;
	if (r == NULL || !validity_holds(y->d->validity, s->day))
		return;
	for (uint32_t u = 0; u < y->c->n_units; u++)
		named[u] = unit_named(y, r, u, s->day);
}

/* Adds what stands in y->scratch to `within` of all above, as of a slot's day. */
static void
carry_up(struct year *y, const struct slot *as, uint64_t *within)
{
	for (uint32_t i = 0; i < y->c->n_units; i++) {
		uint32_t unit = as->order[i];
		const struct cat_member *m;
		uint32_t at = 0;

		if (y->scratch[unit] == 0)
			continue;
		within[unit] += y->scratch[unit];
		while ((m = naive_member(y, unit, as->day, &at)) != NULL)
			y->scratch[m->parent] +=
			    y->scratch[unit] * m->weight / WEIGHT_ONE;
	}
	memset(y->scratch, 0, y->c->n_units * sizeof(*y->scratch));
}

/* One period of the definition's frequency that must be there. Who has no place
 * at the end of the long one goes to scratch; returns whether there is one. */
static bool
base_count(struct year *y, struct slot *s, uint32_t base)
{
	const uint8_t *named = y->named + (size_t)base * y->c->n_units;
	bool left = false;

	for (uint32_t u = 0; u < y->c->n_units; u++) {
		if (!named[u])
			continue;
		s->expected[u] += WEIGHT_ONE;
		if (has_place(y, u, s->day))
			continue;
		if (!has_place(y, u, y->slots[base].day)) {
			/* it stands for itself alone */
			s->open = true;
			s->within[u] += WEIGHT_ONE;
			continue;
		}
		y->scratch[u] += WEIGHT_ONE;
		left = true;
	}
	return left;
}

/* Who came or went on the way, and all that it counts beneath. */
static void
slot_part(struct year *y, struct slot *s, uint32_t n_base)
{
	for (uint32_t i = 0; i < y->c->n_units; i++) {
		uint32_t unit = s->order[i];
		uint64_t all = (uint64_t)n_base * WEIGHT_ONE;
		const struct cat_member *m;
		uint32_t at = 0;

		if (s->expected[unit] > 0 && s->expected[unit] < all)
			s->part[unit] = true;
		while (s->part[unit] &&
		       (m = naive_member(y, unit, s->day, &at)) != NULL)
			s->part[m->parent] = true;
	}
}

static void
slot_expect(struct year *y, struct slot *s)
{
	bool all = y->d->time == TIME_SUM || y->d->time == TIME_MEAN;
	size_t size = y->c->n_units * sizeof(*s->within);

	s->open = false;
	memset(s->within, 0, size);
	memset(s->expected, 0, size);
	memset(s->part, 0, y->c->n_units * sizeof(*s->part));
	for (uint32_t i = all ? 0 : s->n_base - 1; i < s->n_base; i++) {
		const struct slot *base = &y->slots[s->bases[i]];

		if (base_count(y, s, s->bases[i]))
			carry_up(y, base, s->within);
	}
	s->floor = y->slots[s->bases[s->n_base - 1]].floor;
	slot_part(y, s, all ? s->n_base : 1);
	for (uint32_t u = 0; u < y->c->n_units; u++)
		y->scratch[u] = has_place(y, u, s->day) ? s->expected[u] : 0;
	carry_up(y, s, s->within);
}

void
naive_expect(struct year *y)
{
	memset(y->scratch, 0, y->c->n_units * sizeof(*y->scratch));
	for (uint32_t i = 0; i < y->n_slots; i++) {
		if (y->slots[i].n_subs == 0)
			slot_name(y, i);
	}
	for (uint32_t i = 0; i < y->n_slots; i++)
		slot_expect(y, &y->slots[i]);
}

bool
naive_stays_open(const struct year *y, const struct slot *s, uint32_t unit)
{
	const struct cat_unit *u = &y->c->units[unit];

	if (!s->open)
		return false;
	return unit == y->c->maps[y->map].root || s->part[unit] ||
	       strcmp(unit_name_on(u, s->day)->level, "region") == 0;
}
