/*
 * wire - the messages between clients and services, as structs.
 *
 * One struct for each message of WIRE.md, and functions that turn it into the
 * bytes of frame 0 and back. Not for sockets, sessions or what a message means:
 * serve and client send these bytes, services answer them. Decoded structs are
 * views: every span points into the frame, which must outlive them.
 *
 * In every struct an absent optional field is all zero: a span with ptr NULL, a
 * number 0, a list or map with n == 0. Fields whose zero would mean something
 * are required.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/map.h"

#define WIRE_VERSION 1

/* Limits; WIRE.md section "Limits" lists the same (tests/lint/spec.sh). */
#define WIRE_MESSAGE_MAX    4194304    /* bytes of frame 0 */
#define WIRE_COMMIT_MAX     1207959552 /* bytes of a frame with a commit */
#define WIRE_COMMITS_MAX    1024       /* frames behind one COMMITS */
#define WIRE_DEPTH_MAX      8          /* arrays and maps within each other */
#define WIRE_OBJECTS_MAX    524288     /* msgpack values in one frame */
#define WIRE_KEYS_MAX       64         /* pairs of one map */
#define WIRE_TEXT_MAX       256        /* bytes of any text */
#define WIRE_UINT_MAX       9007199254740991 /* 2^53 - 1 */
#define WIRE_ROWS_MAX       10000            /* rows of a BATCH */
#define WIRE_DICTIONARY_MAX 65536            /* texts of a BATCH */
#define WIRE_PLACES_MAX     18      /* a decimal's exponent is 0 to -18 */
#define WIRE_ERRORS_MAX     100     /* rejected rows told in an ACK */
#define WIRE_PACKED_MAX     4128768 /* bytes of a packed catalogue */
#define WIRE_AFTER_MAX      1024    /* bytes of a page token */
#define WIRE_PAGE_ROWS_MAX  10000   /* rows of an ANSWER */
#define WIRE_WAIT_MS_MAX    30000   /* how long a FETCH may wait */
#define WIRE_MARKS_MAX      16384   /* topics in a list of a BEAT */

enum wire_type {
	WIRE_HELLO,
	WIRE_READY,
	WIRE_BATCH,
	WIRE_ACK,
	WIRE_NACK,
	WIRE_APPLY,
	WIRE_APPLIED,
	WIRE_DECLARE,
	WIRE_DECLARED,
	WIRE_FETCH,
	WIRE_COMMITS,
	WIRE_QUERY,
	WIRE_ANSWER,
	WIRE_HEALTH,
	WIRE_STATE,
	WIRE_ERROR,
	WIRE_UPDATE, /* this and the next two: from a PUB socket only */
	WIRE_BEAT,
	WIRE_BYE,
	WIRE_TYPE_COUNT
};

/* BATCH.flags */
#define WIRE_FLAG_AGAIN    1u /* a new submission, not a repetition (F4) */
#define WIRE_FLAG_BACKFILL 2u /* its alerts are journaled, not delivered (L3) */
#define WIRE_FLAG_STRICT   4u /* all rows or none */
#define WIRE_FLAG_MORE     8u /* the strict submission goes on */
#define WIRE_FLAG_DRY_RUN  16u /* check and answer, keep nothing */
#define WIRE_FLAG_LAST     32u /* the backfill ends with this batch */
#define WIRE_FLAGS_MAX     63u

/* Encoded msgpack values back to back: n elements of an array, or n pairs of a
 * map. What decode hands out has been checked; readers below walk it. */
struct wire_list {
	struct span bytes;
	uint32_t n;
};

struct wire_hello {
	struct span producer; /* who sends; with the epoch, whose sequence */
	uint64_t epoch;       /* 0: a new one, please; it fences the older */
	struct span source;   /* optional: of rows that name none */
};

struct wire_ready {
	uint64_t epoch;
	uint64_t last_sequence; /* last one taken of this epoch; 0: none */
	uint64_t credit;        /* batches that may be unanswered at a time */
	uint64_t max_rows;
	uint64_t max_bytes;
	uint64_t log;
	uint64_t generation;
	uint64_t commit; /* the last one */
};

