#include "common/serve/follow.h"

#include <stdlib.h>

#include "proto/wire.h"

#define TIMER_MS 50 /* a service that has just started asks this soon */

struct follow {
	struct follow_conf conf;
	struct sock *sock;
	struct loop_id source;
	struct loop_id timer;
	struct sock_message message;
	struct buf out;
	uint64_t request; /* id of the request under way; 0: none */
	struct mono asked_at;
	int64_t timeout_ms;   /* of the request under way */
	struct mono retry_at; /* not before */
	uint64_t source_head;
	bool source_ready; /* as it said last */
	struct mono heard_at;
	uint64_t prev_link; /* of the last commit folded; 0: not known */
	bool heard; /* the source answered since following began or failed */
	bool waits; /* the request under way may wait at the source */
	bool ended;
	struct turn_input *inputs; /* WIRE_COMMITS_MAX */
	struct span *items;        /* of all inputs of a turn, back to back */
	size_t items_cap;
};

bool
follow_goes_on(enum err err)
{
	return err == ERR_STORAGE_FULL || err == ERR_OVERLOADED ||
	       err == ERR_NOMEM || err == ERR_UNAVAILABLE;
}

static void
stop_with(struct follow *f, enum err err, const char *what)
{
	f->ended = !follow_goes_on(err);
	f->heard = false;
	f->retry_at =
	    clock_mono_plus_ms(loop_now(f->conf.loop), FOLLOW_RETRY_MS);
	f->conf.failed(f->conf.self, err, what);
}

static void
ask(struct follow *f, uint64_t from)
{
	struct wire_message m = {.type = WIRE_FETCH, .id = ++f->request};
	struct span frame;

	m.as.fetch.log = f->conf.id.log;
	m.as.fetch.generation = f->conf.id.generation;
	m.as.fetch.from = from;
	/* of the commit that is under way only itself */
	m.as.fetch.max_bytes = f->conf.turn->more ? 1 : f->conf.bytes;
	/* the first answer decides whether we are ready: it shall not wait */
	f->waits = f->heard;
	m.as.fetch.wait_ms = f->waits ? FOLLOW_WAIT_MS : 0;
	buf_reset(&f->out);
	if (wire_encode(&m, &f->out) != ERR_OK)
		return;
	frame = buf_span(&f->out);
	f->asked_at = loop_now(f->conf.loop);
	if (sock_send(f->sock, 0, &frame, 1) != ERR_OK)
		stop_with(f, ERR_UNAVAILABLE, "source");
}

static void
ask_next(struct follow *f)
{
	ask(f, f->conf.turn->head.number + 1);
}

static enum err
items_room(struct follow *f, size_t n)
{
	struct span *items;

	if (n <= f->items_cap)
		return ERR_OK;
	items = realloc(f->items, n * 2 * sizeof(*items));
	if (items == NULL)
		return ERR_NOMEM;
	f->items = items;
	f->items_cap = n * 2;
	return ERR_OK;
}

/* One frame to one input of the turn; its items follow those before. The chain is
 * checked: a commit must say which one it came after. */
static enum err
take_commit(struct follow *f, struct span frame, size_t i, size_t *n_items)
{
	struct commit commit;
	enum err err = commit_peek(frame, &commit);

	if (err == ERR_OK)
		err = items_room(f, *n_items + commit.n_records);
	if (err == ERR_OK)
		err = commit_view(frame, &commit, f->items + *n_items);
	if (err == ERR_OK && f->prev_link != 0 && commit.prev != f->prev_link)
		err = ERR_CORRUPT;
	if (err != ERR_OK)
		return err;
	f->prev_link = commit.link;
	f->inputs[i] = (struct turn_input){.number = commit.number,
	                                   .time_ms = commit.time_ms,
	                                   .flags = commit.flags,
	                                   .n_items = commit.n_records};
	*n_items += commit.n_records;
	return ERR_OK;
}

/* The items of each input, now that the array no longer moves. */
static void
place_items(struct follow *f, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		f->inputs[i].items = f->items + at;
		at += f->inputs[i].n_items;
	}
}

/* The turn stopped within a commit. It is asked for again rather than kept: so others
 * are heard before it goes on, and this is the way after a crash too. */
