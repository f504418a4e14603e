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
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"

/* K2: both services again, with restarts wherever chance wants them. */
static void
the_same_commits_give_the_same_bytes_however_turns_are_cut(void **state)
{
	struct alert_case *k = *state;
	struct agg_case up = {.in = {.n_commits = 0}};
	struct alert_service a;
	struct fold_node node;
	uint64_t seed = 31;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 40; i++) {
		char date[12];

		snprintf(date, sizeof(date), "%d-%02d-02", 2019 + i / 10,
		         1 + i % 10);
		if (i % 3 == 0)
			fold_tick(&k->up->in, date);
		if (i == 20) {
			alert_case_line(k, alert_case_rule, NULL);
			alert_case_apply(k);
		}
		(void)fold_random(&k->up->in, &seed, 60);
		k->up->in.n_commits--;
		k->up->in.open = &k->up->in.commits[k->up->in.n_commits];
		alert_case_step(k);
	}
	agg_case_node_open(&up);
	alert_init(&a, false);
	fold_node_open(&node, &alert_turn_ops, &a);
	for (unsigned i = 0; i < k->up->in.n_commits; i++) {
		assert_int_equal(
		    fold_node_step(&up.node, &k->up->in.commits[i]), ERR_OK);
		assert_int_equal(fold_node_step(&node, &up.node.out.records),
		                 ERR_OK);
		if (below(&seed, 2) == 0)
			fold_node_restart(&node);
		if (below(&seed, 3) == 0)
			fold_node_restart(&up.node);
	}
	same_tables(fold_node_journal(&k->node), fold_node_journal(&node));
	same_tables(fold_node_state(&k->node), fold_node_state(&node));
	fold_node_close(&node);
	alert_fini(&a);
	agg_case_node_close(&up);
}

/* One commit of any size, or the same figures one by one: the end is the same. */
static void
the_end_does_not_depend_on_the_order_of_arrival(void **state)
{
	static const int64_t values[] = {2900, 2950, 1500, 2500, 2480};
	struct alert_case *k = *state;
	struct alert a, b;
	struct span value;
	struct alert_key key;
	uint32_t numbers[3] = {0, 0, SEVERITY_WARNING};

	numbers[0] = fold_target(&k->up->in, "prog/fall");
	alert_case_tick(k, "2022-06-01");
	for (int i = 0; i < 5; i++) {
		fold_value(&k->up->in, "pov@a", "c1", "2017", values[i])
		    ->period = period_of_year(2017 + i);
		alert_case_step(k);
	}
	for (int i = 4; i >= 0; i--) {
		fold_value(&k->up->in, "pov@a", "c2", "2017", values[i])
		    ->period = period_of_year(2017 + i);
		alert_case_step(k);
	}
	numbers[1] = fold_unit(&k->up->in, "c1");
	key = alert_key_of(ALERT_TABLE_ALERTS, numbers, 3);
	assert_int_equal(
	    kv_get(fold_node_state(&k->node), alert_key_span(&key), &value),
	    ERR_OK);
	assert_int_equal(alert_record_read(value, &a), ERR_OK);
	numbers[1] = fold_unit(&k->up->in, "c2");
	key = alert_key_of(ALERT_TABLE_ALERTS, numbers, 3);
	assert_int_equal(
	    kv_get(fold_node_state(&k->node), alert_key_span(&key), &value),
	    ERR_OK);
	assert_int_equal(alert_record_read(value, &b), ERR_OK);
	assert_int_equal(a.state, ALERT_FIRING);
	assert_int_equal(a.state, b.state);
	assert_int_equal(a.since.code, b.since.code);
	assert_int_equal(a.since.code, period_of_year(2020).code);
	assert_int_equal(a.value, b.value);
}

static void
every_commit_gives_one(void **state)
{
	struct alert_case *k = *state;
	uint64_t before = k->node.head.number;

	uint64_t judged = k->a.judged;

	alert_case_step(k);
	assert_true(k->a.judged == judged);
	assert_int_equal(k->node.head.number, before + 1);
	assert_int_equal(k->node.head.n_records, 0);
}

