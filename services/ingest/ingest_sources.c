#include "services/ingest/ingest_sources.h"

#include <stdlib.h>

#include "common/domain/silence.h"
#include "services/ingest/ingest_state.h"

#define RUNS_FIRST_CAP 16
#define TIME_MS_MAX    (INT64_C(1) << 53)

void
sources_fini(struct sources *s)
{
	free(s->of);
	free(s->runs);
	*s = (struct sources){.n = 0};
}

/* --- counting ------------------------------------------------------------------ */

void
sources_begin(struct sources *s)
{
	s->n_runs = s->n_marked = 0;
	s->err = ERR_OK;
	for (int code = 0; code < ERR_COUNT; code++)
		s->codes_now[code] = 0;
}

static enum err
runs_reserve(struct sources *s)
{
	size_t cap = s->n_runs_cap > 0 ? 2 * s->n_runs_cap : RUNS_FIRST_CAP;
	struct source_run *runs;

	if (s->runs != NULL && s->n_runs < s->n_runs_cap)
		return ERR_OK;
	runs = realloc(s->runs, cap * sizeof(*runs));
	if (runs == NULL)
		return ERR_NOMEM;
	s->runs = runs;
	s->n_runs_cap = cap;
	return ERR_OK;
}

void
sources_count(struct sources *s, uint32_t source, enum rows_outcome outcome,
              uint64_t n)
{
	struct source_run *last =
	    s->n_runs > s->n_marked ? &s->runs[s->n_runs - 1] : NULL;
	bool joins =
	    last != NULL && last->source == source && last->outcome == outcome;

	if (joins) {
		last->n += n;
		return;
	}
	if (n == 0)
		return;
	if (s->err == ERR_OK)
		s->err = runs_reserve(s);
	if (s->err == ERR_OK)
		s->runs[s->n_runs++] = (struct source_run){source, outcome, n};
}

void
sources_count_code(struct sources *s, enum err code)
{
	s->codes_now[code]++;
}

void
sources_mark(struct sources *s)
{
	s->n_marked = s->n_runs;
}

void
sources_cut(struct sources *s)
{
	s->n_runs = s->n_marked;
}

static void
last_put(struct sources *s, struct kv *state, uint32_t source, int64_t time_ms)
{
	struct ingest_key key = ingest_key_number(INGEST_SOURCES, source);
	uint8_t value[8];

	s->of[source].last_ms = time_ms;
	for (int i = 0; i < 8; i++)
		value[i] = (uint8_t)((uint64_t)time_ms >> (56 - 8 * i));
	kv_put(state, ingest_key_span(&key), span_of(value, sizeof(value)));
}

void
sources_commit(struct sources *s, struct kv *state, int64_t time_ms)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		const struct source_run *run = &s->runs[i];

		if (run->outcome == ROWS_ACCEPTED && run->source < s->n &&
		    s->of[run->source].last_ms != time_ms)
			last_put(s, state, run->source, time_ms);
	}
}

/* --- what is owed, and when ------------------------------------------------------ */

static enum err
sources_grow(struct sources *s, uint32_t n)
{
	struct source *of;

	if (n <= s->n)
		return ERR_OK;
	of = realloc(s->of, n * sizeof(*of));
	if (of == NULL)
		return ERR_NOMEM;
	s->of = of;
	for (uint32_t i = s->n; i < n; i++)
		of[i] = (struct source){.last_ms = -1};
	s->n = n;
	return ERR_OK;
}

enum err
sources_resize(struct sources *s, const struct catalogue *c, struct day day)
{
	uint32_t *limits = calloc(c->n_sources + 1u, sizeof(*limits));
	enum err err = limits == NULL ? ERR_NOMEM : ERR_OK;

	if (err == ERR_OK)
		err = sources_grow(s, c->n_sources);
	if (err == ERR_OK && day.n != DAY_NONE)
		err = silence_limits(c, day, limits);
	for (uint32_t i = 0; i < c->n_sources && err == ERR_OK; i++)
		s->of[i].limit_seconds = limits[i];
	free(limits);
	return err;
}

void
sources_owe(struct sources *s, struct kv *state, int64_t time_ms)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->of[i].limit_seconds > 0 && s->of[i].last_ms < 0)
			last_put(s, state, i, time_ms);
}

enum err
sources_load(struct sources *s, struct kv *state)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct ingest_key key = ingest_key_number(INGEST_SOURCES, i);
		struct span value;
		struct cursor c;
		uint64_t time_ms;
		enum err err = kv_get(state, ingest_key_span(&key), &value);

		s->of[i].last_ms = -1;
		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		c = cursor_of(value);
		time_ms = cursor_be64(&c);
		if (c.err != ERR_OK || time_ms > TIME_MS_MAX)
			return ERR_CORRUPT;
		s->of[i].last_ms = (int64_t)time_ms;
	}
	return ERR_OK;
}
