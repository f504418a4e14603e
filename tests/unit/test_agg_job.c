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
fold_many(struct agg_case *k, uint64_t *seed, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(
		    fold_node_step(&k->node, fold_random(&k->in, seed, 50)),
		    ERR_OK);
}

/* Six reforms among many commits: ranks, decimals, places, each alone and together. */
static void
reforms_many(struct agg_case *k, uint64_t *seed)
{
	struct reform r;

	reform_none(&r);
	reform_timed(&r);
	agg_case_apply(k, r.lines, r.n);
	for (int i = 0; i < 7; i++) {
		fold_many(k, seed, 6);
		if (i % 3 == 2)
			reform_none(&r);
		else
			reform_all(&r);
		reform_timed(&r);
		if (i == 4)
			reform_replace(&r, "rate|commune|old|30||0.5",
			               "rate|province|old|30||0.5");
		/* decimals only grow */
		if (i > 0)
			reform_replace(
			    &r, "road||Roads||km|1||up|||||||sum|sum||A",
			    i < 4 ? "road||Roads||km|2||up|||||||sum|"
			            "sum||A"
			          : "road||Roads||km|4||up|||||||sum|"
			            "sum||A");
		if (i == 3)
			reform_replace(&r, "old|c1|west", "old|c1|east");
		agg_case_apply(k, r.lines, r.n);
	}
	/* figures stay where they are */
	reform_replace(&r, "old|c2|west", "old|c2|gulf");
	reform_replace(&r, "beds|commune|old|30||0.9", "beds|province|old|30");
	agg_case_apply(k, r.lines, r.n);
	fold_many(k, seed, 3);
}

/* All that k has folded, in parts of so many rows. */
static void
fold_sliced(struct agg_case *k, struct agg_case *other, uint32_t rows,
            bool crashes)
{
	unsigned turns = 0;

	agg_case_node_open(other);
	other->a.slice_rows = rows;
	other->node.crashes = crashes;
	for (unsigned i = 0; i < k->in.n_commits; i++) {
		assert_int_equal(
		    fold_node_step(&other->node, &k->in.commits[i]), ERR_OK);
		turns += other->node.turns;
	}
	if (rows < 100)
		assert_true(turns > k->in.n_commits);
	same_tables(fold_node_state(&k->node), fold_node_state(&other->node));
	same_tables(fold_node_journal(&k->node),
	            fold_node_journal(&other->node));
	agg_case_node_close(other);
}

static void
parts_of_any_size_give_the_same_state_and_output(void **state)
{
	static const uint32_t rows[] = {1, 7, 40, 1000};
	struct agg_case *k = *state;
	struct agg_case other = {.in = {.n_commits = 0}};
	uint64_t seed = 77;

	print_message("seed %llu\n", (unsigned long long)seed);
	reforms_many(k, &seed);
	same_as_added_up(&k->in, fold_node_state(&k->node));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fold_sliced(k, &other, rows[i], false);
		fold_sliced(k, &other, rows[i], true);
	}
}

/* One turn of the commit that was made last, and no more. */
static bool
one_turn(struct agg_case *k)
{
	const struct record_list *in = &k->in.commits[k->in.n_commits - 1];
	struct span items[4];
	struct turn_input input = {.number = k->node.head.number + 1,
	                           .items = items,
	                           .n_items = in->n};

	assert_true(in->n <= 4);
	for (uint32_t i = 0; i < in->n; i++)
		items[i] = record_list_at(in, i);
	record_list_reset(&k->node.out.records);
	k->node.out.more = false;
	assert_int_equal(aggregate_turn_ops.step(&k->a,
	                                         fold_node_state(&k->node),
	                                         &input, &k->node.out),
	                 ERR_OK);
	return k->node.out.more;
}

static struct day
day_of(const char *text)
{
	struct day day;

	assert_int_equal(day_parse(span_str(text), true, &day), ERR_OK);
	return day;
}

