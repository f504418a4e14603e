/* links: proto/answer.c proto/list.c proto/codec.c proto/kind.c proto/scan.c */
/* links: proto/cursor.c proto/schema.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/scan.h"
#include "proto/wire.h"

enum { PAGE_BYTES = 100, PAGE_BYTES_MAX = WIRE_MESSAGE_MAX - 65536 };

/* Sends a list of rows and takes it in again; out keeps the bytes. */
static struct wire_list
through_the_wire(struct wire_list rows, struct buf *out)
{
	struct wire_message m = {.type = WIRE_ANSWER, .id = 1};
	struct wire_message back = {0};
	struct fault fault = {0};

	m.as.answer.rows = rows;
	assert_int_equal(wire_encode(&m, out), ERR_OK);
	assert_int_equal(wire_decode(buf_span(out), &back, &fault), ERR_OK);
	return back.as.answer.rows;
}

static void
values_of_every_kind_come_back(void **state)
{
	struct wire_answer_writer w;
	struct wire_list rows;
	struct wire_list pairs;
	struct wire_value v;
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_answer_init(&w, 10, PAGE_BYTES_MAX);
	wire_answer_row(&w);
	wire_answer_text(&w, "unit", span_str("Tuyên Quang"));
	wire_answer_int(&w, "n", -WIRE_UINT_MAX);
	wire_answer_decimal(&w, "value", -1538, 2);
	wire_answer_field(&w, "final", wire_bool(true));
	wire_answer_field(&w, "base", wire_nil());
	wire_answer_decimal(&w, "whole", 7, 0);
	assert_int_equal(wire_answer_row_end(&w), ERR_OK);
	rows = through_the_wire(wire_answer_list(&w), &out);
	assert_true(wire_answer_next(&rows, &pairs));
	assert_int_equal(pairs.n, 6);
	assert_true(wire_answer_get(pairs, "unit", &v));
	assert_int_equal(v.kind, WIRE_VALUE_TEXT);
	assert_true(span_equal(v.text, span_str("Tuyên Quang")));
	assert_true(wire_answer_get(pairs, "n", &v));
	assert_int_equal(v.kind, WIRE_VALUE_INT);
	assert_int_equal(v.number, -WIRE_UINT_MAX);
	assert_true(wire_answer_get(pairs, "value", &v));
	assert_int_equal(v.kind, WIRE_VALUE_DECIMAL);
	assert_int_equal(v.number, -1538);
	assert_int_equal(v.places, 2);
	assert_true(wire_answer_get(pairs, "final", &v));
	assert_int_equal(v.kind, WIRE_VALUE_BOOL);
	assert_true(v.truth);
	assert_true(wire_answer_get(pairs, "base", &v));
	assert_int_equal(v.kind, WIRE_VALUE_NIL);
	assert_true(wire_answer_get(pairs, "whole", &v));
	assert_int_equal(v.kind, WIRE_VALUE_INT);
	assert_int_equal(v.number, 7);
	assert_false(wire_answer_get(pairs, "Unit", &v));
	assert_false(wire_answer_next(&rows, &pairs));
	wire_answer_fini(&w);
	buf_fini(&out);
}

static enum err
add_row(struct wire_answer_writer *w, int64_t i)
{
	wire_answer_row(w);
	wire_answer_int(w, "number", i);
	return wire_answer_row_end(w);
}

static int64_t
number_of(struct wire_list pairs)
{
	struct wire_value v;

	assert_true(wire_answer_get(pairs, "number", &v));
	return v.number;
}

static void
a_row_that_does_not_fit_is_left_for_the_next_page(void **state)
{
	struct wire_answer_writer w;
	struct wire_list rows;
	struct wire_list pairs;
	struct buf out;
	int64_t n = 0;

	(void)state;
	buf_init(&out, 4096);
	wire_answer_init(&w, 10, PAGE_BYTES);
	while (add_row(&w, n) == ERR_OK)
		n++;
	assert_int_equal(n, 9); /* of 11 bytes each */
	assert_int_equal(add_row(&w, n), ERR_TOO_LARGE);
	rows = through_the_wire(wire_answer_list(&w), &out);
	for (int64_t i = 0; i < n; i++) {
		assert_true(wire_answer_next(&rows, &pairs));
		assert_int_equal(number_of(pairs), i);
	}
	assert_false(wire_answer_next(&rows, &pairs));
	wire_answer_reset(&w);
	assert_int_equal(add_row(&w, n), ERR_OK);
	wire_answer_fini(&w);
	buf_fini(&out);
}

static void
a_page_has_as_many_rows_as_were_asked_for(void **state)
{
	struct wire_answer_writer w;

	(void)state;
	wire_answer_init(&w, 2, PAGE_BYTES_MAX);
	assert_int_equal(add_row(&w, 1), ERR_OK);
	assert_int_equal(add_row(&w, 2), ERR_OK);
	assert_int_equal(add_row(&w, 3), ERR_TOO_LARGE);
	assert_int_equal(wire_answer_list(&w).n, 2);
	wire_answer_fini(&w);
}

