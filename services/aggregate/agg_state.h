/*
 * agg_state - where aggregate keeps what, in its STATE table.
 *
 * Figures in force lie in pages of one unit, period and block of definitions: a
 * commune's form is one page, bulk arrival writes each page once. A key with more
 * than one assertion has all of them, in order of arrival, under its own key; the
 * row in the page then carries AGG_HISTORY. A withdrawn figure stays in the page as
 * a row with action delete. So a key missing from its page was never asserted.
 * Roll-ups lie in pages of one map, period, unit and block.
 *
 * Figures and roll-ups are there in two generations: the one in use, and one that is
 * being built after a change of definitions, or waits to be deleted (agg_refold). Who
 * folds names the generation; who reads a figure or a roll-up need not.
 */
#ifndef SERVICES_AGGREGATE_AGG_STATE_H
#define SERVICES_AGGREGATE_AGG_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/figure.h"
#include "common/domain/record.h"

#define PAGE_DEFINITIONS 64 /* definitions of one block: rows of a page */
#define VERSIONS_MAX \
	1024 /* assertions of one key; past it the oldest not in
                           * force is forgotten (SEMANTICS, F4) */
#define AGG_HISTORY FIGURE_FLAG_HISTORY /* in a page: a version list */

enum agg_table {
	AGG_CATALOGUE = 'C',   /* the commit whose catalogue is in force */
	AGG_DIGEST = 'D',      /* the digest record */
	AGG_FIGURES = 'F',     /* period, unit, block -> figures record */
	AGG_GENERATIONS = 'G', /* struct agg_generations */
	AGG_VERSIONS = 'H',    /* definition, unit, period -> figures record */
	AGG_JOB = 'J',         /* struct agg_job, while there is one */
	AGG_COMPLETIONS = 'K', /* definition, unit, period -> commit */
	AGG_PERIODS = 'P',   /* period -> nothing: periods that have figures */
	AGG_RECEIPTS = 'Q',  /* commit, batch -> receipt record */
	AGG_ROLLUPS = 'R',   /* map, period, unit, block -> roll-ups record */
	AGG_TICKS = 'T',     /* commit, downwards -> tick record, all of them */
	AGG_CATALOGUES = 'V' /* commit -> catalogue record, all of them */
};

/* Which of two generations, 0 or 1: of figures and version lists, of roll-ups. */
struct agg_gens {
	uint8_t figures;
	uint8_t rollups;
};

/* Where a table of a generation lies: its letter, or the small one. */
static inline uint8_t
agg_table_at(enum agg_table table, uint8_t generation)
{
	return (uint8_t)(table | (generation != 0 ? 0x20u : 0u));
}

struct agg_generations {
	struct agg_gens used;
	/* the other one has pages that nobody reads any more */
	bool waste_figures;
	bool waste_rollups;
};

struct agg_key {
	uint8_t bytes[24];
	size_t len;
};
struct span agg_key_span(const struct agg_key *key);
struct agg_key agg_key_single(enum agg_table table);
struct agg_key agg_key_page(struct agg_gens gens, struct period period,
                            uint32_t unit, uint32_t block);
struct agg_key agg_key_versions(struct agg_gens gens,
                                const struct figure *figure);
struct agg_key agg_key_period(struct period period);
struct agg_key agg_key_rollups(struct agg_gens gens, uint32_t map,
                               struct period period, uint32_t unit,
                               uint32_t block);
struct agg_key agg_key_receipt(uint64_t commit, const struct batch_id *id);
struct agg_key agg_key_completion(const struct completion *c);
struct agg_key agg_key_catalogue(uint64_t commit);
struct agg_key agg_key_tick(uint64_t commit);

/* The entry of a table behind key (len 0: the first), into key. *more false: there is
 * none. table: as agg_table_at gives it. */
NODISCARD enum err agg_state_next(struct kv *state, uint8_t table,
                                  struct agg_key *key, bool *more);

