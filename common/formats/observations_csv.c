#include "common/formats/observations_csv.h"

#include <stddef.h>
#include <string.h>

#include "common/domain/decimal.h"
#include "common/domain/figure.h"
#include "common/domain/text.h"

enum reading { READ_TEXT, READ_NUMBER, READ_BOUND, READ_STATUS, READ_ACTION };

#define AT(member) offsetof(struct wire_row_text, member)

static const struct {
	const char *name;
	enum reading reading;
	bool required; /* not empty */
	size_t offset;
} fields_known[OBSERVATION_FIELDS] = {
    [OBSERVATION_INDICATOR] = {"indicator", READ_TEXT, true, AT(indicator)},
    [OBSERVATION_UNIT] = {"unit", READ_TEXT, true, AT(unit)},
    [OBSERVATION_PERIOD] = {"period", READ_TEXT, true, AT(period)},
    [OBSERVATION_VALUE] = {"value", READ_NUMBER, false, AT(value)},
    [OBSERVATION_NUMERATOR] = {"numerator", READ_NUMBER, false, AT(numerator)},
    [OBSERVATION_DENOMINATOR] = {"denominator", READ_NUMBER, false,
                                 AT(denominator)},
    [OBSERVATION_BOUND] = {"bound", READ_BOUND, false, AT(bound)},
    [OBSERVATION_STATUS] = {"status", READ_STATUS, false, AT(status)},
    [OBSERVATION_SOURCE] = {"source", READ_TEXT, false, AT(source)},
    [OBSERVATION_DOCUMENT] = {"document", READ_TEXT, false, AT(document)},
    [OBSERVATION_RELEASED] = {"released", READ_TEXT, false, AT(released)},
    [OBSERVATION_NOTE] = {"note", READ_TEXT, false, AT(note)},
    [OBSERVATION_ACTION] = {"action", READ_ACTION, false, AT(action)},
};

static const struct {
	const char *name;
	enum observation_field field;
} aliases[] = {
    {"ref_area", OBSERVATION_UNIT},
    {"time_period", OBSERVATION_PERIOD},
    {"obs_value", OBSERVATION_VALUE},
    {"obs_status", OBSERVATION_STATUS},
    {"comment_obs", OBSERVATION_NOTE},
    {"chi_tieu", OBSERVATION_INDICATOR},
    {"chỉ tiêu", OBSERVATION_INDICATOR},
    {"don_vi", OBSERVATION_UNIT},
    {"đơn vị", OBSERVATION_UNIT},
    {"ky", OBSERVATION_PERIOD},
    {"kỳ", OBSERVATION_PERIOD},
    {"gia_tri", OBSERVATION_VALUE},
    {"giá trị", OBSERVATION_VALUE},
    {"tu_so", OBSERVATION_NUMERATOR},
    {"tử số", OBSERVATION_NUMERATOR},
    {"mau_so", OBSERVATION_DENOMINATOR},
    {"mẫu số", OBSERVATION_DENOMINATOR},
    {"nguon", OBSERVATION_SOURCE},
    {"nguồn", OBSERVATION_SOURCE},
    {"van_ban", OBSERVATION_DOCUMENT},
    {"văn bản", OBSERVATION_DOCUMENT},
    {"ngay_cong_bo", OBSERVATION_RELEASED},
    {"ngày công bố", OBSERVATION_RELEASED},
    {"ghi_chu", OBSERVATION_NOTE},
    {"ghi chú", OBSERVATION_NOTE},
};

const char *
observation_field_name(enum observation_field field)
{
	return fields_known[field].name;
}

static uint8_t
lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static bool
same_name(const char *name, struct span text)
{
	size_t len = strlen(name);

	if (len != text.len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)name[i] != lower(text.ptr[i]))
			return false;
	return true;
}

enum observation_field
observation_field_of(struct span name)
{
	for (unsigned f = 0; f < OBSERVATION_FIELDS; f++)
		if (same_name(fields_known[f].name, name))
			return (enum observation_field)f;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (same_name(aliases[i].name, name))
			return aliases[i].field;
	return OBSERVATION_FIELDS;
}

/* --- header --------------------------------------------------------------- */

static enum err
fault_of(struct observation_fault *fault, enum err code, size_t column,
         struct span value)
{
	*fault = (struct observation_fault){
	    .code = code, .column = column, .field = "", .value = value};
	return code;
}

