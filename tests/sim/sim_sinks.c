/*
 * The sending side: what deliver_io.c does in the daemon, in steps of the simulator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/alert/sink_parts.h"
#include "tests/lib/random.h"
#include "tests/sim/sim_sinks.h"

#define QUIET_POSTS_MAX 10000

static const struct sink_settings settings = {
    .resend_ms = SIM_RESEND_MS,
    .ends_ms = SIM_ENDS_MS,
    .repeat_ms = SIM_REPEAT_MS,
    .retry_first_ms = 1000,
    .retry_max_ms = SIM_RESEND_MS,
    .give_up_ms = SIM_GIVE_UP_MS,
    .watchdog_ends_ms = SIM_WATCHDOG_MS,
    .watchdog_every_ms = SIM_WATCHDOG_MS,
    .external_url = "http://tiendo",
    .log = SIM_LOG,
};

static struct sink_now
now_of(const struct sim *s)
{
	return (struct sink_now){.mono_ms = s->mono_ms, .wall_ms = s->now_ms};
}

bool
sim_sink_is_state(const struct sim_sinks *ss, uint32_t sink)
{
	return ss->confs[sink].name[0] == 'a';
}

/* --- opening ------------------------------------------------------------------------ */

/* Up to two of each kind, or none at all: then what is told is only removed. */
void
deliver_make(struct sim *s)
{
	static const char *const names[] = {"w0", "w1", "a0", "a1"};
	struct sim_sinks *ss;
	uint64_t wanted = below(&s->random, 32);

	if (wanted >= 16)
		return;
	ss = calloc(1, sizeof(*ss));
	if (ss == NULL)
		abort();
	for (uint32_t i = 0; i < SIM_SINKS; i++)
		if (wanted >> i & 1)
			ss->confs[ss->n++] = (struct sink_conf){
			    .kind = sink_kind_find(names[i][0] == 'a'
			                               ? "alertmanager"
			                               : "webhook"),
			    .name = names[i],
			    .url = "http://receiver"};
	s->sinks = ss;
	/* else most seeds tell little */
	s->rates[FAULT_PROGRAMME] += 300;
}

static void
flight_end(struct sim_sinks *ss, uint32_t at)
{
	free(ss->flights[at].body);
	ss->flights[at] = ss->flights[--ss->n_flights];
}

/* What it believes to fire may stay so: nobody takes it back. */
static void
beliefs_lose(struct receiver *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		r->beliefs[i].lost = true;
}

/* What is under way may still arrive. */
void
deliver_stop(struct sim *s, bool lost)
{
	struct sim_sinks *ss = s->sinks;

	if (ss == NULL)
		return;
	while (ss->n_flights > 0) {
		if (below(&s->random, 2) == 0)
			(void)receiver_take(s, &ss->flights[0]);
		flight_end(ss, 0);
	}
	sinks_close(&ss->sinks);
	ss->from = s->nodes[AGGREGATE].turn.head.number;
	for (uint32_t i = 0; i < ss->n && lost; i++)
		beliefs_lose(&ss->receivers[i]);
	ss->letters = lost ? 0 : ss->letters;
	s->campaign->fired[FAULT_SINK_LOST] += lost;
}

void
deliver_free(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;

	if (ss == NULL)
		return;
	while (ss->n_flights > 0)
		flight_end(ss, 0);
	sinks_close(&ss->sinks);
	for (uint32_t i = 0; i < ss->n; i++)
		free(ss->receivers[i].beliefs);
	free(ss);
	s->sinks = NULL;
}

/* Sinks that are first met are not told what was said before. */
static void
rows_excuse(struct sim *s, struct kv *state)
{
	struct sim_sinks *ss = s->sinks;

	for (uint32_t i = 0; i < ss->n; i++) {
		struct alert_key key =
		    sink_key(ALERT_TABLE_SINKS, ss->confs[i].name);
		struct span value;

		if (kv_get(state, alert_key_span(&key), &value) == ERR_OK)
			continue;
		for (uint32_t j = 0; j < s->n_told; j++)
			if (!s->told[j].heard[i])
				s->told[j].excused[i] = true;
	}
}

static bool
deliver_begin(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	struct node *n = &s->nodes[ALERT];
	struct sink_settings own = settings;
	enum err err;

	if (ss->sinks != NULL || n->turn.head.number < ss->from)
		return true;
	own.seed = next_random(&s->random);
	err = sinks_open(&ss->sinks, &own, ss->confs, ss->n);
	if (err == ERR_OK)
		err = store_read(n->store);
	if (err == ERR_OK) {
		rows_excuse(s, store_kv(n->store, STORE_STATE));
		err = sinks_load(ss->sinks, store_kv(n->store, STORE_STATE),
		                 now_of(s));
		store_read_end(n->store);
	}
	if (err == ERR_OK)
		sinks_healthy(ss->sinks, true);
	return err == ERR_OK ||
	       sim_fail(s, "sinks are not loaded: %s", err_name(err));
}

/* --- posts --------------------------------------------------------------------------- */

