/*
 * ingest_query - what ingest answers, from the catalogue in force.
 *
 *   catalogue  [kind id]: rows with the columns of that kind's file; without a
 *              kind one row a kind with its count. ANSWER.catalogue is the version
 *              an APPLY must name
 *   commit_at  time_ms: one row, commit: the last one known by then (0: none), and
 *              its time_ms
 */
#ifndef SERVICES_INGEST_INGEST_QUERY_H
#define SERVICES_INGEST_INGEST_QUERY_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/ingest/ingest.h"

/* One page; errors as aggregate_query, but without a catalogue it answers empty.
 * commit_at costs some 2 log2 of the commits kept. */
NODISCARD enum err ingest_query(struct ingest *ingest, struct kv *state,
                                struct kv *journal, struct span what,
                                struct query *q);

#endif
