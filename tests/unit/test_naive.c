/* links: services/ctl/naive.c services/ctl/naive_figures.c services/ctl/naive_expect.c services/ctl/naive_rollup.c services/ctl/naive_sums.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/text.c common/domain/verdict_names.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/fold_case.c */
/*
 * The oracle is tested by hand-made numbers: what it says must not come from any
 * other code of ours.
 */
#include "services/ctl/naive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/fold_case.h"

struct oracle {
	struct fold_input in;
	struct naive naive;
	struct naive_state state;
};

static void
oracle_open(struct oracle *o)
{
	fold_input_open(&o->in);
	naive_init(&o->naive);
	o->state = (struct naive_state){.n_figures = 0};
	fold_catalogue(&o->in, fold_country, fold_country_n);
}

static void
oracle_close(struct oracle *o)
{
	naive_state_fini(&o->state);
	naive_fini(&o->naive);
	fold_input_close(&o->in);
}

static struct commit
commit_next(const struct naive *n)
{
	uint64_t number = n->commit.number + 1;

	return (struct commit){
	    .number = number, .prev = n->commit.link, .link = number * 1000};
}

static void
oracle_take(struct oracle *o)
{
	struct commit commit = commit_next(&o->naive);

	assert_int_equal(naive_take(&o->naive, &commit, fold_commit(&o->in)),
	                 ERR_OK);
}

static void
oracle_state(struct oracle *o)
{
	naive_state_fini(&o->state);
	assert_int_equal(naive_state(&o->naive, &o->state), ERR_OK);
}

/* One row as a commit of its own. */
static struct naive_block *
say(struct oracle *o)
{
	fold_block_end(&o->in);
	oracle_take(o);
	oracle_state(o);
	return &o->naive.blocks[o->naive.n_blocks - 1];
}

/* The only figure's value, or that there is none. */
static void
assert_value(const struct oracle *o, int64_t value)
{
	assert_int_equal(o->state.n_figures, 1);
	assert_int_equal(o->state.figures[0].value, value);
}

static const struct rollup *
rollup_at(const struct oracle *o, const char *map, const char *unit)
{
	for (uint32_t i = 0; i < o->state.n_rollups; i++) {
		const struct rollup *r = &o->state.rollups[i];

		if (r->map == fold_map(&o->in, map) &&
		    r->unit == fold_unit(&o->in, unit))
			return r;
	}
	return NULL;
}

static void
assert_rollup(const struct oracle *o, const char *map, const char *unit,
              int64_t sum)
{
	const struct rollup *r = rollup_at(o, map, unit);

	assert_non_null(r);
	assert_true(r->sum == (i128)sum);
}

static void
official_beats_provisional_and_returns_to_it_when_withdrawn(void **state)
{
	struct oracle o;

	(void)state;
	oracle_open(&o);
	fold_value(&o.in, "road", "c1", "2018", 10)->status = STATUS_P;
	(void)say(&o);
	assert_value(&o, 10);
	(void)fold_value(&o.in, "road", "c1", "2018", 20);
	(void)say(&o);
	fold_value(&o.in, "road", "c1", "2018", 30)->status = STATUS_P;
	(void)say(&o);
	assert_value(&o, 20);
	fold_delete(&o.in, "road", "c1", "2018")->status_named = true;
	(void)say(&o);
	assert_value(&o, 30);
	fold_delete(&o.in, "road", "c1", "2018")->status = STATUS_P;
	(void)say(&o);
	assert_int_equal(o.state.n_figures, 0);
	oracle_close(&o);
}

static void
a_forecast_never_displaces_an_observed_figure(void **state)
{
	struct oracle o;
	struct figure *f;

	(void)state;
	oracle_open(&o);
	fold_value(&o.in, "road", "c1", "2018", 10)->status = STATUS_E;
	(void)say(&o);
	f = fold_value(&o.in, "road", "c1", "2018", 99);
	f->status = STATUS_F;
	f->released.n += 1000;
	(void)say(&o);
	assert_value(&o, 10);
	oracle_close(&o);
}

static void
of_equal_status_the_rank_then_the_release_decides(void **state)
{
	struct oracle o;
	struct figure *f;

	(void)state;
	oracle_open(&o);
	f = fold_value(&o.in, "road", "c1", "2018", 10);
	f->source = fold_source(&o.in, "dept");
	f->released.n += 10;
	(void)say(&o);
	f = fold_value(&o.in, "road", "c1", "2018", 20);
	f->source = fold_source(&o.in, "press");
	f->released.n += 20;
	(void)say(&o);
	assert_value(&o, 10);
	f = fold_value(&o.in, "road", "c1", "2018", 30);
	f->source = fold_source(&o.in, "dept");
	(void)say(&o);
	assert_value(&o, 10);
	oracle_close(&o);
}

