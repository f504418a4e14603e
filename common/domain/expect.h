/*
 * expect - who is expected to report, beneath each unit (SEMANTICS R4).
 *
 * A function of the catalogue alone. Counts are in millionths of unit-periods: a
 * unit counts once for each period that must be there (over sum and mean every
 * period of the definition's frequency within, else the last), a divided unit by
 * its weight. Called by aggregate (what a figure of a unit covers), by alert and by
 * queries (is a roll-up complete). Keeps what it worked out, up to EXPECT_SHEETS
 * (rule, map, period) at a time; a bounded cache, nothing in it is state.
 */
#ifndef COMMON_DOMAIN_EXPECT_H
#define COMMON_DOMAIN_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/domain/catalogue.h"
#include "common/domain/period.h"

/* Kept at a time. Whoever carries a unit's year up asks for each map, rule and period
 * of it, and then for those of the next unit: a hundred rules and maps fit. */
#define EXPECT_SHEETS 2048
#define EXPECT_ONE    1000000 /* one unit in one period */

struct expectation {
	uint64_t beneath;          /* expected beneath the unit */
	uint64_t within;           /* the same and the unit itself */
	uint32_t floor_millionths; /* of the row for the period's last day */
	bool open; /* somebody expected stands nowhere: nation and regions stay
	            * open (R6), and who came in the middle (R4b) */
};

/* Of whom, where and when is asked. */
struct expect_key {
	uint32_t map;
	uint32_t definition;
	uint32_t unit;
	struct period period;
};

struct expect;

/* c: borrowed until expect_free. */
NODISCARD enum err expect_new(struct expect **expect_p,
                              const struct catalogue *c);
void expect_free(struct expect **expect_p);

/*
 * expect_at - what is expected of unit for (definition, map, period).
 *
 * period   of the definition's frequency or longer, up to the year; nobody is
 *          expected in another. A definition without a row of reporting.csv: all
 *          zero, at the cost of one look into an array
 * unit     also one that doesn't stand in the map
 * returns  ERR_OK; ERR_NOMEM
 * cost     a look-up (the sheet asked last is found without one); the first time for a
 *          (rule, map, period) one pass over all units for each period within, and
 *          over those expected, times their depth: some ms for a country. Rule:
 *          definitions with alike rows, validity, units, frequency and time share it
 */
NODISCARD enum err expect_at(struct expect *expect,
                             const struct expect_key *key,
                             struct expectation *out);

#endif
