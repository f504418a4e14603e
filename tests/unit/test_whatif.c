/* links: services/ctl/whatif.c services/ctl/whatif_view.c services/ctl/rehearsal.c services/ctl/changes.c services/ctl/pile.c services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/rehearsal.h"
#include "services/ctl/whatif.h"
#include "tests/lib/alert_case.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"

enum { PAIRS_MAX = 12, RECORD_MAX = 1 << 20 };

struct told {
	struct whatif_pair pairs[PAIRS_MAX];
	uint32_t n;
	struct whatif_counts counts;
	bool refold; /* figures had to be folded again */
	bool idle;
	enum err err;
};

static enum err
keep(void *self, const struct whatif_pair *pair)
{
	struct told *told = self;

	assert_in_range(told->n, 0, PAIRS_MAX - 1);
	told->pairs[told->n++] = *pair;
	return ERR_OK;
}

/* The record that k->lines would be. */
static void
record_make(struct alert_case *k, struct buf *out)
{
	struct catalogue *made = NULL;
	struct cat_errors errors;
	struct cat_rows rows;
	struct buf packed;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	buf_init(&packed, RECORD_MAX);
	cat_lines_rows(&rows, k->lines, k->n_lines);
	assert_int_equal(catalogue_build(&made, &rows,
	                                 &k->up->in.catalogue->registry,
	                                 &errors),
	                 ERR_OK);
	assert_int_equal(catalogue_pack(&made->registry, &rows, &packed),
	                 ERR_OK);
	catalogue_record_write(out, k->up->in.version + 1, buf_span(&packed));
	catalogue_free(&made);
	buf_fini(&packed);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
}

static struct span
present_record(struct alert_case *k)
{
	struct alert_key key = alert_key_single(ALERT_TABLE_CATALOGUE);
	struct span record;

	assert_int_equal(
	    kv_get(fold_node_state(&k->node), alert_key_span(&key), &record),
	    ERR_OK);
	return record;
}

static void
journal_take(struct alert_case *k, struct whatif *w)
{
	struct kv *journal = fold_node_journal(&k->up->node);
	struct commit head, commit;
	struct span record;

	assert_int_equal(journal_head(journal, &head), ERR_OK);
	for (uint64_t n = 1; n <= head.number; n++) {
		assert_int_equal(journal_commit(journal, n, &commit), ERR_OK);
		for (uint32_t i = 0; i < commit.n_records; i++) {
			assert_int_equal(journal_record(journal, n, i, &record),
			                 ERR_OK);
			assert_int_equal(whatif_take(w, record), ERR_OK);
		}
	}
}

static void
rehearse(struct rehearsal *r, struct kv *state, uint64_t number,
         const struct record_list *records)
{
	struct span *items = calloc(records->n + 1, sizeof(*items));
	struct turn_input in = {
	    .number = number, .items = items, .n_items = records->n};
	bool more = true;

	assert_non_null(items);
	for (size_t i = 0; i < records->n; i++)
		items[i] = record_list_at(records, i);
	while (more)
		assert_int_equal(rehearsal_turn(r, state, &in, &more), ERR_OK);
	free(items);
}

/* Ingest's journal, then the changed catalogue. */
static void
refold(struct alert_case *k, struct span changed, struct whatif *w)
{
	const struct fold_input *in = &k->up->in;
	const struct record_list *said;
	struct rehearsal *r = NULL;
	struct record_list last;
	struct kv_mem *mem = NULL;

	assert_int_equal(kv_mem_new(&mem), ERR_OK);
	assert_int_equal(rehearsal_new(&r), ERR_OK);
	for (unsigned i = 0; i < in->n_commits; i++)
		rehearse(r, kv_mem_kv(mem), i + 1, &in->commits[i]);
	assert_true(rehearsal_rows(r) > 0);
	record_list_init(&last);
	record_list_add(&last, changed);
	rehearse(r, kv_mem_kv(mem), in->n_commits + 1, &last);
	said = rehearsal_said(r);
	for (size_t i = 0; i < said->n; i++)
		assert_int_equal(whatif_take_anew(w, record_list_at(said, i)),
		                 ERR_OK);
	record_list_fini(&last);
	rehearsal_free(&r);
	kv_mem_free(&mem);
}

/* Asks what k->lines would change. */
static void
ask(struct alert_case *k, struct told *told)
{
	struct whatif *w = NULL;
	struct buf changed;

	memset(told, 0, sizeof(*told));
	buf_init(&changed, RECORD_MAX);
	record_make(k, &changed);
	assert_int_equal(whatif_new(&w, present_record(k), buf_span(&changed)),
	                 ERR_OK);
	told->idle = whatif_is_idle(w);
	journal_take(k, w);
	assert_int_equal(whatif_taken(w, &told->refold), ERR_OK);
	if (told->refold)
		refold(k, buf_span(&changed), w);
	told->err = whatif_judge(w, keep, told, &told->counts);
	whatif_free(&w);
	buf_fini(&changed);
}

