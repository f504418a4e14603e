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

#define PART (WIRE_FLAG_STRICT | WIRE_FLAG_MORE)
#define LAST WIRE_FLAG_STRICT

static struct sent_batch
part_of(const struct sent *row, uint64_t sequence, uint64_t flags)
{
	return (struct sent_batch){.producer = "p",
	                           .epoch = 1,
	                           .sequence = sequence,
	                           .flags = flags,
	                           .rows = row,
	                           .n_rows = 1};
}

static struct sent
row_of(const char *unit, int value)
{
	struct sent row = sent_good(value);

	row.unit = unit;
	return row;
}

static void
parts_are_one_commit_and_counted_by_the_last(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2),
	                            row_of("n", 3)};
	struct sent_batch b = part_of(&rows[0], 1, PART);
	struct commit c;

	assert_int_equal(ingest_case_taken(f, &b, 0, 0, 0)->commit, 0);
	b = part_of(&rows[1], 2, PART);
	assert_int_equal(ingest_case_taken(f, &b, 0, 0, 0)->commit, 0);
	assert_int_equal(ingest_case_head(f), head);
	b = part_of(&rows[2], 3, LAST);
	assert_int_equal(ingest_case_taken(f, &b, 3, 0, 0)->commit, head + 1);
	assert_int_equal(ingest_case_records(f, head + 1, &c), 3);
	assert_int_equal(f->ingest.counts.rows_accepted, 3);
	assert_int_equal(f->ingest.staged_bytes, 0);
	assert_int_equal(f->ingest.staged_rows, 0);
}

static void
repetitions_of_parts_get_the_first_answers(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2)};
	struct sent_batch first = part_of(&rows[0], 1, PART);
	struct sent_batch last = part_of(&rows[1], 2, LAST);
	uint64_t commit;

	(void)ingest_case_taken(f, &first, 0, 0, 0);
	commit = ingest_case_taken(f, &last, 2, 0, 0)->commit;
	ingest_case_restart(f);
	assert_int_equal(ingest_case_taken(f, &first, 0, 0, 0)->commit, 0);
	assert_int_equal(ingest_case_taken(f, &last, 0, 2, 0)->commit, commit);
	first = part_of(&rows[1], 1, PART);
	(void)ingest_case_refused(f, &first, ERR_SEQUENCE_REUSED);
}

static void
one_part_alone_is_a_strict_submission(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), sent_bad()};
	struct sent_batch b = part_of(rows, 1, LAST);
	const struct wire_ack *ack;

	b.n_rows = 2;
	ack = ingest_case_taken(f, &b, 0, 0, 2);
	assert_int_equal(ack->commit, 0);
	assert_int_equal(ack->errors.n, 1);
	assert_int_equal(ingest_case_row_error(ack, 0).row, 1);
	b.n_rows = 1; /* the number is free */
	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

static void
one_wrong_row_in_any_part_takes_none(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);
	const struct sent rows[] = {sent_bad(), row_of("b", 2)};
	struct sent_batch b = part_of(&rows[0], 1, PART);

	assert_int_equal(ingest_case_taken(f, &b, 0, 0, 1)->errors.n, 1);
	b = part_of(&rows[1], 2, LAST);
	assert_int_equal(ingest_case_taken(f, &b, 0, 0, 2)->commit, 0);
	assert_int_equal(ingest_case_head(f), head);
	assert_int_equal(f->ingest.counts.rows_rejected, 2);
	assert_int_equal(f->ingest.staged_bytes, 0);
	/* its last part alone is no submission */
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
}

static void
parts_that_contradict_each_other_take_none(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("b", 1), row_of("a", 1),
	                            row_of("a", 1), row_of("b", 2)};
	struct sent_batch b = part_of(&rows[0], 1, PART);
	struct wire_row_error e;

	b.n_rows = 2;
	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b = part_of(&rows[2], 2, LAST);
	b.n_rows =
	    2; /* the same of a is said twice: that is no contradiction */
	e = ingest_case_row_error(ingest_case_taken(f, &b, 0, 0, 4), 0);
	assert_int_equal(e.row, 1);
	assert_true(span_equal(e.code, span_str("conflict")));
	assert_true(span_equal(e.value, span_str("row 0 of batch 1")));
}

static void
a_part_left_out_is_a_gap(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2)};
	struct sent_batch b = part_of(&rows[0], 1, PART);

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b.sequence = 3;
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	b = part_of(&rows[1], 2, LAST);
	(void)ingest_case_taken(f, &b, 2, 0, 0);
}

