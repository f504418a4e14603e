#include "tests/sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/random.h"

#define MAP_BYTES      (64u << 20)
#define TAKEN_MAX      16 /* messages of one turn */
#define SERVED_MAX     24 /* commits of one answer */
#define FETCH_PATIENCE 40 /* steps until a fetch counts as lost */

const char *const service_names[SERVICES] = {"ingest", "aggregate", "alert"};

static enum err
identity_make(struct store *store)
{
	struct journal_id id;
	enum err err = store_begin(store);

	if (err != ERR_OK)
		return err;
	err = journal_identity(store_kv(store, STORE_STATE), SIM_LOG, &id);
	if (err == ERR_OK)
		return store_commit(store);
	store_abort(store);
	return err;
}

static enum err
service_init(struct node *n)
{
	switch (n->service) {
	case INGEST:
		turn_init(&n->turn, n->store, &ingest_turn_ops, &n->ingest);
		return ingest_init(&n->ingest);
	case AGGREGATE:
		turn_init(&n->turn, n->store, &aggregate_turn_ops,
		          &n->aggregate);
		aggregate_init(&n->aggregate);
		return ERR_OK;
	case ALERT:
		turn_init(&n->turn, n->store, &alert_turn_ops, &n->alert);
		alert_init(&n->alert, false);
		return ERR_OK;
	case SERVICES:
	default: return ERR_USAGE;
	}
}

bool
node_open(struct sim *s, struct node *n)
{
	static const uint32_t slices[] = {1, 10, 60, REFOLD_SLICE_ROWS};
	struct store_conf conf = {.dir = n->dir,
	                          .kind = service_names[n->service],
	                          .format = 1,
	                          .map_bytes = MAP_BYTES};
	struct store_refusal why = {.code = ERR_OK};
	enum err err = store_open(&n->store, &conf, &why);

	assert(n->service < SERVICES);
	if (err != ERR_OK)
		return sim_fail(s, "%s: not opened: %s",
		                service_names[n->service], why.text);
	err = service_init(n);
	/* parts of any size; a crash may change it */
	if (n->service == AGGREGATE)
		n->aggregate.slice_rows =
		    slices[below(&s->random, sizeof(slices) / sizeof(*slices))];
	if (err == ERR_OK)
		err = identity_make(n->store);
	if (err == ERR_OK)
		err = turn_load(&n->turn);
	n->asked = 0;
	return err == ERR_OK ||
	       sim_fail(s, "%s: not loaded: %s", service_names[n->service],
	                err_name(err));
}

void
node_close(struct node *n)
{
	if (n->store == NULL)
		return;
	turn_fini(&n->turn);
	switch (n->service) {
	case INGEST: ingest_fini(&n->ingest); break;
	case AGGREGATE: aggregate_fini(&n->aggregate); break;
	case ALERT: alert_fini(&n->alert); break;
	case SERVICES:
	default: break;
	}
	store_close(&n->store);
	for (uint32_t i = 0; i < n->n_inbox; i++)
		message_free(&n->inbox[i]);
	n->n_inbox = 0;
}

bool
node_crash(struct sim *s, struct node *n)
{
	uint64_t head = n->turn.head.number;

	if (n->service == ALERT)
		deliver_stop(s, false);
	node_close(n);
	s->campaign->crashes++;
	if (!node_open(s, n) || (n->service == ALERT && !deliver_committed(s)))
		return false;
	sim_trace(s, "%s crashed at %llu, comes back at %llu",
	          service_names[n->service], (unsigned long long)head,
	          (unsigned long long)n->turn.head.number);
	return true;
}

void
store_remove(const char *dir)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
	char path[120];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

bool
node_rebuild(struct sim *s, struct node *n)
{
	sim_trace(s, "%s loses its store", service_names[n->service]);
	if (n->service == ALERT)
		deliver_stop(s, true);
	node_close(n);
	store_remove(n->dir);
	return node_open(s, n);
}

/* Every commit that was ever shown must stay what it was. */
static bool
link_check(struct sim *s, enum service of, const struct commit *commit)
{
	uint32_t at = (uint32_t)commit->number;

	while (s->n_links[of] <= at) {
		uint32_t n_cap = s->n_links[of];
		uint32_t cap = n_cap + 256;
		uint64_t *links =
		    realloc(s->links[of], cap * sizeof(*s->links[of]));

		if (links == NULL)
			abort();
		memset(links + n_cap, 0, (cap - n_cap) * sizeof(*links));
		s->links[of] = links;
		s->n_links[of] = cap;
	}
	if (s->links[of][at] == 0)
		s->links[of][at] = commit->link;
	return s->links[of][at] == commit->link ||
	       sim_fail(s, "commit %u of %s is not what was served before", at,
	                service_names[of]);
}

