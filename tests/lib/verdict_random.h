/*
 * verdict_random - a target of any kind, and figures near what it asks, so that
 * every rule of the judge has its turn. Same seed, same case.
 */
#ifndef TESTS_LIB_VERDICT_RANDOM_H
#define TESTS_LIB_VERDICT_RANDOM_H

#include "tests/lib/verdict_case.h"

/* Figures from 2016 to *year, which is at most the due year and has one; returns
 * that. */
struct verdict_point *random_case(struct verdict_case *k, uint64_t *seed,
                                  int *year);

#endif
