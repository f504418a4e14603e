#include "tests/lib/fold_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/aggregate/agg_state.h"
#include "tests/lib/random.h"

static const char *const definitions[] = {"pov@a", "pov@b", "pov-em@b", "road",
                                          "wage",  "note",  "work"};
static const char *const units[] = {"land", "north", "west", "east", "far",
                                    "gulf", "c1",    "c2",   "c3",   "c4",
                                    "c5",   "c6",    "list"};
static const char *const years[] = {"2018", "2019", "2020", "2021", "2022"};
static const char *const months[] = {"2019-12", "2020-06", "2021-06"};
static const char *const sources[] = {"office", "press", "dept"};
static const char *const documents[] = {"plan", "book"};

#define PICK(list, seed) \
	((list)[below((seed), sizeof(list) / sizeof((list)[0]))])

/* Few numbers, so that the same is often said again. */
static void
random_number(struct figure *f, uint64_t *seed, bool parts)
{
	f->has = FIGURE_VALUE;
	f->value = (int64_t)below(seed, 4) * 11;
	if (!parts)
		return;
	f->has = (uint8_t)(below(seed, 5) == 0 ? FIGURE_VALUE
	                                       : FIGURE_VALUE | FIGURE_PARTS);
	f->denominator = (int64_t)below(seed, 3) * 50;
	f->numerator =
	    f->denominator == 0 ? 0 : 1 + (int64_t)below(seed, 3) * 7;
}

static void
random_row(struct fold_input *in, uint64_t *seed)
{
	const char *definition = PICK(definitions, seed);
	bool monthly = strcmp(definition, "work") == 0;
	struct figure *f =
	    fold_row(in, definition, PICK(units, seed),
	             monthly ? PICK(months, seed) : PICK(years, seed));

	f->source = fold_source(in, PICK(sources, seed));
	f->status = (uint8_t)below(seed, STATUS_COUNT);
	if (below(seed, 2) == 0)
		f->status = STATUS_A;
	if (below(seed, 3) == 0)
		f->document = catalogue_document(
		    in->catalogue, span_str(PICK(documents, seed)));
	f->released.n += (int32_t)below(seed, 3);
	if (below(seed, 5) == 0) {
		f->action = ACTION_DELETE;
		f->status_named = below(seed, 2) == 0;
	} else if (f->status != STATUS_M) {
		random_number(f, seed,
		              definition[0] == 'p' || definition[0] == 'w');
	}
}

const struct record_list *
fold_random(struct fold_input *in, uint64_t *seed, uint32_t n)
{
	uint64_t n_blocks = below(seed, 4);

	for (uint64_t b = 0; b < n_blocks; b++) {
		in->flags = below(seed, 6) == 0 ? FIGURE_FLAG_AGAIN : 0;
		for (uint64_t i = below(seed, n) + 1; i > 0; i--)
			random_row(in, seed);
		fold_block_end(in);
	}
	in->flags = 0;
	return fold_commit(in);
}

static void
withdraw_unit(struct fold_input *in, const char *unit, const char *source)
{
	for (size_t d = 0; d < sizeof(definitions) / sizeof(*definitions);
	     d++) {
		bool monthly = strcmp(definitions[d], "work") == 0;
		size_t n = monthly ? sizeof(months) / sizeof(*months)
		                   : sizeof(years) / sizeof(*years);

		for (size_t p = 0; p < n; p++)
			fold_delete(in, definitions[d], unit,
			            monthly ? months[p] : years[p])
			    ->source = fold_source(in, source);
	}
}

const struct record_list *
fold_withdraw(struct fold_input *in)
{
	in->flags = FIGURE_FLAG_AGAIN;
	for (size_t s = 0; s < sizeof(sources) / sizeof(*sources); s++)
		for (size_t u = 0; u < sizeof(units) / sizeof(*units); u++)
			withdraw_unit(in, units[u], sources[s]);
	fold_block_end(in);
	in->flags = 0;
	return fold_commit(in);
}

/* --- adding up ------------------------------------------------------------ */

struct sheet { /* one definition, period and map */
	const struct catalogue *c;
	const struct cat_definition *d;
	struct kv *state;
	struct rollup key;
	struct rollup *rows; /* by unit */
	bool *done;
};

static bool
usable(const struct sheet *s, const struct figure *f)
{
	uint8_t needs = FIGURE_VALUE;

	if (s->d->place == PLACE_RATIO)
		needs = FIGURE_PARTS;
	if (s->d->place == PLACE_WMEAN)
		needs = FIGURE_VALUE | FIGURE_PARTS;
	return (f->has & needs) == needs && f->status <= STATUS_E;
}

/* What a unit gives, from its own figure; false: from its children, or nothing. */
static bool
given_by_own(const struct sheet *s, uint32_t unit, struct rollup *gives)
{
	struct figure f;
	bool found;

	assert_int_equal(
	    agg_figure_get(s->state,
	                   (struct agg_at){.definition = s->key.definition,
	                                   .unit = unit,
	                                   .period = s->key.period},
	                   &f, &found),
	    ERR_OK);
	if (!found || !usable(s, &f))
		return false;
	*gives = (struct rollup){.sum = f.value};
	if (s->d->place == PLACE_RATIO)
		gives->sum = f.numerator;
	if (s->d->place == PLACE_WMEAN)
		gives->sum = (i128)f.value * f.denominator;
	if (s->d->place != PLACE_SUM)
		gives->sum_weight = (i128)f.denominator * WEIGHT_ONE;
	gives->sum *= WEIGHT_ONE;
	gives->n_by_status[f.status] = 1;
	return true;
}

