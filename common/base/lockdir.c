#include "common/base/lockdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_TEXT_MAX = 24, BAD_FD = -1 };

static enum err
errno_err(void)
{
	return errno == ENOSPC || errno == EDQUOT ? ERR_STORAGE_FULL : ERR_IO;
}

/* A new name is durable only when the directory around it is synced. */
static enum err
sync_parent(const char *dir)
{
	char parent[PATH_MAX];
	int len = snprintf(parent, sizeof(parent), "%s/..", dir);
	int fd;
	int failed;

	if (len < 0 || (size_t)len >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	failed = fsync(fd);
	close(fd);
	return failed ? errno_err() : ERR_OK;
}

static enum err
dir_make(const char *dir, bool sync)
{
	if (mkdir(dir, 0700) == 0)
		return sync ? sync_parent(dir) : ERR_OK;
	return errno == EEXIST ? ERR_OK : errno_err();
}

static pid_t
pid_read(int fd)
{
	char text[PID_TEXT_MAX] = "";
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	return len > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

/* The pid is a courtesy: a disk too full for it doesn't stop a start. */
static void
pid_write(int fd)
{
	char text[PID_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
		errno = 0;
}

static enum err
lock_take(int fd, pid_t *holder)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		pid_write(fd);
		return ERR_OK;
	}
	if (errno != EWOULDBLOCK)
		return ERR_IO;
	*holder = pid_read(fd);
	return ERR_IN_USE;
}

enum err
lockdir_open(struct lockdir *lock, const char *dir, bool sync, pid_t *holder)
{
	struct lockdir got = {.dir_fd = BAD_FD, .lock_fd = BAD_FD};
	enum err err = dir_make(dir, sync);

	if (err != ERR_OK)
		return err;
	got.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (got.dir_fd < 0)
		return ERR_IO;
	got.lock_fd = openat(got.dir_fd, "lock",
	                     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = got.lock_fd < 0 ? errno_err() : lock_take(got.lock_fd, holder);
	if (err != ERR_OK) {
		int why = errno;

		lockdir_close(&got);
		errno = why;
		return err;
	}
	*lock = got;
	return ERR_OK;
}

void
lockdir_close(struct lockdir *lock)
{
	if (lock->lock_fd >= 0)
		close(lock->lock_fd);
	if (lock->dir_fd >= 0)
		close(lock->dir_fd);
	*lock = (struct lockdir){.dir_fd = BAD_FD, .lock_fd = BAD_FD};
}
