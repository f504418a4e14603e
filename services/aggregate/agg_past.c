#include "services/aggregate/agg_past.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/catalogue_record.h"
#include "common/domain/version.h"

void
past_init(struct past *past, struct kv *state, const struct aggregate *now)
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
	place_fini(&past->place_then);
	catalogue_free(&past->then);
}

static enum err
definitions_then(struct past *past, struct span record)
{
	uint64_t version = 0;
	enum err err = catalogue_record_build(record, &past->then, &version);

	if (err == ERR_OK)
		err = place_init(&past->place_then, past->then);
	if (err != ERR_OK)
		return err;
	past->c = past->then;
	past->place = &past->place_then;
	return ERR_OK;
}

enum err
past_set_commit(struct past *past, uint64_t commit)
{
	struct span record, packed;
	struct tick tick;
	uint64_t version = 0;
	enum err err = agg_tick_at(past->state, commit, &tick);

	if (err != ERR_OK)
		return err;
	past->today = tick.date;
	err = agg_catalogue_at(past->state, commit, &record);

	if (err == ERR_NOT_FOUND)
		return ERR_NO_CATALOGUE;
	if (err != ERR_OK)
		return err;
	past->commit = commit;
	if (catalogue_record_read(record, &version, &packed) != ERR_OK)
		return ERR_CORRUPT;
	if (version == past->now->catalogue_version)
		return ERR_OK;
	return definitions_then(past, record);
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

/* Everything beneath one unit on any day, deepest first, and what the children
 * of each add up to. */
struct subtree {
	struct past *past;
	struct agg_at at;
	uint32_t *units;
	uint32_t n;
	uint32_t *index; /* by unit: place in units + 1; 0: not beneath */
	struct rollup (*sums)[SHEET_SLOTS];
};

static void
subtree_close(struct subtree *t)
{
	free(t->units);
	free(t->index);
	free(t->sums);
}

static void
subtree_add(struct subtree *t, uint32_t unit)
{
	if (t->index[unit] != 0)
		return;
	t->units[t->n++] = unit;
	t->index[unit] = t->n;
}

/* Breadth first; then by depth, so that a unit comes after all beneath it. */
static void
subtree_gather(struct subtree *t)
{
	const struct catalogue *c = t->past->c;

	subtree_add(t, t->at.unit);
	for (uint32_t i = 0; i < t->n; i++) {
		struct children_range range =
		    children_of(c, t->at.map, t->units[i]);

		for (uint32_t k = range.first; k < range.end; k++)
			subtree_add(t, c->members[c->children[k]].unit);
	}
}

static int
depth_compare(const void *a, const void *b, void *subtree_p)
{
	const struct subtree *t = subtree_p;
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	uint8_t deep = place_depth(t->past->place, t->at.map, x);
	uint8_t other = place_depth(t->past->place, t->at.map, y);

	if (deep != other)
		return deep > other ? -1 : 1;
	return (x > y) - (x < y);
}

static enum err
subtree_open(struct subtree *t, struct past *past, struct agg_at at)
{
	size_t n_units = past->c->n_units;

	*t = (struct subtree){.past = past, .at = at};
	t->units = calloc(n_units, sizeof(*t->units));
	t->index = calloc(n_units, sizeof(*t->index));
	if (t->units != NULL && t->index != NULL)
		subtree_gather(t);
	if (t->n > 0) {
		qsort_r(t->units, t->n, sizeof(*t->units), depth_compare, t);
		t->sums = calloc(t->n, sizeof(*t->sums));
	}
	if (t->sums == NULL) {
		subtree_close(t);
		return ERR_NOMEM;
	}
	for (uint32_t i = 0; i < t->n; i++)
		t->index[t->units[i]] = i + 1;
	return ERR_OK;
}

/* What one unit gives in one period, to those of its parents that lie beneath the
 * unit asked about, or are it. */
static void
subtree_give(struct subtree *t, uint32_t unit, int slot,
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
		struct contribution part;

		if (above == 0)
			continue;
		part = contribution_part(*given,
		                         share_of(t->past->c, parents[i], day));
		rollup_replace(&t->sums[above - 1][slot], &nothing, &part);
	}
}

static void
sums_use(struct subtree *t, struct past_sheet *out, uint32_t i)
{
	for (int slot = 0; slot < SHEET_SLOTS; slot++) {
		out->place[slot] = t->sums[i][slot];
		if (out->sheet.slots[slot].period.code != 0)
			out->sheet.slots[slot].place = &out->place[slot];
	}
}

static enum err
subtree_unit(struct subtree *t, uint32_t i, struct past_sheet *sheet)
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
		subtree_give(t, at.unit, slot, sheet);
	return ERR_OK;
}

static enum err
sheet_recomputed(struct past *past, struct agg_at at, struct past_sheet *out)
{
	struct subtree t;
	enum err err;

	if (at.map == NUMBER_NONE ||
	    place_depth(past->place, at.map, at.unit) == PLACE_NOWHERE) {
		err = sheet_own(past, at, out);
		sheet_fold(&out->sheet, out->results);
		return err;
	}
	err = subtree_open(&t, past, at);
	if (err != ERR_OK)
		return err;
	/* the unit asked about lies above all others: it is the last */
	for (uint32_t i = 0; i < t.n && err == ERR_OK; i++)
		err = subtree_unit(&t, i, out);
	subtree_close(&t);
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
