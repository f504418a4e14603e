/* links: common/serve/follow.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/serve/follow.h"
#include "tests/lib/serve_case.h"

/* The source is a socket in the test's hand, its journal that of a copier. */
struct fixture {
	struct serve_case c;
	struct copier upstream;
	struct copier service;
	struct mailbox source;
	struct follow *follow;
	struct journal_id met;
	enum err met_err;
	enum err failed;
	unsigned n_committed, n_failed, n_idle, n_met;
};

static void
on_committed(void *self, size_t n)
{
	struct fixture *f = self;

	f->n_committed += (unsigned)n;
}

static enum err
on_met(void *self, const struct journal_id *id)
{
	struct fixture *f = self;

	f->n_met++;
	f->met = *id;
	return f->met_err;
}

static void
on_failed(void *self, enum err err, const char *what)
{
	struct fixture *f = self;

	(void)what;
	f->failed = err;
	f->n_failed++;
}

static void
on_idle(void *self)
{
	struct fixture *f = self;

	f->n_idle++;
}

static void
follow_it(struct fixture *f, uint64_t log)
{
	const struct follow_conf conf = {.endpoint = f->c.endpoint,
	                                 .loop = f->c.loop,
	                                 .ctx = f->c.ctx,
	                                 .turn = &f->service.turn,
	                                 .id = {log, log == 0 ? 0 : 1},
	                                 .committed = on_committed,
	                                 .met = on_met,
	                                 .failed = on_failed,
	                                 .idle = on_idle,
	                                 .self = f};
	struct sock_refusal why;

	assert_int_equal(follow_open(&f->follow, &conf, &why), ERR_OK);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	serve_case_open(&f->c);
	copier_open(&f->upstream, &f->c, "up", SERVE_CASE_LOG);
	copier_open(&f->service, &f->c, "down", 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(copier_take(&f->upstream, "item"), ERR_OK);
	mailbox_open(&f->source, &f->c, SOCK_ROUTER, f->c.endpoint);
	follow_it(f, 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	follow_close(&f->follow);
	mailbox_close(&f->source);
	copier_close(&f->service);
	copier_close(&f->upstream);
	serve_case_close(&f->c);
	free(f);
	return 0;
}

/* The next FETCH at the source; time moves on until it comes. */
static const struct wire_fetch *
fetched(struct fixture *f, uint64_t from)
{
	unsigned before = f->source.n_got;
	struct fault fault;

	for (int i = 0; f->source.n_got == before && i < 1000; i++) {
		clock_advance_ms(&f->c.clock, 10);
		assert_int_equal(loop_once(f->c.loop, 2), ERR_OK);
	}
	assert_int_not_equal(f->source.n_got, before);
	assert_int_equal(
	    wire_decode(f->source.got.frames[0], &f->source.m, &fault), ERR_OK);
	assert_int_equal(f->source.m.type, WIRE_FETCH);
	assert_int_equal(f->source.m.as.fetch.from, from);
	return &f->source.m.as.fetch;
}

static struct wire_message
commits_of(const struct fixture *f, uint64_t from, uint64_t n)
{
	struct wire_message m = {.type = WIRE_COMMITS, .id = f->source.m.id};

	m.as.commits.log = SERVE_CASE_LOG;
	m.as.commits.generation = 1;
	m.as.commits.head = f->upstream.turn.head.number;
	m.as.commits.from = from;
	m.as.commits.n = n;
	return m;
}

/* Answers with head and these frames, and lets it be taken. */
static void
answer(struct fixture *f, const struct wire_message *m,
       const struct buf *frames, size_t n)
{
	struct span all[8];
	struct buf head;
	unsigned before =
	    f->n_committed + f->n_failed + f->n_idle - f->service.parts;

	buf_init(&head, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_encode(m, &head), ERR_OK);
	all[0] = buf_span(&head);
	for (size_t i = 0; i < n; i++)
		all[i + 1] = buf_span(&frames[i]);
	assert_int_equal(
	    sock_send(f->source.sock, f->source.got.peer, all, n + 1), ERR_OK);
	buf_fini(&head);
	for (int i = 0; i < 1000; i++) {
		if (f->n_committed + f->n_failed + f->n_idle -
		        f->service.parts !=
		    before)
			return;
		assert_int_equal(loop_once(f->c.loop, 5), ERR_OK);
	}
	fail_msg("the answer was not taken");
}

/* Commits first to last of upstream, as answer to the FETCH there is. */
static void
answer_commits(struct fixture *f, uint64_t first, uint64_t last)
{
	struct wire_message m = commits_of(f, first, last - first + 1);
	struct buf frames[4] = {0};
	size_t n = 0;

	for (uint64_t i = first; i <= last; i++, n++) {
		buf_init(&frames[n], WIRE_COMMIT_MAX);
		copier_pack(&f->upstream, i, &frames[n]);
	}
	answer(f, &m, frames, n);
	while (n > 0)
		buf_fini(&frames[--n]);
}

static void
answer_error(struct fixture *f, enum err code)
{
	struct fault fault = {.code = code, .field = "from"};
	struct wire_message m = wire_error_of(f->source.m.id, &fault);

	answer(f, &m, NULL, 0);
}

static void
failed_with(const struct fixture *f, enum err err)
{
	assert_string_equal(err_name(f->failed), err_name(err));
}

/* Nothing more is asked, however long one waits. */
static void
has_ended(struct fixture *f)
{
	unsigned before = f->source.n_got;

	for (int i = 0; i < 50; i++) {
		clock_advance_ms(&f->c.clock, 200);
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	}
	assert_int_equal(f->source.n_got, before);
}

static void
commits_are_folded_and_the_next_asked_for(void **state)
{
	struct fixture *f = *state;
	const struct wire_fetch *fetch = fetched(f, 1);

	assert_int_equal(fetch->log, 0); /* whichever it is */
	assert_int_equal(fetch->wait_ms, 0);
	assert_int_equal(fetch->max_bytes, FOLLOW_BYTES);
	answer_commits(f, 1, 3);
	assert_int_equal(f->n_met, 1);
	assert_int_equal(f->met.log, SERVE_CASE_LOG);
	assert_int_equal(f->n_committed, 3);
	assert_int_equal(f->service.turn.head.number, 3);
	assert_int_equal(follow_source_head(f->follow), 4);
	fetch = fetched(f, 4);
	assert_int_equal(fetch->log, SERVE_CASE_LOG);
	assert_int_equal(fetch->wait_ms, FOLLOW_WAIT_MS);
	answer_commits(f, 4, 4);
	assert_int_equal(f->service.n, 4);
	assert_int_equal(f->n_failed, 0);
}

/* And nothing is asked ahead meanwhile. */
static void
a_commit_that_needs_more_turns_is_asked_for_again_alone(void **state)
{
	struct fixture *f = *state;

	f->service.parts = 3;
	(void)fetched(f, 1);
	answer_commits(f, 1, 4);
	assert_int_equal(f->n_committed, 2);
	assert_int_equal(f->service.turn.head.number, 2);
	(void)fetched(f, 5); /* before it was known */
	for (unsigned left = 2; left > 0; left--) {
		assert_int_equal(f->service.parts, left);
		assert_int_equal(fetched(f, 3)->max_bytes, 1);
		answer_commits(f, 3, 3);
		assert_int_equal(f->n_committed, 2);
	}
	(void)fetched(f, 3);
	answer_commits(f, 3, 3);
	assert_int_equal(f->n_committed, 3);
	assert_int_equal(fetched(f, 4)->max_bytes, FOLLOW_BYTES);
	answer_commits(f, 4, 4);
	assert_int_equal(f->service.n, 4);
	assert_int_equal(f->n_failed, 0);
}

static void
a_lost_answer_is_asked_for_again(void **state)
{
	struct fixture *f = *state;
	struct wire_message late;

	(void)fetched(f, 1);
	late = commits_of(f, 1, 0);
	(void)fetched(f, 1); /* after FOLLOW_TIMEOUT_MS */
	assert_int_not_equal(f->source.m.id, late.id);
	mailbox_send(&f->source, f->source.got.peer, &late);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_int_equal(f->n_idle, 0); /* of a request given up */
	answer_commits(f, 1, 4);
	assert_int_equal(f->n_committed, 4);
}

/* Else a commit that takes longer than FOLLOW_TIMEOUT_MS would never come. */
static void
commits_that_come_late_are_taken_once(void **state)
{
	struct fixture *f = *state;
	struct wire_message late;
	struct buf frame;

	(void)fetched(f, 1);
	answer_commits(f, 1, 1);
	(void)fetched(f, 2);
	late = commits_of(f, 2, 1);
	(void)fetched(f, 2); /* after FOLLOW_TIMEOUT_MS */
	assert_int_not_equal(f->source.m.id, late.id);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&f->upstream, 2, &frame);
	answer(f, &late, &frame, 1);
	assert_int_equal(f->n_committed, 2);
	(void)fetched(f, 3);
	answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
	assert_int_equal(f->service.n, 4);
	/* and of another log never */
	late.as.commits.log++;
	late.as.commits.from = 5;
	mailbox_send(&f->source, f->source.got.peer, &late);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_int_equal(f->n_failed, 0);
	buf_fini(&frame);
}

static void
an_idle_source_is_waited_for(void **state)
{
	struct fixture *f = *state;
	struct wire_message none;

	(void)fetched(f, 1);
	answer_commits(f, 1, 4);
	(void)fetched(f, 5);
	clock_advance_ms(&f->c.clock, FOLLOW_WAIT_MS);
	none = commits_of(f, 5, 0);
	answer(f, &none, NULL, 0);
	assert_int_equal(f->n_idle, 1);
	(void)mailbox_await(&f->source, WIRE_FETCH); /* without more waiting */
}

/* A source that has no room to let it wait must not be asked without rest. */
static void
an_answer_that_did_not_wait_is_not_asked_again_at_once(void **state)
{
	struct fixture *f = *state;
	struct wire_message none;
	unsigned before;

	(void)fetched(f, 1);
	answer_commits(f, 1, 4);
	(void)fetched(f, 5);
	before = f->source.n_got;
	none = commits_of(f, 5, 0);
	answer(f, &none, NULL, 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_int_equal(f->source.n_got, before);
	(void)fetched(f, 5);
}

static void
a_source_that_restarts_is_followed_on(void **state)
{
	struct fixture *f = *state;

	(void)fetched(f, 1);
	answer_commits(f, 1, 2);
	(void)fetched(f, 3);
	mailbox_close(&f->source);
	mailbox_open(&f->source, &f->c, SOCK_ROUTER, f->c.endpoint);
	(void)fetched(f, 3);
	answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
}

static void
a_source_that_does_not_serve_yet_is_asked_again(void **state)
{
	struct fixture *f = *state;

	(void)fetched(f, 1);
	answer_error(f, ERR_UNAVAILABLE);
	failed_with(f, ERR_UNAVAILABLE);
	(void)fetched(f, 1);
	answer_error(f, ERR_CORRUPT); /* its damage is not ours */
	failed_with(f, ERR_UNAVAILABLE);
	(void)fetched(f, 1);
	answer_commits(f, 1, 4);
	assert_int_equal(f->n_committed, 4);
}

static void
a_position_the_source_does_not_know_ends_it(void **state)
{
	struct fixture *f = *state;

	(void)fetched(f, 1);
	answer_error(f, ERR_UNKNOWN_POSITION);
	failed_with(f, ERR_UNKNOWN_POSITION);
	has_ended(f);
}

static void
another_log_or_generation_ends_it(void **state)
{
	struct fixture *f = *state;
	struct wire_message m;

	(void)fetched(f, 1);
	answer_commits(f, 1, 2);
	(void)fetched(f, 3);
	m = commits_of(f, 3, 0);
	m.as.commits.generation = 2;
	answer(f, &m, NULL, 0);
	failed_with(f, ERR_UNKNOWN_POSITION);
	has_ended(f);
	follow_close(&f->follow);
	follow_it(f, SERVE_CASE_LOG + 1);
	(void)fetched(f, 3);
	m = commits_of(f, 3, 0);
	f->failed = ERR_OK;
	answer(f, &m, NULL, 0);
	failed_with(f, ERR_UNKNOWN_POSITION);
	assert_int_equal(f->n_met, 1);
}

/* What could not be kept was not met: it is met again. */
static void
an_identity_that_could_not_be_kept_is_met_again(void **state)
{
	struct fixture *f = *state;

	(void)fetched(f, 1);
	f->met_err = ERR_STORAGE_FULL;
	answer_commits(f, 1, 2);
	failed_with(f, ERR_STORAGE_FULL);
	assert_int_equal(f->n_committed, 0);
	f->met_err = ERR_OK;
	assert_int_equal(fetched(f, 1)->log, 0);
	answer_commits(f, 1, 2);
	assert_int_equal(f->n_met, 2);
	assert_int_equal(f->n_committed, 2);
}

static void
a_full_disk_passes(void **state)
{
	struct fixture *f = *state;

	(void)fetched(f, 1);
	answer_commits(f, 1, 2);
	f->service.err = ERR_STORAGE_FULL;
	(void)fetched(f, 3);
	answer_commits(f, 3, 4);
	failed_with(f, ERR_STORAGE_FULL);
	assert_int_equal(f->service.turn.head.number, 2);
	f->service.err = ERR_OK;
	/* what was asked ahead, then what was not kept */
	(void)fetched(f, 5);
	(void)fetched(f, 3);
	answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
	assert_int_equal(f->service.n, 4);
}

static void
a_broken_chain_ends_it(void **state)
{
	struct fixture *f = *state;
	struct copier other;
	struct wire_message m;
	struct buf frame;

	copier_open(&other, &f->c, "other", SERVE_CASE_LOG);
	for (int i = 0; i < 3; i++)
		assert_int_equal(copier_take(&other, "else"), ERR_OK);
	(void)fetched(f, 1);
	answer_commits(f, 1, 2);
	(void)fetched(f, 3);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&other, 3, &frame); /* after another second commit */
	m = commits_of(f, 3, 1);
	answer(f, &m, &frame, 1);
	failed_with(f, ERR_CORRUPT);
	assert_int_equal(f->service.turn.head.number, 2);
	has_ended(f);
	buf_fini(&frame);
	copier_close(&other);
}

static void
after_a_restart_the_first_commit_is_taken_for_what_it_says(void **state)
{
	struct fixture *f = *state;

	(void)fetched(f, 1);
	answer_commits(f, 1, 2);
	(void)fetched(f, 3); /* by the one that goes now */
	follow_close(&f->follow);
	follow_it(f, SERVE_CASE_LOG);
	(void)fetched(f, 3);
	answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
	assert_int_equal(f->n_failed, 0);
}

static void
a_commit_with_a_changed_byte_ends_it(void **state)
{
	struct fixture *f = *state;
	struct wire_message m;
	struct buf frame;

	(void)fetched(f, 1);
	m = commits_of(f, 1, 1);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&f->upstream, 1, &frame);
	frame.ptr[frame.len - 1] ^= 1;
	answer(f, &m, &frame, 1);
	failed_with(f, ERR_CORRUPT);
	has_ended(f);
	buf_fini(&frame);
}

