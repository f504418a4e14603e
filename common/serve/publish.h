/*
 * publish - what a service changed, told live: one XPUB socket, updates by stream, a
 * beat every second.
 *
 * A stream is one (map, indicator), or one (programme, target) of verdicts or of alerts;
 * its name is the topic: "agg/2025/pov-hh/", "verdict/pov-2016-2020/step/". One message a
 * stream and commit holds all its changes and says from which commit on the stream stood
 * still: who is at position x takes it if from <= x < to, passes it over if to <= x, and
 * has missed something otherwise (WIRE.md, "Following live"). Where it can't be told what
 * changed (too much, everything), from = to, or all that is watched counts as watched from
 * then on. Whoever missed something asks for a snapshot; nothing is repeated here.
 *
 * Only what somebody subscribed to is made: nothing is read from the journal while nobody
 * listens. What is kept in memory: for each subscription the commit since which it is
 * watched (its base), for each stream that changed since then its last change. After a
 * restart all is at the head, so followers take a snapshot once.
 *
 * A slow subscriber is never waited for: beyond PUBLISH_HWM messages it misses some, and
 * sees that by the next update or beat. It holds at most so many messages; those which
 * stopped reading at the same time hold the same ones, since ZeroMQ shares a message among
 * its receivers, and who reads nothing for the time of a heartbeat is cut off.
 *
 * Called by publish_node.c after each turn of aggregate and alert.
 */
#ifndef COMMON_SERVE_PUBLISH_H
#define COMMON_SERVE_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/journal.h"
#include "common/base/kv.h"
#include "common/base/loop.h"
#include "common/base/sock.h"
#include "proto/wire.h"

#define PUBLISH_BEAT_MS 1000
#define PUBLISH_HWM     512 /* messages a subscriber may be behind */
#define PUBLISH_BYTES \
	(256u << 10) /* of an update's rows, of a part of a beat */
#define PUBLISH_SUBSCRIPTIONS 4096  /* topics; more are not served */
#define PUBLISH_STREAMS       16384 /* that changed while watched */
#define PUBLISH_TURN_COMMITS  256  /* of a turn told one by one; more are not */
#define PUBLISH_FRAME_BYTES   1024 /* a peer that sends more is cut off */
#define PUBLISH_TAKEN         1024 /* subscriptions read in one wake */
#define PUBLISH_LINGER_MS     200  /* how long a last word may take */
#define PUBLISH_BEATS         "beat/"

struct publish;

struct publish_ops {
	/* What a commit of the service's own journal changed: publish_row for each row,
	 * in the order of the journal. Rows of streams that nobody wants may be left
	 * out (publish_wants). publish_cut_all where everything may differ. After an
	 * error all are cut. */
	enum err (*commit)(void *self, struct kv *state, struct kv *journal,
	                   uint64_t number, struct publish *p);
};

struct publish_conf {
	const char *endpoint; /* <data>/run/aggregate.pub, or tcp */
	struct loop *loop;
	struct sock_ctx *ctx;
	const struct publish_ops *ops;
	void *self;
};

NODISCARD enum err publish_open(struct publish **publish_p,
                                const struct publish_conf *conf,
                                struct sock_refusal *why);
/* Says BYE to whoever listens. */
void publish_close(struct publish **publish_p);

/* The journal it tells of; head is where it begins. Before that it says nothing. */
void publish_start(struct publish *p, const struct journal_id *id,
                   uint64_t head);
bool publish_started(const struct publish *p);
/* Somebody listens: the caller opens a read transaction for publish_commits. */
bool publish_listened(const struct publish *p);
/*
 * publish_commits - after every turn: tells the commits up to head.
 *
 * state, journal  may be NULL if nobody listens
 * returns         ERR_OK, or what ops->commit failed with, ERR_NOMEM: everything was cut
 *                 then, so no follower is left with a wrong copy
 */
NODISCARD enum err publish_commits(struct publish *p, struct kv *state,
                                   struct kv *journal, uint64_t head);

/* --- from within ops->commit ---------------------------------------------------- */

/* A subscription is a prefix of this topic. Cost: a look-up for each length that is
 * subscribed to. */
bool publish_wants(const struct publish *p, const char *topic);
/* Adds a row (encoded pairs of a map) to the stream's update of this commit; topic has at
 * most WIRE_TEXT_MAX bytes. Nothing if nobody wants it. */
void publish_row(struct publish *p, const char *topic, struct wire_list row);
/* Whoever follows anything has to take a snapshot. */
void publish_cut_all(struct publish *p);

struct publish_counts {
	uint64_t updates;
	uint64_t rows;
	uint64_t cuts;     /* of one stream or of all */
	uint64_t unserved; /* subscriptions: too long, not UTF-8, too many */
	uint64_t unsent;   /* messages, for want of memory */
	uint32_t subscriptions; /* different topics now, beats aside */
	uint32_t streams;       /* that changed while watched */
};
struct publish_counts publish_counts(const struct publish *p);

#endif
