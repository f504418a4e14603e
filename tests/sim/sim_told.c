/*
 * At rest: what sinks were told is what they should know (SEMANTICS L3), and groups
 * hold whoever is late.
 */
#include <stdlib.h>
#include <string.h>

#include "services/alert/alert_group.h"
#include "services/alert/alert_tell.h"
#include "tests/sim/sim_sinks.h"

struct told {
	struct sim *s;
	struct alert_service *a;
	struct kv *state;
	struct map last; /* fingerprint -> 1 fires, 0 ended: as told last */
};

static bool
stands(const struct told *t, const struct alert_key *key)
{
	struct span value;

	return kv_get(t->state, alert_key_span(key), &value) == ERR_OK;
}

/* --- the outbox ---------------------------------------------------------------------- */

static bool
notices_take(struct told *t, struct span notices)
{
	struct notice n;

	while (told_next(t->s, &notices, &n)) {
		struct span key = span_of(&n.fingerprint, sizeof(uint64_t));

		if (!n.firing && map_get(&t->last, key) != 1)
			return sim_fail(t->s, "resolved what nobody was told");
		if (map_put(&t->last, key, n.firing) != ERR_OK)
			abort();
	}
	return t->s->failed[0] == '\0';
}

/* In the order of the commits, each programme by itself. */
static bool
outbox_take(struct told *t)
{
	struct sim *s = t->s;

	for (uint32_t i = 0; i < s->n_told; i++)
		if (!notices_take(t,
		                  span_of(s->told[i].notices, s->told[i].len)))
			return false;
	return true;
}

/* Each row of LIVE was told last that it fires, and nothing else was. */
static bool
live_check(struct told *t)
{
	struct alert_key key = {.len = 0};
	uint32_t n = 0, fires = 0;
	bool more = true;

	while (more) {
		struct span value;
		struct notice notice;

		if (alert_table_next(t->state, ALERT_TABLE_LIVE, &key, &value,
		                     &more) != ERR_OK)
			return sim_fail(t->s, "LIVE is damaged");
		if (!more)
			break;
		if (notice_read(&value, &notice) != ERR_OK ||
		    map_get(&t->last, span_of(&notice.fingerprint,
		                              sizeof(uint64_t))) != 1)
			return sim_fail(t->s, "LIVE has what nobody was told");
		n++;
	}
	for (size_t i = 0; i < t->last.n; i++)
		fires += t->last.entries[i].value;
	return n == fires ||
	       sim_fail(t->s, "told %u that fire, LIVE has %u", fires, n);
}

/* --- alerts -------------------------------------------------------------------------- */

/* What fires is known to sinks if the programme is enabled; late: it may be too late
 * to tell it now, but what was told stays told. */
static bool
known_check(struct told *t, const struct tell_key *key, bool fires, bool late)
{
	struct alert_key live = tell_live_key(ALERT_TABLE_LIVE, key);
	struct alert_key held = tell_live_key(ALERT_TABLE_HELD, key);
	bool enabled = false;

	if (stands(t, &held))
		return true;
	if (alert_enabled(t->a, t->state, key->programme, &enabled) != ERR_OK)
		return sim_fail(t->s, "ENABLED is damaged");
	fires = fires && enabled;
	if (stands(t, &live))
		return fires || sim_fail(t->s, "%u of unit %u stays told",
		                         key->a, key->b);
	return !fires || late ||
	       sim_fail(t->s, "%u of unit %u fires and isn't told", key->a,
	                key->b);
}

static bool
alert_check(struct told *t, const struct alert *alert)
{
	const struct catalogue *c = t->a->catalogue;
	struct tell_key key = {.programme = c->targets[alert->target].programme,
	                       .kind = TELL_TARGET,
	                       .a = alert->target,
	                       .b = alert->unit,
	                       .severity = alert->severity};

	return known_check(t, &key, alert->state == ALERT_FIRING,
	                   !alert_fresh(c, alert, t->a->tick.date));
}

static bool
alerts_check(struct told *t)
{
	struct alert_key key = {.len = 0};
	bool more = true;

	while (more) {
		struct span value;
		struct alert alert;

		if (alert_table_next(t->state, ALERT_TABLE_ALERTS, &key, &value,
		                     &more) != ERR_OK)
			return sim_fail(t->s, "alerts are damaged");
		if (!more)
			break;
		if (alert_record_read(value, &alert) != ERR_OK)
			return sim_fail(t->s, "an alert that is none");
		if (!alert_check(t, &alert))
			return false;
	}
	return true;
}

/* --- groups -------------------------------------------------------------------------- */

