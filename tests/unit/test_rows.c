/* links: proto/rows.c proto/batch.c proto/list.c proto/codec.c proto/kind.c */
/* links: proto/scan.c proto/cursor.c proto/schema.c common/base/map.c */
/* links: common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/pack.h"
#include "proto/schema.h"
#include "proto/wire.h"
#include "tests/lib/random.h"

enum { SEED = 7, RANDOM_ROWS = 5000, BYTES_MIN = 4096 };

static struct wire_batch
head_of(void)
{
	return (struct wire_batch){
	    .producer = span_str("office-07"), .epoch = 3, .sequence = 12};
}

static struct wire_row_text
row_of(const char *indicator, const char *unit, const char *period)
{
	return (struct wire_row_text){.indicator = span_str(indicator),
	                              .unit = span_str(unit),
	                              .period = span_str(period),
	                              .status = WIRE_UNSET};
}

/* Finishes w into out and opens its rows. */
static void
open_batch(const struct wire_batch_writer *w, struct buf *out,
           struct wire_message *m, struct wire_rows *rows)
{
	struct wire_batch head = head_of();
	struct fault fault = {0};

	assert_int_equal(wire_batch_finish(w, 1, &head, out), ERR_OK);
	assert_int_equal(wire_decode(buf_span(out), m, &fault), ERR_OK);
	assert_int_equal(m->type, WIRE_BATCH);
	wire_rows_open(buf_span(out), &m->as.batch, rows);
}

static void
assert_text(const struct span *texts, uint32_t ref, struct span expected)
{
	if (expected.ptr)
		assert_true(span_equal(texts[ref], expected));
	else
		assert_int_equal(ref, WIRE_NONE);
}

static void
assert_number(const struct wire_decimal *a, const struct wire_decimal *b)
{
	assert_int_equal(a->given, b->given);
	if (!b->given)
		return;
	assert_int_equal(a->mantissa, b->mantissa);
	assert_int_equal(a->places, b->places);
}

static void
assert_row(const struct wire_row *r, const struct span *texts,
           const struct wire_row_text *e)
{
	assert_text(texts, r->indicator, e->indicator);
	assert_text(texts, r->unit, e->unit);
	assert_text(texts, r->period, e->period);
	assert_text(texts, r->document, e->document);
	assert_text(texts, r->released, e->released);
	assert_text(texts, r->source, e->source);
	assert_text(texts, r->note, e->note);
	assert_number(&r->value, &e->value);
	assert_number(&r->numerator, &e->numerator);
	assert_number(&r->denominator, &e->denominator);
	assert_int_equal(r->status, e->status);
	assert_int_equal(r->bound, e->bound);
	assert_int_equal(r->action, e->action);
}

static void
a_row_of_everything_comes_back(void **state)
{
	struct wire_row_text e = row_of("pov-hh", "ha-giang", "2018");
	struct wire_batch_writer w;
	struct wire_message m;
	struct wire_rows rows;
	struct wire_row r;
	struct fault fault = {0};
	struct span texts[7];
	struct buf out;

	(void)state;
	e.document = span_str("doc-1");
	e.released = span_str("2019-02-01");
	e.source = span_str("gso");
	e.note = span_str("ước tính");
	e.value = (struct wire_decimal){-1538, 2, true};
	e.numerator = (struct wire_decimal){WIRE_UINT_MAX, 0, true};
	e.denominator = (struct wire_decimal){1, WIRE_PLACES_MAX, true};
	e.status = 4;
	e.bound = 5;
	e.action = 1;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
	open_batch(&w, &out, &m, &rows);
	assert_int_equal(m.as.batch.dictionary.n, 7);
	wire_texts_read(m.as.batch.dictionary, texts);
	assert_int_equal(wire_rows_next(&rows, &r, &fault), ERR_OK);
	assert_row(&r, texts, &e);
	assert_int_equal(wire_rows_next(&rows, &r, &fault), ERR_NOT_FOUND);
	assert_int_equal(fault.code, ERR_OK);
	wire_batch_fini(&w);
	buf_fini(&out);
}

