/*
 * The changes of one commit, carried up every map (SEMANTICS R1): each level is
 * finished before the one above it is looked at, so a parent is read and written
 * once however many of its children changed. What a unit gives depends on all of its
 * year, so a unit's year is looked at once, too.
 */
#include <stdlib.h>
#include <string.h>

#include "services/aggregate/agg_parts.h"

static int
compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* --- changes, gathered by unit and year ------------------------------------ */

static enum err
run_add(struct fold *fold, uint32_t i)
{
	const struct figure *f = &fold->changes[i].after;
	uint32_t block = agg_block(f->definition);
	struct fold_run *last =
	    fold->n_runs > 0 ? &fold->runs[fold->n_runs - 1] : NULL;
	enum err err;

	if (last != NULL && last->period.code == f->period.code &&
	    last->unit == f->unit && last->block == block &&
	    last->first + last->n == i) {
		last->n++;
		return ERR_OK;
	}
	err = array_room(&fold->runs, fold->n_runs, &fold->n_runs_cap,
	                 sizeof(*fold->runs));
	if (err == ERR_OK)
		fold->runs[fold->n_runs++] =
		    (struct fold_run){.year = year_key(f->period),
		                      .unit = f->unit,
		                      .block = block,
		                      .period = f->period,
		                      .first = i,
		                      .n = 1};
	return err;
}

static int
run_compare(const void *a, const void *b)
{
	const struct fold_run *x = a;
	const struct fold_run *y = b;
	int order = compare_u32(x->year, y->year);

	if (order == 0)
		order = compare_u32(x->unit, y->unit);
	if (order == 0)
		order = compare_u32(x->block, y->block);
	return order != 0 ? order : compare_u32(x->period.code, y->period.code);
}

static enum err
runs_make(struct fold *fold)
{
	const struct catalogue *c = fold->place->catalogue;
	bool sorted = true;
	enum err err = ERR_OK;

	fold->n_runs = 0;
	for (uint32_t i = 0; i < fold->n_changes && err == ERR_OK; i++) {
		uint32_t definition = fold->changes[i].after.definition;

		if (c->definitions[definition].place != PLACE_NONE)
			err = run_add(fold, i);
	}
	for (uint32_t i = 1; i < fold->n_runs && sorted; i++)
		sorted = run_compare(&fold->runs[i - 1], &fold->runs[i]) <= 0;
	if (!sorted)
		qsort(fold->runs, fold->n_runs, sizeof(*fold->runs),
		      run_compare);
	return err;
}

/* --- a unit's year ---------------------------------------------------------- */

/* Changes of a unit's year by slot and definition within its block. */
struct unit_year {
	struct unit_block of;
	uint32_t slots;
	uint32_t changes[YEAR_SLOTS][PAGE_DEFINITIONS]; /* index + 1; 0: none */
};

static void
unit_year_of(const struct fold *fold, const struct fold_run *runs, uint32_t n,
             struct unit_year *u)
{
	u->of = (struct unit_block){runs->unit, runs->block};
	u->slots = 0;
	for (uint32_t i = 0; i < n; i++) {
		int slot = year_slot(runs[i].period);

		/* definitions without a place rule cut runs in pieces */
		if ((u->slots & slot_bit(slot)) == 0)
			memset(u->changes[slot], 0, sizeof(u->changes[slot]));
		u->slots |= slot_bit(slot);
		for (uint32_t j = 0; j < runs[i].n; j++) {
			uint32_t at = runs[i].first + j;

			u->changes[slot][fold->changes[at].after.definition %
			                 PAGE_DEFINITIONS] = at + 1;
		}
	}
}

/* The changes of a definition; false: there are none. */
static bool
unit_year_row(const struct fold *fold, const struct unit_year *u, uint32_t i,
              struct year_row *row)
{
	uint32_t slots = 0;

	for (uint32_t left = u->slots; left != 0; left &= left - 1) {
		if (u->changes[slot_first(left)][i] != 0)
			slots |= slot_bit(slot_first(left));
	}
	if (slots == 0)
		return false;
	row->definition = u->of.block * PAGE_DEFINITIONS + i;
	row->d = &fold->place->catalogue->definitions[row->definition];
	row->unit = u->of.unit;
	row->changed = slots;
	year_row_begin(row);
	for (; slots != 0; slots &= slots - 1) {
		int slot = slot_first(slots);
		const struct fold_change *change =
		    &fold->changes[u->changes[slot][i] - 1];

		row->own[BEFORE][slot] = present_or_null(&change->before);
		row->own[AFTER][slot] = present_or_null(&change->after);
	}
	return true;
}

/* What one definition gives in one map, to the parents there. */
struct year_given {
	struct contribution side[SIDES][YEAR_SLOTS];
};

