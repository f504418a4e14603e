#include <assert.h>
#include <msgpack.h>
#include <string.h>

#include "proto/cursor.h"
#include "proto/kind.h"
#include "proto/pack.h"
#include "proto/scan.h"
#include "proto/schema.h"
#include "proto/wire.h"

enum { ENVELOPE = 4 };

/* ---- packing ---- */

static int
append(void *out, const char *bytes, size_t len)
{
	buf_put(out, bytes, len);
	return 0;
}

static msgpack_packer
packer(struct buf *out)
{
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, append);
	return pk;
}

static void
spoil(struct buf *out, enum err err)
{
	if (out->err == ERR_OK)
		out->err = err;
}

void
pack_nil(struct buf *out)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_nil(&pk);
}

void
pack_bool(struct buf *out, bool truth)
{
	msgpack_packer pk = packer(out);

	if (truth)
		msgpack_pack_true(&pk);
	else
		msgpack_pack_false(&pk);
}

void
pack_uint(struct buf *out, uint64_t number)
{
	msgpack_packer pk = packer(out);

	if (number > WIRE_UINT_MAX)
		spoil(out, ERR_BAD_VALUE);
	msgpack_pack_uint64(&pk, number);
}

void
pack_int(struct buf *out, int64_t number)
{
	msgpack_packer pk = packer(out);

	if (number > WIRE_UINT_MAX || number < -WIRE_UINT_MAX)
		spoil(out, ERR_BAD_VALUE);
	msgpack_pack_int64(&pk, number);
}

void
pack_text(struct buf *out, struct span text)
{
	msgpack_packer pk = packer(out);

	if (text.len > WIRE_TEXT_MAX)
		spoil(out, ERR_BAD_VALUE);
	else if (!scan_utf8(text))
		spoil(out, ERR_BAD_TEXT);
	msgpack_pack_str(&pk, text.len);
	buf_put(out, text.ptr, text.len);
}

void
pack_bin(struct buf *out, struct span bytes)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_bin(&pk, bytes.len);
	buf_put(out, bytes.ptr, bytes.len);
}

void
pack_array(struct buf *out, uint32_t n)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_array(&pk, n);
}

void
pack_map(struct buf *out, uint32_t n)
{
	msgpack_packer pk = packer(out);

	msgpack_pack_map(&pk, n);
}

void
pack_decimal(struct buf *out, int64_t mantissa, uint8_t places)
{
	if (places > WIRE_PLACES_MAX)
		spoil(out, ERR_BAD_VALUE);
	if (places > 0) {
		pack_array(out, 2);
		pack_int(out, mantissa);
		pack_int(out, -(int64_t)places);
	} else {
		pack_int(out, mantissa);
	}
}

void
pack_value(struct buf *out, const struct wire_value *value)
{
	switch (value->kind) {
	case WIRE_VALUE_NIL: pack_nil(out); break;
	case WIRE_VALUE_BOOL: pack_bool(out, value->truth); break;
	case WIRE_VALUE_INT: pack_int(out, value->number); break;
	case WIRE_VALUE_TEXT: pack_text(out, value->text); break;
	case WIRE_VALUE_DECIMAL:
		pack_decimal(out, value->number, value->places);
		break;
	}
}

/* ---- decoding ---- */

struct decode {
	struct mp in;
	struct span frame;
	const char *field; /* being read; constant */
	struct wire_message m;
};

static enum err
refuse(struct decode *d, enum err err, const char *field)
{
	d->in.err = err;
	d->field = field;
	return err;
}

/* A field by the name a peer gave it, whatever the message: constant text. */
static const char *
constant_name(struct span key)
{
	for (size_t t = 0; key.ptr && t < WIRE_TYPE_COUNT; t++) {
		const struct wire_field *f =
		    wire_field_of(&wire_schemas[t], key);

		if (f)
			return f->name;
	}
	return "body";
}

static enum err
refuse_place(struct decode *d, enum err err, const struct scan_place *place)
{
	static const char *const names[ENVELOPE] = {"message", "version",
	                                            "type", "id"};

	d->in.at = d->frame.ptr + place->offset;
	if (place->element < ENVELOPE)
		return refuse(d, err, names[place->element]);
	if (place->element > ENVELOPE)
		return refuse(d, err, names[0]);
	return refuse(d, err, constant_name(place->key));
}

static enum err
decode_envelope(struct decode *d)
{
	uint32_t n = mp_array(&d->in);
	uint64_t version;

	if (d->in.err != ERR_OK || n == 0)
		return refuse(d, ERR_BAD_MESSAGE, "message");
	version = mp_uint(&d->in);
	if (d->in.err != ERR_OK)
		return refuse(d, d->in.err, "version");
	if (version != WIRE_VERSION)
		return refuse(d, ERR_PROTOCOL_VERSION, "version");
	if (n != ENVELOPE) {
		d->in.at = d->frame.ptr;
		return refuse(d, ERR_BAD_MESSAGE, "message");
	}
	d->m.type = wire_type_of(mp_text(&d->in));
	if (d->in.err != ERR_OK)
		return refuse(d, d->in.err, "type");
	if (d->m.type == WIRE_TYPE_COUNT)
		return refuse(d, ERR_UNKNOWN_TYPE, "type");
	d->m.id = mp_uint(&d->in);
	return d->in.err == ERR_OK ? ERR_OK : refuse(d, d->in.err, "id");
}

static enum err
decode_field(struct decode *d, const struct wire_field *f)
{
	void *slot = (uint8_t *)&d->m.as + f->offset;
	const uint8_t *start = d->in.ptr;
	enum err err;

	wire_kinds[f->kind].read(&d->in, slot);
	if (d->in.err != ERR_OK)
		return refuse(d, d->in.err, f->name);
	err = wire_kind_check(f, slot);
	if (err == ERR_OK)
		return ERR_OK;
	d->in.at = start;
	return refuse(d, err, f->name);
}

