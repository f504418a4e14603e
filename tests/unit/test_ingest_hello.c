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

static struct wire_ready
ready_of(struct ingest_case *f, const char *producer, uint64_t epoch)
{
	ingest_case_hello(f, producer, epoch);
	return ingest_case_ask(f, WIRE_READY)->as.ready;
}

static void
fenced(struct ingest_case *f, const char *producer, uint64_t epoch)
{
	ingest_case_hello(f, producer, epoch);
	ingest_case_turn_ok(f, 1);
	ingest_case_error(f, 0, ERR_FENCED, "epoch");
}

static struct sent_batch
batch_of(const struct sent *rows, uint64_t epoch, uint64_t sequence)
{
	return (struct sent_batch){.producer = "p",
	                           .epoch = epoch,
	                           .sequence = sequence,
	                           .rows = rows,
	                           .n_rows = 1};
}

static void
a_new_producer_gets_epoch_1(void **state)
{
	struct ingest_case *f = *state;
	struct wire_ready r = ready_of(f, "new", 0);

	assert_int_equal(r.epoch, 1);
	assert_int_equal(r.last_sequence, 0);
	assert_int_equal(r.credit, INGEST_CREDIT);
	assert_int_equal(r.max_rows, WIRE_ROWS_MAX);
	assert_int_equal(r.max_bytes, WIRE_MESSAGE_MAX);
	assert_int_equal(r.log, INGEST_CASE_LOG);
	assert_int_equal(r.generation, 1);
	assert_int_equal(r.commit, ingest_case_head(f));
}

static void
who_names_no_epoch_gets_the_next_and_fences_the_older(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	assert_int_equal(ready_of(f, "p", 0).epoch, 2);
	assert_int_equal(ready_of(f, "p", 2).last_sequence, 0);
	fenced(f, "p", 1);
	(void)ingest_case_refused(f, &b, ERR_FENCED);
	b.sequence = 2;
	(void)ingest_case_refused(f, &b, ERR_FENCED);
	b = batch_of(&row, 2, 1);
	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

static void
an_epoch_is_continued_however_often_it_is_named(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	for (int i = 0; i < 3; i++) {
		struct wire_ready r = ready_of(f, "p", 1);

		assert_int_equal(r.epoch, 1);
		assert_int_equal(r.last_sequence, 1);
	}
	b.sequence = 2;
	(void)ingest_case_taken(f, &b, 1, 0, 0);
}

static void
epoch_1_may_be_named_by_who_was_never_seen(void **state)
{
	struct ingest_case *f = *state;

	assert_int_equal(ready_of(f, "file:abc", 1).epoch, 1);
	assert_int_equal(ready_of(f, "file:abc", 1).epoch, 1);
	fenced(f, "other", 2);
	fenced(f, "other", 7);
	assert_int_equal(ready_of(f, "other", 1).epoch, 1);
	fenced(f, "other", 2);
}

static void
a_batch_without_hello_is_refused(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	b.producer = "stranger";
	(void)ingest_case_refused(f, &b, ERR_NO_HELLO);
	b = batch_of(&row, 2, 1); /* an epoch nobody was given */
	assert_int_equal(ingest_case_refused(f, &b, ERR_NO_HELLO)->retry_ms, 0);
}

static void
epochs_outlive_a_restart(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 2, 1);

	(void)ready_of(f, "p", 0);
	(void)ingest_case_taken(f, &b, 1, 0, 0);
	ingest_case_restart(f);
	assert_int_equal(ready_of(f, "p", 2).last_sequence, 1);
	fenced(f, "p", 1);
	(void)ingest_case_taken(f, &b, 0, 1, 0);
}

/* Answers of a fenced epoch are of no use: they would pile up on disk. */
static void
a_new_epoch_forgets_the_answers_of_the_older(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct answer answer;

	for (uint64_t i = 1; i <= 3; i++) {
		struct sent_batch b = batch_of(&row, 1, i);

		(void)ingest_case_taken(f, &b, 1, 0, 0);
	}
	(void)ready_of(f, "p", 0);
	assert_int_equal(store_read(f->store), ERR_OK);
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(answer_get(store_kv(f->store, STORE_STATE),
		                            span_str("p"), 1, i, &answer),
		                 ERR_NOT_FOUND);
	store_read_end(f->store);
}

static void
hello_makes_no_commit(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);

	(void)ready_of(f, "p", 0);
	(void)ready_of(f, "q", 0);
	assert_int_equal(ingest_case_head(f), head);
}

static void
hello_does_not_need_a_catalogue(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);

	assert_int_equal(ready_of(f, "p", 0).epoch, 1);
	(void)ingest_case_refused(f, &b, ERR_NO_CATALOGUE);
	/* and the number is not used up */
	assert_int_equal(ready_of(f, "p", 1).last_sequence, 0);
}

/* --- messages of other kinds, and ticks -------------------------------------- */

