/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/sink_case.h"

/* --- answers ------------------------------------------------------------------------- */

enum end { DELIVERED, AGAIN, DEAD };

static enum end
end_of(unsigned status, enum err err)
{
	struct sink_case c;
	enum end end;

	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	assert_true(case_next(&c));
	if (err == ERR_OK)
		case_answer(&c, c.post.ticket, status);
	else
		case_fail(&c, c.post.ticket, err);
	case_save(&c);
	if (case_counts(&c, 0)->dead > 0)
		end = DEAD;
	else
		end = c.counts.queued > 0 ? AGAIN : DELIVERED;
	assert_int_equal(c.counts.delivered, end == DELIVERED);
	assert_int_equal(c.counts.failed, end == AGAIN);
	assert_int_equal(c.counts.refused, end == DEAD);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), end == AGAIN);
	case_fini(&c);
	return end;
}

static void
each_answer_ends_as_specified(void **state)
{
	static const struct {
		unsigned status;
		enum end end;
	} rows[] = {
	    {200, DELIVERED}, {202, DELIVERED}, {204, DELIVERED},
	    {299, DELIVERED}, {100, DEAD},      {300, DEAD},
	    {301, DEAD},      {302, DEAD},      {400, DEAD},
	    {401, DEAD},      {403, DEAD},      {404, DEAD},
	    {408, AGAIN},     {410, DEAD},      {413, DEAD},
	    {422, DEAD},      {425, AGAIN},     {429, AGAIN},
	    {500, AGAIN},     {502, AGAIN},     {503, AGAIN},
	    {599, AGAIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (end_of(rows[i].status, ERR_OK) != rows[i].end)
			fail_msg("%u", rows[i].status);
}

static void
nobody_there_or_too_slow_is_tried_again(void **state)
{
	(void)state;
	assert_int_equal(end_of(0, ERR_UNAVAILABLE), AGAIN);
	assert_int_equal(end_of(0, ERR_AGAIN), AGAIN);
	assert_int_equal(end_of(0, ERR_OVERLOADED), AGAIN);
}

static void
an_answer_to_no_ticket_is_ignored(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "wa");
	case_answer(&c, 0, 200);
	case_answer(&c, 77, 500);
	case_fire(&c, 1, 5, 0, 1);
	assert_int_equal(case_drain(&c, 200), 2);
	case_answer(&c, c.post.ticket, 500);
	assert_int_equal(case_counts(&c, 0)->failed, 0);
	case_fini(&c);
}

/* --- waiting ------------------------------------------------------------------------- */

static void
waits_are_full_jitter_under_a_ceiling_that_doubles(void **state)
{
	struct sink_case c;
	int64_t most = 1000, longest = 0, shortest = INT64_MAX;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	for (int i = 0; i < 200; i++) {
		int64_t wait;

		case_deliver(&c, 503);
		wait = sinks_due_ms(c.s) - c.now.mono_ms;
		assert_true(wait >= 0 && wait <= most);
		if (most == 300000 && wait > longest)
			longest = wait;
		if (most == 300000 && wait < shortest)
			shortest = wait;
		if (wait > 0) {
			case_pass(&c, wait - 1);
			assert_false(case_next(&c));
			case_pass(&c, 1);
		}
		most = most * 2 > 300000 ? 300000 : most * 2;
	}
	assert_true(longest > 250000);
	assert_true(shortest < 50000);
	case_fini(&c);
}

static void
a_success_ends_the_waiting(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_end(&c, 1, 6, 0, 1);
	for (int i = 0; i < 10; i++) {
		case_deliver(&c, 503);
		case_pass(&c, 300000);
	}
	case_deliver(&c, 200);
	case_deliver(&c, 503);
	assert_true(sinks_due_ms(c.s) - c.now.mono_ms <= 1000);
	case_fini(&c);
}

static void
retry_after_is_respected(void **state)
{
	struct sink_case c;
	struct sink_answer answer = {.status = 429, .retry_after_ms = 120000};

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	assert_true(case_next(&c));
	sinks_answered(c.s, c.post.ticket, &answer, c.now);
	assert_int_equal(sinks_due_ms(c.s), c.now.mono_ms + 120000);
	case_pass(&c, 119999);
	assert_false(case_next(&c));
	case_pass(&c, 1);
	case_deliver(&c, 200);
	case_fini(&c);
}

static void
retry_after_years_is_a_day(void **state)
{
	struct sink_case c;
	struct sink_answer answer = {.status = 503,
	                             .retry_after_ms = INT64_MAX};

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	assert_true(case_next(&c));
	sinks_answered(c.s, c.post.ticket, &answer, c.now);
	assert_int_equal(sinks_due_ms(c.s), c.now.mono_ms + CASE_DAY_MS);
	case_fini(&c);
}

/* --- order --------------------------------------------------------------------------- */

static void
one_row_of_a_lane_is_under_way_and_the_next_waits_for_it(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 3);
	case_end(&c, 1, 6, 0, 3);
	assert_true(case_next(&c));
	assert_true(case_has(&c, "a0 c5 f"));
	assert_int_equal(c.post.n_alerts, 3);
	assert_int_equal(c.post.time_ms, CASE_START_MS + 5000);
	assert_false(case_next(&c));
	assert_int_equal(sinks_due_ms(c.s), INT64_MAX);
	case_answer(&c, c.post.ticket, 500);
	case_pass(&c, 1000);
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a0 c5 f"));
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a0 c6 r"));
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
a_programme_that_fails_delays_no_other(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	for (uint32_t p = 1; p <= 6; p++)
		case_fire(&c, p, 5, 0, 1);
	for (int i = 0; i < 6; i++) {
		assert_true(case_next(&c));
		case_answer(&c, c.post.ticket,
		            case_has(&c, "\"p3\"") ? 500 : 200);
	}
	case_fire(&c, 3, 6, 1, 1);
	case_fire(&c, 4, 6, 1, 1);
	case_deliver(&c, 200);
	assert_true(case_has(&c, "\"p4\""));
	assert_int_equal(case_counts(&c, 0)->queued, 2);
	assert_int_equal(c.counts.oldest_ms, CASE_START_MS + 5000);
	case_fini(&c);
}

static void
a_sink_that_hangs_delays_no_other(void **state)
{
	struct sink_case c;
	uint32_t flights[3] = {0, 0, 0};

	(void)state;
	case_open(&c, "wwa");
	for (uint32_t p = 1; p <= 9; p++)
		case_fire(&c, p, 5, 0, 1);
	/* Nobody hears from w0 again. */
	for (int i = 0; i < 100 && case_next(&c); i++) {
		flights[c.post.sink]++;
		if (c.post.sink != 0)
			case_answer(&c, c.post.ticket, 200);
	}
	assert_int_equal(flights[0], SINK_FLIGHTS_MAX);
	assert_int_equal(flights[1], 9);
	assert_true(flights[2] >= 1);
	assert_int_equal(case_counts(&c, 0)->queued, 9);
	assert_int_equal(case_counts(&c, 1)->queued, 0);
	case_fini(&c);
}

static void
lanes_and_sinks_take_turns(void **state)
{
	struct sink_case c;
	uint32_t sink = SINKS_MAX;
	bool first[2] = {false, false};

	(void)state;
	case_open(&c, "ww");
	for (uint32_t i = 1; i <= 6; i++)
		case_fire(&c, 1 + i % 2, i, 0, 1);
	for (int i = 0; i < 12; i++) {
		uint32_t k;
		bool is_first;

		case_deliver(&c, 200);
		k = c.post.sink;
		is_first = case_has(&c, "\"p1\"");
		assert_true(k != sink);
		assert_true(i < 2 || is_first != first[k]);
		first[k] = is_first;
		sink = k;
	}
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
ten_thousand_rows_are_delivered_in_order(void **state)
{
	enum { ROWS = 10000 };
	struct sink_case c;
	char want[32];

	(void)state;
	case_open(&c, "w");
	for (uint32_t i = 1; i <= ROWS; i++)
		case_fire(&c, 1, i, i % 7, 1);
	case_deliver(&c, 503);
	assert_int_equal(case_counts(&c, 0)->queued, ROWS);
	case_pass(&c, 60000);
	for (uint32_t i = 1; i <= ROWS; i++) {
		case_deliver(&c, 200);
		(void)snprintf(want, sizeof(want), "a%u c%u f", i % 7, i);
		assert_true(case_has(&c, want));
		if (i % 500 == 0)
			case_save(&c);
	}
	assert_false(case_next(&c));
	assert_int_equal(case_counts(&c, 0)->queued, 0);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	case_fini(&c);
}

/* --- crashes ------------------------------------------------------------------------- */

static void
a_crash_before_saving_delivers_again_with_the_same_id(void **state)
{
	struct sink_case c;
	char id[96];

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 7, 5, 0, 1);
	case_deliver(&c, 503);
	(void)snprintf(id, sizeof(id), "%s", case_delivery(&c));
	assert_string_equal(id, "0000000000000abc-5-7-0");
	case_pass(&c, 1000);
	case_deliver(&c, 200);
	assert_string_equal(case_delivery(&c), id);
	case_load(&c);
	case_deliver(&c, 200);
	assert_string_equal(case_delivery(&c), id);
	case_save(&c);
	case_load(&c);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
a_save_that_was_not_committed_changes_nothing(void **state)
{
	struct sink_case c;
	bool urgent;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_deliver(&c, 400);
	assert_true(sinks_unsaved(c.s, &urgent));
	assert_true(urgent);
	/* No sinks_saved: the letter is still to be written. */
	assert_int_equal(sinks_save(c.s, c.kv, c.now), ERR_OK);
	assert_true(sinks_unsaved(c.s, &urgent));
	assert_true(urgent);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
nothing_changed_is_nothing_to_save(void **state)
{
	struct sink_case c;
	bool urgent;

	(void)state;
	case_open(&c, "wa");
	assert_false(sinks_unsaved(c.s, &urgent));
	case_fire(&c, 1, 5, 0, 1);
	case_drain(&c, 200);
	assert_true(sinks_unsaved(c.s, &urgent));
	assert_false(urgent);
	case_save(&c);
	assert_false(sinks_unsaved(c.s, &urgent));
	case_fini(&c);
}

/* --- sinks that come and go ---------------------------------------------------------- */

static void
a_sink_first_met_is_told_how_things_stand_and_no_row_before(void **state)
{
	struct sink_case c;

	(void)state;
	case_init(&c, "w");
	case_fire(&c, 1, 5, 0, 2);
	case_end(&c, 1, 6, 0, 1);
	case_fire(&c, 2, 6, 4, 1);
	case_state(&c, 3, 9, 2, true); /* its rows are long gone */
	case_load(&c);
	case_save(&c);
	case_fire(&c, 1, 7, 1, 1); /* comes as a row */
	assert_int_equal(case_counts(&c, 0)->queued, 0);
	for (int i = 0; i < 4; i++) {
		assert_true(case_next(&c));
		assert_int_equal(c.post.n_alerts, 1);
		assert_false(case_has(&c, "a0 c5"));
		assert_true(case_has(&c, "a9 c2 f") ||
		            case_has(&c, "a0 c6 r") ||
		            case_has(&c, "a4 c6 f") || case_has(&c, "a1 c7 f"));
		case_answer(&c, c.post.ticket, 200);
	}
	assert_false(case_next(&c));
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	case_load(&c);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
a_snapshot_goes_on_after_a_crash_where_it_was_saved(void **state)
{
	struct sink_case c;

	(void)state;
	case_init(&c, "w");
	for (uint32_t i = 0; i < 600; i++)
		case_state(&c, 1, i, 3, true);
	case_load(&c);
	case_save(&c);
	case_deliver(&c, 200);
	assert_int_equal(c.post.n_alerts, 512);
	assert_non_null(strstr(case_delivery(&c), "abc-3-1-s"));
	case_save(&c);
	case_load(&c);
	case_deliver(&c, 200);
	assert_int_equal(c.post.n_alerts, 88);
	assert_true(case_has(&c, "a599 c3 f"));
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
rows_stay_until_every_events_sink_has_passed_them(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "ww");
	case_fire(&c, 1, 5, 0, 1);
	case_end(&c, 1, 6, 0, 1);
	for (int i = 0; case_next(&c); i++) {
		assert_true(i < 10);
		case_answer(&c, c.post.ticket, c.post.sink == 0 ? 200 : 503);
	}
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 2);
	case_pass(&c, 1000);
	case_deliver(&c, 200);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 1);
	case_deliver(&c, 200);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	case_fini(&c);
}

static void
a_sink_that_is_no_longer_configured_holds_nothing(void **state)
{
	const struct sink_gone *gone;
	struct sink_case c;

	(void)state;
	case_open(&c, "ww");
	case_fire(&c, 1, 5, 0, 1);
	while (case_next(&c))
		case_answer(&c, c.post.ticket, c.post.sink == 0 ? 200 : 503);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 1);
	c.n = 1;
	case_load(&c);
	assert_int_equal(sinks_save(c.s, c.kv, c.now), ERR_OK);
	assert_int_equal(sinks_gone(c.s, &gone), 1);
	assert_string_equal(gone[0].name, "w1");
	assert_int_equal(gone[0].rows, 1);
	sinks_saved(c.s);
	assert_int_equal(sinks_gone(c.s, &gone), 0);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	/* Back again it is met first: what fires is told. */
	c.n = 2;
	case_load(&c);
	case_save(&c);
	case_deliver(&c, 200);
	assert_int_equal(c.post.sink, 1);
	assert_non_null(strstr(case_delivery(&c), "-s"));
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
without_sinks_everything_is_removed(void **state)
{
	struct sink_case c;
	bool urgent;
	int saves = 0;

	(void)state;
	case_open(&c, "");
	for (uint32_t i = 1; i <= 3000; i++)
		(i % 2 == 0 ? case_fire : case_end)(&c, i % 3, i, i, 1);
	assert_false(case_next(&c));
	assert_int_equal(sinks_due_ms(c.s), INT64_MAX);
	for (; sinks_unsaved(c.s, &urgent); saves++)
		case_save(&c);
	assert_true(saves > 3 && saves < 10);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING), 0);
	assert_int_equal(case_rows(&c, ALERT_TABLE_LIVE), 1500);
	case_fini(&c);
}