static void
fold_again(struct follow *f, size_t done, uint64_t link_before)
{
	struct commit commit = {.link = link_before};

	/* the frame was read a moment ago */
	if (done > 0 && commit_peek(f->message.frames[done], &commit) != ERR_OK)
		commit.link = 0;
	f->prev_link = commit.link;
	ask_next(f); /* what was asked ahead is not to be folded */
}

static void
fold(struct follow *f, const struct wire_commits *commits)
{
	uint64_t link_before = f->prev_link;
	size_t n = (size_t)commits->n;
	size_t n_items = 0;
	size_t done;
	/* of a commit under way the next one is not wanted yet */
	bool ahead = !f->conf.turn->more;
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = take_commit(f, f->message.frames[i + 1], i, &n_items);
	if (err == ERR_OK) {
		place_items(f, n);
		/* while we fold, the source may already look for more */
		if (ahead)
			ask(f, commits->from + n);
		if (f->conf.begun != NULL)
			f->conf.begun(f->conf.self);
		err = turn_run(f->conf.turn, f->inputs, n);
	}
	if (err == ERR_OK) {
		done = (size_t)(f->conf.turn->head.number + 1 - commits->from);
		if (done > 0)
			f->conf.committed(f->conf.self, done);
		if (f->conf.turn->more)
			fold_again(f, done, link_before);
		else if (!ahead)
			ask_next(f);
		return;
	}
	f->prev_link = link_before;
	f->request++; /* what was asked ahead is not to be folded */
	stop_with(f, err, "fold");
}

static enum err
meet(struct follow *f, const struct wire_commits *commits)
{
	const struct journal_id id = {commits->log, commits->generation};
	enum err err;

	if (f->conf.id.log == commits->log &&
	    f->conf.id.generation == commits->generation)
		return ERR_OK;
	if (f->conf.id.log != 0)
		return ERR_UNKNOWN_POSITION;
	/* known only once it is kept: else it would be met again, by nobody */
	err = f->conf.met(f->conf.self, &id);
	if (err == ERR_OK)
		f->conf.id = id;
	return err;
}

/* A source that has no room to let us wait answers at once: asking again at once
 * would be a loop without rest. */
static void
ask_idle(struct follow *f)
{
	struct mono now = loop_now(f->conf.loop);

	if (f->waits && clock_ms_between(f->asked_at, now) < FOLLOW_WAIT_MS / 2)
		f->retry_at = clock_mono_plus_ms(now, FOLLOW_RETRY_MS);
	else
		ask_next(f);
}

static void
take_commits(struct follow *f, const struct wire_commits *commits)
{
	enum err err = meet(f, commits);

	if (err == ERR_OK &&
	    (commits->n + 1 != f->message.n || commits->n > WIRE_COMMITS_MAX ||
	     commits->from != f->conf.turn->head.number + 1))
		err = ERR_BAD_MESSAGE;
	if (err != ERR_OK) {
		stop_with(f, err, "position");
		return;
	}
	f->heard = true;
	f->source_head = commits->head;
	f->source_ready = !commits->unready;
	f->heard_at = loop_now(f->conf.loop);
	if (commits->n > 0) {
		fold(f, commits);
		return;
	}
	f->conf.idle(f->conf.self);
	ask_idle(f);
}

static void
take_error(struct follow *f, const struct wire_error *error)
{
	enum err code =
	    err_from_name((const char *)error->code.ptr, error->code.len);

	/* A source that does not serve yet, or any more, may come back. */
	stop_with(f, code == ERR_UNKNOWN_POSITION ? code : ERR_UNAVAILABLE,
	          "source");
}

/* Of a request given up, but what comes next: a commit may be so large that reading
 * and sending it always takes longer than we wait. */
static bool
still_of_use(const struct follow *f, const struct wire_message *m)
{
	const struct wire_commits *commits = &m->as.commits;

	return m->type == WIRE_COMMITS && commits->n > 0 &&
	       commits->log == f->conf.id.log &&
	       commits->generation == f->conf.id.generation &&
	       commits->from == f->conf.turn->head.number + 1;
}

