/*
 * alert_io - the edges of alert: aggregate's journal in, queries and its own journal
 * out.
 * demo: the data directory is marked demo; alerts carry a label that says so.
 */
#ifndef SERVICES_ALERT_ALERT_IO_H
#define SERVICES_ALERT_ALERT_IO_H

#include "common/base/daemon.h"
#include "common/base/err.h"
#include "common/serve/node.h"

struct alert_io;

NODISCARD enum err alert_io_open(struct alert_io **io_p, struct daemon *daemon,
                                 const struct node_options *options, bool demo);

void alert_io_close(struct alert_io **io_p);

extern const struct stat_row alert_stats[];
extern const size_t alert_n_stats;

#endif
