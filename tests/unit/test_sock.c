/* links: common/base/sock.c common/base/peers.c common/base/clock.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "common/base/sock.h"
#include "tests/lib/tmpdir.h"

enum { WAIT_MS = 5000, FRAME_MAX = 100000 };

struct fixture {
	struct tmpdir tmp;
	char endpoint[SOCK_ENDPOINT_MAX];
	struct sock_ctx *ctx;
	struct sock *router;
	struct sock *dealer;
	struct sock_message got;
	struct sock_refusal why;
};

static struct sock_conf
router_conf(struct fixture *f)
{
	return (struct sock_conf){
	    .kind = SOCK_ROUTER,
	    .bind = true,
	    .endpoint = f->endpoint,
	    .frame_max_bytes = FRAME_MAX,
	    .frames_max = 3,
	    .queue_max = 100,
	    .peers_max = 2,
	    .peer_idle_ms = 60000,
	};
}

static struct sock_conf
dealer_conf(struct fixture *f)
{
	return (struct sock_conf){
	    .kind = SOCK_DEALER,
	    .endpoint = f->endpoint,
	    .frame_max_bytes = 1 << 20,
	    .frames_max = SOCK_FRAMES_MAX,
	    .queue_max = 100,
	};
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	tmpdir_open(&f->tmp);
	snprintf(f->endpoint, sizeof(f->endpoint), "ipc://%s/x.sock",
	         f->tmp.path);
	sock_message_init(&f->got);
	*state = f;
	return sock_ctx_open(&f->ctx) == ERR_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	sock_message_fini(&f->got);
	sock_close(&f->dealer);
	sock_close(&f->dealer);
	sock_close(&f->router);
	sock_ctx_close(&f->ctx);
	sock_ctx_close(&f->ctx);
	tmpdir_close(&f->tmp);
	free(f);
	return 0;
}

static void
open_ok(struct fixture *f, struct sock **sock, struct sock_conf conf)
{
	enum err err = sock_open(sock, f->ctx, &conf, &f->why);

	if (err != ERR_OK)
		fail_msg("%s", f->why.text);
}

static void
open_both(struct fixture *f)
{
	open_ok(f, &f->router, router_conf(f));
	open_ok(f, &f->dealer, dealer_conf(f));
}

static bool
wait_for(struct sock *sock, short events, int wait_ms)
{
	zmq_pollitem_t item = {.socket = sock_zmq(sock), .events = events};

	return zmq_poll(&item, 1, wait_ms) == 1;
}

static void
send_text(struct sock *sock, uint64_t peer, const char *text)
{
	const struct span frame = span_str(text);

	assert_true(wait_for(sock, ZMQ_POLLOUT, WAIT_MS));
	assert_int_equal(sock_send(sock, peer, &frame, 1), ERR_OK);
}

static enum err
next(struct sock *sock, struct sock_message *message)
{
	assert_true(wait_for(sock, ZMQ_POLLIN, WAIT_MS));
	return sock_recv(sock, message, (struct mono){0});
}

static void
is_text(const struct sock_message *m, const char *text)
{
	assert_int_equal(m->n, 1);
	assert_true(span_equal(m->frames[0], span_str(text)));
}

static void
frames_go_there_and_back(void **state)
{
	struct fixture *f = *state;
	static const uint8_t large[FRAME_MAX] = {1, 2};
	const struct span out[] = {
	    span_str("head"),
	    span_of(large, sizeof(large)),
	    span_of(NULL, 0),
	};

	open_both(f);
	assert_true(wait_for(f->dealer, ZMQ_POLLOUT, WAIT_MS));
	assert_int_equal(sock_send(f->dealer, 0, out, 3), ERR_OK);
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	assert_int_equal(f->got.n, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(span_equal(f->got.frames[i], out[i]));
	assert_int_not_equal(f->got.peer, 0);
	send_text(f->router, f->got.peer, "answer");
	assert_int_equal(next(f->dealer, &f->got), ERR_OK);
	is_text(&f->got, "answer");
	assert_int_equal(f->got.peer, 0);
	assert_int_equal(sock_recv(f->router, &f->got, (struct mono){0}),
	                 ERR_AGAIN);
	assert_int_equal(f->got.n, 0);
	assert_int_equal(sock_counts(f->router).received, 1);
	assert_int_equal(sock_counts(f->router).sent, 1);
	assert_int_equal(sock_counts(f->router).peers, 1);
}

static void
messages_live_beside_each_other(void **state)
{
	struct fixture *f = *state;
	struct sock_message other;

	sock_message_init(&other);
	open_both(f);
	send_text(f->dealer, 0, "one");
	send_text(f->dealer, 0, "two");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	assert_int_equal(next(f->router, &other), ERR_OK);
	is_text(&f->got, "one");
	is_text(&other, "two");
	assert_int_equal(f->got.peer, other.peer);
	sock_message_fini(&other);
	is_text(&f->got, "one");
}

static void
too_many_frames_are_dropped_whole_and_counted(void **state)
{
	struct fixture *f = *state;
	const struct span four[] = {span_str("a"), span_str("b"), span_str("c"),
	                            span_str("d")};

	open_both(f);
	assert_true(wait_for(f->dealer, ZMQ_POLLOUT, WAIT_MS));
	assert_int_equal(sock_send(f->dealer, 0, four, 4), ERR_OK);
	send_text(f->dealer, 0, "next");
	assert_int_equal(next(f->router, &f->got), ERR_TOO_LARGE);
	assert_int_equal(f->got.n, 0);
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	is_text(&f->got, "next");
	assert_int_equal(sock_counts(f->router).dropped_large, 1);
}

static void
most_frames_allowed_arrive(void **state)
{
	struct fixture *f = *state;
	struct sock_conf conf = router_conf(f);
	struct span *frames = calloc(SOCK_FRAMES_MAX + 1, sizeof(*frames));
	char text[16];

	assert_non_null(frames);
	conf.frames_max = SOCK_FRAMES_MAX;
	open_ok(f, &f->router, conf);
	open_ok(f, &f->dealer, dealer_conf(f));
	for (unsigned i = 0; i <= SOCK_FRAMES_MAX; i++)
		frames[i] = span_str("frame");
	frames[700] = span_str("another");
	assert_true(wait_for(f->dealer, ZMQ_POLLOUT, WAIT_MS));
	assert_int_equal(sock_send(f->dealer, 0, frames, SOCK_FRAMES_MAX),
	                 ERR_OK);
	assert_int_equal(sock_send(f->dealer, 0, frames, SOCK_FRAMES_MAX + 1),
	                 ERR_OK);
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	assert_int_equal(f->got.n, SOCK_FRAMES_MAX);
	snprintf(text, sizeof(text), "%.*s", (int)f->got.frames[700].len,
	         (const char *)f->got.frames[700].ptr);
	assert_string_equal(text, "another");
	assert_int_equal(next(f->router, &f->got), ERR_TOO_LARGE);
	free(frames);
}

static void
frame_over_the_limit_cuts_only_its_peer_off(void **state)
{
	struct fixture *f = *state;
	static const uint8_t large[FRAME_MAX + 1];
	const struct span frame = span_of(large, sizeof(large));
	struct sock *other = NULL;

	open_both(f);
	assert_true(wait_for(f->dealer, ZMQ_POLLOUT, WAIT_MS));
	assert_int_equal(sock_send(f->dealer, 0, &frame, 1), ERR_OK);
	open_ok(f, &other, dealer_conf(f));
	send_text(other, 0, "sound");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	is_text(&f->got, "sound");
	sock_close(&other);
}

/* Until the router has noticed; false if it never does. */
static bool
becomes_unroutable(struct sock *router, uint64_t peer)
{
	const struct span frame = span_str("x");

	for (unsigned i = 0; i < WAIT_MS; i++) {
		if (sock_send(router, peer, &frame, 1) == ERR_NOT_FOUND)
			return true;
		wait_for(router, ZMQ_POLLIN, 1);
	}
	return false;
}

