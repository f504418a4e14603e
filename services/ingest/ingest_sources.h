/*
 * ingest_sources - what came of each source, for metrics: rows by what became of them,
 * when rows were last accepted, how long it may be silent.
 *
 * Rows are counted since the start, in runs: what a turn counts becomes part of the
 * totals only when it is durable (ingest_metrics_io.h). The time of the last accepted rows is
 * state: one value a source and commit. A source that owes reports and has sent none
 * has the time since which it owes them. Nothing here decides anything.
 */
#ifndef SERVICES_INGEST_INGEST_SOURCES_H
#define SERVICES_INGEST_INGEST_SOURCES_H

#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/catalogue.h"

enum rows_outcome {
	ROWS_ACCEPTED,
	ROWS_DUPLICATE,
	ROWS_REJECTED,
	ROWS_OUTCOMES
};

struct source {
	uint64_t rows[ROWS_OUTCOMES]; /* since start */
	int64_t last_ms;              /* commit time; below 0: none */
	uint32_t limit_seconds;       /* silence.h; 0: owes nothing */
};

/* Rows of one source one behind the other. */
struct source_run {
	uint32_t source; /* NUMBER_NONE: of none known */
	enum rows_outcome outcome;
	uint64_t n;
};

struct sources {
	struct source *of; /* by number */
	uint32_t n;
	uint64_t others[ROWS_OUTCOMES]; /* of none known, since start */
	uint64_t codes[ERR_COUNT];      /* of rejected rows, since start */
	struct source_run *runs;        /* of this turn */
	size_t n_runs, n_runs_cap;
	size_t n_marked;               /* runs that are not added to */
	uint64_t codes_now[ERR_COUNT]; /* of this turn */
	enum err err;                  /* of this turn */
};

void sources_fini(struct sources *s);

/* A turn begins; what was counted and not kept is forgotten. */
void sources_begin(struct sources *s);
/* In this turn. Without memory s->err is set. Cost: no more than an addition while
 * source and outcome are those of the rows before. */
void sources_count(struct sources *s, uint32_t source,
                   enum rows_outcome outcome, uint64_t n);
void sources_count_code(struct sources *s, enum err code);
/* sources_cut takes back what was counted of rows since the mark. */
void sources_mark(struct sources *s);
void sources_cut(struct sources *s);
/* The turn has a commit of this time: accepted rows are noted, in state too. */
void sources_commit(struct sources *s, struct kv *state, int64_t time_ms);

/* Room for all sources, and what they owe on a day; keeps the rest. ERR_NOMEM */
NODISCARD enum err sources_resize(struct sources *s, const struct catalogue *c,
                                  struct day day);
/* Who owes and has never sent owes from this time on. */
void sources_owe(struct sources *s, struct kv *state, int64_t time_ms);
/* After sources_resize: the times. ERR_CORRUPT, or what the table failed with. */
NODISCARD enum err sources_load(struct sources *s, struct kv *state);

#endif
