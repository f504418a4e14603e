/*
 * F3 and F4: of all that was said of a key, what counts.
 */
#include <stdlib.h>
#include <string.h>

#include "services/ctl/naive_year.h"

/* One assertion, where sorting is to put it. */
struct place {
	uint32_t period;
	uint32_t definition;
	uint32_t unit;
	uint32_t at; /* into naive.assertions */
};

static int
place_compare(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	if (x->definition != y->definition)
		return x->definition < y->definition ? -1 : 1;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static enum err
places_make(const struct naive *n, struct place **places_p)
{
	size_t count = n->n_assertions;
	struct place *places = malloc((count + 1) * sizeof(*places));

	if (places == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < count; i++) {
		const struct figure *f = &n->assertions[i];

		places[i] =
		    (struct place){f->period.code, f->definition, f->unit, i};
	}
	qsort(places, count, sizeof(*places), place_compare);
	*places_p = places;
	return ERR_OK;
}

/* The rank of a source in the catalogue of a commit; 1 is best. */
static uint32_t
rank_at(const struct naive *n, uint32_t source, uint64_t commit)
{
	const struct naive_ranks *epoch = &n->epochs[n->n_epochs - 1];

	while (epoch > n->epochs && epoch->commit > commit)
		epoch--;
	return source < epoch->n ? n->ranks[epoch->first + source] : UINT32_MAX;
}

/* What is still known of one key, in order of arrival. */
struct key {
	const struct naive *n;
	uint32_t at[NAIVE_KEPT_MAX];
	uint32_t count;
};

static const struct figure *
said(const struct key *key, uint32_t i)
{
	return &key->n->assertions[key->at[i]];
}

/* F3: a delete withdraws what its source said before: all, or one status. */
static bool
withdrawn(const struct key *key, uint32_t i)
{
	const struct figure *f = said(key, i);

	for (uint32_t later = i + 1; later < key->count; later++) {
		const struct figure *d = said(key, later);

		if (d->action == ACTION_DELETE && d->source == f->source &&
		    (!d->status_named || d->status == f->status))
			return true;
	}
	return false;
}

static int
order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* F3: (observed before forecast, status, rank, release date, commit, row). */
static int
stronger(const struct naive *n, const struct figure *a, const struct figure *b,
         uint64_t commit)
{
	int o = order(status_observed((enum obs_status)a->status),
	              status_observed((enum obs_status)b->status));

	if (o == 0)
		o = order(b->status, a->status);
	if (o == 0)
		o = order(rank_at(n, b->source, commit),
		          rank_at(n, a->source, commit));
	if (o == 0)
		o = order(a->released.n, b->released.n);
	if (o == 0)
		o = order((int64_t)a->commit, (int64_t)b->commit);
	return o != 0 ? o : order(a->row, b->row);
}

/* Index into key->at of the figure in force; count if there is none. */
static uint32_t
in_force(const struct key *key, uint64_t commit)
{
	uint32_t best = key->count;

	for (uint32_t i = 0; i < key->count; i++) {
		if (said(key, i)->action == ACTION_DELETE || withdrawn(key, i))
			continue;
		if (best == key->count ||
		    stronger(key->n, said(key, i), said(key, best), commit) > 0)
			best = i;
	}
	return best;
}

static bool
same_assertion(const struct figure *a, const struct figure *b)
{
	bool value = (a->has & FIGURE_VALUE) != 0;
	bool parts = (a->has & FIGURE_PARTS) != 0;

	if (a->source != b->source || a->document != b->document ||
	    a->action != b->action || a->has != b->has || a->bound != b->bound)
		return false;
	if (value && a->value != b->value)
		return false;
	if (parts &&
	    (a->numerator != b->numerator || a->denominator != b->denominator))
		return false;
	if (a->action == ACTION_DELETE && !a->status_named && !b->status_named)
		return true;
	return a->status == b->status && a->status_named == b->status_named;
}

/* What F4 makes of a new row. */
enum fate { FATE_NEW, FATE_UNCHANGED, FATE_STALE };

/* What a source says now under one status; NULL: nothing. Of those alone only
 * release date, commit and row decide. */
static const struct figure *
current_of(const struct key *key, uint32_t source, uint8_t status)
{
	const struct figure *best = NULL;

	for (uint32_t i = 0; i < key->count; i++) {
		const struct figure *f = said(key, i);

		if (f->action == ACTION_DELETE || f->source != source ||
		    f->status != status || withdrawn(key, i))
			continue;
		if (best == NULL || stronger(key->n, f, best, f->commit) > 0)
			best = f;
	}
	return best;
}

/* Would this delete withdraw anything that still stands? */
static bool
has_effect(const struct key *key, const struct figure *row)
{
	for (int status = 0; status < STATUS_COUNT; status++) {
		if ((!row->status_named || row->status == status) &&
		    current_of(key, row->source, (uint8_t)status) != NULL)
			return true;
	}
	return false;
}

static enum fate
fate_of(const struct key *key, const struct figure *row)
{
	bool again = (row->flags & FIGURE_FLAG_AGAIN) != 0;
	bool before = false;
	const struct figure *current;

	for (uint32_t i = 0; i < key->count; i++)
		before = before || same_assertion(said(key, i), row);
	if (row->action == ACTION_DELETE) {
		if (!before && !again)
			return FATE_NEW;
		if (!has_effect(key, row))
			return FATE_UNCHANGED;
		return again ? FATE_NEW : FATE_STALE;
	}
	current = current_of(key, row->source, row->status);
	if (current != NULL && same_assertion(current, row))
		return FATE_UNCHANGED;
	return before && !again ? FATE_STALE : FATE_NEW;
}

/* Of a key that was asserted very often the oldest one not in force goes. */
static void
forget_one(struct key *key, uint64_t commit)
{
	uint32_t gone = in_force(key, commit) == 0 ? 1 : 0;

	memmove(&key->at[gone], &key->at[gone + 1],
	        (key->count - gone - 1) * sizeof(key->at[0]));
	key->count--;
}

static struct naive_block *
block_of(struct naive *n, uint32_t assertion)
{
	uint32_t low = 0;
	uint32_t high = n->n_blocks - 1;

	while (low < high) {
		uint32_t middle = (low + high + 1) / 2;

		if (n->blocks[middle].first <= assertion)
			low = middle;
		else
			high = middle - 1;
	}
	return &n->blocks[low];
}

static void
key_hear(struct naive *n, struct key *key, uint32_t at)
{
	const struct figure *row = &n->assertions[at];
	enum fate fate = fate_of(key, row);

	if (fate == FATE_UNCHANGED)
		block_of(n, at)->n_unchanged++;
	if (fate == FATE_STALE)
		block_of(n, at)->n_stale++;
	if (fate != FATE_NEW)
		return;
	if (key->count == NAIVE_KEPT_MAX)
		forget_one(key, row->commit);
	key->at[key->count++] = at;
}

static bool
same_key(const struct place *a, const struct place *b)
{
	return a->period == b->period && a->definition == b->definition &&
	       a->unit == b->unit;
}

/* All keys in order, the figure in force of each to state->figures. */
static void
keys_settle(struct naive *n, const struct place *places, struct key *key,
            struct naive_state *state)
{
	for (uint32_t i = 0; i < n->n_assertions;) {
		uint32_t first = i;
		uint32_t best;

		key->count = 0;
		for (; i < n->n_assertions &&
		       same_key(&places[first], &places[i]);
		     i++)
			key_hear(n, key, places[i].at);
		best = in_force(key, n->commit.number);
		if (best < key->count)
			state->figures[state->n_figures++] = *said(key, best);
	}
}

static enum err
figures_settle(struct naive *n, struct naive_state *state)
{
	struct place *places = NULL;
	struct key *key = malloc(sizeof(*key));
	enum err err = key == NULL ? ERR_NOMEM : places_make(n, &places);

	if (err == ERR_OK) {
		state->figures = calloc(n->n_assertions + (size_t)1,
		                        sizeof(*state->figures));
		err = state->figures == NULL ? ERR_NOMEM : ERR_OK;
	}
	if (err == ERR_OK) {
		key->n = n;
		keys_settle(n, places, key, state);
	}
	free(places);
	free(key);
	return err;
}

static void
state_digest(struct naive_state *state)
{
	state->digest = (struct digest){.n_figures = state->n_figures,
	                                .n_rollups = state->n_rollups};
	for (uint32_t i = 0; i < state->n_figures; i++)
		state->digest.figures += figure_hash(&state->figures[i]);
	for (uint32_t i = 0; i < state->n_rollups; i++)
		state->digest.rollups += rollup_hash(&state->rollups[i]);
}

/* Of one definition and year; a span stands alone. */
static bool
same_year(const struct catalogue *c, const struct figure *a,
          const struct figure *b)
{
	if (a->definition != b->definition)
		return false;
	if (c->definitions[a->definition].frequency == FREQ_SPAN)
		return a->period.code == b->period.code;
	return period_year(a->period) == period_year(b->period);
}

int
naive_rolled_compare(const void *a, const void *b)
{
	const struct naive_rolled *x = a;
	const struct naive_rolled *y = b;

	if (x->definition != y->definition)
		return order(x->definition, y->definition);
	if (x->period.code != y->period.code)
		return order(x->period.code, y->period.code);
	return x->map != y->map ? order(x->map, y->map)
	                        : order(x->unit, y->unit);
}

/* Definitions that some target is of. */
static enum err
wanted_find(const struct naive *n, struct naive_state *state)
{
	const struct catalogue *c = n->catalogue;

	state->wanted = calloc(c->n_definitions + (size_t)1, 1);
	if (state->wanted == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < c->n_definitions; i++)
		state->wanted[i] = n->all_rolled;
	for (uint32_t t = 0; t < c->n_targets; t++) {
		for (uint32_t i = 0; i < c->targets[t].n_versions; i++)
			state->wanted[c->targets[t].versions[i].definition] =
			    true;
	}
	return ERR_OK;
}

static enum err
rollups_settle(const struct naive *n, struct naive_state *state)
{
	struct naive_sums sums;
	enum err err;

	if (n->catalogue == NULL)
		return ERR_OK;
	err = wanted_find(n, state);
	if (err == ERR_OK)
		err = naive_sums_open(&sums, n);
	if (err != ERR_OK)
		return err;

	for (uint32_t from = 0; from < state->n_figures && err == ERR_OK;) {
		uint32_t to = from + 1;

		while (to < state->n_figures &&
		       same_year(n->catalogue, &state->figures[from],
		                 &state->figures[to]))
			to++;
		err = naive_rollup(&sums, state, from, to);
		from = to;
	}
	naive_sums_close(&sums);
	if (state->n_rolled > 0)
		qsort(state->rolled, state->n_rolled, sizeof(*state->rolled),
		      naive_rolled_compare);
	return err;
}

enum err
naive_state(struct naive *n, struct naive_state *state)
{
	enum err err;

	*state = (struct naive_state){.n_figures = 0};
	for (uint32_t i = 0; i < n->n_blocks; i++) {
		n->blocks[i].n_unchanged = 0;
		n->blocks[i].n_stale = 0;
	}
	err = figures_settle(n, state);
	if (err == ERR_OK)
		err = rollups_settle(n, state);
	if (err == ERR_OK)
		state_digest(state);
	else
		naive_state_fini(state);
	return err;
}

void
naive_state_fini(struct naive_state *state)
{
	free(state->figures);
	free(state->rollups);
	free(state->rolled);
	free(state->wanted);
	*state = (struct naive_state){.n_figures = 0};
}
