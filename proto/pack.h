/*
 * pack - msgpack into a buf, one value at a time.
 *
 * What the builders of proto write with; integers take their shortest form.
 * Like every put of a buf they keep its first failure. Values outside the
 * limits of the wire set it: ERR_BAD_VALUE, ERR_BAD_TEXT.
 */
#ifndef PROTO_PACK_H
#define PROTO_PACK_H

#include <stdint.h>

#include "common/base/buf.h"
#include "proto/wire.h"

void pack_nil(struct buf *out);
void pack_bool(struct buf *out, bool truth);
void pack_uint(struct buf *out, uint64_t number); /* to WIRE_UINT_MAX */
void pack_int(struct buf *out, int64_t number);   /* within +-WIRE_UINT_MAX */
/* UTF-8, at most WIRE_TEXT_MAX bytes; ptr may be NULL if len is 0. */
void pack_text(struct buf *out, struct span text);
void pack_bin(struct buf *out, struct span bytes);
void pack_array(struct buf *out, uint32_t n); /* then n values */
void pack_map(struct buf *out, uint32_t n);   /* then n pairs */
/* An integer if it has no places, else [mantissa, exponent]. */
void pack_decimal(struct buf *out, int64_t mantissa, uint8_t places);
void pack_value(struct buf *out, const struct wire_value *value);

#endif
