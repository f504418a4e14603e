#include "services/ingest/ingest_known.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/target_series.h"
#include "services/ingest/ingest_state.h"

/* Periods of a year, as bits of a set: months from 0, quarters, halves, the year. */
enum {
	QUARTERS = 12,
	HALVES = 16,
	WHOLE = 18,
	SPAN = 19,
	MONTHS = 12,
	MONTH_SHIFT = 11, /* of the end month in a period's code */
	SET_MAX = (1 << (SPAN + 1)) - 1
};

struct year {
	uint32_t definition;
	uint32_t of; /* a span's whole code, else the year */
};

void
known_init(struct known *k)
{
	map_init(&k->years, KNOWN_YEARS_MAX);
}

void
known_fini(struct known *k)
{
	map_fini(&k->years);
	known_init(k);
}

static struct year
year_of(const struct figure *f)
{
	bool span = period_frequency(f->period) == FREQ_SPAN;

	return (struct year){f->definition,
	                     span ? f->period.code
	                          : (f->period.code >> MONTH_SHIFT) / MONTHS};
}

static uint32_t
bit_of(struct period p)
{
	uint32_t month = (p.code >> MONTH_SHIFT) % MONTHS;

	switch (period_months(p)) {
	case 1: return 1u << month;
	case 3: return 1u << (QUARTERS + month / 3);
	case 6: return 1u << (HALVES + month / 6);
	case MONTHS: return 1u << WHOLE;
	default: return 1u << SPAN;
	}
}

static enum err
year_add(struct known *k, struct kv *state, const struct year *year,
         uint32_t set)
{
	struct ingest_key key =
	    ingest_key_pair(INGEST_KNOWN, year->definition, year->of);
	uint8_t value[] = {(uint8_t)(set >> 16), (uint8_t)(set >> 8),
	                   (uint8_t)set};
	enum err err = map_put(&k->years, span_of(year, sizeof(*year)), set);

	if (err == ERR_OK)
		kv_put(state, ingest_key_span(&key),
		       span_of(value, sizeof(value)));
	return err;
}

enum err
known_take(struct known *k, struct kv *state, const struct figure *figures,
           uint32_t n)
{
	struct year last = {.definition = NUMBER_NONE};
	uint32_t set = 0;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		struct year year = year_of(&figures[i]);
		uint32_t bit = bit_of(figures[i].period);

		if (memcmp(&year, &last, sizeof(year)) != 0) {
			set = map_get(&k->years, span_of(&year, sizeof(year)));
			set = set == MAP_NONE ? 0 : set;
			last = year;
		}
		if ((set & bit) != 0)
			continue;
		set |= bit;
		err = year_add(k, state, &year, set);
	}
	return err;
}

static enum err
year_load(struct known *k, struct span key, struct span value)
{
	struct cursor c = cursor_of(span_of(key.ptr + 1, key.len - 1));
	struct year year;
	uint32_t set;

	year.definition = cursor_be32(&c);
	year.of = cursor_be32(&c);
	if (c.err != ERR_OK || cursor_left(&c) > 0 || value.len != 3)
		return ERR_CORRUPT;
	set = (uint32_t)value.ptr[0] << 16 | (uint32_t)value.ptr[1] << 8 |
	      value.ptr[2];
	if (set == 0 || set > SET_MAX)
		return ERR_CORRUPT;
	return map_put(&k->years, span_of(&year, sizeof(year)), set);
}