/* Commits [from, head] as one message: a length before each. */
static enum err
commits_pack(struct node *n, uint64_t from, struct buf *out)
{
	struct kv *journal = store_kv(n->store, STORE_JOURNAL);
	enum err err = ERR_OK;
	struct buf one;

	buf_init(&one, COMMIT_BYTES_MAX);
	for (uint64_t i = from;
	     i <= n->turn.head.number && i < from + SERVED_MAX && err == ERR_OK;
	     i++) {
		buf_reset(&one);
		err = commit_pack(journal, i, &one);
		buf_put_text(out, buf_span(&one));
	}
	buf_fini(&one);
	return err == ERR_OK ? buf_err(out) : err;
}

/* Answered between turns, from a read transaction, as far as the head. */
static bool
node_serve(struct sim *s, struct node *n, const struct message *m)
{
	struct cursor c = cursor_of(span_of(m->bytes, m->len));
	uint64_t from = cursor_be64(&c);
	struct buf out;
	enum err err;

	if (from > n->turn.head.number)
		return true;
	buf_init(&out, COMMIT_BYTES_MAX);
	err = store_read(n->store);
	if (err == ERR_OK) {
		err = commits_pack(n, from, &out);
		store_read_end(n->store);
	}
	if (err == ERR_OK)
		net_send(s, SIM_NODE + (int)n->service, m->from,
		         buf_span(&out));
	buf_fini(&out);
	return err == ERR_OK ||
	       sim_fail(s, "%s can't serve from %llu, its head being %llu: %s",
	                service_names[n->service], (unsigned long long)from,
	                (unsigned long long)n->turn.head.number, err_name(err));
}

bool
node_receive(struct sim *s, struct node *n, struct message *m)
{
	bool fetch = m->from == SIM_NODE + (int)n->service + 1;

	if (fetch) {
		bool ok = node_serve(s, n, m);

		message_free(m);
		return ok;
	}
	if (!list_room(&n->inbox, n->n_inbox, &n->n_inbox_cap,
	               sizeof(*n->inbox)))
		abort();
	n->inbox[n->n_inbox++] = *m;
	return true;
}

void
node_fetch(struct sim *s, struct node *n)
{
	uint8_t bytes[8];
	uint64_t from = n->turn.head.number + 1;

	if (n->asked != 0 && s->step < n->asked + FETCH_PATIENCE)
		return;
	if (n->n_inbox > 0)
		return;
	n->asked = s->step;
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(from >> (56 - 8 * i));
	net_send(s, SIM_NODE + (int)n->service, SIM_NODE + (int)n->service - 1,
	         span_of(bytes, 8));
}

static void
inbox_drop(struct node *n, uint32_t count)
{
	if (count == 0)
		return;
	for (uint32_t i = 0; i < count; i++)
		message_free(&n->inbox[i]);
	memmove(n->inbox, n->inbox + count,
	        (n->n_inbox - count) * sizeof(*n->inbox));
	n->n_inbox -= count;
}

/* A full disk, no memory: nothing was taken, the process goes on. Input or output
 * in doubt: it stops. Anything else is a bug. */
static bool
turn_failed(struct sim *s, struct node *n, enum err err, bool dead)
{
	if (dead || err == ERR_IO)
		return node_crash(s, n);
	if (err == ERR_STORAGE_FULL || err == ERR_NOMEM)
		return true;
	return sim_fail(s, "turn of %s failed: %s", service_names[n->service],
	                err_name(err));
}

static bool
turn_done(struct sim *s, struct node *n, enum err err, bool dead)
{
	if (err != ERR_OK || dead)
		return turn_failed(s, n, err, dead);
	for (size_t i = 0; i < n->turn.out.replies.n; i++) {
		struct span reply = record_list_at(&n->turn.out.replies, i);
		uint64_t peer = n->turn.out.reply_peers[i];

		if (!answer_check(s, peer, reply))
			return false;
		net_send(s, SIM_NODE, (int)peer, reply);
	}
	return true;
}

/* As many as chance wants; the step takes those that go together. */
static uint32_t
arrivals_cut(struct sim *s, const struct node *n)
{
	uint32_t max = n->n_inbox < TAKEN_MAX ? n->n_inbox : TAKEN_MAX;

	return max == 0 ? 0 : 1 + (uint32_t)below(&s->random, max);
}