static const struct whatif_pair *
pair_of(const struct told *told, uint32_t target, uint32_t unit)
{
	uint32_t i = 0;

	while (i < told->n &&
	       (told->pairs[i].target != target || told->pairs[i].unit != unit))
		i++;
	assert_in_range(i, 0, told->n - 1);
	return &told->pairs[i];
}

/* What the last commit of alert journaled is what was foretold, and no more. */
static void
came_true(struct alert_case *k, const struct told *told)
{
	unsigned n = alert_case_count(k, RECORD_VERDICT);

	assert_int_equal(told->err, ERR_OK);
	assert_int_equal(told->counts.verdicts, n);
	for (unsigned i = 0; i < n; i++) {
		bool gone = false;
		struct verdict v = alert_case_verdict(k, i, &gone);
		const struct whatif_pair *pair =
		    pair_of(told, v.target, v.unit);

		assert_true(pair->verdict_differs);
		assert_int_equal(pair->is.row, !gone);
		if (!gone)
			assert_true(verdict_equal(&pair->is.verdict, &v));
	}
	n = alert_case_count(k, RECORD_ALERT);
	for (unsigned i = 0; i < n; i++) {
		struct alert a = alert_case_alert(k, i);
		const struct whatif_pair *pair =
		    pair_of(told, a.target, a.unit);

		assert_int_equal(pair->is.fires[a.severity],
		                 a.state == ALERT_FIRING);
	}
}

static void
figures(struct alert_case *k)
{
	uint64_t seed = 41;

	printf("seed %llu\n", (unsigned long long)seed);
	alert_case_tick(k, "2022-06-01");
	for (int year = 2016; year <= 2021; year++) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%d", year);
		for (int i = 1; i <= 3; i++) {
			char unit[8];

			(void)snprintf(unit, sizeof(unit), "c%d", i);
			(void)alert_case_value(k, "pov@a", unit, text,
			                       3000 - (year - 2015) * 60 * i);
			(void)alert_case_value(k, "pov@b", unit, text,
			                       (int64_t)below(&seed, 3000));
			(void)alert_case_value(k, "road", unit, text,
			                       (year - 2015) * 10);
		}
	}
}

static void
a_stricter_target_is_foretold(void **state)
{
	struct alert_case *k = *state;
	struct told told;

	figures(k);
	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a|c1 c2 west||||level|"
	                "5.00||at_most||2015|30.00||2025|line");
	ask(k, &told);
	assert_false(told.refold);
	assert_false(told.idle);
	assert_int_equal(told.counts.judged, 3);
	assert_int_equal(told.counts.verdicts, 3);
	assert_true(told.counts.rows >= 54);
	alert_case_apply(k);
	came_true(k, &told);
}

static void
alerts_follow_the_rules(void **state)
{
	struct alert_case *k = *state;
	struct told told;

	figures(k);
	alert_case_line(k, alert_case_rule, NULL);
	ask(k, &told);
	assert_int_equal(told.counts.verdicts, 0);
	assert_true(told.counts.alerts > 0);
	assert_int_equal(told.n, told.counts.alerts);
	alert_case_apply(k);
	came_true(k, &told);
}

/* Also of series that no target has read so far. */
static void
a_new_target_and_one_that_goes_are_foretold(void **state)
{
	struct alert_case *k = *state;
	struct told told;

	figures(k);
	(void)alert_case_value(k, "wage", "c3", "2020", 77);
	alert_case_add(k, CAT_TARGET,
	               "prog|pay|pay|plan|2016|wage|c3 c4||||level|9.0||"
	               "at_least||2015|5.0||2030|line");
	alert_case_line(k, alert_case_build, NULL);
	alert_case_line(k, alert_case_build_2019, NULL);
	ask(k, &told);
	assert_int_equal(told.counts.judged, 2 + 2);
	alert_case_apply(k);
	came_true(k, &told);
}

static void
the_same_catalogue_changes_nothing(void **state)
{
	struct alert_case *k = *state;
	struct told told;

	figures(k);
	ask(k, &told);
	assert_false(told.refold);
	assert_true(told.idle);
	assert_int_equal(told.counts.judged, 0);
	assert_int_equal(told.n, 0);
}

