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

/* A programme of its own: roads of communes by 30 days after the year. */
static const struct cat_line watched[] = {
    {CAT_REPORTING, "road|commune|old|30|10|"},
    {CAT_REPORTING, "road|commune|new|30|10|"},
    {CAT_PROGRAMME, "watch|W|Watch|2016|2025"},
    {CAT_TARGET, "watch|all|all|plan|2016|road|c1 c2 c3 c4||||level|5.0||"
                 "at_least|||||2025"},
    {CAT_TARGET, "watch|more|more|plan|2016|road|c1||||level|9.0||at_least|||||"
                 "2025"},
};

/* As alert_case_setup, with that programme enabled, on a date of 2019. */
static int
setup(void **state)
{
	struct alert_case *k;

	assert_int_equal(alert_case_setup(state), 0);
	k = *state;
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		alert_case_add(k, watched[i].kind, watched[i].text);
	alert_case_apply(k);
	alert_case_enable(k, "watch", true);
	return 0;
}

/* The record that the last commit has of a programme and kind; else false. */
static bool
group_said(const struct alert_case *k, const char *programme,
           enum notice_group_kind kind, struct notice_group *g)
{
	uint32_t number =
	    catalogue_programme(k->up->in.catalogue, span_str(programme));
	struct span record;
	unsigned n = 0;

	for (unsigned i = 0;
	     fold_node_record(&k->node, RECORD_GROUP, i, &record); i++) {
		struct notice_group read;

		assert_int_equal(notice_group_read(record, &read), ERR_OK);
		if (read.programme != number || read.kind != kind)
			continue;
		*g = read;
		n++;
	}
	assert_in_range(n, 0, 1);
	return n == 1;
}

static struct notice_group
late_said(const struct alert_case *k)
{
	struct notice_group g;

	assert_true(group_said(k, "watch", NOTICE_GROUP_LATE, &g));
	return g;
}

static void
nothing_said(const struct alert_case *k)
{
	struct notice_group g;

	assert_false(group_said(k, "watch", NOTICE_GROUP_LATE, &g));
	assert_int_equal(told_count(k, "watch"), 0);
}

/* As it stands in GROUPS, also if that was not said. */
static struct notice_group
late_stored(const struct alert_case *k)
{
	const struct catalogue *c = k->up->in.catalogue;
	uint32_t numbers[] = {
	    catalogue_programme(c, span_str("watch")), NOTICE_GROUP_LATE,
	    c->definitions[fold_definition(&k->up->in, "road")].family};
	struct alert_key key = alert_key_of(ALERT_TABLE_GROUPS, numbers, 3);
	struct notice_group g;
	struct span value;

	assert_int_equal(
	    kv_get(fold_node_state(&k->node), alert_key_span(&key), &value),
	    ERR_OK);
	assert_int_equal(notice_group_read(value, &g), ERR_OK);
	return g;
}

static void
road(struct alert_case *k, const char *unit, int64_t value)
{
	alert_case_value(k, "road", unit, "2018", value);
}

/* --- late ---------------------------------------------------------------------------- */

/* J3: of 2018 by 2019-01-30, late after 2019-02-09. */
static void
one_alert_for_all_who_are_late(void **state)
{
	struct alert_case *k = *state;
	struct notice_group g = late_stored(k);
	struct notice n = told_one(k, "watch");

	/* c1 in two targets is one unit */
	assert_true(g.firing);
	assert_int_equal(g.n_units, 4);
	assert_int_equal(g.n_named, 4);
	assert_int_equal(g.units[0], fold_unit(&k->up->in, "c1"));
	assert_int_equal(g.units[3], fold_unit(&k->up->in, "c4"));
	assert_int_equal(g.commit, k->node.head.number - 1);
	assert_true(n.firing);
	assert_true(told_is(n.labels, "alertname", "TiendoFigureLate"));
	assert_true(told_is(n.labels, "programme", "watch"));
	assert_true(told_is(n.labels, "indicator", "road"));
	assert_true(told_is(n.labels, "unit", ""));
	assert_true(told_is(n.annotations, "summary",
	                    "Late figures: Roads, Watch; units: 4"));
	assert_true(n.fingerprint == notice_fingerprint(n.labels));
	/* nobody enabled the other programme */
	assert_int_equal(told_count(k, "prog"), 0);
}

