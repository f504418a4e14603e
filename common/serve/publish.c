#include "common/serve/publish.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/serve/gather.h"
#include "common/serve/topics.h"
#include "proto/scan.h"

/* First byte of what an XPUB receives. */
enum { GIVEN_UP = 0, SUBSCRIBED = 1 };

/* What a message has beside its lists. */
enum { HEAD_BYTES = 1024 };

_Static_assert(PUBLISH_SUBSCRIPTIONS <= WIRE_MARKS_MAX &&
                   PUBLISH_STREAMS <= WIRE_MARKS_MAX,
               "a beat's lists hold all there is");

struct publish {
	struct publish_conf conf;
	struct sock *sock;
	struct sock_message in;
	struct loop_id source;
	struct loop_id timer;
	struct journal_id id; /* log 0: not started */
	uint64_t head;        /* told so far */
	uint64_t number;      /* the commit being told */
	struct topics watched;
	struct topics changed;
	struct gather gather;
	struct buf rows; /* of the update being made */
	enum err err;    /* of the commit being told */
	bool cut;        /* all, by the commit being told */
	bool beat;       /* one is due at once */
	bool given_up;   /* somebody left: streams may be watched no more */
	struct publish_counts counts;
};

/* ---- what goes out ---- */

/* Lost without harm: the beats say what everybody should have. */
static void
say(struct publish *p, struct span topic, const struct wire_message *m)
{
	struct buf body;
	enum err err;

	buf_init(&body, WIRE_MESSAGE_MAX);
	err = wire_encode(m, &body);
	if (err == ERR_OK)
		err = sock_send_bodies(p->sock, 0, &topic, 1,
		                       (struct sock_bodies){&body, 1});
	p->counts.unsent += err != ERR_OK;
	buf_fini(&body);
}

struct beat {
	struct publish *p;
	struct wire_message m;
	struct wire_writer watched;
	struct wire_writer changed;
};

static void
beat_part(struct beat *b, bool more)
{
	b->m.as.beat.watched = wire_writer_list(&b->watched);
	b->m.as.beat.changed = wire_writer_list(&b->changed);
	b->m.as.beat.more = more;
	say(b->p, span_str(PUBLISH_BEATS), &b->m);
	wire_writer_reset(&b->watched);
	wire_writer_reset(&b->changed);
}

static void
beat_list(struct beat *b, const struct topics *t, struct wire_writer *w)
{
	for (size_t i = 0; i < topics_places(t); i++) {
		struct span topic;
		uint64_t commit;

		if (!topics_at(t, i, &topic, &commit))
			continue;
		if (b->watched.out.len + b->changed.out.len >
		    PUBLISH_BYTES - HEAD_BYTES)
			beat_part(b, true);
		wire_marks_add(w, topic, commit);
	}
}

static void
beat_say(struct publish *p)
{
	struct beat b = {.p = p, .m = {.type = WIRE_BEAT}};

	p->beat = false;
	b.m.as.beat.log = p->id.log;
	b.m.as.beat.generation = p->id.generation;
	b.m.as.beat.commit = p->head;
	b.m.as.beat.time_ms = (uint64_t)loop_wall_now(p->conf.loop).ms;
	wire_writer_init(&b.watched, PUBLISH_BYTES);
	wire_writer_init(&b.changed, PUBLISH_BYTES);
	beat_list(&b, &p->watched, &b.watched);
	beat_list(&b, &p->changed, &b.changed);
	/* without memory for all of it, nothing: a part would say too little */
	if (buf_err(&b.watched.out) == ERR_OK &&
	    buf_err(&b.changed.out) == ERR_OK)
		beat_part(&b, false);
	wire_writer_fini(&b.watched);
	wire_writer_fini(&b.changed);
}

static void
beat_due(void *self)
{
	struct publish *p = self;

	if (p->id.log != 0)
		beat_say(p);
}

static void
bye_say(struct publish *p)
{
	struct wire_message m = {.type = WIRE_BYE};

	m.as.bye.log = p->id.log;
	m.as.bye.generation = p->id.generation;
	m.as.bye.commit = p->head;
	say(p, span_str(PUBLISH_BEATS), &m);
}

/* ---- who listens ---- */

