/*
 * ingest_metrics_io - sources and codes of refused rows on ingest's metrics page, and
 * what became durable of their counts. For ingest_io.c.
 */
#ifndef SERVICES_INGEST_INGEST_METRICS_IO_H
#define SERVICES_INGEST_INGEST_METRICS_IO_H

#include "common/base/buf.h"
#include "services/ingest/ingest_sources.h"

#define SOURCES_SHOWN 1000 /* by number; see sources_metrics */

/* The turn is durable: what it counted belongs to the totals. */
void sources_keep(struct sources *s);

/*
 * sources_metrics - the families of sources and of codes.
 *
 * Of the declared sources the first SOURCES_SHOWN have samples; rows of the others,
 * and those without a known source, are counted under source="", times and limits of
 * the others are left out. All codes of rows are shown, others once they occurred.
 * c        NULL: none is known now, so no source has samples
 */
void sources_metrics(const struct sources *s, const struct catalogue *c,
                     struct buf *out);

#endif
