/* links: services/ingest/ingest.c services/ingest/ingest_state.c services/ingest/ingest_batch.c services/ingest/ingest_strict.c services/ingest/ingest_said.c services/ingest/ingest_apply.c services/ingest/ingest_fit.c services/ingest/ingest_known.c common/domain/reach.c common/domain/target_series.c services/ingest/ingest_declare.c services/ingest/ingest_clock.c services/ingest/ingest_largest.c services/ingest/ingest_sources.c common/domain/silence.c services/ingest/ingest_latest.c services/ingest/ingest_backfill.c services/ingest/ingest_query.c tests/lib/ingest_case.c tests/lib/cat_lines.c tests/lib/tmpdir.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c common/domain/admission.c common/domain/admission_conflict.c common/domain/admission_row.c common/domain/arena.c common/domain/catalogue_bounds.c common/domain/catalogue_build.c common/domain/catalogue_check.c common/domain/catalogue_duty.c common/domain/catalogue_indicators.c common/domain/catalogue_kinds.c common/domain/catalogue_lookup.c common/domain/catalogue_record.c common/domain/catalogue_rows.c common/domain/catalogue_rules.c common/domain/catalogue_sources.c common/domain/catalogue_take.c common/domain/catalogue_targets.c common/domain/catalogue_units.c common/domain/decimal.c common/domain/figure.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rows.c common/domain/text.c common/domain/verdict_names.c common/base/clock.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/ingest_case.h"

/* What of one commit may come is bounded (K1b); here by less than in the product. */

#define PART   (WIRE_FLAG_STRICT | WIRE_FLAG_MORE)
#define STRICT WIRE_FLAG_STRICT

static const struct sent a_2020 = {"cnt", "a", "2020", 1, NULL};
static const struct sent b_2020 = {"cnt", "b", "2020", 2, NULL};
static const struct sent a_2019 = {"cnt", "a", "2019", 3, NULL};
static const struct sent a_q3 = {"q", "a", "2021-Q3", 4, NULL};

static struct sent_batch
one(const struct sent *row, uint64_t sequence, uint64_t flags)
{
	return (struct sent_batch){.producer = "p",
	                           .epoch = 1,
	                           .sequence = sequence,
	                           .flags = flags,
	                           .rows = row,
	                           .n_rows = 1};
}

static void
send(struct ingest_case *f, const struct sent *row, uint64_t sequence,
     uint64_t flags)
{
	struct sent_batch b = one(row, sequence, flags);

	ingest_case_batch(f, &b);
}

static void
taken(struct ingest_case *f, const struct sent *row, uint64_t sequence,
      uint64_t flags)
{
	struct sent_batch b = one(row, sequence, flags);

	(void)ingest_case_taken(f, &b, (flags & WIRE_FLAG_MORE) == 0 ? 1 : 0, 0,
	                        0);
}

static void
too_large(struct ingest_case *f, const struct sent *row, uint64_t sequence,
          uint64_t flags)
{
	struct sent_batch b = one(row, sequence, flags);
	uint64_t head = ingest_case_head(f);
	const struct wire_nack *nack =
	    ingest_case_refused(f, &b, ERR_TOO_LARGE);

	assert_true(span_equal(nack->field, span_str("rows")));
	assert_int_equal(nack->retry_ms, 0);
	assert_int_equal(ingest_case_head(f), head);
}

static void
bounds_are_those_of_the_product(void **state)
{
	const struct ingest_case *f = *state;

	assert_int_equal(f->ingest.fit.rows_max, COMMIT_ROWS_MAX);
	assert_int_equal(f->ingest.fit.cells_max, COMMIT_CELLS_MAX);
	assert_int_equal(f->ingest.fit.again_max, COMMIT_AGAIN_MAX);
}

/* Both change the roll-up of n in 2020: one, though it may be two. */
static void
what_does_not_fit_begins_the_next_commit(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);
	struct commit c;

	f->ingest.fit.cells_max = 1;
	send(f, &a_2020, 1, 0);
	send(f, &b_2020, 2, 0);
	send(f, &a_2019, 3, 0);
	ingest_case_turn_ok(f, 2);
	assert_int_equal(f->turn.out.n_taken, 2);
	assert_int_equal(ingest_case_head(f), head + 1);
	assert_int_equal(ingest_case_records(f, head + 1, &c), 2);
	assert_int_equal(f->ingest.counts.rows_accepted, 2);
	taken(f, &a_2019, 3, 0); /* given again */
	assert_int_equal(ingest_case_head(f), head + 2);
}

