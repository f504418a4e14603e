/*
 * Strict submissions: all rows or none, however many batches they come in. Parts
 * are checked when they arrive and held until the last one; then all are
 * journaled in one commit. Held parts are memory only: after a crash, or when too
 * much is held, the sender begins again (sequence_gap, overloaded).
 */
#include <stdlib.h>
#include <string.h>

#include "services/ingest/ingest_parts.h"

struct part {
	uint8_t *frame;
	size_t len;
};

struct stage {
	uint8_t producer[WIRE_TEXT_MAX];
	size_t producer_len; /* 0: free */
	uint64_t epoch;
	uint64_t next_sequence;
	struct part *parts;
	uint32_t n_parts, n_parts_cap;
	uint64_t n_rows;
	uint64_t n_rejected;
	size_t bytes;
};

static void
stage_clear(struct ingest *ingest, struct stage *s)
{
	for (uint32_t i = 0; i < s->n_parts; i++)
		free(s->parts[i].frame);
	free(s->parts);
	ingest->staged_bytes -= s->bytes;
	*s = (struct stage){.producer_len = 0};
}

void
stages_fini(struct ingest *ingest)
{
	for (int i = 0; ingest->stages != NULL && i < STRICT_STAGES_MAX; i++)
		stage_clear(ingest, &ingest->stages[i]);
	free(ingest->stages);
	ingest->stages = NULL;
	ingest->staged_bytes = 0;
}

/* The stage of a producer, or a free one if `make`; NULL: none. */
static struct stage *
stage_find(struct ingest *ingest, struct span producer, bool make)
{
	struct stage *unused = NULL;

	if (ingest->stages == NULL && make)
		ingest->stages =
		    calloc(STRICT_STAGES_MAX, sizeof(*ingest->stages));
	for (int i = 0; ingest->stages != NULL && i < STRICT_STAGES_MAX; i++) {
		struct stage *s = &ingest->stages[i];

		if (s->producer_len == 0)
			unused = s;
		else if (span_equal(span_of(s->producer, s->producer_len),
		                    producer))
			return s;
	}
	return make ? unused : NULL;
}

static enum err
stage_add(struct ingest *ingest, struct stage *s, struct span frame)
{
	uint8_t *copy;

	if (s->n_parts == s->n_parts_cap) {
		uint32_t cap = s->n_parts_cap == 0 ? 8 : s->n_parts_cap * 2;
		struct part *parts = realloc(s->parts, cap * sizeof(*parts));

		if (parts == NULL)
			return ERR_NOMEM;
		s->parts = parts;
		s->n_parts_cap = cap;
	}
	copy = malloc(frame.len);
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, frame.ptr, frame.len);
	s->parts[s->n_parts++] = (struct part){copy, frame.len};
	s->bytes += frame.len;
	ingest->staged_bytes += frame.len;
	return ERR_OK;
}

static void
stage_open(struct stage *s, const struct wire_batch *b)
{
	memcpy(s->producer, b->producer.ptr, b->producer.len);
	s->producer_len = b->producer.len;
	s->epoch = b->epoch;
	s->next_sequence = b->sequence;
}

/* ERR_OK: this part comes next and fits. */
static enum err
stage_accepts(const struct ingest *ingest, const struct stage *s,
              const struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;

	if (s == NULL)
		return ERR_OVERLOADED;
	if (b->epoch != s->epoch || b->sequence != s->next_sequence)
		return ERR_SEQUENCE_GAP;
	if (s->n_rows + b->rows.n > STRICT_ROWS_MAX ||
	    s->bytes + r->frame.len > STRICT_BYTES_MAX)
		return ERR_TOO_LARGE;
	if (ingest->staged_bytes + r->frame.len > STRICT_BYTES_MAX)
		return ERR_OVERLOADED;
	return ERR_OK;
}

/* One part, admitted again, into this turn's commit. It was checked when it
 * came; the catalogue may have changed since, so it may be refused now. */
static enum err
part_admit(struct ingest *ingest, const struct request *r,
           const struct part *part, struct request *of_part,
           struct batch_result *result)
{
	struct fault fault;
	enum err err;

