/*
 * The changes of one commit, carried up every map (SEMANTICS R1): each level is
 * finished before the one above it is looked at, so a parent is read and written
 * once however many of its children changed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/rollup.h"
#include "services/aggregate/agg_fold.h"

/* The page to which changes of a unit's children, or of its own figures, go. */
static enum err
page_find(struct fold *fold, const struct rollup *key, uint32_t *page)
{
	uint32_t block = agg_block(key->definition);
	uint32_t id[4] = {key->map, key->unit, key->period.code, block};
	uint8_t depth = place_depth(fold->place, key->map, key->unit);
	struct fold_level *level = &fold->levels[depth];
	uint32_t at;
	enum err err =
	    map_intern(&fold->page_index, span_of(id, sizeof(id)), &at);

	assert(depth < PLACE_LEVELS); /* the catalogue was checked */
	if (err == ERR_OK && at == fold->n_pages) {
		err = array_room(&fold->pages, fold->n_pages,
		                 &fold->n_pages_cap, sizeof(*fold->pages));
		if (err == ERR_OK)
			err = array_room(&level->pages, level->n, &level->n_cap,
			                 sizeof(*level->pages));
		if (err != ERR_OK)
			return err;
		level->pages[level->n++] = at;
		fold->pages[fold->n_pages++] =
		    (struct delta_page){.map = key->map,
		                        .unit = key->unit,
		                        .block = block,
		                        .period = key->period};
	}
	if (err == ERR_OK)
		*page = at;
	return err;
}

static enum err
delta_find(struct fold *fold, uint32_t page, uint32_t definition,
           struct fold_delta **delta)
{
	uint32_t *at = &fold->pages[page].deltas[definition % PAGE_DEFINITIONS];
	enum err err = ERR_OK;

	if (*at == 0) {
		if (fold->n_deltas == FOLD_DELTAS_MAX)
			return ERR_TOO_LARGE;
		err = array_room(&fold->deltas, fold->n_deltas,
		                 &fold->n_deltas_cap, sizeof(*fold->deltas));
		if (err != ERR_OK)
			return err;
		fold->deltas[fold->n_deltas++] = (struct fold_delta){.sum = 0};
		*at = fold->n_deltas;
	}
	*delta = &fold->deltas[*at - 1];
	return err;
}

/* fold->way as that of key: nothing to do but for the first row of a page. */
static enum err
way_find(struct fold *fold, const struct rollup *key)
{
	const struct cat_member *parents[MEMBERS_MAX];
	struct fold_way *way = &fold->way;
	struct rollup parent = *key;
	enum err err = ERR_OK;
	uint32_t n;

	if (way->period.code == key->period.code && way->unit == key->unit &&
	    way->map == key->map && way->block == agg_block(key->definition))
		return ERR_OK;
	n = members_of(fold->place->catalogue, key->map, key->unit,
	               period_last_day(key->period), parents);
	*way = (struct fold_way){.map = key->map,
	                         .unit = key->unit,
	                         .block = agg_block(key->definition),
	                         .n_parents = n};
	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		parent.unit = parents[i]->parent;
		way->weights[i] = parents[i]->weight;
		err = page_find(fold, &parent, &way->pages[i]);
	}
	if (err == ERR_OK)
		way->period = key->period;
	return err;
}

static void
delta_add(struct fold_delta *delta, const struct contribution *c)
{
	if (!c->present)
		return;
	delta->sum += c->sum;
	delta->weight += c->weight;
	delta->n_by_status[c->status]++;
	delta->n_derived += c->derived;
}

static void
delta_take(struct fold_delta *delta, const struct contribution *c)
{
	if (!c->present)
		return;
	delta->sum -= c->sum;
	delta->weight -= c->weight;
	delta->n_by_status[c->status]--;
	delta->n_derived -= c->derived;
}

struct step_up {
	const struct contribution *before;
	const struct contribution *after;
	const struct rollup *key; /* of the child */
};

/* What a child gives to its parents in one map changed from before to after. */
static enum err
push_up(struct fold *fold, const struct step_up *up)
{
	const struct fold_way *way = &fold->way;
	enum err err = way_find(fold, up->key);

	for (uint32_t i = 0; err == ERR_OK && i < way->n_parents; i++) {
		struct contribution before =
		    contribution_scale(*up->before, way->weights[i]);
		struct contribution after =
		    contribution_scale(*up->after, way->weights[i]);
		struct fold_delta *delta;

		err = delta_find(fold, way->pages[i], up->key->definition,
		                 &delta);
		if (err != ERR_OK)
			break;
		delta_take(delta, &before);
		delta_add(delta, &after);
	}
	return err;
}

