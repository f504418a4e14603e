#include "services/ctl/table.h"

#include <assert.h>
#include <wchar.h>

#include "common/base/escape.h"

#define GAP 2

void
table_init(struct table *t, size_t n_columns)
{
	assert(n_columns > 0 && n_columns <= TABLE_COLUMNS_MAX);
	*t = (struct table){.n_columns = n_columns, .untitled = true};
	buf_init(&t->text, TABLE_BYTES_MAX);
	buf_init(&t->lens, TABLE_BYTES_MAX);
}

void
table_fini(struct table *t)
{
	buf_fini(&t->text);
	buf_fini(&t->lens);
}

void
table_right(struct table *t, size_t column)
{
	assert(column < t->n_columns);
	t->right[column] = true;
}

static wchar_t
character_of(const uint8_t *ptr, size_t len)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = ptr[0] & first_bits[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (ptr[i] & 0x3fu);
	return (wchar_t)code;
}

/* Text that a terminal only shows: what is no character becomes '?'. */
static size_t
put_visible(struct span text, struct buf *out)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len;) {
		struct span rest = span_of(text.ptr + i, text.len - i);
		size_t len = escape_utf8_len(rest);
		int columns =
		    len > 0 ? wcwidth(character_of(rest.ptr, len)) : -1;

		if (out && columns >= 0)
			buf_put(out, rest.ptr, len);
		else if (out)
			buf_put_u8(out, '?');
		width += columns >= 0 ? (size_t)columns : 1;
		i += len > 0 ? len : 1;
	}
	return width;
}

size_t
table_width(struct span text)
{
	return put_visible(text, NULL);
}

void
table_put(struct buf *out, struct span text)
{
	(void)put_visible(text, out);
}

void
table_cell(struct table *t, struct span text)
{
	size_t column = t->n_cells % t->n_columns;
	size_t before = t->text.len;
	size_t width = put_visible(text, &t->text);

	buf_put_be32(&t->lens, (uint32_t)(t->text.len - before));
	if (t->n_cells < t->n_columns && text.len > 0)
		t->untitled = false;
	if (width > t->widths[column])
		t->widths[column] = width;
	t->n_cells++;
}

/* A column in which no row says anything is not shown. */
static void
columns_hide(struct table *t, bool *hidden)
{
	struct cursor lens = cursor_of(buf_span(&t->lens));

	assert(t->n_columns > 0);
	for (size_t c = 0; c < t->n_columns; c++)
		hidden[c] = t->n_cells > t->n_columns;
	for (size_t i = 0; i < t->n_cells; i++) {
		uint32_t len = cursor_be32(&lens);

		if (i >= t->n_columns && len > 0)
			hidden[i % t->n_columns] = false;
	}
}

static void
put_spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_put_u8(out, ' ');
}

/* Room that is owed before the next cell: so no line ends in spaces. */
static size_t
put_cell(const struct table *t, size_t column, struct span text, size_t owed,
         struct buf *out)
{
	size_t fill = t->widths[column] - table_width(text);

	if (text.len == 0)
		return owed + fill + GAP;
	put_spaces(out, owed + (t->right[column] ? fill : 0));
	buf_put(out, text.ptr, text.len);
	return (t->right[column] ? 0 : fill) + GAP;
}

enum err
table_print(struct table *t, struct buf *out)
{
	struct cursor lens = cursor_of(buf_span(&t->lens));
	struct cursor text = cursor_of(buf_span(&t->text));
	bool hidden[TABLE_COLUMNS_MAX];
	size_t owed = 0;

	if (buf_err(&t->text) != ERR_OK)
		return buf_err(&t->text);
	columns_hide(t, hidden);
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t column = i % t->n_columns;
		struct span cell = cursor_bytes(&text, cursor_be32(&lens));

		if (i < t->n_columns && t->untitled)
			continue;
		if (!hidden[column])
			owed = put_cell(t, column, cell, owed, out);
		if (column + 1 == t->n_columns) {
			buf_put_u8(out, '\n');
			owed = 0;
		}
	}
	return buf_err(out);
}
