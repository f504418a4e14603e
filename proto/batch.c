#include <assert.h>

#include "proto/pack.h"
#include "proto/schema.h"
#include "proto/wire.h"

/* Room for all of a BATCH but dictionary and rows: the envelope, eight keys and
 * three texts of at most WIRE_TEXT_MAX bytes. */
enum { BATCH_HEAD_BYTES = 1024, BATCH_BYTES_MIN = 4096 };

void
wire_batch_init(struct wire_batch_writer *w, uint32_t max_rows,
                uint32_t max_bytes)
{
	assert(max_rows <= WIRE_ROWS_MAX);
	assert(max_bytes >= BATCH_BYTES_MIN && max_bytes <= WIRE_MESSAGE_MAX);
	*w = (struct wire_batch_writer){.max_rows = max_rows,
	                                .max_bytes = max_bytes};
	buf_init(&w->rows, max_bytes);
	buf_init(&w->texts, max_bytes);
	map_init(&w->dictionary, WIRE_DICTIONARY_MAX);
}

void
wire_batch_fini(struct wire_batch_writer *w)
{
	buf_fini(&w->rows);
	buf_fini(&w->texts);
	map_fini(&w->dictionary);
}

void
wire_batch_reset(struct wire_batch_writer *w)
{
	buf_reset(&w->rows);
	buf_reset(&w->texts);
	map_reset(&w->dictionary);
	w->n_rows = 0;
}

static enum err
put_ref(struct wire_batch_writer *w, struct span text)
{
	size_t n_before = w->dictionary.n;
	size_t at = w->texts.len;
	uint32_t index;
	enum err err;

	if (!text.ptr) {
		pack_nil(&w->rows);
		return buf_err(&w->rows);
	}
	if (text.len > WIRE_TEXT_MAX)
		return ERR_BAD_VALUE;
	index = map_get(&w->dictionary, text);
	if (index != MAP_NONE) {
		pack_uint(&w->rows, index);
		return buf_err(&w->rows);
	}
	pack_text(&w->texts, text);
	err = buf_err(&w->texts);
	if (err == ERR_OK)
		err = map_put(&w->dictionary, text, (uint32_t)n_before);
	if (err != ERR_OK) {
		w->texts.err = ERR_OK;
		buf_truncate(&w->texts, at);
		return err;
	}
	pack_uint(&w->rows, n_before);
	return buf_err(&w->rows);
}

static enum err
put_number(struct wire_batch_writer *w, const struct wire_decimal *d)
{
	if (d->given)
		pack_decimal(&w->rows, d->mantissa, d->places);
	else
		pack_nil(&w->rows);
	return buf_err(&w->rows);
}

static enum err
put_small(struct wire_batch_writer *w, const struct wire_row_field *f,
          uint8_t small)
{
	if (small == f->absent)
		pack_nil(&w->rows);
	else if (small > f->max)
		return ERR_BAD_VALUE;
	else
		pack_uint(&w->rows, small);
	return buf_err(&w->rows);
}

/* Positions of a row in the order of wire_row_fields. */
struct row_slots {
	const void *slot[WIRE_ROW_FIELDS];
};

static struct row_slots
slots_of(const struct wire_row_text *r)
{
	return (struct row_slots){
	    {&r->indicator, &r->unit, &r->period, &r->value, &r->numerator,
	     &r->denominator, &r->status, &r->bound, &r->document, &r->released,
	     &r->action, &r->source, &r->note}};
}

static bool
slot_given(const struct wire_row_field *f, const void *slot)
{
	switch ((enum wire_row_kind)f->kind) {
	case WIRE_ROW_REF: return ((const struct span *)slot)->ptr != NULL;
	case WIRE_ROW_NUMBER: return ((const struct wire_decimal *)slot)->given;
	case WIRE_ROW_SMALL: return *(const uint8_t *)slot != f->absent;
	}
	return false;
}

static enum err
put_slot(struct wire_batch_writer *w, const struct wire_row_field *f,
         const void *slot)
{
	switch ((enum wire_row_kind)f->kind) {
	case WIRE_ROW_REF: return put_ref(w, *(const struct span *)slot);
	case WIRE_ROW_NUMBER: return put_number(w, slot);
	case WIRE_ROW_SMALL: break;
	}
	return put_small(w, f, *(const uint8_t *)slot);
}

/* How many positions are sent: trailing nils are left out. */
static uint32_t
row_length(const struct row_slots *slots)
{
	uint32_t n = WIRE_ROW_FIELDS;

	while (n > WIRE_ROW_FIELDS_MIN &&
	       !slot_given(&wire_row_fields[n - 1], slots->slot[n - 1]))
		n--;
	return n;
}

static enum err
put_row(struct wire_batch_writer *w, const struct row_slots *slots)
{
	uint32_t n = row_length(slots);
	enum err err = ERR_OK;

	pack_array(&w->rows, n);
	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		const struct wire_row_field *f = &wire_row_fields[i];

		if (f->required && !slot_given(f, slots->slot[i]))
			return ERR_BAD_VALUE;
		err = put_slot(w, f, slots->slot[i]);
	}
	return err != ERR_OK ? err : buf_err(&w->rows);
}

enum err
wire_batch_row(struct wire_batch_writer *w, const struct wire_row_text *row)
{
	struct row_slots slots = slots_of(row);
	size_t at = w->rows.len;
	enum err err = ERR_TOO_LARGE;

	if (w->n_rows < w->max_rows)
		err = put_row(w, &slots);
	if (err == ERR_OK &&
	    w->rows.len + w->texts.len + BATCH_HEAD_BYTES > w->max_bytes)
		err = ERR_TOO_LARGE;
	if (err == ERR_OK) {
		w->n_rows++;
		return ERR_OK;
	}
	w->rows.err = ERR_OK;
	buf_truncate(&w->rows, at);
	return err;
}

enum err
wire_batch_finish(const struct wire_batch_writer *w, uint64_t id,
                  const struct wire_batch *head, struct buf *out)
{
	struct wire_message m = {.type = WIRE_BATCH, .id = id};

	m.as.batch = *head;
	m.as.batch.dictionary =
	    (struct wire_list){buf_span(&w->texts), (uint32_t)w->dictionary.n};
	m.as.batch.rows = (struct wire_list){buf_span(&w->rows), w->n_rows};
	return wire_encode(&m, out);
}
