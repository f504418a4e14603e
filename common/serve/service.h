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
	bool demo; /* the data directory is marked demo */
};

struct service {
	const char *name;                  /* "ingest" */
	const char *purpose;               /* one sentence, for --help */
	const struct conf_option *options; /* begins with SERVICE_OPTIONS */
	size_t n_options;
	const struct stat_row *stats;
	size_t n_stats;
	/* Opens the edges; what it made goes to *io. */
	enum err (*open)(void **io, const struct service_start *start);
	void (*close)(void **io);
};

/* Runs until a signal or a failure; returns the exit code of the process. */
int service_main(const struct service *service, int argc, char **argv);

#endif
