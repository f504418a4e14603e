#include "services/alert/alert_state.h"

#include <stdlib.h>
#include <string.h>

#include "common/domain/rollup.h"

#define POINTS_FIRST_CAP 64

struct span
alert_key_span(const struct alert_key *key)
{
	return span_of(key->bytes, key->len);
}

struct alert_key
alert_key_single(enum alert_table table)
{
	return alert_key_of(table, NULL, 0);
}

struct alert_key
alert_key_of(enum alert_table table, const uint32_t *numbers, int n)
{
	struct alert_key key = {.bytes = {(uint8_t)table}, .len = 1};

	for (int i = 0; i < n; i++) {
		for (int shift = 24; shift >= 0; shift -= 8)
			key.bytes[key.len++] = (uint8_t)(numbers[i] >> shift);
	}
	return key;
}

static void
put_scratch(struct kv *state, const struct alert_key *key, struct buf *scratch)
{
	if (buf_err(scratch) != ERR_OK)
		state->err = buf_err(scratch);
	else
		kv_put(state, alert_key_span(key), buf_span(scratch));
}

void
alert_figure_put(struct kv *state, const struct figure *row,
                 struct buf *scratch)
{
	uint32_t numbers[] = {row->definition, row->unit, row->period.code};
	struct alert_key key = alert_key_of(ALERT_TABLE_FIGURES, numbers, 3);
	struct figures_writer writer;

	if (row->action == ACTION_DELETE) {
		kv_del(state, alert_key_span(&key));
		return;
	}
	buf_reset(scratch);
	figures_write_begin(&writer, scratch, 1);
	figures_write_row(&writer, row);
	put_scratch(state, &key, scratch);
}

void
alert_rollup_put(struct kv *state, const struct rollup *row,
                 struct buf *scratch)
{
	uint32_t numbers[] = {row->definition, row->unit, row->map,
	                      row->period.code};
	struct alert_key key = alert_key_of(ALERT_TABLE_ROLLUPS, numbers, 4);
	struct rollups_writer writer;
	uint32_t n = row->n_by_status[STATUS_A] + row->n_by_status[STATUS_P] +
	             row->n_by_status[STATUS_E];

	if (n == 0) {
		kv_del(state, alert_key_span(&key));
		return;
	}
	buf_reset(scratch);
	rollups_write_begin(&writer, scratch, 1);
	rollups_write_row(&writer, row);
	put_scratch(state, &key, scratch);
}

void
point_list_fini(struct point_list *list)
{
	free(list->points);
	*list = (struct point_list){0};
}

static enum err
point_add(struct point_list *list, const struct verdict_point *point)
{
	if (list->n == list->n_cap) {
		uint32_t n_cap =
		    list->n_cap == 0 ? POINTS_FIRST_CAP : list->n_cap * 2;
		struct verdict_point *points =
		    realloc(list->points, n_cap * sizeof(*points));

		if (points == NULL)
			return ERR_NOMEM;
		list->points = points;
		list->n_cap = n_cap;
	}
	list->points[list->n++] = *point;
	return ERR_OK;
}

enum err
alert_table_next(struct kv *state, enum alert_table table,
                 struct alert_key *key, struct span *value, bool *more)
{
	struct span found;
	enum err err;

	if (key->len == 0)
		*key = alert_key_single(table);
	else
		key->bytes[key->len++] = 0;
	err = kv_next(state, alert_key_span(key), &found, value);
	*more = err == ERR_OK && found.len > 0 && found.ptr[0] == table &&
	        found.len < sizeof(key->bytes);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (*more) {
		memcpy(key->bytes, found.ptr, found.len);
		key->len = found.len;
	}
	return err;
}

enum err
alert_table_clear(struct kv *state, enum alert_table table)
{
	bool more = true;
	enum err err = ERR_OK;

	while (more && err == ERR_OK) {
		struct alert_key key = {.len = 0};
		struct span value;

		err = alert_table_next(state, table, &key, &value, &more);
		if (err == ERR_OK && more)
			kv_del(state, alert_key_span(&key));
	}
	return err;
}

/* The family that is being scanned, and for whom. */
struct series {
	const struct catalogue *c;
	const struct cat_target *target;
	uint32_t unit;
	struct point_list *points;
};

static const struct cat_target_version *
last_version(const struct cat_target *target)
{
	return &target->versions[target->n_versions - 1];
}

