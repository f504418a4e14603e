#include "services/ctl/stats.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/escape.h"
#include "services/ctl/output.h"

const char *const stats_severities[STATS_SEVERITIES] = {"critical", "warning",
                                                        "info"};

/* Rows that the rate counts; NULL: end. */
static const char *const row_details[CTL_SERVICES][4] = {
    {"rows_accepted", "rows_duplicate", "rows_rejected", NULL},
    {"rows_folded", NULL},
    {"verdicts_computed", NULL},
};

bool
stats_detail_get(const struct service_state *s, const char *name,
                 struct wire_value *value)
{
	struct wire_list details = states_details(s);
	struct span found;

	while (wire_pairs_next(&details, &found, value))
		if (span_equal(found, span_str(name)))
			return true;
	return false;
}

int64_t
stats_detail(const struct service_state *s, const char *name)
{
	struct wire_value value;

	if (s->err != ERR_OK || !stats_detail_get(s, name, &value) ||
	    value.kind != WIRE_VALUE_INT)
		return STATS_UNKNOWN;
	return value.number;
}

static void
text_keep(struct span text, char out[WIRE_TEXT_MAX + 1])
{
	size_t len = text.len < WIRE_TEXT_MAX ? text.len : WIRE_TEXT_MAX;

	if (len > 0)
		memcpy(out, text.ptr, len);
	out[len] = '\0';
}

static int64_t
rows_of(const struct service_state *s, enum ctl_service service)
{
	int64_t all = 0;

	for (int i = 0; row_details[service][i] != NULL; i++) {
		int64_t n = stats_detail(s, row_details[service][i]);

		if (n == STATS_UNKNOWN)
			return n;
		all += n;
	}
	return all;
}

/* What grew; a service that was started anew in between counts again from 0. */
static int64_t
grown(int64_t before, int64_t now)
{
	bool known = before != STATS_UNKNOWN && now != STATS_UNKNOWN;

	return known && now >= before ? now - before : STATS_UNKNOWN;
}

static void
lag_find(struct stats_view *v, enum ctl_service service)
{
	const struct service_state *s = &v->states.of[service];
	const struct service_state *before = s - 1;
	struct stats_service *out = &v->of[service];
	int64_t head = stats_detail(s, "source_commit");

	if (service == CTL_INGEST || s->err != ERR_OK)
		return;
	if (before->err == ERR_OK)
		head = (int64_t)before->commit;
	if (head == STATS_UNKNOWN)
		return;
	/* asked a moment later, it may be further on */
	out->lag = head > (int64_t)s->commit ? head - (int64_t)s->commit : 0;
	if (out->lag == 0)
		out->lag_ms = 0;
	else if (before->err == ERR_OK && before->time_ms >= s->time_ms)
		out->lag_ms = (int64_t)(before->time_ms - s->time_ms);
}

static void
numbers_find(struct stats_view *v, enum ctl_service service,
             const struct service_state *first, int64_t apart_ms)
{
	const struct service_state *s = &v->states.of[service];
	struct wire_value version;
	struct stats_service *out = &v->of[service];

	*out = (struct stats_service){
	    .uptime_ms = stats_detail(s, "uptime_ms"),
	    .lag = STATS_UNKNOWN,
	    .lag_ms = STATS_UNKNOWN,
	    .commits = STATS_UNKNOWN,
	    .rows = STATS_UNKNOWN,
	    .apart_ms = apart_ms,
	    .store_bytes = stats_detail(s, "store_bytes"),
	    .limit_bytes = stats_detail(s, "store_limit_bytes"),
	    .disk_bytes = stats_detail(s, "disk_free_bytes"),
	};
	if (s->err == ERR_OK && stats_detail_get(s, "version", &version) &&
	    version.kind == WIRE_VALUE_TEXT)
		text_keep(version.text, out->version);
	lag_find(v, service);
	if (s->err != ERR_OK || first->err != ERR_OK)
		return;
	out->commits = grown((int64_t)first->commit, (int64_t)s->commit);
	out->rows = grown(rows_of(first, service), rows_of(s, service));
}

/* --- alert ------------------------------------------------------------------ */

