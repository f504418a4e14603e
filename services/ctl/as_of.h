/*
 * as_of - the moment that somebody names, as a commit (SEMANTICS K5).
 *
 * What --as-of takes: commit:N, a time as RFC 3339 has it, or a date, which means
 * the end of that day in Asia/Ho_Chi_Minh. Inclusive all three: what was known at
 * the end of it. Only ingest's journal can say which commit a time is.
 */
#ifndef SERVICES_CTL_AS_OF_H
#define SERVICES_CTL_AS_OF_H

#include "services/ctl/ctl.h"

struct as_of {
	uint64_t commit; /* named; 0: a time */
	int64_t time_ms; /* without a commit: the last millisecond included */
};

/* Pure. ERR_OK; ERR_BAD_DATE: none of the three, a number not from 1 to 2^53 - 1, a
 * time before 1970. */
NODISCARD enum err as_of_read(struct span text, struct as_of *as_of);

/*
 * as_of_parse - the last commit known at that moment; asks ingest if need be.
 *
 * *commit  0: nothing was known by then. A commit that was named is not looked up
 * returns  -1: go on; or the code to exit with, one line having said why: 64 for a
 *          text that is none of the three, else that of the service
 */
NODISCARD int as_of_parse(const struct ctl *ctl, const char *text,
                          uint64_t *commit);

/* The same of a client of ingest. ERR_OK, or as client_ask. */
NODISCARD enum err as_of_ask(struct client *ingest, int64_t time_ms,
                             uint64_t *commit);

#endif
