/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_alert.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c tests/lib/stream_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/alert_past.h"
#include "services/alert/alert_stream.h"
#include "tests/lib/ask_alert.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"
#include "tests/lib/stream_case.h"

struct follower {
	struct stream_case copy;
	const char *only; /* NULL: all */
};

static bool
follower_wants(void *self, const char *topic)
{
	const struct follower *f = self;

	return f->only == NULL || strcmp(f->only, topic) == 0;
}

static void
follower_row(void *self, const char *topic, struct wire_list row)
{
	struct follower *f = self;

	stream_take(&f->copy, topic, row);
}

static void
follower_open(struct follower *f)
{
	*f = (struct follower){.only = NULL};
	stream_open(&f->copy);
}

static void
tell(struct ask_alert *f, struct follower *to, uint64_t number)
{
	const struct alert_stream_sink sink = {
	    .wants = follower_wants, .row = follower_row, .self = to};

	assert_int_equal(alert_stream_commit(&f->k->a,
	                                     fold_node_journal(&f->k->node),
	                                     number, &sink),
	                 ERR_OK);
}

static uint64_t
head_of(const struct ask_alert *f)
{
	return f->k->node.head.number;
}

/* What it holds is what stands, in the streams that are named and in those of targets
 * that are no more. */
static void
assert_whole(struct ask_alert *f, struct follower *to, uint64_t max)
{
	struct stream_case now;

	stream_open(&now);
	stream_load_all(&now, &f->ask, max);
	for (unsigned i = 0; i < to->copy.n; i++)
		stream_load(&now, &f->ask, to->copy.copies[i].topic, max);
	stream_same(&to->copy, &now);
	stream_close(&now);
}

static void
fold_any(struct ask_alert *f, uint64_t *seed)
{
	struct agg_case *up = f->k->up;

	assert_int_equal(
	    fold_node_step(&up->node, fold_random(&up->in, seed, 20)), ERR_OK);
	assert_int_equal(fold_node_step(&f->k->node, &up->node.out.records),
	                 ERR_OK);
}

static void
withdraw_all(struct ask_alert *f)
{
	struct agg_case *up = f->k->up;

	assert_int_equal(fold_node_step(&up->node, fold_withdraw(&up->in)),
	                 ERR_OK);
	assert_int_equal(fold_node_step(&f->k->node, &up->node.out.records),
	                 ERR_OK);
}

/* Catalogues one after the other: each line as it was, and as it becomes. */
static const struct {
	const char *from, *to;
} changes[] = {
    {"gulf|04|Gulf|||province", "gulf|04|Bay|||province"},
    {"other|fall|fall|plan|2017|pov@b|c3||||level|20.00||at_most||"
     "2016|30.00||2020|line",
     NULL},
    {"old|c3|east", "old|c3|gulf"},
    {"office|Office|||*|A|A|1|yes", "office|Office|||*|A|A|9|yes"},
    {"road||Roads||km|1||up|||||||sum|sum||A",
     "road||Roads||km|2||up|||||||sum|sum||A"},
    {"prog|fall|2016|behind reversing missed|warning|programme|1|1", NULL},
    {"prog|build|more|book|2019|road|c1 c3||||level|9.0||at_least|||||2024",
     "prog|build|more|book|2019|road|c3 c2||||level|8.0||at_least|||||2023"},
    {"prog|fall|fall|plan|2016|pov@a|c1 c2 west||||level|10.00||at_most||"
     "2015|30.00||2025|line",
     "prog|drop|fall|plan|2016|pov@a|c1 c2 west||||level|10.00||at_most||"
     "2015|30.00||2025|line"},
};
#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

static void
catalogue_any(struct ask_alert *f, size_t i)
{
	/* the rule of a target goes with it */
	if (i == N_CHANGES - 1)
		alert_case_line(f->k, "prog|fall|2016|at-risk|info|data|2|1",
		                NULL);
	alert_case_line(f->k, changes[i].from, changes[i].to);
	alert_case_apply(f->k);
}

static void
duties_add(struct ask_alert *f)
{
	alert_case_add(f->k, CAT_REPORTING, "pov|commune|old|30");
	alert_case_add(f->k, CAT_REPORTING, "road|commune|old|30");
	alert_case_apply(f->k);
}

