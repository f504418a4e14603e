#include "tests/bench/change.h"

#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/lib/random.h"

#define BATCH_ROWS  10000
#define ASK_MS      2 /* between two questions */
#define SAMPLES_MAX 1000000
#define KILLS       2

/* --- revisions ------------------------------------------------------------- */

/* One row of every `every`, which one by chance: so they lie all over. */
static void
revisions(const struct change *change, uint32_t every, uint32_t revision,
          char name)
{
	struct load load;
	struct wire_row_text row;
	char endpoint[PATHS_ENDPOINT_MAX];
	uint64_t seed = revision;
	double from, seconds, a_row;

	load_open(&load, name, 1);
	for (uint64_t i = 0; i + every <= change->n_rows; i += every) {
		workload_row(change->w, i + below(&seed, every), revision,
		             &row);
		load_row(&load, &row);
		if (load_rows_open(&load) == BATCH_ROWS)
			load_cut(&load, 0);
	}
	load_cut(&load, 0);
	daemon_endpoint(change->d, SERVICE_INGEST, endpoint);
	from = bench_seconds();
	(void)load_run(&load, endpoint);
	daemon_wait_commit(change->d, SERVICE_AGGREGATE, load.last_commit);
	seconds = bench_seconds() - from;
	daemon_wait_commit(change->d, SERVICE_ALERT, load.last_commit);
	a_row = seconds / (double)load.n_rows;
	printf("{\"bench\":\"revisions\",\"obs\":%" PRIu64 ",\"of\":%" PRIu64
	       ",\"seconds\":%.3f,\"obs_per_s\":%.0f,"
	       "\"times_loading_a_row\":%.2f}\n",
	       load.n_rows, change->n_rows, seconds, 1 / a_row,
	       a_row / (change->load_seconds / (double)change->n_rows));
	(void)fflush(stdout);
	load_close(&load);
}

/* --- a map changes --------------------------------------------------------- */

struct answer {
	uint64_t commit;
	int64_t number; /* a decimal's mantissa */
	char text[24];
};

/* One field of the only row. */
static struct answer
ask(const struct change *change, const struct client_query *query,
    const char *field)
{
	struct client *client = change->d->clients[SERVICE_AGGREGATE];
	struct client_rows rows;
	struct wire_list pairs;
	struct span key;
	struct wire_value value;
	struct answer answer = {.number = -1};

	bench_ok(client_query(client, query, &rows), client_problem(client));
	bench_ok(client_rows_next(&rows, &pairs), query->what);
	while (wire_pairs_next(&pairs, &key, &value)) {
		if (!span_equal(key, span_str(field)))
			continue;
		answer.number = value.number;
		(void)snprintf(answer.text, sizeof(answer.text), "%.*s",
		               (int)value.text.len,
		               value.text.len > 0 ? (const char *)value.text.ptr
		                                  : "");
	}
	answer.commit = rows.page.commit;
	return answer;
}

static struct answer
digest_ask(const struct change *change)
{
	struct client_query query = {.what = "digest"};

	return ask(change, &query, "rollups");
}

/* The first month of one province. */
static struct answer
province_ask(const struct change *change)
{
	struct client_query query = {.what = "series"};
	struct span month = span_str(change->w->months[0]);
	struct wire_writer args;
	struct answer answer;

	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "indicator", span_str("i00"));
	wire_args_add(&args, "unit", span_str("p01"));
	wire_args_add(&args, "from", month);
	wire_args_add(&args, "to", month);
	query.args = wire_writer_list(&args);
	answer = ask(change, &query, "rolled_up");
	wire_writer_fini(&args);
	return answer;
}

struct asking {
	double *samples; /* seconds that each answer took */
	size_t n;
	double until; /* bench_seconds; 0: until the commit is there */
	struct answer before;
	struct answer last;
};

/* Asks again and again: until the commit is there an answer is the former one. */
static void
ask_on(const struct change *change, struct asking *asking, uint64_t commit)
{
	struct timespec pause = {.tv_nsec = ASK_MS * 1000000};

	for (;;) {
		double from = bench_seconds();

		if (asking->until > 0 && from >= asking->until)
			return;
		bench_must(asking->n < SAMPLES_MAX, "questions");
		asking->last = province_ask(change);
		asking->samples[asking->n++] = bench_seconds() - from;
		if (asking->last.commit >= commit)
			return;
		bench_must(asking->last.number == asking->before.number,
		           "an answer changed before its commit");
		(void)nanosleep(&pause, NULL);
	}
}

static void
asking_open(struct asking *asking, const struct change *change)
{
	*asking = (struct asking){.before = province_ask(change)};
	asking->samples = malloc(SAMPLES_MAX * sizeof(*asking->samples));
	bench_must(asking->samples != NULL, "memory");
}

/* All communes move to the next province: every figure is carried up anew, while
 * the former roll-ups answer. Returns the seconds it took. */
