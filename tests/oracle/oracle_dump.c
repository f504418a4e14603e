#include "tests/oracle/oracle.h"

#include <inttypes.h>
#include <string.h>

#include "services/aggregate/agg_state.h"

static const char *const table_names[TABLES] = {
    [TABLE_COMMITS] = "commits",   [TABLE_ROWS] = "rows",
    [TABLE_TAKEN] = "taken",       [TABLE_COMPLETIONS] = "completions",
    [TABLE_RECEIPTS] = "receipts", [TABLE_SHOTS] = "shots",
    [TABLE_FIGURES] = "figures",   [TABLE_ROLLUPS] = "rollups",
    [TABLE_SERIES] = "series",     [TABLE_ASKED] = "asked",
    [TABLE_ANSWERS] = "answers",
};

static FILE *
file_open(const char *dir, const char *prefix, const char *name)
{
	char path[200];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s%s.tsv", dir, prefix, name);
	file = fopen(path, "w");
	if (file == NULL)
		oracle_fail("%s: cannot be written", path);
	return file;
}

void
dump_open(struct dump *d, const char *dir)
{
	*d = (struct dump){0};
	for (int i = 0; i < TABLES; i++)
		d->tables[i] = file_open(dir, "", table_names[i]);
	for (int i = 0; i < CAT_KINDS; i++)
		d->catalogue[i] = file_open(dir, "cat_", cat_kinds[i].name);
}

static void
file_close(FILE *file)
{
	if (ferror(file) != 0 || fclose(file) != 0)
		oracle_fail("a table could not be written");
}

struct shot *
shot_new(struct dump *d, uint64_t commit)
{
	struct shot *shot = &d->shots[d->n_shots];

	if (d->n_shots == ORACLE_SHOTS_MAX)
		oracle_fail("too many moments");
	*shot = (struct shot){.id = ++d->n_shots,
	                      .commit = commit,
	                      .published = {DAY_LAST},
	                      .dumped = true};
	return shot;
}

static void
shots_write(const struct dump *d)
{
	char text[DAY_TEXT_MAX];

	for (uint32_t i = 0; i < d->n_shots; i++) {
		const struct shot *s = &d->shots[i];
		bool all = s->published.n == DAY_LAST;

		(void)fprintf(d->tables[TABLE_SHOTS],
		              "%u\t%" PRIu64 "\t%s\t%c\n", s->id, s->commit,
		              all ? "infinity" : day_format(s->published, text),
		              s->dumped ? 't' : 'f');
	}
}

void
dump_close(struct dump *d)
{
	shots_write(d);
	for (int i = 0; i < TABLES; i++)
		file_close(d->tables[i]);
	for (int i = 0; i < CAT_KINDS; i++)
		file_close(d->catalogue[i]);
}

void
dump_text(FILE *file, const char *text)
{
	(void)fprintf(file, "%s\t", text[0] == '\0' ? "\\N" : text);
}

static void
dump_number(FILE *file, bool given, int64_t mantissa, uint8_t places)
{
	char text[DECIMAL_TEXT_MAX] = "";

	if (given)
		(void)decimal_format(mantissa, places, text);
	dump_text(file, text);
}

static void
said_numbers(FILE *file, const struct cat_definition *d, const struct said *row)
{
	bool numerator = row->has_parts && d->place != PLACE_WMEAN;

	dump_number(file, row->has_value, row->value, d->decimals);
	dump_number(file, numerator, row->numerator, 0);
	dump_number(file, row->has_parts, row->denominator, 0);
}

static void
said_line(FILE *file, const struct catalogue *c, const struct said *row)
{
	char text[DAY_TEXT_MAX] = "", period[PERIOD_TEXT_MAX];
	char status[2] = "";

	dump_text(file, c->definitions[row->definition].id);
	dump_text(file, c->units[row->unit].id);
	dump_text(file, period_format(row->period, period));
	said_numbers(file, &c->definitions[row->definition], row);
	if (row->status != WIRE_UNSET)
		status[0] = status_letter((enum obs_status)row->status);
	dump_text(file, status);
	dump_text(file, bound_text((enum bound)row->bound));
	dump_text(file, row->action == ACTION_DELETE ? "delete" : "merge");
	dump_text(file, oracle_sources[row->source]);
	dump_text(file, row->document == ORACLE_DOCUMENTS
	                    ? ""
	                    : oracle_documents[row->document]);
	if (row->released.n != DAY_NONE)
		(void)day_format(row->released, text);
	dump_text(file, text);
}

