/*
 * Every series that a target reads, said again at a catalogue.
 */
#include <stdlib.h>

#include "services/aggregate/agg_emit.h"
#include "services/aggregate/agg_year.h"
#include "services/aggregate/aggregate.h"

static int
series_compare(const void *a, const void *b)
{
	const struct target_series *x = a;
	const struct target_series *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->family > y->family) - (x->family < y->family);
}

static enum err
series_add(struct target_series_list *out, uint32_t family, uint32_t unit)
{
	enum err err =
	    array_room(&out->list, out->n, &out->n_cap, sizeof(*out->list));

	if (err == ERR_OK)
		out->list[out->n++] = (struct target_series){family, unit};
	return err;
}

static enum err
series_of_version(const struct catalogue *c, const struct cat_target_version *v,
                  uint32_t *units, struct target_series_list *out)
{
	uint32_t n = target_units(c, v, units, TARGET_UNITS_MAX);
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < n && err == ERR_OK; i++) {
		struct cat_reference r;

		err = series_add(out, c->definitions[v->definition].family,
		                 units[i]);
		if (err == ERR_OK && target_reference(v, units[i], &r))
			err = series_add(
			    out, c->definitions[r.definition].family, r.unit);
	}
	return err;
}

static enum err
series_of_targets(const struct catalogue *c, struct target_series_list *out)
{
	uint32_t *units = malloc(TARGET_UNITS_MAX * sizeof(*units));
	enum err err = units == NULL ? ERR_NOMEM : ERR_OK;

	for (uint32_t t = 0; t < c->n_targets && err == ERR_OK; t++) {
		const struct cat_target *target = &c->targets[t];

		for (uint32_t i = 0; i < target->n_versions && err == ERR_OK;
		     i++)
			err = series_of_version(c, &target->versions[i], units,
			                        out);
	}
	free(units);
	return err;
}

enum err
target_series_list(const struct catalogue *c, struct target_series_list *out)
{
	uint32_t kept = 0;
	enum err err = series_of_targets(c, out);

	if (err != ERR_OK || out->n == 0)
		return err;
	qsort(out->list, out->n, sizeof(*out->list), series_compare);
	for (uint32_t i = 0; i < out->n; i++) {
		if (i == 0 ||
		    series_compare(&out->list[i - 1], &out->list[i]) != 0)
			out->list[kept++] = out->list[i];
	}
	out->n = kept;
	return ERR_OK;
}

void
target_series_fini(struct target_series_list *list)
{
	free(list->list);
	*list = (struct target_series_list){0};
}

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

/* Periods of one year that have figures: roll-ups are in those that contain them,
 * too. */
struct emitted_year {
	uint32_t key; /* year_key; 0: none yet */
	uint32_t slots;
	struct period periods[YEAR_SLOTS];
};

static enum err
year_gather(struct aggregate *a, struct kv *state,
            const struct target_series_list *series,
            const struct emitted_year *year)
{
	enum err err = ERR_OK;

	for (uint32_t left = year_containing(year->slots);
	     left != 0 && err == ERR_OK; left &= left - 1) {
		struct period period = year->periods[slot_first(left)];

		for (uint32_t i = 0; i < series->n && err == ERR_OK; i++)
			err = series_gather(a, state, period, &series->list[i]);
	}
	return err;
}

/* Years stand together in the table, but for spans, each of which is one alone. */
static enum err
years_gather(struct aggregate *a, struct kv *state,
             const struct target_series_list *series)
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
			err = year_gather(a, state, series, &span);
		} else if (period.code == 0 || year_key(period) != year.key) {
			err = year_gather(a, state, series, &year);
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
	struct target_series_list series = {0};
	enum err err = target_series_list(a->catalogue, &series);

	fold_begin(&a->fold, &a->place, a->generations.used);
	if (err == ERR_OK && series.n > 0)
		err = years_gather(a, state, &series);
	if (err == ERR_OK) {
		agg_emit_figures(a->fold.changes, a->fold.n_changes, out);
		agg_emit_rollups(a->fold.rollups, a->fold.n_rollups, out);
	}
	target_series_fini(&series);
	fold_begin(&a->fold, &a->place, a->generations.used);
	return err;
}
