/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/fold_case.c tests/lib/fold_random.c services/ingest/ingest_known.c services/ingest/ingest_state.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/reach.h"
#include "services/ingest/ingest_known.h"
#include "tests/lib/agg_case.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/random.h"

enum { LINES_MAX = 128 };

static size_t
timed(struct cat_line *lines)
{
	memcpy(lines, fold_country, fold_country_n * sizeof(*lines));
	memcpy(lines + fold_country_n, fold_timed,
	       fold_timed_n * sizeof(*lines));
	return fold_country_n + fold_timed_n;
}

/* --- rows against what aggregate really has --- */

struct counted {
	uint64_t bound;
	struct cells cells;
	struct known known;
	struct kv *state;
};

static void
record_count(struct counted *n, struct span record)
{
	struct block block;
	struct figure row;

	assert_int_equal(block_open(record, &block), ERR_OK);
	while (block.left > 0) {
		assert_int_equal(block_next(&block, &row), ERR_OK);
		n->bound += reach_rows(n->cells.reach, &row, 1);
		assert_int_equal(cells_add(&n->cells, &row, 1), ERR_OK);
		if (n->state != NULL)
			assert_int_equal(
			    known_take(&n->known, n->state, &row, 1), ERR_OK);
	}
}

static void
commit_count(struct counted *n, const struct record_list *commit)
{
	for (size_t i = 0; i < commit->n; i++) {
		struct span record = record_list_at(commit, i);

		if (record_type(record) == RECORD_BLOCK)
			record_count(n, record);
	}
}

static void
aggregate_never_has_more_than_was_counted(void **state)
{
	struct agg_case *k = *state;
	struct cat_line lines[LINES_MAX];
	struct counted n = {.bound = 0};
	struct reach reach;
	uint64_t seed = 20261122, all = 0, counted = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	agg_case_apply(k, lines, timed(lines));
	assert_int_equal(reach_init(&reach, k->in.catalogue), ERR_OK);
	for (int i = 0; i < 300; i++) {
		const struct record_list *commit =
		    fold_random(&k->in, &seed, i % 2 == 0 ? 3 : 60);

		n.bound = 0;
		cells_init(&n.cells, &reach, COMMIT_CELLS_MAX);
		commit_count(&n, commit);
		k->a.fold.n_deltas = 0;
		assert_int_equal(fold_node_step(&k->node, commit), ERR_OK);
		assert_true(cells_count(&n.cells) <= n.bound);
		assert_true(k->a.fold.n_deltas <= cells_count(&n.cells));
		all += k->a.fold.n_deltas;
		counted += cells_count(&n.cells);
		cells_fini(&n.cells);
	}
	/* it is no idle count: most of what was told comes */
	print_message("%llu of %llu\n", (unsigned long long)all,
	              (unsigned long long)counted);
	assert_true(all > counted / 4);
	reach_fini(&reach);
}

/* New figures of places that add up: each cell is one that aggregate has. */
static void
new_figures_are_counted_exactly(void **state)
{
	static const char *const units[] = {"c1", "c2",   "c4",   "c5",
	                                    "c6", "gulf", "west", "land"};
	static const char *const rows[][2] = {
	    {"road", "2018"},    {"road", "2019"},    {"road", "2022"},
	    {"cure", "2019-12"}, {"cure", "2020-06"}, {"work", "2022-01"}};
	struct agg_case *k = *state;
	struct cat_line lines[LINES_MAX];
	struct counted n = {.bound = 0};
	struct reach reach;

	agg_case_apply(k, lines, timed(lines));
	assert_int_equal(reach_init(&reach, k->in.catalogue), ERR_OK);
	for (size_t i = 0; i < 8; i++) {
		const struct record_list *commit;

		for (size_t j = 0; j < 6; j++)
			fold_value(&k->in, rows[j][0], units[i], rows[j][1],
			           1000);
		commit = fold_commit(&k->in);
		cells_init(&n.cells, &reach, COMMIT_CELLS_MAX);
		commit_count(&n, commit);
		assert_int_equal(fold_node_step(&k->node, commit), ERR_OK);
		assert_int_equal(k->a.fold.n_deltas, cells_count(&n.cells));
		assert_true(cells_count(&n.cells) <= n.bound);
		n.bound = 0;
		cells_fini(&n.cells);
	}
	reach_fini(&reach);
}

