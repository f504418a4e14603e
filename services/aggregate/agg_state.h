/*
 * agg_state - where aggregate keeps what, in its STATE table.
 *
 * Figures in force lie in pages of one unit, period and block of definitions: a
 * commune's form is one page, bulk arrival writes each page once. A key with more
 * than one assertion has all of them, in order of arrival, under its own key; the
 * row in the page then carries AGG_HISTORY. A withdrawn figure stays in the page as
 * a row with action delete. So a key missing from its page was never asserted.
 * Roll-ups lie in pages of one map, period, unit and block.
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
	AGG_CATALOGUE = 'C', /* the catalogue record in force */
	AGG_DIGEST = 'D',    /* the digest record */
	AGG_FIGURES = 'F',   /* period, unit, block -> figures record */
	AGG_VERSIONS = 'H',  /* definition, unit, period -> figures record */
	AGG_PERIODS = 'P',   /* period -> nothing: periods that have figures */
	AGG_RECEIPTS = 'Q',  /* commit, batch -> receipt record */
	AGG_ROLLUPS = 'R',   /* map, period, unit, block -> roll-ups record */
	AGG_TICK = 'T'       /* the last tick record */
};

struct agg_key {
	uint8_t bytes[24];
	size_t len;
};
struct span agg_key_span(const struct agg_key *key);
struct agg_key agg_key_single(enum agg_table table);
struct agg_key agg_key_page(struct period period, uint32_t unit,
                            uint32_t block);
struct agg_key agg_key_versions(const struct figure *figure);
struct agg_key agg_key_period(struct period period);
struct agg_key agg_key_rollups(uint32_t map, struct period period,
                               uint32_t unit, uint32_t block);
struct agg_key agg_key_receipt(uint64_t commit, const struct batch_id *id);

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

/* One figure in force by key; absent or withdrawn: found == false. */
NODISCARD enum err agg_figure_get(struct kv *state, struct agg_at at,
                                  struct figure *out, bool *found);
NODISCARD enum err agg_rollup_get(struct kv *state, struct agg_at at,
                                  struct rollup *out, bool *found);

/* All assertions of a key, in order of arrival: from its version list, else the
 * one in its page. */
struct version_list {
	struct figure *rows;
	uint32_t n;
	uint32_t n_cap;
};
void version_list_fini(struct version_list *list);
NODISCARD enum err version_list_load(struct kv *state, const struct figure *row,
                                     struct version_list *list);
NODISCARD enum err version_list_add(struct version_list *list,
                                    const struct figure *row);
void version_list_store(struct kv *state, const struct version_list *list,
                        struct buf *scratch);

/* Periods that have figures, ascending: `from` is the first to look at; code 0:
 * there is no further one. */
NODISCARD enum err agg_period_next(struct kv *state, struct period from,
                                   struct period *period);

#endif
