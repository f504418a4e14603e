#include "common/base/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	TICK_MS = 1000, /* how often silent connections are looked for */
	RUNS_MAX = 8,   /* of MHD_run in one wake */
	BACKLOG = 64,
};

struct http {
	struct http_conf conf;
	struct loop *loop;
	struct MHD_Daemon *mhd;
	int listen_fd; /* -1 once the library owns it */
	uint16_t port;
	struct loop_id ready;
	struct loop_id tick;
	struct buf body;
};

__attribute__((format(printf, 3, 4))) static enum err
refuse(struct http_refusal *why, enum err code, const char *format, ...)
{
	va_list args;

	why->code = code;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return code;
}

static enum err
address_parse(const char *text, struct sockaddr_in *address)
{
	char host[HTTP_ADDRESS_MAX];
	const char *colon = strrchr(text, ':');
	struct sockaddr_in got = {.sin_family = AF_INET};
	char *end;
	unsigned long port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    colon[1] == '\0')
		return ERR_CONF;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	errno = 0;
	port = strtoul(colon + 1, &end, 10);
	if (errno != 0 || port > UINT16_MAX)
		return ERR_CONF;
	if (inet_pton(AF_INET,
	              strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
	              &got.sin_addr) != 1)
		return ERR_CONF;
	got.sin_port = htons((uint16_t)port);
	*address = got;
	return ERR_OK;
}

static enum err
listen_open(struct http *h, struct http_refusal *why)
{
	const char *text = h->conf.address;
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	const int on = 1;
	int fd;

	if (address_parse(text, &address) != ERR_OK)
		return refuse(why, ERR_CONF,
		              "%.100s: not an address such as 127.0.0.1:9550",
		              text);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(why, ERR_IO, "%s: %s", text,
		              strerrordesc_np(errno));
	h->listen_fd = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, len) != 0 ||
	    listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return refuse(why, errno == EADDRINUSE ? ERR_IN_USE : ERR_IO,
		              "%s: %s", text, strerrordesc_np(errno));
	h->port = ntohs(address.sin_port);
	return ERR_OK;
}

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status,
       const char *content_type, struct span body)
{
	/* Copied, and the library's type has no const. */
	union {
		const void *in;
		void *out;
	} ptr = {.in = body.ptr};
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    body.len, ptr.out, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", content_type);
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	done = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return done;
}

static enum MHD_Result
answer_text(struct MHD_Connection *connection, unsigned status,
            const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8",
	              span_str(text));
}

static enum MHD_Result
answer_route(struct http *h, struct MHD_Connection *connection,
             const struct http_route *route, void *self)
{
	unsigned status;

	buf_reset(&h->body);
	status = route->respond(self, &h->body);
	if (buf_err(&h->body) != ERR_OK)
		return answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
		                   err_text(buf_err(&h->body)));
	return answer(connection, status, route->content_type,
	              buf_span(&h->body));
}

static const struct http_route *
route_find(const struct http_routes *routes, const char *path)
{
	for (size_t i = 0; routes && i < routes->n; i++)
		if (strcmp(path, routes->rows[i].path) == 0)
			return &routes->rows[i];
	return NULL;
}

/* The form is the library's. An answer at the first call spares reading a
 * body: the connection is closed behind it. */
/* NOLINTBEGIN(readability-function-size,readability-non-const-parameter) */
static enum MHD_Result
on_request(void *self, struct MHD_Connection *connection, const char *path,
           const char *method, const char *version, const char *upload,
           size_t *upload_len, void **request)
{
	struct http *h = self;
	const struct http_routes *routes = &h->conf.routes;
	const struct http_route *route;

	(void)version;
	(void)upload;
	(void)upload_len;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
		                   "only GET\n");
	if (!*request) {
		*request = h;
		return MHD_YES;
	}
	route = route_find(routes, path);
	if (!route) {
		routes = h->conf.more;
		route = route_find(routes, path);
	}
	if (!route)
		return answer_text(connection, MHD_HTTP_NOT_FOUND,
		                   "not found\n");
	return answer_route(h, connection, route, routes->self);
}

/* NOLINTEND(readability-function-size,readability-non-const-parameter) */

/* The library may leave work for at once: bounded here, the rest next wake. */
static void
on_ready(void *self, unsigned events)
{
	struct http *h = self;
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;
	enum MHD_Result more = MHD_YES;

	(void)events;
	for (unsigned i = 0; i < RUNS_MAX && more == MHD_YES && wait_ms == 0;
	     i++) {
		MHD_run(h->mhd);
		more = MHD_get_timeout(h->mhd, &wait_ms);
	}
	if (more == MHD_YES && wait_ms == 0)
		loop_timer_at(h->loop, h->tick, loop_now(h->loop));
	else
		loop_timer_every(h->loop, h->tick, TICK_MS);
}

static void
on_tick(void *self)
{
	on_ready(self, 0);
}

static enum err
server_start(struct http *h, struct http_refusal *why)
{
	const union MHD_DaemonInfo *info;
	const struct MHD_OptionItem options[] = {
	    {MHD_OPTION_LISTEN_SOCKET, h->listen_fd, NULL},
	    {MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX, NULL},
	    {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HTTP_CONNECTION_BYTES, NULL},
	    {MHD_OPTION_CONNECTION_TIMEOUT, HTTP_TIMEOUT_S, NULL},
	    {MHD_OPTION_END, 0, NULL},
	};

	h->mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, h,
	                          MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (!h->mhd)
		return refuse(why, ERR_IO, "%s: the server did not start",
		              h->conf.address);
	h->listen_fd = -1;
	info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return refuse(why, ERR_IO, "%s: no epoll", h->conf.address);
	if (loop_add_timer(h->loop, on_tick, h, &h->tick) != ERR_OK ||
	    loop_add_fd(h->loop, info->epoll_fd, on_ready, h, &h->ready) !=
	        ERR_OK)
		return refuse(why, ERR_TOO_LARGE, "%s: the loop is full",
		              h->conf.address);
	loop_timer_every(h->loop, h->tick, TICK_MS);
	return ERR_OK;
}

enum err
http_open(struct http **http_p, struct loop *loop, const struct http_conf *conf,
          struct http_refusal *why)
{
	struct http *h = calloc(1, sizeof(*h));
	enum err err;

	if (!h)
		return refuse(why, ERR_NOMEM, "%s: out of memory",
		              conf->address);
	h->conf = *conf;
	h->loop = loop;
	h->listen_fd = -1;
	buf_init(&h->body, HTTP_BODY_MAX);
	err = listen_open(h, why);
	if (err == ERR_OK)
		err = server_start(h, why);
	if (err == ERR_OK)
		*http_p = h;
	else
		http_close(&h);
	return err;
}

void
http_close(struct http **http_p)
{
	struct http *h = *http_p;

	if (!h)
		return;
	*http_p = NULL;
	loop_remove(h->loop, h->ready);
	loop_remove_timer(h->loop, h->tick);
	if (h->mhd)
		MHD_stop_daemon(h->mhd);
	if (h->listen_fd >= 0)
		close(h->listen_fd);
	buf_fini(&h->body);
	free(h);
}

uint16_t
http_port(const struct http *http)
{
	return http->port;
}
