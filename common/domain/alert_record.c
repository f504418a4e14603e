#include <stddef.h>

#include "common/domain/alert_fold.h"
#include "common/domain/record.h"
#include "common/domain/record_fields.h"

#define F(name, type)                                         \
	{                                                     \
		offsetof(struct alert, name), FIELD_##type, 0 \
	}
#define E(name, type, count)                                          \
	{                                                             \
		offsetof(struct alert, name), FIELD_##type, (count)-1 \
	}

/* The order is the format (proto/WIRE.md). */
static const struct record_field list[] = {
    E(severity, ENUM, SEVERITIES),
    F(fingerprint, LONG),
    E(state, ENUM, ALERT_STATES),
    E(reason, ENUM, ALERT_REASONS),
    F(since, PERIOD),
    F(ended, PERIOD),
    F(matching, COUNT),
    F(clearing, COUNT),
    F(period, PERIOD),
    E(kind, ENUM, VERDICT_KINDS),
    E(places, BYTE, DECIMAL_PLACES_MAX + 1),
    F(value, MANTISSA),
    F(target_value, MANTISSA),
    F(has_gap, FLAG),
    F(gap, WIDE),
    F(released, DAY),
    F(rolled, FLAG),
    F(value_since, MANTISSA),
    F(since_rolled, FLAG),
    F(revised, PERIOD),
    F(value_old, MANTISSA),
    F(value_new, MANTISSA),
    F(revised_gone, FLAG),
    F(target_hash, LONG),
    F(definition_hash, LONG),
    F(rule_hash, LONG),
};

static const struct record_fields fields = {list, sizeof list / sizeof *list};

void
alert_record_write(struct buf *out, const struct alert *a)
{
	record_begin(out, RECORD_ALERT);
	buf_put_uvarint(out, a->target);
	buf_put_uvarint(out, a->unit);
	buf_put_uvarint(out, a->commit);
	fields_write(out, fields, a);
}

enum err
alert_record_read(struct span record, struct alert *a)
{
	struct alert read = {0};
	struct cursor c;
	enum err err = record_body(record, RECORD_ALERT, &c);

	if (err != ERR_OK)
		return err;
	read.target = record_number(&c);
	read.unit = record_number(&c);
	read.commit = cursor_uvarint(&c);
	fields_read(&c, fields, &read);
	err = record_end(&c);
	if (err == ERR_OK)
		*a = read;
	return err;
}

bool
alert_equal(const struct alert *a, const struct alert *b)
{
	return a->target == b->target && a->unit == b->unit &&
	       fields_equal(fields, a, b);
}