static enum point_which
which_of(const struct series *s, uint32_t definition)
{
	uint32_t own = last_version(s->target)->definition;
	const struct cat_definition *of = &s->c->definitions[own];
	const struct cat_definition *d = &s->c->definitions[definition];

	if (definition == own)
		return POINT_OWN;
	return strcmp(of->indicator, d->indicator) == 0 ? POINT_OTHER_DEFINITION
	                                                : POINT_OTHER_SCOPE;
}

static enum err
figure_point(struct series *s, struct span value)
{
	struct verdict_point point = {.map = NUMBER_NONE};
	struct figures_reader reader;

	if (figures_open(value, &reader) != ERR_OK ||
	    figures_next(&reader, &point.figure) != ERR_OK)
		return ERR_CORRUPT;
	point.period = point.figure.period;
	point.which = which_of(s, point.figure.definition);
	point.released = point.figure.status == STATUS_A;
	return point_add(s->points, &point);
}

static bool
rollup_read_by(const struct series *s, const struct rollup *row,
               const struct cat_target_version *v)
{
	const struct cat_map *map = &s->c->maps[row->map];

	if (row->definition != v->definition)
		return false;
	if (v->map != NUMBER_NONE)
		return row->map == v->map;
	return map->kind == MAP_TERRITORY &&
	       validity_holds(map->validity, period_last_day(row->period));
}

/* Some version reads the roll-up: in its own map, else in the territory of that
 * day (R6). Which version judges a period, and so which of two maps counts, is
 * the verdict's business. */
static bool
rollup_counts(const struct series *s, const struct rollup *row)
{
	for (uint32_t i = 0; i < s->target->n_versions; i++) {
		if (rollup_read_by(s, row, &s->target->versions[i]))
			return true;
	}
	return false;
}

static enum err
rollup_point(struct series *s, struct span value)
{
	struct verdict_point point = {.which = POINT_ROLLUP};
	struct rollups_reader reader;
	struct rollup row;

	if (rollups_open(value, &reader) != ERR_OK ||
	    rollups_next(&reader, &row) != ERR_OK)
		return ERR_CORRUPT;
	if (!rollup_counts(s, &row))
		return ERR_OK;
	point.period = row.period;
	point.map = row.map;
	point.figure = rollup_figure(&s->c->definitions[row.definition], &row);
	return point_add(s->points, &point);
}

typedef enum err (*point_maker)(struct series *s, struct span value);

static enum err
scan(struct kv *state, struct series *s, enum alert_table table,
     uint32_t definition)
{
	uint32_t numbers[] = {definition, s->unit};
	struct alert_key prefix = alert_key_of(table, numbers, 2);
	point_maker make =
	    table == ALERT_TABLE_FIGURES ? figure_point : rollup_point;
	struct alert_key key = prefix;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		struct span found, value;

		err = kv_next(state, alert_key_span(&key), &found, &value);
		if (err != ERR_OK || found.len < prefix.len ||
		    memcmp(found.ptr, prefix.bytes, prefix.len) != 0)
			break;
		memcpy(key.bytes, found.ptr, found.len);
		key.len = found.len;
		key.bytes[key.len++] = 0;
		err = make(s, value);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static int
point_compare(const void *a, const void *b)
{
	const struct verdict_point *x = a;
	const struct verdict_point *y = b;

	if (x->period.code != y->period.code)
		return x->period.code < y->period.code ? -1 : 1;
	if (x->which != y->which)
		return x->which < y->which ? -1 : 1;
	if (x->figure.definition != y->figure.definition)
		return x->figure.definition < y->figure.definition ? -1 : 1;
	return (x->map > y->map) - (x->map < y->map);
}

enum err
alert_points(struct kv *state, const struct catalogue *c,
             const struct cat_target *target, uint32_t unit,
             struct point_list *points)
{
	struct series s = {
	    .c = c, .target = target, .unit = unit, .points = points};
	uint32_t family =
	    c->definitions[last_version(target)->definition].family;
	enum err err = ERR_OK;

	points->n = 0;
	for (uint32_t d = 0; d < c->n_definitions && err == ERR_OK; d++) {
		if (!c->definitions[d].declared ||
		    c->definitions[d].family != family)
			continue;
		err = scan(state, &s, ALERT_TABLE_FIGURES, d);
		if (err == ERR_OK)
			err = scan(state, &s, ALERT_TABLE_ROLLUPS, d);
	}
	if (err == ERR_OK && points->n > 1)
		qsort(points->points, points->n, sizeof(*points->points),
		      point_compare);
	return err;
}
