/* links: common/base/notify.c common/base/err.c tests/lib/tmpdir.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/notify.h"
#include "tests/lib/tmpdir.h"

/* A listener at path; '@' begins an abstract name. */
static int
listener(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0 && len < sizeof(at.sun_path));
	memcpy(at.sun_path, path, len);
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&at,
	         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	return fd;
}

static void
tells(const char *path)
{
	struct notify n;
	char got[64] = "";
	int fd = listener(path);

	assert_int_equal(notify_open(&n, path), ERR_OK);
	assert_true(notify_send(&n, "READY=1"));
	assert_int_equal(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 7);
	assert_string_equal(got, "READY=1");
	close(fd);
	unlink(path);
	assert_false(notify_send(&n, "READY=1"));
	notify_close(&n);
	notify_close(&n);
}

static void
message_reaches_path_and_abstract_name(void **state)
{
	struct tmpdir tmp;
	char path[100];

	(void)state;
	tmpdir_open(&tmp);
	tells(tmpdir_path(&tmp, "notify", path, sizeof(path)));
	snprintf(path, sizeof(path), "@tiendo-test-%ld", (long)getpid());
	tells(path);
	tmpdir_close(&tmp);
}

static void
nobody_to_tell_is_fine(void **state)
{
	struct notify n;

	(void)state;
	assert_int_equal(notify_open(&n, NULL), ERR_OK);
	assert_false(notify_send(&n, "READY=1"));
	notify_close(&n);
}

static void
other_forms_and_long_paths_are_refused(void **state)
{
	char path[NOTIFY_PATH_MAX + 1];
	struct notify n;

	(void)state;
	assert_int_equal(notify_open(&n, "relative"), ERR_CONF);
	assert_int_equal(notify_open(&n, ""), ERR_CONF);
	assert_int_equal(notify_open(&n, "/"), ERR_CONF);
	memset(path, '/', sizeof(path));
	path[NOTIFY_PATH_MAX] = '\0';
	assert_int_equal(notify_open(&n, path), ERR_CONF);
	assert_false(notify_send(&n, "READY=1"));
	path[NOTIFY_PATH_MAX - 1] = '\0';
	assert_int_equal(notify_open(&n, path), ERR_OK);
	notify_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(message_reaches_path_and_abstract_name),
	    cmocka_unit_test(nobody_to_tell_is_fine),
	    cmocka_unit_test(other_forms_and_long_paths_are_refused),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
