#include "common/serve/service.h"
#include "services/alert/alert_io.h"

static const struct conf_option options[] = {SERVICE_OPTIONS("9570")};

int
main(int argc, char **argv)
{
	const struct service service = {
	    .name = "alert",
	    .purpose = "Judges targets by the figures; journals verdicts and "
	               "alerts.",
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	    .stats = alert_stats,
	    .n_stats = alert_n_stats,
	    .open = alert_io_open,
	    .close = alert_io_close,
	};

	return service_main(&service, argc, argv);
}
