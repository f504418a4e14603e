#include "services/ctl/output.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/escape.h"
#include "common/domain/decimal.h"

/* Fields that are sent as milliseconds and shown as a time. */
static const struct {
	const char *sent;
	const char *shown;
} times[] = {
    {"received_ms", "received"},
    {"since_ms", "since"},
    {"as_of_ms", "as_of"},
};

static const char *
time_shown(struct span name)
{
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (span_equal(span_str(times[i].sent), name))
			return times[i].shown;
	return NULL;
}

static const char *
time_sent(const char *shown)
{
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(times[i].shown, shown) == 0)
			return times[i].sent;
	return NULL;
}

/* Turns a number of milliseconds into the text that shows it. */
static void
time_take(struct wire_value *value, char time[CLOCK_TEXT_SIZE])
{
	if (value->kind != WIRE_VALUE_INT)
		return;
	clock_format_rfc3339((struct wall){value->number}, time);
	*value = wire_text(span_str(time));
}

static void
put_plain(struct buf *out, const struct wire_value *value)
{
	char text[DECIMAL_TEXT_MAX];

	if (value->kind == WIRE_VALUE_TEXT)
		buf_put(out, value->text.ptr, value->text.len);
	else if (value->kind == WIRE_VALUE_BOOL)
		buf_put_str(out, value->truth ? "true" : "false");
	else if (value->kind == WIRE_VALUE_INT)
		buf_printf(out, "%" PRId64, value->number);
	else if (value->kind == WIRE_VALUE_DECIMAL)
		buf_put_str(out,
		            decimal_format(value->number, value->places, text));
}

/* --- JSON ----------------------------------------------------------------- */

static void
put_json_value(struct buf *out, const struct wire_value *value)
{
	if (value->kind == WIRE_VALUE_NIL)
		buf_put_str(out, "null");
	else if (value->kind == WIRE_VALUE_TEXT)
		escape_json_quoted(out, value->text);
	else
		put_plain(out, value);
}

/* What stands before the last point: the objects a field belongs to. */
static struct span
objects_of(struct span name)
{
	const uint8_t *point =
	    name.len > 0 ? memrchr(name.ptr, '.', name.len) : NULL;

	return point ? span_of(name.ptr, (size_t)(point - name.ptr))
	             : span_of(NULL, 0);
}

static bool
object_ends(struct span objects, size_t at)
{
	return at == objects.len || objects.ptr[at] == '.';
}

/* Bytes of the outer objects that are the same. */
static size_t
objects_shared(struct span a, struct span b)
{
	size_t shared = 0;

	for (size_t i = 0; i < a.len && i < b.len && a.ptr[i] == b.ptr[i]; i++)
		if (object_ends(a, i + 1) && object_ends(b, i + 1))
			shared = i + 1;
	return shared;
}

/* Those behind the first `from` bytes, from the inside. */
static void
close_objects(struct buf *out, struct span open, size_t from)
{
	for (size_t i = from + 1; i <= open.len; i++)
		if (object_ends(open, i))
			buf_put_u8(out, '}');
}

static void
open_objects(struct buf *out, struct span objects, size_t from)
{
	size_t start = from > 0 ? from + 1 : 0;

	for (size_t i = from + 1; i <= objects.len; i++) {
		if (!object_ends(objects, i))
			continue;
		escape_json_quoted(out,
		                   span_of(objects.ptr + start, i - start));
		buf_put_str(out, ":{");
		start = i + 1;
	}
}

/* Closes the open objects, and opens those of name, as far as they differ. */
static struct span
put_json_objects(struct buf *out, struct span open, struct span name)
{
	struct span objects = objects_of(name);
	size_t shared = objects_shared(open, objects);

	close_objects(out, open, shared);
	if (out->len > 0 && out->ptr[out->len - 1] != '{')
		buf_put_u8(out, ',');
	open_objects(out, objects, shared);
	return objects;
}

void
output_json(struct buf *out, struct wire_list pairs)
{
	struct span name, open = span_of(NULL, 0);
	char time[CLOCK_TEXT_SIZE];
	struct wire_value value;

	buf_put_u8(out, '{');
	while (wire_pairs_next(&pairs, &name, &value) &&
	       buf_err(out) == ERR_OK) {
		const char *shown = time_shown(name);
		size_t skip;

		if (shown) {
			time_take(&value, time);
			name = span_str(shown);
		}
		open = put_json_objects(out, open, name);
		skip = open.len > 0 ? open.len + 1 : 0;
		escape_json_quoted(out,
		                   span_of(name.ptr + skip, name.len - skip));
		buf_put_u8(out, ':');
		put_json_value(out, &value);
	}
	close_objects(out, open, 0);
	buf_put_str(out, "}\n");
}

/* --- CSV ------------------------------------------------------------------ */

static bool
needs_quotes(struct span text)
{
	static const uint8_t special[] = {',', '"', '\r', '\n'};

	for (size_t i = 0; i < text.len; i++)
		if (memchr(special, text.ptr[i], sizeof(special)))
			return true;
	return false;
}

void
output_csv_field(struct buf *out, struct span text)
{
	if (!needs_quotes(text)) {
		buf_put(out, text.ptr, text.len);
		return;
	}
	buf_put_u8(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"')
			buf_put_u8(out, '"');
		buf_put_u8(out, text.ptr[i]);
	}
	buf_put_u8(out, '"');
}

void
output_csv_names(struct buf *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		if (i > 0)
			buf_put_u8(out, ',');
		output_csv_field(out, span_str(names[i]));
	}
	buf_put_u8(out, '\n');
}

bool
output_get(struct wire_list pairs, const char *name, struct wire_value *value,
           char time[CLOCK_TEXT_SIZE])
{
	const char *sent = time_sent(name);

	if (wire_answer_get(pairs, name, value))
		return true;
	if (!sent || !wire_answer_get(pairs, sent, value))
		return false;
	time_take(value, time);
	return true;
}

void
output_csv(struct buf *out, const char *const *names, struct wire_list pairs)
{
	char time[CLOCK_TEXT_SIZE];
	struct wire_value value;

	for (size_t i = 0; names[i]; i++) {
		if (i > 0)
			buf_put_u8(out, ',');
		if (!output_get(pairs, names[i], &value, time))
			continue;
		if (value.kind == WIRE_VALUE_TEXT)
			output_csv_field(out, value.text);
		else
			put_plain(out, &value);
	}
	buf_put_u8(out, '\n');
}

/* --- tables --------------------------------------------------------------- */

void
output_cell(struct buf *out, const struct wire_value *value, bool comma)
{
	size_t at = out->len;

	if (value->kind == WIRE_VALUE_NIL)
		buf_put_u8(out, '-');
	put_plain(out, value);
	if (!comma || value->kind != WIRE_VALUE_DECIMAL)
		return;
	for (size_t i = at; i < out->len; i++)
		if (out->ptr[i] == '.')
			out->ptr[i] = ',';
}