static enum err
given_push(struct fold *fold, const struct year_row *row, uint32_t map,
           const struct year_given *given)
{
	const struct catalogue *c = fold->place->catalogue;
	struct page_of of = {
	    .map = map, .unit = row->unit, .block = agg_block(row->definition)};
	enum err err = ERR_OK;

	for (uint32_t left = row->affected; left != 0 && err == ERR_OK;
	     left &= left - 1) {
		int i = slot_first(left);

		of.slot = i;
		of.period = fold->year->periods[i];
		if (rolls_up(c, row->d, map, of.period) &&
		    !contribution_equal(&given->side[BEFORE][i],
		                        &given->side[AFTER][i]))
			err = push_up(fold, &of, row->definition,
			              &given->side[BEFORE][i],
			              &given->side[AFTER][i]);
	}
	return err;
}

static void
row_gives(const struct fold *fold, const struct year_row *row,
          const struct year_duty *duty, struct year_given *given)
{
	year_gives(fold, row, duty, BEFORE, given->side[BEFORE]);
	year_gives(fold, row, duty, AFTER, given->side[AFTER]);
}

/* --- units without children ------------------------------------------------- */

/* A unit that adds nothing up in a map gives there what its own figures say: alike in
 * all of them, but for what it covers. */
static bool
leaf_in(const struct fold *fold, uint32_t map, uint32_t unit)
{
	return fold->place->catalogue->maps[map].declared &&
	       place_depth(fold->place, map, unit) != PLACE_NOWHERE &&
	       !place_has_children(fold->place, map, unit);
}

static enum err
leaf_row(struct fold *fold, const struct year_row *row)
{
	uint32_t n_maps = fold->place->catalogue->n_maps;
	struct year_duty duty[2]; /* of the map before, and of this one */
	struct year_given given;
	int now = 0;
	bool any = false;
	enum err err = ERR_OK;

	for (uint32_t map = 0; map < n_maps && err == ERR_OK; map++) {
		if (!leaf_in(fold, map, row->unit))
			continue;
		err = year_duty(fold, row, map, &duty[now]);
		if (err != ERR_OK)
			break;
		if (!any || !year_duty_equal(row, &duty[now], &duty[!now]))
			row_gives(fold, row, &duty[now], &given);
		any = true;
		now = !now;
		err = given_push(fold, row, map, &given);
	}
	return err;
}

static enum err
leaf_year(struct fold *fold, struct kv *state, const struct unit_year *u)
{
	struct year_row row;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < PAGE_DEFINITIONS && err == ERR_OK; i++) {
		if (!unit_year_row(fold, u, i, &row))
			continue;
		err =
		    year_figures(fold, state, u->of, row.needed & ~row.changed);
		if (err != ERR_OK)
			break;
		year_row_own(fold, &row);
		err = leaf_row(fold, &row);
	}
	return err;
}

/* --- units with children: looked at when their level is reached ------------- */

static enum err
changes_wait(struct fold *fold, const struct unit_year *u, uint32_t map)
{
	struct page_of of = {
	    .map = map, .unit = u->of.unit, .block = u->of.block};
	enum err err = ERR_OK;

	for (uint32_t left = u->slots; left != 0 && err == ERR_OK;
	     left &= left - 1) {
		int slot = slot_first(left);
		uint32_t page;

		of.slot = slot;
		of.period = fold->year->periods[slot];
		err = page_find(fold, &of, &page);
		for (uint32_t i = 0; i < PAGE_DEFINITIONS && err == ERR_OK;
		     i++) {
			struct fold_delta *delta;

			if (u->changes[slot][i] == 0)
				continue;
			err = delta_find(fold, page, i, &delta);
			if (err == ERR_OK)
				delta->change = u->changes[slot][i];
		}
	}
	return err;
}

static enum err
spread_year(struct fold *fold, struct kv *state, const struct unit_year *u)
{
	const struct catalogue *c = fold->place->catalogue;
	bool leaf = false;
	enum err err = ERR_OK;

	for (uint32_t map = 0; map < c->n_maps && err == ERR_OK; map++) {
		if (leaf_in(fold, map, u->of.unit))
			leaf = true;
		else if (c->maps[map].declared &&
		         place_has_children(fold->place, map, u->of.unit) &&
		         place_depth(fold->place, map, u->of.unit) !=
		             PLACE_NOWHERE)
			err = changes_wait(fold, u, map);
	}
	if (err == ERR_OK && leaf)
		err = leaf_year(fold, state, u);
	return err;
}

static bool
same_unit_year(const struct fold_run *a, const struct fold_run *b)
{
	return a->year == b->year && a->unit == b->unit && a->block == b->block;
}

