/* links: tests/lib/sheet_case.c common/domain/sheet.c common/domain/rollup.c common/domain/figure.c */
/* links: common/domain/catalogue_lookup.c common/domain/decimal.c common/domain/period.c */
/* links: common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/random.h"
#include "tests/lib/sheet_case.h"

enum { ROUNDS = 20000 };

/* --- the periods --- */

static void
a_year_has_the_periods_from_the_definition_s_own_up(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_MONTH);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-01")), 0);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-12")), 11);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-Q1")), 12);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-S2")), 17);
	assert_int_equal(sheet_slot(&y.sheet, p("2024")), 18);
	assert_int_equal(sheet_slot(&y.sheet, p("2023")), -1);
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-01")), -1);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-Q4")), 15);
	begin(&y, PLACE_SUM, TIME_LAST, FREQ_ANNUAL);
	assert_int_equal(sheet_slot(&y.sheet, p("2024-S1")), -1);
	assert_int_equal(sheet_slot(&y.sheet, p("2024")), 18);
}

static void
without_a_time_rule_a_period_stands_alone(void **state)
{
	struct cat_definition d = {.frequency = FREQ_QUARTER, .factor = 1};
	struct sheet sheet;

	(void)state;
	sheet_begin(&sheet, &d, p("2024-Q2"));
	assert_int_equal(sheet_slot(&sheet, p("2024-Q2")), 0);
	assert_int_equal(sheet_slot(&sheet, p("2024")), -1);
	d.frequency = FREQ_SPAN;
	sheet_begin(&sheet, &d, p("2016/2020"));
	assert_int_equal(sheet_slot(&sheet, p("2016/2020")), 0);
}

/* --- contributions --- */

/* 1 + 2 + 3 + 4 by the quarters; the half as sum of two. */
static void
a_sum_over_time_adds_the_periods_that_are_there(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	says(&y, "2024-Q1", 1);
	says(&y, "2024-Q2", 2)->status = STATUS_P;
	says(&y, "2024-Q4", 4);
	assert_true(result(&y, "2024")->contribution.sum == 7 * M);
	assert_int_equal(result(&y, "2024")->contribution.status, STATUS_P);
	assert_true(result(&y, "2024")->rolled.over_time);
	assert_false(result(&y, "2024")->contribution.from_own);
	assert_true(result(&y, "2024-S1")->contribution.sum == 3 * M);
	assert_int_equal(result(&y, "2024-S2")->contribution.status, STATUS_A);
}

/* The unit said Q1, its children say Q1 to Q4 and, through their own time rule, S2
 * and the year: 10 + 2 (children's Q2) + 7 (children's S2). */
static void
a_unit_that_said_q1_takes_the_rest_from_its_children(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	says(&y, "2024-Q1", 10);
	add_up(&y, "2024-Q1", 1, 0);
	add_up(&y, "2024-Q2", 2, 0)->n_derived = 1;
	add_up(&y, "2024-Q3", 3, 0);
	add_up(&y, "2024-Q4", 4, 0);
	add_up(&y, "2024-S1", 3, 0);
	add_up(&y, "2024-S2", 7, 0);
	add_up(&y, "2024", 10, 0);
	assert_true(result(&y, "2024")->contribution.sum == 19 * M);
	assert_true(result(&y, "2024")->contribution.derived);
	assert_false(result(&y, "2024-S2")->rolled.over_time);
	assert_true(result(&y, "2024-S2")->contribution.sum == 7 * M);
	assert_false(result(&y, "2024-S2")->contribution.derived);
	/* without any word of its own it is what the children say of a year */
	y.own[slot(&y, "2024-Q1")].has = 0;
	assert_true(result(&y, "2024")->contribution.sum == 10 * M);
	assert_false(result(&y, "2024")->rolled.over_time);
}

/* The year as reported goes up; what is rolled up beside it is kept. */
static void
a_longer_figure_of_its_own_comes_before_its_quarters(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	says(&y, "2024-Q1", 1);
	says(&y, "2024-Q2", 2);
	says(&y, "2024-S2", 30);
	says(&y, "2024", 50);
	assert_true(result(&y, "2024")->contribution.sum == 50 * M);
	assert_true(result(&y, "2024")->contribution.from_own);
	assert_true(result(&y, "2024")->rolled.sum.sum == 33 * M);
}

