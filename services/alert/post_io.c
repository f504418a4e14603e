#include "services/alert/post_io.h"

#include <assert.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "services/alert/net.h"
#include "services/alert/sign_io.h"

enum {
	EVENTS_MAX = 32,
	STATUS_MIN = 200, /* below: another head follows */
	LINE_MAX_BYTES = 256,
	MS_PER_S = 1000,
};

_Static_assert(POST_FLIGHTS_MAX == SINKS_MAX * SINK_FLIGHTS_MAX,
               "no sink waits for another's posts");

struct flight {
	struct post *post;
	CURL *easy; /* kept for the next one */
	struct curl_slist *headers;
	bool busy;
	bool clear;   /* http */
	bool refused; /* the address */
	bool headed;  /* a status and all that belongs to it */
	size_t got;   /* bytes of the answer */
	uint64_t ticket;
};

struct post {
	struct post_conf conf;
	struct nets nets;
	CURLM *multi;
	bool global;  /* libcurl is set up */
	int epoll_fd; /* -1: none */
	struct loop_id ready;
	struct loop_id timer;
	struct flight flights[POST_FLIGHTS_MAX];
};

/* --- libcurl's callbacks: addresses, bytes, sockets, time --------------------- */

static bool
address_of(const struct curl_sockaddr *at, struct net_address *address)
{
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} in;

	*address =
	    (struct net_address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
	if (at->family == AF_INET && at->addrlen >= sizeof(in.v4)) {
		memcpy(&in.v4, &at->addr, sizeof(in.v4));
		memcpy(address->byte + 12, &in.v4.sin_addr, 4);
		return true;
	}
	if (at->family == AF_INET6 && at->addrlen >= sizeof(in.v6)) {
		/* It is longer than the member that holds it. */
		memcpy(&in.v6, (const void *)&at->addr, sizeof(in.v6));
		memcpy(address->byte, &in.v6.sin6_addr, 16);
		return true;
	}
	return false;
}

static curl_socket_t
on_open(void *self, curlsocktype purpose, struct curl_sockaddr *at)
{
	struct flight *f = self;
	struct net_address address;

	if (purpose != CURLSOCKTYPE_IPCXN || !address_of(at, &address) ||
	    !net_allowed(&f->post->nets, &address, f->clear)) {
		f->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

/* Another number than len ends the transfer. */
static size_t
count(struct flight *f, size_t len)
{
	f->got += len;
	return f->got > POST_ANSWER_MAX ? 0 : len;
}

/* The forms are libcurl's. */
/* NOLINTBEGIN(readability-non-const-parameter) */
static size_t
on_head(char *line, size_t size, size_t n, void *self)
{
	struct flight *f = self;
	long status = 0;

	if (n == 2 && line[0] == '\r' && line[1] == '\n') {
		(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE,
		                        &status);
		f->headed = f->headed || status >= STATUS_MIN;
	}
	return count(f, size * n);
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *self)
{
	(void)bytes;
	return count(self, size * n);
}

/* NOLINTEND(readability-non-const-parameter) */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *self, void *known)
{
	struct post *p = self;
	struct epoll_event event = {.data.fd = fd};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	event.events |= what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0;
	event.events |= what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0;
	if (epoll_ctl(p->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
	              &event) != 0 &&
	    epoll_ctl(p->epoll_fd, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
	              &event) != 0)
		return -1;
	(void)curl_multi_assign(p->multi, fd, p);
	return 0;
}

static int
on_timeout(CURLM *multi, long wait_ms, void *self)
{
	struct post *p = self;

	(void)multi;
	if (wait_ms < 0)
		loop_timer_stop(p->conf.loop, p->timer);
	else
		loop_timer_at(
		    p->conf.loop, p->timer,
		    clock_mono_plus_ms(loop_now(p->conf.loop), wait_ms));
	return 0;
}

/* --- a flight ends ------------------------------------------------------------ */

struct ending {
	CURLcode code;
	const char *text;
};

static const struct ending endings[] = {
    {CURLE_OPERATION_TIMEDOUT, "timeout"},
    {CURLE_COULDNT_RESOLVE_HOST, "name not found"},
    {CURLE_COULDNT_CONNECT, "no connection"},
    {CURLE_PEER_FAILED_VERIFICATION, "certificate not accepted"},
    {CURLE_SSL_CONNECT_ERROR, "no TLS connection"},
    {CURLE_GOT_NOTHING, "closed without an answer"},
    {CURLE_RECV_ERROR, "connection lost"},
    {CURLE_SEND_ERROR, "connection lost"},
    {CURLE_PARTIAL_FILE, "connection lost"},
    {CURLE_WRITE_ERROR, "answer too long"},
    {CURLE_UNSUPPORTED_PROTOCOL, "not HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, "not HTTP"},
    {CURLE_OUT_OF_MEMORY, "out of memory"},
};

static const char *
ending_text(CURLcode code)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (endings[i].code == code)
			return endings[i].text;
	return curl_easy_strerror(code);
}

static int64_t
retry_after_ms(CURL *easy)
{
	curl_off_t wait_s = 0;

	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s) !=
	        CURLE_OK ||
	    wait_s <= 0)
		return 0;
	return wait_s < POST_RETRY_AFTER_MAX_MS / MS_PER_S
	           ? (int64_t)wait_s * MS_PER_S
	           : POST_RETRY_AFTER_MAX_MS;
}

