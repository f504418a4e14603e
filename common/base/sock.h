/*
 * sock - ZeroMQ sockets that carry whole messages: ROUTER (serves) and DEALER
 * (asks); XPUB (tells) and SUB (is told).
 *
 * Nothing here blocks: receiving and sending answer ERR_AGAIN instead. A peer of
 * a ROUTER is a number (peers.h). A queue of ZeroMQ is never the only copy of
 * anything. Without keys there is no encryption: so only endpoints of this
 * machine (ipc, loopback) unless conf says otherwise.
 *
 * Who calls it: the edges of services, client, serve; it is registered with a
 * loop by sock_zmq. Messages live as long as their sock_message, so a turn may
 * gather many and step through views of them.
 */
#ifndef COMMON_BASE_SOCK_H
#define COMMON_BASE_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define SOCK_FRAMES_MAX   1056 /* frames of one message, identity aside */
#define SOCK_SOCKETS_MAX  64   /* of one context */
#define SOCK_IPC_PATH_MAX 107  /* bytes; sockaddr_un has 108 with the NUL */
#define SOCK_ENDPOINT_MAX 256  /* bytes with the NUL */

struct sock_ctx;
struct sock;

NODISCARD enum err sock_ctx_open(struct sock_ctx **ctx_p);
/* Every sock must be closed; waits for their linger_ms at most. */
void sock_ctx_close(struct sock_ctx **ctx_p);

/*
 * XPUB: what is sent reaches whoever subscribed to a prefix of its first frame, and of
 * these nobody whose queue is full: sock_send then says ERR_OK. What is received are
 * subscriptions, each one time a peer makes it: a byte 1 and the topic; a byte 0 when
 * nobody has it any more; or whatever else a peer sent.
 * SUB: receives only; queue_max bounds what waits.
 */
enum sock_kind { SOCK_ROUTER, SOCK_DEALER, SOCK_XPUB, SOCK_SUB };

struct sock_conf {
	enum sock_kind kind;
	bool bind; /* else connect */
	const char
	    *endpoint; /* ipc:///path, tcp://127.0.0.1:5550; port *: any */
	bool remote;   /* allow addresses that are not this machine's */
	int64_t frame_max_bytes; /* larger: ZeroMQ cuts the peer off */
	unsigned frames_max;     /* of a message; at most SOCK_FRAMES_MAX */
	int queue_max;           /* messages, each way and each peer */
	int linger_ms;           /* what sock_close waits for unsent messages */
	size_t peers_max;        /* ROUTER */
	int64_t peer_idle_ms;    /* ROUTER: then a silent peer may give way */
};

struct sock_refusal {
	enum err code;
	char text[SOCK_ENDPOINT_MAX + 128];
};

/*
 * sock_open - a socket with all its options set, bound or connecting.
 *
 * A bound ipc path is taken over from whoever has it (ZeroMQ removes the file):
 * hold the lock of the data directory first.
 *
 * returns  ERR_OK
 *          ERR_CONF    endpoint: no such form, path longer than
 *                      SOCK_IPC_PATH_MAX, not of this machine
 *          ERR_IN_USE  address taken
 *          ERR_IO, ERR_NOMEM
 */
NODISCARD enum err sock_open(struct sock **sock_p, struct sock_ctx *ctx,
                             const struct sock_conf *conf,
                             struct sock_refusal *why);
void sock_close(struct sock **sock_p);

/* The ZeroMQ socket, for loop_add_socket only. */
void *sock_zmq(struct sock *sock);
/* Where it is bound, with the port found; lives as long as the sock. */
const char *sock_endpoint(const struct sock *sock);
/* ipc, or TCP to 127.x.x.x, ::1 or localhost. */
bool sock_endpoint_local(const char *endpoint);

struct sock_part; /* a zmq_msg_t */

/* One received message; the memory is ZeroMQ's, freed by reset and fini. */
struct sock_message {
	uint64_t peer; /* ROUTER: who sent it; others: 0 */
	size_t n;
	struct span *frames; /* n views */
	struct sock_part *parts;
	size_t n_parts; /* as n, and one more for ROUTER */
	size_t cap;
};

void sock_message_init(struct sock_message *message);  /* allocates nothing */
void sock_message_reset(struct sock_message *message); /* drops the content */
void sock_message_fini(struct sock_message *message);

/*
 * sock_recv - the next message, whole, or nothing.
 *
 * message  reset first; filled only with ERR_OK
 * now      when; decides which silent peer gives way
 * returns  ERR_OK, ERR_AGAIN: none there
 *          ERR_TOO_LARGE, ERR_OVERLOADED, ERR_NOMEM: one was dropped (more than
 *          frames_max; no room for its peer) and counted; there may be more
 *          ERR_IO
 */
NODISCARD enum err sock_recv(struct sock *sock, struct sock_message *message,
                             struct mono now);

/*
 * sock_send - n >= 1 frames as one message; copied, or not sent at all.
 *
 * peer     others than ROUTER: ignored
 * returns  ERR_OK: queued, no more
 *          ERR_AGAIN: the queue is full, or (DEALER) nobody is connected
 *          ERR_NOT_FOUND: (ROUTER) the peer is gone
 *          ERR_NOMEM, ERR_IO
 */
NODISCARD enum err sock_send(struct sock *sock, uint64_t peer,
                             const struct span *frames, size_t n);

/*
 * sock_send_bodies - the same, with bodies behind the frames, not copied.
 *
 * bodies   their memory is taken and they are left empty, except after
 *          ERR_AGAIN: then they are as they were
 */
struct sock_bodies {
	struct buf *bufs;
	size_t n;
};
NODISCARD enum err sock_send_bodies(struct sock *sock, uint64_t peer,
                                    const struct span *frames, size_t n,
                                    struct sock_bodies bodies);

/* SUB: topics that begin so, from now on; each subscribed to as often as it is taken
 * back. Kept over reconnections. ERR_NOMEM, ERR_IO. */
NODISCARD enum err sock_subscribe(struct sock *sock, struct span topic);
NODISCARD enum err sock_unsubscribe(struct sock *sock, struct span topic);

struct sock_counts {
	uint64_t received;
	uint64_t sent;
	uint64_t dropped_large;  /* received with too many frames */
	uint64_t dropped_peers;  /* received without room for the peer */
	uint64_t dropped_memory; /* received without memory */
	uint64_t unsent_again;
	uint64_t unsent_gone;
	size_t peers; /* known now */
};

struct sock_counts sock_counts(const struct sock *sock);

#endif