static void
what_is_no_message_is_answered_with_its_id(void **state)
{
	struct ingest_case *f = *state;
	const uint8_t unknown[] = {0x94, 1, 0xa3, 'X', 'Y', 'Z', 7, 0x80};
	struct wire_message m = {.type = WIRE_HEALTH};

	ingest_case_add(f, span_str("\xc1"));
	ingest_case_add(f, span_of(unknown, sizeof(unknown)));
	ingest_case_message(f, &m);
	ingest_case_turn_ok(f, 3);
	ingest_case_error(f, 0, ERR_BAD_MESSAGE, "message");
	ingest_case_error(f, 1, ERR_UNKNOWN_TYPE, "type");
	assert_int_equal(f->answer.id, 7);
	ingest_case_error(f, 2, ERR_UNKNOWN_TYPE, "type");
	assert_int_equal(f->answer.id, f->id);
}

static struct tick
tick_of(struct ingest_case *f, uint64_t commit)
{
	struct tick tick = {.date.n = DAY_NONE};
	struct buf record;

	buf_init(&record, 1000);
	ingest_case_record(f, commit, 0, &record);
	assert_int_equal(tick_read(buf_span(&record), &tick), ERR_OK);
	buf_fini(&record);
	return tick;
}

static void
a_tick_is_journaled_when_a_date_begins(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);
	struct commit c;

	f->now_ms += INGEST_CASE_DAY;
	ingest_case_turn_ok(f, 0);
	assert_int_equal(ingest_case_head(f), head + 1);
	assert_int_equal(ingest_case_records(f, head + 1, &c), 1);
	assert_int_equal(c.time_ms, f->now_ms);
	assert_int_equal(tick_of(f, head + 1).date.n, day_of_ms(f->now_ms).n);
	ingest_case_turn_ok(f, 0);
	assert_int_equal(ingest_case_head(f), head + 1);
	/* days that were missed are one tick */
	f->now_ms += 5 * INGEST_CASE_DAY;
	ingest_case_turn_ok(f, 0);
	assert_int_equal(ingest_case_head(f), head + 2);
	assert_int_equal(tick_of(f, head + 2).date.n, day_of_ms(f->now_ms).n);
}

static void
dates_never_go_back_and_time_grows_with_every_commit(void **state)
{
	struct ingest_case *f = *state;
	struct sent row = sent_good(1);
	struct sent_batch b = batch_of(&row, 1, 1);
	int64_t last_ms = f->now_ms;
	struct commit c;

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	for (uint64_t i = 2; i <= 4; i++) {
		int32_t date = f->ingest.tick.date.n;

		f->now_ms -= 3 * INGEST_CASE_DAY;
		if (i == 4)
			ingest_case_restart(f);
		row.value = (int64_t)i;
		b.sequence = i;
		(void)ingest_case_taken(f, &b, 1, 0, 0);
		assert_int_equal(
		    ingest_case_records(f, ingest_case_head(f), &c), 1);
		assert_true(c.time_ms > last_ms);
		last_ms = c.time_ms;
		assert_int_equal(f->ingest.tick.date.n, date);
	}
}

static void
an_empty_store_begins_with_a_tick(void **state)
{
	struct ingest_case *f = *state;

	ingest_case_turn_ok(f, 0);
	assert_int_equal(ingest_case_head(f), 1);
	assert_int_equal(tick_of(f, 1).date.n, day_of_ms(f->now_ms).n);
}

static void
a_clock_before_1970_is_lived_with(void **state)
{
	struct ingest_case *f = *state;
	struct commit c;

	f->now_ms = -5 * INGEST_CASE_DAY;
	ingest_case_turn_ok(f, 0);
	assert_int_equal(ingest_case_records(f, 1, &c), 1);
	assert_int_equal(c.time_ms, 1);
}

#define READY(f)                                              \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)
#define EMPTY(f)                                              \
	cmocka_unit_test_setup_teardown(f, ingest_case_setup, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    READY(a_new_producer_gets_epoch_1),
	    READY(who_names_no_epoch_gets_the_next_and_fences_the_older),
	    READY(an_epoch_is_continued_however_often_it_is_named),
	    READY(epoch_1_may_be_named_by_who_was_never_seen),
	    READY(a_batch_without_hello_is_refused),
	    READY(epochs_outlive_a_restart),
	    READY(a_new_epoch_forgets_the_answers_of_the_older),
	    READY(hello_makes_no_commit),
	    EMPTY(hello_does_not_need_a_catalogue),
	    EMPTY(what_is_no_message_is_answered_with_its_id),
	    READY(a_tick_is_journaled_when_a_date_begins),
	    READY(dates_never_go_back_and_time_grows_with_every_commit),
	    EMPTY(an_empty_store_begins_with_a_tick),
	    EMPTY(a_clock_before_1970_is_lived_with),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
