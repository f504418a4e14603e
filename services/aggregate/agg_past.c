#include "services/aggregate/agg_past.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/catalogue_record.h"
#include "common/domain/version.h"
#include "services/aggregate/agg_coverage.h"

#define VERSIONS_A_LOOK 16 /* read in about the time of one page */

void
past_init(struct past *past, struct kv *state, struct aggregate *now)
{
	*past = (struct past){.state = state,
	                      .now = now,
	                      .c = now->catalogue,
	                      .place = &now->place,
	                      .commit = UINT64_MAX,
	                      .published = {DAY_LAST},
	                      .today = now->tick.date};
}

void
past_fini(struct past *past)
{
	version_list_fini(&past->list);
}

/* Makes the definitions of a record those of then. */
static enum err
then_take(struct aggregate *a, struct span record)
{
	struct agg_then *then = &a->then;
	enum err err;

	beneath_free(&a->beneath);
	place_fini(&then->place);
	catalogue_free(&then->catalogue);
	err = catalogue_record_build(record, &then->catalogue, &then->version);
	if (err == ERR_OK)
		err = place_init(&then->place, then->catalogue);
	if (err != ERR_OK)
		catalogue_free(&then->catalogue);
	return err;
}

enum err
past_set_commit(struct past *past, uint64_t commit)
{
	struct aggregate *a = past->now;
	struct span record, packed;
	struct tick tick;
	uint64_t version = 0;
	enum err err = agg_tick_at(past->state, commit, &tick);

	if (err == ERR_OK)
		err = agg_catalogue_at(past->state, commit, &record);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_NO_CATALOGUE : err;
	if (catalogue_record_read(record, &version, &packed) != ERR_OK)
		return ERR_CORRUPT;
	past->today = tick.date;
	past->commit = commit;
	if (version == a->catalogue_version)
		return ERR_OK;
	if (a->then.catalogue == NULL || a->then.version != version)
		err = then_take(a, record);
	past->c = a->then.catalogue;
	past->place = &a->then.place;
	return err;
}

bool
past_filtered(const struct past *past)
{
	return past->commit != UINT64_MAX || past->published.n != DAY_LAST;
}

/* --- figures --------------------------------------------------------------- */

static void
versions_filter(struct past *past)
{
	struct version_list *list = &past->list;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		if (list->rows[i].commit <= past->commit &&
		    list->rows[i].released.n <= past->published.n)
			list->rows[kept++] = list->rows[i];
	}
	list->n = kept;
}

/* Mantissas are kept at the decimals of now; at that moment there may have been
 * fewer, and then those values end in zeros (A3). */
static void
versions_rescale(struct past *past, uint32_t definition)
{
	int then = past->c->definitions[definition].decimals;
	int now = past->now->catalogue->definitions[definition].decimals;

	for (uint32_t i = 0; i < past->list.n; i++) {
		for (int places = then; places < now; places++)
			past->list.rows[i].value /= 10;
	}
}

/* The row of a key as it stands in its page; *found false: never asserted. */
static enum err
row_get(struct past *past, struct agg_at at, struct figure *row, bool *found)
{
	struct agg_key key =
	    agg_key_page(past->now->generations.used, at.period, at.unit,
	                 agg_block(at.definition));
	struct figure_page page;
	const struct figure *there;
	enum err err = figure_page_load(past->state, &key, &page);

	past->looks++;
	if (err != ERR_OK)
		return err;
	there = figure_page_find(&page, at.definition);
	*found = there != NULL;
	if (*found)
		*row = *there;
	return ERR_OK;
}

enum err
past_versions(struct past *past, struct agg_at at)
{
	struct figure row;
	bool found = false;
	enum err err = row_get(past, at, &row, &found);

	past->list.n = 0;
	if (err != ERR_OK || !found)
		return err;
	err = version_list_load(past->state, past->now->generations.used, &row,
	                        &past->list);
	if (err != ERR_OK)
		return err;
	past->looks += past->list.n / VERSIONS_A_LOOK;
	versions_filter(past);
	versions_rescale(past, at.definition);
	return ERR_OK;
}

enum err
past_figure(struct past *past, struct agg_at at, struct figure *out,
            bool *found)
{
	uint32_t in_force;
	enum err err;

	if (!past_filtered(past)) {
		err = row_get(past, at, out, found);
		*found = err == ERR_OK && *found && figure_present(out);
		return err;
	}
	err = past_versions(past, at);
	if (err != ERR_OK)
		return err;
	in_force = version_in_force(past->c, past->list.rows, past->list.n);
	*found = in_force != VERSION_NONE;
	if (*found)
		*out = past->list.rows[in_force];
	return ERR_OK;
}

