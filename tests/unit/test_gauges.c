/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/gauges_io.c common/base/stat.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_case.c tests/lib/fold_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/http.h"
#include "services/alert/gauges_io.h"
#include "tests/lib/alert_case.h"

static const char *
targets_text(struct alert_case *k, size_t max_bytes, struct buf *out)
{
	buf_reset(out);
	assert_int_equal(
	    gauges_targets(&k->a, fold_node_state(&k->node), max_bytes, out),
	    ERR_OK);
	return buf_cstr(out);
}

static unsigned
lines_with(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word))
		n++;
	return n;
}

static void
a_province_has_its_verdict_and_numbers_and_a_commune_has_none(void **state)
{
	struct alert_case *k = *state;
	struct buf out;
	const char *text;

	buf_init(&out, HTTP_BODY_MAX);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	text = targets_text(k, HTTP_BODY_MAX, &out);
	assert_null(strstr(text, "unit=\"c1\""));
	assert_non_null(strstr(text, ",verdict=\"undecided\"} 1"));
	assert_null(strstr(text, "\ntiendo_target_value{"));
	alert_case_value(k, "pov@a", "west", "2018", 2905);
	text = targets_text(k, HTTP_BODY_MAX, &out);
#define WEST                                                     \
	"{programme=\"prog\",target=\"fall\",indicator=\"pov\"," \
	"unit=\"west\",level=\"province\""
	assert_non_null(strstr(text, "\ntiendo_target_verdict" WEST
	                             ",verdict=\"behind\"} 1\n"));
	assert_non_null(strstr(text, "\ntiendo_target_gap" WEST "} -5.05\n"));
	assert_non_null(strstr(text, "\ntiendo_target_value" WEST "} 29.05\n"));
	assert_non_null(strstr(text, "\ntiendo_target_path" WEST "} 24.00\n"));
	assert_int_equal(lines_with(text, "\ntiendo_target_verdict{"), 1);
	assert_non_null(strstr(text, "\ntiendo_target_left_out 0\n"));
	/* the present verdict alone */
	alert_case_value(k, "pov@a", "west", "2018", 2000);
	text = targets_text(k, HTTP_BODY_MAX, &out);
	assert_non_null(strstr(text, "verdict=\"on-track\"} 1"));
	assert_int_equal(lines_with(text, "\ntiendo_target_verdict{"), 1);
	buf_fini(&out);
}

static void
without_a_store_or_a_catalogue_there_are_heads_alone(void **state)
{
	struct alert_case *k = *state;
	struct alert_service bare = {.catalogue = NULL};
	struct buf out;

	buf_init(&out, HTTP_BODY_MAX);
	assert_int_equal(gauges_targets(&k->a, NULL, HTTP_BODY_MAX, &out),
	                 ERR_OK);
	assert_non_null(strstr(buf_cstr(&out), "# TYPE tiendo_target_verdict"));
	assert_int_equal(gauges_targets(&bare, fold_node_state(&k->node),
	                                HTTP_BODY_MAX, &out),
	                 ERR_OK);
	assert_int_equal(gauges_targets(&bare, NULL, 100, &out), ERR_TOO_LARGE);
	buf_fini(&out);
}

static void
open_alerts_are_counted_by_state_and_severity(void **state)
{
	struct alert_case *k = *state;
	struct kv *tables = fold_node_state(&k->node);
	struct gauges_alerts n = {.n = {{9}}};
	struct buf out;
	const char *text;

	buf_init(&out, 65536);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_value(k, "pov@a", "c2", "2018", 2900);
	alert_case_value(k, "pov@a", "c2", "2018", 1900);
	assert_int_equal(gauges_alerts_count(tables, &n), ERR_OK);
	gauges_alerts_put(&n, &out);
	text = buf_cstr(&out);
	assert_non_null(strstr(
	    text, "tiendo_alerts{state=\"firing\",severity=\"warning\"} 1\n"));
	assert_non_null(strstr(
	    text, "tiendo_alerts{state=\"pending\",severity=\"info\"} 0\n"));
	assert_int_equal(lines_with(text, "tiendo_alerts{"), 6);
	buf_fini(&out);
}

/* --- the size of the country --------------------------------------------------- */

enum { PROVINCES = 34, TARGETS = 100, ID_BYTES = 24, TEXT_BYTES = 1200 };

struct country {
	struct alert_service a;
	struct kv_mem *state;
	struct binding bindings[PROVINCES * TARGETS];
	char texts[PROVINCES + TARGETS][TEXT_BYTES];
	struct cat_line lines[PROVINCES + TARGETS + 8];
};

