/*
 * What was told, kept as it was committed: sinks remove it. At the end it is held
 * against the journals, by the rules of L3 alone, and against a run in other turns.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim_sinks.h"

/* --- kept ----------------------------------------------------------------------------- */

bool
told_next(struct sim *s, struct span *notices, struct notice *n)
{
	if (notices->len == 0)
		return false;
	if (notice_read(notices, n) != ERR_OK ||
	    n->fingerprint != notice_fingerprint(n->labels)) {
		notices->len = 0;
		return sim_fail(s, "a notice that is none");
	}
	return true;
}

struct told_row *
told_find(struct sim *s, uint32_t programme, struct outbox_at at)
{
	for (uint32_t i = s->n_told; i > 0; i--) {
		struct told_row *row = &s->told[i - 1];

		if (row->programme == programme &&
		    outbox_compare(row->at, at) == 0)
			return row;
	}
	return NULL;
}

static bool
row_keep(struct sim *s, const struct alert_key *key, struct span value)
{
	struct told_row row = {.programme = alert_key_number(key, 0),
	                       .at = outbox_key_at(key)};
	struct span notices;

	if (row.at.commit <= s->told_upto)
		return true;
	if (outbox_row_read(value, &row.time_ms, &notices) != ERR_OK)
		return sim_fail(s, "the outbox is damaged");
	if (!list_room(&s->told, s->n_told, &s->n_told_cap, sizeof(*s->told)))
		abort();
	row.len = notices.len;
	row.notices = malloc(row.len + 1);
	if (row.notices == NULL)
		abort();
	memcpy(row.notices, notices.ptr, row.len);
	s->told[s->n_told++] = row;
	return true;
}

bool
told_keep(struct sim *s)
{
	struct node *n = &s->nodes[ALERT];
	struct alert_key key = {.len = 0};
	bool ok = true, more = true;

	if (n->turn.head.number <= s->told_upto)
		return true;
	if (store_read(n->store) != ERR_OK)
		return sim_fail(s, "can't read the outbox");
	while (ok && more) {
		struct span value;

		if (alert_table_next(store_kv(n->store, STORE_STATE),
		                     ALERT_TABLE_OUTBOX, &key, &value,
		                     &more) != ERR_OK)
			ok = sim_fail(s, "the outbox is damaged");
		else if (more)
			ok = row_keep(s, &key, value);
	}
	store_read_end(n->store);
	s->told_upto = n->turn.head.number;
	return ok;
}

void
told_free(struct sim *s)
{
	for (uint32_t i = 0; i < s->n_told; i++)
		free(s->told[i].notices);
	free(s->told);
}

/* --- in other turns --------------------------------------------------------------------- */

bool
told_equal(struct sim *s, struct kv *state)
{
	struct alert_key key = {.len = 0};
	uint32_t n = 0;

	for (;; n++) {
		struct span value, notices;
		const struct told_row *row;
		int64_t time_ms;
		bool more;

		if (alert_table_next(state, ALERT_TABLE_OUTBOX, &key, &value,
		                     &more) != ERR_OK ||
		    (more &&
		     outbox_row_read(value, &time_ms, &notices) != ERR_OK))
			return sim_fail(s, "the outbox is damaged");
		if (!more)
			break;
		row = told_find(s, alert_key_number(&key, 0),
		                outbox_key_at(&key));
		if (row == NULL || row->time_ms != time_ms ||
		    !span_equal(span_of(row->notices, row->len), notices))
			return sim_fail(s, "other turns tell something else");
	}
	return n == s->n_told ||
	       sim_fail(s, "other turns tell %u rows, not %u", n, s->n_told);
}

/* --- against the journals ---------------------------------------------------------------- */

/* As of one commit, from the journals alone. */
struct journaled {
	struct sim *s;
	const struct catalogue *c;
	uint32_t enabled;  /* a bit a programme */
	struct map firing; /* identity -> fires (1) */
	struct map told;   /* fingerprint -> was told last that it fires (1) */
	struct map known; /* identity -> that it fires is told: programme + 1 */
	struct buf identity;
	bool silent; /* this commit tells nothing */
	bool held;   /* something may be held still */
};

