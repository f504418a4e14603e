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
 * Tables, keys as in alert_tell.h:
 *   MEMBERS      programme, kind, family, unit, target -> nothing: who is late, doubtful
 *   GROUPS       programme, kind, family -> the last RECORD_GROUP, and what left since
 *   PAST_GROUPS  the same, and the commit, downwards -> as journaled (K5)
 */
#ifndef SERVICES_ALERT_ALERT_GROUP_H
#define SERVICES_ALERT_ALERT_GROUP_H

#include "common/base/turn.h"
#include "services/alert/alert.h"
#include "services/alert/alert_tell.h"

/*
 * alert_group_verdict - a verdict that was journaled at this commit, or is looked at
 * again.
 *
 * in   as it was judged from; NULL with v
 * v    NULL: it is gone (of a pair that no target binds any more alert_groups_move
 *      sees to it)
 * cost two look-ups
 */
NODISCARD enum err alert_group_verdict(struct alert_service *a,
                                       struct kv *state,
                                       const struct binding *binding,
                                       const struct verdict_input *in,
                                       const struct verdict *v);

/* After a catalogue, before the verdicts: who isn't bound any more, or stands in
 * another family than its target, leaves. */
NODISCARD enum err alert_groups_move(struct alert_service *a, struct kv *state);
/* A group is looked at again at the end of this commit. */
NODISCARD enum err alert_group_look(struct alert_service *a,
                                    const struct tell_key *key);
/* All of a programme. */
NODISCARD enum err alert_groups_look(struct alert_service *a, struct kv *state,
                                     uint32_t programme);

/* The groups that this commit touched: journaled, told. After all verdicts. */
NODISCARD enum err alert_groups_end(struct alert_service *a, struct kv *state,
                                    struct turn_output *at);

#endif