static enum err
fold_spread(struct fold *fold, struct kv *state)
{
	struct unit_year u;
	uint32_t to;
	enum err err = runs_make(fold);

	for (uint32_t from = 0; from < fold->n_runs && err == ERR_OK;
	     from = to) {
		const struct fold_run *first = &fold->runs[from];

		to = from + 1;
		while (to < fold->n_runs &&
		       same_unit_year(first, &fold->runs[to]))
			to++;
		unit_year_of(fold, first, to - from, &u);
		err = year_open(fold, state, first->period);
		if (err == ERR_OK)
			err = spread_year(fold, state, &u);
	}
	return err;
}

/* --- levels ----------------------------------------------------------------- */

static int
node_compare(const void *a, const void *b, void *nodes_p)
{
	const struct year_node *nodes = nodes_p;
	const struct year_node *x = &nodes[*(const uint32_t *)a];
	const struct year_node *y = &nodes[*(const uint32_t *)b];
	int order = compare_u32(x->map, y->map);

	if (order == 0)
		order = compare_u32(x->year, y->year);
	if (order == 0)
		order = compare_u32(x->unit, y->unit);
	return order != 0 ? order : compare_u32(x->block, y->block);
}

static void
digest_rollup(struct digest *digest, const struct rollup *r, bool add)
{
	if (rollup_empty(r))
		return;
	digest->n_rollups += add ? 1 : UINT64_MAX;
	digest->rollups += add ? rollup_hash(r) : -rollup_hash(r);
}

/* A node that is being folded. */
struct open_node {
	struct year_node node; /* by value: pushing up may move fold->nodes */
	struct unit_block of;
	uint32_t slots; /* that have a page of deltas */
	uint32_t dirty;
};

static struct agg_key
rollup_key(const struct fold *fold, const struct year_node *node, int slot)
{
	return agg_key_rollups(fold->gens, node->map, fold->year->periods[slot],
	                       node->unit, node->block);
}

