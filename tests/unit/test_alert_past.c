/* links: services/alert/alert.c services/alert/alert_eval.c services/alert/alert_fresh.c services/alert/alert_group.c services/alert/alert_tell.c services/alert/outbox.c services/alert/alert_absent.c services/alert/alert_query.c services/alert/alert_stream.c services/alert/alert_filter.c services/alert/alert_methods.c services/alert/alert_note.c services/alert/alert_past.c services/alert/alert_points.c services/alert/alert_rolled.c services/alert/alert_state.c services/alert/alert_status.c services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/alert_fold.c common/domain/alert_record.c common/domain/explain.c common/domain/explain_change.c common/domain/explain_sums.c common/domain/explain_kinds.c common/domain/explain_texts.c common/domain/verdict.c common/domain/verdict_names.c common/domain/verdict_path.c common/domain/verdict_pick.c common/domain/verdict_record.c common/domain/verdict_rules.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_near.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/method.c common/domain/notice.c common/domain/notice_words.c common/domain/period.c common/domain/rank.c common/domain/projection.c common/domain/progress.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/alert_case.c tests/lib/ask_alert.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/alert_note.h"
#include "services/alert/alert_past.h"
#include "services/alert/alert_query.h"
#include "tests/lib/ask_alert.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"

static char *
number(uint64_t n, char out[24])
{
	(void)snprintf(out, 24, "%llu", (unsigned long long)n);
	return out;
}

/* Columns of an answer that do not depend on when it is asked. */
static void
answer_keep(struct ask_alert *f, const char *what, const char *const *args,
            struct buf *out)
{
	static const char *const status[] = {
	    "programme",    "target",      "unit",
	    "unit_name",    "indicator",   "map",
	    "period",       "value",       "status",
	    "path",         "gap",         "margin",
	    "verdict",      "reason",      "final",
	    "timeliness",   "expected_by", "pace",
	    "last_verdict", "last_period", "base",
	    "source",       "contested",   "target_value",
	    "released",     "commit",      NULL};
	static const char *const alerts[] = {
	    "unit", "target", "severity", "state", "since", "commit", NULL};
	const char *const *names =
	    strcmp(what, "status") == 0 ? status : alerts;

	ask_begin(&f->ask, 0, args);
	assert_int_equal(ask_page(&f->ask, what), ERR_OK);
	buf_reset(out);
	for (size_t i = 0; names[i] != NULL; i++) {
		buf_put_str(out, ask_column(&f->ask, names[i]));
		buf_put_str(out, "\n");
	}
}

/* K5: whatever was said at a commit is found again as of it, ever after. */
static void
what_status_said_is_what_it_says_as_of_then(void **state)
{
	enum { COMMITS = 40 };
	struct ask_alert *f = *state;
	struct alert_case *k = f->k;
	struct buf said[COMMITS], alerts[COMMITS], now;
	uint64_t commits[COMMITS];
	uint64_t seed = 77;
	char text[24];

	print_message("seed %llu\n", (unsigned long long)seed);
	buf_init(&now, 1 << 20);
	for (int i = 0; i < COMMITS; i++) {
		char date[12];

		(void)snprintf(date, sizeof(date), "%d-%02d-02", 2019 + i / 10,
		               1 + i % 10);
		if (i % 4 == 0)
			fold_tick(&k->up->in, date);
		if (i == 20)
			alert_case_line(k, alert_case_rule, NULL);
		if (i == 20 || i == 30)
			alert_case_apply(k);
		(void)fold_random(&k->up->in, &seed, 40);
		k->up->in.n_commits--;
		k->up->in.open = &k->up->in.commits[k->up->in.n_commits];
		alert_case_step(k);
		commits[i] = k->node.head.number;
		buf_init(&said[i], 1 << 20);
		buf_init(&alerts[i], 1 << 20);
		answer_keep(f, "status", NO_ARGS, &said[i]);
		answer_keep(f, "alerts", NO_ARGS, &alerts[i]);
	}
	fold_node_restart(&k->node);
	for (int i = 0; i < COMMITS; i++) {
		answer_keep(f, "status",
		            ARGS("as_of", number(commits[i], text)), &now);
		assert_string_equal(buf_cstr(&now), buf_cstr(&said[i]));
		answer_keep(f, "alerts",
		            ARGS("as_of", number(commits[i], text)), &now);
		assert_string_equal(buf_cstr(&now), buf_cstr(&alerts[i]));
		buf_fini(&said[i]);
		buf_fini(&alerts[i]);
	}
	buf_fini(&now);
}

