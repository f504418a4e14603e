#include "tests/bench/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

#define BYTES_MAX   ((size_t)1 << 30) /* of the batches of one producer */
#define HELLO_ID    UINT64_C(1000000000)
#define SEND_QUEUE  64
#define FRAMES_MAX  4
#define BATCHES_NEW 1024

void
load_open(struct load *load, char name, size_t n_producers)
{
	bench_must(n_producers <= LOAD_PRODUCERS_MAX, "producers");
	*load = (struct load){.n_producers = n_producers};
	load->clock = clock_real();
	wire_batch_init(&load->writer, WIRE_ROWS_MAX, WIRE_MESSAGE_MAX);
	sock_message_init(&load->message);
	bench_ok(loop_open(&load->loop, &load->clock), "loop");
	bench_ok(sock_ctx_open(&load->ctx), "context");
	for (size_t i = 0; i < n_producers; i++) {
		struct producer *p = &load->producers[i];

		p->load = load;
		(void)snprintf(p->name, sizeof(p->name), "%c%u", name,
		               (unsigned)i);
		buf_init(&p->bytes, BYTES_MAX);
	}
}

void
load_close(struct load *load)
{
	sock_message_fini(&load->message);
	for (size_t i = 0; i < load->n_producers; i++) {
		struct producer *p = &load->producers[i];

		loop_remove(load->loop, p->source);
		sock_close(&p->sock);
		buf_fini(&p->bytes);
		free(p->ends);
		free(p->sent_at);
	}
	loop_close(&load->loop);
	sock_ctx_close(&load->ctx);
	wire_batch_fini(&load->writer);
}

void
load_row(struct load *load, const struct wire_row_text *row)
{
	bench_ok(wire_batch_row(&load->writer, row), "row");
	load->n_rows++;
}

uint32_t
load_rows_open(const struct load *load)
{
	return load->writer.n_rows;
}

static void
producer_room(struct producer *p)
{
	size_t cap = p->n_cap == 0 ? BATCHES_NEW : p->n_cap * 2;

	if (p->n < p->n_cap)
		return;
	p->ends = realloc(p->ends, cap * sizeof(*p->ends));
	p->sent_at = realloc(p->sent_at, cap * sizeof(*p->sent_at));
	bench_must(p->ends != NULL && p->sent_at != NULL, "memory");
	p->n_cap = cap;
}

void
load_cut(struct load *load, size_t producer)
{
	struct producer *p = &load->producers[producer];
	struct wire_batch head = {.producer = span_str(p->name),
	                          .epoch = 1,
	                          .sequence = p->n + 1,
	                          .source = span_str("s")};

	if (load->writer.n_rows == 0)
		return;
	producer_room(p);
	bench_ok(wire_batch_finish(&load->writer, p->n + 1, &head, &p->bytes),
	         "batch");
	p->ends[p->n++] = p->bytes.len;
	wire_batch_reset(&load->writer);
}

static void
send_more(struct producer *p)
{
	while (p->n_sent < p->n && p->n_sent - p->n_answered < p->credit) {
		size_t from = p->n_sent == 0 ? 0 : p->ends[p->n_sent - 1];
		struct span frame =
		    span_of(p->bytes.ptr + from, p->ends[p->n_sent] - from);

		p->sent_at[p->n_sent] = bench_seconds();
		bench_ok(sock_send(p->sock, 0, &frame, 1), "send");
		p->n_sent++;
	}
}

static void
take_ack(struct producer *p, const struct wire_ack *ack)
{
	size_t i = p->n_answered++;

	bench_must(ack->sequence == i + 1 && ack->rejected == 0 &&
	               ack->duplicate == 0,
	           "a batch was not taken whole");
	p->sent_at[i] = bench_seconds() - p->sent_at[i];
	p->load->accepted += ack->accepted;
	p->load->last_commit = ack->commit;
	if (p->n_answered == p->n && --p->load->n_open == 0)
		loop_stop(p->load->loop);
}

static void
take_message(struct producer *p, struct span frame)
{
	struct wire_message m;
	struct fault fault;

	bench_ok(wire_decode(frame, &m, &fault), "answer");
	if (m.type == WIRE_NACK)
		fprintf(stderr, "bench: %.*s\n", (int)m.as.nack.code.len,
		        (const char *)m.as.nack.code.ptr);
	bench_must(m.type == WIRE_ACK || m.type == WIRE_READY, "an answer");
	if (m.type == WIRE_READY)
		p->credit = m.as.ready.credit;
	else
		take_ack(p, &m.as.ack);
}

static void
producer_ready(void *self, unsigned events)
{
	struct producer *p = self;
	struct sock_message *message = &p->load->message;
	enum err err;

	(void)events;
	for (;;) {
		err = sock_recv(p->sock, message, loop_now(p->load->loop));
		if (err == ERR_AGAIN)
			break;
		bench_ok(err, "receive");
		take_message(p, message->frames[0]);
	}
	send_more(p);
}

static void
say_hello(struct producer *p)
{
	struct wire_message m = {.type = WIRE_HELLO, .id = HELLO_ID};
	struct span frame;
	struct buf out;
	enum err err = ERR_AGAIN;

	m.as.hello.producer = span_str(p->name);
	m.as.hello.epoch = 1;
	buf_init(&out, WIRE_MESSAGE_MAX);
	bench_ok(wire_encode(&m, &out), "hello");
	frame = buf_span(&out);
	while (err == ERR_AGAIN) { /* until it is connected */
		bench_ok(loop_once(p->load->loop, 1), "loop");
		err = sock_send(p->sock, 0, &frame, 1);
	}
	bench_ok(err, "hello");
	while (p->credit == 0)
		bench_ok(loop_once(p->load->loop, 10), "loop");
	buf_fini(&out);
}

static void
connect_to(struct producer *p, const char *endpoint)
{
	struct sock_conf conf = {.kind = SOCK_DEALER,
	                         .endpoint = endpoint,
	                         .frame_max_bytes = WIRE_MESSAGE_MAX,
	                         .frames_max = FRAMES_MAX,
	                         .queue_max = SEND_QUEUE};
	struct sock_refusal why;
	size_t n = p->n;

	bench_ok(sock_open(&p->sock, p->load->ctx, &conf, &why), endpoint);
	bench_ok(loop_add_socket(p->load->loop, sock_zmq(p->sock),
	                         producer_ready, p, &p->source),
	         "loop");
	p->n = 0; /* nothing is sent before all have said hello */
	say_hello(p);
	p->n = n;
}

double
load_run(struct load *load, const char *endpoint)
{
	double from;

	for (size_t i = 0; i < load->n_producers; i++)
		connect_to(&load->producers[i], endpoint);
	load->n_open = load->n_producers;
	from = bench_seconds();
	for (size_t i = 0; i < load->n_producers; i++)
		send_more(&load->producers[i]);
	bench_ok(loop_run(load->loop), "loop");
	bench_must(load->accepted == load->n_rows, "rows were lost");
	return bench_seconds() - from;
}

double
load_latency(struct load *load, double share)
{
	size_t n = 0;
	double *all;
	double result;

	for (size_t i = 0; i < load->n_producers; i++)
		n += load->producers[i].n;
	all = malloc((n + 1) * sizeof(*all));
	bench_must(all != NULL, "memory");
	n = 0;
	for (size_t i = 0; i < load->n_producers; i++) {
		struct producer *p = &load->producers[i];

		memcpy(all + n, p->sent_at, p->n * sizeof(*all));
		n += p->n;
	}
	result = bench_quantile(all, n, share);
	free(all);
	return result;
}
