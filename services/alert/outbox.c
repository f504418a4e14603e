#include "services/alert/outbox.h"

#include <string.h>

int
outbox_compare(struct outbox_at a, struct outbox_at b)
{
	if (a.commit != b.commit)
		return a.commit < b.commit ? -1 : 1;
	if (a.chunk != b.chunk)
		return a.chunk < b.chunk ? -1 : 1;
	return 0;
}

struct alert_key
outbox_key(uint32_t programme, struct outbox_at at)
{
	uint32_t numbers[] = {programme, (uint32_t)(at.commit >> 32),
	                      (uint32_t)at.commit, at.chunk};

	return alert_key_of(ALERT_TABLE_OUTBOX, numbers, 4);
}

struct outbox_at
outbox_key_at(const struct alert_key *key)
{
	return (struct outbox_at){
	    .commit = (uint64_t)alert_key_number(key, 1) << 32 |
	              alert_key_number(key, 2),
	    .chunk = alert_key_number(key, 3),
	};
}

void
outbox_row_begin(struct buf *row, int64_t time_ms)
{
	buf_put_svarint(row, time_ms);
}

enum err
outbox_row_read(struct span row, int64_t *time_ms, struct span *notices)
{
	struct cursor c = cursor_of(row);
	int64_t time = cursor_svarint(&c);

	if (c.err != ERR_OK)
		return ERR_CORRUPT;
	*time_ms = time;
	*notices = span_of(c.ptr, cursor_left(&c));
	return ERR_OK;
}

enum err
outbox_next(struct kv *state, uint32_t programme, struct outbox_row *row,
            bool *more)
{
	struct alert_key from = outbox_key(programme, row->at);
	struct alert_key prefix =
	    alert_key_of(ALERT_TABLE_OUTBOX, &programme, 1);
	struct span key, value;
	enum err err = kv_next(state, alert_key_span(&from), &key, &value);

	*more = err == ERR_OK && key.len == from.len &&
	        memcmp(key.ptr, prefix.bytes, prefix.len) == 0;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (!*more)
		return err;
	memcpy(from.bytes, key.ptr, key.len);
	err = outbox_row_read(value, &row->time_ms, &row->notices);
	if (err == ERR_OK)
		row->at = outbox_key_at(&from);
	return err;
}
