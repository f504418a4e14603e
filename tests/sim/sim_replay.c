/*
 * The same input in other turns: what aggregate and alert write must be a
 * function of it alone (SEMANTICS K2).
 */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/random.h"

#define CUT_MAX 40

struct copied {
	struct record_list records;
	struct span *items;
};

static void
copied_free(struct copied *list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		record_list_fini(&list[i].records);
		free(list[i].items);
	}
}

/* Commit `number` of a node's journal as an input. */
static bool
commit_copy(struct sim *s, struct node *from, uint64_t number,
            struct copied *copy, struct turn_input *input)
{
	struct commit commit;
	struct buf packed;
	enum err err;

	buf_init(&packed, COMMIT_BYTES_MAX);
	record_list_init(&copy->records);
	err =
	    commit_pack(store_kv(from->store, STORE_JOURNAL), number, &packed);
	if (err == ERR_OK)
		err = commit_unpack(buf_span(&packed), &commit, &copy->records);
	buf_fini(&packed);
	copy->items = calloc(copy->records.n + 1, sizeof(*copy->items));
	if (err != ERR_OK || copy->items == NULL)
		return sim_fail(s, "commit %llu of %s: %s",
		                (unsigned long long)number,
		                service_names[from->service], err_name(err));
	for (size_t i = 0; i < copy->records.n; i++)
		copy->items[i] = record_list_at(&copy->records, i);
	*input = (struct turn_input){.number = number,
	                             .time_ms = commit.time_ms,
	                             .flags = commit.flags,
	                             .items = copy->items,
	                             .n_items = copy->records.n};
	return true;
}

static bool
replay_cut(struct sim *s, struct node *from, struct node *twin, uint32_t most)
{
	struct turn_input inputs[CUT_MAX];
	struct copied copies[CUT_MAX];
	uint32_t n = 0;
	enum err err = store_read(from->store);
	bool ok = err == ERR_OK;

	while (ok && n < most &&
	       twin->turn.head.number + n < from->turn.head.number) {
		ok = commit_copy(s, from, twin->turn.head.number + 1 + n,
		                 &copies[n], &inputs[n]);
		n++;
	}
	store_read_end(from->store);
	if (ok)
		err = turn_run(&twin->turn, inputs, n);
	copied_free(copies, n);
	return ok && (err == ERR_OK ||
	              sim_fail(s, "replay of %s: %s",
	                       service_names[twin->service], err_name(err)));
}

/* What sinks own: their tables, and those that they remove from. */
static bool
is_of_sinks(const struct node *n, enum store_table t, uint8_t table)
{
	static const uint8_t tables[] = {ALERT_TABLE_SINKS, ALERT_TABLE_DEAD,
	                                 ALERT_TABLE_OUTBOX,
	                                 ALERT_TABLE_RESOLVING};

	return n->service == ALERT && t == STORE_STATE &&
	       memchr(tables, table, sizeof(tables)) != NULL;
}

/* The next pair that counts. */
static enum err
next_pair(struct node *n, enum store_table t, struct span *key,
          struct span *value, uint8_t bytes[static KV_KEY_MAX + 1])
{
	struct kv *kv = store_kv(n->store, t);
	enum err err = kv_next(kv, *key, key, value);

	while (err == ERR_OK && is_of_sinks(n, t, key->ptr[0])) {
		bytes[0] = (uint8_t)(key->ptr[0] + 1);
		err = kv_next(kv, span_of(bytes, 1), key, value);
	}
	return err;
}

/* Whole tables, key by key. */
static bool
table_equal(struct sim *s, struct node *a, struct node *b, enum store_table t)
{
	uint8_t bytes[KV_KEY_MAX + 1] = {0};
	uint8_t other[KV_KEY_MAX + 1];
	struct span from = span_of(bytes, 0);

	for (;;) {
		struct span lk = from, rk = from, lv, rv;
		enum err l = next_pair(a, t, &lk, &lv, other);
		enum err r = next_pair(b, t, &rk, &rv, other);

		if (l == ERR_NOT_FOUND && r == ERR_NOT_FOUND)
			return true;
		if (l != r || !span_equal(lk, rk) || !span_equal(lv, rv))
			return sim_fail(
			    s,
			    "%s: other turns gave another %s "
			    "(key %c)",
			    service_names[a->service],
			    t == STORE_STATE ? "state" : "journal",
			    l == ERR_OK && t == STORE_STATE ? lk.ptr[0] : '?');
		memcpy(bytes, lk.ptr, lk.len);
		bytes[lk.len] = 0;
		from = span_of(bytes, lk.len + 1);
	}
}

static bool
stores_equal(struct sim *s, struct node *a, struct node *b)
{
	bool ok = store_read(a->store) == ERR_OK;

	if (ok && store_read(b->store) != ERR_OK) {
		store_read_end(a->store);
		ok = false;
	}
	if (!ok)
		return sim_fail(s, "can't read after the run");
	ok = table_equal(s, a, b, STORE_JOURNAL) &&
	     table_equal(s, a, b, STORE_STATE) &&
	     (a->service != ALERT ||
	      told_equal(s, store_kv(b->store, STORE_STATE)));
	store_read_end(b->store);
	store_read_end(a->store);
	return ok;
}

bool
node_follow(struct sim *s, struct node *from, struct node *twin)
{
	uint32_t most = 1 + (uint32_t)below(&s->random, CUT_MAX);

	while (twin->turn.head.number < from->turn.head.number) {
		if (!replay_cut(s, from, twin, most))
			return false;
	}
	return true;
}

static bool
node_replay(struct sim *s, struct node *original, struct node *twin)
{
	return node_follow(s, &s->nodes[original->service - 1], twin) &&
	       stores_equal(s, original, twin);
}

bool
nodes_replay(struct sim *s)
{
	bool ok = true;

	for (int i = AGGREGATE; i < SERVICES && ok; i++) {
		struct node *original = &s->nodes[i];
		struct node *twin = calloc(1, sizeof(*twin));

		if (twin == NULL)
			abort();
		twin->service = original->service;
		(void)snprintf(twin->dir, sizeof(twin->dir), "%s/twin",
		               s->campaign->dir);
		store_remove(twin->dir);
		ok = node_open(s, twin) && node_replay(s, original, twin);
		node_close(twin);
		free(twin->inbox);
		free(twin);
	}
	return ok;
}
