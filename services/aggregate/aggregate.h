/*
 * aggregate - the fold from ingest's journal to figures in force and roll-ups.
 *
 * One input commit gives one output commit of the same number: copies of the
 * catalogue and tick records, then FIGURES, ROLLUPS and RECEIPT records of what
 * changed, then DIGEST. At a catalogue it also repeats every figure and roll-up
 * that a target of that catalogue reads, so that whoever judges needs nothing
 * but this journal.
 *
 * Pure; run by turn.c in the daemon and in the simulator. Its memory (catalogue,
 * place, digest, date) is a copy of state, dropped after every failed turn.
 */
#ifndef SERVICES_AGGREGATE_AGGREGATE_H
#define SERVICES_AGGREGATE_AGGREGATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/turn.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"
#include "services/aggregate/agg_fold.h"
#include "services/aggregate/agg_place.h"

struct aggregate {
	struct catalogue *catalogue; /* NULL: none applied yet */
	uint64_t catalogue_version;
	struct place place;
	struct digest digest;
	struct tick tick; /* last; DAY_NONE before the first */
	struct fold fold;
	uint64_t rows_folded; /* since start, for metrics */
};

void aggregate_init(struct aggregate *a);
void aggregate_fini(struct aggregate *a);

/* For turn_init, with a struct aggregate as self. */
extern const struct turn_ops aggregate_turn_ops;

/*
 * aggregate_refold - all roll-ups anew from the figures in force, after a change
 * of maps, units, rules of place or ranks of sources (K4).
 *
 * Also chooses again among the versions of every key that has several.
 * cost: one pass over all pages. Writes state, sets digest, emits nothing.
 */
NODISCARD enum err aggregate_refold(struct aggregate *a, struct kv *state);

/* Appends FIGURES and ROLLUPS of every series that a target reads: all
 * definitions of the target's family, for each unit it binds. */
NODISCARD enum err aggregate_emit_targets(struct aggregate *a, struct kv *state,
                                          struct record_list *out);

/* The units and families that targets read, as sorted pairs without repeats. */
struct target_series {
	uint32_t family;
	uint32_t unit;
};
struct target_series_list {
	struct target_series *list;
	uint32_t n;
	uint32_t n_cap;
};
NODISCARD enum err target_series_list(const struct catalogue *c,
                                      struct target_series_list *out);
void target_series_fini(struct target_series_list *list);

#endif
