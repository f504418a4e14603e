/*
 * What contributions add to the roll-ups above them, gathered until their level is
 * reached.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "services/aggregate/agg_parts.h"

static enum err
ways_begin(struct fold *fold)
{
	uint32_t n = fold->place->catalogue->n_maps * YEAR_SLOTS;

	if (n > fold->n_ways) {
		struct fold_way *ways = realloc(fold->ways, n * sizeof(*ways));

		if (ways == NULL)
			return ERR_NOMEM;
		fold->ways = ways;
		fold->n_ways = n;
	}
	for (uint32_t i = 0; i < n; i++)
		fold->ways[i].period.code = 0;
	return ERR_OK;
}

enum err
deltas_begin(struct fold *fold)
{
	fold->n_deltas = 0;
	fold->n_pages = 0;
	fold->n_nodes = 0;
	map_reset(&fold->node_index);
	for (size_t depth = 0; depth < PLACE_LEVELS; depth++)
		fold->levels[depth].n = 0;
	return ways_begin(fold);
}

static enum err
node_add(struct fold *fold, const struct page_of *of, uint32_t year)
{
	uint8_t depth = place_depth(fold->place, of->map, of->unit);
	struct fold_level *level = &fold->levels[depth];
	enum err err = array_room(&fold->nodes, fold->n_nodes,
	                          &fold->n_nodes_cap, sizeof(*fold->nodes));

	assert(depth < PLACE_LEVELS); /* the catalogue was checked */
	if (err == ERR_OK)
		err = array_room(&level->nodes, level->n, &level->n_cap,
		                 sizeof(*level->nodes));
	if (err != ERR_OK)
		return err;
	level->nodes[level->n++] = fold->n_nodes;
	fold->nodes[fold->n_nodes++] = (struct year_node){
	    .map = of->map, .unit = of->unit, .block = of->block, .year = year};
	return ERR_OK;
}

enum err
page_find(struct fold *fold, const struct page_of *of, uint32_t *page)
{
	uint32_t id[4] = {of->map, of->unit, year_key(of->period), of->block};
	uint32_t at;
	uint32_t *known;
	enum err err =
	    map_intern(&fold->node_index, span_of(id, sizeof(id)), &at);

	if (err == ERR_OK && at == fold->n_nodes)
		err = node_add(fold, of, id[2]);
	if (err != ERR_OK)
		return err;
	known = &fold->nodes[at].pages[of->slot];
	if (*known == 0) {
		err = array_room(&fold->pages, fold->n_pages,
		                 &fold->n_pages_cap, sizeof(*fold->pages));
		if (err != ERR_OK)
			return err;
		fold->pages[fold->n_pages++] =
		    (struct delta_page){.period = of->period};
		*known = fold->n_pages;
	}
	*page = *known - 1;
	return ERR_OK;
}

enum err
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

/* The way of a page: nothing to do but for its first row. */
static enum err
way_find(struct fold *fold, const struct page_of *of, struct fold_way **way_p)
{
	const struct cat_member *parents[MEMBERS_MAX];
	struct fold_way *way =
	    &fold->ways[of->map * YEAR_SLOTS + (uint32_t)of->slot];
	struct page_of parent = *of;
	struct day day = period_last_day(of->period);
	enum err err = ERR_OK;
	uint32_t n;

	*way_p = way;
	if (way->period.code == of->period.code && way->unit == of->unit &&
	    way->block == of->block)
		return ERR_OK;
	n = members_of(fold->place->catalogue, of->map, of->unit, day, parents);
	*way = (struct fold_way){
	    .unit = of->unit, .block = of->block, .n_parents = n};
	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		parent.unit = parents[i]->parent;
		way->shares[i] =
		    share_of(fold->place->catalogue, parents[i], day);
		err = page_find(fold, &parent, &way->pages[i]);
	}
	if (err == ERR_OK)
		way->period = of->period;
	return err;
}

static void
delta_add(struct fold_delta *delta, const struct contribution *c)
{
	if (!c->present)
		return;
	delta->sum += c->sum;
	delta->weight += c->weight;
	delta->reporting += c->reporting;
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
	delta->reporting -= c->reporting;
	delta->n_by_status[c->status]--;
	delta->n_derived -= c->derived;
}

enum err
push_up(struct fold *fold, const struct page_of *of, uint32_t definition,
        const struct contribution *before, const struct contribution *after)
{
	struct fold_way *way;
	enum err err = way_find(fold, of, &way);

	for (uint32_t i = 0; err == ERR_OK && i < way->n_parents; i++) {
		struct contribution was =
		    contribution_part(*before, way->shares[i]);
		struct contribution is =
		    contribution_part(*after, way->shares[i]);
		struct fold_delta *delta;

		err = delta_find(fold, way->pages[i], definition, &delta);
		if (err != ERR_OK)
			break;
		delta_take(delta, &was);
		delta_add(delta, &is);
	}
	return err;
}

bool
delta_applies(const struct fold_delta *d)
{
	bool any = d->sum != 0 || d->weight != 0 || d->n_derived != 0 ||
	           d->reporting != 0;

	for (int s = 0; s < STATUS_F; s++)
		any = any || d->n_by_status[s] != 0;
	return any;
}

void
delta_apply(const struct fold_delta *delta, struct rollup *row)
{
	row->sum += delta->sum;
	row->sum_weight += delta->weight;
	row->reporting += delta->reporting;
	for (int s = 0; s < STATUS_F; s++)
		row->n_by_status[s] += (uint32_t)delta->n_by_status[s];
	row->n_derived += (uint32_t)delta->n_derived;
}
