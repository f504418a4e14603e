#include "common/base/kv.h"

#include <assert.h>

static enum err
keep(struct kv *kv, enum err err)
{
	if (err != ERR_OK && err != ERR_NOT_FOUND && kv->err == ERR_OK)
		kv->err = err;
	return err;
}

enum err
kv_get(struct kv *kv, struct span key, struct span *value)
{
	if (kv->err != ERR_OK)
		return kv->err;
	if (key.len == 0 || key.len > KV_KEY_MAX)
		return ERR_NOT_FOUND;
	return keep(kv, kv->ops->get(kv, key, value));
}

void
kv_put(struct kv *kv, struct span key, struct span value)
{
	assert(key.len > 0);
	if (kv->err != ERR_OK)
		return;
	if (key.len > KV_KEY_MAX || value.len > KV_VALUE_MAX)
		keep(kv, ERR_TOO_LARGE);
	else
		keep(kv, kv->ops->put(kv, key, value));
}

void
kv_del(struct kv *kv, struct span key)
{
	if (kv->err != ERR_OK || key.len == 0 || key.len > KV_KEY_MAX)
		return;
	keep(kv, kv->ops->del(kv, key));
}

enum err
kv_next(struct kv *kv, struct span from, struct span *key, struct span *value)
{
	if (kv->err != ERR_OK)
		return kv->err;
	/* No key is longer, so what follows these bytes orders nothing. */
	if (from.len > KV_KEY_MAX + 1)
		from.len = KV_KEY_MAX + 1;
	return keep(kv, kv->ops->next(kv, from, key, value));
}

enum err
kv_count(struct kv *kv, uint64_t *n)
{
	if (kv->err != ERR_OK)
		return kv->err;
	return keep(kv, kv->ops->count(kv, n));
}

enum err
kv_err(const struct kv *kv)
{
	return kv->err;
}