/* --- bounds --- */

static void
what_changes_together_is_counted_once_and_up_to_the_bound(void **state)
{
	struct agg_case *k = *state;
	struct reach reach;
	struct cells cells;
	struct figure rows[4];

	assert_int_equal(reach_init(&reach, k->in.catalogue), ERR_OK);
	rows[0] = *fold_value(&k->in, "road", "c1", "2018", 1);
	rows[1] = *fold_value(&k->in, "road", "c2", "2018", 1);
	rows[2] = *fold_value(&k->in, "note", "c2", "2018", 1);
	rows[3] = *fold_value(&k->in, "road", "c1", "2019", 1);
	/* old: west, north, land; poor: list; new holds from 2021 on */
	cells_init(&cells, &reach, 4);
	assert_int_equal(cells_add(&cells, rows, 3), ERR_OK);
	assert_int_equal(cells_count(&cells), 4);
	assert_int_equal(cells_add(&cells, &rows[1], 1), ERR_OK);
	assert_int_equal(cells_count(&cells), 4);
	assert_int_equal(cells_add(&cells, &rows[3], 1), ERR_TOO_LARGE);
	cells_fini(&cells);
	/* new: far, land; and all of it at most */
	assert_int_equal(reach_rows(&reach, rows, 1), 6);
	assert_int_equal(reach_rows(&reach, rows, 3), 6 + 5);
	reach_fini(&reach);
}

/* A lattice of four levels of 16 units, each with all of the one above as parents,
 * and a chain in each of two more maps, the last unit of all of them being one. */
struct lattice {
	struct catalogue c;
	struct cat_map maps[3];
	struct cat_member members[1024];
};

enum { LATTICE_LAST = 200, WIDE = 16, DEEP = 14 };

static void
lattice_add(struct lattice *l, uint32_t map, uint32_t unit, uint32_t parent)
{
	l->members[l->c.n_members++] =
	    (struct cat_member){.map = map, .unit = unit, .parent = parent};
}

/* Units 1..48 in levels of 16 beneath 0. */
static void
lattice_make(struct lattice *l, uint32_t chain)
{
	*l = (struct lattice){.c.n_maps = 3, .c.n_units = LATTICE_LAST + 1};
	l->c.maps = l->maps;
	l->c.members = l->members;
	for (uint32_t unit = 1; unit <= 3 * WIDE; unit++) {
		uint32_t level = (unit - 1) / WIDE;

		if (level == 0)
			lattice_add(l, 0, unit, 0);
		for (uint32_t i = 0; level > 0 && i < WIDE; i++)
			lattice_add(l, 0, unit, (level - 1) * WIDE + 1 + i);
	}
	/* 14 ways of 1 + 528, 2 of 1 + 32 */
	for (uint32_t i = 0; i < 14; i++)
		lattice_add(l, 0, LATTICE_LAST, 2 * WIDE + 1 + i);
	for (uint32_t i = 0; i < 2; i++)
		lattice_add(l, 0, LATTICE_LAST, WIDE + 1 + i);
	for (uint32_t map = 1; map < 3; map++) {
		uint32_t n = map == 1 ? DEEP : chain;

		for (uint32_t i = 1; i < n; i++)
			lattice_add(l, map, 60 + i, 60 + i - 1);
		lattice_add(l, map, LATTICE_LAST, 60 + n - 1);
	}
	for (uint32_t map = 0; map < 3; map++)
		l->maps[map].declared = true;
}