static void
last_never_takes_an_earlier_period(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_LAST, FREQ_QUARTER);
	says(&y, "2024-Q3", 3);
	assert_false(result(&y, "2024")->contribution.present);
	assert_false(result(&y, "2024-S2")->contribution.present);
	/* what the unit said of Q3 hides nothing that children say of S2 */
	add_up(&y, "2024-S2", 8, 0);
	add_up(&y, "2024", 9, 0);
	assert_true(result(&y, "2024-S2")->contribution.sum == 8 * M);
	assert_true(result(&y, "2024")->contribution.sum == 9 * M);
	says(&y, "2024-Q4", 4);
	assert_true(result(&y, "2024")->contribution.sum == 4 * M);
	assert_true(result(&y, "2024")->rolled.over_time);
	assert_false(result(&y, "2024")->contribution.from_own);
	assert_false(result(&y, "2024-S1")->contribution.present);
	/* a half of its own is the last of the year */
	says(&y, "2024-S2", 5);
	assert_true(result(&y, "2024")->contribution.sum == 5 * M);
}

static void
forecasts_are_no_shorter_periods(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SUM, TIME_SUM, FREQ_QUARTER);
	says(&y, "2024-Q1", 1)->status = STATUS_F;
	says(&y, "2024-Q2", 1)->action = ACTION_DELETE;
	add_up(&y, "2024", 9, 0);
	assert_true(result(&y, "2024")->contribution.sum == 9 * M);
	assert_false(result(&y, "2024")->rolled.over_time);
}

/* Communes with 15 criteria and more: by the months, then in the mean. */
static void
a_share_counts_a_unit_by_its_criterion(void **state)
{
	struct year y;

	(void)state;
	begin(&y, PLACE_SHARE, TIME_LAST, FREQ_QUARTER);
	y.d.meets = (struct cat_criterion){CRITERION_AT_LEAST, 15};
	says(&y, "2024-Q4", 15);
	assert_false(result(&y, "2024-Q4")->contribution.present);
	for (int i = 0; i < SHEET_SLOTS; i++)
		y.sheet.slots[i].counted = true;
	assert_true(result(&y, "2024")->contribution.sum == 1 * M);
	assert_true(result(&y, "2024")->contribution.weight == 1 * M);
	says(&y, "2024-Q4", 14);
	assert_true(result(&y, "2024")->contribution.sum == 0);
	assert_true(result(&y, "2024")->contribution.present);
}

/* --- the same, taken apart from above --- */

struct piece {
	int slot;
	bool matters; /* to completeness: somebody is expected here */
};

/* The next shorter slots of slot i. */
static int
shorter(int i, int out[3])
{
	if (i >= 16) { /* the year, a half */
		out[0] = i == 18 ? 16 : 12 + 2 * (i - 16);
		out[1] = out[0] + 1;
		return 2;
	}
	for (int j = 0; j < 3 && i >= 12; j++)
		out[j] = 3 * (i - 12) + j;
	return i >= 12 ? 3 : 0;
}

/* Does the unit itself say something within slot i, but not of i as a whole? */
static bool
said_within(const struct year *y, int i)
{
	int end = (int)(y->sheet.slots[i].period.code >> 11);
	int months = period_months(y->sheet.slots[i].period);

	for (int j = 0; j < i; j++) {
		int at = (int)(y->sheet.slots[j].period.code >> 11);

		if (!y->own[j].has || y->sheet.slots[j].period.code == 0 ||
		    period_months(y->sheet.slots[j].period) >= months)
			continue;
		if (y->d.time == TIME_LAST ? at == end
		                           : at <= end && at > end - months)
			return true;
	}
	return false;
}

/* The next shorter slots of a piece, behind those that wait. */
static int
take_apart(const struct year *y, struct piece of, struct piece *pending)
{
	int subs[3];
	int n_subs = shorter(of.slot, subs);
	int n = 0;

	for (int j = y->d.time == TIME_LAST ? n_subs - 1 : 0; j < n_subs; j++) {
		uint64_t within = y->sheet.slots[subs[j]].expected.within;

		pending[n++] =
		    (struct piece){subs[j], of.matters && within > 0};
	}
	return n;
}

/* Slot i as the pieces it is made of: own figures, else what children say. Its own
 * figure of all of it doesn't matter. */
static int
pieces_of(const struct year *y, int i, struct piece out[SHEET_SLOTS])
{
	struct piece pending[SHEET_SLOTS] = {{i, true}};
	int n = 1, n_out = 0;

	while (n > 0) {
		struct piece at = pending[--n];
		bool own = at.slot != i && y->own[at.slot].has;

		if (own || !said_within(y, at.slot))
			out[n_out++] = at;
		else
			n += take_apart(y, at, pending + n);
	}
	return n_out;
}

/* To a whole number of such units. */
static i128
rounded(i128 sum, i128 n, i128 unit)
{
	i128 by = n * unit;

	/* floor(x + 1/2), away from zero by the sign */
	if (sum < 0)
		return -((-2 * sum + by) / (2 * by)) * unit;
	return (2 * sum + by) / (2 * by) * unit;
}

struct whole { /* what the pieces make together */
	i128 sum;
	i128 months;
	bool present;
	bool complete;
};

