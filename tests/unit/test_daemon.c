/* links: common/base/daemon.c common/base/process.c common/base/notify.c common/base/paths.c common/base/http.c common/base/sock.c common/base/peers.c common/base/loop.c common/base/log.c common/base/stat.c common/base/clock.c common/base/escape.c common/base/conf.c common/base/conf_flags.c common/base/conf_text.c common/base/conf_value.c common/base/buf.c common/base/err.c tests/lib/tmpdir.c */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/daemon.h"
#include "tests/lib/tmpdir.h"

static const struct stat_row rows[] = {
    {.name = "tiendo_test_total", .kind = STAT_COUNTER, .help = "Tests."},
};

struct fixture {
	struct tmpdir tmp;
	char data[128];
	char notify[128];
	char *envp[4];
	struct daemon_conf conf;
	struct daemon *d;
	int notify_fd;
	int log_fd;
	int client;
	char told[512];
	char log[8192];
	char answer[8192];
	unsigned wakes;
	unsigned reloads;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char path[128];

	if (!f)
		return -1;
	tmpdir_open(&f->tmp);
	snprintf(f->data, sizeof(f->data), "%s/data", f->tmp.path);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", f->tmp.path);
	snprintf(f->notify, sizeof(f->notify), "NOTIFY_SOCKET=%s", at.sun_path);
	f->envp[0] = f->notify;
	f->notify_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	f->client = -1;
	if (bind(f->notify_fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
		return -1;
	f->log_fd = open(tmpdir_path(&f->tmp, "log", path, sizeof(path)),
	                 O_RDWR | O_CREAT | O_APPEND, 0600);
	f->conf = (struct daemon_conf){
	    .service = "test",
	    .version = "1.2",
	    .options = {.data = f->data,
	                .admin = "127.0.0.1:0",
	                .log_level = "info",
	                .log_format = "logfmt"},
	    .envp = f->envp,
	    .stats = rows,
	    .n_stats = 1,
	    .log_fd = f->log_fd,
	};
	*state = f;
	return f->log_fd >= 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	daemon_close(&f->d);
	daemon_close(&f->d);
	if (f->client >= 0)
		close(f->client);
	close(f->notify_fd);
	close(f->log_fd);
	tmpdir_close(&f->tmp);
	free(f);
	return 0;
}

static void
start(struct fixture *f)
{
	assert_int_equal(daemon_open(&f->d, &f->conf), ERR_OK);
	f->d->hooks.self = f;
}

/* The next word to the service manager; "" if there is none. */
static const char *
told(struct fixture *f)
{
	ssize_t len =
	    recv(f->notify_fd, f->told, sizeof(f->told) - 1, MSG_DONTWAIT);

	f->told[len > 0 ? len : 0] = '\0';
	return f->told;
}

static const char *
logged(struct fixture *f)
{
	ssize_t len = pread(f->log_fd, f->log, sizeof(f->log) - 1, 0);

	f->log[len > 0 ? len : 0] = '\0';
	return f->log;
}

static void
wake_until_answered(void *self)
{
	struct fixture *f = self;
	size_t have = strlen(f->answer);
	ssize_t len = recv(f->client, f->answer + have,
	                   sizeof(f->answer) - 1 - have, MSG_DONTWAIT);

	assert_true(f->wakes++ < 10000);
	if (len == 0)
		daemon_stop(f->d);
}

static void
nothing(void *self)
{
	(void)self;
}

/* One request, answered by the daemon in its own run. */
static const char *
get(struct fixture *f, const char *path)
{
	const struct sockaddr_in to = {
	    .sin_family = AF_INET,
	    .sin_port = htons(http_port(f->d->http)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct loop_id readable;
	char request[128];
	int len =
	    snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\n\r\n", path);

	if (f->client >= 0)
		close(f->client);
	f->client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
	    connect(f->client, (const struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(f->client, request, (size_t)len, 0), len);
	memset(f->answer, 0, sizeof(f->answer));
	f->d->stopping = false;
	f->d->hooks.wake = wake_until_answered;
	assert_int_equal(loop_add_timer(f->d->loop, nothing, f, &readable),
	                 ERR_OK);
	loop_timer_every(f->d->loop, readable, 1);
	assert_int_equal(daemon_run(f->d), 0);
	loop_remove_timer(f->d->loop, readable);
	return f->answer;
}

static void
process_is_hardened_and_data_made(void **state)
{
	struct fixture *f = *state;
	struct rlimit core;
	struct stat st;
	struct path run;

	start(f);
	assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
	assert_int_equal(core.rlim_cur, 0);
	assert_int_equal(umask(077), 077);
	assert_string_equal(f->d->data.text, f->data);
	assert_int_equal(path_run(&f->d->data, &run), ERR_OK);
	assert_int_equal(stat(run.text, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
readiness_is_shown_and_told(void **state)
{
	struct fixture *f = *state;

	start(f);
	assert_string_equal(told(f), "");
	assert_non_null(strstr(get(f, "/readyz"), "503"));
	assert_non_null(strstr(f->answer, "starting"));
	assert_string_equal(told(f), "STOPPING=1");
	daemon_ready(f->d);
	daemon_ready(f->d);
	assert_string_equal(told(f), "READY=1\nSTATUS=ready");
	assert_string_equal(told(f), "");
	assert_non_null(strstr(get(f, "/readyz"), "200"));
	told(f);
	daemon_not_ready(f->d, ERR_CORRUPT, "data.mdb: page 3");
	daemon_not_ready(f->d, ERR_CORRUPT, "data.mdb: page 3");
	assert_string_equal(
	    told(f), "READY=1\nSTATUS=not ready: corrupt: data.mdb: page 3");
	assert_string_equal(told(f), "");
	assert_non_null(strstr(get(f, "/readyz"), "503"));
	assert_non_null(strstr(f->answer, "corrupt: data.mdb: page 3"));
	assert_non_null(strstr(get(f, "/healthz"), "200"));
	assert_non_null(strstr(logged(f), "event=not_ready code=corrupt"));
}

static void
put_metric(void *self, struct buf *out)
{
	struct fixture *f = self;

	stat_add(&f->d->stat, 0, 41);
	buf_put_str(out, "extra 1\n");
}

static void
metrics_are_those_of_daemon_service_and_hook(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->d->hooks.metrics = put_metric;
	stat_add(&f->d->stat, 0, 1);
	get(f, "/metrics");
	assert_non_null(strstr(f->answer, "\ntiendo_test_total 42\n"));
	assert_non_null(strstr(f->answer, "\ntiendo_ready 0\n"));
	assert_non_null(strstr(f->answer, "extra 1\n"));
	assert_non_null(
	    strstr(f->answer,
	           "tiendo_build_info{service=\"test\",version=\"1.2\"} 1\n"));
}

static void
wake_terminate(void *self)
{
	struct fixture *f = self;

	if (++f->wakes <= 2)
		kill(getpid(), f->wakes == 1 ? SIGHUP : SIGTERM);
}

static void
count_reload(void *self)
{
	struct fixture *f = self;

	f->reloads++;
}

static void
signals_reload_and_stop_with_code_zero(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->d->hooks.wake = wake_terminate;
	f->d->hooks.reload = count_reload;
	f->d->hooks.reload_self = f;
	loop_again(f->d->loop);
	assert_int_equal(daemon_run(f->d), 0);
	assert_int_equal(f->reloads, 1);
	assert_string_equal(told(f), "STOPPING=1");
	assert_non_null(strstr(logged(f), "event=stopping"));
}

static void
wake_fail(void *self)
{
	struct fixture *f = self;

	daemon_fail(f->d, ERR_IO, "commit");
	daemon_fail(f->d, ERR_CONF, "later");
}

static void
first_failure_decides_the_exit_code(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->d->hooks.wake = wake_fail;
	loop_again(f->d->loop);
	assert_int_equal(daemon_run(f->d), err_exit_code(ERR_IO));
	assert_non_null(strstr(logged(f), "event=failed code=io what=commit"));
}

static void
failure_before_the_run_ends_it(void **state)
{
	struct fixture *f = *state;

	start(f);
	daemon_fail(f->d, ERR_IN_USE, "store");
	assert_int_equal(daemon_run(f->d), err_exit_code(ERR_IN_USE));
	assert_int_equal(f->wakes, 0);
}

static void
bad_start_is_one_line_and_an_error(void **state)
{
	struct fixture *f = *state;

	f->conf.options.admin = "nowhere";
	assert_int_equal(daemon_open(&f->d, &f->conf), ERR_CONF);
	assert_null(f->d);
	assert_non_null(strstr(logged(f), "event=start_refused code=config"));
	f->conf.options.admin = "";
	f->conf.options.data = "/proc/none/tiendo";
	assert_int_equal(daemon_open(&f->d, &f->conf), ERR_IO);
	assert_non_null(strstr(logged(f), "what=/proc/none/tiendo"));
	f->conf.options.data = f->data;
	start(f);
	assert_null(f->d->http);
}

static void
watchdog_is_fed_when_asked_for(void **state)
{
	struct fixture *f = *state;
	char usec[] = "WATCHDOG_USEC=2000000";

	f->envp[1] = usec;
	start(f);
	f->d->clock = clock_manual((struct wall){0}, loop_now(f->d->loop));
	assert_int_equal(loop_once(f->d->loop, 0), ERR_OK);
	assert_string_equal(told(f), "");
	clock_advance_ms(&f->d->clock, 1001);
	assert_int_equal(loop_once(f->d->loop, 0), ERR_OK);
	assert_string_equal(told(f), "WATCHDOG=1");
}

struct service_conf {
	uint64_t other;
	struct daemon_options daemon;
};

static void
options_fill_the_member_of_the_service(void **state)
{
	static const struct conf_option options[] = {
	    DAEMON_OPTIONS(offsetof(struct service_conf, daemon), "9550")};
	const struct conf_spec spec = {
	    .service = "ingest",
	    .version = "1",
	    .purpose = "Test.",
	    .options = options,
	    .n_options = sizeof(options) / sizeof(*options),
	    .size = sizeof(struct service_conf),
	};
	char name[] = "tiendo-ingest";
	char level[] = "--log-level=warn";
	char data[] = "TIENDO_INGEST_DATA=/d";
	char *argv[] = {name, level, NULL};
	char *envp[] = {data, NULL};
	const struct conf_input input = {.argc = 2,
	                                 .argv = argv,
	                                 .envp = envp,
	                                 .out = stdout,
	                                 .errors = stderr};
	struct service_conf values = {.other = 0};
	struct conf *conf = NULL;

	(void)state;
	assert_int_equal(conf_start(&conf, &spec, &input, &values), -1);
	assert_string_equal(values.daemon.data, "/d");
	assert_string_equal(values.daemon.admin, "127.0.0.1:9550");
	assert_string_equal(values.daemon.log_level, "warn");
	assert_string_equal(values.daemon.log_format, "logfmt");
	conf_free(&conf);
}

static void
reload_changes_the_log(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->conf.options.log_format = "json";
	f->conf.options.log_level = "error";
	daemon_reload(f->d, &f->conf.options);
	daemon_ready(f->d);
	assert_null(strstr(logged(f), "ready"));
	daemon_not_ready(f->d, ERR_IO, "x");
	assert_non_null(strstr(logged(f), "\"not_ready\""));
}

static void
write_shift(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

struct shifted {
	struct fixture *f;
	const char *path;
	bool written;
};

static void
shift_then_stop(void *self)
{
	struct shifted *s = self;

	assert_true(s->f->wakes++ < 100);
	if (!s->written)
		write_shift(s->path, "+48h\n");
	else
		daemon_stop(s->f->d);
	s->written = true;
}

static void
a_file_of_a_test_shifts_the_clock(void **state)
{
	struct fixture *f = *state;
	struct clock real = clock_real();
	char path[128], name[160];
	struct shifted shifted = {.f = f, .path = path};

	tmpdir_path(&f->tmp, "clock", path, sizeof(path));
	snprintf(name, sizeof(name), "TIENDO_CLOCK_FILE=%s", path);
	write_shift(path, "+24h\n");
	f->envp[1] = name;
	start(f);
	assert_in_range(clock_wall_now(&f->d->clock).ms -
	                    clock_wall_now(&real).ms,
	                86400000 - 1000, 86400000);
	f->d->hooks =
	    (struct daemon_hooks){.self = &shifted, .wake = shift_then_stop};
	assert_int_equal(daemon_run(f->d), 0);
	/* The wake that stops it came by itself, and saw the new time. */
	assert_in_range(loop_wall_now(f->d->loop).ms - clock_wall_now(&real).ms,
	                2 * 86400000 - 1000, 2 * 86400000);
	write_shift(path, "yesterday");
	assert_in_range(clock_wall_now(&f->d->clock).ms -
	                    clock_wall_now(&real).ms,
	                2 * 86400000 - 1000, 2 * 86400000);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(process_is_hardened_and_data_made),
	    CASE(readiness_is_shown_and_told),
	    CASE(metrics_are_those_of_daemon_service_and_hook),
	    CASE(signals_reload_and_stop_with_code_zero),
	    CASE(first_failure_decides_the_exit_code),
	    CASE(failure_before_the_run_ends_it),
	    CASE(bad_start_is_one_line_and_an_error),
	    CASE(watchdog_is_fed_when_asked_for),
	    CASE(options_fill_the_member_of_the_service),
	    CASE(reload_changes_the_log),
	    CASE(a_file_of_a_test_shifts_the_clock),
	};

	return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
