/* links: common/base/clock.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"

struct pair {
	int64_t ms;
	const char *text;
};

/* Checked with date(1). */
static const struct pair pairs[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {1709251199123, "2024-02-29T23:59:59.123Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {-2203891200000, "1900-03-01T00:00:00.000Z"},
    {-62135596800000, "0001-01-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
};

static void
known_times_are_written_and_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char text[CLOCK_TEXT_SIZE];
		struct wall at = {7};

		clock_format_rfc3339((struct wall){pairs[i].ms}, text);
		assert_string_equal(text, pairs[i].text);
		assert_int_equal(clock_parse_rfc3339(span_str(text), &at),
		                 ERR_OK);
		assert_int_equal(at.ms, pairs[i].ms);
	}
}

static void
every_day_of_four_centuries_comes_back(void **state)
{
	(void)state;
	for (int64_t day = -25568; day < -25568 + 146097; day++) {
		struct wall at = {day * 86400000 + 86399999};
		struct wall back = {0};
		char text[CLOCK_TEXT_SIZE];

		clock_format_rfc3339(at, text);
		assert_int_equal(clock_parse_rfc3339(span_str(text), &back),
		                 ERR_OK);
		assert_int_equal(back.ms, at.ms);
	}
}

static void
a_time_outside_the_years_is_shown_as_the_nearest_inside(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_format_rfc3339((struct wall){INT64_MIN}, text);
	assert_string_equal(text, "0001-01-01T00:00:00.000Z");
	clock_format_rfc3339((struct wall){253402300800000}, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	clock_format_rfc3339((struct wall){INT64_MAX}, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static void
offsets_fractions_and_lower_case_are_read(void **state)
{
	static const struct pair same[] = {
	    {1709251199000, "2024-02-29T23:59:59Z"},
	    {1709251199000, "2024-02-29t23:59:59z"},
	    {1709251199000, "2024-02-29 23:59:59+00:00"},
	    {1709251199000, "2024-03-01T06:59:59+07:00"},
	    {1709251199000, "2024-02-29T18:29:59-05:30"},
	    {1709251199100, "2024-02-29T23:59:59.1Z"},
	    {1709251199120, "2024-02-29T23:59:59.12Z"},
	    {1709251199123, "2024-02-29T23:59:59.123999999Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct wall at = {7};

		assert_int_equal(
		    clock_parse_rfc3339(span_str(same[i].text), &at), ERR_OK);
		assert_int_equal(at.ms, same[i].ms);
	}
}

static void
what_is_not_a_time_is_refused_and_nothing_is_set(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "2024",
	    "2024-02-29",
	    "2024-02-29T23:59:59",
	    "2024-02-29T23:59Z",
	    "2023-02-29T00:00:00Z",
	    "1900-02-29T00:00:00Z",
	    "2024-04-31T00:00:00Z",
	    "2024-00-01T00:00:00Z",
	    "2024-13-01T00:00:00Z",
	    "2024-01-00T00:00:00Z",
	    "0000-01-01T00:00:00Z",
	    "2024-01-01T24:00:00Z",
	    "2024-01-01T00:60:00Z",
	    "2024-01-01T00:00:60Z",
	    "2024-01-01T00:00:00.Z",
	    "2024-01-01T00:00:00.1234567890Z",
	    "2024-01-01T00:00:00+24:00",
	    "2024-01-01T00:00:00+07:60",
	    "2024-01-01T00:00:00+0700",
	    "2024-01-01T00:00:00Zx",
	    " 2024-01-01T00:00:00Z",
	    "2024-1-01T00:00:00Z",
	    "+024-01-01T00:00:00Z",
	    "2024/01/01T00:00:00Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct wall at = {7};

		assert_int_equal(clock_parse_rfc3339(span_str(wrong[i]), &at),
		                 ERR_BAD_DATE);
		assert_int_equal(at.ms, 7);
	}
}

static void
every_cut_of_a_time_is_refused(void **state)
{
	const char *text = "2024-02-29T23:59:59.1+07:00";

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct wall at;

		assert_int_equal(clock_parse_rfc3339(span_of(text, len), &at),
		                 ERR_BAD_DATE);
	}
}

static void
a_manual_clock_moves_only_when_told(void **state)
{
	struct clock c =
	    clock_manual((struct wall){1000}, (struct mono){5000000});

	(void)state;
	assert_int_equal(clock_wall_now(&c).ms, 1000);
	assert_int_equal(clock_mono_now(&c).ns, 5000000);
	clock_advance_ms(&c, 20);
	assert_int_equal(clock_wall_now(&c).ms, 1020);
	assert_int_equal(clock_mono_now(&c).ns, 25000000);
	clock_set_wall(&c, (struct wall){3});
	assert_int_equal(clock_wall_now(&c).ms, 3);
	assert_int_equal(clock_mono_now(&c).ns, 25000000);
}

static void
a_fixed_clock_shows_one_wall_time_while_mono_runs(void **state)
{
	struct clock c = clock_fixed((struct wall){1767571200000});
	struct mono first = clock_mono_now(&c);
	struct mono later = clock_mono_now(&c);

	(void)state;
	assert_int_equal(clock_wall_now(&c).ms, 1767571200000);
	assert_true(first.ns > 0);
	assert_true(later.ns >= first.ns);
}

static void
the_real_clock_is_after_this_was_written(void **state)
{
	struct clock c = clock_real();
	struct wall written;

	(void)state;
	assert_int_equal(
	    clock_parse_rfc3339(span_str("2024-01-01T00:00:00Z"), &written),
	    ERR_OK);
	assert_true(clock_wall_now(&c).ms > written.ms);
	assert_true(clock_mono_now(&c).ns > 0);
}

static void
milliseconds_between_are_whole(void **state)
{
	struct mono at = {1999999};

	(void)state;
	assert_int_equal(clock_ms_between((struct mono){0}, at), 1);
	assert_int_equal(clock_ms_between(at, (struct mono){0}), -1);
	assert_int_equal(clock_mono_plus_ms(at, 2).ns, 3999999);
}

static void
a_shift_moves_both_times_and_only_forward(void **state)
{
	struct clock clock = clock_real();
	struct mono mono = clock_mono_now(&clock);
	struct wall wall = clock_wall_now(&clock);

	(void)state;
	clock_shift(&clock, 86400000);
	assert_true(clock_ms_between(mono, clock_mono_now(&clock)) >= 86400000);
	assert_true(clock_wall_now(&clock).ms - wall.ms >= 86400000);
	mono = clock_mono_now(&clock);
	clock_shift(&clock, 1000);
	assert_true(clock_mono_now(&clock).ns >= mono.ns);
}

static void
shifts_are_a_number_and_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: none */
	} rows[] = {
	    {"+24h", 86400000},
	    {"3600s\n", 3600000},
	    {" 90m ", 5400000},
	    {"250ms", 250},
	    {"2d", 172800000},
	    {"0s", 0},
	    {"31557600s", CLOCK_SHIFT_MAX_MS},
	    {"31557601s", -1},
	    {"99999999999999999999h", -1},
	    {"24", -1},
	    {"h", -1},
	    {"", -1},
	    {"-1h", -1},
	    {"1 h", -1},
	    {"1w", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t ms = -1;
		enum err err = clock_parse_shift(span_str(rows[i].text), &ms);

		assert_int_equal(ms, rows[i].ms);
		assert_int_equal(err, ms < 0 ? ERR_BAD_VALUE : ERR_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_times_are_written_and_read),
	    cmocka_unit_test(every_day_of_four_centuries_comes_back),
	    cmocka_unit_test(
	        a_time_outside_the_years_is_shown_as_the_nearest_inside),
	    cmocka_unit_test(offsets_fractions_and_lower_case_are_read),
	    cmocka_unit_test(what_is_not_a_time_is_refused_and_nothing_is_set),
	    cmocka_unit_test(every_cut_of_a_time_is_refused),
	    cmocka_unit_test(a_manual_clock_moves_only_when_told),
	    cmocka_unit_test(a_fixed_clock_shows_one_wall_time_while_mono_runs),
	    cmocka_unit_test(the_real_clock_is_after_this_was_written),
	    cmocka_unit_test(milliseconds_between_are_whole),
	    cmocka_unit_test(a_shift_moves_both_times_and_only_forward),
	    cmocka_unit_test(shifts_are_a_number_and_a_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
