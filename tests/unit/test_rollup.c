/* links: common/domain/rollup.c common/domain/figure.c common/domain/catalogue_lookup.c */
/* links: common/domain/decimal.c */
/* links: common/domain/period.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/rollup.h"
#include "tests/lib/random.h"

enum { UNITS = 40, PARENTS = 3, STEPS = 300, ROUNDS = 60 };

static const struct cat_definition of_sum = {
    .place = PLACE_SUM, .decimals = 1, .factor = 1};
static const struct cat_definition of_ratio = {
    .place = PLACE_RATIO, .decimals = 2, .factor = 100};
static const struct cat_definition of_mean = {
    .place = PLACE_WMEAN, .decimals = 1, .factor = 1};
static const struct cat_definition of_nothing = {.place = PLACE_NONE,
                                                 .factor = 1};

static struct figure
value_of(int64_t value)
{
	return (struct figure){.has = FIGURE_VALUE, .value = value};
}

static struct figure
parts_of(int64_t numerator, int64_t denominator)
{
	return (struct figure){.has = FIGURE_PARTS,
	                       .numerator = numerator,
	                       .denominator = denominator};
}

static struct figure
weighted(int64_t value, int64_t weight)
{
	return (struct figure){.has = FIGURE_VALUE | FIGURE_PARTS,
	                       .value = value,
	                       .denominator = weight};
}

static struct contribution
gives(const struct cat_definition *d, const struct figure *own,
      const struct rollup *r)
{
	return contribution_of(d, &(struct contributor){.own = own}, r);
}

static void
adds(struct rollup *r, struct contribution c)
{
	rollup_replace(r, &(struct contribution){0}, &c);
}

/* --- contributions --- */

static void
each_rule_takes_the_parts_it_needs(void **state)
{
	struct figure f = value_of(-25);
	struct contribution c = gives(&of_sum, &f, NULL);

	(void)state;
	assert_true(c.present && c.from_own && !c.derived);
	assert_true(c.sum == -25 * (i128)WEIGHT_ONE && c.weight == 0);
	assert_false(gives(&of_ratio, &f, NULL).present);
	assert_false(gives(&of_mean, &f, NULL).present);
	assert_false(gives(&of_nothing, &f, NULL).present);

	f = parts_of(3, 7);
	c = gives(&of_ratio, &f, NULL);
	assert_true(c.present && c.sum == 3 * (i128)WEIGHT_ONE &&
	            c.weight == 7 * (i128)WEIGHT_ONE);
	assert_false(gives(&of_sum, &f, NULL).present);

	f = weighted(15, 20);
	c = gives(&of_mean, &f, NULL);
	assert_true(c.present && c.sum == 300 * (i128)WEIGHT_ONE &&
	            c.weight == 20 * (i128)WEIGHT_ONE);
}

static void
forecasts_gaps_and_deletes_contribute_nothing(void **state)
{
	struct figure f = value_of(5);

	(void)state;
	f.status = STATUS_F;
	assert_false(gives(&of_sum, &f, NULL).present);
	f.status = STATUS_M;
	assert_false(gives(&of_sum, &f, NULL).present);
	f.status = STATUS_E;
	assert_true(gives(&of_sum, &f, NULL).present);
	f.action = ACTION_DELETE;
	assert_false(gives(&of_sum, &f, NULL).present);
	assert_false(gives(&of_sum, NULL, NULL).present);
}

static void
a_figure_without_the_parts_never_hides_the_children(void **state)
{
	struct rollup r = {0};
	struct figure child = parts_of(1, 4);
	struct figure own = value_of(30);
	struct contribution c;

	(void)state;
	child.status = STATUS_P;
	assert_false(gives(&of_ratio, &own, &r).present);
	adds(&r, gives(&of_ratio, &child, NULL));
	c = gives(&of_ratio, &own, &r);
	assert_true(c.present && !c.from_own && c.sum == WEIGHT_ONE);
	assert_int_equal(c.status, STATUS_P);
	own = parts_of(2, 9);
	c = gives(&of_ratio, &own, &r);
	assert_true(c.from_own && c.sum == 2 * (i128)WEIGHT_ONE);
	assert_int_equal(c.status, STATUS_A);
}

static void
equal_is_what_looks_alike_from_above(void **state)
{
	struct contribution a = {.present = true, .sum = 5};
	struct contribution b = a;
	struct contribution none = {0};

	(void)state;
	b.from_own = true;
	assert_true(contribution_equal(&a, &b));
	assert_true(contribution_equal(&none, &none));
	assert_false(contribution_equal(&none, &a));
	b.status = STATUS_P;
	assert_false(contribution_equal(&a, &b));
	b = a;
	b.derived = true;
	assert_false(contribution_equal(&a, &b));
	b = a;
	b.weight = 1;
	assert_false(contribution_equal(&a, &b));
	b = a;
	b.sum = 6;
	assert_false(contribution_equal(&a, &b));
}

