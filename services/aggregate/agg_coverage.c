#include "services/aggregate/agg_coverage.h"

#include <assert.h>
#include <stdlib.h>

#include "common/domain/rollup.h"

/* One unit to be looked at, on one way down. */
struct stop {
	uint32_t unit;
	struct cat_share
	    share;     /* of it, or what it lies in, beneath the unit asked */
	bool covered;  /* something above it speaks for it */
	bool compared; /* something above it was compared */
};

struct walk {
	struct past *past;
	struct agg_at at;
	struct period periods[WEIGHT_PERIODS_MAX]; /* latest last */
	uint32_t n_periods;
	struct stop *stops;
	uint32_t n_stops, n_stops_cap;
	i128 reported; /* denominators in millionths */
	i128 expected;
	bool unknown;
	struct rollup now; /* of the units in both periods */
	struct rollup before;
	uint32_t n_both;
	struct period period_before;
};

static enum err
stop_add(struct walk *w, const struct stop *stop)
{
	enum err err = array_room(&w->stops, w->n_stops, &w->n_stops_cap,
	                          sizeof(*w->stops));

	if (err == ERR_OK)
		w->stops[w->n_stops++] = *stop;
	return err;
}

static enum err
children_add(struct walk *w, const struct stop *above)
{
	const struct catalogue *c = w->past->c;
	struct day day = period_last_day(w->at.period);
	struct children_range range = children_of(c, w->at.map, above->unit);
	enum err err = ERR_OK;

	for (uint32_t i = range.first; i < range.end && err == ERR_OK; i++) {
		const struct cat_member *m = &c->members[c->children[i]];
		struct stop stop = *above;

		if (!validity_holds(m->validity, day))
			continue;
		stop.unit = m->unit;
		/* R1a: once on any way */
		if (m->weight != WEIGHT_ONE)
			stop.share = share_of(c, m, day);
		err = stop_add(w, &stop);
	}
	return err;
}

/* F1a: of its frequency, or longer with a time rule. */
static bool
period_fits(const struct walk *w, struct period period)
{
	const struct cat_definition *d =
	    &w->past->c->definitions[w->at.definition];
	enum frequency f = period_frequency(period);

	return f == d->frequency || (d->time != TIME_NONE && f < d->frequency);
}

/* The latest stored periods of the definition that do not end after the one asked
 * about. */
static enum err
periods_find(struct walk *w)
{
	struct period from = {0};

	for (;;) {
		struct period period;
		enum err err = agg_period_next(w->past->state, from, &period);

		if (err != ERR_OK || period.code == 0 ||
		    period.code > w->at.period.code)
			return err;
		from.code = period.code + 1;
		if (!period_fits(w, period))
			continue;
		if (w->n_periods == WEIGHT_PERIODS_MAX) {
			for (uint32_t i = 1; i < WEIGHT_PERIODS_MAX; i++)
				w->periods[i - 1] = w->periods[i];
			w->n_periods--;
		}
		w->periods[w->n_periods++] = period;
	}
}

/* 0: unknown. */
static enum err
last_denominator(struct walk *w, uint32_t unit, int64_t *denominator)
{
	enum err err = ERR_OK;

	*denominator = 0;
	for (uint32_t i = w->n_periods;
	     i-- > 0 && *denominator == 0 && err == ERR_OK;) {
		struct agg_at at = w->at;
		struct figure f;
		bool found = false;

		at.unit = unit;
		at.period = w->periods[i];
		err = past_figure(w->past, at, &f, &found);
		if (found && (f.has & FIGURE_PARTS) != 0 &&
		    status_observed((enum obs_status)f.status))
			*denominator = f.denominator;
	}
	return err;
}

static enum err
weigh(struct walk *w, const struct stop *stop, bool reported)
{
	uint32_t weight = stop->share.upto - stop->share.from;
	int64_t denominator;
	enum err err = last_denominator(w, stop->unit, &denominator);

	if (err != ERR_OK)
		return err;
	if (denominator == 0)
		w->unknown = true;
	w->expected += (i128)denominator * weight;
	if (reported)
		w->reported += (i128)denominator * weight;
	return ERR_OK;
}

