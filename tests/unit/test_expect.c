/* links: tests/lib/cat_lines.c common/domain/expect.c common/domain/catalogue_rows.c */
/* links: common/domain/catalogue_bounds.c common/domain/catalogue_build.c */
/* links: common/domain/catalogue_take.c common/domain/catalogue_units.c */
/* links: common/domain/catalogue_check.c common/domain/catalogue_indicators.c */
/* links: common/domain/catalogue_sources.c common/domain/catalogue_targets.c */
/* links: common/domain/catalogue_kinds.c common/domain/catalogue_rules.c */
/* links: common/domain/catalogue_lookup.c common/domain/catalogue_duty.c */
/* links: common/domain/verdict_names.c common/domain/arena.c common/domain/text.c */
/* links: common/domain/decimal.c common/domain/period.c common/domain/figure.c */
/* links: common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/expect.h"
#include "tests/lib/cat_lines.h"
#include "tests/lib/random.h"

enum { ROUNDS = 40000, LEVELS = 17, SHEETS = 2400 };

_Static_assert((int)SHEETS > EXPECT_SHEETS, "more than are kept");

/*
 * One country, whose map `old` is followed by `new` on 2025-07-01:
 *
 *   land > reg > p1 > c1, c2 (from 2024-10-01 under p2), c3 (gone 2024-06-30),
 *                     c4 (gone 2024-06-30, its membership goes on under p2)
 *              > p2 > c5
 *   dv stands under p1 by 0.25, under p2 by 0.75
 *   new: land > reg > p3 > c1, c2, c5, dv; n1 is a new commune
 *   g, a grouping: top > c1, c3
 */
static const struct cat_line lines[] = {
    {CAT_UNIT, "land||Land|||nation||"},
    {CAT_UNIT, "reg||Reg|||region||"},
    {CAT_UNIT, "p1||P|||province||2025-06-30"},
    {CAT_UNIT, "p2||P|||province||2025-06-30"},
    {CAT_UNIT, "p3||P|||province|2025-07-01|"},
    {CAT_UNIT, "c1||C|||commune||"},
    {CAT_UNIT, "c2||C|||commune||"},
    {CAT_UNIT, "c3||C|||commune||2024-06-30"},
    {CAT_UNIT, "c4||C|||commune||2024-06-30"},
    {CAT_UNIT, "c5||C|||commune||"},
    {CAT_UNIT, "dv||D|||commune||"},
    {CAT_UNIT, "n1||N|||commune|2025-07-01|"},
    {CAT_UNIT, "top||T|||group||"},
    {CAT_UNIT, "alone||A|||group||"},
    {CAT_MAP, "old|Old||land|territory||2025-06-30"},
    {CAT_MAP, "new|New||land|territory|2025-07-01|"},
    {CAT_MAP, "g|G||top|grouping||"},
    {CAT_MEMBER, "old|reg|land"},
    {CAT_MEMBER, "old|p1|reg"},
    {CAT_MEMBER, "old|p2|reg"},
    {CAT_MEMBER, "old|c1|p1"},
    {CAT_MEMBER, "old|c2|p1|||2024-09-30"},
    {CAT_MEMBER, "old|c2|p2||2024-10-01|"},
    {CAT_MEMBER, "old|c3|p1|||2024-06-30"},
    {CAT_MEMBER, "old|c4|p1|||2024-06-30"},
    {CAT_MEMBER, "old|c4|p2||2024-07-01|"},
    {CAT_MEMBER, "old|c5|p2"},
    {CAT_MEMBER, "old|dv|p1|250000"},
    {CAT_MEMBER, "old|dv|p2|750000"},
    {CAT_MEMBER, "new|reg|land"},
    {CAT_MEMBER, "new|p3|reg"},
    {CAT_MEMBER, "new|c1|p3"},
    {CAT_MEMBER, "new|c2|p3"},
    {CAT_MEMBER, "new|c5|p3"},
    {CAT_MEMBER, "new|dv|p3"},
    {CAT_MEMBER, "new|n1|p3||2025-07-01|"},
    {CAT_MEMBER, "g|c1|top"},
    {CAT_MEMBER, "g|c3|top"},
    {CAT_INDICATOR, "sum||S|||0||up|||||||sum|sum||Q"},
    {CAT_INDICATOR, "last||S|||0||up|||||||sum|last||Q"},
    {CAT_INDICATOR, "mean||S|||0||up|||||||sum|mean||M"},
    {CAT_INDICATOR, "year||S|||0||up|||||||sum|none||A"},
    {CAT_INDICATOR, "span||S|||0||up|||||||sum|none||span"},
    {CAT_INDICATOR, "west||S|||0||up||||||p1|sum|none||A"},
    {CAT_INDICATOR, "late||S|||0||up|||||||sum|sum||Q|||||||2024-07-01|"},
    {CAT_INDICATOR, "self||S|||0||up|||||||sum|none||A"},
    {CAT_INDICATOR, "nobody||S|||0||up|||||||sum|sum||Q"},
    {CAT_REPORTING, "sum|commune|old|30||0.5"},
    {CAT_REPORTING, "sum|commune|new|30||0.9"},
    {CAT_REPORTING, "sum|commune|g|30|||2024-01-01|"},
    {CAT_REPORTING, "last|commune|old|30||0.5"},
    {CAT_REPORTING, "last|commune|new|30||0.9"},
    {CAT_REPORTING, "mean|commune|old|30"},
    {CAT_REPORTING, "year|commune|old|30||0.8"},
    {CAT_REPORTING, "span|province|old|30"},
    {CAT_REPORTING, "west|commune|old|30"},
    {CAT_REPORTING, "late|commune|old|30"},
    {CAT_REPORTING, "self|p1|old|30"},
    {CAT_REPORTING, "self|alone|g|30"},
};

