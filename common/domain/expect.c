#include "common/domain/expect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/map.h"

enum {
	SHEET_SLOTS = 2 * EXPECT_SHEETS, /* half of them empty */
	BASES_MAX = 12,                  /* months of a year */
	CLIMB_MAX = 2 * MEMBERS_MAX, /* ways open at once, as unit_beneath */
	KEY_BYTES_MAX = 1 << 20,
};

_Static_assert(EXPECT_ONE == WEIGHT_ONE, "a unit's weight is its count");
_Static_assert((SHEET_SLOTS & (SHEET_SLOTS - 1)) == 0, "a power of two");

static const char region_level[] = "region";

/* What is expected for one (rule, map, period). */
struct expect_sheet {
	uint32_t rule;
	uint32_t map;
	struct period period; /* code 0: unused */
	uint32_t floor_millionths;
	bool open;
	uint32_t n_bases;  /* periods that must be there */
	uint64_t *beneath; /* by parent of the map; owns the arrays */
	uint8_t *own;      /* by unit: periods in which it is expected */
	uint8_t *part; /* by parent: somebody beneath isn't in all of them */
};

/* Definitions of which the same is expected share a rule. */
struct expect {
	const struct catalogue *c;
	uint32_t *rule_of;      /* by definition; NUMBER_NONE: nobody */
	uint32_t *rules;        /* by rule: one definition that has it */
	uint32_t *rows;         /* of reporting.csv, by definition */
	uint32_t *rows_first;   /* by definition, and the end */
	uint32_t *member_first; /* by map and unit, and the end */
	uint32_t *parent_at;    /* by map and unit: rank + 1; 0: no parent */
	uint32_t *n_parents;    /* by map */
	struct expect_sheet *sheets; /* n_sheets in use; others keep memory */
	struct expect_sheet *last;
	uint32_t n_sheets;
	uint16_t slots[SHEET_SLOTS]; /* index of a sheet + 1; 0: empty */
};

/* --- indexes over the catalogue --- */

static size_t
place_of(const struct expect *e, uint32_t map, uint32_t unit)
{
	return (size_t)map * e->c->n_units + unit;
}

static void
index_members(struct expect *e)
{
	const struct catalogue *c = e->c;
	size_t n = place_of(e, c->n_maps, 0);
	uint32_t at = 0;

	for (size_t i = 0; i <= n; i++) {
		while (at < c->n_members &&
		       place_of(e, c->members[at].map, c->members[at].unit) < i)
			at++;
		e->member_first[i] = at;
	}
	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *m = &c->members[i];
		uint32_t *rank = &e->parent_at[place_of(e, m->map, m->parent)];

		if (*rank == 0)
			*rank = ++e->n_parents[m->map];
	}
}

/* Rows of reporting.csv by definition: counted, then filled from the end. */
static void
index_rows(struct expect *e)
{
	const struct catalogue *c = e->c;
	uint32_t *first = e->rows_first;

	for (uint32_t i = 0; i < c->n_reporting_definitions; i++)
		first[c->reporting_definitions[i]]++;
	for (uint32_t i = 1; i <= c->n_definitions; i++)
		first[i] += first[i - 1];
	for (uint32_t i = c->n_reporting; i-- > 0;) {
		const struct cat_reporting *r = &c->reporting[i];

		for (uint32_t j = r->n_definitions; j-- > 0;) {
			uint32_t d =
			    c->reporting_definitions[r->definition_first + j];

			e->rows[--first[d]] = i;
		}
	}
}

/* Over sum and mean every period within must be there, else the last one. */
static bool
every_period(const struct cat_definition *d)
{
	return d->time == TIME_SUM || d->time == TIME_MEAN;
}

static void
put_validity(struct buf *out, struct validity v)
{
	buf_put_svarint(out, v.from.n);
	buf_put_svarint(out, v.to.n);
}

/* All that a sheet is made of, but for map and period. */
static void
rule_key(const struct expect *e, uint32_t definition, struct buf *key)
{
	const struct cat_definition *d = &e->c->definitions[definition];

	buf_reset(key);
	buf_put_u8(key, (uint8_t)d->frequency);
	buf_put_u8(key, every_period(d));
	buf_put_uvarint(key, d->units);
	put_validity(key, d->validity);
	for (uint32_t i = e->rows_first[definition];
	     i < e->rows_first[definition + 1]; i++) {
		const struct cat_reporting *r = &e->c->reporting[e->rows[i]];

		buf_put_text(key, span_str(r->level ? r->level : ""));
		buf_put_uvarint(key, r->unit);
		buf_put_uvarint(key, r->map);
		buf_put_uvarint(key, r->floor_millionths);
		put_validity(key, r->validity);
	}
}

