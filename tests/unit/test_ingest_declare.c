/* links: services/ingest/ingest.c services/ingest/ingest_state.c services/ingest/ingest_batch.c services/ingest/ingest_strict.c services/ingest/ingest_said.c services/ingest/ingest_apply.c services/ingest/ingest_fit.c services/ingest/ingest_known.c common/domain/reach.c common/domain/target_series.c services/ingest/ingest_declare.c services/ingest/ingest_clock.c services/ingest/ingest_largest.c services/ingest/ingest_sources.c common/domain/silence.c services/ingest/ingest_latest.c services/ingest/ingest_backfill.c services/ingest/ingest_query.c tests/lib/ingest_case.c tests/lib/cat_lines.c tests/lib/tmpdir.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/domain/admission.c common/domain/admission_conflict.c common/domain/admission_row.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rows.c common/domain/text.c common/domain/verdict_names.c common/base/clock.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/ingest_case.h"

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static uint64_t
declared(struct ingest_case *f, const char *kind, const char *const *args)
{
	ingest_case_declare(f, kind, args);
	return ingest_case_ask(f, WIRE_DECLARED)->as.declared.commit;
}

static void
refused(struct ingest_case *f, const char *kind, const char *const *args,
        enum err code, const char *field)
{
	uint64_t head = ingest_case_head(f);

	ingest_case_declare(f, kind, args);
	ingest_case_turn_ok(f, 1);
	ingest_case_error(f, 0, code, field);
	assert_int_equal(ingest_case_head(f), head);
}

#define CNT_2020    ARGS("indicator", "cnt", "unit", "a", "period", "2020")
#define PR(enabled) ARGS("programme", "pr", "enabled", enabled)

static void
a_completion_is_journaled(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);
	struct completion c;
	struct buf record;
	char period[PERIOD_TEXT_MAX];

	assert_int_equal(declared(f, "completion", CNT_2020), head + 1);
	buf_init(&record, 1000);
	ingest_case_record(f, head + 1, 0, &record);
	assert_int_equal(completion_read(buf_span(&record), &c), ERR_OK);
	assert_int_equal(c.definition, catalogue_definition(f->ingest.catalogue,
	                                                    span_str("cnt@a")));
	assert_int_equal(c.unit,
	                 catalogue_unit(f->ingest.catalogue, span_str("a")));
	assert_string_equal(period_format(c.period, period), "2020");
	buf_fini(&record);
}

static void
what_stands_is_answered_with_its_commit(void **state)
{
	struct ingest_case *f = *state;
	uint64_t first = declared(f, "completion", CNT_2020);
	uint64_t head;

	f->now_ms += INGEST_CASE_DAY;
	ingest_case_turn_ok(f, 0);
	head = ingest_case_head(f);
	assert_int_equal(declared(f, "completion", CNT_2020), first);
	ingest_case_restart(f);
	assert_int_equal(declared(f, "completion", CNT_2020), first);
	assert_int_equal(ingest_case_head(f), head);
	assert_int_equal(
	    declared(f, "completion",
	             ARGS("indicator", "cnt@a", "unit", "b", "period", "2020")),
	    head + 1);
}

static void
a_programme_is_switched_as_often_as_it_changes(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);
	struct programme_switch p;
	struct buf record;

	assert_int_equal(declared(f, "programme", PR("true")), head + 1);
	assert_int_equal(declared(f, "programme", PR("true")), head + 1);
	assert_int_equal(declared(f, "programme", PR("false")), head + 2);
	assert_int_equal(declared(f, "programme", PR("true")), head + 3);
	buf_init(&record, 1000);
	for (uint64_t i = 1; i <= 3; i++) {
		ingest_case_record(f, head + i, 0, &record);
		assert_int_equal(programme_read(buf_span(&record), &p), ERR_OK);
		assert_int_equal(p.enabled, i != 2);
	}
	buf_fini(&record);
}

static void
declarations_and_batches_share_a_commit(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = {.producer = "p",
	                       .epoch = 1,
	                       .sequence = 1,
	                       .rows = &row,
	                       .n_rows = 1};
	uint64_t head = ingest_case_head(f);
	struct commit c;

	ingest_case_batch(f, &b);
	ingest_case_declare(f, "completion", CNT_2020);
	ingest_case_declare(f, "completion", CNT_2020);
	ingest_case_turn_ok(f, 3);
	for (size_t i = 1; i <= 2; i++)
		assert_int_equal(
		    ingest_case_answer(f, i, WIRE_DECLARED)->as.declared.commit,
		    head + 1);
	assert_int_equal(ingest_case_records(f, head + 1, &c), 2);
}

static void
references_are_checked(void **state)
{
	struct ingest_case *f = *state;
	const char *const *a =
	    ARGS("indicator", "no", "unit", "a", "period", "2020");
	const char *const *b =
	    ARGS("indicator", "cnt", "unit", "no", "period", "2020");
	const char *const *c =
	    ARGS("indicator", "cnt", "unit", "a", "period", "2020-Q5");
	const char *const *d =
	    ARGS("indicator", "cnt", "unit", "a", "period", "2020-Q1");
	const char *const *e =
	    ARGS("indicator", "rate", "unit", "a", "period", "2020");
	const char *const *g =
	    ARGS("indicator", "cnt", "unit", "old", "period", "2021");
	const char *const *h =
	    ARGS("indicator", "rate@z", "unit", "a", "period", "2020");

	refused(f, "completion", a, ERR_UNKNOWN_INDICATOR, "indicator");
	refused(f, "completion", b, ERR_UNKNOWN_UNIT, "unit");
	refused(f, "completion", c, ERR_BAD_PERIOD, "period");
	refused(f, "completion", d, ERR_BAD_FREQUENCY, "period");
	refused(f, "completion", e, ERR_AMBIGUOUS_DEFINITION, "indicator");
	refused(f, "completion", g, ERR_UNIT_NOT_VALID, "unit");
	refused(f, "completion", h, ERR_UNKNOWN_DEFINITION, "indicator");
	refused(f, "programme", ARGS("programme", "no", "enabled", "true"),
	        ERR_UNKNOWN_REFERENCE, "programme");
}

static void
a_period_must_have_ended(void **state)
{
	struct ingest_case *f = *state; /* it is June 2025 */

	refused(f, "completion",
	        ARGS("indicator", "q", "unit", "a", "period", "2025-Q2"),
	        ERR_FUTURE_PERIOD, "period");
	f->now_ms += 20 * INGEST_CASE_DAY;
	(void)declared(
	    f, "completion",
	    ARGS("indicator", "q", "unit", "a", "period", "2025-Q2"));
}

