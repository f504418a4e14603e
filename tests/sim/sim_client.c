/*
 * Clients: streams with a window, files that are their own name, strict
 * submissions in several parts. They repeat until they are answered.
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/random.h"

#define PATIENCE 80 /* steps until an answer counts as lost */
#define WINDOW   4
#define PARTS    3 /* of a strict submission, at most */

struct sending *
sending_new(struct sim *s, uint64_t *id)
{
	struct sending *made;

	if (!list_room(&s->sendings, s->n_sendings, &s->n_sendings_cap,
	               sizeof(*s->sendings)))
		abort();
	made = &s->sendings[s->n_sendings++];
	*made = (struct sending){0};
	*id = s->n_sendings;
	return made;
}

struct sending *
sending_of(struct sim *s, uint64_t id)
{
	return id == 0 || id > s->n_sendings ? NULL : &s->sendings[id - 1];
}

static void
part_make(struct batch *b, uint32_t group, bool more)
{
	b->group = group;
	b->flags = WIRE_FLAG_STRICT | (more ? WIRE_FLAG_MORE : 0);
}

static void
batches_make(struct sim *s, struct client *c)
{
	uint32_t wanted = 1 + (uint32_t)below(&s->random, SIM_BATCHES);
	uint32_t group = 0;
	uint32_t parts = 0;

	while (c->n_batches < wanted) {
		struct batch *b = &c->batches[c->n_batches++];

		*b = (struct batch){0};
		if (c->kind == CLIENT_STRICT && parts == 0) {
			parts = 1 + (uint32_t)below(&s->random, PARTS);
			group++;
		}
		if (c->kind == CLIENT_STRICT)
			part_make(b, group,
			          --parts > 0 && c->n_batches < wanted);
		batch_make(s, c, b);
		if (group > 0 && b > c->batches && b[-1].group == group) {
			b->flags &= ~(uint64_t)WIRE_FLAG_BACKFILL;
			b->flags |= b[-1].flags & WIRE_FLAG_BACKFILL;
		}
	}
}

void
clients_make(struct sim *s)
{
	s->n_clients = 2 + (uint32_t)below(&s->random, SIM_CLIENTS - 1);
	for (uint32_t i = 0; i < s->n_clients; i++) {
		struct client *c = &s->clients[i];
		uint64_t kind = below(&s->random, 4);

		*c = (struct client){.kind = CLIENT_STREAM};
		if (kind == 0)
			c->kind = CLIENT_FILE;
		else if (kind <= 2 && fault(s, FAULT_STRICT))
			c->kind = CLIENT_STRICT;
		(void)snprintf(c->name, sizeof(c->name), "%s%u",
		               c->kind == CLIENT_FILE ? "file:" : "stream", i);
	}
	for (uint32_t i = 0; i < s->n_clients; i++)
		batches_make(s, &s->clients[i]);
}

static void
hello_send(struct sim *s, uint32_t at)
{
	struct client *c = &s->clients[at];
	struct wire_message m = {.type = WIRE_HELLO};
	struct buf out;

	if (c->hello_at != 0 && s->step < c->hello_at + PATIENCE)
		return;
	c->hello_at = s->step;
	sending_new(s, &m.id)->hello = true;
	c->hello_id = m.id;
	m.as.hello.producer = span_str(c->name);
	m.as.hello.epoch = c->kind == CLIENT_FILE ? 1 : 0;
	buf_init(&out, WIRE_MESSAGE_MAX);
	if (wire_encode(&m, &out) == ERR_OK)
		net_send(s, (int)at, SIM_NODE, buf_span(&out));
	buf_fini(&out);
}

