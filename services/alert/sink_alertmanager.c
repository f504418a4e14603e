#include "services/alert/sink_json.h"

/* A knowledge time may lie ahead of the clock (K3b). What starts then would end then at
 * the earliest: what is over would go on firing. */
static int64_t
start_of(const struct sink_letter *letter, const struct notice *n)
{
	return n->starts_ms < letter->now_ms ? n->starts_ms : letter->now_ms;
}

static int64_t
end_of(const struct sink_letter *letter, const struct notice *n)
{
	int64_t start = start_of(letter, n);
	int64_t end = n->ends_ms < letter->now_ms ? n->ends_ms : letter->now_ms;

	/* A resolve with an end to come would still fire; what ends before it
	 * starts is refused. */
	if (n->firing)
		return letter->now_ms + letter->ends_ms;
	return end < start ? start : end;
}

static void
put_alert(struct buf *out, const struct sink_letter *letter,
          const struct notice *n)
{
	buf_put_str(out, "{\"labels\":");
	sink_json_pairs(out, n->labels);
	buf_put_str(out, ",\"annotations\":");
	sink_json_pairs(out, n->annotations);
	buf_put_str(out, ",\"startsAt\":");
	sink_json_time(out, start_of(letter, n));
	buf_put_str(out, ",\"endsAt\":");
	sink_json_time(out, end_of(letter, n));
	if (letter->settings->external_url[0] != '\0') {
		buf_put_str(out, ",\"generatorURL\":");
		sink_json_generator(out, letter, n);
	}
	buf_put_str(out, "}");
}

static void
write_body(const struct sink_letter *letter, struct buf *out)
{
	for (uint32_t i = 0; i < letter->n; i++) {
		buf_put_str(out, i == 0 ? "[" : ",");
		put_alert(out, letter, &letter->items[i].n);
	}
	buf_put_str(out, "]");
}

const struct sink_kind sink_alertmanager = {
    .name = "alertmanager",
    .path = "/api/v2/alerts",
    .state = true,
    .write = write_body,
};
