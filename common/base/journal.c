#include "common/base/journal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEY_BYTES = 12,
	/* Four varints and three sums. */
	HEADER_BYTES_MAX = 4 * 10 + 3 * 8,
	ENDS_FIRST = 64,
};

/* Keys of STATE that begin with a zero byte are those of common/base. */
static const uint8_t identity_key[] = {0, 'l', 'o', 'g'};

#define LOG_MAX (((uint64_t)1 << 53) - 1)

struct journal_key {
	uint8_t bytes[KEY_BYTES];
};

static struct journal_key
key_make(uint64_t number, uint32_t index)
{
	struct journal_key key;

	for (unsigned i = 0; i < 8; i++)
		key.bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	for (unsigned i = 0; i < 4; i++)
		key.bytes[8 + i] = (uint8_t)(index >> (24 - 8 * i));
	return key;
}

static struct span
key_span(const struct journal_key *key)
{
	return span_of(key->bytes, sizeof(key->bytes));
}

static void
bytes_be64(uint8_t *out, const uint64_t *fields, size_t n)
{
	for (size_t i = 0; i < 8 * n; i++)
		out[i] = (uint8_t)(fields[i / 8] >> (56 - 8 * (i % 8)));
}

void
record_list_init(struct record_list *list)
{
	*list = (struct record_list){.err = ERR_OK};
	buf_init(&list->bytes, COMMIT_BYTES_MAX);
}

void
record_list_fini(struct record_list *list)
{
	buf_fini(&list->bytes);
	free(list->ends);
	record_list_init(list);
}

void
record_list_reset(struct record_list *list)
{
	buf_reset(&list->bytes);
	list->n = 0;
	list->err = ERR_OK;
}

static enum err
ends_reserve(struct record_list *list)
{
	size_t cap = list->n_cap > 0 ? list->n_cap * 2 : ENDS_FIRST;
	uint32_t *ends;

	if (list->n == COMMIT_RECORDS_MAX)
		return ERR_TOO_LARGE;
	if (list->n < list->n_cap)
		return ERR_OK;
	ends = realloc(list->ends, cap * sizeof(*ends));
	if (!ends)
		return ERR_NOMEM;
	list->ends = ends;
	list->n_cap = cap;
	return ERR_OK;
}

void
record_list_close_record(struct record_list *list)
{
	if (list->err == ERR_OK)
		list->err = buf_err(&list->bytes);
	if (list->err == ERR_OK)
		list->err = ends_reserve(list);
	if (list->err == ERR_OK)
		list->ends[list->n++] = (uint32_t)list->bytes.len;
}

void
record_list_add(struct record_list *list, struct span record)
{
	if (list->err != ERR_OK)
		return;
	buf_put(&list->bytes, record.ptr, record.len);
	record_list_close_record(list);
}

struct span
record_list_at(const struct record_list *list, size_t i)
{
	size_t start;

	assert(i < list->n);
	start = i > 0 ? list->ends[i - 1] : 0;
	return span_of(list->bytes.ptr + start, list->ends[i] - start);
}

static enum err
identity_get(struct span value, struct journal_id *id)
{
	struct cursor c = cursor_of(value);
	struct journal_id got;

	got.log = cursor_be64(&c);
	got.generation = cursor_be64(&c);
	if (c.err != ERR_OK || cursor_left(&c) != 0 || got.log == 0 ||
	    got.log > LOG_MAX || got.generation == 0)
		return ERR_CORRUPT;
	*id = got;
	return ERR_OK;
}

static enum err
identity_put(struct kv *state, const struct journal_id *id)
{
	const uint64_t fields[] = {id->log, id->generation};
	uint8_t bytes[sizeof(fields)];

	bytes_be64(bytes, fields, 2);
	kv_put(state, span_of(identity_key, sizeof(identity_key)),
	       span_of(bytes, sizeof(bytes)));
	return kv_err(state);
}

enum err
journal_identity(struct kv *state, uint64_t log, struct journal_id *id)
{
	struct journal_id fresh = {.log = log, .generation = 1};
	struct span value;
	enum err err =
	    kv_get(state, span_of(identity_key, sizeof(identity_key)), &value);

	assert(log <= LOG_MAX);
	if (err == ERR_OK)
		return identity_get(value, id);
	if (err != ERR_NOT_FOUND || log == 0)
		return err;
	err = identity_put(state, &fresh);
	if (err == ERR_OK)
		*id = fresh;
	return err;
}

