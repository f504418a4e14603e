/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/alert_case.h"

static void
keys_sort_as_their_numbers(void **state)
{
	const uint32_t low[] = {1, 255, 70000, 2};
	const uint32_t high[] = {1, 256, 0, 0};
	struct alert_key a = alert_key_of(ALERT_TABLE_ROLLUPS, low, 4);
	struct alert_key b = alert_key_of(ALERT_TABLE_ROLLUPS, high, 4);
	struct alert_key prefix = alert_key_of(ALERT_TABLE_ROLLUPS, low, 2);

	(void)state;
	assert_true(span_compare(alert_key_span(&a), alert_key_span(&b)) < 0);
	assert_int_equal(a.len, 17);
	assert_memory_equal(a.bytes, prefix.bytes, prefix.len);
	assert_int_equal(alert_key_single(ALERT_TABLE_TICK).len, 1);
}

struct table {
	struct kv_mem *mem;
	struct kv *kv;
	struct buf scratch;
};

static void
table_open(struct table *t)
{
	assert_int_equal(kv_mem_new(&t->mem), ERR_OK);
	t->kv = kv_mem_kv(t->mem);
	buf_init(&t->scratch, KV_VALUE_MAX);
}

static void
table_close(struct table *t)
{
	kv_mem_free(&t->mem);
	buf_fini(&t->scratch);
}

static void
a_withdrawn_figure_and_an_empty_rollup_are_no_more(void **state)
{
	struct figure f = {.definition = 1,
	                   .unit = 2,
	                   .period = period_of_year(2018),
	                   .has = FIGURE_VALUE,
	                   .document = NUMBER_NONE};
	struct rollup r = {.map = 1,
	                   .definition = 1,
	                   .unit = 2,
	                   .period = period_of_year(2018),
	                   .n_by_status = {0, 0, 1}};
	struct table t;

	(void)state;
	table_open(&t);
	alert_figure_put(t.kv, &f, &t.scratch);
	alert_rollup_put(t.kv, &r, &t.scratch);
	assert_int_equal(table_count(t.kv, ALERT_TABLE_FIGURES), 1);
	assert_int_equal(table_count(t.kv, ALERT_TABLE_ROLLUPS), 1);
	f.action = ACTION_DELETE;
	f.has = 0;
	r.n_by_status[STATUS_E] = 0;
	alert_figure_put(t.kv, &f, &t.scratch);
	alert_rollup_put(t.kv, &r, &t.scratch);
	assert_int_equal(table_count(t.kv, ALERT_TABLE_FIGURES), 0);
	assert_int_equal(table_count(t.kv, ALERT_TABLE_ROLLUPS), 0);
	table_close(&t);
}

static void
a_table_is_walked_and_cleared_alone(void **state)
{
	struct alert_key key = {.len = 0};
	struct span value;
	struct table t;
	bool more = true;
	unsigned n = 0;

	(void)state;
	table_open(&t);
	for (uint32_t i = 0; i < 300; i++) {
		const uint32_t numbers[] = {i, i};
		struct alert_key at =
		    alert_key_of(ALERT_TABLE_VERDICTS, numbers, 2);

		kv_put(t.kv, alert_key_span(&at), span_str("v"));
		at = alert_key_of(ALERT_TABLE_ALERTS, numbers, 2);
		kv_put(t.kv, alert_key_span(&at), span_str("a"));
	}
	while (more) {
		assert_int_equal(alert_table_next(t.kv, ALERT_TABLE_ALERTS,
		                                  &key, &value, &more),
		                 ERR_OK);
		if (more)
			assert_true(span_equal(value, span_str("a")));
		n += more;
	}
	assert_int_equal(n, 300);
	assert_int_equal(alert_table_clear(t.kv, ALERT_TABLE_ALERTS), ERR_OK);
	assert_int_equal(table_count(t.kv, ALERT_TABLE_ALERTS), 0);
	assert_int_equal(table_count(t.kv, ALERT_TABLE_VERDICTS), 300);
	assert_int_equal(alert_table_clear(t.kv, ALERT_TABLE_ALERTS), ERR_OK);
	table_close(&t);
}

/* The points live until the next call. */
static struct point_list
points_of(struct alert_case *k, const char *target, const char *unit)
{
	struct points_of of = {
	    &k->a.catalogue->targets[fold_target(&k->up->in, target)],
	    fold_unit(&k->up->in, unit)};

	assert_int_equal(
	    alert_points_read(&k->a.points, fold_node_state(&k->node), of),
	    ERR_OK);
	return k->a.points.list;
}

static void
points_are_those_of_the_unit_and_family_in_order(void **state)
{
	struct alert_case *k = *state;
	struct point_list points = {.n = 0};

	fold_value(&k->up->in, "pov@a", "c2", "2019", 1);
	fold_value(&k->up->in, "pov@a", "c1", "2019", 2);
	fold_value(&k->up->in, "pov@a", "c1", "2018", 3);
	fold_value(&k->up->in, "pov@b", "c1", "2018", 4);
	fold_value(&k->up->in, "pov-em@b", "c1", "2018", 5)->status = STATUS_P;
	fold_value(&k->up->in, "road", "c1", "2018", 6);
	alert_case_step(k);
	points = points_of(k, "prog/fall", "c1");
	assert_int_equal(points.n, 4);
	assert_int_equal(points.points[0].which, POINT_OWN);
	assert_int_equal(points.points[0].figure.value, 3);
	assert_true(points.points[0].released);
	assert_int_equal(points.points[1].which, POINT_OTHER_DEFINITION);
	assert_int_equal(points.points[2].which, POINT_OTHER_SCOPE);
	assert_false(points.points[2].released);
	assert_int_equal(points.points[3].figure.value, 2);
	points = points_of(k, "prog/build", "c1");
	assert_int_equal(points.n, 1);
	points = points_of(k, "prog/fall", "west");
	assert_int_equal(points.n, 0);
}

