/* links: common/domain/catalogue_rows.c common/domain/arena.c common/domain/text.c common/base/map.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/arena.h"
#include "common/domain/catalogue_rows.h"
#include "common/domain/text.h"

enum {
	FUZZ_ROUNDS = 100000,
};

struct fixture {
	struct registry registry;
	struct cat_rows rows;
	struct buf packed;
};

static void
put_member(struct cat_rows *rows, const char *map, const char *unit)
{
	struct span fields[CATALOGUE_FIELDS_MAX] = {
	    span_str(map), span_str(unit), span_str("land")};

	assert_int_equal(cat_rows_add(rows, CAT_MEMBER, fields, NULL), ERR_OK);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t number;

	assert_non_null(f);
	registry_init(&f->registry);
	cat_rows_init(&f->rows);
	buf_init(&f->packed, CATALOGUE_BYTES_MAX);
	assert_int_equal(map_intern(&f->registry.ids[REGISTRY_UNIT],
	                            span_str("land"), &number),
	                 ERR_OK);
	assert_int_equal(map_intern(&f->registry.ids[REGISTRY_UNIT],
	                            span_str("ha-son"), &number),
	                 ERR_OK);
	assert_int_equal(map_intern(&f->registry.ids[REGISTRY_TARGET],
	                            span_str("prog/step"), &number),
	                 ERR_OK);
	put_member(&f->rows, "2021", "ha-son");
	put_member(&f->rows, "2025", "Hà");
	assert_int_equal(catalogue_pack(&f->registry, &f->rows, &f->packed),
	                 ERR_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	registry_fini(&f->registry);
	cat_rows_fini(&f->rows);
	buf_fini(&f->packed);
	free(f);
	return 0;
}

static enum err
unpack(struct span bytes, struct registry *registry, struct cat_rows *rows)
{
	registry_init(registry);
	cat_rows_init(rows);
	return catalogue_unpack(bytes, registry, rows);
}

static void
what_was_packed_comes_back_and_packs_alike(void **state)
{
	const struct fixture *f = *state;
	struct registry registry;
	struct cat_rows rows;
	struct buf again;

	assert_int_equal(unpack(buf_span(&f->packed), &registry, &rows),
	                 ERR_OK);
	assert_int_equal(rows.n, 2);
	assert_string_equal(rows.rows[1].fields[1], "Hà");
	assert_string_equal(rows.rows[1].fields[5], "");
	assert_null(rows.rows[1].places);
	assert_int_equal(
	    map_get(&registry.ids[REGISTRY_UNIT], span_str("ha-son")), 1);
	buf_init(&again, CATALOGUE_BYTES_MAX);
	assert_int_equal(catalogue_pack(&registry, &rows, &again), ERR_OK);
	assert_true(span_equal(buf_span(&again), buf_span(&f->packed)));
	buf_fini(&again);
	registry_fini(&registry);
	cat_rows_fini(&rows);
}

static void
every_cut_and_every_tail_is_refused(void **state)
{
	const struct fixture *f = *state;
	struct registry registry;
	struct cat_rows rows;
	uint8_t longer[512];

	assert_true(f->packed.len < sizeof(longer));
	for (size_t len = 0; len < f->packed.len; len++) {
		assert_int_not_equal(
		    unpack(span_of(f->packed.ptr, len), &registry, &rows),
		    ERR_OK);
		assert_int_equal(rows.n, 0);
		assert_null(rows.memory);
		assert_int_equal(registry.ids[REGISTRY_UNIT].n, 0);
	}
	memcpy(longer, f->packed.ptr, f->packed.len);
	longer[f->packed.len] = 0;
	assert_int_equal(
	    unpack(span_of(longer, f->packed.len + 1), &registry, &rows),
	    ERR_TRAILING);
}

static uint32_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	        UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static void
random_and_changed_bytes_never_harm(void **state)
{
	const struct fixture *f = *state;
	uint64_t seed = 20250701;
	uint8_t bytes[256];
	size_t taken = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < FUZZ_ROUNDS; round++) {
		struct registry registry;
		struct cat_rows rows;
		size_t len = next_random(&seed) % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)next_random(&seed);
		if (round % 2 == 0) {
			len = f->packed.len;
			memcpy(bytes, f->packed.ptr, len);
			for (uint32_t i = next_random(&seed) % 3 + 1; i > 0;
			     i--)
				bytes[next_random(&seed) % len] =
				    (uint8_t)next_random(&seed);
		}
		taken +=
		    unpack(span_of(bytes, len), &registry, &rows) == ERR_OK;
		registry_fini(&registry);
		cat_rows_fini(&rows);
	}
	/* Some changes only change a letter. */
	assert_true(taken > 0 && taken < FUZZ_ROUNDS);
}

static void
an_id_that_stands_twice_is_refused(void **state)
{
	struct registry registry;
	struct cat_rows rows;
	static const uint8_t bytes[] = {2, 1, 'a', 1, 'a', 0, 0,
	                                0, 0, 0,   0, 0,   0};

	(void)state;
	assert_int_equal(
	    unpack(span_of(bytes, sizeof(bytes)), &registry, &rows),
	    ERR_DUPLICATE_ID);
}

