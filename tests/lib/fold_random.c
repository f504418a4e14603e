#include "tests/lib/fold_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/expect.h"
#include "common/domain/rollup.h"
#include "common/domain/sheet.h"
#include "services/aggregate/agg_state.h"
#include "tests/lib/random.h"

const struct cat_line fold_timed[] = {
    {CAT_INDICATOR, "rate||Rate||%|2|100|down|||||||ratio|mean||M"},
    {CAT_INDICATOR, "cure||Cure||n|0||up|||||||sum|sum||M"},
    {CAT_INDICATOR, "beds||Beds||n|0||up|||||||sum|last||Q"},
    {CAT_INDICATOR, "pay||Pay||m|1||up|||||||wmean|mean||S"},
    {CAT_INDICATOR, "gain||Gain||m|1||up|||||||wmean|last||M"},
    {CAT_INDICATOR,
     "good||Good||%|1|100|up||commune|||||share|last||Q||||||>=15"},
    {CAT_INDICATOR, "fine||Fine||%|1|100|up||commune|||||share|||A||||||>=15"},
    {CAT_INDICATOR, "five||Five||m|0||up|||||||sum|none||span"},
    {CAT_REPORTING, "rate|commune|old|30||0.5"},
    {CAT_REPORTING, "rate|commune|new|30||0.5"},
    {CAT_REPORTING, "cure|commune|old|30||0.5"},
    {CAT_REPORTING, "cure|province|new|30||0.5"},
    {CAT_REPORTING, "beds|commune|old|30||0.9"},
    {CAT_REPORTING, "beds|commune|poor|30||0.9"},
    {CAT_REPORTING, "pay|province|old|30"},
    {CAT_REPORTING, "road|commune|old|30||0.8"},
    {CAT_REPORTING, "road|commune|new|30||0.8|2022-01-01|"},
    {CAT_REPORTING, "good|commune|old|30"},
    {CAT_REPORTING, "five|province|old|30"},
    {CAT_REPORTING, "work|commune|old|30"},
};
const size_t fold_timed_n = sizeof(fold_timed) / sizeof(fold_timed[0]);

static const char *const units[] = {"land", "north", "west", "east", "far",
                                    "gulf", "c1",    "c2",   "c3",   "c4",
                                    "c5",   "c6",    "list"};
static const char *const years[] = {"2018", "2019", "2020", "2021", "2022"};
static const char *const months[] = {"2019-12", "2020-06", "2021-06"};
static const char *const all_lengths[] = {
    "2020-01", "2020-02", "2020-03", "2020-Q1", "2020-04", "2020-06",
    "2020-Q2", "2020-S1", "2020-09", "2020-12", "2020-Q4", "2020-S2",
    "2020",    "2021-02", "2021-03", "2021-Q1", "2021-12", "2021"};
static const char *const quarters[] = {
    "2020-Q1", "2020-Q2", "2020-S1", "2020-Q3", "2020-Q4",
    "2020-S2", "2020",    "2021-Q1", "2021-Q4", "2021"};
static const char *const halves[] = {"2020-S1", "2020-S2", "2020", "2021-S1",
                                     "2021-S2"};
static const char *const spans[] = {"2016/2020", "2019/2020", "2017/2021"};
static const char *const sources[] = {"office", "press", "dept"};
static const char *const documents[] = {"plan", "book"};

#define LIST(array) (array), sizeof(array) / sizeof((array)[0])

