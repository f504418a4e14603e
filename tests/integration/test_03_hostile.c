/*
 * Bytes that nobody should send, over the real sockets: bombs, every bad
 * vector, a million random and mutated messages, frames too large, and what is
 * no ZeroMQ at all. Each is refused with its code, field and byte; memory stays
 * flat and the service goes on.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/port.h"
#include "tests/lib/random.h"

enum {
	FRAME_MAX = 8 << 20,
	TEXT_MAX = 1 << 20,
	GROWTH_MAX = 32 << 20,
	UNANSWERED_MAX = 400, /* below what a service queues for one peer */
	MESSAGES = 1000000,
	MESSAGES_BEHIND = 50000, /* to aggregate and alert, each */
	RANDOM_MAX = 300,
	RAW_CONNECTIONS = 200,
	RAW_MAX = 4096,
	GOOD_MAX = 64,
	VISITORS = 1200,
};

struct fixture {
	struct rig rig;
	struct buf good[GOOD_MAX]; /* what is mutated */
	size_t n_good;
};

static int
setup(void **state)
{
	static struct fixture f;

	rig_open(&f.rig);
	rig_start_all(&f.rig);
	rig_apply(&f.rig, RIG_CATALOGUE);
	rig_await_level(&f.rig);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->n_good; i++)
		buf_fini(&f->good[i]);
	rig_close(&f->rig);
	return 0;
}

/* --- vectors -------------------------------------------------------------- */

static void
read_text(const char *path, struct buf *out)
{
	char chunk[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(out, chunk, n);
	fclose(f);
}

/* "hh" is a byte, "hh*n" is n of it. */
static void
read_hex(const char *path, struct buf *out)
{
	struct buf text;
	const char *at;

	buf_init(&text, TEXT_MAX);
	read_text(path, &text);
	for (at = buf_cstr(&text);;) {
		char *end;
		unsigned long byte = strtoul(at, &end, 16);
		unsigned long n = 1;

		if (end == at)
			break;
		if (*end == '*')
			n = strtoul(end + 1, &end, 10);
		for (; n > 0; n--)
			buf_put_u8(out, (uint8_t)byte);
		at = end;
	}
	buf_fini(&text);
	assert_int_equal(buf_err(out), ERR_OK);
}

static bool
is_hex(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".hex") == 0;
}

/* Calls take for every .hex of a directory; how many there were. */
static size_t
for_each(struct fixture *f, const char *dir,
         void (*take)(struct fixture *f, const char *path, const char *name))
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[512];
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (!is_hex(e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		take(f, path, e->d_name);
		n++;
	}
	closedir(d);
	return n;
}

struct expected {
	char code[64];
	char field[64];
	uint64_t offset;
};

static void
line_of(const char *text, const char *key, char out[64])
{
	const char *at = strstr(text, key);

	out[0] = '\0';
	if (at != NULL)
		snprintf(out, 64, "%.*s", (int)strcspn(at + strlen(key), "\n"),
		         at + strlen(key));
}

static struct expected
expected_of(const char *path, const char *name)
{
	struct expected e = {.offset = 0};
	char other[512], offset[64];
	struct buf text;

	snprintf(other, sizeof(other), "%.*s.txt", (int)strlen(path) - 4, path);
	buf_init(&text, TEXT_MAX);
	read_text(other, &text);
	snprintf(e.code, sizeof(e.code), "%.*s",
	         (int)(strstr(name, "--") - name), name);
	line_of(buf_cstr(&text), "field: ", e.field);
	line_of(buf_cstr(&text), "offset: ", offset);
	e.offset = strtoull(offset, NULL, 10);
	buf_fini(&text);
	return e;
}

/* A frame beyond the limit is not read at all: the connection is cut, and the
 * next one is as good as any. */
static void
cut_off(struct fixture *f, struct span frame)
{
	struct rig_state state;
	struct port port;

	port_open(&port, &f->rig, RIG_INGEST);
	port_send(&port, frame);
	assert_true(rig_health(&f->rig, RIG_INGEST, RIG_READY_MS, &state));
	assert_int_equal(port_receive(&port, 100).type, WIRE_TYPE_COUNT);
	port_close(&port);
}

