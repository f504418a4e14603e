#include "common/domain/catalogue_rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/arena.h"
#include "common/domain/text.h"

enum {
	ROWS_FIRST = 64,
	/* "programme/target", "indicator@definition" */
	REGISTRY_ID_MAX = 2 * CATALOGUE_ID_MAX + 1,
};

static const char *const fields_unit[] = {"unit",       "code",    "name",
                                          "name_en",    "type",    "level",
                                          "valid_from", "valid_to"};
static const char *const fields_map[] = {
    "map", "name", "name_en", "root", "kind", "valid_from", "valid_to"};
static const char *const fields_member[] = {"map",    "unit",       "parent",
                                            "weight", "valid_from", "valid_to"};
static const char *const fields_indicator[] = {
    "indicator", "definition",      "name",      "name_en",   "unit_measure",
    "decimals",  "factor",          "direction", "scope",     "counted",
    "of",        "change_of",       "change",    "units",     "place",
    "time",      "accumulation",    "frequency", "min",       "max",
    "tolerance", "min_denominator", "jump",      "criterion", "valid_from",
    "valid_to"};
static const char *const fields_reporting[] = {
    "indicator",  "level_or_unit",  "map",        "due_days",
    "grace_days", "coverage_floor", "valid_from", "valid_to"};
static const char *const fields_calendar[] = {"indicator", "period",
                                              "expected_by", "grace_days"};
static const char *const fields_source[] = {
    "source",     "name",           "under", "map",    "indicators",
    "max_status", "default_status", "rank",  "reports"};
static const char *const fields_document[] = {"document",   "number",   "date",
                                              "released",   "issuer",   "title",
                                              "as_printed", "cited_in", "url"};
static const char *const fields_mapping[] = {
    "dataElement", "categoryOptionCombo", "attributeOptionCombo", "dimensions",
    "indicator"};
static const char *const fields_programme[] = {"programme", "name_vi",
                                               "name_en", "from", "to"};
static const char *const fields_target[] = {
    "programme",     "target",        "text",         "document",
    "in_force_from", "indicator",     "units",        "level",
    "map",           "members",       "kind",         "value",
    "value_far",     "sense",         "steps",        "base_period",
    "base_value",    "base_document", "due",          "path",
    "milestones",    "margin",        "method",       "reference",
    "factor",        "factor_far",    "per",          "relative_indicator",
    "relative_unit", "plan",          "successor_of", "successor_units"};
static const char *const fields_rule[] = {
    "programme", "target",   "in_force_from", "when",
    "severity",  "audience", "after",         "clear"};

#define FIELDS(list) (list), (uint8_t)(sizeof(list) / sizeof((list)[0]))

const struct cat_kind_info cat_kinds[CAT_KINDS] = {
    [CAT_UNIT] = {"units", "units.csv", FIELDS(fields_unit)},
    [CAT_MAP] = {"maps", "maps.csv", FIELDS(fields_map)},
    [CAT_MEMBER] = {"membership", "membership.csv", FIELDS(fields_member)},
    [CAT_INDICATOR] = {"indicators", "indicators.csv",
                       FIELDS(fields_indicator)},
    [CAT_REPORTING] = {"reporting", "reporting.csv", FIELDS(fields_reporting)},
    [CAT_CALENDAR] = {"calendar", "calendar.csv", FIELDS(fields_calendar)},
    [CAT_SOURCE] = {"sources", "sources.csv", FIELDS(fields_source)},
    [CAT_DOCUMENT] = {"documents", "documents.csv", FIELDS(fields_document)},
    [CAT_MAPPING] = {"mappings", "mappings.csv", FIELDS(fields_mapping)},
    [CAT_PROGRAMME] = {"programmes", NULL, FIELDS(fields_programme)},
    [CAT_TARGET] = {"targets", NULL, FIELDS(fields_target)},
    [CAT_RULE] = {"rules", NULL, FIELDS(fields_rule)},
};