static int64_t
field_number(struct wire_list pairs, const char *name)
{
	struct wire_value value;

	if (!wire_answer_get(pairs, name, &value) ||
	    value.kind != WIRE_VALUE_INT)
		return STATS_UNKNOWN;
	return value.number;
}

static struct span
field_text(struct wire_list pairs, const char *name)
{
	struct wire_value value;

	if (!wire_answer_get(pairs, name, &value) ||
	    value.kind != WIRE_VALUE_TEXT)
		return span_str("");
	return value.text;
}

static void
open_take(struct stats_view *v, struct wire_list pairs)
{
	bool firing =
	    span_equal(field_text(pairs, "state"), span_str("firing"));
	struct span severity = field_text(pairs, "severity");
	int64_t *list = firing ? v->firing : v->pending;

	for (int i = 0; i < STATS_SEVERITIES; i++)
		if (span_equal(severity, span_str(stats_severities[i])))
			list[i] = field_number(pairs, "alerts");
}

static void
sink_take(struct stats_view *v, struct wire_list pairs)
{
	struct stats_sink *s = &v->sinks[v->n_sinks];

	if (v->n_sinks == STATS_SINKS_MAX)
		return;
	v->n_sinks++;
	text_keep(field_text(pairs, "sink"), s->name);
	s->queued = field_number(pairs, "queued");
	s->dead = field_number(pairs, "dead");
	s->oldest_ms = field_number(pairs, "oldest");
	s->last_ms = field_number(pairs, "last_success");
}

