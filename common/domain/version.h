/*
 * version - which assertion of a key counts (SEMANTICS F3, F4).
 *
 * All assertions of one key (definition, unit, period), deletes too, in an
 * array in order of arrival: that is what aggregate keeps and what these
 * functions read. Nothing is stored here.
 */
#ifndef COMMON_DOMAIN_VERSION_H
#define COMMON_DOMAIN_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/catalogue.h"
#include "common/domain/figure.h"

#define VERSION_NONE UINT32_MAX

enum version_verdict {
	VERSION_NEW,      /* to be appended to the array */
	VERSION_STALE,    /* was said before and something else came since */
	VERSION_UNCHANGED /* is what its source says already */
};

/*
 * version_judge - what an assertion that arrives now is (F4).
 *
 * Unchanged: equal to the current version of its source and status, which is
 * the one that would be in force of those alone; a delete, if it was said
 * before or is declared new, and nothing is left for it to withdraw. Stale: any
 * other that was said before, unless it is declared new (FIGURE_FLAG_AGAIN).
 *
 * versions  of the same key as incoming, in order of arrival
 * cost      O(n) comparisons
 */
enum version_verdict version_judge(const struct figure *versions, uint32_t n,
                                   const struct figure *incoming);

/*
 * version_in_force - index of the figure in force, VERSION_NONE if all are
 * withdrawn (F3).
 *
 * c     for the ranks of sources; one that is no longer declared ranks last
 * cost  O(n) without deletes, at most O(n^2)
 */
uint32_t version_in_force(const struct catalogue *c,
                          const struct figure *versions, uint32_t n);

/* True if a delete that arrived after versions[i] withdraws it. */
bool version_withdrawn(const struct figure *versions, uint32_t n, uint32_t i);

#endif
