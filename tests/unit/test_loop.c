/* links: common/base/loop.c common/base/clock.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "common/base/loop.h"

struct fixture {
	struct clock clock;
	struct loop *loop;
	struct loop_id id;
	int ends[2];
	char order[64]; /* who was called, in order */
	unsigned events;
	int signal;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || pipe(f->ends) != 0)
		return -1;
	f->clock = clock_manual((struct wall){1000}, (struct mono){5});
	if (loop_open(&f->loop, &f->clock) != ERR_OK)
		return -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	loop_close(&f->loop);
	loop_close(&f->loop);
	close(f->ends[0]);
	close(f->ends[1]);
	free(f);
	return 0;
}

static void
mark(struct fixture *f, char who)
{
	size_t len = strlen(f->order);

	assert_true(len + 1 < sizeof(f->order));
	f->order[len] = who;
}

static void
once(struct fixture *f, const char *order)
{
	memset(f->order, 0, sizeof(f->order));
	assert_int_equal(loop_once(f->loop, 0), ERR_OK);
	assert_string_equal(f->order, order);
}

static void
on_fd(void *self, unsigned events)
{
	struct fixture *f = self;
	char byte;

	f->events = events;
	if (events & LOOP_READ)
		assert_int_equal(read(f->ends[0], &byte, 1), 1);
	mark(f, 'f');
}

static void
on_timer(void *self)
{
	mark(self, 't');
}

static void
on_wake(void *self)
{
	mark(self, 'w');
}

static void
on_signal(void *self, int number)
{
	struct fixture *f = self;

	f->signal = number;
	loop_stop(f->loop);
	mark(f, 's');
}

static void
on_fd_remove(void *self, unsigned events)
{
	struct fixture *f = self;

	on_fd(f, events);
	loop_remove(f->loop, f->id);
}

static void
on_other(void *self, unsigned events)
{
	(void)events;
	mark(self, 'o');
}

static void
ready_descriptor_is_called_then_the_wake(void **state)
{
	struct fixture *f = *state;

	loop_on_wake(f->loop, on_wake, f);
	assert_int_equal(loop_add_fd(f->loop, f->ends[0], on_fd, f, &f->id),
	                 ERR_OK);
	once(f, "w");
	assert_int_equal(write(f->ends[1], "ab", 2), 2);
	once(f, "fw");
	assert_int_equal(f->events, LOOP_READ);
	once(f, "fw");
	once(f, "w");
	loop_remove(f->loop, f->id);
	loop_remove(f->loop, f->id);
	assert_int_equal(write(f->ends[1], "c", 1), 1);
	once(f, "w");
}

static void
events_may_be_paused_and_changed(void **state)
{
	struct fixture *f = *state;
	struct loop_id out;

	assert_int_equal(loop_add_fd(f->loop, f->ends[0], on_fd, f, &f->id),
	                 ERR_OK);
	assert_int_equal(write(f->ends[1], "a", 1), 1);
	loop_set_events(f->loop, f->id, 0);
	once(f, "");
	assert_int_equal(loop_add_fd(f->loop, f->ends[1], on_other, f, &out),
	                 ERR_OK);
	once(f, "");
	loop_set_events(f->loop, out, LOOP_WRITE);
	once(f, "o");
	loop_set_events(f->loop, f->id, LOOP_READ);
	once(f, "fo");
}

static void
source_removed_by_another_is_not_called(void **state)
{
	struct fixture *f = *state;
	struct loop_id first;

	assert_int_equal(
	    loop_add_fd(f->loop, f->ends[0], on_fd_remove, f, &first), ERR_OK);
	assert_int_equal(loop_add_fd(f->loop, f->ends[0], on_other, f, &f->id),
	                 ERR_OK);
	assert_int_equal(write(f->ends[1], "abc", 3), 3);
	once(f, "f");
	once(f, "f");
	loop_remove(f->loop, first);
	/* Its place is used again: the old id must not touch the new one. */
	assert_int_equal(loop_add_fd(f->loop, f->ends[0], on_other, f, &f->id),
	                 ERR_OK);
	loop_remove(f->loop, first);
	once(f, "o");
}

static void
sources_and_timers_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct loop_id id;

	for (unsigned i = 0; i < LOOP_SOURCES_MAX; i++)
		assert_int_equal(
		    loop_add_fd(f->loop, f->ends[0], on_fd, f, &id), ERR_OK);
	assert_int_equal(loop_add_fd(f->loop, f->ends[0], on_fd, f, &id),
	                 ERR_TOO_LARGE);
	for (unsigned i = 0; i < LOOP_TIMERS_MAX; i++)
		assert_int_equal(loop_add_timer(f->loop, on_timer, f, &id),
		                 ERR_OK);
	assert_int_equal(loop_add_timer(f->loop, on_timer, f, &id),
	                 ERR_TOO_LARGE);
	loop_remove_timer(f->loop, id);
	assert_int_equal(loop_add_timer(f->loop, on_timer, f, &id), ERR_OK);
}

