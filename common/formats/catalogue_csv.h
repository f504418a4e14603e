/*
 * catalogue_csv - one CSV file of a catalogue to rows.
 *
 * The header names the columns, in any order; what is missing is empty. Reads
 * nothing itself: the caller has the bytes.
 */
#ifndef COMMON_FORMATS_CATALOGUE_CSV_H
#define COMMON_FORMATS_CATALOGUE_CSV_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/domain/catalogue_rows.h"

/*
 * catalogue_csv_read - adds the rows of a file, with places.
 *
 * file     as printed in errors; lives as long as errors
 * kind     one that has a file (cat_kinds)
 * errors   unknown, double and missing columns, bad CSV, bad text; cat_error.row
 *          is UINT32_MAX, since no row was made
 * returns  ERR_OK; ERR_REFUSED (errors were added, rows may be); ERR_NOMEM
 */
NODISCARD enum err catalogue_csv_read(const char *file, struct span bytes,
                                      enum cat_kind kind, struct cat_rows *rows,
                                      struct cat_errors *errors);

#endif