_Static_assert(sizeof(fields_target) / sizeof(fields_target[0]) <=
                   CATALOGUE_FIELDS_MAX,
               "a kind has more fields than a row may have");

void
cat_rows_init(struct cat_rows *rows)
{
	*rows = (struct cat_rows){0};
}

void
cat_rows_fini(struct cat_rows *rows)
{
	free(rows->rows);
	arena_fini(&rows->memory);
	cat_rows_init(rows);
}

static enum err
rows_reserve(struct cat_rows *rows)
{
	size_t cap = rows->n_cap > 0 ? rows->n_cap * 2 : ROWS_FIRST;
	struct cat_row *grown;

	if (rows->n >= CATALOGUE_ROWS_MAX)
		return ERR_TOO_LARGE;
	if (rows->n < rows->n_cap)
		return ERR_OK;
	grown = realloc(rows->rows, cap * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	rows->rows = grown;
	rows->n_cap = cap;
	return ERR_OK;
}

static enum err
fields_check(const struct span *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fields[i].len > CATALOGUE_FIELD_MAX)
			return ERR_TOO_LARGE;
		if (!text_valid(fields[i]))
			return ERR_BAD_TEXT;
	}
	return ERR_OK;
}

static const char *const *
fields_copy(struct cat_rows *rows, const struct span *fields, size_t n)
{
	const char **copy = arena_take(&rows->memory, n, sizeof(*copy));

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = "";
		if (fields[i].len > 0)
			copy[i] = arena_text(&rows->memory, fields[i]);
		if (!copy[i])
			return NULL;
	}
	return copy;
}

/* Most rows come from the same file as the one before. */
static const char *
file_copy(struct cat_rows *rows, const char *file)
{
	const char *last = rows->n > 0 ? rows->rows[rows->n - 1].file : NULL;

	if (last && strcmp(last, file) == 0)
		return last;
	return arena_text(&rows->memory, span_str(file));
}

static enum err
places_copy(struct cat_rows *rows, struct cat_row *row,
            const struct cat_place *places, size_t n)
{
	struct cat_place *copy = arena_take(&rows->memory, n, sizeof(*copy));

	if (!copy)
		return ERR_NOMEM;
	memcpy(copy, places, n * sizeof(*copy));
	row->places = copy;
	row->line = places[0].line;
	if (!places[0].file)
		return ERR_OK;
	row->file = file_copy(rows, places[0].file);
	for (size_t i = 0; i < n; i++)
		copy[i].file = row->file;
	return row->file ? ERR_OK : ERR_NOMEM;
}

enum err
cat_rows_add(struct cat_rows *rows, enum cat_kind kind,
             const struct span *fields, const struct cat_place *places)
{
	size_t n = cat_kinds[kind].n_fields;
	struct cat_row row = {.kind = kind};
	enum err err = fields_check(fields, n);

	if (err == ERR_OK)
		err = rows_reserve(rows);
	if (err != ERR_OK)
		return err;
	row.fields = fields_copy(rows, fields, n);
	if (!row.fields)
		return ERR_NOMEM;
	if (places)
		err = places_copy(rows, &row, places, n);
	if (err != ERR_OK)
		return err;
	rows->rows[rows->n++] = row;
	return ERR_OK;
}

void
cat_errors_init(struct cat_errors *errors)
{
	*errors = (struct cat_errors){0};
}

void
cat_errors_fini(struct cat_errors *errors)
{
	free(errors->list);
	cat_errors_init(errors);
}

void
cat_errors_add(struct cat_errors *errors, const struct cat_error *error)
{
	errors->total++;
	if (errors->n >= CATALOGUE_ERRORS_MAX)
		return;
	if (!errors->list)
		errors->list =
		    calloc(CATALOGUE_ERRORS_MAX, sizeof(*errors->list));
	if (errors->list)
		errors->list[errors->n++] = *error;
}

void
registry_init(struct registry *r)
{
	for (size_t k = 0; k < REGISTRY_KINDS; k++)
		map_init(&r->ids[k], k == REGISTRY_MAP ? CATALOGUE_MAPS_MAX
		                                       : CATALOGUE_ROWS_MAX);
}

