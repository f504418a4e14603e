/* links: common/domain/admission_conflict.c common/domain/figure.c common/domain/period.c */
/* links: common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/admission.h"
#include "tests/lib/random.h"

enum { ROWS = 120, ROUNDS = 3000 };

static struct figure
value_of(uint32_t unit, int64_t value)
{
	return (struct figure){
	    .unit = unit, .has = FIGURE_VALUE, .value = value, .source = 1};
}

static void
search(struct admission *a, const struct figure *figures, uint32_t n)
{
	assert_int_equal(admission_conflicts(a, figures, n), ERR_OK);
}

static void
drop(struct admission *a)
{
	free(a->heads);
	free(a->first);
	free(a->rival);
}

static void
two_values_of_one_key_and_status_are_both_refused(void **state)
{
	struct figure f[5] = {value_of(1, 5), value_of(2, 5), value_of(1, 6),
	                      value_of(1, 5), value_of(3, 5)};
	struct admission a = {0};

	(void)state;
	search(&a, f, 5);
	assert_true(admission_conflicting(&a, 0));
	assert_false(admission_conflicting(&a, 1));
	assert_true(admission_conflicting(&a, 2));
	assert_true(admission_conflicting(&a, 3));
	assert_false(admission_conflicting(&a, 4));
	/* the next block starts anew */
	search(&a, f, 2);
	assert_false(admission_conflicting(&a, 0));
	search(&a, f, 0);
	drop(&a);
}

static void
the_same_said_twice_is_no_conflict(void **state)
{
	struct figure f[2] = {value_of(1, 5), value_of(1, 5)};
	struct admission a = {0};

	(void)state;
	f[1].document = 7;
	f[1].row = 9;
	search(&a, f, 2);
	assert_false(admission_conflicting(&a, 0));
	assert_false(admission_conflicting(&a, 1));
	drop(&a);
}

static void
other_parts_and_another_bound_are_other_values(void **state)
{
	struct figure f[6] = {value_of(1, 5), value_of(1, 5), value_of(2, 5),
	                      value_of(2, 5), value_of(3, 5), value_of(3, 5)};
	struct admission a = {0};

	(void)state;
	f[1].bound = BOUND_GT;
	f[2].has = f[3].has = FIGURE_VALUE | FIGURE_PARTS;
	f[3].denominator = 1;
	f[5].has = FIGURE_VALUE | FIGURE_PARTS;
	search(&a, f, 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_true(admission_conflicting(&a, i));
	drop(&a);
}

static void
each_part_of_the_key_makes_another_key(void **state)
{
	struct figure f[6];
	struct admission a = {0};

	(void)state;
	for (int64_t i = 0; i < 6; i++)
		f[i] = value_of(1, i);
	f[1].unit = 2;
	f[2].definition = 2;
	f[3].period = period_of_year(2024);
	f[4].source = 2;
	f[5].status = STATUS_P;
	search(&a, f, 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_false(admission_conflicting(&a, i));
	drop(&a);
}

static void
deletes_contradict_nothing(void **state)
{
	struct figure f[3] = {value_of(1, 5), value_of(1, 0), value_of(1, 5)};
	struct admission a = {0};

	(void)state;
	f[1].action = ACTION_DELETE;
	f[1].has = 0;
	search(&a, f, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_false(admission_conflicting(&a, i));
	drop(&a);
}

static void
the_search_agrees_with_comparing_all_pairs(void **state)
{
	struct figure f[ROWS];
	struct admission a = {0};
	uint64_t seed = 51;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t n = (uint32_t)below(&seed, ROWS + 1);

		for (uint32_t i = 0; i < n; i++) {
			f[i] = value_of((uint32_t)below(&seed, 30),
			                (int64_t)below(&seed, 2));
			f[i].status = (uint8_t)below(&seed, 2);
		}
		search(&a, f, n);
		for (uint32_t i = 0; i < n; i++) {
			bool clash = false;

			for (uint32_t j = 0; j < n; j++)
				clash = clash || (f[i].unit == f[j].unit &&
				                  f[i].status == f[j].status &&
				                  f[i].value != f[j].value);
			assert_int_equal(admission_conflicting(&a, i), clash);
		}
	}
	drop(&a);
}

static void
a_million_rows_are_searched_and_no_more(void **state)
{
	uint32_t n = ADMISSION_ROWS_MAX;
	struct figure *f = calloc(n, sizeof(*f));
	struct admission a = {0};

	(void)state;
	assert_non_null(f);
	assert_int_equal(admission_conflicts(&a, f, n + 1), ERR_TOO_LARGE);
	for (uint32_t i = 0; i < n; i++)
		f[i] = value_of(i, 1);
	f[n - 1].unit = 0;
	f[n - 1].value = 2;
	search(&a, f, n);
	assert_true(admission_conflicting(&a, 0));
	assert_false(admission_conflicting(&a, 1));
	assert_true(admission_conflicting(&a, n - 1));
	free(f);
	drop(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_values_of_one_key_and_status_are_both_refused),
	    cmocka_unit_test(the_same_said_twice_is_no_conflict),
	    cmocka_unit_test(other_parts_and_another_bound_are_other_values),
	    cmocka_unit_test(each_part_of_the_key_makes_another_key),
	    cmocka_unit_test(deletes_contradict_nothing),
	    cmocka_unit_test(the_search_agrees_with_comparing_all_pairs),
	    cmocka_unit_test(a_million_rows_are_searched_and_no_more),
	};

	return cmocka_run_group_tests_name("admission_conflict", tests, NULL,
	                                   NULL);
}
