/*
 * buf - bytes: borrowed (span), owned with a ceiling (buf), read with bounds
 * (cursor).
 *
 * A buf keeps the first failure: after it every put is a no-op and buf_err()
 * tells. So a run of puts needs one check at its end. A cursor does the same.
 * Integers in stored and sent bytes are LEB128 varints (unsigned), zigzag
 * varints (signed), or big-endian where they are part of a sorted key.
 */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* Borrowed bytes, passed by value; the giver says how long they live. */
struct span {
	const uint8_t *ptr;
	size_t len;
};

struct span span_of(const void *ptr, size_t len);
struct span span_str(const char *text); /* without the NUL */
bool span_equal(struct span a, struct span b);
int span_compare(struct span a, struct span b); /* as memcmp, shorter first */

struct buf {
	uint8_t *ptr;
	size_t len;       /* bytes used */
	size_t cap;       /* bytes allocated */
	size_t max_bytes; /* ceiling; a put past it fails with ERR_TOO_LARGE */
	enum err err;     /* first failure: ERR_TOO_LARGE or ERR_NOMEM */
};

/* Allocates nothing; max_bytes under PTRDIFF_MAX / 2. */
void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);  /* frees; may be init'ed again */
void buf_reset(struct buf *b); /* len = 0, err = OK, memory kept */
void buf_truncate(struct buf *b, size_t len); /* len must not exceed b->len */
enum err buf_err(const struct buf *b);
struct span buf_span(const struct buf *b); /* valid until the next put */

void buf_put(struct buf *b, const void *ptr, size_t len);
void buf_put_u8(struct buf *b, uint8_t value);
void buf_put_be32(struct buf *b, uint32_t value);
void buf_put_be64(struct buf *b, uint64_t value);
void buf_put_uvarint(struct buf *b, uint64_t value); /* 1..10 bytes */
void buf_put_svarint(struct buf *b, int64_t value);  /* zigzag */
void buf_put_text(struct buf *b, struct span text); /* uvarint length + bytes */
void buf_put_str(struct buf *b, const char *text);  /* bytes only, no length */
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds a NUL that is not counted in len; NULL after a failure. */
const char *buf_cstr(struct buf *b);

/* Bounded reading; err stays ERR_OK until the first short or bad read, after
 * which every get returns 0 or an empty span. */
struct cursor {
	const uint8_t *ptr; /* next byte */
	const uint8_t *end;
	enum err err; /* ERR_TRUNCATED or ERR_BAD_VALUE (varint over 64 bits or
	               * longer than its number needs) */
};

struct cursor cursor_of(struct span bytes);
size_t cursor_left(const struct cursor *c); /* 0 after a failure */
uint8_t cursor_u8(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
uint64_t cursor_be64(struct cursor *c);
uint64_t cursor_uvarint(struct cursor *c);
/* As above but a value over max is ERR_BAD_VALUE and returns 0. */
uint64_t cursor_uvarint_max(struct cursor *c, uint64_t max);
int64_t cursor_svarint(struct cursor *c);
struct span cursor_bytes(struct cursor *c, size_t len);
struct span cursor_text(struct cursor *c); /* what buf_put_text wrote */

/* XXH3-64 of bytes (xxhash.h), seeded; for checksums, digests, hash maps.
 * Not for secrets. The same on every machine. */
uint64_t hash_bytes(struct span bytes, uint64_t seed);

#endif
