/* links: services/alert/post_io.c services/alert/net.c common/base/loop.c common/base/clock.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c */
/* Against receivers that answer as they are told, and a resolver of this program's own.
 * The waits are those of the timeouts that are tested. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/alert/post_io.h"
#include "tests/lib/tmpdir.h"

enum { TIMEOUT_MS = 400, WAIT_MS_MAX = 5000, ANSWERS_MAX = 64 };

enum who { PLAIN, GOOD, EXPIRED, STRANGER, RECEIVERS };

struct receiver {
	const char *cert; /* NULL: without TLS */
	pid_t pid;
	int input; /* it ends when this is closed */
	char port[8];
};

struct group {
	struct tmpdir dir;
	char ca[128];
	char log[128];
	struct receiver receivers[RECEIVERS];
};

struct fixture {
	struct group *group;
	struct clock clock;
	struct loop *loop;
	struct post *post;
	struct post_conf conf;
	struct buf why;
	unsigned n;
	struct sink_answer answers[ANSWERS_MAX];
	uint64_t tickets[ANSWERS_MAX];
	char text[64]; /* of the last */
	bool sending;  /* within post_send */
};

/* --- names ----------------------------------------------------------------------- */

struct name_row {
	const char *name;
	const char *address; /* "": waits until the test program ends */
};

static const struct name_row names[] = {
    {"127.0.0.1", "127.0.0.1"},           {"good.test", "127.0.0.1"},
    {"other.test", "127.0.0.1"},          {"inside.test", "10.1.2.3"},
    {"metadata.test", "169.254.169.254"}, {"slow.test", ""},
};

/* In place of libc's, also for libcurl: nothing here asks the network. */
int
getaddrinfo(const char *restrict name, const char *restrict service,
            const struct addrinfo *restrict hints,
            struct addrinfo **restrict result)
{
	struct sockaddr_in *at;
	struct addrinfo *info;
	const char *address = NULL;

	(void)hints;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].name, name) == 0)
			address = names[i].address;
	if (!address)
		return EAI_NONAME;
	while (!*address)
		pause();
	info = calloc(1, sizeof(*info) + sizeof(*at));
	at = (void *)(info + 1);
	at->sin_family = AF_INET;
	at->sin_port =
	    htons((uint16_t)strtoul(service ? service : "0", NULL, 10));
	inet_pton(AF_INET, address, &at->sin_addr);
	info->ai_family = AF_INET;
	info->ai_socktype = SOCK_STREAM;
	info->ai_protocol = IPPROTO_TCP;
	info->ai_addrlen = sizeof(*at);
	info->ai_addr = (struct sockaddr *)at;
	*result = info;
	return 0;
}

void
freeaddrinfo(struct addrinfo *info)
{
	free(info);
}

/* --- receivers --------------------------------------------------------------------- */

