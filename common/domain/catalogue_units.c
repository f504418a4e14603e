#include "common/domain/catalogue_make.h"

#include <stdlib.h>
#include <string.h>

/*
 * Units, maps, memberships and documents: rows to arrays. What must hold of the
 * memberships of a whole map is in catalogue_check.c.
 */

struct named { /* a row of units.csv before the rows are grouped by unit */
	struct cat_unit_name name;
	uint32_t unit;
	uint32_t row;
};

static int
named_order(const void *left, const void *right)
{
	const struct named *a = left;
	const struct named *b = right;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->name.validity.from.n != b->name.validity.from.n)
		return a->name.validity.from.n < b->name.validity.from.n ? -1
		                                                         : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* Remembers a word with the unit that has it first; a second unit marks both. */
static void
word_seen(struct build *b, struct map *seen, const char *word, uint32_t unit)
{
	uint32_t first = map_get(seen, span_str(word));

	if (word[0] == '\0')
		return;
	if (first == MAP_NONE) {
		if (map_put(seen, span_str(word), unit) != ERR_OK)
			b->nomem = true;
		return;
	}
	if (first == unit)
		return;
	b->c->units[first].shared = true;
	b->c->units[unit].shared = true;
}

static void
take_name(struct build *b, uint32_t row, struct named *out)
{
	*out = (struct named){.unit = row_number(b, row), .row = row};
	out->name.code = take_text(b, SPOT(row, UNIT_CODE), false);
	out->name.name = take_text(b, SPOT(row, UNIT_NAME), true);
	out->name.name_en = take_text(b, SPOT(row, UNIT_NAME_EN), false);
	out->name.type = take_text(b, SPOT(row, UNIT_TYPE), false);
	out->name.level = take_text(b, SPOT(row, UNIT_LEVEL), true);
	out->name.validity = take_validity(b, SPOT(row, UNIT_FROM));
	if (out->name.level[0] != '\0' &&
	    map_put(&b->levels, span_str(out->name.level), 0) != ERR_OK)
		b->nomem = true;
}

/* Two rows of one unit, the earlier one first. */
static void
names_check(struct build *b, const struct named *one, const struct named *next)
{
	struct spot at = SPOT(next->row, UNIT_FROM);
	struct day end = one->name.validity.to;

	if (next->name.validity.from.n <= end.n)
		build_error(b, at, ERR_OVERLAP,
		            "two rows of unit %s hold on one day (line %u)",
		            take_raw(b, SPOT(next->row, UNIT_ID)),
		            b->rows->rows[one->row].line);
	else if (next->name.validity.from.n != end.n + 1)
		build_error(
		    b, at, ERR_BAD_DATE,
		    "unit %s has a gap before this row: a unit that comes "
		    "back is a new one",
		    take_raw(b, SPOT(next->row, UNIT_ID)));
}

static void
unit_fill(struct build *b, const struct named *rows, uint32_t n)
{
	struct cat_unit *unit = &b->c->units[rows[0].unit];
	struct cat_unit_name *names = make_array(b, n, sizeof(*names));

	for (uint32_t i = 0; names && i < n; i++) {
		names[i] = rows[i].name;
		if (i > 0)
			names_check(b, &rows[i - 1], &rows[i]);
	}
	unit->declared = true;
	unit->names = names;
	unit->n_names = n;
	unit->validity.from = rows[0].name.validity.from;
	unit->validity.to = rows[n - 1].name.validity.to;
}

static void
levels_check(struct build *b)
{
	for (size_t i = 0; i < b->levels.n; i++) {
		struct span level = map_key(&b->levels, i);
		uint32_t unit = build_find(b, REGISTRY_UNIT, level);

		if (unit != NUMBER_NONE)
			build_error(
			    b, SPOT(b->declared[REGISTRY_UNIT][unit], UNIT_ID),
			    ERR_DUPLICATE_ID, "unit id %.*s is also a level",
			    (int)level.len, (const char *)level.ptr);
	}
}

static void
units_group(struct build *b, struct named *names, uint32_t n)
{
	struct map words;

	map_init(&words, CATALOGUE_ROWS_MAX);
	qsort(names, n, sizeof(*names), named_order);
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && names[end].unit == names[i].unit;)
			end++;
		unit_fill(b, names + i, end - i);
	}
	for (uint32_t i = 0; i < n; i++) {
		word_seen(b, &b->codes, names[i].name.code, names[i].unit);
		word_seen(b, &words, names[i].name.name, names[i].unit);
	}
	map_fini(&words);
}

void
make_units(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_UNIT];
	struct named *names = calloc(list->n + 1u, sizeof(*names));
	uint32_t n = 0;

	b->c->n_units = b->n_ids[REGISTRY_UNIT];
	b->c->units = make_array(b, b->c->n_units, sizeof(*b->c->units));
	if (!names || !b->c->units) {
		free(names);
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < b->c->n_units; i++)
		b->c->units[i].id = make_id(b, REGISTRY_UNIT, i);
	for (uint32_t i = 0; i < list->n; i++) {
		take_name(b, list->rows[i], &names[n]);
		n += names[n].unit != NUMBER_NONE;
	}
	units_group(b, names, n);
	levels_check(b);
	free(names);
}