static void
a_series_may_be_long(void **state)
{
	struct alert_case *k = *state;
	struct point_list points = {.n = 0};

	for (int i = 0; i < 300; i++)
		fold_value(&k->up->in, "pov@a", "c1", "2018", i)->period =
		    period_of_year(1900 + i);
	alert_case_step(k);
	points = points_of(k, "prog/fall", "c1");
	assert_int_equal(points.n, 300);
	for (uint32_t i = 0; i < points.n; i++)
		assert_int_equal(points.points[i].figure.value, i);
}

/* R6: without a map of its own a target reads the territory of that day. */
static void
rollups_are_those_of_the_territory_of_the_day(void **state)
{
	struct alert_case *k = *state;
	struct point_list points = {.n = 0};

	alert_case_line(
	    k, alert_case_fall,
	    "prog|fall|fall|plan|2016|pov@a|land gulf||||level|10.00"
	    "||at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	fold_parts(&k->up->in, "pov@a", "c6", "2018",
	           (struct fold_ratio){1, 10});
	fold_parts(&k->up->in, "pov@a", "c6", "2022",
	           (struct fold_ratio){2, 10});
	alert_case_step(k);
	points = points_of(k, "prog/fall", "land");
	assert_int_equal(points.n, 2);
	assert_int_equal(points.points[0].which, POINT_ROLLUP);
	assert_int_equal(points.points[0].map, fold_map(&k->up->in, "old"));
	assert_int_equal(points.points[1].map, fold_map(&k->up->in, "new"));
	assert_int_equal(points.points[1].figure.value, 2000);
	assert_false(points.points[0].complete);
}

static void
rollups_of_a_target_with_a_map_are_of_that_map(void **state)
{
	struct alert_case *k = *state;
	struct point_list points = {.n = 0};

	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a||province|new|current|"
	                "level|10.00||at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	fold_parts(&k->up->in, "pov@a", "c6", "2018",
	           (struct fold_ratio){1, 10});
	alert_case_step(k);
	points = points_of(k, "prog/fall", "gulf");
	assert_int_equal(points.n, 1);
	assert_int_equal(points.points[0].map, fold_map(&k->up->in, "new"));
}

/* Both versions' maps are at hand; the verdict takes its own version's. */
static void
rollups_of_every_versions_map_are_there(void **state)
{
	struct alert_case *k = *state;
	struct point_list points = {.n = 0};
	struct verdict v;

	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a||province|old||level|"
	                "10.00||at_most||2015|30.00||2025|line");
	alert_case_add(k, CAT_TARGET,
	               "prog|fall|fall|book|2021|pov@a||province|new|current|"
	               "level|10.00||at_most||2015|30.00||2025|line");
	alert_case_apply(k);
	fold_parts(&k->up->in, "pov@a", "c6", "2022",
	           (struct fold_ratio){1, 10});
	alert_case_step(k);
	points = points_of(k, "prog/fall", "gulf");
	assert_int_equal(points.n, 2);
	assert_true(alert_case_judge(k, "prog/fall", "gulf", "2022", &v));
	assert_int_equal(v.version, 1);
	assert_int_equal(v.reason, REASON_PARTIAL);
}

static void
a_damaged_point_is_damage(void **state)
{
	struct alert_case *k = *state;
	const struct catalogue *c = k->a.catalogue;
	uint32_t target = fold_target(&k->up->in, "prog/fall");
	uint32_t numbers[] = {fold_definition(&k->up->in, "pov@a"),
	                      fold_unit(&k->up->in, "c1"),
	                      period_of_year(2018).code};
	struct alert_key key = alert_key_of(ALERT_TABLE_FIGURES, numbers, 3);

	kv_put(fold_node_state(&k->node), alert_key_span(&key),
	       span_str("damage"));
	assert_int_equal(
	    alert_points_read(
	        &k->a.points, fold_node_state(&k->node),
	        (struct points_of){&c->targets[target], numbers[1]}),
	    ERR_CORRUPT);
}

int
main(void)
{
#define T(name)                                                 \
	cmocka_unit_test_setup_teardown(name, alert_case_setup, \
	                                alert_case_teardown)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_sort_as_their_numbers),
	    cmocka_unit_test(
	        a_withdrawn_figure_and_an_empty_rollup_are_no_more),
	    cmocka_unit_test(a_table_is_walked_and_cleared_alone),
	    T(points_are_those_of_the_unit_and_family_in_order),
	    T(a_series_may_be_long),
	    T(rollups_are_those_of_the_territory_of_the_day),
	    T(rollups_of_a_target_with_a_map_are_of_that_map),
	    T(rollups_of_every_versions_map_are_there),
	    T(a_damaged_point_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