static void
what_was_said_before_is_stale_and_what_stands_unchanged(void **state)
{
	struct naive_block *b;
	struct oracle o;

	(void)state;
	oracle_open(&o);
	(void)fold_value(&o.in, "road", "c1", "2018", 10);
	(void)say(&o);
	fold_value(&o.in, "road", "c1", "2018", 20)->document = 0;
	b = say(&o);
	assert_int_equal(b->n_stale + b->n_unchanged, 0);
	fold_value(&o.in, "road", "c1", "2018", 20)->document = 0;
	b = say(&o);
	assert_int_equal(b->n_unchanged, 1);
	(void)fold_value(&o.in, "road", "c1", "2018", 10);
	b = say(&o);
	assert_int_equal(b->n_stale, 1);
	assert_value(&o, 20);
	o.in.flags = FIGURE_FLAG_AGAIN;
	(void)fold_value(&o.in, "road", "c1", "2018", 10);
	b = say(&o);
	assert_int_equal(b->n_stale, 0);
	assert_value(&o, 10);
	oracle_close(&o);
}

static void
of_one_key_so_many_assertions_are_kept_and_the_one_in_force(void **state)
{
	struct oracle o;

	(void)state;
	oracle_open(&o);
	(void)fold_value(&o.in, "road", "c1", "2018", 7);
	(void)say(&o);
	for (int i = 0; i < NAIVE_KEPT_MAX; i++)
		fold_value(&o.in, "road", "c1", "2018", 1000 + i)->status =
		    STATUS_P;
	(void)say(&o);
	assert_value(&o, 7);
	/* 1000 was forgotten and may be said again; 1001 is known */
	fold_value(&o.in, "road", "c1", "2018", 1001)->status = STATUS_P;
	assert_int_equal(say(&o)->n_stale, 1);
	fold_value(&o.in, "road", "c1", "2018", 1000)->status = STATUS_P;
	assert_int_equal(say(&o)->n_stale, 0);
	oracle_close(&o);
}

static void
children_add_up_in_every_map_and_a_divided_one_by_its_weights(void **state)
{
	struct oracle o;

	(void)state;
	oracle_open(&o);
	(void)fold_value(&o.in, "road", "c1", "2018", 10);
	(void)fold_value(&o.in, "road", "c5", "2018", 8);
	(void)fold_value(&o.in, "road", "c6", "2018", 1);
	(void)say(&o);
	assert_rollup(&o, "old", "west", 10000000);
	assert_rollup(&o, "old", "gulf", 9000000);
	assert_rollup(&o, "old", "land", 19000000);
	assert_null(rollup_at(&o, "old", "east"));
	/* c1 is under far from 2021 on only */
	assert_rollup(&o, "new", "far", 2000000);
	assert_rollup(&o, "new", "gulf", 7000000);
	assert_rollup(&o, "new", "land", 9000000);
	assert_rollup(&o, "poor", "list", 10000000);
	assert_int_equal(rollup_at(&o, "new", "far")->n_derived, 1);
	assert_int_equal(rollup_at(&o, "new", "land")->n_derived, 2);
	assert_int_equal(rollup_at(&o, "old", "land")->n_derived, 0);
	oracle_close(&o);
}

/* c6 is divided where zone comes first, but for its id; rate is a monthly mean. */
static const struct cat_line divided[] = {
    {CAT_UNIT, "zone||Zone|||group"},
    {CAT_UNIT, "area||Area|||group"},
    {CAT_MEMBER, "poor|zone|list"},
    {CAT_MEMBER, "poor|area|list"},
    {CAT_MEMBER, "poor|c6|zone|400000"},
    {CAT_MEMBER, "poor|c6|area|600000"},
    {CAT_INDICATOR, "rate||Rate||%|2|100|down|||||||ratio|mean||M"},
};
enum { DIVIDED = sizeof(divided) / sizeof(*divided) };

static void
apply_divided(struct oracle *o)
{
	struct cat_line lines[128];
	size_t n = fold_country_n;

	assert_true(n + DIVIDED <= sizeof(lines) / sizeof(*lines));
	memcpy(lines, fold_country, n * sizeof(*lines));
	memcpy(lines + n, divided, sizeof(divided));
	fold_catalogue(&o->in, lines, n + DIVIDED);
}

static void
assert_millionths(const struct oracle *o, const char *unit, int64_t sum,
                  int64_t weight)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < o->state.n_rollups; i++) {
		const struct rollup *r = &o->state.rollups[i];

		if (r->map != fold_map(&o->in, "poor") ||
		    r->unit != fold_unit(&o->in, unit) ||
		    r->period.code != fold_period("2019-Q1").code)
			continue;
		found++;
		assert_true(r->sum == sum);
		assert_true(r->sum_weight == weight);
	}
	assert_int_equal(found, 1);
}

