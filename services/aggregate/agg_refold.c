/*
 * What a changed catalogue asks for: the roll-ups anew, and every series that a
 * target reads said again.
 */
#include <stdlib.h>
#include <string.h>

#include "common/domain/version.h"
#include "services/aggregate/agg_emit.h"
#include "services/aggregate/aggregate.h"

/* The entry behind key; the key is copied, as views end with the next put. */
static enum err
state_next(struct kv *state, enum agg_table table, struct agg_key *key,
           bool *more)
{
	struct span found, value;
	enum err err;

	if (key->len == 0)
		*key = agg_key_single(table);
	else
		key->bytes[key->len++] = 0;
	err = kv_next(state, agg_key_span(key), &found, &value);
	*more = err == ERR_OK && found.len > 0 && found.ptr[0] == table &&
	        found.len < sizeof(key->bytes);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (*more) {
		memcpy(key->bytes, found.ptr, found.len);
		key->len = found.len;
	}
	return err;
}

static enum err
rollups_clear(struct aggregate *a, struct kv *state)
{
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct agg_key key = {.len = 0};

		err = state_next(state, AGG_ROLLUPS, &key, &more);
		if (err == ERR_OK && more)
			kv_del(state, agg_key_span(&key));
	}
	a->digest.n_rollups = 0;
	a->digest.rollups = 0;
	return err;
}

/* The figure in force may be another one: ranks of sources may have changed. */
static enum err
figure_choose(struct aggregate *a, struct kv *state, struct figure *row)
{
	struct version_list *list = &a->fold.versions;
	uint32_t in_force;
	enum err err;

	if ((row->flags & AGG_HISTORY) == 0)
		return ERR_OK;
	err = version_list_load(state, row, list);
	if (err != ERR_OK)
		return err;
	in_force = version_in_force(a->catalogue, list->rows, list->n);
	if (in_force == VERSION_NONE)
		return ERR_OK;
	*row = list->rows[in_force];
	row->flags |= AGG_HISTORY;
	return ERR_OK;
}

static uint64_t
row_hash(const struct figure *row)
{
	struct figure plain = *row;

	plain.flags &= (uint8_t)~AGG_HISTORY;
	return figure_hash(&plain);
}

static enum err
refold_row(struct aggregate *a, struct kv *state, struct figure *row)
{
	struct figure absent = *row;
	enum err err;

	if (!figure_present(row))
		return ERR_OK;
	a->digest.figures -= row_hash(row);
	err = figure_choose(a, state, row);
	if (err != ERR_OK)
		return err;
	a->digest.figures += row_hash(row);
	absent.action = ACTION_DELETE;
	return fold_change_add(&a->fold, &absent, row);
}

static enum err
refold_page(struct aggregate *a, struct kv *state, const struct agg_key *key)
{
	struct figure_page page;
	enum err err = figure_page_load(state, key, &page);

	for (uint32_t i = 0; i < page.n && err == ERR_OK; i++)
		err = refold_row(a, state, &page.rows[i]);
	if (err == ERR_OK)
		figure_page_store(state, key, &page, &a->fold.scratch);
	return err;
}

/* A unit with children is met both as a figure and as a roll-up of others; what
 * it gave upward before counts from nothing, so its own figure must not be seen
 * as "before" by an earlier batch. All figures of a period are therefore carried
 * up in one batch: pages lie in order of period. */
static enum err
refold_flush(struct aggregate *a, struct kv *state)
{
	enum err err = fold_rollups(&a->fold, state, &a->digest);

	fold_begin(&a->fold, &a->place);
	return err;
}

enum err
aggregate_refold(struct aggregate *a, struct kv *state)
{
	struct agg_key key = {.len = 0};
	uint32_t period = 0;
	bool more = true;
	enum err err = rollups_clear(a, state);

	fold_begin(&a->fold, &a->place);
	while (err == ERR_OK) {
		struct cursor c;
		uint32_t next;

		err = state_next(state, AGG_FIGURES, &key, &more);
		if (err != ERR_OK || !more)
			break;
		c = cursor_of(span_of(key.bytes + 1, key.len - 1));
		next = cursor_be32(&c);
		if (next != period && a->fold.n_changes > 0)
			err = refold_flush(a, state);
		period = next;
		if (err == ERR_OK)
			err = refold_page(a, state, &key);
	}
	return err == ERR_OK ? refold_flush(a, state) : err;
}

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

	for (uint32_t i = 0; i < n && err == ERR_OK; i++)
		err = series_add(out, c->definitions[v->definition].family,
		                 units[i]);
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

enum err
aggregate_emit_targets(struct aggregate *a, struct kv *state,
                       struct record_list *out)
{
	struct target_series_list series = {0};
	struct period period = {0};
	enum err err = target_series_list(a->catalogue, &series);

	fold_begin(&a->fold, &a->place);
	while (err == ERR_OK && series.n > 0) {
		struct period from = {period.code + 1};

		err = agg_period_next(state, from, &period);
		if (err != ERR_OK || period.code == 0)
			break;
		for (uint32_t i = 0; i < series.n && err == ERR_OK; i++)
			err = series_gather(a, state, period, &series.list[i]);
	}
	if (err == ERR_OK) {
		agg_emit_figures(a->fold.changes, a->fold.n_changes, out);
		agg_emit_rollups(a->fold.rollups, a->fold.n_rollups, out);
	}
	target_series_fini(&series);
	fold_begin(&a->fold, &a->place);
	return err;
}
