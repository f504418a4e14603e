/* links: services/ctl/scratch.c common/base/store.c common/base/store_env.c common/base/store_check.c common/base/lockdir.c common/base/kv.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "services/ctl/scratch.h"
#include "tests/lib/tmpdir.h"

static unsigned
names_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 2; /* . and .. */
}

static void
it_keeps_what_is_put_and_has_no_name(void **state)
{
	struct store *store = NULL;
	struct tmpdir tmp;
	struct span value;
	struct kv *kv;

	(void)state;
	tmpdir_open(&tmp);
	assert_int_equal(scratch_open(tmp.path, &store), ERR_OK);
	assert_int_equal(names_in(tmp.path), 0);
	assert_int_equal(store_begin(store), ERR_OK);
	kv_put(store_kv(store, STORE_STATE), span_str("k"), span_str("v"));
	assert_int_equal(store_commit(store), ERR_OK);
	assert_int_equal(scratch_room(store), ERR_OK);
	assert_int_equal(store_begin(store), ERR_OK);
	kv = store_kv(store, STORE_STATE);
	assert_int_equal(kv_get(kv, span_str("k"), &value), ERR_OK);
	assert_true(span_equal(value, span_str("v")));
	store_abort(store);
	assert_int_equal(names_in(tmp.path), 0);
	store_close(&store);
	tmpdir_close(&tmp);
}

/* Two at once, each its own. */
static void
nobody_else_has_it(void **state)
{
	struct store *a = NULL, *b = NULL;
	struct tmpdir tmp;
	struct span value;

	(void)state;
	tmpdir_open(&tmp);
	assert_int_equal(scratch_open(tmp.path, &a), ERR_OK);
	assert_int_equal(scratch_open(tmp.path, &b), ERR_OK);
	assert_int_equal(store_begin(a), ERR_OK);
	kv_put(store_kv(a, STORE_STATE), span_str("k"), span_str("v"));
	assert_int_equal(store_commit(a), ERR_OK);
	assert_int_equal(store_read(b), ERR_OK);
	assert_int_equal(
	    kv_get(store_kv(b, STORE_STATE), span_str("k"), &value),
	    ERR_NOT_FOUND);
	store_read_end(b);
	store_close(&a);
	store_close(&b);
	tmpdir_close(&tmp);
}

static void
a_place_that_is_not_there_is_refused(void **state)
{
	struct store *store = NULL;
	char longer[4096];
	struct tmpdir tmp;
	char path[128];

	(void)state;
	tmpdir_open(&tmp);
	assert_int_equal(
	    scratch_open(tmpdir_path(&tmp, "none", path, sizeof(path)), &store),
	    ERR_IO);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(scratch_open(longer, &store), ERR_TOO_LARGE);
	assert_null(store);
	tmpdir_close(&tmp);
}

int
main(void)
{
	const struct CMUnitTest cases[] = {
	    cmocka_unit_test(it_keeps_what_is_put_and_has_no_name),
	    cmocka_unit_test(nobody_else_has_it),
	    cmocka_unit_test(a_place_that_is_not_there_is_refused),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
