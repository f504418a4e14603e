#include "common/domain/notice.h"

#include <assert.h>
#include <string.h>

void
notice_pair_put(struct buf *pairs, struct span name, struct span value)
{
	buf_put_text(pairs, name);
	buf_put_text(pairs, value);
}

bool
notice_pair_next(struct span *pairs, struct span *name, struct span *value)
{
	struct cursor c = cursor_of(*pairs);
	struct span first = cursor_text(&c);
	struct span second = cursor_text(&c);

	if (pairs->len == 0 || c.err != ERR_OK)
		return false;
	*name = first;
	*value = second;
	*pairs = span_of(c.ptr, cursor_left(&c));
	return true;
}

void
notice_labels_put(struct buf *pairs, struct span lines)
{
	while (lines.len > 0) {
		const uint8_t *end = memchr(lines.ptr, '\n', lines.len);
		size_t len =
		    end == NULL ? lines.len : (size_t)(end - lines.ptr);
		const uint8_t *equal = memchr(lines.ptr, '=', len);
		size_t at = equal == NULL ? len : (size_t)(equal - lines.ptr);

		if (equal != NULL)
			notice_pair_put(
			    pairs, span_of(lines.ptr, at),
			    span_of(lines.ptr + at + 1, len - at - 1));
		if (len < lines.len)
			len++;
		lines = span_of(lines.ptr + len, lines.len - len);
	}
}

/* Pairs to the last byte. */
static bool
pairs_whole(struct span pairs)
{
	struct span name, value;

	while (notice_pair_next(&pairs, &name, &value)) {
	}
	return pairs.len == 0;
}

void
notice_write(struct buf *out, const struct notice *n)
{
	buf_put_u8(out, n->firing);
	buf_put_be64(out, n->fingerprint);
	buf_put_uvarint(out, n->commit);
	buf_put_svarint(out, n->starts_ms);
	buf_put_svarint(out, n->ends_ms);
	buf_put_text(out, n->labels);
	buf_put_text(out, n->annotations);
}

enum err
notice_print_read(struct span bytes, uint64_t *print)
{
	struct cursor c = cursor_of(bytes);
	uint64_t read;

	(void)cursor_u8(&c);
	read = cursor_be64(&c);
	if (c.err != ERR_OK)
		return ERR_CORRUPT;
	*print = read;
	return ERR_OK;
}

enum err
notice_read(struct span *bytes, struct notice *n)
{
	struct cursor c = cursor_of(*bytes);
	struct notice read = {.firing = false};
	uint8_t firing = cursor_u8(&c);

	read.firing = firing == 1;
	read.fingerprint = cursor_be64(&c);
	read.commit = cursor_uvarint(&c);
	read.starts_ms = cursor_svarint(&c);
	read.ends_ms = cursor_svarint(&c);
	read.labels = cursor_text(&c);
	read.annotations = cursor_text(&c);
	if (c.err != ERR_OK || firing > 1 ||
	    bytes->len - cursor_left(&c) > NOTICE_BYTES_MAX ||
	    !pairs_whole(read.labels) || !pairs_whole(read.annotations))
		return ERR_CORRUPT;
	*n = read;
	*bytes = span_of(c.ptr, cursor_left(&c));
	return ERR_OK;
}

bool
notice_same(const struct notice *a, const struct notice *b)
{
	return a->firing == b->firing && span_equal(a->labels, b->labels) &&
	       span_equal(a->annotations, b->annotations);
}

/* As much of a set as is hashed: some ten labels of ids. */
struct lines {
	uint8_t bytes[NOTICE_LABELS_MAX];
	size_t len;
};

static void
lines_put(struct lines *lines, struct span text, char end)
{
	assert(text.len < sizeof(lines->bytes) - lines->len);
	memcpy(lines->bytes + lines->len, text.ptr, text.len);
	lines->len += text.len;
	lines->bytes[lines->len++] = (uint8_t)end;
}

uint64_t
notice_fingerprint(struct span labels)
{
	struct lines lines = {.len = 0};
	struct span name, value;

	while (notice_pair_next(&labels, &name, &value)) {
		lines_put(&lines, name, '=');
		lines_put(&lines, value, '\n');
	}
	return hash_bytes(span_of(lines.bytes, lines.len), 0);
}
