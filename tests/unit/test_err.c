/* links: common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/err.h"

static void
every_code_has_a_name_and_a_clause_without_full_stop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ERR_COUNT; i++) {
		const char *text = err_text((enum err)i);

		assert_true(strlen(err_name((enum err)i)) > 0);
		assert_true(strlen(text) > 0);
		assert_int_not_equal(text[strlen(text) - 1], '.');
	}
}

static void
every_name_is_lower_case_and_leads_back_to_its_code(void **state)
{
	const char *allowed = "abcdefghijklmnopqrstuvwxyz_";

	(void)state;
	for (unsigned i = 0; i < ERR_COUNT; i++) {
		const char *name = err_name((enum err)i);

		assert_int_equal(strspn(name, allowed), strlen(name));
		assert_int_equal(err_from_name(name, strlen(name)), i);
	}
}

static void
a_name_nobody_has_gives_the_count(void **state)
{
	(void)state;
	assert_int_equal(err_from_name("no_such", 7), ERR_COUNT);
	assert_int_equal(err_from_name("", 0), ERR_COUNT);
	/* A prefix of "too_large" is not that name. */
	assert_int_equal(err_from_name("too_large", 8), ERR_COUNT);
	assert_int_equal(err_from_name("too_large_x", 11), ERR_COUNT);
}

static void
a_name_need_not_end_in_nul(void **state)
{
	(void)state;
	assert_int_equal(err_from_name("too_large;more", 9), ERR_TOO_LARGE);
}

static void
a_number_outside_the_enum_is_unknown(void **state)
{
	/* As a peer's or a damaged number would come in. */
	unsigned outside[] = {ERR_COUNT, ERR_COUNT + 1, 1000000};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		enum err err = ERR_OK;

		memcpy(&err, &outside[i], sizeof(err));
		assert_string_equal(err_name(err), "unknown");
		assert_int_equal(err_exit_code(err), 70);
	}
}

static void
exit_codes_follow_sysexits(void **state)
{
	(void)state;
	assert_int_equal(err_exit_code(ERR_OK), 0);
	assert_int_equal(err_exit_code(ERR_USAGE), 64);
	assert_int_equal(err_exit_code(ERR_CONF), 78);
	assert_int_equal(err_exit_code(ERR_STORAGE_FULL), 74);
	assert_int_equal(err_exit_code(ERR_DIFFERS), 1);
	for (unsigned i = 1; i < ERR_COUNT; i++)
		assert_int_not_equal(err_exit_code((enum err)i), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        every_code_has_a_name_and_a_clause_without_full_stop),
	    cmocka_unit_test(
	        every_name_is_lower_case_and_leads_back_to_its_code),
	    cmocka_unit_test(a_name_nobody_has_gives_the_count),
	    cmocka_unit_test(a_name_need_not_end_in_nul),
	    cmocka_unit_test(a_number_outside_the_enum_is_unknown),
	    cmocka_unit_test(exit_codes_follow_sysexits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
