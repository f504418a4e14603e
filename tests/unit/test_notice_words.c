/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/alert_fold.c common/domain/explain.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_change.c common/domain/explain_texts.c common/domain/alert_record.c common/domain/notice.c common/domain/notice_words.c tests/lib/cat_lines.c tests/lib/notice_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/explain_parts.h"
#include "common/domain/notice.h"
#include "common/domain/record.h"
#include "tests/lib/cat_lines.h"
#include "tests/lib/notice_case.h"
#include "tests/lib/random.h"
#include "tests/lib/record_samples.h"

static const struct cat_line lines[] = {
    {CAT_UNIT, "land||Land|||nation"},
    {CAT_UNIT, "c1|11|Xã Một|Commune One||commune"},
    {CAT_UNIT, "c2|12|C2|||commune"},
    {CAT_MAP, "old|Old||land|territory"},
    {CAT_MEMBER, "old|c1|land"},
    {CAT_MEMBER, "old|c2|land"},
    {CAT_INDICATOR, "pov|a|Hộ nghèo|Poor households|%|2|100|down|||||||ratio|"
                    "last||A"},
    {CAT_SOURCE, "office|Office|||*|A|A|1|yes"},
    {CAT_DOCUMENT, "plan||2016"},
    {CAT_DOCUMENT, "law|88/2019/QH14|2019|||Resolution"},
    {CAT_DOCUMENT, "note|12/BC|2019"},
    {CAT_PROGRAMME, "prog|Chương trình|The programme|2016|2025"},
    {CAT_TARGET, "prog|fall|giảm còn 10%|plan|2016|pov@a|c1 c2||||level|10.00||"
                 "at_most||2015|30.00||2025|line"},
    {CAT_RULE, "prog|fall|2016|behind|warning|programme|1|1"},
};

static int
setup(void **state)
{
	*state = cat_lines_build(lines, sizeof(lines) / sizeof(lines[0]));
	return *state == NULL;
}

static int
teardown(void **state)
{
	struct catalogue *c = *state;

	catalogue_free(&c);
	return 0;
}

static struct period
year(int y)
{
	return period_of_year(y);
}

static void
a_firing_says_by_how_much(void **state)
{
	struct alert a = firing();
	struct notice_target t = {*state, &a, NULL, NOTICE_WHY_ALERT};
	struct buf pairs;

	a.has_gap = true;
	a.gap = -7500000; /* 7.50, at four more digits */
	pairs = words_of(&t);
	assert_pair(&pairs, "description",
	            "Target: \"giảm còn 10%\"; due 2025. Document: plan. "
	            "Figure: 29.50 % for 2019; 7.50 short of what was to be "
	            "reached by then.");
	assert_pair(
	    &pairs, "description_vi",
	    "Chỉ tiêu: \"giảm còn 10%\"; đến hạn 2025. Văn bản: plan. "
	    "Số liệu: 29,50 % cho kỳ 2019; còn cách mức phải đạt của kỳ "
	    "7,50.");
	buf_fini(&pairs);
	a.gap = 1; /* reversing, though ahead of its path */
	pairs = words_of(&t);
	assert_pair(&pairs, "description",
	            "Target: \"giảm còn 10%\"; due 2025. Document: plan. "
	            "Figure: 29.50 % for 2019.");
	buf_fini(&pairs);
}

static void
a_document_is_cited_by_its_number(void **state)
{
	static const char *const rows[] = {"plan", "88/2019/QH14, Resolution",
	                                   "12/BC"};
	struct alert a = firing();
	struct figure f = {.source = 0};
	struct notice_target t = {*state, &a, &f, NOTICE_WHY_ALERT};

	for (uint32_t i = 0; i < 3; i++) {
		char text[256];
		struct buf pairs;

		f.document = i;
		pairs = words_of(&t);
		snprintf(text, sizeof(text),
		         "Target: \"giảm còn 10%%\"; due 2025. Document: plan. "
		         "Figure: 29.50 %% for 2019, said by Office (%s).",
		         rows[i]);
		assert_pair(&pairs, "description", text);
		buf_fini(&pairs);
	}
}

/* A unit without an English name keeps its own. */
static void
english_takes_english_names(void **state)
{
	static const struct {
		enum lang lang;
		const char *summary, *units;
	} rows[] = {
	    {LANG_EN, "behind: Commune One, prog/fall, 2019: 29.50 %",
	     " Units: Commune One, C2."},
	    {LANG_VI, "chậm tiến độ: Xã Một, prog/fall, kỳ 2019: 29,50 %",
	     " Đơn vị: Xã Một, C2."},
	};
	struct alert a = firing();
	struct notice_target t = {*state, &a, NULL, NOTICE_WHY_ALERT};
	const struct notice_group g = {.kind = NOTICE_GROUP_LATE,
	                               .firing = true,
	                               .n_units = 2,
	                               .n_named = 2,
	                               .units = {1, 2}};
	struct buf pairs = words_of(&t), of_group;

	buf_init(&of_group, NOTICE_BYTES_MAX);
	notice_group_words(*state, &g, NOTICE_WHY_ALERT, &of_group);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool en = rows[i].lang == LANG_EN;
		char text[256];

		assert_pair(&pairs, en ? "summary" : "summary_vi",
		            rows[i].summary);
		snprintf(text, sizeof(text), "%s%s",
		         en ? "Figures are owed and have not come in time."
		            : "Đã quá hạn mà chưa có số liệu.",
		         rows[i].units);
		assert_pair(&of_group, en ? "description" : "description_vi",
		            text);
	}
	buf_fini(&of_group);
	buf_fini(&pairs);
}

/* The numbers that a program reads stay numbers. */
static void
all_figures_of_a_revision_carry_their_unit(void **state)
{
	struct alert a = firing();
	struct notice_target t = {*state, &a, NULL, NOTICE_WHY_ALERT};
	struct buf pairs;

	a.reason = ALERT_REVISED;
	a.revised = year(2018);
	a.value_old = 2900;
	a.value_new = 2700;
	pairs = words_of(&t);
	assert_pair(&pairs, "summary",
	            "revised (2018: 29.00 % became 27.00 %); behind: "
	            "Commune One, prog/fall, 2019: 29.50 %");
	assert_pair(&pairs, "value", "29.50");
	assert_pair(&pairs, "target", "10.00");
	buf_fini(&pairs);
}

/* 128 bytes with the sign that ends them; a letter isn't parted. */
static void
a_long_unit_of_measure_is_cut(void **state)
{
	struct alert a = firing();
	struct cat_definition *d =
	    (struct cat_definition *)&((struct catalogue *)*state)
	        ->definitions[0];
	const char *declared = d->unit_measure;
	char measure[MEASURED_MAX + 2];

	memset(measure, 'm', sizeof(measure));
	for (size_t over = 0; over < 3; over++) {
		size_t len = MEASURED_MAX - 1 + over;
		struct measured_number n;

		measure[len] = '\0';
		memcpy(&measure[MEASURED_MAX - 2], over ? "é" : "m",
		       over ? 2 : 1);
		d->unit_measure = measure;
		n = alert_number(*state, &a, 2950, LANG_EN);
		assert_int_equal(strlen(n.text), sizeof("29.50 ") - 1 +
		                                     MEASURED_MAX - 1 -
		                                     (over ? 1 : 0));
	}
	d->unit_measure = declared;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(a_firing_says_by_how_much),
	    T(a_document_is_cited_by_its_number),
	    T(english_takes_english_names),
	    T(all_figures_of_a_revision_carry_their_unit),
	    T(a_long_unit_of_measure_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
