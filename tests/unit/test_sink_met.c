/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/sink_case.h"

/* How sinks begin: first met, met again, and while the state is still behind. */

static void
what_ended_lately_is_told_before_what_fires(void **state)
{
	static const int64_t later_ms[] = {0, 72 * 3600000 + 4000 + 1};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sink_case c;

		case_init(&c, "w");
		case_state(&c, 1, 0, 3, true);
		case_state(&c, 1, 1, 4, false);
		case_pass(&c, later_ms[i]);
		case_load(&c);
		case_save(&c);
		if (i == 0) {
			assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING),
			                 1);
			case_deliver(&c, 200);
			assert_true(case_has(&c, "a1 c4 r"));
			assert_false(case_has(&c, "a0 "));
			case_save(&c);
			case_load(&c); /* it goes on where it was */
		}
		case_deliver(&c, 200);
		assert_true(case_has(&c, "a0 c3 f"));
		assert_false(case_has(&c, "a1 "));
		assert_false(case_next(&c));
		case_save(&c);
		case_save(&c);
		assert_int_equal(case_rows(&c, ALERT_TABLE_RESOLVING), 0);
		case_fini(&c);
	}
}

static void
load_early(struct sink_case *c)
{
	sinks_close(&c->s);
	assert_int_equal(sinks_open(&c->s, &c->settings, c->confs, c->n),
	                 ERR_OK);
	assert_int_equal(sinks_load_early(c->s, c->kv, c->now), ERR_OK);
}

/* Years are folded again: nobody shall hear of them, nor the disk keep them. */
static void
before_the_state_was_ever_level_rows_are_only_removed(void **state)
{
	struct sink_case c;
	bool urgent;

	(void)state;
	case_init(&c, "wa");
	case_end(&c, 1, 2, 7, 1);
	load_early(&c);
	for (uint64_t commit = 3; commit < 20; commit++) {
		case_fire(&c, 1, commit, 0, 3);
		sinks_wake(c.s);
		assert_false(case_next(&c));
		assert_true(sinks_unsaved(c.s, &urgent));
		assert_false(urgent);
		case_save(&c);
		assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
		assert_false(sinks_unsaved(c.s, &urgent));
	}
	assert_int_equal(case_counts(&c, 0)->queued, 0);
	assert_int_equal(sinks_level(c.s, c.kv, c.now), ERR_OK);
	case_save(&c);
	while (case_next(&c)) {
		assert_true(case_has(&c, "a0 c19 f") ||
		            case_has(&c, "a7 c2 r"));
		case_answer(&c, c.post.ticket, 200);
	}
	assert_int_equal(case_counts(&c, 0)->delivered, 2);
	assert_true(case_counts(&c, 1)->delivered > 0);
	case_fini(&c);
}

static void
who_was_met_goes_on_before_the_state_is_level_again(void **state)
{
	struct sink_case c;

	(void)state;
	case_open(&c, "waw");
	case_drain(&c, 200);
	case_fire(&c, 1, 5, 0, 1);
	c.confs[2].name = "new";
	load_early(&c);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 1);
	assert_int_equal(case_drain(&c, 200), 2);
	assert_int_equal(case_counts(&c, 0)->delivered, 1);
	assert_int_equal(case_counts(&c, 1)->delivered, 1);
	case_save(&c);
	assert_int_equal(case_rows(&c, ALERT_TABLE_OUTBOX), 0);
	assert_int_equal(sinks_level(c.s, c.kv, c.now), ERR_OK);
	case_save(&c);
	assert_int_equal(case_drain(&c, 200), 1);
	assert_int_equal(c.post.sink, 2);
	assert_non_null(strstr(case_delivery(&c), "-s"));
	case_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(what_ended_lately_is_told_before_what_fires),
	    cmocka_unit_test(
	        before_the_state_was_ever_level_rows_are_only_removed),
	    cmocka_unit_test(
	        who_was_met_goes_on_before_the_state_is_level_again),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
