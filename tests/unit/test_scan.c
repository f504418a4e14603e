/* links: proto/scan.c proto/cursor.c proto/list.c proto/codec.c proto/kind.c */
/* links: proto/schema.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <msgpack.h>

#include "proto/pack.h"
#include "proto/scan.h"
#include "proto/wire.h"
#include "tests/lib/random.h"

enum { INPUTS = 300000, INPUT_MAX = 48, SEED = 20251122 };

static enum err
scan_of(const struct buf *b)
{
	struct scan_place place;

	assert_int_equal(buf_err(b), ERR_OK);
	return scan_value(buf_span(b), &place);
}

static void
put_times(struct buf *b, uint8_t byte, size_t n)
{
	while (n-- > 0)
		buf_put_u8(b, byte);
}

static void
eight_levels_are_taken_and_nine_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	put_times(&b, 0x91, WIRE_DEPTH_MAX - 1);
	buf_put_u8(&b, 0x90);
	assert_int_equal(scan_of(&b), ERR_OK);
	buf_reset(&b);
	put_times(&b, 0x91, WIRE_DEPTH_MAX);
	buf_put_u8(&b, 0x90);
	assert_int_equal(scan_of(&b), ERR_TOO_DEEP);
	buf_fini(&b);
}

static void
a_text_has_at_most_256_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	buf_put(&b, "\xda\x01\x00", 3);
	put_times(&b, 'a', WIRE_TEXT_MAX);
	assert_int_equal(scan_of(&b), ERR_OK);
	buf_reset(&b);
	buf_put(&b, "\xda\x01\x01", 3);
	put_times(&b, 'a', WIRE_TEXT_MAX + 1);
	assert_int_equal(scan_of(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

static void
put_map(struct buf *b, uint32_t n)
{
	pack_map(b, n);
	for (uint32_t i = 0; i < n; i++) {
		char key[16];

		pack_text(b, span_of(key, (size_t)snprintf(key, sizeof(key),
		                                           "k%u", i)));
		pack_nil(b);
	}
}

static void
a_map_has_at_most_64_pairs(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	put_map(&b, WIRE_KEYS_MAX);
	assert_int_equal(scan_of(&b), ERR_OK);
	buf_reset(&b);
	put_map(&b, WIRE_KEYS_MAX + 1);
	assert_int_equal(scan_of(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

/* n values: an array and its elements. */
static void
put_objects(struct buf *b, uint32_t n)
{
	pack_array(b, n - 1);
	put_times(b, 0xc0, n - 1);
}

