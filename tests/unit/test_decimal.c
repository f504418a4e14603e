/* links: common/domain/decimal.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/decimal.h"

enum { ROUNDS = 20000, LIMBS = 12 };

/* splitmix64: seeded, alike everywhere. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Of any size up to 2^bits, small ones as often as large ones. */
static i128
random_whole(uint64_t *seed, unsigned bits)
{
	unsigned keep = (unsigned)(next_random(seed) % bits);
	i128 wide = (i128)(next_random(seed) >> 1) << 63;

	wide |= (i128)(next_random(seed) >> 1);
	return wide >> (126 - keep);
}

/* --- slow whole numbers of 384 bits, for a check that shares nothing --- */

struct wide {
	uint32_t limb[LIMBS];
};

static struct wide
wide_of(i128 value)
{
	struct wide w = {{0}};

	for (int i = 0; i < 4; i++)
		w.limb[i] = (uint32_t)(value >> (32 * i));
	return w;
}

static struct wide
wide_times(struct wide a, struct wide b)
{
	struct wide w = {{0}};

	for (size_t i = 0; i < LIMBS; i++) {
		uint64_t carry = 0;

		for (size_t j = 0; i + j < LIMBS; j++) {
			carry +=
			    (uint64_t)a.limb[i] * b.limb[j] + w.limb[i + j];
			w.limb[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	return w;
}

static struct wide
wide_plus(struct wide a, struct wide b)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < LIMBS; i++) {
		carry += (uint64_t)a.limb[i] + b.limb[i];
		a.limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return a;
}

static int
wide_compare(struct wide a, struct wide b)
{
	for (size_t i = LIMBS; i-- > 0;) {
		if (a.limb[i] != b.limb[i])
			return a.limb[i] > b.limb[i] ? 1 : -1;
	}
	return 0;
}

/*
 * q = N / d rounded half away from zero, for N >= 0, exactly if
 * (2q - 1) d <= 2N < (2q + 1) d. Nothing is divided here.
 */
static void
check_quotient(i128 numerator, i128 denominator, int64_t factor, uint8_t places)
{
	i128 q = 0;
	enum err err =
	    decimal_quotient(numerator, denominator, factor, places, &q);
	i128 size = numerator < 0 ? -numerator : numerator;
	struct wide d = wide_of(denominator);
	struct wide twice_n;
	struct wide twice_q;

	if (err == ERR_OUT_OF_RANGE)
		return;
	assert_int_equal(err, ERR_OK);
	assert_true(q == 0 || (q < 0) == (numerator < 0));
	twice_n = wide_times(wide_of(size), wide_of(2 * (i128)factor));
	for (int i = 0; i < places; i++)
		twice_n = wide_times(twice_n, wide_of(10));
	twice_q = wide_times(wide_of(q < 0 ? -q : q), wide_of(2));
	assert_true(
	    wide_compare(twice_n,
	                 wide_times(wide_plus(twice_q, wide_of(1)), d)) < 0);
	assert_true(
	    wide_compare(wide_plus(twice_n, d), wide_times(twice_q, d)) >= 0);
}

/* --- text --- */

static void
expect(const char *text, uint8_t places, enum err err, int64_t mantissa)
{
	int64_t got = 4711;

	assert_int_equal(decimal_parse(span_str(text), places, false, &got),
	                 err);
	assert_int_equal(got, err == ERR_OK ? mantissa : 4711);
}

static void
a_text_becomes_a_mantissa_at_the_places_asked(void **state)
{
	(void)state;
	expect("0", 0, ERR_OK, 0);
	expect("12", 2, ERR_OK, 1200);
	expect("-0.5", 2, ERR_OK, -50);
	expect("+3.14", 2, ERR_OK, 314);
	expect(".5", 1, ERR_OK, 5);
	expect("5.", 1, ERR_OK, 50);
	expect("007", 0, ERR_OK, 7);
	expect("-0", 0, ERR_OK, 0);
	expect("1.5000000000000000000000000000000", 1, ERR_OK, 15);
	expect("000000000000000000000000000000001", 0, ERR_OK, 1);
}

static void
what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",    "-",     ".",   "+.",   "1e3", "1E3", " 1",  "1 ",
	    "--1", "1.2.3", "1,5", "0x10", "nan", "inf", "1_0", "1.000.000,0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(bad[i], 2, ERR_BAD_NUMBER, 0);
	expect("1.2x", 0, ERR_BAD_NUMBER, 0);
}

static void
a_significant_decimal_past_the_places_is_too_precise(void **state)
{
	(void)state;
	expect("1.25", 1, ERR_TOO_PRECISE, 0);
	expect("1.20", 1, ERR_OK, 12);
	expect("0.001", 2, ERR_TOO_PRECISE, 0);
	expect("1.0", 0, ERR_OK, 1);
}

static void
a_mantissa_of_2_to_the_53_is_out_of_range(void **state)
{
	(void)state;
	expect("9007199254740991", 0, ERR_OK, DECIMAL_MANTISSA_MAX);
	expect("-9007199254740991", 0, ERR_OK, -DECIMAL_MANTISSA_MAX);
	expect("9007199254740992", 0, ERR_OUT_OF_RANGE, 0);
	expect("-9007199254740992", 0, ERR_OUT_OF_RANGE, 0);
	expect("900719925474099.1", 1, ERR_OK, DECIMAL_MANTISSA_MAX);
	expect("900719925474099.2", 1, ERR_OUT_OF_RANGE, 0);
	expect("9007199254740991", 1, ERR_OUT_OF_RANGE, 0);
	expect("99999999999999999999999999999999999999999", 0, ERR_OUT_OF_RANGE,
	       0);
}

static void
with_a_comma_the_point_is_refused(void **state)
{
	int64_t m = 0;

	(void)state;
	assert_int_equal(decimal_parse(span_str("1,5"), 1, true, &m), ERR_OK);
	assert_int_equal(m, 15);
	assert_int_equal(decimal_parse(span_str("1.5"), 1, true, &m),
	                 ERR_BAD_NUMBER);
	assert_int_equal(decimal_parse(span_str("1.234,5"), 1, true, &m),
	                 ERR_BAD_NUMBER);
}

static void
free_places_are_those_of_the_text(void **state)
{
	struct decimal d = {7, 7};

	(void)state;
	assert_int_equal(decimal_parse_free(span_str("-12.50"), false, &d),
	                 ERR_OK);
	assert_int_equal(d.mantissa, -1250);
	assert_int_equal(d.places, 2);
	assert_int_equal(decimal_parse_free(span_str("3"), false, &d), ERR_OK);
	assert_int_equal(d.mantissa, 3);
	assert_int_equal(d.places, 0);
	/* 9 places and one more, which may only be zeros */
	assert_int_equal(decimal_parse_free(span_str("0.123456789"), false, &d),
	                 ERR_OK);
	assert_int_equal(d.places, DECIMAL_PLACES_MAX);
	assert_int_equal(
	    decimal_parse_free(span_str("0.1234567890"), false, &d), ERR_OK);
	assert_int_equal(d.places, 9);
	assert_int_equal(
	    decimal_parse_free(span_str("0.1234567891"), false, &d),
	    ERR_TOO_PRECISE);
	assert_int_equal(
	    decimal_parse_free(span_str("9007199254740991.000"), false, &d),
	    ERR_OK);
	assert_int_equal(d.places, 0);
	assert_int_equal(
	    decimal_parse_free(span_str("9007199254740992.0"), false, &d),
	    ERR_OUT_OF_RANGE);
	assert_int_equal(decimal_parse_free(span_str("1.x"), false, &d),
	                 ERR_BAD_NUMBER);
}

static void
parsing_what_was_printed_gives_the_same_number(void **state)
{
	uint64_t seed = 20260101;
	char text[DECIMAL_TEXT_MAX];

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t m = (int64_t)random_whole(&seed, 53);
		uint8_t places = (uint8_t)(next_random(&seed) % 10);
		int64_t got = 0;

		if (next_random(&seed) & 1)
			m = -m;
		decimal_format(m, places, text);
		assert_int_equal(
		    decimal_parse(span_str(text), places, false, &got), ERR_OK);
		assert_int_equal(got, m);
	}
}

