#include "common/serve/gather.h"

#include <stdlib.h>

#include "proto/pack.h"

enum { CAP_FIRST = 64 };

void
gather_init(struct gather *g, size_t stream_bytes_max)
{
	*g = (struct gather){.stream_bytes_max = stream_bytes_max};
	map_init(&g->names, GATHER_STREAMS_MAX);
	buf_init(&g->bytes, GATHER_BYTES_MAX);
}

void
gather_fini(struct gather *g)
{
	map_fini(&g->names);
	buf_fini(&g->bytes);
	free(g->streams);
	free(g->rows);
	*g = (struct gather){.n_rows = 0};
}

void
gather_reset(struct gather *g)
{
	map_reset(&g->names);
	buf_reset(&g->bytes);
	g->n_rows = 0;
}

/* Room for one more of n elements; array_p points to the pointer. */
static enum err
room(void **array_p, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap > 0 ? *cap * 2 : CAP_FIRST;
	void *array;

	if (n < *cap)
		return ERR_OK;
	array = reallocarray(*array_p, more, size);
	if (array == NULL)
		return ERR_NOMEM;
	*array_p = array;
	*cap = more;
	return ERR_OK;
}

static enum err
stream_of(struct gather *g, struct span name, struct gather_stream **stream)
{
	size_t n = g->names.n;
	void *streams = g->streams;
	uint32_t at = 0;
	enum err err =
	    room(&streams, &g->n_streams_cap, n, sizeof(*g->streams));

	g->streams = streams;
	if (err == ERR_OK)
		err = map_intern(&g->names, name, &at);
	if (err != ERR_OK)
		return err;
	if (at == n)
		g->streams[at] = (struct gather_stream){.first = 0};
	*stream = &g->streams[at];
	return ERR_OK;
}

/* Behind the rows that are there; ERR_TOO_LARGE: no room. */
static enum err
bytes_put(struct gather *g, struct wire_list row)
{
	size_t at = g->bytes.len;
	enum err err;

	pack_map(&g->bytes, row.n);
	buf_put(&g->bytes, row.bytes.ptr, row.bytes.len);
	err = buf_err(&g->bytes);
	if (err != ERR_OK) {
		g->bytes.err = ERR_OK;
		buf_truncate(&g->bytes, at);
	}
	return err;
}

enum err
gather_add(struct gather *g, struct span stream, struct wire_list row)
{
	struct gather_stream *s;
	size_t at = g->bytes.len;
	void *rows = g->rows;
	enum err err = stream_of(g, stream, &s);

	if (err != ERR_OK || s->too_large)
		return err;
	err = room(&rows, &g->n_rows_cap, g->n_rows, sizeof(*g->rows));
	g->rows = rows;
	if (err == ERR_OK && g->n_rows < GATHER_ROWS_MAX)
		err = bytes_put(g, row);
	s->bytes += g->bytes.len - at;
	s->too_large = err == ERR_TOO_LARGE || g->n_rows == GATHER_ROWS_MAX ||
	               s->bytes > g->stream_bytes_max ||
	               s->n == WIRE_PAGE_ROWS_MAX;
	if (s->too_large)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	g->rows[g->n_rows++] = (struct gather_row){
	    .at = (uint32_t)at, .len = (uint32_t)(g->bytes.len - at)};
	if (s->last > 0)
		g->rows[s->last - 1].next = (uint32_t)g->n_rows;
	else
		s->first = (uint32_t)g->n_rows;
	s->last = (uint32_t)g->n_rows;
	s->n++;
	return ERR_OK;
}

size_t
gather_streams(const struct gather *g)
{
	return g->names.n;
}

struct span
gather_name(const struct gather *g, size_t i)
{
	return map_key(&g->names, i);
}

bool
gather_too_large(const struct gather *g, size_t i)
{
	return g->streams[i].too_large;
}

struct wire_list
gather_rows(const struct gather *g, size_t i, struct buf *out)
{
	const struct gather_stream *s = &g->streams[i];

	for (uint32_t at = s->first; at > 0; at = g->rows[at - 1].next)
		buf_put(out, g->bytes.ptr + g->rows[at - 1].at,
		        g->rows[at - 1].len);
	return (struct wire_list){buf_span(out), s->n};
}