/* --- values --- */

static void
the_value_is_rounded_once_from_the_sums(void **state)
{
	struct rollup r = {.n_by_status = {1, 0, 0}};
	int64_t m = 0;

	(void)state;
	r.sum = 2500000; /* 2.5 mantissas: 0.25 at one decimal */
	assert_int_equal(rollup_value(&of_sum, &r, &m), ERR_OK);
	assert_int_equal(m, 3);
	r.sum = -2500000;
	assert_int_equal(rollup_value(&of_sum, &r, &m), ERR_OK);
	assert_int_equal(m, -3);
	r.sum = (i128)1158 * WEIGHT_ONE;
	r.sum_weight = (i128)84210 * WEIGHT_ONE;
	assert_int_equal(rollup_value(&of_ratio, &r, &m), ERR_OK);
	assert_int_equal(m, 138);
	/* (1.5 * 20 + 2.0 * 1) / 21 */
	r.sum = (i128)320 * WEIGHT_ONE;
	r.sum_weight = (i128)21 * WEIGHT_ONE;
	assert_int_equal(rollup_value(&of_mean, &r, &m), ERR_OK);
	assert_int_equal(m, 15);
}

static void
what_cannot_be_formed_is_said(void **state)
{
	struct rollup r = {.sum = 5};
	int64_t m = 77;

	(void)state;
	assert_int_equal(rollup_value(&of_sum, &r, &m), ERR_NOT_FOUND);
	assert_int_equal(rollup_status(&r), STATUS_M);
	r.n_by_status[STATUS_A] = 1;
	assert_int_equal(rollup_value(&of_nothing, &r, &m), ERR_NOT_FOUND);
	assert_int_equal(rollup_value(&of_ratio, &r, &m), ERR_ZERO_DENOMINATOR);
	r.sum = ((i128)DECIMAL_MANTISSA_MAX + 1) * WEIGHT_ONE;
	assert_int_equal(rollup_value(&of_sum, &r, &m), ERR_OUT_OF_RANGE);
	assert_int_equal(m, 77);
	r.sum -= WEIGHT_ONE;
	assert_int_equal(rollup_value(&of_sum, &r, &m), ERR_OK);
	assert_int_equal(m, DECIMAL_MANTISSA_MAX);
}

static void
empty_communes_add_zero_and_divide_nothing(void **state)
{
	struct figure f = parts_of(0, 0);
	struct contribution c = gives(&of_ratio, &f, NULL);
	struct rollup r = {0};
	int64_t m;

	(void)state;
	assert_true(c.present);
	adds(&r, c);
	assert_int_equal(rollup_value(&of_ratio, &r, &m), ERR_ZERO_DENOMINATOR);
	f = parts_of(1, 2);
	adds(&r, gives(&of_ratio, &f, NULL));
	assert_int_equal(rollup_value(&of_ratio, &r, &m), ERR_OK);
	assert_int_equal(m, 5000);
	assert_int_equal(r.n_by_status[STATUS_A], 2);
}

static void
the_status_is_the_worst_of_all_contributions(void **state)
{
	struct rollup r = {0};
	struct contribution a = {.present = true, .status = STATUS_A};
	struct contribution e = {.present = true, .status = STATUS_E};
	struct contribution p = {.present = true, .status = STATUS_P};

	(void)state;
	adds(&r, a);
	assert_int_equal(rollup_status(&r), STATUS_A);
	adds(&r, p);
	adds(&r, e);
	assert_int_equal(rollup_status(&r), STATUS_E);
	rollup_replace(&r, &e, &a);
	assert_int_equal(rollup_status(&r), STATUS_P);
	rollup_replace(&r, &p, &(struct contribution){0});
	assert_int_equal(rollup_status(&r), STATUS_A);
}

