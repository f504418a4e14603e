#include "tests/lib/port.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void
port_open(struct port *port, const struct rig *rig, enum rig_service service)
{
	*port = (struct port){.rig = rig};
	buf_init(&port->out, WIRE_MESSAGE_MAX);
	rig_link(rig, service, &port->link);
}

void
port_close(struct port *port)
{
	port->link.ops->close(port->link.self);
	buf_fini(&port->out);
}

void
port_send(struct port *port, struct span frame)
{
	enum err err =
	    port->link.ops->send(port->link.self, PORT_ANSWER_MS, frame);

	if (err != ERR_OK)
		rig_fail(port->rig, "sending: %s", err_name(err));
}

static void
text_keep(char out[WIRE_TEXT_MAX + 1], struct span text)
{
	if (text.len > 0)
		memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
}

static void
answer_keep(struct port_answer *a, const struct wire_message *m)
{
	*a = (struct port_answer){.type = m->type, .id = m->id};
	if (m->type == WIRE_ERROR) {
		text_keep(a->code, m->as.error.code);
		text_keep(a->field, m->as.error.field);
		a->offset = m->as.error.offset;
	} else if (m->type == WIRE_NACK) {
		text_keep(a->code, m->as.nack.code);
		text_keep(a->field, m->as.nack.field);
		a->sequence = m->as.nack.sequence;
		a->retry_ms = m->as.nack.retry_ms;
	} else if (m->type == WIRE_ACK) {
		a->sequence = m->as.ack.sequence;
		a->commit = m->as.ack.commit;
		a->accepted = m->as.ack.accepted;
		a->duplicate = m->as.ack.duplicate;
		a->rejected = m->as.ack.rejected;
		a->credit = m->as.ack.credit;
		a->n_errors = m->as.ack.errors.n;
	} else if (m->type == WIRE_READY) {
		a->epoch = m->as.ready.epoch;
		a->last_sequence = m->as.ready.last_sequence;
		a->credit = m->as.ready.credit;
	} else if (m->type == WIRE_STATE) {
		a->ready = m->as.state.ready;
	}
}

struct port_answer
port_receive(struct port *port, int64_t timeout_ms)
{
	struct port_answer answer = {.type = WIRE_TYPE_COUNT};
	struct client_frames frames;
	struct wire_message m;
	struct fault fault;
	enum err err =
	    port->link.ops->receive(port->link.self, timeout_ms, &frames);

	if (err == ERR_AGAIN)
		return answer;
	assert_int_equal(err, ERR_OK);
	err = wire_decode(frames.frames[0], &m, &fault);
	if (err != ERR_OK)
		rig_fail(port->rig, "the answer is %s: %s", err_name(err),
		         fault.field);
	answer_keep(&answer, &m);
	return answer;
}

struct port_answer
port_ask(struct port *port, struct span frame)
{
	struct port_answer answer;

	port_send(port, frame);
	answer = port_receive(port, PORT_ANSWER_MS);
	if (answer.type == WIRE_TYPE_COUNT)
		rig_fail(port->rig, "no answer");
	return answer;
}

uint64_t
port_hello(struct port *port, const char *producer, uint64_t epoch)
{
	struct port_answer answer;

	buf_reset(&port->out);
	load_hello(producer, epoch, ++port->id, &port->out);
	answer = port_ask(port, buf_span(&port->out));
	if (answer.type != WIRE_READY || answer.id != port->id)
		rig_fail(port->rig, "HELLO of %s: %s %s", producer,
		         wire_type_name(answer.type), answer.code);
	return answer.epoch;
}

void
port_health(struct port *port)
{
	struct wire_message m = {.type = WIRE_HEALTH, .id = ++port->id};

	buf_reset(&port->out);
	assert_int_equal(wire_encode(&m, &port->out), ERR_OK);
	port_send(port, buf_span(&port->out));
}

struct port_answer
port_batch(struct port *port, const struct load_batch *batch)
{
	struct load_batch b = *batch;
	struct port_answer answer;

	b.id = ++port->id;
	buf_reset(&port->out);
	load_batch(&b, &port->out);
	answer = port_ask(port, buf_span(&port->out));
	if (answer.id != b.id)
		rig_fail(port->rig, "answer to %" PRIu64 ", not %" PRIu64,
		         answer.id, b.id);
	return answer;
}

void
port_refused(const struct port *port, const struct port_answer *answer,
             enum err code)
{
	if ((answer->type != WIRE_NACK && answer->type != WIRE_ERROR) ||
	    strcmp(answer->code, err_name(code)) != 0)
		rig_fail(port->rig, "%s %s (%s), awaited %s",
		         wire_type_name(answer->type), answer->code,
		         answer->field, err_name(code));
}

void
port_acked(const struct port *port, const struct port_answer *answer,
           uint64_t accepted, uint64_t duplicate, uint64_t rejected)
{
	if (answer->type != WIRE_ACK || answer->accepted != accepted ||
	    answer->duplicate != duplicate || answer->rejected != rejected)
		rig_fail(port->rig,
		         "%s %s %" PRIu64 "/%" PRIu64 "/%" PRIu64
		         ", awaited %" PRIu64 "/%" PRIu64 "/%" PRIu64,
		         wire_type_name(answer->type), answer->code,
		         answer->accepted, answer->duplicate, answer->rejected,
		         accepted, duplicate, rejected);
}
