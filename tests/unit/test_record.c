/* links: common/domain/record.c common/domain/record_rows.c */
/* links: common/domain/record_rollups.c common/domain/period.c */
/* links: common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/record.h"
#include "tests/lib/record_samples.h"

enum { BUF_MAX = 1 << 20, MUTATIONS = 100000, SAMPLES = 10 };

/* --- small records --- */

static void
small_records_read_as_they_were_written(void **state)
{
	struct buf b;
	struct tick t = {0};
	struct completion c = {0};
	struct programme_switch p = {0};
	struct receipt r = {0};
	struct digest d = {0};
	struct span packed;
	uint64_t version = 0;

	(void)state;
	buf_init(&b, BUF_MAX);
	tick_write(&b, (struct tick){{20269}});
	same_bytes(&b, "0201dabc02");
	assert_int_equal(tick_read(buf_span(&b), &t), ERR_OK);
	assert_int_equal(t.date.n, 20269);

	buf_reset(&b);
	catalogue_record_write(&b, 3, span_str("abc"));
	same_bytes(&b, "030103616263");
	assert_int_equal(catalogue_record_read(buf_span(&b), &version, &packed),
	                 ERR_OK);
	assert_int_equal(version, 3);
	assert_true(span_equal(packed, span_str("abc")));

	buf_reset(&b);
	completion_write(&b,
	                 &(struct completion){5, 300, period_of_year(2024)});
	assert_int_equal(completion_read(buf_span(&b), &c), ERR_OK);
	assert_int_equal(c.definition, 5);
	assert_int_equal(c.unit, 300);
	assert_int_equal(c.period.code, period_of_year(2024).code);

	buf_reset(&b);
	programme_write(&b, &(struct programme_switch){9, true});
	same_bytes(&b, "05010901");
	assert_int_equal(programme_read(buf_span(&b), &p), ERR_OK);
	assert_int_equal(p.programme, 9);
	assert_true(p.enabled);

	buf_reset(&b);
	receipt_write(&b, &(struct receipt){sample_id, 10, 20000});
	assert_int_equal(receipt_read(buf_span(&b), &r), ERR_OK);
	same_id(&r.id, &sample_id);
	assert_int_equal(r.n_unchanged, 10);
	assert_int_equal(r.n_stale, 20000);

	buf_reset(&b);
	digest_write(&b, &(struct digest){1, UINT64_MAX, 2, 3});
	assert_int_equal(digest_read(buf_span(&b), &d), ERR_OK);
	assert_int_equal(d.n_figures, 1);
	assert_int_equal(d.figures, UINT64_MAX);
	assert_int_equal(d.n_rollups, 2);
	assert_int_equal(d.rollups, 3);
	buf_fini(&b);
}

static void
notes_and_clocks_read_as_they_were_written(void **state)
{
	struct note n = {0};
	struct clock_accept a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, BUF_MAX);
	note_write(&b, &(struct note){7, 300, 4, span_str("ab")});
	same_bytes(&b, "0c0107ac0205026162");
	assert_int_equal(note_read(buf_span(&b), &n), ERR_OK);
	assert_int_equal(n.target, 7);
	assert_int_equal(n.unit, 300);
	assert_int_equal(n.document, 4);
	assert_true(span_equal(n.text, span_str("ab")));

	buf_reset(&b);
	note_write(&b, &(struct note){7, 1, NUMBER_NONE, span_str("a")});
	same_bytes(&b, "0c010701000161");
	assert_int_equal(note_read(buf_span(&b), &n), ERR_OK);
	assert_int_equal(n.document, NUMBER_NONE);

	buf_reset(&b);
	clock_accept_write(&b, (struct clock_accept){300});
	same_bytes(&b, "0d01ac02");
	assert_int_equal(clock_accept_read(buf_span(&b), &a), ERR_OK);
	assert_int_equal(a.wall_ms, 300);
	buf_fini(&b);
}

