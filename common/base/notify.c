#include "common/base/notify.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) == NOTIFY_PATH_MAX,
               "room for what the kernel takes");

enum { NOBODY = -1 };

enum err
notify_open(struct notify *notify, const char *path)
{
	size_t len;

	*notify = (struct notify){.fd = NOBODY};
	if (!path)
		return ERR_OK;
	len = strlen(path);
	if ((path[0] != '/' && path[0] != '@') || len < 2 ||
	    len >= NOTIFY_PATH_MAX)
		return ERR_CONF;
	memcpy(notify->path, path, len);
	if (path[0] == '@')
		notify->path[0] = '\0';
	notify->path_len = len;
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return notify->fd < 0 ? ERR_IO : ERR_OK;
}

void
notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = NOBODY;
}

bool
notify_send(const struct notify *notify, const char *message)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(message);
	socklen_t to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	                               notify->path_len);

	if (notify->fd < 0)
		return false;
	memcpy(to.sun_path, notify->path, notify->path_len);
	return sendto(notify->fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT,
	              (const struct sockaddr *)&to, to_len) == (ssize_t)len;
}
