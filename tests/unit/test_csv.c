/* links: common/formats/csv.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/formats/csv.h"

struct seen { /* records as text: "line:column=field|" ... "\n" */
	struct buf text;
	size_t rows;
	enum err stop; /* what the callback returns */
};

static enum err
on_row(void *ctx, uint32_t line, const struct span *fields,
       const struct csv_place *places, size_t n)
{
	struct seen *s = ctx;

	s->rows++;
	assert_int_equal(line, places[0].line);
	for (size_t i = 0; i < n; i++)
		buf_printf(&s->text, "%u:%u=%.*s|", places[i].line,
		           places[i].column, (int)fields[i].len,
		           fields[i].len > 0 ? (const char *)fields[i].ptr
		                             : "");
	buf_put_str(&s->text, "\n");
	return s->stop;
}

/* In pieces of so many bytes; 0: in one. */
static enum err
read_all(struct seen *s, struct span bytes, size_t piece, struct csv_place *at)
{
	struct csv_reader *reader = NULL;
	enum err err;

	assert_int_equal(csv_reader_new(&reader, on_row, s), ERR_OK);
	err = csv_reader_feed(reader, span_of(bytes.ptr, 0));
	for (size_t i = 0; i < bytes.len && err == ERR_OK;) {
		size_t len =
		    piece > 0 && piece < bytes.len - i ? piece : bytes.len - i;

		err = csv_reader_feed(reader, span_of(bytes.ptr + i, len));
		i += len;
	}
	if (err == ERR_OK)
		err = csv_reader_end(reader);
	else
		assert_int_equal(csv_reader_end(reader), err);
	if (at)
		*at = csv_reader_place(reader);
	csv_reader_free(&reader);
	assert_null(reader);
	return err;
}

static void
check(const char *input, const char *expected)
{
	for (size_t piece = 0; piece <= strlen(input); piece++) {
		struct seen s = {0};

		buf_init(&s.text, 1 << 20);
		assert_int_equal(read_all(&s, span_str(input), piece, NULL),
		                 ERR_OK);
		assert_string_equal(buf_cstr(&s.text), expected);
		buf_fini(&s.text);
	}
}

static void
fields_know_where_they_begin(void **state)
{
	(void)state;
	check("a,bb,c\n1,,3\n", "1:1=a|1:3=bb|1:6=c|\n2:1=1|2:3=|2:4=3|\n");
	check("a,b", "1:1=a|1:3=b|\n");
	check("", "");
	check("\n\n", "");
	check("a\n\n\nb\n", "1:1=a|\n4:1=b|\n");
	check("a,\n,\n", "1:1=a|1:3=|\n2:1=|2:2=|\n");
}

static void
line_ends_of_both_kinds_count_once(void **state)
{
	(void)state;
	check("a,b\r\nc,d\r\n\r\ne,f\r\n",
	      "1:1=a|1:3=b|\n2:1=c|2:3=d|\n4:1=e|4:3=f|\n");
}

static void
quoted_fields_may_hold_anything(void **state)
{
	(void)state;
	check("a,b\n\"x,\"\"y\"\"\",\"\"\n",
	      "1:1=a|1:3=b|\n2:1=x,\"y\"|2:11=|\n");
	check("a,b\n\"one\ntwo\",c\nd,e\n",
	      "1:1=a|1:3=b|\n2:1=one\ntwo|3:6=c|\n4:1=d|4:3=e|\n");
	check("a,b\r\n\"one\r\ntwo\",c\r\nd,e",
	      "1:1=a|1:3=b|\n2:1=one\r\ntwo|3:6=c|\n4:1=d|4:3=e|\n");
}

static void
spaces_are_kept(void **state)
{
	(void)state;
	check("a, b \n\tc,  \n", "1:1=a|1:3= b |\n2:1=\tc|2:4=  |\n");
}

static void
a_mark_is_skipped_and_semicolons_separate(void **state)
{
	(void)state;
	check("\xef\xbb\xbf"
	      "a;b,c;d\n1;2;3\n",
	      "1:1=a|1:3=b,c|1:7=d|\n2:1=1|2:3=2|2:5=3|\n");
	check("a,\";;;\"\n1,2;3\n", "1:1=a|1:3=;;;|\n2:1=1|2:3=2;3|\n");
	check("\xef\xbb\xbf", "");
}

static void
check_bad(const char *input, enum err code, uint32_t line, uint32_t column)
{
	for (size_t piece = 0; piece <= strlen(input); piece++) {
		struct seen s = {0};
		struct csv_place at;

		buf_init(&s.text, 1 << 20);
		assert_int_equal(read_all(&s, span_str(input), piece, &at),
		                 code);
		assert_int_equal(at.line, line);
		assert_int_equal(at.column, column);
		buf_fini(&s.text);
	}
}