static uint64_t
records_digest(const struct record_list *records)
{
	uint64_t digest = 0;

	for (size_t i = 0; i < records->n; i++)
		digest = hash_bytes(record_list_at(records, i), digest);
	return digest;
}

static uint64_t
commit_link(const struct commit *commit)
{
	const uint64_t fields[] = {
	    commit->number, (uint64_t)commit->time_ms,
	    commit->flags,  commit->n_records,
	    commit->prev,   commit->digest,
	};
	uint8_t bytes[sizeof(fields)];

	bytes_be64(bytes, fields, sizeof(fields) / sizeof(*fields));
	return hash_bytes(span_of(bytes, sizeof(bytes)), 0);
}

static void
header_put(struct buf *out, const struct commit *commit)
{
	buf_put_uvarint(out, commit->number);
	buf_put_uvarint(out, (uint64_t)commit->time_ms);
	buf_put_uvarint(out, commit->flags);
	buf_put_uvarint(out, commit->n_records);
	buf_put_be64(out, commit->prev);
	buf_put_be64(out, commit->digest);
	buf_put_be64(out, commit->link);
}

static enum err
header_get(struct cursor *c, struct commit *commit)
{
	struct commit got;

	got.number = cursor_uvarint(c);
	got.time_ms = (int64_t)cursor_uvarint_max(c, INT64_MAX);
	got.flags = (uint32_t)cursor_uvarint_max(c, UINT32_MAX);
	got.n_records = (uint32_t)cursor_uvarint_max(c, COMMIT_RECORDS_MAX);
	got.prev = cursor_be64(c);
	got.digest = cursor_be64(c);
	got.link = cursor_be64(c);
	if (c->err != ERR_OK || got.number == 0 ||
	    got.link != commit_link(&got))
		return ERR_CORRUPT;
	*commit = got;
	return ERR_OK;
}

enum err
journal_commit(struct kv *journal, uint64_t number, struct commit *commit)
{
	struct journal_key key = key_make(number, 0);
	struct commit got;
	struct span value;
	struct cursor c;
	enum err err = kv_get(journal, key_span(&key), &value);

	if (err != ERR_OK)
		return err;
	c = cursor_of(value);
	err = header_get(&c, &got);
	if (err == ERR_OK && (cursor_left(&c) != 0 || got.number != number))
		err = ERR_CORRUPT;
	if (err == ERR_OK)
		*commit = got;
	return err;
}

enum err
journal_record(struct kv *journal, uint64_t number, uint32_t i,
               struct span *record)
{
	struct journal_key key = key_make(number, i + 1);

	if (i >= COMMIT_RECORDS_MAX)
		return ERR_NOT_FOUND;
	return kv_get(journal, key_span(&key), record);
}

