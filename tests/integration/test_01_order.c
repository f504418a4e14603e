/*
 * Services may be started in any order, stopped and killed one by one; what is
 * behind ingest can be deleted, and is made again to the same bytes.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/port.h"

enum { JOURNAL_MAX = 256 << 20, ROWS = 300, BATCHES = 20 };

struct fixture {
	struct rig rig;
	struct load_batch batch; /* the next one */
};

static int
setup(void **state)
{
	static struct fixture f;
	struct port port;

	rig_open(&f.rig);
	rig_start_all(&f.rig);
	rig_apply(&f.rig, RIG_CATALOGUE);
	port_open(&port, &f.rig, RIG_INGEST);
	f.batch = (struct load_batch){
	    .producer = "steady", .sequence = 1, .n_rows = ROWS};
	f.batch.epoch = port_hello(&port, f.batch.producer, 0);
	port_close(&port);
	rig_await_level(&f.rig);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	rig_close(&f->rig);
	return 0;
}

/* The chain works from end to end. */
static void
send_one(struct fixture *f)
{
	struct port_answer a;
	struct port port;

	port_open(&port, &f->rig, RIG_INGEST);
	a = port_batch(&port, &f->batch);
	port_acked(&port, &a, ROWS, 0, 0);
	f->batch.sequence++;
	port_close(&port);
	rig_await_level(&f->rig);
}

static void
stop_all(struct fixture *f)
{
	for (int i = 0; i < RIG_SERVICES; i++)
		assert_int_equal(rig_stop(&f->rig, (enum rig_service)i), 0);
}

/* Each when the one before already answers, ready or not. */
static void
start_in_order(struct fixture *f, const enum rig_service order[RIG_SERVICES])
{
	struct rig_state s;

	for (int i = 0; i < RIG_SERVICES; i++) {
		rig_start(&f->rig, order[i]);
		assert_true(rig_health(&f->rig, order[i], RIG_READY_MS, &s));
	}
	for (int i = 0; i < RIG_SERVICES; i++)
		rig_await_ready(&f->rig, order[i]);
}

static const enum rig_service orders[][RIG_SERVICES] = {
    {RIG_INGEST, RIG_AGGREGATE, RIG_ALERT},
    {RIG_INGEST, RIG_ALERT, RIG_AGGREGATE},
    {RIG_AGGREGATE, RIG_INGEST, RIG_ALERT},
    {RIG_AGGREGATE, RIG_ALERT, RIG_INGEST},
    {RIG_ALERT, RIG_INGEST, RIG_AGGREGATE},
    {RIG_ALERT, RIG_AGGREGATE, RIG_INGEST},
};
#define N_ORDERS (sizeof(orders) / sizeof(orders[0]))

static void
every_order_of_start_will_do(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < N_ORDERS; i++) {
		stop_all(f);
		start_in_order(f, orders[i]);
		send_one(f);
	}
}

static void
every_order_of_a_first_start_will_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ORDERS; i++) {
		struct fixture f = {.batch = {.n_rows = ROWS, .sequence = 1}};
		struct port port;

		rig_open(&f.rig);
		start_in_order(&f, orders[i]);
		rig_apply(&f.rig, RIG_CATALOGUE);
		f.batch.producer = "first";
		port_open(&port, &f.rig, RIG_INGEST);
		f.batch.epoch = port_hello(&port, "first", 0);
		port_close(&port);
		send_one(&f);
		rig_close(&f.rig);
	}
}

static void
each_service_is_started_again_while_the_others_run(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < RIG_SERVICES; i++) {
		enum rig_service s = (enum rig_service)i;

		rig_kill(&f->rig, s);
		rig_start(&f->rig, s);
		rig_await_ready(&f->rig, s);
		send_one(f);
		assert_int_equal(rig_stop(&f->rig, s), 0);
		rig_start(&f->rig, s);
		rig_await_ready(&f->rig, s);
		send_one(f);
	}
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void
delete_dir(struct fixture *f, enum rig_service s)
{
	char path[160];

	rig_kill(&f->rig, s);
	assert_int_equal(nftw(rig_path(&f->rig, s, "", path), remove_one, 8,
	                      FTW_DEPTH | FTW_PHYS),
	                 0);
}

/* Journals with all their sums, and the digest of aggregate's tables. */
static void
made(struct fixture *f, struct buf *out)
{
	rig_journal(&f->rig, RIG_AGGREGATE, out);
	rig_journal(&f->rig, RIG_ALERT, out);
	rig_query(&f->rig, RIG_AGGREGATE, "digest", out);
	assert_int_equal(buf_err(out), ERR_OK);
}

static void
what_is_deleted_behind_ingest_is_made_again_to_the_same_bytes(void **state)
{
	struct fixture *f = *state;
	struct buf before, after;

	buf_init(&before, JOURNAL_MAX);
	buf_init(&after, JOURNAL_MAX);
	for (int i = 0; i < BATCHES; i++)
		send_one(f);
	made(f, &before);
	delete_dir(f, RIG_ALERT);
	delete_dir(f, RIG_AGGREGATE);
	rig_start(&f->rig, RIG_AGGREGATE);
	rig_start(&f->rig, RIG_ALERT);
	rig_await_level(&f->rig);
	made(f, &after);
	assert_true(before.len > 0);
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_fini(&before);
	buf_fini(&after);
}

/* A journal that is another one, though its commits have the same numbers. */
static void
another_ingest_is_not_followed(void **state)
{
	struct fixture *f = *state;
	struct rig_state s;

	delete_dir(f, RIG_INGEST);
	rig_start(&f->rig, RIG_INGEST);
	rig_await_ready(&f->rig, RIG_INGEST);
	rig_kill(&f->rig, RIG_AGGREGATE);
	rig_start(&f->rig, RIG_AGGREGATE);
	do {
		rig_await_not_ready(&f->rig, RIG_AGGREGATE, &s);
	} while (strstr(s.reason, "does not answer") != NULL);
	assert_true(rig_runs(&f->rig, RIG_AGGREGATE));
	assert_non_null(strstr(s.reason, "no such log"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_order_of_start_will_do),
	    cmocka_unit_test(every_order_of_a_first_start_will_do),
	    cmocka_unit_test(
	        each_service_is_started_again_while_the_others_run),
	    cmocka_unit_test(
	        what_is_deleted_behind_ingest_is_made_again_to_the_same_bytes),
	    cmocka_unit_test(another_ingest_is_not_followed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
