/*
 * The parts: messages and records as bytes, the journal on this disk, the step of
 * aggregate without sockets and syncs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/journal.h"
#include "common/base/store.h"
#include "common/domain/record.h"
#include "services/aggregate/aggregate.h"
#include "tests/bench/bench.h"
#include "tests/bench/workload.h"
#include "tests/lib/tmpdir.h"

#define BATCH_ROWS     10000u
#define CODEC_ROUNDS   40u
#define COMMITS_SMALL  1000u
#define SMALL_BYTES    500u
#define COMMITS_LARGE  200u
#define LARGE_BYTES    (512u * 1024u)
#define MAP_BYTES      ((uint64_t)16 << 30)
#define COMMIT_BATCHES 7u /* as ingest gathers them under load */

static void
print_rate(const char *bench, const char *what, double n, double seconds)
{
	printf("{\"bench\":\"%s\",\"what\":\"%s\",\"obs\":%.0f,"
	       "\"seconds\":%.3f,\"obs_per_s\":%.0f}\n",
	       bench, what, n, seconds, n / seconds);
	(void)fflush(stdout);
}

/* --- codec ---------------------------------------------------------------- */

static void
batch_build(const struct workload *w, struct wire_batch_writer *writer,
            struct buf *out)
{
	struct wire_batch head = {.producer = span_str("b0"),
	                          .epoch = 1,
	                          .sequence = 1,
	                          .source = span_str("s")};
	struct wire_row_text row;

	wire_batch_reset(writer);
	buf_reset(out);
	for (uint32_t i = 0; i < BATCH_ROWS; i++) {
		workload_row(w, i, 0, &row);
		bench_ok(wire_batch_row(writer, &row), "row");
	}
	bench_ok(wire_batch_finish(writer, 1, &head, out), "batch");
}

static void
batch_read(struct span frame)
{
	struct wire_message m;
	struct wire_rows rows;
	struct wire_row row;
	struct fault fault;
	uint32_t n = 0;

	bench_ok(wire_decode(frame, &m, &fault), "decode");
	wire_rows_open(frame, &m.as.batch, &rows);
	while (wire_rows_next(&rows, &row, &fault) == ERR_OK)
		n++;
	bench_must(n == BATCH_ROWS, "rows of a batch");
}

static void
bench_messages(void)
{
	struct workload *w = malloc(sizeof(*w));
	struct wire_batch_writer writer;
	struct buf out;
	double rows = (double)CODEC_ROUNDS * BATCH_ROWS;
	double from;

	bench_must(w != NULL, "memory");
	workload_init(w);
	wire_batch_init(&writer, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	buf_init(&out, WIRE_MESSAGE_MAX);
	from = bench_seconds();
	for (uint32_t i = 0; i < CODEC_ROUNDS; i++)
		batch_build(w, &writer, &out);
	print_rate("codec", "batch from texts", rows, bench_seconds() - from);
	from = bench_seconds();
	for (uint32_t i = 0; i < CODEC_ROUNDS; i++)
		batch_read(buf_span(&out));
	print_rate("codec", "batch checked and read", rows,
	           bench_seconds() - from);
	wire_batch_fini(&writer);
	buf_fini(&out);
	free(w);
}

/* Rows from..from + n of the workload as one BLOCK record. */
static void
block_make(const struct figure *figures, uint32_t n, struct buf *out)
{
	struct block head = {
	    .id = {.producer = span_str("b0"), .epoch = 1, .sequence = 1},
	    .n_rows = n,
	    .received = day_of_civil(2026, 1, 1)};
	struct block_writer writer;

	block_write_begin(&writer, out, &head);
	for (uint32_t i = 0; i < n; i++)
		block_write_row(&writer, &figures[i]);
	bench_ok(buf_err(out), "block");
}

static struct figure *
figures_make(const struct catalogue *c, uint64_t from, uint32_t n)
{
	struct figure *figures = malloc(n * sizeof(*figures));

	bench_must(figures != NULL, "memory");
	for (uint32_t i = 0; i < n; i++) {
		workload_figure(c, from + i, &figures[i]);
		figures[i].row = i;
	}
	return figures;
}

static void
block_read(struct span record)
{
	struct block block;
	struct figure row;
	uint32_t n = 0;

	bench_ok(block_open(record, &block), "block");
	while (block_next(&block, &row) == ERR_OK)
		n++;
	bench_must(n == BATCH_ROWS, "rows of a block");
}

static void
bench_blocks(void)
{
	struct catalogue *c = workload_catalogue();
	struct figure *figures = figures_make(c, 0, BATCH_ROWS);
	double rows = (double)CODEC_ROUNDS * BATCH_ROWS;
	struct buf out;
	double from = bench_seconds();

	buf_init(&out, COMMIT_BYTES_MAX);
	for (uint32_t i = 0; i < CODEC_ROUNDS; i++) {
		buf_reset(&out);
		block_make(figures, BATCH_ROWS, &out);
	}
	print_rate("codec", "block written", rows, bench_seconds() - from);
	from = bench_seconds();
	for (uint32_t i = 0; i < CODEC_ROUNDS; i++)
		block_read(buf_span(&out));
	print_rate("codec", "block read", rows, bench_seconds() - from);
	buf_fini(&out);
	free(figures);
	catalogue_free(&c);
}

void
bench_codec(const struct bench_args *args)
{
	(void)args;
	bench_messages();
	bench_blocks();
}

/* --- journal -------------------------------------------------------------- */

static void
store_make(struct store **store_p, const char *dir, bool sync)
{
	struct store_conf conf = {.dir = dir,
	                          .kind = "bench",
	                          .format = 1,
	                          .map_bytes = MAP_BYTES,
	                          .sync = sync};
	struct store_refusal why;

	bench_ok(store_open(store_p, &conf, &why), "store");
}

static void
print_journal(const char *what, uint32_t n, size_t bytes, double seconds)
{
	printf("{\"bench\":\"journal\",\"what\":\"%s\",\"commits\":%u,"
	       "\"commit_bytes\":%zu,\"seconds\":%.3f,\"commits_per_s\":%.0f,"
	       "\"mb_per_s\":%.1f}\n",
	       what, n, bytes, seconds, n / seconds,
	       (double)n * (double)bytes / 1e6 / seconds);
	(void)fflush(stdout);
}

static void
journal_write(struct store *store, const struct record_list *records,
              struct commit *head, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		bench_ok(store_begin(store), "begin");
		bench_ok(journal_append(store_kv(store, STORE_JOURNAL), head, 1,
		                        0, records),
		         "append");
		bench_ok(store_commit(store), "commit");
	}
}

