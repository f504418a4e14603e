/* links: common/domain/figure.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/figure.h"

static const struct figure sample = {
    .definition = 3,
    .unit = 7,
    .period = {12345},
    .has = FIGURE_VALUE | FIGURE_PARTS,
    .status = STATUS_P,
    .bound = BOUND_EQ,
    .action = ACTION_MERGE,
    .value = 138,
    .numerator = 1158,
    .denominator = 84210,
    .source = 1,
    .document = NUMBER_NONE,
    .released = {20000},
    .commit = 5,
    .row = 6,
};

static void
statuses_and_bounds_read_as_they_print(void **state)
{
	(void)state;
	for (int s = 0; s < STATUS_COUNT; s++) {
		char letter = status_letter((enum obs_status)s);

		assert_int_equal(status_parse(span_of(&letter, 1)), s);
	}
	for (int b = 0; b < BOUND_COUNT; b++) {
		const char *text = bound_text((enum bound)b);

		assert_int_equal(bound_parse(span_str(text)), b);
	}
	assert_int_equal(status_letter(STATUS_M), 'M');
	assert_string_equal(bound_text(BOUND_GE), ">=");
}

static void
other_letters_are_no_status_and_no_bound(void **state)
{
	static const char *const bad[] = {"", "a", "B", "AA", " A", "==", "=<"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(status_parse(span_str(bad[i])), STATUS_COUNT);
		assert_int_equal(bound_parse(span_str(bad[i])), BOUND_COUNT);
	}
}

static void
only_forecasts_and_gaps_are_not_observed(void **state)
{
	(void)state;
	assert_true(status_observed(STATUS_A));
	assert_true(status_observed(STATUS_P));
	assert_true(status_observed(STATUS_E));
	assert_false(status_observed(STATUS_F));
	assert_false(status_observed(STATUS_M));
}

static void
time_of_arrival_makes_no_other_assertion(void **state)
{
	struct figure other = sample;

	(void)state;
	other.released.n++;
	other.commit++;
	other.row++;
	other.flags = FIGURE_FLAG_AGAIN;
	assert_true(figure_same_assertion(&sample, &other));
}

static void
each_part_of_an_assertion_makes_another(void **state)
{
	struct figure others[13];

	(void)state;
	for (size_t i = 0; i < 13; i++)
		others[i] = sample;
	others[0].definition++;
	others[1].unit++;
	others[2].period.code++;
	others[3].source++;
	others[4].document = 0;
	others[5].value++;
	others[6].numerator++;
	others[7].denominator++;
	others[8].bound = BOUND_GT;
	others[9].status = STATUS_A;
	others[10].action = ACTION_DELETE;
	others[11].has = FIGURE_VALUE;
	others[12].has = FIGURE_PARTS;
	for (size_t i = 0; i < 13; i++) {
		assert_false(figure_same_assertion(&sample, &others[i]));
		assert_false(figure_same_assertion(&others[i], &sample));
	}
}

static void
what_is_absent_is_not_compared(void **state)
{
	struct figure a = sample;
	struct figure b = sample;

	(void)state;
	a.has = b.has = 0;
	b.value = 1;
	b.numerator = 2;
	b.denominator = 3;
	assert_true(figure_same_assertion(&a, &b));
}

static void
a_delete_of_all_has_no_status_one_of_a_status_has(void **state)
{
	struct figure a = sample;
	struct figure b;

	(void)state;
	a.action = ACTION_DELETE;
	a.has = 0;
	b = a;
	b.status = STATUS_A;
	assert_true(figure_same_assertion(&a, &b));
	a.status_named = true;
	assert_false(figure_same_assertion(&a, &b));
	b.status_named = true;
	assert_false(figure_same_assertion(&a, &b));
	b.status = a.status;
	assert_true(figure_same_assertion(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(statuses_and_bounds_read_as_they_print),
	    cmocka_unit_test(other_letters_are_no_status_and_no_bound),
	    cmocka_unit_test(only_forecasts_and_gaps_are_not_observed),
	    cmocka_unit_test(time_of_arrival_makes_no_other_assertion),
	    cmocka_unit_test(each_part_of_an_assertion_makes_another),
	    cmocka_unit_test(what_is_absent_is_not_compared),
	    cmocka_unit_test(a_delete_of_all_has_no_status_one_of_a_status_has),
	};

	return cmocka_run_group_tests_name("figure", tests, NULL, NULL);
}
