/* links: services/ingest/ingest.c services/ingest/ingest_state.c services/ingest/ingest_batch.c services/ingest/ingest_strict.c services/ingest/ingest_said.c services/ingest/ingest_apply.c services/ingest/ingest_fit.c services/ingest/ingest_known.c common/domain/reach.c common/domain/target_series.c services/ingest/ingest_declare.c services/ingest/ingest_clock.c services/ingest/ingest_largest.c services/ingest/ingest_sources.c common/domain/silence.c services/ingest/ingest_latest.c services/ingest/ingest_backfill.c services/ingest/ingest_query.c tests/lib/ingest_case.c tests/lib/cat_lines.c tests/lib/tmpdir.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/domain/admission.c common/domain/admission_conflict.c common/domain/admission_row.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rows.c common/domain/text.c common/domain/verdict_names.c common/base/clock.c common/base/kv_mem.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ingest/ingest_query.h"
#include "tests/lib/ingest_case.h"

struct asked {
	struct query q;
	struct wire_writer args;
	enum err err;
};

static void
ask(struct ingest_case *f, struct asked *a, const char *what, uint64_t max)
{
	struct wire_query query = {.what = span_str(what),
	                           .args = wire_writer_list(&a->args),
	                           .after = buf_span(&a->q.next),
	                           .max = max};
	uint8_t after[WIRE_AFTER_MAX];

	memcpy(after,
	       query.after.ptr == NULL ? (const uint8_t *)"" : query.after.ptr,
	       query.after.len);
	query.after.ptr = after;
	query_begin(&a->q, &query);
	assert_int_equal(store_read(f->store), ERR_OK);
	a->err =
	    ingest_query(&f->ingest, store_kv(f->store, STORE_STATE),
	                 store_kv(f->store, STORE_JOURNAL), query.what, &a->q);
	store_read_end(f->store);
}

static void
asked_init(struct asked *a, const char *kind, const char *id)
{
	query_init(&a->q);
	wire_writer_init(&a->args, 1000);
	if (kind != NULL)
		wire_args_add(&a->args, "kind", span_str(kind));
	if (id != NULL)
		wire_args_add(&a->args, "id", span_str(id));
}

static void
asked_fini(struct asked *a)
{
	query_fini(&a->q);
	wire_writer_fini(&a->args);
}

/* Rows of one page, and a field of the first. */
static uint32_t
page_rows(struct asked *a, const char *field, const char *awaited)
{
	struct wire_list rows = wire_answer_list(&a->q.rows);
	struct wire_list pairs;
	struct wire_value value;
	uint32_t n = rows.n;

	assert_int_equal(a->err, ERR_OK);
	if (awaited == NULL)
		return n;
	assert_true(wire_answer_next(&rows, &pairs));
	assert_true(wire_answer_get(pairs, field, &value));
	assert_true(span_equal(value.text, span_str(awaited)));
	return n;
}

static void
without_a_kind_all_kinds_are_counted(void **state)
{
	struct asked a;

	asked_init(&a, NULL, NULL);
	ask(*state, &a, "catalogue", 100);
	assert_int_equal(page_rows(&a, "kind", "units"), CAT_KINDS);
	asked_fini(&a);
}

static void
rows_of_a_kind_have_its_fields(void **state)
{
	struct asked a;

	asked_init(&a, "units", NULL);
	ask(*state, &a, "catalogue", 100);
	assert_int_equal(page_rows(&a, "unit", "n"), 4);
	assert_int_equal(a.q.next.len, 0);
	asked_fini(&a);
	asked_init(&a, "units", "b");
	ask(*state, &a, "catalogue", 100);
	assert_int_equal(page_rows(&a, "code", "03"), 1);
	asked_fini(&a);
	asked_init(&a, "units", "nobody");
	ask(*state, &a, "catalogue", 100);
	assert_int_equal(page_rows(&a, NULL, NULL), 0);
	asked_fini(&a);
}

static void
pages_follow_each_other_without_gap_or_repetition(void **state)
{
	static const char *const ids[] = {"n", "a", "b", "old"};
	struct asked a;

	asked_init(&a, "units", NULL);
	for (size_t i = 0; i < 4; i++) {
		ask(*state, &a, "catalogue", 1);
		assert_int_equal(page_rows(&a, "unit", ids[i]), 1);
		assert_int_equal(a.q.next.len > 0, i + 1 < 4);
	}
	asked_fini(&a);
}

