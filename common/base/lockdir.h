/*
 * lockdir - a directory that belongs to one process.
 *
 * Makes it (mode 0700) if missing and takes <dir>/lock with flock, which the
 * kernel gives back however the process ends. The file carries the pid, only for
 * the message. Who calls it: store.c for its environment, ctl for the whole data
 * directory. Not for file systems without flock (NFS).
 */
#ifndef COMMON_BASE_LOCKDIR_H
#define COMMON_BASE_LOCKDIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/err.h"

struct lockdir {
	int dir_fd;  /* -1 when closed; for openat, renameat, fsync */
	int lock_fd; /* -1 when closed */
};

/*
 * lockdir_open - make and take dir; its parent must exist.
 *
 * sync     fsync the parent when the directory was made
 * holder   set only with ERR_IN_USE: pid of the owner, 0 if unknown
 * returns  ERR_OK, ERR_IN_USE, ERR_STORAGE_FULL, ERR_IO (errno tells why)
 */
NODISCARD enum err lockdir_open(struct lockdir *lock, const char *dir,
                                bool sync, pid_t *holder);
void lockdir_close(struct lockdir *lock); /* not open: no effect */

#endif
