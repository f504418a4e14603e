/*
 * send - one file of figures to ingest; cmd_send.c calls it for each.
 */
#ifndef SERVICES_CTL_SEND_H
#define SERVICES_CTL_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/client/submit.h"
#include "services/ctl/ctl.h"

struct send_conf {
	const char *source;      /* NULL: rows name theirs */
	const char *units_as_of; /* NULL: units are ids */
	bool comma;
	bool strict;
	bool dry_run;
	bool backfill;
	bool again;
	int64_t now_ms;     /* names a submission that is declared new */
	uint64_t catalogue; /* version: under another one rows may be refused
	                     * no more, so it is another submission */
};

struct send_result {
	struct submit_totals totals;
	uint64_t rejected; /* here and by ingest */
	uint64_t rows;     /* read */
	char producer[WIRE_TEXT_MAX + 1];
	bool failed; /* not all of the file was answered; code says why */
	int code;    /* 0, 65 if rows were rejected, or of the failure */
};

/*
 * send_file - reads a file ("-": standard input), sends it, waits for all answers.
 *
 * Rejected rows are printed as they become known. A file is a producer named by
 * its content, by how it is read, by its source and the catalogue's version, with
 * epoch 1: so sent again it is recognised, however far it came the time before; sent
 * again under another catalogue it is judged anew, and what was accepted is stale or
 * unchanged (F4).
 * client   of ingest
 */
void send_file(const struct ctl *ctl, struct client *client, const char *name,
               const struct send_conf *conf, struct send_result *result);

#endif
