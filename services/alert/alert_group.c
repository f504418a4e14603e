#include "services/alert/alert_group.h"

#include <stdlib.h>
#include <string.h>

#include "services/alert/alert_past.h"

#define CHANGES_FIRST_CAP 64

/* --- what changes at a commit ------------------------------------------------------ */

static enum err
change_add(struct alert_service *a, const struct group_change *change)
{
	struct alert_telling *t = &a->telling;

	if (t->n_changes == t->n_changes_cap) {
		uint32_t n_cap = t->n_changes_cap == 0 ? CHANGES_FIRST_CAP
		                                       : t->n_changes_cap * 2;
		struct group_change *list =
		    realloc(t->changes, n_cap * sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		t->changes = list;
		t->n_changes_cap = n_cap;
	}
	t->changes[t->n_changes++] = *change;
	return ERR_OK;
}

static int
change_compare(const void *a, const void *b)
{
	const struct group_change *x = a;
	const struct group_change *y = b;

	if (x->programme != y->programme)
		return x->programme < y->programme ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->family > y->family) - (x->family < y->family);
}

enum err
alert_group_look(struct alert_service *a, const struct tell_key *key)
{
	struct group_change change = {.programme = key->programme,
	                              .kind = key->kind == TELL_LATE
	                                          ? NOTICE_GROUP_LATE
	                                          : NOTICE_GROUP_QUALITY,
	                              .family = key->a};

	return change_add(a, &change);
}

enum err
alert_groups_look(struct alert_service *a, struct kv *state, uint32_t programme)
{
	struct alert_key prefix =
	    alert_key_of(ALERT_TABLE_GROUPS, &programme, 1);
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		struct group_change change = {.programme = programme};
		struct span value;

		err = alert_prefix_next(state, &prefix, &key, &value, &more);
		if (err != ERR_OK || !more)
			break;
		change.kind = alert_key_number(&key, 1);
		change.family = alert_key_number(&key, 2);
		err = change_add(a, &change);
	}
	return err;
}

/* --- members ----------------------------------------------------------------------- */

/* programme, kind, family, unit, target */
struct member {
	uint32_t numbers[5];
};

static struct alert_key
member_key(const struct member *m, int n)
{
	return alert_key_of(ALERT_TABLE_MEMBERS, m->numbers, n);
}

/* Some target of the group holds the unit in it. */
static enum err
unit_stands(struct kv *state, const struct member *m, bool *stands)
{
	struct alert_key prefix = member_key(m, 4);
	struct alert_key key = {.len = 0};
	struct span value;

	return alert_prefix_next(state, &prefix, &key, &value, stands);
}

static enum err
member_put(struct alert_service *a, struct kv *state, const struct member *m)
{
	struct alert_key key = member_key(m, 5);
	struct group_change change = {m->numbers[0], m->numbers[1],
	                              m->numbers[2], .joined = 1};
	bool stood;
	enum err err = unit_stands(state, m, &stood);

	if (err != ERR_OK)
		return err;
	kv_put(state, alert_key_span(&key), span_str(""));
	return stood ? ERR_OK : change_add(a, &change);
}

static enum err
member_remove(struct alert_service *a, struct kv *state, const struct member *m)
{
	struct alert_key key = member_key(m, 5);
	struct group_change change = {m->numbers[0], m->numbers[1],
	                              m->numbers[2], .left = 1};
	bool stands;
	enum err err;

	kv_del(state, alert_key_span(&key));
	err = unit_stands(state, m, &stands);
	return err != ERR_OK || stands ? err : change_add(a, &change);
}

static enum err
member_set(struct alert_service *a, struct kv *state, const struct member *m,
           bool is)
{
	struct alert_key key = member_key(m, 5);
	struct span value;
	enum err err = kv_get(state, alert_key_span(&key), &value);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if ((err == ERR_OK) == is)
		return ERR_OK;
	return is ? member_put(a, state, m) : member_remove(a, state, m);
}

/* F7: of the figure that was judged; a roll-up's quotient is made of its parts. */
static bool
mismatched(const struct verdict_input *in, const struct verdict *v)
{
	if (!v->has_figure || v->figure.source == NUMBER_NONE)
		return false;
	for (uint32_t i = 0; i < in->n; i++) {
		const struct figure *f = &in->points[i].figure;

		if (in->points[i].which != POINT_ROLLUP &&
		    f->period.code == v->figure.period.code &&
		    f->definition == v->figure.definition &&
		    f->source == v->figure.source)
			return f->flags & FIGURE_FLAG_RATIO_MISMATCH;
	}
	return false;
}