static void
a_note_has_one_to_256_bytes(void **state)
{
	uint8_t text[NOTE_TEXT_MAX + 1];
	struct note n = {1, 2, NUMBER_NONE, {0}};
	struct note got;
	struct buf b;

	(void)state;
	memset(text, 'x', sizeof(text));
	n.text = span_of(text, NOTE_TEXT_MAX);
	buf_init(&b, BUF_MAX);
	note_write(&b, &n);
	assert_int_equal(note_read(buf_span(&b), &got), ERR_OK);
	assert_int_equal(got.text.len, 256);
	for (size_t len = 0; len <= sizeof(text); len += sizeof(text)) {
		buf_reset(&b);
		record_begin(&b, RECORD_NOTE);
		buf_put(&b, (const uint8_t[]){1, 2, 0}, 3);
		buf_put_text(&b, span_of(text, len));
		assert_int_equal(note_read(buf_span(&b), &got),
		                 ERR_BAD_MESSAGE);
	}
	buf_fini(&b);
}

static void
other_types_formats_and_lengths_are_no_record(void **state)
{
	static const uint8_t newer[] = {2, 2, 0};
	static const uint8_t none[] = {0, 1, 0};
	static const uint8_t past[] = {RECORD_TYPE_COUNT, 1, 0};
	static const uint8_t longer[] = {2, 1, 0, 0};
	static const uint8_t shorter[] = {2, 1};
	static const uint8_t open_end[] = {2, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f};
	struct tick t = {{4711}};

	(void)state;
	assert_int_equal(record_type(span_of(newer, 3)), RECORD_TYPE_COUNT);
	assert_int_equal(record_type(span_of(none, 3)), RECORD_TYPE_COUNT);
	assert_int_equal(record_type(span_of(past, 3)), RECORD_TYPE_COUNT);
	assert_int_equal(record_type(span_of(NULL, 0)), RECORD_TYPE_COUNT);
	assert_int_equal(record_type(span_of(longer, 1)), RECORD_TYPE_COUNT);
	assert_int_equal(record_type(span_of(longer, 3)), RECORD_TICK);
	assert_int_equal(tick_read(span_of(newer, 3), &t), ERR_BAD_MESSAGE);
	assert_int_equal(tick_read(span_of(longer, 4), &t), ERR_BAD_MESSAGE);
	assert_int_equal(tick_read(span_of(shorter, 2), &t), ERR_TRUNCATED);
	assert_int_equal(tick_read(span_of(open_end, 7), &t), ERR_BAD_MESSAGE);
	assert_int_equal(t.date.n, 4711);
}

static void
a_producer_has_one_to_256_bytes(void **state)
{
	uint8_t name[RECORD_TEXT_MAX + 1];
	struct receipt r = {sample_id, 0, 0};
	struct receipt got;
	struct buf b;

	(void)state;
	memset(name, 'x', sizeof(name));
	buf_init(&b, BUF_MAX);
	r.id.producer = span_of(name, RECORD_TEXT_MAX);
	receipt_write(&b, &r);
	assert_int_equal(receipt_read(buf_span(&b), &got), ERR_OK);
	buf_reset(&b);
	record_begin(&b, RECORD_RECEIPT);
	buf_put_text(&b, span_of(name, sizeof(name)));
	buf_put(&b, (const uint8_t[20]){0}, 20);
	assert_int_equal(receipt_read(buf_span(&b), &got), ERR_BAD_MESSAGE);
	buf_reset(&b);
	record_begin(&b, RECORD_RECEIPT);
	buf_put(&b, (const uint8_t[21]){0}, 21);
	assert_int_equal(receipt_read(buf_span(&b), &got), ERR_BAD_MESSAGE);
	buf_fini(&b);
}

/* --- bytes from outside --- */

static void
a_number_of_rows_that_lies_is_refused(void **state)
{
	struct figures_reader f;
	struct rollups_reader r;
	struct figure row;
	static const uint8_t figures[] = {6, 1, 0xff, 0xff, 0xff, 0x7f, 0};
	static const uint8_t rollups[] = {7, 1, 2, 0};
	static const uint8_t left_over[] = {6, 1, 0, 0};

	(void)state;
	assert_int_equal(figures_open(span_of(figures, 7), &f),
	                 ERR_BAD_MESSAGE);
	assert_int_equal(rollups_open(span_of(rollups, 4), &r),
	                 ERR_BAD_MESSAGE);
	assert_int_equal(figures_open(span_of(left_over, 4), &f), ERR_OK);
	assert_int_equal(figures_next(&f, &row), ERR_BAD_MESSAGE);
}

