#include "proto/cursor.h"

#include "proto/wire.h"

struct format {
	uint8_t kind;  /* enum mp_kind */
	uint8_t width; /* bytes of the number behind the first byte */
};

enum { FORMATS_FROM = 0xc0, FORMATS_TO = 0xdf, INT_NEGATIVE_FIX = 0xe0 };

/* The first bytes from 0xc0 to 0xdf; all others hold their number themselves.
 * Of fixed EXT and of FLOAT the number follows from the byte. */
static const struct format formats[FORMATS_TO - FORMATS_FROM + 1] = {
    {MP_NIL, 0},   {MP_NONE, 0},  {MP_BOOL, 0}, {MP_BOOL, 0},  {MP_BIN, 1},
    {MP_BIN, 2},   {MP_BIN, 4},   {MP_EXT, 1},  {MP_EXT, 2},   {MP_EXT, 4},
    {MP_FLOAT, 0}, {MP_FLOAT, 0}, {MP_UINT, 1}, {MP_UINT, 2},  {MP_UINT, 4},
    {MP_UINT, 8},  {MP_INT, 1},   {MP_INT, 2},  {MP_INT, 4},   {MP_INT, 8},
    {MP_EXT, 0},   {MP_EXT, 0},   {MP_EXT, 0},  {MP_EXT, 0},   {MP_EXT, 0},
    {MP_TEXT, 1},  {MP_TEXT, 2},  {MP_TEXT, 4}, {MP_ARRAY, 2}, {MP_ARRAY, 4},
    {MP_MAP, 2},   {MP_MAP, 4},
};

struct mp
mp_of(struct span bytes)
{
	return (struct mp){
	    .ptr = bytes.ptr, .end = bytes.ptr + bytes.len, .at = bytes.ptr};
}

size_t
mp_left(const struct mp *c)
{
	return c->err == ERR_OK ? (size_t)(c->end - c->ptr) : 0;
}

static struct mp_head
fail(struct mp *c, enum err err)
{
	if (c->err == ERR_OK)
		c->err = err;
	return (struct mp_head){.kind = MP_NONE};
}

/* Heads of one byte. */
static struct mp_head
head_fix(uint8_t first)
{
	if (first < 0x80)
		return (struct mp_head){MP_UINT, first};
	if (first < 0x90)
		return (struct mp_head){MP_MAP, first & 0x0fu};
	if (first < 0xa0)
		return (struct mp_head){MP_ARRAY, first & 0x0fu};
	if (first < FORMATS_FROM)
		return (struct mp_head){MP_TEXT, first & 0x1fu};
	return (struct mp_head){MP_INT, 0x100u - first};
}

static uint64_t
big_endian(const uint8_t *ptr, size_t width)
{
	uint64_t number = 0;

	for (size_t i = 0; i < width; i++)
		number = number << 8 | ptr[i];
	return number;
}

/* A number of width bytes with a sign: negative ones are negated. */
static struct mp_head
head_signed(uint64_t number, size_t width)
{
	unsigned unused = 64 - 8 * (unsigned)width;
	uint64_t sign = UINT64_C(1) << (8 * width - 1);

	if ((number & sign) == 0)
		return (struct mp_head){MP_UINT, number};
	return (struct mp_head){MP_INT, (~number << unused >> unused) + 1};
}

/* Bytes behind the head of a fixed EXT (with its type) or a FLOAT; whether a
 * BOOL is true. */
static uint64_t
implied_number(uint8_t first, enum mp_kind kind)
{
	if (kind == MP_EXT)
		return (UINT64_C(1) << (first - 0xd4)) + 1;
	if (kind == MP_FLOAT)
		return first == 0xca ? 4 : 8;
	return first & 1u;
}

static struct mp_head
head_wide(struct mp *c, uint8_t first)
{
	struct format f = formats[first - FORMATS_FROM];
	struct mp_head h = {.kind = f.kind};

	if (f.width > (size_t)(c->end - c->ptr))
		return fail(c, ERR_TRUNCATED);
	h.number = big_endian(c->ptr, f.width);
	c->ptr += f.width;
	if (f.width == 0)
		h.number = implied_number(first, h.kind);
	else if (h.kind == MP_INT)
		h = head_signed(h.number, f.width);
	else if (h.kind == MP_EXT)
		h.number++;
	return h;
}

static bool
has_bytes(enum mp_kind kind)
{
	return kind == MP_TEXT || kind == MP_BIN || kind == MP_EXT ||
	       kind == MP_FLOAT;
}

struct mp_head
mp_head(struct mp *c)
{
	struct mp_head h;
	uint8_t first;

	if (c->err != ERR_OK)
		return (struct mp_head){.kind = MP_NONE};
	c->at = c->ptr;
	if (c->ptr == c->end)
		return fail(c, ERR_TRUNCATED);
	first = *c->ptr++;
	if (first < FORMATS_FROM || first >= INT_NEGATIVE_FIX)
		h = head_fix(first);
	else
		h = head_wide(c, first);
	if (has_bytes(h.kind) && h.number > (size_t)(c->end - c->ptr))
		return fail(c, ERR_TRUNCATED);
	return h;
}

