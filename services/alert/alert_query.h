/*
 * alert_query - what alert answers, from state alone.
 *
 *   status   [programme target indicator unit level map at today]: verdicts
 *   alerts   [programme target unit all]: open alerts; all=yes: ended ones too
 *   explain  target unit [at lang]: one verdict in words, a line a row
 *
 * Verdicts are computed when asked, by the function that journals them; so what is
 * printed is what would be said now.
 */
#ifndef SERVICES_ALERT_ALERT_QUERY_H
#define SERVICES_ALERT_ALERT_QUERY_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/alert/alert.h"

/* One page; errors as aggregate_query. */
NODISCARD enum err alert_query(struct alert_service *a, struct kv *state,
                               struct span what, struct query *q);

#endif
