/*
 * alert_group - alerts about the figures themselves: late (SEMANTICS J3) and doubtful.
 *
 * One alert for each programme and indicator, however many units: TiendoFigureLate
 * fires while some unit's verdict is late, TiendoDataQuality while some unit's reported
 * and rolled-up figures give different verdicts (contested, R2) or its judged figure
 * carries a value that isn't its quotient (ratio_mismatch, F7). It names how many, and
 * the first of them. Journaled (RECORD_GROUP) when it begins to fire, ends, or another
 * unit joins; one that leaves is only stored.
 *
 * MEMBERS: programme, kind, family, unit, target -> nothing: who is late or doubtful.
 * GROUPS: programme, kind, family -> the last RECORD_GROUP.
 */
#ifndef SERVICES_ALERT_ALERT_GROUP_H
#define SERVICES_ALERT_ALERT_GROUP_H

#include "common/base/turn.h"
#include "services/alert/alert.h"
#include "services/alert/alert_tell.h"

/* A verdict that was journaled at this commit; NULL: it is gone. */
NODISCARD enum err alert_group_verdict(struct alert_service *a,
                                       struct kv *state,
                                       const struct binding *binding,
                                       const struct verdict *v);

/* The groups that this commit touched: journaled, told. After all verdicts. */
NODISCARD enum err alert_groups_end(struct alert_service *a, struct kv *state,
                                    struct turn_output *at);

#endif
