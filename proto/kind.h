/*
 * kind - how each kind of field is read, written and measured.
 *
 * The other half of schema.h: a table of functions by enum wire_kind, for the
 * codec alone. Lists and maps are checked element by element when read and kept
 * as views; written as they were built.
 */
#ifndef PROTO_KIND_H
#define PROTO_KIND_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "proto/cursor.h"
#include "proto/schema.h"

/* slot: the field in the struct of the message. */
struct wire_kind_ops {
	void (*read)(struct mp *in, void *slot); /* fails in in->err */
	void (*write)(struct buf *out, const void *slot);
	uint64_t (*size)(const void *slot); /* what min and max bound */
};

extern const struct wire_kind_ops wire_kinds[WIRE_KIND_COUNT];

/* Is the field within its min and max? ERR_BAD_VALUE, ERR_TOO_LARGE. */
NODISCARD enum err wire_kind_check(const struct wire_field *f,
                                   const void *slot);

#endif
