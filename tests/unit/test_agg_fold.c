/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/aggregate/agg_emit.h"
#include "tests/lib/agg_case.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"

static int64_t
value_of(struct agg_case *f, const char *period)
{
	struct figure figure;

	assert_true(agg_case_figure(f, "road", "c1", period, &figure));
	return figure.value;
}

static unsigned
rows_emitted(struct agg_case *f)
{
	struct figures_reader reader;
	struct span record;

	if (!fold_node_record(&f->node, RECORD_FIGURES, 0, &record))
		return 0;
	assert_int_equal(figures_open(record, &reader), ERR_OK);
	return reader.left;
}

static struct receipt
receipt_of(struct agg_case *f)
{
	struct receipt r = {.n_unchanged = 0};
	struct span record;

	if (fold_node_record(&f->node, RECORD_RECEIPT, 0, &record))
		assert_int_equal(receipt_read(record, &r), ERR_OK);
	return r;
}

static void
digest_is_of_empty_tables(struct agg_case *f)
{
	assert_int_equal(f->a.digest.n_figures, 0);
	assert_true(f->a.digest.figures == 0);
	assert_int_equal(f->a.digest.n_rollups, 0);
	assert_true(f->a.digest.rollups == 0);
	assert_int_equal(table_count(fold_node_state(&f->node), AGG_ROLLUPS),
	                 0);
}

/* K2, with restarts wherever chance wants them. */
static void
the_same_commits_give_the_same_bytes_however_turns_are_cut(void **state)
{
	struct agg_case *f = *state;
	struct agg_case second = {.in = {.n_commits = 0}};
	uint64_t seed = 20261122;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 60; i++) {
		if (i % 7 == 0)
			fold_tick(&f->in, i < 30 ? "2020-01-01" : "2021-01-01");
		if (i == 40)
			fold_catalogue(&f->in, fold_country,
			               fold_country_n - 1);
		assert_int_equal(
		    fold_node_step(&f->node, fold_random(&f->in, &seed, 40)),
		    ERR_OK);
	}
	agg_case_node_open(&second);
	for (unsigned i = 0; i < f->in.n_commits; i++) {
		assert_int_equal(
		    fold_node_step(&second.node, &f->in.commits[i]), ERR_OK);
		if (below(&seed, 3) == 0)
			fold_node_restart(&second.node);
	}
	assert_true(f->node.head.link == second.node.head.link);
	same_tables(fold_node_journal(&f->node),
	            fold_node_journal(&second.node));
	same_tables(fold_node_state(&f->node), fold_node_state(&second.node));
	agg_case_node_close(&second);
}

/* As after a transaction that failed: what it wrote isn't there. */
static void
nothing_is_remembered_of_a_commit_that_was_not_kept(void **state)
{
	struct agg_case *f = *state;
	struct agg_case fresh = {.in = {.n_commits = 0}};
	struct fold_node other;

	fold_value(&f->in, "road", "c1", "2019", 1);
	agg_case_step(f);
	agg_case_node_open(&fresh);
	fold_node_open(&other, &aggregate_turn_ops, &f->a);
	for (unsigned i = 0; i < f->in.n_commits; i++) {
		assert_int_equal(fold_node_step(&fresh.node, &f->in.commits[i]),
		                 ERR_OK);
		assert_int_equal(fold_node_step(&other, &f->in.commits[i]),
		                 ERR_OK);
	}
	same_tables(fold_node_state(&fresh.node), fold_node_state(&other));
	fold_node_close(&other);
	agg_case_node_close(&fresh);
}

static void
a_commit_without_rows_gives_an_empty_one(void **state)
{
	struct agg_case *f = *state;

	agg_case_step(f);
	assert_int_equal(f->node.head.number, 2);
	assert_int_equal(f->node.head.n_records, 0);
}

/* F3 */
static void
the_better_status_then_the_better_source_is_in_force(void **state)
{
	struct agg_case *f = *state;
	struct figure *row;

	row = fold_value(&f->in, "road", "c1", "2019", 10);
	row->status = STATUS_P;
	agg_case_step(f);
	row = fold_value(&f->in, "road", "c1", "2019", 20);
	row->status = STATUS_F;
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 10);
	assert_int_equal(rows_emitted(f), 0);
	row = fold_value(&f->in, "road", "c1", "2019", 30);
	row->status = STATUS_P;
	row->source = fold_source(&f->in, "press");
	row->released.n += 1000;
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 10);
	fold_value(&f->in, "road", "c1", "2019", 40);
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 40);
	assert_int_equal(rows_emitted(f), 1);
}

static void
a_withdrawn_official_figure_gives_way_to_the_provisional_one(void **state)
{
	struct agg_case *f = *state;
	struct figure *row = fold_value(&f->in, "road", "c1", "2019", 10);

	row->status = STATUS_P;
	agg_case_step(f);
	fold_value(&f->in, "road", "c1", "2019", 20);
	agg_case_step(f);
	row = fold_delete(&f->in, "road", "c1", "2019");
	row->status_named = true;
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 10);
	same_as_added_up(&f->in, fold_node_state(&f->node));
}

