/* links: common/domain/rollup.c common/domain/figure.c common/domain/catalogue_lookup.c */
/* links: common/domain/decimal.c */
/* links: common/domain/period.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/domain/rollup.h"
#include "tests/lib/random.h"

static const struct cat_definition of_sum = {.place = PLACE_SUM, .factor = 1};
static const struct cat_definition of_ratio = {
    .place = PLACE_RATIO, .decimals = 2, .factor = 100};

static void
adds(struct rollup *r, struct contribution c)
{
	rollup_replace(r, &(struct contribution){0}, &c);
}

/* R4c: complete stays complete when it is divided, and nothing else becomes so. */
static void
what_is_covered_is_divided_with_its_unit(void **state)
{
	struct figure f = {.has = FIGURE_VALUE, .value = 1};
	const struct contributor who = {.own = &f, .within = 3000000};
	struct contribution c = contribution_of(&of_sum, &who, NULL);
	const struct cat_share first = {0, 333333};
	const struct cat_share rest = {333333, WEIGHT_ONE};
	struct contribution a, b;
	struct rollup r = {0};

	(void)state;
	assert_int_equal(c.reporting, 3000000);
	a = contribution_part(c, first);
	b = contribution_part(c, rest);
	assert_int_equal(a.reporting, 999999);
	assert_int_equal(b.reporting, 2000001);
	adds(&r, a);
	adds(&r, b);
	assert_int_equal(r.reporting, 3000000);
	assert_int_equal(
	    contribution_of(&of_sum, &(struct contributor){0}, &r).reporting,
	    3000000);
	c.reporting--;
	assert_int_equal(contribution_part(c, first).reporting, 999998);
	assert_int_equal(contribution_part(c, rest).reporting, 2000000);
	assert_false(contribution_equal(&c, &a));
	a = c;
	a.reporting++;
	assert_false(contribution_equal(&c, &a));
	rollup_replace(&r, &b, &(struct contribution){0});
	assert_int_equal(r.reporting, 999999);
}

static void
parts_of_a_split_add_up_to_it(void **state)
{
	struct figure f = {
	    .has = FIGURE_PARTS, .numerator = 10, .denominator = 333};
	const struct contributor who = {.own = &f};
	struct contribution whole = contribution_of(&of_ratio, &who, NULL);
	struct contribution a =
	    contribution_part(whole, (struct cat_share){0, 333333});
	struct contribution b =
	    contribution_part(whole, (struct cat_share){333333, WEIGHT_ONE});
	struct contribution all = contribution_part(whole, SHARE_WHOLE);
	struct contribution none = contribution_part((struct contribution){0},
	                                             (struct cat_share){0, 5});

	(void)state;
	assert_true(a.sum + b.sum == whole.sum);
	assert_true(a.weight + b.weight == whole.weight);
	assert_true(a.derived && b.derived && !all.derived);
	assert_true(contribution_equal(&all, &whole));
	assert_false(none.present || none.derived);
}

/* 666,667 millionths, and what lies below zero. */
static void
parts_of_what_a_mean_left_add_up_to_it(void **state)
{
	struct contribution c = {
	    .present = true, .sum = 666667, .weight = -666667};
	const struct cat_share first = {0, 250000};
	const struct cat_share second = {250000, 500000};
	const struct cat_share last = {500000, WEIGHT_ONE};

	(void)state;
	assert_true(contribution_part(c, first).sum == 166666);
	assert_true(contribution_part(c, second).sum == 166667);
	assert_true(contribution_part(c, last).sum == 333334);
	assert_true(contribution_part(c, first).weight == -166667);
	assert_true(contribution_part(c, second).weight == -166667);
	assert_true(contribution_part(c, last).weight == -333333);
	assert_true(contribution_part(c, (struct cat_share){7, 7}).present);
	assert_true(contribution_part(c, (struct cat_share){7, 7}).sum == 0);
}

/* Any sum that fits, cut anywhere. */
static void
parts_of_any_sum_add_up_to_it(void **state)
{
	uint64_t seed = 24;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 20000; i++) {
		struct contribution c = {.present = true}, part;
		struct cat_share share = {0};
		i128 sum = 0, weight = 0;

		c.sum = (i128)any_bits(&seed, 60) * (i128)any_bits(&seed, 60);
		c.sum = below(&seed, 2) == 0 ? c.sum : -c.sum;
		c.weight = (i128)any_bits(&seed, 53) * WEIGHT_ONE;
		while (share.from < WEIGHT_ONE) {
			i128 size, exact;

			share.upto =
			    share.from + 1 +
			    (uint32_t)below(&seed, WEIGHT_ONE - share.from);
			part = contribution_part(c, share);
			sum += part.sum;
			weight += part.weight;
			size = share.upto - share.from;
			assert_true(part.weight ==
			            c.weight / WEIGHT_ONE * size);
			/* never a millionth or more from its weight's worth */
			exact = part.sum - c.sum / WEIGHT_ONE * size;
			exact = exact * WEIGHT_ONE - c.sum % WEIGHT_ONE * size;
			assert_true(exact < WEIGHT_ONE && exact > -WEIGHT_ONE);
			share.from = share.upto;
		}
		assert_true(sum == c.sum && weight == c.weight);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_covered_is_divided_with_its_unit),
	    cmocka_unit_test(parts_of_a_split_add_up_to_it),
	    cmocka_unit_test(parts_of_what_a_mean_left_add_up_to_it),
	    cmocka_unit_test(parts_of_any_sum_add_up_to_it),
	};

	return cmocka_run_group_tests_name("rollup_parts", tests, NULL, NULL);
}