static void
peer_that_left_is_not_found_and_its_number_dies(void **state)
{
	struct fixture *f = *state;
	const struct span frame = span_str("x");
	uint64_t peer;

	open_both(f);
	send_text(f->dealer, 0, "hello");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	peer = f->got.peer;
	sock_close(&f->dealer);
	assert_true(becomes_unroutable(f->router, peer));
	assert_int_equal(sock_counts(f->router).peers, 0);
	open_ok(f, &f->dealer, dealer_conf(f));
	send_text(f->dealer, 0, "again");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	assert_int_not_equal(f->got.peer, peer);
	assert_int_equal(sock_send(f->router, peer, &frame, 1), ERR_NOT_FOUND);
	assert_true(sock_counts(f->router).unsent_gone >= 2);
}

static void
sending_never_blocks(void **state)
{
	struct fixture *f = *state;
	struct sock_conf conf = router_conf(f);
	static const uint8_t large[FRAME_MAX];
	const struct span frame = span_of(large, sizeof(large));
	enum err err = ERR_OK;

	open_ok(f, &f->dealer, dealer_conf(f));
	assert_int_equal(sock_send(f->dealer, 0, &frame, 1), ERR_AGAIN);
	sock_close(&f->dealer);
	conf.queue_max = 1;
	open_ok(f, &f->router, conf);
	conf = dealer_conf(f);
	conf.queue_max = 1;
	open_ok(f, &f->dealer, conf);
	send_text(f->dealer, 0, "hello");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	for (unsigned i = 0; i < 10000 && err == ERR_OK; i++)
		err = sock_send(f->router, f->got.peer, &frame, 1);
	assert_int_equal(err, ERR_AGAIN);
	assert_int_equal(sock_counts(f->router).unsent_again, 1);
	assert_int_equal(sock_counts(f->router).peers, 1);
}

