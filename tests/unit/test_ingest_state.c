/* links: services/ingest/ingest_state.c common/base/kv.c common/base/kv_mem.c common/base/buf.c common/base/err.c common/base/map.c proto/answer.c proto/batch.c proto/codec.c proto/cursor.c proto/kind.c proto/list.c proto/query.c proto/rows.c proto/scan.c proto/schema.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/ingest/ingest_state.h"

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

static void
a_producer_never_seen_has_epoch_0(void **state)
{
	struct producer p = {.epoch = 9, .last_sequence = 9};

	assert_int_equal(
	    producer_get(kv_mem_kv(*state), span_str("nobody"), &p), ERR_OK);
	assert_int_equal(p.epoch, 0);
	assert_int_equal(p.last_sequence, 0);
}

static void
producers_are_kept_apart_up_to_the_longest_name(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	char name[256];
	struct producer p = {.epoch = 3, .last_sequence = UINT64_MAX};

	memset(name, 'x', sizeof(name));
	producer_put(kv, span_of(name, sizeof(name)), &p);
	p = (struct producer){.epoch = 4, .last_sequence = 1};
	producer_put(kv, span_of(name, sizeof(name) - 1), &p);
	assert_int_equal(producer_get(kv, span_of(name, sizeof(name)), &p),
	                 ERR_OK);
	assert_int_equal(p.epoch, 3);
	assert_true(p.last_sequence == UINT64_MAX);
	assert_int_equal(kv_err(kv), ERR_OK);
}

static void
a_producer_cut_short_is_damage(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct producer p = {.epoch = 300, .last_sequence = 300};
	struct span key, value;
	uint8_t kept[KV_KEY_MAX];
	size_t len;

	producer_put(kv, span_str("p"), &p);
	assert_int_equal(kv_next(kv, span_str("P"), &key, &value), ERR_OK);
	len = key.len;
	memcpy(kept, key.ptr, len);
	kv_put(kv, span_of(kept, len), span_of("\x01", 1));
	assert_int_equal(producer_get(kv, span_str("p"), &p), ERR_CORRUPT);
}

static struct answer
some_answer(struct wire_writer *w)
{
	wire_errors_add(w, &(struct wire_row_error){.row = 7,
	                                            .code = span_str("c"),
	                                            .field = span_str("f"),
	                                            .value = span_str("v")});
	return (struct answer){.hash = {1, 2},
	                       .commit = 300,
	                       .accepted = 10,
	                       .rejected = 2,
	                       .errors_cut = true,
	                       .errors = wire_writer_list(w)};
}

static void
an_answer_is_read_as_it_was_put(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct batch_id id = {.producer = span_str("p"),
	                      .epoch = 2,
	                      .sequence = 5,
	                      .hash = {1, 2}};
	struct wire_row_error e;
	struct wire_writer w;
	struct buf scratch;
	struct answer a;

	wire_writer_init(&w, 1000);
	buf_init(&scratch, 1000);
	a = some_answer(&w);
	answer_put(kv, &id, &a, &scratch);
	wire_writer_fini(&w);
	buf_fini(&scratch);
	memset(&a, 0xff, sizeof(a));
	assert_int_equal(answer_get(kv, span_str("p"), 2, 5, &a), ERR_OK);
	assert_int_equal(a.hash[1], 2);
	assert_int_equal(a.commit, 300);
	assert_int_equal(a.accepted, 10);
	assert_int_equal(a.rejected, 2);
	assert_true(a.errors_cut);
	assert_int_equal(a.errors.n, 1);
	assert_true(wire_errors_next(&a.errors, &e));
	assert_int_equal(e.row, 7);
	assert_true(span_equal(e.value, span_str("v")));
	assert_int_equal(answer_get(kv, span_str("p"), 2, 6, &a),
	                 ERR_NOT_FOUND);
	assert_int_equal(answer_get(kv, span_str("p"), 1, 5, &a),
	                 ERR_NOT_FOUND);
	assert_int_equal(answer_get(kv, span_str("q"), 2, 5, &a),
	                 ERR_NOT_FOUND);
	answer_del(kv, span_str("p"), 2, 5);
	assert_int_equal(answer_get(kv, span_str("p"), 2, 5, &a),
	                 ERR_NOT_FOUND);
}

static void
an_answer_that_does_not_fit_is_told_before_the_commit(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct batch_id id = {.producer = span_str("p"), .epoch = 1};
	struct answer a = {.commit = 1};
	struct buf scratch;

	buf_init(&scratch, 16); /* two hashes, and no room for more */
	answer_put(kv, &id, &a, &scratch);
	buf_fini(&scratch);
	assert_int_equal(kv_err(kv), ERR_TOO_LARGE);
}

