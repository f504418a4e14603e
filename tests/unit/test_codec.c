/* links: proto/codec.c proto/kind.c proto/scan.c proto/schema.c proto/cursor.c */
/* links: proto/list.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/cursor.h"
#include "proto/pack.h"
#include "proto/schema.h"
#include "proto/wire.h"
#include "tests/lib/random.h"

enum { SEED = 11, ROUNDS = 400, TEXTS = 8 };

/* Bytes for spans of any size a schema allows. */
struct supply {
	uint8_t *zeros;
	uint8_t letters[WIRE_TEXT_MAX + 1];
};

static void
supply_open(struct supply *s)
{
	s->zeros = calloc(1, WIRE_PACKED_MAX + 1);
	assert_non_null(s->zeros);
	memset(s->letters, 'a', sizeof(s->letters));
}

static void
supply_close(struct supply *s)
{
	free(s->zeros);
}

/* A list of n elements that are all valid for a kind: the cheapest ones. */
static struct wire_list
list_of(enum wire_kind kind, uint32_t n, struct buf *bytes)
{
	for (uint32_t i = 0; i < n; i++) {
		char key[16];
		size_t len = (size_t)snprintf(key, sizeof(key), "k%u", i);

		if (kind == WIRE_KIND_ARGS || kind == WIRE_KIND_PAIRS)
			pack_text(bytes, span_of(key, len));
		if (kind == WIRE_KIND_ROWS)
			pack_array(bytes, 0);
		else if (kind == WIRE_KIND_TABLE)
			pack_map(bytes, 0);
		else if (kind == WIRE_KIND_ERRORS)
			buf_put(bytes, "\x94\x00\xa0\xa0\xa0", 5);
		else if (kind == WIRE_KIND_MARKS)
			buf_put(bytes, "\x92\xa0\x00", 3);
		else
			pack_text(bytes, span_str(""));
	}
	return (struct wire_list){buf_span(bytes), n};
}

/* Writes one field of this size as a peer could, right or wrong. */
static void
pack_field(struct buf *out, const struct wire_field *f, uint64_t size,
           const struct supply *s)
{
	struct buf bytes;
	struct wire_list list;

	buf_init(&bytes, 1u << 20);
	switch ((enum wire_kind)f->kind) {
	case WIRE_KIND_UINT: pack_uint(out, size); break;
	case WIRE_KIND_BOOL: pack_bool(out, true); break;
	case WIRE_KIND_TEXT: pack_text(out, span_of(s->letters, size)); break;
	case WIRE_KIND_BIN: pack_bin(out, span_of(s->zeros, size)); break;
	case WIRE_KIND_ARGS:
	case WIRE_KIND_PAIRS:
		list = list_of(f->kind, (uint32_t)size, &bytes);
		pack_map(out, list.n);
		buf_put(out, list.bytes.ptr, list.bytes.len);
		break;
	case WIRE_KIND_TEXTS:
	case WIRE_KIND_ROWS:
	case WIRE_KIND_ERRORS:
	case WIRE_KIND_TABLE:
	case WIRE_KIND_MARKS:
		list = list_of(f->kind, (uint32_t)size, &bytes);
		pack_array(out, list.n);
		buf_put(out, list.bytes.ptr, list.bytes.len);
		break;
	case WIRE_KIND_COUNT: fail();
	}
	buf_fini(&bytes);
}

/* A message with all fields at their least, but one of this size. */
static enum err
decode_with(size_t type, size_t field, uint64_t size, struct wire_message *m)
{
	const struct wire_schema *schema = &wire_schemas[type];
	struct fault fault = {0};
	struct supply supply;
	struct buf out;
	enum err err;

	supply_open(&supply);
	buf_init(&out, WIRE_MESSAGE_MAX + 4096);
	pack_array(&out, 4);
	pack_uint(&out, WIRE_VERSION);
	pack_text(&out, span_str(schema->name));
	pack_uint(&out, 1);
	pack_map(&out, (uint32_t)schema->n_fields);
	for (size_t i = 0; i < schema->n_fields; i++) {
		const struct wire_field *f = &schema->fields[i];

		pack_text(&out, span_str(f->name));
		pack_field(&out, f, i == field ? size : f->min, &supply);
	}
	assert_int_equal(buf_err(&out), ERR_OK);
	err = wire_decode(buf_span(&out), m, &fault);
	if (err != ERR_OK)
		assert_string_equal(fault.field, schema->fields[field].name);
	buf_fini(&out);
	supply_close(&supply);
	return err;
}

