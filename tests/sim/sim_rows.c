/*
 * What clients say: figures, revisions, repetitions, deletes, and rows that must
 * be refused.
 */
#include "tests/sim/sim.h"

#include <string.h>

#include "tests/lib/random.h"

#define YEAR_FIRST   2013
#define DAY_MS       INT64_C(86400000)
#define TRIES        40
#define SETTLED_DAYS 60 /* a period that ended longer ago has ended for all */

const struct sim_indicator sim_indicators[SIM_INDICATORS] = {
    {"rate@a", PLACE_RATIO, 2, false, 12, true},
    {"cnt@a", PLACE_SUM, 0, false, 12, true},
    {"inc@a", PLACE_WMEAN, 1, true, 12, true},
    {"done@a", PLACE_RATIO, 1, false, 12, true},
    {"q@a", PLACE_SUM, 1, true, 3, true},
    {"avg@a", PLACE_RATIO, 2, false, 3, true},
    {"rate@b", PLACE_RATIO, 2, false, 12, true},
    {"cap@a", PLACE_SUM, 1, true, 12, false},
    {"mon@a", PLACE_SUM, 0, false, 1, true},
    {"std@a", PLACE_SHARE, 1, false, 12, true},
    {"rate-em@a", PLACE_RATIO, 2, false, 12, true},
    {"fall@a", PLACE_NONE, 2, true, 12, false},
    {"wav@a", PLACE_WMEAN, 1, true, 6, true},
    {"mm@a", PLACE_SUM, 2, true, 1, true},
};

const struct sim_unit sim_units[SIM_UNITS] = {
    {"c1", 0, 999912},      {"c2", 0, 999912}, {"p3", 0, 999912},
    {"c3", 0, 999912},      {"c4", 0, 999912}, {"p1", 0, 201712},
    {"n", 0, 999912},       {"c6", 0, 999912}, {"c5", 0, 201712},
    {"p9", 201801, 999912}, {"p2", 0, 201712}, {"r1", 0, 999912},
    {"r2", 0, 999912},      {"gg", 0, 999912}, {"c8", 0, 201806},
};

const char *const sim_sources[SIM_SOURCES] = {"s1", "s2", "s3"};
static const uint8_t best_status[SIM_SOURCES] = {STATUS_A, STATUS_P, STATUS_A};
static const uint8_t default_status[SIM_SOURCES] = {STATUS_P, STATUS_E,
                                                    STATUS_E};
const char *const sim_documents[SIM_DOCUMENTS] = {"d1", "d2", "d3"};
static const char *const dates[] = {"2016-03-01", "2017-03-01", "2018-12-31"};
static const char *const spoils[] = {"unit",    "indicator", "period",
                                     "precise", "half",      "zero",
                                     "status",  "source",    "none"};

static bool
same_key(const struct said *a, const struct said *b)
{
	return a->indicator == b->indicator && a->unit == b->unit &&
	       a->period == b->period;
}

/* Rows before row n of b, and those of its strict submission. */
static bool
key_taken(const struct client *c, const struct batch *b, const struct said *row)
{
	for (uint32_t i = 0; i < c->n_batches; i++) {
		const struct batch *other = &c->batches[i];

		if (other != b && (b->group == 0 || other->group != b->group))
			continue;
		for (uint32_t j = 0; j < other->n_rows; j++) {
			if (same_key(&other->rows[j], row))
				return true;
		}
	}
	return false;
}

/* The last year that has ended for whoever may read the row. */
static int
year_last(const struct sim *s, bool forecast)
{
	struct day day = day_of_ms(s->now_ms - SETTLED_DAYS * DAY_MS);
	int year, month, dom;

	day_to_civil(day, &year, &month, &dom);
	return forecast ? year + 2 : year - 1;
}

/* Of the indicator's frequency; with a time rule sometimes longer (F1a). */
static struct period
period_any(struct sim *s, uint8_t indicator, int year)
{
	static const int lengths[] = {1, 3, 6, 12};
	const struct sim_indicator *i = &sim_indicators[indicator];
	int months = i->months;
	uint32_t last;

	if (i->longer && months < 12 && fault(s, FAULT_LONGER)) {
		int wanted = lengths[1 + below(&s->random, 3)];

		months = wanted > months ? wanted : months;
	}
	/* few of a year, so that they meet */
	last = (uint32_t)months *
	       (1 + (uint32_t)below(&s->random, 12 / (uint64_t)months));
	if (months == 1 && below(&s->random, 2) == 0)
		last = 10 + last % 3;
	return (struct period){((uint32_t)year * 12 + last - 1) << 11 |
	                       (uint32_t)(months - 1)};
}

