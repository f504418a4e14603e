/* links: common/base/journal.c common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/journal.h"

static int
setup(void **state)
{
	struct kv_mem *mem = NULL;

	if (kv_mem_new(&mem) != ERR_OK)
		return -1;
	*state = mem;
	return 0;
}

static int
teardown(void **state)
{
	struct kv_mem *mem = *state;

	kv_mem_free(&mem);
	return 0;
}

/* Commit n holds n % 5 records "n/i". */
static void
append_one(struct kv *journal, struct commit *head)
{
	struct record_list list;
	char text[32];
	uint64_t number = head->number + 1;

	record_list_init(&list);
	for (unsigned i = 0; i < number % 5; i++) {
		snprintf(text, sizeof(text), "%u/%u", (unsigned)number, i);
		record_list_add(&list, span_str(text));
	}
	assert_int_equal(
	    journal_append(journal, head, 1000 + (int64_t)number / 2, 0, &list),
	    ERR_OK);
	record_list_fini(&list);
}

static void
empty_journal_has_head_zero_and_no_floor(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {.number = 9};
	uint64_t floor = 9;

	assert_int_equal(journal_head(kv, &head), ERR_OK);
	assert_int_equal(head.number, 0);
	assert_int_equal(head.link, 0);
	assert_int_equal(journal_floor(kv, &floor), ERR_OK);
	assert_int_equal(floor, 0);
	assert_int_equal(journal_commit(kv, 0, &head), ERR_NOT_FOUND);
	assert_int_equal(journal_commit(kv, 1, &head), ERR_NOT_FOUND);
}

static void
head_is_found_whatever_the_number_of_commits(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct commit found;

	for (unsigned n = 1; n <= 150; n++) {
		append_one(kv, &head);
		assert_int_equal(head.number, n);
		assert_int_equal(journal_head(kv, &found), ERR_OK);
		assert_memory_equal(&found, &head, sizeof(head));
	}
}

static void
remove_commit(struct kv *kv, uint64_t number)
{
	uint8_t from[12] = {0};
	struct span key;
	struct span value;

	from[7] = (uint8_t)number;
	while (kv_next(kv, span_of(from, sizeof(from)), &key, &value) ==
	           ERR_OK &&
	       key.ptr[7] == number) {
		uint8_t copy[12];

		memcpy(copy, key.ptr, sizeof(copy));
		kv_del(kv, span_of(copy, sizeof(copy)));
	}
}

static void
floor_follows_what_is_pruned(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct commit found;
	uint64_t floor = 0;

	for (unsigned n = 0; n < 40; n++)
		append_one(kv, &head);
	for (unsigned n = 1; n < 40; n++) {
		remove_commit(kv, n);
		assert_int_equal(journal_floor(kv, &floor), ERR_OK);
		assert_int_equal(floor, n + 1);
		assert_int_equal(journal_head(kv, &found), ERR_OK);
		assert_int_equal(found.number, 40);
		assert_int_equal(journal_commit(kv, n, &found), ERR_NOT_FOUND);
	}
}

static void
lost_commit_in_the_middle_is_corrupt(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};

	for (unsigned n = 0; n < 8; n++)
		append_one(kv, &head);
	remove_commit(kv, 7);
	assert_int_equal(journal_head(kv, &head), ERR_CORRUPT);
}

static void
chain_and_records_read_back(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct commit c;
	struct span record;
	uint64_t prev = 0;

	for (unsigned n = 0; n < 12; n++)
		append_one(kv, &head);
	for (unsigned n = 1; n <= 12; n++) {
		assert_int_equal(journal_commit(kv, n, &c), ERR_OK);
		assert_int_equal(c.number, n);
		assert_int_equal(c.time_ms, 1000 + n / 2);
		assert_int_equal(c.n_records, n % 5);
		assert_int_equal(c.prev, prev);
		prev = c.link;
	}
	assert_int_equal(journal_record(kv, 9, 3, &record), ERR_OK);
	assert_true(span_equal(record, span_str("9/3")));
	assert_int_equal(journal_record(kv, 9, 4, &record), ERR_NOT_FOUND);
	assert_int_equal(journal_record(kv, 5, 0, &record), ERR_NOT_FOUND);
	assert_int_equal(journal_record(kv, 9, UINT32_MAX, &record),
	                 ERR_NOT_FOUND);
	assert_int_equal(journal_record(kv, 13, 0, &record), ERR_NOT_FOUND);
}

