#include "services/ctl/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/paths.h"

static enum err
failure(void)
{
	return errno == ENOSPC || errno == EDQUOT ? ERR_STORAGE_FULL : ERR_IO;
}

static bool
put_all(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text.ptr += n;
		text.len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* A file beside path, of the text; its name goes to name. */
static enum err
beside_make(const char *path, struct span text, mode_t mode,
            char name[PATHS_MAX + 8])
{
	int n = snprintf(name, PATHS_MAX + 8, "%s.XXXXXX", path);
	int fd = -1;
	bool done;

	errno = ENAMETOOLONG;
	if (n > 0 && n < PATHS_MAX + 8)
		fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return failure();
	done = put_all(fd, text) && fchmod(fd, mode) == 0;
	if (close(fd) != 0)
		done = false;
	if (done)
		return ERR_OK;
	n = errno;
	(void)unlink(name);
	errno = n;
	return failure();
}

static enum err
file_make(const char *path, struct span text, mode_t mode, unsigned flags)
{
	char name[PATHS_MAX + 8];
	enum err err = beside_make(path, text, mode, name);
	int why;

	if (err != ERR_OK ||
	    renameat2(AT_FDCWD, name, AT_FDCWD, path, flags) == 0)
		return err;
	why = errno;
	(void)unlink(name);
	errno = why;
	return why == EEXIST ? ERR_IN_USE : failure();
}

enum err
newfile_replace(const char *path, struct span text)
{
	return file_make(path, text, 0644, 0);
}

enum err
newfile_create(const char *path, struct span text)
{
	return file_make(path, text, 0600, RENAME_NOREPLACE);
}
