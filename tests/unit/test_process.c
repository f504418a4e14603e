/* links: common/base/process.c common/base/stat.c common/base/buf.c common/base/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/process.h"

#define TOUCHED_BYTES (32u << 20)

static void
an_open_descriptor_is_counted(void **state)
{
	struct process_figures before, after;
	int fd;

	(void)state;
	assert_int_equal(process_read(&before), ERR_OK);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(process_read(&after), ERR_OK);
	(void)close(fd);
	assert_int_equal(after.open_fds, before.open_fds + 1);
	assert_true(before.open_fds >= 3);
	assert_true(after.max_fds > after.open_fds);
}

static void
memory_that_is_touched_is_resident(void **state)
{
	struct process_figures before, after;
	char *memory;

	(void)state;
	assert_int_equal(process_read(&before), ERR_OK);
	memory = malloc(TOUCHED_BYTES);
	assert_non_null(memory);
	memset(memory, 1, TOUCHED_BYTES);
	assert_int_equal(process_read(&after), ERR_OK);
	free(memory);
	assert_true(after.resident_bytes - before.resident_bytes >
	            TOUCHED_BYTES / 2);
	assert_true(after.virtual_bytes > after.resident_bytes);
}

static void
work_takes_processor_time(void **state)
{
	struct process_figures f;
	const clock_t end = clock() + CLOCKS_PER_SEC / 20;

	(void)state;
	while (clock() < end)
		continue;
	assert_int_equal(process_read(&f), ERR_OK);
	assert_true(f.cpu_ms >= 40);
}

static void
the_text_has_the_names_of_the_field(void **state)
{
	static const char *const names[] = {
	    "\nprocess_resident_memory_bytes ",
	    "\nprocess_virtual_memory_bytes ", "\nprocess_cpu_seconds_total ",
	    "\nprocess_open_fds ", "\nprocess_max_fds "};
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	process_metrics(&out);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(strstr(buf_cstr(&out), names[i]));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_open_descriptor_is_counted),
	    cmocka_unit_test(memory_that_is_touched_is_resident),
	    cmocka_unit_test(work_takes_processor_time),
	    cmocka_unit_test(the_text_has_the_names_of_the_field),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
