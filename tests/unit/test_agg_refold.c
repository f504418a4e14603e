/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/fold_case.c tests/lib/fold_random.c tests/lib/fold_reform.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/agg_case.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/fold_reform.h"
#include "tests/lib/random.h"

static void
targets_add(struct reform *r)
{
	reform_add(r, CAT_PROGRAMME, "prog|P|P|2016|2025");
	reform_add(r, CAT_TARGET,
	           "prog|fall|x|plan|2016|pov@a|c1 west land||||level|"
	           "10.00||at_most||2017|30.00||2025|line");
	reform_add(r, CAT_TARGET,
	           "prog|build|x|plan|2016|road|c2||||level|"
	           "9.0||at_least|||||2025");
}

static void
fold_many(struct agg_case *k, uint64_t *seed, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(
		    fold_node_step(&k->node, fold_random(&k->in, seed, 50)),
		    ERR_OK);
}

/* The commits of k on another node, but its last catalogue beside the first. */
static void
fold_from_scratch(struct agg_case *k, struct agg_case *fresh)
{
	const struct record_list *first = &k->in.commits[0];
	const struct record_list *last = &k->in.commits[k->in.n_commits - 1];
	struct record_list both, none;

	record_list_init(&both);
	record_list_init(&none);
	record_list_add(&both, record_list_at(first, 0));
	record_list_add(&both, record_list_at(last, 0));
	agg_case_node_open(fresh);
	assert_int_equal(fold_node_step(&fresh->node, &both), ERR_OK);
	for (unsigned i = 1; i + 1 < k->in.n_commits; i++)
		assert_int_equal(
		    fold_node_step(&fresh->node, &k->in.commits[i]), ERR_OK);
	assert_int_equal(fold_node_step(&fresh->node, &none), ERR_OK);
	record_list_fini(&both);
	record_list_fini(&none);
}

static void
another_catalogue_gives_what_it_would_have_given_from_the_beginning(
    void **state)
{
	struct agg_case *k = *state;
	struct agg_case fresh = {.in = {.n_commits = 0}};
	struct reform r;
	uint64_t seed = 99;

	print_message("seed %llu\n", (unsigned long long)seed);
	reform_all(&r);
	fold_many(k, &seed, 40);
	agg_case_apply(k, r.lines, r.n);
	fold_from_scratch(k, &fresh);
	agg_case_same(k, &fresh);
	same_as_added_up(&k->in, fold_node_state(&k->node));
	agg_case_node_close(&fresh);
}

/* There and back, and folding goes on between. */
static void
reforms_may_follow_each_other(void **state)
{
	struct agg_case *k = *state;
	struct reform r;
	uint64_t seed = 5;

	for (int i = 0; i < 6; i++) {
		if (i % 2 == 0)
			reform_all(&r);
		else
			reform_none(&r);
		fold_many(k, &seed, 8);
		agg_case_apply(k, r.lines, r.n);
		same_as_added_up(&k->in, fold_node_state(&k->node));
		if (i == 3)
			fold_node_restart(&k->node);
	}
	assert_int_equal(fold_node_step(&k->node, fold_withdraw(&k->in)),
	                 ERR_OK);
	assert_int_equal(k->a.digest.n_figures, 0);
	assert_true(k->a.digest.figures == 0);
	assert_int_equal(k->a.digest.n_rollups, 0);
	assert_true(k->a.digest.rollups == 0);
}

static void
another_rank_chooses_among_the_versions_again(void **state)
{
	struct agg_case *k = *state;
	struct figure f;
	struct reform r;

	fold_value(&k->in, "road", "c1", "2018", 1);
	agg_case_step(k);
	fold_value(&k->in, "road", "c1", "2018", 2)->source =
	    fold_source(&k->in, "press");
	agg_case_step(k);
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 1);
	reform_all(&r);
	agg_case_apply(k, r.lines, r.n);
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 2);
	same_as_added_up(&k->in, fold_node_state(&k->node));
	/* what came before is still known */
	fold_value(&k->in, "road", "c1", "2018", 1);
	agg_case_step(k);
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 2);
	assert_int_equal(f.commit, 3);
}

static void
a_source_that_is_no_more_ranks_last(void **state)
{
	struct agg_case *k = *state;
	struct figure f;
	struct reform r;

	fold_value(&k->in, "road", "c1", "2018", 1);
	fold_value(&k->in, "road", "c1", "2018", 2)->source =
	    fold_source(&k->in, "press");
	agg_case_step(k);
	reform_none(&r);
	reform_replace(&r, "office|Office|||*|A|A|1|yes",
	               "other|Other|||*|A|A|1|yes");
	agg_case_apply(k, r.lines, r.n);
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 2);
}

static void
a_definition_that_is_no_more_has_no_rollups(void **state)
{
	struct agg_case *k = *state;
	struct reform r;

	fold_value(&k->in, "road", "c1", "2018", 1);
	agg_case_step(k);
	assert_true(k->a.digest.n_rollups > 0);
	reform_none(&r);
	reform_replace(&r, "road||Roads||km|1||up|||||||sum|sum||A",
	               "rail||Rail||km|1||up|||||||sum|sum||A");
	agg_case_apply(k, r.lines, r.n);
	assert_int_equal(k->a.digest.n_rollups, 0);
	assert_true(k->a.digest.rollups == 0);
	assert_int_equal(k->a.digest.n_figures, 1);
	reform_none(&r);
	agg_case_apply(k, r.lines, r.n);
	assert_true(k->a.digest.n_rollups > 0);
	same_as_added_up(&k->in, fold_node_state(&k->node));
}

