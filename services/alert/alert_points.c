#include "services/alert/alert_points.h"

#include <stdlib.h>
#include <string.h>

#include "services/alert/alert_parts.h"
#include "services/alert/alert_state.h"

#define FIRST_CAP 64

void
point_list_fini(struct point_list *list)
{
	free(list->points);
	*list = (struct point_list){0};
}

bool
list_grow(void **list, uint32_t n, uint32_t *n_cap, size_t size)
{
	uint32_t grown = *n_cap == 0 ? FIRST_CAP : *n_cap * 2;
	void *room;

	if (n < *n_cap)
		return true;
	room = realloc(*list, grown * size);
	if (room == NULL)
		return false;
	*list = room;
	*n_cap = grown;
	return true;
}

enum err
point_add(struct point_list *list, const struct verdict_point *point)
{
	void *points = list->points;

	if (!list_grow(&points, list->n, &list->n_cap, sizeof(*point)))
		return ERR_NOMEM;
	list->points = points;
	list->points[list->n++] = *point;
	return ERR_OK;
}

/* --- opening ---------------------------------------------------------------- */

void
alert_points_close(struct alert_points *p)
{
	expect_free(&p->expect);
	p->c = NULL;
}

void
alert_points_fini(struct alert_points *p)
{
	alert_points_close(p);
	point_list_fini(&p->list);
	point_list_fini(&p->reference);
	free(p->coverage);
	free(p->figures);
	free(p->rollups);
	free(p->completed);
	*p = (struct alert_points){.c = NULL};
}

enum err
alert_points_open(struct alert_points *p, const struct catalogue *c)
{
	enum err err;

	alert_points_close(p);
	err = expect_new(&p->expect, c);
	if (err == ERR_OK)
		p->c = c;
	return err;
}

/* --- reading a series --------------------------------------------------------- */

static enum err
figure_read(struct alert_points *p, struct span value)
{
	void *list = p->figures;
	struct figures_reader reader;

	if (!list_grow(&list, p->n_figures, &p->n_figures_cap,
	               sizeof(*p->figures)))
		return ERR_NOMEM;
	p->figures = list;
	if (figures_open(value, &reader) != ERR_OK ||
	    figures_next(&reader, &p->figures[p->n_figures]) != ERR_OK)
		return ERR_CORRUPT;
	p->n_figures++;
	return ERR_OK;
}

static enum err
rollup_read(struct alert_points *p, struct span value)
{
	void *list = p->rollups;
	struct rollups_reader reader;

	if (!list_grow(&list, p->n_rollups, &p->n_rollups_cap,
	               sizeof(*p->rollups)))
		return ERR_NOMEM;
	p->rollups = list;
	if (rollups_open(value, &reader) != ERR_OK ||
	    rollups_next(&reader, &p->rollups[p->n_rollups]) != ERR_OK)
		return ERR_CORRUPT;
	p->n_rollups++;
	return ERR_OK;
}

static enum err
completion_take(struct alert_points *p, uint32_t code)
{
	void *list = p->completed;

	if (!list_grow(&list, p->n_completed, &p->n_completed_cap,
	               sizeof(*p->completed)))
		return ERR_NOMEM;
	p->completed = list;
	p->completed[p->n_completed++] = (struct period){code};
	return ERR_OK;
}

static enum err
table_read(const struct series *s, struct kv *state, enum alert_table table)
{
	uint32_t numbers[] = {s->definition, s->unit};
	struct alert_key prefix = alert_key_of(table, numbers, 2);
	struct alert_key key = {.len = 0};
	struct span value;
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		err = alert_prefix_next(state, &prefix, &key, &value, &more);
		if (err != ERR_OK || !more)
			break;
		if (table == ALERT_TABLE_FIGURES)
			err = figure_read(s->p, value);
		else if (table == ALERT_TABLE_ROLLUPS)
			err = rollup_read(s->p, value);
		else
			err = completion_take(s->p, alert_key_number(&key, 2));
	}
	return err;
}

static enum err
series_read(const struct series *s, struct kv *state, bool rolled)
{
	enum err err;

	s->p->n_figures = 0;
	s->p->n_rollups = 0;
	s->p->n_completed = 0;
	err = table_read(s, state, ALERT_TABLE_FIGURES);
	if (err == ERR_OK && rolled)
		err = table_read(s, state, ALERT_TABLE_ROLLUPS);
	if (err == ERR_OK && rolled)
		err = table_read(s, state, ALERT_TABLE_COMPLETIONS);
	return err;
}

bool
is_completed(const struct alert_points *p, struct period period)
{
	uint32_t i = 0;

	while (i < p->n_completed && p->completed[i].code != period.code)
		i++;
	return i < p->n_completed;
}

/* --- own figures -------------------------------------------------------------- */

static enum point_which
which_of(const struct series *s)
{
	const struct cat_target *t = s->target;
	uint32_t own = t->versions[t->n_versions - 1].definition;
	const struct cat_definition *of = &s->p->c->definitions[own];

	if (s->definition == own || s->reference)
		return POINT_OWN;
	return strcmp(of->indicator, s->d->indicator) == 0
	           ? POINT_OTHER_DEFINITION
	           : POINT_OTHER_SCOPE;
}

