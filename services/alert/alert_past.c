#include "services/alert/alert_past.h"

#include <string.h>

/* Downwards, so that the first key from a commit on is the last one said. */
static void
past_put(struct kv *state, struct alert_key *key, uint64_t commit,
         struct span record)
{
	alert_key_long(key, UINT64_MAX - commit);
	kv_put(state, alert_key_span(key), record);
}

void
alert_past_verdict(struct kv *state, const uint32_t pair[2], uint64_t commit,
                   struct span record)
{
	struct alert_key key = alert_key_of(ALERT_TABLE_PAST_VERDICTS, pair, 2);

	past_put(state, &key, commit, record);
}

void
alert_past_alert(struct kv *state, const struct alert *alert, uint64_t commit,
                 struct span record)
{
	uint32_t numbers[] = {alert->target, alert->unit, alert->severity};
	struct alert_key key =
	    alert_key_of(ALERT_TABLE_PAST_ALERTS, numbers, 3);

	past_put(state, &key, commit, record);
}

void
alert_past_group(struct kv *state, const uint32_t group[3], uint64_t commit,
                 struct span record)
{
	struct alert_key key = alert_key_of(ALERT_TABLE_PAST_GROUPS, group, 3);

	past_put(state, &key, commit, record);
}

static size_t
pair_len(enum alert_table table)
{
	return table == ALERT_TABLE_PAST_VERDICTS ? 9 : 13;
}

static bool
key_begins(struct span key, const struct alert_key *with)
{
	return key.len == with->len + 8 &&
	       memcmp(key.ptr, with->bytes, with->len) == 0;
}

/* The first pair behind the place; the place becomes it. */
static enum err
pair_next(struct kv *state, enum alert_table table, struct alert_key *key,
          bool *more)
{
	struct alert_key from = alert_key_single(table);
	struct span found, value;
	enum err err;

	if (key->len == pair_len(table)) {
		from = *key;
		alert_key_long(&from, UINT64_MAX);
		from.bytes[from.len++] = 0;
	}
	err = kv_next(state, alert_key_span(&from), &found, &value);
	*more = err == ERR_OK && found.len == pair_len(table) + 8 &&
	        found.ptr[0] == table;
	if (*more) {
		key->len = pair_len(table);
		memcpy(key->bytes, found.ptr, key->len);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static uint64_t
key_commit(struct span key)
{
	struct cursor c = cursor_of(span_of(key.ptr + key.len - 8, 8));
	uint64_t high = cursor_be32(&c);

	return UINT64_MAX - (high << 32 | cursor_be32(&c));
}

void
alert_past_resume(struct alert_past *past, struct span token)
{
	past->key.len = 0;
	if (token.len != pair_len(past->table) || token.ptr[0] != past->table)
		return;
	memcpy(past->key.bytes, token.ptr, token.len);
	past->key.len = token.len;
}

/* The last key before those of the number, or none. */
void
alert_past_begin(struct alert_past *past, uint32_t number)
{
	uint32_t numbers[] = {number - 1, UINT32_MAX, UINT32_MAX};

	past->key.len = 0;
	if (number > 0)
		past->key = alert_key_of(past->table, numbers,
		                         (int)(pair_len(past->table) / 4));
}

enum err
alert_past_next(struct kv *state, struct alert_past *past,
                struct alert_said *said, bool *more)
{
	struct alert_key from;
	struct span found, value;
	enum err err = pair_next(state, past->table, &past->key, more);

	*said = (struct alert_said){.commit = 0};
	if (err != ERR_OK || !*more)
		return err;
	from = past->key;
	alert_key_long(&from, UINT64_MAX - past->by);
	err = kv_next(state, alert_key_span(&from), &found, &value);
	if (err == ERR_OK && key_begins(found, &past->key)) {
		said->commit = key_commit(found);
		said->record = value;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
