/* links: common/serve/publish.c common/serve/topics.c common/serve/gather.c tests/lib/publish_case.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "common/serve/gather.h"
#include "common/serve/topics.h"
#include "tests/lib/publish_case.h"

/* ---- bounds ---- */

static void
streams_that_changed_are_bounded(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 11,
	        {.commit = 11,
	         .topic = "agg/",
	         .n_rows = 1,
	         .n_streams = PUBLISH_STREAMS});
	assert_int_equal(publish_counts(f->p).streams, PUBLISH_STREAMS);
	assert_int_equal(publish_counts(f->p).cuts, 0);
	COMMITS(f, 12, CHANGE(12, "agg/more/", 1));
	assert_int_equal(publish_counts(f->p).streams, 0);
	assert_int_equal(publish_counts(f->p).cuts, 1);
}

static void
streams_of_one_commit_are_bounded(void **state)
{
	struct publish_case *f = *state;

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 11,
	        {.commit = 11,
	         .topic = "agg/",
	         .n_rows = 1,
	         .n_streams = GATHER_STREAMS_MAX + 1});
	assert_int_equal(publish_counts(f->p).cuts, 1);
	assert_int_equal(publish_counts(f->p).updates, 0);
}

static void
what_one_commit_tells_is_bounded(void **state)
{
	struct publish_case *f = *state;
	/* each as large as may be; 64 of them fill the room for all */
	const unsigned fit = GATHER_BYTES_MAX / PUBLISH_BYTES;
	const struct publish_change script = {.commit = 11,
	                                      .topic = "agg/",
	                                      .n_rows = PUBLISH_BYTES / 256,
	                                      .row_bytes = 256,
	                                      .n_streams = fit + 1};

	follower_subscribe(f, &f->sub, "agg/", 1);
	COMMITS(f, 11, script);
	for (unsigned i = 0; i < fit; i++)
		assert_int_equal(follower_next(f, f->sub)->as.update.rows.n,
		                 PUBLISH_BYTES / 256);
	(void)follower_update(f, f->sub, "agg/64/", 11, 11);
	assert_int_equal(publish_counts(f->p).cuts, 1);
}

static void
rows_of_one_commit_are_bounded(void **state)
{
	struct gather g;
	const struct wire_list row = {span_str("\xa1n\x07"), 1};
	unsigned n_streams = GATHER_ROWS_MAX / WIRE_PAGE_ROWS_MAX + 1;

	(void)state;
	gather_init(&g, PUBLISH_BYTES);
	for (unsigned i = 0; i < GATHER_ROWS_MAX; i++) {
		const uint8_t name = (uint8_t)(i % n_streams);

		assert_int_equal(gather_add(&g, span_of(&name, 1), row),
		                 ERR_OK);
		assert_false(gather_too_large(&g, i % n_streams));
	}
	assert_int_equal(gather_add(&g, span_str("x"), row), ERR_OK);
	assert_true(gather_too_large(&g, gather_streams(&g) - 1));
	gather_fini(&g);
}

static void
topics_of(struct publish_case *f, unsigned from, unsigned to, bool on)
{
	for (unsigned i = from; i < to; i++) {
		char topic[128];
		struct span name;

		snprintf(topic, sizeof(topic), "agg/%0100u/", i);
		name = span_str(topic);
		assert_int_equal(on ? sock_subscribe(f->sub, name)
		                    : sock_unsubscribe(f->sub, name),
		                 ERR_OK);
	}
}

static void
subscriptions_are_bounded_and_room_is_used_again(void **state)
{
	struct publish_case *f = *state;

	follower_open(f, &f->sub, 10000);
	topics_of(f, 0, PUBLISH_SUBSCRIPTIONS, true);
	publish_case_subscriptions(f, PUBLISH_SUBSCRIPTIONS);
	assert_int_equal(publish_counts(f->p).unserved, 0);
	topics_of(f, PUBLISH_SUBSCRIPTIONS, PUBLISH_SUBSCRIPTIONS + 1, true);
	publish_case_unserved(f, 1);
	assert_int_equal(publish_counts(f->p).subscriptions,
	                 PUBLISH_SUBSCRIPTIONS);
	topics_of(f, 0, 1, false);
	publish_case_subscriptions(f, PUBLISH_SUBSCRIPTIONS - 1);
	/* the one too many is made again, by somebody else */
	follower_subscribe(f, &f->other, "agg/b/", PUBLISH_SUBSCRIPTIONS);
	COMMITS(f, 11, CHANGE(11, "agg/b/", 1));
	(void)follower_update(f, f->other, "agg/b/", 10, 11);
}

