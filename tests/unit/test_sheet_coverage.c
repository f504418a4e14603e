/* links: tests/lib/sheet_case.c common/domain/sheet.c common/domain/rollup.c common/domain/figure.c */
/* links: common/domain/catalogue_lookup.c common/domain/decimal.c common/domain/period.c */
/* links: common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/sheet_case.h"

/* --- coverage --- */

/* A province of two communes, one of which has reported; then both. */
static void
children_are_counted_against_those_beneath(void **state)
{
	struct year y;
	const struct sheet_rolled *r;

	(void)state;
	begin(&y, PLACE_SUM, TIME_NONE, FREQ_ANNUAL);
	expects(&y, "2024", 2 * UNIT, 2 * UNIT);
	add_up(&y, "2024", 5, UNIT);
	r = &result(&y, "2024")->rolled;
	assert_int_equal(r->reporting, UNIT);
	assert_int_equal(r->expected, 2 * UNIT);
	assert_false(r->partial);
	assert_false(r->under_floor); /* one of two, and the floor is 0.5 */
	y.place[0].reporting = UNIT - 1;
	r = &result(&y, "2024")->rolled;
	assert_false(r->partial);
	assert_true(r->under_floor);
	y.sheet.slots[0].expected.open = true;
	r = &result(&y, "2024")->rolled;
	assert_true(r->partial);
	assert_false(r->under_floor);
}

static void
where_nobody_is_expected_it_is_partial(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_NONE, FREQ_ANNUAL);
	add_up(&y, "2024", 5, 0);
	assert_true(result(&y, "2024")->rolled.partial);
	assert_int_equal(rolled_release(&result(&y, "2024")->rolled, true),
	                 RELEASE_OPEN);
	assert_true(result(&y, "2024")->contribution.present);
}

/* Its own figure covers the unit and all beneath it, in all periods it is of. */
static void
a_figure_of_its_own_covers_all_within(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	expects_all(&y, 2 * UNIT, 3 * UNIT);
	says(&y, "2024", 50);
	assert_int_equal(result(&y, "2024")->contribution.reporting, 12 * UNIT);
	says(&y, "2024-S1", 20);
	says(&y, "2024-Q3", 10);
	says(&y, "2024-Q4", 10);
	/* rolled up beside it: the half, and two quarters */
	assert_int_equal(result(&y, "2024")->rolled.reporting, 12 * UNIT);
	assert_int_equal(result(&y, "2024")->rolled.expected, 12 * UNIT);
	assert_false(result(&y, "2024")->rolled.partial);
}

/* Four quarters of a commune: with three of them the year is partial, however low
 * the floor; a half with both is not. */
static void
a_sum_is_partial_until_every_period_is_there(void **state)
{
	struct year y;
	const struct sheet_rolled *r;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	expects_all(&y, 0, UNIT);
	says(&y, "2024-Q1", 1);
	says(&y, "2024-Q2", 1);
	says(&y, "2024-Q3", 1);
	r = &result(&y, "2024")->rolled;
	assert_int_equal(r->reporting, 3 * UNIT);
	assert_int_equal(r->expected, 4 * UNIT);
	assert_true(r->partial);
	assert_false(r->under_floor);
	assert_false(result(&y, "2024-S1")->rolled.partial);
	says(&y, "2024-Q4", 1);
	r = &result(&y, "2024")->rolled;
	assert_int_equal(r->reporting, 4 * UNIT);
	assert_false(r->partial);
}

/* A province with two communes said Q1; its communes reported Q2 to Q4. It is
 * complete when they all have. */
static void
each_shorter_period_is_complete_in_its_own_way(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	expects_all(&y, 2 * UNIT, 2 * UNIT);
	says(&y, "2024-Q1", 1);
	add_up(&y, "2024-Q2", 1, 2 * UNIT);
	add_up(&y, "2024-S2", 1, 3 * UNIT);
	assert_int_equal(result(&y, "2024")->rolled.reporting, 7 * UNIT);
	assert_true(result(&y, "2024")->rolled.partial);
	assert_false(result(&y, "2024-S1")->rolled.partial);
	add_up(&y, "2024-S2", 1, 4 * UNIT);
	assert_int_equal(result(&y, "2024")->rolled.reporting, 8 * UNIT);
	assert_false(result(&y, "2024")->rolled.partial);
}

/* An expected unit whose children report instead of it hasn't reported. */
static void
what_children_say_does_not_report_the_unit(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_HALF);
	expects_all(&y, 2 * UNIT, 3 * UNIT);
	says(&y, "2024-S1", 1);
	add_up(&y, "2024-S2", 1, 2 * UNIT);
	assert_int_equal(result(&y, "2024")->rolled.reporting, 5 * UNIT);
	assert_int_equal(result(&y, "2024")->rolled.expected, 6 * UNIT);
	assert_true(result(&y, "2024")->rolled.partial);
	assert_false(result(&y, "2024-S2")->rolled.partial);
}

/* Two quarters are expected in the year beneath the unit of its last day; two more
 * were reported by a commune that has left: more than enough in number, and still
 * not complete while Q4 lacks. */
