#include "services/aggregate/agg_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void
key_be32(struct agg_key *key, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		key->bytes[key->len++] = (uint8_t)(value >> shift);
}

static void
key_be64(struct agg_key *key, uint64_t value)
{
	key_be32(key, (uint32_t)(value >> 32));
	key_be32(key, (uint32_t)value);
}

struct span
agg_key_span(const struct agg_key *key)
{
	return span_of(key->bytes, key->len);
}

static struct agg_key
key_of_generation(enum agg_table table, uint8_t generation)
{
	struct agg_key key = {.bytes = {agg_table_at(table, generation)},
	                      .len = 1};

	return key;
}

struct agg_key
agg_key_single(enum agg_table table)
{
	struct agg_key key = {.bytes = {(uint8_t)table}, .len = 1};

	return key;
}

struct agg_key
agg_key_page(struct agg_gens gens, struct period period, uint32_t unit,
             uint32_t block)
{
	struct agg_key key = key_of_generation(AGG_FIGURES, gens.figures);

	key_be32(&key, period.code);
	key_be32(&key, unit);
	key_be32(&key, block);
	return key;
}

struct agg_key
agg_key_versions(struct agg_gens gens, const struct figure *figure)
{
	struct agg_key key = key_of_generation(AGG_VERSIONS, gens.figures);

	key_be32(&key, figure->definition);
	key_be32(&key, figure->unit);
	key_be32(&key, figure->period.code);
	return key;
}

struct agg_key
agg_key_period(struct period period)
{
	struct agg_key key = agg_key_single(AGG_PERIODS);

	key_be32(&key, period.code);
	return key;
}

struct agg_key
agg_key_rollups(struct agg_gens gens, uint32_t map, struct period period,
                uint32_t unit, uint32_t block)
{
	struct agg_key key = key_of_generation(AGG_ROLLUPS, gens.rollups);

	key_be32(&key, map);
	key_be32(&key, period.code);
	key_be32(&key, unit);
	key_be32(&key, block);
	return key;
}

struct agg_key
agg_key_receipt(uint64_t commit, const struct batch_id *id)
{
	struct agg_key key = agg_key_single(AGG_RECEIPTS);

	key_be64(&key, commit);
	key_be64(&key, hash_bytes(id->producer, id->epoch));
	key_be32(&key, (uint32_t)id->sequence);
	return key;
}

struct agg_key
agg_key_completion(const struct completion *c)
{
	struct agg_key key = agg_key_single(AGG_COMPLETIONS);

	key_be32(&key, c->definition);
	key_be32(&key, c->unit);
	key_be32(&key, c->period.code);
	return key;
}

struct agg_key
agg_key_catalogue(uint64_t commit)
{
	struct agg_key key = agg_key_single(AGG_CATALOGUES);

	key_be64(&key, commit);
	return key;
}

/* Downwards, so that the first key from a commit on is the last tick by then. */
struct agg_key
agg_key_tick(uint64_t commit)
{
	struct agg_key key = agg_key_single(AGG_TICKS);

	key_be64(&key, UINT64_MAX - commit);
	return key;
}

/* The key is copied, as views end with the next put. */
enum err
agg_state_next(struct kv *state, uint8_t table, struct agg_key *key, bool *more)
{
	struct span found, value;
	enum err err;

	*more = false;
	if (key->len == 0)
		key->bytes[0] = table;
	else
		key->bytes[key->len] = 0;
	key->len++;
	err = kv_next(state, agg_key_span(key), &found, &value);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || found.len == 0 || found.ptr[0] != table)
		return err;
	if (found.len >= sizeof(key->bytes))
		return ERR_CORRUPT;
	memcpy(key->bytes, found.ptr, found.len);
	key->len = found.len;
	*more = true;
	return ERR_OK;
}

