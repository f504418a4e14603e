#include "services/ingest/ingest_said.h"

#include <stdlib.h>

#include "services/ingest/ingest.h"

#define ROWS_FIRST_CAP 1024

void
said_init(struct said *said)
{
	*said = (struct said){.n_rows = 0};
	map_init(&said->keys, STRICT_ROWS_MAX);
}

void
said_fini(struct said *said)
{
	map_fini(&said->keys);
	free(said->rows);
	*said = (struct said){.n_rows = 0};
}

static enum err
rows_room(struct said *said)
{
	uint32_t cap =
	    said->n_rows_cap == 0 ? ROWS_FIRST_CAP : said->n_rows_cap * 2;
	struct said_row *rows;

	if (said->n_rows < said->n_rows_cap)
		return ERR_OK;
	rows = realloc(said->rows, cap * sizeof(*rows));
	if (rows == NULL)
		return ERR_NOMEM;
	said->rows = rows;
	said->n_rows_cap = cap;
	return ERR_OK;
}

static uint64_t
numbers_hash(const struct figure *f)
{
	const bool value = (f->has & FIGURE_VALUE) != 0;
	const bool parts = (f->has & FIGURE_PARTS) != 0;
	const int64_t numbers[] = {f->has, f->bound, value ? f->value : 0,
	                           parts ? f->numerator : 0,
	                           parts ? f->denominator : 0};

	return hash_bytes(span_of(numbers, sizeof(numbers)), 0);
}

enum err
said_add(struct said *said, const struct figure *f, uint64_t sequence,
         const struct said_row **other)
{
	const uint32_t key[] = {f->definition, f->unit, f->period.code,
	                        f->source, f->status};
	const struct said_row row = {
	    .numbers = numbers_hash(f), .sequence = sequence, .row = f->row};
	uint32_t at = 0;
	enum err err;

	*other = NULL;
	if (f->action != ACTION_MERGE)
		return ERR_OK;
	err = rows_room(said);
	if (err == ERR_OK)
		err = map_intern(&said->keys, span_of(key, sizeof(key)), &at);
	if (err != ERR_OK)
		return err;
	if (at == said->n_rows)
		said->rows[said->n_rows++] = row;
	else if (said->rows[at].numbers != row.numbers &&
	         said->rows[at].sequence != sequence)
		*other = &said->rows[at];
	return ERR_OK;
}