static void
country_lines(struct country *all, size_t n)
{
	char units[PROVINCES * ID_BYTES] = "";

	for (int i = 0; i < PROVINCES; i++) {
		size_t at = strlen(units);

		snprintf(units + at, sizeof(units) - at, " thua-thien-hue-%d",
		         i);
		snprintf(all->texts[i], TEXT_BYTES,
		         "thua-thien-hue-%d|%02d|Tỉnh %d|||province", i, i, i);
		all->lines[n++] = (struct cat_line){CAT_UNIT, all->texts[i]};
	}
	for (int i = 0; i < TARGETS; i++) {
		char *text = all->texts[PROVINCES + i];

		snprintf(text, TEXT_BYTES,
		         "pov-2016-2020|tuyen-quang-step-%d|fall|plan|2016|pov@"
		         "a|%s||||level|10.00||at_most||2015|30.00||2025|line",
		         i, units + 1);
		all->lines[n++] = (struct cat_line){CAT_TARGET, text};
	}
	all->a.catalogue = cat_lines_build(all->lines, n);
}

static struct country *
country_make(void)
{
	static const struct cat_line first[] = {
	    {CAT_INDICATOR, "pov|a|Poverty||%|2|100|down|||||||ratio|last||A"},
	    {CAT_DOCUMENT, "plan|1|2016-01-01|2016-01-01|Issuer|Plan"},
	    {CAT_PROGRAMME, "pov-2016-2020|P|P|2016|2025"},
	};
	struct country *all = calloc(1, sizeof(*all));

	assert_non_null(all);
	memcpy(all->lines, first, sizeof(first));
	country_lines(all, sizeof(first) / sizeof(*first));
	assert_int_equal(kv_mem_new(&all->state), ERR_OK);
	all->a.bindings = all->bindings;
	all->a.n_bindings = PROVINCES * TARGETS;
	return all;
}

static void
country_judge(struct country *all)
{
	const struct verdict v = {.map = NUMBER_NONE,
	                          .kind = VERDICT_REVERSING,
	                          .places = 2,
	                          .judged = {0},
	                          .has_value = true,
	                          .value = 123456,
	                          .has_gap = true,
	                          .gap = -123456789,
	                          .has_path = true,
	                          .path = 123456789};
	struct kv *kv = kv_mem_kv(all->state);
	struct buf record;

	buf_init(&record, VERDICT_RECORD_MAX);
	for (uint32_t i = 0; i < PROVINCES * TARGETS; i++) {
		struct verdict one = v;
		struct alert_key key;

		one.target = i / PROVINCES;
		one.unit = i % PROVINCES;
		all->bindings[i] =
		    (struct binding){.target = one.target, .unit = one.unit};
		key = alert_key_of(ALERT_TABLE_VERDICTS,
		                   (const uint32_t[]){one.target, one.unit}, 2);
		buf_reset(&record);
		verdict_record_write(&record, &one);
		kv_put(kv, alert_key_span(&key), buf_span(&record));
	}
	assert_int_equal(kv_err(kv), ERR_OK);
	buf_fini(&record);
}

static int64_t
left_out(const char *text)
{
	const char *at = strstr(text, "\ntiendo_target_left_out ");

	assert_non_null(at);
	return strtoll(strchr(at, ' '), NULL, 10);
}

static void
all_provinces_with_a_hundred_targets_fit_and_what_does_not_is_said(void **state)
{
	struct country *all = country_make();
	struct kv *kv = kv_mem_kv(all->state);
	struct buf out;
	size_t whole;

	(void)state;
	country_judge(all);
	buf_init(&out, HTTP_BODY_MAX);
	assert_int_equal(gauges_targets(&all->a, kv, HTTP_BODY_MAX, &out),
	                 ERR_OK);
	assert_int_equal(left_out(buf_cstr(&out)), 0);
	assert_int_equal(lines_with(buf_cstr(&out), "\ntiendo_target_gap{"),
	                 PROVINCES * TARGETS);
	whole = out.len;
	print_message("%zu bytes\n", whole);
	assert_in_range(whole, 1, HTTP_BODY_MAX / 2);
	buf_fini(&out);
	buf_init(&out, whole / 2);
	assert_int_equal(gauges_targets(&all->a, kv, whole / 2, &out), ERR_OK);
	assert_int_equal(left_out(buf_cstr(&out)) +
	                     lines_with(buf_cstr(&out), "\ntiendo_target_gap{"),
	                 PROVINCES * TARGETS);
	assert_in_range(left_out(buf_cstr(&out)), PROVINCES * TARGETS / 2 - 50,
	                PROVINCES * TARGETS / 2 + 50);
	assert_non_null(strstr(buf_cstr(&out), "\n# There is no room"));
	buf_fini(&out);
	kv_mem_free(&all->state);
	catalogue_free(&all->a.catalogue);
	free(all);
}

#define CASE(name)                                              \
	cmocka_unit_test_setup_teardown(name, alert_case_setup, \
	                                alert_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_province_has_its_verdict_and_numbers_and_a_commune_has_none),
	    CASE(without_a_store_or_a_catalogue_there_are_heads_alone),
	    CASE(open_alerts_are_counted_by_state_and_severity),
	    cmocka_unit_test(
	        all_provinces_with_a_hundred_targets_fit_and_what_does_not_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