/* F4 */
static void
an_old_row_sent_again_is_stale_and_a_new_submission_is_not(void **state)
{
	struct agg_case *f = *state;

	fold_value(&f->in, "road", "c1", "2019", 10);
	agg_case_step(f);
	fold_value(&f->in, "road", "c1", "2019", 20);
	agg_case_step(f);
	fold_value(&f->in, "road", "c1", "2019", 10);
	fold_value(&f->in, "road", "c2", "2019", 1);
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 20);
	assert_int_equal(receipt_of(f).n_stale, 1);
	assert_int_equal(receipt_of(f).n_unchanged, 0);
	assert_int_equal(rows_emitted(f), 1);
	f->in.flags = FIGURE_FLAG_AGAIN;
	fold_value(&f->in, "road", "c1", "2019", 10);
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 10);
}

static void
a_row_equal_to_the_current_one_is_unchanged(void **state)
{
	struct agg_case *f = *state;

	fold_value(&f->in, "road", "c1", "2019", 10);
	agg_case_step(f);
	fold_value(&f->in, "road", "c1", "2019", 10);
	agg_case_step(f);
	assert_int_equal(receipt_of(f).n_unchanged, 1);
	assert_int_equal(rows_emitted(f), 0);
	fold_value(&f->in, "road", "c1", "2020", 10);
	agg_case_step(f);
	assert_int_equal(receipt_of(f).n_unchanged, 0);
}

static void
one_commit_that_says_and_unsays_changes_nothing(void **state)
{
	struct agg_case *f = *state;
	struct figure figure;

	fold_value(&f->in, "road", "c1", "2019", 10);
	fold_delete(&f->in, "road", "c1", "2019");
	agg_case_step(f);
	assert_false(agg_case_figure(f, "road", "c1", "2019", &figure));
	assert_int_equal(f->node.head.n_records, 0);
	/* but it was said: the same again is stale */
	fold_value(&f->in, "road", "c1", "2019", 10);
	agg_case_step(f);
	assert_int_equal(receipt_of(f).n_stale, 1);
}

static void
a_delete_of_what_was_never_said_is_remembered_and_changes_nothing(void **state)
{
	struct agg_case *f = *state;

	fold_delete(&f->in, "road", "c1", "2019");
	agg_case_step(f);
	assert_int_equal(f->node.head.n_records, 0);
	fold_delete(&f->in, "road", "c1", "2019");
	agg_case_step(f);
	assert_int_equal(receipt_of(f).n_unchanged, 1);
	digest_is_of_empty_tables(f);
}

static void
withdrawing_everything_leaves_nothing(void **state)
{
	struct agg_case *f = *state;
	uint64_t seed = 4711;

	for (int i = 0; i < 20; i++)
		assert_int_equal(
		    fold_node_step(&f->node, fold_random(&f->in, &seed, 60)),
		    ERR_OK);
	assert_true(f->a.digest.n_rollups > 10);
	assert_int_equal(fold_node_step(&f->node, fold_withdraw(&f->in)),
	                 ERR_OK);
	digest_is_of_empty_tables(f);
	fold_node_restart(&f->node);
	digest_is_of_empty_tables(f);
}

static void
say_often(struct agg_case *f, int from, int to)
{
	for (int i = from; i < to; i++)
		fold_value(&f->in, "road", "c1", "2019", i);
	agg_case_step(f);
}

static void
the_last_versions_that_are_kept_are_known(void **state)
{
	struct agg_case *f = *state;

	say_often(f, 0, VERSIONS_MAX);
	assert_int_equal(value_of(f, "2019"), VERSIONS_MAX - 1);
	say_often(f, 0, 1);
	assert_int_equal(receipt_of(f).n_stale, 1);
	assert_int_equal(value_of(f, "2019"), VERSIONS_MAX - 1);
}

static void
past_them_the_oldest_not_in_force_is_forgotten(void **state)
{
	struct agg_case *f = *state;

	say_often(f, 0, VERSIONS_MAX + 1);
	assert_int_equal(value_of(f, "2019"), VERSIONS_MAX);
	say_often(f, 1, 2); /* kept */
	assert_int_equal(receipt_of(f).n_stale, 1);
	say_often(f, 0, 1); /* forgotten, and so new */
	assert_int_equal(receipt_of(f).n_stale, 0);
	assert_int_equal(value_of(f, "2019"), 0);
}

static void
the_version_in_force_is_never_forgotten(void **state)
{
	struct agg_case *f = *state;
	struct figure *row;

	fold_value(&f->in, "road", "c1", "2019", 7777);
	for (int i = 0; i < VERSIONS_MAX + 10; i++) {
		row = fold_value(&f->in, "road", "c1", "2019", i);
		row->status = STATUS_P;
	}
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 7777);
}

