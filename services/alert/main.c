#include "services/alert/alert_io.h"

_Static_assert(offsetof(struct alert_options, common) == 0,
               "what all services have stands first");

static const struct conf_option options[] = {
    SERVICE_OPTIONS("9570"),
    DELIVER_OPTIONS(offsetof(struct alert_options, deliver)),
};

static enum err
check(const void *values, struct buf *why)
{
	const struct alert_options *o = values;

	return deliver_conf_check(&o->deliver, why);
}

int
main(int argc, char **argv)
{
	const struct service service = {
	    .name = "alert",
	    .purpose = "Judges targets by the figures; journals verdicts and "
	               "alerts, and delivers them.",
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	    .size = sizeof(struct alert_options),
	    .check = check,
	    .stats = alert_stats,
	    .n_stats = alert_n_stats,
	    .open = alert_io_open,
	    .close = alert_io_close,
	    .reloaded = alert_io_reloaded,
	};

	return service_main(&service, argc, argv);
}