static void
step_any(struct ask_alert *f, int i, uint64_t *seed)
{
	char date[16];

	if (i % 10 == 3) {
		(void)snprintf(date, sizeof(date), "%04d-0%d-01", 2019 + i / 20,
		               i % 20 == 3 ? 7 : 9);
		alert_case_tick(f->k, date);
	} else if (i % 10 == 6) {
		alert_case_complete(f->k, "pov@a", "c1",
		                    i % 20 == 6 ? "2018" : "2019");
	} else if (i % 10 == 8) {
		alert_case_note(f->k, "prog/build", "c1", "late rains");
	} else if (i % 10 == 9 && (size_t)(i / 10) < N_CHANGES) {
		catalogue_any(f, (size_t)(i / 10));
	} else if (i % 10 == 5) {
		(void)snprintf(date, sizeof(date), "20%d", 16 + i / 10);
		alert_case_value(f->k, "pov@a", i % 20 == 5 ? "c1" : "c2", date,
		                 i % 30 == 25 ? 500 : 3500);
	} else if (i == 84) {
		withdraw_all(f);
	} else {
		fold_any(f, seed);
	}
}

static void
updates_turn_the_snapshot_before_into_the_one_behind(void **state)
{
	struct ask_alert *f = *state;
	struct follower to;
	uint64_t seed = 20261123;

	print_message("seed %llu\n", (unsigned long long)seed);
	follower_open(&to);
	duties_add(f);
	stream_load_all(&to.copy, &f->ask, 0);
	for (int i = 0; i < 90; i++) {
		step_any(f, i, &seed);
		tell(f, &to, head_of(f));
		assert_whole(f, &to, below(&seed, 5) + 1);
		if (i % 13 == 12)
			fold_node_restart(&f->k->node);
	}
	print_message("%u gone\n", to.copy.gone);
	assert_true(to.copy.gone > 3);
	assert_true(stream_copy(&to.copy, "alert/prog/_/")->n > 0);
	assert_true(stream_copy(&to.copy, "alert/prog/fall/")->n > 0);
	assert_int_equal(stream_copy(&to.copy, "verdict/prog/fall/")->n, 0);
	assert_int_equal(stream_copy(&to.copy, "verdict/other/fall/")->n, 0);
	assert_true(stream_copy(&to.copy, "verdict/prog/drop/")->n > 0);
	stream_close(&to.copy);
}

/* Told when the service is at its head, under the last of several catalogues. */
static void
commits_may_be_told_long_after(void **state)
{
	struct ask_alert *f = *state;
	struct follower to;
	uint64_t seed = 8, from;

	follower_open(&to);
	duties_add(f);
	stream_load_all(&to.copy, &f->ask, 0);
	from = head_of(f);
	for (int i = 0; i < 90; i++)
		step_any(f, i, &seed);
	for (uint64_t n = from + 1; n <= head_of(f); n++)
		tell(f, &to, n);
	assert_whole(f, &to, 0);
	stream_close(&to.copy);
}

static void
pages_of_several_commits_become_whole_with_the_updates_between(void **state)
{
	const char *topic = "verdict/prog/fall/";
	struct ask_alert *f = *state;
	struct follower to, now;
	uint64_t seed = 5, from;

	follower_open(&to);
	follower_open(&now);
	for (int i = 0; i < 5; i++)
		fold_any(f, &seed);
	from = head_of(f);
	ask_begin(&f->ask, 1, ARGS("stream", topic));
	while (stream_page(&to.copy, &f->ask, topic))
		fold_any(f, &seed);
	assert_true(head_of(f) > from + 1);
	to.only = topic;
	for (uint64_t n = from + 1; n <= head_of(f); n++)
		tell(f, &to, n);
	stream_load(&now.copy, &f->ask, topic, 0);
	stream_same(&to.copy, &now.copy);
	stream_close(&to.copy);
	stream_close(&now.copy);
}