static void
bindings_are_sorted_and_those_of_all_versions(void **state)
{
	struct alert_case *k = *state;
	uint32_t from, to;

	assert_int_equal(k->a.n_bindings, 6);
	for (uint32_t i = 1; i < k->a.n_bindings; i++)
		assert_true(
		    k->a.bindings[i].target > k->a.bindings[i - 1].target ||
		    (k->a.bindings[i].target == k->a.bindings[i - 1].target &&
		     k->a.bindings[i].unit > k->a.bindings[i - 1].unit));
	alert_bindings_of(&k->a, fold_target(&k->up->in, "prog/build"), &from,
	                  &to);
	assert_int_equal(to - from, 2);
	assert_int_equal(k->a.bindings[from].unbound & 3, 0);
	assert_int_equal(k->a.bindings[from + 1].unbound & 3, 1);
	alert_bindings_of(&k->a, 1000, &from, &to);
	assert_int_equal(from, to);
}

/* A level of 4,200 units in two versions: none is cut off. */
static void
versions_of_a_great_level_are_bound_whole(void **state)
{
	enum { UNITS = 4200 };
	struct alert_case *k = *state;
	struct cat_line *lines =
	    calloc(k->n_lines + 2 * UNITS + 2, sizeof(*lines));
	char(*texts)[40] = calloc(2 * (size_t)UNITS, sizeof(*texts));
	size_t n = k->n_lines;
	uint32_t from, to;

	assert_true(lines != NULL && texts != NULL);
	memcpy(lines, k->lines, n * sizeof(*lines));
	for (int i = 0; i < UNITS; i++) {
		snprintf(texts[i], sizeof(*texts), "v%04d||V%04d|||village", i,
		         i);
		lines[n++] = (struct cat_line){CAT_UNIT, texts[i]};
		snprintf(texts[UNITS + i], sizeof(*texts), "old|v%04d|west", i);
		lines[n++] = (struct cat_line){CAT_MEMBER, texts[UNITS + i]};
	}
	lines[n++] = (struct cat_line){
	    CAT_TARGET, "prog|all|x|plan|2016|road||village|old||level|1.0||"
	                "at_least|||||2018"};
	lines[n++] = (struct cat_line){
	    CAT_TARGET, "prog|all|x|book|2019|road||village|old||level|2.0||"
	                "at_least|||||2025"};
	fold_catalogue(&k->up->in, lines, n);
	alert_case_step(k);
	alert_bindings_of(&k->a, fold_target(&k->up->in, "prog/all"), &from,
	                  &to);
	assert_int_equal(to - from, UNITS);
	assert_int_equal(k->a.bindings[to - 1].unbound & 3, 0);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), UNITS);
	free(lines);
	free(texts);
}

static void
only_series_that_a_target_reads_are_kept(void **state)
{
	struct alert_case *k = *state;
	struct kv *kv = fold_node_state(&k->node);

	fold_value(&k->up->in, "pov@a", "c1", "2018", 1);
	fold_value(&k->up->in, "pov-em@b", "c1", "2018", 1); /* its family */
	fold_value(&k->up->in, "pov@a", "c6", "2018", 1);
	fold_value(&k->up->in, "wage", "c1", "2018", 1);
	fold_parts(&k->up->in, "pov@a", "c2", "2018",
	           (struct fold_ratio){1, 4});
	alert_case_step(k);
	assert_int_equal(table_count(kv, ALERT_TABLE_FIGURES), 3);
	assert_int_equal(table_count(kv, ALERT_TABLE_ROLLUPS), 1); /* west */
	fold_delete(&k->up->in, "pov@a", "c1", "2018");
	fold_delete(&k->up->in, "pov@a", "c2", "2018");
	alert_case_step(k);
	assert_int_equal(table_count(kv, ALERT_TABLE_FIGURES), 1);
	assert_int_equal(table_count(kv, ALERT_TABLE_ROLLUPS), 0);
}

static void
what_a_reform_took_away_is_not_kept(void **state)
{
	struct alert_case *k = *state;
	struct kv *kv = fold_node_state(&k->node);

	fold_parts(&k->up->in, "pov@a", "c2", "2018",
	           (struct fold_ratio){1, 4});
	alert_case_step(k);
	assert_int_equal(table_count(kv, ALERT_TABLE_ROLLUPS), 1); /* west */
	alert_case_line(k, "old|c2|west", "old|c2|east");
	alert_case_apply(k);
	assert_int_equal(table_count(kv, ALERT_TABLE_ROLLUPS), 0);
	assert_int_equal(table_count(kv, ALERT_TABLE_FIGURES), 1);
}

