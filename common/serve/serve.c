#include "common/serve/serve_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/escape.h"

#define TICK_MS        100  /* how late a waiting fetch may be told "nothing" */
#define QUEUE_MESSAGES 1000 /* each way and each peer */

/* What cannot be said is said to be so: nobody waits for nothing. */
void
serve_message(struct serve *s, uint64_t peer, const struct wire_message *m)
{
	struct fault fault = {.field = "answer"};
	struct wire_message error;

	buf_reset(&s->out);
	fault.code = wire_encode(m, &s->out);
	if (fault.code != ERR_OK) {
		error = wire_error_of(m->id, &fault);
		s->counts.refused++;
		buf_reset(&s->out);
		if (wire_encode(&error, &s->out) != ERR_OK)
			return;
	}
	serve_send(s, peer, buf_span(&s->out));
}

void
serve_send(struct serve *s, uint64_t peer, struct span frame)
{
	/* A peer whose queue is full, or that is gone, asks again. */
	enum err err = sock_send(s->sock, peer, &frame, 1);

	(void)err;
}

void
serve_error(struct serve *s, const struct asked *asked, enum err code,
            const char *field)
{
	struct fault fault = {.code = code, .field = field};
	struct wire_message m = wire_error_of(asked->m.id, &fault);

	if (s->refusal == code && s->reason[0] != '\0')
		m.as.error.text = span_str(s->reason);
	s->counts.refused++;
	serve_message(s, asked->peer, &m);
}

static void
answer_health(struct serve *s, const struct asked *asked)
{
	struct wire_message m = {.type = WIRE_STATE, .id = asked->m.id};

	wire_writer_reset(&s->pairs);
	if (s->turn != NULL && s->conf.ops->details != NULL)
		s->conf.ops->details(s->conf.self, &s->pairs);
	m.as.state.service = span_str(s->conf.service);
	m.as.state.ready = serve_is_ready(s);
	m.as.state.reason = span_str(s->reason);
	m.as.state.log = s->id.log;
	m.as.state.generation = s->id.generation;
	if (s->turn != NULL) {
		m.as.state.commit = s->turn->head.number;
		m.as.state.time_ms = (uint64_t)s->turn->head.time_ms;
	}
	if (s->pairs.out.err == ERR_OK)
		m.as.state.details = wire_writer_list(&s->pairs);
	serve_message(s, asked->peer, &m);
}

/* G9: damage is told to the node, which ends serving. */
void
serve_read_end(struct serve *s, enum err err)
{
	struct store *store = s->turn->store;
	bool damaged = err == ERR_CORRUPT &&
	               (kv_err(store_kv(store, STORE_STATE)) == ERR_CORRUPT ||
	                kv_err(store_kv(store, STORE_JOURNAL)) == ERR_CORRUPT);

	store_read_end(store);
	if (damaged && s->conf.damaged != NULL)
		s->conf.damaged(s->conf.owner, err);
}

static bool
is_this_log(const struct serve *s, const struct wire_fetch *fetch)
{
	return fetch->log == 0 || (fetch->log == s->id.log &&
	                           fetch->generation == s->id.generation);
}

/* ERR_OK: commits from fetch->from on are here, or will be next. */
static enum err
fetch_place(struct serve *s, const struct wire_fetch *fetch)
{
	uint64_t floor = 0;
	enum err err;

	if (!is_this_log(s, fetch))
		return ERR_UNKNOWN_POSITION;
	if (fetch->from == 0 || fetch->from > s->turn->head.number + 1)
		return ERR_UNKNOWN_POSITION;
	err = journal_floor(store_kv(s->turn->store, STORE_JOURNAL), &floor);
	if (err == ERR_OK && fetch->from < floor)
		err = ERR_UNKNOWN_POSITION;
	return err;
}

/* A header, and its length before each record. */
_Static_assert(COMMIT_BYTES_MAX + COMMIT_RECORDS_MAX * 5u + 64u <=
                   WIRE_COMMIT_MAX,
               "every commit can be sent");

