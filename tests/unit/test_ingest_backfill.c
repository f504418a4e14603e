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

#define OLD      WIRE_FLAG_BACKFILL
#define OLD_LAST (WIRE_FLAG_BACKFILL | WIRE_FLAG_LAST)
#define MARK     COMMIT_FLAG_BACKFILL
#define END      COMMIT_FLAG_BACKFILL_END

static const struct sent good = {"cnt", "a", "2020", 5, NULL};
static const struct sent bad = {"cnt", "nowhere", "2020", 5, NULL};

static struct sent_batch
batch_of(const char *producer, uint64_t sequence, uint64_t flags)
{
	return (struct sent_batch){.producer = producer,
	                           .epoch = 1,
	                           .sequence = sequence,
	                           .flags = flags,
	                           .rows = &good,
	                           .n_rows = 1};
}

static void
add(struct ingest_case *f, const char *producer, uint64_t sequence,
    uint64_t flags)
{
	struct sent_batch b = batch_of(producer, sequence, flags);

	ingest_case_batch(f, &b);
}

/* One batch alone in its turn: the commit it makes has these flags. */
static void
send_one(struct ingest_case *f, const char *producer, uint64_t sequence,
         uint64_t flags, uint32_t commit_flags)
{
	uint64_t head = ingest_case_head(f);
	struct commit c;

	add(f, producer, sequence, flags);
	assert_int_equal(ingest_case_ask(f, WIRE_ACK)->as.ack.accepted, 1);
	assert_int_equal(ingest_case_head(f), head + 1);
	assert_int_equal(ingest_case_records(f, head + 1, &c), 1);
	assert_int_equal(c.flags, commit_flags);
}

static void
hello(struct ingest_case *f, const char *producer)
{
	ingest_case_hello(f, producer, 0);
	(void)ingest_case_ask(f, WIRE_READY);
}

/* The turn with what was added takes so many, and commits with these flags; 0 and
 * no record: no commit. */
static void
turn_takes(struct ingest_case *f, size_t n, uint32_t n_records, uint32_t flags)
{
	uint64_t head = ingest_case_head(f);
	bool none = n_records == 0 && flags == 0;
	struct commit c;

	assert_int_equal(ingest_case_turn(f), ERR_OK);
	assert_int_equal(f->turn.out.n_taken, n);
	assert_int_equal(f->turn.out.replies.n, n);
	assert_int_equal(ingest_case_head(f), none ? head : head + 1);
	if (none)
		return;
	assert_int_equal(ingest_case_records(f, head + 1, &c), n_records);
	assert_int_equal(c.flags, flags);
}

static void
a_backfill_is_marked_until_its_last_batch(void **state)
{
	struct ingest_case *f = *state;

	send_one(f, "p", 1, 0, 0);
	send_one(f, "p", 2, OLD, MARK);
	send_one(f, "p", 3, OLD, MARK);
	send_one(f, "p", 4, OLD_LAST, MARK | END);
	send_one(f, "p", 5, 0, 0);
	send_one(f, "p", 6, OLD_LAST, MARK | END); /* of one batch */
}

static void
backfill_and_others_never_share_a_commit(void **state)
{
	struct ingest_case *f = *state;

	add(f, "p", 1, OLD);
	add(f, "p", 2, OLD);
	add(f, "p", 3, 0);
	add(f, "p", 4, OLD);
	turn_takes(f, 2, 2, MARK);
	add(f, "p", 3, 0);
	add(f, "p", 4, OLD);
	turn_takes(f, 1, 1, 0);
	add(f, "p", 4, OLD);
	ingest_case_hello(f, "q", 0); /* goes with anything */
	add(f, "p", 5, OLD_LAST);
	turn_takes(f, 3, 2, MARK | END);
}

