#include "tests/oracle/oracle.h"

#include <string.h>

#include "tests/lib/random.h"

#define YEAR_FIRST 2016
#define TRIES      400
#define PERCENT    100
#define PARTS_MAX  200
#define HUGE_MAX   INT64_C(900000000000) /* below 10^12 (A1) */

/* What a batch is made of, or a row of it. */
enum batch_kind { BATCH_MIXED, BATCH_CAMPAIGN };

static bool
chance(struct rows *r, uint32_t percent)
{
	return below(&r->random, PERCENT) < percent;
}

static uint64_t
below_of(struct rows *r, uint64_t n)
{
	return below(&r->random, n);
}

/* --- periods ------------------------------------------------------------------ */

static struct period
period_in(int year, enum frequency f, uint32_t at)
{
	char text[PERIOD_TEXT_MAX];
	struct period p = {0};

	switch (f) {
	case FREQ_HALF:
		(void)snprintf(text, sizeof(text), "%d-S%u", year, 1 + at % 2);
		break;
	case FREQ_QUARTER:
		(void)snprintf(text, sizeof(text), "%d-Q%u", year, 1 + at % 4);
		break;
	case FREQ_MONTH:
		(void)snprintf(text, sizeof(text), "%d-%02u", year,
		               1 + at % 12);
		break;
	case FREQ_SPAN:
		(void)snprintf(text, sizeof(text), "%d/%d", year,
		               year + 1 + (int)at % 3);
		break;
	case FREQ_ANNUAL:
	case FREQ_COUNT:
	default: (void)snprintf(text, sizeof(text), "%d", year); break;
	}
	if (period_parse(span_str(text), &p) != ERR_OK)
		oracle_fail("no period: %s", text);
	return p;
}

/* The definition's frequency, or now and then a longer one that its time rule
 * adds up to. */
static enum frequency
frequency_any(struct rows *r, const struct cat_definition *d)
{
	enum frequency f = d->frequency;

	if (d->time == TIME_NONE || chance(r, 80))
		return f;
	if (f == FREQ_HALF)
		return FREQ_ANNUAL;
	return (enum frequency)below_of(r, f);
}

/* Mostly of the last two years; ended, or to come for a forecast. */
static struct period
period_any(struct rows *r, const struct cat_definition *d, struct day today,
           bool forecast)
{
	enum frequency f = frequency_any(r, d);
	struct period p = {0};
	int year, month, day;

	day_to_civil(today, &year, &month, &day);
	for (int i = 0; i < TRIES; i++) {
		int of = year + 1 - (int)below_of(r, 3);

		if (chance(r, 30))
			of =
			    YEAR_FIRST +
			    (int)below_of(r, (uint64_t)(year + 1) - YEAR_FIRST);
		p = period_in(of, f, (uint32_t)below_of(r, 12));
		if (forecast || period_last_day(p).n <= today.n)
			break;
	}
	return p;
}

/* --- numbers -------------------------------------------------------------------- */

static void
numbers_of_parts(struct rows *r, const struct measure *m, struct said *row)
{
	row->has_parts = true;
	row->numerator = row->denominator = 0;
	if (chance(r, 4)) /* 0/0 */
		return;
	row->denominator = 1 + (int64_t)below_of(r, PARTS_MAX);
	row->numerator = (int64_t)below_of(r, (uint64_t)row->denominator + 1);
	if (chance(r, 90))
		return;
	row->has_value = true; /* mostly a wrong quotient: kept, and flagged */
	row->value = (int64_t)below_of(r, m->highest);
	if (chance(r, 70)) {
		row->has_parts = false;
		row->numerator = row->denominator = 0;
	}
}

static void
numbers_any(struct rows *r, const struct cat_definition *d, struct said *row)
{
	const struct measure *m = measure_of(d);

	row->has_value = row->has_parts = false;
	row->value = row->numerator = row->denominator = 0;
	if (d->place == PLACE_RATIO ||
	    (d->place == PLACE_SHARE && chance(r, 40))) {
		numbers_of_parts(r, m, row);
		return;
	}
	row->has_value = true;
	row->value = (int64_t)below_of(r, m->highest) -
	             (chance(r, 10) ? (int64_t)m->highest / 2 : 0);
	if (d->place != PLACE_WMEAN)
		return;
	if (chance(r, 3))
		row->value = HUGE_MAX - row->value;
	row->has_parts = !chance(r, 5);
	if (row->has_parts)
		row->denominator = (int64_t)below_of(r, PARTS_MAX);
	if (row->has_parts && chance(r, 3))
		row->denominator = HUGE_MAX - row->denominator;
}

/* --- rows --------------------------------------------------------------------------- */

static void
status_any(struct rows *r, struct said *row)
{
	static const int32_t first = 17532; /* 2018-01-01 */
	uint8_t best;

	row->source = (uint8_t)below_of(r, ORACLE_SOURCES);
	best = oracle_best[row->source];
	row->status = WIRE_UNSET;
	if (chance(r, 70))
		row->status =
		    (uint8_t)(best + below_of(r, (uint64_t)STATUS_F - best));
	if (chance(r, 1))
		row->status = STATUS_A; /* too high for one of them */
	row->document = ORACLE_DOCUMENTS;
	if (chance(r, 40))
		row->document = (uint8_t)below_of(r, ORACLE_DOCUMENTS);
	row->released.n = DAY_NONE;
	if (chance(r, 30))
		row->released.n = first + (int32_t)below_of(r, ORACLE_DAYS);
	row->bound = BOUND_EQ;
	if (chance(r, 5))
		row->bound = (uint8_t)below_of(r, BOUND_COUNT);
}

