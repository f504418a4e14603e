/*
 * rollup - what a unit contributes to the units above it, and what a unit's
 * children add up to (SEMANTICS R1, R2; place rules sum, ratio, weighted mean,
 * share).
 *
 * Pure arithmetic on struct rollup (record.h): aggregate walks the maps and
 * keeps the rows. All sums are whole numbers of millionths (A1), so a sum kept
 * up to date by taking out what was given and adding what is given now is that
 * of a new count, to the last digit.
 *
 * Units of the two sums by place rule, times 10^6:
 *   sum    sum: values (mantissas at the definition's decimals); weight: 0
 *   ratio  sum: numerators; weight: denominators
 *   share  the same: units that meet the criterion, units
 *   wmean  sum: value mantissa times weight; weight: weights
 */
#ifndef COMMON_DOMAIN_ROLLUP_H
#define COMMON_DOMAIN_ROLLUP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/domain/catalogue.h"
#include "common/domain/decimal.h"
#include "common/domain/figure.h"
#include "common/domain/record.h"

struct contribution {
	bool present;           /* else the rest is 0 */
	bool derived;           /* holds only a part of some unit (R6) */
	bool from_own;          /* the unit's own figure, else its children's */
	enum obs_status status; /* A, P or E; of a roll-up the worst in it */
	i128 sum;
	i128 weight;
	uint64_t reporting; /* R4c: millionths of unit-periods that it covers */
};

/* What a unit itself says of one period. */
struct contributor {
	const struct figure *own; /* in force, or NULL */
	uint64_t within; /* expectation.within: what its figure covers (R4c) */
	bool counted;    /* unit_counted: its value is held against the
	                  * criterion of place rule share */
};

/*
 * contribution_of - c(u, p) by the place rule: the unit's own figure if it is
 * observed and has the parts the rule needs, else what its children add up to.
 * A figure without the parts never hides the children (R2). Share (R1e): parts as
 * they are, else 1 of 1 or 0 of 1 by the exact value of a unit that is counted.
 *
 * rollup   of the same definition, unit and period, or NULL; empty: as NULL
 */
struct contribution contribution_of(const struct cat_definition *d,
                                    const struct contributor *who,
                                    const struct rollup *rollup);

/* Is unit of the level that d counts, on the last day of period? Only with place
 * rule share (else false at no cost). */
bool unit_counted(const struct catalogue *c, const struct cat_definition *d,
                  uint32_t unit, struct period period);

/*
 * rolls_up - does d roll up by place in map, for period?
 *
 * Whoever carries contributions upward asks before anything is carried: never
 * without a place rule, and a share only in maps valid on the period's last day
 * (R1e, R6: it isn't carried across a merger of the units that it counts).
 * Nothing else here asks.
 */
bool rolls_up(const struct catalogue *c, const struct cat_definition *d,
              uint32_t map, struct period period);

/*
 * contribution_part - the part that goes to one of several parents (R1f).
 *
 * share    of the membership, as share_of (catalogue.h) has it. Of each sum x the part
 *          is floor(x upto / 10^6) - floor(x from / 10^6): parts of a unit add
 *          up to it exactly, whatever it gives, also what a mean has left. Not
 *          linear: a part of a difference is not the difference of the parts.
 *          What is covered is rounded down: whole periods divide exactly, so
 *          complete stays complete and only that
 */
struct contribution contribution_part(struct contribution c,
                                      struct cat_share share);

/* Alike for everything above it; from_own doesn't matter there. */
bool contribution_equal(const struct contribution *a,
                        const struct contribution *b);

/* One child's contribution was `before` and is `after`. */
void rollup_replace(struct rollup *r, const struct contribution *before,
                    const struct contribution *after);

/*
 * rollup_value - the decimal that is printed and judged (A2), at the
 * definition's decimals.
 *
 * returns  ERR_OK; ERR_NOT_FOUND (nothing contributes, or no place rule);
 *          ERR_ZERO_DENOMINATOR; ERR_OUT_OF_RANGE (2^53 and more)
 */
NODISCARD enum err rollup_value(const struct cat_definition *d,
                                const struct rollup *r, int64_t *mantissa);

/* The worst of its contributions (R2); STATUS_M if there are none. */
enum obs_status rollup_status(const struct rollup *r);

/* The published value of a figure: what was given, else the rounded quotient of
 * its parts (A2). False: it has neither, or 0/0. */
bool figure_value(const struct cat_definition *d, const struct figure *f,
                  int64_t *mantissa);

/* A roll-up as a figure of its unit: value (if it has one), parts (if they are whole
 * and below 2^53, A1), status; no source, no document, commit 0. */
struct figure rollup_figure(const struct cat_definition *d,
                            const struct rollup *r);

#endif