static void
possible_figure(const struct figure *f)
{
	bool empty = f->action == ACTION_DELETE || f->status == STATUS_M;

	assert_true(f->status < STATUS_COUNT && f->bound < BOUND_COUNT);
	assert_true(f->action < ACTION_COUNT && f->has < 4 &&
	            (f->flags & ~FIGURE_FLAG_HISTORY) < 8);
	assert_true(period_valid(f->period.code));
	assert_true(f->definition != NUMBER_NONE && f->unit != NUMBER_NONE);
	assert_true(f->source != NUMBER_NONE);
	assert_int_equal(empty, f->has == 0);
	assert_true(f->denominator > 0 || f->numerator == 0);
	assert_in_range(f->denominator, 0, DECIMAL_MANTISSA_MAX);
	assert_true(f->value <= DECIMAL_MANTISSA_MAX &&
	            f->value >= -DECIMAL_MANTISSA_MAX);
}

static void
read_block(struct span record)
{
	struct block b;
	struct figure row;
	uint32_t next = 0;
	enum err err = block_open(record, &b);

	while (err == ERR_OK) {
		err = block_next(&b, &row);
		if (err != ERR_OK)
			break;
		possible_figure(&row);
		assert_true(row.row >= next && row.row < UINT32_MAX);
		next = row.row + 1;
	}
	assert_true(err == ERR_NOT_FOUND || err == ERR_BAD_MESSAGE ||
	            err == ERR_TRUNCATED);
}

static void
read_figures(struct span record)
{
	struct figures_reader r;
	struct figure row;
	enum err err = figures_open(record, &r);

	while (err == ERR_OK) {
		err = figures_next(&r, &row);
		if (err == ERR_OK)
			possible_figure(&row);
	}
	assert_true(err == ERR_NOT_FOUND || err == ERR_BAD_MESSAGE ||
	            err == ERR_TRUNCATED);
}

static void
read_rollups(struct span record)
{
	struct rollups_reader r;
	struct rollup row;
	enum err err = rollups_open(record, &r);

	while (err == ERR_OK) {
		err = rollups_next(&r, &row);
		if (err != ERR_OK)
			break;
		assert_true(period_valid(row.period.code));
		assert_true(row.sum_weight >= 0);
		assert_true(row.map != NUMBER_NONE);
	}
	assert_true(err == ERR_NOT_FOUND || err == ERR_BAD_MESSAGE ||
	            err == ERR_TRUNCATED);
}

static void
read_small(struct span record)
{
	struct tick t;
	struct completion c;
	struct programme_switch p;
	struct receipt r;
	struct digest d;
	struct note note;
	struct clock_accept accept;
	struct span packed;
	uint64_t version;

	if (note_read(record, &note) == ERR_OK)
		assert_in_range(note.text.len, 1, NOTE_TEXT_MAX);
	if (clock_accept_read(record, &accept) == ERR_OK)
		assert_true(accept.wall_ms >= 0);
	if (tick_read(record, &t) == ERR_OK)
		assert_int_not_equal(t.date.n, DAY_NONE);
	if (completion_read(record, &c) == ERR_OK)
		assert_true(period_valid(c.period.code));
	if (programme_read(record, &p) == ERR_OK)
		assert_true(p.programme != NUMBER_NONE);
	if (receipt_read(record, &r) == ERR_OK)
		assert_in_range(r.id.producer.len, 1, RECORD_TEXT_MAX);
	if (digest_read(record, &d) == ERR_OK)
		assert_int_equal(record_type(record), RECORD_DIGEST);
	if (catalogue_record_read(record, &version, &packed) == ERR_OK)
		assert_true(version > 0 && packed.len < record.len);
}

static void
read_any(struct span record)
{
	read_block(record);
	read_figures(record);
	read_rollups(record);
	read_small(record);
}

/* One record of each type with a few rows. */
static void
write_samples(uint64_t *seed, struct buf b[static SAMPLES])
{
	struct figure rows[8];
	struct figure before = bulk_row(0);
	struct rollup sums = {0};
	struct figures_writer fw;
	struct rollups_writer rw;

	for (size_t i = 0; i < 8; i++)
		before = rows[i] = random_row(seed, &before);
	write_block(
	    &b[0],
	    &(struct block){.id = sample_id, .n_rows = 8, .received = {20000}},
	    rows);
	figures_write_begin(&fw, &b[1], 8);
	rollups_write_begin(&rw, &b[2], 8);
	for (size_t i = 0; i < 8; i++) {
		figures_write_row(&fw, &rows[i]);
		sums = random_rollup(seed, &sums);
		rollups_write_row(&rw, &sums);
	}
	tick_write(&b[3], (struct tick){{20000}});
	completion_write(&b[4], &(struct completion){1, 2, rows[0].period});
	programme_write(&b[5], &(struct programme_switch){1, false});
	receipt_write(&b[6], &(struct receipt){sample_id, 1, 2});
	digest_write(&b[7], &(struct digest){1, 2, 3, 4});
	note_write(&b[8], &(struct note){1, 2, 3, span_str("late")});
	clock_accept_write(&b[9], (struct clock_accept){1750000000000});
}

