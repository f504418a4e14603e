/*
 * supervise - the daemons of this machine as children: started, started again
 * after a crash with a growing pause, stopped in order.
 *
 * A child dies with its parent, whatever kills that. Its own process group keeps
 * a terminal's Ctrl-C away from it: the parent stops children one after another.
 */
#ifndef SERVICES_CTL_SUPERVISE_H
#define SERVICES_CTL_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "services/ctl/ctl.h"

#define SUPERVISE_PAUSE_MS     100  /* before the first start again */
#define SUPERVISE_PAUSE_MAX_MS 5000 /* doubled up to here */
#define SUPERVISE_STEADY_MS    10000 /* alive so long: the pause is small again */
#define SUPERVISE_GRACE_MS     15000 /* from SIGTERM to SIGKILL */

struct child {
	pid_t pid; /* 0: not running */
	struct mono started;
	struct mono due; /* when it may be started */
	int64_t pause_ms;
};

struct supervise {
	const struct ctl *ctl;
	char folder[PATHS_MAX]; /* of the daemons' binaries: our own */
	sigset_t signals;       /* blocked here, not in children */
	sigset_t former;
	int signal_fd;
	struct child children[CTL_SERVICES];
};

/* Blocks signals, finds the binaries. ERR_OK, ERR_IO, ERR_UNAVAILABLE: a binary is
 * missing, which was said. */
NODISCARD enum err supervise_open(struct supervise *s, const struct ctl *ctl);
void supervise_close(struct supervise *s);

/* Starts what is due. ERR_IO: no process can be made. */
NODISCARD enum err supervise_start(struct supervise *s);
/*
 * supervise_wait - waits until something happens, at most wait_ms.
 *
 * returns  -1: go on; else stop, with this exit code: 0 after SIGINT or SIGTERM,
 *          64 or 78 that a child ended with (it would end so again). Children
 *          that ended otherwise are due later; SIGHUP is passed on
 */
NODISCARD int supervise_wait(struct supervise *s, int64_t wait_ms);
/* Last to first: alert, aggregate, ingest. A signal meanwhile ends the grace. */
void supervise_stop(struct supervise *s);

#endif
