#include "tests/oracle/oracle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/rollup.h"
#include "common/domain/sheet.h"
#include "services/aggregate/agg_state.h"

#define YEAR_FIRST 2014
#define YEAR_LAST  2026
#define SPAN_MAX   3

/* One unit and definition, and the periods of a year that go together. */
struct answering {
	struct dump *dump;
	struct nodes *nodes;
	const struct catalogue *c;
	struct kv *state;
	struct expect *expect;
	uint32_t id; /* of the moment */
	struct agg_at at;
	struct sheet sheet;
	struct figure own[SHEET_SLOTS];
	struct rollup place[SHEET_SLOTS];
	bool has_own[SHEET_SLOTS];
	bool has_place[SHEET_SLOTS];
};

static void
must(enum err err)
{
	if (err != ERR_OK)
		oracle_fail("aggregate's state can't be read: %s",
		            err_name(err));
}

static void
key_line(struct answering *s, FILE *file)
{
	char period[PERIOD_TEXT_MAX];

	(void)fprintf(file, "%u\t", s->id);
	if (s->at.map != NUMBER_NONE)
		dump_text(file, s->c->maps[s->at.map].id);
	dump_text(file, s->c->definitions[s->at.definition].id);
	dump_text(file, s->c->units[s->at.unit].id);
	dump_text(file, period_format(s->at.period, period));
}

static void
decimal_cell(FILE *file, bool given, i128 mantissa, uint8_t places)
{
	char text[DECIMAL_TEXT_MAX] = "";

	if (given)
		(void)decimal_format(mantissa, places, text);
	dump_text(file, text);
}

static bool
completed(struct answering *s)
{
	struct completion of = {.definition = s->at.definition,
	                        .unit = s->at.unit,
	                        .period = s->at.period};
	uint64_t commit = 0;

	must(agg_completed(s->state, &of, &commit));
	return commit != 0;
}

static void
figure_line(struct answering *s, const struct figure *f)
{
	const struct cat_definition *d = &s->c->definitions[f->definition];
	FILE *file = s->dump->tables[TABLE_FIGURES];
	bool parts = (f->has & FIGURE_PARTS) != 0;
	char text[DAY_TEXT_MAX];
	int64_t value = 0;
	bool valued = figure_value(d, f, &value);

	key_line(s, file);
	decimal_cell(file, (f->has & FIGURE_VALUE) != 0, f->value, d->decimals);
	decimal_cell(file, parts && d->place != PLACE_WMEAN, f->numerator, 0);
	decimal_cell(file, parts, f->denominator, 0);
	decimal_cell(file, valued, value, d->decimals);
	(void)fprintf(
	    file, "%c\t%s\t%s\t", status_letter((enum obs_status)f->status),
	    bound_text((enum bound)f->bound), s->c->sources[f->source].id);
	dump_text(file, f->document == NUMBER_NONE
	                    ? ""
	                    : s->c->documents[f->document].id);
	dump_text(file, f->released.n == DAY_FIRST
	                    ? "-infinity"
	                    : day_format(f->released, text));
	(void)fprintf(file, "%" PRIu64 "\t%u\t%s\n", f->commit, f->row,
	              status_observed((enum obs_status)f->status)
	                  ? release_name(figure_release(f, completed(s)))
	                  : "\\N");
}

/* Sums, value and status, alike of what is stored and of what is made of it. */
static void
rollup_cells(struct answering *s, FILE *file, const struct rollup *r)
{
	const struct cat_definition *d = &s->c->definitions[s->at.definition];
	bool mantissa = d->place == PLACE_SUM || d->place == PLACE_WMEAN;
	uint8_t places = (uint8_t)(6 + (mantissa ? d->decimals : 0));
	int64_t value = 0;
	bool valued = rollup_value(d, r, &value) == ERR_OK;

	decimal_cell(file, true, r->sum, places);
	decimal_cell(file, true, r->sum_weight, 6);
	decimal_cell(file, valued, value, d->decimals);
	(void)fprintf(file, "%c\t", status_letter(rollup_status(r)));
	decimal_cell(file, true, (i128)r->reporting, 6);
}

