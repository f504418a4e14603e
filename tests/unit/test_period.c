/* links: common/domain/period.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/period.h"

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	return z ^ (z >> 31);
}

static struct period
p(const char *text)
{
	struct period period = {0};

	assert_int_equal(period_parse(span_str(text), &period), ERR_OK);
	return period;
}

static struct day
d(const char *text)
{
	struct day day = {0};

	assert_int_equal(day_parse(span_str(text), false, &day), ERR_OK);
	return day;
}

static void
same_period(struct period period, const char *text)
{
	char got[PERIOD_TEXT_MAX];

	assert_string_equal(period_format(period, got), text);
}

static void
same_day(struct day day, const char *text)
{
	char got[DAY_TEXT_MAX];

	assert_string_equal(day_format(day, got), text);
}

static void
every_kind_is_read_and_printed(void **state)
{
	static const struct {
		const char *text;
		enum frequency frequency;
		int months;
		const char *first;
		const char *last;
	} rows[] = {
	    {"2024", FREQ_ANNUAL, 12, "2024-01-01", "2024-12-31"},
	    {"2024-S1", FREQ_HALF, 6, "2024-01-01", "2024-06-30"},
	    {"2024-S2", FREQ_HALF, 6, "2024-07-01", "2024-12-31"},
	    {"2024-Q1", FREQ_QUARTER, 3, "2024-01-01", "2024-03-31"},
	    {"2024-Q3", FREQ_QUARTER, 3, "2024-07-01", "2024-09-30"},
	    {"2024-02", FREQ_MONTH, 1, "2024-02-01", "2024-02-29"},
	    {"2023-02", FREQ_MONTH, 1, "2023-02-01", "2023-02-28"},
	    {"2100-02", FREQ_MONTH, 1, "2100-02-01", "2100-02-28"},
	    {"2016/2020", FREQ_SPAN, 60, "2016-01-01", "2020-12-31"},
	    {"2019/2020", FREQ_SPAN, 24, "2019-01-01", "2020-12-31"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct period got = p(rows[i].text);

		same_period(got, rows[i].text);
		assert_int_equal(period_frequency(got), rows[i].frequency);
		assert_int_equal(period_months(got), rows[i].months);
		same_day(period_first_day(got), rows[i].first);
		same_day(period_last_day(got), rows[i].last);
	}
	assert_int_equal(period_year(p("2016/2020")), 2020);
	assert_int_equal(period_year_first(p("2016/2020")), 2016);
	assert_int_equal(period_year(p("2016-12")), 2016);
}

static void
what_is_no_period_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",          "24",        "20244",     "2024-",      "2024-S0",
	    "2024-S3",   "2024-Q0",   "2024-Q5",   "2024-00",    "2024-13",
	    "2024-1",    "2024-001",  "2024-q1",   "2024 ",      " 2024",
	    "2024/",     "2024/2024", "2024/2023", "2024/202",   "2024/20255",
	    "2024-S",    "2024-SS1",  "2024Q1",    "1899",       "2200",
	    "1899/1999", "2199/2200", "1900/2000", "2024-07-01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct period got = {77};

		assert_int_equal(period_parse(span_str(bad[i]), &got),
		                 ERR_BAD_PERIOD);
		assert_int_equal(got.code, 77);
	}
}

static void
the_first_and_last_year_and_the_longest_span_are_periods(void **state)
{
	(void)state;
	same_period(p("1900"), "1900");
	same_period(p("2199-12"), "2199-12");
	same_period(p("1900/1999"), "1900/1999");
	assert_int_equal(period_of_span(1900, 2000).code, 0);
	assert_int_equal(period_of_span(2001, 2000).code, 0);
	assert_int_equal(period_of_year(1899).code, 0);
	assert_int_equal(period_of_year(2200).code, 0);
	assert_int_equal(period_of_year(INT32_MAX).code, 0);
	same_period(period_of_span(2020, 2020), "2020");
}

/* Every code there is, against every text there is. */
static void
the_valid_codes_are_those_of_a_text(void **state)
{
	uint32_t codes = (uint32_t)(PERIOD_YEAR_MAX + 2) * 12 << 11;
	size_t n = 0;
	const size_t years = PERIOD_YEAR_MAX - PERIOD_YEAR_MIN + 1;
	size_t expected = years * (1 + 2 + 4 + 12);

	(void)state;
	for (size_t length = 2; length <= PERIOD_SPAN_MAX; length++)
		expected += years - length + 1;
	for (uint32_t code = 0; code < codes; code++) {
		struct period got = {0};
		char text[PERIOD_TEXT_MAX];

		if (!period_valid(code)) {
			continue;
		}
		n++;
		period_format((struct period){code}, text);
		if (period_parse(span_str(text), &got) != ERR_OK ||
		    got.code != code)
			fail_msg("code %u: %s", code, text);
	}
	assert_int_equal(n, expected);
}

