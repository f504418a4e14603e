#include <string.h>

#include "services/alert/sink_parts.h"

/* --- culprits ------------------------------------------------------------------------ */

static uint64_t
content_of(const struct notice *n)
{
	return hash_bytes(n->annotations,
	                  hash_bytes(n->labels, n->firing ? 1 : 0));
}

bool
round_is_bad(const struct round *r, const struct notice *n)
{
	uint32_t kept = r->n_bad < SINK_BAD_MAX ? r->n_bad : SINK_BAD_MAX;
	uint64_t content = kept > 0 ? content_of(n) : 0;

	for (uint32_t i = 0; i < kept; i++)
		if (r->bad[i] == content)
			return true;
	return false;
}

static uint32_t
batch_max(const struct round *r)
{
	if (r->suspect == 0)
		return SINK_BATCH_MAX;
	return r->suspect == 1 ? 1 : r->suspect / 2;
}

/* --- a round ------------------------------------------------------------------------- */

/* What was resolved and taken repeat_ms ago is done with. */
static void
marks_age(struct sinks *s, struct round *r, int64_t mono_ms)
{
	uint32_t n = 0;

	while (n < r->n_marks &&
	       r->marks[n].mono_ms + s->settings.repeat_ms <= mono_ms)
		r->done = r->marks[n++].commit;
	if (n == 0)
		return;
	r->n_marks -= n;
	memmove(r->marks, r->marks + n, r->n_marks * sizeof(r->marks[0]));
	s->trim_resolving = TRIM_DUE;
}

/* A round that ended well has told all that was resolved by now: what it passed before
 * was told as a change. */
static void
mark_put(struct sinks *s, struct round *r, int64_t mono_ms)
{
	const struct round_mark *last =
	    r->n_marks > 0 ? &r->marks[r->n_marks - 1] : NULL;
	uint64_t before = last ? last->commit : r->done;

	if (r->seen <= before || r->n_marks == SINK_MARKS_MAX ||
	    (last && mono_ms - last->mono_ms < s->settings.repeat_ms / 16))
		return;
	r->marks[r->n_marks++] =
	    (struct round_mark){.commit = r->seen, .mono_ms = mono_ms};
}

static struct round_place
round_first(void)
{
	return (struct round_place){.key = alert_key_single(ALERT_TABLE_LIVE),
	                            .wrapped = true};
}

static void
round_begin(struct sinks *s, struct sink *k, int64_t mono_ms)
{
	struct round *r = &k->round;

	r->full = false;
	r->going = true;
	r->watchdog = s->healthy;
	r->place = (struct round_place){.key = r->from};
	if (r->from.len == 0)
		r->place = round_first();
	r->suspect = 0;
	r->started_ms = mono_ms;
	marks_age(s, r, mono_ms);
	/* It tells what the rows would. */
	for (uint32_t i = 0; i < s->n_programmes; i++) {
		k->lanes[i].place.next = s->programmes[i].end;
		k->lanes[i].place.skip = 0;
		k->lanes[i].look = false;
		s->programmes[i].trim = TRIM_DUE;
	}
}

static void
round_end(struct sinks *s, struct round *r, int64_t mono_ms)
{
	r->going = false;
	r->from.len = 0;
	r->tries = 0;
	r->next_ms = r->started_ms + s->settings.resend_ms;
	mark_put(s, r, mono_ms);
}

/* --- what is posted ------------------------------------------------------------------ */

static void
seen_put(struct round *r, const struct sink_batch *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (b->items[i].n.commit > r->seen)
			r->seen = b->items[i].n.commit;
	r->suspected = content_of(&b->items[0].n);
	r->suspect_print = b->items[0].n.fingerprint;
}

/* The next of LIVE, and behind its last the next of RESOLVING. */
static enum err
state_next(struct kv *state, struct alert_key *key, struct span *value,
           bool *more)
{
	struct alert_key at = *key;
	enum alert_table table = (enum alert_table)at.bytes[0];
	enum err err;

	if (at.len == 1)
		at.len = 0;
	err = alert_table_next(state, table, &at, value, more);
	if (err == ERR_OK && !*more && table == ALERT_TABLE_LIVE) {
		at.len = 0;
		err = alert_table_next(state, ALERT_TABLE_RESOLVING, &at, value,
		                       more);
	}
	if (err == ERR_OK && *more)
		*key = at;
	return err;
}