static void
nils_at_the_end_of_a_row_are_not_sent(void **state)
{
	struct wire_row_text e = row_of("a", "b", "c");
	struct wire_batch_writer w;
	struct span bytes;

	(void)state;
	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
	bytes = buf_span(&w.rows);
	assert_true(span_equal(bytes, span_of("\x93\x00\x01\x02", 4)));
	e.value = (struct wire_decimal){.mantissa = 5, .given = true};
	assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
	bytes = buf_span(&w.rows);
	assert_true(span_equal(
	    bytes, span_of("\x93\x00\x01\x02\x94\x00\x01\x02\x05", 9)));
	wire_batch_fini(&w);
}

static const char *
name_of(char text[static 24], uint64_t i)
{
	snprintf(text, 24, "name-%llu", (unsigned long long)i);
	return text;
}

static struct wire_decimal
random_number(uint64_t *seed)
{
	struct wire_decimal d = {0};

	d.given = below(seed, 3) > 0;
	d.mantissa = (int64_t)any_bits(seed, 53);
	if (below(seed, 4) == 0)
		d.mantissa = -d.mantissa;
	if (below(seed, 2) == 0)
		d.places = (uint8_t)below(seed, WIRE_PLACES_MAX + 1);
	return d.given ? d : (struct wire_decimal){0};
}

/* Row i of a seed; names holds its texts. */
static struct wire_row_text
random_row(uint64_t seed, uint64_t i, char names[static 7][24])
{
	uint64_t s = seed + i * 1000003;
	struct wire_row_text e = row_of(name_of(names[0], below(&s, 40)),
	                                name_of(names[1], below(&s, 3000)),
	                                name_of(names[2], below(&s, 60)));

	if (below(&s, 2) == 0)
		e.document = span_str(name_of(names[3], below(&s, 300)));
	if (below(&s, 8) == 0)
		e.released = span_str(name_of(names[4], below(&s, 70000)));
	if (below(&s, 8) == 0)
		e.source = span_str(name_of(names[5], below(&s, 5)));
	if (below(&s, 8) == 0)
		e.note = span_str(name_of(names[6], below(&s, 1000000)));
	e.value = random_number(&s);
	e.numerator = random_number(&s);
	e.denominator = random_number(&s);
	if (below(&s, 2) == 0)
		e.status = (uint8_t)below(&s, 5);
	e.bound = (uint8_t)(below(&s, 4) == 0 ? below(&s, 6) : 0);
	e.action = (uint8_t)(below(&s, 9) == 0);
	return e;
}

static void
random_rows_come_back(void **state)
{
	struct span *texts;
	struct wire_batch_writer w;
	struct wire_message m;
	struct wire_rows rows;
	struct wire_row r;
	struct fault fault = {0};
	char names[7][24];
	struct buf out;

	(void)state;
	print_message("seed %d\n", SEED);
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (uint64_t i = 0; i < RANDOM_ROWS; i++) {
		struct wire_row_text e = random_row(SEED, i, names);

		assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
	}
	open_batch(&w, &out, &m, &rows);
	texts = calloc(m.as.batch.dictionary.n, sizeof(*texts));
	assert_non_null(texts);
	wire_texts_read(m.as.batch.dictionary, texts);
	for (uint64_t i = 0; i < RANDOM_ROWS; i++) {
		struct wire_row_text e = random_row(SEED, i, names);

		assert_int_equal(wire_rows_next(&rows, &r, &fault), ERR_OK);
		assert_int_equal(rows.row, i);
		assert_row(&r, texts, &e);
	}
	assert_int_equal(wire_rows_next(&rows, &r, &fault), ERR_NOT_FOUND);
	free(texts);
	wire_batch_fini(&w);
	buf_fini(&out);
}

