/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/ask_agg.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/aggregate/agg_query.h"
#include "tests/lib/ask_agg.h"
#include "tests/lib/fold_random.h"

static void
assert_answer(struct ask_agg *f, const char *what, const char *const *args,
              const char *text)
{
	ask_begin(&f->ask, 0, args);
	assert_int_equal(ask_page(&f->ask, what), ERR_OK);
	assert_string_equal(ask_text(&f->ask), text);
}

static void
an_unknown_question_is_refused(void **state)
{
	struct ask_agg *f = *state;

	ask_begin(&f->ask, 0, NO_ARGS);
	assert_int_equal(ask_page(&f->ask, "everything"), ERR_NOT_FOUND);
	assert_string_equal(f->ask.q.field, "what");
}

static void
without_a_catalogue_there_is_no_answer(void **state)
{
	struct ask_agg *f = *state;
	struct agg_case empty = {.in = {.n_commits = 0}};

	agg_case_node_open(&empty);
	ask_begin(&f->ask, 0, NO_ARGS);
	assert_int_equal(aggregate_query(&empty.a, fold_node_state(&empty.node),
	                                 fold_node_journal(&empty.node),
	                                 span_str("digest"), &f->ask.q),
	                 ERR_NO_CATALOGUE);
	agg_case_node_close(&empty);
}

static void
a_misspelt_argument_is_refused(void **state)
{
	static const char *const whats[] = {"digest", "receipts", "figures",
	                                    "rollups", "series"};
	struct ask_agg *f = *state;

	for (size_t i = 0; i < 5; i++) {
		ask_begin(&f->ask, 0, ARGS("form", "1"));
		assert_int_equal(ask_page(&f->ask, whats[i]), ERR_UNKNOWN_KEY);
	}
}

static void
the_digest_is_that_of_the_tables(void **state)
{
	struct ask_agg *f = *state;
	char text[200];

	assert_answer(f, "digest", NO_ARGS,
	              "n_figures=0 figures=0000000000000000 n_rollups=0 "
	              "rollups=0000000000000000\n");
	fold_value(&f->k->in, "road", "c1", "2018", 7);
	agg_case_step(f->k);
	snprintf(text, sizeof(text),
	         "n_figures=1 figures=%016llx n_rollups=4 rollups=%016llx\n",
	         (unsigned long long)f->k->a.digest.figures,
	         (unsigned long long)f->k->a.digest.rollups);
	assert_answer(f, "digest", NO_ARGS, text);
}

static void
say(struct ask_agg *f, int64_t value, const char *producer)
{
	f->k->in.id.producer = span_str(producer);
	fold_value(&f->k->in, "road", "c1", "2018", value);
	fold_block_end(&f->k->in);
}

static void
receipts_are_summed_over_commits_and_by_producer(void **state)
{
	struct ask_agg *f = *state;

	say(f, 1, "a"); /* commit 2 */
	agg_case_step(f->k);
	say(f, 1, "a"); /* 3: unchanged, twice */
	say(f, 1, "b");
	agg_case_step(f->k);
	say(f, 2, "a"); /* 4: new */
	agg_case_step(f->k);
	say(f, 1, "b"); /* 5: stale */
	agg_case_step(f->k);
	assert_answer(f, "receipts", ARGS("from", "1", "to", "5"),
	              "unchanged=2 stale=1\n");
	assert_answer(f, "receipts", ARGS("from", "3", "to", "3"),
	              "unchanged=2 stale=0\n");
	assert_answer(f, "receipts", ARGS("from", "4", "to", "4"),
	              "unchanged=0 stale=0\n");
	assert_answer(f, "receipts",
	              ARGS("from", "2", "to", "5", "producer", "b"),
	              "unchanged=1 stale=1\n");
	assert_answer(f, "receipts", ARGS("from", "6", "to", "1"),
	              "unchanged=0 stale=0\n");
}

static void
receipts_of_every_producer_are_counted(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f",
	                                    "g", "h", "i", "j", "k", "l"};
	struct ask_agg *f = *state;

	say(f, 1, "a");
	agg_case_step(f->k);
	for (size_t i = 0; i < 12; i++)
		say(f, 1, names[i]);
	agg_case_step(f->k);
	assert_answer(f, "receipts", ARGS("from", "3", "to", "3"),
	              "unchanged=12 stale=0\n");
}

static void
a_commit_that_is_no_number_is_refused(void **state)
{
	static const char *const wrong[] = {"", "x", "-1", "1.5",
	                                    "12345678901234567"};
	struct ask_agg *f = *state;

	for (size_t i = 0; i < 5; i++) {
		ask_begin(&f->ask, 0, ARGS("from", wrong[i], "to", "1"));
		assert_int_equal(ask_page(&f->ask, "receipts"), ERR_BAD_NUMBER);
		assert_string_equal(f->ask.q.field, "from");
	}
	ask_begin(&f->ask, 0, ARGS("from", "1"));
	assert_int_equal(ask_page(&f->ask, "receipts"), ERR_BAD_NUMBER);
	assert_string_equal(f->ask.q.field, "to");
}

