#include "tests/lib/serve_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS_MAX = 2000, ROUND_MS = 5 };

void
serve_case_open(struct serve_case *c)
{
	c->clock = clock_manual((struct wall){INT64_C(1750000000000)},
	                        (struct mono){INT64_C(1000000000)});
	tmpdir_open(&c->tmp);
	snprintf(c->endpoint, sizeof(c->endpoint), "ipc://%s/x.sock",
	         c->tmp.path);
	assert_int_equal(loop_open(&c->loop, &c->clock), ERR_OK);
	assert_int_equal(sock_ctx_open(&c->ctx), ERR_OK);
}

void
serve_case_close(struct serve_case *c)
{
	sock_ctx_close(&c->ctx);
	loop_close(&c->loop);
	tmpdir_close(&c->tmp);
}

void
serve_case_pass(struct serve_case *c, int64_t ms)
{
	clock_advance_ms(&c->clock, ms);
	assert_int_equal(loop_once(c->loop, 0), ERR_OK);
}

static void
mailbox_ready(void *self, unsigned events)
{
	struct mailbox *box = self;
	struct sock_message *got = &box->got;

	(void)events;
	if (sock_recv(box->sock, got, loop_now(box->c->loop)) == ERR_OK)
		box->n_got++;
}

void
mailbox_open(struct mailbox *box, struct serve_case *c, enum sock_kind kind,
             const char *endpoint)
{
	struct sock_conf conf = {.kind = kind,
	                         .bind = kind == SOCK_ROUTER,
	                         .endpoint = endpoint,
	                         .frame_max_bytes = WIRE_COMMIT_MAX,
	                         .frames_max = SOCK_FRAMES_MAX,
	                         .queue_max = 100,
	                         .peers_max = 8,
	                         .peer_idle_ms = 60000};
	struct sock_refusal why;

	*box = (struct mailbox){.c = c};
	sock_message_init(&box->got);
	assert_int_equal(sock_open(&box->sock, c->ctx, &conf, &why), ERR_OK);
	assert_int_equal(loop_add_socket(c->loop, sock_zmq(box->sock),
	                                 mailbox_ready, box, &box->source),
	                 ERR_OK);
}

void
mailbox_close(struct mailbox *box)
{
	if (box->sock == NULL)
		return;
	loop_remove(box->c->loop, box->source);
	sock_message_fini(&box->got);
	sock_close(&box->sock);
}

void
mailbox_send(struct mailbox *box, uint64_t peer, const struct wire_message *m)
{
	struct buf out;
	struct span frame;
	enum err err = ERR_AGAIN;

	buf_init(&out, WIRE_MESSAGE_MAX);
	assert_int_equal(wire_encode(m, &out), ERR_OK);
	frame = buf_span(&out);
	/* a DEALER sends once it is connected */
	for (int i = 0; err == ERR_AGAIN && i < ROUNDS_MAX; i++) {
		err = sock_send(box->sock, peer, &frame, 1);
		if (err == ERR_AGAIN)
			assert_int_equal(loop_once(box->c->loop, 1), ERR_OK);
	}
	assert_int_equal(err, ERR_OK);
	buf_fini(&out);
}

const struct wire_message *
mailbox_await(struct mailbox *box, enum wire_type type)
{
	unsigned before = box->n_got;
	struct fault fault;

	for (int i = 0; box->n_got == before && i < ROUNDS_MAX; i++)
		assert_int_equal(loop_once(box->c->loop, ROUND_MS), ERR_OK);
	if (box->n_got == before)
		fail_msg("no %s came", wire_type_name(type));
	assert_int_equal(wire_decode(box->got.frames[0], &box->m, &fault),
	                 ERR_OK);
	assert_string_equal(wire_type_name(box->m.type), wire_type_name(type));
	return &box->m;
}

const struct wire_message *
mailbox_ask(struct mailbox *box, struct wire_message *m, enum wire_type type)
{
	const struct wire_message *answer;

	m->id = ++box->id;
	mailbox_send(box, 0, m);
	answer = mailbox_await(box, type);
	assert_int_equal(answer->id, m->id);
	return answer;
}

void
mailbox_code(const struct mailbox *box, enum err code)
{
	const struct span got = box->m.as.error.code;

	if (!span_equal(got, span_str(err_name(code))))
		fail_msg("%.*s instead of %s", (int)got.len,
		         (const char *)got.ptr, err_name(code));
}

void
mailbox_ask_error(struct mailbox *box, struct wire_message *m, enum err code)
{
	(void)mailbox_ask(box, m, WIRE_ERROR);
	mailbox_code(box, code);
}

/* --- the service -------------------------------------------------------------- */

static enum err
copier_load(void *self, struct kv *state, struct kv *journal,
            const struct commit *head)
{
	struct copier *s = self;
	struct span value;
	struct cursor c;
	enum err err = kv_get(state, span_str("n"), &value);

	(void)journal;
	(void)head;
	s->n = 0;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	c = cursor_of(value);
	s->n = cursor_be64(&c);
	return err;
}

static enum err
copier_step(void *self, struct kv *state, const struct turn_input *in,
            struct turn_output *out)
{
	struct copier *s = self;
	struct buf n;

	if (in->number == COPIER_LONG && s->parts > 0) {
		s->parts--;
		out->more = true;
		return s->err;
	}
	s->n += in->n_items;
	for (size_t i = 0; i < in->n_items; i++)
		record_list_add(&out->records, in->items[i]);
	buf_init(&n, 8);
	buf_put_be64(&n, s->n);
	kv_put(state, span_str("n"), buf_span(&n));
	buf_fini(&n);
	return s->err;
}

static void
copier_drop(void *self)
{
	struct copier *s = self;

	s->n = 0;
	s->drops++;
}

const struct turn_ops copier_ops = {
    .load = copier_load, .step = copier_step, .drop = copier_drop};

void
copier_open(struct copier *s, struct serve_case *c, const char *name,
            uint64_t log)
{
	char dir[128];
	struct store_conf conf = {
	    .dir = dir, .kind = "ingest", .format = 1, .map_bytes = 16u << 20};
	struct store_refusal why;
	struct journal_id id;

	*s = (struct copier){.err = ERR_OK};
	tmpdir_path(&c->tmp, name, dir, sizeof(dir));
	assert_int_equal(store_open(&s->store, &conf, &why), ERR_OK);
	if (log != 0) {
		assert_int_equal(store_begin(s->store), ERR_OK);
		assert_int_equal(
		    journal_identity(store_kv(s->store, STORE_STATE), log, &id),
		    ERR_OK);
		assert_int_equal(store_commit(s->store), ERR_OK);
	}
	turn_init(&s->turn, s->store, &copier_ops, s);
	assert_int_equal(turn_load(&s->turn), ERR_OK);
}

void
copier_close(struct copier *s)
{
	turn_fini(&s->turn);
	store_close(&s->store);
}

enum err
copier_take(struct copier *s, const char *item)
{
	const struct span items[] = {span_str(item)};
	const uint64_t peers[] = {1};
	const struct turn_input in = {.time_ms = s->turn.head.time_ms + 1,
	                              .items = items,
	                              .peers = peers,
	                              .n_items = 1};

	return turn_run(&s->turn, &in, 1);
}

void
copier_pack(struct copier *s, uint64_t number, struct buf *out)
{
	buf_reset(out);
	assert_int_equal(store_read(s->store), ERR_OK);
	assert_int_equal(
	    commit_pack(store_kv(s->store, STORE_JOURNAL), number, out),
	    ERR_OK);
	store_read_end(s->store);
}