/* Batch i of a client, under the numbers that `as` has. */
static void
batch_send(struct sim *s, uint32_t at, uint32_t i, const struct batch *as,
           bool forged)
{
	struct sending *sending;
	struct buf out;
	uint64_t id;

	sending = sending_new(s, &id);
	*sending = (struct sending){.client = (uint8_t)at,
	                            .batch = (uint8_t)i,
	                            .forged = forged,
	                            .epoch = as->epoch,
	                            .sequence = as->sequence};
	sim_trace(s, "client %u sends batch %u as %llu/%llu%s%s%s", at, i,
	          (unsigned long long)as->epoch,
	          (unsigned long long)as->sequence,
	          as->group != 0 ? ", strict" : "",
	          as->flags & WIRE_FLAG_MORE ? ", more" : "",
	          forged ? ", forged" : "");
	buf_init(&out, WIRE_MESSAGE_MAX);
	batch_encode(&s->clients[at], as, id, forged, &out);
	if (out.len == 0)
		(void)sim_fail(s, "a batch was not encoded");
	else
		net_send(s, (int)at, SIM_NODE, buf_span(&out));
	buf_fini(&out);
}

/* First time in this epoch: it gets its number. */
static void
batch_number(struct client *c, struct batch *b)
{
	if (b->epoch == c->epoch)
		return;
	b->epoch = c->epoch;
	b->sequence = c->next_sequence++;
}

static void
batch_press(struct sim *s, uint32_t at, uint32_t i)
{
	struct batch *b = &s->clients[at].batches[i];
	bool waited = s->step >= b->sent_at + PATIENCE;

	if (b->sent && !waited && !fault(s, FAULT_RETRY))
		return;
	batch_number(&s->clients[at], b);
	b->sent = true;
	b->sent_at = s->step;
	batch_send(s, at, i, b, false);
}

/* Something that must be refused: taken numbers, former epochs, no message. */
static void
client_misbehave(struct sim *s, uint32_t at)
{
	struct client *c = &s->clients[at];
	uint32_t i = (uint32_t)below(&s->random, c->n_batches);
	struct batch b = c->batches[i];

	if (fault(s, FAULT_GARBAGE)) {
		uint8_t bytes[24];

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)next_random(&s->random);
		net_send(s, (int)at, SIM_NODE, span_of(bytes, sizeof(bytes)));
	}
	if (b.done && b.n_rows > b.n_refused && b.group == 0 &&
	    b.epoch == c->epoch && fault(s, FAULT_REUSE))
		batch_send(s, at, i, &b, true);
	if (c->kind == CLIENT_STREAM && c->epoch > 1 &&
	    fault(s, FAULT_FENCED)) {
		b.epoch = c->epoch - 1;
		b.sequence = 1 + below(&s->random, 4);
		batch_send(s, at, i, &b, true);
	}
}

static void
client_renew(struct client *c)
{
	c->epoch = 0;
	c->hello_at = 0;
	c->hello_id = 0;
}

/* All is said: a file may be sent once more, from its beginning. */
static void
client_finish(struct sim *s, struct client *c)
{
	if (c->kind != CLIENT_FILE || c->again || !fault(s, FAULT_FILE_AGAIN))
		return;
	c->again = true;
	for (uint32_t i = 0; i < c->n_batches; i++) {
		c->batches[i].done = false;
		c->batches[i].sent = false;
	}
}

void
client_act(struct sim *s, uint32_t at)
{
	struct client *c = &s->clients[at];
	uint32_t window = c->kind == CLIENT_STRICT ? 1 : WINDOW;
	uint32_t open = 0;

	if (c->kind != CLIENT_FILE && c->epoch != 0 && fault(s, FAULT_EPOCH))
		client_renew(c);
	if (c->epoch == 0) {
		hello_send(s, at);
		return;
	}
	client_misbehave(s, at);
	for (uint32_t i = 0; i < c->n_batches && open < window; i++) {
		if (c->batches[i].done)
			continue;
		batch_press(s, at, i);
		open++;
	}
	if (open == 0)
		client_finish(s, c);
}

/* Does a strict submission have a part that is to be refused, or one that is not
 * answered? */
