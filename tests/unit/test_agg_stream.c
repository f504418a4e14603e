/* links: services/aggregate/agg_delta.c services/aggregate/agg_emit.c services/aggregate/agg_fold.c services/aggregate/agg_place.c common/domain/reach.c common/domain/target_series.c services/aggregate/agg_query.c services/aggregate/agg_snapshot.c services/aggregate/agg_stream.c services/aggregate/agg_stream_row.c services/aggregate/agg_refold.c services/aggregate/agg_rollup.c services/aggregate/agg_sheet.c services/aggregate/agg_series.c services/aggregate/agg_series_row.c services/aggregate/agg_coverage.c services/aggregate/agg_past.c services/aggregate/agg_state.c services/aggregate/agg_targets.c services/aggregate/agg_year.c services/aggregate/aggregate.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/expect.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/rollup.c common/domain/sheet.c common/domain/text.c common/domain/verdict_names.c common/domain/version.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/base/buf.c common/base/err.c common/base/map.c common/base/kv.c common/base/kv_mem.c common/base/journal.c tests/lib/cat_lines.c tests/lib/agg_case.c tests/lib/ask_agg.c tests/lib/ask_case.c tests/lib/fold_case.c tests/lib/fold_random.c tests/lib/fold_reform.c tests/lib/stream_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/aggregate/agg_stream.h"
#include "tests/lib/ask_agg.h"
#include "tests/lib/fold_random.h"
#include "tests/lib/fold_reform.h"
#include "tests/lib/random.h"
#include "tests/lib/stream_case.h"

/* A follower of everything. */
struct follower {
	struct stream_case copy;
	const char *only; /* prefix that is wanted; NULL: all */
	unsigned asked;
	bool cut;
};

static bool
follower_wants(void *self, const char *topic)
{
	struct follower *f = self;

	f->asked++;
	return f->only == NULL || strncmp(topic, f->only, strlen(f->only)) == 0;
}

static void
follower_row(void *self, const char *topic, struct wire_list row)
{
	struct follower *f = self;

	assert_false(f->cut);
	stream_take(&f->copy, topic, row);
}

static void
follower_cut(void *self)
{
	struct follower *f = self;

	f->cut = true;
	f->copy.cuts++;
}

static void
follower_open(struct follower *f)
{
	*f = (struct follower){.only = NULL};
	stream_open(&f->copy);
}

/* What one commit changed; false: the streams were cut. */
static bool
tell(struct ask_agg *f, struct follower *to, uint64_t number)
{
	const struct agg_stream_sink sink = {.wants = follower_wants,
	                                     .row = follower_row,
	                                     .cut = follower_cut,
	                                     .self = to};

	to->cut = false;
	assert_int_equal(agg_stream_commit(&f->k->a,
	                                   fold_node_journal(&f->k->node),
	                                   number, &sink),
	                 ERR_OK);
	return !to->cut;
}

static uint64_t
head_of(const struct ask_agg *f)
{
	return f->k->node.head.number;
}

static void
assert_whole(struct ask_agg *f, struct follower *to, uint64_t max)
{
	struct stream_case now;

	stream_open(&now);
	stream_load_all(&now, &f->ask, max);
	stream_same(&to->copy, &now);
	stream_close(&now);
}

static void
fold_any(struct ask_agg *f, uint64_t *seed)
{
	assert_int_equal(
	    fold_node_step(&f->k->node, fold_random(&f->k->in, seed, 40)),
	    ERR_OK);
}

/* A commune that no map has. */
static void
country(struct reform *r, bool reformed)
{
	if (reformed)
		reform_all(r);
	else
		reform_none(r);
	reform_timed(r);
	reform_add(r, CAT_UNIT, "lost|99|Lost|||commune");
}

static void
apply_country(struct ask_agg *f, bool reformed)
{
	struct reform r;

	country(&r, reformed);
	agg_case_apply(f->k, r.lines, r.n);
}

/* The same places, another name, and targets: what they read is said again (K4a). */
static void
apply_targets(struct ask_agg *f, bool reformed)
{
	struct reform r;

	country(&r, reformed);
	reform_replace(&r, "gulf|04|Gulf|||province", "gulf|04|Bay|||province");
	reform_add(&r, CAT_PROGRAMME, "prog|P|P|2016|2025");
	reform_add(&r, CAT_TARGET,
	           "prog|build|x|plan|2016|road|c1 c2 west||||level|"
	           "9.0||at_least|||||2025");
	agg_case_apply(f->k, r.lines, r.n);
	assert_int_equal(f->k->node.turns, 1);
}

