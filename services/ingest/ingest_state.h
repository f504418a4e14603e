/*
 * ingest_state - what ingest keeps beside its journal, in its STATE table.
 *
 * A producer's epoch and last sequence; the answer to each batch that may still
 * be repeated; which units, definitions, sources and documents figures name, so
 * that a catalogue cannot take them away; what was declared; the catalogue and
 * the tick in force.
 */
#ifndef SERVICES_INGEST_INGEST_STATE_H
#define SERVICES_INGEST_INGEST_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"
#include "proto/wire.h"

enum ingest_table {
	INGEST_ANSWERS = 'A',   /* producer, epoch, sequence -> answer */
	INGEST_BACKFILLS = 'B', /* producer -> nothing: one is under way */
	INGEST_CATALOGUE = 'C', /* the catalogue record in force */
	INGEST_DECLARED = 'D',  /* kind, numbers -> what, commit */
	INGEST_KNOWN = 'K',     /* definition, year -> ingest_known.h */
	INGEST_LARGEST = 'L',   /* definition -> ingest_largest.h */
	INGEST_LATEST = 'M',    /* chunk of units -> ingest_latest.h */
	INGEST_PRODUCERS = 'P', /* producer -> epoch, last sequence */
	INGEST_SOURCES = 'S',   /* source -> when rows were last accepted */
	INGEST_TICK = 'T',      /* the last tick record */
	INGEST_USED = 'U',      /* kind, number -> nothing */
	INGEST_VERSION = 'V',   /* the commit that holds the catalogue */
	INGEST_WALL = 'W' /* the clock believed last; none: time of the head */
};

/* A producer's name may be 256 bytes: keys hold 128 bits of it. */
struct ingest_key {
	uint8_t bytes[40];
	size_t len;
};
struct span ingest_key_span(const struct ingest_key *key);
struct ingest_key ingest_key_single(enum ingest_table table);
struct ingest_key ingest_key_number(enum ingest_table table, uint32_t number);
struct ingest_key ingest_key_pair(enum ingest_table table, uint32_t first,
                                  uint32_t second);
struct ingest_key ingest_key_producer(enum ingest_table table,
                                      struct span name);

struct producer {
	uint64_t epoch; /* 0: never seen */
	uint64_t last_sequence;
};
NODISCARD enum err producer_get(struct kv *state, struct span name,
                                struct producer *p);
void producer_put(struct kv *state, struct span name, const struct producer *p);

/* What was answered to a batch: enough to answer the same again. */
struct answer {
	uint64_t hash[2];
	uint64_t commit;
	uint64_t accepted;
	uint64_t rejected;
	bool errors_cut;
	struct wire_list errors; /* view into state */
};
/* ERR_NOT_FOUND: not known (any more). */
NODISCARD enum err answer_get(struct kv *state, struct span producer,
                              uint64_t epoch, uint64_t sequence,
                              struct answer *answer);
void answer_put(struct kv *state, const struct batch_id *id,
                const struct answer *answer, struct buf *scratch);
void answer_del(struct kv *state, struct span producer, uint64_t epoch,
                uint64_t sequence);

/* What was declared of a thing: `said` of the commit that says it. */
enum declared_kind {
	DECLARED_COMPLETION, /* definition, unit, period: 1 */
	DECLARED_PROGRAMME,  /* programme: 1 enabled */
	DECLARED_NOTE,       /* target, unit: hash of the last one */
	DECLARED_CLOCK       /* the commit that accepted it last */
};
struct declared {
	uint64_t said; /* what stands; see the kinds */
	uint64_t commit;
};
struct ingest_key declared_key(enum declared_kind kind,
                               const uint32_t numbers[3]);
/* ERR_NOT_FOUND: nothing was. */
NODISCARD enum err declared_get(struct kv *state, const struct ingest_key *key,
                                struct declared *declared);
void declared_put(struct kv *state, const struct ingest_key *key,
                  const struct declared *declared);

/* What admitted figures and completions name, as bits by number. */
enum used_kind {
	USED_UNIT,
	USED_DEFINITION,
	USED_SOURCE,
	USED_DOCUMENT,
	USED_KINDS
};
struct used {
	uint8_t *bits[USED_KINDS];
	uint32_t n[USED_KINDS]; /* numbers that have a bit */
};
void used_fini(struct used *used);
/* Room for all numbers of a catalogue; keeps what is set. */
NODISCARD enum err used_resize(struct used *used, const struct catalogue *c);
NODISCARD enum err used_load(struct used *used, struct kv *state);
bool used_has(const struct used *used, enum used_kind kind, uint32_t number);
/* NUMBER_NONE: no effect. */
void used_set(struct used *used, struct kv *state, enum used_kind kind,
              uint32_t number);

#endif