static void
who_leaves_is_stored_and_told_to_nobody(void **state)
{
	struct alert_case *k = *state;

	road(k, "c2", 99);
	nothing_said(k);
	assert_int_equal(late_stored(k).n_units, 3);
	assert_int_equal(late_stored(k).units[1], fold_unit(&k->up->in, "c3"));
}

static void
the_last_one_ends_it(void **state)
{
	struct alert_case *k = *state;
	struct notice_group g;
	struct notice n;

	road(k, "c2", 99);
	road(k, "c3", 99);
	road(k, "c1", 99);
	nothing_said(k);
	road(k, "c4", 99);
	g = late_said(k);
	assert_false(g.firing);
	assert_int_equal(g.n_units, 0);
	assert_int_equal(g.commit, k->node.head.number);
	n = told_one(k, "watch");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "recovered"));
	assert_int_equal(table_of(k, ALERT_TABLE_LIVE), 0);
	/* the next year on the day after grace */
	alert_case_tick(k, "2020-02-09");
	nothing_said(k);
	alert_case_tick(k, "2020-02-10");
	g = late_said(k);
	assert_true(g.firing);
	assert_int_equal(g.n_units, 4);
	assert_true(told_one(k, "watch").firing);
}

static void
who_joins_is_told(void **state)
{
	struct alert_case *k = *state;
	struct notice_group g;
	struct notice n;
	uint64_t since = late_stored(k).commit;
	int64_t starts_ms = told_one(k, "watch").starts_ms;

	road(k, "c2", 99);
	road(k, "c3", 99);
	fold_delete(&k->up->in, "road", "c2", "2018");
	alert_case_step(k);
	g = late_said(k);
	assert_int_equal(g.n_units, 3);
	assert_int_equal(g.commit, since);
	n = told_one(k, "watch");
	assert_true(n.firing);
	assert_true(told_is(n.annotations, "summary",
	                    "Late figures: Roads, Watch; units: 3"));
	assert_int_equal(n.starts_ms, starts_ms);
	/* the same words again are told to nobody */
	road(k, "c1", 99);
	fold_delete(&k->up->in, "road", "c1", "2018");
	alert_case_step(k);
	assert_int_equal(late_said(k).n_units, 3);
	assert_int_equal(told_count(k, "watch"), 0);
}

static void
a_switch_tells_the_group_as_it_stands(void **state)
{
	struct alert_case *k = *state;
	struct notice n;

	road(k, "c2", 99);
	alert_case_enable(k, "watch", false);
	assert_int_equal(alert_case_count(k, RECORD_GROUP), 0);
	n = told_one(k, "watch");
	assert_false(n.firing);
	assert_true(told_is(n.annotations, "reason", "programme_disabled"));
	alert_case_enable(k, "watch", true);
	n = told_one(k, "watch");
	assert_true(told_is(n.annotations, "summary",
	                    "Late figures: Roads, Watch; units: 3"));
}

static void
a_backfill_tells_the_group_at_its_end(void **state)
{
	struct alert_case *k = *state;
	struct notice_group g;

	k->node.flags = COMMIT_FLAG_BACKFILL;
	fold_value(&k->up->in, "road", "c1", "2018", 99);
	fold_value(&k->up->in, "road", "c2", "2018", 99);
	fold_value(&k->up->in, "road", "c3", "2018", 99);
	road(k, "c4", 99);
	assert_true(group_said(k, "watch", NOTICE_GROUP_LATE, &g));
	assert_false(g.firing);
	assert_int_equal(told_count(k, "watch"), 0);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 1);
	k->node.flags = COMMIT_FLAG_BACKFILL_END;
	alert_case_value(k, "wage", "c1", "2018", 1);
	assert_false(told_one(k, "watch").firing);
	assert_int_equal(table_of(k, ALERT_TABLE_HELD), 0);
}

/* --- another catalogue --------------------------------------------------------------- */

static void
who_is_no_more_bound_leaves(void **state)
{
	struct alert_case *k = *state;
	struct notice_group g;

	alert_case_line(k, watched[3].text,
	                "watch|all|all|plan|2016|road|c1 c2 c3||||level|5.0||"
	                "at_least|||||2025");
	alert_case_apply(k);
	assert_int_equal(late_stored(k).n_units, 3);
	/* the other target holds c1 */
	alert_case_line(k,
	                "watch|all|all|plan|2016|road|c1 c2 c3||||level|5.0||"
	                "at_least|||||2025",
	                NULL);
	alert_case_apply(k);
	assert_int_equal(late_stored(k).n_units, 1);
	alert_case_line(k, watched[4].text, NULL);
	alert_case_apply(k);
	assert_true(group_said(k, "watch", NOTICE_GROUP_LATE, &g));
	assert_false(g.firing);
	assert_false(told_one(k, "watch").firing);
}