static void
before_anything_was_said_there_is_no_row(void **state)
{
	struct ask_alert *f = *state;
	uint64_t first = f->k->node.head.number;
	char text[24];

	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit", ARGS("as_of", "0")), "");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "unit", ARGS("as_of", "0")), "");
	assert_string_equal(ask_column_of(&f->ask, "status", "unit",
	                                  ARGS("as_of", number(first, text))),
	                    "west c1 c2 c1 c3 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit",
	                  ARGS("as_of", number(first - 1, text))),
	    "");
}

static void
a_commit_that_is_not_there_yet_is_refused(void **state)
{
	struct ask_alert *f = *state;
	uint64_t head = f->k->node.head.number;
	char text[24];

	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_POSITION, NULL},
	            ARGS("as_of", number(head + 1, text)));
	assert_string_equal(f->ask.q.field, "as_of");
	ask_refused(&f->ask, "alerts",
	            (struct ask_refusal){ERR_UNKNOWN_POSITION, NULL},
	            ARGS("as_of", number(head + 1, text)));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "commit:1"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "-1"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "99999999999999999999"));
}

static void
other_periods_and_days_were_never_said(void **state)
{
	struct ask_alert *f = *state;

	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "2", "at", "2018"));
	assert_string_equal(f->ask.q.field, "at");
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "2", "today", "2018-01-01"));
	assert_string_equal(f->ask.q.field, "today");
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "2", "methods", "all"));
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_BAD_VALUE, NULL},
	            ARGS("as_of", "2", "ranks", "yes", "target", "fall"));
	assert_string_equal(f->ask.q.field, "ranks");
	ask_refused(&f->ask, "explain",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, NULL},
	            ARGS("as_of", "2", "target", "fall", "unit", "c1"));
}

/* The one before, with the time of the commit asked, and its own. */
static void
a_row_says_as_of_when_and_when_it_was_said(void **state)
{
	struct ask_alert *f = *state;
	char text[24], wanted[64];
	uint64_t at;

	alert_case_value(f->k, "pov@a", "c1", "2018", 2900);
	at = f->k->node.head.number;
	alert_case_value(f->k, "pov@a", "c2", "2018", 2000);
	alert_case_value(f->k, "pov@a", "c1", "2018", 1000);
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "verdict",
	                  ARGS("unit", "c1", "target", "prog/fall", "as_of",
	                       number(at + 1, text))),
	    "behind ");
	(void)snprintf(wanted, sizeof(wanted), "%llu ", (unsigned long long)at);
	assert_string_equal(ask_column(&f->ask, "said_commit"), wanted);
	(void)snprintf(wanted, sizeof(wanted), "%llu ",
	               (unsigned long long)at * 1000);
	assert_string_equal(ask_column(&f->ask, "as_of_ms"), wanted);
	assert_string_equal(ask_column(&f->ask, "method"), "path ");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit",
	                                  ARGS("as_of", number(at + 1, text))),
	                    "c1 ");
	assert_string_equal(ask_column_of(&f->ask, "alerts", "unit",
	                                  ARGS("as_of", number(at + 2, text))),
	                    "");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "reason",
	                  ARGS("as_of", number(at + 2, text), "all", "yes")),
	    "revised ");
}

static void
what_was_said_of_a_target_that_is_gone_is_still_known(void **state)
{
	struct ask_alert *f = *state;
	struct alert_case *k = f->k;
	uint64_t before;
	char text[24];

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	before = k->node.head.number;
	alert_case_line(k, alert_case_fall, NULL);
	alert_case_line(k, alert_case_rule, NULL);
	alert_case_line(k, "prog|fall|2016|at-risk|info|data|2|1", NULL);
	alert_case_apply(k);
	(void)number(before, text);
	/* no version is there to tell the method; names are */
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "target",
	                  ARGS("as_of", text, "programme", "prog")),
	    "fall fall fall build ");
	assert_string_equal(ask_column(&f->ask, "programme"),
	                    "prog prog prog prog ");
	assert_string_equal(ask_column(&f->ask, "method"), "   path ");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "target", ARGS("as_of", text)),
	    "fall ");
	assert_string_equal(ask_column(&f->ask, "indicator"), " ");
	/* gone is what was said last */
	(void)number(k->node.head.number, text);
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "target",
	                  ARGS("as_of", text, "programme", "prog")),
	    "build ");
	assert_string_equal(
	    ask_column_of(&f->ask, "alerts", "target", ARGS("as_of", text)),
	    "");
}

static void
what_was_said_is_filtered(void **state)
{
	struct ask_alert *f = *state;
	char text[24];

	(void)number(f->k->node.head.number, text);
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit",
	                  ARGS("as_of", text, "programme", "other")),
	    "c3 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit",
	                  ARGS("as_of", text, "indicator", "road")),
	    "c1 ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "unit",
	                  ARGS("as_of", text, "level", "province")),
	    "west ");
	assert_string_equal(ask_column_of(&f->ask, "status", "unit",
	                                  ARGS("as_of", text, "map", "old")),
	                    "");
	ask_refused(&f->ask, "status",
	            (struct ask_refusal){ERR_UNKNOWN_REFERENCE, NULL},
	            ARGS("as_of", text, "unit", "nobody"));
}