enum err
alert_group_verdict(struct alert_service *a, struct kv *state,
                    const struct binding *binding,
                    const struct verdict_input *in, const struct verdict *v)
{
	const bool is[NOTICE_GROUPS] = {
	    [NOTICE_GROUP_LATE] = v != NULL && v->timeliness == TIMELINESS_LATE,
	    [NOTICE_GROUP_QUALITY] =
	        v != NULL && (v->contested || mismatched(in, v)),
	};
	enum err err = ERR_OK;

	for (uint32_t kind = 0; kind < NOTICE_GROUPS && err == ERR_OK; kind++) {
		struct member m = {
		    {alert_programme_of(a->catalogue, binding->target), kind,
		     binding->family, binding->unit, binding->target}};

		err = member_set(a, state, &m, is[kind]);
	}
	return err;
}

enum err
alert_groups_move(struct alert_service *a, struct kv *state)
{
	struct alert_key key = {.len = 0};
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		const struct binding *binding;
		struct member m;
		struct span value;

		err = alert_table_next(state, ALERT_TABLE_MEMBERS, &key, &value,
		                       &more);
		if (err != ERR_OK || !more)
			break;
		for (int i = 0; i < 5; i++)
			m.numbers[i] = alert_key_number(&key, i);
		binding = alert_binding(a, m.numbers[4], m.numbers[3]);
		if (binding == NULL || binding->family != m.numbers[2])
			err = member_remove(a, state, &m);
	}
	return err;
}

/* --- groups ------------------------------------------------------------------------ */

static struct alert_key
group_key(const struct group_change *of)
{
	uint32_t numbers[] = {of->programme, of->kind, of->family};

	return alert_key_of(ALERT_TABLE_GROUPS, numbers, 3);
}

/* As it was; never said anything of: empty. */
static enum err
group_stored(struct kv *state, const struct group_change *of,
             struct notice_group *group)
{
	struct alert_key key = group_key(of);
	struct span value;
	enum err err = kv_get(state, alert_key_span(&key), &value);

	*group = (struct notice_group){.programme = of->programme,
	                               .kind = (enum notice_group_kind)of->kind,
	                               .family = of->family};
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && notice_group_read(value, group) != ERR_OK)
		err = ERR_CORRUPT;
	return err;
}

/* The first ones, one look-up each. */
static enum err
name_units(struct kv *state, struct notice_group *group)
{
	uint32_t numbers[] = {group->programme, group->kind, group->family};
	struct alert_key prefix = alert_key_of(ALERT_TABLE_MEMBERS, numbers, 3);
	struct alert_key key = {.len = 0};
	bool more = true;

	group->n_named = 0;
	while (group->n_named < NOTICE_UNITS_MAX) {
		struct span value;
		enum err err =
		    alert_prefix_next(state, &prefix, &key, &value, &more);

		if (err != ERR_OK || !more)
			return err;
		group->units[group->n_named++] = alert_key_number(&key, 3);
		/* behind all targets of the unit */
		memset(key.bytes + key.len - 4, 0xff, 4);
	}
	return ERR_OK;
}

static void
group_journal(struct alert_service *a, struct kv *state,
              const struct group_change *of, struct turn_output *at)
{
	uint32_t numbers[] = {of->programme, of->kind, of->family};

	record_list_add(&at->records, buf_span(&a->scratch));
	alert_past_group(state, numbers, at->number, buf_span(&a->scratch));
}

static enum err
group_end(struct alert_service *a, struct kv *state,
          const struct group_change *change, struct turn_output *at)
{
	struct alert_key key = group_key(change);
	struct notice_group group;
	bool fired, said;
	enum err err = group_stored(state, change, &group);

	if (err != ERR_OK)
		return err;
	fired = group.firing;
	group.n_units += change->joined - change->left;
	group.firing = group.n_units > 0;
	said = group.firing != fired || (fired && change->joined > 0);
	if (group.firing != fired)
		group.commit = at->number;
	err = name_units(state, &group);
	if (err != ERR_OK)
		return err;
	if (change->joined > 0 || change->left > 0) {
		buf_reset(&a->scratch);
		notice_group_write(&a->scratch, &group);
		kv_put(state, alert_key_span(&key), buf_span(&a->scratch));
	}
	if (said)
		group_journal(a, state, change, at);
	return said || a->telling.relook ? alert_tell_group(a, state, &group)
	                                 : ERR_OK;
}

enum err
alert_groups_end(struct alert_service *a, struct kv *state,
                 struct turn_output *at)
{
	struct alert_telling *t = &a->telling;
	enum err err = ERR_OK;

	if (t->n_changes > 1)
		qsort(t->changes, t->n_changes, sizeof(*t->changes),
		      change_compare);
	for (uint32_t i = 0; i < t->n_changes && err == ERR_OK;) {
		struct group_change sum = t->changes[i++];

		while (i < t->n_changes &&
		       change_compare(&sum, &t->changes[i]) == 0) {
			sum.joined += t->changes[i].joined;
			sum.left += t->changes[i++].left;
		}
		err = group_end(a, state, &sum, at);
	}
	t->n_changes = 0;
	return err;
}