static enum err
add_wide_row(struct wire_answer_writer *w, int n_fields)
{
	wire_answer_row(w);
	for (int i = 0; i < n_fields; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		wire_answer_decimal(w, name, 0, 1);
	}
	return wire_answer_row_end(w);
}

static void
a_row_has_at_most_64_fields(void **state)
{
	struct wire_answer_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	wire_answer_init(&w, 10, PAGE_BYTES_MAX);
	assert_int_equal(add_wide_row(&w, WIRE_KEYS_MAX), ERR_OK);
	assert_int_equal(add_wide_row(&w, WIRE_KEYS_MAX + 1), ERR_BAD_VALUE);
	assert_int_equal(through_the_wire(wire_answer_list(&w), &out).n, 1);
	wire_answer_fini(&w);
	buf_fini(&out);
}

static void
a_full_page_never_holds_more_values_than_a_frame_may(void **state)
{
	struct wire_answer_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, WIRE_MESSAGE_MAX);
	wire_answer_init(&w, WIRE_PAGE_ROWS_MAX, PAGE_BYTES_MAX);
	while (add_wide_row(&w, WIRE_KEYS_MAX) == ERR_OK)
		;
	/* 257 values a row, and not the bytes are what stops it */
	assert_int_equal(w.n_rows, (WIRE_OBJECTS_MAX - 1024) / 257);
	assert_int_equal(through_the_wire(wire_answer_list(&w), &out).n,
	                 w.n_rows);
	wire_answer_fini(&w);
	buf_fini(&out);
}

static void
refuse_field(struct wire_value v, enum err expected)
{
	struct wire_answer_writer w;

	wire_answer_init(&w, 10, PAGE_BYTES_MAX);
	assert_int_equal(add_row(&w, 1), ERR_OK);
	wire_answer_row(&w);
	wire_answer_field(&w, "a", v);
	assert_int_equal(wire_answer_row_end(&w), expected);
	assert_int_equal(wire_answer_list(&w).n, 1);
	assert_int_equal(add_row(&w, 2), ERR_OK);
	assert_int_equal(wire_answer_list(&w).n, 2);
	wire_answer_fini(&w);
}

static void
a_value_no_peer_would_take_drops_its_row_only(void **state)
{
	char text[WIRE_TEXT_MAX + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	refuse_field(wire_text(span_of(text, sizeof(text))), ERR_BAD_VALUE);
	refuse_field(wire_text(span_of("\xff", 1)), ERR_BAD_TEXT);
	refuse_field(wire_int(WIRE_UINT_MAX + 1), ERR_BAD_VALUE);
	refuse_field(wire_int(-WIRE_UINT_MAX - 1), ERR_BAD_VALUE);
	refuse_field(wire_decimal(1, WIRE_PLACES_MAX + 1), ERR_BAD_VALUE);
	refuse_field(wire_decimal(WIRE_UINT_MAX + 1, 1), ERR_BAD_VALUE);
}

static void
arguments_are_found_by_name(void **state)
{
	struct wire_message m = {.type = WIRE_QUERY, .id = 1};
	struct wire_message back = {0};
	struct fault fault = {0};
	struct wire_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	wire_writer_init(&w, 4096);
	wire_args_add(&w, "programme", span_str("pov-2016-2020"));
	wire_args_add(&w, "unit", (struct span){0});
	wire_args_add(&w, "at", span_str(""));
	assert_int_equal(w.n, 2);
	m.as.query.what = span_str("status");
	m.as.query.max = 1;
	m.as.query.args = wire_writer_list(&w);
	assert_int_equal(wire_encode(&m, &out), ERR_OK);
	assert_int_equal(wire_decode(buf_span(&out), &back, &fault), ERR_OK);
	assert_true(span_equal(wire_args_get(back.as.query.args, "programme"),
	                       span_str("pov-2016-2020")));
	assert_non_null(wire_args_get(back.as.query.args, "at").ptr);
	assert_int_equal(wire_args_get(back.as.query.args, "at").len, 0);
	assert_null(wire_args_get(back.as.query.args, "unit").ptr);
	wire_writer_fini(&w);
	buf_fini(&out);
}

static void
errors_are_told_up_to_a_hundred(void **state)
{
	struct wire_row_error e = {.code = span_str("unknown_unit"),
	                           .field = span_str("unit"),
	                           .value = span_str("ha-gian")};
	struct wire_row_error back;
	struct wire_list list;
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, 1u << 20);
	for (e.row = 0; e.row < WIRE_ERRORS_MAX; e.row++)
		assert_true(wire_errors_add(&w, &e));
	assert_false(wire_errors_add(&w, &e));
	list = wire_writer_list(&w);
	assert_int_equal(list.n, WIRE_ERRORS_MAX);
	for (uint32_t i = 0; wire_errors_next(&list, &back); i++) {
		assert_int_equal(back.row, i);
		assert_true(span_equal(back.code, e.code));
		assert_true(span_equal(back.field, e.field));
		assert_true(span_equal(back.value, e.value));
	}
	assert_int_equal(list.n, 0);
	wire_writer_fini(&w);
}

