/*
 * record_samples - records and rows of any content, for the tests of record.h.
 */
#ifndef TESTS_LIB_RECORD_SAMPLES_H
#define TESTS_LIB_RECORD_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/record.h"
#include "tests/lib/random.h"

static inline void
same_bytes(const struct buf *b, const char *hex)
{
	char got[1024] = "";

	assert_int_equal(buf_err(b), ERR_OK);
	assert_true(b->len * 2 < sizeof(got));
	for (size_t i = 0; i < b->len; i++)
		snprintf(got + 2 * i, 3, "%02x", b->ptr[i]);
	assert_string_equal(got, hex);
}

static const struct batch_id sample_id = {
    .producer = {(const uint8_t *)"gso", 3},
    .epoch = 1,
    .sequence = 7,
    .hash = {UINT64_C(0x0102030405060708), UINT64_C(0x1112131415161718)},
};

static inline void
same_id(const struct batch_id *a, const struct batch_id *b)
{
	assert_true(span_equal(a->producer, b->producer));
	assert_int_equal(a->epoch, b->epoch);
	assert_int_equal(a->sequence, b->sequence);
	assert_int_equal(a->hash[0], b->hash[0]);
	assert_int_equal(a->hash[1], b->hash[1]);
}

static inline struct figure
bulk_row(uint32_t i)
{
	return (struct figure){
	    .definition = i,
	    .unit = 12,
	    .period = period_of_year(2024),
	    .has = FIGURE_VALUE | FIGURE_PARTS,
	    .status = STATUS_A,
	    .value = 1375 + i,
	    .numerator = 1158 + i,
	    .denominator = 8421 + i,
	    .document = NUMBER_NONE,
	    .released = {20269},
	    .row = i,
	};
}

static inline void
write_block(struct buf *b, const struct block *head, const struct figure *rows)
{
	struct block_writer w;

	block_write_begin(&w, b, head);
	for (uint32_t i = 0; i < head->n_rows; i++)
		block_write_row(&w, &rows[i]);
	assert_int_equal(buf_err(b), ERR_OK);
}

static inline void
random_key(uint64_t *seed, struct figure *f)
{
	f->row += 1 + (uint32_t)(below(seed, 4) == 0 ? below(seed, 300) : 0);
	f->definition =
	    (uint32_t)(below(seed, 3) ? f->definition + 1 : any_bits(seed, 31));
	if (below(seed, 5) == 0)
		f->unit = (uint32_t)any_bits(seed, 31);
	if (below(seed, 9) == 0)
		f->unit = NUMBER_NONE - 1;
	if (below(seed, 5) == 0)
		f->period = period_shift(period_of_year(2000),
		                         (int)below(seed, 100) - 50);
}

static inline void
random_kind(uint64_t *seed, struct figure *f)
{
	if (below(seed, 4) == 0) {
		f->status = (uint8_t)below(seed, STATUS_COUNT);
		f->bound = (uint8_t)below(seed, BOUND_COUNT);
		f->action = (uint8_t)below(seed, ACTION_COUNT);
	}
	f->status_named = f->action == ACTION_DELETE && below(seed, 2);
	if (below(seed, 6) == 0)
		f->source = (uint32_t)any_bits(seed, 20);
	if (below(seed, 6) == 0)
		f->document =
		    below(seed, 2) ? NUMBER_NONE : (uint32_t)any_bits(seed, 31);
	if (below(seed, 6) == 0)
		f->released.n = (int32_t)(uint32_t)any_bits(seed, 32);
	f->flags = below(seed, 9) == 0 ? FIGURE_FLAG_RATIO_MISMATCH : 0;
}

static inline void
random_numbers(uint64_t *seed, struct figure *f)
{
	f->value = f->numerator = f->denominator = 0;
	f->has = (uint8_t)(1 + below(seed, 3));
	if (f->status == STATUS_M || f->action == ACTION_DELETE)
		f->has = 0;
	if (f->has & FIGURE_VALUE)
		f->value = (int64_t)any_bits(seed, 53);
	if (f->has & FIGURE_PARTS)
		f->denominator = (int64_t)any_bits(seed, 53);
	if (f->denominator > 0)
		f->numerator = (int64_t)any_bits(seed, 53);
	if (below(seed, 6) == 0)
		f->value = -f->value;
	if (below(seed, 6) == 0)
		f->numerator = -f->numerator;
}

static inline struct figure
random_row(uint64_t *seed, const struct figure *before)
{
	struct figure f = *before;

	random_key(seed, &f);
	random_kind(seed, &f);
	random_numbers(seed, &f);
	return f;
}

static inline i128
any_sum(uint64_t *seed)
{
	i128 sum = (i128)any_bits(seed, 64) << below(seed, 59);

	if (below(seed, 2))
		sum -= sum % 1000000;
	return sum;
}

static inline struct rollup
random_rollup(uint64_t *seed, const struct rollup *before)
{
	struct rollup r = *before;

	r.definition =
	    (uint32_t)(below(seed, 3) ? r.definition + 1 : any_bits(seed, 31));
	r.unit = (uint32_t)(below(seed, 3) ? r.unit : any_bits(seed, 31));
	r.map = (uint32_t)(below(seed, 9) ? r.map : any_bits(seed, 31));
	if (r.period.code == 0 || below(seed, 5) == 0)
		r.period = period_of_year(1950 + (int)below(seed, 200));
	r.sum = below(seed, 4) ? any_sum(seed) : -any_sum(seed);
	r.sum_weight = below(seed, 2) ? any_sum(seed) : 0;
	for (int s = 0; s < STATUS_F; s++)
		r.n_by_status[s] = (uint32_t)(s == 0 || below(seed, 3) == 0
		                                  ? any_bits(seed, 32)
		                                  : 0);
	r.n_derived = (uint32_t)(below(seed, 5) ? 0 : any_bits(seed, 32));
	r.reporting = any_bits(seed, 60);
	if (below(seed, 3))
		r.reporting -= r.reporting % 1000000;
	return r;
}

#endif
