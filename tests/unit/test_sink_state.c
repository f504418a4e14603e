/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/sink_case.h"

/* Everything of a round is posted and taken; how many alerts. */
static uint32_t
round_of(struct sink_case *c)
{
	uint32_t n = 0;

	while (case_next(c)) {
		assert_true(c->post.n_alerts <= SINK_BATCH_MAX);
		n += c->post.n_alerts;
		case_answer(c, c->post.ticket, 200);
	}
	return n;
}

static void
all_that_fires_is_told_in_batches(void **state)
{
	struct sink_case c;

	(void)state;
	case_init(&c, "a");
	for (uint32_t i = 0; i < 130; i++)
		case_state(&c, i % 3, i, 2, true);
	case_load(&c);
	c.now.wall_ms = CASE_START_MS + 60000;
	assert_true(case_next(&c));
	assert_string_equal(c.post.url, "http://127.0.0.1:9/api/v2/alerts");
	assert_int_equal(c.post.n_headers, 0);
	assert_int_equal(c.post.n_alerts, SINK_BATCH_MAX);
	assert_string_equal(case_text(&c, 0, "labels", "alertname"),
	                    "TiendoTarget");
	assert_string_equal(case_text(&c, 0, "startsAt", NULL),
	                    "2026-01-01T00:00:02.000Z");
	assert_string_equal(case_text(&c, 0, "endsAt", NULL),
	                    "2026-01-04T00:01:00.000Z");
	/* Batches one after the other. */
	assert_false(case_next(&c));
	case_answer(&c, c.post.ticket, 200);
	assert_int_equal(round_of(&c), 130 - SINK_BATCH_MAX);
	case_fini(&c);
}

static void
a_change_is_told_at_once_and_alone(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	case_fire(&c, 1, 5, 0, 40);
	assert_int_equal(round_of(&c), 40);
	case_pass(&c, 1000);
	assert_false(case_next(&c));
	case_fire(&c, 1, 6, 3, 1);
	case_deliver(&c, 200);
	assert_int_equal(c.post.n_alerts, 1);
	assert_int_equal(c.post.time_ms, CASE_START_MS + 6000);
	assert_string_equal(case_text(&c, 0, "annotations", "mark"), "a3 c6 f");
	c.now.wall_ms = CASE_START_MS + 6500;
	case_end(&c, 1, 7, 4, 2);
	case_deliver(&c, 200);
	assert_int_equal(c.post.n_alerts, 2);
	/* Not after now. */
	assert_string_equal(case_text(&c, 0, "endsAt", NULL),
	                    "2026-01-01T00:00:06.500Z");
	assert_false(case_next(&c));
	assert_int_equal(sinks_due_ms(c.s), 61000);
	case_pass(&c, 59000);
	assert_int_equal(round_of(&c), 40);
	case_fini(&c);
}

/* Never something older behind something newer: what is changed is told before the rest
 * of a round, which reads it already. */
static void
a_change_goes_before_the_rest_of_a_round(void **state)
{
	struct sink_case c;

	(void)state;
	case_init(&c, "a");
	for (uint32_t i = 0; i < 130; i++)
		case_state(&c, 1, i, 2, true);
	case_load(&c);
	case_deliver(&c, 200);
	case_fire(&c, 1, 6, 129, 1);
	case_fire(&c, 1, 7, 129, 1);
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a129 c6 f"));
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a129 c7 f"));
	case_deliver(&c, 200);
	assert_false(case_has(&c, "a129 "));
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a129 c7 f"));
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
a_row_of_many_is_told_in_batches_and_counted_once(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	assert_false(case_next(&c));
	case_fire(&c, 1, 5, 0, 200);
	assert_true(case_next(&c));
	case_answer(&c, c.post.ticket, 200);
	case_save(&c); /* the row is still needed */
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 1);
	assert_int_equal(round_of(&c), 200 - SINK_BATCH_MAX);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	assert_int_equal(case_counts(&c, 0)->alerts, 200);
	assert_int_equal(c.counts.delivered, 4);
	assert_int_equal(c.counts.queued, 0);
	case_fini(&c);
}

