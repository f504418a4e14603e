/* links: common/serve/serve.c common/serve/serve_query.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/serve/serve.h"
#include "tests/lib/serve_case.h"

struct fixture {
	struct serve_case c;
	struct copier service;
	struct serve *serve;
	struct mailbox box;
	struct serve_ops ops;
	enum err query_err;
	enum err submit_err;
	unsigned submitted;
	unsigned damaged;
};

static enum err
on_query(void *self, struct kv *state, struct kv *journal, struct span what,
         struct query *q)
{
	struct fixture *f = self;
	struct span value;

	(void)journal;
	if (span_equal(what, span_str("damage")))
		state->err = ERR_CORRUPT;
	if (f->query_err != ERR_OK)
		return f->query_err;
	assert_true(f->service.turn.loaded); /* memory may be read */
	assert_int_equal(kv_get(state, span_str("n"), &value), ERR_OK);
	for (uint32_t i = 0; i < 10; i++) {
		enum err err;

		wire_answer_row(&q->rows);
		wire_answer_int(&q->rows, "i", i);
		err = wire_answer_row_end(&q->rows);
		if (err != ERR_OK) {
			query_next_put(q, &i, 1);
			return ERR_OK;
		}
	}
	return ERR_OK;
}

static enum err
on_submit(void *self, struct sock_message *message)
{
	struct fixture *f = self;

	(void)message;
	f->submitted++;
	return f->submit_err;
}

static void
on_details(void *self, struct wire_writer *pairs)
{
	struct fixture *f = self;

	wire_pairs_add(pairs, "items", wire_int((int64_t)f->service.n));
}

static uint64_t
on_version(void *self)
{
	(void)self;
	return 5;
}

static void
on_damaged(void *owner, enum err err)
{
	struct fixture *f = owner;

	assert_int_equal(err, ERR_CORRUPT);
	f->damaged++;
	serve_refuse(f->serve, err, "a page is damaged");
}

static void
serve_it(struct fixture *f)
{
	const struct serve_conf conf = {.service = "ingest",
	                                .endpoint = f->c.endpoint,
	                                .loop = f->c.loop,
	                                .ctx = f->c.ctx,
	                                .ops = &f->ops,
	                                .self = f,
	                                .damaged = on_damaged,
	                                .owner = f};
	struct sock_refusal why;

	assert_int_equal(serve_open(&f->serve, &conf, &why), ERR_OK);
}

/* Opened, not started. */
static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	serve_case_open(&f->c);
	copier_open(&f->service, &f->c, "a", SERVE_CASE_LOG);
	f->ops = (struct serve_ops){.query = on_query,
	                            .submit = on_submit,
	                            .details = on_details,
	                            .catalogue_version = on_version};
	serve_it(f);
	mailbox_open(&f->box, &f->c, SOCK_DEALER, f->c.endpoint);
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

/* Started, ready, with three commits. */
static int
started(void **state)
{
	const struct journal_id id = {SERVE_CASE_LOG, 1};
	struct fixture *f;

	if (setup(state) != 0)
		return -1;
	f = *state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(copier_take(&f->service, "item"), ERR_OK);
	serve_start(f->serve, &f->service.turn, &id);
	serve_not_ready(f->serve, "");
	return 0;
}

static struct wire_message
fetch_of(uint64_t from, uint64_t wait_ms)
{
	struct wire_message m = {.type = WIRE_FETCH};

	m.as.fetch.log = SERVE_CASE_LOG;
	m.as.fetch.generation = 1;
	m.as.fetch.from = from;
	m.as.fetch.max_bytes = 1 << 20;
	m.as.fetch.wait_ms = wait_ms;
	return m;
}

static struct wire_message
query_of(const char *what, uint64_t max)
{
	struct wire_message m = {.type = WIRE_QUERY};

	m.as.query.what = span_str(what);
	m.as.query.max = max;
	return m;
}

static const struct wire_state *
health(struct fixture *f)
{
	struct wire_message m = {.type = WIRE_HEALTH};

	return &mailbox_ask(&f->box, &m, WIRE_STATE)->as.state;
}

static void
commits_are(struct fixture *f, uint64_t from, uint64_t n)
{
	const struct wire_commits *c = &f->box.m.as.commits;
	struct commit commit;

	assert_int_equal(c->log, SERVE_CASE_LOG);
	assert_int_equal(c->generation, 1);
	assert_int_equal(c->head, f->service.turn.head.number);
	assert_int_equal(c->from, from);
	assert_int_equal(c->n, n);
	assert_int_equal(f->box.got.n, n + 1);
	for (uint64_t i = 0; i < n; i++) {
		assert_int_equal(commit_peek(f->box.got.frames[i + 1], &commit),
		                 ERR_OK);
		assert_int_equal(commit.number, from + i);
	}
}

