/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/verdict.h"
#include "tests/lib/verdict_case.h"

static void
names_are_stable_and_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_KINDS; i++) {
		enum verdict_kind k = (enum verdict_kind)i;

		assert_int_equal(
		    verdict_kind_parse(span_str(verdict_kind_name(k))), k);
	}
	assert_int_equal(verdict_kind_parse(span_str("late")), VERDICT_KINDS);
	assert_string_equal(verdict_kind_name(VERDICT_KINDS), "?");
	assert_string_equal(verdict_reason_name(REASON_UNDER_FLOOR),
	                    "under_floor");
	assert_string_equal(timeliness_name(TIMELINESS_NOT_EXPECTED),
	                    "not-expected");
}

static void
a_number_keeps_the_declared_decimals_and_what_it_needs_of_more(void **state)
{
	char out[DECIMAL_TEXT_MAX];

	(void)state;
	assert_string_equal(verdict_number(12000000, 2, out), "12.00");
	assert_string_equal(verdict_number(-4500000, 2, out), "-4.50");
	assert_string_equal(verdict_number(3756000, 2, out), "3.756");
	assert_string_equal(verdict_number(23333333, 2, out), "23.333333");
	assert_string_equal(verdict_number(0, 0, out), "0");
}

static void
assert_round_trip(const struct verdict *v)
{
	struct buf b;
	struct verdict back;
	bool gone = true;

	buf_init(&b, VERDICT_RECORD_MAX);
	verdict_record_write(&b, v);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_OK);
	assert_false(gone);
	assert_true(verdict_equal(v, &back));
	for (size_t n = 0; n < b.len; n++)
		assert_int_not_equal(
		    verdict_record_read(span_of(b.ptr, n), &back, &gone),
		    ERR_OK);
	buf_put_u8(&b, 0);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_BAD_MESSAGE);
	buf_fini(&b);
}

static void
a_verdict_is_read_back_as_it_was_written(void **state)
{
	struct verdict v = case_half_way("25.00", "20.51");

	(void)state;
	assert_round_trip(&v);
	v.last_kind = VERDICT_BEHIND;
	v.path = -((i128)1 << 90);
	v.gap = (i128)1 << 90;
	v.value = -DECIMAL_MANTISSA_MAX;
	v.figure.commit = UINT64_MAX;
	v.figure.source = NUMBER_NONE;
	assert_round_trip(&v);
	v.has_total = true;
	v.total = (i128)DECIMAL_MANTISSA_MAX * 10000;
	v.total_bound = BOUND_ABOUT;
	v.has_reference = true;
	v.reference = DECIMAL_MANTISSA_MAX;
	v.reference_places = DECIMAL_PLACES_MAX;
	v.has_ratio = true;
	v.ratio = -DECIMAL_MANTISSA_MAX;
	assert_round_trip(&v);
}

/* Whatever the bytes say, they say something in range, or nothing. */
static void
assert_in_range_if_read(struct span record)
{
	struct verdict back;
	bool gone;

	if (verdict_record_read(record, &back, &gone) != ERR_OK || gone)
		return;
	assert_in_range(back.kind, 0, VERDICT_KINDS - 1);
	assert_in_range(back.places, 0, DECIMAL_PLACES_MAX);
	assert_round_trip(&back);
}

static void
wrong_bytes_of_a_verdict_are_refused(void **state)
{
	struct verdict v = case_half_way("25.00", "20.51");
	struct verdict back;
	struct buf b;
	bool gone;

	(void)state;
	buf_init(&b, VERDICT_RECORD_MAX);
	verdict_record_write(&b, &v);
	for (size_t i = 0; i < b.len * 8; i++) {
		b.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_in_range_if_read(buf_span(&b));
		b.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	buf_reset(&b);
	v.path = ((i128)1 << 90) + 1;
	verdict_record_write(&b, &v);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_BAD_MESSAGE);
	buf_fini(&b);
}

static void
the_longest_verdict_fits_its_ceiling(void **state)
{
	const i128 wide = -((i128)1 << 90);
	const struct day day = {INT32_MIN};
	const struct period span = period_of("2100/2199");
	const int64_t most = -DECIMAL_MANTISSA_MAX;
	struct verdict v = case_half_way("25.00", "20.51");

	(void)state;
	v.target = v.unit = v.definition = NUMBER_NONE - 1;
	v.map = v.version = NUMBER_NONE - 1;
	v.figure.unit = v.figure.definition = NUMBER_NONE - 1;
	v.figure.source = v.figure.document = NUMBER_NONE - 1;
	v.figure.commit = UINT64_MAX;
	v.figure.value = v.figure.numerator = v.figure.denominator = most;
	v.expected_by = v.late_after = v.figure.released = day;
	v.judged = v.due = v.base_period = v.path_period = span;
	v.previous_period = v.achieved_period = v.other_period = span;
	v.last_period = v.figure.period = span;
	v.value = v.target_value = v.target_first_value = v.base = most;
	v.margin = v.previous = v.other = v.other_before = most;
	v.target_level = v.path = v.gap = v.pace = v.required_pace = wide;
	assert_round_trip(&v);
}

static void
a_verdict_that_is_gone_says_so(void **state)
{
	struct verdict back;
	struct buf b;
	bool gone = false;

	(void)state;
	buf_init(&b, VERDICT_RECORD_MAX);
	verdict_gone_write(&b, 7, 300);
	assert_int_equal(verdict_record_read(buf_span(&b), &back, &gone),
	                 ERR_OK);
	assert_true(gone);
	assert_int_equal(back.target, 7);
	assert_int_equal(back.unit, 300);
	buf_fini(&b);
}

static void
verdicts_differ_in_any_number(void **state)
{
	struct verdict a = case_half_way("25.00", "20.51");
	struct verdict b = case_half_way("25.00", "20.51");

	(void)state;
	assert_true(verdict_equal(&a, &b));
	b.gap++;
	assert_false(verdict_equal(&a, &b));
	b = a;
	b.unit++;
	assert_false(verdict_equal(&a, &b));
	b = a;
	b.final = !b.final;
	assert_false(verdict_equal(&a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_stable_and_read_back),
	    cmocka_unit_test(
	        a_number_keeps_the_declared_decimals_and_what_it_needs_of_more),
	    cmocka_unit_test(a_verdict_is_read_back_as_it_was_written),
	    cmocka_unit_test(wrong_bytes_of_a_verdict_are_refused),
	    cmocka_unit_test(the_longest_verdict_fits_its_ceiling),
	    cmocka_unit_test(a_verdict_that_is_gone_says_so),
	    cmocka_unit_test(verdicts_differ_in_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