static void
figures_in_force_are_told_whole(void **state)
{
	struct ask_agg *f = *state;

	fold_parts(&f->k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 8})
	    ->bound = BOUND_ABOUT;
	fold_value(&f->k->in, "road", "c1", "2018", -75)->status = STATUS_E;
	fold_value(&f->k->in, "road", "c2", "2018", 1);
	fold_delete(&f->k->in, "road", "c2", "2018");
	agg_case_step(f->k);
	assert_answer(
	    f, "figures", NO_ARGS,
	    "definition=pov@a unit=c1 period=2018 numerator=1 denominator=8 "
	    "status=A bound=~ source=office commit=2 row=0\n"
	    "definition=road unit=c1 period=2018 value=-7.5 status=E bound== "
	    "source=office commit=2 row=1\n");
}

static void
rollups_are_told_whole(void **state)
{
	struct ask_agg *f = *state;

	fold_value(&f->k->in, "road", "c5", "2022", 4)->status = STATUS_P;
	agg_case_step(f->k);
	ask_begin(&f->ask, 0, NO_ARGS);
	assert_int_equal(ask_page(&f->ask, "rollups"), ERR_OK);
	assert_string_equal(ask_column(&f->ask, "unit"),
	                    "land south gulf land far gulf ");
	assert_string_equal(ask_column(&f->ask, "sum"),
	                    "4.000000 4.000000 4.000000 4.000000 1.000000 "
	                    "3.000000 ");
	assert_string_equal(ask_column(&f->ask, "n_p"), "1 1 1 2 1 1 ");
	assert_string_equal(ask_column(&f->ask, "n_derived"), "0 0 0 2 1 1 ");
	assert_string_equal(ask_column(&f->ask, "map"),
	                    "old old old new new new ");
}

static unsigned
count_all(struct ask_agg *f, const char *what, uint64_t max)
{
	unsigned n = 0;

	ask_begin(&f->ask, max, NO_ARGS);
	do {
		assert_int_equal(ask_page(&f->ask, what), ERR_OK);
		n += f->ask.q.rows.n_rows;
		assert_in_range(f->ask.q.rows.n_rows, 1,
		                max == 0 ? QUERY_ROWS_MAX
		                         : max + PAGE_DEFINITIONS);
	} while (ask_next(&f->ask));
	return n;
}

static void
every_row_is_on_one_page(void **state)
{
	struct ask_agg *f = *state;
	uint64_t seed = 8;

	for (int i = 0; i < 20; i++)
		assert_int_equal(
		    fold_node_step(&f->k->node,
		                   fold_random(&f->k->in, &seed, 60)),
		    ERR_OK);
	for (uint32_t i = 0; i < 2000; i++)
		fold_value(&f->k->in, "work", "c1", "2019-01", 1)->period =
		    period_shift(fold_period("1950-01"), (int)i);
	agg_case_step(f->k);
	assert_true(f->k->a.digest.n_figures > 2000);
	assert_int_equal(count_all(f, "figures", 0), f->k->a.digest.n_figures);
	assert_int_equal(count_all(f, "rollups", 0), f->k->a.digest.n_rollups);
	assert_int_equal(count_all(f, "figures", 5), f->k->a.digest.n_figures);
}

/* What a token holds came back from outside. */
static void
a_token_of_any_bytes_is_only_a_place(void **state)
{
	static const char *const tokens[] = {
	    "",
	    "F",
	    "R",
	    "A",
	    "zzzz",
	    "FFFFFFFFFFFFFFFFFFFFFFF",
	    "a token that is longer than any key could ever be"};
	struct ask_agg *f = *state;

	fold_value(&f->k->in, "road", "c1", "2018", 7);
	agg_case_step(f->k);
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		ask_begin(&f->ask, 0, NO_ARGS);
		f->ask.q.after = span_str(tokens[i]);
		assert_int_equal(ask_page(&f->ask, "figures"), ERR_OK);
		assert_in_range(f->ask.q.rows.n_rows, 0, 1);
	}
}

static void
a_damaged_page_is_never_served(void **state)
{
	struct ask_agg *f = *state;
	struct agg_key key;

	fold_value(&f->k->in, "road", "c1", "2018", 7);
	agg_case_step(f->k);
	key = agg_key_page((struct agg_gens){0}, fold_period("2018"),
	                   fold_unit(&f->k->in, "c1"), 0);
	kv_put(fold_node_state(&f->k->node), agg_key_span(&key),
	       span_str("damage"));
	ask_begin(&f->ask, 0, NO_ARGS);
	assert_int_equal(ask_page(&f->ask, "figures"), ERR_CORRUPT);
	ask_begin(&f->ask, 0, ARGS("indicator", "road", "unit", "c1"));
	assert_int_equal(ask_page(&f->ask, "series"), ERR_CORRUPT);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, ask_agg_setup, ask_agg_teardown)
	const struct CMUnitTest tests[] = {
	    T(an_unknown_question_is_refused),
	    T(without_a_catalogue_there_is_no_answer),
	    T(a_misspelt_argument_is_refused),
	    T(the_digest_is_that_of_the_tables),
	    T(receipts_are_summed_over_commits_and_by_producer),
	    T(receipts_of_every_producer_are_counted),
	    T(a_commit_that_is_no_number_is_refused),
	    T(figures_in_force_are_told_whole),
	    T(rollups_are_told_whole),
	    T(every_row_is_on_one_page),
	    T(a_token_of_any_bytes_is_only_a_place),
	    T(a_damaged_page_is_never_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
