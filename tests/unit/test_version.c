/* links: common/domain/version.c common/domain/figure.c */
/* links: common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/version.h"
#include "tests/lib/random.h"

enum { SOURCES = 3, LIST_MAX = 12 };

/* Ranks: source 0 is best; 1 and 2 share a rank; 3 is no longer declared. */
static struct cat_source sources[SOURCES + 1] = {
    {.declared = true, .rank = 1},
    {.declared = true, .rank = 2},
    {.declared = true, .rank = 2},
    {.declared = false, .rank = 1},
};
static const struct catalogue catalogue = {.sources = sources,
                                           .n_sources = SOURCES + 1};

static struct figure
says(uint32_t source, enum obs_status status, int64_t value)
{
	return (struct figure){
	    .has = FIGURE_VALUE,
	    .status = (uint8_t)status,
	    .value = value,
	    .source = source,
	    .document = NUMBER_NONE,
	    .released = {100},
	};
}

static struct figure
withdraws_all(uint32_t source)
{
	struct figure f = says(source, STATUS_A, 0);

	f.has = 0;
	f.action = ACTION_DELETE;
	return f;
}

static struct figure
withdraws_one(uint32_t source, enum obs_status status)
{
	struct figure f = withdraws_all(source);

	f.status = (uint8_t)status;
	f.status_named = true;
	return f;
}

static struct figure
released(struct figure f, int32_t day)
{
	f.released.n = day;
	return f;
}

static struct figure
cites(struct figure f, uint32_t document)
{
	f.document = document;
	return f;
}

static struct figure
again(struct figure f)
{
	f.flags = FIGURE_FLAG_AGAIN;
	return f;
}

/* A key as aggregate keeps it. */
struct key {
	struct figure list[LIST_MAX];
	uint32_t n;
};

static enum version_verdict
arrives(struct key *k, struct figure f)
{
	enum version_verdict verdict = version_judge(k->list, k->n, &f);

	f.commit = k->n + 1;
	if (verdict == VERSION_NEW)
		k->list[k->n++] = f;
	return verdict;
}

static int64_t
in_force(const struct key *k)
{
	uint32_t at = version_in_force(&catalogue, k->list, k->n);

	return at == VERSION_NONE ? -1 : k->list[at].value;
}

/* --- F3 --- */

static void
official_comes_before_provisional_before_estimate_before_forecast(void **state)
{
	struct key k = {0};

	(void)state;
	assert_int_equal(in_force(&k), -1);
	arrives(&k, says(0, STATUS_F, 4));
	assert_int_equal(in_force(&k), 4);
	arrives(&k, says(1, STATUS_E, 3));
	assert_int_equal(in_force(&k), 3);
	arrives(&k, says(1, STATUS_P, 2));
	assert_int_equal(in_force(&k), 2);
	arrives(&k, says(1, STATUS_A, 1));
	assert_int_equal(in_force(&k), 1);
	arrives(&k, says(0, STATUS_P, 9));
	arrives(&k, says(0, STATUS_M, 8));
	assert_int_equal(in_force(&k), 1);
}

static void
at_one_status_the_better_source_wins_however_late_the_other(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(3, STATUS_A, 7));
	assert_int_equal(in_force(&k), 7);
	arrives(&k, says(1, STATUS_A, 2));
	assert_int_equal(in_force(&k), 2);
	arrives(&k, says(0, STATUS_A, 1));
	arrives(&k, released(says(1, STATUS_A, 5), 900));
	assert_int_equal(in_force(&k), 1);
}

static void
an_older_document_never_displaces_a_newer_one(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, released(cites(says(0, STATUS_A, 6), 2), 2020));
	arrives(&k, released(cites(says(0, STATUS_A, 5), 1), 2016));
	assert_int_equal(in_force(&k), 6);
}

static void
at_one_date_the_later_commit_then_the_later_row_wins(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(1, STATUS_A, 1));
	arrives(&k, says(2, STATUS_A, 2));
	assert_int_equal(in_force(&k), 2);
	k.list[1].commit = k.list[0].commit;
	k.list[1].row = 4;
	k.list[0].row = 5;
	assert_int_equal(in_force(&k), 1);
}

static void
when_the_official_figure_is_withdrawn_the_provisional_returns(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_P, 2));
	arrives(&k, says(0, STATUS_A, 1));
	assert_int_equal(arrives(&k, withdraws_one(0, STATUS_A)), VERSION_NEW);
	assert_int_equal(in_force(&k), 2);
	assert_true(version_withdrawn(k.list, k.n, 1));
	assert_false(version_withdrawn(k.list, k.n, 0));
}