static pid_t
start(const char *const *argv, int in, int out)
{
	/* The type of libc has no const. */
	union {
		const char *const *in;
		char *const *out;
	} args = {.in = argv};
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (posix_spawn(&pid, argv[0], &actions, NULL, args.out, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static bool
receiver_start(struct group *g, struct receiver *r)
{
	char cert[128], key[128];
	const char *argv[] = {"/usr/bin/python3",
	                      "tests/lib/receiver.py",
	                      "--log",
	                      g->log,
	                      r->cert ? "--cert" : NULL,
	                      cert,
	                      "--key",
	                      key,
	                      NULL};
	int in[2], out[2];
	ssize_t len;

	snprintf(cert, sizeof(cert), "%s/%s.pem", g->dir.path, r->cert);
	snprintf(key, sizeof(key), "%s/%s.key", g->dir.path, r->cert);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return false;
	r->pid = start(argv, in[0], out[1]);
	r->input = in[1];
	close(in[0]);
	close(out[1]);
	len = read(out[0], r->port, sizeof(r->port) - 1);
	close(out[0]);
	r->port[strcspn(r->port, "\n")] = '\0';
	return r->pid > 0 && len > 1;
}

static int
group_setup(void **state)
{
	struct group *g = calloc(1, sizeof(*g));
	const char *certs[] = {"tests/lib/certs.sh", NULL, NULL};
	int status = -1;
	pid_t pid;

	if (!g)
		return -1;
	tmpdir_open(&g->dir);
	tmpdir_path(&g->dir, "ca.pem", g->ca, sizeof(g->ca));
	tmpdir_path(&g->dir, "log", g->log, sizeof(g->log));
	g->receivers[GOOD].cert = "good";
	g->receivers[EXPIRED].cert = "expired";
	g->receivers[STRANGER].cert = "stranger";
	certs[1] = g->dir.path;
	pid = start(certs, -1, -1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return -1;
	for (size_t i = 0; i < RECEIVERS; i++)
		if (!receiver_start(g, &g->receivers[i]))
			return -1;
	/* What must not be heeded. */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	unsetenv("no_proxy");
	*state = g;
	return 0;
}

static int
group_teardown(void **state)
{
	struct group *g = *state;

	for (size_t i = 0; i < RECEIVERS; i++) {
		close(g->receivers[i].input);
		(void)waitpid(g->receivers[i].pid, NULL, 0);
	}
	tmpdir_close(&g->dir);
	free(g);
	return 0;
}

/* --- one post ---------------------------------------------------------------------- */

static void
answered(void *self, uint64_t ticket, const struct sink_answer *answer)
{
	struct fixture *f = self;

	assert_false(f->sending);
	assert_true(f->n < ANSWERS_MAX);
	f->answers[f->n] = *answer;
	f->tickets[f->n++] = ticket;
	snprintf(f->text, sizeof(f->text), "%s", answer->text);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->group = *state;
	f->clock = clock_real();
	buf_init(&f->why, 1024);
	if (loop_open(&f->loop, &f->clock) != ERR_OK)
		return -1;
	f->conf = (struct post_conf){.loop = f->loop,
	                             .private_nets = "",
	                             .ca_file = f->group->ca,
	                             .timeout_ms = TIMEOUT_MS,
	                             .version = "1.2",
	                             .answered = answered,
	                             .self = f};
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	post_close(&f->post);
	post_close(&f->post);
	loop_close(&f->loop);
	buf_fini(&f->why);
	*state = f->group;
	free(f);
	return 0;
}

static enum err
send_to(struct fixture *f, const char *host, enum who who, const char *path)
{
	const struct receiver *r = &f->group->receivers[who];
	char url[256];
	struct sink_post post = {.url = url,
	                         .ticket = 7,
	                         .body = span_str("{}"),
	                         .n_headers = 1,
	                         .headers = {{"X-Tiendo-Delivery", "1-2-3"}}};
	enum err err;

	if (!f->post)
		assert_int_equal(post_open(&f->post, &f->conf, &f->why),
		                 ERR_OK);
	snprintf(url, sizeof(url), "http%s://%s:%s%s", r->cert ? "s" : "", host,
	         r->port, path);
	f->sending = true;
	err = post_send(f->post, &post, "key", INT64_C(1700000000123));
	f->sending = false;
	return err;
}

static int64_t
wait_for(struct fixture *f, unsigned n)
{
	struct mono from = clock_mono_now(&f->clock);
	int64_t ms = 0;

	while (f->n < n && ms < WAIT_MS_MAX) {
		assert_int_equal(loop_once(f->loop, WAIT_MS_MAX - ms), ERR_OK);
		ms = clock_ms_between(from, clock_mono_now(&f->clock));
	}
	assert_int_equal(f->n, n);
	return ms;
}

static const struct sink_answer *
ask(struct fixture *f, const char *host, enum who who, const char *path)
{
	unsigned n = f->n + 1;

	assert_int_equal(send_to(f, host, who, path), ERR_OK);
	(void)wait_for(f, n);
	assert_int_equal(f->tickets[n - 1], 7);
	return &f->answers[n - 1];
}

static void
expect(struct fixture *f, const char *path, enum err err, const char *text)
{
	const struct sink_answer *answer = ask(f, "127.0.0.1", PLAIN, path);

	assert_string_equal(f->text, text);
	assert_int_equal(answer->err, err);
}

/* What the receivers wrote down, from the line that names path on. */
static void
logged(struct fixture *f, const char *path, char *out, size_t out_bytes)
{
	FILE *file = fopen(f->group->log, "r");
	bool found = false;

	assert_non_null(file);
	while (!found && fgets(out, (int)out_bytes, file))
		found = strstr(out, path) != NULL;
	if (!found)
		out[0] = '\0';
	fclose(file);
}

/* --- answers ----------------------------------------------------------------------- */

static void
a_status_is_told_as_it_is(void **state)
{
	static const char *const paths[] = {"/200", "/204", "/400",
	                                    "/408", "/413", "/500"};
	struct fixture *f = *state;
	const struct sink_answer *answer;
	char text[16];

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		snprintf(text, sizeof(text), "HTTP %s", paths[i] + 1);
		answer = ask(f, "127.0.0.1", PLAIN, paths[i]);
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
	    /* hmac.new(b"key", b"1700000000.{}", sha256) of Python */
	    "\"x-tiendo-signature\": \"t=1700000000,v1=9d713ed406bb7076d4123f"
	    "0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae\"",
	    "\"body\": \"{}\"",
	};
	struct fixture *f = *state;
	char line[4096];

	expect(f, "/signed/200", ERR_OK, "HTTP 200");
	logged(f, "/signed/200", line, sizeof(line));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strstr(line, wanted[i]))
			fail_msg("%s lacks %s", line, wanted[i]);
	assert_null(strstr(line, "expect"));
}

static void
a_connection_is_used_again(void **state)
{
	struct fixture *f = *state;
	char first[4096], second[4096];

	expect(f, "/first/200", ERR_OK, "HTTP 200");
	expect(f, "/second/200", ERR_OK, "HTTP 200");
	logged(f, "/first/200", first, sizeof(first));
	logged(f, "/second/200", second, sizeof(second));
	assert_int_equal(
	    strtoul(strstr(first, "\"connection\": ") + 14, NULL, 10),
	    strtoul(strstr(second, "\"connection\": ") + 14, NULL, 10));
}

static void
a_redirect_is_not_followed(void **state)
{
	struct fixture *f = *state;
	char line[4096];

	expect(f, "/301", ERR_OK, "HTTP 301");
	expect(f, "/200", ERR_OK, "HTTP 200");
	logged(f, "/followed", line, sizeof(line));
	assert_string_equal(line, "");
}

static void
retry_after_is_read_as_seconds_and_as_date(void **state)
{
	struct fixture *f = *state;
	const struct sink_answer *answer = ask(f, "127.0.0.1", PLAIN, "/429");

	assert_int_equal(answer->status, 429);
	assert_int_equal(answer->retry_after_ms, 2000);
	answer = ask(f, "127.0.0.1", PLAIN, "/date-60");
	assert_in_range(answer->retry_after_ms, 55000, 60000);
	answer = ask(f, "127.0.0.1", PLAIN, "/date--60");
	assert_int_equal(answer->retry_after_ms, 0);
}

static void
no_more_silence_is_granted_than_an_hour(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    ask(f, "127.0.0.1", PLAIN, "/after-3599")->retry_after_ms, 3599000);
	assert_int_equal(
	    ask(f, "127.0.0.1", PLAIN, "/after-3601")->retry_after_ms,
	    POST_RETRY_AFTER_MAX_MS);
	assert_int_equal(
	    ask(f, "127.0.0.1", PLAIN, "/after-99999999999999999999")
	            ->retry_after_ms <= POST_RETRY_AFTER_MAX_MS,
	    true);
}

static void
silence_and_a_dripping_head_end_at_the_timeout(void **state)
{
	struct fixture *f = *state;
	int64_t ms;

	assert_int_equal(send_to(f, "127.0.0.1", PLAIN, "/hang"), ERR_OK);
	assert_int_equal(send_to(f, "127.0.0.1", PLAIN, "/drip"), ERR_OK);
	ms = wait_for(f, 2);
	assert_in_range(ms, TIMEOUT_MS - 10, TIMEOUT_MS * 4);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(f->answers[i].err, ERR_UNAVAILABLE);
	assert_string_equal(f->text, "timeout");
}

static void
a_status_holds_whatever_the_body_does(void **state)
{
	struct fixture *f = *state;
	char line[4096];
	const char *sent;

	expect(f, "/drip-body", ERR_OK, "HTTP 200");
	expect(f, "/huge", ERR_OK, "HTTP 200");
	/* It says how much it could send when the connection is gone. */
	do {
		expect(f, "/200", ERR_OK, "HTTP 200");
		logged(f, "huge-sent", line, sizeof(line));
	} while (line[0] == '\0' && f->n < ANSWERS_MAX);
	sent = strstr(line, "\"sent\": ");
	assert_non_null(sent);
	/* What two sockets hold, which is far from a gigabyte. */
	assert_in_range(strtoul(sent + 8, NULL, 10), 0, 32u << 20);
}

static void
a_head_without_end_is_cut(void **state)
{
	expect(*state, "/huge-head", ERR_UNAVAILABLE, "answer too long");
}

static void
a_connection_that_breaks_may_be_tried_again(void **state)
{
	expect(*state, "/reset", ERR_UNAVAILABLE, "connection lost");
	expect(*state, "/close", ERR_UNAVAILABLE, "closed without an answer");
}

static void
nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct group *g = f->group;
	struct receiver saved = g->receivers[PLAIN];
	const struct sink_answer *answer;

	strcpy(g->receivers[PLAIN].port, "1");
	answer = ask(f, "127.0.0.1", PLAIN, "/200");
	g->receivers[PLAIN] = saved;
	assert_int_equal(answer->err, ERR_UNAVAILABLE);
	assert_string_equal(f->text, "no connection");
}

