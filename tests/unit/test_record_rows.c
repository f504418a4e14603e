/* links: common/domain/record.c common/domain/record_rows.c */
/* links: common/domain/record_rollups.c common/domain/period.c */
/* links: common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/record.h"
#include "tests/lib/record_samples.h"

enum { BUF_MAX = 1 << 20, ROWS = 60 };

static void
same_figure(const struct figure *a, const struct figure *b)
{
	assert_int_equal(a->definition, b->definition);
	assert_int_equal(a->unit, b->unit);
	assert_int_equal(a->period.code, b->period.code);
	assert_int_equal(a->has, b->has);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->bound, b->bound);
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->status_named, b->status_named);
	assert_int_equal(a->value, b->value);
	assert_int_equal(a->numerator, b->numerator);
	assert_int_equal(a->denominator, b->denominator);
	assert_int_equal(a->source, b->source);
	assert_int_equal(a->document, b->document);
	assert_int_equal(a->released.n, b->released.n);
	assert_int_equal(a->commit, b->commit);
	assert_int_equal(a->row, b->row);
	assert_int_equal(figure_hash(a), figure_hash(b));
}

static void
the_bytes_of_a_block_are_those_documented(void **state)
{
	const struct block head = {
	    .id = sample_id, .n_rows = 3, .n_rejected = 1, .received = {20269}};
	struct figure rows[3] = {bulk_row(0), bulk_row(1), bulk_row(3)};
	struct buf b;

	(void)state;
	rows[2].status = STATUS_P;
	rows[2].document = 4;
	rows[2].has = FIGURE_VALUE;
	rows[2].value = -5;
	buf_init(&b, BUF_MAX);
	write_block(&b, &head, rows);
	same_bytes(&b, "0101"
	               "0367736f"
	               "01"
	               "07"
	               "0102030405060708"
	               "1112131415161718"
	               "dabc02"
	               "00"
	               "01"
	               "03"
	               "3c"
	               "18"
	               "96e0ba2f"
	               "df0a"
	               "8609"
	               "e541"
	               "31"
	               "e00a"
	               "8709"
	               "e641"
	               "d2"
	               "04"
	               "49"
	               "01"
	               "05"
	               "02"
	               "05");
	buf_fini(&b);
}

static void
a_row_of_a_bulk_batch_takes_at_most_eight_bytes(void **state)
{
	const struct block head = {
	    .id = sample_id, .n_rows = 2, .received = {20269}};
	struct figure rows[2] = {bulk_row(0), bulk_row(1)};
	struct buf b;
	size_t one;

	(void)state;
	rows[1].numerator = rows[1].denominator = 9999;
	rows[1].value = 10000;
	buf_init(&b, BUF_MAX);
	write_block(&b, &head, rows);
	one = b.len;
	buf_reset(&b);
	write_block(
	    &b,
	    &(struct block){.id = sample_id, .n_rows = 1, .received = {20269}},
	    rows);
	assert_in_range(one - b.len, 1, 8);
	buf_fini(&b);
}

static void
any_rows_of_a_block_come_back_as_they_were(void **state)
{
	struct figure rows[ROWS];
	struct figure before = bulk_row(0);
	struct block head = {.id = sample_id,
	                     .n_rows = ROWS,
	                     .n_rejected = 3,
	                     .received = {20269},
	                     .flags = FIGURE_FLAG_AGAIN};
	struct block got;
	struct figure row;
	uint64_t seed = 11;
	struct buf b;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	buf_init(&b, BUF_MAX);
	for (int round = 0; round < 150; round++) {
		before.row = 0;
		for (size_t i = 0; i < ROWS; i++)
			before = rows[i] = random_row(&seed, &before);
		buf_reset(&b);
		write_block(&b, &head, rows);
		assert_int_equal(block_open(buf_span(&b), &got), ERR_OK);
		same_id(&got.id, &sample_id);
		assert_int_equal(got.n_rejected, 3);
		assert_int_equal(got.received.n, 20269);
		for (size_t i = 0; i < ROWS; i++) {
			assert_int_equal(block_next(&got, &row), ERR_OK);
			rows[i].flags |= FIGURE_FLAG_AGAIN;
			same_figure(&row, &rows[i]);
		}
		assert_int_equal(block_next(&got, &row), ERR_NOT_FOUND);
		assert_int_equal(block_next(&got, &row), ERR_NOT_FOUND);
	}
	buf_fini(&b);
}

static void
any_figures_in_force_come_back_as_they_were(void **state)
{
	struct figure rows[ROWS];
	struct figure before = bulk_row(0);
	struct figures_writer w;
	struct figures_reader r;
	struct figure row;
	uint64_t seed = 12;
	struct buf b;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	buf_init(&b, BUF_MAX);
	figures_write_begin(&w, &b, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		before = rows[i] = random_row(&seed, &before);
		rows[i].commit = any_bits(&seed, 64);
		rows[i].row = (uint32_t)any_bits(&seed, 32);
		rows[i].flags = (uint8_t)below(&seed, 8);
		figures_write_row(&w, &rows[i]);
	}
	assert_int_equal(figures_open(buf_span(&b), &r), ERR_OK);
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(figures_next(&r, &row), ERR_OK);
		same_figure(&row, &rows[i]);
	}
	assert_int_equal(figures_next(&r, &row), ERR_NOT_FOUND);
	buf_fini(&b);
}

static void
a_figure_that_is_withdrawn_keeps_no_number(void **state)
{
	struct figure gone = bulk_row(1);
	struct figures_writer w;
	struct figures_reader r;
	struct figure row;
	struct buf b;

	(void)state;
	gone.action = ACTION_DELETE;
	buf_init(&b, BUF_MAX);
	figures_write_begin(&w, &b, 1);
	figures_write_row(&w, &gone);
	assert_int_equal(figures_open(buf_span(&b), &r), ERR_OK);
	assert_int_equal(figures_next(&r, &row), ERR_OK);
	assert_int_equal(row.action, ACTION_DELETE);
	assert_int_equal(row.has, 0);
	assert_int_equal(row.value, 0);
	buf_fini(&b);
}

static void
same_rollup(const struct rollup *a, const struct rollup *b)
{
	assert_int_equal(a->map, b->map);
	assert_int_equal(a->definition, b->definition);
	assert_int_equal(a->unit, b->unit);
	assert_int_equal(a->period.code, b->period.code);
	assert_true(a->sum == b->sum);
	assert_true(a->sum_weight == b->sum_weight);
	assert_memory_equal(a->n_by_status, b->n_by_status,
	                    sizeof(a->n_by_status));
	assert_int_equal(a->n_derived, b->n_derived);
	assert_int_equal(a->reporting, b->reporting);
	assert_int_equal(rollup_hash(a), rollup_hash(b));
}

static void
any_rollups_come_back_as_they_were(void **state)
{
	struct rollup rows[ROWS];
	struct rollup before = {0};
	struct rollups_writer w;
	struct rollups_reader r;
	struct rollup row;
	uint64_t seed = 13;
	struct buf b;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	buf_init(&b, BUF_MAX);
	rollups_write_begin(&w, &b, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		before = rows[i] = random_rollup(&seed, &before);
		rollups_write_row(&w, &rows[i]);
	}
	assert_int_equal(rollups_open(buf_span(&b), &r), ERR_OK);
	for (size_t i = 0; i < ROWS; i++) {
		assert_int_equal(rollups_next(&r, &row), ERR_OK);
		same_rollup(&row, &rows[i]);
	}
	assert_int_equal(rollups_next(&r, &row), ERR_NOT_FOUND);
	buf_fini(&b);
}

static enum err
one_rollup(i128 sum, i128 weight, struct rollup *row)
{
	const struct rollup r = {.period = period_of_year(2024),
	                         .sum = sum,
	                         .sum_weight = weight,
	                         .n_by_status = {2}};
	struct rollups_writer w;
	struct rollups_reader reader;
	enum err err;
	struct buf b;

	buf_init(&b, BUF_MAX);
	rollups_write_begin(&w, &b, 1);
	rollups_write_row(&w, &r);
	err = rollups_open(buf_span(&b), &reader);
	if (err == ERR_OK)
		err = rollups_next(&reader, row);
	buf_fini(&b);
	return err;
}

static void
sums_reach_to_their_named_bound_and_no_further(void **state)
{
	const i128 most = (i128)1 << ROLLUP_SUM_BITS;
	struct rollup row = {0};

	(void)state;
	assert_int_equal(one_rollup(most, most, &row), ERR_OK);
	assert_true(row.sum == most && row.sum_weight == most);
	assert_int_equal(one_rollup(-most, 0, &row), ERR_OK);
	assert_true(row.sum == -most && row.sum_weight == 0);
	assert_int_equal(one_rollup(most + 1, 0, &row), ERR_BAD_MESSAGE);
	assert_int_equal(one_rollup(-most - 1, 0, &row), ERR_BAD_MESSAGE);
	assert_int_equal(one_rollup(0, most + 1, &row), ERR_BAD_MESSAGE);
	/* the same where it is written as whole */
	assert_int_equal(one_rollup(most - most % 1000000, 0, &row), ERR_OK);
	assert_int_equal(one_rollup(most - most % 1000000 + 1000000, 0, &row),
	                 ERR_BAD_MESSAGE);
}