_Static_assert((int)ALERT_TABLE_LIVE < (int)ALERT_TABLE_RESOLVING,
               "as a round passes them, so their keys compare");

/* Behind the last of all the first comes, up to where the round began. */
static bool
is_before_end(const struct round *r, const struct alert_key *key)
{
	return r->from.len == 0 ||
	       span_compare(alert_key_span(key), alert_key_span(&r->from)) <= 0;
}

static enum err
round_step(const struct round *r, struct kv *state, struct round_place *at,
           struct span *value, bool *more)
{
	enum err err = state_next(state, &at->key, value, more);

	if (err == ERR_OK && !*more && !at->wrapped) {
		*at = round_first();
		err = state_next(state, &at->key, value, more);
	}
	if (err == ERR_OK && *more && at->wrapped)
		*more = is_before_end(r, &at->key);
	return err;
}

static bool
is_wanted(const struct round *r, const struct notice *n)
{
	return (n->firing || n->commit > r->done) && !round_is_bad(r, n);
}

static enum err
state_gather(struct sink_ask *ask, const struct round *r)
{
	struct sink_batch *b = &ask->s->batch;
	struct round_place at = r->place;
	bool more = true;
	enum err err = ERR_OK;

	b->n = 0;
	b->max = batch_max(r);
	while (more && err == ERR_OK && b->n < b->max) {
		struct span value;
		struct notice n = {.firing = false};

		err = round_step(r, ask->state, &at, &value, &more);
		if (err == ERR_OK && more)
			err = notice_read(&value, &n);
		if (err == ERR_OK && more && is_wanted(r, &n))
			b->items[b->n++] =
			    (struct sink_item){.n = n, .key = at.key};
	}
	return err;
}

static enum err
state_send(struct sink_ask *ask, struct sink *k)
{
	struct round *r = &k->round;
	struct sink_batch *b = &ask->s->batch;
	struct flight flight = {.kind = FLIGHT_ROUND};
	uint32_t n;
	enum err err = state_gather(ask, r);

	if (err == ERR_OK && b->n == 0)
		round_end(ask->s, r, ask->now.mono_ms);
	if (err != ERR_OK || b->n == 0)
		return err;
	err = sink_send(ask, k, &flight, &n);
	if (err != ERR_OK)
		return err;
	r->parcel = (struct parcel){.kind = PARCEL_SNAPSHOT,
	                            .told = b->items[n - 1].key};
	seen_put(r, b, n);
	return ERR_OK;
}

static enum err
change_send(struct sink_ask *ask, struct sink *k, uint32_t lane)
{
	struct round *r = &k->round;
	struct sink_batch *b = &ask->s->batch;
	struct flight flight = {.kind = FLIGHT_ROUND, .lane = lane};
	uint32_t total = r->parcel.upto;
	uint32_t n;
	enum err err = sink_send(ask, k, &flight, &n);

	if (err != ERR_OK)
		return err;
	/* With room left the rest of the row is of culprits. */
	if (n < b->n || b->n == b->max)
		r->parcel.upto = b->items[n - 1].ordinal + 1;
	r->parcel.whole = r->parcel.upto == total;
	ask->post->time_ms = r->parcel.time_ms;
	seen_put(r, b, n);
	return ERR_OK;
}

/* The next row of a lane, or nothing left in it. */
static enum err
change_next(struct sink_ask *ask, struct sink *k, uint32_t lane)
{
	struct sinks *s = ask->s;
	struct lane *l = &k->lanes[lane];
	struct outbox_row row = {.at = l->place.next};
	struct parcel *p = &k->round.parcel;
	uint32_t total;
	enum err err = outbox_next(ask->state, s->programmes[lane].programme,
	                           &row, &l->look);

	if (err != ERR_OK || !l->look)
		return err;
	if (outbox_compare(row.at, l->place.next) != 0)
		l->place.skip = 0;
	s->batch.max = batch_max(&k->round);
	err = gather_row(s, row.notices, l->place.skip, &k->round, &total);
	if (err != ERR_OK)
		return err;
	*p = (struct parcel){.kind = PARCEL_ROW,
	                     .at = row.at,
	                     .time_ms = row.time_ms,
	                     .upto = total,
	                     .whole = true};
	if (s->batch.n > 0)
		return change_send(ask, k, lane);
	lane_place_pass(&l->place, p);
	s->programmes[lane].trim = TRIM_DUE;
	return ERR_OK;
}

