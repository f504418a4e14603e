/*
 * loop - one wait for everything a daemon waits for, one thread.
 *
 * A wake is: wait until a socket, a descriptor or a timer is ready; take the
 * time once; call whoever is ready; then once the wake callback (the turn). So a
 * turn sees all that arrived, and one sync serves many messages. Nothing is
 * allocated after the sources are registered.
 *
 * Callbacks must not block. A callback may add and remove sources and timers,
 * its own too. Who calls it: daemon.c and the edges of services (<x>_io.c).
 */
#ifndef COMMON_BASE_LOOP_H
#define COMMON_BASE_LOOP_H

#include <stdint.h>

#include "common/base/clock.h"
#include "common/base/err.h"

#define LOOP_SOURCES_MAX 16 /* more would make zmq_poll allocate */
#define LOOP_TIMERS_MAX  32

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop;

/* Of a source or a timer. 0 is none; after its removal it means nothing. */
struct loop_id {
	uint32_t n;
};

/* clock is borrowed. ERR_NOMEM. */
NODISCARD enum err loop_open(struct loop **loop_p, const struct clock *clock);
/* Gives signals back; closes no socket and no descriptor. */
void loop_close(struct loop **loop_p);

/* The time of this wake, or of loop_open before the first. */
struct mono loop_now(const struct loop *loop);
struct wall loop_wall_now(const struct loop *loop);

/*
 * loop_add_socket, loop_add_fd - call ready(self, events) while events last.
 *
 * socket   a ZeroMQ socket (sock_zmq); it is borrowed until loop_remove
 * events   LOOP_READ, LOOP_WRITE, both; 0 waits for nothing until loop_set_events
 * returns  ERR_OK, ERR_TOO_LARGE: LOOP_SOURCES_MAX are there
 */
NODISCARD enum err loop_add_socket(struct loop *loop, void *socket,
                                   void (*ready)(void *self, unsigned events),
                                   void *self, struct loop_id *id);
NODISCARD enum err loop_add_fd(struct loop *loop, int fd,
                               void (*ready)(void *self, unsigned events),
                               void *self, struct loop_id *id);
/* A source is added with LOOP_READ. */
void loop_set_events(struct loop *loop, struct loop_id id, unsigned events);
void loop_remove(struct loop *loop, struct loop_id id); /* gone: no effect */

/* A timer that is not running yet. ERR_TOO_LARGE: LOOP_TIMERS_MAX are there. */
NODISCARD enum err loop_add_timer(struct loop *loop, void (*due)(void *self),
                                  void *self, struct loop_id *id);
/* Once at a time; one that has passed is due at the next wake. Replaces. */
void loop_timer_at(struct loop *loop, struct loop_id id, struct mono at);
/* Every period_ms > 0, first after one; periods missed are skipped. */
void loop_timer_every(struct loop *loop, struct loop_id id, int64_t period_ms);
void loop_timer_stop(struct loop *loop, struct loop_id id);
void loop_remove_timer(struct loop *loop, struct loop_id id);

/* Called once in each wake, after all who were ready. NULL: nobody. */
void loop_on_wake(struct loop *loop, void (*wake)(void *self), void *self);

/* SIGTERM, SIGINT and SIGHUP as callbacks, blocked otherwise; SIGPIPE ignored.
 * Call it before threads are made. ERR_IO. */
NODISCARD enum err loop_on_signal(struct loop *loop,
                                  void (*signal)(void *self, int number),
                                  void *self);

/* Until loop_stop; the wake in which it is called is finished. ERR_IO. */
NODISCARD enum err loop_run(struct loop *loop);
/* One wake, waiting at most wait_ms (-1: without end). ERR_IO. */
NODISCARD enum err loop_once(struct loop *loop, int64_t wait_ms);
void loop_stop(struct loop *loop);
/* The next wake does not wait: there is work left for its callback. */
void loop_again(struct loop *loop);

#endif