static void
mutate(uint64_t *seed, struct buf *b)
{
	uint64_t n = 1 + below(seed, 4);

	for (uint64_t i = 0; i < n && b->len > 0; i++) {
		uint64_t at = below(seed, b->len);

		switch (below(seed, 4)) {
		case 0: b->ptr[at] ^= (uint8_t)(1u << below(seed, 8)); break;
		case 1: b->ptr[at] = (uint8_t)next_random(seed); break;
		case 2: b->ptr[at] = below(seed, 2) ? 0xff : 0x80; break;
		default: buf_truncate(b, at); break;
		}
	}
}

static void
no_mutation_gives_an_impossible_row(void **state)
{
	struct buf samples[SAMPLES];
	struct buf b;
	uint64_t seed = 14;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	buf_init(&b, BUF_MAX);
	for (size_t i = 0; i < SAMPLES; i++)
		buf_init(&samples[i], BUF_MAX);
	for (int i = 0; i < MUTATIONS; i++) {
		const struct buf *from;

		if (i % 100 == 0) {
			for (size_t k = 0; k < 8; k++)
				buf_reset(&samples[k]);
			write_samples(&seed, samples);
		}
		from = &samples[below(&seed, 4) ? below(&seed, 3)
		                                : below(&seed, 8)];
		buf_reset(&b);
		buf_put(&b, from->ptr, from->len);
		mutate(&seed, &b);
		read_any(buf_span(&b));
	}
	for (size_t i = 0; i < SAMPLES; i++)
		buf_fini(&samples[i]);
	buf_fini(&b);
}

static void
every_record_cut_short_is_refused(void **state)
{
	struct buf samples[SAMPLES];
	uint64_t seed = 15;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		buf_init(&samples[i], BUF_MAX);
	write_samples(&seed, samples);
	for (size_t i = 0; i < SAMPLES; i++) {
		for (size_t len = 0; len < samples[i].len; len++)
			read_any(span_of(samples[i].ptr, len));
	}
	for (size_t i = 0; i < SAMPLES; i++)
		buf_fini(&samples[i]);
}

static void
a_hash_sees_every_field_that_is_there(void **state)
{
	const struct figure f = bulk_row(1);
	struct figure others[6];
	struct figure absent = f;
	struct rollup r = {.sum = 1};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		others[i] = f;
	others[0].definition++;
	others[1].status = STATUS_P;
	others[2].value++;
	others[3].commit++;
	others[4].row++;
	others[5].has = FIGURE_PARTS;
	for (size_t i = 0; i < 6; i++)
		assert_int_not_equal(figure_hash(&f), figure_hash(&others[i]));
	absent.has = FIGURE_PARTS;
	absent.value = 999;
	assert_int_equal(figure_hash(&absent), figure_hash(&others[5]));
	assert_int_not_equal(rollup_hash(&r),
	                     rollup_hash(&(struct rollup){.sum_weight = 1}));
	assert_int_not_equal(rollup_hash(&r), rollup_hash(&(struct rollup){
	                                          .sum = (i128)1 << 64}));
	assert_int_not_equal(rollup_hash(&r),
	                     rollup_hash(&(struct rollup){.reporting = 1}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_records_read_as_they_were_written),
	    cmocka_unit_test(notes_and_clocks_read_as_they_were_written),
	    cmocka_unit_test(a_note_has_one_to_256_bytes),
	    cmocka_unit_test(other_types_formats_and_lengths_are_no_record),
	    cmocka_unit_test(a_producer_has_one_to_256_bytes),
	    cmocka_unit_test(a_number_of_rows_that_lies_is_refused),
	    cmocka_unit_test(no_mutation_gives_an_impossible_row),
	    cmocka_unit_test(every_record_cut_short_is_refused),
	    cmocka_unit_test(a_hash_sees_every_field_that_is_there),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
