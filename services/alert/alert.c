#include "services/alert/alert.h"

#include <stdlib.h>

#include "common/domain/catalogue_record.h"
#include "services/alert/alert_eval.h"
#include "services/alert/alert_group.h"
#include "services/alert/alert_note.h"
#include "services/alert/alert_tell.h"

#define BINDINGS_FIRST_CAP 256

void
alert_init(struct alert_service *a, bool demo)
{
	*a = (struct alert_service){.demo = demo, .tick.date.n = DAY_NONE};
	map_init(&a->series, ALERT_READERS_MAX);
	buf_init(&a->scratch, KV_VALUE_MAX);
	alert_tell_init(a);
}

static void
alert_forget(struct alert_service *a)
{
	alert_tell_forget(a);
	alert_points_close(&a->points);
	catalogue_free(&a->catalogue);
	a->catalogue_version = 0;
	a->tick.date.n = DAY_NONE;
	a->n_bindings = 0;
	a->n_readers = 0;
	map_reset(&a->series);
}

void
alert_fini(struct alert_service *a)
{
	alert_forget(a);
	free(a->bindings);
	free(a->readers);
	map_fini(&a->series);
	alert_points_fini(&a->points);
	alert_tell_fini(a);
	buf_fini(&a->scratch);
	*a = (struct alert_service){0};
}

