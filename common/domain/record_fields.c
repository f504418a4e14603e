#include "common/domain/record_fields.h"

#include <assert.h>
#include <string.h>

#include "common/domain/decimal.h"
#include "common/domain/figure.h"
#include "common/domain/period.h"

#define WIDE_BITS 98 /* 14 bytes of 7: enough for FIELD_WIDE_MAX */

/* Enums are copied as numbers of this size. */
enum any { ANY };
_Static_assert(sizeof(enum any) == sizeof(uint32_t), "an enum is 32 bits");

static void
bad(struct cursor *c)
{
	if (c->err == ERR_OK)
		c->err = ERR_BAD_VALUE;
}

/* --- writing: at points to the field -------------------------------------- */

static void
put_byte(struct buf *out, const void *at)
{
	uint8_t value;

	memcpy(&value, at, sizeof value);
	buf_put_uvarint(out, value);
}

static void
put_count(struct buf *out, const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	buf_put_uvarint(out, value);
}

static void
put_number(struct buf *out, const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	buf_put_uvarint(out, (uint32_t)(value + 1));
}

static void
put_long(struct buf *out, const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof value);
	buf_put_uvarint(out, value);
}

static void
put_day(struct buf *out, const void *at)
{
	struct day value;

	memcpy(&value, at, sizeof value);
	buf_put_svarint(out, value.n);
}

static void
put_mantissa(struct buf *out, const void *at)
{
	int64_t value;

	memcpy(&value, at, sizeof value);
	buf_put_svarint(out, value);
}

__extension__ typedef unsigned __int128 u128;

static void
put_wide(struct buf *out, const void *at)
{
	i128 value;
	u128 zigzag;

	memcpy(&value, at, sizeof value);
	zigzag = value < 0 ? ~((u128)value << 1) : (u128)value << 1;
	for (; zigzag > 0x7f; zigzag >>= 7)
		buf_put_u8(out, (uint8_t)(0x80 | (zigzag & 0x7f)));
	buf_put_u8(out, (uint8_t)zigzag);
}

/* --- reading -------------------------------------------------------------- */

static void
get_byte(struct cursor *c, uint32_t max, void *at)
{
	uint8_t value = (uint8_t)cursor_uvarint_max(c, max);

	memcpy(at, &value, sizeof value);
}

static void
get_count(struct cursor *c, uint32_t max, void *at)
{
	uint32_t most = max == 0 ? UINT32_MAX : max;
	uint32_t value = (uint32_t)cursor_uvarint_max(c, most);

	memcpy(at, &value, sizeof value);
}

static void
get_number(struct cursor *c, uint32_t max, void *at)
{
	uint32_t value = (uint32_t)cursor_uvarint_max(c, UINT32_MAX) - 1;

	(void)max;
	memcpy(at, &value, sizeof value);
}

static void
get_long(struct cursor *c, uint32_t max, void *at)
{
	uint64_t value = cursor_uvarint(c);

	(void)max;
	memcpy(at, &value, sizeof value);
}

static void
get_day(struct cursor *c, uint32_t max, void *at)
{
	int64_t n = cursor_svarint(c);
	struct day value;

	(void)max;
	if (n < INT32_MIN || n > INT32_MAX)
		bad(c);
	value.n = (int32_t)n;
	memcpy(at, &value, sizeof value);
}

static void
get_period(struct cursor *c, uint32_t max, void *at)
{
	struct period value = {(uint32_t)cursor_uvarint_max(c, UINT32_MAX)};

	(void)max;
	if (value.code != 0 && !period_valid(value.code))
		bad(c);
	memcpy(at, &value, sizeof value);
}

static void
get_mantissa(struct cursor *c, uint32_t max, void *at)
{
	int64_t value = cursor_svarint(c);

	(void)max;
	if (value > DECIMAL_MANTISSA_MAX || value < -DECIMAL_MANTISSA_MAX)
		bad(c);
	memcpy(at, &value, sizeof value);
}

