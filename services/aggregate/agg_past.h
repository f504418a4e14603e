/*
 * agg_past - figures and roll-ups of one series as they are known now, as they
 * were known at a commit, or as they had been published on a day (SEMANTICS K5).
 *
 * What is known now stands in aggregate's state; a roll-up of the past does not:
 * it is computed from the versions of everything beneath the unit, with the
 * definitions of that time. Used by queries alone, between turns; it changes
 * nothing. Assertions that were forgotten (F4b) are forgotten here too.
 */
#ifndef SERVICES_AGGREGATE_AGG_PAST_H
#define SERVICES_AGGREGATE_AGG_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/sheet.h"
#include "services/aggregate/agg_place.h"
#include "services/aggregate/agg_state.h"
#include "services/aggregate/aggregate.h"

/* A moment of knowledge. Borrows all of its pointers. */
struct past {
	struct kv *state;
	struct aggregate *now;
	const struct catalogue *c; /* definitions of that moment */
	const struct place *place; /* of c; who is expected too */
	uint64_t commit;           /* UINT64_MAX: all */
	struct day published;      /* DAY_LAST: all */
	struct day today;          /* of the last tick known then; DAY_NONE */
	struct version_list list;  /* scratch */
	uint32_t looks;            /* pages read so far: what a query costs */
};

/* All that is known now. */
void past_init(struct past *past, struct kv *state, struct aggregate *now);
void past_fini(struct past *past);
/*
 * past_set_commit - what was known at a commit, inclusive, by the definitions in
 * force then.
 *
 * Definitions of another catalogue than that of now are made once and kept in
 * past->now->then; a walk that rests on those before them ends (beneath_free).
 *
 * returns  ERR_OK; ERR_NO_CATALOGUE: before the first; ERR_NOMEM, ERR_CORRUPT
 * cost     making them: some ten ms for thirteen thousand units
 */
NODISCARD enum err past_set_commit(struct past *past, uint64_t commit);
/* True if some versions are to be left out. */
bool past_filtered(const struct past *past);

/* The figure in force of (definition, unit, period); a forecast or "missing" too.
 * *found false: none, or withdrawn. */
NODISCARD enum err past_figure(struct past *past, struct agg_at at,
                               struct figure *out, bool *found);
/* All assertions of a key that the moment knows, in order of arrival, into
 * past->list, which stays the callee's. */
NODISCARD enum err past_versions(struct past *past, struct agg_at at);
NODISCARD enum err past_completed(struct past *past, struct agg_at at,
                                  bool *completed);

/* A unit's year with all that it is made of. at.map NUMBER_NONE: the unit's own
 * figures alone. */
struct past_sheet {
	struct sheet sheet; /* points into own and place */
	struct figure own[SHEET_SLOTS];
	struct rollup place[SHEET_SLOTS];
	struct sheet_result results[SHEET_SLOTS];
};

/*
 * past_sheet_load - the sheet of (map, definition, unit) that at.period is part of.
 *
 * cost  now: two look-ups a period; of the past: all units beneath, times the
 *       periods of the year, at once (agg_coverage.h does it in parts)
 */
NODISCARD enum err past_sheet_load(struct past *past, struct agg_at at,
                                   struct past_sheet *out);
/* A unit without a place in the map, or no map: of the past it is made of the unit's
 * own figures alone. */
bool past_alone(const struct past *past, struct agg_at at);

/* Everything beneath one unit on any day, deepest first and the unit itself last,
 * and what the children of each add up to. */
struct past_tree {
	struct past *past; /* borrowed */
	struct agg_at at;
	uint32_t *units;
	uint32_t n;
	uint32_t *index;  /* by unit: place in units + 1; 0: not beneath */
	uint32_t *sum_of; /* by place: in sums + 1; 0: it has no children */
	struct rollup (*sums)[SHEET_SLOTS];
	uint32_t n_sums;
};

/* past: filtered or not, only its versions are read. On failure closed again. */
NODISCARD enum err past_tree_open(struct past_tree *t, struct past *past,
                                  struct agg_at at);
void past_tree_close(struct past_tree *t);
/* From the beginning, of the year of another period. */
void past_tree_rewind(struct past_tree *t, struct period period);
/* The sheet of the unit in place i, made from those before it; in order, each once.
 * Cost: a look-up a period, and one of the versions where there are several. */
NODISCARD enum err past_tree_unit(struct past_tree *t, uint32_t i,
                                  struct past_sheet *sheet);

#endif
