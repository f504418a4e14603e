#include "common/domain/decimal.h"

#include <assert.h>
#include <stddef.h>

__extension__ typedef unsigned __int128 u128;

enum {
	POW10_TABLE = 20, /* powers that fit 64 bits */
	POW10_MAX = 38,   /* the largest that fits 127 bits */
};

static const uint64_t pow10_table[POW10_TABLE] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static u128
pow10_of(unsigned n)
{
	assert(n <= POW10_MAX);
	if (n < POW10_TABLE)
		return pow10_table[n];
	return (u128)pow10_table[POW10_TABLE - 1] *
	       pow10_table[n - (POW10_TABLE - 1)];
}

/* Defined for the smallest number too. */
static u128
magnitude(i128 value)
{
	return value < 0 ? -(u128)value : (u128)value;
}

static i128
signed_of(u128 value, bool negative)
{
	return negative ? (i128)-value : (i128)value;
}

/* The parts of a decimal's text. */
struct shape {
	bool negative;
	struct span whole;
	struct span fraction;
};

static struct span
take_digits(struct span *text)
{
	size_t n = 0;
	struct span digits;

	while (n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9')
		n++;
	digits = span_of(text->ptr, n);
	if (n > 0)
		*text = span_of(text->ptr + n, text->len - n);
	return digits;
}

static bool
take_byte(struct span *text, char byte)
{
	if (text->len == 0 || text->ptr[0] != (uint8_t)byte)
		return false;
	*text = span_of(text->ptr + 1, text->len - 1);
	return true;
}

static bool
shape_of(struct span text, bool comma, struct shape *shape)
{
	struct shape s = {0};

	s.negative = take_byte(&text, '-');
	if (!s.negative)
		take_byte(&text, '+');
	s.whole = take_digits(&text);
	if (take_byte(&text, comma ? ',' : '.'))
		s.fraction = take_digits(&text);
	*shape = s;
	return text.len == 0 && s.whole.len + s.fraction.len > 0;
}

/* Digits after the point up to the last that isn't a zero. */
static size_t
significant(struct span fraction)
{
	size_t n = fraction.len;

	while (n > 0 && fraction.ptr[n - 1] == '0')
		n--;
	return n;
}

/* Appends digits to a mantissa that sticks once it is past the maximum. */
static uint64_t
push_digits(uint64_t mantissa, const uint8_t *digits, size_t n)
{
	for (size_t i = 0; i < n && mantissa <= DECIMAL_MANTISSA_MAX; i++)
		mantissa = mantissa * 10 + (uint64_t)(digits[i] - '0');
	return mantissa;
}

static enum err
shape_value(const struct shape *s, size_t places, int64_t *mantissa)
{
	size_t digits = s->fraction.len < places ? s->fraction.len : places;
	uint64_t value = push_digits(0, s->whole.ptr, s->whole.len);

	if (significant(s->fraction) > places)
		return ERR_TOO_PRECISE;
	value = push_digits(value, s->fraction.ptr, digits);
	for (size_t i = digits; i < places && value <= DECIMAL_MANTISSA_MAX;
	     i++)
		value *= 10;
	if (value > DECIMAL_MANTISSA_MAX)
		return ERR_OUT_OF_RANGE;
	*mantissa = s->negative ? -(int64_t)value : (int64_t)value;
	return ERR_OK;
}

enum err
decimal_parse(struct span text, uint8_t places, bool comma, int64_t *mantissa)
{
	struct shape shape;

	if (!shape_of(text, comma, &shape))
		return ERR_BAD_NUMBER;
	return shape_value(&shape, places, mantissa);
}

enum err
decimal_parse_free(struct span text, bool comma, struct decimal *value)
{
	struct shape shape;
	struct decimal got = {0};
	size_t places;
	enum err err = ERR_OUT_OF_RANGE;

	if (!shape_of(text, comma, &shape))
		return ERR_BAD_NUMBER;
	places = shape.fraction.len;
	if (places <= DECIMAL_PLACES_MAX)
		err = shape_value(&shape, places, &got.mantissa);
	/* Zeros at the end are not what makes a number too large. */
	if (err != ERR_OK) {
		places = significant(shape.fraction);
		if (places > DECIMAL_PLACES_MAX)
			return ERR_TOO_PRECISE;
		err = shape_value(&shape, places, &got.mantissa);
	}
	if (err != ERR_OK)
		return err;
	got.places = (uint8_t)places;
	*value = got;
	return ERR_OK;
}

static bool
in_range(int64_t mantissa)
{
	return mantissa <= DECIMAL_MANTISSA_MAX &&
	       mantissa >= -DECIMAL_MANTISSA_MAX;
}

enum err
decimal_rescale(struct decimal value, uint8_t places, int64_t *mantissa)
{
	int64_t m = value.mantissa;
	unsigned at = value.places;

	for (; at > places && m != 0; at--) {
		if (m % 10 != 0)
			return ERR_TOO_PRECISE;
		m /= 10;
	}
	if (!in_range(m))
		return ERR_OUT_OF_RANGE;
	for (; at < places && m != 0; at++) {
		m *= 10;
		if (!in_range(m))
			return ERR_OUT_OF_RANGE;
	}
	*mantissa = m;
	return ERR_OK;
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	uint8_t places = a.places > b.places ? a.places : b.places;
	i128 left = decimal_round(a.mantissa, a.places, places);
	i128 right = decimal_round(b.mantissa, b.places, places);

	return (left > right) - (left < right);
}

static u128
divide_rounded(u128 value, u128 by)
{
	u128 rest = value % by;

	return value / by + (rest >= by - rest ? 1 : 0);
}

i128
decimal_round(i128 mantissa, uint8_t from_places, uint8_t to_places)
{
	u128 size = magnitude(mantissa);
	i128 result;

	if (to_places >= from_places) {
		unsigned up = (unsigned)to_places - from_places;
		bool lost = __builtin_mul_overflow(mantissa, (i128)pow10_of(up),
		                                   &result);

		assert(!lost);
		return result;
	}
	if (from_places - to_places > POW10_MAX)
		return 0;
	size =
	    divide_rounded(size, pow10_of((unsigned)from_places - to_places));
	return signed_of(size, mantissa < 0);
}

/* All in 64 bits: nearly always so for one unit's figures, and much faster. */
static bool
short_division(u128 product, u128 by, unsigned places, u128 *quotient)
{
	uint64_t value;
	uint64_t divisor = (uint64_t)by;
	uint64_t rest;

	if (product > UINT64_MAX || by > UINT64_MAX || places >= POW10_TABLE ||
	    __builtin_mul_overflow((uint64_t)product, pow10_table[places],
	                           &value))
		return false;
	rest = value % divisor;
	*quotient = value / divisor + (rest >= divisor - rest ? 1 : 0);
	return true;
}

/*
 * The rest of a long division: `places` more digits after whole and rest, then
 * the rounding. The product numerator * 10^places is never formed, so it need
 * not fit. False if the quotient does not fit 127 bits.
 */
static bool
long_division(u128 product, u128 by, unsigned places, u128 *quotient)
{
	const u128 max = ~(u128)0 >> 1;
	u128 q = product / by;
	u128 rest = product % by;

	for (unsigned i = 0; i < places; i++) {
		if (q > max / 10 - 1)
			return false;
		q = q * 10 + rest * 10 / by;
		rest = rest * 10 % by;
	}
	*quotient = q + (rest >= by - rest ? 1 : 0);
	return true;
}

enum err
decimal_quotient(i128 numerator, i128 denominator, int64_t factor,
                 uint8_t places, i128 *mantissa)
{
	const u128 most = (u128)1 << DECIMAL_QUOTIENT_BITS;
	u128 size = magnitude(numerator);
	u128 quotient;

	assert(denominator >= 0 && factor > 0 && factor <= 1000000);
	if (denominator == 0)
		return ERR_ZERO_DENOMINATOR;
	/* A factor has at most 20 bits; dividing by it is for the rare rest. */
	if ((u128)denominator > most ||
	    (size > most >> 20 && size > most / (uint64_t)factor))
		return ERR_OUT_OF_RANGE;
	size *= (uint64_t)factor;
	if (!short_division(size, (u128)denominator, places, &quotient) &&
	    !long_division(size, (u128)denominator, places, &quotient))
		return ERR_OUT_OF_RANGE;
	*mantissa = signed_of(quotient, numerator < 0);
	return ERR_OK;
}

char *
decimal_format(i128 mantissa, uint8_t places, char out[DECIMAL_TEXT_MAX])
{
	char digits[DECIMAL_TEXT_MAX]; /* the last first */
	u128 rest = magnitude(mantissa);
	size_t n = 0;
	size_t at = 0;

	assert(places <= POW10_MAX);
	for (; rest > 0 || n <= places; rest /= 10)
		digits[n++] = (char)('0' + (int)(rest % 10));
	if (mantissa < 0)
		out[at++] = '-';
	while (n > 0) {
		out[at++] = digits[--n];
		if (n == places && n > 0)
			out[at++] = '.';
	}
	out[at] = '\0';
	return out;
}