static void
row_place(struct sim *s, struct said *row, bool forecast)
{
	uint32_t years = s->pool[2];
	int last = year_last(s, forecast);
	int year = last - (int)below(&s->random, years);
	uint64_t span = (uint64_t)last - YEAR_FIRST + 1;

	row->indicator = (uint8_t)below(&s->random, s->pool[0]);
	row->unit = (uint8_t)below(&s->random, s->pool[1]);
	if (below(&s->random, 4) == 0)
		row->unit = (uint8_t)below(&s->random, SIM_UNITS);
	if (below(&s->random, 3) == 0)
		year = YEAR_FIRST + (int)below(&s->random, span);
	row->period = period_any(s, row->indicator, year).code;
}

static bool
unit_holds(const struct said *row)
{
	const struct sim_unit *u = &sim_units[row->unit];
	struct period p = {row->period};
	int year, month, dom;

	day_to_civil(period_last_day(p), &year, &month, &dom);
	return u->from <= year * 100 + month && year * 100 + month <= u->to;
}

static void
numbers_of_ratio(struct sim *s, struct said *row)
{
	uint64_t scale = row->indicator == 3 ? 4 : 200;

	row->has = FIGURE_PARTS;
	if (fault(s, FAULT_EMPTY_RATIO))
		return;
	row->denominator = 1 + (int64_t)below(&s->random, scale);
	row->numerator =
	    below(&s->random, 5) == 0
	        ? row->denominator
	        : (int64_t)below(&s->random, (uint64_t)row->denominator + 1);
	if (below(&s->random, 3) == 0 && row->indicator != 3)
		row->numerator /= 5;
	if (below(&s->random, 4) > 0)
		return;
	row->has = FIGURE_VALUE;
	row->value = (int64_t)below(&s->random, 3500);
	if (row->indicator == 3)
		row->value = (int64_t)below(&s->random, 3) * 500;
	row->numerator = 0;
	row->denominator = 0;
}

/* Communes say how many criteria they meet, others how many communes do. */
static void
numbers_of_share(struct sim *s, struct said *row)
{
	if (sim_units[row->unit].id[0] == 'c' && below(&s->random, 8) > 0) {
		row->has = FIGURE_VALUE;
		row->value = (int64_t)below(&s->random, 21) * 10;
		return;
	}
	row->has = FIGURE_PARTS;
	row->denominator = 1 + (int64_t)below(&s->random, 9);
	row->numerator =
	    (int64_t)below(&s->random, (uint64_t)row->denominator + 1);
}

static void
row_numbers(struct sim *s, struct said *row)
{
	switch ((int)sim_indicators[row->indicator].place) {
	case PLACE_RATIO: numbers_of_ratio(s, row); return;
	case PLACE_SHARE: numbers_of_share(s, row); return;
	case PLACE_WMEAN:
		row->has = FIGURE_VALUE;
		row->value = (int64_t)below(&s->random, 5000);
		if (below(&s->random, 5) == 0)
			return;
		row->has |= FIGURE_PARTS;
		row->denominator = (int64_t)below(&s->random, 300);
		return;
	case PLACE_SUM:
		row->has = FIGURE_VALUE;
		row->value = (int64_t)below(&s->random, 200);
		return;
	default:
		row->has = FIGURE_VALUE;
		row->value = (int64_t)below(&s->random, 400) - 100;
	}
}

static void
row_status(struct sim *s, struct said *row)
{
	row->source = (uint8_t)below(&s->random, SIM_SOURCES);
	row->status_given = below(&s->random, 4) > 0;
	row->status = default_status[row->source];
	if (row->status_given)
		row->status =
		    (uint8_t)(best_status[row->source] +
		              below(&s->random, (uint64_t)STATUS_F -
		                                    best_status[row->source]));
	row->document = SIM_NO_DOCUMENT;
	if (below(&s->random, 2) == 0)
		row->document = (uint8_t)below(&s->random, SIM_DOCUMENTS);
	if (below(&s->random, 4) == 0)
		row->released = dates[below(&s->random, 3)];
	if (fault(s, FAULT_INEXACT))
		row->bound = (uint8_t)below(&s->random, BOUND_COUNT);
}

static void
row_new(struct sim *s, struct said *row)
{
	bool forecast = fault(s, FAULT_FORECAST);

	*row = (struct said){.document = SIM_NO_DOCUMENT};
	row_place(s, row, forecast);
	row_status(s, row);
	if (forecast) {
		row->status_given = true;
		row->status = STATUS_F;
	}
	row_numbers(s, row);
	if (!forecast && fault(s, FAULT_MISSING)) {
		row->status_given = true;
		row->status = STATUS_M;
		row->has = 0;
		row->bound = BOUND_EQ;
		row->value = row->numerator = row->denominator = 0;
	}
}