static void
codes_from_outside_are_not_trusted(void **state)
{
	uint32_t q3 = p("2024-Q3").code;

	(void)state;
	assert_false(period_valid(0));
	assert_false(period_valid(UINT32_MAX));
	assert_false(period_valid(q3 + 1));          /* four months */
	assert_false(period_valid(q3 + (1u << 11))); /* ends in October */
	assert_true(period_valid(q3 + (3u << 11)));
	same_period((struct period){q3 + 1}, "");
}

static void
periods_sort_by_their_end_then_by_their_length(void **state)
{
	static const char *const order[] = {
	    "2015",    "2016-01",   "2016-03",   "2016-Q1", "2016-06",
	    "2016-Q2", "2016-S1",   "2016-12",   "2016-Q4", "2016-S2",
	    "2016",    "2015/2016", "2012/2016", "2017-01",
	};
	const size_t n = sizeof(order) / sizeof(order[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++)
			assert_int_equal(
			    period_compare(p(order[i]), p(order[j])),
			    (i > j) - (i < j));
	}
}

static void
a_period_moves_by_its_own_length(void **state)
{
	(void)state;
	same_period(period_shift(p("2024-12"), 1), "2025-01");
	same_period(period_shift(p("2024-Q1"), -1), "2023-Q4");
	same_period(period_shift(p("2024-S2"), 3), "2026-S1");
	same_period(period_shift(p("2024"), -24), "2000");
	same_period(period_shift(p("2016/2020"), 1), "2021/2025");
	assert_int_equal(period_shift(p("1900"), -1).code, 0);
	assert_int_equal(period_shift(p("2199-12"), 1).code, 0);
	assert_int_equal(period_shift(p("2000/2099"), INT32_MAX).code, 0);
	assert_int_equal(period_shift(p("2000"), INT32_MIN).code, 0);
	assert_int_equal(period_distance(p("2024-11"), p("2025-02")), 3);
	assert_int_equal(period_distance(p("2025-02"), p("2024-11")), -3);
	assert_int_equal(period_distance(p("2016/2020"), p("2021/2025")), 1);
}

static void
moving_and_measuring_agree(void **state)
{
	static const char *const starts[] = {"2050", "2050-S1", "2050-Q2",
	                                     "2050-07", "2050/2053"};
	uint64_t seed = 5;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 5000; i++) {
		struct period a = p(starts[next_random(&seed) % 5]);
		int n = (int)(next_random(&seed) % 61) - 30;
		struct period b = period_shift(a, n);

		assert_true(period_valid(b.code));
		assert_int_equal(period_distance(a, b), n);
		assert_int_equal(period_months(a), period_months(b));
		assert_int_equal(period_compare(b, a), (n > 0) - (n < 0));
		assert_int_equal(period_shift(b, -n).code, a.code);
	}
}

static void
the_last_ended_period_ends_on_or_before_the_day(void **state)
{
	(void)state;
	same_period(period_last_ended(FREQ_ANNUAL, d("2025-12-30")), "2024");
	same_period(period_last_ended(FREQ_ANNUAL, d("2025-12-31")), "2025");
	same_period(period_last_ended(FREQ_HALF, d("2025-06-30")), "2025-S1");
	same_period(period_last_ended(FREQ_HALF, d("2025-06-29")), "2024-S2");
	same_period(period_last_ended(FREQ_QUARTER, d("2025-08-15")),
	            "2025-Q2");
	same_period(period_last_ended(FREQ_MONTH, d("2024-02-28")), "2024-01");
	same_period(period_last_ended(FREQ_MONTH, d("2024-02-29")), "2024-02");
	same_period(period_last_ended(FREQ_MONTH, d("1900-01-31")), "1900-01");
	same_period(period_last_ended(FREQ_MONTH, d("1900-01-30")), "");
	same_period(period_last_ended(FREQ_ANNUAL, d("1900-12-30")), "");
	same_period(period_last_ended(FREQ_MONTH, (struct day){DAY_NONE}), "");
	same_period(period_last_ended(FREQ_HALF, (struct day){DAY_LAST}),
	            "2199-S2");
}

