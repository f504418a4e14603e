/*
 * receiver - a webhook's other end, within the program that measures: takes posts over
 * connections that stay open, answers 200 at once, and says when each had arrived.
 */
#ifndef TESTS_BENCH_RECEIVER_H
#define TESTS_BENCH_RECEIVER_H

#include "common/base/buf.h"
#include "common/base/loop.h"

#define RECEIVER_CONNECTIONS 8
#define RECEIVER_POST_MAX    ((size_t)8 << 20)

struct receiver_connection {
	struct receiver *receiver;
	int fd; /* -1: free */
	struct loop_id source;
	struct buf in; /* of the post that is not whole yet */
};

struct receiver {
	struct loop *loop;
	int fd;
	struct loop_id source;
	unsigned port;
	struct receiver_connection connections[RECEIVER_CONNECTIONS];
	/* A whole post; body is a view. */
	void (*got)(void *self, struct span body, double at_seconds);
	void *self;
};

/* Listens on a free port of 127.0.0.1. loop is borrowed; r is not to be moved. */
void receiver_open(struct receiver *r, struct loop *loop,
                   void (*got)(void *self, struct span body, double at_seconds),
                   void *self);
void receiver_close(struct receiver *r);

#endif
