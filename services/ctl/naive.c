#include "services/ctl/naive.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/catalogue_record.h"

#define FIRST_CAP 64

enum err
naive_room(void *array_p, uint32_t n, uint32_t *n_cap, size_t size)
{
	void *array;
	uint32_t cap = *n_cap == 0 ? FIRST_CAP : *n_cap * 2;

	if (n < *n_cap)
		return ERR_OK;
	if (n > UINT32_MAX / 2)
		return ERR_TOO_LARGE;
	memcpy(&array, array_p, sizeof(array));
	/* cppcheck-suppress memleakOnRealloc ; its owner still has it */
	array = realloc(array, cap * size);
	if (array == NULL)
		return ERR_NOMEM;
	memcpy(array_p, &array, sizeof(array));
	*n_cap = cap;
	return ERR_OK;
}

void
naive_init(struct naive *n)
{
	*n = (struct naive){.tick.date.n = DAY_NONE};
}

void
naive_fini(struct naive *n)
{
	catalogue_free(&n->catalogue);
	free(n->assertions);
	free(n->blocks);
	free(n->completions);
	free(n->epochs);
	free(n->ranks);
	naive_init(n);
}

static enum err
take_row(struct naive *n, struct figure *row, uint32_t rank)
{
	enum err err = naive_room(&n->assertions, n->n_assertions,
	                          &n->n_assertions_cap, sizeof(*n->assertions));

	if (err != ERR_OK)
		return err;
	if (row->definition >= n->catalogue->n_definitions ||
	    row->unit >= n->catalogue->n_units ||
	    row->source >= n->catalogue->n_sources)
		return ERR_CORRUPT;
	row->commit = n->commit.number;
	row->row = rank;
	n->assertions[n->n_assertions++] = *row;
	return ERR_OK;
}

/* rank: of rows among all rows of the commit. */
static enum err
take_block(struct naive *n, struct span record, uint32_t *rank)
{
	struct naive_block *b;
	struct block block;
	struct figure row;
	enum err err = naive_room(&n->blocks, n->n_blocks, &n->n_blocks_cap,
	                          sizeof(*n->blocks));

	if (err != ERR_OK)
		return err;
	if (n->catalogue == NULL || block_open(record, &block) != ERR_OK)
		return ERR_CORRUPT;
	b = &n->blocks[n->n_blocks++];
	*b = (struct naive_block){
	    .commit = n->commit.number,
	    .producer = hash_bytes(block.id.producer, block.id.epoch),
	    .sequence = block.id.sequence,
	    .first = n->n_assertions,
	    .n_rows = block.n_rows};
	while (err == ERR_OK && block.left > 0) {
		if (block_next(&block, &row) != ERR_OK)
			return ERR_CORRUPT;
		err = take_row(n, &row, (*rank)++);
	}
	return err;
}

/* A3: what was said of a definition that has more decimals now. */
static void
decimals_grow(struct naive *n, const struct catalogue *former)
{
	for (uint32_t i = 0; i < n->n_assertions; i++) {
		struct figure *f = &n->assertions[i];
		uint8_t places = former->definitions[f->definition].decimals;
		uint8_t now = n->catalogue->definitions[f->definition].decimals;

		if (places < now && (f->has & FIGURE_VALUE) != 0)
			n->n_rescaled++;
		for (; places < now && (f->has & FIGURE_VALUE) != 0; places++)
			f->value *= 10;
	}
}

static enum err
catalogue_replace(struct naive *n, struct span record)
{
	struct catalogue *former = n->catalogue;
	enum err err;

	n->catalogue = NULL;
	err = catalogue_record_build(record, &n->catalogue,
	                             &n->catalogue_version);
	if (err != ERR_OK) {
		n->catalogue = former;
		return err;
	}
	if (former != NULL)
		decimals_grow(n, former);
	catalogue_free(&former);
	return ERR_OK;
}

static enum err
take_catalogue(struct naive *n, struct span record)
{
	struct naive_ranks *epoch;
	enum err err = catalogue_replace(n, record);

	if (err == ERR_OK)
		err = naive_room(&n->epochs, n->n_epochs, &n->n_epochs_cap,
		                 sizeof(*n->epochs));
	if (err != ERR_OK)
		return err;
	epoch = &n->epochs[n->n_epochs++];
	*epoch = (struct naive_ranks){.commit = n->commit.number,
	                              .first = n->n_ranks,
	                              .n = n->catalogue->n_sources};
	for (uint32_t i = 0; i < epoch->n && err == ERR_OK; i++) {
		err = naive_room(&n->ranks, n->n_ranks, &n->n_ranks_cap,
		                 sizeof(*n->ranks));
		if (err == ERR_OK)
			n->ranks[n->n_ranks++] = n->catalogue->sources[i].rank;
	}
	return err;
}

static enum err
take_completion(struct naive *n, struct span record)
{
	enum err err =
	    naive_room(&n->completions, n->n_completions, &n->n_completions_cap,
	               sizeof(*n->completions));
	struct completion *made = n->completions;

	if (err != ERR_OK)
		return err;
	made += n->n_completions++;
	return completion_read(record, made) == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err
take_note(struct span record)
{
	struct note note;

	return note_read(record, &note) == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err
take_record(struct naive *n, struct span record, uint32_t *rank)
{
	switch ((int)record_type(record)) {
	case RECORD_BLOCK: return take_block(n, record, rank);
	case RECORD_CATALOGUE: return take_catalogue(n, record);
	case RECORD_TICK:
		return tick_read(record, &n->tick) == ERR_OK ? ERR_OK
		                                             : ERR_CORRUPT;
	case RECORD_COMPLETION: return take_completion(n, record);
	case RECORD_NOTE: return take_note(record);
	case RECORD_CLOCK:
	case RECORD_PROGRAMME: return ERR_OK;
	default: return ERR_CORRUPT;
	}
}

enum err
naive_take(struct naive *n, const struct commit *commit,
           const struct record_list *records)
{
	uint32_t rank = 0;
	enum err err = ERR_OK;

	if (commit->number != n->commit.number + 1 ||
	    commit->prev != n->commit.link)
		return ERR_UNKNOWN_POSITION;
	n->commit = *commit;
	for (size_t i = 0; i < records->n && err == ERR_OK; i++)
		err = take_record(n, record_list_at(records, i), &rank);
	return err;
}
