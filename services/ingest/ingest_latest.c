#include "services/ingest/ingest_latest.h"

#include <stdlib.h>

#include "services/ingest/ingest_state.h"

#define DAY_BYTES 4

void
latest_fini(struct latest *l)
{
	free(l->days);
	free(l->dirty);
	*l = (struct latest){0};
}

enum err
latest_resize(struct latest *l, const struct catalogue *c)
{
	uint32_t chunks = c->n_units / LATEST_CHUNK + 1;
	uint32_t n = chunks * LATEST_CHUNK;
	int32_t *days;
	uint8_t *dirty;

	if (n <= l->n)
		return ERR_OK;
	days = realloc(l->days, n * sizeof(*days));
	if (days == NULL)
		return ERR_NOMEM;
	l->days = days;
	dirty = realloc(l->dirty, chunks);
	if (dirty == NULL)
		return ERR_NOMEM;
	l->dirty = dirty;
	for (uint32_t i = l->n; i < n; i++)
		days[i] = DAY_NONE;
	for (uint32_t i = l->n / LATEST_CHUNK; i < chunks; i++)
		dirty[i] = 0;
	l->n = n;
	return ERR_OK;
}

static void
chunk_store(const struct latest *l, struct kv *state, uint32_t chunk)
{
	struct ingest_key key = ingest_key_number(INGEST_LATEST, chunk);
	uint8_t value[LATEST_CHUNK * DAY_BYTES];

	for (uint32_t i = 0; i < LATEST_CHUNK; i++) {
		uint32_t day = (uint32_t)l->days[chunk * LATEST_CHUNK + i];

		for (uint32_t j = 0; j < DAY_BYTES; j++)
			value[i * DAY_BYTES + j] =
			    (uint8_t)(day >> (24 - 8 * j));
	}
	kv_put(state, ingest_key_span(&key), span_of(value, sizeof(value)));
}

static enum err
chunk_load(struct latest *l, struct kv *state, uint32_t chunk)
{
	struct ingest_key key = ingest_key_number(INGEST_LATEST, chunk);
	struct span value;
	enum err err = kv_get(state, ingest_key_span(&key), &value);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && value.len != (size_t)LATEST_CHUNK * DAY_BYTES)
		err = ERR_CORRUPT;
	for (uint32_t i = 0; i < LATEST_CHUNK && err == ERR_OK; i++) {
		uint32_t day = 0;

		for (uint32_t j = 0; j < DAY_BYTES; j++)
			day = day << 8 | value.ptr[i * DAY_BYTES + j];
		l->days[chunk * LATEST_CHUNK + i] = (int32_t)day;
	}
	return err;
}

enum err
latest_load(struct latest *l, struct kv *state)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < l->n / LATEST_CHUNK && err == ERR_OK; i++)
		err = chunk_load(l, state, i);
	return err;
}

void
latest_take(struct latest *l, struct kv *state, const struct figure *figures,
            uint32_t n)
{
	struct period known = {0};
	struct day day = {DAY_NONE};

	for (uint32_t i = 0; i < n; i++) {
		const struct figure *f = &figures[i];

		if (f->period.code != known.code) {
			known = f->period;
			day = period_last_day(known);
		}
		if (f->action != ACTION_MERGE || day.n <= l->days[f->unit])
			continue;
		l->days[f->unit] = day.n;
		l->dirty[f->unit / LATEST_CHUNK] = 1;
	}
	for (uint32_t i = 0; i < l->n / LATEST_CHUNK; i++) {
		if (l->dirty[i] != 0)
			chunk_store(l, state, i);
		l->dirty[i] = 0;
	}
}

struct day
latest_of(const struct latest *l, uint32_t unit)
{
	return (struct day){unit < l->n ? l->days[unit] : DAY_NONE};
}
