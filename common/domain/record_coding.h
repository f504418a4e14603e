/*
 * record_coding - how numbers and keys stand in the rows of records.
 *
 * Only for record_rows.c and record_rollups.c; inline, since millions of rows a
 * second go through. A row is one byte that says which differences to the row
 * before follow, then those. Rows of figures and of roll-ups share its lower
 * four bits. Whoever writes has room for VARINT_BYTES a number.
 */
#ifndef COMMON_DOMAIN_RECORD_CODING_H
#define COMMON_DOMAIN_RECORD_CODING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/figure.h"
#include "common/domain/period.h"

enum {
	KEY_DEFINITION = 3, /* two bits: */
	KEY_NEXT = 1,       /* the following number */
	KEY_OTHER = 2,      /* difference follows */
	KEY_UNIT = 4,
	KEY_PERIOD = 8,

	VARINT_BYTES = 10,
};

/* --- numbers --- */

static inline uint8_t *
put_unsigned(uint8_t *at, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		*at++ = (uint8_t)(0x80 | (value & 0x7f));
	*at++ = (uint8_t)value;
	return at;
}

static inline uint8_t *
put_signed(uint8_t *at, int64_t value)
{
	uint64_t sign = value < 0 ? UINT64_MAX : 0;

	return put_unsigned(at, ((uint64_t)value << 1) ^ sign);
}

static inline uint8_t *
put_difference(uint8_t *at, uint32_t now, uint32_t before)
{
	return put_signed(at, (int64_t)now - (int64_t)before);
}

static inline void
bad(struct cursor *c)
{
	if (c->err == ERR_OK)
		c->err = ERR_BAD_VALUE;
}

/* cursor_uvarint with its usual case inlined: most numbers are short. */
static inline uint64_t
take_unsigned(struct cursor *c)
{
	const uint8_t *at = c->ptr;
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 56 && at < c->end; shift += 7) {
		uint8_t byte = *at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (byte == 0 && shift > 0)
			break;
		c->ptr = at;
		return value;
	}
	return cursor_uvarint(c);
}

static inline int64_t
take_signed(struct cursor *c)
{
	uint64_t zigzag = take_unsigned(c);
	uint64_t sign = zigzag & 1 ? UINT64_MAX : 0;

	return (int64_t)((zigzag >> 1) ^ sign);
}

static inline uint8_t
take_byte(struct cursor *c)
{
	if (c->ptr == c->end)
		return cursor_u8(c);
	return *c->ptr++;
}

/* before + difference, 0..max. */
static inline uint32_t
take_difference(struct cursor *c, uint32_t before, uint32_t max)
{
	int64_t difference = take_signed(c);

	if (difference > (int64_t)max - before ||
	    difference < -(int64_t)before) {
		bad(c);
		return 0;
	}
	return (uint32_t)(before + difference);
}

/* --- keys --- */

struct key {
	uint32_t definition;
	uint32_t unit;
	uint32_t period;
};

static inline uint8_t *
put_key(uint8_t *at, uint8_t *head, struct key now, struct key before)
{
	if (now.definition == before.definition + 1) {
		*head |= KEY_NEXT;
	} else if (now.definition != before.definition) {
		*head |= KEY_OTHER;
		at = put_difference(at, now.definition, before.definition);
	}
	if (now.unit != before.unit) {
		*head |= KEY_UNIT;
		at = put_difference(at, now.unit, before.unit);
	}
	if (now.period != before.period) {
		*head |= KEY_PERIOD;
		at = put_difference(at, now.period, before.period);
	}
	return at;
}

static inline void
take_key(struct cursor *c, uint8_t head, struct key *key)
{
	const uint32_t most = NUMBER_NONE - 1;
	uint8_t how = head & KEY_DEFINITION;

	if (how == KEY_NEXT && key->definition < most)
		key->definition++;
	else if (how == KEY_OTHER)
		key->definition = take_difference(c, key->definition, most);
	else if (how != 0)
		bad(c);
	if (head & KEY_UNIT)
		key->unit = take_difference(c, key->unit, most);
	if (head & KEY_PERIOD) {
		key->period = take_difference(c, key->period, UINT32_MAX);
		if (!period_valid(key->period))
			bad(c);
	} else if (key->period == 0) {
		bad(c);
	}
}

/* --- rows --- */

/* How the reading of a row ended. */
static inline enum err
taken(struct cursor *c)
{
	if (c->err == ERR_OK || c->err == ERR_TRUNCATED)
		return c->err;
	return c->err = ERR_BAD_MESSAGE;
}

/* Behind the last row: nothing may be left. */
static inline enum err
rows_end(const struct cursor *rows)
{
	if (rows->err != ERR_OK)
		return rows->err;
	return rows->ptr == rows->end ? ERR_NOT_FOUND : ERR_BAD_MESSAGE;
}

/* How many rows follow. The shortest row has one byte, so a number that lies is
 * found before anything is made of it. */
static inline uint32_t
take_count(struct cursor *c)
{
	uint64_t n = cursor_uvarint_max(c, UINT32_MAX);

	if (n > cursor_left(c))
		bad(c);
	return c->err == ERR_OK ? (uint32_t)n : 0;
}

#endif
