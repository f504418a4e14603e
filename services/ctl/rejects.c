#include "services/ctl/rejects.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/escape.h"
#include "services/ctl/output.h"
#include "services/ctl/terms.h"
#include "services/ctl/view.h"

#define PLACES_FIRST    1024
#define TEXTS_BYTES_MAX ((size_t)REJECTS_WAITING_MAX * 4096)

void
rejects_init(struct rejects *r, const struct ctl *ctl, const char *file)
{
	*r = (struct rejects){.ctl = ctl, .file = file};
	buf_init(&r->texts, TEXTS_BYTES_MAX);
}

void
rejects_fini(struct rejects *r)
{
	free(r->places);
	free(r->waiting);
	buf_fini(&r->texts);
}

enum err
rejects_row(struct rejects *r, const struct row_place *place)
{
	size_t cap = r->n_cap > 0 ? 2 * r->n_cap : PLACES_FIRST;

	if (r->n == r->n_cap) {
		struct row_place *grown =
		    realloc(r->places, cap * sizeof(*grown));

		if (!grown)
			return ERR_NOMEM;
		r->places = grown;
		r->n_cap = cap;
	}
	r->places[r->n++] = *place;
	return ERR_OK;
}

void
rejects_undo(struct rejects *r)
{
	r->n--;
}

void
rejects_forget(struct rejects *r, uint64_t rank)
{
	size_t gone;

	if (rank <= r->first)
		return;
	gone = rank - r->first < r->n ? (size_t)(rank - r->first) : r->n;
	memmove(r->places, r->places + gone,
	        (r->n - gone) * sizeof(*r->places));
	r->n -= gone;
	r->first += gone;
}

/* --- printing ------------------------------------------------------------- */

static void
put_json(struct buf *out, const struct rejects *r, const struct reject *x)
{
	buf_put_str(out, "{\"rejected\":{\"file\":");
	escape_json_quoted(out, span_str(r->file));
	buf_printf(out,
	           ",\"line\":%" PRIu32 ",\"column\":%" PRIu32 ",\"code\":",
	           x->line, x->column);
	escape_json_quoted(out, x->code_name);
	buf_put_str(out, ",\"field\":");
	escape_json_quoted(out, x->field);
	buf_put_str(out, ",\"value\":");
	escape_json_quoted(out, x->value);
	if (x->other_line > 0) {
		buf_printf(out, ",\"other_line\":%" PRIu32 ",\"other_value\":",
		           x->other_line);
		escape_json_quoted(out, x->other_value);
	}
	buf_put_str(out, ",\"reason\":");
	escape_json_quoted(out, span_str(err_text(x->code)));
	buf_put_str(out, "}}\n");
}

static void
put_csv(struct buf *out, const struct rejects *r, const struct reject *x)
{
	output_csv_field(out, span_str(r->file));
	buf_printf(out, ",%" PRIu32 ",%" PRIu32 ",", x->line, x->column);
	output_csv_field(out, x->code_name);
	buf_put_u8(out, ',');
	output_csv_field(out, x->field);
	buf_put_u8(out, ',');
	output_csv_field(out, x->value);
	buf_put_u8(out, ',');
	output_csv_field(out, span_str(err_text(x->code)));
	buf_put_u8(out, ',');
	if (x->other_line > 0)
		buf_printf(out, "%" PRIu32, x->other_line);
	buf_put_u8(out, ',');
	output_csv_field(out, x->other_value);
	buf_put_u8(out, '\n');
}

static void
put_line(struct buf *out, const struct rejects *r, const struct reject *x)
{
	buf_printf(out, "%s:%" PRIu32 ":%" PRIu32 ": ", r->file, x->line,
	           x->column);
	buf_put(out, x->code_name.ptr, x->code_name.len);
	buf_printf(out, ": %s", term_err(x->code, r->ctl->vi));
	if (x->field.len > 0) {
		buf_put_str(out, ": ");
		buf_put(out, x->field.ptr, x->field.len);
	}
	if (x->value.len > 0) {
		buf_put_u8(out, ' ');
		escape_json_quoted(out, x->value);
	}
	if (x->other_line > 0) {
		buf_printf(out, " (%s %" PRIu32 ": ",
		           r->ctl->vi ? "dòng" : "line", x->other_line);
		escape_json_quoted(out, x->other_value);
		buf_put_u8(out, ')');
	}
	buf_put_u8(out, '\n');
}

