#include "common/base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAP_FIRST_ENTRIES = 16,
	MAP_FIRST_ARENA_BYTES = 256,
	/* At most half of the slots are taken: short probes. */
	MAP_SLOTS_PER_ENTRY = 2,
};

void
map_init(struct map *m, size_t n_max)
{
	/* Ranks and values share the type of MAP_NONE. */
	assert(n_max < MAP_NONE);
	*m = (struct map){.n_max = n_max};
}

void
map_fini(struct map *m)
{
	free(m->entries);
	free(m->slots);
	free(m->arena);
	*m = (struct map){.n_max = m->n_max};
}

void
map_reset(struct map *m)
{
	if (m->n > 0)
		memset(m->slots, 0, m->n_slots * sizeof(m->slots[0]));
	m->n = 0;
	m->arena_len = 0;
}

struct span
map_key(const struct map *m, size_t i)
{
	assert(i < m->n);
	return span_of(m->arena + m->entries[i].key_at, m->entries[i].key_len);
}

uint32_t
map_value(const struct map *m, size_t i)
{
	assert(i < m->n);
	return m->entries[i].value;
}

static struct map_entry *
map_find(const struct map *m, struct span key, uint64_t hash)
{
	size_t mask = m->n_slots - 1;

	if (m->n == 0)
		return NULL;
	for (size_t at = hash & mask; m->slots[at] != 0; at = (at + 1) & mask) {
		size_t i = m->slots[at] - 1;

		if (m->entries[i].hash == hash &&
		    span_equal(map_key(m, i), key))
			return &m->entries[i];
	}
	return NULL;
}

uint32_t
map_get(const struct map *m, struct span key)
{
	const struct map_entry *found = map_find(m, key, hash_bytes(key, 0));

	return found ? found->value : MAP_NONE;
}

static void
slot_fill(uint32_t *slots, size_t n_slots, uint64_t hash, size_t rank)
{
	size_t mask = n_slots - 1;
	size_t at = hash & mask;

	while (slots[at] != 0)
		at = (at + 1) & mask;
	slots[at] = (uint32_t)rank + 1;
}

static enum err
reserve_slots(struct map *m, size_t n_slots)
{
	uint32_t *slots;

	if (n_slots <= m->n_slots)
		return ERR_OK;
	slots = calloc(n_slots, sizeof(slots[0]));
	if (!slots)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->n; i++)
		slot_fill(slots, n_slots, m->entries[i].hash, i);
	free(m->slots);
	m->slots = slots;
	m->n_slots = n_slots;
	return ERR_OK;
}

static enum err
reserve_entry(struct map *m)
{
	size_t cap = m->n_cap > 0 ? m->n_cap * 2 : MAP_FIRST_ENTRIES;
	struct map_entry *entries;
	enum err err;

	if (m->n < m->n_cap)
		return ERR_OK;
	err = reserve_slots(m, cap * MAP_SLOTS_PER_ENTRY);
	if (err != ERR_OK)
		return err;
	entries = realloc(m->entries, cap * sizeof(entries[0]));
	if (!entries)
		return ERR_NOMEM;
	m->entries = entries;
	m->n_cap = cap;
	return ERR_OK;
}

static enum err
reserve_key(struct map *m, size_t len)
{
	size_t cap = m->arena_cap > 0 ? m->arena_cap : MAP_FIRST_ARENA_BYTES;
	uint8_t *arena;

	if (len > UINT32_MAX - m->arena_len)
		return ERR_TOO_LARGE;
	while (cap < m->arena_len + len)
		cap *= 2;
	if (cap == m->arena_cap)
		return ERR_OK;
	arena = realloc(m->arena, cap);
	if (!arena)
		return ERR_NOMEM;
	m->arena = arena;
	m->arena_cap = cap;
	return ERR_OK;
}

static enum err
map_add(struct map *m, struct span key, uint64_t hash, uint32_t value)
{
	enum err err = m->n < m->n_max ? ERR_OK : ERR_TOO_LARGE;

	if (err == ERR_OK)
		err = reserve_entry(m);
	if (err == ERR_OK)
		err = reserve_key(m, key.len);
	if (err != ERR_OK)
		return err;
	if (key.len > 0)
		memcpy(m->arena + m->arena_len, key.ptr, key.len);
	m->entries[m->n] = (struct map_entry){
	    .hash = hash,
	    .key_at = (uint32_t)m->arena_len,
	    .key_len = (uint32_t)key.len,
	    .value = value,
	};
	m->arena_len += key.len;
	slot_fill(m->slots, m->n_slots, hash, m->n);
	m->n++;
	return ERR_OK;
}

enum err
map_put(struct map *m, struct span key, uint32_t value)
{
	uint64_t hash = hash_bytes(key, 0);
	struct map_entry *found = map_find(m, key, hash);

	assert(value != MAP_NONE);
	if (!found)
		return map_add(m, key, hash, value);
	found->value = value;
	return ERR_OK;
}

enum err
map_intern(struct map *m, struct span key, uint32_t *value)
{
	uint64_t hash = hash_bytes(key, 0);
	const struct map_entry *found = map_find(m, key, hash);
	uint32_t rank = (uint32_t)m->n;
	enum err err;

	if (found) {
		*value = found->value;
		return ERR_OK;
	}
	err = map_add(m, key, hash, rank);
	if (err == ERR_OK)
		*value = rank;
	return err;
}
