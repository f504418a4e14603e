/*
 * agg_fold - the rows of one commit into state, and what changed out of it.
 *
 * Gathers the rows of all blocks of a commit, orders them by page (equal keys
 * stay in order of arrival), touches each page once, and carries the changes up
 * the maps level by level, deepest first. What it emits depends on the commit and
 * the state before it alone (SEMANTICS K2).
 *
 * Pure: state through kv, no clock. Its memory is reused from commit to commit
 * and holds nothing between them.
 */
#ifndef SERVICES_AGGREGATE_AGG_FOLD_H
#define SERVICES_AGGREGATE_AGG_FOLD_H

#include <stdint.h>

#include "common/base/kv.h"
#include "common/base/map.h"
#include "common/base/turn.h"
#include "common/domain/catalogue.h"
#include "common/domain/reach.h"
#include "common/domain/record.h"
#include "services/aggregate/agg_place.h"
#include "services/aggregate/agg_state.h"
#include "services/aggregate/agg_year.h"

#define FOLD_ROWS_MAX   COMMIT_ROWS_MAX  /* ingest sees to these two (K1b) */
#define FOLD_DELTAS_MAX COMMIT_CELLS_MAX /* roll-up rows touched */

struct fold_row {
	struct figure figure;
	uint32_t block; /* index into blocks */
};

struct fold_block {
	struct batch_id id;
	uint32_t n_unchanged;
	uint32_t n_stale;
};

/* A figure in force before and after the commit; has == 0 and action delete
 * where there was or is none. */
struct fold_change {
	struct figure before;
	struct figure after;
};

/* What is to be added to one roll-up row. */
struct fold_delta {
	i128 sum;
	i128 weight;
	uint64_t reporting; /* modulo 2^64: may be taken from */
	int32_t n_by_status[STATUS_F];
	int32_t n_derived;
	uint32_t change; /* own figure of the unit changed: index + 1, else 0 */
};

/* Those of one page of roll-ups. */
struct delta_page {
	struct period period;
	uint32_t deltas[PAGE_DEFINITIONS]; /* index + 1; 0: none */
};

/* Those of one unit's year in one map: what goes up is made of all of them. */
struct year_node {
	uint32_t map;
	uint32_t unit;
	uint32_t block;
	uint32_t year;              /* year_key */
	uint32_t pages[YEAR_SLOTS]; /* index + 1; 0: none */
};

/* Where contributions of one unit, period and block go in one map. Kept from row to
 * row: changes come in order of page. */
struct fold_way {
	uint32_t unit;
	uint32_t block;
	struct period period; /* code 0: none */
	uint32_t n_parents;
	struct cat_share shares[MEMBERS_MAX];
	uint32_t pages[MEMBERS_MAX];
};

struct fold_level {
	uint32_t *nodes; /* of units at this depth */
	uint32_t n;
	uint32_t n_cap;
};

/* Changes of one unit, period and block: they stand together. */
struct fold_run {
	uint32_t year; /* year_key */
	uint32_t unit;
	uint32_t block;
	struct period period;
	uint32_t first; /* index into changes */
	uint32_t n;
};

/* Pages of the unit's year that is being looked at. */
struct fold_year {
	uint32_t key; /* year_key; 0: none yet */
	struct period periods[YEAR_SLOTS];
	uint32_t known; /* slots of which any figures are kept */
	uint32_t figures_loaded;
	uint32_t rollups_loaded;
	struct figure_page figures[YEAR_SLOTS];
	struct rollup_page rollups[YEAR_SLOTS];
};

struct fold {
	const struct place *place; /* borrowed, set at begin */
	struct agg_gens gens;      /* that is read and written */
	/* Figures whose page lies behind it are not there yet (re-folding); len
	 * 0: all are. */
	struct agg_key horizon;
	struct digest *digest; /* borrowed while roll-ups are carried up */
	struct fold_row *rows;
	uint32_t n_rows, n_rows_cap;
	uint32_t *order; /* rows by page and key */
	uint32_t n_order_cap;
	struct fold_block *blocks;
	uint32_t n_blocks, n_blocks_cap;
	struct fold_change *changes;
	uint32_t n_changes, n_changes_cap;
	struct fold_delta *deltas;
	uint32_t n_deltas, n_deltas_cap;
	struct delta_page *pages;
	uint32_t n_pages, n_pages_cap;
	struct year_node *nodes;
	uint32_t n_nodes, n_nodes_cap;
	struct map node_index; /* map, unit, year, block -> node */
	struct fold_run *runs;
	uint32_t n_runs, n_runs_cap;
	struct fold_way *ways; /* [map * YEAR_SLOTS + slot] */
	uint32_t n_ways;
	struct fold_level levels[PLACE_LEVELS];
	struct fold_year *year;
	struct rollup *rollups; /* changed rows, to be emitted */
	uint32_t n_rollups, n_rollups_cap;
	struct version_list versions;
	struct buf scratch;
	struct period period_known; /* last period put into AGG_PERIODS */
};

void fold_init(struct fold *fold);
void fold_fini(struct fold *fold);

/* Forgets the commit before. */
void fold_begin(struct fold *fold, const struct place *place,
                struct agg_gens gens);

/* Adds the rows of a block of commit `number`. ERR_CORRUPT: not a block;
 * ERR_TOO_LARGE, ERR_NOMEM. */
NODISCARD enum err fold_block(struct fold *fold, struct span record,
                              uint64_t number);

/* Applies all rows gathered; writes state, changes *digest, and appends FIGURES,
 * ROLLUPS and RECEIPT records to out. */
NODISCARD enum err fold_finish(struct fold *fold, struct kv *state,
                               uint64_t number, struct digest *digest,
                               struct record_list *out);

/* Carries fold->changes up the maps and collects fold->rollups; for re-folding,
 * which makes its own changes, and says by the horizon which figures count. Deltas
 * are empty afterwards. */
NODISCARD enum err fold_rollups(struct fold *fold, struct kv *state,
                                struct digest *digest);

/* Appends one change (re-folding). */
NODISCARD enum err fold_change_add(struct fold *fold,
                                   const struct figure *before,
                                   const struct figure *after);

/* True if the figure counts: neither absent nor withdrawn. */
static inline bool
figure_present(const struct figure *f)
{
	return f->action == ACTION_MERGE;
}

/* The figure's hash, for the digest: as it is, whatever else is known of its key. */
uint64_t fold_figure_hash(const struct figure *f);

/* Doubles *array until it holds one more than n elements of size bytes. */
NODISCARD enum err array_room(void *array_p, uint32_t n, uint32_t *n_cap,
                              size_t size);

#endif