static enum err
header_complete(const bool *seen, size_t n, struct observation_fault *fault)
{
	static const enum observation_field needed[] = {
	    OBSERVATION_INDICATOR, OBSERVATION_UNIT, OBSERVATION_PERIOD};
	size_t missing = OBSERVATION_FIELDS;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!seen[needed[i]] && missing == OBSERVATION_FIELDS)
			missing = needed[i];
	if (missing == OBSERVATION_FIELDS && !seen[OBSERVATION_VALUE] &&
	    !(seen[OBSERVATION_NUMERATOR] && seen[OBSERVATION_DENOMINATOR]) &&
	    !seen[OBSERVATION_ACTION])
		missing = OBSERVATION_VALUE;
	if (missing == OBSERVATION_FIELDS)
		return ERR_OK;
	(void)fault_of(fault, ERR_MISSING_FIELD, n, span_str(""));
	fault->field = fields_known[missing].name;
	return ERR_MISSING_FIELD;
}

enum err
observation_header(const struct span *fields, size_t n,
                   struct observation_columns *columns,
                   struct observation_fault *fault)
{
	struct observation_columns found = {.n = n};
	bool seen[OBSERVATION_FIELDS + 1] = {false};

	if (n > CSV_FIELDS_MAX)
		return fault_of(fault, ERR_TOO_LARGE, n, span_str(""));
	for (size_t i = 0; i < n; i++) {
		enum observation_field f = observation_field_of(fields[i]);

		if (f == OBSERVATION_FIELDS)
			return fault_of(fault, ERR_UNKNOWN_COLUMN, i,
			                fields[i]);
		if (seen[f])
			return fault_of(fault, ERR_DUPLICATE_FIELD, i,
			                fields[i]);
		seen[f] = true;
		found.field[i] = (uint8_t)f;
	}
	if (header_complete(seen, n, fault) != ERR_OK)
		return fault->code;
	*columns = found;
	return ERR_OK;
}

/* --- rows ----------------------------------------------------------------- */

static enum err
read_text(struct span text, bool comma, void *to)
{
	(void)comma;
	if (text.len > WIRE_TEXT_MAX)
		return ERR_TOO_LARGE;
	if (!text_valid(text))
		return ERR_BAD_TEXT;
	*(struct span *)to = text;
	return ERR_OK;
}

static enum err
read_number(struct span text, bool comma, void *to)
{
	struct wire_decimal *number = to;
	struct decimal d;
	enum err err = decimal_parse_free(text, comma, &d);

	if (err != ERR_OK)
		return err;
	if (d.places > WIRE_PLACES_MAX)
		return ERR_TOO_PRECISE;
	*number = (struct wire_decimal){d.mantissa, d.places, true};
	return ERR_OK;
}

static enum err
read_bound(struct span text, bool comma, void *to)
{
	enum bound bound = bound_parse(text);

	(void)comma;
	if (bound == BOUND_COUNT)
		return ERR_BAD_BOUND;
	*(uint8_t *)to = (uint8_t)bound;
	return ERR_OK;
}

static enum err
read_status(struct span text, bool comma, void *to)
{
	enum obs_status status = status_parse(text);

	(void)comma;
	if (status == STATUS_COUNT)
		return ERR_BAD_STATUS;
	*(uint8_t *)to = (uint8_t)status;
	return ERR_OK;
}

static enum err
read_action(struct span text, bool comma, void *to)
{
	(void)comma;
	if (span_equal(text, span_str("delete")))
		*(uint8_t *)to = ACTION_DELETE;
	else if (span_equal(text, span_str("merge")))
		*(uint8_t *)to = ACTION_MERGE;
	else
		return ERR_BAD_ACTION;
	return ERR_OK;
}

static enum err (*const readers[])(struct span text, bool comma, void *to) = {
    [READ_TEXT] = read_text,     [READ_NUMBER] = read_number,
    [READ_BOUND] = read_bound,   [READ_STATUS] = read_status,
    [READ_ACTION] = read_action,
};

static enum err
read_field(enum observation_field f, struct span text, bool comma,
           struct wire_row_text *row)
{
	if (text.len == 0)
		return fields_known[f].required ? ERR_MISSING_FIELD : ERR_OK;
	return readers[fields_known[f].reading](
	    text, comma, (uint8_t *)row + fields_known[f].offset);
}

enum err
observation_row(const struct observation_columns *columns,
                const struct span *fields, size_t n, struct wire_row_text *row,
                struct observation_fault *fault)
{
	struct wire_row_text r = {.status = WIRE_UNSET};

	if (n != columns->n)
		return fault_of(fault, ERR_BAD_CSV, n, span_str(""));
	for (size_t i = 0; i < n; i++) {
		enum observation_field f =
		    (enum observation_field)columns->field[i];
		enum err err = read_field(f, fields[i], columns->comma, &r);

		if (err != ERR_OK) {
			(void)fault_of(fault, err, i, fields[i]);
			fault->field = fields_known[f].name;
			return err;
		}
	}
	*row = r;
	return ERR_OK;
}