static void
health_is_answered_before_the_store_is_there(void **state)
{
	struct fixture *f = *state;
	const struct wire_state *s = health(f);
	struct wire_message m = fetch_of(1, 0);

	assert_false(s->ready);
	assert_true(span_equal(s->reason, span_str("starting")));
	assert_true(span_equal(s->service, span_str("ingest")));
	assert_int_equal(s->commit, 0);
	mailbox_ask_error(&f->box, &m, ERR_UNAVAILABLE);
	m = query_of("x", 1);
	mailbox_ask_error(&f->box, &m, ERR_UNAVAILABLE);
	m = (struct wire_message){.type = WIRE_HELLO};
	m.as.hello.producer = span_str("p");
	mailbox_ask_error(&f->box, &m, ERR_UNAVAILABLE);
	assert_int_equal(f->submitted, 0);
}

static void
health_tells_where_the_journal_stands(void **state)
{
	struct fixture *f = *state;
	const struct wire_state *s = health(f);
	struct wire_list details = s->details;
	struct wire_value value;
	struct span key;

	assert_true(s->ready);
	assert_int_equal(s->reason.len, 0);
	assert_int_equal(s->commit, 3);
	assert_int_equal(s->log, SERVE_CASE_LOG);
	assert_int_equal(s->time_ms, f->service.turn.head.time_ms);
	assert_true(wire_pairs_next(&details, &key, &value));
	assert_int_equal(value.number, 3);
}

static void
a_refusal_is_told_to_all_and_health_still_answered(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(1, 0);
	const struct wire_state *s;

	serve_refuse(f->serve, ERR_VERSION, "written by 9.9");
	mailbox_ask_error(&f->box, &m, ERR_VERSION);
	assert_true(
	    span_equal(f->box.m.as.error.text, span_str("written by 9.9")));
	m = query_of("x", 1);
	mailbox_ask_error(&f->box, &m, ERR_VERSION);
	m = (struct wire_message){.type = WIRE_HELLO};
	m.as.hello.producer = span_str("p");
	mailbox_ask_error(&f->box, &m, ERR_VERSION);
	s = health(f);
	assert_false(s->ready);
	assert_true(span_equal(s->reason, span_str("written by 9.9")));
	serve_not_ready(f->serve, ""); /* does not undo it */
	assert_false(serve_is_ready(f->serve));
}

/* A path may hold any bytes; a message may not. */
static void
a_reason_of_any_bytes_can_be_told(void **state)
{
	struct fixture *f = *state;
	char text[600];
	const struct wire_state *s;

	serve_not_ready(f->serve, "bad \xff\xfe"
	                          "dir \xe1\xba\xbf");
	s = health(f);
	assert_true(span_equal(s->reason, span_str("bad ??dir \xe1\xba\xbf")));
	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe1\xba\xbf", 4);
	serve_not_ready(f->serve, text);
	s = health(f);
	assert_int_equal(s->reason.len, 255); /* 85 whole characters */
}

static void
commits_are_sent_as_many_as_fit_and_at_least_one(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(1, 0);

	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 1, 3);
	m = fetch_of(3, 0);
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 3, 1);
	m = fetch_of(1, 0);
	m.as.fetch.max_bytes = 1;
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 1, 1);
	m.as.fetch.max_bytes =
	    f->box.got.frames[1].len * 2; /* of about equal size */
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 1, 2);
	m.as.fetch.log = 0; /* whichever it is */
	m.as.fetch.generation = 0;
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	assert_int_equal(serve_counts(f->serve).fetches, 5);
}

static void
an_unknown_position_is_an_error_at_once(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(5, 30000);

	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_POSITION);
	m = fetch_of(4, 30000);
	m.as.fetch.log++;
	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_POSITION);
	m = fetch_of(4, 30000);
	m.as.fetch.generation++;
	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_POSITION);
	m = fetch_of(1, 0);
	m.as.fetch.generation = 2;
	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_POSITION);
	assert_int_equal(serve_counts(f->serve).refused, 4);
}

static void
a_fetch_waits_for_the_next_commit(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(4, 30000);

	m.id = 900;
	mailbox_send(&f->box, 0, &m);
	(void)health(f); /* answered while the fetch waits */
	assert_int_equal(f->box.n_got, 1);
	assert_int_equal(copier_take(&f->service, "more"), ERR_OK);
	serve_committed(f->serve);
	assert_int_equal(mailbox_await(&f->box, WIRE_COMMITS)->id, 900);
	commits_are(f, 4, 1);
}

