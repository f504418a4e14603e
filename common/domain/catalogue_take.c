#include "common/domain/catalogue_make.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/arena.h"
#include "common/domain/text.h"

enum {
	ZEROS_MAX = 4, /* a commune's code has five digits */
};

static const char *const registry_words[REGISTRY_KINDS] = {
    [REGISTRY_UNIT] = "unit",           [REGISTRY_MAP] = "map",
    [REGISTRY_INDICATOR] = "indicator", [REGISTRY_DEFINITION] = "definition",
    [REGISTRY_SOURCE] = "source",       [REGISTRY_DOCUMENT] = "document",
    [REGISTRY_PROGRAMME] = "programme", [REGISTRY_TARGET] = "target",
};

void *
make_array(struct build *b, size_t n, size_t size)
{
	void *array = arena_take(&b->c->memory, n, size);

	if (!array)
		b->nomem = true;
	return array;
}

const char *
make_text(struct build *b, const char *text)
{
	const char *copy;

	if (text[0] == '\0')
		return "";
	copy = arena_text(&b->c->memory, span_str(text));
	if (!copy)
		b->nomem = true;
	return copy ? copy : "";
}

const char *
make_id(struct build *b, enum registry_kind kind, uint32_t number)
{
	const char *copy = arena_text(
	    &b->c->memory, map_key(&b->c->registry.ids[kind], number));

	if (!copy)
		b->nomem = true;
	return copy ? copy : "";
}

/* A cut text must not end in half a letter. */
static void
text_trim(char *text, size_t cap)
{
	size_t len = strlen(text);

	if (len < cap - 1)
		return;
	while (len > 0 && ((unsigned char)text[len - 1] & 0xc0) == 0x80)
		len--;
	text[len > 0 ? len - 1 : 0] = '\0';
}

void
build_error_hint(struct build *b, struct spot at, enum err code,
                 const char *text, const char *hint)
{
	const struct cat_row *row = &b->rows->rows[at.row];
	struct cat_error e = {.code = code,
	                      .kind = row->kind,
	                      .row = at.row,
	                      .field = at.field,
	                      .place = {.file = row->file, .line = row->line}};

	if (row->places && at.field != SPOT_ROW)
		e.place = row->places[at.field];
	(void)snprintf(e.text, sizeof(e.text), "%s", text);
	(void)snprintf(e.hint, sizeof(e.hint), "%s", hint);
	text_trim(e.text, sizeof(e.text));
	text_trim(e.hint, sizeof(e.hint));
	cat_errors_add(b->errors, &e);
}

