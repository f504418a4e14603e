/*
 * sim - runs seeds until time and number are reached, or one fails.
 *
 *   sim --seconds S --min-seeds N   both must be reached; from --first on
 *   sim --seeds N                   exactly so many
 *   sim --seed N                    one, with a trace
 *   sim --count N                   so many, failed ones are counted
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/sim.h"

struct options {
	uint64_t seconds;
	uint64_t min_seeds;
	uint64_t first;
	uint64_t one;   /* seed to trace; UINT64_MAX: none */
	uint64_t count; /* go on after failures, so many seeds; 0: stop */
};

static const struct option long_options[] = {
    {"seconds", required_argument, NULL, 's'},
    {"min-seeds", required_argument, NULL, 'm'},
    {"seeds", required_argument, NULL, 'm'},
    {"first", required_argument, NULL, 'f'},
    {"seed", required_argument, NULL, 'o'},
    {"count", required_argument, NULL, 'c'},
    {NULL, 0, NULL, 0},
};

static bool
options_take(int argc, char **argv, struct options *o)
{
	int c;

	*o = (struct options){.first = 1, .one = UINT64_MAX};
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		uint64_t value = c == '?' ? 0 : strtoull(optarg, NULL, 10);

		switch (c) {
		case 's': o->seconds = value; break;
		case 'm': o->min_seeds = value; break;
		case 'f': o->first = value; break;
		case 'o': o->one = value; break;
		case 'c': o->count = value; break;
		default: return false;
		}
	}
	return optind == argc;
}

static double
now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool
report(const struct campaign *k, double seconds, bool whole)
{
	bool all = true;

	printf("%llu seeds, %llu messages, %llu commits, %llu crashes, "
	       "%llu rows, %llu verdicts, %llu alerts, %.1f s, %.0f seeds/s\n",
	       (unsigned long long)k->seeds, (unsigned long long)k->messages,
	       (unsigned long long)k->commits, (unsigned long long)k->crashes,
	       (unsigned long long)k->rows, (unsigned long long)k->verdicts,
	       (unsigned long long)k->alerts, seconds,
	       (double)k->seeds / seconds);
	for (int i = 0; i < FAULTS; i++) {
		printf("%10llu  %s\n", (unsigned long long)k->fired[i],
		       fault_names[i]);
		all = all && k->fired[i] > 0;
	}
	if (whole && !all)
		printf("a fault never fired: the run proves nothing\n");
	return all || !whole;
}

static int
run_count(struct campaign *k, const struct options *o)
{
	uint64_t caught = 0;
	uint64_t first = 0;

	for (uint64_t i = 0; i < o->count; i++) {
		if (!sim_run(k, o->first + i) && caught++ == 0)
			first = i + 1;
	}
	printf("%llu of %llu seeds caught it, the first was number %llu\n",
	       (unsigned long long)caught, (unsigned long long)o->count,
	       (unsigned long long)first);
	return caught > 0 ? 1 : 0;
}

static int
run_all(struct campaign *k, const struct options *o)
{
	double start = now_s();
	bool ok = true;

	if (o->one != UINT64_MAX) {
		k->trace = true;
		ok = sim_run(k, o->one);
		printf("seed %llu: %s\n", (unsigned long long)o->one,
		       ok ? "ok" : "failed");
		return ok ? 0 : 1;
	}
	if (o->count > 0)
		return run_count(k, o);
	for (uint64_t i = 0;
	     ok && (i < o->min_seeds || now_s() - start < (double)o->seconds);
	     i++)
		ok = sim_run(k, o->first + i);
	if (!report(k, now_s() - start, ok))
		ok = false;
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	char dir[64];
	struct campaign campaign = {.dir = dir};
	struct options options;
	bool memory = access("/dev/shm", W_OK) == 0;
	int code;

	if (!options_take(argc, argv, &options)) {
		fprintf(stderr,
		        "usage: %s --seconds S --min-seeds N | --seeds "
		        "N | --seed N | --count N [--first N]\n",
		        argv[0]);
		return 64;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(dir, sizeof(dir), "%s/tiendo-sim.XXXXXX",
	               memory ? "/dev/shm" : ".");
	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return 74;
	}
	code = run_all(&campaign, &options);
	for (int i = 0; i < SERVICES; i++) {
		char path[96];

		(void)snprintf(path, sizeof(path), "%s/%s", dir,
		               service_names[i]);
		store_remove(path);
		(void)snprintf(path, sizeof(path), "%s/twin", dir);
		store_remove(path);
	}
	(void)rmdir(dir);
	return code;
}
