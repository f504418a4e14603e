#include "common/domain/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/arena.h"
#include "common/domain/catalogue_make.h"
#include "common/domain/text.h"

enum {
	FULL_ID_MAX = 2 * CATALOGUE_ID_MAX + 2, /* with separator and NUL */
	IDS_PER_ROW = 2,
};

/* What a row of a kind declares: the registry, and the fields its id is made of,
 * joined by a separator if the second is not empty. */
struct declares {
	enum registry_kind registry;
	uint8_t field;
	uint8_t second; /* SPOT_ROW: none */
	char separator;
	bool second_may_lack;
};

static const struct declares declarations[CAT_KINDS] = {
    [CAT_UNIT] = {REGISTRY_UNIT, UNIT_ID, SPOT_ROW, 0, false},
    [CAT_MAP] = {REGISTRY_MAP, MAP_ID, SPOT_ROW, 0, false},
    [CAT_MEMBER] = {REGISTRY_KINDS, 0, SPOT_ROW, 0, false},
    [CAT_INDICATOR] = {REGISTRY_DEFINITION, INDICATOR_ID, INDICATOR_DEFINITION,
                       '@', true},
    [CAT_REPORTING] = {REGISTRY_KINDS, 0, SPOT_ROW, 0, false},
    [CAT_CALENDAR] = {REGISTRY_KINDS, 0, SPOT_ROW, 0, false},
    [CAT_SOURCE] = {REGISTRY_SOURCE, SOURCE_ID, SPOT_ROW, 0, false},
    [CAT_DOCUMENT] = {REGISTRY_DOCUMENT, DOCUMENT_ID, SPOT_ROW, 0, false},
    [CAT_MAPPING] = {REGISTRY_KINDS, 0, SPOT_ROW, 0, false},
    [CAT_PROGRAMME] = {REGISTRY_PROGRAMME, PROGRAMME_ID, SPOT_ROW, 0, false},
    [CAT_TARGET] = {REGISTRY_TARGET, TARGET_PROGRAMME, TARGET_ID, '/', false},
    [CAT_RULE] = {REGISTRY_KINDS, 0, SPOT_ROW, 0, false},
};

/* Writes the id that a row declares; false: it declares none, or a bad one. */
static bool
declared_id(const struct cat_row *row, char out[static FULL_ID_MAX])
{
	const struct declares *d = &declarations[row->kind];
	const char *first = row->fields[d->field];
	const char *second = "";

	if (d->registry == REGISTRY_KINDS ||
	    !text_is_id(span_str(first), CATALOGUE_ID_MAX))
		return false;
	if (d->second != SPOT_ROW)
		second = row->fields[d->second];
	if (second[0] == '\0') {
		(void)snprintf(out, FULL_ID_MAX, "%s", first);
		return d->second == SPOT_ROW || d->second_may_lack;
	}
	(void)snprintf(out, FULL_ID_MAX, "%s%c%s", first, d->separator, second);
	return text_is_id(span_str(second), CATALOGUE_ID_MAX);
}

uint32_t
row_number(const struct build *b, uint32_t row)
{
	char id[FULL_ID_MAX];
	const struct cat_row *r = &b->rows->rows[row];

	if (!declared_id(r, id))
		return NUMBER_NONE;
	return build_find(b, declarations[r->kind].registry, span_str(id));
}

static enum err
registry_copy(struct registry *to, const struct registry *from)
{
	enum err err = ERR_OK;
	uint32_t number;

	for (size_t k = 0; from && k < REGISTRY_KINDS; k++)
		for (size_t i = 0; i < from->ids[k].n && err == ERR_OK; i++)
			err = map_intern(&to->ids[k], map_key(&from->ids[k], i),
			                 &number);
	return err;
}

static void
id_wrong(struct build *b, uint32_t row)
{
	const struct declares *d = &declarations[b->rows->rows[row].kind];
	struct spot at = SPOT(row, d->field);

	if (text_is_id(span_str(take_raw(b, at)), CATALOGUE_ID_MAX))
		at.field = d->second;
	if (!take_given(b, at))
		build_error(b, at, ERR_MISSING_FIELD, "an id is mandatory");
	else
		build_error(b, at, ERR_BAD_VALUE,
		            "id %.40s: 1 to %d of a-z 0-9 . - are allowed",
		            take_raw(b, at), CATALOGUE_ID_MAX);
}