static void
until_the_last_part_all_is_as_before(void **state)
{
	struct agg_case *k = *state;
	struct rollup before, now;
	struct figure f;
	struct reform r;
	struct digest digest;
	struct completion of = {.definition = fold_definition(&k->in, "road"),
	                        .unit = fold_unit(&k->in, "west"),
	                        .period = fold_period("2018")};
	uint64_t completed;
	unsigned turns = 0;

	fold_tick(&k->in, "2019-06-01");
	fold_value(&k->in, "road", "c3", "2018", 1);
	fold_value(&k->in, "road", "c1", "2018", 2)->source =
	    fold_source(&k->in, "press");
	fold_value(&k->in, "road", "c1", "2018", 3);
	agg_case_step(k);
	assert_true(agg_case_rollup(
	    k, "road", (struct agg_place_of){"old", "east", "2018"}, &before));
	digest = k->a.digest;
	reform_all(&r);
	reform_replace(&r, "road||Roads||km|1||up|||||||sum|sum||A",
	               "road||Roads||km|2||up|||||||sum|sum||A");
	fold_tick(&k->in, "2022-05-01");
	completion_write(&k->in.open->bytes, &of);
	record_list_close_record(k->in.open);
	fold_catalogue(&k->in, r.lines, r.n);
	(void)fold_commit(&k->in);
	k->a.slice_rows = 1;
	while (one_turn(k)) {
		turns++;
		assert_int_equal(k->node.out.records.n, 0);
		assert_int_equal(k->a.catalogue_version, 1);
		assert_memory_equal(&digest, &k->a.digest, sizeof(digest));
		assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
		assert_int_equal(f.value, 3);
		assert_true(agg_case_rollup(
		    k, "road", (struct agg_place_of){"old", "east", "2018"},
		    &now));
		assert_memory_equal(&before, &now, sizeof(before));
		assert_int_equal(k->a.tick.date.n, day_of("2019-06-01").n);
		assert_int_equal(
		    agg_completed(fold_node_state(&k->node), &of, &completed),
		    ERR_OK);
		assert_int_equal(completed, 0);
		if (turns == 2)
			fold_node_restart(&k->node);
	}
	assert_true(turns > 1);
	assert_int_equal(k->a.catalogue_version, 2);
	assert_int_equal(k->a.tick.date.n, day_of("2022-05-01").n);
	assert_int_equal(
	    agg_completed(fold_node_state(&k->node), &of, &completed), ERR_OK);
	assert_int_equal(completed, k->node.head.number + 1);
	assert_int_equal(k->node.out.records.n, 4); /* and the digest */
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 20); /* the other source's, at two decimals */
	assert_false(agg_case_rollup(
	    k, "road", (struct agg_place_of){"old", "east", "2018"}, &now));
	same_as_added_up(&k->in, fold_node_state(&k->node));
}

static void
decimals_that_grow_keep_every_number(void **state)
{
	struct agg_case *k = *state;
	struct rollup sum;
	struct figure f;
	struct reform r;

	fold_value(&k->in, "road", "c1", "2018", 15);
	fold_value(&k->in, "road", "c2", "2018", 7);
	fold_value(&k->in, "road", "c1", "2018", 16);
	agg_case_step(k);
	reform_none(&r);
	reform_replace(&r, "road||Roads||km|1||up|||||||sum|sum||A",
	               "road||Roads||km|3||up|||||||sum|sum||A");
	agg_case_apply(k, r.lines, r.n);
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 1600);
	assert_true(agg_case_rollup(
	    k, "road", (struct agg_place_of){"old", "west", "2018"}, &sum));
	assert_true(sum.sum == (i128)2300 * WEIGHT_ONE);
	/* what was said before is known by its new number */
	fold_value(&k->in, "road", "c1", "2018", 1500);
	agg_case_step(k);
	assert_true(agg_case_figure(k, "road", "c1", "2018", &f));
	assert_int_equal(f.value, 1600);
	same_as_added_up(&k->in, fold_node_state(&k->node));
}

