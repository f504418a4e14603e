#include "services/ingest/ingest_state.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SEED_LOW  1
#define NAME_SEED_HIGH 2

static void
key_be64(struct ingest_key *key, uint64_t value)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		key->bytes[key->len++] = (uint8_t)(value >> shift);
}

static void
key_be32(struct ingest_key *key, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		key->bytes[key->len++] = (uint8_t)(value >> shift);
}

struct span
ingest_key_span(const struct ingest_key *key)
{
	return span_of(key->bytes, key->len);
}

struct ingest_key
ingest_key_single(enum ingest_table table)
{
	struct ingest_key key = {.bytes = {(uint8_t)table}, .len = 1};

	return key;
}

struct ingest_key
ingest_key_number(enum ingest_table table, uint32_t number)
{
	struct ingest_key key = ingest_key_single(table);

	key_be32(&key, number);
	return key;
}

struct ingest_key
ingest_key_pair(enum ingest_table table, uint32_t first, uint32_t second)
{
	struct ingest_key key = ingest_key_number(table, first);

	key_be32(&key, second);
	return key;
}

struct ingest_key
ingest_key_producer(enum ingest_table table, struct span name)
{
	struct ingest_key key = ingest_key_single(table);

	key_be64(&key, hash_bytes(name, NAME_SEED_LOW));
	key_be64(&key, hash_bytes(name, NAME_SEED_HIGH));
	return key;
}

static struct ingest_key
key_of_answer(struct span producer, uint64_t epoch, uint64_t sequence)
{
	struct ingest_key key = ingest_key_producer(INGEST_ANSWERS, producer);

	key_be64(&key, epoch);
	key_be64(&key, sequence);
	return key;
}