static void
check_limits(size_t type, size_t field)
{
	const struct wire_field *f = &wire_schemas[type].fields[field];
	bool number = f->kind == WIRE_KIND_UINT;
	struct wire_message m;

	assert_int_equal(decode_with(type, field, f->min, &m), ERR_OK);
	assert_int_equal(decode_with(type, field, f->max, &m), ERR_OK);
	if (f->min > 0)
		assert_int_equal(decode_with(type, field, f->min - 1, &m),
		                 ERR_BAD_VALUE);
	if (number && f->max < WIRE_UINT_MAX)
		assert_int_equal(decode_with(type, field, f->max + 1, &m),
		                 ERR_BAD_VALUE);
	if (!number && f->kind != WIRE_KIND_TEXT)
		assert_int_equal(decode_with(type, field, f->max + 1, &m),
		                 ERR_TOO_LARGE);
}

static void
every_field_is_taken_at_its_limits_and_refused_past_them(void **state)
{
	(void)state;
	for (size_t t = 0; t < WIRE_TYPE_COUNT; t++)
		for (size_t i = 0; i < wire_schemas[t].n_fields; i++)
			if (wire_schemas[t].fields[i].kind != WIRE_KIND_BOOL)
				check_limits(t, i);
}

/* ---- random messages ---- */

static void
random_field(const struct wire_field *f, struct wire_message *m, uint64_t *seed,
             struct buf *bytes)
{
	void *slot = (uint8_t *)&m->as + f->offset;
	uint64_t room = f->max - f->min;
	uint64_t size = f->min + below(seed, (room < TEXTS ? room : TEXTS) + 1);

	if (!f->required && below(seed, 2) == 0)
		return;
	switch ((enum wire_kind)f->kind) {
	case WIRE_KIND_UINT: *(uint64_t *)slot = size; break;
	case WIRE_KIND_BOOL: *(bool *)slot = below(seed, 2) == 0; break;
	case WIRE_KIND_TEXT:
	case WIRE_KIND_BIN:
		*(struct span *)slot = span_of("abcdefghijklmnop", size);
		break;
	case WIRE_KIND_TEXTS:
	case WIRE_KIND_ROWS:
	case WIRE_KIND_ERRORS:
	case WIRE_KIND_ARGS:
	case WIRE_KIND_PAIRS:
	case WIRE_KIND_TABLE:
	case WIRE_KIND_MARKS:
		*(struct wire_list *)slot =
		    list_of(f->kind, (uint32_t)size, bytes);
		break;
	case WIRE_KIND_COUNT: fail();
	}
}

static void
assert_lists(struct wire_list a, struct wire_list b)
{
	assert_int_equal(a.n, b.n);
	assert_true(span_equal(a.bytes, b.bytes));
}

static void
assert_field(const struct wire_field *f, const struct wire_message *a,
             const struct wire_message *b)
{
	const void *x = (const uint8_t *)&a->as + f->offset;
	const void *y = (const uint8_t *)&b->as + f->offset;

	if (f->kind == WIRE_KIND_UINT)
		assert_int_equal(*(const uint64_t *)x, *(const uint64_t *)y);
	else if (f->kind == WIRE_KIND_BOOL)
		assert_int_equal(*(const bool *)x, *(const bool *)y);
	else if (f->kind == WIRE_KIND_TEXT || f->kind == WIRE_KIND_BIN)
		assert_true(span_equal(*(const struct span *)x,
		                       *(const struct span *)y));
	else
		assert_lists(*(const struct wire_list *)x,
		             *(const struct wire_list *)y);
}

