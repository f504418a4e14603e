/*
 * What is sent twice, out of order or under another's number, over the real
 * socket; also after ingest was killed.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/ingest/ingest.h"
#include "tests/lib/port.h"

struct fixture {
	struct rig rig;
	struct port port;
};

static int
setup(void **state)
{
	static struct fixture f;

	rig_open(&f.rig);
	rig_start(&f.rig, RIG_INGEST);
	rig_await_ready(&f.rig, RIG_INGEST);
	rig_apply(&f.rig, RIG_CATALOGUE);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	rig_close(&f->rig);
	return 0;
}

static int
port_setup(void **state)
{
	struct fixture *f = *state;

	port_open(&f->port, &f->rig, RIG_INGEST);
	return 0;
}

static int
port_teardown(void **state)
{
	struct fixture *f = *state;

	port_close(&f->port);
	return 0;
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)

static void
ingest_again(struct fixture *f)
{
	rig_kill(&f->rig, RIG_INGEST);
	rig_start(&f->rig, RIG_INGEST);
	rig_await_ready(&f->rig, RIG_INGEST);
	port_close(&f->port);
	port_open(&f->port, &f->rig, RIG_INGEST);
}

/* A batch of four rows as everybody sends it. */
static struct load_batch
usual(const char *producer, uint64_t epoch, uint64_t sequence)
{
	return (struct load_batch){.producer = producer,
	                           .epoch = epoch,
	                           .sequence = sequence,
	                           .n_rows = 4};
}

static void
the_same_batch_again_gets_the_first_answer(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "again", 0);
	struct load_batch b = usual("again", epoch, 1);
	struct port_answer first, second, third;

	b.n_wrong = 1;
	first = port_batch(&f->port, &b);
	port_acked(&f->port, &first, 3, 0, 1);
	second = port_batch(&f->port, &b);
	port_acked(&f->port, &second, 0, 3, 1);
	ingest_again(f);
	third = port_batch(&f->port, &b);
	port_acked(&f->port, &third, 0, 3, 1);
	assert_int_equal(second.commit, first.commit);
	assert_int_equal(third.commit, first.commit);
	assert_int_equal(third.n_errors, 1);
}

static void
a_number_used_for_other_content_is_refused(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "reused", 0);
	struct load_batch b = usual("reused", epoch, 1);
	struct port_answer a = port_batch(&f->port, &b);

	port_acked(&f->port, &a, 4, 0, 0);
	b.other = 1;
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_SEQUENCE_REUSED);
	assert_int_equal(a.retry_ms, 0);
	ingest_again(f);
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_SEQUENCE_REUSED);
}

static void
a_gap_is_refused_and_closed_by_what_was_left_out(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "gap", 0);
	struct load_batch b = usual("gap", epoch, 2);
	struct port_answer a = port_batch(&f->port, &b);

	port_refused(&f->port, &a, ERR_SEQUENCE_GAP);
	b.sequence = 1;
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 4, 0, 0);
	b.sequence = 2;
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 4, 0, 0);
}

static void
a_hello_without_epoch_fences_the_older(void **state)
{
	struct fixture *f = *state;
	uint64_t old = port_hello(&f->port, "fenced", 0);
	struct load_batch b = usual("fenced", old, 1);
	struct port_answer a = port_batch(&f->port, &b);
	uint64_t young;

	port_acked(&f->port, &a, 4, 0, 0);
	ingest_again(f);
	young = port_hello(&f->port, "fenced", 0);
	assert_int_equal(young, old + 1);
	b.sequence = 2;
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_FENCED);
	buf_reset(&f->port.out);
	load_hello("fenced", old, 1, &f->port.out);
	a = port_ask(&f->port, buf_span(&f->port.out));
	port_refused(&f->port, &a, ERR_FENCED);
	b = usual("fenced", young, 1);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 4, 0, 0);
}

static void
nobody_sends_before_hello(void **state)
{
	struct fixture *f = *state;
	struct load_batch b = usual("stranger", 1, 1);
	struct port_answer a = port_batch(&f->port, &b);

	port_refused(&f->port, &a, ERR_NO_HELLO);
	b.epoch = port_hello(&f->port, "stranger", 0) + 1;
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_NO_HELLO);
}