/* Loads roll-ups of those of the slots that aren't loaded. */
static enum err
node_rollups(struct fold *fold, struct kv *state, const struct year_node *node,
             uint32_t slots)
{
	struct fold_year *year = fold->year;
	enum err err = ERR_OK;

	slots &= ~year->rollups_loaded;
	year->rollups_loaded |= slots;
	for (; slots != 0 && err == ERR_OK; slots &= slots - 1) {
		int i = slot_first(slots);
		struct agg_key key = rollup_key(fold, node, i);

		err = rollup_page_load(state, &key, &year->rollups[i]);
	}
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

/* A row's delta, by value: pushing up may move fold->deltas. */
static struct fold_delta
node_delta(const struct fold *fold, const struct open_node *open, int slot,
           uint32_t i)
{
	const struct delta_page *page =
	    &fold->pages[open->node.pages[slot] - 1];

	return fold->deltas[page->deltas[i] - 1];
}

/* Applies the deltas of one definition; before: what the rows were. */
static enum err
row_apply(struct fold *fold, struct open_node *open, struct year_row *row,
          struct rollup before[YEAR_SLOTS])
{
	uint32_t i = row->definition % PAGE_DEFINITIONS;
	enum err err = ERR_OK;

	for (uint32_t left = row->changed; left != 0 && err == ERR_OK;
	     left &= left - 1) {
		int slot = slot_first(left);
		struct fold_delta delta = node_delta(fold, open, slot, i);
		struct rollup key = {.map = open->node.map,
		                     .definition = row->definition,
		                     .unit = open->node.unit,
		                     .period = fold->year->periods[slot]};
		struct rollup *to =
		    rollup_page_make(&fold->year->rollups[slot], &key);

		before[slot] = *to;
		if (!rollup_empty(&before[slot]))
			row->place[BEFORE][slot] = &before[slot];
		if (!delta_applies(&delta))
			continue;
		delta_apply(&delta, to);
		digest_rollup(fold->digest, &before[slot], false);
		digest_rollup(fold->digest, to, true);
		open->dirty |= slot_bit(slot);
		err = rollup_changed(fold, to);
	}
	return err;
}

/* What the children add up to, where it is now; behind row_apply, which makes rows
 * and so may move them. */
static void
row_places(const struct fold *fold, struct year_row *row)
{
	for (uint32_t left = row->needed & fold->year->rollups_loaded;
	     left != 0; left &= left - 1) {
		int i = slot_first(left);
		const struct rollup *place =
		    rollup_page_find(&fold->year->rollups[i], row->definition);

		if (place != NULL && rollup_empty(place))
			place = NULL;
		row->place[AFTER][i] = place;
		if ((row->changed & slot_bit(i)) == 0)
			row->place[BEFORE][i] = place;
	}
}

/* Own figures of the changed slots: as they are, and as they were if they changed. */
static void
row_own_changed(const struct fold *fold, const struct open_node *open,
                struct year_row *row)
{
	uint32_t i = row->definition % PAGE_DEFINITIONS;

	for (uint32_t left = row->changed; left != 0; left &= left - 1) {
		int slot = slot_first(left);
		uint32_t change = node_delta(fold, open, slot, i).change;
		const struct figure *own = NULL;

		if ((fold->year->figures_loaded & slot_bit(slot)) != 0)
			own = present_or_null(figure_page_find(
			    &fold->year->figures[slot], row->definition));
		row->own[AFTER][slot] = own;
		row->own[BEFORE][slot] =
		    change == 0
		        ? own
		        : present_or_null(&fold->changes[change - 1].before);
	}
}

static enum err
row_load(struct fold *fold, struct kv *state, const struct open_node *open,
         const struct year_row *row)
{
	uint32_t slots = row->needed | row->changed;
	uint32_t kept = slots & year_containing(fold->year->known);
	enum err err = year_figures(fold, state, open->of, slots);

	if (err == ERR_OK)
		err =
		    node_rollups(fold, state, &open->node, kept | row->changed);
	return err;
}

static enum err
node_row(struct fold *fold, struct kv *state, struct open_node *open,
         struct year_row *row)
{
	struct rollup before[YEAR_SLOTS];
	struct year_given given;
	struct year_duty duty;
	enum err err;

	row->d = &fold->place->catalogue->definitions[row->definition];
	row->unit = open->node.unit;
	year_row_begin(row);
	err = row_load(fold, state, open, row);
	if (err == ERR_OK)
		err = row_apply(fold, open, row, before);
	if (err == ERR_OK)
		err = year_duty(fold, row, open->node.map, &duty);
	if (err != ERR_OK)
		return err;
	row_places(fold, row);
	year_row_own(fold, row);
	row_own_changed(fold, open, row);
	row_gives(fold, row, &duty, &given);
	return given_push(fold, row, open->node.map, &given);
}

static void
node_store(struct fold *fold, struct kv *state, const struct open_node *open)
{
	for (uint32_t left = open->dirty; left != 0; left &= left - 1) {
		int i = slot_first(left);
		struct agg_key key = rollup_key(fold, &open->node, i);

		rollup_page_store(state, &key, &fold->year->rollups[i],
		                  &fold->scratch);
	}
}

/* Slots in which a definition of the node has a delta. */
static uint32_t
slots_changed(const struct fold *fold, const struct open_node *open, uint32_t i)
{
	uint32_t slots = 0;

	for (uint32_t left = open->slots; left != 0; left &= left - 1) {
		int slot = slot_first(left);

		if (fold->pages[open->node.pages[slot] - 1].deltas[i] != 0)
			slots |= slot_bit(slot);
	}
	return slots;
}

static enum err
node_fold(struct fold *fold, struct kv *state, uint32_t at)
{
	struct open_node open = {.node = fold->nodes[at]};
	struct year_row row;
	enum err err;
	int any = 0;

	open.of = (struct unit_block){open.node.unit, open.node.block};
	for (int i = 0; i < YEAR_SLOTS; i++) {
		if (open.node.pages[i] == 0)
			continue;
		open.slots |= slot_bit(i);
		any = i;
	}
	err = year_open(fold, state,
	                fold->pages[open.node.pages[any] - 1].period);
	for (uint32_t i = 0; i < PAGE_DEFINITIONS && err == ERR_OK; i++) {
		row.changed = slots_changed(fold, &open, i);
		row.definition = open.node.block * PAGE_DEFINITIONS + i;
		if (row.changed != 0)
			err = node_row(fold, state, &open, &row);
	}
	if (err == ERR_OK)
		node_store(fold, state, &open);
	return err;
}

static enum err
fold_level(struct fold *fold, const struct fold_level *level, struct kv *state)
{
	enum err err = ERR_OK;

	qsort_r(level->nodes, level->n, sizeof(*level->nodes), node_compare,
	        fold->nodes);
	for (uint32_t i = 0; i < level->n && err == ERR_OK; i++)
		err = node_fold(fold, state, level->nodes[i]);
	return err;
}

enum err
fold_rollups(struct fold *fold, struct kv *state, struct digest *digest)
{
	enum err err = deltas_begin(fold);

	fold->digest = digest;
	if (fold->year != NULL)
		fold->year->key = 0; /* what is known may have grown */
	if (err == ERR_OK)
		err = fold_spread(fold, state);
	for (size_t depth = PLACE_LEVELS; depth-- > 0 && err == ERR_OK;) {
		if (fold->levels[depth].n > 0)
			err = fold_level(fold, &fold->levels[depth], state);
	}
	fold->digest = NULL;
	return err;
}
