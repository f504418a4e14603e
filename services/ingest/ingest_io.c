#include "services/ingest/ingest_io.h"

#include <stdlib.h>
#include <string.h>

#include "services/ingest/ingest.h"
#include "services/ingest/ingest_metrics_io.h"
#include "services/ingest/ingest_pace.h"
#include "services/ingest/ingest_query.h"
#include "services/ingest/ingest_refusal_io.h"

#define TICK_CHECK_MS 1000

struct ingest_io {
	struct daemon *daemon;
	struct node node;
	struct ingest ingest;
	struct sock_message *pending; /* a ring of INGEST_PENDING_MESSAGES */
	size_t first;
	size_t n_pending;
	size_t pending_bytes;
	struct span items[INGEST_TAKE_MESSAGES];
	uint64_t peers[INGEST_TAKE_MESSAGES];
	struct loop_id timer;
	struct pace pace;
	struct loop_id pace_timer;
	struct mono hold_until;
	bool holding; /* pending messages wait for who follows */
	struct buf refusal;
	bool tick_due;
};

enum ingest_stat {
	STAT_ACCEPTED,
	STAT_DUPLICATE,
	STAT_REJECTED,
	STAT_BATCHES,
	STAT_BATCHES_REFUSED,
	STAT_PENDING,
	STAT_CLOCK_SUSPECT
};

const struct stat_row ingest_stats[] = {
    [STAT_ACCEPTED] = {"tiendo_ingest_rows_total", STAT_COUNTER, NULL,
                       "Rows received, by what became of them.",
                       "outcome=\"accepted\"", 0},
    [STAT_DUPLICATE] = {"tiendo_ingest_rows_total", STAT_COUNTER, NULL,
                        "Rows received, by what became of them.",
                        "outcome=\"duplicate\"", 0},
    [STAT_REJECTED] = {"tiendo_ingest_rows_total", STAT_COUNTER, NULL,
                       "Rows received, by what became of them.",
                       "outcome=\"rejected\"", 0},
    [STAT_BATCHES] = {"tiendo_ingest_batches_total", STAT_COUNTER, NULL,
                      "Batches taken.", NULL, 0},
    [STAT_BATCHES_REFUSED] = {"tiendo_ingest_batches_refused_total",
                              STAT_COUNTER, NULL, "Batches refused whole.",
                              NULL, 0},
    [STAT_PENDING] = {"tiendo_ingest_pending_messages", STAT_GAUGE, NULL,
                      "Messages that wait for a turn.", NULL, 0},
    [STAT_CLOCK_SUSPECT] = {"tiendo_clock_suspect", STAT_GAUGE, NULL,
                            "1 while the wall clock is not believed.", NULL, 0},
};
const size_t ingest_n_stats = sizeof(ingest_stats) / sizeof(ingest_stats[0]);

static struct sock_message *
pending_at(struct ingest_io *io, size_t i)
{
	return &io->pending[(io->first + i) % INGEST_PENDING_MESSAGES];
}

/* Whether it is this message that cannot be taken, now or ever: not if the disk is
 * full, fails or is damaged. */
static bool
is_of_a_message(enum err err)
{
	return err != ERR_STORAGE_FULL && err != ERR_IO && err != ERR_CORRUPT &&
	       err != ERR_UNKNOWN_POSITION;
}

/* With a time to come again, unless that never helps. */
static void
refuse_one(struct ingest_io *io, uint64_t peer, struct span frame, enum err why)
{
	bool never = why == ERR_CORRUPT ||
	             (is_of_a_message(why) && !follow_goes_on(why));

	log_event(&io->daemon->log,
	          &(struct log_event){
	              LOG_WARN, "message_refused", {log_err("code", why)}});
	ingest_refuse(frame, why, never ? 0 : INGEST_RETRY_MS, &io->refusal);
	if (io->refusal.len > 0)
		serve_send(io->node.serve, peer, buf_span(&io->refusal));
}

static enum err
io_submit(void *self, struct sock_message *message)
{
	struct ingest_io *io = self;
	struct sock_message *slot;
	struct sock_message swap;
	size_t len = message->frames[0].len;

	if (io->n_pending == INGEST_PENDING_MESSAGES ||
	    io->pending_bytes + len > INGEST_PENDING_BYTES) {
		refuse_one(io, message->peer, message->frames[0],
		           ERR_OVERLOADED);
		return ERR_OK;
	}
	slot = pending_at(io, io->n_pending++);
	swap = *slot;
	*slot = *message;
	*message = swap;
	io->pending_bytes += len;
	return ERR_OK;
}

static enum err
io_query(void *self, struct kv *state, struct kv *journal, struct span what,
         struct query *q)
{
	struct ingest_io *io = self;

	return ingest_query(&io->ingest, state, journal, what, q);
}