static void
a_fetch_that_waited_long_enough_is_told_nothing(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(4, 1000);

	m.id = 900;
	mailbox_send(&f->box, 0, &m);
	(void)health(f);
	serve_case_pass(&f->c, 800);
	(void)health(f);
	assert_int_equal(f->box.n_got, 2);
	clock_advance_ms(&f->c.clock, 300);
	assert_int_equal(mailbox_await(&f->box, WIRE_COMMITS)->id, 900);
	commits_are(f, 4, 0);
	m = fetch_of(4, 0); /* one that does not wait at all */
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 4, 0);
}

static void
a_peer_has_one_fetch_waiting(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(4, 30000);

	m.id = 900;
	mailbox_send(&f->box, 0, &m);
	m.id = 901;
	mailbox_send(&f->box, 0, &m);
	(void)health(f);
	assert_int_equal(copier_take(&f->service, "more"), ERR_OK);
	serve_committed(f->serve);
	assert_int_equal(mailbox_await(&f->box, WIRE_COMMITS)->id, 901);
	(void)health(f);
	assert_int_equal(f->box.n_got, 3);
}

static void
who_went_away_while_waiting_harms_nobody(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(4, 30000);
	struct mailbox other;

	mailbox_open(&other, &f->c, SOCK_DEALER, f->c.endpoint);
	m.id = 1;
	mailbox_send(&other, 0, &m);
	other.id = 1;
	m = (struct wire_message){.type = WIRE_HEALTH};
	(void)mailbox_ask(&other, &m, WIRE_STATE);
	mailbox_close(&other);
	assert_int_equal(copier_take(&f->service, "more"), ERR_OK);
	serve_committed(f->serve);
	m = fetch_of(4, 0);
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 4, 1);
}

/* Who finds no room to wait is answered at once, with nothing. */
static void
sixty_four_fetches_wait_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct sock_conf conf = {.kind = SOCK_DEALER,
	                         .endpoint = f->c.endpoint,
	                         .frame_max_bytes = WIRE_COMMIT_MAX,
	                         .frames_max = SOCK_FRAMES_MAX,
	                         .queue_max = 10};
	struct wire_message m = fetch_of(4, 30000);
	struct sock *socks[SERVE_WAITING_MAX] = {NULL};
	struct sock_ctx *ctx = NULL;
	struct sock_refusal why;
	struct span frame;
	struct buf out;

	buf_init(&out, 1000);
	assert_int_equal(wire_encode(&m, &out), ERR_OK);
	frame = buf_span(&out);
	assert_int_equal(sock_ctx_open(&ctx), ERR_OK);
	for (size_t i = 0; i < SERVE_WAITING_MAX; i++) {
		enum err err = sock_open(&socks[i], ctx, &conf, &why);

		assert_int_equal(err, ERR_OK);
		while ((err = sock_send(socks[i], 0, &frame, 1)) == ERR_AGAIN)
			assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
		assert_int_equal(err, ERR_OK);
	}
	while (serve_waiting(f->serve) < SERVE_WAITING_MAX)
		assert_int_equal(loop_once(f->c.loop, 5), ERR_OK);
	(void)mailbox_ask(&f->box, &m, WIRE_COMMITS);
	commits_are(f, 4, 0);
	clock_advance_ms(&f->c.clock, 30001);
	while (serve_waiting(f->serve) > 0)
		assert_int_equal(loop_once(f->c.loop, 5), ERR_OK);
	m.id = ++f->box.id;
	mailbox_send(&f->box, 0, &m);
	(void)health(f);
	assert_int_equal(serve_waiting(f->serve), 1);
	for (size_t i = 0; i < SERVE_WAITING_MAX; i++)
		sock_close(&socks[i]);
	sock_ctx_close(&ctx);
	buf_fini(&out);
}

static void
who_waits_is_told_of_a_refusal(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = fetch_of(4, 30000);

	m.id = 900;
	mailbox_send(&f->box, 0, &m);
	(void)health(f);
	serve_refuse(f->serve, ERR_CORRUPT, "damaged");
	assert_int_equal(mailbox_await(&f->box, WIRE_ERROR)->id, 900);
	mailbox_code(&f->box, ERR_CORRUPT);
}

