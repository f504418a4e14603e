/*
 * Receivers: they read what arrives, as anybody would, and hold it against what was
 * told.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "services/alert/alert_tell.h"
#include "tests/sim/sim_sinks.h"

struct belief *
belief_find(struct receiver *r, uint64_t fingerprint)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->beliefs[i].fingerprint == fingerprint)
			return &r->beliefs[i];
	return NULL;
}

static void
believe(struct receiver *r, const struct belief *b)
{
	struct belief *is = belief_find(r, b->fingerprint);

	if (is == NULL) {
		if (!list_room(&r->beliefs, r->n, &r->n_cap,
		               sizeof(*r->beliefs)))
			abort();
		is = &r->beliefs[r->n++];
	}
	*is = *b;
}

/* --- reading --------------------------------------------------------------------------- */

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

static long
digits(const char *text, int from, int n)
{
	char part[8] = {0};

	memcpy(part, text + from, (size_t)n);
	return strtol(part, NULL, 10);
}

/* 2019-03-03T10:00:00.000Z */
static int64_t
time_of(const char *text)
{
	struct day day;

	if (strlen(text) != 24)
		return 0;
	day = day_of_civil((int)digits(text, 0, 4), (int)digits(text, 5, 2),
	                   (int)digits(text, 8, 2));
	return (int64_t)day.n * 86400000 + digits(text, 11, 2) * 3600000 +
	       digits(text, 14, 2) * 60000 + digits(text, 17, 2) * 1000 +
	       digits(text, 20, 3);
}

static uint64_t
fingerprint_of(json_t *labels)
{
	struct buf pairs;
	uint64_t fingerprint;
	const char *name;
	json_t *value;

	buf_init(&pairs, NOTICE_BYTES_MAX);
	json_object_foreach(labels, name, value) notice_pair_put(
	    &pairs, span_str(name), span_str(json_string_value(value)));
	fingerprint = notice_fingerprint(buf_span(&pairs));
	buf_fini(&pairs);
	return fingerprint;
}

/* --- Alertmanagers ---------------------------------------------------------------------- */

static bool
is_watchdog(json_t *alert)
{
	return strcmp(text_of(json_object_get(alert, "labels"), "alertname"),
	              NOTICE_WATCHDOG) == 0;
}

static bool
manager_take(struct sim *s, const struct sim_flight *f, json_t *alert)
{
	bool watchdog = is_watchdog(alert);
	struct belief b = {.watchdog = watchdog,
	                   .fingerprint =
	                       fingerprint_of(json_object_get(alert, "labels")),
	                   .ends_ms = time_of(text_of(alert, "endsAt"))};
	int64_t ends_ms =
	    f->sent_ms + (watchdog ? SIM_WATCHDOG_MS : SIM_ENDS_MS);

	b.firing = b.ends_ms > f->sent_ms;
	if (b.firing && b.ends_ms != ends_ms)
		return sim_fail(s, "an alert ends at a time of its own");
	believe(&s->sinks->receivers[f->sink], &b);
	return true;
}

/* --- webhooks --------------------------------------------------------------------------- */

static bool
hook_take(struct sim *s, const struct sim_flight *f, json_t *alert)
{
	struct belief b = {
	    .fingerprint = strtoull(text_of(alert, "fingerprint"), NULL, 16),
	    .firing = strcmp(text_of(alert, "status"), "firing") == 0};

	if (b.fingerprint != fingerprint_of(json_object_get(alert, "labels")))
		return sim_fail(s, "a fingerprint of other labels");
	if (!is_watchdog(alert))
		believe(&s->sinks->receivers[f->sink], &b);
	return true;
}

bool
row_is_dead(struct sim *s, uint32_t sink, const struct told_row *row)
{
	struct store *store = s->nodes[ALERT].store;
	struct sink_dead dead = {.number = 0};
	bool more = true, found = false;

	if (store_read(store) != ERR_OK)
		return false;
	while (more && !found) {
		if (sink_dead_next(store_kv(store, STORE_STATE),
		                   s->sinks->confs[sink].name, dead.number + 1,
		                   &dead, &more) != ERR_OK)
			break;
		found =
		    more && dead.programme == row->programme &&
		    dead.commit == row->at.commit &&
		    span_equal(dead.notices, span_of(row->notices, row->len));
	}
	store_read_end(store);
	return found;
}

