#include "common/base/sock.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/peers.h"

enum {
	HANDSHAKE_MS = 5000,
	RECONNECT_MS = 50,
	RECONNECT_MAX_MS = 2000,
	HEARTBEAT_MS = 5000,
	HEARTBEAT_TIMEOUT_MS = 15000,
	BACKLOG = 1024,
	PARTS_FIRST = 4,
};

struct sock_part {
	zmq_msg_t msg;
};

struct sock_ctx {
	void *zmq;
};

struct sock {
	void *zmq;
	enum sock_kind kind;
	unsigned frames_max;
	struct peers *peers; /* ROUTER */
	struct sock_counts counts;
	char endpoint[SOCK_ENDPOINT_MAX];
};

enum err
sock_ctx_open(struct sock_ctx **ctx_p)
{
	struct sock_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return ERR_NOMEM;
	ctx->zmq = zmq_ctx_new();
	if (!ctx->zmq ||
	    zmq_ctx_set(ctx->zmq, ZMQ_MAX_SOCKETS, SOCK_SOCKETS_MAX) != 0) {
		sock_ctx_close(&ctx);
		return ERR_NOMEM;
	}
	*ctx_p = ctx;
	return ERR_OK;
}

void
sock_ctx_close(struct sock_ctx **ctx_p)
{
	struct sock_ctx *ctx = *ctx_p;

	if (!ctx)
		return;
	*ctx_p = NULL;
	while (ctx->zmq && zmq_ctx_term(ctx->zmq) != 0 && errno == EINTR)
		continue;
	free(ctx);
}

__attribute__((format(printf, 3, 4))) static enum err
refuse(struct sock_refusal *why, enum err code, const char *format, ...)
{
	va_list args;

	why->code = code;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return code;
}

static bool
has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
sock_endpoint_local(const char *endpoint)
{
	static const char *const prefixes[] = {
	    "ipc://",
	    "tcp://localhost:",
	    "tcp://[::1]:",
	};
	static const char loopback[] = "tcp://127.";

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (has_prefix(endpoint, prefixes[i]))
			return true;
	}
	if (!has_prefix(endpoint, loopback))
		return false;
	/* An address, not a name that begins like one. */
	endpoint += strlen(loopback);
	return endpoint[strspn(endpoint, "0123456789.")] == ':';
}

static enum err
endpoint_check(const struct sock_conf *conf, struct sock_refusal *why)
{
	const char *endpoint = conf->endpoint;
	size_t len = strlen(endpoint);
	size_t path_len = len - strlen("ipc://");

	if (!has_prefix(endpoint, "ipc://") && !has_prefix(endpoint, "tcp://"))
		return refuse(why, ERR_CONF,
		              "%.200s: neither ipc:// nor tcp://", endpoint);
	if (has_prefix(endpoint, "ipc://") && path_len > SOCK_IPC_PATH_MAX)
		return refuse(why, ERR_CONF,
		              "%.200s: a socket's path has at most %d bytes, "
		              "this one %zu; choose a shorter data directory",
		              endpoint, SOCK_IPC_PATH_MAX, path_len);
	if (len >= SOCK_ENDPOINT_MAX)
		return refuse(why, ERR_CONF, "%.200s: too long", endpoint);
	if (!conf->remote && !sock_endpoint_local(endpoint))
		return refuse(why, ERR_CONF,
		              "%s: not an address of this machine", endpoint);
	return ERR_OK;
}

struct option {
	int name;
	int value;
};

static int
options_set(void *zmq, const struct option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (zmq_setsockopt(zmq, options[i].name, &options[i].value,
		                   sizeof(options[i].value)) != 0)
			return errno;
	}
	return 0;
}