static struct span
identity_make(struct journaled *j, const char *const *parts, size_t n)
{
	buf_reset(&j->identity);
	for (size_t i = 0; i < n; i++) {
		buf_put_str(&j->identity, parts[i]);
		buf_put_str(&j->identity, "/");
	}
	return buf_span(&j->identity);
}

static void
map_set(struct map *map, struct span key, uint32_t value)
{
	if (map_put(map, key, value) != ERR_OK)
		abort();
}

static bool
map_is(const struct map *map, struct span key)
{
	uint32_t value = map_get(map, key);

	return value != MAP_NONE && value > 0;
}

static bool
record_take(struct journaled *j, struct span record)
{
	enum record_type type = record_type(record);
	struct alert alert;
	struct notice_group group;

	if (type == RECORD_ALERT &&
	    alert_record_read(record, &alert) == ERR_OK) {
		const char *parts[] = {NOTICE_TARGET,
		                       j->c->targets[alert.target].id,
		                       j->c->units[alert.unit].id,
		                       alert_severity_name(alert.severity)};

		map_set(&j->firing, identity_make(j, parts, 4),
		        alert.state == ALERT_FIRING);
	} else if (type == RECORD_GROUP &&
	           notice_group_read(record, &group) == ERR_OK) {
		const char *parts[] = {notice_group_name(group.kind),
		                       j->c->programmes[group.programme].id,
		                       j->c->indicators[group.family].id};

		map_set(&j->firing, identity_make(j, parts, 3), group.firing);
	} else if (type == RECORD_ALERT || type == RECORD_GROUP) {
		return sim_fail(j->s, "a record that is none");
	}
	return true;
}

static void
input_take(struct journaled *j, struct span record)
{
	struct programme_switch p;

	if (record_type(record) == RECORD_TICK)
		j->silent = j->held = false;
	if (record_type(record) != RECORD_PROGRAMME ||
	    programme_read(record, &p) != ERR_OK)
		return;
	j->enabled &= ~(1u << p.programme);
	j->enabled |= (uint32_t)p.enabled << p.programme;
}

static void
flags_take(struct journaled *j, uint32_t flags)
{
	bool ends = flags & COMMIT_FLAG_BACKFILL_END;

	j->silent = flags & COMMIT_FLAG_BACKFILL && !ends;
	j->held = !ends && (j->held || j->silent);
}

static bool
records_walk(struct journaled *j, enum service service, uint64_t number)
{
	struct node *n = &j->s->nodes[service];
	struct kv *journal = store_kv(n->store, STORE_JOURNAL);
	struct commit commit;
	bool ok = journal_commit(journal, number, &commit) == ERR_OK;

	if (ok && service == AGGREGATE)
		flags_take(j, commit.flags);
	for (uint32_t i = 0; ok && i < commit.n_records; i++) {
		struct span record;

		ok = journal_record(journal, number, i, &record) == ERR_OK;
		if (ok && service == AGGREGATE)
			input_take(j, record);
		else if (ok)
			ok = record_take(j, record);
	}
	return ok || sim_fail(j->s, "commit %llu can't be read",
	                      (unsigned long long)number);
}

/* A label's value as text, "" without one. */
static const char *
label_of(const struct notice *n, const char *name, char text[static 80])
{
	struct span pairs = n->labels, key, value;

	text[0] = '\0';
	while (notice_pair_next(&pairs, &key, &value)) {
		if (!span_equal(key, span_str(name)) || value.len >= 80)
			continue;
		memcpy(text, value.ptr, value.len);
		text[value.len] = '\0';
	}
	return text;
}

static struct span
notice_identity(struct journaled *j, const struct notice *n)
{
	char name[80], programme[80], target[80], unit[80], severity[80];
	const char *parts[] = {
	    label_of(n, "alertname", name), label_of(n, "programme", programme),
	    label_of(n, "target", target), label_of(n, "unit", unit),
	    label_of(n, "severity", severity)};

	if (strcmp(name, NOTICE_TARGET) == 0)
		return identity_make(j, parts, 5);
	parts[2] = label_of(n, "indicator", target);
	return identity_make(j, parts, 3);
}