void
registry_fini(struct registry *r)
{
	for (size_t k = 0; k < REGISTRY_KINDS; k++)
		map_fini(&r->ids[k]);
}

static void
pack_ids(const struct map *ids, struct buf *out)
{
	buf_put_uvarint(out, ids->n);
	for (size_t i = 0; i < ids->n; i++)
		buf_put_text(out, map_key(ids, i));
}

static void
pack_row(const struct cat_row *row, struct buf *out)
{
	buf_put_u8(out, (uint8_t)row->kind);
	for (size_t i = 0; i < cat_kinds[row->kind].n_fields; i++)
		buf_put_text(out, span_str(row->fields[i]));
}

enum err
catalogue_pack(const struct registry *registry, const struct cat_rows *rows,
               struct buf *out)
{
	size_t start = out->len;

	for (size_t k = 0; k < REGISTRY_KINDS; k++)
		pack_ids(&registry->ids[k], out);
	buf_put_uvarint(out, rows->n);
	for (size_t i = 0; i < rows->n; i++)
		pack_row(&rows->rows[i], out);
	if (buf_err(out) == ERR_OK && out->len - start > CATALOGUE_BYTES_MAX)
		return ERR_TOO_LARGE;
	return buf_err(out);
}

static enum err
unpack_id(struct cursor *in, struct map *ids)
{
	struct span id = cursor_text(in);
	uint32_t rank = (uint32_t)ids->n;
	uint32_t number = 0;
	enum err err;

	if (in->err != ERR_OK)
		return in->err;
	if (id.len == 0 || id.len > REGISTRY_ID_MAX || !text_valid(id))
		return ERR_BAD_VALUE;
	err = map_intern(ids, id, &number);
	if (err == ERR_OK && number != rank)
		return ERR_DUPLICATE_ID;
	return err;
}

static enum err
unpack_ids(struct cursor *in, struct map *ids)
{
	uint64_t n = cursor_uvarint_max(in, CATALOGUE_ROWS_MAX);
	enum err err = in->err;

	for (uint64_t i = 0; i < n && err == ERR_OK; i++)
		err = unpack_id(in, ids);
	return err;
}

static enum err
unpack_row(struct cursor *in, struct cat_rows *rows)
{
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	uint8_t kind = cursor_u8(in);

	if (in->err != ERR_OK)
		return in->err;
	if (kind >= CAT_KINDS)
		return ERR_BAD_VALUE;
	for (size_t i = 0; i < cat_kinds[kind].n_fields; i++)
		fields[i] = cursor_text(in);
	if (in->err != ERR_OK)
		return in->err;
	return cat_rows_add(rows, (enum cat_kind)kind, fields, NULL);
}

static enum err
unpack(struct cursor *in, struct registry *registry, struct cat_rows *rows)
{
	enum err err = ERR_OK;
	uint64_t n;

	for (size_t k = 0; k < REGISTRY_KINDS && err == ERR_OK; k++)
		err = unpack_ids(in, &registry->ids[k]);
	if (err != ERR_OK)
		return err;
	n = cursor_uvarint_max(in, CATALOGUE_ROWS_MAX);
	err = in->err;
	for (uint64_t i = 0; i < n && err == ERR_OK; i++)
		err = unpack_row(in, rows);
	if (err == ERR_OK && cursor_left(in) > 0)
		return ERR_TRAILING;
	return err;
}

enum err
catalogue_unpack(struct span packed, struct registry *registry,
                 struct cat_rows *rows)
{
	struct cursor in = cursor_of(packed);
	enum err err = ERR_TOO_LARGE;

	if (packed.len <= CATALOGUE_BYTES_MAX)
		err = unpack(&in, registry, rows);
	if (err == ERR_OK)
		return ERR_OK;
	registry_fini(registry);
	registry_init(registry);
	cat_rows_fini(rows);
	return err;
}
