#include "services/aggregate/agg_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/journal.h"
#include "common/domain/rollup.h"

#define TOPIC_MAX (8 + 2 * CATALOGUE_ID_MAX)
#define NO_MAP    "-" /* stands for units without a place; no id of a map here */

/* In the order of a snapshot. */
enum stream_kind { REPORTED, ROLLED_UP, KINDS };

static const char *const kind_names[KINDS] = {"reported", "rolled_up"};

static const char *const snapshot_args[] = {"stream", NULL};
static const char *const names_args[] = {"prefix", NULL};

/* map: NUMBER_NONE of units without a place. */
static void
topic_write(char out[static TOPIC_MAX], const struct catalogue *c, uint32_t map,
            const char *indicator)
{
	(void)snprintf(out, TOPIC_MAX, "agg/%s/%s/",
	               map == NUMBER_NONE ? NO_MAP : c->maps[map].id,
	               indicator);
}

/* The unit's figures are in the streams of this map. */
static bool
unit_stands(const struct place *place, uint32_t map, uint32_t unit)
{
	const struct catalogue *c = place->catalogue;

	if (map != NUMBER_NONE)
		return place_depth(place, map, unit) != PLACE_NOWHERE;
	for (uint32_t i = 0; i < c->n_maps; i++) {
		if (place_depth(place, i, unit) != PLACE_NOWHERE)
			return false;
	}
	return true;
}

/* --- a row ------------------------------------------------------------------------- */

static void
field_status(struct query *q, enum obs_status status)
{
	const char text[] = {status_letter(status), 0};

	query_text(q, "status", text);
}

/* A weighted mean has a weight alone, which stands as its denominator. */
static void
fields_numbers(struct query *q, const struct cat_definition *d,
               const struct figure *f)
{
	int64_t value;

	if (figure_value(d, f, &value))
		wire_answer_decimal(&q->rows, "value", value, d->decimals);
	else
		wire_answer_field(&q->rows, "value", wire_nil());
	if ((f->has & FIGURE_PARTS) == 0)
		return;
	if (d->place != PLACE_WMEAN)
		wire_answer_int(&q->rows, "numerator", f->numerator);
	wire_answer_int(&q->rows, "denominator", f->denominator);
}

static void
fields_reported(struct query *q, const struct catalogue *c,
                const struct figure *f)
{
	char text[DAY_TEXT_MAX];

	fields_numbers(q, &c->definitions[f->definition], f);
	query_text(q, "bound", bound_text((enum bound)f->bound));
	field_status(q, (enum obs_status)f->status);
	query_text(q, "source", c->sources[f->source].id);
	if (f->document != NUMBER_NONE)
		query_text(q, "document", c->documents[f->document].id);
	query_text(q, "released", day_format(f->released, text));
	wire_answer_int(&q->rows, "commit", (int64_t)f->commit);
}

/* Whole ones without decimals. */
static void
field_millionths(struct query *q, const char *name, uint64_t n)
{
	uint8_t places = 6;

	for (; places > 0 && n % 10 == 0; places--)
		n /= 10;
	if (n <= WIRE_UINT_MAX)
		wire_answer_decimal(&q->rows, name, (int64_t)n, places);
}

static void
fields_rolled_up(struct query *q, const struct catalogue *c,
                 const struct rollup *r)
{
	const struct cat_definition *d = &c->definitions[r->definition];
	const struct figure f = rollup_figure(d, r);

	fields_numbers(q, d, &f);
	field_status(q, (enum obs_status)f.status);
	field_millionths(q, "reporting", r->reporting);
	if (r->n_derived > 0)
		wire_answer_int(&q->rows, "n_derived", r->n_derived);
}

/* One of both, the other NULL; updates and snapshots are written here. */
struct stream_row {
	const struct figure *figure;
	const struct rollup *rollup;
};

static enum err
row_write(struct query *q, const struct catalogue *c,
          const struct stream_row *row)
{
	const struct figure *f = row->figure;
	const struct rollup *r = row->rollup;
	uint32_t definition = f != NULL ? f->definition : r->definition;
	uint32_t unit = f != NULL ? f->unit : r->unit;
	char text[PERIOD_TEXT_MAX];

	wire_answer_row(&q->rows);
	query_text(q, "definition", c->definitions[definition].id);
	query_text(q, "unit", c->units[unit].id);
	query_text(q, "period",
	           period_format(f != NULL ? f->period : r->period, text));
	query_text(q, "kind", kind_names[f != NULL ? REPORTED : ROLLED_UP]);
	if (f != NULL ? !figure_present(f) : rollup_empty(r))
		wire_answer_field(&q->rows, "gone", wire_bool(true));
	else if (f != NULL)
		fields_reported(q, c, f);
	else
		fields_rolled_up(q, c, r);
	return wire_answer_row_end(&q->rows);
}

static bool
figure_known(const struct catalogue *c, const struct figure *f)
{
	return f->definition < c->n_definitions && f->unit < c->n_units &&
	       (!figure_present(f) ||
	        (f->source < c->n_sources &&
	         (f->document < c->n_documents || f->document == NUMBER_NONE)));
}

static bool
rollup_known(const struct catalogue *c, const struct rollup *r)
{
	return r->definition < c->n_definitions && r->unit < c->n_units &&
	       r->map < c->n_maps;
}

/* --- what a commit changed --------------------------------------------------------- */

enum wanted { WANTED_UNASKED, WANTED_NOT, WANTED };