static void
subscribed(struct publish *p, struct span topic)
{
	uint64_t since;

	if (span_equal(topic, span_str(PUBLISH_BEATS)) ||
	    topics_get(&p->watched, topic, &since))
		return;
	/* What no beat can list is not served, and what finds no room. */
	if (topic.len > WIRE_TEXT_MAX || !scan_utf8(topic) ||
	    topics_set(&p->watched, topic, p->head) != ERR_OK)
		p->counts.unserved++;
}

static void
given_up(struct publish *p, struct span topic)
{
	uint64_t since;

	if (!topics_get(&p->watched, topic, &since))
		return;
	topics_drop(&p->watched, topic);
	p->given_up = true;
	if (p->watched.n == 0)
		topics_empty(&p->changed);
}

static void
message_take(struct publish *p, const struct sock_message *m)
{
	struct span topic;

	if (m->n != 1 || m->frames[0].len == 0)
		return;
	topic = span_of(m->frames[0].ptr + 1, m->frames[0].len - 1);
	if (m->frames[0].ptr[0] == SUBSCRIBED)
		subscribed(p, topic);
	else if (m->frames[0].ptr[0] == GIVEN_UP)
		given_up(p, topic);
}

static void
listeners_ready(void *self, unsigned events)
{
	struct publish *p = self;

	(void)events;
	for (int i = 0; i < PUBLISH_TAKEN; i++) {
		enum err err =
		    sock_recv(p->sock, &p->in, loop_now(p->conf.loop));

		if (err == ERR_AGAIN || err == ERR_IO)
			return;
		if (err == ERR_OK)
			message_take(p, &p->in);
	}
}

/* Streams that nobody watches any more may change without notice. */
static void
unwatched_forget(struct publish *p)
{
	p->given_up = false;
	for (size_t i = 0; i < topics_places(&p->changed); i++) {
		struct span topic;
		uint64_t commit;

		if (topics_at(&p->changed, i, &topic, &commit) &&
		    !topics_prefix(&p->watched, topic, &commit))
			topics_drop(&p->changed, topic);
	}
}

/* ---- commits ---- */

static void
cut_at(struct publish *p, uint64_t number)
{
	topics_set_all(&p->watched, number);
	topics_empty(&p->changed);
	gather_reset(&p->gather);
	p->cut = true;
	p->beat = true;
	p->counts.cuts++;
}

void
publish_cut_all(struct publish *p)
{
	if (!p->cut)
		cut_at(p, p->number);
}

bool
publish_wants(const struct publish *p, const char *topic)
{
	uint64_t since;

	return !p->cut && topics_prefix(&p->watched, span_str(topic), &since);
}

void
publish_row(struct publish *p, const char *topic, struct wire_list row)
{
	enum err err;

	assert(strlen(topic) <= WIRE_TEXT_MAX);
	if (p->err != ERR_OK || !publish_wants(p, topic))
		return;
	err = gather_add(&p->gather, span_str(topic), row);
	if (err == ERR_TOO_LARGE)
		publish_cut_all(p);
	else
		p->err = err;
}

static uint64_t
changed_since(const struct publish *p, struct span topic)
{
	uint64_t since = p->number;

	if (!topics_get(&p->changed, topic, &since))
		(void)topics_prefix(&p->watched, topic, &since);
	return since;
}

/* The update of one stream; false: all had to be cut. */
static bool
stream_say(struct publish *p, size_t i)
{
	struct span name = gather_name(&p->gather, i);
	struct wire_message m = {.type = WIRE_UPDATE};
	struct wire_update *u = &m.as.update;
	bool whole = !gather_too_large(&p->gather, i);

	buf_reset(&p->rows);
	u->stream = name;
	u->log = p->id.log;
	u->generation = p->id.generation;
	u->from = changed_since(p, name);
	u->to = p->number;
	if (whole)
		u->rows = gather_rows(&p->gather, i, &p->rows);
	if (!whole || buf_err(&p->rows) != ERR_OK) {
		u->rows = (struct wire_list){.n = 0};
		u->from = u->to;
		p->counts.cuts++;
	}
	if (topics_set(&p->changed, name, p->number) != ERR_OK) {
		publish_cut_all(p);
		return false;
	}
	say(p, name, &m);
	p->counts.updates++;
	p->counts.rows += u->rows.n;
	return true;
}