/* --- where to ------------------------------------------------------------------------ */

static void
a_name_that_is_none_may_be_tried_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "nowhere.test", GOOD, "/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "name not found");
}

static void
a_name_that_points_inside_is_refused(void **state)
{
	struct fixture *f = *state;
	int64_t from = clock_mono_now(&f->clock).ns;

	assert_int_equal(ask(f, "inside.test", GOOD, "/200")->err, ERR_REFUSED);
	assert_string_equal(f->text, "address not allowed");
	assert_int_equal(ask(f, "metadata.test", GOOD, "/200")->err,
	                 ERR_REFUSED);
	assert_int_equal(ask(f, "10.1.2.3", GOOD, "/200")->err, ERR_REFUSED);
	/* No packet left for it to time out. */
	assert_true(clock_mono_now(&f->clock).ns - from <
	            TIMEOUT_MS * CLOCK_NS_PER_MS);
}

static void
http_reaches_no_listed_net_either(void **state)
{
	struct fixture *f = *state;

	f->conf.private_nets = "10.0.0.0/8";
	assert_int_equal(ask(f, "inside.test", PLAIN, "/200")->err,
	                 ERR_REFUSED);
}

static void
a_resolver_that_hangs_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct mono from = clock_mono_now(&f->clock);

	assert_int_equal(ask(f, "slow.test", GOOD, "/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "timeout");
	assert_int_equal(send_to(f, "slow.test", GOOD, "/200"), ERR_OK);
	assert_int_equal(loop_once(f->loop, 10), ERR_OK);
	post_close(&f->post);
	assert_true(clock_ms_between(from, clock_mono_now(&f->clock)) <
	            4 * TIMEOUT_MS);
}

/* --- certificates --------------------------------------------------------------------- */

static void
a_certificate_of_the_named_authority_is_accepted(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "good.test", GOOD, "/200")->status, 200);
	assert_int_equal(ask(f, "127.0.0.1", GOOD, "/200")->status, 200);
}

