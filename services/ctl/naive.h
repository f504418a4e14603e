/*
 * naive - SEMANTICS a second time: what figures, roll-ups, verdicts and alerts
 * must be, computed from ingest's journal alone.
 *
 * Written from that page and from nothing else, to find out whether the services
 * are right: `tiendo verify` and the simulator compare with it. It shares with
 * them the decoders of records, the catalogue and the decimals, but no rule.
 * Nothing is kept from one answer to the next: commits are gathered in plain
 * arrays, and every question is answered from scratch.
 *
 * Memory: 80 bytes an assertion, and while a state is computed 20 more.
 */
#ifndef SERVICES_CTL_NAIVE_H
#define SERVICES_CTL_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/journal.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"

#define NAIVE_KEPT_MAX 1024 /* F4: assertions of one key that stay known */

/* A block of rows: assertions [first, first + n_rows). */
struct naive_block {
	uint64_t commit;
	uint64_t producer; /* hash of its name and epoch */
	uint64_t sequence;
	uint32_t first;
	uint32_t n_rows;
	uint32_t n_unchanged; /* set by naive_state */
	uint32_t n_stale;
};

/* Ranks of sources, as a catalogue from this commit on has them. */
struct naive_ranks {
	uint64_t commit;
	uint32_t first; /* into naive.ranks */
	uint32_t n;
};

/* The journal so far. */
struct naive {
	struct catalogue *catalogue; /* NULL: none yet */
	uint64_t catalogue_version;
	struct tick tick;          /* DAY_NONE: none yet */
	struct commit commit;      /* the last one taken in; number 0: none */
	struct figure *assertions; /* in order of arrival */
	uint32_t n_assertions, n_assertions_cap;
	struct naive_block *blocks;
	uint32_t n_blocks, n_blocks_cap;
	struct completion *completions;
	uint32_t n_completions, n_completions_cap;
	struct naive_ranks *epochs;
	uint32_t n_epochs, n_epochs_cap;
	uint32_t *ranks;
	uint32_t n_ranks, n_ranks_cap;
	bool all_rolled; /* of every definition, not of those of targets only */
	uint64_t n_rescaled; /* numbers that were given more decimals (A3) */
};

void naive_init(struct naive *n);
void naive_fini(struct naive *n);

/*
 * naive_take - one more commit of ingest's journal.
 *
 * returns  ERR_OK; ERR_UNKNOWN_POSITION: not the next number, or not chained to
 *          the one before; ERR_CORRUPT: a record that ingest does not write;
 *          ERR_TOO_LARGE, ERR_NOMEM. The digest was checked by commit_unpack
 */
NODISCARD enum err naive_take(struct naive *n, const struct commit *commit,
                              const struct record_list *records);

/* What stands for a unit beside its own figure of that very period: its own
 * shorter periods, else its children. */
struct naive_rolled {
	uint32_t definition;
	uint32_t map;
	uint32_t unit;
	struct period period;
	bool over_time;
	bool derived;
	bool partial;     /* R4d */
	bool under_floor; /* R4d */
	enum obs_status status;
	i128 sum; /* as in struct rollup */
	i128 weight;
	uint64_t reporting; /* millionths of unit-periods */
	uint64_t expected;
};

/* By definition, period, map, unit. */
int naive_rolled_compare(const void *a, const void *b);

/* Everything that aggregate derives, at the last commit taken in. */
struct naive_state {
	struct figure *figures; /* in force; by definition, period, unit */
	uint32_t n_figures;
	struct rollup *rollups; /* by definition, period, map, unit */
	uint32_t n_rollups, n_rollups_cap;
	struct naive_rolled *rolled; /* likewise; of what targets look at */
	uint32_t n_rolled, n_rolled_cap;
	bool *wanted; /* by definition: it is in rolled */
	struct digest digest;
};

/*
 * naive_state - figures in force (F3, F4), roll-ups (R1) and receipts, from
 * scratch; the counts of n->blocks are set.
 *
 * cost     a sort of all assertions; about 2 s for 8 million
 */
NODISCARD enum err naive_state(struct naive *n, struct naive_state *state);
void naive_state_fini(struct naive_state *state);

/* Doubles *array until it holds one more than n elements of size bytes. */
NODISCARD enum err naive_room(void *array_p, uint32_t n, uint32_t *n_cap,
                              size_t size);

#endif
