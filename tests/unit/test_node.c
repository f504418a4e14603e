/* links: common/serve/node.c common/serve/serve.c common/serve/serve_query.c common/serve/follow.c common/base/daemon.c common/base/process.c common/base/notify.c common/base/paths.c common/base/http.c common/base/log.c common/base/stat.c common/base/conf.c common/base/conf_flags.c common/base/conf_text.c common/base/conf_value.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/serve/node.h"
#include "tests/lib/serve_case.h"

/* Two services of one process: their nodes share a daemon, no more. */
struct fixture {
	struct serve_case c; /* its loop and context are the daemon's */
	char data[128];
	char *envp[1];
	struct daemon *d;
	struct copier up, down; /* steps only */
	struct node source, follower;
	struct mailbox box;
	int log_fd;
	off_t log_read; /* so far */
};

static const struct serve_ops no_ops = {.query = NULL};

/* A step that takes its time and, on request, a catalogue. */
struct slow {
	struct copier copier; /* first: the self of copier_ops */
	struct clock *clock;
	int64_t takes_ms;
	uint64_t catalogue;
};

static enum err
slow_load(void *self, struct kv *state, struct kv *journal,
          const struct commit *head)
{
	return copier_ops.load(self, state, journal, head);
}

static enum err
slow_step(void *self, struct kv *state, const struct turn_input *in,
          struct turn_output *out)
{
	struct slow *s = self;

	clock_advance_ms(s->clock, s->takes_ms);
	return copier_ops.step(self, state, in, out);
}

static void
slow_drop(void *self)
{
	copier_ops.drop(self);
}

static uint64_t
slow_catalogue(void *self)
{
	const struct slow *s = self;

	return s->catalogue;
}

static const struct turn_ops slow_ops = {
    .load = slow_load, .step = slow_step, .drop = slow_drop};
static const struct serve_ops slow_serve_ops = {.catalogue_version =
                                                    slow_catalogue};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
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

static int
teardown(void **state)
{
	struct fixture *f = *state;

	mailbox_close(&f->box);
	node_close(&f->follower);
	node_close(&f->source);
	daemon_close(&f->d);
	close(f->log_fd);
	tmpdir_close(&f->c.tmp);
	free(f);
	return 0;
}

static enum err
open_node(struct fixture *f, struct node *n, const char *service,
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

static void
open_source(struct fixture *f)
{
	assert_int_equal(open_node(f, &f->source, "ingest", &f->up), ERR_OK);
}

static enum err
take(struct fixture *f, const char *item)
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

static void
pass(struct fixture *f, int64_t ms)
{
	clock_advance_ms(&f->d->clock, ms);
	assert_int_equal(loop_once(f->d->loop, 2), ERR_OK);
}

/* Until the node is ready or not, as awaited. */
static void
await(struct fixture *f, struct node *n, bool ready)
{
	for (int i = 0; serve_is_ready(n->serve) != ready; i++) {
		assert_true(i < 1000);
		pass(f, 20);
	}
}

static void
reason_is(const struct node *n, const char *text)
{
	assert_string_equal(serve_reason(n->serve), text);
}

/* Asks the node itself. */
static const struct wire_state *
health(struct fixture *f, const char *service)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct wire_message m = {.type = WIRE_HEALTH};

	mailbox_close(&f->box);
	assert_int_equal(path_endpoint(&f->d->data, service, endpoint), ERR_OK);
	mailbox_open(&f->box, &f->c, SOCK_DEALER, endpoint);
	return &mailbox_ask(&f->box, &m, WIRE_STATE)->as.state;
}

static void
a_new_source_names_its_log_and_is_ready(void **state)
{
	struct fixture *f = *state;
	const struct wire_state *s;
	uint64_t log;

	open_source(f);
	log = f->source.id.log;
	assert_in_range(log, 1, WIRE_UINT_MAX);
	assert_int_equal(f->source.id.generation, 1);
	assert_true(f->d->ready);
	assert_int_equal(take(f, "a"), ERR_OK);
	s = health(f, "ingest");
	assert_true(s->ready);
	assert_int_equal(s->log, log);
	assert_int_equal(s->commit, 1);
	node_close(&f->source);
	open_source(f);
	assert_int_equal(f->source.id.log, log);
	assert_int_equal(f->source.turn.head.number, 1);
	assert_int_equal(f->up.n, 1);
}

static void
data_file(const struct fixture *f, char path[160])
{
	snprintf(path, 160, "%s/ingest/data.mdb", f->data);
}