static void
fold_lost(struct ask_agg *f, int64_t mantissa)
{
	fold_value(&f->k->in, "road", "lost", "2019", mantissa);
	agg_case_step(f->k);
}

/* The commit to come: figures, a catalogue of other places, or of the same. True: it
 * has to be cut. */
static bool
step_any(struct ask_agg *f, int i, uint64_t *seed)
{
	bool reformed = i / 12 % 2 == 1;

	if (i % 12 == 0) {
		apply_country(f, reformed);
		return true;
	}
	if (i % 12 == 5)
		apply_targets(f, reformed);
	else if (i % 12 == 7)
		fold_lost(f, i);
	else if (i == 56)
		assert_int_equal(
		    fold_node_step(&f->k->node, fold_withdraw(&f->k->in)),
		    ERR_OK);
	else
		fold_any(f, seed);
	return false;
}

static void
updates_turn_the_snapshot_before_into_the_one_behind(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;
	uint64_t seed = 20261122;

	print_message("seed %llu\n", (unsigned long long)seed);
	follower_open(&to);
	for (int i = 0; i < 60; i++) {
		bool cut = step_any(f, i, &seed);

		assert_int_equal(tell(f, &to, head_of(f)), !cut);
		if (cut)
			stream_load_all(&to.copy, &f->ask, 0);
		assert_whole(f, &to, below(&seed, 40) + 1);
		if (i % 9 == 8)
			fold_node_restart(&f->k->node);
	}
	assert_true(to.copy.gone > 500);
	assert_int_equal(to.copy.cuts, 5);
	stream_close(&to.copy);
}

/* Slices of a refold are no commits; in between the streams stand still. */
static void
a_refold_in_slices_is_one_cut(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;
	uint64_t seed = 4;

	follower_open(&to);
	for (int i = 0; i < 10; i++)
		fold_any(f, &seed);
	f->k->a.slice_rows = 5;
	apply_country(f, true);
	assert_true(f->k->node.turns > 5);
	assert_false(tell(f, &to, head_of(f)));
	stream_load_all(&to.copy, &f->ask, 3);
	fold_any(f, &seed);
	assert_true(tell(f, &to, head_of(f)));
	assert_whole(f, &to, 5);
	stream_close(&to.copy);
}

/* Told when the service is at its head again. */
static void
commits_may_be_told_long_after(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;
	uint64_t seed = 77, from, applied;

	follower_open(&to);
	apply_country(f, false);
	for (int i = 0; i < 8; i++)
		fold_any(f, &seed);
	stream_load_all(&to.copy, &f->ask, 0);
	from = head_of(f);
	for (int i = 0; i < 20; i++)
		fold_any(f, &seed);
	apply_targets(f, false);
	fold_any(f, &seed);
	for (uint64_t n = from + 1; n <= head_of(f); n++)
		assert_true(tell(f, &to, n));
	assert_whole(f, &to, 0);

	from = head_of(f);
	fold_any(f, &seed);
	apply_country(f, true);
	applied = head_of(f);
	fold_any(f, &seed);
	for (uint64_t n = from + 1; n <= head_of(f); n++)
		assert_int_equal(tell(f, &to, n), n > applied);
	stream_close(&to.copy);
}

/* WIRE.md: all updates behind the oldest page, in order, over whatever the pages said. */
static void
pages_of_several_commits_become_whole_with_the_updates_between(void **state)
{
	const char *topic = "agg/old/road/";
	struct ask_agg *f = *state;
	struct follower to, now;
	uint64_t seed = 31, from;
	unsigned pages = 1;

	follower_open(&to);
	follower_open(&now);
	for (int i = 0; i < 20; i++)
		fold_any(f, &seed);
	from = head_of(f);
	ask_begin(&f->ask, 3, ARGS("stream", topic));
	for (; stream_page(&to.copy, &f->ask, topic); pages++)
		fold_any(f, &seed);
	assert_true(pages > 5);
	to.only = topic;
	for (uint64_t n = from + 1; n <= head_of(f); n++)
		assert_true(tell(f, &to, n));
	stream_load(&now.copy, &f->ask, topic, 0);
	stream_same(&to.copy, &now.copy);
	stream_close(&to.copy);
	stream_close(&now.copy);
}

