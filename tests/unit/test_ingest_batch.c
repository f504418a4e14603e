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

static struct sent_batch
batch_of(const struct sent *rows, uint32_t n_rows, uint64_t sequence)
{
	return (struct sent_batch){.producer = "p",
	                           .epoch = 1,
	                           .sequence = sequence,
	                           .rows = rows,
	                           .n_rows = n_rows};
}

/* The counters of metrics say what the answers said. */
static void
counts_are(const struct ingest_case *f, uint64_t accepted, uint64_t duplicate,
           uint64_t rejected)
{
	assert_int_equal(f->ingest.counts.rows_accepted, accepted);
	assert_int_equal(f->ingest.counts.rows_duplicate, duplicate);
	assert_int_equal(f->ingest.counts.rows_rejected, rejected);
}

static void
rows_are_journaled_as_they_were_sent(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {
	    sent_good(5), sent_bad(), {"q", "b", "2021-Q3", 7, NULL}};
	struct sent_batch b = batch_of(rows, 3, 1);
	const struct wire_ack *ack = ingest_case_taken(f, &b, 2, 0, 1);
	struct wire_row_error e = ingest_case_row_error(ack, 0);
	struct buf record;
	struct commit c;
	struct block block;
	struct figure row;

	assert_int_equal(e.row, 1);
	assert_true(span_equal(e.code, span_str("unknown_unit")));
	assert_true(span_equal(e.field, span_str("unit")));
	assert_true(span_equal(e.value, span_str("nowhere")));
	assert_int_equal(ack->commit, ingest_case_head(f));
	assert_false(ack->errors_cut);
	assert_int_equal(ingest_case_records(f, ack->commit, &c), 1);
	buf_init(&record, 10000);
	ingest_case_record(f, ingest_case_head(f), 0, &record);
	assert_int_equal(block_open(buf_span(&record), &block), ERR_OK);
	assert_true(span_equal(block.id.producer, span_str("p")));
	assert_int_equal(block.id.sequence, 1);
	assert_int_equal(block.n_rows, 2);
	assert_int_equal(block.n_rejected, 1);
	assert_int_equal(block_next(&block, &row), ERR_OK);
	assert_int_equal(row.row, 0);
	assert_int_equal(row.value, 5);
	assert_int_equal(block_next(&block, &row), ERR_OK);
	assert_int_equal(row.row, 2);
	assert_int_equal(row.value, 70); /* one decimal */
	buf_fini(&record);
	counts_are(f, 2, 0, 1);
}

static void
a_batch_of_which_nothing_is_admitted_makes_no_commit(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_bad(), sent_bad()};
	struct sent_batch b = batch_of(rows, 2, 1);
	uint64_t head = ingest_case_head(f);

	assert_int_equal(ingest_case_taken(f, &b, 0, 0, 2)->commit, 0);
	assert_int_equal(ingest_case_head(f), head);
	/* but the number is used, and known */
	assert_int_equal(ingest_case_taken(f, &b, 0, 0, 2)->commit, 0);
	b.sequence = 2;
	(void)ingest_case_taken(f, &b, 0, 0, 2);
}

static void
an_empty_batch_is_taken(void **state)
{
	struct ingest_case *f = *state;
	struct sent_batch b = batch_of(NULL, 0, 1);

	(void)ingest_case_taken(f, &b, 0, 0, 0);
	(void)ingest_case_taken(f, &b, 0, 0, 0);
}

static void
a_repetition_gets_the_first_answer(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1),
	                            sent_bad(),
	                            sent_bad(),
	                            {"cnt", "b", "2019", 4, NULL}};
	struct sent_batch b = batch_of(rows, 4, 1);
	uint64_t commit = ingest_case_taken(f, &b, 2, 0, 2)->commit;

	for (int i = 0; i < 3; i++) {
		const struct wire_ack *ack;

		if (i == 2)
			ingest_case_restart(f);
		ack = ingest_case_taken(f, &b, 0, 2, 2);
		assert_int_equal(ack->commit, commit);
		assert_int_equal(ack->errors.n, 2);
		assert_int_equal(ingest_case_row_error(ack, 1).row, 2);
	}
	assert_int_equal(ingest_case_head(f), commit);
	counts_are(f, 0, 2, 2); /* since the restart */
}

