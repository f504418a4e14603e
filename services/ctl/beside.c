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
line_get(const struct line *line, const char *field, struct wire_value *value)
{
	struct wire_list pairs = line->pairs;
	struct span name;

	while (wire_pairs_next(&pairs, &name, value)) {
		if (!starts_with(name, line->object))
			continue;
		name = span_of(name.ptr + line->object.len,
		               name.len - line->object.len);
		if (span_equal(name, span_str(field)))
			return true;
	}
	return false;
}

static void
put_field(struct line *line, const char *field)
{
	struct wire_value value;

	if (field && line->cell.len == 0 && line_get(line, field, &value))
		output_cell(&line->cell, &value, line->ctl->vi);
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

/* "  eurostat" */
static void
put_name(struct line *line)
{
	struct span name = span_of(line->object.ptr, line->object.len - 1);
	struct span methods = span_str(METHODS_OBJECT);
	static const struct words projection = {"projection", "dự báo"};

	buf_put_str(&line->cell, "  ");
	if (starts_with(name, methods))
		buf_put(&line->cell, name.ptr + methods.len,
		        name.len - methods.len);
	else
		buf_put_str(&line->cell, ctl_words(line->ctl, projection));
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

void
beside_lines(const struct ctl *ctl, struct wire_list pairs,
             const struct view_column *columns, struct table *table)
{
	struct line line = {.ctl = ctl, .pairs = pairs};
	struct wire_list rest = pairs;
	struct wire_value value;
	struct span name;

	buf_init(&line.cell, WIRE_MESSAGE_MAX);
	while (wire_pairs_next(&rest, &name, &value)) {
		struct span object = object_of(name);

		if (object.len == 0 || span_equal(object, line.object))
			continue;
		line.object = object;
		for (const struct view_column *c = columns; c->name; c++) {
			line_cell(&line, c->name);
			table_cell(table, buf_span(&line.cell));
		}
	}
	buf_fini(&line.cell);
}