static void
same_civil(int n, int year, int month, int day)
{
	int got[3];

	assert_int_equal(day_of_civil(year, month, day).n, n);
	day_to_civil((struct day){n}, &got[0], &got[1], &got[2]);
	assert_int_equal(got[0], year);
	assert_int_equal(got[1], month);
	assert_int_equal(got[2], day);
}

static void
days_count_on_through_four_hundred_years(void **state)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30,
	                              31, 31, 30, 31, 30, 31};
	int n = -25567; /* 1900-01-01 */

	(void)state;
	assert_int_equal(day_of_civil(1970, 1, 1).n, 0);
	assert_int_equal(day_of_civil(2000, 3, 1).n, 11017);
	for (int y = 1900; y < 2300; y++) {
		bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

		for (int m = 1; m <= 12; m++) {
			int len = lengths[m - 1] + (m == 2 && leap);

			for (int day = 1; day <= len; day++, n++)
				same_civil(n, y, m, day);
		}
	}
}

static void
a_short_date_means_its_last_day_only_where_allowed(void **state)
{
	struct day day = {4711};

	(void)state;
	assert_int_equal(day_parse(span_str("2025"), true, &day), ERR_OK);
	same_day(day, "2025-12-31");
	assert_int_equal(day_parse(span_str("2024-02"), true, &day), ERR_OK);
	same_day(day, "2024-02-29");
	assert_int_equal(day_parse(span_str("2024-02-01"), true, &day), ERR_OK);
	same_day(day, "2024-02-01");
	day.n = 4711;
	assert_int_equal(day_parse(span_str("2025"), false, &day),
	                 ERR_BAD_DATE);
	assert_int_equal(day_parse(span_str("2024-02"), false, &day),
	                 ERR_BAD_DATE);
	assert_int_equal(day.n, 4711);
}

static void
what_is_no_date_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",           "2025-",       "2025-00",
	    "2025-13",    "2025-01-00",  "2025-01-32",
	    "2025-02-29", "2025-04-31",  "2025-1-1",
	    "2025-01-1",  "2025-01-01 ", "2025/01/01",
	    "01/01/2025", "1899-12-31",  "2200-01-01",
	    "20250101",   "2025-01-01T", "-025-01-01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct day day = {4711};

		assert_int_equal(day_parse(span_str(bad[i]), true, &day),
		                 ERR_BAD_DATE);
		assert_int_equal(day.n, 4711);
	}
}

static void
open_ends_print_as_nothing(void **state)
{
	(void)state;
	same_day((struct day){DAY_NONE}, "");
	same_day((struct day){DAY_FIRST}, "");
	same_day((struct day){DAY_LAST}, "");
	same_day((struct day){-25568}, "1899-12-31");
}

static void
the_date_changes_at_seventeen_hours_utc(void **state)
{
	const int64_t hour_ms = 3600000;

	(void)state;
	same_day(day_of_ms(0), "1970-01-01");
	same_day(day_of_ms(17 * hour_ms - 1), "1970-01-01");
	same_day(day_of_ms(17 * hour_ms), "1970-01-02");
	same_day(day_of_ms(-7 * hour_ms), "1970-01-01");
	same_day(day_of_ms(-7 * hour_ms - 1), "1969-12-31");
	same_day(day_of_ms(INT64_C(1751216400000)), "2025-06-30");
	assert_int_equal(day_of_ms(INT64_MAX).n, DAY_LAST - 1);
	assert_int_equal(day_of_ms(INT64_MIN).n, DAY_FIRST + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_is_read_and_printed),
	    cmocka_unit_test(what_is_no_period_is_refused),
	    cmocka_unit_test(
	        the_first_and_last_year_and_the_longest_span_are_periods),
	    cmocka_unit_test(the_valid_codes_are_those_of_a_text),
	    cmocka_unit_test(codes_from_outside_are_not_trusted),
	    cmocka_unit_test(periods_sort_by_their_end_then_by_their_length),
	    cmocka_unit_test(a_period_moves_by_its_own_length),
	    cmocka_unit_test(moving_and_measuring_agree),
	    cmocka_unit_test(the_last_ended_period_ends_on_or_before_the_day),
	    cmocka_unit_test(days_count_on_through_four_hundred_years),
	    cmocka_unit_test(
	        a_short_date_means_its_last_day_only_where_allowed),
	    cmocka_unit_test(what_is_no_date_is_refused),
	    cmocka_unit_test(open_ends_print_as_nothing),
	    cmocka_unit_test(the_date_changes_at_seventeen_hours_utc),
	};

	return cmocka_run_group_tests_name("period", tests, NULL, NULL);
}
