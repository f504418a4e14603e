/* links: common/base/http.c common/base/loop.c common/base/clock.c common/base/buf.c common/base/err.c */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/http.h"

enum { WAKES_MAX = 2000, WAKE_MS = 5 };

struct fixture {
	struct clock clock;
	struct loop *loop;
	struct http *http;
	struct http_conf conf;
	struct http_routes more;
	struct http_refusal why;
	unsigned status;
	size_t body_bytes;
	char answer[4096];
	size_t answer_len;
	size_t answer_total;
};

static unsigned
respond(void *self, struct buf *body)
{
	struct fixture *f = self;

	for (size_t i = 0; i < f->body_bytes; i++)
		buf_put_u8(body, (uint8_t)('a' + i % 26));
	return f->status;
}

static const struct http_route routes[] = {
    {"/metrics", "text/plain; version=0.0.4", respond},
    {"/readyz", "text/plain", respond},
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->clock = clock_real();
	f->status = 200;
	f->body_bytes = 5;
	f->conf = (struct http_conf){
	    .address = "127.0.0.1:0",
	    .routes = {routes, 2, f},
	    .more = &f->more,
	};
	*state = f;
	if (loop_open(&f->loop, &f->clock) != ERR_OK)
		return -1;
	return http_open(&f->http, f->loop, &f->conf, &f->why) == ERR_OK ? 0
	                                                                 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	http_close(&f->http);
	http_close(&f->http);
	loop_close(&f->loop);
	free(f);
	return 0;
}

static int
dial(struct fixture *f)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons(http_port(f->http)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)),
	                 0);
	return fd;
}

/* Reads what has come; true when the other side has closed. */
static bool
drain(struct fixture *f, int fd)
{
	char bytes[4096];
	ssize_t len;

	while ((len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		size_t room = sizeof(f->answer) - 1 - f->answer_len;
		size_t take = (size_t)len < room ? (size_t)len : room;

		memcpy(f->answer + f->answer_len, bytes, take);
		f->answer_len += take;
		f->answer_total += (size_t)len;
	}
	return len == 0 || (len < 0 && errno == ECONNRESET);
}

static void
converse(struct fixture *f, const char *request)
{
	int fd = dial(f);
	bool closed = false;

	memset(f->answer, 0, sizeof(f->answer));
	f->answer_len = 0;
	f->answer_total = 0;
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL),
	                 strlen(request));
	for (unsigned i = 0; i < WAKES_MAX && !closed; i++) {
		assert_int_equal(loop_once(f->loop, WAKE_MS), ERR_OK);
		closed = drain(f, fd);
	}
	close(fd);
	assert_true(closed);
}

#define END " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void
known_path_is_answered_with_its_type_and_status(void **state)
{
	struct fixture *f = *state;

	converse(f, "GET /metrics" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 200"));
	assert_non_null(strstr(f->answer, "version=0.0.4"));
	assert_non_null(strstr(f->answer, "\r\n\r\nabcde"));
	f->status = 503;
	converse(f, "GET /readyz?x=1" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 503"));
	assert_non_null(strstr(f->answer, "abcde"));
}

static void
head_has_no_body(void **state)
{
	struct fixture *f = *state;

	converse(f, "HEAD /metrics" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 200"));
	assert_null(strstr(f->answer, "abcde"));
}

static void
unknown_path_is_404_and_other_method_405(void **state)
{
	struct fixture *f = *state;

	converse(f, "GET /" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 404"));
	converse(f, "GET /metrics/" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 404"));
	converse(f, "POST /metrics HTTP/1.1\r\nHost: x\r\n"
	            "Content-Length: 5\r\nConnection: close\r\n\r\nabcde");
	assert_non_null(strstr(f->answer, "HTTP/1.1 405"));
	assert_non_null(strstr(f->answer, "Allow: GET, HEAD"));
}

static unsigned
respond_more(void *self, struct buf *body)
{
	buf_put_str(body, self);
	return 200;
}

static void
paths_named_later_are_answered_after_those_of_the_start(void **state)
{
	struct fixture *f = *state;
	static char theirs[] = "theirs";
	static const struct http_route rows[] = {
	    {"/metrics/targets", "text/plain", respond_more},
	    {"/metrics", "text/plain", respond_more},
	};

	converse(f, "GET /metrics/targets" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 404"));
	f->more = (struct http_routes){rows, 2, theirs};
	converse(f, "GET /metrics/targets" END);
	assert_non_null(strstr(f->answer, "\r\n\r\ntheirs"));
	converse(f, "GET /metrics" END);
	assert_non_null(strstr(f->answer, "\r\n\r\nabcde"));
	f->more = (struct http_routes){.rows = NULL};
	converse(f, "GET /metrics/targets" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 404"));
}

static void
large_answer_arrives_whole_and_one_too_large_is_500(void **state)
{
	struct fixture *f = *state;

	f->body_bytes = HTTP_BODY_MAX;
	converse(f, "GET /metrics" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 200"));
	assert_true(f->answer_total > HTTP_BODY_MAX);
	f->body_bytes = HTTP_BODY_MAX + 1;
	converse(f, "GET /metrics" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 500"));
}

static void
nonsense_and_long_headers_do_no_harm(void **state)
{
	struct fixture *f = *state;
	char *path = calloc(1, 30001);
	char *request = calloc(1, 40000);

	assert_non_null(path);
	assert_non_null(request);
	converse(f, "nonsense\r\n\r\n\r\n");
	memset(path, 'x', 30000);
	snprintf(request, 40000, "GET /%s" END, path);
	converse(f, request);
	free(path);
	free(request);
	assert_null(strstr(f->answer, "HTTP/1.1 200"));
	converse(f, "GET /metrics" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 200"));
}

static void
connections_past_the_limit_wait_or_are_closed(void **state)
{
	struct fixture *f = *state;
	int fds[HTTP_CONNECTIONS_MAX + 4];
	size_t n = sizeof(fds) / sizeof(*fds);

	for (size_t i = 0; i < n; i++)
		fds[i] = dial(f);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->loop, 1), ERR_OK);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(loop_once(f->loop, 1), ERR_OK);
	converse(f, "GET /metrics" END);
	assert_non_null(strstr(f->answer, "HTTP/1.1 200"));
}

static void
bad_and_taken_addresses_are_refused(void **state)
{
	static const char *const bad[] = {
	    "",          "127.0.0.1",      "127.0.0.1:",  "127.0.0.1:65536",
	    "host:9550", "127.0.0.1:95x0", "127.0.0.1:-1"};
	struct fixture *f = *state;
	struct http *second = NULL;
	char taken[32];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		f->conf.address = bad[i];
		assert_int_equal(http_open(&second, f->loop, &f->conf, &f->why),
		                 ERR_CONF);
	}
	snprintf(taken, sizeof(taken), "localhost:%u", http_port(f->http));
	f->conf.address = taken;
	assert_int_equal(http_open(&second, f->loop, &f->conf, &f->why),
	                 ERR_IN_USE);
	assert_non_null(strstr(f->why.text, taken));
	assert_null(second);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(known_path_is_answered_with_its_type_and_status),
	    CASE(head_has_no_body),
	    CASE(unknown_path_is_404_and_other_method_405),
	    CASE(paths_named_later_are_answered_after_those_of_the_start),
	    CASE(large_answer_arrives_whole_and_one_too_large_is_500),
	    CASE(nonsense_and_long_headers_do_no_harm),
	    CASE(connections_past_the_limit_wait_or_are_closed),
	    CASE(bad_and_taken_addresses_are_refused),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
