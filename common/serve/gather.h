/*
 * gather - the rows of one commit, put together by stream.
 *
 * They come in the order of the journal and go out a stream at a time. All of it is
 * bounded: a stream with too much to say is marked so and holds no rows that matter,
 * and so is every stream that finds no room. Called by publish.c.
 */
#ifndef COMMON_SERVE_GATHER_H
#define COMMON_SERVE_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/map.h"
#include "proto/wire.h"

#define GATHER_STREAMS_MAX 16384       /* of one commit */
#define GATHER_ROWS_MAX    262144      /* of all streams */
#define GATHER_BYTES_MAX   (16u << 20) /* of all streams */

struct gather_row {
	uint32_t at; /* in bytes */
	uint32_t len;
	uint32_t next; /* of the same stream, + 1; 0: the last */
};

struct gather_stream {
	uint32_t first; /* rows, + 1; 0: none */
	uint32_t last;
	uint32_t n;
	size_t bytes;
	bool too_large;
};

struct gather {
	struct map names;
	struct gather_stream *streams; /* by rank in names */
	size_t n_streams_cap;
	struct gather_row *rows;
	size_t n_rows;
	size_t n_rows_cap;
	struct buf bytes; /* encoded rows */
	size_t stream_bytes_max;
};

void gather_init(struct gather *g, size_t stream_bytes_max);
void gather_fini(struct gather *g);
void gather_reset(struct gather *g); /* empties, keeps memory */

/* row: encoded pairs. ERR_TOO_LARGE: GATHER_STREAMS_MAX streams are there; ERR_NOMEM. */
NODISCARD enum err gather_add(struct gather *g, struct span stream,
                              struct wire_list row);

size_t gather_streams(const struct gather *g);
struct span gather_name(const struct gather *g, size_t i);
bool gather_too_large(const struct gather *g, size_t i);
/* Rows of a stream that is not too large, as maps, into out. */
struct wire_list gather_rows(const struct gather *g, size_t i, struct buf *out);

#endif