/* Sends from..to with the credit that was granted; answers must be in order. */
static void
send_run(struct fixture *f, uint64_t epoch, uint64_t from, uint64_t to)
{
	struct load_batch b = usual("window", epoch, from);
	uint64_t answered = from;

	b.n_rows = 1;
	while (answered <= to) {
		while (b.sequence <= to &&
		       b.sequence < answered + INGEST_CREDIT) {
			b.id = b.sequence;
			buf_reset(&f->port.out);
			load_batch(&b, &f->port.out);
			port_send(&f->port, buf_span(&f->port.out));
			b.sequence++;
		}
		struct port_answer a = port_receive(&f->port, PORT_ANSWER_MS);

		port_acked(&f->port, &a, 1, 0, 0);
		assert_int_equal(a.sequence, answered);
		assert_true(a.credit >= 1);
		answered++;
	}
}

static void
the_window_is_known_to_its_last_batch_and_not_beyond(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "window", 0);
	struct load_batch b = usual("window", epoch, 1);
	struct port_answer a;

	b.n_rows = 1;
	send_run(f, epoch, 1, INGEST_WINDOW);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 1, 0);
	send_run(f, epoch, INGEST_WINDOW + 1, INGEST_WINDOW + 1);
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_TOO_OLD);
	b.sequence = 2;
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 1, 0);
	ingest_again(f);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 1, 0);
	b.sequence = 1;
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_TOO_OLD);
}

static void
a_file_stays_known_beyond_the_window(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "file:abc", 1);
	struct load_batch b = usual("file:abc", epoch, 1);
	struct port_answer a;

	assert_int_equal(epoch, 1);
	for (; b.sequence <= INGEST_WINDOW + 2; b.sequence++) {
		b.n_rows = 1;
		a = port_batch(&f->port, &b);
		port_acked(&f->port, &a, 1, 0, 0);
	}
	b.sequence = 1;
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 1, 0);
}

/* Blocks of a producer in the journal. */
static uint64_t
journal_blocks(const struct fixture *f, const char *producer, uint64_t *commit)
{
	struct client *client = rig_client(&f->rig, RIG_INGEST);
	struct client_commits commits;
	struct record_list records;
	struct commit head;
	struct block block;
	struct span packed;
	uint64_t n = 0;

	record_list_init(&records);
	client_commits_open(client, 1, &commits);
	while (client_commits_next(&commits, 0, &packed) == ERR_OK) {
		assert_int_equal(commit_unpack(packed, &head, &records),
		                 ERR_OK);
		for (size_t i = 0; i < records.n; i++) {
			struct span r = record_list_at(&records, i);

			if (record_type(r) != RECORD_BLOCK)
				continue;
			assert_int_equal(block_open(r, &block), ERR_OK);
			if (!span_equal(block.id.producer, span_str(producer)))
				continue;
			*commit = head.number;
			n++;
		}
	}
	record_list_fini(&records);
	client_free(&client);
	return n;
}

/* A part of a strict submission; more of it follows until `last`. */
static struct load_batch
strict_part(const char *producer, uint64_t epoch, uint64_t sequence, bool last)
{
	struct load_batch b = usual(producer, epoch, sequence);

	b.flags = WIRE_FLAG_STRICT | (last ? 0 : WIRE_FLAG_MORE);
	return b;
}

static void
a_strict_submission_is_one_commit(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "strict", 0);
	uint64_t commit = 0;
	struct port_answer a;

	for (uint64_t i = 1; i <= 3; i++) {
		struct load_batch b = strict_part("strict", epoch, i, i == 3);

		assert_int_equal(journal_blocks(f, "strict", &commit), 0);
		a = port_batch(&f->port, &b);
		port_acked(&f->port, &a, i == 3 ? 12 : 0, 0, 0);
	}
	assert_int_equal(journal_blocks(f, "strict", &commit), 3);
	assert_int_equal(commit, a.commit);
}

