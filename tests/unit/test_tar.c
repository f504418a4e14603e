/* links: services/ctl/tar.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ctl/tar.h"

enum { BLOCK = 512, SUM_AT = 148, SUM_BYTES = 8 };

static void
a_member_is_a_head_its_bytes_and_zeros_up_to_the_block(void **state)
{
	struct buf out;
	unsigned sum = 0;

	(void)state;
	buf_init(&out, 65536);
	tar_add(&out, "folder/name.txt", span_str("hello"), 1700000000);
	assert_int_equal(buf_err(&out), ERR_OK);
	assert_int_equal(out.len, 2 * BLOCK);
	assert_string_equal((char *)out.ptr, "folder/name.txt");
	assert_string_equal((char *)out.ptr + 100, "0000600");
	assert_string_equal((char *)out.ptr + 124, "00000000005");
	assert_int_equal(strtol((char *)out.ptr + 136, NULL, 8), 1700000000);
	assert_memory_equal(out.ptr + 257, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : out.ptr[i];
	assert_int_equal(strtol((char *)out.ptr + SUM_AT, NULL, 8), sum);
	assert_memory_equal(out.ptr + BLOCK, "hello\0\0", 7);
	tar_end(&out);
	assert_int_equal(out.len, 4 * BLOCK);
	buf_fini(&out);
}

static void
blocks_are_not_padded_when_full_and_the_longest_name_fits(void **state)
{
	char name[TAR_NAME_MAX + 1];
	uint8_t bytes[BLOCK] = {7};
	struct buf out;

	(void)state;
	memset(name, 'n', TAR_NAME_MAX);
	name[TAR_NAME_MAX] = '\0';
	buf_init(&out, 65536);
	tar_add(&out, name, span_of(bytes, sizeof(bytes)), 0);
	assert_int_equal(out.len, 2 * BLOCK);
	assert_int_equal(out.ptr[TAR_NAME_MAX], 0);
	tar_add(&out, "empty", span_of(bytes, 0), 0);
	assert_int_equal(out.len, 3 * BLOCK);
	buf_fini(&out);
}

static void
gzip_stops_at_the_ceiling(void **state)
{
	uint8_t bytes[BLOCK];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7919 >> 3);
	buf_init(&out, 65536);
	assert_int_equal(tar_gzip(span_of(bytes, sizeof(bytes)), &out), ERR_OK);
	assert_memory_equal(out.ptr, "\x1f\x8b\x08", 3);
	buf_fini(&out);
	buf_init(&out, 20);
	assert_int_equal(tar_gzip(span_of(bytes, sizeof(bytes)), &out),
	                 ERR_TOO_LARGE);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        a_member_is_a_head_its_bytes_and_zeros_up_to_the_block),
	    cmocka_unit_test(
	        blocks_are_not_padded_when_full_and_the_longest_name_fits),
	    cmocka_unit_test(gzip_stops_at_the_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