static void
arguments_are_those_of_the_kind(void **state)
{
	struct ingest_case *f = *state;

	refused(f, "confession", CNT_2020, ERR_BAD_VALUE, "kind");
	refused(f, "completion",
	        ARGS("indicator", "cnt", "unit", "a", "perod", "2020"),
	        ERR_UNKNOWN_KEY, "args");
	refused(f, "completion", ARGS("indicator", "cnt", "unit", "a"),
	        ERR_MISSING_FIELD, "period");
	refused(f, "completion",
	        ARGS("indicator", "cnt", "unit", "", "period", "2020"),
	        ERR_MISSING_FIELD, "unit");
	refused(f, "programme", PR("yes"), ERR_BAD_VALUE, "enabled");
	refused(f, "programme", ARGS("programme", "pr"), ERR_MISSING_FIELD,
	        "enabled");
}

static void
nothing_is_declared_without_a_catalogue(void **state)
{
	struct ingest_case *f = *state;

	ingest_case_turn_ok(f, 0); /* the first tick */
	refused(f, "completion", CNT_2020, ERR_NO_CATALOGUE, "kind");
}

static void
what_a_completion_names_stays_in_the_catalogue(void **state)
{
	struct ingest_case *f = *state;
	struct cat_line lines[32];
	size_t at = ingest_case_line("cnt|a");
	size_t n = 0;

	for (size_t i = 0; i < ingest_case_n_lines; i++) {
		if (i != at)
			lines[n++] = ingest_case_lines[i];
	}
	(void)declared(f, "completion", CNT_2020);
	ingest_case_apply(f, lines, n, 1, false);
	ingest_case_turn_ok(f, 1);
	ingest_case_error(f, 0, ERR_IN_FORCE, "indicators[cnt@a]");
}

