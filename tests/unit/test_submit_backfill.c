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

#define BLOCK 10 /* rows of a batch */

/* An ingest that takes everything, and notes how batches are marked. */
struct fake {
	struct script script; /* first: hear is given its address */
	struct client *client;
	uint64_t last; /* sequence taken */
	uint64_t rows;
	unsigned n_batches;
	unsigned n_last;  /* of them marked last */
	unsigned n_empty; /* of them without rows */
	bool ends;        /* the one that came last is so marked */
};

static void
fake_batch(struct fake *fake, const struct wire_message *m)
{
	const struct wire_batch *b = &m->as.batch;
	struct wire_message answer = {.type = WIRE_ACK, .id = m->id};
	bool held = (b->flags & WIRE_FLAG_MORE) != 0;

	assert_int_equal(b->sequence, fake->last + 1);
	fake->last++;
	fake->rows += b->rows.n;
	fake->n_batches++;
	fake->ends = (b->flags & WIRE_FLAG_LAST) != 0;
	fake->n_last += fake->ends;
	fake->n_empty += b->rows.n == 0;
	answer.as.ack = (struct wire_ack){.sequence = b->sequence,
	                                  .accepted = held ? 0 : b->rows.n,
	                                  .commit = held ? 0 : fake->last,
	                                  .credit = 4};
	script_say(&fake->script, &answer, NULL);
}

static void
fake_hear(struct script *script, const struct wire_message *m)
{
	struct fake *fake = (struct fake *)script;
	struct wire_message ready = {.type = WIRE_READY, .id = m->id};

	if (m->type != WIRE_HELLO) {
		fake_batch(fake, m);
		return;
	}
	ready.as.ready = (struct wire_ready){.epoch = 1,
	                                     .credit = 4,
	                                     .max_rows = BLOCK,
	                                     .max_bytes = WIRE_MESSAGE_MAX,
	                                     .log = 7,
	                                     .generation = 1};
	script_say(script, &ready, NULL);
}

static struct submit *
fake_open(struct fake *fake, uint64_t flags)
{
	struct submit_conf conf = {
	    .producer = span_str("file:1:office"), .epoch = 1, .flags = flags};
	struct submit *submit = NULL;
	struct client_link link;

	script_init(&fake->script, fake_hear);
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

static void
give(struct submit *submit, int n)
{
	for (int i = 0; i < n; i++) {
		struct wire_row_text row = {.indicator = span_str("a"),
		                            .unit = span_str("b"),
		                            .period = span_str("2024"),
		                            .value = {i, 0, true},
		                            .status = WIRE_UNSET};

		assert_int_equal(submit_row(submit, &row), ERR_OK);
	}
}

static void
the_last_batch_of_a_backfill_says_so(void **arg)
{
	static const uint64_t flags[] = {
	    WIRE_FLAG_BACKFILL, WIRE_FLAG_BACKFILL | WIRE_FLAG_STRICT, 0};

	(void)arg;
	for (int i = 0; i < 3; i++) {
		struct fake fake = {.last = 0};
		struct submit *submit = fake_open(&fake, flags[i]);

		give(submit, 3 * BLOCK);
		assert_int_equal(submit_finish(submit), ERR_OK);
		assert_int_equal(fake.n_batches, 3);
		assert_int_equal(fake.n_last, flags[i] != 0);
		assert_int_equal(fake.ends, flags[i] != 0);
		fake_close(&fake, &submit);
	}
}

static void
a_backfill_ends_though_its_last_row_cannot_be_sent(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, WIRE_FLAG_BACKFILL);
	struct wire_row_text never = {.value = {1, WIRE_PLACES_MAX + 1, true}};

	(void)arg;
	give(submit, BLOCK);
	assert_int_equal(submit_row(submit, &never), ERR_BAD_VALUE);
	assert_int_equal(submit_finish(submit), ERR_OK);
	assert_int_equal(fake.n_batches, 2);
	assert_int_equal(fake.n_empty, 1);
	assert_true(fake.ends);
	fake_close(&fake, &submit);
}

static void
a_backfill_may_hold_others_together(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, WIRE_FLAG_BACKFILL);

	(void)arg;
	assert_int_equal(submit_begin(submit), ERR_OK);
	assert_int_equal(fake.last, 1);
	assert_false(fake.ends);
	assert_int_equal(submit_finish(submit), ERR_OK);
	assert_int_equal(fake.last, 2);
	assert_true(fake.ends);
	assert_int_equal(fake.n_empty, 2);
	fake_close(&fake, &submit);
}

/* One client sends file after file: their batches have the same numbers. */
static void
a_late_answer_to_another_s_batch_is_not_taken(void **arg)
{
	struct fake fake = {.last = 0};
	struct submit *submit = fake_open(&fake, 0);
	struct wire_message ack = {.type = WIRE_ACK, .id = 77777};
	struct wire_message nack = {.type = WIRE_NACK, .id = 77778};

	(void)arg;
	ack.as.ack = (struct wire_ack){
	    .sequence = 1, .accepted = 3, .commit = 9, .credit = 1};
	nack.as.nack = (struct wire_nack){
	    .sequence = 1, .code = span_str("fenced"), .text = span_str("")};
	script_say(&fake.script, &ack, NULL);
	script_say(&fake.script, &nack, NULL);
	give(submit, BLOCK);
	assert_int_equal(submit_finish(submit), ERR_OK);
	assert_int_equal(fake.rows, BLOCK);
	assert_int_equal(submit_totals(submit).accepted, BLOCK);
	assert_int_equal(submit_totals(submit).last_commit, 1);
	fake_close(&fake, &submit);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(the_last_batch_of_a_backfill_says_so),
	    cmocka_unit_test(
	        a_backfill_ends_though_its_last_row_cannot_be_sent),
	    cmocka_unit_test(a_backfill_may_hold_others_together),
	    cmocka_unit_test(a_late_answer_to_another_s_batch_is_not_taken),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
