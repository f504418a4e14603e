#include "services/ingest/ingest_backfill.h"

#include <string.h>

#include "services/ingest/ingest_state.h"

bool
extent_take(enum extent *extent, const struct wire_message *m)
{
	uint64_t flags = m->type == WIRE_BATCH ? m->as.batch.flags : 0;
	enum extent of = EXTENT_NOTHING;
	bool joins;

	if (m->type == WIRE_APPLY)
		of = EXTENT_APPLY;
	else if ((flags & WIRE_FLAG_DRY_RUN) != 0)
		of = EXTENT_NOTHING;
	else if ((flags & WIRE_FLAG_BACKFILL) != 0)
		of = EXTENT_BACKFILL;
	else if (m->type == WIRE_BATCH || m->type == WIRE_DECLARE)
		of = EXTENT_ORDINARY;
	joins = *extent == EXTENT_NOTHING ||
	        (*extent == EXTENT_TICK && of != EXTENT_BACKFILL) ||
	        (*extent != EXTENT_APPLY &&
	         (of == EXTENT_NOTHING || of == *extent));
	if (joins && of != EXTENT_NOTHING)
		*extent = of;
	return joins;
}

/* The first one under way whose key is not below `key`. */
static enum err
open_next(struct kv *state, struct ingest_key *key)
{
	struct span found, value;
	enum err err = kv_next(state, ingest_key_span(key), &found, &value);

	if (err != ERR_OK)
		return err;
	if (found.ptr[0] != INGEST_BACKFILLS)
		return ERR_NOT_FOUND;
	if (found.len >= sizeof(key->bytes))
		return ERR_CORRUPT;
	memcpy(key->bytes, found.ptr, found.len);
	key->len = found.len;
	return ERR_OK;
}

enum err
backfills_load(struct backfills *b, struct kv *state)
{
	struct ingest_key key = ingest_key_single(INGEST_BACKFILLS);
	uint64_t n = 0;
	enum err err;

	while ((err = open_next(state, &key)) == ERR_OK) {
		n++;
		key.bytes[key.len++] = 0;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	*b = (struct backfills){.n_open = n};
	return ERR_OK;
}

void
backfills_begin(struct backfills *b)
{
	b->any = b->n_open > 0;
}

static enum err
open_begin(struct backfills *b, struct kv *state, struct span producer)
{
	struct ingest_key key = ingest_key_producer(INGEST_BACKFILLS, producer);
	struct span value;
	enum err err = kv_get(state, ingest_key_span(&key), &value);

	b->any = true;
	if (err != ERR_NOT_FOUND)
		return err;
	kv_put(state, ingest_key_span(&key), span_of("", 0));
	b->n_open++;
	return ERR_OK;
}

enum err
backfills_end(struct backfills *b, struct kv *state, struct span producer)
{
	struct ingest_key key = ingest_key_producer(INGEST_BACKFILLS, producer);
	struct span value;
	enum err err;

	if (b->n_open == 0)
		return ERR_OK;
	err = kv_get(state, ingest_key_span(&key), &value);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	kv_del(state, ingest_key_span(&key));
	b->n_open--;
	return ERR_OK;
}

enum err
backfills_take(struct backfills *b, struct kv *state,
               const struct wire_batch *batch, bool last, uint64_t n_rows)
{
	if (!last)
		return open_begin(b, state, batch->producer);
	b->any = b->any || n_rows > 0;
	return backfills_end(b, state, batch->producer);
}

enum err
backfills_end_all(struct backfills *b, struct kv *state)
{
	while (b->n_open > 0) {
		struct ingest_key key = ingest_key_single(INGEST_BACKFILLS);
		enum err err = open_next(state, &key);

		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
		kv_del(state, ingest_key_span(&key));
		b->n_open--;
	}
	return ERR_OK;
}

bool
backfills_over(const struct backfills *b)
{
	return b->any && b->n_open == 0;
}
