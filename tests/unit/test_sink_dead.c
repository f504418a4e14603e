/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/sink_case.h"

static struct sink_dead
letter(struct sink_case *c, const char *sink, uint64_t from)
{
	struct sink_dead dead = {.number = 0};
	bool more;

	assert_int_equal(sink_dead_next(c->kv, sink, from, &dead, &more),
	                 ERR_OK);
	assert_int_equal(more, dead.number != 0);
	return dead;
}

static bool
span_has(struct span bytes, const char *text)
{
	return memmem(bytes.ptr, bytes.len, text, strlen(text)) != NULL;
}

static void
what_is_refused_is_a_dead_letter_and_the_next_goes_on(void **state)
{
	struct sink_case c;
	struct sink_dead dead;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 4, 5, 0, 3);
	case_end(&c, 4, 6, 0, 1);
	case_deliver(&c, 400);
	/* The letter is written first. */
	assert_false(case_next(&c));
	case_save(&c);
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a0 c6 r"));
	dead = letter(&c, "w0", 0);
	assert_int_equal(dead.number, 1);
	assert_int_equal(dead.programme, 4);
	assert_int_equal(dead.commit, 5);
	assert_int_equal(dead.n_alerts, 3);
	assert_int_equal(dead.at_ms, c.now.wall_ms);
	assert_true(span_equal(dead.text, span_str("HTTP status")));
	assert_true(span_has(dead.notices, "a2 c5 f"));
	assert_int_equal(letter(&c, "w0", 2).number, 0);
	assert_int_equal(letter(&c, "w", 0).number, 0);
	assert_int_equal(letter(&c, "w00", 0).number, 0);
	case_fini(&c);
}

/* Posts of one sink, answered with 503, each when it is due, until it is dead. */
static uint32_t
fail_until_dead(struct sink_case *c, uint64_t dead, int64_t *last_ms)
{
	uint32_t tries = 0;

	while (case_counts(c, 0)->dead < dead) {
		int64_t wait = sinks_due_ms(c->s) - c->now.mono_ms;

		case_pass(c, wait > 0 ? wait : 0);
		*last_ms = c->now.wall_ms;
		case_deliver(c, 503);
		case_save(c);
		tries++;
	}
	return tries;
}

static void
after_a_day_and_not_before_a_row_is_given_up(void **state)
{
	struct sink_case c;
	int64_t begun, last_ms;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_pass(&c, 5000);
	begun = c.now.wall_ms;
	assert_true(fail_until_dead(&c, 1, &last_ms) > 300);
	assert_int_equal(last_ms, begun + CASE_DAY_MS);
	assert_int_equal(letter(&c, "w0", 0).at_ms, begun + CASE_DAY_MS);
	case_end(&c, 1, 100000, 0, 1);
	case_pass(&c, 300000);
	case_deliver(&c, 200);
	case_fini(&c);
}

/* Neither way; and the letter has the wall's time. */
static void
a_wall_that_jumps_moves_no_giving_up(void **state)
{
	static const int64_t jumps_ms[] = {3 * CASE_DAY_MS, -3 * CASE_DAY_MS};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sink_case c;
		int64_t begun, last_ms;

		case_open(&c, "w");
		case_fire(&c, 1, 5, 0, 1);
		case_pass(&c, 5000);
		begun = c.now.wall_ms + jumps_ms[i];
		case_deliver(&c, 503);
		c.now.wall_ms += jumps_ms[i];
		case_pass(&c, 3600000);
		case_deliver(&c, 503);
		case_save(&c);
		assert_int_equal(case_counts(&c, 0)->dead, 0);
		(void)fail_until_dead(&c, 1, &last_ms);
		assert_int_equal(last_ms, begun + CASE_DAY_MS);
		assert_int_equal(letter(&c, "w0", 0).at_ms, last_ms);
		case_fini(&c);
	}
}

static void
a_wall_that_went_back_while_we_were_gone_delays_nothing(void **state)
{
	struct sink_case c;
	int64_t begun, last_ms;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_pass(&c, 5000 + 3 * CASE_DAY_MS);
	case_deliver(&c, 503);
	case_save(&c);
	c.now.wall_ms -= 2 * CASE_DAY_MS;
	begun = c.now.wall_ms;
	case_load(&c);
	(void)fail_until_dead(&c, 1, &last_ms);
	assert_int_equal(last_ms, begun + CASE_DAY_MS);
	case_fini(&c);
}

