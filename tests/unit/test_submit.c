/* links: common/client/client.c common/client/submit.c common/client/submit_errors.c tests/lib/script_link.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/clock.c common/base/err.c common/base/map.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/client/submit.h"
#include "tests/lib/script_link.h"

#define BLOCK 10 /* rows of a batch, unless a test says otherwise */

/* An ingest that keeps numbers of batches, and fails as it is told. */
struct fake {
	struct script script; /* first: hear is given its address */
	struct client *client;
	uint64_t last;   /* sequence taken */
	uint64_t staged; /* strict: part taken, not committed */
	uint64_t staged_rows;
	uint64_t rows; /* committed */
	uint64_t max_rows;
	uint64_t credit;
	uint64_t lose_answer; /* of this sequence, once */
	int lose_ask;         /* answers to a dry run */
	uint64_t lose_stage;  /* at this sequence, once */
	uint64_t refuse;      /* this sequence, n_refusals times */
	unsigned n_refusals;
	enum err refusal;
	uint64_t retry_ms;
	unsigned n_hellos;
	unsigned n_batches;
	size_t most_waiting; /* answers not yet received */
	unsigned bad_every;  /* rows of such a value are rejected */
	uint64_t told[64];   /* how often each row was told as rejected */
	uint64_t settled;
};

static void
fake_ready(struct fake *fake, uint64_t id)
{
	struct wire_message m = {.type = WIRE_READY, .id = id};

	fake->n_hellos++;
	m.as.ready = (struct wire_ready){.epoch = 1,
	                                 .last_sequence = fake->last,
	                                 .credit = fake->credit,
	                                 .max_rows = fake->max_rows,
	                                 .max_bytes = WIRE_MESSAGE_MAX,
	                                 .log = 7,
	                                 .generation = 1,
	                                 .commit = fake->last};
	script_say(&fake->script, &m, NULL);
}

static void
fake_nack(struct fake *fake, const struct wire_message *m, enum err code,
          uint64_t retry_ms)
{
	struct wire_message answer = {.type = WIRE_NACK, .id = m->id};

	answer.as.nack.sequence = m->as.batch.sequence;
	answer.as.nack.code = span_str(err_name(code));
	answer.as.nack.text = span_str("");
	answer.as.nack.retry_ms = retry_ms;
	script_say(&fake->script, &answer, NULL);
}

/* The value of row n is n; every bad_every-th row is rejected, two are told. */
static uint64_t
fake_reject(const struct fake *fake, const struct wire_message *m,
            struct wire_writer *errors, struct wire_ack *ack)
{
	uint64_t n = 0;
	struct wire_rows reader;
	struct wire_row row;
	struct fault fault;

	wire_rows_open(m->as.batch.rows.bytes, &m->as.batch, &reader);
	while (fake->bad_every > 0 &&
	       wire_rows_next(&reader, &row, &fault) == ERR_OK) {
		struct wire_row_error e = {.row = reader.row,
		                           .code = span_str("out_of_range"),
		                           .field = span_str("value"),
		                           .value = span_str("")};

		if (row.value.mantissa % fake->bad_every != 0)
			continue;
		if (n < 2)
			assert_true(wire_errors_add(errors, &e));
		ack->errors_cut = ++n > 2;
	}
	return n;
}

static void
fake_ack(struct fake *fake, const struct wire_message *m, struct wire_ack ack)
{
	struct wire_message answer = {.type = WIRE_ACK, .id = m->id};
	struct wire_writer errors;

	wire_writer_init(&errors, WIRE_MESSAGE_MAX);
	ack.rejected = fake_reject(fake, m, &errors, &ack);
	if (ack.accepted > 0)
		ack.accepted -= ack.rejected;
	ack.errors = wire_writer_list(&errors);
	ack.sequence = m->as.batch.sequence;
	ack.credit = fake->credit;
	answer.as.ack = ack;
	if (fake->lose_answer == ack.sequence)
		fake->lose_answer = 0;
	else if (fake->lose_ask > 0 &&
	         (m->as.batch.flags & WIRE_FLAG_DRY_RUN) != 0)
		fake->lose_ask--;
	else
		script_say(&fake->script, &answer, NULL);
	wire_writer_fini(&errors);
}

