/*
 * alert - the fold from aggregate's journal to verdicts and alerts.
 *
 * One input commit gives one output commit of the same number: VERDICT records
 * of every (target, unit) whose verdict, reason, judged period or target changed
 * (K5), and ALERT records of every transition (L1), both in order of target,
 * unit, severity; behind them GROUP records in order of programme, kind, family
 * (alert_group.h). What has to be looked at again: the targets that read a changed
 * or completed series, all at a new date, all at a new catalogue. A note is kept and
 * changes nothing.
 *
 * Pure; run by turn.c in the daemon and in the simulator. Nothing is delivered
 * here: the journal says what happened, alert_tell.h what of it is told, sinks come
 * behind it.
 */
#ifndef SERVICES_ALERT_ALERT_H
#define SERVICES_ALERT_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/map.h"
#include "common/base/turn.h"
#include "common/domain/catalogue.h"
#include "common/domain/record.h"
#include "services/alert/alert_points.h"
#include "services/alert/alert_state.h"

#define ALERT_BINDINGS_MAX TARGET_BINDINGS_MAX
/* Each version of a binding reads at most one series more, and versions are
 * counted by TARGET_BINDINGS_MAX. */
#define ALERT_READERS_MAX  (ALERT_BINDINGS_MAX + TARGET_BINDINGS_MAX)

/* One target for one unit: sorted by target, unit. */
struct binding {
	uint32_t target;
	uint32_t unit;
	uint32_t family;
	uint64_t unbound; /* bit i: version i does not bind the unit */
	bool dirty;
};

/* A binding reads a series: its own, and those that versions of kind relative are
 * measured by. */
struct reader {
	uint32_t binding;
	uint32_t next; /* index + 1 of the next one of the series; 0: none */
};

/* Notices of one programme at this commit that are not in OUTBOX yet. */
struct tell_pile {
	uint32_t programme;
	uint32_t chunk; /* number of the row to come */
	uint32_t n;     /* in row */
	struct buf row;
};

/* Who came to and left a group at this commit (alert_group.c). */
struct group_change {
	uint32_t programme;
	uint32_t kind;
	uint32_t family;
	uint32_t joined, left; /* units */
};

/* The commit being told; empty between two. */
struct alert_telling {
	uint64_t commit;
	int64_t time_ms;
	bool silent;   /* of a backfill that goes on */
	bool releases; /* what was held is told */
	bool relook;   /* at what did not change, too */
	struct tell_pile *piles;
	uint32_t n_piles, n_piles_cap;
	struct group_change *changes;
	uint32_t n_changes, n_changes_cap;
	/* Memory for one notice, kept. */
	struct buf labels, words, ending, bytes;
};

struct alert_service {
	bool demo;                   /* labels say so */
	struct catalogue *catalogue; /* NULL: none applied yet */
	uint64_t catalogue_version;
	struct tick tick;
	struct binding *bindings;
	uint32_t n_bindings, n_bindings_cap;
	struct reader *readers;
	uint32_t n_readers, n_readers_cap;
	struct map series; /* family, unit -> its last reader */
	struct alert_points points;
	struct buf scratch;
	struct alert_telling telling;
	uint64_t judged;  /* verdicts computed since start, for metrics */
	uint64_t notices; /* put into OUTBOX since start */
};

void alert_init(struct alert_service *a, bool demo);
void alert_fini(struct alert_service *a);

/* For turn_init, with a struct alert_service as self. */
extern const struct turn_ops alert_turn_ops;

/* The binding of a target and unit; NULL: there is none. Cost: log2 of them. */
struct binding *alert_binding(const struct alert_service *a, uint32_t target,
                              uint32_t unit);
/* The bindings of one target: [*from, *to). */
void alert_bindings_of(const struct alert_service *a, uint32_t target,
                       uint32_t *from, uint32_t *to);

#endif