static bool
unit_fits(const struct catalogue *c, uint32_t unit, struct period p)
{
	return c->units[unit].declared &&
	       validity_holds(c->units[unit].validity, period_last_day(p));
}

static uint32_t
unit_any(struct rows *r, const struct catalogue *c, struct period p)
{
	uint32_t unit = 0;

	for (int i = 0; i < TRIES; i++) {
		unit = (uint32_t)below_of(r, c->n_units);
		if (unit_fits(c, unit, p) || chance(r, 1))
			return unit;
	}
	return unit;
}

static uint32_t
definition_any(struct rows *r, const struct catalogue *c)
{
	return (uint32_t)below_of(r, c->n_definitions);
}

static void
row_new(struct rows *r, const struct catalogue *c, struct day today,
        struct said *row)
{
	bool forecast = chance(r, 8);
	const struct cat_definition *d;

	*row = (struct said){.definition = definition_any(r, c)};
	d = &c->definitions[row->definition];
	row->period = period_any(r, d, today, forecast);
	row->unit = unit_any(r, c, row->period);
	status_any(r, row);
	numbers_any(r, d, row);
	if (forecast)
		row->status = STATUS_F;
	if (!forecast && chance(r, 3)) {
		row->status = STATUS_M;
		row->has_value = row->has_parts = false;
		row->value = row->numerator = row->denominator = 0;
		row->bound = BOUND_EQ;
	}
}

static void
row_delete(struct rows *r, struct said *row)
{
	row->action = ACTION_DELETE;
	row->has_value = row->has_parts = false;
	row->value = row->numerator = row->denominator = 0;
	row->bound = BOUND_EQ;
	if (chance(r, 50))
		row->status = WIRE_UNSET;
	if (chance(r, 20))
		row->source = (uint8_t)below_of(r, ORACLE_SOURCES);
}

static void
row_any(struct rows *r, const struct catalogue *c, struct day today,
        struct said *row)
{
	uint64_t kept =
	    r->n_history < ORACLE_HISTORY ? r->n_history : ORACLE_HISTORY;
	uint64_t what = below_of(r, PERCENT);

	if (kept == 0 || what < 45) {
		row_new(r, c, today, row);
		return;
	}
	*row = r->history[below_of(r, kept)];
	if (what < 65)
		return;
	if (what < 75) {
		row_delete(r, row);
		return;
	}
	if (row->action == ACTION_DELETE || row->status == STATUS_M)
		return;
	if (row->status != STATUS_F)
		status_any(r, row);
	numbers_any(r, &c->definitions[row->definition], row);
}

static bool
row_taken(const struct rows *r, const struct said *row)
{
	for (uint32_t i = 0; i < r->n; i++) {
		const struct said *other = &r->list[i];

		if (other->definition == row->definition &&
		    other->unit == row->unit &&
		    other->period.code == row->period.code)
			return true;
	}
	return false;
}

static void
row_keep(struct rows *r, const struct said *row)
{
	r->history[r->n_history++ % ORACLE_HISTORY] = *row;
	r->list[r->n++] = *row;
}

/* Several rows of one key come rarely: then some of them contradict. */
static void
mixed_batch(struct rows *r, const struct catalogue *c, struct day today,
            uint32_t max)
{
	for (int i = 0; r->n < max && i < TRIES; i++) {
		struct said row;

		row_any(r, c, today, &row);
		if (!row_taken(r, &row) || chance(r, 20))
			row_keep(r, &row);
	}
}

static const char *
level_on(const struct catalogue *c, uint32_t unit, struct day day)
{
	return unit_name_on(&c->units[unit], day)->level;
}

/* Nearly all units of a level report one period, with one status. */
static void
campaign_batch(struct rows *r, const struct catalogue *c, struct day today,
               uint32_t max)
{
	static const char *const levels[] = {"commune", "commune", "commune",
	                                     "district", "province"};
	const char *level = levels[below_of(r, 5)];
	uint32_t at = definition_any(r, c);
	const struct cat_definition *d = &c->definitions[at];
	struct period p = period_any(r, d, today, false);
	uint8_t status = chance(r, 60) ? STATUS_A : STATUS_P;
	uint32_t percent = chance(r, 70) ? PERCENT : 85;

	for (uint32_t unit = 0; unit < c->n_units && r->n < max; unit++) {
		struct said row = {.definition = at,
		                   .unit = unit,
		                   .period = p,
		                   .document = ORACLE_DOCUMENTS,
		                   .status = status,
		                   .released = {DAY_NONE}};

		if (!unit_fits(c, unit, p) || !chance(r, percent) ||
		    strcmp(level_on(c, unit, period_last_day(p)), level) != 0)
			continue;
		numbers_any(r, d, &row);
		row_keep(r, &row);
	}
}

void
rows_make(struct rows *r, const struct catalogue *c, struct day today,
          uint32_t max)
{
	uint32_t wanted = 1 + (uint32_t)below_of(r, 80);

	r->n = 0;
	r->again = chance(r, 10);
	if (chance(r, 60))
		campaign_batch(r, c, today, max);
	else
		mixed_batch(r, c, today, wanted < max ? wanted : max);
}
