/*
 * The tables of a year, kept from one to the next.
 */
#include <stdlib.h>

#include "services/ctl/naive_year.h"

static bool
slot_open(struct slot *s, size_t n)
{
	s->order = calloc(n, sizeof(*s->order));
	s->own = calloc(n, sizeof(const struct figure *));
	s->reported = calloc(n, sizeof(*s->reported));
	s->children = calloc(n, sizeof(*s->children));
	s->given = calloc(n, sizeof(*s->given));
	s->finest = calloc(n, sizeof(*s->finest));
	s->expected = calloc(n, sizeof(*s->expected));
	s->within = calloc(n, sizeof(*s->within));
	s->part = calloc(n, sizeof(*s->part));
	return s->order != NULL && s->own != NULL && s->reported != NULL &&
	       s->children != NULL && s->given != NULL && s->finest != NULL &&
	       s->expected != NULL && s->within != NULL && s->part != NULL;
}

static void
slot_close(struct slot *s)
{
	free(s->order);
	free(s->own);
	free(s->reported);
	free(s->children);
	free(s->given);
	free(s->finest);
	free(s->expected);
	free(s->within);
	free(s->part);
}

/* Where each unit's memberships of each map begin; they are sorted by both. */
static void
members_index(const struct catalogue *c, uint32_t *first)
{
	uint32_t i = 0;

	for (uint32_t map = 0; map < c->n_maps; map++) {
		for (uint32_t unit = 0; unit <= c->n_units; unit++) {
			while (i < c->n_members && c->members[i].map == map &&
			       c->members[i].unit < unit)
				i++;
			*first++ = i;
		}
	}
}

enum err
naive_sums_open(struct naive_sums *sums, const struct naive *n)
{
	const struct catalogue *c = n->catalogue;
	size_t units = c->n_units;
	bool ok = true;

	*sums = (struct naive_sums){.year = {.n = n, .c = c}};
	sums->first = calloc(c->n_maps * (units + 1) + 1, sizeof(*sums->first));
	sums->height = calloc(units + 1, sizeof(*sums->height));
	sums->year.scratch = calloc(units + 1, sizeof(uint64_t));
	sums->year.named = calloc(YEAR_SLOTS, units + 1);
	for (size_t i = 0; i < YEAR_SLOTS; i++)
		ok = slot_open(&sums->year.slots[i], units + 1) && ok;
	if (!ok || sums->first == NULL || sums->height == NULL ||
	    sums->year.scratch == NULL || sums->year.named == NULL) {
		naive_sums_close(sums);
		return ERR_NOMEM;
	}
	members_index(c, sums->first);
	return ERR_OK;
}

void
naive_sums_close(struct naive_sums *sums)
{
	for (size_t i = 0; i < YEAR_SLOTS; i++)
		slot_close(&sums->year.slots[i]);
	free(sums->year.named);
	free(sums->year.scratch);
	free(sums->height);
	free(sums->first);
}