static void
a_declaration_or_a_catalogue_waits_for_a_turn_of_its_own(void **state)
{
	static const char *const args[] = {"programme", "pr", NULL};
	struct ingest_case *f = *state;

	add(f, "p", 1, OLD);
	ingest_case_declare(f, "programme", args);
	turn_takes(f, 1, 1, MARK);
	add(f, "p", 2, OLD);
	ingest_case_apply(f, ingest_case_lines, ingest_case_n_lines, 1, true);
	turn_takes(f, 1, 1, MARK);
	ingest_case_apply(f, ingest_case_lines, ingest_case_n_lines, 1, true);
	add(f, "p", 3, OLD);
	turn_takes(f, 1, 0, 0);
}

static void
a_dry_run_goes_with_anything_and_begins_nothing(void **state)
{
	struct ingest_case *f = *state;

	add(f, "p", 1, 0);
	add(f, "p", 9, OLD | WIRE_FLAG_DRY_RUN);
	turn_takes(f, 2, 1, 0);
	assert_int_equal(f->ingest.backfills.n_open, 0);
}

static void
the_end_is_told_when_the_last_of_several_ends(void **state)
{
	struct ingest_case *f = *state;

	hello(f, "q");
	send_one(f, "p", 1, OLD, MARK);
	send_one(f, "q", 1, OLD, MARK);
	send_one(f, "p", 2, OLD_LAST, MARK);
	send_one(f, "p", 3, 0, 0); /* others go on between */
	send_one(f, "q", 2, OLD_LAST, MARK | END);
}

static void
an_end_without_a_row_makes_an_empty_commit(void **state)
{
	struct ingest_case *f = *state;
	struct sent_batch b = batch_of("p", 2, OLD_LAST);

	send_one(f, "p", 1, OLD, MARK);
	b.n_rows = 0;
	ingest_case_batch(f, &b);
	turn_takes(f, 1, 0, MARK | END);
	send_one(f, "p", 3, OLD, MARK);
	b.sequence = 4;
	b.rows = &bad;
	b.n_rows = 1;
	ingest_case_batch(f, &b);
	turn_takes(f, 1, 0, MARK | END);
	/* nothing is under way: nothing to tell */
	b.sequence = 5;
	ingest_case_batch(f, &b);
	turn_takes(f, 1, 0, 0);
}

static void
a_repeated_end_ends_nothing(void **state)
{
	struct ingest_case *f = *state;

	send_one(f, "p", 1, OLD, MARK);
	send_one(f, "p", 2, OLD_LAST, MARK | END);
	add(f, "p", 1, OLD); /* nor does a repeated beginning begin */
	turn_takes(f, 1, 0, 0);
	send_one(f, "p", 3, OLD, MARK);
	add(f, "p", 2, OLD_LAST);
	turn_takes(f, 1, 0, 0);
	assert_int_equal(f->ingest.backfills.n_open, 1);
	send_one(f, "p", 4, OLD_LAST, MARK | END);
}

static void
a_batch_that_was_refused_begins_and_ends_nothing(void **state)
{
	struct ingest_case *f = *state;
	struct sent_batch b = batch_of("p", 9, OLD);

	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	assert_int_equal(f->ingest.backfills.n_open, 0);
	send_one(f, "p", 1, OLD, MARK);
	b = batch_of("p", 9, OLD_LAST);
	(void)ingest_case_refused(f, &b, ERR_SEQUENCE_GAP);
	assert_int_equal(f->ingest.backfills.n_open, 1);
}

static void
a_new_epoch_ends_it(void **state)
{
	struct ingest_case *f = *state;

	hello(f, "q");
	send_one(f, "p", 1, OLD, MARK);
	ingest_case_hello(f, "q", 0); /* has none */
	turn_takes(f, 1, 0, 0);
	ingest_case_hello(f, "p", 1); /* goes on with it */
	turn_takes(f, 1, 0, 0);
	ingest_case_hello(f, "p", 0);
	turn_takes(f, 1, 0, END);
	assert_int_equal(f->ingest.backfills.n_open, 0);
}