/* Some row that some client has made; NULL: there is none. */
static const struct said *
row_before(struct sim *s)
{
	for (int i = 0; i < TRIES; i++) {
		const struct client *c =
		    &s->clients[below(&s->random, s->n_clients)];
		const struct batch *b;

		if (c->n_batches == 0)
			continue;
		b = &c->batches[below(&s->random, c->n_batches)];
		if (b->n_rows > 0) {
			const struct said *row =
			    &b->rows[below(&s->random, b->n_rows)];

			if (!row->refused)
				return row;
		}
	}
	return NULL;
}

struct said
row_like(struct sim *s)
{
	const struct said *before = row_before(s);
	struct said row;

	if (before != NULL)
		return *before;
	row_new(s, &row);
	return row;
}

static void
row_delete(struct sim *s, struct said *row)
{
	row->action = ACTION_DELETE;
	row->has = 0;
	row->bound = BOUND_EQ;
	row->value = row->numerator = row->denominator = 0;
	row->status_given = below(&s->random, 2) == 0;
	if (!row->status_given)
		row->status = default_status[row->source];
}

static void
row_any(struct sim *s, struct said *row)
{
	const struct said *before = row_before(s);

	if (before != NULL && fault(s, FAULT_REPEAT)) {
		*row = *before;
	} else if (before != NULL && fault(s, FAULT_DELETE)) {
		*row = *before;
		row_delete(s, row);
	} else if (before != NULL && before->action == ACTION_MERGE &&
	           before->has != 0 && before->status != STATUS_F &&
	           fault(s, FAULT_REVISION)) {
		*row = *before;
		row_status(s, row);
		row->value = row->numerator = row->denominator = 0;
		row_numbers(s, row);
	} else {
		row_new(s, row);
	}
}

/* A second row for the key of the last one: both go. */
static void
row_contradict(struct batch *b)
{
	struct said *first = &b->rows[b->n_rows - 1];
	struct said *second = &b->rows[b->n_rows++];

	*second = *first;
	second->value += second->value >= 1000 ? -1 : 1;
	if (second->has & FIGURE_PARTS && second->denominator > 0 &&
	    !(second->has & FIGURE_VALUE))
		second->numerator = second->numerator == 0 ? 1 : 0;
	first->refused = true;
	second->refused = true;
}

static bool
can_contradict(const struct batch *b, const struct said *row)
{
	return b->n_rows < SIM_ROWS && row->action == ACTION_MERGE &&
	       (row->has == FIGURE_VALUE ||
	        (row->has == FIGURE_PARTS && row->denominator > 0));
}

void
batch_make(struct sim *s, struct client *c, struct batch *b)
{
	uint32_t wanted = 1 + (uint32_t)below(&s->random, SIM_ROWS);

	for (int tries = 0; b->n_rows < wanted && tries < TRIES; tries++) {
		struct said *row = &b->rows[b->n_rows];

		row_any(s, row);
		if (!unit_holds(row) || key_taken(c, b, row))
			continue;
		b->n_rows++;
		if (row->action == ACTION_MERGE && fault(s, FAULT_BAD_ROW)) {
			row->bad = spoils[below(&s->random, 9)];
			row->refused = true;
		} else if (can_contradict(b, row) && fault(s, FAULT_CONFLICT)) {
			row_contradict(b);
		}
	}
	for (uint32_t i = 0; i < b->n_rows; i++)
		b->n_refused += b->rows[i].refused;
	if (fault(s, FAULT_AGAIN))
		b->flags |= WIRE_FLAG_AGAIN;
	if (fault(s, FAULT_BACKFILL))
		b->flags |= WIRE_FLAG_BACKFILL;
	if ((b->flags & WIRE_FLAG_BACKFILL) && below(&s->random, 3) == 0)
		b->flags |= WIRE_FLAG_LAST;
}

static bool
spoilt(const struct said *row, const char *what)
{
	return row->bad != NULL && strcmp(row->bad, what) == 0;
}

static struct wire_decimal
number(int64_t mantissa, uint8_t places, bool given)
{
	return (struct wire_decimal){mantissa, places, given};
}

static void
texts_of(const struct said *row, const char *period, struct wire_row_text *out)
{
	out->indicator = span_str(spoilt(row, "indicator")
	                              ? "nothing@a"
	                              : sim_indicators[row->indicator].id);
	out->unit =
	    span_str(spoilt(row, "unit") ? "zz" : sim_units[row->unit].id);
	out->period = span_str(spoilt(row, "period") ? "2016-13" : period);
	out->source = span_str(
	    spoilt(row, "source") ? "nobody" : sim_sources[row->source]);
	if (row->document != SIM_NO_DOCUMENT)
		out->document = span_str(sim_documents[row->document]);
	if (row->released != NULL)
		out->released = span_str(row->released);
}