static void
time_never_goes_back(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct record_list list;

	record_list_init(&list);
	assert_int_equal(journal_append(kv, &head, -1, 0, &list),
	                 ERR_BAD_VALUE);
	assert_int_equal(journal_append(kv, &head, 500, 0, &list), ERR_OK);
	assert_int_equal(journal_append(kv, &head, 499, 0, &list),
	                 ERR_BAD_VALUE);
	assert_int_equal(head.number, 1);
	assert_int_equal(
	    journal_append(kv, &head, 500, COMMIT_FLAG_CLOCK_SUSPECT, &list),
	    ERR_OK);
	assert_int_equal(journal_commit(kv, 2, &head), ERR_OK);
	assert_int_equal(head.flags, COMMIT_FLAG_CLOCK_SUSPECT);
	record_list_fini(&list);
}

static void
failed_put_leaves_the_head(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct commit before;
	struct record_list list;

	append_one(kv, &head);
	before = head;
	record_list_init(&list);
	list.err = ERR_NOMEM;
	assert_int_equal(journal_append(kv, &head, 2000, 0, &list), ERR_NOMEM);
	record_list_reset(&list);
	kv->err = ERR_STORAGE_FULL;
	assert_int_equal(journal_append(kv, &head, 2000, 0, &list),
	                 ERR_STORAGE_FULL);
	assert_memory_equal(&head, &before, sizeof(head));
	record_list_fini(&list);
}

static void
packed_commit_unpacks_to_the_same(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct commit got;
	struct record_list list;
	struct buf out;

	record_list_init(&list);
	buf_init(&out, 10000);
	for (unsigned n = 1; n <= 9; n++) {
		append_one(kv, &head);
		buf_reset(&out);
		assert_int_equal(commit_pack(kv, n, &out), ERR_OK);
		assert_int_equal(commit_unpack(buf_span(&out), &got, &list),
		                 ERR_OK);
		assert_memory_equal(&got, &head, sizeof(head));
		assert_int_equal(list.n, n % 5);
	}
	assert_true(span_equal(record_list_at(&list, 0), span_str("9/0")));
	assert_true(span_equal(record_list_at(&list, 3), span_str("9/3")));
	assert_int_equal(commit_pack(kv, 10, &out), ERR_NOT_FOUND);
	record_list_fini(&list);
	buf_fini(&out);
}

