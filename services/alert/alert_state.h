/*
 * alert_state - where alert keeps what, in its STATE table.
 *
 * Only series that a target reads are kept: figures and roll-ups one row a key,
 * so that a series is one short scan. Completion records and notes are kept of
 * all, a later target may read them. The last journaled verdict of each (target,
 * unit) and the last state of each alert stand beside them; what was said of them
 * at any commit is in the tables of alert_past.h.
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
	ALERT_TABLE_CATALOGUE = 'C',   /* the catalogue record in force */
	ALERT_TABLE_COMPLETIONS = 'D', /* definition, unit, period -> nothing */
	ALERT_TABLE_ENABLED = 'E',     /* alert_tell.h */
	ALERT_TABLE_FIGURES = 'F',     /* definition, unit, period */
	ALERT_TABLE_GROUPS = 'G',      /* alert_group.h */
	ALERT_TABLE_HELD = 'H',        /* alert_tell.h */
	ALERT_TABLE_LIVE = 'L',        /* alert_tell.h */
	ALERT_TABLE_MEMBERS = 'B',     /* alert_group.h */
	ALERT_TABLE_NOTES =
	    'M', /* target, unit, commit, place, downwards -> note record */
	ALERT_TABLE_OUTBOX = 'O', /* outbox.h */
	ALERT_TABLE_PAST_ALERTS =
	    'P', /* as ALERTS, and the commit, downwards */
	ALERT_TABLE_PAST_GROUPS = 'Q',   /* as GROUPS, likewise */
	ALERT_TABLE_ROLLUPS = 'R',       /* definition, unit, map, period */
	ALERT_TABLE_SINKS = 'S',         /* sink.h */
	ALERT_TABLE_TICK = 'T',          /* the last tick record */
	ALERT_TABLE_VERDICTS = 'V',      /* target, unit -> verdict record */
	ALERT_TABLE_PAST_VERDICTS = 'W', /* and the commit, downwards */
	ALERT_TABLE_DEAD = 'X',          /* sink.h */
	ALERT_TABLE_RESOLVING = 'Y'      /* alert_tell.h */
};

struct alert_key {
	uint8_t bytes[48];
	size_t len;
};
struct span alert_key_span(const struct alert_key *key);
struct alert_key alert_key_single(enum alert_table table);
/* A key, or the prefix of keys, of up to seven numbers. */
struct alert_key alert_key_of(enum alert_table table, const uint32_t *numbers,
                              int n);
/* Puts a long number behind. */
void alert_key_long(struct alert_key *key, uint64_t number);
/* The n-th number of a key; 0 where it is too short. */
uint32_t alert_key_number(const struct alert_key *key, int n);

void alert_figure_put(struct kv *state, const struct figure *row,
                      struct buf *scratch);
void alert_rollup_put(struct kv *state, const struct rollup *row,
                      struct buf *scratch);
void alert_completion_put(struct kv *state, const struct completion *c);

/* Removes every entry of a table. */
NODISCARD enum err alert_table_clear(struct kv *state, enum alert_table table);

/* Walks a table: *key is the place (len 0 to begin); *more false at its end. The
 * value is a view until the next put or del. */
NODISCARD enum err alert_table_next(struct kv *state, enum alert_table table,
                                    struct alert_key *key, struct span *value,
                                    bool *more);

/* The same for the keys that begin with prefix; *key len 0 to begin. */
NODISCARD enum err alert_prefix_next(struct kv *state,
                                     const struct alert_key *prefix,
                                     struct alert_key *key, struct span *value,
                                     bool *more);

#endif
