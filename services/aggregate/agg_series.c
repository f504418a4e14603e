#include "services/aggregate/agg_series.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/rollup.h"

static const char *const series_args[] = {"indicator", "unit", "map",
                                          "from",      "to",   NULL};

/* Pages read for one page of the answer: where little is known of many units, that
 * must not hold up the turns either. */
#define SERIES_LOOKS_MAX 2000

struct series {
	struct aggregate *a;
	struct kv *state;
	struct kv *journal;
	struct query *q;
	uint32_t definitions[SERIES_DEFINITIONS_MAX];
	uint32_t n_definitions;
	uint32_t unit;
	uint32_t map; /* NUMBER_NONE: the unit has a place in none */
	struct period from;
	struct period to;
	uint32_t max_rows; /* as asked */
	uint32_t looks;
	struct buf text;
	char name[WIRE_TEXT_MAX]; /* with its validity, where that tells (R6) */
};

/* What one row is made of. */
struct series_row {
	uint32_t definition;
	struct period period;
	struct figure own;
	struct rollup rollup;
	bool has_own;
	bool has_rollup;
};

static enum err
find_definitions(struct series *s, struct span name)
{
	const struct catalogue *c = s->a->catalogue;
	uint32_t definition = catalogue_definition(c, name);
	uint32_t indicator = catalogue_indicator(c, name);

	s->q->field = "indicator";
	if (definition != NUMBER_NONE) {
		s->definitions[s->n_definitions++] = definition;
		return ERR_OK;
	}
	if (indicator == NUMBER_NONE)
		return ERR_UNKNOWN_INDICATOR;
	for (uint32_t i = 0; i < c->indicators[indicator].n_definitions &&
	                     s->n_definitions < SERIES_DEFINITIONS_MAX;
	     i++)
		s->definitions[s->n_definitions++] =
		    c->indicators[indicator].definitions[i];
	return ERR_OK;
}

static uint32_t
default_map(const struct series *s)
{
	const struct catalogue *c = s->a->catalogue;
	struct day day = c->units[s->unit].validity.to;

	if (day.n > s->a->tick.date.n)
		day = s->a->tick.date;
	for (uint32_t map = 0; map < c->n_maps; map++) {
		if (c->maps[map].declared &&
		    c->maps[map].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[map].validity, day) &&
		    place_depth(&s->a->place, map, s->unit) != PLACE_NOWHERE)
			return map;
	}
	for (uint32_t map = 0; map < c->n_maps; map++) {
		if (c->maps[map].declared &&
		    place_depth(&s->a->place, map, s->unit) != PLACE_NOWHERE)
			return map;
	}
	return NUMBER_NONE;
}

static enum err
arg_period(struct series *s, const char *name, struct period *period)
{
	struct span text = query_arg(s->q, name);

	s->q->field = name;
	return text.len == 0 ? ERR_OK : period_parse(text, period);
}

/* The month in which a period begins sorts before all that end in it or later. */
static enum err
arg_from(struct series *s)
{
	char text[PERIOD_TEXT_MAX];
	int year, month, day;
	enum err err = arg_period(s, "from", &s->from);

	if (err != ERR_OK || s->from.code == 0)
		return err;
	day_to_civil(period_first_day(s->from), &year, &month, &day);
	(void)snprintf(text, sizeof(text), "%04d-%02d", year, month);
	return period_parse(span_str(text), &s->from);
}

