/* links: services/ingest/ingest_pace.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "services/ingest/ingest_pace.h"

static void
with_nothing_noted_nobody_is_ahead(void **state)
{
	static struct pace p;

	(void)state;
	assert_false(pace_is_ahead(&p, 0));
	assert_false(pace_is_ahead(&p, 1));
	assert_false(pace_is_ahead(&p, 1000));
}

static void
what_was_not_asked_for_counts_up_to_its_bound(void **state)
{
	static struct pace p;

	(void)state;
	pace_note(&p, 7, 5000);
	pace_note(&p, 8, PACE_BYTES);
	assert_false(pace_is_ahead(&p, 8));
	assert_false(pace_is_ahead(&p, 9));
	pace_note(&p, 9, 1);
	assert_true(pace_is_ahead(&p, 8));
	assert_false(pace_is_ahead(&p, 9));
	assert_false(pace_is_ahead(&p, 10));
}

static void
who_has_asked_for_nothing_or_for_more_than_there_is_holds_nobody(void **state)
{
	static struct pace p;

	(void)state;
	pace_note(&p, 7, 1);
	pace_note(&p, 8, 2 * PACE_BYTES);
	assert_true(pace_is_ahead(&p, 8));
	assert_false(pace_is_ahead(&p, 0));
	assert_false(pace_is_ahead(&p, 7));
	assert_false(pace_is_ahead(&p, 10));
}

static void
one_that_catches_up_from_far_holds_nobody(void **state)
{
	static struct pace p;

	(void)state;
	for (uint64_t i = 1; i <= PACE_COMMITS + 5; i++)
		pace_note(&p, i, PACE_BYTES + 1);
	assert_true(pace_is_ahead(&p, 7));
	assert_false(pace_is_ahead(&p, 6));
}

static void
a_turn_of_several_commits_counts_once(void **state)
{
	static struct pace p;

	(void)state;
	pace_note(&p, 1, 1);
	pace_note(&p, 4, PACE_BYTES + 1);
	assert_true(pace_is_ahead(&p, 2));
	assert_false(pace_is_ahead(&p, 3));
	assert_false(pace_is_ahead(&p, 5));
	pace_note(&p, 4, PACE_BYTES + 1);
	assert_false(pace_is_ahead(&p, 5));
}

static void
after_a_leap_it_begins_anew(void **state)
{
	static struct pace p;

	(void)state;
	pace_note(&p, 1, 1);
	pace_note(&p, 2 + PACE_COMMITS, PACE_BYTES + 1);
	assert_false(pace_is_ahead(&p, 2));
	pace_note(&p, 3 + PACE_COMMITS, PACE_BYTES + 1);
	assert_true(pace_is_ahead(&p, 3 + PACE_COMMITS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(with_nothing_noted_nobody_is_ahead),
	    cmocka_unit_test(what_was_not_asked_for_counts_up_to_its_bound),
	    cmocka_unit_test(
	        who_has_asked_for_nothing_or_for_more_than_there_is_holds_nobody),
	    cmocka_unit_test(one_that_catches_up_from_far_holds_nobody),
	    cmocka_unit_test(a_turn_of_several_commits_counts_once),
	    cmocka_unit_test(after_a_leap_it_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
