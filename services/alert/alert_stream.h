/*
 * alert_stream - verdicts and alerts as streams: what a commit changed, and what stands.
 *
 * verdict/<programme>/<target>/   key unit: of a row of `status` what the verdict itself
 *     says: programme target unit indicator map period value status released expected
 *     target_value target_first_value target_period base base_period path margin gap
 *     verdict reason final timeliness expected_by last_verdict last_period
 *     achieved_period pace required_pace contested value_document source commit
 * alert/<programme>/<target>/     key unit, severity: programme target unit severity
 *     fingerprint alertname state reason verdict period value gap since ended commit, and
 *     of a revision what `alerts` has
 * alert/<programme>/_/            key alertname, indicator: programme alertname indicator
 *     fingerprint severity audience state reason commit units
 *
 * With gone: true there are only programme, target and the key: there is no verdict any
 * more, or an alert that never fired is pending no longer. What has fired stays a row, of
 * state resolved.
 *
 * A row is what was journaled last of its key, as `status` and `alerts` say it as of a
 * commit: an alert stands as it was when its state last changed, figures since then are
 * in the verdict; a group as it was when somebody last joined it, or it ended. Words,
 * names, labels of the catalogue, notes, delivery, and what is of now alone are left
 * out: they change without a record. So these streams are never cut from here: whatever
 * a tick, a completion or a catalogue changes in a row is journaled with it (K5a), pairs
 * that a catalogue unbinds end in its commit, and ids keep their numbers for ever.
 *
 * Snapshots (query "snapshot", stream) give the same rows, ascending by numbers of the
 * key; the query "streams" (prefix) lists names. Pure; called by alert_io.c and
 * alert_query.c.
 */
#ifndef SERVICES_ALERT_ALERT_STREAM_H
#define SERVICES_ALERT_ALERT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "services/alert/alert_status.h"

#define ALERT_STREAM_LOOKS 1000 /* keys that one page looks at: some 2 ms */
#define ALERT_STREAM_NAMES 4096 /* names tried for one page */

struct alert_stream_sink {
	bool (*wants)(void *self, const char *topic);
	/* row: pairs, a view */
	void (*row)(void *self, const char *topic, struct wire_list row);
	void *self;
};

/*
 * alert_stream_commit - what one commit of the own journal changed, in its order.
 *
 * a        as of the last commit; number may lie before it
 * returns  ERR_OK; ERR_NOT_FOUND: no such commit; ERR_CORRUPT; ERR_NOMEM
 * cost     a pass over the commit's records
 */
NODISCARD enum err alert_stream_commit(struct alert_service *a,
                                       struct kv *journal, uint64_t number,
                                       const struct alert_stream_sink *sink);

/* One page of "snapshot"; it may have no rows and still a next one. ERR_MISSING_FIELD;
 * ERR_NOT_FOUND: no catalogue ever had the programme or the target (q->field). */
NODISCARD enum err alert_stream_snapshot(const struct alert_ask *ask);
/* One page of "streams": field stream, of what is declared. */
NODISCARD enum err alert_stream_names(const struct alert_ask *ask);

#endif
