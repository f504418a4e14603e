/* links: services/ingest/ingest_io.c services/ingest/ingest_clock.c services/ingest/ingest_metrics_io.c services/ingest/ingest_pace.c services/ingest/ingest_refusal_io.c common/serve/node.c common/serve/serve.c common/serve/serve_query.c common/serve/follow.c common/base/daemon.c common/base/process.c common/base/notify.c common/base/paths.c common/base/http.c common/base/log.c common/base/stat.c common/base/conf.c common/base/conf_flags.c common/base/conf_text.c common/base/conf_value.c common/domain/period.c tests/lib/serve_case.c tests/lib/tmpdir.c common/base/loop.c common/base/sock.c common/base/peers.c common/base/clock.c common/base/escape.c common/base/turn.c common/base/journal.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "services/ingest/ingest.h"
#include "services/ingest/ingest_io.h"
#include "services/ingest/ingest_query.h"
#include "tests/lib/serve_case.h"

/*
 * Ingest's edges around a step of our own: it answers each HELLO with READY, and
 * fails as the producer's name says. It stands in for the step by its names.
 */
enum err
ingest_init(struct ingest *ingest)
{
	*ingest = (struct ingest){.tick.date.n = DAY_NONE};
	return ERR_OK;
}

void
ingest_fini(struct ingest *ingest)
{
	(void)ingest;
}

static enum err
step_load(void *self, struct kv *state, struct kv *journal,
          const struct commit *head)
{
	(void)self;
	(void)state;
	(void)journal;
	(void)head;
	return ERR_OK;
}

static enum err
step_take(struct ingest *ingest, struct span frame, uint64_t peer,
          struct turn_output *out)
{
	struct wire_message m, ready = {.type = WIRE_READY};
	struct fault fault;
	struct buf bytes;

	ingest->counts.rows_accepted++;
	assert_int_equal(wire_decode(frame, &m, &fault), ERR_OK);
	if (m.type == WIRE_HELLO &&
	    span_equal(m.as.hello.producer, span_str("poison")))
		return ERR_TOO_LARGE;
	if (m.type == WIRE_HELLO &&
	    span_equal(m.as.hello.producer, span_str("full")))
		return ERR_STORAGE_FULL;
	ready.id = m.id;
	ready.as.ready = (struct wire_ready){.epoch = 1,
	                                     .max_rows = 1,
	                                     .max_bytes = 4096,
	                                     .log = 1,
	                                     .generation = 1};
	buf_init(&bytes, 1000);
	assert_int_equal(wire_encode(&ready, &bytes), ERR_OK);
	turn_reply(out, peer, buf_span(&bytes));
	buf_fini(&bytes);
	return ERR_OK;
}

/* "alone" goes with nothing before it; "late" with nothing at all the first time. */
static bool
step_leaves(struct ingest *ingest, struct span frame, size_t at)
{
	struct wire_message m;
	struct fault fault;

	if (wire_decode(frame, &m, &fault) != ERR_OK || m.type != WIRE_HELLO)
		return false;
	if (span_equal(m.as.hello.producer, span_str("late")))
		return at > 0 || ++ingest->head % 2 == 1;
	return at > 0 && span_equal(m.as.hello.producer, span_str("alone"));
}

static enum err
step_run(void *self, struct kv *state, const struct turn_input *in,
         struct turn_output *out)
{
	struct ingest *ingest = self;
	enum err err = ERR_OK;

	(void)state;
	ingest->tick.date = day_of_ms(in->time_ms);
	if (!ingest->clock.met)
		ingest_clock_believe(&ingest->clock, in->time_ms);
	for (size_t i = 0; i < in->n_items && err == ERR_OK; i++) {
		if (step_leaves(ingest, in->items[i], i)) {
			out->n_taken = i;
			break;
		}
		err = step_take(ingest, in->items[i], in->peers[i], out);
	}
	return err;
}

static void
step_drop(void *self)
{
	(void)self;
}

const struct turn_ops ingest_turn_ops = {
    .load = step_load, .step = step_run, .drop = step_drop};

/* The time to come again goes where the test can see it. */
void
ingest_refuse(struct span frame, enum err why, uint64_t retry_ms,
              struct buf *out)
{
	struct fault fault = {
	    .code = why, .field = "message", .offset = (size_t)retry_ms};
	struct wire_message m = wire_error_of(wire_peek_id(frame), &fault);

