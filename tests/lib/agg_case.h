/*
 * agg_case - an aggregate that folds the country of fold_case.h: the fixture of its
 * suites. Include cmocka.h first.
 */
#ifndef TESTS_LIB_AGG_CASE_H
#define TESTS_LIB_AGG_CASE_H

#include "services/aggregate/aggregate.h"
#include "tests/lib/fold_case.h"

struct agg_case {
	struct aggregate a;
	struct fold_node node;
	struct fold_input in;
};

/* cmocka fixtures: *state is a struct agg_case that has folded the catalogue. */
int agg_case_setup(void **state);
int agg_case_teardown(void **state);

/* The node alone, nothing folded; the input is not touched. */
void agg_case_node_open(struct agg_case *k);
void agg_case_node_close(struct agg_case *k);

/* Ends and steps the commit; the case fails if the step does. */
void agg_case_step(struct agg_case *k);
/* The same, of a new catalogue alone. */
void agg_case_apply(struct agg_case *k, const struct cat_line *lines, size_t n);

/* The figure in force; false: none. */
bool agg_case_figure(struct agg_case *k, const char *definition,
                     const char *unit, const char *period, struct figure *out);
struct agg_place_of {
	const char *map;
	const char *unit;
	const char *period;
};
bool agg_case_rollup(struct agg_case *k, const char *definition,
                     struct agg_place_of of, struct rollup *out);

/* Both hold the same figures, versions, roll-ups, receipts, completions and digest, in
 * whatever generation; else the case fails. */
void agg_case_same(struct agg_case *a, struct agg_case *b);

#endif
