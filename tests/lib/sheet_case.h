/*
 * sheet_case - a year of one unit for the tests of sheet.h: what it says itself, what
 * its children add up to, who is expected.
 */
#ifndef TESTS_LIB_SHEET_CASE_H
#define TESTS_LIB_SHEET_CASE_H

#include "common/domain/sheet.h"

enum { UNIT = EXPECT_ONE };
#define M ((i128)WEIGHT_ONE)

/* A year of one unit, as the caller of sheet.h has it. */
struct year {
	struct cat_definition d;
	struct sheet sheet;
	struct figure own[SHEET_SLOTS];
	struct rollup place[SHEET_SLOTS];
	struct sheet_result out[SHEET_SLOTS];
};

/* 2024-Q1 ... as a period, and its slot of the year. */
struct period p(const char *text);
int slot(struct year *y, const char *period);
/* Nothing said, nobody expected, in 2024. */
void begin(struct year *y, enum place_rule place, enum time_rule time,
           enum frequency frequency);
/* The unit's own figure of status A. */
struct figure *says(struct year *y, const char *period, int64_t value);
struct figure *says_parts(struct year *y, const char *period, int64_t numerator,
                          int64_t denominator);
/* The children's sum, of status A. */
struct rollup *add_up(struct year *y, const char *period, i128 sum,
                      uint64_t reporting);
struct expectation *expects(struct year *y, const char *period,
                            uint64_t beneath, uint64_t within);
/* In every period so many for each of its base periods (the shortest given). */
void expects_all(struct year *y, uint64_t beneath, uint64_t within);
/* Folded anew. */
const struct sheet_result *result(struct year *y, const char *period);

#endif