static void
what_nobody_wants_is_asked_once_a_commit(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;

	follower_open(&to);
	to.only = "none";
	for (int i = 0; i < 9; i++) {
		char period[8];

		(void)snprintf(period, sizeof(period), "201%d", i);
		fold_value(&f->k->in, "road", "c1", period, i);
	}
	agg_case_step(f->k);
	assert_true(tell(f, &to, head_of(f)));
	assert_int_equal(to.copy.told, 0);
	assert_int_equal(to.asked, 3); /* old, new, poor */
	stream_close(&to.copy);
}

static void
a_row_says_what_is_known(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;
	struct buf text;

	buf_init(&text, 65536);
	follower_open(&to);
	fold_parts(&f->k->in, "pov@a", "c1", "2018", (struct fold_ratio){1, 8})
	    ->document = 1;
	fold_row(&f->k->in, "pov@a", "c2", "2018")->status = STATUS_M;
	agg_case_step(f->k);
	assert_true(tell(f, &to, head_of(f)));
	assert_string_equal(
	    stream_text(&to.copy, "agg/old/pov/", "reported 2018 c1 pov@a",
	                &text),
	    "definition=pov@a unit=c1 period=2018 kind=reported value=12.50 "
	    "numerator=1 denominator=8 bound== status=A source=office "
	    "document=book released=2019-02-14 commit=2");
	assert_string_equal(
	    stream_text(&to.copy, "agg/old/pov/", "reported 2018 c2 pov@a",
	                &text),
	    "definition=pov@a unit=c2 period=2018 kind=reported value=- "
	    "bound== status=M source=office released=2019-02-14 commit=2");
	assert_string_equal(
	    stream_text(&to.copy, "agg/old/pov/", "rolled_up 2018 west pov@a",
	                &text),
	    "definition=pov@a unit=west period=2018 kind=rolled_up value=12.50 "
	    "numerator=1 denominator=8 status=A reporting=0");
	stream_close(&to.copy);
	buf_fini(&text);
}

static void
a_part_of_a_divided_unit_is_told(void **state)
{
	struct ask_agg *f = *state;
	struct buf text;
	struct follower to;

	buf_init(&text, 65536);
	follower_open(&to);
	fold_value(&f->k->in, "road", "c5", "2022", 100);
	agg_case_step(f->k);
	assert_true(tell(f, &to, head_of(f)));
	assert_string_equal(
	    stream_text(&to.copy, "agg/new/road/", "rolled_up 2022 far road",
	                &text),
	    "definition=road unit=far period=2022 kind=rolled_up value=2.5 "
	    "status=A reporting=0 n_derived=1");
	stream_close(&to.copy);
	buf_fini(&text);
}

static void
a_withdrawn_figure_is_gone_with_what_stood_on_it(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;

	follower_open(&to);
	fold_value(&f->k->in, "road", "c1", "2018", 7);
	agg_case_step(f->k);
	assert_true(tell(f, &to, head_of(f)));
	assert_true(stream_rows(&to.copy) > 0);
	fold_delete(&f->k->in, "road", "c1", "2018");
	agg_case_step(f->k);
	assert_true(tell(f, &to, head_of(f)));
	assert_true(to.copy.gone > 0);
	assert_int_equal(stream_rows(&to.copy), 0);
	stream_close(&to.copy);
}

/* c4 is in old and poor, not in new. */
static void
a_figure_is_in_the_maps_that_know_its_unit(void **state)
{
	struct ask_agg *f = *state;
	struct follower to;

	follower_open(&to);
	apply_country(f, false);
	fold_value(&f->k->in, "note", "c4", "2030", 7);
	fold_lost(f, 1);
	assert_true(tell(f, &to, head_of(f)));
	assert_int_equal(stream_copy(&to.copy, "agg/old/note/")->n, 1);
	assert_int_equal(stream_copy(&to.copy, "agg/poor/note/")->n, 1);
	assert_int_equal(stream_copy(&to.copy, "agg/new/note/")->n, 0);
	assert_int_equal(stream_copy(&to.copy, "agg/_/note/")->n, 0);
	assert_int_equal(stream_copy(&to.copy, "agg/_/road/")->n, 1);
	assert_int_equal(stream_rows(&to.copy), 3);
	assert_whole(f, &to, 1);
	stream_close(&to.copy);
}

