#include "tests/lib/publish_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include <cmocka.h>

enum { ROUND_MS = 5 };

/* ---- the service's side ---- */

static void
tell_row(struct publish *p, const char *topic, const struct publish_change *ch,
         unsigned number)
{
	static const char letters[WIRE_TEXT_MAX];
	struct wire_writer row;
	size_t left = ch->row_bytes;

	wire_writer_init(&row, 4096);
	if (left == 0)
		wire_pairs_add(&row, "n", wire_int(number));
	else /* map 1, key 2, a text's head 2, or 3 from 256 on */
		wire_pairs_add(&row, "n",
		               wire_text(span_of(letters, left - 5)));
	publish_row(p, topic, wire_writer_list(&row));
	wire_writer_fini(&row);
}

static void
tell_change(struct publish *p, const struct publish_change *ch)
{
	unsigned n_streams = ch->n_streams > 0 ? ch->n_streams : 1;

	for (unsigned s = 0; s < n_streams; s++) {
		char topic[WIRE_TEXT_MAX];

		if (ch->n_streams > 0)
			snprintf(topic, sizeof(topic), "%s%u/", ch->topic, s);
		else
			snprintf(topic, sizeof(topic), "%s", ch->topic);
		for (unsigned i = 0; i < ch->n_rows; i++)
			tell_row(p, topic, ch, i);
	}
}

static enum err
tell_commit(void *self, struct kv *state, struct kv *journal, uint64_t number,
            struct publish *p)
{
	struct publish_case *f = self;
	enum err err = ERR_OK;

	(void)state;
	(void)journal;
	for (size_t i = 0; i < f->n_script; i++) {
		const struct publish_change *ch = &f->script[i];

		if (ch->commit != number)
			continue;
		if (ch->topic != NULL)
			tell_change(p, ch);
		if (ch->cut_all)
			publish_cut_all(p);
		if (ch->err != ERR_OK)
			err = ch->err;
	}
	return err;
}

static const struct publish_ops ops = {tell_commit};

void
publish_case_open(struct publish_case *f)
{
	struct publish_conf conf = {.endpoint = f->c.endpoint,
	                            .loop = f->c.loop,
	                            .ctx = f->c.ctx,
	                            .ops = &ops,
	                            .self = f};
	struct sock_refusal why;

	assert_int_equal(publish_open(&f->p, &conf, &why), ERR_OK);
}

void
publish_case_start(struct publish_case *f)
{
	const struct journal_id id = {SERVE_CASE_LOG, 1};

	publish_start(f->p, &id, PUBLISH_CASE_HEAD);
	f->head = PUBLISH_CASE_HEAD;
}

int
publish_case_setup(void **state)
{
	struct publish_case *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	serve_case_open(&f->c);
	sock_message_init(&f->got);
	publish_case_open(f);
	publish_case_start(f);
	*state = f;
	return 0;
}

int
publish_case_teardown(void **state)
{
	struct publish_case *f = *state;

	publish_close(&f->p);
	sock_message_fini(&f->got);
	sock_close(&f->sub);
	sock_close(&f->other);
	serve_case_close(&f->c);
	free(f);
	return 0;
}

void
publish_case_commits(struct publish_case *f,
                     const struct publish_change *script, size_t n,
                     uint64_t head)
{
	f->script = script;
	f->n_script = n;
	f->head = head;
	assert_int_equal(publish_commits(f->p, NULL, NULL, head), ERR_OK);
}

/* ---- the followers' side ---- */

void
publish_case_round(struct publish_case *f)
{
	assert_int_equal(loop_once(f->c.loop, ROUND_MS), ERR_OK);
}

void
publish_case_subscriptions(struct publish_case *f, uint32_t n)
{
	for (int i = 0;
	     i < PUBLISH_CASE_ROUNDS && publish_counts(f->p).subscriptions != n;
	     i++)
		publish_case_round(f);
	assert_int_equal(publish_counts(f->p).subscriptions, n);
}

