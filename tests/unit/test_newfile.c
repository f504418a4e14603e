/* links: services/ctl/newfile.c tests/lib/tmpdir.c common/base/buf.c common/base/err.c */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/ctl/newfile.h"
#include "tests/lib/tmpdir.h"

struct place {
	struct tmpdir dir;
	char path[128];
};

static int
place_open(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	tmpdir_open(&place->dir);
	tmpdir_path(&place->dir, "result", place->path, sizeof(place->path));
	*state = place;
	return 0;
}

static int
place_close(void **state)
{
	struct place *p = *state;

	tmpdir_close(&p->dir);
	free(p);
	return 0;
}

static void
assert_holds(const char *path, const char *text, mode_t mode)
{
	char got[64];
	struct stat st;
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = 0;
	(void)fclose(file);
	assert_string_equal(got, text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
}

static unsigned
files(const struct place *p)
{
	DIR *dir = opendir(p->dir.path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 2; /* . and .. */
}

static void
a_result_takes_the_place_of_the_one_before(void **state)
{
	struct place *p = *state;

	assert_int_equal(newfile_replace(p->path, span_str("one")), ERR_OK);
	assert_int_equal(newfile_replace(p->path, span_str("two")), ERR_OK);
	assert_holds(p->path, "two", 0644);
	assert_int_equal(files(p), 1);
}

static void
a_new_file_is_the_owners_and_never_over_another(void **state)
{
	struct place *p = *state;

	assert_int_equal(newfile_create(p->path, span_str("one")), ERR_OK);
	assert_holds(p->path, "one", 0600);
	assert_int_equal(newfile_create(p->path, span_str("two")), ERR_IN_USE);
	assert_holds(p->path, "one", 0600);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(symlink("/nowhere/at-all", p->path), 0);
	assert_int_equal(newfile_create(p->path, span_str("x")), ERR_IN_USE);
	assert_int_equal(files(p), 1);
}

static void
where_nothing_can_be_made_nothing_is_left(void **state)
{
	struct place *p = *state;
	char missing[160];
	char name[2000];

	snprintf(missing, sizeof(missing), "%s/none/x", p->dir.path);
	assert_int_equal(newfile_replace(missing, span_str("x")), ERR_IO);
	assert_int_equal(mkdir(p->path, 0700), 0);
	assert_int_equal(newfile_replace(p->path, span_str("x")), ERR_IO);
	assert_int_equal(files(p), 1);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(newfile_create(name, span_str("x")), ERR_IO);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_result_takes_the_place_of_the_one_before),
	    CASE(a_new_file_is_the_owners_and_never_over_another),
	    CASE(where_nothing_can_be_made_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
