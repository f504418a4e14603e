#include <assert.h>
#include <string.h>

#include "proto/cursor.h"
#include "proto/schema.h"
#include "proto/wire.h"

/* First bytes. EXPONENT_MIN: the one-byte form of -WIRE_PLACES_MAX. */
enum {
	FIX_MAX = 0x7f,
	ARRAY = 0x90,
	PAIR = 0x92,
	TEXT = 0xa0,
	NIL = 0xc0,
	UINT8 = 0xcc,
	UINT16 = 0xcd,
	UINT32 = 0xce,
	EXPONENT_MIN = 0x100 - WIRE_PLACES_MAX,
};

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

/* An integer of one to five bytes and not negative, as most in a row are: behind
 * it; NULL: another form, or none. */
static const uint8_t *
short_uint(const uint8_t *p, const uint8_t *end, uint64_t *number)
{
	size_t left = (size_t)(end - p);

	if (left > 0 && p[0] <= FIX_MAX) {
		*number = p[0];
		return p + 1;
	}
	if (left > 2 && p[0] == UINT16) {
		*number = (uint64_t)p[1] << 8 | p[2];
		return p + 3;
	}
	if (left > 1 && p[0] == UINT8) {
		*number = p[1];
		return p + 2;
	}
	if (left > 4 && p[0] == UINT32) {
		*number = (uint64_t)p[1] << 24 | (uint64_t)p[2] << 16 |
		          (uint64_t)p[3] << 8 | p[4];
		return p + 5;
	}
	return NULL;
}

/* Such an integer alone or with an exponent of one byte. */
static const uint8_t *
short_number(const uint8_t *p, const uint8_t *end, struct wire_decimal *d)
{
	bool pair = p < end && *p == PAIR;
	uint64_t mantissa = 0;

	p = short_uint(p + pair, end, &mantissa);
	if (pair && (!p || p == end || *p < EXPONENT_MIN))
		return NULL;
	d->mantissa = (int64_t)mantissa;
	d->places = pair ? (uint8_t)(0x100 - *p) : 0;
	d->given = true;
	return pair ? p + 1 : p;
}

static void
row_fail(struct mp *in, const uint8_t *at, enum err err)
{
	if (in->err == ERR_OK)
		in->err = err;
	in->at = at;
}

/* An integer of any form, at most max. */
static uint64_t
read_uint(struct mp *in, uint64_t max)
{
	const uint8_t *at = in->ptr;
	uint64_t number = 0;
	const uint8_t *behind = short_uint(at, in->end, &number);

	if (behind)
		in->ptr = behind;
	else
		number = mp_uint(in);
	if (number > max)
		row_fail(in, at, ERR_BAD_VALUE);
	return number;
}

static void
read_ref(struct mp *in, uint32_t n_dictionary, uint32_t *ref)
{
	const uint8_t *at = in->ptr;

	*ref = (uint32_t)read_uint(in, UINT32_MAX);
	if (*ref >= n_dictionary)
		row_fail(in, at, ERR_BAD_VALUE);
}

static void
read_number(struct mp *in, struct wire_decimal *d)
{
	const uint8_t *behind = short_number(in->ptr, in->end, d);

	if (behind) {
		in->ptr = behind;
		return;
	}
	d->given = true;
	mp_decimal(in, &d->mantissa, &d->places);
}

static void
read_position(const struct wire_rows *rows, struct mp *in,
              const struct wire_row_field *f, void *slot)
{
	switch ((enum wire_row_kind)f->kind) {
	case WIRE_ROW_REF: read_ref(in, rows->n_dictionary, slot); break;
	case WIRE_ROW_NUMBER: read_number(in, slot); break;
	case WIRE_ROW_SMALL:
		*(uint8_t *)slot = (uint8_t)read_uint(in, f->max);
		break;
	}
}

static uint32_t
row_length(struct mp *in)
{
	if (in->ptr < in->end && *in->ptr >= ARRAY && *in->ptr < TEXT)
		return *in->ptr++ & 0x0fu;
	return mp_array(in);
}

/* Reads n positions; the field that failed, or NULL. */
static const struct wire_row_field *
read_row(const struct wire_rows *rows, struct mp *in, uint32_t n,
         struct wire_row *row)
{
	*row = row_of_nils;
	for (uint32_t i = 0; i < n; i++) {
		const struct wire_row_field *f = &wire_row_fields[i];

		if (in->ptr < in->end && *in->ptr == NIL && !f->required) {
			in->ptr++;
			continue;
		}
		read_position(rows, in, f, (uint8_t *)row + f->offset);
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
	uint32_t n;

	if (rows->left == 0)
		return ERR_NOT_FOUND;
	rows->row++;
	n = row_length(&in);
	if (n > WIRE_ROW_FIELDS)
		row_fail(&in, rows->ptr, ERR_TOO_LARGE);
	else if (n < WIRE_ROW_FIELDS_MIN)
		row_fail(&in, rows->ptr, ERR_MISSING_FIELD);
	if (in.err != ERR_OK)
		return row_fault(rows, &in, "rows[]", fault);
	failed = read_row(rows, &in, n, row);
	if (failed)
		return row_fault(rows, &in, failed->path, fault);
	rows->ptr = in.ptr;
	rows->left--;
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