static void
every_declared_decimal_is_printed(void **state)
{
	char text[DECIMAL_TEXT_MAX];
	const i128 lowest = -((i128)INT64_MAX << 64) - ((i128)1 << 64);

	(void)state;
	assert_string_equal(decimal_format(-50, 2, text), "-0.50");
	assert_string_equal(decimal_format(0, 0, text), "0");
	assert_string_equal(decimal_format(0, 3, text), "0.000");
	assert_string_equal(decimal_format(12, 0, text), "12");
	assert_string_equal(decimal_format(1205, 1, text), "120.5");
	assert_string_equal(decimal_format(lowest, 0, text),
	                    "-170141183460469231731687303715884105728");
	assert_string_equal(decimal_format(lowest, 38, text),
	                    "-1.70141183460469231731687303715884105728");
}

/* --- arithmetic --- */

static void
a_value_moves_to_other_places_without_loss(void **state)
{
	int64_t m = 1;

	(void)state;
	assert_int_equal(decimal_rescale((struct decimal){15, 1}, 3, &m),
	                 ERR_OK);
	assert_int_equal(m, 1500);
	assert_int_equal(decimal_rescale((struct decimal){-1500, 3}, 1, &m),
	                 ERR_OK);
	assert_int_equal(m, -15);
	assert_int_equal(decimal_rescale((struct decimal){1501, 3}, 2, &m),
	                 ERR_TOO_PRECISE);
	assert_int_equal(decimal_rescale((struct decimal){INT64_MAX, 2}, 2, &m),
	                 ERR_OUT_OF_RANGE);
	assert_int_equal(
	    decimal_rescale((struct decimal){DECIMAL_MANTISSA_MAX, 0}, 1, &m),
	    ERR_OUT_OF_RANGE);
	assert_int_equal(m, -15);
	assert_int_equal(decimal_rescale((struct decimal){0, 255}, 0, &m),
	                 ERR_OK);
	assert_int_equal(m, 0);
}

