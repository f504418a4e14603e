/*
 * target_series - which series the targets of a catalogue read: the family of each
 * target's indicator, for each unit that it binds, and what it is measured by.
 *
 * A function of the catalogue alone. Aggregate says these series again in the commit
 * of a catalogue (SEMANTICS K4a); ingest asks before it journals one whether that fits.
 */
#ifndef COMMON_DOMAIN_TARGET_SERIES_H
#define COMMON_DOMAIN_TARGET_SERIES_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/domain/catalogue.h"

struct target_series {
	uint32_t family;
	uint32_t unit;
};
struct target_series_list {
	struct target_series *list;
	uint32_t n;
	uint32_t n_cap;
};

/* Sorted by unit and family, each once. out: empty; to be freed also on failure.
 * Cost: TARGET_BINDINGS_MAX units are sorted at most, and as many again of targets
 * that are measured by other series. */
NODISCARD enum err target_series_list(const struct catalogue *c,
                                      struct target_series_list *out);
void target_series_fini(struct target_series_list *list);

#endif
