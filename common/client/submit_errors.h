/*
 * submit_errors - the rejected rows of a batch that its answer had no room to tell.
 *
 * An ACK tells at most WIRE_ERRORS_MAX rows. For the others the same batch is asked
 * about again without the rows that are known, as a dry run, until all are told.
 * Only for submit.c.
 */
#ifndef COMMON_CLIENT_SUBMIT_ERRORS_H
#define COMMON_CLIENT_SUBMIT_ERRORS_H

#include <stdbool.h>

#include "common/client/client.h"

/* One batch whose rejected rows are not all known. */
struct submit_cut {
	struct buf frame;   /* the batch as sent */
	uint64_t first_row; /* rank of the batch's first one among all */
	uint32_t n_rows;
	bool *told;      /* n_rows */
	uint64_t n_left; /* rejected, not told */
};

/* Takes over the frame; marks the rows that ack tells. ERR_NOMEM. */
NODISCARD enum err submit_cut_init(struct submit_cut *cut, struct buf *frame,
                                   uint32_t n_rows, const struct wire_ack *ack);
void submit_cut_fini(struct submit_cut *cut);

/*
 * submit_cut_next - asks once, and marks and passes on what is told.
 *
 * rejected gets the row's rank among all, and in the error those in the batch, also of
 *          the row which contradicts it
 * returns  ERR_OK: there may be more; ERR_NOT_FOUND: no more are told (rows in
 *          conflict with a row left out are not); else as client_ask
 */
NODISCARD enum err submit_cut_next(
    struct submit_cut *cut, struct client *client,
    void (*rejected)(void *self, uint64_t row, const struct wire_row_error *e),
    void *self);
/* Asks until no more are told. Asking changes nothing, so one silence, of a service
 * that starts again, is asked through; n_left says what stayed untold. */
void submit_cut_rest(struct submit_cut *cut, struct client *client,
                     void (*rejected)(void *self, uint64_t row,
                                      const struct wire_row_error *e),
                     void *self);

#endif