struct fixture {
	struct catalogue *c;
	struct expect *e;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.c = cat_lines_build(lines, sizeof(lines) / sizeof(lines[0]));
	assert_int_equal(expect_new(&f.e, f.c), ERR_OK);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	expect_free(&f->e);
	assert_null(f->e);
	expect_free(&f->e);
	catalogue_free(&f->c);
	return 0;
}

static struct expectation
at(struct fixture *f, const char *map, const char *definition, const char *unit,
   const char *period)
{
	struct expectation out = {.beneath = 77};
	struct period p = {0};
	struct expect_key key;

	assert_int_equal(period_parse(span_str(period), &p), ERR_OK);
	key = (struct expect_key){
	    .map = catalogue_map(f->c, span_str(map)),
	    .definition = catalogue_definition(f->c, span_str(definition)),
	    .unit = catalogue_unit(f->c, span_str(unit)),
	    .period = p};
	assert_int_equal(expect_at(f->e, &key, &out), ERR_OK);
	return out;
}

#define BENEATH(map, definition, unit, period, millionths)             \
	assert_int_equal(at(f, map, definition, unit, period).beneath, \
	                 millionths)
#define WITHIN(map, definition, unit, period, millionths)             \
	assert_int_equal(at(f, map, definition, unit, period).within, \
	                 millionths)

/* 2023: p1 has c1 c2 c3 c4 and a quarter of dv, p2 has c5 and the rest. */
static void
a_divided_unit_counts_by_its_weight(void **state)
{
	struct fixture *f = *state;

	BENEATH("old", "year", "p1", "2023", 4250000);
	BENEATH("old", "year", "p2", "2023", 1750000);
	BENEATH("old", "year", "reg", "2023", 6000000); /* both parts meet */
	BENEATH("old", "year", "land", "2023", 6000000);
	BENEATH("old", "year", "dv", "2023", 0);
	WITHIN("old", "year", "dv", "2023", 1000000);
	WITHIN("old", "year", "p1", "2023", 4250000); /* p1 itself isn't */
	assert_int_equal(at(f, "old", "year", "p1", "2023").floor_millionths,
	                 800000);
}

/* Over sum all four quarters, over last the last one. */
static void
the_time_rule_says_how_many_periods_count(void **state)
{
	struct fixture *f = *state;

	WITHIN("old", "sum", "c1", "2023-Q1", 1000000);
	WITHIN("old", "sum", "c1", "2023-S1", 2000000);
	WITHIN("old", "sum", "c1", "2023", 4000000);
	WITHIN("old", "last", "c1", "2023", 1000000);
	WITHIN("old", "mean", "c1", "2023-Q1", 3000000);
	WITHIN("old", "mean", "c1", "2023", 12000000);
	BENEATH("old", "mean", "p2", "2023", 12 * 1750000);
}

