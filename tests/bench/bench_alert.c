/*
 * From the acknowledged row to the webhook: one figure is revised again and again, each
 * time on the other side of its target, and a receiver in this program says when it
 * was told; first on a machine that does nothing else, then beside the standard
 * workload, which a child of this program sends.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/domain/period.h"
#include "tests/bench/bench.h"
#include "tests/bench/daemons.h"
#include "tests/bench/load.h"
#include "tests/bench/receiver.h"
#include "tests/bench/standard.h"
#include "tests/lib/random.h"

#define IDLE_FLIPS    1000
#define FLIPS_MAX     100000
#define ANSWER_S      60
#define PAUSE_MIN_MS  2
#define PAUSE_MORE_MS 20
#define FRAMES_MAX    4
#define SEND_QUEUE    64

struct flips {
	struct loop *loop;
	struct clock clock;
	struct receiver receiver;
	struct sock_ctx *ctx;
	struct sock *sock;
	struct loop_id source;
	struct sock_message message;
	struct wire_batch_writer writer;
	char month[PERIOD_TEXT_MAX]; /* the last that has ended */
	uint64_t seed;
	uint64_t sequence; /* of the last batch sent */
	bool fires;        /* what the last batch ought to bring */
	bool ready;
	double sent_at, acknowledged_at, told_at; /* seconds; 0: not yet */
	double *ack, *told;                       /* seconds, of each flip */
	size_t n;
};

/* --- what comes ------------------------------------------------------------ */

