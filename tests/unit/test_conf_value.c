/* links: common/base/conf_value.c common/base/escape.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/conf_parts.h"

static const struct conf_option data = {
    .name = "data", .type = CONF_TEXT, .min = 1, .max = 20};
static const struct conf_option level = {
    .name = "level", .type = CONF_TEXT, .choices = "debug info warn"};
static const struct conf_option token = {.name = "token", .type = CONF_TEXT};
static const struct conf_option rows = {
    .name = "rows", .type = CONF_UINT, .min = 1, .max = 1000};
static const struct conf_option memory = {.name = "memory", .type = CONF_BYTES};
static const struct conf_option tick = {
    .name = "tick", .type = CONF_DURATION, .max = 86400000};
static const struct conf_option demo = {.name = "demo", .type = CONF_BOOL};

struct row {
	const struct conf_option *option;
	const char *text;
	uint64_t number;
};

static void
assert_taken(const struct conf_option *o, const char *text, uint64_t expected)
{
	uint64_t number = 77;
	struct buf why;

	buf_init(&why, 10000);
	assert_int_equal(conf_value_parse(o, text, &number, &why), ERR_OK);
	assert_int_equal(number, expected);
	assert_int_equal(why.len, 0);
	buf_fini(&why);
}

static void
assert_refused(const struct conf_option *o, const char *text,
               const char *expected)
{
	uint64_t number = 77;
	struct buf why;

	buf_init(&why, 10000);
	assert_int_equal(conf_value_parse(o, text, &number, &why), ERR_CONF);
	assert_string_equal(buf_cstr(&why), expected);
	buf_fini(&why);
}

static void
numbers_sizes_and_durations_are_read_in_their_units(void **state)
{
	static const struct row rows_taken[] = {
	    {&rows, "007", 7},
	    {&memory, "0", 0},
	    {&memory, "4096", 4096},
	    {&memory, "64KiB", 65536},
	    {&memory, "3MiB", 3145728},
	    {&memory, "2GiB", 2147483648},
	    {&memory, "1TiB", 1099511627776},
	    {&memory, "18446744073709551615", UINT64_MAX},
	    {&memory, "16777215TiB", UINT64_C(16777215) << 40},
	    {&tick, "0", 0},
	    {&tick, "250ms", 250},
	    {&tick, "30s", 30000},
	    {&tick, "5m", 300000},
	    {&tick, "2h", 7200000},
	    {&tick, "1d", 86400000},
	    {&demo, "true", 1},
	    {&demo, "false", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows_taken) / sizeof(rows_taken[0]); i++)
		assert_taken(rows_taken[i].option, rows_taken[i].text,
		             rows_taken[i].number);
}

static void
what_is_no_value_of_its_type_is_refused(void **state)
{
	static const struct row wrong[] = {
	    {&rows, "", 0},
	    {&rows, "-1", 0},
	    {&rows, "+1", 0},
	    {&rows, " 1", 0},
	    {&rows, "1 ", 0},
	    {&rows, "1.0", 0},
	    {&rows, "0x10", 0},
	    {&rows, "1KiB", 0},
	    {&rows, "18446744073709551616", 0},
	    {&rows, "99999999999999999999999", 0},
	    {&memory, "64MB", 0},
	    {&memory, "64 MiB", 0},
	    {&memory, "1.5GiB", 0},
	    {&memory, "64mib", 0},
	    {&memory, "MiB", 0},
	    {&memory, "16777216TiB", 0},
	    {&tick, "1", 0},
	    {&tick, "1week", 0},
	    {&tick, "1s1s", 0},
	    {&tick, "9999999999999999d", 0},
	    {&demo, "yes", 0},
	    {&demo, "1", 0},
	    {&demo, "True", 0},
	    {&demo, "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t number;
		struct buf why;

		buf_init(&why, 1000);
		assert_int_equal(conf_value_parse(wrong[i].option,
		                                  wrong[i].text, &number, &why),
		                 ERR_CONF);
		assert_non_null(strstr(buf_cstr(&why), "\" is not "));
		buf_fini(&why);
	}
}

static void
a_number_at_its_bound_is_taken_and_one_past_it_is_not(void **state)
{
	(void)state;
	assert_taken(&rows, "1", 1);
	assert_taken(&rows, "1000", 1000);
	assert_refused(&rows, "0", "\"0\" is below the least allowed, 1");
	assert_refused(&rows, "1001",
	               "\"1001\" is above the most allowed, 1000");
	assert_taken(&tick, "24h", 86400000);
	assert_refused(&tick, "86400001ms",
	               "\"86400001ms\" is above the most allowed, 86400000 ms");
}

static void
a_text_at_its_bound_is_taken_and_one_past_it_is_not(void **state)
{
	(void)state;
	assert_taken(&data, "a", 0);
	assert_taken(&data, "01234567890123456789", 0);
	assert_refused(&data, "", "\"\" is below the least allowed, 1 bytes");
	assert_refused(&data, "012345678901234567890",
	               "\"012345678901234567890\" is above the most allowed, "
	               "20 bytes");
}

static void
a_text_without_a_bound_of_its_own_ends_at_the_common_one(void **state)
{
	char text[CONF_TEXT_MAX + 2] = {0};
	char shown[128] = {0};

	(void)state;
	memset(text, 't', CONF_TEXT_MAX);
	assert_taken(&token, text, 0);
	text[CONF_TEXT_MAX] = 't';
	/* Only the start of a long value is shown. */
	shown[0] = '"';
	memset(shown + 1, 't', 80);
	memcpy(shown + 81, "\"... is too long", sizeof("\"... is too long"));
	assert_refused(&token, text, shown);
}

static void
a_word_is_one_of_the_choices_whole(void **state)
{
	static const char *const wrong[] = {
	    "", "inf", "infos", "INFO", "debug info", " ", "info "};

	(void)state;
	assert_taken(&level, "debug", 0);
	assert_taken(&level, "info", 0);
	assert_taken(&level, "warn", 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint64_t number;
		struct buf why;

		buf_init(&why, 1000);
		assert_int_equal(
		    conf_value_parse(&level, wrong[i], &number, &why),
		    ERR_CONF);
		buf_fini(&why);
	}
	assert_refused(&level, "loud", "\"loud\" is none of: debug info warn");
}

static void
a_wrong_value_cannot_break_the_message(void **state)
{
	(void)state;
	assert_refused(&token, "a\n\x1b[31m",
	               "\"a\\n\\u001b[31m\" has a control character");
	assert_refused(&rows, "\xff\"",
	               "\"\\ufffd\\\"\" is not a whole number");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        numbers_sizes_and_durations_are_read_in_their_units),
	    cmocka_unit_test(what_is_no_value_of_its_type_is_refused),
	    cmocka_unit_test(
	        a_number_at_its_bound_is_taken_and_one_past_it_is_not),
	    cmocka_unit_test(
	        a_text_at_its_bound_is_taken_and_one_past_it_is_not),
	    cmocka_unit_test(
	        a_text_without_a_bound_of_its_own_ends_at_the_common_one),
	    cmocka_unit_test(a_word_is_one_of_the_choices_whole),
	    cmocka_unit_test(a_wrong_value_cannot_break_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