static void
a_batch_takes_10000_rows_and_no_more(void **state)
{
	struct wire_row_text e = row_of("a", "b", "c");
	struct wire_batch_writer w;
	struct wire_message m;
	struct wire_rows rows;
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (int i = 0; i < WIRE_ROWS_MAX; i++)
		assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
	assert_int_equal(wire_batch_row(&w, &e), ERR_TOO_LARGE);
	open_batch(&w, &out, &m, &rows);
	assert_int_equal(m.as.batch.rows.n, WIRE_ROWS_MAX);
	wire_batch_reset(&w);
	assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
	assert_int_equal(w.n_rows, 1);
	assert_int_equal(w.dictionary.n, 3);
	wire_batch_fini(&w);
	buf_fini(&out);
}

static void
a_finished_batch_keeps_to_the_bytes_it_was_given(void **state)
{
	struct wire_batch head = head_of();
	struct wire_batch_writer w;
	char names[7][24];
	struct buf out;
	enum err err = ERR_OK;
	uint64_t i = 0;

	(void)state;
	head.source = head.units_as_of = head.producer;
	buf_init(&out, BYTES_MIN);
	wire_batch_init(&w, WIRE_ROWS_MAX, BYTES_MIN);
	while (err == ERR_OK) {
		struct wire_row_text e = random_row(SEED, i++, names);

		err = wire_batch_row(&w, &e);
	}
	assert_int_equal(err, ERR_TOO_LARGE);
	assert_true(w.n_rows > 20);
	assert_int_equal(wire_batch_finish(&w, 1, &head, &out), ERR_OK);
	assert_true(out.len > BYTES_MIN / 2);
	wire_batch_fini(&w);
	buf_fini(&out);
}

static void
a_dictionary_takes_65536_texts_and_no_more(void **state)
{
	struct wire_batch_writer w;
	char name[24];

	(void)state;
	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (uint32_t i = 0; i < WIRE_DICTIONARY_MAX; i++)
		assert_int_equal(
		    map_put(&w.dictionary, span_str(name_of(name, i)), i),
		    ERR_OK);
	{
		struct wire_row_text e = row_of("name-1", "name-2", "name-3");

		assert_int_equal(wire_batch_row(&w, &e), ERR_OK);
		e.note = span_str("another");
		assert_int_equal(wire_batch_row(&w, &e), ERR_TOO_LARGE);
	}
	assert_int_equal(w.n_rows, 1);
	wire_batch_fini(&w);
}

static void
refuse_row(struct wire_row_text e, enum err expected)
{
	struct wire_row_text good = row_of("a", "b", "c");
	struct wire_batch_writer w;

	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_batch_row(&w, &good), ERR_OK);
	assert_int_equal(wire_batch_row(&w, &e), expected);
	assert_int_equal(w.n_rows, 1);
	assert_int_equal(w.rows.len, 4);
	assert_int_equal(wire_batch_row(&w, &good), ERR_OK);
	wire_batch_fini(&w);
}

static void
a_row_that_can_never_be_sent_is_refused_and_leaves_no_trace(void **state)
{
	char long_text[WIRE_TEXT_MAX + 1];
	struct wire_row_text e = row_of("a", "b", "c");

	(void)state;
	memset(long_text, 'a', sizeof(long_text));
	e.note = span_of(long_text, sizeof(long_text));
	refuse_row(e, ERR_BAD_VALUE);
	e.note = span_of("\xff", 1);
	refuse_row(e, ERR_BAD_TEXT);
	e = row_of("a", "b", "c");
	e.value = (struct wire_decimal){WIRE_UINT_MAX + 1, 0, true};
	refuse_row(e, ERR_BAD_VALUE);
	e.value = (struct wire_decimal){-WIRE_UINT_MAX - 1, 2, true};
	refuse_row(e, ERR_BAD_VALUE);
	e.value = (struct wire_decimal){1, WIRE_PLACES_MAX + 1, true};
	refuse_row(e, ERR_BAD_VALUE);
	e = row_of("a", "b", "c");
	e.status = 5;
	refuse_row(e, ERR_BAD_VALUE);
	e = row_of("a", "b", "c");
	e.bound = 6;
	refuse_row(e, ERR_BAD_VALUE);
	e = row_of("a", "b", "c");
	e.action = 2;
	refuse_row(e, ERR_BAD_VALUE);
	e = row_of("a", "b", "c");
	e.period = (struct span){0};
	refuse_row(e, ERR_BAD_VALUE);
}

