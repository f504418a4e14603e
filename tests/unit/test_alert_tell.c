/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/tell_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/tell_case.h"

/* prog is enabled, and c1 is behind in 2018, released on 2019-02-14. */
static void
fire(struct alert_case *k)
{
	alert_case_enable(k, "prog", true);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
}

/* --- enabled ---------------------------------------------------------------------- */

static void
nothing_is_told_before_its_programme_is_enabled(void **state)
{
	struct alert_case *k = *state;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_OUTBOX), 0);
	assert_int_equal(k->a.notices, 0);
}

static void
enabling_tells_what_fires_and_is_fresh(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_value(k, "pov@a", "c2", "2017", 2900); /* of 2018-02-14 */
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	alert_case_enable(k, "other", true);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_enable(k, "prog", true);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 0);
	n = told_one(k, "prog");
	assert_true(n.firing);
	assert_true(told_is(n.labels, "unit", "c1"));
	assert_int_equal(n.commit, k->node.head.number);
	assert_int_equal(n.starts_ms, k->node.head.time_ms);
	assert_int_equal(k->a.notices, 1);
	alert_case_enable(k, "prog", true);
	assert_int_equal(told_count(k, "prog"), 0);
}

static void
disabling_resolves_what_was_told_and_nothing_else(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_value(k, "pov@a", "c2", "2017", 2900);
	fire(k);
	alert_case_enable(k, "prog", false);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 0);
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.labels, "unit", "c1"));
	assert_true(told_is(n.annotations, "reason", "programme_disabled"));
	assert_true(told_begins(n.annotations, "summary",
	                        "programme disabled; behind"));
	assert_int_equal(n.ends_ms, k->node.head.time_ms);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 1);
	/* and again */
	alert_case_enable(k, "prog", true);
	n = told_one(k, "prog");
	assert_true(n.firing);
	assert_int_equal(n.starts_ms, k->node.head.time_ms);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 0);
}

