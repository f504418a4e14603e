#include "common/domain/target_series.h"

#include <stdlib.h>

enum { SERIES_FIRST = 256 };

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
	if (out->n == out->n_cap) {
		uint32_t cap = out->n_cap == 0 ? SERIES_FIRST : out->n_cap * 2;
		struct target_series *list =
		    realloc(out->list, cap * sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		out->list = list;
		out->n_cap = cap;
	}
	out->list[out->n++] = (struct target_series){family, unit};
	return ERR_OK;
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
