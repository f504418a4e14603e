#include <stddef.h>

#include "common/domain/record.h"
#include "common/domain/record_fields.h"
#include "common/domain/verdict.h"

#define F(name, type)                                           \
	{                                                       \
		offsetof(struct verdict, name), FIELD_##type, 0 \
	}
#define E(name, type, count)                                            \
	{                                                               \
		offsetof(struct verdict, name), FIELD_##type, (count)-1 \
	}

/* The order is the format (proto/WIRE.md). */
static const struct record_field list[] = {
    F(version, COUNT),
    F(definition, NUMBER),
    F(map, NUMBER),
    E(kind, ENUM, VERDICT_KINDS),
    E(reason, ENUM, REASONS),
    E(rule, ENUM, VERDICT_RULES),
    F(final, FLAG),
    F(contested, FLAG),
    E(places, BYTE, DECIMAL_PLACES_MAX + 1),
    F(up, FLAG),
    F(judged, PERIOD),
    E(timeliness, ENUM, TIMELINESSES),
    F(expected, FLAG),
    F(expected_by, DAY),
    F(late_after, DAY),
    F(has_figure, FLAG),
    F(released, FLAG),
    F(figure.definition, NUMBER),
    F(figure.period, PERIOD),
    E(figure.has, BYTE, (FIGURE_VALUE | FIGURE_PARTS) + 1),
    E(figure.status, BYTE, STATUS_COUNT),
    E(figure.bound, BYTE, BOUND_COUNT),
    F(figure.value, MANTISSA),
    F(figure.numerator, MANTISSA),
    F(figure.denominator, MANTISSA),
    F(figure.source, NUMBER),
    F(figure.document, NUMBER),
    F(figure.released, DAY),
    F(figure.commit, LONG),
    F(has_value, FLAG),
    F(value, MANTISSA),
    F(has_target, FLAG),
    F(target_value, MANTISSA),
    F(has_target_level, FLAG),
    F(target_level, WIDE),
    F(has_target_first, FLAG),
    F(target_first_value, MANTISSA),
    F(due, PERIOD),
    F(has_base, FLAG),
    F(base, MANTISSA),
    F(base_period, PERIOD),
    F(has_path, FLAG),
    F(path, WIDE),
    F(has_gap, FLAG),
    F(gap, WIDE),
    F(path_period, PERIOD),
    F(margin, MANTISSA),
    F(has_previous, FLAG),
    F(previous, MANTISSA),
    F(previous_period, PERIOD),
    F(has_pace, FLAG),
    F(pace, WIDE),
    F(has_required_pace, FLAG),
    F(required_pace, WIDE),
    F(achieved_period, PERIOD),
    F(has_other, FLAG),
    F(other, MANTISSA),
    F(other_before, MANTISSA),
    F(other_period, PERIOD),
    F(year_missing, FLAG),
    F(has_total, FLAG),
    F(total, WIDE),
    E(total_bound, BYTE, BOUND_COUNT),
    F(has_reference, FLAG),
    F(reference, MANTISSA),
    E(reference_places, BYTE, DECIMAL_PLACES_MAX + 1),
    F(has_ratio, FLAG),
    F(ratio, MANTISSA),
    E(last_kind, ENUM, VERDICT_KINDS),
    F(last_period, PERIOD),
};

static const struct record_fields fields = {list, sizeof list / sizeof *list};

static void
begin(struct buf *out, uint32_t target, uint32_t unit, bool gone)
{
	record_begin(out, RECORD_VERDICT);
	buf_put_uvarint(out, target);
	buf_put_uvarint(out, unit);
	buf_put_uvarint(out, gone);
}

void
verdict_record_write(struct buf *out, const struct verdict *v)
{
	begin(out, v->target, v->unit, false);
	fields_write(out, fields, v);
}

void
verdict_gone_write(struct buf *out, uint32_t target, uint32_t unit)
{
	begin(out, target, unit, true);
}

enum err
verdict_record_read(struct span record, struct verdict *v, bool *gone)
{
	struct verdict read = {0};
	struct cursor c;
	bool none;
	enum err err = record_body(record, RECORD_VERDICT, &c);

	if (err != ERR_OK)
		return err;
	read.target = record_number(&c);
	read.unit = record_number(&c);
	none = cursor_uvarint_max(&c, 1) == 1;
	if (!none)
		fields_read(&c, fields, &read);
	read.figure.unit = read.has_figure ? read.unit : 0;
	err = record_end(&c);
	if (err != ERR_OK)
		return err;
	*v = read;
	*gone = none;
	return ERR_OK;
}

bool
verdict_equal(const struct verdict *a, const struct verdict *b)
{
	return a->target == b->target && a->unit == b->unit &&
	       fields_equal(fields, a, b);
}