static double
map_change(const struct change *change)
{
	struct asking asking;
	double from, seconds;
	uint64_t commit;

	asking_open(&asking, change);
	from = bench_seconds();
	commit = daemons_apply(change->d, 1, 1);
	ask_on(change, &asking, commit);
	seconds = bench_seconds() - from;
	daemon_wait_commit(change->d, SERVICE_ALERT, commit);
	bench_must(asking.last.number != asking.before.number,
	           "the map changed nothing");
	printf("{\"bench\":\"map_change\",\"obs\":%" PRIu64
	       ",\"seconds\":%.3f,\"obs_per_s\":%.0f,"
	       "\"alert_seconds\":%.3f,\"answers_meanwhile\":%zu,"
	       "\"answer_p50_ms\":%.2f,\"answer_p99_ms\":%.2f,"
	       "\"answer_max_ms\":%.2f}\n",
	       change->n_rows, seconds, (double)change->n_rows / seconds,
	       bench_seconds() - from, asking.n,
	       bench_quantile(asking.samples, asking.n, 0.5) * 1e3,
	       bench_quantile(asking.samples, asking.n, 0.99) * 1e3,
	       bench_quantile(asking.samples, asking.n, 1) * 1e3);
	(void)fflush(stdout);
	free(asking.samples);
	return seconds;
}

/* Back again, with kill -9 on the way: what it comes to is what it was before. */
static void
map_change_killed(const struct change *change, double undisturbed,
                  const struct answer *digest)
{
	struct asking asking;
	double from, seconds;
	double down = 0;
	uint64_t commit;
	unsigned kills = 0;

	asking_open(&asking, change);
	from = bench_seconds();
	commit = daemons_apply(change->d, 0, 2);
	while (asking.last.commit < commit && kills < KILLS) {
		double killed;

		asking.until = bench_seconds() + undisturbed / (KILLS + 1);
		ask_on(change, &asking, commit);
		if (asking.last.commit >= commit)
			break;
		killed = bench_seconds();
		daemon_kill(change->d, SERVICE_AGGREGATE);
		daemon_start(change->d, SERVICE_AGGREGATE);
		asking.last = province_ask(change); /* waits for it */
		down += bench_seconds() - killed;
		kills++;
	}
	asking.until = 0;
	ask_on(change, &asking, commit);
	seconds = bench_seconds() - from;
	daemon_wait_commit(change->d, SERVICE_ALERT, commit);
	printf("{\"bench\":\"map_change_killed\",\"obs\":%" PRIu64
	       ",\"kills\":%u,\"seconds\":%.3f,\"alert_seconds\":%.3f,"
	       "\"unanswered_seconds\":%.3f,"
	       "\"same_digest\":%s}\n",
	       change->n_rows, kills, seconds, bench_seconds() - from, down,
	       strcmp(digest_ask(change).text, digest->text) == 0 ? "true"
	                                                          : "false");
	(void)fflush(stdout);
	free(asking.samples);
}

/* --- what if --------------------------------------------------------------- */

/* Under another number; with a shift also under another map. */
static void
whatif(const struct change *change, const char *name, uint32_t shift)
{
	char program[PATHS_MAX], dir[PATHS_MAX], programmes[PATHS_MAX + 16];
	char data[] = "--data", command[] = "whatif";
	char *argv[] = {program, data, change->d->dir.path, command, dir, NULL};
	posix_spawn_file_actions_t quiet;
	struct rusage usage;
	struct stat out;
	char path[PATHS_MAX + 16];
	double from;
	pid_t pid;
	int status;

	(void)snprintf(program, sizeof(program), "%s/tiendo",
	               change->args->bin);
	(void)tmpdir_path(&change->d->dir, name, dir, sizeof(dir));
	(void)snprintf(programmes, sizeof(programmes), "%s/programmes", dir);
	(void)snprintf(path, sizeof(path), "%s.out", dir);
	bench_must(mkdir(dir, 0700) == 0 && mkdir(programmes, 0700) == 0, dir);
	workload_write(dir, shift);
	bench_must(posix_spawn_file_actions_init(&quiet) == 0 &&
	               posix_spawn_file_actions_addopen(
	                   &quiet, 1, path, O_WRONLY | O_CREAT, 0600) == 0,
	           "spawn");
	from = bench_seconds();
	bench_must(posix_spawn(&pid, program, &quiet, NULL, argv, environ) ==
	                   0 &&
	               wait4(pid, &status, 0, &usage) == pid && status == 0,
	           "tiendo whatif");
	printf("{\"bench\":\"%s\",\"obs\":%" PRIu64
	       ",\"seconds\":%.3f,\"obs_per_s\":%.0f,\"output_bytes\":%lld,"
	       "\"peak_mib\":%ld}\n",
	       name, change->n_rows, bench_seconds() - from,
	       (double)change->n_rows / (bench_seconds() - from),
	       stat(path, &out) == 0 ? (long long)out.st_size : 0,
	       usage.ru_maxrss / 1024);
	(void)fflush(stdout);
	(void)posix_spawn_file_actions_destroy(&quiet);
}

void
change_run(const struct change *change)
{
	struct answer digest;
	double seconds;

	revisions(change, 1000, 1, 'r');
	revisions(change, 100, 2, 's');
	whatif(change, "whatif", 0);
	whatif(change, "whatif_map", 1);
	digest = digest_ask(change);
	seconds = map_change(change);
	map_change_killed(change, seconds, &digest);
}
