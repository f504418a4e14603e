#include <assert.h>
#include <string.h>

#include "proto/cursor.h"
#include "proto/schema.h"
#include "proto/wire.h"

enum { NIL = 0xc0, UINT8 = 0xcc, UINT16 = 0xcd, FIX_MAX = 0x7f };

static const struct wire_row row_of_nils = {
    .document = WIRE_NONE,
    .released = WIRE_NONE,
    .source = WIRE_NONE,
    .note = WIRE_NONE,
    .status = WIRE_UNSET,
};

void
wire_rows_open(struct span frame, const struct wire_batch *batch,
               struct wire_rows *rows)
{
	struct mp in = mp_of(batch->rows.bytes);

	*rows = (struct wire_rows){
	    .ptr = in.ptr,
	    .end = in.end,
	    .start = frame.ptr,
	    .n_dictionary = batch->dictionary.n,
	    .left = batch->rows.n,
	    .row = UINT32_MAX, /* the first is 0 */
	};
}

/* Most integers of a row are one, two or three bytes. */
static uint64_t
row_uint(struct mp *in)
{
	const uint8_t *p = in->ptr;
	size_t left = (size_t)(in->end - p);

	if (left > 0 && p[0] <= FIX_MAX) {
		in->ptr += 1;
		return p[0];
	}
	if (left > 1 && p[0] == UINT8) {
		in->ptr += 2;
		return p[1];
	}
	if (left > 2 && p[0] == UINT16) {
		in->ptr += 3;
		return (uint64_t)p[1] << 8 | p[2];
	}
	return mp_uint(in);
}

static void
row_fail(struct mp *in, const uint8_t *at, enum err err)
{
	if (in->err == ERR_OK)
		in->err = err;
	in->at = at;
}

static void
read_ref(struct mp *in, uint32_t limit, uint32_t *ref)
{
	const uint8_t *at = in->ptr;
	uint64_t index = row_uint(in);

	*ref = (uint32_t)index;
	if (index >= limit)
		row_fail(in, at, ERR_BAD_VALUE);
}

static void
read_number(struct mp *in, struct wire_decimal *d)
{
	d->given = true;
	if (in->ptr < in->end && *in->ptr <= FIX_MAX) {
		d->mantissa = *in->ptr++;
		d->places = 0;
		return;
	}
	mp_decimal(in, &d->mantissa, &d->places);
}

static void
read_small(struct mp *in, const struct wire_row_field *f, uint8_t *small)
{
	const uint8_t *at = in->ptr;
	uint64_t number = row_uint(in);

	*small = (uint8_t)number;
	if (number > f->max)
		row_fail(in, at, ERR_BAD_VALUE);
}

static void
read_something(struct wire_rows *rows, struct mp *in,
               const struct wire_row_field *f, void *slot)
{
	switch ((enum wire_row_kind)f->kind) {
	case WIRE_ROW_REF: read_ref(in, rows->n_dictionary, slot); break;
	case WIRE_ROW_NUMBER: read_number(in, slot); break;
	case WIRE_ROW_SMALL: read_small(in, f, slot); break;
	}
}

/* Reads n positions; the field that failed, or NULL. */
static const struct wire_row_field *
read_fields(struct wire_rows *rows, struct mp *in, uint32_t n,
            struct wire_row *row)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct wire_row_field *f = &wire_row_fields[i];

		if (in->ptr < in->end && *in->ptr == NIL && !f->required) {
			in->ptr++;
			continue;
		}
		read_something(rows, in, f, (uint8_t *)row + f->offset);
		if (in->err != ERR_OK)
			return f;
	}
	return NULL;
}

static enum err
row_fault(const struct wire_rows *rows, const struct mp *in, const char *field,
          struct fault *fault)
{
	fault->code = in->err;
	fault->field = field;
	fault->offset = (size_t)(in->at - rows->start);
	return in->err;
}

enum err
wire_rows_next(struct wire_rows *rows, struct wire_row *row,
               struct fault *fault)
{
	struct mp in = {.ptr = rows->ptr, .end = rows->end, .at = rows->ptr};
	const struct wire_row_field *failed;
	struct wire_row read = row_of_nils;
	uint32_t n;

	if (rows->left == 0)
		return ERR_NOT_FOUND;
	rows->row++;
	n = mp_array(&in);
	if (n > WIRE_ROW_FIELDS)
		row_fail(&in, rows->ptr, ERR_TOO_LARGE);
	else if (n < WIRE_ROW_FIELDS_MIN)
		row_fail(&in, rows->ptr, ERR_MISSING_FIELD);
	if (in.err != ERR_OK)
		return row_fault(rows, &in, "rows[]", fault);
	failed = read_fields(rows, &in, n, &read);
	if (failed)
		return row_fault(rows, &in, failed->path, fault);
	rows->ptr = in.ptr;
	rows->left--;
	*row = read;
	return ERR_OK;
}

void
wire_rows_field(const struct wire_rows *rows, const struct fault *fault,
                struct buf *out)
{
	const char *bracket = strchr(fault->field, '[');

	assert(bracket);
	buf_printf(out, "rows[%u%s", (unsigned)rows->row, bracket + 1);
}