static enum err
binding_add(struct alert_service *a, const struct binding *binding)
{
	if (a->n_bindings == ALERT_BINDINGS_MAX)
		return ERR_TOO_LARGE;
	if (a->n_bindings == a->n_bindings_cap) {
		uint32_t n_cap = a->n_bindings_cap == 0 ? BINDINGS_FIRST_CAP
		                                        : a->n_bindings_cap * 2;
		struct binding *list =
		    realloc(a->bindings, n_cap * sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		a->bindings = list;
		a->n_bindings_cap = n_cap;
	}
	a->bindings[a->n_bindings++] = *binding;
	return ERR_OK;
}

/* A version of a target that binds a unit. */
struct bound_unit {
	uint32_t unit;
	uint32_t version;
};

struct bound_list {
	struct bound_unit *list;
	uint32_t n;
	uint32_t n_cap;
	uint32_t *units; /* room for those of one version */
};

static enum err
bound_room(struct bound_list *b, uint32_t n)
{
	struct bound_unit *list;

	if (b->n_cap - b->n >= n)
		return ERR_OK;
	list = realloc(b->list, (b->n + n) * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	b->list = list;
	b->n_cap = b->n + n;
	return ERR_OK;
}

static int
bound_compare(const void *a, const void *b)
{
	const struct bound_unit *x = a;
	const struct bound_unit *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->version > y->version) - (x->version < y->version);
}

/* Every unit that any version of the target binds. */
static enum err
target_bound(const struct catalogue *c, const struct cat_target *t,
             struct bound_list *b)
{
	b->n = 0;
	for (uint32_t i = 0; i < t->n_versions; i++) {
		uint32_t n = target_units(c, &t->versions[i], b->units,
		                          TARGET_UNITS_MAX);
		enum err err = bound_room(b, n);

		if (err != ERR_OK)
			return err;
		for (uint32_t j = 0; j < n; j++)
			b->list[b->n++] = (struct bound_unit){b->units[j], i};
	}
	if (b->n > 1)
		qsort(b->list, b->n, sizeof(*b->list), bound_compare);
	return ERR_OK;
}

static enum err
target_bind(struct alert_service *a, uint32_t target, struct bound_list *b)
{
	const struct cat_target *t = &a->catalogue->targets[target];
	uint32_t definition = t->versions[t->n_versions - 1].definition;
	enum err err = target_bound(a->catalogue, t, b);

	for (uint32_t i = 0; i < b->n && err == ERR_OK; i++) {
		uint64_t version = UINT64_C(1) << b->list[i].version;
		struct binding binding = {
		    .target = target,
		    .unit = b->list[i].unit,
		    .family = a->catalogue->definitions[definition].family,
		    .unbound = UINT64_MAX & ~version};

		if (i > 0 && b->list[i].unit == b->list[i - 1].unit)
			a->bindings[a->n_bindings - 1].unbound &= ~version;
		else
			err = binding_add(a, &binding);
	}
	return err;
}

static enum err
reader_add(struct alert_service *a, uint32_t binding, uint32_t family,
           uint32_t unit)
{
	uint32_t key[2] = {family, unit};
	uint32_t last = map_get(&a->series, span_of(key, sizeof(key)));

	if (last != MAP_NONE && a->readers[last].binding == binding)
		return ERR_OK;
	if (a->n_readers == a->n_readers_cap) {
		uint32_t n_cap = a->n_readers_cap == 0 ? BINDINGS_FIRST_CAP
		                                       : a->n_readers_cap * 2;
		struct reader *list =
		    realloc(a->readers, n_cap * sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		a->readers = list;
		a->n_readers_cap = n_cap;
	}
	a->readers[a->n_readers] =
	    (struct reader){binding, last == MAP_NONE ? 0 : last + 1};
	return map_put(&a->series, span_of(key, sizeof(key)), a->n_readers++);
}

/* What versions of kind relative are measured by. */
static enum err
references_index(struct alert_service *a, uint32_t binding)
{
	const struct binding *b = &a->bindings[binding];
	const struct cat_target *t = &a->catalogue->targets[b->target];
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < t->n_versions && err == ERR_OK; i++) {
		struct cat_reference r;

		if (b->unbound & UINT64_C(1) << i ||
		    !target_reference(&t->versions[i], b->unit, &r))
			continue;
		err = reader_add(a, binding,
		                 a->catalogue->definitions[r.definition].family,
		                 r.unit);
	}
	return err;
}

/* Chains the bindings that read one series. */
static enum err
readers_index(struct alert_service *a)
{
	enum err err = ERR_OK;

	map_reset(&a->series);
	a->n_readers = 0;
	for (uint32_t i = 0; i < a->n_bindings && err == ERR_OK; i++) {
		const struct binding *b = &a->bindings[i];

		err = reader_add(a, i, b->family, b->unit);
		if (err == ERR_OK)
			err = references_index(a, i);
	}
	return err;
}

static enum err
bindings_make(struct alert_service *a)
{
	struct bound_list b = {.n = 0};
	enum err err;

	b.units = malloc(TARGET_UNITS_MAX * sizeof(*b.units));
	err = b.units == NULL ? ERR_NOMEM : ERR_OK;
	a->n_bindings = 0;
	for (uint32_t t = 0; t < a->catalogue->n_targets && err == ERR_OK;
	     t++) {
		if (a->catalogue->targets[t].declared)
			err = target_bind(a, t, &b);
	}
	free(b.list);
	free(b.units);
	return err == ERR_OK ? readers_index(a) : err;
}

static enum err
catalogue_take(struct alert_service *a, struct span record)
{
	enum err err;

	alert_points_close(&a->points);
	err = catalogue_record_build(record, &a->catalogue,
	                             &a->catalogue_version);
	if (err == ERR_OK)
		err = alert_points_open(&a->points, a->catalogue);
	return err == ERR_OK ? bindings_make(a) : err;
}

static enum err
load_record(struct kv *state, enum alert_table table, struct span *value)
{
	struct alert_key key = alert_key_single(table);
	enum err err = kv_get(state, alert_key_span(&key), value);

	if (err == ERR_NOT_FOUND) {
		*value = span_of(NULL, 0);
		return ERR_OK;
	}
	return err;
}

static enum err
alert_load(void *self, struct kv *state, struct kv *journal,
           const struct commit *head)
{
	struct alert_service *a = self;
	struct span value;
	enum err err = load_record(state, ALERT_TABLE_CATALOGUE, &value);

	(void)journal;
	(void)head;
	alert_forget(a);
	if (err == ERR_OK && value.len > 0)
		err = catalogue_take(a, value);
	if (err == ERR_OK)
		err = load_record(state, ALERT_TABLE_TICK, &value);
	if (err == ERR_OK && value.len > 0 &&
	    tick_read(value, &a->tick) != ERR_OK)
		err = ERR_CORRUPT;
	if (err != ERR_OK)
		alert_forget(a);
	return err;
}

static void
alert_drop(void *self)
{
	alert_forget(self);
}

static void
all_dirty(struct alert_service *a)
{
	for (uint32_t i = 0; i < a->n_bindings; i++)
		a->bindings[i].dirty = true;
}

/* Marks who reads a series; false: nobody does. */
static bool
series_dirty(struct alert_service *a, uint32_t definition, uint32_t unit)
{
	uint32_t key[2] = {a->catalogue->definitions[definition].family, unit};
	uint32_t at = map_get(&a->series, span_of(key, sizeof(key)));

	if (at == MAP_NONE)
		return false;
	for (uint32_t next = at + 1; next != 0;
	     next = a->readers[next - 1].next)
		a->bindings[a->readers[next - 1].binding].dirty = true;
	return true;
}

/* Numbers that the catalogue doesn't have are damage, not somebody's series. */
static bool
figure_known(const struct catalogue *c, const struct figure *f)
{
	return c != NULL && f->definition < c->n_definitions &&
	       f->unit < c->n_units && f->source < c->n_sources &&
	       (f->document < c->n_documents || f->document == NUMBER_NONE);
}

static bool
rollup_known(const struct catalogue *c, const struct rollup *r)
{
	return c != NULL && r->definition < c->n_definitions &&
	       r->unit < c->n_units && r->map < c->n_maps;
}

static enum err
step_figures(struct alert_service *a, struct kv *state, struct span record)
{
	struct figures_reader reader;
	struct figure row;

	if (figures_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0) {
		if (figures_next(&reader, &row) != ERR_OK ||
		    !figure_known(a->catalogue, &row))
			return ERR_CORRUPT;
		if (series_dirty(a, row.definition, row.unit))
			alert_figure_put(state, &row, &a->scratch);
	}
	return ERR_OK;
}

static enum err
step_rollups(struct alert_service *a, struct kv *state, struct span record)
{
	struct rollups_reader reader;
	struct rollup row;

	if (rollups_open(record, &reader) != ERR_OK)
		return ERR_CORRUPT;
	while (reader.left > 0) {
		if (rollups_next(&reader, &row) != ERR_OK ||
		    !rollup_known(a->catalogue, &row))
			return ERR_CORRUPT;
		if (series_dirty(a, row.definition, row.unit))
			alert_rollup_put(state, &row, &a->scratch);
	}
	return ERR_OK;
}

static void
state_put(struct kv *state, enum alert_table table, struct span record)
{
	struct alert_key key = alert_key_single(table);

	kv_put(state, alert_key_span(&key), record);
}

/* The series that the new targets read follow in the same commit. */
static enum err
step_catalogue(struct alert_service *a, struct kv *state, struct span record)
{
	enum err err = catalogue_take(a, record);

	if (err == ERR_OK)
		err = alert_table_clear(state, ALERT_TABLE_FIGURES);
	if (err == ERR_OK)
		err = alert_table_clear(state, ALERT_TABLE_ROLLUPS);
	if (err != ERR_OK)
		return err;
	state_put(state, ALERT_TABLE_CATALOGUE, record);
	all_dirty(a);
	a->telling.relook = true;
	return ERR_OK;
}

static enum err
step_tick(struct alert_service *a, struct kv *state, struct span record)
{
	if (tick_read(record, &a->tick) != ERR_OK)
		return ERR_CORRUPT;
	state_put(state, ALERT_TABLE_TICK, record);
	all_dirty(a);
	return ERR_OK;
}

static enum err
step_completion(struct alert_service *a, struct kv *state, struct span record)
{
	const struct catalogue *c = a->catalogue;
	struct completion done;

	if (completion_read(record, &done) != ERR_OK || c == NULL ||
	    done.definition >= c->n_definitions || done.unit >= c->n_units)
		return ERR_CORRUPT;
	alert_completion_put(state, &done);
	(void)series_dirty(a, done.definition, done.unit);
	return ERR_OK;
}

static enum err
step_note(struct alert_service *a, struct kv *state, struct span record,
          struct alert_note *at)
{
	const struct catalogue *c = a->catalogue;

	if (note_read(record, &at->note) != ERR_OK || c == NULL ||
	    at->note.target >= c->n_targets || at->note.unit >= c->n_units)
		return ERR_CORRUPT;
	alert_note_put(state, at, record);
	return ERR_OK;
}

static enum err
step_record(struct alert_service *a, struct kv *state, struct span record,
            struct alert_note *at)
{
	switch ((int)record_type(record)) {
	case RECORD_CATALOGUE: return step_catalogue(a, state, record);
	case RECORD_TICK: return step_tick(a, state, record);
	case RECORD_FIGURES: return step_figures(a, state, record);
	case RECORD_ROLLUPS: return step_rollups(a, state, record);
	case RECORD_COMPLETION: return step_completion(a, state, record);
	case RECORD_NOTE: return step_note(a, state, record, at);
	case RECORD_PROGRAMME: return alert_tell_programme(a, state, record);
	case RECORD_RECEIPT:
	case RECORD_DIGEST: return ERR_OK;
	default: return ERR_CORRUPT;
	}
}

static enum err
step_records(struct alert_service *a, struct kv *state,
             const struct turn_input *in, bool *catalogue_changed)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < in->n_items && err == ERR_OK; i++) {
		struct alert_note at = {.commit = in->number,
		                        .place = (uint32_t)i};

		err = step_record(a, state, in->items[i], &at);
		*catalogue_changed =
		    *catalogue_changed ||
		    record_type(in->items[i]) == RECORD_CATALOGUE;
	}
	return err;
}