struct wire_batch {
	struct span producer;
	uint64_t epoch;
	uint64_t sequence;       /* from 1, dense */
	struct span source;      /* optional */
	uint64_t flags;          /* WIRE_FLAG_... */
	struct span units_as_of; /* optional: units are codes as of this date */
	struct wire_list dictionary; /* texts: wire_texts_next */
	struct wire_list rows;       /* wire_rows_open */
};

struct wire_ack {
	uint64_t sequence;
	uint64_t commit; /* that holds the rows; 0: no row was taken */
	uint64_t accepted;
	uint64_t
	    duplicate; /* rows, when the whole batch had been taken before */
	uint64_t rejected;
	struct wire_list errors; /* wire_errors_next */
	bool errors_cut;         /* more were rejected than errors tells */
	uint64_t credit;
};

struct wire_nack {
	uint64_t sequence;
	struct span code;  /* err_name */
	uint64_t retry_ms; /* 0: the same batch will never be taken */
	struct span field; /* optional */
	struct span text;
};

struct wire_apply {
	uint64_t version;   /* catalogue version the client saw; 0: none */
	struct span packed; /* catalogue_pack */
	bool dry_run;
};

struct wire_applied {
	uint64_t version;
	uint64_t commit;
	bool changed;
	struct wire_list
	    warnings; /* wire_errors_next; row: number of the unit */
};

struct wire_declare {
	struct span kind;      /* "completion", "programme", .. */
	struct wire_list args; /* text to text: wire_args_get */
};

struct wire_declared {
	uint64_t commit;
	uint64_t n; /* optional: of what it was done to; `dead` */
};

struct wire_fetch {
	uint64_t log;
	uint64_t generation;
	uint64_t from; /* first commit wanted, from 1 */
	uint64_t
	    max_bytes;    /* of commits together; one is sent even if larger */
	uint64_t wait_ms; /* with nothing to send, wait this long for more */
};

struct wire_commits {
	uint64_t log;
	uint64_t generation;
	uint64_t head; /* the last commit there is */
	uint64_t from; /* number of the first frame's commit */
	uint64_t n;    /* frames that follow, one packed commit each */
	/* optional: it, or a service before it, isn't ready */
	bool unready;
};

struct wire_query {
	struct span what;
	struct wire_list args; /* text to text */
	struct span after;     /* optional: `next` of the page before */
	uint64_t max;          /* rows wanted at most */
};

struct wire_answer {
	uint64_t commit; /* everything in it is as of this commit */
	uint64_t log;
	uint64_t generation;
	uint64_t catalogue;       /* version */
	struct wire_list columns; /* optional: names in the order to show */
	struct wire_list rows;    /* maps: wire_answer_next */
	struct span next;         /* optional: there is another page */
};

struct wire_health {
	uint8_t nothing; /* HEALTH has no fields */
};

struct wire_state {
	struct span service;
	bool ready;
	struct span reason; /* why not ready; empty text if ready */
	uint64_t commit;
	uint64_t log;
	uint64_t generation;
	uint64_t time_ms;         /* knowledge time of that commit */
	struct wire_list details; /* text to value: wire_pairs_next */
};

struct wire_error {
	struct span code; /* err_name */
	struct span text;
	struct span field; /* optional */
	uint64_t offset;   /* byte of frame 0, for codes about bytes */
};

/* from == to: something changed and it is not told what. */
struct wire_update {
	struct span stream;
	uint64_t log;
	uint64_t generation;
	uint64_t from; /* since this commit the stream had stood still */
	uint64_t to;   /* the commit that changed it */
	struct wire_list rows; /* maps: wire_answer_next */
};

struct wire_beat {
	uint64_t log;
	uint64_t generation;
	uint64_t commit;
	uint64_t time_ms;         /* wall clock of the service */
	struct wire_list watched; /* subscriptions: wire_marks_next */
	struct wire_list changed; /* streams */
	bool more;                /* another part of this beat follows */
};

struct wire_bye {
	uint64_t log;
	uint64_t generation;
	uint64_t commit;
};

