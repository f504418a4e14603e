#include "services/ctl/scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/paths.h"

#define FORMAT 1

/* All that a store may make; none of them is opened by name again. */
static void
names_remove(const char *dir)
{
	static const char *const names[] = {"data.mdb", "new.mdb", "lock.mdb",
	                                    "lock"};
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < sizeof(names) / sizeof(*names); i++)
		(void)unlinkat(fd, names[i], 0);
	if (fd >= 0)
		(void)close(fd);
	(void)rmdir(dir);
}

enum err
scratch_open(const char *parent, struct store **store_p)
{
	struct path dir;
	struct store_refusal why;
	struct store_conf conf = {.dir = dir.text,
	                          .kind = "scratch",
	                          .format = FORMAT,
	                          .map_bytes = SCRATCH_BYTES_MAX};
	int n =
	    snprintf(dir.text, sizeof(dir.text), "%s/scratch.XXXXXX", parent);
	enum err err;

	if (n < 0 || n >= (int)sizeof(dir.text))
		return ERR_TOO_LARGE;
	if (mkdtemp(dir.text) == NULL)
		return ERR_IO;
	err = store_open(store_p, &conf, &why);
	names_remove(dir.text);
	return err;
}

enum err
scratch_room(struct store *store)
{
	struct store_usage usage;
	enum err err = store_usage(store, &usage);

	if (err != ERR_OK)
		return err;
	return usage.file_bytes > usage.disk_free_bytes ? ERR_STORAGE_FULL
	                                                : ERR_OK;
}
