/*
 * ask_agg - aggregate as in agg_case.h, and questions to it: the fixture of the suites of
 * what it answers. Include cmocka.h first.
 */
#ifndef TESTS_LIB_ASK_AGG_H
#define TESTS_LIB_ASK_AGG_H

#include "tests/lib/agg_case.h"
#include "tests/lib/ask_case.h"

struct ask_agg {
	struct agg_case *k;
	struct ask_case ask;
};

/* cmocka fixtures: *state is a struct ask_agg. */
int ask_agg_setup(void **state);
int ask_agg_teardown(void **state);

#endif