/* A figure off the path, then one that is better: fires, and resolves. */
static void
rows_say_what_was_said(void **state)
{
	struct ask_alert *f = *state;
	struct follower to;
	struct buf text;

	buf_init(&text, 65536);
	follower_open(&to);
	alert_case_value(f->k, "pov@a", "c1", "2018", 3500);
	tell(f, &to, head_of(f));
	assert_int_equal(to.copy.told, 2);
	assert_string_equal(
	    stream_text(&to.copy, "verdict/prog/fall/", "c1", &text),
	    "programme=prog target=fall unit=c1 indicator=pov@a period=2018 "
	    "value=35.00 status=A released=true expected=false "
	    "target_value=10.00 target_period=2025 base=30.00 base_period=2015 "
	    "path=24.00 margin=0.01 gap=-11.00 verdict=reversing final=false "
	    "timeliness=current last_verdict=reversing last_period=2018 "
	    "required_pace=3.571429 contested=false source=office commit=3");
	assert_string_equal(
	    stream_text(&to.copy, "alert/prog/fall/", "c1 warning", &text),
	    "programme=prog target=fall unit=c1 severity=warning "
	    "fingerprint=cf4b138a1e9fb7c4 alertname=TiendoTarget state=firing "
	    "verdict=reversing period=2018 value=35.00 gap=-11.00 since=2018 "
	    "commit=3");
	alert_case_value(f->k, "pov@a", "c1", "2019", 900);
	tell(f, &to, head_of(f));
	assert_string_equal(
	    stream_text(&to.copy, "alert/prog/fall/", "c1 warning", &text),
	    "programme=prog target=fall unit=c1 severity=warning "
	    "fingerprint=cf4b138a1e9fb7c4 alertname=TiendoTarget "
	    "state=resolved reason=achieved verdict=achieved period=2019 "
	    "value=9.00 gap=13.00 since=2018 ended=2019 commit=4");
	stream_close(&to.copy);
	buf_fini(&text);
}

static void
a_verdict_that_is_no_more_is_gone(void **state)
{
	struct ask_alert *f = *state;
	struct follower to;
	unsigned n;

	follower_open(&to);
	alert_case_value(f->k, "pov@a", "c1", "2018", 3500);
	stream_load_all(&to.copy, &f->ask, 0);
	n = stream_copy(&to.copy, "verdict/prog/fall/")->n;
	alert_case_line(f->k, alert_case_fall,
	                "prog|fall|fall|plan|2016|pov@a|c2 west||||level|"
	                "10.00||at_most||2015|30.00||2025|line");
	alert_case_apply(f->k);
	tell(f, &to, head_of(f));
	assert_true(to.copy.gone > 0);
	assert_int_equal(stream_copy(&to.copy, "verdict/prog/fall/")->n, n - 1);
	assert_int_equal(stream_copy(&to.copy, "alert/prog/fall/")->n, 1);
	assert_whole(f, &to, 0);
	stream_close(&to.copy);
}

/* --- questions --------------------------------------------------------------------- */

static void
streams_that_nobody_has_are_refused(void **state)
{
	static const char *const none[] = {
	    "verdict/prog/fall", "verdict/prog/none/", "verdict/prog/_/",
	    "alert/none/_/",     "agg/prog/fall/",     "prog/fall/"};
	struct ask_alert *f = *state;

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ask_refused(&f->ask, "snapshot",
		            (struct ask_refusal){ERR_NOT_FOUND, "stream"},
		            ARGS("stream", none[i]));
	ask_refused(&f->ask, "snapshot",
	            (struct ask_refusal){ERR_MISSING_FIELD, "stream"}, NO_ARGS);
	ask_refused(&f->ask, "snapshot",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, "args"},
	            ARGS("unit", "c1"));
	ask_refused(&f->ask, "streams",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, "args"},
	            ARGS("stream", "x"));
}

static void
names_are_listed_by_prefix(void **state)
{
	struct ask_alert *f = *state;

	assert_string_equal(ask_column_of(&f->ask, "streams", "stream",
	                                  ARGS("prefix", "alert/prog/")),
	                    "alert/prog/_/ alert/prog/fall/ "
	                    "alert/prog/build/ ");
	ask_rows(&f->ask, "streams", NO_ARGS);
	assert_int_equal(f->ask.q.rows.n_rows, 8);
	alert_case_line(f->k, alert_case_build, NULL);
	alert_case_line(f->k, alert_case_build_2019, NULL);
	alert_case_apply(f->k);
	ask_rows(&f->ask, "streams", NO_ARGS);
	assert_int_equal(f->ask.q.rows.n_rows, 6);
	ask_rows(&f->ask, "snapshot", ARGS("stream", "verdict/prog/build/"));
	assert_int_equal(f->ask.q.rows.n_rows, 0);
}

static void
a_token_of_any_bytes_is_only_a_place(void **state)
{
	static const char *const streams[] = {
	    "verdict/prog/fall/", "alert/prog/fall/", "alert/other/_/"};
	struct ask_alert *f = *state;
	uint64_t seed = 9;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 5; i++)
		fold_any(f, &seed);
	for (int i = 0; i < 2000; i++) {
		uint8_t token[20] = {0};

		token[0] = (uint8_t) "VPQW"[below(&seed, 4)];
		for (size_t k = 1; k < sizeof(token); k++)
			token[k] = (uint8_t)(below(&seed, 2) * below(&seed, 4));
		ask_begin(&f->ask, 5, ARGS("stream", streams[i % 3]));
		f->ask.asked.after = span_of(token, below(&seed, 21));
		assert_int_equal(ask_page(&f->ask, "snapshot"), ERR_OK);
	}
}