static enum err
own_points(struct series *s)
{
	const struct alert_points *p = s->p;
	struct verdict_point point = {.which = which_of(s), .map = NUMBER_NONE};
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < p->n_figures && err == ERR_OK; i++) {
		const struct figure *f = &p->figures[i];

		point.period = f->period;
		point.figure = *f;
		point.released =
		    figure_release(f, is_completed(p, f->period)) ==
		    RELEASE_RELEASED;
		err = point_add(s->out, &point);
	}
	return err;
}

/* T3: a target of kind complete is met by a record too. */
static enum err
completion_points(struct series *s)
{
	const struct alert_points *p = s->p;
	struct verdict_point point = {.which = POINT_COMPLETION,
	                              .map = NUMBER_NONE,
	                              .figure.definition = s->definition,
	                              .figure.unit = s->unit};
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < p->n_completed && err == ERR_OK; i++) {
		point.period = p->completed[i];
		point.figure.period = point.period;
		err = point_add(s->out, &point);
	}
	return err;
}

/* --- all of it ------------------------------------------------------------------ */

/* In the order of points; 0: they say the same. */
static int
point_order(const struct verdict_point *x, const struct verdict_point *y)
{
	const uint32_t pairs[][2] = {
	    {x->period.code, y->period.code},
	    {x->which, y->which},
	    {x->figure.definition, y->figure.definition},
	    {x->figure.unit, y->figure.unit},
	    {x->map, y->map},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][0] != pairs[i][1])
			return pairs[i][0] < pairs[i][1] ? -1 : 1;
	}
	return 0;
}

static int
point_worth(const struct verdict_point *p)
{
	return p->complete * 4 + p->released * 2 + p->under_floor;
}

/* The better of two that say the same comes first. */
static int
point_compare(const void *a, const void *b)
{
	int order = point_order(a, b);

	return order != 0 ? order : point_worth(b) - point_worth(a);
}

/* In order, and once: what a unit's own shorter periods give is found in every
 * map. */
static void
points_settle(struct point_list *list)
{
	uint32_t n = 0;

	if (list->n < 2)
		return;
	qsort(list->points, list->n, sizeof(*list->points), point_compare);
	for (uint32_t i = 1; i < list->n; i++) {
		if (point_order(&list->points[n], &list->points[i]) == 0)
			continue;
		n++;
		if (n != i)
			list->points[n] = list->points[i];
	}
	list->n = n + 1;
}

static enum err
series_points(struct series *s, struct kv *state)
{
	bool rolled = target_reads(s);
	enum err err = series_read(s, state, rolled);

	if (err == ERR_OK)
		err = own_points(s);
	if (err == ERR_OK && rolled)
		err = rolled_points(s);
	if (err == ERR_OK && rolled)
		err = completion_points(s);
	return err;
}

enum err
alert_points_read(struct alert_points *p, struct kv *state, struct points_of of)
{
	const struct cat_target *t = of.target;
	uint32_t own = t->versions[t->n_versions - 1].definition;
	uint32_t family = p->c->definitions[own].family;
	struct series s = {
	    .p = p, .target = t, .unit = of.unit, .out = &p->list};
	enum err err = ERR_OK;

	p->list.n = 0;
	p->n_coverage = 0;
	for (uint32_t i = 0; i < p->c->n_definitions && err == ERR_OK; i++) {
		s.definition = i;
		s.d = &p->c->definitions[i];
		if (s.d->declared && s.d->family == family)
			err = series_points(&s, state);
	}
	points_settle(&p->list);
	return err;
}

/* An earlier version is measured by the same series. */
static bool
reference_known(const struct points_of *of, uint32_t version)
{
	struct cat_reference r, earlier;

	(void)target_reference(&of->target->versions[version], of->unit, &r);
	for (uint32_t i = 0; i < version; i++) {
		if (target_reference(&of->target->versions[i], of->unit,
		                     &earlier) &&
		    earlier.definition == r.definition &&
		    earlier.unit == r.unit)
			return true;
	}
	return false;
}

enum err
alert_points_reference(struct alert_points *p, struct kv *state,
                       struct points_of of)
{
	struct series s = {.p = p,
	                   .target = of.target,
	                   .reference = true,
	                   .out = &p->reference};
	enum err err = ERR_OK;

	p->reference.n = 0;
	for (uint32_t i = 0; i < of.target->n_versions && err == ERR_OK; i++) {
		struct cat_reference r;

		if (!target_reference(&of.target->versions[i], of.unit, &r) ||
		    reference_known(&of, i))
			continue;
		s.definition = r.definition;
		s.d = &p->c->definitions[r.definition];
		s.unit = r.unit;
		err = series_points(&s, state);
	}
	points_settle(&p->reference);
	return err;
}

const struct point_coverage *
alert_points_coverage(const struct alert_points *p, uint32_t definition,
                      uint32_t map, struct period period)
{
	for (uint32_t i = 0; i < p->n_coverage; i++) {
		const struct point_coverage *at = &p->coverage[i];

		if (at->definition == definition && at->map == map &&
		    at->period.code == period.code)
			return at;
	}
	return NULL;
}