/* The quarter, its half and the year. */
static void
what_does_not_fit_alone_is_refused_and_its_number_is_free(void **state)
{
	struct ingest_case *f = *state;

	f->ingest.fit.cells_max = 2;
	too_large(f, &a_q3, 1, WIRE_FLAG_DRY_RUN);
	too_large(f, &a_q3, 1, 0);
	f->ingest.fit.cells_max = 3;
	taken(f, &a_q3, 1, WIRE_FLAG_DRY_RUN);
	taken(f, &a_q3, 1, 0);
	f->ingest.fit.cells_max = 2;
	taken(f, &a_2019, 2, 0);
}

static void
a_strict_submission_is_counted_whole(void **state)
{
	struct ingest_case *f = *state;
	const struct sent *const rows[] = {&a_2020, &b_2020, &a_2019};
	struct sent_batch last = one(&a_2019, 3, STRICT);
	uint64_t head = ingest_case_head(f);

	f->ingest.fit.cells_max = 1;
	for (uint64_t i = 0; i < 2; i++)
		taken(f, rows[i], i + 1, PART);
	too_large(f, &a_2019, 3, STRICT);
	assert_int_equal(f->ingest.staged_rows, 0);
	assert_int_equal(f->ingest.counts.rows_accepted, 0);
	f->ingest.fit.cells_max = 2;
	for (uint64_t i = 0; i < 2; i++)
		taken(f, rows[i], i + 1, PART);
	(void)ingest_case_taken(f, &last, 3, 0, 0);
	assert_int_equal(ingest_case_head(f), head + 1);
}

static void
a_strict_submission_that_does_not_fit_behind_others_waits(void **state)
{
	struct ingest_case *f = *state;
	struct sent_batch last = one(&b_2020, 2, STRICT);
	uint64_t head = ingest_case_head(f);
	struct commit c;

	ingest_case_hello(f, "o", 0);
	ingest_case_turn_ok(f, 1);
	f->ingest.fit.cells_max = 1;
	taken(f, &a_2020, 1, PART);
	last.producer = "o";
	last.rows = &a_2019;
	last.sequence = 1;
	last.flags = 0;
	ingest_case_batch(f, &last);
	send(f, &b_2020, 2, STRICT);
	ingest_case_turn_ok(f, 1);
	assert_int_equal(f->turn.out.n_taken, 1);
	assert_int_equal(ingest_case_head(f), head + 1);
	last = one(&b_2020, 2, STRICT); /* given again: nothing was forgotten */
	(void)ingest_case_taken(f, &last, 2, 0, 0);
	assert_int_equal(ingest_case_records(f, head + 2, &c), 2);
}

static void
rows_are_bounded_too(void **state)
{
	struct ingest_case *f = *state;
	const struct sent rows[] = {a_2020, b_2020, a_2019};
	struct sent_batch b = one(rows, 1, STRICT);

	f->ingest.fit.rows_max = 2;
	b.n_rows = 3;
	(void)ingest_case_refused(f, &b, ERR_TOO_LARGE);
	b.n_rows = 2;
	ingest_case_batch(f, &b);
	send(f, &a_2019, 2, 0);
	ingest_case_turn_ok(f, 1);
	assert_int_equal(f->turn.out.n_taken, 1);
	taken(f, &a_2019, 2, 0);
}

/* --- catalogues --- */

static void
apply(struct ingest_case *f, const char *units, bool dry_run)
{
	struct cat_line lines[40];
	char target[120];
	size_t n = ingest_case_n_lines;

	memcpy(lines, ingest_case_lines, n * sizeof(*lines));
	(void)snprintf(target, sizeof(target),
	               "pr|built|built|d1|2016|cnt@a|%s||||level|5||at_least||"
	               "|||2020",
	               units);
	lines[n++] = (struct cat_line){CAT_TARGET, target};
	ingest_case_apply(f, lines, n, 1, dry_run);
}

