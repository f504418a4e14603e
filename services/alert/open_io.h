/*
 * open_io - how many alerts are open and how sinks stand, for `tiendo stats` (queries
 * `open` and `sinks`) and /metrics.
 *
 * Counting reads every alert that there ever was, so it is done once a commit at most,
 * and only if somebody asks. Called by alert_io.c.
 */
#ifndef SERVICES_ALERT_OPEN_IO_H
#define SERVICES_ALERT_OPEN_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "common/serve/node.h"
#include "services/alert/alert_status.h"
#include "services/alert/deliver_io.h"
#include "services/alert/gauges_io.h"

/* All zero: never counted. */
struct open_alerts {
	bool counted;
	uint64_t commit;
	struct gauges_alerts alerts;
};

/* Rows of all states and severities: state severity alerts. No arguments.
 * head: the last commit. ERR_UNKNOWN_KEY, ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err open_query(const struct alert_ask *ask,
                              struct open_alerts *open, uint64_t head);

/* Rows of sinks as configured: sink queued oldest dead last_success delivered refused;
 * times in milliseconds, absent: none. No arguments, and no rows before anything is
 * delivered. ERR_UNKNOWN_KEY, ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err open_sinks_query(const struct alert_ask *ask,
                                    const struct deliver *d);

/* tiendo_alerts; nothing if it cannot be counted. No transaction is open. */
void open_metrics(struct open_alerts *open, struct node *node, struct buf *out);

#endif
