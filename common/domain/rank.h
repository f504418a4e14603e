/*
 * rank - who stands where among the units of one target.
 *
 * SEMANTICS J5. Within one target version and one period, of released figures
 * only: equal published values share a rank, and the next one counts those before
 * it (1, 2, 2, 4). Who has no rank stands below, with the reason. Pure. Called by
 * alert for `status --ranks`; references and units of another version get no
 * verdict here, so they can't come in.
 */
#ifndef COMMON_DOMAIN_RANK_H
#define COMMON_DOMAIN_RANK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/catalogue.h"
#include "common/domain/verdict.h"

struct rank_entry {
	uint32_t who; /* unit, or any number of the caller's: breaks ties */
	int64_t value;
	const char *why; /* no rank: the reason; NULL: ranked */
	uint32_t rank;   /* set by rank_assign; 0: none */
};

/*
 * rank_why - why a verdict has no place in the ranks of a period; NULL: it has.
 *
 * period   that is ranked
 * version  of the target that is ranked
 * returns  other_version, other_period, unit_abolished (no longer there on the
 *          period's last day: a computed heir), a reason of the verdict that
 *          tells of its figure (no_figure, partial, ...), inexact, not_released
 */
const char *rank_why(const struct catalogue *c, const struct verdict *v,
                     struct period period, uint32_t version);

/* Sorts: the ranked, best first, those of one rank by who; below them the others
 * by who. Returns how many are ranked. Cost O(n log n). */
uint32_t rank_assign(struct rank_entry *entries, uint32_t n, bool up);

#endif
