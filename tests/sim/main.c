/*
 * sim - runs seeds until time and number are reached, or one fails.
 *
 *   sim --seconds S --min-seeds N   both must be reached; from --first on
 *       --jobs J                    by so many processes; the counts are added up
 *   sim --seeds N                   exactly so many
 *   sim --seed N                    one, with a trace
 *   sim --count N                   so many, failed ones are counted, up to 10
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/sim.h"

struct options {
	uint64_t seconds;
	uint64_t min_seeds;
	uint64_t first;
	uint64_t one;   /* seed to trace; UINT64_MAX: none */
	uint64_t count; /* go on after failures, so many seeds; 0: stop */
	uint64_t jobs;  /* processes; each takes every jobs-th seed */
	uint64_t job;   /* which of them this is, from 0 */
};
#define JOBS_MAX     64
#define COUNT_ENOUGH 10 /* failed ones, then --count stops */

static const struct option long_options[] = {
    {"seconds", required_argument, NULL, 's'},
    {"min-seeds", required_argument, NULL, 'm'},
    {"seeds", required_argument, NULL, 'm'},
    {"first", required_argument, NULL, 'f'},
    {"seed", required_argument, NULL, 'o'},
    {"count", required_argument, NULL, 'c'},
    {"jobs", required_argument, NULL, 'j'},
    {NULL, 0, NULL, 0},
};

static bool
options_take(int argc, char **argv, struct options *o)
{
	int c;

	*o = (struct options){.first = 1, .one = UINT64_MAX, .jobs = 1};
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		uint64_t value = c == '?' ? 0 : strtoull(optarg, NULL, 10);

		switch (c) {
		case 's': o->seconds = value; break;
		case 'm': o->min_seeds = value; break;
		case 'f': o->first = value; break;
		case 'o': o->one = value; break;
		case 'c': o->count = value; break;
		case 'j': o->jobs = value; break;
		default: return false;
		}
	}
	return optind == argc && o->jobs > 0 && o->jobs <= JOBS_MAX;
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
	       "%llu rows, %llu verdicts, %llu alerts, %llu told, "
	       "%llu deliveries, %.1f s, %.0f seeds/s\n",
	       (unsigned long long)k->seeds, (unsigned long long)k->messages,
	       (unsigned long long)k->commits, (unsigned long long)k->crashes,
	       (unsigned long long)k->rows, (unsigned long long)k->verdicts,
	       (unsigned long long)k->alerts, (unsigned long long)k->notices,
	       (unsigned long long)k->delivered, seconds,
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
	uint64_t i;

	for (i = 0; i < o->count && caught < COUNT_ENOUGH; i++) {
		if (!sim_run(k, o->first + i) && caught++ == 0)
			first = i + 1;
	}
	printf("%llu of %llu seeds caught it, the first was number %llu\n",
	       (unsigned long long)caught, (unsigned long long)i,
	       (unsigned long long)first);
	return caught > 0 ? 1 : 0;
}

static void
dir_remove(const char *dir)
{
	char path[120];

	for (int i = 0; i < SERVICES; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir,
		               service_names[i]);
		store_remove(path);
		(void)snprintf(path, sizeof(path), "%s/twin", dir);
		store_remove(path);
	}
	(void)rmdir(dir);
}

/* Every jobs-th seed, until time and number are reached or one fails. */
static bool
run_seeds(struct campaign *k, const struct options *o, double start)
{
	bool ok = true;

	for (uint64_t i = o->job;
	     ok && (i < o->min_seeds || now_s() - start < (double)o->seconds);
	     i += o->jobs)
		ok = sim_run(k, o->first + i);
	return ok;
}

/* One process: its counts go to the parent when it is done. */
static void
job_run(struct campaign *k, const struct options *o, int out)
{
	bool ok = run_seeds(k, o, now_s());
	bool told = write(out, k, sizeof(*k)) == (ssize_t)sizeof(*k);

	dir_remove(k->dir);
	_exit(ok && told ? 0 : 1);
}

static bool
job_start(const struct campaign *k, const struct options *o, uint64_t job,
          int *in)
{
	struct options own = *o;
	struct campaign counts = {.trace = false};
	char dir[80];
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		return false;
	child = fork();
	if (child == 0) {
		(void)close(ends[0]);
		(void)snprintf(dir, sizeof(dir), "%s/%llu", k->dir,
		               (unsigned long long)job);
		counts.dir = dir;
		own.job = job;
		if (mkdir(dir, 0700) != 0)
			_exit(1);
		job_run(&counts, &own, ends[1]);
	}
	(void)close(ends[1]);
	*in = ends[0];
	return child > 0;
}

static void
campaign_add(struct campaign *to, const struct campaign *k)
{
	for (int i = 0; i < FAULTS; i++)
		to->fired[i] += k->fired[i];
	to->seeds += k->seeds;
	to->messages += k->messages;
	to->commits += k->commits;
	to->crashes += k->crashes;
	to->rows += k->rows;
	to->verdicts += k->verdicts;
	to->alerts += k->alerts;
	to->notices += k->notices;
	to->delivered += k->delivered;
}

static bool
run_jobs(struct campaign *k, const struct options *o)
{
	int in[JOBS_MAX];
	bool ok = true;
	int status;

	for (uint64_t i = 0; i < o->jobs; i++)
		ok = job_start(k, o, i, &in[i]) && ok;
	for (uint64_t i = 0; i < o->jobs; i++) {
		struct campaign counts;

		if (read(in[i], &counts, sizeof(counts)) ==
		    (ssize_t)sizeof(counts))
			campaign_add(k, &counts);
		else
			ok = false;
		(void)close(in[i]);
		ok = wait(&status) > 0 && status == 0 && ok;
	}
	return ok;
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
	ok = o->jobs > 1 ? run_jobs(k, o) : run_seeds(k, o, start);
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
		        "N | --seed N | --count N [--first N] [--jobs J]\n",
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
	dir_remove(dir);
	return code;
}