/* K3: the wall clock as it is now, and readiness with it. */
static enum clock_state
clock_watch(struct ingest_io *io)
{
	struct ingest_clock *clock = &io->ingest.clock;
	int64_t wall_ms = clock_wall_now(&io->daemon->clock).ms;
	enum clock_state state = ingest_clock_judge(clock, wall_ms);

	ingest_clock_look(clock, wall_ms);
	node_hold(&io->node, state == CLOCK_FINE ? ERR_OK : ERR_CLOCK_SUSPECT,
	          clock_state_reason(state));
	return state;
}

static uint64_t
io_catalogue_version(void *self)
{
	struct ingest_io *io = self;

	return io->ingest.catalogue_version;
}

static void
io_details(void *self, struct wire_writer *pairs)
{
	struct ingest_io *io = self;
	const struct ingest_counts *c = &io->ingest.counts;
	int64_t wall_ms = clock_wall_now(&io->daemon->clock).ms;

	wire_pairs_add(pairs, "rows_accepted",
	               wire_int((int64_t)c->rows_accepted));
	wire_pairs_add(pairs, "rows_duplicate",
	               wire_int((int64_t)c->rows_duplicate));
	wire_pairs_add(pairs, "rows_rejected",
	               wire_int((int64_t)c->rows_rejected));
	wire_pairs_add(pairs, "batches_refused",
	               wire_int((int64_t)c->batches_refused));
	wire_pairs_add(pairs, "catalogue",
	               wire_int((int64_t)io->ingest.catalogue_version));
	wire_pairs_add(pairs, "catalogue_commit",
	               wire_int((int64_t)io->ingest.catalogue_commit));
	wire_pairs_add(pairs, "clock",
	               wire_text(span_str(clock_state_name(
	                   ingest_clock_judge(&io->ingest.clock, wall_ms)))));
	wire_pairs_add(pairs, "clock_ms", wire_int(wall_ms));
	node_details(&io->node, pairs);
}

static const struct serve_ops io_serve_ops = {
    .query = io_query,
    .submit = io_submit,
    .details = io_details,
    .catalogue_version = io_catalogue_version,
};

/* How many of the pending messages this turn is given: until there are enough rows
 * (K1). The step takes those that go together. */
static size_t
turn_extent(struct ingest_io *io)
{
	size_t bytes = 0;
	size_t n = 0;

	while (n < io->n_pending && n < INGEST_TAKE_MESSAGES &&
	       bytes < INGEST_TAKE_BYTES) {
		const struct sock_message *m = pending_at(io, n);

		io->items[n] = m->frames[0];
		io->peers[n++] = m->peer;
		bytes += m->frames[0].len;
	}
	return n;
}

/* One turn with n of the items, from the first on; of them *taken were taken. Its
 * answers are sent, and the counts of a turn that failed are taken back. */
static enum err
turn_with(struct ingest_io *io, size_t first, size_t n, size_t *taken)
{
	struct turn_input input = {.time_ms =
	                               clock_wall_now(&io->daemon->clock).ms,
	                           .items = io->items + first,
	                           .peers = io->peers + first,
	                           .n_items = n};
	struct turn_output *out = &io->node.turn.out;
	struct ingest_counts before = io->ingest.counts;
	enum err err = node_turn(&io->node, &input);

	if (err != ERR_OK) {
		io->ingest.counts = before;
		return err;
	}
	sources_keep(&io->ingest.sources);
	ingest_refusals_log(&io->daemon->log, &input, out);
	for (size_t i = 0; i < out->replies.n; i++)
		serve_send(io->node.serve, out->reply_peers[i],
		           record_list_at(&out->replies, i));
	*taken = out->n_taken;
	return ERR_OK;
}

/* One message by itself; what a date's beginning doesn't go with comes behind it. */
static void
turn_alone(struct ingest_io *io, size_t at)
{
	enum err err = ERR_OK;
	size_t taken = 0;

	while (err == ERR_OK && taken == 0)
		err = turn_with(io, at, 1, &taken);
	if (err != ERR_OK)
		refuse_one(io, io->peers[at], io->items[at], err);
}

/* A message that no turn can take must not keep the others out for ever: after a
 * failed turn each is tried alone, and only who fails again is refused. Returns how
 * many are done with. */
static size_t
turn_or_each(struct ingest_io *io, size_t n)
{
	size_t taken = n;
	enum err err = turn_with(io, 0, n, &taken);
	bool alone = n > 1 && is_of_a_message(err);

	for (size_t i = 0; i < n && err != ERR_OK; i++) {
		if (alone)
			turn_alone(io, i);
		else
			refuse_one(io, io->peers[i], io->items[i], err);
	}
	return taken;
}

static void
pending_drop(struct ingest_io *io, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sock_message *m = pending_at(io, i);

		io->pending_bytes -= m->frames[0].len;
		sock_message_reset(m);
	}
	io->first = (io->first + n) % INGEST_PENDING_MESSAGES;
	io->n_pending -= n;
}

