/*
 * client - asks a Tiendo service and waits for the answer.
 *
 * For programs that are not services: the command `tiendo`, and others later. One
 * client is one connection to one service; requests carry numbers, so an answer
 * that comes too late is not taken for another's. Blocking, one thread; time
 * comes from the link. Services among each other do not use it.
 *
 * Submitting rows, with its window of unanswered batches, is submit.h.
 */
#ifndef COMMON_CLIENT_CLIENT_H
#define COMMON_CLIENT_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/client/link.h"
#include "proto/wire.h"

#define CLIENT_TIMEOUT_MS 10000 /* for an answer, unless told otherwise */
#define CLIENT_PAGE_ROWS  2000  /* rows asked for at a time */

struct client;

/*
 * client_new - a client over a link.
 *
 * link     taken: client_free closes it, also if client_new fails
 * returns  ERR_OK, ERR_NOMEM
 */
NODISCARD enum err client_new(struct client **client_p,
                              const struct client_link *link);
void client_free(struct client **client_p); /* NULL is fine */

/* How long an answer may take from now on; default CLIENT_TIMEOUT_MS. */
void client_timeout(struct client *client, int64_t timeout_ms);
/* How long a message may wait until somebody takes it; as long as an answer,
 * unless told otherwise. */
void client_connect_timeout(struct client *client, int64_t timeout_ms);

/* What the service's last ERROR said: its code's text and field, such as
 * "catalogue_changed: version"; "" if there was none since the last request. */
const char *client_problem(const struct client *client);
/* The field that it named; empty: none. Lives as long. */
struct span client_problem_field(const struct client *client);

/*
 * client_ask - one request and its answer.
 *
 * request  its id is set here
 * answer   decoded; views live until the next call with this client
 * returns  ERR_OK (answer->type is `wanted`); ERR_UNAVAILABLE: none in time; the
 *          code of an ERROR (client_problem tells more), ERR_BAD_MESSAGE for one
 *          unknown; what decoding refused; ERR_UNKNOWN_TYPE: another message
 */
NODISCARD enum err client_ask(struct client *client,
                              struct wire_message *request,
                              enum wire_type wanted,
                              struct wire_message *answer);

/* HEALTH. Errors as client_ask; details: wire_pairs_next. */
NODISCARD enum err client_health(struct client *client,
                                 struct wire_state *state);

/* --- queries -------------------------------------------------------------- */

struct client_query {
	const char *what;
	struct wire_list args; /* wire_args_add; lives as long as the query */
	uint64_t max;          /* rows a page; 0: CLIENT_PAGE_ROWS */
};

/* All rows of an answer, page after page. Plain memory; nothing to free. */
struct client_rows {
	struct client *client;
	struct client_query query;
	struct wire_answer page; /* of the rows being read; views */
	struct wire_list left;
	uint8_t after[WIRE_AFTER_MAX];
	size_t after_len;
};

/* Asks for the first page. Errors as client_ask. */
NODISCARD enum err client_query(struct client *client,
                                const struct client_query *query,
                                struct client_rows *rows);
/*
 * client_rows_next - the next row as the list of its pairs.
 *
 * pairs    a view that lives until the next call with this client
 * returns  ERR_OK; ERR_NOT_FOUND behind the last row; else as client_ask
 */
NODISCARD enum err client_rows_next(struct client_rows *rows,
                                    struct wire_list *pairs);

/* --- catalogue, commits --------------------------------------------------- */

/* APPLY. Errors as client_ask: catalogue_changed, in_force, and those of rows. */
NODISCARD enum err client_apply(struct client *client,
                                const struct wire_apply *apply,
                                struct wire_applied *applied);

/* A journal read from a commit on. Plain memory; nothing to free. */
struct client_commits {
	struct client *client;
	uint64_t log; /* 0 before the first answer: any */
	uint64_t generation;
	uint64_t head; /* last commit there was at the last answer */
	uint64_t next; /* number of the commit read next */
	size_t frame;  /* of the last answer, read next */
	size_t n_frames;
};

/* from: first commit wanted, from 1. Asks nothing yet. */
void client_commits_open(struct client *client, uint64_t from,
                         struct client_commits *commits);
/*
 * client_commits_next - the next packed commit.
 *
 * wait_ms  how long the service may wait for one, at most WIRE_WAIT_MS_MAX
 * packed   a view that lives until the next call with this client
 * returns  ERR_OK; ERR_NOT_FOUND: there is none yet; ERR_UNKNOWN_POSITION: another
 *          log, or a commit no longer kept; else as client_ask
 */
NODISCARD enum err client_commits_next(struct client_commits *commits,
                                       uint64_t wait_ms, struct span *packed);

#endif
