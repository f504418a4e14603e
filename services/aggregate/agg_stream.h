/*
 * agg_stream - aggregate's figures as streams: what a commit changed, and what stands.
 *
 * Stream agg/<map>/<indicator>/: of one indicator all definitions, the reported figures in
 * force and, in that map, what the units' children add up to. A row is a map:
 *
 *   definition unit period kind     the key; kind "reported" or "rolled_up"
 *   value numerator denominator bound status source document released
 *   reporting derived               where they apply
 *   gone: true                      withdrawn: nothing else is there then
 *
 * Same names and forms as in `series`. A reported figure belongs to the stream of every
 * map. Figures formed over time are not streamed: they follow from these.
 *
 * A snapshot (query "snapshot", stream, page by page) gives the same rows in ascending order
 * of (definition, kind, unit, period) by number; each page is of its own commit. The
 * query "streams" (prefix) lists the names. Pure; called by aggregate_io.c and agg_query.c.
 */
#ifndef SERVICES_AGGREGATE_AGG_STREAM_H
#define SERVICES_AGGREGATE_AGG_STREAM_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/aggregate/aggregate.h"

/* Told of each row that a commit's records change. */
struct agg_stream_sink {
	bool (*wants)(void *self, const char *topic);
	void (*row)(void *self, const char *topic, struct wire_list row);
	/* Every stream may differ: places, rules or ranks changed (K4b). */
	void (*cut)(void *self);
	void *self;
};

/* ERR_CORRUPT, ERR_NOMEM. Cost: a pass over the commit's records. */
NODISCARD enum err agg_stream_commit(struct aggregate *a, struct kv *journal,
                                     uint64_t number,
                                     const struct agg_stream_sink *sink);

/* The queries "snapshot" and "streams". */
NODISCARD enum err agg_stream_snapshot(struct aggregate *a, struct kv *state,
                                       struct query *q);
NODISCARD enum err agg_stream_names(struct aggregate *a, struct query *q);

#endif
