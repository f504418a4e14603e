/*
 * alert_tell - what of the alerts is told to sinks, and when (SEMANTICS L3).
 *
 * Level-triggered: for every alert there is what sinks were told last (LIVE), and what
 * they should know now; where the two differ a notice is made. Should know, that it
 * fires: the folded state fires, its programme is enabled, and the figure that says so
 * is fresh (alert_fresh). Once told it stays told until it no longer fires, whatever the
 * date; then the resolve is told. A programme that is disabled resolves what was told
 * (programme_disabled). Another label set is another alert: the former is resolved
 * (labels_changed), the new one is told. Words that differ are told again.
 *
 * A commit marked backfill tells nothing; what it moves is held (HELD), and so
 * is what comes behind it, until the commit that ends the submission, or the next tick:
 * then it is told as it stands. What a later catalogue takes away is told at once.
 *
 * Deterministic: LIVE, HELD and ENABLED are functions of the journal (and of the demo
 * mark). OUTBOX and RESOLVING are written here and removed by sinks.
 *
 * Tables. Keys are the table's letter and numbers, big-endian: 4 bytes each, of commits
 * and fingerprints 8.
 *   LIVE       programme, kind, a, b, severity -> the notice told last, firing
 *   RESOLVING  the same, fingerprint -> the notice that resolved it; sinks which are
 *              told the state (not the events) repeat it for a while. Removed here if
 *              the same label set is told to fire again
 *   OUTBOX     programme, commit, chunk -> knowledge time, notices (outbox.h)
 *   HELD       as LIVE -> nothing
 *   ENABLED    programme -> one byte, 1 enabled, 0 disabled; absent: as in demo data,
 *              whose programmes are enabled
 * kind TELL_TARGET: a is the target, b the unit. TELL_LATE, TELL_QUALITY: a is the
 * family of the indicator, b and severity are 0.
 *
 * Called by alert_eval.c (each fold that changed), alert_group.c, and alert.c at a
 * commit's begin and end. A commit that changes no alert costs nothing here.
 */
#ifndef SERVICES_ALERT_ALERT_TELL_H
#define SERVICES_ALERT_ALERT_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/turn.h"
#include "common/domain/notice.h"
#include "services/alert/alert.h"

/* They stand in keys. */
enum tell_kind { TELL_TARGET, TELL_LATE, TELL_QUALITY, TELL_KINDS };

/* Bounds of one outbox row, which is one POST of a webhook: whichever comes first. */
#define TELL_CHUNK_MAX   512        /* alerts */
#define TELL_CHUNK_BYTES (2u << 20) /* of notices; never cut within one */

struct tell_key {
	uint32_t programme;
	enum tell_kind kind;
	uint32_t a, b;
	uint32_t severity;
};
struct tell_key tell_group_key(const struct notice_group *group);
/* Of LIVE and HELD. */
struct alert_key tell_live_key(enum alert_table table,
                               const struct tell_key *key);
struct alert_key tell_resolving_key(const struct tell_key *key,
                                    uint64_t fingerprint);
/* A key of LIVE, HELD or RESOLVING, read. */
struct tell_key tell_key_read(const struct alert_key *key);

/* The first part of a target's id, also if neither is declared any more. */
uint32_t alert_programme_of(const struct catalogue *c, uint32_t target);

/* The step's commit. Begins with what came: in->flags, ticks. */
void alert_tell_begin(struct alert_service *a, const struct turn_input *in);
/* RECORD_PROGRAMME: every alert of it is looked at again. */
NODISCARD enum err alert_tell_programme(struct alert_service *a,
                                        struct kv *state, struct span record);
/* If this commit ends a backfill or the day, those held are looked at again. After the
 * records, before the verdicts. */
NODISCARD enum err alert_tell_release(struct alert_service *a,
                                      struct kv *state);

/*
 * alert_fresh - L3: is the last figure that counts released at most one reporting period
 * (as long as its own) before the last tick?
 *
 * A roll-up has no release date: it counts as released on the day by which figures of
 * its definition are expected, or on the period's last day if nobody owes any.
 */
bool alert_fresh(const struct catalogue *c, const struct alert *alert,
                 struct day today);
/* L3; ENABLED. */
NODISCARD enum err alert_enabled(const struct alert_service *a,
                                 struct kv *state, uint32_t programme,
                                 bool *enabled);

/*
 * alert_tell - one alert, as folded at this commit; called if it, the catalogue or what
 * is held or enabled changed.
 *
 * in       as alert_fold had it
 * rule     NULL: the rule or the binding is gone (in may be NULL then), what was told
 *          is resolved with now->reason
 */
NODISCARD enum err alert_tell(struct alert_service *a, struct kv *state,
                              const struct verdict_input *in,
                              const struct cat_alert_rule *rule,
                              const struct alert *now);

/* Of an alert that isn't stored any more: what was told of it, and held when it went, is
 * resolved. */
NODISCARD enum err alert_tell_gone(struct alert_service *a, struct kv *state,
                                   const struct tell_key *key,
                                   enum alert_reason reason);

/* The same for a group: firing with these words, or not. */
NODISCARD enum err alert_tell_group(struct alert_service *a, struct kv *state,
                                    const struct notice_group *group);

/* The notices of the commit go to OUTBOX, by programme, in the order in which they were
 * made; a->notices counts them. */
NODISCARD enum err alert_tell_end(struct alert_service *a, struct kv *state);

/* a->telling; forget: what is under way. */
void alert_tell_init(struct alert_service *a);
void alert_tell_forget(struct alert_service *a);
void alert_tell_fini(struct alert_service *a);

#endif