static void
a_delete_without_status_withdraws_all_of_its_source_only(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(1, STATUS_F, 9));
	arrives(&k, says(0, STATUS_P, 2));
	arrives(&k, says(0, STATUS_A, 1));
	arrives(&k, withdraws_all(0));
	assert_int_equal(in_force(&k), 9);
	arrives(&k, withdraws_all(1));
	assert_int_equal(in_force(&k), -1);
}

static void
what_comes_after_a_delete_is_not_withdrawn(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_A, 1));
	arrives(&k, withdraws_all(0));
	assert_int_equal(arrives(&k, says(0, STATUS_A, 2)), VERSION_NEW);
	assert_int_equal(in_force(&k), 2);
}

/* --- F4 --- */

static void
sending_an_old_file_again_never_undoes_a_correction(void **state)
{
	struct key k = {0};

	(void)state;
	assert_int_equal(arrives(&k, says(0, STATUS_A, 1)), VERSION_NEW);
	assert_int_equal(arrives(&k, says(0, STATUS_A, 1)), VERSION_UNCHANGED);
	assert_int_equal(arrives(&k, says(0, STATUS_A, 2)), VERSION_NEW);
	assert_int_equal(arrives(&k, says(0, STATUS_A, 1)), VERSION_STALE);
	assert_int_equal(in_force(&k), 2);
}

static void
to_return_to_a_value_takes_a_new_document_or_a_new_submission(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_A, 1));
	arrives(&k, says(0, STATUS_A, 2));
	assert_int_equal(arrives(&k, cites(says(0, STATUS_A, 1), 5)),
	                 VERSION_NEW);
	assert_int_equal(in_force(&k), 1);
	assert_int_equal(arrives(&k, again(says(0, STATUS_A, 2))), VERSION_NEW);
	assert_int_equal(in_force(&k), 2);
	assert_int_equal(arrives(&k, again(says(0, STATUS_A, 2))),
	                 VERSION_UNCHANGED);
}

static void
a_file_of_two_statuses_sent_again_changes_nothing(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_P, 2));
	arrives(&k, says(0, STATUS_A, 1));
	assert_int_equal(arrives(&k, again(says(0, STATUS_P, 2))),
	                 VERSION_UNCHANGED);
	assert_int_equal(arrives(&k, again(says(0, STATUS_A, 1))),
	                 VERSION_UNCHANGED);
}

static void
what_was_withdrawn_stays_so_until_it_is_declared_new(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_A, 1));
	arrives(&k, withdraws_all(0));
	assert_int_equal(arrives(&k, says(0, STATUS_A, 1)), VERSION_STALE);
	assert_int_equal(in_force(&k), -1);
	assert_int_equal(arrives(&k, again(says(0, STATUS_A, 1))), VERSION_NEW);
	assert_int_equal(in_force(&k), 1);
}

static void
a_delete_is_an_assertion_too(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_A, 1));
	assert_int_equal(arrives(&k, withdraws_all(0)), VERSION_NEW);
	assert_int_equal(arrives(&k, withdraws_all(0)), VERSION_UNCHANGED);
	assert_int_equal(arrives(&k, again(withdraws_all(0))),
	                 VERSION_UNCHANGED);
	arrives(&k, says(0, STATUS_A, 2));
	assert_int_equal(arrives(&k, withdraws_all(0)), VERSION_STALE);
	assert_int_equal(in_force(&k), 2);
	assert_int_equal(arrives(&k, withdraws_one(0, STATUS_A)), VERSION_NEW);
	assert_int_equal(in_force(&k), -1);
}

static void
a_delete_that_came_first_is_remembered(void **state)
{
	struct key k = {0};

	(void)state;
	assert_int_equal(arrives(&k, withdraws_all(0)), VERSION_NEW);
	arrives(&k, says(0, STATUS_A, 1));
	assert_int_equal(arrives(&k, withdraws_all(0)), VERSION_STALE);
	assert_int_equal(in_force(&k), 1);
	assert_int_equal(arrives(&k, again(withdraws_all(0))), VERSION_NEW);
	assert_int_equal(in_force(&k), -1);
}

static void
each_source_has_its_own_memory(void **state)
{
	struct key k = {0};

	(void)state;
	arrives(&k, says(0, STATUS_A, 1));
	assert_int_equal(arrives(&k, says(1, STATUS_A, 1)), VERSION_NEW);
	assert_int_equal(arrives(&k, says(0, STATUS_A, 1)), VERSION_UNCHANGED);
}

/* --- properties --- */

/* Another way to say F3: points for each criterion, the highest sum wins. What a
 * delete withdraws is struck out as it arrives. */
