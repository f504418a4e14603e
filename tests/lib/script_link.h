/*
 * script_link - a client's link to a peer that is a function of the test.
 *
 * What the client sends is decoded and given to `hear`, which may answer with
 * script_say. Time stands still but for waiting: a receive with nothing to give
 * moves it on by its timeout.
 */
#ifndef TESTS_LIB_SCRIPT_LINK_H
#define TESTS_LIB_SCRIPT_LINK_H

#include <stdbool.h>

#include "common/client/link.h"
#include "proto/wire.h"

#define SCRIPT_QUEUE  64
#define SCRIPT_FRAMES 2

struct script_message {
	struct buf frames[SCRIPT_FRAMES];
	size_t n;
};

struct script {
	void (*hear)(struct script *script, const struct wire_message *m);
	struct clock clock;
	struct script_message queue[SCRIPT_QUEUE];
	size_t first;
	size_t n;
	struct script_message given; /* the last one received */
	struct span views[SCRIPT_FRAMES];
	unsigned refuse_sends; /* so many fail: nobody is there */
	unsigned n_sent;
	bool closed;
};

void script_init(struct script *script,
                 void (*hear)(struct script *, const struct wire_message *));
void script_fini(struct script *script);
struct client_link script_link(struct script *script);
/* Queues an answer; a second frame if more is not NULL. */
void script_say(struct script *script, const struct wire_message *m,
                const char *more);
/* Queues these bytes as a frame. */
void script_say_bytes(struct script *script, const void *bytes, size_t len);

#endif