static void
a_restart_does_not_begin_the_day_again(void **state)
{
	struct sink_case c;
	int64_t begun;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_pass(&c, 5000);
	begun = c.now.wall_ms;
	for (int i = 0; i < 24; i++) {
		case_deliver(&c, 503);
		case_save(&c);
		case_pass(&c, 3600000);
		case_load(&c);
		assert_int_equal(case_counts(&c, 0)->dead, 0);
	}
	assert_int_equal(c.now.wall_ms, begun + CASE_DAY_MS);
	case_deliver(&c, 503);
	case_save(&c);
	assert_int_equal(case_counts(&c, 0)->dead, 1);
	case_fini(&c);
}

static void
a_row_written_later_has_a_day_of_its_own(void **state)
{
	struct sink_case c;
	int64_t begun, last_ms;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_end(&c, 1, 3600, 0, 1);
	case_pass(&c, 5000);
	begun = c.now.wall_ms;
	(void)fail_until_dead(&c, 1, &last_ms);
	assert_int_equal(last_ms, begun + CASE_DAY_MS);
	(void)fail_until_dead(&c, 2, &last_ms);
	assert_int_equal(last_ms, CASE_START_MS + 3600000 + CASE_DAY_MS);
	case_fini(&c);
}

static void
what_gets_through_begins_the_day_again(void **state)
{
	struct sink_case c;
	int64_t begun, last_ms;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_end(&c, 1, 6, 0, 1);
	case_pass(&c, 10000);
	case_deliver(&c, 503);
	case_pass(&c, CASE_DAY_MS - 1);
	case_deliver(&c, 200);
	begun = c.now.wall_ms;
	(void)fail_until_dead(&c, 1, &last_ms);
	assert_int_equal(last_ms, begun + CASE_DAY_MS);
	case_fini(&c);
}

static void
our_own_absence_counts_for_nothing(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_pass(&c, 3 * CASE_DAY_MS);
	case_deliver(&c, 503);
	case_save(&c);
	assert_int_equal(case_counts(&c, 0)->dead, 0);
	assert_int_equal(c.counts.queued, 1);
	case_fini(&c);
}

/* Met again after a crash it would begin behind the row that takes back what it was
 * told. */
static void
a_sink_first_met_is_told_nothing_before_that_is_saved(void **state)
{
	struct sink_case c;
	bool urgent;

	(void)state;
	case_init(&c, "w");
	case_state(&c, 1, 0, 3, true);
	case_load(&c);
	assert_false(case_next(&c));
	assert_int_equal(sinks_due_ms(c.s), INT64_MAX);
	assert_true(sinks_unsaved(c.s, &urgent));
	assert_true(urgent);
	case_save(&c);
	assert_int_equal(sinks_due_ms(c.s), 0);
	case_deliver(&c, 200);
	case_end(&c, 1, 4, 0, 1);
	case_load(&c);
	while (!case_has(&c, "a0 c4 r"))
		case_deliver(&c, 200);
	case_fini(&c);
}

static void
a_snapshot_that_is_refused_is_a_dead_letter(void **state)
{
	struct sink_case c;

	(void)state;
	case_init(&c, "w");
	case_state(&c, 1, 7, 3, true);
	case_load(&c);
	case_save(&c);
	case_deliver(&c, 404);
	case_save(&c);
	assert_int_equal(letter(&c, "w0", 0).commit, 3);
	assert_true(span_has(letter(&c, "w0", 0).notices, "a7 c3 f"));
	assert_false(case_next(&c));
	case_fini(&c);
}

/* --- told again ---------------------------------------------------------------------- */

static uint32_t
retry(struct sink_case *c, uint64_t number)
{
	struct sink_dead_asked asked = {.sink = "w0", .number = number};

	assert_int_equal(sink_dead_retry(c->s, c->kv, &asked), ERR_OK);
	assert_false(asked.more);
	return asked.n;
}

static void
refuse(struct sink_case *c)
{
	case_deliver(c, 400);
	case_save(c);
}

static void
a_letter_told_again_says_what_holds_now(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 3);
	refuse(&c);
	case_fire(&c, 1, 6, 0, 1); /* another text */
	case_end(&c, 1, 7, 1, 1);  /* ended */
	assert_int_equal(case_drain(&c, 200), 2);
	assert_int_equal(retry(&c, 0), 1);
	case_deliver(&c, 200);
	assert_string_equal(case_delivery(&c), "0000000000000abc-1-d1");
	assert_string_equal(case_text(&c, 0, "annotations", "mark"), "a0 c6 f");
	assert_string_equal(case_text(&c, 0, "status", NULL), "firing");
	assert_string_equal(case_text(&c, 1, "annotations", "mark"), "a1 c5 f");
	assert_string_equal(case_text(&c, 1, "status", NULL), "resolved");
	assert_string_equal(case_text(&c, 1, "endsAt", NULL),
	                    "2026-01-01T00:00:05.000Z");
	assert_string_equal(case_text(&c, 2, "annotations", "mark"), "a2 c5 f");
	assert_string_equal(case_text(&c, 2, "status", NULL), "firing");
	case_save(&c);
	assert_int_equal(case_counts(&c, 0)->dead, 0);
	assert_false(case_next(&c));
	case_load(&c);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
