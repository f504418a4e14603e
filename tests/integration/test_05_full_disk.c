/*
 * A disk that fills up: nothing is taken any more, nothing acknowledged is lost,
 * and with room again the services go on by themselves. Each service's directory
 * is a small file system in memory; needs root to mount it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/journal.h"
#include "tests/lib/port.h"

enum {
	DISK_MIB = 96,
	BALLAST_MIB = 88,
	ROWS = 2000,
	BATCHES_MAX = 5000,
	PAUSE_BATCHES_MAX = 2000,
	WAIT_MS = 20000,
};

struct fixture {
	struct rig rig;
	struct port port;
	struct load_batch batch; /* the next one */
	uint64_t acknowledged;
};

static void
ballast_put(struct fixture *f, enum rig_service s)
{
	static const uint8_t chunk[4096] = {1};
	char path[160];
	int fd = open(rig_path(&f->rig, s, "ballast", path),
	              O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	for (int i = 0; i < BALLAST_MIB * 256; i++)
		if (write(fd, chunk, sizeof(chunk)) < 0)
			break;
	close(fd);
}

static void
ballast_drop(struct fixture *f, enum rig_service s)
{
	char path[160];

	assert_int_equal(unlink(rig_path(&f->rig, s, "ballast", path)), 0);
}

static void
mount_small(struct fixture *f, enum rig_service s)
{
	char path[160], options[32];

	rig_path(&f->rig, s, "", path);
	assert_true(mkdir(f->rig.data, 0700) == 0 || errno == EEXIST);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(options, sizeof(options), "size=%dm,mode=700", DISK_MIB);
	assert_int_equal(
	    mount("tiendo-test", path, "tmpfs", MS_NOSUID | MS_NODEV, options),
	    0);
}

/* A mount namespace of our own: what is mounted is gone with this process. */
static bool
may_mount(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static int
setup(void **state)
{
	static struct fixture f;

	rig_open(&f.rig);
	for (int i = 0; i < RIG_SERVICES; i++)
		mount_small(&f, (enum rig_service)i);
	rig_start_all(&f.rig);
	rig_apply(&f.rig, RIG_CATALOGUE);
	port_open(&f.port, &f.rig, RIG_INGEST);
	f.batch = (struct load_batch){
	    .producer = "writer", .sequence = 1, .n_rows = ROWS};
	f.batch.epoch = port_hello(&f.port, f.batch.producer, 0);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	port_close(&f->port);
	for (int i = 0; i < RIG_SERVICES; i++) {
		enum rig_service s = (enum rig_service)i;
		char path[160];

		rig_kill(&f->rig, s);
		umount2(rig_path(&f->rig, s, "", path), MNT_DETACH);
	}
	rig_close(&f->rig);
	return 0;
}

/* Sends the next batch; true: it was taken. Else it is refused for now. */
static bool
send_next(struct fixture *f)
{
	struct port_answer a = port_batch(&f->port, &f->batch);

	if (a.type == WIRE_ACK) {
		port_acked(&f->port, &a, ROWS, 0, 0);
		f->acknowledged++;
		f->batch.sequence++;
		return true;
	}
	port_refused(&f->port, &a, ERR_STORAGE_FULL);
	assert_int_equal(a.type, WIRE_NACK);
	assert_true(a.retry_ms > 0);
	return false;
}

/* Every acknowledged batch once, in the order of its number. */
static void
all_is_there(struct fixture *f)
{
	struct client *client = rig_client(&f->rig, RIG_INGEST);
	struct client_commits commits;
	struct load_batch b = f->batch;
	struct record_list records;
	struct commit head;
	struct block block;
	struct span packed;

	record_list_init(&records);
	b.sequence = 0;
	client_commits_open(client, 1, &commits);
	while (client_commits_next(&commits, 0, &packed) == ERR_OK) {
		assert_int_equal(commit_unpack(packed, &head, &records),
		                 ERR_OK);
		for (size_t i = 0; i < records.n; i++) {
			struct span r = record_list_at(&records, i);

			if (record_type(r) != RECORD_BLOCK)
				continue;
			b.sequence++;
			assert_int_equal(block_open(r, &block), ERR_OK);
			assert_int_equal(block.id.sequence, b.sequence);
			assert_true(load_matches(&b, &block));
		}
	}
	assert_int_equal(b.sequence, f->acknowledged);
	record_list_fini(&records);
	client_free(&client);
}

static void
ingest_refuses_when_full_and_goes_on_by_itself(void **state)
{
	struct fixture *f = *state;
	struct rig_state s;
	int64_t deadline;

	for (int i = 0; i < 3; i++)
		assert_true(send_next(f));
	rig_await_level(&f->rig);
	ballast_put(f, RIG_INGEST);
	while (f->acknowledged < BATCHES_MAX && send_next(f))
		continue;
	assert_true(f->acknowledged < BATCHES_MAX); /* the fault has fired */
	printf("full after %" PRIu64 " batches\n", f->acknowledged);
	rig_await_not_ready(&f->rig, RIG_INGEST, &s);
	assert_non_null(strstr(s.reason, "space"));
	assert_false(send_next(f));
	all_is_there(f); /* it is still read from */
	ballast_drop(f, RIG_INGEST);
	deadline = rig_now_ms() + WAIT_MS;
	while (!send_next(f))
		assert_true(rig_now_ms() < deadline);
	rig_await_ready(&f->rig, RIG_INGEST);
	all_is_there(f);
	rig_await_level(&f->rig);
}

static void
ingest_is_ready_again_without_being_asked(void **state)
{
	struct fixture *f = *state;
	struct rig_state s;

	ballast_put(f, RIG_INGEST);
	while (f->acknowledged < BATCHES_MAX && send_next(f))
		continue;
	rig_await_not_ready(&f->rig, RIG_INGEST, &s);
	ballast_drop(f, RIG_INGEST);
	rig_await_ready(&f->rig, RIG_INGEST);
	assert_true(send_next(f));
	rig_await_level(&f->rig);
}

static void
a_full_service_survives_kill_9(void **state)
{
	struct fixture *f = *state;

	ballast_put(f, RIG_INGEST);
	while (f->acknowledged < BATCHES_MAX && send_next(f))
		continue;
	rig_kill(&f->rig, RIG_INGEST);
	rig_start(&f->rig, RIG_INGEST);
	port_close(&f->port);
	port_open(&f->port, &f->rig, RIG_INGEST);
	all_is_there(f);
	ballast_drop(f, RIG_INGEST);
	rig_await_ready(&f->rig, RIG_INGEST);
	assert_true(send_next(f));
	all_is_there(f);
}

/* What is behind pauses, says so, and catches up; ingest takes on. */
static void
pauses_and_catches_up(struct fixture *f, enum rig_service service)
{
	struct rig_state before, s;

	rig_await_level(&f->rig);
	assert_true(rig_health(&f->rig, service, RIG_READY_MS, &before));
	ballast_put(f, service);
	for (int i = 0; i < PAUSE_BATCHES_MAX; i++) {
		assert_true(send_next(f));
		if (rig_health(&f->rig, service, RIG_READY_MS, &s) && !s.ready)
			break;
	}
	rig_await_not_ready(&f->rig, service, &s);
	assert_non_null(strstr(s.reason, "space"));
	ballast_drop(f, service);
	rig_await_ready(&f->rig, service);
	rig_await_level(&f->rig);
}

static void
aggregate_pauses_when_full_and_catches_up(void **state)
{
	pauses_and_catches_up(*state, RIG_AGGREGATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(aggregate_pauses_when_full_and_catches_up),
	    cmocka_unit_test(ingest_refuses_when_full_and_goes_on_by_itself),
	    cmocka_unit_test(ingest_is_ready_again_without_being_asked),
	    cmocka_unit_test(a_full_service_survives_kill_9),
	};

	if (!may_mount()) {
		printf("0 passed, 0 failed, %zu skipped\n",
		       sizeof(tests) / sizeof(tests[0]));
		return getenv("CI") != NULL;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