static void
beginning_again_drops_what_was_held(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2)};
	struct sent_batch b = part_of(&rows[0], 1, PART);
	struct commit c;

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b = part_of(&rows[1], 2, LAST);
	assert_int_equal(ingest_case_records(
	                     f, ingest_case_taken(f, &b, 2, 0, 0)->commit, &c),
	                 2);
}

static void
a_failed_turn_drops_all_parts(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b = part_of(&row, 1, PART);

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	ingest_turn_ops.drop(&f->ingest);
	f->turn.loaded = false;
	b = part_of(&row, 2, LAST);
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	assert_int_equal(f->ingest.staged_bytes, 0);
	assert_int_equal(f->ingest.staged_rows, 0);
}

static void
submissions_of_two_producers_may_interleave(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2)};
	struct sent_batch p = part_of(&rows[0], 1, PART), q = p;

	q.producer = "q";
	ingest_case_hello(f, "q", 0);
	(void)ingest_case_ask(f, WIRE_READY);
	(void)ingest_case_taken(f, &p, 0, 0, 0);
	(void)ingest_case_taken(f, &q, 0, 0, 0);
	p = part_of(&rows[1], 2, LAST);
	q = p;
	q.producer = "q";
	(void)ingest_case_taken(f, &q, 2, 0, 0);
	(void)ingest_case_taken(f, &p, 2, 0, 0);
}

static void
a_lenient_batch_instead_ends_what_was_held(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b = part_of(&row, 1, PART);

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b = part_of(&row, 1, 0);
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	assert_int_equal(f->ingest.staged_bytes, 0);
	b = part_of(&row, 3, LAST);
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
}

static void
a_new_epoch_ends_what_was_held(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b = part_of(&row, 1, PART);

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	ingest_case_hello(f, "p", 0);
	(void)ingest_case_ask(f, WIRE_READY);
	assert_int_equal(f->ingest.staged_bytes, 0);
	b = part_of(&row, 2, LAST);
	(void)ingest_case_refused(f, &b, ERR_FENCED);
	b.epoch = 2;
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
}

/* Its rows were checked against another catalogue. */
static void
a_changed_catalogue_makes_the_sender_begin_again(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2)};
	struct sent_batch first = part_of(&rows[0], 1, PART);
	struct sent_batch last = part_of(&rows[1], 2, LAST);

	(void)ingest_case_taken(f, &first, 0, 0, 0);
	ingest_case_apply(f, ingest_case_lines, ingest_case_n_lines - 1, 1,
	                  false);
	assert_true(ingest_case_ask(f, WIRE_APPLIED)->as.applied.changed);
	(void)ingest_case_refused(f, &last, ERR_SEQUENCE_GAP);
	assert_int_equal(f->ingest.staged_bytes, 0);
	(void)ingest_case_taken(f, &first, 0, 0, 0);
	(void)ingest_case_taken(f, &last, 2, 0, 0);
}

static void
a_misshapen_part_ends_the_submission(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b = part_of(&row, 1, PART);

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b = part_of(&row, 2, LAST);
	b.source = "nobody";
	assert_int_equal(
	    ingest_case_refused(f, &b, ERR_UNKNOWN_SOURCE)->retry_ms, 0);
	assert_int_equal(f->ingest.staged_bytes, 0);
	b.source = NULL;
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
}

/* Opens a submission of producer s<i>. */
static struct sent_batch
stranger(struct ingest_case *f, char name[16], unsigned i,
         const struct sent *row)
{
	struct sent_batch b = part_of(row, 1, PART);

	snprintf(name, 16, "s%u", i);
	ingest_case_hello(f, name, 1);
	(void)ingest_case_ask(f, WIRE_READY);
	b.producer = name;
	return b;
}

static void
one_that_went_away_gives_way_after_a_minute(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b;
	char name[16];

	for (unsigned i = 0; i < STRICT_STAGES_MAX; i++) {
		b = stranger(f, name, i, &row);
		(void)ingest_case_taken(f, &b, 0, 0, 0);
	}
	b = stranger(f, name, STRICT_STAGES_MAX, &row);
	assert_true(ingest_case_refused(f, &b, ERR_OVERLOADED)->retry_ms > 0);
	f->now_ms += STRICT_IDLE_MS - 1000;
	(void)ingest_case_refused(f, &b, ERR_OVERLOADED);
	f->now_ms += 2000;
	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b = stranger(f, name, 0, &row); /* and may begin again itself */
	(void)ingest_case_taken(f, &b, 0, 0, 0);
}

