/*
 * submit - rows to ingest: cut into blocks, sent with a window, sent again until
 * each is answered for good.
 *
 * HELLO gives the epoch and how many batches may be unanswered. Batches are
 * numbered from 1 and go in order; an answer that says "not now" (busy, no space)
 * is waited for and the batches are sent again from there; so is silence, after a
 * new HELLO. What is sent twice is counted once: ingest knows producer, epoch and
 * number. A strict submission is kept whole until its last batch is answered,
 * since ingest may forget the parts before.
 *
 * A producer whose blocks are always the same (a file named by its content) sends
 * all of them each time, and is told `duplicate` for what was taken before.
 */
#ifndef COMMON_CLIENT_SUBMIT_H
#define COMMON_CLIENT_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/client/client.h"

#define SUBMIT_BLOCK_ROWS       10000 /* rows of a batch: cutting is content alone */
#define SUBMIT_WINDOW_MAX       16 /* unanswered batches, whatever is granted */
#define SUBMIT_ANSWER_MS        2000 /* then it is asked anew: HELLO, and again */
#define SUBMIT_GIVE_UP_MS       60000 /* without any batch answered for good */
#define SUBMIT_STRICT_BYTES_MAX (64u << 20) /* of a strict submission */
#define SUBMIT_STRICT_ROWS_MAX  1000000

struct submit_totals {
	uint64_t rows;
	uint64_t accepted;
	uint64_t duplicate;    /* of batches that had been taken before */
	uint64_t rejected;     /* by ingest */
	uint64_t untold;       /* of them, not passed to conf.rejected */
	uint64_t batches;      /* answered */
	uint64_t resent;       /* batches sent more than once */
	uint64_t first_commit; /* of rows accepted or duplicate; 0: none */
	uint64_t last_commit;
};

struct submit_conf {
	struct span producer;    /* 1 to WIRE_TEXT_MAX bytes */
	uint64_t epoch;          /* 0: a new one; 1: a file, known for ever */
	struct span source;      /* ptr NULL: rows name theirs */
	struct span units_as_of; /* ptr NULL: units are ids */
	uint64_t flags;          /* AGAIN, BACKFILL, STRICT, DRY_RUN */
	/* Each rejected row, by its rank among all rows given, from 0; of one
	 * batch in any order. In the error rows are ranks in their batch. Views
	 * live until it returns. */
	void (*rejected)(void *self, uint64_t row,
	                 const struct wire_row_error *error);
	/* Nothing more will be said of rows below this rank. */
	void (*settled)(void *self, uint64_t row);
	/* Before every wait; false gives up with ERR_AGAIN. May be NULL. */
	bool (*go_on)(void *self, const struct submit_totals *totals);
	void *self;
};

struct submit;

/*
 * submit_open - HELLO and its READY.
 *
 * client   borrowed; conf's spans are copied
 * returns  ERR_OK; as client_ask; ERR_FENCED: another has this producer
 */
NODISCARD enum err submit_open(struct submit **submit_p, struct client *client,
                               const struct submit_conf *conf);
void submit_close(struct submit **submit_p); /* NULL is fine */

/*
 * submit_row - gives one row; sends a batch when a block is full, and waits while
 * the window is.
 *
 * returns  ERR_OK; ERR_BAD_VALUE, ERR_BAD_TEXT: this row can never be sent, the
 *          next may; ERR_TOO_LARGE: more than a strict submission may hold;
 *          else the submission has failed, client_problem tells why: a batch
 *          refused for good (its code), ERR_UNAVAILABLE, ERR_OVERLOADED or
 *          ERR_STORAGE_FULL for SUBMIT_GIVE_UP_MS, ERR_AGAIN (go_on)
 */
NODISCARD enum err submit_row(struct submit *submit,
                              const struct wire_row_text *row);
/*
 * submit_begin - a batch without rows, and its answer; before any row.
 *
 * For a backfill that holds others together: it is under way from here to its
 * submit_finish. Errors as submit_row
 */
NODISCARD enum err submit_begin(struct submit *submit);
/* Sends what is left, with ERR_OK once all is answered; of a backfill that sent
 * anything the last batch says so, even without a row. Errors as submit_row. */
NODISCARD enum err submit_finish(struct submit *submit);

struct submit_totals submit_totals(const struct submit *s);

#endif
