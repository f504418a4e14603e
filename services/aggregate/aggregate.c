#include "services/aggregate/aggregate.h"

#include "common/domain/catalogue_record.h"
#include "services/aggregate/agg_coverage.h"

void
aggregate_init(struct aggregate *a)
{
	*a = (struct aggregate){.tick.date.n = DAY_NONE,
	                        .slice_rows = REFOLD_SLICE_ROWS,
	                        .slice_looks = BENEATH_LOOKS};
	fold_init(&a->fold);
}

static void
next_forget(struct agg_next *next)
{
	place_fini(&next->place);
	catalogue_free(&next->catalogue);
	*next = (struct agg_next){.commit = 0};
}

static void
aggregate_forget(struct aggregate *a)
{
	beneath_free(&a->beneath);
	place_fini(&a->then.place);
	catalogue_free(&a->then.catalogue);
	a->then.version = 0;
	place_fini(&a->place);
	catalogue_free(&a->catalogue);
	next_forget(&a->next);
	a->catalogue_version = 0;
	a->digest = (struct digest){0};
	a->tick.date.n = DAY_NONE;
	a->generations = (struct agg_generations){.waste_figures = false};
	a->folded_again = 0;
	a->job = (struct agg_job){.commit = 0};
}

void
aggregate_fini(struct aggregate *a)
{
	aggregate_forget(a);
	fold_fini(&a->fold);
}

/* Makes the catalogue of a record the next one; kept from turn to turn. */
static enum err
next_take(struct agg_next *next, uint64_t commit, struct span record)
{
	enum err err;

	if (next->commit == commit)
		return ERR_OK;
	next_forget(next);
	err = catalogue_record_build(record, &next->catalogue, &next->version);
	if (err == ERR_OK)
		err = place_init(&next->place, next->catalogue);
	if (err == ERR_OK)
		next->commit = commit;
	return err;
}