/* Reads a head that must be of this kind. */
static uint64_t
expect(struct mp *c, enum mp_kind kind)
{
	struct mp_head h = mp_head(c);

	if (h.kind == kind)
		return h.number;
	fail(c, ERR_BAD_TYPE);
	return 0;
}

int64_t
mp_int(struct mp *c)
{
	struct mp_head h = mp_head(c);

	if (h.kind != MP_UINT && h.kind != MP_INT)
		fail(c, ERR_BAD_TYPE);
	else if (h.number > WIRE_UINT_MAX)
		fail(c, ERR_BAD_VALUE);
	if (c->err != ERR_OK)
		return 0;
	return h.kind == MP_INT ? -(int64_t)h.number : (int64_t)h.number;
}

uint64_t
mp_uint(struct mp *c)
{
	int64_t number = mp_int(c);

	if (number >= 0)
		return (uint64_t)number;
	fail(c, ERR_BAD_VALUE);
	return 0;
}

bool
mp_bool(struct mp *c)
{
	return expect(c, MP_BOOL) != 0;
}

static struct span
bytes_of(struct mp *c, enum mp_kind kind)
{
	size_t len = (size_t)expect(c, kind);
	struct span s = {0};

	if (c->err != ERR_OK)
		return s;
	s = span_of(c->ptr, len);
	c->ptr += len;
	return s;
}

struct span
mp_text(struct mp *c)
{
	return bytes_of(c, MP_TEXT);
}

struct span
mp_bin(struct mp *c)
{
	return bytes_of(c, MP_BIN);
}

uint32_t
mp_array(struct mp *c)
{
	return (uint32_t)expect(c, MP_ARRAY);
}

uint32_t
mp_map(struct mp *c)
{
	return (uint32_t)expect(c, MP_MAP);
}

void
mp_decimal(struct mp *c, int64_t *mantissa, uint8_t *places)
{
	const uint8_t *start = c->ptr;
	int64_t exponent = 0;

	*mantissa = 0;
	*places = 0;
	if (c->err != ERR_OK)
		return;
	if (mp_peek(c) == MP_ARRAY) {
		if (mp_array(c) != 2)
			fail(c, ERR_BAD_VALUE);
		*mantissa = mp_int(c);
		exponent = mp_int(c);
	} else {
		*mantissa = mp_int(c);
	}
	if (exponent > 0 || exponent < -WIRE_PLACES_MAX)
		fail(c, ERR_BAD_VALUE);
	if (c->err == ERR_OK)
		*places = (uint8_t)-exponent;
	else
		c->at = start;
}

void
mp_value(struct mp *c, struct wire_value *value)
{
	*value = (struct wire_value){.kind = WIRE_VALUE_NIL};
	switch (mp_peek(c)) {
	case MP_NIL: mp_head(c); break;
	case MP_BOOL: *value = wire_bool(mp_bool(c)); break;
	case MP_UINT:
	case MP_INT: *value = wire_int(mp_int(c)); break;
	case MP_TEXT: *value = wire_text(mp_text(c)); break;
	case MP_ARRAY:
		value->kind = WIRE_VALUE_DECIMAL;
		mp_decimal(c, &value->number, &value->places);
		break;
	case MP_BIN:
	case MP_MAP:
	case MP_FLOAT:
	case MP_EXT:
	case MP_NONE: expect(c, MP_NIL); break;
	}
}

enum mp_kind
mp_peek(const struct mp *c)
{
	struct mp ahead = *c;

	return mp_head(&ahead).kind;
}

/* Bytes of a value that mp_pass passes, by its first; 0: it is another. */
static inline size_t
pass_bytes(uint8_t first)
{
	static const uint8_t bytes[FORMATS_TO - FORMATS_FROM + 1] = {
	    [0xc0 - FORMATS_FROM] = 1, [0xc2 - FORMATS_FROM] = 1,
	    [0xc3 - FORMATS_FROM] = 1, [0xcc - FORMATS_FROM] = 2,
	    [0xcd - FORMATS_FROM] = 3, [0xce - FORMATS_FROM] = 5,
	};

	if (first < 0x80)
		return 1;
	if (first < FORMATS_FROM || first > FORMATS_TO)
		return 0;
	return bytes[first - FORMATS_FROM];
}

uint64_t
mp_pass(struct mp *c, uint64_t n)
{
	const uint8_t *at = c->ptr;

	if (c->err != ERR_OK)
		return n;
	for (; n > 0 && at < c->end; n--) {
		size_t bytes = pass_bytes(*at);

		if (bytes == 0 || bytes > (size_t)(c->end - at))
			break;
		at += bytes;
	}
	c->ptr = at;
	return n;
}

void
mp_skip(struct mp *c)
{
	uint64_t left = 1;

	while (c->err == ERR_OK && (left = mp_pass(c, left)) > 0) {
		struct mp_head h = mp_head(c);

		left--;
		if (has_bytes(h.kind))
			c->ptr += h.number;
		else if (h.kind == MP_ARRAY)
			left += h.number;
		else if (h.kind == MP_MAP)
			left += 2 * h.number;
	}
}
