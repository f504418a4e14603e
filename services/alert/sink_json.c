#include "services/alert/sink_json.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/escape.h"
#include "common/domain/period.h"

enum { MS_PER_DAY = 86400000, MS_PER_HOUR = 3600000, MS_PER_MINUTE = 60000 };

void
sink_json_text(struct buf *out, struct span text)
{
	escape_json_quoted(out, text);
}

void
sink_json_time(struct buf *out, int64_t wall_ms)
{
	int64_t first =
	    (int64_t)day_of_civil(PERIOD_YEAR_MIN, 1, 1).n * MS_PER_DAY;
	int64_t end =
	    (int64_t)day_of_civil(PERIOD_YEAR_MAX + 1, 1, 1).n * MS_PER_DAY;
	int64_t at = wall_ms < first ? first : wall_ms;
	int64_t ms;
	int year, month, day;

	if (at >= end)
		at = end - 1;
	ms = at % MS_PER_DAY;
	if (ms < 0)
		ms += MS_PER_DAY;
	day_to_civil((struct day){(int32_t)((at - ms) / MS_PER_DAY)}, &year,
	             &month, &day);
	buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", year, month,
	           day, (int)(ms / MS_PER_HOUR), (int)(ms / MS_PER_MINUTE % 60),
	           (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void
put_pair(struct buf *out, bool *first, struct span name, struct span value)
{
	if (!*first)
		buf_put_str(out, ",");
	*first = false;
	sink_json_text(out, name);
	buf_put_str(out, ":");
	sink_json_text(out, value);
}

void
sink_json_pairs(struct buf *out, struct span pairs)
{
	struct span name, value;
	bool first = true;

	buf_put_str(out, "{");
	while (notice_pair_next(&pairs, &name, &value))
		put_pair(out, &first, name, value);
	buf_put_str(out, "}");
}

static bool
pair_find(struct span pairs, struct span name, struct span *value)
{
	struct span other;

	while (notice_pair_next(&pairs, &other, value))
		if (span_equal(name, other))
			return true;
	return false;
}

struct span
sink_pair(struct span pairs, const char *name)
{
	struct span value;

	return pair_find(pairs, span_str(name), &value) ? value : span_str("");
}

static struct span
pairs_of(const struct sink_letter *letter, uint32_t i, bool labels)
{
	const struct notice *n = &letter->items[i].n;

	return labels ? n->labels : n->annotations;
}

/* Items after the first have the pair, too. */
static bool
is_common(const struct sink_letter *letter, bool labels, struct span name,
          struct span value)
{
	struct span other;

	for (uint32_t i = 1; i < letter->n; i++)
		if (!pair_find(pairs_of(letter, i, labels), name, &other) ||
		    !span_equal(value, other))
			return false;
	return true;
}

void
sink_json_common(struct buf *out, const struct sink_letter *letter, bool labels)
{
	struct span pairs = pairs_of(letter, 0, labels);
	struct span name, value;
	bool first = true;

	buf_put_str(out, "{");
	while (notice_pair_next(&pairs, &name, &value))
		if (is_common(letter, labels, name, value))
			put_pair(out, &first, name, value);
	buf_put_str(out, "}");
}

void
sink_json_generator(struct buf *out, const struct sink_letter *letter,
                    const struct notice *n)
{
	struct span url = span_str(letter->settings->external_url);

	while (url.len > 0 && url.ptr[url.len - 1] == '/')
		url.len--;
	buf_put_str(out, "\"");
	if (url.len > 0) {
		escape_json(out, url);
		buf_printf(out, "/alerts/%016" PRIx64, n->fingerprint);
	}
	buf_put_str(out, "\"");
}
