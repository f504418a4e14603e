/* links: common/base/peers.c common/base/clock.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/peers.h"

static struct mono
at_ms(int64_t ms)
{
	return clock_mono_plus_ms((struct mono){0}, ms);
}

static uint64_t
see(struct peers *p, const char *identity, int64_t ms)
{
	uint64_t peer = 0;

	assert_int_equal(peers_see(p, span_str(identity), at_ms(ms), &peer),
	                 ERR_OK);
	assert_int_not_equal(peer, 0);
	return peer;
}

static void
is(struct peers *p, uint64_t peer, const char *identity)
{
	struct span got = {0};

	if (!identity) {
		assert_int_equal(peers_identity(p, peer, &got), ERR_NOT_FOUND);
		return;
	}
	assert_int_equal(peers_identity(p, peer, &got), ERR_OK);
	assert_true(span_equal(got, span_str(identity)));
}

static void
same_identity_keeps_its_number(void **state)
{
	struct peers *p = NULL;
	uint64_t a;
	uint64_t b;

	(void)state;
	assert_int_equal(peers_new(&p, 10, 1000), ERR_OK);
	a = see(p, "a", 0);
	b = see(p, "b", 0);
	assert_int_not_equal(a, b);
	assert_int_equal(see(p, "a", 50), a);
	assert_int_equal(peers_count(p), 2);
	is(p, a, "a");
	is(p, b, "b");
	is(p, 0, NULL);
	is(p, UINT64_MAX, NULL);
	peers_free(&p);
	peers_free(&p);
}

static void
dropped_number_never_means_another(void **state)
{
	struct peers *p = NULL;
	uint64_t a;
	uint64_t again;

	(void)state;
	assert_int_equal(peers_new(&p, 1, 1000), ERR_OK);
	a = see(p, "a", 0);
	peers_drop(p, a);
	is(p, a, NULL);
	see(p, "b", 0);
	is(p, a, NULL);
	peers_drop(p, a);
	assert_int_equal(peers_count(p), 1);
	peers_drop(p, see(p, "b", 1));
	again = see(p, "a", 2);
	assert_int_not_equal(again, a);
	is(p, a, NULL);
	is(p, again, "a");
	peers_free(&p);
}

static void
full_table_recycles_the_longest_silent_and_refuses_else(void **state)
{
	struct peers *p = NULL;
	uint64_t a;
	uint64_t b;
	uint64_t c = 7;

	(void)state;
	assert_int_equal(peers_new(&p, 2, 1000), ERR_OK);
	a = see(p, "a", 0);
	b = see(p, "b", 1);
	assert_int_equal(see(p, "a", 500), a);
	assert_int_equal(peers_see(p, span_str("c"), at_ms(1000), &c),
	                 ERR_OVERLOADED);
	assert_int_equal(c, 7);
	c = see(p, "c", 1001);
	is(p, b, NULL);
	is(p, a, "a");
	is(p, c, "c");
	assert_int_equal(peers_count(p), 2);
	peers_free(&p);
}

static void
identity_bounds_hold(void **state)
{
	struct peers *p = NULL;
	uint8_t bytes[PEER_IDENTITY_MAX + 1] = {0};
	struct span got;
	uint64_t peer;

	(void)state;
	assert_int_equal(peers_new(&p, 4, 0), ERR_OK);
	assert_int_equal(
	    peers_see(p, span_of(bytes, PEER_IDENTITY_MAX), at_ms(0), &peer),
	    ERR_OK);
	assert_int_equal(peers_identity(p, peer, &got), ERR_OK);
	assert_int_equal(got.len, PEER_IDENTITY_MAX);
	assert_int_equal(
	    peers_see(p, span_of(bytes, sizeof(bytes)), at_ms(0), &peer),
	    ERR_TOO_LARGE);
	assert_int_equal(peers_see(p, span_of(bytes, 0), at_ms(0), &peer),
	                 ERR_OK);
	peers_free(&p);
}

/* Against a plain list of who is there. */
static void
random_comings_and_goings_agree_with_a_list(void **state)
{
	struct peers *p = NULL;
	uint64_t numbers[40] = {0};
	uint32_t seed = 11;
	size_t n;

	(void)state;
	print_message("seed %u\n", seed);
	assert_int_equal(peers_new(&p, 40, 1000), ERR_OK);
	for (unsigned i = 0; i < 5000; i++) {
		char name[8];
		unsigned who;

		seed = seed * 1664525u + 1013904223u;
		who = seed >> 16 & 31;
		snprintf(name, sizeof(name), "p%u", who);
		if ((seed >> 8) % 3 == 0) {
			peers_drop(p, numbers[who]);
			is(p, numbers[who], NULL);
			numbers[who] = 0;
		} else {
			uint64_t got = see(p, name, i);

			if (numbers[who] != 0)
				assert_int_equal(got, numbers[who]);
			numbers[who] = got;
		}
		n = 0;
		for (unsigned k = 0; k < 32; k++)
			n += numbers[k] != 0;
		assert_int_equal(peers_count(p), n);
	}
	peers_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_identity_keeps_its_number),
	    cmocka_unit_test(dropped_number_never_means_another),
	    cmocka_unit_test(
	        full_table_recycles_the_longest_silent_and_refuses_else),
	    cmocka_unit_test(identity_bounds_hold),
	    cmocka_unit_test(random_comings_and_goings_agree_with_a_list),
	};

	return cmocka_run_group_tests_name("peers", tests, NULL, NULL);
}
