#include "tests/lib/sink_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const char *const names[2][SINKS_MAX] = {
    {"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"},
    {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"},
};

void
case_init(struct sink_case *c, const char *kinds)
{
	*c = (struct sink_case){
	    .settings = {.resend_ms = 60000,
	                 .ends_ms = 72 * 3600000,
	                 .repeat_ms = 900000,
	                 .retry_first_ms = 1000,
	                 .retry_max_ms = 300000,
	                 .give_up_ms = CASE_DAY_MS,
	                 .watchdog_ends_ms = 240000,
	                 .watchdog_every_ms = 300000,
	                 .external_url = "",
	                 .log = 0xabc,
	                 .seed = 1},
	    .now = {.mono_ms = 1000, .wall_ms = CASE_START_MS},
	    .n = (uint32_t)strlen(kinds),
	};
	for (uint32_t i = 0; i < c->n; i++)
		c->confs[i] = (struct sink_conf){
		    .kind = sink_kind_find(kinds[i] == 'a' ? "alertmanager"
		                                           : "webhook"),
		    .name = names[kinds[i] == 'a'][i],
		    .url = "http://127.0.0.1:9/",
		};
	assert_int_equal(kv_mem_new(&c->mem), ERR_OK);
	c->kv = kv_mem_kv(c->mem);
}

void
case_fini(struct sink_case *c)
{
	sinks_close(&c->s);
	kv_mem_free(&c->mem);
	free(c->body);
	json_decref(c->json);
}

void
case_load(struct sink_case *c)
{
	sinks_close(&c->s);
	assert_int_equal(sinks_open(&c->s, &c->settings, c->confs, c->n),
	                 ERR_OK);
	assert_int_equal(sinks_load(c->s, c->kv, c->now), ERR_OK);
}

void
case_open(struct sink_case *c, const char *kinds)
{
	case_init(c, kinds);
	case_load(c);
	case_save(c);
}

/* --- notices ------------------------------------------------------------------------- */

static void
pair_put(struct buf *out, const char *name, const char *format, unsigned n)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%s%u", format, n);
	notice_pair_put(out, span_str(name), span_str(text));
}

struct notice
case_notice(struct buf *bytes, uint32_t programme, uint32_t alert,
            uint64_t commit, bool firing)
{
	int64_t time_ms = CASE_START_MS + (int64_t)commit * 1000;
	size_t labels;
	char mark[64];

	buf_reset(bytes);
	notice_pair_put(bytes, span_str("alertname"), span_str("TiendoTarget"));
	pair_put(bytes, "programme", "p", programme);
	pair_put(bytes, "target", "t", alert);
	labels = bytes->len;
	(void)snprintf(mark, sizeof(mark), "a%u c%llu %c", alert,
	               (unsigned long long)commit, firing ? 'f' : 'r');
	notice_pair_put(bytes, span_str("mark"), span_str(mark));
	assert_int_equal(buf_err(bytes), ERR_OK);
	return (struct notice){
	    .firing = firing,
	    .fingerprint = notice_fingerprint(span_of(bytes->ptr, labels)),
	    .commit = commit,
	    .starts_ms = firing ? time_ms : CASE_START_MS,
	    .ends_ms = firing ? 0 : time_ms,
	    .labels = span_of(bytes->ptr, labels),
	    .annotations = span_of(bytes->ptr + labels, bytes->len - labels),
	};
}

void
case_state(struct sink_case *c, uint32_t programme, uint32_t alert,
           uint64_t commit, bool firing)
{
	uint32_t numbers[] = {programme, 0, alert, 0, 0};
	struct alert_key live = alert_key_of(ALERT_TABLE_LIVE, numbers, 5);
	struct alert_key ended =
	    alert_key_of(ALERT_TABLE_RESOLVING, numbers, 5);
	struct buf bytes, row;
	struct notice n;

	buf_init(&bytes, NOTICE_BYTES_MAX);
	buf_init(&row, NOTICE_BYTES_MAX);
	n = case_notice(&bytes, programme, alert, commit, firing);
	notice_write(&row, &n);
	kv_put(c->kv, alert_key_span(firing ? &live : &ended), buf_span(&row));
	kv_del(c->kv, alert_key_span(firing ? &ended : &live));
	buf_fini(&bytes);
	buf_fini(&row);
}

static void
row_put(struct sink_case *c, uint32_t programme, uint64_t commit,
        const struct buf *row)
{
	struct alert_key key =
	    outbox_key(programme, (struct outbox_at){.commit = commit});

	kv_put(c->kv, alert_key_span(&key), buf_span(row));
	assert_int_equal(kv_err(c->kv), ERR_OK);
	if (c->s)
		sinks_wake(c->s);
}

static void
row_begin(struct buf *row, uint64_t commit)
{
	buf_init(row, KV_VALUE_MAX);
	outbox_row_begin(row, CASE_START_MS + (int64_t)commit * 1000);
}

static void
row_add(struct buf *row, uint32_t programme, uint32_t alert, uint64_t commit,
        bool firing)
{
	struct buf bytes;
	struct notice n;

	buf_init(&bytes, NOTICE_BYTES_MAX);
	n = case_notice(&bytes, programme, alert, commit, firing);
	notice_write(row, &n);
	buf_fini(&bytes);
}

