/*
 * ingest_io - the edges of ingest's turn: what has arrived goes in, what the turn
 * answers goes out, in that order and only after the commit.
 */
#ifndef SERVICES_INGEST_INGEST_IO_H
#define SERVICES_INGEST_INGEST_IO_H

#include "common/base/err.h"
#include "common/serve/service.h"

/* K1: how much one commit takes in at most. A row is some 13 bytes on the wire, so
 * this is about 65,536 rows; a batch is never cut. */
#define INGEST_TAKE_BYTES       (1u << 20)
#define INGEST_TAKE_MESSAGES    2048
/* Held while a turn runs; past it a sender is told to wait. */
#define INGEST_PENDING_BYTES    (64u << 20)
#define INGEST_PENDING_MESSAGES 8192
#define INGEST_RETRY_MS         1000 /* what a refused sender is told to wait */

/* For service_main: *io is a struct ingest_io. */
NODISCARD enum err ingest_io_open(void **io_p,
                                  const struct service_start *start);
void ingest_io_close(void **io_p);

extern const struct stat_row ingest_stats[];
extern const size_t ingest_n_stats;

#endif
