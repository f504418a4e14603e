/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/explain.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_change.c common/domain/explain_texts.c tests/lib/verdict_case.c tests/lib/verdict_random.c tests/lib/formula.c tests/lib/explain_page.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/explain.h"
#include "tests/lib/explain_page.h"
#include "tests/lib/formula.h"
#include "tests/lib/random.h"
#include "tests/lib/verdict_case.h"
#include "tests/lib/verdict_random.h"

static void
the_evaluator_knows_wrong_from_right(void **state)
{
	static const struct {
		const char *line;
		bool holds;
	} rows[] = {
	    {"a = 1 + 2 * 3 = 7", true},
	    {"a = (1 + 2) * 3 = 9", true},
	    {"a = 1 + 2 * 3 = 9", false},
	    {"a = 2 / 3 = 0.67", true},
	    {"a = 2 / 3 = 0.66", false},
	    {"a = 1 / 8 = 0.13", true},
	    {"a = -1 / 8 = -0.13", true},
	    {"a = 30.00 - -0.50 = 30.50", true},
	    {"a = max(5.00 - 3.00 * 5, 0.00) = 0.00", true},
	    {"a = min(1, 2) = 2", false},
	    {"a = 2 <= 2 = true", true},
	    {"a = 2 < 2 = true", false},
	    {"a = 2 > 1 + 1 = false", true},
	    {"a = 1 / 0 = 0", false},
	    {"a = 1 + = 1", false},
	    {"a = 1", false},
	    {"r = ((20.00 / 30.00) ^ (1 / 5) - 1) / ((15.00 / 30.00) ^ "
	     "(1 / 10) - 1) = 1.163141",
	     true},
	    {"r = ((20.00 / 30.00) ^ (1 / 5) - 1) / ((15.00 / 30.00) ^ "
	     "(1 / 10) - 1) = 1.163142",
	     false},
	    {"r = -1 * ((20.00 / 30.00) ^ (1 / 5) - 1) / ((15.00 / 30.00) ^ "
	     "(1 / 10) - 1) = -1.163141",
	     true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *why;

		assert_int_equal(formula_holds(rows[i].line, &why),
		                 rows[i].holds);
	}
}

static void
a_verdict_of_behind_is_told_with_all_its_arithmetic(void **state)
{
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2024", "18.00");
	(void)case_point(&k, POINT_OWN, "2025", "16.50");
	v = case_judge(&k, "2025");
	explained(&k, &v, LANG_EN, &page);
	assert_says(&page, "behind: ");
	assert_says(&page, "Target: \"dưới 10 %\"; due 2026\n");
	assert_says(&page, "Document of the target: doc-target\n");
	assert_says(&page, "Figure: 16.50 for 2025, status A, released "
	                   "2026-02-10\n");
	assert_says(&page, "Document of the figure: doc-figure\n");
	assert_says(&page,
	            "Base: 30.00, 2016\nDocument of the base: doc-base\n");
	assert_says(&page, "  path = 30.00 + (10.00 - 30.00) * (2025 - 2016) / "
	                   "(2026 - 2016) = 12.00\n");
	assert_says(&page, "  gap = 12.00 - 16.50 = -4.50\n");
	assert_says(&page, "  step = (18.00 - 16.50) / (2025 - 2024) = 1.50\n");
	assert_says(&page,
	            "  required_pace = (16.50 - 10.00) / (2026 - 2025) = "
	            "6.50\n");
	assert_says(&page, "  off_path = 16.50 > 12.00 + 0.50 = true\n");
	assert_says(&page, "Decided by: worse than the path by more than the "
	                   "margin\n");
	assert_says(&page, "a figure of at most 12.50 for 2025 would make it "
	                   "at-risk\n");
	assert_says(&page, "tiendo status --target prog/rate --unit bang --at "
	                   "2025\n");
	assert_in_range(assert_formulas(&page), 6, 10);
}

static void
the_same_is_told_in_vietnamese(void **state)
{
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2025", "16.50");
	v = case_judge(&k, "2025");
	explained(&k, &v, LANG_VI, &page);
	assert_says(&page, "chậm tiến độ (behind): ");
	assert_says(&page,
	            "số liệu không quá 12,50 cho kỳ 2025 sẽ cho kết luận "
	            "có nguy cơ chậm\n");
	assert_says(&page, "  off_path = 16,50 > 12,00 + 0,50 = true\n");
	assert_in_range(assert_formulas(&page), 4, 10);
}

static void
every_text_stands_in_both_languages(void **state)
{
	(void)state;
	for (int lang = 0; lang < LANGS; lang++) {
		enum lang l = (enum lang)lang;

		for (int i = 0; i < VERDICT_KINDS; i++)
			assert_true(verdict_word((enum verdict_kind)i, l)[0] !=
			            '\0');
	}
	assert_int_equal(lang_parse(span_str("vi")), LANG_VI);
	assert_int_equal(lang_parse(span_str("en")), LANG_EN);
	assert_int_equal(lang_parse(span_str("fr")), LANGS);
}

static void
a_clipped_step_says_so_in_its_formula(void **state)
{
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	k.versions[0].kind = TARGET_STEP;
	k.versions[0].sense = SENSE_AT_LEAST;
	k.versions[0].value = 300;
	k.versions[0].due = period_of("2020");
	case_base(&k, "2015", "5.00");
	(void)case_point(&k, POINT_OWN, "2020", "1.00");
	v = case_judge(&k, "2020");
	explained(&k, &v, LANG_EN, &page);
	assert_says(&page, "  target_level = max(5.00 - 3.00 * (2020 - 2015), "
	                   "0.00) = 0.00\n");
	assert_says(&page, "  pace = (5.00 - 1.00) / (2020 - 2015) = 0.80\n");
	assert_says(&page, "  met = 1.00 <= 0.00 = false\n");
	assert_says(&page, "missed: ");
	assert_says(&page, " - final\n");
	(void)assert_formulas(&page);
}

static void
an_undecided_verdict_says_what_is_missing_and_what_was_last(void **state)
{
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2024", "12.00");
	v = case_judge(&k, "2025");
	explained(&k, &v, LANG_EN, &page);
	assert_says(&page, "Figure: none for 2025\n");
	assert_says(&page, "Decided by: there is no figure\n");
	assert_says(&page, "an observed figure of that period\n");
	assert_says(&page,
	            "Timeliness: late; expected by 2026-03-01, late after "
	            "2026-03-16\n");
	assert_says(&page, "Last decided verdict: on track, 2024\n");
}

static void
a_roll_up_is_not_said_to_be_released(void **state)
{
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	(void)case_point(&k, POINT_OWN, "2025", "12.00");
	v = case_judge(&k, "2025");
	v.figure.released.n = DAY_NONE;
	explained(&k, &v, LANG_EN, &page);
	assert_says(&page, "Figure: 12.00 for 2025, status A, rolled up\n");
	assert_null(strstr(page.text, "released"));
}

static void
arithmetic_without_a_line_has_no_heading(void **state)
{
	struct verdict_case k;
	struct verdict v;
	struct page page;

	(void)state;
	case_init(&k);
	v = case_judge(&k, "2025");
	v.has_path = false;
	explained(&k, &v, LANG_EN, &page);
	assert_says(&page, "Figure: none for 2025\n");
	assert_null(strstr(page.text, "Arithmetic"));
}

/* --- whatever the case, every formula holds ------------------------------- */

static void
every_printed_formula_comes_to_the_printed_number(void **state)
{
	uint64_t seed = UINT64_C(0x5eed);
	unsigned seen[VERDICT_RULES] = {0};
	unsigned kinds[TARGET_KINDS] = {0};
	int formulas = 0;

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)seed);
	for (int round = 0; round < 6000; round++) {
		struct verdict_case k;
		struct page page;
		struct verdict v;
		int year;

		(void)random_case(&k, &seed, &year);
		k.in.asked = period_of_year(year);
		k.in.n -= below(&seed, 10) == 0;
		assert_true(verdict_judge(&k.in, &v));
		seen[v.rule]++;
		kinds[k.versions[0].kind] += v.kind != VERDICT_UNDECIDED;
		explained(&k, &v, round % 2 ? LANG_VI : LANG_EN, &page);
		formulas += assert_formulas(&page);
	}
	assert_in_range(formulas, 20000, 100000);
	for (int i = 0; i < VERDICT_RULES; i++)
		if (seen[i] == 0)
			print_message("rule %d never came\n", i);
	for (int i = 0; i < VERDICT_RULES; i++)
		assert_int_not_equal(seen[i], 0);
	for (int i = 0; i < TARGET_KINDS; i++)
		assert_int_not_equal(kinds[i], 0);
}

