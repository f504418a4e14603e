/*
 * agg_series - one series, as CONTRACT's `series` prints it.
 *
 * A row for each definition of the indicator and each period in which the unit
 * reported, a roll-up could be formed, or a unit directly beneath it reported
 * something that could not be counted; then `not_formed` says what is missing.
 * Without `map` roll-ups are those of the territory map valid today, for a unit
 * that is no more of the one valid on its last day. No answer mixes maps (R6).
 */
#ifndef SERVICES_AGGREGATE_AGG_SERIES_H
#define SERVICES_AGGREGATE_AGG_SERIES_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/aggregate/aggregate.h"

#define SERIES_DEFINITIONS_MAX 64 /* definitions of one indicator */

NODISCARD enum err series_query(struct aggregate *a, struct kv *state,
                                struct kv *journal, struct query *q);

#endif