static void
one_shot_timer_is_due_once(void **state)
{
	struct fixture *f = *state;
	struct loop_id id;

	assert_int_equal(loop_add_timer(f->loop, on_timer, f, &id), ERR_OK);
	once(f, "");
	loop_timer_at(f->loop, id, clock_mono_plus_ms(loop_now(f->loop), 10));
	clock_advance_ms(&f->clock, 9);
	once(f, "");
	clock_advance_ms(&f->clock, 1);
	once(f, "t");
	clock_advance_ms(&f->clock, 100);
	once(f, "");
	loop_timer_at(f->loop, id, (struct mono){0});
	once(f, "t");
	loop_timer_at(f->loop, id, (struct mono){0});
	loop_timer_stop(f->loop, id);
	once(f, "");
}

static void
periodic_timer_skips_what_it_missed(void **state)
{
	struct fixture *f = *state;
	struct loop_id id;

	assert_int_equal(loop_add_timer(f->loop, on_timer, f, &id), ERR_OK);
	loop_timer_every(f->loop, id, 10);
	once(f, "");
	clock_advance_ms(&f->clock, 12);
	once(f, "t");
	clock_advance_ms(&f->clock, 8);
	once(f, "t");
	clock_advance_ms(&f->clock, 95);
	once(f, "t");
	once(f, "");
	clock_advance_ms(&f->clock, 10);
	once(f, "t");
	loop_remove_timer(f->loop, id);
	clock_advance_ms(&f->clock, 10);
	once(f, "");
}

static void
time_stands_still_within_a_wake(void **state)
{
	struct fixture *f = *state;
	struct mono before = loop_now(f->loop);

	assert_int_equal(loop_wall_now(f->loop).ms, 1000);
	clock_advance_ms(&f->clock, 3);
	assert_int_equal(loop_now(f->loop).ns, before.ns);
	once(f, "");
	assert_int_equal(clock_ms_between(before, loop_now(f->loop)), 3);
	assert_int_equal(loop_wall_now(f->loop).ms, 1003);
}

static void
signals_become_calls_and_stop_after_the_wake(void **state)
{
	struct fixture *f = *state;

	loop_on_wake(f->loop, on_wake, f);
	assert_int_equal(loop_on_signal(f->loop, on_signal, f), ERR_OK);
	kill(getpid(), SIGTERM);
	assert_int_equal(loop_run(f->loop), ERR_OK);
	assert_int_equal(f->signal, SIGTERM);
	assert_string_equal(f->order, "sw");
	kill(getpid(), SIGHUP);
	assert_int_equal(loop_run(f->loop), ERR_OK);
	assert_int_equal(f->signal, SIGHUP);
	kill(getpid(), SIGPIPE);
	kill(getpid(), SIGTERM);
	loop_close(&f->loop); /* would die of it */
}

static void
on_wake_again(void *self)
{
	struct fixture *f = self;

	mark(f, 'w');
	if (strlen(f->order) < 3)
		loop_again(f->loop);
	else
		loop_stop(f->loop);
}

static void
asking_again_does_not_wait(void **state)
{
	struct fixture *f = *state;

	loop_on_wake(f->loop, on_wake_again, f);
	loop_again(f->loop);
	assert_int_equal(loop_run(f->loop), ERR_OK);
	assert_string_equal(f->order, "www");
}

static void
real_timer_ends_a_wait(void **state)
{
	struct fixture *f = *state;
	struct loop_id id;
	struct mono before;

	f->clock = clock_real();
	assert_int_equal(loop_once(f->loop, 0), ERR_OK);
	before = loop_now(f->loop);
	assert_int_equal(loop_add_timer(f->loop, on_timer, f, &id), ERR_OK);
	loop_timer_at(f->loop, id, clock_mono_plus_ms(before, 5));
	assert_int_equal(loop_once(f->loop, -1), ERR_OK);
	assert_string_equal(f->order, "t");
	assert_true(clock_ms_between(before, loop_now(f->loop)) >= 5);
}

static void
on_socket(void *self, unsigned events)
{
	(void)events;
	mark(self, 'z');
}

static void
socket_is_called_while_it_has_messages(void **state)
{
	struct fixture *f = *state;
	void *ctx = zmq_ctx_new();
	void *a = zmq_socket(ctx, ZMQ_PAIR);
	void *b = zmq_socket(ctx, ZMQ_PAIR);
	char byte;

	assert_int_equal(zmq_bind(a, "inproc://x"), 0);
	assert_int_equal(zmq_connect(b, "inproc://x"), 0);
	assert_int_equal(loop_add_socket(f->loop, a, on_socket, f, &f->id),
	                 ERR_OK);
	once(f, "");
	assert_int_equal(zmq_send(b, "1", 1, 0), 1);
	once(f, "z");
	once(f, "z");
	assert_int_equal(zmq_recv(a, &byte, 1, ZMQ_DONTWAIT), 1);
	once(f, "");
	loop_remove(f->loop, f->id);
	zmq_close(a);
	zmq_close(b);
	zmq_ctx_term(ctx);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(ready_descriptor_is_called_then_the_wake),
	    CASE(events_may_be_paused_and_changed),
	    CASE(source_removed_by_another_is_not_called),
	    CASE(sources_and_timers_are_bounded),
	    CASE(one_shot_timer_is_due_once),
	    CASE(periodic_timer_skips_what_it_missed),
	    CASE(time_stands_still_within_a_wake),
	    CASE(signals_become_calls_and_stop_after_the_wake),
	    CASE(asking_again_does_not_wait),
	    CASE(real_timer_ends_a_wait),
	    CASE(socket_is_called_while_it_has_messages),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