/* The unit's own page, which its way knows after the first row. */
static enum err
own_page(struct fold *fold, const struct rollup *key, uint32_t *page)
{
	enum err err = way_find(fold, key);

	if (err == ERR_OK && fold->way.own == 0) {
		err = page_find(fold, key, page);
		if (err == ERR_OK)
			fold->way.own = *page + 1;
	}
	if (err == ERR_OK)
		*page = fold->way.own - 1;
	return err;
}

static const struct figure *
present_or_null(const struct figure *f)
{
	return f != NULL && figure_present(f) ? f : NULL;
}

/* A changed figure in one map: of a leaf, its parents' business; of a unit with
 * children, decided when its level is reached and its roll-up is known. */
static enum err
change_in_map(struct fold *fold, uint32_t i, uint32_t map)
{
	const struct fold_change *change = &fold->changes[i];
	const struct figure *f = &change->after;
	const struct cat_definition *definition =
	    &fold->place->catalogue->definitions[f->definition];
	struct rollup key = {.map = map,
	                     .definition = f->definition,
	                     .unit = f->unit,
	                     .period = f->period};
	struct contribution before, after;
	struct fold_delta *delta;
	uint32_t page;
	enum err err;

	if (place_depth(fold->place, map, f->unit) == PLACE_NOWHERE)
		return ERR_OK;
	if (place_has_children(fold->place, map, f->unit)) {
		err = own_page(fold, &key, &page);
		if (err == ERR_OK)
			err = delta_find(fold, page, f->definition, &delta);
		if (err == ERR_OK)
			delta->change = i + 1;
		return err;
	}
	before = contribution_of(
	    definition,
	    &(struct contributor){.own = present_or_null(&change->before)},
	    NULL);
	after = contribution_of(
	    definition, &(struct contributor){.own = present_or_null(f)}, NULL);
	return push_up(fold, &(struct step_up){&before, &after, &key});
}

/* Map by map, so that the way of a page is looked for once. */
static enum err
fold_spread(struct fold *fold)
{
	const struct catalogue *c = fold->place->catalogue;
	enum err err = ERR_OK;

	for (uint32_t map = 0; map < c->n_maps && err == ERR_OK; map++) {
		if (!c->maps[map].declared)
			continue;
		for (uint32_t i = 0; i < fold->n_changes && err == ERR_OK;
		     i++) {
			uint32_t definition = fold->changes[i].after.definition;

			if (c->definitions[definition].place != PLACE_NONE)
				err = change_in_map(fold, i, map);
		}
	}
	return err;
}

static int
compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
page_compare(const void *a, const void *b, void *pages_p)
{
	const struct delta_page *pages = pages_p;
	const struct delta_page *x = &pages[*(const uint32_t *)a];
	const struct delta_page *y = &pages[*(const uint32_t *)b];
	int order = compare_u32(x->map, y->map);

	if (order == 0)
		order = compare_u32(x->period.code, y->period.code);
	if (order == 0)
		order = compare_u32(x->unit, y->unit);
	return order != 0 ? order : compare_u32(x->block, y->block);
}

static bool
delta_applies(const struct fold_delta *d)
{
	bool any = d->sum != 0 || d->weight != 0 || d->n_derived != 0;

	for (int s = 0; s < STATUS_F; s++)
		any = any || d->n_by_status[s] != 0;
	return any;
}

static void
delta_apply(const struct fold_delta *delta, struct rollup *row)
{
	row->sum += delta->sum;
	row->sum_weight += delta->weight;
	for (int s = 0; s < STATUS_F; s++)
		row->n_by_status[s] += (uint32_t)delta->n_by_status[s];
	row->n_derived += (uint32_t)delta->n_derived;
}

static void
digest_rollup(struct digest *digest, const struct rollup *r, bool add)
{
	if (rollup_empty(r))
		return;
	digest->n_rollups += add ? 1 : UINT64_MAX;
	digest->rollups += add ? rollup_hash(r) : -rollup_hash(r);
}

/* One unit, period and block in one map: both of its pages are open. */
struct open_pages {
	struct agg_key key;
	struct rollup_page rollups;
	struct figure_page figures;
};

