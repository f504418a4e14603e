/*
 * map - bytes to a number, with a ceiling: dictionaries, indexes, dirty sets.
 *
 * Open addressing over XXH3-64; keys are copied into one arena. Iteration is in
 * order of insertion, so that nothing depends on hash order. Entries are never
 * removed one by one; map_reset empties and keeps the memory.
 */
#ifndef COMMON_BASE_MAP_H
#define COMMON_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define MAP_NONE UINT32_MAX

struct map_entry {
	uint64_t hash;
	uint32_t key_at; /* offset in the arena */
	uint32_t key_len;
	uint32_t value;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	uint32_t *slots;           /* entry index + 1; 0 = empty */
	uint8_t *arena;
	size_t n;
	size_t n_cap;
	size_t n_slots; /* a power of two */
	size_t arena_len;
	size_t arena_cap;
	size_t n_max; /* ceiling on n */
};

void map_init(struct map *m, size_t n_max); /* allocates nothing */
void map_fini(struct map *m);
void map_reset(struct map *m); /* empties, keeps memory */

/* The value of key, or MAP_NONE. Cost: one hash, expected one probe. */
uint32_t map_get(const struct map *m, struct span key);

/*
 * map_put - set key to value; an existing value is replaced.
 *
 * value    anything but MAP_NONE
 * returns  ERR_OK, ERR_TOO_LARGE (n_max reached), ERR_NOMEM; unchanged on error
 */
NODISCARD enum err map_put(struct map *m, struct span key, uint32_t value);

/*
 * map_intern - the value of key; if absent, n (its insertion rank) is put.
 *
 * *value   result; *value == former m->n exactly if it was added
 */
NODISCARD enum err map_intern(struct map *m, struct span key, uint32_t *value);

/* Key and value by insertion rank i < m->n; the key lives until the next put. */
struct span map_key(const struct map *m, size_t i);
uint32_t map_value(const struct map *m, size_t i);

#endif
