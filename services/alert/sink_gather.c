#include <stdlib.h>
#include <string.h>

#include "services/alert/sink_parts.h"

/* --- rows --------------------------------------------------------------------------- */

enum err
gather_row(struct sinks *s, struct span notices, uint32_t skip,
           const struct round *round, uint32_t *total)
{
	struct sink_batch *b = &s->batch;

	b->n = 0;
	*total = 0;
	while (notices.len > 0) {
		struct notice n;
		enum err err = notice_read(&notices, &n);

		if (err != ERR_OK)
			return err;
		if (*total >= skip && b->n < b->max &&
		    !(round && round_is_bad(round, &n)))
			b->items[b->n++] =
			    (struct sink_item){.n = n, .ordinal = *total};
		++*total;
	}
	return ERR_OK;
}

/* Rows without alerts are passed on the way: there are none, but nobody shall stand
 * before one for ever. */
static enum err
row_gather(struct sinks *s, const struct sink *k, uint32_t lane,
           struct kv *state, struct parcel *p)
{
	struct lane *l = &k->lanes[lane];
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct outbox_row row = {.at = l->place.next};
		uint32_t total;

		err = outbox_next(state, s->programmes[lane].programme, &row,
		                  &more);
		if (err != ERR_OK || !more)
			break;
		if (outbox_compare(row.at, l->place.next) != 0)
			l->place.skip = 0;
		err = gather_row(s, row.notices, l->place.skip, NULL, &total);
		*p = (struct parcel){.kind = PARCEL_ROW,
		                     .at = row.at,
		                     .time_ms = row.time_ms,
		                     .upto = total,
		                     .whole = true};
		if (err != ERR_OK || s->batch.n > 0)
			return err;
		lane_place_pass(&l->place, p);
		l->queued--;
	}
	p->kind = PARCEL_NONE;
	return err;
}

/* --- what fires ---------------------------------------------------------------------- */

/* What was said since the sink was met comes as rows. */
static bool
is_told(const struct lane_place *place, const struct notice *n)
{
	return n->commit < place->next.commit;
}

/* What ended longer ago than ends_ms nobody waits for any more. */
static bool
is_recent(const struct sinks *s, const struct notice *n)
{
	return n->firing || n->ends_ms >= s->wall_ms - s->settings.ends_ms;
}

static enum err
table_gather(struct sinks *s, const struct lane *l, struct alert_key prefix,
             struct kv *state)
{
	struct alert_key key = {.len = 0};
	struct sink_batch *b = &s->batch;
	bool more = true;
	enum err err = ERR_OK;

	if (l->place.told.len > 0 && l->place.told.bytes[0] == prefix.bytes[0])
		key = l->place.told;
	while (more && err == ERR_OK && b->n < b->max) {
		struct span value;
		struct notice n = {.commit = 0};

		err = alert_prefix_next(state, &prefix, &key, &value, &more);
		if (err == ERR_OK && more)
			err = notice_read(&value, &n);
		if (err == ERR_OK && more && is_told(&l->place, &n) &&
		    is_recent(s, &n))
			b->items[b->n++] =
			    (struct sink_item){.n = n, .key = key};
	}
	return err;
}

/* Never of both tables in one: keys of a batch ascend. */
static enum err
snapshot_gather(struct sinks *s, const struct lane *l, uint32_t programme,
                struct kv *state, struct parcel *p)
{
	const struct alert_key *told = &l->place.told;
	enum err err = ERR_OK;

	s->batch.n = 0;
	if (told->len == 0 || told->bytes[0] == ALERT_TABLE_RESOLVING)
		err = table_gather(
		    s, l, alert_key_of(ALERT_TABLE_RESOLVING, &programme, 1),
		    state);
	if (err == ERR_OK && s->batch.n == 0)
		err = table_gather(
		    s, l, alert_key_of(ALERT_TABLE_LIVE, &programme, 1), state);
	*p = (struct parcel){.kind = PARCEL_SNAPSHOT};
	return err;
}

/* --- a dead letter ------------------------------------------------------------------- */

