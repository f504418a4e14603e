/*
 * reach - how many roll-ups the rows of one commit may change, counted before it is
 * journaled.
 *
 * What is journaled is folded by every service behind ingest, and can't be taken
 * back: so a commit is bounded where it is made (SEMANTICS K1b). A row changes the
 * roll-ups of all units above its own, in every map, in its period and the longer
 * ones that it is a part of. reach_rows is the cheap bound, an addition for each row;
 * cells count what several rows change together once, as aggregate does (agg_delta.c),
 * but for contributions that turn out alike: those it leaves out. So aggregate never
 * has more.
 *
 * Pure. Called by ingest for rows and catalogues, by aggregate for the extent of a
 * turn in which it folds again.
 */
#ifndef COMMON_DOMAIN_REACH_H
#define COMMON_DOMAIN_REACH_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/map.h"
#include "common/domain/catalogue.h"
#include "common/domain/figure.h"

#define COMMIT_ROWS_MAX  2000000 /* figures of one commit */
#define COMMIT_CELLS_MAX 4000000 /* roll-ups that they change */
/* Figures and roll-ups that the commit of a catalogue says again (K4a). */
#define COMMIT_AGAIN_MAX 11000000
/* Ways up from one unit. So that a page of figures of it can always be folded:
 * agg_refold.c. */
#define REACH_UNIT_MAX   7500

struct reach {
	const struct catalogue *catalogue; /* borrowed */
	/* By unit: ways to each unit above it, over all maps and dates, and the
	 * maps in which it is a parent itself; UINT32_MAX: that many or more. */
	uint32_t *ways;
	uint8_t *parent_in; /* by unit: maps in which it is a parent */
	uint8_t *parent;    /* [map * n_units + unit] */
};

/* Cost: some passes over the memberships. */
NODISCARD enum err reach_init(struct reach *r, const struct catalogue *c);
void reach_fini(struct reach *r);
/* A unit with more ways up than REACH_UNIT_MAX; NUMBER_NONE: there is none. */
uint32_t reach_too_far(const struct reach *r);
/* At most so many roll-ups change with these figures. */
uint64_t reach_rows(const struct reach *r, const struct figure *figures,
                    uint32_t n);

/* A roll-up that changes, or the own figure of a unit that changes them. */
struct cell {
	uint32_t map;
	uint32_t unit;
	uint32_t definition;
	struct period period;
};

/* Those counted so far. 56 bytes each. */
struct cells {
	const struct reach *reach; /* borrowed */
	struct map seen;
	struct cell *pending; /* seen, not looked above yet */
	uint32_t n_pending;
	uint32_t n_pending_cap;
};

/* max: more than that many are ERR_TOO_LARGE. */
void cells_init(struct cells *cells, const struct reach *reach, size_t max);
void cells_fini(struct cells *cells);
/* Counts those of more figures in. ERR_TOO_LARGE, ERR_NOMEM: count no further.
 * Cost: what it counts, and for each figure its maps. */
NODISCARD enum err cells_add(struct cells *cells, const struct figure *figures,
                             uint32_t n);
/* How many they are. */
static inline size_t
cells_count(const struct cells *cells)
{
	return cells->seen.n;
}

#endif