static void
an_error_may_name_the_row_that_says_otherwise(void **state)
{
	struct wire_row_error e = {.row = 2,
	                           .code = span_str("conflict"),
	                           .field = span_str("value"),
	                           .value = span_str("7.0"),
	                           .contradicted = true,
	                           .other = 5,
	                           .other_value = span_str("7.5")};
	struct wire_row_error back;
	struct wire_list list;
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, 1u << 20);
	assert_true(wire_errors_add(&w, &e));
	e.contradicted = false;
	assert_true(wire_errors_add(&w, &e));
	list = wire_writer_list(&w);
	assert_true(wire_errors_next(&list, &back));
	assert_true(back.contradicted);
	assert_int_equal(back.other, 5);
	assert_true(span_equal(back.other_value, e.other_value));
	assert_true(wire_errors_next(&list, &back));
	assert_false(back.contradicted);
	assert_true(span_equal(back.value, e.value));
	assert_false(wire_errors_next(&list, &back));
	wire_writer_fini(&w);
}

static void
a_long_refused_value_is_cut_between_characters(void **state)
{
	static const uint8_t character[3] = {0xe1, 0xba, 0xbf};
	char text[WIRE_TEXT_MAX + 3];
	struct wire_row_error e = {.code = span_str("bad_number")};
	struct wire_list list;
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, 4096);
	memset(text, 'a', sizeof(text));
	memcpy(text + WIRE_TEXT_MAX - 1, character, sizeof(character));
	e.value = span_of(text, sizeof(text));
	assert_true(wire_errors_add(&w, &e));
	assert_int_equal(buf_err(&w.out), ERR_OK);
	list = wire_writer_list(&w);
	assert_true(wire_errors_next(&list, &e));
	assert_int_equal(e.value.len, WIRE_TEXT_MAX - 1);
	assert_true(scan_utf8(e.value));
	wire_writer_fini(&w);
}

static void
details_of_a_state_come_in_order(void **state)
{
	struct wire_list list;
	struct wire_writer w;
	struct wire_value v;
	struct span key;

	(void)state;
	wire_writer_init(&w, 4096);
	wire_pairs_add(&w, "rows", wire_int(5));
	wire_pairs_add(&w, "host", wire_text(span_str("demo")));
	list = wire_writer_list(&w);
	assert_true(wire_pairs_next(&list, &key, &v));
	assert_true(span_equal(key, span_str("rows")));
	assert_int_equal(v.number, 5);
	assert_true(wire_pairs_next(&list, &key, &v));
	assert_true(span_equal(key, span_str("host")));
	assert_true(span_equal(v.text, span_str("demo")));
	assert_false(wire_pairs_next(&list, &key, &v));
	wire_writer_reset(&w);
	assert_int_equal(wire_writer_list(&w).n, 0);
	wire_writer_fini(&w);
}

static void
texts_of_a_list_come_in_order(void **state)
{
	struct wire_writer w;
	struct span texts[2];

	(void)state;
	wire_writer_init(&w, 4096);
	wire_texts_add(&w, span_str("unit"));
	wire_texts_add(&w, span_str(""));
	wire_texts_read(wire_writer_list(&w), texts);
	assert_true(span_equal(texts[0], span_str("unit")));
	assert_int_equal(texts[1].len, 0);
	assert_non_null(texts[1].ptr);
	wire_writer_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_of_every_kind_come_back),
	    cmocka_unit_test(a_row_that_does_not_fit_is_left_for_the_next_page),
	    cmocka_unit_test(a_page_has_as_many_rows_as_were_asked_for),
	    cmocka_unit_test(a_row_has_at_most_64_fields),
	    cmocka_unit_test(
	        a_full_page_never_holds_more_values_than_a_frame_may),
	    cmocka_unit_test(a_value_no_peer_would_take_drops_its_row_only),
	    cmocka_unit_test(arguments_are_found_by_name),
	    cmocka_unit_test(errors_are_told_up_to_a_hundred),
	    cmocka_unit_test(an_error_may_name_the_row_that_says_otherwise),
	    cmocka_unit_test(a_long_refused_value_is_cut_between_characters),
	    cmocka_unit_test(details_of_a_state_come_in_order),
	    cmocka_unit_test(texts_of_a_list_come_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
