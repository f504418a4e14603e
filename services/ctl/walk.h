/*
 * walk - a service's journal read from its first commit on, records at hand.
 */
#ifndef SERVICES_CTL_WALK_H
#define SERVICES_CTL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/journal.h"
#include "common/client/client.h"

struct walk {
	/* Last commit; 0: what was the last at the first answer, and then its
	 * number, which stays 0 for an empty journal. */
	uint64_t end;
	/* records: of the commit, views until it returns. Anything but ERR_OK
	 * ends the walk. */
	enum err (*each)(void *self, const struct commit *commit,
	                 const struct span *records);
	void *self;
	bool refused; /* what walk_journal returned came from each */
};

/* ERR_OK; what `each` gave; as client_commits_next, ERR_CORRUPT, ERR_NOMEM; and
 * ERR_NOT_FOUND: the journal ends before walk->end. */
NODISCARD enum err walk_journal(struct client *client, struct walk *walk);

#endif