/* What a bad row refuses comes as NACK, which tells no offset. */
static void
vector_refused(struct fixture *f, const char *path, const char *name)
{
	struct expected e = expected_of(path, name);
	struct port_answer a;
	struct port port;
	struct buf frame;

	buf_init(&frame, FRAME_MAX);
	read_hex(path, &frame);
	if (frame.len > WIRE_MESSAGE_MAX) {
		cut_off(f, buf_span(&frame));
		buf_fini(&frame);
		return;
	}
	port_open(&port, &f->rig, RIG_INGEST);
	a = port_ask(&port, buf_span(&frame));
	if ((a.type != WIRE_ERROR && a.type != WIRE_NACK) ||
	    strcmp(a.code, e.code) != 0 || strcmp(a.field, e.field) != 0 ||
	    (a.type == WIRE_ERROR && a.offset != e.offset))
		rig_fail(&f->rig,
		         "%s: %s %s, %s, offset %" PRIu64
		         "; awaited %s, %s, offset %" PRIu64,
		         name, wire_type_name(a.type), a.code, a.field,
		         a.offset, e.code, e.field, e.offset);
	port_close(&port);
	buf_fini(&frame);
}

static void
every_bad_vector_is_refused_with_code_field_and_byte(void **state)
{
	enum { VECTOR_EPOCH = 3, VECTOR_SEQUENCE = 12 };
	struct fixture *f = *state;
	struct load_batch b = {.producer = "office-07", .n_rows = 1};
	struct port port;

	/* the vectors' producer, so that its rows are looked at */
	port_open(&port, &f->rig, RIG_INGEST);
	while (b.epoch < VECTOR_EPOCH)
		b.epoch = port_hello(&port, b.producer, 0);
	for (b.sequence = 1; b.sequence < VECTOR_SEQUENCE; b.sequence++) {
		struct port_answer a = port_batch(&port, &b);

		port_acked(&port, &a, 1, 0, 0);
	}
	port_close(&port);
	assert_true(for_each(f, "proto/vectors/bad", vector_refused) >= 60);
}

/* --- bombs ---------------------------------------------------------------- */

static const char *const heads[] = {
    "\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff",
    "\xc6\xff\xff\xff\xff", "\xc9\xff\xff\xff\xff",
};
#define HEAD_BYTES 5
#define N_HEADS    (sizeof(heads) / sizeof(heads[0]))

static void
bomb(struct fixture *f, enum rig_service service, struct span frame)
{
	struct port_answer a;
	struct port port;

	port_open(&port, &f->rig, service);
	a = port_ask(&port, frame);
	assert_int_equal(a.type, WIRE_ERROR);
	assert_true(strcmp(a.code, "ok") != 0 && a.field[0] != '\0');
	assert_true(a.offset <= frame.len);
	port_close(&port);
}

/* Five bytes alone, within themselves, and where a message has its body. */
static void
bombs_at(struct fixture *f, enum rig_service service)
{
	static const char before[] = "\x94\x01\xa5"
	                             "BATCH\x07";
	struct buf frame;

	buf_init(&frame, FRAME_MAX);
	for (size_t h = 0; h < N_HEADS; h++) {
		bomb(f, service, span_of(heads[h], HEAD_BYTES));
		buf_reset(&frame);
		buf_put(&frame, before, sizeof(before) - 1);
		buf_put(&frame, heads[h], HEAD_BYTES);
		bomb(f, service, buf_span(&frame));
		buf_reset(&frame);
		while (frame.len + HEAD_BYTES <= WIRE_MESSAGE_MAX)
			buf_put(&frame, heads[h], HEAD_BYTES);
		bomb(f, service, buf_span(&frame));
		buf_reset(&frame);
		for (int i = 0; i < WIRE_MESSAGE_MAX; i++)
			buf_put_u8(&frame, h == 0 ? 0x91 : 0x81);
		bomb(f, service, buf_span(&frame));
	}
	buf_fini(&frame);
}

static void
bombs_are_refused_and_reserve_nothing(void **state)
{
	struct fixture *f = *state;

	for (int s = 0; s < RIG_SERVICES; s++) {
		enum rig_service service = (enum rig_service)s;
		uint64_t before, after;

		bombs_at(f, service); /* buffers have the size of a frame now */
		before = rig_rss_bytes(&f->rig, service);
		bombs_at(f, service);
		after = rig_rss_bytes(&f->rig, service);
		assert_true(after < before + GROWTH_MAX);
	}
}

/* --- a million ------------------------------------------------------------ */

static void
good_add(struct fixture *f, const char *path, const char *name)
{
	struct buf *frame = &f->good[f->n_good++];

	(void)name;
	assert_true(f->n_good <= GOOD_MAX);
	buf_init(frame, TEXT_MAX);
	read_hex(path, frame);
}

