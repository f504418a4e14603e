/*
 * The changes of one commit, carried up every map (SEMANTICS R1): each level is
 * finished before the one above it is looked at, so a parent is read and written
 * once however many of its children changed.
 */
#include <stdlib.h>
#include <string.h>

#include "common/domain/rollup.h"
#include "services/aggregate/agg_fold.h"

/* The row to which a change of some child, or of the unit itself, is added. */
static enum err
delta_find(struct fold *fold, const struct rollup *key,
           struct fold_delta **delta)
{
	uint32_t id[4] = {key->map, key->unit, key->period.code,
	                  key->definition};
	uint8_t depth = place_depth(fold->place, key->map, key->unit);
	struct fold_level *level = &fold->levels[depth];
	uint32_t at;
	enum err err =
	    map_intern(&fold->delta_index, span_of(id, sizeof(id)), &at);

	if (err != ERR_OK)
		return err;
	if (at < fold->n_deltas) {
		*delta = &fold->deltas[at];
		return ERR_OK;
	}
	err = array_room(&fold->deltas, fold->n_deltas, &fold->n_deltas_cap,
	                 sizeof(*fold->deltas));
	if (err == ERR_OK)
		err = array_room(&level->deltas, level->n, &level->n_cap,
		                 sizeof(*level->deltas));
	if (err != ERR_OK)
		return err;
	level->deltas[level->n++] = at;
	*delta = &fold->deltas[fold->n_deltas++];
	**delta = (struct fold_delta){.map = key->map,
	                              .unit = key->unit,
	                              .definition = key->definition,
	                              .period = key->period};
	return ERR_OK;
}

static void
delta_count(struct fold_delta *delta, const struct contribution *c, int sign)
{
	if (!c->present)
		return;
	delta->sum += sign * c->sum;
	delta->weight += sign * c->weight;
	delta->n_by_status[c->status] += sign;
	delta->n_derived += c->derived ? sign : 0;
}

struct step_up {
	const struct contribution *before;
	const struct contribution *after;
	struct rollup key; /* of the child */
};

/* What a child gives to its parents in one map changed from before to after. */
static enum err
push_up(struct fold *fold, const struct step_up *up)
{
	const struct cat_member *parents[MEMBERS_MAX];
	uint32_t n =
	    members_of(fold->place->catalogue, up->key.map, up->key.unit,
	               period_last_day(up->key.period), parents);

	for (uint32_t i = 0; i < n; i++) {
		struct contribution before =
		    contribution_scale(*up->before, parents[i]->weight);
		struct contribution after =
		    contribution_scale(*up->after, parents[i]->weight);
		struct rollup key = up->key;
		struct fold_delta *delta;
		enum err err;

		key.unit = parents[i]->parent;
		err = delta_find(fold, &key, &delta);
		if (err != ERR_OK)
			return err;
		delta_count(delta, &before, -1);
		delta_count(delta, &after, 1);
	}
	return ERR_OK;
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
	enum err err;

	if (place_depth(fold->place, map, f->unit) == PLACE_NOWHERE)
		return ERR_OK;
	if (place_has_children(fold->place, map, f->unit)) {
		err = delta_find(fold, &key, &delta);
		if (err == ERR_OK)
			delta->change = i + 1;
		return err;
	}
	before =
	    contribution_of(definition, present_or_null(&change->before), NULL);
	after = contribution_of(definition, present_or_null(f), NULL);
	return push_up(fold, &(struct step_up){&before, &after, key});
}