/*
 * 2024, quarters. c3 ends on 30 June without a place afterwards: its Q1 and Q2
 * count beneath p1, where it stood. c4 ends too, but its membership goes on under
 * p2: there its two quarters count in the year. c2 moves to p2 on 1 October: all
 * of its four quarters count beneath p2 in the year, in Q1 beneath p1.
 */
static void
a_unit_merged_in_the_middle_of_a_year_is_still_expected(void **state)
{
	struct fixture *f = *state;

	BENEATH("old", "sum", "p1", "2024-Q2", 4250000); /* c1 c2 c3 c4 dv */
	BENEATH("old", "sum", "p1", "2024-Q3", 2250000); /* c1 c2 dv */
	BENEATH("old", "sum", "p1", "2024-Q4", 1250000); /* c1 dv */
	BENEATH("old", "sum", "p1", "2024-S1", 8500000);
	/* c1 4, c3 2, dv 4 * 0.25 */
	BENEATH("old", "sum", "p1", "2024", 7000000);
	/* c2 4, c4 2, c5 4, dv 4 * 0.75 */
	BENEATH("old", "sum", "p2", "2024", 13000000);
	BENEATH("old", "sum", "land", "2024", 20000000);
	WITHIN("old", "sum", "c3", "2024", 2000000);
	BENEATH("old", "last", "land", "2024", 4000000); /* c1 c2 c5 dv */
	WITHIN("old", "last", "c3", "2024", 0);
	assert_false(at(f, "old", "sum", "land", "2024").open);
}

/*
 * 2025 in the old map: Q1 and Q2 by its own row, Q3 and Q4 by the row of the new
 * map, which is that of those days. n1, new in July, stands nowhere in the old one:
 * nation and regions stay open.
 */
static void
outside_its_validity_a_map_owes_what_the_map_of_the_day_owes(void **state)
{
	struct fixture *f = *state;

	BENEATH("old", "sum", "p1", "2025", 5000000);  /* c1 4, dv 1 */
	BENEATH("old", "sum", "p2", "2025", 11000000); /* c2 c5 8, dv 3 */
	assert_true(at(f, "old", "sum", "land", "2025").open);
	assert_true(at(f, "old", "sum", "reg", "2025").open);
	assert_false(at(f, "old", "sum", "p1", "2025").open);
	assert_false(at(f, "old", "sum", "land", "2025-S1").open);
	assert_int_equal(at(f, "old", "sum", "p1", "2025").floor_millionths,
	                 900000);
	/* The new one: c1 c2 c5 dv all four quarters, n1 two of them. */
	BENEATH("new", "sum", "p3", "2025", 18000000);
	BENEATH("new", "sum", "land", "2025-Q1", 4000000);
	WITHIN("new", "sum", "n1", "2025", 2000000);
	assert_false(at(f, "new", "sum", "land", "2025").open);
	/* `year` has no row in the new map. */
	BENEATH("old", "year", "land", "2025", 0);
	BENEATH("new", "year", "land", "2024", 4000000);
}

static void
a_grouping_counts_by_its_own_row(void **state)
{
	struct fixture *f = *state;

	BENEATH("g", "sum", "top", "2024-Q1", 2000000);
	BENEATH("g", "sum", "top", "2023-Q4", 0); /* the row isn't valid yet */
	BENEATH("g", "year", "top", "2024", 0);
	/* c3 has a place in it for ever, but isn't expected any more */
	BENEATH("g", "sum", "top", "2024", 6000000);
	BENEATH("g", "sum", "land", "2024", 0);
}

static void
a_definition_counts_where_and_when_it_is_valid(void **state)
{
	struct fixture *f = *state;

	BENEATH("old", "west", "p1", "2023", 4250000);
	/* of p2 only dv lies beneath p1, too; with the part that is p2's */
	BENEATH("old", "west", "p2", "2023", 750000);
	BENEATH("old", "late", "land", "2024-Q2", 0);
	WITHIN("old", "late", "c1", "2024", 2000000);
	BENEATH("old", "late", "land", "2024", 8000000); /* c1 c2 c5 dv */
}

static void
a_row_may_name_one_unit_that_stands_in_its_map(void **state)
{
	struct fixture *f = *state;

	WITHIN("old", "self", "p1", "2023", 1000000);
	BENEATH("old", "self", "p1", "2023", 0);
	BENEATH("old", "self", "land", "2023", 1000000);
	WITHIN("old", "self", "p2", "2023", 0);
	/* alone is in no map: judged on its own reports, missed by nobody */
	WITHIN("g", "self", "alone", "2023", 0);
	assert_false(at(f, "g", "self", "top", "2023").open);
}