/* The first commit numbered from or later; 0 if there is none. */
static enum err
commit_from(struct kv *journal, uint64_t from, uint64_t *number)
{
	struct journal_key start = key_make(from, 0);
	struct span key;
	struct span value;
	struct cursor c;
	enum err err = kv_next(journal, key_span(&start), &key, &value);

	if (err == ERR_NOT_FOUND) {
		*number = 0;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (key.len != KEY_BYTES)
		return ERR_CORRUPT;
	c = cursor_of(key);
	*number = cursor_be64(&c);
	return *number > 0 ? ERR_OK : ERR_CORRUPT;
}

enum err
journal_floor(struct kv *journal, uint64_t *number)
{
	return commit_from(journal, 0, number);
}

/*
 * Numbers are dense, a table has no last entry to ask for: so the last number is
 * found by doubling the step, then halving it. low is kept, high is not.
 */
static enum err
head_number(struct kv *journal, uint64_t floor, uint64_t *number)
{
	uint64_t low = floor;
	uint64_t step = 1;
	bool doubling = true;
	uint64_t found;
	enum err err;

	while (step > 0) {
		uint64_t probe = low + step;

		err = commit_from(journal, probe, &found);
		if (err != ERR_OK)
			return err;
		if (found > 0 && found != probe)
			return ERR_CORRUPT;
		if (found > 0)
			low = probe;
		else
			doubling = false;
		step = doubling ? step * 2 : step / 2;
	}
	*number = low;
	return ERR_OK;
}

enum err
journal_head(struct kv *journal, struct commit *head)
{
	struct commit last = {.number = 0};
	struct commit before;
	uint64_t floor;
	uint64_t number;
	enum err err = journal_floor(journal, &floor);

	if (err != ERR_OK)
		return err;
	if (floor == 0) {
		*head = last;
		return ERR_OK;
	}
	err = head_number(journal, floor, &number);
	if (err == ERR_OK)
		err = journal_commit(journal, number, &last);
	if (err == ERR_OK && number > floor) {
		err = journal_commit(journal, number - 1, &before);
		if (err == ERR_OK && before.link != last.prev)
			err = ERR_CORRUPT;
	}
	if (err == ERR_OK)
		*head = last;
	return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

static void
header_write(struct kv *journal, const struct commit *commit)
{
	struct journal_key key = key_make(commit->number, 0);
	uint8_t bytes[HEADER_BYTES_MAX + 1];
	/* Never fuller than its memory, so never allocated nor freed. */
	struct buf header = {
	    .ptr = bytes, .cap = sizeof(bytes), .max_bytes = HEADER_BYTES_MAX};

	header_put(&header, commit);
	kv_put(journal, key_span(&key), buf_span(&header));
}

enum err
journal_append(struct kv *journal, struct commit *head, int64_t time_ms,
               uint32_t flags, const struct record_list *records)
{
	struct commit next = {
	    .number = head->number + 1,
	    .time_ms = time_ms,
	    .flags = flags,
	    .n_records = (uint32_t)records->n,
	    .prev = head->link,
	};
	struct journal_key key;

	if (records->err != ERR_OK)
		return records->err;
	if (time_ms < 0 || time_ms < head->time_ms)
		return ERR_BAD_VALUE;
	next.digest = records_digest(records);
	next.link = commit_link(&next);
	header_write(journal, &next);
	for (uint32_t i = 0; i < next.n_records; i++) {
		key = key_make(next.number, i + 1);
		kv_put(journal, key_span(&key), record_list_at(records, i));
	}
	if (kv_err(journal) == ERR_OK)
		*head = next;
	return kv_err(journal);
}

static enum err
records_pack(struct kv *journal, const struct commit *commit, struct buf *out)
{
	struct span record;
	enum err err;

	for (uint32_t i = 0; i < commit->n_records; i++) {
		err = journal_record(journal, commit->number, i, &record);
		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
		buf_put_text(out, record);
	}
	return buf_err(out);
}

enum err
commit_pack(struct kv *journal, uint64_t number, struct buf *out)
{
	struct commit commit;
	size_t start = out->len;
	enum err err = journal_commit(journal, number, &commit);

	if (err != ERR_OK)
		return err;
	header_put(out, &commit);
	err = records_pack(journal, &commit, out);
	if (err != ERR_OK)
		buf_truncate(out, start);
	return err;
}

enum err
commit_peek(struct span bytes, struct commit *commit)
{
	struct cursor c = cursor_of(bytes);

	return header_get(&c, commit);
}

enum err
commit_view(struct span bytes, struct commit *commit, struct span *records)
{
	struct cursor c = cursor_of(bytes);
	struct commit got;
	uint64_t digest = 0;
	enum err err = header_get(&c, &got);

	if (err != ERR_OK)
		return err;
	for (uint32_t i = 0; i < got.n_records && c.err == ERR_OK; i++) {
		records[i] = cursor_text(&c);
		digest = hash_bytes(records[i], digest);
	}
	if (c.err != ERR_OK || cursor_left(&c) != 0 || digest != got.digest)
		return ERR_CORRUPT;
	*commit = got;
	return ERR_OK;
}

enum err
commit_unpack(struct span bytes, struct commit *commit,
              struct record_list *records)
{
	struct cursor c = cursor_of(bytes);
	struct commit got;
	enum err err = header_get(&c, &got);

	record_list_reset(records);
	if (err != ERR_OK)
		return err;
	for (uint32_t i = 0; i < got.n_records && c.err == ERR_OK; i++)
		record_list_add(records, cursor_text(&c));
	if (c.err != ERR_OK || cursor_left(&c) != 0)
		return ERR_CORRUPT;
	if (records->err != ERR_OK)
		return records->err;
	if (records_digest(records) != got.digest)
		return ERR_CORRUPT;
	*commit = got;
	return ERR_OK;
}
