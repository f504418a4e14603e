#include <string.h>

#include "services/alert/sink_parts.h"

/* --- dead letters --------------------------------------------------------------------- */

/* What of s->batch the parcel was. */
static uint32_t
parcel_items(const struct sink_batch *b, const struct parcel *p)
{
	uint32_t n = 0;

	while (n < b->n && (p->kind == PARCEL_ROW
	                        ? b->items[n].ordinal < p->upto
	                        : span_compare(alert_key_span(&b->items[n].key),
	                                       alert_key_span(&p->told)) <= 0))
		n++;
	return n;
}

/* The notices of a parcel, gathered again. */
static enum err
parcel_notices(struct sinks *s, struct sink *k, uint32_t lane, struct kv *state,
               struct buf *out)
{
	struct lane *l = &k->lanes[lane];
	struct parcel again;
	enum err err = gather_lane(s, k, lane, state, &again);
	uint32_t n = 0;

	if (err == ERR_OK && again.kind == l->parcel.kind)
		n = parcel_items(&s->batch, &l->parcel);
	for (uint32_t i = 0; i < n; i++)
		notice_write(out, &s->batch.items[i].n);
	s->batch.n = n;
	return err == ERR_OK ? buf_err(out) : err;
}

static void
lane_stand(struct lane *l, const struct sinks *s, struct sink_now now)
{
	l->dying = false;
	l->look = true;
	l->due_ms = now.mono_ms + s->settings.retry_max_ms;
}

static enum err
lane_bury(struct sinks *s, struct sink *k, uint32_t lane, struct kv *state,
          struct sink_now now)
{
	struct lane *l = &k->lanes[lane];
	const struct parcel *p = &l->parcel;
	struct sink_dead dead = {
	    .number = p->letter,
	    .programme = s->programmes[lane].programme,
	    .commit =
	        p->kind == PARCEL_ROW ? p->at.commit : l->place.next.commit - 1,
	    .at_ms = l->dead_ms,
	    .text = span_str(l->why),
	};
	struct buf notices;
	bool full = false;
	enum err err;

	buf_init(&notices, KV_VALUE_MAX);
	if (p->kind == PARCEL_LETTER) {
		err = dead_again(state, k->conf->name, &dead);
	} else {
		err = parcel_notices(s, k, lane, state, &notices);
		dead.n_alerts = s->batch.n;
		dead.notices = buf_span(&notices);
	}
	/* What fired when it was told and is gone needs no letter. */
	if (err == ERR_OK && p->kind != PARCEL_LETTER && dead.n_alerts > 0)
		err = dead_put(state, k->conf->name, &dead, &full);
	buf_fini(&notices);
	if (err != ERR_OK)
		return err;
	l->buried = !full;
	if (full)
		lane_stand(l, s, now);
	else
		lane_place_pass(&l->saved, p);
	s->programmes[lane].trim = TRIM_DUE;
	return ERR_OK;
}

/* --- lanes ---------------------------------------------------------------------------- */

static enum err
place_put(struct kv *state, const struct alert_key *key,
          const struct lane_place *place)
{
	struct buf row;
	enum err err;

	buf_init(&row, KV_VALUE_MAX);
	buf_put_uvarint(&row, place->next.commit);
	buf_put_uvarint(&row, place->next.chunk);
	buf_put_uvarint(&row, place->skip);
	buf_put_uvarint(&row, place->snapshot);
	buf_put_svarint(&row, place->failing_ms);
	buf_put_text(&row, alert_key_span(&place->told));
	err = buf_err(&row);
	if (err == ERR_OK)
		kv_put(state, alert_key_span(key), buf_span(&row));
	buf_fini(&row);
	return err;
}

static bool
lane_unsaved(const struct lane *l)
{
	return l->dirty || l->dying || l->settled != 0;
}

static enum err
lane_save(struct sinks *s, struct sink *k, uint32_t lane, struct kv *state,
          struct sink_now now)
{
	struct lane *l = &k->lanes[lane];
	uint32_t programme = s->programmes[lane].programme;
	struct alert_key key = sink_key(ALERT_TABLE_SINKS, k->conf->name);
	enum err err = ERR_OK;

	l->saving = lane_unsaved(l);
	l->buried = false;
	l->saved = l->place;
	if (!l->saving)
		return ERR_OK;
	if (l->settled != 0)
		err = dead_remove(state, k->conf->name, programme, l->settled);
	if (err == ERR_OK && l->dying)
		err = lane_bury(s, k, lane, state, now);
	sink_key_programme(&key, programme);
	return err == ERR_OK ? place_put(state, &key, &l->saved) : err;
}

