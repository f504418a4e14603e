/*
 * sheet - all periods of one year of one (definition, unit, map), and the time
 * rule over them (SEMANTICS R1, R4, R5).
 *
 * What a unit gives to those above it, and what is rolled up for the unit itself,
 * depends on its own figures of the year and on what its children add up to in each
 * period, and on nothing else. This is that function. Aggregate uses it to carry
 * changes upward, alert and queries to say what stands beside a reported figure:
 * so roll-ups over time are stored nowhere.
 *
 * c(u, p) is the unit's own figure of p if it has the parts of the place rule; else,
 * where the unit itself reported a shorter period (over last: one that ends with p),
 * the time rule over c(u, next shorter periods); else what its children add up to.
 * Over mean nothing is divided on the way: a longer period takes the sums of the
 * shorter ones, each times the periods of the definition's frequency that it is of,
 * and divides once. Without a place rule nothing is rolled up, over time neither.
 *
 * Pure: no look-ups, no memory of its own. A share is rolled up in some maps only:
 * the caller leaves `place` away where rolls_up (rollup.h) says no.
 */
#ifndef COMMON_DOMAIN_SHEET_H
#define COMMON_DOMAIN_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/catalogue.h"
#include "common/domain/expect.h"
#include "common/domain/figure.h"
#include "common/domain/record.h"
#include "common/domain/rollup.h"

#define SHEET_SLOTS 19 /* 12 months, 4 quarters, 2 halves, the year */

struct sheet_slot {
	struct period period;     /* code 0: the definition has none here */
	const struct figure *own; /* in force; NULL or not present: none */
	const struct rollup
	    *place; /* the children's sum; NULL or empty: none */
	struct expectation expected;
	bool counted; /* unit_counted of this period (rollup.h) */
};

struct sheet {
	const struct cat_definition *d;
	struct sheet_slot slots[SHEET_SLOTS];
};

/*
 * sheet_begin - the periods that belong together with p: all of its calendar year
 * from the definition's frequency up. Without a time rule, and for a span, p alone
 * (in slot 0). own, place, expected: to be set by the caller where period.code != 0.
 */
void sheet_begin(struct sheet *sheet, const struct cat_definition *d,
                 struct period p);
/* The slot of a period, -1: none. */
int sheet_slot(const struct sheet *sheet, struct period p);

/* What is rolled up for the unit, apart from its own figure of that very period. */
struct sheet_rolled {
	struct contribution sum; /* present == false: nothing */
	bool over_time; /* the unit's own shorter periods, else its children */
	uint64_t reporting; /* R4c; the same units as expectation. Over sum and
	                     * mean below expected, if only by 1, while one of
	                     * the shorter periods isn't complete */
	uint64_t expected;  /* over time: within; else beneath */
	bool partial;       /* R4d */
	bool under_floor;   /* not partial, but under the floor */
};

struct sheet_result {
	struct contribution
	    contribution; /* c(u, p) of R1, with what it covers */
	struct sheet_rolled rolled;
};

/* Every slot with a period; the others are zeroed. Cost: a few hundred ns. */
void sheet_fold(const struct sheet *sheet,
                struct sheet_result out[SHEET_SLOTS]);

/* R5 */
enum release { RELEASE_OPEN, RELEASE_PROVISIONAL, RELEASE_RELEASED };
const char *release_name(enum release release); /* open provisional released */
/* Of the unit's own figure; NULL, a delete or one that isn't observed: open.
 * completed: there is a completion record. */
enum release figure_release(const struct figure *own, bool completed);
/* Nothing rolled up: open. */
enum release rolled_release(const struct sheet_rolled *rolled, bool completed);

/* As struct rollup, so that rollup_value and rollup_figure can be used: counts of
 * its one status, n_derived 0 or 1. map, unit, period as given by like. */
struct rollup rolled_row(const struct rollup *like,
                         const struct sheet_rolled *rolled);

#endif
