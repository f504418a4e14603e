/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/ask_agg.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/aggregate/agg_coverage.h"
#include "services/aggregate/agg_query.h"
#include "tests/lib/ask_agg.h"

enum { FOLD_LINES_MAX = 128 };

/* One slice of the first page; the same question again goes on. */
static enum err
slice(struct ask_agg *f, uint32_t n)
{
	query_begin(&f->ask.q, &f->ask.asked);
	f->ask.q.slice = n;
	return aggregate_query(&f->k->a, fold_node_state(&f->k->node),
	                       fold_node_journal(&f->k->node),
	                       span_str("series"), &f->ask.q);
}

/* fold_country with communes expected to report. */
static size_t
expected(struct cat_line *lines)
{
	memcpy(lines, fold_country, fold_country_n * sizeof(*lines));
	lines[fold_country_n] =
	    (struct cat_line){CAT_REPORTING, "pov@a|commune|old|9|9|1"};
	return fold_country_n + 1;
}

/* Two of those who are expected, in both years. */
static void
two_years(struct ask_agg *f)
{
	static const char *const years[] = {"2018", "2019"};
	struct cat_line lines[FOLD_LINES_MAX];

	agg_case_apply(f->k, lines, expected(lines));
	for (int i = 0; i < 2; i++) {
		fold_parts(&f->k->in, "pov@a", "c1", years[i],
		           (struct fold_ratio){1, 10});
		fold_parts(&f->k->in, "pov@a", "c2", years[i],
		           (struct fold_ratio){2, 10});
	}
	agg_case_step(f->k);
}

/* What comes while a page is being made is not on it, and the page says so. */
static void
turns_between_the_slices_of_a_page_are_not_on_it(void **state)
{
	const char *const *const asked[] = {
	    ARGS("indicator", "pov@a", "unit", "land", "map", "old"),
	    ARGS("indicator", "pov@a", "unit", "land", "map", "old",
	         "as_published", "2031-01-01")};
	struct ask_agg *f = *state;
	char *whole;
	uint32_t n;

	two_years(f);
	for (int i = 0; i < 2; i++) {
		uint64_t head = f->k->node.head.number;
		uint64_t said = i == 0 ? 0 : head;

		f->k->a.slice_looks = BENEATH_LOOKS;
		ask_rows(&f->ask, "series", asked[i]);
		assert_int_equal(f->ask.n_slices, 1);
		whole = strdup(ask_text(&f->ask));
		assert_non_null(whole);
		assert_true(strlen(whole) > 0);
		assert_true(f->ask.q.commit == said || i == 0);
		f->k->a.slice_looks = 1;
		/* nothing kept serves a later commit */
		agg_case_step(f->k);
		head++;
		ask_begin(&f->ask, 0, asked[i]);
		for (n = 0; slice(f, n) == ERR_AGAIN; n++) {
			fold_parts(&f->k->in, "pov@a", "c1", "2018",
			           (struct fold_ratio){n + 3, 10});
			agg_case_step(f->k);
		}
		assert_true(n > 5);
		assert_int_equal(f->ask.q.commit, head);
		assert_true(f->k->node.head.number > head + 5);
		assert_string_equal(ask_text(&f->ask), whole);
		free(whole);
		fold_parts(&f->k->in, "pov@a", "c1", "2018",
		           (struct fold_ratio){1, 10});
		agg_case_step(f->k);
	}
}

static void
a_new_catalogue_begins_the_page_again(void **state)
{
	struct ask_agg *f = *state;
	struct cat_line lines[FOLD_LINES_MAX];
	size_t n_lines;
	uint32_t n;

	two_years(f);
	f->k->a.slice_looks = 1;
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "land", "map", "old"));
	for (n = 0; n < 4; n++)
		assert_int_equal(slice(f, n), ERR_AGAIN);
	n_lines = expected(lines);
	for (size_t i = 0; i < n_lines; i++) {
		if (strcmp(lines[i].text, "old|c2|west") == 0)
			lines[i].text = "old|c2|gulf";
	}
	agg_case_apply(f->k, lines, n_lines);
	assert_false(beneath_busy(&f->k->a));
	while (slice(f, n) == ERR_AGAIN)
		n++;
	assert_int_equal(f->ask.q.commit, f->k->node.head.number);
	assert_string_equal(ask_column(&f->ask, "value"), "15.00 ");
	/* a crash in between, too */
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "land", "map", "old"));
	agg_case_step(f->k);
	assert_int_equal(slice(f, 0), ERR_AGAIN);
	fold_node_restart(&f->k->node);
	f->k->a.slice_looks = 1;
	for (n = 1; slice(f, n) == ERR_AGAIN;)
		n++;
	assert_string_equal(ask_column(&f->ask, "value"), "15.00 ");
}

/* Who asks first may go on; who asks for the first time waits. */
static void
one_page_is_made_at_a_time(void **state)
{
	struct ask_agg *f = *state;
	uint32_t n;

	two_years(f);
	f->k->a.slice_looks = 1;
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "land", "map", "old"));
	assert_int_equal(slice(f, 0), ERR_AGAIN);
	assert_true(beneath_busy(&f->k->a));
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "west", "map", "old",
	               "as_of", "3"));
	assert_int_equal(slice(f, 0), ERR_AGAIN);
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "c1", "map", "old"));
	assert_int_equal(slice(f, 0), ERR_OK);
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "land", "map", "old"));
	for (n = 1; slice(f, n) == ERR_AGAIN;)
		n++;
	assert_true(n > 5);
	assert_false(beneath_busy(&f->k->a));
	/* by its turn it ends what another has begun and left */
	agg_case_step(f->k);
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "land", "map", "old"));
	assert_int_equal(slice(f, 0), ERR_AGAIN);
	ask_begin(&f->ask, 0,
	          ARGS("indicator", "pov@a", "unit", "west", "map", "old",
	               "as_of", "3"));
	for (n = 1; slice(f, n) == ERR_AGAIN;)
		n++;
	assert_string_equal(ask_column(&f->ask, "value"), "15.00 ");
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, ask_agg_setup, ask_agg_teardown)
	const struct CMUnitTest tests[] = {
	    T(turns_between_the_slices_of_a_page_are_not_on_it),
	    T(a_new_catalogue_begins_the_page_again),
	    T(one_page_is_made_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
