/* links: common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_pick.c common/domain/verdict_path.c common/domain/verdict_rules.c common/domain/method.c common/domain/verdict_record.c common/domain/record_fields.c common/domain/record.c common/domain/decimal.c common/domain/period.c common/domain/figure.c common/domain/text.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/arena.c common/base/buf.c common/base/err.c common/base/map.c common/domain/explain.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_change.c common/domain/explain_texts.c tests/lib/cat_lines.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/explain.h"
#include "tests/lib/cat_lines.h"

/*
 * What five printed documents claim, and what their numbers say: each row a target
 * as printed, the figures as printed, and the verdict that must come out.
 */

static const struct cat_line lines[] = {
    {CAT_UNIT, "vn||Việt Nam|||nation||"},
    {CAT_UNIT, "tuyen-quang|08|Tuyên Quang|||province||2025-06-30"},
    {CAT_UNIT, "tuyen-quang-2025|08|Tuyên Quang|||province|2025-07-01|"},
    {CAT_UNIT, "lao-cai|10|Lào Cai|||province||2025-06-30"},
    {CAT_UNIT, "quang-ninh|22|Quảng Ninh|||province||"},
    {CAT_UNIT, "dien-bien|11|Điện Biên|||province||"},
    {CAT_MAP, "2021|As was||vn|territory||2025-06-30"},
    {CAT_MAP, "2025|As is||vn|territory|2025-07-01|"},
    {CAT_MEMBER, "2021|tuyen-quang|vn|||"},
    {CAT_MEMBER, "2021|lao-cai|vn|||"},
    {CAT_MEMBER, "2021|quang-ninh|vn|||"},
    {CAT_MEMBER, "2021|dien-bien|vn|||"},
    {CAT_MEMBER, "2025|tuyen-quang-2025|vn|||"},
    {CAT_MEMBER, "2025|quang-ninh|vn|||"},
    {CAT_MEMBER, "2025|dien-bien|vn|||"},
    {CAT_INDICATOR, "pov|c2016|Poor households||%|2|100|down|all|||||"
                    "|ratio|last||A|0|100"},
    {CAT_INDICATOR, "pov|c2022|Poor households||%|2|100|down|all|||||"
                    "|ratio|last||A|0|100|||||2021-12-31|"},
    {CAT_INDICATOR, "pov-em|c2022|Poor households, ethnic minority||%|2|100"
                    "|down|em||pov||||ratio|last||A|0|100"},
    {CAT_INDICATOR, "fall|c2016|Fall in the year||point|2||up|all|||pov|step"
                    "||none|none||A|-100|100"},
    {CAT_INDICATOR, "fall-mean|c2016|Mean fall||point|2||up|all|||pov|mean"
                    "||none|none||span|-100|100"},
    {CAT_INDICATOR, "groups|v1|Groups completed||%|2|100|up|||||||ratio|last"
                    "|programme|A|0|100"},
    {CAT_INDICATOR, "communes-out|v1|Communes out||%|2|100|up|||||||ratio|last"
                    "||A|0|100"},
    {CAT_INDICATOR, "transport|v1|Projects||%|2|100|up|||||||ratio|last"
                    "|programme|A|0|100"},
    {CAT_SOURCE, "papers|Printed documents|||*|A|A|1|no"},
    {CAT_DOCUMENT, "paper||2021-06"},
    {CAT_PROGRAMME, "p16|Giảm nghèo|Poverty|2016|2020"},
    {CAT_PROGRAMME, "p21|Dân tộc|Ethnic|2021|2030"},
    {CAT_TARGET, "p16|v1|3%/year|paper|2016|pov@c2016|tuyen-quang||||step|3.0"
                 "||at_least|mean|2015|27.81|paper|2020|line"},
    {CAT_TARGET, "p16|v2|3 - 4% per year|paper|2016|fall@c2016|lao-cai||||step"
                 "|3.0|4.0|at_least|||||2020|none"},
    {CAT_TARGET, "p16|v4|3 - 4% per year|paper|2016|fall-mean@c2016|lao-cai||||"
                 "step|3.0|4.0|at_least|||||2016/2020|none"},
    {CAT_TARGET, "p16|v8|theme 196|paper|2016|groups@v1|quang-ninh||||complete"
                 "||||||||2020|none"},
    {CAT_TARGET, "p16|v9|8/8 groups|paper|2016|groups@v1|quang-ninh||||complete"
                 "||||||||2020|none"},
    {CAT_TARGET,
     "p16|v11|100% of communes|paper|2016|communes-out@v1|quang-ninh"
     "||||all||||||||2019|none"},
    {CAT_TARGET,
     "p21|v17|all 15 projects|paper|2021|transport@v1|quang-ninh||||"
     "all||||||||2025|none"},
    {CAT_TARGET,
     "p21|v18|over 3 points a year|paper|2021|pov-em@c2022|dien-bien"
     "||||step|3.0||above|mean|2021|series||2025|line"},
    {CAT_TARGET, "p16|v19|reduced to 0.4%|paper|2020|pov@c2016|quang-ninh||||"
                 "level|0.4||at_most|||||2020|none"},
};