static enum err
fold_spread(struct fold *fold)
{
	const struct catalogue *c = fold->place->catalogue;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < fold->n_changes && err == ERR_OK; i++) {
		uint32_t definition = fold->changes[i].after.definition;

		if (c->definitions[definition].place == PLACE_NONE)
			continue;
		for (uint32_t map = 0; map < c->n_maps && err == ERR_OK;
		     map++) {
			if (c->maps[map].declared)
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
delta_compare(const void *a, const void *b, void *deltas_p)
{
	const struct fold_delta *deltas = deltas_p;
	const struct fold_delta *x = &deltas[*(const uint32_t *)a];
	const struct fold_delta *y = &deltas[*(const uint32_t *)b];
	int order = compare_u32(x->map, y->map);

	if (order == 0)
		order = compare_u32(x->period.code, y->period.code);
	if (order == 0)
		order = compare_u32(x->unit, y->unit);
	return order != 0 ? order : compare_u32(x->definition, y->definition);
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

static enum err
pages_load(struct kv *state, const struct fold_delta *first,
           struct open_pages *pages)
{
	uint32_t block = agg_block(first->definition);
	struct agg_key own = agg_key_page(first->period, first->unit, block);
	enum err err;

	pages->key =
	    agg_key_rollups(first->map, first->period, first->unit, block);
	err = rollup_page_load(state, &pages->key, &pages->rollups);
	if (err == ERR_OK)
		err = figure_page_load(state, &own, &pages->figures);
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
               const struct fold_delta *delta, struct digest *digest)
{
	const struct cat_definition *definition =
	    &fold->place->catalogue->definitions[delta->definition];
	const struct figure *own = present_or_null(
	    figure_page_find(&pages->figures, delta->definition));
	const struct figure *own_before = own;
	struct rollup key = {.map = delta->map,
	                     .definition = delta->definition,
	                     .unit = delta->unit,
	                     .period = delta->period};
	struct rollup *row = rollup_page_make(&pages->rollups, &key);
	struct contribution before, after;
	struct rollup row_before = *row;
	enum err err = ERR_OK;

	if (delta->change != 0)
		own_before =
		    present_or_null(&fold->changes[delta->change - 1].before);
	if (delta_applies(delta)) {
		delta_apply(delta, row);
		digest_rollup(digest, &row_before, false);
		digest_rollup(digest, row, true);
		err = rollup_changed(fold, row);
	}
	before =
	    contribution_of(definition, own_before,
	                    rollup_empty(&row_before) ? NULL : &row_before);
	after =
	    contribution_of(definition, own, rollup_empty(row) ? NULL : row);
	if (err == ERR_OK && !contribution_equal(&before, &after))
		err = push_up(fold, &(struct step_up){&before, &after, key});
	return err;
}

static bool
same_pages(const struct fold_delta *a, const struct fold_delta *b)
{
	return a->map == b->map && a->period.code == b->period.code &&
	       a->unit == b->unit &&
	       agg_block(a->definition) == agg_block(b->definition);
}

static enum err
fold_level(struct fold *fold, struct fold_level *level, struct kv *state,
           struct digest *digest)
{
	struct open_pages pages = {.key.len = 0};
	enum err err = ERR_OK;

	qsort_r(level->deltas, level->n, sizeof(*level->deltas), delta_compare,
	        fold->deltas);
	for (uint32_t i = 0; i < level->n && err == ERR_OK; i++) {
		/* by value: pushing up may move fold->deltas */
		struct fold_delta delta = fold->deltas[level->deltas[i]];
		bool last =
		    i + 1 == level->n ||
		    !same_pages(&delta, &fold->deltas[level->deltas[i + 1]]);

		if (pages.key.len == 0)
			err = pages_load(state, &delta, &pages);
		if (err == ERR_OK)
			err = fold_delta_row(fold, &pages, &delta, digest);
		if (err == ERR_OK && last) {
			rollup_page_store(state, &pages.key, &pages.rollups,
			                  &fold->scratch);
			pages.key.len = 0;
		}
	}
	return err;
}

enum err
fold_rollups(struct fold *fold, struct kv *state, struct digest *digest)
{
	enum err err;

	fold->n_deltas = 0;
	map_reset(&fold->delta_index);
	for (size_t depth = 0; depth < PLACE_DEPTH_MAX + 2; depth++)
		fold->levels[depth].n = 0;
	err = fold_spread(fold);
	for (size_t depth = PLACE_DEPTH_MAX + 2;
	     depth-- > 0 && err == ERR_OK;) {
		if (fold->levels[depth].n > 0)
			err = fold_level(fold, &fold->levels[depth], state,
			                 digest);
	}
	return err;
}
