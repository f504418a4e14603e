#include <stdlib.h>
#include <string.h>

#include "services/aggregate/agg_stream.h"
#include "services/aggregate/agg_stream_parts.h"

static const char *const snapshot_args[] = {"stream", NULL};
static const char *const names_args[] = {"prefix", NULL};

/* Where a page begins, and the token: kind, period, unit, definition. */
struct stream_place {
	uint32_t kind;
	uint32_t period;
	uint32_t unit;
	uint32_t definition;
};

struct snapshot {
	struct aggregate *a;
	struct kv *state;
	struct query *q;
	uint32_t map;          /* NUMBER_NONE: of units without a place */
	uint32_t *definitions; /* of the indicator, ascending */
	uint32_t n_definitions;
	struct stream_place at; /* first key that is not done */
	uint32_t looks;
};

/* A page of figures or roll-ups in state. */
struct stored_page {
	uint32_t period;
	uint32_t unit;
	uint32_t block;
	struct span rows;
};

static bool
is_wanted(const struct snapshot *s, uint32_t definition)
{
	for (uint32_t i = 0; i < s->n_definitions; i++) {
		if (s->definitions[i] == definition)
			return definition >= s->at.definition;
	}
	return false;
}

/* The first page at or behind the place; rows empty: there is none of this kind. */
static enum err
page_next(const struct snapshot *s, struct stored_page *page)
{
	const struct agg_gens used = s->a->generations.used;
	const struct stream_place *at = &s->at;
	struct period period = {at->period};
	uint32_t block = agg_block(at->definition);
	bool rolled = at->kind == ROLLED_UP;
	struct agg_key key =
	    rolled ? agg_key_rollups(used, s->map, period, at->unit, block)
	           : agg_key_page(used, period, at->unit, block);
	size_t prefix = rolled ? 5 : 1; /* the table's letter, the map */
	struct span found;
	struct cursor c;
	enum err err =
	    kv_next(s->state, agg_key_span(&key), &found, &page->rows);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && (found.len != key.len ||
	                       memcmp(found.ptr, key.bytes, prefix) != 0))) {
		page->rows = span_of(NULL, 0);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	c = cursor_of(span_of(found.ptr + prefix, found.len - prefix));
	page->period = cursor_be32(&c);
	page->unit = cursor_be32(&c);
	page->block = cursor_be32(&c);
	return ERR_OK;
}

/* ERR_TOO_LARGE: the answer is full; it goes on with this row. */
static enum err
snapshot_row(struct snapshot *s, const struct stream_row *row)
{
	uint32_t definition = row->figure != NULL ? row->figure->definition
	                                          : row->rollup->definition;
	enum err err = stream_row_write(s->q, s->a->catalogue, row);

	if (err == ERR_TOO_LARGE && s->q->rows.n_rows > 0)
		s->at.definition = definition;
	return err;
}

