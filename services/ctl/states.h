/*
 * states - what every service of this data directory says of itself (HEALTH).
 */
#ifndef SERVICES_CTL_STATES_H
#define SERVICES_CTL_STATES_H

#include <stdbool.h>

#include "proto/wire.h"
#include "services/ctl/ctl.h"

struct service_state {
	enum err err; /* of asking; the rest is set with ERR_OK */
	bool ready;
	char reason[WIRE_TEXT_MAX + 1];
	uint64_t commit;
	uint64_t time_ms;
	struct buf details; /* bytes of the list below */
	uint32_t n_details;
};

struct states {
	struct service_state of[CTL_SERVICES];
};

/* Asks each, waiting at most timeout_ms for each. */
void states_ask(const struct ctl *ctl, int64_t timeout_ms,
                struct states *states);
/* Asks those that answered before; of the others what is known of them is copied. */
void states_again(const struct ctl *ctl, int64_t timeout_ms,
                  const struct states *before, struct states *states);
void states_fini(struct states *states);
/* text to value: wire_pairs_next; lives as long as states. */
struct wire_list states_details(const struct service_state *state);
bool states_ready(const struct states *states); /* all */
/* Commits behind ingest; 0 for ingest, and where it isn't known. */
uint64_t states_lag(const struct states *states, enum ctl_service service);

#endif
