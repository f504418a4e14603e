/*
 * sim_sinks - whom alert tells: its deliveries (services/alert/sink.h) as the daemon
 * runs them, and the receivers, which fail, take what they then deny, and come back
 * empty. Time is the simulator's.
 *
 *   sim_outbox.c    what was told, as it was committed; held against the journals
 *   sim_sinks.c     the sending side: posts, answers, saves
 *   sim_receiver.c  webhooks and Alertmanagers: what they believe
 *   sim_heard.c     at rest: what they believe is what fires
 *
 * For these files alone; the others know what sim.h says.
 */
#ifndef TESTS_SIM_SIM_SINKS_H
#define TESTS_SIM_SIM_SINKS_H

#include "common/domain/notice.h"
#include "services/alert/outbox.h"
#include "services/alert/sink.h"
#include "tests/sim/sim.h"

#define SIM_SINKS       4
#define SIM_FLIGHTS     (SIM_SINKS * SINK_FLIGHTS_MAX)
#define SIM_RESEND_MS   INT64_C(60000)
#define SIM_REPEAT_MS   INT64_C(300000)
#define SIM_GIVE_UP_MS  INT64_C(300000)
#define SIM_ENDS_MS     INT64_C(259200000)
#define SIM_WATCHDOG_MS INT64_C(240000)

/* A row of the table OUTBOX, kept. */
struct told_row {
	uint32_t programme;
	struct outbox_at at;
	int64_t time_ms;
	uint8_t *notices;
	size_t len;
	bool heard[SIM_SINKS];
	bool excused[SIM_SINKS]; /* told before the sink was met */
	uint64_t body[SIM_SINKS];
};

/* What a receiver knows of one label set. */
struct belief {
	uint64_t fingerprint;
	bool firing;
	bool watchdog;
	bool lost; /* since then alert has lost what it knew of the receiver */
	int64_t ends_ms; /* state sinks */
};

struct receiver {
	int64_t down_ms; /* mono: until then nobody answers */
	struct belief *beliefs;
	uint32_t n, n_cap;
};

struct sim_flight {
	uint64_t ticket;
	uint32_t sink;
	uint32_t n_alerts;
	char id[96]; /* of the delivery; "" */
	uint8_t *body;
	size_t len;
	int64_t sent_ms; /* wall */
};

struct sim_sinks {
	struct sink_conf confs[SIM_SINKS];
	uint32_t n;
	struct sinks *sinks; /* NULL: alert has not begun yet */
	uint64_t from;       /* the commit by which it has caught up */
	struct sim_flight flights[SIM_FLIGHTS];
	uint32_t n_flights;
	struct receiver receivers[SIM_SINKS];
	uint64_t letters; /* dead ones, as saved last */
	bool culprits;    /* a state sink may leave something out */
};

bool sim_sink_is_state(const struct sim_sinks *ss, uint32_t sink);

/* --- sim_outbox.c */
/* The notices of a row, one by one. */
bool told_next(struct sim *s, struct span *notices, struct notice *n);
struct told_row *told_find(struct sim *s, uint32_t programme,
                           struct outbox_at at);

/* --- sim_receiver.c */
/* The post arrives: what the receiver knows from now on. */
bool receiver_take(struct sim *s, const struct sim_flight *f);
struct belief *belief_find(struct receiver *r, uint64_t fingerprint);
/* The letter of these notices stands among the dead ones of the sink. */
bool row_is_dead(struct sim *s, uint32_t sink, const struct told_row *row);

/* --- sim_heard.c */
bool heard_check(struct sim *s);
/* Once every dead letter was told again. */
bool heard_letters_check(struct sim *s);

#endif
