#include "services/alert/sink.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/alert/sink_json.h"
#include "services/alert/sink_parts.h"

const struct sink_kind *
sink_kind_find(const char *name)
{
	static const struct sink_kind *const kinds[] = {&sink_alertmanager,
	                                                &sink_webhook};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

bool
sink_is_state(const struct sink *k)
{
	return k->conf->kind->state;
}

struct alert_key
sink_key(enum alert_table table, const char *name)
{
	struct alert_key key = alert_key_single(table);
	size_t len = strlen(name) + 1;

	assert(len <= SINK_NAME_MAX + 1);
	memcpy(key.bytes + key.len, name, len);
	key.len += len;
	return key;
}

void
sink_key_programme(struct alert_key *key, uint32_t programme)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		key->bytes[key->len++] = (uint8_t)(programme >> shift);
}

/* --- opening ------------------------------------------------------------------------ */

static void
watchdog_pair(struct buf *pairs, const char *name, const char *value)
{
	notice_pair_put(pairs, span_str(name), span_str(value));
}

static void
watchdog_make(struct sinks *s)
{
	struct buf *labels = &s->watchdog_labels;
	struct buf *words = &s->watchdog_words;

	buf_init(labels, NOTICE_BYTES_MAX);
	buf_init(words, NOTICE_BYTES_MAX);
	watchdog_pair(labels, "alertname", NOTICE_WATCHDOG);
	watchdog_pair(labels, "audience", "operations");
	if (s->settings.demo)
		watchdog_pair(labels, "demo", "true");
	watchdog_pair(labels, "severity", "info");
	watchdog_pair(words, "summary", "Tiendo is at work");
	watchdog_pair(words, "summary_vi", "Tiendo đang hoạt động");
	watchdog_pair(words, "description",
	              "Sent for as long as figures are taken, judged and told; "
	              "when it stops, somebody should look");
	watchdog_pair(words, "description_vi",
	              "Được gửi chừng nào số liệu còn được nhận, đánh giá và "
	              "thông báo; khi ngừng, cần có người kiểm tra");
	s->watchdog = (struct notice){
	    .firing = true,
	    .fingerprint = notice_fingerprint(buf_span(labels)),
	    .labels = buf_span(labels),
	    .annotations = buf_span(words),
	};
}

static char *
url_make(const struct sink_conf *conf)
{
	size_t len = strlen(conf->url);
	size_t path = strlen(conf->kind->path) + 1;
	char *url = malloc(len + path);

	if (!url)
		return NULL;
	memcpy(url, conf->url, len);
	while (path > 1 && len > 0 && url[len - 1] == '/')
		len--;
	memcpy(url + len, conf->kind->path, path);
	return url;
}

enum err
sinks_open(struct sinks **sinks_p, const struct sink_settings *settings,
           const struct sink_conf *confs, uint32_t n)
{
	struct sinks *s = calloc(1, sizeof(*s));
	enum err err = s ? ERR_OK : ERR_NOMEM;

	assert(n <= SINKS_MAX);
	if (!s)
		return err;
	s->settings = *settings;
	s->random = settings->seed;
	s->n = n;
	buf_init(&s->body, SINK_BODY_MAX);
	watchdog_make(s);
	if (buf_err(&s->watchdog_labels) != ERR_OK ||
	    buf_err(&s->watchdog_words) != ERR_OK)
		err = ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++) {
		s->sinks[i].conf = &confs[i];
		s->sinks[i].url = url_make(&confs[i]);
		if (!s->sinks[i].url)
			err = ERR_NOMEM;
	}
	if (err == ERR_OK)
		*sinks_p = s;
	else
		sinks_close(&s);
	return err;
}

void
sinks_close(struct sinks **sinks_p)
{
	struct sinks *s = *sinks_p;

	if (!s)
		return;
	for (uint32_t i = 0; i < s->n; i++) {
		free(s->sinks[i].url);
		free(s->sinks[i].lanes);
	}
	free(s->programmes);
	buf_fini(&s->watchdog_labels);
	buf_fini(&s->watchdog_words);
	buf_fini(&s->body);
	free(s);
	*sinks_p = NULL;
}

void
sinks_wake(struct sinks *s)
{
	s->woken = true;
}

void
sinks_healthy(struct sinks *s, bool healthy)
{
	s->healthy = healthy;
	if (!healthy)
		s->healthy_ms = 0;
}

