#include <assert.h>

#include "proto/cursor.h"
#include "proto/pack.h"
#include "proto/wire.h"

/* A row is a map whose length is known only at its end: map16, patched. */
enum { MAP16 = 0xde };

/* What an ANSWER holds beside its rows: fields, columns, page token. */
enum { ANSWER_HEAD_BYTES = 65536, ANSWER_HEAD_OBJECTS = 1024 };

void
wire_answer_init(struct wire_answer_writer *w, uint32_t max_rows,
                 size_t max_bytes)
{
	assert(max_bytes <= WIRE_MESSAGE_MAX - ANSWER_HEAD_BYTES);
	assert(max_rows <= WIRE_PAGE_ROWS_MAX);
	*w = (struct wire_answer_writer){.max_rows = max_rows};
	buf_init(&w->out, max_bytes);
}

void
wire_answer_fini(struct wire_answer_writer *w)
{
	buf_fini(&w->out);
	w->n_rows = 0;
}

void
wire_answer_reset(struct wire_answer_writer *w)
{
	buf_reset(&w->out);
	w->n_rows = 0;
	w->n_objects = 0;
}

void
wire_answer_row(struct wire_answer_writer *w)
{
	w->row_at = w->out.len;
	w->n_fields = 0;
	w->row_objects = 1;
	buf_put_u8(&w->out, MAP16);
	buf_put_u8(&w->out, 0);
	buf_put_u8(&w->out, 0);
}

void
wire_answer_field(struct wire_answer_writer *w, const char *name,
                  struct wire_value value)
{
	pack_text(&w->out, span_str(name));
	pack_value(&w->out, &value);
	w->n_fields++;
	w->row_objects += value.kind == WIRE_VALUE_DECIMAL ? 4 : 2;
}

void
wire_answer_text(struct wire_answer_writer *w, const char *name,
                 struct span text)
{
	wire_answer_field(w, name, wire_text(text));
}

void
wire_answer_int(struct wire_answer_writer *w, const char *name, int64_t number)
{
	wire_answer_field(w, name, wire_int(number));
}

void
wire_answer_decimal(struct wire_answer_writer *w, const char *name,
                    int64_t mantissa, uint8_t places)
{
	wire_answer_field(w, name, wire_decimal(mantissa, places));
}

static enum err
row_check(const struct wire_answer_writer *w)
{
	uint32_t n_max = WIRE_OBJECTS_MAX - ANSWER_HEAD_OBJECTS;

	if (buf_err(&w->out) != ERR_OK)
		return buf_err(&w->out);
	if (w->n_fields > WIRE_KEYS_MAX)
		return ERR_BAD_VALUE;
	if (w->n_rows == w->max_rows || w->row_objects > n_max - w->n_objects)
		return ERR_TOO_LARGE;
	return ERR_OK;
}

enum err
wire_answer_row_end(struct wire_answer_writer *w)
{
	enum err err = row_check(w);

	if (err != ERR_OK) {
		w->out.err = ERR_OK;
		buf_truncate(&w->out, w->row_at);
		return err;
	}
	w->out.ptr[w->row_at + 1] = (uint8_t)(w->n_fields >> 8);
	w->out.ptr[w->row_at + 2] = (uint8_t)w->n_fields;
	w->n_rows++;
	w->n_objects += w->row_objects;
	return ERR_OK;
}

struct wire_list
wire_answer_list(const struct wire_answer_writer *w)
{
	return (struct wire_list){buf_span(&w->out), w->n_rows};
}

bool
wire_answer_next(struct wire_list *rows, struct wire_list *pairs)
{
	struct mp in = mp_of(rows->bytes);
	const uint8_t *start;

	if (rows->n == 0)
		return false;
	pairs->n = mp_map(&in);
	start = in.ptr;
	for (uint32_t i = 0; i < 2 * pairs->n; i++)
		mp_skip(&in);
	assert(in.err == ERR_OK);
	pairs->bytes = span_of(start, (size_t)(in.ptr - start));
	rows->bytes = span_of(in.ptr, mp_left(&in));
	rows->n--;
	return true;
}

bool
wire_answer_get(struct wire_list pairs, const char *name,
                struct wire_value *value)
{
	struct span wanted = span_str(name);
	struct wire_value v;
	struct span key;

	while (wire_pairs_next(&pairs, &key, &v)) {
		if (!span_equal(key, wanted))
			continue;
		*value = v;
		return true;
	}
	return false;
}