static void
fake_strict(struct fake *fake, const struct wire_message *m)
{
	const struct wire_batch *b = &m->as.batch;

	if (fake->lose_stage == b->sequence) {
		fake->lose_stage = 0;
		fake->staged = fake->last;
		fake->staged_rows = 0;
	}
	if (b->sequence == fake->last + 1) {
		fake->staged = fake->last;
		fake->staged_rows = 0;
	}
	if (b->sequence != fake->staged + 1) {
		fake_nack(fake, m, ERR_SEQUENCE_GAP, 0);
		return;
	}
	fake->staged++;
	fake->staged_rows += b->rows.n;
	if ((b->flags & WIRE_FLAG_MORE) != 0) {
		fake_ack(fake, m, (struct wire_ack){.accepted = 0});
		return;
	}
	fake->last = fake->staged;
	fake->rows += fake->staged_rows;
	fake_ack(fake, m,
	         (struct wire_ack){.accepted = fake->staged_rows, .commit = 1});
}

static void
fake_batch(struct fake *fake, const struct wire_message *m)
{
	const struct wire_batch *b = &m->as.batch;

	fake->n_batches++;
	if ((b->flags & WIRE_FLAG_DRY_RUN) != 0) {
		fake_ack(fake, m, (struct wire_ack){.accepted = b->rows.n});
	} else if (b->sequence == fake->refuse && fake->n_refusals > 0) {
		fake->n_refusals--;
		fake_nack(fake, m, fake->refusal, fake->retry_ms);
	} else if (b->sequence <= fake->last) {
		fake_ack(fake, m,
		         (struct wire_ack){.duplicate = b->rows.n,
		                           .commit = b->sequence});
	} else if ((b->flags & WIRE_FLAG_STRICT) != 0) {
		fake_strict(fake, m);
	} else if (b->sequence != fake->last + 1) {
		fake_nack(fake, m, ERR_SEQUENCE_GAP, 0);
	} else {
		fake->last++;
		fake->rows += b->rows.n;
		fake_ack(fake, m,
		         (struct wire_ack){.accepted = b->rows.n,
		                           .commit = fake->last});
	}
}

static void
fake_hear(struct script *script, const struct wire_message *m)
{
	struct fake *fake = (struct fake *)script;

	if (m->type == WIRE_HELLO)
		fake_ready(fake, m->id);
	else
		fake_batch(fake, m);
	if (script->n > fake->most_waiting)
		fake->most_waiting = script->n;
}

static void
on_rejected(void *self, uint64_t row, const struct wire_row_error *e)
{
	struct fake *fake = self;

	assert_true(span_equal(e->code, span_str("out_of_range")));
	assert_true(row < 64);
	fake->told[row]++;
}

static void
on_settled(void *self, uint64_t row)
{
	struct fake *fake = self;

	assert_true(row >= fake->settled);
	fake->settled = row;
}

static struct submit *
fake_open(struct fake *fake, uint64_t flags)
{
	struct submit_conf conf = {.producer = span_str("file:1:office"),
	                           .epoch = 1,
	                           .flags = flags,
	                           .rejected = on_rejected,
	                           .settled = on_settled,
	                           .self = fake};
	struct submit *submit = NULL;
	struct client_link link;

	script_init(&fake->script, fake_hear);
	fake->max_rows = fake->max_rows > 0 ? fake->max_rows : BLOCK;
	fake->credit = fake->credit > 0 ? fake->credit : 16;
	link = script_link(&fake->script);
	assert_int_equal(client_new(&fake->client, &link), ERR_OK);
	assert_int_equal(submit_open(&submit, fake->client, &conf), ERR_OK);
	return submit;
}

static void
fake_close(struct fake *fake, struct submit **submit)
{
	submit_close(submit);
	client_free(&fake->client);
	script_fini(&fake->script);
}

static enum err
give(struct submit *submit, int64_t first, int n)
{
	enum err err = ERR_OK;

	for (int i = 0; i < n && err == ERR_OK; i++) {
		struct wire_row_text row = {
		    .indicator = span_str("pov-hh@c2022"),
		    .unit = span_str("vn"),
		    .period = span_str("2024"),
		    .value = {first + i, 0, true},
		    .status = WIRE_UNSET,
		};

		err = submit_row(submit, &row);
	}
	return err == ERR_OK ? submit_finish(submit) : err;
}

static void
rows_go_in_blocks_of_ten_thousand(void **arg)
{
	struct fake fake = {.max_rows = WIRE_ROWS_MAX};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, SUBMIT_BLOCK_ROWS + 1), ERR_OK);
	assert_int_equal(fake.n_batches, 2);
	assert_int_equal(fake.rows, SUBMIT_BLOCK_ROWS + 1);
	assert_int_equal(submit_totals(submit).accepted, fake.rows);
	assert_int_equal(submit_totals(submit).last_commit, 2);
	fake_close(&fake, &submit);
}

