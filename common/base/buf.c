#include "common/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
	BUF_FIRST_BYTES = 64,
	VARINT_BYTES_MAX = 10, /* 9 groups of 7 bits, then the 64th bit */
};

struct span
span_of(const void *ptr, size_t len)
{
	return (struct span){.ptr = ptr, .len = len};
}

struct span
span_str(const char *text)
{
	return span_of(text, strlen(text));
}

bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

int
span_compare(struct span a, struct span b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared > 0 ? memcmp(a.ptr, b.ptr, shared) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

void
buf_init(struct buf *b, size_t max_bytes)
{
	assert(max_bytes < PTRDIFF_MAX / 2);
	*b = (struct buf){.max_bytes = max_bytes};
}

void
buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){.max_bytes = b->max_bytes};
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = ERR_OK;
}

void
buf_truncate(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
}

enum err
buf_err(const struct buf *b)
{
	return b->err;
}

struct span
buf_span(const struct buf *b)
{
	return span_of(b->ptr, b->len);
}

/* One byte more than the ceiling may be allocated: the NUL of buf_cstr. */
static bool
buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap * 2 : BUF_FIRST_BYTES;
	uint8_t *ptr;

	if (cap > b->max_bytes + 1)
		cap = b->max_bytes + 1;
	if (cap < need)
		cap = need;
	ptr = realloc(b->ptr, cap);
	if (!ptr) {
		b->err = ERR_NOMEM;
		return false;
	}
	b->ptr = ptr;
	b->cap = cap;
	return true;
}

/* Room for len bytes and a NUL. */
static bool
buf_reserve(struct buf *b, size_t len)
{
	if (b->err != ERR_OK)
		return false;
	if (len > b->max_bytes - b->len) {
		b->err = ERR_TOO_LARGE;
		return false;
	}
	return b->len + len < b->cap || buf_grow(b, b->len + len + 1);
}

void
buf_put(struct buf *b, const void *ptr, size_t len)
{
	if (!buf_reserve(b, len) || len == 0)
		return;
	memcpy(b->ptr + b->len, ptr, len);
	b->len += len;
}

void
buf_put_u8(struct buf *b, uint8_t value)
{
	buf_put(b, &value, 1);
}

static void
store_be(uint8_t *out, uint64_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
}

void
buf_put_be32(struct buf *b, uint32_t value)
{
	uint8_t bytes[4];

	store_be(bytes, value, sizeof(bytes));
	buf_put(b, bytes, sizeof(bytes));
}

void
buf_put_be64(struct buf *b, uint64_t value)
{
	uint8_t bytes[8];

	store_be(bytes, value, sizeof(bytes));
	buf_put(b, bytes, sizeof(bytes));
}

void
buf_put_uvarint(struct buf *b, uint64_t value)
{
	uint8_t bytes[VARINT_BYTES_MAX];
	size_t n = 0;

	for (; value > 0x7f; value >>= 7)
		bytes[n++] = (uint8_t)(0x80 | (value & 0x7f));
	bytes[n++] = (uint8_t)value;
	buf_put(b, bytes, n);
}

void
buf_put_svarint(struct buf *b, int64_t value)
{
	uint64_t sign = value < 0 ? UINT64_MAX : 0;

	buf_put_uvarint(b, ((uint64_t)value << 1) ^ sign);
}

void
buf_put_text(struct buf *b, struct span text)
{
	buf_put_uvarint(b, text.len);
	buf_put(b, text.ptr, text.len);
}

void
buf_put_str(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_list again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	assert(len >= 0);
	if (buf_reserve(b, (size_t)len)) {
		(void)vsnprintf((char *)b->ptr + b->len, (size_t)len + 1,
		                format, again);
		b->len += (size_t)len;
	}
	va_end(again);
}

const char *
buf_cstr(struct buf *b)
{
	if (!buf_reserve(b, 0))
		return NULL;
	b->ptr[b->len] = '\0';
	return (const char *)b->ptr;
}

struct cursor
cursor_of(struct span bytes)
{
	const uint8_t *end = bytes.len > 0 ? bytes.ptr + bytes.len : bytes.ptr;

	return (struct cursor){.ptr = bytes.ptr, .end = end};
}

size_t
cursor_left(const struct cursor *c)
{
	/* 0 after a failure, so that "while something is left" ends. */
	if (c->err != ERR_OK || c->ptr == c->end)
		return 0;
	return (size_t)(c->end - c->ptr);
}

struct span
cursor_bytes(struct cursor *c, size_t len)
{
	struct span got = {.ptr = c->ptr, .len = len};

	if (c->err == ERR_OK && len > cursor_left(c))
		c->err = ERR_TRUNCATED;
	if (c->err != ERR_OK)
		return (struct span){0};
	if (len > 0)
		c->ptr += len;
	return got;
}

static uint64_t
cursor_be(struct cursor *c, size_t len)
{
	struct span bytes = cursor_bytes(c, len);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.ptr[i];
	return value;
}

uint8_t
cursor_u8(struct cursor *c)
{
	return (uint8_t)cursor_be(c, 1);
}

uint32_t
cursor_be32(struct cursor *c)
{
	return (uint32_t)cursor_be(c, 4);
}

uint64_t
cursor_be64(struct cursor *c)
{
	return cursor_be(c, 8);
}

static uint64_t
cursor_bad(struct cursor *c)
{
	if (c->err == ERR_OK)
		c->err = ERR_BAD_VALUE;
	return 0;
}

uint64_t
cursor_uvarint(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
		uint8_t byte = cursor_u8(c);

		if (c->err != ERR_OK)
			return 0;
		if (i == VARINT_BYTES_MAX - 1 && byte > 1)
			return cursor_bad(c);
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		/* One number has one form: no empty last group. */
		return byte == 0 && i > 0 ? cursor_bad(c) : value;
	}
	return cursor_bad(c);
}

uint64_t
cursor_uvarint_max(struct cursor *c, uint64_t max)
{
	uint64_t value = cursor_uvarint(c);

	return value > max ? cursor_bad(c) : value;
}

int64_t
cursor_svarint(struct cursor *c)
{
	uint64_t zigzag = cursor_uvarint(c);
	uint64_t sign = zigzag & 1 ? UINT64_MAX : 0;

	return (int64_t)((zigzag >> 1) ^ sign);
}

struct span
cursor_text(struct cursor *c)
{
	uint64_t len = cursor_uvarint(c);

	if (len > SIZE_MAX)
		len = SIZE_MAX;
	return cursor_bytes(c, (size_t)len);
}

uint64_t
hash_bytes(struct span bytes, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes.ptr, bytes.len, seed);
}
