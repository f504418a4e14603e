/*
 * sink_parts - what the files of sinks share. For nobody else.
 *
 *   sink.c        the set: who is asked, answers, saving
 *   sink_load.c   programmes and lanes, from the tables and at each commit
 *   sink_lane.c   events sinks: a lane for each programme
 *   sink_gather.c what the next post of a lane is made of
 *   sink_round.c  state sinks: rounds, changes between them, culprits
 *   sink_save.c   lanes and dead letters written, what all have passed removed
 *   sink_dead.c   dead letters as rows
 *   sink_json.c, sink_webhook.c, sink_alertmanager.c   bodies
 */
#ifndef SERVICES_ALERT_SINK_PARTS_H
#define SERVICES_ALERT_SINK_PARTS_H

#include "services/alert/alert_tell.h"
#include "services/alert/outbox.h"
#include "services/alert/sink.h"

#define SINK_WHY_MAX   64   /* bytes of a dead letter's reason */
#define SINK_TRIM_MAX  1024 /* rows removed by one save */
/* A resolved alert is old enough in steps of repeat_ms / 16: so many are open. */
#define SINK_MARKS_MAX 20

/* --- what is posted --------------------------------------------------------------- */

struct sink_item {
	struct notice n;
	struct alert_key key; /* of LIVE or RESOLVING */
	uint32_t ordinal;     /* in its row */
};

struct sink_batch {
	uint32_t n;
	uint32_t max;
	struct sink_item items[TELL_CHUNK_MAX];
};

struct sink_letter {
	const struct sink_settings *settings;
	const char *receiver; /* name of the sink */
	const struct sink_item *items;
	uint32_t n;      /* at least 1 */
	int64_t now_ms;  /* wall */
	int64_t ends_ms; /* state sinks: what fires ends after */
};

struct sink_kind {
	const char *name;
	const char *path; /* behind the URL as configured */
	bool state;       /* told the state, not the events */
	void (*write)(const struct sink_letter *letter, struct buf *body);
};
extern const struct sink_kind sink_webhook, sink_alertmanager;

/* --- lanes ------------------------------------------------------------------------- */

enum parcel_kind { PARCEL_NONE, PARCEL_SNAPSHOT, PARCEL_ROW, PARCEL_LETTER };

/* What a post was made of. */
struct parcel {
	enum parcel_kind kind;
	struct outbox_at at;   /* PARCEL_ROW */
	int64_t time_ms;       /* of the row; 0 */
	uint32_t upto;         /* PARCEL_ROW: ordinal behind the last */
	bool whole;            /* to the row's end */
	struct alert_key told; /* PARCEL_SNAPSHOT: the last one */
	uint64_t letter;       /* PARCEL_LETTER */
};

/* What is kept of a lane. */
struct lane_place {
	struct outbox_at next; /* the first row that is not delivered */
	uint32_t skip;         /* alerts of it that are */
	bool snapshot;         /* what fires is still being told */
	struct alert_key told; /* of LIVE, up to here; len 0: nothing */
	int64_t failing_ms;    /* steady; since when nothing got through; 0 */
};

struct lane {
	struct lane_place place;
	struct parcel parcel; /* under way, or to be buried */
	bool look;            /* there may be something to do */
	bool flying;
	bool dirty;
	uint32_t tries;
	int64_t due_ms;  /* mono */
	uint64_t queued; /* rows of OUTBOX from place.next on */
	/* given up: to be written as a dead letter */
	bool dying;
	int64_t dead_ms;
	char why[SINK_WHY_MAX];
	uint64_t settled; /* a dead letter, told at last: to be removed; 0 */
	/* between sinks_save and sinks_saved */
	bool saving;
	bool buried;
	struct lane_place saved;
};

/* --- rounds ------------------------------------------------------------------------- */

/* All that was resolved up to this commit was taken by this time. */
struct round_mark {
	uint64_t commit;
	int64_t mono_ms;
};

