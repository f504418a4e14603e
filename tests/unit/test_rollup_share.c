/* links: common/domain/rollup.c common/domain/figure.c common/domain/catalogue_lookup.c */
/* links: common/domain/decimal.c */
/* links: common/domain/period.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/domain/rollup.h"

/* Place rule share (R1e). */

static struct figure
value_of(int64_t value)
{
	return (struct figure){.has = FIGURE_VALUE, .value = value};
}

static void
adds(struct rollup *r, struct contribution c)
{
	rollup_replace(r, &(struct contribution){0}, &c);
}

static struct contribution
gives(const struct cat_definition *d, const struct figure *own)
{
	return contribution_of(d, &(struct contributor){.own = own}, NULL);
}

/* As a unit of the level that is counted. */
static struct contribution
counted(const struct cat_definition *d, const struct figure *own)
{
	return contribution_of(
	    d, &(struct contributor){.own = own, .counted = true}, NULL);
}

static void
a_share_holds_an_exact_value_against_the_criterion(void **state)
{
	/* value below, at and above 15 */
	static const char met[CRITERION_SENSES][4] = {
	    [CRITERION_AT_LEAST] = "011", [CRITERION_AT_MOST] = "110",
	    [CRITERION_ABOVE] = "001",    [CRITERION_BELOW] = "100",
	    [CRITERION_EQUAL] = "010",
	};
	struct cat_definition d = {.place = PLACE_SHARE, .factor = 100};
	struct figure f;

	(void)state;
	d.meets.value = 15;
	for (int sense = 0; sense < CRITERION_SENSES; sense++) {
		d.meets.sense = (enum criterion_sense)sense;
		for (int i = 0; i < 3; i++) {
			struct contribution c;

			f = value_of(14 + i);
			c = counted(&d, &f);
			assert_true(c.present && c.weight == WEIGHT_ONE);
			assert_true(c.sum ==
			            (met[sense][i] - '0') * (i128)WEIGHT_ONE);
		}
	}
	f = value_of(15);
	assert_false(gives(&d, &f).present); /* of another level */
	f.bound = BOUND_GE;
	assert_false(counted(&d, &f).present);
}

/* 27 of 63, whoever says it; then 28 of 64 with a commune beside it. */
static void
a_share_takes_parts_as_they_are(void **state)
{
	struct cat_definition d = {.place = PLACE_SHARE, .factor = 100};
	struct figure f = {.has = FIGURE_PARTS | FIGURE_VALUE,
	                   .numerator = 27,
	                   .denominator = 63,
	                   .bound = BOUND_ABOUT};
	struct rollup r = {0};
	int64_t m = 0;

	(void)state;
	/* its value, 0, is below the criterion */
	adds(&r, gives(&d, &f));
	f = value_of(0);
	adds(&r, counted(&d, &f));
	assert_true(r.sum == 28 * (i128)WEIGHT_ONE);
	assert_true(r.sum_weight == 64 * (i128)WEIGHT_ONE);
	assert_int_equal(rollup_value(&d, &r, &m), ERR_OK);
	assert_int_equal(m, 44);
	f = rollup_figure(&d, &r);
	assert_int_equal(f.has, FIGURE_VALUE | FIGURE_PARTS);
	assert_int_equal(f.numerator, 28);
	assert_int_equal(f.denominator, 64);
}

/* Money in dong: what a record can hold is 2^53, its quotient needs no more. */
static void
parts_too_large_for_a_figure_are_left_out(void **state)
{
	struct cat_definition d = {.place = PLACE_RATIO, .factor = 100};
	struct figure f = {.has = FIGURE_PARTS,
	                   .numerator = DECIMAL_MANTISSA_MAX / 4,
	                   .denominator = DECIMAL_MANTISSA_MAX};
	struct rollup r = {0};
	int units = 1;

	(void)state;
	adds(&r, gives(&d, &f));
	assert_int_equal(rollup_figure(&d, &r).has,
	                 FIGURE_VALUE | FIGURE_PARTS);
	assert_int_equal(rollup_figure(&d, &r).denominator,
	                 DECIMAL_MANTISSA_MAX);
	for (; units < 3000; units++) {
		adds(&r, gives(&d, &f));
		assert_int_equal(rollup_figure(&d, &r).has, FIGURE_VALUE);
		assert_int_equal(rollup_figure(&d, &r).value, 25);
	}
}

static void
a_share_counts_one_level_in_the_maps_of_the_day(void **state)
{
	struct cat_unit_name names[2] = {
	    {.level = "commune",
	     .validity = {{DAY_FIRST}, day_of_civil(2019, 12, 31)}},
	    {.level = "ward",
	     .validity = {day_of_civil(2020, 1, 1), {DAY_LAST}}},
	};
	struct cat_unit unit = {.names = names,
	                        .n_names = 2,
	                        .validity = {{DAY_FIRST}, {DAY_LAST}}};
	struct cat_map map = {
	    .validity = {{DAY_FIRST}, day_of_civil(2020, 12, 31)}};
	const struct catalogue c = {.units = &unit, .maps = &map};
	struct cat_definition d = {.place = PLACE_SHARE, .counted = "commune"};

	(void)state;
	assert_true(unit_counted(&c, &d, 0, period_of_year(2019)));
	assert_false(unit_counted(&c, &d, 0, period_of_year(2020)));
	assert_true(rolls_up(&c, &d, 0, period_of_year(2020)));
	assert_false(rolls_up(&c, &d, 0, period_of_year(2021)));
	unit.validity.to = day_of_civil(2019, 12, 30);
	assert_false(unit_counted(&c, &d, 0, period_of_year(2019)));
	d.place = PLACE_SUM;
	assert_false(unit_counted(&c, &d, 0, period_of_year(2018)));
	assert_true(rolls_up(&c, &d, 0, period_of_year(2021)));
	d.place = PLACE_NONE;
	assert_false(rolls_up(&c, &d, 0, period_of_year(2020)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_share_holds_an_exact_value_against_the_criterion),
	    cmocka_unit_test(a_share_takes_parts_as_they_are),
	    cmocka_unit_test(parts_too_large_for_a_figure_are_left_out),
	    cmocka_unit_test(a_share_counts_one_level_in_the_maps_of_the_day),
	};

	return cmocka_run_group_tests_name("rollup_share", tests, NULL, NULL);
}
