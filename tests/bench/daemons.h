/*
 * daemons - ingest, aggregate and alert as they are installed, on a data directory
 * of their own: started, asked, killed.
 */
#ifndef TESTS_BENCH_DAEMONS_H
#define TESTS_BENCH_DAEMONS_H

#include <stdint.h>
#include <sys/types.h>

#include "common/base/paths.h"
#include "common/client/client.h"
#include "tests/lib/tmpdir.h"

enum service { SERVICE_INGEST, SERVICE_AGGREGATE, SERVICE_ALERT, SERVICES };
extern const char *const service_names[SERVICES];

struct daemons {
	const char *bin;
	const char *webhook; /* of alert; NULL: none */
	struct tmpdir dir;
	pid_t pids[SERVICES]; /* 0: not running */
	struct client *clients[SERVICES];
};

/* All started and ready. */
void daemons_open(struct daemons *d, const char *bin);
/* The same with a webhook, to which alert delivers. */
void daemons_open_told(struct daemons *d, const char *bin, const char *webhook);
/* Killed, and their data removed. */
void daemons_close(struct daemons *d);

void daemon_start(struct daemons *d, enum service service);
void daemon_kill(struct daemons *d, enum service service); /* kill -9 */
/* Asked every 2 ms until it says so; aggregate and alert want a source. */
void daemon_wait_ready(struct daemons *d, enum service service);
/* Until it has applied that commit. */
void daemon_wait_commit(struct daemons *d, enum service service,
                        uint64_t commit);
/* A number of HEALTH's details; 0 if it has none of this name. */
int64_t daemon_detail(struct daemons *d, enum service service,
                      const char *name);
void daemon_endpoint(const struct daemons *d, enum service service,
                     char out[PATHS_ENDPOINT_MAX]);
/* Sends the catalogue of the workload, its communes moved by `shift` provinces, as
 * the next one after `version`; returns its commit, for which nobody waits. */
uint64_t daemons_apply(struct daemons *d, uint32_t shift, uint64_t version);
/* The first one, with what is watched (workload_pack_watched), its programme enabled. */
uint64_t daemons_apply_watched(struct daemons *d);

struct daemon_use {
	uint64_t rss_peak;  /* bytes, pages of the data file among them */
	uint64_t anonymous; /* bytes now, without those */
	double cpu_seconds;
};
struct daemon_use daemon_use(const struct daemons *d, enum service service);

/* Seconds of all cores since the machine started: whether anything else ran beside
 * a measurement. */
struct machine_use {
	double busy;
	double idle;
};
struct machine_use machine_use(void);

#endif