/* A page behind the horizon is empty. */
static enum err
figures_load(const struct fold *fold, struct kv *state,
             const struct agg_key *key, struct figure_page *page)
{
	if (fold->horizon.len > 0 &&
	    span_compare(agg_key_span(key), agg_key_span(&fold->horizon)) > 0) {
		page->n = 0;
		return ERR_OK;
	}
	return figure_page_load(state, key, page);
}

static enum err
pages_load(const struct fold *fold, struct kv *state,
           const struct delta_page *page, struct open_pages *pages)
{
	struct agg_key own =
	    agg_key_page(fold->gens, page->period, page->unit, page->block);
	enum err err;

	pages->key = agg_key_rollups(fold->gens, page->map, page->period,
	                             page->unit, page->block);
	err = rollup_page_load(state, &pages->key, &pages->rollups);
	if (err == ERR_OK)
		err = figures_load(fold, state, &own, &pages->figures);
	return err;
}

static enum err
rollup_changed(struct fold *fold, const struct rollup *row)
{
	enum err err = array_room(&fold->rollups, fold->n_rollups,
	                          &fold->n_rollups_cap, sizeof(*fold->rollups));

	if (err == ERR_OK)
		fold->rollups[fold->n_rollups++] = *row;
	return err;
}

static enum err
fold_delta_row(struct fold *fold, struct open_pages *pages,
               const struct rollup *key, uint32_t at)
{
	/* by value: pushing up may move fold->deltas */
	const struct fold_delta delta = fold->deltas[at];
	const struct cat_definition *definition =
	    &fold->place->catalogue->definitions[key->definition];
	const struct figure *own =
	    present_or_null(figure_page_find(&pages->figures, key->definition));
	const struct figure *own_before = own;
	struct rollup *row = rollup_page_make(&pages->rollups, key);
	struct contribution before, after;
	struct rollup row_before = *row;
	enum err err = ERR_OK;

	if (delta.change != 0)
		own_before =
		    present_or_null(&fold->changes[delta.change - 1].before);
	if (delta_applies(&delta)) {
		delta_apply(&delta, row);
		digest_rollup(fold->digest, &row_before, false);
		digest_rollup(fold->digest, row, true);
		err = rollup_changed(fold, row);
	}
	before = contribution_of(
	    definition, &(struct contributor){.own = own_before},
	    rollup_empty(&row_before) ? NULL : &row_before);
	after = contribution_of(definition, &(struct contributor){.own = own},
	                        rollup_empty(row) ? NULL : row);
	if (err == ERR_OK && !contribution_equal(&before, &after))
		err = push_up(fold, &(struct step_up){&before, &after, key});
	return err;
}

static enum err
fold_delta_page(struct fold *fold, const struct delta_page *page,
                struct kv *state)
{
	struct open_pages pages;
	enum err err = pages_load(fold, state, page, &pages);

	for (uint32_t i = 0; i < PAGE_DEFINITIONS && err == ERR_OK; i++) {
		struct rollup key = {.map = page->map,
		                     .definition =
		                         page->block * PAGE_DEFINITIONS + i,
		                     .unit = page->unit,
		                     .period = page->period};

		if (page->deltas[i] != 0)
			err = fold_delta_row(fold, &pages, &key,
			                     page->deltas[i] - 1);
	}
	if (err == ERR_OK)
		rollup_page_store(state, &pages.key, &pages.rollups,
		                  &fold->scratch);
	return err;
}

static enum err
fold_level(struct fold *fold, const struct fold_level *level, struct kv *state)
{
	enum err err = ERR_OK;

	qsort_r(level->pages, level->n, sizeof(*level->pages), page_compare,
	        fold->pages);
	for (uint32_t i = 0; i < level->n && err == ERR_OK; i++) {
		/* by value: pushing up may move fold->pages */
		struct delta_page page = fold->pages[level->pages[i]];

		err = fold_delta_page(fold, &page, state);
	}
	return err;
}

enum err
fold_rollups(struct fold *fold, struct kv *state, struct digest *digest)
{
	enum err err;

	fold->digest = digest;
	fold->way.period.code = 0;
	fold->n_deltas = 0;
	fold->n_pages = 0;
	map_reset(&fold->page_index);
	for (size_t depth = 0; depth < PLACE_LEVELS; depth++)
		fold->levels[depth].n = 0;
	err = fold_spread(fold);
	for (size_t depth = PLACE_LEVELS; depth-- > 0 && err == ERR_OK;) {
		if (fold->levels[depth].n > 0)
			err = fold_level(fold, &fold->levels[depth], state);
	}
	fold->digest = NULL;
	return err;
}