/* R1d, R1f: 2/3 and two 0/0; area has the first 600,000 millionths. */
static void
parts_of_a_mean_add_up_beneath_a_divided_unit(void **state)
{
	struct oracle o;

	(void)state;
	oracle_open(&o);
	apply_divided(&o);
	fold_parts(&o.in, "rate", "c6", "2019-01", (struct fold_ratio){2, 3});
	fold_parts(&o.in, "rate", "c6", "2019-02", (struct fold_ratio){0, 0});
	fold_parts(&o.in, "rate", "c6", "2019-03", (struct fold_ratio){0, 0});
	(void)say(&o);
	assert_millionths(&o, "area", 400000, 600000);
	assert_millionths(&o, "zone", 266667, 400000);
	assert_millionths(&o, "list", 666667, 1000000);
	fold_parts(&o.in, "rate", "c6", "2019-02", (struct fold_ratio){1, 4});
	(void)say(&o);
	assert_millionths(&o, "area", 600000, 1399999);
	assert_millionths(&o, "zone", 400000, 933334);
	assert_millionths(&o, "list", 1000000, 2333333);
	oracle_close(&o);
}

static void
a_units_own_figure_stands_for_all_beneath_it_if_it_is_of_use(void **state)
{
	struct oracle o;

	(void)state;
	oracle_open(&o);
	(void)fold_parts(&o.in, "pov@a", "c1", "2018",
	                 (struct fold_ratio){1, 10});
	(void)fold_parts(&o.in, "pov@a", "c3", "2018",
	                 (struct fold_ratio){2, 10});
	(void)fold_value(&o.in, "pov@a", "west", "2018", 9900);
	(void)say(&o);
	assert_rollup(&o, "old", "north", 3000000);
	fold_parts(&o.in, "pov@a", "west", "2018", (struct fold_ratio){5, 50})
	    ->document = 0;
	(void)say(&o);
	assert_rollup(&o, "old", "west", 1000000);
	assert_rollup(&o, "old", "north", 7000000);
	assert_true(rollup_at(&o, "old", "north")->sum_weight == 60000000);
	fold_delete(&o.in, "pov@a", "west", "2018")->document = NUMBER_NONE;
	(void)say(&o);
	assert_rollup(&o, "old", "north", 3000000);
	oracle_close(&o);
}

static void
the_digest_is_of_the_rows_whatever_their_order(void **state)
{
	struct digest sum = {0};
	struct oracle o;

	(void)state;
	oracle_open(&o);
	(void)fold_value(&o.in, "road", "c6", "2018", 1);
	(void)fold_value(&o.in, "road", "c1", "2016", 2);
	(void)say(&o);
	for (uint32_t i = 0; i < o.state.n_figures; i++)
		sum.figures += figure_hash(&o.state.figures[i]);
	for (uint32_t i = 0; i < o.state.n_rollups; i++)
		sum.rollups += rollup_hash(&o.state.rollups[i]);
	assert_int_equal(o.state.digest.n_figures, 2);
	assert_int_equal(o.state.digest.n_rollups, o.state.n_rollups);
	assert_int_equal(o.state.digest.figures, sum.figures);
	assert_int_equal(o.state.digest.rollups, sum.rollups);
	oracle_close(&o);
}

static void
a_commit_out_of_the_chain_is_refused(void **state)
{
	struct commit commit;
	struct oracle o;

	(void)state;
	oracle_open(&o);
	oracle_take(&o);
	commit = commit_next(&o.naive);
	commit.prev++;
	assert_int_equal(naive_take(&o.naive, &commit, fold_commit(&o.in)),
	                 ERR_UNKNOWN_POSITION);
	commit = commit_next(&o.naive);
	commit.number++;
	assert_int_equal(naive_take(&o.naive, &commit, fold_commit(&o.in)),
	                 ERR_UNKNOWN_POSITION);
	oracle_close(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        official_beats_provisional_and_returns_to_it_when_withdrawn),
	    cmocka_unit_test(a_forecast_never_displaces_an_observed_figure),
	    cmocka_unit_test(of_equal_status_the_rank_then_the_release_decides),
	    cmocka_unit_test(
	        what_was_said_before_is_stale_and_what_stands_unchanged),
	    cmocka_unit_test(
	        of_one_key_so_many_assertions_are_kept_and_the_one_in_force),
	    cmocka_unit_test(
	        children_add_up_in_every_map_and_a_divided_one_by_its_weights),
	    cmocka_unit_test(
	        a_units_own_figure_stands_for_all_beneath_it_if_it_is_of_use),
	    cmocka_unit_test(parts_of_a_mean_add_up_beneath_a_divided_unit),
	    cmocka_unit_test(the_digest_is_of_the_rows_whatever_their_order),
	    cmocka_unit_test(a_commit_out_of_the_chain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
