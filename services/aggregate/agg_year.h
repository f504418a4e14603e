/*
 * agg_year - the periods of one calendar year, and which of them a change reaches.
 *
 * Slots 0..18 are those of a sheet (common/domain/sheet.h): months, quarters, halves,
 * the year; one more stands for a span of years, alone in its year. Sets of slots are
 * bit masks. Pure.
 */
#ifndef SERVICES_AGGREGATE_AGG_YEAR_H
#define SERVICES_AGGREGATE_AGG_YEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/catalogue.h"
#include "common/domain/period.h"
#include "common/domain/sheet.h"

#define YEAR_SPAN  SHEET_SLOTS /* the slot of a span */
#define YEAR_SLOTS (SHEET_SLOTS + 1)

/* What periods of one year have in common; spans: nothing but themselves. */
uint32_t year_key(struct period p);
int year_slot(struct period p);
/* The 19 periods of the year of p, by slot; of a span its own alone. */
void year_periods(struct period p, struct period out[YEAR_SLOTS]);

static inline uint32_t
slot_bit(int slot)
{
	return UINT32_C(1) << slot;
}

/* The lowest slot of a set that is not empty. */
static inline int
slot_first(uint32_t slots)
{
	return __builtin_ctz(slots);
}

/* Slots whose contributions may change when something changes in these: by sum and
 * mean all that contain them, by last those that end with them. */
uint32_t year_affected(const struct cat_definition *d, uint32_t changed);
/* Slots of which the contributions in these are made. */
uint32_t year_needed(const struct cat_definition *d, uint32_t affected);
/* Slots that contain one of these, themselves among them. */
uint32_t year_containing(uint32_t slots);

#endif