static enum err
sink_save(struct sinks *s, struct sink *k, struct kv *state,
          struct sink_now now)
{
	struct alert_key key = sink_key(ALERT_TABLE_SINKS, k->conf->name);
	bool some = !k->met && s->level;
	struct buf row;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < s->n_programmes && err == ERR_OK; i++) {
		err = lane_save(s, k, i, state, now);
		some |= k->lanes[i].saving;
	}
	if (err != ERR_OK || !some)
		return err;
	buf_init(&row, KV_VALUE_MAX);
	buf_put_svarint(&row, k->counts.last_ok_ms);
	err = buf_err(&row);
	if (err == ERR_OK)
		kv_put(state, alert_key_span(&key), buf_span(&row));
	buf_fini(&row);
	return err;
}

static struct sink_gone *
gone_of(struct sinks *s, const struct alert_key *key)
{
	const char *name = (const char *)key->bytes + 1;
	size_t len = strnlen(name, key->len - 1);
	struct sink_gone *last;

	for (uint32_t i = 0; i < s->n_gone; i++)
		if (strlen(s->gone[i].name) == len &&
		    memcmp(s->gone[i].name, name, len) == 0)
			return &s->gone[i];
	if (len > SINK_NAME_MAX)
		len = SINK_NAME_MAX;
	if (s->n_gone < SINKS_MAX)
		s->n_gone++;
	last = &s->gone[s->n_gone - 1];
	memcpy(last->name, name, len);
	last->name[len] = '\0';
	return last;
}

/* Rows that a lane had before it. */
static enum err
gone_count(struct sinks *s, const struct alert_key *key, struct span value,
           struct kv *state)
{
	struct sink_gone *gone = gone_of(s, key);
	size_t head = strlen(gone->name) + 2;
	struct lane_place place;
	struct outbox_row row;
	struct cursor c;
	uint32_t programme;
	bool more = true;
	enum err err;

	if (key->len != head + sizeof(programme))
		return ERR_OK;
	c = cursor_of(span_of(key->bytes + head, sizeof(programme)));
	programme = cursor_be32(&c);
	err = lane_place_read(value, &place);
	row.at = place.next;
	while (err == ERR_OK) {
		err = outbox_next(state, programme, &row, &more);
		if (err != ERR_OK || !more)
			break;
		gone->rows++;
		row.at.chunk++;
	}
	return err;
}

/* Those of sinks that are no more. */
static enum err
lanes_forget(struct sinks *s, struct kv *state)
{
	struct alert_key begun = sinks_begun_key();
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = ERR_OK;

	s->n_gone = 0;
	memset(s->gone, 0, sizeof(s->gone));
	while (more && err == ERR_OK) {
		struct span value, rest;

		err = alert_table_next(state, ALERT_TABLE_SINKS, &key, &value,
		                       &more);
		if (err != ERR_OK || !more || key.len == begun.len ||
		    sinks_queue(s, &key, &rest))
			continue;
		err = gone_count(s, &key, value, state);
		kv_del(state, alert_key_span(&key));
	}
	return err;
}

uint32_t
sinks_gone(const struct sinks *s, const struct sink_gone **gone)
{
	*gone = s->gone;
	return s->n_gone;
}

/* --- what all have passed -------------------------------------------------------------- */

/* Who is not met yet will begin behind all that is there by then. */
static struct outbox_at
lane_needs(const struct sinks *s, const struct sink *k, const struct lane *l)
{
	if (!sink_is_state(k) && !k->met && !s->level)
		return (struct outbox_at){UINT64_MAX, UINT32_MAX};
	return l->saving ? l->saved.next : l->place.next;
}

/* The first row of a programme that somebody still needs. A state sink that is about to
 * tell everything needs none. */
static struct outbox_at
needed_from(const struct sinks *s, uint32_t i)
{
	struct outbox_at from = {.commit = UINT64_MAX, .chunk = UINT32_MAX};

	for (uint32_t k = 0; k < s->n; k++) {
		const struct sink *sink = &s->sinks[k];
		const struct lane *l = &sink->lanes[i];
		struct outbox_at next = lane_needs(s, sink, l);

		if (sink_is_state(sink) && sink->round.full)
			continue;
		if (outbox_compare(next, from) < 0)
			from = next;
	}
	return from;
}

static enum err
rows_trim(struct sinks *s, uint32_t i, struct kv *state, uint32_t *room)
{
	struct programme_end *p = &s->programmes[i];
	struct outbox_at end = needed_from(s, i);
	struct outbox_row row = {.at = {.commit = 0}};
	bool more = true;
	enum err err = ERR_OK;

	while (*room > 0) {
		struct alert_key key;

		err = outbox_next(state, p->programme, &row, &more);
		if (err != ERR_OK || !more || outbox_compare(row.at, end) >= 0)
			break;
		key = outbox_key(p->programme, row.at);
		kv_del(state, alert_key_span(&key));
		--*room;
	}
	if (*room > 0)
		p->trim = TRIM_DONE;
	return err;
}

