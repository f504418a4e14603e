/*
 * deliver_io - sinks (pure) and posts (curl) put together in alert's loop.
 *
 * After each turn and at each due time: a read transaction, as many posts as may be made
 * now. Answers move lanes in memory; they are written at most every DELIVER_SAVE_MS, a
 * dead letter at once. Nothing here can fail a turn: a sink that is slow, wrong or gone
 * is counted, logged once a change, and waits.
 */
#ifndef SERVICES_ALERT_DELIVER_IO_H
#define SERVICES_ALERT_DELIVER_IO_H

#include "common/base/conf.h"
#include "common/base/daemon.h"
#include "common/serve/node.h"
#include "services/alert/sink.h"

#define DELIVER_SAVE_MS 100

struct deliver_options {
	const char *alertmanager; /* "http://127.0.0.1:9093 am2=https://..." */
	const char *webhook;      /* "office=https://example.org/hook" */
	const char *secrets;      /* file of lines "name secret", mode 0600 */
	const char *private_nets;
	const char *ca_file;
	const char *external_url;
	uint64_t resend_ms, retry_max_ms, give_up_ms, timeout_ms, watchdog_ms;
};

/* Rows of alert's conf_option table; at: where the struct lies. */
extern const struct conf_option deliver_option_rows[]; /* see alert/main.c */

struct deliver;

/* node's store serves. ERR_CONF: said in one line to the log. */
NODISCARD enum err deliver_open(struct deliver **deliver_p,
                                struct daemon *daemon, struct node *node,
                                const struct deliver_options *options);
void deliver_close(struct deliver **deliver_p);

/* The service has caught up with its source, and is ready or not. */
void deliver_ready(struct deliver *d, bool ready);
/* A turn committed. */
void deliver_committed(struct deliver *d);
/* `tiendo dead retry|drop`: asks of the wire. */
NODISCARD enum err deliver_dead(struct deliver *d, bool retry, const char *sink,
                                uint64_t number, uint32_t *n);
void deliver_metrics(struct deliver *d, struct buf *out);

#endif
