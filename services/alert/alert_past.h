/*
 * alert_past - what was said by a commit (SEMANTICS K5).
 *
 * Every journaled verdict and every journaled transition of an alert or group is also kept
 * under its commit, newest first within its target and unit, so that what held at
 * any commit is one look-up. Nothing is ever removed here. Written by alert_eval,
 * read by queries.
 */
#ifndef SERVICES_ALERT_ALERT_PAST_H
#define SERVICES_ALERT_ALERT_PAST_H

#include "services/alert/alert_state.h"

/* Keeps a record as journaled in `commit`; one of a key and commit is kept. */
void alert_past_verdict(struct kv *state, const uint32_t pair[2],
                        uint64_t commit, struct span record);
void alert_past_alert(struct kv *state, const struct alert *alert,
                      uint64_t commit, struct span record);
/* group: programme, kind, family. */
void alert_past_group(struct kv *state, const uint32_t group[3],
                      uint64_t commit, struct span record);

/* What was said last of one pair (alerts: and severity), or group. */
struct alert_said {
	uint64_t commit;    /* 0: nothing by then, record is empty */
	struct span record; /* a view until the next put or del */
};

/* A walk over the pairs. */
struct alert_past {
	enum alert_table table; /* one of the three */
	uint64_t by;            /* the commit asked for, inclusive */
	struct alert_key key;   /* the place; len 0 to begin. Kept, it goes on
	                         * behind that pair */
};

/* Goes on behind the pair whose key is in a token of any bytes; a token that is
 * none: from the beginning. */
void alert_past_resume(struct alert_past *past, struct span token);

/* Begins with the keys of one target, or of groups of one programme. */
void alert_past_begin(struct alert_past *past, uint32_t number);

/*
 * alert_past_next - the next pair, and what was said of it.
 *
 * more     false: there was no next pair
 * cost     two look-ups
 */
NODISCARD enum err alert_past_next(struct kv *state, struct alert_past *past,
                                   struct alert_said *said, bool *more);

#endif