static int
socket_configure(void *zmq, const struct sock_conf *conf)
{
	/* libzmq 4.3 aborts where a connection ends by silence while its receiver's queue
	 * is full: a SUB neither asks for signs of life nor is made to expect them. */
	bool sub = conf->kind == SOCK_SUB;
	bool lasts = sub || conf->kind == SOCK_XPUB;
	const struct option common[] = {
	    {ZMQ_LINGER, conf->linger_ms},
	    {ZMQ_SNDHWM, conf->queue_max},
	    {ZMQ_RCVHWM, conf->queue_max},
	    {ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS},
	    {ZMQ_RECONNECT_IVL, RECONNECT_MS},
	    {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
	    {ZMQ_HEARTBEAT_IVL, sub ? 0 : HEARTBEAT_MS},
	    {ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS},
	    {ZMQ_HEARTBEAT_TTL, lasts ? 0 : HEARTBEAT_TIMEOUT_MS},
	    {ZMQ_TCP_KEEPALIVE, 1},
	    {ZMQ_BACKLOG, BACKLOG},
	};
	const struct option own[] = {
	    [SOCK_ROUTER] = {ZMQ_ROUTER_MANDATORY, 1},
	    [SOCK_DEALER] = {ZMQ_IMMEDIATE, 1},
	    [SOCK_XPUB] = {ZMQ_XPUB_VERBOSE, 1},
	    /* a full queue would swallow subscriptions */
	    [SOCK_SUB] = {ZMQ_SNDHWM, 0},
	};
	int64_t frame_max = conf->frame_max_bytes;
	int code = options_set(zmq, common, sizeof(common) / sizeof(*common));

	if (code == 0)
		code = options_set(zmq, &own[conf->kind], 1);
	if (code == 0 && zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &frame_max,
	                                sizeof(frame_max)) != 0)
		code = errno;
	return code;
}

static enum err
socket_attach(struct sock *s, const struct sock_conf *conf,
              struct sock_refusal *why)
{
	size_t len = sizeof(s->endpoint);
	int failed = conf->bind ? zmq_bind(s->zmq, conf->endpoint)
	                        : zmq_connect(s->zmq, conf->endpoint);
	enum err err;

	if (!failed)
		failed = zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, s->endpoint,
		                        &len);
	if (!failed)
		return ERR_OK;
	err = ERR_IO;
	if (errno == EADDRINUSE)
		err = ERR_IN_USE;
	if (errno == EINVAL || errno == ENODEV || errno == EADDRNOTAVAIL)
		err = ERR_CONF;
	return refuse(why, err, "%s: %s", conf->endpoint, zmq_strerror(errno));
}

static enum err
socket_start(struct sock *s, struct sock_ctx *ctx, const struct sock_conf *conf,
             struct sock_refusal *why)
{
	static const int types[] = {
	    [SOCK_ROUTER] = ZMQ_ROUTER,
	    [SOCK_DEALER] = ZMQ_DEALER,
	    [SOCK_XPUB] = ZMQ_XPUB,
	    [SOCK_SUB] = ZMQ_SUB,
	};
	int code;

	if (conf->kind == SOCK_ROUTER &&
	    peers_new(&s->peers, conf->peers_max, conf->peer_idle_ms) != ERR_OK)
		return refuse(why, ERR_NOMEM, "%s: out of memory",
		              conf->endpoint);
	s->zmq = zmq_socket(ctx->zmq, types[conf->kind]);
	code = s->zmq ? socket_configure(s->zmq, conf) : errno;
	if (code != 0)
		return refuse(why, ERR_IO, "%s: %s", conf->endpoint,
		              zmq_strerror(code));
	return socket_attach(s, conf, why);
}

enum err
sock_open(struct sock **sock_p, struct sock_ctx *ctx,
          const struct sock_conf *conf, struct sock_refusal *why)
{
	struct sock *s;
	enum err err = endpoint_check(conf, why);

	assert(conf->frames_max > 0 && conf->frames_max <= SOCK_FRAMES_MAX);
	assert(conf->queue_max > 0 && conf->frame_max_bytes > 0);
	if (err != ERR_OK)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return refuse(why, ERR_NOMEM, "%s: out of memory",
		              conf->endpoint);
	s->kind = conf->kind;
	s->frames_max = conf->frames_max;
	err = socket_start(s, ctx, conf, why);
	if (err == ERR_OK)
		*sock_p = s;
	else
		sock_close(&s);
	return err;
}

void
sock_close(struct sock **sock_p)
{
	struct sock *s = *sock_p;

	if (!s)
		return;
	*sock_p = NULL;
	if (s->zmq)
		zmq_close(s->zmq);
	peers_free(&s->peers);
	free(s);
}

void *
sock_zmq(struct sock *sock)
{
	return sock->zmq;
}

const char *
sock_endpoint(const struct sock *sock)
{
	return sock->endpoint;
}

