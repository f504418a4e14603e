#include "services/alert/deliver_io.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/version.h"
#include "services/alert/deliver_say_io.h"
#include "services/alert/deliver_stats_io.h"

enum {
	RETRY_FIRST_MS = 1000,
	ENDS_MS = 72 * 3600 * 1000,
	/* A missed repetition or two are no dead sender. */
	WATCHDOG_ENDS = 4, /* times resend_ms: 4 min */
	REPEAT = 15,       /* times resend_ms: 15 min */
	WHY_MAX = 1024,
	HEALTH_LOOK_MS = 1000,
};

struct flown {
	uint64_t ticket; /* 0: free */
	uint32_t sink;
	int64_t time_ms; /* knowledge time, which in a demo is none; 0: none */
};

struct deliver {
	struct node *node;
	const struct deliver_options *options;
	struct deliver_list list;
	struct sinks *sinks;
	struct post *post;
	struct loop_id pump;
	struct loop_id save;
	bool demo;
	bool loaded;
	bool level;           /* deliver_caught_up */
	bool ended;           /* damage: nothing is delivered any more */
	bool saving;          /* the timer runs */
	int64_t save_from_ms; /* mono; not before */
	bool count;           /* something may be worth a line */
	struct flown flown[POST_FLIGHTS_MAX];
	struct sink_said said[SINKS_MAX];
	struct stats stat;
};

static const struct stat_row latency_rows[] = {
    {"tiendo_sink_delivery_duration_seconds", STAT_HISTOGRAM, "seconds",
     "From the commit that made an alert to its delivery.", NULL, 9},
};

/* --- time ---------------------------------------------------------------------- */

static struct sink_now
now_of(const struct deliver *d)
{
	struct clock real = clock_real();

	clock_shift(&real, d->node->daemon->clock.shift_ms);
	return (struct sink_now){
	    .mono_ms = clock_mono_now(&real).ns / CLOCK_NS_PER_MS,
	    .wall_ms = clock_wall_now(&real).ms,
	};
}

static void
timer_at_ms(struct deliver *d, struct loop_id timer, int64_t at_ms)
{
	if (at_ms > INT64_MAX / CLOCK_NS_PER_MS)
		loop_timer_stop(d->node->daemon->loop, timer);
	else
		loop_timer_at(d->node->daemon->loop, timer,
		              (struct mono){at_ms * CLOCK_NS_PER_MS});
}

static void
pump_soon(struct deliver *d)
{
	timer_at_ms(d, d->pump, 0);
}

static void
save_when_due(struct deliver *d)
{
	bool urgent = false;
	int64_t now_ms = now_of(d).mono_ms;
	int64_t at_ms;

	if (!sinks_unsaved(d->sinks, &urgent) || (d->saving && !urgent))
		return;
	at_ms = urgent ? now_ms : now_ms + DELIVER_SAVE_MS;
	if (at_ms < d->save_from_ms)
		at_ms = d->save_from_ms;
	timer_at_ms(d, d->save, at_ms);
	d->saving = true;
}

/* --- what is said --------------------------------------------------------------- */

static void
say_answer(struct deliver *d, uint32_t sink, const struct sink_answer *answer)
{
	sink_say_answer(&d->node->daemon->log, d->list.sinks[sink].name,
	                &d->said[sink], answer, now_of(d).mono_ms);
	d->count = d->count || !d->said[sink].works;
}

static enum err
say_counts(struct deliver *d, struct kv *state)
{
	d->count = false;
	for (uint32_t i = 0; i < d->list.n; i++) {
		struct sink_counts is;
		enum err err = sinks_counts(d->sinks, state, i, &is);

		if (err != ERR_OK)
			return err;
		if (!sink_say_counts(&d->node->daemon->log,
		                     d->list.sinks[i].name, &d->said[i], &is,
		                     now_of(d).mono_ms))
			d->count = true;
	}
	return ERR_OK;
}

/* --- posts ---------------------------------------------------------------------- */

/* What came of reading or writing the state of deliveries. */
static void
failed(struct deliver *d, enum err err)
{
	struct daemon *daemon = d->node->daemon;

	log_event(&daemon->log, &(struct log_event){LOG_ERROR,
	                                            "delivery_failed",
	                                            {log_err("code", err)}});
	if (err == ERR_IO) {
		daemon_fail(daemon, err, "delivery");
	} else if (err == ERR_CORRUPT) {
		d->ended = true;
		node_hold(d->node, err, "the state of deliveries is damaged");
	}
}

