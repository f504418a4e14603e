#include "common/serve/service.h"
#include "services/ingest/ingest_io.h"

static const struct conf_option options[] = {SERVICE_OPTIONS("9550")};

int
main(int argc, char **argv)
{
	const struct service service = {
	    .name = "ingest",
	    .purpose =
	        "Takes in figures, admits or refuses each row, and journals "
	        "what it admits.",
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	    .stats = ingest_stats,
	    .n_stats = ingest_n_stats,
	    .open = ingest_io_open,
	    .close = ingest_io_close,
	};

	return service_main(&service, argc, argv);
}
