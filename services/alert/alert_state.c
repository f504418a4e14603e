#include "services/alert/alert_state.h"

#include <string.h>

struct span
alert_key_span(const struct alert_key *key)
{
	return span_of(key->bytes, key->len);
}

struct alert_key
alert_key_single(enum alert_table table)
{
	return alert_key_of(table, NULL, 0);
}

struct alert_key
alert_key_of(enum alert_table table, const uint32_t *numbers, int n)
{
	struct alert_key key = {.bytes = {(uint8_t)table}, .len = 1};

	for (int i = 0; i < n; i++) {
		for (int shift = 24; shift >= 0; shift -= 8)
			key.bytes[key.len++] = (uint8_t)(numbers[i] >> shift);
	}
	return key;
}

void
alert_key_long(struct alert_key *key, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		key->bytes[key->len++] = (uint8_t)(number >> shift);
}

uint32_t
alert_key_number(const struct alert_key *key, int n)
{
	size_t at = 1 + (size_t)n * 4;
	uint32_t number = 0;

	for (size_t i = at; i < at + 4 && at + 4 <= key->len; i++)
		number = number << 8 | key->bytes[i];
	return number;
}

static void
put_scratch(struct kv *state, const struct alert_key *key, struct buf *scratch)
{
	if (buf_err(scratch) != ERR_OK)
		state->err = buf_err(scratch);
	else
		kv_put(state, alert_key_span(key), buf_span(scratch));
}

void
alert_figure_put(struct kv *state, const struct figure *row,
                 struct buf *scratch)
{
	uint32_t numbers[] = {row->definition, row->unit, row->period.code};
	struct alert_key key = alert_key_of(ALERT_TABLE_FIGURES, numbers, 3);
	struct figures_writer writer;

	if (row->action == ACTION_DELETE) {
		kv_del(state, alert_key_span(&key));
		return;
	}
	buf_reset(scratch);
	figures_write_begin(&writer, scratch, 1);
	figures_write_row(&writer, row);
	put_scratch(state, &key, scratch);
}

void
alert_rollup_put(struct kv *state, const struct rollup *row,
                 struct buf *scratch)
{
	uint32_t numbers[] = {row->definition, row->unit, row->map,
	                      row->period.code};
	struct alert_key key = alert_key_of(ALERT_TABLE_ROLLUPS, numbers, 4);
	struct rollups_writer writer;
	uint32_t n = row->n_by_status[STATUS_A] + row->n_by_status[STATUS_P] +
	             row->n_by_status[STATUS_E];

	if (n == 0) {
		kv_del(state, alert_key_span(&key));
		return;
	}
	buf_reset(scratch);
	rollups_write_begin(&writer, scratch, 1);
	rollups_write_row(&writer, row);
	put_scratch(state, &key, scratch);
}

void
alert_completion_put(struct kv *state, const struct completion *c)
{
	uint32_t numbers[] = {c->definition, c->unit, c->period.code};
	struct alert_key key =
	    alert_key_of(ALERT_TABLE_COMPLETIONS, numbers, 3);

	kv_put(state, alert_key_span(&key), span_str(""));
}

enum err
alert_prefix_next(struct kv *state, const struct alert_key *prefix,
                  struct alert_key *key, struct span *value, bool *more)
{
	struct span found;
	enum err err;

	if (key->len == 0)
		*key = *prefix;
	else
		key->bytes[key->len++] = 0;
	err = kv_next(state, alert_key_span(key), &found, value);
	*more = err == ERR_OK && found.len >= prefix->len &&
	        found.len < sizeof(key->bytes) &&
	        memcmp(found.ptr, prefix->bytes, prefix->len) == 0;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (*more) {
		memcpy(key->bytes, found.ptr, found.len);
		key->len = found.len;
	}
	return err;
}

enum err
alert_table_next(struct kv *state, enum alert_table table,
                 struct alert_key *key, struct span *value, bool *more)
{
	struct alert_key prefix = alert_key_single(table);

	return alert_prefix_next(state, &prefix, key, value, more);
}

enum err
alert_table_clear(struct kv *state, enum alert_table table)
{
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct alert_key key = {.len = 0};
		struct span value;

		err = alert_table_next(state, table, &key, &value, &more);
		if (err == ERR_OK && more)
			kv_del(state, alert_key_span(&key));
	}
	return err;
}
