/* links: common/serve/follow.c tests/lib/follow_case.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/follow_case.h"

static void
the_source_is_ready_as_it_said_last_until_it_is_silent(void **state)
{
	struct follow_case *f = *state;
	struct wire_message m;

	assert_false(follow_source_ready(f->follow)); /* not heard yet */
	(void)follow_case_fetched(f, 1);
	follow_case_answer_commits(f, 1, 4);
	assert_true(follow_source_ready(f->follow));
	(void)follow_case_fetched(f, 5);
	m = follow_case_commits(f, 5, 0);
	m.as.commits.unready = true;
	follow_case_answer(f, &m, NULL, 0);
	assert_false(follow_source_ready(f->follow));
	clock_advance_ms(&f->c.clock, FOLLOW_WAIT_MS);
	(void)follow_case_fetched(f, 5);
	m = follow_case_commits(f, 5, 0);
	follow_case_answer(f, &m, NULL, 0);
	assert_true(follow_source_ready(f->follow));
	clock_advance_ms(&f->c.clock, FOLLOW_SILENT_MS - 100);
	assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_true(follow_source_ready(f->follow));
	clock_advance_ms(&f->c.clock, 100);
	assert_int_equal(loop_once(f->c.loop, 1), ERR_OK);
	assert_false(follow_source_ready(f->follow));
}

/* A source that reads a large commit isn't given more and more to do. */
static void
an_answer_that_does_not_come_is_waited_for_longer_each_time(void **state)
{
	static const int64_t waits_ms[] = {2000, 4000, 8000, 8000};
	struct follow_case *f = *state;
	struct mono last;

	(void)follow_case_fetched(f, 1);
	for (size_t i = 0; i < 4; i++) {
		last = loop_now(f->c.loop);
		(void)follow_case_fetched(f, 1);
		assert_in_range(clock_ms_between(last, loop_now(f->c.loop)),
		                waits_ms[i] - 100, waits_ms[i] + 100);
	}
	follow_case_answer_commits(f, 1, 4);
	(void)follow_case_fetched(f, 5);
	last = loop_now(f->c.loop);
	(void)follow_case_fetched(f, 5);
	assert_in_range(clock_ms_between(last, loop_now(f->c.loop)), 1900,
	                2100);
}

#define CASE(f)                                               \
	cmocka_unit_test_setup_teardown(f, follow_case_setup, \
	                                follow_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(the_source_is_ready_as_it_said_last_until_it_is_silent),
	    CASE(an_answer_that_does_not_come_is_waited_for_longer_each_time),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
