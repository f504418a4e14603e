/*
 * ingest_refusal_io - what a producer's operator should hear of refusals: one folded
 * line for each producer, never one a row, never a value.
 *
 *   batch_refused   producer code field sequence   a batch that was not taken
 *   rows_rejected   producer rows source           rows of a batch that were not
 *   message_refused code field                     of who is not known
 *
 * Called by ingest_io.c after a turn, before its answers are sent.
 */
#ifndef SERVICES_INGEST_INGEST_REFUSAL_IO_H
#define SERVICES_INGEST_INGEST_REFUSAL_IO_H

#include "common/base/log.h"
#include "common/base/turn.h"

/* in: what the turn was given; out: its answers. Cost: a look at each answer, a decoding
 * of the message behind each that refuses. */
void ingest_refusals_log(struct log *log, const struct turn_input *in,
                         const struct turn_output *out);

#endif