static void
a_completion_is_kept_and_said_again(void **state)
{
	struct agg_case *k = *state;
	struct completion of = {.definition = fold_definition(&k->in, "road"),
	                        .unit = fold_unit(&k->in, "west"),
	                        .period = fold_period("2018")};
	struct kv *kv = fold_node_state(&k->node);
	struct note note = {.document = NUMBER_NONE, .text = span_str("late")};
	struct span record;
	uint64_t completed;

	assert_int_equal(agg_completed(kv, &of, &completed), ERR_OK);
	assert_int_equal(completed, 0);
	completion_write(&k->in.open->bytes, &of);
	record_list_close_record(k->in.open);
	note_write(&k->in.open->bytes, &note);
	record_list_close_record(k->in.open);
	agg_case_step(k);
	assert_int_equal(agg_completed(kv, &of, &completed), ERR_OK);
	assert_int_equal(completed, 2);
	assert_true(fold_node_record(&k->node, RECORD_COMPLETION, 0, &record));
	assert_true(fold_node_record(&k->node, RECORD_NOTE, 0, &record));
	of.period = fold_period("2019");
	assert_int_equal(agg_completed(kv, &of, &completed), ERR_OK);
	assert_int_equal(completed, 0);
	/* bytes that are no completion are damage */
	record_list_add(k->in.open, span_of("\004\001\200", 3));
	assert_int_equal(fold_node_step(&k->node, fold_commit(&k->in)),
	                 ERR_CORRUPT);
}

static void
every_catalogue_can_be_asked_for_by_commit(void **state)
{
	struct agg_case *k = *state;
	struct kv *kv = fold_node_state(&k->node);
	struct span record, packed;
	uint64_t version;

	agg_case_step(k);                                /* 2 */
	agg_case_apply(k, fold_country, fold_country_n); /* 3 */
	assert_int_equal(agg_catalogue_at(kv, 0, &record), ERR_NOT_FOUND);
	for (uint64_t commit = 1; commit <= 4; commit++) {
		assert_int_equal(agg_catalogue_at(kv, commit, &record), ERR_OK);
		assert_int_equal(
		    catalogue_record_read(record, &version, &packed), ERR_OK);
		assert_int_equal(version, commit < 3 ? 1 : 2);
	}
}

static void
every_tick_can_be_asked_for_by_commit(void **state)
{
	static const char *const dates[] = {"2019-06-01", "", "2019-06-02"};
	struct agg_case *k = *state;
	struct kv *kv = fold_node_state(&k->node);
	struct tick tick;

	assert_int_equal(agg_tick_at(kv, UINT64_MAX, &tick), ERR_OK);
	assert_int_equal(tick.date.n, DAY_NONE);
	for (int i = 0; i < 3; i++) {
		if (dates[i][0] != '\0')
			fold_tick(&k->in, dates[i]);
		agg_case_step(k); /* 2, 3, 4 */
	}
	for (uint64_t commit = 0; commit <= 5; commit++) {
		assert_int_equal(agg_tick_at(kv, commit, &tick), ERR_OK);
		assert_int_equal(tick.date.n, commit < 2 ? DAY_NONE
		                              : commit < 4
		                                  ? day_of(dates[0]).n
		                                  : day_of(dates[2]).n);
	}
	fold_node_restart(&k->node);
	assert_int_equal(k->a.tick.date.n, day_of(dates[2]).n);
}

/* At most WASTE_PAGES at a time, and then none is left. */
static void
a_former_generation_is_deleted_by_and_by(void **state)
{
	struct agg_case *k = *state;
	struct kv *kv = fold_node_state(&k->node);
	struct agg_key key;
	struct reform r;

	for (uint32_t i = 0; i < WASTE_PAGES + 10; i++) {
		key = agg_key_rollups((struct agg_gens){0}, 0,
		                      fold_period("2018"), i, 0);
		kv_put(kv, agg_key_span(&key), span_str("x"));
	}
	fold_value(&k->in, "note", "c1", "2018", 1);
	agg_case_step(k);
	reform_none(&r);
	reform_replace(&r, "old|c1|west", "old|c1|east");
	agg_case_apply(k, r.lines, r.n);
	assert_int_equal(table_count(kv, AGG_ROLLUPS), 10);
	assert_true(k->a.generations.waste_rollups);
	agg_case_step(k);
	assert_int_equal(table_count(kv, AGG_ROLLUPS), 0);
	assert_false(k->a.generations.waste_rollups);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, agg_case_setup, agg_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(parts_of_any_size_give_the_same_state_and_output),
	    T(until_the_last_part_all_is_as_before),
	    T(decimals_that_grow_keep_every_number),
	    T(a_completion_is_kept_and_said_again),
	    T(every_catalogue_can_be_asked_for_by_commit),
	    T(every_tick_can_be_asked_for_by_commit),
	    T(a_former_generation_is_deleted_by_and_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