static void
a_token_nobody_gave_is_harmless(void **state)
{
	struct asked a;

	asked_init(&a, "units", NULL);
	buf_put_be32(&a.q.next, UINT32_MAX);
	ask(*state, &a, "catalogue", 10);
	assert_int_equal(page_rows(&a, NULL, NULL), 0);
	buf_put_u8(&a.q.next, 1); /* too short: from the start */
	ask(*state, &a, "catalogue", 10);
	assert_int_equal(page_rows(&a, "unit", "n"), 4);
	asked_fini(&a);
}

static void
what_is_not_known_is_refused(void **state)
{
	struct asked a;

	asked_init(&a, "unicorns", NULL);
	ask(*state, &a, "catalogue", 10);
	assert_int_equal(a.err, ERR_UNKNOWN_KEY);
	assert_string_equal(a.q.field, "kind");
	ask(*state, &a, "cat", 10);
	assert_int_equal(a.err, ERR_NOT_FOUND);
	assert_string_equal(a.q.field, "what");
	asked_fini(&a);
	asked_init(&a, NULL, NULL);
	wire_args_add(&a.args, "knd", span_str("units"));
	ask(*state, &a, "catalogue", 10);
	assert_int_equal(a.err, ERR_UNKNOWN_KEY);
	assert_string_equal(a.q.field, "args");
	asked_fini(&a);
}

static void
without_a_catalogue_there_are_no_rows(void **state)
{
	struct asked a;

	asked_init(&a, "units", NULL);
	ask(*state, &a, "catalogue", 10);
	assert_int_equal(page_rows(&a, NULL, NULL), 0);
	asked_fini(&a);
}

/* The last commit known at that time, or ERR as the answer. */
static int64_t
commit_at(struct ingest_case *f, int64_t time_ms)
{
	struct asked a;
	struct wire_list rows, pairs;
	struct wire_value value;
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)time_ms);
	asked_init(&a, NULL, NULL);
	wire_args_add(&a.args, "time_ms", span_str(text));
	ask(f, &a, "commit_at", 1);
	assert_int_equal(a.err, ERR_OK);
	rows = wire_answer_list(&a.q.rows);
	assert_int_equal(rows.n, 1);
	assert_true(wire_answer_next(&rows, &pairs));
	assert_true(wire_answer_get(pairs, "commit", &value));
	asked_fini(&a);
	return value.number;
}

static void
a_time_is_the_last_commit_known_by_then(void **state)
{
	struct ingest_case *f = *state;
	int64_t times[5];
	struct commit c;

	f->now_ms += INGEST_CASE_DAY; /* three more commits, with ticks */
	for (int i = 0; i < 3; i++, f->now_ms += INGEST_CASE_DAY)
		ingest_case_turn_ok(f, 0);
	assert_true(ingest_case_head(f) >= 4);
	for (uint64_t n = 1; n <= 4; n++) {
		(void)ingest_case_records(f, n, &c);
		times[n] = c.time_ms;
	}
	assert_int_equal(commit_at(f, 0), 0);
	assert_int_equal(commit_at(f, times[1] - 1), 0);
	for (int n = 1; n <= 4; n++) {
		assert_int_equal(commit_at(f, times[n]), n);
		assert_int_equal(commit_at(f, times[n] - 1), n - 1);
	}
	assert_int_equal(commit_at(f, (int64_t)WIRE_UINT_MAX),
	                 (int64_t)ingest_case_head(f));
}

static void
a_time_is_digits_below_2_to_the_53(void **state)
{
	static const struct {
		const char *text;
		enum err err;
	} wrong[] = {
	    {"", ERR_MISSING_FIELD},
	    {"-1", ERR_BAD_VALUE},
	    {"1.5", ERR_BAD_VALUE},
	    {"9007199254740992", ERR_BAD_VALUE},
	    {"99999999999999999999999", ERR_BAD_VALUE},
	};
	struct asked a;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		asked_init(&a, NULL, NULL);
		if (wrong[i].text[0] != '\0')
			wire_args_add(&a.args, "time_ms",
			              span_str(wrong[i].text));
		ask(*state, &a, "commit_at", 1);
		assert_int_equal(a.err, wrong[i].err);
		assert_string_equal(a.q.field, "time_ms");
		asked_fini(&a);
	}
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(without_a_kind_all_kinds_are_counted),
	    CASE(rows_of_a_kind_have_its_fields),
	    CASE(pages_follow_each_other_without_gap_or_repetition),
	    CASE(a_token_nobody_gave_is_harmless),
	    CASE(what_is_not_known_is_refused),
	    CASE(a_time_is_the_last_commit_known_by_then),
	    CASE(a_time_is_digits_below_2_to_the_53),
	    cmocka_unit_test_setup_teardown(
	        without_a_catalogue_there_are_no_rows, ingest_case_setup,
	        ingest_case_teardown),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
