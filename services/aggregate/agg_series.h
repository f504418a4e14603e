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
 *
 * What has to look at all that lies beneath the unit (a year of the past; a roll-up
 * that is not complete) is made in slices, ERR_AGAIN until it is done, one such year
 * or row a page, and is told as of the commit in which it was begun (q->commit).
 * Measured in Viet Nam's shape, 13,400 units on both maps, 93,600 figures: the nation
 * as of a commit 10 ms a year of annual figures, 70 ms one of quarters; a row that is
 * not complete 19 to 120 ms. Whoever asked in between waited 0.4 ms in the median, 9 ms
 * at most (the slice that finds the units); made at once it was up to 100 ms.
 */
#ifndef SERVICES_AGGREGATE_AGG_SERIES_H
#define SERVICES_AGGREGATE_AGG_SERIES_H

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/aggregate/agg_coverage.h"
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
	bool walked;       /* the page rests on one walk: beneath_look */
	bool full;         /* the page ends before at_definition, at_version */
	uint32_t max_rows; /* as asked */
	uint64_t as_of;    /* UINT64_MAX: not asked for */
	bool filtered;     /* as of, or as published */
	/* The last year loaded, or looked at with all beneath. */
	const struct past_sheet *sheet;
	struct past_sheet loaded;
	struct buf text;
	char name[WIRE_TEXT_MAX]; /* with its validity, where that tells (R6) */
};

/* One definition in one period: a row, several (versions), or none. */
NODISCARD enum err series_rows(struct series *s, uint32_t definition,
                               struct period period);

#endif