static enum err
one_reporting(const char *hex, uint64_t *reporting)
{
	/* map 0, definition 0, unit 0, period 2024, one A; the sum 0 */
	uint8_t bytes[32] = {0x07, 0x01, 0x01, 0x48, 0x96,
	                     0xe0, 0xba, 0x2f, 0x01};
	struct rollups_reader reader;
	struct rollup row;
	size_t n = 9;
	enum err err;

	for (; hex[0] != '\0'; hex += 2) {
		const char two[3] = {hex[0], hex[1], '\0'};

		bytes[n++] = (uint8_t)strtoul(two, NULL, 16);
	}
	bytes[n++] = 0;
	err = rollups_open(span_of(bytes, n), &reader);
	if (err == ERR_OK)
		err = rollups_next(&reader, &row);
	if (err == ERR_OK)
		*reporting = row.reporting;
	return err;
}

static void
what_reported_is_bounded_and_has_one_form(void **state)
{
	const uint64_t most = ROLLUP_REPORTING_MAX;
	uint64_t got = 0;

	(void)state;
	assert_int_equal(one_reporting("02", &got), ERR_OK);
	assert_int_equal(got, 1000000);
	assert_int_equal(one_reporting("03", &got), ERR_OK);
	assert_int_equal(got, 1);
	/* a million, and nothing, as if they were not whole */
	assert_int_equal(one_reporting("81897a", &got), ERR_BAD_MESSAGE);
	assert_int_equal(one_reporting("01", &got), ERR_BAD_MESSAGE);
	/* 2^60 and one more */
	assert_int_equal(one_reporting("818080808080808020", &got), ERR_OK);
	assert_true(got == most);
	assert_int_equal(one_reporting("838080808080808020", &got),
	                 ERR_BAD_MESSAGE);
	/* 2^60 / 10^6 = 1152921504606.8 */
	assert_int_equal(one_reporting("bcadd0f78d43", &got), ERR_OK);
	assert_true(got == most - most % 1000000);
	assert_int_equal(one_reporting("beadd0f78d43", &got), ERR_BAD_MESSAGE);
}

