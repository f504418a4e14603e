/*
 * agg_coverage - all that lies beneath one unit, looked at in parts: for a year of
 * the past, and for how much of a roll-up that is not complete is there (R4d) and how
 * it compares with the period before among the units that are in both (R5).
 *
 * A nation has ten thousand units and more beneath it, so this takes longer than a
 * turn may wait. One walk is kept in aggregate from slice to slice of a query; it
 * looks at BENEATH_LOOKS pages in one slice, and turns go on in between. It is pinned to a
 * commit: versions that came later are left out, so nothing has to begin again
 * because of them. A new catalogue, or a failed turn, ends it.
 *
 * Called by the series query. Coverage is for the reader of one row: nothing is
 * decided by it.
 */
#ifndef SERVICES_AGGREGATE_AGG_COVERAGE_H
#define SERVICES_AGGREGATE_AGG_COVERAGE_H

#include "services/aggregate/agg_past.h"

#define WEIGHT_PERIODS_MAX \
	16 /* periods of the definition in which denominators are sought */

struct coverage {
	bool has_weight; /* false: nobody expected, or a denominator unknown */
	uint32_t
	    weight; /* millionths: last known denominators of those reported,
	                  * of all expected */
	uint32_t n_both; /* units whose own figures stand in both periods */
	bool has_values; /* both sums have a value */
	struct period before;
	int64_t
	    value_before; /* of those units alone, at the declared decimals */
	int64_t value_now;
};

struct beneath_ask {
	struct agg_at at; /* past_alone is false of it */
	uint64_t commit;  /* UINT64_MAX: the last one, when it begins */
	struct day published;
	bool compared;  /* coverage of at.period too */
	uint64_t head;  /* number of the last commit */
	uint32_t slice; /* of the query (proto/query.h) */
};

/* What was asked for, until the next call, turn or past_set_commit. */
struct beneath_seen {
	uint64_t commit; /* to which it is pinned */
	const struct past_sheet *sheet;
	const struct coverage *coverage; /* NULL: not asked for */
};

/*
 * beneath_look - goes on with a walk, or begins it.
 *
 * returns  ERR_OK; ERR_AGAIN: not done yet, or another walk isn't (the first slice of
 *          a query never ends what a former one began); ERR_NO_CATALOGUE, ERR_NOMEM,
 *          ERR_CORRUPT
 * cost     BENEATH_LOOKS pages and those of one unit; the first time two passes over
 *          the units beneath, the last time one
 */
NODISCARD enum err beneath_look(struct aggregate *a, struct kv *state,
                                const struct beneath_ask *ask,
                                struct beneath_seen *seen);
/* True while a walk is under way, and a query in its first slice has to wait. */
bool beneath_busy(const struct aggregate *a);
struct beneath;
void beneath_free(struct beneath **beneath_p);

#endif
