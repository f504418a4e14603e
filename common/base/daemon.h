/*
 * daemon - what every service has before it does anything of its own.
 *
 * Log, clock, counters, loop, signals, ZeroMQ context, admin endpoint, readiness,
 * word to the service manager, exit code. A library, not a framework: main opens
 * it, hangs its sockets into d->loop, names its hooks, runs and closes:
 *
 *   err = daemon_open(&d, &conf);
 *   d->hooks = (struct daemon_hooks){.self = &service, .wake = service_wake};
 *   daemon_ready(d);
 *   code = daemon_run(d);
 *   daemon_close(&d);
 *
 * For tests alone: TIENDO_CLOCK_FILE in the environment names a file that holds a
 * shift such as +24h. Both clocks of the daemon show that much later; the file is read
 * at each wake, at least every DAEMON_CLOCK_MS, and only a growing shift is taken. So
 * a test lets a day of silence pass. A file that isn't there, or says something else,
 * shifts nothing.
 *
 * A service that cannot work (a damaged file, a disk that fails while it reads)
 * may stay up and say why: daemon_not_ready. One that must end: daemon_fail.
 */
#ifndef COMMON_BASE_DAEMON_H
#define COMMON_BASE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/clock.h"
#include "common/base/conf.h"
#include "common/base/err.h"
#include "common/base/http.h"
#include "common/base/log.h"
#include "common/base/loop.h"
#include "common/base/notify.h"
#include "common/base/paths.h"
#include "common/base/sock.h"
#include "common/base/stat.h"

#define DAEMON_CLOCK_MS   100 /* how soon a file of the clock is heeded */
#define DAEMON_REASON_MAX 320 /* bytes of why it is not ready, with the NUL */

/* The part of a service's configuration that all have; a member of its struct. */
struct daemon_options {
	const char *data;       /* --data */
	const char *admin;      /* --admin; "": no endpoint */
	const char *log_level;  /* --log-level */
	const char *log_format; /* --log-format */
};

/*
 * Rows of a conf_option table; at: where the struct daemon_options lies in the
 * service's struct, port: the admin port as text, e.g.
 * DAEMON_OPTIONS(offsetof(struct ingest_conf, daemon), "9550").
 */
#define DAEMON_OPTIONS(at, port)                                              \
	{.name = "data",                                                      \
	 .type = CONF_TEXT,                                                   \
	 .offset = (at) + offsetof(struct daemon_options, data),              \
	 .preset = "",                                                        \
	 .max = PATHS_MAX - 1,                                                \
	 .help = "data directory; else TIENDO_DATA, " PATHS_SYSTEM_DATA       \
	         ", the user's own"},                                         \
	    {.name = "admin",                                                 \
	     .type = CONF_TEXT,                                               \
	     .offset = (at) + offsetof(struct daemon_options, admin),         \
	     .preset = "127.0.0.1:" port,                                     \
	     .max = HTTP_ADDRESS_MAX - 1,                                     \
	     .help = "address of /metrics, /healthz, /readyz; empty: none"},  \
	    {.name = "log-level",                                             \
	     .type = CONF_TEXT,                                               \
	     .offset = (at) + offsetof(struct daemon_options, log_level),     \
	     .preset = "info",                                                \
	     .choices = "debug info warn error",                              \
	     .help = "the least that is logged",                              \
	     .reload = true},                                                 \
	{                                                                     \
		.name = "log-format", .type = CONF_TEXT,                      \
		.offset = (at) + offsetof(struct daemon_options, log_format), \
		.preset = "logfmt", .choices = "logfmt json",                 \
		.help = "form of a log line", .reload = true                  \
	}

struct daemon_conf {
	const char *service; /* "ingest"; a constant */
	const char *version;
	struct daemon_options options;
	char *const *envp;            /* NOTIFY_SOCKET and others are read */
	const struct stat_row *stats; /* the service's; may be NULL with n 0 */
	size_t n_stats;
	int log_fd; /* 2 */
};

struct daemon_hooks {
	void *self;
	/* After all that was ready in a wake: the turn. */
	void (*wake)(void *self);
	/* Before and in a /metrics answer: set gauges, add families. */
	void (*metrics)(void *self, struct buf *out);
	/* SIGHUP, with reload_self. Options read again go to daemon_reload. */
	void (*reload)(void *reload_self);
	void *reload_self;
	/* Paths of the admin endpoint that are the service's own. */
	struct http_routes routes;
};

struct daemon {
	struct clock clock; /* may be set to a fixed one before the run */
	struct log log;
	struct stats stat; /* rows of conf.stats */
	struct loop *loop;
	struct sock_ctx *ctx;
	struct http *http; /* NULL: none */
	struct path data;  /* resolved and made, run/ too */
	struct daemon_hooks hooks;

	/* The daemon's own. */
	const char *service;
	const char *version;
	const char *clock_file; /* of a test; NULL: none */
	struct stats own;
	struct notify notify;
	struct loop_id tick;
	struct loop_id watchdog;
	bool ready;
	bool stopping;
	char reason[DAEMON_REASON_MAX];
	int exit_code;
};

/*
 * daemon_open - umask 0077, no core dumps, then each part in turn.
 *
 * Resolves and makes the data directory; logs "started" with version, directory and
 * admin port. Not ready yet ("starting").
 *
 * returns  ERR_OK, or why not: one line is written to the log and nothing is
 *          left open; the process exits with err_exit_code
 */
NODISCARD enum err daemon_open(struct daemon **daemon_p,
                               const struct daemon_conf *conf);
/* Close your sockets first. */
void daemon_close(struct daemon **daemon_p);

/* Until SIGTERM, SIGINT, daemon_stop or daemon_fail; the wake in which it ends
 * is finished, so is the turn. Returns the exit code of the process. */
int daemon_run(struct daemon *d);
void daemon_stop(struct daemon *d);
/* Ends with err_exit_code(err); the first failure counts. Logs it. */
void daemon_fail(struct daemon *d, enum err err, const char *what);

/* What /readyz, the log and the service manager are told; only changes are. */
void daemon_ready(struct daemon *d);
void daemon_not_ready(struct daemon *d, enum err err, const char *reason);

/* Options of the log, after a reload of the configuration. */
void daemon_reload(struct daemon *d, const struct daemon_options *options);

#endif
