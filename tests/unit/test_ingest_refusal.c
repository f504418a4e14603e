/* links: services/ingest/ingest_refusal_io.c common/base/log.c common/base/escape.c common/base/clock.c common/base/buf.c common/base/err.c common/base/map.c common/base/journal.c common/base/kv.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/rows.c proto/scan.c proto/schema.c */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/wire.h"
#include "services/ingest/ingest_refusal_io.h"

enum { ITEMS = 4, TEXT_BYTES = 8192 };

struct fixture {
	struct clock clock;
	struct log log;
	int pipe[2];
	struct buf bytes[ITEMS];
	struct span items[ITEMS];
	uint64_t peers[ITEMS];
	struct turn_input in;
	struct turn_output out;
	uint64_t reply_peers[ITEMS];
	char text[TEXT_BYTES];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(pipe2(f->pipe, O_NONBLOCK), 0);
	f->clock = clock_manual((struct wall){1767600000000}, (struct mono){1});
	log_init(&f->log, &(struct log_conf){.service = "ingest",
	                                     .clock = &f->clock,
	                                     .fd = f->pipe[1],
	                                     .level = LOG_INFO,
	                                     .fold_ms = LOG_FOLD_MS});
	for (int i = 0; i < ITEMS; i++)
		buf_init(&f->bytes[i], WIRE_MESSAGE_MAX);
	record_list_init(&f->out.replies);
	f->out.reply_peers = f->reply_peers;
	f->in = (struct turn_input){.items = f->items, .peers = f->peers};
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	log_fini(&f->log);
	for (int i = 0; i < ITEMS; i++)
		buf_fini(&f->bytes[i]);
	record_list_fini(&f->out.replies);
	close(f->pipe[0]);
	close(f->pipe[1]);
	free(f);
	return 0;
}

static void
batch(struct fixture *f, uint64_t peer, uint64_t id, const char *producer)
{
	const struct wire_batch head = {.producer = span_str(producer),
	                                .epoch = 1,
	                                .sequence = 7,
	                                .source = span_str("office")};
	size_t i = f->in.n_items++;
	struct wire_batch_writer rows;

	wire_batch_init(&rows, 1, 4096);
	assert_int_equal(wire_batch_finish(&rows, id, &head, &f->bytes[i]),
	                 ERR_OK);
	f->items[i] = buf_span(&f->bytes[i]);
	f->peers[i] = peer;
	wire_batch_fini(&rows);
}

static void
reply(struct fixture *f, uint64_t peer, const struct wire_message *m)
{
	f->reply_peers[f->out.replies.n] = peer;
	assert_int_equal(wire_encode(m, &f->out.replies.bytes), ERR_OK);
	record_list_close_record(&f->out.replies);
}

static const char *
logged(struct fixture *f)
{
	ssize_t n;

	ingest_refusals_log(&f->log, &f->in, &f->out);
	n = read(f->pipe[0], f->text, TEXT_BYTES - 1);
	f->text[n > 0 ? n : 0] = '\0';
	return f->text;
}

static unsigned
lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static struct wire_message
nack(uint64_t id)
{
	struct wire_message m = {.type = WIRE_NACK, .id = id};

	m.as.nack = (struct wire_nack){.sequence = 7,
	                               .code = span_str("bad_message"),
	                               .field = span_str("rows"),
	                               .text = span_str("12345.67")};
	return m;
}

static void
a_refused_batch_is_a_line_of_its_producer(void **state)
{
	struct fixture *f = *state;
	struct wire_message no = nack(3);
	const char *text;

	batch(f, 1, 3, "office a");
	batch(f, 2, 3, "other");
	reply(f, 2, &no);
	reply(f, 1, &no);
	reply(f, 1, &no);
	text = logged(f);
	assert_int_equal(lines(text), 2);
	assert_non_null(strstr(text,
	                       "level=warn svc=ingest event=batch_refused "
	                       "producer=\"office a\" code=bad_message "
	                       "field=rows sequence=7\n"));
	assert_non_null(strstr(text, "producer=other "));
	assert_null(strstr(text, "12345.67"));
}

static void
rejected_rows_are_counted_not_listed(void **state)
{
	struct fixture *f = *state;
	struct wire_message ack = {.type = WIRE_ACK, .id = 3};

	ack.as.ack = (struct wire_ack){
	    .sequence = 7, .accepted = 1, .rejected = 99, .credit = 1};
	batch(f, 1, 3, "p");
	reply(f, 1, &ack);
	assert_non_null(strstr(logged(f), "level=info svc=ingest "
	                                  "event=rows_rejected producer=p "
	                                  "rows=99 source=office\n"));
	ack.as.ack.rejected = 0;
	record_list_fini(&f->out.replies);
	record_list_init(&f->out.replies);
	reply(f, 1, &ack);
	assert_string_equal(logged(f), "");
}

static void
an_answer_to_nobody_known_says_only_its_code(void **state)
{
	struct fixture *f = *state;
	struct wire_message no = nack(3);
	struct wire_message error = {.type = WIRE_ERROR, .id = 9};

	error.as.error = (struct wire_error){.code = span_str("unknown_type"),
	                                     .text = span_str("12345.67")};
	reply(f, 1, &no);
	reply(f, 1, &error);
	assert_int_equal(lines(logged(f)), 1);
	assert_non_null(strstr(f->text, "event=message_refused "
	                                "code=unknown_type"));
	assert_null(strstr(f->text, "12345.67"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_refused_batch_is_a_line_of_its_producer),
	    CASE(rejected_rows_are_counted_not_listed),
	    CASE(an_answer_to_nobody_known_says_only_its_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
