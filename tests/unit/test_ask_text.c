/* links: services/ctl/ask_text.c common/base/http.c common/base/loop.c common/base/clock.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/http.h"
#include "services/ctl/ask_text.h"

static enum err
run(char *const *argv, struct buf *out)
{
	struct clock clock = clock_real();

	return ask_program(&clock, argv, (char *const[]){NULL}, out);
}

static void
a_program_that_ends_well_gives_what_it_wrote(void **state)
{
	char sh[] = "/bin/sh", c[] = "-c", hello[] = "echo hello; echo no >&2";
	char fails[] = "echo x; exit 3", large[] = "echo 0123456789";
	char none[] = "/nowhere/at-all";
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(run((char *[]){sh, c, hello, NULL}, &out), ERR_OK);
	assert_string_equal(buf_cstr(&out), "hello\n");
	assert_int_equal(run((char *[]){sh, c, fails, NULL}, &out),
	                 ERR_NOT_FOUND);
	assert_int_equal(run((char *[]){none, NULL}, &out), ERR_NOT_FOUND);
	buf_fini(&out);
	buf_init(&out, 5);
	assert_int_equal(run((char *[]){sh, c, large, NULL}, &out),
	                 ERR_TOO_LARGE);
	buf_fini(&out);
}

/* --- an endpoint in a process of its own ------------------------------------------ */

static unsigned
respond(void *self, struct buf *body)
{
	(void)self;
	buf_put_str(body, "a 1\nb 2\n");
	return 200;
}

static const struct http_route routes[] = {
    {"/metrics", "text/plain", respond},
};

static void
serve(int port_fd)
{
	struct clock clock = clock_real();
	const struct http_conf conf = {.address = "127.0.0.1:0",
	                               .routes = {routes, 1, NULL}};
	struct http_refusal why;
	struct http *http;
	struct loop *loop;
	uint16_t port;

	if (loop_open(&loop, &clock) != ERR_OK ||
	    http_open(&http, loop, &conf, &why) != ERR_OK)
		_exit(1);
	port = http_port(http);
	if (write(port_fd, &port, sizeof(port)) != (ssize_t)sizeof(port))
		_exit(1);
	while (loop_once(loop, 1000) == ERR_OK)
		continue;
	_exit(1);
}

static void
an_endpoint_gives_the_body_of_a_path_it_knows(void **state)
{
	struct clock clock = clock_real();
	char address[32];
	struct buf out;
	uint16_t port = 0;
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		serve(ends[1]);
	assert_true(pid > 0);
	assert_int_equal(read(ends[0], &port, sizeof(port)), sizeof(port));
	snprintf(address, sizeof(address), "localhost:%u", port);
	buf_init(&out, 4096);
	assert_int_equal(ask_http(&clock, address, "/metrics", &out), ERR_OK);
	assert_string_equal(buf_cstr(&out), "a 1\nb 2\n");
	assert_int_equal(ask_http(&clock, address, "/none", &out),
	                 ERR_NOT_FOUND);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(ask_http(&clock, address, "/metrics", &out),
	                 ERR_UNAVAILABLE);
	buf_fini(&out);
	close(ends[0]);
	close(ends[1]);
}

static void
what_is_no_address_is_said_so(void **state)
{
	static const char *const wrong[] = {
	    "",           "x",           "host:1",         "127.0.0.1",
	    "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536"};
	struct clock clock = clock_real();
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(ask_http(&clock, wrong[i], "/", &out),
		                 ERR_CONF);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_program_that_ends_well_gives_what_it_wrote),
	    cmocka_unit_test(an_endpoint_gives_the_body_of_a_path_it_knows),
	    cmocka_unit_test(what_is_no_address_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