static void
pages_of_what_was_said_follow_each_other(void **state)
{
	struct ask_alert *f = *state;
	char seen[100] = "";
	char text[24];

	fold_value(&f->k->up->in, "pov@a", "c1", "2018", 2900);
	fold_value(&f->k->up->in, "pov@a", "c2", "2018", 2900);
	alert_case_step(f->k);
	(void)number(f->k->node.head.number, text);
	ask_begin(&f->ask, 2, ARGS("as_of", text));
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
		(void)snprintf(seen + n, sizeof(seen) - n, "%s|",
		               ask_column(&f->ask, "unit"));
	} while (ask_next(&f->ask));
	assert_string_equal(seen, "west c1 |c2 c1 |c3 |");
	seen[0] = 0;
	ask_begin(&f->ask, 1, ARGS("as_of", text));
	do {
		size_t n = strlen(seen);

		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
		(void)snprintf(seen + n, sizeof(seen) - n, "%s|",
		               ask_column(&f->ask, "unit"));
	} while (ask_next(&f->ask));
	assert_string_equal(seen, "c1 |c2 |");
}

static void
a_token_of_any_bytes_is_only_a_place(void **state)
{
	static const char *const tokens[] = {
	    "W", "PPPPPPPPPPPPP", "WzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzZ",
	    "Wzzzzzzzz"};
	struct ask_alert *f = *state;
	char text[24];

	(void)number(f->k->node.head.number, text);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		ask_begin(&f->ask, 0, ARGS("as_of", text));
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "status"), ERR_OK);
		ask_begin(&f->ask, 0, ARGS("as_of", text));
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "alerts"), ERR_OK);
	}
}

static void
a_damaged_past_is_damage(void **state)
{
	struct ask_alert *f = *state;
	struct kv *kv = fold_node_state(&f->k->node);
	const uint32_t pair[2] = {0, 0};
	struct alert alert = {.target = 0};
	char text[24];

	(void)number(f->k->node.head.number, text);
	alert_past_verdict(kv, pair, 1, span_str("damage"));
	ask_refused(&f->ask, "status", (struct ask_refusal){ERR_CORRUPT, NULL},
	            ARGS("as_of", text));
	alert_past_alert(kv, &alert, 1, span_str("damage"));
	ask_refused(&f->ask, "alerts", (struct ask_refusal){ERR_CORRUPT, NULL},
	            ARGS("as_of", text));
}

/* --- notes ------------------------------------------------------------------------ */

static void
a_note_is_shown_and_changes_nothing(void **state)
{
	struct ask_alert *f = *state;
	struct alert_case *k = f->k;
	uint64_t judged;
	char text[24];

	alert_case_value(k, "pov@a", "c1", "2018", 2900);
	judged = k->a.judged;
	alert_case_note(k, "prog/fall", "c1", "flood in October");
	assert_int_equal(k->node.head.n_records, 0);
	assert_true(k->a.judged == judged);
	alert_case_note(k, "prog/fall", "c1", "counted again");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "notes",
	                  ARGS("target", "prog/fall", "unit", "c1")),
	    "counted again (plan); flood in October (plan) ");
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "notes",
	                  ARGS("target", "prog/fall", "unit", "c2")),
	    " ");
	ask_begin(&f->ask, 0, ARGS("target", "prog/fall", "unit", "c1"));
	assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
	assert_non_null(
	    strstr(ask_column(&f->ask, "line"),
	           "Note, 1970-01-01: flood in October (plan) Note, "
	           "1970-01-01: counted again (plan)"));
	ask_begin(&f->ask, 0,
	          ARGS("target", "prog/fall", "unit", "c1", "lang", "vi"));
	assert_int_equal(ask_page(&f->ask, "explain"), ERR_OK);
	assert_non_null(strstr(ask_column(&f->ask, "line"), "Ghi chú, "));
	/* as of the first, the second was not there yet */
	assert_string_equal(
	    ask_column_of(&f->ask, "status", "notes",
	                  ARGS("target", "prog/fall", "unit", "c1", "as_of",
	                       number(k->node.head.number - 1, text))),
	    "flood in October (plan) ");
}

static struct alert_notes
notes_by(struct alert_case *k, uint64_t commit)
{
	struct alert_notes_of of = {.target =
	                                fold_target(&k->up->in, "prog/fall"),
	                            .unit = fold_unit(&k->up->in, "c1"),
	                            .by = commit};
	struct alert_notes notes;

	assert_int_equal(
	    alert_notes_read(fold_node_state(&k->node), &of, &notes), ERR_OK);
	return notes;
}

