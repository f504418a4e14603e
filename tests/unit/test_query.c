/* links: proto/query.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/query.h"

static int
setup(void **state)
{
	struct query *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return -1;
	query_init(q);
	*state = q;
	return 0;
}

static int
teardown(void **state)
{
	struct query *q = *state;

	query_fini(q);
	free(q);
	return 0;
}

static void
begin(struct query *q, uint64_t max)
{
	struct wire_query asked = {.max = max};

	query_begin(q, &asked);
}

/* How many rows of n the page takes. */
static uint32_t
rows_taken(struct query *q, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		wire_answer_row(&q->rows);
		wire_answer_int(&q->rows, "i", i);
		if (wire_answer_row_end(&q->rows) != ERR_OK)
			return i;
	}
	return n;
}

static void
a_page_has_at_most_what_was_asked_for(void **state)
{
	struct query *q = *state;

	begin(q, 3);
	assert_int_equal(rows_taken(q, 10), 3);
	begin(q, 1);
	assert_int_equal(rows_taken(q, 10), 1);
}

static void
a_page_has_at_most_500_rows(void **state)
{
	struct query *q = *state;

	begin(q, QUERY_ROWS_MAX);
	assert_int_equal(rows_taken(q, QUERY_ROWS_MAX + 1), QUERY_ROWS_MAX);
	begin(q, WIRE_PAGE_ROWS_MAX);
	assert_int_equal(rows_taken(q, QUERY_ROWS_MAX + 1), QUERY_ROWS_MAX);
	begin(q, 0);
	assert_int_equal(rows_taken(q, QUERY_ROWS_MAX + 1), QUERY_ROWS_MAX);
}

/* 500 rows of 60 long texts are more bytes than a message may have. */
static void
a_page_fits_a_message(void **state)
{
	struct query *q = *state;
	struct wire_message m = {.type = WIRE_ANSWER}, back;
	char text[WIRE_TEXT_MAX + 1], name[8];
	struct fault fault;
	struct buf out;
	enum err err = ERR_OK;

	memset(text, 'x', WIRE_TEXT_MAX);
	text[WIRE_TEXT_MAX] = '\0';
	begin(q, 0);
	while (err == ERR_OK) {
		wire_answer_row(&q->rows);
		for (int i = 0; i < 60; i++) {
			snprintf(name, sizeof(name), "f%d", i);
			query_text(q, name, text);
		}
		err = wire_answer_row_end(&q->rows);
	}
	assert_int_equal(err, ERR_TOO_LARGE);
	assert_in_range(q->rows.n_rows, 1, QUERY_ROWS_MAX - 1);
	m.as.answer.rows = wire_answer_list(&q->rows);
	buf_init(&out, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_encode(&m, &out), ERR_OK);
	assert_int_equal(wire_decode(buf_span(&out), &back, &fault), ERR_OK);
	buf_fini(&out);
}

static void
a_misspelt_argument_is_refused(void **state)
{
	static const char *const names[] = {"unit", "map", NULL};
	struct query *q = *state;
	struct wire_writer args;
	struct wire_query asked = {.max = 1};

	wire_writer_init(&args, 1000);
	wire_args_add(&args, "map", span_str("m"));
	asked.args = wire_writer_list(&args);
	query_begin(q, &asked);
	assert_int_equal(query_args_known(q, names), ERR_OK);
	assert_null(q->field);
	assert_true(span_equal(query_arg(q, "map"), span_str("m")));
	assert_int_equal(query_arg(q, "unit").len, 0);
	wire_args_add(&args, "uint", span_str("u"));
	asked.args = wire_writer_list(&args);
	query_begin(q, &asked);
	assert_int_equal(query_args_known(q, names), ERR_UNKNOWN_KEY);
	assert_string_equal(q->field, "args");
	wire_writer_fini(&args);
}

/* The text of field "t" after query_text. */
static struct span
text_kept(struct query *q, const char *text)
{
	struct wire_list rows, pairs;
	struct wire_value value = {.number = 0};

	begin(q, 0);
	wire_answer_row(&q->rows);
	query_text(q, "t", text);
	assert_int_equal(wire_answer_row_end(&q->rows), ERR_OK);
	rows = wire_answer_list(&q->rows);
	assert_true(wire_answer_next(&rows, &pairs));
	if (!wire_answer_get(pairs, "t", &value))
		return span_of(NULL, 0);
	return value.text;
}

static void
long_texts_are_cut_at_a_whole_character(void **state)
{
	char text[WIRE_TEXT_MAX + 8];
	struct span kept;

	memset(text, 'x', sizeof(text));
	text[WIRE_TEXT_MAX] = '\0';
	assert_int_equal(text_kept(*state, text).len, WIRE_TEXT_MAX);
	/* a letter of three bytes lies across the end */
	memcpy(text + WIRE_TEXT_MAX - 1, "\xe1\xba\xbf", 4);
	kept = text_kept(*state, text);
	assert_int_equal(kept.len, WIRE_TEXT_MAX - 1);
	memcpy(text + WIRE_TEXT_MAX - 3, "\xe1\xba\xbf!", 5);
	assert_int_equal(text_kept(*state, text).len, WIRE_TEXT_MAX);
	assert_null(text_kept(*state, NULL).ptr);
}

static void
a_token_comes_back_as_numbers(void **state)
{
	struct query *q = *state;
	const uint32_t put[3] = {1, UINT32_MAX, 70000};
	uint32_t got[4] = {9, 9, 9, 9};
	struct wire_query asked = {.max = 1};
	uint8_t bytes[12];

	query_next_put(q, put, 3);
	assert_int_equal(q->next.len, sizeof(bytes));
	memcpy(bytes, q->next.ptr, sizeof(bytes));
	asked.after = span_of(bytes, sizeof(bytes));
	query_begin(q, &asked);
	assert_int_equal(q->next.len, 0);
	query_after_get(q, got, 4); /* one more than it has */
	assert_memory_equal(got, put, sizeof(put));
	assert_int_equal(got[3], 0);
	asked.after = span_of(NULL, 0);
	query_begin(q, &asked);
	query_after_get(q, got, 1);
	assert_int_equal(got[0], 0);
}

static void
hashes_are_sixteen_digits(void **state)
{
	struct query *q = *state;
	struct wire_list rows, pairs;
	struct wire_value value;

	begin(q, 0);
	wire_answer_row(&q->rows);
	query_hex(q, "h", 0xab);
	assert_int_equal(wire_answer_row_end(&q->rows), ERR_OK);
	rows = wire_answer_list(&q->rows);
	assert_true(wire_answer_next(&rows, &pairs));
	assert_true(wire_answer_get(pairs, "h", &value));
	assert_true(span_equal(value.text, span_str("00000000000000ab")));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_page_has_at_most_what_was_asked_for),
	    CASE(a_page_has_at_most_500_rows),
	    CASE(a_page_fits_a_message),
	    CASE(a_misspelt_argument_is_refused),
	    CASE(long_texts_are_cut_at_a_whole_character),
	    CASE(a_token_comes_back_as_numbers),
	    CASE(hashes_are_sixteen_digits),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
