#include <string.h>

#include "services/alert/sink_parts.h"

/* --- rows --------------------------------------------------------------------------- */

static struct alert_key
dead_key(const char *sink, uint64_t number)
{
	struct alert_key key = sink_key(ALERT_TABLE_DEAD, sink);

	alert_key_long(&key, number);
	return key;
}

/* That a letter waits to be told again. */
static struct alert_key
waiting_key(const char *sink, uint32_t programme, uint64_t number)
{
	struct alert_key key = sink_key(ALERT_TABLE_SINKS, sink);

	sink_key_programme(&key, programme);
	alert_key_long(&key, number);
	return key;
}

struct dead_head {
	uint64_t next;
	uint64_t count;
};

static enum err
head_read(struct kv *state, const char *sink, struct dead_head *head)
{
	struct alert_key key = dead_key(sink, 0);
	struct span value;
	struct cursor c;
	enum err err = kv_get(state, alert_key_span(&key), &value);

	*head = (struct dead_head){.next = 1};
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	c = cursor_of(value);
	head->next = cursor_uvarint(&c);
	head->count = cursor_uvarint(&c);
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err
row_put(struct kv *state, const struct alert_key *key, struct buf *row)
{
	enum err err = buf_err(row);

	if (err == ERR_OK)
		kv_put(state, alert_key_span(key), buf_span(row));
	buf_fini(row);
	return err;
}

static enum err
head_put(struct kv *state, const char *sink, const struct dead_head *head)
{
	struct alert_key key = dead_key(sink, 0);
	struct buf row;

	buf_init(&row, KV_VALUE_MAX);
	buf_put_uvarint(&row, head->next);
	buf_put_uvarint(&row, head->count);
	return row_put(state, &key, &row);
}

static enum err
letter_put(struct kv *state, const char *sink, const struct sink_dead *dead)
{
	struct alert_key key = dead_key(sink, dead->number);
	struct buf row;

	buf_init(&row, KV_VALUE_MAX);
	buf_put_uvarint(&row, dead->programme);
	buf_put_uvarint(&row, dead->commit);
	buf_put_svarint(&row, dead->at_ms);
	buf_put_uvarint(&row, dead->n_alerts);
	buf_put_text(&row, dead->text);
	buf_put(&row, dead->notices.ptr, dead->notices.len);
	return row_put(state, &key, &row);
}

static enum err
letter_read(struct span value, struct sink_dead *dead)
{
	struct cursor c = cursor_of(value);

	dead->programme = (uint32_t)cursor_uvarint_max(&c, UINT32_MAX);
	dead->commit = cursor_uvarint(&c);
	dead->at_ms = cursor_svarint(&c);
	dead->n_alerts = (uint32_t)cursor_uvarint_max(&c, UINT32_MAX);
	dead->text = cursor_text(&c);
	dead->notices = span_of(c.ptr, cursor_left(&c));
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

enum err
sink_dead_next(struct kv *state, const char *sink, uint64_t from,
               struct sink_dead *dead, bool *more)
{
	struct alert_key key = dead_key(sink, from > 0 ? from : 1);
	struct alert_key prefix = sink_key(ALERT_TABLE_DEAD, sink);
	struct sink_dead found = {.number = 0};
	struct span at, value;
	struct cursor c;
	enum err err = kv_next(state, alert_key_span(&key), &at, &value);

	*more = err == ERR_OK && at.len == key.len &&
	        memcmp(at.ptr, prefix.bytes, prefix.len) == 0;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (!*more)
		return err;
	c = cursor_of(span_of(at.ptr + prefix.len, at.len - prefix.len));
	found.number = cursor_be64(&c);
	err = letter_read(value, &found);
	if (err == ERR_OK)
		*dead = found;
	return err;
}

enum err
dead_count(struct kv *state, const char *sink, uint64_t *n)
{
	struct dead_head head;
	enum err err = head_read(state, sink, &head);

	if (err == ERR_OK)
		*n = head.count;
	return err;
}

enum err
dead_put(struct kv *state, const char *sink, const struct sink_dead *dead,
         bool *full)
{
	struct sink_dead numbered = *dead;
	struct dead_head head;
	enum err err = head_read(state, sink, &head);

	*full = err == ERR_OK && head.count >= SINK_DEAD_MAX;
	if (err != ERR_OK || *full)
		return err;
	numbered.number = head.next++;
	head.count++;
	err = letter_put(state, sink, &numbered);
	return err == ERR_OK ? head_put(state, sink, &head) : err;
}

enum err
dead_again(struct kv *state, const char *sink, const struct sink_dead *dead)
{
	struct alert_key waiting =
	    waiting_key(sink, dead->programme, dead->number);
	struct sink_dead stands;
	bool more;
	enum err err =
	    sink_dead_next(state, sink, dead->number, &stands, &more);
	struct buf notices;

	if (err != ERR_OK || !more || stands.number != dead->number)
		return err;
	/* The row is a view until it is put. */
	buf_init(&notices, KV_VALUE_MAX);
	buf_put(&notices, stands.notices.ptr, stands.notices.len);
	stands.notices = buf_span(&notices);
	stands.text = dead->text;
	stands.at_ms = dead->at_ms;
	err = buf_err(&notices);
	if (err == ERR_OK)
		err = letter_put(state, sink, &stands);
	kv_del(state, alert_key_span(&waiting));
	buf_fini(&notices);
	return err;
}

enum err
dead_remove(struct kv *state, const char *sink, uint32_t programme,
            uint64_t number)
{
	struct alert_key waiting = waiting_key(sink, programme, number);
	struct alert_key key = dead_key(sink, number);
	struct dead_head head;
	struct span value;
	enum err err = kv_get(state, alert_key_span(&key), &value);

	kv_del(state, alert_key_span(&waiting));
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = head_read(state, sink, &head);
	if (err != ERR_OK)
		return err;
	kv_del(state, alert_key_span(&key));
	head.count--;
	return head_put(state, sink, &head);
}

enum err
dead_waiting(struct kv *state, const char *sink, uint32_t programme,
             uint64_t *number)
{
	struct alert_key from = waiting_key(sink, programme, 0);
	struct span key, value;
	struct cursor c;
	enum err err = kv_next(state, alert_key_span(&from), &key, &value);

	*number = 0;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || key.len != from.len ||
	    memcmp(key.ptr, from.bytes, from.len - sizeof(*number)) != 0)
		return err;
	c = cursor_of(
	    span_of(key.ptr + key.len - sizeof(*number), sizeof(*number)));
	*number = cursor_be64(&c);
	return ERR_OK;
}

/* --- what somebody asks for ------------------------------------------------------------ */

static struct sink *
events_sink(struct sinks *s, const char *name)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (!sink_is_state(&s->sinks[i]) &&
		    strcmp(s->sinks[i].conf->name, name) == 0)
			return &s->sinks[i];
	return NULL;
}