struct wire_message {
	enum wire_type type;
	uint64_t id;      /* of the request; an answer repeats it */
	struct span body; /* decode: the whole body map, as sent */
	union {
		struct wire_hello hello;
		struct wire_ready ready;
		struct wire_batch batch;
		struct wire_ack ack;
		struct wire_nack nack;
		struct wire_apply apply;
		struct wire_applied applied;
		struct wire_declare declare;
		struct wire_declared declared;
		struct wire_fetch fetch;
		struct wire_commits commits;
		struct wire_query query;
		struct wire_answer answer;
		struct wire_health health;
		struct wire_state state;
		struct wire_error error;
		struct wire_update update;
		struct wire_beat beat;
		struct wire_bye bye;
	} as;
};

/*
 * wire_decode - frame 0 to a message.
 *
 * fault    set on error: code, field (constant), offset; may not be NULL
 * returns  ERR_OK or fault->code, one of the codes of WIRE.md "Refusals"; m is
 *          untouched then. Rows of a BATCH are known to be an array of arrays;
 *          their fields are read, and refused, by wire_rows_next
 * cost     two passes; allocates nothing
 */
NODISCARD enum err wire_decode(struct span frame, struct wire_message *m,
                               struct fault *fault);

/*
 * wire_encode - append a message to out.
 *
 * Writes type, id and the struct of that type; body is ignored. Absent optional
 * fields are left out.
 * returns  ERR_OK; ERR_BAD_VALUE: a field is outside its limits (nothing is
 *          appended); or what out failed with
 */
NODISCARD enum err wire_encode(const struct wire_message *m, struct buf *out);

/* "BATCH" and so on; type < WIRE_TYPE_COUNT. */
const char *wire_type_name(enum wire_type type);

/* The request id of bytes that wire_decode refused, so that the ERROR reaches
 * the request; 0 if it cannot be read. */
uint64_t wire_peek_id(struct span frame);
/* The type of frame 0 without decoding it; WIRE_TYPE_COUNT if it has none. What
 * has a type may still be refused. */
enum wire_type wire_peek_type(struct span frame);

/* The identity of what a BATCH says: XXH3-64 of m->body under seeds 0 and 1. */
void wire_batch_hash(const struct wire_message *m, uint64_t hash[2]);

/* Makes an ERROR of a code: text is err_text, so nothing to free. */
struct wire_message wire_error_of(uint64_t id, const struct fault *fault);

/* --- rows of a BATCH ---------------------------------------------------- */

#define WIRE_NONE  UINT32_MAX /* no such reference in this row */
#define WIRE_UNSET 255u       /* no status in this row */

struct wire_decimal {
	int64_t
	    mantissa; /* value = mantissa / 10^places; within +-WIRE_UINT_MAX */
	uint8_t places; /* 0..WIRE_PLACES_MAX */
	bool given;
};

/* Indexes are into the dictionary and have been checked against its length. */
struct wire_row {
	struct wire_decimal value;
	struct wire_decimal numerator;
	struct wire_decimal denominator;
	uint32_t indicator;
	uint32_t unit;
	uint32_t period;
	uint32_t document; /* this and the next three: WIRE_NONE if absent */
	uint32_t released;
	uint32_t source;
	uint32_t note;
	uint8_t status; /* enum obs_status, or WIRE_UNSET */
	uint8_t bound;  /* enum bound; absent: 0 */
	uint8_t action; /* enum action; absent: 0 */
};

struct wire_rows {
	const uint8_t *ptr; /* next row */
	const uint8_t *end;
	const uint8_t *start; /* of the frame, for offsets */
	uint32_t n_dictionary;
	uint32_t left; /* rows not read yet */
	uint32_t row;  /* of the row read last, from 0 */
};

/* m: a decoded BATCH, from this frame. */
void wire_rows_open(struct span frame, const struct wire_batch *batch,
                    struct wire_rows *rows);