static void
exactly_a_block_is_one_batch(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, BLOCK), ERR_OK);
	assert_int_equal(fake.n_batches, 1);
	fake_close(&fake, &submit);
}

static void
no_rows_are_no_batches(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(submit_finish(submit), ERR_OK);
	assert_int_equal(fake.n_batches, 0);
	fake_close(&fake, &submit);
}

static void
no_more_batches_wait_than_the_credit(void **arg)
{
	struct fake fake = {.credit = 4};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, 20 * BLOCK), ERR_OK);
	assert_int_equal(fake.most_waiting, 4);
	assert_int_equal(fake.rows, 20 * BLOCK);
	fake_close(&fake, &submit);
}

static void
a_lost_answer_is_asked_for_again_and_counts_once(void **arg)
{
	struct fake fake = {.lose_answer = 2};
	struct submit *submit = fake_open(&fake, 0);
	struct submit_totals t;

	(void)arg;
	assert_int_equal(give(submit, 1, 5 * BLOCK), ERR_OK);
	t = submit_totals(submit);
	assert_int_equal(fake.n_hellos, 2);
	assert_int_equal(fake.rows, 5 * BLOCK);
	assert_int_equal(t.accepted, 5 * BLOCK);
	assert_int_equal(t.duplicate, 0);
	fake_close(&fake, &submit);
}

static void
what_was_taken_before_is_duplicate(void **arg)
{
	struct fake fake = {.last = 2};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, 3 * BLOCK), ERR_OK);
	assert_int_equal(submit_totals(submit).duplicate, 2 * BLOCK);
	assert_int_equal(submit_totals(submit).accepted, BLOCK);
	assert_int_equal(submit_totals(submit).first_commit, 1);
	fake_close(&fake, &submit);
}

static void
not_now_is_waited_for_and_sent_again_in_order(void **arg)
{
	struct fake fake = {.refuse = 2,
	                    .n_refusals = 3,
	                    .refusal = ERR_OVERLOADED,
	                    .retry_ms = 300};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, 6 * BLOCK), ERR_OK);
	assert_int_equal(fake.rows, 6 * BLOCK);
	assert_int_equal(submit_totals(submit).accepted, 6 * BLOCK);
	assert_int_equal(fake.script.clock.mono.ns, 3 * 300 * CLOCK_NS_PER_MS);
	fake_close(&fake, &submit);
}

static void
a_disk_that_stays_full_is_given_up_with_its_code(void **arg)
{
	struct fake fake = {.refuse = 2,
	                    .n_refusals = 1000,
	                    .refusal = ERR_STORAGE_FULL,
	                    .retry_ms = 1000};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, 3 * BLOCK), ERR_STORAGE_FULL);
	assert_int_equal(fake.rows, BLOCK);
	assert_in_range(fake.script.clock.mono.ns / CLOCK_NS_PER_MS,
	                SUBMIT_GIVE_UP_MS, SUBMIT_GIVE_UP_MS + 2000);
	assert_int_equal(give(submit, 1, 1), ERR_STORAGE_FULL);
	fake_close(&fake, &submit);
}

static void
a_refusal_for_good_stops_with_its_code(void **arg)
{
	struct fake fake = {
	    .refuse = 2, .n_refusals = 1, .refusal = ERR_SEQUENCE_REUSED};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 1, 3 * BLOCK), ERR_SEQUENCE_REUSED);
	assert_non_null(strstr(client_problem(fake.client), "sequence_reused"));
	fake_close(&fake, &submit);
}

static void
an_outage_while_sending_is_waited_for(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	fake.script.refuse_sends = 3;
	assert_int_equal(give(submit, 1, 4 * BLOCK), ERR_OK);
	assert_int_equal(fake.rows, 4 * BLOCK);
	fake_close(&fake, &submit);
}

static void
an_outage_without_end_is_unavailable(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	fake.script.refuse_sends = 100000;
	assert_int_equal(give(submit, 1, 4 * BLOCK), ERR_UNAVAILABLE);
	fake_close(&fake, &submit);
}

static void
a_strict_submission_begins_again_when_its_parts_are_forgotten(void **arg)
{
	struct fake fake = {.lose_stage = 3};
	struct submit *submit = fake_open(&fake, WIRE_FLAG_STRICT);

	(void)arg;
	assert_int_equal(give(submit, 1, 4 * BLOCK + 1), ERR_OK);
	assert_int_equal(fake.last, 5);
	assert_int_equal(fake.rows, 4 * BLOCK + 1);
	assert_int_equal(submit_totals(submit).accepted, 4 * BLOCK + 1);
	assert_int_equal(submit_totals(submit).batches, 5);
	fake_close(&fake, &submit);
}

