#include "services/ingest/ingest_largest.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/admission.h"
#include "services/ingest/ingest_state.h"

void
largest_fini(struct largest *l)
{
	free(l->sizes);
	free(l->staged);
	*l = (struct largest){0};
}

enum err
largest_resize(struct largest *l, const struct catalogue *c)
{
	uint32_t n = c->n_definitions;
	int64_t *sizes;
	uint8_t *staged;

	if (n <= l->n)
		return ERR_OK;
	sizes = realloc(l->sizes, n * sizeof(*sizes));
	if (sizes == NULL)
		return ERR_NOMEM;
	l->sizes = sizes;
	staged = realloc(l->staged, n);
	if (staged == NULL)
		return ERR_NOMEM;
	l->staged = staged;
	memset(sizes + l->n, 0, (n - l->n) * sizeof(*sizes));
	memset(staged + l->n, 0, n - l->n);
	l->n = n;
	return ERR_OK;
}

static struct ingest_key
key_of(uint32_t definition)
{
	return ingest_key_number(INGEST_LARGEST, definition);
}

static void
store(const struct largest *l, struct kv *state, uint32_t definition)
{
	struct ingest_key key = key_of(definition);
	uint8_t value[8];

	for (int i = 0; i < 8; i++)
		value[i] =
		    (uint8_t)((uint64_t)l->sizes[definition] >> (56 - 8 * i));
	kv_put(state, ingest_key_span(&key), span_of(value, sizeof(value)));
}

enum err
largest_load(struct largest *l, struct kv *state)
{
	for (uint32_t i = 0; i < l->n; i++) {
		struct ingest_key key = key_of(i);
		struct span value;
		struct cursor c;
		uint64_t size;
		enum err err = kv_get(state, ingest_key_span(&key), &value);

		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		c = cursor_of(value);
		size = cursor_be64(&c);
		if (c.err != ERR_OK || size > DECIMAL_MANTISSA_MAX)
			return ERR_CORRUPT;
		l->sizes[i] = (int64_t)size;
	}
	return ERR_OK;
}

static int64_t
size_of(int64_t value)
{
	return value < 0 ? -value : value;
}

/* A quotient is formed anew at more decimals: a whole unit of the last one above
 * what is printed now is never reached. */
static int64_t
figure_size(const struct cat_definition *d, const struct figure *f)
{
	int64_t size = f->has & FIGURE_VALUE ? size_of(f->value) : 0;
	i128 quotient = 0;

	if (!(f->has & FIGURE_PARTS) || d->place == PLACE_WMEAN ||
	    f->denominator == 0 ||
	    decimal_quotient(size_of(f->numerator), f->denominator, d->factor,
	                     d->decimals, &quotient) != ERR_OK)
		return size;
	if (quotient >= DECIMAL_MANTISSA_MAX)
		return DECIMAL_MANTISSA_MAX;
	return quotient + 1 > size ? (int64_t)quotient + 1 : size;
}

void
largest_take(struct largest *l, struct kv *state, const struct catalogue *c,
             const struct figure *figures, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct figure *f = &figures[i];
		int64_t size = figure_size(&c->definitions[f->definition], f);

		if (size > l->sizes[f->definition]) {
			l->sizes[f->definition] = size;
			l->staged[f->definition] = 1;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t definition = figures[i].definition;

		if (l->staged[definition] != 0) {
			l->staged[definition] = 0;
			store(l, state, definition);
		}
	}
}

static i128
grown(int64_t size, unsigned more)
{
	i128 result = size;

	for (unsigned i = 0; i < more; i++)
		result *= 10;
	return result;
}

bool
largest_fits(const struct largest *l, uint32_t definition,
             const struct cat_definition *was, const struct cat_definition *is)
{
	int64_t most = is->place == PLACE_WMEAN ? ADMISSION_WEIGHT_MAX
	                                        : DECIMAL_MANTISSA_MAX;

	return is->decimals <= was->decimals ||
	       grown(l->sizes[definition],
	             (unsigned)(is->decimals - was->decimals)) <= most;
}

void
largest_grow(struct largest *l, struct kv *state, uint32_t definition,
             unsigned more)
{
	if (l->sizes[definition] == 0)
		return;
	l->sizes[definition] = (int64_t)grown(l->sizes[definition], more);
	store(l, state, definition);
}
