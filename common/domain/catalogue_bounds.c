#include "common/domain/catalogue_make.h"

#include <stdlib.h>
#include <string.h>

/*
 * What can be said only when every target is known: whether the services that fold
 * a catalogue have room for it (checked here, where a row can be named: a catalogue
 * that is journaled must be one that all can fold), and who succeeds whom.
 */

enum {
	SUCCESSORS_MAX = 100000,
};

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

/* --- successors (T5) ------------------------------------------------------ */

struct taken {         /* one abolished unit of one target */
	uint32_t from; /* target */
	struct cat_successor by;
	uint32_t row;
};

struct taking {
	struct taken *list;
	uint32_t n;
	uint32_t *units; /* of one version */
};

static int
taken_order(const void *left, const void *right)
{
	const struct taken *a = left;
	const struct taken *b = right;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->by.unit != b->by.unit)
		return a->by.unit < b->by.unit ? -1 : 1;
	return (a->by.target > b->by.target) - (a->by.target < b->by.target);
}

/* Before the first period in which the successor is in force has ended. */
static bool
abolished_by(const struct build *b, uint32_t unit,
             const struct cat_target_version *v)
{
	return b->c->units[unit].validity.to.n <
	       period_last_day(v->in_force_from).n;
}

static void
take_over(struct build *b, struct taking *t, uint32_t version, uint32_t unit)
{
	const struct cat_target_version *v = &b->versions[version];

	if (t->n == SUCCESSORS_MAX) {
		build_error(b, SPOT(b->version_rows[version], TARGET_SUCCESSOR),
		            ERR_TOO_LARGE, "more than %d units are taken over",
		            SUCCESSORS_MAX);
		return;
	}
	t->list[t->n++] = (struct taken){
	    v->successor_of, {unit, v->target}, b->version_rows[version]};
}

static bool
is_one_of(const uint32_t *units, uint32_t n, uint32_t unit)
{
	for (uint32_t i = 0; i < n; i++)
		if (units[i] == unit)
			return true;
	return false;
}

/* Those that the version names. */
static void
take_named(struct build *b, struct taking *t, uint32_t version, uint32_t n)
{
	const struct cat_target_version *v = &b->versions[version];
	struct spot at = SPOT(b->version_rows[version], TARGET_SUCCESSOR_UNITS);

	for (uint32_t i = 0; i < v->n_successor_units; i++) {
		uint32_t unit = v->successor_units[i];
		const char *id = b->c->units[unit].id;

		if (!is_one_of(t->units, n, unit))
			build_error(b, at, ERR_BAD_VALUE,
			            "%s is not bound by target %s", id,
			            b->c->targets[v->successor_of].id);
		else if (!abolished_by(b, unit, v))
			build_error(b, at, ERR_BAD_VALUE,
			            "unit %s is not abolished by then", id);
		else
			take_over(b, t, version, unit);
	}
}

/* All that the target bound and that are no more. */
static void
take_abolished(struct build *b, struct taking *t, uint32_t version, uint32_t n)
{
	const struct cat_target_version *v = &b->versions[version];
	uint32_t before = t->n;

	for (uint32_t i = 0; i < n; i++)
		if (abolished_by(b, t->units[i], v))
			take_over(b, t, version, t->units[i]);
	if (t->n == before)
		build_error(b, SPOT(b->version_rows[version], TARGET_SUCCESSOR),
		            ERR_BAD_VALUE,
		            "target %s binds no unit that is abolished by then",
		            b->c->targets[v->successor_of].id);
}

static void
take_version_over(struct build *b, struct taking *t, uint32_t version)
{
	const struct cat_target_version *v = &b->versions[version];
	const struct cat_target *of;
	uint32_t n;

	if (v->successor_of == NUMBER_NONE)
		return;
	of = &b->c->targets[v->successor_of];
	if (v->successor_of == v->target) {
		build_error(b, SPOT(b->version_rows[version], TARGET_SUCCESSOR),
		            ERR_BAD_VALUE, "a target does not succeed itself");
		return;
	}
	n = target_units(b->c, &of->versions[of->n_versions - 1], t->units,
	                 TARGET_UNITS_MAX);
	if (v->n_successor_units > 0)
		take_named(b, t, version, n);
	else
		take_abolished(b, t, version, n);
}

/* To each target its own, each unit once. */
static void
successors_fill(struct build *b, struct taking *t)
{
	struct cat_successor *all = make_array(b, t->n, sizeof(*all));
	uint32_t n = 0;

	qsort(t->list, t->n, sizeof(*t->list), taken_order);
	for (uint32_t i = 0; all && i < t->n; i++) {
		const struct taken *now = &t->list[i];
		struct cat_target *from = &b->c->targets[now->from];
		bool again = i > 0 && now[-1].from == now->from &&
		             now[-1].by.unit == now->by.unit;

		if (again && now[-1].by.target == now->by.target)
			continue;
		if (again)
			build_error(b, SPOT(now->row, TARGET_SUCCESSOR),
			            ERR_DUPLICATE_ID,
			            "unit %s of target %s has a successor "
			            "already",
			            b->c->units[now->by.unit].id, from->id);
		all[n] = now->by;
		if (from->n_successors++ == 0)
			from->successors = &all[n];
		n++;
	}
}

/* Only of a catalogue that is right so far. */
void
make_successors(struct build *b)
{
	struct taking t = {0};
	bool any = false;

	for (uint32_t i = 0; i < b->n_versions; i++)
		any = any || b->versions[i].successor_of != NUMBER_NONE;
	if (!any || b->errors->total > 0)
		return;
	t.list = malloc(SUCCESSORS_MAX * sizeof(*t.list));
	t.units = malloc(TARGET_UNITS_MAX * sizeof(*t.units));
	if (t.list == NULL || t.units == NULL)
		b->nomem = true;
	for (uint32_t i = 0; i < b->n_versions && !b->nomem; i++)
		take_version_over(b, &t, i);
	if (!b->nomem && b->errors->total == 0)
		successors_fill(b, &t);
	free(t.list);
	free(t.units);
}
