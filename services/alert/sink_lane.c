#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/alert/sink_parts.h"

static bool
lane_waits(const struct lane *l)
{
	return l->look && !l->flying && !l->dying;
}

void
lane_place_pass(struct lane_place *place, const struct parcel *p)
{
	if (p->kind == PARCEL_SNAPSHOT) {
		place->told = p->told;
	} else if (p->kind == PARCEL_ROW) {
		place->next = p->at;
		place->next.chunk += p->whole;
		place->skip = p->whole ? 0 : p->upto;
	}
}

/* --- posts --------------------------------------------------------------------------- */

/* Where a parcel ends of which n items were taken. */
static void
parcel_cut(struct parcel *p, const struct sink_batch *b, uint32_t n)
{
	const struct sink_item *last = &b->items[n - 1];
	uint32_t total = p->upto;

	p->told = last->key;
	p->upto = last->ordinal + 1;
	p->whole = p->upto == total;
}

static void
delivery_put(const struct sinks *s, uint32_t lane, const struct lane *l,
             struct sink_post *post)
{
	uint32_t programme = s->programmes[lane].programme;
	const struct parcel *p = &l->parcel;
	char id[sizeof(post->headers[0].value)];
	int len = snprintf(id, sizeof(id), "%016" PRIx64 "-", s->settings.log);
	char *end = id + len;
	size_t left = sizeof(id) - (size_t)len;

	if (p->kind == PARCEL_SNAPSHOT)
		(void)snprintf(end, left,
		               "%" PRIu64 "-%" PRIu32 "-s%016" PRIx64,
		               l->place.next.commit - 1, programme,
		               hash_bytes(post->body, 0));
	else if (p->kind == PARCEL_LETTER)
		(void)snprintf(end, left, "%" PRIu32 "-d%" PRIu64, programme,
		               p->letter);
	else if (l->place.skip > 0)
		(void)snprintf(
		    end, left, "%" PRIu64 "-%" PRIu32 "-%" PRIu32 ".%" PRIu32,
		    p->at.commit, programme, p->at.chunk, l->place.skip);
	else
		(void)snprintf(end, left, "%" PRIu64 "-%" PRIu32 "-%" PRIu32,
		               p->at.commit, programme, p->at.chunk);
	sink_headers_put(post, id);
}

static void
lane_die(struct lane *l, const char *why, int64_t wall_ms)
{
	l->dying = true;
	l->dead_ms = wall_ms;
	(void)snprintf(l->why, sizeof(l->why), "%s", why ? why : "");
}

static enum err
lane_send(struct sink_ask *ask, struct sink *k, uint32_t lane)
{
	struct sinks *s = ask->s;
	struct lane *l = &k->lanes[lane];
	struct flight flight = {.kind = FLIGHT_LANE, .lane = lane};
	uint32_t n;
	enum err err = sink_send(ask, k, &flight, &n);

	if (err != ERR_OK)
		return err;
	if (l->parcel.kind == PARCEL_LETTER && n < s->batch.n) {
		/* What fires now says more than what was given up: a letter
		 * is told whole or not at all. */
		k->n_flights--;
		ask->made = false;
		k->counts.refused++;
		lane_die(l, "too large", ask->now.wall_ms);
		return ERR_OK;
	}
	parcel_cut(&l->parcel, &s->batch, n);
	delivery_put(s, lane, l, ask->post);
	ask->post->time_ms = l->parcel.time_ms;
	l->flying = true;
	return ERR_OK;
}

static enum err
lane_next(struct sink_ask *ask, struct sink *k, uint32_t lane)
{
	struct lane *l = &k->lanes[lane];
	enum err err = gather_lane(ask->s, k, lane, ask->state, &l->parcel);

	if (err == ERR_OK && l->parcel.kind == PARCEL_NONE)
		l->look = false;
	else if (err == ERR_OK)
		err = lane_send(ask, k, lane);
	return err;
}

/* Whatever comes of it: the next one is as good. */
static enum err
watchdog_next(struct sink_ask *ask, struct sink *k)
{
	struct flight flight = {.kind = FLIGHT_WATCHDOG};

	for (uint32_t i = 0; i < k->n_flights; i++)
		if (k->flights[i].kind == FLIGHT_WATCHDOG)
			return ERR_OK;
	if (!ask->s->healthy || ask->now.mono_ms < k->watchdog_ms)
		return ERR_OK;
	k->watchdog_ms = ask->now.mono_ms + ask->s->settings.watchdog_every_ms;
	return sink_send_watchdog(ask, k, &flight);
}

