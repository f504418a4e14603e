/*
 * kv - how a step reaches its state: a sorted table of bytes.
 *
 * The same step runs over an open LMDB transaction (store.h) and over a sorted
 * array in memory (kv_mem). Keys compare as bytes; the first byte of a key
 * names the table. A failing put or get is remembered: kv_err() is what the turn
 * asks before it commits, so that a step may write in a row and check once.
 *
 * Who calls it: pure step functions, through the turn. It never touches a clock.
 */
#ifndef COMMON_BASE_KV_H
#define COMMON_BASE_KV_H

#include "common/base/buf.h"
#include "common/base/err.h"

#define KV_KEY_MAX   64          /* bytes of a key */
#define KV_VALUE_MAX (16u << 20) /* bytes of a value */

struct kv;

struct kv_ops {
	enum err (*get)(struct kv *kv, struct span key, struct span *value);
	enum err (*put)(struct kv *kv, struct span key, struct span value);
	enum err (*del)(struct kv *kv, struct span key);
	enum err (*next)(struct kv *kv, struct span from, struct span *key,
	                 struct span *value);
	enum err (*count)(struct kv *kv, uint64_t *n);
};

struct kv {
	const struct kv_ops *ops;
	enum err err; /* first failure other than ERR_NOT_FOUND; sticky */
};

/* value: a view until the next put or del. ERR_NOT_FOUND leaves it untouched.
 * ERR_CORRUPT: checksum wrong; sticky. */
NODISCARD enum err kv_get(struct kv *kv, struct span key, struct span *value);
/* Sticky on failure: ERR_STORAGE_FULL, ERR_IO, ERR_NOMEM, ERR_TOO_LARGE. */
void kv_put(struct kv *kv, struct span key, struct span value);
void kv_del(struct kv *kv, struct span key); /* absent is fine */
/* The first entry whose key is >= from; ERR_NOT_FOUND past the last. Views until
 * the next put or del. To go on: from = key + one zero byte. */
NODISCARD enum err kv_next(struct kv *kv, struct span from, struct span *key,
                           struct span *value);
/* Entries in all tables. */
NODISCARD enum err kv_count(struct kv *kv, uint64_t *n);
enum err kv_err(const struct kv *kv);

/* A kv in memory: a sorted array, for unit tests and the simulator. */
struct kv_mem;
NODISCARD enum err kv_mem_new(struct kv_mem **mem);
void kv_mem_free(struct kv_mem **mem);
struct kv *kv_mem_kv(struct kv_mem *mem);

#endif
