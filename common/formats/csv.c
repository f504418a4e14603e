#include "common/formats/csv.h"

#include <csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * libcsv says what a field holds, not where it began. So it is fed one field at a
 * time: up to and with each separator or line end that stands outside quotes.
 */

enum {
	/* Every byte of a field may be a quote, doubled, inside two more, and
	 * the separator belongs to it. */
	CSV_RAW_MAX = 2 * CSV_FIELD_BYTES + 3,
	CSV_BOM_BYTES = 3,
};

struct csv_reader {
	struct csv_parser parser;
	csv_row row;
	void *ctx;
	enum err err;
	struct buf head;  /* bytes until the separator is known */
	struct buf bytes; /* fields of this record, one after another */
	size_t ends[CSV_FIELDS_MAX];
	struct csv_place places[CSV_FIELDS_MAX];
	size_t n;
	struct csv_place at;    /* next byte */
	struct csv_place field; /* where the field began */
	size_t raw;             /* bytes of the field so far */
	bool started;           /* the separator is known */
	bool quoted;
	bool after_cr;
};

static int
never_space(unsigned char c)
{
	(void)c;
	return 0;
}

enum err
csv_reader_new(struct csv_reader **reader_p, csv_row row, void *ctx)
{
	struct csv_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	if (csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		free(r);
		return ERR_NOMEM;
	}
	csv_set_space_func(&r->parser, never_space);
	r->row = row;
	r->ctx = ctx;
	r->at = r->field = (struct csv_place){1, 1};
	buf_init(&r->head, CSV_HEADER_BYTES);
	buf_init(&r->bytes, (size_t)CSV_FIELDS_MAX * CSV_FIELD_BYTES);
	*reader_p = r;
	return ERR_OK;
}

void
csv_reader_free(struct csv_reader **reader_p)
{
	struct csv_reader *r = *reader_p;

	if (!r)
		return;
	csv_free(&r->parser);
	buf_fini(&r->head);
	buf_fini(&r->bytes);
	free(r);
	*reader_p = NULL;
}

struct csv_place
csv_reader_place(const struct csv_reader *reader)
{
	return reader->at;
}

static void
on_field(void *data, size_t len, void *ctx)
{
	struct csv_reader *r = ctx;

	if (r->err != ERR_OK)
		return;
	if (len > CSV_FIELD_BYTES || r->n == CSV_FIELDS_MAX) {
		r->err = ERR_TOO_LARGE;
		r->at = r->field;
		return;
	}
	buf_put(&r->bytes, data, len);
	r->ends[r->n] = r->bytes.len;
	r->places[r->n++] = r->field;
	r->err = buf_err(&r->bytes);
}

static void
on_row(int last, void *ctx)
{
	struct csv_reader *r = ctx;
	struct span fields[CSV_FIELDS_MAX];
	size_t from = 0;

	(void)last;
	if (r->err != ERR_OK)
		return;
	for (size_t i = 0; i < r->n; i++) {
		fields[i] = span_of(r->bytes.ptr, r->ends[i] - from);
		if (fields[i].len > 0)
			fields[i].ptr += from;
		from = r->ends[i];
	}
	r->err = r->row(r->ctx, r->places[0].line, fields, r->places, r->n);
	r->n = 0;
	buf_reset(&r->bytes);
}

static void
advance(struct csv_reader *r, uint8_t c)
{
	if (c == '\n' && r->after_cr) {
		r->at.column = 1;
	} else if (c == '\n' || c == '\r') {
		r->at.line++;
		r->at.column = 1;
	} else {
		r->at.column++;
	}
	r->after_cr = c == '\r';
}