static void
flight_free(struct flight *f)
{
	curl_slist_free_all(f->headers);
	f->headers = NULL;
	f->busy = false;
}

static void
flight_done(struct flight *f, CURLcode code)
{
	struct post *p = f->post;
	struct sink_answer answer = {.err = ERR_UNAVAILABLE,
	                             .text = ending_text(code)};
	char text[sizeof("HTTP 4294967295")];
	long status = 0;

	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	if (f->headed && status >= STATUS_MIN) {
		answer.err = ERR_OK;
		answer.status = (unsigned)status;
		answer.retry_after_ms = retry_after_ms(f->easy);
		snprintf(text, sizeof(text), "HTTP %u", answer.status);
		answer.text = text;
	} else if (f->refused && code == CURLE_COULDNT_CONNECT) {
		answer.err = ERR_REFUSED;
		answer.text = "address not allowed";
	}
	(void)curl_multi_remove_handle(p->multi, f->easy);
	flight_free(f);
	p->conf.answered(p->conf.self, f->ticket, &answer);
}

/* libcurl tells a time only when it changes; asked each time, none is lost. */
static void
collect(struct post *p)
{
	CURLMsg *message;
	long wait_ms = -1;
	int left;

	while ((message = curl_multi_info_read(p->multi, &left))) {
		CURLcode code = message->data.result;
		void *f = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		                        (char **)&f);
		flight_done(f, code);
	}
	if (curl_multi_timeout(p->multi, &wait_ms) == CURLM_OK)
		on_timeout(p->multi, wait_ms, p);
}

static void
on_ready(void *self, unsigned events)
{
	struct post *p = self;
	struct epoll_event ready[EVENTS_MAX];
	int n = epoll_wait(p->epoll_fd, ready, EVENTS_MAX, 0);
	int running;

	(void)events;
	for (int i = 0; i < n; i++) {
		int what = 0;

		what |= ready[i].events & EPOLLIN ? CURL_CSELECT_IN : 0;
		what |= ready[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
		what |= ready[i].events & (EPOLLERR | EPOLLHUP)
		            ? CURL_CSELECT_ERR
		            : 0;
		(void)curl_multi_socket_action(p->multi, ready[i].data.fd, what,
		                               &running);
	}
	collect(p);
}

static void
on_timer(void *self)
{
	struct post *p = self;
	int running;

	(void)curl_multi_socket_action(p->multi, CURL_SOCKET_TIMEOUT, 0,
	                               &running);
	collect(p);
}

/* --- opening and closing ------------------------------------------------------ */

static enum err
multi_start(struct post *p)
{
	p->global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	if (!p->global || !sign_start())
		return ERR_IO;
	p->multi = curl_multi_init();
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!p->multi || p->epoll_fd < 0)
		return ERR_NOMEM;
	(void)curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
	(void)curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	(void)curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
	(void)curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS,
	                        (long)POST_FLIGHTS_MAX);
	if (loop_add_timer(p->conf.loop, on_timer, p, &p->timer) != ERR_OK)
		return ERR_TOO_LARGE;
	return loop_add_fd(p->conf.loop, p->epoll_fd, on_ready, p, &p->ready);
}

enum err
post_open(struct post **post_p, const struct post_conf *conf, struct buf *why)
{
	struct post *p = calloc(1, sizeof(*p));
	enum err err;

	if (!p)
		return ERR_NOMEM;
	p->conf = *conf;
	p->epoll_fd = -1;
	err = post_conf_check(conf, why);
	if (err == ERR_OK)
		err = nets_parse(&p->nets, conf->private_nets, why);
	if (err == ERR_OK)
		err = multi_start(p);
	if (err == ERR_OK)
		*post_p = p;
	else
		post_close(&p);
	return err;
}