static void
a_repetition_in_the_same_turn_is_one_too(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1), sent_bad()};
	struct sent_batch b = batch_of(rows, 2, 1);
	uint64_t head = ingest_case_head(f);
	struct commit c;

	ingest_case_batch(f, &b);
	ingest_case_batch(f, &b);
	ingest_case_turn_ok(f, 2);
	assert_int_equal(ingest_case_answer(f, 0, WIRE_ACK)->as.ack.accepted,
	                 1);
	assert_int_equal(f->answer.as.ack.commit, head + 1);
	assert_int_equal(ingest_case_answer(f, 1, WIRE_ACK)->as.ack.duplicate,
	                 1);
	assert_int_equal(f->answer.as.ack.commit, head + 1);
	assert_int_equal(f->answer.as.ack.rejected, 1);
	assert_int_equal(ingest_case_records(f, head + 1, &c), 1);
	counts_are(f, 1, 1, 2);
}

static void
other_content_under_a_number_is_refused(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);
	const struct wire_nack *nack;

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	row.value = 2;
	nack = ingest_case_refused(f, &b, ERR_SEQUENCE_REUSED);
	assert_int_equal(nack->retry_ms, 0);
	assert_true(span_equal(nack->field, span_str("sequence")));
	row.value = 1;
	b.flags = WIRE_FLAG_AGAIN; /* flags are content */
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_REUSED);
	b.flags = 0;
	(void)ingest_case_taken(f, &b, 0, 1, 0);
	assert_int_equal(f->ingest.counts.batches_refused, 2);
}

static void
a_number_left_out_is_refused_and_its_filling_taken(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 2);

	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	b.sequence = WIRE_UINT_MAX;
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	b.sequence = 1;
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	b.sequence = 2;
	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

/* Batches `from` to `to`, each of one row. */
static void
send_many(struct ingest_case *f, const char *producer, uint64_t from,
          uint64_t to)
{
	while (from <= to) {
		struct sent rows[INGEST_CASE_ITEMS];
		size_t n = 0;

		for (; n < INGEST_CASE_ITEMS && from <= to; n++, from++) {
			struct sent_batch b = batch_of(&rows[n], 1, from);

			rows[n] = sent_good((int)from);
			b.producer = producer;
			ingest_case_batch(f, &b);
		}
		ingest_case_turn_ok(f, n);
		assert_int_equal(
		    ingest_case_answer(f, n - 1, WIRE_ACK)->as.ack.accepted, 1);
	}
}

static void
a_stream_knows_its_last_1024_batches(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	send_many(f, "p", 1, INGEST_WINDOW);
	(void)ingest_case_taken(f, &b, 0, 1, 0); /* the first of 1024 */
	send_many(f, "p", INGEST_WINDOW + 1, INGEST_WINDOW + 1);
	(void)ingest_case_refused(f, &b, ERR_TOO_OLD);
	row = sent_good(2);
	b.sequence = 2;
	(void)ingest_case_taken(f, &b, 0, 1, 0);
}

static void
a_file_knows_all_its_batches(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	ingest_case_hello(f, "file:x", 1);
	(void)ingest_case_ask(f, WIRE_READY);
	send_many(f, "file:x", 1, INGEST_WINDOW + 2);
	b.producer = "file:x";
	(void)ingest_case_taken(f, &b, 0, 1, 0);
}

static void
two_values_for_one_key_are_both_rejected(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {
	    sent_good(1), {"cnt", "b", "2020", 3, NULL}, sent_good(2)};
	struct sent_batch b = batch_of(rows, 3, 1);
	const struct wire_ack *ack = ingest_case_taken(f, &b, 1, 0, 2);

	assert_int_equal(ingest_case_row_error(ack, 0).row, 0);
	assert_int_equal(ingest_case_row_error(ack, 1).row, 2);
	assert_true(span_equal(ingest_case_row_error(ack, 1).code,
	                       span_str("conflict")));
}

