#include <stdlib.h>
#include <string.h>

#include "services/ctl/naive_verdict.h"

static int
series_compare(const void *a, const void *b)
{
	const struct figure *x = *(const struct figure *const *)a;
	const struct figure *y = *(const struct figure *const *)b;

	if (x->definition != y->definition)
		return x->definition < y->definition ? -1 : 1;
	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->period.code > y->period.code) -
	       (x->period.code < y->period.code);
}

/* Does any target name an indicator of this family? */
static bool
family_wanted(const struct catalogue *c, uint32_t family)
{
	for (uint32_t t = 0; t < c->n_targets; t++) {
		for (uint32_t i = 0; i < c->targets[t].n_versions; i++) {
			uint32_t d = c->targets[t].versions[i].definition;

			if (c->definitions[d].family == family)
				return true;
		}
	}
	return false;
}

static void
first_keep(struct naive_series *series, struct period p)
{
	struct day day = period_first_day(p);

	if (day.n < series->first.n)
		series->first = day;
}

enum err
naive_series_open(const struct naive *n, const struct naive_state *state,
                  struct naive_series *series)
{
	const struct catalogue *c = n->catalogue;
	bool *wanted = calloc(c->n_definitions + (size_t)1, sizeof(*wanted));
	enum err err = wanted == NULL ? ERR_NOMEM : ERR_OK;

	*series = (struct naive_series){
	    .n = n, .c = c, .state = state, .today = n->tick.date};
	for (uint32_t d = 0; d < c->n_definitions && err == ERR_OK; d++)
		wanted[d] = family_wanted(c, c->definitions[d].family);
	series->first.n = DAY_LAST;
	for (uint32_t i = 0; i < n->n_completions; i++)
		first_keep(series, n->completions[i].period);
	for (uint32_t i = 0; i < state->n_figures && err == ERR_OK; i++) {
		first_keep(series, state->figures[i].period);
		if (!wanted[state->figures[i].definition])
			continue;
		err = naive_room(&series->list, series->n_list,
		                 &series->n_list_cap,
		                 sizeof(const struct figure *));
		if (err == ERR_OK)
			series->list[series->n_list++] = &state->figures[i];
	}
	if (err == ERR_OK && series->n_list > 0)
		qsort(series->list, series->n_list,
		      sizeof(const struct figure *), series_compare);
	free(wanted);
	return err;
}

void
naive_series_close(struct naive_series *series)
{
	free(series->list);
	series->list = NULL;
	series->n_list = 0;
}

const struct figure *
naive_figure(const struct naive_series *series, uint32_t definition,
             uint32_t unit, struct period period)
{
	struct figure wanted = {
	    .definition = definition, .unit = unit, .period = period};
	const struct figure *key = &wanted;
	const struct figure **found =
	    series->n_list == 0
	        ? NULL
	        : bsearch(&key, series->list, series->n_list,
	                  sizeof(const struct figure *), series_compare);

	return found == NULL || (*found)->status == STATUS_M ? NULL : *found;
}

static int
unit_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t
naive_bound(const struct catalogue *c, const struct cat_target *target,
            uint32_t *units)
{
	uint32_t n = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < target->n_versions; i++)
		n += target_units(c, &target->versions[i], units + n,
		                  TARGET_UNITS_MAX - n);
	qsort(units, n, sizeof(*units), unit_compare);
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || units[i] != units[i - 1])
			units[kept++] = units[i];
	}
	return kept;
}