static void
nobody_is_expected_in_a_period_that_the_definition_has_not(void **state)
{
	struct fixture *f = *state;

	BENEATH("old", "sum", "land", "2023-05", 0);
	BENEATH("old", "sum", "land", "2021/2023", 0);
	BENEATH("old", "year", "land", "2023-Q4", 0);
	BENEATH("old", "span", "land", "2021/2023", 2000000);
	BENEATH("old", "span", "land", "2023", 0);
	BENEATH("old", "nobody", "land", "2023", 0);
	WITHIN("old", "nobody", "c1", "2023-Q1", 0);
	assert_int_equal(
	    at(f, "old", "nobody", "land", "2023").floor_millionths, 0);
}

/* --- counted again, unit by unit and way by way --- */

static bool
owed(const struct catalogue *c, const struct cat_reporting *r, uint32_t unit,
     struct day day)
{
	const struct cat_member *found[MEMBERS_MAX];
	const struct cat_unit *u = &c->units[unit];

	if (!validity_holds(u->validity, day))
		return false;
	if (r->level && strcmp(unit_name_on(u, day)->level, r->level) != 0)
		return false;
	if (!r->level && r->unit != unit)
		return false;
	return c->maps[r->map].root == unit ||
	       members_of(c, r->map, unit, day, found) > 0;
}

static const struct cat_reporting *
row_of(const struct catalogue *c, uint32_t map, uint32_t definition,
       struct day day)
{
	for (uint32_t i = 0; i < c->n_maps; i++)
		if (!validity_holds(c->maps[map].validity, day) &&
		    c->maps[i].kind == MAP_TERRITORY &&
		    validity_holds(c->maps[i].validity, day))
			map = i;
	for (uint32_t i = 0; i < c->n_reporting; i++) {
		const struct cat_reporting *r = &c->reporting[i];

		for (uint32_t j = 0; j < r->n_definitions; j++)
			if (r->map == map && validity_holds(r->validity, day) &&
			    c->reporting_definitions[r->definition_first + j] ==
			        definition)
				return r;
	}
	return NULL;
}

/* Which part of unit lies beneath above: levels[i] holds the parts that have
 * climbed i memberships. */
static uint64_t
part_beneath(const struct catalogue *c, uint32_t map, uint32_t unit,
             uint32_t above, struct day day)
{
	uint64_t parts[LEVELS][16] = {{0}};
	uint64_t sum = 0;

	assert_true(c->n_units <= 16);
	parts[0][unit] = 1000000;
	for (int i = 0; i + 1 < LEVELS; i++) {
		for (uint32_t u = 0; u < c->n_units; u++) {
			const struct cat_member *found[MEMBERS_MAX];
			uint32_t n = members_of(c, map, u, day, found);

			for (uint32_t j = 0; j < n; j++)
				parts[i + 1][found[j]->parent] +=
				    parts[i][u] * found[j]->weight / 1000000;
		}
		sum += parts[i + 1][above];
	}
	return sum;
}

struct recounted {
	struct expectation out;
	uint32_t times[16]; /* by unit: short periods in which it is expected */
	bool beneath[16];   /* by unit: is, or counts beneath, the one asked */
	bool homeless;
};

/* One unit in one short period. */
static void
count_one(const struct catalogue *c, const struct expect_key *a, uint32_t unit,
          struct day base, struct recounted *to)
{
	struct expectation *out = &to->out;
	const struct cat_member *found[MEMBERS_MAX];
	struct day day = period_last_day(a->period);
	bool now = c->maps[a->map].root == unit ||
	           members_of(c, a->map, unit, day, found) > 0;
	bool then = c->maps[a->map].root == unit ||
	            members_of(c, a->map, unit, base, found) > 0;
	uint64_t part =
	    part_beneath(c, a->map, unit, a->unit, now ? day : base);

	out->beneath += part;
	out->within += part + (unit == a->unit ? 1000000 : 0);
	to->times[unit]++;
	to->beneath[unit] = unit == a->unit || (now && part > 0);
	if (!now && !then)
		to->homeless = true;
}

