/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/alert_record.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/domain/alert_fold.h"
#include "tests/lib/verdict_case.h"

static struct alert
step(const struct verdict_case *k, const struct alert *former, uint64_t commit)
{
	struct alert now;

	assert_int_equal(alert_fold(&k->in, &k->rule, false, &now), ERR_OK);
	(void)alert_step(&k->in, former, &now, commit);
	return now;
}

static void
assert_revised(const struct alert *a, int64_t value_old, int64_t value_new)
{
	assert_int_equal(a->reason, ALERT_REVISED);
	assert_int_equal(a->places, 2);
	assert_int_equal(a->value_old, value_old);
	assert_int_equal(a->value_new, value_new);
}

/* Fired, then no longer: its figure of 2017 was revised. */
static struct alert
revised(struct verdict_case *k)
{
	struct alert a;

	case_init(k);
	(void)case_point(k, POINT_OWN, "2017", "29.00");
	a = step(k, NULL, 1);
	assert_int_equal(a.state, ALERT_FIRING);
	k->points[0].figure.value = 2600;
	a = step(k, &a, 2);
	assert_revised(&a, 2900, 2600);
	return a;
}

static void
assert_gone(const struct alert *a, enum alert_reason reason)
{
	assert_string_equal(alert_reason_name(a->reason),
	                    alert_reason_name(reason));
	assert_true(a->revised_gone);
	assert_int_equal(a->revised.code, period_of_year(2017).code);
	assert_int_equal(a->places, 2);
	assert_int_equal(a->value_old, 2900);
}

/* L1, L2: nobody withdrew it; what is partial neither fires nor clears, yet the
 * state is that of what is known now. */
static void
a_roll_up_that_is_no_longer_whole_is_revised_without_a_new_value(void **state)
{
	struct verdict_case k;
	struct verdict_point *pt;
	struct alert fired, a;

	(void)state;
	case_init(&k);
	pt = case_point(&k, POINT_ROLLUP, "2017", "29.00");
	pt->figure.source = NUMBER_NONE;
	pt->complete = true;
	fired = step(&k, NULL, 1);
	assert_true(fired.rolled && fired.since_rolled);
	pt->complete = false;
	pt->released = false;
	a = step(&k, &fired, 2);
	assert_int_equal(a.state, ALERT_INACTIVE);
	assert_gone(&a, ALERT_REVISED);
	a = step(&k, &a, 3);
	assert_gone(&a, ALERT_REVISED);
	pt->complete = true; /* whole, but provisional */
	a = step(&k, &fired, 2);
	assert_gone(&a, ALERT_REVISED);
	pt->released = true;
	a = step(&k, &a, 4);
	assert_int_equal(a.state, ALERT_FIRING);
	assert_int_equal(a.since.code, period_of_year(2017).code);
	k.in.n = 0; /* none of those beneath has said anything any more */
	a = step(&k, &fired, 5);
	assert_gone(&a, ALERT_SOURCE_WITHDREW);
}

static void
a_report_that_counts_no_longer_says_whether_it_was_withdrawn(void **state)
{
	struct verdict_case k;
	struct verdict_point *pt;
	struct alert fired, a;

	(void)state;
	case_init(&k);
	pt = case_point(&k, POINT_OWN, "2017", "29.00");
	fired = step(&k, NULL, 1);
	assert_false(fired.rolled || fired.since_rolled);
	pt->figure.bound = BOUND_LE; /* at most so much: may be on the path */
	a = step(&k, &fired, 2);
	assert_gone(&a, ALERT_REVISED);
	pt->figure.bound = BOUND_EQ;
	pt->released = false; /* the provisional one returned */
	a = step(&k, &fired, 2);
	assert_gone(&a, ALERT_SOURCE_WITHDREW);
	pt->figure.action = ACTION_DELETE;
	pt = case_point(&k, POINT_ROLLUP, "2017", "28.00");
	pt->figure.source = NUMBER_NONE;
	pt->complete = pt->released = false; /* no more than what is beneath */
	a = step(&k, &fired, 2);
	assert_gone(&a, ALERT_SOURCE_WITHDREW);
}

static void
a_withdrawn_figure_leaves_the_numbers_that_were_told(void **state)
{
	struct verdict_case k;
	struct alert a = revised(&k);

	(void)state;
	k.points[0].figure.action = ACTION_DELETE;
	a = step(&k, &a, 3);
	assert_revised(&a, 2900, 2600);
	k.points[0].figure.action = ACTION_MERGE;
	a = step(&k, &a, 4);
	assert_revised(&a, 2900, 2600);
}

static void
decimals_that_grow_leave_the_numbers_that_were_told(void **state)
{
	struct verdict_case k;
	struct alert a = revised(&k);

	(void)state;
	a.places = 1; /* as it was said then */
	a.value_old = 290;
	a.value_new = 260;
	a = step(&k, &a, 3);
	assert_revised(&a, 2900, 2600);
}

/* Only another definition may have so many more decimals. */
static void
numbers_that_cannot_be_told_any_more_are_left_out(void **state)
{
	struct verdict_case k;
	struct alert a = revised(&k);

	(void)state;
	a.places = 0;
	a.value_old = DECIMAL_MANTISSA_MAX;
	a = step(&k, &a, 3);
	assert_revised(&a, 0, 0);
	assert_int_equal(a.revised.code, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_roll_up_that_is_no_longer_whole_is_revised_without_a_new_value),
	    cmocka_unit_test(
	        a_report_that_counts_no_longer_says_whether_it_was_withdrawn),
	    cmocka_unit_test(
	        a_withdrawn_figure_leaves_the_numbers_that_were_told),
	    cmocka_unit_test(
	        decimals_that_grow_leave_the_numbers_that_were_told),
	    cmocka_unit_test(numbers_that_cannot_be_told_any_more_are_left_out),
	};

	return cmocka_run_group_tests_name("alert_revised", tests, NULL, NULL);
}