static void
a_page_is_as_of_the_head(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = query_of("x", 3);
	const struct wire_answer *a =
	    &mailbox_ask(&f->box, &m, WIRE_ANSWER)->as.answer;

	assert_int_equal(a->commit, 3);
	assert_int_equal(a->log, SERVE_CASE_LOG);
	assert_int_equal(a->catalogue, 5);
	assert_int_equal(a->rows.n, 3);
	assert_true(a->next.len > 0);
	m = query_of("x", 10);
	a = &mailbox_ask(&f->box, &m, WIRE_ANSWER)->as.answer;
	assert_int_equal(a->rows.n, 10);
	assert_int_equal(a->next.len, 0);
	assert_int_equal(serve_counts(f->serve).queries, 2);
	f->query_err = ERR_UNKNOWN_KEY;
	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_KEY);
	f->query_err = ERR_CORRUPT; /* a record that cannot be read: no page */
	mailbox_ask_error(&f->box, &m, ERR_CORRUPT);
	assert_int_equal(f->damaged, 0);
}

/* A failed turn drops the memory that queries look at. */
static void
a_query_after_a_failed_turn_sees_what_is_on_disk(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = query_of("x", 10);

	f->service.err = ERR_STORAGE_FULL;
	assert_int_equal(copier_take(&f->service, "no"), ERR_STORAGE_FULL);
	assert_int_equal(f->service.n, 0);
	(void)mailbox_ask(&f->box, &m, WIRE_ANSWER);
	assert_int_equal(f->service.n, 3);
}

static void
damage_that_a_read_meets_ends_serving(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = query_of("damage", 10);

	f->query_err = ERR_CORRUPT;
	mailbox_ask_error(&f->box, &m, ERR_CORRUPT);
	assert_int_equal(f->damaged, 1);
	m = fetch_of(1, 0);
	mailbox_ask_error(&f->box, &m, ERR_CORRUPT);
	assert_false(health(f)->ready);
}

static void
submissions_go_to_the_service(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = {.type = WIRE_DECLARE};

	m.as.declare.kind = span_str("programme");
	m.id = 5;
	mailbox_send(&f->box, 0, &m);
	m = (struct wire_message){.type = WIRE_HELLO};
	m.as.hello.producer = span_str("p");
	mailbox_send(&f->box, 0, &m);
	(void)health(f); /* they were in order before it */
	assert_int_equal(f->submitted, 2);
	f->submit_err = ERR_OVERLOADED;
	mailbox_ask_error(&f->box, &m, ERR_OVERLOADED);
	f->ops.submit = NULL; /* a service that takes none */
	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_TYPE);
	assert_int_equal(f->submitted, 3);
}

static void
what_is_no_request_is_answered_with_an_error(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = {.type = WIRE_READY};
	const struct span frames[] = {span_str("\x94\x01\xa6HEALTH\x01\x80"),
	                              span_str("more")};

	m.as.ready = (struct wire_ready){.epoch = 1,
	                                 .max_rows = 1,
	                                 .max_bytes = 4096,
	                                 .log = 1,
	                                 .generation = 1};
	mailbox_ask_error(&f->box, &m, ERR_UNKNOWN_TYPE);
	assert_int_equal(sock_send(f->box.sock, 0, frames + 1, 1), ERR_OK);
	(void)mailbox_await(&f->box, WIRE_ERROR);
	assert_int_equal(sock_send(f->box.sock, 0, frames, 2), ERR_OK);
	assert_int_equal(mailbox_await(&f->box, WIRE_ERROR)->id, 1);
	mailbox_code(&f->box, ERR_BAD_MESSAGE);
	assert_true(health(f)->ready);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, started, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test_setup_teardown(
	        health_is_answered_before_the_store_is_there, setup, teardown),
	    CASE(health_tells_where_the_journal_stands),
	    CASE(a_refusal_is_told_to_all_and_health_still_answered),
	    CASE(a_reason_of_any_bytes_can_be_told),
	    CASE(commits_are_sent_as_many_as_fit_and_at_least_one),
	    CASE(an_unknown_position_is_an_error_at_once),
	    CASE(a_fetch_waits_for_the_next_commit),
	    CASE(a_fetch_that_waited_long_enough_is_told_nothing),
	    CASE(a_peer_has_one_fetch_waiting),
	    CASE(who_went_away_while_waiting_harms_nobody),
	    CASE(sixty_four_fetches_wait_at_a_time),
	    CASE(who_waits_is_told_of_a_refusal),
	    CASE(a_page_is_as_of_the_head),
	    CASE(a_query_after_a_failed_turn_sees_what_is_on_disk),
	    CASE(damage_that_a_read_meets_ends_serving),
	    CASE(submissions_go_to_the_service),
	    CASE(what_is_no_request_is_answered_with_an_error),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