static void
stray_quotes_are_refused_where_they_stand(void **state)
{
	(void)state;
	check_bad("a,b\nx,y\"z\n", ERR_BAD_CSV, 2, 4);
	check_bad("a,b\n\"x\"y,z\n", ERR_BAD_CSV, 2, 4);
	check_bad("a,b\nx,\"y\n", ERR_BAD_CSV, 2, 3);
}

static enum err
read_field(size_t len, bool quoted)
{
	struct seen s = {0};
	struct buf text;
	enum err err;

	buf_init(&text, 1 << 20);
	buf_init(&s.text, 1 << 20);
	buf_put_str(&text, quoted ? "a,b\n\"" : "a,b\n");
	for (size_t i = 0; i < len; i++)
		buf_put_str(&text, quoted ? "\"\"" : "x");
	buf_put_str(&text, quoted ? "\",c\n" : ",c\n");
	err = read_all(&s, buf_span(&text), 1000, NULL);
	buf_fini(&text);
	buf_fini(&s.text);
	return err;
}

static void
a_field_has_its_limit(void **state)
{
	(void)state;
	assert_int_equal(read_field(CSV_FIELD_BYTES, false), ERR_OK);
	assert_int_equal(read_field(CSV_FIELD_BYTES + 1, false), ERR_TOO_LARGE);
	assert_int_equal(read_field(CSV_FIELD_BYTES, true), ERR_OK);
	assert_int_equal(read_field(CSV_FIELD_BYTES + 1, true), ERR_TOO_LARGE);
}

static void
an_open_quote_does_not_swallow_the_file(void **state)
{
	(void)state;
	assert_int_equal(read_field(300000, false), ERR_TOO_LARGE);
	assert_int_equal(read_field(300000, true), ERR_TOO_LARGE);
}

static enum err
read_fields(size_t n)
{
	struct seen s = {0};
	struct buf text;
	enum err err;

	buf_init(&text, 1 << 20);
	buf_init(&s.text, 1 << 20);
	for (size_t i = 1; i < n; i++)
		buf_put_str(&text, ",");
	buf_put_str(&text, "\n");
	err = read_all(&s, buf_span(&text), 0, NULL);
	buf_fini(&text);
	buf_fini(&s.text);
	return err;
}

static void
a_record_has_its_limit(void **state)
{
	(void)state;
	assert_int_equal(read_fields(CSV_FIELDS_MAX), ERR_OK);
	assert_int_equal(read_fields(CSV_FIELDS_MAX + 1), ERR_TOO_LARGE);
}

static void
the_callback_can_stop_it(void **state)
{
	struct seen s = {.stop = ERR_REFUSED};

	(void)state;
	buf_init(&s.text, 1000);
	assert_int_equal(read_all(&s, span_str("a\nb\nc\n"), 0, NULL),
	                 ERR_REFUSED);
	assert_int_equal(s.rows, 1);
	buf_fini(&s.text);
}

static void
random_bytes_never_harm(void **state)
{
	static const char letters[] = "a,;\"\n\r\xef ";
	uint64_t seed = 4180;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[40];
		struct seen whole = {0};
		struct seen pieces = {0};

		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			bytes[i] = (uint8_t)letters[(seed >> 40) % 8];
		}
		buf_init(&whole.text, 1 << 16);
		buf_init(&pieces.text, 1 << 16);
		assert_int_equal(
		    read_all(&whole, span_of(bytes, sizeof(bytes)), 0, NULL),
		    read_all(&pieces, span_of(bytes, sizeof(bytes)), 3, NULL));
		assert_true(
		    span_equal(buf_span(&whole.text), buf_span(&pieces.text)));
		buf_fini(&whole.text);
		buf_fini(&pieces.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_know_where_they_begin),
	    cmocka_unit_test(line_ends_of_both_kinds_count_once),
	    cmocka_unit_test(quoted_fields_may_hold_anything),
	    cmocka_unit_test(spaces_are_kept),
	    cmocka_unit_test(a_mark_is_skipped_and_semicolons_separate),
	    cmocka_unit_test(stray_quotes_are_refused_where_they_stand),
	    cmocka_unit_test(a_field_has_its_limit),
	    cmocka_unit_test(an_open_quote_does_not_swallow_the_file),
	    cmocka_unit_test(a_record_has_its_limit),
	    cmocka_unit_test(the_callback_can_stop_it),
	    cmocka_unit_test(random_bytes_never_harm),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