/* place_hash is the same: nothing is folded again, nothing changes. */
static void
a_catalogue_of_the_same_places_touches_nothing(void **state)
{
	struct agg_case *k = *state;
	struct digest before;
	uint64_t seed = 3;

	fold_many(k, &seed, 10);
	before = k->a.digest;
	agg_case_apply(k, fold_country, fold_country_n);
	assert_memory_equal(&before, &k->a.digest, sizeof(before));
	same_as_added_up(&k->in, fold_node_state(&k->node));
}

struct emitted {
	unsigned figures;
	unsigned rollups;
};

static struct emitted
emitted_by(struct agg_case *k)
{
	struct figures_reader figures;
	struct rollups_reader rollups;
	struct emitted n = {0, 0};
	struct span record;

	if (fold_node_record(&k->node, RECORD_FIGURES, 0, &record)) {
		assert_int_equal(figures_open(record, &figures), ERR_OK);
		n.figures = figures.left;
	}
	if (fold_node_record(&k->node, RECORD_ROLLUPS, 0, &record)) {
		assert_int_equal(rollups_open(record, &rollups), ERR_OK);
		n.rollups = rollups.left;
	}
	return n;
}

static void
a_catalogue_repeats_what_its_targets_read(void **state)
{
	struct agg_case *k = *state;
	struct emitted n;
	struct reform r;

	fold_parts(&k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 10});
	fold_parts(&k->in, "pov-em@b", "c1", "2019",
	           (struct fold_ratio){1, 10}); /* of the family */
	fold_parts(&k->in, "pov@b", "c3", "2018",
	           (struct fold_ratio){1, 10}); /* nobody's unit */
	fold_value(&k->in, "road", "c1", "2018", 1);
	fold_value(&k->in, "road", "c2", "2018", 1);
	fold_value(&k->in, "road", "c2", "2019", 1);
	fold_delete(&k->in, "road", "c2", "2019");
	agg_case_step(k);
	reform_none(&r);
	agg_case_apply(k, r.lines, r.n);
	n = emitted_by(k);
	assert_int_equal(n.figures, 0);
	assert_int_equal(n.rollups, 0);
	targets_add(&r);
	agg_case_apply(k, r.lines, r.n);
	n = emitted_by(k);
	assert_int_equal(n.figures, 3); /* pov, pov-em of c1, road of c2 */
	/* in map old: west and land of pov@a and of pov-em, land of pov@b; in
	 * map new c1 has a place from 2021 on only */
	assert_int_equal(n.rollups, 5);
}

/* Roll-ups stand also in periods in which nobody reported anything. */
static void
a_catalogue_repeats_what_was_formed_over_time(void **state)
{
	struct agg_case *k = *state;
	struct emitted n;
	struct reform r;

	fold_value(&k->in, "work", "c1", "2020-05", 1);
	fold_value(&k->in, "work", "c1", "2020-06", 1);
	agg_case_step(k);
	reform_none(&r);
	reform_add(&r, CAT_PROGRAMME, "prog|P|P|2016|2025");
	reform_add(&r, CAT_TARGET,
	           "prog|toil|x|plan|2016|work|west||||level|"
	           "9||at_least|||||2025-12");
	agg_case_apply(k, r.lines, r.n);
	n = emitted_by(k);
	assert_int_equal(n.figures, 0);
	assert_int_equal(n.rollups, 5); /* two months, quarter, half, year */
}

static void
what_is_repeated_stands_in_order_without_repeats(void **state)
{
	struct agg_case *k = *state;
	struct figures_reader reader;
	struct figure row, last = {.definition = 0};
	struct span record;
	struct reform r;
	uint64_t seed = 12;

	fold_many(k, &seed, 20);
	reform_all(&r);
	targets_add(&r);
	agg_case_apply(k, r.lines, r.n);
	assert_true(fold_node_record(&k->node, RECORD_FIGURES, 0, &record));
	assert_int_equal(figures_open(record, &reader), ERR_OK);
	assert_true(reader.left > 3);
	while (reader.left > 0) {
		assert_int_equal(figures_next(&reader, &row), ERR_OK);
		assert_int_equal(row.action, ACTION_MERGE);
		assert_true(row.period.code > last.period.code ||
		            (row.period.code == last.period.code &&
		             (row.unit > last.unit ||
		              (row.unit == last.unit &&
		               row.definition > last.definition))));
		last = row;
	}
}

static void
a_targets_series_are_sorted_and_once(void **state)
{
	struct target_series_list list = {0};
	struct agg_case *k = *state;
	struct reform r;

	reform_none(&r);
	targets_add(&r);
	reform_add(&r, CAT_TARGET,
	           "prog|fall|x|book|2020|pov@b|c1 c3||||level|"
	           "9.00||at_most||2017|30.00||2025|line");
	agg_case_apply(k, r.lines, r.n);
	assert_int_equal(target_series_list(k->in.catalogue, &list), ERR_OK);
	assert_int_equal(list.n, 5); /* pov of c1 c3 west land, road of c2 */
	for (uint32_t i = 1; i < list.n; i++)
		assert_true(list.list[i].unit > list.list[i - 1].unit ||
		            (list.list[i].unit == list.list[i - 1].unit &&
		             list.list[i].family > list.list[i - 1].family));
	target_series_fini(&list);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, agg_case_setup, agg_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(another_catalogue_gives_what_it_would_have_given_from_the_beginning),
	    T(reforms_may_follow_each_other),
	    T(another_rank_chooses_among_the_versions_again),
	    T(a_source_that_is_no_more_ranks_last),
	    T(a_definition_that_is_no_more_has_no_rollups),
	    T(a_catalogue_of_the_same_places_touches_nothing),
	    T(a_catalogue_repeats_what_its_targets_read),
	    T(a_catalogue_repeats_what_was_formed_over_time),
	    T(what_is_repeated_stands_in_order_without_repeats),
	    T(a_targets_series_are_sorted_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