static void
journal_read(struct store *store, uint64_t from, uint64_t to)
{
	struct buf packed;
	struct commit commit;
	struct span record;

	buf_init(&packed, WIRE_COMMIT_MAX);
	for (uint64_t i = from; i <= to; i++) {
		buf_reset(&packed);
		bench_ok(store_read(store), "read");
		bench_ok(
		    commit_pack(store_kv(store, STORE_JOURNAL), i, &packed),
		    "pack");
		store_read_end(store);
		bench_ok(commit_view(buf_span(&packed), &commit, &record),
		         "view");
	}
	buf_fini(&packed);
}

static void
journal_sizes(struct store *store, struct commit *head, uint32_t n,
              size_t bytes)
{
	struct record_list records;
	uint64_t first = head->number + 1;
	double from;

	record_list_init(&records);
	for (size_t i = 0; i < bytes; i++)
		buf_put_u8(&records.bytes, (uint8_t)(i * 7));
	record_list_close_record(&records);
	bench_ok(records.err, "record");
	from = bench_seconds();
	journal_write(store, &records, head, n);
	print_journal("append, synced", n, bytes, bench_seconds() - from);
	from = bench_seconds();
	journal_read(store, first, head->number);
	print_journal("read, packed, checked", n, bytes,
	              bench_seconds() - from);
	record_list_fini(&records);
}

void
bench_journal(const struct bench_args *args)
{
	struct commit head = {.number = 0};
	struct store *store = NULL;
	struct tmpdir dir;

	(void)args;
	tmpdir_open(&dir);
	store_make(&store, dir.path, true);
	journal_sizes(store, &head, COMMITS_SMALL, SMALL_BYTES);
	journal_sizes(store, &head, COMMITS_LARGE, LARGE_BYTES);
	store_close(&store);
	tmpdir_close(&dir);
}

/* --- roll-up -------------------------------------------------------------- */

static void
turn_take(struct turn *turn, const struct record_list *records)
{
	struct span items[COMMIT_BATCHES + 1];
	struct turn_input input = {.number = turn->head.number + 1,
	                           .time_ms = 1,
	                           .items = items,
	                           .n_items = records->n};

	for (size_t i = 0; i < records->n; i++)
		items[i] = record_list_at(records, i);
	do
		bench_ok(turn_run(turn, &input, 1), "turn");
	while (turn->more);
}

static void
take_catalogue(struct turn *turn)
{
	struct record_list records;
	struct buf packed;

	record_list_init(&records);
	buf_init(&packed, CATALOGUE_BYTES_MAX);
	workload_pack(0, &packed);
	catalogue_record_write(&records.bytes, 1, buf_span(&packed));
	record_list_close_record(&records);
	turn_take(turn, &records);
	record_list_fini(&records);
	buf_fini(&packed);
}

/* Commits of COMMIT_BATCHES blocks; returns the seconds spent in turns. */
static double
take_rows(struct turn *turn, const struct catalogue *c, uint64_t n)
{
	const uint32_t commit_rows = COMMIT_BATCHES * BATCH_ROWS;
	struct record_list records;
	double seconds = 0;

	record_list_init(&records);
	for (uint64_t at = 0; at < n; at += commit_rows) {
		uint32_t rows =
		    n - at < commit_rows ? (uint32_t)(n - at) : commit_rows;
		struct figure *figures = figures_make(c, at, rows);
		double from;

		record_list_reset(&records);
		for (uint32_t i = 0; i < rows; i += BATCH_ROWS) {
			uint32_t some =
			    rows - i < BATCH_ROWS ? rows - i : BATCH_ROWS;

			block_make(figures + i, some, &records.bytes);
			record_list_close_record(&records);
		}
		from = bench_seconds();
		turn_take(turn, &records);
		seconds += bench_seconds() - from;
		free(figures);
	}
	record_list_fini(&records);
	return seconds;
}

void
bench_rollup(const struct bench_args *args)
{
	uint64_t n =
	    (uint64_t)args->n_months * WORKLOAD_COMMUNES * WORKLOAD_INDICATORS;
	struct catalogue *c = workload_catalogue();
	struct aggregate aggregate;
	struct store *store = NULL;
	struct turn turn;
	struct tmpdir dir;

	tmpdir_open(&dir);
	store_make(&store, dir.path, false);
	aggregate_init(&aggregate);
	turn_init(&turn, store, &aggregate_turn_ops, &aggregate);
	bench_ok(turn_load(&turn), "load");
	take_catalogue(&turn);
	print_rate("rollup", "aggregate's turn, not synced", (double)n,
	           take_rows(&turn, c, n));
	turn_fini(&turn);
	aggregate_fini(&aggregate);
	store_close(&store);
	catalogue_free(&c);
	tmpdir_close(&dir);
}