	*of_part = *r;
	of_part->frame = span_of(part->frame, part->len);
	err = wire_decode(of_part->frame, &of_part->m, &fault);
	if (err == ERR_OK)
		err = batch_admit(ingest, of_part, result, &fault);
	if (err == ERR_OK && result->n_rejected > 0)
		err = ERR_REFUSED;
	return err;
}

/* All parts: first all are checked, then all are journaled. */
static enum err
stage_commit(struct ingest *ingest, struct request *r, struct stage *s)
{
	struct batch_result result;
	struct request part;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < s->n_parts && err == ERR_OK; i++)
		err = part_admit(ingest, r, &s->parts[i], &part, &result);
	for (uint32_t i = 0; i < s->n_parts && err == ERR_OK; i++) {
		err = part_admit(ingest, r, &s->parts[i], &part, &result);
		if (err != ERR_OK)
			break;
		batch_journal(ingest, &part, &result);
		batch_remember(ingest, &part, &result);
		ingest->counts.batches++;
		ingest->counts.rows_accepted += result.n_accepted;
	}
	return err;
}

static enum err
stage_finish(struct ingest *ingest, struct request *r, struct stage *s)
{
	struct wire_ack ack = {.errors = wire_writer_list(&ingest->errors)};
	enum err err =
	    s->n_rejected > 0 ? ERR_REFUSED : stage_commit(ingest, r, s);

	if (err == ERR_OK) {
		ack.commit = request_commit(r);
		ack.accepted = s->n_rows;
		ack.errors = (struct wire_list){.n = 0};
	} else {
		ack.rejected = s->n_rows;
		ingest->counts.rows_rejected += s->n_rows;
	}
	if (err == ERR_NOMEM)
		return err;
	reply_ack(ingest, r, &ack);
	stage_clear(ingest, s);
	return ERR_OK;
}

static enum err
part_take(struct ingest *ingest, struct request *r, struct stage *s)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct batch_result result;
	struct fault fault;
	struct wire_ack ack;
	enum err err = batch_admit(ingest, r, &result, &fault);

	if (err == ERR_OK)
		err = stage_add(ingest, s, r->frame);
	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK) {
		fault.code = err;
		reply_nack(ingest, r, &fault, 0);
		stage_clear(ingest, s);
		return ERR_OK;
	}
	s->next_sequence++;
	s->n_rows += b->rows.n;
	s->n_rejected += result.n_rejected;
	if ((b->flags & WIRE_FLAG_MORE) == 0)
		return stage_finish(ingest, r, s);
	ack = (struct wire_ack){.rejected = result.n_rejected,
	                        .errors = wire_writer_list(&ingest->errors),
	                        .errors_cut = result.errors_cut};
	reply_ack(ingest, r, &ack);
	return ERR_OK;
}

enum err
strict_take(struct ingest *ingest, struct request *r,
            const struct producer *producer, bool *handled)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct stage *s = stage_find(ingest, b->producer, false);
	struct fault fault = {.code = ERR_OK, .field = "sequence"};

	/* What was taken before is answered as any repetition is. */
	*handled = b->epoch == producer->epoch &&
	           b->sequence > producer->last_sequence;
	if (!*handled)
		return ERR_OK;
	if (b->sequence == producer->last_sequence + 1) {
		if (s != NULL)
			stage_clear(ingest, s);
		s = stage_find(ingest, b->producer, true);
		if (s != NULL)
			stage_open(s, b);
		fault.code = stage_accepts(ingest, s, r);
	} else {
		fault.code =
		    s == NULL ? ERR_SEQUENCE_GAP : stage_accepts(ingest, s, r);
	}
	if (fault.code == ERR_OK)
		return part_take(ingest, r, s);
	reply_nack(ingest, r, &fault, fault.code == ERR_OVERLOADED ? 1000 : 0);
	if (s != NULL && fault.code == ERR_TOO_LARGE)
		stage_clear(ingest, s);
	return ERR_OK;
}
