#include "common/domain/admission.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS_MIN = 64 };

/* Twice as many heads as rows: chains stay short. */
static uint32_t
heads_for(uint32_t n)
{
	uint32_t heads = HEADS_MIN;

	while (heads < 2 * n)
		heads *= 2;
	return heads;
}

static enum err
rows_room(struct admission *a, uint32_t n)
{
	uint32_t heads = heads_for(n);

	if (n <= a->n_rows_cap)
		return ERR_OK;
	free(a->heads);
	free(a->first);
	free(a->rival);
	a->n_rows_cap = 0;
	a->heads = malloc(heads * sizeof(*a->heads));
	a->first = malloc(heads / 2 * sizeof(*a->first));
	a->rival = malloc(heads / 2 * sizeof(*a->rival));
	if (!a->heads || !a->first || !a->rival)
		return ERR_NOMEM;
	a->n_rows_cap = heads / 2;
	return ERR_OK;
}

static uint64_t
key_hash(const struct figure *f)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = ((uint64_t)f->definition << 32 | f->unit) * odd;

	h ^= (uint64_t)f->period.code << 32 | (f->source << 3 | f->status);
	h = (h ^ (h >> 29)) * odd;
	return h ^ (h >> 32);
}

static bool
same_key(const struct figure *a, const struct figure *b)
{
	return a->definition == b->definition && a->unit == b->unit &&
	       a->period.code == b->period.code && a->source == b->source &&
	       a->status == b->status;
}

/* The first figure of the same key, which may be this one. */
static uint32_t
first_of(struct admission *a, const struct figure *figures, uint32_t i)
{
	uint32_t mask = a->n_heads - 1;
	uint32_t at = (uint32_t)key_hash(&figures[i]) & mask;

	for (; a->heads[at] != 0; at = (at + 1) & mask) {
		uint32_t other = a->heads[at] - 1;

		if (same_key(&figures[other], &figures[i]))
			return other;
	}
	a->heads[at] = i + 1;
	return i;
}

enum err
admission_conflicts(struct admission *a, const struct figure *figures,
                    uint32_t n)
{
	enum err err;

	if (n > ADMISSION_ROWS_MAX)
		return ERR_TOO_LARGE;
	err = rows_room(a, n > 0 ? n : 1);
	if (err != ERR_OK)
		return err;
	/* only what n rows need: a large search must not burden small ones */
	a->n_heads = heads_for(n);
	memset(a->heads, 0, a->n_heads * sizeof(*a->heads));
	memset(a->rival, 0, n * sizeof(*a->rival));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t first = i;

		if (figures[i].action == ACTION_MERGE)
			first = first_of(a, figures, i);
		a->first[i] = first;
		if (a->rival[first] == 0 &&
		    !figure_same_numbers(&figures[first], &figures[i]))
			a->rival[first] = i + 1;
	}
	return ERR_OK;
}

bool
admission_conflicting(const struct admission *a, uint32_t i)
{
	assert(i < a->n_rows_cap);
	return a->rival[a->first[i]] != 0;
}

uint32_t
admission_rival(const struct admission *a, const struct figure *figures,
                uint32_t i)
{
	uint32_t first = a->first[i];

	assert(admission_conflicting(a, i));
	return figure_same_numbers(&figures[first], &figures[i])
	           ? a->rival[first] - 1
	           : first;
}