/* Transitions of other/fall, from severity on: none of them is a row. */
static void
past_put(struct ask_alert *f, uint32_t from, uint32_t to)
{
	struct alert alert = {.target =
	                          fold_target(&f->k->up->in, "other/fall"),
	                      .state = ALERT_INACTIVE};
	struct buf record;

	buf_init(&record, 1024);
	alert_record_write(&record, &alert);
	for (uint32_t i = from; i < to; i++) {
		alert.severity = (enum alert_severity)i;
		alert_past_alert(fold_node_state(&f->k->node), &alert, 1,
		                 buf_span(&record));
	}
	buf_fini(&record);
}

static void
a_page_looks_at_so_many_keys_and_no_more(void **state)
{
	struct ask_alert *f = *state;

	past_put(f, 0, ALERT_STREAM_LOOKS);
	ask_rows(&f->ask, "snapshot", ARGS("stream", "alert/other/fall/"));
	assert_int_equal(f->ask.q.next.len, 0);
	past_put(f, ALERT_STREAM_LOOKS, ALERT_STREAM_LOOKS + 1);
	ask_rows(&f->ask, "snapshot", ARGS("stream", "alert/other/fall/"));
	assert_int_equal(f->ask.q.rows.n_rows, 0);
	assert_true(f->ask.q.next.len > 0);
	assert_true(ask_next(&f->ask));
	assert_int_equal(ask_page(&f->ask, "snapshot"), ERR_OK);
	assert_int_equal(f->ask.q.next.len, 0);
}

#define NAMED_TEXT 96

/* Groups of two programmes, verdicts and alerts of n targets. */
static void
targets_apply(struct ask_alert *f, unsigned n)
{
	struct cat_line *lines = calloc(ALERT_LINES_MAX + n, sizeof(*lines));
	char(*text)[NAMED_TEXT] = calloc(n, sizeof(*text));
	size_t at = f->k->n_lines;

	assert_true(lines != NULL && text != NULL);
	memcpy(lines, f->k->lines, at * sizeof(*lines));
	for (unsigned i = 0; i + 3 < n; i++) {
		(void)snprintf(text[i], sizeof(text[i]),
		               "prog|t%u|t|plan|2016|road|c1||||level|5.0||"
		               "at_least|||||2020",
		               i);
		lines[at++] = (struct cat_line){CAT_TARGET, text[i]};
	}
	fold_catalogue(&f->k->up->in, lines, at);
	alert_case_step(f->k);
	free(lines);
	free(text);
}

static void
a_page_tries_so_many_names_and_no_more(void **state)
{
	struct ask_alert *f = *state;

	targets_apply(f, (ALERT_STREAM_NAMES - 2) / 2);
	ask_rows(&f->ask, "streams", ARGS("prefix", "none"));
	assert_int_equal(f->ask.q.next.len, 0);
	targets_apply(f, (ALERT_STREAM_NAMES - 2) / 2 + 1);
	ask_rows(&f->ask, "streams", ARGS("prefix", "none"));
	assert_true(f->ask.q.next.len > 0);
	assert_true(ask_next(&f->ask));
	assert_int_equal(ask_page(&f->ask, "streams"), ERR_OK);
	assert_int_equal(f->ask.q.next.len, 0);
}

int
main(void)
{
#define T(name)                                                \
	cmocka_unit_test_setup_teardown(name, ask_alert_setup, \
	                                ask_alert_teardown)
	const struct CMUnitTest tests[] = {
	    T(updates_turn_the_snapshot_before_into_the_one_behind),
	    T(commits_may_be_told_long_after),
	    T(pages_of_several_commits_become_whole_with_the_updates_between),
	    T(rows_say_what_was_said),
	    T(a_verdict_that_is_no_more_is_gone),
	    T(streams_that_nobody_has_are_refused),
	    T(names_are_listed_by_prefix),
	    T(a_token_of_any_bytes_is_only_a_place),
	    T(a_page_looks_at_so_many_keys_and_no_more),
	    T(a_page_tries_so_many_names_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
