#include "common/serve/topics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Of a place whose entry was taken out. */
#define NOBODY UINT64_MAX

enum { PLACES = 2 }; /* for each entry that may be there */

enum err
topics_open(struct topics *t, size_t n_max)
{
	*t = (struct topics){.n_max = n_max};
	map_init(&t->map, n_max * PLACES);
	t->commits = calloc(n_max * PLACES, sizeof(*t->commits));
	return t->commits == NULL ? ERR_NOMEM : ERR_OK;
}

void
topics_close(struct topics *t)
{
	map_fini(&t->map);
	free(t->commits);
	*t = (struct topics){.n = 0};
}

/* Places that nobody has are given up. */
static enum err
places_free(struct topics *t)
{
	struct map map;
	enum err err = ERR_OK;
	uint32_t rank = 0;

	map_init(&map, t->n_max * PLACES);
	for (size_t i = 0; err == ERR_OK && i < t->map.n; i++)
		if (t->commits[i] != NOBODY)
			err = map_intern(&map, map_key(&t->map, i), &rank);
	if (err != ERR_OK) {
		map_fini(&map);
		return err;
	}
	for (size_t from = 0, to = 0; from < t->map.n; from++)
		if (t->commits[from] != NOBODY)
			t->commits[to++] = t->commits[from];
	map_fini(&t->map);
	t->map = map;
	return ERR_OK;
}

enum err
topics_set(struct topics *t, struct span topic, uint64_t commit)
{
	uint32_t at = map_get(&t->map, topic);
	bool there = at != MAP_NONE && t->commits[at] != NOBODY;
	enum err err = ERR_OK;

	assert(topic.len <= WIRE_TEXT_MAX && commit != NOBODY);
	if (!there && t->n == t->n_max)
		return ERR_TOO_LARGE;
	if (at == MAP_NONE && t->map.n == t->n_max * PLACES)
		err = places_free(t);
	if (at == MAP_NONE && err == ERR_OK)
		err = map_intern(&t->map, topic, &at);
	if (err != ERR_OK)
		return err;
	t->commits[at] = commit;
	t->n += !there;
	t->lengths[topic.len] += !there;
	return ERR_OK;
}

bool
topics_get(const struct topics *t, struct span topic, uint64_t *commit)
{
	uint32_t at = map_get(&t->map, topic);

	if (at == MAP_NONE || t->commits[at] == NOBODY)
		return false;
	*commit = t->commits[at];
	return true;
}

void
topics_drop(struct topics *t, struct span topic)
{
	uint32_t at = map_get(&t->map, topic);

	if (at == MAP_NONE || t->commits[at] == NOBODY)
		return;
	t->commits[at] = NOBODY;
	t->n--;
	t->lengths[topic.len]--;
}

void
topics_empty(struct topics *t)
{
	map_reset(&t->map);
	memset(t->lengths, 0, sizeof(t->lengths));
	t->n = 0;
}

void
topics_set_all(struct topics *t, uint64_t commit)
{
	for (size_t i = 0; i < t->map.n; i++)
		if (t->commits[i] != NOBODY)
			t->commits[i] = commit;
}

bool
topics_prefix(const struct topics *t, struct span topic, uint64_t *least)
{
	bool found = false;

	for (size_t len = 0; len <= topic.len && len <= WIRE_TEXT_MAX; len++) {
		uint64_t commit;

		if (t->lengths[len] == 0 ||
		    !topics_get(t, span_of(topic.ptr, len), &commit))
			continue;
		if (!found || commit < *least)
			*least = commit;
		found = true;
	}
	return found;
}

size_t
topics_places(const struct topics *t)
{
	return t->map.n;
}

bool
topics_at(const struct topics *t, size_t i, struct span *topic,
          uint64_t *commit)
{
	if (t->commits[i] == NOBODY)
		return false;
	*topic = map_key(&t->map, i);
	*commit = t->commits[i];
	return true;
}
