/*
 * ingest - admits what reporters send, and journals it: the one precious log.
 *
 * One turn takes of the messages that have arrived as many as may go together
 * (ingest_backfill.h) and makes at most one commit of them: a TICK if a date has begun,
 * BLOCK records of admitted rows and what was declared, or one CATALOGUE; an empty one
 * where all that happened is that the last backfill ended. While the
 * wall clock is suspect (ingest_clock.h) there is no TICK, times go on by a
 * millisecond, and commits are flagged so, the one that accepts the clock last. Answers
 * are handed to the turn, which sends them after the commit is on disk. Every row
 * is accepted, known before (duplicate), or rejected with its place and reason.
 *
 * Pure; run by turn.c in the daemon and in the simulator. Memory other than a copy
 * of state: the parts of strict submissions that are not complete yet; a failed
 * turn drops them and their senders begin again. The counts are not taken back
 * when a turn fails: who runs it does. Those of sources are part of the totals only
 * once who runs it keeps them.
 */
#ifndef SERVICES_INGEST_INGEST_H
#define SERVICES_INGEST_INGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/map.h"
#include "common/base/turn.h"
#include "common/domain/admission.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"
#include "proto/wire.h"
#include "services/ingest/ingest_backfill.h"
#include "services/ingest/ingest_clock.h"
#include "services/ingest/ingest_fit.h"
#include "services/ingest/ingest_known.h"
#include "services/ingest/ingest_largest.h"
#include "services/ingest/ingest_latest.h"
#include "services/ingest/ingest_sources.h"
#include "services/ingest/ingest_state.h"

#define INGEST_CREDIT     16          /* unanswered batches of one producer */
#define INGEST_WINDOW     1024        /* batches of a stream that stay known */
#define STRICT_ROWS_MAX   1000000     /* rows of a strict submission */
#define STRICT_BYTES_MAX  (64u << 20) /* held for all of them together */
#define STRICT_STAGES_MAX 64          /* strict submissions under way */
#define STRICT_PARTS_MAX  65536       /* batches of one */
#define STRICT_HELD_ROWS  2000000     /* rows of all of them together */
#define STRICT_IDLE_MS    60000       /* then it gives way to others */

struct stage; /* ingest_strict.c */

struct refused_row {
	uint32_t source; /* NUMBER_NONE: none known */
	enum err code;
};

struct ingest_counts { /* since start, for metrics; received is their sum */
	uint64_t rows_accepted;
	uint64_t rows_duplicate;
	uint64_t rows_rejected;
	uint64_t batches;
	uint64_t batches_refused;
};

struct ingest {
	struct catalogue *catalogue; /* NULL: none applied yet */
	uint64_t catalogue_version;
	uint64_t packed_hash; /* of the catalogue record's packed bytes */
	struct tick tick;     /* last; DAY_NONE before the first */
	struct journal_id id;
	uint64_t head;             /* last commit */
	int64_t time_ms;           /* its knowledge time */
	uint64_t catalogue_commit; /* that holds it */
	struct used used;          /* what figures name */
	struct largest largest;    /* how large figures are */
	struct latest latest;      /* how late those of each unit are */
	struct known known;        /* of which periods they are */
	struct fit fit;            /* how much of a commit this turn has */
	struct ingest_clock clock; /* K3 */
	bool clock_kept;           /* INGEST_WALL is stored */
	enum extent extent;        /* of this turn */
	struct backfills backfills;
	struct sources sources;
	struct admission admission;
	struct stage *stages; /* STRICT_STAGES_MAX, made when first needed */
	size_t staged_bytes;
	uint64_t staged_rows;
	/* working memory of one batch */
	struct figure *figures;
	uint32_t n_figures, n_figures_cap;
	struct refused_row *refused; /* as many as figures may be */
	struct span *dictionary;
	uint32_t dictionary_cap;
	struct wire_writer errors;
	struct buf reply;
	struct buf scratch;
	struct buf field; /* "rows[17].period", with its NUL */
	struct ingest_counts counts;
};

NODISCARD enum err ingest_init(struct ingest *ingest);
void ingest_fini(struct ingest *ingest);

/* For turn_init, with a struct ingest as self. */
extern const struct turn_ops ingest_turn_ops;

/* A message that could not be taken because the turn failed: an ERROR or NACK
 * saying why, into out. frame is the message as it came; retry_ms 0: it will never
 * be taken. */
void ingest_refuse(struct span frame, enum err why, uint64_t retry_ms,
                   struct buf *out);

#endif
