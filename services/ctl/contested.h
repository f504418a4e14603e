/*
 * contested - whether the two figures of a row of `series` give different verdicts
 * (SEMANTICS R2).
 *
 * Aggregate, which answers series, judges nothing; so alert is asked what the
 * targets of that indicator and unit say of the period. Only for rows whose reported
 * and rolled-up values differ, and CONTESTED_ASKED_MAX times at most; where it is
 * not known, for want of a target, of an answer or of a question, nothing is added.
 */
#ifndef SERVICES_CTL_CONTESTED_H
#define SERVICES_CTL_CONTESTED_H

#include "proto/wire.h"
#include "services/ctl/ctl.h"

#define CONTESTED_ASKED_MAX 64 /* questions for one series */
#define CONTESTED_WAIT_MS \
	3000 /* for an answer; the first one late is the last */

struct contested {
	const struct ctl *ctl;
	struct client *alert; /* NULL: not reachable, or not asked yet */
	uint32_t asked;
};

/* contested_fini closes. */
void contested_init(struct contested *c, const struct ctl *ctl);
void contested_fini(struct contested *c);

/* Adds the field to a copy of row, or nothing. row: of aggregate's `series`. */
void contested_add(struct contested *c, struct wire_list row,
                   struct wire_writer *copy);

#endif