static enum err
index_rules(struct expect *e)
{
	enum err err = ERR_OK;
	struct map rules;
	struct buf key;

	map_init(&rules, e->c->n_definitions + 1u);
	buf_init(&key, KEY_BYTES_MAX);
	for (uint32_t i = 0; i < e->c->n_definitions && err == ERR_OK; i++) {
		e->rule_of[i] = NUMBER_NONE;
		if (e->rows_first[i] == e->rows_first[i + 1])
			continue;
		rule_key(e, i, &key);
		err = buf_err(&key);
		if (err == ERR_OK)
			err =
			    map_intern(&rules, buf_span(&key), &e->rule_of[i]);
		if (err == ERR_OK)
			e->rules[e->rule_of[i]] = i;
	}
	buf_fini(&key);
	map_fini(&rules);
	return err;
}

static bool
expect_alloc(struct expect *e)
{
	const struct catalogue *c = e->c;
	size_t places = place_of(e, c->n_maps, 0) + 1;
	const struct {
		uint32_t **array;
		size_t n;
	} arrays[] = {{&e->rule_of, c->n_definitions + 1u},
	              {&e->rules, c->n_definitions + 1u},
	              {&e->rows, c->n_reporting_definitions + 1u},
	              {&e->rows_first, c->n_definitions + 1u},
	              {&e->member_first, places},
	              {&e->parent_at, places},
	              {&e->n_parents, c->n_maps + 1u}};
	bool there = true;

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		*arrays[i].array = calloc(arrays[i].n, sizeof(uint32_t));
		there = there && *arrays[i].array;
	}
	e->sheets = calloc(EXPECT_SHEETS, sizeof(*e->sheets));
	e->last = e->sheets;
	return there && e->sheets;
}

enum err
expect_new(struct expect **expect_p, const struct catalogue *c)
{
	struct expect *e = calloc(1, sizeof(*e));
	enum err err = ERR_NOMEM;

	if (!e)
		return ERR_NOMEM;
	e->c = c;
	if (expect_alloc(e)) {
		index_members(e);
		index_rows(e);
		err = index_rules(e);
	}
	if (err != ERR_OK) {
		expect_free(&e);
		return ERR_NOMEM;
	}
	*expect_p = e;
	return ERR_OK;
}

void
expect_free(struct expect **expect_p)
{
	struct expect *e = *expect_p;

	if (!e)
		return;
	for (size_t i = 0; e->sheets && i < EXPECT_SHEETS; i++)
		free(e->sheets[i].beneath);
	free(e->sheets);
	free(e->rule_of);
	free(e->rules);
	free(e->rows);
	free(e->rows_first);
	free(e->member_first);
	free(e->parent_at);
	free(e->n_parents);
	free(e);
	*expect_p = NULL;
}

/* --- one sheet --- */

/* Stands in a map on a day, as a member or as its root. */
static bool
stands(const struct expect *e, uint32_t map, uint32_t unit, struct day day)
{
	size_t at = place_of(e, map, unit);

	for (uint32_t i = e->member_first[at]; i < e->member_first[at + 1]; i++)
		if (validity_holds(e->c->members[i].validity, day))
			return true;
	return e->c->maps[map].root == unit;
}

static uint32_t
territory_on(const struct catalogue *c, struct day day)
{
	for (uint32_t i = 0; i < c->n_maps; i++)
		if (c->maps[i].declared && c->maps[i].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[i].validity, day))
			return i;
	return NUMBER_NONE;
}

/* The row that says who is expected in map on a day (R4a); NULL: nobody. */
static const struct cat_reporting *
row_on(const struct expect *e, const struct expect_sheet *sheet, struct day day)
{
	const struct catalogue *c = e->c;
	uint32_t definition = e->rules[sheet->rule];
	uint32_t map = sheet->map;

	if (!validity_holds(c->maps[map].validity, day))
		map = territory_on(c, day);
	for (uint32_t i = e->rows_first[definition];
	     i < e->rows_first[definition + 1]; i++) {
		const struct cat_reporting *r = &c->reporting[e->rows[i]];

		if (r->map == map && validity_holds(r->validity, day))
			return r;
	}
	return NULL;
}