/* A target that comes later finds the figures that came before. */
static void
a_new_target_knows_the_past(void **state)
{
	struct alert_case *k = *state;
	struct verdict v;
	bool gone;

	alert_case_value(k, "wage", "c6", "2018", 55);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 0);
	alert_case_add(
	    k, CAT_TARGET,
	    "prog|wage|x|plan|2016|wage|c6||||level|5.0||at_least||||"
	    "|2018");
	alert_case_apply(k);
	assert_int_equal(alert_case_count(k, RECORD_VERDICT), 1);
	v = alert_case_verdict(k, 0, &gone);
	assert_int_equal(v.kind, VERDICT_ACHIEVED);
	assert_true(v.final);
}

static enum err
step_records(struct alert_case *k, const struct buf *bytes)
{
	struct record_list in;
	enum err err;

	record_list_init(&in);
	record_list_add(&in, buf_span(bytes));
	err = fold_node_step(&k->node, &in);
	fold_node_restart(&k->node);
	record_list_fini(&in);
	return err;
}

static void
numbers_that_nobody_knows_are_damage(void **state)
{
	struct alert_case *k = *state;
	const struct catalogue *c = k->up->in.catalogue;
	struct figure f = {.period = period_of_year(2018),
	                   .has = FIGURE_VALUE,
	                   .document = NUMBER_NONE};
	struct rollup r = {.period = period_of_year(2018),
	                   .n_by_status = {1, 0, 0}};
	struct figures_writer fw;
	struct rollups_writer rw;
	struct buf b;

	buf_init(&b, 4096);
	for (int i = 0; i < 5; i++) {
		struct figure row = f;

		row.definition = i == 0 ? c->n_definitions : 0;
		row.unit = i == 1 ? c->n_units : 0;
		row.source = i == 2 ? c->n_sources : 0;
		row.document = i == 3 ? c->n_documents : NUMBER_NONE;
		buf_reset(&b);
		figures_write_begin(&fw, &b, 1);
		figures_write_row(&fw, &row);
		assert_int_equal(step_records(k, &b),
		                 i == 4 ? ERR_OK : ERR_CORRUPT);
	}
	for (int i = 0; i < 4; i++) {
		struct rollup row = r;

		row.definition = i == 0 ? c->n_definitions : 0;
		row.unit = i == 1 ? c->n_units : 0;
		row.map = i == 2 ? c->n_maps : 0;
		buf_reset(&b);
		rollups_write_begin(&rw, &b, 1);
		rollups_write_row(&rw, &row);
		assert_int_equal(step_records(k, &b),
		                 i == 3 ? ERR_OK : ERR_CORRUPT);
	}
	buf_fini(&b);
}

static void
a_record_of_another_kind_is_damage(void **state)
{
	struct alert_case *k = *state;
	struct buf b;

	buf_init(&b, 100);
	buf_put(&b, "\012\001", 2); /* a verdict */
	assert_int_equal(step_records(k, &b), ERR_CORRUPT);
	buf_reset(&b);
	buf_put(&b, "\006\001\001", 3); /* figures, cut short */
	assert_int_equal(step_records(k, &b), ERR_CORRUPT);
	buf_reset(&b);
	buf_put(&b, "\011\001x", 3); /* a digest is aggregate's business */
	assert_int_equal(step_records(k, &b), ERR_OK);
	buf_fini(&b);
}

static void
a_damaged_state_is_not_loaded(void **state)
{
	static const uint8_t tables[] = {ALERT_TABLE_CATALOGUE,
	                                 ALERT_TABLE_TICK};
	struct alert_case *k = *state;
	struct kv *kv = fold_node_state(&k->node);

	for (size_t i = 0; i < 2; i++) {
		kv_put(kv, span_of(&tables[i], 1), span_str("damage"));
		assert_int_equal(
		    alert_turn_ops.load(&k->a, kv, fold_node_journal(&k->node),
		                        &k->node.head),
		    ERR_CORRUPT);
		assert_null(k->a.catalogue);
		kv_del(kv, span_of(&tables[i], 1));
	}
}

int
main(void)
{
#define T(name)                                                 \
	cmocka_unit_test_setup_teardown(name, alert_case_setup, \
	                                alert_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(the_same_commits_give_the_same_bytes_however_turns_are_cut),
	    T(the_end_does_not_depend_on_the_order_of_arrival),
	    T(every_commit_gives_one),
	    T(bindings_are_sorted_and_those_of_all_versions),
	    T(versions_of_a_great_level_are_bound_whole),
	    T(only_series_that_a_target_reads_are_kept),
	    T(what_a_reform_took_away_is_not_kept),
	    T(a_new_target_knows_the_past),
	    T(numbers_that_nobody_knows_are_damage),
	    T(a_record_of_another_kind_is_damage),
	    T(a_damaged_state_is_not_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