letters_told_again_come_behind_what_waits_in_order(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_fire(&c, 1, 6, 1, 1);
	refuse(&c);
	refuse(&c);
	case_fire(&c, 1, 7, 2, 1);
	assert_int_equal(retry(&c, 2), 1);
	assert_int_equal(retry(&c, 0), 2);
	case_load(&c); /* that is kept */
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a2 c7 f"));
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a0 c5 f"));
	/* One at a time, so that none is told twice or lost. */
	assert_false(case_next(&c));
	case_save(&c);
	case_deliver(&c, 200);
	assert_true(case_has(&c, "a1 c6 f"));
	case_save(&c);
	assert_false(case_next(&c));
	case_fini(&c);
}

static void
a_letter_refused_again_stays_with_the_new_reason(void **state)
{
	struct sink_case c;
	struct sink_answer answer = {.status = 410, .text = "HTTP 410"};

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 2);
	refuse(&c);
	assert_int_equal(retry(&c, 1), 1);
	case_pass(&c, 9000);
	assert_true(case_next(&c));
	sinks_answered(c.s, c.post.ticket, &answer, c.now);
	case_save(&c);
	assert_int_equal(case_counts(&c, 0)->dead, 1);
	assert_true(span_equal(letter(&c, "w0", 0).text, span_str("HTTP 410")));
	assert_int_equal(letter(&c, "w0", 0).at_ms, c.now.wall_ms);
	assert_int_equal(letter(&c, "w0", 0).n_alerts, 2);
	assert_true(span_has(letter(&c, "w0", 0).notices, "a1 c5 f"));
	assert_false(case_next(&c));
	case_load(&c);
	assert_false(case_next(&c));
	case_fini(&c);
}

static enum err
drop(struct sink_case *c, uint64_t number, uint32_t *n)
{
	struct sink_dead_asked asked = {.sink = "w0", .number = number};
	enum err err = sink_dead_drop(c->s, c->kv, &asked);

	*n = asked.n;
	assert_false(asked.more);
	return err;
}

static enum err
retry_of(struct sink_case *c, const char *sink, uint64_t number)
{
	struct sink_dead_asked asked = {.sink = sink, .number = number};

	return sink_dead_retry(c->s, c->kv, &asked);
}