/* --- questions --------------------------------------------------------------------- */

static void
rows_come_in_order_of_their_keys(void **state)
{
	struct ask_agg *f = *state;

	fold_value(&f->k->in, "pov@b", "c1", "2018", 1);
	fold_value(&f->k->in, "pov@a", "c2", "2018", 1);
	fold_value(&f->k->in, "pov@a", "c1", "2018", 1);
	fold_value(&f->k->in, "pov@a", "c3", "2017", 1);
	fold_parts(&f->k->in, "pov@a", "c3", "2019", (struct fold_ratio){1, 2});
	agg_case_step(f->k);
	assert_string_equal(ask_column_of(&f->ask, "snapshot", "unit",
	                                  ARGS("stream", "agg/old/pov/")),
	                    "c3 c1 c1 c2 c3 land north east ");
	assert_string_equal(ask_column(&f->ask, "definition"),
	                    "pov@a pov@a pov@b pov@a pov@a pov@a pov@a pov@a ");
}

static void
streams_that_nobody_has_are_refused(void **state)
{
	static const char *const none[] = {
	    "agg/old/pov",    "agg/old/",  "agg/old/pov/x",    "agg/older/pov/",
	    "agg/old/pov@a/", "agg//pov/", "verdict/old/pov/", "x"};
	struct ask_agg *f = *state;

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ask_refused(&f->ask, "snapshot",
		            (struct ask_refusal){ERR_NOT_FOUND, "stream"},
		            ARGS("stream", none[i]));
	ask_refused(&f->ask, "snapshot",
	            (struct ask_refusal){ERR_MISSING_FIELD, "stream"}, NO_ARGS);
	ask_refused(&f->ask, "snapshot",
	            (struct ask_refusal){ERR_UNKNOWN_KEY, "args"},
	            ARGS("streams", "agg/old/pov/"));
}

static void
a_map_that_is_no_more_has_an_empty_stream(void **state)
{
	struct ask_agg *f = *state;

	apply_country(f, true);
	fold_value(&f->k->in, "road", "c2", "2018", 1);
	agg_case_step(f->k);
	assert_string_equal(ask_column_of(&f->ask, "snapshot", "unit",
	                                  ARGS("stream", "agg/rich/road/")),
	                    "c2 rich-list ");
	apply_country(f, false);
	assert_string_equal(ask_column_of(&f->ask, "snapshot", "unit",
	                                  ARGS("stream", "agg/rich/road/")),
	                    "");
	assert_string_equal(ask_column_of(&f->ask, "streams", "stream",
	                                  ARGS("prefix", "agg/rich/")),
	                    "");
}

static void
names_are_listed_by_prefix(void **state)
{
	struct ask_agg *f = *state;

	assert_string_equal(ask_column_of(&f->ask, "streams", "stream",
	                                  ARGS("prefix", "agg/new/po")),
	                    "agg/new/pov/ agg/new/pov-em/ ");
	assert_string_equal(ask_column_of(&f->ask, "streams", "stream",
	                                  ARGS("prefix", "agg/_/wa")),
	                    "agg/_/wage/ ");
	ask_rows(&f->ask, "streams", NO_ARGS);
	assert_int_equal(f->ask.q.rows.n_rows, 24);
}

static void
a_token_of_any_bytes_is_only_a_place(void **state)
{
	struct ask_agg *f = *state;
	uint64_t seed = 9;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 10; i++)
		fold_any(f, &seed);
	for (int i = 0; i < 2000; i++) {
		uint8_t token[20];

		for (size_t k = 0; k < sizeof(token); k++)
			token[k] =
			    (uint8_t)(below(&seed, 3) * below(&seed, 200));
		ask_begin(&f->ask, 5, ARGS("stream", "agg/old/road/"));
		f->ask.asked.after = span_of(token, below(&seed, 21));
		assert_int_equal(ask_page(&f->ask, "snapshot"), ERR_OK);
		ask_begin(&f->ask, 5, NO_ARGS);
		f->ask.asked.after = span_of(token, below(&seed, 21));
		assert_int_equal(ask_page(&f->ask, "streams"), ERR_OK);
	}
}