static void
every_rejected_row_is_told_once_however_short_the_answers(void **arg)
{
	struct fake fake = {.bad_every = 3, .max_rows = 20};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 0, 60), ERR_OK);
	for (int i = 0; i < 60; i++)
		assert_int_equal(fake.told[i], i % 3 == 0);
	assert_int_equal(submit_totals(submit).rejected, 20);
	assert_int_equal(submit_totals(submit).accepted, 40);
	assert_int_equal(submit_totals(submit).untold, 0);
	assert_int_equal(fake.rows, 60);
	fake_close(&fake, &submit);
}

static void
rejected_rows_are_told_through_one_silence(void **arg)
{
	struct fake fake = {.bad_every = 3, .max_rows = 20, .lose_ask = 1};
	struct submit *submit = fake_open(&fake, 0);

	(void)arg;
	assert_int_equal(give(submit, 0, 60), ERR_OK);
	for (int i = 0; i < 60; i++)
		assert_int_equal(fake.told[i], i % 3 == 0);
	assert_int_equal(fake.lose_ask, 0);
	assert_int_equal(submit_totals(submit).untold, 0);
	fake_close(&fake, &submit);
	/* longer than that, they are counted */
	fake = (struct fake){.bad_every = 3, .lose_ask = 1000};
	submit = fake_open(&fake, 0);
	assert_int_equal(give(submit, 0, BLOCK), ERR_OK);
	assert_true(submit_totals(submit).untold > 0);
	fake_close(&fake, &submit);
}

static void
a_row_that_cannot_be_sent_leaves_the_others_alone(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);
	char note[WIRE_TEXT_MAX + 1];
	struct wire_row_text row = {.indicator = span_str("a"),
	                            .unit = span_str("b"),
	                            .period = span_str("c"),
	                            .status = WIRE_UNSET};

	(void)arg;
	memset(note, 'x', sizeof(note));
	row.note = span_of(note, sizeof(note));
	assert_int_equal(submit_row(submit, &row), ERR_BAD_VALUE);
	row.note.len = WIRE_TEXT_MAX;
	assert_int_equal(submit_row(submit, &row), ERR_OK);
	assert_int_equal(submit_finish(submit), ERR_OK);
	assert_int_equal(fake.rows, 1);
	assert_int_equal(submit_totals(submit).rows, 1);
	fake_close(&fake, &submit);
}

static void
a_producer_longer_than_a_text_is_refused(void **arg)
{
	char name[WIRE_TEXT_MAX + 1];
	struct submit_conf conf = {.epoch = 1};
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);
	struct submit *other = NULL;

	(void)arg;
	memset(name, 'p', sizeof(name));
	conf.producer = span_of(name, sizeof(name));
	assert_int_equal(submit_open(&other, fake.client, &conf),
	                 ERR_BAD_VALUE);
	conf.producer.len = WIRE_TEXT_MAX;
	assert_int_equal(submit_open(&other, fake.client, &conf), ERR_OK);
	submit_close(&other);
	fake_close(&fake, &submit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_go_in_blocks_of_ten_thousand),
	    cmocka_unit_test(exactly_a_block_is_one_batch),
	    cmocka_unit_test(no_rows_are_no_batches),
	    cmocka_unit_test(no_more_batches_wait_than_the_credit),
	    cmocka_unit_test(a_lost_answer_is_asked_for_again_and_counts_once),
	    cmocka_unit_test(what_was_taken_before_is_duplicate),
	    cmocka_unit_test(not_now_is_waited_for_and_sent_again_in_order),
	    cmocka_unit_test(a_disk_that_stays_full_is_given_up_with_its_code),
	    cmocka_unit_test(a_refusal_for_good_stops_with_its_code),
	    cmocka_unit_test(an_outage_while_sending_is_waited_for),
	    cmocka_unit_test(an_outage_without_end_is_unavailable),
	    cmocka_unit_test(
	        a_strict_submission_begins_again_when_its_parts_are_forgotten),
	    cmocka_unit_test(
	        every_rejected_row_is_told_once_however_short_the_answers),
	    cmocka_unit_test(rejected_rows_are_told_through_one_silence),
	    cmocka_unit_test(a_row_that_cannot_be_sent_leaves_the_others_alone),
	    cmocka_unit_test(a_producer_longer_than_a_text_is_refused),
	};

	return cmocka_run_group_tests_name("submit", tests, NULL, NULL);
}
