#include "services/ctl/checked.h"

#include <string.h>

#include "common/formats/catalogue_dir.h"
#include "services/ctl/terms.h"

#define EXIT_USAGE 64

void
checked_init(struct checked *c)
{
	cat_rows_init(&c->rows);
	cat_errors_init(&c->errors);
	c->catalogue = NULL;
}

void
checked_fini(struct checked *c)
{
	catalogue_free(&c->catalogue);
	cat_errors_fini(&c->errors);
	cat_rows_fini(&c->rows);
}

static void
error_print(const struct ctl *ctl, const struct cat_error *e)
{
	const char *file =
	    e->place.file ? e->place.file : cat_kinds[e->kind].name;

	/* what the check says is English; its code is not only that */
	fprintf(ctl->err, "%s:%u:%u: %s: %s%s%s%s%s%s\n", file,
	        (unsigned)e->place.line, (unsigned)e->place.column,
	        err_name(e->code), ctl->vi ? term_err(e->code, true) : "",
	        ctl->vi ? ": " : "", e->text, e->hint[0] != '\0' ? " (" : "",
	        e->hint, e->hint[0] != '\0' ? ")" : "");
}

static int
errors_print(const struct ctl *ctl, const struct cat_errors *errors)
{
	static const struct words one = {"error", "lỗi"};
	static const struct words more = {"errors", "lỗi"};

	for (size_t i = 0; i < errors->n; i++)
		error_print(ctl, &errors->list[i]);
	fprintf(ctl->err, "tiendo: %zu %s\n", errors->total,
	        ctl_words(ctl, errors->total == 1 ? one : more));
	return err_exit_code(ERR_REFUSED);
}

int
checked_read(const struct ctl *ctl, const char *dir, struct checked *c)
{
	enum err err = catalogue_dir_read(dir, &c->rows, &c->errors);

	if (err == ERR_OK)
		err =
		    catalogue_build(&c->catalogue, &c->rows, NULL, &c->errors);
	if (err == ERR_REFUSED)
		return errors_print(ctl, &c->errors);
	if (err == ERR_NOT_FOUND) {
		fprintf(ctl->err, "tiendo: %s: %s\n", dir,
		        term_err(err, ctl->vi));
		return EXIT_USAGE;
	}
	return err == ERR_OK ? 0 : ctl_fail(ctl, err, dir);
}

/* --- what ingest names --------------------------------------------------------- */

struct thing {
	int kind;
	struct span id;
	struct span column; /* empty: the whole thing */
};

static bool
thing_read(struct span name, struct thing *thing)
{
	const uint8_t *open = memchr(name.ptr, '[', name.len);
	const uint8_t *close = memchr(name.ptr, ']', name.len);
	const uint8_t *end = name.ptr + name.len;
	struct span kind;

	if (name.len == 0 || !open || !close || close < open)
		return false;
	kind = span_of(name.ptr, (size_t)(open - name.ptr));
	thing->id = span_of(open + 1, (size_t)(close - open - 1));
	thing->column = span_of(NULL, 0);
	if (end - close > 2)
		thing->column = span_of(close + 2, (size_t)(end - close - 2));
	for (int i = 0; i < CAT_KINDS; i++)
		if (span_equal(span_str(cat_kinds[i].name), kind)) {
			thing->kind = i;
			return true;
		}
	return false;
}

/* A definition's id is made of two fields. */
static bool
row_is(const struct cat_row *row, const struct thing *thing)
{
	struct span first = span_str(row->fields[0]);
	size_t len = first.len;

	if ((int)row->kind != thing->kind || thing->id.len < len ||
	    memcmp(thing->id.ptr, first.ptr, len) != 0)
		return false;
	if (row->kind != CAT_INDICATOR || thing->id.len == len)
		return thing->id.len == len;
	return thing->id.ptr[len] == '@' &&
	       span_equal(
	           span_of(thing->id.ptr + len + 1, thing->id.len - len - 1),
	           span_str(row->fields[1]));
}

static struct cat_place
row_place(const struct cat_row *row, struct span column)
{
	const struct cat_kind_info *kind = &cat_kinds[row->kind];
	struct cat_place place = {row->file, row->line, 1};

	for (int i = 0; row->places && i < kind->n_fields; i++)
		if (span_equal(span_str(kind->fields[i]), column))
			return row->places[i];
	return place;
}

bool
checked_place(const struct checked *c, struct span name,
              struct cat_place *place)
{
	struct thing thing;
	bool found = false;

	if (!thing_read(name, &thing))
		return false;
	*place = (struct cat_place){cat_kinds[thing.kind].file, 1, 1};
	for (size_t i = 0; i < c->rows.n && !found; i++) {
		const struct cat_row *row = &c->rows.rows[c->rows.n - i - 1];

		found = row_is(row, &thing);
		if (found)
			*place = row_place(row, thing.column);
		else if ((int)row->kind == thing.kind)
			place->file = row->file;
	}
	return place->file != NULL;
}
