#include "services/aggregate/agg_coverage.h"

#include <stdlib.h>

#include "common/domain/rollup.h"

/* One unit to be counted, on one way down. */
struct stop {
	uint32_t unit;
	struct cat_share
	    share;     /* of it, or what it lies in, beneath the unit asked */
	bool covered;  /* something above it speaks for it */
	bool compared; /* something above it was compared */
};

/* What was seen of one unit. */
struct unit_seen {
	struct contribution now, before;
	int64_t denominator; /* last known; 0: unknown */
	bool speaks_now, speaks_before;
	bool covers;   /* itself and all beneath it */
	bool expected; /* it, not only what lies beneath */
};

/* Only what is compared has units, periods, stops and sums. */
struct beneath {
	struct beneath_ask ask;
	struct past past; /* pinned */
	struct past_tree tree;
	struct period passes[2]; /* a period of each year to go through */
	uint32_t n_passes, pass;
	uint32_t next; /* place in the tree */
	bool done;
	struct past_sheet sheet; /* the last one made */
	struct unit_seen *units; /* by place in the tree */
	struct period before;    /* code 0: none to compare with */
	struct period periods[WEIGHT_PERIODS_MAX]; /* latest last */
	uint32_t n_periods;
	struct stop *stops;
	uint32_t n_stops, n_stops_cap;
	i128 weight_reported; /* denominators in millionths */
	i128 weight_expected;
	bool unknown;
	struct rollup sum_now; /* of the units in both periods */
	struct rollup sum_before;
	struct coverage coverage;
};

void
beneath_free(struct beneath **beneath_p)
{
	struct beneath *w = *beneath_p;

	if (w == NULL)
		return;
	past_tree_close(&w->tree);
	past_fini(&w->past);
	free(w->units);
	free(w->stops);
	free(w);
	*beneath_p = NULL;
}

/* --- what is seen of each unit, deepest first ------------------------------------ */

/* F1a: of its frequency, or longer with a time rule. */
static bool
period_fits(const struct beneath *w, struct period period)
{
	const struct cat_definition *d =
	    &w->past.c->definitions[w->ask.at.definition];
	enum frequency f = period_frequency(period);

	return f == d->frequency || (d->time != TIME_NONE && f < d->frequency);
}

/* The latest stored periods of the definition that do not end after the one asked
 * about. */