/* Foretold, applied, and true; some verdict differs. */
static void
folded_again(struct alert_case *k)
{
	struct told told;

	ask(k, &told);
	assert_true(told.refold);
	assert_true(told.counts.verdicts > 0);
	alert_case_apply(k);
	came_true(k, &told);
	ask(k, &told);
	assert_false(told.refold);
	assert_int_equal(told.n, 0);
}

/* Numerators and denominators, which add up. */
static void
parts(struct alert_case *k)
{
	static const char *const units[] = {"c1", "c2", "c3", "c4", "c5"};

	alert_case_tick(k, "2020-11-01");
	for (int year = 2016; year <= 2019; year++) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%d", year);
		for (int i = 0; i < 5; i++)
			(void)fold_parts(
			    &k->up->in, "pov@a", units[i], text,
			    (struct fold_ratio){
			        150 + 40 * i - (year - 2015) * 30, 1000});
		alert_case_step(k);
	}
}

static void
another_place_is_foretold(void **state)
{
	struct alert_case *k = *state;

	parts(k);
	alert_case_line(k, "old|c3|east", "old|c3|west");
	folded_again(k);
}

static void
another_weight_is_foretold(void **state)
{
	struct alert_case *k = *state;

	parts(k);
	alert_case_line(k, "old|c2|west", "old|c2|west|250000");
	alert_case_add(k, CAT_MEMBER, "old|c2|east|750000");
	folded_again(k);
}

/* Of what two offices say the one that ranks first counts. */
static void
another_rank_is_foretold(void **state)
{
	struct alert_case *k = *state;

	figures(k);
	for (uint32_t i = 0; i < 2; i++) {
		struct figure *f = fold_value(&k->up->in, "pov@a", "c1", "2020",
		                              i == 0 ? 100 : 4000);

		f->status = STATUS_P;
		f->source = fold_source(&k->up->in, i == 0 ? "dept" : "press");
		alert_case_step(k);
	}
	(void)fold_delete(&k->up->in, "pov@a", "c1", "2020");
	alert_case_step(k);
	(void)fold_delete(&k->up->in, "pov@a", "c1", "2021");
	alert_case_step(k);
	alert_case_line(k, "dept|Dept|||*|A|P|3|no", "dept|Dept|||*|A|P|9|no");
	folded_again(k);
}

static void
decimals_that_grow_are_foretold(void **state)
{
	struct alert_case *k = *state;

	figures(k);
	alert_case_line(k, "pov|a|Poverty||%|2|100|down|||||||ratio|last||A",
	                "pov|a|Poverty||%|4|100|down|||||||ratio|last||A");
	folded_again(k);
}

/* After folding again the journal repeats what targets read then; of other series it
 * can't tell any more: ingest's can. */
static void
what_was_folded_again_unread_is_folded_once_more(void **state)
{
	struct alert_case *k = *state;
	struct told told;

	figures(k);
	(void)alert_case_value(k, "wage", "c3", "2020", 77);
	alert_case_line(k, "old|c3|east", "old|c3|west");
	alert_case_apply(k);
	alert_case_line(k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a|c1 c2 west||||level|"
	                "5.00||at_most||2015|30.00||2025|line");
	alert_case_add(k, CAT_TARGET,
	               "prog|pay|pay|plan|2016|wage|c3||||level|9.0||"
	               "at_least||2015|5.0||2030|line");
	ask(k, &told);
	assert_true(told.refold);
	assert_int_equal(told.counts.judged, 4);
	alert_case_apply(k);
	came_true(k, &told);
}

/* Before the first catalogue all of it is new, and nothing was said. */
static void
the_first_catalogue_is_foretold(void **state)
{
	struct alert_case *k = *state;
	struct whatif *w = NULL;
	struct told told = {.n = 0};
	const struct changes *changes;
	struct buf changed;
	bool again = false;

	buf_init(&changed, RECORD_MAX);
	record_make(k, &changed);
	assert_int_equal(whatif_new(&w, span_of(NULL, 0), buf_span(&changed)),
	                 ERR_OK);
	changes = whatif_changes(w);
	/* c4 and c5 lie twice in a map, one target has versions, one two rules */
	assert_int_equal(changes->n, k->n_lines - 4);
	for (uint32_t i = 0; i < changes->n; i++)
		assert_int_equal(changes_what(changes, i), CHANGE_ADDED);
	assert_false(whatif_is_idle(w));
	buf_reset(&changed);
	tick_write(&changed, k->a.tick);
	assert_int_equal(whatif_take(w, buf_span(&changed)), ERR_OK);
	assert_int_equal(whatif_taken(w, &again), ERR_OK);
	assert_true(again);
	assert_int_equal(whatif_judge(w, keep, &told, &told.counts), ERR_OK);
	assert_true(told.n > 0);
	for (uint32_t i = 0; i < told.n; i++) {
		assert_false(told.pairs[i].was.row);
		assert_true(told.pairs[i].is.row);
	}
	whatif_free(&w);
	buf_fini(&changed);
}

