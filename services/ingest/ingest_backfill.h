/*
 * ingest_backfill - which messages one commit may take together, and which backfills
 * are under way (SEMANTICS K1, L3).
 *
 * A commit is either of backfill batches alone or has none: so that whoever tells
 * alerts can keep quiet about all of it. A backfill is what a producer sends in one
 * epoch marked so, from its first batch that isn't the last one to the batch marked
 * last, its next epoch, or the next tick. Which are under way is state; how many is
 * kept in memory. Pure; called by ingest's step.
 */
#ifndef SERVICES_INGEST_INGEST_BACKFILL_H
#define SERVICES_INGEST_INGEST_BACKFILL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "proto/wire.h"

/* What a turn has taken so far. */
enum extent {
	EXTENT_NOTHING,
	EXTENT_TICK,     /* a date began with it */
	EXTENT_ORDINARY, /* figures or declarations */
	EXTENT_BACKFILL,
	EXTENT_APPLY /* a turn of its own, but for the tick */
};

/*
 * extent_take - may this message go into the turn?
 *
 * What journals nothing (HELLO, a dry run) goes with anything but an apply.
 * *extent  what the turn has, this message included; untouched if it may not
 * returns  false: it belongs to the next turn, and all behind it
 */
bool extent_take(enum extent *extent, const struct wire_message *m);

struct backfills {
	uint64_t n_open;
	bool any; /* in this turn one was under way, or rows of one came */
};

/* Counts those under way. ERR_OK, or what the table failed with. */
NODISCARD enum err backfills_load(struct backfills *b, struct kv *state);
/* A turn begins. */
void backfills_begin(struct backfills *b);
/* A batch marked backfill was taken, not only repeated; n_rows of it are journaled.
 * last: its producer's backfill ends. */
NODISCARD enum err backfills_take(struct backfills *b, struct kv *state,
                                  const struct wire_batch *batch, bool last,
                                  uint64_t n_rows);
/* That of one producer ends, if it has one. */
NODISCARD enum err backfills_end(struct backfills *b, struct kv *state,
                                 struct span producer);
/* All end: a date has begun. Cost: a look-up and a removal each. */
NODISCARD enum err backfills_end_all(struct backfills *b, struct kv *state);
/* None is under way any more, but one was in this turn. */
bool backfills_over(const struct backfills *b);

#endif
