/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/explain.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_change.c common/domain/explain_texts.c tests/lib/verdict_case.c tests/lib/formula.c tests/lib/explain_page.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/explain.h"
#include "tests/lib/explain_page.h"
#include "tests/lib/verdict_case.h"

static void
assert_explained(const struct verdict_case *k, const char *asked,
                 const char *const *texts, enum lang lang)
{
	struct verdict v = case_judge(k, asked);
	struct page page;

	explained(k, &v, lang, &page);
	for (int i = 0; texts[i] != NULL; i++)
		assert_says(&page, texts[i]);
	(void)assert_formulas(&page);
}

static void
a_multiple_names_its_factor(void **state)
{
	static const char *const english[] = {
	    "  target_level = 30.00 * 1.5 = 45.00\n",
	    "  met = 44.00 >= 45.00 = false\n",
	    "a figure of at least 45.00 for 2026 would make it achieved\n",
	    NULL};
	static const char *const vietnamese[] = {
	    "  target_level = 30,00 * 1,5 = 45,00\n",
	    "số liệu ít nhất 45,00 cho kỳ 2026 sẽ cho kết luận đạt\n", NULL};
	static const char *const half[] = {
	    "  target_level = 30.00 / 2 = 15.00\n", NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	k.versions[0].kind = TARGET_MULTIPLE;
	k.versions[0].has_value = false;
	k.versions[0].factor = 15000;
	(void)case_point(&k, POINT_OWN, "2026", "44.00");
	assert_explained(&k, "2026", english, LANG_EN);
	assert_explained(&k, "2026", vietnamese, LANG_VI);
	k.versions[0].kind = TARGET_HALVING;
	k.versions[0].factor = 5000;
	k.versions[0].sense = SENSE_AT_MOST;
	assert_explained(&k, "2026", half, LANG_EN);
}

static void
a_sum_says_what_this_year_must_add(void **state)
{
	static const char *const years[] = {"10.00", "12.00", "7.00"};
	static const char *const texts[] = {
	    "  total = 22.00 + 7.00 = 29.00\n",
	    "  path = 50.00 * (2018 - 2015) / (2020 - 2015) = 30.00\n",
	    "  gap = 29.00 - 30.00 = -1.00\n",
	    "  off_path = 29.00 < 30.00 - 0.50 = true\n",
	    "a figure of at least 7.50 for 2018 would make it at-risk\n",
	    NULL};
	static const char *const missing[] = {
	    "  total = 10.00 + 45.00 = 55.00\n",
	    "exact figures of every year of the programme", NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	case_base(&k, NULL, NULL);
	k.versions[0].kind = TARGET_COUNT;
	k.versions[0].per_programme = true;
	k.versions[0].value = 5000;
	k.versions[0].due = period_of("2020");
	case_years(&k, 2016, years, 3);
	assert_explained(&k, "2018", texts, LANG_EN);
	k.in.n = 1;
	(void)case_point(&k, POINT_OWN, "2018", "45.00");
	assert_explained(&k, "2018", missing, LANG_EN);
}

static void
a_year_that_fell_short_is_named(void **state)
{
	static const char *const years[] = {"8.00", "12.00"};
	static const char *const texts[] = {
	    "  met_2016 = 8.00 >= 10.00 = false\n",
	    "a revised figure for 2016 (now 8.00) of at least 10.00\n", NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	case_base(&k, NULL, NULL);
	k.versions[0].kind = TARGET_COUNT;
	k.versions[0].path = PATH_STEPS;
	case_years(&k, 2016, years, 2);
	assert_explained(&k, "2017", texts, LANG_EN);
}

static void
a_relation_names_its_measure(void **state)
{
	static const char *const texts[] = {
	    "Held against: 10.00 of rate@b, 2026\n",
	    "  target_level = 10.00 * 1.5 = 15.00\n",
	    "  met = 16.00 <= 15.00 = false\n", NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_base(&k, NULL, NULL);
	k.versions[0].kind = TARGET_RELATIVE;
	k.versions[0].has_value = false;
	k.versions[0].factor = 15000;
	k.versions[0].relative_definition = CASE_RATE_B;
	k.versions[0].path = PATH_NONE;
	(void)case_point(&k, POINT_OWN, "2026", "16.00");
	(void)case_reference(&k, "2026", "10.00");
	assert_explained(&k, "2026", texts, LANG_EN);
}

static void
a_degree_of_fulfilment_shows_the_plan(void **state)
{
	static const char *const texts[] = {
	    "  target_level = 90.00 * 95.5 / 100 = 85.95\n",
	    "  gap = 80.00 - 85.95 = -5.95\n",
	    "a figure of at least 85.95 for 2020 would make it achieved\n",
	    NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_upward(&k);
	case_base(&k, NULL, NULL);
	k.plan[0] = (struct cat_milestone){period_of("2020"), 9000};
	k.versions[0].kind = TARGET_PLAN;
	k.versions[0].has_value = false;
	k.versions[0].factor = 9550;
	k.versions[0].plan = k.plan;
	k.versions[0].n_plan = 1;
	(void)case_point(&k, POINT_OWN, "2020", "80.00");
	assert_explained(&k, "2020", texts, LANG_EN);
}

static void
a_ratio_is_told_down_to_its_threshold(void **state)
{
	static const char *const texts[] = {
	    ("  ratio = ((22.00 / 30.00) ^ (1 / 5) - 1)"
	     " / ((15.00 / 30.00) ^ (1 / 10) - 1) = 0.898147\n"),
	    "  significant_progress = 0.898147 >= 0.950000 = false\n",
	    "  moderate_progress = 0.898147 >= 0.600000 = true\n",
	    "the published thresholds of the ratio method\n",
	    "a figure of at most 15.00 for 2021 would make it achieved\n",
	    NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	k.versions[0].value = 1500;
	k.versions[0].method = "eurostat";
	(void)case_point(&k, POINT_OWN, "2021", "22.00");
	assert_explained(&k, "2021", texts, LANG_EN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_multiple_names_its_factor),
	    cmocka_unit_test(a_sum_says_what_this_year_must_add),
	    cmocka_unit_test(a_year_that_fell_short_is_named),
	    cmocka_unit_test(a_relation_names_its_measure),
	    cmocka_unit_test(a_degree_of_fulfilment_shows_the_plan),
	    cmocka_unit_test(a_ratio_is_told_down_to_its_threshold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
