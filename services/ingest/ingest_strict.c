/*
 * Strict submissions: all rows or none, however many batches they come in. Parts
 * are checked when they arrive and held until the last one; then all are
 * journaled in one commit. Held parts are memory only: after a crash, when the
 * catalogue changed, or when others needed the room, the sender begins again
 * (sequence_gap). One that was refused leaves nothing behind: its numbers are free
 * again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ingest/ingest_parts.h"
#include "services/ingest/ingest_said.h"

#define OVERLOADED_RETRY_MS 1000
#define PARTS_FIRST_CAP     8

struct part {
	uint8_t *frame;
	size_t len;
};

struct stage {
	uint8_t producer[WIRE_TEXT_MAX];
	size_t producer_len; /* 0: free */
	uint64_t epoch;
	uint64_t flags; /* of the first part */
	uint64_t next_sequence;
	uint64_t catalogue_version; /* under which all parts were checked */
	int64_t touched_ms;
	struct part *parts;
	uint32_t n_parts, n_parts_cap;
	uint64_t n_rows;
	uint64_t n_rejected;
	uint64_t cells; /* roll-ups that its rows change, at most */
	bool too_large; /* for any commit (K1b) */
	size_t bytes;
	struct said said;
};

static void
stage_clear(struct ingest *ingest, struct stage *s)
{
	for (uint32_t i = 0; i < s->n_parts; i++)
		free(s->parts[i].frame);
	free(s->parts);
	said_fini(&s->said);
	ingest->staged_bytes -= s->bytes;
	ingest->staged_rows -= s->n_rows;
	*s = (struct stage){.producer_len = 0};
}