void
build_error(struct build *b, struct spot at, enum err code, const char *format,
            ...)
{
	char text[sizeof(((struct cat_error *)0)->text)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	build_error_hint(b, at, code, text, "");
}

const char *
take_raw(const struct build *b, struct spot at)
{
	return b->rows->rows[at.row].fields[at.field];
}

bool
take_given(const struct build *b, struct spot at)
{
	return take_raw(b, at)[0] != '\0';
}

static const char *
field_name(const struct build *b, struct spot at)
{
	return cat_kinds[b->rows->rows[at.row].kind].fields[at.field];
}

static void
missing(struct build *b, struct spot at)
{
	build_error(b, at, ERR_MISSING_FIELD, "%s is mandatory",
	            field_name(b, at));
}

const char *
take_text(struct build *b, struct spot at, bool mandatory)
{
	if (mandatory && !take_given(b, at))
		missing(b, at);
	return make_text(b, take_raw(b, at));
}

static bool
whole_parse(const char *text, int64_t *value)
{
	return decimal_parse(span_str(text), 0, false, value) == ERR_OK;
}

int64_t
take_whole(struct build *b, struct spot at, struct range range,
           int64_t if_empty)
{
	const char *text = take_raw(b, at);
	int64_t value = 0;

	if (text[0] == '\0')
		return if_empty;
	if (whole_parse(text, &value) && value >= range.min &&
	    value <= range.max)
		return value;
	build_error(b, at, ERR_BAD_VALUE,
	            "%s %.40s: a whole number from %" PRId64 " to %" PRId64
	            " is expected",
	            field_name(b, at), text, range.min, range.max);
	return if_empty;
}

bool
take_decimal(struct build *b, struct spot at, uint8_t places, int64_t *mantissa)
{
	const char *text = take_raw(b, at);
	enum err err;

	if (text[0] == '\0')
		return false;
	err = decimal_parse(span_str(text), places, false, mantissa);
	if (err == ERR_OK)
		return true;
	build_error_hint(b, at, err, "", "");
	if (b->errors->n > 0 && b->errors->n == b->errors->total) {
		struct cat_error *e = &b->errors->list[b->errors->n - 1];

		(void)snprintf(e->text, sizeof(e->text),
		               "%s %.40s: %s (%u decimals are declared)",
		               field_name(b, at), text, err_text(err),
		               (unsigned)places);
		if (strchr(text, ','))
			(void)snprintf(e->hint, sizeof(e->hint),
			               "the decimal sign is a point");
	}
	return false;
}

struct day
take_day(struct build *b, struct spot at, bool partial, struct day if_empty)
{
	const char *text = take_raw(b, at);
	struct day day = if_empty;

	if (text[0] == '\0')
		return if_empty;
	if (day_parse(span_str(text), partial, &day) == ERR_OK)
		return day;
	build_error(b, at, ERR_BAD_DATE, "%s %.40s is not a date: %s",
	            field_name(b, at), text,
	            partial ? "2025-06-30, 2025-06 or 2025" : "as 2025-06-30");
	return if_empty;
}

struct validity
take_validity(struct build *b, struct spot at)
{
	struct spot end = SPOT(at.row, at.field + 1);
	struct validity v;

	v.from = take_day(b, at, false, (struct day){DAY_FIRST});
	v.to = take_day(b, end, false, (struct day){DAY_LAST});
	if (v.from.n <= v.to.n)
		return v;
	build_error(b, end, ERR_BAD_DATE,
	            "valid_to %.20s is before valid_from "
	            "%.20s",
	            take_raw(b, end), take_raw(b, at));
	v.to = v.from;
	return v;
}

bool
take_period(struct build *b, struct spot at, bool mandatory,
            struct period *period)
{
	const char *text = take_raw(b, at);

	if (text[0] == '\0') {
		if (mandatory)
			missing(b, at);
		return false;
	}
	if (period_parse(span_str(text), period) == ERR_OK)
		return true;
	build_error(
	    b, at, ERR_BAD_PERIOD,
	    "%s %.40s is not a period: 2024 2024-S1 2024-Q3 2024-07 2016/2020",
	    field_name(b, at), text);
	return false;
}

static void
word_wrong(struct build *b, struct spot at, struct words words)
{
	struct nearest near = nearest_of(span_str(take_raw(b, at)));
	char text[200];
	char hint[80] = "";
	size_t len = 0;

	(void)snprintf(text, sizeof(text), "%s %.40s is none of",
	               field_name(b, at), take_raw(b, at));
	for (uint32_t i = 0; i < words.n; i++) {
		len = strlen(text);
		(void)snprintf(text + len, sizeof(text) - len, " %s",
		               words.list[i]);
		nearest_offer(&near, span_str(words.list[i]));
	}
	if (near.best.ptr)
		(void)snprintf(hint, sizeof(hint), "%.*s?", (int)near.best.len,
		               (const char *)near.best.ptr);
	build_error_hint(b, at, ERR_BAD_VALUE, text, hint);
}

uint32_t
take_word(struct build *b, struct spot at, struct words words,
          uint32_t if_empty)
{
	const char *text = take_raw(b, at);

	if (text[0] == '\0') {
		if (if_empty == NO_DEFAULT)
			missing(b, at);
		return if_empty == NO_DEFAULT ? 0 : if_empty;
	}
	for (uint32_t i = 0; i < words.n; i++)
		if (strcmp(text, words.list[i]) == 0)
			return i;
	word_wrong(b, at, words);
	return 0;
}

struct span
next_word(const char **at)
{
	const char *from = *at + strspn(*at, " ");
	size_t len = strcspn(from, " ");

	*at = from + len;
	return span_of(from, len);
}

uint32_t
build_find(const struct build *b, enum registry_kind kind, struct span id)
{
	uint32_t number = map_get(&b->c->registry.ids[kind], id);

	if (number == MAP_NONE || number >= b->n_ids[kind] ||
	    b->declared[kind][number] == NUMBER_NONE)
		return NUMBER_NONE;
	return number;
}

static struct span
id_of(const struct build *b, enum registry_kind kind, uint32_t number)
{
	return map_key(&b->c->registry.ids[kind], number);
}

/* "2" where "02" exists, "commune-700" where "commune-00700" does: what a
 * spreadsheet makes of codes. */
static bool
hint_zeros(const struct build *b, struct span id, char *hint, size_t cap)
{
	char padded[CATALOGUE_ID_MAX + ZEROS_MAX + 1];
	size_t digits = 0;

	while (digits < id.len && id.ptr[id.len - 1 - digits] >= '0' &&
	       id.ptr[id.len - 1 - digits] <= '9')
		digits++;
	if (digits == 0 || id.len > CATALOGUE_ID_MAX)
		return false;
	for (int zeros = 1; zeros <= ZEROS_MAX; zeros++) {
		(void)snprintf(padded, sizeof(padded), "%.*s%.*s%.*s",
		               (int)(id.len - digits), (const char *)id.ptr,
		               zeros, "0000", (int)digits,
		               (const char *)id.ptr + id.len - digits);
		if (build_find(b, REGISTRY_UNIT, span_str(padded)) ==
		        NUMBER_NONE &&
		    map_get(&b->codes, span_str(padded)) == MAP_NONE)
			continue;
		(void)snprintf(hint, cap, "%s exists: leading zero lost?",
		               padded);
		return true;
	}
	return false;
}

static bool
hint_code(const struct build *b, struct span id, char *hint, size_t cap)
{
	uint32_t unit = map_get(&b->codes, id);
	struct span known;

	if (unit == MAP_NONE)
		return false;
	known = id_of(b, REGISTRY_UNIT, unit);
	(void)snprintf(hint, cap, "%.*s is the code of unit %.*s", (int)id.len,
	               (const char *)id.ptr, (int)known.len,
	               (const char *)known.ptr);
	return true;
}

static void
hint_nearest(const struct build *b, enum registry_kind kind, struct span id,
             char *hint, size_t cap)
{
	struct nearest near = nearest_of(id);

	for (uint32_t i = 0; i < b->n_ids[kind]; i++)
		if (b->declared[kind][i] != NUMBER_NONE)
			nearest_offer(&near, id_of(b, kind, i));
	if (near.best.ptr)
		(void)snprintf(hint, cap, "%.*s?", (int)near.best.len,
		               (const char *)near.best.ptr);
}

/* A definition is named whole. */
static void
hint_definition(const struct build *b, struct span id, char *hint, size_t cap)
{
	uint32_t n = b->n_ids[REGISTRY_DEFINITION];

	for (uint32_t i = 0; i < n; i++) {
		struct span known = id_of(b, REGISTRY_DEFINITION, i);

		if (b->declared[REGISTRY_DEFINITION][i] == NUMBER_NONE ||
		    known.len <= id.len || known.ptr[id.len] != '@' ||
		    memcmp(known.ptr, id.ptr, id.len) != 0)
			continue;
		(void)snprintf(hint, cap, "name the definition: %.*s",
		               (int)known.len, (const char *)known.ptr);
		return;
	}
	hint_nearest(b, REGISTRY_DEFINITION, id, hint, cap);
}

uint32_t
ref_of(struct build *b, struct spot at, enum registry_kind kind, struct span id)
{
	uint32_t number = build_find(b, kind, id);
	char hint[120] = "";
	char text[200];
	bool hinted = false;

	if (number != NUMBER_NONE)
		return number;
	if (b->errors->n >= CATALOGUE_ERRORS_MAX) {
		build_error_hint(b, at, ERR_UNKNOWN_REFERENCE, "", "");
		return NUMBER_NONE;
	}
	if (kind == REGISTRY_UNIT)
		hinted = hint_code(b, id, hint, sizeof(hint)) ||
		         hint_zeros(b, id, hint, sizeof(hint));
	if (kind == REGISTRY_DEFINITION)
		hint_definition(b, id, hint, sizeof(hint));
	else if (!hinted)
		hint_nearest(b, kind, id, hint, sizeof(hint));
	(void)snprintf(text, sizeof(text), "%s %.*s unknown",
	               registry_words[kind], id.len > 80 ? 80 : (int)id.len,
	               (const char *)id.ptr);
	build_error_hint(b, at, ERR_UNKNOWN_REFERENCE, text, hint);
	return NUMBER_NONE;
}

uint32_t
take_ref(struct build *b, struct spot at, enum registry_kind kind,
         bool mandatory)
{
	if (take_given(b, at))
		return ref_of(b, at, kind, span_str(take_raw(b, at)));
	if (mandatory)
		missing(b, at);
	return NUMBER_NONE;
}

bool
declared_once(struct build *b, struct spot at, enum registry_kind kind,
              uint32_t number)
{
	struct span id = id_of(b, kind, number);
	uint32_t first = b->declared[kind][number];

	if (first == at.row)
		return true;
	build_error(b, at, ERR_DUPLICATE_ID,
	            "%s %.*s is declared in line %u "
	            "already",
	            registry_words[kind], (int)id.len, (const char *)id.ptr,
	            b->rows->rows[first].line);
	return false;
}

bool
validities_overlap(struct validity a, struct validity b)
{
	return a.from.n <= b.to.n && b.from.n <= a.to.n;
}