/* Absent: generation 0 of all, nothing to delete. */
NODISCARD enum err agg_generations_load(struct kv *state,
                                        struct agg_generations *g);
void agg_generations_store(struct kv *state, const struct agg_generations *g);

/* The block of a definition, and so its page. */
static inline uint32_t
agg_block(uint32_t definition)
{
	return definition / PAGE_DEFINITIONS;
}

struct figure_page {
	struct figure rows[PAGE_DEFINITIONS]; /* ascending by definition */
	uint32_t n;
};

/* An absent page is empty. ERR_CORRUPT: bytes that no page has. */
NODISCARD enum err figure_page_load(struct kv *state, const struct agg_key *key,
                                    struct figure_page *page);
/* scratch: reused memory for the bytes. */
void figure_page_store(struct kv *state, const struct agg_key *key,
                       const struct figure_page *page, struct buf *scratch);
/* The row of a definition, or NULL. */
struct figure *figure_page_find(struct figure_page *page, uint32_t definition);
/* The row of a definition, made (zeroed but for its key) if it is absent. */
struct figure *figure_page_make(struct figure_page *page,
                                const struct figure *key);

struct rollup_page {
	struct rollup rows[PAGE_DEFINITIONS];
	uint32_t n;
};
NODISCARD enum err rollup_page_load(struct kv *state, const struct agg_key *key,
                                    struct rollup_page *page);
/* Rows without contributions are left out; a page without rows is deleted. */
void rollup_page_store(struct kv *state, const struct agg_key *key,
                       const struct rollup_page *page, struct buf *scratch);
struct rollup *rollup_page_find(struct rollup_page *page, uint32_t definition);
struct rollup *rollup_page_make(struct rollup_page *page,
                                const struct rollup *key);
bool rollup_empty(const struct rollup *rollup);

/* One place in the tables; map: of a roll-up. */
struct agg_at {
	uint32_t map;
	uint32_t definition;
	uint32_t unit;
	struct period period;
};

/* One figure in force by key; absent or withdrawn: found == false. Of the generation
 * in use. */
NODISCARD enum err agg_figure_get(struct kv *state, struct agg_at at,
                                  struct figure *out, bool *found);
NODISCARD enum err agg_rollup_get(struct kv *state, struct agg_at at,
                                  struct rollup *out, bool *found);

/* The commit of the first completion record (R5); 0: there is none. */
NODISCARD enum err agg_completed(struct kv *state, const struct completion *of,
                                 uint64_t *commit);
/* Keeps it; one that is there already stays the first. */
NODISCARD enum err agg_complete(struct kv *state, const struct completion *of,
                                uint64_t commit);
/* The catalogue record in force at a commit: the last one up to it. A view;
 * ERR_NOT_FOUND before the first. Cost: a step for each apply before it. */
NODISCARD enum err agg_catalogue_at(struct kv *state, uint64_t commit,
                                    struct span *record);

/* The last tick up to a commit; DAY_NONE before the first. Cost: one look-up. */
NODISCARD enum err agg_tick_at(struct kv *state, uint64_t commit,
                               struct tick *tick);

/* All assertions of a key, in order of arrival: from its version list, else the
 * one in its page. */
struct version_list {
	struct figure *rows;
	uint32_t n;
	uint32_t n_cap;
};
void version_list_fini(struct version_list *list);
/* row: as it stands in its page. */
NODISCARD enum err version_list_load(struct kv *state, struct agg_gens gens,
                                     const struct figure *row,
                                     struct version_list *list);
NODISCARD enum err version_list_add(struct version_list *list,
                                    const struct figure *row);
void version_list_store(struct kv *state, struct agg_gens gens,
                        const struct version_list *list, struct buf *scratch);

/* Periods that have figures, ascending: `from` is the first to look at; code 0:
 * there is no further one. */
NODISCARD enum err agg_period_next(struct kv *state, struct period from,
                                   struct period *period);

#endif
