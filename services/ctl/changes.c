#include "services/ctl/changes.h"

#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 4 * CATALOGUE_ID_MAX + 8, FIRST_IDS = 256 };

/* Which fields name a row, and what stands between them. */
struct naming {
	uint8_t n_parts;
	char between;
};
static const struct naming namings[CAT_KINDS] = {
    [CAT_UNIT] = {1, '/'},      [CAT_MAP] = {1, '/'},
    [CAT_MEMBER] = {2, '/'},    [CAT_INDICATOR] = {2, '@'},
    [CAT_REPORTING] = {3, '/'}, [CAT_CALENDAR] = {2, '/'},
    [CAT_SOURCE] = {1, '/'},    [CAT_DOCUMENT] = {1, '/'},
    [CAT_MAPPING] = {3, '/'},   [CAT_PROGRAMME] = {1, '/'},
    [CAT_TARGET] = {2, '/'},    [CAT_RULE] = {2, '/'},
};

static const char *const names[CHANGE_WHATS] = {
    [CHANGE_SAME] = "same",       [CHANGE_ADDED] = "added",
    [CHANGE_CHANGED] = "changed", [CHANGE_CLOSED] = "closed",
    [CHANGE_REMOVED] = "removed",
};

const char *
change_name(enum change_what what)
{
	return names[what];
}

void
changes_init(struct changes *c)
{
	*c = (struct changes){.n = 0};
	map_init(&c->ids, (size_t)CATALOGUE_ROWS_MAX * 2);
}

void
changes_fini(struct changes *c)
{
	map_fini(&c->ids);
	free(c->list);
	c->list = NULL;
}

/* Kind, then the id. */
static struct span
id_write(const struct cat_row *row, struct buf *out)
{
	const struct naming *naming = &namings[row->kind];

	buf_reset(out);
	buf_put_u8(out, (uint8_t)row->kind);
	for (uint8_t i = 0; i < naming->n_parts; i++) {
		if (i > 0)
			buf_put_u8(out, (uint8_t)naming->between);
		buf_put_str(out, row->fields[i]);
	}
	return buf_span(out);
}

static uint64_t
row_hash(const struct cat_row *row, bool with_end)
{
	const struct cat_kind_info *info = &cat_kinds[row->kind];
	uint64_t hash = row->kind;

	for (uint8_t i = 0; i < info->n_fields; i++) {
		bool end = strcmp(info->fields[i], "valid_to") == 0;
		struct span text = span_str(row->fields[i]);

		/* the length too, so that fields don't run together */
		if (!end || with_end)
			hash = hash_bytes(text, hash + text.len + 1);
	}
	return hash;
}

static enum err
id_of(struct changes *c, struct span key, enum cat_kind kind, uint32_t *at)
{
	struct change_id *list;
	uint32_t cap = c->n_cap == 0 ? FIRST_IDS : c->n_cap * 2;
	enum err err = map_intern(&c->ids, key, at);

	if (err != ERR_OK || *at < c->n)
		return err;
	if (c->n == c->n_cap) {
		list = realloc(c->list, cap * sizeof(*list));
		if (list == NULL)
			return ERR_NOMEM;
		c->list = list;
		c->n_cap = cap;
	}
	c->list[c->n++] = (struct change_id){.kind = kind};
	return ERR_OK;
}

enum err
changes_take(struct changes *c, const struct cat_rows *rows, bool was)
{
	struct buf key;
	enum err err = ERR_OK;

	buf_init(&key, CATALOGUE_BYTES_MAX);
	for (size_t i = 0; i < rows->n && err == ERR_OK; i++) {
		const struct cat_row *row = &rows->rows[i];
		struct change_sum *sum;
		uint32_t at = 0;

		err = id_of(c, id_write(row, &key), row->kind, &at);
		if (err == ERR_OK)
			err = buf_err(&key);
		if (err != ERR_OK)
			break;
		sum = was ? &c->list[at].was : &c->list[at].is;
		sum->n++;
		sum->all += row_hash(row, true);
		sum->but_end += row_hash(row, false);
	}
	buf_fini(&key);
	return err;
}

enum change_what
changes_what(const struct changes *c, uint32_t i)
{
	const struct change_sum *was = &c->list[i].was;
	const struct change_sum *is = &c->list[i].is;

	if (was->n == 0)
		return CHANGE_ADDED;
	if (is->n == 0)
		return CHANGE_REMOVED;
	if (was->n == is->n && was->all == is->all)
		return CHANGE_SAME;
	return was->n == is->n && was->but_end == is->but_end ? CHANGE_CLOSED
	                                                      : CHANGE_CHANGED;
}

struct span
changes_id(const struct changes *c, uint32_t i)
{
	struct span key = map_key(&c->ids, i);

	return span_of(key.ptr + 1, key.len - 1);
}

bool
changes_any(const struct changes *c, enum cat_kind kind)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (c->list[i].kind == kind &&
		    changes_what(c, i) != CHANGE_SAME)
			return true;
	return false;
}

bool
changes_of(const struct changes *c, enum cat_kind kind, const char *id)
{
	struct buf key;
	uint32_t at;

	buf_init(&key, ID_MAX);
	buf_put_u8(&key, (uint8_t)kind);
	buf_put_str(&key, id);
	at = buf_err(&key) == ERR_OK ? map_get(&c->ids, buf_span(&key))
	                             : MAP_NONE;
	buf_fini(&key);
	return at != MAP_NONE && changes_what(c, at) != CHANGE_SAME;
}
