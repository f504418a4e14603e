/*
 * load - batches of figures for the catalogue of tests/data/catalogue-load.
 *
 * What a batch says follows from who sends it and its number, so that what a
 * journal holds can be told right or wrong long after.
 */
#ifndef TESTS_LIB_LOAD_H
#define TESTS_LIB_LOAD_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/client/client.h"
#include "common/domain/record.h"

#define LOAD_KEYS 41000 /* different (indicator, unit, period) */

struct load_batch {
	const char *producer;
	uint64_t epoch;
	uint64_t sequence;
	uint64_t flags;
	uint32_t n_rows;  /* at most LOAD_KEYS */
	uint32_t n_wrong; /* of them, the first: of a unit nobody knows */
	uint64_t other;   /* not 0: another content under the same number */
	uint64_t id;      /* of the request */
};

/* The whole message, appended to out. */
void load_batch(const struct load_batch *b, struct buf *out);
/* Whether a BLOCK holds just the rows of b that are not wrong. */
bool load_matches(const struct load_batch *b, struct block *block);

/* HELLO; epoch 0: a new one. */
void load_hello(const char *producer, uint64_t epoch, uint64_t id,
                struct buf *out);

#endif