/* Frames: as many whole commits as fit, at least one. */
static enum err
pack_commits(struct serve *s, const struct wire_fetch *fetch,
             struct sock_bodies *bodies)
{
	struct kv *journal = store_kv(s->turn->store, STORE_JOURNAL);
	size_t max = fetch->max_bytes < SERVE_FETCH_BYTES
	                 ? (size_t)fetch->max_bytes
	                 : SERVE_FETCH_BYTES;
	uint64_t number = fetch->from;
	size_t bytes = 0;

	while (number <= s->turn->head.number && bodies->n < WIRE_COMMITS_MAX) {
		struct buf *body = &bodies->bufs[bodies->n];
		enum err err;

		buf_init(body, WIRE_COMMIT_MAX);
		err = commit_pack(journal, number++, body);
		if (err == ERR_OK && bodies->n > 0 && bytes + body->len > max) {
			buf_fini(body);
			return ERR_OK;
		}
		if (err != ERR_OK) {
			buf_fini(body);
			return err;
		}
		bytes += body->len;
		bodies->n++;
	}
	return ERR_OK;
}

static bool
is_unready(const struct serve *s)
{
	return !serve_is_ready(s) || (s->conf.source_ready != NULL &&
	                              !s->conf.source_ready(s->conf.owner));
}

static void
send_commits(struct serve *s, const struct asked *asked,
             struct sock_bodies *bodies)
{
	struct wire_message m = {.type = WIRE_COMMITS, .id = asked->m.id};
	struct span head;
	enum err err;

	m.as.commits.log = s->id.log;
	m.as.commits.generation = s->id.generation;
	m.as.commits.head = s->turn->head.number;
	m.as.commits.from = asked->m.as.fetch.from;
	m.as.commits.n = bodies->n;
	m.as.commits.unready = is_unready(s);
	buf_reset(&s->out);
	if (wire_encode(&m, &s->out) != ERR_OK)
		return;
	head = buf_span(&s->out);
	err = sock_send_bodies(s->sock, asked->peer, &head, 1, *bodies);
	if (err == ERR_OK)
		s->counts.fetches++;
}

static void
answer_fetch(struct serve *s, const struct asked *asked)
{
	const struct wire_fetch *fetch = &asked->m.as.fetch;
	struct sock_bodies bodies = {.n = 0};
	enum err reading = store_read(s->turn->store);
	enum err err = reading;

	bodies.bufs = calloc(WIRE_COMMITS_MAX, sizeof(*bodies.bufs));
	if (err == ERR_OK && bodies.bufs == NULL)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		err = fetch_place(s, fetch);
	if (err == ERR_OK)
		err = pack_commits(s, fetch, &bodies);
	if (reading == ERR_OK)
		serve_read_end(s, err);
	if (err == ERR_OK)
		send_commits(s, asked, &bodies);
	else
		serve_error(s, asked, err, "from");
	for (size_t i = 0; i < bodies.n; i++)
		buf_fini(&bodies.bufs[i]);
	free(bodies.bufs);
}

/* Nothing to send yet: wait, if there is room to remember it. A peer that asks
 * again has forgotten what it asked before. */
static bool
wait_for_more(struct serve *s, const struct asked *asked)
{
	struct waiting *unused = NULL;

	if (asked->m.as.fetch.wait_ms == 0 ||
	    !is_this_log(s, &asked->m.as.fetch) ||
	    asked->m.as.fetch.from != s->turn->head.number + 1)
		return false;
	for (int i = 0; i < SERVE_WAITING_MAX; i++) {
		if (s->waiting[i].peer == asked->peer) {
			unused = &s->waiting[i];
			break;
		}
		if (s->waiting[i].peer == 0)
			unused = &s->waiting[i];
	}
	if (unused == NULL)
		return false;
	unused->peer = asked->peer;
	unused->id = asked->m.id;
	unused->fetch = asked->m.as.fetch;
	unused->until = clock_mono_plus_ms(loop_now(s->conf.loop),
	                                   (int64_t)asked->m.as.fetch.wait_ms);
	return true;
}