static void
a_field_has_its_limit_and_is_text(void **state)
{
	struct cat_rows rows;
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	char *text = calloc(CATALOGUE_FIELD_MAX + 1, 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', CATALOGUE_FIELD_MAX + 1);
	cat_rows_init(&rows);
	fields[0] = span_of(text, CATALOGUE_FIELD_MAX);
	assert_int_equal(cat_rows_add(&rows, CAT_UNIT, fields, NULL), ERR_OK);
	fields[0].len++;
	assert_int_equal(cat_rows_add(&rows, CAT_UNIT, fields, NULL),
	                 ERR_TOO_LARGE);
	fields[0] = span_str("\xc3(");
	assert_int_equal(cat_rows_add(&rows, CAT_UNIT, fields, NULL),
	                 ERR_BAD_TEXT);
	fields[0] = span_of("a\0b", 3);
	assert_int_equal(cat_rows_add(&rows, CAT_UNIT, fields, NULL),
	                 ERR_BAD_TEXT);
	assert_int_equal(rows.n, 1);
	cat_rows_fini(&rows);
	free(text);
}

static void
rows_have_their_limit(void **state)
{
	struct cat_rows rows;
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};

	(void)state;
	cat_rows_init(&rows);
	for (size_t i = 0; i < CATALOGUE_ROWS_MAX; i++)
		assert_int_equal(
		    cat_rows_add(&rows, CAT_CALENDAR, fields, NULL), ERR_OK);
	assert_int_equal(cat_rows_add(&rows, CAT_CALENDAR, fields, NULL),
	                 ERR_TOO_LARGE);
	cat_rows_fini(&rows);
}

static void
a_catalogue_larger_than_a_message_is_not_packed(void **state)
{
	struct registry registry;
	struct cat_rows rows;
	struct span fields[CATALOGUE_FIELDS_MAX] = {0};
	struct buf out;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text));
	registry_init(&registry);
	cat_rows_init(&rows);
	buf_init(&out, 2 * CATALOGUE_BYTES_MAX);
	fields[0] = span_of(text, sizeof(text));
	for (size_t i = 0; i < CATALOGUE_BYTES_MAX / sizeof(text) + 1; i++)
		assert_int_equal(
		    cat_rows_add(&rows, CAT_CALENDAR, fields, NULL), ERR_OK);
	assert_int_equal(catalogue_pack(&registry, &rows, &out), ERR_TOO_LARGE);
	registry_fini(&registry);
	cat_rows_fini(&rows);
	assert_int_equal(unpack(buf_span(&out), &registry, &rows),
	                 ERR_TOO_LARGE);
	buf_fini(&out);
}

static void
text_is_utf8_without_control_characters(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {{"", true},
	             {"Tuyên Quang\t\n", true},
	             {"\x7f", false},
	             {"\x01", false},
	             {"\xc0\x80", false},
	             {"\xe0\x80\x80", false},
	             {"\xed\xa0\x80", false},
	             {"\xf4\x90\x80\x80", false},
	             {"\xf0\x9f\x8c\xbe", true},
	             {"\xf0\x9f\x8c", false},
	             {"\xe1\xbb", false},
	             {"\x80", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(text_valid(span_str(cases[i].text)),
		                 cases[i].valid);
}

static void
the_nearest_word_is_near_enough(void **state)
{
	struct nearest n = nearest_of(span_str("targte"));

	(void)state;
	assert_int_equal(text_distance(span_str("kitten"), span_str("sitten")),
	                 1);
	assert_int_equal(text_distance(span_str("ab"), span_str("abcd")), 2);
	assert_int_equal(text_distance(span_str(""), span_str("abc")),
	                 TEXT_DISTANCE_MAX + 1);
	nearest_offer(&n, span_str("text"));
	assert_null(n.best.ptr);
	nearest_offer(&n, span_str("target"));
	nearest_offer(&n, span_str("tarte"));
	assert_true(span_equal(n.best, span_str("tarte")));
}

static void
an_arena_gives_pieces_of_any_size(void **state)
{
	void *arena = NULL;
	char *small = arena_text(&arena, span_str("abc"));
	uint64_t *large = arena_take(&arena, 100000, sizeof(*large));
	uint64_t *next = arena_take(&arena, 1, sizeof(*next));

	(void)state;
	assert_string_equal(small, "abc");
	assert_int_equal(large[99999], 0);
	assert_int_equal((uintptr_t)next % sizeof(*next), 0);
	assert_null(arena_take(&arena, SIZE_MAX / 4, 8));
	assert_non_null(arena_take(&arena, 0, 8));
	arena_fini(&arena);
	assert_null(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_packed_comes_back_and_packs_alike),
	    cmocka_unit_test(every_cut_and_every_tail_is_refused),
	    cmocka_unit_test(random_and_changed_bytes_never_harm),
	    cmocka_unit_test(an_id_that_stands_twice_is_refused),
	    cmocka_unit_test(a_field_has_its_limit_and_is_text),
	    cmocka_unit_test(rows_have_their_limit),
	    cmocka_unit_test(a_catalogue_larger_than_a_message_is_not_packed),
	    cmocka_unit_test(text_is_utf8_without_control_characters),
	    cmocka_unit_test(the_nearest_word_is_near_enough),
	    cmocka_unit_test(an_arena_gives_pieces_of_any_size),
	};

	return cmocka_run_group_tests_name("catalogue_rows", tests, setup,
	                                   teardown);
}