static void
what_ended_is_repeated_for_a_while_by_each(void **state)
{
	struct sink_case c;
	uint32_t told[2] = {0, 0};

	(void)state;
	case_open(&c, "aa");
	case_fire(&c, 1, 5, 0, 1);
	case_drain(&c, 200);
	case_end(&c, 1, 6, 0, 1);
	/* a1 hears nothing for five minutes. */
	for (int i = 0; i < 60; i++) {
		while (case_next(&c)) {
			bool down = c.post.sink == 1 && i < 5;

			told[c.post.sink] += !down && case_has(&c, "a0 c6 r");
			case_answer(&c, c.post.ticket, down ? 503 : 200);
		}
		case_save(&c);
		if (i < 19)
			assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING),
			                 1);
		case_pass(&c, 60000);
	}
	assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING), 0);
	assert_true(told[0] >= 15 && told[0] <= 18);
	assert_true(told[1] >= 15 && told[1] <= 18);
	case_fini(&c);
}

static void
what_ended_three_days_ago_is_repeated_to_nobody(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	case_end(&c, 1, 6, 0, 1);
	for (int i = 0; i < 72; i++) {
		assert_true(case_next(&c));
		case_fail(&c, c.post.ticket, ERR_UNAVAILABLE);
		case_save(&c);
		assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING), 1);
		/* Nothing is queued. */
		assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
		case_pass(&c, 3600000);
	}
	case_pass(&c, 6001);
	case_deliver(&c, 503);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING), 0);
	case_fini(&c);
}

/* Behind an outage of our own, or in demo data, knowledge times are long past. */
static void
what_ended_long_before_it_is_learned_of_is_told(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	case_fire(&c, 1, 5, 0, 1);
	assert_true(case_drain(&c, 200) > 0);
	c.now.wall_ms += 30 * CASE_DAY_MS;
	case_end(&c, 1, 6, 0, 1);
	case_deliver(&c, 503);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING), 1);
	case_load(&c);
	case_save(&c);
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a0 c6 r"));
	case_fini(&c);
}

