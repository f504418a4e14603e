#include "common/base/kv.h"

#include <stdlib.h>
#include <string.h>

enum { KV_MEM_FIRST_ENTRIES = 64 };

struct entry {
	uint8_t *bytes; /* key, then value */
	uint32_t key_len;
	uint32_t value_len;
};

struct kv_mem {
	struct kv kv; /* first: a kv of this kind is its kv_mem */
	struct entry *entries;
	size_t n;
	size_t cap;
};

static struct kv_mem *
mem_of(struct kv *kv)
{
	return (struct kv_mem *)kv;
}

static struct span
entry_key(const struct entry *e)
{
	return span_of(e->bytes, e->key_len);
}

static struct span
entry_value(const struct entry *e)
{
	return span_of(e->bytes + e->key_len, e->value_len);
}

/* The rank of the first entry whose key is >= key. */
static size_t
lower_bound(const struct kv_mem *mem, struct span key)
{
	size_t low = 0;
	size_t high = mem->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (span_compare(entry_key(&mem->entries[mid]), key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
stands_at(const struct kv_mem *mem, size_t i, struct span key)
{
	return i < mem->n && span_equal(entry_key(&mem->entries[i]), key);
}

static enum err
mem_get(struct kv *kv, struct span key, struct span *value)
{
	const struct kv_mem *mem = mem_of(kv);
	size_t i = lower_bound(mem, key);

	if (!stands_at(mem, i, key))
		return ERR_NOT_FOUND;
	*value = entry_value(&mem->entries[i]);
	return ERR_OK;
}

static enum err
entry_copy(struct entry *e, struct span key, struct span value)
{
	uint8_t *bytes = malloc(key.len + value.len);

	if (!bytes)
		return ERR_NOMEM;
	memcpy(bytes, key.ptr, key.len);
	if (value.len > 0)
		memcpy(bytes + key.len, value.ptr, value.len);
	*e = (struct entry){
	    .bytes = bytes,
	    .key_len = (uint32_t)key.len,
	    .value_len = (uint32_t)value.len,
	};
	return ERR_OK;
}

static enum err
reserve(struct kv_mem *mem)
{
	size_t cap = mem->cap > 0 ? mem->cap * 2 : KV_MEM_FIRST_ENTRIES;
	struct entry *entries;

	if (mem->n < mem->cap)
		return ERR_OK;
	entries = realloc(mem->entries, cap * sizeof(entries[0]));
	if (!entries)
		return ERR_NOMEM;
	mem->entries = entries;
	mem->cap = cap;
	return ERR_OK;
}

static enum err
mem_put(struct kv *kv, struct span key, struct span value)
{
	struct kv_mem *mem = mem_of(kv);
	size_t i = lower_bound(mem, key);
	struct entry *at;
	struct entry made;
	enum err err = reserve(mem);

	/* Copied before anything is freed: value may be a view of this kv. */
	if (err == ERR_OK)
		err = entry_copy(&made, key, value);
	if (err != ERR_OK)
		return err;
	at = &mem->entries[i];
	if (stands_at(mem, i, key)) {
		free(at->bytes);
	} else {
		memmove(at + 1, at, (mem->n - i) * sizeof(*at));
		mem->n++;
	}
	*at = made;
	return ERR_OK;
}

static enum err
mem_del(struct kv *kv, struct span key)
{
	struct kv_mem *mem = mem_of(kv);
	size_t i = lower_bound(mem, key);
	struct entry *at;

	if (!stands_at(mem, i, key))
		return ERR_OK;
	at = &mem->entries[i];
	free(at->bytes);
	mem->n--;
	memmove(at, at + 1, (mem->n - i) * sizeof(*at));
	return ERR_OK;
}

static enum err
mem_next(struct kv *kv, struct span from, struct span *key, struct span *value)
{
	const struct kv_mem *mem = mem_of(kv);
	size_t i = lower_bound(mem, from);

	if (i == mem->n)
		return ERR_NOT_FOUND;
	*key = entry_key(&mem->entries[i]);
	*value = entry_value(&mem->entries[i]);
	return ERR_OK;
}

static enum err
mem_count(struct kv *kv, uint64_t *n)
{
	*n = mem_of(kv)->n;
	return ERR_OK;
}

enum err
kv_mem_new(struct kv_mem **mem)
{
	static const struct kv_ops ops = {
	    .get = mem_get,
	    .put = mem_put,
	    .del = mem_del,
	    .next = mem_next,
	    .count = mem_count,
	};
	struct kv_mem *made = calloc(1, sizeof(*made));

	if (!made)
		return ERR_NOMEM;
	made->kv.ops = &ops;
	*mem = made;
	return ERR_OK;
}

void
kv_mem_free(struct kv_mem **mem)
{
	struct kv_mem *m = *mem;

	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->entries[i].bytes);
	free(m->entries);
	free(m);
	*mem = NULL;
}

struct kv *
kv_mem_kv(struct kv_mem *mem)
{
	return &mem->kv;
}