static void
units_that_left_do_not_fill_the_gap(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	for (int i = 12; i < 16; i++)
		y.sheet.slots[i].expected.within = 2 * UNIT;
	y.sheet.slots[16].expected.within = 4 * UNIT;
	y.sheet.slots[17].expected.within = 4 * UNIT;
	expects(&y, "2024", 0, 4 * UNIT);
	says(&y, "2024-Q1", 1);
	says(&y, "2024-Q2", 1);
	says(&y, "2024-Q3", 1);
	assert_int_equal(result(&y, "2024")->rolled.reporting, 4 * UNIT - 1);
	assert_true(result(&y, "2024")->rolled.partial);
	says(&y, "2024-Q4", 1);
	assert_int_equal(result(&y, "2024")->rolled.reporting, 4 * UNIT);
	assert_false(result(&y, "2024")->rolled.partial);
}

/* The unit was expected in two quarters only (it was divided, or is new). */
static void
a_period_in_which_nobody_is_expected_lacks_nothing(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	expects(&y, "2024-Q3", 0, UNIT);
	expects(&y, "2024-Q4", 0, UNIT);
	expects(&y, "2024-S2", 0, 2 * UNIT);
	expects(&y, "2024", 0, 2 * UNIT);
	says(&y, "2024-Q3", 1);
	assert_true(result(&y, "2024")->rolled.partial);
	says(&y, "2024-Q4", 1);
	assert_false(result(&y, "2024")->rolled.partial);
}

static void
last_covers_what_the_last_period_covers(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_LAST, FREQ_QUARTER);
	expects_all(&y, 2 * UNIT, 3 * UNIT);
	says(&y, "2024-Q4", 1);
	assert_int_equal(result(&y, "2024")->rolled.reporting, 3 * UNIT);
	assert_int_equal(result(&y, "2024")->rolled.expected, 3 * UNIT);
	assert_false(result(&y, "2024")->rolled.partial);
	/* by the children it may be under the floor, never partial */
	y.own[slot(&y, "2024-Q4")].has = 0;
	add_up(&y, "2024", 1, UNIT - 1);
	assert_true(result(&y, "2024")->rolled.under_floor);
	assert_false(result(&y, "2024")->rolled.partial);
	add_up(&y, "2024", 1, UNIT);
	assert_false(result(&y, "2024")->rolled.under_floor);
}

/* --- release --- */

static void
a_reported_figure_is_released_by_its_status_or_a_completion(void **state)
{
	struct figure f = {.has = FIGURE_VALUE, .status = STATUS_P};

	(void)state;
	assert_int_equal(figure_release(NULL, true), RELEASE_OPEN);
	assert_int_equal(figure_release(&f, false), RELEASE_PROVISIONAL);
	assert_int_equal(figure_release(&f, true), RELEASE_RELEASED);
	f.status = STATUS_A;
	assert_int_equal(figure_release(&f, false), RELEASE_RELEASED);
	f.status = STATUS_F;
	assert_int_equal(figure_release(&f, true), RELEASE_OPEN);
	f.status = STATUS_A;
	f.action = ACTION_DELETE;
	assert_int_equal(figure_release(&f, true), RELEASE_OPEN);
	assert_string_equal(release_name(RELEASE_OPEN), "open");
	assert_string_equal(release_name(RELEASE_PROVISIONAL), "provisional");
	assert_string_equal(release_name(RELEASE_RELEASED), "released");
}

static void
a_roll_up_is_released_when_all_is_there_and_final(void **state)
{
	struct sheet_rolled r = {
	    .sum = {.present = true}, .reporting = UNIT, .expected = 2 * UNIT};

	(void)state;
	assert_int_equal(rolled_release(&r, false), RELEASE_PROVISIONAL);
	assert_int_equal(rolled_release(&r, true), RELEASE_RELEASED);
	r.reporting = 2 * UNIT;
	assert_int_equal(rolled_release(&r, false), RELEASE_RELEASED);
	r.sum.status = STATUS_P;
	assert_int_equal(rolled_release(&r, false), RELEASE_PROVISIONAL);
	r.under_floor = true;
	assert_int_equal(rolled_release(&r, true), RELEASE_OPEN);
	r.under_floor = false;
	r.partial = true;
	assert_int_equal(rolled_release(&r, true), RELEASE_OPEN);
	r = (struct sheet_rolled){.expected = 0};
	assert_int_equal(rolled_release(&r, true), RELEASE_OPEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(children_are_counted_against_those_beneath),
	    cmocka_unit_test(where_nobody_is_expected_it_is_partial),
	    cmocka_unit_test(a_figure_of_its_own_covers_all_within),
	    cmocka_unit_test(a_sum_is_partial_until_every_period_is_there),
	    cmocka_unit_test(each_shorter_period_is_complete_in_its_own_way),
	    cmocka_unit_test(what_children_say_does_not_report_the_unit),
	    cmocka_unit_test(units_that_left_do_not_fill_the_gap),
	    cmocka_unit_test(
	        a_period_in_which_nobody_is_expected_lacks_nothing),
	    cmocka_unit_test(last_covers_what_the_last_period_covers),
	    cmocka_unit_test(
	        a_reported_figure_is_released_by_its_status_or_a_completion),
	    cmocka_unit_test(a_roll_up_is_released_when_all_is_there_and_final),
	};

	return cmocka_run_group_tests_name("sheet_coverage", tests, NULL, NULL);
}
