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
the_source_is_ready_as_it_said_last_until_it_is_silent(void **state)
{
	struct fixture *f = *state;
	struct wire_message m;

	assert_false(follow_source_ready(f->follow)); /* not heard yet */
	(void)fetched(f, 1);
	answer_commits(f, 1, 4);
	assert_true(follow_source_ready(f->follow));
	(void)fetched(f, 5);
	m = commits_of(f, 5, 0);
	m.as.commits.unready = true;
	answer(f, &m, NULL, 0);
	assert_false(follow_source_ready(f->follow));
	clock_advance_ms(&f->c.clock, FOLLOW_WAIT_MS);
	(void)fetched(f, 5);
	m = commits_of(f, 5, 0);
	answer(f, &m, NULL, 0);
	assert_true(follow_source_ready(f->follow));
	clock_advance_ms(&f->c.clock, FOLLOW_SILENT_MS - 100);
	assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_true(follow_source_ready(f->follow));
	clock_advance_ms(&f->c.clock, 100);
	assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_false(follow_source_ready(f->follow));
}

/* A source that reads a large commit isn't given more and more to do. */
static void
an_answer_that_does_not_come_is_waited_for_longer_each_time(void **state)
{
	static const int64_t waits_ms[] = {2000, 4000, 8000, 8000};
	struct fixture *f = *state;
	struct mono last;

	(void)fetched(f, 1);
	for (size_t i = 0; i < 4; i++) {
		last = loop_now(f->c.loop);
		(void)fetched(f, 1);
		assert_in_range(clock_ms_between(last, loop_now(f->c.loop)),
		                waits_ms[i] - 100, waits_ms[i] + 100);
	}
	answer_commits(f, 1, 4);
	(void)fetched(f, 5);
	last = loop_now(f->c.loop);
	(void)fetched(f, 5);
	assert_in_range(clock_ms_between(last, loop_now(f->c.loop)), 1900,
	                2100);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test_setup_teardown(
	        the_source_is_ready_as_it_said_last_until_it_is_silent, setup,
	        teardown),
	    cmocka_unit_test_setup_teardown(
	        an_answer_that_does_not_come_is_waited_for_longer_each_time,
	        setup, teardown),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