static const struct said tuyen_quang[] = {
    {"pov@c2016", "2020", "9.03", 0, 0, STATUS_A},
};
static const struct said lao_cai[] = {
    {"fall@c2016", "2020", "3.00", 0, 0, STATUS_A},
    {"fall-mean@c2016", "2016/2020", "5.17", 0, 0, STATUS_A},
    {"pov@c2016", "2020", "8.46", 0, 0, STATUS_A},
};
static const struct said quang_ninh[] = {
    {"pov@c2016", "2019", "0.52", 0, 0, STATUS_A},
    {"groups@v1", "2019", NULL, 8, 8, STATUS_A},
    {"communes-out@v1", "2019", "100", 0, 0, STATUS_A},
    {"transport@v1", "2025", NULL, 15, 15, STATUS_A},
};
static const struct said dien_bien[] = {
    {"pov@c2022", "2021", "34.90", 0, 0, STATUS_A},
    {"pov@c2022", "2024", "21.29", 0, 0, STATUS_A},
    {"pov@c2022", "2025", "17.66", 0, 0, STATUS_F},
};

#define SAID(list) (list), sizeof(list) / sizeof *(list)

struct golden {
	const char *target;
	const char *unit;
	const struct said *said;
	size_t n;
	const char *today;
	const char *judged;
	enum verdict_kind kind;
	enum verdict_rule rule;
	enum verdict_reason reason;
	const char *achieved; /* achieved_period */
	const char *pace;
	const char *gap;
};

static const struct golden rows[] = {
    {"p16/v1", "tuyen-quang", SAID(tuyen_quang), "2021-06-30", "2020",
     VERDICT_ACHIEVED, RULE_DUE, REASON_NONE, "2020", "3.756", "3.78"},
    {"p16/v2", "lao-cai", SAID(lao_cai), "2021-06-30", "2020", VERDICT_ACHIEVED,
     RULE_DUE, REASON_NONE, "2020", NULL, "0.00"},
    {"p16/v4", "lao-cai", SAID(lao_cai), "2021-06-30", "2016/2020",
     VERDICT_ACHIEVED, RULE_DUE, REASON_NONE, "2016/2020", NULL, "2.17"},
    {"p16/v8", "quang-ninh", SAID(quang_ninh), "2021-06-30", "2020",
     VERDICT_ACHIEVED, RULE_STAYS, REASON_NONE, "2019", NULL, NULL},
    {"p16/v8", "quang-ninh", SAID(quang_ninh), "2020-06-30", "2019",
     VERDICT_ACHIEVED, RULE_MET_EARLY, REASON_NONE, "2019", NULL, NULL},
    {"p16/v9", "quang-ninh", SAID(quang_ninh), "2021-06-30", "2020",
     VERDICT_ACHIEVED, RULE_STAYS, REASON_NONE, "2019", NULL, NULL},
    {"p16/v11", "quang-ninh", SAID(quang_ninh), "2021-06-30", "2019",
     VERDICT_ACHIEVED, RULE_DUE, REASON_NONE, "2019", NULL, "0.00"},
    {"p21/v17", "quang-ninh", SAID(quang_ninh), "2026-06-30", "2025",
     VERDICT_ACHIEVED, RULE_DUE, REASON_NONE, "2025", NULL, "0.00"},
    {"p21/v18", "dien-bien", SAID(dien_bien), "2026-06-30", "2025",
     VERDICT_UNDECIDED, RULE_UNDECIDED, REASON_OTHER_SCOPE, NULL, NULL, NULL},
    {"p21/v18", "dien-bien", SAID(dien_bien), "2025-06-30", "2024",
     VERDICT_UNDECIDED, RULE_UNDECIDED, REASON_OTHER_SCOPE, NULL, NULL, NULL},
    {"p16/v19", "quang-ninh", SAID(quang_ninh), "2021-06-30", "2020",
     VERDICT_UNDECIDED, RULE_UNDECIDED, REASON_NO_FIGURE, NULL, NULL, NULL},
};

static int
build(void **state)
{
	*state = cat_lines_build(lines, sizeof lines / sizeof *lines);
	return 0;
}