static void
intern(struct build *b, uint32_t row, enum registry_kind kind, const char *id)
{
	uint32_t number = 0;
	enum err err =
	    map_intern(&b->c->registry.ids[kind], span_str(id), &number);

	if (err == ERR_TOO_LARGE)
		build_error(
		    b, SPOT(row, SPOT_ROW), ERR_TOO_LARGE,
		    "more ids of this kind than a catalogue may ever have");
	if (err != ERR_OK) {
		b->nomem = b->nomem || err == ERR_NOMEM;
		return;
	}
	if (b->declared[kind][number] == NUMBER_NONE)
		b->declared[kind][number] = row;
}

static void
intern_row(struct build *b, uint32_t row)
{
	const struct cat_row *r = &b->rows->rows[row];
	char id[FULL_ID_MAX];

	if (declarations[r->kind].registry == REGISTRY_KINDS)
		return;
	if (!declared_id(r, id)) {
		id_wrong(b, row);
		return;
	}
	intern(b, row, declarations[r->kind].registry, id);
	if (r->kind == CAT_INDICATOR)
		intern(b, row, REGISTRY_INDICATOR, r->fields[INDICATOR_ID]);
}

/* Room for every id there was and every one that the rows can add. */
static bool
declared_reserve(struct build *b)
{
	for (size_t k = 0; k < REGISTRY_KINDS; k++) {
		size_t n = b->c->registry.ids[k].n + b->rows->n;

		b->declared[k] = malloc((n + 1) * sizeof(*b->declared[k]));
		if (!b->declared[k])
			return false;
		memset(b->declared[k], 0xff, n * sizeof(*b->declared[k]));
	}
	return true;
}

static bool
kinds_list(struct build *b)
{
	for (size_t i = 0; i < b->rows->n; i++)
		b->kinds[b->rows->rows[i].kind].n++;
	for (size_t k = 0; k < CAT_KINDS; k++) {
		struct row_list *list = &b->kinds[k];

		list->rows = calloc(list->n + 1u, sizeof(*list->rows));
		if (!list->rows)
			return false;
		list->n = 0;
	}
	for (uint32_t i = 0; i < b->rows->n; i++) {
		struct row_list *list = &b->kinds[b->rows->rows[i].kind];

		list->rows[list->n++] = i;
	}
	return true;
}

static void
build_fini(struct build *b)
{
	for (size_t k = 0; k < REGISTRY_KINDS; k++)
		free(b->declared[k]);
	for (size_t k = 0; k < CAT_KINDS; k++)
		free(b->kinds[k].rows);
	map_fini(&b->codes);
	map_fini(&b->levels);
}

static void
build_ids(struct build *b, const struct registry *former)
{
	if (registry_copy(&b->c->registry, former) != ERR_OK ||
	    !declared_reserve(b) || !kinds_list(b)) {
		b->nomem = true;
		return;
	}
	for (uint32_t i = 0; i < b->rows->n; i++)
		intern_row(b, i);
	for (size_t k = 0; k < REGISTRY_KINDS; k++)
		b->n_ids[k] = (uint32_t)b->c->registry.ids[k].n;
}

static void
build_parts(struct build *b)
{
	static void (*const parts[])(struct build *) = {
	    make_units,     make_maps,       make_members,   check_members,
	    make_documents, make_indicators, make_sources,   make_reporting,
	    make_calendar,  make_programmes, make_targets,   make_rules,
	    check_bounds,   make_successors, make_place_hash};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!b->nomem)
			parts[i](b);
}

static int
error_order(const void *left, const void *right)
{
	const struct cat_error *a = left;
	const struct cat_error *b = right;

	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return (a->field > b->field) - (a->field < b->field);
}

enum err
catalogue_build(struct catalogue **catalogue_p, const struct cat_rows *rows,
                const struct registry *former, struct cat_errors *errors)
{
	struct catalogue *c = calloc(1, sizeof(*c));
	struct build b = {.c = c, .rows = rows, .errors = errors};
	size_t total = errors->total;

	if (!c)
		return ERR_NOMEM;
	registry_init(&c->registry);
	map_init(&b.codes, CATALOGUE_ROWS_MAX);
	map_init(&b.levels, CATALOGUE_ROWS_MAX);
	build_ids(&b, former);
	build_parts(&b);
	build_fini(&b);
	if (errors->n > 1)
		qsort(errors->list, errors->n, sizeof(*errors->list),
		      error_order);
	if (!b.nomem && errors->total == total) {
		*catalogue_p = c;
		return ERR_OK;
	}
	catalogue_free(&c);
	return b.nomem ? ERR_NOMEM : ERR_REFUSED;
}

void
catalogue_free(struct catalogue **catalogue_p)
{
	struct catalogue *c = *catalogue_p;

	if (!c)
		return;
	registry_fini(&c->registry);
	arena_fini(&c->memory);
	free(c);
	*catalogue_p = NULL;
}