static bool
has(struct span text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void
got_post(void *self, struct span body, double at)
{
	struct flips *f = self;

	if (has(body, "TiendoWatchdog"))
		return;
	bench_must(has(body, f->fires ? "\"status\":\"firing\""
	                              : "\"status\":\"resolved\""),
	           "the webhook was told something else");
	f->told_at = at;
}

static void
got_answer(void *self, unsigned events)
{
	struct flips *f = self;
	struct wire_message m;
	struct fault fault;
	enum err err = sock_recv(f->sock, &f->message, loop_now(f->loop));

	(void)events;
	if (err == ERR_AGAIN)
		return;
	bench_ok(err, "receive");
	bench_ok(wire_decode(f->message.frames[0], &m, &fault), "answer");
	if (m.type == WIRE_READY) {
		f->ready = true;
		return;
	}
	bench_must(m.type == WIRE_ACK && m.as.ack.accepted == 1 &&
	               m.as.ack.sequence == f->sequence,
	           "a row was not taken");
	f->acknowledged_at = bench_seconds();
}

/* --- what is sent ----------------------------------------------------------- */

static void
hello(struct flips *f)
{
	struct wire_message m = {.type = WIRE_HELLO, .id = 1};
	struct span frame;
	struct buf out;
	enum err err = ERR_AGAIN;

	m.as.hello.producer = span_str("flips");
	m.as.hello.epoch = 1;
	buf_init(&out, WIRE_MESSAGE_MAX);
	bench_ok(wire_encode(&m, &out), "hello");
	frame = buf_span(&out);
	while (err == ERR_AGAIN) { /* until it is connected */
		bench_ok(loop_once(f->loop, 1), "loop");
		err = sock_send(f->sock, 0, &frame, 1);
	}
	bench_ok(err, "hello");
	while (!f->ready)
		bench_ok(loop_once(f->loop, 10), "loop");
	buf_fini(&out);
}

static void
row_send(struct flips *f)
{
	const struct wire_row_text row = {
	    .indicator = span_str("watch"),
	    .unit = span_str("p00"),
	    .period = span_str(f->month),
	    /* never the same twice: a row said before is none of news */
	    .value = {.mantissa = (f->fires ? 30000000 : 10000000) +
	                          (int64_t)f->sequence,
	              .places = 6,
	              .given = true},
	    .status = WIRE_UNSET};
	struct wire_batch head = {.producer = span_str("flips"),
	                          .epoch = 1,
	                          .sequence = f->sequence,
	                          .source = span_str("s")};
	struct span frame;
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	bench_ok(wire_batch_row(&f->writer, &row), "row");
	bench_ok(wire_batch_finish(&f->writer, f->sequence + 1, &head, &out),
	         "batch");
	wire_batch_reset(&f->writer);
	frame = buf_span(&out);
	f->sent_at = bench_seconds();
	bench_ok(sock_send(f->sock, 0, &frame, 1), "send");
	buf_fini(&out);
}

static void
pause_ms(struct flips *f, int64_t ms)
{
	double until = bench_seconds() + (double)ms / 1e3;

	while (bench_seconds() < until)
		bench_ok(loop_once(f->loop, 1), "loop");
}

/* One figure across its target, until the webhook knows. */
static void
flip(struct flips *f)
{
	f->sequence++;
	f->fires = !f->fires;
	f->acknowledged_at = 0;
	f->told_at = 0;
	row_send(f);
	while (f->acknowledged_at <= 0 || f->told_at <= 0) {
		bench_must(bench_seconds() - f->sent_at < ANSWER_S,
		           "the webhook is told nothing");
		bench_ok(loop_once(f->loop, 100), "loop");
	}
	bench_must(f->n < FLIPS_MAX, "flips");
	f->ack[f->n] = f->acknowledged_at - f->sent_at;
	f->told[f->n++] = f->told_at - f->acknowledged_at;
	pause_ms(f, PAUSE_MIN_MS + (int64_t)below(&f->seed, PAUSE_MORE_MS));
}

/* --- all of it -------------------------------------------------------------- */

static void
month_set(struct flips *f)
{
	int64_t days = clock_wall_now(&f->clock).ms / 86400000;
	struct day today = day_of_civil(1970, 1, 1);

	today.n += (int32_t)days;
	(void)period_format(period_last_ended(FREQ_MONTH, today), f->month);
}

static void
flips_open(struct flips *f)
{
	*f = (struct flips){.clock = clock_real(), .seed = 1};
	f->ack = malloc(FLIPS_MAX * sizeof(*f->ack));
	f->told = malloc(FLIPS_MAX * sizeof(*f->told));
	bench_must(f->ack != NULL && f->told != NULL, "memory");
	bench_ok(loop_open(&f->loop, &f->clock), "loop");
	bench_ok(sock_ctx_open(&f->ctx), "context");
	sock_message_init(&f->message);
	wire_batch_init(&f->writer, 1, WIRE_MESSAGE_MAX);
	receiver_open(&f->receiver, f->loop, got_post, f);
	month_set(f);
}

static void
flips_connect(struct flips *f, const struct daemons *d)
{
	char endpoint[PATHS_ENDPOINT_MAX];
	struct sock_conf conf = {.kind = SOCK_DEALER,
	                         .endpoint = endpoint,
	                         .frame_max_bytes = WIRE_MESSAGE_MAX,
	                         .frames_max = FRAMES_MAX,
	                         .queue_max = SEND_QUEUE};
	struct sock_refusal why;

	daemon_endpoint(d, SERVICE_INGEST, endpoint);
	bench_ok(sock_open(&f->sock, f->ctx, &conf, &why), endpoint);
	bench_ok(loop_add_socket(f->loop, sock_zmq(f->sock), got_answer, f,
	                         &f->source),
	         "loop");
	hello(f);
}

static void
flips_close(struct flips *f)
{
	receiver_close(&f->receiver);
	loop_remove(f->loop, f->source);
	sock_close(&f->sock);
	sock_message_fini(&f->message);
	wire_batch_fini(&f->writer);
	loop_close(&f->loop);
	sock_ctx_close(&f->ctx);
	free(f->ack);
	free(f->told);
}

static void
flips_print(struct flips *f, const char *beside)
{
	printf("{\"bench\":\"alert_latency\",\"beside\":\"%s\",\"alerts\":%zu,"
	       "\"p50_ms\":%.2f,\"p90_ms\":%.2f,\"p99_ms\":%.2f,"
	       "\"max_ms\":%.2f,\"ack_p50_ms\":%.2f,\"ack_p99_ms\":%.2f}\n",
	       beside, f->n, bench_quantile(f->told, f->n, 0.5) * 1e3,
	       bench_quantile(f->told, f->n, 0.9) * 1e3,
	       bench_quantile(f->told, f->n, 0.99) * 1e3,
	       bench_quantile(f->told, f->n, 1) * 1e3,
	       bench_quantile(f->ack, f->n, 0.5) * 1e3,
	       bench_quantile(f->ack, f->n, 0.99) * 1e3);
	(void)fflush(stdout);
	f->n = 0;
}

/* By a process of its own: it shares nothing with the clock. Says when it begins. */
static _Noreturn void
load_send(const struct bench_args *args, const struct daemons *d, bool forms,
          int said)
{
	struct workload *w = malloc(sizeof(*w));
	char endpoint[PATHS_ENDPOINT_MAX];
	struct load load;

	bench_must(w != NULL, "memory");
	workload_init(w);
	if (forms)
		standard_forms(&load, w, args->n_months);
	else
		standard_bulk(&load, w, args->n_months);
	daemon_endpoint(d, SERVICE_INGEST, endpoint);
	bench_must(write(said, "", 1) == 1, "pipe");
	(void)load_run(&load, endpoint);
	_exit(0);
}

/* Returns once its rows are made. */
static pid_t
load_begin(const struct bench_args *args, const struct daemons *d, bool forms)
{
	int ends[2];
	char byte;
	pid_t pid;

	bench_must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	bench_must(pid >= 0, "fork");
	if (pid == 0)
		load_send(args, d, forms, ends[1]);
	bench_must(read(ends[0], &byte, 1) == 1, "the workload");
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pid;
}

enum beside { BESIDE_NOTHING, BESIDE_BULK, BESIDE_FORMS, BESIDES };

static void
flips_run(const struct bench_args *args, struct flips *f,
          const struct daemons *d, enum beside beside)
{
	static const char *const names[BESIDES] = {"nothing", "bulk", "forms"};
	int status = 0;

	if (beside == BESIDE_NOTHING) {
		for (int i = 0; i < IDLE_FLIPS; i++)
			flip(f);
	} else {
		pid_t pid = load_begin(args, d, beside == BESIDE_FORMS);

		while (waitpid(pid, &status, WNOHANG) == 0)
			flip(f);
		bench_must(status == 0, "the workload");
	}
	flips_print(f, names[beside]);
}

void
bench_alert(const struct bench_args *args)
{
	struct flips *f = malloc(sizeof(*f));
	char url[64];
	struct daemons d;

	bench_must(f != NULL, "memory");
	for (enum beside beside = 0; beside < BESIDES; beside++) {
		flips_open(f);
		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/alerts",
		               f->receiver.port);
		daemons_open_told(&d, args->bin, url);
		daemon_wait_commit(&d, SERVICE_ALERT,
		                   daemons_apply_watched(&d));
		flips_connect(f, &d);
		flips_run(args, f, &d, beside);
		flips_close(f);
		daemons_close(&d);
	}
	free(f);
}
