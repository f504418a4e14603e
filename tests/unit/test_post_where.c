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

/* --- where to ------------------------------------------------------------------------ */

static void
a_name_that_is_none_may_be_tried_again(void **state)
{
	struct post_case *f = *state;

	assert_int_equal(post_case_ask(f, "nowhere.test", GOOD, "/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "name not found");
}

static void
a_name_that_points_inside_is_refused(void **state)
{
	struct post_case *f = *state;
	int64_t from = clock_mono_now(&f->clock).ns;

	assert_int_equal(post_case_ask(f, "inside.test", GOOD, "/200")->err,
	                 ERR_REFUSED);
	assert_string_equal(f->text, "address not allowed");
	assert_int_equal(post_case_ask(f, "metadata.test", GOOD, "/200")->err,
	                 ERR_REFUSED);
	assert_int_equal(post_case_ask(f, "10.1.2.3", GOOD, "/200")->err,
	                 ERR_REFUSED);
	/* No packet left for it to time out. */
	assert_true(clock_mono_now(&f->clock).ns - from <
	            TIMEOUT_MS * CLOCK_NS_PER_MS);
}

static void
http_reaches_no_listed_net_either(void **state)
{
	struct post_case *f = *state;

	f->conf.private_nets = "10.0.0.0/8";
	assert_int_equal(post_case_ask(f, "inside.test", PLAIN, "/200")->err,
	                 ERR_REFUSED);
}

static void
a_resolver_that_hangs_is_not_waited_for(void **state)
{
	struct post_case *f = *state;
	struct mono from = clock_mono_now(&f->clock);

	assert_int_equal(post_case_ask(f, "slow.test", GOOD, "/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "timeout");
	assert_int_equal(post_case_send(f, "slow.test", GOOD, "/200"), ERR_OK);
	assert_int_equal(loop_once(f->loop, 10), ERR_OK);
	post_close(&f->post);
	assert_true(clock_ms_between(from, clock_mono_now(&f->clock)) <
	            4 * TIMEOUT_MS);
}

/* --- certificates --------------------------------------------------------------------- */

static void
a_certificate_of_the_named_authority_is_accepted(void **state)
{
	struct post_case *f = *state;

	assert_int_equal(post_case_ask(f, "good.test", GOOD, "/200")->status,
	                 200);
	assert_int_equal(post_case_ask(f, "127.0.0.1", GOOD, "/200")->status,
	                 200);
}

static void
certificates_that_prove_nothing_are_refused(void **state)
{
	struct post_case *f = *state;

	assert_int_equal(
	    post_case_ask(f, "good.test", EXPIRED, "/tls/200")->err,
	    ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
	assert_int_equal(
	    post_case_ask(f, "good.test", STRANGER, "/tls/200")->err,
	    ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
	/* Right, but of another name. */
	assert_int_equal(post_case_ask(f, "other.test", GOOD, "/tls/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
}

static void
without_a_file_the_authorities_of_the_system_count(void **state)
{
	struct post_case *f = *state;

	f->conf.ca_file = "";
	assert_int_equal(post_case_ask(f, "good.test", GOOD, "/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
}

/* --- bounds and configuration ------------------------------------------------------------ */

static void
one_flight_more_than_fits_is_refused(void **state)
{
	struct post_case *f = *state;

	for (unsigned i = 0; i < POST_FLIGHTS_MAX; i++)
		assert_int_equal(post_case_send(f, "127.0.0.1", PLAIN, "/200"),
		                 ERR_OK);
	assert_int_equal(post_case_send(f, "127.0.0.1", PLAIN, "/200"),
	                 ERR_OVERLOADED);
	(void)post_case_wait(f, POST_FLIGHTS_MAX);
	for (unsigned i = 0; i < POST_FLIGHTS_MAX; i++)
		assert_int_equal(f->answers[i].status, 200);
	post_case_expect(f, "/200", ERR_OK, "HTTP 200");
}

struct url_row {
	const char *url;
	const char *wrong; /* a part of what is said; NULL: right */
};

static const struct url_row urls[] = {
    {"https://alerts.example.org/hook?key=1", NULL},
    {"https://10.0.0.1:8443", NULL}, /* judged when it is opened */
    {"HTTPS://example.org/", NULL},
    {"http://127.0.0.1:9093", NULL},
    {"http://localhost:9093/x", NULL},
    {"http://[::1]:9093", NULL},
    {"http://2130706433/", NULL}, /* 127.0.0.1, as libcurl reads it */
    {"http://example.org/", "another machine"},
    {"http://10.0.0.1/", "another machine"},
    {"http://localhost.example.org/", "another machine"},
    {"http://127.0.0.1.example.org/", "another machine"},
    {"http://[fd00::1]/", "another machine"},
    {"https://user@example.org/", "user name"},
    {"https://user:word@example.org/", "user name"},
    {"ftp://example.org/", "neither"},
    {"file:///etc/passwd", "URL"},
    {"example.org", "be read"},
    {"https://", "be read"},
    {"https://exa mple.org", "be read"},
    {"", "be read"},
};

static void
urls_are_judged_before_they_are_used(void **state)
{
	struct post_case *f = *state;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		const struct url_row *row = &urls[i];
		enum err err;

		buf_reset(&f->why);
		err = post_url_check(row->url, &f->why);
		if (err != (row->wrong ? ERR_CONF : ERR_OK) ||
		    (row->wrong && !strstr(buf_cstr(&f->why), row->wrong)))
			fail_msg("%s: %s: %s", row->url, err_name(err),
			         buf_cstr(&f->why));
		assert_null(strstr(buf_cstr(&f->why), "word"));
	}
}

static void
settings_that_are_wrong_are_said(void **state)
{
	struct post_case *f = *state;
	char empty[128];
	FILE *file;

	assert_int_equal(post_conf_check(&f->conf, &f->why), ERR_OK);
	f->conf.private_nets = "10.0.0.1/8";
	assert_int_equal(post_open(&f->post, &f->conf, &f->why), ERR_CONF);
	assert_non_null(strstr(buf_cstr(&f->why), "10.0.0.1/8"));
	f->conf.private_nets = "";
	f->conf.ca_file = "/nowhere/ca.pem";
	buf_reset(&f->why);
	assert_int_equal(post_conf_check(&f->conf, &f->why), ERR_CONF);
	assert_non_null(strstr(buf_cstr(&f->why), "No such file"));
	tmpdir_path(&f->group->dir, "empty.pem", empty, sizeof(empty));
	file = fopen(empty, "w");
	assert_non_null(file);
	fclose(file);
	f->conf.ca_file = empty;
	buf_reset(&f->why);
	assert_int_equal(post_conf_check(&f->conf, &f->why), ERR_CONF);
	assert_non_null(strstr(buf_cstr(&f->why), "no certificate"));
	assert_null(f->post);
}

#define CASE(name)                                             \
	cmocka_unit_test_setup_teardown(name, post_case_setup, \
	                                post_case_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_name_that_is_none_may_be_tried_again),
	    CASE(a_name_that_points_inside_is_refused),
	    CASE(http_reaches_no_listed_net_either),
	    CASE(a_resolver_that_hangs_is_not_waited_for),
	    CASE(a_certificate_of_the_named_authority_is_accepted),
	    CASE(certificates_that_prove_nothing_are_refused),
	    CASE(without_a_file_the_authorities_of_the_system_count),
	    CASE(one_flight_more_than_fits_is_refused),
	    CASE(urls_are_judged_before_they_are_used),
	    CASE(settings_that_are_wrong_are_said),
	};

	return cmocka_run_group_tests_name(
	    "post_where", tests, post_group_setup, post_group_teardown);
}