static void
answer_waiting(struct serve *s, bool committed)
{
	struct mono now = loop_now(s->conf.loop);

	for (int i = 0; i < SERVE_WAITING_MAX; i++) {
		struct waiting *w = &s->waiting[i];
		struct asked asked = {.peer = w->peer};

		if (w->peer == 0 ||
		    (!committed && clock_ms_between(now, w->until) > 0))
			continue;
		asked.m.id = w->id;
		asked.m.as.fetch = w->fetch;
		w->peer = 0;
		answer_fetch(s, &asked);
	}
}

void
serve_committed(struct serve *s)
{
	answer_waiting(s, true);
}

static void
waiting_due(void *self)
{
	struct serve *s = self;

	if (s->turn != NULL && s->refusal == ERR_OK)
		answer_waiting(s, false);
}

static bool
is_submission(enum wire_type type)
{
	return type == WIRE_HELLO || type == WIRE_BATCH || type == WIRE_APPLY ||
	       type == WIRE_DECLARE;
}

/* Not decoded here: the step does it, once. */
static void
submit(struct serve *s)
{
	struct asked asked = {.peer = s->message.peer};
	enum err err = ERR_OK;

	asked.m.id = wire_peek_id(s->message.frames[0]);
	if (s->refusal != ERR_OK)
		err = s->refusal;
	else if (s->turn == NULL)
		err = ERR_UNAVAILABLE;
	else if (s->conf.ops->submit == NULL)
		err = ERR_UNKNOWN_TYPE;
	else
		err = s->conf.ops->submit(s->conf.self, &s->message);
	if (err != ERR_OK)
		serve_error(s, &asked, err, "type");
}

static void
asked_note(struct serve *s, const struct wire_fetch *fetch)
{
	struct mono now = loop_now(s->conf.loop);

	if (!is_this_log(s, fetch) || fetch->from > s->turn->head.number + 1)
		return;
	if (fetch->from < s->asked.next &&
	    clock_ms_between(s->asked.at, now) < SERVE_ASKED_MS)
		return;
	s->asked = (struct serve_asked){.next = fetch->from, .at = now};
}

static void
dispatch(struct serve *s, const struct asked *asked)
{
	if (asked->m.type == WIRE_HEALTH) {
		answer_health(s, asked);
	} else if (s->refusal != ERR_OK) {
		serve_error(s, asked, s->refusal, s->conf.service);
	} else if (s->turn == NULL) {
		serve_error(s, asked, ERR_UNAVAILABLE, s->conf.service);
	} else if (asked->m.type == WIRE_QUERY) {
		serve_query(s, asked);
	} else if (asked->m.type == WIRE_FETCH) {
		asked_note(s, &asked->m.as.fetch);
		if (!wait_for_more(s, asked))
			answer_fetch(s, asked);
	} else {
		serve_error(s, asked, ERR_UNKNOWN_TYPE, "type");
	}
}

static void
message_ready(struct serve *s)
{
	struct fault fault = {.code = ERR_BAD_MESSAGE, .field = "frames"};
	struct asked asked = {.peer = s->message.peer};
	struct wire_message refusal;

	if (s->message.n == 1 &&
	    is_submission(wire_peek_type(s->message.frames[0]))) {
		submit(s);
		return;
	}
	if (s->message.n == 1 &&
	    wire_decode(s->message.frames[0], &asked.m, &fault) == ERR_OK) {
		dispatch(s, &asked);
		return;
	}
	refusal = wire_error_of(
	    s->message.n == 0 ? 0 : wire_peek_id(s->message.frames[0]), &fault);
	s->counts.refused++;
	serve_message(s, asked.peer, &refusal);
}

static void
socket_ready(void *self, unsigned events)
{
	struct serve *s = self;

	(void)events;
	for (int i = 0; i < SERVE_MESSAGES_MAX; i++) {
		enum err err =
		    sock_recv(s->sock, &s->message, loop_now(s->conf.loop));

		if (err == ERR_AGAIN || err == ERR_IO)
			return;
		if (err == ERR_OK)
			message_ready(s);
	}
}

