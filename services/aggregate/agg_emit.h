/*
 * agg_emit - what changed, as FIGURES and ROLLUPS records.
 *
 * Cut into records of EMIT_ROWS_MAX rows, so that none outgrows a stored value
 * (KV_VALUE_MAX), however much one commit changes. Where it is cut depends on the
 * rows alone (SEMANTICS K2). Called at the end of a fold, and at a catalogue.
 */
#ifndef SERVICES_AGGREGATE_AGG_EMIT_H
#define SERVICES_AGGREGATE_AGG_EMIT_H

#include <stdint.h>

#include "common/base/journal.h"
#include "common/domain/record.h"
#include "services/aggregate/agg_fold.h"

#define EMIT_ROWS_MAX 65536 /* rows of one record */

/* Appends the figures after each change; sorts them by period, unit, definition.
 * AGG_HISTORY is left out. */
void agg_emit_figures(struct fold_change *changes, uint32_t n,
                      struct record_list *out);

/* Appends the rows; sorts them by map, period, unit, definition. */
void agg_emit_rollups(struct rollup *rollups, uint32_t n,
                      struct record_list *out);

#endif