static void
message_ready(struct follow *f)
{
	struct wire_message m;
	struct fault fault;

	if (f->message.n == 0 ||
	    wire_decode(f->message.frames[0], &m, &fault) != ERR_OK) {
		stop_with(f, ERR_BAD_MESSAGE, "source");
		return;
	}
	if (f->ended || (m.id != f->request && !still_of_use(f, &m)))
		return;
	f->timeout_ms = FOLLOW_TIMEOUT_MS;
	if (m.type == WIRE_COMMITS)
		take_commits(f, &m.as.commits);
	else if (m.type == WIRE_ERROR)
		take_error(f, &m.as.error);
	else
		stop_with(f, ERR_BAD_MESSAGE, "source");
}

static void
socket_ready(void *self, unsigned events)
{
	struct follow *f = self;

	(void)events;
	/* one a wake: the service answers others between two turns */
	if (sock_recv(f->sock, &f->message, loop_now(f->conf.loop)) == ERR_OK)
		message_ready(f);
}

static void
timer_due(void *self)
{
	struct follow *f = self;
	struct mono now = loop_now(f->conf.loop);

	if (f->ended || clock_ms_between(f->retry_at, now) < 0)
		return;
	if (clock_ms_between(f->asked_at, f->retry_at) > 0) {
		ask_next(f);
	} else if (clock_ms_between(f->asked_at, now) >= f->timeout_ms) {
		/* it may be at work on a large one: each time we ask, again */
		if (f->timeout_ms < FOLLOW_TIMEOUT_MAX_MS)
			f->timeout_ms *= 2;
		ask_next(f);
	}
}

static enum err
connect_to(struct follow *f, struct sock_refusal *why)
{
	struct sock_conf conf = {.kind = SOCK_DEALER,
	                         .endpoint = f->conf.endpoint,
	                         .frame_max_bytes = WIRE_COMMIT_MAX,
	                         .frames_max = WIRE_COMMITS_MAX + 1,
	                         .queue_max = 16,
	                         .linger_ms = 0};
	enum err err = sock_open(&f->sock, f->conf.ctx, &conf, why);

	if (err == ERR_OK)
		err = loop_add_socket(f->conf.loop, sock_zmq(f->sock),
		                      socket_ready, f, &f->source);
	if (err == ERR_OK)
		err = loop_add_timer(f->conf.loop, timer_due, f, &f->timer);
	if (err == ERR_OK)
		loop_timer_every(f->conf.loop, f->timer, TIMER_MS);
	return err;
}

enum err
follow_open(struct follow **follow_p, const struct follow_conf *conf,
            struct sock_refusal *why)
{
	struct follow *f = calloc(1, sizeof(*f));
	enum err err;

	if (f == NULL)
		return ERR_NOMEM;
	f->conf = *conf;
	f->timeout_ms = FOLLOW_TIMEOUT_MS;
	if (f->conf.bytes == 0)
		f->conf.bytes = FOLLOW_BYTES;
	sock_message_init(&f->message);
	buf_init(&f->out, WIRE_MESSAGE_MAX);
	f->inputs = calloc(WIRE_COMMITS_MAX, sizeof(*f->inputs));
	err = f->inputs == NULL ? ERR_NOMEM : connect_to(f, why);
	f->retry_at = loop_now(conf->loop);
	if (err != ERR_OK)
		follow_close(&f);
	else
		*follow_p = f;
	return err;
}

void
follow_close(struct follow **follow_p)
{
	struct follow *f = *follow_p;

	if (f == NULL)
		return;
	loop_remove(f->conf.loop, f->source);
	loop_remove_timer(f->conf.loop, f->timer);
	sock_message_fini(&f->message);
	sock_close(&f->sock);
	buf_fini(&f->out);
	free(f->inputs);
	free(f->items);
	free(f);
	*follow_p = NULL;
}

uint64_t
follow_source_head(const struct follow *f)
{
	return f->source_head;
}

bool
follow_source_ready(const struct follow *f)
{
	return f->heard && f->source_ready &&
	       clock_ms_between(f->heard_at, loop_now(f->conf.loop)) <
	           FOLLOW_SILENT_MS;
}
