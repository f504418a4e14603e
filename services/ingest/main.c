#include <stdio.h>

#include "common/base/conf.h"
#include "common/base/daemon.h"
#include "common/serve/node.h"
#include "common/serve/version.h"
#include "services/ingest/ingest_io.h"

extern char **environ;

struct ingest_conf {
	struct daemon_options daemon;
	struct node_options node;
};

static const struct conf_option options[] = {
    DAEMON_OPTIONS(offsetof(struct ingest_conf, daemon), "9550"),
    NODE_OPTIONS(offsetof(struct ingest_conf, node)),
};

static const struct conf_spec spec = {
    .service = "ingest",
    .version = TIENDO_VERSION,
    .purpose = "Takes in figures, admits or refuses each row, and journals "
               "what it admits.",
    .options = options,
    .n_options = sizeof(options) / sizeof(options[0]),
    .size = sizeof(struct ingest_conf),
};

static int
run(const struct ingest_conf *values)
{
	struct daemon_conf conf = {.service = "ingest",
	                           .version = TIENDO_VERSION,
	                           .options = values->daemon,
	                           .envp = environ,
	                           .stats = ingest_stats,
	                           .n_stats = ingest_n_stats,
	                           .log_fd = 2};
	struct daemon *daemon = NULL;
	struct ingest_io *io = NULL;
	enum err err = daemon_open(&daemon, &conf);
	int code;

	if (err == ERR_OK)
		(void)node_demo(&daemon->data, &daemon->clock);
	if (err == ERR_OK)
		err = ingest_io_open(&io, daemon, &values->node);
	code = err == ERR_OK ? daemon_run(daemon) : err_exit_code(err);
	ingest_io_close(&io);
	daemon_close(&daemon);
	return code;
}

int
main(int argc, char **argv)
{
	struct conf_input input = {argc, argv, environ, stdout, stderr};
	struct ingest_conf values;
	struct conf *conf = NULL;
	int code = conf_start(&conf, &spec, &input, &values);

	if (code < 0)
		code = run(&values);
	conf_free(&conf);
	return code;
}
