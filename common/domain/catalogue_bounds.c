#include "common/domain/catalogue_make.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the services that fold a catalogue have room for. Checked here, where a
 * row can be named: a catalogue that is journaled must be one that all can fold.
 */

/* Longest way to the root over all dates, so that a unit can be added up after
 * all that ever lies beneath it. */
struct depths {
	uint8_t *of; /* by map and unit */
	uint32_t n_units;
};

static uint8_t *
depth_at(const struct depths *d, uint32_t map, uint32_t unit)
{
	return &d->of[(size_t)map * d->n_units + unit];
}

/* One pass; NUMBER_NONE, or a member that lies too deep. */
static uint32_t
depths_grow(const struct build *b, const struct depths *d, bool *grew)
{
	*grew = false;
	for (uint32_t i = 0; i < b->c->n_members; i++) {
		const struct cat_member *m = &b->c->members[i];
		uint8_t above = *depth_at(d, m->map, m->parent);
		uint8_t *own = depth_at(d, m->map, m->unit);

		if (*own > above)
			continue;
		if (above == MAP_DEPTH_MAX)
			return i;
		*own = (uint8_t)(above + 1);
		*grew = true;
	}
	return NUMBER_NONE;
}

static void
check_depths(struct build *b)
{
	const struct catalogue *c = b->c;
	size_t n = (size_t)c->n_maps * c->n_units + 1;
	struct depths d = {.of = calloc(n, 1), .n_units = c->n_units};
	uint32_t deep = NUMBER_NONE;
	bool grew = true;

	if (d.of == NULL) {
		b->nomem = true;
		return;
	}
	while (grew && deep == NUMBER_NONE)
		deep = depths_grow(b, &d, &grew);
	free(d.of);
	if (deep == NUMBER_NONE)
		return;
	build_error(b, SPOT(b->member_rows[deep], MEMBER_PARENT), ERR_TOO_LARGE,
	            "%s lies more than %d units beneath the root of map %s, or "
	            "beneath itself on different days: a new order is a new "
	            "map",
	            c->units[c->members[deep].unit].id, MAP_DEPTH_MAX,
	            c->maps[c->members[deep].map].id);
}

static uint32_t
family_of(const struct build *b, uint32_t version)
{
	return b->c->definitions[b->versions[version].definition].family;
}

/* How many units a version binds; 0 and an error if there are too many. */
static uint32_t
version_units(struct build *b, uint32_t version, uint32_t *units)
{
	const struct cat_target_version *v = &b->versions[version];
	uint32_t n = target_units(b->c, v, units, TARGET_UNITS_MAX + 1);

	if (n <= TARGET_UNITS_MAX)
		return n;
	build_error(b, SPOT(b->version_rows[version], TARGET_BY_LEVEL),
	            ERR_TOO_LARGE, "target %s binds more than %d units",
	            b->c->targets[v->target].id, TARGET_UNITS_MAX);
	return 0;
}

/* T2: what is changed is the same target as long as it speaks of the same
 * thing. */
static void
check_version(struct build *b, uint32_t version)
{
	const struct cat_target_version *v = &b->versions[version];
	const struct cat_target *t = &b->c->targets[v->target];

	if (v != t->versions &&
	    family_of(b, version) != family_of(b, version - 1))
		build_error(b, SPOT(b->version_rows[version], TARGET_INDICATOR),
		            ERR_BAD_VALUE,
		            "%s has nothing to do with the indicator that "
		            "target %s had before: it is another target",
		            b->c->definitions[v->definition].id, t->id);
	if (v - t->versions == TARGET_VERSIONS_MAX)
		build_error(b, SPOT(b->version_rows[version], TARGET_IN_FORCE),
		            ERR_TOO_LARGE,
		            "target %s has more than %d versions", t->id,
		            TARGET_VERSIONS_MAX);
}

static void
check_targets(struct build *b)
{
	uint32_t *units = malloc((TARGET_UNITS_MAX + 1) * sizeof(*units));
	uint64_t n = 0;

	if (units == NULL)
		b->nomem = true;
	for (uint32_t i = 0; i < b->n_versions && !b->nomem; i++) {
		uint64_t before = n;

		check_version(b, i);
		n += version_units(b, i, units);
		if (before <= TARGET_BINDINGS_MAX && n > TARGET_BINDINGS_MAX)
			build_error(
			    b, SPOT(b->version_rows[i], TARGET_UNITS),
			    ERR_TOO_LARGE,
			    "all targets together bind more than %d units",
			    TARGET_BINDINGS_MAX);
	}
	free(units);
}

/* Only of a catalogue that is right so far: a wrong one may name nothing. */
void
check_bounds(struct build *b)
{
	if (b->errors->total > 0)
		return;
	check_depths(b);
	check_targets(b);
}
