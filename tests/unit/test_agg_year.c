/* links: services/aggregate/agg_year.c common/domain/sheet.c common/domain/rollup.c common/domain/catalogue_lookup.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/aggregate/agg_year.h"

static struct period
period(const char *text)
{
	struct period p;

	assert_int_equal(period_parse(span_str(text), &p), ERR_OK);
	return p;
}

static uint32_t
slots(const char *const *texts)
{
	uint32_t all = 0;

	for (; *texts != NULL; texts++)
		all |= slot_bit(year_slot(period(*texts)));
	return all;
}

#define SLOTS(...) slots((const char *const[]){__VA_ARGS__, NULL})

static void
every_period_of_a_year_has_its_slot(void **state)
{
	struct period periods[YEAR_SLOTS];

	(void)state;
	year_periods(period("2024-05"), periods);
	for (int i = 0; i < SHEET_SLOTS; i++) {
		assert_int_equal(year_slot(periods[i]), i);
		assert_int_equal(year_key(periods[i]), 2024);
	}
	assert_int_equal(periods[0].code, period("2024-01").code);
	assert_int_equal(periods[15].code, period("2024-Q4").code);
	assert_int_equal(periods[16].code, period("2024-S1").code);
	assert_int_equal(periods[18].code, period("2024").code);
}

static void
a_span_stands_alone_in_its_year(void **state)
{
	struct period span = period("2016/2020");
	struct period periods[YEAR_SLOTS];

	(void)state;
	assert_int_equal(year_slot(span), YEAR_SPAN);
	assert_int_not_equal(year_key(span), year_key(period("2020")));
	assert_int_not_equal(year_key(span), year_key(period("2017/2020")));
	year_periods(span, periods);
	assert_int_equal(periods[YEAR_SPAN].code, span.code);
	assert_int_equal(periods[0].code, 0);
	assert_int_equal(year_containing(slot_bit(YEAR_SPAN)),
	                 slot_bit(YEAR_SPAN));
}

/* The slots are those of a sheet. */
static void
a_sheet_has_the_same_slots(void **state)
{
	struct cat_definition d = {.time = TIME_SUM, .frequency = FREQ_MONTH};
	struct period periods[YEAR_SLOTS];
	struct sheet sheet;

	(void)state;
	sheet_begin(&sheet, &d, period("2023-Q2"));
	year_periods(period("2023-Q2"), periods);
	for (int i = 0; i < SHEET_SLOTS; i++)
		assert_int_equal(sheet.slots[i].period.code, periods[i].code);
}

static void
a_sum_changes_in_all_that_contains_the_period(void **state)
{
	struct cat_definition d = {.time = TIME_SUM, .frequency = FREQ_MONTH};

	(void)state;
	assert_int_equal(year_affected(&d, SLOTS("2024-05")),
	                 SLOTS("2024-05", "2024-Q2", "2024-S1", "2024"));
	assert_int_equal(year_affected(&d, SLOTS("2024-Q3")),
	                 SLOTS("2024-Q3", "2024-S2", "2024"));
	assert_int_equal(year_needed(&d, SLOTS("2024-Q1")),
	                 SLOTS("2024-01", "2024-02", "2024-03", "2024-Q1"));
	assert_int_equal(year_needed(&d, SLOTS("2024")), 0x7ffff);
	d.frequency = FREQ_QUARTER;
	assert_int_equal(year_needed(&d, SLOTS("2024-S2")),
	                 SLOTS("2024-Q3", "2024-Q4", "2024-S2"));
}

static void
the_last_changes_only_in_what_ends_with_it(void **state)
{
	struct cat_definition d = {.time = TIME_LAST, .frequency = FREQ_MONTH};

	(void)state;
	assert_int_equal(year_affected(&d, SLOTS("2024-05")), SLOTS("2024-05"));
	assert_int_equal(year_needed(&d, SLOTS("2024-05")), SLOTS("2024-05"));
	assert_int_equal(year_affected(&d, SLOTS("2024-03")),
	                 SLOTS("2024-03", "2024-Q1"));
	assert_int_equal(year_affected(&d, SLOTS("2024-06")),
	                 SLOTS("2024-06", "2024-Q2", "2024-S1"));
	assert_int_equal(year_affected(&d, SLOTS("2024-12")),
	                 SLOTS("2024-12", "2024-Q4", "2024-S2", "2024"));
	assert_int_equal(year_needed(&d, SLOTS("2024-S1")),
	                 SLOTS("2024-06", "2024-Q2", "2024-S1"));
}

static void
without_a_time_rule_or_frequency_a_period_is_alone(void **state)
{
	struct cat_definition d = {.time = TIME_NONE, .frequency = FREQ_MONTH};

	(void)state;
	assert_int_equal(year_affected(&d, SLOTS("2024-12")), SLOTS("2024-12"));
	assert_int_equal(year_needed(&d, SLOTS("2024-12")), SLOTS("2024-12"));
	d = (struct cat_definition){.time = TIME_SUM, .frequency = FREQ_ANNUAL};
	assert_int_equal(year_affected(&d, SLOTS("2024")), SLOTS("2024"));
	assert_int_equal(year_needed(&d, SLOTS("2024")), SLOTS("2024"));
	assert_int_equal(year_affected(&d, SLOTS("2020/2024")),
	                 SLOTS("2020/2024"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_period_of_a_year_has_its_slot),
	    cmocka_unit_test(a_span_stands_alone_in_its_year),
	    cmocka_unit_test(a_sheet_has_the_same_slots),
	    cmocka_unit_test(a_sum_changes_in_all_that_contains_the_period),
	    cmocka_unit_test(the_last_changes_only_in_what_ends_with_it),
	    cmocka_unit_test(
	        without_a_time_rule_or_frequency_a_period_is_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
