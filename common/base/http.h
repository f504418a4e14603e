/*
 * http - the admin endpoint: a few fixed paths, GET only, plain text.
 *
 * For Prometheus and probes. Not an API: no parameters, no bodies, no keys; so
 * it listens on loopback unless the operator writes another address. It runs in
 * the daemon's loop, bounded in connections, memory and time.
 */
#ifndef COMMON_BASE_HTTP_H
#define COMMON_BASE_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/loop.h"

#define HTTP_CONNECTIONS_MAX  16
#define HTTP_CONNECTION_BYTES 16384 /* request line, headers, one answer head */
#define HTTP_TIMEOUT_S        10    /* of a silent connection */
#define HTTP_BODY_MAX         (8u << 20)
#define HTTP_ADDRESS_MAX      64

struct http;

struct http_route {
	const char *path;
	const char *content_type;
	/* Fills body; returns the status (200, 503). */
	unsigned (*respond)(void *self, struct buf *body);
};

struct http_routes {
	const struct http_route *rows; /* outlive the http */
	size_t n;
	void *self; /* of respond */
};

struct http_conf {
	const char *address; /* "127.0.0.1:9550"; port 0: any free one */
	struct http_routes routes;
	/* Looked in after routes, at each request: may change meanwhile. Outlives the
	 * http; NULL: none. */
	const struct http_routes *more;
};

struct http_refusal {
	enum err code;
	char text[256];
};

/*
 * http_open - listen, and answer from within loop.
 *
 * returns  ERR_OK
 *          ERR_CONF    address: not an IPv4 address (or localhost) and a port
 *          ERR_IN_USE  address taken
 *          ERR_IO, ERR_NOMEM, ERR_TOO_LARGE (loop has no room)
 */
NODISCARD enum err http_open(struct http **http_p, struct loop *loop,
                             const struct http_conf *conf,
                             struct http_refusal *why);
void http_close(struct http **http_p);

uint16_t http_port(const struct http *http); /* the one listened on */

#endif
