#include "services/aggregate/agg_fold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/version.h"
#include "services/aggregate/agg_emit.h"

#define ROWS_FIRST_CAP 256

enum err
array_room(void *array_p, uint32_t n, uint32_t *n_cap, size_t size)
{
	void *array;
	uint32_t cap = *n_cap == 0 ? ROWS_FIRST_CAP : *n_cap * 2;

	if (n < *n_cap)
		return ERR_OK;
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
fold_init(struct fold *fold)
{
	*fold = (struct fold){0};
	map_init(&fold->node_index, FOLD_DELTAS_MAX);
	buf_init(&fold->scratch, KV_VALUE_MAX);
}

void
fold_fini(struct fold *fold)
{
	free(fold->rows);
	free(fold->order);
	free(fold->blocks);
	free(fold->changes);
	free(fold->deltas);
	free(fold->pages);
	free(fold->nodes);
	free(fold->runs);
	free(fold->ways);
	free(fold->year);
	free(fold->rollups);
	for (size_t i = 0; i < PLACE_LEVELS; i++)
		free(fold->levels[i].nodes);
	version_list_fini(&fold->versions);
	map_fini(&fold->node_index);
	buf_fini(&fold->scratch);
	*fold = (struct fold){0};
}

void
fold_begin(struct fold *fold, const struct place *place, struct agg_gens gens)
{
	fold->place = place;
	fold->gens = gens;
	fold->horizon.len = 0;
	fold->n_rows = 0;
	fold->n_blocks = 0;
	fold->n_changes = 0;
	fold->n_rollups = 0;
	fold->period_known.code = 0;
}

enum err
fold_change_add(struct fold *fold, const struct figure *before,
                const struct figure *after)
{
	enum err err = array_room(&fold->changes, fold->n_changes,
	                          &fold->n_changes_cap, sizeof(*fold->changes));

	if (err != ERR_OK)
		return err;
	fold->changes[fold->n_changes].before = *before;
	fold->changes[fold->n_changes++].after = *after;
	return ERR_OK;
}

static bool
figure_known(const struct catalogue *c, const struct figure *f)
{
	return f->definition < c->n_definitions && f->unit < c->n_units &&
	       f->source < c->n_sources &&
	       (f->document < c->n_documents || f->document == NUMBER_NONE);
}

static enum err
fold_rows(struct fold *fold, struct block *block, uint64_t number)
{
	const struct catalogue *c = fold->place->catalogue;

	while (block->left > 0) {
		struct fold_row *row = &fold->rows[fold->n_rows];

		if (block_next(block, &row->figure) != ERR_OK ||
		    !figure_known(c, &row->figure))
			return ERR_CORRUPT;
		row->figure.commit = number;
		row->figure.row = fold->n_rows++;
		row->block = fold->n_blocks - 1;
	}
	return ERR_OK;
}

static enum err
fold_rows_room(struct fold *fold, uint32_t n)
{
	enum err err = ERR_OK;

	if (n > FOLD_ROWS_MAX - fold->n_rows)
		return ERR_TOO_LARGE;
	while (err == ERR_OK && fold->n_rows_cap < fold->n_rows + n)
		err = array_room(&fold->rows, fold->n_rows_cap,
		                 &fold->n_rows_cap, sizeof(*fold->rows));
	return err;
}

enum err
fold_block(struct fold *fold, struct span record, uint64_t number)
{
	struct block block;
	enum err err = array_room(&fold->blocks, fold->n_blocks,
	                          &fold->n_blocks_cap, sizeof(*fold->blocks));

	if (err != ERR_OK)
		return err;
	if (block_open(record, &block) != ERR_OK)
		return ERR_CORRUPT;
	fold->blocks[fold->n_blocks++] = (struct fold_block){.id = block.id};
	err = fold_rows_room(fold, block.left);
	return err == ERR_OK ? fold_rows(fold, &block, number) : err;
}

static int
compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* By page, then key, then arrival. */
static int
row_compare(const void *a, const void *b, void *rows_p)
{
	const struct fold_row *rows = rows_p;
	const struct figure *x = &rows[*(const uint32_t *)a].figure;
	const struct figure *y = &rows[*(const uint32_t *)b].figure;
	int order = compare_u32(x->period.code, y->period.code);

	if (order == 0)
		order = compare_u32(x->unit, y->unit);
	if (order == 0)
		order = compare_u32(x->definition, y->definition);
	return order != 0 ? order : compare_u32(x->row, y->row);
}

static enum err
fold_order(struct fold *fold)
{
	bool sorted = true;

	if (fold->n_order_cap < fold->n_rows) {
		uint32_t *order =
		    realloc(fold->order, fold->n_rows * sizeof(*order));

		if (order == NULL)
			return ERR_NOMEM;
		fold->order = order;
		fold->n_order_cap = fold->n_rows;
	}
	for (uint32_t i = 0; i < fold->n_rows; i++) {
		fold->order[i] = i;
		sorted = sorted && (i == 0 || row_compare(&fold->order[i - 1],
		                                          &fold->order[i],
		                                          fold->rows) < 0);
	}
	if (!sorted)
		qsort_r(fold->order, fold->n_rows, sizeof(*fold->order),
		        row_compare, fold->rows);
	return ERR_OK;
}

/* F4 past VERSIONS_MAX: the oldest that is not in force is forgotten. */
static void
versions_forget_oldest(struct version_list *list, uint32_t in_force)
{
	uint32_t at = in_force == 0 ? 1 : 0;

	memmove(&list->rows[at], &list->rows[at + 1],
	        (list->n - at - 1) * sizeof(*list->rows));
	list->n--;
}

/* Appends the assertion and sets the page's row to the figure now in force. */
static enum err
fold_versions(struct fold *fold, struct kv *state, struct figure *row,
              const struct figure *incoming)
{
	const struct catalogue *c = fold->place->catalogue;
	struct version_list *list = &fold->versions;
	uint32_t in_force = version_in_force(c, list->rows, list->n);
	enum err err;

	if (list->n == VERSIONS_MAX)
		versions_forget_oldest(list, in_force);
	err = version_list_add(list, incoming);
	if (err != ERR_OK)
		return err;
	in_force = version_in_force(c, list->rows, list->n);
	if (in_force == VERSION_NONE) {
		*row = *incoming;
		row->action = ACTION_DELETE;
		row->has = 0;
	} else {
		*row = list->rows[in_force];
	}
	if (list->n > 1 || in_force == VERSION_NONE) {
		row->flags |= AGG_HISTORY;
		version_list_store(state, fold->gens, list, &fold->scratch);
	}
	return ERR_OK;
}

/* One assertion against what is known of its key. */
static enum err
fold_assertion(struct fold *fold, struct kv *state, struct figure_page *page,
               const struct fold_row *incoming)
{
	struct fold_block *block = &fold->blocks[incoming->block];
	struct figure *row =
	    figure_page_find(page, incoming->figure.definition);
	enum version_verdict verdict;
	enum err err;

	/* a key never asserted before: nothing to judge it against */
	if (row == NULL && figure_present(&incoming->figure)) {
		*figure_page_make(page, &incoming->figure) = incoming->figure;
		return ERR_OK;
	}
	fold->versions.n = 0;
	if (row != NULL) {
		err =
		    version_list_load(state, fold->gens, row, &fold->versions);
		if (err != ERR_OK)
			return err;
	}
	verdict = version_judge(fold->versions.rows, fold->versions.n,
	                        &incoming->figure);
	if (verdict == VERSION_STALE) {
		block->n_stale++;
		return ERR_OK;
	}
	if (verdict == VERSION_UNCHANGED) {
		block->n_unchanged++;
		return ERR_OK;
	}
	if (row == NULL)
		row = figure_page_make(page, &incoming->figure);
	return fold_versions(fold, state, row, &incoming->figure);
}

static bool
figure_differs(const struct figure *a, const struct figure *b)
{
	if (!figure_present(a) && !figure_present(b))
		return false;
	return figure_present(a) != figure_present(b) ||
	       a->commit != b->commit || a->row != b->row;
}

uint64_t
fold_figure_hash(const struct figure *f)
{
	struct figure plain = *f;

	plain.flags &= (uint8_t)~AGG_HISTORY;
	return figure_hash(&plain);
}

static void
digest_figure(struct digest *digest, const struct figure *f, bool add)
{
	if (!figure_present(f))
		return;
	digest->n_figures += add ? 1 : UINT64_MAX;
	digest->figures += add ? fold_figure_hash(f) : -fold_figure_hash(f);
}

/* All rows of one key: order[from..to). One change at most comes of it. */
static enum err
fold_key(struct fold *fold, struct kv *state, struct figure_page *page,
         uint32_t from, uint32_t to)
{
	const struct figure *key = &fold->rows[fold->order[from]].figure;
	struct figure absent = {.action = ACTION_DELETE};
	struct figure *row = figure_page_find(page, key->definition);
	struct figure before = row != NULL ? *row : absent;
	enum err err = ERR_OK;

	for (uint32_t i = from; i < to && err == ERR_OK; i++)
		err = fold_assertion(fold, state, page,
		                     &fold->rows[fold->order[i]]);
	row = figure_page_find(page, key->definition);
	if (err != ERR_OK || row == NULL || !figure_differs(&before, row))
		return err;
	return fold_change_add(fold, &before, row);
}

static bool
same_page(const struct figure *a, const struct figure *b)
{
	return a->period.code == b->period.code && a->unit == b->unit &&
	       agg_block(a->definition) == agg_block(b->definition);
}

static enum err
fold_period_known(struct fold *fold, struct kv *state, struct period period)
{
	struct agg_key key = agg_key_period(period);
	struct span value;
	enum err err;

	if (fold->period_known.code == period.code)
		return ERR_OK;
	fold->period_known = period;
	err = kv_get(state, agg_key_span(&key), &value);
	if (err != ERR_NOT_FOUND)
		return err;
	kv_put(state, agg_key_span(&key), span_of("", 0));
	return ERR_OK;
}

/* One page: order[*at..) as far as rows belong to it. */
static enum err
fold_page(struct fold *fold, struct kv *state, uint32_t *at)
{
	const struct figure *first = &fold->rows[fold->order[*at]].figure;
	struct agg_key key =
	    agg_key_page(fold->gens, first->period, first->unit,
	                 agg_block(first->definition));
	struct figure_page page;
	enum err err = figure_page_load(state, &key, &page);

	if (err == ERR_OK)
		err = fold_period_known(fold, state, first->period);
	while (err == ERR_OK && *at < fold->n_rows) {
		const struct figure *row = &fold->rows[fold->order[*at]].figure;
		uint32_t to = *at + 1;

		if (!same_page(first, row))
			break;
		while (to < fold->n_rows &&
		       same_page(row, &fold->rows[fold->order[to]].figure) &&
		       fold->rows[fold->order[to]].figure.definition ==
		           row->definition)
			to++;
		err = fold_key(fold, state, &page, *at, to);
		*at = to;
	}
	if (err == ERR_OK)
		figure_page_store(state, &key, &page, &fold->scratch);
	return err;
}

static void
fold_digest_figures(const struct fold *fold, struct digest *digest)
{
	for (uint32_t i = 0; i < fold->n_changes; i++) {
		digest_figure(digest, &fold->changes[i].before, false);
		digest_figure(digest, &fold->changes[i].after, true);
	}
}

static void
fold_emit_receipts(struct fold *fold, struct kv *state, uint64_t number,
                   struct record_list *out)
{
	for (uint32_t i = 0; i < fold->n_blocks; i++) {
		const struct fold_block *b = &fold->blocks[i];
		struct receipt receipt = {.id = b->id,
		                          .n_unchanged = b->n_unchanged,
		                          .n_stale = b->n_stale};
		struct agg_key key = agg_key_receipt(number, &b->id);

		if (b->n_unchanged == 0 && b->n_stale == 0)
			continue;
		buf_reset(&fold->scratch);
		receipt_write(&fold->scratch, &receipt);
		kv_put(state, agg_key_span(&key), buf_span(&fold->scratch));
		record_list_add(out, buf_span(&fold->scratch));
	}
}

enum err
fold_finish(struct fold *fold, struct kv *state, uint64_t number,
            struct digest *digest, struct record_list *out)
{
	uint32_t at = 0;
	enum err err = fold_order(fold);

	while (err == ERR_OK && at < fold->n_rows)
		err = fold_page(fold, state, &at);
	if (err != ERR_OK)
		return err;
	fold_digest_figures(fold, digest);
	agg_emit_figures(fold->changes, fold->n_changes, out);
	err = fold_rollups(fold, state, digest);
	if (err != ERR_OK)
		return err;
	agg_emit_rollups(fold->rollups, fold->n_rollups, out);
	fold_emit_receipts(fold, state, number, out);
	return kv_err(state);
}
