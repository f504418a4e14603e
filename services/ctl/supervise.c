#include "services/ctl/supervise.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_CONF  78
#define STOP_MS    20 /* between looks at a child that is to end */

static bool
program_of(const struct supervise *s, int service, char out[PATHS_MAX])
{
	int n =
	    snprintf(out, PATHS_MAX, "%.*s/tiendo-%s", PATHS_MAX - 32,
	             s->folder, ctl_service_name((enum ctl_service)service));

	return n > 0 && n < PATHS_MAX;
}

/* Beside our own binary. */
static enum err
programs_find(struct supervise *s)
{
	ssize_t n =
	    readlink("/proc/self/exe", s->folder, sizeof(s->folder) - 1);
	char program[PATHS_MAX];
	char *slash;

	if (n <= 0)
		return ERR_IO;
	s->folder[n] = '\0';
	slash = strrchr(s->folder, '/');
	if (slash)
		*slash = '\0';
	for (int i = 0; i < CTL_SERVICES; i++) {
		if (program_of(s, i, program) && access(program, X_OK) == 0)
			continue;
		fprintf(s->ctl->err, "tiendo: %s: %s\n", program,
		        s->ctl->vi ? "không chạy được" : "cannot be run");
		return ERR_UNAVAILABLE;
	}
	return ERR_OK;
}

enum err
supervise_open(struct supervise *s, const struct ctl *ctl)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};

	*s = (struct supervise){.ctl = ctl, .signal_fd = -1};
	for (int i = 0; i < CTL_SERVICES; i++)
		s->children[i].pause_ms = SUPERVISE_PAUSE_MS;
	sigemptyset(&s->signals);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&s->signals, numbers[i]);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	if (sigprocmask(SIG_BLOCK, &s->signals, &s->former) != 0)
		return ERR_IO;
	s->signal_fd = signalfd(-1, &s->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signal_fd >= 0 ? programs_find(s) : ERR_IO;
}

void
supervise_close(struct supervise *s)
{
	if (s->signal_fd >= 0)
		(void)close(s->signal_fd);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	(void)sigprocmask(SIG_SETMASK, &s->former, NULL);
}

/* --- children ------------------------------------------------------------- */

static void
child_run(const struct supervise *s, int service, pid_t parent)
{
	char program[PATHS_MAX], data[PATHS_MAX];
	char flag[] = "--data";
	char *argv[] = {program, flag, data, NULL};

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	(void)setpgid(0, 0);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	(void)sigprocmask(SIG_SETMASK, &s->former, NULL);
	(void)snprintf(data, sizeof(data), "%s", s->ctl->data.text);
	if (program_of(s, service, program))
		(void)execve(program, argv, s->ctl->envp);
	_exit(EXIT_CONF);
}

static enum err
child_start(struct supervise *s, int service)
{
	struct child *child = &s->children[service];
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return ERR_IO;
	if (pid == 0)
		child_run(s, service, parent);
	child->pid = pid;
	child->started = clock_mono_now(&s->ctl->clock);
	return ERR_OK;
}

enum err
supervise_start(struct supervise *s)
{
	struct mono now = clock_mono_now(&s->ctl->clock);
	enum err err = ERR_OK;

	for (int i = 0; i < CTL_SERVICES && err == ERR_OK; i++)
		if (s->children[i].pid == 0 &&
		    clock_ms_between(now, s->children[i].due) <= 0)
			err = child_start(s, i);
	return err;
}

static void
child_ended_say(const struct supervise *s, int service, int status,
                int64_t pause_ms)
{
	const char *name = ctl_service_name((enum ctl_service)service);

	if (WIFSIGNALED(status))
		fprintf(s->ctl->err, "tiendo: %s: signal %d", name,
		        WTERMSIG(status));
	else
		fprintf(s->ctl->err, "tiendo: %s: exit %d", name,
		        WEXITSTATUS(status));
	if (pause_ms >= 0)
		fprintf(s->ctl->err, "; %s %lld ms",
		        s->ctl->vi ? "chạy lại sau" : "starts again in",
		        (long long)pause_ms);
	fputc('\n', s->ctl->err);
}

/* -1: it is due later; else the exit code with which all ends. */
static int
child_ended(struct supervise *s, int service, int status)
{
	struct child *child = &s->children[service];
	struct mono now = clock_mono_now(&s->ctl->clock);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	child->pid = 0;
	if (code == EXIT_USAGE || code == EXIT_CONF) {
		child_ended_say(s, service, status, -1);
		return code;
	}
	if (clock_ms_between(child->started, now) >= SUPERVISE_STEADY_MS)
		child->pause_ms = SUPERVISE_PAUSE_MS;
	child_ended_say(s, service, status, child->pause_ms);
	child->due = clock_mono_plus_ms(now, child->pause_ms);
	child->pause_ms *= 2;
	if (child->pause_ms > SUPERVISE_PAUSE_MAX_MS)
		child->pause_ms = SUPERVISE_PAUSE_MAX_MS;
	return -1;
}

static int
children_reap(struct supervise *s)
{
	int result = -1;

	for (int i = 0; i < CTL_SERVICES; i++) {
		pid_t pid = s->children[i].pid;
		int status, code;

		if (pid == 0 || waitpid(pid, &status, WNOHANG) != pid)
			continue;
		code = child_ended(s, i, status);
		if (result < 0)
			result = code;
	}
	return result;
}

/* --- signals -------------------------------------------------------------- */

/* The next signal that came; 0: none. */
static int
signal_next(const struct supervise *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

static void
children_signal(const struct supervise *s, int number)
{
	for (int i = 0; i < CTL_SERVICES; i++)
		if (s->children[i].pid > 0)
			(void)kill(s->children[i].pid, number);
}

int
supervise_wait(struct supervise *s, int64_t wait_ms)
{
	struct pollfd fd = {.fd = s->signal_fd, .events = POLLIN};
	int number;

	(void)poll(&fd, 1, (int)wait_ms);
	while ((number = signal_next(s)) != 0) {
		if (number == SIGINT || number == SIGTERM)
			return 0;
		if (number == SIGHUP)
			children_signal(s, SIGHUP);
	}
	return children_reap(s);
}

/* --- the end -------------------------------------------------------------- */

static bool
child_gone(struct child *child)
{
	int status;

	if (child->pid == 0)
		return true;
	if (waitpid(child->pid, &status, WNOHANG) == 0)
		return false;
	child->pid = 0;
	return true;
}

static bool
hurry_asked(const struct supervise *s)
{
	int number;

	while ((number = signal_next(s)) != 0)
		if (number == SIGINT || number == SIGTERM)
			return true;
	return false;
}

static void
child_stop(struct supervise *s, struct child *child)
{
	struct mono end = clock_mono_plus_ms(clock_mono_now(&s->ctl->clock),
	                                     SUPERVISE_GRACE_MS);
	bool killed = false;

	if (child->pid > 0)
		(void)kill(child->pid, SIGTERM);
	while (!child_gone(child)) {
		struct mono now = clock_mono_now(&s->ctl->clock);

		if (!killed &&
		    (hurry_asked(s) || clock_ms_between(now, end) <= 0)) {
			(void)kill(child->pid, SIGKILL);
			killed = true;
		}
		(void)poll(NULL, 0, STOP_MS);
	}
}

void
supervise_stop(struct supervise *s)
{
	for (int i = CTL_SERVICES - 1; i >= 0; i--)
		child_stop(s, &s->children[i]);
}
