/*
 * tar - files in memory as one archive (POSIX ustar), and gzip of it.
 *
 * For a support bundle: plain files of one owner, nothing else that tar can hold.
 */
#ifndef SERVICES_CTL_TAR_H
#define SERVICES_CTL_TAR_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define TAR_NAME_MAX 99 /* bytes of a member's name */

/* A file with mode 0600. name: at most TAR_NAME_MAX bytes, anything longer is a bug;
 * mtime_s: since 1970, not before. out keeps a failure. */
void tar_add(struct buf *out, const char *name, struct span content,
             int64_t mtime_s);
/* Behind the last one. */
void tar_end(struct buf *out);

/* RFC 1952 of all of content, into out. ERR_OK, ERR_NOMEM, ERR_TOO_LARGE (out's
 * ceiling). */
NODISCARD enum err tar_gzip(struct span content, struct buf *out);

#endif
