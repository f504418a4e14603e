/*
 * alert_query - what alert answers, from state alone.
 *
 *   status   [programme target indicator unit level map at today as_of methods
 *            ranks]: verdicts
 *   alerts   [programme target unit all as_of lang]: open alerts; all=yes: ended too
 *   explain  target unit [at lang]: one verdict in words, a line a row
 *   snapshot stream: its rows; streams [prefix]: their names (alert_stream.h)
 *
 * Verdicts are computed when asked, by the function that journals them; so what is
 * printed is what would be said now. as_of, a commit's number: what was said by then,
 * looked up; with at, today, methods or ranks ERR_BAD_VALUE, that was never said.
 */
#ifndef SERVICES_ALERT_ALERT_QUERY_H
#define SERVICES_ALERT_ALERT_QUERY_H

#include "services/alert/alert_status.h"

/* One page; errors as aggregate_query, and ERR_UNKNOWN_POSITION for a commit that
 * is not there yet. */
NODISCARD enum err alert_query(const struct alert_ask *ask, struct span what);

/* It fired and does no longer. */
bool alert_ended(const struct alert *alert);
/* Fields of a revision (L2), if one ended it. */
void alert_fields_revised(struct query *q, const struct alert *alert);

#endif
