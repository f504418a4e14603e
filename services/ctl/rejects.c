#include "services/ctl/rejects.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/escape.h"
#include "services/ctl/output.h"
#include "services/ctl/terms.h"
#include "services/ctl/view.h"

#define PLACES_FIRST 1024

void
rejects_init(struct rejects *r, const struct ctl *ctl, const char *file)
{
	*r = (struct rejects){.ctl = ctl, .file = file};
	buf_init(&r->line, WIRE_MESSAGE_MAX);
}

void
rejects_fini(struct rejects *r)
{
	free(r->places);
	buf_fini(&r->line);
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
	buf_put_u8(out, '\n');
}

void
rejects_print(struct rejects *r, const struct reject *reject)
{
	static void (*const puts[])(struct buf * out, const struct rejects *r,
	                            const struct reject *x) = {
	    [CTL_TABLE] = put_line, [CTL_JSON] = put_json, [CTL_CSV] = put_csv};

	buf_reset(&r->line);
	puts[r->ctl->output](&r->line, r, reject);
	(void)view_flush(r->ctl, &r->line);
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
	rejects_print(r, &x);
}
