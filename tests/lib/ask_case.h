/*
 * ask_case - a query and its answer as text, for the suites of what services answer.
 * Include cmocka.h first.
 */
#ifndef TESTS_LIB_ASK_CASE_H
#define TESTS_LIB_ASK_CASE_H

#include "proto/query.h"

struct ask_case {
	struct query q;
	struct wire_query asked;
	struct wire_writer args;
	struct buf after; /* token of the page before, kept */
	struct buf text;
};

void ask_open(struct ask_case *k);
void ask_close(struct ask_case *k);

/* A new question: names and values in turn, NULL at the end. max: rows of a page, 0:
 * as many as may be. */
void ask_begin(struct ask_case *k, uint64_t max, const char *const *args);

/* After an answer: the same question for the next page. False: that was the last. */
bool ask_next(struct ask_case *k);

/* The rows of the page, each "name=value name=value\n"; nil is "-". */
const char *ask_text(struct ask_case *k);
/* Of each row of the page one field, "" where it has none, each with a blank. */
const char *ask_column(struct ask_case *k, const char *name);

#endif