/* The next one is in force from now on. */
static void
next_switch(struct aggregate *a)
{
	if (a->catalogue == NULL ||
	    a->catalogue->place_hash != a->next.catalogue->place_hash)
		a->folded_again = a->next.commit;
	beneath_free(&a->beneath);
	place_fini(&a->place);
	catalogue_free(&a->catalogue);
	a->catalogue = a->next.catalogue;
	a->catalogue_version = a->next.version;
	a->place = a->next.place;
	a->next = (struct agg_next){.commit = 0};
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
load_catalogue(struct aggregate *a, struct kv *state)
{
	struct span value = span_of(NULL, 0);
	struct agg_key key;
	struct cursor c;
	uint64_t commit;
	enum err err = load_record(state, AGG_CATALOGUE, &value);

	if (err != ERR_OK || value.len == 0)
		return err;
	c = cursor_of(value);
	commit = cursor_be64(&c);
	key = agg_key_catalogue(commit);
	if (c.err != ERR_OK || commit == 0 ||
	    kv_get(state, agg_key_span(&key), &value) != ERR_OK)
		return ERR_CORRUPT;
	err = next_take(&a->next, commit, value);
	if (err == ERR_OK)
		next_switch(a);
	return err;
}

static enum err
aggregate_load(void *self, struct kv *state, struct kv *journal,
               const struct commit *head)
{
	struct aggregate *a = self;
	struct span value;
	enum err err;

	(void)journal;
	(void)head;
	aggregate_forget(a);
	err = load_catalogue(a, state);
	if (err == ERR_OK)
		err = agg_generations_load(state, &a->generations);
	if (err == ERR_OK)
		err = agg_job_load(state, &a->job);
	if (err == ERR_OK)
		err = agg_tick_at(state, UINT64_MAX, &a->tick);
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

/* Some figure was asserted once, be it withdrawn since. */
static enum err
figures_known(struct kv *state, bool *known)
{
	struct period first;
	enum err err = agg_period_next(state, (struct period){0}, &first);

	if (err == ERR_OK)
		*known = first.code != 0;
	return err;
}

static void
catalogue_put(struct kv *state, uint64_t commit, struct span record)
{
	struct agg_key key = agg_key_catalogue(commit);
	struct buf number;

	kv_put(state, agg_key_span(&key), record);
	buf_init(&number, sizeof(commit));
	buf_put_be64(&number, commit);
	if (buf_err(&number) != ERR_OK)
		state->err = buf_err(&number);
	else
		state_put(state, AGG_CATALOGUE, buf_span(&number));
	buf_fini(&number);
}

/* Does what is known have to be folded again? */
static enum err
refold_needed(const struct aggregate *a, struct kv *state, bool *needed)
{
	*needed = false;
	if (a->catalogue == NULL ||
	    a->catalogue->place_hash == a->next.catalogue->place_hash)
		return ERR_OK;
	return figures_known(state, needed);
}

static enum err
step_catalogue(struct aggregate *a, struct kv *state, uint64_t number,
               struct span record, struct turn_output *out)
{
	bool needed, done;
	enum err err;

	/* K4: an apply is a commit; rows before it would be of two minds */
	if (a->fold.n_rows > 0)
		return ERR_CORRUPT;
	err = next_take(&a->next, number, record);
	if (err == ERR_OK)
		err = refold_needed(a, state, &needed);
	if (err == ERR_OK && needed) {
		err = aggregate_refold(a, state, &done);
		out->more = err == ERR_OK && !done;
	}
	if (err != ERR_OK || out->more)
		return err;
	if (needed)
		aggregate_switch(a, state);
	next_switch(a);
	catalogue_put(state, number, record);
	record_list_add(&out->records, record);
	return aggregate_emit_targets(a, state, &out->records);
}

static enum err
take_completion(struct kv *state, uint64_t number, struct span record)
{
	struct completion completion;

	if (completion_read(record, &completion) != ERR_OK)
		return ERR_CORRUPT;
	return agg_complete(state, &completion, number);
}

static enum err
take_tick(struct aggregate *a, struct kv *state, uint64_t number,
          struct span record)
{
	struct agg_key key = agg_key_tick(number);

	if (tick_read(record, &a->tick) != ERR_OK)
		return ERR_CORRUPT;
	kv_put(state, agg_key_span(&key), record);
	return ERR_OK;
}

/* What queries read at once is taken when the commit is whole: a catalogue behind it
 * may need more turns (K1). */
static enum err
take_known(struct aggregate *a, struct kv *state, const struct turn_input *in)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < in->n_items && err == ERR_OK; i++) {
		enum record_type type = record_type(in->items[i]);

		if (type == RECORD_TICK)
			err = take_tick(a, state, in->number, in->items[i]);
		else if (type == RECORD_COMPLETION)
			err = take_completion(state, in->number, in->items[i]);
	}
	return err;
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
	case RECORD_CATALOGUE:
		return step_catalogue(a, state, in->number, record, out);
	case RECORD_CLOCK: return ERR_OK;
	case RECORD_TICK:
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

	fold_begin(&a->fold, &a->place, a->generations.used);
	for (size_t i = 0; i < in->n_items && err == ERR_OK && !out->more; i++)
		err = step_record(a, state, in, in->items[i], out);
	if (out->more) {
		/* what was copied so far is copied again in the last turn */
		record_list_reset(&out->records);
		return err;
	}
	if (err == ERR_OK)
		err = take_known(a, state, in);
	if (err == ERR_OK && a->fold.n_rows > 0)
		err = fold_finish(&a->fold, state, in->number, &a->digest,
		                  &out->records);
	if (err != ERR_OK)
		return err;
	a->rows_folded += a->fold.n_rows;
	err = aggregate_waste(a, state);
	if (err != ERR_OK)
		return err;
	if (out->records.n > 0)
		emit_digest(a, state, out);
	return kv_err(state);
}

const struct turn_ops aggregate_turn_ops = {
    .load = aggregate_load,
    .step = aggregate_step,
    .drop = aggregate_drop,
};