enum err
agg_generations_load(struct kv *state, struct agg_generations *g)
{
	struct agg_key key = agg_key_single(AGG_GENERATIONS);
	struct span value;
	enum err err = kv_get(state, agg_key_span(&key), &value);

	if (err == ERR_NOT_FOUND) {
		*g = (struct agg_generations){.waste_figures = false};
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (value.len != 1 || value.ptr[0] > 15)
		return ERR_CORRUPT;
	g->used.figures = value.ptr[0] & 1u;
	g->used.rollups = value.ptr[0] >> 1 & 1u;
	g->waste_figures = value.ptr[0] >> 2 & 1u;
	g->waste_rollups = value.ptr[0] >> 3 & 1u;
	return ERR_OK;
}

void
agg_generations_store(struct kv *state, const struct agg_generations *g)
{
	struct agg_key key = agg_key_single(AGG_GENERATIONS);
	uint8_t bits = (uint8_t)(g->used.figures | g->used.rollups << 1 |
	                         g->waste_figures << 2 | g->waste_rollups << 3);

	kv_put(state, agg_key_span(&key), span_of(&bits, 1));
}

/* A damaged row is damage, whatever the codec calls it. */
static enum err
as_damage(enum err err)
{
	return err == ERR_OK || err == ERR_NOMEM ? err : ERR_CORRUPT;
}

enum err
figure_page_load(struct kv *state, const struct agg_key *key,
                 struct figure_page *page)
{
	struct figures_reader reader;
	struct span value;
	enum err err;

	page->n = 0;
	err = kv_get(state, agg_key_span(key), &value);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = as_damage(figures_open(value, &reader));
	if (err != ERR_OK)
		return err;
	if (reader.left > PAGE_DEFINITIONS)
		return ERR_CORRUPT;
	while (err == ERR_OK && reader.left > 0)
		err = as_damage(figures_next(&reader, &page->rows[page->n++]));
	return err;
}

void
figure_page_store(struct kv *state, const struct agg_key *key,
                  const struct figure_page *page, struct buf *scratch)
{
	struct figures_writer writer;

	buf_reset(scratch);
	figures_write_begin(&writer, scratch, page->n);
	for (uint32_t i = 0; i < page->n; i++)
		figures_write_row(&writer, &page->rows[i]);
	if (buf_err(scratch) != ERR_OK)
		state->err = buf_err(scratch);
	else
		kv_put(state, agg_key_span(key), buf_span(scratch));
}

/* Rank of the first row whose definition is not less. Pages are filled in order
 * of definition more often than not, so the end is looked at first. */
static uint32_t
figure_page_rank(const struct figure_page *page, uint32_t definition)
{
	uint32_t low = 0;
	uint32_t high = page->n;

	if (high > 0 && page->rows[high - 1].definition < definition)
		return high;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (page->rows[middle].definition < definition)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct figure *
figure_page_find(struct figure_page *page, uint32_t definition)
{
	uint32_t rank = figure_page_rank(page, definition);

	if (rank == page->n || page->rows[rank].definition != definition)
		return NULL;
	return &page->rows[rank];
}

struct figure *
figure_page_make(struct figure_page *page, const struct figure *key)
{
	uint32_t rank = figure_page_rank(page, key->definition);
	struct figure *row = &page->rows[rank];

	if (rank < page->n && row->definition == key->definition)
		return row;
	assert(page->n < PAGE_DEFINITIONS);
	memmove(row + 1, row, (page->n - rank) * sizeof(*row));
	page->n++;
	memset(row, 0, sizeof(*row));
	row->definition = key->definition;
	row->unit = key->unit;
	row->period = key->period;
	return row;
}

enum err
rollup_page_load(struct kv *state, const struct agg_key *key,
                 struct rollup_page *page)
{
	struct rollups_reader reader;
	struct span value;
	enum err err;

	page->n = 0;
	err = kv_get(state, agg_key_span(key), &value);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = as_damage(rollups_open(value, &reader));
	if (err != ERR_OK)
		return err;
	if (reader.left > PAGE_DEFINITIONS)
		return ERR_CORRUPT;
	while (err == ERR_OK && reader.left > 0)
		err = as_damage(rollups_next(&reader, &page->rows[page->n++]));
	return err;
}

bool
rollup_empty(const struct rollup *rollup)
{
	return rollup->n_by_status[STATUS_A] == 0 &&
	       rollup->n_by_status[STATUS_P] == 0 &&
	       rollup->n_by_status[STATUS_E] == 0;
}

void
rollup_page_store(struct kv *state, const struct agg_key *key,
                  const struct rollup_page *page, struct buf *scratch)
{
	struct rollups_writer writer;
	uint32_t n = 0;

	for (uint32_t i = 0; i < page->n; i++)
		n += !rollup_empty(&page->rows[i]);
	if (n == 0) {
		kv_del(state, agg_key_span(key));
		return;
	}
	buf_reset(scratch);
	rollups_write_begin(&writer, scratch, n);
	for (uint32_t i = 0; i < page->n; i++) {
		if (!rollup_empty(&page->rows[i]))
			rollups_write_row(&writer, &page->rows[i]);
	}
	if (buf_err(scratch) != ERR_OK)
		state->err = buf_err(scratch);
	else
		kv_put(state, agg_key_span(key), buf_span(scratch));
}

static uint32_t
rollup_page_rank(const struct rollup_page *page, uint32_t definition)
{
	uint32_t low = 0;
	uint32_t high = page->n;

	if (high > 0 && page->rows[high - 1].definition < definition)
		return high;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (page->rows[middle].definition < definition)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct rollup *
rollup_page_find(struct rollup_page *page, uint32_t definition)
{
	uint32_t rank = rollup_page_rank(page, definition);

	if (rank == page->n || page->rows[rank].definition != definition)
		return NULL;
	return &page->rows[rank];
}

struct rollup *
rollup_page_make(struct rollup_page *page, const struct rollup *key)
{
	uint32_t rank = rollup_page_rank(page, key->definition);
	struct rollup *row = &page->rows[rank];

	if (rank < page->n && row->definition == key->definition)
		return row;
	assert(page->n < PAGE_DEFINITIONS);
	memmove(row + 1, row, (page->n - rank) * sizeof(*row));
	page->n++;
	memset(row, 0, sizeof(*row));
	row->map = key->map;
	row->definition = key->definition;
	row->unit = key->unit;
	row->period = key->period;
	return row;
}

enum err
agg_figure_get(struct kv *state, struct agg_at at, struct figure *out,
               bool *found)
{
	struct agg_generations g;
	struct agg_key key;
	struct figure_page page;
	struct figure *row;
	enum err err = agg_generations_load(state, &g);

	if (err != ERR_OK)
		return err;
	key =
	    agg_key_page(g.used, at.period, at.unit, agg_block(at.definition));
	err = figure_page_load(state, &key, &page);
	if (err != ERR_OK)
		return err;
	row = figure_page_find(&page, at.definition);
	*found = row != NULL && row->action == ACTION_MERGE;
	if (*found)
		*out = *row;
	return ERR_OK;
}

enum err
agg_rollup_get(struct kv *state, struct agg_at at, struct rollup *out,
               bool *found)
{
	struct agg_generations g;
	struct agg_key key;
	struct rollup_page page;
	struct rollup *row;
	enum err err = agg_generations_load(state, &g);

	if (err != ERR_OK)
		return err;
	key = agg_key_rollups(g.used, at.map, at.period, at.unit,
	                      agg_block(at.definition));
	err = rollup_page_load(state, &key, &page);
	if (err != ERR_OK)
		return err;
	row = rollup_page_find(&page, at.definition);
	*found = row != NULL;
	if (*found)
		*out = *row;
	return ERR_OK;
}

enum err
agg_completed(struct kv *state, const struct completion *of, uint64_t *commit)
{
	struct agg_key key = agg_key_completion(of);
	struct span value;
	struct cursor c;
	enum err err = kv_get(state, agg_key_span(&key), &value);

	if (err == ERR_NOT_FOUND) {
		*commit = 0;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	c = cursor_of(value);
	*commit = cursor_be64(&c);
	return c.err == ERR_OK && c.ptr == c.end ? ERR_OK : ERR_CORRUPT;
}

enum err
agg_complete(struct kv *state, const struct completion *of, uint64_t commit)
{
	struct agg_key key = agg_key_completion(of);
	uint8_t bytes[8];
	uint64_t before;
	enum err err = agg_completed(state, of, &before);

	if (err != ERR_OK || before != 0)
		return err;
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(commit >> (56 - 8 * i));
	kv_put(state, agg_key_span(&key), span_of(bytes, sizeof(bytes)));
	return ERR_OK;
}

enum err
agg_catalogue_at(struct kv *state, uint64_t commit, struct span *record)
{
	struct agg_key key = {.len = 0};
	uint64_t last = 0;
	bool more = true;

	while (more) {
		enum err err =
		    agg_state_next(state, AGG_CATALOGUES, &key, &more);
		struct cursor c = cursor_of(span_of(key.bytes, key.len));
		uint64_t number;

		if (err != ERR_OK)
			return err;
		cursor_u8(&c);
		number = cursor_be64(&c);
		if (!more || number > commit)
			break;
		last = number;
	}
	key = agg_key_catalogue(last);
	return last == 0 ? ERR_NOT_FOUND
	                 : kv_get(state, agg_key_span(&key), record);
}

enum err
agg_tick_at(struct kv *state, uint64_t commit, struct tick *tick)
{
	struct agg_key key = agg_key_tick(commit);
	struct span found, value;
	enum err err = kv_next(state, agg_key_span(&key), &found, &value);

	*tick = (struct tick){.date = {DAY_NONE}};
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && found.ptr[0] != AGG_TICKS))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	return tick_read(value, tick) == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

void
version_list_fini(struct version_list *list)
{
	free(list->rows);
	*list = (struct version_list){0};
}

enum err
version_list_add(struct version_list *list, const struct figure *row)
{
	if (list->n == VERSIONS_MAX)
		return ERR_TOO_LARGE;
	if (list->n == list->n_cap) {
		uint32_t n_cap = list->n_cap == 0 ? 8 : list->n_cap * 2;
		struct figure *rows =
		    realloc(list->rows, n_cap * sizeof(*rows));

		if (rows == NULL)
			return ERR_NOMEM;
		list->rows = rows;
		list->n_cap = n_cap;
	}
	list->rows[list->n] = *row;
	list->rows[list->n++].flags &= (uint8_t)~AGG_HISTORY;
	return ERR_OK;
}

enum err
version_list_load(struct kv *state, struct agg_gens gens,
                  const struct figure *row, struct version_list *list)
{
	struct agg_key key = agg_key_versions(gens, row);
	struct figures_reader reader;
	struct figure version;
	struct span value;
	enum err err;

	list->n = 0;
	if ((row->flags & AGG_HISTORY) == 0)
		return version_list_add(list, row);
	err = kv_get(state, agg_key_span(&key), &value);
	if (err == ERR_OK)
		err = as_damage(figures_open(value, &reader));
	while (err == ERR_OK && reader.left > 0) {
		err = as_damage(figures_next(&reader, &version));
		if (err == ERR_OK)
			err = version_list_add(list, &version);
	}
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

void
version_list_store(struct kv *state, struct agg_gens gens,
                   const struct version_list *list, struct buf *scratch)
{
	struct agg_key key = agg_key_versions(gens, &list->rows[0]);
	struct figures_writer writer;

	buf_reset(scratch);
	figures_write_begin(&writer, scratch, list->n);
	for (uint32_t i = 0; i < list->n; i++)
		figures_write_row(&writer, &list->rows[i]);
	if (buf_err(scratch) != ERR_OK)
		state->err = buf_err(scratch);
	else
		kv_put(state, agg_key_span(&key), buf_span(scratch));
}

enum err
agg_period_next(struct kv *state, struct period from, struct period *period)
{
	struct agg_key key = agg_key_period(from);
	struct span found, value;
	struct cursor c;
	enum err err;

	period->code = 0;
	err = kv_next(state, agg_key_span(&key), &found, &value);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || found.ptr[0] != AGG_PERIODS)
		return err;
	c = cursor_of(found);
	cursor_u8(&c);
	period->code = cursor_be32(&c);
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}
