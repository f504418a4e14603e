/*
 * serve - the side of a service that answers: one ROUTER, health, queries, and
 * its journal to whoever follows it.
 *
 * Answers are made between turns from a read transaction of their own, so they
 * show what is on disk and nothing else. FETCH is a long poll: with nothing to
 * send it waits until a turn has committed, or its time is up. What is to be
 * taken in (HELLO, BATCH, APPLY, DECLARE) is handed to the service.
 *
 * A query that answers ERR_AGAIN stands in line, and its page is made slice by slice:
 * one slice of the first in line in each wake of the loop, so that turns and short
 * queries go on in between. A full line is answered ERR_OVERLOADED.
 *
 * A service that may not serve (damage, a newer format, another log) answers
 * HEALTH with the reason and refuses everything else with it (DESIGN G9).
 *
 * Who calls it: the edges of the services (<x>_io.c).
 */
#ifndef COMMON_SERVE_SERVE_H
#define COMMON_SERVE_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/loop.h"
#include "common/base/sock.h"
#include "common/base/turn.h"
#include "proto/query.h"
#include "proto/wire.h"

#define SERVE_WAITING_MAX  64 /* fetches that wait at a time */
#define SERVE_LINE_MAX     64 /* queries that stand in line */
#define SERVE_ASKED_MS     5000
#define SERVE_FETCH_BYTES  (16u << 20) /* commits in one answer together */
#define SERVE_MESSAGES_MAX 256         /* taken from the socket in one wake */
#define SERVE_PEERS_MAX    8192        /* clients that come and go */
#define SERVE_PEER_IDLE_MS 5000        /* then one may give way to another */

struct serve_ops {
	/* One page, or a slice of one (proto/query.h); NULL: the service answers
	 * no query. */
	enum err (*query)(void *self, struct kv *state, struct kv *journal,
	                  struct span what, struct query *q);
	/* Takes a submission: swaps *message with an empty one, or answers it.
	 * An error: it was not taken. NULL: the service takes none. */
	enum err (*submit)(void *self, struct sock_message *message);
	/* Adds to STATE.details. */
	void (*details)(void *self, struct wire_writer *pairs);
	uint64_t (*catalogue_version)(void *self);
};

struct serve_conf {
	const char *service; /* "ingest" */
	const char *endpoint;
	struct loop *loop;
	struct sock_ctx *ctx;
	const struct serve_ops *ops;
	void *self;
	/* A read met damage on disk; the answer was the error. May be NULL. */
	void (*damaged)(void *owner, enum err err);
	/* Are the services before this one ready? Said with commits, beside its own
	 * readiness. NULL: there is none. */
	bool (*source_ready)(void *owner);
	void *owner;
};

struct serve;

NODISCARD enum err serve_open(struct serve **serve_p,
                              const struct serve_conf *conf,
                              struct sock_refusal *why);
void serve_close(struct serve **serve_p);

/* From now on it answers from this turn's store. turn is borrowed. */
void serve_start(struct serve *s, struct turn *turn,
                 const struct journal_id *id);
/* From now on it refuses with err and this text; copied. Fetches that wait are
 * told so. What is not UTF-8 in a text is shown as '?'. */
void serve_refuse(struct serve *s, enum err err, const char *text);
/* Ready as long as there is no text; "" makes it ready. For what passes by
 * itself: no upstream yet, a full disk. */
void serve_not_ready(struct serve *s, const char *text);
bool serve_is_ready(const struct serve *s);
const char *serve_reason(const struct serve *s); /* "" if ready */

/* After a turn that committed: fetches that wait are answered. */
void serve_committed(struct serve *s);
/* Sends one message to a peer of submit; lost if the peer is gone. */
void serve_send(struct serve *s, uint64_t peer, struct span frame);

struct serve_counts {
	uint64_t queries;
	uint64_t fetches;
	uint64_t refused; /* messages answered with ERROR */
};
struct serve_counts serve_counts(const struct serve *s);
/* How far the journal was asked for, by whoever is farthest, and when that was; next 0:
 * nobody has asked. Someone nearer counts once the farthest is SERVE_ASKED_MS silent. */
struct serve_asked {
	uint64_t next; /* the first commit asked for last */
	struct mono at;
};
struct serve_asked serve_asked(const struct serve *s);
/* Fetches that wait now; at most SERVE_WAITING_MAX. */
unsigned serve_waiting(const struct serve *s);
/* Queries in line now; at most SERVE_LINE_MAX. */
unsigned serve_line(const struct serve *s);

#endif
