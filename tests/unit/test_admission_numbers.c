/* links: tests/lib/admission_case.c common/domain/admission.c common/domain/admission_row.c */
/* links: common/domain/admission_conflict.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c */
/* links: common/domain/catalogue_check.c common/domain/catalogue_duty.c */
/* links: common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c */
/* links: common/domain/catalogue_lookup.c common/domain/catalogue_rows.c */
/* links: common/domain/catalogue_rules.c common/domain/catalogue_sources.c */
/* links: common/domain/catalogue_take.c common/domain/catalogue_targets.c */
/* links: common/domain/catalogue_units.c common/domain/arena.c */
/* links: common/domain/text.c common/domain/figure.c common/domain/period.c */
/* links: common/domain/decimal.c common/base/map.c common/base/buf.c */
/* links: common/base/err.c common/domain/verdict_names.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/admission_case.h"

/* --- numbers --- */

static void
a_value_is_exact_or_refused(void **state)
{
	struct admission_case *f = *state;

	assert_int_equal(accepted(f, draft_value(1250, 2)).value, 1250);
	assert_int_equal(accepted(f, draft_value(12500, 3)).value, 1250);
	assert_int_equal(accepted(f, draft_value(0, 0)).value, 0);
	refused(f, draft_value(12501, 3), ERR_TOO_PRECISE, "value");
	refused(f, draft_value(DECIMAL_MANTISSA_MAX, 0), ERR_OUT_OF_RANGE,
	        "value");
	refused(f, draft(), ERR_NO_VALUE, "value");
}

static void
a_value_outside_the_indicator_s_bounds_is_refused(void **state)
{
	struct admission_case *f = *state;

	accepted(f, draft_value(100, 0));
	refused(f, draft_value(10001, 2), ERR_OUT_OF_RANGE, "value");
	refused(f, draft_value(-1, 2), ERR_OUT_OF_RANGE, "value");
	refused(f, draft_parts(11, 10), ERR_OUT_OF_RANGE, "value");
}

static void
parts_are_whole_and_come_together(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_parts(1, 3);

	row.denominator.given = false;
	refused(f, row, ERR_HALF_PARTS, "denominator");
	row = draft_parts(1, 3);
	row.numerator.given = false;
	refused(f, row, ERR_HALF_PARTS, "numerator");
	row = draft_parts(1, 3);
	row.numerator = number(15, 1);
	refused(f, row, ERR_NOT_WHOLE, "numerator");
	row.numerator = number(20, 1);
	row.denominator = number(45, 1);
	refused(f, row, ERR_NOT_WHOLE, "denominator");
	row.denominator = number(40, 1);
	assert_int_equal(accepted(f, row).numerator, 2);
	refused(f, draft_parts(1, DECIMAL_MANTISSA_MAX + 1), ERR_OUT_OF_RANGE,
	        "denominator");
	refused(f, draft_parts(DECIMAL_MANTISSA_MAX + 1, 1), ERR_OUT_OF_RANGE,
	        "numerator");
	refused(f, draft_parts(1, -3), ERR_OUT_OF_RANGE, "denominator");
}

static void
parts_without_a_value_are_kept_as_they_were_said(void **state)
{
	struct admission_case *f = *state;
	struct figure out = accepted(f, draft_parts(1158, 84210));

	assert_int_equal(out.has, FIGURE_PARTS);
	assert_int_equal(out.value, 0);
	assert_int_equal(out.numerator, 1158);
	assert_int_equal(out.denominator, 84210);
	assert_int_equal(out.flags, 0);
}

static void
a_value_that_is_not_the_quotient_is_flagged(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_parts(1158, 84210);
	struct figure out;

	row.value = number(138, 2);
	assert_int_equal(accepted(f, row).flags, 0);
	row.value = number(139, 2);
	out = accepted(f, row);
	assert_int_equal(out.flags, FIGURE_FLAG_RATIO_MISMATCH);
	assert_int_equal(out.value, 139);
}

static void
nothing_of_nothing_is_parts_without_a_value(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_parts(0, 0);
	struct figure out = accepted(f, row);

	assert_int_equal(out.has, FIGURE_PARTS);
	assert_int_equal(out.flags, 0);
	row.value = number(0, 0);
	out = accepted(f, row);
	assert_int_equal(out.has, FIGURE_PARTS);
	assert_int_equal(out.flags, 0);
	row.value = number(5, 0);
	out = accepted(f, row);
	assert_int_equal(out.has, FIGURE_PARTS);
	assert_int_equal(out.flags, FIGURE_FLAG_RATIO_MISMATCH);
	refused(f, draft_parts(1, 0), ERR_ZERO_DENOMINATOR, "denominator");
}

static void
a_weighted_mean_has_value_and_weight(void **state)
{
	struct admission_case *f = *state;
	struct draft_row row = draft_value(ADMISSION_WEIGHT_MAX, 0);
	struct figure out;

	row.indicator = T_INC;
	assert_int_equal(accepted(f, row).has, FIGURE_VALUE);
	row.denominator = number(ADMISSION_WEIGHT_MAX, 0);
	out = accepted(f, row);
	assert_int_equal(out.has, FIGURE_VALUE | FIGURE_PARTS);
	assert_int_equal(out.denominator, ADMISSION_WEIGHT_MAX);
	assert_int_equal(out.numerator, 0);
	row.denominator = number(ADMISSION_WEIGHT_MAX + 1, 0);
	refused(f, row, ERR_OUT_OF_RANGE, "denominator");
	row.denominator = number(15, 1);
	refused(f, row, ERR_NOT_WHOLE, "denominator");
	row.denominator = number(1, 0);
	row.value = number(-ADMISSION_WEIGHT_MAX - 1, 0);
	refused(f, row, ERR_OUT_OF_RANGE, "value");
	row.value.given = false;
	refused(f, row, ERR_NO_VALUE, "value");
	row.numerator = number(1, 0);
	refused(f, row, ERR_MEAN_WITH_NUMERATOR, "numerator");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name)                                                  \
	cmocka_unit_test_setup_teardown(name, admission_case_setup, \
	                                admission_case_teardown)
	    CASE(a_value_is_exact_or_refused),
	    CASE(a_value_outside_the_indicator_s_bounds_is_refused),
	    CASE(parts_are_whole_and_come_together),
	    CASE(parts_without_a_value_are_kept_as_they_were_said),
	    CASE(a_value_that_is_not_the_quotient_is_flagged),
	    CASE(nothing_of_nothing_is_parts_without_a_value),
	    CASE(a_weighted_mean_has_value_and_weight),
#undef CASE
	};

	return cmocka_run_group_tests_name("admission_numbers", tests, NULL,
	                                   NULL);
}