static const char *const map_kinds[] = {"territory", "grouping"};
_Static_assert(sizeof(map_kinds) / sizeof(map_kinds[0]) == MAP_KINDS,
               "a kind of map has no word");

static void
make_map(struct build *b, uint32_t row)
{
	uint32_t number = row_number(b, row);
	size_t before = b->errors->total;
	struct cat_map *map;

	if (number == NUMBER_NONE ||
	    !declared_once(b, SPOT(row, MAP_ID), REGISTRY_MAP, number))
		return;
	map = &b->c->maps[number];
	map->declared = true;
	map->name = take_text(b, SPOT(row, MAP_NAME), true);
	map->name_en = take_text(b, SPOT(row, MAP_NAME_EN), false);
	map->root = take_ref(b, SPOT(row, MAP_ROOT), REGISTRY_UNIT, true);
	map->kind = (enum map_kind)take_word(b, SPOT(row, MAP_KIND),
	                                     WORDS(map_kinds), NO_DEFAULT);
	map->validity = take_validity(b, SPOT(row, MAP_FROM));
	if (b->errors->total == before)
		return;
	/* Half a map is not compared with others. */
	map->kind = MAP_GROUPING;
	map->root = NUMBER_NONE;
}

/* Of the other maps of this kind, the one that holds on a day, or NUMBER_NONE. */
static uint32_t
territory_on(const struct catalogue *c, struct day day, uint32_t but)
{
	for (uint32_t i = 0; i < c->n_maps; i++)
		if (i != but && c->maps[i].declared &&
		    c->maps[i].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[i].validity, day))
			return i;
	return NUMBER_NONE;
}

/* R6: one, and only one, on each day. Two overlap iff one holds on the first day
 * of the other; there is no gap iff another one follows the end of each. */
static void
territory_check(struct build *b, uint32_t map)
{
	const struct catalogue *c = b->c;
	struct validity v = c->maps[map].validity;
	uint32_t row = b->declared[REGISTRY_MAP][map];
	uint32_t other = territory_on(c, v.from, map);

	if (other != NUMBER_NONE)
		build_error(b, SPOT(row, MAP_FROM), ERR_OVERLAP,
		            "territory map %s holds on that day too: of the "
		            "territory maps exactly one does",
		            c->maps[other].id);
	if (v.to.n != DAY_LAST &&
	    territory_on(c, (struct day){v.to.n + 1}, map) == NUMBER_NONE)
		build_error(b, SPOT(row, MAP_TO), ERR_BAD_DATE,
		            "no territory map holds on the day after");
	if (v.from.n != DAY_FIRST &&
	    territory_on(c, (struct day){v.from.n - 1}, map) == NUMBER_NONE)
		build_error(b, SPOT(row, MAP_FROM), ERR_BAD_DATE,
		            "no territory map holds on the day before");
}

/* R6: a grouping is never rolled up to a nation. */
static void
grouping_check(struct build *b, uint32_t map)
{
	const struct catalogue *c = b->c;

	for (uint32_t i = 0; i < c->n_maps; i++)
		if (c->maps[i].declared && c->maps[i].kind == MAP_TERRITORY &&
		    c->maps[i].root == c->maps[map].root) {
			build_error(
			    b, SPOT(b->declared[REGISTRY_MAP][map], MAP_ROOT),
			    ERR_BAD_VALUE,
			    "the root of a grouping is no root of a territory "
			    "map (%s)",
			    c->maps[i].id);
			return;
		}
}

void
make_maps(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_MAP];
	struct catalogue *c = b->c;

	c->n_maps = b->n_ids[REGISTRY_MAP];
	c->maps = make_array(b, c->n_maps, sizeof(*c->maps));
	if (!c->maps)
		return;
	for (uint32_t i = 0; i < c->n_maps; i++) {
		c->maps[i].id = make_id(b, REGISTRY_MAP, i);
		c->maps[i].root = NUMBER_NONE;
	}
	for (uint32_t i = 0; i < list->n; i++)
		make_map(b, list->rows[i]);
	for (uint32_t i = 0; i < c->n_maps; i++) {
		if (!c->maps[i].declared || c->maps[i].root == NUMBER_NONE)
			continue;
		if (c->maps[i].kind == MAP_TERRITORY)
			territory_check(b, i);
		else
			grouping_check(b, i);
	}
}

struct placed { /* a member and where it stands */
	struct cat_member member;
	uint32_t row;
};

