/*
 * sheet_case - a year of one unit for the tests of sheet.h: what it says itself, what
 * its children add up to, who is expected. Include cmocka.h first.
 */
#ifndef TESTS_LIB_SHEET_CASE_H
#define TESTS_LIB_SHEET_CASE_H

#include <string.h>

#include "common/domain/sheet.h"

enum { UNIT = EXPECT_ONE };

#define M ((i128)WEIGHT_ONE)

/* A year of one unit, as the caller of sheet.h has it. */
struct year {
	struct cat_definition d;
	struct sheet sheet;
	struct figure own[SHEET_SLOTS];
	struct rollup place[SHEET_SLOTS];
	struct sheet_result out[SHEET_SLOTS];
};

static inline struct period
p(const char *text)
{
	struct period period = {0};

	assert_int_equal(period_parse(span_str(text), &period), ERR_OK);
	return period;
}

static inline int
slot(struct year *y, const char *period)
{
	int i = sheet_slot(&y->sheet, p(period));

	assert_true(i >= 0);
	return i;
}

static inline void
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

static inline struct figure *
says(struct year *y, const char *period, int64_t value)
{
	struct figure *f = &y->own[slot(y, period)];

	f->has = FIGURE_VALUE;
	f->value = value;
	return f;
}

static inline struct figure *
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
static inline struct rollup *
add_up(struct year *y, const char *period, i128 sum, uint64_t reporting)
{
	struct rollup *r = &y->place[slot(y, period)];

	r->sum = sum * M;
	r->n_by_status[STATUS_A] = 1;
	r->reporting = reporting;
	return r;
}

static inline struct expectation *
expects(struct year *y, const char *period, uint64_t beneath, uint64_t within)
{
	struct expectation *e = &y->sheet.slots[slot(y, period)].expected;

	*e = (struct expectation){
	    .beneath = beneath, .within = within, .floor_millionths = 500000};
	return e;
}

/* In every period so many for each of its base periods (the shortest given). */
static inline void
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

static inline const struct sheet_result *
result(struct year *y, const char *period)
{
	sheet_fold(&y->sheet, y->out);
	return &y->out[slot(y, period)];
}

#endif