static void
beat_that_is_too_large_comes_in_parts(void **state)
{
	struct publish_case *f = *state;
	uint32_t n = 0;
	unsigned n_parts = 0;
	bool more = true;

	follower_open(f, &f->sub, 10000);
	topics_of(f, 0, PUBLISH_SUBSCRIPTIONS, true);
	publish_case_subscriptions(f, PUBLISH_SUBSCRIPTIONS);
	follower_open(f, &f->other, 10000);
	assert_int_equal(sock_subscribe(f->other, span_str("beat/")), ERR_OK);
	/* known when one more is not served */
	assert_int_equal(sock_subscribe(f->other, span_str("x")), ERR_OK);
	publish_case_unserved(f, 1);
	serve_case_pass(&f->c, PUBLISH_BEAT_MS);
	while (more) {
		const struct wire_beat *b = follower_beat(f, f->other);

		assert_true(f->got.frames[1].len <= PUBLISH_BYTES);
		n += b->watched.n;
		more = b->more;
		n_parts++;
	}
	assert_int_equal(n, PUBLISH_SUBSCRIPTIONS);
	assert_int_equal(n_parts, 2);
}

static void
topics_come_and_go_without_end(void **state)
{
	struct topics t;
	uint64_t commit;

	(void)state;
	assert_int_equal(topics_open(&t, 3), ERR_OK);
	assert_int_equal(topics_set(&t, span_str("stays"), 5), ERR_OK);
	for (uint64_t i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "t%u", (unsigned)i);
		assert_int_equal(topics_set(&t, span_str(name), i), ERR_OK);
		assert_int_equal(topics_set(&t, span_str("third"), i), ERR_OK);
		assert_int_equal(topics_set(&t, span_str("fourth"), i),
		                 ERR_TOO_LARGE);
		assert_true(topics_get(&t, span_str(name), &commit));
		assert_int_equal(commit, i);
		topics_drop(&t, span_str(name));
		topics_drop(&t, span_str("third"));
		topics_drop(&t, span_str("third"));
		assert_int_equal(t.n, 1);
	}
	assert_true(topics_get(&t, span_str("stays"), &commit));
	assert_int_equal(commit, 5);
	assert_false(topics_prefix(&t, span_str("stay"), &commit));
	assert_true(topics_prefix(&t, span_str("stays on"), &commit));
	topics_close(&t);
}

/* ---- followers that are slow, or mean ---- */

enum { FLOOD = 6000, FLOOD_ROWS = 40, FLOOD_ROW_BYTES = 250 };

static void
who_does_not_read_holds_up_nobody_and_sees_what_he_missed(void **state)
{
	struct publish_case *f = *state;
	size_t before, most = 0;
	uint64_t x = PUBLISH_CASE_HEAD;
	bool gap = false;

	follower_open(f, &f->other, 1);
	follower_subscribe(f, &f->other, "agg/", 1);
	follower_subscribe(f, &f->sub, "agg/a/", 2);
	before = mallinfo2().uordblks;
	for (uint64_t c = PUBLISH_CASE_HEAD + 1; c <= PUBLISH_CASE_HEAD + FLOOD;
	     c++) {
		size_t now;

		COMMITS(f, c,
		        {.commit = c,
		         .topic = "agg/a/",
		         .n_rows = FLOOD_ROWS,
		         .row_bytes = FLOOD_ROW_BYTES});
		(void)follower_update(f, f->sub, "agg/a/", c - 1, c);
		now = mallinfo2().uordblks;
		if (now > before && now - before > most)
			most = now - before;
	}
	/* all that was told is 60 MB */
	assert_true(most <
	            (size_t)2 * PUBLISH_HWM * FLOOD_ROWS * FLOOD_ROW_BYTES);
	/* At last he reads what was kept for him, and what comes then. */
	for (uint64_t c = PUBLISH_CASE_HEAD + FLOOD + 1; !gap; c++) {
		assert_true(c < PUBLISH_CASE_HEAD + 2 * FLOOD);
		COMMITS(f, c, CHANGE(c, "agg/a/", 1));
		while (!gap && follower_await(f, f->other, 2) == ERR_OK) {
			gap = f->m.as.update.from > x;
			x = f->m.as.update.to;
		}
	}
}

/* A peer that speaks ZMTP but keeps to nothing else. */
struct mean {
	void *ctx;
	void *xsub;
};