void
post_close(struct post **post_p)
{
	struct post *p = *post_p;

	if (!p)
		return;
	*post_p = NULL;
	for (size_t i = 0; i < POST_FLIGHTS_MAX; i++) {
		struct flight *f = &p->flights[i];

		if (f->busy)
			(void)curl_multi_remove_handle(p->multi, f->easy);
		curl_easy_cleanup(f->easy);
		flight_free(f);
	}
	(void)curl_multi_cleanup(p->multi);
	loop_remove(p->conf.loop, p->ready);
	loop_remove_timer(p->conf.loop, p->timer);
	if (p->epoll_fd >= 0)
		close(p->epoll_fd);
	if (p->global)
		curl_global_cleanup();
	free(p);
}

/* --- a flight begins ---------------------------------------------------------- */

static enum err
header_add(struct flight *f, const char *name, const char *value)
{
	char line[LINE_MAX_BYTES];
	struct curl_slist *longer;
	int len = snprintf(line, sizeof(line), "%s:%s%s", name,
	                   value[0] ? " " : "", value);

	assert(len > 0 && (size_t)len < sizeof(line));
	assert(strpbrk(line, "\r\n") == NULL);
	longer = curl_slist_append(f->headers, line);
	if (!longer)
		return ERR_NOMEM;
	f->headers = longer;
	return ERR_OK;
}

static enum err
headers_make(struct flight *f, const struct sink_post *post, const char *secret,
             int64_t wall_ms)
{
	char signature[SIGN_TEXT_MAX];
	enum err err = header_add(f, "Content-Type", "application/json");

	/* Empty: it doesn't ask before it sends. */
	if (err == ERR_OK)
		err = header_add(f, "Expect", "");
	for (uint32_t i = 0; i < post->n_headers && err == ERR_OK; i++)
		err = header_add(f, post->headers[i].name,
		                 post->headers[i].value);
	if (err != ERR_OK || secret[0] == '\0')
		return err;
	sign(signature, secret, post->body, wall_ms / MS_PER_S);
	return header_add(f, "X-Tiendo-Signature", signature);
}

/* What must hold: a libcurl that doesn't know one of these is none to be used. */
static bool
policy_set(const struct post *p, struct flight *f)
{
	CURL *e = f->easy;
	const char *ca = p->conf.ca_file;
	bool ok = true;

	ok &= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR,
	                       f->clear ? "http" : "https") == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open) ==
	      CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, f) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
	if (f->clear)
		return ok;
	ok &= curl_easy_setopt(e, CURLOPT_SSLVERSION,
	                       (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
	if (ca[0] == '\0')
		return ok;
	ok &= curl_easy_setopt(e, CURLOPT_CAINFO, ca) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK;
	return ok;
}

static bool
request_set(const struct post *p, struct flight *f,
            const struct sink_post *post)
{
	CURL *e = f->easy;
	char agent[LINE_MAX_BYTES];
	bool ok = true;

	snprintf(agent, sizeof(agent), "tiendo/%s", p->conf.version);
	ok &= curl_easy_setopt(e, CURLOPT_URL, post->url) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
	                       (curl_off_t)post->body.len) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, post->body.ptr) ==
	      CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_HTTPHEADER, f->headers) == CURLE_OK;
	ok &= curl_easy_setopt(e, CURLOPT_USERAGENT, agent) == CURLE_OK;
	return ok;
}

static void
transfer_set(const struct post *p, struct flight *f)
{
	CURL *e = f->easy;
	long timeout_ms = (long)p->conf.timeout_ms;

	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
	                       (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms);
	(void)curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS,
	    timeout_ms < POST_CONNECT_MS ? timeout_ms : (long)POST_CONNECT_MS);
	(void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_head);
	(void)curl_easy_setopt(e, CURLOPT_HEADERDATA, f);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, f);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, f);
}

static struct flight *
flight_find(struct post *p)
{
	for (size_t i = 0; i < POST_FLIGHTS_MAX; i++)
		if (!p->flights[i].busy)
			return &p->flights[i];
	return NULL;
}

enum err
post_send(struct post *p, const struct sink_post *post, const char *secret,
          int64_t wall_ms)
{
	struct flight *f = flight_find(p);
	CURL *easy;

	if (!f)
		return ERR_OVERLOADED;
	easy = f->easy ? f->easy : curl_easy_init();
	if (!easy)
		return ERR_NOMEM;
	curl_easy_reset(easy);
	*f = (struct flight){.post = p,
	                     .easy = easy,
	                     .clear = strncasecmp(post->url, "https:", 6) != 0,
	                     .ticket = post->ticket};
	if (headers_make(f, post, secret, wall_ms) != ERR_OK ||
	    !policy_set(p, f) || !request_set(p, f, post)) {
		flight_free(f);
		return ERR_NOMEM;
	}
	transfer_set(p, f);
	if (curl_multi_add_handle(p->multi, easy) != CURLM_OK) {
		flight_free(f);
		return ERR_NOMEM;
	}
	f->busy = true;
	return ERR_OK;
}