static void
a_damaged_store_is_refused_and_the_process_stays(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = {.type = WIRE_FETCH};
	const struct wire_state *s;
	char path[160];
	FILE *file;

	open_source(f);
	node_close(&f->source);
	data_file(f, path);
	file = fopen(path, "r+");
	assert_non_null(file);
	for (int i = 0; i < 8192; i++)
		assert_int_not_equal(fputc(0x5a, file), EOF);
	assert_int_equal(fclose(file), 0);
	open_source(f);
	assert_true(f->source.refused);
	assert_false(f->d->ready);
	s = health(f, "ingest");
	assert_false(s->ready);
	assert_true(s->reason.len > 10);
	m.as.fetch.from = m.as.fetch.max_bytes = 1;
	mailbox_ask_error(&f->box, &m, ERR_CORRUPT);
	pass(f, 2000); /* looking at the disk finds nothing to look at */
	assert_false(serve_is_ready(f->source.serve));
}

static void
a_store_of_a_newer_format_is_refused_untouched(void **state)
{
	struct fixture *f = *state;
	char dir[140];
	struct store_conf conf = {.dir = dir,
	                          .kind = "ingest",
	                          .format = NODE_FORMAT + 1,
	                          .map_bytes = 64u << 20};
	struct store *store = NULL;
	struct store_refusal why;

	snprintf(dir, sizeof(dir), "%s/ingest", f->data);
	assert_int_equal(store_open(&store, &conf, &why), ERR_OK);
	store_close(&store);
	open_source(f);
	assert_true(f->source.refused);
	assert_false(health(f, "ingest")->ready);
	node_close(&f->source);
	assert_int_equal(store_open(&store, &conf, &why), ERR_OK);
	store_close(&store);
}

static void
a_store_in_use_is_a_bad_start(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	assert_int_equal(open_node(f, &f->follower, "ingest", &f->down),
	                 ERR_IN_USE);
	node_close(&f->follower);
	assert_true(health(f, "ingest")->ready); /* the socket is still its */
}

static void
a_full_disk_is_told_and_passes_with_the_next_turn(void **state)
{
	struct fixture *f = *state;
	const struct wire_state *s;

	open_source(f);
	f->up.err = ERR_STORAGE_FULL;
	assert_int_equal(take(f, "a"), ERR_STORAGE_FULL);
	reason_is(&f->source, "no space left where the data lie");
	assert_false(f->d->ready);
	s = health(f, "ingest");
	assert_false(s->ready);
	f->up.err = ERR_OK;
	assert_int_equal(take(f, "a"), ERR_OK);
	assert_true(serve_is_ready(f->source.serve));
	assert_true(f->d->ready);
	assert_int_equal(f->source.turn.head.number, 1);
}

static void
a_disk_that_has_room_again_is_seen_without_a_turn(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	f->up.err = ERR_STORAGE_FULL;
	assert_int_equal(take(f, "a"), ERR_STORAGE_FULL);
	assert_false(serve_is_ready(f->source.serve));
	pass(f, NODE_CHECK_MS + 1);
	assert_true(serve_is_ready(f->source.serve));
}

static void
a_message_that_fails_a_turn_leaves_the_node_ready(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	f->up.err = ERR_TOO_LARGE;
	assert_int_equal(take(f, "a"), ERR_TOO_LARGE);
	f->up.err = ERR_NOMEM;
	assert_int_equal(take(f, "a"), ERR_NOMEM);
	assert_true(serve_is_ready(f->source.serve));
	f->up.err = ERR_OK;
	assert_int_equal(take(f, "a"), ERR_OK);
	assert_int_equal(f->up.n, 1);
	assert_int_equal(f->up.drops, 2);
}

static void
damage_in_a_turn_ends_serving_for_good(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	f->up.err = ERR_STORAGE_FULL;
	assert_int_equal(take(f, "a"), ERR_STORAGE_FULL);
	f->up.err = ERR_CORRUPT;
	assert_int_equal(take(f, "a"), ERR_CORRUPT);
	assert_true(f->source.refused);
	pass(f, NODE_CHECK_MS + 1); /* room on the disk changes nothing */
	reason_is(&f->source, err_text(ERR_CORRUPT));
	assert_false(f->d->ready);
	assert_false(health(f, "ingest")->ready);
}

static void
a_disk_in_doubt_ends_the_process(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	f->up.err = ERR_IO;
	assert_int_equal(take(f, "a"), ERR_IO);
	assert_int_equal(daemon_run(f->d), err_exit_code(ERR_IO));
}

/* --- behind another ----------------------------------------------------------- */

