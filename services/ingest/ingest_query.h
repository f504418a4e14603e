/*
 * ingest_query - what ingest answers, from the catalogue in force.
 *
 *   catalogue  [kind id]: rows with the columns of that kind's file; without a
 *              kind one row a kind with its count. ANSWER.catalogue is the version
 *              an APPLY must name
 */
#ifndef SERVICES_INGEST_INGEST_QUERY_H
#define SERVICES_INGEST_INGEST_QUERY_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/ingest/ingest.h"

/* One page; errors as aggregate_query, but without a catalogue it answers empty.
 */
NODISCARD enum err ingest_query(struct ingest *ingest, struct kv *state,
                                struct span what, struct query *q);

#endif