static void
what_is_switched_there_and_back_in_one_commit_is_not_told(void **state)
{
	struct alert_case *k = *state;
	struct record_list *open;

	fire(k);
	open = k->up->in.open;
	for (int i = 0; i < 2; i++) {
		programme_write(&open->bytes,
		                &(struct programme_switch){0, i == 1});
		record_list_close_record(open);
	}
	alert_case_step(k);
	assert_int_equal(told_count(k, "prog"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
}

static void
a_programme_nobody_knows_is_damage(void **state)
{
	struct alert_case *k = *state;
	struct record_list list;

	record_list_init(&list);
	programme_write(&list.bytes, &(struct programme_switch){77, true});
	record_list_close_record(&list);
	assert_int_equal(fold_node_step(&k->node, &list), ERR_CORRUPT);
	record_list_fini(&list);
}

static void
demo_data_are_enabled_until_they_are_disabled(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	k->a.demo = true;
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	n = told_one(k, "prog");
	assert_true(told_is(n.labels, "demo", "true"));
	alert_case_enable(k, "prog", false);
	n = told_one(k, "prog");
	assert_false(n.firing);
	alert_case_value(k, "pov@a", "c2", "2018", 2900);
	assert_int_equal(told_count(k, "prog"), 0);
}

/* --- what is said ------------------------------------------------------------------ */

/* L4 */
static void
labels_are_the_identity_and_ids_only(void **state)
{
	static const struct {
		const char *name, *value;
	} labels[] = {
	    {"alertname", "TiendoTarget"},
	    {"audience", "programme"},
	    {"indicator", "pov"},
	    {"level", "commune"},
	    {"programme", "prog"},
	    {"severity", "warning"},
	    {"target", "fall"},
	    {"unit", "c1"},
	};
	struct alert_case *k = *state;
	struct span rest, name, value;
	struct notice n;

	fire(k);
	n = told_one(k, "prog");
	rest = n.labels;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		assert_true(notice_pair_next(&rest, &name, &value));
		assert_true(span_equal(name, span_str(labels[i].name)));
		assert_true(span_equal(value, span_str(labels[i].value)));
	}
	assert_int_equal(rest.len, 0);
	assert_true(n.fingerprint == alert_case_alert(k, 0).fingerprint);
	assert_true(n.fingerprint == notice_fingerprint(n.labels));
}

static void
words_say_verdict_numbers_and_who_said_them(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	fire(k);
	n = told_one(k, "prog");
	assert_true(told_is(n.annotations, "verdict", "behind"));
	assert_true(told_is(n.annotations, "value", "29.00"));
	assert_true(told_is(n.annotations, "target", "10.00"));
	assert_true(told_is(n.annotations, "period", "2018"));
	assert_true(told_is(n.annotations, "reason", ""));
	assert_true(
	    told_is(n.annotations, "description",
	            "Target: \"fall\"; due 2025. Document: plan. "
	            "Figure: 29.00 % for 2018, said by Office; 5.00 short of "
	            "what was to be reached by then."));
	assert_true(told_is(n.annotations, "description_vi",
	                    "Chỉ tiêu: \"fall\"; đến hạn 2025. Văn bản: plan. "
	                    "Số liệu: 29,00 % cho kỳ 2018, nguồn Office; còn "
	                    "cách mức phải đạt của kỳ 5,00."));
}

static void
what_goes_on_firing_is_told_again_when_its_words_change(void **state)
{
	struct alert_case *k = *state;
	int64_t starts_ms;
	struct notice n;

	fire(k);
	starts_ms = told_one(k, "prog").starts_ms;
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_value(k, "pov@a", "c1", "2018", 2950);
	n = told_one(k, "prog");
	assert_true(told_is(n.annotations, "value", "29.50"));
	assert_int_equal(n.starts_ms, starts_ms);
	alert_case_tick(k, "2020-06-01");
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_value(k, "pov@a", "c1", "2019", 3100);
	n = told_one(k, "prog");
	assert_true(n.firing);
	assert_true(told_is(n.annotations, "verdict", "reversing"));
	assert_true(told_is(n.annotations, "period", "2019"));
	assert_int_equal(n.starts_ms, starts_ms);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
	/* a catalogue that changes no word */
	alert_case_apply(k);
	assert_int_equal(told_count(k, "prog"), 0);
}

static void
a_resolve_says_its_reason_and_is_told_if_its_firing_was(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_enable(k, "prog", true);
	alert_case_value(k, "pov@a", "c2", "2017", 2900); /* not fresh */
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_value(k, "pov@a", "c2", "2018", 1900);
	assert_int_equal(alert_case_count(k, RECORD_ALERT), 1);
	assert_int_equal(told_count(k, "prog"), 0);
	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	alert_case_value(k, "pov@a", "c1", "2018", 1900);
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "revised"));
	assert_true(told_begins(n.annotations, "summary", "revised"));
	assert_int_equal(n.ends_ms, k->node.head.time_ms);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 1);
}

/* Both figures in one commit: only where it ends is told. */
static void
a_commit_tells_where_it_ends(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	alert_case_enable(k, "prog", true);
	fold_value(&k->up->in, "pov@a", "c1", "2017", 2950);
	fold_value(&k->up->in, "pov@a", "c1", "2018", 1900);
	alert_case_step(k);
	assert_int_equal(told_count(k, "prog"), 0);
	fold_value(&k->up->in, "pov@a", "c1", "2018", 2900);
	alert_case_step(k);
	assert_true(told_one(k, "prog").firing);
	/* a revision ends it and another figure fires it anew */
	alert_case_tick(k, "2020-06-01");
	fold_value(&k->up->in, "pov@a", "c1", "2018", 1900);
	fold_value(&k->up->in, "pov@a", "c1", "2019", 2900);
	alert_case_step(k);
	n = told_one(k, "prog");
	assert_true(n.firing);
	assert_true(told_is(n.annotations, "period", "2019"));
}

