/*
 * A unit's year: its own figures, what its children add up to, and what it gives to
 * those above it (SEMANTICS R1, R4).
 */
#include <stdlib.h>

#include "common/domain/sheet.h"
#include "services/aggregate/agg_parts.h"

static enum err
known_of_year(struct kv *state, struct fold_year *year)
{
	struct period first = {0};
	struct period last = year->periods[SHEET_SLOTS - 1];
	enum err err;

	if (last.code == 0) { /* a span */
		year->known = slot_bit(YEAR_SPAN);
		return ERR_OK;
	}
	year->known = 0;
	first = year->periods[0];
	for (;;) {
		struct period found;

		err = agg_period_next(state, first, &found);
		if (err != ERR_OK || found.code == 0 || found.code > last.code)
			return err;
		/* a span may end within the year, too */
		if (year_slot(found) != YEAR_SPAN)
			year->known |= slot_bit(year_slot(found));
		first.code = found.code + 1;
	}
}

enum err
year_open(struct fold *fold, struct kv *state, struct period p)
{
	struct fold_year *year = fold->year;
	uint32_t key = year_key(p);
	enum err err = ERR_OK;

	if (year == NULL) {
		fold->year = year = malloc(sizeof(*year));
		if (year == NULL)
			return ERR_NOMEM;
		year->key = 0;
	}
	year->figures_loaded = 0;
	year->rollups_loaded = 0;
	if (year->key == key)
		return ERR_OK;
	year_periods(p, year->periods);
	err = known_of_year(state, year);
	year->key = err == ERR_OK ? key : 0;
	return err;
}

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

enum err
year_figures(struct fold *fold, struct kv *state, struct unit_block of,
             uint32_t slots)
{
	struct fold_year *year = fold->year;
	enum err err = ERR_OK;

	slots &= year->known & ~year->figures_loaded;
	year->figures_loaded |= slots;
	for (; slots != 0 && err == ERR_OK; slots &= slots - 1) {
		int i = slot_first(slots);
		struct agg_key key = agg_key_page(fold->gens, year->periods[i],
		                                  of.unit, of.block);

		err = figures_load(fold, state, &key, &year->figures[i]);
	}
	return err;
}

void
year_row_begin(struct year_row *row)
{
	row->affected = year_affected(row->d, row->changed);
	row->needed = year_needed(row->d, row->affected);
	/* nobody looks at the other slots */
	for (uint32_t left = row->needed; left != 0; left &= left - 1) {
		int i = slot_first(left);

		row->own[BEFORE][i] = row->own[AFTER][i] = NULL;
		row->place[BEFORE][i] = row->place[AFTER][i] = NULL;
	}
}

void
year_row_own(const struct fold *fold, struct year_row *row)
{
	struct fold_year *year = fold->year;
	uint32_t slots = row->needed & year->figures_loaded & ~row->changed;

	for (; slots != 0; slots &= slots - 1) {
		int i = slot_first(slots);
		const struct figure *own = present_or_null(
		    figure_page_find(&year->figures[i], row->definition));

		row->own[BEFORE][i] = own;
		row->own[AFTER][i] = own;
	}
}

enum err
year_duty(const struct fold *fold, const struct year_row *row, uint32_t map,
          struct year_duty *duty)
{
	static const struct expectation nobody = {0};
	bool any = fold->place->duty[row->definition] != 0;
	enum err err = ERR_OK;

	for (uint32_t left = row->needed; left != 0 && err == ERR_OK;
	     left &= left - 1) {
		int i = slot_first(left);

		duty->expected[i] = nobody;
		if (any)
			err = expect_at(fold->place->expect,
			                &(struct expect_key){
			                    .map = map,
			                    .definition = row->definition,
			                    .unit = row->unit,
			                    .period = fold->year->periods[i]},
			                &duty->expected[i]);
	}
	return err;
}

bool
year_duty_equal(const struct year_row *row, const struct year_duty *a,
                const struct year_duty *b)
{
	for (uint32_t left = row->needed; left != 0; left &= left - 1) {
		const struct expectation *x = &a->expected[slot_first(left)];
		const struct expectation *y = &b->expected[slot_first(left)];

		if (x->within != y->within || x->beneath != y->beneath ||
		    x->floor_millionths != y->floor_millionths ||
		    x->open != y->open)
			return false;
	}
	return true;
}

/* Nothing is there to be given. */
static bool
row_empty(const struct year_row *row, int side)
{
	for (uint32_t left = row->needed; left != 0; left &= left - 1) {
		int i = slot_first(left);

		if (row->own[side][i] != NULL || row->place[side][i] != NULL)
			return false;
	}
	return true;
}

static bool
counted(const struct fold *fold, const struct year_row *row, int slot)
{
	return unit_counted(fold->place->catalogue, row->d, row->unit,
	                    fold->year->periods[slot]);
}

/* By the time rule: a sheet of the slots needed, as if the others were none. */
static void
sheet_gives(const struct fold *fold, const struct year_row *row,
            const struct year_duty *duty, int side,
            struct contribution out[YEAR_SLOTS])
{
	struct sheet sheet = {.d = row->d};
	struct sheet_result results[SHEET_SLOTS];

	for (uint32_t left = row->needed; left != 0; left &= left - 1) {
		int i = slot_first(left);

		sheet.slots[i] =
		    (struct sheet_slot){.period = fold->year->periods[i],
		                        .own = row->own[side][i],
		                        .place = row->place[side][i],
		                        .expected = duty->expected[i],
		                        .counted = counted(fold, row, i)};
	}
	sheet_fold(&sheet, results);
	for (uint32_t left = row->affected; left != 0; left &= left - 1) {
		int i = slot_first(left);

		out[i] = results[i].contribution;
	}
}

void
year_gives(const struct fold *fold, const struct year_row *row,
           const struct year_duty *duty, int side,
           struct contribution out[YEAR_SLOTS])
{
	bool empty = row_empty(row, side);

	if (!empty && (row->needed & (row->needed - 1)) != 0) {
		sheet_gives(fold, row, duty, side, out);
		return;
	}
	for (uint32_t left = row->affected; left != 0; left &= left - 1) {
		int i = slot_first(left);
		struct contributor who = {.own = row->own[side][i],
		                          .within = duty->expected[i].within};

		if (empty) {
			out[i] = (struct contribution){.present = false};
			continue;
		}
		who.counted = counted(fold, row, i);
		out[i] = contribution_of(row->d, &who, row->place[side][i]);
	}
}
