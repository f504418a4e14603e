#include <string.h>

#include "common/domain/rollup.h"
#include "services/aggregate/agg_coverage.h"
#include "services/aggregate/agg_series.h"

/* What one row is made of. */
struct series_row {
	uint32_t definition;
	struct period period;
	struct figure own;
	bool has_own;
	bool completed;
	struct sheet_rolled rolled;
	struct rollup sum; /* rolled, as a row */
	bool homeless;     /* somebody expected stands nowhere (R4b) */
	const struct coverage
	    *coverage; /* NULL: not of the present, or whole */
	bool has_reported, has_rolled_up;
	int64_t reported, rolled_up;
	uint32_t version; /* 0: the figure in force */
};

static const struct cat_definition *
definition_of(const struct series *s, const struct series_row *row)
{
	return &s->past.c->definitions[row->definition];
}

static void
field_time(struct series *s, uint64_t number)
{
	struct commit commit;
	enum err err = journal_commit(s->journal, number, &commit);

	if (err == ERR_OK)
		wire_answer_int(&s->q->rows, "received_ms", commit.time_ms);
	wire_answer_int(&s->q->rows, "commit", (int64_t)number);
}

static void
field_status(struct series *s, enum obs_status status)
{
	const char text[] = {status_letter(status), 0};

	query_text(s->q, "status", text);
}

/* R2: a roll-up farther from the report than the tolerance is a finding. */
static bool
differs(const struct series *s, const struct series_row *row)
{
	const struct cat_definition *d = definition_of(s, row);
	int64_t far = row->reported - row->rolled_up;

	return row->has_reported && row->has_rolled_up && d->has_tolerance &&
	       !row->rolled.partial && !row->rolled.under_floor &&
	       (far < 0 ? -far : far) > d->tolerance;
}

static void
field_flags(struct series *s, const struct series_row *row)
{
	bool mismatch =
	    row->has_own && (row->own.flags & FIGURE_FLAG_RATIO_MISMATCH) != 0;
	bool differ = differs(s, row);

	if (mismatch && differ)
		query_text(s->q, "flags", "ratio_mismatch differs");
	else if (mismatch || differ)
		query_text(s->q, "flags",
		           mismatch ? "ratio_mismatch" : "differs");
}

/* A weighted mean has a weight alone, which stands as its denominator. */
static void
fields_parts(struct series *s, const struct series_row *row,
             const struct figure *f)
{
	if ((f->has & FIGURE_PARTS) == 0)
		return;
	if (definition_of(s, row)->place != PLACE_WMEAN)
		wire_answer_int(&s->q->rows, "numerator", f->numerator);
	wire_answer_int(&s->q->rows, "denominator", f->denominator);
}

static void
fields_own(struct series *s, const struct series_row *row)
{
	const struct catalogue *c = s->past.c;
	const struct figure *f = &row->own;
	char text[DAY_TEXT_MAX];

	fields_parts(s, row, f);
	query_text(s->q, "bound", bound_text((enum bound)f->bound));
	field_status(s, (enum obs_status)f->status);
	if (f->source < c->n_sources)
		query_text(s->q, "source", c->sources[f->source].id);
	if (status_observed((enum obs_status)f->status))
		query_text(s->q, "state",
		           release_name(figure_release(f, row->completed)));
	if (f->document < c->n_documents)
		query_text(s->q, "document", c->documents[f->document].id);
	query_text(s->q, "released", day_format(f->released, text));
	field_time(s, f->commit);
}

static void
fields_rolled(struct series *s, const struct series_row *row)
{
	const struct figure f = rollup_figure(definition_of(s, row), &row->sum);

	fields_parts(s, row, &f);
	field_status(s, (enum obs_status)f.status);
	query_text(s->q, "state",
	           release_name(rolled_release(&row->rolled, row->completed)));
}

/* Why what is rolled up is open, though all that is counted may be there (R4). */
static const char *
open_why(const struct series_row *row)
{
	const struct sheet_rolled *r = &row->rolled;

	if (!r->partial)
		return r->under_floor ? "under_floor" : NULL;
	if (r->expected == 0)
		return "nobody_expected";
	return row->homeless ? "no_place" : "partial";
}