static void
bodies_are_taken_when_sent_and_kept_when_not(void **state)
{
	struct fixture *f = *state;
	const struct span head = span_str("head");
	struct buf bufs[2];
	const struct sock_bodies bodies = {.bufs = bufs, .n = 2};

	buf_init(&bufs[0], 1000);
	buf_init(&bufs[1], 1000);
	buf_put_str(&bufs[0], "body one");
	open_ok(f, &f->dealer, dealer_conf(f));
	assert_int_equal(sock_send_bodies(f->dealer, 0, &head, 1, bodies),
	                 ERR_AGAIN);
	assert_true(span_equal(buf_span(&bufs[0]), span_str("body one")));
	open_ok(f, &f->router, router_conf(f));
	assert_true(wait_for(f->dealer, ZMQ_POLLOUT, WAIT_MS));
	assert_int_equal(sock_send_bodies(f->dealer, 0, &head, 1, bodies),
	                 ERR_OK);
	assert_null(bufs[0].ptr);
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	assert_int_equal(f->got.n, 3);
	assert_true(span_equal(f->got.frames[0], head));
	assert_true(span_equal(f->got.frames[1], span_str("body one")));
	assert_int_equal(f->got.frames[2].len, 0);
	buf_put_str(&bufs[0], "for nobody");
	assert_int_equal(sock_send_bodies(f->router, 12345, &head, 1, bodies),
	                 ERR_NOT_FOUND);
	assert_null(bufs[0].ptr);
}

static void
peers_beyond_the_table_are_refused(void **state)
{
	struct fixture *f = *state;
	struct sock *more[2] = {NULL, NULL};

	open_both(f);
	open_ok(f, &more[0], dealer_conf(f));
	open_ok(f, &more[1], dealer_conf(f));
	send_text(f->dealer, 0, "a");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	send_text(more[0], 0, "b");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	send_text(more[1], 0, "c");
	assert_int_equal(next(f->router, &f->got), ERR_OVERLOADED);
	assert_int_equal(sock_counts(f->router).dropped_peers, 1);
	send_text(f->dealer, 0, "d");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	is_text(&f->got, "d");
	sock_close(&more[0]);
	sock_close(&more[1]);
}