static void
what_fires_again_begins_anew(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	fire(k);
	alert_case_value(k, "pov@a", "c1", "2018", 1900);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 1);
	alert_case_value(k, "pov@a", "c1", "2018", 2910);
	n = told_one(k, "prog");
	assert_int_equal(n.starts_ms, k->node.head.time_ms);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
}

/* --- another catalogue --------------------------------------------------------------- */

static void
another_label_set_is_another_alert(void **state)
{
	struct alert_case *k = *state;
	struct told_list *told = calloc(1, sizeof(*told));
	uint64_t former;

	assert_non_null(told);
	fire(k);
	former = told_one(k, "prog").fingerprint;
	/* long after: what was told stays told */
	alert_case_tick(k, "2021-06-01");
	alert_case_line(k, alert_case_rule,
	                "prog|fall|2016|behind reversing missed|warning|data|"
	                "1|1");
	alert_case_apply(k);
	told_now(k, "prog", told);
	assert_int_equal(told->n, 2);
	assert_false(told->list[0].firing);
	assert_true(told->list[0].fingerprint == former);
	assert_true(
	    told_is(told->list[0].annotations, "reason", "labels_changed"));
	assert_true(told_is(told->list[0].labels, "audience", "programme"));
	assert_true(told->list[1].firing);
	assert_true(told_is(told->list[1].labels, "audience", "data"));
	assert_true(told->list[1].fingerprint != former);
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 1);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 1);
	/* and back: the one of them fires, the other has ended */
	alert_case_line(k,
	                "prog|fall|2016|behind reversing missed|warning|data|"
	                "1|1",
	                alert_case_rule);
	alert_case_apply(k);
	told_now(k, "prog", told);
	assert_int_equal(told->n, 2);
	assert_true(told->list[1].fingerprint == former);
	assert_int_equal(table_of(k, ALERT_TABLE_RESOLVING), 1);
	free(told);
}

static void
what_a_catalogue_takes_away_is_resolved(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	fire(k);
	alert_case_line(k, alert_case_rule, NULL);
	alert_case_apply(k);
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "rule_changed"));
	alert_case_add(k, CAT_RULE, alert_case_rule);
	alert_case_apply(k);
	assert_true(told_one(k, "prog").firing);
	/* the whole target, its labels as they were told */
	alert_case_line(k, alert_case_rule, NULL);
	alert_case_line(k, "prog|fall|2016|at-risk|info|data|2|1", NULL);
	alert_case_line(k, alert_case_fall, NULL);
	alert_case_apply(k);
	n = told_one(k, "prog");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "target_changed"));
	assert_true(told_is(n.labels, "target", "fall"));
	assert_true(told_is(n.labels, "indicator", "pov"));
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
}

/* --- deterministic --------------------------------------------------------------------- */

