/*
 * store_check - whether an LMDB file may be trusted.
 *
 * LMDB keeps no sums and believes what it reads; a damaged file can make it
 * return nonsense or kill the reader. Only store.c calls this, before it opens
 * the environment itself.
 */
#ifndef COMMON_BASE_STORE_CHECK_H
#define COMMON_BASE_STORE_CHECK_H

#include "common/base/err.h"
#include "common/base/store.h"

/*
 * What is wrong with the first pages of the open data.mdb; NULL if nothing is.
 *
 * map_bytes  as in store_conf: pages may be counted that were never written
 * cost       two reads
 */
const char *store_check_head(int fd, uint64_t map_bytes);

/*
 * store_check_walk - read everything once, in a child process.
 *
 * Sums, order and count of all entries, the way from the root to each leaf, the
 * lists of free pages, the room for all pages. Death by a signal is damage.
 *
 * returns  ERR_OK, ERR_CORRUPT, ERR_VERSION, ERR_NOMEM, ERR_IO
 */
NODISCARD enum err store_check_walk(const struct store_conf *conf,
                                    struct store_refusal *why);

#endif
