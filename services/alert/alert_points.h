/*
 * alert_points - from stored series to what a verdict is judged on.
 *
 * For one target and unit: every figure of the family, and for the definitions
 * that the target's versions name what is rolled up for the unit, by place and
 * over time (sheet.h), at the definition's frequency and at every longer period,
 * in each map that some version reads. Nothing rolled up over time is stored: it
 * is formed here, when it is asked for. Called for every verdict; the answer
 * depends on the tables and the catalogue alone.
 */
#ifndef SERVICES_ALERT_ALERT_POINTS_H
#define SERVICES_ALERT_ALERT_POINTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/catalogue.h"
#include "common/domain/expect.h"
#include "common/domain/record.h"
#include "common/domain/sheet.h"
#include "common/domain/verdict.h"

/* Growing list of points, kept by the caller and reused. */
struct point_list {
	struct verdict_point *points;
	uint32_t n;
	uint32_t n_cap;
};
void point_list_fini(struct point_list *list);

/* How far a rolled-up point covers what is beneath its unit. */
struct point_coverage {
	uint32_t definition;
	uint32_t map; /* as the point's */
	struct period period;
	uint64_t reporting, expected; /* millionths of unit-periods (R4) */
	bool derived;
};

struct alert_points {
	const struct catalogue *c; /* borrowed; NULL: not open */
	struct expect *expect;
	struct point_list list;      /* of the last alert_points_read */
	struct point_list reference; /* of the last alert_points_reference */
	/* Coverage of the roll-ups in list, in no order. */
	struct point_coverage *coverage;
	uint32_t n_coverage, n_coverage_cap;
	/* One series while it is read; memory is reused. */
	struct figure *figures;
	uint32_t n_figures, n_figures_cap;
	struct rollup *rollups;
	uint32_t n_rollups, n_rollups_cap;
	struct period *completed;
	uint32_t n_completed, n_completed_cap;
};

/* c: borrowed until the next open or fini. p: zero before the first. On failure
 * closed: c is NULL. */
NODISCARD enum err alert_points_open(struct alert_points *p,
                                     const struct catalogue *c);
void alert_points_close(struct alert_points *p); /* keeps memory */
void alert_points_fini(struct alert_points *p);

/* One binding: a target for a unit. */
struct points_of {
	const struct cat_target *target;
	uint32_t unit;
};

/*
 * alert_points_read - everything known that could matter to one target and unit.
 *
 * p->list  filled, ascending by period, then which, definition, map
 * returns  ERR_OK, ERR_NOMEM, ERR_CORRUPT (a stored row can't be read)
 * cost     one scan of the unit's series of every definition of the family; some
 *          300 ns a year and map of a definition that is rolled up
 */
NODISCARD enum err alert_points_read(struct alert_points *p, struct kv *state,
                                     struct points_of of);

/* The series that versions of kind relative are measured by, into p->reference, by
 * period; errors as above. Empty without such a version. */
NODISCARD enum err alert_points_reference(struct alert_points *p,
                                          struct kv *state,
                                          struct points_of of);

/* Coverage of a roll-up in p->list; NULL: none, or somebody else's. */
const struct point_coverage *alert_points_coverage(const struct alert_points *p,
                                                   uint32_t definition,
                                                   uint32_t map,
                                                   struct period period);

#endif
