/*
 * agg_series - one series, as CONTRACT's `series` prints it.
 *
 * A row for each definition of the indicator and each period in which the unit
 * reported, a roll-up could be formed (over place or over time), or a unit directly
 * beneath it reported something that could not be counted; then `not_formed` says
 * what is missing. `as_of` (a commit) and `as_published` (a date) leave out what
 * was not known or not published by then; `versions` lists every assertion instead.
 * Without `map` roll-ups are those of the territory map valid today, or on the day
 * of the commit asked for; for a unit that is no more by then of the one valid on its
 * last day. No answer mixes maps (R6).
 */
#ifndef SERVICES_AGGREGATE_AGG_SERIES_H
#define SERVICES_AGGREGATE_AGG_SERIES_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/aggregate/agg_past.h"
#include "services/aggregate/aggregate.h"

#define SERIES_DEFINITIONS_MAX 64 /* definitions of one indicator */

NODISCARD enum err series_query(struct aggregate *a, struct kv *state,
                                struct kv *journal, struct query *q);

/* The rest is shared with agg_series_row.c alone. */
struct series {
	struct aggregate *a;
	struct past past; /* past.c is the catalogue of that moment */
	struct kv *state;
	struct kv *journal;
	struct query *q;
	uint32_t definitions[SERIES_DEFINITIONS_MAX];
	uint32_t n_definitions;
	uint32_t unit;
	uint32_t map; /* NUMBER_NONE: the unit has a place in none */
	struct period from;
	struct period to;
	bool versions; /* every assertion */
	/* Where the next page goes on within a period. */
	uint32_t at_definition;
	uint32_t at_version;
	bool full;         /* of versions: the page ends before at_version */
	uint32_t max_rows; /* as asked */
	struct past_sheet
	    sheet; /* the last one loaded: years are walked through */
	struct buf text;
	char name[WIRE_TEXT_MAX]; /* with its validity, where that tells (R6) */
};

/* One definition in one period: a row, several (versions), or none. */
NODISCARD enum err series_rows(struct series *s, uint32_t definition,
                               struct period period);

#endif