static int
release(void **state)
{
	struct catalogue *c = *state;

	catalogue_free(&c);
	return 0;
}

static bool
judge(const struct catalogue *c, const struct golden *g, struct series *s,
      struct verdict *v)
{
	series_take(s, c, g->target, g->unit);
	series_add(s, g->said, g->n);
	assert_int_equal(day_parse(span_str(g->today), false, &s->in.today),
	                 ERR_OK);
	return verdict_judge(&s->in, v);
}

static void
assert_period(struct period p, const char *text)
{
	char out[PERIOD_TEXT_MAX] = "";

	if (p.code != 0)
		period_format(p, out);
	assert_string_equal(out, text != NULL ? text : "");
}

static void
assert_number(bool has, i128 fine, const char *text)
{
	char number[DECIMAL_TEXT_MAX];

	assert_int_equal(has, text != NULL);
	if (has)
		assert_string_equal(verdict_number(fine, 2, number), text);
}

static void
what_the_documents_claim_is_judged_by_their_numbers(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct golden *g = &rows[i];
		struct series s;
		struct verdict v;

		assert_true(judge(*state, g, &s, &v));
		assert_period(v.judged, g->judged);
		assert_string_equal(verdict_kind_name(v.kind),
		                    verdict_kind_name(g->kind));
		assert_string_equal(verdict_reason_name(v.reason),
		                    verdict_reason_name(g->reason));
		assert_int_equal(v.rule, g->rule);
		assert_period(v.achieved_period, g->achieved);
		assert_number(v.has_pace, v.pace, g->pace);
		assert_number(v.has_gap, v.gap, g->gap);
		if (g->kind == VERDICT_UNDECIDED)
			assert_int_equal(v.timeliness, TIMELINESS_NOT_EXPECTED);
	}
}

static void
explain(const struct catalogue *c, const struct golden *g, struct buf *out)
{
	struct series s;
	struct verdict v;

	assert_true(judge(c, g, &s, &v));
	explain_write(c, &v, NULL, LANG_EN, out);
	assert_non_null(buf_cstr(out));
}

/* The start that a mean fall would imply is nowhere printed, so nowhere said. */
static void
no_level_is_derived_from_a_change(void **state)
{
	struct buf b;

	buf_init(&b, 8192);
	explain(*state, &rows[2], &b);
	assert_null(strstr(buf_cstr(&b), "34.31"));
	assert_null(strstr(buf_cstr(&b), "8.46"));
	assert_non_null(strstr(buf_cstr(&b), "gap = 5.17 - 3.00 = 2.17\n"));
	buf_fini(&b);
}

static void
the_step_of_tuyen_quang_is_told_from_the_start_of_2016(void **state)
{
	struct buf b;

	buf_init(&b, 8192);
	explain(*state, &rows[0], &b);
	assert_non_null(strstr(buf_cstr(&b), "target_level = 27.81 - 3.00 * "
	                                     "(2020 - 2015) = 12.81\n"));
	assert_non_null(strstr(buf_cstr(&b), "pace = (27.81 - 9.03) / (2020 - "
	                                     "2015) = 3.756\n"));
	assert_non_null(strstr(buf_cstr(&b), "met = 9.03 <= 12.81 = true\n"));
	assert_non_null(strstr(buf_cstr(&b), "(to 2025-06)"));
	buf_fini(&b);
}

/* Were these the households that the target names, four steps of more than three
 * points, 22.90, would be met in 2024; the forecast for 2025 is not used. */
static void
a_forecast_stands_on_its_own_and_decides_nothing(void **state)
{
	struct series s;
	struct verdict v;
	struct golden own = rows[8];
	struct said said[3];

	memcpy(said, dien_bien, sizeof said);
	for (int i = 0; i < 3; i++)
		said[i].definition = "pov-em@c2022";
	own.said = said;
	assert_true(judge(*state, &own, &s, &v));
	assert_int_equal(v.reason, REASON_FORECAST_ONLY);
	assert_true(v.has_figure);
	assert_false(v.has_value);
	assert_int_equal(v.figure.status, STATUS_F);
	assert_int_equal(v.last_kind, VERDICT_ACHIEVED);
	assert_period(v.last_period, "2024");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        what_the_documents_claim_is_judged_by_their_numbers),
	    cmocka_unit_test(no_level_is_derived_from_a_change),
	    cmocka_unit_test(
	        the_step_of_tuyen_quang_is_told_from_the_start_of_2016),
	    cmocka_unit_test(a_forecast_stands_on_its_own_and_decides_nothing),
	};

	return cmocka_run_group_tests(tests, build, release);
}