enum err
past_completed(struct past *past, struct agg_at at, bool *completed)
{
	const struct completion of = {
	    .definition = at.definition, .unit = at.unit, .period = at.period};
	uint64_t commit = 0;
	enum err err = agg_completed(past->state, &of, &commit);

	if (err == ERR_OK)
		*completed = commit != 0 && commit <= past->commit;
	return err;
}

/* --- the sheet of one unit --------------------------------------------------- */

static enum err
slot_expected(struct past *past, struct agg_at at, struct sheet_slot *slot)
{
	const struct cat_definition *d = &past->c->definitions[at.definition];

	slot->counted = unit_counted(past->c, d, at.unit, slot->period);
	if (at.map == NUMBER_NONE)
		return ERR_OK;
	return expect_at(past->place->expect,
	                 &(struct expect_key){.map = at.map,
	                                      .definition = at.definition,
	                                      .unit = at.unit,
	                                      .period = slot->period},
	                 &slot->expected);
}

/* What the unit said itself, and what is expected of it. */
static enum err
sheet_own(struct past *past, struct agg_at at, struct past_sheet *out)
{
	enum err err = ERR_OK;

	sheet_begin(&out->sheet, &past->c->definitions[at.definition],
	            at.period);
	for (int i = 0; i < SHEET_SLOTS && err == ERR_OK; i++) {
		struct sheet_slot *slot = &out->sheet.slots[i];
		struct agg_at here = at;
		bool found = false;

		if (slot->period.code == 0)
			continue;
		here.period = slot->period;
		err = past_figure(past, here, &out->own[i], &found);
		if (found)
			slot->own = &out->own[i];
		if (err == ERR_OK)
			err = slot_expected(past, here, slot);
	}
	return err;
}

static enum err
sheet_stored(struct past *past, struct agg_at at, struct past_sheet *out)
{
	enum err err = ERR_OK;

	if (at.map == NUMBER_NONE ||
	    !place_has_children(past->place, at.map, at.unit))
		return ERR_OK;
	for (int i = 0; i < SHEET_SLOTS && err == ERR_OK; i++) {
		struct sheet_slot *slot = &out->sheet.slots[i];
		struct agg_at here = at;
		bool found = false;

		if (slot->period.code == 0)
			continue;
		here.period = slot->period;
		past->looks++;
		err = agg_rollup_get(past->state, here, &out->place[i], &found);
		if (found)
			slot->place = &out->place[i];
	}
	return err;
}

/* --- all that lies beneath, for the past --------------------------------------- */

void
past_tree_close(struct past_tree *t)
{
	free(t->units);
	free(t->index);
	free(t->sum_of);
	free(t->sums);
	*t = (struct past_tree){.n = 0};
}

static void
tree_add(struct past_tree *t, uint32_t *found, uint32_t unit)
{
	if (t->index[unit] != 0)
		return;
	found[t->n++] = unit;
	t->index[unit] = t->n;
	t->n_sums += place_has_children(t->past->place, t->at.map, unit);
}

static void
tree_gather(struct past_tree *t, uint32_t *found)
{
	const struct catalogue *c = t->past->c;

	tree_add(t, found, t->at.unit);
	for (uint32_t i = 0; i < t->n; i++) {
		struct children_range range =
		    children_of(c, t->at.map, found[i]);

		for (uint32_t k = range.first; k < range.end; k++)
			tree_add(t, found, c->members[c->children[k]].unit);
	}
}

/* By depth, so that a unit comes after all beneath it. */
static void
tree_order(struct past_tree *t, const uint32_t *found)
{
	uint32_t first[PLACE_LEVELS + 1] = {0};
	uint32_t sums = 0;

	for (uint32_t i = 0; i < t->n; i++)
		first[place_depth(t->past->place, t->at.map, found[i])]++;
	for (uint32_t level = PLACE_LEVELS, at = 0; level-- > 0;) {
		uint32_t n = first[level];

		first[level] = at;
		at += n;
	}
	for (uint32_t i = 0; i < t->n; i++) {
		uint8_t level =
		    place_depth(t->past->place, t->at.map, found[i]);
		uint32_t at = first[level]++;

		t->units[at] = found[i];
		t->index[found[i]] = at + 1;
		if (place_has_children(t->past->place, t->at.map, found[i]))
			t->sum_of[at] = ++sums;
	}
}

