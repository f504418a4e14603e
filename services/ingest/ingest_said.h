/*
 * said - what the parts of one strict submission have said so far of each figure,
 * so that two parts that contradict each other are noticed (F4: two values for one
 * key and status in one strict message).
 *
 * For ingest_strict.c alone. Pure.
 */
#ifndef SERVICES_INGEST_INGEST_SAID_H
#define SERVICES_INGEST_INGEST_SAID_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/base/map.h"
#include "common/domain/figure.h"

struct said_row {
	uint64_t numbers; /* hash of bound, value and parts */
	uint64_t sequence;
	uint32_t row;
};

struct said {
	struct map keys; /* to an index of rows */
	struct said_row *rows;
	uint32_t n_rows, n_rows_cap;
};

void said_init(struct said *said); /* allocates nothing */
void said_fini(struct said *said);

/*
 * said_add - one more figure, of batch `sequence`.
 *
 * *other   the first row that said something else of the same figure, in a batch
 *          before this one; NULL: none. Deletes contradict nothing. Lives until
 *          the next call
 * returns  ERR_OK, ERR_NOMEM, ERR_TOO_LARGE (over STRICT_ROWS_MAX keys)
 */
NODISCARD enum err said_add(struct said *said, const struct figure *f,
                            uint64_t sequence, const struct said_row **other);

#endif
