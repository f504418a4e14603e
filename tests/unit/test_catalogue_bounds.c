/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/progress.c common/domain/projection.c common/domain/rank.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/alert_case.h"

/* Depths have their tests in test_agg_place.c. */

static enum err
refusal_of(const struct cat_line *lines, size_t n, enum err *code)
{
	struct catalogue *c = NULL;
	struct cat_errors errors;
	struct cat_rows rows;
	enum err err;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	cat_lines_rows(&rows, lines, n);
	err = catalogue_build(&c, &rows, NULL, &errors);
	*code = errors.n > 0 ? errors.list[0].code : ERR_OK;
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
	catalogue_free(&c);
	return err;
}

struct many { /* the country, units u00000..., and targets on them */
	struct cat_line *lines;
	char (*texts)[120];
	size_t n;
};

static void
many_open(struct many *m, size_t n_more)
{
	m->lines = calloc(fold_country_n + n_more, sizeof(*m->lines));
	m->texts = calloc(n_more, sizeof(*m->texts));
	assert_true(m->lines != NULL && m->texts != NULL);
	memcpy(m->lines, fold_country, fold_country_n * sizeof(*m->lines));
	m->n = fold_country_n;
}

static void
many_close(struct many *m)
{
	free(m->lines);
	free(m->texts);
}

static char *
many_add(struct many *m, enum cat_kind kind)
{
	char *text = m->texts[m->n - fold_country_n];

	m->lines[m->n++] = (struct cat_line){kind, text};
	return text;
}

#define TEXT sizeof(((struct many *)NULL)->texts[0])

static void
many_units(struct many *m, int n)
{
	for (int i = 0; i < n; i++) {
		snprintf(many_add(m, CAT_UNIT), TEXT, "u%05d||U|||village", i);
		snprintf(many_add(m, CAT_MEMBER), TEXT, "old|u%05d|west", i);
	}
	snprintf(many_add(m, CAT_PROGRAMME), TEXT, "p|P|P|2016|2025");
}

static void
many_target(struct many *m, int number)
{
	snprintf(many_add(m, CAT_TARGET), TEXT,
	         "p|t%03d|x|plan|2016|road||village|old||level|1.0||at_least|"
	         "||||2020",
	         number);
}

static void
a_version_binds_as_many_units_as_may_be(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct many m;
		enum err code;

		many_open(&m, 2 * (TARGET_UNITS_MAX + 2) + 2);
		many_units(&m, TARGET_UNITS_MAX + more);
		many_target(&m, 0);
		assert_int_equal(refusal_of(m.lines, m.n, &code),
		                 more == 0 ? ERR_OK : ERR_REFUSED);
		assert_int_equal(code, more == 0 ? ERR_OK : ERR_TOO_LARGE);
		many_close(&m);
	}
}

static void
all_targets_together_bind_so_many_units(void **state)
{
	enum { UNITS = 10000 };
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct many m;
		enum err code;

		many_open(&m, 2 * UNITS + 200);
		many_units(&m, UNITS);
		for (int i = 0; i < TARGET_BINDINGS_MAX / UNITS + more; i++)
			many_target(&m, i);
		assert_int_equal(refusal_of(m.lines, m.n, &code),
		                 more == 0 ? ERR_OK : ERR_REFUSED);
		assert_int_equal(code, more == 0 ? ERR_OK : ERR_TOO_LARGE);
		many_close(&m);
	}
}

static void
a_target_has_so_many_versions(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct many m;
		enum err code;

		many_open(&m, 200);
		snprintf(many_add(&m, CAT_PROGRAMME), TEXT, "p|P|P|1900|2100");
		for (int i = 0; i < TARGET_VERSIONS_MAX + more; i++)
			snprintf(many_add(&m, CAT_TARGET), TEXT,
			         "p|t|x|plan|%d|road|c1||||level|1.0||at_least|"
			         "||||2100",
			         1950 + i);
		assert_int_equal(refusal_of(m.lines, m.n, &code),
		                 more == 0 ? ERR_OK : ERR_REFUSED);
		assert_int_equal(code, more == 0 ? ERR_OK : ERR_TOO_LARGE);
		many_close(&m);
	}
}

/* T2: another definition or scope is the same target, another thing is not. */
static void
versions_speak_of_one_family(void **state)
{
	static const char *const later[] = {"pov@b", "pov-em@b", "road"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct many m;
		enum err code;

		many_open(&m, 5);
		snprintf(many_add(&m, CAT_PROGRAMME), TEXT, "p|P|P|2016|2025");
		snprintf(many_add(&m, CAT_TARGET), TEXT,
		         "p|t|x|plan|2016|pov@a|c1||||level|1.0||at_most||"
		         "|||2025");
		snprintf(many_add(&m, CAT_TARGET), TEXT,
		         "p|t|x|book|2020|%s|c1||||level|1.0||at_most|||||2025",
		         later[i]);
		assert_int_equal(refusal_of(m.lines, m.n, &code),
		                 i < 2 ? ERR_OK : ERR_REFUSED);
		assert_int_equal(code, i < 2 ? ERR_OK : ERR_BAD_VALUE);
		many_close(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_version_binds_as_many_units_as_may_be),
	    cmocka_unit_test(all_targets_together_bind_so_many_units),
	    cmocka_unit_test(a_target_has_so_many_versions),
	    cmocka_unit_test(versions_speak_of_one_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
