#include <stdio.h>

#include "common/base/conf.h"
#include "common/base/daemon.h"
#include "common/serve/node.h"
#include "common/serve/version.h"
#include "services/alert/alert_io.h"

extern char **environ;

struct alert_conf {
	struct daemon_options daemon;
	struct node_options node;
};

static const struct conf_option options[] = {
    DAEMON_OPTIONS(offsetof(struct alert_conf, daemon), "9570"),
    NODE_OPTIONS(offsetof(struct alert_conf, node)),
};

static const struct conf_spec spec = {
    .service = "alert",
    .version = TIENDO_VERSION,
    .purpose =
        "Judges targets by the figures, and journals verdicts and alerts.",
    .options = options,
    .n_options = sizeof(options) / sizeof(options[0]),
    .size = sizeof(struct alert_conf),
};

static int
run(const struct alert_conf *values)
{
	struct daemon_conf conf = {.service = "alert",
	                           .version = TIENDO_VERSION,
	                           .options = values->daemon,
	                           .envp = environ,
	                           .stats = alert_stats,
	                           .n_stats = alert_n_stats,
	                           .log_fd = 2};
	struct daemon *daemon = NULL;
	struct alert_io *io = NULL;
	enum err err = daemon_open(&daemon, &conf);
	bool demo = false;
	int code;

	if (err == ERR_OK)
		demo = node_demo(&daemon->data, &daemon->clock);
	if (err == ERR_OK)
		err = alert_io_open(&io, daemon, &values->node, demo);
	code = err == ERR_OK ? daemon_run(daemon) : err_exit_code(err);
	alert_io_close(&io);
	daemon_close(&daemon);
	return code;
}

int
main(int argc, char **argv)
{
	struct conf_input input = {argc, argv, environ, stdout, stderr};
	struct alert_conf values;
	struct conf *conf = NULL;
	int code = conf_start(&conf, &spec, &input, &values);

	if (code < 0)
		code = run(&values);
	conf_free(&conf);
	return code;
}
