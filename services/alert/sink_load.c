#include <stdlib.h>
#include <string.h>

#include "services/alert/sink_parts.h"

enum { PROGRAMMES_FIRST = 16 };

static enum err
lanes_reserve(struct sinks *s)
{
	uint32_t cap =
	    s->n_programmes_cap ? s->n_programmes_cap * 2 : PROGRAMMES_FIRST;
	struct programme_end *programmes;

	if (s->n_programmes < s->n_programmes_cap)
		return ERR_OK;
	programmes = realloc(s->programmes, cap * sizeof(*programmes));
	if (!programmes)
		return ERR_NOMEM;
	s->programmes = programmes;
	for (uint32_t i = 0; i < s->n; i++) {
		struct lane *lanes =
		    realloc(s->sinks[i].lanes, cap * sizeof(*lanes));

		if (!lanes)
			return ERR_NOMEM;
		s->sinks[i].lanes = lanes;
	}
	s->n_programmes_cap = cap;
	return ERR_OK;
}

enum err
sinks_programme(struct sinks *s, uint32_t programme, uint32_t *i)
{
	enum err err;

	for (uint32_t at = 0; at < s->n_programmes; at++)
		if (s->programmes[at].programme == programme) {
			*i = at;
			return ERR_OK;
		}
	err = lanes_reserve(s);
	if (err != ERR_OK)
		return err;
	*i = s->n_programmes++;
	s->programmes[*i] = (struct programme_end){.programme = programme};
	for (uint32_t k = 0; k < s->n; k++)
		s->sinks[k].lanes[*i] = (struct lane){.look = true};
	return ERR_OK;
}

/* --- at each commit ------------------------------------------------------------------ */

/* A row that was not seen before: those lanes have to deliver it that stand before. */
static void
row_seen(struct sinks *s, uint32_t i, struct outbox_at at)
{
	bool wanted = false;

	for (uint32_t k = 0; k < s->n; k++) {
		struct lane *l = &s->sinks[k].lanes[i];

		l->look = true;
		/* Who is about to be told all needs no row. */
		if (sink_is_state(&s->sinks[k])) {
			wanted |= s->begun;
		} else if (!s->sinks[k].met && !s->level) {
			continue;
		} else if (outbox_compare(at, l->place.next) >= 0) {
			l->queued++;
			wanted = true;
		}
	}
	if (!wanted)
		s->programmes[i].trim = TRIM_DUE;
}

static enum err
rows_look(struct sinks *s, struct kv *state, uint32_t i)
{
	struct outbox_row row = {.at = s->programmes[i].end};
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		err =
		    outbox_next(state, s->programmes[i].programme, &row, &more);
		if (err != ERR_OK || !more)
			break;
		row_seen(s, i, row.at);
		row.at.chunk++;
		s->programmes[i].end = row.at;
	}
	return err;
}

static bool
has_state_sink(const struct sinks *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (sink_is_state(&s->sinks[i]))
			return true;
	return false;
}

/* With nobody to be told what was resolved, it is only removed. */
static enum err
resolving_look(struct sinks *s, struct kv *state)
{
	struct alert_key key = {.len = 0};
	struct span value;
	bool more = false;
	enum err err = ERR_OK;

	if (!has_state_sink(s))
		err = alert_table_next(state, ALERT_TABLE_RESOLVING, &key,
		                       &value, &more);
	if (more)
		s->trim_resolving = TRIM_DUE;
	return err;
}

enum err
sinks_look(struct sinks *s, struct kv *state)
{
	uint32_t programme = 0;
	bool more = true;
	enum err err = resolving_look(s, state);

	while (more && err == ERR_OK) {
		struct alert_key from =
		    alert_key_of(ALERT_TABLE_OUTBOX, &programme, 1);
		struct span key, value;
		uint32_t i;

		err = kv_next(state, alert_key_span(&from), &key, &value);
		more = err == ERR_OK && key.len >= from.len &&
		       key.ptr[0] == ALERT_TABLE_OUTBOX;
		if (!more)
			break;
		memcpy(from.bytes, key.ptr, from.len);
		programme = alert_key_number(&from, 0);
		err = sinks_programme(s, programme, &i);
		if (err == ERR_OK)
			err = rows_look(s, state, i);
		more = programme++ != UINT32_MAX;
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK)
		s->woken = false;
	return err;
}

/* --- from the tables ----------------------------------------------------------------- */

enum err
lane_place_read(struct span value, struct lane_place *place)
{
	struct cursor c = cursor_of(value);
	struct lane_place p = {.skip = 0};
	struct span told;

	p.next.commit = cursor_uvarint(&c);
	p.next.chunk = (uint32_t)cursor_uvarint_max(&c, UINT32_MAX);
	p.skip = (uint32_t)cursor_uvarint_max(&c, UINT32_MAX);
	p.snapshot = cursor_uvarint_max(&c, 1) == 1;
	p.failing_ms = cursor_svarint(&c);
	told = cursor_text(&c);
	if (c.err != ERR_OK || told.len >= sizeof(p.told.bytes))
		return ERR_CORRUPT;
	memcpy(p.told.bytes, told.ptr, told.len);
	p.told.len = told.len;
	*place = p;
	return ERR_OK;
}

