#include "common/domain/record.h"

#include <assert.h>

#include "common/domain/record_coding.h"

__extension__ typedef unsigned __int128 u128;

enum {
	SUMS_MAP = 16,
	SUMS_WEIGHT = 32,  /* sum_weight isn't 0 */
	SUMS_WHOLE = 64,   /* both sums are multiples of a million, divided */
	SUMS_COUNTS = 128, /* not a number of A alone: P, E, derived too */

	VARINT128_BYTES = 19,
	SUMS_BYTES_MAX = 1 + 9 * VARINT_BYTES + 2 * VARINT128_BYTES,
	MILLION = 1000000,
};

/* --- numbers of 128 bits --- */

static inline bool
fits_64(i128 value)
{
	return value == (int64_t)value;
}

static inline bool
is_whole(i128 value)
{
	/* Division of 64 bits is many times faster, and the usual case. */
	if (fits_64(value))
		return (int64_t)value % MILLION == 0;
	return value % MILLION == 0;
}

static inline i128
to_whole(i128 value)
{
	return fits_64(value) ? (int64_t)value / MILLION : value / MILLION;
}

static inline uint8_t *
put_unsigned128(uint8_t *at, u128 value)
{
	for (; value > UINT64_MAX; value >>= 7)
		*at++ = (uint8_t)(0x80 | ((uint64_t)value & 0x7f));
	return put_unsigned(at, (uint64_t)value);
}

/* Zigzag. */
static inline uint8_t *
put_signed128(uint8_t *at, i128 value)
{
	u128 sign = value < 0 ? ~(u128)0 : 0;

	return put_unsigned128(at, ((u128)value << 1) ^ sign);
}

static u128
take_long128(struct cursor *c)
{
	u128 value = 0;

	for (unsigned i = 0; i < VARINT128_BYTES; i++) {
		uint8_t byte = take_byte(c);

		/* 18 groups are 126 bits: two are left. */
		if (c->err != ERR_OK || (i == VARINT128_BYTES - 1 && byte > 3))
			break;
		value |= (u128)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		if (byte == 0 && i > 0)
			break;
		return value;
	}
	bad(c);
	return 0;
}

static inline u128
take_unsigned128(struct cursor *c)
{
	const uint8_t *at = c->ptr;

	/* Where nine bytes are there and one of them ends the number. */
	for (int i = 0; i < 8 && at < c->end; i++) {
		if (!(*at++ & 0x80))
			return take_unsigned(c);
	}
	return take_long128(c);
}

static inline i128
take_sum(struct cursor *c, bool whole)
{
	const i128 most = (i128)1 << ROLLUP_SUM_BITS;
	u128 zigzag = take_unsigned128(c);
	i128 value = (i128)(zigzag >> 1) ^ -(i128)(zigzag & 1);
	const i128 limit = whole ? most / MILLION : most;

	if (value > limit || value < -limit) {
		bad(c);
		return 0;
	}
	return whole ? value * MILLION : value;
}

/* --- rows --- */

static inline struct key
rollup_key(const struct rollup *r)
{
	return (struct key){r->definition, r->unit, r->period.code};
}

static inline bool
counts_simple(const struct rollup *r)
{
	return r->n_by_status[STATUS_P] == 0 && r->n_by_status[STATUS_E] == 0 &&
	       r->n_derived == 0;
}

static inline uint8_t *
put_counts(uint8_t *at, uint8_t *head, const struct rollup *r)
{
	at = put_unsigned(at, r->n_by_status[STATUS_A]);
	if (counts_simple(r))
		return at;
	*head |= SUMS_COUNTS;
	at = put_unsigned(at, r->n_by_status[STATUS_P]);
	at = put_unsigned(at, r->n_by_status[STATUS_E]);
	return put_unsigned(at, r->n_derived);
}

static inline uint8_t *
put_sums(uint8_t *at, uint8_t *head, const struct rollup *r)
{
	bool whole = is_whole(r->sum) && is_whole(r->sum_weight);

	if (whole)
		*head |= SUMS_WHOLE;
	at = put_signed128(at, whole ? to_whole(r->sum) : r->sum);
	if (r->sum_weight == 0)
		return at;
	*head |= SUMS_WEIGHT;
	return put_signed128(at,
	                     whole ? to_whole(r->sum_weight) : r->sum_weight);
}