static void
what_is_held_together_is_bounded(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b = part_of(&row, 1, PART);

	f->ingest.staged_rows = STRICT_HELD_ROWS;
	assert_true(ingest_case_refused(f, &b, ERR_OVERLOADED)->retry_ms > 0);
	f->ingest.staged_rows = STRICT_HELD_ROWS - 1;
	(void)ingest_case_taken(f, &b, 0, 0, 0);
	b = part_of(&row, 2, LAST);
	f->ingest.staged_rows = 1;
	f->ingest.staged_bytes += STRICT_BYTES_MAX;
	(void)ingest_case_refused(f, &b, ERR_OVERLOADED);
	f->ingest.staged_bytes -= STRICT_BYTES_MAX;
	(void)ingest_case_taken(f, &b, 2, 0, 0); /* it was kept meanwhile */
}

/* A part of n rows that say the same few things again. */
static void
add_full_part(struct ingest_case *f, uint64_t sequence, uint32_t n)
{
	static const char *const units[] = {"a", "b", "n"};
	struct sent *rows = calloc(n, sizeof(*rows));
	struct sent_batch b = part_of(rows, sequence, PART);

	assert_non_null(rows);
	for (uint32_t i = 0; i < n; i++)
		rows[i] = row_of(units[i % 3], 1);
	b.n_rows = n;
	ingest_case_batch(f, &b);
	free(rows);
}

static void
a_million_rows_are_the_most(void **state)
{
	struct ingest_case *f = *state;
	const struct sent row = row_of("a", 1);
	struct sent_batch b = part_of(&row, 101, PART);

	for (uint64_t i = 1; i <= STRICT_ROWS_MAX / WIRE_ROWS_MAX; i++) {
		add_full_part(f, i, WIRE_ROWS_MAX);
		(void)ingest_case_ask(f, WIRE_ACK);
	}
	assert_int_equal(f->ingest.staged_rows, STRICT_ROWS_MAX);
	assert_int_equal(ingest_case_refused(f, &b, ERR_TOO_LARGE)->retry_ms,
	                 0);
	assert_int_equal(f->ingest.staged_rows, 0);
	assert_int_equal(f->ingest.staged_bytes, 0);
}

/* One that fits no commit must be refused for good, and the turn go on. */
static void
one_that_does_not_fit_a_commit_harms_nobody_else(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {row_of("a", 1), row_of("b", 2)};
	struct sent_batch b = part_of(&rows[0], 1, PART);
	struct sent_batch other = part_of(&rows[1], 1, 0);
	size_t max = f->turn.out.records.bytes.max_bytes;
	struct commit c;

	other.producer = "q";
	ingest_case_hello(f, "q", 0);
	(void)ingest_case_ask(f, WIRE_READY);
	(void)ingest_case_taken(f, &b, 0, 0, 0);
	f->turn.out.records.bytes.max_bytes = 80; /* room for two blocks */
	ingest_case_batch(f, &other);
	b = part_of(&rows[1], 2, LAST);
	ingest_case_batch(f, &b);
	ingest_case_turn_ok(f, 2);
	f->turn.out.records.bytes.max_bytes = max;
	assert_int_equal(ingest_case_answer(f, 0, WIRE_ACK)->as.ack.accepted,
	                 1);
	assert_true(
	    span_equal(ingest_case_answer(f, 1, WIRE_NACK)->as.nack.code,
	               span_str("too_large")));
	assert_int_equal(f->answer.as.nack.retry_ms, 0);
	assert_int_equal(ingest_case_records(f, ingest_case_head(f), &c), 1);
	/* nothing of it was kept */
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	b = part_of(&rows[0], 1, PART);
	(void)ingest_case_taken(f, &b, 0, 0, 0);
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(parts_are_one_commit_and_counted_by_the_last),
	    CASE(repetitions_of_parts_get_the_first_answers),
	    CASE(one_part_alone_is_a_strict_submission),
	    CASE(one_wrong_row_in_any_part_takes_none),
	    CASE(parts_that_contradict_each_other_take_none),
	    CASE(a_part_left_out_is_a_gap),
	    CASE(beginning_again_drops_what_was_held),
	    CASE(a_failed_turn_drops_all_parts),
	    CASE(submissions_of_two_producers_may_interleave),
	    CASE(a_lenient_batch_instead_ends_what_was_held),
	    CASE(a_new_epoch_ends_what_was_held),
	    CASE(a_changed_catalogue_makes_the_sender_begin_again),
	    CASE(a_misshapen_part_ends_the_submission),
	    CASE(one_that_went_away_gives_way_after_a_minute),
	    CASE(what_is_held_together_is_bounded),
	    CASE(a_million_rows_are_the_most),
	    CASE(one_that_does_not_fit_a_commit_harms_nobody_else),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
