/* links: common/base/paths.c common/base/err.c tests/lib/tmpdir.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common/base/paths.h"
#include "tests/lib/tmpdir.h"

#define NOWHERE "/nonexistent/tiendo"

/* The table of an environment, cleared of its const. */
static char *const *
env_of(const char *const *rows)
{
	union {
		const char *const *in;
		char *const *out;
	} env = {.in = rows};

	return env.out;
}

static void
data_directory_is_found_in_this_order(void **state)
{
	static const char *const all[] = {
	    "TIENDO_DATA=/env", "XDG_DATA_HOME=/xdg", "HOME=/home/a", NULL};
	const char *const *const no_env = all + 1;
	const char *const *const no_xdg = all + 2;
	static const char *const empty[] = {
	    "TIENDO_DATA=", "XDG_DATA_HOME=", "HOME=", NULL};
	static const char *const relative[] = {"XDG_DATA_HOME=xdg", "HOME=/h",
	                                       NULL};
	struct tmpdir tmp;
	const struct {
		const char *named;
		const char *const *env;
		const char *system;
		const char *want;
	} rows[] = {
	    {"/named", all, tmp.path, "/named"},
	    {"", all, tmp.path, "/env"},
	    {NULL, all, tmp.path, "/env"},
	    {NULL, no_env, tmp.path, tmp.path},
	    {NULL, no_env, NOWHERE, "/xdg/tiendo"},
	    {NULL, no_xdg, NOWHERE, "/home/a/.local/share/tiendo"},
	    {NULL, relative, NOWHERE, "/h/.local/share/tiendo"},
	    {NULL, empty, tmp.path, tmp.path},
	};
	struct path data;

	(void)state;
	tmpdir_open(&tmp);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(data_dir_resolve(rows[i].named,
		                                  env_of(rows[i].env),
		                                  rows[i].system, &data),
		                 ERR_OK);
		assert_string_equal(data.text, rows[i].want);
	}
	assert_int_equal(data_dir_resolve(NULL, env_of(empty), NOWHERE, &data),
	                 ERR_CONF);
	tmpdir_close(&tmp);
}

static void
variable_is_found_by_its_whole_name(void **state)
{
	static const char *const rows[] = {"TIENDO_DATA_X=1", "TIENDO_DAT=2",
	                                   "TIENDO_DATA=3", NULL};

	(void)state;
	assert_string_equal(env_get(env_of(rows), "TIENDO_DATA"), "3");
	assert_null(env_get(env_of(rows), "TIENDO"));
}

static void
parts_of_the_data_directory_are_named(void **state)
{
	const struct path data = {"/d"};
	char endpoint[PATHS_ENDPOINT_MAX];
	struct path out;

	(void)state;
	assert_int_equal(path_service(&data, "ingest", &out), ERR_OK);
	assert_string_equal(out.text, "/d/ingest");
	assert_int_equal(path_run(&data, &out), ERR_OK);
	assert_string_equal(out.text, "/d/run");
	assert_int_equal(path_sock(&data, "alert", &out), ERR_OK);
	assert_string_equal(out.text, "/d/run/alert.sock");
	assert_int_equal(path_endpoint(&data, "alert", endpoint), ERR_OK);
	assert_string_equal(endpoint, "ipc:///d/run/alert.sock");
	assert_int_equal(path_publish(&data, "alert", endpoint), ERR_OK);
	assert_string_equal(endpoint, "ipc:///d/run/alert.pub");
}

static void
longest_path_fits_and_one_more_does_not(void **state)
{
	static const char *const none[] = {NULL};
	char name[PATHS_MAX + 1];
	struct path data;
	struct path out;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[PATHS_MAX] = '\0';
	assert_int_equal(data_dir_resolve(name, env_of(none), NOWHERE, &data),
	                 ERR_TOO_LARGE);
	name[PATHS_MAX - 1] = '\0';
	assert_int_equal(data_dir_resolve(name, env_of(none), NOWHERE, &data),
	                 ERR_OK);
	assert_int_equal(path_run(&data, &out), ERR_TOO_LARGE);
	data.text[PATHS_MAX - 1 - strlen("/run")] = '\0';
	assert_int_equal(path_run(&data, &out), ERR_OK);
	assert_int_equal(path_sock(&data, "alert", &out), ERR_TOO_LARGE);
}

static void
directories_are_made_private_and_may_exist(void **state)
{
	struct tmpdir tmp;
	struct path data;
	struct path run;
	struct stat st;

	(void)state;
	tmpdir_open(&tmp);
	snprintf(data.text, sizeof(data.text), "%s/a/b/c", tmp.path);
	assert_int_equal(paths_make(&data), ERR_OK);
	assert_int_equal(paths_make(&data), ERR_OK);
	assert_int_equal(path_run(&data, &run), ERR_OK);
	assert_int_equal(stat(run.text, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(data.text, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	tmpdir_close(&tmp);
}

static void
file_in_the_way_is_an_error(void **state)
{
	struct tmpdir tmp;
	struct path data;
	char file[128];
	FILE *f;

	(void)state;
	tmpdir_open(&tmp);
	f = fopen(tmpdir_path(&tmp, "a", file, sizeof(file)), "w");
	assert_non_null(f);
	fclose(f);
	snprintf(data.text, sizeof(data.text), "%s/a/b", tmp.path);
	assert_int_equal(paths_make(&data), ERR_IO);
	tmpdir_close(&tmp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(data_directory_is_found_in_this_order),
	    cmocka_unit_test(variable_is_found_by_its_whole_name),
	    cmocka_unit_test(parts_of_the_data_directory_are_named),
	    cmocka_unit_test(longest_path_fits_and_one_more_does_not),
	    cmocka_unit_test(directories_are_made_private_and_may_exist),
	    cmocka_unit_test(file_in_the_way_is_an_error),
	};

	return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
