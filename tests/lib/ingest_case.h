/*
 * ingest_case - ingest's step over a real store, for its suites: messages in, one
 * turn, answers out. No socket, no clock: the time is a member.
 *
 * State of a cmocka case is a struct ingest_case. What goes wrong in a helper
 * fails the case.
 */
#ifndef TESTS_LIB_INGEST_CASE_H
#define TESTS_LIB_INGEST_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "services/ingest/ingest.h"
#include "tests/lib/cat_lines.h"
#include "tests/lib/tmpdir.h"

#define INGEST_CASE_LOG   77
#define INGEST_CASE_FIRST INT64_C(1750000000000) /* 2025-06-15 */
#define INGEST_CASE_DAY   INT64_C(86400000)

enum { INGEST_CASE_ITEMS = 8, INGEST_CASE_PEER = 40 };

struct ingest_case {
	struct tmpdir tmp;
	struct store *store;
	struct ingest ingest;
	struct turn turn;
	int64_t now_ms;
	bool guard;  /* of the clock; off, so that a case may leave out days */
	uint64_t id; /* of the last request */
	/* messages of the next turn */
	struct buf frames[INGEST_CASE_ITEMS];
	size_t n_frames;
	struct wire_message answer; /* see ingest_case_answer */
};

int ingest_case_setup(void **state); /* an empty store, loaded */
int ingest_case_teardown(void **state);
/* The same, with a catalogue in force and producer "p" at epoch 1. */
int ingest_case_ready(void **state);

/* Closes the store and everything in memory, and opens it again. */
void ingest_case_restart(struct ingest_case *f);

/* Rows of the catalogue: units n, a, b, old (to 2020) in map m; indicators cnt@a
 * (a count), rate@a, rate@b (percent, two decimals), q@a (quarters); sources s1, s2;
 * document d1; programme pr. */
extern const struct cat_line ingest_case_lines[];
extern const size_t ingest_case_n_lines;
/* Index of the first line with this text in it. */
size_t ingest_case_line(const char *text);

/* One row of a batch: texts or NULL. */
struct sent {
	const char *indicator;
	const char *unit;
	const char *period;
	int64_t value; /* whole */
	const char *document;
};
/* A row that is admitted; n makes another value. */
struct sent sent_good(int n);
struct sent sent_bad(void); /* of an unknown unit */

struct sent_batch {
	const char *producer;
	uint64_t epoch;
	uint64_t sequence;
	uint64_t flags;
	const struct sent *rows;
	uint32_t n_rows;
	const char *source; /* NULL: s1 */
	const char *units_as_of;
};

/* Each adds one message to the next turn. */
void ingest_case_add(struct ingest_case *f, struct span frame);
void ingest_case_message(struct ingest_case *f, struct wire_message *m);
void ingest_case_hello(struct ingest_case *f, const char *producer,
                       uint64_t epoch);
void ingest_case_batch(struct ingest_case *f, const struct sent_batch *b);
void ingest_case_apply(struct ingest_case *f, const struct cat_line *lines,
                       size_t n, uint64_t version, bool dry_run);
/* args: name, value, ..., NULL */
void ingest_case_declare(struct ingest_case *f, const char *kind,
                         const char *const *args);

/* Runs the turn with what was added. */
enum err ingest_case_turn(struct ingest_case *f);
/* The turn must do well and give n answers. */
void ingest_case_turn_ok(struct ingest_case *f, size_t n);
/* Answer i, decoded; a view until the next turn. */
const struct wire_message *ingest_case_answer(struct ingest_case *f, size_t i,
                                              enum wire_type type);
/* Turn and its one answer. */
const struct wire_message *ingest_case_ask(struct ingest_case *f,
                                           enum wire_type type);
/* Batch, turn, ACK with these counts; or NACK with this code. */
const struct wire_ack *ingest_case_taken(struct ingest_case *f,
                                         const struct sent_batch *b,
                                         uint64_t accepted, uint64_t duplicate,
                                         uint64_t rejected);
const struct wire_nack *ingest_case_refused(struct ingest_case *f,
                                            const struct sent_batch *b,
                                            enum err code);
/* The ERROR answer i has this code and field. */
void ingest_case_error(struct ingest_case *f, size_t i, enum err code,
                       const char *field);
/* Error i of an ACK. */
struct wire_row_error ingest_case_row_error(const struct wire_ack *ack,
                                            size_t i);

/* Records of a commit of the journal; out: the i-th, copied. */
uint32_t ingest_case_records(struct ingest_case *f, uint64_t commit,
                             struct commit *header);
void ingest_case_record(struct ingest_case *f, uint64_t commit, uint32_t i,
                        struct buf *out);
uint64_t ingest_case_head(const struct ingest_case *f);

#endif
