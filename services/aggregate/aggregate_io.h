/*
 * aggregate_io - the edges of aggregate: ingest's journal in, queries and its own
 * journal out.
 */
#ifndef SERVICES_AGGREGATE_AGGREGATE_IO_H
#define SERVICES_AGGREGATE_AGGREGATE_IO_H

#include "common/base/err.h"
#include "common/serve/service.h"

/* For service_main: *io is a struct aggregate_io. */
NODISCARD enum err aggregate_io_open(void **io_p,
                                     const struct service_start *start);
void aggregate_io_close(void **io_p);

extern const struct stat_row aggregate_stats[];
extern const size_t aggregate_n_stats;

#endif