/*
 * wire_rows_next - the next row.
 *
 * returns  ERR_OK; ERR_NOT_FOUND behind the last row (fault untouched);
 *          ERR_BAD_TYPE, ERR_BAD_VALUE, ERR_MISSING_FIELD, ERR_TOO_LARGE with
 *          fault->field such as "rows[].period": the batch is refused whole.
 *          *row is no row then. What a row means (unknown unit, half a pair
 *          of parts) is not judged
 * cost     under 50 ns
 */
NODISCARD enum err wire_rows_next(struct wire_rows *rows, struct wire_row *row,
                                  struct fault *fault);
/* Appends fault->field with the number of the row in it: "rows[17].period". */
void wire_rows_field(const struct wire_rows *rows, const struct fault *fault,
                     struct buf *out);

/* Texts of a list (dictionary, columns): takes the first off the list; false
 * if it is empty. */
bool wire_texts_next(struct wire_list *list, struct span *text);
/* All texts of a list; texts has room for list.n. */
void wire_texts_read(struct wire_list list, struct span *texts);

/* --- building a BATCH --------------------------------------------------- */

/* A row as a client has it; texts with ptr NULL are absent. */
struct wire_row_text {
	struct span indicator;
	struct span unit;
	struct span period;
	struct span document;
	struct span released;
	struct span source;
	struct span note;
	struct wire_decimal value;
	struct wire_decimal numerator;
	struct wire_decimal denominator;
	uint8_t status; /* or WIRE_UNSET */
	uint8_t bound;
	uint8_t action;
};

struct wire_batch_writer {
	struct buf rows;
	struct map dictionary;
	struct buf texts; /* of the dictionary, encoded */
	uint32_t n_rows;
	uint32_t max_rows;
	uint32_t max_bytes; /* of the finished message */
};

/* max_rows, max_bytes: what READY said; at most WIRE_ROWS_MAX and
 * WIRE_MESSAGE_MAX, at least 4096 bytes. */
void wire_batch_init(struct wire_batch_writer *w, uint32_t max_rows,
                     uint32_t max_bytes);
void wire_batch_fini(struct wire_batch_writer *w);
void wire_batch_reset(struct wire_batch_writer *w); /* empties, keeps memory */
/*
 * wire_batch_row - append one row; texts are copied.
 *
 * returns  ERR_OK; ERR_TOO_LARGE: no room, finish this batch and try again in
 *          the next; ERR_BAD_VALUE: a text or number outside the limits, never
 *          fits; ERR_BAD_TEXT: not UTF-8; ERR_NOMEM. Unchanged on error
 */
NODISCARD enum err wire_batch_row(struct wire_batch_writer *w,
                                  const struct wire_row_text *row);
/*
 * wire_batch_finish - append the whole message to out.
 *
 * head     everything but dictionary and rows, which come from w
 * returns  as wire_encode. w keeps its rows: the same batch can be made again
 */
NODISCARD enum err wire_batch_finish(const struct wire_batch_writer *w,
                                     uint64_t id, const struct wire_batch *head,
                                     struct buf *out);

/* --- small lists and maps ----------------------------------------------- */

/* Something being written: elements or pairs back to back. */
struct wire_writer {
	struct buf out;
	uint32_t n;
};

void wire_writer_init(struct wire_writer *w, size_t max_bytes);
void wire_writer_fini(struct wire_writer *w);
void wire_writer_reset(struct wire_writer *w);
/* What was written; valid until the next write. Check w->out.err first. */
struct wire_list wire_writer_list(const struct wire_writer *w);

/* Lists of text (ANSWER.columns). */
void wire_texts_add(struct wire_writer *w, struct span text);

/* Maps of text to text (DECLARE.args, QUERY.args). An absent value (ptr NULL)
 * is not written; keys must differ. */
void wire_args_add(struct wire_writer *w, const char *key, struct span value);
/* The value of key; ptr NULL if absent. */
struct span wire_args_get(struct wire_list args, const char *key);
/* Takes the first pair off; false if there is none. */
bool wire_args_next(struct wire_list *args, struct span *key,
                    struct span *value);

