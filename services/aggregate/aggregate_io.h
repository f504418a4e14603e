/*
 * aggregate_io - the edges of aggregate: ingest's journal in, queries and its own
 * journal out.
 */
#ifndef SERVICES_AGGREGATE_AGGREGATE_IO_H
#define SERVICES_AGGREGATE_AGGREGATE_IO_H

#include "common/base/daemon.h"
#include "common/base/err.h"
#include "common/serve/node.h"

struct aggregate_io;

NODISCARD enum err aggregate_io_open(struct aggregate_io **io_p,
                                     struct daemon *daemon,
                                     const struct node_options *options);
void aggregate_io_close(struct aggregate_io **io_p);

extern const struct stat_row aggregate_stats[];
extern const size_t aggregate_n_stats;

#endif