/* --- the watchdog -------------------------------------------------------------------- */

static void
the_watchdog_comes_while_healthy_and_is_never_queued(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	assert_false(case_next(&c));
	sinks_healthy(c.s, true);
	assert_true(case_next(&c));
	assert_true(case_has(&c, "\"alertname\":\"TiendoWatchdog\""));
	assert_true(case_has(&c, "\"severity\":\"info\""));
	assert_true(case_has(&c, "\"audience\":\"operations\""));
	assert_true(case_has(&c, "{}:{alertname="));
	assert_false(case_next(&c));
	case_pass(&c, 600000); /* it hangs: no second one */
	assert_false(case_next(&c));
	case_fail(&c, c.post.ticket, ERR_UNAVAILABLE);
	case_deliver(&c, 400); /* refused: no dead letter */
	assert_false(case_next(&c));
	assert_int_equal(sinks_due_ms(c.s), c.now.mono_ms + 300000);
	case_pass(&c, 299999);
	assert_false(case_next(&c));
	case_pass(&c, 1);
	case_deliver(&c, 200);
	sinks_healthy(c.s, false);
	case_pass(&c, 3000000);
	assert_false(case_next(&c));
	case_save(&c);
	assert_int_equal(case_counts(&c, 0)->dead, 0);
	case_fini(&c);
}