/* One change of a copy; what is not changed stays a message. */
static void
mutate(uint64_t *seed, struct buf *m)
{
	size_t at = m->len == 0 ? 0 : (size_t)below(seed, m->len);

	switch (below(seed, 5)) {
	case 0:
		if (m->len > 0)
			m->ptr[at] ^= (uint8_t)(1u << below(seed, 8));
		break;
	case 1:
		if (m->len > 0)
			m->ptr[at] = (uint8_t)next_random(seed);
		break;
	case 2: buf_truncate(m, at); break;
	case 3: buf_put_u8(m, (uint8_t)next_random(seed)); break;
	default:
		if (m->len >= HEAD_BYTES && at + HEAD_BYTES <= m->len)
			memcpy(m->ptr + at, heads[below(seed, N_HEADS)],
			       HEAD_BYTES);
		break;
	}
}

/* The next message: random bytes, or a good one with one to four changes. */
static void
make_message(struct fixture *f, uint64_t *seed, struct buf *m)
{
	uint64_t n;

	buf_reset(m);
	if (below(seed, 4) == 0) {
		for (n = below(seed, RANDOM_MAX); n > 0; n--)
			buf_put_u8(m, (uint8_t)next_random(seed));
		return;
	}
	const struct buf *from = &f->good[below(seed, f->n_good)];

	buf_put(m, from->ptr, from->len);
	for (n = 1 + below(seed, 4); n > 0; n--)
		mutate(seed, m);
}

struct flood {
	struct port port;
	uint64_t sent, answered, refused;
	uint64_t invalid; /* that cannot be decoded: must be refused */
	uint64_t rows;    /* told of in ACKs */
};

/* Whether it has just one answer now, and moves no row uncounted. */
static bool
plain(const struct buf *m, bool *valid)
{
	struct wire_message message;
	struct fault fault;

	*valid = wire_decode(buf_span(m), &message, &fault) == ERR_OK;
	if (!*valid)
		return true;
	if (message.type == WIRE_BATCH)
		return (message.as.batch.flags &
		        (WIRE_FLAG_STRICT | WIRE_FLAG_DRY_RUN)) == 0;
	return message.type != WIRE_FETCH || message.as.fetch.wait_ms == 0;
}

static void
flood_receive(struct flood *fl, uint64_t until)
{
	while (fl->answered < until) {
		struct port_answer a = port_receive(&fl->port, PORT_ANSWER_MS);

		if (a.type == WIRE_TYPE_COUNT)
			rig_fail(fl->port.rig,
			         "%" PRIu64 " of %" PRIu64 " answered",
			         fl->answered, fl->sent);
		fl->answered++;
		fl->refused += a.type == WIRE_ERROR || a.type == WIRE_NACK;
		fl->rows += a.accepted + a.duplicate + a.rejected;
	}
}

static void
flood_run(struct fixture *f, struct flood *fl, uint64_t n, uint64_t *seed)
{
	struct buf m;
	bool valid;

	buf_init(&m, FRAME_MAX);
	while (fl->sent < n) {
		make_message(f, seed, &m);
		if (!plain(&m, &valid))
			continue;
		fl->invalid += !valid;
		port_send(&fl->port, buf_span(&m));
		fl->sent++;
		if (fl->sent - fl->answered == UNANSWERED_MAX)
			flood_receive(fl, fl->sent - UNANSWERED_MAX / 2);
	}
	flood_receive(fl, fl->sent);
	buf_fini(&m);
}

static uint64_t
rows_counted(struct fixture *f)
{
	struct rig_state s;

	assert_true(rig_health(&f->rig, RIG_INGEST, RIG_READY_MS, &s));
	return s.accepted + s.duplicate + s.rejected;
}

static void
flood(struct fixture *f, enum rig_service service, uint64_t n)
{
	struct flood fl = {.sent = 0};
	uint64_t seed = (uint64_t)rig_now_ms();
	uint64_t rows = rows_counted(f);
	uint64_t rss;
	int64_t from;

	printf("%s: seed %" PRIu64 "\n", rig_name(service), seed);
	port_open(&fl.port, &f->rig, service);
	flood_run(f, &fl, n / 20, &seed);
	rss = rig_rss_bytes(&f->rig, service);
	from = rig_now_ms();
	flood_run(f, &fl, n, &seed);
	printf("%" PRIu64 " messages in %" PRId64 " ms, %" PRIu64
	       " refused, %" PRIu64 " rows; memory %" PRIu64 " to %" PRIu64
	       " KiB\n",
	       fl.sent, rig_now_ms() - from, fl.refused, fl.rows, rss / 1024,
	       rig_rss_bytes(&f->rig, service) / 1024);
	assert_true(fl.refused >= fl.invalid && fl.invalid > n / 2);
	assert_true(rig_rss_bytes(&f->rig, service) < rss + GROWTH_MAX);
	assert_true(rig_runs(&f->rig, service));
	if (service == RIG_INGEST)
		assert_int_equal(rows_counted(f) - rows, fl.rows);
	port_close(&fl.port);
}

