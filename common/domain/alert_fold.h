/*
 * alert_fold - when an alert of a target fires and when it ends.
 *
 * SEMANTICS L1, L2, L4. The state is a pure fold over the *periods* of the
 * released figures that are known, each judged with the figures now known; so
 * it does not depend on the order in which they came. What depends on the past
 * is only a transition: its commit and the reason of a resolve, which compare
 * the state with the one before (alert_step). Delivery, silence and sinks are
 * not here. Called by the alert service for each (target, unit, rule) whose
 * figures, target or date changed.
 */
#ifndef COMMON_DOMAIN_ALERT_FOLD_H
#define COMMON_DOMAIN_ALERT_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/catalogue.h"
#include "common/domain/verdict.h"

#define ALERT_CLOSE_DAYS 90 /* L2: a final miss is closed after them */
#define ALERT_NAME       "TiendoTarget"

/* They stand in journals. */
enum alert_state {
	ALERT_INACTIVE,
	ALERT_PENDING, /* matches, but in fewer periods than `after` */
	ALERT_FIRING,
	ALERT_RESOLVED, /* has fired and no longer does */
	ALERT_STATES
};

/* L2; they stand in journals. */
enum alert_reason {
	ALERT_REASON_NONE,
	ALERT_RECOVERED,
	ALERT_REVISED,
	ALERT_ACHIEVED,
	ALERT_CLOSED,
	ALERT_UNIT_ABOLISHED,
	ALERT_SUCCESSOR,
	ALERT_TARGET_CHANGED,
	ALERT_DEFINITION_CHANGED,
	ALERT_RULE_CHANGED,
	ALERT_SOURCE_WITHDREW,
	ALERT_REASONS
};

/* At most one rule per severity and target (L4): the severity names the rule. */
enum alert_severity {
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
	SEVERITIES
};

const char *alert_state_name(enum alert_state state);    /* "firing" */
const char *alert_reason_name(enum alert_reason reason); /* "" for NONE */
const char *alert_severity_name(enum alert_severity severity);
/* SEVERITIES if the text is none. */
enum alert_severity alert_severity_parse(const char *text);

struct alert {
	uint32_t target;
	uint32_t unit;
	enum alert_severity severity;
	uint64_t fingerprint;
	enum alert_state state;
	enum alert_reason reason; /* of a resolve */
	struct period since; /* the period that made it fire; code 0: never */
	struct period ended; /* the period that ended it; code 0 */
	uint32_t matching; /* reported periods that match, up to the last one */
	uint32_t clearing; /* while firing: those that do not, so far */
	uint64_t commit;   /* at which state last changed (alert_step) */

	/* The last period that counted, and what it said. */
	struct period period; /* code 0: none yet */
	enum verdict_kind kind;
	uint8_t places;
	int64_t value;
	int64_t target_value; /* 0 without one */
	bool has_gap;
	i128 gap; /* fine */
	struct day released;
	bool rolled;         /* that figure is a roll-up */
	int64_t value_since; /* the figure of `since` */
	bool since_rolled;

	/* reasons revised, source_withdrew: the figure that fired, as it was and
	 * as it is. */
	struct period revised; /* its period; code 0: figures between changed */
	int64_t value_old;
	int64_t value_new;
	bool revised_gone; /* it counts no longer: there is no new value */

	/* What the fold rests on beside figures; alert_step compares them. */
	uint64_t target_hash;     /* the numbers of the target's versions */
	uint64_t definition_hash; /* the definitions they name */
	uint64_t rule_hash;
};

/*
 * alert_fold - the state of one rule, from nothing but the input.
 *
 * in       as for verdict_judge; asked is ignored
 * rule     one of a version of in->target
 * demo     the data directory is marked demo: one more label
 * out      commit 0; reason as far as the fold itself tells: recovered,
 *          achieved, closed, unit_abolished
 * returns  ERR_OK, ERR_NOMEM, ERR_BAD_VALUE (severity is none of the three)
 * cost     O(n^2), n = points
 */
NODISCARD enum err alert_fold(const struct verdict_input *in,
                              const struct cat_alert_rule *rule, bool demo,
                              struct alert *out);

/*
 * alert_step - from the state before to the folded one, at a commit.
 *
 * in       as alert_fold had it
 * former   NULL: none yet
 * now      what alert_fold gave. State and numbers stay as folded; commit is
 *          completed, and where an alert no longer fires, the reason: that of
 *          the fold, or rule_changed, definition_changed, target_changed,
 *          source_withdrew, revised, if it does not fire because of that
 * returns  true if state, since or ended changed, so that it has to be
 *          journaled as a transition. Stepping again with the same input
 *          changes nothing. What fired and no longer does has a reason, and is a
 *          resolve, also if the folded state is inactive or pending: by the
 *          figures now known it never fired.
 * cost     two judgements
 */
bool alert_step(const struct verdict_input *in, const struct alert *former,
                struct alert *now, uint64_t commit);

/* The rule, the target or its binding is gone: what fires is resolved with this
 * reason, what is pending is inactive. Returns true if the state changed. */
bool alert_end(struct alert *a, enum alert_reason reason, uint64_t commit);

/* All but commit equal. */
bool alert_equal(const struct alert *a, const struct alert *b);

/*
 * The label set, canonical: one "name=value" line each, ascending by name, ids
 * only, a label without a value left out. The fingerprint is XXH3-64 of these
 * bytes (L4). rule: for severity and audience.
 */
void alert_labels_write(const struct verdict_input *in,
                        const struct cat_alert_rule *rule, bool demo,
                        struct buf *out);
#define ALERT_FINGERPRINT_TEXT 17 /* 16 hex digits and NUL */
char *alert_fingerprint_text(uint64_t fingerprint,
                             char out[ALERT_FINGERPRINT_TEXT]);

/* Journal records (RECORD_ALERT); errors as for verdict_record_read. */
void alert_record_write(struct buf *out, const struct alert *a);
NODISCARD enum err alert_record_read(struct span record, struct alert *a);
#define ALERT_RECORD_MAX 256 /* bytes at most */

#endif