static void
take_piece(const struct year *y, struct piece piece, bool over,
           struct whole *whole)
{
	const struct sheet_slot *slot = &y->sheet.slots[piece.slot];
	const struct rollup *place = &y->place[piece.slot];
	bool own = over && y->own[piece.slot].has;
	bool there = own || place->n_by_status[0] > 0;
	i128 one = own ? y->own[piece.slot].value * M : place->sum;
	int months = period_months(slot->period);

	if (!own && piece.matters &&
	    (!there || slot->expected.open ||
	     place->reporting != slot->expected.within))
		whole->complete = false;
	if (!there)
		return;
	whole->present = true;
	whole->sum += over && y->d.time == TIME_MEAN ? months * one : one;
	whole->months += months;
}

static void
same_coverage(const struct year *y, int i, const struct piece *pieces,
              bool complete)
{
	const struct sheet_rolled *r = &y->out[i].rolled;

	/* over last all within is of the last period: as that one has it */
	if (r->over_time && y->d.time == TIME_LAST)
		assert_int_equal(
		    r->reporting,
		    y->sheet.slots[pieces[0].slot].expected.within);
	else if (r->over_time && r->expected > 0)
		assert_int_equal(r->reporting == r->expected, complete);
	if (y->d.time != TIME_LAST)
		assert_true(r->reporting <= r->expected);
}

static void
same_as_pieces(struct year *y, int i)
{
	struct piece pieces[SHEET_SLOTS];
	int n = pieces_of(y, i, pieces);
	const struct sheet_rolled *r = &y->out[i].rolled;
	bool over = !(n == 1 && pieces[0].slot == i);
	struct whole whole = {.complete = true};

	for (int j = 0; j < n; j++)
		take_piece(y, pieces[j], over, &whole);
	assert_int_equal(r->over_time, over);
	assert_int_equal(r->sum.present, whole.present);
	if (over && y->d.time == TIME_MEAN)
		whole.sum = rounded(whole.sum, whole.months,
		                    y->d.place == PLACE_SUM ? M : 1);
	assert_true(r->sum.sum == whole.sum);
	same_coverage(y, i, pieces, whole.complete);
	if (y->own[i].has)
		assert_true(y->out[i].contribution.sum == y->own[i].value * M);
}

static void
any_slot(struct year *y, int i, uint64_t *seed)
{
	struct expectation *e = &y->sheet.slots[i].expected;
	struct rollup *r = &y->place[i];

	if (below(seed, 4) == 0)
		y->own[i] =
		    (struct figure){.has = FIGURE_VALUE,
		                    .value = (int64_t)below(seed, 2001) - 1000};
	if (y->own[i].has && y->d.place == PLACE_RATIO) {
		y->own[i].has |= FIGURE_PARTS;
		y->own[i].numerator = y->own[i].value;
	}
	e->within = e->beneath = below(seed, 4) * UNIT;
	e->open = below(seed, 30) == 0;
	if (below(seed, 2) == 0)
		return;
	r->n_by_status[0] = 1;
	r->sum = (i128)below(seed, 1u << 30) - (1 << 29);
	r->reporting = e->within;
	if (below(seed, 3) == 0)
		r->reporting = below(seed, r->reporting + 1);
}

static void
any_year(struct year *y, uint64_t *seed)
{
	static const enum time_rule times[] = {TIME_SUM, TIME_LAST, TIME_MEAN};

	begin(y, below(seed, 2) == 0 ? PLACE_SUM : PLACE_RATIO,
	      times[below(seed, 3)], (enum frequency)below(seed, FREQ_SPAN));
	for (int i = 0; i < SHEET_SLOTS; i++)
		if (y->sheet.slots[i].period.code != 0)
			any_slot(y, i, seed);
	sheet_fold(&y->sheet, y->out);
	for (int i = 0; i < SHEET_SLOTS; i++)
		if (y->sheet.slots[i].period.code != 0)
			same_as_pieces(y, i);
}

static void
any_year_is_what_its_pieces_make(void **state)
{
	struct year y;
	uint64_t seed = 61;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++)
		any_year(&y, &seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_year_has_the_periods_from_the_definition_s_own_up),
	    cmocka_unit_test(without_a_time_rule_a_period_stands_alone),
	    cmocka_unit_test(a_sum_over_time_adds_the_periods_that_are_there),
	    cmocka_unit_test(
	        a_unit_that_said_q1_takes_the_rest_from_its_children),
	    cmocka_unit_test(
	        a_longer_figure_of_its_own_comes_before_its_quarters),
	    cmocka_unit_test(last_never_takes_an_earlier_period),
	    cmocka_unit_test(forecasts_are_no_shorter_periods),
	    cmocka_unit_test(a_share_counts_a_unit_by_its_criterion),
	    cmocka_unit_test(any_year_is_what_its_pieces_make),
	};

	return cmocka_run_group_tests_name("sheet", tests, NULL, NULL);
}