static void
open_follower(struct fixture *f)
{
	assert_int_equal(open_node(f, &f->follower, "aggregate", &f->down),
	                 ERR_OK);
	assert_int_equal(node_follow(&f->follower, "ingest"), ERR_OK);
}

static void
a_follower_is_ready_once_it_has_heard_its_source(void **state)
{
	struct fixture *f = *state;
	struct wire_message m = {.type = WIRE_FETCH};

	open_follower(f);
	pass(f, 1000);
	assert_false(serve_is_ready(f->follower.serve));
	(void)health(f, "aggregate");
	m.as.fetch.from = m.as.fetch.max_bytes = 1;
	mailbox_ask_error(&f->box, &m, ERR_UNAVAILABLE);
	open_source(f);
	await(f, &f->follower, true);
	assert_int_equal(f->follower.id.log, f->source.id.log);
	assert_int_equal(take(f, "a"), ERR_OK);
	assert_int_equal(take(f, "b"), ERR_OK);
	for (int i = 0; f->follower.turn.head.number < 2; i++) {
		assert_true(i < 1000);
		pass(f, 1);
	}
	assert_int_equal(f->down.n, 2);
	assert_int_equal(follow_source_head(f->follower.follow), 2);
}

static void
a_follower_keeps_whom_it_follows(void **state)
{
	struct fixture *f = *state;
	char command[300];
	uint64_t log;

	open_source(f);
	open_follower(f);
	await(f, &f->follower, true);
	log = f->source.id.log;
	node_close(&f->follower);
	node_close(&f->source);
	/* another log in its place */
	data_file(f, command);
	assert_int_equal(remove(command), 0);
	open_source(f);
	assert_int_not_equal(f->source.id.log, log);
	open_follower(f);
	assert_int_equal(f->follower.id.log, log);
	for (int i = 0; !f->follower.refused; i++) {
		assert_true(i < 1000);
		pass(f, 20);
	}
	reason_is(&f->follower, err_text(ERR_UNKNOWN_POSITION));
	assert_false(health(f, "aggregate")->ready);
}

static void
a_source_that_goes_is_told_and_waited_for(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	open_follower(f);
	await(f, &f->follower, true);
	serve_refuse(f->source.serve, ERR_CORRUPT, "damaged");
	await(f, &f->follower, false);
	assert_false(f->follower.refused);
	node_close(&f->source);
	open_source(f);
	await(f, &f->follower, true);
}

static void
a_follower_with_a_full_disk_goes_on_later(void **state)
{
	struct fixture *f = *state;

	open_source(f);
	open_follower(f);
	await(f, &f->follower, true);
	f->down.err = ERR_STORAGE_FULL;
	assert_int_equal(take(f, "a"), ERR_OK);
	await(f, &f->follower, false);
	reason_is(&f->follower, "no space left where the data lie");
	f->down.err = ERR_OK;
	for (int i = 0; f->follower.turn.head.number < 1; i++) {
		assert_true(i < 1000);
		pass(f, 20);
	}
	assert_true(serve_is_ready(f->follower.serve));
}

/* Whatever ends the following must be seen: a node that stands still and says it
 * is ready would be the worst of all. */
static void
a_follower_that_has_ended_says_so(void **state)
{
	static const enum err errs[] = {ERR_BAD_VALUE, ERR_TOO_LARGE,
	                                ERR_CORRUPT};
	struct fixture *f = *state;

	open_source(f);
	assert_int_equal(take(f, "a"), ERR_OK);
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		f->down.err = errs[i];
		open_follower(f);
		for (int j = 0; !f->follower.refused; j++) {
			assert_true(j < 1000);
			pass(f, 20);
		}
		reason_is(&f->follower, err_text(errs[i]));
		node_close(&f->follower);
	}
}

static void
metrics_tell_commits_and_failures(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	open_source(f);
	assert_int_equal(take(f, "a"), ERR_OK);
	f->up.err = ERR_NOMEM;
	assert_int_equal(take(f, "a"), ERR_NOMEM);
	buf_init(&out, 100000);
	node_metrics(&f->source, &out);
	assert_non_null(strstr(buf_cstr(&out), "tiendo_commit 1\n"));
	assert_non_null(
	    strstr(buf_cstr(&out), "tiendo_turns_failed_total 1\n"));
	assert_non_null(strstr(buf_cstr(&out), "tiendo_turns_total 1\n"));
	buf_fini(&out);
}

/* What was logged since the last call. */
static const char *
logged(struct fixture *f, char out[4096])
{
	ssize_t n = pread(f->log_fd, out, 4095, f->log_read);

	assert_true(n >= 0);
	f->log_read += n;
	out[n] = '\0';
	return out;
}

