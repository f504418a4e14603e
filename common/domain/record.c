#include "common/domain/record.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

enum { HEAD_BYTES = 2, FIGURE_HASH_BYTES = 66, ROLLUP_HASH_BYTES = 72 };

enum record_type
record_type(struct span record)
{
	if (record.len < HEAD_BYTES || record.ptr[1] != RECORD_FORMAT)
		return RECORD_TYPE_COUNT;
	if (record.ptr[0] == 0 || record.ptr[0] >= RECORD_TYPE_COUNT)
		return RECORD_TYPE_COUNT;
	return (enum record_type)record.ptr[0];
}

void
record_begin(struct buf *out, enum record_type type)
{
	assert(type > 0 && type < RECORD_TYPE_COUNT);
	buf_put_u8(out, (uint8_t)type);
	buf_put_u8(out, RECORD_FORMAT);
}

enum err
record_body(struct span record, enum record_type type, struct cursor *body)
{
	if (record_type(record) != type)
		return ERR_BAD_MESSAGE;
	*body = cursor_of(
	    span_of(record.ptr + HEAD_BYTES, record.len - HEAD_BYTES));
	return ERR_OK;
}

enum err
record_end(const struct cursor *body)
{
	if (body->err == ERR_TRUNCATED)
		return ERR_TRUNCATED;
	if (body->err != ERR_OK || body->ptr != body->end)
		return ERR_BAD_MESSAGE;
	return ERR_OK;
}

uint32_t
record_number(struct cursor *body)
{
	return (uint32_t)cursor_uvarint_max(body, NUMBER_NONE - 1);
}

struct period
record_period(struct cursor *body)
{
	uint32_t code = (uint32_t)cursor_uvarint_max(body, UINT32_MAX);

	if (body->err == ERR_OK && !period_valid(code))
		body->err = ERR_BAD_VALUE;
	return (struct period){body->err == ERR_OK ? code : 0};
}

struct span
record_text(struct cursor *body)
{
	struct span text = cursor_text(body);

	if (text.len <= RECORD_TEXT_MAX)
		return text;
	body->err = ERR_BAD_VALUE;
	return (struct span){0};
}

static bool
cursor_bool(struct cursor *c)
{
	return cursor_uvarint_max(c, 1) == 1;
}

void
tick_write(struct buf *out, struct tick tick)
{
	record_begin(out, RECORD_TICK);
	buf_put_svarint(out, tick.date.n);
}

enum err
tick_read(struct span record, struct tick *tick)
{
	struct cursor c;
	enum err err = record_body(record, RECORD_TICK, &c);
	int64_t n;

	if (err != ERR_OK)
		return err;
	n = cursor_svarint(&c);
	/* A date that begins is neither unknown nor an end of time. */
	if (n <= DAY_FIRST || n >= DAY_LAST)
		c.err = c.err != ERR_OK ? c.err : ERR_BAD_VALUE;
	err = record_end(&c);
	if (err == ERR_OK)
		tick->date.n = (int32_t)n;
	return err;
}

void
catalogue_record_write(struct buf *out, uint64_t version, struct span packed)
{
	assert(version > 0);
	record_begin(out, RECORD_CATALOGUE);
	buf_put_uvarint(out, version);
	buf_put(out, packed.ptr, packed.len);
}

enum err
catalogue_record_read(struct span record, uint64_t *version,
                      struct span *packed)
{
	struct cursor c;
	enum err err = record_body(record, RECORD_CATALOGUE, &c);
	uint64_t number;
	struct span rest;

	if (err != ERR_OK)
		return err;
	number = cursor_uvarint(&c);
	rest = cursor_bytes(&c, cursor_left(&c));
	err = record_end(&c);
	if (err == ERR_OK && number == 0)
		err = ERR_BAD_MESSAGE;
	if (err != ERR_OK)
		return err;
	*version = number;
	*packed = rest;
	return ERR_OK;
}

void
completion_write(struct buf *out, const struct completion *c)
{
	record_begin(out, RECORD_COMPLETION);
	buf_put_uvarint(out, c->definition);
	buf_put_uvarint(out, c->unit);
	buf_put_uvarint(out, c->period.code);
}

