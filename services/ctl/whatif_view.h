/*
 * whatif_view - one catalogue as alert has it: who is bound by what, and which series
 * are read. For whatif.c alone.
 */
#ifndef SERVICES_CTL_WHATIF_VIEW_H
#define SERVICES_CTL_WHATIF_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/base/map.h"
#include "services/alert/alert.h"

struct whatif_view {
	struct kv_mem *mem; /* the record that alert loads */
	struct alert_service alert;
	struct map wanted; /* family, unit of what is judged differently */
};

void whatif_view_init(struct whatif_view *v);
void whatif_view_fini(struct whatif_view *v);

/* Loads a CATALOGUE record, in place of the one before; what is wanted stays.
 * ERR_OK, ERR_CORRUPT, ERR_NOMEM. */
NODISCARD enum err whatif_view_load(struct whatif_view *v, struct span record);
/* Loads a catalogue without rows. ERR_OK, ERR_NOMEM. */
NODISCARD enum err whatif_view_none(struct whatif_view *v);

/* Wants each series that a binding reads: its own, and its measures. ERR_OK,
 * ERR_NOMEM, ERR_TOO_LARGE. */
NODISCARD enum err whatif_view_want(struct whatif_view *v,
                                    const struct binding *b);
/* Of wanted, or of alert's map of series. */
bool whatif_series_has(const struct map *series, uint32_t family,
                       uint32_t unit);

#endif
