/* links: common/domain/rank.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c tests/lib/verdict_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/rank.h"
#include "tests/lib/verdict_case.h"

static void
ranks_are(const struct rank_entry *e, const uint32_t *who, const uint32_t *rank,
          uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(e[i].who, who[i]);
		assert_int_equal(e[i].rank, rank[i]);
	}
}

static void
equal_values_share_a_rank_and_the_next_counts_them(void **state)
{
	struct rank_entry e[] = {{.who = 1, .value = 40},
	                         {.who = 2, .value = 30},
	                         {.who = 3, .value = 20},
	                         {.who = 4, .value = 30}};

	(void)state;
	assert_int_equal(rank_assign(e, 4, true), 4);
	ranks_are(e, (uint32_t[]){1, 2, 4, 3}, (uint32_t[]){1, 2, 2, 4}, 4);
	assert_int_equal(e[1].value, 30);
	assert_int_equal(rank_assign(e, 4, false), 4);
	ranks_are(e, (uint32_t[]){3, 2, 4, 1}, (uint32_t[]){1, 2, 2, 4}, 4);
}

static void
who_has_a_reason_stands_below_and_counts_for_nothing(void **state)
{
	struct rank_entry e[] = {{.who = 4, .value = 0, .why = "no_figure"},
	                         {.who = 3, .value = 5},
	                         {.who = 2, .value = 5, .why = "not_released"},
	                         {.who = 1, .value = 5}};

	(void)state;
	assert_int_equal(rank_assign(e, 4, true), 2);
	ranks_are(e, (uint32_t[]){1, 3, 2, 4}, (uint32_t[]){1, 1, 0, 0}, 4);
}

static void
nobody_and_one_are_ranked_too(void **state)
{
	struct rank_entry one = {.who = 7, .value = -3};

	(void)state;
	assert_int_equal(rank_assign(NULL, 0, true), 0);
	assert_int_equal(rank_assign(&one, 1, false), 1);
	assert_int_equal(one.rank, 1);
}

static void
why_is(struct verdict_case *k, const char *judged, const char *ranked,
       const char *why)
{
	struct verdict v = case_judge(k, judged);
	const char *got = rank_why(&k->c, &v, period_of(ranked), 0);

	if (why == NULL)
		assert_null(got);
	else
		assert_string_equal(got, why);
}

static void
released_figures_of_the_period_are_ranked(void **state)
{
	struct verdict_case k;
	struct verdict v;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2020", "21.00");
	why_is(&k, "2020", "2020", NULL);
	why_is(&k, "2020", "2021", "other_period");
	why_is(&k, "2021", "2021", "no_figure");
	v = case_judge(&k, "2020");
	assert_string_equal(rank_why(&k.c, &v, period_of("2020"), 1),
	                    "other_version");
	k.versions[0].path = PATH_NONE; /* undecided, but the figure is there */
	why_is(&k, "2020", "2020", NULL);
}

static void
what_is_not_released_or_not_exact_has_no_rank(void **state)
{
	struct verdict_case k;
	struct verdict_point *pt;

	(void)state;
	case_init(&k);
	pt = case_point(&k, POINT_OWN, "2020", "21.00");
	pt->released = false;
	why_is(&k, "2020", "2020", "not_released");
	pt->released = true;
	pt->figure.bound = BOUND_LT;
	why_is(&k, "2020", "2020", "inexact");
	pt->figure.bound = BOUND_EQ;
	pt->figure.status = STATUS_F;
	why_is(&k, "2020", "2020", "forecast_only");
	pt->figure.status = STATUS_A;
	pt->figure.definition = CASE_RATE_B;
	pt->which = POINT_OTHER_DEFINITION;
	why_is(&k, "2020", "2020", "other_definition");
}

static void
a_partial_rollup_has_no_rank(void **state)
{
	struct verdict_case k;
	struct cat_map map = {.kind = MAP_TERRITORY,
	                      .validity = {{DAY_FIRST}, {DAY_LAST}}};
	struct verdict_point *pt;

	(void)state;
	case_init(&k);
	k.c.maps = &map;
	k.c.n_maps = 1;
	pt = case_point(&k, POINT_ROLLUP, "2020", "21.00");
	pt->map = 0;
	pt->complete = false;
	why_is(&k, "2020", "2020", "partial");
	pt->complete = true;
	why_is(&k, "2020", "2020", NULL);
}

static void
a_unit_that_is_no_more_is_not_ranked_on_its_heirs_figure(void **state)
{
	struct verdict_case k;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2026", "21.00");
	why_is(&k, "2026", "2026", NULL);
	k.unit.validity.to = day_of("2025-06-30");
	why_is(&k, "2026", "2026", "unit_abolished");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        equal_values_share_a_rank_and_the_next_counts_them),
	    cmocka_unit_test(
	        who_has_a_reason_stands_below_and_counts_for_nothing),
	    cmocka_unit_test(nobody_and_one_are_ranked_too),
	    cmocka_unit_test(released_figures_of_the_period_are_ranked),
	    cmocka_unit_test(what_is_not_released_or_not_exact_has_no_rank),
	    cmocka_unit_test(a_partial_rollup_has_no_rank),
	    cmocka_unit_test(
	        a_unit_that_is_no_more_is_not_ranked_on_its_heirs_figure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
