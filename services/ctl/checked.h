/*
 * checked - a catalogue's directory, read and checked here.
 */
#ifndef SERVICES_CTL_CHECKED_H
#define SERVICES_CTL_CHECKED_H

#include "common/domain/catalogue.h"
#include "services/ctl/ctl.h"

struct checked {
	struct cat_rows rows;
	struct cat_errors errors;
	struct catalogue *catalogue;
};

void checked_init(struct checked *c);
void checked_fini(struct checked *c);
/* 0; or the code to exit with, everything that is wrong having been printed. */
NODISCARD int checked_read(const struct ctl *ctl, const char *dir,
                           struct checked *c);
/*
 * checked_place - where a thing stands that ingest names, as "units[old].valid_to" or
 * "units[old]" (WIRE.md, APPLY).
 *
 * *place   of the last row with that id; of one that is left out the head of its
 *          file. What ingest names is not trusted
 * returns  false: it is no such name
 */
bool checked_place(const struct checked *c, struct span name,
                   struct cat_place *place);

#endif