static enum err
listen_on(struct serve *s, struct sock_refusal *why)
{
	struct sock_conf conf = {.kind = SOCK_ROUTER,
	                         .bind = true,
	                         .endpoint = s->conf.endpoint,
	                         .frame_max_bytes = WIRE_MESSAGE_MAX,
	                         .frames_max = 8,
	                         .queue_max = QUEUE_MESSAGES,
	                         .linger_ms = 500,
	                         .peers_max = SERVE_PEERS_MAX,
	                         .peer_idle_ms = SERVE_PEER_IDLE_MS};
	enum err err = sock_open(&s->sock, s->conf.ctx, &conf, why);

	if (err == ERR_OK)
		err = loop_add_socket(s->conf.loop, sock_zmq(s->sock),
		                      socket_ready, s, &s->source);
	if (err == ERR_OK)
		err = loop_add_timer(s->conf.loop, waiting_due, s, &s->timer);
	if (err == ERR_OK)
		err = loop_add_timer(s->conf.loop, serve_slice_due, s,
		                     &s->slices);
	if (err == ERR_OK)
		loop_timer_every(s->conf.loop, s->timer, TICK_MS);
	return err;
}

enum err
serve_open(struct serve **serve_p, const struct serve_conf *conf,
           struct sock_refusal *why)
{
	struct serve *s = calloc(1, sizeof(*s));
	enum err err;

	if (s == NULL)
		return ERR_NOMEM;
	s->conf = *conf;
	sock_message_init(&s->message);
	query_init(&s->query);
	wire_writer_init(&s->pairs, WIRE_MESSAGE_MAX / 2);
	buf_init(&s->out, WIRE_MESSAGE_MAX);
	serve_not_ready(s, "starting");
	err = listen_on(s, why);
	if (err != ERR_OK)
		serve_close(&s);
	else
		*serve_p = s;
	return err;
}

void
serve_close(struct serve **serve_p)
{
	struct serve *s = *serve_p;

	if (s == NULL)
		return;
	loop_remove(s->conf.loop, s->source);
	loop_remove_timer(s->conf.loop, s->timer);
	loop_remove_timer(s->conf.loop, s->slices);
	serve_line_clear(s);
	sock_message_fini(&s->message);
	sock_close(&s->sock);
	query_fini(&s->query);
	wire_writer_fini(&s->pairs);
	buf_fini(&s->out);
	free(s);
	*serve_p = NULL;
}

void
serve_start(struct serve *s, struct turn *turn, const struct journal_id *id)
{
	s->turn = turn;
	s->id = *id;
}

void
serve_refuse(struct serve *s, enum err err, const char *text)
{
	s->refusal = err;
	serve_not_ready(s, text);
	serve_line_refuse(s);
	for (int i = 0; i < SERVE_WAITING_MAX; i++) {
		struct asked asked = {.peer = s->waiting[i].peer,
		                      .m.id = s->waiting[i].id};

		s->waiting[i].peer = 0;
		if (asked.peer != 0)
			serve_error(s, &asked, err, s->conf.service);
	}
}

/* It goes out in messages, so it must be whole characters. */
void
serve_not_ready(struct serve *s, const char *text)
{
	struct span left = span_str(text);
	size_t at = 0;

	while (left.len > 0) {
		size_t n = escape_utf8_len(left);
		size_t len = n == 0 ? 1 : n;

		if (at + len >= sizeof(s->reason))
			break;
		if (n == 0)
			s->reason[at] = '?';
		else
			memcpy(s->reason + at, left.ptr, n);
		at += len;
		left = span_of(left.ptr + len, left.len - len);
	}
	s->reason[at] = '\0';
}

bool
serve_is_ready(const struct serve *s)
{
	return s->reason[0] == '\0' && s->turn != NULL && s->refusal == ERR_OK;
}

const char *
serve_reason(const struct serve *s)
{
	return s->reason;
}

struct serve_asked
serve_asked(const struct serve *s)
{
	return s->asked;
}

struct serve_counts
serve_counts(const struct serve *s)
{
	return s->counts;
}

unsigned
serve_waiting(const struct serve *s)
{
	unsigned n = 0;

	for (int i = 0; i < SERVE_WAITING_MAX; i++)
		n += s->waiting[i].peer != 0;
	return n;
}
