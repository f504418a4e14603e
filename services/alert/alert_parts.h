/*
 * alert_parts - what alert_points.c and alert_rolled.c share: a series while points
 * are made of it. For nobody else.
 */
#ifndef SERVICES_ALERT_ALERT_PARTS_H
#define SERVICES_ALERT_ALERT_PARTS_H

#include <stddef.h>

#include "services/alert/alert_points.h"

/* The definition, unit and map of a point's roll-up are those of a series. */
struct series {
	struct alert_points *p;
	const struct cat_target *target;
	const struct cat_definition *d;
	uint32_t definition;
	uint32_t unit;
	uint32_t map;   /* while its sheets are made */
	bool leaf;      /* nobody is beneath the unit in the map */
	bool reference; /* the series is a measure, not the target's own */
	struct point_list *out;
};

/* Room for one more of a list that begins empty; false: there is none. */
bool list_grow(void **list, uint32_t n, uint32_t *n_cap, size_t size);
NODISCARD enum err point_add(struct point_list *list,
                             const struct verdict_point *point);
/* A completion record stands for the series in a period (R5). */
bool is_completed(const struct alert_points *p, struct period period);

/* Some version of the target looks at what is rolled up of the series. */
bool target_reads(const struct series *s);
/* Appends the points of everything that is rolled up of the series, which has been
 * read into s->p. */
NODISCARD enum err rolled_points(struct series *s);

#endif
