#include "common/formats/catalogue_csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/formats/csv.h"

/* Columns without which a file says nothing. */
static const char *const mandatory[CAT_KINDS] = {
    [CAT_UNIT] = "unit name level",
    [CAT_MAP] = "map name root kind",
    [CAT_MEMBER] = "map unit parent",
    [CAT_INDICATOR] = "indicator name",
    [CAT_REPORTING] = "indicator level_or_unit map due_days",
    [CAT_CALENDAR] = "indicator period expected_by",
    [CAT_SOURCE] = "source name indicators max_status rank",
    [CAT_DOCUMENT] = "document",
    [CAT_MAPPING] = "indicator",
};

struct table { /* one file while it is read */
	const char *file;
	enum cat_kind kind;
	struct cat_rows *rows;
	struct cat_errors *errors;
	uint8_t columns[CSV_FIELDS_MAX]; /* field of each; UINT8_MAX: unknown */
	struct cat_place seen[CATALOGUE_FIELDS_MAX]; /* line 0: no column */
	size_t n_columns; /* 0: the header was not read yet */
};

static struct cat_place
place_of(const struct table *t, struct csv_place at)
{
	return (struct cat_place){
	    .file = t->file, .line = at.line, .column = at.column};
}

static struct cat_error
error_of(const struct table *t, enum err code, struct csv_place at)
{
	return (struct cat_error){.code = code,
	                          .kind = t->kind,
	                          .row = UINT32_MAX,
	                          .field = UINT8_MAX,
	                          .place = place_of(t, at)};
}

static uint8_t
column_of(enum cat_kind kind, struct span name)
{
	const struct cat_kind_info *info = &cat_kinds[kind];

	for (uint8_t i = 0; i < info->n_fields; i++)
		if (span_equal(span_str(info->fields[i]), name))
			return i;
	return UINT8_MAX;
}

static void
column_unknown(const struct table *t, struct span name, struct csv_place at)
{
	const struct cat_kind_info *info = &cat_kinds[t->kind];
	struct cat_error e = error_of(t, ERR_UNKNOWN_COLUMN, at);
	struct nearest near = nearest_of(name);

	for (uint8_t i = 0; i < info->n_fields; i++)
		nearest_offer(&near, span_str(info->fields[i]));
	(void)snprintf(e.text, sizeof(e.text), "%s has no column %.*s",
	               info->file,
	               name.len > 60 || !text_valid(name) ? 0 : (int)name.len,
	               (const char *)name.ptr);
	if (near.best.ptr)
		(void)snprintf(e.hint, sizeof(e.hint), "%.*s?",
		               (int)near.best.len, (const char *)near.best.ptr);
	cat_errors_add(t->errors, &e);
}

static void
column_double(const struct table *t, uint8_t field, struct csv_place at)
{
	struct cat_error e = error_of(t, ERR_DUPLICATE_FIELD, at);

	(void)snprintf(e.text, sizeof(e.text), "column %s stands twice",
	               cat_kinds[t->kind].fields[field]);
	cat_errors_add(t->errors, &e);
}

static void
columns_missing(const struct table *t, struct csv_place at)
{
	const char *next = mandatory[t->kind];

	for (size_t len; *next != '\0'; next += len, next += *next == ' ') {
		struct cat_error e = error_of(t, ERR_MISSING_FIELD, at);
		uint8_t field;

		len = strcspn(next, " ");
		field = column_of(t->kind, span_of(next, len));
		if (t->seen[field].line != 0)
			continue;
		(void)snprintf(e.text, sizeof(e.text),
		               "column %.*s is mandatory", (int)len, next);
		cat_errors_add(t->errors, &e);
	}
}

/* Without a good header no row means anything. */
static enum err
take_header(struct table *t, const struct span *names,
            const struct csv_place *places, size_t n)
{
	size_t before = t->errors->total;

	for (size_t i = 0; i < n; i++) {
		uint8_t field = column_of(t->kind, names[i]);

		t->columns[i] = field;
		if (field == UINT8_MAX)
			column_unknown(t, names[i], places[i]);
		else if (t->seen[field].line != 0)
			column_double(t, field, places[i]);
		else
			t->seen[field] = place_of(t, places[i]);
	}
	columns_missing(t, places[0]);
	t->n_columns = n;
	return t->errors->total == before ? ERR_OK : ERR_REFUSED;
}

static void
row_wrong(const struct table *t, enum err code, struct csv_place at, size_t n)
{
	struct cat_error e = error_of(t, code, at);

	if (code == ERR_BAD_CSV)
		(void)snprintf(e.text, sizeof(e.text),
		               "the row has %zu fields, the header %zu", n,
		               t->n_columns);
	else
		(void)snprintf(e.text, sizeof(e.text), "%s", err_text(code));
	cat_errors_add(t->errors, &e);
}

static struct csv_place
culprit(const struct span *fields, const struct csv_place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text_valid(fields[i]))
			return places[i];
	return places[0];
}

static enum err
take_row(void *ctx, uint32_t line, const struct span *fields,
         const struct csv_place *places, size_t n)
{
	struct table *t = ctx;
	struct span texts[CATALOGUE_FIELDS_MAX] = {0};
	struct cat_place at[CATALOGUE_FIELDS_MAX];
	enum err err;

	if (t->n_columns == 0)
		return take_header(t, fields, places, n);
	if (n != t->n_columns) {
		row_wrong(t, ERR_BAD_CSV, places[0], n);
		return ERR_OK;
	}
	for (size_t i = 0; i < CATALOGUE_FIELDS_MAX; i++)
		at[i] = (struct cat_place){.file = t->file, .line = line};
	for (size_t i = 0; i < n; i++) {
		texts[t->columns[i]] = fields[i];
		at[t->columns[i]] = place_of(t, places[i]);
	}
	err = cat_rows_add(t->rows, t->kind, texts, at);
	if (err != ERR_BAD_TEXT && err != ERR_TOO_LARGE)
		return err;
	row_wrong(t, err, culprit(fields, places, n), n);
	return err == ERR_TOO_LARGE ? ERR_REFUSED : ERR_OK;
}

static void
file_wrong(const struct table *t, enum err code, struct csv_place at)
{
	struct cat_error e = error_of(t, code, at);

	(void)snprintf(e.text, sizeof(e.text), "%s", err_text(code));
	cat_errors_add(t->errors, &e);
}

enum err
catalogue_csv_read(const char *file, struct span bytes, enum cat_kind kind,
                   struct cat_rows *rows, struct cat_errors *errors)
{
	struct table t = {
	    .file = file, .kind = kind, .rows = rows, .errors = errors};
	struct csv_reader *reader = NULL;
	size_t before = errors->total;
	enum err err = csv_reader_new(&reader, take_row, &t);

	if (err != ERR_OK)
		return err;
	err = csv_reader_feed(reader, bytes);
	if (err == ERR_OK)
		err = csv_reader_end(reader);
	if (err == ERR_BAD_CSV || err == ERR_TOO_LARGE)
		file_wrong(&t, err, csv_reader_place(reader));
	else if (err == ERR_OK && t.n_columns == 0)
		columns_missing(&t, (struct csv_place){1, 1});
	csv_reader_free(&reader);
	if (err == ERR_NOMEM)
		return err;
	return errors->total == before ? ERR_OK : ERR_REFUSED;
}