static void
the_largest_figures_of_a_country_leave_room(void **state)
{
	/* Weighted mean: 10^12 * 10^12 * 10^6 = 2^99.7, 2^20 units. */
	struct figure f = weighted(999999999999, 999999999999);
	struct contribution c = gives(&of_mean, &f, NULL);
	struct rollup r = {0};
	int64_t m = 0;

	(void)state;
	adds(&r, c);
	r.sum <<= 20;
	r.sum_weight <<= 20;
	assert_true(r.sum < (i128)1 << ROLLUP_SUM_BITS);
	assert_int_equal(rollup_value(&of_mean, &r, &m), ERR_OK);
	assert_int_equal(m, 999999999999);
	c = gives(&of_mean, NULL, &r);
	assert_true(contribution_part(c, (struct cat_share){0, 1}).sum ==
	            r.sum / WEIGHT_ONE);
	/* the greatest that may be kept, and the least */
	c.sum = (i128)1 << ROLLUP_SUM_BITS;
	c.weight = -c.sum;
	assert_true(
	    contribution_part(c, (struct cat_share){0, WEIGHT_ONE - 1}).sum +
	        contribution_part(
	            c, (struct cat_share){WEIGHT_ONE - 1, WEIGHT_ONE})
	            .sum ==
	    c.sum);
	assert_true(contribution_part(c, (struct cat_share){0, WEIGHT_ONE / 2})
	                .weight == c.weight / 2);
}

/* --- a tree kept up to date --- */

/* Unit i's parents come before it; unit 0 is the root. A unit whose weights are
 * several is divided; nothing above a divided unit is. */
struct tree {
	uint32_t parent[UNITS][PARENTS];
	uint32_t weight[UNITS][PARENTS];
	uint32_t n_parents[UNITS];
	struct figure own[UNITS]; /* has 0: none */
	struct rollup rollup[UNITS];
};

static void
grow(struct tree *t, uint64_t *seed)
{
	memset(t, 0, sizeof(*t));
	/* The upper half isn't divided, the lower hangs from the upper. */
	for (uint32_t i = 1; i < UNITS; i++) {
		bool low = i >= UNITS / 2;
		uint32_t left = WEIGHT_ONE;

		t->n_parents[i] = low ? 1 + (uint32_t)below(seed, PARENTS) : 1;
		for (uint32_t p = 0; p < t->n_parents[i]; p++) {
			bool last = p + 1 == t->n_parents[i];
			uint32_t w =
			    last ? left : (uint32_t)below(seed, left + 1);

			t->parent[i][p] =
			    (uint32_t)below(seed, low ? UNITS / 2 : i);
			t->weight[i][p] = w;
			left -= w;
		}
	}
}

static struct figure
any_figure(uint64_t *seed, const struct cat_definition *d)
{
	struct figure f = {.status = (uint8_t)below(seed, STATUS_COUNT)};

	if (below(seed, 5) == 0 || f.status == STATUS_M)
		return f;
	f.has = FIGURE_VALUE | FIGURE_PARTS;
	if (below(seed, 4) == 0)
		f.has = FIGURE_VALUE;
	f.value = (int64_t)any_bits(seed, 39) - 5000;
	f.numerator = (int64_t)any_bits(seed, 39);
	f.denominator = (int64_t)any_bits(seed, 39);
	if (d->place == PLACE_WMEAN)
		f.numerator = 0;
	return f;
}

static struct contribution
unit_contribution(const struct tree *t, const struct cat_definition *d,
                  uint32_t unit)
{
	const struct figure *own = &t->own[unit];

	return gives(d, own->has ? own : NULL, &t->rollup[unit]);
}

/* From the unit upwards; parents have lower numbers, so one sweep is enough. */
static void
change(struct tree *t, const struct cat_definition *d, uint32_t unit,
       struct figure f)
{
	struct contribution before[UNITS];

	for (uint32_t i = 0; i < UNITS; i++)
		before[i] = unit_contribution(t, d, i);
	t->own[unit] = f;
	for (uint32_t i = unit + 1; i-- > 0;) {
		struct contribution after = unit_contribution(t, d, i);

		uint32_t at = 0;

		if (contribution_equal(&before[i], &after))
			continue;
		for (uint32_t p = 0; p < t->n_parents[i]; p++) {
			struct cat_share share = {at, at + t->weight[i][p]};
			struct contribution out =
			    contribution_part(before[i], share);
			struct contribution in =
			    contribution_part(after, share);

			at = share.upto;
			rollup_replace(&t->rollup[t->parent[i][p]], &out, &in);
		}
	}
}

/* The same from nothing, written out: what a unit gives; status 0: nothing. */
struct given {
	i128 sum;
	i128 weight;
	int status; /* 1 A, 2 P, 3 E */
	bool derived;
};

static struct given
own_given(const struct cat_definition *d, const struct figure *f)
{
	struct given g = {.status = f->status + 1};
	bool parts = f->has & FIGURE_PARTS;

	if (!f->has || f->status > STATUS_E ||
	    (d->place != PLACE_SUM && !parts))
		return (struct given){0};
	g.sum = d->place == PLACE_RATIO ? f->numerator : f->value;
	if (d->place == PLACE_WMEAN)
		g.sum *= f->denominator;
	g.weight = d->place == PLACE_SUM ? 0 : f->denominator;
	g.sum *= 1000000;
	g.weight *= 1000000;
	return g;
}