static bool
level_is(const struct catalogue *c, uint32_t unit, const char *level,
         struct day day)
{
	const struct cat_unit *u = &c->units[unit];

	return u->n_names > 0 &&
	       strcmp(unit_name_on(u, day)->level, level) == 0;
}

static bool
unit_expected(const struct expect *e, const struct cat_definition *d,
              const struct cat_reporting *r, uint32_t unit, struct day day)
{
	const struct catalogue *c = e->c;

	if (!c->units[unit].declared ||
	    !validity_holds(c->units[unit].validity, day))
		return false;
	if (r->level ? !level_is(c, unit, r->level, day) : r->unit != unit)
		return false;
	return stands(e, r->map, unit, day) &&
	       (d->units == NUMBER_NONE ||
	        unit_beneath_any(c, unit, d->units, day));
}

struct climber {
	uint32_t unit;
	uint64_t amount;
};

/* Counts unit beneath all above it, in as many periods as said. */
static void
climb(const struct expect *e, struct expect_sheet *sheet, uint32_t unit,
      uint32_t n_periods, struct day day)
{
	const struct catalogue *c = e->c;
	const struct day last = period_last_day(sheet->period);
	struct climber pending[CLIMB_MAX] = {
	    {unit, (uint64_t)n_periods * EXPECT_ONE}};
	uint32_t n = 1;

	while (n > 0) {
		struct climber from = pending[--n];
		size_t at = place_of(e, sheet->map, from.unit);
		uint32_t rank;

		for (uint32_t i = e->member_first[at];
		     i < e->member_first[at + 1]; i++) {
			const struct cat_member *m = &c->members[i];
			struct climber to = {.unit = m->parent,
			                     .amount = from.amount};

			if (!validity_holds(m->validity, day))
				continue;
			/* whole before: a way is divided once at most */
			if (m->weight != WEIGHT_ONE)
				to.amount =
				    from.amount / WEIGHT_ONE * m->weight;
			rank = e->parent_at[place_of(e, sheet->map, to.unit)];
			sheet->beneath[rank - 1] += to.amount;
			if (n_periods < sheet->n_bases && day.n == last.n)
				sheet->part[rank - 1] = 1;
			assert(n < CLIMB_MAX);
			pending[n++] = to;
		}
	}
}

/* Who is expected in one of the periods. Those that stand somewhere on the last
 * day of the long one are carried up afterwards, all periods at once. */
static void
take_base(const struct expect *e, struct expect_sheet *sheet, struct day base)
{
	const struct cat_definition *d =
	    &e->c->definitions[e->rules[sheet->rule]];
	const struct cat_reporting *r = row_on(e, sheet, base);
	struct day day = period_last_day(sheet->period);

	if (!r || !validity_holds(d->validity, base))
		return;
	if (base.n == day.n)
		sheet->floor_millionths = r->floor_millionths;
	for (uint32_t unit = 0; unit < e->c->n_units; unit++) {
		if (!unit_expected(e, d, r, unit, base))
			continue;
		sheet->own[unit]++;
		if (stands(e, sheet->map, unit, day))
			continue;
		if (stands(e, sheet->map, unit, base))
			climb(e, sheet, unit, 1, base);
		else
			sheet->open = true;
	}
}

/* The periods of the definition's frequency that must be there; how many. */
static uint32_t
bases_of(const struct cat_definition *d, struct period period,
         struct period bases[BASES_MAX])
{
	struct day day = period_last_day(period);
	int months = period_months(period);
	uint32_t n = 1;

	bases[0] = period;
	if (d->frequency == FREQ_SPAN || months > BASES_MAX)
		return period_frequency(period) == d->frequency ? 1 : 0;
	bases[0] = period_last_ended(d->frequency, day);
	if (period_last_day(bases[0]).n != day.n ||
	    period_months(bases[0]) > months)
		return 0;
	if (every_period(d))
		n = (uint32_t)(months / period_months(bases[0]));
	for (uint32_t i = 1; i < n; i++)
		bases[i] = period_shift(bases[i - 1], -1);
	return n;
}

static void
sheet_fill(const struct expect *e, struct expect_sheet *sheet)
{
	const struct cat_definition *d =
	    &e->c->definitions[e->rules[sheet->rule]];
	struct day day = period_last_day(sheet->period);
	struct period bases[BASES_MAX];
	uint32_t n = bases_of(d, sheet->period, bases);

	sheet->n_bases = n;
	for (uint32_t i = 0; i < n; i++)
		take_base(e, sheet, period_last_day(bases[i]));
	for (uint32_t unit = 0; unit < e->c->n_units; unit++)
		if (sheet->own[unit] > 0 && stands(e, sheet->map, unit, day))
			climb(e, sheet, unit, sheet->own[unit], day);
}