/* --- posts --------------------------------------------------------------------------- */

void
sink_headers_put(struct sink_post *post, const char *delivery)
{
	static const char *const names[] = {"X-Tiendo-Delivery",
	                                    "Idempotency-Key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sink_header *h = &post->headers[post->n_headers++];

		h->name = names[i];
		(void)snprintf(h->value, sizeof(h->value), "%s", delivery);
	}
}

/* As many of the letter's items as the body has room for. */
static enum err
body_write(struct sinks *s, const struct sink_kind *kind,
           struct sink_letter *letter)
{
	for (;; letter->n = (letter->n + 1) / 2) {
		buf_reset(&s->body);
		kind->write(letter, &s->body);
		if (buf_err(&s->body) != ERR_TOO_LARGE || letter->n == 1)
			return buf_err(&s->body);
	}
}

static enum err
letter_send(struct sink_ask *ask, struct sink *k, struct sink_letter *letter,
            const struct flight *flight)
{
	struct sinks *s = ask->s;
	enum err err;

	letter->settings = &s->settings;
	letter->receiver = k->conf->name;
	letter->now_ms = ask->now.wall_ms;
	err = body_write(s, k->conf->kind, letter);
	if (err != ERR_OK)
		return err;
	*ask->post = (struct sink_post){
	    .sink = (uint32_t)(k - s->sinks),
	    .ticket = ++s->ticket,
	    .url = k->url,
	    .body = buf_span(&s->body),
	    .n_alerts = letter->n,
	};
	k->flights[k->n_flights] = *flight;
	k->flights[k->n_flights].ticket = s->ticket;
	k->flights[k->n_flights++].n_alerts = letter->n;
	ask->made = true;
	return ERR_OK;
}

enum err
sink_send(struct sink_ask *ask, struct sink *k, const struct flight *flight,
          uint32_t *n)
{
	struct sink_letter letter = {
	    .items = ask->s->batch.items,
	    .n = ask->s->batch.n,
	    .ends_ms = ask->s->settings.ends_ms,
	};
	enum err err = letter_send(ask, k, &letter, flight);

	*n = letter.n;
	return err;
}

enum err
sink_send_watchdog(struct sink_ask *ask, struct sink *k,
                   const struct flight *flight)
{
	struct sinks *s = ask->s;
	struct sink_item item = {.n = s->watchdog};
	struct sink_letter letter = {
	    .items = &item,
	    .n = 1,
	    .ends_ms = s->settings.watchdog_ends_ms,
	};
	char delivery[64];
	enum err err;

	item.n.starts_ms = s->healthy_ms;
	(void)snprintf(delivery, sizeof(delivery),
	               "%016" PRIx64 "-watchdog-%" PRId64, s->settings.log,
	               ask->now.wall_ms);
	err = letter_send(ask, k, &letter, flight);
	if (err == ERR_OK && !sink_is_state(k))
		sink_headers_put(ask->post, delivery);
	return err;
}

enum err
sinks_next(struct sinks *s, struct kv *state, struct sink_now now,
           struct sink_post *post, bool *more)
{
	struct sink_ask ask = {
	    .s = s, .state = state, .now = now, .post = post};
	uint32_t turn = s->turn;
	enum err err = ERR_OK;

	*more = false;
	if (!s->loaded)
		return ERR_OK;
	if (s->healthy && s->healthy_ms == 0)
		s->healthy_ms = now.wall_ms;
	if (s->woken)
		err = sinks_look(s, state);
	if (!s->begun)
		return err;
	s->wall_ms = now.wall_ms;
	for (uint32_t i = 0; i < s->n && !ask.made && err == ERR_OK; i++) {
		struct sink *k = &s->sinks[(turn + i) % s->n];

		err = sink_is_state(k) ? round_next(&ask, k)
		                       : lanes_next(&ask, k);
		if (ask.made)
			s->turn = (turn + i + 1) % s->n;
	}
	*more = ask.made;
	return err;
}

int64_t
sinks_due_ms(const struct sinks *s)
{
	int64_t due = INT64_MAX;

	if (!s->loaded)
		return due;
	if (s->woken)
		return 0;
	if (!s->begun)
		return due;
	for (uint32_t i = 0; i < s->n; i++) {
		const struct sink *k = &s->sinks[i];
		int64_t one =
		    sink_is_state(k) ? round_due_ms(s, k) : lanes_due_ms(s, k);

		if (one < due)
			due = one;
	}
	return due;
}

