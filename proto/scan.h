/*
 * scan - is this one whole, harmless msgpack value?
 *
 * Runs over a frame before anything else looks at it, so that all later code
 * reads values that are there: every length and count fits the bytes, nothing
 * nests deeper than WIRE_DEPTH_MAX, every text is UTF-8, every map has distinct
 * text keys, every integer lies within 2^53, there are no floats, no extension
 * types and no bytes behind the value. Which fields a message has is no matter
 * of scan: codec.c asks that.
 */
#ifndef PROTO_SCAN_H
#define PROTO_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* Where scan was when it refused, for the codec to name the field. */
struct scan_place {
	uint32_t element; /* of the outermost array, from 1; 0: not within it */
	struct span key;  /* of a map that is such an element; ptr NULL: none */
	size_t offset;    /* where the refused value begins */
};

/*
 * scan_value - check a whole frame.
 *
 * place    set on error
 * returns  ERR_OK
 *          ERR_TRUNCATED        ends early; a count or length beyond the end
 *          ERR_TRAILING         bytes behind the value
 *          ERR_TOO_DEEP         WIRE_DEPTH_MAX
 *          ERR_TOO_LARGE        WIRE_MESSAGE_MAX, WIRE_OBJECTS_MAX,
 *                               WIRE_KEYS_MAX, WIRE_TEXT_MAX
 *          ERR_BAD_TYPE         float, extension, a key that is not text
 *          ERR_BAD_TEXT         not UTF-8
 *          ERR_BAD_VALUE        an integer from 2^53 on
 *          ERR_DUPLICATE_FIELD  a key stands twice in one map
 *          ERR_BAD_MESSAGE      the byte c1, which msgpack never uses
 * cost     one pass, a few ns a value; allocates nothing; keys of one map are
 *          compared with each other, at most WIRE_KEYS_MAX of them
 */
NODISCARD enum err scan_value(struct span frame, struct scan_place *place);

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates. */
bool scan_utf8(struct span text);

#endif
