#include "tests/lib/tmpdir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

void
tmpdir_open(struct tmpdir *dir)
{
	const char *base = getenv("TMPDIR");
	int len = snprintf(dir->path, sizeof(dir->path), "%s/tiendo-XXXXXX",
	                   base ? base : "/tmp");

	must(len > 0 && (size_t)len < sizeof(dir->path), "TMPDIR");
	must(mkdtemp(dir->path) != NULL, dir->path);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
tmpdir_close(struct tmpdir *dir)
{
	must(nftw(dir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0,
	     dir->path);
	dir->path[0] = '\0';
}

const char *
tmpdir_path(const struct tmpdir *dir, const char *name, char *out,
            unsigned long out_bytes)
{
	int len = snprintf(out, out_bytes, "%s/%s", dir->path, name);

	must(len > 0 && (unsigned long)len < out_bytes, name);
	return out;
}
