/*
 * post_io - HTTP posts outward: the only file that knows curl.
 *
 * In the daemon's loop: libcurl's multi interface over an epoll descriptor of its own,
 * which is one source of the loop. A connection is kept open and used again.
 *
 * What it refuses, whatever the URL says (the addresses are looked at when the socket is
 * opened, after the name was resolved, so that no name can point inside):
 *   http to anywhere but loopback; private, link-local, multicast and unspecified
 *   addresses that are not listed; redirects; a wrong or expired certificate.
 * Bounds: POST_CONNECT_MS, the timeout for the whole, POST_ANSWER_MAX bytes read of
 * an answer (what follows is not read: the connection is closed, the status holds).
 */
#ifndef SERVICES_ALERT_POST_IO_H
#define SERVICES_ALERT_POST_IO_H

#include "common/base/loop.h"
#include "common/base/paths.h"
#include "services/alert/sink.h"

#define POST_FLIGHTS_MAX (SINKS_MAX * SINK_FLIGHTS_MAX)
#define POST_CONNECT_MS  3000
#define POST_ANSWER_MAX  65536
#define POST_NETS_MAX    32
#define POST_SECRET_MAX  256

struct post_conf {
	struct loop *loop;
	const char *private_nets; /* "10.0.0.0/8 192.168.1.5 fd00::/8"; "" */
	const char *ca_file;      /* ""; the system's */
	int64_t timeout_ms;       /* of a post: 10 s */
	const char *version;      /* for User-Agent */
	void (*answered)(void *self, uint64_t ticket,
	                 const struct sink_answer *answer);
	void *self;
};

struct post;

/* ERR_CONF: a net that is none, the CA file can't be read; why says it. */
NODISCARD enum err post_open(struct post **post_p, const struct post_conf *conf,
                             struct buf *why);
void post_close(struct post **post_p); /* posts under way are given up */

/* ERR_CONF: a URL that could never be posted to (scheme, user part, http to a name
 * or address that is not loopback); why says it. For the check at start. */
NODISCARD enum err post_url_check(const char *url, struct buf *why);

/*
 * post_send - begins a post; answered() is called later, never from within.
 *
 * secret   "": unsigned. Else the header X-Tiendo-Signature: t=<unix seconds>,
 *          v1=<hex of HMAC-SHA256(secret, t "." body)>
 * wall_ms  for it
 * returns  ERR_OK; ERR_OVERLOADED: POST_FLIGHTS_MAX under way; ERR_NOMEM
 */
NODISCARD enum err post_send(struct post *p, const struct sink_post *post,
                             const char *secret, int64_t wall_ms);

#endif