static void
another_family_is_another_group(void **state)
{
	struct alert_case *k = *state;
	struct told_list *told = calloc(1, sizeof(*told));

	assert_non_null(told);
	alert_case_line(k, "road||Roads||km|1||up|||||||sum|sum||A",
	                "road||Roads||km|1||up|||wage||||sum|sum||A");
	alert_case_apply(k);
	told_now(k, "watch", told);
	assert_int_equal(told->n, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct notice *n = &told->list[i];

		assert_true(told_is(n->labels, "indicator",
		                    n->firing ? "wage" : "road"));
	}
	assert_int_not_equal(told->list[0].firing, told->list[1].firing);
	free(told);
}

/* --- who is named -------------------------------------------------------------------- */

#define MANY (NOTICE_UNITS_MAX + 1)

struct many_lines {
	char units[MANY][40];
	char members[MANY][40];
	char target[400];
};

static void
many(struct alert_case *k, struct many_lines *m, unsigned n)
{
	size_t at = 0;

	at += (size_t)snprintf(m->target, sizeof(m->target), "%s",
	                       "watch|many|many|plan|2016|road|");
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(m->units[i], sizeof(m->units[i]),
		               "u%02u|8%02u|U%02u|||commune", i, i, i);
		(void)snprintf(m->members[i], sizeof(m->members[i]),
		               "old|u%02u|gulf", i);
		at += (size_t)snprintf(m->target + at, sizeof(m->target) - at,
		                       "u%02u ", i);
		alert_case_add(k, CAT_UNIT, m->units[i]);
		alert_case_add(k, CAT_MEMBER, m->members[i]);
	}
	(void)snprintf(m->target + at, sizeof(m->target) - at, "%s",
	               "||||level|5.0||at_least|||||2025");
	alert_case_line(k, watched[3].text, m->target);
	alert_case_line(k, watched[4].text, NULL);
	alert_case_apply(k);
}

static void
names_are(void **state, unsigned n)
{
	struct alert_case *k = *state;
	struct many_lines *m = calloc(1, sizeof(*m));
	struct notice_group g;
	struct span text;

	assert_non_null(m);
	many(k, m, n);
	g = late_said(k);
	assert_int_equal(g.n_units, n);
	assert_int_equal(g.n_named, NOTICE_UNITS_MAX);
	for (unsigned i = 0; i < NOTICE_UNITS_MAX; i++) {
		char id[8];

		(void)snprintf(id, sizeof(id), "u%02u", i);
		assert_int_equal(g.units[i], fold_unit(&k->up->in, id));
	}
	text = told_text(told_one(k, "watch").annotations, "description");
	assert_true(text.len > 12);
	assert_int_equal(memcmp(text.ptr + text.len - 12, " and 1 more.", 12) ==
	                     0,
	                 n > NOTICE_UNITS_MAX);
	free(m);
}

static void
so_many_are_named(void **state)
{
	names_are(state, NOTICE_UNITS_MAX);
}

static void
one_more_is_counted(void **state)
{
	names_are(state, NOTICE_UNITS_MAX + 1);
}

/* --- doubtful ------------------------------------------------------------------------- */

static void
parts(struct alert_case *k, const char *unit, int64_t numerator)
{
	fold_parts(&k->up->in, "pov@a", unit, "2018",
	           (struct fold_ratio){numerator, 100});
}

static struct notice_group
doubt_said(const struct alert_case *k)
{
	struct notice_group g;

	assert_true(group_said(k, "prog", NOTICE_GROUP_QUALITY, &g));
	return g;
}

/* R2 */
static void
contested_figures_are_doubtful(void **state)
{
	struct alert_case *k = *state;
	struct notice_group g;

	alert_case_add(k, CAT_REPORTING, "pov|commune|old|30|10|");
	alert_case_apply(k);
	parts(k, "c1", 5);
	parts(k, "c2", 7);
	parts(k, "west", 29);
	alert_case_step(k);
	g = doubt_said(k);
	assert_true(g.firing);
	assert_int_equal(g.n_units, 1);
	assert_int_equal(g.units[0], fold_unit(&k->up->in, "west"));
	parts(k, "west", 6);
	alert_case_step(k);
	assert_false(doubt_said(k).firing);
}

