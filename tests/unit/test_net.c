/* links: services/alert/net.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/alert/net.h"

static struct net_address
address(const char *text)
{
	struct net_address at;

	if (!net_address_parse(text, &at))
		fail_msg("%s is no address", text);
	return at;
}

struct class_row {
	const char *text;
	enum net_class class;
};

static const struct class_row classes[] = {
    {"127.0.0.1", NET_LOOPBACK},
    {"127.255.255.255", NET_LOOPBACK},
    {"::1", NET_LOOPBACK},
    {"::ffff:127.0.0.1", NET_LOOPBACK},
    {"64:ff9b::127.0.0.1", NET_SPECIAL},
    {"0.0.0.0", NET_SPECIAL},
    {"0.255.255.255", NET_SPECIAL},
    {"1.0.0.0", NET_PUBLIC},
    {"9.255.255.255", NET_PUBLIC},
    {"10.0.0.0", NET_SPECIAL},
    {"10.255.255.255", NET_SPECIAL},
    {"11.0.0.0", NET_PUBLIC},
    {"100.63.255.255", NET_PUBLIC},
    {"100.64.0.0", NET_SPECIAL},
    {"100.127.255.255", NET_SPECIAL},
    {"100.128.0.0", NET_PUBLIC},
    {"126.255.255.255", NET_PUBLIC},
    {"128.0.0.0", NET_PUBLIC},
    {"169.254.169.254", NET_SPECIAL},
    {"172.15.255.255", NET_PUBLIC},
    {"172.16.0.0", NET_SPECIAL},
    {"172.31.255.255", NET_SPECIAL},
    {"172.32.0.0", NET_PUBLIC},
    {"192.168.0.1", NET_SPECIAL},
    {"192.169.0.0", NET_PUBLIC},
    {"198.17.255.255", NET_PUBLIC},
    {"198.18.0.0", NET_SPECIAL},
    {"223.255.255.255", NET_PUBLIC},
    {"224.0.0.1", NET_SPECIAL},
    {"255.255.255.255", NET_SPECIAL},
    {"::", NET_SPECIAL},
    {"::2", NET_SPECIAL},
    {"::10.0.0.1", NET_SPECIAL},
    {"::ffff:10.0.0.1", NET_SPECIAL},
    {"::ffff:169.254.169.254", NET_SPECIAL},
    {"::ffff:8.8.8.8", NET_PUBLIC},
    {"64:ff9b::10.0.0.1", NET_SPECIAL},
    {"64:ff9b::8.8.8.8", NET_PUBLIC},
    {"64:ff9b:1::8.8.8.8", NET_SPECIAL},
    {"2001::1", NET_SPECIAL},
    {"2001:db8::1", NET_SPECIAL},
    {"2002:a00:1::1", NET_SPECIAL},
    {"2606:4700::1", NET_PUBLIC},
    {"fbff::1", NET_PUBLIC},
    {"fc00::1", NET_SPECIAL},
    {"fdff::1", NET_SPECIAL},
    {"fe80::1", NET_SPECIAL},
    {"fec0::1", NET_SPECIAL},
    {"ff02::1", NET_SPECIAL},
};

static void
addresses_are_what_the_registries_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		struct net_address at = address(classes[i].text);

		if (net_classify(&at) != classes[i].class)
			fail_msg("%s: %d", classes[i].text, net_classify(&at));
	}
}

static void
what_is_no_address_is_none(void **state)
{
	static const char *const wrong[] = {"",          "localhost", "1.2.3",
	                                    "1.2.3.4.5", "[::1]",     "1::2::3",
	                                    "256.0.0.1"};
	struct net_address at;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(net_address_parse(wrong[i], &at));
}

static void
special_addresses_are_posted_to_only_if_listed(void **state)
{
	static const char list[] = "10.1.0.0/16, 192.168.1.5 fd00:1::/32";
	static const char *const yes[] = {
	    "10.1.0.0",  "10.1.255.255", "::ffff:10.1.2.3", "192.168.1.5",
	    "fd00:1::9", "127.0.0.1",    "8.8.8.8",         "::1"};
	static const char *const no[] = {
	    "10.0.255.255", "10.2.0.0",    "192.168.1.4",      "192.168.1.6",
	    "fd00:2::9",    "169.254.1.1", "64:ff9b::10.9.2.3"};
	struct net_address at;
	struct nets nets;
	struct buf why;

	(void)state;
	buf_init(&why, 1024);
	assert_int_equal(nets_parse(&nets, list, &why), ERR_OK);
	assert_int_equal(nets.n, 3);
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		at = address(yes[i]);
		assert_true(net_allowed(&nets, &at, false));
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		at = address(no[i]);
		assert_false(net_allowed(&nets, &at, false));
	}
	buf_fini(&why);
}

static void
without_tls_only_loopback_is_posted_to(void **state)
{
	struct net_address at = address("127.0.0.1");
	struct nets nets;
	struct buf why;

	(void)state;
	buf_init(&why, 1024);
	assert_int_equal(nets_parse(&nets, "10.0.0.0/8", &why), ERR_OK);
	assert_true(net_allowed(&nets, &at, true));
	at = address("10.0.0.1");
	assert_false(net_allowed(&nets, &at, true));
	at = address("8.8.8.8");
	assert_false(net_allowed(&nets, &at, true));
	buf_fini(&why);
}

static void
slips_in_a_net_are_named(void **state)
{
	static const char *const wrong[] = {
	    "10.1.0.0/8",
	    "10.0.0.0/33",
	    "10.0.0.0/",
	    "10.0.0.0/-1",
	    "10.0.0.0/8x",
	    "fd00::/129",
	    "office",
	    "10.0.0.0/8/8",
	    "fd00:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	struct nets nets = {.n = 7};
	struct buf why;

	(void)state;
	buf_init(&why, 1024);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		buf_reset(&why);
		assert_int_equal(nets_parse(&nets, wrong[i], &why), ERR_CONF);
		assert_non_null(strstr(buf_cstr(&why), "is not a net"));
		assert_int_equal(nets.n, 7);
	}
	assert_int_equal(nets_parse(&nets, " , ", &why), ERR_OK);
	assert_int_equal(nets.n, 0);
	assert_int_equal(nets_parse(&nets, "0.0.0.0/0 ::/0", &why), ERR_OK);
	assert_int_equal(nets.n, 2);
	buf_fini(&why);
}

static void
one_net_more_than_fits_is_refused(void **state)
{
	struct nets nets;
	struct buf text, why;

	(void)state;
	buf_init(&text, 4096);
	buf_init(&why, 1024);
	for (unsigned i = 0; i < NETS_MAX; i++)
		buf_printf(&text, "10.%u.0.0/16 ", i);
	assert_int_equal(nets_parse(&nets, buf_cstr(&text), &why), ERR_OK);
	assert_int_equal(nets.n, NETS_MAX);
	buf_put_str(&text, "fd00::/8");
	assert_int_equal(nets_parse(&nets, buf_cstr(&text), &why), ERR_CONF);
	buf_fini(&text);
	buf_fini(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_are_what_the_registries_say),
	    cmocka_unit_test(what_is_no_address_is_none),
	    cmocka_unit_test(special_addresses_are_posted_to_only_if_listed),
	    cmocka_unit_test(without_tls_only_loopback_is_posted_to),
	    cmocka_unit_test(slips_in_a_net_are_named),
	    cmocka_unit_test(one_net_more_than_fits_is_refused),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
