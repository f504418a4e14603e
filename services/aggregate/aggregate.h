/*
 * aggregate - the fold from ingest's journal to figures in force and roll-ups.
 *
 * One input commit gives one output commit of the same number: copies of the
 * catalogue and tick records, then FIGURES, ROLLUPS and RECEIPT records of what
 * changed, then DIGEST. At a catalogue it also repeats every figure and roll-up
 * that a target of that catalogue reads, so that whoever judges needs nothing
 * but this journal.
 *
 * A catalogue that changes what figures add up to is folded in several turns (K4):
 * until the last of them everything is answered from the catalogue, the figures and
 * the roll-ups before it.
 *
 * Pure; run by turn.c in the daemon and in the simulator. Its memory (catalogue,
 * place, digest, date, what queries made) is a copy of state, dropped after every failed turn.
 */
#ifndef SERVICES_AGGREGATE_AGGREGATE_H
#define SERVICES_AGGREGATE_AGGREGATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/turn.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"
#include "common/domain/target_series.h"
#include "services/aggregate/agg_fold.h"
#include "services/aggregate/agg_place.h"

#define REFOLD_SLICE_ROWS 32768 /* figures folded again in one turn */
#define BENEATH_LOOKS     1000  /* pages that one slice of a query looks at */
#define WASTE_PAGES       4096  /* of a former generation deleted in one turn */

/* Folding again after a change of definitions: how far it is. Kept in state, so
 * that it goes on after a crash. */
struct agg_job {
	uint64_t commit;       /* of the catalogue; 0: there is no job */
	bool cleared;          /* the generation to be built is empty */
	bool rewrite;          /* figures too: ranks or decimals changed */
	struct agg_gens gens;  /* being built */
	struct digest digest;  /* of what is built */
	struct agg_key cursor; /* last page of figures done; len 0: none */
};

/* The catalogue of a commit that is not folded yet. */
struct agg_next {
	uint64_t commit; /* 0: none */
	struct catalogue *catalogue;
	uint64_t version;
	struct place place;
};

/* Definitions of an earlier moment, kept from slice to slice of a query. */
struct agg_then {
	struct catalogue *catalogue; /* NULL: none */
	uint64_t version;
	struct place place;
};

struct aggregate {
	struct catalogue *catalogue; /* NULL: none applied yet */
	uint64_t catalogue_version;
	struct place place;
	struct digest digest;
	struct tick tick; /* last; DAY_NONE before the first */
	struct agg_generations generations;
	/* The last commit that may have changed more figures or roll-ups than it says:
	 * a catalogue of other places (K4b), or the one that was loaded. */
	uint64_t folded_again;
	struct agg_job job;
	struct agg_next next;
	struct fold fold;
	struct agg_then then;
	struct beneath *beneath; /* agg_coverage.h; NULL: none */
	/* REFOLD_SLICE_ROWS; may be set to anything from 1 after aggregate_init:
	 * neither output nor the state at a commit depends on it */
	uint32_t slice_rows;
	/* BENEATH_LOOKS; likewise: no answer depends on it */
	uint32_t slice_looks;
	uint64_t rows_folded; /* since start, for metrics */
};

void aggregate_init(struct aggregate *a);
void aggregate_fini(struct aggregate *a);

/* For turn_init, with a struct aggregate as self. */
extern const struct turn_ops aggregate_turn_ops;

/*
 * aggregate_refold - one turn's part of folding all figures again into a->next, for
 * its commit: begins the job, or goes on with it.
 *
 * Roll-ups are made from nothing in the other generation. If ranks of sources or
 * decimals changed, figures are written there too: the figure in force is chosen
 * again, numbers get the new decimals (A3). What is in use is not touched.
 *
 * *done   nothing is left: a->job is what is to be switched to (aggregate_switch)
 * cost    a->slice_rows figures, and one page more
 */
NODISCARD enum err aggregate_refold(struct aggregate *a, struct kv *state,
                                    bool *done);
/* Ends the job: its generations and digest are in use from now on. */
void aggregate_switch(struct aggregate *a, struct kv *state);
/* Deletes some pages of former generations, if there are any. */
NODISCARD enum err aggregate_waste(struct aggregate *a, struct kv *state);
/* Of state, as it was left; commit 0: there is none. */
NODISCARD enum err agg_job_load(struct kv *state, struct agg_job *job);

/* Appends FIGURES and ROLLUPS of every series that a target reads: all
 * definitions of the target's family, for each unit it binds. */
NODISCARD enum err aggregate_emit_targets(struct aggregate *a, struct kv *state,
                                          struct record_list *out);

#endif
