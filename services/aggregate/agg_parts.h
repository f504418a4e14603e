/*
 * agg_parts - what carries changes up the maps, in three parts. For agg_rollup.c,
 * agg_delta.c and agg_sheet.c alone.
 */
#ifndef SERVICES_AGGREGATE_AGG_PARTS_H
#define SERVICES_AGGREGATE_AGG_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/rollup.h"
#include "services/aggregate/agg_fold.h"

/* --- agg_delta.c: what is to be added where */

/* A unit's page in one map; slot: of period in its year. */
struct page_of {
	uint32_t map;
	uint32_t unit;
	uint32_t block;
	struct period period;
	int slot;
};

/* Forgets all deltas; makes room for the ways of all maps. */
NODISCARD enum err deltas_begin(struct fold *fold);
/* index into fold->pages; made if it is absent. */
NODISCARD enum err page_find(struct fold *fold, const struct page_of *of,
                             uint32_t *page);
/* Lives until the next one is made. */
NODISCARD enum err delta_find(struct fold *fold, uint32_t page,
                              uint32_t definition, struct fold_delta **delta);
/* What the unit gives to its parents, of one definition, was before and is after. */
NODISCARD enum err push_up(struct fold *fold, const struct page_of *of,
                           uint32_t definition,
                           const struct contribution *before,
                           const struct contribution *after);
bool delta_applies(const struct fold_delta *delta);
void delta_apply(const struct fold_delta *delta, struct rollup *row);

/* --- agg_sheet.c: a unit's year, and what it gives */

/* fold->year as that of another unit, block or year: pages are loaded when asked
 * for. p: any period of the year. */
NODISCARD enum err year_open(struct fold *fold, struct kv *state,
                             struct period p);
struct unit_block {
	uint32_t unit;
	uint32_t block;
};
/* Loads those of the slots that may have figures and aren't loaded. */
NODISCARD enum err year_figures(struct fold *fold, struct kv *state,
                                struct unit_block of, uint32_t slots);

enum { BEFORE, AFTER, SIDES };

/* One definition of a unit's year, before and after the commit. Only what stands in
 * needed slots is set. */
struct year_row {
	const struct cat_definition *d;
	uint32_t definition;
	uint32_t unit;
	uint32_t changed; /* slots */
	uint32_t affected;
	uint32_t needed;
	const struct figure *own[SIDES][YEAR_SLOTS];
	const struct rollup *place[SIDES][YEAR_SLOTS];
};

/* d, definition, unit and changed are set: all the other slots. Own figures of the
 * changed ones are the caller's. */
void year_row_begin(struct year_row *row);
/* Own figures of needed slots that did not change, from loaded pages. */
void year_row_own(const struct fold *fold, struct year_row *row);

/* Who is expected, and so what a figure covers, in each slot needed. */
struct year_duty {
	struct expectation expected[YEAR_SLOTS];
};
NODISCARD enum err year_duty(const struct fold *fold,
                             const struct year_row *row, uint32_t map,
                             struct year_duty *duty);
bool year_duty_equal(const struct year_row *row, const struct year_duty *a,
                     const struct year_duty *b);

/* What the unit gives in the affected slots, before or after. */
void year_gives(const struct fold *fold, const struct year_row *row,
                const struct year_duty *duty, int side,
                struct contribution out[YEAR_SLOTS]);

static inline const struct figure *
present_or_null(const struct figure *f)
{
	return f != NULL && figure_present(f) ? f : NULL;
}

#endif