static int
worst_of(const struct rollup *r)
{
	int worst = -1;

	for (int s = STATUS_A; s <= STATUS_E; s++)
		if (r->n_by_status[s] > 0)
			worst = s;
	return worst;
}

static void
add_child(struct sheet *s, const struct cat_member *m)
{
	struct rollup *to = &s->rows[m->parent];
	struct rollup gives;
	bool derived = m->weight != WEIGHT_ONE;
	int status;

	if (!given_by_own(s, m->unit, &gives)) {
		gives = s->rows[m->unit];
		derived = derived || gives.n_derived > 0;
	}
	status = worst_of(&gives);
	if (status < 0)
		return;
	to->sum += gives.sum / WEIGHT_ONE * m->weight +
	           gives.sum % WEIGHT_ONE * m->weight / WEIGHT_ONE;
	to->sum_weight +=
	    gives.sum_weight / WEIGHT_ONE * m->weight +
	    gives.sum_weight % WEIGHT_ONE * m->weight / WEIGHT_ONE;
	to->n_by_status[status]++;
	to->n_derived += derived;
}

static bool
member_holds(const struct sheet *s, const struct cat_member *m)
{
	int32_t day = period_last_day(s->key.period).n;

	return m->map == s->key.map && m->validity.from.n <= day &&
	       day <= m->validity.to.n;
}

/* All children are done, and it is not. */
static bool
ready(const struct sheet *s, uint32_t unit)
{
	for (uint32_t i = 0; i < s->c->n_members; i++) {
		const struct cat_member *m = &s->c->members[i];

		if (m->parent == unit && member_holds(s, m) &&
		    !s->done[m->unit])
			return false;
	}
	return !s->done[unit];
}

static void
add_children(struct sheet *s, uint32_t unit)
{
	for (uint32_t i = 0; i < s->c->n_members; i++) {
		const struct cat_member *m = &s->c->members[i];

		if (m->parent == unit && member_holds(s, m))
			add_child(s, m);
	}
}

static void
add_up(struct sheet *s)
{
	bool any = true;

	memset(s->rows, 0, s->c->n_units * sizeof(*s->rows));
	memset(s->done, 0, s->c->n_units);
	while (any) {
		any = false;
		for (uint32_t u = 0; u < s->c->n_units; u++) {
			if (!ready(s, u))
				continue;
			add_children(s, u);
			s->done[u] = any = true;
		}
	}
}

static void
same_row(const struct sheet *s, uint32_t unit, struct digest *digest)
{
	struct rollup *row = &s->rows[unit];
	struct rollup got;
	bool found;

	assert_int_equal(
	    agg_rollup_get(s->state,
	                   (struct agg_at){.map = s->key.map,
	                                   .definition = s->key.definition,
	                                   .unit = unit,
	                                   .period = s->key.period},
	                   &got, &found),
	    ERR_OK);
	assert_int_equal(found, worst_of(row) >= 0);
	if (!found)
		return;
	row->map = s->key.map;
	row->definition = s->key.definition;
	row->period = s->key.period;
	row->unit = unit;
	assert_true(row->sum == got.sum);
	assert_true(row->sum_weight == got.sum_weight);
	assert_memory_equal(row->n_by_status, got.n_by_status,
	                    sizeof(got.n_by_status));
	assert_int_equal(row->n_derived, got.n_derived);
	digest->n_rollups++;
	digest->rollups += rollup_hash(row);
}

static void
count_figures(struct sheet *s, struct digest *digest)
{
	for (uint32_t u = 0; u < s->c->n_units; u++) {
		struct figure f;
		bool found;

		assert_int_equal(
		    agg_figure_get(
		        s->state,
		        (struct agg_at){.definition = s->key.definition,
		                        .unit = u,
		                        .period = s->key.period},
		        &f, &found),
		    ERR_OK);
		if (!found)
			continue;
		f.flags &= (uint8_t)~AGG_HISTORY;
		digest->n_figures++;
		digest->figures += figure_hash(&f);
	}
}

static void
period_same(struct sheet *s, struct digest *digest)
{
	for (uint32_t d = 0; d < s->c->n_definitions; d++) {
		s->d = &s->c->definitions[d];
		s->key.definition = d;
		count_figures(s, digest);
		for (uint32_t map = 0; map < s->c->n_maps; map++) {
			s->key.map = map;
			if (!s->c->maps[map].declared ||
			    s->d->place == PLACE_NONE)
				continue;
			add_up(s);
			for (uint32_t u = 0; u < s->c->n_units; u++)
				same_row(s, u, digest);
		}
	}
}

void
same_as_added_up(const struct fold_input *in, struct kv *state)
{
	const struct catalogue *c = in->catalogue;
	struct agg_key at = agg_key_single(AGG_DIGEST);
	struct sheet s = {.c = c,
	                  .state = state,
	                  .rows = calloc(c->n_units, sizeof(struct rollup)),
	                  .done = calloc(c->n_units, sizeof(bool))};
	struct digest digest = {0};
	struct digest got = {0};
	struct span value;
	enum err err;

	assert_true(s.rows != NULL && s.done != NULL);
	for (struct period from = {0};;) {
		assert_int_equal(agg_period_next(state, from, &s.key.period),
		                 ERR_OK);
		if (s.key.period.code == 0)
			break;
		period_same(&s, &digest);
		from.code = s.key.period.code + 1;
	}
	free(s.rows);
	free(s.done);
	err = kv_get(state, agg_key_span(&at), &value);
	if (err == ERR_OK)
		assert_int_equal(digest_read(value, &got), ERR_OK);
	assert_int_equal(digest.n_figures, got.n_figures);
	assert_true(digest.figures == got.figures);
	assert_int_equal(digest.n_rollups, got.n_rollups);
	assert_true(digest.rollups == got.rollups);
}