enum err
completion_read(struct span record, struct completion *c)
{
	struct cursor body;
	struct completion got;
	enum err err = record_body(record, RECORD_COMPLETION, &body);

	if (err != ERR_OK)
		return err;
	got.definition = record_number(&body);
	got.unit = record_number(&body);
	got.period = record_period(&body);
	err = record_end(&body);
	if (err == ERR_OK)
		*c = got;
	return err;
}

void
programme_write(struct buf *out, const struct programme_switch *p)
{
	record_begin(out, RECORD_PROGRAMME);
	buf_put_uvarint(out, p->programme);
	buf_put_u8(out, p->enabled ? 1 : 0);
}

enum err
programme_read(struct span record, struct programme_switch *p)
{
	struct cursor body;
	struct programme_switch got;
	enum err err = record_body(record, RECORD_PROGRAMME, &body);

	if (err != ERR_OK)
		return err;
	got.programme = record_number(&body);
	got.enabled = cursor_bool(&body);
	err = record_end(&body);
	if (err == ERR_OK)
		*p = got;
	return err;
}

void
note_write(struct buf *out, const struct note *n)
{
	assert(n->text.len > 0 && n->text.len <= NOTE_TEXT_MAX);
	record_begin(out, RECORD_NOTE);
	buf_put_uvarint(out, n->target);
	buf_put_uvarint(out, n->unit);
	/* 0: none; the number of a document wraps to it */
	buf_put_uvarint(out, (uint32_t)(n->document + 1));
	buf_put_text(out, n->text);
}

enum err
note_read(struct span record, struct note *n)
{
	struct cursor body;
	struct note got;
	enum err err = record_body(record, RECORD_NOTE, &body);

	if (err != ERR_OK)
		return err;
	got.target = record_number(&body);
	got.unit = record_number(&body);
	got.document = (uint32_t)cursor_uvarint_max(&body, UINT32_MAX) - 1;
	got.text = record_text(&body);
	if (body.err == ERR_OK && got.text.len == 0)
		body.err = ERR_BAD_VALUE;
	err = record_end(&body);
	if (err == ERR_OK)
		*n = got;
	return err;
}

void
clock_accept_write(struct buf *out, struct clock_accept accept)
{
	assert(accept.wall_ms >= 0);
	record_begin(out, RECORD_CLOCK);
	buf_put_uvarint(out, (uint64_t)accept.wall_ms);
}

enum err
clock_accept_read(struct span record, struct clock_accept *accept)
{
	struct cursor body;
	uint64_t wall_ms;
	enum err err = record_body(record, RECORD_CLOCK, &body);

	if (err != ERR_OK)
		return err;
	wall_ms = cursor_uvarint(&body);
	if (body.err == ERR_OK && wall_ms > INT64_MAX)
		body.err = ERR_BAD_VALUE;
	err = record_end(&body);
	if (err == ERR_OK)
		accept->wall_ms = (int64_t)wall_ms;
	return err;
}

void
batch_id_write(struct buf *out, const struct batch_id *id)
{
	assert(id->producer.len > 0 && id->producer.len <= RECORD_TEXT_MAX);
	buf_put_text(out, id->producer);
	buf_put_uvarint(out, id->epoch);
	buf_put_uvarint(out, id->sequence);
	buf_put_be64(out, id->hash[0]);
	buf_put_be64(out, id->hash[1]);
}

struct batch_id
batch_id_read(struct cursor *body)
{
	struct batch_id id;

	id.producer = record_text(body);
	if (body->err == ERR_OK && id.producer.len == 0)
		body->err = ERR_BAD_VALUE;
	id.epoch = cursor_uvarint(body);
	id.sequence = cursor_uvarint(body);
	id.hash[0] = cursor_be64(body);
	id.hash[1] = cursor_be64(body);
	return id;
}

