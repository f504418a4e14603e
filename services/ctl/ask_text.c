#include "services/ctl/ask_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS_MAX 64
#define CHUNK_BYTES 4096
#define END_LOOK_MS 5

static const char head_end[] = "\r\n\r\n";

/* Until the other side closes. fd doesn't block. */
static enum err
read_all(const struct clock *clock, int fd, struct mono until, struct buf *out)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t n = 1;

	while (n != 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = clock_ms_between(clock_mono_now(clock), until);

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			return ERR_UNAVAILABLE;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return ERR_UNAVAILABLE;
		if (n > 0)
			buf_put(out, chunk, (size_t)n);
		if (buf_err(out) != ERR_OK)
			return buf_err(out);
	}
	return ERR_OK;
}

/* --- a program ------------------------------------------------------------------ */

static enum err
program_start(char *const *argv, char *const *envp, int out_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	enum err err = ERR_NOT_FOUND;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return ERR_NOMEM;
	if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY,
	                                     0) == 0 &&
	    posix_spawn_file_actions_adddup2(&actions, out_fd, 1) == 0 &&
	    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY,
	                                     0) == 0 &&
	    posix_spawn(pid, argv[0], &actions, NULL, argv, envp) == 0)
		err = ERR_OK;
	(void)posix_spawn_file_actions_destroy(&actions);
	return err;
}

/* It has closed its output: it ends by then, or is made to. */
static int
program_end(const struct clock *clock, pid_t pid, struct mono until)
{
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_ms_between(clock_mono_now(clock), until) <= 0)
			(void)kill(pid, SIGKILL);
		(void)poll(NULL, 0, END_LOOK_MS);
	}
	return status;
}

enum err
ask_program(const struct clock *clock, char *const *argv, char *const *envp,
            struct buf *out)
{
	struct mono until =
	    clock_mono_plus_ms(clock_mono_now(clock), ASK_TEXT_MS);
	int ends[2];
	int status = 0;
	pid_t pid = 0;
	enum err err;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ERR_IO;
	err = program_start(argv, envp, ends[1], &pid);
	(void)close(ends[1]);
	if (err == ERR_OK && fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0)
		err = ERR_IO;
	if (err == ERR_OK)
		err = read_all(clock, ends[0], until, out);
	(void)close(ends[0]);
	if (pid == 0)
		return err;
	if (err != ERR_OK)
		until = clock_mono_now(clock);
	status = program_end(clock, pid, until);
	if (err == ERR_OK && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		err = ERR_NOT_FOUND;
	return err;
}

/* --- an admin endpoint ----------------------------------------------------------- */

static enum err
address_read(const char *text, struct sockaddr_in *out)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_in got = {.sin_family = AF_INET};
	char host[ADDRESS_MAX];
	unsigned long port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return ERR_CONF;
	(void)snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	errno = 0;
	port = strtoul(colon + 1, NULL, 10);
	if (errno != 0 || port == 0 || port > UINT16_MAX ||
	    inet_pton(AF_INET,
	              strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
	              &got.sin_addr) != 1)
		return ERR_CONF;
	got.sin_port = htons((uint16_t)port);
	*out = got;
	return ERR_OK;
}

static enum err
dial(const struct sockaddr_in *to, int64_t wait_ms, int *fd_out)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int failed = 0;

	if (fd < 0)
		return ERR_IO;
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0 ||
	    (errno == EINPROGRESS && poll(&p, 1, (int)wait_ms) == 1 &&
	     getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) == 0 &&
	     failed == 0)) {
		*fd_out = fd;
		return ERR_OK;
	}
	(void)close(fd);
	return ERR_UNAVAILABLE;
}

/* Of the whole answer its body stays. */
static enum err
body_take(struct buf *answer, struct buf *out)
{
	const char *text = buf_cstr(answer);
	const char *end;

	if (!text)
		return ERR_NOMEM;
	end = strstr(text, head_end);
	if (strncmp(text, "HTTP/1.", 7) != 0 || !end ||
	    strncmp(text + strcspn(text, " "), " 200", 4) != 0)
		return ERR_NOT_FOUND;
	buf_put_str(out, end + sizeof(head_end) - 1);
	return buf_err(out);
}

enum err
ask_http(const struct clock *clock, const char *address, const char *path,
         struct buf *out)
{
	struct mono until =
	    clock_mono_plus_ms(clock_mono_now(clock), ASK_TEXT_MS);
	struct sockaddr_in to;
	char request[256];
	struct buf answer;
	int fd = -1;
	enum err err = address_read(address, &to);
	int n =
	    snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s%s",
	             path, address, head_end);

	if (err == ERR_OK && n >= (int)sizeof(request))
		err = ERR_TOO_LARGE;
	if (err == ERR_OK)
		err = dial(&to, ASK_TEXT_MS, &fd);
	if (err != ERR_OK)
		return err;
	buf_init(&answer, out->max_bytes);
	if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		err = ERR_UNAVAILABLE;
	if (err == ERR_OK)
		err = read_all(clock, fd, until, &answer);
	(void)close(fd);
	if (err == ERR_OK)
		err = body_take(&answer, out);
	buf_fini(&answer);
	return err;
}