static void
flight_begin(struct sim *s, const struct sink_post *post)
{
	struct sim_sinks *ss = s->sinks;
	struct sim_flight *f = &ss->flights[ss->n_flights++];

	*f = (struct sim_flight){.ticket = post->ticket,
	                         .sink = post->sink,
	                         .n_alerts = post->n_alerts,
	                         .len = post->body.len,
	                         .body = malloc(post->body.len + 1),
	                         .sent_ms = s->now_ms};
	if (f->body == NULL)
		abort();
	memcpy(f->body, post->body.ptr, post->body.len);
	if (post->n_headers > 0)
		(void)snprintf(f->id, sizeof(f->id), "%s",
		               post->headers[0].value);
	sim_trace(s, "%s is posted %s", ss->confs[f->sink].name, f->id);
}

static bool
post_make(struct sim *s, bool *more)
{
	struct sim_sinks *ss = s->sinks;
	struct node *n = &s->nodes[ALERT];
	struct sink_post post;
	enum err err;

	*more = false;
	if (ss->n_flights == SIM_FLIGHTS)
		return true;
	err = store_read(n->store);
	if (err == ERR_OK) {
		err = sinks_next(ss->sinks, store_kv(n->store, STORE_STATE),
		                 now_of(s), &post, more);
		if (err == ERR_OK && *more)
			flight_begin(s, &post);
		store_read_end(n->store);
	}
	return err == ERR_OK ||
	       sim_fail(s, "no post could be made: %s", err_name(err));
}

/* --- answers -------------------------------------------------------------------------- */

/* What the receiver says; *takes: whether the post arrived. */
static struct sink_answer
answer_choose(struct sim *s, struct receiver *r, bool *takes)
{
	static const struct sink_answer
	    lost = {.err = ERR_UNAVAILABLE, .text = "no connection"},
	    late = {.err = ERR_UNAVAILABLE, .text = "timeout"},
	    busy = {.status = 429, .retry_after_ms = 90000, .text = "429"},
	    refused = {.status = 400, .text = "HTTP 400"},
	    fine = {.status = 200, .text = ""};

	*takes = false;
	if (s->harm && s->mono_ms < r->down_ms)
		return lost;
	if (fault(s, FAULT_SINK_DOWN)) {
		r->down_ms = s->mono_ms + SIM_GIVE_UP_MS +
		             (int64_t)below(&s->random, SIM_GIVE_UP_MS);
		return lost;
	}
	if (fault(s, FAULT_SINK_UNREACHED))
		return lost;
	if (fault(s, FAULT_SINK_BUSY))
		return busy;
	if (fault(s, FAULT_SINK_REFUSED))
		return refused;
	if (fault(s, FAULT_SINK_ERROR)) {
		*takes = below(&s->random, 2) == 0;
		return (struct sink_answer){
		    .status = below(&s->random, 2) == 0 ? 500 : 503,
		    .text = "HTTP 5xx"};
	}
	*takes = true;
	return fault(s, FAULT_SINK_TIMEOUT) ? late : fine;
}

static bool
post_answer(struct sim *s, uint32_t at)
{
	struct sim_sinks *ss = s->sinks;
	struct sim_flight *f = &ss->flights[at];
	bool state = sim_sink_is_state(ss, f->sink);
	bool takes;
	struct sink_answer answer =
	    answer_choose(s, &ss->receivers[f->sink], &takes);
	bool ok = !takes || receiver_take(s, f);

	sim_trace(s, "%s answers %u %s, %s", ss->confs[f->sink].name,
	          answer.status, answer.text, takes ? "taken" : "not taken");
	/* the only alert of a post is left out, be it that something ended */
	if (state && answer.status == 400 && f->n_alerts == 1) {
		beliefs_lose(&ss->receivers[f->sink]);
		ss->culprits = true;
	}
	sinks_answered(ss->sinks, f->ticket, &answer, now_of(s));
	flight_end(ss, at);
	return ok;
}

/* --- saving --------------------------------------------------------------------------- */

static uint64_t
letters_count(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	struct node *n = &s->nodes[ALERT];
	uint64_t dead = 0;

	if (store_read(n->store) != ERR_OK)
		return 0;
	for (uint32_t i = 0; i < ss->n; i++) {
		struct sink_counts counts = {.dead = 0};

		if (sinks_counts(ss->sinks, store_kv(n->store, STORE_STATE), i,
		                 &counts) == ERR_OK)
			dead += counts.dead;
	}
	store_read_end(n->store);
	return dead;
}

static enum err
save_run(struct sim *s, struct store *store)
{
	enum err err = store_begin(store);

	if (err != ERR_OK)
		return err;
	err = sinks_save(s->sinks->sinks, store_kv(store, STORE_STATE),
	                 now_of(s));
	if (err == ERR_OK)
		return store_commit(store);
	store_abort(store);
	return err;
}

static bool
save_failed(struct sim *s, enum err err, bool dead)
{
	struct node *n = &s->nodes[ALERT];

	sim_trace(s, "deliveries are not saved: %s", err_name(err));
	s->campaign->fired[FAULT_SINK_SAVE_CRASH] += dead;
	s->campaign->fired[FAULT_SINK_SAVE] += !dead;
	if (dead || err == ERR_IO)
		return node_crash(s, n);
	return err == ERR_STORAGE_FULL || err == ERR_NOMEM ||
	       sim_fail(s, "deliveries are not saved: %s", err_name(err));
}

