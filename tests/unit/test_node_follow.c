/* links: common/serve/node.c common/serve/serve.c common/serve/serve_query.c common/serve/follow.c common/base/daemon.c common/base/process.c common/base/notify.c common/base/paths.c common/base/http.c common/base/log.c common/base/stat.c common/base/conf.c common/base/conf_flags.c common/base/conf_text.c common/base/conf_value.c tests/lib/node_case.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/node_case.h"

static void
a_follower_is_ready_once_it_has_heard_its_source(void **state)
{
	struct node_case *f = *state;
	struct wire_message m = {.type = WIRE_FETCH};

	node_case_follower(f);
	node_case_pass(f, 1000);
	assert_false(serve_is_ready(f->follower.serve));
	(void)node_case_health(f, "aggregate");
	m.as.fetch.from = m.as.fetch.max_bytes = 1;
	mailbox_ask_error(&f->box, &m, ERR_UNAVAILABLE);
	node_case_source(f);
	node_case_await(f, &f->follower, true);
	assert_int_equal(f->follower.id.log, f->source.id.log);
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	assert_int_equal(node_case_take(f, "b"), ERR_OK);
	for (int i = 0; f->follower.turn.head.number < 2; i++) {
		assert_true(i < 1000);
		node_case_pass(f, 1);
	}
	assert_int_equal(f->down.n, 2);
	assert_int_equal(follow_source_head(f->follower.follow), 2);
}

static void
a_follower_keeps_whom_it_follows(void **state)
{
	struct node_case *f = *state;
	char path[NODE_CASE_PATH_MAX];
	uint64_t log;

	node_case_source(f);
	node_case_follower(f);
	node_case_await(f, &f->follower, true);
	log = f->source.id.log;
	node_close(&f->follower);
	node_close(&f->source);
	/* another log in its place */
	node_case_file(f, path);
	assert_int_equal(remove(path), 0);
	node_case_source(f);
	assert_int_not_equal(f->source.id.log, log);
	node_case_follower(f);
	assert_int_equal(f->follower.id.log, log);
	for (int i = 0; !f->follower.refused; i++) {
		assert_true(i < 1000);
		node_case_pass(f, 20);
	}
	node_case_reason_is(&f->follower, err_text(ERR_UNKNOWN_POSITION));
	assert_false(node_case_health(f, "aggregate")->ready);
}

static void
a_source_that_goes_is_told_and_waited_for(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	node_case_follower(f);
	node_case_await(f, &f->follower, true);
	serve_refuse(f->source.serve, ERR_CORRUPT, "damaged");
	node_case_await(f, &f->follower, false);
	assert_false(f->follower.refused);
	node_close(&f->source);
	node_case_source(f);
	node_case_await(f, &f->follower, true);
}

static void
a_follower_with_a_full_disk_goes_on_later(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	node_case_follower(f);
	node_case_await(f, &f->follower, true);
	f->down.err = ERR_STORAGE_FULL;
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	node_case_await(f, &f->follower, false);
	node_case_reason_is(&f->follower, "no space left where the data lie");
	f->down.err = ERR_OK;
	for (int i = 0; f->follower.turn.head.number < 1; i++) {
		assert_true(i < 1000);
		node_case_pass(f, 20);
	}
	assert_true(serve_is_ready(f->follower.serve));
}

/* Whatever ends the following must be seen: a node that stands still and says it
 * is ready would be the worst of all. */
static void
a_follower_that_has_ended_says_so(void **state)
{
	static const enum err errs[] = {ERR_BAD_VALUE, ERR_TOO_LARGE,
	                                ERR_CORRUPT};
	struct node_case *f = *state;

	node_case_source(f);
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		f->down.err = errs[i];
		node_case_follower(f);
		for (int j = 0; !f->follower.refused; j++) {
			assert_true(j < 1000);
			node_case_pass(f, 20);
		}
		node_case_reason_is(&f->follower, err_text(errs[i]));
		node_close(&f->follower);
	}
}

static void
a_follower_times_its_turns_and_says_once_that_it_has_caught_up(void **state)
{
	struct node_case *f = *state;
	char text[NODE_CASE_LOG_MAX];
	struct buf out;

	node_case_source(f);
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	assert_int_equal(node_case_take(f, "b"), ERR_OK);
	log_set(&f->d->log, LOG_INFO, false);
	node_case_follower(f);
	node_case_await(f, &f->follower, true);
	for (int i = 0; i < 1000 && !f->follower.caught_up; i++)
		node_case_pass(f, 20);
	node_case_logged(f, text);
	assert_non_null(strstr(text, "event=caught_up commit=2 behind=2\n"));
	buf_init(&out, 65536);
	node_metrics(&f->follower, &out);
	assert_non_null(
	    strstr(buf_cstr(&out), "\ntiendo_turn_duration_seconds_count 1\n"));
	buf_fini(&out);
	assert_int_equal(node_case_take(f, "c"), ERR_OK);
	for (int i = 0; i < 1000 && f->follower.turn.head.number < 3; i++)
		node_case_pass(f, 20);
	node_case_pass(f, 20);
	assert_null(strstr(node_case_logged(f, text), "caught_up"));
}

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, node_case_setup, node_case_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_follower_is_ready_once_it_has_heard_its_source),
	    CASE(a_follower_keeps_whom_it_follows),
	    CASE(a_source_that_goes_is_told_and_waited_for),
	    CASE(a_follower_with_a_full_disk_goes_on_later),
	    CASE(a_follower_that_has_ended_says_so),
	    CASE(
	        a_follower_times_its_turns_and_says_once_that_it_has_caught_up),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