/* Honest batches to be mutated: the producer is known, the numbers are new. */
static void
good_batches(struct fixture *f)
{
	struct load_batch b = {.producer = "honest", .n_rows = 3};
	struct port port;

	port_open(&port, &f->rig, RIG_INGEST);
	b.epoch = port_hello(&port, b.producer, 0);
	port_close(&port);
	for (int i = 0; i < 4; i++) {
		struct buf *frame = &f->good[f->n_good++];

		assert_true(f->n_good <= GOOD_MAX);
		buf_init(frame, TEXT_MAX);
		b.sequence = (uint64_t)i + 1;
		load_batch(&b, frame);
	}
}

static void
a_million_random_messages_leave_it_as_it_was(void **state)
{
	struct fixture *f = *state;

	for_each(f, "proto/vectors/good", good_add);
	good_batches(f);
	flood(f, RIG_INGEST, MESSAGES);
	flood(f, RIG_AGGREGATE, MESSAGES_BEHIND);
	flood(f, RIG_ALERT, MESSAGES_BEHIND);
}

/* --- no ZeroMQ ------------------------------------------------------------ */

static int
raw_connect(const struct fixture *f, enum rig_service service)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/run/%s.sock",
	         f->rig.data, rig_name(service));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* A greeting as ZMTP wants it, NULL mechanism, and READY of a DEALER. */
static const char greeting[] =
    "\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
static const char ready[] = "\x04\x19\x05READY\x0bSocket-Type\0\0\0\6DEALER";
/* A frame that announces 2^63 - 1 bytes. */
static const char endless[] = "\x02\x7f\xff\xff\xff\xff\xff\xff\xff";

static void
raw_garbage(struct fixture *f, enum rig_service service, uint64_t *seed)
{
	uint8_t bytes[RAW_MAX];
	size_t n = (size_t)below(seed, RAW_MAX);
	uint64_t kind = below(seed, 3);
	int fd = raw_connect(f, service);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)next_random(seed);
	if (kind > 0)
		(void)!send(fd, greeting, 64, MSG_NOSIGNAL);
	if (kind > 1) {
		(void)!send(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL);
		(void)!send(fd, endless, sizeof(endless) - 1, MSG_NOSIGNAL);
	}
	/* it may have been cut off by now, which is as it should be */
	(void)!send(fd, bytes, n, MSG_NOSIGNAL);
	close(fd);
}

static void
what_is_no_zeromq_is_cut_off(void **state)
{
	struct fixture *f = *state;
	uint64_t seed = (uint64_t)rig_now_ms();

	printf("seed %" PRIu64 "\n", seed);
	for (int s = 0; s < RIG_SERVICES; s++) {
		enum rig_service service = (enum rig_service)s;
		uint64_t rss = rig_rss_bytes(&f->rig, service);

		for (int i = 0; i < RAW_CONNECTIONS; i++)
			raw_garbage(f, service, &seed);
		rig_await_ready(&f->rig, service);
		assert_true(rig_rss_bytes(&f->rig, service) < rss + GROWTH_MAX);
	}
}

/* Each asks once and goes; the next one must still be heard at once. */
static void
visitors_who_left_keep_nobody_out(void **state)
{
	struct fixture *f = *state;
	struct rig_state s;

	for (int i = 0; i < VISITORS; i++)
		assert_true(rig_health(&f->rig, RIG_INGEST, RIG_READY_MS, &s));
}

static void
afterwards_an_honest_batch_is_taken_and_folded(void **state)
{
	struct fixture *f = *state;
	struct load_batch b = {.producer = "after", .sequence = 1, .n_rows = 9};
	struct port_answer a;
	struct port port;

	port_open(&port, &f->rig, RIG_INGEST);
	b.epoch = port_hello(&port, b.producer, 0);
	a = port_batch(&port, &b);
	port_acked(&port, &a, 9, 0, 0);
	port_close(&port);
	rig_await_level(&f->rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        every_bad_vector_is_refused_with_code_field_and_byte),
	    cmocka_unit_test(bombs_are_refused_and_reserve_nothing),
	    cmocka_unit_test(a_million_random_messages_leave_it_as_it_was),
	    cmocka_unit_test(what_is_no_zeromq_is_cut_off),
	    cmocka_unit_test(visitors_who_left_keep_nobody_out),
	    cmocka_unit_test(afterwards_an_honest_batch_is_taken_and_folded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