enum err
producer_get(struct kv *state, struct span name, struct producer *p)
{
	struct ingest_key key = ingest_key_producer(INGEST_PRODUCERS, name);
	struct span value;
	struct cursor c;
	enum err err = kv_get(state, ingest_key_span(&key), &value);

	*p = (struct producer){0};
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	c = cursor_of(value);
	p->epoch = cursor_uvarint(&c);
	p->last_sequence = cursor_uvarint(&c);
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

void
producer_put(struct kv *state, struct span name, const struct producer *p)
{
	struct ingest_key key = ingest_key_producer(INGEST_PRODUCERS, name);
	struct buf value;

	buf_init(&value, KV_KEY_MAX);
	buf_put_uvarint(&value, p->epoch);
	buf_put_uvarint(&value, p->last_sequence);
	if (buf_err(&value) == ERR_OK)
		kv_put(state, ingest_key_span(&key), buf_span(&value));
	else
		state->err = buf_err(&value);
	buf_fini(&value);
}

enum err
answer_get(struct kv *state, struct span producer, uint64_t epoch,
           uint64_t sequence, struct answer *answer)
{
	struct ingest_key key = key_of_answer(producer, epoch, sequence);
	struct span value;
	struct cursor c;
	enum err err = kv_get(state, ingest_key_span(&key), &value);

	if (err != ERR_OK)
		return err;
	c = cursor_of(value);
	answer->hash[0] = cursor_be64(&c);
	answer->hash[1] = cursor_be64(&c);
	answer->commit = cursor_uvarint(&c);
	answer->accepted = cursor_uvarint(&c);
	answer->rejected = cursor_uvarint(&c);
	answer->errors_cut = cursor_u8(&c) != 0;
	answer->errors.n = (uint32_t)cursor_uvarint_max(&c, WIRE_ERRORS_MAX);
	answer->errors.bytes = span_of(c.ptr, cursor_left(&c));
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

void
answer_put(struct kv *state, const struct batch_id *id,
           const struct answer *answer, struct buf *scratch)
{
	struct ingest_key key =
	    key_of_answer(id->producer, id->epoch, id->sequence);

	buf_reset(scratch);
	buf_put_be64(scratch, answer->hash[0]);
	buf_put_be64(scratch, answer->hash[1]);
	buf_put_uvarint(scratch, answer->commit);
	buf_put_uvarint(scratch, answer->accepted);
	buf_put_uvarint(scratch, answer->rejected);
	buf_put_u8(scratch, answer->errors_cut);
	buf_put_uvarint(scratch, answer->errors.n);
	buf_put(scratch, answer->errors.bytes.ptr, answer->errors.bytes.len);
	if (buf_err(scratch) == ERR_OK)
		kv_put(state, ingest_key_span(&key), buf_span(scratch));
	else
		state->err = buf_err(scratch);
}

void
answer_del(struct kv *state, struct span producer, uint64_t epoch,
           uint64_t sequence)
{
	struct ingest_key key = key_of_answer(producer, epoch, sequence);

	kv_del(state, ingest_key_span(&key));
}

struct ingest_key
declared_key(enum declared_kind kind, const uint32_t numbers[3])
{
	struct ingest_key key = ingest_key_single(INGEST_DECLARED);

	key.bytes[key.len++] = (uint8_t)kind;
	for (int i = 0; i < 3; i++)
		key_be32(&key, numbers[i]);
	return key;
}

enum err
declared_get(struct kv *state, const struct ingest_key *key,
             struct declared *declared)
{
	struct span value;
	struct cursor c;
	enum err err = kv_get(state, ingest_key_span(key), &value);

	if (err != ERR_OK)
		return err;
	c = cursor_of(value);
	declared->said = cursor_be64(&c);
	declared->commit = cursor_be64(&c);
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

void
declared_put(struct kv *state, const struct ingest_key *key,
             const struct declared *declared)
{
	struct ingest_key value = {.len = 0};

	key_be64(&value, declared->said);
	key_be64(&value, declared->commit);
	kv_put(state, ingest_key_span(key), ingest_key_span(&value));
}

void
used_fini(struct used *used)
{
	for (int kind = 0; kind < USED_KINDS; kind++)
		free(used->bits[kind]);
	*used = (struct used){0};
}

static enum err
used_grow(struct used *used, enum used_kind kind, uint32_t n)
{
	size_t before = used->n[kind] / 8 + 1;
	size_t after = n / 8 + 1;
	uint8_t *bits;

	if (n <= used->n[kind])
		return ERR_OK;
	bits = realloc(used->bits[kind], after);
	if (bits == NULL)
		return ERR_NOMEM;
	if (used->bits[kind] == NULL)
		before = 0;
	memset(bits + before, 0, after - before);
	used->bits[kind] = bits;
	used->n[kind] = n;
	return ERR_OK;
}

enum err
used_resize(struct used *used, const struct catalogue *c)
{
	const uint32_t n[USED_KINDS] = {
	    [USED_UNIT] = c->n_units,
	    [USED_DEFINITION] = c->n_definitions,
	    [USED_SOURCE] = c->n_sources,
	    [USED_DOCUMENT] = c->n_documents,
	};
	enum err err = ERR_OK;

	for (int kind = 0; kind < USED_KINDS && err == ERR_OK; kind++)
		err = used_grow(used, (enum used_kind)kind, n[kind]);
	return err;
}

bool
used_has(const struct used *used, enum used_kind kind, uint32_t number)
{
	return number < used->n[kind] &&
	       (used->bits[kind][number / 8] >> (number % 8) & 1) != 0;
}

static void
used_bit(struct used *used, enum used_kind kind, uint32_t number)
{
	used->bits[kind][number / 8] |= (uint8_t)(1u << (number % 8));
}

enum err
used_load(struct used *used, struct kv *state)
{
	struct ingest_key key = ingest_key_single(INGEST_USED);

	for (;;) {
		struct span found, value;
		struct cursor c;
		uint32_t kind, number;
		enum err err =
		    kv_next(state, ingest_key_span(&key), &found, &value);

		if (err == ERR_NOT_FOUND ||
		    (err == ERR_OK && found.ptr[0] != INGEST_USED))
			return ERR_OK;
		if (err != ERR_OK)
			return err;
		c = cursor_of(span_of(found.ptr + 1, found.len - 1));
		kind = cursor_u8(&c);
		number = cursor_be32(&c);
		if (c.err != ERR_OK || kind >= USED_KINDS ||
		    number >= used->n[kind])
			return ERR_CORRUPT;
		used_bit(used, (enum used_kind)kind, number);
		memcpy(key.bytes, found.ptr, found.len);
		key.len = found.len;
		key.bytes[key.len++] = 0;
	}
}

void
used_set(struct used *used, struct kv *state, enum used_kind kind,
         uint32_t number)
{
	struct ingest_key key = ingest_key_single(INGEST_USED);

	if (number == NUMBER_NONE || used_has(used, kind, number))
		return;
	used_bit(used, kind, number);
	key.bytes[key.len++] = (uint8_t)kind;
	key_be32(&key, number);
	kv_put(state, ingest_key_span(&key), span_of("", 0));
}
