#include "common/base/escape.h"

/* Well-formed sequences by their first byte; only the second byte has bounds of
 * its own (Unicode standard, table 3-7). */
struct utf8_row {
	uint8_t first_low;
	uint8_t first_high;
	uint8_t len;
	uint8_t second_low;
	uint8_t second_high;
};

static const struct utf8_row utf8_rows[] = {
    {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf},
    {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf},
    {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct utf8_row *
utf8_row_of(uint8_t first)
{
	for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); i++)
		if (first >= utf8_rows[i].first_low &&
		    first <= utf8_rows[i].first_high)
			return &utf8_rows[i];
	return NULL;
}

size_t
escape_utf8_len(struct span text)
{
	const struct utf8_row *row =
	    text.len > 0 ? utf8_row_of(text.ptr[0]) : NULL;

	if (!row || row->len > text.len)
		return 0;
	if (row->len > 1 &&
	    (text.ptr[1] < row->second_low || text.ptr[1] > row->second_high))
		return 0;
	for (size_t i = 2; i < row->len; i++)
		if ((text.ptr[i] & 0xc0) != 0x80)
			return 0;
	return row->len;
}

static void
put_ascii(struct buf *out, uint8_t byte)
{
	if (byte == '"' || byte == '\\') {
		buf_put_u8(out, '\\');
		buf_put_u8(out, byte);
	} else if (byte == '\n') {
		buf_put_str(out, "\\n");
	} else if (byte == '\t') {
		buf_put_str(out, "\\t");
	} else if (byte < 0x20 || byte == 0x7f) {
		buf_printf(out, "\\u%04x", (unsigned)byte);
	} else {
		buf_put_u8(out, byte);
	}
}

void
escape_json(struct buf *out, struct span text)
{
	for (size_t i = 0, len; i<text.len; i += len> 0 ? len : 1) {
		struct span rest = span_of(text.ptr + i, text.len - i);

		len = escape_utf8_len(rest);
		if (len == 0)
			buf_put_str(out, "\\ufffd");
		else if (len == 1)
			put_ascii(out, rest.ptr[0]);
		else if (rest.ptr[0] == 0xc2 && rest.ptr[1] < 0xa0)
			buf_printf(out, "\\u%04x", (unsigned)rest.ptr[1]);
		else
			buf_put(out, rest.ptr, len);
	}
}

void
escape_json_quoted(struct buf *out, struct span text)
{
	buf_put_u8(out, '"');
	escape_json(out, text);
	buf_put_u8(out, '"');
}