static void
a_journal_that_lacks_the_catalogue_is_asked_again(void **state)
{
	struct alert_case *k = *state;
	struct whatif *w = NULL;
	struct whatif_counts counts;
	struct buf changed;
	struct told told = {.n = 0};
	bool again = false;

	buf_init(&changed, RECORD_MAX);
	record_make(k, &changed);
	assert_int_equal(whatif_new(&w, present_record(k), buf_span(&changed)),
	                 ERR_OK);
	assert_int_equal(whatif_taken(w, &again), ERR_AGAIN);
	assert_int_equal(whatif_judge(w, keep, &told, &counts), ERR_AGAIN);
	assert_int_equal(whatif_take_anew(w, span_str("\x06\x01\xff")),
	                 ERR_CORRUPT);
	assert_int_equal(whatif_take(w, span_str("\x7f\x01")), ERR_CORRUPT);
	assert_int_equal(whatif_take(w, span_str("\x06\x01\xff")), ERR_CORRUPT);
	whatif_free(&w);
	assert_int_equal(whatif_new(&w, span_str("x"), buf_span(&changed)),
	                 ERR_CORRUPT);
	assert_null(w);
	buf_fini(&changed);
}

static void
changes_are_named_by_kind_and_id(void **state)
{
	static const struct cat_line was[] = {
	    {CAT_UNIT, "a|1|A|||province||"},
	    {CAT_UNIT, "b|2|B|||province||"},
	    {CAT_UNIT, "c|3|C|||province||"},
	    {CAT_INDICATOR, "pov|a|Poverty||%|2"},
	    {CAT_DOCUMENT, "plan||2016"},
	};
	static const struct cat_line is[] = {
	    {CAT_DOCUMENT, "plan||2016"},
	    {CAT_UNIT, "a|1|A|||province||"},
	    {CAT_UNIT, "b|2|B|||province||2025-06-30"},
	    {CAT_INDICATOR, "pov|a|Poverty||%|3"},
	    {CAT_UNIT, "d|4|D|||province||"},
	};
	static const struct {
		const char *id;
		enum change_what what;
	} want[] = {
	    {"a", CHANGE_SAME},    {"b", CHANGE_CLOSED},
	    {"c", CHANGE_REMOVED}, {"pov@a", CHANGE_CHANGED},
	    {"plan", CHANGE_SAME}, {"d", CHANGE_ADDED},
	};
	struct changes c;
	struct cat_rows rows;

	(void)state;
	changes_init(&c);
	cat_rows_init(&rows);
	cat_lines_rows(&rows, was, 5);
	assert_int_equal(changes_take(&c, &rows, true), ERR_OK);
	cat_rows_fini(&rows);
	cat_rows_init(&rows);
	cat_lines_rows(&rows, is, 5);
	assert_int_equal(changes_take(&c, &rows, false), ERR_OK);
	cat_rows_fini(&rows);
	assert_int_equal(c.n, 6);
	for (uint32_t i = 0; i < 6; i++) {
		assert_true(
		    span_equal(changes_id(&c, i), span_str(want[i].id)));
		assert_int_equal(changes_what(&c, i), want[i].what);
	}
	assert_true(changes_any(&c, CAT_UNIT));
	assert_false(changes_any(&c, CAT_DOCUMENT));
	assert_false(changes_any(&c, CAT_TARGET));
	assert_true(changes_of(&c, CAT_INDICATOR, "pov@a"));
	assert_false(changes_of(&c, CAT_UNIT, "a"));
	assert_false(changes_of(&c, CAT_UNIT, "nobody"));
	assert_string_equal(change_name(CHANGE_CLOSED), "closed");
	changes_fini(&c);
}

#define CASE(f)                                              \
	cmocka_unit_test_setup_teardown(f, alert_case_setup, \
	                                alert_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_stricter_target_is_foretold),
	    CASE(alerts_follow_the_rules),
	    CASE(a_new_target_and_one_that_goes_are_foretold),
	    CASE(the_same_catalogue_changes_nothing),
	    CASE(another_place_is_foretold),
	    CASE(another_weight_is_foretold),
	    CASE(another_rank_is_foretold),
	    CASE(decimals_that_grow_are_foretold),
	    CASE(what_was_folded_again_unread_is_folded_once_more),
	    CASE(the_first_catalogue_is_foretold),
	    CASE(a_journal_that_lacks_the_catalogue_is_asked_again),
	    cmocka_unit_test(changes_are_named_by_kind_and_id),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
