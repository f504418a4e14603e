#include "services/ctl/pile.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ENTRIES = 1024, FIRST_BYTES = 1 << 16 };

struct entry {
	uint8_t key[PILE_KEY_MAX];
	uint64_t at;  /* of the value in bytes; grows with every put */
	uint32_t len; /* of the value */
	uint8_t key_len;
	bool gone;
};

struct pile {
	struct kv kv; /* first: a kv of this kind is its pile */
	struct entry *entries;
	size_t n;
	size_t cap;
	uint8_t *bytes;
	uint64_t n_bytes;
	uint64_t bytes_cap;
	bool settled;
};

static struct pile *
pile_of(struct kv *kv)
{
	return (struct pile *)kv;
}

static enum err
entries_room(struct pile *p)
{
	size_t cap = p->cap > 0 ? p->cap * 2 : FIRST_ENTRIES;
	struct entry *entries;

	if (p->n < p->cap)
		return ERR_OK;
	if (p->n_bytes + cap * sizeof(*entries) > PILE_BYTES_MAX)
		return ERR_TOO_LARGE;
	entries = realloc(p->entries, cap * sizeof(*entries));
	if (entries == NULL)
		return ERR_NOMEM;
	p->entries = entries;
	p->cap = cap;
	return ERR_OK;
}

static enum err
bytes_room(struct pile *p, size_t len)
{
	uint64_t cap = p->bytes_cap > 0 ? p->bytes_cap : FIRST_BYTES;
	uint8_t *bytes;

	if (p->bytes_cap - p->n_bytes >= len)
		return ERR_OK;
	while (cap - p->n_bytes < len)
		cap *= 2;
	if (cap > PILE_BYTES_MAX)
		return ERR_TOO_LARGE;
	bytes = realloc(p->bytes, cap);
	if (bytes == NULL)
		return ERR_NOMEM;
	p->bytes = bytes;
	p->bytes_cap = cap;
	return ERR_OK;
}

static enum err
append(struct pile *p, struct span key, struct span value, bool gone)
{
	struct entry *e;
	enum err err =
	    key.len <= PILE_KEY_MAX ? entries_room(p) : ERR_TOO_LARGE;

	if (err == ERR_OK)
		err = bytes_room(p, value.len + 1);
	if (err != ERR_OK)
		return err;
	e = &p->entries[p->n++];
	*e = (struct entry){.at = p->n_bytes,
	                    .len = (uint32_t)value.len,
	                    .key_len = (uint8_t)key.len,
	                    .gone = gone};
	memcpy(e->key, key.ptr, key.len);
	if (value.len > 0)
		memcpy(p->bytes + p->n_bytes, value.ptr, value.len);
	/* one byte more, so that no two begin at the same place */
	p->n_bytes += value.len + 1;
	p->settled = false;
	return ERR_OK;
}

static enum err
pile_put(struct kv *kv, struct span key, struct span value)
{
	return append(pile_of(kv), key, value, false);
}

static enum err
pile_del(struct kv *kv, struct span key)
{
	return append(pile_of(kv), key, span_of(NULL, 0), true);
}

static struct span
entry_key(const struct entry *e)
{
	return span_of(e->key, e->key_len);
}

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	int order = span_compare(entry_key(x), entry_key(y));

	if (order != 0)
		return order;
	return x->at < y->at ? -1 : x->at > y->at;
}

enum err
pile_settle(struct pile *p)
{
	size_t kept = 0;

	if (p->n > 1)
		qsort(p->entries, p->n, sizeof(*p->entries), compare);
	for (size_t i = 0; i < p->n; i++) {
		const struct entry *e = &p->entries[i];
		bool last =
		    i + 1 == p->n ||
		    !span_equal(entry_key(e), entry_key(&p->entries[i + 1]));

		if (last && !e->gone)
			p->entries[kept++] = *e;
	}
	p->n = kept;
	p->settled = true;
	return p->kv.err;
}

void
pile_clear(struct pile *p, uint8_t table)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct entry *e = &p->entries[i];

		if (e->key_len == 0 || e->key[0] != table)
			p->entries[kept++] = *e;
	}
	p->n = kept;
}

/* The rank of the first entry whose key is >= key. */
static size_t
lower_bound(const struct pile *p, struct span key)
{
	size_t low = 0;
	size_t high = p->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(entry_key(&p->entries[middle]), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum err
pile_next(struct kv *kv, struct span from, struct span *key, struct span *value)
{
	const struct pile *p = pile_of(kv);
	size_t i;

	if (!p->settled)
		return ERR_AGAIN;
	i = lower_bound(p, from);
	if (i == p->n)
		return ERR_NOT_FOUND;
	*key = entry_key(&p->entries[i]);
	*value = span_of(p->bytes + p->entries[i].at, p->entries[i].len);
	return ERR_OK;
}

static enum err
pile_get(struct kv *kv, struct span key, struct span *value)
{
	struct span found, got;
	enum err err = pile_next(kv, key, &found, &got);

	if (err != ERR_OK)
		return err;
	if (!span_equal(found, key))
		return ERR_NOT_FOUND;
	*value = got;
	return ERR_OK;
}

static enum err
pile_count(struct kv *kv, uint64_t *n)
{
	*n = pile_of(kv)->n;
	return pile_of(kv)->settled ? ERR_OK : ERR_AGAIN;
}

enum err
pile_new(struct pile **pile_p)
{
	static const struct kv_ops ops = {
	    .get = pile_get,
	    .put = pile_put,
	    .del = pile_del,
	    .next = pile_next,
	    .count = pile_count,
	};
	struct pile *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return ERR_NOMEM;
	made->kv.ops = &ops;
	made->settled = true;
	*pile_p = made;
	return ERR_OK;
}

void
pile_free(struct pile **pile_p)
{
	struct pile *p = *pile_p;

	if (p == NULL)
		return;
	free(p->entries);
	free(p->bytes);
	free(p);
	*pile_p = NULL;
}

struct kv *
pile_kv(struct pile *pile)
{
	return &pile->kv;
}
