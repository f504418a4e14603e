/*
 * alert_io - the edges of alert: aggregate's journal in, queries, its own journal and
 * deliveries out.
 */
#ifndef SERVICES_ALERT_ALERT_IO_H
#define SERVICES_ALERT_ALERT_IO_H

#include "common/base/err.h"
#include "common/serve/service.h"
#include "services/alert/deliver_conf_io.h"

struct alert_options {
	struct service_options common; /* first */
	struct deliver_options deliver;
};

/* For service_main: *io is a struct alert_io. */
NODISCARD enum err alert_io_open(void **io_p,
                                 const struct service_start *start);
void alert_io_close(void **io_p);
void alert_io_reloaded(void *io_self);

extern const struct stat_row alert_stats[];
extern const size_t alert_n_stats;

#endif
