/*
 * turn - take, step, commit, then send: the one place where state, output
 * journal and position become durable together.
 *
 * All services and the simulator use this one function, so that the order
 * cannot be got wrong three times:
 *
 *   begin; for each input { step(state, input) -> records; append }; commit; send
 *
 * An input is either one commit of an upstream journal (aggregate, alert), which
 * gives exactly one output commit of the same number and time, empty or not; or
 * the messages that have arrived (ingest), which give one commit if the step
 * produced records or asks for one, none otherwise; the step may leave the later ones
 * for a turn of their own. A step over an upstream commit may also say
 * that the commit needs more turns: what it wrote is then made durable without an
 * output commit, and the same input has to be given again. Between two such turns
 * others may read; a crash between them loses none. Nothing is sent before the commit
 * returned ERR_OK. A failed commit drops all state the service holds in memory; it is
 * loaded again before the next turn, as after a crash.
 */
#ifndef COMMON_BASE_TURN_H
#define COMMON_BASE_TURN_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/journal.h"
#include "common/base/kv.h"
#include "common/base/store.h"

struct turn_input {
	uint64_t number; /* upstream commit; 0: arrivals */
	int64_t time_ms; /* its knowledge time; arrivals: the wall clock now */
	uint32_t flags;  /* its commit flags */
	const struct span *items; /* records of the commit, or messages */
	const uint64_t *peers;    /* arrivals: who sent item i; else NULL */
	size_t n_items;
};

/* What one step produced. */
struct turn_output {
	uint64_t number; /* set by the turn: the commit these records will be */
	int64_t time_ms; /* preset to the input's; ingest may set it (K3) */
	uint32_t flags;
	bool more; /* set by the step: not done with this input yet. Its records
	            * and replies must then be empty; arrivals never need more */
	size_t n_taken;  /* arrivals: preset to all; a step may take fewer, the
	                  * first ones, and is given the others again */
	bool even_empty; /* arrivals: a commit also of no records */
	struct record_list records;
	struct record_list replies; /* sent after the commit, in order */
	uint64_t *reply_peers;      /* one for each reply */
	size_t reply_peers_cap;
};

/* Adds one reply for peer; sticky failure in out->replies.err. */
void turn_reply(struct turn_output *out, uint64_t peer, struct span message);

struct turn_ops {
	/* Memory state from tables and head, as after a crash. */
	enum err (*load)(void *self, struct kv *state, struct kv *journal,
	                 const struct commit *head);
	/* Pure: state and memory change only as a function of them and in. */
	enum err (*step)(void *self, struct kv *state,
	                 const struct turn_input *in, struct turn_output *out);
	/* Forget all memory state. Called after every failed turn. */
	void (*drop)(void *self);
};

struct turn {
	struct store *store; /* borrowed */
	const struct turn_ops *ops;
	void *self;
	bool loaded;
	bool more; /* the last turn stopped within the input behind head */
	struct commit head; /* of the output journal, as last committed */
	struct turn_output out;
};

void turn_init(struct turn *t, struct store *store, const struct turn_ops *ops,
               void *self);
void turn_fini(struct turn *t);

/* Loads if needed (opens a read transaction for it). Cheap when loaded. */
NODISCARD enum err turn_load(struct turn *t);

/*
 * turn_run - one turn over n inputs.
 *
 * inputs   upstream commits in order, the first being head.number + 1
 *          (ERR_UNKNOWN_POSITION otherwise), or exactly one of arrivals
 * returns  ERR_OK: durable; t->out.replies and reply_peers may now be sent, they
 *          live until the next call. t->more: as far as t->head, and a part of the
 *          input behind it, which must be the first of the next call
 *          anything else: nothing of this turn is kept, nothing may be sent, the
 *          service was dropped. ERR_STORAGE_FULL, ERR_OVERLOADED: try later.
 *          ERR_IO, ERR_CORRUPT: stop the process.
 */
NODISCARD enum err turn_run(struct turn *t, const struct turn_input *inputs,
                            size_t n);

#endif