static void
values_compare_at_any_places(void **state)
{
	const struct decimal half = {5, 1};
	const struct decimal half_long = {500000000000000000, 18};
	const struct decimal minus = {-51, 2};

	(void)state;
	assert_int_equal(decimal_compare(half, half_long), 0);
	assert_int_equal(decimal_compare(minus, half), -1);
	assert_int_equal(decimal_compare(half, minus), 1);
	assert_int_equal(decimal_compare((struct decimal){INT64_MIN, 0},
	                                 (struct decimal){INT64_MIN, 18}),
	                 -1);
}

static void
halves_round_away_from_zero(void **state)
{
	(void)state;
	assert_true(decimal_round(25, 1, 0) == 3);
	assert_true(decimal_round(24, 1, 0) == 2);
	assert_true(decimal_round(-25, 1, 0) == -3);
	assert_true(decimal_round(-24, 1, 0) == -2);
	assert_true(decimal_round(-26, 1, 0) == -3);
	assert_true(decimal_round(5, 1, 0) == 1);
	assert_true(decimal_round(-4999, 4, 0) == 0);
	assert_true(decimal_round(-7, 0, 4) == -70000);
	assert_true(decimal_round(INT64_MAX, 40, 0) == 0);
}

static void
a_quotient_of_a_known_case_is_what_is_printed(void **state)
{
	i128 q = 0;

	(void)state;
	/* 1158 of 84210 households, in per cent, two decimals */
	assert_int_equal(decimal_quotient(1158, 84210, 100, 2, &q), ERR_OK);
	assert_true(q == 138);
	assert_int_equal(decimal_quotient(1, 8, 100, 0, &q), ERR_OK);
	assert_true(q == 13);
	assert_int_equal(decimal_quotient(-1, 8, 100, 0, &q), ERR_OK);
	assert_true(q == -13);
	assert_int_equal(decimal_quotient(0, 5, 1, 9, &q), ERR_OK);
	assert_true(q == 0);
	assert_int_equal(decimal_quotient(1, 0, 100, 2, &q),
	                 ERR_ZERO_DENOMINATOR);
	assert_true(q == 0);
}