static bool
group_has(const struct client *c, uint32_t group, bool refused)
{
	for (uint32_t i = 0; i < c->n_batches; i++) {
		const struct batch *b = &c->batches[i];

		if (b->group == group &&
		    (refused ? b->n_refused > 0 : !b->done))
			return true;
	}
	return false;
}

/* A new epoch: what is not answered is sent again under it. */
static void
take_ready(struct client *c, const struct wire_ready *ready)
{
	if (ready->epoch < c->epoch ||
	    (ready->epoch == c->epoch && c->epoch != 0))
		return;
	c->epoch = ready->epoch;
	c->next_sequence =
	    c->kind == CLIENT_FILE ? 1 : ready->last_sequence + 1;
	for (uint32_t i = 0; i < c->n_batches; i++) {
		struct batch *b = &c->batches[i];

		/* of a strict submission that is not whole, all parts */
		if (b->group != 0 && group_has(c, b->group, false))
			b->done = false;
		if (!b->done)
			b->sent = false;
	}
}

/* From its first part, under the numbers it has. */
static void
group_restart(struct client *c, uint32_t group)
{
	for (uint32_t i = 0; i < c->n_batches; i++) {
		if (c->batches[i].group == group) {
			c->batches[i].done = false;
			c->batches[i].sent = false;
		}
	}
}

/* The answer to the last part is the answer to all. */
static void
group_done(struct client *c, uint32_t group)
{
	for (uint32_t i = 0; i < c->n_batches; i++) {
		if (c->batches[i].group == group)
			c->batches[i].done = true;
	}
}

static void
take_ack(struct sim *s, const struct sending *sending)
{
	struct client *c = &s->clients[sending->client];
	struct batch *b = &c->batches[sending->batch];

	if (b->done || sending->forged)
		return;
	/* it has other numbers by now, which must be taken before those behind */
	if (sending->epoch != b->epoch || sending->sequence != b->sequence ||
	    (b->group != 0 && sending->epoch != c->epoch))
		return;
	b->done = true;
	if (b->group == 0 || (b->flags & WIRE_FLAG_MORE))
		return;
	group_done(c, b->group);
	/* Late parts of a refused submission must not mix with the next one,
	 * which begins with the same number: so it begins a new epoch. */
	if (group_has(c, b->group, true))
		client_renew(c);
}

static void
take_nack(struct sim *s, const struct sending *sending, struct span code)
{
	struct client *c = &s->clients[sending->client];
	struct batch *b = &c->batches[sending->batch];
	enum err err = err_from_name((const char *)code.ptr, code.len);

	if (sending->forged || sending->epoch != c->epoch || b->done)
		return;
	if (err == ERR_FENCED || err == ERR_NO_HELLO)
		client_renew(c);
	else if (b->group != 0 && group_has(c, b->group, false))
		group_restart(c, b->group);
}

bool
client_receive(struct sim *s, uint32_t at, struct span frame)
{
	struct wire_message m;
	struct fault fault;
	struct sending *sending;

	if (at == SIM_OPERATOR)
		return operator_receive(s, frame);
	if (wire_decode(frame, &m, &fault) != ERR_OK)
		return sim_fail(s, "an answer that is no message: %s",
		                err_name(fault.code));
	sending = sending_of(s, m.id);
	if (m.type == WIRE_READY && m.id == s->clients[at].hello_id)
		take_ready(&s->clients[at], &m.as.ready);
	else if (m.type == WIRE_ACK && sending != NULL)
		take_ack(s, sending);
	else if (m.type == WIRE_NACK && sending != NULL)
		take_nack(s, sending, m.as.nack.code);
	return true;
}

bool
clients_rest(const struct sim *s)
{
	for (uint32_t i = 0; i < s->n_clients; i++) {
		const struct client *c = &s->clients[i];

		for (uint32_t j = 0; j < c->n_batches; j++) {
			if (!c->batches[j].done)
				return false;
		}
	}
	return true;
}