void
stages_fini(struct ingest *ingest)
{
	for (int i = 0; ingest->stages != NULL && i < STRICT_STAGES_MAX; i++)
		stage_clear(ingest, &ingest->stages[i]);
	free(ingest->stages);
	ingest->stages = NULL;
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

void
strict_forget(struct ingest *ingest, struct span producer)
{
	struct stage *s = stage_find(ingest, producer, false);

	if (s != NULL)
		stage_clear(ingest, s);
}

/* Whoever went away in the middle must not keep others out for ever. */
static void
stages_expire(struct ingest *ingest, int64_t now_ms)
{
	for (int i = 0; ingest->stages != NULL && i < STRICT_STAGES_MAX; i++) {
		struct stage *s = &ingest->stages[i];

		if (s->producer_len > 0 &&
		    now_ms - s->touched_ms > STRICT_IDLE_MS)
			stage_clear(ingest, s);
	}
}

static enum err
stage_add(struct ingest *ingest, struct stage *s, struct span frame)
{
	uint8_t *copy;

	if (s->n_parts == s->n_parts_cap) {
		uint32_t cap =
		    s->n_parts_cap == 0 ? PARTS_FIRST_CAP : s->n_parts_cap * 2;
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
	s->parts[s->n_parts].frame = copy;
	s->parts[s->n_parts++].len = frame.len;
	s->bytes += frame.len;
	ingest->staged_bytes += frame.len;
	return ERR_OK;
}

/* From this part on, whatever there was before. */
static struct stage *
stage_open(struct ingest *ingest, const struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct stage *s;

	strict_forget(ingest, b->producer);
	s = stage_find(ingest, b->producer, true);
	if (s == NULL) {
		stages_expire(ingest, r->now_ms);
		s = stage_find(ingest, b->producer, true);
	}
	if (s == NULL)
		return NULL;
	memcpy(s->producer, b->producer.ptr, b->producer.len);
	s->producer_len = b->producer.len;
	s->epoch = b->epoch;
	s->flags = b->flags;
	s->next_sequence = b->sequence;
	s->catalogue_version = ingest->catalogue_version;
	s->touched_ms = r->now_ms;
	said_init(&s->said);
	return s;
}

static bool
room_for(const struct ingest *ingest, const struct request *r)
{
	return ingest->staged_bytes + r->frame.len <= STRICT_BYTES_MAX &&
	       ingest->staged_rows + r->m.as.batch.rows.n <= STRICT_HELD_ROWS;
}

/* ERR_OK: this part comes next and fits. */
static enum err
stage_accepts(struct ingest *ingest, struct stage *s, const struct request *r)
{
	const struct wire_batch *b = &r->m.as.batch;

	if (b->epoch != s->epoch || b->sequence != s->next_sequence ||
	    s->catalogue_version != ingest->catalogue_version)
		return ERR_SEQUENCE_GAP;
	/* they will stand in one commit (L3) */
	if (((b->flags ^ s->flags) & WIRE_FLAG_BACKFILL) != 0)
		return ERR_BAD_VALUE;
	if (s->n_rows + b->rows.n > STRICT_ROWS_MAX ||
	    s->bytes + r->frame.len > STRICT_BYTES_MAX ||
	    s->n_parts == STRICT_PARTS_MAX)
		return ERR_TOO_LARGE;
	s->touched_ms = r->now_ms;
	if (!room_for(ingest, r))
		stages_expire(ingest, r->now_ms);
	return room_for(ingest, r) ? ERR_OK : ERR_OVERLOADED;
}

/* F4 over all parts: the row that says otherwise is named here, the first one in
 * the value. */
static enum err
said_check(struct ingest *ingest, struct stage *s, uint64_t sequence,
           struct batch_result *result)
{
	const struct said_row *other = NULL;
	enum err err = ERR_OK;
	char place[64];

	for (uint32_t i = 0; i < ingest->n_figures && err == ERR_OK; i++) {
		struct wire_row_error error = {.row = ingest->figures[i].row,
		                               .field = span_str("value")};
		struct refused_row why = {ingest->figures[i].source,
		                          ERR_CONFLICT};

		err = said_add(&s->said, &ingest->figures[i], sequence, &other);
		if (err != ERR_OK || other == NULL)
			continue;
		(void)snprintf(place, sizeof(place), "row %u of batch %llu",
		               (unsigned)other->row,
		               (unsigned long long)other->sequence);
		error.value = span_str(place);
		row_reject(ingest, result, &why, &error);
	}
	return err;
}

/* Decodes a part that was held. */
static enum err
part_request(const struct request *r, const struct part *part,
             struct request *of_part)
{
	struct fault fault;

	*of_part = *r;
	of_part->frame = span_of(part->frame, part->len);
	return wire_decode(of_part->frame, &of_part->m, &fault);
}

/* A part once more, now into this turn's commit. All were good under this very
 * catalogue. */
static enum err
part_journal(struct ingest *ingest, const struct request *r,
             const struct part *part)
{
	struct batch_result result;
	struct request of_part;
	struct fault fault;
	enum err err = part_request(r, part, &of_part);

	if (err == ERR_OK)
		err = batch_admit(ingest, &of_part, &result, &fault);
	if (err == ERR_OK && result.n_rejected > 0)
		err = ERR_REFUSED;
	if (err != ERR_OK)
		return err;
	batch_journal(ingest, &of_part, &result);
	return r->out->records.err;
}

/* Repetitions: each part is answered as it was, the last one for all. */
static enum err
parts_remember(struct ingest *ingest, const struct request *r,
               const struct stage *s, const struct wire_ack *ack)
{
	const struct wire_ack none = {.commit = 0};
	struct request of_part;
	enum err err = ERR_OK;

	for (uint32_t i = 0; i < s->n_parts && err == ERR_OK; i++) {
		err = part_request(r, &s->parts[i], &of_part);
		if (err == ERR_OK)
			batch_remember(ingest, &of_part,
			               i + 1 == s->n_parts ? ack : &none);
	}
	return err;
}

/* What does not fit into a commit is taken out of it again. */
static void
records_cut(struct record_list *records, size_t n, size_t len)
{
	buf_truncate(&records->bytes, len);
	records->bytes.err = ERR_OK;
	records->n = n;
	records->err = ERR_OK;
}

static enum err
stage_commit(struct ingest *ingest, const struct request *r,
             const struct stage *s, struct wire_ack *ack)
{
	struct record_list *records = &r->out->records;
	size_t n = records->n;
	size_t len = records->bytes.len;
	enum err err = records->err;

	sources_mark(&ingest->sources);
	for (uint32_t i = 0; i < s->n_parts && err == ERR_OK; i++)
		err = part_journal(ingest, r, &s->parts[i]);
	if (err == ERR_TOO_LARGE) {
		records_cut(records, n, len);
		sources_cut(&ingest->sources);
	}
	if (err != ERR_OK)
		return err;
	ack->commit = records->n > n ? request_commit(r) : 0;
	ack->accepted = s->n_rows;
	ingest->counts.batches += s->n_parts;
	ingest->counts.rows_accepted += s->n_rows;
	return parts_remember(ingest, r, s, ack);
}

static enum err
stage_finish(struct ingest *ingest, struct request *r, struct stage *s,
             const struct batch_result *last)
{
	struct fault fault = {.code = ERR_TOO_LARGE, .field = "rows"};
	struct wire_ack ack = {.commit = 0};
	enum err err = ERR_OK, ended;

	if (s->n_rejected == 0) {
		err = s->too_large ? ERR_TOO_LARGE
		                   : stage_commit(ingest, r, s, &ack);
	} else {
		ack.rejected = s->n_rows;
		ack.errors = wire_writer_list(&ingest->errors);
		ack.errors_cut = last->errors_cut;
		ingest->counts.rows_rejected += s->n_rows;
		sources_count(&ingest->sources, batch_source(ingest, r),
		              ROWS_REJECTED, s->n_rows);
	}
	if (err != ERR_OK && err != ERR_TOO_LARGE)
		return err;
	ended = batch_backfills(ingest, r, true, ack.accepted);
	if (ended != ERR_OK)
		return ended;
	if (err == ERR_OK)
		reply_ack(ingest, r, &ack);
	else
		reply_nack(ingest, r, &fault, 0);
	stage_clear(ingest, s);
	return ERR_OK;
}

/* A submission whose last part has come. */
struct whole {
	struct ingest *ingest;
	const struct request *r; /* the last part, not held yet */
	const struct stage *s;
	struct batch_result *result;
	struct fault *fault;
	bool read_again; /* ingest->figures may be those of any part */
};

static enum err
whole_count(void *self, struct cells *cells)
{
	struct whole *w = self;
	struct ingest *ingest = w->ingest;
	struct batch_result result;
	struct request of_part;
	enum err err = cells_add(cells, ingest->figures, ingest->n_figures);

	w->read_again = true;
	for (uint32_t i = 0; i < w->s->n_parts && err == ERR_OK; i++) {
		err = part_request(w->r, &w->s->parts[i], &of_part);
		if (err == ERR_OK)
			err = batch_admit(ingest, &of_part, &result, w->fault);
		if (err == ERR_OK)
			err = cells_add(cells, ingest->figures,
			                ingest->n_figures);
	}
	return err;
}

/* K1b: ERR_AGAIN if it must begin a commit; then nothing was done. */
static enum err
whole_fits(struct whole *w, struct stage *s)
{
	struct ingest *ingest = w->ingest;
	struct fit *fit = &ingest->fit;
	struct fitting what = {.rows = s->n_rows + ingest->n_figures,
	                       .cells = s->cells +
	                                reach_rows(&fit->reach, ingest->figures,
	                                           ingest->n_figures),
	                       .count = whole_count,
	                       .self = w};
	enum err err = fit_take(fit, &w->r->out->records, &what);

	if (err == ERR_TOO_LARGE) {
		s->too_large = true;
		err = ERR_OK;
	}
	if (err == ERR_OK && w->read_again)
		err = batch_admit(ingest, w->r, w->result, w->fault);
	return err;
}

static enum err
part_admit(struct ingest *ingest, struct request *r, struct stage *s,
           struct batch_result *result, struct fault *fault)
{
	struct whole w = {
	    .ingest = ingest, .r = r, .s = s, .result = result, .fault = fault};
	bool last = (r->m.as.batch.flags & WIRE_FLAG_MORE) == 0;
	enum err err = batch_admit(ingest, r, result, fault);

	if (err == ERR_OK && last && s->n_rejected + result->n_rejected == 0)
		err = whole_fits(&w, s);
	if (err == ERR_OK)
		s->cells += reach_rows(&ingest->fit.reach, ingest->figures,
		                       ingest->n_figures);
	return err;
}

static enum err
part_take(struct ingest *ingest, struct request *r, struct stage *s)
{
	const struct wire_batch *b = &r->m.as.batch;
	struct batch_result result;
	struct fault fault = {.code = ERR_OK};
	struct wire_ack ack;
	enum err err = part_admit(ingest, r, s, &result, &fault);

	r->later = err == ERR_AGAIN;
	if (r->later)
		return ERR_OK;
	if (err == ERR_OK)
		err = said_check(ingest, s, b->sequence, &result);
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
	batch_count_refused(ingest, &result, false);
	s->next_sequence++;
	s->n_rows += b->rows.n;
	ingest->staged_rows += b->rows.n;
	s->n_rejected += result.n_rejected;
	if ((b->flags & WIRE_FLAG_MORE) == 0)
		return stage_finish(ingest, r, s, &result);
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
	struct fault fault = {.code = ERR_SEQUENCE_GAP, .field = "sequence"};
	bool first = b->sequence == producer->last_sequence + 1;
	struct stage *s;

	/* What was taken before is answered as any repetition is. */
	*handled = b->epoch == producer->epoch &&
	           b->sequence > producer->last_sequence;
	if (!*handled)
		return ERR_OK;
	s = first ? stage_open(ingest, r)
	          : stage_find(ingest, b->producer, false);
	if (s != NULL)
		fault.code = stage_accepts(ingest, s, r);
	else if (first)
		fault.code = ERR_OVERLOADED;
	if (fault.code == ERR_OK)
		return part_take(ingest, r, s);
	if (fault.code == ERR_BAD_VALUE)
		fault.field = "flags";
	if (s != NULL &&
	    (fault.code == ERR_TOO_LARGE || fault.code == ERR_BAD_VALUE ||
	     s->catalogue_version != ingest->catalogue_version))
		stage_clear(ingest, s);
	reply_nack(ingest, r, &fault,
	           fault.code == ERR_OVERLOADED ? OVERLOADED_RETRY_MS : 0);
	return ERR_OK;
}