static void
letters_are_dropped_one_or_all(void **state)
{
	struct sink_case c;
	uint32_t n;

	(void)state;
	case_open(&c, "w");
	for (uint32_t i = 1; i <= 3; i++) {
		case_fire(&c, 1, i, 0, 1);
		refuse(&c);
	}
	assert_int_equal(drop(&c, 2, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(drop(&c, 2, &n), ERR_NOT_FOUND);
	assert_int_equal(retry_of(&c, "w0", 2), ERR_NOT_FOUND);
	assert_int_equal(retry_of(&c, "w1", 1), ERR_NOT_FOUND);
	assert_int_equal(letter(&c, "w0", 2).number, 3);
	/* Dropped while it is under way. */
	assert_int_equal(retry(&c, 3), 1);
	assert_true(case_next(&c));
	assert_int_equal(drop(&c, 0, &n), ERR_OK);
	assert_int_equal(n, 2);
	case_answer(&c, c.post.ticket, 200);
	case_save(&c);
	assert_int_equal(case_counts(&c, 0)->dead, 0);
	assert_false(case_next(&c));
	/* Numbers are not used again. */
	case_fire(&c, 1, 9, 0, 1);
	refuse(&c);
	assert_int_equal(letter(&c, "w0", 0).number, 4);
	case_fini(&c);
}

/* --- bounds -------------------------------------------------------------------------- */

/* As if so many stood there. */
static void
pretend_dead(struct sink_case *c, uint64_t n)
{
	static const uint8_t key[] = {'X', 'w', '0', 0, 0, 0, 0, 0, 0, 0, 0, 0};
	struct buf row;

	buf_init(&row, 64);
	buf_put_uvarint(&row, n + 1);
	buf_put_uvarint(&row, n);
	kv_put(c->kv, span_of(key, sizeof(key)), buf_span(&row));
	buf_fini(&row);
}

static void
past_the_last_letter_lanes_stand_still_and_lose_nothing(void **state)
{
	struct sink_case c;
	bool urgent;

	(void)state;
	case_open(&c, "w");
	pretend_dead(&c, SINK_DEAD_MAX - 1);
	case_fire(&c, 1, 5, 0, 1);
	case_end(&c, 1, 6, 0, 1);
	refuse(&c);
	assert_int_equal(case_counts(&c, 0)->dead, SINK_DEAD_MAX);
	refuse(&c);
	assert_int_equal(case_counts(&c, 0)->dead, SINK_DEAD_MAX);
	assert_int_equal(c.counts.queued, 1);
	assert_false(case_next(&c));
	assert_false(sinks_unsaved(c.s, &urgent));
	assert_int_equal(sinks_due_ms(c.s), c.now.mono_ms + 300000);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 1);
	case_pass(&c, 300000);
	pretend_dead(&c, SINK_DEAD_MAX - 1);
	refuse(&c);
	assert_int_equal(case_counts(&c, 0)->queued, 0);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	case_fini(&c);
}

/* A row of n alerts whose words need six bytes of JSON each. */
static void
tell_much(struct sink_case *c, uint32_t n)
{
	uint8_t words[9000];
	struct alert_key key = outbox_key(1, (struct outbox_at){.commit = 5});
	struct buf bytes, row;

	memset(words, 1, sizeof(words));
	buf_init(&bytes, NOTICE_BYTES_MAX);
	buf_init(&row, KV_VALUE_MAX);
	outbox_row_begin(&row, CASE_START_MS);
	for (uint32_t i = 0; i < n; i++) {
		struct notice one = case_notice(&bytes, 1, i, 5, true);
		size_t labels = one.labels.len;

		notice_pair_put(&bytes, span_str("x"),
		                span_of(words, sizeof(words)));
		one.labels = span_of(bytes.ptr, labels);
		one.annotations =
		    span_of(bytes.ptr + labels, bytes.len - labels);
		notice_write(&row, &one);
	}
	kv_put(c->kv, alert_key_span(&key), buf_span(&row));
	buf_fini(&bytes);
	buf_fini(&row);
	sinks_wake(c->s);
}

static void
a_row_too_large_for_one_body_is_cut_and_every_alert_comes_once(void **state)
{
	struct sink_case c;
	char mark[32];
	uint32_t n = 0, posts = 0;

	(void)state;
	case_open(&c, "w");
	tell_much(&c, 200);
	for (; n < 200; posts++) {
		assert_true(case_next(&c));
		assert_true(c.post.body.len <= SINK_BODY_MAX);
		(void)snprintf(mark, sizeof(mark),
		               n == 0 ? "abc-5-1-0" : "-0.%u", n);
		assert_non_null(strstr(case_delivery(&c), mark));
		if (posts == 1) { /* one part is refused, one comes again */
			case_answer(&c, c.post.ticket, 413);
			case_save(&c);
			assert_int_equal(letter(&c, "w0", 0).n_alerts,
			                 c.post.n_alerts);
			(void)snprintf(mark, sizeof(mark), "a%u c5 f", n);
			assert_true(
			    span_has(letter(&c, "w0", 0).notices, mark));
		} else {
			case_answer(&c, c.post.ticket, 200);
			case_save(&c);
			case_load(&c);
		}
		(void)snprintf(mark, sizeof(mark), "a%u c5 f",
		               n + c.post.n_alerts - 1);
		assert_true(case_has(&c, mark));
		n += c.post.n_alerts;
	}
	assert_int_equal(n, 200);
	assert_true(posts >= 3 && posts <= 8);
	assert_false(case_next(&c));
	assert_int_equal(case_counts(&c, 0)->queued, 0);
	case_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        what_is_refused_is_a_dead_letter_and_the_next_goes_on),
	    cmocka_unit_test(after_a_day_and_not_before_a_row_is_given_up),
	    cmocka_unit_test(a_wall_that_jumps_moves_no_giving_up),
	    cmocka_unit_test(
	        a_wall_that_went_back_while_we_were_gone_delays_nothing),
	    cmocka_unit_test(a_restart_does_not_begin_the_day_again),
	    cmocka_unit_test(a_row_written_later_has_a_day_of_its_own),
	    cmocka_unit_test(what_gets_through_begins_the_day_again),
	    cmocka_unit_test(our_own_absence_counts_for_nothing),
	    cmocka_unit_test(
	        a_sink_first_met_is_told_nothing_before_that_is_saved),
	    cmocka_unit_test(a_snapshot_that_is_refused_is_a_dead_letter),
	    cmocka_unit_test(a_letter_told_again_says_what_holds_now),
	    cmocka_unit_test(
	        letters_told_again_come_behind_what_waits_in_order),
	    cmocka_unit_test(a_letter_refused_again_stays_with_the_new_reason),
	    cmocka_unit_test(letters_are_dropped_one_or_all),
	    cmocka_unit_test(
	        past_the_last_letter_lanes_stand_still_and_lose_nothing),
	    cmocka_unit_test(
	        a_row_too_large_for_one_body_is_cut_and_every_alert_comes_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
