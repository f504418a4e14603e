/*
 * newfile - a file of results written whole or not at all.
 *
 * For other programs that may read it at any moment, and for operators who must not
 * lose what they have. Where disks and names lie is the caller's business.
 */
#ifndef SERVICES_CTL_NEWFILE_H
#define SERVICES_CTL_NEWFILE_H

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * newfile_replace - text takes the place of path at once: a file beside it, synced,
 * is renamed. Mode 0644: it is written for others to read.
 *
 * returns  ERR_OK; ERR_IO, ERR_STORAGE_FULL: path is as it was, errno says why
 */
NODISCARD enum err newfile_replace(const char *path, struct span text);

/*
 * newfile_create - the same with mode 0600, never over an existing file.
 *
 * returns  ERR_OK; ERR_IN_USE: there is one (a link to nowhere is one too); ERR_IO,
 *          ERR_STORAGE_FULL: no file is left, errno says why
 */
NODISCARD enum err newfile_create(const char *path, struct span text);

#endif
