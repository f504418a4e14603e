/*
 * scratch - a store that ends with the process.
 *
 * Its files are made in a directory of its own and lose their names at once: the
 * kernel gives the room back when the store is closed or the process ends, however
 * that comes about. Nothing in it is synced.
 */
#ifndef SERVICES_CTL_SCRATCH_H
#define SERVICES_CTL_SCRATCH_H

#include "common/base/store.h"

#define SCRATCH_BYTES_MAX ((uint64_t)64 << 30) /* of it; address space */

/*
 * scratch_open - an empty store beneath a directory.
 *
 * *store_p  store_close
 * returns   ERR_OK, ERR_IO (errno), ERR_NOMEM, ERR_STORAGE_FULL, ERR_TOO_LARGE: the
 *           path
 */
NODISCARD enum err scratch_open(const char *parent, struct store **store_p);

/* ERR_STORAGE_FULL: it has taken more of its disk than it leaves to others. Not within
 * a transaction. */
NODISCARD enum err scratch_room(struct store *store);

#endif
