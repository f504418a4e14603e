/*
 * ingest_clock - may the wall clock be believed? (SEMANTICS K3)
 *
 * Held against the clock as it was last believed: at the last record, or since, as
 * long as this process looked at it. So a quiet day is no jump, and after a start
 * only the journal counts. Pure.
 */
#ifndef SERVICES_INGEST_INGEST_CLOCK_H
#define SERVICES_INGEST_INGEST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define INGEST_CLOCK_BACK_MS  INT64_C(600000)   /* K3: 10 minutes */
#define INGEST_CLOCK_AHEAD_MS INT64_C(86400000) /* K3: 24 hours */

struct ingest_clock {
	bool off;       /* the clock stands by intent: a demo */
	bool met;       /* there is a record, so a clock that was believed */
	int64_t ref_ms; /* that clock, with met */
};

enum clock_state {
	CLOCK_FINE,
	CLOCK_BEHIND, /* more than INGEST_CLOCK_BACK_MS back */
	CLOCK_AHEAD   /* more than INGEST_CLOCK_AHEAD_MS on */
};

enum clock_state ingest_clock_judge(const struct ingest_clock *clock,
                                    int64_t wall_ms);
/* Looks at the clock between records; what is suspect moves nothing. */
void ingest_clock_look(struct ingest_clock *clock, int64_t wall_ms);
/* From now on this clock is believed. */
void ingest_clock_believe(struct ingest_clock *clock, int64_t wall_ms);

const char *clock_state_name(enum clock_state state); /* fine behind ahead */
/* Why ingest isn't ready, for people; "" for CLOCK_FINE. */
const char *clock_state_reason(enum clock_state state);

#endif