enum err
known_load(struct known *k, struct kv *state)
{
	struct ingest_key key = ingest_key_single(INGEST_KNOWN);
	struct span found, value;
	enum err err;

	known_fini(k);
	while ((err = kv_next(state, ingest_key_span(&key), &found, &value)) ==
	           ERR_OK &&
	       found.ptr[0] == INGEST_KNOWN) {
		if (found.len >= sizeof(key.bytes))
			return ERR_CORRUPT;
		memcpy(key.bytes, found.ptr, found.len);
		key.len = found.len;
		err = year_load(k, ingest_key_span(&key), value);
		if (err != ERR_OK)
			return err;
		key.bytes[key.len++] = 0;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* --- what a catalogue says again ------------------------------------------- */

/* What is known of all definitions of a family, for one unit: figures, and roll-ups
 * in one map. */
struct family {
	uint64_t figures;
	uint64_t rollups;
};

/* With the longer periods that these are a part of. */
static uint32_t
with_longer(uint32_t set)
{
	uint32_t all = set;

	for (uint32_t month = 0; month < MONTHS; month++)
		if ((set >> month & 1) != 0)
			all |= 1u << (QUARTERS + month / 3);
	for (uint32_t quarter = 0; quarter < 4; quarter++)
		if ((all >> (QUARTERS + quarter) & 1) != 0)
			all |= 1u << (HALVES + quarter / 2);
	if ((all & ((1u << WHOLE) - 1)) != 0)
		all |= 1u << WHOLE;
	return all;
}

static void
families_fill(const struct known *k, const struct catalogue *c,
              struct family *families)
{
	for (size_t i = 0; i < k->years.n; i++) {
		uint32_t set = map_value(&k->years, i);
		const struct cat_definition *d;
		struct family *family;
		struct year year;

		memcpy(&year, map_key(&k->years, i).ptr, sizeof(year));
		if (year.definition >= c->n_definitions ||
		    !c->definitions[year.definition].declared)
			continue;
		d = &c->definitions[year.definition];
		family = &families[d->family];
		family->figures += (uint64_t)__builtin_popcount(set);
		if (d->place == PLACE_NONE)
			continue;
		if (d->time != TIME_NONE)
			set = with_longer(set);
		family->rollups += (uint64_t)__builtin_popcount(set);
	}
}

struct said_again {
	const struct catalogue *c;
	const struct reach *reach;
	struct family *families; /* by number */
};

static uint64_t
series_again(const struct said_again *s, uint32_t family, uint32_t unit)
{
	return s->families[family].figures +
	       s->families[family].rollups * s->reach->parent_in[unit];
}

static uint64_t
version_again(const struct said_again *s, const struct cat_target_version *v,
              uint32_t *units)
{
	uint32_t n = target_units(s->c, v, units, TARGET_UNITS_MAX);
	uint64_t all = 0;

	for (uint32_t i = 0; i < n; i++)
		all += series_again(s, s->c->definitions[v->definition].family,
		                    units[i]);
	return all;
}

/* Of the target with the version that reads the most by itself. */
static enum err
target_of_most(const struct said_again *s, uint32_t *target)
{
	uint32_t *units = malloc(TARGET_UNITS_MAX * sizeof(*units));
	uint64_t most = 0;

	if (units == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < s->c->n_targets; i++) {
		const struct cat_target *t = &s->c->targets[i];

		for (uint32_t j = 0; j < t->n_versions; j++) {
			uint64_t all = version_again(s, &t->versions[j], units);

			if (all > most)
				*target = i;
			if (all > most)
				most = all;
		}
	}
	free(units);
	return ERR_OK;
}

static enum err
families_new(const struct known *k, const struct catalogue *c,
             struct family **families_p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_definitions; i++)
		if (c->definitions[i].declared && c->definitions[i].family >= n)
			n = c->definitions[i].family + 1;
	*families_p = calloc(n + (size_t)1, sizeof(**families_p));
	if (*families_p == NULL)
		return ERR_NOMEM;
	families_fill(k, c, *families_p);
	return ERR_OK;
}

enum err
known_again(const struct known *k, const struct catalogue *c,
            const struct reach *reach, struct known_again *again)
{
	struct target_series_list series = {.n = 0};
	struct said_again s = {.c = c, .reach = reach};
	uint64_t n = 0;
	enum err err = families_new(k, c, &s.families);

	if (err == ERR_OK)
		err = target_series_list(c, &series);
	for (uint32_t i = 0; i < series.n && err == ERR_OK; i++)
		n += series_again(&s, series.list[i].family,
		                  series.list[i].unit);
	if (err == ERR_OK && n > again->max)
		err = target_of_most(&s, &again->target);
	if (err == ERR_OK)
		again->n = n;
	target_series_fini(&series);
	free(s.families);
	return err;
}