struct sock_counts
sock_counts(const struct sock *sock)
{
	struct sock_counts counts = sock->counts;

	counts.peers = sock->peers ? peers_count(sock->peers) : 0;
	return counts;
}

void
sock_message_init(struct sock_message *message)
{
	*message = (struct sock_message){.peer = 0};
}

void
sock_message_reset(struct sock_message *message)
{
	for (size_t i = 0; i < message->n_parts; i++)
		zmq_msg_close(&message->parts[i].msg);
	message->n_parts = 0;
	message->n = 0;
	message->peer = 0;
}

void
sock_message_fini(struct sock_message *message)
{
	sock_message_reset(message);
	free(message->parts);
	free(message->frames);
	sock_message_init(message);
}

/* ZeroMQ's messages must be moved by ZeroMQ, so no realloc. */
static enum err
parts_grow(struct sock_message *m)
{
	size_t cap = m->cap > 0 ? m->cap * 2 : PARTS_FIRST;
	struct sock_part *parts = calloc(cap, sizeof(*parts));
	struct span *frames = calloc(cap, sizeof(*frames));

	if (!parts || !frames) {
		free(parts);
		free(frames);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < m->n_parts; i++) {
		zmq_msg_init(&parts[i].msg);
		zmq_msg_move(&parts[i].msg, &m->parts[i].msg);
		zmq_msg_close(&m->parts[i].msg);
	}
	free(m->parts);
	free(m->frames);
	m->parts = parts;
	m->frames = frames;
	m->cap = cap;
	return ERR_OK;
}

/* One frame onto the message. */
static enum err
part_recv(struct sock *s, struct sock_message *m, bool *more)
{
	zmq_msg_t *msg;
	enum err err = m->n_parts == m->cap ? parts_grow(m) : ERR_OK;

	if (err != ERR_OK)
		return err;
	msg = &m->parts[m->n_parts].msg;
	zmq_msg_init(msg);
	if (zmq_msg_recv(msg, s->zmq, ZMQ_DONTWAIT) < 0) {
		int code = errno;

		zmq_msg_close(msg);
		return code == EAGAIN || code == EINTR ? ERR_AGAIN : ERR_IO;
	}
	m->n_parts++;
	*more = zmq_msg_more(msg) != 0;
	return ERR_OK;
}

/* What is left of a message that nobody will read. */
static void
rest_drop(struct sock *s, bool more)
{
	zmq_msg_t msg;

	while (more) {
		zmq_msg_init(&msg);
		more = zmq_msg_recv(&msg, s->zmq, ZMQ_DONTWAIT) >= 0 &&
		       zmq_msg_more(&msg) != 0;
		zmq_msg_close(&msg);
	}
}

/* All frames: once the first is there, ZeroMQ has the others too. */
static enum err
parts_recv(struct sock *s, struct sock_message *m)
{
	size_t parts_max =
	    (size_t)s->frames_max + (s->kind == SOCK_ROUTER ? 1 : 0);
	bool more = false;
	enum err err = part_recv(s, m, &more);

	while (err == ERR_OK && more && m->n_parts < parts_max)
		err = part_recv(s, m, &more);
	if (err == ERR_OK && more)
		err = ERR_TOO_LARGE;
	rest_drop(s, more);
	return err;
}

static struct span
part_span(struct sock_message *m, size_t i)
{
	zmq_msg_t *msg = &m->parts[i].msg;

	return span_of(zmq_msg_data(msg), zmq_msg_size(msg));
}

static enum err
message_address(struct sock *s, struct sock_message *m, struct mono now)
{
	size_t first = s->kind == SOCK_ROUTER ? 1 : 0;
	enum err err = ERR_OK;

	if (first > 0)
		err = peers_see(s->peers, part_span(m, 0), now, &m->peer);
	if (err != ERR_OK)
		return err;
	m->n = m->n_parts - first;
	for (size_t i = 0; i < m->n; i++)
		m->frames[i] = part_span(m, first + i);
	return ERR_OK;
}

enum err
sock_recv(struct sock *sock, struct sock_message *message, struct mono now)
{
	enum err err;

	sock_message_reset(message);
	err = parts_recv(sock, message);
	if (err == ERR_OK)
		err = message_address(sock, message, now);
	if (err != ERR_OK)
		sock_message_reset(message);
	sock->counts.received += err == ERR_OK;
	sock->counts.dropped_large += err == ERR_TOO_LARGE;
	sock->counts.dropped_peers += err == ERR_OVERLOADED;
	sock->counts.dropped_memory += err == ERR_NOMEM;
	return err;
}

