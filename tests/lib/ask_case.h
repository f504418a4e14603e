/*
 * ask_case - a query and its answer as text, for the suites of what services answer.
 * Include cmocka.h first.
 */
#ifndef TESTS_LIB_ASK_CASE_H
#define TESTS_LIB_ASK_CASE_H

#include "proto/query.h"

/* Names and values in turn. */
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGS   ((const char *const[]){NULL})

/* The service: one page, or a slice of one. */
typedef enum err (*ask_answer)(void *self, struct span what, struct query *q);

struct ask_case {
	ask_answer answer;
	void *self;
	unsigned n_slices; /* of the last page */
	struct query q;
	struct wire_query asked;
	struct wire_writer args;
	struct buf after; /* token of the page before, kept */
	struct buf text;
};

/* self: of answer. */
void ask_open(struct ask_case *k, ask_answer answer, void *self);
void ask_close(struct ask_case *k);

/* A new question: names and values in turn, NULL at the end. max: rows of a page, 0:
 * as many as may be. */
void ask_begin(struct ask_case *k, uint64_t max, const char *const *args);

/* The page, in as many slices as it needs. */
enum err ask_page(struct ask_case *k, const char *what);

/* After an answer: the same question for the next page. False: that was the last. */
bool ask_next(struct ask_case *k);

/* The rows of the page, each "name=value name=value\n"; nil is "-". */
const char *ask_text(struct ask_case *k);
/* Of each row of the page one field, "" where it has none, each with a blank. */
const char *ask_column(struct ask_case *k, const char *name);

/* A new question and its first page, which must be answered; the same and a column of
 * it; one that must be refused, because of field (NULL: of anything). */
void ask_rows(struct ask_case *k, const char *what, const char *const *args);
const char *ask_column_of(struct ask_case *k, const char *what,
                          const char *name, const char *const *args);
struct ask_refusal {
	enum err err;
	const char *field;
};
void ask_refused(struct ask_case *k, const char *what, struct ask_refusal why,
                 const char *const *args);

#endif