static void
certificates_that_prove_nothing_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, "good.test", EXPIRED, "/tls/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
	assert_int_equal(ask(f, "good.test", STRANGER, "/tls/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
	/* Right, but of another name. */
	assert_int_equal(ask(f, "other.test", GOOD, "/tls/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
}

static void
without_a_file_the_authorities_of_the_system_count(void **state)
{
	struct fixture *f = *state;

	f->conf.ca_file = "";
	assert_int_equal(ask(f, "good.test", GOOD, "/200")->err,
	                 ERR_UNAVAILABLE);
	assert_string_equal(f->text, "certificate not accepted");
}

/* --- bounds and configuration ------------------------------------------------------------ */

static void
one_flight_more_than_fits_is_refused(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < POST_FLIGHTS_MAX; i++)
		assert_int_equal(send_to(f, "127.0.0.1", PLAIN, "/200"),
		                 ERR_OK);
	assert_int_equal(send_to(f, "127.0.0.1", PLAIN, "/200"),
	                 ERR_OVERLOADED);
	(void)wait_for(f, POST_FLIGHTS_MAX);
	for (unsigned i = 0; i < POST_FLIGHTS_MAX; i++)
		assert_int_equal(f->answers[i].status, 200);
	expect(f, "/200", ERR_OK, "HTTP 200");
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
	struct fixture *f = *state;

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
	struct fixture *f = *state;
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

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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

	return cmocka_run_group_tests_name("post", tests, group_setup,
	                                   group_teardown);
}