enum err
past_tree_open(struct past_tree *t, struct past *past, struct agg_at at)
{
	size_t n_units = past->c->n_units;
	uint32_t *found = calloc(n_units, sizeof(*found));

	*t = (struct past_tree){.past = past, .at = at};
	t->index = calloc(n_units, sizeof(*t->index));
	if (found != NULL && t->index != NULL) {
		tree_gather(t, found);
		t->units = calloc((size_t)t->n + 1, sizeof(*t->units));
		t->sum_of = calloc((size_t)t->n + 1, sizeof(*t->sum_of));
		t->sums = calloc((size_t)t->n_sums + 1, sizeof(*t->sums));
	}
	if (t->units == NULL || t->sum_of == NULL || t->sums == NULL) {
		past_tree_close(t);
		free(found);
		return ERR_NOMEM;
	}
	tree_order(t, found);
	free(found);
	return ERR_OK;
}

void
past_tree_rewind(struct past_tree *t, struct period period)
{
	t->at.period = period;
	memset(t->sums, 0, (t->n_sums + 1) * sizeof(*t->sums));
}

/* What one unit gives in one period, to those of its parents that lie beneath the
 * unit asked about, or are it. */
static void
tree_give(struct past_tree *t, uint32_t unit, int slot,
          const struct past_sheet *from)
{
	const struct contribution *given = &from->results[slot].contribution;
	const struct contribution nothing = {.present = false};
	const struct cat_member *parents[MEMBERS_MAX];
	struct period period = from->sheet.slots[slot].period;
	struct day day;
	uint32_t n;

	if (period.code == 0 || !given->present ||
	    !rolls_up(t->past->c, from->sheet.d, t->at.map, period))
		return;
	day = period_last_day(period);
	n = members_of(t->past->c, t->at.map, unit, day, parents);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t above = t->index[parents[i]->parent];
		uint32_t sum;
		struct contribution part;

		if (above == 0)
			continue;
		sum = t->sum_of[above - 1];
		part = contribution_part(*given,
		                         share_of(t->past->c, parents[i], day));
		rollup_replace(&t->sums[sum - 1][slot], &nothing, &part);
	}
}

static void
sums_use(struct past_tree *t, struct past_sheet *out, uint32_t i)
{
	uint32_t sum = t->sum_of[i];

	for (int slot = 0; sum != 0 && slot < SHEET_SLOTS; slot++) {
		if (out->sheet.slots[slot].period.code == 0)
			continue;
		out->place[slot] = t->sums[sum - 1][slot];
		out->sheet.slots[slot].place = &out->place[slot];
	}
}

enum err
past_tree_unit(struct past_tree *t, uint32_t i, struct past_sheet *sheet)
{
	struct agg_at at = t->at;
	enum err err;

	at.unit = t->units[i];
	err = sheet_own(t->past, at, sheet);
	if (err != ERR_OK)
		return err;
	sums_use(t, sheet, i);
	sheet_fold(&sheet->sheet, sheet->results);
	if (at.unit == t->at.unit)
		return ERR_OK;
	for (int slot = 0; slot < SHEET_SLOTS; slot++)
		tree_give(t, at.unit, slot, sheet);
	return ERR_OK;
}

bool
past_alone(const struct past *past, struct agg_at at)
{
	return at.map == NUMBER_NONE ||
	       place_depth(past->place, at.map, at.unit) == PLACE_NOWHERE;
}

static enum err
sheet_recomputed(struct past *past, struct agg_at at, struct past_sheet *out)
{
	struct past_tree t;
	enum err err;

	if (past_alone(past, at)) {
		err = sheet_own(past, at, out);
		sheet_fold(&out->sheet, out->results);
		return err;
	}
	err = past_tree_open(&t, past, at);
	if (err != ERR_OK)
		return err;
	for (uint32_t i = 0; i < t.n && err == ERR_OK; i++)
		err = past_tree_unit(&t, i, out);
	past_tree_close(&t);
	return err;
}

enum err
past_sheet_load(struct past *past, struct agg_at at, struct past_sheet *out)
{
	enum err err;

	if (past_filtered(past))
		return sheet_recomputed(past, at, out);
	err = sheet_own(past, at, out);
	if (err == ERR_OK)
		err = sheet_stored(past, at, out);
	if (err == ERR_OK)
		sheet_fold(&out->sheet, out->results);
	return err;
}
