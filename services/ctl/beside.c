#include "services/ctl/beside.h"

#include <string.h>

#include "services/ctl/output.h"

#define METHODS_OBJECT    "methods."
#define PROJECTION_OBJECT "projection."

/* A field of the line is shown under a column; the first that is there. */
static const struct {
	const char *column;
	const char *fields[2];
} cells[] = {
    {"value", {"value", NULL}},
    {"verdict", {"verdict", NULL}},
    {"reason", {"category", "refused"}},
    {"period", {"theil_sen", NULL}},
};

/* One object of the row: "methods.eurostat." */
struct line {
	const struct ctl *ctl;
	struct wire_list pairs;
	struct span object; /* with the point behind it */
	struct buf cell;
};

static bool
starts_with(struct span text, struct span with)
{
	return text.len > with.len && memcmp(text.ptr, with.ptr, with.len) == 0;
}

static bool
object_get(struct wire_list pairs, struct span object, const char *field,
           struct wire_value *value)
{
	struct span name;

	while (wire_pairs_next(&pairs, &name, value)) {
		if (!starts_with(name, object))
			continue;
		name = span_of(name.ptr + object.len, name.len - object.len);
		if (span_equal(name, span_str(field)))
			return true;
	}
	return false;
}

static bool
line_get(const struct line *line, const char *field, struct wire_value *value)
{
	return object_get(line->pairs, line->object, field, value);
}

static void
put_field(struct line *line, const char *field)
{
	struct wire_value value;

	if (field && line->cell.len == 0 && line_get(line, field, &value))
		view_cell(line->ctl, field, &value, &line->cell);
}

/* "2026 .. 2031", "2026 .. -": the worse end never arrives. */
static void
put_range(struct line *line)
{
	struct wire_value low, high;

	if (!line_get(line, "low", &low))
		return;
	output_cell(&line->cell, &low, line->ctl->vi);
	if (!line_get(line, "high", &high))
		high = wire_nil();
	buf_put_str(&line->cell, " .. ");
	output_cell(&line->cell, &high, line->ctl->vi);
}

/* "methods.eurostat." of "methods.eurostat.value"; empty: no such object. */
static struct span
object_of(struct span name)
{
	const uint8_t *point = memrchr(name.ptr, '.', name.len);

	if (!point || (!starts_with(name, span_str(METHODS_OBJECT)) &&
	               !starts_with(name, span_str(PROJECTION_OBJECT))))
		return span_of(NULL, 0);
	return span_of(name.ptr, (size_t)(point - name.ptr) + 1);
}

/* The next object of the row behind *object. */
static bool
object_next(struct wire_list *rest, struct span *object)
{
	struct wire_value value;
	struct span name;

	while (wire_pairs_next(rest, &name, &value)) {
		struct span next = object_of(name);

		if (next.len == 0 || span_equal(next, *object))
			continue;
		*object = next;
		return true;
	}
	return false;
}

/* Both are refused, for the same reason. */
static bool
refused_alike(struct wire_list pairs, struct span a, struct span b)
{
	struct wire_value x, y;

	return object_get(pairs, a, "refused", &x) &&
	       object_get(pairs, b, "refused", &y) &&
	       x.kind == WIRE_VALUE_TEXT && y.kind == WIRE_VALUE_TEXT &&
	       span_equal(x.text, y.text);
}

/* One line tells of all that are refused alike: that of the first. */
static bool
told_before(const struct line *line)
{
	struct wire_list rest = line->pairs;
	struct span object = span_of(NULL, 0);

	while (object_next(&rest, &object) && object.ptr != line->object.ptr)
		if (refused_alike(line->pairs, object, line->object))
			return true;
	return false;
}

static void
put_method(struct line *line, struct span object)
{
	size_t skip = strlen(METHODS_OBJECT);

	buf_put(&line->cell, object.ptr + skip, object.len - skip - 1);
}

/* "  eurostat", "  path, step" */
static void
put_name(struct line *line)
{
	static const struct words projection = {"projection", "dự báo"};
	struct wire_list rest = line->pairs;
	struct span object = span_of(NULL, 0);

	buf_put_str(&line->cell, "  ");
	if (!starts_with(line->object, span_str(METHODS_OBJECT))) {
		buf_put_str(&line->cell, ctl_words(line->ctl, projection));
		return;
	}
	put_method(line, line->object);
	while (object_next(&rest, &object)) {
		if (span_equal(object, line->object) ||
		    !refused_alike(line->pairs, object, line->object))
			continue;
		buf_put_str(&line->cell, ", ");
		put_method(line, object);
	}
}

static void
line_cell(struct line *line, const char *column)
{
	bool ranged = strcmp(column, "reason") == 0;

	buf_reset(&line->cell);
	if (strcmp(column, "target") == 0) {
		put_name(line);
		return;
	}
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (strcmp(cells[i].column, column) != 0)
			continue;
		put_field(line, cells[i].fields[0]);
		put_field(line, cells[i].fields[1]);
	}
	if (ranged && line->cell.len == 0)
		put_range(line);
}

void
beside_lines(const struct ctl *ctl, struct wire_list pairs,
             const struct view_column *columns, struct table *table)
{
	struct line line = {.ctl = ctl, .pairs = pairs};
	struct wire_list rest = pairs;

	buf_init(&line.cell, WIRE_MESSAGE_MAX);
	while (object_next(&rest, &line.object)) {
		if (told_before(&line))
			continue;
		for (const struct view_column *c = columns; c->name; c++) {
			line_cell(&line, c->name);
			table_cell(table, buf_span(&line.cell));
		}
	}
	buf_fini(&line.cell);
}