/* Unit-periods are whole unless a unit is divided. */
static void
field_count(struct series *s, const char *name, uint64_t millionths)
{
	if (millionths % EXPECT_ONE == 0)
		wire_answer_int(&s->q->rows, name,
		                (int64_t)(millionths / EXPECT_ONE));
	else
		wire_answer_decimal(&s->q->rows, name, (int64_t)millionths, 6);
}

/* What was seen beneath. */
static void
fields_beneath(struct series *s, const struct series_row *row)
{
	const struct coverage *more = row->coverage;
	struct wire_answer_writer *w = &s->q->rows;
	char text[PERIOD_TEXT_MAX];

	if (more->has_weight)
		wire_answer_decimal(w, "coverage.weight", more->weight, 6);
	if (more->n_both == 0 || !more->has_values)
		return;
	query_text(s->q, "comparable_with", period_format(more->before, text));
	wire_answer_int(w, "comparable_units", more->n_both);
	wire_answer_decimal(w, "comparable_before", more->value_before,
	                    definition_of(s, row)->decimals);
	wire_answer_decimal(w, "comparable_now", more->value_now,
	                    definition_of(s, row)->decimals);
}

/* How much of the roll-up is there. */
static void
fields_coverage(struct series *s, const struct series_row *row)
{
	const struct sheet_rolled *r = &row->rolled;

	if (!r->sum.present)
		return;
	query_text(s->q, "open", open_why(row));
	if (r->expected == 0)
		return;
	field_count(s, "coverage.reporting", r->reporting);
	field_count(s, "coverage.expected", r->expected);
	if (row->coverage != NULL)
		fields_beneath(s, row);
}

/* R2: what was reported is shown first, unless the roll-up is complete and of
 * better status. */
static bool
own_first(const struct series_row *row)
{
	bool complete = row->has_rolled_up && !row->rolled.partial &&
	                !row->rolled.under_floor;

	return row->has_own &&
	       !(complete && row->own.status > (uint8_t)row->rolled.sum.status);
}

static void
fields_values(struct series *s, const struct series_row *row)
{
	uint8_t decimals = definition_of(s, row)->decimals;
	struct wire_answer_writer *w = &s->q->rows;
	bool first = own_first(row);

	if (first && row->has_reported)
		wire_answer_decimal(w, "value", row->reported, decimals);
	else if (!first && row->has_rolled_up)
		wire_answer_decimal(w, "value", row->rolled_up, decimals);
	else
		wire_answer_field(w, "value", wire_nil());
	if (row->has_reported)
		wire_answer_decimal(w, "reported", row->reported, decimals);
	if (row->has_rolled_up)
		wire_answer_decimal(w, "rolled_up", row->rolled_up, decimals);
}

static bool
is_derived(const struct series *s, const struct series_row *row)
{
	return row->rolled.sum.present && row->rolled.sum.derived &&
	       s->map != NUMBER_NONE &&
	       place_parts_only(s->past.place, s->map, s->unit,
	                        period_last_day(row->period));
}

static void
fields_version(struct series *s, const struct series_row *row)
{
	wire_answer_int(&s->q->rows, "version", row->version);
	if (row->own.action == ACTION_DELETE)
		query_text(s->q, "action", "delete");
}

static enum err
row_write(struct series *s, const struct series_row *row)
{
	const struct catalogue *c = s->past.c;
	struct wire_answer_writer *w = &s->q->rows;
	char text[PERIOD_TEXT_MAX];

	wire_answer_row(w);
	query_text(s->q, "indicator", c->definitions[row->definition].id);
	query_text(s->q, "unit", c->units[s->unit].id);
	query_text(s->q, "unit_name", s->name);
	if (s->map != NUMBER_NONE)
		query_text(s->q, "map", c->maps[s->map].id);
	query_text(s->q, "period", period_format(row->period, text));
	fields_values(s, row);
	if (own_first(row))
		fields_own(s, row);
	else if (row->rolled.sum.present)
		fields_rolled(s, row);
	if (row->version == 0)
		fields_coverage(s, row);
	else
		fields_version(s, row);
	if (is_derived(s, row))
		wire_answer_field(w, "derived", wire_bool(true));
	field_flags(s, row);
	if (s->text.len > 0)
		query_text(s->q, "not_formed", buf_cstr(&s->text));
	return wire_answer_row_end(w);
}