static enum err
letter_retry(struct sinks *s, struct kv *state, struct sink *k,
             const struct sink_dead *dead)
{
	struct alert_key key =
	    waiting_key(k->conf->name, dead->programme, dead->number);
	uint32_t i;
	enum err err = sinks_programme(s, dead->programme, &i);

	if (err == ERR_OK) {
		kv_put(state, alert_key_span(&key), span_str(""));
		k->lanes[i].look = true;
	}
	return err;
}

/* To be told again by k; NULL: dropped. */
static enum err
letter_do(struct sinks *s, struct kv *state, struct sink *k,
          const struct sink_dead_asked *asked, const struct sink_dead *dead)
{
	return k ? letter_retry(s, state, k, dead)
	         : dead_remove(state, asked->sink, dead->programme,
	                       dead->number);
}

static enum err
letters_walk(struct sinks *s, struct kv *state, struct sink *k,
             struct sink_dead_asked *asked)
{
	struct sink_dead_asked now = *asked;
	uint32_t n = 0;
	enum err err = ERR_OK;

	if (now.number != 0)
		now.from = now.number;
	now.more = true;
	while (now.more && n < SINK_DEAD_SLICE && err == ERR_OK) {
		struct sink_dead dead = {.number = 0};

		err =
		    sink_dead_next(state, now.sink, now.from, &dead, &now.more);
		if (now.more && now.number != 0)
			now.more = dead.number == now.number;
		if (err != ERR_OK || !now.more)
			break;
		now.from = dead.number + 1;
		err = letter_do(s, state, k, &now, &dead);
		n++;
		now.more = now.number == 0;
	}
	if (err == ERR_OK && now.number != 0 && n == 0)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = kv_err(state);
	now.n += n;
	if (err == ERR_OK)
		*asked = now;
	return err;
}

enum err
sink_dead_retry(struct sinks *s, struct kv *state,
                struct sink_dead_asked *asked)
{
	struct sink *k = events_sink(s, asked->sink);

	return k ? letters_walk(s, state, k, asked) : ERR_NOT_FOUND;
}

enum err
sink_dead_drop(struct sinks *s, struct kv *state, struct sink_dead_asked *asked)
{
	return letters_walk(s, state, NULL, asked);
}
