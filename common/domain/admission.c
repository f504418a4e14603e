#include "common/domain/admission.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/admission_parts.h"

enum {
	BENEATH_SLOTS = 4096, /* powers of two; a batch has few units above */
	NAMES_SLOTS = 1024,
	NAMES_BITS = 64,
	CODES_MAX = 1 << 22,
};

#define CODE_SHARED (NUMBER_NONE - 1) /* several units have this code */

enum err
admission_init(struct admission *a)
{
	*a = (struct admission){0};
	map_init(&a->codes, CODES_MAX);
	a->beneath = calloc(BENEATH_SLOTS, sizeof(*a->beneath));
	a->names = calloc(NAMES_SLOTS, sizeof(*a->names));
	return a->beneath && a->names ? ERR_OK : ERR_NOMEM;
}

void
admission_fini(struct admission *a)
{
	map_fini(&a->codes);
	free(a->beneath);
	free(a->names);
	free(a->slots);
	free(a->heads);
	free(a->first);
	free(a->rival);
	*a = (struct admission){0};
}

static enum err
slots_room(struct admission *a, uint32_t n)
{
	struct admission_slot *slots;

	if (n <= a->n_slots)
		return ERR_OK;
	slots = calloc((size_t)n * ADMISSION_ROLES, sizeof(*slots));
	if (!slots)
		return ERR_NOMEM;
	free(a->slots);
	a->slots = slots;
	a->n_slots = n;
	return ERR_OK;
}

/* Everything remembered carries the stamp of its batch, so that nothing need be
 * cleared but once in 2^32 batches. */
static void
next_stamp(struct admission *a)
{
	if (++a->stamp != 0)
		return;
	a->stamp = 1;
	a->codes_stamp = 0;
	memset(a->slots, 0,
	       (size_t)a->n_slots * ADMISSION_ROLES * sizeof(*a->slots));
	memset(a->beneath, 0, BENEATH_SLOTS * sizeof(*a->beneath));
	memset(a->names, 0, NAMES_SLOTS * sizeof(*a->names));
}

enum err
admission_begin(struct admission *a, const struct catalogue *c,
                const struct admission_batch *batch,
                const struct span *dictionary, uint32_t n)
{
	enum err err;

	assert(batch->received.n != DAY_NONE);
	if (n > ADMISSION_DICTIONARY_MAX)
		return ERR_TOO_LARGE;
	err = slots_room(a, n);
	if (err != ERR_OK)
		return err;
	next_stamp(a);
	a->c = c;
	a->batch = *batch;
	a->dictionary = dictionary;
	a->n_dictionary = n;
	return ERR_OK;
}

/* --- codes of units --- */

static enum err
code_add(struct admission *a, const char *code, uint32_t unit)
{
	struct span text = span_str(code);
	uint32_t known = map_get(&a->codes, text);

	if (text.len == 0 || known == unit || known == CODE_SHARED)
		return ERR_OK;
	return map_put(&a->codes, text, known == MAP_NONE ? unit : CODE_SHARED);
}

static enum err
codes_of_unit(struct admission *a, uint32_t number)
{
	const struct cat_unit *unit = &a->c->units[number];
	enum err err = ERR_OK;

	if (!unit->declared)
		return ERR_OK;
	for (uint32_t i = 0; i < unit->n_names && err == ERR_OK; i++) {
		const struct cat_unit_name *name = &unit->names[i];

		if (validity_holds(name->validity, a->batch.units_as_of))
			err = code_add(a, name->code, number);
	}
	return err;
}

/* All codes of that day, when the first is asked for. */
static enum err
codes_read(struct admission *a)
{
	enum err err = ERR_OK;

	if (a->codes_stamp == a->stamp)
		return ERR_OK;
	map_reset(&a->codes);
	for (uint32_t i = 0; i < a->c->n_units && err == ERR_OK; i++)
		err = codes_of_unit(a, i);
	if (err == ERR_OK)
		a->codes_stamp = a->stamp;
	return err;
}

/* --- texts --- */

static enum err
number_or(uint32_t number, enum err unknown, struct admission_slot *slot)
{
	slot->number = number;
	return number == NUMBER_NONE ? unknown : ERR_OK;
}

static enum err
resolve_indicator(struct admission *a, struct span text,
                  struct admission_slot *slot)
{
	const uint8_t *at =
	    text.len > 0 ? memchr(text.ptr, '@', text.len) : NULL;
	struct span id = text;

	if (!at)
		return number_or(catalogue_indicator(a->c, text),
		                 ERR_UNKNOWN_INDICATOR, slot);
	id.len = (size_t)(at - text.ptr);
	if (catalogue_indicator(a->c, id) == NUMBER_NONE)
		return ERR_UNKNOWN_INDICATOR;
	slot->named = true;
	return number_or(catalogue_definition(a->c, text),
	                 ERR_UNKNOWN_DEFINITION, slot);
}

static enum err
resolve_unit(struct admission *a, struct span text, struct admission_slot *slot)
{
	enum err err;
	uint32_t unit;

	if (a->batch.units_as_of.n == DAY_NONE)
		return number_or(catalogue_unit(a->c, text), ERR_UNKNOWN_UNIT,
		                 slot);
	err = codes_read(a);
	if (err != ERR_OK)
		return err;
	unit = map_get(&a->codes, text);
	return number_or(unit == CODE_SHARED ? NUMBER_NONE : unit,
	                 ERR_UNKNOWN_UNIT, slot);
}

