/*
 * Every series that a target reads, said again at a catalogue.
 */
#include "services/aggregate/agg_emit.h"
#include "services/aggregate/agg_year.h"
#include "services/aggregate/aggregate.h"

static enum err
rollups_gather(struct aggregate *a, struct kv *state, struct period period,
               const struct target_series *series, uint32_t definition)
{
	const struct catalogue *c = a->catalogue;
	struct fold *fold = &a->fold;

	for (uint32_t map = 0; map < c->n_maps; map++) {
		struct rollup rollup;
		bool found = false;
		enum err err;

		if (!c->maps[map].declared ||
		    !place_has_children(&a->place, map, series->unit))
			continue;
		err = agg_rollup_get(state,
		                     (struct agg_at){.map = map,
		                                     .definition = definition,
		                                     .unit = series->unit,
		                                     .period = period},
		                     &rollup, &found);
		if (err == ERR_OK && found)
			err = array_room(&fold->rollups, fold->n_rollups,
			                 &fold->n_rollups_cap,
			                 sizeof(*fold->rollups));
		if (err != ERR_OK)
			return err;
		if (found)
			fold->rollups[fold->n_rollups++] = rollup;
	}
	return ERR_OK;
}

static enum err
series_gather(struct aggregate *a, struct kv *state, struct period period,
              const struct target_series *series)
{
	const struct catalogue *c = a->catalogue;
	enum err err = ERR_OK;

	for (uint32_t d = 0; d < c->n_definitions && err == ERR_OK; d++) {
		struct figure figure;
		bool found = false;

		if (!c->definitions[d].declared ||
		    c->definitions[d].family != series->family)
			continue;
		err = agg_figure_get(state,
		                     (struct agg_at){.definition = d,
		                                     .unit = series->unit,
		                                     .period = period},
		                     &figure, &found);
		if (err == ERR_OK && found)
			err = fold_change_add(&a->fold, &figure, &figure);
		if (err == ERR_OK)
			err = rollups_gather(a, state, period, series, d);
	}
	return err;
}

/* All that is said again, and where. */
struct gathering {
	struct target_series_list series;
	struct record_list *out;
};

/* Hands on what was gathered, when it is a record or more: so what is held at a time
 * is that of one period. */
static void
gathered_emit(struct aggregate *a, struct record_list *out, uint32_t least)
{
	struct fold *fold = &a->fold;

	if (fold->n_changes < least && fold->n_rollups < least)
		return;
	agg_emit_figures(fold->changes, fold->n_changes, out);
	agg_emit_rollups(fold->rollups, fold->n_rollups, out);
	fold->n_changes = 0;
	fold->n_rollups = 0;
}

/* Periods of one year that have figures: roll-ups are in those that contain them,
 * too. */
struct emitted_year {
	uint32_t key; /* year_key; 0: none yet */
	uint32_t slots;
	struct period periods[YEAR_SLOTS];
};

static enum err
year_gather(struct aggregate *a, struct kv *state, const struct gathering *g,
            const struct emitted_year *year)
{
	enum err err = ERR_OK;

	for (uint32_t left = year_containing(year->slots);
	     left != 0 && err == ERR_OK; left &= left - 1) {
		struct period period = year->periods[slot_first(left)];

		for (uint32_t i = 0; i < g->series.n && err == ERR_OK; i++)
			err =
			    series_gather(a, state, period, &g->series.list[i]);
		gathered_emit(a, g->out, EMIT_ROWS_MAX);
	}
	return err;
}

/* Years stand together in the table, but for spans, each of which is one alone. */
static enum err
years_gather(struct aggregate *a, struct kv *state, const struct gathering *g)
{
	struct emitted_year year = {.key = 0};
	struct emitted_year span = {.slots = slot_bit(YEAR_SPAN)};
	struct period period = {0};

	for (;;) {
		enum err err = agg_period_next(
		    state, (struct period){period.code + 1}, &period);
		int slot = year_slot(period);

		if (err != ERR_OK)
			return err;
		if (period.code != 0 && slot == YEAR_SPAN) {
			span.periods[YEAR_SPAN] = period;
			err = year_gather(a, state, g, &span);
		} else if (period.code == 0 || year_key(period) != year.key) {
			err = year_gather(a, state, g, &year);
			year.key = period.code == 0 ? 0 : year_key(period);
			year.slots = 0;
			if (period.code != 0)
				year_periods(period, year.periods);
		}
		if (err != ERR_OK || period.code == 0)
			return err;
		if (slot != YEAR_SPAN)
			year.slots |= slot_bit(slot);
	}
}

enum err
aggregate_emit_targets(struct aggregate *a, struct kv *state,
                       struct record_list *out)
{
	struct gathering g = {.out = out};
	enum err err = target_series_list(a->catalogue, &g.series);

	fold_begin(&a->fold, &a->place, a->generations.used);
	if (err == ERR_OK && g.series.n > 0)
		err = years_gather(a, state, &g);
	if (err == ERR_OK)
		gathered_emit(a, out, 0);
	target_series_fini(&g.series);
	fold_begin(&a->fold, &a->place, a->generations.used);
	return err;
}
