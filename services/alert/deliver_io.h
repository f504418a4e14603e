/*
 * deliver_io - sinks (pure) and posts (curl) put together in alert's loop.
 *
 * After each turn and at each due time: a read transaction, as many posts as may be made
 * now. Answers move lanes in memory; they are written at most every DELIVER_SAVE_MS, a
 * dead letter at the next wake. Nothing here can fail a turn: a sink that is slow, wrong
 * or gone is counted, logged once a change, and waits. Where nothing can be written (a
 * full disk) it goes on in memory and tries again; damage ends delivering, and the
 * service says that it isn't ready.
 *
 * Times are the machine's, also in demo data, whose own clock stands: a receiver lives
 * now. Logged are names of sinks, numbers and reasons, never what an alert says.
 *
 * Who calls it: alert_io.c. Without sinks it does nothing but keep OUTBOX short.
 */
#ifndef SERVICES_ALERT_DELIVER_IO_H
#define SERVICES_ALERT_DELIVER_IO_H

#include "common/base/daemon.h"
#include "common/serve/node.h"
#include "services/alert/deliver_conf_io.h"
#include "services/alert/sink.h"

#define DELIVER_SAVE_MS  100
/* A save that failed, a read without memory. */
#define DELIVER_RETRY_MS 1000
/* Changes of one sink that follow each other faster are one line. */
#define DELIVER_SAY_MS   LOG_FOLD_MS

struct deliver;

/*
 * deliver_open - sinks that were met go on with what is stored, in the loop's next turn;
 * those first met wait for deliver_caught_up.
 *
 * node     borrowed, opened; its store may have been refused: then nothing is delivered
 * options  borrowed; texts that a reload may change are read when they are needed
 * demo     as sink_settings has it
 * returns  ERR_OK; ERR_CONF, said in one line to the log; ERR_NOMEM, ERR_IO,
 *          ERR_TOO_LARGE
 */
NODISCARD enum err deliver_open(struct deliver **deliver_p, struct node *node,
                                const struct deliver_options *options,
                                bool demo);
void deliver_close(struct deliver **deliver_p); /* before the node */

/* The service has folded what its source had: what is in OUTBOX is news. Again: no
 * effect. */
void deliver_caught_up(struct deliver *d);
/* A turn committed. */
void deliver_committed(struct deliver *d);
/* After SIGHUP: the file of secrets is read again; wrong, it is said, those of before
 * stay. */
void deliver_reloaded(struct deliver *d);

/* Sinks as configured; name NULL: there is no sink i. */
const char *deliver_sink_name(const struct deliver *d, uint32_t i);

/*
 * deliver_dead - dead letters of a sink told again, or dropped; durable with ERR_OK. In
 * transactions of SINK_DEAD_SLICE letters: what fails later leaves the earlier ones done.
 *
 * sink     its name, also of one that is no longer configured (drop alone)
 * number   0: all
 * n        how many; 0: there is none
 * returns  ERR_OK; ERR_AGAIN: not caught up yet; ERR_NOT_FOUND: no such letter, no
 *          such sink to tell; ERR_STORAGE_FULL, ERR_IO, ERR_CORRUPT, ERR_NOMEM
 */
NODISCARD enum err deliver_dead(struct deliver *d, bool retry, const char *sink,
                                uint64_t number, uint32_t *n);

/*
 * deliver_counts - what sink i has, in the read transaction of state.
 *
 * returns  ERR_OK; ERR_NOT_FOUND: there is no sink i; ERR_AGAIN: nothing is delivered
 *          yet, or ever; ERR_CORRUPT, ERR_NOMEM
 */
NODISCARD enum err deliver_counts(const struct deliver *d, struct kv *state,
                                  uint32_t i, struct sink_counts *counts);

/* The families of sinks; see README. */
void deliver_metrics(struct deliver *d, struct buf *out);

#endif