static int
order_of(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
placed_order(const void *left, const void *right)
{
	const struct placed *a = left;
	const struct placed *b = right;
	int order = order_of(a->member.map, b->member.map);

	if (order == 0)
		order = order_of(a->member.unit, b->member.unit);
	if (order == 0)
		order =
		    (a->member.validity.from.n > b->member.validity.from.n) -
		    (a->member.validity.from.n < b->member.validity.from.n);
	if (order == 0)
		order = order_of(a->member.parent, b->member.parent);
	return order != 0 ? order : order_of(a->row, b->row);
}

static bool
take_member(struct build *b, uint32_t row, struct placed *out)
{
	static const struct range weights = {1, WEIGHT_ONE};
	struct cat_member *m = &out->member;

	out->row = row;
	m->map = take_ref(b, SPOT(row, MEMBER_MAP), REGISTRY_MAP, true);
	m->unit = take_ref(b, SPOT(row, MEMBER_UNIT), REGISTRY_UNIT, true);
	m->parent = take_ref(b, SPOT(row, MEMBER_PARENT), REGISTRY_UNIT, true);
	m->weight = (uint32_t)take_whole(b, SPOT(row, MEMBER_WEIGHT), weights,
	                                 WEIGHT_ONE);
	m->validity = take_validity(b, SPOT(row, MEMBER_FROM));
	return m->map != NUMBER_NONE && m->unit != NUMBER_NONE &&
	       m->parent != NUMBER_NONE;
}

struct child {
	uint32_t map, parent, index;
};

static int
child_order(const void *left, const void *right)
{
	const struct child *a = left;
	const struct child *b = right;
	int order = order_of(a->map, b->map);

	if (order == 0)
		order = order_of(a->parent, b->parent);
	/* Members are sorted by map, unit and from. */
	return order != 0 ? order : order_of(a->index, b->index);
}

static void
make_children(struct build *b)
{
	struct catalogue *c = b->c;
	struct child *children = calloc(c->n_members + 1u, sizeof(*children));

	c->children = make_array(b, c->n_members, sizeof(*c->children));
	if (!children || !c->children) {
		free(children);
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < c->n_members; i++)
		children[i] = (struct child){.map = c->members[i].map,
		                             .parent = c->members[i].parent,
		                             .index = i};
	qsort(children, c->n_members, sizeof(*children), child_order);
	for (uint32_t i = 0; i < c->n_members; i++)
		c->children[i] = children[i].index;
	free(children);
}

static void
members_fill(struct build *b, struct placed *placed, uint32_t n)
{
	struct catalogue *c = b->c;

	c->members = make_array(b, n, sizeof(*c->members));
	b->member_rows = make_array(b, n, sizeof(*b->member_rows));
	if (!c->members || !b->member_rows)
		return;
	qsort(placed, n, sizeof(*placed), placed_order);
	for (uint32_t i = 0; i < n; i++) {
		c->members[i] = placed[i].member;
		b->member_rows[i] = placed[i].row;
	}
	c->n_members = n;
	make_children(b);
}

void
make_members(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_MEMBER];
	struct placed *placed = calloc(list->n + 1u, sizeof(*placed));
	uint32_t n = 0;

	if (!placed) {
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < list->n; i++)
		n += take_member(b, list->rows[i], &placed[n]);
	members_fill(b, placed, n);
	free(placed);
}

static void
make_document(struct build *b, uint32_t row)
{
	static const struct day none = {DAY_NONE};
	uint32_t number = row_number(b, row);
	struct cat_document *d;

	if (number == NUMBER_NONE || !declared_once(b, SPOT(row, DOCUMENT_ID),
	                                            REGISTRY_DOCUMENT, number))
		return;
	d = &b->c->documents[number];
	d->declared = true;
	d->number = take_text(b, SPOT(row, DOCUMENT_NUMBER), false);
	d->date = take_day(b, SPOT(row, DOCUMENT_DATE), true, none);
	d->released = take_day(b, SPOT(row, DOCUMENT_RELEASED), true, none);
	d->issuer = take_text(b, SPOT(row, DOCUMENT_ISSUER), false);
	d->title = take_text(b, SPOT(row, DOCUMENT_TITLE), false);
	d->as_printed = take_text(b, SPOT(row, DOCUMENT_AS_PRINTED), false);
	d->cited_in = take_text(b, SPOT(row, DOCUMENT_CITED_IN), false);
	d->url = take_text(b, SPOT(row, DOCUMENT_URL), false);
}

void
make_documents(struct build *b)
{
	const struct row_list *list = &b->kinds[CAT_DOCUMENT];
	struct catalogue *c = b->c;

	c->n_documents = b->n_ids[REGISTRY_DOCUMENT];
	c->documents = make_array(b, c->n_documents, sizeof(*c->documents));
	if (!c->documents)
		return;
	for (uint32_t i = 0; i < c->n_documents; i++)
		c->documents[i].id = make_id(b, REGISTRY_DOCUMENT, i);
	for (uint32_t i = 0; i < list->n; i++)
		make_document(b, list->rows[i]);
}
