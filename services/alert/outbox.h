/*
 * outbox - rows of the table OUTBOX: what is told, written in the transaction of the
 * step (alert_tell.c), read and removed by sinks (sink.h).
 *
 * Key: programme, commit, chunk (from 0), big-endian. Value: the knowledge time of
 * the commit, then notices back to back (notice_write).
 */
#ifndef SERVICES_ALERT_OUTBOX_H
#define SERVICES_ALERT_OUTBOX_H

#include <stdint.h>

#include "services/alert/alert_state.h"

/* A row, or the place where the next one would be. */
struct outbox_at {
	uint64_t commit;
	uint32_t chunk;
};
int outbox_compare(struct outbox_at a, struct outbox_at b);

struct alert_key outbox_key(uint32_t programme, struct outbox_at at);
/* Of a key of this table: its first number is the programme (alert_key_number). */
struct outbox_at outbox_key_at(const struct alert_key *key);

/* Into an empty buf; notices follow. */
void outbox_row_begin(struct buf *row, int64_t time_ms);
/* *notices: a view behind the time. ERR_CORRUPT. */
NODISCARD enum err outbox_row_read(struct span row, int64_t *time_ms,
                                   struct span *notices);

struct outbox_row {
	struct outbox_at at;
	int64_t time_ms;
	struct span notices; /* view until the next put or del */
};
/* The first row of the programme at or behind row->at; *more false: none, row
 * untouched. */
NODISCARD enum err outbox_next(struct kv *state, uint32_t programme,
                               struct outbox_row *row, bool *more);

#endif
