/*
 * rig - the three daemons, as processes, in a data directory of one test.
 *
 * Starts, kills, asks and awaits them; every wait has a deadline and ends the
 * test with the daemon's log when it passes. Children die with the test,
 * however it ends. Binaries are those of $B/bin (build/bin).
 */
#ifndef TESTS_LIB_RIG_H
#define TESTS_LIB_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/client/client.h"
#include "tests/lib/tmpdir.h"

enum rig_service { RIG_INGEST, RIG_AGGREGATE, RIG_ALERT, RIG_SERVICES };

#define RIG_READY_MS 10000 /* for anything that should come at once */

struct rig {
	struct tmpdir tmp;
	char data[96];
	pid_t pid[RIG_SERVICES]; /* 0: does not run */
};

struct rig_state { /* what HEALTH said */
	bool ready;
	char reason[WIRE_TEXT_MAX + 1];
	uint64_t commit;
	uint64_t log;
	uint64_t accepted, duplicate, rejected; /* rows, of ingest */
};

const char *rig_name(enum rig_service service);
int64_t rig_now_ms(void); /* monotonic */
/* Ends the test; prints the services' logs first. */
void rig_fail(const struct rig *rig, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

void rig_open(struct rig *rig);  /* nothing runs yet */
void rig_close(struct rig *rig); /* kills, removes */

/* <data>/<service>/<name>, in a buffer of the caller; name may be "". */
const char *rig_path(const struct rig *rig, enum rig_service service,
                     const char *name, char out[160]);

void rig_start(struct rig *rig, enum rig_service service);
void rig_kill(struct rig *rig, enum rig_service service); /* -9, and reaped */
/* SIGTERM; its exit code, 128 and more for a signal. */
int rig_stop(struct rig *rig, enum rig_service service);
int rig_await_exit(struct rig *rig, enum rig_service service);
bool rig_runs(struct rig *rig, enum rig_service service);

/* One HEALTH; false: no answer within timeout_ms. */
bool rig_health(const struct rig *rig, enum rig_service service,
                int64_t timeout_ms, struct rig_state *state);
/* Until it is as said, within RIG_READY_MS. */
void rig_await_ready(struct rig *rig, enum rig_service service);
void rig_await_not_ready(struct rig *rig, enum rig_service service,
                         struct rig_state *state);
void rig_await_commit(struct rig *rig, enum rig_service service,
                      uint64_t commit);
/* Starts all three and waits until they are ready. */
void rig_start_all(struct rig *rig);
/* aggregate and alert have what ingest has. */
void rig_await_level(struct rig *rig);

struct client *rig_client(const struct rig *rig, enum rig_service service);
void rig_link(const struct rig *rig, enum rig_service service,
              struct client_link *link);
/* Applies a catalogue directory ("tests/data/catalogue-load"). */
void rig_apply(const struct rig *rig, const char *dir);
#define RIG_CATALOGUE "tests/data/catalogue-load"

/* All rows of a query as text, one line a row; with its error if it failed. */
void rig_query(const struct rig *rig, enum rig_service service,
               const char *what, struct buf *out);
/* All commits of a journal, each behind its length as a uvarint. */
void rig_journal(const struct rig *rig, enum rig_service service,
                 struct buf *out);

/* VmRSS of a service in bytes. */
uint64_t rig_rss_bytes(const struct rig *rig, enum rig_service service);

/* Runs bin/tiendo with arguments (NULL at the end, at most 8) against this
 * directory; its exit code. Output goes to <data>/tiendo.out. */
int rig_tiendo(const struct rig *rig, const char *const *args);

#endif
