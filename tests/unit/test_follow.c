/* links: common/serve/follow.c tests/lib/follow_case.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/follow_case.h"

static void
commits_are_folded_and_the_next_asked_for(void **state)
{
	struct follow_case *f = *state;
	const struct wire_fetch *fetch = follow_case_fetched(f, 1);

	assert_int_equal(fetch->log, 0); /* whichever it is */
	assert_int_equal(fetch->wait_ms, 0);
	assert_int_equal(fetch->max_bytes, FOLLOW_BYTES);
	follow_case_answer_commits(f, 1, 3);
	assert_int_equal(f->n_met, 1);
	assert_int_equal(f->met.log, SERVE_CASE_LOG);
	assert_int_equal(f->n_committed, 3);
	assert_int_equal(f->service.turn.head.number, 3);
	assert_int_equal(follow_source_head(f->follow), 4);
	fetch = follow_case_fetched(f, 4);
	assert_int_equal(fetch->log, SERVE_CASE_LOG);
	assert_int_equal(fetch->wait_ms, FOLLOW_WAIT_MS);
	follow_case_answer_commits(f, 4, 4);
	assert_int_equal(f->service.n, 4);
	assert_int_equal(f->n_failed, 0);
}

/* And nothing is asked ahead meanwhile. */
static void
a_commit_that_needs_more_turns_is_asked_for_again_alone(void **state)
{
	struct follow_case *f = *state;

	f->service.parts = 3;
	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 4);
	assert_int_equal(f->n_committed, 2);
	assert_int_equal(f->service.turn.head.number, 2);
	(void)follow_case_fetched(f, 5); /* before it was known */
	for (unsigned left = 2; left > 0; left--) {
		assert_int_equal(f->service.parts, left);
		assert_int_equal(follow_case_fetched(f, 3)->max_bytes, 1);
		follow_case_answer_commits(f, 3, 3);
		assert_int_equal(f->n_committed, 2);
	}
	(void)follow_case_fetched(f, 3);
	follow_case_answer_commits(f, 3, 3);
	assert_int_equal(f->n_committed, 3);
	assert_int_equal(follow_case_fetched(f, 4)->max_bytes, FOLLOW_BYTES);
	follow_case_answer_commits(f, 4, 4);
	assert_int_equal(f->service.n, 4);
	assert_int_equal(f->n_failed, 0);
}

static void
a_lost_answer_is_asked_for_again(void **state)
{
	struct follow_case *f = *state;
	struct wire_message late;

	(void)follow_case_fetched(f, 1);
	late = follow_case_commits(f, 1, 0);
	(void)follow_case_fetched(f, 1); /* after FOLLOW_TIMEOUT_MS */
	assert_int_not_equal(f->source.m.id, late.id);
	mailbox_send(&f->source, f->source.got.peer, &late);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_int_equal(f->n_idle, 0); /* of a request given up */
	follow_case_answer_commits(f, 1, 4);
	assert_int_equal(f->n_committed, 4);
}

/* Else a commit that takes longer than FOLLOW_TIMEOUT_MS would never come. */
static void
commits_that_come_late_are_taken_once(void **state)
{
	struct follow_case *f = *state;
	struct wire_message late;
	struct buf frame;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 1);
	(void)follow_case_fetched(f, 2);
	late = follow_case_commits(f, 2, 1);
	(void)follow_case_fetched(f, 2); /* after FOLLOW_TIMEOUT_MS */
	assert_int_not_equal(f->source.m.id, late.id);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&f->upstream, 2, &frame);
	follow_case_answer(f, &late, &frame, 1);
	assert_int_equal(f->n_committed, 2);
	(void)follow_case_fetched(f, 3);
	follow_case_answer_commits(f, 3, 4);
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
	struct follow_case *f = *state;
	struct wire_message none;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 4);
	(void)follow_case_fetched(f, 5);
	clock_advance_ms(&f->c.clock, FOLLOW_WAIT_MS);
	none = follow_case_commits(f, 5, 0);
	follow_case_answer(f, &none, NULL, 0);
	assert_int_equal(f->n_idle, 1);
	(void)mailbox_await(&f->source, WIRE_FETCH); /* without more waiting */
}

/* A source that has no room to let it wait must not be asked without rest. */
static void
an_answer_that_did_not_wait_is_not_asked_again_at_once(void **state)
{
	struct follow_case *f = *state;
	struct wire_message none;
	unsigned before;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 4);
	(void)follow_case_fetched(f, 5);
	before = f->source.n_got;
	none = follow_case_commits(f, 5, 0);
	follow_case_answer(f, &none, NULL, 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_int_equal(f->source.n_got, before);
	(void)follow_case_fetched(f, 5);
}

static void
a_source_that_restarts_is_followed_on(void **state)
{
	struct follow_case *f = *state;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 2);
	(void)follow_case_fetched(f, 3);
	mailbox_close(&f->source);
	mailbox_open(&f->source, &f->c, SOCK_ROUTER, f->c.endpoint);
	(void)follow_case_fetched(f, 3);
	follow_case_answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
}

static void
a_source_that_does_not_serve_yet_is_asked_again(void **state)
{
	struct follow_case *f = *state;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_error(f, ERR_UNAVAILABLE);
	follow_case_failed_with(f, ERR_UNAVAILABLE);
	(void)follow_case_fetched(f, 1);
	follow_case_answer_error(f, ERR_CORRUPT); /* its damage is not ours */
	follow_case_failed_with(f, ERR_UNAVAILABLE);
	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 4);
	assert_int_equal(f->n_committed, 4);
}

