/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/ask_agg.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c */
/* What was answered at a commit is what is answered later as of that commit. */
#include <inttypes.h>
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

#define COMMITS 14

static const char *const indicators[] = {"pov",  "road", "wage", "work",
                                         "rate", "cure", "beds", "pay",
                                         "gain", "good", "five"};
static const char *const units[] = {"land", "north", "far", "gulf", "c5"};
static const char *const maps[] = {"old", "new", "poor"};

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Weights and comparisons are told of what is known now alone. */
static void
put_row(FILE *out, const char *row)
{
	static const char *const now[] = {"coverage.weight=", "comparable_"};
	char line[4096];
	char *word, *rest = line;

	assert_true(strlen(row) < sizeof(line));
	(void)snprintf(line, sizeof(line), "%s", row);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (strncmp(word, now[0], strlen(now[0])) != 0 &&
		    strncmp(word, now[1], strlen(now[1])) != 0)
			fprintf(out, "%s ", word);
	}
	fputc('\n', out);
}

static void
put_series(struct ask_agg *f, const char *const *args, FILE *out)
{
	ask_begin(&f->ask, 0, args);
	do {
		char *text, *row, *rest;

		assert_int_equal(ask_page(&f->ask, "series"), ERR_OK);
		text = strdup(ask_text(&f->ask));
		assert_non_null(text);
		rest = text;
		while ((row = strsep(&rest, "\n")) != NULL) {
			if (row[0] != 0)
				put_row(out, row);
		}
		free(text);
	} while (ask_next(&f->ask));
}

/* All series of all units in all maps; as_of "": now. */
static char *
all_series(struct ask_agg *f, const char *as_of)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < N(indicators) * N(units) * N(maps); i++) {
		const char *args[] = {"indicator",
		                      indicators[i % N(indicators)],
		                      "unit",
		                      units[i / N(indicators) % N(units)],
		                      "map",
		                      maps[i / N(indicators) / N(units)],
		                      as_of[0] != 0 ? "as_of" : NULL,
		                      as_of,
		                      NULL};

		put_series(f, args, out);
	}
	fclose(out);
	return text;
}

static void
apply(struct ask_agg *f, bool timed)
{
	struct cat_line lines[128];
	size_t n = fold_country_n;

	assert_true(fold_country_n + fold_timed_n + 1 <= N(lines));
	memcpy(lines, fold_country, sizeof(*lines) * fold_country_n);
	memcpy(&lines[n], fold_timed, sizeof(*lines) * fold_timed_n);
	n += fold_timed_n;
	for (size_t i = 0; timed && i < n; i++) {
		if (strncmp(lines[i].text, "old|c4|gulf", 11) == 0)
			lines[i].text = "old|c4|east|||2019-12-31";
	}
	agg_case_apply(f->k, lines, n);
}

static void
as_of_a_commit_is_what_was_answered_then(void **state)
{
	struct ask_agg *f = *state;
	uint64_t seed = 20261122;
	char *said[COMMITS + 8] = {NULL}; /* by commit */
	uint64_t first, n;

	apply(f, false);
	first = f->k->node.head.number;
	for (int i = 0; i < COMMITS; i++) {
		if (i == COMMITS / 2)
			apply(f, true);
		else
			assert_int_equal(
			    fold_node_step(&f->k->node,
			                   fold_random(&f->k->in, &seed, 60)),
			    ERR_OK);
		n = f->k->node.head.number - first;
		said[n] = all_series(f, "");
	}
	for (n = 1; n <= COMMITS; n++) {
		char number[24];
		char *again;

		(void)snprintf(number, sizeof(number), "%" PRIu64, first + n);
		/* in slices of any size the same */
		f->k->a.slice_looks = n % 2 == 0 ? BENEATH_LOOKS : 1;
		again = all_series(f, number);
		assert_string_equal(again, said[n]);
		assert_true(strlen(again) > 1000);
		free(again);
		free(said[n]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        as_of_a_commit_is_what_was_answered_then, ask_agg_setup,
	        ask_agg_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