/* Told to fire: so it stands in the journal, and its programme is enabled. Told to be
 * over: so it was told to fire. */
static bool
notice_check(struct journaled *j, const struct told_row *row,
             const struct notice *n)
{
	struct span print = span_of(&n->fingerprint, sizeof(uint64_t));
	bool was = map_is(&j->told, print);
	struct span identity = notice_identity(j, n);
	uint32_t known = map_get(&j->known, identity);
	unsigned long long commit = row->at.commit;

	if (n->firing && !(j->enabled >> row->programme & 1))
		return sim_fail(j->s, "told at %llu though disabled", commit);
	if (n->firing && !map_is(&j->firing, identity))
		return sim_fail(j->s, "told at %llu what fires not", commit);
	if (!n->firing && !was)
		return sim_fail(j->s, "resolved at %llu what nobody was told",
		                commit);
	if (n->firing && !was && known != MAP_NONE && known > 0)
		return sim_fail(j->s, "told twice at %llu", commit);
	map_set(&j->known, identity, n->firing ? row->programme + 1 : 0);
	map_set(&j->told, print, n->firing);
	return n->commit == row->at.commit ||
	       sim_fail(j->s, "a notice of another commit");
}

static bool
row_check(struct journaled *j, const struct told_row *row)
{
	struct span notices = span_of(row->notices, row->len);
	struct notice n;

	if (j->silent)
		return sim_fail(j->s, "told at %llu within a backfill",
		                (unsigned long long)row->at.commit);
	for (; told_next(j->s, &notices, &n); j->s->campaign->notices++)
		if (!notice_check(j, row, &n))
			return false;
	return j->s->failed[0] == '\0';
}

/* What fires no longer, or is disabled, is resolved in the commit that says so, unless
 * a backfill holds it. */
static bool
known_still(struct journaled *j, uint64_t commit)
{
	for (size_t i = 0; i < j->known.n && !j->held; i++) {
		uint32_t known = map_value(&j->known, i);

		if (known > 0 && (!map_is(&j->firing, map_key(&j->known, i)) ||
		                  !(j->enabled >> (known - 1) & 1)))
			return sim_fail(j->s, "not resolved at %llu",
			                (unsigned long long)commit);
	}
	return true;
}

static bool
rows_check(struct journaled *j)
{
	struct sim *s = j->s;
	uint32_t next = 0;
	bool ok = true;

	for (uint64_t i = 1; ok && i <= s->nodes[ALERT].turn.head.number; i++) {
		ok = records_walk(j, AGGREGATE, i) && records_walk(j, ALERT, i);
		for (; ok && next < s->n_told && s->told[next].at.commit == i;
		     next++)
			ok = row_check(j, &s->told[next]);
		ok = ok && known_still(j, i);
	}
	return ok && (next == s->n_told ||
	              sim_fail(s, "told at a commit that isn't there"));
}

static int
rows_order(const void *a, const void *b)
{
	const struct told_row *x = a, *y = b;

	if (x->at.commit == y->at.commit && x->programme != y->programme)
		return x->programme < y->programme ? -1 : 1;
	return outbox_compare(x->at, y->at);
}

bool
told_journal_check(struct sim *s)
{
	struct node *alert = &s->nodes[ALERT];
	struct node *aggregate = &s->nodes[AGGREGATE];
	struct journaled j = {.s = s, .c = alert->alert.catalogue};
	bool ok;

	if (s->n_told == 0)
		return true;
	qsort(s->told, s->n_told, sizeof(*s->told), rows_order);
	ok = store_read(alert->store) == ERR_OK &&
	     store_read(aggregate->store) == ERR_OK;
	map_init(&j.firing, UINT32_MAX / 2);
	map_init(&j.told, UINT32_MAX / 2);
	map_init(&j.known, UINT32_MAX / 2);
	buf_init(&j.identity, 4096);
	ok = ok && rows_check(&j);
	map_fini(&j.firing);
	map_fini(&j.told);
	map_fini(&j.known);
	buf_fini(&j.identity);
	store_read_end(aggregate->store);
	store_read_end(alert->store);
	return ok || sim_fail(s, "can't read what was told");
}