static bool
arrivals_turn(struct sim *s, struct node *n)
{
	struct span items[TAKEN_MAX];
	uint64_t peers[TAKEN_MAX];
	uint32_t taken = arrivals_cut(s, n);
	struct turn_input in = {.time_ms = s->now_ms,
	                        .items = items,
	                        .peers = peers,
	                        .n_items = taken};
	struct plan plan;
	enum err err;
	bool dead;

	for (uint32_t i = 0; i < taken; i++) {
		items[i] = span_of(n->inbox[i].bytes, n->inbox[i].len);
		peers[i] = (uint64_t)n->inbox[i].from;
	}
	plan_begin(s, &plan);
	err = turn_run(&n->turn, &in, 1);
	dead = plan_end(s, &plan);
	sim_trace(s, "ingest takes %u: %s, head %llu", taken, err_name(err),
	          (unsigned long long)n->turn.head.number);
	if (!turn_done(s, n, err, dead))
		return false;
	if (err == ERR_OK)
		taken = (uint32_t)n->turn.out.n_taken;
	if (n->n_inbox >= taken)
		inbox_drop(n, taken);
	return true;
}

/* Unpacked commits and the inputs made of them. */
struct batch_in {
	struct record_list records[SERVED_MAX];
	struct span *items[SERVED_MAX];
	struct turn_input inputs[SERVED_MAX];
	uint32_t n;
};

static void
batch_in_free(struct batch_in *in)
{
	for (uint32_t i = 0; i < in->n; i++) {
		record_list_fini(&in->records[i]);
		free(in->items[i]);
	}
	free(in);
}

static struct batch_in *
batch_in_new(void)
{
	struct batch_in *in = calloc(1, sizeof(*in));

	if (in == NULL)
		abort();
	return in;
}

/* The next commit, if it is the one behind what there is. */
static bool
input_add(struct sim *s, struct node *n, struct batch_in *in,
          struct span packed)
{
	uint64_t wanted = n->turn.head.number + 1 + in->n;
	struct record_list *records = &in->records[in->n];
	struct commit commit;
	enum err err;

	record_list_init(records);
	err = commit_unpack(packed, &commit, records);
	if (err != ERR_OK || commit.number != wanted || in->n == SERVED_MAX) {
		record_list_fini(records);
		return err == ERR_OK ||
		       sim_fail(s, "a commit on its way: %s", err_name(err));
	}
	in->items[in->n] = calloc(records->n + 1, sizeof(**in->items));
	if (in->items[in->n] == NULL)
		abort();
	for (size_t i = 0; i < records->n; i++)
		in->items[in->n][i] = record_list_at(records, i);
	in->inputs[in->n] = (struct turn_input){.number = commit.number,
	                                        .time_ms = commit.time_ms,
	                                        .flags = commit.flags,
	                                        .items = in->items[in->n],
	                                        .n_items = records->n};
	in->n++;
	return link_check(s, (enum service)((int)n->service - 1), &commit);
}

static bool
message_inputs(struct sim *s, struct node *n, const struct message *m,
               struct batch_in *in)
{
	struct cursor c = cursor_of(span_of(m->bytes, m->len));
	uint32_t most = 1 + (uint32_t)below(&s->random, SERVED_MAX);

	while (cursor_left(&c) > 0 && in->n < most) {
		if (!input_add(s, n, in, cursor_text(&c)))
			return false;
	}
	return true;
}

static bool
commits_turn(struct sim *s, struct node *n)
{
	struct batch_in *in = batch_in_new();
	struct plan plan;
	enum err err;
	bool ok = message_inputs(s, n, &n->inbox[0], in);
	bool dead;

	if (ok && in->n > 0) {
		plan_begin(s, &plan);
		err = turn_run(&n->turn, in->inputs, in->n);
		dead = plan_end(s, &plan);
		sim_trace(s, "%s takes %u commits: %s, head %llu",
		          service_names[n->service], in->n, err_name(err),
		          (unsigned long long)n->turn.head.number);
		ok = turn_done(s, n, err, dead) &&
		     (n->service != ALERT || deliver_committed(s));
	}
	batch_in_free(in);
	n->asked = 0;
	s->campaign->fired[FAULT_SLICED] += n->turn.more;
	/* what a turn was not done with is given again, or fetched again */
	if (n->turn.more && below(&s->random, 2) == 0)
		return ok;
	if (n->n_inbox > 0)
		inbox_drop(n, 1);
	return ok;
}

bool
node_turn(struct sim *s, struct node *n)
{
	if (n->service == INGEST)
		return arrivals_turn(s, n);
	return n->n_inbox == 0 || commits_turn(s, n);
}
