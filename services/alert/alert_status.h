/*
 * alert_status - the rows of status: verdicts of now, or those that were said by a
 * commit (SEMANTICS K5).
 *
 * What is asked as of a commit is looked up, never computed again: numbers are
 * those that were journaled, names those of the catalogue now. Notes stand beside
 * a verdict and change nothing.
 */
#ifndef SERVICES_ALERT_ALERT_STATUS_H
#define SERVICES_ALERT_ALERT_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "proto/query.h"
#include "services/alert/alert.h"

/* A question being answered. */
struct alert_ask {
	struct alert_service *a;
	struct kv *state;
	struct kv *journal; /* for the times of commits */
	struct query *q;
};

NODISCARD enum err alert_status_query(const struct alert_ask *ask);

/* Time of the commit that is asked as of, 0 of commit 0; ERR_UNKNOWN_POSITION: there
 * is none yet, q->field is set. */
NODISCARD enum err alert_as_of_time(const struct alert_ask *ask,
                                    uint64_t commit, int64_t *time_ms);

/* Fields of a row that depend on nothing but the verdict as journaled and on ids, which
 * are for ever: all but programme, target, unit and its name, method, the target's
 * document, notes, and what is of now alone. */
void alert_fields_said(struct query *q, const struct catalogue *c,
                       const struct verdict *v);
/* Numbers that the catalogue doesn't have are damage. */
bool alert_verdict_known(const struct catalogue *c, const struct verdict *v);

/* The programme's id is the target's first part, also if neither is declared any
 * more. Fields "programme" and "target". */
void alert_field_target(struct query *q, const struct cat_target *t);
void alert_field_period(struct query *q, const char *name,
                        struct period period);

#endif
