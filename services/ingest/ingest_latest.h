/*
 * latest - the last day of any period that figures of a unit were admitted for, so that
 * closing the unit before it can be told (SEMANTICS R3a).
 *
 * Withdrawn figures count too: ingest does not know what is in force. Days are kept in
 * chunks of units, so that a block writes a few values and not one for each unit. A
 * store that was begun before this was kept knows only what came since.
 */
#ifndef SERVICES_INGEST_INGEST_LATEST_H
#define SERVICES_INGEST_INGEST_LATEST_H

#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/catalogue.h"
#include "common/domain/figure.h"

#define LATEST_CHUNK 256 /* units of one value */

struct latest {
	int32_t *days;  /* by unit; DAY_NONE: no figure */
	uint8_t *dirty; /* by chunk */
	uint32_t n;     /* a multiple of LATEST_CHUNK */
};

void latest_fini(struct latest *l);
/* Room for all units of a catalogue; keeps what is there. ERR_NOMEM */
NODISCARD enum err latest_resize(struct latest *l, const struct catalogue *c);
/* After latest_resize with the catalogue in force. ERR_CORRUPT */
NODISCARD enum err latest_load(struct latest *l, struct kv *state);
/* Takes notice of admitted figures and stores what grew. */
void latest_take(struct latest *l, struct kv *state,
                 const struct figure *figures, uint32_t n);
/* DAY_NONE: none. */
struct day latest_of(const struct latest *l, uint32_t unit);

#endif
