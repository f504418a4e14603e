/*
 * publish - what a service changed, told live: one XPUB socket, updates by stream, a
 * beat every second.
 *
 * A stream is one (map, indicator), or one (programme, target) of verdicts or of alerts;
 * its name is the topic: "agg/2025/pov-hh/", "verdict/pov-2016-2020/step/". One message a
 * stream and commit holds all its changes and says from which commit on the stream stood
 * still: who is at position x takes it if from <= x < to, passes it over if to <= x, and
 * has missed something otherwise (WIRE.md, "Following live"). Whoever missed something
 * asks for a snapshot; nothing is repeated here.
 *
 * Only what somebody subscribed to is made: nothing is read from the journal while nobody
 * listens. What is kept in memory: for each subscription the commit since which it is
 * watched (its base), for each stream that changed since then its last change. After a
 * restart all is at the head, so followers take a snapshot once.
 *
 * A slow subscriber is never waited for: beyond PUBLISH_HWM messages it misses some, and
 * sees that by the next update or beat. Memory is bounded by PUBLISH_HWM messages of
 * PUBLISH_BYTES together: ZeroMQ shares one message among its receivers.
 *
 * Called by the edges of aggregate and alert after each turn.
 */
#ifndef COMMON_SERVE_PUBLISH_H
#define COMMON_SERVE_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/journal.h"
#include "common/base/loop.h"
#include "common/base/sock.h"
#include "proto/wire.h"

#define PUBLISH_BEAT_MS       1000
#define PUBLISH_HWM           512 /* messages a subscriber may be behind */
#define PUBLISH_BYTES         (256u << 10) /* of an update; more is told as a cut */
#define PUBLISH_SUBSCRIPTIONS 4096  /* different topics; more are not served */
#define PUBLISH_STREAMS       16384 /* that changed while watched */
#define PUBLISH_TURN_COMMITS \
	256 /* commits of a turn told one by one; of a longer
                                   * turn (catching up) streams are cut */

struct publish;

struct publish_ops {
	/* What a commit of the service's own journal changed: publish_row for each row,
	 * in the order of the journal. Rows of streams that nobody wants may be left
	 * out (publish_wants). publish_cut_all where everything may differ. */
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

/* The journal it tells of; head is where it begins. */
void publish_start(struct publish *p, const struct journal_id *id,
                   uint64_t head);
/* Somebody listens: the caller opens a read transaction for publish_commits. */
bool publish_listened(const struct publish *p);
/* After a turn: tells the commits up to head. */
NODISCARD enum err publish_commits(struct publish *p, struct kv *state,
                                   struct kv *journal, uint64_t head);

/* --- from within ops->commit ---------------------------------------------------- */

/* A subscription is a prefix of this topic. Cost: a look-up for each length that is
 * subscribed to. */
bool publish_wants(const struct publish *p, const char *topic);
/* Adds a row (encoded pairs of a map) to the stream's update of this commit. */
void publish_row(struct publish *p, const char *topic, struct wire_list row);
/* Whoever follows a stream of this prefix ("" all) has to take a snapshot. */
void publish_cut(struct publish *p, const char *prefix);

struct publish_counts {
	uint64_t updates;
	uint64_t rows;
	uint64_t cuts;
	uint32_t subscriptions; /* different topics now */
};
struct publish_counts publish_counts(const struct publish *p);

#endif
