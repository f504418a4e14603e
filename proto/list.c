#include <assert.h>
#include <string.h>

#include "proto/cursor.h"
#include "proto/pack.h"
#include "proto/schema.h"
#include "proto/wire.h"

enum { ROW_ERROR_PARTS = 4, ROW_ERROR_WITH_OTHER = 6, MARK_PARTS = 2 };

void
wire_writer_init(struct wire_writer *w, size_t max_bytes)
{
	buf_init(&w->out, max_bytes);
	w->n = 0;
}

void
wire_writer_fini(struct wire_writer *w)
{
	buf_fini(&w->out);
	w->n = 0;
}

void
wire_writer_reset(struct wire_writer *w)
{
	buf_reset(&w->out);
	w->n = 0;
}

struct wire_list
wire_writer_list(const struct wire_writer *w)
{
	return (struct wire_list){buf_span(&w->out), w->n};
}

/* What was read off the front of a list that decode has checked. */
static void
take(struct wire_list *list, const struct mp *in)
{
	assert(in->err == ERR_OK);
	list->bytes = span_of(in->ptr, mp_left(in));
	list->n--;
}

void
wire_texts_add(struct wire_writer *w, struct span text)
{
	pack_text(&w->out, text);
	w->n++;
}

bool
wire_texts_next(struct wire_list *list, struct span *text)
{
	struct mp in = mp_of(list->bytes);

	if (list->n == 0)
		return false;
	*text = mp_text(&in);
	take(list, &in);
	return true;
}

void
wire_texts_read(struct wire_list list, struct span *texts)
{
	while (wire_texts_next(&list, texts))
		texts++;
}

void
wire_args_add(struct wire_writer *w, const char *key, struct span value)
{
	if (!value.ptr)
		return;
	pack_text(&w->out, span_str(key));
	pack_text(&w->out, value);
	w->n++;
}

bool
wire_args_next(struct wire_list *args, struct span *key, struct span *value)
{
	struct mp in = mp_of(args->bytes);

	if (args->n == 0)
		return false;
	*key = mp_text(&in);
	*value = mp_text(&in);
	take(args, &in);
	return true;
}

struct span
wire_args_get(struct wire_list args, const char *key)
{
	struct span wanted = span_str(key);
	struct span name;
	struct span value;

	while (wire_args_next(&args, &name, &value))
		if (span_equal(name, wanted))
			return value;
	return (struct span){0};
}

/* As much of a text as fits, cut between characters. */
static struct span
cut(struct span text)
{
	if (text.len <= WIRE_TEXT_MAX)
		return text;
	text.len = WIRE_TEXT_MAX;
	while (text.len > 0 && (text.ptr[text.len] & 0xc0) == 0x80)
		text.len--;
	return text;
}

bool
wire_errors_add(struct wire_writer *w, const struct wire_row_error *e)
{
	if (w->n == WIRE_ERRORS_MAX)
		return false;
	pack_array(&w->out,
	           e->contradicted ? ROW_ERROR_WITH_OTHER : ROW_ERROR_PARTS);
	pack_uint(&w->out, e->row);
	pack_text(&w->out, e->code);
	pack_text(&w->out, e->field);
	pack_text(&w->out, cut(e->value));
	if (e->contradicted) {
		pack_uint(&w->out, e->other);
		pack_text(&w->out, cut(e->other_value));
	}
	w->n++;
	return true;
}

bool
wire_errors_next(struct wire_list *errors, struct wire_row_error *e)
{
	struct mp in = mp_of(errors->bytes);

	if (errors->n == 0)
		return false;
	*e = (struct wire_row_error){.row = 0};
	e->contradicted = mp_array(&in) == ROW_ERROR_WITH_OTHER;
	e->row = (uint32_t)mp_uint(&in);
	e->code = mp_text(&in);
	e->field = mp_text(&in);
	e->value = mp_text(&in);
	if (e->contradicted) {
		e->other = (uint32_t)mp_uint(&in);
		e->other_value = mp_text(&in);
	}
	take(errors, &in);
	return true;
}

void
wire_marks_add(struct wire_writer *w, struct span topic, uint64_t commit)
{
	pack_array(&w->out, MARK_PARTS);
	pack_text(&w->out, topic);
	pack_uint(&w->out, commit);
	w->n++;
}

bool
wire_marks_next(struct wire_list *marks, struct span *topic, uint64_t *commit)
{
	struct mp in = mp_of(marks->bytes);

	if (marks->n == 0)
		return false;
	(void)mp_array(&in);
	*topic = mp_text(&in);
	*commit = mp_uint(&in);
	take(marks, &in);
	return true;
}

struct wire_value
wire_nil(void)
{
	return (struct wire_value){.kind = WIRE_VALUE_NIL};
}

struct wire_value
wire_bool(bool truth)
{
	return (struct wire_value){.kind = WIRE_VALUE_BOOL, .truth = truth};
}

struct wire_value
wire_int(int64_t number)
{
	return (struct wire_value){.kind = WIRE_VALUE_INT, .number = number};
}

struct wire_value
wire_text(struct span text)
{
	return (struct wire_value){.kind = WIRE_VALUE_TEXT, .text = text};
}

struct wire_value
wire_decimal(int64_t mantissa, uint8_t places)
{
	return (struct wire_value){
	    .kind = WIRE_VALUE_DECIMAL, .number = mantissa, .places = places};
}

void
wire_pairs_add(struct wire_writer *w, const char *key, struct wire_value value)
{
	pack_text(&w->out, span_str(key));
	pack_value(&w->out, &value);
	w->n++;
}

bool
wire_pairs_next(struct wire_list *pairs, struct span *key,
                struct wire_value *value)
{
	struct mp in = mp_of(pairs->bytes);

	if (pairs->n == 0)
		return false;
	*key = mp_text(&in);
	mp_value(&in, value);
	take(pairs, &in);
	return true;
}