static enum err
alert_step_commit(void *self, struct kv *state, const struct turn_input *in,
                  struct turn_output *out)
{
	struct alert_service *a = self;
	bool catalogue_changed = false;
	enum err err;

	alert_tell_begin(a, in);
	err = step_records(a, state, in, &catalogue_changed);
	if (err == ERR_OK && catalogue_changed)
		err = alert_unbound_end(a, state, out);
	if (err == ERR_OK && catalogue_changed)
		err = alert_groups_move(a, state);
	if (err == ERR_OK)
		err = alert_tell_release(a, state);
	for (uint32_t i = 0; i < a->n_bindings && err == ERR_OK; i++) {
		if (!a->bindings[i].dirty)
			continue;
		a->bindings[i].dirty = false;
		err = alert_evaluate(a, state, &a->bindings[i], out);
	}
	if (err == ERR_OK)
		err = alert_groups_end(a, state, out);
	return err == ERR_OK ? alert_tell_end(a, state) : err;
}

const struct turn_ops alert_turn_ops = {
    .load = alert_load,
    .step = alert_step_commit,
    .drop = alert_drop,
};

/* The place of a target and unit, or where it would stand. */
static uint32_t
binding_place(const struct alert_service *a, uint32_t target, uint32_t unit)
{
	uint32_t low = 0;
	uint32_t high = a->n_bindings;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct binding *b = &a->bindings[middle];

		if (b->target < target ||
		    (b->target == target && b->unit < unit))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct binding *
alert_binding(const struct alert_service *a, uint32_t target, uint32_t unit)
{
	uint32_t i = binding_place(a, target, unit);

	return i < a->n_bindings && a->bindings[i].target == target &&
	               a->bindings[i].unit == unit
	           ? &a->bindings[i]
	           : NULL;
}

void
alert_bindings_of(const struct alert_service *a, uint32_t target,
                  uint32_t *from, uint32_t *to)
{
	uint32_t i = binding_place(a, target, 0);

	*from = i;
	while (i < a->n_bindings && a->bindings[i].target == target)
		i++;
	*to = i;
}