static void
the_bytes_of_rollups_are_those_documented(void **state)
{
	const struct rollup rows[2] = {
	    {.map = 1,
	     .definition = 5,
	     .unit = 2,
	     .period = period_of_year(2024),
	     .sum = (i128)115800 * 1000000,
	     .sum_weight = (i128)842100 * 1000000,
	     .n_by_status = {63, 0, 0},
	     .reporting = 63000000},
	    {.map = 1,
	     .definition = 6,
	     .unit = 2,
	     .period = period_of_year(2024),
	     .sum = -500001,
	     .n_by_status = {3, 1, 0},
	     .n_derived = 1,
	     .reporting = 3400000},
	};
	struct rollups_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, BUF_MAX);
	rollups_write_begin(&w, &b, 2);
	rollups_write_row(&w, &rows[0]);
	rollups_write_row(&w, &rows[1]);
	same_bytes(&b, "0701"
	               "02"
	               "7e"
	               "0a"
	               "04"
	               "96e0ba2f"
	               "02"
	               "3f"
	               "7e"
	               "b0910e"
	               "e8e566"
	               "81"
	               "03"
	               "01"
	               "00"
	               "01"
	               "81859f03"
	               "c1843d");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_bytes_of_a_block_are_those_documented),
	    cmocka_unit_test(a_row_of_a_bulk_batch_takes_at_most_eight_bytes),
	    cmocka_unit_test(any_rows_of_a_block_come_back_as_they_were),
	    cmocka_unit_test(any_figures_in_force_come_back_as_they_were),
	    cmocka_unit_test(a_figure_that_is_withdrawn_keeps_no_number),
	    cmocka_unit_test(any_rollups_come_back_as_they_were),
	    cmocka_unit_test(sums_reach_to_their_named_bound_and_no_further),
	    cmocka_unit_test(what_reported_is_bounded_and_has_one_form),
	    cmocka_unit_test(the_bytes_of_rollups_are_those_documented),
	};

	return cmocka_run_group_tests_name("record_rows", tests, NULL, NULL);
}