/* n pages of figures, none of them of roads. */
static void
fold_pages(struct ask_agg *f, int n)
{
	static const char *const units[] = {"land", "north", "west", "c1", "c2",
	                                    "c3",   "c4",    "c5",   "c6"};

	for (int i = 0; i < n; i++) {
		char period[16];

		(void)snprintf(period, sizeof(period), "%04d-%02d",
		               2000 + i / 108, i / 9 % 12 + 1);
		fold_value(&f->k->in, "work", units[i % 9], period, 1);
	}
	agg_case_step(f->k);
}

/* The last look finds that there is no more. */
static void
a_page_looks_at_so_many_pages_of_state_and_no_more(void **state)
{
	struct ask_agg *f = *state;
	unsigned n = 0;

	fold_pages(f, STREAM_LOOKS - 1);
	ask_rows(&f->ask, "snapshot", ARGS("stream", "agg/_/road/"));
	assert_int_equal(f->ask.q.next.len, 0);
	fold_value(&f->k->in, "note", "c1", "2020", 1);
	agg_case_step(f->k);
	ask_rows(&f->ask, "snapshot", ARGS("stream", "agg/_/road/"));
	assert_int_equal(f->ask.q.rows.n_rows, 0);
	assert_true(f->ask.q.next.len > 0);
	ask_begin(&f->ask, 0, ARGS("stream", "agg/old/note/"));
	do {
		assert_int_equal(ask_page(&f->ask, "snapshot"), ERR_OK);
		n += f->ask.q.rows.n_rows;
	} while (ask_next(&f->ask));
	assert_int_equal(n, 1);
}

#define WIDE_LINES_MAX 128

/* 63 maps and none, each with n indicators. */
static void
apply_wide(struct ask_agg *f, unsigned n)
{
	struct cat_line lines[REFORM_LINES_MAX + WIDE_LINES_MAX];
	char text[WIDE_LINES_MAX][48];
	size_t at = fold_country_n;

	assert_in_range(54 + n, 0, WIDE_LINES_MAX);
	memcpy(lines, fold_country, fold_country_n * sizeof(*lines));
	for (unsigned i = 0; i < 60 + n - 6; i++) {
		if (i < 60)
			(void)snprintf(text[i], sizeof(text[i]),
			               "m%u|M||list|grouping", i);
		else
			(void)snprintf(text[i], sizeof(text[i]),
			               "i%u||I||m|0||up||||||||last||A", i);
		lines[at++] = (struct cat_line){
		    i < 60 ? CAT_MAP : CAT_INDICATOR, text[i]};
	}
	agg_case_apply(f->k, lines, at);
}

static void
a_page_tries_so_many_names_and_no_more(void **state)
{
	struct ask_agg *f = *state;

	apply_wide(f, STREAM_NAMES / 64);
	ask_rows(&f->ask, "streams", ARGS("prefix", "none"));
	assert_int_equal(f->ask.q.next.len, 0);
	apply_wide(f, STREAM_NAMES / 64 + 1);
	ask_rows(&f->ask, "streams", ARGS("prefix", "none"));
	assert_true(f->ask.q.next.len > 0);
	assert_true(ask_next(&f->ask));
	assert_int_equal(ask_page(&f->ask, "streams"), ERR_OK);
	assert_int_equal(f->ask.q.next.len, 0);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, ask_agg_setup, ask_agg_teardown)
	const struct CMUnitTest tests[] = {
	    T(updates_turn_the_snapshot_before_into_the_one_behind),
	    T(a_refold_in_slices_is_one_cut),
	    T(commits_may_be_told_long_after),
	    T(pages_of_several_commits_become_whole_with_the_updates_between),
	    T(what_nobody_wants_is_asked_once_a_commit),
	    T(a_row_says_what_is_known),
	    T(a_part_of_a_divided_unit_is_told),
	    T(a_withdrawn_figure_is_gone_with_what_stood_on_it),
	    T(a_figure_is_in_the_maps_that_know_its_unit),
	    T(rows_come_in_order_of_their_keys),
	    T(streams_that_nobody_has_are_refused),
	    T(a_map_that_is_no_more_has_an_empty_stream),
	    T(names_are_listed_by_prefix),
	    T(a_token_of_any_bytes_is_only_a_place),
	    T(a_page_looks_at_so_many_pages_of_state_and_no_more),
	    T(a_page_tries_so_many_names_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
