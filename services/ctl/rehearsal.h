/*
 * rehearsal - what aggregate would say at a catalogue that isn't applied.
 *
 * Runs aggregate's own step over the commits of ingest's journal in tables of its own,
 * then over one commit more that holds the changed catalogue: what that one says is
 * what aggregate would journal, figures folded again and all.
 *
 * Pure: state through kv, the journal is the caller's. Called by refold.c.
 */
#ifndef SERVICES_CTL_REHEARSAL_H
#define SERVICES_CTL_REHEARSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/base/turn.h"

struct rehearsal;

NODISCARD enum err rehearsal_new(struct rehearsal **rehearsal_p);
void rehearsal_free(struct rehearsal **rehearsal_p); /* NULL is fine */

/*
 * rehearsal_turn - one turn over one commit.
 *
 * state    empty before the first; may be made durable between two turns
 * in       commits in order from 1 on; the changed catalogue as the last
 * *more    the commit needs another turn: the same again
 * returns  ERR_OK; ERR_CORRUPT, ERR_NOMEM, ERR_TOO_LARGE, or what state remembers
 * cost     that of aggregate: half a second a million figures in large batches, some
 *          50 us a batch; a turn of folding again REFOLD_SLICE_ROWS figures
 */
NODISCARD enum err rehearsal_turn(struct rehearsal *r, struct kv *state,
                                  const struct turn_input *in, bool *more);

/* The records of the last turn; they live until the next one. */
const struct record_list *rehearsal_said(const struct rehearsal *r);

/* Rows and figures folded so far, again and again ones counted too. */
uint64_t rehearsal_rows(const struct rehearsal *r);

#endif
