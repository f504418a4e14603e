/*
 * alert_tell - what of the alerts is told to sinks, and when (SEMANTICS L3).
 *
 * Level-triggered: for every alert there is what sinks were told last (LIVE), and what
 * they should know now; where the two differ a notice is made. Should know, that it
 * fires: the folded state fires, its programme is enabled, and the figure that says so
 * is fresh: released at most one reporting period before the last tick (a roll-up has
 * no release date: the day its figures are expected by, or its period's last day if
 * nobody owes it). Once told it stays told until it no longer fires, whatever the date;
 * then the resolve is told. A programme that is disabled resolves what was told
 * (programme_disabled). Another label set is another alert: the former is resolved.
 *
 * A commit marked backfill tells nothing; what it touched is held (HELD) and told as it
 * then stands at the commit that ends the submission, or at the next tick.
 *
 * Deterministic: LIVE, HELD and ENABLED are functions of the journal. OUTBOX and
 * RESOLVING are written here and removed by sinks.
 *
 * Tables, keys big-endian:
 *   LIVE       programme, kind, a, b, severity -> the notice told last, firing
 *   RESOLVING  the same -> the notice that resolved it; sinks which are told the state
 *              (not the events) repeat it for a while
 *   OUTBOX     programme, commit, chunk -> knowledge time, notices (outbox.h)
 *   HELD       target, unit -> nothing
 *   ENABLED    programme -> nothing
 * kind TELL_TARGET: a is the target, b the unit. TELL_LATE, TELL_QUALITY: a is the
 * family of the indicator, b and severity are 0.
 *
 * Called by alert_eval.c (each fold), alert_group.c, and alert.c at a commit's end.
 */
#ifndef SERVICES_ALERT_ALERT_TELL_H
#define SERVICES_ALERT_ALERT_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/turn.h"
#include "common/domain/notice.h"
#include "services/alert/alert.h"

enum tell_kind { TELL_TARGET, TELL_LATE, TELL_QUALITY, TELL_KINDS };

/* Alerts of one outbox row, which is one POST of a webhook. */
#define TELL_CHUNK_MAX 512

struct tell_key {
	uint32_t programme;
	enum tell_kind kind;
	uint32_t a, b;
	uint8_t severity;
};

/* The step's commit. Begins with what came: in->flags, ticks. */
void alert_tell_begin(struct alert_service *a, const struct turn_input *in);
/* RECORD_PROGRAMME: every alert of it is looked at again. */
NODISCARD enum err alert_tell_programme(struct alert_service *a,
                                        struct kv *state, struct span record);
/* Those held are looked at again, if this commit ends a backfill or the day. */
NODISCARD enum err alert_tell_release(struct alert_service *a,
                                      struct kv *state);

/*
 * alert_tell - one alert, as folded at this commit.
 *
 * in       as alert_fold had it
 * rule     NULL: the rule or the binding is gone (in may be NULL then), what was told
 *          is resolved with now->reason
 */
NODISCARD enum err alert_tell(struct alert_service *a, struct kv *state,
                              const struct verdict_input *in,
                              const struct cat_alert_rule *rule,
                              const struct alert *now);

/* The same for a group: firing with these words, or not. */
NODISCARD enum err alert_tell_group(struct alert_service *a, struct kv *state,
                                    const struct tell_key *key,
                                    const struct notice_group *group);

/* The notices of the commit go to OUTBOX, one row a programme and TELL_CHUNK_MAX;
 * a->notices counts them. */
NODISCARD enum err alert_tell_end(struct alert_service *a, struct kv *state);

#endif