static void
a_declaration_is_known_by_kind_and_numbers(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	const uint32_t numbers[3] = {1, 2, 3};
	const uint32_t others[3] = {1, 2, 4};
	struct ingest_key key = declared_key(DECLARED_COMPLETION, numbers);
	struct ingest_key other = declared_key(DECLARED_COMPLETION, others);
	struct ingest_key kind = declared_key(DECLARED_PROGRAMME, numbers);
	struct declared d = {.said = 1, .commit = UINT64_C(1) << 40};

	declared_put(kv, &key, &d);
	d = (struct declared){0};
	assert_int_equal(declared_get(kv, &key, &d), ERR_OK);
	assert_int_equal(d.said, 1);
	assert_int_equal(d.commit, UINT64_C(1) << 40);
	assert_int_equal(declared_get(kv, &other, &d), ERR_NOT_FOUND);
	assert_int_equal(declared_get(kv, &kind, &d), ERR_NOT_FOUND);
}

static struct catalogue
sizes(uint32_t n)
{
	return (struct catalogue){
	    .n_units = n, .n_definitions = n, .n_sources = n, .n_documents = n};
}

static void
what_is_used_is_read_back(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct used used = {0}, again = {0};
	struct catalogue c = sizes(70000);

	assert_int_equal(used_resize(&used, &c), ERR_OK);
	used_set(&used, kv, USED_UNIT, 0);
	used_set(&used, kv, USED_UNIT, 69999);
	used_set(&used, kv, USED_DOCUMENT, 255);
	used_set(&used, kv, USED_DOCUMENT, NUMBER_NONE);
	assert_int_equal(used_resize(&again, &c), ERR_OK);
	assert_int_equal(used_load(&again, kv), ERR_OK);
	for (uint32_t i = 0; i < 70000; i++) {
		assert_int_equal(used_has(&again, USED_UNIT, i),
		                 i == 0 || i == 69999);
		assert_int_equal(used_has(&again, USED_DOCUMENT, i), i == 255);
		assert_false(used_has(&again, USED_SOURCE, i));
	}
	assert_false(used_has(&again, USED_UNIT, 70000));
	used_fini(&used);
	used_fini(&again);
}

static void
what_is_used_is_written_once(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct used used = {0};
	struct catalogue c = sizes(10);
	uint64_t n = 0;

	assert_int_equal(used_resize(&used, &c), ERR_OK);
	for (int i = 0; i < 5; i++)
		used_set(&used, kv, USED_UNIT, 3);
	assert_int_equal(kv_count(kv, &n), ERR_OK);
	assert_int_equal(n, 1);
	used_fini(&used);
}

static void
growing_keeps_what_is_used(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct used used = {0};

	for (uint32_t n = 1; n < 40; n++) {
		struct catalogue c = sizes(n);

		assert_int_equal(used_resize(&used, &c), ERR_OK);
		assert_false(used_has(&used, USED_UNIT, n - 1));
		used_set(&used, kv, USED_UNIT, n - 1);
		for (uint32_t i = 0; i < n; i++)
			assert_true(used_has(&used, USED_UNIT, i));
	}
	used_fini(&used);
}

static void
a_used_number_of_no_catalogue_is_damage(void **state)
{
	struct kv *kv = kv_mem_kv(*state);
	struct used used = {0}, fewer = {0};
	struct catalogue c = sizes(10);

	assert_int_equal(used_resize(&used, &c), ERR_OK);
	used_set(&used, kv, USED_UNIT, 9);
	c = sizes(9);
	assert_int_equal(used_resize(&fewer, &c), ERR_OK);
	assert_int_equal(used_load(&fewer, kv), ERR_CORRUPT);
	used_fini(&used);
	used_fini(&fewer);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    CASE(a_producer_never_seen_has_epoch_0),
	    CASE(producers_are_kept_apart_up_to_the_longest_name),
	    CASE(a_producer_cut_short_is_damage),
	    CASE(an_answer_is_read_as_it_was_put),
	    CASE(an_answer_that_does_not_fit_is_told_before_the_commit),
	    CASE(a_declaration_is_known_by_kind_and_numbers),
	    CASE(what_is_used_is_read_back),
	    CASE(what_is_used_is_written_once),
	    CASE(growing_keeps_what_is_used),
	    CASE(a_used_number_of_no_catalogue_is_damage),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
