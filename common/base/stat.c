#include "common/base/stat.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	STAT_DECIMALS_MAX = 9,
	STAT_NS_DECIMALS = 9, /* nanoseconds shown as seconds */
};

struct bound {
	int64_t ns;
	const char *text; /* in seconds */
};

static const struct bound bounds[] = {
    {100000, "0.0001"},    {200000, "0.0002"},  {500000, "0.0005"},
    {1000000, "0.001"},    {2000000, "0.002"},  {5000000, "0.005"},
    {10000000, "0.01"},    {20000000, "0.02"},  {50000000, "0.05"},
    {100000000, "0.1"},    {200000000, "0.2"},  {500000000, "0.5"},
    {1000000000, "1"},     {2000000000, "2"},   {5000000000, "5"},
    {10000000000, "10"},   {20000000000, "20"}, {50000000000, "50"},
    {100000000000, "100"},
};

_Static_assert(sizeof(bounds) / sizeof(bounds[0]) == STAT_BOUNDS,
               "as many bounds as the header says");

static bool
ends_in(struct span text, const char *end)
{
	size_t len = strlen(end);

	return text.len > len &&
	       memcmp(text.ptr + text.len - len, end, len) == 0;
}

static bool
name_ok(const struct stat_row *row)
{
	const char *allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
	struct span name = span_str(row->name);
	bool total = ends_in(name, "_total");

	if (name.len == 0 || row->name[0] < 'a' || row->name[0] > 'z' ||
	    strspn(row->name, allowed) != name.len)
		return false;
	if (total != (row->kind == STAT_COUNTER))
		return false;
	if (total)
		name.len -= strlen("_total");
	/* A histogram's own samples end so. */
	if (ends_in(name, "_count") || ends_in(name, "_sum") ||
	    ends_in(name, "_bucket"))
		return false;
	return !row->unit || ends_in(name, row->unit);
}

static bool
row_ok(const struct stat_row *row)
{
	if (!name_ok(row) || row->decimals > STAT_DECIMALS_MAX)
		return false;
	if (!row->help || !*row->help || strpbrk(row->help, "\\\n"))
		return false;
	if (row->labels && (!*row->labels || strpbrk(row->labels, "{}\n")))
		return false;
	return row->kind != STAT_HISTOGRAM ||
	       (row->unit && strcmp(row->unit, "seconds") == 0);
}

/* Rows of one name stand together, with labels that differ. */
static bool
place_ok(const struct stat_row *rows, size_t i)
{
	const struct stat_row *row = &rows[i];

	for (size_t j = 0; j < i; j++) {
		if (strcmp(rows[j].name, row->name) != 0)
			continue;
		if (strcmp(rows[i - 1].name, row->name) != 0)
			return false;
		if (rows[j].kind != row->kind || !row->labels ||
		    !rows[j].labels || strcmp(rows[j].labels, row->labels) == 0)
			return false;
	}
	return true;
}

size_t
stat_wrong_row(const struct stat_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!row_ok(&rows[i]) || !place_ok(rows, i))
			return i;
	return n;
}

enum err
stat_open(struct stats *stat, const struct stat_row *rows, size_t n)
{
	struct stat_cell *cells;

	assert(stat_wrong_row(rows, n) == n);
	cells = calloc(n > 0 ? n : 1, sizeof(cells[0]));
	if (!cells)
		return ERR_NOMEM;
	*stat = (struct stats){.rows = rows, .cells = cells, .n = n};
	return ERR_OK;
}

void
stat_close(struct stats *stat)
{
	if (!stat)
		return;
	free(stat->cells);
	*stat = (struct stats){0};
}

static struct stat_cell *
cell_of(const struct stats *stat, size_t row, enum stat_kind kind)
{
	assert(row < stat->n && stat->rows[row].kind == kind);
	return &stat->cells[row];
}

void
stat_add(struct stats *stat, size_t row, uint64_t delta)
{
	cell_of(stat, row, STAT_COUNTER)->value += (int64_t)delta;
}

void
stat_set(struct stats *stat, size_t row, int64_t value)
{
	cell_of(stat, row, STAT_GAUGE)->value = value;
}

