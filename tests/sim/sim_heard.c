/*
 * At rest, and after a while: what receivers believe is what fires.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "services/alert/alert_tell.h"
#include "tests/sim/sim_sinks.h"

struct heard {
	struct sim *s;
	struct kv *state;
	struct map live; /* fingerprints of what fires */
	struct map dead; /* of what stands in a sink's dead letters */
};

static bool
has(const struct map *set, uint64_t fingerprint)
{
	return map_get(set, span_of(&fingerprint, sizeof(fingerprint))) !=
	       MAP_NONE;
}

static void
put(struct map *set, uint64_t fingerprint)
{
	if (map_put(set, span_of(&fingerprint, sizeof(fingerprint)), 1) !=
	    ERR_OK)
		abort();
}

static bool
live_read(struct heard *h)
{
	struct alert_key key = {.len = 0};
	bool more = true;

	while (more) {
		struct span value;
		struct notice n;

		if (alert_table_next(h->state, ALERT_TABLE_LIVE, &key, &value,
		                     &more) != ERR_OK ||
		    (more && notice_read(&value, &n) != ERR_OK))
			return sim_fail(h->s, "LIVE is damaged");
		if (more)
			put(&h->live, n.fingerprint);
	}
	return true;
}

static bool
letters_read(struct heard *h, uint32_t sink)
{
	struct sink_dead dead = {.number = 0};
	bool more = true;

	map_reset(&h->dead);
	while (more) {
		struct notice n;

		if (sink_dead_next(h->state, h->s->sinks->confs[sink].name,
		                   dead.number + 1, &dead, &more) != ERR_OK)
			return sim_fail(h->s, "dead letters are damaged");
		while (more && told_next(h->s, &dead.notices, &n))
			put(&h->dead, n.fingerprint);
	}
	return true;
}

/* At that time; state sinks let go by themselves. */
static bool
believes(struct sim *s, uint32_t sink, const struct belief *b, int64_t at_ms)
{
	return b->firing &&
	       (!sim_sink_is_state(s->sinks, sink) || b->ends_ms > at_ms);
}

/* What fires is believed to fire. */
static bool
knows_live(struct heard *h, uint32_t sink, int64_t at_ms)
{
	struct receiver *r = &h->s->sinks->receivers[sink];

	for (size_t i = 0; i < h->live.n; i++) {
		uint64_t fingerprint;
		struct belief *b;

		memcpy(&fingerprint, map_key(&h->live, i).ptr,
		       sizeof(fingerprint));
		b = belief_find(r, fingerprint);
		if ((b == NULL || !believes(h->s, sink, b, at_ms)) &&
		    !has(&h->dead, fingerprint))
			return sim_fail(
			    h->s, "%s knows not that %016" PRIx64 " fires",
			    h->s->sinks->confs[sink].name, fingerprint);
	}
	return true;
}

/* What is believed to fire does. Where alert has lost whom it told, nobody takes it
 * back: an Alertmanager lets go of it by itself. */
static bool
knows_only_live(struct heard *h, uint32_t sink)
{
	struct receiver *r = &h->s->sinks->receivers[sink];
	bool watched = false;

	for (uint32_t i = 0; i < r->n; i++) {
		const struct belief *b = &r->beliefs[i];

		if (!believes(h->s, sink, b, h->s->now_ms) ||
		    has(&h->live, b->fingerprint))
			continue;
		if (b->watchdog)
			watched = true;
		else if (!b->lost && !has(&h->dead, b->fingerprint))
			return sim_fail(
			    h->s, "%s believes that %016" PRIx64 " fires",
			    h->s->sinks->confs[sink].name, b->fingerprint);
	}
	return watched || !sim_sink_is_state(h->s->sinks, sink) ||
	       sim_fail(h->s, "the watchdog is silent");
}

/* Alert is down for nearly as long as an Alertmanager holds what it was told: all fires
 * still; and then nothing does. */
static bool
silence_check(struct heard *h, uint32_t sink)
{
	const struct receiver *r = &h->s->sinks->receivers[sink];
	int64_t least_ms = h->s->now_ms + SIM_ENDS_MS - 3 * SIM_RESEND_MS;
	int64_t most_ms = h->s->now_ms + SIM_ENDS_MS + SIM_RESEND_MS;

	if (!sim_sink_is_state(h->s->sinks, sink))
		return true;
	for (uint32_t i = 0; i < r->n; i++) {
		const struct belief *b = &r->beliefs[i];

		if (!b->lost && believes(h->s, sink, b, most_ms))
			return sim_fail(h->s, "an alert fires for ever");
	}
	return knows_live(h, sink, least_ms);
}

static bool
rows_check(struct sim *s, uint32_t sink)
{
	for (uint32_t i = 0; i < s->n_told; i++) {
		const struct told_row *row = &s->told[i];

		if (!row->heard[sink] && !row->excused[sink] &&
		    !row_is_dead(s, sink, row))
			return sim_fail(s, "%s never heard commit %" PRIu64,
			                s->sinks->confs[sink].name,
			                row->at.commit);
	}
	return true;
}

static bool
tables_empty(struct heard *h)
{
	static const enum alert_table tables[] = {ALERT_TABLE_OUTBOX,
	                                          ALERT_TABLE_RESOLVING};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		struct alert_key key = {.len = 0};
		struct span value;
		bool more = true;

		if (alert_table_next(h->state, tables[i], &key, &value,
		                     &more) != ERR_OK ||
		    more)
			return sim_fail(h->s, "table %c is not trimmed",
			                (char)tables[i]);
	}
	return true;
}

static bool
sink_check(struct heard *h, uint32_t sink)
{
	return letters_read(h, sink) && knows_live(h, sink, h->s->now_ms) &&
	       knows_only_live(h, sink) && silence_check(h, sink);
}

static bool
with_state(struct sim *s, bool (*check)(struct heard *))
{
	struct store *store = s->nodes[ALERT].store;
	struct heard h = {.s = s};
	bool ok = store_read(store) == ERR_OK;

	if (!ok)
		return sim_fail(s, "can't read what is delivered");
	h.state = store_kv(store, STORE_STATE);
	map_init(&h.live, UINT32_MAX / 2);
	map_init(&h.dead, UINT32_MAX / 2);
	ok = live_read(&h) && check(&h);
	map_fini(&h.live);
	map_fini(&h.dead);
	store_read_end(store);
	return ok;
}

static bool
sinks_check(struct heard *h)
{
	for (uint32_t i = 0; i < h->s->sinks->n; i++)
		if (!sink_check(h, i))
			return false;
	return tables_empty(h);
}

bool
heard_check(struct sim *s)
{
	for (uint32_t i = 0; i < s->sinks->n; i++)
		if (!sim_sink_is_state(s->sinks, i) && !rows_check(s, i))
			return false;
	return with_state(s, sinks_check);
}

static bool
letters_gone(struct heard *h)
{
	for (uint32_t i = 0; i < h->s->sinks->n; i++)
		if (letters_read(h, i) && h->dead.n > 0)
			return sim_fail(h->s, "a dead letter stays");
	return sinks_check(h);
}

bool
heard_letters_check(struct sim *s)
{
	return with_state(s, letters_gone);
}
