/*
 * alert_state - where alert keeps what, in its STATE table.
 *
 * Only series that a target reads are kept: figures and roll-ups one row a key,
 * so that a series is one short scan. The last journaled verdict of each (target,
 * unit) and the last state of each alert stand beside them.
 */
#ifndef SERVICES_ALERT_ALERT_STATE_H
#define SERVICES_ALERT_ALERT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/kv.h"
#include "common/domain/alert_fold.h"
#include "common/domain/figure.h"
#include "common/domain/record.h"
#include "common/domain/verdict.h"

enum alert_table {
	ALERT_TABLE_ALERTS = 'A', /* target, unit, severity -> alert record */
	ALERT_TABLE_CATALOGUE = 'C', /* the catalogue record in force */
	ALERT_TABLE_FIGURES = 'F',   /* definition, unit, period */
	ALERT_TABLE_ROLLUPS = 'R',   /* definition, unit, map, period */
	ALERT_TABLE_TICK = 'T',      /* the last tick record */
	ALERT_TABLE_VERDICTS = 'V'   /* target, unit -> verdict record */
};

struct alert_key {
	uint8_t bytes[24];
	size_t len;
};
struct span alert_key_span(const struct alert_key *key);
struct alert_key alert_key_single(enum alert_table table);
/* A key, or the prefix of keys, of up to four numbers. */
struct alert_key alert_key_of(enum alert_table table, const uint32_t *numbers,
                              int n);

void alert_figure_put(struct kv *state, const struct figure *row,
                      struct buf *scratch);
void alert_rollup_put(struct kv *state, const struct rollup *row,
                      struct buf *scratch);

/* Growing list of points, kept by the caller and reused. */
struct point_list {
	struct verdict_point *points;
	uint32_t n;
	uint32_t n_cap;
};
void point_list_fini(struct point_list *list);

/*
 * alert_points - everything known that could matter to one target and unit.
 *
 * points   filled, ascending by period, then which
 * cost     one scan of the unit's series of every definition of the family
 */
NODISCARD enum err alert_points(struct kv *state, const struct catalogue *c,
                                const struct cat_target *target, uint32_t unit,
                                struct point_list *points);

/* Removes every entry of a table. */
NODISCARD enum err alert_table_clear(struct kv *state, enum alert_table table);

/* Walks a table: *key is the place (len 0 to begin); *more false at its end. The
 * value is a view until the next put or del. */
NODISCARD enum err alert_table_next(struct kv *state, enum alert_table table,
                                    struct alert_key *key, struct span *value,
                                    bool *more);

#endif