static enum err
rows_take(struct client *client, const char *what, struct stats_view *v,
          void (*take)(struct stats_view *v, struct wire_list pairs))
{
	struct client_query query = {.what = what};
	struct client_rows rows;
	struct wire_list pairs;
	enum err err = client_query(client, &query, &rows);

	while (err == ERR_OK) {
		err = client_rows_next(&rows, &pairs);
		if (err == ERR_OK)
			take(v, pairs);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void
alert_ask(const struct ctl *ctl, int64_t timeout_ms, struct stats_view *v)
{
	struct client *client = NULL;
	enum err err = v->states.of[CTL_ALERT].err;

	if (err == ERR_OK)
		err = ctl_connect(ctl, CTL_ALERT, &client);
	if (err != ERR_OK)
		return;
	client_timeout(client, timeout_ms);
	err = rows_take(client, "open", v, open_take);
	if (err == ERR_OK)
		err = rows_take(client, "sinks", v, sink_take);
	v->told = err == ERR_OK;
	client_free(&client);
}

static bool
any_answered(const struct states *states)
{
	bool any = false;

	for (int i = 0; i < CTL_SERVICES; i++)
		any = any || states->of[i].err == ERR_OK;
	return any;
}

void
stats_ask(const struct ctl *ctl, int64_t timeout_ms, struct stats_view *view)
{
	struct states first;
	struct mono from, to;

	*view = (struct stats_view){.told = false};
	states_ask(ctl, timeout_ms, &first);
	from = clock_mono_now(&ctl->clock);
	if (any_answered(&first))
		(void)poll(NULL, 0, STATS_APART_MS);
	states_again(ctl, timeout_ms, &first, &view->states);
	to = clock_mono_now(&ctl->clock);
	for (int i = 0; i < CTL_SERVICES; i++)
		numbers_find(view, (enum ctl_service)i, &first.of[i],
		             clock_ms_between(from, to));
	alert_ask(ctl, timeout_ms, view);
	states_fini(&first);
}

void
stats_fini(struct stats_view *view)
{
	states_fini(&view->states);
}

/* --- as JSON ---------------------------------------------------------------- */

const char *
stats_rate(int64_t n, int64_t apart_ms, char out[STATS_RATE_TEXT])
{
	int64_t tenths;

	out[0] = '\0';
	if (n == STATS_UNKNOWN || apart_ms <= 0)
		return out;
	tenths = n * 10000 / apart_ms;
	(void)snprintf(out, STATS_RATE_TEXT, "%" PRId64 ".%" PRId64,
	               tenths / 10, tenths % 10);
	return out;
}

static void
put_number(struct buf *out, const char *name, int64_t number)
{
	if (number != STATS_UNKNOWN)
		buf_printf(out, ",\"%s\":%" PRId64, name, number);
}

static void
put_seconds(struct buf *out, const char *name, int64_t ms)
{
	if (ms != STATS_UNKNOWN)
		buf_printf(out, ",\"%s\":%" PRId64 ".%03d", name, ms / 1000,
		           (int)(ms % 1000));
}

static void
put_rate(struct buf *out, const char *name, int64_t n, int64_t apart_ms)
{
	char text[STATS_RATE_TEXT];

	if (stats_rate(n, apart_ms, text)[0] != '\0')
		buf_printf(out, ",\"%s\":%s", name, text);
}

static void
put_time(struct buf *out, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (ms == STATS_UNKNOWN || ms <= 0)
		return;
	clock_format_rfc3339((struct wall){ms}, text);
	buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

static void
put_numbers(const struct stats_view *v, enum ctl_service service,
            struct buf *out)
{
	const struct service_state *s = &v->states.of[service];
	const struct stats_service *n = &v->of[service];

	buf_put_str(out, ",\"version\":");
	escape_json_quoted(out, span_str(n->version));
	put_seconds(out, "uptime_seconds", n->uptime_ms);
	put_number(out, "commit", (int64_t)s->commit);
	put_time(out, "time", (int64_t)s->time_ms);
	put_number(out, "lag", n->lag);
	put_seconds(out, "lag_seconds", n->lag_ms);
	put_rate(out, "commits_per_second", n->commits, n->apart_ms);
	put_rate(out,
	         service == CTL_ALERT ? "verdicts_per_second"
	                              : "rows_per_second",
	         n->rows, n->apart_ms);
	put_seconds(out, "measured_seconds", n->apart_ms);
	put_number(out, "store_used_bytes", n->store_bytes);
	put_number(out, "store_limit_bytes", n->limit_bytes);
	put_number(out, "disk_free_bytes", n->disk_bytes);
}

static void
put_severities(struct buf *out, const char *name,
               const int64_t n[STATS_SEVERITIES])
{
	buf_printf(out, "\"%s\":{", name);
	for (int i = 0; i < STATS_SEVERITIES; i++)
		buf_printf(out, "%s\"%s\":%" PRId64, i > 0 ? "," : "",
		           stats_severities[i], n[i]);
	buf_put_u8(out, '}');
}

static void
put_alert(const struct stats_view *v, struct buf *out)
{
	buf_put_str(out, ",\"alerts\":{");
	put_severities(out, "firing", v->firing);
	buf_put_u8(out, ',');
	put_severities(out, "pending", v->pending);
	buf_put_str(out, "},\"sinks\":[");
	for (uint32_t i = 0; i < v->n_sinks; i++) {
		const struct stats_sink *s = &v->sinks[i];

		buf_put_str(out, i > 0 ? ",{\"sink\":" : "{\"sink\":");
		escape_json_quoted(out, span_str(s->name));
		put_number(out, "queued", s->queued);
		put_time(out, "oldest", s->oldest_ms);
		put_number(out, "dead", s->dead);
		put_time(out, "last_success", s->last_ms);
		buf_put_u8(out, '}');
	}
	buf_put_u8(out, ']');
}

static void
put_details(const struct service_state *s, struct buf *out)
{
	size_t at;

	buf_put_str(out, ",\"details\":");
	at = out->len;
	output_json(out, states_details(s));
	if (buf_err(out) == ERR_OK && out->len > at)
		buf_truncate(out, out->len - 1); /* its line end */
}

void
stats_json(const struct stats_view *view, enum ctl_service service,
           struct buf *out)
{
	const struct service_state *s = &view->states.of[service];

	buf_printf(out, "{\"service\":\"%s\",\"ready\":%s,\"reason\":",
	           ctl_service_name(service), s->ready ? "true" : "false");
	escape_json_quoted(
	    out, span_str(s->err == ERR_OK ? s->reason : err_name(s->err)));
	if (s->err == ERR_OK) {
		put_numbers(view, service, out);
		if (service == CTL_ALERT && view->told)
			put_alert(view, out);
		put_details(s, out);
	}
	buf_put_str(out, "}\n");
}
