/*
 * observations_csv - figures in CSV to rows that can be sent.
 *
 * Columns by name, in any order, each at most once:
 *
 *   indicator unit period value numerator denominator bound status source document
 *   released note action
 *
 * indicator, unit and period must be there, and value, or numerator and
 * denominator, or action. Names are compared without case; aliases are those of
 * SDMX (REF_AREA, TIME_PERIOD, OBS_VALUE, OBS_STATUS, ...) and the Vietnamese ones
 * in the table of the .c file; any other column is refused. Here only form is
 * judged: what cannot be sent at all. What it means, ingest decides. Reads nothing
 * itself.
 */
#ifndef COMMON_FORMATS_OBSERVATIONS_CSV_H
#define COMMON_FORMATS_OBSERVATIONS_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/formats/csv.h"
#include "proto/wire.h"

enum observation_field {
	OBSERVATION_INDICATOR,
	OBSERVATION_UNIT,
	OBSERVATION_PERIOD,
	OBSERVATION_VALUE,
	OBSERVATION_NUMERATOR,
	OBSERVATION_DENOMINATOR,
	OBSERVATION_BOUND,
	OBSERVATION_STATUS,
	OBSERVATION_SOURCE,
	OBSERVATION_DOCUMENT,
	OBSERVATION_RELEASED,
	OBSERVATION_NOTE,
	OBSERVATION_ACTION,
	OBSERVATION_FIELDS
};

/* "indicator" ...; also what a service calls the field it refuses. */
const char *observation_field_name(enum observation_field field);
/* OBSERVATION_FIELDS if there is none. */
enum observation_field observation_field_of(struct span name);

/* Which column holds which field. */
struct observation_columns {
	uint8_t field[CSV_FIELDS_MAX]; /* enum observation_field of column i */
	size_t n;
	bool comma; /* the decimal sign is ','; the caller's to set */
};

/* What is wrong, and where: a column of the line; the value as it stands. */
struct observation_fault {
	enum err code;
	size_t column; /* from 0; n of the line: the whole line */
	const char
	    *field; /* its name; "" for the whole line or an unknown one */
	struct span value;
};

/*
 * observation_header - the header line to columns.
 *
 * returns  ERR_OK; ERR_UNKNOWN_COLUMN; ERR_DUPLICATE_FIELD; ERR_MISSING_FIELD
 *          (fault->field: which); fault is set
 */
NODISCARD enum err observation_header(const struct span *fields, size_t n,
                                      struct observation_columns *columns,
                                      struct observation_fault *fault);

/*
 * observation_row - one line to a row.
 *
 * row      its spans are views of fields
 * returns  ERR_OK; ERR_BAD_CSV: another number of fields than the header has;
 *          ERR_MISSING_FIELD: an empty indicator, unit or period;
 *          ERR_BAD_NUMBER, ERR_OUT_OF_RANGE, ERR_TOO_PRECISE, ERR_BAD_BOUND,
 *          ERR_BAD_STATUS, ERR_BAD_ACTION; ERR_TOO_LARGE: a text over
 *          WIRE_TEXT_MAX; ERR_BAD_TEXT: not UTF-8; fault is set
 */
NODISCARD enum err observation_row(const struct observation_columns *columns,
                                   const struct span *fields, size_t n,
                                   struct wire_row_text *row,
                                   struct observation_fault *fault);

#endif
