#include "services/alert/alert_points.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/rollup.h"
#include "services/alert/alert_state.h"

#define FIRST_CAP 64

/* The definition, unit and map of a point's roll-up are those of a series. */
struct series {
	struct alert_points *p;
	const struct cat_target *target;
	const struct cat_definition *d;
	uint32_t definition;
	uint32_t unit;
	uint32_t map;   /* while its sheets are made */
	bool leaf;      /* nobody is beneath the unit in the map */
	bool reference; /* the series is a measure, not the target's own */
	struct point_list *out;
};

void
point_list_fini(struct point_list *list)
{
	free(list->points);
	*list = (struct point_list){0};
}

/* Room for one more of a list that begins empty. */
static bool
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

static enum err
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

static bool
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

/* --- roll-ups ------------------------------------------------------------------- */

/* The version looks at the definition in some map at all. */
static bool
version_reads(const struct series *s, const struct cat_target_version *v)
{
	struct cat_reference r;

	if (!s->reference)
		return v->definition == s->definition;
	return target_reference(v, s->unit, &r) &&
	       r.definition == s->definition && r.unit == s->unit;
}

static bool
target_reads(const struct series *s)
{
	for (uint32_t i = 0; i < s->target->n_versions; i++) {
		if (version_reads(s, &s->target->versions[i]))
			return true;
	}
	return false;
}

static bool
map_read_by(const struct series *s, const struct cat_target_version *v,
            struct period period)
{
	const struct cat_map *map = &s->p->c->maps[s->map];

	if (!version_reads(s, v))
		return false;
	if (v->map != NUMBER_NONE)
		return s->map == v->map;
	return map->kind == MAP_TERRITORY &&
	       (period.code == 0 ||
	        validity_holds(map->validity, period_last_day(period)));
}

/* Some version reads the roll-up: in its own map, else in the territory of that
 * day (R6). Which version judges a period, and so which of two maps counts, is
 * the verdict's business. No period: in some period it might. */
static bool
map_counts(const struct series *s, struct period period)
{
	for (uint32_t i = 0; i < s->target->n_versions; i++) {
		if (map_read_by(s, &s->target->versions[i], period))
			return true;
	}
	return false;
}

static enum err
coverage_add(const struct series *s, const struct verdict_point *point,
             const struct sheet_rolled *rolled)
{
	struct alert_points *p = s->p;
	void *list = p->coverage;

	if (s->reference)
		return ERR_OK;
	if (!list_grow(&list, p->n_coverage, &p->n_coverage_cap,
	               sizeof(*p->coverage)))
		return ERR_NOMEM;
	p->coverage = list;
	p->coverage[p->n_coverage++] =
	    (struct point_coverage){.definition = s->definition,
	                            .map = point->map,
	                            .period = point->period,
	                            .reporting = rolled->reporting,
	                            .expected = rolled->expected,
	                            .derived = rolled->sum.derived};
	return ERR_OK;
}

static enum err
rolled_point(struct series *s, struct period period,
             const struct sheet_rolled *rolled)
{
	struct rollup like = {.map = s->map,
	                      .definition = s->definition,
	                      .unit = s->unit,
	                      .period = period};
	struct rollup row = rolled_row(&like, rolled);
	struct verdict_point point = {.which = POINT_ROLLUP, .period = period};
	enum err err;

	point.map = s->leaf && rolled->over_time ? NUMBER_NONE : s->map;
	point.complete = !rolled->partial && !rolled->under_floor;
	point.under_floor = rolled->under_floor;
	point.released = rolled_release(rolled, is_completed(s->p, period)) ==
	                 RELEASE_RELEASED;
	point.figure = rollup_figure(s->d, &row);
	err = coverage_add(s, &point, rolled);
	return err == ERR_OK ? point_add(s->out, &point) : err;
}

static enum err
sheet_expect(const struct series *s, struct sheet *sheet)
{
	struct alert_points *p = s->p;
	enum err err = ERR_OK;

	for (int i = 0; i < SHEET_SLOTS && err == ERR_OK; i++) {
		struct sheet_slot *slot = &sheet->slots[i];

		if (slot->period.code == 0)
			continue;
		slot->counted = unit_counted(p->c, s->d, s->unit, slot->period);
		err =
		    expect_at(p->expect,
		              &(struct expect_key){.map = s->map,
		                                   .definition = s->definition,
		                                   .unit = s->unit,
		                                   .period = slot->period},
		              &slot->expected);
	}
	return err;
}

static bool
sheet_counts(const struct series *s, const struct sheet *sheet)
{
	for (int i = 0; i < SHEET_SLOTS; i++) {
		struct period period = sheet->slots[i].period;

		if (period.code != 0 && map_counts(s, period))
			return true;
	}
	return false;
}