static void
mean_open(struct mean *mean, const struct publish_case *f)
{
	const int no_bound = 0;

	mean->ctx = zmq_ctx_new();
	mean->xsub = zmq_socket(mean->ctx, ZMQ_XSUB);
	assert_int_equal(
	    zmq_setsockopt(mean->xsub, ZMQ_SNDHWM, &no_bound, sizeof(no_bound)),
	    0);
	assert_int_equal(zmq_connect(mean->xsub, f->c.endpoint), 0);
}

static void
mean_send(struct mean *mean, const void *bytes, size_t len, bool more)
{
	assert_int_equal(
	    zmq_send(mean->xsub, bytes, len, more ? ZMQ_SNDMORE : 0), len);
}

static void
mean_close(struct mean *mean)
{
	const int linger = 0;

	zmq_setsockopt(mean->xsub, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_close(mean->xsub);
	zmq_ctx_term(mean->ctx);
}

static void
topic_of_the_longest_text_is_served_and_a_longer_is_not(void **state)
{
	struct publish_case *f = *state;
	uint8_t long_topic[WIRE_TEXT_MAX + 1];

	memset(long_topic, 'a', sizeof(long_topic));
	follower_open(f, &f->sub, 100);
	assert_int_equal(
	    sock_subscribe(f->sub, span_of(long_topic, WIRE_TEXT_MAX + 1)),
	    ERR_OK);
	publish_case_unserved(f, 1);
	assert_int_equal(publish_counts(f->p).subscriptions, 0);
	assert_int_equal(
	    sock_subscribe(f->sub, span_of(long_topic, WIRE_TEXT_MAX)), ERR_OK);
	publish_case_subscriptions(f, 1);
}

static void
mean_subscriptions_do_no_harm(void **state)
{
	static const uint8_t huge[PUBLISH_FRAME_BYTES + 100] = {1, 'a', 'g'};
	struct publish_case *f = *state;
	struct mean mean;

	follower_subscribe(f, &f->sub, "agg/a/", 1);
	mean_open(&mean, f);
	mean_send(&mean, "\x00never", 6, false); /* given up, never made */
	mean_send(&mean, "\x01\xff\xfe", 3, false);
	mean_send(&mean, "\x01", 1, false);
	publish_case_subscriptions(f, 2);
	publish_case_unserved(f, 1);
	mean_send(&mean, "", 0, false);
	mean_send(&mean, "\x02what", 5, false);
	mean_send(&mean, "\x01one", 4, true);
	mean_send(&mean, "\x01two", 4, false);
	mean_send(&mean, huge, sizeof(huge), false);
	/* its connection ends with all that it subscribed to; others go on */
	publish_case_subscriptions(f, 1);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	mean_close(&mean);
}

static void
flood_of_subscriptions_leaves_others_served(void **state)
{
	struct publish_case *f = *state;
	struct mean mean;

	follower_subscribe(f, &f->sub, "agg/a/", 1);
	mean_open(&mean, f);
	for (unsigned i = 0; i < 3 * PUBLISH_SUBSCRIPTIONS; i++) {
		char topic[32];
		int len = snprintf(topic, sizeof(topic), "\x01%u", i);

		mean_send(&mean, topic, (size_t)len, false);
		if (i % 512 == 0)
			publish_case_round(f);
	}
	publish_case_unserved(f, 2 * PUBLISH_SUBSCRIPTIONS + 1);
	assert_int_equal(publish_counts(f->p).subscriptions,
	                 PUBLISH_SUBSCRIPTIONS);
	COMMITS(f, 11, CHANGE(11, "agg/a/", 1));
	(void)follower_update(f, f->sub, "agg/a/", 10, 11);
	mean_close(&mean);
	publish_case_subscriptions(f, 1);
}

#define CASE(name)                                                \
	cmocka_unit_test_setup_teardown(name, publish_case_setup, \
	                                publish_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(streams_that_changed_are_bounded),
	    CASE(streams_of_one_commit_are_bounded),
	    CASE(what_one_commit_tells_is_bounded),
	    cmocka_unit_test(rows_of_one_commit_are_bounded),
	    CASE(subscriptions_are_bounded_and_room_is_used_again),
	    CASE(beat_that_is_too_large_comes_in_parts),
	    cmocka_unit_test(topics_come_and_go_without_end),
	    CASE(who_does_not_read_holds_up_nobody_and_sees_what_he_missed),
	    CASE(topic_of_the_longest_text_is_served_and_a_longer_is_not),
	    CASE(mean_subscriptions_do_no_harm),
	    CASE(flood_of_subscriptions_leaves_others_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
