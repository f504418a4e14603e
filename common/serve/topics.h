/*
 * topics - a bounded set of topics, each with a commit: what is subscribed to and since
 * when, what changed and when last.
 *
 * Entries are found whole or as a prefix. Taking one out is cheap: its place is used
 * again when as many places as may be are taken. Called by publish.c.
 */
#ifndef COMMON_SERVE_TOPICS_H
#define COMMON_SERVE_TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/map.h"
#include "proto/wire.h"

struct topics {
	struct map map;
	uint64_t *commits; /* by rank in map */
	size_t n;          /* entries there */
	size_t n_max;
	uint32_t lengths[WIRE_TEXT_MAX + 1]; /* entries of each length */
};

NODISCARD enum err topics_open(struct topics *t, size_t n_max);
void topics_close(struct topics *t); /* zeroed before or opened */

/*
 * topics_set - the entry of this topic (at most WIRE_TEXT_MAX bytes), new or not.
 *
 * commit   below UINT64_MAX
 * returns  ERR_OK, ERR_TOO_LARGE: n_max others are there, ERR_NOMEM
 */
NODISCARD enum err topics_set(struct topics *t, struct span topic,
                              uint64_t commit);
bool topics_get(const struct topics *t, struct span topic, uint64_t *commit);
void topics_drop(struct topics *t, struct span topic); /* absent is fine */
void topics_empty(struct topics *t);
void topics_set_all(struct topics *t, uint64_t commit);

/* Is an entry a prefix of this topic? Then *least is the least commit of these. Cost: a
 * look-up for each length there is. */
bool topics_prefix(const struct topics *t, struct span topic, uint64_t *least);

/* The entry of place i < topics_places; false: none there. */
size_t topics_places(const struct topics *t);
bool topics_at(const struct topics *t, size_t i, struct span *topic,
               uint64_t *commit);

#endif