static struct flown *
flown_find(struct deliver *d, uint64_t ticket)
{
	for (size_t i = 0; i < POST_FLIGHTS_MAX; i++)
		if (d->flown[i].ticket == ticket)
			return &d->flown[i];
	return NULL;
}

static void
answered(void *self, uint64_t ticket, const struct sink_answer *answer)
{
	struct deliver *d = self;
	struct flown *flown = flown_find(d, ticket);
	struct sink_now now = now_of(d);

	assert(flown != NULL);
	if (answer->err == ERR_OK && answer->status / 100 == 2 &&
	    flown->time_ms > 0 && !d->demo)
		stat_observe_ns(&d->stat, 0,
		                (now.wall_ms - flown->time_ms) *
		                    CLOCK_NS_PER_MS);
	sinks_answered(d->sinks, ticket, answer, now);
	say_answer(d, flown->sink, answer);
	flown->ticket = 0;
	save_when_due(d);
	pump_soon(d);
}

static void
send_post(struct deliver *d, const struct sink_post *post, struct sink_now now)
{
	struct flown *flown = flown_find(d, 0);
	enum err err = ERR_OVERLOADED;

	if (flown)
		err = post_send(d->post, post, d->list.secrets[post->sink],
		                now.wall_ms);
	if (err == ERR_OK)
		*flown = (struct flown){.ticket = post->ticket,
		                        .sink = post->sink,
		                        .time_ms = post->time_ms};
	else
		sinks_answered(
		    d->sinks, post->ticket,
		    &(struct sink_answer){.err = err, .text = err_text(err)},
		    now);
}

static enum err
posts_make(struct deliver *d, struct kv *state, struct sink_now now)
{
	enum err err = ERR_OK;
	bool more = true;

	/* Each is in flight, or waits: so there are not more than these. */
	for (size_t i = 0; i < POST_FLIGHTS_MAX && err == ERR_OK && more; i++) {
		struct sink_post post;

		err = sinks_next(d->sinks, state, now, &post, &more);
		if (err == ERR_OK && more)
			send_post(d, &post, now);
	}
	if (err == ERR_OK && d->count)
		err = say_counts(d, state);
	return err;
}

static void
on_pump(void *self)
{
	struct deliver *d = self;
	struct store *store = d->node->store;
	struct sink_now now = now_of(d);
	int64_t due_ms;
	bool healthy;
	enum err err;

	if (!d->loaded || d->ended)
		return;
	healthy =
	    d->level && d->node->daemon->ready && node_source_ready(d->node);
	sinks_healthy(d->sinks, healthy);
	err = store_read(store);
	if (err == ERR_OK) {
		err = posts_make(d, store_kv(store, STORE_STATE), now);
		store_read_end(store);
	}
	due_ms = sinks_due_ms(d->sinks);
	/* Nobody tells us that it is well again. */
	if (!healthy && due_ms > now.mono_ms + HEALTH_LOOK_MS)
		due_ms = now.mono_ms + HEALTH_LOOK_MS;
	if (d->count && due_ms > now.mono_ms + SINK_SAY_MS)
		due_ms = now.mono_ms + SINK_SAY_MS;
	if (err != ERR_OK) {
		failed(d, err);
		due_ms = now.mono_ms + DELIVER_RETRY_MS;
	}
	/* What is due already waits for an answer. */
	timer_at_ms(d, d->pump,
	            due_ms > now.mono_ms ? due_ms : now.mono_ms + 1);
	save_when_due(d);
}

/* --- saving --------------------------------------------------------------------- */

static enum err
save(struct deliver *d)
{
	struct store *store = d->node->store;
	enum err err = store_begin(store);

	if (err != ERR_OK)
		return err;
	err = sinks_save(d->sinks, store_kv(store, STORE_STATE), now_of(d));
	if (err == ERR_OK)
		return store_commit(store);
	store_abort(store);
	return err;
}

/* What somebody who took a sink out of the configuration may not have meant. */
static void
say_gone(struct deliver *d)
{
	const struct sink_gone *gone;
	uint32_t n = sinks_gone(d->sinks, &gone);

	for (uint32_t i = 0; i < n; i++)
		log_each(&d->node->daemon->log,
		         &(struct log_event){LOG_WARN,
		                             "sink_forgotten",
		                             {log_str("sink", gone[i].name),
		                              log_uint("rows", gone[i].rows)}});
}