static uint32_t
be32_of(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

/* What stands under a sink's name. */
static enum err
sink_row_load(struct sinks *s, struct sink *k, struct span rest,
              struct span value)
{
	struct cursor c = cursor_of(value);
	uint32_t i;
	enum err err;

	if (rest.len == 0) {
		k->met = true;
		k->counts.last_ok_ms = cursor_svarint(&c);
		return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
	}
	if (rest.len != sizeof(uint32_t))
		return ERR_OK;
	err = sinks_programme(s, be32_of(rest.ptr), &i);
	if (err == ERR_OK)
		err = lane_place_read(value, &k->lanes[i].place);
	if (err == ERR_OK &&
	    k->lanes[i].place.failing_ms > s->loaded_at.wall_ms)
		k->lanes[i].place.failing_ms = s->loaded_at.wall_ms;
	return err;
}

struct sink *
sinks_queue(struct sinks *s, const struct alert_key *key, struct span *rest)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct sink *k = &s->sinks[i];
		struct alert_key name =
		    sink_key(ALERT_TABLE_SINKS, k->conf->name);

		if (sink_is_state(k) || key->len < name.len ||
		    memcmp(key->bytes, name.bytes, name.len) != 0)
			continue;
		*rest = span_of(key->bytes + name.len, key->len - name.len);
		return k;
	}
	return NULL;
}

struct alert_key
sinks_begun_key(void)
{
	return sink_key(ALERT_TABLE_SINKS, "");
}

static bool
key_is_begun(const struct alert_key *key)
{
	struct alert_key begun = sinks_begun_key();

	return span_equal(alert_key_span(key), alert_key_span(&begun));
}

static enum err
lanes_load(struct sinks *s, struct kv *state)
{
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct span value, rest;
		struct sink *k;

		err = alert_table_next(state, ALERT_TABLE_SINKS, &key, &value,
		                       &more);
		if (err != ERR_OK || !more)
			break;
		k = sinks_queue(s, &key, &rest);
		s->begun = true;
		if (k)
			err = sink_row_load(s, k, rest, value);
		else if (key_is_begun(&key))
			s->begun_stored = true;
		else
			s->forget = true;
	}
	return err;
}

/* --- a sink first met ---------------------------------------------------------------- */

static void
place_past(struct lane *l, uint64_t commit)
{
	if (l->place.next.commit <= commit)
		l->place.next = (struct outbox_at){.commit = commit + 1};
}

static enum err
table_met(struct sinks *s, struct sink *k, struct kv *state,
          enum alert_table table)
{
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct span value;
		struct notice n;
		uint32_t i;

		err = alert_table_next(state, table, &key, &value, &more);
		if (err == ERR_OK && more)
			err = notice_read(&value, &n);
		if (err != ERR_OK || !more)
			break;
		err = sinks_programme(s, alert_key_number(&key, 0), &i);
		if (err != ERR_OK)
			break;
		k->lanes[i].place.snapshot = true;
		place_past(&k->lanes[i], n.commit);
	}
	return err;
}

static enum err
sink_meet(struct sinks *s, struct sink *k, struct kv *state)
{
	enum err err = table_met(s, k, state, ALERT_TABLE_RESOLVING);

	if (err == ERR_OK)
		err = table_met(s, k, state, ALERT_TABLE_LIVE);
	for (uint32_t i = 0; i < s->n_programmes; i++) {
		place_past(&k->lanes[i], s->programmes[i].end.commit);
		k->lanes[i].queued = 0;
		k->lanes[i].dirty = true;
	}
	return err;
}

static void
sinks_reset(struct sinks *s)
{
	s->n_programmes = 0;
	s->loaded = false;
	s->level = false;
	s->begun = false;
	s->begun_stored = false;
	s->forget = false;
	s->trim_resolving = TRIM_DUE;
	for (uint32_t i = 0; i < s->n; i++) {
		struct sink *k = &s->sinks[i];

		k->n_flights = 0;
		k->met = false;
		k->round = (struct round){.full = true};
	}
}

enum err
sinks_load_early(struct sinks *s, struct kv *state, struct sink_now now)
{
	enum err err;

	sinks_reset(s);
	s->loaded_at = now;
	for (uint32_t i = 0; i < s->n; i++) {
		s->sinks[i].watchdog_ms = now.mono_ms;
		s->sinks[i].round.heard_ms = now.mono_ms;
	}
	err = lanes_load(s, state);
	if (err == ERR_OK)
		err = sinks_look(s, state);
	for (uint32_t i = 0; i < s->n_programmes; i++)
		s->programmes[i].trim = TRIM_DUE;
	s->loaded = err == ERR_OK;
	return err;
}

enum err
sinks_level(struct sinks *s, struct kv *state, struct sink_now now)
{
	enum err err = sinks_look(s, state);

	for (uint32_t i = 0; i < s->n && err == ERR_OK; i++) {
		struct sink *k = &s->sinks[i];

		if (!s->begun)
			k->round.heard_ms = now.mono_ms;
		if (!sink_is_state(k) && !k->met)
			err = sink_meet(s, k, state);
	}
	for (uint32_t i = 0; i < s->n_programmes; i++)
		s->programmes[i].trim = TRIM_DUE;
	s->level = err == ERR_OK;
	s->begun |= s->level;
	return err;
}

enum err
sinks_load(struct sinks *s, struct kv *state, struct sink_now now)
{
	enum err err = sinks_load_early(s, state, now);

	if (err == ERR_OK)
		err = sinks_level(s, state, now);
	s->loaded = err == ERR_OK;
	return err;
}
