#include "services/ingest/ingest_clock.h"

enum clock_state
ingest_clock_judge(const struct ingest_clock *clock, int64_t wall_ms)
{
	if (clock->off || !clock->met)
		return CLOCK_FINE;
	if (wall_ms < clock->ref_ms - INGEST_CLOCK_BACK_MS)
		return CLOCK_BEHIND;
	return wall_ms > clock->ref_ms + INGEST_CLOCK_AHEAD_MS ? CLOCK_AHEAD
	                                                       : CLOCK_FINE;
}

/* Only forward: small steps back must not add up to a large one. */
void
ingest_clock_look(struct ingest_clock *clock, int64_t wall_ms)
{
	if (clock->met && wall_ms > clock->ref_ms &&
	    ingest_clock_judge(clock, wall_ms) == CLOCK_FINE)
		clock->ref_ms = wall_ms;
}

void
ingest_clock_believe(struct ingest_clock *clock, int64_t wall_ms)
{
	clock->met = true;
	clock->ref_ms = wall_ms;
}

struct state_row {
	const char *name;
	const char *reason;
};

static const struct state_row states[] = {
    [CLOCK_FINE] = {"fine", ""},
    [CLOCK_BEHIND] = {"behind",
                      "the wall clock is more than 10 minutes behind the last "
                      "record: set it right, or `tiendo clock accept`"},
    [CLOCK_AHEAD] = {"ahead",
                     "the wall clock is more than 24 hours ahead of the last "
                     "record: set it right, or `tiendo clock accept`"},
};

const char *
clock_state_name(enum clock_state state)
{
	return states[state].name;
}

const char *
clock_state_reason(enum clock_state state)
{
	return states[state].reason;
}
