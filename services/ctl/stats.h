/*
 * stats - what the three services say of themselves, with rates measured between two
 * looks, and what alert says of open alerts and of sinks.
 *
 * Numbers only: no figure and no name of a unit or target comes near it, so a support
 * bundle may hold it. Shown by cmd_stats.c.
 */
#ifndef SERVICES_CTL_STATS_H
#define SERVICES_CTL_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "services/ctl/ctl.h"
#include "services/ctl/states.h"

#define STATS_APART_MS   1000 /* between the two looks */
#define STATS_SINKS_MAX  8
#define STATS_SEVERITIES 3 /* critical, warning, info */

/* A number that was not told, or is not known. */
#define STATS_UNKNOWN INT64_MIN

struct stats_service {
	int64_t uptime_ms;
	int64_t lag; /* commits behind the service before it */
	int64_t
	    lag_ms; /* between the knowledge times of the two last commits */
	int64_t commits, rows; /* between the looks; of alert verdicts */
	int64_t apart_ms;      /* between the looks */
	int64_t store_bytes, limit_bytes, disk_bytes;
	char version[WIRE_TEXT_MAX + 1]; /* "": not told */
};

struct stats_sink {
	char name[WIRE_TEXT_MAX + 1];
	int64_t queued, dead;
	int64_t oldest_ms, last_ms; /* STATS_UNKNOWN: none, never */
};

struct stats_view {
	struct states states; /* the second look */
	struct stats_service of[CTL_SERVICES];
	bool told; /* alert told the following */
	int64_t firing[STATS_SEVERITIES];
	int64_t pending[STATS_SEVERITIES];
	struct stats_sink sinks[STATS_SINKS_MAX];
	uint32_t n_sinks;
};

extern const char *const stats_severities[STATS_SEVERITIES];

/* Looks twice. Takes a little over STATS_APART_MS, timeout_ms more for a service that
 * does not answer. */
void stats_ask(const struct ctl *ctl, int64_t timeout_ms,
               struct stats_view *view);
void stats_fini(struct stats_view *view);

/* A detail of a service as a number; STATS_UNKNOWN: it has none of that name. */
int64_t stats_detail(const struct service_state *s, const char *name);
bool stats_detail_get(const struct service_state *s, const char *name,
                      struct wire_value *value);
/* n in apart_ms as a number a second, with one decimal: "12.5"; "" if unknown. */
#define STATS_RATE_TEXT 32
const char *stats_rate(int64_t n, int64_t apart_ms, char out[STATS_RATE_TEXT]);

/* One object and a line end. */
void stats_json(const struct stats_view *view, enum ctl_service service,
                struct buf *out);

#endif