static void
a_position_the_source_does_not_know_ends_it(void **state)
{
	struct follow_case *f = *state;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_error(f, ERR_UNKNOWN_POSITION);
	follow_case_failed_with(f, ERR_UNKNOWN_POSITION);
	follow_case_has_ended(f);
}

static void
another_log_or_generation_ends_it(void **state)
{
	struct follow_case *f = *state;
	struct wire_message m;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 2);
	(void)follow_case_fetched(f, 3);
	m = follow_case_commits(f, 3, 0);
	m.as.commits.generation = 2;
	follow_case_answer(f, &m, NULL, 0);
	follow_case_failed_with(f, ERR_UNKNOWN_POSITION);
	follow_case_has_ended(f);
	follow_close(&f->follow);
	follow_case_follow(f, SERVE_CASE_LOG + 1);
	(void)follow_case_fetched(f, 3);
	m = follow_case_commits(f, 3, 0);
	f->failed = ERR_OK;
	follow_case_answer(f, &m, NULL, 0);
	follow_case_failed_with(f, ERR_UNKNOWN_POSITION);
	assert_int_equal(f->n_met, 1);
}

/* What could not be kept was not met: it is met again. */
static void
an_identity_that_could_not_be_kept_is_met_again(void **state)
{
	struct follow_case *f = *state;

	(void)follow_case_fetched(f, 1);
	f->met_err = ERR_STORAGE_FULL;
	follow_case_answer_commits(f, 1, 2);
	follow_case_failed_with(f, ERR_STORAGE_FULL);
	assert_int_equal(f->n_committed, 0);
	f->met_err = ERR_OK;
	assert_int_equal(follow_case_fetched(f, 1)->log, 0);
	follow_case_answer_commits(f, 1, 2);
	assert_int_equal(f->n_met, 2);
	assert_int_equal(f->n_committed, 2);
}

static void
a_full_disk_passes(void **state)
{
	struct follow_case *f = *state;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 2);
	f->service.err = ERR_STORAGE_FULL;
	(void)follow_case_fetched(f, 3);
	follow_case_answer_commits(f, 3, 4);
	follow_case_failed_with(f, ERR_STORAGE_FULL);
	assert_int_equal(f->service.turn.head.number, 2);
	f->service.err = ERR_OK;
	/* what was asked ahead, then what was not kept */
	(void)follow_case_fetched(f, 5);
	(void)follow_case_fetched(f, 3);
	follow_case_answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
	assert_int_equal(f->service.n, 4);
}

static void
a_broken_chain_ends_it(void **state)
{
	struct follow_case *f = *state;
	struct copier other;
	struct wire_message m;
	struct buf frame;

	copier_open(&other, &f->c, "other", SERVE_CASE_LOG);
	for (int i = 0; i < 3; i++)
		assert_int_equal(copier_take(&other, "else"), ERR_OK);
	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 2);
	(void)follow_case_fetched(f, 3);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&other, 3, &frame); /* after another second commit */
	m = follow_case_commits(f, 3, 1);
	follow_case_answer(f, &m, &frame, 1);
	follow_case_failed_with(f, ERR_CORRUPT);
	assert_int_equal(f->service.turn.head.number, 2);
	follow_case_has_ended(f);
	buf_fini(&frame);
	copier_close(&other);
}

static void
after_a_restart_the_first_commit_is_taken_for_what_it_says(void **state)
{
	struct follow_case *f = *state;

	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 2);
	(void)follow_case_fetched(f, 3); /* by the one that goes now */
	follow_close(&f->follow);
	follow_case_follow(f, SERVE_CASE_LOG);
	(void)follow_case_fetched(f, 3);
	follow_case_answer_commits(f, 3, 4);
	assert_int_equal(f->n_committed, 4);
	assert_int_equal(f->n_failed, 0);
}

static void
a_commit_with_a_changed_byte_ends_it(void **state)
{
	struct follow_case *f = *state;
	struct wire_message m;
	struct buf frame;

	(void)follow_case_fetched(f, 1);
	m = follow_case_commits(f, 1, 1);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&f->upstream, 1, &frame);
	frame.ptr[frame.len - 1] ^= 1;
	follow_case_answer(f, &m, &frame, 1);
	follow_case_failed_with(f, ERR_CORRUPT);
	follow_case_has_ended(f);
	buf_fini(&frame);
}

static void
commits_other_than_those_asked_for_end_it(void **state)
{
	struct follow_case *f = *state;
	struct wire_message m;
	struct buf frame;

	(void)follow_case_fetched(f, 1);
	buf_init(&frame, WIRE_COMMIT_MAX);
	copier_pack(&f->upstream, 2, &frame);
	m = follow_case_commits(f, 2, 1);
	follow_case_answer(f, &m, &frame, 1);
	follow_case_failed_with(f, ERR_BAD_MESSAGE);
	follow_close(&f->follow);
	follow_case_follow(f, 0);
	(void)follow_case_fetched(f, 1);
	m = follow_case_commits(f, 1, 2); /* says two and sends one */
	follow_case_answer(f, &m, &frame, 1);
	follow_case_failed_with(f, ERR_BAD_MESSAGE);
	follow_close(&f->follow);
	follow_case_follow(f, 0);
	(void)follow_case_fetched(f, 1);
	m = follow_case_commits(f, 1, 1); /* says 1 and holds 2 */
	follow_case_answer(f, &m, &frame, 1);
	follow_case_failed_with(f, ERR_UNKNOWN_POSITION);
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

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, follow_case_setup, \
	                                follow_case_teardown)

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
