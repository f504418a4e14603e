/*
 * sink - where notices go, and the state of every delivery: pure.
 *
 * A sink is a table row (struct sink_kind) and a file of its own. Two manners:
 *
 *   events  (webhook) every notice, in order, at least once. Its queue is the table
 *           OUTBOX; a lane for each programme is a position in it. One POST is one
 *           outbox row (a programme and commit), one POST of a lane under way at a time:
 *           so the order per fingerprint holds, and neither another programme's lane nor
 *           another sink waits. What cannot be delivered for give_up_ms, or is refused for
 *           good, goes to the dead letters, in the transaction that moves the lane on.
 *   state   (Alertmanager) what fires now, at every change and every resend_ms, with
 *           endsAt = now + ends_ms; what ended, for repeat_ms after the sink first took
 *           it. No queue: an outage heals itself.
 *
 * Answers: 2xx delivered; 408, 425, 429, 5xx and failures to connect are tried again
 * (full jitter: uniform in [0, min(retry_max, retry_first * 2^n)], at least Retry-After);
 * any other is a refusal for good. A batch refused by a state sink (400, 413) is cut in
 * halves down to the alert that is at fault, which is left out until it changes. Any
 * other failure of a state sink means: wait, then everything again, what failed as the last.
 *
 * A row is given up give_up_ms after it was written, or after the lane's first failure
 * since something got through, whichever is later: so an outage of our own counts for
 * nothing, and what waits behind in a dead lane isn't given a day each. The day is one of
 * the monotonic clock: a wall that jumps neither buries nor delays; over a restart the
 * wall is all there is.
 *
 * No I/O and no clock: times are arguments, so is randomness. Between sinks_open and
 * sinks_close the caller asks for posts and hands back answers, from the daemon's loop
 * (deliver_io.c) or from the simulator; lanes are written by sinks_save. A crash between
 * delivers again what was delivered since the last save.
 *
 * A sink first met (its name stands in no lane) begins at the end of OUTBOX. It is told
 * what ended within the last ends_ms, as far as RESOLVING still has it (so after alert's
 * state was rebuilt nobody keeps an alert that is over), then everything that fires, a
 * POST a programme each; not before it is saved that it was met. The
 * lanes of a sink that is no longer configured are forgotten (its dead letters are not):
 * coming back, it is met first.
 *
 * TiendoWatchdog (audience operations, severity info: it is no trouble, only its absence
 * is) says that figures are taken, judged and told: to be sent to whoever notices that
 * it stops. It is never queued and has no dead letter.
 *
 * Delivery ids (X-Tiendo-Delivery, Idempotency-Key), <log> in 16 hex digits:
 *   <log>-<commit>-<programme>-<chunk>   an outbox row; .<n> behind it: from alert n on,
 *                                        where a row has no room in SINK_BODY_MAX
 *   <log>-<commit>-<programme>-s<hash>   what fires, told to a sink first met
 *   <log>-<programme>-d<number>          a dead letter told again
 *   <log>-watchdog-<ms>
 *
 * Tables, behind the name a zero byte, numbers big-endian:
 *   SINKS  an empty name -> the service was level once (sinks_level);
 *          name -> the sink was met; name, programme -> lane;
 *          name, programme, number -> nothing: a dead letter to be told again
 *   DEAD   name, number (8 bytes, from 1) -> dead letter; number 0: the next, how many
 */
#ifndef SERVICES_ALERT_SINK_H
#define SERVICES_ALERT_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/kv.h"
#include "common/domain/notice.h"

#define SINKS_MAX        8
#define SINK_NAME_MAX    24 /* bytes: [a-z0-9-] */
#define SINK_FLIGHTS_MAX 4  /* posts of one sink under way */
#define SINK_BATCH_MAX   64 /* alerts of one post to a state sink */
#define SINK_BODY_MAX    (4u << 20)
#define SINK_DEAD_MAX    100000 /* of one sink; then its lanes stand still */
#define SINK_HEADERS_MAX 4
#define SINK_BAD_MAX     256 /* alerts that a state sink leaves out at a time */

