/*
 * follow_case - a service that follows a source in the test's hand: for the suites of
 * follow.
 *
 * The source is a socket, its journal that of a copier with four commits. Time moves
 * only in follow_case_fetched and follow_case_has_ended, and where the test moves it.
 * What goes wrong in a helper fails the case.
 */
#ifndef TESTS_LIB_FOLLOW_CASE_H
#define TESTS_LIB_FOLLOW_CASE_H

#include <stddef.h>
#include <stdint.h>

#include "common/serve/follow.h"
#include "tests/lib/serve_case.h"

struct follow_case {
	struct serve_case c;
	struct copier upstream;
	struct copier service;
	struct mailbox source;
	struct follow *follow;
	struct journal_id met;
	enum err met_err;      /* what the next meeting fails with */
	enum err failed;       /* the last failure */
	unsigned n_got_before; /* of source, when following began */
	/* calls; n_committed: commits. Failures to send before the first FETCH has
	 * come do not count: the socket was not connected yet. */
	unsigned n_committed, n_failed, n_idle, n_met;
};

/* Following log 0, whichever it is, from commit 1 on; nothing was asked yet. */
int follow_case_setup(void **state);
int follow_case_teardown(void **state);
/* Begins to follow; what followed before is closed by the test. */
void follow_case_follow(struct follow_case *f, uint64_t log);
/* The next FETCH at the source; time moves on until it comes. */
const struct wire_fetch *follow_case_fetched(struct follow_case *f,
                                             uint64_t from);
/* The head of an answer to the FETCH there is. */
struct wire_message follow_case_commits(const struct follow_case *f,
                                        uint64_t from, uint64_t n);
/* Answers with head and these frames, at most 7, and lets it be taken. */
void follow_case_answer(struct follow_case *f, const struct wire_message *m,
                        const struct buf *frames, size_t n);
/* Commits first to last of upstream, as answer to the FETCH there is. */
void follow_case_answer_commits(struct follow_case *f, uint64_t first,
                                uint64_t last);
void follow_case_answer_error(struct follow_case *f, enum err code);
void follow_case_failed_with(const struct follow_case *f, enum err err);
/* Nothing more is asked, however long one waits. */
void follow_case_has_ended(struct follow_case *f);

#endif
