/* links: common/base/escape.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/escape.h"

static void
assert_escaped(const char *text, size_t len, const char *expected)
{
	struct buf out;

	buf_init(&out, 1000);
	escape_json(&out, span_of(text, len));
	assert_string_equal(buf_cstr(&out), expected);
	buf_fini(&out);
}

static void
plain_and_vietnamese_text_stays_as_it_is(void **state)
{
	const char *text =
	    "Th\xe1\xbb\xa7 \xc4\x91\xc3\xb4 100% \xf0\x9f\x98\x80";

	(void)state;
	assert_escaped("", 0, "");
	assert_escaped(text, strlen(text), text);
}

static void
quotes_backslashes_and_controls_are_escaped(void **state)
{
	(void)state;
	assert_escaped("a\"b\\c", 5, "a\\\"b\\\\c");
	assert_escaped("\n\t\r\x1b[31m", 8, "\\n\\t\\u000d\\u001b[31m");
	assert_escaped("\0\x7f", 2, "\\u0000\\u007f");
	assert_escaped("\xc2\x9b\xc2\xa0", 4, "\\u009b\xc2\xa0");
}

static void
each_byte_that_is_not_utf8_becomes_a_replacement(void **state)
{
	(void)state;
	assert_escaped("\xff", 1, "\\ufffd");
	assert_escaped("\x80z", 2, "\\ufffdz");
	assert_escaped("\xc0\x80", 2, "\\ufffd\\ufffd");
	/* a surrogate; over U+10FFFF; overlong; cut short */
	assert_escaped("\xed\xa0\x80", 3, "\\ufffd\\ufffd\\ufffd");
	assert_escaped("\xf4\x90\x80\x80", 4, "\\ufffd\\ufffd\\ufffd\\ufffd");
	assert_escaped("\xe0\x9f\xbf", 3, "\\ufffd\\ufffd\\ufffd");
	assert_escaped("\xe1\xbb", 2, "\\ufffd\\ufffd");
	assert_escaped("\xe1\xbbz", 3, "\\ufffd\\ufffdz");
}

static void
the_ends_of_every_utf8_range_are_one_character(void **state)
{
	static const char *const ends[] = {
	    "\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",
	    "\xed\x9f\xbf",     "\xee\x80\x80",     "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		assert_int_equal(escape_utf8_len(span_str(ends[i])),
		                 strlen(ends[i]));
	assert_int_equal(escape_utf8_len(span_of(NULL, 0)), 0);
}

static void
quoted_text_has_its_quotes(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	escape_json_quoted(&out, span_str("a\"b"));
	assert_string_equal(buf_cstr(&out), "\"a\\\"b\"");
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_and_vietnamese_text_stays_as_it_is),
	    cmocka_unit_test(quotes_backslashes_and_controls_are_escaped),
	    cmocka_unit_test(each_byte_that_is_not_utf8_becomes_a_replacement),
	    cmocka_unit_test(the_ends_of_every_utf8_range_are_one_character),
	    cmocka_unit_test(quoted_text_has_its_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