/* --- why nothing could be formed ------------------------------------------------ */

/* Why a unit's figure, or its absence, gives nothing to those above. */
static const char *
child_why(const struct series *s, const struct figure *f, uint32_t definition)
{
	static const char *const lacks[PLACE_RULES] = {
	    [PLACE_NONE] = ": nothing to add up",
	    [PLACE_SUM] = ": no value",
	    [PLACE_RATIO] = ": no numerator and denominator",
	    [PLACE_WMEAN] = ": no value and weight",
	    [PLACE_SHARE] = ": neither counted nor with parts",
	};

	if (f == NULL)
		return ": no figure";
	if (f->status == STATUS_M)
		return ": known to be missing";
	if (f->status == STATUS_F)
		return ": forecast only";
	return lacks[s->past.c->definitions[definition].place];
}

/* As far as one text goes. */
static enum err
child_says(struct series *s, const struct series_row *row, uint32_t unit,
           bool *reported)
{
	const struct agg_at at = {
	    .definition = row->definition, .unit = unit, .period = row->period};
	struct figure figure;
	bool found = false;
	enum err err = past_figure(&s->past, at, &figure, &found);

	if (err != ERR_OK)
		return err;
	*reported = *reported || found;
	if (s->text.len > WIRE_TEXT_MAX)
		return ERR_OK;
	if (s->text.len > 0)
		buf_put_str(&s->text, "; ");
	buf_put_str(&s->text, s->past.c->units[unit].id);
	buf_put_str(&s->text,
	            child_why(s, found ? &figure : NULL, row->definition));
	return ERR_OK;
}

/* From the units directly beneath; empty if none of them reported either. */
static enum err
not_formed(struct series *s, const struct series_row *row)
{
	const struct catalogue *c = s->past.c;
	struct children_range range;
	bool reported = false;
	enum err err = ERR_OK;

	buf_reset(&s->text);
	if (s->map == NUMBER_NONE ||
	    c->definitions[row->definition].place == PLACE_NONE)
		return ERR_OK;
	range = children_of(c, s->map, s->unit);
	for (uint32_t i = range.first;
	     i < range.end && err == ERR_OK &&
	     !(reported && s->text.len > WIRE_TEXT_MAX);
	     i++) {
		const struct cat_member *m = &c->members[c->children[i]];

		if (validity_holds(m->validity, period_last_day(row->period)))
			err = child_says(s, row, m->unit, &reported);
	}
	if (err == ERR_OK && !reported)
		buf_reset(&s->text);
	return err;
}

/* --- rows -------------------------------------------------------------------------- */

static struct agg_at
row_at(const struct series *s, const struct series_row *row)
{
	return (struct agg_at){.map = s->map,
	                       .definition = row->definition,
	                       .unit = s->unit,
	                       .period = row->period};
}

/* All that lies beneath, in parts; what it shows is the page from here on. A page
 * rests on one such walk: before another one, or behind rows of a later moment, it is
 * full. */
static enum err
look_beneath(struct series *s, const struct series_row *row,
             const struct coverage **coverage)
{
	struct beneath_ask ask = {.at = row_at(s, row),
	                          .commit = s->as_of,
	                          .published = s->past.published,
	                          .compared = coverage != NULL,
	                          .slice = s->q->slice};
	struct beneath_seen seen;
	struct commit head;
	enum err err;

	s->full = s->walked || s->q->rows.n_rows > 0;
	if (s->full)
		return ERR_OK;
	err = journal_head(s->journal, &head);
	if (err != ERR_OK)
		return err;
	ask.head = head.number;
	err = beneath_look(s->a, s->state, &ask, &seen);
	if (err != ERR_OK)
		return err;
	s->walked = true;
	s->sheet = seen.sheet;
	s->past.commit = seen.commit;
	if (s->as_of == UINT64_MAX)
		s->q->commit = seen.commit;
	if (coverage != NULL)
		*coverage = seen.coverage;
	return ERR_OK;
}

/* The sheet of a row; most rows find it there. */
static enum err
sheet_of(struct series *s, const struct series_row *row)
{
	const struct sheet *sheet = &s->sheet->sheet;
	const struct agg_at at = row_at(s, row);

	if (sheet->d == definition_of(s, row) &&
	    sheet_slot(sheet, row->period) >= 0)
		return ERR_OK;
	if (past_filtered(&s->past) && !past_alone(&s->past, at))
		return look_beneath(s, row, NULL);
	s->sheet = &s->loaded;
	return past_sheet_load(&s->past, at, &s->loaded);
}