void
publish_case_unserved(struct publish_case *f, uint64_t n)
{
	for (int i = 0;
	     i < PUBLISH_CASE_ROUNDS && publish_counts(f->p).unserved != n; i++)
		publish_case_round(f);
	assert_int_equal(publish_counts(f->p).unserved, n);
}

void
follower_open(struct publish_case *f, struct sock **sub, int queue_max)
{
	struct sock_conf conf = {.kind = SOCK_SUB,
	                         .endpoint = f->c.endpoint,
	                         .frame_max_bytes = WIRE_MESSAGE_MAX,
	                         .frames_max = 2,
	                         .queue_max = queue_max};
	struct sock_refusal why;

	if (*sub == NULL)
		assert_int_equal(sock_open(sub, f->c.ctx, &conf, &why), ERR_OK);
}

void
follower_subscribe(struct publish_case *f, struct sock **sub, const char *topic,
                   uint32_t n)
{
	follower_open(f, sub, 10000);
	assert_int_equal(sock_subscribe(*sub, span_str(topic)), ERR_OK);
	publish_case_subscriptions(f, n);
}

void
follower_unsubscribe(struct publish_case *f, struct sock *sub,
                     const char *topic, uint32_t n)
{
	assert_int_equal(sock_unsubscribe(sub, span_str(topic)), ERR_OK);
	publish_case_subscriptions(f, n);
}

enum err
follower_await(struct publish_case *f, struct sock *sub, int rounds)
{
	zmq_pollitem_t item = {.socket = sock_zmq(sub), .events = ZMQ_POLLIN};
	struct fault fault;
	enum err err = sock_recv(sub, &f->got, loop_now(f->c.loop));

	for (int i = 0; err == ERR_AGAIN && i < rounds; i++) {
		assert_int_equal(loop_once(f->c.loop, 0), ERR_OK);
		(void)zmq_poll(&item, 1, ROUND_MS);
		err = sock_recv(sub, &f->got, loop_now(f->c.loop));
	}
	if (err != ERR_OK)
		return err;
	assert_int_equal(f->got.n, 2);
	assert_int_equal(wire_decode(f->got.frames[1], &f->m, &fault), ERR_OK);
	return ERR_OK;
}

const struct wire_message *
follower_next(struct publish_case *f, struct sock *sub)
{
	assert_int_equal(follower_await(f, sub, PUBLISH_CASE_ROUNDS), ERR_OK);
	return &f->m;
}

const struct wire_update *
follower_update(struct publish_case *f, struct sock *sub, const char *stream,
                uint64_t from, uint64_t to)
{
	const struct wire_message *m = follower_next(f, sub);
	const struct wire_update *u = &m->as.update;

	assert_int_equal(m->type, WIRE_UPDATE);
	assert_true(span_equal(u->stream, span_str(stream)));
	assert_true(span_equal(f->got.frames[0], span_str(stream)));
	assert_int_equal(u->log, SERVE_CASE_LOG);
	assert_int_equal(u->generation, 1);
	assert_int_equal(u->from, from);
	assert_int_equal(u->to, to);
	return u;
}

uint64_t
beat_mark(struct wire_list list, const char *topic)
{
	struct span name;
	uint64_t commit;

	while (wire_marks_next(&list, &name, &commit))
		if (span_equal(name, span_str(topic)))
			return commit;
	return UINT64_MAX;
}

const struct wire_beat *
follower_beat(struct publish_case *f, struct sock *sub)
{
	const struct wire_message *m = follower_next(f, sub);

	assert_int_equal(m->type, WIRE_BEAT);
	assert_true(span_equal(f->got.frames[0], span_str("beat/")));
	assert_int_equal(m->as.beat.commit, f->head);
	return &m->as.beat;
}

void
follower_beats(struct publish_case *f, struct sock **sub)
{
	uint32_t n = publish_counts(f->p).subscriptions;

	follower_open(f, sub, 10000);
	assert_int_equal(sock_subscribe(*sub, span_str("beat/")), ERR_OK);
	assert_int_equal(sock_subscribe(*sub, span_str("known")), ERR_OK);
	publish_case_subscriptions(f, n + 1);
	follower_unsubscribe(f, *sub, "known", n);
}
