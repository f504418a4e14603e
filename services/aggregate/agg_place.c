#include "services/aggregate/agg_place.h"

#include <stdlib.h>
#include <string.h>

static size_t
place_at(const struct place *place, uint32_t map, uint32_t unit)
{
	return (size_t)map * place->catalogue->n_units + unit;
}

/* One pass over all memberships. */
static enum err
place_deepen(struct place *place, bool *grew)
{
	const struct catalogue *c = place->catalogue;

	*grew = false;
	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *m = &c->members[i];
		uint8_t above =
		    place->depth[place_at(place, m->map, m->parent)];
		uint8_t *own = &place->depth[place_at(place, m->map, m->unit)];

		if (above == PLACE_NOWHERE ||
		    (*own != PLACE_NOWHERE && *own > above))
			continue;
		if (above == MAP_DEPTH_MAX)
			return ERR_TOO_LARGE;
		*own = (uint8_t)(above + 1);
		*grew = true;
	}
	return ERR_OK;
}

enum err
place_init(struct place *place, const struct catalogue *catalogue)
{
	size_t n = (size_t)catalogue->n_maps * catalogue->n_units;
	enum err err = ERR_OK;
	bool grew = true;

	*place = (struct place){.catalogue = catalogue};
	place->depth = malloc(n + 1);
	place->parent_somewhere = calloc(n + 1, 1);
	place->duty = calloc(catalogue->n_definitions + 1u, 1);
	if (place->depth == NULL || place->parent_somewhere == NULL ||
	    place->duty == NULL) {
		place_fini(place);
		return ERR_NOMEM;
	}
	memset(place->depth, PLACE_NOWHERE, n + 1);
	for (uint32_t map = 0; map < catalogue->n_maps; map++) {
		if (catalogue->maps[map].declared)
			place->depth[place_at(place, map,
			                      catalogue->maps[map].root)] = 0;
	}
	for (uint32_t i = 0; i < catalogue->n_members; i++) {
		const struct cat_member *m = &catalogue->members[i];

		place->parent_somewhere[place_at(place, m->map, m->parent)] = 1;
	}
	for (uint32_t i = 0; i < catalogue->n_reporting_definitions; i++)
		place->duty[catalogue->reporting_definitions[i]] = 1;
	while (grew && err == ERR_OK)
		err = place_deepen(place, &grew);
	if (err == ERR_OK)
		err = expect_new(&place->expect, catalogue);
	if (err == ERR_OK)
		err = reach_init(&place->reach, catalogue);
	if (err != ERR_OK)
		place_fini(place);
	return err;
}

void
place_fini(struct place *place)
{
	free(place->depth);
	free(place->parent_somewhere);
	free(place->duty);
	expect_free(&place->expect);
	reach_fini(&place->reach);
	*place = (struct place){0};
}

uint8_t
place_depth(const struct place *place, uint32_t map, uint32_t unit)
{
	return place->depth[place_at(place, map, unit)];
}

bool
place_has_children(const struct place *place, uint32_t map, uint32_t unit)
{
	return place->parent_somewhere[place_at(place, map, unit)] != 0;
}

static bool
parent_outside(const struct catalogue *c, const struct cat_member *m,
               uint32_t unit, struct day day)
{
	const struct cat_member *parents[MEMBERS_MAX];
	uint32_t n = members_of(c, m->map, m->unit, day, parents);

	for (uint32_t i = 0; i < n; i++) {
		if (!unit_beneath(c, m->map, parents[i]->parent, unit, day))
			return true;
	}
	return false;
}

bool
place_parts_only(const struct place *place, uint32_t map, uint32_t unit,
                 struct day day)
{
	const struct catalogue *c = place->catalogue;

	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *m = &c->members[i];

		if (m->map == map && m->weight != WEIGHT_ONE &&
		    validity_holds(m->validity, day) &&
		    unit_beneath(c, map, m->parent, unit, day) &&
		    parent_outside(c, m, unit, day))
			return true;
	}
	return false;
}
