#include "common/base/peers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

enum { SLOT_BITS = 24, SLOT_MASK = (1 << SLOT_BITS) - 1 };

struct peer {
	uint64_t number; /* serial << SLOT_BITS | slot; 0: free */
	uint64_t hash;
	struct mono seen;
	uint32_t chain; /* next of the same bucket, or next free */
	uint32_t newer; /* the list from oldest to newest seen */
	uint32_t older;
	uint8_t identity_len;
	uint8_t identity[PEER_IDENTITY_MAX];
};

struct peers {
	struct peer *slots;
	uint32_t *buckets; /* a power of two, at least n_max */
	size_t n_max;
	size_t n_buckets;
	size_t n;
	int64_t idle_ms;
	uint64_t serial;
	uint32_t free; /* first of the chain of free slots */
	uint32_t newest;
	uint32_t oldest;
};

static void
peers_clear(struct peers *p)
{
	for (size_t i = 0; i < p->n_buckets; i++)
		p->buckets[i] = NONE;
	for (size_t i = 0; i < p->n_max; i++)
		p->slots[i].chain = i + 1 < p->n_max ? (uint32_t)i + 1 : NONE;
	p->free = 0;
	p->newest = NONE;
	p->oldest = NONE;
}

enum err
peers_new(struct peers **peers_p, size_t n_max, int64_t idle_ms)
{
	struct peers *p = calloc(1, sizeof(*p));

	assert(n_max > 0 && n_max <= SLOT_MASK);
	if (!p)
		return ERR_NOMEM;
	p->n_max = n_max;
	p->idle_ms = idle_ms;
	for (p->n_buckets = 1; p->n_buckets < n_max; p->n_buckets *= 2)
		continue;
	p->slots = calloc(n_max, sizeof(*p->slots));
	p->buckets = calloc(p->n_buckets, sizeof(*p->buckets));
	if (!p->slots || !p->buckets) {
		peers_free(&p);
		return ERR_NOMEM;
	}
	peers_clear(p);
	*peers_p = p;
	return ERR_OK;
}

void
peers_free(struct peers **peers_p)
{
	struct peers *p = *peers_p;

	if (!p)
		return;
	*peers_p = NULL;
	free(p->slots);
	free(p->buckets);
	free(p);
}

static uint32_t *
bucket_of(struct peers *p, uint64_t hash)
{
	return &p->buckets[hash & (p->n_buckets - 1)];
}

static void
age_unlink(struct peers *p, const struct peer *peer)
{
	if (peer->older != NONE)
		p->slots[peer->older].newer = peer->newer;
	else
		p->oldest = peer->newer;
	if (peer->newer != NONE)
		p->slots[peer->newer].older = peer->older;
	else
		p->newest = peer->older;
}

static void
age_link_newest(struct peers *p, uint32_t slot)
{
	struct peer *peer = &p->slots[slot];

	peer->newer = NONE;
	peer->older = p->newest;
	if (p->newest != NONE)
		p->slots[p->newest].newer = slot;
	else
		p->oldest = slot;
	p->newest = slot;
}

static void
slot_release(struct peers *p, uint32_t slot)
{
	struct peer *peer = &p->slots[slot];
	uint32_t *link = bucket_of(p, peer->hash);

	while (*link != slot)
		link = &p->slots[*link].chain;
	*link = peer->chain;
	age_unlink(p, peer);
	peer->number = 0;
	peer->chain = p->free;
	p->free = slot;
	p->n--;
}

static uint32_t
slot_find(struct peers *p, struct span identity, uint64_t hash)
{
	uint32_t slot = *bucket_of(p, hash);

	while (slot != NONE) {
		const struct peer *peer = &p->slots[slot];

		if (peer->hash == hash &&
		    span_equal(span_of(peer->identity, peer->identity_len),
		               identity))
			break;
		slot = peer->chain;
	}
	return slot;
}

/* A free place, if need be that of the one silent for longest. */
static enum err
slot_take(struct peers *p, struct mono now, uint32_t *slot)
{
	if (p->free == NONE) {
		struct mono seen = p->slots[p->oldest].seen;

		if (clock_ms_between(seen, now) < p->idle_ms)
			return ERR_OVERLOADED;
		slot_release(p, p->oldest);
	}
	*slot = p->free;
	p->free = p->slots[p->free].chain;
	return ERR_OK;
}

static void
slot_fill(struct peers *p, uint32_t slot, struct span identity, uint64_t hash)
{
	struct peer *peer = &p->slots[slot];
	uint32_t *bucket = bucket_of(p, hash);

	peer->number = ++p->serial << SLOT_BITS | slot;
	peer->hash = hash;
	peer->identity_len = (uint8_t)identity.len;
	if (identity.len > 0)
		memcpy(peer->identity, identity.ptr, identity.len);
	peer->chain = *bucket;
	*bucket = slot;
	age_link_newest(p, slot);
	p->n++;
}

enum err
peers_see(struct peers *peers, struct span identity, struct mono now,
          uint64_t *peer)
{
	uint64_t hash = hash_bytes(identity, 0);
	uint32_t slot;
	enum err err;

	if (identity.len > PEER_IDENTITY_MAX)
		return ERR_TOO_LARGE;
	slot = slot_find(peers, identity, hash);
	if (slot != NONE) {
		age_unlink(peers, &peers->slots[slot]);
		age_link_newest(peers, slot);
	} else {
		err = slot_take(peers, now, &slot);
		if (err != ERR_OK)
			return err;
		slot_fill(peers, slot, identity, hash);
	}
	peers->slots[slot].seen = now;
	*peer = peers->slots[slot].number;
	return ERR_OK;
}

enum err
peers_identity(const struct peers *peers, uint64_t peer, struct span *identity)
{
	size_t slot = peer & SLOT_MASK;

	if (peer == 0 || slot >= peers->n_max ||
	    peers->slots[slot].number != peer)
		return ERR_NOT_FOUND;
	*identity = span_of(peers->slots[slot].identity,
	                    peers->slots[slot].identity_len);
	return ERR_OK;
}

void
peers_drop(struct peers *peers, uint64_t peer)
{
	struct span identity;

	if (peers_identity(peers, peer, &identity) == ERR_OK)
		slot_release(peers, (uint32_t)(peer & SLOT_MASK));
}

size_t
peers_count(const struct peers *peers)
{
	return peers->n;
}
