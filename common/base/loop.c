#include "common/base/loop.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

enum {
	SLOT_BITS = 8,
	SLOT_MASK = (1 << SLOT_BITS) - 1,
	SERIAL_MAX = (1 << 24) - 1,
};
_Static_assert(LOOP_SOURCES_MAX <= SLOT_MASK && LOOP_TIMERS_MAX <= SLOT_MASK,
               "a slot fits into an id");

struct source {
	uint32_t serial; /* 0: free */
	void *socket;
	int fd;
	unsigned events;
	void (*ready)(void *self, unsigned events);
	void *self;
};

struct timer {
	uint32_t serial; /* 0: free */
	bool running;
	struct mono at;
	int64_t period_ms; /* 0: once */
	void (*due)(void *self);
	void *self;
};

struct loop {
	const struct clock *clock;
	struct mono now;
	struct wall wall;
	uint32_t serial; /* of the last id given */
	bool stopping;
	bool again;
	struct source sources[LOOP_SOURCES_MAX];
	struct timer timers[LOOP_TIMERS_MAX];
	void (*wake)(void *self);
	void *wake_self;
	void (*signal)(void *self, int number);
	void *signal_self;
	int signal_fd; /* -1: none */
	sigset_t old_mask;
	struct sigaction old_pipe;
};

static void
take_time(struct loop *l)
{
	l->now = clock_mono_now(l->clock);
	l->wall = clock_wall_now(l->clock);
}

enum err
loop_open(struct loop **loop_p, const struct clock *clock)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return ERR_NOMEM;
	l->clock = clock;
	l->signal_fd = -1;
	take_time(l);
	*loop_p = l;
	return ERR_OK;
}

void
loop_close(struct loop **loop_p)
{
	struct loop *l = *loop_p;
	struct signalfd_siginfo late;

	if (!l)
		return;
	*loop_p = NULL;
	if (l->signal_fd >= 0) {
		/* A second Ctrl-C must not kill what is about to end well. */
		while (read(l->signal_fd, &late, sizeof(late)) == sizeof(late))
			continue;
		close(l->signal_fd);
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
		sigprocmask(SIG_SETMASK, &l->old_mask, NULL);
		sigaction(SIGPIPE, &l->old_pipe, NULL);
	}
	free(l);
}

struct mono
loop_now(const struct loop *loop)
{
	return loop->now;
}

struct wall
loop_wall_now(const struct loop *loop)
{
	return loop->wall;
}

static struct loop_id
id_make(struct loop *l, size_t slot, uint32_t *serial)
{
	l->serial = l->serial == SERIAL_MAX ? 1 : l->serial + 1;
	*serial = l->serial;
	return (struct loop_id){l->serial << SLOT_BITS | (uint32_t)slot};
}

static struct source *
source_of(struct loop *l, struct loop_id id)
{
	struct source *s = &l->sources[id.n & SLOT_MASK];

	if ((id.n & SLOT_MASK) >= LOOP_SOURCES_MAX ||
	    s->serial != id.n >> SLOT_BITS || s->serial == 0)
		return NULL;
	return s;
}

static struct timer *
timer_of(struct loop *l, struct loop_id id)
{
	struct timer *t = &l->timers[id.n & SLOT_MASK];

	if ((id.n & SLOT_MASK) >= LOOP_TIMERS_MAX ||
	    t->serial != id.n >> SLOT_BITS || t->serial == 0)
		return NULL;
	return t;
}

static enum err
source_add(struct loop *l, struct source source, struct loop_id *id)
{
	for (size_t i = 0; i < LOOP_SOURCES_MAX; i++) {
		if (l->sources[i].serial != 0)
			continue;
		*id = id_make(l, i, &source.serial);
		source.events = LOOP_READ;
		l->sources[i] = source;
		return ERR_OK;
	}
	return ERR_TOO_LARGE;
}

enum err
loop_add_socket(struct loop *loop, void *socket,
                void (*ready)(void *self, unsigned events), void *self,
                struct loop_id *id)
{
	return source_add(
	    loop,
	    (struct source){
	        .socket = socket, .fd = -1, .ready = ready, .self = self},
	    id);
}

enum err
loop_add_fd(struct loop *loop, int fd,
            void (*ready)(void *self, unsigned events), void *self,
            struct loop_id *id)
{
	assert(fd >= 0);
	return source_add(
	    loop, (struct source){.fd = fd, .ready = ready, .self = self}, id);
}

void
loop_set_events(struct loop *loop, struct loop_id id, unsigned events)
{
	struct source *s = source_of(loop, id);

	if (s)
		s->events = events;
}

void
loop_remove(struct loop *loop, struct loop_id id)
{
	struct source *s = source_of(loop, id);

	if (s)
		*s = (struct source){.serial = 0};
}

enum err
loop_add_timer(struct loop *loop, void (*due)(void *self), void *self,
               struct loop_id *id)
{
	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		struct timer *t = &loop->timers[i];

		if (t->serial != 0)
			continue;
		*t = (struct timer){.due = due, .self = self};
		*id = id_make(loop, i, &t->serial);
		return ERR_OK;
	}
	return ERR_TOO_LARGE;
}

static void
timer_start(struct loop *l, struct loop_id id, struct mono at,
            int64_t period_ms)
{
	struct timer *t = timer_of(l, id);

	if (!t)
		return;
	t->running = true;
	t->at = at;
	t->period_ms = period_ms;
}

void
loop_timer_at(struct loop *loop, struct loop_id id, struct mono at)
{
	timer_start(loop, id, at, 0);
}