static void
ways_up_are_bounded(void **state)
{
	struct lattice *l = malloc(sizeof(*l));
	struct reach reach;

	(void)state;
	assert_non_null(l);
	lattice_make(l, DEEP);
	assert_int_equal(reach_init(&reach, &l->c), ERR_OK);
	assert_int_equal(reach.ways[1], 2); /* the root; its own roll-up */
	assert_int_equal(reach.ways[LATTICE_LAST], REACH_UNIT_MAX);
	assert_int_equal(reach_too_far(&reach), NUMBER_NONE);
	reach_fini(&reach);
	lattice_make(l, DEEP + 1);
	assert_int_equal(reach_init(&reach, &l->c), ERR_OK);
	assert_int_equal(reach.ways[LATTICE_LAST], REACH_UNIT_MAX + 1);
	assert_int_equal(reach_too_far(&reach), LATTICE_LAST);
	reach_fini(&reach);
	/* a map that is no more counts for nothing */
	l->maps[2].declared = false;
	assert_int_equal(reach_init(&reach, &l->c), ERR_OK);
	assert_int_equal(reach_too_far(&reach), NUMBER_NONE);
	reach_fini(&reach);
	free(l);
}

/* --- what a catalogue says again --- */

static uint64_t
rows_said(struct agg_case *k)
{
	struct figures_reader figures;
	struct rollups_reader rollups;
	struct span record;
	uint64_t n = 0;

	for (unsigned i = 0;
	     fold_node_record(&k->node, RECORD_FIGURES, i, &record); i++) {
		assert_int_equal(figures_open(record, &figures), ERR_OK);
		n += figures.left;
	}
	for (unsigned i = 0;
	     fold_node_record(&k->node, RECORD_ROLLUPS, i, &record); i++) {
		assert_int_equal(rollups_open(record, &rollups), ERR_OK);
		n += rollups.left;
	}
	return n;
}

static size_t
with_targets(struct cat_line *lines)
{
	size_t n = timed(lines);

	lines[n++] =
	    (struct cat_line){CAT_PROGRAMME, "prog|Prog|Prog|2016|2025"};
	lines[n++] = (struct cat_line){
	    CAT_TARGET, "prog|cure|x|book|2020|cure|c1 west land||||level|"
	                "9||at_least||2018-01|3||2025|line"};
	lines[n++] = (struct cat_line){
	    CAT_TARGET, "prog|fall|x|book|2020|pov@b|c1 north||||level|"
	                "9.00||at_most||2017|30.00||2025|line"};
	return n;
}

static void
a_catalogue_never_says_more_again_than_was_foretold(void **state)
{
	struct agg_case *k = *state;
	struct cat_line lines[LINES_MAX];
	struct counted n = {.bound = 0};
	struct known_again again = {.max = UINT64_MAX};
	struct kv_mem *mem;
	struct reach reach;
	uint64_t seed = 7, said = 0, foretold = 0;

	known_init(&n.known);
	assert_int_equal(kv_mem_new(&mem), ERR_OK);
	n.state = kv_mem_kv(mem);
	agg_case_apply(k, lines, timed(lines));
	for (int i = 0; i < 40; i++) {
		const struct record_list *commit;

		assert_int_equal(reach_init(&reach, k->in.catalogue), ERR_OK);
		commit = fold_random(&k->in, &seed, 12);
		cells_init(&n.cells, &reach, COMMIT_CELLS_MAX);
		commit_count(&n, commit);
		cells_fini(&n.cells);
		assert_int_equal(fold_node_step(&k->node, commit), ERR_OK);
		reach_fini(&reach);
		/* half of them after a restart */
		if (i % 2 == 0)
			assert_int_equal(known_load(&n.known, n.state), ERR_OK);
		agg_case_apply(k, lines, with_targets(lines));
		assert_int_equal(reach_init(&reach, k->in.catalogue), ERR_OK);
		assert_int_equal(
		    known_again(&n.known, k->in.catalogue, &reach, &again),
		    ERR_OK);
		reach_fini(&reach);
		assert_true(rows_said(k) <= again.n);
		said += rows_said(k);
		foretold += again.n;
	}
	print_message("%llu of %llu\n", (unsigned long long)said,
	              (unsigned long long)foretold);
	assert_true(said > foretold / 4);
	known_fini(&n.known);
	kv_mem_free(&mem);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, agg_case_setup, agg_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(aggregate_never_has_more_than_was_counted),
	    T(new_figures_are_counted_exactly),
	    T(what_changes_together_is_counted_once_and_up_to_the_bound),
	    T(ways_up_are_bounded),
	    T(a_catalogue_never_says_more_again_than_was_foretold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