/* All others, also those behind it, are told between two tries. */
static void
a_batch_that_always_fails_keeps_no_other_back(void **state)
{
	struct sink_case c;
	uint32_t told[200] = {0};

	(void)state;
	case_init(&c, "a");
	for (uint32_t i = 0; i < 200; i++)
		case_state(&c, 1, i, 2, i < 150);
	case_load(&c);
	for (int i = 0; i < 40; i++) {
		bool poisoned;

		if (!case_next(&c)) {
			case_pass(&c, sinks_due_ms(c.s) - c.now.mono_ms);
			assert_true(case_next(&c));
		}
		poisoned = case_has(&c, "a70 c2");
		for (size_t j = 0; j < c.post.n_alerts && !poisoned; j++)
			told[case_mark(case_text(&c, (uint32_t)j, "annotations",
			                         "mark"))
			         .alert]++;
		case_answer(&c, c.post.ticket, poisoned ? 500 : 200);
	}
	for (uint32_t i = 0; i < 200; i++)
		assert_true(told[i] > 0 || (i > 6 && i < 134));
	/* It ends, and the round with it. */
	assert_true(case_drain(&c, 200) <= 4);
	case_pass(&c, 300000);
	assert_int_equal(round_of(&c), 200);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
after_an_outage_everything_is_told(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	assert_false(case_next(&c));
	case_fire(&c, 1, 5, 0, 100);
	case_deliver(&c, 200);
	case_deliver(&c, 500);
	assert_false(case_next(&c));
	case_end(&c, 1, 6, 0, 1);
	case_fire(&c, 2, 7, 9, 1);
	assert_false(case_next(&c));
	case_pass(&c, 1000);
	assert_int_equal(round_of(&c), 101);
	case_fini(&c);
}

static void
waits_grow_although_some_batches_are_taken(void **state)
{
	struct sink_case c;
	int64_t waited = 0;

	(void)state;
	case_init(&c, "a");
	for (uint32_t i = 0; i < 100; i++)
		case_state(&c, 1, i, 2, true);
	case_load(&c);
	for (int i = 0; i < 30; i++) {
		int64_t wait;

		case_deliver(&c, 200);
		case_deliver(&c, 500);
		wait = sinks_due_ms(c.s) - c.now.mono_ms;
		waited += wait;
		case_pass(&c, wait);
	}
	assert_true(waited > 1200000);
	case_fini(&c);
}

static void
any_other_refusal_waits_as_well(void **state)
{
	static const unsigned rows[] = {301, 401, 404, 415};
	struct sink_case c;

	(void)state;
	case_init(&c, "a");
	case_state(&c, 1, 1, 2, true);
	case_load(&c);
	for (size_t i = 0; i < 4; i++) {
		case_deliver(&c, rows[i]);
		assert_int_equal(case_counts(&c, 0)->refused, i + 1);
		case_pass(&c, 300000);
	}
	case_deliver(&c, 200);
	case_fini(&c);
}

/* --- culprits ------------------------------------------------------------------------ */

/* An Alertmanager that refuses some alerts, and takes the rest of their batch. */
struct picky {
	uint32_t posts;
	uint32_t taken;
};

static bool
is_culprit(const struct sink_case *c, uint32_t i, uint32_t step)
{
	struct case_mark m = case_mark(case_text(c, i, "annotations", "mark"));

	return m.alert % step == 3 && m.commit < 100;
}

static struct picky
picky_round(struct sink_case *c, uint32_t step, unsigned status)
{
	struct picky p = {.posts = 0};

	for (; case_next(c); p.posts++) {
		bool bad = false;

		for (uint32_t i = 0; i < c->post.n_alerts; i++)
			bad |= is_culprit(c, i, step);
		p.taken += bad ? 0 : c->post.n_alerts;
		case_answer(c, c->post.ticket, bad ? status : 200);
		assert_true(p.posts < 10000);
	}
	return p;
}

static void
a_batch_is_cut_down_to_the_culprit_which_is_left_out(void **state)
{
	static const unsigned statuses[] = {400, 413};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sink_case c;
		struct picky p;
		struct buf bytes;

		case_init(&c, "a");
		for (uint32_t a = 0; a < 200; a++)
			case_state(&c, 1, a, 2, true);
		case_load(&c);
		p = picky_round(&c, 100, statuses[i]); /* 3 and 103 */
		assert_int_equal(p.taken, 198);
		/* Some seven to find each; the rest in full batches. */
		assert_int_equal(p.posts, 19);
		assert_int_equal(case_counts(&c, 0)->refused, 2);
		assert_int_equal(c.counts.failed, 0);
		buf_init(&bytes, NOTICE_BYTES_MAX);
		assert_true(c.counts.culprit ==
		            case_notice(&bytes, 1, 103, 2, true).fingerprint);
		buf_fini(&bytes);
		/* No more until it changes. */
		case_pass(&c, 60000);
		p = picky_round(&c, 100, statuses[i]);
		assert_int_equal(p.taken, 198);
		assert_int_equal(p.posts, 4);
		assert_int_equal(case_counts(&c, 0)->refused, 2);
		case_fire(&c, 1, 120, 3, 1);
		p = picky_round(&c, 100, statuses[i]);
		assert_int_equal(p.taken, 1);
		case_pass(&c, 60000);
		assert_int_equal(picky_round(&c, 100, statuses[i]).taken, 199);
		case_fini(&c);
	}
}

static void
a_culprit_in_a_change_is_found_too(void **state)
{
	struct sink_case c;
	struct picky p;

	(void)state;
	case_open(&c, "a");
	assert_false(case_next(&c));
	case_fire(&c, 1, 5, 0, 100);
	p = picky_round(&c, 100, 400);
	assert_int_equal(p.taken, 99);
	assert_int_equal(case_counts(&c, 0)->refused, 1);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	case_fire(&c, 2, 6, 3, 1); /* nothing but a culprit */
	assert_int_equal(picky_round(&c, 100, 400).taken, 0);
	case_fire(&c, 2, 6, 4, 1);
	case_save(&c);
	case_fini(&c);
}

static void
left_out_are_so_many_and_one_more_is_only_work(void **state)
{
	struct sink_case c;
	uint64_t refused;

	(void)state;
	case_init(&c, "a");
	for (uint32_t a = 0; a < SINK_BAD_MAX * 4; a++)
		case_state(&c, 1, a, 2, true);
	case_load(&c);
	assert_int_equal(picky_round(&c, 4, 400).taken, SINK_BAD_MAX * 3);
	refused = case_counts(&c, 0)->refused;
	assert_int_equal(refused, SINK_BAD_MAX);
	case_pass(&c, 60000);
	assert_int_equal(picky_round(&c, 4, 400).taken, SINK_BAD_MAX * 3);
	assert_int_equal(case_counts(&c, 0)->refused, refused);
	case_fire(&c, 1, 3, 4 * SINK_BAD_MAX + 3, 1);
	(void)picky_round(&c, 4, 400);
	case_pass(&c, 60000);
	assert_int_equal(picky_round(&c, 4, 400).taken, SINK_BAD_MAX * 3);
	assert_true(case_counts(&c, 0)->refused > refused + 1);
	case_fini(&c);
}