static enum err
figures_write(struct snapshot *s, struct span rows)
{
	struct figures_reader reader;
	struct figure f;
	const struct stream_row row = {.figure = &f};
	enum err err = ERR_OK;

	if (!stream_holds(&s->a->place, s->map, s->at.unit))
		return ERR_OK;
	if (figures_open(rows, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (figures_next(&reader, &f) != ERR_OK ||
		    !stream_figure_known(s->a->catalogue, &f))
			return ERR_CORRUPT;
		if (figure_present(&f) && is_wanted(s, f.definition))
			err = snapshot_row(s, &row);
	}
	return err;
}

static enum err
rollups_write(struct snapshot *s, struct span rows)
{
	struct rollups_reader reader;
	struct rollup r;
	const struct stream_row row = {.rollup = &r};
	enum err err = ERR_OK;

	if (rollups_open(rows, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (rollups_next(&reader, &r) != ERR_OK ||
		    !stream_rollup_known(s->a->catalogue, &r))
			return ERR_CORRUPT;
		if (is_wanted(s, r.definition))
			err = snapshot_row(s, &row);
	}
	return err;
}

/* The place becomes the first key behind a page of this block. */
static void
place_advance(struct snapshot *s, uint32_t block)
{
	uint32_t i = 0;

	while (i < s->n_definitions && agg_block(s->definitions[i]) <= block)
		i++;
	if (i == s->n_definitions) {
		s->at.unit++;
		i = 0;
	}
	s->at.definition = s->definitions[i];
}

/* The place moves to the page that was found, or behind it if no definition of the
 * indicator lies in it. *here: the page is to be read. */
static void
place_move(struct snapshot *s, const struct stored_page *page, bool *here)
{
	bool beyond = page->period != s->at.period ||
	              page->unit != s->at.unit ||
	              page->block != agg_block(s->at.definition);

	s->at.period = page->period;
	s->at.unit = page->unit;
	*here = false;
	for (uint32_t i = 0; i < s->n_definitions && !*here; i++) {
		*here = agg_block(s->definitions[i]) == page->block;
		if (*here && beyond)
			s->at.definition = s->definitions[i];
	}
	if (!*here)
		place_advance(s, page->block);
}

static enum err
snapshot_token(struct snapshot *s)
{
	const uint32_t token[] = {s->at.kind, s->at.period, s->at.unit,
	                          s->at.definition};

	query_next_put(s->q, token, 4);
	return buf_err(&s->q->next);
}

/* One page of state; *end: there is none of this kind any more. ERR_TOO_LARGE: the
 * answer is full. */
static enum err
snapshot_look(struct snapshot *s, bool *end)
{
	struct stored_page page = {.rows = {NULL, 0}};
	bool here;
	enum err err = page_next(s, &page);

	*end = err == ERR_OK && page.rows.ptr == NULL;
	if (err != ERR_OK || *end)
		return err;
	if (page.unit >= s->a->catalogue->n_units)
		return ERR_CORRUPT;
	place_move(s, &page, &here);
	if (!here)
		return ERR_OK;
	err = s->at.kind == REPORTED ? figures_write(s, page.rows)
	                             : rollups_write(s, page.rows);
	if (err == ERR_OK)
		place_advance(s, page.block);
	return err;
}

static enum err
snapshot_walk(struct snapshot *s)
{
	while (s->at.kind < KINDS) {
		bool end = s->at.kind == ROLLED_UP && s->map == NUMBER_NONE;
		enum err err = ERR_OK;

		if (!end && s->looks++ == STREAM_LOOKS)
			return snapshot_token(s);
		if (!end)
			err = snapshot_look(s, &end);
		if (err == ERR_TOO_LARGE && s->q->rows.n_rows > 0)
			return snapshot_token(s);
		if (err != ERR_OK)
			return err;
		if (end)
			s->at = (struct stream_place){.kind = s->at.kind + 1,
			                              .definition =
			                                  s->definitions[0]};
	}
	return ERR_OK;
}

static void
snapshot_resume(struct snapshot *s)
{
	uint32_t token[4] = {REPORTED, 0, 0, s->definitions[0]};

	if (s->q->after.len > 0)
		query_after_get(s->q, token, 4);
	s->at = (struct stream_place){token[0], token[1], token[2], token[3]};
}

/* --- names ------------------------------------------------------------------------- */

/* The part before the next slash, which is taken off, too. */
static struct span
name_part(struct span *name)
{
	const uint8_t *end = memchr(name->ptr, '/', name->len);
	struct span part = {NULL, 0};

	if (end == NULL)
		return part;
	part = span_of(name->ptr, (size_t)(end - name->ptr));
	*name = span_of(end + 1, name->len - part.len - 1);
	return part;
}

/* Also one that is no longer declared: its followers have none of its rows then. */
static bool
map_find(const struct catalogue *c, struct span id, uint32_t *map)
{
	*map = NUMBER_NONE;
	for (uint32_t i = 0; i < c->n_maps; i++) {
		if (span_equal(span_str(c->maps[i].id), id))
			*map = i;
	}
	return *map != NUMBER_NONE || span_equal(span_str(STREAM_NO_MAP), id);
}

static bool
indicator_find(const struct catalogue *c, struct span id, uint32_t *indicator)
{
	*indicator = NUMBER_NONE;
	for (uint32_t i = 0; i < c->n_indicators; i++) {
		if (span_equal(span_str(c->indicators[i].id), id))
			*indicator = i;
	}
	return *indicator != NUMBER_NONE;
}

static int
number_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static enum err
snapshot_open(struct snapshot *s)
{
	const struct catalogue *c = s->a->catalogue;
	struct span name = query_arg(s->q, "stream");
	const struct cat_indicator *of;
	struct span service, map, indicator;
	uint32_t number;

	s->q->field = "stream";
	if (name.len == 0)
		return ERR_MISSING_FIELD;
	service = name_part(&name);
	map = name_part(&name);
	indicator = name_part(&name);
	if (!span_equal(span_str("agg"), service) || name.len > 0 ||
	    !map_find(c, map, &s->map) ||
	    !indicator_find(c, indicator, &number))
		return ERR_NOT_FOUND;
	of = &c->indicators[number];
	s->definitions = malloc((of->n_definitions + 1u) * sizeof(uint32_t));
	if (s->definitions == NULL)
		return ERR_NOMEM;
	s->n_definitions = of->n_definitions;
	for (uint32_t i = 0; i < of->n_definitions; i++)
		s->definitions[i] = of->definitions[i];
	if (s->n_definitions > 1)
		qsort(s->definitions, s->n_definitions, sizeof(uint32_t),
		      number_compare);
	return ERR_OK;
}

enum err
agg_stream_snapshot(struct aggregate *a, struct kv *state, struct query *q)
{
	struct snapshot s = {.a = a, .state = state, .q = q};
	enum err err = query_args_known(q, snapshot_args);

	if (err == ERR_OK)
		err = snapshot_open(&s);
	if (err == ERR_OK && s.n_definitions > 0) {
		snapshot_resume(&s);
		err = snapshot_walk(&s);
	}
	free(s.definitions);
	return err;
}

/* Declared, or "-"; there is a definition. */
static bool
stream_stands(const struct catalogue *c, uint32_t map, uint32_t indicator)
{
	const struct cat_indicator *of = &c->indicators[indicator];

	for (uint32_t i = 0; i < of->n_definitions; i++) {
		if (c->definitions[of->definitions[i]].declared)
			return map == NUMBER_NONE || c->maps[map].declared;
	}
	return false;
}

static enum err
name_write(struct query *q, const char *topic)
{
	struct span prefix = query_arg(q, "prefix");

	if (strlen(topic) < prefix.len ||
	    (prefix.len > 0 && memcmp(topic, prefix.ptr, prefix.len) != 0))
		return ERR_OK;
	wire_answer_row(&q->rows);
	query_text(q, "stream", topic);
	return wire_answer_row_end(&q->rows);
}

enum err
agg_stream_names(struct aggregate *a, struct query *q)
{
	const struct catalogue *c = a->catalogue;
	uint32_t n = (c->n_maps + 1) * c->n_indicators;
	uint32_t at, tried = 0;
	enum err err = query_args_known(q, names_args);

	query_after_get(q, &at, 1);
	for (; at < n && err == ERR_OK; at++) {
		uint32_t map = at / c->n_indicators;
		uint32_t indicator = at % c->n_indicators;
		char topic[STREAM_TOPIC_MAX];

		if (map == c->n_maps)
			map = NUMBER_NONE;
		if (!stream_stands(c, map, indicator))
			continue;
		stream_topic(topic, c, map, c->indicators[indicator].id);
		err = tried++ < STREAM_NAMES ? name_write(q, topic)
		                             : ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && tried > 1) {
			query_next_put(q, &at, 1);
			return buf_err(&q->next);
		}
	}
	return err;
}