static enum err
series_open(struct series *s)
{
	const struct catalogue *c = s->a->catalogue;
	struct span map = query_arg(s->q, "map");
	enum err err = query_args_known(s->q, series_args);

	if (err == ERR_OK)
		err = find_definitions(s, query_arg(s->q, "indicator"));
	if (err != ERR_OK)
		return err;
	s->q->field = "unit";
	s->unit = catalogue_unit(c, query_arg(s->q, "unit"));
	if (s->unit == NUMBER_NONE)
		return ERR_UNKNOWN_UNIT;
	s->map = map.len > 0 ? catalogue_map(c, map) : default_map(s);
	s->q->field = "map";
	if (map.len > 0 && s->map == NUMBER_NONE)
		return ERR_UNKNOWN_REFERENCE;
	buf_reset(&s->text);
	unit_display_name(c, s->unit, &s->text);
	if (buf_cstr(&s->text) != NULL)
		(void)snprintf(s->name, sizeof(s->name), "%s",
		               (const char *)s->text.ptr);
	s->to.code = UINT32_MAX;
	err = arg_from(s);
	return err == ERR_OK ? arg_period(s, "to", &s->to) : err;
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
fields_own(struct series *s, const struct series_row *row)
{
	const struct catalogue *c = s->a->catalogue;
	const struct figure *f = &row->own;
	const char status[] = {status_letter((enum obs_status)f->status), 0};
	char text[DAY_TEXT_MAX];

	if ((f->has & FIGURE_PARTS) != 0) {
		wire_answer_int(&s->q->rows, "numerator", f->numerator);
		wire_answer_int(&s->q->rows, "denominator", f->denominator);
	}
	query_text(s->q, "bound", bound_text((enum bound)f->bound));
	query_text(s->q, "status", status);
	query_text(s->q, "source", c->sources[f->source].id);
	query_text(s->q, "state",
	           f->status == STATUS_A ? "released" : "provisional");
	if (f->document != NUMBER_NONE)
		query_text(s->q, "document", c->documents[f->document].id);
	query_text(s->q, "released", day_format(f->released, text));
	if ((f->flags & FIGURE_FLAG_RATIO_MISMATCH) != 0)
		query_text(s->q, "flags", "ratio_mismatch");
	field_time(s, f->commit);
}

static void
fields_values(struct series *s, const struct series_row *row)
{
	const struct cat_definition *d =
	    &s->a->catalogue->definitions[row->definition];
	int64_t own = 0;
	int64_t rolled_up = 0;
	bool has_own = row->has_own && figure_value(d, &row->own, &own);
	bool has_rollup = row->has_rollup &&
	                  rollup_value(d, &row->rollup, &rolled_up) == ERR_OK;

	if (has_own)
		wire_answer_decimal(&s->q->rows, "value", own, d->decimals);
	else if (has_rollup)
		wire_answer_decimal(&s->q->rows, "value", rolled_up,
		                    d->decimals);
	else
		wire_answer_field(&s->q->rows, "value", wire_nil());
	if (has_own)
		wire_answer_decimal(&s->q->rows, "reported", own, d->decimals);
	if (has_rollup)
		wire_answer_decimal(&s->q->rows, "rolled_up", rolled_up,
		                    d->decimals);
}

/* Why a unit's figure, or its absence, gives nothing to those above. */
static const char *
child_why(const struct series *s, const struct figure *f, uint32_t definition)
{
	static const char *const lacks[PLACE_RULES] = {
	    [PLACE_NONE] = ": nothing to add up",
	    [PLACE_SUM] = ": no value",
	    [PLACE_RATIO] = ": no numerator and denominator",
	    [PLACE_WMEAN] = ": no value and weight",
	    [PLACE_SHARE] = ": nothing to add up",
	};

	if (f == NULL)
		return ": no figure";
	if (f->status == STATUS_M)
		return ": known to be missing";
	if (f->status == STATUS_F)
		return ": forecast only";
	return lacks[s->a->catalogue->definitions[definition].place];
}

/* As far as one text goes. */
static enum err
child_says(struct series *s, const struct series_row *row, uint32_t unit,
           bool *reported)
{
	const struct catalogue *c = s->a->catalogue;
	struct figure figure;
	bool found = false;
	enum err err =
	    agg_figure_get(s->state,
	                   (struct agg_at){.definition = row->definition,
	                                   .unit = unit,
	                                   .period = row->period},
	                   &figure, &found);

	s->looks++;
	if (err != ERR_OK)
		return err;
	*reported = *reported || found;
	if (s->text.len > WIRE_TEXT_MAX)
		return ERR_OK;
	if (s->text.len > 0)
		buf_put_str(&s->text, "; ");
	buf_put_str(&s->text, c->units[unit].id);
	buf_put_str(&s->text,
	            child_why(s, found ? &figure : NULL, row->definition));
	return ERR_OK;
}

/* Why nothing could be formed, from the units directly beneath; empty if none of
 * them reported either. */
static enum err
not_formed(struct series *s, const struct series_row *row)
{
	const struct catalogue *c = s->a->catalogue;
	struct children_range range;
	bool reported = false;
	enum err err = ERR_OK;

	buf_reset(&s->text);
	if (s->map == NUMBER_NONE ||
	    c->definitions[row->definition].place == PLACE_NONE)
		return ERR_OK;
	range = children_of(c, s->map, s->unit);
	for (uint32_t i = range.first; i < range.end && err == ERR_OK; i++) {
		const struct cat_member *m = &c->members[c->children[i]];

		if (validity_holds(m->validity, period_last_day(row->period)))
			err = child_says(s, row, m->unit, &reported);
	}
	if (err == ERR_OK && !reported)
		buf_reset(&s->text);
	return err;
}

static enum err
series_row_write(struct series *s, const struct series_row *row)
{
	const struct catalogue *c = s->a->catalogue;
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
	if (row->has_own) {
		fields_own(s, row);
	} else if (row->has_rollup) {
		const char status[] = {
		    status_letter(rollup_status(&row->rollup)), 0};

		struct figure parts = rollup_figure(
		    &c->definitions[row->definition], &row->rollup);

		if ((parts.has & FIGURE_PARTS) != 0) {
			wire_answer_int(w, "numerator", parts.numerator);
			wire_answer_int(w, "denominator", parts.denominator);
		}
		query_text(s->q, "status", status);
		query_text(s->q, "state", "open");
	}
	if (row->has_rollup && row->rollup.n_derived > 0 &&
	    place_parts_only(&s->a->place, s->map, s->unit,
	                     period_last_day(row->period)))
		wire_answer_field(w, "derived", wire_bool(true));
	if (s->text.len > 0)
		query_text(s->q, "not_formed", buf_cstr(&s->text));
	return wire_answer_row_end(w);
}

static enum err
series_at(struct series *s, struct series_row *row)
{
	enum err err =
	    agg_figure_get(s->state,
	                   (struct agg_at){.definition = row->definition,
	                                   .unit = s->unit,
	                                   .period = row->period},
	                   &row->own, &row->has_own);

	s->looks++;
	row->has_rollup = false;
	buf_reset(&s->text);
	if (err == ERR_OK && s->map != NUMBER_NONE)
		err = agg_rollup_get(
		    s->state,
		    (struct agg_at){.map = s->map,
		                    .definition = row->definition,
		                    .unit = s->unit,
		                    .period = row->period},
		    &row->rollup, &row->has_rollup);
	if (err == ERR_OK && !row->has_own && !row->has_rollup) {
		err = not_formed(s, row);
		if (err != ERR_OK || s->text.len == 0)
			return err;
	}
	return err == ERR_OK ? series_row_write(s, row) : err;
}

/* Before a period of which not all definitions may go onto the page. */
static bool
series_page_full(const struct series *s)
{
	uint32_t n = s->q->rows.n_rows;

	return s->looks > SERIES_LOOKS_MAX ||
	       (n > 0 && n + s->n_definitions > s->max_rows);
}

/* All definitions of one period, or none: the token names the period. */
static enum err
series_period(struct series *s, struct period period)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < s->n_definitions && err == ERR_OK; i++) {
		struct series_row row = {.definition = s->definitions[i],
		                         .period = period};

		err = series_at(s, &row);
	}
	return err;
}

static enum err
series_walk(struct series *s)
{
	uint32_t from = s->from.code;
	uint32_t after = 0;

	query_after_get(s->q, &after, 1);
	if (after > from)
		from = after;
	for (;;) {
		struct period period;
		enum err err =
		    agg_period_next(s->state, (struct period){from}, &period);

		if (err != ERR_OK || period.code == 0 ||
		    period.code > s->to.code)
			return err;
		if (series_page_full(s)) {
			query_next_put(s->q, &period.code, 1);
			return buf_err(&s->q->next);
		}
		err = series_period(s, period);
		if (err != ERR_OK)
			return err;
		from = period.code + 1;
	}
}

enum err
series_query(struct aggregate *a, struct kv *state, struct kv *journal,
             struct query *q)
{
	struct series s = {.a = a, .state = state, .journal = journal, .q = q};
	enum err err;

	buf_init(&s.text, (size_t)4 * WIRE_TEXT_MAX);
	err = series_open(&s);
	s.max_rows = q->rows.max_rows;
	q->rows.max_rows = QUERY_ROWS_MAX;
	if (err == ERR_OK)
		err = series_walk(&s);
	buf_fini(&s.text);
	return err;
}
