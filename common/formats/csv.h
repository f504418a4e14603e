/*
 * csv - comma-separated values, pushed in pieces of any size (RFC 4180).
 *
 * For catalogue files and for figures; a file is never held whole. A byte order
 * mark is skipped, and the header line decides whether ';' separates. Lines end in
 * LF or CR LF; empty lines are skipped. Nothing is trimmed, and a quote inside an
 * unquoted field is refused. Encoding is not looked at.
 */
#ifndef COMMON_FORMATS_CSV_H
#define COMMON_FORMATS_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define CSV_FIELDS_MAX   64   /* of one record */
#define CSV_FIELD_BYTES  4096 /* of one field, without its quotes */
#define CSV_HEADER_BYTES 8192 /* looked at for the separator */

struct csv_place {
	uint32_t line;   /* from 1; where the field begins */
	uint32_t column; /* from 1, in bytes; of the quote if there is one */
};

/*
 * One record. fields and places, n of each, live until it returns. Anything but
 * ERR_OK stops the reader, which then returns it.
 */
typedef enum err (*csv_row)(void *ctx, uint32_t line, const struct span *fields,
                            const struct csv_place *places, size_t n);

struct csv_reader;
/* ERR_NOMEM. */
NODISCARD enum err csv_reader_new(struct csv_reader **reader_p, csv_row row,
                                  void *ctx);
void csv_reader_free(struct csv_reader **reader_p);
/*
 * Bytes that follow; calls back for every record that is complete.
 *
 * returns  ERR_OK; ERR_BAD_CSV; ERR_TOO_LARGE (a field, or too many fields);
 *          ERR_NOMEM; what the callback returned. A reader that failed stays so.
 * cost     about 5 ns a byte
 */
NODISCARD enum err csv_reader_feed(struct csv_reader *reader,
                                   struct span bytes);
/* No more bytes: the last record needs no line end. As csv_reader_feed. */
NODISCARD enum err csv_reader_end(struct csv_reader *reader);
/* Where the reader stands; after a failure, where it was noticed. */
struct csv_place csv_reader_place(const struct csv_reader *reader);

#endif
