/*
 * record_fields - a struct as a journal record, from one table of its fields.
 *
 * For records that hold one flat struct (verdict, alert): writing, bounded reading
 * and comparing follow the same table, so they cannot drift apart. On the wire:
 * one varint with a bit for every flag, in the order of the table, then every
 * other field in that order: numbers as varints, NUMBER_NONE as 0 and n as n + 1,
 * days and mantissas zigzag, wide mantissas zigzag over 128 bits.
 * Not for rows by the million: record.h packs those.
 */
#ifndef COMMON_DOMAIN_RECORD_FIELDS_H
#define COMMON_DOMAIN_RECORD_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

enum field_type {
	FIELD_FLAG,     /* bool */
	FIELD_BYTE,     /* uint8_t, at most max */
	FIELD_ENUM,     /* an enum, at most max */
	FIELD_COUNT,    /* uint32_t */
	FIELD_NUMBER,   /* uint32_t of the catalogue, or NUMBER_NONE */
	FIELD_LONG,     /* uint64_t */
	FIELD_DAY,      /* struct day */
	FIELD_PERIOD,   /* struct period, or code 0 */
	FIELD_MANTISSA, /* int64_t within DECIMAL_MANTISSA_MAX */
	FIELD_WIDE,     /* i128 within FIELD_WIDE_MAX */
	FIELD_TYPES
};

#define FIELD_FLAGS_MAX 32
#define FIELD_WIDE_MAX  ((i128)1 << 90)

struct record_field {
	size_t offset;
	enum field_type type;
	uint32_t max;
};

struct record_fields {
	const struct record_field *list;
	size_t n;
};

void fields_write(struct buf *out, struct record_fields fields,
                  const void *from);
/* c->err is set on bytes that are not such a struct; *to is then half filled. */
void fields_read(struct cursor *c, struct record_fields fields, void *to);
bool fields_equal(struct record_fields fields, const void *a, const void *b);

#endif
