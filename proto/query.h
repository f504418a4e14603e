/*
 * query - one QUERY being answered, page by page.
 *
 * A service answers from its state between turns, one page at a time; a page is
 * bounded in rows and bytes, so it takes at most a few milliseconds, and a token
 * says where the next one goes on. What a token holds is the service's own
 * business; it is not trusted when it comes back.
 *
 * A page that needs more work than a few milliseconds is made in slices: the service
 * answers ERR_AGAIN until it is done, and turns go on in between. Whoever asks
 * (serve.c) begins the same query again, says in `slice` how often it did, and sees
 * to it that pages which are under way go on one at a time.
 */
#ifndef PROTO_QUERY_H
#define PROTO_QUERY_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "proto/wire.h"

#define QUERY_ROWS_MAX  500                        /* rows of a page */
#define QUERY_BYTES_MAX (WIRE_MESSAGE_MAX - 65536) /* of them together */

#define QUERY_HINT_MAX 120

struct query {
	struct wire_list args; /* text to text */
	struct span after;     /* token of the page before; empty: the first */
	uint32_t
	    slice; /* how often this page was begun before; query_begin: 0 */
	/* Set by who answers: the rows are of this commit; 0: of the last one. */
	uint64_t commit;
	struct wire_answer_writer rows;
	struct buf next;   /* token of the next page; empty: this is the last */
	const char *field; /* set with an error: the argument that is wrong */
	char
	    hint[QUERY_HINT_MAX]; /* the same: what was probably meant; or "" */
};

void query_init(struct query *q);
void query_fini(struct query *q);
/* Empties, for the next request; max as asked for, 0: as many as may be. */
void query_begin(struct query *q, const struct wire_query *asked);

/* The argument, or an empty span. */
struct span query_arg(const struct query *q, const char *name);
/* A decimal number below 2^53. ERR_BAD_NUMBER (q->field set): absent, or none. */
NODISCARD enum err query_arg_number(struct query *q, const char *name,
                                    uint64_t *number);
/* ERR_UNKNOWN_KEY (q->field set) if there is an argument not in names, which
 * ends with NULL: a misspelt filter must not answer everything. */
NODISCARD enum err query_args_known(struct query *q, const char *const *names);

/* Fields of the open row; texts longer than WIRE_TEXT_MAX are cut at a whole
 * character. NULL: no such field. */
void query_text(struct query *q, const char *name, const char *text);
void query_hex(struct query *q, const char *name, uint64_t number);

/* Big-endian numbers of a token: 0 where it is short. */
void query_next_put(struct query *q, const uint32_t *numbers, int n);
void query_after_get(const struct query *q, uint32_t *numbers, int n);

#endif
