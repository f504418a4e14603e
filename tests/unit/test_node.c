/* links: common/serve/node.c common/serve/serve.c common/serve/serve_query.c common/serve/follow.c common/base/daemon.c common/base/process.c common/base/notify.c common/base/paths.c common/base/http.c common/base/log.c common/base/stat.c common/base/conf.c common/base/conf_flags.c common/base/conf_text.c common/base/conf_value.c tests/lib/node_case.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/node_case.h"

static void
a_new_source_names_its_log_and_is_ready(void **state)
{
	struct node_case *f = *state;
	const struct wire_state *s;
	uint64_t log;

	node_case_source(f);
	log = f->source.id.log;
	assert_in_range(log, 1, WIRE_UINT_MAX);
	assert_int_equal(f->source.id.generation, 1);
	assert_true(f->d->ready);
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	s = node_case_health(f, "ingest");
	assert_true(s->ready);
	assert_int_equal(s->log, log);
	assert_int_equal(s->commit, 1);
	node_close(&f->source);
	node_case_source(f);
	assert_int_equal(f->source.id.log, log);
	assert_int_equal(f->source.turn.head.number, 1);
	assert_int_equal(f->up.n, 1);
}

static void
a_damaged_store_is_refused_and_the_process_stays(void **state)
{
	struct node_case *f = *state;
	struct wire_message m = {.type = WIRE_FETCH};
	const struct wire_state *s;
	char path[NODE_CASE_PATH_MAX];
	FILE *file;

	node_case_source(f);
	node_close(&f->source);
	node_case_file(f, path);
	file = fopen(path, "r+");
	assert_non_null(file);
	for (int i = 0; i < 8192; i++)
		assert_int_not_equal(fputc(0x5a, file), EOF);
	assert_int_equal(fclose(file), 0);
	node_case_source(f);
	assert_true(f->source.refused);
	assert_false(f->d->ready);
	s = node_case_health(f, "ingest");
	assert_false(s->ready);
	assert_true(s->reason.len > 10);
	m.as.fetch.from = m.as.fetch.max_bytes = 1;
	mailbox_ask_error(&f->box, &m, ERR_CORRUPT);
	node_case_pass(f,
	               2000); /* looking at the disk finds nothing to look at */
	assert_false(serve_is_ready(f->source.serve));
}

static void
a_store_of_a_newer_format_is_refused_untouched(void **state)
{
	struct node_case *f = *state;
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
	node_case_source(f);
	assert_true(f->source.refused);
	assert_false(node_case_health(f, "ingest")->ready);
	node_close(&f->source);
	assert_int_equal(store_open(&store, &conf, &why), ERR_OK);
	store_close(&store);
}

static void
a_store_in_use_is_a_bad_start(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	assert_int_equal(node_case_open(f, &f->follower, "ingest", &f->down),
	                 ERR_IN_USE);
	node_close(&f->follower);
	assert_true(
	    node_case_health(f, "ingest")->ready); /* the socket is still its */
}

static void
a_full_disk_is_told_and_passes_with_the_next_turn(void **state)
{
	struct node_case *f = *state;
	const struct wire_state *s;

	node_case_source(f);
	f->up.err = ERR_STORAGE_FULL;
	assert_int_equal(node_case_take(f, "a"), ERR_STORAGE_FULL);
	node_case_reason_is(&f->source, "no space left where the data lie");
	assert_false(f->d->ready);
	s = node_case_health(f, "ingest");
	assert_false(s->ready);
	f->up.err = ERR_OK;
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	assert_true(serve_is_ready(f->source.serve));
	assert_true(f->d->ready);
	assert_int_equal(f->source.turn.head.number, 1);
}

static void
a_disk_that_has_room_again_is_seen_without_a_turn(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	f->up.err = ERR_STORAGE_FULL;
	assert_int_equal(node_case_take(f, "a"), ERR_STORAGE_FULL);
	assert_false(serve_is_ready(f->source.serve));
	node_case_pass(f, NODE_CHECK_MS + 1);
	assert_true(serve_is_ready(f->source.serve));
}

