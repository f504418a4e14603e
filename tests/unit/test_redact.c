/* links: services/ctl/redact.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/redact.h"

static void
assert_redacted(const char *text, const char *wanted)
{
	struct buf out;

	buf_init(&out, 4096);
	redact(span_str(text), &out);
	assert_string_equal(buf_cstr(&out), wanted);
	buf_fini(&out);
}

static void
ordinary_options_stay_as_they_are(void **state)
{
	(void)state;
	assert_redacted(
	    "data: \"/var/lib/tiendo\"  # default\nmap-size: 64GiB\n",
	    "data: \"/var/lib/tiendo\"  # default\nmap-size: 64GiB\n");
	assert_redacted("", "");
	assert_redacted("no end", "no end\n");
	assert_redacted("admin: \"127.0.0.1:9570\"\n",
	                "admin: \"127.0.0.1:9570\"\n");
}

static void
of_a_url_only_the_host_and_port_stay(void **state)
{
	(void)state;
	assert_redacted(
	    "webhook: \"office=https://me:pw@hooks.example:8443/T0/"
	    "secret?x=1 b=http://127.0.0.1:9/\"  # flag\n",
	    "webhook: \"office=https://(removed)@hooks.example:8443/"
	    "(removed) b=http://127.0.0.1:9/(removed)\"  # flag\n");
	assert_redacted("a: \"http://h?token=1\"\n",
	                "a: \"http://h/(removed)\"\n");
	assert_redacted("a: \"http://h:1\"\n", "a: \"http://h:1\"\n");
	assert_redacted("a: http://u:p@h\n", "a: http://(removed)@h\n");
	/* an @ behind the host belongs to what goes */
	assert_redacted("a: http://h/p@q\n", "a: http://h/(removed)\n");
	assert_redacted("a: ://", "a: ://\n");
}

static void
what_is_called_a_secret_goes_whatever_it_is(void **state)
{
	(void)state;
	assert_redacted("sink-secrets: \"/etc/x\"  # flag, reload\n",
	                "sink-secrets: (removed)\n");
	assert_redacted("api-token: abc\nprivate-key: k\npassword: p\n",
	                "api-token: (removed)\nprivate-key: (removed)\n"
	                "password: (removed)\n");
	assert_redacted("sink-secrets: \"\"  # default\n",
	                "sink-secrets: \"\"  # default\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordinary_options_stay_as_they_are),
	    cmocka_unit_test(of_a_url_only_the_host_and_port_stay),
	    cmocka_unit_test(what_is_called_a_secret_goes_whatever_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