struct sink_kind;
/* "alertmanager" (v2), "webhook"; NULL: none is called that. */
const struct sink_kind *sink_kind_find(const char *name);

struct sink_conf {
	const struct sink_kind *kind;
	const char *name;
	const char *url; /* as configured; a kind adds its path */
};

struct sink_settings {
	int64_t resend_ms;      /* 60 s */
	int64_t ends_ms;        /* 72 h */
	int64_t repeat_ms;      /* 15 min */
	int64_t retry_first_ms; /* 1 s */
	int64_t retry_max_ms;   /* 5 min */
	int64_t give_up_ms;     /* 24 h */
	/* TiendoWatchdog: a state sink is told at every resend, ending after
	 * watchdog_ends_ms; an events sink every watchdog_every_ms, never queued. */
	int64_t watchdog_ends_ms;  /* 4 min */
	int64_t watchdog_every_ms; /* 5 min */
	const char *external_url;  /* of generatorURL; "" */
	bool demo;
	uint64_t log;  /* of delivery ids */
	uint64_t seed; /* of the jitter */
};

struct sink_now {
	int64_t mono_ms; /* waits */
	int64_t wall_ms; /* what is written down */
};

struct sink_header {
	const char *name;
	char value[96];
};

/* A post to be made. Views live until the next call of sinks_next. */
struct sink_post {
	uint32_t sink;   /* index of the conf */
	uint64_t ticket; /* for sinks_answered */
	const char *url;
	struct sink_header headers[SINK_HEADERS_MAX]; /* beside Content-Type */
	uint32_t n_headers;
	struct span body; /* JSON */
	uint32_t n_alerts;
	/* Knowledge time of the commit that made it; 0: a repetition, a state. */
	int64_t time_ms;
};

struct sink_answer {
	enum err err;           /* ERR_OK: there is a status */
	unsigned status;        /* HTTP */
	int64_t retry_after_ms; /* 0: not said */
	const char *text; /* why, for the dead letter: "HTTP 400", "timeout" */
};

struct sinks;

/* confs and what they point to outlive it. ERR_NOMEM. */
NODISCARD enum err sinks_open(struct sinks **sinks_p,
                              const struct sink_settings *settings,
                              const struct sink_conf *confs, uint32_t n);
void sinks_close(struct sinks **sinks_p);

/*
 * sinks_load_early - lanes from the tables, once the store is open.
 * sinks_level      - the service has folded what its source had: what is stored holds
 *                    now. Sinks first met are set to the end.
 * sinks_load       - both.
 *
 * Again whenever it was dropped: what was under way is forgotten. Between the two, if
 * the service was level once with this state, sinks that were met go on; else nobody is
 * told anything (what is folded is the past) and rows of OUTBOX are only removed.
 * ERR_CORRUPT, ERR_NOMEM. Cost: a pass over OUTBOX.
 */
NODISCARD enum err sinks_load_early(struct sinks *s, struct kv *state,
                                    struct sink_now now);
NODISCARD enum err sinks_level(struct sinks *s, struct kv *state,
                               struct sink_now now);
NODISCARD enum err sinks_load(struct sinks *s, struct kv *state,
                              struct sink_now now);
/* A commit made notices: lanes look again. Cheap. */
void sinks_wake(struct sinks *s);
/* The watchdog is sent only while this holds: the pipeline works. */
void sinks_healthy(struct sinks *s, bool healthy);

/*
 * sinks_next - one post that may be made now.
 *
 * more     false: there is none now
 * cost     a look-up for each lane that has something to do
 */
NODISCARD enum err sinks_next(struct sinks *s, struct kv *state,
                              struct sink_now now, struct sink_post *post,
                              bool *more);
