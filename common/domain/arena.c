#include "common/domain/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARENA_CHUNK_BYTES = 64 * 1024,
};

struct chunk {
	_Alignas(max_align_t) struct chunk *next;
	size_t used;
	size_t cap;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct chunk *
arena_grow(void **arena, size_t need)
{
	size_t cap = need > ARENA_CHUNK_BYTES ? need : ARENA_CHUNK_BYTES;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + cap);

	if (!chunk)
		return NULL;
	chunk->cap = cap;
	chunk->next = *arena;
	*arena = chunk;
	return chunk;
}

static void *
arena_bytes(void **arena, size_t need, size_t align)
{
	struct chunk *chunk = *arena;
	size_t at = chunk ? (chunk->used + align - 1) & ~(align - 1) : 0;

	if (!chunk || at > chunk->cap || chunk->cap - at < need) {
		chunk = arena_grow(arena, need);
		at = 0;
	}
	if (!chunk)
		return NULL;
	chunk->used = at + need;
	return chunk->bytes + at;
}

void *
arena_take(void **arena, size_t n, size_t size)
{
	if (size > 0 && n > PTRDIFF_MAX / 2 / size)
		return NULL;
	return arena_bytes(arena, n * size > 0 ? n * size : 1,
	                   _Alignof(max_align_t));
}

char *
arena_text(void **arena, struct span text)
{
	char *copy = arena_bytes(arena, text.len + 1, 1);

	if (copy && text.len > 0)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

void
arena_fini(void **arena)
{
	struct chunk *chunk = *arena;

	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	*arena = NULL;
}
