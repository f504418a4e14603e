#include "common/base/turn.h"

#include <assert.h>
#include <stdlib.h>

enum { PEERS_FIRST = 16 };

static enum err
peers_reserve(struct turn_output *out)
{
	size_t cap =
	    out->reply_peers_cap > 0 ? out->reply_peers_cap * 2 : PEERS_FIRST;
	uint64_t *peers;

	if (out->replies.n < out->reply_peers_cap)
		return ERR_OK;
	peers = realloc(out->reply_peers, cap * sizeof(*peers));
	if (!peers)
		return ERR_NOMEM;
	out->reply_peers = peers;
	out->reply_peers_cap = cap;
	return ERR_OK;
}

void
turn_reply(struct turn_output *out, uint64_t peer, struct span message)
{
	if (out->replies.err == ERR_OK)
		out->replies.err = peers_reserve(out);
	if (out->replies.err != ERR_OK)
		return;
	out->reply_peers[out->replies.n] = peer;
	record_list_add(&out->replies, message);
}

void
turn_init(struct turn *t, struct store *store, const struct turn_ops *ops,
          void *self)
{
	*t = (struct turn){.store = store, .ops = ops, .self = self};
	record_list_init(&t->out.records);
	record_list_init(&t->out.replies);
}

void
turn_fini(struct turn *t)
{
	record_list_fini(&t->out.records);
	record_list_fini(&t->out.replies);
	free(t->out.reply_peers);
	t->out.reply_peers = NULL;
	t->out.reply_peers_cap = 0;
}

static void
turn_drop(struct turn *t)
{
	record_list_reset(&t->out.records);
	record_list_reset(&t->out.replies);
	t->loaded = false;
	t->ops->drop(t->self);
}

/* What was remembered on the way, in the order in which it would hurt. */
static enum err
first_error(struct kv *state, struct kv *journal, const struct turn_output *out)
{
	const enum err errs[] = {kv_err(state), kv_err(journal),
	                         out->records.err, out->replies.err};

	for (size_t i = 0; i < sizeof(errs) / sizeof(*errs); i++) {
		if (errs[i] != ERR_OK)
			return errs[i];
	}
	return ERR_OK;
}

static enum err
load_tables(struct turn *t)
{
	struct kv *state = store_kv(t->store, STORE_STATE);
	struct kv *journal = store_kv(t->store, STORE_JOURNAL);
	struct commit head;
	enum err err = journal_head(journal, &head);

	if (err == ERR_OK)
		err = t->ops->load(t->self, state, journal, &head);
	if (err == ERR_OK)
		err = first_error(state, journal, &t->out);
	if (err == ERR_OK)
		t->head = head;
	return err;
}

enum err
turn_load(struct turn *t)
{
	enum err err;

	if (t->loaded)
		return ERR_OK;
	record_list_reset(&t->out.records);
	record_list_reset(&t->out.replies);
	err = store_read(t->store);
	if (err != ERR_OK)
		return err;
	err = load_tables(t);
	store_read_end(t->store);
	if (err == ERR_OK)
		t->loaded = true;
	else
		turn_drop(t);
	return err;
}

/* Dense and in order: a gap would be input that is never taken. */
static enum err
inputs_check(const struct turn *t, const struct turn_input *inputs, size_t n)
{
	if (n == 1 && inputs[0].number == 0)
		return ERR_OK;
	for (size_t i = 0; i < n; i++) {
		if (inputs[i].number != t->head.number + 1 + i)
			return ERR_UNKNOWN_POSITION;
	}
	return ERR_OK;
}

/* A derived commit has its input's time and flags, whatever the step did. */
static enum err
output_append(struct turn *t, struct kv *journal, const struct turn_input *in,
              struct commit *head)
{
	bool derived = in->number != 0;
	int64_t time_ms = derived ? in->time_ms : t->out.time_ms;
	uint32_t flags = derived ? in->flags : t->out.flags;

	if (!derived && t->out.records.n == 0 && !t->out.even_empty)
		return ERR_OK;
	return journal_append(journal, head, time_ms, flags, &t->out.records);
}

static enum err
step_one(struct turn *t, const struct turn_input *in, struct commit *head)
{
	struct kv *state = store_kv(t->store, STORE_STATE);
	struct kv *journal = store_kv(t->store, STORE_JOURNAL);
	enum err err;

	record_list_reset(&t->out.records);
	t->out.number = head->number + 1;
	t->out.time_ms = in->time_ms;
	t->out.flags = in->flags;
	t->out.more = false;
	t->out.n_taken = in->n_items;
	t->out.even_empty = false;
	err = t->ops->step(t->self, state, in, &t->out);
	if (err == ERR_OK)
		err = first_error(state, journal, &t->out);
	if (err != ERR_OK)
		return err;
	if (!t->out.more)
		return output_append(t, journal, in, head);
	assert(in->number != 0 && t->out.records.n == 0);
	return ERR_OK;
}

static enum err
steps_commit(struct turn *t, const struct turn_input *inputs, size_t n)
{
	struct commit head = t->head;
	enum err err = store_begin(t->store);

	if (err != ERR_OK)
		return err;
	t->out.more = false;
	for (size_t i = 0; i < n && err == ERR_OK && !t->out.more; i++)
		err = step_one(t, &inputs[i], &head);
	if (err != ERR_OK) {
		store_abort(t->store);
		return err;
	}
	err = store_commit(t->store);
	if (err != ERR_OK)
		return err;
	t->head = head;
	t->more = t->out.more;
	return ERR_OK;
}

enum err
turn_run(struct turn *t, const struct turn_input *inputs, size_t n)
{
	enum err err = turn_load(t);

	if (err != ERR_OK)
		return err;
	record_list_reset(&t->out.replies);
	t->more = false;
	err = inputs_check(t, inputs, n);
	if (err == ERR_OK)
		err = steps_commit(t, inputs, n);
	if (err != ERR_OK)
		turn_drop(t);
	return err;
}
