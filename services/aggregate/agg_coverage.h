/*
 * agg_coverage - how much of a roll-up that is not complete is there (R4d), and how
 * it compares with the period before among the units that are in both (R5).
 *
 * For the reader of one row: nothing is decided by it. Walks all that lies
 * beneath the unit, of what is known now; called by the series query.
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

/*
 * coverage_walk - at.map, definition, unit, period: the roll-up looked at.
 *
 * past  unfiltered (asserted)
 * cost  two to four look-ups a period of the year and unit beneath
 */
NODISCARD enum err coverage_walk(struct past *past, struct agg_at at,
                                 struct coverage *out);

#endif
