/*
 * node_case - a daemon in a directory of its own with two nodes, a source and one that
 * follows it: for the suites of node.
 *
 * The clock is the daemon's and stands still but for node_case_pass and
 * node_case_await. What goes wrong in a helper fails the case.
 */
#ifndef TESTS_LIB_NODE_CASE_H
#define TESTS_LIB_NODE_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/serve/node.h"
#include "tests/lib/serve_case.h"

#define NODE_CASE_PATH_MAX 160
#define NODE_CASE_LOG_MAX  4096

/* Two services of one process: their nodes share a daemon, no more. */
struct node_case {
	struct serve_case c; /* its loop and context are the daemon's */
	char data[128];
	char *envp[1];
	struct daemon *d;
	struct copier up, down; /* steps only */
	struct node source, follower;
	struct mailbox box;
	int log_fd;
	off_t log_read; /* so far */
};

/* The daemon is open, no node is; errors only are logged. */
int node_case_setup(void **state);
int node_case_teardown(void **state);
/* n is f->source or f->follower. */
enum err node_case_open(struct node_case *f, struct node *n,
                        const char *service, struct copier *step);
/* "ingest", which copies with f->up. */
void node_case_source(struct node_case *f);
/* "aggregate" behind "ingest", which copies with f->down. */
void node_case_follower(struct node_case *f);
/* The file of the source's store. */
void node_case_file(const struct node_case *f, char path[NODE_CASE_PATH_MAX]);
/* A turn of the source with one item. */
enum err node_case_take(struct node_case *f, const char *item);
/* Moves the clock, then one wake of the loop. */
void node_case_pass(struct node_case *f, int64_t ms);
/* Until the node is ready or not, as awaited. */
void node_case_await(struct node_case *f, struct node *n, bool ready);
void node_case_reason_is(const struct node *n, const char *text);
/* Asks the node itself; good until it is asked again. */
const struct wire_state *node_case_health(struct node_case *f,
                                          const char *service);
/* What was logged since the last call. */
const char *node_case_logged(struct node_case *f, char out[NODE_CASE_LOG_MAX]);

#endif