static void
numbers_that_nobody_knows_are_damage(void **state)
{
	struct agg_case *f = *state;
	const struct catalogue *c = f->in.catalogue;

	for (int i = 0; i < 5; i++) {
		struct figure *row =
		    fold_value(&f->in, "road", "c1", "2019", i);

		if (i == 0)
			row->definition = c->n_definitions;
		if (i == 1)
			row->unit = c->n_units;
		if (i == 2)
			row->source = c->n_sources;
		if (i == 3)
			row->document = c->n_documents;
		assert_int_equal(fold_node_step(&f->node, fold_commit(&f->in)),
		                 i == 4 ? ERR_OK : ERR_CORRUPT);
		fold_node_restart(&f->node);
	}
}

static void
a_damaged_state_is_not_loaded(void **state)
{
	struct agg_key tick = agg_key_tick(1);
	struct agg_key keys[] = {agg_key_single(AGG_CATALOGUE), tick,
	                         agg_key_single(AGG_DIGEST)};
	struct agg_case *f = *state;
	struct kv *kv = fold_node_state(&f->node);

	for (size_t i = 0; i < 3; i++) {
		kv_put(kv, agg_key_span(&keys[i]), span_str("damage"));
		assert_int_equal(
		    aggregate_turn_ops.load(
		        &f->a, kv, fold_node_journal(&f->node), &f->node.head),
		    ERR_CORRUPT);
		assert_null(f->a.catalogue);
		kv_del(kv, agg_key_span(&keys[i]));
	}
}

static void
rows_before_any_catalogue_are_damage(void **state)
{
	struct agg_case *f = *state;
	struct agg_case empty = {.in = {.n_commits = 0}};

	agg_case_node_open(&empty);
	fold_value(&f->in, "road", "c1", "2019", 1);
	assert_int_equal(fold_node_step(&empty.node, fold_commit(&f->in)),
	                 ERR_CORRUPT);
	agg_case_node_close(&empty);
}

/* K4 */
static void
rows_before_a_catalogue_in_one_commit_are_damage(void **state)
{
	struct agg_case *f = *state;

	fold_value(&f->in, "road", "c1", "2019", 1);
	fold_block_end(&f->in);
	fold_catalogue(&f->in, fold_country, fold_country_n);
	assert_int_equal(fold_node_step(&f->node, fold_commit(&f->in)),
	                 ERR_CORRUPT);
}

static void
rows_behind_a_catalogue_in_one_commit_are_folded_under_it(void **state)
{
	struct agg_case *f = *state;

	fold_catalogue(&f->in, fold_country, fold_country_n);
	fold_value(&f->in, "road", "c1", "2019", 5);
	agg_case_step(f);
	assert_int_equal(value_of(f, "2019"), 5);
	same_as_added_up(&f->in, fold_node_state(&f->node));
}

/* More rows than one record takes, each of another key. */
static void
a_great_commit_is_cut_into_records(void **state)
{
	struct agg_case *f = *state;
	uint32_t n_units = f->in.catalogue->n_units;
	struct figures_reader reader;
	struct span record;
	struct figure *row;

	for (uint32_t i = 0; i < EMIT_ROWS_MAX + 10; i++) {
		row = fold_value(&f->in, i % 2 == 0 ? "note" : "wage", "c1",
		                 "2019", i);
		row->unit = i / 2 % n_units;
		row->period = period_shift(fold_period("1900-01"),
		                           (int)(i / 2 / n_units));
	}
	agg_case_step(f);
	assert_int_equal(f->a.digest.n_figures, EMIT_ROWS_MAX + 10);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(
		    fold_node_record(&f->node, RECORD_FIGURES, i, &record));
		assert_int_equal(figures_open(record, &reader), ERR_OK);
		assert_int_equal(reader.left, i == 0 ? EMIT_ROWS_MAX : 10);
	}
	assert_false(fold_node_record(&f->node, RECORD_FIGURES, 2, &record));
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, agg_case_setup, agg_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(the_same_commits_give_the_same_bytes_however_turns_are_cut),
	    T(nothing_is_remembered_of_a_commit_that_was_not_kept),
	    T(a_commit_without_rows_gives_an_empty_one),
	    T(the_better_status_then_the_better_source_is_in_force),
	    T(a_withdrawn_official_figure_gives_way_to_the_provisional_one),
	    T(an_old_row_sent_again_is_stale_and_a_new_submission_is_not),
	    T(a_row_equal_to_the_current_one_is_unchanged),
	    T(one_commit_that_says_and_unsays_changes_nothing),
	    T(a_delete_of_what_was_never_said_is_remembered_and_changes_nothing),
	    T(withdrawing_everything_leaves_nothing),
	    T(the_last_versions_that_are_kept_are_known),
	    T(past_them_the_oldest_not_in_force_is_forgotten),
	    T(the_version_in_force_is_never_forgotten),
	    T(numbers_that_nobody_knows_are_damage),
	    T(a_damaged_state_is_not_loaded),
	    T(rows_before_any_catalogue_are_damage),
	    T(rows_before_a_catalogue_in_one_commit_are_damage),
	    T(rows_behind_a_catalogue_in_one_commit_are_folded_under_it),
	    T(a_great_commit_is_cut_into_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
