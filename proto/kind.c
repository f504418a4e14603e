#include "proto/kind.h"

#include "proto/pack.h"
#include "proto/wire.h"

enum { ROW_ERROR_PARTS = 4, ROW_ERROR_WITH_OTHER = 6, MARK_PARTS = 2 };

static void
read_uint(struct mp *in, void *slot)
{
	*(uint64_t *)slot = mp_uint(in);
}

static void
write_uint(struct buf *out, const void *slot)
{
	pack_uint(out, *(const uint64_t *)slot);
}

static uint64_t
size_uint(const void *slot)
{
	return *(const uint64_t *)slot;
}

static void
read_bool(struct mp *in, void *slot)
{
	*(bool *)slot = mp_bool(in);
}

static void
write_bool(struct buf *out, const void *slot)
{
	pack_bool(out, *(const bool *)slot);
}

static uint64_t
size_bool(const void *slot)
{
	return *(const bool *)slot;
}

static void
read_text(struct mp *in, void *slot)
{
	*(struct span *)slot = mp_text(in);
}

static void
write_text(struct buf *out, const void *slot)
{
	pack_text(out, *(const struct span *)slot);
}

static uint64_t
size_span(const void *slot)
{
	return ((const struct span *)slot)->len;
}

static void
read_bin(struct mp *in, void *slot)
{
	*(struct span *)slot = mp_bin(in);
}

static void
write_bin(struct buf *out, const void *slot)
{
	pack_bin(out, *(const struct span *)slot);
}

static void
skip_text(struct mp *in)
{
	mp_text(in);
}

static void
skip_row(struct mp *in)
{
	uint64_t left = mp_array(in);

	while (in->err == ERR_OK && (left = mp_pass(in, left)) > 0) {
		mp_skip(in);
		left--;
	}
}

static void
skip_row_number(struct mp *in)
{
	if (mp_uint(in) > UINT32_MAX && in->err == ERR_OK)
		in->err = ERR_BAD_VALUE;
}

static void
skip_error(struct mp *in)
{
	const uint8_t *start = in->ptr;
	uint64_t parts = mp_array(in);

	if (parts != ROW_ERROR_PARTS && parts != ROW_ERROR_WITH_OTHER &&
	    in->err == ERR_OK) {
		in->err = ERR_BAD_VALUE;
		in->at = start;
	}
	skip_row_number(in);
	mp_text(in);
	mp_text(in);
	mp_text(in);
	if (parts == ROW_ERROR_PARTS)
		return;
	skip_row_number(in);
	mp_text(in);
}

static void
skip_mark(struct mp *in)
{
	const uint8_t *start = in->ptr;

	if (mp_array(in) != MARK_PARTS && in->err == ERR_OK) {
		in->err = ERR_BAD_VALUE;
		in->at = start;
	}
	mp_text(in);
	mp_uint(in);
}

static void
skip_arg(struct mp *in)
{
	mp_text(in);
	mp_text(in);
}

static void
skip_pair(struct mp *in)
{
	struct wire_value value;

	mp_text(in);
	mp_value(in, &value);
}

static void
skip_pairs(struct mp *in)
{
	for (uint32_t n = mp_map(in); n > 0; n--)
		skip_pair(in);
}

static void
read_list(struct mp *in, uint32_t n, void (*skip)(struct mp *), void *slot)
{
	struct wire_list *list = slot;
	const uint8_t *start = in->ptr;

	for (uint32_t i = 0; i < n && in->err == ERR_OK; i++)
		skip(in);
	list->bytes = span_of(start, (size_t)(in->ptr - start));
	list->n = n;
}

static void
read_texts(struct mp *in, void *slot)
{
	read_list(in, mp_array(in), skip_text, slot);
}

static void
read_rows(struct mp *in, void *slot)
{
	read_list(in, mp_array(in), skip_row, slot);
}

static void
read_errors(struct mp *in, void *slot)
{
	read_list(in, mp_array(in), skip_error, slot);
}

static void
read_table(struct mp *in, void *slot)
{
	read_list(in, mp_array(in), skip_pairs, slot);
}

static void
read_marks(struct mp *in, void *slot)
{
	read_list(in, mp_array(in), skip_mark, slot);
}

static void
read_args(struct mp *in, void *slot)
{
	read_list(in, mp_map(in), skip_arg, slot);
}

static void
read_pairs(struct mp *in, void *slot)
{
	read_list(in, mp_map(in), skip_pair, slot);
}

static void
write_array(struct buf *out, const void *slot)
{
	const struct wire_list *list = slot;

	pack_array(out, list->n);
	buf_put(out, list->bytes.ptr, list->bytes.len);
}

static void
write_map(struct buf *out, const void *slot)
{
	const struct wire_list *list = slot;

	pack_map(out, list->n);
	buf_put(out, list->bytes.ptr, list->bytes.len);
}

static uint64_t
size_list(const void *slot)
{
	return ((const struct wire_list *)slot)->n;
}

const struct wire_kind_ops wire_kinds[WIRE_KIND_COUNT] = {
    [WIRE_KIND_UINT] = {read_uint, write_uint, size_uint},
    [WIRE_KIND_BOOL] = {read_bool, write_bool, size_bool},
    [WIRE_KIND_TEXT] = {read_text, write_text, size_span},
    [WIRE_KIND_BIN] = {read_bin, write_bin, size_span},
    [WIRE_KIND_TEXTS] = {read_texts, write_array, size_list},
    [WIRE_KIND_ROWS] = {read_rows, write_array, size_list},
    [WIRE_KIND_ERRORS] = {read_errors, write_array, size_list},
    [WIRE_KIND_ARGS] = {read_args, write_map, size_list},
    [WIRE_KIND_PAIRS] = {read_pairs, write_map, size_list},
    [WIRE_KIND_TABLE] = {read_table, write_array, size_list},
    [WIRE_KIND_MARKS] = {read_marks, write_array, size_list},
};

enum err
wire_kind_check(const struct wire_field *f, const void *slot)
{
	uint64_t size = wire_kinds[f->kind].size(slot);

	if (f->kind == WIRE_KIND_BOOL)
		return ERR_OK;
	if (size >= f->min && size <= f->max)
		return ERR_OK;
	if (f->kind == WIRE_KIND_UINT || size < f->min)
		return ERR_BAD_VALUE;
	return ERR_TOO_LARGE;
}
