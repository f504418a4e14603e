#include "common/domain/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/catalogue_make.h"

bool
validity_holds(struct validity v, struct day day)
{
	return v.from.n <= day.n && day.n <= v.to.n;
}

bool
map_is_read(const struct catalogue *c, uint32_t map, uint32_t unit,
            struct period period)
{
	struct day day = period_last_day(period);
	struct day end = c->units[unit].validity.to;

	return c->maps[map].kind == MAP_TERRITORY &&
	       validity_holds(c->maps[map].validity, end.n < day.n ? end : day);
}

static uint32_t
number_of(const struct catalogue *c, enum registry_kind kind, struct span id)
{
	uint32_t number = map_get(&c->registry.ids[kind], id);

	return number == MAP_NONE ? NUMBER_NONE : number;
}

uint32_t
catalogue_unit(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_UNIT, id);

	return n < c->n_units && c->units[n].declared ? n : NUMBER_NONE;
}

uint32_t
catalogue_map(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_MAP, id);

	return n < c->n_maps && c->maps[n].declared ? n : NUMBER_NONE;
}

uint32_t
catalogue_definition(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_DEFINITION, id);

	return n < c->n_definitions && c->definitions[n].declared ? n
	                                                          : NUMBER_NONE;
}

uint32_t
catalogue_indicator(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_INDICATOR, id);

	return n < c->n_indicators && c->indicators[n].n_definitions > 0
	           ? n
	           : NUMBER_NONE;
}

uint32_t
catalogue_source(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_SOURCE, id);

	return n < c->n_sources && c->sources[n].declared ? n : NUMBER_NONE;
}

uint32_t
catalogue_document(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_DOCUMENT, id);

	return n < c->n_documents && c->documents[n].declared ? n : NUMBER_NONE;
}

uint32_t
catalogue_programme(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_PROGRAMME, id);

	return n < c->n_programmes && c->programmes[n].declared ? n
	                                                        : NUMBER_NONE;
}

uint32_t
catalogue_target(const struct catalogue *c, struct span id)
{
	uint32_t n = number_of(c, REGISTRY_TARGET, id);

	return n < c->n_targets && c->targets[n].declared ? n : NUMBER_NONE;
}

const struct cat_unit_name *
unit_name_on(const struct cat_unit *unit, struct day day)
{
	const struct cat_unit_name *name = &unit->names[0];

	for (uint32_t i = 1; i < unit->n_names; i++)
		if (unit->names[i].validity.from.n <= day.n)
			name = &unit->names[i];
	return name;
}

/* A month where the day is the month's first or last one, else the date. */
static void
put_edge(struct buf *out, struct day day, struct day next)
{
	char text[DAY_TEXT_MAX];
	int year, month, dom;

	day_to_civil(next, &year, &month, &dom);
	(void)day_format(day, text);
	buf_printf(out, "%.*s", dom == 1 ? 7 : DAY_TEXT_MAX, text);
}

/* Why one name may be that of several: when each was. */
static void
put_validity(struct buf *out, const struct cat_unit *u)
{
	bool from = u->validity.from.n != DAY_FIRST;
	bool to = u->validity.to.n != DAY_LAST;

	if (!u->shared || (!from && !to))
		return;
	buf_put_str(out, from ? to ? " (" : " (from " : " (to ");
	if (from)
		put_edge(out, u->validity.from, u->validity.from);
	if (from && to)
		buf_put_str(out, " to ");
	if (to)
		put_edge(out, u->validity.to,
		         (struct day){u->validity.to.n + 1});
	buf_put_str(out, ")");
}

void
unit_display_name(const struct catalogue *c, uint32_t unit, struct buf *out)
{
	const struct cat_unit *u = &c->units[unit];

	buf_put_str(out,
	            u->n_names > 0 ? u->names[u->n_names - 1].name : u->id);
	put_validity(out, u);
}

void
unit_display_name_en(const struct catalogue *c, uint32_t unit, struct buf *out)
{
	const struct cat_unit *u = &c->units[unit];
	const char *name =
	    u->n_names > 0 ? u->names[u->n_names - 1].name_en : NULL;

	if (name == NULL || name[0] == '\0') {
		unit_display_name(c, unit, out);
		return;
	}
	buf_put_str(out, name);
	put_validity(out, u);
}

