/*
 * ingest_parts - the step's pieces, for each other only.
 */
#ifndef SERVICES_INGEST_INGEST_PARTS_H
#define SERVICES_INGEST_INGEST_PARTS_H

#include "services/ingest/ingest.h"

/* One message being answered. */
struct request {
	struct span frame;
	struct wire_message m;
	uint64_t peer;
	int64_t now_ms;  /* knowledge time of this turn */
	int64_t wall_ms; /* what the wall clock shows */
	struct kv *state;
	struct turn_output *out;
	bool
	    later; /* it doesn't fit behind what the turn has: nothing was done */
};

/* What became of the rows of one batch. */
struct batch_result {
	uint32_t n_rows;
	uint32_t n_accepted;
	uint32_t n_rejected;
	bool errors_cut;
};

/* ingest_batch.c: checks every row into ingest->figures and ingest->errors. An
 * error is of the whole batch; *fault is then set, and what its field points to
 * lives until the next batch. */
NODISCARD enum err batch_admit(struct ingest *ingest, const struct request *r,
                               struct batch_result *result,
                               struct fault *fault);
/* Appends the BLOCK record of ingest->figures, marks what they name, and counts them by
 * source. */
void batch_journal(struct ingest *ingest, const struct request *r,
                   const struct batch_result *result);
/* Keeps the answer and the sequence number (DESIGN, duplicates). */
void batch_remember(struct ingest *ingest, const struct request *r,
                    const struct wire_ack *ack);
/* One more rejected row: error has its place, the code is set here. source:
 * NUMBER_NONE if none is known. */
void row_reject(struct ingest *ingest, struct batch_result *result,
                const struct refused_row *why, struct wire_row_error *error);
/* All rejected rows of the batch, by code; and by source, if `rows`. */
void batch_count_refused(struct ingest *ingest,
                         const struct batch_result *result, bool rows);
/* The source that a batch names, or its first row does; NUMBER_NONE: none known. */
uint32_t batch_source(const struct ingest *ingest, const struct request *r);
void batch_id_of(const struct request *r, struct batch_id *id);
/* L3: if it is marked backfill, begins or ends the one of its producer. */
NODISCARD enum err batch_backfills(struct ingest *ingest,
                                   const struct request *r, bool last,
                                   uint64_t n_rows);
/* The whole of BATCH. An error stops the turn. */
NODISCARD enum err batch_take(struct ingest *ingest, struct request *r);

/* ingest_strict.c: parts of strict submissions. *handled false: r is not one. */
NODISCARD enum err strict_take(struct ingest *ingest, struct request *r,
                               const struct producer *producer, bool *handled);
/* What a producer has under way can no more be completed. */
void strict_forget(struct ingest *ingest, struct span producer);
void stages_fini(struct ingest *ingest);

/* ingest.c: the catalogue or the date is another one: what sources owe. */
NODISCARD enum err sources_owing(struct ingest *ingest, struct kv *state,
                                 int64_t now_ms);

/* ingest_apply.c: the whole of APPLY. */
NODISCARD enum err apply_take(struct ingest *ingest, struct request *r);

/* ingest_declare.c: the whole of DECLARE. */
NODISCARD enum err declare_take(struct ingest *ingest, struct request *r);

/* Answers: hand a message to the turn. */
void reply_send(struct ingest *ingest, const struct request *r,
                const struct wire_message *m);
void reply_nack(struct ingest *ingest, const struct request *r,
                const struct fault *fault, uint64_t retry_ms);
void reply_error(struct ingest *ingest, const struct request *r,
                 const struct fault *fault);
void reply_ack(struct ingest *ingest, const struct request *r,
               const struct wire_ack *ack);

/* The commit this turn's records will be. */
uint64_t request_commit(const struct request *r);

#endif
