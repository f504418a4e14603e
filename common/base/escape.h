/*
 * escape - text of unknown origin made safe to stand between double quotes.
 *
 * One form serves log lines (logfmt and JSON) and YAML that we print: a JSON
 * string. Quotes, backslashes and control characters are escaped, C1 controls
 * too, and each byte that is not UTF-8 becomes U+FFFD, so that no value can
 * end a line, colour a terminal or break a reader.
 */
#ifndef COMMON_BASE_ESCAPE_H
#define COMMON_BASE_ESCAPE_H

#include "common/base/buf.h"

/* Bytes of the well-formed UTF-8 character at text (no surrogates, nothing over
 * U+10FFFF, shortest form); 0 if there is none. */
size_t escape_utf8_len(struct span text);
/* Escaped text without the quotes around it: at most 6 bytes for each byte. */
void escape_json(struct buf *out, struct span text);
/* The same with the quotes. */
void escape_json_quoted(struct buf *out, struct span text);

#endif