	buf_reset(out);
	assert_int_equal(wire_encode(&m, out), ERR_OK);
}

enum err
ingest_query(struct ingest *ingest, struct kv *state, struct kv *journal,
             struct span what, struct query *q)
{
	(void)ingest;
	(void)state;
	(void)journal;
	(void)what;
	(void)q;
	return ERR_NOT_FOUND;
}

struct fixture {
	struct serve_case c;
	char data[128];
	char *envp[1];
	struct daemon *d;
	void *io;
	struct mailbox box;
	int log_fd;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct node_options options = {.map_bytes = 64u << 20};
	struct daemon_conf conf = {.service = "ingest",
	                           .version = "1",
	                           .options = {.admin = "",
	                                       .log_level = "error",
	                                       .log_format = "logfmt"},
	                           .stats = ingest_stats};
	struct service_start start = {.node = &options};
	char endpoint[PATHS_ENDPOINT_MAX];

	if (f == NULL)
		return -1;
	tmpdir_open(&f->c.tmp);
	tmpdir_path(&f->c.tmp, "data", f->data, sizeof(f->data));
	conf.options.data = f->data;
	conf.envp = f->envp;
	conf.n_stats = ingest_n_stats;
	conf.log_fd = f->log_fd = memfd_create("log", 0);
	assert_int_equal(daemon_open(&f->d, &conf), ERR_OK);
	f->d->clock = clock_manual((struct wall){INT64_C(1750000000000)},
	                           clock_mono_now(&f->d->clock));
	f->c.loop = f->d->loop;
	f->c.ctx = f->d->ctx;
	start.daemon = f->d;
	assert_int_equal(ingest_io_open(&f->io, &start), ERR_OK);
	assert_int_equal(path_endpoint(&f->d->data, "ingest", endpoint),
	                 ERR_OK);
	mailbox_open(&f->box, &f->c, SOCK_DEALER, endpoint);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	mailbox_close(&f->box);
	ingest_io_close(&f->io);
	daemon_close(&f->d);
	close(f->log_fd);
	tmpdir_close(&f->c.tmp);
	free(f);
	return 0;
}

/* What came, by request id. */
struct outcome {
	enum wire_type type;
	enum err code;
	uint64_t retry_ms;
};

static void
send_hello(struct fixture *f, const char *producer, uint64_t id)
{
	struct wire_message m = {.type = WIRE_HELLO, .id = id};

	m.as.hello.producer = span_str(producer);
	mailbox_send(&f->box, 0, &m);
}

/* A wake of the daemon: what is there is taken in, then the turn. */
static void
wake(struct fixture *f)
{
	assert_int_equal(loop_once(f->d->loop, 2), ERR_OK);
	f->d->hooks.wake(f->d->hooks.self);
}

static struct outcome
outcome_of(struct fixture *f, uint64_t id)
{
	unsigned before = f->box.n_got;
	struct wire_message m;
	struct fault fault;

	for (int i = 0; f->box.n_got == before && i < 1000; i++)
		wake(f);
	assert_int_equal(wire_decode(f->box.got.frames[0], &m, &fault), ERR_OK);
	assert_int_equal(m.id, id);
	if (m.type != WIRE_ERROR)
		return (struct outcome){.type = m.type, .code = ERR_OK};
	return (struct outcome){
	    .type = m.type,
	    .code = err_from_name((const char *)m.as.error.code.ptr,
	                          m.as.error.code.len),
	    .retry_ms = m.as.error.offset};
}

/* rows_accepted as HEALTH tells it: how many messages the step counted. */
static int64_t
counted(struct fixture *f)
{
	struct wire_message m = {.type = WIRE_HEALTH};
	struct wire_list details =
	    mailbox_ask(&f->box, &m, WIRE_STATE)->as.state.details;
	struct wire_value value = {.number = -1};
	struct span key;

	while (wire_pairs_next(&details, &key, &value)) {
		if (span_equal(key, span_str("rows_accepted")))
			return value.number;
	}
	return -1;
}

static void
a_message_is_answered_after_its_turn(void **state)
{
	struct fixture *f = *state;

	send_hello(f, "p", 9);
	assert_int_equal(outcome_of(f, 9).type, WIRE_READY);
	assert_int_equal(counted(f), 1);
}

