#include "tests/lib/node_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static const struct serve_ops no_ops = {.query = NULL};

int
node_case_setup(void **state)
{
	struct node_case *f = calloc(1, sizeof(*f));
	struct daemon_conf conf = {.service = "test",
	                           .version = "1",
	                           .options = {.admin = "",
	                                       .log_level = "error",
	                                       .log_format = "logfmt"}};

	if (f == NULL)
		return -1;
	tmpdir_open(&f->c.tmp);
	tmpdir_path(&f->c.tmp, "data", f->data, sizeof(f->data));
	conf.options.data = f->data;
	conf.envp = f->envp;
	conf.log_fd = f->log_fd = memfd_create("log", 0);
	if (daemon_open(&f->d, &conf) != ERR_OK)
		return -1;
	f->d->clock = clock_manual((struct wall){INT64_C(1750000000000)},
	                           clock_mono_now(&f->d->clock));
	f->c.loop = f->d->loop;
	f->c.ctx = f->d->ctx;
	*state = f;
	return 0;
}

int
node_case_teardown(void **state)
{
	struct node_case *f = *state;

	mailbox_close(&f->box);
	node_close(&f->follower);
	node_close(&f->source);
	daemon_close(&f->d);
	close(f->log_fd);
	tmpdir_close(&f->c.tmp);
	free(f);
	return 0;
}

enum err
node_case_open(struct node_case *f, struct node *n, const char *service,
               struct copier *step)
{
	const struct node_conf conf = {.service = service,
	                               .options = {.map_bytes = 64u << 20},
	                               .step = &copier_ops,
	                               .step_self = step,
	                               .ops = &no_ops,
	                               .source = n == &f->source};

	return node_open(n, f->d, &conf);
}

void
node_case_source(struct node_case *f)
{
	assert_int_equal(node_case_open(f, &f->source, "ingest", &f->up),
	                 ERR_OK);
}

enum err
node_case_take(struct node_case *f, const char *item)
{
	const struct span items[] = {span_str(item)};
	const uint64_t peers[] = {1};
	const struct turn_input in = {.time_ms =
	                                  f->source.turn.head.time_ms + 1,
	                              .items = items,
	                              .peers = peers,
	                              .n_items = 1};

	return node_turn(&f->source, &in);
}

void
node_case_pass(struct node_case *f, int64_t ms)
{
	clock_advance_ms(&f->d->clock, ms);
	assert_int_equal(loop_once(f->d->loop, 2), ERR_OK);
}

void
node_case_await(struct node_case *f, struct node *n, bool ready)
{
	for (int i = 0; serve_is_ready(n->serve) != ready; i++) {
		assert_true(i < 1000);
		node_case_pass(f, 20);
	}
}

void
node_case_reason_is(const struct node *n, const char *text)
{
	assert_string_equal(serve_reason(n->serve), text);
}

const struct wire_state *
node_case_health(struct node_case *f, const char *service)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct wire_message m = {.type = WIRE_HEALTH};

	mailbox_close(&f->box);
	assert_int_equal(path_endpoint(&f->d->data, service, endpoint), ERR_OK);
	mailbox_open(&f->box, &f->c, SOCK_DEALER, endpoint);
	return &mailbox_ask(&f->box, &m, WIRE_STATE)->as.state;
}

void
node_case_file(const struct node_case *f, char path[NODE_CASE_PATH_MAX])
{
	snprintf(path, NODE_CASE_PATH_MAX, "%s/ingest/data.mdb", f->data);
}

void
node_case_follower(struct node_case *f)
{
	assert_int_equal(node_case_open(f, &f->follower, "aggregate", &f->down),
	                 ERR_OK);
	assert_int_equal(node_follow(&f->follower, "ingest"), ERR_OK);
}

const char *
node_case_logged(struct node_case *f, char out[NODE_CASE_LOG_MAX])
{
	ssize_t n = pread(f->log_fd, out, NODE_CASE_LOG_MAX - 1, f->log_read);

	assert_true(n >= 0);
	f->log_read += n;
	out[n] = '\0';
	return out;
}
