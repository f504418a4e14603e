#include "tests/bench/receiver.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define READ_BYTES 65536

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

static void
connection_close(struct receiver_connection *c)
{
	if (c->fd < 0)
		return;
	loop_remove(c->receiver->loop, c->source);
	(void)close(c->fd);
	c->fd = -1;
	buf_fini(&c->in);
}

/* Bytes of the body that the head announces. */
static size_t
body_bytes(const uint8_t *head, size_t len)
{
	static const char name[] = "Content-Length:";
	const char *at = memmem(head, len, name, sizeof(name) - 1);

	bench_must(at != NULL, "a post without Content-Length");
	return strtoul(at + sizeof(name) - 1, NULL, 10);
}

/* One post at a time: a client that stays on a connection waits for its answer. */
static void
post_look(struct receiver_connection *c, double at)
{
	const uint8_t *in = c->in.ptr;
	const uint8_t *end = memmem(in, c->in.len, "\r\n\r\n", 4);
	size_t head, body;

	if (end == NULL)
		return;
	head = (size_t)(end - in) + 4;
	body = body_bytes(in, head);
	if (c->in.len < head + body)
		return;
	bench_must(write(c->fd, answer, sizeof(answer) - 1) ==
	               sizeof(answer) - 1,
	           "answer of the receiver");
	c->receiver->got(c->receiver->self, span_of(in + head, body), at);
	buf_reset(&c->in);
}

static void
connection_ready(void *self, unsigned events)
{
	struct receiver_connection *c = self;
	static const size_t room = READ_BYTES;
	uint8_t bytes[READ_BYTES / 8];
	double at = bench_seconds();

	(void)events;
	for (size_t all = 0; all < room;) {
		ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n == 0) {
			connection_close(c);
			return;
		}
		if (n < 0)
			break;
		buf_put(&c->in, bytes, (size_t)n);
		all += (size_t)n;
	}
	bench_ok(buf_err(&c->in), "a post");
	post_look(c, at);
}

static void
client_ready(void *self, unsigned events)
{
	struct receiver *r = self;
	struct receiver_connection *c = NULL;
	int one = 1;

	(void)events;
	for (size_t i = 0; i < RECEIVER_CONNECTIONS && c == NULL; i++) {
		if (r->connections[i].fd < 0)
			c = &r->connections[i];
	}
	bench_must(c != NULL, "connections");
	c->fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC);
	bench_must(c->fd >= 0, "accept");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	buf_init(&c->in, RECEIVER_POST_MAX);
	bench_ok(loop_add_fd(r->loop, c->fd, connection_ready, c, &c->source),
	         "loop");
}

void
receiver_open(struct receiver *r, struct loop *loop,
              void (*got)(void *self, struct span body, double at_seconds),
              void *self)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	*r = (struct receiver){.loop = loop, .got = got, .self = self};
	for (size_t i = 0; i < RECEIVER_CONNECTIONS; i++) {
		r->connections[i].receiver = r;
		r->connections[i].fd = -1;
	}
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bench_must(r->fd >= 0 &&
	               bind(r->fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	               listen(r->fd, RECEIVER_CONNECTIONS) == 0 &&
	               getsockname(r->fd, (struct sockaddr *)&at, &len) == 0,
	           "listen");
	r->port = ntohs(at.sin_port);
	bench_ok(loop_add_fd(loop, r->fd, client_ready, r, &r->source), "loop");
}

void
receiver_close(struct receiver *r)
{
	for (size_t i = 0; i < RECEIVER_CONNECTIONS; i++)
		connection_close(&r->connections[i]);
	loop_remove(r->loop, r->source);
	(void)close(r->fd);
}
