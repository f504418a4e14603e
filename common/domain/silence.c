#include "common/domain/silence.h"

#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400u

/* The longest period of each, so that nobody is asked early; 0: none. */
static const uint32_t period_days[FREQ_COUNT] = {
    [FREQ_ANNUAL] = 366,
    [FREQ_HALF] = 184,
    [FREQ_QUARTER] = 92,
    [FREQ_MONTH] = 31,
};

/* Units that one row of reporting.csv expects, and all that they lie beneath. */
struct expected_units {
	uint8_t *marks;
	bool any;
};

static bool
is_expected(const struct catalogue *c, const struct cat_reporting *r,
            uint32_t unit, struct day day)
{
	const struct cat_unit *u = &c->units[unit];

	if (!u->declared || !validity_holds(u->validity, day))
		return false;
	return r->level == NULL ||
	       strcmp(unit_name_on(u, day)->level, r->level) == 0;
}

static void
mark_one(struct expected_units *e, const struct catalogue *c,
         const struct cat_reporting *r, uint32_t unit, struct day day)
{
	if (!is_expected(c, r, unit, day))
		return;
	e->marks[unit] = 1;
	e->any = true;
}

static void
mark_expected(struct expected_units *e, const struct catalogue *c,
              const struct cat_reporting *r, struct day day)
{
	memset(e->marks, 0, c->n_units);
	e->any = false;
	if (r->level == NULL) {
		mark_one(e, c, r, r->unit, day);
		return;
	}
	mark_one(e, c, r, c->maps[r->map].root, day);
	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *m = &c->members[i];

		if (m->map == r->map && validity_holds(m->validity, day))
			mark_one(e, c, r, m->unit, day);
	}
}

/* Upwards, a level of every map with each pass. */
static void
mark_above(struct expected_units *e, const struct catalogue *c, struct day day)
{
	bool more = e->any;

	while (more) {
		more = false;
		for (uint32_t i = 0; i < c->n_members; i++) {
			const struct cat_member *m = &c->members[i];

			if (e->marks[m->unit] == 0 ||
			    e->marks[m->parent] != 0 ||
			    !validity_holds(m->validity, day))
				continue;
			e->marks[m->parent] = 1;
			more = true;
		}
	}
}

/* Of a definition that is in use; 0: none. */
static uint32_t
limit_of(const struct cat_reporting *r, const struct cat_definition *d,
         struct day day)
{
	uint32_t days = period_days[d->frequency];

	if (!d->declared || days == 0 || !validity_holds(d->validity, day))
		return 0;
	return (days + r->due_days + r->grace_days) * DAY_SECONDS;
}

static bool
owes(const struct cat_source *s, const struct cat_definition *d,
     const struct expected_units *e)
{
	for (uint32_t i = 0; i < s->n_grants; i++) {
		const struct cat_grant *g = &s->grants[i];

		if (g->reports && grant_names(g, d) &&
		    (g->under == NUMBER_NONE ? e->any
		                             : e->marks[g->under] != 0))
			return true;
	}
	return false;
}

static void
row_take(const struct catalogue *c, const struct cat_reporting *r,
         const struct expected_units *e, struct day day, uint32_t *seconds)
{
	for (uint32_t i = 0; i < r->n_definitions; i++) {
		const struct cat_definition *d =
		    &c->definitions
		         [c->reporting_definitions[r->definition_first + i]];
		uint32_t limit = limit_of(r, d, day);

		for (uint32_t s = 0; s < c->n_sources && limit > 0; s++) {
			if ((seconds[s] == 0 || limit < seconds[s]) &&
			    c->sources[s].declared &&
			    owes(&c->sources[s], d, e))
				seconds[s] = limit;
		}
	}
}

enum err
silence_limits(const struct catalogue *c, struct day day, uint32_t *seconds)
{
	struct expected_units e = {.marks = calloc(c->n_units + 1u, 1)};

	if (e.marks == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < c->n_sources; i++)
		seconds[i] = 0;
	for (uint32_t i = 0; i < c->n_reporting; i++) {
		const struct cat_reporting *r = &c->reporting[i];

		if (!validity_holds(r->validity, day))
			continue;
		mark_expected(&e, c, r, day);
		mark_above(&e, c, day);
		row_take(c, r, &e, day, seconds);
	}
	free(e.marks);
	return ERR_OK;
}