/* Pending messages wait, because who follows has not asked for what there is. */
static bool
turn_held(struct ingest_io *io)
{
	struct loop *loop = io->daemon->loop;
	struct serve_asked asked = serve_asked(io->node.serve);
	struct mono now = loop_now(loop);

	if (io->node.refused || !pace_is_ahead(&io->pace, asked.next) ||
	    clock_ms_between(asked.at, now) > PACE_SILENT_MS) {
		io->holding = false;
		return false;
	}
	if (!io->holding) {
		io->hold_until = clock_mono_plus_ms(now, PACE_HOLD_MS);
		loop_timer_at(loop, io->pace_timer, io->hold_until);
	}
	io->holding = now.ns < io->hold_until.ns;
	return io->holding;
}

/* The wake is enough. */
static void
hold_ends(void *self)
{
	(void)self;
}

static void
io_wake(void *self)
{
	struct ingest_io *io = self;
	size_t bytes_before = io->pending_bytes;
	size_t n;

	(void)clock_watch(io);
	if (io->n_pending == 0 && (!io->tick_due || io->node.refused))
		return;
	if (turn_held(io))
		return;
	io->tick_due = false;
	n = turn_extent(io);
	if (io->node.refused) {
		for (size_t i = 0; i < n; i++)
			refuse_one(io, io->peers[i], io->items[i], ERR_CORRUPT);
	} else {
		n = turn_or_each(io, n);
	}
	pending_drop(io, n);
	pace_note(&io->pace, io->node.turn.head.number,
	          bytes_before - io->pending_bytes);
	(void)clock_watch(io);
	if (io->n_pending > 0)
		loop_again(io->daemon->loop);
}

/* A turn without messages journals a date that has begun (K3). */
static void
tick_check(void *self)
{
	struct ingest_io *io = self;
	int64_t now_ms = clock_wall_now(&io->daemon->clock).ms;

	io->tick_due = clock_watch(io) == CLOCK_FINE &&
	               day_of_ms(now_ms).n > io->ingest.tick.date.n;
}

static void
io_metrics(void *self, struct buf *out)
{
	struct ingest_io *io = self;
	const struct ingest_counts *c = &io->ingest.counts;
	struct stats *s = &io->daemon->stat;
	const uint64_t now[] = {c->rows_accepted, c->rows_duplicate,
	                        c->rows_rejected, c->batches,
	                        c->batches_refused};

	for (size_t i = 0; i < sizeof(now) / sizeof(now[0]); i++)
		stat_add(s, i, now[i] - (uint64_t)stat_get(s, i));
	stat_set(s, STAT_PENDING, (int64_t)io->n_pending);
	stat_set(s, STAT_CLOCK_SUSPECT, clock_watch(io) != CLOCK_FINE);
	node_metrics(&io->node, out);
	sources_metrics(&io->ingest.sources, io->ingest.catalogue, out);
}

static enum err
io_start(struct ingest_io *io, const struct node_options *options)
{
	struct node_conf conf = {.service = "ingest",
	                         .options = *options,
	                         .step = &ingest_turn_ops,
	                         .step_self = &io->ingest,
	                         .ops = &io_serve_ops,
	                         .self = io,
	                         .source = true};
	enum err err = ingest_init(&io->ingest);

	/* a demo's clock stands by intent */
	io->ingest.clock.off = io->daemon->clock.kind == CLOCK_KIND_FIXED;
	io->pending = calloc(INGEST_PENDING_MESSAGES, sizeof(*io->pending));
	if (err == ERR_OK && io->pending == NULL)
		err = ERR_NOMEM;
	if (err == ERR_OK)
		err = node_open(&io->node, io->daemon, &conf);
	if (err == ERR_OK)
		err = loop_add_timer(io->daemon->loop, tick_check, io,
		                     &io->timer);
	if (err == ERR_OK)
		err = loop_add_timer(io->daemon->loop, hold_ends, io,
		                     &io->pace_timer);
	if (err != ERR_OK)
		return err;
	loop_timer_every(io->daemon->loop, io->timer, TICK_CHECK_MS);
	tick_check(io);
	io->daemon->hooks.self = io;
	io->daemon->hooks.wake = io_wake;
	io->daemon->hooks.metrics = io_metrics;
	return ERR_OK;
}

enum err
ingest_io_open(void **io_p, const struct service_start *start)
{
	struct ingest_io *io = calloc(1, sizeof(*io));
	enum err err;

	if (io == NULL)
		return ERR_NOMEM;
	io->daemon = start->daemon;
	buf_init(&io->refusal, WIRE_MESSAGE_MAX);
	err = io_start(io, start->node);
	*io_p = io;
	if (err != ERR_OK)
		ingest_io_close(io_p);
	return err;
}

void
ingest_io_close(void **io_p)
{
	struct ingest_io *io = *io_p;

	if (io == NULL)
		return;
	io->daemon->hooks = (struct daemon_hooks){.self = NULL};
	loop_remove_timer(io->daemon->loop, io->timer);
	loop_remove_timer(io->daemon->loop, io->pace_timer);
	for (size_t i = 0; io->pending != NULL && i < INGEST_PENDING_MESSAGES;
	     i++)
		sock_message_fini(&io->pending[i]);
	free(io->pending);
	node_close(&io->node);
	ingest_fini(&io->ingest);
	buf_fini(&io->refusal);
	free(io);
	*io_p = NULL;
}
