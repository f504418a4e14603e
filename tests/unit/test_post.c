/* links: services/alert/post_io.c services/alert/post_url_io.c services/alert/sign_io.c services/alert/net.c common/base/loop.c common/base/clock.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c tests/lib/post_case.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/post_case.h"

/* --- answers ----------------------------------------------------------------------- */

static void
a_status_is_told_as_it_is(void **state)
{
	static const char *const paths[] = {"/200", "/204", "/400",
	                                    "/408", "/413", "/500"};
	struct post_case *f = *state;
	const struct sink_answer *answer;
	char text[16];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		snprintf(text, sizeof(text), "HTTP %s", paths[i] + 1);
		answer = post_case_ask(f, "127.0.0.1", PLAIN, paths[i]);
		assert_int_equal(answer->err, ERR_OK);
		assert_int_equal(answer->status,
		                 strtoul(paths[i] + 1, NULL, 10));
		assert_int_equal(answer->retry_after_ms, 0);
		assert_string_equal(f->text, text);
	}
}

static void
headers_and_signature_are_sent(void **state)
{
	static const char *const wanted[] = {
	    "\"content-type\": \"application/json\"",
	    "\"x-tiendo-delivery\": \"1-2-3\"",
	    "\"user-agent\": \"tiendo/1.2\"",
	    "\"x-tiendo-signature\": \"t=1700000000,v1=",
	    /* hmac.new(b"key", b"1700000000.{}", sha256) of Python */
	    "9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae",
	    "\"body\": \"{}\"",
	};
	struct post_case *f = *state;
	char line[4096];

	post_case_expect(f, "/signed/200", ERR_OK, "HTTP 200");
	post_case_logged(f, "/signed/200", line, sizeof(line));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strstr(line, wanted[i]))
			fail_msg("%s lacks %s", line, wanted[i]);
	assert_null(strstr(line, "expect"));
}

static void
a_connection_is_used_again(void **state)
{
	struct post_case *f = *state;
	char first[4096], second[4096];

	post_case_expect(f, "/first/200", ERR_OK, "HTTP 200");
	post_case_expect(f, "/second/200", ERR_OK, "HTTP 200");
	post_case_logged(f, "/first/200", first, sizeof(first));
	post_case_logged(f, "/second/200", second, sizeof(second));
	assert_int_equal(
	    strtoul(strstr(first, "\"connection\": ") + 14, NULL, 10),
	    strtoul(strstr(second, "\"connection\": ") + 14, NULL, 10));
}

static void
a_redirect_is_not_followed(void **state)
{
	struct post_case *f = *state;
	char line[4096];

	post_case_expect(f, "/301", ERR_OK, "HTTP 301");
	post_case_expect(f, "/200", ERR_OK, "HTTP 200");
	post_case_logged(f, "/followed", line, sizeof(line));
	assert_string_equal(line, "");
}

static void
retry_after_is_read_as_seconds_and_as_date(void **state)
{
	struct post_case *f = *state;
	const struct sink_answer *answer =
	    post_case_ask(f, "127.0.0.1", PLAIN, "/429");

	assert_int_equal(answer->status, 429);
	assert_int_equal(answer->retry_after_ms, 2000);
	answer = post_case_ask(f, "127.0.0.1", PLAIN, "/date-60");
	assert_in_range(answer->retry_after_ms, 55000, 60000);
	answer = post_case_ask(f, "127.0.0.1", PLAIN, "/date--60");
	assert_int_equal(answer->retry_after_ms, 0);
}

static void
no_more_silence_is_granted_than_an_hour(void **state)
{
	struct post_case *f = *state;

	assert_int_equal(
	    post_case_ask(f, "127.0.0.1", PLAIN, "/after-3599")->retry_after_ms,
	    3599000);
	assert_int_equal(
	    post_case_ask(f, "127.0.0.1", PLAIN, "/after-3601")->retry_after_ms,
	    POST_RETRY_AFTER_MAX_MS);
	assert_int_equal(
	    post_case_ask(f, "127.0.0.1", PLAIN, "/after-99999999999999999999")
	            ->retry_after_ms <= POST_RETRY_AFTER_MAX_MS,
	    true);
}

static void
silence_and_a_dripping_head_end_at_the_timeout(void **state)
{
	struct post_case *f = *state;
	int64_t ms;

	assert_int_equal(post_case_send(f, "127.0.0.1", PLAIN, "/hang"),
	                 ERR_OK);
	assert_int_equal(post_case_send(f, "127.0.0.1", PLAIN, "/drip"),
	                 ERR_OK);
	ms = post_case_wait(f, 2);
	assert_in_range(ms, TIMEOUT_MS - 10, TIMEOUT_MS * 4);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(f->answers[i].err, ERR_UNAVAILABLE);
	assert_string_equal(f->text, "timeout");
}

static void
a_status_holds_whatever_the_body_does(void **state)
{
	struct post_case *f = *state;
	char line[4096];
	const char *sent;

	post_case_expect(f, "/drip-body", ERR_OK, "HTTP 200");
	post_case_expect(f, "/huge", ERR_OK, "HTTP 200");
	/* It says how much it could send when the connection is gone. */
	do {
		post_case_expect(f, "/200", ERR_OK, "HTTP 200");
		post_case_logged(f, "huge-sent", line, sizeof(line));
	} while (line[0] == '\0' && f->n < ANSWERS_MAX);
	sent = strstr(line, "\"sent\": ");
	assert_non_null(sent);
	/* What two sockets hold, which is far from a gigabyte. */
	assert_in_range(strtoul(sent + 8, NULL, 10), 0, 32u << 20);
}

static void
a_head_without_end_is_cut(void **state)
{
	post_case_expect(*state, "/huge-head", ERR_UNAVAILABLE,
	                 "answer too long");
}

static void
a_connection_that_breaks_may_be_tried_again(void **state)
{
	post_case_expect(*state, "/reset", ERR_UNAVAILABLE, "connection lost");
	post_case_expect(*state, "/close", ERR_UNAVAILABLE,
	                 "closed without an answer");
}

static void
nobody_listens(void **state)
{
	struct post_case *f = *state;
	struct post_group *g = f->group;
	struct receiver saved = g->receivers[PLAIN];
	const struct sink_answer *answer;

	g->receivers[PLAIN].port[0] = '1';
	g->receivers[PLAIN].port[1] = '\0';
	answer = post_case_ask(f, "127.0.0.1", PLAIN, "/200");
	g->receivers[PLAIN] = saved;
	assert_int_equal(answer->err, ERR_UNAVAILABLE);
	assert_string_equal(f->text, "no connection");
}

#define CASE(name)                                             \
	cmocka_unit_test_setup_teardown(name, post_case_setup, \
	                                post_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_status_is_told_as_it_is),
	    CASE(headers_and_signature_are_sent),
	    CASE(a_connection_is_used_again),
	    CASE(a_redirect_is_not_followed),
	    CASE(retry_after_is_read_as_seconds_and_as_date),
	    CASE(no_more_silence_is_granted_than_an_hour),
	    CASE(silence_and_a_dripping_head_end_at_the_timeout),
	    CASE(a_status_holds_whatever_the_body_does),
	    CASE(a_head_without_end_is_cut),
	    CASE(a_connection_that_breaks_may_be_tried_again),
	    CASE(nobody_listens),
	};

	return cmocka_run_group_tests_name("post", tests, post_group_setup,
	                                   post_group_teardown);
}
