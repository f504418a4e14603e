/*
 * port - a client of ingest that keeps no rules: sends any bytes, out of order,
 * twice, without waiting; and says plainly what came back.
 */
#ifndef TESTS_LIB_PORT_H
#define TESTS_LIB_PORT_H

#include "tests/lib/load.h"
#include "tests/lib/rig.h"

#define PORT_ANSWER_MS 5000

struct port {
	const struct rig *rig;
	struct client_link link;
	uint64_t id; /* of the last request */
	struct buf out;
};

/* One answer, copied out of its message. */
struct port_answer {
	enum wire_type type; /* WIRE_TYPE_COUNT: none came in time */
	uint64_t id;
	char code[WIRE_TEXT_MAX + 1]; /* NACK, ERROR */
	char field[WIRE_TEXT_MAX + 1];
	uint64_t offset;
	uint64_t sequence, commit, accepted, duplicate, rejected, credit;
	uint64_t retry_ms;
	uint64_t epoch, last_sequence;
	uint64_t n_errors;
	bool ready; /* STATE */
};

void port_open(struct port *port, const struct rig *rig,
               enum rig_service service);
void port_close(struct port *port);

void port_send(struct port *port, struct span frame);
/* Within timeout_ms, 0: what is there. */
struct port_answer port_receive(struct port *port, int64_t timeout_ms);
/* Sends and waits; no answer in PORT_ANSWER_MS fails the test. */
struct port_answer port_ask(struct port *port, struct span frame);

/* HELLO; the epoch given. */
uint64_t port_hello(struct port *port, const char *producer, uint64_t epoch);
/* Sends HEALTH. */
void port_health(struct port *port);
/* A batch of load.h, asked; its id is set here. */
struct port_answer port_batch(struct port *port,
                              const struct load_batch *batch);

/* Fails the test unless the answer is NACK or ERROR of this code. */
void port_refused(const struct port *port, const struct port_answer *answer,
                  enum err code);
/* ... unless it is an ACK with these counts. */
void port_acked(const struct port *port, const struct port_answer *answer,
                uint64_t accepted, uint64_t duplicate, uint64_t rejected);

#endif