static void
rolled_line(struct answering *s, const struct sheet_slot *slot,
            const struct sheet_rolled *rolled)
{
	FILE *file = s->dump->tables[TABLE_SERIES];
	struct rollup row = rolled_row(&s->place[0], rolled);

	s->at.period = slot->period;
	if (!rolled->sum.present)
		return;
	key_line(s, file);
	(void)fprintf(file, "%c\t", rolled->over_time ? 't' : 'f');
	rollup_cells(s, file, &row);
	decimal_cell(file, true, (i128)rolled->expected, 6);
	(void)fprintf(file, "%c\t%c\t%s\n", rolled->partial ? 't' : 'f',
	              rolled->under_floor ? 't' : 'f',
	              release_name(rolled_release(rolled, completed(s))));
}

/* What stands in each period itself, for all maps. */
static void
own_read(struct answering *s)
{
	s->at.map = NUMBER_NONE;
	for (int i = 0; i < SHEET_SLOTS; i++) {
		struct sheet_slot *slot = &s->sheet.slots[i];

		if (slot->period.code == 0)
			continue;
		s->at.period = slot->period;
		must(agg_figure_get(s->state, s->at, &s->own[i],
		                    &s->has_own[i]));
		slot->own = s->has_own[i] ? &s->own[i] : NULL;
		slot->counted =
		    unit_counted(s->c, s->sheet.d, s->at.unit, slot->period);
		if (s->has_own[i])
			figure_line(s, &s->own[i]);
	}
}

static void
place_read(struct answering *s, int i)
{
	struct sheet_slot *slot = &s->sheet.slots[i];
	FILE *file = s->dump->tables[TABLE_ROLLUPS];

	s->at.period = slot->period;
	must(agg_rollup_get(s->state, s->at, &s->place[i], &s->has_place[i]));
	slot->place = s->has_place[i] ? &s->place[i] : NULL;
	must(expect_at(s->expect,
	               &(struct expect_key){.map = s->at.map,
	                                    .definition = s->at.definition,
	                                    .unit = s->at.unit,
	                                    .period = slot->period},
	               &slot->expected));
	if (!s->has_place[i])
		return;
	key_line(s, file);
	rollup_cells(s, file, &s->place[i]);
	(void)fputs("t\n", file);
}

static void
map_lines(struct answering *s)
{
	struct sheet_result results[SHEET_SLOTS];

	for (int i = 0; i < SHEET_SLOTS; i++)
		if (s->sheet.slots[i].period.code != 0)
			place_read(s, i);
	sheet_fold(&s->sheet, results);
	for (int i = 0; i < SHEET_SLOTS; i++) {
		const struct sheet_slot *slot = &s->sheet.slots[i];

		if (slot->period.code != 0)
			rolled_line(s, slot, &results[i].rolled);
	}
}

static void
sheet_lines(struct answering *s, struct period p)
{
	sheet_begin(&s->sheet, &s->c->definitions[s->at.definition], p);
	own_read(s);
	for (s->at.map = 0; s->at.map < s->c->n_maps; s->at.map++)
		if (s->c->maps[s->at.map].declared)
			map_lines(s);
}

/* The years that the workload is about, with some around them; and spans. */
static void
definition_lines(struct answering *s)
{
	const struct cat_definition *d = &s->c->definitions[s->at.definition];

	for (int year = YEAR_FIRST; year <= YEAR_LAST; year++) {
		if (d->frequency != FREQ_SPAN) {
			sheet_lines(s, period_of_year(year));
			continue;
		}
		for (int i = 1; i <= SPAN_MAX; i++)
			sheet_lines(s, period_of_span(year, year + i));
	}
}

void
dump_shot(struct dump *d, struct nodes *n)
{
	struct answering *s = calloc(1, sizeof(*s));

	if (s == NULL)
		oracle_fail("out of memory");
	s->dump = d;
	s->nodes = n;
	s->c = n->aggregate.catalogue;
	s->id = shot_new(d, nodes_head(n))->id;
	must(expect_new(&s->expect, s->c));
	must(store_read(n->stores[1]));
	s->state = store_kv(n->stores[1], STORE_STATE);
	for (uint32_t unit = 0; unit < s->c->n_units; unit++)
		for (uint32_t at = 0; at < s->c->n_definitions; at++) {
			s->at.unit = unit;
			s->at.definition = at;
			definition_lines(s);
		}
	store_read_end(n->stores[1]);
	expect_free(&s->expect);
	free(s);
}
