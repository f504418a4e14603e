/* links: services/alert/sink.c services/alert/sink_alertmanager.c services/alert/sink_dead.c services/alert/sink_gather.c services/alert/sink_json.c services/alert/sink_lane.c services/alert/sink_load.c services/alert/sink_round.c services/alert/sink_save.c services/alert/sink_webhook.c services/alert/outbox.c services/alert/alert_state.c common/domain/notice.c common/domain/period.c common/domain/record.c common/domain/record_fields.c common/domain/record_rollups.c common/domain/record_rows.c common/domain/figure.c common/domain/decimal.c common/base/buf.c common/base/err.c common/base/escape.c common/base/kv.c common/base/kv_mem.c tests/lib/sink_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "services/alert/sink_parts.h"
#include "tests/lib/sink_case.h"

static void
letters_put(struct sink_case *c, uint32_t n)
{
	const struct sink_dead dead = {.programme = 1, .n_alerts = 1};
	bool full;

	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(dead_put(c->kv, "w0", &dead, &full), ERR_OK);
}

/* How many slices it takes to have done the rest. */
static uint32_t
slices(struct sink_case *c, bool again, struct sink_dead_asked *asked)
{
	uint32_t n = 0;

	do {
		uint32_t before = asked->n;

		assert_int_equal(again ? sink_dead_retry(c->s, c->kv, asked)
		                       : sink_dead_drop(c->s, c->kv, asked),
		                 ERR_OK);
		assert_in_range(asked->n - before, 0, SINK_DEAD_SLICE);
		n++;
	} while (asked->more);
	return n;
}

/* One more than a slice takes; a full slice can't know that it is the last. */
static void
many_letters_are_done_in_slices(void **state)
{
	struct sink_case c;
	uint64_t left;

	(void)state;
	case_open(&c, "w");
	case_fire(&c, 1, 5, 0, 1);
	case_deliver(&c, 200);
	for (uint32_t over = 0; over < 3; over++) {
		for (int again = 1; again >= 0; again--) {
			struct sink_dead_asked asked = {.sink = "w0"};

			if (again)
				letters_put(&c, SINK_DEAD_SLICE - 1 + over);
			assert_int_equal(slices(&c, again, &asked),
			                 over == 0 ? 1 : 2);
			assert_int_equal(asked.n, SINK_DEAD_SLICE - 1 + over);
		}
		left = 1;
		assert_int_equal(dead_count(c.kv, "w0", &left), ERR_OK);
		assert_int_equal(left, 0);
	}
	case_fini(&c);
}

/* Of a row that is cut behind it too: no more is read. */
static void
a_fingerprint_is_read_alone(void **state)
{
	const struct notice n = {.firing = true,
	                         .fingerprint = 0xf00dULL << 40};
	struct buf row;
	uint64_t print = 0;

	(void)state;
	buf_init(&row, NOTICE_BYTES_MAX);
	notice_write(&row, &n);
	assert_int_equal(notice_print_read(span_of(row.ptr, 9), &print),
	                 ERR_OK);
	assert_int_equal(print, n.fingerprint);
	assert_int_equal(notice_print_read(span_of(row.ptr, 8), &print),
	                 ERR_CORRUPT);
	assert_int_equal(print, n.fingerprint);
	buf_fini(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(many_letters_are_done_in_slices),
	    cmocka_unit_test(a_fingerprint_is_read_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