struct round_place {
	struct alert_key key;
	bool wrapped; /* past the end of the tables, on the way to round.from */
};

struct round {
	bool full;  /* everything is to be told: at start, after a failure */
	bool going; /* a round is under way */
	bool watchdog;
	struct round_place place; /* of LIVE, then RESOLVING: told up to here */
	/* Where it began and ends: behind what failed last, so that this keeps nothing
	 * else from being told; len 0: at the start. */
	struct alert_key from;
	uint32_t suspect; /* so many from here hide a culprit; 0: none known */
	uint64_t suspected; /* content of the only alert of a post */
	uint64_t suspect_print;
	uint32_t tries;
	int64_t due_ms;     /* mono */
	int64_t next_ms;    /* mono; the next round */
	int64_t started_ms; /* mono */
	uint64_t seen;      /* the highest commit told */
	uint64_t done;      /* resolved up to here: repeated long enough */
	int64_t heard_ms; /* mono; when it took something last, or since load */
	struct round_mark marks[SINK_MARKS_MAX];
	uint32_t n_marks;
	uint64_t bad[SINK_BAD_MAX]; /* contents left out; a ring */
	uint32_t n_bad;             /* since start */
	struct parcel parcel;       /* under way */
};

/* --- the set ------------------------------------------------------------------------- */

enum flight_kind { FLIGHT_LANE, FLIGHT_WATCHDOG, FLIGHT_ROUND };

struct flight {
	uint64_t ticket;
	enum flight_kind kind;
	uint32_t lane;
	uint32_t n_alerts;
};

enum trim { TRIM_NO, TRIM_DUE, TRIM_DONE };

struct programme_end {
	uint32_t programme;
	struct outbox_at end; /* behind the last row that was seen */
	enum trim trim;
};

struct sink {
	const struct sink_conf *conf;
	char *url;
	struct lane *lanes; /* one a programme, as sinks.programmes */
	uint32_t turn;      /* lane to be asked first */
	bool met;           /* stands in the table */
	struct flight flights[SINK_FLIGHTS_MAX];
	uint32_t n_flights;
	int64_t watchdog_ms; /* mono; an events sink's next */
	struct round round;
	struct sink_counts counts;
};

struct sinks {
	struct sink_settings settings;
	uint32_t n;
	struct sink sinks[SINKS_MAX];
	struct programme_end *programmes;
	uint32_t n_programmes, n_programmes_cap;
	uint32_t turn; /* sink to be asked first */
	bool loaded;
	bool level; /* with its source: what is stored holds now */
	/* It was level once with this state: what is stored was told, or is to be.
	 * Before, it is the past, told to nobody. */
	bool begun;
	bool begun_stored;
	struct sink_now loaded_at;
	int64_t wall_ms; /* when posts were asked for last */
	bool woken;
	bool forget; /* lanes of sinks that are no more, or no queues */
	struct sink_gone gone[SINKS_MAX]; /* forgotten by the last save */
	uint32_t n_gone;
	bool healthy;
	int64_t healthy_ms; /* wall; since when; 0 */
	enum trim trim_resolving;
	uint64_t ticket;
	uint64_t random;
	struct notice watchdog;
	struct buf watchdog_labels, watchdog_words;
	struct buf body;
	struct sink_batch batch;
};

/* What one call of sinks_next works with. */
struct sink_ask {
	struct sinks *s;
	struct kv *state;
	struct sink_now now;
	struct sink_post *post;
	bool made;
};

/* sink.c */
/* table, name and a zero byte. */
struct alert_key sink_key(enum alert_table table, const char *name);
void sink_key_programme(struct alert_key *key, uint32_t programme);
bool sink_is_state(const struct sink *k);
/* The wall at load, and the time that passed since: it neither jumps nor stands. */
int64_t sink_steady_ms(const struct sinks *s, struct sink_now now);
/* Milliseconds to wait after so many failures in a row. */
int64_t sink_wait_ms(struct sinks *s, uint32_t tries,
                     const struct sink_answer *answer);
