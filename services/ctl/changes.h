/*
 * changes - what one catalogue says differently from another, by kind and id.
 *
 * Rows are compared as sets: their order, files and places don't matter. Rows of one
 * id (a unit's names, a target's versions) count together. Pure.
 */
#ifndef SERVICES_CTL_CHANGES_H
#define SERVICES_CTL_CHANGES_H

#include <stdint.h>

#include "common/base/map.h"
#include "common/domain/catalogue_rows.h"

enum change_what {
	CHANGE_SAME,
	CHANGE_ADDED,
	CHANGE_CHANGED,
	CHANGE_CLOSED, /* nothing but the end of its validity */
	CHANGE_REMOVED,
	CHANGE_WHATS
};
const char *change_name(enum change_what what); /* same added changed ... */

struct change_sum { /* of rows of one id: sums modulo 2^64 of their hashes */
	uint64_t n;
	uint64_t all;
	uint64_t but_end; /* without valid_to */
};

struct change_id {
	enum cat_kind kind;
	struct change_sum was, is;
};

struct changes {
	struct map ids; /* kind and id -> index of list */
	struct change_id *list;
	uint32_t n, n_cap;
};

void changes_init(struct changes *c);
void changes_fini(struct changes *c);

/* Takes rows of the one (was) or of the other. ERR_OK, ERR_NOMEM, ERR_TOO_LARGE. */
NODISCARD enum err changes_take(struct changes *c, const struct cat_rows *rows,
                                bool was);
enum change_what changes_what(const struct changes *c, uint32_t i);
/* "ha-giang", "pov-hh@c2016", "2021/ha-giang", "prog/target"; a view. */
struct span changes_id(const struct changes *c, uint32_t i);
/* Whether any row of a kind differs. */
bool changes_any(const struct changes *c, enum cat_kind kind);
/* Whether rows of this kind and id differ. */
bool changes_of(const struct changes *c, enum cat_kind kind, const char *id);

#endif
