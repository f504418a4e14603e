/*
 * cursor - bounded reading of msgpack, one value at a time.
 *
 * Never reads past the end, never allocates, keeps no count of its own: a
 * message that was scanned (scan.h) is read with it, and scan itself stands on
 * it. Not for other people's streams: a cursor knows the whole frame.
 *
 * Like struct cursor of base it keeps its first failure: after it every read is
 * a no-op, and `at` stays where the failing value begins.
 */
#ifndef PROTO_CURSOR_H
#define PROTO_CURSOR_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

enum mp_kind {
	MP_NIL,
	MP_BOOL,
	MP_UINT, /* an integer from 0, of whatever width and sign on the wire */
	MP_INT,  /* a negative integer */
	MP_TEXT,
	MP_BIN,
	MP_ARRAY,
	MP_MAP,
	MP_FLOAT,
	MP_EXT,
	MP_NONE /* the byte that msgpack never uses, or after a failure */
};

/* What stands in front of a value. */
struct mp_head {
	enum mp_kind kind;
	uint64_t number; /* BOOL: 0, 1; UINT: it; INT: it, negated; TEXT, BIN,
	                  * EXT, FLOAT: bytes behind the head; ARRAY: elements;
	                  * MAP: pairs */
};

struct mp {
	const uint8_t *ptr; /* next byte */
	const uint8_t *end;
	const uint8_t *at; /* where the value read last begins */
	enum err err;      /* ERR_TRUNCATED, ERR_BAD_TYPE, ERR_BAD_VALUE */
};

struct wire_value;

struct mp mp_of(struct span bytes);
size_t mp_left(const struct mp *c); /* bytes; 0 after a failure */

/* Reads a head; of TEXT, BIN, EXT, FLOAT the bytes behind it come next and are
 * all there. ERR_TRUNCATED otherwise. */
struct mp_head mp_head(struct mp *c);

/* Each reads one value of its kind, else fails with ERR_BAD_TYPE and returns
 * zero. Integers from 2^53 on fail with ERR_BAD_VALUE, negative ones too where
 * unsigned are expected. */
uint64_t mp_uint(struct mp *c);
int64_t mp_int(struct mp *c);
bool mp_bool(struct mp *c);
struct span mp_text(struct mp *c); /* ptr is never NULL on success */
struct span mp_bin(struct mp *c);
uint32_t mp_array(struct mp *c); /* the number of elements */
uint32_t mp_map(struct mp *c);   /* the number of pairs */
/* An integer, or an array of two: mantissa and exponent 0..-WIRE_PLACES_MAX. */
void mp_decimal(struct mp *c, int64_t *mantissa, uint8_t *places);

/* nil, bool, integer, text or decimal. */
void mp_value(struct mp *c, struct wire_value *value);

/* Passes up to n values as long as they hold no others and can be no wrong ones:
 * nil, true, false, unsigned integers below 2^32. Returns how many of the n are
 * left. Most of a batch is such. */
uint64_t mp_pass(struct mp *c, uint64_t n);

/* The kind of the next value, without reading it; MP_NONE at the end. */
enum mp_kind mp_peek(const struct mp *c);
/* Over one value and all within it; of bytes that were not scanned only as far
 * as they reach (ERR_TRUNCATED). */
void mp_skip(struct mp *c);

#endif
