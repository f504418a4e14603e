#include "common/domain/rollup.h"
#include "services/alert/alert_parts.h"

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

bool
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
	const struct catalogue *c = s->p->c;

	if (!version_reads(s, v))
		return false;
	if (v->map != NUMBER_NONE)
		return s->map == v->map;
	return period.code == 0 ? c->maps[s->map].kind == MAP_TERRITORY
	                        : map_is_read(c, s->map, s->unit, period);
}

/* Some version reads the roll-up: in its own map, else in the territory of that
 * day, or of the unit's last (R6). Which version judges a period, and so which of
 * two maps counts, is the verdict's business. No period: in some it might. */
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
	point.has_parts = s->d->place != PLACE_SUM;
	point.parts = (struct verdict_parts){row.sum, row.sum_weight};
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

enum err
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
