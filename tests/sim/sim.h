/*
 * sim - the services in one process, and everything that can go wrong with them.
 *
 * Ingest, aggregate and alert run as in the daemons: the real steps, through
 * turn.c, over real LMDB files. What surrounds them is played: clients, the network,
 * the clock, crashes, a failing disk. One number, the seed, decides all of it, so
 * that what was seen once can be seen again. Each seed switches on some faults
 * at rates of its own; then the faults end, everything must come to rest within a
 * bounded number of steps, and what is on disk is compared with what the clients
 * were told and with the naive oracle.
 *
 * Not a model of the kernel: a commit is kept or not, whole.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/store.h"
#include "common/base/turn.h"
#include "proto/wire.h"
#include "services/aggregate/aggregate.h"
#include "services/alert/alert.h"
#include "services/ctl/naive.h"
#include "services/ingest/ingest.h"

#define SIM_CLIENTS    6
#define SIM_BATCHES    16 /* of one client */
#define SIM_ROWS       8  /* of one batch */
#define SIM_STEPS_MAX  20000
#define SIM_STEPS_HARM 500 /* faults end here at the latest */
#define SIM_LOG        77

/* X(constant, text, highest rate per mille while it is on; 0: it follows from
 * others) */
#define FAULT_TABLE(X)                                           \
	X(DROP, "message dropped", 300)                          \
	X(DUPLICATE, "message delivered twice", 200)             \
	X(REORDER, "message overtook another", 500)              \
	X(DELAY, "message held back", 300)                       \
	X(CRASH_BEFORE, "crash before commit", 60)               \
	X(CRASH_AFTER, "crash after commit, before sending", 60) \
	X(CRASH_IDLE, "crash between turns", 20)                 \
	X(PUT, "put failed", 150)                                \
	X(COMMIT, "commit failed", 60)                           \
	X(COMMIT_LOST, "commit in doubt, not kept", 30)          \
	X(COMMIT_KEPT, "commit in doubt, kept", 30)              \
	X(BEGIN, "transaction not begun", 60)                    \
	X(REBUILD, "derived store deleted", 10)                  \
	X(CATALOGUE, "catalogue changed", 120)                   \
	X(DAY, "days passed", 60)                                \
	X(CLOCK_BACK, "clock stepped back", 60)                  \
	X(RETRY, "batch sent again early", 200)                  \
	X(REUSE, "sequence sent with other content", 100)        \
	X(EPOCH, "client forgot its epoch", 60)                  \
	X(FENCED, "old epoch spoke again", 300)                  \
	X(FILE_AGAIN, "file sent a second time", 300)            \
	X(GARBAGE, "bytes that are no message", 50)              \
	X(STRICT, "strict submission", 1000)                     \
	X(BAD_ROW, "row that must be refused", 200)              \
	X(CONFLICT, "two values for one key", 60)                \
	X(REVISION, "figure revised", 500)                       \
	X(REPEAT, "row said before", 200)                        \
	X(DELETE, "figure deleted", 150)                         \
	X(FORECAST, "forecast", 200)                             \
	X(MISSING, "figure known to be missing", 60)             \
	X(EMPTY_RATIO, "0/0", 100)                               \
	X(INEXACT, "inexact figure", 100)                        \
	X(AGAIN, "declared a new submission", 100)               \
	X(BACKFILL, "declared a backfill", 200)                  \
	X(LONGER, "figure of a longer period", 300)              \
	X(COMPLETION, "completion recorded", 150)                \
	X(NOTE, "note taken", 100)                               \
	X(PROGRAMME, "programme enabled or disabled", 60)        \
	X(CLOCK_JUMP, "clock jumped", 30)                        \
	X(CLOCK_ACCEPTED, "clock accepted", 0)                   \
	X(AS_OF, "asked what was known at a commit", 0)          \
	X(ORDER, "rows folded in two orders", 1000)              \
	X(GROWN, "decimals grew over figures", 0)                \
	X(SLICED, "definitions folded again in parts", 0)        \
	X(SLICE_CRASH, "crash while folding again", 300)         \
	X(SINK_ERROR, "receiver answered 500 or 503", 300)       \
	X(SINK_BUSY, "receiver answered 429, later", 200)        \
	X(SINK_REFUSED, "receiver answered 400", 300)            \
	X(SINK_UNREACHED, "receiver not reached", 300)           \
	X(SINK_TIMEOUT, "receiver took it, timed out", 300)      \
	X(SINK_DOWN, "receiver down for long", 100)              \
	X(SINK_EMPTY, "Alertmanager came back empty", 20)        \
	X(SINK_CRASH, "crash before deliveries were saved", 60)  \
	X(SINK_SAVE, "saving deliveries failed", 0)              \
	X(SINK_SAVE_CRASH, "crash while saving deliveries", 0)   \
	X(SINK_DEAD, "dead letter", 0)                           \
	X(SINK_LOST, "deliveries deleted, sinks met anew", 0)    \
	X(SINK_REPEAT, "delivery came twice", 0)

