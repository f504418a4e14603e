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

/* T3: which years, and why each. */
static void
years_without_an_exact_figure_are_named_with_the_reason(void **state)
{
	static const char *const years[] = {"24.81", NULL, "18.81", NULL};
	static const char *const texts[] = {
	    "Decided by: there is no figure\n",
	    "Periods without an exact figure: 2017: there is no figure\n",
	    "What would change it: an exact figure of every such period\n",
	    NULL};
	static const char *const vietnamese[] = {
	    "Các kỳ còn thiếu số liệu chính xác: 2017: chỉ có số tổng hợp, "
	    "chưa xác nhận đủ đơn vị; 2019: không có số liệu\n",
	    NULL};
	static const char *const sums[] = {
	    "Periods without an exact figure: 2017: there is no figure; 2018: "
	    "the figure is too inexact for this comparison\n",
	    NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_base(&k, "2015", "27.81");
	k.versions[0].kind = TARGET_STEP;
	k.versions[0].sense = SENSE_AT_LEAST;
	k.versions[0].value = 300;
	k.versions[0].steps = STEPS_EACH;
	k.versions[0].due = period_of("2020");
	case_years(&k, 2016, years, 4);
	assert_explained(&k, "2018", texts, LANG_EN);
	(void)case_point(&k, POINT_ROLLUP, "2017", "21.81");
	assert_explained(&k, "2019", vietnamese, LANG_VI);

	case_init(&k);
	case_upward(&k);
	case_base(&k, NULL, NULL);
	k.versions[0].kind = TARGET_COUNT;
	k.versions[0].per_programme = true;
	k.versions[0].value = 5000;
	k.versions[0].due = period_of("2020");
	case_years(&k, 2016, years, 3);
	k.points[k.in.n - 1].figure.bound = BOUND_ABOUT;
	assert_explained(&k, "2018", sums, LANG_EN);
}

/* The earliest ones are told, the rest counted. */
static void
many_missing_years_are_counted(void **state)
{
	struct verdict_gaps gaps;
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	case_upward(&k);
	case_base(&k, NULL, NULL);
	k.versions[0].kind = TARGET_COUNT;
	k.versions[0].path = PATH_STEPS;
	k.versions[0].in_force_from = period_of("2004");
	k.versions[0].due = period_of("2030");
	(void)case_point(&k, POINT_OWN, "2020", "12.00");
	v = case_judge(&k, "2020");
	verdict_gaps_find(&k.in, &v, &gaps);
	assert_int_equal(gaps.n, VERDICT_GAPS_MAX);
	assert_int_equal(gaps.list[0].period.code, period_of("2004").code);
	assert_int_equal(gaps.list[15].period.code, period_of("2019").code);
	k.versions[0].in_force_from = period_of("2003");
	explained(&k, &v, LANG_EN, &page);
	assert_says(&page, "2018: there is no figure; and 1 more\n");
}

/* T3, T4: nothing is asked before it is due. */
static void
a_change_up_to_a_period_says_that_it_is_judged_there(void **state)
{
	static const char *const english[] = {
	    "Decided by: the target names a change up to 2020, so it is judged "
	    "in that period only",
	    "What would change it: a figure of 2020\n", NULL};
	static const char *const vietnamese[] = {
	    "chỉ tiêu nêu mức thay đổi tính đến kỳ 2020 nên chỉ đánh giá ở kỳ "
	    "đó",
	    "Điều gì làm thay đổi kết luận: số liệu của kỳ 2020\n", NULL};
	struct verdict_case k;

	(void)state;
	case_init(&k);
	case_base(&k, NULL, NULL);
	k.versions[0].kind = TARGET_STEP;
	k.versions[0].sense = SENSE_AT_LEAST;
	k.versions[0].value = 300;
	k.versions[0].steps = STEPS_MEAN;
	k.versions[0].due = period_of("2020");
	k.versions[0].definition = CASE_CHANGE;
	(void)case_point(&k, POINT_OWN, "2019", "9.00");
	assert_explained(&k, "2019", english, LANG_EN);
	assert_explained(&k, "2019", vietnamese, LANG_VI);
	k.versions[0].due = period_of("2016/2020"); /* its last year */
	assert_explained(&k, "2019", english, LANG_EN);
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
	    cmocka_unit_test(
	        years_without_an_exact_figure_are_named_with_the_reason),
	    cmocka_unit_test(many_missing_years_are_counted),
	    cmocka_unit_test(
	        a_change_up_to_a_period_says_that_it_is_judged_there),
	    cmocka_unit_test(a_relation_names_its_measure),
	    cmocka_unit_test(a_degree_of_fulfilment_shows_the_plan),
	    cmocka_unit_test(a_ratio_is_told_down_to_its_threshold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
