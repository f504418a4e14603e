#include "tests/lib/sheet_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct period
p(const char *text)
{
	struct period period = {0};

	assert_int_equal(period_parse(span_str(text), &period), ERR_OK);
	return period;
}

int
slot(struct year *y, const char *period)
{
	int i = sheet_slot(&y->sheet, p(period));

	assert_true(i >= 0);
	return i;
}

void
begin(struct year *y, enum place_rule place, enum time_rule time,
      enum frequency frequency)
{
	memset(y, 0, sizeof(*y));
	y->d.place = place;
	y->d.time = time;
	y->d.frequency = frequency;
	y->d.factor = 1;
	sheet_begin(&y->sheet, &y->d, p("2024"));
	for (int i = 0; i < SHEET_SLOTS; i++) {
		y->sheet.slots[i].own = &y->own[i];
		y->sheet.slots[i].place = &y->place[i];
	}
}

struct figure *
says(struct year *y, const char *period, int64_t value)
{
	struct figure *f = &y->own[slot(y, period)];

	f->has = FIGURE_VALUE;
	f->value = value;
	return f;
}

struct figure *
says_parts(struct year *y, const char *period, int64_t numerator,
           int64_t denominator)
{
	struct figure *f = &y->own[slot(y, period)];

	f->has |= FIGURE_PARTS;
	f->numerator = numerator;
	f->denominator = denominator;
	return f;
}

/* The children's sum, of status A. */
struct rollup *
add_up(struct year *y, const char *period, i128 sum, uint64_t reporting)
{
	struct rollup *r = &y->place[slot(y, period)];

	r->sum = sum * M;
	r->n_by_status[STATUS_A] = 1;
	r->reporting = reporting;
	return r;
}

struct expectation *
expects(struct year *y, const char *period, uint64_t beneath, uint64_t within)
{
	struct expectation *e = &y->sheet.slots[slot(y, period)].expected;

	*e = (struct expectation){
	    .beneath = beneath, .within = within, .floor_millionths = 500000};
	return e;
}

/* In every period so many for each of its base periods (the shortest given). */
void
expects_all(struct year *y, uint64_t beneath, uint64_t within)
{
	int months = 0;

	for (int i = 0; i < SHEET_SLOTS; i++) {
		struct sheet_slot *s = &y->sheet.slots[i];
		uint64_t n;

		if (s->period.code == 0)
			continue;
		if (months == 0)
			months = period_months(s->period);
		n = y->d.time == TIME_LAST
		        ? 1
		        : (uint64_t)(period_months(s->period) / months);
		s->expected = (struct expectation){.beneath = n * beneath,
		                                   .within = n * within,
		                                   .floor_millionths = 500000};
	}
}

const struct sheet_result *
result(struct year *y, const char *period)
{
	sheet_fold(&y->sheet, y->out);
	return &y->out[slot(y, period)];
}
