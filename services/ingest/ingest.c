#include "services/ingest/ingest.h"

#include <stdlib.h>

#include "common/domain/catalogue_record.h"
#include "services/ingest/ingest_parts.h"

enum err
ingest_init(struct ingest *ingest)
{
	*ingest = (struct ingest){.tick.date.n = DAY_NONE};
	fit_init(&ingest->fit);
	known_init(&ingest->known);
	wire_writer_init(&ingest->errors, WIRE_MESSAGE_MAX);
	buf_init(&ingest->reply, WIRE_MESSAGE_MAX);
	buf_init(&ingest->scratch, KV_VALUE_MAX);
	buf_init(&ingest->field, WIRE_TEXT_MAX);
	return admission_init(&ingest->admission);
}

static void
ingest_forget(struct ingest *ingest)
{
	catalogue_free(&ingest->catalogue);
	ingest->catalogue_version = 0;
	ingest->catalogue_commit = 0;
	ingest->packed_hash = 0;
	ingest->tick.date.n = DAY_NONE;
	ingest->clock.met = false;
	ingest->clock_kept = false;
	used_fini(&ingest->used);
	largest_fini(&ingest->largest);
	latest_fini(&ingest->latest);
	known_fini(&ingest->known);
	fit_forget(&ingest->fit);
	stages_fini(ingest);
}

void
ingest_fini(struct ingest *ingest)
{
	ingest_forget(ingest);
	admission_fini(&ingest->admission);
	sources_fini(&ingest->sources);
	free(ingest->figures);
	free(ingest->refused);
	free(ingest->dictionary);
	wire_writer_fini(&ingest->errors);
	buf_fini(&ingest->reply);
	buf_fini(&ingest->scratch);
	buf_fini(&ingest->field);
	*ingest = (struct ingest){.catalogue = NULL};
}

static enum err
load_record(struct kv *state, enum ingest_table table, struct span *value)
{
	struct ingest_key key = ingest_key_single(table);
	enum err err = kv_get(state, ingest_key_span(&key), value);

	if (err == ERR_NOT_FOUND) {
		*value = span_of(NULL, 0);
		return ERR_OK;
	}
	return err;
}

static enum err
load_catalogue(struct ingest *ingest, struct span record)
{
	struct span packed;
	uint64_t version;
	enum err err = catalogue_record_read(record, &version, &packed);

	if (err == ERR_OK)
		ingest->packed_hash = hash_bytes(packed, 0);
	if (err == ERR_OK)
		err = catalogue_record_build(record, &ingest->catalogue,
		                             &ingest->catalogue_version);
	if (err == ERR_OK)
		err = used_resize(&ingest->used, ingest->catalogue);
	if (err == ERR_OK)
		err = largest_resize(&ingest->largest, ingest->catalogue);
	if (err == ERR_OK)
		err = latest_resize(&ingest->latest, ingest->catalogue);
	if (err == ERR_OK)
		err = fit_catalogue(&ingest->fit, ingest->catalogue);
	return err;
}

