/*
 * agg_query - what aggregate answers, from state alone.
 *
 *   series    indicator unit [map from to]: one series, own and rolled up
 *   receipts  from to [producer]: unchanged and stale rows of those commits
 *   digest    one row: counts and digests at the answer's commit
 *   figures   every figure in force, by page: for `tiendo verify`
 *   rollups   every roll-up, likewise
 *   snapshot  stream: its rows; streams [prefix]: their names (agg_stream.h)
 */
#ifndef SERVICES_AGGREGATE_AGG_QUERY_H
#define SERVICES_AGGREGATE_AGG_QUERY_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/aggregate/aggregate.h"

/*
 * aggregate_query - one page.
 *
 * what     name of the query
 * returns  ERR_OK; ERR_NOT_FOUND: no such query; ERR_NO_CATALOGUE; a code of the
 *          argument q->field, ERR_UNKNOWN_POSITION of a commit to come; ERR_CORRUPT and other errors of the store
 */
NODISCARD enum err aggregate_query(struct aggregate *a, struct kv *state,
                                   struct kv *journal, struct span what,
                                   struct query *q);

#endif