/* The last ones only where fold_timed was applied. */
static const struct subject {
	const char *id;
	const char *const *periods;
	size_t n_periods;
	bool parts;
} subjects[] = {
    {"pov@a", LIST(years), true},       {"pov@b", LIST(years), true},
    {"pov-em@b", LIST(years), true},    {"road", LIST(years), false},
    {"wage", LIST(years), true},        {"note", LIST(years), false},
    {"work", LIST(months), false},      {"rate", LIST(all_lengths), true},
    {"cure", LIST(all_lengths), false}, {"beds", LIST(quarters), false},
    {"pay", LIST(halves), true},        {"gain", LIST(all_lengths), true},
    {"good", LIST(quarters), true},     {"fine", LIST(years), false},
    {"five", LIST(spans), false},
};
enum { SUBJECTS_PLAIN = 7, SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

static size_t
subjects_of(const struct fold_input *in)
{
	uint32_t timed = catalogue_definition(in->catalogue, span_str("rate"));

	return timed == NUMBER_NONE ? SUBJECTS_PLAIN : SUBJECTS;
}

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
	const struct subject *of = &subjects[below(seed, subjects_of(in))];
	const char *unit = PICK(units, seed);
	struct figure *f =
	    fold_row(in, of->id, unit, of->periods[below(seed, of->n_periods)]);

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
		random_number(f, seed, of->parts);
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
	for (size_t d = 0; d < subjects_of(in); d++)
		for (size_t p = 0; p < subjects[d].n_periods; p++)
			fold_delete(in, subjects[d].id, unit,
			            subjects[d].periods[p])
			    ->source = fold_source(in, source);
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

/* One definition and map, all periods of a sheet (sheet.h) of every unit. */
struct ledger {
	const struct catalogue *c;
	const struct cat_definition *d;
	struct kv *state;
	struct expect *expect;
	struct agg_at at;    /* map, definition, and a period of the sheet */
	struct rollup *rows; /* by unit and slot: what the children add up to */
	struct contribution *gives; /* by unit and slot */
	bool *done;                 /* by unit */
	struct digest digest;
};

static size_t
cell(uint32_t unit, int slot)
{
	return (size_t)unit * SHEET_SLOTS + (size_t)slot;
}

/* Rounded down. */
static i128
part(i128 of, uint32_t weight)
{
	i128 rest = of % WEIGHT_ONE;

	if (rest < 0)
		rest += WEIGHT_ONE;
	return (of - rest) / WEIGHT_ONE * weight + rest * weight / WEIGHT_ONE;
}

/* What parents with smaller ids have of the unit, and what with this one. */
struct cut {
	uint32_t before;
	uint32_t with;
};

static i128
cut_of(i128 of, struct cut cut)
{
	return part(of, cut.with) - part(of, cut.before);
}

static struct cut
cut_find(const struct catalogue *c, const struct cat_member *m, struct day day)
{
	struct cut cut = {0, m->weight};

	for (uint32_t i = 0; i < c->n_members; i++) {
		const struct cat_member *o = &c->members[i];

		if (o->map == m->map && o->unit == m->unit &&
		    validity_holds(o->validity, day) &&
		    strcmp(c->units[o->parent].id, c->units[m->parent].id) < 0)
			cut.before += o->weight;
	}
	cut.with += cut.before;
	return cut;
}

static void
add_child(struct ledger *l, const struct cat_member *m, int slot,
          struct day day)
{
	const struct contribution *c = &l->gives[cell(m->unit, slot)];
	struct rollup *to = &l->rows[cell(m->parent, slot)];
	struct cut cut;

	if (!c->present)
		return;
	cut = cut_find(l->c, m, day);
	to->sum += cut_of(c->sum, cut);
	to->sum_weight += cut_of(c->weight, cut);
	to->reporting += (uint64_t)part((i128)c->reporting, m->weight);
	to->n_by_status[c->status]++;
	to->n_derived += c->derived || m->weight != WEIGHT_ONE;
}

/* All that ever stood beneath it are done, and it is not. */
static bool
ready(const struct ledger *l, uint32_t unit)
{
	for (uint32_t i = 0; i < l->c->n_members; i++) {
		const struct cat_member *m = &l->c->members[i];

		if (m->map == l->at.map && m->parent == unit &&
		    !l->done[m->unit])
			return false;
	}
	return !l->done[unit];
}

static void
add_children(struct ledger *l, uint32_t unit, struct period period, int slot)
{
	struct day day = period_last_day(period);

	if (!rolls_up(l->c, l->d, l->at.map, period))
		return;
	for (uint32_t i = 0; i < l->c->n_members; i++) {
		const struct cat_member *m = &l->c->members[i];

		if (m->map == l->at.map && m->parent == unit &&
		    validity_holds(m->validity, day))
			add_child(l, m, slot, day);
	}
}

static bool
own_figure(const struct ledger *l, uint32_t unit, struct period period,
           struct figure *out)
{
	struct agg_at at = l->at;
	bool found;

