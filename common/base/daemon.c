#include "common/base/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "common/base/process.h"

enum {
	TICK_MS = 1000,
	US_PER_MS = 1000,
	WATCHDOG_MS_MAX = 3600000,
};

enum own_row { OWN_READY, OWN_START, OWN_LOST, OWN_ROWS };

static const struct stat_row own_rows[OWN_ROWS] = {
    [OWN_READY] = {.name = "tiendo_ready",
                   .kind = STAT_GAUGE,
                   .help = "1 if the service does its work."},
    [OWN_START] = {.name = "process_start_time_seconds",
                   .kind = STAT_GAUGE,
                   .unit = "seconds",
                   .help = "When the process started, since 1970.",
                   .decimals = 3},
    [OWN_LOST] = {.name = "tiendo_log_lines_lost",
                  .kind = STAT_GAUGE,
                  .help = "Log lines that could not be written."},
};

static const struct stat_row build_row = {
    .name = "tiendo_build_info",
    .kind = STAT_GAUGE,
    .help = "Always 1; the labels tell service and version.",
};

static void
build_render(const struct daemon *d, struct buf *out)
{
	struct buf labels;
	const char *text;

	buf_init(&labels, 256);
	stat_put_label(&labels, "service", span_str(d->service));
	stat_put_label(&labels, "version", span_str(d->version));
	text = buf_cstr(&labels);
	if (text) {
		stat_put_head(out, &build_row);
		stat_put_sample(out, &build_row, text, 1);
	}
	buf_fini(&labels);
}

static unsigned
respond_metrics(void *self, struct buf *body)
{
	struct daemon *d = self;

	stat_set(&d->own, OWN_READY, d->ready);
	stat_set(&d->own, OWN_LOST, (int64_t)d->log.n_lost);
	build_render(d, body);
	process_metrics(body);
	stat_render(&d->own, body);
	if (d->hooks.metrics)
		d->hooks.metrics(d->hooks.self, body);
	stat_render(&d->stat, body);
	return 200;
}

/* To answer at all is what is asked. */
static unsigned
respond_health(void *self, struct buf *body)
{
	(void)self;
	buf_put_str(body, "ok\n");
	return 200;
}

static unsigned
respond_ready(void *self, struct buf *body)
{
	const struct daemon *d = self;

	buf_put_str(body, d->ready ? "ready" : d->reason);
	buf_put_u8(body, '\n');
	return d->ready ? 200 : 503;
}

static const struct http_route routes[] = {
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", respond_metrics},
    {"/healthz", "text/plain; charset=utf-8", respond_health},
    {"/readyz", "text/plain; charset=utf-8", respond_ready},
};

static void
on_wake(void *self)
{
	struct daemon *d = self;

	if (d->hooks.wake)
		d->hooks.wake(d->hooks.self);
}

static void
on_signal(void *self, int number)
{
	struct daemon *d = self;

	if (number != SIGHUP) {
		log_each(&d->log,
		         &(struct log_event){
		             LOG_INFO,
		             "stopping",
		             {log_str("signal", sigdescr_np(number))}});
		daemon_stop(d);
		return;
	}
	log_each(&d->log, &(struct log_event){LOG_INFO, "reload", {{0}}});
	if (d->hooks.reload)
		d->hooks.reload(d->hooks.reload_self);
}

static void
on_tick(void *self)
{
	struct daemon *d = self;

	log_flush(&d->log);
}

static void
on_watchdog(void *self)
{
	struct daemon *d = self;

	notify_send(&d->notify, "WATCHDOG=1");
}

static void
process_harden(void)
{
	const struct rlimit no_core = {0, 0};

	umask(077);
	/* A core would hold figures; that it can't be limited is no reason. */
	if (setrlimit(RLIMIT_CORE, &no_core) != 0)
		errno = 0;
}

static void
log_start(struct daemon *d, const struct daemon_conf *conf)
{
	enum log_level level = LOG_INFO;

	/* conf has checked the choices; a test may leave it out. */
	if (!conf->options.log_level ||
	    log_level_parse(conf->options.log_level, &level) != ERR_OK)
		level = LOG_INFO;
	log_init(&d->log,
	         &(struct log_conf){
	             .service = conf->service,
	             .clock = &d->clock,
	             .fd = conf->log_fd,
	             .level = level,
	             .json = conf->options.log_format &&
	                     strcmp(conf->options.log_format, "json") == 0,
	             .journal = env_get(conf->envp, "JOURNAL_STREAM") != NULL,
	             .fold_ms = LOG_FOLD_MS,
	         });
}