static void
slow_turns_and_a_new_catalogue_are_logged_once(void **state)
{
	struct fixture *f = *state;
	struct slow slow = {.clock = &f->d->clock, .takes_ms = NODE_SLOW_MS};
	const struct node_conf conf = {.service = "ingest",
	                               .options = {.map_bytes = 64u << 20},
	                               .step = &slow_ops,
	                               .step_self = &slow,
	                               .ops = &slow_serve_ops,
	                               .self = &slow,
	                               .source = true};
	char text[4096];

	log_set(&f->d->log, LOG_INFO, false);
	assert_int_equal(node_open(&f->source, f->d, &conf), ERR_OK);
	logged(f, text);
	assert_int_equal(take(f, "a"), ERR_OK);
	assert_string_equal(logged(f, text), "");
	slow.takes_ms = NODE_SLOW_MS + 1;
	slow.catalogue = 3;
	assert_int_equal(take(f, "b"), ERR_OK);
	assert_int_equal(take(f, "c"), ERR_OK);
	logged(f, text);
	assert_non_null(strstr(text, "level=warn svc=test event=slow_turn "
	                             "ms=1001 commit=2\n"));
	assert_non_null(strstr(text, "level=info svc=test "
	                             "event=catalogue_applied version=3 "
	                             "commit=2\n"));
	assert_null(strstr(text, "commit=3"));
	node_close(&f->source);
	f->source = (struct node){.store = NULL};
}

static void
a_follower_times_its_turns_and_says_once_that_it_has_caught_up(void **state)
{
	struct fixture *f = *state;
	char text[4096];
	struct buf out;

	open_source(f);
	assert_int_equal(take(f, "a"), ERR_OK);
	assert_int_equal(take(f, "b"), ERR_OK);
	log_set(&f->d->log, LOG_INFO, false);
	open_follower(f);
	await(f, &f->follower, true);
	for (int i = 0; i < 1000 && !f->follower.caught_up; i++)
		pass(f, 20);
	logged(f, text);
	assert_non_null(strstr(text, "event=caught_up commit=2 behind=2\n"));
	buf_init(&out, 65536);
	node_metrics(&f->follower, &out);
	assert_non_null(
	    strstr(buf_cstr(&out), "\ntiendo_turn_duration_seconds_count 1\n"));
	buf_fini(&out);
	assert_int_equal(take(f, "c"), ERR_OK);
	for (int i = 0; i < 1000 && f->follower.turn.head.number < 3; i++)
		pass(f, 20);
	pass(f, 20);
	assert_null(strstr(logged(f, text), "caught_up"));
}

static void
a_demo_stands_at_its_date(void **state)
{
	struct fixture *f = *state;
	struct clock clock = clock_real();
	char path[160], text[CLOCK_TEXT_SIZE];
	FILE *file;

	assert_false(node_demo(&f->d->data, &clock));
	assert_int_equal(clock.kind, CLOCK_KIND_REAL);
	snprintf(path, sizeof(path), "%s/" NODE_DEMO_FILE, f->data);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("2021-01-15\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_true(node_demo(&f->d->data, &clock));
	clock_format_rfc3339(clock_wall_now(&clock), text);
	assert_string_equal(text, "2021-01-15T05:00:00.000Z");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_new_source_names_its_log_and_is_ready),
	    CASE(a_damaged_store_is_refused_and_the_process_stays),
	    CASE(a_store_of_a_newer_format_is_refused_untouched),
	    CASE(a_store_in_use_is_a_bad_start),
	    CASE(a_full_disk_is_told_and_passes_with_the_next_turn),
	    CASE(a_disk_that_has_room_again_is_seen_without_a_turn),
	    CASE(a_message_that_fails_a_turn_leaves_the_node_ready),
	    CASE(damage_in_a_turn_ends_serving_for_good),
	    CASE(a_disk_in_doubt_ends_the_process),
	    CASE(a_follower_is_ready_once_it_has_heard_its_source),
	    CASE(a_follower_keeps_whom_it_follows),
	    CASE(a_source_that_goes_is_told_and_waited_for),
	    CASE(a_follower_with_a_full_disk_goes_on_later),
	    CASE(a_follower_that_has_ended_says_so),
	    CASE(metrics_tell_commits_and_failures),
	    CASE(slow_turns_and_a_new_catalogue_are_logged_once),
	    CASE(
	        a_follower_times_its_turns_and_says_once_that_it_has_caught_up),
	    CASE(a_demo_stands_at_its_date),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
