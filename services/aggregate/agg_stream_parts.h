/*
 * agg_stream_parts - one row of a stream, for agg_stream.c and agg_snapshot.c alone: both
 * write it by the same function, so that updates and snapshots are alike to the byte.
 */
#ifndef SERVICES_AGGREGATE_AGG_STREAM_PARTS_H
#define SERVICES_AGGREGATE_AGG_STREAM_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/record.h"
#include "proto/query.h"
#include "services/aggregate/agg_place.h"

#define STREAM_TOPIC_MAX (8 + 2 * CATALOGUE_ID_MAX)
#define STREAM_NO_MAP    "_" /* units without a place; no id has this character */

/* In the order of a snapshot. */
enum stream_kind { REPORTED, ROLLED_UP, KINDS };

/* One of both, the other NULL. */
struct stream_row {
	const struct figure *figure;
	const struct rollup *rollup;
};

/* map: NUMBER_NONE of units without a place. */
void stream_topic(char out[static STREAM_TOPIC_MAX], const struct catalogue *c,
                  uint32_t map, const char *indicator);
/* The unit's figures are in the streams of this map. */
bool stream_holds(const struct place *place, uint32_t map, uint32_t unit);
/* Numbers that the catalogue doesn't have are damage. */
bool stream_figure_known(const struct catalogue *c, const struct figure *f);
bool stream_rollup_known(const struct catalogue *c, const struct rollup *r);
/* Errors of wire_answer_row_end. */
NODISCARD enum err stream_row_write(struct query *q, const struct catalogue *c,
                                    const struct stream_row *row);

#endif
