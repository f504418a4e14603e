#include "tests/bench/daemons.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/workload.h"

#define POLL_MS 2

const char *const service_names[SERVICES] = {
    [SERVICE_INGEST] = "ingest",
    [SERVICE_AGGREGATE] = "aggregate",
    [SERVICE_ALERT] = "alert",
};

static void
wait_a_little(void)
{
	struct timespec pause = {.tv_nsec = POLL_MS * 1000000};

	(void)nanosleep(&pause, NULL);
}

void
daemon_endpoint(const struct daemons *d, enum service service,
                char out[PATHS_ENDPOINT_MAX])
{
	struct path data;

	(void)snprintf(data.text, sizeof(data.text), "%s", d->dir.path);
	bench_ok(path_endpoint(&data, service_names[service], out), "path");
}

void
daemon_start(struct daemons *d, enum service service)
{
	char program[PATHS_MAX];
	char data[] = "--data", admin[] = "--admin", none[] = "";
	char level[] = "--log-level", warn[] = "warn";
	char hook[] = "--webhook", url[64];
	bool told = service == SERVICE_ALERT && d->webhook != NULL;
	char *argv[] = {program, data, d->dir.path,        admin, none,
	                level,   warn, told ? hook : NULL, url,   NULL};
	char endpoint[PATHS_ENDPOINT_MAX];
	struct client_link link;

	(void)snprintf(program, sizeof(program), "%s/tiendo-%s", d->bin,
	               service_names[service]);
	(void)snprintf(url, sizeof(url), "%s", told ? d->webhook : "");
	bench_must(posix_spawn(&d->pids[service], program, NULL, NULL, argv,
	                       environ) == 0,
	           program);
	daemon_endpoint(d, service, endpoint);
	bench_ok(client_link_open(&link, endpoint), endpoint);
	bench_ok(client_new(&d->clients[service], &link), endpoint);
}

void
daemon_kill(struct daemons *d, enum service service)
{
	client_free(&d->clients[service]);
	if (d->pids[service] == 0)
		return;
	(void)kill(d->pids[service], SIGKILL);
	(void)waitpid(d->pids[service], NULL, 0);
	d->pids[service] = 0;
}

void
daemon_wait_ready(struct daemons *d, enum service service)
{
	struct wire_state state;

	for (;;) {
		bench_ok(client_health(d->clients[service], &state), "health");
		if (state.ready)
			return;
		wait_a_little();
	}
}

void
daemon_wait_commit(struct daemons *d, enum service service, uint64_t commit)
{
	struct wire_state state;

	for (;;) {
		bench_ok(client_health(d->clients[service], &state), "health");
		if (state.commit >= commit)
			return;
		wait_a_little();
	}
}

int64_t
daemon_detail(struct daemons *d, enum service service, const char *name)
{
	struct wire_state state;
	struct span key;
	struct wire_value value;

	bench_ok(client_health(d->clients[service], &state), "health");
	while (wire_pairs_next(&state.details, &key, &value)) {
		if (span_equal(key, span_str(name)))
			return value.number;
	}
	return 0;
}

void
daemons_open(struct daemons *d, const char *bin)
{
	daemons_open_told(d, bin, NULL);
}

void
daemons_open_told(struct daemons *d, const char *bin, const char *webhook)
{
	*d = (struct daemons){.bin = bin, .webhook = webhook};
	tmpdir_open(&d->dir);
	for (enum service s = 0; s < SERVICES; s++)
		daemon_start(d, s);
	for (enum service s = 0; s < SERVICES; s++)
		daemon_wait_ready(d, s);
}

void
daemons_close(struct daemons *d)
{
	for (enum service s = 0; s < SERVICES; s++)
		daemon_kill(d, s);
	tmpdir_close(&d->dir);
}

static uint64_t
apply_packed(struct daemons *d, const struct buf *packed, uint64_t version)
{
	struct wire_apply apply = {.version = version,
	                           .packed = buf_span(packed)};
	struct wire_applied applied;

	bench_ok(client_apply(d->clients[SERVICE_INGEST], &apply, &applied),
	         client_problem(d->clients[SERVICE_INGEST]));
	return applied.commit;
}

uint64_t
daemons_apply(struct daemons *d, uint32_t shift, uint64_t version)
{
	struct buf packed;
	uint64_t commit;

	buf_init(&packed, WIRE_PACKED_MAX);
	workload_pack(shift, &packed);
	commit = apply_packed(d, &packed, version);
	buf_fini(&packed);
	return commit;
}

uint64_t
daemons_apply_watched(struct daemons *d)
{
	struct client *ingest = d->clients[SERVICE_INGEST];
	struct wire_message ask = {.type = WIRE_DECLARE};
	struct wire_message answer;
	struct wire_writer args;
	struct buf packed;

	buf_init(&packed, WIRE_PACKED_MAX);
	workload_pack_watched(&packed);
	(void)apply_packed(d, &packed, 0);
	buf_fini(&packed);
	wire_writer_init(&args, WIRE_MESSAGE_MAX);
	wire_args_add(&args, "programme", span_str("al"));
	wire_args_add(&args, "enabled", span_str("true"));
	ask.as.declare.kind = span_str("programme");
	ask.as.declare.args = wire_writer_list(&args);
	bench_ok(client_ask(ingest, &ask, WIRE_DECLARED, &answer),
	         client_problem(ingest));
	wire_writer_fini(&args);
	return answer.as.declared.commit;
}

static uint64_t
status_bytes(pid_t pid, const char *name)
{
	char path[64];
	char line[256];
	uint64_t kib = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	bench_must(file != NULL, path);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtoull(line + strlen(name) + 1, NULL, 10);
	}
	(void)fclose(file);
	return kib * 1024;
}

/* Fields 14 and 15 of stat, behind the name in brackets. */
static double
cpu_seconds(pid_t pid)
{
	char path[64];
	char line[1024] = "";
	char *at;
	double ticks = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	bench_must(file != NULL && fgets(line, sizeof(line), file), path);
	(void)fclose(file);
	at = strrchr(line, ')');
	bench_must(at != NULL, path);
	for (int field = 2; field <= 15; field++) {
		at += strcspn(at, " ") + (field < 15);
		if (field == 12 || field == 13)
			ticks += strtod(at + 0, NULL);
	}
	return ticks / (double)sysconf(_SC_CLK_TCK);
}

struct daemon_use
daemon_use(const struct daemons *d, enum service service)
{
	pid_t pid = d->pids[service];
	struct daemon_use use = {.rss_peak = status_bytes(pid, "VmHWM"),
	                         .anonymous = status_bytes(pid, "RssAnon"),
	                         .cpu_seconds = cpu_seconds(pid)};

	return use;
}

/* The line `cpu`: user, nice, system, idle, iowait, and four kinds of busy. */
struct machine_use
machine_use(void)
{
	double ticks = (double)sysconf(_SC_CLK_TCK);
	struct machine_use use = {0};
	char line[256] = "";
	char *at = line + 4;
	FILE *file = fopen("/proc/stat", "re");

	bench_must(file != NULL && fgets(line, sizeof(line), file),
	           "/proc/stat");
	(void)fclose(file);
	for (int field = 0; field < 8; field++) {
		double seconds = strtod(at, &at) / ticks;

		if (field == 3 || field == 4)
			use.idle += seconds;
		else
			use.busy += seconds;
	}
	return use;
}
