#include "tests/lib/follow_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
on_committed(void *self, size_t n)
{
	struct follow_case *f = self;

	f->n_committed += (unsigned)n;
}

static enum err
on_met(void *self, const struct journal_id *id)
{
	struct follow_case *f = self;

	f->n_met++;
	f->met = *id;
	return f->met_err;
}

/* The first request may be due before the DEALER is connected: it's made again. */
static bool
is_connecting(const struct follow_case *f, enum err err, const char *what)
{
	return f->source.n_got == f->n_got_before && err == ERR_UNAVAILABLE &&
	       strcmp(what, "source") == 0;
}

static void
on_failed(void *self, enum err err, const char *what)
{
	struct follow_case *f = self;

	if (is_connecting(f, err, what))
		return;
	f->failed = err;
	f->n_failed++;
}

static void
on_idle(void *self)
{
	struct follow_case *f = self;

	f->n_idle++;
}

void
follow_case_follow(struct follow_case *f, uint64_t log)
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

	f->n_got_before = f->source.n_got;
	assert_int_equal(follow_open(&f->follow, &conf, &why), ERR_OK);
}

int
follow_case_setup(void **state)
{
	struct follow_case *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	serve_case_open(&f->c);
	copier_open(&f->upstream, &f->c, "up", SERVE_CASE_LOG);
	copier_open(&f->service, &f->c, "down", 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(copier_take(&f->upstream, "item"), ERR_OK);
	mailbox_open(&f->source, &f->c, SOCK_ROUTER, f->c.endpoint);
	follow_case_follow(f, 0);
	*state = f;
	return 0;
}

int
follow_case_teardown(void **state)
{
	struct follow_case *f = *state;

	follow_close(&f->follow);
	mailbox_close(&f->source);
	copier_close(&f->service);
	copier_close(&f->upstream);
	serve_case_close(&f->c);
	free(f);
	return 0;
}

const struct wire_fetch *
follow_case_fetched(struct follow_case *f, uint64_t from)
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

struct wire_message
follow_case_commits(const struct follow_case *f, uint64_t from, uint64_t n)
{
	struct wire_message m = {.type = WIRE_COMMITS, .id = f->source.m.id};

	m.as.commits.log = SERVE_CASE_LOG;
	m.as.commits.generation = 1;
	m.as.commits.head = f->upstream.turn.head.number;
	m.as.commits.from = from;
	m.as.commits.n = n;
	return m;
}

void
follow_case_answer(struct follow_case *f, const struct wire_message *m,
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

void
follow_case_answer_commits(struct follow_case *f, uint64_t first, uint64_t last)
{
	struct wire_message m = follow_case_commits(f, first, last - first + 1);
	struct buf frames[4] = {0};
	size_t n = 0;

	for (uint64_t i = first; i <= last; i++, n++) {
		buf_init(&frames[n], WIRE_COMMIT_MAX);
		copier_pack(&f->upstream, i, &frames[n]);
	}
	follow_case_answer(f, &m, frames, n);
	while (n > 0)
		buf_fini(&frames[--n]);
}

void
follow_case_answer_error(struct follow_case *f, enum err code)
{
	struct fault fault = {.code = code, .field = "from"};
	struct wire_message m = wire_error_of(f->source.m.id, &fault);

	follow_case_answer(f, &m, NULL, 0);
}

void
follow_case_failed_with(const struct follow_case *f, enum err err)
{
	assert_string_equal(err_name(f->failed), err_name(err));
}

void
follow_case_has_ended(struct follow_case *f)
{
	unsigned before = f->source.n_got;

	for (int i = 0; i < 50; i++) {
		clock_advance_ms(&f->c.clock, 200);
		assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	}
	assert_int_equal(f->source.n_got, before);
}
