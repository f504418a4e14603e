#include "services/ingest/ingest_fit.h"

#include "common/domain/record.h"

void
fit_init(struct fit *f)
{
	*f = (struct fit){.rows_max = COMMIT_ROWS_MAX,
	                  .cells_max = COMMIT_CELLS_MAX,
	                  .again_max = COMMIT_AGAIN_MAX};
}

void
fit_forget(struct fit *f)
{
	reach_fini(&f->reach);
}

enum err
fit_catalogue(struct fit *f, const struct catalogue *c)
{
	reach_fini(&f->reach);
	return reach_init(&f->reach, c);
}

void
fit_begin(struct fit *f)
{
	f->rows = 0;
	f->cells = 0;
}

static enum err
block_count(struct cells *cells, struct span record)
{
	struct figure row;
	struct block block;
	enum err err = block_open(record, &block);

	while (err == ERR_OK && block.left > 0) {
		err = block_next(&block, &row);
		if (err == ERR_OK)
			err = cells_add(cells, &row, 1);
	}
	return err;
}

static enum err
records_count(struct cells *cells, const struct record_list *records)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < records->n && err == ERR_OK; i++) {
		struct span record = record_list_at(records, i);

		if (record_type(record) == RECORD_BLOCK)
			err = block_count(cells, record);
	}
	return err;
}

/* so_far NULL: nothing. *n: how many all of them change. */
static enum err
count_exactly(const struct fit *f, const struct record_list *so_far,
              const struct fitting *what, uint64_t *n)
{
	struct cells cells;
	enum err err;

	cells_init(&cells, &f->reach, (size_t)f->cells_max);
	err = so_far == NULL ? ERR_OK : records_count(&cells, so_far);
	if (err == ERR_OK)
		err = what->count(what->self, &cells);
	*n = cells_count(&cells);
	cells_fini(&cells);
	return err;
}

enum err
fit_alone(const struct fit *f, const struct fitting *what)
{
	uint64_t n;

	if (what->rows > f->rows_max)
		return ERR_TOO_LARGE;
	return what->cells <= f->cells_max ? ERR_OK
	                                   : count_exactly(f, NULL, what, &n);
}

enum err
fit_take(struct fit *f, const struct record_list *so_far,
         const struct fitting *what)
{
	uint64_t cells = f->cells + what->cells;
	enum err err = ERR_OK;

	if (f->rows + what->rows > f->rows_max)
		err = ERR_TOO_LARGE;
	else if (cells > f->cells_max)
		err = count_exactly(f, so_far, what, &cells);
	if (err == ERR_TOO_LARGE && f->rows > 0)
		return ERR_AGAIN;
	if (err != ERR_OK)
		return err;
	f->rows += what->rows;
	f->cells = cells;
	return ERR_OK;
}
