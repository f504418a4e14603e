/*
 * paths - where things lie.
 *
 * The data directory is the one named (--data), else TIENDO_DATA, else
 * /var/lib/tiendo if it is writable, else $XDG_DATA_HOME/tiendo, else
 * $HOME/.local/share/tiendo. In it: one directory a service, and run/ for
 * sockets. Nothing is read from the environment here: it is an argument.
 */
#ifndef COMMON_BASE_PATHS_H
#define COMMON_BASE_PATHS_H

#include <stddef.h>

#include "common/base/err.h"

#define PATHS_MAX          1024 /* bytes of a path with its NUL */
#define PATHS_ENDPOINT_MAX (PATHS_MAX + 8)

struct path {
	char text[PATHS_MAX];
};

/* The value of name in envp, NULL if it is not there or empty. */
const char *env_get(char *const *envp, const char *name);

/*
 * data_dir_resolve - the data directory, absolute or as it was named.
 *
 * named    what the operator gave; NULL or "": nothing
 * system   "/var/lib/tiendo"; tests give another
 * returns  ERR_OK, ERR_CONF: nothing says where (no HOME), ERR_TOO_LARGE
 */
NODISCARD enum err data_dir_resolve(const char *named, char *const *envp,
                                    const char *system, struct path *data);
#define PATHS_SYSTEM_DATA "/var/lib/tiendo"

/* <data>/<service>. ERR_TOO_LARGE; so the two below. */
NODISCARD enum err path_service(const struct path *data, const char *service,
                                struct path *out);
/* <data>/run */
NODISCARD enum err path_run(const struct path *data, struct path *out);
/* <data>/run/<service>.sock */
NODISCARD enum err path_sock(const struct path *data, const char *service,
                             struct path *out);
/* ipc://<data>/run/<service>.sock into PATHS_ENDPOINT_MAX bytes. */
NODISCARD enum err path_endpoint(const struct path *data, const char *service,
                                 char out[PATHS_ENDPOINT_MAX]);

/* ipc://<data>/run/<service>.pub: what changes, told live. */
NODISCARD enum err path_publish(const struct path *data, const char *service,
                                char out[PATHS_ENDPOINT_MAX]);

/* Makes <data> with all above it, and <data>/run; what it makes has mode 0700.
 * ERR_IO (errno), ERR_STORAGE_FULL, ERR_TOO_LARGE. */
NODISCARD enum err paths_make(const struct path *data);

#endif