static void
round_trip(enum wire_type type, uint64_t *seed)
{
	const struct wire_schema *schema = &wire_schemas[type];
	struct wire_message m = {.type = type, .id = any_bits(seed, 53)};
	struct wire_message back;
	struct fault fault = {0};
	struct buf bytes[TEXTS];
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	for (size_t i = 0; i < TEXTS; i++)
		buf_init(&bytes[i], 4096);
	for (size_t i = 0; i < schema->n_fields; i++)
		random_field(&schema->fields[i], &m, seed, &bytes[i]);
	assert_int_equal(wire_encode(&m, &out), ERR_OK);
	assert_int_equal(wire_decode(buf_span(&out), &back, &fault), ERR_OK);
	assert_int_equal(back.type, type);
	assert_int_equal(back.id, m.id);
	for (size_t i = 0; i < schema->n_fields; i++)
		assert_field(&schema->fields[i], &m, &back);
	for (size_t i = 0; i < TEXTS; i++)
		buf_fini(&bytes[i]);
	buf_fini(&out);
}

static void
random_messages_come_back(void **state)
{
	uint64_t seed = SEED;

	(void)state;
	print_message("seed %d\n", SEED);
	for (int i = 0; i < ROUNDS; i++)
		for (int t = 0; t < WIRE_TYPE_COUNT; t++)
			round_trip((enum wire_type)t, &seed);
}

/* ---- encoding ---- */

static struct wire_message
hello_of(const char *producer)
{
	struct wire_message m = {.type = WIRE_HELLO, .id = 7};

	m.as.hello.producer = span_str(producer);
	return m;
}

static void
refuse_encoding(const struct wire_message *m, enum err expected)
{
	struct buf out;

	buf_init(&out, WIRE_MESSAGE_MAX);
	buf_put_u8(&out, 1);
	assert_int_equal(wire_encode(m, &out), expected);
	assert_int_equal(out.len, 1);
	buf_fini(&out);
}

static void
what_no_peer_would_take_is_not_encoded(void **state)
{
	struct wire_message m = hello_of("");

	(void)state;
	refuse_encoding(&m, ERR_BAD_VALUE);
	m = hello_of("office");
	m.id = WIRE_UINT_MAX + 1;
	refuse_encoding(&m, ERR_BAD_VALUE);
	m.id = 1;
	m.as.hello.epoch = WIRE_UINT_MAX + 1;
	refuse_encoding(&m, ERR_BAD_VALUE);
	m = (struct wire_message){.type = WIRE_FETCH};
	m.as.fetch.from = m.as.fetch.max_bytes = 1;
	m.as.fetch.wait_ms = WIRE_WAIT_MS_MAX + 1;
	refuse_encoding(&m, ERR_BAD_VALUE);
}

static void
a_message_over_4_mib_is_not_encoded(void **state)
{
	struct wire_message m = {.type = WIRE_ANSWER};
	struct supply supply;
	struct buf out;

	(void)state;
	supply_open(&supply);
	buf_init(&out, 2 * WIRE_MESSAGE_MAX);
	m.as.answer.rows =
	    (struct wire_list){span_of(supply.zeros, WIRE_PACKED_MAX), 1};
	assert_int_equal(wire_encode(&m, &out), ERR_OK);
	buf_reset(&out);
	buf_put_u8(&out, 1);
	m.as.answer.columns =
	    (struct wire_list){span_of(supply.zeros, WIRE_PACKED_MAX), 1};
	assert_int_equal(wire_encode(&m, &out), ERR_TOO_LARGE);
	assert_int_equal(out.len, 1);
	buf_fini(&out);
	supply_close(&supply);
}

static void
an_error_says_code_field_and_byte(void **state)
{
	struct fault fault = {ERR_BAD_VALUE, "flags", 41};
	struct wire_message m = wire_error_of(9, &fault);

	(void)state;
	assert_int_equal(m.type, WIRE_ERROR);
	assert_int_equal(m.id, 9);
	assert_true(span_equal(m.as.error.code, span_str("bad_value")));
	assert_true(span_equal(m.as.error.field, span_str("flags")));
	assert_int_equal(m.as.error.offset, 41);
	fault.field = NULL;
	m = wire_error_of(9, &fault);
	assert_null(m.as.error.field.ptr);
}