/* Notes of these numbers, oldest first. */
static void
are_notes(const struct alert_notes *notes, uint64_t first, uint64_t last)
{
	char text[24];

	assert_int_equal(notes->n, last - first + 1);
	for (uint32_t i = 0; i < notes->n; i++)
		assert_true(span_equal(notes->list[i].note.text,
		                       span_str(number(first + i, text))));
}

/* At the bound, and past it. */
static void
the_last_notes_by_a_commit_are_shown(void **state)
{
	enum { NOTES = 2 * NOTES_SHOWN_MAX + 3 };

	struct ask_alert *f = *state;
	struct alert_case *k = f->k;
	uint64_t before = k->node.head.number;
	struct alert_notes notes = notes_by(k, UINT64_MAX);
	char text[24];

	assert_int_equal(notes.n, 0);
	for (uint64_t i = 0; i < NOTES; i++)
		alert_case_note(k, "prog/fall", "c1", number(i, text));
	alert_case_note(k, "prog/fall", "c2", "another's");
	for (uint64_t i = 0; i < NOTES; i++) {
		uint64_t first =
		    i < NOTES_SHOWN_MAX ? 0 : i + 1 - NOTES_SHOWN_MAX;

		notes = notes_by(k, before + 1 + i);
		are_notes(&notes, first, i);
		assert_true(notes.list[notes.n - 1].commit == before + 1 + i);
	}
	notes = notes_by(k, UINT64_MAX);
	are_notes(&notes, NOTES - NOTES_SHOWN_MAX, NOTES - 1);
	notes = notes_by(k, before);
	assert_int_equal(notes.n, 0);
}

static void
notes_of_one_commit_are_in_order(void **state)
{
	struct ask_alert *f = *state;
	struct kv *kv = fold_node_state(&f->k->node);
	struct alert_note note = {
	    .commit = 7,
	    .note = {.target = fold_target(&f->k->up->in, "prog/fall"),
	             .unit = fold_unit(&f->k->up->in, "c1"),
	             .document = NUMBER_NONE}};
	struct alert_notes notes;
	struct buf record;
	char text[24];

	buf_init(&record, 4096);
	for (uint32_t i = 0; i < 3; i++) {
		note.place = i;
		note.note.text = span_str(number(i, text));
		buf_reset(&record);
		note_write(&record, &note.note);
		alert_note_put(kv, &note, buf_span(&record));
	}
	buf_fini(&record);
	assert_int_equal(kv_err(kv), ERR_OK);
	notes = notes_by(f->k, 7);
	are_notes(&notes, 0, 2);
	assert_int_equal(notes.list[2].place, 2);
	notes = notes_by(f->k, 6);
	assert_int_equal(notes.n, 0);
}

static void
a_note_of_numbers_that_nobody_knows_is_damage(void **state)
{
	struct ask_alert *f = *state;
	const struct catalogue *c = f->k->a.catalogue;
	struct note note = {.document = NUMBER_NONE, .text = span_str("x")};
	struct record_list in;

	for (int i = 0; i < 3; i++) {
		record_list_init(&in);
		note.target = i == 0 ? c->n_targets : 0;
		note.unit = i == 1 ? c->n_units : 0;
		note_write(&in.bytes, &note);
		record_list_close_record(&in);
		assert_int_equal(fold_node_step(&f->k->node, &in),
		                 i == 2 ? ERR_OK : ERR_CORRUPT);
		fold_node_restart(&f->k->node);
		c = f->k->a.catalogue;
		record_list_fini(&in);
	}
}

int
main(void)
{
#define T(name)                                                \
	cmocka_unit_test_setup_teardown(name, ask_alert_setup, \
	                                ask_alert_teardown)
	const struct CMUnitTest tests[] = {
	    T(what_status_said_is_what_it_says_as_of_then),
	    T(before_anything_was_said_there_is_no_row),
	    T(a_commit_that_is_not_there_yet_is_refused),
	    T(other_periods_and_days_were_never_said),
	    T(a_row_says_as_of_when_and_when_it_was_said),
	    T(what_was_said_of_a_target_that_is_gone_is_still_known),
	    T(what_was_said_is_filtered),
	    T(pages_of_what_was_said_follow_each_other),
	    T(a_token_of_any_bytes_is_only_a_place),
	    T(a_damaged_past_is_damage),
	    T(a_note_is_shown_and_changes_nothing),
	    T(the_last_notes_by_a_commit_are_shown),
	    T(notes_of_one_commit_are_in_order),
	    T(a_note_of_numbers_that_nobody_knows_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