/* --- whatever it says would change the verdict does ----------------------- */

struct claim {
	int worse; /* -1 less than, 1 more than the number, 0 that number */
	char number[32];
	char kind[16];
};

/* Up to a space or a line's end. */
static void
read_word(const char *from, char *out, size_t max)
{
	size_t n = strcspn(from, " \n");

	assert_in_range(n, 1, max - 1);
	memcpy(out, from, n);
	out[n] = '\0';
}

static bool
read_claim(const struct page *page, struct claim *c)
{
	static const struct {
		const char *text;
		int worse;
	} forms[] = {{"a figure of at most ", 0},
	             {"a figure of at least ", 0},
	             {"a figure of more than ", 1},
	             {"a figure of less than ", -1}};
	static const char make[] = " would make it ";
	const char *kind = strstr(page->text, make);

	for (int i = 0; i < 4 && kind != NULL; i++) {
		const char *at = strstr(page->text, forms[i].text);

		if (at == NULL)
			continue;
		c->worse = forms[i].worse;
		read_word(at + strlen(forms[i].text), c->number,
		          sizeof c->number);
		read_word(kind + strlen(make), c->kind, sizeof c->kind);
		return true;
	}
	return false;
}

static void
assert_kind_with(struct verdict_case *k, struct verdict_point *pt,
                 int64_t value, const struct claim *claim,
                 const struct page *page)
{
	const char *kind = claim->kind;

	struct verdict v;

	pt->figure.value = value;
	pt->figure.has = FIGURE_VALUE;
	pt->figure.bound = BOUND_EQ;
	assert_true(verdict_judge(&k->in, &v));
	if (strcmp(verdict_kind_name(v.kind), kind) != 0)
		print_message("%s\n", page->text);
	assert_string_equal(verdict_kind_name(v.kind), kind);
}