static void
clock_read(struct daemon *d)
{
	char text[64];
	int64_t shift_ms;
	FILE *file = d->clock_file ? fopen(d->clock_file, "re") : NULL;
	size_t len;

	if (!file)
		return;
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	if (clock_parse_shift(span_of(text, len), &shift_ms) == ERR_OK)
		clock_shift(&d->clock, shift_ms);
}

/* One line, then the error itself for the caller. */
static enum err
refused(struct daemon *d, enum err err, const char *what, const char *text)
{
	log_each(&d->log, &(struct log_event){LOG_ERROR,
	                                      "start_refused",
	                                      {log_err("code", err),
	                                       log_str("what", what),
	                                       log_str("reason", text)}});
	return err;
}

static enum err
data_start(struct daemon *d, const struct daemon_conf *conf)
{
	enum err err = data_dir_resolve(conf->options.data, conf->envp,
	                                PATHS_SYSTEM_DATA, &d->data);

	if (err != ERR_OK)
		return refused(d, err, "data",
		               "no data directory: name one with --data");
	errno = 0;
	err = paths_make(&d->data);
	if (err != ERR_OK) {
		const char *text =
		    errno != 0 ? strerrordesc_np(errno) : err_text(err);

		return refused(d, err, d->data.text, text);
	}
	return ERR_OK;
}

static enum err
stats_start(struct daemon *d, const struct daemon_conf *conf)
{
	enum err err = stat_open(&d->own, own_rows, OWN_ROWS);

	if (err == ERR_OK)
		err = stat_open(&d->stat, conf->stats, conf->n_stats);
	if (err != ERR_OK)
		return refused(d, err, "counters", err_text(err));
	stat_set(&d->own, OWN_START, clock_wall_now(&d->clock).ms);
	return ERR_OK;
}

/* WATCHDOG_USEC asks for a sign of life; half of it is the custom. */
static enum err
watchdog_start(struct daemon *d, const struct daemon_conf *conf)
{
	const char *text = env_get(conf->envp, "WATCHDOG_USEC");
	unsigned long long ms =
	    text ? strtoull(text, NULL, 10) / US_PER_MS / 2 : 0;
	enum err err;

	if (ms == 0 || ms > WATCHDOG_MS_MAX)
		return ERR_OK;
	err = loop_add_timer(d->loop, on_watchdog, d, &d->watchdog);
	if (err == ERR_OK)
		loop_timer_every(d->loop, d->watchdog, (int64_t)ms);
	return err;
}

static enum err
loop_start(struct daemon *d, const struct daemon_conf *conf)
{
	enum err err = loop_open(&d->loop, &d->clock);

	if (err == ERR_OK)
		err = loop_on_signal(d->loop, on_signal, d);
	if (err == ERR_OK)
		err = loop_add_timer(d->loop, on_tick, d, &d->tick);
	if (err == ERR_OK)
		err = watchdog_start(d, conf);
	if (err == ERR_OK)
		err = sock_ctx_open(&d->ctx);
	if (err != ERR_OK)
		return refused(d, err, "loop", err_text(err));
	loop_timer_every(d->loop, d->tick, TICK_MS);
	loop_on_wake(d->loop, on_wake, d);
	return ERR_OK;
}

static enum err
http_start(struct daemon *d, const struct daemon_conf *conf)
{
	const char *address = conf->options.admin;
	const struct http_conf http = {
	    .address = address,
	    .routes = {routes, sizeof(routes) / sizeof(*routes), d},
	    .more = &d->hooks.routes,
	};
	struct http_refusal why;
	enum err err;

	if (!address || !*address)
		return ERR_OK;
	err = http_open(&d->http, d->loop, &http, &why);
	return err == ERR_OK ? ERR_OK : refused(d, err, "admin", why.text);
}