static void
a_longer_period_completes_what_has_a_time_rule(void **state)
{
	struct ingest_case *f = *state;

	(void)declared(f, "completion",
	               ARGS("indicator", "q", "unit", "a", "period", "2024"));
	(void)declared(
	    f, "completion",
	    ARGS("indicator", "q", "unit", "a", "period", "2024-S1"));
	refused(f, "completion",
	        ARGS("indicator", "q", "unit", "a", "period", "2024-05"),
	        ERR_BAD_FREQUENCY, "period");
	refused(f, "completion",
	        ARGS("indicator", "q", "unit", "a", "period", "2023/2024"),
	        ERR_BAD_FREQUENCY, "period");
	refused(f, "completion",
	        ARGS("indicator", "cnt", "unit", "a", "period", "2023/2024"),
	        ERR_BAD_FREQUENCY, "period");
}

/* R3: who is a parent in a map has figures outside its own validity. */
static void
a_parent_is_completed_outside_its_validity(void **state)
{
	struct ingest_case *f = *state;
	struct cat_line lines[32];

	memcpy(lines, ingest_case_lines,
	       ingest_case_n_lines * sizeof(lines[0]));
	lines[ingest_case_line("n|01")].text =
	    "n|01|Nước|Nation|nation|nation|2020-01-01|";
	ingest_case_apply(f, lines, ingest_case_n_lines, 1, false);
	(void)ingest_case_ask(f, WIRE_APPLIED);
	(void)declared(f, "completion",
	               ARGS("indicator", "cnt", "unit", "n", "period", "2010"));
	refused(f, "completion",
	        ARGS("indicator", "cnt", "unit", "old", "period", "2021"),
	        ERR_UNIT_NOT_VALID, "unit");
}

/* --- notes --- */

static const struct cat_line targets[] = {
    {CAT_TARGET,
     "pr|built|built|d1|2016|cnt@a|a||||level|5||at_least|||||2020"},
    {CAT_TARGET,
     "pr|built|more|d1|2019|cnt@a|b old||||level|9||at_least|||||2024"},
    {CAT_TARGET, "pr|rest|rest|d1|2016|cnt@a|a||||level|5||at_least|||||2020"},
    {CAT_TARGET, "p2|rest|rest|d1|2016|cnt@a|a||||level|5||at_least|||||2020"},
    {CAT_PROGRAMME, "p2|Hai|Two|2016|2020"},
};

static int
setup_targets(void **state)
{
	struct ingest_case *f;
	struct cat_line lines[40];

	if (ingest_case_ready(state) != 0)
		return -1;
	f = *state;
	memcpy(lines, ingest_case_lines,
	       ingest_case_n_lines * sizeof(lines[0]));
	memcpy(lines + ingest_case_n_lines, targets, sizeof(targets));
	ingest_case_apply(f, lines, ingest_case_n_lines + 5, 1, false);
	(void)ingest_case_ask(f, WIRE_APPLIED);
	return 0;
}

#define NOTE(t, u, text) ARGS("target", t, "unit", u, "text", text)

