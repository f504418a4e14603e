/* links: common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

static void
assert_bytes(const struct buf *b, const char *bytes, size_t len)
{
	assert_int_equal(b->err, ERR_OK);
	assert_int_equal(b->len, len);
	assert_memory_equal(b->ptr, bytes, len);
}

static void
spans_compare_as_bytes_and_the_shorter_comes_first(void **state)
{
	(void)state;
	assert_true(span_compare(span_str("a"), span_str("b")) < 0);
	assert_true(span_compare(span_str("b"), span_str("aa")) > 0);
	assert_true(span_compare(span_str("a"), span_str("aa")) < 0);
	assert_true(span_compare(span_of("\x80", 1), span_str("a")) > 0);
	assert_int_equal(span_compare(span_of(NULL, 0), span_str("")), 0);
	assert_true(span_equal(span_of(NULL, 0), span_str("")));
	assert_false(span_equal(span_str("a"), span_str("b")));
	assert_false(span_equal(span_str("a"), span_str("aa")));
}

static void
a_put_at_the_ceiling_fits_and_one_past_it_does_not(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (int i = 0; i < 100; i++)
		buf_put_u8(&b, (uint8_t)i);
	assert_int_equal(buf_err(&b), ERR_OK);
	assert_non_null(buf_cstr(&b));
	buf_put(&b, "", 0);
	assert_int_equal(buf_err(&b), ERR_OK);
	buf_put_u8(&b, 1);
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	assert_int_equal(b.len, 100);
	assert_null(buf_cstr(&b));
	buf_fini(&b);
}

static void
a_huge_length_is_refused_without_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_put(&b, "x", 1);
	buf_put(&b, "x", SIZE_MAX);
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

static void
after_a_failure_every_put_is_a_no_op_until_reset(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_put_str(&b, "abc");
	buf_put_str(&b, "de");
	buf_put_str(&b, "f");
	buf_printf(&b, "%d", 1);
	buf_put_uvarint(&b, 1);
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	assert_int_equal(b.len, 3);
	buf_reset(&b);
	buf_put_str(&b, "wxyz");
	assert_bytes(&b, "wxyz", 4);
	buf_fini(&b);
}

static void
integers_for_keys_are_big_endian(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_put_be32(&b, 0x01020304);
	buf_put_be64(&b, 0x05060708090a0b0cu);
	assert_bytes(&b, "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c", 12);
	buf_fini(&b);
}

static void
varints_have_the_known_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_put_uvarint(&b, 0);
	buf_put_uvarint(&b, 127);
	buf_put_uvarint(&b, 128);
	buf_put_uvarint(&b, 300);
	buf_put_svarint(&b, -1);
	buf_put_svarint(&b, 1);
	buf_put_svarint(&b, -65);
	assert_bytes(&b, "\0\x7f\x80\x01\xac\x02\x01\x02\x81\x01", 10);
	buf_reset(&b);
	buf_put_uvarint(&b, UINT64_MAX);
	assert_bytes(&b, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
	buf_fini(&b);
}

static void
text_is_its_length_and_its_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_put_text(&b, span_str("ab"));
	buf_put_text(&b, span_of(NULL, 0));
	assert_bytes(&b, "\2ab\0", 4);
	buf_fini(&b);
}

static void
printf_grows_the_buffer_and_keeps_what_was_there(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 300);
	buf_put_str(&b, "x=");
	buf_printf(&b, "%0200d", 7);
	assert_int_equal(b.len, 202);
	assert_memory_equal(b.ptr, "x=0", 3);
	assert_int_equal(b.ptr[201], '7');
	buf_printf(&b, "%98s", "");
	assert_int_equal(buf_err(&b), ERR_OK);
	buf_printf(&b, "%s", "y");
	assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
	buf_fini(&b);
}

static void
the_nul_of_cstr_is_not_counted(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_cstr(&b), "");
	buf_put_str(&b, "abc");
	assert_string_equal(buf_cstr(&b), "abc");
	assert_int_equal(b.len, 3);
	buf_truncate(&b, 1);
	assert_string_equal(buf_cstr(&b), "a");
	buf_fini(&b);
	assert_null(b.ptr);
}

static void
what_was_put_is_read_back(void **state)
{
	static const uint64_t values[] = {
	    0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX, 1ull << 63};
	size_t n = sizeof(values) / sizeof(values[0]);
	struct cursor c;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < n; i++) {
		buf_put_uvarint(&b, values[i]);
		buf_put_svarint(&b, (int64_t)values[i]);
		buf_put_be64(&b, values[i]);
		buf_put_be32(&b, (uint32_t)values[i]);
		buf_put_u8(&b, (uint8_t)values[i]);
		buf_put_text(&b, span_str("text"));
	}
	c = cursor_of(buf_span(&b));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(cursor_uvarint(&c), values[i]);
		assert_int_equal(cursor_svarint(&c), (int64_t)values[i]);
		assert_int_equal(cursor_be64(&c), values[i]);
		assert_int_equal(cursor_be32(&c), (uint32_t)values[i]);
		assert_int_equal(cursor_u8(&c), (uint8_t)values[i]);
		assert_true(span_equal(cursor_text(&c), span_str("text")));
	}
	assert_int_equal(c.err, ERR_OK);
	assert_int_equal(cursor_left(&c), 0);
	buf_fini(&b);
}

static void
reading_past_the_end_is_truncated_and_stays_so(void **state)
{
	struct cursor c = cursor_of(span_of("\1\2\3", 3));

	(void)state;
	assert_int_equal(cursor_be32(&c), 0);
	assert_int_equal(c.err, ERR_TRUNCATED);
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_bytes(&c, 0).len, 0);
	assert_int_equal(c.err, ERR_TRUNCATED);
}

static void
an_empty_cursor_gives_empty_bytes_and_no_more(void **state)
{
	struct cursor c = cursor_of(span_of(NULL, 0));

	(void)state;
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_bytes(&c, 0).len, 0);
	assert_int_equal(c.err, ERR_OK);
	assert_int_equal(cursor_bytes(&c, 1).len, 0);
	assert_int_equal(c.err, ERR_TRUNCATED);
}

static enum err
err_of_uvarint(const char *bytes, size_t len)
{
	struct cursor c = cursor_of(span_of(bytes, len));
	uint64_t value = cursor_uvarint(&c);

	if (c.err != ERR_OK)
		assert_int_equal(value, 0);
	return c.err;
}

static void
a_varint_of_more_than_64_bits_is_bad(void **state)
{
	static const char most[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	static const char more[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
	static const char longer[] =
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x01";

	(void)state;
	assert_int_equal(err_of_uvarint(most, 10), ERR_OK);
	assert_int_equal(err_of_uvarint(more, 10), ERR_BAD_VALUE);
	assert_int_equal(err_of_uvarint(longer, 11), ERR_BAD_VALUE);
	assert_int_equal(err_of_uvarint(most, 9), ERR_TRUNCATED);
}

static void
a_varint_has_one_form_only(void **state)
{
	(void)state;
	assert_int_equal(err_of_uvarint("\0", 1), ERR_OK);
	assert_int_equal(err_of_uvarint("\x80\0", 2), ERR_BAD_VALUE);
	assert_int_equal(err_of_uvarint("\xff\x80\0", 3), ERR_BAD_VALUE);
}

static void
a_bounded_varint_is_good_at_its_bound_and_bad_past_it(void **state)
{
	struct cursor c = cursor_of(span_of("\x05\x06\x01", 3));

	(void)state;
	assert_int_equal(cursor_uvarint_max(&c, 5), 5);
	assert_int_equal(cursor_uvarint_max(&c, 5), 0);
	assert_int_equal(c.err, ERR_BAD_VALUE);
	assert_int_equal(cursor_uvarint_max(&c, 5), 0);
	assert_int_equal(c.err, ERR_BAD_VALUE);
}

static void
text_longer_than_what_is_left_is_truncated(void **state)
{
	struct cursor c = cursor_of(span_of("\3ab", 3));
	struct cursor huge =
	    cursor_of(span_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x", 11));

	(void)state;
	assert_int_equal(cursor_text(&c).len, 0);
	assert_int_equal(c.err, ERR_TRUNCATED);
	assert_int_equal(cursor_text(&huge).len, 0);
	assert_int_equal(huge.err, ERR_TRUNCATED);
}

static void
the_hash_is_xxh3_and_depends_on_the_seed(void **state)
{
	(void)state;
	/* The published value of XXH3-64 of no bytes. */
	assert_int_equal(hash_bytes(span_of(NULL, 0), 0), 0x2d06800538d394c2u);
	assert_int_not_equal(hash_bytes(span_str("a"), 0),
	                     hash_bytes(span_str("a"), 1));
	assert_int_not_equal(hash_bytes(span_str("a"), 0),
	                     hash_bytes(span_str("b"), 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        spans_compare_as_bytes_and_the_shorter_comes_first),
	    cmocka_unit_test(
	        a_put_at_the_ceiling_fits_and_one_past_it_does_not),
	    cmocka_unit_test(a_huge_length_is_refused_without_overflow),
	    cmocka_unit_test(after_a_failure_every_put_is_a_no_op_until_reset),
	    cmocka_unit_test(integers_for_keys_are_big_endian),
	    cmocka_unit_test(varints_have_the_known_bytes),
	    cmocka_unit_test(text_is_its_length_and_its_bytes),
	    cmocka_unit_test(printf_grows_the_buffer_and_keeps_what_was_there),
	    cmocka_unit_test(the_nul_of_cstr_is_not_counted),
	    cmocka_unit_test(what_was_put_is_read_back),
	    cmocka_unit_test(reading_past_the_end_is_truncated_and_stays_so),
	    cmocka_unit_test(an_empty_cursor_gives_empty_bytes_and_no_more),
	    cmocka_unit_test(a_varint_of_more_than_64_bits_is_bad),
	    cmocka_unit_test(a_varint_has_one_form_only),
	    cmocka_unit_test(
	        a_bounded_varint_is_good_at_its_bound_and_bad_past_it),
	    cmocka_unit_test(text_longer_than_what_is_left_is_truncated),
	    cmocka_unit_test(the_hash_is_xxh3_and_depends_on_the_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
