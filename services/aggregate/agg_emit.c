#include "services/aggregate/agg_emit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/base/kv.h"

enum {
	ROW_BYTES_MAX = ROLLUP_ROW_BYTES_MAX,
	/* Beside the rows of a commit: its receipts, as long as the names of
	 * those who sent it; or the catalogue; and the heads of all records. */
	BESIDE_BYTES = 96 << 20
};

_Static_assert(FIGURE_ROW_BYTES_MAX <= ROW_BYTES_MAX, "the larger of both");
_Static_assert(EMIT_ROWS_MAX *ROW_BYTES_MAX < KV_VALUE_MAX - 64,
               "a record is a value");
/* K1b: what may be journaled can be said, and said again. */
_Static_assert((uint64_t)FOLD_DELTAS_MAX *ROLLUP_ROW_BYTES_MAX +
                       (uint64_t)FOLD_ROWS_MAX * FIGURE_ROW_BYTES_MAX +
                       BESIDE_BYTES <=
                   COMMIT_BYTES_MAX,
               "the rows of a commit");
_Static_assert((uint64_t)COMMIT_AGAIN_MAX *ROW_BYTES_MAX + BESIDE_BYTES <=
                   COMMIT_BYTES_MAX,
               "what a catalogue's commit says again");

static int
compare_numbers(const uint32_t *a, const uint32_t *b, int n)
{
	for (int i = 0; i < n; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return 0;
}

static int
change_compare(const void *a, const void *b)
{
	const struct figure *x = &((const struct fold_change *)a)->after;
	const struct figure *y = &((const struct fold_change *)b)->after;
	const uint32_t left[] = {x->period.code, x->unit, x->definition};
	const uint32_t right[] = {y->period.code, y->unit, y->definition};

	return compare_numbers(left, right, 3);
}

static int
rollup_compare(const void *a, const void *b)
{
	const struct rollup *x = a;
	const struct rollup *y = b;
	const uint32_t left[] = {x->map, x->period.code, x->unit,
	                         x->definition};
	const uint32_t right[] = {y->map, y->period.code, y->unit,
	                          y->definition};

	return compare_numbers(left, right, 4);
}

static uint32_t
rows_of_record(uint32_t left)
{
	return left < EMIT_ROWS_MAX ? left : EMIT_ROWS_MAX;
}

/* Of a fold they are in order already: pages are. */
static bool
changes_sorted(const struct fold_change *changes, uint32_t n)
{
	uint32_t i = 1;

	while (i < n && change_compare(&changes[i - 1], &changes[i]) <= 0)
		i++;
	return i >= n;
}

void
agg_emit_figures(struct fold_change *changes, uint32_t n,
                 struct record_list *out)
{
	if (!changes_sorted(changes, n))
		qsort(changes, n, sizeof(*changes), change_compare);
	for (uint32_t from = 0, to; from < n; from = to) {
		struct figures_writer writer;

		to = from + rows_of_record(n - from);
		figures_write_begin(&writer, &out->bytes, to - from);
		for (uint32_t i = from; i < to; i++) {
			struct figure after = changes[i].after;

			after.flags &= (uint8_t)~AGG_HISTORY;
			figures_write_row(&writer, &after);
		}
		record_list_close_record(out);
	}
}

void
agg_emit_rollups(struct rollup *rollups, uint32_t n, struct record_list *out)
{
	if (n > 1)
		qsort(rollups, n, sizeof(*rollups), rollup_compare);
	for (uint32_t from = 0, to; from < n; from = to) {
		struct rollups_writer writer;

		to = from + rows_of_record(n - from);
		rollups_write_begin(&writer, &out->bytes, to - from);
		for (uint32_t i = from; i < to; i++)
			rollups_write_row(&writer, &rollups[i]);
		record_list_close_record(out);
	}
}
