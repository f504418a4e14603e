#include "services/alert/alert_tell.h"

#include <stdlib.h>

#include "services/alert/alert_group.h"
#include "services/alert/outbox.h"

#define PILES_FIRST_CAP 8

/* --- keys ------------------------------------------------------------------------ */

struct tell_key
tell_group_key(const struct notice_group *group)
{
	static const enum tell_kind kinds[NOTICE_GROUPS] = {
	    [NOTICE_GROUP_LATE] = TELL_LATE,
	    [NOTICE_GROUP_QUALITY] = TELL_QUALITY,
	};

	return (struct tell_key){.programme = group->programme,
	                         .kind = kinds[group->kind],
	                         .a = group->family};
}

struct alert_key
tell_live_key(enum alert_table table, const struct tell_key *key)
{
	uint32_t numbers[] = {key->programme, key->kind, key->a, key->b,
	                      key->severity};

	return alert_key_of(table, numbers, 5);
}

struct alert_key
tell_resolving_key(const struct tell_key *key, uint64_t fingerprint)
{
	struct alert_key long_key = tell_live_key(ALERT_TABLE_RESOLVING, key);

	alert_key_long(&long_key, fingerprint);
	return long_key;
}

struct tell_key
tell_key_read(const struct alert_key *key)
{
	return (struct tell_key){
	    .programme = alert_key_number(key, 0),
	    .kind = (enum tell_kind)alert_key_number(key, 1),
	    .a = alert_key_number(key, 2),
	    .b = alert_key_number(key, 3),
	    .severity = alert_key_number(key, 4),
	};
}

uint32_t
alert_programme_of(const struct catalogue *c, uint32_t target)
{
	const struct cat_target *t = &c->targets[target];
	size_t len = 0;
	uint32_t i = 0;

	if (t->declared)
		return t->programme;
	while (t->id[len] != '/' && t->id[len] != '\0')
		len++;
	while (i < c->n_programmes &&
	       !span_equal(span_str(c->programmes[i].id), span_of(t->id, len)))
		i++;
	return i;
}

/* --- what is known --------------------------------------------------------------- */

enum err
alert_enabled(const struct alert_service *a, struct kv *state,
              uint32_t programme, bool *enabled)
{
	struct alert_key key = alert_key_of(ALERT_TABLE_ENABLED, &programme, 1);
	struct span value;
	enum err err = kv_get(state, alert_key_span(&key), &value);

	if (err == ERR_NOT_FOUND) {
		*enabled = a->demo;
		return ERR_OK;
	}
	if (err == ERR_OK && value.len != 1)
		return ERR_CORRUPT;
	if (err == ERR_OK)
		*enabled = value.ptr[0] == 1;
	return err;
}

/* Views until the next put or del. */
static enum err
told_last(struct kv *state, const struct tell_key *key, struct notice *notice,
          bool *told)
{
	struct alert_key live = tell_live_key(ALERT_TABLE_LIVE, key);
	struct span value;
	enum err err = kv_get(state, alert_key_span(&live), &value);

	*told = err == ERR_OK;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	return err == ERR_OK ? notice_read(&value, notice) : err;
}

