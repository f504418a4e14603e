/*
 * follow - a service's input: the journal of the one before it, commit by
 * commit.
 *
 * Asks for what comes behind its own head, steps through what it gets in one
 * turn, asks again. While a turn runs, the next commits are already on their way.
 * A commit with which a turn was not done (turn.h) is asked for again, alone.
 * Pull, never push: what is lost on the way is asked for again, and nobody has to
 * remember what was sent. A source with another log or generation is refused: it
 * is not the journal this state was made from.
 */
#ifndef COMMON_SERVE_FOLLOW_H
#define COMMON_SERVE_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/loop.h"
#include "common/base/sock.h"
#include "common/base/turn.h"

#define FOLLOW_BYTES          (256u << 10) /* asked for at a time: bounds a turn */
#define FOLLOW_WAIT_MS        1000 /* how long the source may wait for more */
#define FOLLOW_TIMEOUT_MS     2000 /* then it is asked again; late is not lost */
#define FOLLOW_TIMEOUT_MAX_MS 8000 /* twice as long each time, up to this */
#define FOLLOW_RETRY_MS       200  /* after a failed turn */
/* A source that is silent for so long is at work on nothing: it hangs. */
#define FOLLOW_SILENT_MS      60000

struct follow_conf {
	const char *endpoint; /* of the source */
	struct loop *loop;
	struct sock_ctx *ctx;
	struct turn *turn;    /* borrowed; loaded */
	uint64_t bytes;       /* asked for at a time; 0: FOLLOW_BYTES */
	struct journal_id id; /* of the source; log 0: take the first one met */
	/* A turn begins, with this frame of commits; may be NULL. */
	void (*begun)(void *self);
	/* A turn committed n commits. */
	void (*committed)(void *self, size_t n);
	/* The first answer: the identity to keep. */
	enum err (*met)(void *self, const struct journal_id *id);
	/* A turn failed, or the source's answer cannot be used; see
	 * follow_goes_on. */
	void (*failed)(void *self, enum err err, const char *what);
	/* The source answers and there is nothing behind this service's head. */
	void (*idle)(void *self);
	void *self;
};

struct follow;

NODISCARD enum err follow_open(struct follow **follow_p,
                               const struct follow_conf *conf,
                               struct sock_refusal *why);
void follow_close(struct follow **follow_p);

/* What passes by itself is tried again (ERR_STORAGE_FULL, ERR_OVERLOADED,
 * ERR_NOMEM, ERR_UNAVAILABLE); after anything else following has ended. */
bool follow_goes_on(enum err err);

/* The source's head as last heard, for the lag. */
uint64_t follow_source_head(const struct follow *f);

/* The source answers (within FOLLOW_SILENT_MS), and said that it and those before it are
 * ready: what somebody sends to Tiendo now comes here. */
bool follow_source_ready(const struct follow *f);

#endif