static enum err
commit_say(struct publish *p, struct kv *state, struct kv *journal)
{
	enum err err;

	p->err = ERR_OK;
	p->cut = false;
	gather_reset(&p->gather);
	err = p->conf.ops->commit(p->conf.self, state, journal, p->number, p);
	if (err == ERR_OK)
		err = p->err;
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < gather_streams(&p->gather); i++)
		if (!stream_say(p, i))
			break;
	return ERR_OK;
}

static enum err
commits_say(struct publish *p, struct kv *state, struct kv *journal,
            uint64_t head)
{
	enum err err = ERR_OK;

	if (head - p->head > PUBLISH_TURN_COMMITS) {
		cut_at(p, head);
		return ERR_OK;
	}
	for (p->number = p->head + 1; p->number <= head; p->number++) {
		err = commit_say(p, state, journal);
		if (err != ERR_OK) {
			cut_at(p, head);
			return err;
		}
	}
	return ERR_OK;
}

enum err
publish_commits(struct publish *p, struct kv *state, struct kv *journal,
                uint64_t head)
{
	enum err err = ERR_OK;

	if (p->id.log == 0 || head <= p->head)
		return ERR_OK;
	if (p->given_up)
		unwatched_forget(p);
	if (publish_listened(p))
		err = commits_say(p, state, journal, head);
	p->head = head;
	p->cut = false;
	if (p->beat)
		beat_say(p);
	return err;
}

/* ---- from opening to closing ---- */

static enum err
socket_open(struct publish *p, struct sock_refusal *why)
{
	const struct sock_conf conf = {.kind = SOCK_XPUB,
	                               .bind = true,
	                               .endpoint = p->conf.endpoint,
	                               .frame_max_bytes = PUBLISH_FRAME_BYTES,
	                               .frames_max = 1,
	                               .queue_max = PUBLISH_HWM,
	                               .linger_ms = PUBLISH_LINGER_MS};
	enum err err = sock_open(&p->sock, p->conf.ctx, &conf, why);

	if (err != ERR_OK)
		return err;
	err = loop_add_socket(p->conf.loop, sock_zmq(p->sock), listeners_ready,
	                      p, &p->source);
	if (err == ERR_OK)
		err = loop_add_timer(p->conf.loop, beat_due, p, &p->timer);
	if (err == ERR_OK)
		loop_timer_every(p->conf.loop, p->timer, PUBLISH_BEAT_MS);
	return err;
}

enum err
publish_open(struct publish **publish_p, const struct publish_conf *conf,
             struct sock_refusal *why)
{
	struct publish *p = calloc(1, sizeof(*p));
	enum err err;

	why->text[0] = '\0';
	if (p == NULL)
		return ERR_NOMEM;
	p->conf = *conf;
	sock_message_init(&p->in);
	gather_init(&p->gather, PUBLISH_BYTES);
	buf_init(&p->rows, WIRE_MESSAGE_MAX);
	err = topics_open(&p->watched, PUBLISH_SUBSCRIPTIONS);
	if (err == ERR_OK)
		err = topics_open(&p->changed, PUBLISH_STREAMS);
	if (err == ERR_OK)
		err = socket_open(p, why);
	if (err == ERR_OK)
		*publish_p = p;
	else
		publish_close(&p);
	return err;
}

void
publish_close(struct publish **publish_p)
{
	struct publish *p = *publish_p;

	if (p == NULL)
		return;
	*publish_p = NULL;
	if (p->id.log != 0)
		bye_say(p);
	loop_remove(p->conf.loop, p->source);
	loop_remove_timer(p->conf.loop, p->timer);
	sock_close(&p->sock);
	sock_message_fini(&p->in);
	topics_close(&p->watched);
	topics_close(&p->changed);
	gather_fini(&p->gather);
	buf_fini(&p->rows);
	free(p);
}

void
publish_start(struct publish *p, const struct journal_id *id, uint64_t head)
{
	assert(id->log != 0);
	p->id = *id;
	p->head = head;
	topics_set_all(&p->watched, head);
	beat_say(p);
}

bool
publish_started(const struct publish *p)
{
	return p->id.log != 0;
}

bool
publish_listened(const struct publish *p)
{
	return p->watched.n > 0;
}

struct publish_counts
publish_counts(const struct publish *p)
{
	struct publish_counts counts = p->counts;

	counts.subscriptions = (uint32_t)p->watched.n;
	counts.streams = (uint32_t)p->changed.n;
	return counts;
}
