/*
 * known - of which periods figures of each definition were ever admitted, so that it
 * can be bounded what the commit of a catalogue says again (SEMANTICS K1b, K4a).
 *
 * Withdrawn figures count too: ingest does not know what is in force. Kept by
 * definition and year, all units together: a block writes something only when a
 * period is new. A store that was begun before this was kept knows only what came
 * since.
 */
#ifndef SERVICES_INGEST_INGEST_KNOWN_H
#define SERVICES_INGEST_INGEST_KNOWN_H

#include <stdint.h>

#include "common/base/kv.h"
#include "common/base/map.h"
#include "common/domain/catalogue.h"
#include "common/domain/figure.h"
#include "common/domain/reach.h"

#define KNOWN_YEARS_MAX 8000000 /* years, or spans, of all definitions */

struct known {
	struct map years; /* definition, year or span -> set of its periods */
};

void known_init(struct known *k);
void known_fini(struct known *k);
/* ERR_CORRUPT */
NODISCARD enum err known_load(struct known *k, struct kv *state);
/* Takes notice of admitted figures and stores what is new. Cost: a look-up where year
 * or definition differ from the row before. ERR_TOO_LARGE, ERR_NOMEM */
NODISCARD enum err known_take(struct known *k, struct kv *state,
                              const struct figure *figures, uint32_t n);

/* What would be said again at a catalogue. */
struct known_again {
	uint64_t max;    /* set by the caller: what is allowed */
	uint64_t n;      /* at most so many figures and roll-ups */
	uint32_t target; /* n > max: whose version reads the most of them */
};
/* reach: of c. ERR_NOMEM. Cost: all series that targets read. */
NODISCARD enum err known_again(const struct known *k, const struct catalogue *c,
                               const struct reach *reach,
                               struct known_again *again);

#endif
