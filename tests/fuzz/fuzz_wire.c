/* links: proto/codec.c proto/kind.c proto/scan.c proto/schema.c proto/cursor.c */
/* links: proto/rows.c proto/list.c proto/answer.c common/base/buf.c */
/* links: common/base/err.c */
/*
 * Any bytes as a frame. What scan takes, msgpack-c takes too, whole. What decode
 * takes is encoded again, and that is taken and encoded to the same bytes. All
 * readers walk what they were given to its end.
 */
#include <assert.h>
#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/scan.h"
#include "proto/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_oracle(const uint8_t *data, size_t len)
{
	msgpack_unpacked result;
	msgpack_unpack_return got;
	size_t off = 0;

	msgpack_unpacked_init(&result);
	got = msgpack_unpack_next(&result, (const char *)data, len, &off);
	assert(got == MSGPACK_UNPACK_SUCCESS);
	assert(off == len);
	msgpack_unpacked_destroy(&result);
}

static void
walk_batch(struct span frame, const struct wire_batch *batch)
{
	struct wire_list dictionary = batch->dictionary;
	struct wire_rows rows;
	struct wire_row row;
	struct fault fault;
	struct span text;
	uint32_t n = 0;
	enum err err;

	while (wire_texts_next(&dictionary, &text))
		assert(text.len <= WIRE_TEXT_MAX);
	wire_rows_open(frame, batch, &rows);
	while ((err = wire_rows_next(&rows, &row, &fault)) == ERR_OK) {
		assert(row.indicator < batch->dictionary.n);
		assert(row.note < batch->dictionary.n || row.note == WIRE_NONE);
		n++;
	}
	assert(err == ERR_NOT_FOUND ? n == batch->rows.n
	                            : fault.offset < frame.len);
}

static void
walk_answer(const struct wire_answer *answer)
{
	struct wire_list rows = answer->rows;
	struct wire_list pairs;
	struct wire_value value;
	struct span key;

	while (wire_answer_next(&rows, &pairs))
		while (wire_pairs_next(&pairs, &key, &value))
			assert(value.kind <= WIRE_VALUE_DECIMAL);
	assert(rows.bytes.len == 0);
}

static void
walk_lists(struct span frame, const struct wire_message *m)
{
	struct wire_list errors = m->as.ack.errors;
	struct wire_row_error e;

	if (m->type == WIRE_BATCH)
		walk_batch(frame, &m->as.batch);
	if (m->type == WIRE_ANSWER)
		walk_answer(&m->as.answer);
	if (m->type == WIRE_QUERY)
		(void)wire_args_get(m->as.query.args, "unit");
	while (m->type == WIRE_ACK && wire_errors_next(&errors, &e))
		assert(e.code.len <= WIRE_TEXT_MAX);
}

static void
encode(const struct wire_message *m, struct buf *out)
{
	enum err err = wire_encode(m, out);

	assert(err == ERR_OK);
}

static void
check_again(const struct wire_message *m)
{
	struct wire_message back;
	struct fault fault;
	struct buf once;
	struct buf twice;
	enum err err;

	buf_init(&once, WIRE_MESSAGE_MAX);
	buf_init(&twice, WIRE_MESSAGE_MAX);
	encode(m, &once);
	err = wire_decode(buf_span(&once), &back, &fault);
	assert(err == ERR_OK);
	assert(back.type == m->type && back.id == m->id);
	encode(&back, &twice);
	assert(span_equal(buf_span(&once), buf_span(&twice)));
	buf_fini(&once);
	buf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span frame = span_of(data, len);
	struct scan_place place = {0};
	struct wire_message m;
	struct fault fault = {0};
	enum err scanned = scan_value(frame, &place);
	enum err decoded = wire_decode(frame, &m, &fault);

	(void)wire_peek_id(frame);
	assert(scanned == ERR_OK ? decoded != ERR_TRUNCATED
	                         : decoded == scanned);
	assert(decoded == ERR_OK || (fault.field && fault.offset <= len));
	assert(place.offset <= len);
	if (scanned == ERR_OK)
		check_oracle(data, len);
	if (decoded != ERR_OK)
		return 0;
	walk_lists(frame, &m);
	check_again(&m);
	return 0;
}
