/*
 * What was known at a commit (K5): aggregate forms it from the versions it keeps; the
 * oracle is a fold that ended there.
 */
#include "tests/sim/sim.h"

#include <string.h>

#include "services/aggregate/agg_past.h"
#include "tests/lib/random.h"

#define SAMPLES 24 /* of each kind; a past year is dear to form */

static struct agg_at
place_of(const struct figure *f)
{
	return (struct agg_at){.map = NUMBER_NONE,
	                       .definition = f->definition,
	                       .unit = f->unit,
	                       .period = f->period};
}

static bool
figure_compare(struct sim *s, struct past *past, const struct figure *want)
{
	struct figure is;
	bool found = false;

	if (past_figure(past, place_of(want), &is, &found) != ERR_OK || !found)
		return sim_fail(s, "a figure of then is not told");
	is.flags &= (uint8_t)~AGG_HISTORY;
	return figure_hash(&is) == figure_hash(want) ||
	       sim_fail(s, "another figure of then is told: %lld, oracle %lld",
	                (long long)is.value, (long long)want->value);
}

static bool
key_is(const struct figure *f, const struct agg_at *at)
{
	return f->definition == at->definition && f->unit == at->unit &&
	       f->period.code == at->period.code;
}

/* Some key that clients speak of: is it told exactly if the oracle has it? */
static bool
key_compare(struct sim *s, struct past *past, const struct naive *naive,
            const struct naive_state *state)
{
	const struct catalogue *c = naive->catalogue;
	struct said row = row_like(s);
	struct agg_at at = {
	    .map = NUMBER_NONE,
	    .definition = catalogue_definition(
	        c, span_str(sim_indicators[row.indicator].id)),
	    .unit = catalogue_unit(c, span_str(sim_units[row.unit].id)),
	    .period = {row.period}};
	struct figure is;
	bool found = false;
	bool wanted = false;

	for (uint32_t i = 0; i < state->n_figures; i++)
		wanted = wanted || key_is(&state->figures[i], &at);
	if (past_figure(past, at, &is, &found) != ERR_OK || found != wanted)
		return sim_fail(s, "a figure of another time is told");
	return true;
}

static bool
rolled_same(const struct sheet_rolled *is, const struct naive_rolled *want)
{
	return is->sum.present && is->sum.sum == want->sum &&
	       is->sum.weight == want->weight &&
	       is->sum.status == want->status &&
	       is->sum.derived == want->derived &&
	       is->over_time == want->over_time &&
	       is->reporting == want->reporting &&
	       is->expected == want->expected && is->partial == want->partial &&
	       is->under_floor == want->under_floor;
}

static bool
rolled_compare(struct sim *s, struct past *past, const struct naive *naive,
               const struct naive_rolled *want)
{
	const struct catalogue *c = naive->catalogue;
	struct agg_at at = {.map = want->map,
	                    .definition = want->definition,
	                    .unit = want->unit,
	                    .period = want->period};
	char period[PERIOD_TEXT_MAX];
	struct past_sheet sheet;
	int slot;

	if (past_sheet_load(past, at, &sheet) != ERR_OK)
		return sim_fail(s, "a year of then is not told");
	slot = sheet_slot(&sheet.sheet, want->period);
	if (slot >= 0 && rolled_same(&sheet.results[slot].rolled, want))
		return true;
	(void)period_format(want->period, period);
	return sim_fail(
	    s,
	    "%s %s %s in %s, as of then: %lld of %llu/%llu; oracle %lld of "
	    "%llu/%llu",
	    c->definitions[want->definition].id, c->units[want->unit].id,
	    period, c->maps[want->map].id,
	    slot < 0 ? 0 : (long long)sheet.results[slot].rolled.sum.sum,
	    slot < 0 ? 0
	             : (unsigned long long)sheet.results[slot].rolled.reporting,
	    slot < 0 ? 0
	             : (unsigned long long)sheet.results[slot].rolled.expected,
	    (long long)want->sum, (unsigned long long)want->reporting,
	    (unsigned long long)want->expected);
}

static bool
samples_compare(struct sim *s, struct past *past, const struct naive *naive,
                const struct naive_state *state)
{
	bool ok = true;

	for (int i = 0; i < SAMPLES && ok; i++) {
		ok = key_compare(s, past, naive, state);
		if (ok && state->n_figures > 0)
			ok = figure_compare(s, past,
			                    &state->figures[below(
			                        &s->random, state->n_figures)]);
		if (ok && state->n_rolled > 0)
			ok = rolled_compare(
			    s, past, naive,
			    &state->rolled[below(&s->random, state->n_rolled)]);
	}
	return ok;
}

bool
past_compare(struct sim *s, const struct naive *naive,
             const struct naive_state *state, uint64_t commit)
{
	struct node *n = &s->nodes[AGGREGATE];
	struct past past;
	enum err err;
	bool ok;

	if (naive->catalogue == NULL)
		return true;
	past_init(&past, store_kv(n->store, STORE_STATE), &n->aggregate);
	err = past_set_commit(&past, commit);
	ok = err == ERR_OK ||
	     sim_fail(s, "what was known at %llu: %s",
	              (unsigned long long)commit, err_name(err));
	ok = ok && samples_compare(s, &past, naive, state);
	past_fini(&past);
	s->campaign->fired[FAULT_AS_OF] += ok;
	return ok;
}
