#include "common/serve/service.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

struct running {
	const struct service *service;
	struct conf *conf;
	struct service_options *values; /* of service->size bytes */
	struct daemon *daemon;
	void *io;
};

/* SIGHUP: all or nothing; what needs a restart is said and stays. Each is answered:
 * folded, the second answer would not say what was wrong with the file. */
static void
reload(void *self)
{
	struct running *r = self;
	struct buf report;
	enum err err;

	buf_init(&report, CONF_FILE_MAX);
	err = conf_reload(r->conf, r->values, &report);
	if (err == ERR_OK)
		daemon_reload(r->daemon, &r->values->daemon);
	if (err == ERR_OK && r->service->reloaded)
		r->service->reloaded(r->io);
	log_each(&r->daemon->log,
	         &(struct log_event){err == ERR_OK ? LOG_INFO : LOG_ERROR,
	                             "reloaded",
	                             {log_err("code", err),
	                              log_span("report", buf_span(&report))}});
	buf_fini(&report);
}

static int
run(struct running *r)
{
	const struct service *service = r->service;
	struct daemon_conf conf = {.service = service->name,
	                           .version = TIENDO_VERSION,
	                           .options = r->values->daemon,
	                           .envp = environ,
	                           .stats = service->stats,
	                           .n_stats = service->n_stats,
	                           .log_fd = 2};
	struct service_start start = {.node = &r->values->node,
	                              .values = r->values};
	enum err err = daemon_open(&r->daemon, &conf);
	int code;

	if (err == ERR_OK) {
		start.daemon = r->daemon;
		start.demo = node_demo(&r->daemon->data, &r->daemon->clock);
		err = service->open(&r->io, &start);
	}
	if (err == ERR_OK) {
		r->daemon->hooks.reload = reload;
		r->daemon->hooks.reload_self = r;
	}
	code = err == ERR_OK ? daemon_run(r->daemon) : err_exit_code(err);
	service->close(&r->io);
	daemon_close(&r->daemon);
	return code;
}

int
service_main(const struct service *service, int argc, char **argv)
{
	const size_t size =
	    service->size > 0 ? service->size : sizeof(struct service_options);
	const struct conf_spec spec = {
	    .service = service->name,
	    .version = TIENDO_VERSION,
	    .purpose = service->purpose,
	    .options = service->options,
	    .n_options = service->n_options,
	    .size = size,
	    .check = service->check,
	};
	struct conf_input input = {argc, argv, environ, stdout, stderr};
	struct running r = {.service = service, .values = calloc(1, size)};
	int code;

	assert(size >= sizeof(struct service_options));
	if (!r.values)
		return err_exit_code(ERR_NOMEM);
	code = conf_start(&r.conf, &spec, &input, r.values);
	if (code < 0)
		code = run(&r);
	conf_free(&r.conf);
	free(r.values);
	return code;
}
