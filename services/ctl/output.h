/*
 * output - rows of an answer as JSON Lines, as CSV, or as cells of a table.
 *
 * JSON and CSV keep the decimal point and the declared decimals (a decimal is a
 * number in JSON: its digits are exact, whatever a reader makes of them). A name
 * with points in it is an object in an object: coverage.reporting,
 * methods.eurostat.value. Absent: not applicable; null: missing. Times, sent in milliseconds, are RFC 3339 in UTC.
 */
#ifndef SERVICES_CTL_OUTPUT_H
#define SERVICES_CTL_OUTPUT_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "proto/wire.h"

/* {"a":1.50,"b":null} and a line end. */
void output_json(struct buf *out, struct wire_list pairs);

/* A record of RFC 4180, ended by a line feed. */
void output_csv_names(struct buf *out, const char *const *names);
void output_csv(struct buf *out, const char *const *names,
                struct wire_list pairs);
/* One field, quoted if it has to be. */
void output_csv_field(struct buf *out, struct span text);

/* One value as a person reads it: nil is "-", `comma`: the decimal sign. */
void output_cell(struct buf *out, const struct wire_value *value, bool comma);
/* The value called name (times by the name shown); false: the row has none. */
bool output_get(struct wire_list pairs, const char *name,
                struct wire_value *value, char time[CLOCK_TEXT_SIZE]);

#endif