static enum err
changes_next(struct sink_ask *ask, struct sink *k)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < ask->s->n_programmes; i++)
		while (k->lanes[i].look && err == ERR_OK && !ask->made)
			err = change_next(ask, k, i);
	return err;
}

static enum err
watchdog_send(struct sink_ask *ask, struct sink *k)
{
	struct flight flight = {.kind = FLIGHT_ROUND};

	k->round.watchdog = false;
	k->round.parcel.kind = PARCEL_NONE;
	return sink_send_watchdog(ask, k, &flight);
}

/* Changes come before the rest of a round: what it reads then is never newer than what
 * was told. */
enum err
round_next(struct sink_ask *ask, struct sink *k)
{
	struct round *r = &k->round;
	int64_t mono_ms = ask->now.mono_ms;
	enum err err;

	if (k->n_flights > 0 || mono_ms < r->due_ms)
		return ERR_OK;
	if (r->full || (!r->going && mono_ms >= r->next_ms))
		round_begin(ask->s, k, mono_ms);
	err = changes_next(ask, k);
	if (err != ERR_OK || ask->made || !r->going)
		return err;
	return r->watchdog ? watchdog_send(ask, k) : state_send(ask, k);
}

int64_t
round_due_ms(const struct sinks *s, const struct sink *k)
{
	const struct round *r = &k->round;
	bool now = r->full || r->going;

	if (k->n_flights > 0)
		return INT64_MAX;
	for (uint32_t i = 0; i < s->n_programmes; i++)
		now |= k->lanes[i].look;
	return now || r->next_ms < r->due_ms ? r->due_ms : r->next_ms;
}

/* --- answers ------------------------------------------------------------------------- */

static void
round_told(struct sinks *s, struct sink *k, const struct flight *flight)
{
	struct round *r = &k->round;
	struct lane *l;

	if (r->parcel.kind == PARCEL_SNAPSHOT)
		r->place = (struct round_place){
		    r->parcel.told, is_before_end(r, &r->parcel.told)};
	if (r->parcel.kind != PARCEL_ROW)
		return;
	l = &k->lanes[flight->lane];
	lane_place_pass(&l->place, &r->parcel);
	s->programmes[flight->lane].trim = TRIM_DUE;
}

/* Nothing is queued: after a pause everything is told, what failed now as the last. */
static void
round_failed(struct sinks *s, struct round *r, int64_t due_ms)
{
	if (r->parcel.kind == PARCEL_SNAPSHOT)
		r->from = r->parcel.told;
	r->full = true;
	r->going = false;
	r->suspect = 0;
	r->due_ms = due_ms;
	r->tries++;
	s->trim_resolving = TRIM_DUE;
	for (uint32_t i = 0; i < s->n_programmes; i++)
		s->programmes[i].trim = TRIM_DUE;
}

static void
round_refused(struct sinks *s, struct sink *k, const struct flight *flight)
{
	struct round *r = &k->round;

	if (flight->n_alerts > 1) {
		r->suspect = flight->n_alerts;
		return;
	}
	r->suspect = 0;
	k->counts.refused++;
	if (r->parcel.kind != PARCEL_NONE) {
		r->bad[r->n_bad++ % SINK_BAD_MAX] = r->suspected;
		k->counts.culprit = r->suspect_print;
	}
	round_told(s, k, flight);
}

void
round_answered(struct sinks *s, struct sink *k, const struct flight *flight,
               const struct sink_answer *answer, struct sink_now now)
{
	struct round *r = &k->round;
	enum outcome outcome = sink_outcome(answer);
	bool cut = answer->status == 400 || answer->status == 413;

	if (outcome == OUTCOME_DELIVERED) {
		r->suspect -= flight->n_alerts < r->suspect ? flight->n_alerts
		                                            : r->suspect;
		r->due_ms = 0;
		r->heard_ms = now.mono_ms;
		round_told(s, k, flight);
	} else if (outcome == OUTCOME_REFUSED && cut) {
		round_refused(s, k, flight);
	} else {
		k->counts.refused += outcome == OUTCOME_REFUSED;
		round_failed(s, r,
		             now.mono_ms + sink_wait_ms(s, r->tries, answer));
	}
}