static void
item_update(struct sink_item *item, const struct notice *live, int64_t at_ms)
{
	if (live)
		item->n = *live;
	else if (item->n.firing) {
		item->n.firing = false;
		item->n.ends_ms =
		    at_ms < item->n.starts_ms ? item->n.starts_ms : at_ms;
	}
}

/* Whose item it is: by fingerprint, to be found among all that fires. */
struct print_item {
	uint64_t print;
	struct sink_item *item;
};

static int
print_compare(const void *a, const void *b)
{
	const struct print_item *x = a;
	const struct print_item *y = b;

	return (x->print > y->print) - (x->print < y->print);
}

static enum err
live_told(struct sink_item *item, struct span value)
{
	struct notice n;
	enum err err = notice_read(&value, &n);

	if (err == ERR_OK)
		item_update(item, &n, 0);
	return err;
}

/* Those that fire, as they were told last. Of the many others no more is looked at than
 * whose they are. */
static enum err
live_update(struct sinks *s, struct kv *state, uint32_t programme)
{
	struct alert_key prefix = alert_key_of(ALERT_TABLE_LIVE, &programme, 1);
	struct alert_key key = {.len = 0};
	struct sink_batch *b = &s->batch;
	struct print_item prints[TELL_CHUNK_MAX];
	bool more = b->n > 0;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < b->n; i++)
		prints[i] = (struct print_item){b->items[i].n.fingerprint,
		                                &b->items[i]};
	if (more)
		qsort(prints, b->n, sizeof(prints[0]), print_compare);
	while (more && err == ERR_OK) {
		struct print_item live = {.item = NULL};
		struct print_item *found;
		struct span value;

		err = alert_prefix_next(state, &prefix, &key, &value, &more);
		if (err == ERR_OK && more)
			err = notice_print_read(value, &live.print);
		if (err != ERR_OK || !more)
			break;
		found = bsearch(&live, prints, b->n, sizeof(prints[0]),
		                print_compare);
		if (found)
			err = live_told(found->item, value);
	}
	return err;
}

static enum err
letter_gather(struct sinks *s, const struct sink *k, uint32_t programme,
              struct kv *state, struct parcel *p)
{
	struct sink_dead dead;
	uint64_t number;
	uint32_t total;
	bool more;
	enum err err = dead_waiting(state, k->conf->name, programme, &number);

	if (err != ERR_OK || number == 0)
		return err;
	err = sink_dead_next(state, k->conf->name, number, &dead, &more);
	if (err == ERR_OK && (!more || dead.number != number))
		err = ERR_CORRUPT;
	if (err == ERR_OK)
		err = gather_row(s, dead.notices, 0, NULL, &total);
	for (uint32_t i = 0; i < s->batch.n && err == ERR_OK; i++)
		item_update(&s->batch.items[i], NULL, dead.at_ms);
	if (err == ERR_OK)
		err = live_update(s, state, programme);
	if (err == ERR_OK && s->batch.n > 0)
		*p = (struct parcel){.kind = PARCEL_LETTER, .letter = number};
	return err;
}

enum err
gather_lane(struct sinks *s, const struct sink *k, uint32_t lane,
            struct kv *state, struct parcel *p)
{
	struct lane *l = &k->lanes[lane];
	uint32_t programme = s->programmes[lane].programme;
	enum err err = ERR_OK;

	s->batch.max = TELL_CHUNK_MAX;
	s->batch.n = 0;
	p->kind = PARCEL_NONE;
	if (l->place.snapshot) {
		err = snapshot_gather(s, l, programme, state, p);
		if (err != ERR_OK || s->batch.n > 0)
			return err;
		l->place.snapshot = false;
		l->place.told.len = 0;
		l->dirty = true;
	}
	err = row_gather(s, k, lane, state, p);
	/* One letter at a time is told again, until it is removed. */
	if (err == ERR_OK && p->kind == PARCEL_NONE && l->settled == 0)
		err = letter_gather(s, k, programme, state, p);
	return err;
}