static void
on_save(void *self)
{
	struct deliver *d = self;
	enum err err;

	d->saving = false;
	if (!d->loaded || d->ended)
		return;
	err = save(d);
	if (err != ERR_OK) {
		failed(d, err);
		d->save_from_ms = now_of(d).mono_ms + DELIVER_RETRY_MS;
	} else {
		say_gone(d);
		sinks_saved(d->sinks);
		d->count = true;
		pump_soon(d);
	}
	if (!d->ended)
		save_when_due(d);
}

/* Not before the log is known, which stands in every delivery's id. */
static enum err
sinks_start(struct deliver *d)
{
	int64_t resend_ms = (int64_t)d->options->resend_ms;
	struct sink_settings settings = {
	    .resend_ms = resend_ms,
	    .ends_ms = ENDS_MS,
	    .repeat_ms = REPEAT * resend_ms,
	    .retry_first_ms = RETRY_FIRST_MS,
	    .retry_max_ms = (int64_t)d->options->retry_max_ms,
	    .give_up_ms = (int64_t)d->options->give_up_ms,
	    .watchdog_ends_ms = WATCHDOG_ENDS * resend_ms,
	    .watchdog_every_ms = (int64_t)d->options->watchdog_ms,
	    .external_url = d->options->external_url,
	    .demo = d->demo,
	    .log = d->node->id.log,
	};

	if (getrandom(&settings.seed, sizeof(settings.seed), 0) !=
	    (ssize_t)sizeof(settings.seed))
		return ERR_IO;
	return sinks_open(&d->sinks, &settings, d->list.sinks, d->list.n);
}

static enum err
load(struct deliver *d)
{
	struct store *store = d->node->store;
	enum err err = store_read(store);

	if (err != ERR_OK)
		return err;
	err =
	    sinks_load_early(d->sinks, store_kv(store, STORE_STATE), now_of(d));
	for (uint32_t i = 0; i < d->list.n && err == ERR_OK; i++)
		err = sinks_counts(d->sinks, store_kv(store, STORE_STATE), i,
		                   &d->said[i].counts);
	store_read_end(store);
	return err;
}

/* As soon as there is a store with a name: who was met need not wait for the source. */
static void
begin(struct deliver *d)
{
	enum err err;

	if (d->loaded || d->ended || d->node->store == NULL ||
	    d->node->id.log == 0)
		return;
	err = d->sinks ? ERR_OK : sinks_start(d);
	if (err == ERR_OK)
		err = load(d);
	if (err != ERR_OK) {
		failed(d, err);
		return;
	}
	d->loaded = true;
	pump_soon(d);
}

void
deliver_caught_up(struct deliver *d)
{
	struct store *store = d->node->store;
	enum err err;

	begin(d);
	if (!d->loaded || d->ended || d->level)
		return;
	err = store_read(store);
	if (err == ERR_OK) {
		err = sinks_level(d->sinks, store_kv(store, STORE_STATE),
		                  now_of(d));
		store_read_end(store);
	}
	if (err != ERR_OK) {
		failed(d, err);
		return;
	}
	d->level = true;
	pump_soon(d);
}

void
deliver_committed(struct deliver *d)
{
	begin(d);
	if (!d->loaded)
		return;
	sinks_wake(d->sinks);
	on_pump(d);
}

/* --- the operator --------------------------------------------------------------- */

void
deliver_reloaded(struct deliver *d)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	if (deliver_secrets_read(&d->list, d->options->secrets, &why) != ERR_OK)
		log_each(
		    &d->node->daemon->log,
		    &(struct log_event){LOG_ERROR,
		                        "secrets_kept",
		                        {log_span("why", buf_span(&why))}});
	buf_fini(&why);
}

const char *
deliver_sink_name(const struct deliver *d, uint32_t i)
{
	return i < d->list.n ? d->list.sinks[i].name : NULL;
}

static bool
is_configured(const struct deliver *d, const char *sink)
{
	for (uint32_t i = 0; i < d->list.n; i++)
		if (strcmp(d->list.sinks[i].name, sink) == 0)
			return true;
	return false;
}

static enum err
dead_slice(struct deliver *d, bool retry, struct sink_dead_asked *asked)
{
	struct store *store = d->node->store;
	struct kv *state;
	enum err err = store_begin(store);

	if (err != ERR_OK)
		return err;
	state = store_kv(store, STORE_STATE);
	err = retry ? sink_dead_retry(d->sinks, state, asked)
	            : sink_dead_drop(d->sinks, state, asked);
	if (err == ERR_OK)
		return store_commit(store);
	store_abort(store);
	return err;
}