static enum err
sheet_points(struct series *s, struct sheet *sheet)
{
	struct sheet_result results[SHEET_SLOTS];
	enum err err;

	if (!sheet_counts(s, sheet))
		return ERR_OK;
	err = sheet_expect(s, sheet);
	if (err != ERR_OK)
		return err;
	sheet_fold(sheet, results);
	for (int i = 0; i < SHEET_SLOTS && err == ERR_OK; i++) {
		struct period period = sheet->slots[i].period;

		if (period.code != 0 && results[i].rolled.sum.present &&
		    map_counts(s, period))
			err = rolled_point(s, period, &results[i].rolled);
	}
	return err;
}

/* What is left of a series, in order of period. */
struct series_rest {
	uint32_t figure; /* indexes into figures and rollups */
	uint32_t rollup;
	uint32_t rollups_end;
};

static struct period
first_left(const struct series *s, const struct series_rest *rest)
{
	const struct alert_points *p = s->p;
	struct period a = {UINT32_MAX};
	struct period b = {UINT32_MAX};

	if (rest->figure < p->n_figures)
		a = p->figures[rest->figure].period;
	if (rest->rollup < rest->rollups_end)
		b = p->rollups[rest->rollup].period;
	return a.code < b.code ? a : b;
}

/* Puts into the sheet what stands in its periods. Periods of one year lie
 * together. True: something may be rolled up in it. */
static bool
sheet_fill(const struct series *s, struct series_rest *rest,
           struct sheet *sheet)
{
	struct alert_points *p = s->p;
	bool shorter = false;
	bool place = false;
	int at;

	for (; rest->figure < p->n_figures; rest->figure++) {
		const struct figure *f = &p->figures[rest->figure];

		at = sheet_slot(sheet, f->period);
		if (at < 0)
			break;
		sheet->slots[at].own = f;
		shorter = shorter || period_months(f->period) < 12;
	}
	for (; rest->rollup < rest->rollups_end; rest->rollup++) {
		at = sheet_slot(sheet, p->rollups[rest->rollup].period);
		if (at < 0)
			break;
		sheet->slots[at].place = &p->rollups[rest->rollup];
		place = true;
	}
	return place || (shorter && s->d->time != TIME_NONE);
}

static void
rest_skip(const struct series *s, struct series_rest *rest,
          struct period period)
{
	const struct alert_points *p = s->p;

	if (rest->figure < p->n_figures &&
	    p->figures[rest->figure].period.code == period.code)
		rest->figure++;
	if (rest->rollup < rest->rollups_end &&
	    p->rollups[rest->rollup].period.code == period.code)
		rest->rollup++;
}

static enum err
map_points(struct series *s, uint32_t rollups, uint32_t rollups_end)
{
	struct series_rest rest = {0, rollups, rollups_end};
	struct children_range beneath = children_of(s->p->c, s->map, s->unit);
	enum err err = ERR_OK;

	s->leaf = beneath.first == beneath.end;
	while (err == ERR_OK &&
	       (rest.figure < s->p->n_figures || rest.rollup < rollups_end)) {
		struct period period = first_left(s, &rest);
		struct sheet sheet;

		sheet_begin(&sheet, s->d, period);
		if (sheet_slot(&sheet, period) < 0)
			rest_skip(s, &rest, period);
		else if (sheet_fill(s, &rest, &sheet))
			err = sheet_points(s, &sheet);
	}
	return err;
}

static enum err
rolled_points(struct series *s)
{
	const struct alert_points *p = s->p;
	uint32_t from = 0;
	enum err err = ERR_OK;

	if (p->n_figures + p->n_rollups == 0)
		return ERR_OK;
	for (s->map = 0; s->map < p->c->n_maps && err == ERR_OK; s->map++) {
		uint32_t end = from;

		while (end < p->n_rollups && p->rollups[end].map == s->map)
			end++;
		if (p->c->maps[s->map].declared &&
		    map_counts(s, (struct period){0}))
			err = map_points(s, from, end);
		from = end;
	}
	return err;
}

/* --- all of it ------------------------------------------------------------------ */

/* The better of two that say the same comes first. */
static int
point_compare(const void *a, const void *b)
{
	const struct verdict_point *x = a;
	const struct verdict_point *y = b;

	if (x->period.code != y->period.code)
		return x->period.code < y->period.code ? -1 : 1;
	if (x->which != y->which)
		return x->which < y->which ? -1 : 1;
	if (x->figure.definition != y->figure.definition)
		return x->figure.definition < y->figure.definition ? -1 : 1;
	if (x->figure.unit != y->figure.unit)
		return x->figure.unit < y->figure.unit ? -1 : 1;
	if (x->map != y->map)
		return x->map < y->map ? -1 : 1;
	if (x->complete != y->complete)
		return x->complete ? -1 : 1;
	if (x->released != y->released)
		return x->released ? -1 : 1;
	return y->under_floor - x->under_floor;
}

static bool
point_same(const struct verdict_point *x, const struct verdict_point *y)
{
	return x->period.code == y->period.code && x->which == y->which &&
	       x->figure.definition == y->figure.definition &&
	       x->figure.unit == y->figure.unit && x->map == y->map;
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
		if (point_same(&list->points[n], &list->points[i]))
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
