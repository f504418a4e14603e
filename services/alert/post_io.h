/*
 * post_io - HTTP posts outward: with post_url_io.c, its half that judges what the operator
 * wrote, the only file that knows curl.
 *
 * In the daemon's loop: libcurl's multi interface over an epoll descriptor of its own,
 * which is one source of the loop. A connection is kept open and used again.
 *
 * What it refuses, whatever the URL says (the addresses are looked at when the socket is
 * opened, after the name was resolved, so that no name can point inside):
 *   http to anywhere but loopback; private, link-local, multicast and unspecified
 *   addresses that are not listed (net.h); redirects; a wrong or expired certificate;
 *   a proxy of the environment, cookies, .netrc.
 * Bounds: POST_CONNECT_MS for name, connection and TLS; the timeout for the whole;
 * POST_ANSWER_MAX bytes read of an answer, head and body together.
 * What counts is the status: once the head of an answer was read whole, nothing that
 * its body does (ends early, drips, never ends) changes it. The body itself is read
 * only so that the connection can be used again, and is kept nowhere.
 *
 * Names are resolved in a thread of libcurl's own, which is left to itself when its
 * post is given up: nothing here ever waits for it.
 */
#ifndef SERVICES_ALERT_POST_IO_H
#define SERVICES_ALERT_POST_IO_H

#include "common/base/loop.h"
#include "services/alert/sink.h"

#define POST_FLIGHTS_MAX        32 /* all that all sinks may have */
#define POST_CONNECT_MS         3000
#define POST_ANSWER_MAX         65536
#define POST_SECRET_MAX         256
/* An answer can't ask for more silence than this. */
#define POST_RETRY_AFTER_MAX_MS 3600000

struct post_conf {
	struct loop *loop;
	const char *private_nets; /* as nets_parse has it; "": none */
	const char *ca_file;      /* instead of the system's; "": those */
	int64_t timeout_ms;       /* of a post: 10 s */
	const char *version;      /* for User-Agent */
	/* May send again. Of an answer without a status err is ERR_REFUSED if the
	 * address was not allowed, else ERR_UNAVAILABLE; both may pass. */
	void (*answered)(void *self, uint64_t ticket,
	                 const struct sink_answer *answer);
	void *self;
};

struct post;

/* The settings that can be wrong: a net that is none, a CA file that can't be read or
 * has no certificate: ERR_CONF, why says it. */
NODISCARD enum err post_conf_check(const struct post_conf *conf,
                                   struct buf *why);
/* ERR_CONF as above; ERR_NOMEM, ERR_IO, ERR_TOO_LARGE (the loop is full). */
NODISCARD enum err post_open(struct post **post_p, const struct post_conf *conf,
                             struct buf *why);
void post_close(struct post **post_p); /* posts under way are given up */

/* ERR_CONF: a URL that could never be posted to (scheme, user part, http to anything
 * but localhost or a loopback address); why says it. For the check at start. */
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