static bool
verdict_check(struct told *t, const struct verdict *v, uint32_t *n_late)
{
	const struct catalogue *c = t->a->catalogue;
	uint32_t numbers[] = {
	    c->targets[v->target].programme, NOTICE_GROUP_LATE,
	    c->definitions[v->definition].family, v->unit, v->target};
	struct alert_key member = alert_key_of(ALERT_TABLE_MEMBERS, numbers, 5);
	bool late = v->timeliness == TIMELINESS_LATE;

	*n_late += late;
	return stands(t, &member) == late ||
	       sim_fail(t->s, "%s of unit %u is %s, its group differs",
	                c->targets[v->target].id, v->unit,
	                timeliness_name(v->timeliness));
}

/* Members of late groups; the units of every group, counted anew. */
struct counted {
	uint32_t n_late;
	uint32_t group[3], n_units;
	uint32_t unit;
};

static bool
group_check(struct told *t, const struct counted *n)
{
	struct alert_key key = alert_key_of(ALERT_TABLE_GROUPS, n->group, 3);
	struct notice_group group = {.n_units = 0};
	struct span value;

	if (n->n_units == 0)
		return true;
	if (kv_get(t->state, alert_key_span(&key), &value) != ERR_OK ||
	    notice_group_read(value, &group) != ERR_OK ||
	    group.n_units != n->n_units)
		return sim_fail(t->s, "a group of %u says %u", n->n_units,
		                group.n_units);
	return true;
}

static bool
members_count(struct told *t, struct counted *n)
{
	struct alert_key key = {.len = 0};
	bool more = true;

	for (;;) {
		struct span value;
		uint32_t at[4];

		if (alert_table_next(t->state, ALERT_TABLE_MEMBERS, &key,
		                     &value, &more) != ERR_OK)
			return sim_fail(t->s, "members are damaged");
		for (int i = 0; i < 4 && more; i++)
			at[i] = alert_key_number(&key, i);
		if (!more || memcmp(at, n->group, sizeof(n->group)) != 0) {
			if (!group_check(t, n))
				return false;
			n->n_units = 0;
		}
		if (!more)
			return true;
		n->n_late += at[1] == NOTICE_GROUP_LATE;
		n->n_units += n->n_units == 0 || at[3] != n->unit;
		n->unit = at[3];
		memcpy(n->group, at, sizeof(n->group));
	}
}

static bool
groups_check(struct told *t)
{
	struct counted n = {.n_late = 0};
	struct alert_key key = {.len = 0};
	uint32_t n_late = 0;
	bool more = true;

	while (more) {
		struct span value;
		struct verdict v;
		bool gone;

		if (alert_table_next(t->state, ALERT_TABLE_VERDICTS, &key,
		                     &value, &more) != ERR_OK)
			return sim_fail(t->s, "verdicts are damaged");
		if (!more)
			break;
		if (verdict_record_read(value, &v, &gone) != ERR_OK || gone)
			return sim_fail(t->s, "a verdict that is none");
		if (!verdict_check(t, &v, &n_late))
			return false;
	}
	return members_count(t, &n) &&
	       (n.n_late == n_late ||
	        sim_fail(t->s, "%u are late, %u members are", n_late,
	                 n.n_late));
}

static bool
groups_told_check(struct told *t)
{
	struct alert_key key = {.len = 0};
	bool more = true;

	while (more) {
		struct span value;
		struct notice_group group;
		struct tell_key told;

		if (alert_table_next(t->state, ALERT_TABLE_GROUPS, &key, &value,
		                     &more) != ERR_OK)
			return sim_fail(t->s, "groups are damaged");
		if (!more)
			break;
		if (notice_group_read(value, &group) != ERR_OK)
			return sim_fail(t->s, "a group that is none");
		told = tell_group_key(&group);
		if (!known_check(t, &told, group.firing, false))
			return false;
	}
	return true;
}

bool
told_check(struct sim *s)
{
	struct node *node = &s->nodes[ALERT];
	struct told t = {.s = s, .a = &node->alert};
	bool ok;

	if (node->alert.catalogue == NULL)
		return true;
	if (store_read(node->store) != ERR_OK)
		return sim_fail(s, "can't read what was told");
	t.state = store_kv(node->store, STORE_STATE);
	map_init(&t.last, UINT32_MAX / 2);
	ok = outbox_take(&t) && live_check(&t) && alerts_check(&t) &&
	     groups_check(&t) && groups_told_check(&t);
	map_fini(&t.last);
	store_read_end(node->store);
	return ok;
}