/* The commit that holds the catalogue. */
static enum err
load_version(struct ingest *ingest, struct kv *state)
{
	struct span value;
	struct cursor c;
	enum err err = load_record(state, INGEST_VERSION, &value);

	if (err != ERR_OK || value.len == 0)
		return err;
	c = cursor_of(value);
	ingest->catalogue_commit = cursor_uvarint(&c);
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

/* The clock as it was believed last: often that of the head. */
static enum err
load_clock(struct ingest *ingest, struct kv *state)
{
	struct span value;
	struct cursor c;
	enum err err = load_record(state, INGEST_WALL, &value);

	if (ingest->head > 0)
		ingest_clock_believe(&ingest->clock, ingest->time_ms);
	if (err != ERR_OK || value.len == 0)
		return err;
	c = cursor_of(value);
	ingest_clock_believe(&ingest->clock, cursor_svarint(&c));
	ingest->clock_kept = true;
	return c.err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

static enum err
ingest_load(void *self, struct kv *state, struct kv *journal,
            const struct commit *head)
{
	struct ingest *ingest = self;
	struct span value;
	enum err err = journal_identity(state, 0, &ingest->id);

	(void)journal;
	ingest_forget(ingest);
	ingest->head = head->number;
	ingest->time_ms = head->time_ms;
	if (err == ERR_OK)
		err = load_record(state, INGEST_CATALOGUE, &value);
	if (err == ERR_OK && value.len > 0)
		err = load_catalogue(ingest, value);
	if (err == ERR_OK)
		err = load_version(ingest, state);
	if (err == ERR_OK)
		err = load_record(state, INGEST_TICK, &value);
	if (err == ERR_OK && value.len > 0)
		err = tick_read(value, &ingest->tick);
	if (err == ERR_OK)
		err = used_load(&ingest->used, state);
	if (err == ERR_OK)
		err = largest_load(&ingest->largest, state);
	if (err == ERR_OK)
		err = latest_load(&ingest->latest, state);
	if (err == ERR_OK)
		err = known_load(&ingest->known, state);
	if (err == ERR_OK)
		err = load_clock(ingest, state);
	if (err == ERR_OK)
		err = backfills_load(&ingest->backfills, state);
	if (err == ERR_OK && ingest->catalogue != NULL)
		err = sources_resize(&ingest->sources, ingest->catalogue,
		                     ingest->tick.date);
	if (err == ERR_OK)
		err = sources_load(&ingest->sources, state);
	if (err != ERR_OK)
		ingest_forget(ingest);
	return err;
}

static void
ingest_drop(void *self)
{
	ingest_forget(self);
}

uint64_t
request_commit(const struct request *r)
{
	return r->out->number;
}

void
reply_send(struct ingest *ingest, const struct request *r,
           const struct wire_message *m)
{
	enum err err;

	buf_reset(&ingest->reply);
	err = wire_encode(m, &ingest->reply);
	if (err == ERR_OK)
		turn_reply(r->out, r->peer, buf_span(&ingest->reply));
	else if (r->out->replies.err == ERR_OK)
		r->out->replies.err = err; /* taken and not told: never */
}

void
reply_nack(struct ingest *ingest, const struct request *r,
           const struct fault *fault, uint64_t retry_ms)
{
	struct wire_message m = {.type = WIRE_NACK, .id = r->m.id};

	m.as.nack.sequence = r->m.as.batch.sequence;
	m.as.nack.code = span_str(err_name(fault->code));
	m.as.nack.text = span_str(err_text(fault->code));
	m.as.nack.retry_ms = retry_ms;
	if (fault->field != NULL)
		m.as.nack.field = span_str(fault->field);
	ingest->counts.batches_refused++;
	reply_send(ingest, r, &m);
}

void
reply_error(struct ingest *ingest, const struct request *r,
            const struct fault *fault)
{
	struct wire_message m = wire_error_of(r->m.id, fault);

	reply_send(ingest, r, &m);
}

void
reply_ack(struct ingest *ingest, const struct request *r,
          const struct wire_ack *ack)
{
	struct wire_message m = {
	    .type = WIRE_ACK, .id = r->m.id, .as.ack = *ack};

	m.as.ack.sequence = r->m.as.batch.sequence;
	m.as.ack.credit = INGEST_CREDIT;
	reply_send(ingest, r, &m);
}

/* Of an epoch that is fenced nothing is answered for any more. Of a file there may
 * be more than the window; it keeps the rest. */
static void
answers_forget(struct kv *state, struct span name, const struct producer *p)
{
	uint64_t n =
	    p->last_sequence < INGEST_WINDOW ? p->last_sequence : INGEST_WINDOW;

	for (uint64_t i = 0; i < n; i++)
		answer_del(state, name, p->epoch, p->last_sequence - i);
}

/*
 * Who speaks. A producer that names the epoch it was given goes on with it; one
 * that names none gets the next, which fences the older. Epoch 1 may be named by
 * a producer never seen: so a file, whose name is its content, is the same
 * producer however often it is sent.
 */
static enum err
hello_take(struct ingest *ingest, struct request *r)
{
	const struct wire_hello *hello = &r->m.as.hello;
	struct wire_message m = {.type = WIRE_READY, .id = r->m.id};
	struct fault fault = {.code = ERR_FENCED, .field = "epoch"};
	struct producer producer;
	enum err err = producer_get(r->state, hello->producer, &producer);

	if (err != ERR_OK)
		return err;
	if (hello->epoch != 0 && hello->epoch != producer.epoch &&
	    !(producer.epoch == 0 && hello->epoch == 1)) {
		reply_error(ingest, r, &fault);
		return ERR_OK;
	}
	if (hello->epoch == 0 || producer.epoch == 0) {
		err = backfills_end(&ingest->backfills, r->state,
		                    hello->producer);
		if (err != ERR_OK)
			return err;
		strict_forget(ingest, hello->producer);
		answers_forget(r->state, hello->producer, &producer);
		producer.epoch++;
		producer.last_sequence = 0;
		producer_put(r->state, hello->producer, &producer);
	}
	m.as.ready.epoch = producer.epoch;
	m.as.ready.last_sequence = producer.last_sequence;
	m.as.ready.credit = INGEST_CREDIT;
	m.as.ready.max_rows = WIRE_ROWS_MAX;
	m.as.ready.max_bytes = WIRE_MESSAGE_MAX;
	m.as.ready.log = ingest->id.log;
	m.as.ready.generation = ingest->id.generation;
	m.as.ready.commit = ingest->head;
	reply_send(ingest, r, &m);
	return ERR_OK;
}

/* *taken false: it belongs to the next turn. */
static enum err
message_take(struct ingest *ingest, struct request *r, bool *taken)
{
	struct fault fault = {.code = ERR_UNKNOWN_TYPE, .field = "type"};
	enum err err = wire_decode(r->frame, &r->m, &fault);

	if (err != ERR_OK) {
		r->m.id = wire_peek_id(r->frame);
		reply_error(ingest, r, &fault);
		return ERR_OK;
	}
	*taken = extent_take(&ingest->extent, &r->m);
	if (!*taken)
		return ERR_OK;
	switch ((int)r->m.type) {
	case WIRE_HELLO: return hello_take(ingest, r);
	case WIRE_BATCH:
		err = batch_take(ingest, r);
		*taken = !r->later;
		return err;
	case WIRE_APPLY: return apply_take(ingest, r);
	case WIRE_DECLARE: return declare_take(ingest, r);
	default: break;
	}
	fault = (struct fault){.code = ERR_UNKNOWN_TYPE, .field = "type"};
	reply_error(ingest, r, &fault);
	return ERR_OK;
}

enum err
sources_owing(struct ingest *ingest, struct kv *state, int64_t now_ms)
{
	enum err err = sources_resize(&ingest->sources, ingest->catalogue,
	                              ingest->tick.date);

	if (err == ERR_OK)
		sources_owe(&ingest->sources, state, now_ms);
	return err;
}

/* K3: a date has begun. Only forward: the journal's dates never go back. Backfills
 * under way end with it (L3). */
static enum err
tick_take(struct ingest *ingest, struct kv *state, struct turn_output *out)
{
	struct ingest_key key = ingest_key_single(INGEST_TICK);
	struct tick tick = {.date = day_of_ms(out->time_ms)};
	enum err err = ERR_OK;

	if (tick.date.n <= ingest->tick.date.n)
		return ERR_OK;
	ingest->tick = tick;
	ingest->extent = EXTENT_TICK;
	buf_reset(&ingest->scratch);
	tick_write(&ingest->scratch, tick);
	record_list_add(&out->records, buf_span(&ingest->scratch));
	kv_put(state, ingest_key_span(&key), buf_span(&ingest->scratch));
	if (ingest->catalogue != NULL)
		err = sources_owing(ingest, state, out->time_ms);
	return err == ERR_OK ? backfills_end_all(&ingest->backfills, state)
	                     : err;
}

/* What a commit says of the clock, for the next start. */
static void
clock_keep(struct ingest *ingest, struct kv *state)
{
	struct ingest_key key = ingest_key_single(INGEST_WALL);
	bool keep = ingest->clock.ref_ms != ingest->time_ms;

	buf_reset(&ingest->scratch);
	buf_put_svarint(&ingest->scratch, ingest->clock.ref_ms);
	if (keep)
		kv_put(state, ingest_key_span(&key),
		       buf_span(&ingest->scratch));
	else if (ingest->clock_kept)
		kv_del(state, ingest_key_span(&key));
	ingest->clock_kept = keep;
}

/* K3: the time and the flags of what comes, and the tick before it. */
static enum err
turn_begin(struct ingest *ingest, struct kv *state, const struct turn_input *in,
           struct turn_output *out)
{
	bool fine =
	    ingest_clock_judge(&ingest->clock, in->time_ms) == CLOCK_FINE;

	ingest->extent = EXTENT_NOTHING;
	fit_begin(&ingest->fit);
	backfills_begin(&ingest->backfills);
	sources_begin(&ingest->sources);
	if (!fine || in->time_ms <= ingest->time_ms)
		out->time_ms = ingest->time_ms + 1;
	if (fine)
		return tick_take(ingest, state, out);
	out->flags |= COMMIT_FLAG_CLOCK_SUSPECT;
	return ERR_OK;
}

static void
turn_end(struct ingest *ingest, struct kv *state, const struct turn_input *in,
         struct turn_output *out)
{
	out->even_empty = backfills_over(&ingest->backfills);
	if (out->even_empty)
		out->flags |= COMMIT_FLAG_BACKFILL_END;
	if (ingest->extent == EXTENT_BACKFILL)
		out->flags |= COMMIT_FLAG_BACKFILL;
	if (out->records.n == 0 && !out->even_empty)
		return;
	sources_commit(&ingest->sources, state, out->time_ms);
	ingest->head = out->number;
	ingest->time_ms = out->time_ms;
	if (!ingest->clock.met)
		ingest_clock_believe(&ingest->clock, in->time_ms);
	ingest_clock_look(&ingest->clock, in->time_ms);
	clock_keep(ingest, state);
}

static enum err
ingest_step(void *self, struct kv *state, const struct turn_input *in,
            struct turn_output *out)
{
	struct ingest *ingest = self;
	enum err err = turn_begin(ingest, state, in, out);

	for (size_t i = 0; i < in->n_items && err == ERR_OK; i++) {
		struct request r = {.frame = in->items[i],
		                    .peer = in->peers[i],
		                    .now_ms = out->time_ms,
		                    .wall_ms = in->time_ms,
		                    .state = state,
		                    .out = out};

		bool taken = true;

		err = message_take(ingest, &r, &taken);
		if (taken)
			continue;
		out->n_taken = i;
		break;
	}
	if (err == ERR_OK)
		turn_end(ingest, state, in, out);
	if (err == ERR_OK)
		err = ingest->sources.err;
	return err == ERR_OK ? kv_err(state) : err;
}

const struct turn_ops ingest_turn_ops = {
    .load = ingest_load,
    .step = ingest_step,
    .drop = ingest_drop,
};

void
ingest_refuse(struct span frame, enum err why, uint64_t retry_ms,
              struct buf *out)
{
	struct fault fault = {.code = why, .field = "message"};
	struct wire_message m, refusal;

	if (wire_decode(frame, &m, &fault) != ERR_OK || m.type != WIRE_BATCH) {
		fault = (struct fault){.code = why, .field = "message"};
		refusal = wire_error_of(wire_peek_id(frame), &fault);
	} else {
		refusal = (struct wire_message){.type = WIRE_NACK, .id = m.id};
		refusal.as.nack.sequence = m.as.batch.sequence;
		refusal.as.nack.code = span_str(err_name(why));
		refusal.as.nack.text = span_str(err_text(why));
		refusal.as.nack.retry_ms = retry_ms;
	}
	buf_reset(out);
	if (wire_encode(&refusal, out) != ERR_OK)
		buf_reset(out);
}