enum err
deliver_dead(struct deliver *d, bool retry, const char *sink, uint64_t number,
             uint32_t *n)
{
	struct sink_dead_asked asked = {.sink = sink, .number = number};
	enum err err;

	if (!d->level || d->ended)
		return ERR_AGAIN;
	if (retry && !is_configured(d, sink))
		return ERR_NOT_FOUND;
	do
		err = dead_slice(d, retry, &asked);
	while (err == ERR_OK && asked.more);
	*n = asked.n;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		failed(d, err);
	d->count = true;
	pump_soon(d);
	return err;
}

/* --- opening and closing -------------------------------------------------------- */

static enum err
post_start(struct deliver *d, struct buf *why)
{
	const struct post_conf conf = {.loop = d->node->daemon->loop,
	                               .private_nets = d->options->private_nets,
	                               .ca_file = d->options->ca_file,
	                               .timeout_ms =
	                                   (int64_t)d->options->timeout_ms,
	                               .version = TIENDO_VERSION,
	                               .answered = answered,
	                               .self = d};

	return post_open(&d->post, &conf, why);
}

static enum err
parts_start(struct deliver *d, struct buf *why)
{
	struct loop *loop = d->node->daemon->loop;
	enum err err = deliver_list_read(&d->list, d->options, why);

	if (err == ERR_OK)
		err = post_start(d, why);
	if (err == ERR_OK)
		err = stat_open(&d->stat, latency_rows, 1);
	if (err == ERR_OK)
		err = loop_add_timer(loop, on_pump, d, &d->pump);
	if (err == ERR_OK)
		err = loop_add_timer(loop, on_save, d, &d->save);
	return err;
}

enum err
deliver_open(struct deliver **deliver_p, struct node *node,
             const struct deliver_options *options, bool demo)
{
	struct deliver *d = calloc(1, sizeof(*d));
	struct buf why;
	enum err err;

	if (!d)
		return ERR_NOMEM;
	d->node = node;
	d->options = options;
	d->demo = demo;
	buf_init(&why, WHY_MAX);
	err = parts_start(d, &why);
	if (err == ERR_OK) {
		*deliver_p = d;
		begin(d);
	} else {
		log_each(
		    &node->daemon->log,
		    &(struct log_event){LOG_ERROR,
		                        "sinks_refused",
		                        {log_err("code", err),
		                         log_span("why", buf_span(&why))}});
		deliver_close(&d);
	}
	buf_fini(&why);
	return err;
}

/* What was answered since the last save is delivered again if it can't be kept. */
void
deliver_close(struct deliver **deliver_p)
{
	struct deliver *d = *deliver_p;
	bool urgent;

	if (!d)
		return;
	*deliver_p = NULL;
	if (d->loaded && !d->ended && sinks_unsaved(d->sinks, &urgent) &&
	    save(d) == ERR_OK)
		sinks_saved(d->sinks);
	loop_remove_timer(d->node->daemon->loop, d->pump);
	loop_remove_timer(d->node->daemon->loop, d->save);
	post_close(&d->post);
	sinks_close(&d->sinks);
	stat_close(&d->stat);
	explicit_bzero(&d->list, sizeof(d->list));
	free(d);
}

/* --- metrics -------------------------------------------------------------------- */

static enum err
counts_read(struct deliver *d, struct sink_counts counts[static SINKS_MAX])
{
	struct store *store = d->node->store;
	enum err err = store_read(store);

	if (err != ERR_OK)
		return err;
	for (uint32_t i = 0; i < d->list.n && err == ERR_OK; i++)
		err = sinks_counts(d->sinks, store_kv(store, STORE_STATE), i,
		                   &counts[i]);
	store_read_end(store);
	return err;
}

enum err
deliver_counts(const struct deliver *d, struct kv *state, uint32_t i,
               struct sink_counts *counts)
{
	if (i >= d->list.n)
		return ERR_NOT_FOUND;
	if (!d->loaded || d->ended)
		return ERR_AGAIN;
	return sinks_counts(d->sinks, state, i, counts);
}

void
deliver_metrics(struct deliver *d, struct buf *out)
{
	struct sink_counts counts[SINKS_MAX];

	if (!d->loaded || d->ended || d->list.n == 0 ||
	    counts_read(d, counts) != ERR_OK)
		return;
	deliver_families(&d->list, counts, out);
	stat_render(&d->stat, out);
}