void
case_fire(struct sink_case *c, uint32_t programme, uint64_t commit,
          uint32_t first, uint32_t n)
{
	struct buf row;

	row_begin(&row, commit);
	for (uint32_t a = first; a < first + n; a++) {
		row_add(&row, programme, a, commit, true);
		case_state(c, programme, a, commit, true);
	}
	row_put(c, programme, commit, &row);
	buf_fini(&row);
}

void
case_end(struct sink_case *c, uint32_t programme, uint64_t commit,
         uint32_t first, uint32_t n)
{
	struct buf row;

	row_begin(&row, commit);
	for (uint32_t a = first; a < first + n; a++) {
		row_add(&row, programme, a, commit, false);
		case_state(c, programme, a, commit, false);
	}
	row_put(c, programme, commit, &row);
	buf_fini(&row);
}

/* --- posts --------------------------------------------------------------------------- */

void
case_pass(struct sink_case *c, int64_t ms)
{
	c->now.mono_ms += ms;
	c->now.wall_ms += ms;
}

bool
case_next(struct sink_case *c)
{
	bool more;

	assert_int_equal(sinks_next(c->s, c->kv, c->now, &c->post, &more),
	                 ERR_OK);
	if (!more)
		return false;
	c->body = realloc(c->body, c->post.body.len + 1);
	assert_non_null(c->body);
	memcpy(c->body, c->post.body.ptr, c->post.body.len);
	c->body[c->post.body.len] = '\0';
	json_decref(c->json);
	c->json =
	    json_loadb(c->body, c->post.body.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(c->json);
	assert_int_equal(json_array_size(case_alerts(c)), c->post.n_alerts);
	return true;
}

json_t *
case_alerts(const struct sink_case *c)
{
	return json_is_array(c->json) ? c->json
	                              : json_object_get(c->json, "alerts");
}

const char *
case_text(const struct sink_case *c, uint32_t i, const char *member,
          const char *name)
{
	json_t *at = json_object_get(json_array_get(case_alerts(c), i), member);
	const char *text =
	    json_string_value(name ? json_object_get(at, name) : at);

	assert_non_null(text);
	return text;
}

void
case_answer(struct sink_case *c, uint64_t ticket, unsigned status)
{
	struct sink_answer answer = {.status = status, .text = "HTTP status"};

	sinks_answered(c->s, ticket, &answer, c->now);
}

void
case_fail(struct sink_case *c, uint64_t ticket, enum err err)
{
	struct sink_answer answer = {.err = err, .text = "timeout"};

	sinks_answered(c->s, ticket, &answer, c->now);
}

void
case_deliver(struct sink_case *c, unsigned status)
{
	assert_true(case_next(c));
	case_answer(c, c->post.ticket, status);
}

uint32_t
case_drain(struct sink_case *c, unsigned status)
{
	uint32_t n = 0;

	for (; case_next(c); n++)
		case_answer(c, c->post.ticket, status);
	return n;
}

void
case_save(struct sink_case *c)
{
	assert_int_equal(sinks_save(c->s, c->kv, c->now), ERR_OK);
	sinks_saved(c->s);
}

/* --- what is seen -------------------------------------------------------------------- */

bool
case_has(const struct sink_case *c, const char *text)
{
	return strstr(c->body, text) != NULL;
}

uint32_t
case_mentions(const struct sink_case *c, const char *text)
{
	uint32_t n = 0;

	for (const char *at = strstr(c->body, text); at;
	     at = strstr(at + 1, text))
		n++;
	return n;
}

const char *
case_delivery(const struct sink_case *c)
{
	assert_int_equal(c->post.n_headers, 2);
	assert_string_equal(c->post.headers[0].name, "X-Tiendo-Delivery");
	assert_string_equal(c->post.headers[1].name, "Idempotency-Key");
	assert_string_equal(c->post.headers[0].value, c->post.headers[1].value);
	return c->post.headers[0].value;
}

const struct sink_counts *
case_counts(struct sink_case *c, uint32_t sink)
{
	assert_int_equal(sinks_counts(c->s, c->kv, sink, &c->counts), ERR_OK);
	return &c->counts;
}

uint32_t
case_rows(struct sink_case *c, enum alert_table table)
{
	struct alert_key key = {.len = 0};
	struct span value;
	uint32_t n = 0;
	bool more = true;

	for (; more; n++)
		assert_int_equal(
		    alert_table_next(c->kv, table, &key, &value, &more),
		    ERR_OK);
	return n - 1;
}

static uint32_t
number_behind(const char **text, char first)
{
	char *end;
	unsigned long n;

	assert_int_equal(**text, first);
	n = strtoul(*text + 1, &end, 10);
	assert_int_equal(*end, ' ');
	*text = end + 1;
	return (uint32_t)n;
}

struct case_mark
case_mark(const char *mark)
{
	struct case_mark m;

	m.alert = number_behind(&mark, 'a');
	m.commit = number_behind(&mark, 'c');
	m.firing = *mark == 'f';
	return m;
}
