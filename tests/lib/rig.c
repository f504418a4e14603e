#include "tests/lib/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/domain/catalogue.h"
#include "common/formats/catalogue_dir.h"

enum {
	POLL_MS = 5,
	ASK_MS = 200,
	LOG_SHOWN = 4000,
};

const char *
rig_name(enum rig_service service)
{
	static const char *const names[] = {"ingest", "aggregate", "alert"};

	return names[service];
}

int64_t
rig_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
nap(void)
{
	const struct timespec ms = {0, POLL_MS * 1000000};

	nanosleep(&ms, NULL);
}

static void
log_name(const struct rig *rig, enum rig_service service, char out[160])
{
	snprintf(out, 160, "%s/%s.log", rig->tmp.path, rig_name(service));
}

static void
log_show(const struct rig *rig, enum rig_service service)
{
	char name[160], text[LOG_SHOWN + 1];
	FILE *f;
	size_t n;

	log_name(rig, service, name);
	f = fopen(name, "r");
	if (f == NULL)
		return;
	if (fseek(f, -LOG_SHOWN, SEEK_END) != 0)
		rewind(f);
	n = fread(text, 1, LOG_SHOWN, f);
	fclose(f);
	text[n] = '\0';
	fprintf(stderr, "--- %s:\n%s", rig_name(service), text);
}

void
rig_fail(const struct rig *rig, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (int i = 0; i < RIG_SERVICES; i++)
		log_show(rig, (enum rig_service)i);
	fprintf(stderr, "%s\n", text);
	fail();
	abort();
}

void
rig_open(struct rig *rig)
{
	*rig = (struct rig){.pid = {0}};
	tmpdir_open(&rig->tmp);
	tmpdir_path(&rig->tmp, "data", rig->data, sizeof(rig->data));
}

void
rig_close(struct rig *rig)
{
	for (int i = 0; i < RIG_SERVICES; i++)
		rig_kill(rig, (enum rig_service)i);
	tmpdir_close(&rig->tmp);
}

const char *
rig_path(const struct rig *rig, enum rig_service service, const char *name,
         char out[160])
{
	snprintf(out, 160, "%s/%s%s%s", rig->data, rig_name(service),
	         name[0] == '\0' ? "" : "/", name);
	return out;
}

