/* links: common/serve/serve.c common/serve/serve_query.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/serve/serve.h"
#include "tests/lib/serve_case.h"

struct fixture {
	struct serve_case c;
	struct copier service;
	struct serve *serve;
	struct mailbox box;
	struct serve_ops ops;
	uint32_t slices; /* that a query needs */
	uint32_t asked;  /* slices of all */
	enum err query_err;
};

static enum err
on_query(void *self, struct kv *state, struct kv *journal, struct span what,
         struct query *q)
{
	struct fixture *f = self;

	(void)state;
	(void)journal;
	(void)what;
	f->asked++;
	if (f->query_err != ERR_OK)
		return f->query_err;
	if (q->slice + 1 < f->slices)
		return ERR_AGAIN;
	q->commit = 2;
	return ERR_OK;
}

static uint64_t
on_version(void *self)
{
	(void)self;
	return 5;
}

/* Ready, with three commits. */
static int
setup(void **state)
{
	const struct journal_id id = {SERVE_CASE_LOG, 1};
	struct fixture *f = calloc(1, sizeof(*f));
	struct serve_conf conf = {.service = "service", .ops = &f->ops};
	struct sock_refusal why;

	assert_non_null(f);
	serve_case_open(&f->c);
	copier_open(&f->service, &f->c, "a", SERVE_CASE_LOG);
	f->ops = (struct serve_ops){.query = on_query,
	                            .catalogue_version = on_version};
	conf.endpoint = f->c.endpoint;
	conf.loop = f->c.loop;
	conf.ctx = f->c.ctx;
	conf.self = f;
	assert_int_equal(serve_open(&f->serve, &conf, &why), ERR_OK);
	mailbox_open(&f->box, &f->c, SOCK_DEALER, f->c.endpoint);
	for (int i = 0; i < 3; i++)
		assert_int_equal(copier_take(&f->service, "item"), ERR_OK);
	serve_start(f->serve, &f->service.turn, &id);
	serve_not_ready(f->serve, "");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	mailbox_close(&f->box);
	serve_close(&f->serve);
	copier_close(&f->service);
	serve_case_close(&f->c);
	free(f);
	return 0;
}

static void
health(struct fixture *f)
{
	struct wire_message m = {.type = WIRE_HEALTH};

	(void)mailbox_ask(&f->box, &m, WIRE_STATE);
}

static uint64_t
send_query(struct fixture *f, const char *what)
{
	struct wire_message m = {.type = WIRE_QUERY, .id = ++f->box.id};

	m.as.query.what = span_str(what);
	m.as.query.max = 3;
	mailbox_send(&f->box, 0, &m);
	return m.id;
}

/* Short ones go by; those in line are answered one behind the other. */
static void
a_long_query_is_answered_in_slices(void **state)
{
	struct fixture *f = *state;
	uint64_t first, second;

	f->slices = UINT32_MAX;
	first = send_query(f, "any");
	second = send_query(f, "any");
	while (f->asked < 10)
		assert_int_equal(loop_once(f->c.loop, 5), ERR_OK);
	health(f);
	assert_int_equal(serve_line(f->serve), 2);
	f->slices = 1;
	assert_int_equal(mailbox_await(&f->box, WIRE_ANSWER)->id, first);
	/* it tells the commit of which its rows are */
	assert_int_equal(f->box.m.as.answer.commit, 2);
	assert_int_equal(mailbox_await(&f->box, WIRE_ANSWER)->id, second);
	assert_int_equal(serve_line(f->serve), 0);
	assert_int_equal(serve_counts(f->serve).queries, 2);
}

static void
line_fill(struct fixture *f, unsigned n)
{
	f->slices = UINT32_MAX;
	for (unsigned i = 0; i < n; i++)
		(void)send_query(f, "any");
	health(f);
	assert_int_equal(serve_line(f->serve), n);
}

static void
line_drain(struct fixture *f)
{
	uint64_t id = f->box.id - serve_line(f->serve);

	f->slices = 1;
	while (id < f->box.id)
		assert_int_equal(mailbox_await(&f->box, WIRE_ANSWER)->id, id++);
	assert_int_equal(serve_line(f->serve), 0);
}

/* At the bound, and past it. */
static void
sixty_four_queries_stand_in_line(void **state)
{
	struct fixture *f = *state;

	line_fill(f, 3);
	line_drain(f);
	line_fill(f, SERVE_LINE_MAX);
	line_drain(f);
	line_fill(f, SERVE_LINE_MAX);
	(void)send_query(f, "any");
	(void)mailbox_await(&f->box, WIRE_ERROR);
	mailbox_code(&f->box, ERR_OVERLOADED);
	assert_int_equal(serve_line(f->serve), SERVE_LINE_MAX);
	/* who is refused leaves */
	f->query_err = ERR_NOMEM;
	(void)mailbox_await(&f->box, WIRE_ERROR);
	mailbox_code(&f->box, ERR_NOMEM);
	assert_true(serve_line(f->serve) < SERVE_LINE_MAX);
}

static void
who_stands_in_line_is_told_of_a_refusal(void **state)
{
	struct fixture *f = *state;
	uint64_t first, second;

	f->slices = UINT32_MAX;
	first = send_query(f, "any");
	second = send_query(f, "any");
	health(f);
	assert_int_equal(serve_line(f->serve), 2);
	serve_refuse(f->serve, ERR_CORRUPT, "damaged");
	assert_int_equal(serve_line(f->serve), 0);
	assert_int_equal(mailbox_await(&f->box, WIRE_ERROR)->id, first);
	assert_int_equal(mailbox_await(&f->box, WIRE_ERROR)->id, second);
	mailbox_code(&f->box, ERR_CORRUPT);
}

/* The rest is given back. */
static void
a_line_may_be_left_as_it_is(void **state)
{
	struct fixture *f = *state;

	line_fill(f, 5);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest cases[] = {
	    CASE(a_long_query_is_answered_in_slices),
	    CASE(sixty_four_queries_stand_in_line),
	    CASE(who_stands_in_line_is_told_of_a_refusal),
	    CASE(a_line_may_be_left_as_it_is),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