static void
a_strict_submission_with_one_wrong_row_is_none(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "wrong", 0);
	uint64_t commit = 0;
	struct load_batch b = strict_part("wrong", epoch, 1, false);
	struct port_answer a;

	b.n_wrong = 1;
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 0, 1);
	b = strict_part("wrong", epoch, 2, true);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 0, 8);
	assert_int_equal(a.commit, 0);
	assert_int_equal(journal_blocks(f, "wrong", &commit), 0);
	/* and the numbers are free for the corrected one */
	for (uint64_t i = 1; i <= 2; i++) {
		b = strict_part("wrong", epoch, i, i == 2);
		b.other = 7;
		a = port_batch(&f->port, &b);
		port_acked(&f->port, &a, i == 2 ? 8 : 0, 0, 0);
	}
	assert_int_equal(journal_blocks(f, "wrong", &commit), 2);
}

static void
a_strict_submission_killed_in_the_middle_begins_again(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = port_hello(&f->port, "broken", 0);
	uint64_t commit = 0;
	struct load_batch b = strict_part("broken", epoch, 1, false);
	struct port_answer a = port_batch(&f->port, &b);

	port_acked(&f->port, &a, 0, 0, 0);
	ingest_again(f);
	assert_int_equal(port_hello(&f->port, "broken", epoch), epoch);
	b = strict_part("broken", epoch, 2, true);
	a = port_batch(&f->port, &b);
	port_refused(&f->port, &a, ERR_SEQUENCE_GAP);
	assert_int_equal(journal_blocks(f, "broken", &commit), 0);
	b = strict_part("broken", epoch, 1, false);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 0, 0);
	b = strict_part("broken", epoch, 2, true);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 8, 0, 0);
	/* the answer may have been lost: again, all of it is there once */
	ingest_again(f);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 0, 8, 0);
	assert_int_equal(journal_blocks(f, "broken", &commit), 2);
}

static void
a_dry_run_is_answered_and_keeps_nothing(void **state)
{
	struct fixture *f = *state;
	struct load_batch b = usual("dry", 9, 9);
	struct rig_state before, after;
	struct port_answer a;

	assert_true(rig_health(&f->rig, RIG_INGEST, RIG_READY_MS, &before));
	b.flags = WIRE_FLAG_DRY_RUN;
	b.n_wrong = 2;
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 2, 0, 2);
	assert_int_equal(a.commit, 0);
	assert_true(rig_health(&f->rig, RIG_INGEST, RIG_READY_MS, &after));
	assert_int_equal(after.commit, before.commit);
	b = usual("dry", port_hello(&f->port, "dry", 0), 1);
	assert_int_equal(b.epoch, 1);
	a = port_batch(&f->port, &b);
	port_acked(&f->port, &a, 4, 0, 0);
}

/* More than was granted, all at once: taken or told to wait, never lost. */
static void
batches_beyond_the_credit_are_all_answered(void **state)
{
	enum { FLOOD = 400 };
	struct fixture *f = *state;
	struct load_batch b =
	    usual("flood", port_hello(&f->port, "flood", 0), 1);
	uint64_t n = 0;

	for (; b.sequence <= FLOOD; b.sequence++) {
		b.id = b.sequence;
		buf_reset(&f->port.out);
		load_batch(&b, &f->port.out);
		port_send(&f->port, buf_span(&f->port.out));
	}
	for (; n < FLOOD; n++) {
		struct port_answer a = port_receive(&f->port, PORT_ANSWER_MS);

		if (a.type == WIRE_ACK)
			continue;
		assert_int_equal(a.type, WIRE_NACK);
		port_refused(&f->port, &a, ERR_OVERLOADED);
		assert_true(a.retry_ms > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(the_same_batch_again_gets_the_first_answer),
	    CASE(a_number_used_for_other_content_is_refused),
	    CASE(a_gap_is_refused_and_closed_by_what_was_left_out),
	    CASE(a_hello_without_epoch_fences_the_older),
	    CASE(nobody_sends_before_hello),
	    CASE(the_window_is_known_to_its_last_batch_and_not_beyond),
	    CASE(a_file_stays_known_beyond_the_window),
	    CASE(a_strict_submission_is_one_commit),
	    CASE(a_strict_submission_with_one_wrong_row_is_none),
	    CASE(a_strict_submission_killed_in_the_middle_begins_again),
	    CASE(a_dry_run_is_answered_and_keeps_nothing),
	    CASE(batches_beyond_the_credit_are_all_answered),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