static void
commits_other_than_those_asked_for_end_it(void **state)
{
	struct fixture *f = *state;
	struct wire_message m;
	struct buf frame;

	(void)fetched(f, 1);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&f->upstream, 2, &frame);
	m = commits_of(f, 2, 1);
	answer(f, &m, &frame, 1);
	failed_with(f, ERR_BAD_MESSAGE);
	follow_close(&f->follow);
	follow_it(f, 0);
	(void)fetched(f, 1);
	m = commits_of(f, 1, 2); /* says two and sends one */
	answer(f, &m, &frame, 1);
	failed_with(f, ERR_BAD_MESSAGE);
	follow_close(&f->follow);
	follow_it(f, 0);
	(void)fetched(f, 1);
	m = commits_of(f, 1, 1); /* says 1 and holds 2 */
	answer(f, &m, &frame, 1);
	failed_with(f, ERR_UNKNOWN_POSITION);
	assert_int_equal(f->n_committed, 0);
	buf_fini(&frame);
}

static void
what_passes_is_told_from_what_does_not(void **state)
{
	(void)state;
	assert_true(follow_goes_on(ERR_STORAGE_FULL));
	assert_true(follow_goes_on(ERR_NOMEM));
	assert_true(follow_goes_on(ERR_OVERLOADED));
	assert_true(follow_goes_on(ERR_UNAVAILABLE));
	assert_false(follow_goes_on(ERR_CORRUPT));
	assert_false(follow_goes_on(ERR_IO));
	assert_false(follow_goes_on(ERR_BAD_MESSAGE));
	assert_false(follow_goes_on(ERR_UNKNOWN_POSITION));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(commits_are_folded_and_the_next_asked_for),
	    CASE(a_commit_that_needs_more_turns_is_asked_for_again_alone),
	    CASE(a_lost_answer_is_asked_for_again),
	    CASE(commits_that_come_late_are_taken_once),
	    CASE(an_idle_source_is_waited_for),
	    CASE(an_answer_that_did_not_wait_is_not_asked_again_at_once),
	    CASE(a_source_that_restarts_is_followed_on),
	    CASE(a_source_that_does_not_serve_yet_is_asked_again),
	    CASE(a_position_the_source_does_not_know_ends_it),
	    CASE(another_log_or_generation_ends_it),
	    CASE(an_identity_that_could_not_be_kept_is_met_again),
	    CASE(a_full_disk_passes),
	    CASE(a_broken_chain_ends_it),
	    CASE(after_a_restart_the_first_commit_is_taken_for_what_it_says),
	    CASE(a_commit_with_a_changed_byte_ends_it),
	    CASE(commits_other_than_those_asked_for_end_it),
	    cmocka_unit_test(what_passes_is_told_from_what_does_not),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