/* Of a three periods, of n as many and their roll-ups: withdrawn or not. */
static void
what_a_catalogue_says_again_is_bounded(void **state)
{
	static const char *const years[] = {"2018", "2019", "2020"};
	struct ingest_case *f = *state;
	const char *words = "larger than allowed: all targets together read up "
	                    "to 9 figures and roll-ups, 8 are allowed";
	uint64_t head;

	for (uint64_t i = 0; i < 3; i++) {
		struct sent row = a_2020;

		row.period = years[i];
		taken(f, &row, i + 1, 0);
	}
	taken(f, &a_q3, 4, 0); /* which no target reads */
	ingest_case_restart(f);
	head = ingest_case_head(f);
	for (int dry_run = 1; dry_run >= 0; dry_run--) {
		const struct wire_error *e;

		f->ingest.fit.again_max = 8;
		apply(f, "a n", dry_run != 0);
		ingest_case_turn_ok(f, 1);
		ingest_case_error(f, 0, ERR_TOO_LARGE, "targets[pr/built]");
		e = &ingest_case_answer(f, 0, WIRE_ERROR)->as.error;
		assert_memory_equal(e->text.ptr, words, strlen(words));
		assert_int_equal(ingest_case_head(f), head);
		f->ingest.fit.again_max = 9;
		apply(f, "a n", dry_run != 0);
		assert_true(
		    ingest_case_ask(f, WIRE_APPLIED)->as.applied.changed);
	}
	assert_int_equal(ingest_case_head(f), head + 1);
}

struct lattice {
	struct cat_line lines[900];
	char texts[900][48];
	size_t n;
};

static char *
lattice_add(struct lattice *l, enum cat_kind kind)
{
	l->lines[l->n] = (struct cat_line){kind, l->texts[l->n]};
	return l->texts[l->n++];
}

/* Levels of 16 units, each a year beneath each of the level above. */
static void
lattice_make(struct lattice *l, int levels)
{
	l->n = ingest_case_n_lines;
	memcpy(l->lines, ingest_case_lines, l->n * sizeof(l->lines[0]));
	snprintf(lattice_add(l, CAT_UNIT), sizeof(l->texts[0]),
	         "top||T|T|group|group||");
	snprintf(lattice_add(l, CAT_MAP), sizeof(l->texts[0]),
	         "g|G|G|top|grouping||");
	for (int i = 0; i < levels * 16; i++) {
		snprintf(lattice_add(l, CAT_UNIT), sizeof(l->texts[0]),
		         "x%d||X|X|group|group||", i);
		for (int j = 0; i >= 16 && j < 16; j++)
			snprintf(lattice_add(l, CAT_MEMBER),
			         sizeof(l->texts[0]),
			         "g|x%d|x%d||%d-01-01|%d-12-31", i,
			         i / 16 * 16 - 16 + j, 2001 + j, 2001 + j);
		if (i < 16)
			snprintf(lattice_add(l, CAT_MEMBER),
			         sizeof(l->texts[0]), "g|x%d|top|||", i);
	}
}

/* Its bound stands in test_reach.c. */
static void
a_unit_with_too_many_ways_up_is_refused(void **state)
{
	struct lattice *l = calloc(1, sizeof(*l));
	struct ingest_case *f = *state;

	assert_non_null(l);
	for (int dry_run = 1; dry_run >= 0; dry_run--) {
		lattice_make(l,
		             4); /* 16 (1 + 16 (1 + 16 (1 + 1))) and itself */
		l->n -= 15 * 17; /* one unit of the last level */
		ingest_case_apply(f, l->lines, l->n, 1, dry_run != 0);
		ingest_case_turn_ok(f, 1);
		ingest_case_error(f, 0, ERR_TOO_LARGE, "units[x48]");
	}
	lattice_make(l, 3);
	ingest_case_apply(f, l->lines, l->n, 1, false);
	(void)ingest_case_ask(f, WIRE_APPLIED);
	free(l);
}

int
main(void)
{
#define T(name)                                                  \
	cmocka_unit_test_setup_teardown(name, ingest_case_ready, \
	                                ingest_case_teardown)
	const struct CMUnitTest tests[] = {
	    T(bounds_are_those_of_the_product),
	    T(what_does_not_fit_begins_the_next_commit),
	    T(what_does_not_fit_alone_is_refused_and_its_number_is_free),
	    T(a_strict_submission_is_counted_whole),
	    T(a_strict_submission_that_does_not_fit_behind_others_waits),
	    T(rows_are_bounded_too),
	    T(what_a_catalogue_says_again_is_bounded),
	    T(a_unit_with_too_many_ways_up_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
