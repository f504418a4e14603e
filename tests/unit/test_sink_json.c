/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "services/alert/sink_json.h"

static void
is_json(struct buf *out, const char *want)
{
	assert_non_null(buf_cstr(out));
	assert_string_equal((const char *)out->ptr, want);
	buf_reset(out);
}

static void
times_are_rfc_3339(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0, "\"1970-01-01T00:00:00.000Z\""},
	    {-1, "\"1969-12-31T23:59:59.999Z\""},
	    {INT64_C(1709251199123), "\"2024-02-29T23:59:59.123Z\""},
	    {INT64_C(1767225600000), "\"2026-01-01T00:00:00.000Z\""},
	    {INT64_MAX, "\"2199-12-31T23:59:59.999Z\""},
	    {INT64_MIN, "\"1900-01-01T00:00:00.000Z\""},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sink_json_time(&out, rows[i].ms);
		is_json(&out, rows[i].text);
	}
	buf_fini(&out);
}

static void
pair(struct buf *pairs, const char *name, const char *value)
{
	notice_pair_put(pairs, span_str(name), span_str(value));
}

static void
texts_are_escaped_and_vietnamese_stays(void **state)
{
	struct buf pairs, out;

	(void)state;
	buf_init(&pairs, 1024);
	buf_init(&out, 1024);
	pair(&pairs, "a", "he said \"no\\yes\"");
	pair(&pairs, "b", "line\nbreak\ttab\x01");
	pair(&pairs, "c", "Tỷ lệ hộ nghèo");
	pair(&pairs, "d", "\xff");
	sink_json_pairs(&out, buf_span(&pairs));
	assert_non_null(buf_cstr(&out));
	assert_non_null(strstr((const char *)out.ptr, "Tỷ lệ hộ nghèo"));
	assert_non_null(
	    strstr((const char *)out.ptr, "he said \\\"no\\\\yes\\\""));
	{
		json_t *read =
		    json_loadb((const char *)out.ptr, out.len, 0, NULL);

		assert_non_null(read);
		assert_string_equal(
		    json_string_value(json_object_get(read, "b")),
		    "line\nbreak\ttab\x01");
		assert_string_equal(
		    json_string_value(json_object_get(read, "d")),
		    "\xef\xbf\xbd");
		json_decref(read);
	}
	buf_reset(&out);
	sink_json_pairs(&out, span_str(""));
	is_json(&out, "{}");
	buf_fini(&pairs);
	buf_fini(&out);
}

/* Two alerts of one programme: one fires, one doesn't. */
struct two {
	struct buf labels[2], words[2];
	struct sink_item items[2];
	struct sink_settings settings;
	struct sink_letter letter;
};

static void
two_init(struct two *t)
{
	*t = (struct two){.settings = {.external_url = "https://x.vn/"}};
	for (int i = 0; i < 2; i++) {
		buf_init(&t->labels[i], 1024);
		buf_init(&t->words[i], 1024);
		pair(&t->labels[i], "alertname", "TiendoTarget");
		pair(&t->labels[i], "programme", "ntm\"x");
		pair(&t->labels[i], "unit", i == 0 ? "04" : "06");
		pair(&t->words[i], "verdict", i == 0 ? "behind" : "met");
		pair(&t->words[i], "target", "18.0");
		t->items[i].n = (struct notice){
		    .firing = i == 0,
		    .fingerprint = 0xf0 + (uint64_t)i,
		    .starts_ms = 1000,
		    .ends_ms = i == 0 ? 0 : 5000,
		    .labels = buf_span(&t->labels[i]),
		    .annotations = buf_span(&t->words[i]),
		};
	}
	t->letter = (struct sink_letter){
	    .settings = &t->settings,
	    .receiver = "office",
	    .items = t->items,
	    .n = 2,
	    .now_ms = 4000,
	    .ends_ms = 72 * 3600000,
	};
}

static void
two_fini(struct two *t)
{
	for (int i = 0; i < 2; i++) {
		buf_fini(&t->labels[i]);
		buf_fini(&t->words[i]);
	}
}