static enum err
resolve_period(struct admission *a, struct span text,
               struct admission_slot *slot)
{
	struct period period = {0};
	enum err err = period_parse(text, &period);

	(void)a;
	slot->number = period.code;
	if (err == ERR_OK)
		slot->day = period_last_day(period);
	return err;
}

static enum err
resolve_document(struct admission *a, struct span text,
                 struct admission_slot *slot)
{
	return number_or(catalogue_document(a->c, text), ERR_UNKNOWN_DOCUMENT,
	                 slot);
}

static enum err
resolve_released(struct admission *a, struct span text,
                 struct admission_slot *slot)
{
	struct day day = {0};
	enum err err = day_parse(text, false, &day);

	(void)a;
	slot->number = (uint32_t)day.n;
	return err;
}

static enum err
resolve_source(struct admission *a, struct span text,
               struct admission_slot *slot)
{
	return number_or(catalogue_source(a->c, text), ERR_UNKNOWN_SOURCE,
	                 slot);
}

typedef enum err resolver(struct admission *a, struct span text,
                          struct admission_slot *slot);

static resolver *const resolvers[ADMISSION_ROLES] = {
    [ADMISSION_INDICATOR] = resolve_indicator,
    [ADMISSION_UNIT] = resolve_unit,
    [ADMISSION_PERIOD] = resolve_period,
    [ADMISSION_DOCUMENT] = resolve_document,
    [ADMISSION_RELEASED] = resolve_released,
    [ADMISSION_SOURCE] = resolve_source,
};

bool
admission_given(const struct admission *a, uint32_t ref)
{
	return ref < a->n_dictionary && a->dictionary[ref].len > 0;
}

enum err
admission_resolve(struct admission *a, enum admission_role role, uint32_t ref,
                  const struct admission_slot **slot)
{
	struct admission_slot *s;
	enum err err;

	if (ref >= a->n_dictionary)
		return ref == DRAFT_NONE ? ERR_MISSING_FIELD : ERR_BAD_VALUE;
	s = &a->slots[(size_t)role * a->n_slots + ref];
	*slot = s;
	if (s->stamp == a->stamp)
		return (enum err)s->err;
	s->named = false;
	err = resolvers[role](a, a->dictionary[ref], s);
	if (err == ERR_NOMEM)
		return err;
	s->err = (uint16_t)err;
	s->stamp = a->stamp;
	return err;
}

/* --- grants --- */

static uint32_t
mix(uint32_t a, uint32_t b)
{
	uint64_t h = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h >> 32);
}

bool
admission_beneath(struct admission *a, const struct admission_beneath *question)
{
	struct admission_beneath q = *question;
	uint32_t h = mix(q.unit, mix(q.above, (uint32_t)q.day.n) ^ q.map);
	struct admission_beneath *known = &a->beneath[h % BENEATH_SLOTS];

	if (known->stamp == a->stamp && known->unit == q.unit &&
	    known->above == q.above && known->map == q.map &&
	    known->day.n == q.day.n)
		return known->yes;
	q.yes = q.map == NUMBER_NONE
	            ? unit_beneath_any(a->c, q.unit, q.above, q.day)
	            : unit_beneath(a->c, q.map, q.unit, q.above, q.day);
	q.stamp = a->stamp;
	*known = q;
	return q.yes;
}

static uint64_t
grants_naming(struct admission *a, const struct cat_source *s,
              uint32_t definition)
{
	uint64_t grants = 0;

	for (uint32_t i = 0; i < s->n_grants && i < NAMES_BITS; i++) {
		if (grant_names(&s->grants[i], &a->c->definitions[definition]))
			grants |= UINT64_C(1) << i;
	}
	return grants;
}

static uint64_t
names_of(struct admission *a, uint32_t source, uint32_t definition)
{
	uint32_t h = mix(source, definition);
	struct admission_names *known = &a->names[h % NAMES_SLOTS];

	if (known->stamp != a->stamp || known->source != source ||
	    known->definition != definition)
		*known = (struct admission_names){
		    .stamp = a->stamp,
		    .source = source,
		    .definition = definition,
		    .grants =
		        grants_naming(a, &a->c->sources[source], definition)};
	return known->grants;
}

static bool
grant_reaches(struct admission *a, const struct cat_grant *g, uint32_t unit,
              struct day day)
{
	if (g->under == NUMBER_NONE)
		return true;
	return admission_beneath(
	    a, &(struct admission_beneath){
	           .unit = unit, .above = g->under, .map = g->map, .day = day});
}

const struct cat_grant *
admission_grant(struct admission *a, uint32_t source, uint32_t definition,
                uint32_t unit, struct day day)
{
	const struct cat_source *s = &a->c->sources[source];
	const struct cat_definition *d = &a->c->definitions[definition];
	const struct cat_grant *best = NULL;
	uint64_t names = names_of(a, source, definition);

	for (uint32_t i = 0; i < s->n_grants; i++) {
		const struct cat_grant *g = &s->grants[i];
		bool named =
		    i < NAMES_BITS ? names >> i & 1 : grant_names(g, d);

		if (named && (!best || g->max_status < best->max_status) &&
		    grant_reaches(a, g, unit, day))
			best = g;
	}
	return best;
}