static void
each_of_two_values_names_the_other(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1),
	                            {"cnt", "b", "2020", 3, NULL},
	                            sent_good(2),
	                            sent_good(1)};
	static const uint32_t others[][2] = {{0, 2}, {2, 0}, {3, 2}};
	struct sent_batch b = batch_of(rows, 4, 1);
	const struct wire_ack *ack = ingest_case_taken(f, &b, 1, 0, 3);

	for (size_t i = 0; i < 3; i++) {
		struct wire_row_error e = ingest_case_row_error(ack, i);

		assert_int_equal(e.row, others[i][0]);
		assert_true(e.contradicted);
		assert_int_equal(e.other, others[i][1]);
		assert_true(span_equal(e.field, span_str("value")));
		assert_true(span_equal(
		    e.value, span_str(others[i][0] == 2 ? "2" : "1")));
		assert_true(span_equal(
		    e.other_value, span_str(others[i][1] == 2 ? "2" : "1")));
	}
}

static void
a_hundred_errors_are_told_and_the_rest_is_counted(void **state)
{
	struct ingest_case *f = *state;
	struct sent rows[WIRE_ERRORS_MAX + 1];
	struct sent_batch b = batch_of(rows, WIRE_ERRORS_MAX, 1);
	const struct wire_ack *ack;

	for (size_t i = 0; i <= WIRE_ERRORS_MAX; i++)
		rows[i] = sent_bad();
	ack = ingest_case_taken(f, &b, 0, 0, WIRE_ERRORS_MAX);
	assert_int_equal(ack->errors.n, WIRE_ERRORS_MAX);
	assert_false(ack->errors_cut);
	b = batch_of(rows, WIRE_ERRORS_MAX + 1, 2);
	for (int i = 0; i < 2; i++) { /* told the same again */
		ack = ingest_case_taken(f, &b, 0, 0, WIRE_ERRORS_MAX + 1);
		assert_int_equal(ack->errors.n, WIRE_ERRORS_MAX);
		assert_true(ack->errors_cut);
	}
}

static void
a_dry_run_answers_and_keeps_nothing(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {sent_good(1), sent_bad()};
	struct sent_batch b = batch_of(rows, 2, 9);
	uint64_t head = ingest_case_head(f);

	b.flags = WIRE_FLAG_DRY_RUN;
	b.epoch = 5;
	for (int i = 0; i < 2; i++)
		assert_int_equal(ingest_case_taken(f, &b, 1, 0, 1)->commit, 0);
	assert_int_equal(ingest_case_head(f), head);
	counts_are(f, 0, 0, 0);
	b = batch_of(rows, 2, 1);
	(void)ingest_case_taken(f, &b, 1, 0, 1);
}

/* A batch whose row 1 has a text where the value belongs. */
static void
add_misshapen(struct ingest_case *f)
{
	struct sent rows[] = {sent_good(1), sent_good(77)};
	struct sent_batch b = batch_of(rows, 2, 1);
	struct buf *frame = &f->frames[f->n_frames];

	ingest_case_batch(f, &b);
	assert_int_equal(frame->ptr[frame->len - 1], 77);
	frame->ptr[frame->len - 1] = 0xa0; /* an empty text */
}

static void
a_misshapen_row_refuses_the_batch_and_is_named(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);
	uint64_t head = ingest_case_head(f);
	const struct wire_nack *nack;

	add_misshapen(f);
	nack = &ingest_case_ask(f, WIRE_NACK)->as.nack;
	assert_true(span_equal(nack->code, span_str("bad_type")));
	assert_true(span_equal(nack->field, span_str("rows[1].value")));
	assert_int_equal(nack->retry_ms, 0);
	assert_int_equal(ingest_case_head(f), head);
	(void)ingest_case_taken(f, &b, 1, 0, 0); /* the number is free */
}

static void
what_is_wrong_with_the_whole_batch_is_named(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);
	const struct wire_nack *nack;

	b.source = "nobody";
	nack = ingest_case_refused(f, &b, ERR_UNKNOWN_SOURCE);
	assert_true(span_equal(nack->field, span_str("source")));
	b.source = NULL;
	b.units_as_of = "2020-13-01";
	nack = ingest_case_refused(f, &b, ERR_BAD_DATE);
	assert_true(span_equal(nack->field, span_str("units_as_of")));
	b.units_as_of = "2020-01-01";
	row.unit = "02"; /* a code of that day */
	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