/* A supervisor that cannot be told is worth a line, not an end. */
static void
notify_start(struct daemon *d, const struct daemon_conf *conf)
{
	enum err err =
	    notify_open(&d->notify, env_get(conf->envp, "NOTIFY_SOCKET"));

	if (err != ERR_OK)
		log_event(&d->log, &(struct log_event){LOG_WARN,
		                                       "notify_unusable",
		                                       {log_err("code", err)}});
}

static void
started_say(struct daemon *d)
{
	log_each(
	    &d->log,
	    &(struct log_event){
	        LOG_INFO,
	        "started",
	        {log_str("version", d->version), log_str("data", d->data.text),
	         log_uint("admin_port", d->http ? http_port(d->http) : 0)}});
}

enum err
daemon_open(struct daemon **daemon_p, const struct daemon_conf *conf)
{
	struct daemon *d = calloc(1, sizeof(*d));
	enum err err;

	if (!d)
		return ERR_NOMEM;
	process_harden();
	d->service = conf->service;
	d->version = conf->version;
	d->clock = clock_real();
	d->clock_file = env_get(conf->envp, "TIENDO_CLOCK_FILE");
	clock_read(d);
	snprintf(d->reason, sizeof(d->reason), "starting");
	log_start(d, conf);
	notify_start(d, conf);
	err = data_start(d, conf);
	if (err == ERR_OK)
		err = stats_start(d, conf);
	if (err == ERR_OK)
		err = loop_start(d, conf);
	if (err == ERR_OK)
		err = http_start(d, conf);
	if (err == ERR_OK) {
		started_say(d);
		*daemon_p = d;
	} else {
		daemon_close(&d);
	}
	return err;
}

void
daemon_close(struct daemon **daemon_p)
{
	struct daemon *d = *daemon_p;

	if (!d)
		return;
	*daemon_p = NULL;
	http_close(&d->http);
	sock_ctx_close(&d->ctx);
	loop_close(&d->loop);
	stat_close(&d->stat);
	stat_close(&d->own);
	notify_close(&d->notify);
	log_fini(&d->log);
	free(d);
}

int
daemon_run(struct daemon *d)
{
	while (!d->stopping) {
		clock_read(d);
		if (loop_once(d->loop, d->clock_file ? DAEMON_CLOCK_MS : -1) !=
		    ERR_OK)
			daemon_fail(d, ERR_IO, "loop");
	}
	notify_send(&d->notify, "STOPPING=1");
	log_each(&d->log,
	         &(struct log_event){LOG_INFO,
	                             "stopped",
	                             {log_int("exit_code", d->exit_code)}});
	return d->exit_code;
}

void
daemon_stop(struct daemon *d)
{
	d->stopping = true;
}

void
daemon_fail(struct daemon *d, enum err err, const char *what)
{
	log_each(&d->log, &(struct log_event){
	                      LOG_ERROR,
	                      "failed",
	                      {log_err("code", err), log_str("what", what)}});
	if (d->exit_code == 0)
		d->exit_code = err_exit_code(err);
	daemon_stop(d);
}

void
daemon_ready(struct daemon *d)
{
	if (d->ready)
		return;
	d->ready = true;
	d->reason[0] = '\0';
	log_each(&d->log, &(struct log_event){LOG_INFO, "ready", {{0}}});
	notify_send(&d->notify, "READY=1\nSTATUS=ready");
}

/* Also said READY: the process is up, and to be asked for its reason. */
void
daemon_not_ready(struct daemon *d, enum err err, const char *reason)
{
	char text[DAEMON_REASON_MAX];
	char message[DAEMON_REASON_MAX + 32];

	snprintf(text, sizeof(text), "%s: %s", err_name(err), reason);
	if (!d->ready && strcmp(text, d->reason) == 0)
		return;
	d->ready = false;
	memcpy(d->reason, text, sizeof(text));
	log_each(&d->log, &(struct log_event){LOG_ERROR,
	                                      "not_ready",
	                                      {log_err("code", err),
	                                       log_str("reason", reason)}});
	snprintf(message, sizeof(message), "READY=1\nSTATUS=not ready: %s",
	         text);
	notify_send(&d->notify, message);
}

void
daemon_reload(struct daemon *d, const struct daemon_options *options)
{
	enum log_level level = LOG_INFO;

	if (log_level_parse(options->log_level, &level) != ERR_OK)
		return;
	log_set(&d->log, level, strcmp(options->log_format, "json") == 0);
}
