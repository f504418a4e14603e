/*
 * serve_case - a loop with a clock that stands still, sockets with a mailbox, and
 * a service that only copies: for the suites of serve, follow and node.
 *
 * Nothing sleeps: sockets wait in the loop, time moves when the test moves it.
 * What goes wrong in a helper fails the case.
 */
#ifndef TESTS_LIB_SERVE_CASE_H
#define TESTS_LIB_SERVE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/loop.h"
#include "common/base/sock.h"
#include "common/base/turn.h"
#include "proto/wire.h"
#include "tests/lib/tmpdir.h"

#define SERVE_CASE_LOG 77

struct serve_case {
	struct tmpdir tmp;
	struct clock clock; /* manual */
	struct loop *loop;
	struct sock_ctx *ctx;
	char endpoint[SOCK_ENDPOINT_MAX];
};

void serve_case_open(struct serve_case *c);
void serve_case_close(struct serve_case *c);
/* Moves the clock, then lets what is due happen. */
void serve_case_pass(struct serve_case *c, int64_t ms);

/* A socket, and the last message that came. */
struct mailbox {
	struct serve_case *c;
	struct sock *sock;
	struct loop_id source;
	struct sock_message got;
	unsigned n_got; /* since mailbox_open */
	struct wire_message m;
	uint64_t id; /* of the last request sent */
};

void mailbox_open(struct mailbox *box, struct serve_case *c,
                  enum sock_kind kind, const char *endpoint);
void mailbox_close(struct mailbox *box);
/* One frame; peer for a ROUTER. */
void mailbox_send(struct mailbox *box, uint64_t peer,
                  const struct wire_message *m);
/* Runs the loop until one more message is there, and decodes its frame 0. */
const struct wire_message *mailbox_await(struct mailbox *box,
                                         enum wire_type type);
/* Sends with a new id, and awaits the answer to it. */
const struct wire_message *mailbox_ask(struct mailbox *box,
                                       struct wire_message *m,
                                       enum wire_type type);
/* The ERROR it must give. */
void mailbox_ask_error(struct mailbox *box, struct wire_message *m,
                       enum err code);
void mailbox_code(const struct mailbox *box, enum err code);

/* The service: each item becomes a record, and the number of items is kept in
 * memory and in the table. */
#define COPIER_LONG 3 /* the commit that may need more turns */
struct copier {
	struct store *store;
	struct turn turn;
	uint64_t n;     /* items; 0 after a drop */
	enum err err;   /* what the next steps fail with */
	unsigned parts; /* turns that COPIER_LONG needs before its last */
	unsigned drops;
};

extern const struct turn_ops copier_ops;
/* The store <tmp>/<name>, with an identity if log is not 0; loaded. */
void copier_open(struct copier *s, struct serve_case *c, const char *name,
                 uint64_t log);
void copier_close(struct copier *s);
/* A turn of arrivals with one item. */
enum err copier_take(struct copier *s, const char *item);
/* Commit `number` of its journal, packed; out is emptied first. */
void copier_pack(struct copier *s, uint64_t number, struct buf *out);

#endif