/* Only in the child: takes the place of the test program. */
static void
child_exec(const char *binary, char *const argv[], const char *out)
{
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(out, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	execv(binary, argv);
	_exit(127);
}

static const char *
build_dir(void)
{
	const char *b = getenv("B");

	return b != NULL && b[0] != '\0' ? b : "build";
}

void
rig_start(struct rig *rig, enum rig_service service)
{
	char binary[256], out[160];
	char *argv[] = {binary,       (char[]){"--data"},
	                rig->data,    (char[]){"--admin"},
	                (char[]){""}, NULL};
	pid_t pid;

	assert_int_equal(rig->pid[service], 0);
	snprintf(binary, sizeof(binary), "%s/bin/tiendo-%s", build_dir(),
	         rig_name(service));
	log_name(rig, service, out);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_exec(binary, argv, out);
	rig->pid[service] = pid;
}

static int
exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
rig_kill(struct rig *rig, enum rig_service service)
{
	pid_t pid = rig->pid[service];

	if (pid == 0)
		return;
	kill(pid, SIGKILL);
	rig->pid[service] = 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int
rig_await_exit(struct rig *rig, enum rig_service service)
{
	int64_t deadline = rig_now_ms() + RIG_READY_MS;
	int status;

	while (waitpid(rig->pid[service], &status, WNOHANG) == 0) {
		if (rig_now_ms() > deadline)
			rig_fail(rig, "%s does not end", rig_name(service));
		nap();
	}
	rig->pid[service] = 0;
	return exit_code(status);
}

int
rig_stop(struct rig *rig, enum rig_service service)
{
	kill(rig->pid[service], SIGTERM);
	return rig_await_exit(rig, service);
}

bool
rig_runs(struct rig *rig, enum rig_service service)
{
	siginfo_t info = {.si_pid = 0};

	return rig->pid[service] != 0 &&
	       waitid(P_PID, (id_t)rig->pid[service], &info,
	              WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

void
rig_link(const struct rig *rig, enum rig_service service,
         struct client_link *link)
{
	char endpoint[160];

	snprintf(endpoint, sizeof(endpoint), "ipc://%s/run/%s.sock", rig->data,
	         rig_name(service));
	assert_int_equal(client_link_open(link, endpoint), ERR_OK);
}

struct client *
rig_client(const struct rig *rig, enum rig_service service)
{
	struct client_link link;
	struct client *client = NULL;

	rig_link(rig, service, &link);
	assert_int_equal(client_new(&client, &link), ERR_OK);
	return client;
}

static void
state_keep(struct rig_state *state, const struct wire_state *s)
{
	const struct {
		const char *name;
		uint64_t *to;
	} counts[] = {{"rows_accepted", &state->accepted},
	              {"rows_duplicate", &state->duplicate},
	              {"rows_rejected", &state->rejected}};
	struct wire_list details = s->details;
	struct wire_value value;
	struct span name;

	*state = (struct rig_state){
	    .ready = s->ready, .commit = s->commit, .log = s->log};
	memcpy(state->reason, s->reason.ptr, s->reason.len);
	while (wire_pairs_next(&details, &name, &value))
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
			if (span_equal(name, span_str(counts[i].name)))
				*counts[i].to = (uint64_t)value.number;
}

bool
rig_health(const struct rig *rig, enum rig_service service, int64_t timeout_ms,
           struct rig_state *state)
{
	struct client *client = rig_client(rig, service);
	struct wire_state s;
	enum err err;

	client_timeout(client, timeout_ms);
	err = client_health(client, &s);
	if (err == ERR_OK)
		state_keep(state, &s);
	client_free(&client);
	return err == ERR_OK;
}

/* What is awaited: readiness, or its absence, or a commit. */
struct wanted {
	bool ready;
	uint64_t commit;
};

static void
await(struct rig *rig, enum rig_service service, struct wanted wanted,
      struct rig_state *state)
{
	int64_t deadline = rig_now_ms() + RIG_READY_MS;
	uint64_t commit = 0;
	bool answered = false;

	for (;;) {
		answered = rig_health(rig, service, ASK_MS, state);
		if (answered && state->commit > commit) {
			commit = state->commit; /* it gets on: so do we wait */
			deadline = rig_now_ms() + RIG_READY_MS;
		}
		if (answered && state->ready == wanted.ready &&
		    state->commit >= wanted.commit)
			return;
		if (!rig_runs(rig, service))
			rig_fail(rig, "%s has ended", rig_name(service));
		if (rig_now_ms() > deadline)
			break;
		nap();
	}
	if (!answered)
		rig_fail(rig, "%s does not answer", rig_name(service));
	rig_fail(rig,
	         "%s: ready %d (%s) at commit %" PRIu64
	         ", awaited ready %d at %" PRIu64,
	         rig_name(service), state->ready, state->reason, state->commit,
	         wanted.ready, wanted.commit);
}

void
rig_await_ready(struct rig *rig, enum rig_service service)
{
	struct rig_state state;

	await(rig, service, (struct wanted){true, 0}, &state);
}

void
rig_await_not_ready(struct rig *rig, enum rig_service service,
                    struct rig_state *state)
{
	await(rig, service, (struct wanted){false, 0}, state);
	while (strcmp(state->reason, "starting") == 0) {
		await(rig, service, (struct wanted){false, 0}, state);
		nap();
	}
}

void
rig_await_commit(struct rig *rig, enum rig_service service, uint64_t commit)
{
	struct rig_state state;

	await(rig, service, (struct wanted){true, commit}, &state);
}

void
rig_start_all(struct rig *rig)
{
	for (int i = 0; i < RIG_SERVICES; i++)
		rig_start(rig, (enum rig_service)i);
	for (int i = 0; i < RIG_SERVICES; i++)
		rig_await_ready(rig, (enum rig_service)i);
}

void
rig_await_level(struct rig *rig)
{
	struct rig_state state;

	await(rig, RIG_INGEST, (struct wanted){true, 0}, &state);
	rig_await_commit(rig, RIG_AGGREGATE, state.commit);
	rig_await_commit(rig, RIG_ALERT, state.commit);
}

void
rig_apply(const struct rig *rig, const char *dir)
{
	struct client *client = rig_client(rig, RIG_INGEST);
	struct catalogue *catalogue = NULL;
	struct wire_applied applied;
	struct wire_apply apply = {.version = 0};
	struct cat_rows rows;
	struct cat_errors errors;
	struct buf packed;
	enum err err;

	cat_rows_init(&rows);
	cat_errors_init(&errors);
	buf_init(&packed, WIRE_PACKED_MAX);
	err = catalogue_dir_read(dir, &rows, &errors);
	if (err == ERR_OK)
		err = catalogue_build(&catalogue, &rows, NULL, &errors);
	if (err != ERR_OK)
		rig_fail(rig, "%s: %s: %s", dir, err_name(err),
		         errors.n > 0 ? errors.list[0].text : "");
	assert_int_equal(catalogue_pack(&catalogue->registry, &rows, &packed),
	                 ERR_OK);
	apply.packed = buf_span(&packed);
	err = client_apply(client, &apply, &applied);
	if (err != ERR_OK)
		rig_fail(rig, "%s: %s", dir, client_problem(client));
	client_free(&client);
	buf_fini(&packed);
	catalogue_free(&catalogue);
	cat_errors_fini(&errors);
	cat_rows_fini(&rows);
}

static void
put_row(struct buf *out, struct wire_list pairs)
{
	struct wire_value v;
	struct span name;

	while (wire_pairs_next(&pairs, &name, &v)) {
		buf_put(out, name.ptr, name.len);
		buf_printf(out, "=%d:%d:%" PRId64 ":", (int)v.kind,
		           v.places + v.truth, v.number);
		buf_put(out, v.text.ptr, v.text.len);
		buf_put_u8(out, ' ');
	}
	buf_put_u8(out, '\n');
}

void
rig_query(const struct rig *rig, enum rig_service service, const char *what,
          struct buf *out)
{
	struct client *client = rig_client(rig, service);
	struct client_query query = {.what = what};
	struct client_rows rows;
	struct wire_list pairs;
	enum err err = client_query(client, &query, &rows);

	while (err == ERR_OK &&
	       (err = client_rows_next(&rows, &pairs)) == ERR_OK)
		put_row(out, pairs);
	if (err != ERR_NOT_FOUND)
		buf_printf(out, "%s\n", err_name(err));
	client_free(&client);
}

void
rig_journal(const struct rig *rig, enum rig_service service, struct buf *out)
{
	struct client *client = rig_client(rig, service);
	struct client_commits commits;
	struct span packed;
	enum err err;

	client_commits_open(client, 1, &commits);
	while ((err = client_commits_next(&commits, 0, &packed)) == ERR_OK)
		buf_put_text(out, packed);
	if (err != ERR_NOT_FOUND)
		rig_fail(rig, "%s: %s", rig_name(service), err_name(err));
	assert_int_equal(buf_err(out), ERR_OK);
	client_free(&client);
}

uint64_t
rig_rss_bytes(const struct rig *rig, enum rig_service service)
{
	char name[64], line[128];
	uint64_t kib = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/status", rig->pid[service]);
	f = fopen(name, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtoull(line + 6, NULL, 10);
	fclose(f);
	assert_true(kib > 0);
	return kib * 1024;
}

int
rig_tiendo(const struct rig *rig, const char *const *args)
{
	char binary[256], out[160];
	char words[12][128] = {"tiendo", "--data"};
	char *argv[13] = {words[0], words[1], words[2]};
	int n = 3;
	int status = 0;
	pid_t pid;

	snprintf(words[2], sizeof(words[2]), "%s", rig->data);
	snprintf(binary, sizeof(binary), "%s/bin/tiendo", build_dir());
	tmpdir_path(&rig->tmp, "tiendo.out", out, sizeof(out));
	for (; *args != NULL && n < 11; args++, n++) {
		snprintf(words[n], sizeof(words[n]), "%s", *args);
		argv[n] = words[n];
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_exec(binary, argv, out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return exit_code(status);
}
