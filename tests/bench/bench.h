/*
 * bench - how fast the whole and its parts are, on this machine.
 *
 * Prints one JSON object a line. A figure means something only beside the line
 * `environment` and the line `disk` of the same run, on a machine that does
 * nothing else. Run it by `make bench`; `make bench
 * BENCH="--scale 10 codec pipeline"` runs those, with a tenth of the months.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct bench_args {
	const char *bin;    /* folder of the daemons */
	const char *commit; /* of the tree, for the line `environment` */
	uint32_t n_months;
};

/* Each prints its lines. */
void bench_pipeline(const struct bench_args *args);
void bench_forms(const struct bench_args *args);
void bench_journal(const struct bench_args *args);
void bench_codec(const struct bench_args *args);
void bench_rollup(const struct bench_args *args);
void bench_alert(const struct bench_args *args);
void bench_disk(const struct bench_args *args);

/* Seconds since some start. */
double bench_seconds(void);
/* Trouble ends the run: a figure of a broken run is none. */
_Noreturn void bench_fail(const char *what);
static inline void
bench_must(bool ok, const char *what)
{
	if (!ok)
		bench_fail(what);
}
void bench_ok(enum err err, const char *what);

/* The value below which a share of n samples lies, 0 to 1; sorts them. */
double bench_quantile(double *samples, size_t n, double share);

#endif
