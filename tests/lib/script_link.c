#include "tests/lib/script_link.h"

#include <assert.h>
#include <string.h>

static void
message_fini(struct script_message *m)
{
	for (size_t i = 0; i < m->n; i++)
		buf_fini(&m->frames[i]);
	m->n = 0;
}

void
script_init(struct script *script,
            void (*hear)(struct script *, const struct wire_message *))
{
	memset(script, 0, sizeof(*script));
	script->hear = hear;
	script->clock = clock_manual((struct wall){0}, (struct mono){0});
}

void
script_fini(struct script *script)
{
	message_fini(&script->given);
	for (size_t i = 0; i < script->n; i++)
		message_fini(
		    &script->queue[(script->first + i) % SCRIPT_QUEUE]);
}

static enum err
script_send(void *self, int64_t timeout_ms, struct span frame)
{
	struct script *script = self;
	struct wire_message m;
	struct fault fault;

	if (script->refuse_sends > 0) {
		script->refuse_sends--;
		clock_advance_ms(&script->clock, timeout_ms);
		return ERR_AGAIN;
	}
	script->n_sent++;
	assert(wire_decode(frame, &m, &fault) == ERR_OK);
	if (script->hear)
		script->hear(script, &m);
	return ERR_OK;
}

static enum err
script_receive(void *self, int64_t timeout_ms, struct client_frames *frames)
{
	struct script *script = self;

	if (script->n == 0) {
		clock_advance_ms(&script->clock, timeout_ms);
		return ERR_AGAIN;
	}
	message_fini(&script->given);
	script->given = script->queue[script->first];
	script->first = (script->first + 1) % SCRIPT_QUEUE;
	script->n--;
	for (size_t i = 0; i < script->given.n; i++)
		script->views[i] = buf_span(&script->given.frames[i]);
	*frames = (struct client_frames){script->views, script->given.n};
	return ERR_OK;
}

static struct mono
script_now(void *self)
{
	struct script *script = self;

	return clock_mono_now(&script->clock);
}

static void
script_close(void *self)
{
	struct script *script = self;

	script->closed = true;
}

struct client_link
script_link(struct script *script)
{
	static const struct client_link_ops ops = {
	    .send = script_send,
	    .receive = script_receive,
	    .now = script_now,
	    .close = script_close,
	};

	return (struct client_link){&ops, script};
}

static struct script_message *
queue_add(struct script *script)
{
	struct script_message *m =
	    &script->queue[(script->first + script->n) % SCRIPT_QUEUE];

	assert(script->n < SCRIPT_QUEUE);
	script->n++;
	m->n = 1;
	buf_init(&m->frames[0], WIRE_MESSAGE_MAX);
	return m;
}

void
script_say(struct script *script, const struct wire_message *m,
           const char *more)
{
	struct script_message *out = queue_add(script);

	assert(wire_encode(m, &out->frames[0]) == ERR_OK);
	if (!more)
		return;
	out->n = 2;
	buf_init(&out->frames[1], WIRE_MESSAGE_MAX);
	buf_put_str(&out->frames[1], more);
}

void
script_say_bytes(struct script *script, const void *bytes, size_t len)
{
	buf_put(&queue_add(script)->frames[0], bytes, len);
}
