#include <inttypes.h>

#include "services/alert/sink_json.h"

static void
put_key(struct buf *out, const char *name)
{
	buf_printf(out, "\"%s\":", name);
}

static void
put_text(struct buf *out, const char *name, struct span value)
{
	put_key(out, name);
	sink_json_text(out, value);
	buf_put_str(out, ",");
}

static struct span
status_of(bool firing)
{
	return span_str(firing ? "firing" : "resolved");
}

static bool
some_fires(const struct sink_letter *letter)
{
	for (uint32_t i = 0; i < letter->n; i++)
		if (letter->items[i].n.firing)
			return true;
	return false;
}

/* A letter is of one programme; the watchdog of none. */
static void
put_group(struct buf *out, const struct sink_letter *letter)
{
	struct span labels = letter->items[0].n.labels;
	const char *name = "programme";
	struct span value = sink_pair(labels, name);
	struct buf key;

	if (value.len == 0) {
		name = "alertname";
		value = sink_pair(labels, name);
	}
	buf_init(&key, NOTICE_BYTES_MAX);
	buf_printf(&key, "{}:{%s=\"", name);
	buf_put(&key, value.ptr, value.len);
	buf_put_str(&key, "\"}");
	put_text(out, "groupKey", buf_span(&key));
	put_key(out, "groupLabels");
	buf_printf(out, "{\"%s\":", name);
	sink_json_text(out, value);
	buf_put_str(out, "},");
	if (buf_err(&key) != ERR_OK && buf_err(out) == ERR_OK)
		out->err = buf_err(&key);
	buf_fini(&key);
}

static void
put_alert(struct buf *out, const struct sink_letter *letter,
          const struct notice *n)
{
	buf_put_str(out, "{");
	put_text(out, "status", status_of(n->firing));
	put_key(out, "labels");
	sink_json_pairs(out, n->labels);
	buf_put_str(out, ",\"annotations\":");
	sink_json_pairs(out, n->annotations);
	buf_put_str(out, ",\"startsAt\":");
	sink_json_time(out, n->starts_ms);
	buf_put_str(out, ",\"endsAt\":");
	/* What Alertmanager says of an end that isn't known. */
	if (n->firing)
		buf_put_str(out, "\"0001-01-01T00:00:00Z\"");
	else
		sink_json_time(out, n->ends_ms);
	buf_put_str(out, ",\"generatorURL\":");
	sink_json_generator(out, letter, n);
	buf_printf(out, ",\"fingerprint\":\"%016" PRIx64 "\"}", n->fingerprint);
}

static void
write_body(const struct sink_letter *letter, struct buf *out)
{
	buf_put_str(out, "{\"version\":\"4\",\"truncatedAlerts\":0,");
	put_group(out, letter);
	put_text(out, "status", status_of(some_fires(letter)));
	put_text(out, "receiver", span_str(letter->receiver));
	put_key(out, "commonLabels");
	sink_json_common(out, letter, true);
	buf_put_str(out, ",\"commonAnnotations\":");
	sink_json_common(out, letter, false);
	buf_put_str(out, ",");
	put_text(out, "externalURL", span_str(letter->settings->external_url));
	put_key(out, "alerts");
	for (uint32_t i = 0; i < letter->n; i++) {
		buf_put_str(out, i == 0 ? "[" : ",");
		put_alert(out, letter, &letter->items[i].n);
	}
	buf_put_str(out, "]}");
}

const struct sink_kind sink_webhook = {
    .name = "webhook",
    .path = "",
    .state = false,
    .write = write_body,
};