static enum err
send_error(void)
{
	static const struct {
		int code;
		enum err err;
	} rows[] = {
	    {EAGAIN, ERR_AGAIN},
	    {EINTR, ERR_AGAIN},
	    {EHOSTUNREACH, ERR_NOT_FOUND},
	    {ENOMEM, ERR_NOMEM},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].code == errno)
			return rows[i].err;
	}
	return ERR_IO;
}

static enum err
topic_set(struct sock *s, int option, struct span topic)
{
	assert(s->kind == SOCK_SUB);
	if (zmq_setsockopt(s->zmq, option, topic.ptr, topic.len) != 0)
		return errno == ENOMEM ? ERR_NOMEM : ERR_IO;
	return ERR_OK;
}

enum err
sock_subscribe(struct sock *sock, struct span topic)
{
	return topic_set(sock, ZMQ_SUBSCRIBE, topic);
}

enum err
sock_unsubscribe(struct sock *sock, struct span topic)
{
	return topic_set(sock, ZMQ_UNSUBSCRIBE, topic);
}

static enum err
frame_send(struct sock *s, struct span frame, bool more)
{
	int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);

	if (zmq_send(s->zmq, frame.ptr, frame.len, flags) < 0)
		return send_error();
	return ERR_OK;
}

/* ZeroMQ calls it when the bytes are gone, in its own thread. */
static void
body_free(void *bytes, void *hint)
{
	(void)hint;
	free(bytes);
}

static enum err
body_send(struct sock *s, struct buf *body, bool more)
{
	int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
	enum err err = ERR_OK;
	zmq_msg_t msg;

	if (zmq_msg_init_data(&msg, body->ptr, body->len, body_free, NULL) != 0)
		return ERR_NOMEM;
	*body = (struct buf){.max_bytes = body->max_bytes};
	if (zmq_msg_send(&msg, s->zmq, flags) < 0) {
		err = send_error();
		zmq_msg_close(&msg);
	}
	return err;
}

/* For a ROUTER the identity goes first, and decides whether anything goes. */
static enum err
identity_send(struct sock *s, uint64_t peer)
{
	struct span identity;
	enum err err;

	if (s->kind != SOCK_ROUTER)
		return ERR_OK;
	err = peers_identity(s->peers, peer, &identity);
	if (err == ERR_OK)
		err = frame_send(s, identity, true);
	if (err == ERR_NOT_FOUND)
		peers_drop(s->peers, peer);
	return err;
}

static enum err
send_count(struct sock *s, enum err err)
{
	s->counts.sent += err == ERR_OK;
	s->counts.unsent_again += err == ERR_AGAIN;
	s->counts.unsent_gone += err == ERR_NOT_FOUND;
	return err;
}

enum err
sock_send(struct sock *sock, uint64_t peer, const struct span *frames, size_t n)
{
	enum err err = identity_send(sock, peer);

	assert(n > 0);
	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = frame_send(sock, frames[i], i + 1 < n);
	return send_count(sock, err);
}

enum err
sock_send_bodies(struct sock *sock, uint64_t peer, const struct span *frames,
                 size_t n, struct sock_bodies bodies)
{
	enum err err = identity_send(sock, peer);

	assert(n > 0);
	if (err == ERR_OK)
		err = frame_send(sock, frames[0], n > 1 || bodies.n > 0);
	if (err == ERR_AGAIN)
		return send_count(sock, err);
	for (size_t i = 1; i < n && err == ERR_OK; i++)
		err = frame_send(sock, frames[i], i + 1 < n || bodies.n > 0);
	for (size_t i = 0; i < bodies.n; i++) {
		if (err == ERR_OK)
			err =
			    body_send(sock, &bodies.bufs[i], i + 1 < bodies.n);
		else
			buf_fini(&bodies.bufs[i]);
	}
	/* Half a message was taken back by ZeroMQ: its peer has just gone. */
	if (err == ERR_AGAIN)
		err = ERR_NOT_FOUND;
	return send_count(sock, err);
}