static void
a_sink_is_found_by_its_kind(void **state)
{
	(void)state;
	assert_non_null(sink_kind_find("webhook"));
	assert_non_null(sink_kind_find("alertmanager"));
	assert_null(sink_kind_find("telegram"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer_ends_as_specified),
	    cmocka_unit_test(nobody_there_or_too_slow_is_tried_again),
	    cmocka_unit_test(an_answer_to_no_ticket_is_ignored),
	    cmocka_unit_test(
	        waits_are_full_jitter_under_a_ceiling_that_doubles),
	    cmocka_unit_test(a_success_ends_the_waiting),
	    cmocka_unit_test(retry_after_is_respected),
	    cmocka_unit_test(retry_after_years_is_a_day),
	    cmocka_unit_test(
	        one_row_of_a_lane_is_under_way_and_the_next_waits_for_it),
	    cmocka_unit_test(a_programme_that_fails_delays_no_other),
	    cmocka_unit_test(a_sink_that_hangs_delays_no_other),
	    cmocka_unit_test(lanes_and_sinks_take_turns),
	    cmocka_unit_test(ten_thousand_rows_are_delivered_in_order),
	    cmocka_unit_test(
	        a_crash_before_saving_delivers_again_with_the_same_id),
	    cmocka_unit_test(a_save_that_was_not_committed_changes_nothing),
	    cmocka_unit_test(nothing_changed_is_nothing_to_save),
	    cmocka_unit_test(
	        a_sink_first_met_is_told_how_things_stand_and_no_row_before),
	    cmocka_unit_test(
	        a_snapshot_goes_on_after_a_crash_where_it_was_saved),
	    cmocka_unit_test(rows_stay_until_every_events_sink_has_passed_them),
	    cmocka_unit_test(a_sink_that_is_no_longer_configured_holds_nothing),
	    cmocka_unit_test(without_sinks_everything_is_removed),
	    cmocka_unit_test(
	        the_watchdog_comes_while_healthy_and_is_never_queued),
	    cmocka_unit_test(a_sink_is_found_by_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
