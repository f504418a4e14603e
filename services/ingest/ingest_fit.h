/*
 * fit - whether what a turn takes in can be folded as one commit (SEMANTICS K1b).
 *
 * A turn counts its rows, and at most how many roll-ups they change. Only where that
 * goes past what a commit may hold is it counted exactly (common/domain/reach.h).
 * What doesn't fit behind what the turn has already is left to the next one; what
 * doesn't fit alone is refused. Pure; called by ingest's step before anything is
 * journaled.
 */
#ifndef SERVICES_INGEST_INGEST_FIT_H
#define SERVICES_INGEST_INGEST_FIT_H

#include <stdint.h>

#include "common/base/journal.h"
#include "common/domain/reach.h"

struct fit {
	struct reach
	    reach;      /* of the catalogue in force; none: catalogue NULL */
	uint64_t rows;  /* of this turn */
	uint64_t cells; /* roll-ups they change, at most */
	/* COMMIT_ROWS_MAX, COMMIT_CELLS_MAX, COMMIT_AGAIN_MAX; less in tests */
	uint64_t rows_max;
	uint64_t cells_max;
	uint64_t again_max;
};

void fit_init(struct fit *f);
/* Forgets the catalogue. */
void fit_forget(struct fit *f);
/* A catalogue is in force; borrowed. */
NODISCARD enum err fit_catalogue(struct fit *f, const struct catalogue *c);
/* A turn begins. */
void fit_begin(struct fit *f);

/* Rows that are to go into the turn's commit together. */
struct fitting {
	uint64_t rows;
	uint64_t cells; /* reach_rows of them */
	/* Counts the roll-ups of all of them into cells (cells_add): as often as
	 * asked. */
	enum err (*count)(void *self, struct cells *cells);
	void *self;
};

/*
 * fit_take - do these rows fit into the turn?
 *
 * so_far   the records of the turn: those of its rows
 * returns  ERR_OK: they are counted in; ERR_AGAIN: not behind those there are, but
 *          in a commit of their own they may; ERR_TOO_LARGE: in none; ERR_NOMEM; what
 *          count said
 */
NODISCARD enum err fit_take(struct fit *f, const struct record_list *so_far,
                            const struct fitting *what);
/* The same in a turn that has nothing, and nothing is counted in: a dry run. */
NODISCARD enum err fit_alone(const struct fit *f, const struct fitting *what);

#endif