static void
a_message_that_fails_a_turn_leaves_the_node_ready(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	f->up.err = ERR_TOO_LARGE;
	assert_int_equal(node_case_take(f, "a"), ERR_TOO_LARGE);
	f->up.err = ERR_NOMEM;
	assert_int_equal(node_case_take(f, "a"), ERR_NOMEM);
	assert_true(serve_is_ready(f->source.serve));
	f->up.err = ERR_OK;
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	assert_int_equal(f->up.n, 1);
	assert_int_equal(f->up.drops, 2);
}

static void
damage_in_a_turn_ends_serving_for_good(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	f->up.err = ERR_STORAGE_FULL;
	assert_int_equal(node_case_take(f, "a"), ERR_STORAGE_FULL);
	f->up.err = ERR_CORRUPT;
	assert_int_equal(node_case_take(f, "a"), ERR_CORRUPT);
	assert_true(f->source.refused);
	node_case_pass(f, NODE_CHECK_MS +
	                      1); /* room on the disk changes nothing */
	node_case_reason_is(&f->source, err_text(ERR_CORRUPT));
	assert_false(f->d->ready);
	assert_false(node_case_health(f, "ingest")->ready);
}

static void
a_disk_in_doubt_ends_the_process(void **state)
{
	struct node_case *f = *state;

	node_case_source(f);
	f->up.err = ERR_IO;
	assert_int_equal(node_case_take(f, "a"), ERR_IO);
	assert_int_equal(daemon_run(f->d), err_exit_code(ERR_IO));
}

static void
metrics_tell_commits_and_failures(void **state)
{
	struct node_case *f = *state;
	struct buf out;

	node_case_source(f);
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	f->up.err = ERR_NOMEM;
	assert_int_equal(node_case_take(f, "a"), ERR_NOMEM);
	buf_init(&out, 100000);
	node_metrics(&f->source, &out);
	assert_non_null(strstr(buf_cstr(&out), "tiendo_commit 1\n"));
	assert_non_null(
	    strstr(buf_cstr(&out), "tiendo_turns_failed_total 1\n"));
	assert_non_null(strstr(buf_cstr(&out), "tiendo_turns_total 1\n"));
	buf_fini(&out);
}

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

static void
slow_turns_and_a_new_catalogue_are_logged_once(void **state)
{
	struct node_case *f = *state;
	struct slow slow = {.clock = &f->d->clock, .takes_ms = NODE_SLOW_MS};
	const struct node_conf conf = {.service = "ingest",
	                               .options = {.map_bytes = 64u << 20},
	                               .step = &slow_ops,
	                               .step_self = &slow,
	                               .ops = &slow_serve_ops,
	                               .self = &slow,
	                               .source = true};
	char text[NODE_CASE_LOG_MAX];

	log_set(&f->d->log, LOG_INFO, false);
	assert_int_equal(node_open(&f->source, f->d, &conf), ERR_OK);
	node_case_logged(f, text);
	assert_int_equal(node_case_take(f, "a"), ERR_OK);
	assert_string_equal(node_case_logged(f, text), "");
	slow.takes_ms = NODE_SLOW_MS + 1;
	slow.catalogue = 3;
	assert_int_equal(node_case_take(f, "b"), ERR_OK);
	assert_int_equal(node_case_take(f, "c"), ERR_OK);
	node_case_logged(f, text);
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
a_demo_stands_at_its_date(void **state)
{
	struct node_case *f = *state;
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

#define CASE(f) \
	cmocka_unit_test_setup_teardown(f, node_case_setup, node_case_teardown)

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
	    CASE(metrics_tell_commits_and_failures),
	    CASE(slow_turns_and_a_new_catalogue_are_logged_once),
	    CASE(a_demo_stands_at_its_date),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