static struct reject_waiting *
waiting_room(struct rejects *r)
{
	size_t cap = r->n_waiting_cap > 0 ? 2 * r->n_waiting_cap : 64;
	struct reject_waiting *grown;

	if (r->n_waiting < r->n_waiting_cap)
		return &r->waiting[r->n_waiting++];
	grown = realloc(r->waiting, cap * sizeof(*grown));
	if (!grown)
		return NULL;
	r->waiting = grown;
	r->n_waiting_cap = cap;
	return &r->waiting[r->n_waiting++];
}

void
rejects_add(struct rejects *r, const struct reject *reject)
{
	static void (*const puts[])(struct buf * out, const struct rejects *r,
	                            const struct reject *x) = {
	    [CTL_TABLE] = put_line, [CTL_JSON] = put_json, [CTL_CSV] = put_csv};
	struct reject_waiting *waiting = waiting_room(r);

	if (!waiting) {
		rejects_print(r, true);
		waiting = waiting_room(r);
	}
	if (!waiting) {
		(void)ctl_fail(r->ctl, ERR_NOMEM, r->file);
		return;
	}
	*waiting = (struct reject_waiting){
	    .line = reject->line, .column = reject->column, .at = r->texts.len};
	puts[r->ctl->output](&r->texts, r, reject);
	waiting->len = r->texts.len - waiting->at;
	if (r->n_waiting == 1 || reject->line < r->least)
		r->least = reject->line;
}

/* The first line of which something may still be said. */
static uint32_t
line_open(const struct rejects *r, bool all)
{
	if (all || r->n == 0 || r->n_waiting >= REJECTS_WAITING_MAX)
		return UINT32_MAX;
	return r->places[0].line;
}

bool
rejects_due(const struct rejects *r, bool all)
{
	uint32_t open = line_open(r, all);

	return r->n_waiting > 0 && (open == UINT32_MAX || r->least < open);
}

static int
waiting_compare(const void *a, const void *b)
{
	const struct reject_waiting *x = a;
	const struct reject_waiting *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* What goes on waiting moves to the front. */
static void
waiting_keep(struct rejects *r, size_t from)
{
	struct buf texts;

	buf_init(&texts, TEXTS_BYTES_MAX);
	for (size_t i = from; i < r->n_waiting; i++) {
		struct reject_waiting *w = &r->waiting[i];
		size_t at = texts.len;

		buf_put(&texts, r->texts.ptr + w->at, w->len);
		w->at = at;
		r->waiting[i - from] = *w;
	}
	r->n_waiting -= from;
	r->least = r->n_waiting > 0 ? r->waiting[0].line : 0;
	buf_fini(&r->texts);
	r->texts = texts;
}

void
rejects_print(struct rejects *r, bool all)
{
	uint32_t open = line_open(r, all);
	size_t n = 0;

	if (r->n_waiting == 0 || r->waiting == NULL)
		return;
	if (buf_err(&r->texts) != ERR_OK) {
		(void)ctl_fail(r->ctl, buf_err(&r->texts), r->file);
		r->n_waiting = 0;
		buf_reset(&r->texts);
		return;
	}
	qsort(r->waiting, r->n_waiting, sizeof(*r->waiting), waiting_compare);
	while (n < r->n_waiting &&
	       (open == UINT32_MAX || r->waiting[n].line < open)) {
		const struct reject_waiting *w = &r->waiting[n++];

		if (fwrite(r->texts.ptr + w->at, 1, w->len, r->ctl->out) !=
		    w->len)
			(void)ctl_fail(r->ctl, ERR_IO, r->ctl->command->name);
	}
	waiting_keep(r, n);
}

static void
place_of(const struct rejects *r, uint64_t rank, struct reject *x)
{
	enum observation_field f = observation_field_of(x->field);
	const struct row_place *place;

	if (rank < r->first || rank - r->first >= r->n)
		return;
	place = &r->places[rank - r->first];
	x->line = place->line;
	x->column = 1;
	if (f != OBSERVATION_FIELDS && place->columns[f] > 0)
		x->column = place->columns[f];
}

void
rejects_row_error(struct rejects *r, uint64_t rank,
                  const struct wire_row_error *error)
{
	struct reject x = {
	    .code =
	        err_from_name((const char *)error->code.ptr, error->code.len),
	    .code_name = error->code,
	    .field = error->field,
	    .value = error->value,
	};

	if (x.code == ERR_COUNT)
		x.code = ERR_REFUSED;
	place_of(r, rank, &x);
	if (error->contradicted) {
		struct reject other = {.line = 0};

		place_of(r, rank - error->row + error->other, &other);
		x.other_line = other.line;
		x.other_value = error->other_value;
	}
	rejects_add(r, &x);
}