static bool
save(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	uint64_t letters = ss->letters;
	bool urgent, dead;
	struct plan plan;
	enum err err;

	if (!sinks_unsaved(ss->sinks, &urgent))
		return true;
	plan_begin(s, &plan);
	/* there are few of them */
	plan.fail_put = plan.fail_put == 0 ? 0 : 1 + plan.fail_put % 4;
	err = save_run(s, s->nodes[ALERT].store);
	dead = plan_end(s, &plan);
	if (err != ERR_OK || dead)
		return save_failed(s, err, dead);
	sinks_saved(ss->sinks);
	if (urgent)
		letters = letters_count(s);
	s->campaign->fired[FAULT_SINK_DEAD] +=
	    letters > ss->letters ? letters - ss->letters : 0;
	ss->letters = letters;
	return true;
}

/* --- in between ----------------------------------------------------------------------- */

static void
time_pass(struct sim *s, int64_t ms)
{
	s->now_ms += ms;
	s->mono_ms += ms;
}

/* One of the Alertmanagers knows nothing any more. */
static void
receiver_forget(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	uint32_t at;

	if (ss->n == 0)
		return;
	at = (uint32_t)below(&s->random, ss->n);
	if (sim_sink_is_state(ss, at) && ss->receivers[at].n > 0 &&
	    fault(s, FAULT_SINK_EMPTY))
		ss->receivers[at].n = 0;
}

bool
deliver_committed(struct sim *s)
{
	if (s->sinks != NULL && s->sinks->sinks != NULL)
		sinks_wake(s->sinks->sinks);
	return s->sinks == NULL || told_keep(s);
}

static bool
act(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	bool more, urgent;

	time_pass(s, (int64_t)any_bits(&s->random, 16));
	receiver_forget(s);
	if (sinks_unsaved(ss->sinks, &urgent) && fault(s, FAULT_SINK_CRASH))
		return node_crash(s, &s->nodes[ALERT]);
	switch (below(&s->random, 8)) {
	case 0: return save(s);
	case 1:
	case 2:
	case 3:
		return ss->n_flights == 0 ||
		       post_answer(s,
		                   (uint32_t)below(&s->random, ss->n_flights));
	default: return post_make(s, &more);
	}
}

/* Receivers fail until all the others rest: most is told late. */
bool
deliver_act(struct sim *s)
{
	bool harm = s->harm;
	bool ok;

	if (s->sinks == NULL)
		return true;
	s->harm = true;
	ok = deliver_begin(s) && (s->sinks->sinks == NULL || act(s));
	s->harm = harm;
	return ok;
}

/* --- at rest --------------------------------------------------------------------------- */

/* Until nothing is left to say or to write for now. */
static bool
settle(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	bool more = true, urgent;

	for (int i = 0; i < QUIET_POSTS_MAX; i++) {
		while (ss->n_flights > 0)
			if (!post_answer(s, 0))
				return false;
		if (!post_make(s, &more))
			return false;
		if (more)
			continue;
		if (!sinks_unsaved(ss->sinks, &urgent))
			return true;
		if (!save(s))
			return false;
	}
	return sim_fail(s, "sinks find no rest");
}

/* So long that everything waited for is over. */
static bool
quiet(struct sim *s)
{
	int64_t until =
	    s->mono_ms + SIM_GIVE_UP_MS + SIM_REPEAT_MS + 3 * SIM_RESEND_MS;

	while (s->mono_ms < until) {
		if (!settle(s))
			return false;
		time_pass(s, SIM_RESEND_MS);
	}
	return settle(s);
}

static bool
letters_tell_again(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;
	struct store *store = s->nodes[ALERT].store;
	enum err err = store_begin(store);

	for (uint32_t i = 0; i < ss->n && err == ERR_OK; i++) {
		struct sink_dead_asked asked = {.sink = ss->confs[i].name,
		                                .more = true};

		while (!sim_sink_is_state(ss, i) && asked.more && err == ERR_OK)
			err = sink_dead_retry(
			    ss->sinks, store_kv(store, STORE_STATE), &asked);
	}
	if (err == ERR_OK)
		err = store_commit(store);
	else
		store_abort(store);
	return err == ERR_OK ||
	       sim_fail(s, "dead letters are not told again: %s",
	                err_name(err));
}

bool
deliver_rest(struct sim *s)
{
	struct sim_sinks *ss = s->sinks;

	if (ss == NULL)
		return true;
	/* what a state sink refused it is told again when alert starts */
	if (ss->culprits && !node_crash(s, &s->nodes[ALERT]))
		return false;
	if (!deliver_begin(s))
		return false;
	if (ss->sinks == NULL)
		return sim_fail(s, "alert has lost what it was served");
	if (!quiet(s) || !heard_check(s))
		return false;
	return letters_count(s) == 0 ||
	       (letters_tell_again(s) && settle(s) && heard_letters_check(s));
}
