#include "common/client/link.h"

#include <stdlib.h>

#include "common/base/loop.h"
#include "common/base/sock.h"
#include "proto/wire.h"

#define QUEUE_MAX     64
#define SEND_TRY_MS   20 /* between tries to send while nobody is there */
#define RECEIVE_GRACE 8  /* messages dropped in one receive, at most */

struct dealer {
	struct clock clock;
	struct sock_ctx *ctx;
	struct sock *sock;
	struct loop *loop;
	struct loop_id source;
	struct sock_message message;
};

/* The loop only waits; reading and sending are done by who waited. */
static void
dealer_ready(void *self, unsigned events)
{
	(void)self;
	(void)events;
}

static struct mono
dealer_now(void *self)
{
	const struct dealer *d = self;

	return clock_mono_now(&d->clock);
}

static enum err
dealer_send(void *self, int64_t timeout_ms, struct span frame)
{
	struct dealer *d = self;
	struct mono deadline = clock_mono_plus_ms(dealer_now(d), timeout_ms);
	enum err err;

	loop_set_events(d->loop, d->source, LOOP_WRITE);
	for (;;) {
		int64_t left;

		err = sock_send(d->sock, 0, &frame, 1);
		left = clock_ms_between(dealer_now(d), deadline);
		if (err != ERR_AGAIN || left <= 0)
			break;
		err =
		    loop_once(d->loop, left < SEND_TRY_MS ? left : SEND_TRY_MS);
		if (err != ERR_OK)
			break;
	}
	loop_set_events(d->loop, d->source, LOOP_READ);
	return err;
}

static enum err
dealer_receive(void *self, int64_t timeout_ms, struct client_frames *frames)
{
	struct dealer *d = self;
	struct mono deadline = clock_mono_plus_ms(dealer_now(d), timeout_ms);

	for (;;) {
		struct mono now = dealer_now(d);
		int64_t left = clock_ms_between(now, deadline);
		enum err err = ERR_TOO_LARGE;

		for (int i = 0; i < RECEIVE_GRACE && err == ERR_TOO_LARGE; i++)
			err = sock_recv(d->sock, &d->message, now);
		if (err == ERR_OK && d->message.n > 0) {
			*frames = (struct client_frames){d->message.frames,
			                                 d->message.n};
			return ERR_OK;
		}
		if (err != ERR_AGAIN && err != ERR_TOO_LARGE && err != ERR_OK)
			return err;
		if (left <= 0)
			return ERR_AGAIN;
		err = loop_once(d->loop, left);
		if (err != ERR_OK)
			return err;
	}
}

static void
dealer_close(void *self)
{
	struct dealer *d = self;

	sock_message_fini(&d->message);
	if (d->loop)
		loop_close(&d->loop);
	sock_close(&d->sock);
	if (d->ctx)
		sock_ctx_close(&d->ctx);
	free(d);
}

static const struct client_link_ops dealer_ops = {
    .send = dealer_send,
    .receive = dealer_receive,
    .now = dealer_now,
    .close = dealer_close,
};

static enum err
dealer_open(struct dealer *d, const char *endpoint)
{
	struct sock_conf conf = {
	    .kind = SOCK_DEALER,
	    .endpoint = endpoint,
	    .frame_max_bytes = WIRE_COMMIT_MAX,
	    .frames_max = WIRE_COMMITS_MAX + 1,
	    .queue_max = QUEUE_MAX,
	};
	struct sock_refusal why;
	enum err err;

	d->clock = clock_real();
	sock_message_init(&d->message);
	err = sock_ctx_open(&d->ctx);
	if (err == ERR_OK)
		err = sock_open(&d->sock, d->ctx, &conf, &why);
	if (err == ERR_OK)
		err = loop_open(&d->loop, &d->clock);
	if (err == ERR_OK)
		err = loop_add_socket(d->loop, sock_zmq(d->sock), dealer_ready,
		                      d, &d->source);
	return err;
}

enum err
client_link_open(struct client_link *link, const char *endpoint)
{
	struct dealer *d = calloc(1, sizeof(*d));
	enum err err = d ? dealer_open(d, endpoint) : ERR_NOMEM;

	if (err == ERR_OK)
		*link = (struct client_link){&dealer_ops, d};
	else if (d)
		dealer_close(d);
	return err;
}
