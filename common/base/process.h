/*
 * process - what every Prometheus client says of its own process: memory,
 * processor time, descriptors; from /proc/self.
 *
 * Called by daemon.c for each /metrics answer. A number that can't be read is left
 * out. Cost: some 50 us, most of it for counting descriptors.
 */
#ifndef COMMON_BASE_PROCESS_H
#define COMMON_BASE_PROCESS_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct process_figures {
	int64_t resident_bytes;
	int64_t virtual_bytes;
	int64_t cpu_ms;   /* user and system time */
	int64_t open_fds; /* those of the count itself not among them */
	int64_t max_fds;  /* soft limit */
};

/* ERR_IO: /proc isn't there; *f untouched. */
NODISCARD enum err process_read(struct process_figures *f);
/* process_resident_memory_bytes and its like. */
void process_metrics(struct buf *out);

#endif
