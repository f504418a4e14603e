#include <stdio.h>
#include <string.h>

#include "common/domain/catalogue.h"
#include "common/domain/text.h"

static bool
id_declared(const struct catalogue *c, enum registry_kind kind, uint32_t i)
{
	switch (kind) {
	case REGISTRY_UNIT: return c->units[i].declared;
	case REGISTRY_MAP: return c->maps[i].declared;
	case REGISTRY_DEFINITION: return c->definitions[i].declared;
	case REGISTRY_SOURCE: return c->sources[i].declared;
	case REGISTRY_DOCUMENT: return c->documents[i].declared;
	case REGISTRY_PROGRAMME: return c->programmes[i].declared;
	case REGISTRY_TARGET: return c->targets[i].declared;
	case REGISTRY_INDICATOR:
	case REGISTRY_KINDS: break;
	}
	return true;
}

/* The part that may stand alone: a target's name, a definition's indicator. */
static const char *
id_part(const struct catalogue *c, enum registry_kind kind, uint32_t i)
{
	if (kind == REGISTRY_TARGET)
		return c->targets[i].name;
	return kind == REGISTRY_DEFINITION ? c->definitions[i].indicator : NULL;
}

/* The unit that had this code last; NUMBER_NONE. */
static uint32_t
unit_of_code(const struct catalogue *c, struct span code)
{
	for (uint32_t i = 0; i < c->n_units; i++)
		for (uint32_t j = 0; j < c->units[i].n_names; j++)
			if (c->units[i].declared &&
			    span_equal(span_str(c->units[i].names[j].code),
			               code))
				return i;
	return NUMBER_NONE;
}

void
catalogue_near(const struct catalogue *c, enum registry_kind kind,
               struct span id, char *out, size_t cap)
{
	const struct map *ids = &c->registry.ids[kind];
	uint32_t unit =
	    kind == REGISTRY_UNIT ? unit_of_code(c, id) : NUMBER_NONE;
	struct nearest near = nearest_of(id);

	if (unit != NUMBER_NONE) {
		(void)snprintf(out, cap, "that is the code of unit %s",
		               c->units[unit].id);
		return;
	}
	for (uint32_t i = 0; i < ids->n; i++) {
		if (!id_declared(c, kind, i))
			continue;
		nearest_offer(&near, map_key(ids, i));
		if (id_part(c, kind, i) != NULL)
			nearest_offer(&near, span_str(id_part(c, kind, i)));
	}
	if (near.best.ptr != NULL)
		(void)snprintf(out, cap, "%.*s?", (int)near.best.len,
		               (const char *)near.best.ptr);
}
