/*
 * The whole: rows through the real daemons, until the last of them has applied
 * the last commit; then each daemon is killed and started again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/bench/change.h"
#include "tests/bench/daemons.h"
#include "tests/bench/load.h"
#include "tests/bench/standard.h"
#include "tests/bench/workload.h"

struct timing {
	double acknowledged; /* seconds until the last answer */
	double applied[SERVICES];
	struct machine_use machine; /* of all processes, meanwhile */
};

static void
print_services(struct daemons *d, const char *name,
               int64_t (*value)(struct daemons *d, enum service s))
{
	printf(",\"%s\":{", name);
	for (enum service s = 0; s < SERVICES; s++)
		printf("%s\"%s\":%" PRId64, s == 0 ? "" : ",", service_names[s],
		       value(d, s));
	printf("}");
}

static int64_t
rss_peak(struct daemons *d, enum service s)
{
	return (int64_t)daemon_use(d, s).rss_peak;
}

static int64_t
anonymous(struct daemons *d, enum service s)
{
	return (int64_t)daemon_use(d, s).anonymous;
}

static int64_t
cpu_ms(struct daemons *d, enum service s)
{
	return (int64_t)(daemon_use(d, s).cpu_seconds * 1000);
}

static int64_t
store_bytes(struct daemons *d, enum service s)
{
	return daemon_detail(d, s, "store_bytes");
}

/* Bytes of the data files in use; the daemons look once a second. */
static void
print_bytes(struct daemons *d, const struct load *load)
{
	struct timespec pause = {.tv_sec = 1, .tv_nsec = 200000000};
	double all = 0;

	(void)nanosleep(&pause, NULL);
	for (enum service s = 0; s < SERVICES; s++)
		all += (double)store_bytes(d, s);
	printf(",\"bytes_per_obs\":%.2f", all / (double)load->n_rows);
	for (enum service s = 0; s < SERVICES; s++)
		printf(",\"%s_bytes_per_obs\":%.2f", service_names[s],
		       (double)store_bytes(d, s) / (double)load->n_rows);
}

static void
print_run(struct daemons *d, struct load *load, const char *name,
          const struct timing *t)
{
	double applied = t->applied[SERVICE_AGGREGATE];

	printf("{\"bench\":\"%s\",\"obs\":%" PRIu64
	       ",\"seconds\":%.3f,\"obs_per_s\":%.0f,"
	       "\"ack_seconds\":%.3f,\"ack_obs_per_s\":%.0f,"
	       "\"alert_seconds\":%.3f,\"ack_p50_ms\":%.2f,"
	       "\"ack_p99_ms\":%.2f,\"commits\":%" PRIu64,
	       name, load->n_rows, applied, (double)load->n_rows / applied,
	       t->acknowledged, (double)load->n_rows / t->acknowledged,
	       t->applied[SERVICE_ALERT], load_latency(load, 0.5) * 1e3,
	       load_latency(load, 0.99) * 1e3, load->last_commit);
	print_services(d, "rss_bytes", rss_peak);
	print_services(d, "anonymous_bytes", anonymous);
	print_services(d, "cpu_ms", cpu_ms);
	printf(",\"machine_busy_ms\":%.0f,\"machine_idle_ms\":%.0f",
	       t->machine.busy * 1e3, t->machine.idle * 1e3);
	print_bytes(d, load);
	printf("}\n");
	(void)fflush(stdout);
}

/* Returns the seconds until aggregate had all. */
static double
run(struct daemons *d, struct load *load, const char *name)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct machine_use before = machine_use();
	struct timing t;
	double from;

	daemon_endpoint(d, SERVICE_INGEST, endpoint);
	t.acknowledged = load_run(load, endpoint);
	from = bench_seconds() - t.acknowledged;
	for (enum service s = 0; s < SERVICES; s++) {
		daemon_wait_commit(d, s, load->last_commit);
		t.applied[s] = bench_seconds() - from;
	}
	t.machine = machine_use();
	t.machine.busy -= before.busy;
	t.machine.idle -= before.idle;
	print_run(d, load, name, &t);
	return t.applied[SERVICE_AGGREGATE];
}

/* Each killed alone, while the others stay. */
static void
recovery(struct daemons *d, uint64_t n_rows)
{
	for (enum service s = 0; s < SERVICES; s++) {
		double from;

		daemon_kill(d, s);
		from = bench_seconds();
		daemon_start(d, s);
		daemon_wait_ready(d, s);
		printf("{\"bench\":\"recovery\",\"service\":\"%s\",\"obs\":"
		       "%" PRIu64 ",\"ready_seconds\":%.3f}\n",
		       service_names[s], n_rows, bench_seconds() - from);
		(void)fflush(stdout);
	}
}

void
bench_pipeline(const struct bench_args *args)
{
	struct workload *w = malloc(sizeof(*w));
	struct daemons d;
	struct load load;
	struct change change = {.args = args, .d = &d, .w = w};

	bench_must(w != NULL, "memory");
	workload_init(w);
	standard_bulk(&load, w, args->n_months);
	change.n_rows = load.n_rows;
	daemons_open(&d, args->bin);
	(void)daemons_apply(&d, 0, 0);
	change.load_seconds = run(&d, &load, "pipeline");
	recovery(&d, load.n_rows);
	change_run(&change);
	daemons_close(&d);
	load_close(&load);
	free(w);
}

void
bench_forms(const struct bench_args *args)
{
	struct workload *w = malloc(sizeof(*w));
	struct daemons d;
	struct load load;

	bench_must(w != NULL, "memory");
	workload_init(w);
	standard_forms(&load, w, args->n_months);
	daemons_open(&d, args->bin);
	(void)daemons_apply(&d, 0, 0);
	(void)run(&d, &load, "forms");
	daemons_close(&d);
	load_close(&load);
	free(w);
}