/* Writes the body of as many items of s->batch as it has room for, begins a flight;
 * *n: how many. ERR_NOMEM. */
NODISCARD enum err sink_send(struct sink_ask *ask, struct sink *k,
                             const struct flight *flight, uint32_t *n);
/* The id of a delivery, as headers. */
void sink_headers_put(struct sink_post *post, const char *delivery);
/* The watchdog alone, ending after ends_ms. */
NODISCARD enum err sink_send_watchdog(struct sink_ask *ask, struct sink *k,
                                      const struct flight *flight);

/* sink_load.c */
NODISCARD enum err sinks_look(struct sinks *s, struct kv *state);
NODISCARD enum err sinks_programme(struct sinks *s, uint32_t programme,
                                   uint32_t *i);
/* The events sink that a key of SINKS belongs to, and what stands behind its name;
 * NULL: none is configured. */
struct sink *sinks_queue(struct sinks *s, const struct alert_key *key,
                         struct span *rest);

/* The row of SINKS that says begun: no sink has this name. */
struct alert_key sinks_begun_key(void);
/* A lane's row. ERR_CORRUPT. */
NODISCARD enum err lane_place_read(struct span value, struct lane_place *place);

/* sink_lane.c */
NODISCARD enum err lanes_next(struct sink_ask *ask, struct sink *k);
void lane_answered(struct sinks *s, struct sink *k, uint32_t lane,
                   const struct sink_answer *answer, struct sink_now now);
int64_t lanes_due_ms(const struct sinks *s, const struct sink *k);
/* Where a lane stands once a parcel is delivered or buried. */
void lane_place_pass(struct lane_place *place, const struct parcel *p);

/* sink_gather.c */
/* The items of a row from skip on, at most s->batch.max; *total: of the row. round:
 * whose culprits are left out; NULL. */
NODISCARD enum err gather_row(struct sinks *s, struct span notices,
                              uint32_t skip, const struct round *round,
                              uint32_t *total);
/* Into s->batch; *p kind PARCEL_NONE: there is nothing. May move place over what holds
 * nothing. */
NODISCARD enum err gather_lane(struct sinks *s, const struct sink *k,
                               uint32_t lane, struct kv *state,
                               struct parcel *p);

/* sink_round.c */
NODISCARD enum err round_next(struct sink_ask *ask, struct sink *k);
void round_answered(struct sinks *s, struct sink *k,
                    const struct flight *flight,
                    const struct sink_answer *answer, struct sink_now now);
int64_t round_due_ms(const struct sinks *s, const struct sink *k);
/* This content was refused alone. */
bool round_is_bad(const struct round *r, const struct notice *n);

/* sink_dead.c */
/* Puts a letter; *full: SINK_DEAD_MAX, nothing was put. */
NODISCARD enum err dead_put(struct kv *state, const char *sink,
                            const struct sink_dead *dead, bool *full);
/* Another reason for a letter that stands; it waits no more. */
NODISCARD enum err dead_again(struct kv *state, const char *sink,
                              const struct sink_dead *dead);
/* Absent is fine. */
NODISCARD enum err dead_remove(struct kv *state, const char *sink,
                               uint32_t programme, uint64_t number);
NODISCARD enum err dead_count(struct kv *state, const char *sink, uint64_t *n);
/* The first letter that waits to be told again; number 0: none. */
NODISCARD enum err dead_waiting(struct kv *state, const char *sink,
                                uint32_t programme, uint64_t *number);

/* --- answers ------------------------------------------------------------------------- */

enum outcome { OUTCOME_DELIVERED, OUTCOME_AGAIN, OUTCOME_REFUSED };
enum outcome sink_outcome(const struct sink_answer *answer);

#endif