/* The shortest form only; what is too long for any mantissa is bad. */
static u128
get_long_varint(struct cursor *c)
{
	u128 value = 0;

	for (unsigned shift = 0; shift < WIDE_BITS; shift += 7) {
		uint8_t byte = cursor_u8(c);

		value |= (u128)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (byte == 0 && shift > 0)
			break;
		return value;
	}
	bad(c);
	return 0;
}

static void
get_wide(struct cursor *c, uint32_t max, void *at)
{
	u128 zigzag = get_long_varint(c);
	i128 value = (i128)(zigzag >> 1);

	(void)max;
	if (zigzag & 1)
		value = -value - 1;
	if (value > FIELD_WIDE_MAX || value < -FIELD_WIDE_MAX)
		bad(c);
	memcpy(at, &value, sizeof value);
}

static const struct {
	size_t size;
	void (*put)(struct buf *, const void *);
	void (*get)(struct cursor *, uint32_t, void *);
} types[FIELD_TYPES] = {
    [FIELD_FLAG] = {sizeof(bool), NULL, NULL},
    [FIELD_BYTE] = {sizeof(uint8_t), put_byte, get_byte},
    [FIELD_ENUM] = {sizeof(enum any), put_count, get_count},
    [FIELD_COUNT] = {sizeof(uint32_t), put_count, get_count},
    [FIELD_NUMBER] = {sizeof(uint32_t), put_number, get_number},
    [FIELD_LONG] = {sizeof(uint64_t), put_long, get_long},
    [FIELD_DAY] = {sizeof(struct day), put_day, get_day},
    [FIELD_PERIOD] = {sizeof(struct period), put_count, get_period},
    [FIELD_MANTISSA] = {sizeof(int64_t), put_mantissa, get_mantissa},
    [FIELD_WIDE] = {sizeof(i128), put_wide, get_wide},
};

/* --- the table ------------------------------------------------------------ */

static uint32_t
flags_of(struct record_fields fields, const uint8_t *from, unsigned *n)
{
	uint32_t bits = 0;

	*n = 0;
	for (size_t i = 0; i < fields.n; i++) {
		bool set;

		if (fields.list[i].type != FIELD_FLAG)
			continue;
		memcpy(&set, from + fields.list[i].offset, sizeof set);
		bits |= (uint32_t)set << (*n)++;
	}
	assert(*n < FIELD_FLAGS_MAX);
	return bits;
}

void
fields_write(struct buf *out, struct record_fields fields, const void *from)
{
	unsigned n;

	buf_put_uvarint(out, flags_of(fields, from, &n));
	for (size_t i = 0; i < fields.n; i++) {
		const struct record_field *f = &fields.list[i];

		if (f->type != FIELD_FLAG)
			types[f->type].put(out,
			                   (const uint8_t *)from + f->offset);
	}
}

void
fields_read(struct cursor *c, struct record_fields fields, void *to)
{
	uint32_t bits = (uint32_t)cursor_uvarint_max(c, UINT32_MAX);

	for (size_t i = 0; i < fields.n; i++) {
		const struct record_field *f = &fields.list[i];
		uint8_t *at = (uint8_t *)to + f->offset;
		bool set = bits & 1;

		if (f->type != FIELD_FLAG) {
			types[f->type].get(c, f->max, at);
			continue;
		}
		memcpy(at, &set, sizeof set);
		bits >>= 1;
	}
	if (bits != 0)
		bad(c);
}

bool
fields_equal(struct record_fields fields, const void *a, const void *b)
{
	const uint8_t *at = a;
	const uint8_t *bt = b;

	for (size_t i = 0; i < fields.n; i++) {
		size_t offset = fields.list[i].offset;

		if (memcmp(at + offset, bt + offset,
		           types[fields.list[i].type].size) != 0)
			return false;
	}
	return true;
}
