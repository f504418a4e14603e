/* links: common/serve/publish.c common/serve/topics.c common/serve/gather.c tests/lib/publish_case.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/publish_case.h"

/* ---- from and to ---- */

static void
update_says_since_when_its_stream_stood_still(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 13, CHANGE(11, "agg/a/", 1), CHANGE(12, "agg/b/", 1),
	        CHANGE(13, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	(void)follower_update(f, f->sub, "agg/b/", 10, 12);
	(void)follower_update(f, f->sub, "agg/a/", 11, 13);
}

static void
commits_that_nobody_wants_are_passed_without_a_word(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/a/", 1);
	COMMITS(f, 12, CHANGE(11, "agg/a/", 1), CHANGE(12, "agg/b/", 1));
	COMMITS(f, 13, {0});
	COMMITS(f, 14, CHANGE(14, "agg/b/", 1), CHANGE(14, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	(void)follower_update(f, f->sub, "agg/a/", 11, 14);
	assert_int_equal(publish_counts(f->p).updates, 2);
	assert_int_equal(publish_counts(f->p).streams, 1);
}

static void
rows_of_a_commit_come_together_by_stream(void **state)
{
	struct publish_case *f = *state;
	struct wire_list rows, pairs;
	struct wire_value value;

	follower_subscribe(f, &f->sub, "", 1);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 2), CHANGE(11, "agg/b/", 1),
	        CHANGE(11, "agg/a/", 1));
	rows = follower_update(f, f->sub, "agg/a/", 10, 11)->rows;
	assert_int_equal(rows.n, 3);
	for (int i = 0; i < 3; i++) {
		assert_true(wire_answer_next(&rows, &pairs));
		assert_true(wire_answer_get(pairs, "n", &value));
		assert_int_equal(value.number, i == 1 ? 1 : 0);
	}
	assert_int_equal(follower_update(f, f->sub, "agg/b/", 10, 11)->rows.n,
	                 1);
	assert_int_equal(publish_counts(f->p).rows, 4);
}

static void
two_subscriptions_of_one_stream_are_told_alike(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/a/", 1);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 1));
	follower_subscribe(f, &f->other, "agg/", 2);
	COMMITS(f, 13, CHANGE(12, "agg/a/", 1), CHANGE(13, "agg/b/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	(void)follower_update(f, f->sub, "agg/a/", 11, 12);
	(void)follower_update(f, f->other, "agg/a/", 11, 12);
	(void)follower_update(f, f->other, "agg/b/", 11, 13);
}

static void
earliest_of_two_subscriptions_counts(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 1));
	follower_subscribe(f, &f->other, "agg/b/", 2);
	COMMITS(f, 12, CHANGE(12, "agg/b/", 1));
	(void)follower_update(f, f->other, "agg/b/", 10, 12);
}

static void
late_subscription_begins_at_the_head(void **state)
{
	struct publish_case *f = *state;
	const struct wire_beat *b;

	COMMITS(f, 500, CHANGE(499, "agg/a/", 1));
	assert_int_equal(publish_counts(f->p).updates, 0);
	follower_subscribe(f, &f->sub, "agg/a/", 1);
	follower_beats(f, &f->sub);
	serve_case_pass(&f->c, PUBLISH_BEAT_MS);
	b = follower_beat(f, f->sub);
	assert_int_equal(beat_mark(b->watched, "agg/a/"), 500);
	assert_int_equal(b->changed.n, 0);
	assert_int_equal(b->log, SERVE_CASE_LOG);
	assert_false(b->more);
	COMMITS(f, 501, CHANGE(501, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 500, 501);
	serve_case_pass(&f->c, PUBLISH_BEAT_MS);
	b = follower_beat(f, f->sub);
	assert_int_equal(beat_mark(b->watched, "agg/a/"), 500);
	assert_int_equal(beat_mark(b->changed, "agg/a/"), 501);
}

static void
who_leaves_and_comes_back_begins_anew(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/a/", 1);
	follower_subscribe(f, &f->other, "agg/b/", 2);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	follower_unsubscribe(f, f->sub, "agg/a/", 1);
	COMMITS(f, 12, CHANGE(12, "agg/a/", 1), CHANGE(12, "agg/b/", 1));
	(void)follower_update(f, f->other, "agg/b/", 10, 12);
	assert_int_equal(publish_counts(f->p).streams, 1);
	follower_subscribe(f, &f->sub, "agg/a/", 2);
	COMMITS(f, 13, CHANGE(13, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 12, 13);
}

static void
last_to_leave_takes_all_with_him(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/a/", 1);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 1));
	follower_unsubscribe(f, f->sub, "agg/a/", 0);
	assert_false(publish_listened(f->p));
	assert_int_equal(publish_counts(f->p).streams, 0);
	COMMITS(f, 12, CHANGE(12, "agg/a/", 1));
	assert_int_equal(publish_counts(f->p).updates, 1);
}

/* ---- cuts ---- */

static void
update_as_large_as_may_be_is_told_and_a_larger_is_not(void **state)
{
	struct publish_case *f = *state;
	const struct publish_change fits = {.commit = 11,
	                                    .topic = "agg/a/",
	                                    .n_rows = PUBLISH_BYTES / 256,
	                                    .row_bytes = 256};
	const struct publish_change more = {.commit = 12,
	                                    .topic = "agg/a/",
	                                    .n_rows = PUBLISH_BYTES / 256 + 1,
	                                    .row_bytes = 256};
	const struct publish_change small = CHANGE(12, "agg/b/", 1);
	const struct publish_change after = CHANGE(13, "agg/a/", 1);

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 13, fits, more, small, after);
	assert_int_equal(follower_update(f, f->sub, "agg/a/", 10, 11)->rows.n,
	                 fits.n_rows);
	assert_int_equal(follower_update(f, f->sub, "agg/a/", 12, 12)->rows.n,
	                 0);
	assert_int_equal(follower_update(f, f->sub, "agg/b/", 10, 12)->rows.n,
	                 1);
	assert_int_equal(follower_update(f, f->sub, "agg/a/", 12, 13)->rows.n,
	                 1);
	assert_int_equal(publish_counts(f->p).cuts, 1);
}

static void
update_has_at_most_the_rows_of_a_page(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 12, CHANGE(11, "agg/a/", WIRE_PAGE_ROWS_MAX),
	        CHANGE(12, "agg/a/", WIRE_PAGE_ROWS_MAX + 1));
	assert_int_equal(follower_update(f, f->sub, "agg/a/", 10, 11)->rows.n,
	                 WIRE_PAGE_ROWS_MAX);
	assert_int_equal(follower_update(f, f->sub, "agg/a/", 12, 12)->rows.n,
	                 0);
}

static void
where_everything_may_differ_all_begin_anew_at_once(void **state)
{
	struct publish_case *f = *state;
	const struct wire_beat *b;

	follower_subscribe(f, &f->sub, "agg/", 1);
	follower_beats(f, &f->sub);
	COMMITS(f, 13, CHANGE(11, "agg/a/", 1),
	        {.commit = 12, .topic = "agg/a/", .n_rows = 1, .cut_all = true},
	        CHANGE(12, "agg/b/", 1), CHANGE(13, "agg/b/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	(void)follower_update(f, f->sub, "agg/b/", 12, 13);
	b = follower_beat(f, f->sub);
	assert_int_equal(beat_mark(b->watched, "agg/"), 12);
	assert_int_equal(beat_mark(b->changed, "agg/a/"), UINT64_MAX);
	assert_int_equal(beat_mark(b->changed, "agg/b/"), 13);
	assert_int_equal(publish_counts(f->p).cuts, 1);
}

static void
commits_of_a_turn_are_told_one_by_one_up_to_a_bound(void **state)
{
	struct publish_case *f = *state;
	uint64_t told = PUBLISH_CASE_HEAD + PUBLISH_TURN_COMMITS;

	follower_subscribe(f, &f->sub, "agg/", 1);
	follower_beats(f, &f->sub);
	COMMITS(f, told, CHANGE(told, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", PUBLISH_CASE_HEAD, told);
	COMMITS(f, 2 * told + 1, CHANGE(told + 1, "agg/a/", 1));
	assert_int_equal(beat_mark(follower_beat(f, f->sub)->watched, "agg/"),
	                 2 * told + 1);
	assert_int_equal(publish_counts(f->p).updates, 1);
}

static void
commit_that_can_not_be_read_cuts_all(void **state)
{
	struct publish_case *f = *state;
	const struct publish_change script = {
	    .commit = 11, .topic = "agg/a/", .n_rows = 1, .err = ERR_CORRUPT};

	follower_subscribe(f, &f->sub, "agg/", 1);
	follower_beats(f, &f->sub);
	f->script = &script;
	f->n_script = 1;
	f->head = 12;
	assert_int_equal(publish_commits(f->p, NULL, NULL, 12), ERR_CORRUPT);
	assert_int_equal(beat_mark(follower_beat(f, f->sub)->watched, "agg/"),
	                 12);
	COMMITS(f, 13, CHANGE(13, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 12, 13);
}

/* ---- beginning and end ---- */

static void
nothing_is_said_before_the_journal_is_known(void **state)
{
	struct publish_case *f = *state;

	publish_close(&f->p);
	publish_case_open(f);
	follower_subscribe(f, &f->sub, "agg/", 1);
	follower_beats(f, &f->sub);
	assert_false(publish_started(f->p));
	serve_case_pass(&f->c, PUBLISH_BEAT_MS);
	assert_int_equal(publish_commits(f->p, NULL, NULL, 5), ERR_OK);
	publish_case_start(f);
	assert_true(publish_started(f->p));
	assert_int_equal(beat_mark(follower_beat(f, f->sub)->watched, "agg/"),
	                 PUBLISH_CASE_HEAD);
}

static void
beat_comes_every_second_with_the_time(void **state)
{
	struct publish_case *f = *state;
	uint64_t at;

	follower_beats(f, &f->sub);
	assert_false(publish_listened(f->p));
	serve_case_pass(&f->c, PUBLISH_BEAT_MS);
	at = follower_beat(f, f->sub)->time_ms;
	assert_int_equal(at, f->c.clock.wall.ms);
	serve_case_pass(&f->c, PUBLISH_BEAT_MS);
	assert_int_equal(follower_beat(f, f->sub)->time_ms,
	                 at + PUBLISH_BEAT_MS);
}

static void
who_listens_is_told_that_it_ends(void **state)
{
	struct publish_case *f = *state;
	const struct wire_message *m;

	follower_beats(f, &f->sub);
	COMMITS(f, 12, {0});
	publish_close(&f->p);
	m = follower_next(f, f->sub);
	assert_int_equal(m->type, WIRE_BYE);
	assert_int_equal(m->as.bye.commit, 12);
	assert_int_equal(m->as.bye.log, SERVE_CASE_LOG);
}

#define CASE(name)                                                \
	cmocka_unit_test_setup_teardown(name, publish_case_setup, \
	                                publish_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(update_says_since_when_its_stream_stood_still),
	    CASE(commits_that_nobody_wants_are_passed_without_a_word),
	    CASE(rows_of_a_commit_come_together_by_stream),
	    CASE(two_subscriptions_of_one_stream_are_told_alike),
	    CASE(earliest_of_two_subscriptions_counts),
	    CASE(late_subscription_begins_at_the_head),
	    CASE(who_leaves_and_comes_back_begins_anew),
	    CASE(last_to_leave_takes_all_with_him),
	    CASE(update_as_large_as_may_be_is_told_and_a_larger_is_not),
	    CASE(update_has_at_most_the_rows_of_a_page),
	    CASE(where_everything_may_differ_all_begin_anew_at_once),
	    CASE(commits_of_a_turn_are_told_one_by_one_up_to_a_bound),
	    CASE(commit_that_can_not_be_read_cuts_all),
	    CASE(nothing_is_said_before_the_journal_is_known),
	    CASE(beat_comes_every_second_with_the_time),
	    CASE(who_listens_is_told_that_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