/* However the three arrive, in one turn or in several: only one is refused, and
 * for good; what was counted of turns that failed does not count. */
static void
a_message_no_turn_can_take_is_refused_alone(void **state)
{
	struct fixture *f = *state;
	struct outcome o;

	for (uint64_t round = 1; round <= 3; round++) {
		send_hello(f, "a", round * 10);
		send_hello(f, "poison", round * 10 + 1);
		send_hello(f, "b", round * 10 + 2);
		assert_int_equal(outcome_of(f, round * 10).type, WIRE_READY);
		o = outcome_of(f, round * 10 + 1);
		assert_int_equal(o.code, ERR_TOO_LARGE);
		assert_int_equal(o.retry_ms, 0);
		assert_int_equal(outcome_of(f, round * 10 + 2).type,
		                 WIRE_READY);
		assert_int_equal(counted(f), (int64_t)round * 2);
	}
}

/* Each is answered, and taken once, whatever the step leaves for the next turn. */
static void
what_a_turn_leaves_is_given_to_the_next(void **state)
{
	static const char *const names[] = {"a", "alone", "alone", "late",
	                                    "b", "late",  "c"};
	enum { N = sizeof(names) / sizeof(names[0]) };
	struct fixture *f = *state;

	for (uint64_t i = 0; i < N; i++)
		send_hello(f, names[i], i + 1);
	for (uint64_t i = 0; i < N; i++)
		assert_int_equal(outcome_of(f, i + 1).type, WIRE_READY);
	assert_int_equal(counted(f), N);
}

static void
one_that_is_tried_alone_may_be_left_too(void **state)
{
	struct fixture *f = *state;

	send_hello(f, "a", 1);
	send_hello(f, "poison", 2);
	send_hello(f, "late", 3);
	send_hello(f, "b", 4);
	assert_int_equal(outcome_of(f, 1).type, WIRE_READY);
	assert_int_equal(outcome_of(f, 2).code, ERR_TOO_LARGE);
	assert_int_equal(outcome_of(f, 3).type, WIRE_READY);
	assert_int_equal(outcome_of(f, 4).type, WIRE_READY);
	assert_int_equal(counted(f), 3);
}

static void
a_full_disk_asks_all_to_come_again(void **state)
{
	struct fixture *f = *state;
	struct outcome o;

	send_hello(f, "full", 1);
	o = outcome_of(f, 1);
	assert_int_equal(o.code, ERR_STORAGE_FULL);
	assert_int_equal(o.retry_ms, INGEST_RETRY_MS);
	assert_int_equal(counted(f), 0);
	send_hello(f, "p", 2);
	assert_int_equal(outcome_of(f, 2).type, WIRE_READY);
}

/* HEALTH: is it ready? */
static bool
ready(struct fixture *f)
{
	struct wire_message m = {.type = WIRE_HEALTH};
	const struct wire_state *s =
	    &mailbox_ask(&f->box, &m, WIRE_STATE)->as.state;

	assert_int_equal(s->ready, s->reason.len == 0);
	return s->ready;
}

static void
a_clock_that_jumped_makes_it_not_ready_until_it_is_back(void **state)
{
	struct fixture *f = *state;
	int64_t at = clock_wall_now(&f->d->clock).ms;

	send_hello(f, "p", 1);
	assert_int_equal(outcome_of(f, 1).type, WIRE_READY);
	assert_true(ready(f));
	clock_set_wall(&f->d->clock,
	               (struct wall){at + INGEST_CLOCK_AHEAD_MS + 1});
	wake(f);
	assert_false(ready(f));
	assert_false(f->d->ready);
	assert_non_null(strstr(f->d->reason, "clock_suspect"));
	send_hello(f, "p", 2); /* and still goes on */
	assert_int_equal(outcome_of(f, 2).type, WIRE_READY);
	clock_set_wall(&f->d->clock, (struct wall){at});
	wake(f);
	assert_true(ready(f));
	assert_true(f->d->ready);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_message_is_answered_after_its_turn),
	    CASE(a_message_no_turn_can_take_is_refused_alone),
	    CASE(what_a_turn_leaves_is_given_to_the_next),
	    CASE(one_that_is_tried_alone_may_be_left_too),
	    CASE(a_full_disk_asks_all_to_come_again),
	    CASE(a_clock_that_jumped_makes_it_not_ready_until_it_is_back),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