void
loop_timer_every(struct loop *loop, struct loop_id id, int64_t period_ms)
{
	assert(period_ms > 0);
	timer_start(loop, id, clock_mono_plus_ms(loop->now, period_ms),
	            period_ms);
}

void
loop_timer_stop(struct loop *loop, struct loop_id id)
{
	struct timer *t = timer_of(loop, id);

	if (t)
		t->running = false;
}

void
loop_remove_timer(struct loop *loop, struct loop_id id)
{
	struct timer *t = timer_of(loop, id);

	if (t)
		*t = (struct timer){.serial = 0};
}

void
loop_on_wake(struct loop *loop, void (*wake)(void *self), void *self)
{
	loop->wake = wake;
	loop->wake_self = self;
}

static void
signal_ready(void *self, unsigned events)
{
	struct loop *l = self;
	struct signalfd_siginfo info;

	(void)events;
	while (read(l->signal_fd, &info, sizeof(info)) == sizeof(info))
		l->signal(l->signal_self, (int)info.ssi_signo);
}

enum err
loop_on_signal(struct loop *loop, void (*signal)(void *self, int number),
               void *self)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct loop_id id;
	sigset_t set;
	enum err err;

	assert(loop->signal_fd < 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signal_fd < 0)
		return ERR_IO;
	loop->signal = signal;
	loop->signal_self = self;
	err = loop_add_fd(loop, loop->signal_fd, signal_ready, loop, &id);
	if (err != ERR_OK) {
		close(loop->signal_fd);
		loop->signal_fd = -1;
		return err;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	sigprocmask(SIG_BLOCK, &set, &loop->old_mask);
	sigaction(SIGPIPE, &ignore, &loop->old_pipe);
	return ERR_OK;
}

/* Milliseconds to the next timer, rounded up so as not to wake before it. */
static int64_t
timers_wait(const struct loop *l, int64_t wait_ms)
{
	struct mono now = clock_mono_now(l->clock);

	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		const struct timer *t = &l->timers[i];
		int64_t ns;
		int64_t ms;

		if (t->serial == 0 || !t->running)
			continue;
		ns = t->at.ns > now.ns ? t->at.ns - now.ns : 0;
		ms = ns / CLOCK_NS_PER_MS + (ns % CLOCK_NS_PER_MS > 0);
		if (wait_ms < 0 || ms < wait_ms)
			wait_ms = ms;
	}
	return wait_ms > INT_MAX ? INT_MAX : wait_ms;
}

static void
timer_fire(struct loop *l, struct timer *t)
{
	if (t->period_ms > 0) {
		t->at = clock_mono_plus_ms(t->at, t->period_ms);
		if (t->at.ns <= l->now.ns)
			t->at = clock_mono_plus_ms(l->now, t->period_ms);
	} else {
		t->running = false;
	}
	t->due(t->self);
}

/* A timer that a callback sets to the past waits for the next wake. */
static void
timers_run(struct loop *l)
{
	uint32_t due[LOOP_TIMERS_MAX] = {0};

	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		const struct timer *t = &l->timers[i];

		if (t->serial != 0 && t->running && t->at.ns <= l->now.ns)
			due[i] = t->serial;
	}
	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		struct timer *t = &l->timers[i];

		if (due[i] != 0 && t->serial == due[i] && t->running &&
		    t->at.ns <= l->now.ns)
			timer_fire(l, t);
	}
}

static size_t
items_fill(const struct loop *l, zmq_pollitem_t items[static LOOP_SOURCES_MAX],
           struct loop_id ids[static LOOP_SOURCES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < LOOP_SOURCES_MAX; i++) {
		const struct source *s = &l->sources[i];
		int events = 0;

		if (s->serial == 0 || s->events == 0)
			continue;
		events |= s->events & LOOP_READ ? ZMQ_POLLIN : 0;
		events |= s->events & LOOP_WRITE ? ZMQ_POLLOUT : 0;
		items[n] = (zmq_pollitem_t){
		    .socket = s->socket, .fd = s->fd, .events = (short)events};
		ids[n].n = s->serial << SLOT_BITS | (uint32_t)i;
		n++;
	}
	return n;
}

static void
source_run(struct loop *l, struct loop_id id, int revents)
{
	/* An earlier callback of this wake may have removed it. */
	struct source *s = source_of(l, id);
	unsigned events = 0;

	if (!s || revents == 0)
		return;
	events |= revents & (ZMQ_POLLIN | ZMQ_POLLERR) ? LOOP_READ : 0;
	events |= revents & ZMQ_POLLOUT ? LOOP_WRITE : 0;
	s->ready(s->self, events);
}

enum err
loop_once(struct loop *loop, int64_t wait_ms)
{
	zmq_pollitem_t items[LOOP_SOURCES_MAX];
	struct loop_id ids[LOOP_SOURCES_MAX];
	size_t n = items_fill(loop, items, ids);
	int64_t wait = loop->again ? 0 : timers_wait(loop, wait_ms);
	int found = zmq_poll(items, (int)n, (long)wait);

	if (found < 0 && errno != EINTR)
		return ERR_IO;
	loop->again = false;
	take_time(loop);
	for (size_t i = 0; i < n && found > 0; i++)
		source_run(loop, ids[i], items[i].revents);
	timers_run(loop);
	if (loop->wake)
		loop->wake(loop->wake_self);
	return ERR_OK;
}

enum err
loop_run(struct loop *loop)
{
	enum err err = ERR_OK;

	loop->stopping = false;
	while (!loop->stopping && err == ERR_OK)
		err = loop_once(loop, -1);
	return err;
}

void
loop_stop(struct loop *loop)
{
	loop->stopping = true;
}

void
loop_again(struct loop *loop)
{
	loop->again = true;
}