static const struct {
	const char *unit, *period;
	int64_t value;
} pieces[] = {
    {"c1", "2017", 2950}, {"c1", "2018", 2900},   {"c2", "2017", 2850},
    {"c2", "2018", 1900}, {"west", "2018", 2999},
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* What fires, without when it was told. */
static void
live_words(struct alert_case *k, struct buf *out)
{
	struct alert_key key = {.len = 0};
	struct span value;
	struct notice n;
	bool more = true;

	buf_init(out, UINT16_MAX);
	while (more) {
		assert_int_equal(alert_table_next(fold_node_state(&k->node),
		                                  ALERT_TABLE_LIVE, &key,
		                                  &value, &more),
		                 ERR_OK);
		if (!more)
			break;
		assert_int_equal(notice_read(&value, &n), ERR_OK);
		buf_put_text(out, n.labels);
		buf_put_text(out, n.annotations);
	}
	assert_int_equal(buf_err(out), ERR_OK);
}

static void
the_order_of_arrival_changes_nothing_of_what_fires(void **state)
{
	void *other = NULL;
	struct buf here, there;

	assert_int_equal(alert_case_setup(&other), 0);
	alert_case_enable(*state, "prog", true);
	alert_case_enable(other, "prog", true);
	for (size_t i = 0; i < PIECES; i++) {
		size_t last = PIECES - 1 - i;

		alert_case_value(*state, "pov@a", pieces[i].unit,
		                 pieces[i].period, pieces[i].value);
		alert_case_value(other, "pov@a", pieces[last].unit,
		                 pieces[last].period, pieces[last].value);
	}
	live_words(*state, &here);
	live_words(other, &there);
	assert_true(here.len > 100);
	assert_true(span_equal(buf_span(&here), buf_span(&there)));
	buf_fini(&here);
	buf_fini(&there);
	alert_case_teardown(&other);
}

/* A twin that forgets its memory between any two commits. */
static void
a_restart_changes_nothing_of_what_is_told(void **state)
{
	struct alert_case *k = *state;
	void *other = NULL;
	struct alert_case *twin;

	assert_int_equal(alert_case_setup(&other), 0);
	twin = other;
	alert_case_enable(k, "prog", true);
	alert_case_enable(twin, "prog", true);
	for (size_t i = 0; i < PIECES; i++) {
		uint32_t flags = i == 1 || i == 2 ? COMMIT_FLAG_BACKFILL : 0;

		k->node.flags = twin->node.flags = flags;
		alert_case_value(k, "pov@a", pieces[i].unit, pieces[i].period,
		                 pieces[i].value);
		fold_node_restart(&twin->node);
		alert_case_value(twin, "pov@a", pieces[i].unit,
		                 pieces[i].period, pieces[i].value);
		fold_node_restart(&twin->node);
	}
	alert_case_tick(k, "2019-06-02");
	alert_case_tick(twin, "2019-06-02");
	same_tables(fold_node_state(&k->node), fold_node_state(&twin->node));
	alert_case_teardown(&other);
}

static void
a_damaged_row_is_damage(void **state)
{
	struct alert_case *k = *state;
	struct alert_key key = {.len = 0};
	struct span value;
	bool more;

	fire(k);
	assert_int_equal(alert_table_next(fold_node_state(&k->node),
	                                  ALERT_TABLE_LIVE, &key, &value,
	                                  &more),
	                 ERR_OK);
	assert_true(more);
	kv_put(fold_node_state(&k->node), alert_key_span(&key),
	       span_of(value.ptr, value.len - 1));
	fold_value(&k->up->in, "pov@a", "c1", "2018", 2950);
	agg_case_step(k->up);
	assert_int_equal(fold_node_step(&k->node, &k->up->node.out.records),
	                 ERR_CORRUPT);
}

#define T(f)                                                 \
	cmocka_unit_test_setup_teardown(f, alert_case_setup, \
	                                alert_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(nothing_is_told_before_its_programme_is_enabled),
	    T(enabling_tells_what_fires_and_is_fresh),
	    T(disabling_resolves_what_was_told_and_nothing_else),
	    T(what_is_switched_there_and_back_in_one_commit_is_not_told),
	    T(a_programme_nobody_knows_is_damage),
	    T(demo_data_are_enabled_until_they_are_disabled),
	    T(labels_are_the_identity_and_ids_only),
	    T(words_say_verdict_numbers_and_who_said_them),
	    T(what_goes_on_firing_is_told_again_when_its_words_change),
	    T(a_resolve_says_its_reason_and_is_told_if_its_firing_was),
	    T(a_commit_tells_where_it_ends),
	    T(what_fires_again_begins_anew),
	    T(another_label_set_is_another_alert),
	    T(what_a_catalogue_takes_away_is_resolved),
	    T(the_order_of_arrival_changes_nothing_of_what_fires),
	    T(a_restart_changes_nothing_of_what_is_told),
	    T(a_damaged_row_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