static void
a_fault_names_the_row_and_its_byte(void **state)
{
	static const uint8_t bytes[] = {0x93, 0, 0, 0,    0x94,
	                                0,    0, 0, 0xa1, 'x'};
	struct wire_batch batch = {
	    .dictionary = {.n = 1},
	    .rows = {span_of(bytes, sizeof(bytes)), 2},
	};
	struct wire_rows rows;
	struct wire_row row;
	struct fault fault = {0};
	struct buf field;

	(void)state;
	buf_init(&field, 64);
	wire_rows_open(span_of(bytes, sizeof(bytes)), &batch, &rows);
	assert_int_equal(wire_rows_next(&rows, &row, &fault), ERR_OK);
	assert_int_equal(wire_rows_next(&rows, &row, &fault), ERR_BAD_TYPE);
	assert_string_equal(fault.field, "rows[].value");
	assert_int_equal(fault.offset, 8);
	wire_rows_field(&rows, &fault, &field);
	assert_string_equal(buf_cstr(&field), "rows[1].value");
	buf_fini(&field);
}

static void
rows_of_a_lying_list_are_never_read_past_its_end(void **state)
{
	static const uint8_t bytes[] = {0x9d, 0,    0,    0, 0xd3, 0, 0,
	                                0,    0,    0,    0, 0,    1, 0x92,
	                                1,    0xfe, 0xcd, 0, 1};

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct wire_batch batch = {
		    .dictionary = {.n = 1},
		    .rows = {span_of(bytes, len), 1},
		};
		struct wire_rows rows;
		struct wire_row row;
		struct fault fault = {0};

		wire_rows_open(span_of(bytes, len), &batch, &rows);
		assert_int_not_equal(wire_rows_next(&rows, &row, &fault),
		                     ERR_OK);
		assert_true(fault.offset <= len);
	}
}

static void
positions_that_are_left_out_read_as_the_table_says(void **state)
{
	static const uint8_t bytes[] = {0x93, 0, 0, 0};
	struct wire_batch batch = {
	    .dictionary = {.n = 1},
	    .rows = {span_of(bytes, sizeof(bytes)), 1},
	};
	struct wire_rows rows;
	struct wire_row row;
	struct fault fault = {0};

	(void)state;
	wire_rows_open(span_of(bytes, sizeof(bytes)), &batch, &rows);
	assert_int_equal(wire_rows_next(&rows, &row, &fault), ERR_OK);
	for (size_t i = WIRE_ROW_FIELDS_MIN; i < WIRE_ROW_FIELDS; i++) {
		const struct wire_row_field *f = &wire_row_fields[i];
		const void *slot = (const uint8_t *)&row + f->offset;

		if (f->kind == WIRE_ROW_REF)
			assert_int_equal(*(const uint32_t *)slot, WIRE_NONE);
		else if (f->kind == WIRE_ROW_SMALL)
			assert_int_equal(*(const uint8_t *)slot, f->absent);
		else
			assert_false(
			    ((const struct wire_decimal *)slot)->given);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_of_everything_comes_back),
	    cmocka_unit_test(nils_at_the_end_of_a_row_are_not_sent),
	    cmocka_unit_test(random_rows_come_back),
	    cmocka_unit_test(a_batch_takes_10000_rows_and_no_more),
	    cmocka_unit_test(a_finished_batch_keeps_to_the_bytes_it_was_given),
	    cmocka_unit_test(a_dictionary_takes_65536_texts_and_no_more),
	    cmocka_unit_test(
	        a_row_that_can_never_be_sent_is_refused_and_leaves_no_trace),
	    cmocka_unit_test(a_fault_names_the_row_and_its_byte),
	    cmocka_unit_test(rows_of_a_lying_list_are_never_read_past_its_end),
	    cmocka_unit_test(
	        positions_that_are_left_out_read_as_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
