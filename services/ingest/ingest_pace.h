/*
 * ingest_pace - ingest does not run away from the service that follows it: pure.
 *
 * Rows are taken faster than they are folded. What is acknowledged but not yet asked for
 * by the follower makes every alert late; so past PACE_BYTES of it a turn waits, for
 * PACE_HOLD_MS at most, while messages go on coming in (and, past what may be pending,
 * are told to come later). A follower that has said nothing for PACE_SILENT_MS, or
 * lies so far back that it is catching up, holds nobody back.
 *
 * Called by ingest_io.c. Costs nothing to speak of.
 */
#ifndef SERVICES_INGEST_INGEST_PACE_H
#define SERVICES_INGEST_INGEST_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_COMMITS   1024u
/* A turn (INGEST_TAKE_BYTES) and what is asked for at a time (FOLLOW_BYTES): less makes
 * the follower wait, more makes alerts later than half a second. */
#define PACE_BYTES     (1280u << 10)
#define PACE_HOLD_MS   100
#define PACE_SILENT_MS 2000

struct pace {
	uint64_t head;             /* the last commit noted; 0: none */
	uint64_t first;            /* the first noted */
	uint64_t bytes;            /* of all messages that were taken */
	uint64_t at[PACE_COMMITS]; /* the same up to a commit, by its number */
};

/* A turn committed up to head, of messages of so many bytes. Without a
 * commit nothing counts. Zeroed memory is a pace. */
void pace_note(struct pace *p, uint64_t head, uint64_t bytes);
/* next: the first commit that the follower has not asked for; 0: there is none. */
bool pace_is_ahead(const struct pace *p, uint64_t next);

#endif