/* First member of (map, unit) or of what follows. */
static uint32_t
member_from(const struct catalogue *c, uint32_t map, uint32_t unit)
{
	uint32_t low = 0;
	uint32_t high = c->n_members;

	while (low < high) {
		uint32_t at = low + (high - low) / 2;
		const struct cat_member *m = &c->members[at];

		if (m->map < map || (m->map == map && m->unit < unit))
			low = at + 1;
		else
			high = at;
	}
	return low;
}

struct children_range
members_range(const struct catalogue *c, uint32_t map, uint32_t unit)
{
	uint32_t first = member_from(c, map, unit);
	uint32_t end = first;

	while (end < c->n_members && c->members[end].map == map &&
	       c->members[end].unit == unit)
		end++;
	return (struct children_range){first, end};
}

uint32_t
members_of(const struct catalogue *c, uint32_t map, uint32_t unit,
           struct day day, const struct cat_member *out[MEMBERS_MAX])
{
	struct children_range own = members_range(c, map, unit);
	uint32_t n = 0;

	for (uint32_t i = own.first; i < own.end && n < MEMBERS_MAX; i++)
		if (validity_holds(c->members[i].validity, day))
			out[n++] = &c->members[i];
	return n;
}

static bool
parent_before(const struct catalogue *c, const struct cat_member *a,
              const struct cat_member *b)
{
	return strcmp(c->units[a->parent].id, c->units[b->parent].id) < 0;
}

struct cat_share
share_of(const struct catalogue *c, const struct cat_member *m, struct day day)
{
	struct cat_share share = {.upto = m->weight};
	struct children_range all;

	if (m->weight == WEIGHT_ONE)
		return share;
	all = members_range(c, m->map, m->unit);
	for (uint32_t i = all.first; i < all.end; i++) {
		const struct cat_member *other = &c->members[i];

		if (validity_holds(other->validity, day) &&
		    parent_before(c, other, m))
			share.from += other->weight;
	}
	share.upto += share.from;
	return share;
}

/* First child of (map, parent) or of what follows. */
static uint32_t
child_from(const struct catalogue *c, uint32_t map, uint32_t parent)
{
	uint32_t low = 0;
	uint32_t high = c->n_members;

	while (low < high) {
		uint32_t at = low + (high - low) / 2;
		const struct cat_member *m = &c->members[c->children[at]];

		if (m->map < map || (m->map == map && m->parent < parent))
			low = at + 1;
		else
			high = at;
	}
	return low;
}

struct children_range
children_of(const struct catalogue *c, uint32_t map, uint32_t parent)
{
	return (struct children_range){child_from(c, map, parent),
	                               child_from(c, map, parent + 1)};
}

bool
unit_beneath(const struct catalogue *c, uint32_t map, uint32_t unit,
             uint32_t above, struct day day)
{
	/* One membership on a way is divided at most, so no more than
	 * MEMBERS_MAX ways are ever open at once. */
	const struct cat_member *found[MEMBERS_MAX];
	uint32_t pending[2 * MEMBERS_MAX] = {unit};
	uint32_t n = 1;

	while (n > 0) {
		uint32_t at = pending[--n];
		uint32_t n_found;

		if (at == above)
			return true;
		n_found = members_of(c, map, at, day, found);
		for (uint32_t i = 0; i < n_found; i++)
			pending[n++] = found[i]->parent;
	}
	return false;
}

bool
unit_beneath_any(const struct catalogue *c, uint32_t unit, uint32_t above,
                 struct day day)
{
	if (unit == above)
		return true;
	for (uint32_t i = 0; i < c->n_maps; i++)
		if (c->maps[i].declared && c->maps[i].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[i].validity, day) &&
		    unit_beneath(c, i, unit, above, day))
			return true;
	return false;
}

bool
target_reference(const struct cat_target_version *v, uint32_t unit,
                 struct cat_reference *out)
{
	if (v->kind != TARGET_RELATIVE)
		return false;
	out->definition = v->relative_definition != NUMBER_NONE
	                      ? v->relative_definition
	                      : v->definition;
	out->unit = v->relative_unit != NUMBER_NONE ? v->relative_unit : unit;
	return true;
}
