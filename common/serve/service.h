/*
 * service - the main of the three services: options, daemon, edges, run, close.
 *
 * What differs stands in one const struct; what is alike stands here once. The
 * order is that of the calls, nothing is called back but open and close.
 */
#ifndef COMMON_SERVE_SERVICE_H
#define COMMON_SERVE_SERVICE_H

#include <stdbool.h>

#include "common/base/conf.h"
#include "common/base/daemon.h"
#include "common/base/version.h"
#include "common/serve/node.h"

struct service_options {
	struct daemon_options daemon;
	struct node_options node;
};

/* Rows of every service's option table; port: of the admin endpoint, as text. */
#define SERVICE_OPTIONS(port)                                           \
	DAEMON_OPTIONS(offsetof(struct service_options, daemon), port), \
	    NODE_OPTIONS(offsetof(struct service_options, node))

struct service_start {
	struct daemon *daemon;
	const struct node_options *node;
	/* The service's own struct; members that a reload may change are changed in
	 * place. */
	const void *values;
	bool demo; /* the data directory is marked demo */
};

struct service {
	const char *name;                  /* "ingest" */
	const char *purpose;               /* one sentence, for --help */
	const struct conf_option *options; /* begins with SERVICE_OPTIONS */
	size_t n_options;
	/* Of the struct that the options fill; it begins with a struct
	 * service_options. 0: it is that alone. */
	size_t size;
	/* What no option can check for itself; as conf_spec.check. May be NULL. */
	enum err (*check)(const void *values, struct buf *why);
	const struct stat_row *stats;
	size_t n_stats;
	/* Opens the edges; what it made goes to *io. */
	enum err (*open)(void **io, const struct service_start *start);
	void (*close)(void **io);
	/* SIGHUP has read the options again, and check passed. May be NULL. */
	void (*reloaded)(void *io);
};

/* Runs until a signal or a failure; returns the exit code of the process. */
int service_main(const struct service *service, int argc, char **argv);

#endif