static void
a_quotient_past_its_limits_is_out_of_range(void **state)
{
	const i128 most = (i128)1 << DECIMAL_QUOTIENT_BITS;
	i128 q = 5;

	(void)state;
	assert_int_equal(decimal_quotient(most, most, 1, 13, &q), ERR_OK);
	assert_true(q == INT64_C(10000000000000));
	q = 5;
	assert_int_equal(decimal_quotient(most + 1, 1, 1, 0, &q),
	                 ERR_OUT_OF_RANGE);
	assert_int_equal(decimal_quotient(-most - 1, 1, 1, 0, &q),
	                 ERR_OUT_OF_RANGE);
	assert_int_equal(decimal_quotient(most / 100 + 1, 1, 100, 0, &q),
	                 ERR_OUT_OF_RANGE);
	assert_int_equal(decimal_quotient(1, most + 1, 1, 0, &q),
	                 ERR_OUT_OF_RANGE);
	assert_int_equal(decimal_quotient(most, 1, 1, 13, &q),
	                 ERR_OUT_OF_RANGE);
	assert_true(q == 5);
}

static void
quotients_agree_with_slow_multiplication(void **state)
{
	static const int64_t factors[] = {1, 100, 1000, 1000000};
	uint64_t seed = 77;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++) {
		i128 n = random_whole(&seed, 103);
		i128 d = random_whole(&seed, 103) + 1;
		int64_t factor = factors[next_random(&seed) % 4];
		uint8_t places = (uint8_t)(next_random(&seed) % 14);

		if (next_random(&seed) & 1)
			n = -n;
		check_quotient(n, d, factor, places);
	}
}

static void
quotients_that_end_in_a_half_agree_too(void **state)
{
	uint64_t seed = 78;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++) {
		i128 half = random_whole(&seed, 40) + 1;
		i128 odd = 2 * random_whole(&seed, 40) + 1;

		check_quotient(half * odd, 2 * half, 1, 0);
		check_quotient(-half * odd, 2 * half, 1, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_becomes_a_mantissa_at_the_places_asked),
	    cmocka_unit_test(what_is_no_number_is_refused),
	    cmocka_unit_test(
	        a_significant_decimal_past_the_places_is_too_precise),
	    cmocka_unit_test(a_mantissa_of_2_to_the_53_is_out_of_range),
	    cmocka_unit_test(with_a_comma_the_point_is_refused),
	    cmocka_unit_test(free_places_are_those_of_the_text),
	    cmocka_unit_test(parsing_what_was_printed_gives_the_same_number),
	    cmocka_unit_test(every_declared_decimal_is_printed),
	    cmocka_unit_test(a_value_moves_to_other_places_without_loss),
	    cmocka_unit_test(values_compare_at_any_places),
	    cmocka_unit_test(halves_round_away_from_zero),
	    cmocka_unit_test(a_quotient_of_a_known_case_is_what_is_printed),
	    cmocka_unit_test(a_quotient_past_its_limits_is_out_of_range),
	    cmocka_unit_test(quotients_agree_with_slow_multiplication),
	    cmocka_unit_test(quotients_that_end_in_a_half_agree_too),
	};

	return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