void
stat_observe_ns(struct stats *stat, size_t row, int64_t ns)
{
	struct stat_cell *cell = cell_of(stat, row, STAT_HISTOGRAM);
	size_t i = 0;

	if (ns < 0)
		ns = 0;
	while (i < STAT_BOUNDS && ns > bounds[i].ns)
		i++;
	cell->counts[i]++;
	cell->value += ns;
}

static uint64_t
n_observed(const struct stat_cell *cell)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= STAT_BOUNDS; i++)
		n += cell->counts[i];
	return n;
}

int64_t
stat_get(const struct stats *stat, size_t row)
{
	assert(row < stat->n);
	if (stat->rows[row].kind == STAT_HISTOGRAM)
		return (int64_t)n_observed(&stat->cells[row]);
	return stat->cells[row].value;
}

/* Exact: digits of an integer with the point put in. */
static void
put_number(struct buf *out, int64_t value, unsigned decimals)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	uint64_t unit = 1;
	const char *sign = value < 0 ? "-" : "";

	for (unsigned i = 0; i < decimals; i++)
		unit *= 10;
	if (rest % unit == 0)
		buf_printf(out, "%s%" PRIu64, sign, rest / unit);
	else
		buf_printf(out, "%s%" PRIu64 ".%0*" PRIu64, sign, rest / unit,
		           (int)decimals, rest % unit);
}

void
stat_put_head(struct buf *out, const struct stat_row *row)
{
	static const char *const kinds[] = {
	    [STAT_COUNTER] = "counter",
	    [STAT_GAUGE] = "gauge",
	    [STAT_HISTOGRAM] = "histogram",
	};

	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help,
	           row->name, kinds[row->kind]);
}

void
stat_put_sample(struct buf *out, const struct stat_row *row, const char *labels,
                int64_t value)
{
	buf_put_str(out, row->name);
	if (labels)
		buf_printf(out, "{%s}", labels);
	buf_put_u8(out, ' ');
	put_number(out, value, row->decimals);
	buf_put_u8(out, '\n');
}

void
stat_put_label(struct buf *out, const char *key, struct span value)
{
	buf_printf(out, "%s%s=\"", out->len > 0 ? "," : "", key);
	for (size_t i = 0; i < value.len; i++) {
		uint8_t byte = value.ptr[i];

		if (byte == '"' || byte == '\\')
			buf_put_u8(out, '\\');
		if (byte == '\n')
			buf_put_str(out, "\\n");
		else
			buf_put_u8(out, byte);
	}
	buf_put_u8(out, '"');
}

static void
put_bucket(struct buf *out, const struct stat_row *row, const char *bound,
           uint64_t count)
{
	buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", row->name,
	           row->labels ? row->labels : "", row->labels ? "," : "",
	           bound, count);
}

static void
put_own_name(struct buf *out, const struct stat_row *row, const char *suffix)
{
	buf_printf(out, "%s%s", row->name, suffix);
	if (row->labels)
		buf_printf(out, "{%s}", row->labels);
	buf_put_u8(out, ' ');
}

static void
put_histogram(struct buf *out, const struct stat_row *row,
              const struct stat_cell *cell)
{
	uint64_t n = 0;

	for (size_t i = 0; i < STAT_BOUNDS; i++) {
		n += cell->counts[i];
		put_bucket(out, row, bounds[i].text, n);
	}
	n += cell->counts[STAT_BOUNDS];
	put_bucket(out, row, "+Inf", n);
	put_own_name(out, row, "_sum");
	put_number(out, cell->value, STAT_NS_DECIMALS);
	buf_put_u8(out, '\n');
	put_own_name(out, row, "_count");
	buf_printf(out, "%" PRIu64 "\n", n);
}

void
stat_render(const struct stats *stat, struct buf *out)
{
	for (size_t i = 0; i < stat->n; i++) {
		const struct stat_row *row = &stat->rows[i];

		if (i == 0 || strcmp(stat->rows[i - 1].name, row->name) != 0)
			stat_put_head(out, row);
		if (row->kind == STAT_HISTOGRAM)
			put_histogram(out, row, &stat->cells[i]);
		else
			stat_put_sample(out, row, row->labels,
			                stat->cells[i].value);
	}
}