static void
an_error_of_every_code_can_be_sent(void **state)
{
	(void)state;
	for (int e = 1; e < ERR_COUNT; e++) {
		struct fault fault = {(enum err)e, "body", 0};
		struct wire_message m = wire_error_of(1, &fault);
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(wire_encode(&m, &out), ERR_OK);
		buf_fini(&out);
	}
}

static void
the_id_of_a_refused_message_can_be_read(void **state)
{
	static const uint8_t bad_body[] = {0x94, 1, 0xa1, 'X', 77, 0xc1};
	static const uint8_t no_id[] = {0x94, 1, 0xa1, 'X', 0xc0, 0x80};

	(void)state;
	assert_int_equal(wire_peek_id(span_of(bad_body, sizeof(bad_body))), 77);
	assert_int_equal(wire_peek_id(span_of(no_id, sizeof(no_id))), 0);
	for (size_t len = 0; len < 5; len++)
		assert_int_equal(wire_peek_id(span_of(bad_body, len)), 0);
	assert_int_equal(wire_peek_id(span_of(NULL, 0)), 0);
}

static void
hash_of(const struct wire_message *m, uint64_t hash[2])
{
	struct wire_message back;
	struct fault fault = {0};
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(wire_encode(m, &out), ERR_OK);
	assert_int_equal(wire_decode(buf_span(&out), &back, &fault), ERR_OK);
	wire_batch_hash(&back, hash);
	buf_fini(&out);
}

static void
a_batch_hashes_alike_under_another_request_id_only(void **state)
{
	struct wire_message m = {.type = WIRE_BATCH, .id = 1};
	uint64_t first[2];
	uint64_t other[2];

	(void)state;
	m.as.batch.producer = span_str("office");
	m.as.batch.epoch = m.as.batch.sequence = 1;
	hash_of(&m, first);
	m.id = 2;
	hash_of(&m, other);
	assert_memory_equal(first, other, sizeof(first));
	assert_int_not_equal(first[0], first[1]);
	m.as.batch.flags = WIRE_FLAG_AGAIN;
	hash_of(&m, other);
	assert_int_not_equal(first[0], other[0]);
	assert_int_not_equal(first[1], other[1]);
}

static void
names_and_types_belong_together(void **state)
{
	(void)state;
	for (int t = 0; t < WIRE_TYPE_COUNT; t++)
		assert_int_equal(
		    wire_type_of(span_str(wire_type_name((enum wire_type)t))),
		    t);
	assert_int_equal(wire_type_of(span_str("hello")), WIRE_TYPE_COUNT);
	assert_int_equal(wire_type_of(span_of(NULL, 0)), WIRE_TYPE_COUNT);
}

static void
a_refused_message_leaves_the_struct_alone(void **state)
{
	static const uint8_t frame[] = {0x94, 1,   0xa5, 'H', 'E',
	                                'L',  'L', 'O',  7,   0x80};
	struct wire_message m = {.type = WIRE_STATE, .id = 99};
	struct fault fault = {0};

	(void)state;
	assert_int_equal(wire_decode(span_of(frame, sizeof(frame)), &m, &fault),
	                 ERR_MISSING_FIELD);
	assert_int_equal(m.type, WIRE_STATE);
	assert_int_equal(m.id, 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        every_field_is_taken_at_its_limits_and_refused_past_them),
	    cmocka_unit_test(random_messages_come_back),
	    cmocka_unit_test(what_no_peer_would_take_is_not_encoded),
	    cmocka_unit_test(a_message_over_4_mib_is_not_encoded),
	    cmocka_unit_test(an_error_says_code_field_and_byte),
	    cmocka_unit_test(an_error_of_every_code_can_be_sent),
	    cmocka_unit_test(the_id_of_a_refused_message_can_be_read),
	    cmocka_unit_test(
	        a_batch_hashes_alike_under_another_request_id_only),
	    cmocka_unit_test(names_and_types_belong_together),
	    cmocka_unit_test(a_refused_message_leaves_the_struct_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