/* Does a backfill keep it back? Then it is looked at again behind it. */
static enum err
hold(const struct alert_service *a, struct kv *state,
     const struct tell_key *key, bool *held)
{
	struct alert_key at = tell_live_key(ALERT_TABLE_HELD, key);
	struct span value;
	enum err err;

	if (a->telling.silent) {
		kv_put(state, alert_key_span(&at), span_str(""));
		*held = true;
		return ERR_OK;
	}
	err = kv_get(state, alert_key_span(&at), &value);
	*held = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* --- the commit's notices ---------------------------------------------------------- */

static void
pile_flush(struct alert_service *a, struct kv *state, struct tell_pile *pile)
{
	struct outbox_at at = {a->telling.commit, pile->chunk};
	struct alert_key key = outbox_key(pile->programme, at);

	if (pile->n == 0)
		return;
	kv_put(state, alert_key_span(&key), buf_span(&pile->row));
	a->notices += pile->n;
	pile->chunk++;
	pile->n = 0;
	buf_reset(&pile->row);
}

/* The last one used is most often asked for. */
static struct tell_pile *
pile_find(struct alert_telling *t, uint32_t programme)
{
	for (uint32_t i = t->n_piles; i > 0; i--)
		if (t->piles[i - 1].programme == programme)
			return &t->piles[i - 1];
	return NULL;
}

static enum err
pile_of(struct alert_telling *t, uint32_t programme, struct tell_pile **pile)
{
	*pile = pile_find(t, programme);
	if (*pile != NULL)
		return ERR_OK;
	if (t->n_piles == t->n_piles_cap) {
		uint32_t n_cap =
		    t->n_piles_cap == 0 ? PILES_FIRST_CAP : t->n_piles_cap * 2;
		struct tell_pile *list =
		    realloc(t->piles, n_cap * sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		t->piles = list;
		t->n_piles_cap = n_cap;
	}
	*pile = &t->piles[t->n_piles++];
	**pile = (struct tell_pile){.programme = programme};
	buf_init(&(*pile)->row, KV_VALUE_MAX);
	return ERR_OK;
}

/* One notice more; what makes the row too long begins the next one. */
static enum err
pile_add(struct alert_service *a, struct kv *state, uint32_t programme,
         struct span notice)
{
	struct tell_pile *pile;
	enum err err = pile_of(&a->telling, programme, &pile);

	if (err != ERR_OK)
		return err;
	if (pile->n == TELL_CHUNK_MAX ||
	    pile->row.len + notice.len > TELL_CHUNK_BYTES)
		pile_flush(a, state, pile);
	if (pile->n == 0)
		outbox_row_begin(&pile->row, a->telling.time_ms);
	buf_put(&pile->row, notice.ptr, notice.len);
	pile->n++;
	return buf_err(&pile->row);
}

/* --- one alert ------------------------------------------------------------------- */

/* An alert of whatever kind as it is now, against what was told of it last. */
struct told {
	struct tell_key key;
	bool known; /* it was told last: */
	struct notice former;
	/* What should be known. */
	bool on;
	struct span labels, words; /* with on */
	struct span ending;        /* words of the resolve of what was told */
};

/* The former's views end here. */
static enum err
tell_resolve(struct alert_service *a, struct kv *state, const struct told *t)
{
	struct alert_telling *now = &a->telling;
	struct alert_key live = tell_live_key(ALERT_TABLE_LIVE, &t->key);
	struct alert_key resolving =
	    tell_resolving_key(&t->key, t->former.fingerprint);
	struct notice n = {.fingerprint = t->former.fingerprint,
	                   .commit = now->commit,
	                   .starts_ms = t->former.starts_ms,
	                   .ends_ms = now->time_ms,
	                   .labels = t->former.labels,
	                   .annotations = t->ending};

	buf_reset(&now->bytes);
	notice_write(&now->bytes, &n);
	if (buf_err(&now->bytes) != ERR_OK)
		return buf_err(&now->bytes);
	kv_del(state, alert_key_span(&live));
	kv_put(state, alert_key_span(&resolving), buf_span(&now->bytes));
	return pile_add(a, state, t->key.programme, buf_span(&now->bytes));
}

static enum err
tell_fire(struct alert_service *a, struct kv *state, const struct told *t,
          const struct notice *n)
{
	struct alert_telling *now = &a->telling;
	struct alert_key live = tell_live_key(ALERT_TABLE_LIVE, &t->key);
	struct alert_key resolving =
	    tell_resolving_key(&t->key, n->fingerprint);

	buf_reset(&now->bytes);
	notice_write(&now->bytes, n);
	if (buf_err(&now->bytes) != ERR_OK)
		return buf_err(&now->bytes);
	kv_put(state, alert_key_span(&live), buf_span(&now->bytes));
	kv_del(state, alert_key_span(&resolving));
	return pile_add(a, state, t->key.programme, buf_span(&now->bytes));
}

static enum err
tell_level(struct alert_service *a, struct kv *state, const struct told *t)
{
	struct alert_telling *now = &a->telling;
	struct notice n = {.firing = true,
	                   .commit = now->commit,
	                   .starts_ms = now->time_ms,
	                   .labels = t->labels,
	                   .annotations = t->words};
	bool same =
	    t->known && t->on && span_equal(t->former.labels, t->labels);
	enum err err = ERR_OK;

	if (t->on)
		n.fingerprint = notice_fingerprint(t->labels);
	if (same)
		n.starts_ms = t->former.starts_ms;
	if (same && notice_same(&t->former, &n))
		return ERR_OK;
	if (t->known && !same)
		err = tell_resolve(a, state, t);
	if (err == ERR_OK && t->on)
		err = tell_fire(a, state, t, &n);
	return err;
}

/* Of whom the figure is that the alert last saw. */
static bool
figure_of(const struct verdict_input *in, const struct alert *alert,
          struct verdict *v)
{
	struct verdict_input past;

	if (in == NULL || alert->period.code == 0)
		return false;
	past = *in;
	past.asked = alert->period;
	return verdict_judge_period(&past, v) && v->has_figure;
}

/* What is told of an alert, its labels and words made. */
static enum err
target_words(struct alert_service *a, const struct verdict_input *in,
             const struct cat_alert_rule *rule, const struct alert *alert,
             struct told *t)
{
	struct alert_telling *now = &a->telling;
	struct verdict v;
	struct alert ended = *alert;
	struct notice_target about = {.c = a->catalogue, .alert = alert};

	if (figure_of(in, alert, &v))
		about.figure = &v.figure;
	buf_reset(&now->labels);
	buf_reset(&now->words);
	buf_reset(&now->ending);
	if (t->on) {
		buf_reset(&now->bytes);
		alert_labels_write(in, rule, a->demo, &now->bytes);
		notice_labels_put(&now->labels, buf_span(&now->bytes));
		notice_target_words(&about, &now->words);
		about.why = NOTICE_LABELS_CHANGED;
	} else if (alert->state == ALERT_FIRING) {
		about.why = NOTICE_PROGRAMME_DISABLED;
	} else if (alert->reason == ALERT_REASON_NONE) {
		/* fired and ended while it was held */
		ended.reason = ALERT_REVISED;
		about.alert = &ended;
	}
	if (t->known)
		notice_target_words(&about, &now->ending);
	t->labels = buf_span(&now->labels);
	t->words = buf_span(&now->words);
	t->ending = buf_span(&now->ending);
	return buf_err(&now->labels) != ERR_OK  ? buf_err(&now->labels)
	       : buf_err(&now->words) != ERR_OK ? buf_err(&now->words)
	                                        : buf_err(&now->ending);
}

enum err
alert_tell(struct alert_service *a, struct kv *state,
           const struct verdict_input *in, const struct cat_alert_rule *rule,
           const struct alert *now)
{
	uint32_t programme = alert_programme_of(a->catalogue, now->target);
	struct told t = {.key = {programme, TELL_TARGET, now->target, now->unit,
	                         now->severity}};
	bool held = false;
	enum err err = told_last(state, &t.key, &t.former, &t.known);

	if (err == ERR_OK && rule != NULL && now->state == ALERT_FIRING &&
	    (t.known || alert_fresh(a->catalogue, now, a->tick.date)))
		err = alert_enabled(a, state, programme, &t.on);
	if (err != ERR_OK || (!t.known && !t.on))
		return err;
	if (rule != NULL || a->telling.silent)
		err = hold(a, state, &t.key, &held);
	if (err != ERR_OK || held)
		return err;
	err = target_words(a, in, rule, now, &t);
	return err == ERR_OK ? tell_level(a, state, &t) : err;
}

enum err
alert_tell_gone(struct alert_service *a, struct kv *state,
                const struct tell_key *key, enum alert_reason reason)
{
	const struct alert gone = {.target = key->a,
	                           .unit = key->b,
	                           .severity =
	                               (enum alert_severity)key->severity,
	                           .state = ALERT_RESOLVED,
	                           .reason = reason};

	return alert_tell(a, state, NULL, NULL, &gone);
}

enum err
alert_tell_group(struct alert_service *a, struct kv *state,
                 const struct notice_group *group)
{
	struct alert_telling *now = &a->telling;
	struct told t = {.key = tell_group_key(group)};
	bool held;
	enum err err = told_last(state, &t.key, &t.former, &t.known);

	if (err == ERR_OK && group->firing)
		err = alert_enabled(a, state, group->programme, &t.on);
	if (err != ERR_OK || (!t.known && !t.on))
		return err;
	err = hold(a, state, &t.key, &held);
	if (err != ERR_OK || held)
		return err;
	buf_reset(&now->labels);
	buf_reset(&now->words);
	notice_group_labels(a->catalogue, group, a->demo, &now->labels);
	notice_group_words(a->catalogue, group,
	                   group->firing && !t.on ? NOTICE_PROGRAMME_DISABLED
	                                          : NOTICE_WHY_ALERT,
	                   &now->words);
	t.labels = buf_span(&now->labels);
	t.words = t.ending = buf_span(&now->words);
	if (buf_err(&now->labels) != ERR_OK || buf_err(&now->words) != ERR_OK)
		return ERR_NOMEM;
	return tell_level(a, state, &t);
}

/* --- the commit ------------------------------------------------------------------ */

void
alert_tell_begin(struct alert_service *a, const struct turn_input *in)
{
	struct alert_telling *t = &a->telling;
	bool ends = in->flags & COMMIT_FLAG_BACKFILL_END;

	for (size_t i = 0; i < in->n_items && !ends; i++)
		ends = record_type(in->items[i]) == RECORD_TICK;
	t->commit = in->number;
	t->time_ms = in->time_ms;
	t->releases = ends;
	t->silent = !ends && in->flags & COMMIT_FLAG_BACKFILL;
	t->relook = false;
}

static void
target_look(struct alert_service *a, uint32_t target)
{
	uint32_t from, to;

	alert_bindings_of(a, target, &from, &to);
	for (uint32_t i = from; i < to; i++)
		a->bindings[i].dirty = true;
}

enum err
alert_tell_programme(struct alert_service *a, struct kv *state,
                     struct span record)
{
	const struct catalogue *c = a->catalogue;
	struct programme_switch p;
	struct alert_key key;
	uint8_t enabled;

	if (programme_read(record, &p) != ERR_OK || c == NULL ||
	    p.programme >= c->n_programmes)
		return ERR_CORRUPT;
	enabled = p.enabled;
	key = alert_key_of(ALERT_TABLE_ENABLED, &p.programme, 1);
	kv_put(state, alert_key_span(&key), span_of(&enabled, 1));
	for (uint32_t i = 0; i < c->n_targets; i++)
		if (c->targets[i].programme == p.programme)
			target_look(a, i);
	a->telling.relook = true;
	return alert_groups_look(a, state, p.programme);
}

static enum err
look_again(struct alert_service *a, struct kv *state,
           const struct tell_key *key)
{
	struct binding *binding;

	if (key->kind != TELL_TARGET)
		return alert_group_look(a, key);
	binding = alert_binding(a, key->a, key->b);
	if (binding == NULL)
		return alert_tell_gone(a, state, key, ALERT_TARGET_CHANGED);
	binding->dirty = true;
	return ERR_OK;
}

enum err
alert_tell_release(struct alert_service *a, struct kv *state)
{
	bool more = a->telling.releases;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct alert_key key = {.len = 0};
		struct tell_key held;
		struct span value;

		err = alert_table_next(state, ALERT_TABLE_HELD, &key, &value,
		                       &more);
		if (err != ERR_OK || !more)
			break;
		held = tell_key_read(&key);
		kv_del(state, alert_key_span(&key));
		a->telling.relook = true;
		err = look_again(a, state, &held);
	}
	return err;
}

void
alert_tell_init(struct alert_service *a)
{
	struct alert_telling *t = &a->telling;
	struct buf *bufs[] = {&t->labels, &t->words, &t->ending, &t->bytes};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_init(bufs[i], NOTICE_BYTES_MAX);
}

void
alert_tell_forget(struct alert_service *a)
{
	struct alert_telling *t = &a->telling;

	for (uint32_t i = 0; i < t->n_piles; i++)
		buf_fini(&t->piles[i].row);
	t->n_piles = 0;
	t->n_changes = 0;
}

void
alert_tell_fini(struct alert_service *a)
{
	struct alert_telling *t = &a->telling;

	alert_tell_forget(a);
	free(t->piles);
	free(t->changes);
	buf_fini(&t->labels);
	buf_fini(&t->words);
	buf_fini(&t->ending);
	buf_fini(&t->bytes);
}

enum err
alert_tell_end(struct alert_service *a, struct kv *state)
{
	for (uint32_t i = 0; i < a->telling.n_piles; i++)
		pile_flush(a, state, &a->telling.piles[i]);
	alert_tell_forget(a);
	return kv_err(state);
}
