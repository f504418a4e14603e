#include "proto/scan.h"

#include <string.h>

#include "proto/cursor.h"
#include "proto/wire.h"

/* One array or map that is open. */
struct level {
	uint32_t left; /* values still to come; a pair is two */
	bool is_map;
	uint8_t n_keys;
	uint32_t keys[WIRE_KEYS_MAX]; /* offsets of the texts */
	uint16_t lens[WIRE_KEYS_MAX];
};

_Static_assert(WIRE_KEYS_MAX <= UINT8_MAX, "n_keys counts them");
_Static_assert(WIRE_TEXT_MAX <= UINT16_MAX, "lens holds them");
_Static_assert(WIRE_MESSAGE_MAX <= UINT32_MAX, "keys hold offsets");

struct scan {
	struct mp in;
	const uint8_t *start;
	uint32_t depth;     /* levels in use */
	uint32_t n_objects; /* read, or announced by a head that was */
	struct scan_place *place;
	struct level levels[WIRE_DEPTH_MAX];
};

/* First byte of a character of several: how many follow, and what the second
 * may be (RFC 3629 section 4). */
struct utf8_form {
	uint8_t from;
	uint8_t to;
	uint8_t more;
	uint8_t second_from;
	uint8_t second_to;
};

static const struct utf8_form utf8_forms[] = {
    {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f},
    {0xee, 0xef, 2, 0x80, 0xbf}, {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* Length of the character at ptr, 0 if it is none. */
static size_t
utf8_char(const uint8_t *ptr, size_t left)
{
	const struct utf8_form *f = utf8_forms;
	size_t n = sizeof(utf8_forms) / sizeof(utf8_forms[0]);

	if (ptr[0] < 0x80)
		return 1;
	while (n > 0 && ptr[0] > f->to) {
		f++;
		n--;
	}
	if (n == 0 || ptr[0] < f->from || f->more >= left)
		return 0;
	if (ptr[1] < f->second_from || ptr[1] > f->second_to)
		return 0;
	for (size_t i = 2; i <= f->more; i++)
		if ((ptr[i] & 0xc0) != 0x80)
			return 0;
	return f->more + 1u;
}

bool
scan_utf8(struct span text)
{
	const uint64_t high_bits = UINT64_C(0x8080808080808080);
	size_t i = 0;

	while (i < text.len) {
		uint64_t eight;
		size_t step = 0;

		if (text.len - i >= sizeof(eight)) {
			memcpy(&eight, text.ptr + i, sizeof(eight));
			step = (eight & high_bits) == 0 ? sizeof(eight) : 0;
		}
		if (step == 0)
			step = utf8_char(text.ptr + i, text.len - i);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

static enum err
scan_key(struct scan *s, struct level *l, struct span key)
{
	for (size_t i = 0; i < l->n_keys; i++)
		if (l->lens[i] == key.len &&
		    memcmp(s->start + l->keys[i], key.ptr, key.len) == 0)
			return ERR_DUPLICATE_FIELD;
	l->keys[l->n_keys] = (uint32_t)(key.ptr - s->start);
	l->lens[l->n_keys] = (uint16_t)key.len;
	l->n_keys++;
	return ERR_OK;
}

/* l: the map whose key it is; NULL if it is none. */
static enum err
scan_text(struct scan *s, struct level *l, uint64_t len)
{
	struct span text = span_of(s->in.ptr, (size_t)len);

	s->in.ptr += len;
	if (len > WIRE_TEXT_MAX)
		return ERR_TOO_LARGE;
	if (!scan_utf8(text))
		return ERR_BAD_TEXT;
	if (!l)
		return ERR_OK;
	if (s->depth == 2 && s->place->element > 0)
		s->place->key = text;
	return scan_key(s, l, text);
}

static enum err
scan_open(struct scan *s, struct mp_head h)
{
	bool is_map = h.kind == MP_MAP;
	uint64_t n_values = is_map ? 2 * h.number : h.number;
	struct level *l = &s->levels[s->depth];

	if (n_values > mp_left(&s->in))
		return ERR_TRUNCATED;
	if (s->depth == WIRE_DEPTH_MAX)
		return ERR_TOO_DEEP;
	if (is_map && h.number > WIRE_KEYS_MAX)
		return ERR_TOO_LARGE;
	if (n_values > WIRE_OBJECTS_MAX - s->n_objects)
		return ERR_TOO_LARGE;
	s->n_objects += (uint32_t)n_values;
	l->left = (uint32_t)n_values;
	l->is_map = is_map;
	l->n_keys = 0;
	s->depth++;
	return ERR_OK;
}

/* l: the array or map it belongs to, left already counted down. */
static enum err
scan_one(struct scan *s, struct level *l)
{
	bool is_key = l && l->is_map && l->left % 2 == 1;
	struct mp_head h = mp_head(&s->in);

	if (s->in.err != ERR_OK)
		return s->in.err;
	if (is_key && h.kind != MP_TEXT)
		return h.kind == MP_NONE ? ERR_BAD_MESSAGE : ERR_BAD_TYPE;
	switch (h.kind) {
	case MP_NIL:
	case MP_BOOL: return ERR_OK;
	case MP_UINT:
	case MP_INT: return h.number > WIRE_UINT_MAX ? ERR_BAD_VALUE : ERR_OK;
	case MP_TEXT: return scan_text(s, is_key ? l : NULL, h.number);
	case MP_BIN: s->in.ptr += h.number; return ERR_OK;
	case MP_ARRAY:
	case MP_MAP: return scan_open(s, h);
	case MP_FLOAT:
	case MP_EXT: return ERR_BAD_TYPE;
	case MP_NONE: break;
	}
	return ERR_BAD_MESSAGE;
}

/* Counts the next value down where it belongs, and says where that is. */
static struct level *
scan_enter(struct scan *s)
{
	struct level *l = s->depth > 0 ? &s->levels[s->depth - 1] : NULL;

	if (l)
		l->left--;
	if (s->depth == 1 && !l->is_map) {
		s->place->element++;
		s->place->key = (struct span){0};
	}
	if (s->depth == 2 && l->is_map && l->left % 2 == 1)
		s->place->key = (struct span){0};
	return l;
}

/* Passes what needs no look in an array: most of a batch, and never wrong. */
static void
scan_small(struct scan *s)
{
	struct level *l = &s->levels[s->depth - 1];

	if (s->depth >= 2 && !l->is_map)
		l->left = (uint32_t)mp_pass(&s->in, l->left);
}

static enum err
scan_walk(struct scan *s)
{
	do {
		enum err err = scan_one(s, scan_enter(s));

		if (err != ERR_OK)
			return err;
		if (s->depth > 0)
			scan_small(s);
		while (s->depth > 0 && s->levels[s->depth - 1].left == 0)
			s->depth--;
	} while (s->depth > 0);
	if (mp_left(&s->in) == 0)
		return ERR_OK;
	s->in.at = s->in.ptr;
	s->place->element = 0;
	s->place->key = (struct span){0};
	return ERR_TRAILING;
}

enum err
scan_value(struct span frame, struct scan_place *place)
{
	struct scan s;
	struct scan_place at = {0};
	enum err err = ERR_TOO_LARGE;

	s.in = mp_of(frame);
	s.start = frame.ptr;
	s.depth = 0;
	s.n_objects = 1;
	s.place = &at;
	if (frame.len <= WIRE_MESSAGE_MAX)
		err = scan_walk(&s);
	if (err == ERR_OK)
		return ERR_OK;
	at.offset = frame.len > 0 ? (size_t)(s.in.at - s.start) : 0;
	*place = at;
	return err;
}
