/*
 * alert_stream - verdicts and alerts as streams: what a commit changed, and what stands.
 *
 * Streams verdict/<programme>/<target>/ and alert/<programme>/<target>/. A row of a verdict
 * is a row of `status` (its key: unit), one of an alert a row of `alerts` (its key: unit,
 * severity); gone: true and the key alone where there is none any more. Alerts about figures
 * (late, doubtful) stand in alert/<programme>/-/ with key alertname, indicator.
 *
 * Snapshots ("snapshot", stream) give the same rows, ascending by key; "streams" lists the
 * names. Pure; called by alert_io.c and alert_query.c.
 */
#ifndef SERVICES_ALERT_ALERT_STREAM_H
#define SERVICES_ALERT_ALERT_STREAM_H

#include "services/alert/alert_status.h"

struct alert_stream_sink {
	bool (*wants)(void *self, const char *topic);
	void (*row)(void *self, const char *topic, struct wire_list row);
	void *self;
};

NODISCARD enum err alert_stream_commit(struct alert_service *a,
                                       struct kv *state, struct kv *journal,
                                       uint64_t number,
                                       const struct alert_stream_sink *sink);

NODISCARD enum err alert_stream_snapshot(const struct alert_ask *ask);
NODISCARD enum err alert_stream_names(const struct alert_ask *ask);

#endif
