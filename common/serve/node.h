/*
 * node - a store, a turn and the side that serves, put together: what ingest,
 * aggregate and alert have in common around their step.
 *
 * It opens the service's LMDB environment, loads the step, binds the socket, and
 * keeps three answers to "may it serve?" the same everywhere: readiness of the
 * daemon, HEALTH, and refusals. A store that is damaged or of a newer format is
 * not served and not touched, and the daemon stays up and says why (G9); another
 * process in it is a bad start.
 *
 * It logs, beside what went wrong: catalogue_applied (version, commit), caught_up
 * (commits applied since it began or lost its source), and slow_turn.
 */
#ifndef COMMON_SERVE_NODE_H
#define COMMON_SERVE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/daemon.h"
#include "common/base/store.h"
#include "common/base/turn.h"
#include "common/serve/follow.h"
#include "common/serve/serve.h"

#define NODE_FORMAT    1           /* of the files this program writes */
#define NODE_DEMO_FILE "demo"      /* in the data directory: it is a demo */
#define NODE_START_MS  3000        /* then a silent source is worth a word */
#define NODE_CHECK_MS  1000        /* how often the disk is looked at */
#define NODE_SLOW_MS   1000        /* a turn that takes longer is logged */
#define NODE_DISK_MIN  (32u << 20) /* bytes free to be ready again */

/* Options that all services have beside the daemon's. */
struct node_options {
	uint64_t map_bytes;
};

/* Rows of a conf_option table; at: where the struct node_options lies. */
#define NODE_OPTIONS(at)                                                       \
	{                                                                      \
		.name = "map-size", .type = CONF_BYTES,                        \
		.offset = (at) + offsetof(struct node_options, map_bytes),     \
		.preset = "64GiB", .min = 1u << 20, .max = (uint64_t)16 << 40, \
		.help = "ceiling of the data file; address space, not disk"    \
	}

/* What every service counts; see node_stats. */
enum node_stat {
	NODE_COMMIT,
	NODE_SOURCE_COMMIT,
	NODE_TURNS,
	NODE_TURN_SECONDS,
	NODE_TURNS_FAILED,
	NODE_QUERIES,
	NODE_FETCHES,
	NODE_REFUSED,
	NODE_STORE_BYTES,
	NODE_STORE_LIMIT_BYTES,
	NODE_DISK_FREE_BYTES,
	NODE_STATS
};

struct node_conf {
	const char *service; /* "ingest" */
	struct node_options options;
	const struct turn_ops *step;
	void *step_self;
	const struct serve_ops *ops;
	void *self;  /* of ops */
	bool source; /* it is the first: makes the identity of the log */
	uint64_t follow_bytes; /* follow_conf.bytes */
	/* What follows told: commits were folded; there is nothing behind the head.
	 * Between turns, no transaction is open. May be NULL. */
	void (*committed)(void *self);
	void (*idle)(void *self);
};

struct node {
	struct node_conf conf;
	struct daemon *daemon; /* borrowed */
	struct store *store;   /* NULL: refused */
	struct turn turn;
	struct serve *serve;
	struct follow *follow; /* NULL: ingest */
	struct journal_id id;
	struct stats stat; /* rows of node_stats */
	struct loop_id timer;
	bool full;       /* not ready since a turn found no space */
	bool met;        /* the source has answered */
	bool caught_up;  /* said, since the source was last heard */
	uint64_t behind; /* the head when following began, or the source went */
	struct mono began;  /* the turn under way, of one that follows */
	uint64_t catalogue; /* the version last said */
	struct mono opened;
	enum err held;         /* with held_text */
	const char *held_text; /* of node_hold; NULL or "": none */
	bool refused;          /* serves nothing any more, and says why */
};

/* ERR_OK also when the store was refused: the node then only says why. Any other
 * result was logged and ends the process. */
NODISCARD enum err node_open(struct node *n, struct daemon *daemon,
                             const struct node_conf *conf);
void node_close(struct node *n);

/* Follows the service `source` of the same data directory. */
NODISCARD enum err node_follow(struct node *n, const char *source);

/* One turn, timed and counted; readiness follows from its result. ERR_IO and
 * damage end serving; see turn_run. */
NODISCARD enum err node_turn(struct node *n, const struct turn_input *input);

/* The service is not ready for a reason of its own, until told "" again. text lives
 * as long as it holds. Cheap when nothing changes. */
void node_hold(struct node *n, enum err err, const char *text);

/* All services before this one are ready, as far as is known here; true of the first. No
 * part of this one's readiness: what it has it serves. */
bool node_source_ready(const struct node *n);

/* Gauges, and their text. */
void node_metrics(struct node *n, struct buf *out);

/* Pairs of STATE.details that all services have: version, uptime_ms, turns,
 * turns_failed, store_bytes, store_limit_bytes, disk_free_bytes; admin_port, if there
 * is an endpoint; source_commit of one that follows. */
void node_details(const struct node *n, struct wire_writer *pairs);

/* True if the data directory is marked demo; *clock then stands at its date. */
bool node_demo(const struct path *data, struct clock *clock);

#endif