static void
every_flipped_bit_and_every_cut_is_noticed(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct commit got = {.number = 77};
	struct record_list list;
	struct buf out;

	record_list_init(&list);
	buf_init(&out, 10000);
	for (unsigned n = 1; n <= 4; n++)
		append_one(kv, &head);
	assert_int_equal(commit_pack(kv, 4, &out), ERR_OK);
	for (size_t bit = 0; bit < out.len * 8; bit++) {
		out.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(commit_unpack(buf_span(&out), &got, &list),
		                 ERR_CORRUPT);
		out.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(
		    commit_unpack(span_of(out.ptr, len), &got, &list),
		    ERR_CORRUPT);
	buf_put_u8(&out, 0);
	assert_int_equal(commit_unpack(buf_span(&out), &got, &list),
	                 ERR_CORRUPT);
	assert_int_equal(got.number, 77);
	record_list_fini(&list);
	buf_fini(&out);
}

static void
pack_into_a_full_buffer_leaves_it_as_it_was(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct buf out;

	for (unsigned n = 1; n <= 4; n++)
		append_one(kv, &head);
	buf_init(&out, 40);
	buf_put_str(&out, "kept");
	assert_int_equal(commit_pack(kv, 4, &out), ERR_TOO_LARGE);
	assert_true(span_equal(buf_span(&out), span_str("kept")));
	buf_fini(&out);
}

static void
identity_is_written_once(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct journal_id id = {.log = 5, .generation = 5};

	assert_int_equal(journal_identity(kv, 0, &id), ERR_NOT_FOUND);
	assert_int_equal(id.log, 5);
	assert_int_equal(journal_identity(kv, 4711, &id), ERR_OK);
	assert_int_equal(id.log, 4711);
	assert_int_equal(id.generation, 1);
	assert_int_equal(journal_identity(kv, 99, &id), ERR_OK);
	assert_int_equal(id.log, 4711);
	id.log = 0;
	assert_int_equal(journal_identity(kv, 0, &id), ERR_OK);
	assert_int_equal(id.log, 4711);
}

static void
record_list_takes_its_bounds_and_no_more(void **state)
{
	enum { HALF = 1 << 20 };
	struct record_list list;
	uint8_t *half = calloc(1, HALF);

	(void)state;
	assert_non_null(half);
	record_list_init(&list);
	assert_int_equal(list.bytes.max_bytes, COMMIT_BYTES_MAX);
	list.bytes.max_bytes = 2 * HALF; /* a gibibyte less to hold */
	for (unsigned i = 0; i < COMMIT_RECORDS_MAX; i++)
		record_list_add(&list, span_of("", 0));
	assert_int_equal(list.err, ERR_OK);
	assert_int_equal(list.n, COMMIT_RECORDS_MAX);
	record_list_add(&list, span_of("", 0));
	assert_int_equal(list.err, ERR_TOO_LARGE);
	assert_int_equal(list.n, COMMIT_RECORDS_MAX);
	record_list_reset(&list);
	record_list_add(&list, span_of(half, HALF));
	record_list_add(&list, span_of(half, HALF));
	assert_int_equal(list.err, ERR_OK);
	record_list_add(&list, span_of("x", 1));
	assert_int_equal(list.err, ERR_TOO_LARGE);
	record_list_add(&list, span_of("", 0));
	assert_int_equal(list.n, 2);
	record_list_fini(&list);
	free(half);
}

static void
records_made_in_place_are_closed(void **state)
{
	struct record_list list;

	(void)state;
	record_list_init(&list);
	buf_put_str(&list.bytes, "ab");
	buf_put_str(&list.bytes, "c");
	record_list_close_record(&list);
	record_list_close_record(&list);
	record_list_add(&list, span_str("d"));
	assert_int_equal(list.n, 3);
	assert_true(span_equal(record_list_at(&list, 0), span_str("abc")));
	assert_int_equal(record_list_at(&list, 1).len, 0);
	assert_true(span_equal(record_list_at(&list, 2), span_str("d")));
	record_list_fini(&list);
}

static void
largest_commit_goes_in_and_out(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct commit head = {0};
	struct record_list list;
	struct buf out;

	record_list_init(&list);
	buf_init(&out, 64u << 20);
	for (unsigned i = 0; i < COMMIT_RECORDS_MAX; i++)
		record_list_add(&list, span_of(&i, 3));
	assert_int_equal(journal_append(kv, &head, 1, 0, &list), ERR_OK);
	assert_int_equal(commit_pack(kv, 1, &out), ERR_OK);
	assert_int_equal(commit_unpack(buf_span(&out), &head, &list), ERR_OK);
	assert_int_equal(list.n, COMMIT_RECORDS_MAX);
	record_list_fini(&list);
	buf_fini(&out);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(empty_journal_has_head_zero_and_no_floor),
	    CASE(head_is_found_whatever_the_number_of_commits),
	    CASE(floor_follows_what_is_pruned),
	    CASE(lost_commit_in_the_middle_is_corrupt),
	    CASE(chain_and_records_read_back),
	    CASE(time_never_goes_back),
	    CASE(failed_put_leaves_the_head),
	    CASE(packed_commit_unpacks_to_the_same),
	    CASE(every_flipped_bit_and_every_cut_is_noticed),
	    CASE(pack_into_a_full_buffer_leaves_it_as_it_was),
	    CASE(identity_is_written_once),
	    CASE(record_list_takes_its_bounds_and_no_more),
	    CASE(records_made_in_place_are_closed),
	    CASE(largest_commit_goes_in_and_out),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