enum err
lanes_next(struct sink_ask *ask, struct sink *k)
{
	uint32_t n = ask->s->n_programmes;
	uint32_t turn = k->turn;
	enum err err;

	if (k->n_flights == SINK_FLIGHTS_MAX)
		return ERR_OK;
	err = watchdog_next(ask, k);
	/* Met again after a crash, it would begin behind what it was told. */
	if (!k->met)
		return err;
	for (uint32_t i = 0; i < n && err == ERR_OK && !ask->made; i++) {
		uint32_t lane = (turn + i) % n;

		if (!lane_waits(&k->lanes[lane]) ||
		    k->lanes[lane].due_ms > ask->now.mono_ms)
			continue;
		k->turn = (lane + 1) % n;
		err = lane_next(ask, k, lane);
	}
	return err;
}

int64_t
lanes_due_ms(const struct sinks *s, const struct sink *k)
{
	int64_t due = s->healthy ? k->watchdog_ms : INT64_MAX;

	if (k->n_flights == SINK_FLIGHTS_MAX)
		return INT64_MAX;
	for (uint32_t i = 0; i < k->n_flights; i++)
		if (k->flights[i].kind == FLIGHT_WATCHDOG)
			due = INT64_MAX;
	for (uint32_t i = 0; i < s->n_programmes; i++)
		if (k->met && lane_waits(&k->lanes[i]) &&
		    k->lanes[i].due_ms < due)
			due = k->lanes[i].due_ms;
	return due;
}

/* --- answers ------------------------------------------------------------------------- */

static void
lane_delivered(struct sinks *s, struct lane *l, uint32_t lane)
{
	lane_place_pass(&l->place, &l->parcel);
	if (l->parcel.kind == PARCEL_ROW && l->parcel.whole) {
		l->queued--;
		s->programmes[lane].trim = TRIM_DUE;
	}
	if (l->parcel.kind == PARCEL_LETTER)
		l->settled = l->parcel.letter;
	l->place.failing_ms = 0;
	l->tries = 0;
	l->due_ms = 0;
	l->dirty = true;
}

/* When a row was written, by the clock that doesn't jump: had the wall jumped since load,
 * before the row or after it, this is the earlier of the two. */
static int64_t
row_steady_ms(int64_t time_ms, int64_t steady_ms, int64_t wall_ms)
{
	return steady_ms < wall_ms ? time_ms - (wall_ms - steady_ms) : time_ms;
}

static void
lane_failed(struct sinks *s, struct lane *l, const struct sink_answer *answer,
            struct sink_now now)
{
	int64_t wait = sink_wait_ms(s, l->tries, answer);
	int64_t steady_ms = sink_steady_ms(s, now);
	int64_t since, left;

	if (l->place.failing_ms == 0) {
		l->place.failing_ms = steady_ms;
		l->dirty = true;
	}
	since = row_steady_ms(l->parcel.time_ms, steady_ms, now.wall_ms);
	if (l->place.failing_ms > since)
		since = l->place.failing_ms;
	left = since + s->settings.give_up_ms - steady_ms;
	if (left <= 0)
		lane_die(l, answer->text, now.wall_ms);
	else if (wait > left && left > answer->retry_after_ms)
		wait = left; /* the last try */
	l->tries++;
	l->due_ms = now.mono_ms + wait;
}

void
lane_answered(struct sinks *s, struct sink *k, uint32_t lane,
              const struct sink_answer *answer, struct sink_now now)
{
	struct lane *l = &k->lanes[lane];
	enum outcome outcome = sink_outcome(answer);

	l->flying = false;
	l->look = true;
	if (outcome == OUTCOME_DELIVERED) {
		lane_delivered(s, l, lane);
	} else if (outcome == OUTCOME_AGAIN) {
		lane_failed(s, l, answer, now);
	} else {
		lane_die(l, answer->text, now.wall_ms);
		/* It answers: what comes next is a matter of its own. */
		l->place.failing_ms = 0;
		l->tries = 0;
		l->due_ms = 0;
	}
}