static void
a_frame_has_at_most_524288_values(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1u << 20);
	put_objects(&b, WIRE_OBJECTS_MAX);
	assert_int_equal(scan_of(&b), ERR_OK);
	buf_reset(&b);
	put_objects(&b, WIRE_OBJECTS_MAX + 1);
	assert_int_equal(scan_of(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

static void
values_are_counted_over_all_arrays_of_a_frame(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 2u << 20);
	pack_array(&b, 2);
	put_objects(&b, WIRE_OBJECTS_MAX / 2);
	put_objects(&b, WIRE_OBJECTS_MAX / 2 - 1);
	assert_int_equal(scan_of(&b), ERR_OK);
	buf_reset(&b);
	pack_array(&b, 2);
	put_objects(&b, WIRE_OBJECTS_MAX / 2);
	put_objects(&b, WIRE_OBJECTS_MAX / 2);
	assert_int_equal(scan_of(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

static void
a_frame_has_at_most_4_mib(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MESSAGE_MAX + 1);
	buf_put(&b, "\xc6\x00\x3f\xff\xfb", 5);
	put_times(&b, 0, WIRE_MESSAGE_MAX - 5);
	assert_int_equal(scan_of(&b), ERR_OK);
	b.ptr[4]++;
	buf_put_u8(&b, 0);
	assert_int_equal(scan_of(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

static void
check_integer(uint8_t head, int64_t number, enum err expected)
{
	struct buf b;

	buf_init(&b, 16);
	buf_put_u8(&b, head);
	buf_put_be64(&b, (uint64_t)number);
	assert_int_equal(scan_of(&b), expected);
	buf_fini(&b);
}

static void
integers_lie_within_two_to_the_53(void **state)
{
	enum { UINT64 = 0xcf, INT64 = 0xd3 };

	(void)state;
	check_integer(UINT64, WIRE_UINT_MAX, ERR_OK);
	check_integer(UINT64, WIRE_UINT_MAX + 1, ERR_BAD_VALUE);
	check_integer(UINT64, INT64_MIN, ERR_BAD_VALUE);
	check_integer(UINT64, -1, ERR_BAD_VALUE);
	check_integer(INT64, WIRE_UINT_MAX, ERR_OK);
	check_integer(INT64, WIRE_UINT_MAX + 1, ERR_BAD_VALUE);
	check_integer(INT64, -WIRE_UINT_MAX, ERR_OK);
	check_integer(INT64, -WIRE_UINT_MAX - 1, ERR_BAD_VALUE);
	check_integer(INT64, INT64_MIN, ERR_BAD_VALUE);
}

/* As RFC 3629 writes it; surrogates are encoded too. */
static struct span
utf8_of(uint32_t code, uint8_t out[static 4])
{
	size_t len = 1;

	if (code >= 0x80)
		len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (uint8_t)(0x80 | (code & 0x3f));
	out[0] = (uint8_t)(len == 1 ? code : (0xf00u >> len & 0xff) | code);
	return span_of(out, len);
}

static void
utf8_is_every_character_but_surrogates(void **state)
{
	uint8_t bytes[4];

	(void)state;
	for (uint32_t code = 0; code < 0x110000; code++)
		assert_int_equal(scan_utf8(utf8_of(code, bytes)),
		                 code < 0xd800 || code > 0xdfff);
	for (uint32_t code = 0x110000; code < 0x200000; code++)
		assert_false(scan_utf8(utf8_of(code, bytes)));
}

static void
utf8_of_two_bytes_is_what_the_table_says(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a++) {
		for (unsigned b = 0; b < 256; b++) {
			uint8_t two[2] = {(uint8_t)a, (uint8_t)b};
			bool ascii = a < 0x80 && b < 0x80;
			bool pair =
			    a >= 0xc2 && a < 0xe0 && b >= 0x80 && b < 0xc0;

			assert_int_equal(scan_utf8(span_of(two, 2)),
			                 ascii || pair);
		}
	}
}

static void
utf8_is_refused_wherever_it_breaks(void **state)
{
	uint8_t text[40];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		assert_true(scan_utf8(span_of(text, sizeof(text))));
		text[at] = 0x80;
		assert_false(scan_utf8(span_of(text, sizeof(text))));
		text[at] = 0xe1;
		assert_false(scan_utf8(span_of(text, sizeof(text))));
	}
	assert_true(scan_utf8(span_of(NULL, 0)));
}

static void
a_scan_says_where_it_was(void **state)
{
	static const uint8_t frame[] = "\x94\x01\xa1T\x02\x82\xa1"
	                               "a\x01\xa1"
	                               "b\xc1";
	struct scan_place place;

	(void)state;
	assert_int_equal(scan_value(span_of(frame, sizeof(frame) - 1), &place),
	                 ERR_BAD_MESSAGE);
	assert_int_equal(place.element, 4);
	assert_int_equal(place.offset, sizeof(frame) - 2);
	assert_true(span_equal(place.key, span_str("b")));
}

/* ---- against msgpack-c ---- */

/* A head, and how many values and bytes it announces. */
struct shape {
	uint8_t head[5];
	uint8_t n_head;
	uint8_t n_values;
	uint8_t n_bytes;
};

static const struct shape shapes[] = {
    {{0x05}, 1, 0, 0},
    {{0xfe}, 1, 0, 0},
    {{0xc0}, 1, 0, 0},
    {{0xc3}, 1, 0, 0},
    {{0xa0}, 1, 0, 0},
    {{0xa1}, 1, 0, 1},
    {{0xa3}, 1, 0, 3},
    {{0xd9, 1}, 2, 0, 1},
    {{0xda, 0, 2}, 3, 0, 2},
    {{0xdb, 0, 0, 0, 1}, 5, 0, 1},
    {{0xc4, 2}, 2, 0, 2},
    {{0xc5, 0, 1}, 3, 0, 1},
    {{0xcc}, 1, 0, 1},
    {{0xcd}, 1, 0, 2},
    {{0xce}, 1, 0, 4},
    {{0xcf, 0}, 2, 0, 7},
    {{0xcf, 0, 0x1f}, 3, 0, 6},
    {{0xcf, 0, 0x20}, 3, 0, 6},
    {{0xd0}, 1, 0, 1},
    {{0xd1}, 1, 0, 2},
    {{0xd2}, 1, 0, 4},
    {{0xd3, 0xff, 0xe0}, 3, 0, 6},
    {{0xd3, 0xff, 0xdf}, 3, 0, 6},
    {{0x90}, 1, 0, 0},
    {{0x91}, 1, 1, 0},
    {{0x92}, 1, 2, 0},
    {{0x93}, 1, 3, 0},
    {{0xdc, 0, 2}, 3, 2, 0},
    {{0xdd, 0, 0, 0, 1}, 5, 1, 0},
    {{0x80}, 1, 0, 0},
    {{0x81, 0xa1}, 2, 1, 1},
    {{0xde, 0, 1, 0xa1}, 4, 1, 1},
    {{0x82, 0xa1, 'a', 5, 0xa1}, 5, 1, 1},
    {{0x81}, 1, 2, 0},
    {{0xca}, 1, 0, 4},
    {{0xd4}, 1, 0, 2},
};

/* A whole value, mostly; bytes behind a head are letters, mostly. */
static size_t
random_value(uint64_t *seed, uint8_t out[static INPUT_MAX])
{
	size_t len = 0;

	for (size_t left = 1; left > 0 && len + 12 < INPUT_MAX; left--) {
		uint64_t r = next_random(seed);
		const struct shape *s =
		    &shapes[r % (sizeof(shapes) / sizeof(shapes[0]))];

		memcpy(out + len, s->head, s->n_head);
		len += s->n_head;
		for (size_t i = 0; i < s->n_bytes; i++, r >>= 1)
			out[len++] =
			    (uint8_t)(r >> 16 & 7 ? 'a' + (r & 3) : r >> 20);
		left += s->n_values;
	}
	return len;
}

/* Every other one is damaged: a byte changed, cut, something added. */
static size_t
random_input(uint64_t *seed, uint8_t out[static INPUT_MAX])
{
	size_t len = random_value(seed, out);
	uint64_t r = next_random(seed);

	switch (r % 8) {
	case 0: out[(r >> 8) % len] = (uint8_t)(r >> 32); break;
	case 1: out[(r >> 8) % len] ^= (uint8_t)(1u << (r >> 32) % 8); break;
	case 2: len = (r >> 8) % (len + 1); break;
	case 3: out[len++] = (uint8_t)(r >> 32); break;
	default: break;
	}
	return len;
}

/* What scan must also refuse although msgpack-c takes it. */
static bool
object_is_allowed(const msgpack_object *o, bool is_key)
{
	switch (o->type) {
	case MSGPACK_OBJECT_NIL:
	case MSGPACK_OBJECT_BOOLEAN:
	case MSGPACK_OBJECT_BIN:
	case MSGPACK_OBJECT_ARRAY:
	case MSGPACK_OBJECT_MAP: return !is_key;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		return !is_key && o->via.u64 <= WIRE_UINT_MAX;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return !is_key && o->via.i64 >= -WIRE_UINT_MAX;
	case MSGPACK_OBJECT_STR:
		return scan_utf8(span_of(o->via.str.ptr, o->via.str.size));
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
	case MSGPACK_OBJECT_EXT: break;
	}
	return false;
}

struct node {
	const msgpack_object *object;
	uint32_t depth; /* levels around it */
	bool is_key;
};

static bool
same_text(const msgpack_object *a, const msgpack_object *b)
{
	return a->type == MSGPACK_OBJECT_STR && b->type == MSGPACK_OBJECT_STR &&
	       span_equal(span_of(a->via.str.ptr, a->via.str.size),
	                  span_of(b->via.str.ptr, b->via.str.size));
}

static bool
keys_differ(const msgpack_object_map *map)
{
	for (uint32_t i = 0; i < map->size; i++)
		for (uint32_t j = 0; j < i; j++)
			if (same_text(&map->ptr[i].key, &map->ptr[j].key))
				return false;
	return true;
}

/* Puts what lies within n on the stack; false if n may not be there. */
static bool
expand(struct node n, struct node *stack, size_t *top)
{
	const msgpack_object *o = n.object;
	bool array = o->type == MSGPACK_OBJECT_ARRAY;
	bool map = o->type == MSGPACK_OBJECT_MAP;

	if (!object_is_allowed(o, n.is_key))
		return false;
	if ((array || map) && n.depth == WIRE_DEPTH_MAX)
		return false;
	for (uint32_t i = 0; array && i < o->via.array.size; i++)
		stack[(*top)++] =
		    (struct node){&o->via.array.ptr[i], n.depth + 1, false};
	for (uint32_t i = 0; map && i < o->via.map.size; i++) {
		const msgpack_object_kv *kv = &o->via.map.ptr[i];

		stack[(*top)++] = (struct node){&kv->key, n.depth + 1, true};
		stack[(*top)++] = (struct node){&kv->val, n.depth + 1, false};
	}
	return !map || keys_differ(&o->via.map);
}

static bool
tree_is_allowed(const msgpack_object *root)
{
	struct node stack[2 * INPUT_MAX] = {{root, 0, false}};
	size_t top = 1;

	while (top > 0) {
		struct node n = stack[--top];

		if (!expand(n, stack, &top))
			return false;
	}
	return true;
}

/* msgpack-c reserves memory for what a head announces: not asked of those. */
static bool
announces_much(const uint8_t *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (in[i] >= 0xdc && in[i] <= 0xdf)
			return true;
	return false;
}

static bool
oracle_takes(const uint8_t *in, size_t len, bool *allowed)
{
	msgpack_unpacked result;
	size_t off = 0;
	bool whole;

	msgpack_unpacked_init(&result);
	whole = msgpack_unpack_next(&result, (const char *)in, len, &off) ==
	            MSGPACK_UNPACK_SUCCESS &&
	        off == len;
	*allowed = whole && tree_is_allowed(&result.data);
	msgpack_unpacked_destroy(&result);
	return whole;
}

static void
scan_takes_exactly_what_msgpack_takes_and_the_rules_allow(void **state)
{
	uint64_t seed = SEED;
	size_t n_taken = 0;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (size_t i = 0; i < INPUTS; i++) {
		uint8_t in[INPUT_MAX];
		size_t len = random_input(&seed, in);
		struct scan_place place;
		bool taken = scan_value(span_of(in, len), &place) == ERR_OK;
		bool allowed = taken;

		if (!taken && announces_much(in, len))
			continue;
		if (taken)
			assert_true(oracle_takes(in, len, &allowed));
		else
			(void)oracle_takes(in, len, &allowed);
		assert_int_equal(taken, allowed);
		n_taken += taken;
	}
	print_message("%zu of %d taken\n", n_taken, INPUTS);
	assert_true(n_taken > INPUTS / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(eight_levels_are_taken_and_nine_refused),
	    cmocka_unit_test(a_text_has_at_most_256_bytes),
	    cmocka_unit_test(a_map_has_at_most_64_pairs),
	    cmocka_unit_test(a_frame_has_at_most_524288_values),
	    cmocka_unit_test(values_are_counted_over_all_arrays_of_a_frame),
	    cmocka_unit_test(a_frame_has_at_most_4_mib),
	    cmocka_unit_test(integers_lie_within_two_to_the_53),
	    cmocka_unit_test(utf8_is_every_character_but_surrogates),
	    cmocka_unit_test(utf8_of_two_bytes_is_what_the_table_says),
	    cmocka_unit_test(utf8_is_refused_wherever_it_breaks),
	    cmocka_unit_test(a_scan_says_where_it_was),
	    cmocka_unit_test(
	        scan_takes_exactly_what_msgpack_takes_and_the_rules_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
