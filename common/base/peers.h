/*
 * peers - who sent a message, as a number that never means somebody else.
 *
 * A ROUTER socket knows its peers by bytes; turns carry a uint64_t. The table is
 * bounded: when it is full, the peer silent for longest gives way if it has been
 * silent for idle_ms, else the newcomer is refused. A number whose peer gave way
 * or was dropped is ERR_NOT_FOUND for ever: places are used again, numbers not.
 * Who calls it: sock.c.
 */
#ifndef COMMON_BASE_PEERS_H
#define COMMON_BASE_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define PEER_IDENTITY_MAX 255 /* bytes; what ZeroMQ allows */

struct peers;

/* Allocates all it will ever need, about 300 bytes a peer. ERR_NOMEM. */
NODISCARD enum err peers_new(struct peers **peers_p, size_t n_max,
                             int64_t idle_ms);
void peers_free(struct peers **peers_p);

/*
 * peers_see - the number of identity, given if it is new; it is awake now.
 *
 * *peer    never 0
 * returns  ERR_OK, ERR_OVERLOADED: full of peers that are awake,
 *          ERR_TOO_LARGE: identity longer than PEER_IDENTITY_MAX
 * cost     one hash
 */
NODISCARD enum err peers_see(struct peers *peers, struct span identity,
                             struct mono now, uint64_t *peer);

/* A view until the next peers_see or peers_drop. ERR_NOT_FOUND. */
NODISCARD enum err peers_identity(const struct peers *peers, uint64_t peer,
                                  struct span *identity);
void peers_drop(struct peers *peers, uint64_t peer); /* gone: no effect */
size_t peers_count(const struct peers *peers);

#endif