enum fault_kind {
#define X(constant, text, rate) FAULT_##constant,
	FAULT_TABLE(X)
#undef X
	    FAULTS
};

/* What happens inside the next turn of a node; set and read by sim_fault.c. */
struct plan {
	uint32_t fail_put;   /* this put fails; 0: none */
	enum fault_kind end; /* of the commit; FAULTS: none */
	bool begin;          /* the transaction does not begin */
	bool fired[FAULTS];
};

/* Counted over all seeds. */
struct campaign {
	uint64_t fired[FAULTS];
	uint64_t seeds;
	uint64_t messages;
	uint64_t commits;
	uint64_t crashes;
	uint64_t rows;
	uint64_t verdicts;
	uint64_t alerts;
	uint64_t notices;   /* that were told */
	uint64_t delivered; /* posts that arrived */
	const char *dir;    /* scratch */
	bool trace;
};

enum service { INGEST, AGGREGATE, ALERT, SERVICES };
extern const char *const service_names[SERVICES];

struct message {
	uint8_t *bytes;
	size_t len;
	int from; /* client 0.., or SIM_NODE + service */
	int to;
	uint64_t due; /* step before which it is not delivered */
};
#define SIM_NODE 100

struct node {
	enum service service;
	char dir[80];
	struct store *store;
	struct turn turn;
	struct ingest ingest;
	struct aggregate aggregate;
	struct alert_service alert;
	struct message *inbox;
	uint32_t n_inbox, n_inbox_cap;
	uint64_t asked; /* step of the last FETCH */
};

enum client_kind { CLIENT_STREAM, CLIENT_FILE, CLIENT_STRICT };

/* What a row says, as its sender knows it. */
struct said {
	uint8_t indicator;
	uint8_t unit;
	uint8_t source;
	uint8_t document; /* SIM_NO_DOCUMENT: none */
	uint8_t status;
	uint8_t bound;
	uint8_t action;
	uint8_t has;
	bool status_given;
	uint32_t period; /* code */
	int64_t value, numerator, denominator;
	const char *released; /* or NULL */
	const char *bad;      /* a field to spoil; NULL: the row is good */
	bool refused;         /* bad, or in conflict */
};
#define SIM_NO_DOCUMENT 255

struct batch {
	struct said rows[SIM_ROWS];
	uint32_t n_rows;
	uint32_t n_refused;
	uint64_t epoch; /* as sent last; 0: not in this epoch yet */
	uint64_t sequence;
	uint64_t flags;
	uint32_t group;   /* strict submission, from 1; 0: none */
	bool sent;        /* and not given up */
	bool done;        /* answered for good */
	uint64_t sent_at; /* step */
};

struct client {
	enum client_kind kind;
	char name[24];
	uint64_t epoch; /* 0: HELLO comes first */
	uint64_t next_sequence;
	uint64_t hello_at; /* step; 0: not sent */
	uint64_t hello_id; /* of the last one: older answers are not heard */
	struct batch batches[SIM_BATCHES];
	uint32_t n_batches;
	bool again; /* a file that was sent from its beginning once more */
};

