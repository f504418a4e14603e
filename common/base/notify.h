/*
 * notify - tells the service manager how we are (sd_notify, without libsystemd).
 *
 * One datagram for each message, to the socket named by NOTIFY_SOCKET. Without
 * one, or when nobody listens, nothing happens: a supervisor is a comfort.
 */
#ifndef COMMON_BASE_NOTIFY_H
#define COMMON_BASE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

#define NOTIFY_PATH_MAX 108 /* bytes of sun_path */

struct notify {
	int fd; /* -1: nobody to tell */
	size_t path_len;
	char path[NOTIFY_PATH_MAX]; /* begins with a zero byte if abstract */
};

/*
 * notify_open - path as in NOTIFY_SOCKET: absolute, or @ and an abstract name;
 * NULL: nobody to tell.
 *
 * returns  ERR_OK, ERR_CONF: no such form or too long, ERR_IO. In each case
 *          notify may be used and closed.
 */
NODISCARD enum err notify_open(struct notify *notify, const char *path);
void notify_close(struct notify *notify);

/* message: lines such as READY=1. false: it was not delivered. */
bool notify_send(const struct notify *notify, const char *message);

#endif