static enum err
sheet_make(const struct expect *e, struct expect_sheet *sheet,
           const struct expect_sheet *key)
{
	size_t n_parents = e->n_parents[key->map];
	size_t bytes = n_parents * (sizeof(uint64_t) + 1) + e->c->n_units + 1;
	uint64_t *memory = calloc(bytes, 1);

	if (!memory)
		return ERR_NOMEM;
	free(sheet->beneath);
	*sheet = *key;
	sheet->beneath = memory;
	sheet->part = (uint8_t *)(memory + n_parents);
	sheet->own = sheet->part + n_parents;
	sheet_fill(e, sheet);
	return ERR_OK;
}

/* --- look-up --- */

static bool
same_key(const struct expect_sheet *a, const struct expect_sheet *b)
{
	return a->period.code == b->period.code && a->rule == b->rule &&
	       a->map == b->map;
}

static uint32_t
slot_of(const struct expect_sheet *key)
{
	uint64_t mix = key->period.code;

	/* Odd constants of Steele's SplitMix: neighbours fall far apart. */
	mix = (mix + key->rule) * UINT64_C(0xbf58476d1ce4e5b9);
	mix = ((mix >> 29 ^ mix) + key->map) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(mix >> 32) & (SHEET_SLOTS - 1);
}

/* All that a target asks for fits, whatever its keys; so when the room is full,
 * somebody asks for other things, and all of them may go. */
static enum err
sheet_find(struct expect *e, const struct expect_sheet *key)
{
	uint32_t at = slot_of(key);
	enum err err;

	for (; e->slots[at] != 0; at = (at + 1) & (SHEET_SLOTS - 1)) {
		if (same_key(&e->sheets[e->slots[at] - 1], key)) {
			e->last = &e->sheets[e->slots[at] - 1];
			return ERR_OK;
		}
	}
	if (e->n_sheets == EXPECT_SHEETS) {
		memset(e->slots, 0, sizeof(e->slots));
		e->n_sheets = 0;
		at = slot_of(key);
	}
	err = sheet_make(e, &e->sheets[e->n_sheets], key);
	if (err != ERR_OK)
		return err;
	e->last = &e->sheets[e->n_sheets++];
	e->slots[at] = (uint16_t)e->n_sheets;
	return ERR_OK;
}

/* R4b: who came only in a part of the long period may hold only a part of what
 * stood there before. */
static bool
part_only(const struct expect_sheet *sheet, uint32_t unit, uint32_t rank)
{
	uint32_t own = sheet->own[unit];

	return (own > 0 && own < sheet->n_bases) ||
	       (rank > 0 && sheet->part[rank - 1] != 0);
}

/* R6: nobody knows beneath whom a unit without a place would count. */
static bool
left_open(const struct catalogue *c, const struct expect_sheet *sheet,
          uint32_t unit, uint32_t rank)
{
	return sheet->open && (c->maps[sheet->map].root == unit ||
	                       level_is(c, unit, region_level,
	                                period_last_day(sheet->period)) ||
	                       part_only(sheet, unit, rank));
}

enum err
expect_at(struct expect *expect, const struct expect_key *key,
          struct expectation *out)
{
	const struct expect_sheet wanted = {
	    .rule = expect->rule_of[key->definition],
	    .map = key->map,
	    .period = key->period};
	const struct expect_sheet *sheet;
	uint32_t rank;
	enum err err = ERR_OK;

	assert(key->period.code != 0);
	if (wanted.rule == NUMBER_NONE || !expect->c->maps[key->map].declared) {
		*out = (struct expectation){0};
		return ERR_OK;
	}
	if (!same_key(expect->last, &wanted))
		err = sheet_find(expect, &wanted);
	if (err != ERR_OK)
		return err;
	sheet = expect->last;
	rank = expect->parent_at[place_of(expect, key->map, key->unit)];
	out->beneath = rank > 0 ? sheet->beneath[rank - 1] : 0;
	out->within =
	    out->beneath + (uint64_t)sheet->own[key->unit] * EXPECT_ONE;
	out->floor_millionths = sheet->floor_millionths;
	out->open = left_open(expect->c, sheet, key->unit, rank);
	return ERR_OK;
}
