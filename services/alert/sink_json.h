/*
 * sink_json - notices as JSON, for bodies of posts.
 *
 * Every text is escaped, whoever wrote it; bytes that are no UTF-8 become U+FFFD. Times
 * are RFC 3339 in UTC with milliseconds. Pure; called by the kinds of sinks.
 */
#ifndef SERVICES_ALERT_SINK_JSON_H
#define SERVICES_ALERT_SINK_JSON_H

#include <stdint.h>

#include "common/base/buf.h"
#include "services/alert/sink_parts.h"

/* "text", in quotes. */
void sink_json_text(struct buf *out, struct span text);
/* "2024-02-29T23:59:59.123Z", in quotes. Years 1900 to 2199, others as the nearest. */
void sink_json_time(struct buf *out, int64_t wall_ms);
/* {"name":"value",...} of pairs. */
void sink_json_pairs(struct buf *out, struct span pairs);
/* The same of those pairs that all items have; of labels or of annotations. Cost:
 * O(items x pairs^2). */
void sink_json_common(struct buf *out, const struct sink_letter *letter,
                      bool labels);
/* Where a person reads on: <external URL>/alerts/<fingerprint>, in quotes; "" without
 * an external URL. */
void sink_json_generator(struct buf *out, const struct sink_letter *letter,
                         const struct notice *n);
/* The value of a label; empty if there is none. */
struct span sink_pair(struct span pairs, const char *name);

#endif