/* BEAT.watched, BEAT.changed: topics, each with a commit. */
void wire_marks_add(struct wire_writer *w, struct span topic, uint64_t commit);
/* Takes the first off the list; false if it is empty. */
bool wire_marks_next(struct wire_list *marks, struct span *topic,
                     uint64_t *commit);

/* ACK.errors */
struct wire_row_error {
	uint32_t row;      /* within the batch, from 0 */
	struct span code;  /* err_name */
	struct span field; /* column name; may be empty */
	struct span value; /* what stood there; cut to fit a text */
	bool contradicted; /* another row of the batch says otherwise: */
	uint32_t other;
	struct span other_value;
};

/* Behind WIRE_ERRORS_MAX errors: not written, returns false (errors_cut). */
bool wire_errors_add(struct wire_writer *w, const struct wire_row_error *e);
bool wire_errors_next(struct wire_list *errors, struct wire_row_error *e);

/* --- values: rows of an ANSWER, details of a STATE ------------------------ */

enum wire_value_kind {
	WIRE_VALUE_NIL, /* known to be missing */
	WIRE_VALUE_BOOL,
	WIRE_VALUE_INT,
	WIRE_VALUE_TEXT,
	WIRE_VALUE_DECIMAL
};

struct wire_value {
	enum wire_value_kind kind;
	uint8_t places;   /* DECIMAL */
	bool truth;       /* BOOL */
	int64_t number;   /* INT; DECIMAL: mantissa. Within +-WIRE_UINT_MAX */
	struct span text; /* TEXT: at most WIRE_TEXT_MAX bytes */
};

struct wire_value wire_nil(void);
struct wire_value wire_bool(bool truth);
struct wire_value wire_int(int64_t number);
struct wire_value wire_text(struct span text);
struct wire_value wire_decimal(int64_t mantissa, uint8_t places);

/* One pair of a map of values (STATE.details). A value outside the limits:
 * w->out.err becomes ERR_BAD_VALUE. */
void wire_pairs_add(struct wire_writer *w, const char *key,
                    struct wire_value value);
bool wire_pairs_next(struct wire_list *pairs, struct span *key,
                     struct wire_value *value);

/* ANSWER.rows: row, field..., row_end, for each row; then wire_answer_list. */
struct wire_answer_writer {
	struct buf out;
	uint32_t n_rows;
	uint32_t n_fields; /* of the open row */
	uint32_t max_rows;
	uint32_t n_objects;   /* of all rows, for WIRE_OBJECTS_MAX */
	uint32_t row_objects; /* of the open row */
	size_t row_at;        /* where the open row begins */
};

/* max_bytes: of the rows together, at most WIRE_MESSAGE_MAX - 65536. */
void wire_answer_init(struct wire_answer_writer *w, uint32_t max_rows,
                      size_t max_bytes);
void wire_answer_fini(struct wire_answer_writer *w);
void wire_answer_reset(struct wire_answer_writer *w);
void wire_answer_row(struct wire_answer_writer *w);
void wire_answer_field(struct wire_answer_writer *w, const char *name,
                       struct wire_value value);
void wire_answer_text(struct wire_answer_writer *w, const char *name,
                      struct span text);
void wire_answer_int(struct wire_answer_writer *w, const char *name,
                     int64_t number);
void wire_answer_decimal(struct wire_answer_writer *w, const char *name,
                         int64_t mantissa, uint8_t places);
/*
 * wire_answer_row_end - close the open row.
 *
 * returns  ERR_OK; ERR_TOO_LARGE: the page is full, the row was dropped and
 *          belongs on the next page; ERR_BAD_VALUE (a value outside the limits,
 *          over WIRE_KEYS_MAX fields) or ERR_NOMEM: the row was dropped
 */
NODISCARD enum err wire_answer_row_end(struct wire_answer_writer *w);
struct wire_list wire_answer_list(const struct wire_answer_writer *w);

/* Takes the first row off rows as the list of its pairs: wire_pairs_next. */
bool wire_answer_next(struct wire_list *rows, struct wire_list *pairs);
/* The value of one field; false if the row has none of this name. */
bool wire_answer_get(struct wire_list pairs, const char *name,
                     struct wire_value *value);

#endif