static void
a_date_ends_all_in_a_commit_without_them(void **state)
{
	struct ingest_case *f = *state;

	hello(f, "q");
	send_one(f, "p", 1, OLD, MARK);
	send_one(f, "q", 1, OLD, MARK);
	f->now_ms += INGEST_CASE_DAY;
	add(f, "p", 2, OLD);
	turn_takes(f, 0, 1, END); /* the tick */
	assert_int_equal(f->ingest.backfills.n_open, 0);
	send_one(f, "p", 2, OLD, MARK); /* begins anew */
	assert_int_equal(f->ingest.backfills.n_open, 1);
	send_one(f, "q", 2, OLD_LAST, MARK);
	send_one(f, "p", 3, OLD_LAST, MARK | END);
}

static void
figures_of_the_day_go_with_its_tick(void **state)
{
	struct ingest_case *f = *state;

	f->now_ms += INGEST_CASE_DAY;
	add(f, "p", 1, 0);
	turn_takes(f, 1, 2, 0);
}

static void
what_is_under_way_survives_a_restart(void **state)
{
	struct ingest_case *f = *state;

	hello(f, "q");
	send_one(f, "p", 1, OLD, MARK);
	send_one(f, "q", 1, OLD, MARK);
	ingest_case_restart(f);
	assert_int_equal(f->ingest.backfills.n_open, 2);
	send_one(f, "p", 2, OLD_LAST, MARK);
	ingest_case_restart(f);
	assert_int_equal(f->ingest.backfills.n_open, 1);
	send_one(f, "q", 2, OLD_LAST, MARK | END);
	ingest_case_restart(f);
	assert_int_equal(f->ingest.backfills.n_open, 0);
}

#define PART (OLD | WIRE_FLAG_STRICT | WIRE_FLAG_MORE)

static void
a_strict_one_ends_with_its_last_part(void **state)
{
	struct ingest_case *f = *state;
	struct sent_batch b = batch_of("p", 3, OLD | WIRE_FLAG_STRICT);

	add(f, "p", 1, PART);
	turn_takes(f, 1, 0, 0);
	add(f, "p", 2, OLD | WIRE_FLAG_STRICT);
	turn_takes(f, 1, 2, MARK | END);
	b.rows = &bad; /* refused: nothing was said */
	ingest_case_batch(f, &b);
	turn_takes(f, 1, 0, 0);
	assert_int_equal(f->ingest.backfills.n_open, 0);
}

static void
a_strict_one_is_marked_in_all_parts_or_in_none(void **state)
{
	struct ingest_case *f = *state;
	struct sent_batch b = batch_of("p", 2, WIRE_FLAG_STRICT);

	add(f, "p", 1, PART);
	turn_takes(f, 1, 0, 0);
	assert_true(span_equal(ingest_case_refused(f, &b, ERR_BAD_VALUE)->field,
	                       span_str("flags")));
	add(f, "p", 1, PART); /* from its beginning */
	turn_takes(f, 1, 0, 0);
	add(f, "p", 2, OLD | WIRE_FLAG_STRICT);
	turn_takes(f, 1, 2, MARK | END);
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, ingest_case_ready, \
	                                ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_backfill_is_marked_until_its_last_batch),
	    CASE(backfill_and_others_never_share_a_commit),
	    CASE(a_declaration_or_a_catalogue_waits_for_a_turn_of_its_own),
	    CASE(a_dry_run_goes_with_anything_and_begins_nothing),
	    CASE(the_end_is_told_when_the_last_of_several_ends),
	    CASE(an_end_without_a_row_makes_an_empty_commit),
	    CASE(a_repeated_end_ends_nothing),
	    CASE(a_batch_that_was_refused_begins_and_ends_nothing),
	    CASE(a_new_epoch_ends_it),
	    CASE(a_date_ends_all_in_a_commit_without_them),
	    CASE(figures_of_the_day_go_with_its_tick),
	    CASE(what_is_under_way_survives_a_restart),
	    CASE(a_strict_one_ends_with_its_last_part),
	    CASE(a_strict_one_is_marked_in_all_parts_or_in_none),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
