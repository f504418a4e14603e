#include <inttypes.h>
#include <string.h>

#include "common/base/conf_parts.h"
#include "common/base/escape.h"

enum { SHOWN_BYTES_MAX = 80 }; /* of a wrong value */

struct unit {
	enum conf_type type;
	const char *suffix;
	uint64_t factor;
};

static const struct unit units[] = {
    {CONF_UINT, "", 1},
    {CONF_BYTES, "", 1},
    {CONF_BYTES, "KiB", 1u << 10},
    {CONF_BYTES, "MiB", 1u << 20},
    {CONF_BYTES, "GiB", 1u << 30},
    {CONF_BYTES, "TiB", UINT64_C(1) << 40},
    {CONF_DURATION, "ms", 1},
    {CONF_DURATION, "s", 1000},
    {CONF_DURATION, "m", 60000},
    {CONF_DURATION, "h", 3600000},
    {CONF_DURATION, "d", 86400000},
};

struct type_row {
	const char *wanted;
	const char *unit; /* of what min and max count */
};

static const struct type_row type_rows[] = {
    [CONF_TEXT] = {"text", " bytes"},
    [CONF_UINT] = {"a whole number", ""},
    [CONF_BOOL] = {"true or false", ""},
    [CONF_BYTES] = {"a size such as 4096 or 64MiB", " bytes"},
    [CONF_DURATION] = {"a duration such as 250ms, 30s, 5m, 2h, 7d", " ms"},
};

static enum err
refuse(struct buf *why, const char *text, const char *rule, const char *more)
{
	struct span shown = span_str(text);
	bool cut = shown.len > SHOWN_BYTES_MAX;

	if (cut)
		shown.len = SHOWN_BYTES_MAX;
	escape_json_quoted(why, shown);
	buf_printf(why, "%s %s%s", cut ? "..." : "", rule, more);
	return ERR_CONF;
}

static enum err
check_range(const struct conf_option *o, const char *text, uint64_t number,
            struct buf *why)
{
	const char *unit = type_rows[o->type].unit;
	enum err err = ERR_OK;

	if (number < o->min) {
		err = refuse(why, text, "is below the least allowed", "");
		buf_printf(why, ", %" PRIu64 "%s", o->min, unit);
	} else if (o->max > 0 && number > o->max) {
		err = refuse(why, text, "is above the most allowed", "");
		buf_printf(why, ", %" PRIu64 "%s", o->max, unit);
	}
	return err;
}

static bool
is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (const char *p = choices; *p;) {
		size_t word = strcspn(p, " ");

		if (word == len && memcmp(p, text, len) == 0)
			return true;
		p += word + strspn(p + word, " ");
	}
	return false;
}

static enum err
parse_text(const struct conf_option *o, const char *text, struct buf *why)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ')
			return refuse(why, text, "has a control character", "");
	if (strlen(text) > CONF_TEXT_MAX)
		return refuse(why, text, "is too long", "");
	if (o->choices && !is_choice(o->choices, text))
		return refuse(why, text, "is none of: ", o->choices);
	return check_range(o, text, strlen(text), why);
}

/* The end of the digits; NULL: none, or over 64 bits. */
static const char *
scan_digits(const char *text, uint64_t *number)
{
	const char *p = text;
	uint64_t value = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return NULL;
		value = value * 10 + digit;
	}
	if (p == text)
		return NULL;
	*number = value;
	return p;
}

static bool
scan_number(enum conf_type type, const char *text, uint64_t *number)
{
	uint64_t value = 0;
	const char *suffix = scan_digits(text, &value);

	if (!suffix)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const struct unit *unit = &units[i];

		if (unit->type != type || strcmp(unit->suffix, suffix) != 0)
			continue;
		*number = value * unit->factor;
		return value <= UINT64_MAX / unit->factor;
	}
	/* Nothing needs no unit. */
	*number = 0;
	return value == 0 && *suffix == '\0';
}

enum err
conf_value_parse(const struct conf_option *o, const char *text,
                 uint64_t *number, struct buf *why)
{
	uint64_t value = 0;

	if (o->type == CONF_TEXT) {
		*number = 0;
		return parse_text(o, text, why);
	}
	if (o->type == CONF_BOOL) {
		*number = strcmp(text, "true") == 0;
		if (*number || strcmp(text, "false") == 0)
			return ERR_OK;
	} else if (scan_number(o->type, text, &value)) {
		*number = value;
		return check_range(o, text, value, why);
	}
	return refuse(why, text, "is not ", type_rows[o->type].wanted);
}

void
conf_value_store(const struct conf_option *o, const struct conf_value *value,
                 void *values)
{
	uint8_t *member = (uint8_t *)values + o->offset;
	const char *text = value->text;
	bool truth = value->number != 0;

	if (o->type == CONF_TEXT)
		memcpy(member, &text, sizeof(text));
	else if (o->type == CONF_BOOL)
		memcpy(member, &truth, sizeof(truth));
	else
		memcpy(member, &value->number, sizeof(value->number));
}
