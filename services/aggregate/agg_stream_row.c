#include "services/aggregate/agg_stream_parts.h"

#include <stdio.h>

#include "common/domain/rollup.h"
#include "services/aggregate/agg_fold.h"
#include "services/aggregate/agg_state.h"

static const char *const kind_names[KINDS] = {"reported", "rolled_up"};

void
stream_topic(char out[static STREAM_TOPIC_MAX], const struct catalogue *c,
             uint32_t map, const char *indicator)
{
	(void)snprintf(out, STREAM_TOPIC_MAX, "agg/%s/%s/",
	               map == NUMBER_NONE ? STREAM_NO_MAP : c->maps[map].id,
	               indicator);
}

bool
stream_holds(const struct place *place, uint32_t map, uint32_t unit)
{
	const struct catalogue *c = place->catalogue;

	if (map != NUMBER_NONE)
		return place_depth(place, map, unit) != PLACE_NOWHERE;
	for (uint32_t i = 0; i < c->n_maps; i++) {
		if (place_depth(place, i, unit) != PLACE_NOWHERE)
			return false;
	}
	return true;
}

/* --- a row ------------------------------------------------------------------------- */

static void
field_status(struct query *q, enum obs_status status)
{
	const char text[] = {status_letter(status), 0};

	query_text(q, "status", text);
}

/* A weighted mean has a weight alone, which stands as its denominator. */
static void
fields_numbers(struct query *q, const struct cat_definition *d,
               const struct figure *f)
{
	int64_t value;

	if (figure_value(d, f, &value))
		wire_answer_decimal(&q->rows, "value", value, d->decimals);
	else
		wire_answer_field(&q->rows, "value", wire_nil());
	if ((f->has & FIGURE_PARTS) == 0)
		return;
	if (d->place != PLACE_WMEAN)
		wire_answer_int(&q->rows, "numerator", f->numerator);
	wire_answer_int(&q->rows, "denominator", f->denominator);
}

static void
fields_reported(struct query *q, const struct catalogue *c,
                const struct figure *f)
{
	char text[DAY_TEXT_MAX];

	fields_numbers(q, &c->definitions[f->definition], f);
	query_text(q, "bound", bound_text((enum bound)f->bound));
	field_status(q, (enum obs_status)f->status);
	query_text(q, "source", c->sources[f->source].id);
	if (f->document != NUMBER_NONE)
		query_text(q, "document", c->documents[f->document].id);
	query_text(q, "released", day_format(f->released, text));
	wire_answer_int(&q->rows, "commit", (int64_t)f->commit);
}

/* Whole ones without decimals. */
static void
field_millionths(struct query *q, const char *name, uint64_t n)
{
	uint8_t places = 6;

	for (; places > 0 && n % 10 == 0; places--)
		n /= 10;
	if (n <= WIRE_UINT_MAX)
		wire_answer_decimal(&q->rows, name, (int64_t)n, places);
}

static void
fields_rolled_up(struct query *q, const struct catalogue *c,
                 const struct rollup *r)
{
	const struct cat_definition *d = &c->definitions[r->definition];
	const struct figure f = rollup_figure(d, r);

	fields_numbers(q, d, &f);
	field_status(q, (enum obs_status)f.status);
	field_millionths(q, "reporting", r->reporting);
	if (r->n_derived > 0)
		wire_answer_int(&q->rows, "n_derived", r->n_derived);
}

enum err
stream_row_write(struct query *q, const struct catalogue *c,
                 const struct stream_row *row)
{
	const struct figure *f = row->figure;
	const struct rollup *r = row->rollup;
	uint32_t definition = f != NULL ? f->definition : r->definition;
	uint32_t unit = f != NULL ? f->unit : r->unit;
	char text[PERIOD_TEXT_MAX];

	wire_answer_row(&q->rows);
	query_text(q, "definition", c->definitions[definition].id);
	query_text(q, "unit", c->units[unit].id);
	query_text(q, "period",
	           period_format(f != NULL ? f->period : r->period, text));
	query_text(q, "kind", kind_names[f != NULL ? REPORTED : ROLLED_UP]);
	if (f != NULL ? !figure_present(f) : rollup_empty(r))
		wire_answer_field(&q->rows, "gone", wire_bool(true));
	else if (f != NULL)
		fields_reported(q, c, f);
	else
		fields_rolled_up(q, c, r);
	return wire_answer_row_end(&q->rows);
}

bool
stream_figure_known(const struct catalogue *c, const struct figure *f)
{
	return f->definition < c->n_definitions && f->unit < c->n_units &&
	       (!figure_present(f) ||
	        (f->source < c->n_sources &&
	         (f->document < c->n_documents || f->document == NUMBER_NONE)));
}

bool
stream_rollup_known(const struct catalogue *c, const struct rollup *r)
{
	return r->definition < c->n_definitions && r->unit < c->n_units &&
	       r->map < c->n_maps;
}