static enum err
result_in(struct walk *w, uint32_t unit, struct period period,
          struct past_sheet *sheet, struct sheet_result *out)
{
	struct agg_at at = w->at;
	int slot = sheet_slot(&sheet->sheet, period);
	enum err err = ERR_OK;

	if (slot < 0) {
		at.unit = unit;
		at.period = period;
		err = past_sheet_load(w->past, at, sheet);
		slot = sheet_slot(&sheet->sheet, period);
	}
	if (err == ERR_OK)
		*out = sheet->results[slot];
	return err;
}

/* The unit's own figure, or those of its own shorter periods. */
static bool
speaks(const struct sheet_result *r)
{
	return r->contribution.present &&
	       (r->contribution.from_own || r->rolled.over_time);
}

/* Counts a unit that spoke for itself in both periods. */
static enum err
compare(struct walk *w, struct stop *stop, const struct sheet_result *now,
        struct past_sheet *sheet)
{
	const struct contribution nothing = {.present = false};
	struct sheet_result then;
	struct contribution part;
	enum err err;

	if (stop->compared || w->period_before.code == 0)
		return ERR_OK;
	err = result_in(w, stop->unit, w->period_before, sheet, &then);
	if (err != ERR_OK || !speaks(now) || !speaks(&then))
		return err;
	stop->compared = true;
	w->n_both++;
	part = contribution_part(now->contribution, stop->share);
	rollup_replace(&w->now, &nothing, &part);
	part = contribution_part(then.contribution, stop->share);
	rollup_replace(&w->before, &nothing, &part);
	return ERR_OK;
}

static enum err
stop_look(struct walk *w, struct stop *stop)
{
	struct past_sheet sheet;
	struct sheet_result now;
	struct expectation expected;
	struct agg_at at = w->at;
	enum err err;

	at.unit = stop->unit;
	err = past_sheet_load(w->past, at, &sheet);
	if (err == ERR_OK)
		err =
		    expect_at(w->past->place->expect,
		              &(struct expect_key){.map = at.map,
		                                   .definition = at.definition,
		                                   .unit = at.unit,
		                                   .period = at.period},
		              &expected);
	if (err != ERR_OK)
		return err;
	now = sheet.results[sheet_slot(&sheet.sheet, at.period)];
	if (now.contribution.from_own ||
	    (now.contribution.present && expected.within > 0 &&
	     now.contribution.reporting == expected.within))
		stop->covered = true;
	if (expected.within > expected.beneath)
		err = weigh(w, stop, stop->covered);
	return err == ERR_OK ? compare(w, stop, &now, &sheet) : err;
}

/* Spans are compared with nothing. */
static struct period
period_back(struct period p)
{
	const struct period none = {0};

	return period_frequency(p) == FREQ_SPAN ? none : period_shift(p, -1);
}

static void
walk_result(const struct walk *w, struct coverage *out)
{
	const struct cat_definition *d =
	    &w->past->c->definitions[w->at.definition];

	i128 weight = 0;

	*out =
	    (struct coverage){.n_both = w->n_both, .before = w->period_before};
	out->has_weight =
	    !w->unknown &&
	    decimal_quotient(w->reported, w->expected, 1, 6, &weight) == ERR_OK;
	out->weight = (uint32_t)weight;
	out->has_values =
	    rollup_value(d, &w->now, &out->value_now) == ERR_OK &&
	    rollup_value(d, &w->before, &out->value_before) == ERR_OK;
}

enum err
coverage_walk(struct past *past, struct agg_at at, struct coverage *out)
{
	struct walk w = {
	    .past = past, .at = at, .period_before = period_back(at.period)};
	const struct stop root = {.unit = at.unit, .share = SHARE_WHOLE};
	enum err err;

	assert(!past_filtered(past));
	err = periods_find(&w);
	if (err == ERR_OK)
		err = children_add(&w, &root);
	while (err == ERR_OK && w.n_stops > 0) {
		struct stop stop = w.stops[--w.n_stops];

		err = stop_look(&w, &stop);
		if (err == ERR_OK)
			err = children_add(&w, &stop);
	}
	if (err == ERR_OK)
		walk_result(&w, out);
	free(w.stops);
	return err;
}