/* What came of it. A ticket that is none any more is ignored. */
void sinks_answered(struct sinks *s, uint64_t ticket,
                    const struct sink_answer *answer, struct sink_now now);
/* mono_ms at which sinks_next is worth asking again; INT64_MAX: not by itself. */
int64_t sinks_due_ms(const struct sinks *s);

/* Something is to be written; urgent: a dead letter, a sink first met. Ask after
 * sinks_next, too, also with no sink configured: then everything told is only removed. */
bool sinks_unsaved(const struct sinks *s, bool *urgent);
/* Lanes and dead letters; outbox rows that every events sink has passed, and resolved
 * alerts that every state sink has repeated (or took nothing for ends_ms), are removed, at
 * most some thousand at a time. In a write transaction of the caller's; sinks_saved after
 * its commit, before anything else is called; nothing after one that failed. */
NODISCARD enum err sinks_save(struct sinks *s, struct kv *state,
                              struct sink_now now);
void sinks_saved(struct sinks *s);

/* A sink that is no longer configured, and how many outbox rows waited for it. */
struct sink_gone {
	char name[SINK_NAME_MAX + 1];
	uint64_t rows;
};
/* Those whose lanes the last sinks_save forgot; more than SINKS_MAX are summed in the
 * last. */
uint32_t sinks_gone(const struct sinks *s, const struct sink_gone **gone);

/* --- dead letters ----------------------------------------------------------------- */

struct sink_dead {
	uint64_t number; /* of the sink, from 1 */
	uint32_t programme;
	uint64_t commit;
	int64_t at_ms; /* when it was given up */
	uint32_t n_alerts;
	struct span text;    /* why; view */
	struct span notices; /* view */
};
/* The dead letter of `sink` whose number is at least from; more false: none. */
NODISCARD enum err sink_dead_next(struct kv *state, const char *sink,
                                  uint64_t from, struct sink_dead *dead,
                                  bool *more);
/*
 * sink_dead_retry - queued again behind what waits in its lane.
 * sink_dead_drop  - forgotten.
 *
 * A letter that is told again tells of each of its alerts what holds now: what fires, as
 * it was told last; what doesn't, as resolved (where the letter says that it fires, at
 * the time it was given up: the true end isn't kept). So nobody ends with an alert that
 * fires for ever. Refused again it stays, with the new reason.
 *
 * One slice a write transaction: at most SINK_DEAD_SLICE letters, by number. The caller
 * commits and asks again with the same `asked` while it says more.
 *
 * returns  ERR_NOT_FOUND: no such sink is configured (retry), no such letter; asked is
 *          untouched
 */
#define SINK_DEAD_SLICE 1000
struct sink_dead_asked {
	const char *sink;
	uint64_t number; /* 0: all of the sink */
	uint64_t from;   /* 0 to begin; moved on */
	uint32_t n;      /* how many letters so far: added to */
	bool more;       /* another slice is to be asked for */
};
NODISCARD enum err sink_dead_retry(struct sinks *s, struct kv *state,
                                   struct sink_dead_asked *asked);
NODISCARD enum err sink_dead_drop(struct sinks *s, struct kv *state,
                                  struct sink_dead_asked *asked);

/* --- what is counted ---------------------------------------------------------------- */

struct sink_counts {
	uint64_t delivered; /* posts answered 2xx */
	uint64_t alerts;    /* in them */
	uint64_t failed;    /* posts to be tried again */
	uint64_t refused;   /* for good: posts, and alerts left out */
	uint64_t dead;      /* dead letters now */
	uint64_t queued;    /* outbox rows not delivered; a state sink: 0 */
	int64_t oldest_ms;  /* knowledge time of the oldest of them; 0: none */
	int64_t last_ok_ms; /* wall; 0: never */
	/* The alert that a state sink was the last to refuse; 0: none. */
	uint64_t culprit;
};
NODISCARD enum err sinks_counts(struct sinks *s, struct kv *state,
                                uint32_t sink, struct sink_counts *counts);

#endif
