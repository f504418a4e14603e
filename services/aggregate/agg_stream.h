/*
 * agg_stream - aggregate's figures as streams: what a commit changed, and what stands.
 *
 * Stream agg/<map>/<indicator>/: of all definitions of one indicator the figures in
 * force that were reported by units of the map, and what their children add up to in it.
 * A row is a map:
 *
 *   definition unit period kind      the key; kind "reported" or "rolled_up"
 *   value numerator denominator      as in `series`; value nil: there is none
 *   bound source document released commit     reported
 *   status                           one letter; of what is rolled up the worst in it
 *   reporting n_derived              rolled up: unit-periods that it covers, and how many
 *                                    of its contributions hold a part of a divided unit
 *   gone: true                       withdrawn: nothing but the key and this is there
 *
 * A reported figure belongs to the streams of all maps in which its unit has a place on
 * any day, whatever its period: figures of a unit from before a map was drawn belong to
 * its series there. Those of units without a place in any map are in stream
 * agg/_/<indicator>/, so that each figure is in one. What time rules form is not
 * streamed, nor coverage, release state or flags: these follow from other series, ticks
 * and completions. So a row depends on its own record and on the catalogue alone, and
 * on the catalogue only in what a refold is made for (K4b): all streams are cut where
 * one may have been, and nowhere else. What a catalogue says again (K4a) is no change.
 *
 * Snapshots (query "snapshot", stream, page by page) give the same rows, ascending by
 * (kind, period, unit, definition) in numbers of the catalogue; each page is of its own
 * commit. The query "streams" (prefix) lists names. Pure; called by aggregate_io.c and
 * agg_query.c.
 */
#ifndef SERVICES_AGGREGATE_AGG_STREAM_H
#define SERVICES_AGGREGATE_AGG_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/aggregate/aggregate.h"

#define STREAM_LOOKS 1000 /* pages of state that one page looks at: some 2 ms */
#define STREAM_NAMES 4096 /* names tried for one page */

/* Told of each row that a commit changes. */
struct agg_stream_sink {
	/* Asked once a commit for each map and definition. */
	bool (*wants)(void *self, const char *topic);
	/* row: pairs, a view */
	void (*row)(void *self, const char *topic, struct wire_list row);
	/* Every stream may differ in more than rows say; no row comes then. */
	void (*cut)(void *self);
	void *self;
};

/*
 * agg_stream_commit - what one commit of the own journal changed, in its order.
 *
 * a        as of the last commit; number may lie before it: of commits before a
 *          catalogue that folded again streams are cut, too
 * returns  ERR_OK; ERR_NOT_FOUND: no such commit; ERR_CORRUPT; ERR_NOMEM
 * cost     a pass over the commit's records
 */
NODISCARD enum err agg_stream_commit(struct aggregate *a, struct kv *journal,
                                     uint64_t number,
                                     const struct agg_stream_sink *sink);

/*
 * agg_stream_snapshot - one page of query "snapshot"; the token is the next key.
 *
 * A page may have no rows and still a next one. ERR_MISSING_FIELD, or
 * ERR_NOT_FOUND: no catalogue ever had the map or the indicator (q->field).
 */
NODISCARD enum err agg_stream_snapshot(struct aggregate *a, struct kv *state,
                                       struct query *q);
/* One page of query "streams": field stream, of each map and indicator declared. */
NODISCARD enum err agg_stream_names(struct aggregate *a, struct query *q);

#endif
