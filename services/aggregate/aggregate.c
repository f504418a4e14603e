#include "services/aggregate/aggregate.h"

#include "common/domain/catalogue_record.h"

void
aggregate_init(struct aggregate *a)
{
	*a = (struct aggregate){.tick.date.n = DAY_NONE};
	fold_init(&a->fold);
}

static void
aggregate_forget(struct aggregate *a)
{
	place_fini(&a->place);
	catalogue_free(&a->catalogue);
	a->catalogue_version = 0;
	a->digest = (struct digest){0};
	a->tick.date.n = DAY_NONE;
}

void
aggregate_fini(struct aggregate *a)
{
	aggregate_forget(a);
	fold_fini(&a->fold);
}

/* Makes the catalogue of a record the one in memory. */
static enum err
catalogue_take(struct aggregate *a, struct span record)
{
	enum err err = catalogue_record_build(record, &a->catalogue,
	                                      &a->catalogue_version);

	place_fini(&a->place);
	return err == ERR_OK ? place_init(&a->place, a->catalogue) : err;
}

static enum err
load_record(struct kv *state, enum agg_table table, struct span *value)
{
	struct agg_key key = agg_key_single(table);
	enum err err = kv_get(state, agg_key_span(&key), value);

	if (err == ERR_NOT_FOUND) {
		*value = span_of(NULL, 0);
		return ERR_OK;
	}
	return err;
}

static enum err
aggregate_load(void *self, struct kv *state, struct kv *journal,
               const struct commit *head)
{
	struct aggregate *a = self;
	struct span value;
	enum err err = load_record(state, AGG_CATALOGUE, &value);

	(void)journal;
	(void)head;
	aggregate_forget(a);
	if (err == ERR_OK && value.len > 0)
		err = catalogue_take(a, value);
	if (err == ERR_OK)
		err = load_record(state, AGG_TICK, &value);
	if (err == ERR_OK && value.len > 0 &&
	    tick_read(value, &a->tick) != ERR_OK)
		err = ERR_CORRUPT;
	if (err == ERR_OK)
		err = load_record(state, AGG_DIGEST, &value);
	if (err == ERR_OK && value.len > 0 &&
	    digest_read(value, &a->digest) != ERR_OK)
		err = ERR_CORRUPT;
	if (err != ERR_OK)
		aggregate_forget(a);
	return err;
}

static void
aggregate_drop(void *self)
{
	aggregate_forget(self);
}

static void
state_put(struct kv *state, enum agg_table table, struct span record)
{
	struct agg_key key = agg_key_single(table);

	kv_put(state, agg_key_span(&key), record);
}

static enum err
step_catalogue(struct aggregate *a, struct kv *state, struct span record,
               struct turn_output *out)
{
	uint64_t place_before =
	    a->catalogue == NULL ? 0 : a->catalogue->place_hash;
	enum err err;

	/* K4: an apply is a commit; rows before it would be of two minds */
	if (a->fold.n_rows > 0)
		return ERR_CORRUPT;
	err = catalogue_take(a, record);
	if (err != ERR_OK)
		return err;
	state_put(state, AGG_CATALOGUE, record);
	record_list_add(&out->records, record);
	if (a->digest.n_figures > 0 && a->catalogue->place_hash != place_before)
		err = aggregate_refold(a, state);
	if (err == ERR_OK)
		err = aggregate_emit_targets(a, state, &out->records);
	return err;
}

static enum err
step_tick(struct aggregate *a, struct kv *state, struct span record,
          struct turn_output *out)
{
	if (tick_read(record, &a->tick) != ERR_OK)
		return ERR_CORRUPT;
	state_put(state, AGG_TICK, record);
	record_list_add(&out->records, record);
	return ERR_OK;
}

static enum err
step_record(struct aggregate *a, struct kv *state, const struct turn_input *in,
            struct span record, struct turn_output *out)
{
	switch ((int)record_type(record)) {
	case RECORD_BLOCK:
		if (a->catalogue == NULL)
			return ERR_CORRUPT;
		return fold_block(&a->fold, record, in->number);
	case RECORD_CATALOGUE: return step_catalogue(a, state, record, out);
	case RECORD_TICK: return step_tick(a, state, record, out);
	case RECORD_CLOCK: return ERR_OK;
	case RECORD_COMPLETION:
	case RECORD_NOTE:
	case RECORD_PROGRAMME:
		record_list_add(&out->records, record);
		return ERR_OK;
	default: return ERR_CORRUPT;
	}
}

static void
emit_digest(struct aggregate *a, struct kv *state, struct turn_output *out)
{
	struct buf *bytes = &out->records.bytes;
	size_t at = bytes->len;

	digest_write(bytes, &a->digest);
	if (buf_err(bytes) != ERR_OK)
		return;
	state_put(state, AGG_DIGEST, span_of(bytes->ptr + at, bytes->len - at));
	record_list_close_record(&out->records);
}

static enum err
aggregate_step(void *self, struct kv *state, const struct turn_input *in,
               struct turn_output *out)
{
	struct aggregate *a = self;
	enum err err = ERR_OK;

	fold_begin(&a->fold, &a->place);
	for (size_t i = 0; i < in->n_items && err == ERR_OK; i++)
		err = step_record(a, state, in, in->items[i], out);
	if (err == ERR_OK && a->fold.n_rows > 0)
		err = fold_finish(&a->fold, state, in->number, &a->digest,
		                  &out->records);
	if (err != ERR_OK)
		return err;
	a->rows_folded += a->fold.n_rows;
	if (out->records.n > 0)
		emit_digest(a, state, out);
	return kv_err(state);
}

const struct turn_ops aggregate_turn_ops = {
    .load = aggregate_load,
    .step = aggregate_step,
    .drop = aggregate_drop,
};