/* F7 */
static void
a_value_that_is_not_its_quotient_is_doubtful(void **state)
{
	struct alert_case *k = *state;
	struct figure *f;
	struct notice n;

	alert_case_enable(k, "prog", true);
	parts(k, "c1", 6);
	alert_case_step(k);
	f = fold_parts(&k->up->in, "pov@a", "c2", "2018",
	               (struct fold_ratio){6, 100});
	f->has |= FIGURE_VALUE;
	f->value = 1900;
	f->flags = FIGURE_FLAG_RATIO_MISMATCH;
	alert_case_step(k);
	assert_int_equal(doubt_said(k).units[0], fold_unit(&k->up->in, "c2"));
	n = told_one(k, "prog");
	assert_true(told_is(n.labels, "alertname", "TiendoDataQuality"));
	assert_true(told_is(n.labels, "audience", "data"));
	assert_true(told_is(n.labels, "severity", "warning"));
	parts(k, "c2", 7);
	alert_case_step(k);
	assert_false(doubt_said(k).firing);
	assert_false(told_one(k, "prog").firing);
}

/* A doubtful figure of a period that isn't judged troubles nobody. */
static void
only_the_judged_figure_is_looked_at(void **state)
{
	struct alert_case *k = *state;
	struct figure *f;
	struct notice_group g;

	parts(k, "c2", 6);
	f = fold_parts(&k->up->in, "pov@a", "c2", "2017",
	               (struct fold_ratio){6, 100});
	f->has |= FIGURE_VALUE;
	f->value = 1900;
	f->flags = FIGURE_FLAG_RATIO_MISMATCH;
	alert_case_step(k);
	assert_false(group_said(k, "prog", NOTICE_GROUP_QUALITY, &g));
}

/* --- journal and damage ---------------------------------------------------------------- */

static void
groups_stand_behind_alerts_in_order(void **state)
{
	struct alert_case *k = *state;
	struct span record;
	struct commit at = k->node.head;
	uint32_t last = 0, n = 0;

	/* that of the catalogue, before the switch */
	for (uint32_t i = 0; at.number > 1; i++) {
		struct notice_group g;
		enum err err = journal_record(fold_node_journal(&k->node),
		                              at.number - 1, i, &record);

		if (err == ERR_NOT_FOUND)
			break;
		assert_int_equal(err, ERR_OK);
		if (record_type(record) != RECORD_GROUP) {
			assert_int_equal(n, 0);
			continue;
		}
		assert_int_equal(notice_group_read(record, &g), ERR_OK);
		assert_true(n == 0 || g.programme > last);
		last = g.programme;
		n++;
	}
	assert_int_equal(n, 2);
	assert_int_equal(table_of(k, ALERT_TABLE_PAST_GROUPS), 2);
}

static void
a_damaged_group_is_damage(void **state)
{
	struct alert_case *k = *state;
	struct alert_key key = {.len = 0};
	struct span value;
	bool more;

	while (alert_table_next(fold_node_state(&k->node), ALERT_TABLE_GROUPS,
	                        &key, &value, &more) == ERR_OK &&
	       more)
		kv_put(fold_node_state(&k->node), alert_key_span(&key),
		       span_str("x"));
	fold_value(&k->up->in, "road", "c2", "2018", 99);
	agg_case_step(k->up);
	assert_int_equal(fold_node_step(&k->node, &k->up->node.out.records),
	                 ERR_CORRUPT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, alert_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(one_alert_for_all_who_are_late),
	    T(who_leaves_is_stored_and_told_to_nobody),
	    T(the_last_one_ends_it),
	    T(who_joins_is_told),
	    T(a_switch_tells_the_group_as_it_stands),
	    T(a_backfill_tells_the_group_at_its_end),
	    T(who_is_no_more_bound_leaves),
	    T(another_family_is_another_group),
	    T(so_many_are_named),
	    T(one_more_is_counted),
	    T(contested_figures_are_doubtful),
	    T(a_value_that_is_not_its_quotient_is_doubtful),
	    T(only_the_judged_figure_is_looked_at),
	    T(groups_stand_behind_alerts_in_order),
	    T(a_damaged_group_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
