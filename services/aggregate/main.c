#include "common/serve/service.h"
#include "services/aggregate/aggregate_io.h"

static const struct conf_option options[] = {SERVICE_OPTIONS("9560")};

int
main(int argc, char **argv)
{
	const struct service service = {
	    .name = "aggregate",
	    .purpose = "Folds the journal of ingest into figures in force and "
	               "roll-ups.",
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	    .stats = aggregate_stats,
	    .n_stats = aggregate_n_stats,
	    .open = aggregate_io_open,
	    .close = aggregate_io_close,
	};

	return service_main(&service, argc, argv);
}