/* A batch as it left: an answer names it by id, a block by the numbers. */
struct sending {
	uint8_t client;
	uint8_t batch;
	bool forged; /* must never be taken */
	bool hello;
	bool accepted; /* an answer said so; then the commit it named */
	bool found;    /* its block is in the journal (check) */
	uint64_t commit;
	uint64_t epoch;
	uint64_t sequence;
};

struct sim {
	struct campaign *campaign;
	uint64_t seed;
	uint64_t random;
	uint32_t rates[FAULTS]; /* per mille in this seed */
	bool harm;              /* faults may happen */
	uint64_t step;
	int64_t now_ms;
	int64_t latest_ms; /* the clock before it stepped back */
	int64_t mono_ms;   /* what passed; no jumps */
	struct node nodes[SERVICES];
	struct message *bag;
	uint32_t n_bag, n_bag_cap;
	struct client clients[SIM_CLIENTS];
	uint32_t n_clients;
	struct sending *sendings; /* by id - 1 */
	uint32_t n_sendings, n_sendings_cap;
	uint64_t *links[SERVICES]; /* of commits that were served, by number */
	uint32_t n_links[SERVICES];
	struct told_row *told; /* all that was told up to told_upto */
	uint32_t n_told, n_told_cap;
	uint64_t told_upto;
	struct sim_sinks *sinks; /* NULL: this seed has none */
	uint32_t pool[3];        /* indicators, units, years that rows are of */
	uint32_t variant;        /* of the catalogue that is wanted */
	uint32_t applied;        /* variant last confirmed; UINT32_MAX: none */
	uint64_t accept_at;      /* step the clock was accepted; 0: never */
	uint64_t apply_at;       /* step it was sent; 0: not under way */
	uint32_t apply_variant;  /* what was sent then */
	uint64_t apply_id;
	char failed[400]; /* "": all is well */
};