/* --- the watchdog, restarts ------------------------------------------------------------ */

static void
the_watchdog_ends_soon_and_comes_with_every_round(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	case_state(&c, 1, 1, 2, true);
	case_pass(&c, 10000);
	sinks_healthy(c.s, true);
	for (int i = 0; i < 3; i++) {
		assert_true(case_next(&c));
		assert_string_equal(case_text(&c, 0, "labels", "alertname"),
		                    "TiendoWatchdog");
		assert_string_equal(case_text(&c, 0, "startsAt", NULL),
		                    "2026-01-01T00:00:10.000Z");
		if (i == 1)
			assert_string_equal(case_text(&c, 0, "endsAt", NULL),
			                    "2026-01-01T00:05:10.000Z");
		case_answer(&c, c.post.ticket, i == 2 ? 400 : 200);
		assert_int_equal(round_of(&c), 1);
		assert_int_equal(sinks_due_ms(c.s), c.now.mono_ms + 60000);
		case_pass(&c, 60000);
	}
	sinks_healthy(c.s, false);
	case_deliver(&c, 200);
	assert_false(case_has(&c, "TiendoWatchdog"));
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
after_a_restart_everything_is_told(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "a");
	case_fire(&c, 1, 5, 0, 3);
	case_end(&c, 1, 6, 0, 1);
	assert_true(round_of(&c) >= 3);
	case_save(&c);
	case_load(&c);
	assert_int_equal(round_of(&c), 3);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
each_alertmanager_is_told_on_its_own(void **state)
{
	struct sink_case c;
	uint32_t told[2] = {0, 0};

	(void)state;
	case_open(&c, "aa");
	case_fire(&c, 1, 5, 0, 3);
	for (int i = 0; i < 10; i++) {
		while (case_next(&c)) {
			told[c.post.sink]++;
			if (c.post.sink == 1) /* a0 hangs */
				case_answer(&c, c.post.ticket, 200);
		}
		case_pass(&c, 60000);
	}
	assert_int_equal(told[0], 1);
	assert_int_equal(told[1], 10);
	case_fini(&c);
}

/* With nobody to be told there is no later save that would do it. */
static void
a_trim_that_was_not_committed_is_due(void **state)
{
	struct sink_case c;
	bool urgent;

	(void)state;
	case_open(&c, "");
	case_fire(&c, 1, 5, 0, 1);
	assert_false(case_next(&c));
	assert_int_equal(sinks_save(c.s, c.kv, c.now), ERR_OK);
	assert_true(sinks_unsaved(c.s, &urgent));
	sinks_saved(c.s);
	assert_false(sinks_unsaved(c.s, &urgent));
	case_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_that_fires_is_told_in_batches),
	    cmocka_unit_test(a_change_is_told_at_once_and_alone),
	    cmocka_unit_test(a_change_goes_before_the_rest_of_a_round),
	    cmocka_unit_test(a_row_of_many_is_told_in_batches_and_counted_once),
	    cmocka_unit_test(what_ended_is_repeated_for_a_while_by_each),
	    cmocka_unit_test(what_ended_three_days_ago_is_repeated_to_nobody),
	    cmocka_unit_test(what_ended_long_before_it_is_learned_of_is_told),
	    cmocka_unit_test(a_batch_that_always_fails_keeps_no_other_back),
	    cmocka_unit_test(after_an_outage_everything_is_told),
	    cmocka_unit_test(waits_grow_although_some_batches_are_taken),
	    cmocka_unit_test(any_other_refusal_waits_as_well),
	    cmocka_unit_test(
	        a_batch_is_cut_down_to_the_culprit_which_is_left_out),
	    cmocka_unit_test(a_culprit_in_a_change_is_found_too),
	    cmocka_unit_test(left_out_are_so_many_and_one_more_is_only_work),
	    cmocka_unit_test(the_watchdog_ends_soon_and_comes_with_every_round),
	    cmocka_unit_test(after_a_restart_everything_is_told),
	    cmocka_unit_test(each_alertmanager_is_told_on_its_own),
	    cmocka_unit_test(a_trim_that_was_not_committed_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