/* Who took nothing for ends_ms has nothing left that fires. Not the knowledge time of a
 * resolve is asked: behind an outage of our own, or in demo data, it is long past. */
static uint64_t
resolved_done(const struct sinks *s, int64_t mono_ms)
{
	uint64_t done = UINT64_MAX;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct round *r = &s->sinks[i].round;

		if (sink_is_state(&s->sinks[i]) && r->done < done &&
		    mono_ms - r->heard_ms <= s->settings.ends_ms)
			done = r->done;
	}
	return done;
}

/* Somebody is about to be told what ended. */
static bool
resolving_waits(const struct sinks *s)
{
	bool waits = !s->begun && s->n > 0;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct sink *k = &s->sinks[i];

		if (sink_is_state(k))
			continue;
		waits |= !k->met && !s->level;
		for (uint32_t j = 0; j < s->n_programmes; j++)
			waits |= k->lanes[j].place.snapshot;
	}
	return waits;
}

static enum err
resolving_trim(struct sinks *s, struct kv *state, int64_t mono_ms,
               uint32_t *room)
{
	struct alert_key key = {.len = 0};
	uint64_t done = resolved_done(s, mono_ms);
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK && *room > 0) {
		struct span value;
		struct notice n = {.commit = 0};

		err = alert_table_next(state, ALERT_TABLE_RESOLVING, &key,
		                       &value, &more);
		if (err == ERR_OK && more)
			err = notice_read(&value, &n);
		if (err != ERR_OK || !more || n.commit > done)
			continue;
		kv_del(state, alert_key_span(&key));
		--*room;
	}
	if (*room > 0)
		s->trim_resolving = TRIM_DONE;
	return err;
}

/* --- saving ----------------------------------------------------------------------------- */

bool
sinks_unsaved(const struct sinks *s, bool *urgent)
{
	bool some = s->forget || (s->level && !s->begun_stored) ||
	            (s->trim_resolving != TRIM_NO && !resolving_waits(s));

	*urgent = false;
	if (!s->loaded)
		return false;
	for (uint32_t i = 0; i < s->n_programmes; i++)
		some |= s->programmes[i].trim != TRIM_NO;
	for (uint32_t k = 0; k < s->n; k++) {
		const struct sink *sink = &s->sinks[k];

		if (sink_is_state(sink))
			continue;
		some |= !sink->met && s->level;
		*urgent |= !sink->met && s->level;
		for (uint32_t i = 0; i < s->n_programmes; i++) {
			const struct lane *l = &sink->lanes[i];

			some |= lane_unsaved(l);
			*urgent |= l->dying || l->settled != 0;
		}
	}
	return some;
}

enum err
sinks_save(struct sinks *s, struct kv *state, struct sink_now now)
{
	struct alert_key begun = sinks_begun_key();
	uint32_t room = SINK_TRIM_MAX;
	enum err err = s->forget ? lanes_forget(s, state) : ERR_OK;

	for (uint32_t i = 0; i < s->n && err == ERR_OK; i++)
		if (!sink_is_state(&s->sinks[i]))
			err = sink_save(s, &s->sinks[i], state, now);
	for (uint32_t i = 0; i < s->n_programmes && err == ERR_OK; i++)
		if (s->programmes[i].trim != TRIM_NO)
			err = rows_trim(s, i, state, &room);
	if (s->level)
		kv_put(state, alert_key_span(&begun), span_str(""));
	if (err == ERR_OK && s->trim_resolving != TRIM_NO &&
	    !resolving_waits(s))
		err = resolving_trim(s, state, now.mono_ms, &room);
	return err == ERR_OK ? kv_err(state) : err;
}

static void
lane_saved(struct lane *l)
{
	if (!l->saving)
		return;
	if (l->buried) {
		l->dying = false;
		l->queued -= l->parcel.kind == PARCEL_ROW && l->parcel.whole;
	}
	l->place = l->saved;
	l->saving = false;
	l->dirty = false;
	l->settled = 0;
	l->look = true;
}

static enum trim
trim_saved(enum trim trim)
{
	return trim == TRIM_DONE ? TRIM_NO : trim;
}

void
sinks_saved(struct sinks *s)
{
	s->forget = false;
	s->n_gone = 0;
	s->begun_stored = s->level || s->begun_stored;
	s->trim_resolving = trim_saved(s->trim_resolving);
	for (uint32_t i = 0; i < s->n_programmes; i++)
		s->programmes[i].trim = trim_saved(s->programmes[i].trim);
	for (uint32_t k = 0; k < s->n; k++) {
		if (sink_is_state(&s->sinks[k]))
			continue;
		s->sinks[k].met |= s->level;
		for (uint32_t i = 0; i < s->n_programmes; i++)
			lane_saved(&s->sinks[k].lanes[i]);
	}
}