/* Whole periods but for a divided unit: the lowest bit says which. */
static inline uint8_t *
put_reporting(uint8_t *at, uint64_t reporting)
{
	assert(reporting <= ROLLUP_REPORTING_MAX);
	if (reporting % MILLION == 0)
		return put_unsigned(at, reporting / MILLION << 1);
	return put_unsigned(at, reporting << 1 | 1);
}

void
rollups_write_begin(struct rollups_writer *w, struct buf *out, uint32_t n_rows)
{
	record_begin(out, RECORD_ROLLUPS);
	buf_put_uvarint(out, n_rows);
	*w = (struct rollups_writer){.out = out};
}

void
rollups_write_row(struct rollups_writer *w, const struct rollup *row)
{
	uint8_t bytes[SUMS_BYTES_MAX];
	uint8_t *at = bytes + 1;

	assert(row->sum_weight >= 0);
	bytes[0] = 0;
	at = put_key(at, &bytes[0], rollup_key(row), rollup_key(&w->last));
	if (row->map != w->last.map) {
		bytes[0] |= SUMS_MAP;
		at = put_difference(at, row->map, w->last.map);
	}
	at = put_counts(at, &bytes[0], row);
	at = put_reporting(at, row->reporting);
	at = put_sums(at, &bytes[0], row);
	assert(at <= bytes + ROLLUP_ROW_BYTES_MAX);
	buf_put(w->out, bytes, (size_t)(at - bytes));
	w->last = *row;
}

enum err
rollups_open(struct span record, struct rollups_reader *r)
{
	struct cursor c;
	enum err err = record_body(record, RECORD_ROLLUPS, &c);
	uint32_t n;

	if (err != ERR_OK)
		return err;
	n = take_count(&c);
	if (taken(&c) != ERR_OK)
		return c.err;
	*r = (struct rollups_reader){.rows = c, .left = n};
	return ERR_OK;
}

static inline uint32_t
take_u32(struct cursor *c)
{
	uint64_t value = take_unsigned(c);

	if (value > UINT32_MAX)
		bad(c);
	return (uint32_t)value;
}

static inline void
take_counts(struct cursor *c, uint8_t head, struct rollup *r)
{
	r->n_by_status[STATUS_A] = take_u32(c);
	r->n_by_status[STATUS_P] = r->n_by_status[STATUS_E] = r->n_derived = 0;
	if (!(head & SUMS_COUNTS))
		return;
	r->n_by_status[STATUS_P] = take_u32(c);
	r->n_by_status[STATUS_E] = take_u32(c);
	r->n_derived = take_u32(c);
	if (counts_simple(r))
		bad(c);
}

static inline uint64_t
take_reporting(struct cursor *c)
{
	uint64_t coded = take_unsigned(c);
	uint64_t number = coded >> 1;
	bool whole = (coded & 1) == 0;

	if (number > ROLLUP_REPORTING_MAX / (whole ? MILLION : 1) ||
	    (!whole && number % MILLION == 0)) {
		bad(c);
		return 0;
	}
	return whole ? number * MILLION : number;
}

static inline void
take_sums(struct cursor *c, uint8_t head, struct rollup *r)
{
	bool whole = head & SUMS_WHOLE;

	r->sum = take_sum(c, whole);
	r->sum_weight = 0;
	if (!(head & SUMS_WEIGHT))
		return;
	r->sum_weight = take_sum(c, whole);
	if (r->sum_weight <= 0)
		bad(c);
}

enum err
rollups_next(struct rollups_reader *r, struct rollup *row)
{
	struct rollup got = r->last;
	struct key key = rollup_key(&r->last);
	struct cursor *c = &r->rows;
	uint8_t head;

	if (r->left == 0)
		return rows_end(c);
	head = take_byte(c);
	take_key(c, head, &key);
	got.definition = key.definition;
	got.unit = key.unit;
	got.period.code = key.period;
	if (head & SUMS_MAP)
		got.map = take_difference(c, got.map, NUMBER_NONE - 1);
	take_counts(c, head, &got);
	got.reporting = take_reporting(c);
	take_sums(c, head, &got);
	if (taken(c) != ERR_OK)
		return c->err;
	r->left--;
	*row = r->last = got;
	return ERR_OK;
}