/* R4b: the root, regions, and what counts somebody who came on the way. */
static bool
recounted_open(const struct catalogue *c, const struct expect_key *a,
               const struct recounted *r, uint32_t n)
{
	bool part = false;

	for (uint32_t u = 0; u < c->n_units; u++)
		part = part ||
		       (r->beneath[u] && r->times[u] > 0 && r->times[u] < n);
	return r->homeless &&
	       (part || c->maps[a->map].root == a->unit ||
	        strcmp(c->units[a->unit].names[0].level, "region") == 0);
}

static struct expectation
recount(const struct catalogue *c, const struct expect_key *a)
{
	const struct cat_definition *d = &c->definitions[a->definition];
	struct period base = a->period;
	struct recounted got = {.homeless = false};
	int n = 1;

	if (d->frequency != FREQ_SPAN)
		base =
		    period_last_ended(d->frequency, period_last_day(a->period));
	if (d->time == TIME_SUM || d->time == TIME_MEAN)
		n = period_months(a->period) / period_months(base);
	for (int i = 0; i < n; i++) {
		struct day day = period_last_day(base);
		const struct cat_reporting *r =
		    row_of(c, a->map, a->definition, day);

		base = period_shift(base, -1);
		if (i == 0 && r && validity_holds(d->validity, day))
			got.out.floor_millionths = r->floor_millionths;
		for (uint32_t u = 0; r && u < c->n_units; u++)
			if (owed(c, r, u, day) &&
			    validity_holds(d->validity, day) &&
			    (d->units == NUMBER_NONE ||
			     unit_beneath_any(c, u, d->units, day)))
				count_one(c, a, u, day, &got);
	}
	got.out.open = recounted_open(c, a, &got, (uint32_t)n);
	return got.out;
}

/* A period that the definition has. */
static struct period
any_period(uint64_t *seed, const struct cat_definition *d)
{
	int year = 2022 + (int)below(seed, 5);
	enum frequency f = d->frequency;
	struct period p;

	if (f == FREQ_SPAN)
		return period_of_span(year - 2, year);
	f = (enum frequency)below(seed, (uint64_t)f + 1);
	p = period_last_ended(f, day_of_civil(year, 12, 31));
	return period_shift(p, -(int)below(seed, 12));
}

static void
same_as_recount(struct fixture *f, const struct expect_key *key)
{
	struct expectation want = recount(f->c, key);
	struct expectation got;

	assert_int_equal(expect_at(f->e, key, &got), ERR_OK);
	assert_int_equal(got.beneath, want.beneath);
	assert_int_equal(got.within, want.within);
	assert_int_equal(got.open, want.open);
	assert_int_equal(got.floor_millionths, want.floor_millionths);
}

static void
any_order_of_questions_gives_what_a_new_count_gives(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = 31;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++) {
		struct expect_key key = {
		    .map = (uint32_t)below(&seed, f->c->n_maps),
		    .unit = (uint32_t)below(&seed, f->c->n_units),
		    .definition = (uint32_t)below(&seed, f->c->n_definitions)};

		key.period =
		    any_period(&seed, &f->c->definitions[key.definition]);
		same_as_recount(f, &key);
	}
}

/* 2,400 sheets, of which 2,048 are kept: what fell out is made again. */
static void
what_falls_out_of_the_cache_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct period first =
	    period_last_ended(FREQ_QUARTER, day_of_civil(1990, 3, 31));

	for (int i = 0; i < 2 * SHEETS; i++) {
		struct expect_key key = {
		    .map = (uint32_t)(i % 3),
		    .period = period_shift(first, i % SHEETS / 3)};

		same_as_recount(f, &key);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_divided_unit_counts_by_its_weight),
	    CASE(the_time_rule_says_how_many_periods_count),
	    CASE(a_unit_merged_in_the_middle_of_a_year_is_still_expected),
	    CASE(outside_its_validity_a_map_owes_what_the_map_of_the_day_owes),
	    CASE(a_grouping_counts_by_its_own_row),
	    CASE(a_definition_counts_where_and_when_it_is_valid),
	    CASE(a_row_may_name_one_unit_that_stands_in_its_map),
	    CASE(nobody_is_expected_in_a_period_that_the_definition_has_not),
	    CASE(any_order_of_questions_gives_what_a_new_count_gives),
	    CASE(what_falls_out_of_the_cache_is_made_again),
	};

	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
