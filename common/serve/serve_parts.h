/*
 * serve_parts - what serve.c and serve_query.c share. For them alone.
 */
#ifndef COMMON_SERVE_SERVE_PARTS_H
#define COMMON_SERVE_SERVE_PARTS_H

#include "common/serve/serve.h"

#define REASON_MAX 256

struct waiting {
	uint64_t peer; /* 0: free */
	uint64_t id;
	struct wire_fetch fetch;
	struct mono until;
};

/* A query that is answered in slices. */
struct in_line {
	uint64_t peer;
	struct buf frame;
};

struct serve {
	struct serve_conf conf;
	struct sock *sock;
	struct loop_id source;
	struct loop_id timer;
	struct turn *turn; /* NULL until serve_start */
	struct journal_id id;
	enum err refusal; /* ERR_OK: serves */
	char reason[REASON_MAX];
	struct waiting waiting[SERVE_WAITING_MAX];
	struct in_line line[SERVE_LINE_MAX]; /* a ring */
	unsigned line_first, line_n;
	uint32_t slice;        /* of the first one: how many it has had */
	struct loop_id slices; /* due while somebody stands in line */
	struct sock_message message;
	struct query query;
	struct wire_writer pairs;
	struct buf out;
	struct serve_counts counts;
	struct serve_asked asked;
};

/* Who asked what. */
struct asked {
	uint64_t peer;
	struct wire_message m;
};

/* --- serve.c: what goes out */

/* What cannot be said is said to be so: nobody waits for nothing. */
void serve_message(struct serve *s, uint64_t peer,
                   const struct wire_message *m);
void serve_error(struct serve *s, const struct asked *asked, enum err code,
                 const char *field);
/* Ends store_read. G9: damage is told to the node, which ends serving. */
void serve_read_end(struct serve *s, enum err err);

/* --- serve_query.c: queries */

/* Answers it, or puts it in line; its frame is that of s->message. */
void serve_query(struct serve *s, const struct asked *asked);
/* One slice of the first in line; for the timer s->slices. */
void serve_slice_due(void *self);
void serve_line_refuse(struct serve *s);
void serve_line_clear(struct serve *s);

#endif
