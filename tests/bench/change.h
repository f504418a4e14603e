/*
 * change - what a loaded system is asked next: a hundredth of its figures revised, a
 * map that changes beneath them, a killed job that goes on, and what-if.
 */
#ifndef TESTS_BENCH_CHANGE_H
#define TESTS_BENCH_CHANGE_H

#include "tests/bench/bench.h"
#include "tests/bench/daemons.h"
#include "tests/bench/workload.h"

struct change {
	const struct bench_args *args;
	struct daemons *d; /* all run, loaded and level */
	const struct workload *w;
	uint64_t n_rows;     /* loaded */
	double load_seconds; /* until aggregate had them */
};

/* Prints a line each; leaves the daemons running. */
void change_run(const struct change *change);

#endif