struct telling {
	const struct place *place;
	const struct catalogue *c;
	const struct agg_stream_sink *sink;
	struct query q;  /* the row being written */
	uint8_t *wanted; /* enum wanted by map, the last one none; definition */
};

/* Tells the row to one stream; it is written when the first one wants it. */
static enum err
tell_to(struct telling *t, uint32_t map, const struct stream_row *row)
{
	const struct catalogue *c = t->c;
	uint32_t definition = row->figure != NULL ? row->figure->definition
	                                          : row->rollup->definition;
	uint32_t column = map == NUMBER_NONE ? c->n_maps : map;
	uint8_t *wanted =
	    &t->wanted[(size_t)column * c->n_definitions + definition];
	char topic[TOPIC_MAX];
	struct wire_list rows, pairs;
	enum err err = ERR_OK;

	if (*wanted == WANTED_NOT || !c->definitions[definition].declared)
		return ERR_OK;
	topic_write(topic, c, map, c->definitions[definition].indicator);
	if (*wanted == WANTED_UNASKED)
		*wanted =
		    t->sink->wants(t->sink->self, topic) ? WANTED : WANTED_NOT;
	if (*wanted == WANTED_NOT)
		return ERR_OK;
	if (t->q.rows.n_rows == 0)
		err = row_write(&t->q, c, row);
	rows = wire_answer_list(&t->q.rows);
	if (err == ERR_OK && wire_answer_next(&rows, &pairs))
		t->sink->row(t->sink->self, topic, pairs);
	return err;
}

static enum err
tell_figure(struct telling *t, const struct figure *f)
{
	const struct stream_row row = {.figure = f};
	bool stands = false;
	enum err err = ERR_OK;

	wire_answer_reset(&t->q.rows);
	for (uint32_t map = 0; map < t->c->n_maps && err == ERR_OK; map++) {
		if (!unit_stands(t->place, map, f->unit))
			continue;
		stands = true;
		err = tell_to(t, map, &row);
	}
	return err != ERR_OK || stands ? err : tell_to(t, NUMBER_NONE, &row);
}

static enum err
tell_figures(struct telling *t, struct span record)
{
	struct figures_reader reader;
	struct figure f;
	enum err err = ERR_OK;

	if (figures_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (figures_next(&reader, &f) != ERR_OK ||
		    !figure_known(t->c, &f))
			return ERR_CORRUPT;
		err = tell_figure(t, &f);
	}
	return err;
}

static enum err
tell_rollups(struct telling *t, struct span record)
{
	struct rollups_reader reader;
	struct rollup r;
	const struct stream_row row = {.rollup = &r};
	enum err err = ERR_OK;

	if (rollups_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (rollups_next(&reader, &r) != ERR_OK ||
		    !rollup_known(t->c, &r))
			return ERR_CORRUPT;
		wire_answer_reset(&t->q.rows);
		err = tell_to(t, r.map, &row);
	}
	return err;
}

/* A catalogue stands before what it says again, and an apply is a commit (K4). */
static enum err
tell_records(struct telling *t, struct kv *journal, const struct commit *commit)
{
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < commit->n_records && err == ERR_OK; i++) {
		struct span record;

		err = journal_record(journal, commit->number, i, &record);
		if (err != ERR_OK)
			break;
		if (record_type(record) == RECORD_CATALOGUE)
			break;
		if (record_type(record) == RECORD_FIGURES)
			err = tell_figures(t, record);
		else if (record_type(record) == RECORD_ROLLUPS)
			err = tell_rollups(t, record);
	}
	return err;
}

enum err
agg_stream_commit(struct aggregate *a, struct kv *journal, uint64_t number,
                  const struct agg_stream_sink *sink)
{
	struct telling t = {
	    .place = &a->place, .c = a->catalogue, .sink = sink};
	struct commit commit;
	enum err err = journal_commit(journal, number, &commit);

	if (err != ERR_OK)
		return err;
	if (a->catalogue == NULL || number <= a->folded_again) {
		sink->cut(sink->self);
		return ERR_OK;
	}
	t.wanted =
	    calloc(((size_t)t.c->n_maps + 1) * (t.c->n_definitions + 1u), 1);
	if (t.wanted == NULL)
		return ERR_NOMEM;
	query_init(&t.q);
	err = tell_records(&t, journal, &commit);
	query_fini(&t.q);
	free(t.wanted);
	return err;
}

/* --- what stands ------------------------------------------------------------------- */

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
	enum err err = row_write(s->q, s->a->catalogue, row);

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

	if (!unit_stands(&s->a->place, s->map, s->at.unit))
		return ERR_OK;
	if (figures_open(rows, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0 && err == ERR_OK) {
		if (figures_next(&reader, &f) != ERR_OK ||
		    !figure_known(s->a->catalogue, &f))
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
		    !rollup_known(s->a->catalogue, &r))
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
	return *map != NUMBER_NONE || span_equal(span_str(NO_MAP), id);
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
		return ERR_UNKNOWN_REFERENCE;
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
		char topic[TOPIC_MAX];

		if (map == c->n_maps)
			map = NUMBER_NONE;
		if (!stream_stands(c, map, indicator))
			continue;
		topic_write(topic, c, map, c->indicators[indicator].id);
		err = tried++ < STREAM_NAMES ? name_write(q, topic)
		                             : ERR_TOO_LARGE;
		if (err == ERR_TOO_LARGE && tried > 1) {
			query_next_put(q, &at, 1);
			return buf_err(&q->next);
		}
	}
	return err;
}