static struct given
children_given(const struct rollup *r)
{
	struct given g = {.sum = r->sum,
	                  .weight = r->sum_weight,
	                  .derived = r->n_derived > 0};

	for (int s = 0; s < STATUS_F; s++) {
		if (r->n_by_status[s])
			g.status = s + 1;
	}
	return g;
}

/* One unit after the other from the leaves. */
static void
recount(const struct tree *t, const struct cat_definition *d,
        struct rollup *sums)
{
	memset(sums, 0, UNITS * sizeof(*sums));
	for (uint32_t i = UNITS; i-- > 1;) {
		struct given g = own_given(d, &t->own[i]);

		if (g.status == 0)
			g = children_given(&sums[i]);
		for (uint32_t p = 0; p < t->n_parents[i] && g.status; p++) {
			struct rollup *up = &sums[t->parent[i][p]];
			uint32_t w = t->weight[i][p];
			bool part = w != 1000000;

			up->sum += part ? g.sum / 1000000 * w : g.sum;
			up->sum_weight +=
			    part ? g.weight / 1000000 * w : g.weight;
			up->n_by_status[g.status - 1]++;
			up->n_derived += g.derived || part;
		}
	}
}

static void
same_rollups(const struct rollup *a, const struct rollup *b)
{
	for (uint32_t i = 0; i < UNITS; i++) {
		assert_true(a[i].sum == b[i].sum);
		assert_true(a[i].sum_weight == b[i].sum_weight);
		assert_memory_equal(a[i].n_by_status, b[i].n_by_status,
		                    sizeof(a[i].n_by_status));
		assert_int_equal(a[i].n_derived, b[i].n_derived);
	}
}

static void
grow_and_change(const struct cat_definition *d, uint64_t seed)
{
	struct tree t;
	struct rollup fresh[UNITS];

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < ROUNDS; round++) {
		grow(&t, &seed);
		for (int i = 0; i < STEPS; i++) {
			uint32_t unit = (uint32_t)below(&seed, UNITS);

			change(&t, d, unit, any_figure(&seed, d));
			if (i % 10 != 0)
				continue;
			recount(&t, d, fresh);
			same_rollups(t.rollup, fresh);
		}
	}
}

static void
sums_kept_up_to_date_are_those_counted_anew(void **state)
{
	(void)state;
	grow_and_change(&of_sum, 21);
}

static void
ratios_kept_up_to_date_are_those_counted_anew(void **state)
{
	(void)state;
	grow_and_change(&of_ratio, 22);
}

static void
means_kept_up_to_date_are_those_counted_anew(void **state)
{
	(void)state;
	grow_and_change(&of_mean, 23);
}

static void
a_figure_shows_what_was_said_else_the_quotient_of_its_parts(void **state)
{
	struct cat_definition d = {.decimals = 2, .factor = 100};
	struct figure f = {
	    .has = FIGURE_PARTS, .numerator = 1158, .denominator = 84210};
	int64_t value = 7;

	(void)state;
	assert_true(figure_value(&d, &f, &value));
	assert_int_equal(value, 138);
	f.has = FIGURE_PARTS | FIGURE_VALUE;
	f.value = 140;
	assert_true(figure_value(&d, &f, &value));
	assert_int_equal(value, 140);
	f.has = FIGURE_PARTS;
	f.numerator = f.denominator = 0;
	assert_false(figure_value(&d, &f, &value));
	assert_int_equal(value, 140);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_figure_shows_what_was_said_else_the_quotient_of_its_parts),
	    cmocka_unit_test(each_rule_takes_the_parts_it_needs),
	    cmocka_unit_test(forecasts_gaps_and_deletes_contribute_nothing),
	    cmocka_unit_test(
	        a_figure_without_the_parts_never_hides_the_children),
	    cmocka_unit_test(equal_is_what_looks_alike_from_above),
	    cmocka_unit_test(the_value_is_rounded_once_from_the_sums),
	    cmocka_unit_test(what_cannot_be_formed_is_said),
	    cmocka_unit_test(empty_communes_add_zero_and_divide_nothing),
	    cmocka_unit_test(the_status_is_the_worst_of_all_contributions),
	    cmocka_unit_test(the_largest_figures_of_a_country_leave_room),
	    cmocka_unit_test(sums_kept_up_to_date_are_those_counted_anew),
	    cmocka_unit_test(ratios_kept_up_to_date_are_those_counted_anew),
	    cmocka_unit_test(means_kept_up_to_date_are_those_counted_anew),
	};

	return cmocka_run_group_tests_name("rollup", tests, NULL, NULL);
}