static void
producers_do_not_disturb_each_other(void **state)
{
	struct ingest_case *f = *state;
	struct sent rows[] = {sent_good(1), sent_bad()};
	struct sent_batch b = batch_of(rows, 1, 1);
	struct commit c;

	ingest_case_hello(f, "q", 0);
	ingest_case_batch(f, &b);
	b.producer = "q";
	b.rows = &rows[1];
	ingest_case_batch(f, &b);
	b.producer = "unknown";
	ingest_case_batch(f, &b);
	b = batch_of(rows, 2, 2);
	ingest_case_batch(f, &b);
	ingest_case_turn_ok(f, 5);
	(void)ingest_case_answer(f, 0, WIRE_READY);
	assert_int_equal(ingest_case_answer(f, 1, WIRE_ACK)->as.ack.accepted,
	                 1);
	assert_int_equal(ingest_case_answer(f, 2, WIRE_ACK)->as.ack.rejected,
	                 1);
	(void)ingest_case_answer(f, 3, WIRE_NACK);
	assert_int_equal(ingest_case_answer(f, 4, WIRE_ACK)->as.ack.accepted,
	                 1);
	/* one commit for all of them, answered with it */
	assert_int_equal(f->answer.as.ack.commit, ingest_case_head(f));
	assert_int_equal(ingest_case_records(f, ingest_case_head(f), &c), 2);
}

static void
a_refusal_for_a_failed_turn_says_when_to_come_again(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 3);
	struct wire_message m;
	struct fault fault;
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	ingest_case_batch(f, &b);
	ingest_case_hello(f, "p", 1);
	ingest_refuse(buf_span(&f->frames[0]), ERR_STORAGE_FULL, 1500, &out);
	assert_int_equal(wire_decode(buf_span(&out), &m, &fault), ERR_OK);
	assert_int_equal(m.type, WIRE_NACK);
	assert_int_equal(m.id, f->id - 1);
	assert_int_equal(m.as.nack.sequence, 3);
	assert_int_equal(m.as.nack.retry_ms, 1500);
	assert_true(span_equal(m.as.nack.code, span_str("storage_full")));
	ingest_refuse(buf_span(&f->frames[1]), ERR_STORAGE_FULL, 1500, &out);
	assert_int_equal(wire_decode(buf_span(&out), &m, &fault), ERR_OK);
	assert_int_equal(m.type, WIRE_ERROR);
	assert_int_equal(m.id, f->id);
	assert_true(span_equal(m.as.error.code, span_str("storage_full")));
	ingest_refuse(span_str("nonsense"), ERR_NOMEM, 0, &out);
	assert_int_equal(wire_decode(buf_span(&out), &m, &fault), ERR_OK);
	assert_int_equal(m.type, WIRE_ERROR);
	f->n_frames = 0;
	buf_fini(&out);
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(rows_are_journaled_as_they_were_sent),
	    CASE(a_batch_of_which_nothing_is_admitted_makes_no_commit),
	    CASE(an_empty_batch_is_taken),
	    CASE(a_repetition_gets_the_first_answer),
	    CASE(a_repetition_in_the_same_turn_is_one_too),
	    CASE(other_content_under_a_number_is_refused),
	    CASE(a_number_left_out_is_refused_and_its_filling_taken),
	    CASE(a_stream_knows_its_last_1024_batches),
	    CASE(a_file_knows_all_its_batches),
	    CASE(two_values_for_one_key_are_both_rejected),
	    CASE(each_of_two_values_names_the_other),
	    CASE(a_hundred_errors_are_told_and_the_rest_is_counted),
	    CASE(a_dry_run_answers_and_keeps_nothing),
	    CASE(a_misshapen_row_refuses_the_batch_and_is_named),
	    CASE(what_is_wrong_with_the_whole_batch_is_named),
	    CASE(producers_do_not_disturb_each_other),
	    CASE(a_refusal_for_a_failed_turn_says_when_to_come_again),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
