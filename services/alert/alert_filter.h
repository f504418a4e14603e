/*
 * alert_filter - which targets and units a query asks for.
 *
 * A name that nothing has is an error, not an empty answer: a misspelt filter
 * must not look like good news.
 */
#ifndef SERVICES_ALERT_ALERT_FILTER_H
#define SERVICES_ALERT_ALERT_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/query.h"
#include "services/alert/alert.h"

/* What is asked for, as numbers; NUMBER_NONE: not asked. */
struct alert_filter {
	uint32_t programme;
	uint32_t unit;
	uint32_t map;
	struct span target;    /* "programme/target" or its last part */
	struct span indicator; /* id or id@definition */
	struct span level;
	struct period at;
	struct day today; /* DAY_NONE: the last tick */
	bool past;        /* asked as of a commit */
	uint64_t as_of;   /* inclusive; 0: before the first */
};

/* From the arguments that are there. An error: q->field names the argument, q->hint
 * a name that was probably meant. */
NODISCARD enum err alert_filter_open(const struct alert_service *a,
                                     struct query *q, struct alert_filter *f);
/* The first declared target of the name asked for; NUMBER_NONE: none. */
uint32_t alert_filter_target(const struct alert_service *a,
                             const struct alert_filter *f);
/* All but the map of targets that name their units: that takes a verdict. */
bool alert_filter_passes(const struct alert_service *a,
                         const struct alert_filter *f, const struct binding *b);
/* The same of a verdict that was said, also if nobody declares its target or unit
 * any more; its map is left to the caller. */
bool alert_filter_said(const struct alert_service *a,
                       const struct alert_filter *f, const struct verdict *v);
/* Of an alert, now or then; only programme, target and unit are looked at. */
bool alert_filter_alert(const struct alert_service *a,
                        const struct alert_filter *f,
                        const struct alert *alert);

#endif
