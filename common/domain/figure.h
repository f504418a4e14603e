/*
 * figure - one assertion about (indicator@definition, unit, period).
 *
 * SEMANTICS 2. The same struct is a submitted row, a stored version and a
 * figure in force; what differs is which of the last fields are set. Numbers
 * named `definition`, `unit`, `source`, `document` are the catalogue's
 * (catalogue.h): dense, permanent, never reused. No pointers: it can be copied.
 */
#ifndef COMMON_DOMAIN_FIGURE_H
#define COMMON_DOMAIN_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/domain/period.h"

/* Best first (F3). M says "missing, known to be" and contributes nothing. */
enum obs_status {
	STATUS_A,
	STATUS_P,
	STATUS_E,
	STATUS_F,
	STATUS_M,
	STATUS_COUNT
};

/* F5 */
enum bound {
	BOUND_EQ,
	BOUND_GT,
	BOUND_GE,
	BOUND_LT,
	BOUND_LE,
	BOUND_ABOUT,
	BOUND_COUNT
};

enum action { ACTION_MERGE, ACTION_DELETE, ACTION_COUNT };

#define FIGURE_VALUE               1u /* has a value */
#define FIGURE_PARTS               2u /* has numerator and denominator */
#define FIGURE_FLAG_RATIO_MISMATCH 1u /* value isn't the quotient (F7) */
#define FIGURE_FLAG_AGAIN          2u /* declared a new submission (--again) */
#define FIGURE_FLAG_BACKFILL       4u /* of a submission marked --backfill */
#define FIGURE_FLAG_HISTORY        128u /* in stored pages: has older versions */
#define NUMBER_NONE                UINT32_MAX /* no source, no document, ... */

struct figure {
	uint32_t definition;
	uint32_t unit;
	struct period period;
	uint8_t has;    /* FIGURE_VALUE | FIGURE_PARTS; 0: status M, delete */
	uint8_t status; /* enum obs_status */
	uint8_t bound;  /* enum bound */
	uint8_t action; /* enum action */
	uint8_t flags;  /* FIGURE_FLAG_... */
	bool status_named;   /* a delete of one status only (F3) */
	int64_t value;       /* mantissa at the definition's decimals */
	int64_t numerator;   /* whole; for a weighted mean: unused */
	int64_t denominator; /* whole; for a weighted mean: the weight */
	uint32_t source;
	uint32_t document;   /* NUMBER_NONE: none named */
	struct day released; /* F3: resolved at admission, never DAY_NONE */
	uint64_t commit;     /* ingest's commit; 0 before it is journaled */
	uint32_t row;        /* rank among the rows of that commit, from 0 */
};

char status_letter(enum obs_status s);   /* 'A' ... */
bool status_observed(enum obs_status s); /* A, P, E (F3) */
const char *bound_text(enum bound b);    /* "=" ... "~" */
/* STATUS_COUNT, BOUND_COUNT if the text is none. */
enum obs_status status_parse(struct span text);
enum bound bound_parse(struct span text);

/* Same value, parts and bound; what is not there is not compared. */
bool figure_same_numbers(const struct figure *a, const struct figure *b);

/* Same key, source, document, value, parts, bound, status, action: the same
 * assertion (F4). Release date, commit, row do not matter. */
bool figure_same_assertion(const struct figure *a, const struct figure *b);

#endif