/* Bytes up to and with the end of this field, or all; *closed: it ends there. */
static size_t
field_scan(struct csv_reader *r, struct span left, bool *closed)
{
	uint8_t separator = csv_get_delim(&r->parser);
	bool quoted = r->quoted;

	*closed = false;
	for (size_t i = 0; i < left.len; i++) {
		uint8_t c = left.ptr[i];

		if (c == '"')
			quoted = !quoted;
		*closed = !quoted && (c == separator || c == '\n' || c == '\r');
		if (*closed)
			return i + 1;
	}
	return left.len;
}

static void
take_field(struct csv_reader *r, struct span piece, bool closed)
{
	size_t done =
	    csv_parse(&r->parser, piece.ptr, piece.len, on_field, on_row, r);

	r->raw += piece.len;
	if (r->err != ERR_OK)
		return;
	for (size_t i = 0; i < done; i++) {
		if (piece.ptr[i] == '"')
			r->quoted = !r->quoted;
		advance(r, piece.ptr[i]);
	}
	if (done < piece.len)
		r->err = csv_error(&r->parser) == CSV_EPARSE ? ERR_BAD_CSV
		                                             : ERR_NOMEM;
	else if (r->raw > CSV_RAW_MAX)
		r->err = ERR_TOO_LARGE;
	if (!closed)
		return;
	r->field = r->at;
	r->raw = 0;
}

static void
take_bytes(struct csv_reader *r, struct span left)
{
	while (left.len > 0 && r->err == ERR_OK) {
		bool closed;
		size_t len = field_scan(r, left, &closed);

		/* Unclosed quotes must not swallow a whole file. */
		if (len > CSV_RAW_MAX + 1) {
			len = CSV_RAW_MAX + 1;
			closed = false;
		}
		take_field(r, span_of(left.ptr, len), closed);
		left = span_of(left.ptr + len, left.len - len);
	}
}

/* ';' if the header line has more of them than of ','. */
static uint8_t
separator_of(struct span head)
{
	size_t commas = 0;
	size_t semicolons = 0;
	bool quoted = false;

	for (size_t i = 0; i < head.len; i++) {
		uint8_t c = head.ptr[i];

		if (c == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (c == '\n' || c == '\r')
			break;
		commas += c == ',';
		semicolons += c == ';';
	}
	return semicolons > commas ? ';' : ',';
}

static void
start(struct csv_reader *r)
{
	struct span head = buf_span(&r->head);

	r->started = true;
	if (head.len >= CSV_BOM_BYTES &&
	    memcmp(head.ptr, "\xef\xbb\xbf", CSV_BOM_BYTES) == 0) {
		head.ptr += CSV_BOM_BYTES;
		head.len -= CSV_BOM_BYTES;
	}
	csv_set_delim(&r->parser, separator_of(head));
	take_bytes(r, head);
}

/* Takes bytes of the header line; returns how many. */
static size_t
take_head(struct csv_reader *r, struct span bytes)
{
	size_t room = CSV_HEADER_BYTES - r->head.len;
	size_t len = bytes.len < room ? bytes.len : room;
	const uint8_t *end = len > 0 ? memchr(bytes.ptr, '\n', len) : NULL;

	if (end)
		len = (size_t)(end - bytes.ptr) + 1;
	buf_put(&r->head, bytes.ptr, len);
	r->err = buf_err(&r->head);
	if (r->err == ERR_OK && (end || len == room))
		start(r);
	return len;
}

enum err
csv_reader_feed(struct csv_reader *reader, struct span bytes)
{
	if (reader->err == ERR_OK && !reader->started && bytes.len > 0) {
		size_t len = take_head(reader, bytes);

		bytes = span_of(bytes.ptr + len, bytes.len - len);
	}
	take_bytes(reader, bytes);
	return reader->err;
}

enum err
csv_reader_end(struct csv_reader *reader)
{
	if (reader->err == ERR_OK && !reader->started)
		start(reader);
	if (reader->err == ERR_OK &&
	    csv_fini(&reader->parser, on_field, on_row, reader) != 0) {
		reader->err = ERR_BAD_CSV;
		reader->at = reader->field;
	}
	return reader->err;
}
