/*
 * publish_node - what aggregate and alert have in common around publish.h: the socket
 * beside the ROUTER, a read transaction for each committed turn that somebody listens to,
 * counters.
 *
 * Not for what is told: that are the services' publish_ops. Called by their edges.
 */
#ifndef COMMON_SERVE_PUBLISH_NODE_H
#define COMMON_SERVE_PUBLISH_NODE_H

#include "common/serve/node.h"
#include "common/serve/publish.h"

struct publish_node {
	struct publish *publish;
	struct node *node; /* borrowed */
	struct stats stat;
};

/* <data>/run/<service>.pub, of a node that is open. An error was logged and ends the
 * process. ops and self outlive it. */
NODISCARD enum err publish_node_open(struct publish_node *p, struct node *node,
                                     const struct publish_ops *ops, void *self);
/* Before node_close; zeroed before or opened. */
void publish_node_close(struct publish_node *p);

/* From node_conf's hooks committed and idle: tells what is new. Cheap if nothing is. */
void publish_node_turned(struct publish_node *p);

void publish_node_metrics(struct publish_node *p, struct buf *out);
/* Pair of STATE.details: subscriptions. */
void publish_node_details(const struct publish_node *p,
                          struct wire_writer *pairs);

#endif
