/*
 * link - what carries a client's messages: a socket, or a script in tests.
 *
 * A message is a list of frames; frame 0 is the message of WIRE.md. A link knows
 * nothing of what they mean, and reconnects by itself: what was under way is then
 * lost, and the client's timeout notices.
 */
#ifndef COMMON_CLIENT_LINK_H
#define COMMON_CLIENT_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/err.h"

/* Frames received; views that live until the next receive. */
struct client_frames {
	const struct span *frames;
	size_t n; /* at least 1 */
};

struct client_link_ops {
	/* One message of one frame. ERR_OK; ERR_AGAIN: nobody there, or the
	 * queue full, for timeout_ms. */
	enum err (*send)(void *self, int64_t timeout_ms, struct span frame);
	/* ERR_OK; ERR_AGAIN: none came within timeout_ms. */
	enum err (*receive)(void *self, int64_t timeout_ms,
	                    struct client_frames *frames);
	struct mono (*now)(void *self);
	void (*close)(void *self);
};

struct client_link {
	const struct client_link_ops *ops;
	void *self;
};

/*
 * client_link_open - a DEALER socket to a service of this machine.
 *
 * endpoint "ipc:///var/lib/tiendo/run/ingest.sock", "tcp://127.0.0.1:5550"; nobody
 *          has to listen yet
 * returns  ERR_OK; ERR_CONF (endpoint), ERR_IO, ERR_NOMEM
 */
NODISCARD enum err client_link_open(struct client_link *link,
                                    const char *endpoint);

#endif
