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

#endif