static void
a_webhook_body_is_that_of_alertmanager_version_4(void **state)
{
	struct two t;
	struct buf out;

	(void)state;
	two_init(&t);
	buf_init(&out, 8192);
	sink_webhook.write(&t.letter, &out);
	is_json(&out,
	        "{\"version\":\"4\",\"truncatedAlerts\":0,"
	        "\"groupKey\":\"{}:{programme=\\\"ntm\\\"x\\\"}\","
	        "\"groupLabels\":{\"programme\":\"ntm\\\"x\"},"
	        "\"status\":\"firing\",\"receiver\":\"office\","
	        "\"commonLabels\":{\"alertname\":\"TiendoTarget\","
	        "\"programme\":\"ntm\\\"x\"},"
	        "\"commonAnnotations\":{\"target\":\"18.0\"},"
	        "\"externalURL\":\"https://x.vn/\",\"alerts\":["
	        "{\"status\":\"firing\",\"labels\":{\"alertname\":"
	        "\"TiendoTarget\",\"programme\":\"ntm\\\"x\",\"unit\":\"04\"},"
	        "\"annotations\":{\"verdict\":\"behind\",\"target\":\"18.0\"},"
	        "\"startsAt\":\"1970-01-01T00:00:01.000Z\","
	        "\"endsAt\":\"0001-01-01T00:00:00Z\","
	        "\"generatorURL\":\"https://x.vn/alerts/00000000000000f0\","
	        "\"fingerprint\":\"00000000000000f0\"},"
	        "{\"status\":\"resolved\",\"labels\":{\"alertname\":"
	        "\"TiendoTarget\",\"programme\":\"ntm\\\"x\",\"unit\":\"06\"},"
	        "\"annotations\":{\"verdict\":\"met\",\"target\":\"18.0\"},"
	        "\"startsAt\":\"1970-01-01T00:00:01.000Z\","
	        "\"endsAt\":\"1970-01-01T00:00:05.000Z\","
	        "\"generatorURL\":\"https://x.vn/alerts/00000000000000f1\","
	        "\"fingerprint\":\"00000000000000f1\"}]}");
	t.letter.items = t.items + 1;
	t.letter.n = 1;
	sink_webhook.write(&t.letter, &out);
	assert_non_null(buf_cstr(&out));
	assert_non_null(
	    strstr((const char *)out.ptr, "\"status\":\"resolved\",\"rec"));
	buf_fini(&out);
	two_fini(&t);
}

static void
an_alertmanager_body_has_ends_that_it_accepts(void **state)
{
	struct two t;
	struct buf out;

	(void)state;
	two_init(&t);
	buf_init(&out, 8192);
	t.settings.external_url = "";
	sink_alertmanager.write(&t.letter, &out);
	is_json(&out,
	        "[{\"labels\":{\"alertname\":\"TiendoTarget\","
	        "\"programme\":\"ntm\\\"x\",\"unit\":\"04\"},"
	        "\"annotations\":{\"verdict\":\"behind\",\"target\":\"18.0\"},"
	        "\"startsAt\":\"1970-01-01T00:00:01.000Z\","
	        "\"endsAt\":\"1970-01-04T00:00:04.000Z\"},"
	        "{\"labels\":{\"alertname\":\"TiendoTarget\","
	        "\"programme\":\"ntm\\\"x\",\"unit\":\"06\"},"
	        "\"annotations\":{\"verdict\":\"met\",\"target\":\"18.0\"},"
	        "\"startsAt\":\"1970-01-01T00:00:01.000Z\","
	        "\"endsAt\":\"1970-01-01T00:00:04.000Z\"}]");
	/* Our clock is behind what was said: what is over is over now. */
	t.letter.now_ms = 500;
	t.letter.items = t.items + 1;
	t.letter.n = 1;
	buf_reset(&out);
	sink_alertmanager.write(&t.letter, &out);
	assert_non_null(buf_cstr(&out));
	assert_non_null(strstr((const char *)out.ptr,
	                       "\"startsAt\":\"1970-01-01T00:00:00.500Z\","
	                       "\"endsAt\":\"1970-01-01T00:00:00.500Z\""));
	t.settings.external_url = "https://x.vn/a";
	buf_reset(&out);
	sink_alertmanager.write(&t.letter, &out);
	assert_non_null(buf_cstr(&out));
	assert_non_null(strstr((const char *)out.ptr,
	                       "\"generatorURL\":\"https://x.vn/a/alerts/"));
	buf_fini(&out);
	two_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_rfc_3339),
	    cmocka_unit_test(texts_are_escaped_and_vietnamese_stays),
	    cmocka_unit_test(a_webhook_body_is_that_of_alertmanager_version_4),
	    cmocka_unit_test(an_alertmanager_body_has_ends_that_it_accepts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