	at.unit = unit;
	at.period = period;
	assert_int_equal(agg_figure_get(l->state, at, out, &found), ERR_OK);
	return found;
}

static void
fold_unit_year(struct ledger *l, uint32_t unit)
{
	struct sheet_result results[SHEET_SLOTS];
	struct figure own[SHEET_SLOTS];
	struct sheet sheet;

	sheet_begin(&sheet, l->d, l->at.period);
	for (int i = 0; i < SHEET_SLOTS; i++) {
		struct sheet_slot *slot = &sheet.slots[i];

		if (slot->period.code == 0)
			continue;
		add_children(l, unit, slot->period, i);
		if (own_figure(l, unit, slot->period, &own[i]))
			slot->own = &own[i];
		if (!rollup_empty(&l->rows[cell(unit, i)]))
			slot->place = &l->rows[cell(unit, i)];
		slot->counted = unit_counted(l->c, l->d, unit, slot->period);
		assert_int_equal(expect_at(l->expect,
		                           &(struct expect_key){
		                               .map = l->at.map,
		                               .definition = l->at.definition,
		                               .unit = unit,
		                               .period = slot->period},
		                           &slot->expected),
		                 ERR_OK);
	}
	sheet_fold(&sheet, results);
	for (int i = 0; i < SHEET_SLOTS; i++)
		l->gives[cell(unit, i)] = results[i].contribution;
}

static void
add_up(struct ledger *l)
{
	bool any = true;

	memset(l->rows, 0, cell(l->c->n_units, 0) * sizeof(*l->rows));
	memset(l->gives, 0, cell(l->c->n_units, 0) * sizeof(*l->gives));
	memset(l->done, 0, l->c->n_units);
	while (any) {
		any = false;
		for (uint32_t u = 0; u < l->c->n_units; u++) {
			if (!ready(l, u))
				continue;
			fold_unit_year(l, u);
			l->done[u] = any = true;
		}
	}
}

static void
same_row(struct ledger *l, uint32_t unit, int slot, struct period period)
{
	struct rollup *row = &l->rows[cell(unit, slot)];
	struct agg_at at = l->at;
	struct rollup got;
	bool found;

	at.unit = unit;
	at.period = period;
	assert_int_equal(agg_rollup_get(l->state, at, &got, &found), ERR_OK);
	assert_int_equal(found, !rollup_empty(row));
	if (!found)
		return;
	row->map = at.map;
	row->definition = at.definition;
	row->period = period;
	row->unit = unit;
	assert_true(row->sum == got.sum);
	assert_true(row->sum_weight == got.sum_weight);
	assert_memory_equal(row->n_by_status, got.n_by_status,
	                    sizeof(got.n_by_status));
	assert_int_equal(row->n_derived, got.n_derived);
	assert_int_equal(row->reporting, got.reporting);
	l->digest.n_rollups++;
	l->digest.rollups += rollup_hash(row);
}

static void
same_sheet(struct ledger *l)
{
	struct sheet sheet;

	add_up(l);
	sheet_begin(&sheet, l->d, l->at.period);
	for (uint32_t u = 0; u < l->c->n_units; u++)
		for (int i = 0; i < SHEET_SLOTS; i++)
			if (sheet.slots[i].period.code != 0)
				same_row(l, u, i, sheet.slots[i].period);
}

static void
count_figures(struct ledger *l)
{
	for (uint32_t u = 0; u < l->c->n_units; u++) {
		struct figure f;

		if (!own_figure(l, u, l->at.period, &f))
			continue;
		f.flags &= (uint8_t)~AGG_HISTORY;
		l->digest.n_figures++;
		l->digest.figures += figure_hash(&f);
	}
}

/* With a time rule once for each year; else for each period. */
static void
period_same(struct ledger *l, bool year_begins)
{
	bool span = period_frequency(l->at.period) == FREQ_SPAN;

	for (uint32_t d = 0; d < l->c->n_definitions; d++) {
		l->d = &l->c->definitions[d];
		l->at.definition = d;
		count_figures(l);
		if (l->d->place == PLACE_NONE ||
		    (l->d->time != TIME_NONE && (span || !year_begins)))
			continue;
		for (uint32_t map = 0; map < l->c->n_maps; map++) {
			l->at.map = map;
			if (l->c->maps[map].declared)
				same_sheet(l);
		}
	}
}

static void
periods_same(struct ledger *l)
{
	int year = 0;

	l->at.period.code = 0;
	for (;;) {
		struct period from = {l->at.period.code + 1};
		bool span;

		assert_int_equal(agg_period_next(l->state, from, &l->at.period),
		                 ERR_OK);
		if (l->at.period.code == 0)
			return;
		span = period_frequency(l->at.period) == FREQ_SPAN;
		period_same(l, !span && period_year(l->at.period) != year);
		if (!span)
			year = period_year(l->at.period);
	}
}

void
same_as_added_up(const struct fold_input *in, struct kv *state)
{
	const struct catalogue *c = in->catalogue;
	struct agg_key at = agg_key_single(AGG_DIGEST);
	struct ledger l = {.c = c,
	                   .state = state,
	                   .rows = calloc(cell(c->n_units, 0), sizeof(*l.rows)),
	                   .gives =
	                       calloc(cell(c->n_units, 0), sizeof(*l.gives)),
	                   .done = calloc(c->n_units, sizeof(bool))};
	struct digest got = {0};
	struct span value;
	enum err err;

	assert_true(l.rows != NULL && l.gives != NULL && l.done != NULL);
	assert_int_equal(expect_new(&l.expect, c), ERR_OK);
	periods_same(&l);
	free(l.rows);
	free(l.gives);
	free(l.done);
	expect_free(&l.expect);
	err = kv_get(state, agg_key_span(&at), &value);
	if (err == ERR_OK)
		assert_int_equal(digest_read(value, &got), ERR_OK);
	assert_int_equal(l.digest.n_figures, got.n_figures);
	assert_true(l.digest.figures == got.figures);
	assert_int_equal(l.digest.n_rollups, got.n_rollups);
	assert_true(l.digest.rollups == got.rollups);
}