static enum err
periods_find(struct beneath *w)
{
	struct period from = {0};

	for (;;) {
		struct period period;
		enum err err = agg_period_next(w->past.state, from, &period);

		if (err != ERR_OK || period.code == 0 ||
		    period.code > w->ask.at.period.code)
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
last_denominator(struct beneath *w, uint32_t unit, int64_t *denominator)
{
	enum err err = ERR_OK;

	*denominator = 0;
	for (uint32_t i = w->n_periods;
	     i-- > 0 && *denominator == 0 && err == ERR_OK;) {
		struct agg_at at = w->ask.at;
		struct figure f;
		bool found = false;

		at.unit = unit;
		at.period = w->periods[i];
		err = past_figure(&w->past, at, &f, &found);
		if (found && (f.has & FIGURE_PARTS) != 0 &&
		    status_observed((enum obs_status)f.status))
			*denominator = f.denominator;
	}
	return err;
}

/* The unit's own figure, or those of its own shorter periods. */
static bool
speaks(const struct sheet_result *r)
{
	return r->contribution.present &&
	       (r->contribution.from_own || r->rolled.over_time);
}

static enum err
unit_look(struct beneath *w, uint32_t place)
{
	struct unit_seen *seen = &w->units[place];
	int slot =
	    w->before.code == 0 ? -1 : sheet_slot(&w->sheet.sheet, w->before);
	const struct sheet_result *now;
	const struct expectation *expected;

	if (slot >= 0) {
		seen->before = w->sheet.results[slot].contribution;
		seen->speaks_before = speaks(&w->sheet.results[slot]);
	}
	slot = sheet_slot(&w->sheet.sheet, w->ask.at.period);
	if (slot < 0)
		return ERR_OK;
	now = &w->sheet.results[slot];
	expected = &w->sheet.sheet.slots[slot].expected;
	seen->now = now->contribution;
	seen->speaks_now = speaks(now);
	seen->covers = now->contribution.from_own ||
	               (now->contribution.present && expected->within > 0 &&
	                now->contribution.reporting == expected->within);
	seen->expected = expected->within > expected->beneath;
	return seen->expected ? last_denominator(w, w->tree.units[place],
	                                         &seen->denominator)
	                      : ERR_OK;
}

/* --- what that adds up to, from above ---------------------------------------------- */

static enum err
stop_add(struct beneath *w, const struct stop *stop)
{
	enum err err = array_room(&w->stops, w->n_stops, &w->n_stops_cap,
	                          sizeof(*w->stops));

	if (err == ERR_OK)
		w->stops[w->n_stops++] = *stop;
	return err;
}

static enum err
children_add(struct beneath *w, const struct stop *above)
{
	const struct catalogue *c = w->past.c;
	struct day day = period_last_day(w->ask.at.period);
	struct children_range range =
	    children_of(c, w->ask.at.map, above->unit);
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

static void
weigh(struct beneath *w, const struct stop *stop, const struct unit_seen *seen)
{
	uint32_t weight = stop->share.upto - stop->share.from;

	if (seen->denominator == 0)
		w->unknown = true;
	w->weight_expected += (i128)seen->denominator * weight;
	if (stop->covered)
		w->weight_reported += (i128)seen->denominator * weight;
}

/* Counts a unit that spoke for itself in both periods. */
static void
compare(struct beneath *w, struct stop *stop, const struct unit_seen *seen)
{
	const struct contribution nothing = {.present = false};
	struct contribution part;

	if (stop->compared || !seen->speaks_now || !seen->speaks_before)
		return;
	stop->compared = true;
	w->coverage.n_both++;
	part = contribution_part(seen->now, stop->share);
	rollup_replace(&w->sum_now, &nothing, &part);
	part = contribution_part(seen->before, stop->share);
	rollup_replace(&w->sum_before, &nothing, &part);
}

static void
stop_look(struct beneath *w, struct stop *stop)
{
	const struct unit_seen *seen = &w->units[w->tree.index[stop->unit] - 1];

	stop->covered = stop->covered || seen->covers;
	if (seen->expected)
		weigh(w, stop, seen);
	compare(w, stop, seen);
}

static void
coverage_result(struct beneath *w)
{
	const struct cat_definition *d =
	    &w->past.c->definitions[w->ask.at.definition];
	struct coverage *out = &w->coverage;
	i128 weight = 0;

	out->before = w->before;
	out->has_weight = !w->unknown && decimal_quotient(w->weight_reported,
	                                                  w->weight_expected, 1,
	                                                  6, &weight) == ERR_OK;
	out->weight = (uint32_t)weight;
	out->has_values =
	    rollup_value(d, &w->sum_now, &out->value_now) == ERR_OK &&
	    rollup_value(d, &w->sum_before, &out->value_before) == ERR_OK;
}

static enum err
coverage_count(struct beneath *w)
{
	const struct stop root = {.unit = w->ask.at.unit, .share = SHARE_WHOLE};
	enum err err = children_add(w, &root);

	while (err == ERR_OK && w->n_stops > 0) {
		struct stop stop = w->stops[--w->n_stops];

		stop_look(w, &stop);
		err = children_add(w, &stop);
	}
	if (err == ERR_OK)
		coverage_result(w);
	return err;
}

/* --- in parts ------------------------------------------------------------------------ */

/* Spans are compared with nothing. */
static struct period
period_back(struct period p)
{
	const struct period none = {0};

	return period_frequency(p) == FREQ_SPAN ? none : period_shift(p, -1);
}

/* The period before may lie in another year, which is gone through first. */
static enum err
compare_open(struct beneath *w)
{
	struct period period = w->ask.at.period;
	struct sheet sheet;

	w->before = period_back(period);
	sheet_begin(&sheet, &w->past.c->definitions[w->ask.at.definition],
	            period);
	if (w->before.code != 0 && sheet_slot(&sheet, w->before) < 0)
		w->passes[w->n_passes++] = w->before;
	w->units = calloc(w->tree.n, sizeof(*w->units));
	return w->units == NULL ? ERR_NOMEM : periods_find(w);
}

static enum err
walk_open(struct beneath *w, struct aggregate *a, struct kv *state,
          uint64_t commit)
{
	enum err err;

	past_init(&w->past, state, a);
	err = past_set_commit(&w->past, commit);
	w->past.published = w->ask.published;
	if (err == ERR_OK)
		err = past_tree_open(&w->tree, &w->past, w->ask.at);
	if (err == ERR_OK && w->ask.compared)
		err = compare_open(w);
	w->passes[w->n_passes++] = w->ask.at.period;
	if (err == ERR_OK)
		past_tree_rewind(&w->tree, w->passes[0]);
	return err;
}

static enum err
walk_begin(struct aggregate *a, struct kv *state, const struct beneath_ask *ask)
{
	struct beneath *w = calloc(1, sizeof(*w));
	enum err err;

	if (w == NULL)
		return ERR_NOMEM;
	w->ask = *ask;
	beneath_free(&a->beneath);
	err = walk_open(w, a, state,
	                ask->commit == UINT64_MAX ? ask->head : ask->commit);
	if (err == ERR_OK)
		a->beneath = w;
	else
		beneath_free(&w);
	return err;
}

/* One unit, or the end of a pass. */
static enum err
walk_one(struct beneath *w)
{
	enum err err;

	if (w->next < w->tree.n) {
		err = past_tree_unit(&w->tree, w->next, &w->sheet);
		if (err == ERR_OK && w->ask.compared)
			err = unit_look(w, w->next);
		w->next++;
		return err;
	}
	w->pass++;
	w->next = 0;
	w->done = w->pass == w->n_passes;
	if (!w->done)
		past_tree_rewind(&w->tree, w->passes[w->pass]);
	return w->done && w->ask.compared ? coverage_count(w) : ERR_OK;
}

static bool
ask_equal(const struct beneath_ask *a, const struct beneath_ask *b)
{
	return a->at.map == b->at.map && a->at.definition == b->at.definition &&
	       a->at.unit == b->at.unit && a->commit == b->commit &&
	       a->published.n == b->published.n && a->compared == b->compared;
}

/* Of its year all periods are made, but only one is compared. */
static bool
same_period(const struct beneath *w, const struct beneath_ask *ask)
{
	return ask->compared || !w->done
	           ? w->ask.at.period.code == ask->at.period.code
	           : sheet_slot(&w->sheet.sheet, ask->at.period) >= 0;
}

/* One that is under way is its query's own; one that is done is as good as new while
 * no later commit counts. */
static bool
walk_serves(const struct beneath *w, const struct beneath_ask *ask)
{
	if (w == NULL || !ask_equal(&w->ask, ask) || !same_period(w, ask))
		return false;
	return w->done
	           ? ask->commit != UINT64_MAX || w->past.commit == ask->head
	           : w->ask.slice + 1 == ask->slice;
}

bool
beneath_busy(const struct aggregate *a)
{
	return a->beneath != NULL && !a->beneath->done;
}

enum err
beneath_look(struct aggregate *a, struct kv *state,
             const struct beneath_ask *ask, struct beneath_seen *seen)
{
	struct beneath *w = a->beneath;
	enum err err = ERR_OK;

	if (ask->slice == 0 && beneath_busy(a))
		return ERR_AGAIN;
	if (!walk_serves(w, ask))
		err = walk_begin(a, state, ask);
	if (err != ERR_OK)
		return err;
	w = a->beneath;
	w->ask.slice = ask->slice;
	w->past.state = state;
	w->past.looks = 0;
	while (err == ERR_OK && !w->done && w->past.looks < a->slice_looks)
		err = walk_one(w);
	if (err != ERR_OK) {
		beneath_free(&a->beneath);
		return err;
	}
	if (!w->done)
		return ERR_AGAIN;
	*seen = (struct beneath_seen){.commit = w->past.commit,
	                              .sheet = &w->sheet,
	                              .coverage =
	                                  ask->compared ? &w->coverage : NULL};
	return ERR_OK;
}