static int64_t
slow_in_force(const struct key *k)
{
	bool struck[LIST_MAX] = {false};
	int64_t value = -1;
	int64_t most = -1;

	for (uint32_t i = 0; i < k->n; i++) {
		for (uint32_t j = 0;
		     k->list[i].action == ACTION_DELETE && j < i; j++) {
			if (k->list[j].source != k->list[i].source)
				continue;
			if (k->list[i].status_named &&
			    k->list[j].status != k->list[i].status)
				continue;
			struck[j] = true;
		}
	}
	for (uint32_t i = 0; i < k->n; i++) {
		const struct figure *f = &k->list[i];
		int64_t points = 4 - f->status;

		points = points * 10 + (9 - sources[f->source].rank);
		points = points * 1000 + f->released.n;
		points = points * 1000 + (int64_t)f->commit;
		points = points * 1000 + f->row;
		if (f->action == ACTION_MERGE && !struck[i] && points > most) {
			most = points;
			value = f->value;
		}
	}
	return value;
}

static struct figure
anything(uint64_t *seed, uint64_t kinds)
{
	uint32_t source = (uint32_t)below(seed, SOURCES);
	enum obs_status status = (enum obs_status)below(seed, STATUS_COUNT);

	if (kinds > 1 && below(seed, 4) == 0)
		return below(seed, 2) ? withdraws_all(source)
		                      : withdraws_one(source, status);
	return released(says(source, status, (int64_t)below(seed, 1000000)),
	                (int32_t)below(seed, 5));
}

static void
the_figure_in_force_is_that_of_a_slower_reckoning(void **state)
{
	uint64_t seed = 31;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 20000; round++) {
		struct key k = {0};
		uint64_t n = below(&seed, LIST_MAX);

		for (uint64_t i = 0; i < n; i++) {
			arrives(&k, anything(&seed, 2));
			assert_int_equal(in_force(&k), slow_in_force(&k));
		}
	}
}

static void
without_deletes_the_order_of_arrival_decides_only_ties(void **state)
{
	uint64_t seed = 32;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 5000; round++) {
		struct key k = {0};
		int64_t value;

		for (int32_t i = 0; i < 8; i++)
			arrives(&k, released(anything(&seed, 1), 10 * i));
		value = in_force(&k);
		for (uint32_t i = k.n - 1; i > 0; i--) {
			uint64_t j = below(&seed, i + 1);
			struct figure f = k.list[i];

			k.list[i] = k.list[j];
			k.list[j] = f;
		}
		for (uint32_t i = 0; i < k.n; i++)
			k.list[i].commit = i + 1;
		assert_int_equal(in_force(&k), value);
	}
}

static void
sending_everything_again_changes_nothing(void **state)
{
	uint64_t seed = 33;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 5000; round++) {
		struct key k = {0};
		uint32_t n;

		for (int i = 0; i < LIST_MAX; i++)
			arrives(&k, anything(&seed, 2));
		n = k.n;
		for (uint32_t i = 0; i < n; i++)
			assert_int_not_equal(arrives(&k, k.list[i]),
			                     VERSION_NEW);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        official_comes_before_provisional_before_estimate_before_forecast),
	    cmocka_unit_test(
	        at_one_status_the_better_source_wins_however_late_the_other),
	    cmocka_unit_test(an_older_document_never_displaces_a_newer_one),
	    cmocka_unit_test(
	        at_one_date_the_later_commit_then_the_later_row_wins),
	    cmocka_unit_test(
	        when_the_official_figure_is_withdrawn_the_provisional_returns),
	    cmocka_unit_test(
	        a_delete_without_status_withdraws_all_of_its_source_only),
	    cmocka_unit_test(what_comes_after_a_delete_is_not_withdrawn),
	    cmocka_unit_test(
	        sending_an_old_file_again_never_undoes_a_correction),
	    cmocka_unit_test(
	        to_return_to_a_value_takes_a_new_document_or_a_new_submission),
	    cmocka_unit_test(a_file_of_two_statuses_sent_again_changes_nothing),
	    cmocka_unit_test(
	        what_was_withdrawn_stays_so_until_it_is_declared_new),
	    cmocka_unit_test(a_delete_is_an_assertion_too),
	    cmocka_unit_test(a_delete_that_came_first_is_remembered),
	    cmocka_unit_test(each_source_has_its_own_memory),
	    cmocka_unit_test(the_figure_in_force_is_that_of_a_slower_reckoning),
	    cmocka_unit_test(
	        without_deletes_the_order_of_arrival_decides_only_ties),
	    cmocka_unit_test(sending_everything_again_changes_nothing),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