void
dump_batch(struct dump *d, const struct nodes *n, const struct rows *rows)
{
	FILE *file = d->tables[TABLE_ROWS];
	char today[DAY_TEXT_MAX];

	d->batch++;
	(void)day_format(n->ingest.tick.date, today);
	for (uint32_t i = 0; i < rows->n; i++) {
		(void)fprintf(file, "%" PRIu64 "\t%u\t", d->batch, i);
		said_line(file, n->ingest.catalogue, &rows->list[i]);
		(void)fprintf(file, "%c\t%" PRIu64 "\t%s\n",
		              rows->again ? 't' : 'f', nodes_head(n), today);
	}
	d->rows += rows->n;
}

void
dump_catalogue(struct dump *d, uint64_t commit, const struct cat_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct cat_row *row = &rows->rows[i];
		FILE *file = d->catalogue[row->kind];

		for (uint8_t f = 0; f < cat_kinds[row->kind].n_fields; f++)
			dump_text(file, row->fields[f]);
		(void)fprintf(file, "%" PRIu64 "\n", commit);
	}
}

static void
dump_block(struct dump *d, struct nodes *n, uint64_t commit, struct span record)
{
	struct agg_key key;
	struct receipt receipt;
	struct figure row;
	struct block block;
	struct span value;

	if (block_open(record, &block) != ERR_OK)
		oracle_fail("a block that is none");
	while (block_next(&block, &row) == ERR_OK)
		(void)fprintf(d->tables[TABLE_TAKEN],
		              "%" PRIu64 "\t%u\t%" PRIu64 "\n", d->batch,
		              row.row, commit);
	key = agg_key_receipt(commit, &block.id);
	if (store_read(n->stores[1]) != ERR_OK)
		oracle_fail("aggregate can't be read");
	if (kv_get(store_kv(n->stores[1], STORE_STATE), agg_key_span(&key),
	           &value) == ERR_OK &&
	    receipt_read(value, &receipt) == ERR_OK)
		(void)fprintf(d->tables[TABLE_RECEIPTS],
		              "%" PRIu64 "\t%u\t%u\n", commit,
		              receipt.n_unchanged, receipt.n_stale);
	store_read_end(n->stores[1]);
}

static void
dump_completion(struct dump *d, const struct catalogue *c, uint64_t commit,
                struct span record)
{
	char text[PERIOD_TEXT_MAX];
	struct completion said;

	if (completion_read(record, &said) != ERR_OK)
		oracle_fail("a completion record that is none");
	(void)fprintf(d->tables[TABLE_COMPLETIONS], "%" PRIu64 "\t%s\t%s\t%s\n",
	              commit, c->definitions[said.definition].id,
	              c->units[said.unit].id, period_format(said.period, text));
}

void
dump_commit(struct dump *d, struct nodes *n, uint64_t commit)
{
	struct kv *journal;
	struct commit head;

	if (store_read(n->stores[0]) != ERR_OK)
		oracle_fail("ingest can't be read");
	journal = store_kv(n->stores[0], STORE_JOURNAL);
	if (journal_commit(journal, commit, &head) != ERR_OK)
		oracle_fail("commit %" PRIu64 " is not there", commit);
	(void)fprintf(d->tables[TABLE_COMMITS], "%" PRIu64 "\t%" PRId64 "\n",
	              commit, head.time_ms);
	for (uint32_t i = 0; i < head.n_records; i++) {
		struct span record;

		if (journal_record(journal, commit, i, &record) != ERR_OK)
			oracle_fail("a record lacks");
		if (record_type(record) == RECORD_BLOCK)
			dump_block(d, n, commit, record);
		if (record_type(record) == RECORD_COMPLETION)
			dump_completion(d, n->ingest.catalogue, commit, record);
	}
	store_read_end(n->stores[0]);
}