static enum err
decode_missing(struct decode *d, const struct wire_schema *schema,
               uint32_t seen)
{
	for (size_t i = 0; i < schema->n_fields; i++) {
		if (!schema->fields[i].required || (seen >> i & 1u) != 0)
			continue;
		d->in.at = d->m.body.ptr;
		return refuse(d, ERR_MISSING_FIELD, schema->fields[i].name);
	}
	return ERR_OK;
}

static enum err
decode_body(struct decode *d)
{
	const struct wire_schema *schema = &wire_schemas[d->m.type];
	const uint8_t *start = d->in.ptr;
	uint32_t n = mp_map(&d->in);
	uint32_t seen = 0;

	if (d->in.err != ERR_OK)
		return refuse(d, d->in.err, "body");
	for (; n > 0; n--) {
		const struct wire_field *f =
		    wire_field_of(schema, mp_text(&d->in));

		if (!f)
			mp_skip(&d->in);
		else if (decode_field(d, f) != ERR_OK)
			return d->in.err;
		else
			seen |= 1u << (f - schema->fields);
	}
	d->m.body = span_of(start, (size_t)(d->in.ptr - start));
	return decode_missing(d, schema, seen);
}

static enum err
decode(struct decode *d)
{
	struct scan_place place;
	enum err err = scan_value(d->frame, &place);

	if (err != ERR_OK)
		return refuse_place(d, err, &place);
	err = decode_envelope(d);
	return err != ERR_OK ? err : decode_body(d);
}

enum err
wire_decode(struct span frame, struct wire_message *m, struct fault *fault)
{
	struct decode d = {.in = mp_of(frame), .frame = frame};

	if (decode(&d) == ERR_OK) {
		*m = d.m;
		return ERR_OK;
	}
	fault->code = d.in.err;
	fault->field = d.field;
	fault->offset = frame.len > 0 ? (size_t)(d.in.at - frame.ptr) : 0;
	return fault->code;
}

uint64_t
wire_peek_id(struct span frame)
{
	struct mp in = mp_of(frame);
	uint64_t id;

	if (mp_array(&in) != ENVELOPE)
		return 0;
	mp_uint(&in);
	mp_text(&in);
	id = mp_uint(&in);
	return in.err == ERR_OK ? id : 0;
}

enum wire_type
wire_peek_type(struct span frame)
{
	struct mp in = mp_of(frame);
	struct span name;
	int type = 0;

	if (mp_array(&in) != ENVELOPE)
		return WIRE_TYPE_COUNT;
	mp_uint(&in);
	name = mp_text(&in);
	if (in.err != ERR_OK)
		return WIRE_TYPE_COUNT;
	while (
	    type < WIRE_TYPE_COUNT &&
	    !span_equal(name, span_str(wire_type_name((enum wire_type)type))))
		type++;
	return (enum wire_type)type;
}

/* ---- encoding ---- */

static const void *
slot_of(const struct wire_message *m, const struct wire_field *f)
{
	return (const uint8_t *)&m->as + f->offset;
}

static bool
is_written(const struct wire_message *m, const struct wire_field *f)
{
	return f->required || wire_kinds[f->kind].size(slot_of(m, f)) > 0;
}

/* How many fields will be written; all of them within their limits. */
static enum err
encode_check(const struct wire_message *m, const struct wire_schema *schema,
             uint32_t *n)
{
	if (m->id > WIRE_UINT_MAX)
		return ERR_BAD_VALUE;
	for (size_t i = 0; i < schema->n_fields; i++) {
		const struct wire_field *f = &schema->fields[i];

		if (!is_written(m, f))
			continue;
		if (wire_kind_check(f, slot_of(m, f)) != ERR_OK)
			return ERR_BAD_VALUE;
		(*n)++;
	}
	return ERR_OK;
}

static void
encode_body(const struct wire_message *m, const struct wire_schema *schema,
            struct buf *out)
{
	for (size_t i = 0; i < schema->n_fields; i++) {
		const struct wire_field *f = &schema->fields[i];

		if (!is_written(m, f))
			continue;
		pack_text(out, span_str(f->name));
		wire_kinds[f->kind].write(out, slot_of(m, f));
	}
}

enum err
wire_encode(const struct wire_message *m, struct buf *out)
{
	const struct wire_schema *schema = &wire_schemas[m->type];
	size_t start = out->len;
	uint32_t n = 0;
	enum err err = encode_check(m, schema, &n);

	if (err != ERR_OK)
		return err;
	pack_array(out, ENVELOPE);
	pack_uint(out, WIRE_VERSION);
	pack_text(out, span_str(schema->name));
	pack_uint(out, m->id);
	pack_map(out, n);
	encode_body(m, schema, out);
	if (out->err != ERR_OK)
		return out->err;
	if (out->len - start <= WIRE_MESSAGE_MAX)
		return ERR_OK;
	buf_truncate(out, start);
	return ERR_TOO_LARGE;
}

void
wire_batch_hash(const struct wire_message *m, uint64_t hash[2])
{
	assert(m->type == WIRE_BATCH);
	for (uint64_t seed = 0; seed < 2; seed++)
		hash[seed] = hash_bytes(m->body, seed);
}

struct wire_message
wire_error_of(uint64_t id, const struct fault *fault)
{
	struct wire_message m = {.type = WIRE_ERROR, .id = id};

	m.as.error.code = span_str(err_name(fault->code));
	m.as.error.text = span_str(err_text(fault->code));
	m.as.error.offset = fault->offset;
	if (fault->field)
		m.as.error.field = span_str(fault->field);
	return m;
}
