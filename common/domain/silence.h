/*
 * silence - how long a source may say nothing before somebody should ask.
 *
 * A source that owes figures (`reports: yes`) owes them as often as the shortest
 * reporting frequency among them. Not for verdicts: whether a figure is late is
 * figure_expected's. Called by ingest for its metrics, when the catalogue or the date
 * changes.
 */
#ifndef COMMON_DOMAIN_SILENCE_H
#define COMMON_DOMAIN_SILENCE_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/domain/catalogue.h"

/*
 * silence_limits - for each source the shortest of what it owes on a day: the longest
 * period of the definition's frequency, due days and grace together, in seconds.
 *
 * A source owes what a row of reporting.csv that is valid on the day asks of units of
 * which one is, or lies beneath in any map, the unit of a grant of it that has
 * `reports: yes` and names the indicator. Spans have no frequency and count for
 * nothing, nor does calendar.csv.
 * seconds  c->n_sources values; 0: it owes nothing
 * returns  ERR_OK, ERR_NOMEM
 * cost     for each row valid on the day some passes over all memberships, and a look
 *          at each grant
 */
NODISCARD enum err silence_limits(const struct catalogue *c, struct day day,
                                  uint32_t *seconds);

#endif