static void
numbers_of(const struct said *row, struct wire_row_text *out)
{
	bool parts = (row->has & FIGURE_PARTS) != 0;
	const struct sim_indicator *i = &sim_indicators[row->indicator];

	out->value =
	    number(row->value, i->decimals, (row->has & FIGURE_VALUE) != 0);
	out->denominator = number(row->denominator, 0, parts);
	out->numerator =
	    number(row->numerator, 0, parts && i->place != PLACE_WMEAN);
	if (spoilt(row, "precise"))
		out->value = number(12345, (uint8_t)(i->decimals + 3), true);
	if (spoilt(row, "half"))
		out->numerator.given = !out->numerator.given;
	if (spoilt(row, "half") && i->place == PLACE_WMEAN)
		out->numerator.given = true;
	if (spoilt(row, "zero") &&
	    (i->place == PLACE_RATIO || i->place == PLACE_SHARE)) {
		out->numerator = number(1, 0, true);
		out->denominator = number(0, 0, true);
	} else if (spoilt(row, "zero")) {
		out->value = number(-1, 0, true);
	}
	if (spoilt(row, "none"))
		out->value.given = out->numerator.given =
		    out->denominator.given = false;
}

/* Each of these is refused, whatever the row says otherwise. */
static void
spoil_more(const struct said *row, struct wire_row_text *out)
{
	const struct sim_indicator *i = &sim_indicators[row->indicator];
	bool numbers = spoilt(row, "zero") || spoilt(row, "none") ||
	               spoilt(row, "half") || spoilt(row, "precise");

	if (numbers)
		out->status = STATUS_E;
	if (numbers && (i->unbounded || i->place == PLACE_NONE))
		out->unit = span_str("zz");
	if (spoilt(row, "status")) {
		out->source = span_str("s2");
		out->status = STATUS_A;
	}
}

static void
row_text(const struct said *row, struct wire_row_text *out, char *period)
{
	*out = (struct wire_row_text){
	    .status = WIRE_UNSET, .bound = row->bound, .action = row->action};
	(void)period_format((struct period){row->period}, period);
	texts_of(row, period, out);
	numbers_of(row, out);
	if (row->status_given)
		out->status = row->status;
	if (row->bad != NULL)
		spoil_more(row, out);
}

void
batch_encode(const struct client *c, const struct batch *b, uint64_t id,
             bool forged, struct buf *out)
{
	struct wire_batch head = {.producer = span_str(c->name),
	                          .epoch = b->epoch,
	                          .sequence = b->sequence,
	                          .flags = b->flags};
	struct wire_batch_writer w;
	enum err err = ERR_OK;

	wire_batch_init(&w, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	for (uint32_t i = 0; i < b->n_rows && err == ERR_OK; i++) {
		char period[PERIOD_TEXT_MAX];
		struct wire_row_text text;

		row_text(&b->rows[i], &text, period);
		if (forged && i == 0)
			text.note = span_str("something else");
		err = wire_batch_row(&w, &text);
	}
	if (err == ERR_OK)
		err = wire_batch_finish(&w, id, &head, out);
	wire_batch_fini(&w);
	if (err != ERR_OK)
		buf_reset(out);
}

static bool
numbers_are(const struct said *row, const struct figure *f)
{
	const struct sim_indicator *i = &sim_indicators[row->indicator];
	bool ratio = i->place == PLACE_RATIO || i->place == PLACE_SHARE;
	bool parts = (row->has & FIGURE_PARTS) != 0;

	if (f->has != row->has)
		return false;
	/* as journaled: at the decimals of then (A3) */
	if ((row->has & FIGURE_VALUE) && f->value != row->value &&
	    (strcmp(i->id, "cap@a") != 0 || f->value != row->value * 100))
		return false;
	return !parts || (f->denominator == row->denominator &&
	                  (!ratio || f->numerator == row->numerator));
}

bool
row_is(const struct catalogue *c, const struct said *row,
       const struct figure *f)
{
	uint32_t document =
	    row->document == SIM_NO_DOCUMENT
	        ? NUMBER_NONE
	        : catalogue_document(c, span_str(sim_documents[row->document]));

	if (f->definition !=
	        catalogue_definition(
	            c, span_str(sim_indicators[row->indicator].id)) ||
	    f->unit != catalogue_unit(c, span_str(sim_units[row->unit].id)) ||
	    f->source !=
	        catalogue_source(c, span_str(sim_sources[row->source])))
		return false;
	if (f->period.code != row->period || f->document != document ||
	    f->action != row->action || f->bound != row->bound)
		return false;
	return (row->action == ACTION_DELETE && !row->status_given) ||
	               f->status == row->status
	           ? numbers_are(row, f)
	           : false;
}