/* --- answers ------------------------------------------------------------------------- */

enum outcome
sink_outcome(const struct sink_answer *answer)
{
	static const unsigned again[] = {408, 425, 429};

	if (answer->err != ERR_OK || answer->status >= 500)
		return OUTCOME_AGAIN;
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		if (answer->status == again[i])
			return OUTCOME_AGAIN;
	return answer->status >= 200 && answer->status < 300 ? OUTCOME_DELIVERED
	                                                     : OUTCOME_REFUSED;
}

int64_t
sink_steady_ms(const struct sinks *s, struct sink_now now)
{
	return s->loaded_at.wall_ms + now.mono_ms - s->loaded_at.mono_ms;
}

static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int64_t
sink_wait_ms(struct sinks *s, uint32_t tries, const struct sink_answer *answer)
{
	int64_t most = s->settings.retry_first_ms;
	int64_t least = answer->retry_after_ms;
	int64_t wait;

	for (uint32_t i = 0; i < tries && most < s->settings.retry_max_ms; i++)
		most *= 2;
	if (most > s->settings.retry_max_ms)
		most = s->settings.retry_max_ms;
	wait = (int64_t)(random_next(&s->random) % ((uint64_t)most + 1));
	/* Nobody keeps a lane waiting for longer than it would be tried. */
	if (least > s->settings.give_up_ms)
		least = s->settings.give_up_ms;
	return wait < least ? least : wait;
}

static struct flight *
flight_find(struct sinks *s, uint64_t ticket, struct sink **k)
{
	for (uint32_t i = 0; i < s->n; i++) {
		*k = &s->sinks[i];
		for (uint32_t j = 0; j < (*k)->n_flights; j++)
			if ((*k)->flights[j].ticket == ticket)
				return &(*k)->flights[j];
	}
	return NULL;
}

static void
answer_count(struct sink *k, const struct flight *flight, enum outcome outcome,
             int64_t wall_ms)
{
	if (outcome == OUTCOME_DELIVERED) {
		k->counts.delivered++;
		k->counts.alerts += flight->n_alerts;
		k->counts.last_ok_ms = wall_ms;
	} else if (outcome == OUTCOME_AGAIN) {
		k->counts.failed++;
	} else if (flight->kind != FLIGHT_ROUND) {
		k->counts.refused++;
	}
}

void
sinks_answered(struct sinks *s, uint64_t ticket,
               const struct sink_answer *answer, struct sink_now now)
{
	struct sink *k;
	struct flight *at = flight_find(s, ticket, &k);
	struct flight flight;

	if (!at)
		return;
	flight = *at;
	*at = k->flights[--k->n_flights];
	answer_count(k, &flight, sink_outcome(answer), now.wall_ms);
	if (flight.kind == FLIGHT_LANE)
		lane_answered(s, k, flight.lane, answer, now);
	else if (flight.kind == FLIGHT_ROUND)
		round_answered(s, k, &flight, answer, now);
}

/* --- what is counted ----------------------------------------------------------------- */

/* The time of the first row that waits in the lane. */
static enum err
lane_oldest(const struct sinks *s, const struct sink *k, uint32_t lane,
            struct kv *state, int64_t *oldest_ms)
{
	struct outbox_row row = {.at = k->lanes[lane].place.next};
	bool more;
	enum err err =
	    outbox_next(state, s->programmes[lane].programme, &row, &more);

	if (err == ERR_OK && more &&
	    (*oldest_ms == 0 || row.time_ms < *oldest_ms))
		*oldest_ms = row.time_ms;
	return err;
}

enum err
sinks_counts(struct sinks *s, struct kv *state, uint32_t sink,
             struct sink_counts *counts)
{
	const struct sink *k = &s->sinks[sink];
	struct sink_counts c = k->counts;
	enum err err = dead_count(state, k->conf->name, &c.dead);

	for (uint32_t i = 0; i < s->n_programmes && k->lanes; i++) {
		if (err != ERR_OK || k->lanes[i].queued == 0)
			continue;
		c.queued += k->lanes[i].queued;
		err = lane_oldest(s, k, i, state, &c.oldest_ms);
	}
	if (err == ERR_OK)
		*counts = c;
	return err;
}
