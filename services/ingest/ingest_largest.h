/*
 * largest - how large the admitted figures of each definition are, so that its
 * decimals can grow no further than all of them can be written (A3, A1).
 *
 * For each definition the greatest |mantissa| of a published value ever admitted,
 * at its decimals of now; withdrawn figures count too, their versions are kept.
 */
#ifndef SERVICES_INGEST_INGEST_LARGEST_H
#define SERVICES_INGEST_INGEST_LARGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/catalogue.h"
#include "common/domain/figure.h"

struct largest {
	int64_t *sizes;  /* by number of the definition */
	uint8_t *staged; /* 1: greater than what is stored */
	uint32_t n;
};

void largest_fini(struct largest *l);
/* Room for all definitions of a catalogue; keeps what is there. */
NODISCARD enum err largest_resize(struct largest *l, const struct catalogue *c);
/* After largest_resize with the catalogue in force. ERR_CORRUPT */
NODISCARD enum err largest_load(struct largest *l, struct kv *state);
/* Takes notice of admitted figures and stores what grew. Cost: a division for a
 * figure of parts, else a comparison. */
void largest_take(struct largest *l, struct kv *state,
                  const struct catalogue *c, const struct figure *figures,
                  uint32_t n);

/* Could every admitted figure of `was` be written at the decimals of `is`? */
bool largest_fits(const struct largest *l, uint32_t definition,
                  const struct cat_definition *was,
                  const struct cat_definition *is);
/* The decimals have grown, and largest_fits said yes. */
void largest_grow(struct largest *l, struct kv *state, uint32_t definition,
                  unsigned more);

#endif
