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

#include "tests/lib/post_case.h"

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
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
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

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

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
receiver_start(struct post_group *g, struct receiver *r)
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

int
post_group_setup(void **state)
{
	struct post_group *g = calloc(1, sizeof(*g));
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

int
post_group_teardown(void **state)
{
	struct post_group *g = *state;

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
	struct post_case *f = self;

	assert_false(f->sending);
	assert_true(f->n < ANSWERS_MAX);
	f->answers[f->n] = *answer;
	f->tickets[f->n++] = ticket;
	snprintf(f->text, sizeof(f->text), "%s", answer->text);
}

int
post_case_setup(void **state)
{
	struct post_case *f = calloc(1, sizeof(*f));

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

int
post_case_teardown(void **state)
{
	struct post_case *f = *state;

	post_close(&f->post);
	post_close(&f->post);
	loop_close(&f->loop);
	buf_fini(&f->why);
	*state = f->group;
	free(f);
	return 0;
}

enum err
post_case_send(struct post_case *f, const char *host, enum who who,
               const char *path)
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

int64_t
post_case_wait(struct post_case *f, unsigned n)
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

const struct sink_answer *
post_case_ask(struct post_case *f, const char *host, enum who who,
              const char *path)
{
	unsigned n = f->n + 1;

	assert_int_equal(post_case_send(f, host, who, path), ERR_OK);
	(void)post_case_wait(f, n);
	assert_int_equal(f->tickets[n - 1], 7);
	return &f->answers[n - 1];
}

void
post_case_expect(struct post_case *f, const char *path, enum err err,
                 const char *text)
{
	const struct sink_answer *answer =
	    post_case_ask(f, "127.0.0.1", PLAIN, path);

	assert_string_equal(f->text, text);
	assert_int_equal(answer->err, err);
}

/* What the receivers wrote down, from the line that names path on. */
void
post_case_logged(struct post_case *f, const char *path, char *out,
                 size_t out_bytes)
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