static void
ipc_path_bound_holds(void **state)
{
	struct fixture *f = *state;
	struct sock_conf conf;
	size_t at = (size_t)snprintf(f->endpoint, sizeof(f->endpoint),
	                             "ipc://%s/", f->tmp.path);

	while (at < strlen("ipc://") + SOCK_IPC_PATH_MAX)
		f->endpoint[at++] = 'x';
	f->endpoint[at] = '\0';
	open_both(f);
	send_text(f->dealer, 0, "hello");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	sock_close(&f->router);
	f->endpoint[at++] = 'x';
	f->endpoint[at] = '\0';
	conf = router_conf(f);
	assert_int_equal(sock_open(&f->router, f->ctx, &conf, &f->why),
	                 ERR_CONF);
	assert_null(f->router);
	assert_non_null(strstr(f->why.text, "at most 107 bytes"));
	assert_non_null(strstr(f->why.text, "108"));
}

static void
stale_file_of_a_crash_is_taken_over(void **state)
{
	struct fixture *f = *state;
	FILE *stale = fopen(f->endpoint + strlen("ipc://"), "w");

	assert_non_null(stale);
	fclose(stale);
	open_both(f);
	send_text(f->dealer, 0, "hello");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
}

static void
port_is_found_and_a_taken_one_told(void **state)
{
	struct fixture *f = *state;
	struct sock *second = NULL;
	struct sock_conf conf;

	snprintf(f->endpoint, sizeof(f->endpoint), "tcp://127.0.0.1:*");
	open_ok(f, &f->router, router_conf(f));
	snprintf(f->endpoint, sizeof(f->endpoint), "%s",
	         sock_endpoint(f->router));
	assert_null(strchr(f->endpoint, '*'));
	open_ok(f, &f->dealer, dealer_conf(f));
	send_text(f->dealer, 0, "hello");
	assert_int_equal(next(f->router, &f->got), ERR_OK);
	conf = router_conf(f);
	assert_int_equal(sock_open(&second, f->ctx, &conf, &f->why),
	                 ERR_IN_USE);
	assert_non_null(strstr(f->why.text, f->endpoint));
}

static void
endpoints_elsewhere_are_refused_unless_allowed(void **state)
{
	static const struct {
		const char *endpoint;
		bool local;
	} rows[] = {
	    {"ipc:///run/x.sock", true},     {"tcp://127.0.0.1:5550", true},
	    {"tcp://127.1.2.3:5550", true},  {"tcp://localhost:1", true},
	    {"tcp://[::1]:5550", true},      {"tcp://0.0.0.0:5550", false},
	    {"tcp://*:5550", false},         {"tcp://10.0.0.1:5550", false},
	    {"tcp://127.evil.org:1", false}, {"tcp://localhost.org:1", false},
	    {"pgm://127.0.0.1:5550", false},
	};
	struct fixture *f = *state;
	struct sock_conf conf = router_conf(f);

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(sock_endpoint_local(rows[i].endpoint),
		                 rows[i].local);
		if (rows[i].local)
			continue;
		conf.endpoint = rows[i].endpoint;
		assert_int_equal(sock_open(&f->router, f->ctx, &conf, &f->why),
		                 ERR_CONF);
	}
	conf.remote = true;
	conf.endpoint = "tcp://0.0.0.0:*";
	assert_int_equal(sock_open(&f->router, f->ctx, &conf, &f->why), ERR_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(frames_go_there_and_back),
	    CASE(messages_live_beside_each_other),
	    CASE(too_many_frames_are_dropped_whole_and_counted),
	    CASE(most_frames_allowed_arrive),
	    CASE(frame_over_the_limit_cuts_only_its_peer_off),
	    CASE(peer_that_left_is_not_found_and_its_number_dies),
	    CASE(sending_never_blocks),
	    CASE(bodies_are_taken_when_sent_and_kept_when_not),
	    CASE(peers_beyond_the_table_are_refused),
	    CASE(ipc_path_bound_holds),
	    CASE(stale_file_of_a_crash_is_taken_over),
	    CASE(port_is_found_and_a_taken_one_told),
	    CASE(endpoints_elsewhere_are_refused_unless_allowed),
	};

	return cmocka_run_group_tests_name("sock", tests, NULL, NULL);
}
