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

#define NO_ARGS ((const char *const[]){NULL})

/* --- the clock alone --- */

static void
ten_minutes_back_and_a_day_ahead_are_fine(void **state)
{
	struct ingest_clock clock = {.off = false};
	int64_t at = INGEST_CASE_FIRST;

	(void)state;
	assert_int_equal(INGEST_CLOCK_BACK_MS, 10 * 60 * 1000);
	assert_int_equal(INGEST_CLOCK_AHEAD_MS, 24 * 60 * 60 * 1000);
	assert_int_equal(ingest_clock_judge(&clock, 0), CLOCK_FINE);
	ingest_clock_believe(&clock, at);
	assert_int_equal(ingest_clock_judge(&clock, at - INGEST_CLOCK_BACK_MS),
	                 CLOCK_FINE);
	assert_int_equal(
	    ingest_clock_judge(&clock, at - INGEST_CLOCK_BACK_MS - 1),
	    CLOCK_BEHIND);
	assert_int_equal(ingest_clock_judge(&clock, at + INGEST_CLOCK_AHEAD_MS),
	                 CLOCK_FINE);
	assert_int_equal(
	    ingest_clock_judge(&clock, at + INGEST_CLOCK_AHEAD_MS + 1),
	    CLOCK_AHEAD);
	clock.off = true;
	assert_int_equal(ingest_clock_judge(&clock, 0), CLOCK_FINE);
}

static void
a_clock_that_is_looked_at_may_go_on_for_ever(void **state)
{
	struct ingest_clock clock = {.off = false};
	int64_t at = INGEST_CASE_FIRST;

	(void)state;
	ingest_clock_believe(&clock, at);
	for (int i = 0; i < 10; i++) {
		at += INGEST_CLOCK_AHEAD_MS;
		assert_int_equal(ingest_clock_judge(&clock, at), CLOCK_FINE);
		ingest_clock_look(&clock, at);
	}
	ingest_clock_look(&clock, at + INGEST_CLOCK_AHEAD_MS + 1);
	assert_int_equal(clock.ref_ms, at);
	/* steps back do not add up */
	ingest_clock_look(&clock, at - INGEST_CLOCK_BACK_MS);
	assert_int_equal(clock.ref_ms, at);
}

static void
every_state_has_a_name_and_a_reason(void **state)
{
	(void)state;
	assert_string_equal(clock_state_name(CLOCK_FINE), "fine");
	assert_string_equal(clock_state_name(CLOCK_BEHIND), "behind");
	assert_string_equal(clock_state_name(CLOCK_AHEAD), "ahead");
	assert_string_equal(clock_state_reason(CLOCK_FINE), "");
	assert_non_null(strstr(clock_state_reason(CLOCK_BEHIND), "10 minutes"));
	assert_non_null(strstr(clock_state_reason(CLOCK_AHEAD), "24 hours"));
}

/* --- in the step --- */

static int
setup(void **state)
{
	struct ingest_case *f;

	if (ingest_case_ready(state) != 0)
		return -1;
	f = *state;
	f->guard = true;
	ingest_case_restart(f);
	return 0;
}

/* One batch of one row; the header of its commit, which is the head. */
static struct commit
take_one(struct ingest_case *f, uint64_t sequence)
{
	struct sent row = sent_good((int)sequence);
	struct sent_batch b = {.producer = "p",
	                       .epoch = 1,
	                       .sequence = sequence,
	                       .rows = &row,
	                       .n_rows = 1};
	struct commit c;

	(void)ingest_case_taken(f, &b, 1, 0, 0);
	(void)ingest_case_records(f, ingest_case_head(f), &c);
	return c;
}

static void
accept_clock(struct ingest_case *f, uint64_t commit)
{
	ingest_case_declare(f, "clock", NO_ARGS);
	assert_int_equal(ingest_case_ask(f, WIRE_DECLARED)->as.declared.commit,
	                 commit);
}

