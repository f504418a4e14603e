/*
 * standard - the standard workload as batches, ready to be sent: in order, 10,000 rows
 * each, from one producer; or as forms of 40 rows in random order from 8 producers, a
 * hundredth of them revised.
 */
#ifndef TESTS_BENCH_STANDARD_H
#define TESTS_BENCH_STANDARD_H

#include "tests/bench/load.h"
#include "tests/bench/workload.h"

/* Open the load, which load_close frees; w is not needed any more. */
void standard_bulk(struct load *load, const struct workload *w,
                   uint32_t n_months);
void standard_forms(struct load *load, const struct workload *w,
                    uint32_t n_months);

#endif
