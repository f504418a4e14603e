/*
 * agg_place - the maps as roll-up needs them: depths, who has children, and who is
 * expected to report.
 *
 * Made once from a catalogue, read-only after. A unit's depth in a map is its
 * longest distance to the root over all dates, so that folding from the deepest
 * level up meets every unit after all that lies beneath it, on any date.
 */
#ifndef SERVICES_AGGREGATE_AGG_PLACE_H
#define SERVICES_AGGREGATE_AGG_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/domain/catalogue.h"
#include "common/domain/expect.h"
#include "common/domain/reach.h"

#define PLACE_LEVELS  (MAP_DEPTH_MAX + 1) /* the root is level 0 */
#define PLACE_NOWHERE 255                 /* the unit has no place in the map */

struct place {
	const struct catalogue *catalogue; /* borrowed */
	uint8_t *depth; /* [map * n_units + unit], or PLACE_NOWHERE */
	uint8_t *parent_somewhere; /* [map * n_units + unit]: has children */
	uint8_t *duty; /* by definition: somebody is expected to report it */
	struct expect *expect;
	struct reach reach;
};

/* ERR_TOO_LARGE: deeper than MAP_DEPTH_MAX, which no checked catalogue is. */
NODISCARD enum err place_init(struct place *place,
                              const struct catalogue *catalogue);
void place_fini(struct place *place);
uint8_t place_depth(const struct place *place, uint32_t map, uint32_t unit);
/* R6: on this day some unit is divided so that only a part of it counts beneath
 * unit. Where all its parts meet again, nothing is derived. Cost: one pass over
 * the memberships of the map, for queries. */
bool place_parts_only(const struct place *place, uint32_t map, uint32_t unit,
                      struct day day);
bool place_has_children(const struct place *place, uint32_t map, uint32_t unit);

#endif