/* First failure wins. Always false, to be returned. */
bool sim_fail(struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sim_trace(const struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- sim_fault.c */
extern const char *const fault_names[FAULTS];
void faults_choose(struct sim *s);
/* Shall it happen now? Counted as fired if so. */
bool fault(struct sim *s, enum fault_kind kind);
/* Plans a turn's faults; the plan is in force from here to plan_end. */
void plan_begin(struct sim *s, struct plan *plan);
/* True if the process must be taken as dead. */
bool plan_end(struct sim *s, struct plan *plan);

/* --- sim_net.c */
/* bytes are copied. */
void net_send(struct sim *s, int from, int to, struct span bytes);
/* Delivers one message, or does with it what the faults say. */
bool net_deliver(struct sim *s);
void message_free(struct message *m);
bool list_room(void *array_p, uint32_t n, uint32_t *n_cap, size_t size);

/* --- sim_node.c */
bool node_open(struct sim *s, struct node *n);
void node_close(struct node *n);
bool node_crash(struct sim *s, struct node *n);
/* One turn with what has arrived; some: cut it at random. */
bool node_turn(struct sim *s, struct node *n);
/* A message for a node: kept in its inbox, or a FETCH that is answered. */
bool node_receive(struct sim *s, struct node *n, struct message *m);
void node_fetch(struct sim *s, struct node *n);
bool node_rebuild(struct sim *s, struct node *n);
void store_remove(const char *dir);
/* --- sim_replay.c */
/* The same journal once more, in other turns, into fresh stores; the outputs
 * must be equal byte for byte. */
bool nodes_replay(struct sim *s);
/* Folds all that another node's journal holds. */
bool node_follow(struct sim *s, struct node *from, struct node *twin);
/* --- sim_order.c */
/* The rows of a run once more, in two other orders and splits: where no two say the
 * same or are equal in key, source, status and release date, figures, roll-ups,
 * verdicts, alerts and their fingerprints must end alike. */
bool order_compare(struct sim *s, const struct naive *naive);

/* --- sim_client.c */
void clients_make(struct sim *s);
void client_act(struct sim *s, uint32_t at);
bool client_receive(struct sim *s, uint32_t at, struct span frame);
bool clients_rest(const struct sim *s);
/* Numbers a message that is about to leave. */
struct sending *sending_new(struct sim *s, uint64_t *id);
struct sending *sending_of(struct sim *s, uint64_t id);

/* --- sim_answer.c */
/* What ingest answers, seen as it leaves: durable, and the same every time. */
bool answer_check(struct sim *s, uint64_t peer, struct span frame);

/* --- sim_operator.c: applies catalogues; its messages are of SIM_OPERATOR. */
#define SIM_OPERATOR 90
void operator_act(struct sim *s);
bool operator_receive(struct sim *s, struct span frame);
bool operator_rests(const struct sim *s);

/* --- sim_rows.c */
#define SIM_INDICATORS 14
#define SIM_UNITS      15
#define SIM_SOURCES    3
#define SIM_DOCUMENTS  3
struct sim_indicator {
	const char *id;
	enum place_rule place;
	uint8_t decimals; /* that rows have; its definition may have more */
	bool unbounded;   /* may be negative */
	int months;       /* of its frequency */
	bool longer;      /* has a time rule */
};
struct sim_unit {
	const char *id;
	int from, to; /* months whose ends it is valid on: 201806 */
};
extern const struct sim_indicator sim_indicators[SIM_INDICATORS];
extern const struct sim_unit sim_units[SIM_UNITS];
extern const char *const sim_sources[SIM_SOURCES];
extern const char *const sim_documents[SIM_DOCUMENTS];
/* Rows for batch b of a client; keys differ within it and its group. */
void batch_make(struct sim *s, struct client *c, struct batch *b);
/* One that a client has made. */
struct said row_like(struct sim *s);
/* The message. forged: its first row says something else. */
void batch_encode(const struct client *c, const struct batch *b, uint64_t id,
                  bool forged, struct buf *out);
/* True if an admitted row is this one. */
bool row_is(const struct catalogue *c, const struct said *row,
            const struct figure *f);

/* --- sim_catalogue.c */
/* Rows of a variant: bits switch lines on and off. */
NODISCARD enum err sim_catalogue(struct cat_rows *rows, uint32_t variant);
#define SIM_VARIANTS 65536
#define SIM_GROWN    512 /* bit 9: more decimals, which never become less */

/* --- sim_check.c */
bool check_all(struct sim *s);

/* --- sim_oracle.c */
/* Aggregate and alert against the naive oracle at a commit. */
bool oracle_compare(struct sim *s, uint64_t commit);
/* --- sim_past.c: what aggregate tells of a commit that may be long past. */
bool past_compare(struct sim *s, const struct naive *naive,
                  const struct naive_state *state, uint64_t commit);
/* --- sim_verdicts.c: what alert said as of a commit. */
bool verdicts_compare(struct sim *s, const struct naive *naive,
                      const struct naive_state *state, uint64_t commit);
/* --- sim_told.c */
/* What sinks were told is what they should know; groups hold whoever is late. */
bool told_check(struct sim *s);

/* --- sim_outbox.c */
/* Keeps what was told since the last call; after each turn of alert. */
bool told_keep(struct sim *s);
void told_free(struct sim *s);
/* This state's outbox, never trimmed, has the same. */
bool told_equal(struct sim *s, struct kv *state);
/* L3, of what was told in each commit. */
bool told_journal_check(struct sim *s);

/* --- sim_sinks.c: where it is told to; in every other seed. */
void deliver_make(struct sim *s);
void deliver_free(struct sim *s);
/* Alert's head moved. */
bool deliver_committed(struct sim *s);
/* Something is posted, answered, saved. */
bool deliver_act(struct sim *s);
/* Alert's process ends; lost: with all that it has. */
void deliver_stop(struct sim *s, bool lost);
/* Nothing fails any more: all is delivered, and must be right. */
bool deliver_rest(struct sim *s);

/* --- sim.c */
bool sim_run(struct campaign *campaign, uint64_t seed);

#endif