static void
row_values(struct series *s, struct series_row *row, int slot)
{
	const struct cat_definition *d = definition_of(s, row);
	const struct rollup like = {.map = s->map,
	                            .definition = row->definition,
	                            .unit = s->unit,
	                            .period = row->period};

	row->has_own = s->sheet->sheet.slots[slot].own != NULL;
	if (row->has_own)
		row->own = s->sheet->own[slot];
	row->rolled = s->sheet->results[slot].rolled;
	row->homeless = s->sheet->sheet.slots[slot].expected.open;
	row->sum = rolled_row(&like, &row->rolled);
	row->has_reported =
	    row->has_own && figure_value(d, &row->own, &row->reported);
	row->has_rolled_up =
	    row->rolled.sum.present &&
	    rollup_value(d, &row->sum, &row->rolled_up) == ERR_OK;
}

static enum err
row_fill(struct series *s, struct series_row *row)
{
	enum err err = sheet_of(s, row);
	int slot;

	if (err != ERR_OK || s->full)
		return err;
	slot = sheet_slot(&s->sheet->sheet, row->period);
	if (slot >= 0)
		row_values(s, row, slot);
	return past_completed(&s->past, row_at(s, row), &row->completed);
}

/* Some of what is expected is not there: of the present it is told how much. */
static bool
wants_coverage(const struct series *s, const struct series_row *row)
{
	const struct sheet_rolled *r = &row->rolled;

	return !s->filtered && r->sum.present && !r->over_time &&
	       r->reporting < r->expected;
}

/* Filled again: as of the commit of the walk. */
static enum err
row_coverage(struct series *s, struct series_row *row)
{
	const struct coverage *coverage = NULL;
	enum err err = look_beneath(s, row, &coverage);

	if (err != ERR_OK || s->full)
		return err;
	err = row_fill(s, row);
	if (wants_coverage(s, row))
		row->coverage = coverage;
	return err;
}

static enum err
row_now(struct series *s, uint32_t definition, struct period period)
{
	struct series_row row = {.definition = definition, .period = period};
	enum err err = row_fill(s, &row);

	buf_reset(&s->text);
	if (err == ERR_OK && !s->full && wants_coverage(s, &row))
		err = row_coverage(s, &row);
	if (err != ERR_OK || s->full)
		return err;
	if (!row.has_own && !row.rolled.sum.present) {
		err = not_formed(s, &row);
		if (err != ERR_OK || s->text.len == 0)
			return err;
	}
	return row_write(s, &row);
}

/* Every assertion, withdrawn ones too; the one in force is flagged by no version
 * being better, so the reader sees why by status, source and date (F3). */
static enum err
rows_versions(struct series *s, uint32_t definition, struct period period)
{
	const struct cat_definition *d = &s->past.c->definitions[definition];
	struct series_row row = {.definition = definition, .period = period};
	enum err err = past_versions(&s->past, row_at(s, &row));

	buf_reset(&s->text);
	if (err == ERR_OK)
		err = past_completed(&s->past, row_at(s, &row), &row.completed);
	for (; s->at_version < s->past.list.n && err == ERR_OK;
	     s->at_version++) {
		s->full = s->q->rows.n_rows >= s->max_rows;
		if (s->full)
			return ERR_OK;
		row.own = s->past.list.rows[s->at_version];
		row.has_own = true;
		row.version = s->at_version + 1;
		row.has_reported = figure_value(d, &row.own, &row.reported);
		err = row_write(s, &row);
	}
	s->at_version = 0;
	return err;
}

enum err
series_rows(struct series *s, uint32_t definition, struct period period)
{
	const struct cat_definition *d = &s->past.c->definitions[definition];
	struct sheet sheet;

	if (definition >= s->past.c->n_definitions || !d->declared)
		return ERR_OK;
	sheet_begin(&sheet, d, period);
	if (sheet_slot(&sheet, period) < 0)
		return ERR_OK;
	return s->versions ? rows_versions(s, definition, period)
	                   : row_now(s, definition, period);
}