static void
what_would_change_a_verdict_does(void **state)
{
	uint64_t seed = UINT64_C(0xc1a1);
	int claims = 0;

	(void)state;
	print_message("seed 0x%llx\n", (unsigned long long)seed);
	for (int round = 0; round < 6000; round++) {
		struct verdict_case k;
		struct verdict_point *last;
		struct claim claim;
		struct page page;
		struct verdict v;
		int64_t value;
		int year;

		last = random_case(&k, &seed, &year);
		k.in.asked = period_of_year(year);
		assert_true(verdict_judge(&k.in, &v));
		explained(&k, &v, LANG_EN, &page);
		if (!read_claim(&page, &claim))
			continue;
		claims++;
		value = mantissa_of(claim.number, 2) + claim.worse;
		assert_kind_with(&k, last, value, &claim, &page);
	}
	assert_in_range(claims, 2000, 6000);
}

/* --- summaries ------------------------------------------------------------ */

static void
a_summary_says_the_reason_of_a_resolve_first(void **state)
{
	struct verdict_case k;
	struct alert a, now;
	struct buf b;

	(void)state;
	case_init(&k);
	buf_init(&b, 1024);
	(void)case_point(&k, POINT_OWN, "2017", "29.00");
	assert_int_equal(alert_fold(&k.in, &k.rule, false, &a), ERR_OK);
	alert_summary_write(&k.c, &a, LANG_EN, &b);
	assert_string_equal(buf_cstr(&b),
	                    "behind: Bang, prog/rate, 2017: 29.00 %");
	k.points[0].figure.value = 2700;
	assert_int_equal(alert_fold(&k.in, &k.rule, false, &now), ERR_OK);
	assert_true(alert_step(&k.in, &a, &now, 2));
	buf_reset(&b);
	alert_summary_write(&k.c, &now, LANG_EN, &b);
	assert_string_equal(
	    buf_cstr(&b),
	    "revised (2017: 29.00 % became 27.00 %); on track: Bang, "
	    "prog/rate, 2017: 27.00 %");
	buf_reset(&b);
	alert_summary_write(&k.c, &now, LANG_VI, &b);
	assert_string_equal(
	    buf_cstr(&b),
	    "số liệu được sửa (kỳ 2017: 29,00 % thành 27,00 %); đúng "
	    "tiến độ: Bằng, prog/rate, kỳ 2017: 27,00 %");
	now.revised_gone = true;
	buf_reset(&b);
	alert_summary_write(&k.c, &now, LANG_EN, &b);
	assert_string_equal(
	    buf_cstr(&b),
	    "revised (2017: 29.00 % counts no longer: incomplete, "
	    "inexact or not released); on track: Bang, prog/rate, "
	    "2017: 27.00 %");
	now.reason = ALERT_SOURCE_WITHDREW;
	now.period.code = 0;
	buf_reset(&b);
	alert_summary_write(&k.c, &now, LANG_VI, &b);
	assert_string_equal(
	    buf_cstr(&b),
	    "nguồn rút số liệu (kỳ 2017: 29,00 %); Bằng, prog/rate");
	now.period = now.revised = (struct period){0};
	buf_reset(&b);
	alert_summary_write(&k.c, &now, LANG_EN, &b);
	assert_string_equal(buf_cstr(&b),
	                    "source withdrew the figure; Bang, prog/rate");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_evaluator_knows_wrong_from_right),
	    cmocka_unit_test(
	        a_verdict_of_behind_is_told_with_all_its_arithmetic),
	    cmocka_unit_test(the_same_is_told_in_vietnamese),
	    cmocka_unit_test(every_text_stands_in_both_languages),
	    cmocka_unit_test(a_clipped_step_says_so_in_its_formula),
	    cmocka_unit_test(a_roll_up_is_not_said_to_be_released),
	    cmocka_unit_test(arithmetic_without_a_line_has_no_heading),
	    cmocka_unit_test(
	        an_undecided_verdict_says_what_is_missing_and_what_was_last),
	    cmocka_unit_test(every_printed_formula_comes_to_the_printed_number),
	    cmocka_unit_test(what_would_change_a_verdict_does),
	    cmocka_unit_test(a_summary_says_the_reason_of_a_resolve_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
