/*
 * admission - rows as they come over the wire, to figures or to an error with
 * the field's name (SEMANTICS F1, F3, F5, F7, A1, R3).
 *
 * Ingest calls it, batch by batch, and `tiendo send --dry-run`'s service side.
 * It reads the catalogue and nothing else: what is in force, stale or unchanged
 * is version.h's. A batch has a dictionary of texts; each is resolved at most
 * once for each role it has. Nothing is allocated for a row.
 */
#ifndef COMMON_DOMAIN_ADMISSION_H
#define COMMON_DOMAIN_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/map.h"
#include "common/domain/catalogue.h"
#include "common/domain/decimal.h"
#include "common/domain/figure.h"

#define ADMISSION_DICTIONARY_MAX 65536
#define ADMISSION_ROWS_MAX       1000000 /* of one search for conflicts */
#define ADMISSION_WEIGHT_MAX \
	(INT64_C(1000000000000) - 1) /* A1: weighted means, below 10^12 */

#define DRAFT_NONE         UINT32_MAX /* no such text */
#define DRAFT_UNSET_STATUS 255

struct admission_batch {
	uint32_t source;     /* of rows that name none; NUMBER_NONE: all do */
	struct day received; /* never DAY_NONE */
	struct day today;    /* date of the last tick */
	struct day
	    units_as_of; /* DAY_NONE: units are permanent ids; else they are
	                         * codes valid on that day */
	uint8_t flags;   /* FIGURE_FLAG_AGAIN | FIGURE_FLAG_BACKFILL */
};

struct draft_number {
	struct decimal value;
	bool given;
};

/* Texts are indexes into the dictionary, DRAFT_NONE if absent; an optional text
 * that is empty counts as absent. */
struct draft_row {
	uint32_t row; /* rank within the batch */
	uint32_t indicator;
	uint32_t unit;
	uint32_t period;
	uint32_t document;
	uint32_t released;
	uint32_t source; /* its id */
	struct draft_number value;
	struct draft_number numerator;
	struct draft_number denominator;
	uint8_t status; /* enum obs_status or DRAFT_UNSET_STATUS */
	uint8_t bound;  /* enum bound */
	uint8_t action; /* enum action */
};

enum admission_role {
	ADMISSION_INDICATOR,
	ADMISSION_UNIT,
	ADMISSION_PERIOD,
	ADMISSION_DOCUMENT,
	ADMISSION_RELEASED,
	ADMISSION_SOURCE,
	ADMISSION_ROLES
};

/* What a text is in a role. Entries of another stamp are of a former batch. */
struct admission_slot {
	uint32_t stamp;
	uint32_t number; /* or period code, or day */
	struct day day;  /* period: its last */
	uint16_t err;    /* enum err */
	bool named;      /* indicator: number is a definition's */
};

/* Remembered: a unit lies beneath another one on a day. */
struct admission_beneath {
	uint32_t stamp;
	uint32_t unit;
	uint32_t above;
	uint32_t map; /* NUMBER_NONE: in any territory map */
	struct day day;
	bool yes;
};

/* Remembered: which of the first 64 grants of a source name a definition. */
struct admission_names {
	uint32_t stamp;
	uint32_t source;
	uint32_t definition;
	uint64_t grants;
};

struct admission {
	const struct catalogue *c;
	const struct span *dictionary;
	struct admission_batch batch;
	uint32_t n_dictionary;
	uint32_t stamp; /* of this batch */
	uint32_t n_slots;
	struct admission_slot *slots; /* [role * n_slots + index] */
	struct admission_beneath *beneath;
	struct admission_names *names;
	struct map codes; /* codes of units on units_as_of -> unit */
	uint32_t codes_stamp;
	uint32_t n_rows_cap; /* of the next three */
	uint32_t n_heads;    /* of this search; a power of two */
	uint32_t *heads;     /* hash table: figure + 1 */
	uint32_t *first;     /* of each figure: the first one of its key */
	uint32_t *rival;     /* of each first: one that says otherwise + 1 */
	char text[DECIMAL_TEXT_MAX];
};

/* ERR_OK or ERR_NOMEM. About 200 KiB. */
NODISCARD enum err admission_init(struct admission *a);
void admission_fini(struct admission *a); /* also after a failed init */

/*
 * admission_begin - a new batch; what was remembered before is forgotten.
 *
 * c           lives until the next begin or fini
 * dictionary  n texts; they live as long
 * returns     ERR_OK, ERR_TOO_LARGE (n > ADMISSION_DICTIONARY_MAX), ERR_NOMEM
 */
NODISCARD enum err admission_begin(struct admission *a,
                                   const struct catalogue *c,
                                   const struct admission_batch *batch,
                                   const struct span *dictionary, uint32_t n);

/*
 * admission_row - one row.
 *
 * *out    commit 0, row as in the draft; untouched on failure
 * *field  on failure: the name of the field that is wrong, as in CONTRACT's
 *         columns; constant text
 * returns ERR_OK; ERR_NOMEM; any of err.h's row codes, ERR_MISSING_FIELD
 * cost    under 100 ns
 *
 * A delete carries no value: numbers in its row are ignored. 0/0 has no value:
 * one that stands beside it is left out, and flagged unless it is 0. A weighted
 * mean has value and weight (denominator), or a value alone.
 */
NODISCARD enum err admission_row(struct admission *a,
                                 const struct draft_row *row,
                                 struct figure *out, const char **field);

/*
 * admission_key - what a row is about, and no more: unit, period, definition.
 *
 * For what is said of a figure without numbers (a completion). Of the row only
 * indicator, unit and period are read; definition, unit and period of *out are
 * set. Otherwise as admission_row.
 */
NODISCARD enum err admission_key(struct admission *a,
                                 const struct draft_row *row,
                                 struct figure *out, const char **field);

/* The text of that field of a row, for the message of its error; empty if it
 * has none. Lives until the next call or begin. */
struct span admission_text(struct admission *a, const struct draft_row *row,
                           const char *field);

/*
 * admission_conflicts - which figures of one block contradict each other (F4).
 *
 * Two that share key, source and status but differ in value, parts or bound,
 * are refused, and with them all of that key. Deletes contradict nothing.
 *
 * returns  ERR_OK (then ask admission_conflicting), ERR_TOO_LARGE, ERR_NOMEM
 * cost     O(n), about 20 ns each
 */
NODISCARD enum err admission_conflicts(struct admission *a,
                                       const struct figure *figures,
                                       uint32_t n);
/* True if figures[i] of the last search must be refused with ERR_CONFLICT. */
bool admission_conflicting(const struct admission *a, uint32_t i);
/* One of them, conflicting: the first of its key that says otherwise. */
uint32_t admission_rival(const struct admission *a,
                         const struct figure *figures, uint32_t i);

#endif
