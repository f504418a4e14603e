/*
 * alert_eval - one target for one unit, judged anew: what changed is journaled.
 */
#ifndef SERVICES_ALERT_ALERT_EVAL_H
#define SERVICES_ALERT_ALERT_EVAL_H

#include <stdint.h>

#include "common/base/turn.h"
#include "services/alert/alert.h"

/* Judges the binding with the figures in state; appends VERDICT and ALERT records
 * of what changed to at->records and stores it. */
NODISCARD enum err alert_evaluate(struct alert_service *a, struct kv *state,
                                  const struct binding *binding,
                                  struct turn_output *at);

/* After a catalogue: verdicts and alerts of pairs that no target binds any more
 * end (L2: target_changed). */
NODISCARD enum err alert_unbound_end(struct alert_service *a, struct kv *state,
                                     struct turn_output *at);

/* The input of verdict_judge for a binding; points live in a->points. */
NODISCARD enum err alert_input(struct alert_service *a, struct kv *state,
                               const struct binding *binding,
                               struct verdict_input *in);

#endif