void
receipt_write(struct buf *out, const struct receipt *r)
{
	record_begin(out, RECORD_RECEIPT);
	batch_id_write(out, &r->id);
	buf_put_uvarint(out, r->n_unchanged);
	buf_put_uvarint(out, r->n_stale);
}

enum err
receipt_read(struct span record, struct receipt *r)
{
	struct cursor body;
	struct receipt got;
	enum err err = record_body(record, RECORD_RECEIPT, &body);

	if (err != ERR_OK)
		return err;
	got.id = batch_id_read(&body);
	got.n_unchanged = (uint32_t)cursor_uvarint_max(&body, UINT32_MAX);
	got.n_stale = (uint32_t)cursor_uvarint_max(&body, UINT32_MAX);
	err = record_end(&body);
	if (err == ERR_OK)
		*r = got;
	return err;
}

void
digest_write(struct buf *out, const struct digest *d)
{
	record_begin(out, RECORD_DIGEST);
	buf_put_uvarint(out, d->n_figures);
	buf_put_be64(out, d->figures);
	buf_put_uvarint(out, d->n_rollups);
	buf_put_be64(out, d->rollups);
}

enum err
digest_read(struct span record, struct digest *d)
{
	struct cursor body;
	struct digest got;
	enum err err = record_body(record, RECORD_DIGEST, &body);

	if (err != ERR_OK)
		return err;
	got.n_figures = cursor_uvarint(&body);
	got.figures = cursor_be64(&body);
	got.n_rollups = cursor_uvarint(&body);
	got.rollups = cursor_be64(&body);
	err = record_end(&body);
	if (err == ERR_OK)
		*d = got;
	return err;
}

/* --- hashes of rows --- */

static uint8_t *
put_be(uint8_t *at, uint64_t value, size_t bytes)
{
	uint64_t swapped = htobe64(value << (64 - 8 * bytes));

	/* every call says how many, so each is one move */
	memcpy(at, &swapped, bytes);
	return at + bytes;
}

static uint8_t *
put_be128(uint8_t *at, i128 value)
{
	at = put_be(at, (uint64_t)(value >> 64), 8);
	return put_be(at, (uint64_t)value, 8);
}

uint64_t
figure_hash(const struct figure *f)
{
	uint8_t bytes[FIGURE_HASH_BYTES];
	bool value = f->has & FIGURE_VALUE;
	bool parts = f->has & FIGURE_PARTS;
	uint8_t *at = bytes;

	at = put_be(at, f->definition, 4);
	at = put_be(at, f->unit, 4);
	at = put_be(at, f->period.code, 4);
	*at++ = f->has;
	*at++ = f->status;
	*at++ = f->bound;
	*at++ = f->action;
	*at++ = f->flags;
	*at++ = f->status_named;
	at = put_be(at, value ? (uint64_t)f->value : 0, 8);
	at = put_be(at, parts ? (uint64_t)f->numerator : 0, 8);
	at = put_be(at, parts ? (uint64_t)f->denominator : 0, 8);
	at = put_be(at, f->source, 4);
	at = put_be(at, f->document, 4);
	at = put_be(at, (uint32_t)f->released.n, 4);
	at = put_be(at, f->commit, 8);
	at = put_be(at, f->row, 4);
	assert(at == bytes + sizeof(bytes));
	return hash_bytes(span_of(bytes, sizeof(bytes)), 0);
}

uint64_t
rollup_hash(const struct rollup *r)
{
	uint8_t bytes[ROLLUP_HASH_BYTES];
	uint8_t *at = bytes;

	at = put_be(at, r->map, 4);
	at = put_be(at, r->definition, 4);
	at = put_be(at, r->unit, 4);
	at = put_be(at, r->period.code, 4);
	at = put_be128(at, r->sum);
	at = put_be128(at, r->sum_weight);
	for (int s = 0; s < STATUS_F; s++)
		at = put_be(at, r->n_by_status[s], 4);
	at = put_be(at, r->n_derived, 4);
	at = put_be(at, r->reporting, 8);
	assert(at == bytes + sizeof(bytes));
	return hash_bytes(span_of(bytes, sizeof(bytes)), 0);
}