static void
a_clock_far_ahead_ticks_no_more_until_it_is_accepted(void **state)
{
	struct ingest_case *f = *state;
	int64_t last = f->ingest.time_ms;
	struct day date = f->ingest.tick.date;
	uint64_t head = ingest_case_head(f);
	struct clock_accept accept;
	struct commit c;
	struct buf record;

	f->now_ms = last + INGEST_CLOCK_AHEAD_MS + 1;
	ingest_case_turn_ok(f, 0);
	assert_int_equal(ingest_case_head(f), head); /* no tick */
	c = take_one(f, 1);
	assert_int_equal(c.time_ms, last + 1);
	assert_int_equal(c.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	assert_int_equal(c.n_records, 1);
	ingest_case_restart(f); /* it is not forgotten */
	c = take_one(f, 2);
	assert_int_equal(c.time_ms, last + 2);
	assert_int_equal(c.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	accept_clock(f, head + 3);
	buf_init(&record, 100);
	ingest_case_record(f, head + 3, 0, &record);
	assert_int_equal(clock_accept_read(buf_span(&record), &accept), ERR_OK);
	assert_int_equal(accept.wall_ms, f->now_ms);
	buf_fini(&record);
	assert_int_equal(ingest_case_records(f, head + 3, &c), 1);
	assert_int_equal(c.time_ms, last + 3);
	assert_int_equal(c.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	accept_clock(f, head + 3);                       /* said before */
	assert_int_equal(ingest_case_head(f), head + 4); /* the tick */
	assert_int_equal(ingest_case_records(f, head + 4, &c), 1);
	assert_int_equal(c.time_ms, f->now_ms);
	assert_int_equal(c.flags, 0);
	assert_true(f->ingest.tick.date.n > date.n);
}

static void
a_day_ahead_is_an_ordinary_day(void **state)
{
	struct ingest_case *f = *state;
	struct commit c;

	f->now_ms = f->ingest.time_ms + INGEST_CLOCK_AHEAD_MS;
	c = take_one(f, 1);
	assert_int_equal(c.time_ms, f->now_ms);
	assert_int_equal(c.flags, 0);
	assert_int_equal(c.n_records, 2);
}

static void
an_accepted_clock_far_behind_catches_up(void **state)
{
	struct ingest_case *f = *state;
	int64_t last = f->ingest.time_ms;
	struct commit c;

	f->now_ms = last - INGEST_CLOCK_BACK_MS - 1;
	c = take_one(f, 1);
	assert_int_equal(c.time_ms, last + 1);
	assert_int_equal(c.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	accept_clock(f, c.number + 1);
	c = take_one(f, 2);
	assert_int_equal(c.time_ms, last + 3);
	assert_int_equal(c.flags, 0);
	ingest_case_restart(f); /* accepted is accepted */
	f->now_ms += 1000;
	c = take_one(f, 3);
	assert_int_equal(c.time_ms, last + 4);
	assert_int_equal(c.flags, 0);
	/* it is the accepted clock that is held on to now */
	f->now_ms -= INGEST_CLOCK_BACK_MS + 1;
	c = take_one(f, 4);
	assert_int_equal(c.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	f->now_ms = last + 1000;
	c = take_one(f, 5);
	assert_int_equal(c.flags, 0);
	assert_int_equal(c.time_ms, f->now_ms);
}

static void
ten_minutes_back_go_on_by_milliseconds(void **state)
{
	struct ingest_case *f = *state;
	int64_t last = f->ingest.time_ms;
	struct commit c;

	f->now_ms = f->ingest.clock.ref_ms - INGEST_CLOCK_BACK_MS;
	for (uint64_t i = 1; i <= 3; i++) {
		c = take_one(f, i);
		assert_int_equal(c.time_ms, last + (int64_t)i);
		assert_int_equal(c.flags, 0);
		ingest_case_restart(f);
	}
}

static void
a_clock_that_came_back_needs_nobody(void **state)
{
	struct ingest_case *f = *state;
	int64_t last = f->ingest.time_ms;
	struct commit c;

	f->now_ms = last + 40 * INGEST_CASE_DAY;
	c = take_one(f, 1);
	assert_int_equal(c.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	f->now_ms = last + 5000;
	c = take_one(f, 2);
	assert_int_equal(c.flags, 0);
	assert_int_equal(c.time_ms, f->now_ms);
}

static void
a_fine_clock_needs_no_accepting(void **state)
{
	struct ingest_case *f = *state;
	uint64_t head = ingest_case_head(f);

	ingest_case_declare(f, "clock", NO_ARGS);
	ingest_case_turn_ok(f, 1);
	ingest_case_error(f, 0, ERR_NOT_FOUND, "kind");
	assert_int_equal(ingest_case_head(f), head);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, ingest_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(ten_minutes_back_and_a_day_ahead_are_fine),
	    cmocka_unit_test(a_clock_that_is_looked_at_may_go_on_for_ever),
	    cmocka_unit_test(every_state_has_a_name_and_a_reason),
	    CASE(a_clock_far_ahead_ticks_no_more_until_it_is_accepted),
	    CASE(a_day_ahead_is_an_ordinary_day),
	    CASE(an_accepted_clock_far_behind_catches_up),
	    CASE(ten_minutes_back_go_on_by_milliseconds),
	    CASE(a_clock_that_came_back_needs_nobody),
	    CASE(a_fine_clock_needs_no_accepting),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