/* All that the programme told before was heard, or was given up. */
static bool
order_check(struct sim *s, uint32_t sink, const struct told_row *row)
{
	for (uint32_t i = 0; i < s->n_told; i++) {
		const struct told_row *r = &s->told[i];

		if (r->programme == row->programme &&
		    outbox_compare(r->at, row->at) < 0 && !r->heard[sink] &&
		    !r->excused[sink] && !row_is_dead(s, sink, r))
			return sim_fail(
			    s, "%s hears commit %" PRIu64 " before %" PRIu64,
			    s->sinks->confs[sink].name, row->at.commit,
			    r->at.commit);
	}
	return true;
}

/* The notices of the row, each, and no others. */
static bool
row_equal(struct sim *s, const struct told_row *row, json_t *alerts)
{
	struct span notices = span_of(row->notices, row->len);
	struct notice n;
	size_t i = 0;

	for (; told_next(s, &notices, &n); i++) {
		json_t *alert = json_array_get(alerts, i);

		if (strtoull(text_of(alert, "fingerprint"), NULL, 16) !=
		        n.fingerprint ||
		    (strcmp(text_of(alert, "status"), "firing") == 0) !=
		        n.firing ||
		    time_of(text_of(alert, "startsAt")) != n.starts_ms)
			return sim_fail(s, "a delivery of other notices");
	}
	return i == json_array_size(alerts) ||
	       sim_fail(s, "a delivery of %zu notices, not %zu",
	                json_array_size(alerts), i);
}

static bool
row_take(struct sim *s, const struct sim_flight *f, struct told_row *row,
         json_t *alerts)
{
	uint64_t hash = hash_bytes(span_of(f->body, f->len), 0);

	if (row == NULL)
		return sim_fail(s, "a delivery of what nobody told");
	if (row->heard[f->sink]) {
		s->campaign->fired[FAULT_SINK_REPEAT]++;
		return hash == row->body[f->sink] ||
		       sim_fail(s, "one delivery, two contents");
	}
	if (!order_check(s, f->sink, row) || !row_equal(s, row, alerts))
		return false;
	row->heard[f->sink] = true;
	row->body[f->sink] = hash;
	return true;
}

/* <log>-<commit>-<programme>-<chunk>; other ids name no row. */
static bool
id_is_row(const char *id, uint32_t *programme, struct outbox_at *at)
{
	char *end;

	if (strlen(id) < 18 || id[16] != '-')
		return false;
	at->commit = strtoull(id + 17, &end, 10);
	if (end == id + 17 || *end != '-')
		return false;
	*programme = (uint32_t)strtoul(end + 1, &end, 10);
	if (*end != '-' || end[1] < '0' || end[1] > '9')
		return false;
	at->chunk = (uint32_t)strtoul(end + 1, &end, 10);
	return *end == '\0';
}

static bool
hook_check(struct sim *s, const struct sim_flight *f, json_t *alerts)
{
	struct outbox_at at;
	uint32_t programme;

	if (f->id[0] == '\0')
		return sim_fail(s, "a delivery without an id");
	return !id_is_row(f->id, &programme, &at) ||
	       row_take(s, f, told_find(s, programme, at), alerts);
}

/* --- what arrives ------------------------------------------------------------------------ */

bool
receiver_take(struct sim *s, const struct sim_flight *f)
{
	bool state = sim_sink_is_state(s->sinks, f->sink);
	json_t *body = json_loadb((const char *)f->body, f->len, 0, NULL);
	json_t *alerts = state ? body : json_object_get(body, "alerts");
	bool ok = json_array_size(alerts) > 0 ||
	          sim_fail(s, "a post that says nothing");

	s->campaign->delivered++;
	ok = ok && (state || hook_check(s, f, alerts));
	for (size_t i = 0; ok && i < json_array_size(alerts); i++)
		ok = (state ? manager_take
		            : hook_take)(s, f, json_array_get(alerts, i));
	json_decref(body);
	return ok;
}