static void
a_note_is_journaled(void **state)
{
	struct ingest_case *f = *state;
	const struct catalogue *c = f->ingest.catalogue;
	uint64_t head = ingest_case_head(f);
	struct note n;
	struct buf record;

	assert_int_equal(declared(f, "note",
	                          ARGS("target", "pr/built", "unit", "b",
	                               "text", "Chậm vì lũ", "document", "d2")),
	                 head + 1);
	buf_init(&record, 1000);
	ingest_case_record(f, head + 1, 0, &record);
	assert_int_equal(note_read(buf_span(&record), &n), ERR_OK);
	assert_int_equal(n.target, catalogue_target(c, span_str("pr/built")));
	assert_int_equal(n.unit, catalogue_unit(c, span_str("b")));
	assert_int_equal(n.document, catalogue_document(c, span_str("d2")));
	assert_true(span_equal(n.text, span_str("Chậm vì lũ")));
	/* without a document; the short name is one target's alone */
	(void)declared(f, "note", NOTE("built", "old", "bound once"));
	ingest_case_record(f, head + 2, 0, &record);
	assert_int_equal(note_read(buf_span(&record), &n), ERR_OK);
	assert_int_equal(n.document, NUMBER_NONE);
	buf_fini(&record);
}

static void
the_last_note_stands(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);

	assert_int_equal(declared(f, "note", NOTE("built", "a", "x")),
	                 head + 1);
	assert_int_equal(declared(f, "note", NOTE("built", "a", "x")),
	                 head + 1);
	assert_int_equal(declared(f, "note",
	                          ARGS("target", "built", "unit", "a", "text",
	                               "x", "document", "d1")),
	                 head + 2);
	assert_int_equal(declared(f, "note", NOTE("built", "b", "x")),
	                 head + 3);
	assert_int_equal(declared(f, "note", NOTE("built", "a", "x")),
	                 head + 4);
	ingest_case_restart(f);
	assert_int_equal(declared(f, "note", NOTE("built", "a", "x")),
	                 head + 4);
}

static void
what_a_note_names_is_checked(void **state)
{
	struct ingest_case *f = *state;
	char text[NOTE_TEXT_MAX + 1] = "";

	refused(f, "note", NOTE("no", "a", "x"), ERR_UNKNOWN_REFERENCE,
	        "target");
	refused(f, "note", NOTE("rest", "a", "x"), ERR_UNKNOWN_REFERENCE,
	        "target"); /* of two programmes */
	(void)declared(f, "note", NOTE("p2/rest", "a", "x"));
	refused(f, "note", NOTE("built", "no", "x"), ERR_UNKNOWN_UNIT, "unit");
	refused(f, "note", NOTE("built", "n", "x"), ERR_UNKNOWN_REFERENCE,
	        "unit"); /* not bound */
	refused(f, "note", NOTE("built", "a", ""), ERR_MISSING_FIELD, "text");
	refused(f, "note", NOTE("built", "a", "two\nlines"), ERR_BAD_VALUE,
	        "text");
	refused(f, "note", NOTE("built", "a", "\x7f"), ERR_BAD_VALUE, "text");
	refused(
	    f, "note",
	    ARGS("target", "built", "unit", "a", "text", "x", "document", "no"),
	    ERR_UNKNOWN_DOCUMENT, "document");
	memset(text, 'x', NOTE_TEXT_MAX);
	(void)declared(f, "note", NOTE("built", "a", text));
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)
#define NOTES(f) \
	cmocka_unit_test_setup_teardown(f, setup_targets, ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_completion_is_journaled),
	    CASE(what_stands_is_answered_with_its_commit),
	    CASE(a_programme_is_switched_as_often_as_it_changes),
	    CASE(declarations_and_batches_share_a_commit),
	    CASE(references_are_checked),
	    CASE(a_period_must_have_ended),
	    CASE(arguments_are_those_of_the_kind),
	    cmocka_unit_test_setup_teardown(
	        nothing_is_declared_without_a_catalogue, ingest_case_setup,
	        ingest_case_teardown),
	    CASE(what_a_completion_names_stays_in_the_catalogue),
	    CASE(a_longer_period_completes_what_has_a_time_rule),
	    CASE(a_parent_is_completed_outside_its_validity),
	    NOTES(a_note_is_journaled),
	    NOTES(the_last_note_stands),
	    NOTES(what_a_note_names_is_checked),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
