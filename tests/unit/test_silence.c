/* links: tests/lib/cat_lines.c common/domain/silence.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/text.c common/domain/verdict_names.c common/base/buf.c common/base/err.c common/base/map.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/silence.h"
#include "tests/lib/cat_lines.h"

#define DAY 86400u

static const struct cat_line lines[] = {
    {CAT_UNIT, "n|01|N|N|nation|nation||"},
    {CAT_UNIT, "a|02|A|A|province|province||"},
    {CAT_UNIT, "b|03|B|B|province|province||"},
    {CAT_UNIT, "a1|04|A1|A1|commune|commune||"},
    {CAT_MAP, "m|M|M|n|territory||"},
    {CAT_MEMBER, "m|a|n|||"},
    {CAT_MEMBER, "m|b|n|||"},
    {CAT_MEMBER, "m|a1|a|||"},
    {CAT_INDICATOR, "year|x|Y|Y|t|0||up|all|h|||||sum|sum|none|A|0|||||||"},
    {CAT_INDICATOR, "half|x|H|H|t|0||up|all|h|||||sum|sum|none|S|0|||||||"},
    {CAT_INDICATOR, "quarter|x|Q|Q|t|0||up|all|h|||||sum|sum|none|Q|0|||||||"},
    {CAT_INDICATOR, "month|x|M|M|t|0||up|all|h|||||sum|sum|none|M|0|||||||"},
    {CAT_INDICATOR, "old|x|O|O|t|0||up|all|h|||||sum|sum|none|M|0||||||"
                    "|2020-12-31"},
    {CAT_SOURCE, "all|All|||*|A||1|yes"},
    {CAT_SOURCE, "none|None|||*|A||2|"},
    {CAT_SOURCE, "of-a|A|a||*|A||3|yes"},
    {CAT_SOURCE, "of-b|B|b||*|A||3|yes"},
    {CAT_SOURCE, "slow|Slow|||year half|A||4|yes"},
    {CAT_SOURCE, "two|Two|a||month|A||5|"},
    {CAT_SOURCE, "two|Two|||quarter|A||5|yes"},
    {CAT_REPORTING, "year|province|m|90|10|"},
    {CAT_REPORTING, "half|province|m|30|0|"},
    {CAT_REPORTING, "quarter|commune|m|20|5|"},
    {CAT_REPORTING, "old|province|m|1|1|"},
};
enum { N_LINES = sizeof(lines) / sizeof(lines[0]) };

/* The limit of a source on a day, with one more row or without. */
static uint32_t
limit_of(const char *source, const char *date, const char *row)
{
	struct cat_line all[N_LINES + 1];
	struct catalogue *c;
	uint32_t seconds[8];
	struct day day;
	uint32_t found;

	memcpy(all, lines, sizeof(lines));
	all[N_LINES] = (struct cat_line){CAT_REPORTING, row};
	c = cat_lines_build(all, N_LINES + (row != NULL));
	assert_true(c->n_sources <= 8);
	assert_int_equal(day_parse(span_str(date), false, &day), ERR_OK);
	assert_int_equal(silence_limits(c, day, seconds), ERR_OK);
	found = seconds[catalogue_source(c, span_str(source))];
	catalogue_free(&c);
	return found;
}

static void
the_shortest_period_with_its_days_is_the_limit(void **state)
{
	(void)state;
	assert_int_equal(limit_of("all", "2024-06-01", NULL),
	                 (92 + 20 + 5) * DAY);
	assert_int_equal(limit_of("all", "2024-06-01", "month|province|m|7|2|"),
	                 (31 + 7 + 2) * DAY);
	/* a month that is due late is no shorter than a quarter */
	assert_int_equal(
	    limit_of("all", "2024-06-01", "month|province|m|100|0|"),
	    (92 + 20 + 5) * DAY);
}

static void
who_need_not_report_owes_nothing(void **state)
{
	(void)state;
	assert_int_equal(limit_of("none", "2024-06-01", NULL), 0);
	/* the grant that names the month needn't report */
	assert_int_equal(limit_of("two", "2024-06-01", "month|a|m|1|0|"),
	                 (92 + 20 + 5) * DAY);
}

static void
only_indicators_of_the_grant_count(void **state)
{
	(void)state;
	assert_int_equal(limit_of("slow", "2024-06-01", NULL),
	                 (184 + 30) * DAY);
}

static void
only_units_beneath_the_grant_count(void **state)
{
	(void)state;
	assert_int_equal(limit_of("of-a", "2024-06-01", NULL),
	                 (92 + 20 + 5) * DAY);
	/* no commune lies beneath b */
	assert_int_equal(limit_of("of-b", "2024-06-01", NULL),
	                 (184 + 30) * DAY);
	assert_int_equal(limit_of("of-b", "2024-06-01", "month|b|m|1|0|"),
	                 32 * DAY);
	assert_int_equal(limit_of("of-b", "2024-06-01", "month|a1|m|1|0|"),
	                 (184 + 30) * DAY);
	assert_int_equal(limit_of("of-a", "2024-06-01", "month|a1|m|1|0|"),
	                 32 * DAY);
	/* nor is the nation beneath it, if a province must report */
	assert_int_equal(limit_of("of-b", "2024-06-01", "month|n|m|1|0|"),
	                 (184 + 30) * DAY);
}

static void
what_is_no_more_valid_is_owed_no_more(void **state)
{
	const char *row = "month|province|m|1|0||2022-01-01|2022-12-31";

	(void)state;
	assert_int_equal(limit_of("all", "2022-12-31", row), 32 * DAY);
	assert_int_equal(limit_of("all", "2023-01-01", row),
	                 (92 + 20 + 5) * DAY);
	assert_int_equal(limit_of("all", "2021-12-31", row),
	                 (92 + 20 + 5) * DAY);
	/* a definition that ended */
	assert_int_equal(limit_of("all", "2020-12-31", NULL), 33 * DAY);
	assert_int_equal(limit_of("all", "2021-01-01", NULL),
	                 (92 + 20 + 5) * DAY);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(the_shortest_period_with_its_days_is_the_limit),
	    cmocka_unit_test(who_need_not_report_owes_nothing),
	    cmocka_unit_test(only_indicators_of_the_grant_count),
	    cmocka_unit_test(only_units_beneath_the_grant_count),
	    cmocka_unit_test(what_is_no_more_valid_is_owed_no_more),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
